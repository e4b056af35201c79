"""Outlines of areas: what is wrong with them is told at once, and they move nothing but the map."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import Caremarket

from experiments.counties.copying import copied
from experiments.results.outputs import write_scenario
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.scenario.outlines import FILE, faults_of, outlines_of
from sim.scenario.reading import COMMISSIONING_MODELS, COUNTIES

AREAS = ("NORTH", "SOUTH")
GRID = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
DEGREES = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}


def ring(west: float, south: float, size: float = 0.1) -> list[list[float]]:
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def sound() -> dict[str, Any]:
    """Outlines of two areas, the second of two islands, one of them with a lake."""
    lake = [ring(1.02, 52.02), ring(1.04, 52.04, 0.01)]
    return {
        "type": "FeatureCollection",
        "attribution": "Drawn by the council.",
        "features": [
            feature("NORTH", "Polygon", [ring(1, 52.5)]),
            feature("SOUTH", "MultiPolygon", [lake, [ring(1.3, 52)]]),
        ],
    }


def feature(code: str, kind: str, coordinates: Any) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def told(change: Callable[[dict[str, Any]], Any]) -> list[str]:
    """The faults of sound outlines after a change."""
    values = sound()
    change(values)
    return [str(fault) for fault in faults_of(json.dumps(values), AREAS)]


def geometry(values: dict[str, Any]) -> dict[str, Any]:
    return values["features"][0]["geometry"]  # type: ignore[no-any-return]


def test_sound_outlines_have_no_fault() -> None:
    assert told(lambda values: None) == []
    found = outlines_of(json.dumps(sound()))
    assert found.attribution == "Drawn by the council" and found.in_degrees
    assert [len(polygon) for polygon in found.polygons["SOUTH"]] == [2, 1]
    assert found.polygons["NORTH"][0][0][2] == (1.1, 52.6)


def in_metres(values: dict[str, Any]) -> None:
    values["crs"] = GRID
    values["features"] = [
        feature(code, "Polygon", [ring(600_000, north, 1000)])
        for code, north in zip(AREAS, (300_000, 310_000), strict=True)
    ]


def test_outlines_may_be_in_british_national_grid() -> None:
    assert told(in_metres) == []
    values = sound()
    in_metres(values)
    assert not outlines_of(json.dumps(values)).in_degrees
    assert told(lambda values: values.update(crs=DEGREES)) == []


def swapped(values: dict[str, Any]) -> None:
    geometry(values)["coordinates"] = [[[y, x] for x, y in ring(1, 52.5)]]


def unsaid(values: dict[str, Any]) -> None:
    in_metres(values)
    del values["crs"]


FAULTS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "no collection": (lambda v: v.update(type="Topology"), "it is not a FeatureCollection"),
    "no list": (lambda v: v.update(features={}), "it is not a FeatureCollection"),
    "no attribution": (lambda v: v.pop("attribution"), "'attribution' is missing"),
    "long attribution": (lambda v: v.update(attribution="a" * 301), "does not fit under a map"),
    "a control character": (lambda v: v.update(attribution="a\x1b[2J"), "does not fit under a map"),
    "another system": (
        lambda v: v.update(crs={"type": "name", "properties": {"name": "EPSG:3857"}}),
        "'EPSG:3857' is not a known coordinate system. Save it in WGS84",
    ),
    "no code": (lambda v: v["features"][0].update(properties=None), "property 'code' is missing"),
    "unknown code": (
        lambda v: v["features"][0]["properties"].update(code="NORTHE"),
        "no area 'NORTHE' in areas.csv. Did you mean 'NORTH'?",
    ),
    "missing area": (lambda v: v["features"].pop(), "area 'SOUTH' has no outline. Add a feature"),
    "an area twice": (
        lambda v: v["features"].append(v["features"][0]),
        "2 features of area 'NORTH'. Join them in one feature of type MultiPolygon",
    ),
    "a line": (lambda v: geometry(v).update(type="LineString"), "'LineString' is not a kind of"),
    "no geometry": (lambda v: v["features"][0].update(geometry=None), "it has no geometry"),
    "no ring": (lambda v: geometry(v).update(coordinates=[]), "a polygon has no ring"),
    "not closed": (
        lambda v: geometry(v)["coordinates"][0].pop(),
        "ring 1 is not closed. Repeat its first position at its end",
    ),
    "few corners": (lambda v: geometry(v).update(coordinates=[ring(1, 52)[:3]]), "has 3 positions"),
    "no area": (lambda v: geometry(v).update(coordinates=[ring(1, 52, 0)]), "encloses nothing"),
    "text": (
        lambda v: geometry(v)["coordinates"][0].insert(1, ["1.0", 52]),
        "a position is not a pair of numbers. Give each longitude, latitude in degrees",
    ),
    "no pair": (lambda v: geometry(v)["coordinates"][0].insert(1, [1.0]), "not a pair of numbers"),
    "yes": (lambda v: geometry(v)["coordinates"][0].insert(1, [True, 52]), "not a pair of numbers"),
    "huge": (lambda v: geometry(v)["coordinates"][0].insert(1, [10**400, 52]), "not a pair of"),
    "in France": (
        lambda v: geometry(v).update(coordinates=[ring(2.3, 48.8)]),
        "2.3, 48.8 does not lie in Great Britain. Give longitude, latitude in degrees",
    ),
    "latitude first": (swapped, "52.5, 1 does not lie in Great Britain. Positions are longitude"),
    "metres unsaid": (unsaid, 'It seems to be easting, northing in metres: say so with "crs"'),
    "degrees as metres": (lambda v: v.update(crs=GRID), "It seems to be longitude, latitude"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_says_what_is_wrong_and_how_to_mend_it(case: str) -> None:
    change, wanted = FAULTS[case]
    faults = told(change)
    assert any(wanted in fault for fault in faults), faults
    assert all(fault.startswith(FILE) and re.search(r"\. \S", fault) for fault in faults)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "too deep"),
        ('{"features": [NaN]}', "NaN is not a number"),
        ('{"features": [' + "9" * 5000 + "]}", "not valid JSON"),
        ("[]", "not a FeatureCollection"),
        (" " * 2_000_001, "At most 2 million are read"),
    ],
)
def test_what_is_no_geojson_is_one_fault(text: str, wanted: str) -> None:
    (fault,) = faults_of(text, AREAS)
    assert wanted in str(fault)


def test_every_fault_is_told_at_once() -> None:
    values = sound()
    del values["attribution"]
    values["features"][0]["properties"]["code"] = "WEST"
    geometry(values)["coordinates"][0].pop()
    values["features"][1]["geometry"]["coordinates"][1] = [ring(2.4, 48)]
    faults = [str(fault) for fault in faults_of(json.dumps(values), AREAS)]
    for wanted in ("attribution", "'WEST'", "'NORTH' has no", "not closed", "Great Britain"):
        assert any(wanted in fault for fault in faults), wanted


# In a county -------------------------------------------------------------------------------------


@pytest.fixture
def county(tmp_path: Path) -> Path:
    """A copy of the small county."""
    return Path(shutil.copytree(COUNTIES / "small", tmp_path / "county"))


def outlines_for(scenario: Scenario) -> str:
    """Outlines of all areas of a county, side by side."""
    values = sound()
    values["features"] = [
        feature(area.code, "Polygon", [ring(0.1 * at, 52)])
        for at, area in enumerate(scenario.areas)
    ]
    return json.dumps(values)


def test_outlines_move_no_result_and_stand_in_no_dump(county: Path, tmp_path: Path) -> None:
    plain = load_scenario(county)
    (county / FILE).write_text(outlines_for(plain), encoding="utf-8")
    known = load_scenario(county)
    assert plain.outlines == "" and known.outlines == outlines_for(plain)
    assert known.identity == plain.identity
    assert known.model_dump() == plain.model_dump()
    assert known.changed({"failure.staff_move_share": 0.4}).outlines == known.outlines
    for scenario, name in ((plain, "plain"), (known, "known")):
        (tmp_path / name).mkdir()
        write_scenario(tmp_path / name, scenario)
    assert {path.name for path in (tmp_path / "plain").iterdir()} == {"scenario.json"}
    assert (tmp_path / "known" / FILE).read_text(encoding="utf-8") == known.outlines


def test_check_lists_the_faults_of_outlines_with_all_others(
    county: Path, caremarket: Caremarket
) -> None:
    values = json.loads(outlines_for(load_scenario(county)))
    values["features"].pop()
    (county / FILE).write_text(json.dumps(values), encoding="utf-8")
    wages = county / "wages.csv"
    wages.write_text(wages.read_text(encoding="utf-8").replace(",", ",x", 3), encoding="utf-8")
    done = caremarket("check", str(county))
    assert done.code == 2
    assert FILE in done.err and "has no outline" in done.err and "wages.csv" in done.err


def test_what_is_not_read_is_not_held_against_outlines(county: Path) -> None:
    """Areas that could not be read make no outline one too many."""
    (county / FILE).write_text(outlines_for(load_scenario(county)), encoding="utf-8")
    (county / "areas.csv").unlink()
    with pytest.raises(ScenarioError) as error:
        load_scenario(county)
    assert not [fault for fault in error.value.faults if fault.place.file == FILE]


def test_outlines_have_a_file_and_no_setting(county: Path) -> None:
    settings = county / "county.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f'outlines = "x"\n{text}', encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"Write it in areas\.geojson"):
        load_scenario(county)
    with pytest.raises(ScenarioError, match="there is no 'outlines'"):
        load_scenario("small", settings={"outlines": "x"})


def test_a_copy_of_a_county_keeps_its_outlines(tmp_path: Path) -> None:
    norfolk = load_scenario("norfolk")
    model = COMMISSIONING_MODELS / norfolk.commissioning.code
    copied(COUNTIES / "norfolk", model, tmp_path / "mine", "norfolk", whole=False)
    assert load_scenario(tmp_path / "mine").outlines == norfolk.outlines


def test_norfolk_has_outlines_with_their_attribution() -> None:
    norfolk = load_scenario("norfolk")
    found = outlines_of(norfolk.outlines)
    assert set(found.polygons) == {area.code for area in norfolk.areas}
    assert "Office for National Statistics" in found.attribution
    assert "Open Government Licence v3.0" in found.attribution
    assert "Contains OS data © Crown copyright and database right" in found.attribution
    assert len(norfolk.outlines) < 30_000
