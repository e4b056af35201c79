"""Charts too high for a page of A4: panels part by part, each part a chart of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import fsum

from experiments.charts.key import Entry
from experiments.charts.sheet import X_LABEL_ROW, Heading, Panel, full_height, height_of
from experiments.charts.style import MOST_HEIGHT


def room_left(heading: Heading, panels: Sequence[Panel], key: Sequence[Entry] = ()) -> float:
    """What these leave of the height of a page, in points."""
    return MOST_HEIGHT - full_height(heading, panels, key)


def chunks(heights: Sequence[float], room: float) -> list[slice]:
    """Things one below another part by part, each part as many as there is room for, at least one.

    >>> chunks([3, 3, 3], 7)
    [slice(0, 2, None), slice(2, 3, None)]
    """
    found: list[slice] = []
    start = 0
    for end in range(1, len(heights) + 1):
        if end - start > 1 and fsum(heights[start:end]) > room:
            found.append(slice(start, end - 1))
            start = end - 1
    return [*found, slice(start, len(heights))]


def pages(heading: Heading, panels: Sequence[Panel], key: Sequence[Entry] = ()) -> list[slice]:
    """Panels part by part, each part as many as fit on a page."""
    last = max((X_LABEL_ROW - panel.below for panel in panels), default=0.0)
    room = room_left(part_of(heading, 8, 9), [], key) - max(0.0, last)
    return chunks([height_of(panel) for panel in panels], room)


def part_of(heading: Heading, page: int, all_pages: int) -> Heading:
    """The heading of one of several pages, counted from 0."""
    if all_pages == 1:
        return heading
    part = f"{heading.subtitle} Part {page + 1} of {all_pages}."
    return replace(heading, subtitle=part)


def numbered(name: str, page: int, all_pages: int) -> str:
    """The name of one of several pages, counted from 0; of the only one, the name itself."""
    return name if all_pages == 1 else f"{name}_{page + 1}"
