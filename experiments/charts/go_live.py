"""Dates on which localities go live or providers fail: thin lines, named at the top of a panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd
from matplotlib.axes import Axes

from experiments.charts.sheet import mark, size_in_points
from experiments.charts.style import FAINT, TEXT_SIZE
from experiments.charts.text import widest, wrap
from experiments.charts.weeks import day_number
from experiments.words import sentences as words

ROW = 12.0
BESIDE = 3.0
APART = 5.0
LEAST_ROOM = 60.0


@dataclass(frozen=True)
class Flag:
    """Names at a date: in lines from ``row`` on, between two edges in points."""

    day: float
    lines: list[str]
    row: int
    left: float
    right: float
    after: bool

    @property
    def last_row(self) -> int:
        """The row of its last line."""
        return self.row + len(self.lines) - 1

    def meets(self, other: Flag) -> bool:
        """Whether two would overlap."""
        beside = self.left < other.right + APART and other.left < self.right + APART
        return beside and self.row <= other.last_row and other.row <= self.last_row


def between(live: Mapping[str, date], weeks: pd.Series) -> dict[str, date]:
    """The localities, or the failures, whose day is in the weeks shown."""
    if not len(weeks):
        return {}
    first, last = weeks.min(), weeks.max()
    return {
        place: day
        for place, day in live.items()
        if pd.notna(day) and first <= pd.Timestamp(day) <= last
    }


def grouped(live: Mapping[str, date]) -> dict[str, date]:
    """Labels in order of date; localities that go live together share one."""
    days: dict[date, list[str]] = {}
    for place, day in live.items():
        days.setdefault(day, []).append(place)
    return {", ".join(places): day for day, places in sorted(days.items())}


def flags(live: Mapping[str, date], first: float, last: float, wide: float) -> list[Flag]:
    """Where the names stand: each in the highest rows where it meets no other.

    ``first``, ``last``: the days at the ends of a panel ``wide`` points wide.
    """
    found: list[Flag] = []
    for text, day in grouped(live).items():
        at = (day_number(day) - first) / (last - first) * wide
        after = wide - at >= min(at, widest([text], TEXT_SIZE) + BESIDE)
        lines = wrap(text, max(LEAST_ROOM, (wide - at if after else at) - BESIDE), TEXT_SIZE)
        long = widest(lines, TEXT_SIZE)
        left = at + BESIDE if after else at - BESIDE - long
        row = 0
        while any(Flag(0, lines, row, left, left + long, after).meets(one) for one in found):
            row += 1
        found.append(Flag(day_number(day), lines, row, left, left + long, after))
    return found


def headroom(live: Mapping[str, date], weeks: pd.Series, wide: float) -> float:
    """The room that the names take up at the top of a panel of these weeks, in points."""
    if not live:
        return 0.0
    first, last = day_number(weeks.min()), day_number(weeks.max())
    rows = (flag.last_row for flag in flags(live, first, max(last, first + 7), wide))
    return ROW * (1 + max(rows))


def draw_go_live(axes: Axes, live: Mapping[str, date]) -> None:
    """A thin line for each date, with its localities at the top."""
    wide, high = size_in_points(axes)
    for flag in flags(live, *axes.get_xlim(), wide):
        above = flag.row * ROW / high
        mark(axes, flag.day, 1 - above)
        axes.annotate(
            "\n".join(flag.lines),
            (flag.day, 1 - above),
            (BESIDE if flag.after else -BESIDE, 0),
            color=FAINT,
            va="top",
            ha="left" if flag.after else "right",
            linespacing=1.1,
            textcoords="offset points",
            xycoords=("data", "axes fraction"),
        )


def mark_all(axes: Axes, live: Mapping[str, date]) -> None:
    """The dates without their names."""
    for day in grouped(live).values():
        mark(axes, day_number(day), 1.0)


def failures_in_brief(failures: Mapping[str, date]) -> str:
    """For a subtitle: which failures are marked; nothing if none is."""
    return f" {dated(failures)} (vertical line)." if failures else ""


def failures_in_words(failures: Mapping[str, date]) -> str:
    """For alternative text: which failures happen when; nothing if none does."""
    return f" Marked by a vertical line: {dated(failures)}." if failures else ""


def dated(named: Mapping[str, date]) -> str:
    """Names with their dates."""
    return "; ".join(f"{name} on {words.day_text(day)}" for name, day in named.items())


def in_words(live: Mapping[str, date]) -> str:
    """For alternative text: which go live when; nothing if none does."""
    if not live:
        return ""
    dates = ", ".join(f"{place} {words.day_text(day)}" for place, day in grouped(live).items())
    return f" Localities go live: {dates}."
