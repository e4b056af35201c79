"""Maps of outlines: in their own shape, every area told, doubt drawn, labels where they belong."""

from __future__ import annotations

import json
from datetime import date
from math import cos, radians
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from gallery import MANY, ONE, area_names, mapped, norfolk_map, outlined
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from experiments.adequacy.estimates import Estimates
from experiments.adequacy.pictures import area_maps
from experiments.charts.area_map import area_map
from experiments.charts.chart import Chart
from experiments.charts.classes import Form, classes_of
from experiments.charts.outline_map import DOUBT, WITHOUT, in_doubt, letters_of, projected
from experiments.charts.placing import CELL, Room, window_sums
from experiments.charts.sheet import size_in_points
from experiments.charts.shown import Shown
from experiments.charts.tile_map import tile_map
from experiments.stress.figures import HARM
from experiments.stress.pictures import areas_of, stress_map
from experiments.stress.tables import Harm
from experiments.stress.work import Place, places_of
from sim.outcomes.histories import Flags, Floats
from sim.scenario import load_scenario
from sim.scenario.outlines import outlines_of


def patches(chart: Chart) -> list[PathPatch]:
    """The outlines that are drawn on a map."""
    return [patch for patch in chart.figure.axes[0].patches if isinstance(patch, PathPatch)]


def hatched(chart: Chart, hatch: str) -> int:
    """How many areas are marked so."""
    return sum(patch.get_hatch() == hatch for patch in patches(chart))


def test_norfolk_is_drawn_as_it_lies() -> None:
    """As wide as high as on the ground, King's Lynn in the west and Great Yarmouth in the east."""
    chart = norfolk_map()
    axes = chart.figure.axes[0]
    (wide, high), limits = size_in_points(axes), (axes.get_xlim(), axes.get_ylim())
    assert np.ptp(limits[0]) / np.ptp(limits[1]) == pytest.approx(wide / high)
    corners = np.concatenate([patch.get_path().vertices for patch in patches(chart)])
    drawn = np.ptp(corners, axis=0)
    every = [
        point for area in outlines_of(load_scenario("norfolk").outlines).polygons.values()
        for polygon in area for ring in polygon for point in ring
    ]  # fmt: skip
    (west, south), (east, north) = np.min(every, axis=0), np.max(every, axis=0)
    ground = (east - west) * cos(radians((north + south) / 2)) / (north - south)
    assert drawn[0] / drawn[1] == pytest.approx(ground, rel=1e-6)
    assert 1.4 < ground < 1.7
    named = {text.get_text().split("\n")[0]: text.get_position() for text in axes.texts}
    assert named["King's"][0] < named["Mid Norfolk"][0] < named["North Norfolk 4"][0]
    assert named["Breckland"][1] < named["Mid Norfolk"][1] < named["North Norfolk 1"][1]


def test_degrees_and_metres_give_the_same_shape() -> None:
    """A square of ten kilometres near Norwich, in British National Grid and in WGS84."""
    metres = [[[[(620_000.0, 300_000.0), (630_000.0, 300_000.0), (630_000.0, 310_000.0),
                 (620_000.0, 310_000.0), (620_000.0, 300_000.0)]]]]  # fmt: skip
    east, north = 10 / 67.74, 10 / 111.25  # kilometres a degree at 52.6 degrees north
    degrees = [[[[(1.25, 52.6), (1.25 + east, 52.6), (1.25 + east, 52.6 + north),
                  (1.25, 52.6 + north), (1.25, 52.6)]]]]  # fmt: skip
    for areas, in_degrees in ((metres, False), (degrees, True)):
        _, (wide, high) = projected(areas, in_degrees)
        assert wide / high == pytest.approx(1, rel=0.005)


@pytest.mark.parametrize("missing", [0, 4])
def test_alt_text_and_table_have_every_area(missing: int) -> None:
    chart = mapped(9, missing=missing)
    assert chart.alt.startswith("Map of approximate outlines of 9 areas, hours a week: Where care")
    assert all(name in chart.alt for name in area_names(9))
    assert f"{area_names(9)[8]} 98.0" in chart.alt
    assert (f" {missing} without a value: " in chart.alt) == (missing > 0)
    tiles = tile_map(
        chart.data.rename(columns={"value_hours_a_week": "value"}),
        Shown("Where care was missing", "hours a week", Form(1)), MANY, name="map",
    )  # fmt: skip
    assert list(chart.data.columns) == list(tiles.data.columns)
    assert len(chart.data) == 9


def test_the_footer_says_that_outlines_are_approximate_and_whose_they_are() -> None:
    footer = norfolk_map().footer
    assert "Approximate outlines. Source: Office for National Statistics" in footer
    assert "Open Government Licence v3.0. Contains OS data © Crown copyright" in footer
    assert footer.startswith("Model, not observation")


def test_a_county_without_all_outlines_has_tiles() -> None:
    told = json.loads(outlined(4, 2))
    areas = mapped(4).data
    shown = Shown("Where", "hours", Form(1))
    values = pd.Series(1.0, index=areas["code"])

    def alt(outlines: str) -> str:
        return area_map(areas, values, shown, ONE, name="map", outlines=outlines).alt

    assert alt(json.dumps(told)).startswith("Map of approximate outlines")
    told["features"].pop()
    assert alt(json.dumps(told)).startswith("Tile map") and alt("").startswith("Tile map")


def test_areas_in_doubt_are_dotted() -> None:
    chart = mapped(12)
    assert hatched(chart, DOUBT) == 6
    assert "Dotted: the 95% interval reaches into another class" in chart.figure.axes[-1].texts[
        -1
    ].get_text().replace("\n", " ")
    told = chart.alt.partition("The 95% interval reaches into another class: ")[2]
    assert [name for name in area_names(12) if name in told] == area_names(12)[1::2]
    assert hatched(mapped(12, made_by=ONE), DOUBT) == 0
    assert "interval" not in mapped(12, made_by=ONE).alt
    assert hatched(mapped(9, missing=3), WITHOUT.hatch) == 3


def test_a_class_is_in_doubt_if_the_interval_leaves_it() -> None:
    classes = classes_of(np.array([1.0, 1.1, 9.0, 9.1]), Form(1))
    (cut,) = classes.cuts[:1] if len(classes.cuts) == 1 else (classes.cuts[-1],)
    near = pd.Series([cut + 0.1 + step for step in (-0.5, 0.5, -0.4, 0.4)])
    assert in_doubt(near, classes)
    assert not in_doubt(near + 50, classes)
    assert not in_doubt(near[:1], classes)
    assert not in_doubt(near * np.nan, classes)


def test_labels_lie_in_their_own_area_or_beside_it_with_a_line() -> None:
    chart = mapped(18, tiny=6)
    axes = chart.figure.axes[0]
    lines = [line for line in axes.lines if len(line.get_xdata()) == 2]
    assert len(lines) == 6
    letters = {text.get_text() for text in axes.texts if len(text.get_text()) == 1}
    listed = {text.get_text()[0] for text in chart.figure.axes[1].texts}
    assert letters == listed and len(letters) >= 6
    filled = [patch.get_path() for patch in patches(chart) if patch.get_facecolor()[3] == 1]
    named = [text for text in axes.texts if text.get_text().startswith("North")]
    assert len(named) >= 6
    for text in named:
        place = area_names(18).index(text.get_text().split("\n")[0])
        assert filled[place].contains_point(text.get_position())


def test_letters_go_on_after_z() -> None:
    found = [letters_of(number) for number in (0, 25, 26, 27, 51, 52, 26 * 27)]
    assert found == ["A", "Z", "AA", "AB", "AZ", "BA", "AAA"]


# Room for labels ---------------------------------------------------------------------------------


def box(west: float, south: float, east: float, north: float) -> Path:
    return Path([(west, south), (east, south), (east, north), (west, north), (west, south)])


def test_a_label_fits_only_where_its_area_has_room() -> None:
    room = Room(200, 100, [box(0, 0, 100, 100), box(100, 40, 120, 60)])
    x, y = room.within(0, (60, 20)) or (0, 0)
    assert (x, y) == (pytest.approx(50, abs=CELL), pytest.approx(50, abs=CELL))
    assert room.within(1, (30, 10)) is None
    assert room.within(1, (16, 16)) is not None
    assert room.within(0, (300, 10)) is None


def test_a_label_beside_keeps_off_those_that_are_there() -> None:
    room = Room(200, 100, [box(90, 40, 110, 60)])
    first = room.near((100, 50), (20, 10))
    assert first == (pytest.approx(100, abs=CELL), pytest.approx(50, abs=CELL))
    room.take((100.0, 50.0), (20, 10))
    second = room.near((100, 50), (20, 10))
    assert second is not None
    assert abs(second[0] - 100) >= 20 - CELL or abs(second[1] - 50) >= 10 - CELL
    assert np.hypot(second[0] - 100, second[1] - 50) < 20


def test_a_tiny_area_has_an_anchor() -> None:
    room = Room(100, 100, [box(50.1, 50.1, 50.2, 50.2)])
    assert room.anchor(0) == pytest.approx((50.15, 50.15), abs=0.1)


def test_windows_are_summed() -> None:
    cells = np.array([[1, 1, 0], [1, 1, 1]], dtype=bool)
    assert window_sums(cells, 2, 2).tolist() == [[4, 3]]
    assert window_sums(cells, 1, 3).tolist() == [[2], [3]]


# Stress and N-1 ----------------------------------------------------------------------------------

EVERY_AREA = load_scenario("norfolk").areas


def harm_of_places(places: list[Place], hours: Floats) -> Harm:
    """A stress test of Norfolk on two dates; ``hours``: replications, places, dates."""
    return Harm(places, [date(2026, 1, 1), date(2027, 1, 1)], {HARM: hours})


def test_an_area_has_the_hours_of_its_principal() -> None:
    norfolk = load_scenario("norfolk")
    places = places_of(norfolk)
    hours = np.broadcast_to(np.arange(1.0, len(places) + 1)[:, None] * 1000, (3, len(places), 2))
    harm = harm_of_places(places, np.array(hours))
    (chart,) = stress_map(norfolk, harm, ONE)
    told = chart.data.set_index("name")["value_thousand_hours_without_care_added_"
                                        "within_91_days_in_the_county"]  # fmt: skip
    names = [place.name for place in places]
    assert len(told) == len(EVERY_AREA) > len(places)
    for number, name in enumerate(names, 1):
        assert [told[area] for area in name.split(" + ")] == [number] * (name.count("+") + 1)
    assert "mean of 2 dates" in chart.subtitle and chart.alt.startswith("Map of approximate")


def test_a_place_that_nobody_holds_is_white_and_dates_of_all_are_compared() -> None:
    norfolk = load_scenario("norfolk")
    places = places_of(norfolk)[:3]
    hours = np.full((3, 3, 2), 100.0)
    hours[:, 0, 0], hours[:, 1, 0], hours[:, 2] = np.nan, 900.0, np.nan
    (chart,) = stress_map(norfolk, harm_of_places(places, hours), ONE)
    told = chart.data.set_index("code").filter(like="value").iloc[:, 0]
    assert told["GREAT_YARMOUTH"] == told["GORLESTON"] == 100  # the first date counts for neither
    assert told.isna().sum() == len(EVERY_AREA) - 2
    assert "on one date." in chart.subtitle


def test_places_that_are_no_areas_have_no_map() -> None:
    norfolk = load_scenario("norfolk")
    hours = np.full((3, 2, 2), 100.0)
    for rules in (
        ("P086", "principal:GORLESTON"),
        ("largest:GORLESTON", "principal:GORLESTON"),
        ("largest", "principal:GORLESTON"),
    ):
        places = [Place(rule, rule) for rule in rules]
        assert stress_map(norfolk, harm_of_places(places, hours), ONE) == []
    assert areas_of(norfolk, "largest:GORLESTON") == ["GORLESTON"]
    assert areas_of(norfolk, "principal:COASTAL") == ["KINGS_LYNN", "COASTAL"]


def n_minus_1(held: Flags, values: Floats) -> list[Chart]:
    """Maps of N-1 of Norfolk over 14 months; ``values``: replications, months, areas."""
    norfolk = load_scenario("norfolk")
    codes = tuple(area.code for area in norfolk.areas)
    three = np.repeat(values[:, None], 3, axis=1)
    teams = Estimates(codes, held, np.ones(held.shape), three, (three, three))
    months = [date(2028 + at // 12, at % 12 + 1, 1) for at in range(14)]
    study: Any = SimpleNamespace(scenario=norfolk, months=months, teams=teams)
    return area_maps(study, MANY)


def test_n_minus_1_of_an_area_is_the_mean_of_its_last_months_with_a_principal() -> None:
    shape = (4, 14, len(EVERY_AREA))
    values, held = np.full(shape, 0.5), np.ones(shape, dtype=bool)
    values[:, :2] = 0.1  # before the last twelve
    values[:, 2:8, 1], held[:, 8:, 1] = 0.8, False
    held[:, :, 2] = False
    held[:3, :, 3] = False  # a principal in one of four futures
    values[:, :, 4] = 0.2
    (chart,) = n_minus_1(held, values)
    told = chart.data.filter(like="value").iloc[:, 0].tolist()
    assert [told[0], told[1], told[4]] == pytest.approx([0.5, 0.8, 0.2])
    assert np.isnan(told[2]) and np.isnan(told[3])
    assert chart.subtitle.startswith("N-1 if the team of an area stops, by area, mean of March")
    assert "Darker is less." in chart.subtitle
    assert chart.alt.index(EVERY_AREA[4].name) < chart.alt.index(EVERY_AREA[1].name)
    assert n_minus_1(np.zeros(shape, dtype=bool), values) == []
