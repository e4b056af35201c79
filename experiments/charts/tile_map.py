"""Chart: a tile-grid map of the areas, one square an area, with the value printed in each."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from experiments.charts.chart import Chart, Provenance
from experiments.charts.sheet import (
    MARGIN,
    Heading,
    Panel,
    Sheet,
    text_width,
    wrap,
)
from experiments.charts.style import (
    INK,
    SEQUENTIAL,
    TEXT_SIZE,
    WIDTH,
    house_style,
    text_on,
)
from experiments.words import claims

MOST_COLUMNS = 7
PLAIN_COLUMNS = 6
LARGEST_TILE = 84.0
NAME_LINES = 3
NO_VALUE = "#FFFFFF"
SHADES = SEQUENTIAL[:4]
GAP = 0.035

Homes = dict[tuple[int, int], str]
Middle = tuple[float, float]


def tile_map(
    areas: pd.DataFrame,
    values: pd.Series,
    title: str,
    unit: str,
    fmt: str,
    provenance: Provenance,
    *,
    name: str = "tile_map",
    each: pd.DataFrame | None = None,
) -> Chart:
    """Tiles shaded by ``values`` (by area code), printed with the format ``fmt`` (as ",.1f").

    ``each``: the values of every replication, a column an area, without which no area is said to
    be the highest.
    """
    table = areas[["code", "name", "locality", "grid_row", "grid_column"]].reset_index(drop=True)
    table = table.assign(value=table["code"].map(values).astype(float))
    table, mapped = gridded(table)
    columns = int(table["grid_column"].max()) + 1
    rows = int(table["grid_row"].max()) + 1
    size = min(LARGEST_TILE, (WIDTH - 2 * MARGIN) / columns)
    grid = "Tiles lie roughly as on the map" if mapped else "Tiles in order of area code"
    shades = "; darker is higher" if table["value"].nunique() > 1 else ""
    heading = Heading(
        title,
        f"{unit[:1].upper()}{unit[1:]}, by area. {grid}{shades}; localities in italics.",
        provenance.footer(),
    )
    with house_style():
        left = MARGIN
        sheet = Sheet(
            heading, [Panel("", size * rows, 2)], left=left, right=WIDTH - left - size * columns
        )
        draw(sheet.axes[0], sheet, table, size, fmt)
    column = f"value_{slug(unit)}"
    told = alt(table, unit, fmt, title, provenance.replications, each)
    return Chart(name, sheet.figure, table.rename(columns={"value": column}), told)


def gridded(table: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Rows and columns from zero; a plain grid where the map's does not serve."""
    row = table["grid_row"] - table["grid_row"].min()
    column = table["grid_column"] - table["grid_column"].min()
    shared = bool(table.duplicated(["grid_row", "grid_column"]).any())
    gaps = table[["grid_row", "grid_column"]].isna().any().any()
    if not (shared or gaps) and column.max() < MOST_COLUMNS and row.max() < 2 * MOST_COLUMNS:
        return table.assign(grid_row=row.astype(int), grid_column=column.astype(int)), True
    ordered = table.sort_values("code").reset_index(drop=True)
    order = np.arange(len(ordered))
    return ordered.assign(grid_row=order // PLAIN_COLUMNS, grid_column=order % PLAIN_COLUMNS), False


def slug(unit: str) -> str:
    """A unit as part of a column's name."""
    spelt = unit.lower().replace("%", "percent").replace("£", "pounds")
    return re.sub(r"[^a-z0-9]+", "_", spelt).strip("_")


def colours(values: pd.Series) -> list[str]:
    """A shade for each value, in four equal steps from the lowest to the highest."""
    low, high = float(values.min()), float(values.max())
    edges = np.linspace(low, high, len(SHADES) + 1)[1:-1] if high > low else np.array([np.inf])
    return [
        NO_VALUE if pd.isna(v) else SHADES[int(np.searchsorted(edges, v, side="right"))]
        for v in values
    ]


def draw(axes: Axes, sheet: Sheet, table: pd.DataFrame, size: float, fmt: str) -> None:
    """All tiles."""
    columns, rows = int(table["grid_column"].max()) + 1, int(table["grid_row"].max()) + 1
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    axes.axis("off")
    homes: Homes = {
        (int(r), int(c)): str(place)
        for r, c, place in zip(
            table["grid_row"], table["grid_column"], table["locality"], strict=True
        )
    }
    names = [shorten(sheet, str(name), size - 9, NAME_LINES) for name in table["name"]]
    values = [float(v) for v in table["value"]]
    shades = colours(table["value"])
    for cell, shade, lines, value in zip(homes, shades, names, values, strict=True):
        middle = draw_square(axes, cell, homes, shade)
        shown = "no value" if np.isnan(value) else format(value, fmt)
        locality = shorten(sheet, homes[cell], size - 9, 1)[0]
        write(axes, middle, (text_on(shade), "\n".join(lines), shown, locality))


def draw_square(axes: Axes, cell: tuple[int, int], homes: Homes, shade: str) -> Middle:
    """One tile, with a gap on the sides that do not face its own locality; returns its middle."""
    row, column = cell
    place = homes[cell]
    left, right, top, bottom = (
        0.0 if homes.get((row + down, column + along)) == place else GAP
        for down, along in ((0, -1), (0, 1), (-1, 0), (1, 0))
    )
    axes.add_patch(
        Rectangle(
            (column + left, row + top),
            1 - left - right,
            1 - top - bottom,
            facecolor=shade,
            edgecolor=INK,
            linewidth=0.8,
            linestyle="--" if shade == NO_VALUE else "-",
        )
    )
    return column + (1 + left - right) / 2, row + (1 + top - bottom) / 2


def write(axes: Axes, middle: Middle, texts: tuple[str, str, str, str]) -> None:
    """Name, value and locality, in the ink given first."""
    x, y = middle
    ink, name, value, locality = texts
    axes.text(x, y - 0.42, name, ha="center", va="top", color=ink, size=TEXT_SIZE, linespacing=1.05)
    axes.text(
        x, y + 0.27, value, ha="center", va="bottom", color=ink, size=TEXT_SIZE + 1.5, weight="bold"
    )
    axes.text(
        x, y + 0.44, locality, ha="center", va="bottom", color=ink, size=TEXT_SIZE, style="italic"
    )


def shorten(sheet: Sheet, name: str, room: float, most: int) -> list[str]:
    """A name in lines: whole if it fits, else to its first "and", else cut with an ellipsis."""
    for tried in (name, name.replace(" and ", " & "), name.split(" and ")[0]):
        lines = wrap(tried, room, TEXT_SIZE)
        widest = max((text_width(line, TEXT_SIZE) for line in lines), default=0.0)
        if len(lines) <= most and widest <= room:
            return lines
    return [
        cut(sheet, line, room, more=i == most - 1 and len(lines) > most)
        for i, line in enumerate(lines[:most])
    ]


def cut(sheet: Sheet, line: str, room: float, more: bool) -> str:
    """A line that fits, ending in an ellipsis if something is left out."""
    text = f"{line}…" if more else line
    while len(line) > 1 and text_width(text, TEXT_SIZE) > room:
        line = line[:-1]
        text = f"{line}…"
    return text


def alt(
    table: pd.DataFrame, unit: str, fmt: str, title: str, count: int, each: pd.DataFrame | None
) -> str:
    """Alternative text: every value, and which is the highest, where that is sure."""
    start = f"Tile map of {len(table)} {'area' if len(table) == 1 else 'areas'}, {unit}: {title}."
    known = table[table["value"].notna()]
    missing = len(table) - len(known)
    rest = f" {missing} without a value." if missing else ""
    if known.empty:
        return start + rest
    order = known.sort_values("value", ascending=False, kind="stable")
    listed = ", ".join(
        f"{place} {format(float(value), fmt)}"
        for place, value in zip(order["name"], order["value"], strict=True)
    )
    text = f"{start} Means {claims.futures(count)}: {listed}.{rest}"
    if each is None or len(order) < 2:
        return text
    values = each[order["code"].tolist()].to_numpy(dtype=float)
    return f"{text} {claims.extreme('highest', order['name'].tolist(), values)}."
