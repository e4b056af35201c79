"""Chart: places down, dates across, harm in shades and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import fsum

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from experiments.charts.chart import Chart, Provenance
from experiments.charts.classes import Classes, Form, classes_of
from experiments.charts.key import Entry
from experiments.charts.paging import chunks, numbered, part_of, room_left
from experiments.charts.sheet import MARGIN, Heading, Panel, Sheet
from experiments.charts.style import FAINT, INK, TEXT_SIZE, WIDTH, house_style, text_on
from experiments.charts.text import tall, widest, wrap
from experiments.words.sentences import MONTHS
from sim.outcomes.histories import Floats

NAME_ROOM = 132.0
LEFT = MARGIN + NAME_ROOM
WIDE = WIDTH - LEFT - MARGIN
BESIDE_FIGURE = 2.0
DATES_ROW = 30.0
BELOW = 8.0
THOUSAND, MANY = 1000.0, 10_000.0
NOBODY = Entry("No principal provider on this date", "#FFFFFF", FAINT, "//////")


@dataclass(frozen=True)
class Part:
    """The rows and columns of one page."""

    rows: slice
    columns: slice


def heat_map(
    values: Floats,
    places: Sequence[str],
    dates: Sequence[date],
    heading: tuple[str, str],
    provenance: Provenance,
    alt: str,
    *,
    name: str,
    measure: str,
    unit: str,
) -> list[Chart]:
    """``values``: a row a place and a column a date; nan: nobody is there.

    As many pages as the places and dates need; the key says in which unit figures are printed.
    """
    form = form_of(values)
    classes = classes_of(values, form)
    key = [*classes.key(f"thousand {unit}" if form.factor < 1 else unit)]
    key += [] if np.isfinite(values).all() else [NOBODY]
    told = Heading(*heading, provenance.footer())
    charts = []
    with house_style():
        names = [wrap(place, NAME_ROOM - 8, TEXT_SIZE) for place in places]
        figures = [form.text(value) for value in values.ravel() if np.isfinite(value)]
        column = BESIDE_FIGURE + widest([*figures, "2024"], TEXT_SIZE)
        parts = parts_of(names, len(dates), column, told, key)
        for page, part in enumerate(parts):
            heights = [row_height(lines) for lines in names[part.rows]]
            panels = [Panel("", DATES_ROW, 0), Panel("", fsum(heights), BELOW)]
            above = part_of(told, page, len(parts))
            sheet = Sheet(above, panels, left=LEFT, right=MARGIN, key=key)
            shown = values[part.rows, part.columns]
            label_dates(sheet.axes[0], dates[part.columns])
            draw(sheet.axes[1], shown, names[part.rows], classes)
            data = table_of(shown, places[part.rows], dates[part.columns], measure)
            charts.append(Chart(numbered(name, page, len(parts)), sheet.figure, data, alt))
    return charts


def form_of(values: Floats) -> Form:
    """Thousands with one decimal where the values are large, otherwise whole numbers."""
    known = np.abs(values[np.isfinite(values)])
    large = known.size > 0 and float(known.max()) >= MANY
    return Form(1, 1 / THOUSAND) if large else Form(0)


def parts_of(
    names: Sequence[Sequence[str]],
    dates: int,
    column: float,
    heading: Heading,
    key: Sequence[Entry],
) -> list[Part]:
    """The pages: so many rows as are high enough, so many columns of at least this width."""
    room = room_left(part_of(heading, 8, 9), [Panel("", DATES_ROW, BELOW)], key)
    most = max(1, int(WIDE // column))
    pieces = -(-dates // most)
    step = -(-dates // max(1, pieces))
    return [
        Part(rows, slice(start, start + step))
        for start in range(0, max(1, dates), max(1, step))
        for rows in chunks([row_height(lines) for lines in names], room)
    ]


def row_height(lines: Sequence[str]) -> float:
    """The room of a row, in points."""
    return tall(lines, TEXT_SIZE) + 5


def table_of(
    values: Floats, places: Sequence[str], dates: Sequence[date], measure: str
) -> pd.DataFrame:
    """The numbers plotted."""
    return pd.DataFrame(
        [
            {"place": place, "date": day, measure: values[i, j]}
            for i, place in enumerate(places)
            for j, day in enumerate(dates)
        ]
    )


def label_dates(axes: Axes, dates: Sequence[date]) -> None:
    """Months over the columns, and the year over its first."""
    axes.axis("off")
    axes.set_xlim(0, len(dates))
    axes.set_ylim(0, 1)
    for column, day in enumerate(dates):
        first = column == 0 or dates[column - 1].year != day.year
        month = MONTHS[day.month - 1][:3]
        axes.annotate(
            f"{day.year}\n{month}" if first else month,
            (column + 0.5, 0),
            (0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            size=TEXT_SIZE,
            annotation_clip=False,
        )


def draw(axes: Axes, values: Floats, names: Sequence[Sequence[str]], classes: Classes) -> None:
    """Every cell with its figure, and the places' names."""
    axes.axis("off")
    edges = np.cumsum([0.0, *(row_height(lines) for lines in names)])
    axes.set_xlim(0, values.shape[1])
    axes.set_ylim(edges[-1], 0)
    for row, lines in enumerate(names):
        top, bottom = float(edges[row]), float(edges[row + 1])
        label_place(axes, (top + bottom) / 2, lines)
        for column, value in enumerate(values[row]):
            draw_cell(axes, (column, top, bottom - top), float(value), classes)


def draw_cell(axes: Axes, cell: tuple[float, float, float], value: float, classes: Classes) -> None:
    """One place on one date: ``cell`` is its column, upper edge and height."""
    column, top, high = cell
    known = np.isfinite(value)
    colour = classes.shade(value) if known else NOBODY.face
    axes.add_patch(
        Rectangle(
            (column, top),
            1,
            high,
            facecolor=colour,
            edgecolor=INK if known else FAINT,
            hatch=None if known else NOBODY.hatch,
            linewidth=0.6,
        )
    )
    if known:
        axes.text(
            column + 0.5,
            top + high / 2,
            classes.form.text(value),
            ha="center",
            va="center_baseline",
            size=TEXT_SIZE,
            color=text_on(colour),
        )


def label_place(axes: Axes, middle: float, lines: Sequence[str]) -> None:
    """A place's name left of its row."""
    axes.annotate(
        "\n".join(lines),
        (0, middle),
        (-5, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        size=TEXT_SIZE,
        linespacing=1.05,
        annotation_clip=False,
    )
