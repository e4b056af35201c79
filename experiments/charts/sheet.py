"""The page of a chart: title, subtitle, panels one below another, footer; laid out in points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from math import fsum
from typing import Any, cast

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from experiments.charts.style import (
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
from experiments.charts.weeks import BOUNDS, floats, has_band
from experiments.words.sentences import MONTHS

MARGIN = 8.0
POINTS_PER_INCH = 72
Y_TITLE_ROW = 19.0
X_LABEL_ROW = 32.0


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
    """A figure 16 cm wide, as high as its text and panels need."""

    def __init__(
        self, heading: Heading, panels: Sequence[Panel], left: float = 52, right: float = 100
    ) -> None:
        # Not pyplot: it would keep every figure, and a caller's own settings are left alone.
        self.figure = Figure(figsize=(WIDTH / 72, 1), dpi=DPI)
        FigureCanvasAgg(self.figure)
        room = WIDTH - 2 * MARGIN
        title = wrap(heading.title, room, TITLE_SIZE, "bold")
        subtitle = wrap(heading.subtitle, room, SUBTITLE_SIZE)
        footer = wrap(heading.footer, room, TEXT_SIZE)
        rows = fsum(p.height + Y_TITLE_ROW * bool(p.y_title) + p.below for p in panels)
        above = tall(title, TITLE_SIZE) + tall(subtitle, SUBTITLE_SIZE) + 8
        self.height = 2 * MARGIN + above + rows + 4 + tall(footer, TEXT_SIZE)
        self.figure.set_size_inches(WIDTH / 72, self.height / 72)
        self._write(title, MARGIN, TITLE_SIZE, "bold")
        self._write(subtitle, MARGIN + tall(title, TITLE_SIZE) + 2, SUBTITLE_SIZE)
        self._write(footer, self.height - MARGIN - tall(footer, TEXT_SIZE), TEXT_SIZE)
        self.axes = self._panels(panels, MARGIN + above, left, right)

    def _write(self, lines: Sequence[str], top: float, size: float, weight: str = "normal") -> None:
        self.figure.text(
            MARGIN / WIDTH,
            1 - top / self.height,
            "\n".join(lines),
            va="top",
            ha="left",
            size=size,
            weight=weight,
            linespacing=LINE_HEIGHT,
        )

    def _panels(self, panels: Sequence[Panel], top: float, left: float, right: float) -> list[Axes]:
        axes = []
        for panel in panels:
            if panel.y_title:
                self._write([panel.y_title], top + 2, TEXT_SIZE)
                top += Y_TITLE_ROW
            bottom = top + panel.height
            width = WIDTH - left - right
            box = (
                left / WIDTH,
                1 - bottom / self.height,
                width / WIDTH,
                panel.height / self.height,
            )
            axes.append(self.figure.add_axes(box))
            top = bottom + panel.below
        return axes


def tall(lines: Sequence[str], size: float) -> float:
    """Height of lines of text, in points."""
    return len(lines) * size * LINE_HEIGHT


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width of one line of text, in points, in the style in force."""
    # Which font a text gets hangs on the settings, so they are part of what is remembered.
    fonts = (*mpl.rcParams["font.family"], *mpl.rcParams["font.sans-serif"])
    return _measured(text, size, weight, fonts, mpl.rcParams["text.hinting_factor"])


@cache
def _ruler() -> Any:
    """What text is measured on: making a figure for every text took most of a chart's time."""
    return cast(Any, RendererAgg)(1, 1, DPI)


@lru_cache(maxsize=20_000)
def _measured(
    text: str, size: float, weight: str, _fonts: tuple[str, ...], _hinting: float
) -> float:
    font = FontProperties(size=size, weight=weight)
    width, _, _ = _ruler().get_text_width_height_descent(text, font, ismath=False)
    return float(width) * POINTS_PER_INCH / DPI


def wrap(text: str, room: float, size: float, weight: str = "normal") -> list[str]:
    """Break text between words into lines no wider than ``room`` points."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, weight) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def figure_of(axes: Axes) -> Figure:
    """The figure a panel is part of."""
    return cast(Figure, axes.figure)


def size_in_points(axes: Axes) -> tuple[float, float]:
    """Width and height of a panel, in points."""
    wide, high = (72 * inches for inches in figure_of(axes).get_size_inches())
    box = axes.get_position()
    return box.width * wide, box.height * high


def value_axis(axes: Axes, highest: float, headroom: float = 6, suffix: str = "") -> None:
    """A y axis from zero, with ``headroom`` points free above the highest value."""
    height = size_in_points(axes)[1]
    top = highest if np.isfinite(highest) and highest > 0 else 1.0
    axes.set_ylim(0, top * height / max(height - headroom, height / 2))
    steps = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10])
    ticks = np.asarray(steps.tick_values(0, top))
    axes.yaxis.set_major_locator(FixedLocator([t for t in ticks if 0 <= t <= top * 1.02]))
    digits = 0 if top >= 5 else 1
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.{digits}f}{suffix}"))


def date_axis(axes: Axes, days: NDArray[np.float64]) -> None:
    """An x axis of dates, from the first to the last, with the year under the month."""
    first, last = float(days.min()), float(days.max())
    # One week alone has no width: an axis without any could not be drawn.
    last = last if last > first else first + 7
    axes.set_xlim(first, last)
    months = (last - first) / 30.4
    step = next((s for s in (1, 3, 12, 24, 60) if months / s <= 7), 120)
    starts = np.arange(
        np.datetime64(int(first), "D").astype("datetime64[M]").astype(int),
        np.datetime64(int(last), "D").astype("datetime64[M]").astype(int) + 1,
    )
    ticks = starts[starts % step == 0].astype("datetime64[M]").astype("datetime64[D]").astype(int)
    axes.xaxis.set_major_locator(FixedLocator([float(day) for day in ticks if first <= day]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda day, _: month_and_year(day)))


def month_and_year(day: float) -> str:
    """A tick's label."""
    when = date(1970, 1, 1) + timedelta(days=round(day))
    return f"{MONTHS[when.month - 1][:3]}\n{when.year}"


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
        axes.fill_between(x, low, high, color=LOOKS[look].colour, alpha=0.22, linewidth=0, zorder=2)


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
    )


def mark(axes: Axes, x: float, top: float) -> None:
    """A thin vertical line from the axis up to ``top`` (a share of the panel's height)."""
    axes.axvline(x, 0, top, color=FAINT, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1.5)
