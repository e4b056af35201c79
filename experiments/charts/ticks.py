"""Axes of numbers and of dates whose labels say exactly where a tick stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from experiments.charts.style import TEXT_SIZE
from experiments.charts.text import text_width
from experiments.words.sentences import MONTHS

STEPS = (1, 2, 2.5, 5, 10)
MOST_DIGITS = 8
MOST_DATES = 7
DAYS_A_MONTH = 30.4
LABELS_APART = 10.0


def round_ticks(low: float, high: float, most: int = 5, *, whole: bool = False) -> list[float]:
    """Round numbers between two ends; ``whole``: whole numbers only, as of people."""
    steps = MaxNLocator(nbins=most, steps=STEPS, integer=whole)
    room = 1e-9 * (high - low)
    found = (float(tick) for tick in steps.tick_values(low, high))
    return [tick for tick in found if low - room <= tick <= high + room]


def digits_of(ticks: Sequence[float]) -> int:
    """The fewest decimals with which every tick's label is its value."""
    size = max((abs(tick) for tick in ticks), default=1.0) or 1.0
    return next(
        digits
        for digits in range(MOST_DIGITS + 1)
        if digits == MOST_DIGITS
        or all(abs(round(tick, digits) - tick) <= 1e-9 * size for tick in ticks)
    )


def number_axis(
    axis: Axis, ticks: Sequence[float], suffix: str = "", *, signed: bool = False
) -> None:
    """Ticks at these values, each labelled with its value; ``signed``: with a sign."""
    digits = digits_of(ticks)
    axis.set_major_locator(FixedLocator(list(ticks)))
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: tick_text(value, digits, suffix, signed=signed))
    )


def tick_text(value: float, digits: int, suffix: str = "", *, signed: bool = False) -> str:
    """The label of a tick, with a real minus sign."""
    shown = round(value, digits)
    sign = "−" if shown < 0 else "+" if signed and shown > 0 else ""
    return f"{sign}{abs(shown):,.{digits}f}{suffix}"


def ticks_with_room(low: float, high: float, wide: float, *, signed: bool = False) -> list[float]:
    """Round numbers whose labels do not touch on an axis ``wide`` points wide; one at least."""
    for most in (4, 3, 2, 1):
        ticks = round_ticks(low, high, most)
        digits = digits_of(ticks)
        labels = [text_width(tick_text(tick, digits, signed=signed), TEXT_SIZE) for tick in ticks]
        apart = wide * (ticks[1] - ticks[0]) / (high - low) if len(ticks) > 1 else wide
        if apart >= max(labels, default=0.0) + LABELS_APART:
            break
    return ticks


def dates_between(first: float, last: float) -> tuple[list[float], bool]:
    """Days on which an axis is labelled, at least two, and whether they are first days of months.

    Days are counted from the start of 1970.
    """
    months = (last - first) / DAYS_A_MONTH
    step = next((s for s in (1, 3, 12, 24, 60) if months / s <= MOST_DATES), 120)
    ends = (
        np.datetime64(int(day), "D").astype("datetime64[M]").astype(int) for day in (first, last)
    )
    start, end = ends
    numbers = np.arange(start, end + 1)
    days = numbers[numbers % step == 0].astype("datetime64[M]").astype("datetime64[D]").astype(int)
    ticks = [float(day) for day in days if first <= day <= last]
    if len(ticks) > 1 and months >= 2:
        return ticks, True
    apart = 7.0 * max(1, int(np.ceil((last - first) / 7 / (MOST_DATES - 1))))
    return [float(day) for day in np.arange(first, last + 0.01, apart)], False


def month_and_year(day: float) -> str:
    """The label of a tick at the start of a month."""
    when = date(1970, 1, 1) + timedelta(days=round(day))
    return f"{MONTHS[when.month - 1][:3]}\n{when.year}"


def day_month_and_year(day: float) -> str:
    """The label of a tick on any day."""
    when = date(1970, 1, 1) + timedelta(days=round(day))
    return f"{when.day} {month_and_year(day)}"


def dated_axis(axis: Axis, days: NDArray[np.float64]) -> tuple[float, float]:
    """Label an axis of dates, the year under the month; return its ends."""
    first, last = float(days.min()), float(days.max())
    # One week alone has no width: an axis without any could not be drawn.
    last = last if last > first else first + 7
    ticks, months = dates_between(first, last)
    label = month_and_year if months else day_month_and_year
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FuncFormatter(lambda day, _: label(day)))
    return first, last
