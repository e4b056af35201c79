"""What values a unit allows, and an interval that keeps to them.

A share lies between 0 and 1; people, days, packages and the like cannot be fewer than none. Hours
and pounds may be differences (hours more than without a failure) and have no range here; nor has an
outcome that says it is a difference: N-1 may lie below 0 or above 1. An end of an interval beyond
the range is set to its limit: what lies beyond cannot be, so the interval covers no less often.
"""

from __future__ import annotations

from math import inf

import numpy as np
from numpy.typing import NDArray

from experiments.statistics.intervals import Interval
from sim.outcomes.declaration import Outcome

Floats = NDArray[np.float64]
SHARE = "share"
OPEN = ("hours", "GBP", "see")
"""How units begin that have no range."""
NEITHER, LOW, HIGH, BOTH = "", "low", "high", "both"


def range_of(unit: str, *, difference: bool = False) -> tuple[float, float]:
    """The least and the most that a value, or a difference of two, can be."""
    if unit == SHARE:
        return (-1.0, 1.0) if difference else (0.0, 1.0)
    if difference or unit.startswith(OPEN):
        return -inf, inf
    return 0.0, inf


def limits_of(outcome: Outcome, *, difference: bool = False) -> tuple[float, float]:
    """The least and the most that an outcome, or a difference of two of its values, can be."""
    return (-inf, inf) if outcome.difference else range_of(outcome.unit, difference=difference)


def kept_to(found: Interval, limits: tuple[float, float]) -> tuple[Interval, str]:
    """The interval within its limits, and which of its ends were set to one."""
    low, high, cut = cut_ends(np.array([found.low]), np.array([found.high]), limits)
    return Interval(found.mean, float(low[0]), float(high[0]), found.count), str(cut[0])


def cut_ends(
    low: Floats, high: Floats, limits: tuple[float, float]
) -> tuple[Floats, Floats, NDArray[np.str_]]:
    """Ends within their limits, and which were set to one: low, high, both or neither (empty)."""
    below, above = low < limits[0], high > limits[1]
    words = np.select([below & above, below, above], [BOTH, LOW, HIGH], NEITHER)
    return np.where(below, limits[0], low), np.where(above, limits[1], high), words
