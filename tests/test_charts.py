"""Charts: what they say is computed, what they show is saved, and nothing is clipped."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from experiments.charts import words
from experiments.charts.carers import carers
from experiments.charts.chart import BANDS, WIDE_BANDS, Chart, Provenance, save
from experiments.charts.hours_by_tier import hours_by_tier
from experiments.charts.service_level import service_level
from experiments.charts.sheet import spread
from experiments.charts.style import LOOKS, MOST_SERIES, SEQUENTIAL, contrast, text_on
from experiments.charts.tile_map import tile_map
from experiments.charts.waiting_list import waiting_list
from experiments.charts.weeks import weeks_of_seven_days

ONE_RUN = Provenance("caremarket", "norfolk", "3f2a91c0", 1, 1, "0.1.0")
RUNS = Provenance("caremarket", "norfolk", "3f2a91c0", 1, 20, "0.1.0")
TIERS = {"a": "Principal provider", "b": "PCN framework", "c": "Legacy framework"}
LIVE = {
    "East": date(2024, 4, 1),
    "West": date(2025, 1, 27),
    "North": date(2025, 3, 1),
    "Late": date(2031, 1, 1),
}
MEASURES = ("list_people", "list_hours", "carers", "posts", "vacancies")


def by_area(areas: int = 2, weeks: int = 120, scale: float = 1.0) -> pd.DataFrame:
    starts = pd.date_range("2024-01-01", periods=weeks, freq="7D")
    rows = []
    for at, start in enumerate(starts):
        for area in range(areas):
            wave = 10 + 5 * np.sin(at / 9) + area
            rows.append(
                (
                    start,
                    1.0 if at == weeks - 1 else 7.0,
                    f"A{area}",
                    scale * wave,
                    scale * 20 * wave,
                    scale * (100 + at),
                    scale * (130 + at),
                    scale * 30,
                )
            )
    return pd.DataFrame(rows, columns=["week_start", "days", "area", *MEASURES])


def by_tier(tiers: int = 3, weeks: int = 120, scale: float = 1.0) -> pd.DataFrame:
    starts = pd.date_range("2024-01-01", periods=weeks, freq="7D")
    return pd.DataFrame(
        [
            (start, f"A{area}", "abcdef"[tier], scale * (5000 - 30 * at if tier == 2 else 20 * at))
            for at, start in enumerate(starts)
            for area in range(2)
            for tier in range(tiers)
        ],
        columns=["week_start", "area", "tier", "planned_hours"],
    )


def banded(table: pd.DataFrame, measures: tuple[str, ...]) -> pd.DataFrame:
    low = {f"{m}_low": 0.9 * table[m] for m in measures}
    return table.assign(**low, **{f"{m}_high": 1.1 * table[m] for m in measures})


def response(days_to_99: float = 73.0, days_to_95: float = 25.0, level: float = 0.97) -> Chart:
    days = np.arange(-28.0, 393.0)
    fall = np.where(days >= 0, 0.18 * np.exp(-days / 20), 0.0)
    frame = pd.DataFrame({"day_from_failure": days, "service_level": level - fall})
    return service_level(
        frame,
        "two areas",
        "Sample Care",
        date(2026, 4, 1),
        level,
        days_to_95,
        days_to_99,
        3208.4,
        ONE_RUN,
    )


def flat_response(level: float) -> Chart:
    frame = pd.DataFrame({"day_from_failure": np.arange(-28.0, 393.0), "service_level": level})
    return service_level(
        frame, "one area", "Sample Care", date(2026, 4, 1), 1.0, 0.0, 0.0, 0.0, ONE_RUN
    )


def places(count: int, shared: bool = False) -> pd.DataFrame:
    order = np.arange(count)
    return pd.DataFrame(
        {
            "code": [f"A{i:02}" for i in order],
            "name": [
                "Great Yarmouth and Northern Villages",
                "Coastal",
                "Incomprehensibilities-on-Sea",
                *[f"North {i}" for i in range(count)],
            ][:count],
            "locality": ["East" if i < 3 else "North" for i in order],
            "grid_row": 0 if shared else order // 7,
            "grid_column": 0 if shared else order % 7,
        }
    )


def tiles(count: int, shared: bool = False, missing: int = 0, value: float | None = None) -> Chart:
    numbers = np.linspace(0, 98, count) if value is None else np.full(count, value)
    values = pd.Series(numbers, index=[f"A{i:02}" for i in range(count)])
    return tile_map(
        places(count, shared),
        values.iloc[missing:],
        "Uncovered hours by area",
        "hours a week",
        ",.1f",
        ONE_RUN,
    )


def hours(**given: float) -> Chart:
    tier_count, weeks = int(given.get("tiers", 3)), int(given.get("weeks", 120))
    table = by_tier(tier_count, weeks, given.get("scale", 1.0))
    return hours_by_tier(table, TIERS, LIVE, ONE_RUN)


CASES: dict[str, Callable[[], Chart]] = {
    "hours": hours,
    "hours, one tier": lambda: hours(tiers=1),
    "hours, six tiers": lambda: hours(tiers=6),
    "hours, all zero": lambda: hours(scale=0),
    "hours, large": lambda: hours(scale=40),
    "hours, ten weeks": lambda: hours(weeks=10),
    "hours, bands": lambda: hours_by_tier(banded(by_tier(), ("planned_hours",)), TIERS, {}, RUNS),
    "list": lambda: waiting_list(by_area(), ONE_RUN),
    "list, one area": lambda: waiting_list(by_area(1, 30), ONE_RUN),
    "list, two weeks": lambda: waiting_list(by_area(1, 2), ONE_RUN),
    "list, all zero": lambda: waiting_list(by_area(scale=0), ONE_RUN),
    "list, no values": lambda: waiting_list(by_area(scale=np.nan), ONE_RUN),
    "list, bands": lambda: waiting_list(banded(by_area(), MEASURES), RUNS),
    "carers": lambda: carers(by_area(), ONE_RUN),
    "carers, all zero": lambda: carers(by_area(scale=0), ONE_RUN),
    "carers, one area": lambda: carers(by_area(1, 30), ONE_RUN),
    "carers, bands": lambda: carers(banded(by_area(), MEASURES), RUNS),
    "level": response,
    "level, not back": lambda: response(np.nan, np.nan),
    "level, late": lambda: response(340.0, 300.0),
    "level, never fell": lambda: flat_response(1.0),
    "level, no need": lambda: flat_response(np.nan),
    "level, zero": lambda: flat_response(0.0),
    "map": lambda: tiles(18),
    "map, one area": lambda: tiles(1),
    "map, shared cell": lambda: tiles(9, shared=True),
    "map, missing": lambda: tiles(4, missing=2),
    "map, none known": lambda: tiles(2, missing=2),
    "map, all equal": lambda: tiles(5, value=0.0),
}
BUILT: dict[str, Chart] = {}


@pytest.fixture(params=CASES)
def chart(request: pytest.FixtureRequest) -> Chart:
    """Each case, built once."""
    if request.param not in BUILT:
        BUILT[request.param] = CASES[request.param]()
        BUILT[request.param].figure.canvas.draw()
    return BUILT[request.param]


def texts(chart: Chart) -> list[Text]:
    found = [t for t in chart.figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    hidden = [
        label
        for axes in chart.figure.axes
        if not axes.axison
        for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]
    ]
    return [t for t in found if t not in hidden]


def test_text_lies_within_the_figure(chart: Chart) -> None:
    page = chart.figure.bbox
    for text in texts(chart):
        box = text.get_tightbbox()
        assert box is not None
        assert box.x0 >= page.x0 and box.x1 <= page.x1, text.get_text()
        assert box.y0 >= page.y0 and box.y1 <= page.y1, text.get_text()


def test_texts_do_not_overlap(chart: Chart) -> None:
    # The ink of a text, which is a little smaller than the line it stands on.
    boxes = [(t.get_text(), Text.get_window_extent(t).padded(-2)) for t in texts(chart)]
    for at, (text, box) in enumerate(boxes):
        for other, other_box in boxes[at + 1 :]:
            assert not box.overlaps(other_box), (text, other)


def test_text_is_at_least_nine_points(chart: Chart) -> None:
    assert min(text.get_fontsize() for text in texts(chart)) >= 9
    assert chart.figure.get_figwidth() * 2.54 == pytest.approx(16)


def test_at_most_four_series(chart: Chart) -> None:
    colours = {look.colour for look in LOOKS}
    for axes in chart.figure.axes:
        series = [line for line in axes.lines if line.get_color() in colours]
        assert len(series) <= MOST_SERIES


@pytest.mark.parametrize("case", ["hours", "list, bands", "carers", "level", "map"])
def test_saved_bytes_are_the_same_every_time(case: str, tmp_path: Path) -> None:
    saved = [save(CASES[case](), tmp_path / folder) for folder in ("one", "two")]
    assert [path.suffix for path in saved[0]] == [".png", ".svg", ".csv", ".txt"]
    for one, two in zip(*saved, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name
        assert b"\r\n" not in one.read_bytes() or one.suffix == ".png"
    assert "<text" in saved[0][1].read_text(encoding="utf-8")


def test_saved_numbers_read_back_equal(chart: Chart, tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text(chart.data.to_csv(index=False, lineterminator="\n"), encoding="utf-8")
    dates = [name for name in chart.data.columns if name == "week_start"]
    read = pd.read_csv(path, parse_dates=dates)
    pd.testing.assert_frame_equal(read, chart.data, check_dtype=False, rtol=1e-12)


def test_words_have_no_gaps(chart: Chart) -> None:
    for text in [chart.alt, *(t.get_text() for t in texts(chart))]:
        assert not re.search(r"\bnan\b|\binf\b|NaT|None", text), text
    assert chart.alt.endswith(".")


def test_settings_of_the_caller_stay() -> None:
    before = dict(mpl.rcParams)
    response()
    assert dict(mpl.rcParams) == before


def test_no_figure_is_left_open(tmp_path: Path) -> None:
    import matplotlib.pyplot as plt

    save(tiles(3), tmp_path)
    assert plt.get_fignums() == []


def test_hours_say_the_last_whole_week() -> None:
    areas = by_area()
    chart = hours_by_tier(by_tier(), TIERS, LIVE, ONE_RUN, weeks=weeks_of_seven_days(areas))
    last = chart.data[chart.data["week_start"] == chart.data["week_start"].max()]
    assert last["week_start"].iloc[0] == pd.Timestamp("2024-01-01") + pd.Timedelta(weeks=118)
    total = last.set_index("tier")["planned_hours_per_week"]
    assert total["Principal provider"] == 2 * 20 * 118
    assert f"Principal provider from 0 to {total['Principal provider']:,.0f}" in chart.alt
    assert "West 27 January 2025" in chart.alt
    assert "Late" not in chart.alt


def test_smallest_tiers_become_one() -> None:
    assert chart_tiers(CASES["hours, six tiers"]()) <= MOST_SERIES
    assert chart_tiers(hours()) == 3


def chart_tiers(chart: Chart) -> int:
    return int(chart.data["tier"].nunique())


def test_list_names_the_highest_week() -> None:
    table = by_area()
    county = table[table["days"] == 7].groupby("week_start")["list_people"].sum()
    alt = waiting_list(table, ONE_RUN).alt
    assert f"{county.max():,.0f} people" in alt
    assert words.day_text(county.idxmax()) in alt
    assert f"{county.iloc[:52].mean():,.0f} on average in 2024" in alt


def test_carers_say_the_vacancy_rate() -> None:
    chart = carers(by_area(1, 40), ONE_RUN)
    rate = chart.data["vacancy_rate_percent"]
    assert rate.iloc[0] == pytest.approx(100 * 30 / 130)
    assert f"{rate.mean():.1f}%" in chart.alt


def test_service_level_says_how_low_and_how_long() -> None:
    chart = response()
    assert "79.0% at its lowest on day 0" in chart.alt
    assert "back at 99% after 73 days" in chart.alt
    assert "3,208 hours of care lost" in chart.alt
    assert chart.data["days_from_failure"].max() == 73 + 60
    assert chart.data.loc[chart.data["shaded"], "days_from_failure"].max() == 72


def test_service_level_says_if_it_is_not_back() -> None:
    chart = response(np.nan)
    assert "not back at 99% within 365 days" in chart.alt
    assert "at least 3,208 hours" in chart.alt
    assert chart.data["days_from_failure"].max() == 365


def test_every_area_has_its_own_tile() -> None:
    for built in (tiles(18), tiles(9, shared=True), tiles(40)):
        assert not built.data.duplicated(["grid_row", "grid_column"]).any()
    assert tiles(18).data["value_hours_a_week"].max() == 98
    assert "Highest in North 14 (98.0)" in tiles(18).alt
    assert "2 without a value" in tiles(4, missing=2).alt


def test_tiles_are_readable() -> None:
    for shade in SEQUENTIAL:
        assert contrast(shade, text_on(shade)) >= 4.5
    for look in LOOKS:
        assert contrast(look.colour, "#FFFFFF") >= 3


def test_footer_says_where_the_numbers_come_from() -> None:
    assert ONE_RUN.footer() == (
        "Model, not observation: caremarket 0.1.0, scenario norfolk "
        "(3f2a91c0), seed 1, 1 replication."
    )
    assert RUNS.footer(BANDS).endswith("seed 1, 20 replications; " + BANDS + ".")


@pytest.mark.parametrize(("areas", "remark"), [(1, BANDS), (2, WIDE_BANDS)])
def test_footer_says_what_the_bands_are(areas: int, remark: str) -> None:
    chart = waiting_list(banded(by_area(areas), MEASURES), RUNS)
    footer = " ".join(" ".join(text.get_text() for text in texts(chart)).split())
    assert remark in footer
    assert {"waiting_people_low", "waiting_hours_per_week_high"} <= set(chart.data.columns)


def test_labels_move_apart() -> None:
    placed = spread(np.array([50.0, 52.0, 200.0]), np.array([20.0, 20.0, 20.0]))
    assert np.diff(placed).min() >= 20 - 1e-9
    assert placed[2] == 200
