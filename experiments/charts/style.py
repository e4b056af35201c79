"""House style: the Government Analysis Function's colours, at a size to print 16 cm wide."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import matplotlib.style
from afcharts.af_colours import get_af_colours  # type: ignore[import-untyped]
from matplotlib.colors import to_rgb

WIDTH_CM = 16.0
WIDTH = WIDTH_CM / 2.54 * 72
DPI = 200
TEXT_SIZE = 9.0
SUBTITLE_SIZE = 10.0
TITLE_SIZE = 12.5
LINE_HEIGHT = 1.25
INK = "#1A1A1A"
FAINT = "#595959"
MOST_SERIES = 4
SVG_FONTS = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif"
BAND_ALPHA = 0.22
MOST_HEIGHT_CM = 24.0
"""What an A4 page has room for, with its caption."""
MOST_HEIGHT = MOST_HEIGHT_CM / 2.54 * 72

SETTINGS: dict[str, Any] = {
    "font.family": ["DejaVu Sans", "sans-serif"],
    "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica"],
    "font.size": TEXT_SIZE,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.labelsize": TEXT_SIZE,
    "ytick.labelsize": TEXT_SIZE,
    "xtick.color": FAINT,
    "ytick.left": False,
    "axes.edgecolor": FAINT,
    "grid.color": "0.85",
    "hatch.linewidth": 0.6,
    "lines.linewidth": 1.8,
    "figure.dpi": DPI,
    "svg.fonttype": "none",
    "svg.hashsalt": "caremarket",
}


@dataclass(frozen=True)
class Look:
    """How a series is drawn: colour never alone."""

    colour: str
    line: Any
    marker: str


_COLOURS: list[str] = get_af_colours("categorical")
BLUE, TURQUOISE, PINK, GREY = _COLOURS[0], _COLOURS[1], _COLOURS[2], _COLOURS[4]
SEQUENTIAL: list[str] = list(reversed(get_af_colours("sequential")))
TEXT_SHADES = SEQUENTIAL[:4]
"""Shades that a number is printed on: neighbours are alike, so none stands without its number."""
LOOKS = (
    Look(BLUE, "-", "o"),
    Look(TURQUOISE, (0, (4, 1.4)), "s"),
    Look(PINK, (0, (3.5, 1.2, 1, 1.2)), "^"),
    Look(GREY, (0, (1.2, 1.2)), "D"),
)

PALE, MIDDLE, DARK = "#F3F8FC", "#5191CB", "#12436D"
"""Three shades of which neighbours differ by 3 to 1; a fourth class is marked by dots."""
MARKED_SHADES = ((PALE, ""), (PALE, "....."), (MIDDLE, ""), (DARK, ""))


@contextmanager
def house_style() -> Iterator[None]:
    """Matplotlib's settings for one chart; those of the caller come back afterwards."""
    with mpl.style.context(["afcharts.afcharts", SETTINGS], after_reset=True):
        yield


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it, 0 (black) to 1 (white)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours as WCAG 2 defines it, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def text_on(background: str) -> str:
    """Black or white, whichever reads better on this background."""
    return max(("#000000", "#FFFFFF"), key=lambda ink: contrast(ink, background))


def text_like(colour: str) -> str:
    """The colour itself if it reads well as text on white, otherwise the colour of text."""
    return colour if contrast(colour, "#FFFFFF") >= 4.5 else INK
