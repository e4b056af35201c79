"""Chart: areas or providers down, months across, a panel for each share of carers who move.

Shades that stay apart in greyscale, one of them dotted, and the mean of each year printed in
figures, so that nothing hangs on colour. Months in which an area has no principal are drawn thin;
months without a value are crossed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import fsum

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from experiments.charts.chart import Chart, Provenance
from experiments.charts.classes import Classes
from experiments.charts.key import Entry
from experiments.charts.paging import chunks, numbered, pages, part_of, room_left
from experiments.charts.sheet import MARGIN, Heading, Panel, Sheet, height_of
from experiments.charts.style import INK, MARKED_SHADES, TEXT_SIZE, WIDTH, house_style, text_on
from experiments.charts.text import tall, text_width, wrap
from sim.outcomes.histories import Floats

NAME_ROOM = 132.0
LEFT = MARGIN + NAME_ROOM
WIDE = WIDTH - LEFT - MARGIN
BETWEEN, YEARS_ROW = 10.0, 18.0
THIN = 0.34
NO_VALUE = Entry("No value", "#FFFFFF", INK, "xxxx")
NOT_YET = Entry("Thin: no principal provider yet", MARKED_SHADES[2][0], INK, high=3.5)
BEGINS = Entry("Contract begins", INK, INK, wide=2.2)


@dataclass(frozen=True)
class Scale:
    """How values are shaded. ``falling``: less is darker; ``unit``: of the key's numbers."""

    classes: Classes
    unit: str = ""
    falling: bool = False

    @property
    def looks(self) -> list[tuple[str, str]]:
        """Shade and hatching of each class, from the lowest."""
        chosen = {1: (0,), 2: (0, 3), 3: (0, 2, 3), 4: (0, 1, 2, 3)}[len(self.classes.cuts) + 1]
        looks = [MARKED_SHADES[place] for place in chosen]
        return looks[::-1] if self.falling else looks

    def look(self, value: float) -> tuple[str, str]:
        """The shade and the hatching of a value."""
        return self.looks[self.classes.of(value)]

    def key(self) -> list[Entry]:
        """The key of the shades."""
        words = self.classes.words(self.unit)
        return [
            Entry(text, face, INK, hatch)
            for text, (face, hatch) in zip(words, self.looks, strict=True)
        ]


@dataclass(frozen=True)
class Grid:
    """What a panel draws: areas with the months' values, and where each row begins, in points."""

    areas: pd.DataFrame
    months: list[pd.Timestamp]
    names: list[list[str]]
    scale: Scale

    @property
    def edges(self) -> Floats:
        """Upper edges of the rows and the lower edge of the last."""
        found: Floats = np.cumsum([0.0, *(row_height(lines) for lines in self.names)])
        return found


def area_months(
    table: pd.DataFrame,
    areas: pd.DataFrame,
    measure: str,
    scale: Scale,
    captions: Mapping[float, str],
    heading: tuple[str, str],
    provenance: Provenance,
    alt: str,
    *,
    name: str,
    by: str = "area",
) -> list[Chart]:
    """One panel for each share in ``captions``, one below another, on as many pages as they need.

    ``table`` holds month, codes in the column ``by``, role, staff_move_share and the measure;
    ``areas`` codes and names, in the order of the rows.
    """
    told = Heading(*heading, provenance.footer())
    rows = table.rename(columns={by: "row"})
    key = [*scale.key(), *marks(rows, measure)]
    with house_style():
        sheets = [
            (part, shares)
            for part in parts(areas, captions, told, key)
            for shares in shares_by_page(part, captions, told, key)
        ]
        charts = []
        for page, (part, shares) in enumerate(sheets):
            grid = Grid(part, months_of(table), names_of(part), scale)
            panels = panels_of(grid.names, [captions[share] for share in shares])
            above = part_of(told, page, len(sheets))
            sheet = Sheet(above, panels, left=LEFT, right=MARGIN, key=key)
            for axes, share in zip(sheet.axes, shares, strict=True):
                draw(axes, grid, rows[rows["staff_move_share"] == share], measure)
            label_years(sheet.axes[-1], grid.months)
            kept = table[by].isin(part["code"]) & table["staff_move_share"].isin(shares)
            code = numbered(name, page, len(sheets))
            charts.append(Chart(code, sheet.figure, data_of(table[kept], by, measure), alt))
    return charts


def parts(
    areas: pd.DataFrame, captions: Mapping[float, str], heading: Heading, key: Sequence[Entry]
) -> list[pd.DataFrame]:
    """The areas in parts of which a panel fits on a page."""
    deepest = max((Panel(text, 0, YEARS_ROW) for text in captions.values()), key=height_of)
    room = room_left(part_of(heading, 8, 9), [deepest], key)
    heights = [row_height(lines) for lines in names_of(areas)]
    return [areas.iloc[part] for part in chunks(heights, room)]


def shares_by_page(
    areas: pd.DataFrame, captions: Mapping[float, str], heading: Heading, key: Sequence[Entry]
) -> list[list[float]]:
    """Shares of carers who move, page by page."""
    panels = panels_of(names_of(areas), list(captions.values()))
    return [list(captions)[part] for part in pages(heading, panels, key)]


def panels_of(names: Sequence[Sequence[str]], captions: Sequence[str]) -> list[Panel]:
    """A panel a caption; the years stand under the last."""
    height = fsum(row_height(lines) for lines in names)
    last = len(captions) - 1
    return [
        Panel(text, height, YEARS_ROW if at == last else BETWEEN)
        for at, text in enumerate(captions)
    ]


def names_of(areas: pd.DataFrame) -> list[list[str]]:
    """Names in lines."""
    return [wrap(str(name), NAME_ROOM - 8, TEXT_SIZE) for name in areas["name_shown"]]


def row_height(lines: Sequence[str]) -> float:
    """The room of a row, in points."""
    return tall(lines, TEXT_SIZE) + 1.5


def marks(rows: pd.DataFrame, measure: str) -> list[Entry]:
    """What else the key needs: only what is drawn."""
    known = rows[measure].notna()
    cells = rows[known].pivot(
        index=["staff_move_share", "row"], columns="month", values="role"
    ).reindex(columns=months_of(rows))  # fmt: skip
    held = cells == "principal"
    found = []
    if (known & (rows["role"] != "principal")).any():
        found.append(NOT_YET)
    if (held.any(axis=1) & ~held.iloc[:, 0]).any():
        found.append(BEGINS)
    return [*found, NO_VALUE] if cells.isna().any(axis=None) else found


def data_of(table: pd.DataFrame, by: str, measure: str) -> pd.DataFrame:
    """The numbers plotted."""
    columns = ["month", by, "role", "staff_move_share", measure]
    bands = [f"{measure}{end}" for end in ("_low", "_high") if f"{measure}{end}" in table]
    return table[[*columns, *bands]].reset_index(drop=True)


def months_of(table: pd.DataFrame) -> list[pd.Timestamp]:
    """The months shown."""
    return sorted(pd.Timestamp(month) for month in table["month"].unique())


def draw(axes: Axes, grid: Grid, table: pd.DataFrame, measure: str) -> None:
    """Every cell of a panel, the go-live dates and the means of the years."""
    values = table.pivot(index="row", columns="month", values=measure)
    roles = table.pivot(index="row", columns="month", values="role")
    edges = grid.edges
    axes.set_xlim(0, len(grid.months))
    axes.set_ylim(edges[-1], 0)
    axes.axis("off")
    for row, code in enumerate(grid.areas["code"]):
        line = values.loc[str(code)].to_numpy(dtype=float)
        held = roles.loc[str(code)].to_numpy() == "principal"
        span = (float(edges[row]), float(edges[row + 1]))
        draw_cells(axes, span, line, held, grid.scale)
        label_row(axes, span, grid.names[row])
        draw_go_live(axes, span, held)
        draw_means(axes, span, grid, line, held)
    for number, month in enumerate(grid.months):
        if month.month == 1 and number:
            axes.axvline(number, color=INK, linewidth=0.5, zorder=4)
    frame = Rectangle((0, 0), len(grid.months), edges[-1], fill=False, edgecolor=INK, linewidth=0.8)
    axes.add_patch(frame)


def draw_cells(
    axes: Axes, span: tuple[float, float], line: Floats, held: np.ndarray, scale: Scale
) -> None:
    """One area: months that look alike as one rectangle."""
    top, bottom = span
    looks = [
        (*scale.look(value), bool(has))
        if np.isfinite(value)
        else (NO_VALUE.face, NO_VALUE.hatch, True)
        for value, has in zip(line, held, strict=True)
    ]
    start = 0
    for (face, hatch, has), months in groupby(looks):
        wide = len(list(months))
        high = (bottom - top) * (0.92 if has else THIN)
        low = (top + bottom - high) / 2
        axes.add_patch(
            Rectangle(
                (start, low), wide, high, facecolor=face, edgecolor=INK, hatch=hatch or None,
                linewidth=0, zorder=2,
            )
        )  # fmt: skip
        if not has:  # a thin pale strip would not be seen on white
            axes.hlines([low, low + high], start, start + wide, color=INK, linewidth=0.5, zorder=3)
        start += wide


def draw_go_live(axes: Axes, span: tuple[float, float], held: np.ndarray) -> None:
    """A heavy line where an area gets its first principal."""
    first = int(np.argmax(held))
    if held.any() and first:
        axes.plot([first, first], span, color=INK, linewidth=2.2, zorder=5)


def draw_means(
    axes: Axes, span: tuple[float, float], grid: Grid, line: np.ndarray, held: np.ndarray
) -> None:
    """The mean of each year over the months with a principal, in figures, where there is room."""
    years = np.array([month.year for month in grid.months])
    for year in sorted(set(years.tolist())):
        here = (years == year) & held & ~np.isnan(line)
        if not here.any():
            continue
        mean = float(line[here].mean())
        text = grid.scale.classes.form.text(mean)
        if text_width(text, TEXT_SIZE) + 3 > here.sum() / len(grid.months) * WIDE:
            continue
        face, _ = grid.scale.look(mean)
        axes.text(
            float(np.flatnonzero(here).mean()) + 0.5,
            fsum(span) / 2,
            text,
            ha="center",
            va="center_baseline",
            size=TEXT_SIZE,
            color=text_on(face),
            zorder=6,
            bbox={"facecolor": face, "edgecolor": "none", "boxstyle": "square,pad=0.1"},
        )


def label_row(axes: Axes, span: tuple[float, float], lines: Sequence[str]) -> None:
    """The area's name left of its row."""
    axes.annotate(
        "\n".join(lines),
        (0, fsum(span) / 2),
        (-5, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        size=TEXT_SIZE,
        linespacing=1.05,
        annotation_clip=False,
    )


def label_years(axes: Axes, months: Sequence[pd.Timestamp]) -> None:
    """The years under the last panel, where there is room."""
    years = np.array([month.year for month in months])
    for year in sorted(set(years.tolist())):
        here = np.flatnonzero(years == year)
        if here.size / len(months) * WIDE < text_width(str(year), TEXT_SIZE) + 2:
            continue
        axes.annotate(
            str(year),
            (float(here.mean()) + 0.5, axes.get_ylim()[0]),
            (0, -3),
            textcoords="offset points",
            ha="center",
            va="top",
            size=TEXT_SIZE,
            annotation_clip=False,
        )


def rows_of(
    codes: Sequence[str],
    names: Mapping[str, str],
    live: Mapping[str, date | None],
    present: Sequence[str],
) -> pd.DataFrame:
    """Codes in the order in which they begin, then in their own."""
    order = [code for code in codes if code in present]
    order.sort(key=lambda code: (live[code] is None, live[code] or date.max))
    shown = [names[code] for code in order]
    return pd.DataFrame({"code": order, "name_shown": shown})
