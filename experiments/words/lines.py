"""Lines no wider than a terminal of 80 columns."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

WIDTH = 80
LABELLED = re.compile(r"(\s{0,2}\S(?:.{0,17}?\S)?\s{2,})\S")
"""A line with a label, a gap, and its text: the text is wrapped beside the label."""


def wrapped(lines: Iterable[str], width: int = WIDTH) -> list[str]:
    """Lines no wider than a terminal; the rest of a line stands under its text."""
    found: list[str] = []
    for line in lines:
        if len(line) <= width:
            found.append(line)
            continue
        label = LABELLED.match(line)
        blank = len(line) - len(line.lstrip())
        indent = " " * (len(label.group(1)) if label else blank)
        start = label.group(1) if label else " " * blank
        text = line[len(start) :]
        found += textwrap.wrap(
            text,
            width,
            initial_indent=start,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return found
