"""Intervals of means over replications, and how many replications are enough.

A mean over replications is known up to chance. An interval that is looked at again and again until
it is short enough covers less than it promises; so a study that runs "until" takes two stages
(Stein 1945): the spread of a first stage fixes the number of replications and the interval, and its
coverage is exact for normal means whatever the true spread.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, isfinite, nan, sqrt

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
RESAMPLES = 1999
Floats = NDArray[np.float64]
Counts = int | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over ``count`` replications with the ends of its interval (nan: not known)."""

    mean: float
    low: float
    high: float
    count: int

    @property
    def half_width(self) -> float:
        """Half the interval's width."""
        return (self.high - self.low) / 2


def t_multipliers(count: Counts, confidence: float = CONFIDENCE) -> Floats:
    """Student's t for so many values; nan for fewer than two."""
    from scipy.special import stdtrit  # not stats, which takes a second to import

    many: NDArray[np.int64] = np.asarray(count)
    found: Floats = np.where(many > 1, stdtrit(np.maximum(many - 1, 1), (1 + confidence) / 2), nan)
    return found


def t_multiplier(count: int) -> float:
    """The same for one count."""
    return float(t_multipliers(count))


def half_widths(spread: Floats | float, count: Counts, confidence: float = CONFIDENCE) -> Floats:
    """Half the width of the t interval of a mean: the one place where it is worked out.

    ``spread``: the standard deviation of the values, ``count``: how many; nan for fewer than two.
    """
    widths: Floats = t_multipliers(count, confidence) * spread / np.sqrt(np.maximum(count, 1))
    return widths


def t_interval(values: Floats, confidence: float = CONFIDENCE) -> Interval:
    """Mean and t interval of the values that are known."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        return Interval(nan, nan, nan, 0)
    mean = float(known.mean())
    if known.size == 1:
        return Interval(mean, nan, nan, 1)
    half = float(half_widths(float(known.std(ddof=1)), known.size, confidence))
    return Interval(mean, mean - half, mean + half, known.size)


def t_intervals(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Means over the first axis and the ends of their t intervals, gaps (nan) left out."""
    known = (~np.isnan(values)).sum(axis=0)
    total = np.nansum(values, axis=0)
    mean = np.divide(total, known, out=np.full(total.shape, nan), where=known > 0)
    squares = np.nansum((values - mean) ** 2, axis=0)
    variance = np.divide(squares, known - 1, out=np.full(total.shape, nan), where=known > 1)
    half = half_widths(np.sqrt(variance), known)
    return mean, mean - half, mean + half


def bootstrap_interval(values: Floats, seed: int = 0) -> Interval:
    """Mean and studentised bootstrap interval, for skewed values; the same seed, the same ends.

    Below five known values, or where they are all alike, it is the t interval.
    """
    known = values[np.isfinite(values)]
    size = known.size
    spread = float(known.std(ddof=1)) if size > 1 else 0.0
    # So few values are often drawn all alike, and a ratio to no spread is none.
    if size < 5 or spread == 0:
        return t_interval(values)
    # A generator of its own, named: default_rng may change with numpy, and ends must not.
    generator = np.random.Generator(np.random.PCG64(seed))
    again = known[generator.integers(0, size, (RESAMPLES, size))]
    spreads = again.std(axis=1, ddof=1)
    moved = again.mean(axis=1) - known.mean()
    # Resamples in which one value fills every place say nothing of spread.
    useful = spreads > 0
    ratios = moved[useful] / (spreads[useful] / sqrt(size))
    low, high = np.quantile(ratios, ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2))
    mean, error = float(known.mean()), spread / sqrt(size)
    # The upper quantile sets the lower end: ratios tell how far a mean strays from the truth.
    return Interval(mean, mean - float(high) * error, mean - float(low) * error, size)


@dataclass(frozen=True, slots=True)
class FirstStage:
    """What the first replications told: how many had a value, and their standard deviation."""

    count: int
    spread: float


def first_stage(values: Floats) -> FirstStage:
    """The count and spread of the first replications' values."""
    known = values[np.isfinite(values)]
    return FirstStage(known.size, float(known.std(ddof=1)) if known.size > 1 else nan)


def replications_needed(stage: FirstStage, within: float) -> float:
    """Replications after which the interval is no wider than ``within`` on either side.

    Infinite if the first stage does not tell the spread.
    """
    if stage.count < 2 or not isfinite(stage.spread):
        return inf
    return max(stage.count, ceil((t_multiplier(stage.count) * stage.spread / within) ** 2))


def two_stage_interval(values: Floats, stage: FirstStage) -> Interval:
    """Stein's interval: all values' mean, the first stage's spread and degrees of freedom."""
    known = values[np.isfinite(values)]
    return two_stage(float(known.mean()) if known.size else nan, known.size, stage)


def two_stage(mean: float, count: int, stage: FirstStage) -> Interval:
    """The same from a mean and a count."""
    if count < 2 or stage.count < 2:
        return Interval(mean, nan, nan, count)
    half = t_multiplier(stage.count) * stage.spread / sqrt(count)
    return Interval(mean, mean - half, mean + half, count)


class Moments:
    """Means and spreads of rows of figures, row by row, without keeping the rows (Welford 1962).

    A figure that is not known (nan) in a row does not count there.
    """

    __slots__ = ("count", "mean", "squares")

    def __init__(self, shape: int | tuple[int, ...]) -> None:
        self.count = np.zeros(shape, dtype=np.int64)
        self.mean = np.zeros(shape)
        self.squares = np.zeros(shape)

    def add(self, row: Floats) -> None:
        """One more row."""
        known = np.isfinite(row)
        self.count += known
        step = np.where(known, row - self.mean, 0.0)
        self.mean += step / np.maximum(self.count, 1)
        self.squares += step * np.where(known, row - self.mean, 0.0)

    @property
    def means(self) -> Floats:
        """Mean of each figure; nan where no row has it."""
        found: Floats = np.where(self.count > 0, self.mean, nan)
        return found

    @property
    def spreads(self) -> Floats:
        """Standard deviation of each figure; nan below two rows."""
        found: Floats = np.where(
            self.count > 1, np.sqrt(self.squares / np.maximum(self.count - 1, 1)), nan
        )
        return found

    @property
    def half_widths(self) -> Floats:
        """Half the width of each figure's 95% t interval; nan below two rows."""
        return half_widths(self.spreads, self.count)
