"""Counts of real people that are too small to be told, and what is told instead: the one rule.

In results of a caseload nought is shown, 1 to 4 is not, and every other count is rounded to the
nearest 10, a total by itself. Both numbers are an assumption: 5 is what councils usually hide
below, and with 10 no subtraction brings a small count back, which a test tries out (with 8 and 5
one would: 8 and 8 of 17 leave 1). Where counts are not rounded, as on the page of an import,
a count that is hidden alone has the smallest other one hidden beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from math import floor, fsum, isfinite, nan

LEAST, BASE = 5, 10
"""The smallest count of real people that results tell, and what counts are rounded to."""
NOT_SHOWN = "not shown"
NOTE = (
    f"Counts of people are rounded to the nearest {BASE}, and fewer than {LEAST} are not shown: "
    "your caseload is of real people."
)

_least: ContextVar[int] = ContextVar("least", default=0)


@contextmanager
def hiding(real: bool) -> Iterator[None]:
    """What is shown within is about real people, if it is: small counts of them are hidden.

    Words, tables and charts of many rooms are about people; none of them knows whose they are.
    """
    token = _least.set(LEAST if real else 0)
    try:
        yield
    finally:
        _least.reset(token)


def hides() -> bool:
    """Whether small counts of people are hidden now."""
    return _least.get() > 0


def nearest(value: float) -> float:
    """A count of people, if they are real rounded to the nearest 10."""
    return BASE * floor(value / BASE + 0.5) if hides() and isfinite(value) else value


def count_in_table(value: float) -> float:
    """The same in a table: a small count is blank, but nought is nought."""
    return nan if 0 < abs(value) < _least.get() else nearest(value)


def drawn(value: float) -> float:
    """The same in a chart: a small count is drawn half way, whichever it is."""
    return _least.get() / 2 if 0 < value < _least.get() else nearest(value)


def too_small(value: float) -> str:
    """What is told instead of a count that is too small to be told; nothing if it may be told."""
    least = _least.get()
    return f"fewer than {least}" if 0 < value < least else ""


def count_shown(number: int, least: int) -> str:
    """A count, or that it is too small to be shown."""
    return f"{number:,}" if number == 0 or number >= least else f"fewer than {least}"


def hidden(counts: Sequence[float], least: int) -> set[int]:
    """Which counts of a breakdown are not shown, by their place in it.

    Those above 0 and below the least; and where their total would say what they are, because it is
    one count alone or still below the least, the smallest other ones too.
    """
    small = {place for place, number in enumerate(counts) if 0 < number < least}
    others = sorted((number, place) for place, number in enumerate(counts) if number >= least)
    while small and others and (len(small) == 1 or fsum(counts[p] for p in small) < least):
        small.add(others.pop(0)[1])
    return small


def counts_shown(counts: Sequence[int], least: int) -> list[str]:
    """The counts of a breakdown; where a large one is hidden too, nothing says which."""
    unseen = hidden(counts, least)
    mixed = any(counts[place] >= least for place in unseen)
    return [
        NOT_SHOWN if mixed and place in unseen else count_shown(number, least)
        for place, number in enumerate(counts)
    ]
