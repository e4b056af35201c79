"""Text measured and broken into lines, in points."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, cast

import matplotlib as mpl
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from experiments.charts.style import DPI, LINE_HEIGHT

POINTS_PER_INCH = 72


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


def widest(lines: Sequence[str], size: float) -> float:
    """Width of the widest line, in points; 0 if there is none."""
    return max((text_width(line, size) for line in lines), default=0.0)


def wrap(text: str, room: float, size: float, weight: str = "normal") -> list[str]:
    """Break text into lines no wider than ``room`` points: between words, else within one."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, weight) <= room:
            lines[-1] = longer
        else:
            lines += _broken(word, room, size, weight)
    return lines


def _broken(word: str, room: float, size: float, weight: str) -> list[str]:
    """A word in parts that fit: after its hyphens if it can be, else with hyphens of their own."""
    parts = []
    while len(word) > 2 and text_width(word, size, weight) > room:
        ends = [end for end in range(2, len(word)) if word[end - 1] == "-"]
        own = [end for end in ends if text_width(word[:end], size, weight) <= room]
        fit = [
            end for end in range(2, len(word)) if text_width(f"{word[:end]}-", size, weight) <= room
        ]
        end = max(own or fit or [2])
        parts.append(word[:end] if own else f"{word[:end]}-")
        word = word[end:]
    return [*parts, word]
