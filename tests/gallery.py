"""Charts of every kind from made-up tables, plain and extreme, for tests of how they are drawn."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from experiments.charts.area_map import area_map
from experiments.charts.area_months import Scale, area_months
from experiments.charts.chart import Chart, Provenance
from experiments.charts.classes import Classes, Form, classes_of
from experiments.charts.differences import differences
from experiments.charts.erosion import erosion
from experiments.charts.heat_map import heat_map
from experiments.charts.left_over import exceeded, left_over
from experiments.charts.principals import principals
from experiments.charts.scenario_weeks import scenario_weeks
from experiments.charts.shown import Shown
from experiments.charts.tornado import tornado
from experiments.fit.picture import fit_chart
from experiments.fit.verdicts import FitLine, Interval
from experiments.study.boxes import boxes_chart
from experiments.study.discovery import Box, Discovered, Limit
from experiments.study.draws import Draws, Varied
from sim.outcomes.declaration import About, Outcome
from sim.scenario import load_scenario
from sim.scenario.tables import TargetRow

ONE = Provenance("caremarket", "norfolk", "3f2a91c0", 1, 1, "0.1.0")
MANY = Provenance("caremarket", "norfolk", "3f2a91c0", 1, 20, "0.1.0")
LONG_NAMES = (
    "Great Yarmouth and Northern Villages",
    "Incomprehensibilities-on-Sea with Llanfairpwllgwyngyllgogerychwyrndrobwll",
    "Thetford, Watton, Swaffham and the Brecks, small rural, rural free",
)
LIVE = {"East": date(2024, 4, 1), "West": date(2025, 1, 27), "North": date(2025, 3, 1)}
CROWDED = {name: date(2025, 1 + at % 3, 1) for at, name in enumerate(LONG_NAMES * 2)} | {
    f"Locality {at}": date(2024, 2 + at % 9, 1) for at in range(9)
}
FOOTER = "Model, not observation: caremarket 0.1.0, county norfolk, study a (3f2a91c0), seed 1."


def area_names(count: int) -> list[str]:
    """Names of areas, the first of them long."""
    return [*LONG_NAMES, *(f"North {at}" for at in range(count))][:count]


def months(count: int) -> pd.DatetimeIndex:
    """First days of months."""
    return pd.date_range("2024-01-01", periods=count, freq="MS")


# Areas by months ---------------------------------------------------------------------------------


def by_month(areas: int, how_many: int, highest: float, shares: Sequence[float]) -> pd.DataFrame:
    """Values that grow with the area and the month; an area has a principal after some months."""
    rows = [
        (
            month,
            f"A{area:02}",
            "principal" if at >= area % 7 else "largest",
            share,
            highest * (area + 1) / areas * (at + 1) / how_many * (1 - share / 2),
        )
        for area in range(areas)
        for at, month in enumerate(months(how_many))
        for share in shares
    ]
    return pd.DataFrame(rows, columns=["month", "area", "role", "staff_move_share", "value"])


def grids(
    areas: int = 4, how_many: int = 30, highest: float = 1.0, made_by: Provenance = ONE
) -> list[Chart]:
    """Shares (to 1) with fixed classes, larger numbers with classes of their own."""
    shares = (0.0, 0.3, 0.6)
    table = by_month(areas, how_many, highest, shares)
    held = pd.DataFrame(
        {"code": [f"A{at:02}" for at in range(areas)], "name_shown": area_names(areas)}
    )
    if highest <= 1:
        scale = Scale(Classes((50.0, 70.0, 90.0), 0.0, 100.0, Form(0, 100, "%")), falling=True)
    else:
        form = Form(1, 0.001)
        scale = Scale(classes_of(table["value"].to_numpy(dtype=float), form), "thousand hours")
    captions = {
        share: f"If {share:.0%} of carers move with the people whom they look after: on average "
        "62% of the hours of a principal in 2024, 48% in 2029"
        for share in shares
    }
    heading = (
        "Others could take on 62% of a principal's hours",
        "Share of hours. Darker is worse.",
    )
    told = "A grid of areas and months."
    return area_months(table, held, "value", scale, captions, heading, made_by, told, name="grid")


def harm(rows: int, columns: int, highest: float, made_by: Provenance = ONE) -> list[Chart]:
    """Places by dates; the last place is an outlier, the first has nobody on the first date."""
    values = np.outer(np.linspace(0.1, 0.3, rows), np.linspace(0.5, 1, columns)) * highest
    values[-1] *= 3
    if rows > 1:
        values[0, 0] = np.nan
    dates = [date(2024 + at // 2, 1 + 6 * (at % 2), 1) for at in range(columns)]
    heading = ("The worst place and time; 2,703 more hours", "Hours without care. Darker is worse.")
    return heat_map(
        values, area_names(rows), dates, heading, made_by, "A heat map.",
        name="stress", measure="hours", unit="hours",
    )  # fmt: skip


# Maps --------------------------------------------------------------------------------------------

FIELD = (0.24, 0.12)
"""Degrees east and north of an area on a made-up map."""


def square(place: tuple[int, int], part: float = 1.0) -> list[list[list[float]]]:
    """The outline of one area of a made-up map, in degrees; ``part``: of its field."""
    (column, row), (wide, high) = place, FIELD
    west, south = column * wide - 2, 52 + row * high
    east, north = west + part * wide, south + part * high
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def outlined(count: int, columns: int, tiny: int = 0) -> str:
    """Outlines of areas in rows from the south, the last ``tiny`` of them a hundredth as wide."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": f"A{at:02}"},
            "geometry": {
                "type": "Polygon",
                "coordinates": square(
                    (at % columns, at // columns), 0.01 if at >= count - tiny else 1
                ),
            },
        }
        for at in range(count)
    ]
    told = {"type": "FeatureCollection", "attribution": "Made up", "features": features}
    return json.dumps(told)


def mapped(
    count: int,
    columns: int = 6,
    tiny: int = 0,
    missing: int = 0,
    made_by: Provenance = MANY,
    highest: float = 98.0,
    falling: bool = False,
) -> Chart:
    """A map of outlines; the first ``missing`` areas have no value, every other is in doubt."""
    codes = [f"A{at:02}" for at in range(count)]
    areas = pd.DataFrame(
        {"code": codes, "name": area_names(count), "locality": "East",
         "grid_row": 0, "grid_column": np.arange(count)}
    )  # fmt: skip
    means = np.linspace(0, highest, count)
    spread = np.where(np.arange(count) % 2, highest, 1e-6)
    futures = np.linspace(-1, 1, made_by.replications)[:, None] if made_by is MANY else 0.0
    each = pd.DataFrame(means + spread * np.atleast_2d(futures), columns=codes)
    each[codes[:missing]] = np.nan
    shown = Shown("Where care was missing", "hours a week", Form(1), "in 2026", falling=falling)
    return area_map(
        areas, each.mean(), shown, made_by,
        name="map", outlines=outlined(count, columns, tiny), each=each,
    )  # fmt: skip


def norfolk_map() -> Chart:
    """A map of a county that ships."""
    scenario = load_scenario("norfolk")
    areas = pd.DataFrame([area.model_dump() for area in scenario.areas])
    steps = np.arange(len(areas)) * 7 % len(areas) / 3
    futures = np.linspace(-0.5, 0.5, MANY.replications)[:, None]
    each = pd.DataFrame(steps + futures, columns=areas["code"])
    shown = Shown(
        "Where care was missing in the last 52 weeks", "uncovered hours as % of hours needed",
        Form(1, suffix="%"), "1 January 2029 to 30 December 2029",
    )  # fmt: skip
    return area_map(
        areas, each.mean(), shown, MANY, name="map", outlines=scenario.outlines, each=each
    )


# Fallback and what is left over ------------------------------------------------------------------


def faded(how_many: int, factor: float = 1.0, made_by: Provenance = MANY) -> Chart:
    """``factor`` below 1: the parts do not add up to the whole, as medians."""
    at = np.arange(how_many)
    sizes = {"slack": 50.0, "overtime": 30.0, "hires": 2.5}
    parts = {name: (at[::-1] + 1.0) * size for name, size in sizes.items()}
    table = pd.DataFrame({"month": months(how_many), **parts})
    table["absorbable"] = factor * sum(parts.values())
    table["providers"], table["carers"] = at[::-1] + 1.0, 11.0 * (at[::-1] + 1)
    names = ("providers", "carers", "slack", "overtime", "hires", "absorbable")
    bounds = {f"{name}{end}": size * table[name] for name in names
              for end, size in (("_low", 0.7), ("_high", 1.4))}  # fmt: skip
    return erosion(table.assign(**bounds), CROWDED, made_by)


def left(areas: int, how_many: int, highest: float) -> list[Chart]:
    """A fan for the county and each area."""
    parts = []
    for place, code in enumerate(["county", *(f"A{at:02}" for at in range(areas))]):
        middle = highest * (np.arange(how_many) + 1) / how_many / (1 + place)
        parts.append(
            pd.DataFrame(
                {
                    "provider": code,
                    "month": months(how_many),
                    "left_hours": middle,
                    "left_hours_low": 0.5 * middle,
                    "left_hours_high": 1.5 * middle,
                }
            )
        )
    names = {f"A{at:02}": name for at, name in enumerate(area_names(areas))}
    return left_over(pd.concat(parts, ignore_index=True), names, MANY, "a plausible set each")


def losses(most: float) -> Chart:
    """Curves of three years that lie close to one another."""
    grid = np.linspace(0, most, 50)
    table = pd.concat(
        [
            pd.DataFrame(
                {
                    "year": year,
                    "providers": 10,
                    "left_hours": grid,
                    "share": np.exp(-grid / most * power),
                }
            )
            for year, power in ((2024, 3.0), (2026, 2.8), (2029, 2.7))
        ],
        ignore_index=True,
    )
    return exceeded(table, [2024, 2026, 2029], MANY, "a plausible set each")


# Studies -----------------------------------------------------------------------------------------


def an_outcome(name: str, meaning: str, unit: str) -> Outcome:
    """An outcome of which lower is better."""
    return Outcome(name, meaning, unit, "lower", About.RUN, lambda _: 0.0)


OUTCOMES = (
    an_outcome("list_people", "people on the interim care list in the last year", "people"),
    an_outcome("spend", "what the council spends on home care in the last year", "GBP"),
    an_outcome("rehomed_in_7_days", "share of people with a new provider within 7 days, of all who "
               "lost theirs in a failure and still needed care on that day", "share"),
    an_outcome("low", "people a year", "people"),
    an_outcome("hours", "hours without care", "hours"),
    an_outcome("days", "days", "days"),
)  # fmt: skip


def effects(scenarios: int, outcomes: int = 3, names: bool = False) -> list[Chart]:
    """Differences of several sizes, some sure, of scenarios with codes or long names."""
    codes = ["as_is", *(f"norfolk_other_way_{at}" for at in range(1, scenarios))]
    sizes = {"GBP": 697_234.0, "share": 0.2, "people": 12.5, "hours": 2000.0, "days": 0.4}
    rows = [
        {
            "scenario": code,
            "outcome": one.name,
            "draw": "all",
            "mean": sizes[one.unit] * (at - 0.6),
            "low": sizes[one.unit] * (at - 1.7),
            "high": sizes[one.unit] * (at + 1.2),
            "replications": 12,
            "draws_p05": np.nan,
            "draws_p95": np.nan,
            "interval": "t",
        }
        for at, code in enumerate(codes[1:])
        for one in OUTCOMES[:outcomes]
    ]
    called = dict(zip(codes, area_names(scenarios), strict=True)) if names else None
    return differences(
        pd.DataFrame(rows), OUTCOMES[:outcomes], codes, FOOTER, names=called, name="models"
    )


def bars(parameters: int, outcomes: int = 2, size: float = 12.5) -> list[Chart]:
    """Indices, some of which stand out."""
    paths = ["failure.staff_move_share", *(f"market.an_unknown_{at}" for at in range(parameters))]
    rows = [
        {
            "scenario": "as_is",
            "of": "value",
            "outcome": one.name,
            "parameter": path,
            "measure": "mu_star",
            "index": size / (at + 1),
            "index_low": 0.8 * size / (at + 1),
            "index_high": 1.2 * size / (at + 1),
            "floor": size / 4,
            "stands_out": "yes" if at < 3 else "no",
        }
        for one in OUTCOMES[:outcomes]
        for at, path in enumerate(paths[:parameters])
    ]
    meanings = {one.name: one.meaning for one in OUTCOMES}
    meaning = "Share of a failed provider's carers who move with their people to whoever takes them"
    called = {paths[0]: meaning}
    return tornado(
        pd.DataFrame(rows), [one.name for one in OUTCOMES], meanings, FOOTER, names=called
    )


def weekly_scenarios(
    scenarios: int, weeks: int = 60, level: float = 5.0, width: float = 1.0
) -> list[Chart]:
    """A weekly measure of scenarios, with bands ``width`` times as wide as high."""
    codes = ["as_is", *(f"more_newcomers_and_a_long_name_{at}" for at in range(1, scenarios))]
    parts = []
    for at, code in enumerate(codes):
        middle = level * (1 + 0.1 * at + 0.2 * np.sin(np.arange(weeks) / 5))
        parts.append(
            pd.DataFrame(
                {
                    "scenario": code,
                    "week_start": pd.date_range("2024-01-01", periods=weeks, freq="7D"),
                    "list_people": middle,
                    "list_people_low": middle * (1 - width),
                    "list_people_high": middle * (1 + width),
                }
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    return scenario_weeks(frame, "list_people", "people on the interim care list", codes, FOOTER)


def broken_boxes(draws: int, high: float) -> Chart:
    """Draws of two declared parameters, a box of which breaks."""
    rng = np.random.default_rng(4)
    paths = ("failure.staff_move_share", "overload.hand_back_notice_days")
    points = rng.uniform(0, 1, (draws, 2)) * (1.0, high)
    broken = points[:, 1] > high / 2
    varied = tuple(Varied(path, "unknown", 0.0, 1.0) for path in paths)
    box = Box({paths[1]: (high / 2, np.inf)}, 40, 31, 40, broken)
    limit = Limit("rehomed_in_7_days", 0.25, False)
    found = Discovered(limit, (box,), broken * 1.0, broken, 0.7, 0.8, 0.6, 0.7)
    chart = boxes_chart(
        Draws("latin_hypercube", varied, tuple(map(tuple, points.tolist()))), found, FOOTER
    )
    assert chart is not None
    return chart


# Records and published figures -------------------------------------------------------------------


def short_falls(replications: int, longest: int, recorded: tuple[int, int] | None) -> Chart:
    """Two worlds, the second with more."""
    rng = np.random.default_rng(2)
    worlds = ("market exits only", "market exits and random failures")
    counts = pd.DataFrame(
        [(world, int(n)) for at, world in enumerate(worlds)
         for n in rng.poisson(0.3 + 2 * at, replications)],
        columns=["world", "shortfalls"],
    )  # fmt: skip
    absences = pd.DataFrame(
        [(world, int(n)) for world in worlds for n in rng.integers(1, longest, replications)],
        columns=["world", "days"],
    )
    first, last = date(2024, 4, 1), date(2026, 3, 31)
    return principals(counts, absences, first, last, recorded, MANY)


def a_target(number: int, role: str, meaning: str, unit: str) -> TargetRow:
    """A published figure with its tolerance."""
    return TargetRow.model_validate(
        {
            "code": f"T{number}", "meaning": meaning, "measure": "list_people", "scope": "county",
            "period": "span", "published": 65, "low": 30, "high": 150, "unit": unit,
            "published_when": "2023", "role": role, "use": "fitted", "source": "a test",
            "sure": "assumption",
        }
    )  # fmt: skip


def held_against(figures: int) -> list[Chart]:
    """Figures that hold, fail, cannot be told and were not simulated."""
    lines = []
    verdicts = ("holds", "fails", "cannot tell", "not simulated")
    for at in range(figures):
        mean = (65.0, 500.0, 140.0, np.nan)[at % 4]
        interval = Interval(mean, mean - 15, mean + 15, mean - 25, mean + 25, 5)
        meaning = area_names(figures)[at] if at < 3 else f"people on the list of place {at}"
        target = a_target(at, "must_hold" if at < figures / 2 else "watch", meaning, "hours a week")
        lines.append(FitLine(target, interval, verdicts[at % 4]))  # type: ignore[arg-type]
    return fit_chart(lines, MANY)


GALLERY: dict[str, Callable[[], Chart | list[Chart]]] = {
    "grid": grids,
    "grid, thousands": lambda: grids(highest=12_500.0, made_by=MANY),
    "grid, one area, one month": lambda: grids(1, 1),
    "grid, many areas": lambda: grids(18, 72),
    "grid, very many areas": lambda: grids(48, 24, 9000.0),
    "harm": lambda: harm(5, 8, 12_500.0),
    "harm, small": lambda: harm(5, 8, 10.0, MANY),
    "harm, one cell": lambda: harm(1, 1, 300.0),
    "harm, many": lambda: harm(36, 14, 5e5),
    "map": norfolk_map,
    "map, one replication": lambda: mapped(12, made_by=ONE),
    "map, one area": lambda: mapped(1),
    "map, tiny areas": lambda: mapped(18, tiny=6),
    "map, all areas tiny": lambda: mapped(6, tiny=6),
    "map, missing": lambda: mapped(9, missing=3),
    "map, none known": lambda: mapped(3, missing=3),
    "map, all equal": lambda: mapped(5, highest=0.0),
    "map, many areas": lambda: mapped(77, 9),
    "map, tall": lambda: mapped(12, 1),
    "map, flat": lambda: mapped(12, 12),
    "map, less is worse": lambda: mapped(7, falling=True),
    "erosion": lambda: faded(40),
    "erosion, medians": lambda: faded(40, 0.9),
    "erosion, one month": lambda: faded(1, made_by=ONE),
    "left over": lambda: left(5, 40, 800.0),
    "left over, many areas": lambda: left(18, 72, 12.5),
    "left over, one month": lambda: left(1, 1, 10.0),
    "exceeded": lambda: losses(1200.0),
    "exceeded, small": lambda: losses(12.5),
    "differences": lambda: effects(3),
    "differences, two scenarios": lambda: effects(2, 1),
    "differences, many models": lambda: effects(8, 6, names=True),
    "tornado": lambda: bars(5),
    "tornado, many": lambda: bars(12, 4, 0.025),
    "tornado, one": lambda: bars(1, 1),
    "weeks": lambda: weekly_scenarios(3),
    "weeks, one scenario": lambda: weekly_scenarios(1, 3),
    "weeks, many scenarios": lambda: weekly_scenarios(9, 300, 12.5),
    "weeks, wide bands": lambda: weekly_scenarios(2, 60, 5.0, 400.0),
    "weeks, less than one": lambda: weekly_scenarios(2, 20, 0.4),
    "boxes": lambda: broken_boxes(60, 12.5),
    "boxes, small": lambda: broken_boxes(20, 0.03),
    "principals": lambda: short_falls(60, 300, (2, 159)),
    "principals, long": lambda: short_falls(60, 900, (9, 600)),
    "principals, no record": lambda: short_falls(3, 20, None),
    "fit": lambda: held_against(4),
    "fit, many": lambda: held_against(60),
}  # fmt: skip
"""Every kind of chart that is not in tests/test_charts.py, by what is drawn."""


def as_list(made: Chart | list[Chart]) -> list[Chart]:
    """Charts of one or several pages alike."""
    return [made] if isinstance(made, Chart) else made


def again(chart: Chart, name: str) -> Chart:
    """The same chart by another name."""
    return replace(chart, name=name)
