"""Amounts in words: a number with its unit, and an interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Any

import pandas as pd

from sim.outcomes.declaration import Outcome

ALL = "all"
"""What stands for every draw together in a table's column of draws."""
MILLION = 1_000_000
SHARE = "share"


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


def amount(value: float, unit: str, *, signed: bool = False) -> str:
    """A number as a reader wants it; shares in per cent (differences in percentage points)."""
    if isnan(value):
        return "not known"
    scale = 100.0 if unit == SHARE else 1.0
    value *= scale
    sign = "+" if signed else ""
    size = abs(value)
    if size >= MILLION:
        return f"{value / MILLION:{sign},.2f} million".replace("-", "−")
    digits = 1 if unit == SHARE else 0 if size >= 100 else 1 if size >= 10 else 2
    text = f"{value:{sign},.{digits}f}"
    # A difference that rounds to nothing has no sign.
    return text.replace("-", "−") if float(text.replace(",", "")) else f"{0:.{digits}f}"


def unit_of(outcome: Outcome, *, difference: bool = False) -> str:
    """The unit in words."""
    if outcome.unit == SHARE:
        return "percentage points" if difference else "%"
    return outcome.unit


def between(row: Row, unit: str, *, signed: bool = False) -> str:
    """A mean with its interval, if there is one."""
    mean = amount(row.mean, unit, signed=signed)
    if isnan(row.low) or isnan(row.mean):
        return mean
    ends = [row.low, row.high]
    if unit == SHARE and not signed:
        ends = [min(1.0, max(0.0, end)) for end in ends]
    low, high = (amount(end, unit, signed=signed) for end in ends)
    return f"{mean} ({low} to {high})"
