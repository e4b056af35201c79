"""Counts, times and sizes as a reader wants them, however absurd."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

SHOWN = 4


def count(number: float) -> str:
    """A count; a power of ten where it is beyond a million million."""
    if not isfinite(number):
        return "endlessly many"
    return f"{number:,.0f}" if number < 1e12 else f"{number:.0e}"


def duration(seconds: float) -> str:
    """A time."""
    if not isfinite(seconds):
        return "no end of time"
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 1 else "under 1 s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    if seconds < 172800:
        return f"{seconds / 3600:.3g} h"
    days = seconds / 86400
    return f"{days:.3g} days" if days < 730 else f"{rough(days / 365.25)} years"


def size(many: float) -> str:
    """Bytes."""
    if not isfinite(many):
        return "no end"
    for unit in ("B", "kB", "MB", "GB"):
        if many < 1000:
            return f"{many:.0f} {unit}"
        many /= 1000
    return f"{many:.1f} TB" if many < 1000 else f"{rough(many)} TB"


def rough(number: float) -> str:
    """An estimated count, to two figures."""
    return count(float(f"{number:.2g}"))


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun, and verb if there is one: 1 area goes, 3 areas go."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {many or one + 's'}"


def listed(names: Sequence[str]) -> str:
    """The first few of many: A, B, C, D and 7 more."""
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
