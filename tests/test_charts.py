"""Charts: what they say is computed, what they show is saved, and nothing is clipped."""

from __future__ import annotations

import gc
import io
import itertools
import math
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from gallery import CROWDED, GALLERY, as_list
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.text import Text
from PIL import Image
from told_numbers import wrong_numbers

from experiments.charts.area_map import area_map
from experiments.charts.carers import carers
from experiments.charts.chart import BANDS, WIDE_BANDS, Chart, Provenance, pictures
from experiments.charts.classes import Form, classes_of
from experiments.charts.fallback import fallback
from experiments.charts.fates import LOST, fates
from experiments.charts.hours_by_tier import hours_by_tier
from experiments.charts.key import KEY
from experiments.charts.service_level import Response, service_level
from experiments.charts.sheet import spread, text_width
from experiments.charts.shown import Shown
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
from experiments.charts.titles import fitted
from experiments.charts.waiting_list import waiting_list
from experiments.charts.weeks import bands_in_words, reach, weeks_of_seven_days
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
FAILED = {
    "Failure 1: the largest provider of the county closes": date(2025, 3, 1),
    "Failure 2: the principal provider of Great Yarmouth and Northern Villages (in Gorleston "
    "only) returns its contracts": date(2025, 6, 12),
    "Failure 3: provider P07 closes": date(2031, 6, 1),
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


def wide(table: pd.DataFrame, measures: tuple[str, ...]) -> pd.DataFrame:
    """Bands as of two replications: many times as wide as the values are high."""
    low = {f"{m}_low": -300.0 * table[m] for m in measures}
    return table.assign(**low, **{f"{m}_high": 300.0 * table[m] for m in measures})


def with_bands(frame: pd.DataFrame) -> pd.DataFrame:
    bounds = {
        f"{measure}{end}": (frame[measure] + shift).clip(0, 1)
        for measure in ("service_level", "without_failure")
        for end, shift in (("_low", -0.04), ("_high", 0.03))
    }
    return frame.assign(**bounds)


def days_back(frame: pd.DataFrame, share: float) -> float:
    """Days after which the level stays at a share of that without the failure; infinite if never.

    A rule of these tests alone: how the model itself reads it is tested with the outcomes.
    """
    after = frame[frame["day_from_failure"].between(0, 365)]
    low = after["service_level"].to_numpy() < share * after["without_failure"].to_numpy()
    if not low.any():
        return 0.0
    back = int(np.flatnonzero(low)[-1]) + 1
    return float(back) if back < len(low) else np.inf


def response_of(frame: pd.DataFrame) -> Response:
    """A curve with its own days of recovery."""
    return Response(frame, days_back(frame, 0.95), days_back(frame, 0.99))


def level_chart(
    frame: pd.DataFrame,
    back: tuple[float, float] | None = None,
    hours: tuple[float, float, float] = (3208.4, np.nan, np.nan),
    made_by: Provenance = ONE_RUN,
    distinguished: bool = False,
) -> Chart:
    """The chart of a curve, with its own days of recovery unless they are given."""
    own = response_of(frame)
    to_95, to_99 = back or (own.to_95, own.to_99)
    return service_level(
        frame,
        "two areas",
        "Sample Care",
        "closes suddenly",
        date(2026, 4, 1),
        to_95,
        to_99,
        hours,
        made_by,
        distinguished=distinguished,
    )


def response() -> Chart:
    return level_chart(around_failure())


def sinks_again() -> pd.DataFrame:
    """Back at its level after 12 days, and lastingly below it from day 60."""
    frame = around_failure(fall=0.0)
    day = frame["day_from_failure"]
    low = day.between(0, 11) | day.between(60, 200)
    return frame.assign(service_level=np.where(low, 0.8, 0.97))


SINK_LATE = {0.0: np.nan, 0.3: 0.3, 0.6: np.nan}
"""Arms that come back after the days shown and sink again (nan)."""


def sinks_late() -> pd.DataFrame:
    """Back after 200 days, and lastingly below from day 300."""
    frame = around_failure(fall=0.0)
    low = frame["day_from_failure"].between(0, 200) | (frame["day_from_failure"] >= 300)
    return frame.assign(service_level=np.where(low, 0.8, 0.97))


def moves(falls: dict[float, float], days: int = 393, matters: bool = True) -> Chart:
    panels = {
        share: response_of(
            sinks_late()
            if np.isnan(fall) and len(falls) == 3
            else around_failure(fall=fall, days=days)
        )
        for share, fall in falls.items()
    }
    return staff_move(
        panels,
        "two areas",
        "Sample Care",
        "closes suddenly",
        date(2026, 4, 1),
        ONE_RUN,
        matters=matters,
    )


def fate_table(people: float = 180.0, days: int = 91) -> pd.DataFrame:
    day = np.arange(float(days))
    waiting, ended = np.exp(-day / 5), 0.3 * day / 90
    gone = people * (1 - waiting) * ended
    return pd.DataFrame(
        {
            "day_from_failure": day,
            "without_anybody": 0.8 * people * waiting,
            "served_then_lost": 0.1 * people * waiting,
            "bridged": 0.1 * people * waiting,
            "served_again": 0.9 * people * (1 - waiting) * (1 - ended),
            "with_the_provider": 0.1 * people * (1 - waiting) * (1 - ended),
            "in_hospital": 0.25 * gone,
            "to_residential_care": 0.25 * gone,
            "found_another_way": 0.15 * gone,
            "died": 0.2 * gone,
            "recovered": 0.15 * gone,
            "died_without_failure": 0.1 * gone,
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
    return area_map(
        places(count, shared),
        values.iloc[missing:],
        Shown("Uncovered hours by area", "hours a week", Form(1)),
        ONE_RUN,
        name="map",
    )


def hours(**given: float) -> Chart:
    tier_count, weeks = int(given.get("tiers", 3)), int(given.get("weeks", 120))
    table = by_tier(tier_count, weeks, given.get("scale", 1.0))
    return hours_by_tier(table, TIERS, LIVE, ONE_RUN)


CASES: dict[str, Callable[[], Any]] = {
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
        with_bands(around_failure()), None, (3208.4, 2000.0, 4400.0), RUNS, True
    ),
    "level, deep, bands": lambda: level_chart(
        with_bands(around_failure(fall=0.6)), None, (32_084.0, -200.0, 64_000.0), RUNS
    ),
    "level, long names": lambda: service_level(
        with_bands(around_failure()),
        "Great Yarmouth and Northern Villages, Gorleston and Incomprehensibilities-on-Sea",
        "the principal provider of Great Yarmouth and Northern Villages (in Gorleston only)",
        "returns its principal provider contracts after 56 days' notice given",
        date(2026, 4, 1),
        27.0,
        200.0,
        (3208.4, 2000.0, 4400.0),
        RUNS,
        distinguished=True,
    ),
    "level, not back": lambda: level_chart(around_failure(), (np.inf, np.inf)),
    "level, not known when back": lambda: level_chart(around_failure(), (np.nan, np.nan)),
    "level, late": lambda: level_chart(around_failure(), (300.0, 340.0)),
    "level, 99% not back": lambda: level_chart(around_failure(), (9.0, np.inf)),
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
    "level, nothing covered": lambda: level_chart(around_failure(0.97, 0.97), (np.inf, np.inf)),
    "level, zero": lambda: level_chart(around_failure(0.0, 0.0)),
    "moves": lambda: moves({0.0: 0.3, 0.3: 0.2, 0.6: 0.1}),
    "moves, little": lambda: moves({0.0: 0.2, 0.3: 0.2, 0.6: 0.2}, matters=False),
    "moves, one share": lambda: moves({0.3: 0.2}),
    "moves, four shares": lambda: moves({0.0: 0.3, 0.3: 0.0, 0.6: 0.9, 1.0: 0.2}),
    "moves, five days": lambda: moves({0.0: 0.3, 0.6: 0.1}, days=6),
    "moves, no need": lambda: moves({0.0: np.nan, 0.6: np.nan}),
    "moves, bands": lambda: staff_move(
        {
            share: response_of(with_bands(around_failure(fall=0.3 - share / 3)))
            for share in (0.0, 0.3, 0.6)
        },
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
    "tiles": lambda: tiles(18),
    "tiles, one area": lambda: tiles(1),
    "tiles, shared cell": lambda: tiles(9, shared=True),
    "tiles, missing": lambda: tiles(4, missing=2),
    "tiles, none known": lambda: tiles(2, missing=2),
    "tiles, all equal": lambda: tiles(5, value=0.0),
    "tiles, two long names": lambda: tiles(2),
    "hours, failure": lambda: hours_by_tier(by_tier(), TIERS, LIVE, ONE_RUN, failures=FAILED),
    "list, failure": lambda: waiting_list(banded(by_area(), MEASURES), RUNS, failures=FAILED),
    "carers, failure": lambda: carers(by_area(), ONE_RUN, failures=FAILED),
    "fallback, failure": lambda: fallback(by_role(), LIVE, ONE_RUN, failures=FAILED),
    "hours, one month": lambda: hours(weeks=5),
    "hours, many localities": lambda: hours_by_tier(by_tier(), TIERS, CROWDED, ONE_RUN),
    "list, one week": lambda: waiting_list(by_area(1, 2).iloc[:1], ONE_RUN),
    "list, to 12.5": lambda: waiting_list(by_area(1, 60, 0.83), ONE_RUN),
    "list, to 1": lambda: waiting_list(by_area(1, 60, 0.06), ONE_RUN),
    "list, wide bands": lambda: waiting_list(wide(by_area(), MEASURES), RUNS),
    "carers, wide bands": lambda: carers(wide(by_area(), MEASURES), RUNS),
    "carers, to 12.5": lambda: carers(by_area(1, 60, 0.065), ONE_RUN),
    "fallback, one month": lambda: fallback(by_role(5), CROWDED, ONE_RUN),
    "fallback, many localities": lambda: fallback(by_role(), CROWDED, ONE_RUN),
    "moves, long captions": lambda: moves(SINK_LATE),
    **GALLERY,
}
SVG = "{http://www.w3.org/2000/svg}"
BUILT: dict[str, list[Chart]] = {}


def built(case: str) -> list[Chart]:
    """The charts of a case, page by page, built once."""
    if case not in BUILT:
        BUILT[case] = as_list(CASES[case]())
        for chart in BUILT[case]:
            chart.figure.canvas.draw()
    return BUILT[case]


@pytest.fixture(scope="module", autouse=True)
def nothing_is_kept() -> Iterator[None]:
    """Let all figures go: with so much in memory each market after them is slow to clear away."""
    yield
    BUILT.clear()
    gc.collect()


@pytest.fixture(params=CASES)
def charts(request: pytest.FixtureRequest) -> list[Chart]:
    """Each case."""
    return built(request.param)


def texts(chart: Chart) -> list[Text]:
    found = [t for t in chart.figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    hidden = [
        label
        for axes in chart.figure.axes
        if not axes.axison
        for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]
    ]
    return [t for t in found if t not in hidden]


def test_text_lies_within_the_figure(charts: list[Chart]) -> None:
    for chart in charts:
        page = chart.figure.bbox
        for text in texts(chart):
            box = text.get_tightbbox()
            assert box is not None
            assert box.x0 >= page.x0 and box.x1 <= page.x1, text.get_text()
            assert box.y0 >= page.y0 and box.y1 <= page.y1, text.get_text()


def test_texts_do_not_overlap(charts: list[Chart]) -> None:
    for chart in charts:
        # The ink of a text, which is a little smaller than the line it stands on.
        said = texts(chart)
        boxes = np.array([Text.get_window_extent(t).padded(-2).extents for t in said])
        left, bottom, right, top = boxes.T
        beside = (left[:, None] < right[None, :]) & (left[None, :] < right[:, None])
        above = (bottom[:, None] < top[None, :]) & (bottom[None, :] < top[:, None])
        for one, other in np.argwhere(np.triu(beside & above, 1)):
            pytest.fail(f"{said[one].get_text()!r} lies over {said[other].get_text()!r}")


def test_no_name_is_cut(charts: list[Chart]) -> None:
    """Only a title may end in the middle: the subtitle has the whole of it."""
    for chart in charts:
        for text in texts(chart):
            assert text.get_gid() == "title" or "…" not in text.get_text()
        assert "…" not in chart.title or chart.title.rstrip(" …") in chart.subtitle


def test_text_is_at_least_nine_points(charts: list[Chart]) -> None:
    for chart in charts:
        assert min(text.get_fontsize() for text in texts(chart)) >= 9


def test_a_chart_fits_on_a_page(charts: list[Chart]) -> None:
    for chart in charts:
        assert chart.figure.get_figwidth() * 2.54 == pytest.approx(16)
        assert chart.figure.get_figheight() * 2.54 <= 24


@pytest.mark.parametrize(
    ("said", "title", "below"),
    [
        ("Care falls", "Care falls", ""),
        ("Care falls; it is back on day 3", "Care falls; it is back on day 3", ""),
        (
            "Cover falls from 97% to 79% when the largest provider closes; it is back on day 3",
            "Cover falls from 97% to 79% when the largest provider closes",
            "It is back on day 3.",
        ),
        (
            "The tier carries 46% of all hours in December 2026, up from 0% in January 2024",
            "The tier carries 46% of all hours in December 2026",
            "Up from 0% in January 2024.",
        ),
        (
            "The list stays near 6.3 people on average in 2024 and in the last 52 weeks",
            "The list stays near 6.3 people on average in 2024",
            "The list stays near 6.3 people on average in 2024 and in the last 52 weeks.",
        ),
        ("one " * 20, "one " * 15 + "…", "One " + "one " * 18 + "one."),
    ],
)
def test_what_a_title_has_no_room_for_stands_below(said: str, title: str, below: str) -> None:
    assert fitted(said.strip(), "") == (title, below)
    assert fitted(said.strip(), "More.") == (title, f"{below} More.".strip())


def test_pages_are_numbered(charts: list[Chart]) -> None:
    names = [chart.name for chart in charts]
    assert len(set(names)) == len(names)
    if len(charts) > 1:
        assert [name.rpartition("_")[2] for name in names] == [
            str(number + 1) for number in range(len(names))
        ]
        assert all(f"Part {at} of {len(charts)}." in chart.subtitle
                   for at, chart in enumerate(charts, 1) if "models" not in chart.name)  # fmt: skip


def test_titles_have_fifteen_words_at_most(charts: list[Chart]) -> None:
    for chart in charts:
        assert 0 < len(chart.title.replace("…", "").split()) <= 15, chart.title


NUMBER = re.compile(r"[+−]?[0-9][0-9,]*(?:\.[0-9]+)?")


def labelled(axis: Axis) -> list[tuple[float, str]]:
    """Ticks within the axis and their labels."""
    low, high = sorted(axis.get_view_interval())
    ticks = zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=True)
    return [(float(place), label.get_text()) for place, label in ticks
            if label.get_text().strip() and low - 1e-9 <= place <= high + 1e-9]  # fmt: skip


def test_ticks_say_where_they_stand(charts: list[Chart]) -> None:
    """A number is the tick's value to the last digit, a date its day; a word names a row."""
    for chart in charts:
        for axes in (axes for axes in chart.figure.axes if axes.axison):
            for axis in (axes.xaxis, axes.yaxis):
                for place, text in labelled(axis):
                    if re.fullmatch(r"20\d\d", text) and place > 10_000:
                        day = pd.Timestamp(1970, 1, 1) + pd.Timedelta(days=place)
                        assert (day.year, day.day_of_year) == (int(text), 1)
                        continue
                    if found := NUMBER.fullmatch(text.removesuffix("%")):
                        value = float(found[0].replace(",", "").replace("−", "-"))
                        assert value == pytest.approx(place, rel=1e-9, abs=1e-12), text
                    elif re.fullmatch(r"(\d+ )?[A-Z][a-z]{2}\n\d{4}", text):
                        day = pd.Timestamp(1970, 1, 1) + pd.Timedelta(days=place)
                        assert text.split() == f"{day:%-d %b %Y}".split()[-len(text.split()) :]


def test_an_axis_of_dates_has_two_ticks_at_least(charts: list[Chart]) -> None:
    for chart in charts:
        for axes in chart.figure.axes:
            labels = [text for _, text in labelled(axes.xaxis)] if axes.axison else []
            if labels and all(re.search(r"[A-Z][a-z]{2}\n\d{4}", text) for text in labels):
                assert len(labels) >= 2


def test_what_is_said_of_people_is_whole() -> None:
    for case in ("list, to 1", "weeks, less than one", "fates, few people", "carers, all zero"):
        for axes in built(case)[0].figure.axes[:1]:
            assert all(place == round(place) for place, _ in labelled(axes.yaxis)), case


def look(patch: Patch) -> tuple[str, str]:
    """Face and hatching of a patch."""
    return to_hex(patch.get_facecolor()), patch.get_hatch() or ""


def bare_of_words(axes: Axes) -> list[Patch]:
    """Filled patches of a panel on which no text lies."""
    patches = [p for p in axes.patches if p.get_facecolor()[3] == 1 and p.get_visible()]
    words = np.array([Text.get_window_extent(text).extents for text in axes.texts]).reshape(-1, 4)
    found = []
    for patch in patches:
        left, bottom, right, top = patch.get_window_extent().extents
        over = (words[:, 0] < right) & (words[:, 2] > left)
        if not (over & (words[:, 1] < top) & (words[:, 3] > bottom)).any():
            found.append(patch)
    return found


def test_neighbouring_shades_differ_or_are_marked(charts: list[Chart]) -> None:
    """3 to 1 in luminance, or by hatching, by an edge that both have, or by a number on them."""
    for chart in charts:
        for axes in chart.figure.axes:
            plain = [p for p in bare_of_words(axes) if not edged(p)]
            faces = {look(patch) for patch in plain}
            for one, other in itertools.combinations(sorted(faces), 2):
                apart = one[1] != other[1] or contrast(one[0], other[0]) >= 3
                assert apart, (chart.name, one, other)


def edged(patch: Patch) -> bool:
    """Whether it has an edge that is seen on white."""
    return patch.get_linewidth() > 0 and contrast(to_hex(patch.get_edgecolor()), "#FFFFFF") >= 3


def test_a_band_has_two_edges_that_are_seen_and_a_key(charts: list[Chart]) -> None:
    for chart in charts:
        bands = [
            one for axes in chart.figure.axes for one in axes.collections
            if isinstance(one, PolyCollection) and one.get_facecolor().size
            and one.get_facecolor()[0][3] < 1 and not one.get_hatch()
        ]  # fmt: skip
        for band in bands:
            assert contrast(to_hex(band.get_edgecolor()[0]), "#FFFFFF") >= 3
            assert band.get_linewidth()[0] > 0
        if bands:
            key = " ".join(key_of(chart)).lower()
            assert "band" in key or "interval" in key, chart.name


def key_of(chart: Chart) -> list[str]:
    """The entries of a chart's key."""
    keys = [axes for axes in chart.figure.axes if axes.get_label() == KEY]
    return [text.get_text() for axes in keys for text in axes.texts]


def hidden_below(axes: Axes, band: PolyCollection) -> list[Artist]:
    """What is opaque, filled and drawn over a band."""
    over = [one for one in axes.collections if isinstance(one, PolyCollection)]
    return [one for one in over if one.get_zorder() >= band.get_zorder() and one is not band
            and one.get_facecolor().size and one.get_facecolor()[0][3] == 1]  # fmt: skip


@pytest.mark.parametrize("case", ["level, bands", "level, deep, bands", "moves, bands"])
def test_both_halves_of_a_band_are_seen(case: str) -> None:
    for chart in built(case):
        panels = [axes for axes in chart.figure.axes if axes.axison]
        for axes in panels:
            bands = [one for one in axes.collections if not one.get_hatch()]
            assert len(bands) == 2
            assert not any(hidden_below(axes, band) for band in bands)
        key = key_of(chart)
        shades = [text for text in key if not text.startswith("With")]
        assert len(shades) == len(set(shades)) == 3


def test_one_replication_is_said_not_to_be_a_result(charts: list[Chart]) -> None:
    for chart in charts:
        said = words.ONE_STORY in chart.footer
        assert said == ("1 replication;" in chart.footer or "1 replication." in chart.footer)


def test_a_drawing_has_its_title_and_its_words_where_they_are_looked_for(
    charts: list[Chart],
) -> None:
    chart = charts[0]
    saved = pictures(chart)
    for bare, drawing in ((False, saved.svg), (True, saved.bare_svg)):
        root = ElementTree.fromstring(drawing)
        title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None and title.text == chart.title
        assert desc is not None and desc.text == chart.alt
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
        drawn = " ".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))
        assert (chart.title.split()[0] in drawn) or bare
        fonts = {text.get("style", "") for text in root.iter(f"{SVG}text")}
        assert all(style.endswith("sans-serif") or "sans-serif;" in style for style in fonts)
        assert not any(re.search("font(-family)?: ([0-9.]+px )?'DejaVu", style) for style in fonts)


def test_a_bare_chart_is_the_chart_without_its_words_around(charts: list[Chart]) -> None:
    chart = charts[0]
    saved = pictures(chart)
    heights = [
        float(re.findall(r'height="([0-9.]+)pt"', drawing.decode())[0])
        for drawing in (saved.svg, saved.bare_svg)
    ]
    assert 20 < heights[1] < heights[0] - 30
    root = ElementTree.fromstring(saved.bare_svg)
    drawn = " ".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))
    assert "Model, not observation" not in drawn
    kept = [" ".join(text.get_text().split()) for text in texts(chart)
            if text.get_gid() not in ("title", "subtitle", "footer")]  # fmt: skip
    flat = "".join(drawn.split())
    assert all("".join(text.split()) in flat for text in kept)
    assert all(text.get_visible() for text in chart.figure.texts)


def test_at_most_four_series(charts: list[Chart]) -> None:
    colours = {look.colour for look in LOOKS}
    for chart in charts:
        for axes in (axes for axes in chart.figure.axes if axes.axison):
            series = [line for line in axes.lines if line.get_color() in colours]
            if not re.match("models|differences|fit|tornado", chart.name):
                assert len(series) <= MOST_SERIES


SAVED = ("hours", "list, bands", "carers", "level", "moves", "fates", "fallback", "map", "grid",
         "harm", "erosion", "left over", "exceeded", "differences", "tornado", "weeks", "boxes",
         "principals", "fit")  # fmt: skip
"""A case of each kind of chart."""


@pytest.mark.parametrize("case", SAVED)
def test_saved_bytes_are_the_same_every_time(case: str, tmp_path: Path) -> None:
    saved = [save(as_list(CASES[case]())[0], tmp_path / folder) for folder in ("one", "two")]
    name = as_list(CASES[case]())[0].name
    assert [path.relative_to(tmp_path / "one").as_posix() for path in saved[0]] == [
        *(f"{name}.{ending}" for ending in ("png", "svg", "txt")),
        *(f"bare/{name}.{ending}" for ending in ("png", "svg", "txt")),
        f"{name}.csv",
    ]
    for one, two in zip(*saved, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name
        assert b"\r\n" not in one.read_bytes() or one.suffix == ".png"
    assert "<text" in saved[0][1].read_text(encoding="utf-8")


@pytest.mark.parametrize("case", SAVED)
def test_a_bare_picture_has_no_pixel_of_the_words_around(case: str) -> None:
    """It is as high as the bare drawing, and the whole picture has its rows where they belong."""
    for chart in as_list(CASES[case]()):
        saved = pictures(chart)
        whole, bare = (
            np.asarray(Image.open(io.BytesIO(content)).convert("L"))
            for content in (saved.png, saved.bare_png)
        )
        match = re.search(r'height="([0-9.]+)pt" viewBox="0 ([0-9.]+)', saved.bare_svg.decode())
        assert match is not None
        dots = chart.figure.dpi / 72
        assert abs(len(bare) - float(match[1]) * dots) < 2
        top, edge = round(float(match[2]) * dots), math.ceil(3 * dots)
        assert bare.min() < 100, "something is drawn"
        assert bare[:2].min() == bare[-2:].min() == 255
        places = (whole[row + edge : row + len(bare) - edge] for row in (top - 1, top, top + 1))
        assert any(np.array_equal(place, bare[edge:-edge]) for place in places)


def test_saved_numbers_read_back_equal(charts: list[Chart], tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    for chart in charts:
        path.write_text(chart.data.to_csv(index=False, lineterminator="\n"), encoding="utf-8")
        dates = [name for name in chart.data.columns if name in ("week_start", "month", "date")]
        read = pd.read_csv(path, parse_dates=dates)
        told = chart.data.reset_index(drop=True)
        told = told.assign(**{name: pd.to_datetime(told[name]) for name in dates})
        pd.testing.assert_frame_equal(read, told, check_dtype=False, rtol=1e-12)


def test_words_have_no_gaps(charts: list[Chart]) -> None:
    for chart in charts:
        for text in [chart.alt, *(t.get_text() for t in texts(chart))]:
            assert not re.search(r"\bnan\b|\binf\b|NaT|None", text), text
        assert chart.alt.endswith(".")


def test_words_follow_the_style_of_gov_uk(charts: list[Chart]) -> None:
    """54%, 1 July 2026, 1 carer, a real minus sign, pounds as £, no paths of parameters."""
    for chart in charts:
        for text in [chart.alt, *(t.get_text() for t in texts(chart))]:
            said = text.replace("N-1", "").replace("95-", "")
            assert wrong_numbers(said) == []
            assert not re.search(r"[0-9] %", said), said
            assert not re.search(r"\b0[1-9] [A-Z][a-z]+ 20", said), said
            assert not re.search(r"(?<![0-9.,])1 (carer|principal|time|hour|day|week|draw|area)s\b",
                                 said), said  # fmt: skip
            assert not re.search(r"(?<![\w-])-[0-9]", said), said
            assert "GBP" not in said and not re.search(r"[a-z]_[a-z]|[a-z]\.[a-z]", said), said


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
    drawn = as_list(CASES[case]())
    assert made == [chart.figure for chart in drawn]


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


def test_service_level_says_how_large_the_gap_is_and_how_long() -> None:
    own = response_of(around_failure())
    chart = response()
    assert "The largest gap is on day 0: 79.0% is covered, 97.0% without the failure" in chart.alt
    assert f"back at 95% of its level without the failure after {own.to_95:.0f} days" in chart.alt
    assert f"back at 99% of its level without the failure after {own.to_99:.0f} days" in chart.alt
    assert "3,210 more hours without care in the county within 91 days" in chart.alt
    assert chart.title == "Sample Care closes suddenly: cover with and without the failure"
    sure = level_chart(around_failure(), distinguished=True)
    assert title_of(sure).startswith("Sample Care closes suddenly: cover 79% on day 0, 97% without")


def title_of(chart: Chart) -> str:
    """The claim of a chart: its title, and what of it stands in the subtitle."""
    return f"{chart.title}. {chart.subtitle}"


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
    chart = level_chart(around_failure(), (np.inf, np.inf))
    assert "Cover is not back at 95% of its level without the failure within a year" in chart.alt
    assert chart.data["days_from_failure"].max() == 365
    unknown = level_chart(around_failure(days=6), (np.nan, np.nan))
    assert "back at" not in unknown.alt


def test_service_level_compares_with_the_market_without_the_failure_not_with_before() -> None:
    """A market that sinks by itself makes no gap."""
    frame = around_failure(fall=0.0)
    frame.loc[frame["day_from_failure"] >= 20, ["service_level", "without_failure"]] = 0.5
    chart = level_chart(frame, hours=(0.0, np.nan, np.nan))
    assert "97.0% is covered, 97.0% without" in chart.alt
    assert not chart.data["shaded"].any()


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ((3208.4, 2000.0, 4400.0), "(95% interval 2,000 to 4,400)"),
        (
            (3208.4, -2000.0, 8400.0),
            "(95% interval −2,000 to 8,400), which cannot be distinguished from chance",
        ),
        ((-32.0, np.nan, np.nan), "32 fewer hours without care in the county within 91 days"),
        ((-32.0, -70.0, 6.0), "(95% interval −6 to 70)"),
        ((np.nan, np.nan, np.nan), "Shaded: care that is covered only without the failure"),
    ],
)
def test_service_level_says_what_the_failure_costs(
    hours: tuple[float, float, float], said: str
) -> None:
    chart = level_chart(around_failure(), (350.0, np.inf), hours, RUNS, hours[1] > 0)
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
    covers = ", ".join(f"{mean:.0f}%" for mean in means)
    assert chart.title == (f"Mean cover of four weeks: {covers} if none, 30%, 60% of carers move")
    assert "No carers move: 67% on day 0, 97% without; back at 95% after" in chart.alt
    assert "Cover if more or fewer carers move" in title_of(CASES["moves, little"]())


def test_shares_who_move_have_the_same_axes() -> None:
    panels = [axes for axes in CASES["moves"]().figure.axes if axes.axison]
    assert len({axes.get_ylim() for axes in panels}) == 1
    assert len({axes.get_xlim() for axes in panels}) == 1


def test_fates_say_who_has_nobody_after_a_week_and_after_four() -> None:
    table, chart = fate_table(), fate_chart()
    nobody = table["without_anybody"] + table["served_then_lost"]
    assert chart.title == (
        f"{nobody[7]:.0f} of 180 people lack care a week after the failure, "
        f"{nobody[28]:.0f} after four weeks"
    )
    assert "because Sample Care closes suddenly on 1 April 2026" in chart.subtitle
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


@pytest.mark.parametrize("kind", ["hours", "list", "carers", "fallback"])
def test_weekly_charts_mark_and_name_the_failures(kind: str) -> None:
    """Each on its day in every panel, named once; one after the weeks shown is left out."""
    chart = CASES[f"{kind}, failure"]()
    *shown, late = FAILED
    for name in shown:
        told = f"{name} on {words.day_text(FAILED[name])}"
        assert told in chart.alt and told in title_of(chart)
        drawn = [" ".join(text.get_text().split()) for text in texts(chart)]
        assert sum(text.endswith(name) for text in drawn) == 1
    assert late not in chart.alt + title_of(chart)
    days = {mpl.dates.date2num(FAILED[name]) for name in shown}
    for axes in (one for one in chart.figure.axes if one.axison):
        marks = {float(line.get_xdata()[0]) for line in axes.lines if len(line.get_xdata()) == 2
                 and line.get_xdata()[0] == line.get_xdata()[1]}  # fmt: skip
        assert days <= marks
    without = CASES[kind]()
    assert "Failure" not in without.alt + title_of(without)


WEEKS = weeks_of_seven_days(by_area())


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: hours_by_tier(by_tier(), TIERS, LIVE, ONE_RUN, weeks=WEEKS),
        lambda: waiting_list(by_area(), ONE_RUN),
        lambda: carers(by_area(), ONE_RUN),
        lambda: fallback(by_role(), LIVE, ONE_RUN, weeks=WEEKS),
    ],
    ids=["hours", "list", "carers", "fallback"],
)
def test_no_chart_shows_the_part_of_a_week_at_the_end(drawn: Callable[[], Chart]) -> None:
    assert drawn().data["week_start"].max() == pd.Timestamp("2024-01-01") + pd.Timedelta(weeks=118)


def test_medians_that_do_not_add_up_say_so() -> None:
    said = "do not add up to the median of the whole"
    assert said in built("erosion, medians")[0].subtitle
    assert said not in built("erosion")[0].subtitle


@pytest.mark.parametrize(("top", "beyond"), [(12.5, np.nan), (25.0, 300.0)])
def test_a_band_far_above_every_line_does_not_rule_the_axis(top: float, beyond: float) -> None:
    high = 12.5 if np.isnan(beyond) else beyond
    table = pd.DataFrame({"x": [4.0, 10.0], "x_low": [0.0, 0.0], "x_high": [high, 11.0]})
    found = reach(table, ["x"])
    assert found.top == top
    assert found.beyond == beyond or (np.isnan(beyond) and np.isnan(found.beyond))
    assert ("the axis cuts them off (they reach 300)" in bands_in_words("bands", found)) == (
        beyond == 300
    )


# Classes of shades -------------------------------------------------------------------------------


def test_an_outlier_does_not_make_all_others_alike() -> None:
    values = np.array([*np.linspace(0.7, 2.2, 17), 8.9])
    found = classes_of(values, Form(1))
    names = [found.of(value) for value in values]
    assert names[-1] == 3 and set(names) == {0, 1, 2, 3}
    assert names.count(3) == 1


@pytest.mark.parametrize("seed", range(6))
def test_classes_are_told_in_the_unit_and_digits_of_the_figures(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.exp(rng.normal(7, 1, rng.integers(1, 60)))
    form = (Form(0), Form(1, 0.001), Form(1, suffix="%"))[seed % 3]
    found = classes_of(values, form)
    told = found.words("")
    assert len(told) == len(found.cuts) + 1 <= 4
    ends = [float(end.replace(",", "")) for text in told for end in NUMBER.findall(text)]
    for value in values:
        printed = float(form.text(float(value)).replace(",", "").rstrip("%"))
        lower = sum(printed >= cut for cut in found.cuts)
        assert found.of(float(value)) == lower
    assert set(np.round(found.cuts, 6)) <= set(np.round(ends, 6))


def test_equal_values_have_one_class() -> None:
    found = classes_of(np.array([3.0, 3.0, np.nan]), Form(0))
    assert found.cuts == () and found.words("hours") == ["3 hours"]
    assert classes_of(np.array([np.nan]), Form(0)).cuts == ()


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
        "(3f2a91c0), seed 1, 1 replication; a single simulated run: do not quote as a result."
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
