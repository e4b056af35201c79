"""The page of a chart: title, subtitle, panels one below another, footer; laid out in points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from numpy.typing import NDArray

from experiments.charts.chart import FOOTER, SUBTITLE, TITLE
from experiments.charts.key import Entry, draw_key, key_height
from experiments.charts.style import (
    BAND_ALPHA,
    DPI,
    FAINT,
    INK,
    LINE_HEIGHT,
    LOOKS,
    SUBTITLE_SIZE,
    TEXT_SIZE,
    TITLE_SIZE,
    WIDTH,
    text_like,
)
from experiments.charts.text import tall as tall
from experiments.charts.text import text_width as text_width
from experiments.charts.text import wrap as wrap
from experiments.charts.ticks import dated_axis, number_axis, round_ticks
from experiments.charts.titles import fitted
from experiments.charts.weeks import BOUNDS, floats, has_band

MARGIN = 8.0
ROOM = WIDTH - 2 * MARGIN
"""Width of a line of text over the whole sheet, in points."""
ABOVE_PANEL = 7.75
X_LABEL_ROW = 32.0
BELOW_HEADING = 8.0
ABOVE_FOOTER = 4.0


@dataclass(frozen=True)
class Heading:
    """What stands above and below the panels."""

    title: str
    subtitle: str
    footer: str


@dataclass(frozen=True)
class Panel:
    """One plot: its horizontal y title, its height and the room below it in points."""

    y_title: str
    height: float
    below: float = X_LABEL_ROW


@dataclass(frozen=True)
class Label:
    """A label at the end of a line, and the value it belongs to."""

    text: str
    value: float
    look: int


class Sheet:
    """A figure 16 cm wide, as high as its text, panels and key need."""

    def __init__(
        self,
        heading: Heading,
        panels: Sequence[Panel],
        left: float = 52,
        right: float = 100,
        key: Sequence[Entry] = (),
    ) -> None:
        # Not pyplot: it would keep every figure, and a caller's own settings are left alone.
        self.figure = Figure(figsize=(WIDTH / 72, 1), dpi=DPI)
        FigureCanvasAgg(self.figure)
        title, subtitle, footer = lines_of(heading)
        above = MARGIN + tall(title, TITLE_SIZE) + tall(subtitle, SUBTITLE_SIZE) + BELOW_HEADING
        rows = fsum(height_of(panel) for panel in panels)
        self.height = full_height(heading, panels, key)
        self.figure.set_size_inches(WIDTH / 72, self.height / 72)
        self._write(title, MARGIN, TITLE_SIZE, TITLE)
        self._write(subtitle, MARGIN + tall(title, TITLE_SIZE) + 2, SUBTITLE_SIZE, SUBTITLE)
        self._write(footer, self.height - MARGIN - tall(footer, TEXT_SIZE), TEXT_SIZE, FOOTER)
        self.axes = self._panels(panels, above, left, right)
        if key:
            deep = key_height(key, ROOM)
            draw_key(self._axes(above + rows, deep, MARGIN, MARGIN), key, ROOM)

    def _write(self, lines: Sequence[str], top: float, size: float, name: str) -> None:
        self.figure.text(
            MARGIN / WIDTH,
            1 - top / self.height,
            "\n".join(lines),
            va="top",
            ha="left",
            size=size,
            weight="bold" if name == TITLE else "normal",
            linespacing=LINE_HEIGHT,
            gid=name,
        )

    def _panels(self, panels: Sequence[Panel], top: float, left: float, right: float) -> list[Axes]:
        axes = []
        for panel in panels:
            caption = caption_of(panel)
            if caption:
                self._write(caption, top + 2, TEXT_SIZE, "caption")
                top += tall(caption, TEXT_SIZE) + ABOVE_PANEL
            axes.append(self._axes(top, panel.height, left, right))
            top += panel.height + panel.below
        return axes

    def _axes(self, top: float, height: float, left: float, right: float) -> Axes:
        bottom = 1 - (top + height) / self.height
        width = WIDTH - left - right
        box = (left / WIDTH, bottom, width / WIDTH, height / self.height)
        return self.figure.add_axes(box)


def lines_of(heading: Heading) -> tuple[list[str], list[str], list[str]]:
    """Title, subtitle and footer in lines; of a title too long the rest stands in the subtitle."""
    title, subtitle = fitted(heading.title, heading.subtitle)
    return (
        wrap(title, ROOM, TITLE_SIZE, "bold"),
        wrap(subtitle, ROOM, SUBTITLE_SIZE),
        wrap(heading.footer, ROOM, TEXT_SIZE),
    )


def caption_of(panel: Panel) -> list[str]:
    """What stands above a panel, in lines."""
    return wrap(panel.y_title, ROOM, TEXT_SIZE)


def height_of(panel: Panel) -> float:
    """What a panel takes up with its caption and the room below it, in points."""
    caption = caption_of(panel)
    return panel.height + panel.below + (tall(caption, TEXT_SIZE) + ABOVE_PANEL) * bool(caption)


def full_height(heading: Heading, panels: Sequence[Panel], key: Sequence[Entry] = ()) -> float:
    """The height of a sheet, in points."""
    title, subtitle, footer = lines_of(heading)
    texts = tall(title, TITLE_SIZE) + tall(subtitle, SUBTITLE_SIZE) + tall(footer, TEXT_SIZE)
    below = key_height(key, ROOM) + 6 * bool(key)
    rows = fsum(height_of(panel) for panel in panels)
    return 2 * MARGIN + BELOW_HEADING + ABOVE_FOOTER + texts + rows + below


def figure_of(axes: Axes) -> Figure:
    """The figure a panel is part of."""
    return cast(Figure, axes.figure)


def size_in_points(axes: Axes) -> tuple[float, float]:
    """Width and height of a panel, in points."""
    wide, high = (72 * inches for inches in figure_of(axes).get_size_inches())
    box = axes.get_position()
    return box.width * wide, box.height * high


def value_axis(
    axes: Axes, highest: float, headroom: float = 6, suffix: str = "", *, whole: bool = False
) -> None:
    """A y axis from zero, with ``headroom`` points free above the highest value.

    ``whole``: only whole numbers are labelled, as of people.
    """
    height = size_in_points(axes)[1]
    top = highest if np.isfinite(highest) and highest > 0 else 1.0
    top = max(top, 1.0) if whole else top
    axes.set_ylim(0, top * height / max(height - headroom, height / 2))
    number_axis(axes.yaxis, round_ticks(0, 1.02 * top, whole=whole), suffix)


def date_axis(axes: Axes, days: NDArray[np.float64]) -> None:
    """An x axis of dates, from the first to the last, with the year under the month."""
    axes.set_xlim(*dated_axis(axes.xaxis, days))


def draw_line(
    axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64], look: int, alone: bool = False
) -> None:
    """A series in its colour, line style and marker; a plain line if it is ``alone``."""
    style = LOOKS[look]
    gap = max(1, len(x) // 6)
    axes.plot(
        x,
        y,
        color=style.colour,
        linestyle="-" if alone else style.line,
        marker="" if alone and len(x) > 1 else style.marker,
        markevery=(gap // 2, gap),
        markersize=5,
        zorder=3 + look / 10,
    )


def draw_band(
    axes: Axes,
    x: NDArray[np.float64],
    table: pd.DataFrame,
    measure: str,
    look: int,
    scale: float = 1,
) -> None:
    """The interval of a measure, if the table has it."""
    if has_band(table, measure):
        low, high = (scale * floats(table[measure + bound]) for bound in BOUNDS)
        colour = LOOKS[look].colour
        # A pale band is marked by its edges, so that it needs no eye for shades.
        axes.fill_between(
            x,
            low,
            high,
            facecolor=to_rgba(colour, BAND_ALPHA),
            edgecolor=colour,
            linewidth=0.5,
            zorder=2,
        )


def end_labels(axes: Axes, labels: Sequence[Label], gap: float = 12) -> None:
    """Labels right of the panel, moved apart where they would overlap."""
    shown = sorted((lab for lab in labels if np.isfinite(lab.value)), key=lambda lab: lab.value)
    if not shown:
        return
    bottom, top = axes.get_ylim()
    height = size_in_points(axes)[1]
    wanted = np.array([(lab.value - bottom) / (top - bottom) * height for lab in shown])
    places = spread(wanted, np.array([tall(lab.text.split("\n"), TEXT_SIZE) for lab in shown]))
    for label, place, point in zip(shown, places, wanted, strict=True):
        colour = LOOKS[label.look].colour
        axes.annotate(
            label.text,
            (axes.get_xlim()[1], label.value),
            (gap, place - point),
            textcoords="offset points",
            va="center",
            ha="left",
            color=text_like(colour),
            linespacing=1.1,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "linewidth": 0.8,
                "shrinkA": 1,
                "shrinkB": 1,
                "relpos": (0, 0.5),
            },
        )


def side_labels(axes: Axes, labels: Sequence[tuple[str, float]], gap: float = 12) -> None:
    """Labels right of areas stacked one on another, from the lowest up, each joined to its own."""
    bottom, top = axes.get_ylim()
    height = size_in_points(axes)[1]
    wanted = np.array([(value - bottom) / (top - bottom) * height for _, value in labels])
    places = spread(wanted, np.array([tall(text.split("\n"), TEXT_SIZE) for text, _ in labels]))
    for (text, value), place, point in zip(labels, places, wanted, strict=True):
        axes.annotate(
            text,
            (axes.get_xlim()[1], value),
            (gap, place - point),
            textcoords="offset points",
            va="center",
            ha="left",
            color=INK,
            linespacing=1.1,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": INK,
                "linewidth": 0.8,
                "shrinkA": 1,
                "shrinkB": 0,
                "relpos": (0, 0.5),
            },
        )


def spread(wanted: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places as near as possible to those wanted (ascending) at which nothing overlaps."""
    from scipy.optimize import isotonic_regression  # a tenth of a second, for labels side by side

    steps = np.append(0.0, (sizes[1:] + sizes[:-1]) / 2)
    offsets = np.cumsum(steps)
    # With the room that labels need taken off, "no overlap" is "in order": isotonic regression.
    places: NDArray[np.float64] = isotonic_regression(wanted - offsets).x + offsets
    # The lowest may hang 8 points below the axis, no further: there the ticks' labels begin.
    return places + max(0.0, float(sizes[0] / 2 - places[0]) - 8)


def note(axes: Axes, text: str, x: float, y: float, rise: float, ha: str = "left") -> None:
    """A note near a point, ``rise`` points above it."""
    axes.annotate(
        text,
        (x, y),
        (0, rise),
        textcoords="offset points",
        ha=ha,
        color=INK,
        va="bottom" if rise >= 0 else "top",
        zorder=6,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
    )


def mark(axes: Axes, x: float, top: float) -> None:
    """A thin vertical line from the axis up to ``top`` (a share of the panel's height)."""
    axes.axvline(x, 0, top, color=FAINT, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1.5)
