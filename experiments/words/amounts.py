"""Amounts in words: a number with its unit, and an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Any, NamedTuple

import pandas as pd

from experiments.statistics.small_counts import nearest, too_small
from sim.outcomes.declaration import Outcome

ALL = "all"
"""What stands for every draw together in a table's column of draws."""
MILLION = 1_000_000
SHARE = "share"
MONEY = "GBP"
PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of figures or differences."""

    mean: float
    low: float
    high: float
    count: int
    draws_low: float
    draws_high: float
    interval: str = "t"


def rows_of(frame: pd.DataFrame, draw: str = ALL) -> dict[tuple[str, str], Row]:
    """Rows by scenario and outcome."""
    kept = frame[frame["draw"].astype(str) == draw]
    names = ("mean", "low", "high", "replications", "draws_p05", "draws_p95", "interval")
    columns: list[list[Any]] = [kept[name].tolist() for name in ("scenario", "outcome", *names)]
    return {
        (scenario, outcome): Row(*values)
        for scenario, outcome, *values in zip(*columns, strict=True)
    }


class Form(NamedTuple):
    """How numbers of one sentence are written: all in the same unit, to the same decimals."""

    scale: float
    digits: int
    before: str
    after: str

    def text(self, value: float, *, signed: bool = False) -> str:
        """A number; one that rounds to nothing has no sign."""
        shown = round(value * self.scale, self.digits)
        sign = "−" if shown < 0 else "+" if signed and shown > 0 else ""
        return f"{sign}{self.before}{abs(shown):,.{self.digits}f}{self.after}"


def form_of(values: Sequence[float], unit: str) -> Form:
    """How numbers are written beside one another: as the largest needs it.

    Shares in per cent; sums of money in pounds; in millions unless the smallest would be lost.
    """
    scale = 100.0 if unit == SHARE else 1.0
    size = scale * max((abs(value) for value in values if isfinite(value)), default=0.0)
    before = "£" if unit.startswith(MONEY) else ""
    least = scale * min((abs(value) for value in values if value and isfinite(value)), default=0.0)
    if size >= MILLION and (size >= 10 * MILLION or least >= MILLION / 10):
        return Form(scale / MILLION, 1 if size >= 10 * MILLION else 2, before, " million")
    digits = 1 if unit == SHARE else 0 if size >= 100 else 1 if size >= 10 else 2
    pence = unit == MONEY and digits == 1
    return Form(scale, 2 if pence else digits, before, "")


def amount(value: float, unit: str, *, signed: bool = False) -> str:
    """A number as a reader wants it; shares in per cent (differences in percentage points)."""
    if isnan(value):
        return "not known"
    return small(value, unit) or form_of([value], unit).text(told(value, unit), signed=signed)


def told(value: float, unit: str) -> float:
    """A value as it may be told: counts of real people are rounded."""
    return nearest(value) if unit == PEOPLE else value


def small(value: float, unit: str) -> str:
    """What is told instead of a count of real people that is too small; nothing of others."""
    return too_small(abs(value)) if unit == PEOPLE else ""


def unit_of(outcome: Outcome, *, difference: bool = False) -> str:
    """The unit in words."""
    if outcome.unit == SHARE:
        return "percentage points" if difference else "%"
    if outcome.unit.startswith(MONEY):
        return (
            outcome.unit.replace(MONEY, "pounds").replace("/", " a ").replace("a hour", "an hour")
        )
    return outcome.unit


def with_unit(text: str, outcome: Outcome, *, difference: bool = False) -> str:
    """Numbers of :func:`amount` or :func:`between` with their unit, as 54% or £47.9 million."""
    unit = unit_of(outcome, difference=difference).removeprefix("pounds").strip()
    return text + unit if unit == "%" else f"{text} {unit}".rstrip()


def between(row: Row, unit: str, *, signed: bool = False, like: Sequence[Row] = ()) -> str:
    """A mean with its interval, if there is one; shares stay within what is possible.

    ``like``: rows that it stands beside, so that all are written alike.
    """
    low, high = ends_of(row, unit, signed=signed)
    beside = [value for one in like for value in (one.mean, *ends_of(one, unit, signed=signed))]
    form = form_of([row.mean, low, high, *beside], unit)
    if isnan(row.mean):
        return "not known"
    if few := small(row.mean, unit):
        return few
    mean, low, high = (
        form.text(told(row.mean, unit), signed=signed),
        told(low, unit),
        told(high, unit),
    )
    if isnan(low):
        return mean
    if low == row.mean == high and row.count > 1:
        return f"{mean} each time"
    return f"{mean} ({form.text(low, signed=signed)} to {form.text(high, signed=signed)})"


def ends_of(row: Row, unit: str, *, signed: bool) -> tuple[float, float]:
    """The ends of an interval, those of a share within what is possible; NaN if there are none."""
    if unit != SHARE or isnan(row.low):
        return row.low, row.high
    least = -1.0 if signed else 0.0
    return min(1.0, max(least, row.low)), min(1.0, max(least, row.high))
