"""Charts: what they say is computed, what they show is saved, and nothing is clipped."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from experiments.charts.carers import carers
from experiments.charts.chart import BANDS, WIDE_BANDS, Chart, Provenance
from experiments.charts.fallback import fallback
from experiments.charts.fates import LOST, fates
from experiments.charts.hours_by_tier import hours_by_tier
from experiments.charts.service_level import read_off, service_level
from experiments.charts.sheet import spread, text_width
from experiments.charts.staff_move import staff_move
from experiments.charts.style import (
    DPI,
    LOOKS,
    MOST_SERIES,
    SEQUENTIAL,
    contrast,
    house_style,
    text_on,
)
from experiments.charts.tile_map import tile_map
from experiments.charts.waiting_list import waiting_list
from experiments.charts.weeks import weeks_of_seven_days
from experiments.results.pictures import save
from experiments.words import sentences as words
from experiments.words.claims import two_figures

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


def around_failure(
    level: float = 0.97, fall: float = 0.18, days: int = 393, usual: float | None = None
) -> pd.DataFrame:
    """A curve that falls on day 0 and comes back, beside one that does not fall."""
    day = np.arange(-28.0, float(days))
    lost = np.where(day >= 0, fall * np.exp(-np.maximum(day, 0) / 20), 0.0)
    without = level if usual is None else usual
    return pd.DataFrame(
        {"day_from_failure": day, "service_level": level - lost, "without_failure": without}
    )


def with_bands(frame: pd.DataFrame) -> pd.DataFrame:
    bounds = {
        f"{measure}{end}": (frame[measure] + shift).clip(0, 1)
        for measure in ("service_level", "without_failure")
        for end, shift in (("_low", -0.04), ("_high", 0.03))
    }
    return frame.assign(**bounds)


def level_chart(
    frame: pd.DataFrame,
    back: tuple[float, float] | None = None,
    hours: tuple[float, float, float] = (3208.4, np.nan, np.nan),
    made_by: Provenance = ONE_RUN,
) -> Chart:
    """The chart of a curve, with its own days of recovery unless they are given."""
    own = read_off(frame)
    to_95, to_99 = back or (own.to_95, own.to_99)
    return service_level(
        frame,
        "two areas",
        "Sample Care",
        "closes suddenly",
        date(2026, 4, 1),
        own.before,
        to_95,
        to_99,
        hours,
        made_by,
    )


def response() -> Chart:
    return level_chart(around_failure())


def sinks_again() -> pd.DataFrame:
    """Back at its level after 12 days, and lastingly below it from day 60."""
    frame = around_failure(fall=0.0)
    day = frame["day_from_failure"]
    low = day.between(0, 11) | day.between(60, 200)
    return frame.assign(service_level=np.where(low, 0.8, 0.97))


def moves(falls: dict[float, float], days: int = 393) -> Chart:
    frames = {share: around_failure(fall=fall, days=days) for share, fall in falls.items()}
    return staff_move(
        frames, "two areas", "Sample Care", "closes suddenly", date(2026, 4, 1), ONE_RUN
    )


def fate_table(people: float = 180.0, days: int = 91) -> pd.DataFrame:
    day = np.arange(float(days))
    waiting, ended = np.exp(-day / 5), 0.3 * day / 90
    return pd.DataFrame(
        {
            "day_from_failure": day,
            "without_cover": 0.9 * people * waiting,
            "bridged": 0.1 * people * waiting,
            "in_hospital": 0.25 * people * (1 - waiting) * ended,
            "served_again": people * (1 - waiting) * (1 - ended),
            "stopped_waiting": 0.25 * people * (1 - waiting) * ended,
            "ended": 0.5 * people * (1 - waiting) * ended,
        }
    )


def fate_chart(people: float = 180.0, days: int = 91, made_by: Provenance = ONE_RUN) -> Chart:
    return fates(
        fate_table(people, days),
        "two areas",
        "Sample Care",
        "closes suddenly",
        date(2026, 4, 1),
        made_by,
    )


def by_role(weeks: int = 120, scale: float = 1.0) -> pd.DataFrame:
    at = np.arange(weeks)
    shape = scale * (1 - at / (2 * weeks))
    return pd.DataFrame(
        {
            "week_start": np.repeat(pd.date_range("2024-01-01", periods=weeks, freq="7D"), 2),
            "role": ["legacy_only", "principal"] * weeks,
            "council_hours": np.repeat(40_000 * shape, 2),
            "direct_payment_hours": np.repeat(60 * shape, 2),
            "private_hours": np.repeat(16_000 * shape, 2),
            "carers": np.repeat(2_500 * shape, 2),
        }
    )


ROLE_MEASURES = ("council_hours", "direct_payment_hours", "private_hours", "carers")


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
    "level, bands": lambda: level_chart(
        with_bands(around_failure()), None, (3208.4, 2000.0, 4400.0), RUNS
    ),
    "level, deep, bands": lambda: level_chart(
        with_bands(around_failure(fall=0.6)), None, (32_084.0, -200.0, 64_000.0), RUNS
    ),
    "level, long names": lambda: service_level(
        with_bands(around_failure()),
        "Great Yarmouth and Northern Villages, Gorleston and Incomprehensibilities-on-Sea",
        "the principal provider of Great Yarmouth and Northern Villages (in Gorleston only)",
        "returns its principal contracts after 56 days' notice given",
        date(2026, 4, 1),
        0.97,
        27.0,
        200.0,
        (3208.4, 2000.0, 4400.0),
        RUNS,
    ),
    "level, not back": lambda: level_chart(around_failure(), (np.nan, np.nan)),
    "level, late": lambda: level_chart(around_failure(), (300.0, 340.0)),
    "level, 99% not back": lambda: level_chart(around_failure(), (9.0, np.nan)),
    "level, sinks again": lambda: level_chart(sinks_again()),
    "level, never fell": lambda: level_chart(around_failure(1.0, 0.0), None, (0.0, np.nan, np.nan)),
    "level, no effect": lambda: level_chart(
        around_failure(fall=0.004), None, (-120.0, -900.0, 660.0), RUNS
    ),
    "level, nothing known without": lambda: level_chart(
        around_failure(usual=np.nan), None, (np.nan, np.nan, np.nan)
    ),
    "level, five days": lambda: level_chart(around_failure(days=6)),
    "level, one day": lambda: level_chart(around_failure(days=1)),
    "level, no need": lambda: level_chart(around_failure(np.nan)),
    "level, nothing covered": lambda: level_chart(around_failure(0.97, 0.97), (np.nan, np.nan)),
    "level, zero": lambda: level_chart(around_failure(0.0, 0.0)),
    "moves": lambda: moves({0.0: 0.3, 0.3: 0.2, 0.6: 0.1}),
    "moves, little": lambda: moves({0.0: 0.2, 0.3: 0.2, 0.6: 0.2}),
    "moves, one share": lambda: moves({0.3: 0.2}),
    "moves, four shares": lambda: moves({0.0: 0.3, 0.3: 0.0, 0.6: 0.9, 1.0: 0.2}),
    "moves, five days": lambda: moves({0.0: 0.3, 0.6: 0.1}, days=6),
    "moves, no need": lambda: moves({0.0: np.nan, 0.6: np.nan}),
    "moves, bands": lambda: staff_move(
        {share: with_bands(around_failure(fall=0.3 - share / 3)) for share in (0.0, 0.3, 0.6)},
        "two areas",
        "Sample Care",
        "closes suddenly",
        date(2026, 4, 1),
        RUNS,
    ),
    "fates": fate_chart,
    "fates, means": lambda: fate_chart(made_by=RUNS),
    "fates, few people": lambda: fate_chart(1.4),
    "fates, many people": lambda: fate_chart(12_345.0),
    "fates, nobody": lambda: fate_chart(0.0),
    "fates, ten days": lambda: fate_chart(days=11),
    "fates, a month": lambda: fate_chart(days=31),
    "fates, one day": lambda: fate_chart(days=1),
    "fates, no day": lambda: fate_chart(days=0),
    "fallback": lambda: fallback(by_role(), LIVE, ONE_RUN),
    "fallback, bands": lambda: fallback(banded(by_role(), ROLE_MEASURES), LIVE, RUNS),
    "fallback, all zero": lambda: fallback(by_role(scale=0), {}, ONE_RUN),
    "fallback, ten weeks": lambda: fallback(by_role(10), LIVE, ONE_RUN),
    "fallback, no such team": lambda: fallback(by_role(0), LIVE, ONE_RUN),
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


@pytest.mark.parametrize(
    "case", ["hours", "list, bands", "carers", "level", "moves", "fates", "fallback", "map"]
)
def test_saved_bytes_are_the_same_every_time(case: str, tmp_path: Path) -> None:
    saved = [save(CASES[case](), tmp_path / folder) for folder in ("one", "two")]
    assert [path.suffix for path in saved[0]] == [".png", ".svg", ".txt", ".csv"]
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


@pytest.mark.parametrize("case", ["level", "moves", "fates", "map", "hours"])
def test_text_is_measured_without_a_figure_for_each(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A figure a text took seconds a chart: one is made, and that is the chart's own."""
    made: list[Figure] = []
    init = Figure.__init__

    def counted(figure: Figure, *args: Any, **kwargs: Any) -> None:
        made.append(figure)
        init(figure, *args, **kwargs)

    monkeypatch.setattr(Figure, "__init__", counted)
    chart = CASES[case]()
    assert made == [chart.figure]


@pytest.mark.parametrize("size", [9.0, 12.0])
def test_text_is_as_wide_as_it_is_drawn(size: float) -> None:
    """Remembered widths are those of the style in force, in bold and plain, as matplotlib draws."""
    for weight in ("normal", "bold", "normal"):
        with house_style():
            figure = Figure(dpi=DPI)
            FigureCanvasAgg(figure)
            drawn = figure.text(0, 0, "Great Yarmouth: 12%", size=size, weight=weight)
            wide = drawn.get_window_extent(figure.canvas.get_renderer()).width * 72 / DPI
            measured = text_width("Great Yarmouth: 12%", size, weight)
        assert measured == pytest.approx(wide, abs=0.5)
    with mpl.rc_context({"font.family": "monospace"}):
        assert text_width("Great Yarmouth: 12%", size) > measured


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
    assert f"people waiting: {two_figures(county.iloc[:52].mean())} in 2024" in alt


def test_carers_say_the_vacancy_rate() -> None:
    chart = carers(by_area(1, 40), ONE_RUN)
    rate = chart.data["vacancy_rate_percent"]
    assert rate.iloc[0] == pytest.approx(100 * 30 / 130)
    assert f"the vacancy rate averages {rate.mean():.0f}% over 39 weeks" in chart.alt


def test_service_level_says_how_low_and_how_long() -> None:
    frame = around_failure()
    own = read_off(frame)
    chart = response()
    assert "97.0% on average before, 79.0% at its lowest on day 0" in chart.alt
    assert f"back at 95% of its former level after {own.to_95:.0f} days" in chart.alt
    assert f"back at 99% of its former level after {own.to_99:.0f} days" in chart.alt
    assert "about 3,210 hours of care uncovered or missed within a year" in chart.alt
    assert title_of(chart).startswith("When Sample Care closes suddenly, cover falls from 97.0%")


def title_of(chart: Chart) -> str:
    return " ".join(chart.figure.texts[0].get_text().split())


def test_service_level_shows_60_days_after_95_percent_and_91_at_least() -> None:
    for to_95, last in ((10, 91), (80, 140), (350, 365)):
        frame = around_failure(fall=0.0)
        low = frame["day_from_failure"].between(0, to_95 - 1)
        chart = level_chart(frame.assign(service_level=np.where(low, 0.8, 0.97)))
        assert chart.data["days_from_failure"].max() == last
    assert response().data["days_from_failure"].min() == -28


def test_service_level_shades_the_gap_to_the_market_without_the_failure() -> None:
    data = level_chart(sinks_again()).data
    less = data["service_level_percent"] < data["without_failure_percent"]
    assert less.any()
    assert (data["shaded"] == (less & (data["days_from_failure"] >= 0))).all()


def test_service_level_says_if_it_is_not_back() -> None:
    chart = level_chart(around_failure(), (np.nan, np.nan))
    assert "is not back at 95% of its former level within a year" in title_of(chart)
    assert chart.data["days_from_failure"].max() == 365
    ended = level_chart(around_failure(days=6))
    assert "within 5 days, when the run ends" in title_of(ended)


def test_service_level_says_if_it_falls_again() -> None:
    chart = level_chart(sinks_again())
    assert "after 12 days, but falls below again" in title_of(chart)
    assert chart.data["days_from_failure"].max() == 365


def test_service_level_says_if_it_falls_only_later() -> None:
    frame = around_failure(fall=0.0)
    late = frame["day_from_failure"] >= 60
    chart = level_chart(frame.assign(service_level=np.where(late, 0.8, 0.97)))
    assert title_of(chart).endswith("later stays below 95% of its former level")
    assert chart.data["days_from_failure"].max() == 365


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ((3208.4, 2000.0, 4400.0), "(95% interval 2,000 to 4,400)"),
        ((3208.4, -2000.0, 8400.0), "(95% interval −2,000 to 8,400, so it may be chance)"),
        (
            (-32.0, np.nan, np.nan),
            "No more care is uncovered or missed within a year than without it",
        ),
        ((np.nan, np.nan, np.nan), "Shaded: care that is covered only without the failure"),
    ],
)
def test_service_level_says_what_the_failure_costs(
    hours: tuple[float, float, float], said: str
) -> None:
    chart = level_chart(around_failure(), (350.0, np.nan), hours)
    shown = " ".join(" ".join(text.get_text() for text in texts(chart)).split())
    assert said in chart.alt
    assert said in shown


def test_bands_are_saved_with_their_curves() -> None:
    data = CASES["level, bands"]().data
    assert {"service_level_percent_low", "without_failure_percent_high"} <= set(data.columns)


def test_shares_who_move_are_compared_by_the_first_four_weeks() -> None:
    chart = CASES["moves"]()
    data = chart.data
    weeks = data[data["days_from_failure"].between(0, 27)]
    means = weeks.groupby("carers_who_move_percent")["service_level_percent"].mean()
    assert list(means.index) == [0, 30, 60]
    assert f"{means[0]:.0f}% of needed care is covered if none move" in title_of(chart)
    assert f"{means[60]:.0f}% if 60% move" in title_of(chart)
    assert "No carers move: lowest 67.0%; back at 95% on day" in chart.alt
    assert "matters little" in title_of(CASES["moves, little"]())


def test_shares_who_move_have_the_same_axes() -> None:
    panels = CASES["moves"]().figure.axes
    assert len({axes.get_ylim() for axes in panels}) == 1
    assert len({axes.get_xlim() for axes in panels}) == 1


def test_fates_say_who_has_nobody_after_a_week_and_after_four() -> None:
    table, chart = fate_table(), fate_chart()
    nobody = table["without_cover"]
    assert title_of(chart) == (
        f"A week after Sample Care closes suddenly, {nobody[7]:.0f} of 180 people still have "
        f"nobody; after four weeks {nobody[28]:.0f}"
    )
    assert "after four weeks" not in title_of(fate_chart(days=11))
    assert "Nobody loses their provider" in title_of(fate_chart(0.0))


def test_fates_add_up_to_everybody() -> None:
    data = fate_chart().data
    groups = [name for name in data.columns if name not in ("days_from_failure", LOST)]
    assert len(groups) <= MOST_SERIES
    np.testing.assert_allclose(data[groups].sum(axis=1), 180)
    np.testing.assert_allclose(data[LOST], 180)


def test_fallback_says_first_and_last_year() -> None:
    chart = CASES["fallback"]()
    hours, staff = chart.data["council_hours_per_week"], chart.data["carers"]
    assert len(chart.data) == 120
    first, last = (two_figures(part.mean()) for part in (hours[:52], hours[-52:]))
    assert f"hours: {first} in 2024, {last} (last year) in this" in title_of(chart)
    assert f"carers: {two_figures(staff[:52].mean())} in 2024" in chart.alt
    assert "West 27 January 2025" in chart.alt
    assert "Late" not in chart.alt


def test_every_area_has_its_own_tile() -> None:
    for built in (tiles(18), tiles(9, shared=True), tiles(40)):
        assert not built.data.duplicated(["grid_row", "grid_column"]).any()
    assert tiles(18).data["value_hours_a_week"].max() == 98
    assert "in this simulated future: North 14 98.0," in tiles(18).alt
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
