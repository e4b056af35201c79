"""Chart: places down, dates across, harm in shades and figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

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
from experiments.charts.style import FAINT, INK, SEQUENTIAL, WIDTH, house_style, text_on
from experiments.words.sentences import MONTHS
from sim.outcomes.histories import Floats

ROW = 17.0
NAME_ROOM = 128.0
ABOVE = 26.0
KEY_HEIGHT = 13.0
FIGURE_SIZE = 7.5
NAME_SIZE = 8.0
EMPTY = "#FFFFFF"
SHADES = SEQUENTIAL[:4]
NICE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)


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
) -> Chart:
    """``values``: a row a place and a column a date; nan: nobody is there."""
    cuts = cuts_of(values)
    with house_style():
        sheet = Sheet(
            Heading(*heading, provenance.footer()),
            [
                Panel("", ABOVE, 0),
                Panel("", ROW * len(places), 12),
                Panel("", KEY_HEIGHT, 6),
            ],
            left=MARGIN + NAME_ROOM,
            right=MARGIN,
        )
        label_dates(sheet.axes[0], dates)
        draw(sheet.axes[1], values, places, cuts)
        draw_key(sheet.axes[2], sheet, cuts, unit)
    rows = [
        {"place": place, "date": day, measure: values[i, j]}
        for i, place in enumerate(places)
        for j, day in enumerate(dates)
    ]
    return Chart(name, sheet.figure, pd.DataFrame(rows), alt)


def cuts_of(values: Floats) -> tuple[float, float, float]:
    """Three round numbers near the quartiles of what is known."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        return (1.0, 2.0, 3.0)
    found: list[float] = []
    for quartile in np.quantile(known, (0.25, 0.5, 0.75)):
        cut = nicest(max(float(quartile), 1.0))
        while found and cut <= found[-1]:
            cut = nicest(found[-1] * 1.35)
        found.append(cut)
    return (found[0], found[1], found[2])


def nicest(value: float) -> float:
    """The round number nearest to a positive value in proportion."""
    power = 10.0 ** np.floor(np.log10(value))
    options = [nice * scale for scale in (power / 10, power, 10 * power) for nice in NICE]
    return float(min(options, key=lambda one: abs(np.log(one / value))))


def shade(value: float, cuts: Sequence[float]) -> str:
    """Darker is more."""
    return SHADES[int(np.searchsorted(cuts, value, side="right"))]


def label_dates(axes: Axes, dates: Sequence[date]) -> None:
    """Months over the columns, and the year over its first."""
    axes.axis("off")
    axes.set_xlim(0, len(dates))
    axes.set_ylim(0, 1)
    for column, day in enumerate(dates):
        axes.annotate(
            MONTHS[day.month - 1][:3],
            (column + 0.5, 0),
            (0, 2),
            textcoords="offset points",
            ha="center",
            size=FIGURE_SIZE,
            annotation_clip=False,
        )
        if column == 0 or dates[column - 1].year != day.year:
            axes.annotate(
                str(day.year),
                (column, 0),
                (3, 13),
                textcoords="offset points",
                ha="left",
                size=NAME_SIZE,
                annotation_clip=False,
            )


def draw(axes: Axes, values: Floats, places: Sequence[str], cuts: Sequence[float]) -> None:
    """Every cell with its figure, and the places' names."""
    axes.axis("off")
    rows, columns = values.shape
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    for row in range(rows):
        label_place(axes, row, places[row])
        for column in range(columns):
            draw_cell(axes, row, column, float(values[row, column]), cuts)


def draw_cell(axes: Axes, row: int, column: int, value: float, cuts: Sequence[float]) -> None:
    """One place on one date."""
    if not np.isfinite(value):
        axes.add_patch(
            Rectangle(
                (column, row), 1, 1, facecolor=EMPTY, edgecolor=FAINT, hatch="//////", linewidth=0.4
            )
        )
        return
    colour = shade(value, cuts)
    axes.add_patch(Rectangle((column, row), 1, 1, facecolor=colour, edgecolor=EMPTY, linewidth=0.8))
    axes.text(
        column + 0.5,
        row + 0.54,
        figure(value),
        ha="center",
        va="center",
        size=FIGURE_SIZE,
        color=text_on(colour),
    )


def figure(value: float) -> str:
    """Thousands, with one decimal, as the subtitle says."""
    return f"{value / 1000:.1f}".replace("-", "−")


def label_place(axes: Axes, row: int, name: str) -> None:
    """A place's name left of its row, in two lines if it must be."""
    lines = wrap(name, NAME_ROOM - 6, NAME_SIZE - 1)
    while len(lines) > 2 or any(text_width(line, NAME_SIZE - 1) > NAME_ROOM - 6 for line in lines):
        name = name.removesuffix("…")[:-1] + "…"
        lines = wrap(name, NAME_ROOM - 6, NAME_SIZE - 1)
    axes.annotate(
        "\n".join(lines),
        (0, row + 0.54),
        (-5, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        size=NAME_SIZE - 1,
        linespacing=0.95,
        annotation_clip=False,
    )


def draw_key(axes: Axes, sheet: Sheet, cuts: Sequence[float], unit: str) -> None:
    """What the shades and the hatching mean."""
    axes.axis("off")
    axes.set_xlim(0, WIDTH - 2 * MARGIN - NAME_ROOM)
    axes.set_ylim(KEY_HEIGHT, 0)
    words = [
        f"below {cuts[0]:,.0f}",
        f"to {cuts[1]:,.0f}",
        f"to {cuts[2]:,.0f}",
        f"more {unit}",
    ]
    middles = [cuts[0] - 1, (cuts[0] + cuts[1]) / 2, (cuts[1] + cuts[2]) / 2, cuts[2] + 1]
    entries = [(text, shade(value, cuts)) for text, value in zip(words, middles, strict=True)]
    at = -NAME_ROOM
    for text, colour in [*entries, ("no principal then", EMPTY)]:
        hatch = "//////" if colour == EMPTY else None
        axes.add_patch(
            Rectangle(
                (at, 1),
                14,
                KEY_HEIGHT - 3,
                facecolor=colour,
                edgecolor=INK if colour == EMPTY else colour,
                hatch=hatch,
                linewidth=0.4,
                clip_on=False,
            )
        )
        axes.text(at + 18, KEY_HEIGHT / 2, text, va="center", size=NAME_SIZE)
        at += 18 + text_width(text, NAME_SIZE) + 10
