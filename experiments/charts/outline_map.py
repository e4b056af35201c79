"""Chart: a map of the areas' outlines, each shaded, with its name and value where there is room.

An area too small for its name has a letter, and stands in a list below. Dots mark an area whose
class is in doubt: its mean's 95% interval reaches into another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from experiments.charts.chart import Chart, Provenance
from experiments.charts.classes import NO_VALUE, Classes
from experiments.charts.key import Entry, draw_key, key_height
from experiments.charts.paging import room_left
from experiments.charts.placing import Point, Room, Size
from experiments.charts.sheet import MARGIN, ROOM, Heading, Panel, Sheet
from experiments.charts.shown import Shown
from experiments.charts.style import FAINT, INK, TEXT_SIZE, house_style, text_on
from experiments.charts.text import tall, widest, wrap
from experiments.statistics.intervals import t_interval
from sim.scenario.outlines import Outlines

EDGE, CASING = 0.8, 2.2
NAME_ROOMS = (120.0, 80.0, 60.0, 45.0)
"""Widths to which a name is broken, in points: the first that fits is taken."""
INSIDE = 3.0
"""Room kept round a label, in points."""
HIGHEST = 480.0
LEAST_HIGH = 120.0
DOUBT = "....."
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
IN_DOUBT = Entry("Dotted: the 95% interval reaches into another class", NO_VALUE, INK, DOUBT)
WITHOUT = Entry("No value", NO_VALUE, INK, "xxxx")


@dataclass(frozen=True)
class Place:
    """An area as it is drawn. ``doubtful``: chance alone may have put it into its class."""

    name: str
    value: float
    path: Path
    doubtful: bool


@dataclass(frozen=True)
class Label:
    """A text on the map and its middle. ``away``: where its area is, if it lies beside it."""

    lines: list[str]
    middle: Point
    away: Point | None = None


@dataclass(frozen=True)
class Labels:
    """Every label, by the number of its area, and the letters of those that have no name there."""

    placed: dict[int, Label]
    letters: dict[int, str]


def outline_map(
    table: pd.DataFrame,
    shown: Shown,
    outlines: Outlines,
    provenance: Provenance,
    *,
    name: str,
    each: pd.DataFrame | None = None,
) -> Chart:
    """Outlines shaded by the values of a table that ``shown`` has made.

    ``each``: the values of every replication, a column an area, for doubt about a class.
    """
    classes = shown.classes(table)
    codes = table["code"].tolist()
    doubtful = {code for code in codes if each is not None and in_doubt(each[code], classes)}
    shapes, shape = projected([outlines.polygons[code] for code in codes], outlines.in_degrees)
    footer = f"{provenance.footer()} Approximate outlines. {outlines.attribution}."
    heading = Heading(shown.title, subtitle(shown), footer)
    with house_style():
        key = [*shown.key(classes), *marks(table, doubtful)]
        size = size_of(shape, heading, table, key)
        told = zip(table.to_dict("records"), shapes, strict=True)
        places = [
            Place(
                str(row["name"]),
                float(row["value"]),
                drawn_at(path, shape, size),
                row["code"] in doubtful,
            )
            for row, path in told
        ]
        labels = labelled(places, shown, size)
        listed = entries_of(places, labels, shown, classes)
        panels = [Panel("", size[1], 8)]
        panels += [Panel("Letters on the map", key_height(listed, ROOM), 10)] if listed else []
        sheet = Sheet(heading, panels, left=MARGIN, right=MARGIN, key=key)
        draw(sheet.axes[0], places, labels, classes, size)
        if listed:
            draw_key(sheet.axes[1], listed, ROOM)
    data = table.rename(columns={"value": shown.column})
    alt = shown.alt(table, "Map of approximate outlines", provenance.replications, each)
    return Chart(name, sheet.figure, data, f"{alt}{doubt_in_words(places)}")


def doubt_in_words(places: Sequence[Place]) -> str:
    """Which areas are dotted, as the end of an alternative text."""
    names = ", ".join(place.name for place in places if place.doubtful)
    return f" The 95% interval reaches into another class: {names}." if names else ""


def subtitle(shown: Shown) -> str:
    """Measure and time, and which way shades go."""
    way = "Darker is less." if shown.falling else "Darker is more."
    return f"{shown.measured} {way}"


def in_doubt(values: pd.Series, classes: Classes) -> bool:
    """Whether the 95% interval of a mean reaches into another class than the mean's own."""
    found = t_interval(values.to_numpy(dtype=float))
    if found.count < 2 or not np.isfinite(found.low + found.high):
        return False
    return len({classes.of(end) for end in (found.low, found.mean, found.high)}) > 1


def marks(table: pd.DataFrame, doubtful: set[str]) -> Iterator[Entry]:
    """What the key says beside the shades."""
    if doubtful:
        yield IN_DOUBT
    if table["value"].isna().any():
        yield WITHOUT


# Geometry ----------------------------------------------------------------------------------------


def projected(
    areas: Sequence[list[list[list[Point]]]], in_degrees: bool
) -> tuple[list[Path], Size]:
    """Each area's outline in the unit square's scale, and how wide and high all of them are.

    Degrees are put on a plane as an equirectangular projection does it, true to scale at the middle
    latitude: over a county it is less than a percent from any other.
    """
    every = np.array([point for area in areas for ring in area for line in ring for point in line])
    low, high = every.min(axis=0), every.max(axis=0)
    squeeze = cos(radians((low[1] + high[1]) / 2)) if in_degrees else 1.0
    scale = np.array([squeeze, 1.0])
    shape = (high - low) * scale
    paths = [
        Path.make_compound_path(
            *(Path((np.array(ring) - low) * scale, closed=True) for one in area for ring in one)
        )
        for area in areas
    ]
    return paths, (float(shape[0]), float(shape[1]))


def size_of(shape: Size, heading: Heading, table: pd.DataFrame, key: Sequence[Entry]) -> Size:
    """How wide and high the map is, in points: what the page has room for, in its own shape.

    Room is left as if no name fitted on the map.
    """
    names = [Entry(f"A {name}: 100,000") for name in table["name"]]
    below = Panel("Letters on the map", key_height(names, ROOM), 10)
    room = max(LEAST_HIGH, room_left(heading, [Panel("", 0, 8), below], key))
    high = min(HIGHEST, room, ROOM * shape[1] / shape[0])
    return high * shape[0] / shape[1], high


def drawn_at(path: Path, shape: Size, size: Size) -> Path:
    """An outline in points, on a map of this size in the middle of the sheet."""
    scale = size[1] / shape[1]
    corners = np.asarray(path.vertices, dtype=float) * scale
    return Path(corners + np.array([(ROOM - size[0]) / 2, 0.0]), path.codes)


# Labels ------------------------------------------------------------------------------------------


def labelled(places: Sequence[Place], shown: Shown, size: Size) -> Labels:
    """Names and values in the areas with room for them, letters on the others."""
    room = Room(ROOM, size[1], [place.path for place in places])
    named = {number: named_label(number, place, shown, room) for number, place in enumerate(places)}
    placed = {number: label for number, label in named.items() if label is not None}
    others = [number for number in range(len(places)) if number not in placed]
    letters = {number: letters_of(order) for order, number in enumerate(others)}
    for label in placed.values():
        room.take(label.middle, size_of_text(label.lines))
    within = {number: lettered(number, letters[number], room) for number in others}
    for number in sorted(others, key=lambda number: within[number] is None):
        # Those beside their areas come last: they keep off all others.
        placed[number] = within[number] or called_out(number, letters[number], room)
        room.take(placed[number].middle, size_of_text(placed[number].lines))
    return Labels(placed, letters)


def named_label(number: int, place: Place, shown: Shown, room: Room) -> Label | None:
    """A name with its value, in as many lines as the area has room for; None if it has none."""
    for wide in NAME_ROOMS:
        lines = [*wrap(place.name, wide, TEXT_SIZE), shown.text(place.value)]
        if any(line.endswith("-") for line in lines):  # rather a letter than half a word
            continue
        middle = room.within(number, size_of_text(lines))
        if middle is not None:
            return Label(lines, middle)
    return None


def lettered(number: int, letter: str, room: Room) -> Label | None:
    """A letter in its area, if it fits."""
    middle = room.within(number, size_of_text([letter]))
    return None if middle is None else Label([letter], middle)


def called_out(number: int, letter: str, room: Room) -> Label:
    """A letter beside its area, where no other label lies."""
    anchor = room.anchor(number)
    middle = room.near(anchor, size_of_text([letter])) or anchor
    return Label([letter], middle, anchor)


def size_of_text(lines: Sequence[str]) -> Size:
    """The room of a label, in points."""
    return widest(lines, TEXT_SIZE) + 2 * INSIDE, tall(lines, TEXT_SIZE) + INSIDE


def letters_of(order: int) -> str:
    """A, B, C and so on, after Z AA, AB and so on."""
    first, last = divmod(order, len(LETTERS))
    return (letters_of(first - 1) if first else "") + LETTERS[last]


def entries_of(
    places: Sequence[Place], labels: Labels, shown: Shown, classes: Classes
) -> list[Entry]:
    """The list of the areas that have a letter on the map."""
    listed = [(letter, places[number]) for number, letter in labels.letters.items()]
    return [
        Entry(
            f"{letter} {place.name}: {shown.text(place.value)}",
            classes.shade(place.value),
            INK,
            hatch_of(place),
        )
        for letter, place in listed
    ]


# Drawing -----------------------------------------------------------------------------------------


def draw(axes: Axes, places: Sequence[Place], labels: Labels, classes: Classes, size: Size) -> None:
    """The map, in points."""
    axes.axis("off")
    axes.set_xlim(0, ROOM)
    axes.set_ylim(0, size[1])
    for place in places:
        draw_place(axes, place, classes)
    for number, label in labels.placed.items():
        write(axes, label, places[number], classes)


def draw_place(axes: Axes, place: Place, classes: Classes) -> None:
    """One area in its shade, hatched if that is in doubt or there is none."""
    shade = classes.shade(place.value)
    axes.add_patch(patch(place.path, shade, edgecolor=INK, linewidth=EDGE))
    if hatch := hatch_of(place):
        ink = text_on(shade)
        axes.add_patch(patch(place.path, edgecolor=ink, linewidth=0, hatch=hatch, zorder=1.2))
    # A white line on either side parts two dark areas.
    for colour, width in (("white", CASING), (INK, EDGE)):
        axes.add_patch(patch(place.path, edgecolor=colour, linewidth=width, zorder=1.4))


def patch(path: Path, face: str = "none", **drawn: Any) -> PathPatch:
    """An outline that may touch the edge of its panel."""
    return PathPatch(path, facecolor=face, clip_on=False, joinstyle="round", **drawn)


def hatch_of(place: Place) -> str:
    """How an area is marked: without a value, in doubt, or not at all."""
    if not np.isfinite(place.value):
        return WITHOUT.hatch
    return DOUBT if place.doubtful else ""


def write(axes: Axes, label: Label, place: Place, classes: Classes) -> None:
    """A label: on its area's shade, or in a box of its own with a line to its area."""
    shade = classes.shade(place.value) if label.away is None else NO_VALUE
    if label.away is not None:
        axes.plot(*zip(label.middle, label.away, strict=True), color=INK, linewidth=0.8)
        axes.plot(*label.away, marker="o", markersize=2.5, color=INK)
    axes.text(
        *label.middle,
        "\n".join(label.lines),
        ha="center",
        va="center",
        size=TEXT_SIZE,
        weight="normal" if len(label.lines) > 1 else "bold",
        color=text_on(shade),
        linespacing=1.05,
        bbox={
            "facecolor": shade,
            "edgecolor": "none" if label.away is None else FAINT,
            "linewidth": 0.6,
            "pad": 1.0,
        },
    )
