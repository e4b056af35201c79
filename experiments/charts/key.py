"""The key below the panels: a swatch and its words for everything that is shaded or hatched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from experiments.charts.style import BAND_ALPHA, INK, LOOKS, TEXT_SIZE
from experiments.charts.text import tall, text_width, wrap

SWATCH = 16.0
KEY = "key"
"""The label by which the key's axes are found in a figure."""
BESIDE = 5.0
BETWEEN = 14.0
ROW_GAP = 4.0


@dataclass(frozen=True)
class Entry:
    """A line of the key: its words, and how what they mean is drawn.

    ``line``: a number of ``LOOKS`` whose line is shown; ``alpha``: of the face alone; ``wide`` and
    ``high``: the swatch in points; ``mark``: a marker that is shown instead.
    """

    text: str
    face: str = "none"
    edge: str = INK
    hatch: str = ""
    line: int | None = None
    alpha: float = 1.0
    wide: float = SWATCH
    high: float = 9.0
    mark: str = ""


@dataclass(frozen=True)
class Placed:
    """Where an entry stands: left edge, upper edge, and its words in lines."""

    entry: Entry
    left: float
    top: float
    lines: list[str]


def band_entry(text: str, look: int = 0) -> Entry:
    """What a band round a line means."""
    said = f"{text[:1].upper()}{text[1:]}"
    colour = LOOKS[look].colour
    return Entry(said, face=colour, edge=colour, alpha=BAND_ALPHA)


def placed(entries: Sequence[Entry], room: float) -> list[Placed]:
    """Entries side by side, in as many rows as they need."""
    found: list[Placed] = []
    left = top = deep = 0.0
    for entry in entries:
        lines = wrap(entry.text, room - SWATCH - BESIDE, TEXT_SIZE)
        wide = SWATCH + BESIDE + max(text_width(line, TEXT_SIZE) for line in lines)
        if left and left + wide > room:
            left, top, deep = 0.0, top + deep + ROW_GAP, 0.0
        found.append(Placed(entry, left, top, lines))
        left, deep = left + wide + BETWEEN, max(deep, tall(lines, TEXT_SIZE))
    return found


def key_height(entries: Sequence[Entry], room: float) -> float:
    """The height of the whole key, in points."""
    return max((one.top + tall(one.lines, TEXT_SIZE) for one in placed(entries, room)), default=0.0)


def draw_key(axes: Axes, entries: Sequence[Entry], room: float) -> None:
    """Draw the key on axes that it fills."""
    axes.axis("off")
    axes.set_label(KEY)
    axes.set_xlim(0, room)
    axes.set_ylim(key_height(entries, room), 0)
    for one in placed(entries, room):
        middle = one.top + tall(one.lines[:1], TEXT_SIZE) / 2
        _swatch(axes, one.entry, one.left, middle)
        text = "\n".join(one.lines)
        at = one.left + SWATCH + BESIDE
        axes.text(at, one.top + 1, text, va="top", size=TEXT_SIZE, linespacing=1.2)


def _swatch(axes: Axes, entry: Entry, left: float, middle: float) -> None:
    """What stands before the words."""
    if entry.line is not None:
        look = LOOKS[entry.line]
        ends = [left, left + SWATCH / 2, left + SWATCH]
        axes.add_line(
            Line2D(
                ends, [middle] * 3, color=look.colour, linestyle=look.line, linewidth=1.8,
                marker=look.marker, markevery=[1], markersize=5, clip_on=False,
            )
        )  # fmt: skip
        return
    if entry.mark:
        axes.plot(
            [left + SWATCH / 2], [middle], marker=entry.mark, markersize=6, linestyle="none",
            markerfacecolor=entry.face, markeredgecolor=entry.edge, clip_on=False,
        )  # fmt: skip
        return
    corner = (left + (SWATCH - entry.wide) / 2, middle - entry.high / 2)
    for face, alpha, hatch in ((entry.face, entry.alpha, ""), ("none", 1.0, entry.hatch)):
        axes.add_patch(
            Rectangle(
                corner, entry.wide, entry.high, facecolor=face, alpha=alpha, hatch=hatch or None,
                edgecolor=entry.edge, linewidth=0.8, clip_on=False,
            )
        )  # fmt: skip
