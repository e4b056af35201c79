"""Chart: a tile-grid map of the areas, one tile an area, with the value printed in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from experiments.charts.chart import Chart, Provenance
from experiments.charts.classes import Classes
from experiments.charts.sheet import MARGIN, Heading, Panel, Sheet
from experiments.charts.shown import Shown
from experiments.charts.style import INK, TEXT_SIZE, WIDTH, house_style, text_on
from experiments.charts.text import tall, wrap
from sim.outcomes.histories import Floats

MOST_COLUMNS = 7
PLAIN_COLUMNS = 6
WIDEST_TILE = 96.0
VALUE_SIZE = TEXT_SIZE + 1.5
INSIDE = 4.0
GAP = 2.0

Homes = dict[tuple[int, int], str]


@dataclass(frozen=True)
class Tile:
    """What is written on a tile: the area's name, its locality, and the value."""

    row: int
    column: int
    name: list[str]
    locality: list[str]
    value: float

    @property
    def height(self) -> float:
        """The room it needs, in points."""
        words = tall([*self.name, *self.locality], TEXT_SIZE)
        return words + tall(["0"], VALUE_SIZE) + 2 * INSIDE + 2 * GAP


@dataclass(frozen=True)
class Grid:
    """All tiles, the width of one, the upper edges of the rows, and whether a map's order is kept.

    ``homes``: the locality at each place.
    """

    tiles: list[Tile]
    wide: float
    edges: Floats
    homes: Homes
    mapped: bool

    @property
    def columns(self) -> int:
        """How many there are."""
        return max(tile.column for tile in self.tiles) + 1


def tile_map(
    table: pd.DataFrame,
    shown: Shown,
    provenance: Provenance,
    *,
    name: str,
    each: pd.DataFrame | None = None,
) -> Chart:
    """Tiles shaded by the values of a table that ``shown`` has made.

    ``each``: the values of every replication, a column an area, without which no area is said to
    be the highest.
    """
    table, mapped = gridded(table)
    classes = shown.classes(table)
    with house_style():
        grid = grid_of(table, mapped)
        high = float(grid.edges[-1])
        sheet = Sheet(
            Heading(shown.title, subtitle(shown, mapped), provenance.footer()),
            [Panel("", high, 8)],
            left=MARGIN,
            right=WIDTH - MARGIN - grid.wide * grid.columns,
            key=shown.key(classes),
        )
        draw(sheet.axes[0], grid, classes)
    data = table.rename(columns={"value": shown.column})
    told = shown.alt(table, "Tile map", provenance.replications, each)
    return Chart(name, sheet.figure, data, told)


def subtitle(shown: Shown, mapped: bool) -> str:
    """Measure, place and time."""
    order = "Tiles lie roughly as on the map" if mapped else "Tiles in order of locality and code"
    return f"{shown.measured} {order}; localities in italics."


def gridded(table: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Rows and columns from zero; a plain grid where the map's does not serve."""
    row = table["grid_row"] - table["grid_row"].min()
    column = table["grid_column"] - table["grid_column"].min()
    shared = bool(table.duplicated(["grid_row", "grid_column"]).any())
    gaps = table[["grid_row", "grid_column"]].isna().any().any()
    if not (shared or gaps) and column.max() < MOST_COLUMNS and row.max() < MOST_COLUMNS:
        return table.assign(grid_row=row.astype(int), grid_column=column.astype(int)), True
    ordered = table.sort_values(["locality", "code"]).reset_index(drop=True)
    order = np.arange(len(ordered))
    return ordered.assign(grid_row=order // PLAIN_COLUMNS, grid_column=order % PLAIN_COLUMNS), False


def grid_of(table: pd.DataFrame, mapped: bool) -> Grid:
    """The tiles, each row as high as its longest name needs."""
    columns = int(table["grid_column"].max()) + 1
    wide = min(WIDEST_TILE, (WIDTH - 2 * MARGIN) / columns)
    room = wide - 2 * INSIDE - 2 * GAP
    tiles = [
        Tile(
            int(row["grid_row"]),
            int(row["grid_column"]),
            wrap(str(row["name"]), room, TEXT_SIZE),
            wrap(str(row["locality"]), room, TEXT_SIZE),
            float(row["value"]),
        )
        for row in table.to_dict("records")
    ]
    rows = range(int(table["grid_row"].max()) + 1)
    heights = [max((t.height for t in tiles if t.row == row), default=20.0) for row in rows]
    homes = {
        (tile.row, tile.column): str(place)
        for tile, place in zip(tiles, table["locality"], strict=True)
    }
    return Grid(tiles, wide, np.cumsum([0.0, *heights]), homes, mapped)


def draw(axes: Axes, grid: Grid, classes: Classes) -> None:
    """All tiles, in points."""
    axes.set_xlim(0, grid.columns * grid.wide)
    axes.set_ylim(float(grid.edges[-1]), 0)
    axes.axis("off")
    for tile in grid.tiles:
        draw_tile(axes, tile, grid, classes)


def draw_tile(axes: Axes, tile: Tile, grid: Grid, classes: Classes) -> None:
    """One tile, on a map with a gap on the sides that do not face its own locality only."""
    left, right, top, bottom = (
        0.0 if grid.mapped and same_home(grid.homes, tile, down, along) else GAP
        for down, along in ((0, -1), (0, 1), (-1, 0), (1, 0))
    )
    upper, lower = float(grid.edges[tile.row]), float(grid.edges[tile.row + 1])
    shade = classes.shade(tile.value)
    axes.add_patch(
        Rectangle(
            (tile.column * grid.wide + left, upper + top),
            grid.wide - left - right,
            lower - upper - top - bottom,
            facecolor=shade,
            edgecolor=INK,
            linewidth=0.8,
            linestyle="-" if np.isfinite(tile.value) else "--",
        )
    )
    value = classes.form.text(tile.value) if np.isfinite(tile.value) else "no value"
    write(axes, tile, ((tile.column + 0.5) * grid.wide, upper, lower), value, text_on(shade))


def same_home(homes: Homes, tile: Tile, down: int, along: int) -> bool:
    """Whether the tile beside is of the same locality."""
    home = homes[tile.row, tile.column]
    return homes.get((tile.row + down, tile.column + along)) == home


def write(axes: Axes, tile: Tile, place: tuple[float, float, float], value: str, ink: str) -> None:
    """Name above, value and locality below: ``place`` is the middle and the two edges."""
    middle, upper, lower = place
    foot = lower - GAP - INSIDE
    above = foot - tall(tile.locality, TEXT_SIZE)
    for text, y, side, style in (
        ("\n".join(tile.name), upper + GAP + INSIDE, "top", {"size": TEXT_SIZE}),
        ("\n".join(tile.locality), foot, "bottom", {"size": TEXT_SIZE, "style": "italic"}),
        (value, above, "bottom", {"size": VALUE_SIZE, "weight": "bold"}),
    ):
        axes.text(middle, y, text, ha="center", va=side, color=ink, linespacing=1.05, **style)
