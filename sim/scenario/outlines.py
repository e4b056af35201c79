"""Outlines of areas, for maps alone (``areas.geojson``): what is wrong with them, and their rings.

GeoJSON as RFC 7946 has it: a FeatureCollection in WGS84, longitude first, or in British National
Grid if its member ``crs`` says so. A feature belongs to the area whose code is its property
``code``; the member ``attribution`` says whose outlines they are, and stands under every map.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, isfinite
from pathlib import Path
from typing import Any

from sim.scenario.faults import Fault, Place, nearest, shown
from sim.scenario.text_files import read_text

FILE = "areas.geojson"
MOST_CHARACTERS = 2_000_000
"""The text goes with its scenario to every process that simulates it."""
LONGEST_ATTRIBUTION = 300
LEAST_POSITIONS = 4
"""Of a ring: a triangle, and its first corner once more."""
TYPES = ("Polygon", "MultiPolygon")
GRID = "27700"
DEGREES = ("CRS84", "4326")

Point = tuple[float, float]
Ring = list[Point]
Polygon = list[Ring]
"""The outer ring, and after it those of holes."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Within which numbers a place of Great Britain lies, and what the numbers are."""

    west: float
    south: float
    east: float
    north: float
    numbers: str

    def holds(self, point: Point) -> bool:
        """Whether a point lies in it."""
        return self.west <= point[0] <= self.east and self.south <= point[1] <= self.north


WGS84 = Frame(-9.0, 49.5, 2.5, 61.5, "longitude, latitude in degrees")
NATIONAL_GRID = Frame(0.0, 1000.0, 700_000.0, 1_300_000.0, "easting, northing in metres")


@dataclass(frozen=True)
class Outlines:
    """The polygons of each area by code, in degrees or in metres, and whose they are."""

    attribution: str
    polygons: Mapping[str, list[Polygon]]
    in_degrees: bool


def outlines_of(text: str) -> Outlines:
    """The outlines in a text that ``read_outlines`` has found sound; none in an empty one."""
    if not text:
        return Outlines("", {}, in_degrees=True)
    told = json.loads(text)
    polygons = {
        one["properties"]["code"]: [
            [[(float(x), float(y)) for x, y, *_ in ring] for ring in polygon]
            for polygon in polygons_of(one["geometry"])
        ]
        for one in told["features"]
    }
    return Outlines(attribution_of(told), polygons, in_degrees=frame_of(told) is WGS84)


def read_outlines(path: Path, areas: Sequence[str]) -> tuple[str, list[Fault]]:
    """The text of a county's outlines, and every fault; ``areas``: the codes of its areas."""
    text, faults = read_text(path)
    if text is None:
        return "", faults
    faults = list(faults_of(text, areas))
    return ("", faults) if faults else (text, [])


def faults_of(text: str, areas: Sequence[str]) -> Iterator[Fault]:
    """Everything that is wrong with outlines."""
    if len(text) > MOST_CHARACTERS:
        wrong = f"it has {len(text) / 1e6:,.1f} million characters"
        most = f"At most {MOST_CHARACTERS / 1e6:.0f} million are read"
        yield Fault(Place(FILE), wrong, f"{most}: simplify the outlines, round their coordinates")
        return
    told = parsed(text)
    if isinstance(told, Fault):
        yield told
        return
    features = told.get("features") if isinstance(told, dict) else None
    if not isinstance(features, list) or told.get("type") != "FeatureCollection":
        yield Fault(Place(FILE), "it is not a FeatureCollection", "Save it as GeoJSON (RFC 7946)")
        return
    yield from head_faults(told)
    codes = [code_of(feature) for feature in features]
    yield from code_faults(codes, areas)
    frame = frame_of(told)
    for number, feature in enumerate(features):
        yield from feature_faults(feature, place_of(number, codes[number]), frame)


def parsed(text: str) -> Any:
    """The value of a JSON text, or what is wrong with it."""
    try:
        return json.loads(text, parse_constant=no_number)
    except RecursionError:
        return Fault(Place(FILE), "lists within lists too deep", "Save it as GeoJSON (RFC 7946)")
    except ValueError as error:  # json's own, and Python's of numbers of thousands of digits
        return Fault(Place(FILE), f"not valid JSON: {error}", "Save it as GeoJSON again")


def no_number(name: str) -> float:
    """Refuse NaN and Infinity, which Python would read and JSON does not know."""
    raise ValueError(f"{name} is not a number")


def head_faults(told: Mapping[str, Any]) -> Iterator[Fault]:
    """Of the collection as a whole: its coordinates' system, and whose it is."""
    if "crs" in told and frame_of(told) is None:
        remedy = "Save it in WGS84 (EPSG:4326) or British National Grid (EPSG:27700)"
        yield Fault(
            Place(FILE, None, "crs"),
            f"{shown(crs_of(told))} is not a known coordinate system",
            remedy,
        )
    whose = attribution_of(told)
    if not whose:
        remedy = 'Add "attribution": whose outlines they are, and their licence'
        yield Fault(Place(FILE, None, "attribution"), "'attribution' is missing", remedy)
    elif len(whose) > LONGEST_ATTRIBUTION or not whose.isprintable():
        wrong = f"{shown(whose)} does not fit under a map"
        remedy = f"Give it at most {LONGEST_ATTRIBUTION} characters, on one line"
        yield Fault(Place(FILE, None, "attribution"), wrong, remedy)


def attribution_of(told: Mapping[str, Any]) -> str:
    """Whose outlines they are; empty if that is not said."""
    found = told.get("attribution")
    return " ".join(found.split()).rstrip(".") if isinstance(found, str) else ""


def crs_of(told: Mapping[str, Any]) -> str:
    """How the file calls the system of its coordinates."""
    crs = told.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    return str(properties.get("name", "")) if isinstance(properties, dict) else ""


def frame_of(told: Mapping[str, Any]) -> Frame | None:
    """What its coordinates are: WGS84 unless it says otherwise; None: a system not known here."""
    name = crs_of(told)
    if told.get("crs") is None or name.endswith(DEGREES):
        return WGS84
    return NATIONAL_GRID if name.endswith(GRID) else None


def code_of(feature: Any) -> str | None:
    """The area a feature belongs to; None if it does not say."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    code = properties.get("code") if isinstance(properties, dict) else None
    return code if isinstance(code, str) else None


def place_of(number: int, code: str | None) -> Place:
    """Where a feature stands: its number, and its code if it has one."""
    return Place(FILE, None, f"features[{number + 1}]" + (f" ({shown(code)})" if code else ""))


def code_faults(codes: Sequence[str | None], areas: Sequence[str]) -> Iterator[Fault]:
    """Each area has one feature, and each feature an area."""
    for number, code in enumerate(codes):
        if code is None:
            remedy = "Give it the code of its area, as areas.csv has it"
            yield Fault(place_of(number, None), "its property 'code' is missing", remedy)
        elif areas and code not in areas:
            wrong = f"there is no area {shown(code)} in areas.csv"
            yield Fault(place_of(number, None), wrong, nearest(code, list(areas)))
    for code, times in Counter(filter(None, codes)).items():
        if times > 1:
            wrong = f"there are {times} features of area {shown(code)}"
            yield Fault(Place(FILE), wrong, "Join them in one feature of type MultiPolygon")
    for area in areas:
        if area not in codes:
            remedy = f"Add a feature whose property 'code' is {shown(area)}, or remove {FILE}"
            yield Fault(Place(FILE), f"area {shown(area)} has no outline", remedy)


def polygons_of(geometry: Mapping[str, Any]) -> list[Any]:
    """The polygons of a geometry, whether it has one or several."""
    found = geometry.get("coordinates")
    if geometry.get("type") == "Polygon":
        return [found]
    return found if isinstance(found, list) else []


def feature_faults(feature: Any, place: Place, frame: Frame | None) -> Iterator[Fault]:
    """One feature: a polygon or several, of closed rings in Great Britain."""
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in TYPES:
        wrong = f"{shown(kind)} is not a kind of outline" if kind else "it has no geometry"
        yield Fault(place, wrong, f"Give it one of type {' or '.join(TYPES)}")
        return
    polygons = polygons_of(geometry)
    rings = [ring for one in polygons if isinstance(one, list) for ring in one]
    if not rings or not all(isinstance(one, list) and one for one in polygons):
        yield Fault(place, "a polygon has no ring", "Give each polygon its outer ring first")
    for number, ring in enumerate(rings, 1):
        yield from ring_faults(ring, place, f"ring {number}", frame)


def ring_faults(ring: Any, place: Place, which: str, frame: Frame | None) -> Iterator[Fault]:
    """A ring has corners, ends where it begins, encloses something, and lies in Great Britain."""
    points = [point_of(one) for one in ring] if isinstance(ring, list) else [None]
    known = [point for point in points if point is not None]
    if len(known) < len(points):
        numbers = "two finite numbers" if frame is None else frame.numbers
        yield Fault(place, f"{which}: a position is not a pair of numbers", f"Give each {numbers}")
        return
    if len(known) < LEAST_POSITIONS:
        wrong = f"{which} has {len(known)} positions"
        yield Fault(place, wrong, f"A ring needs {LEAST_POSITIONS}, the last equal to the first")
        return
    if known[0] != known[-1]:
        yield Fault(place, f"{which} is not closed", "Repeat its first position at its end")
    elif not encloses(known):
        yield Fault(place, f"{which} encloses nothing", "Leave it out, or draw it again")
    if frame is not None and (outside := [one for one in known if not frame.holds(one)]):
        first = outside[0]
        wrong = f"{which}: {first[0]:g}, {first[1]:g} does not lie in Great Britain"
        yield Fault(place, wrong, outside_hint(first, frame))


def outside_hint(point: Point, frame: Frame) -> str:
    """What is likely to have been meant by a point that lies elsewhere."""
    if frame.holds((point[1], point[0])) and frame is WGS84:
        return f"Positions are {frame.numbers}: swap the two"
    other = NATIONAL_GRID if frame is WGS84 else WGS84
    if other.holds(point):
        name = "EPSG::27700" if other is NATIONAL_GRID else "OGC:1.3:CRS84"
        system = f'{{"type": "name", "properties": {{"name": "urn:ogc:def:crs:{name}"}}}}'
        return f'It seems to be {other.numbers}: say so with "crs": {system}'
    return f"Give {frame.numbers}"


def point_of(position: Any) -> Point | None:
    """A position as two finite numbers; a height is left out."""
    if not isinstance(position, list) or len(position) < 2:
        return None
    x, y = position[:2]
    if isinstance(x, bool) or isinstance(y, bool):
        return None
    if not isinstance(x, (int, float)) or not isinstance(y, (int, float)):
        return None
    try:
        point = float(x), float(y)
    except OverflowError:
        return None
    return point if all(map(isfinite, point)) else None


def encloses(ring: Sequence[Point]) -> bool:
    """Whether a closed ring has an area (Gauss's formula, about its first corner)."""
    x, y = ring[0]
    around = pairwise(ring)
    return fsum((a[0] - x) * (b[1] - y) - (b[0] - x) * (a[1] - y) for a, b in around) != 0
