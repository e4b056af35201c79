"""Sobol' indices of an outcome that chance moves as well, with intervals over rows.

A row of Saltelli's design is a point A, the points AB_i (A with parameter i from B) and B. Its runs
meet the same people, which no other row meets. Jansen's estimators (1999) square the difference of
two runs; chance would add its own square, and give every parameter some index. So, with two or more
replications, a difference in one replication is multiplied by the same difference in another: what
chance adds to them is independent, and drops out on average, whether or not it depends on the
parameters. With one replication the square is all there is: what chance adds then counts as effect.

Rows are independent of one another, so intervals come from resampling rows: percentiles of the
bootstrap, set wider for few rows as Student's t is than the normal distribution (Hesterberg 2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.statistics.intervals import CONFIDENCE, t_multiplier

Floats = NDArray[np.float64]
RESAMPLES = 2000
FEWEST_ROWS = 8
"""Resampling fewer says nothing of their spread (assumption)."""
SEED = 1


@dataclass(frozen=True)
class Sobol:
    """Indices by parameter: total and first order, and the ends of their intervals.

    ``above_chance``: whether the total's interval lies above 0, at a chance of 5% of being wrong
    about any parameter. nan, and False, where ``sure`` says that intervals cannot be had.
    """

    total: Floats
    total_low: Floats
    total_high: Floats
    first: Floats
    first_low: Floats
    first_high: Floats
    above_chance: NDArray[np.bool_]


def sobol_indices(values: Floats, *, intervals: bool = True) -> Sobol | None:
    """Indices of values[row, run of the row, replication]; runs: A, AB_1 … AB_k, B.

    Every value is known. None where what is varied does not move the outcome more than chance does.
    """
    parts = row_products(values)
    if not parts[:, -1].mean() > 0:
        return None
    size = values.shape[1] - 2
    total, first = _shares(parts.mean(axis=0)[None, :], size)
    if not intervals or len(values) < FEWEST_ROWS:
        no = np.full(size, np.nan)
        return Sobol(total[0], no, no, first[0], no, no, np.zeros(size, dtype=bool))
    totals, firsts = _shares(resampled(parts), size)
    tail = tail_of(len(values))
    (total_low, total_high), (first_low, first_high) = (
        np.nanquantile(each, (tail, 1 - tail), axis=0) for each in (totals, firsts)
    )
    least = np.nanquantile(totals, (1 - CONFIDENCE) / size, axis=0)
    return Sobol(total[0], total_low, total_high, first[0], first_low, first_high, least > 0)


def tail_of(rows: int) -> float:
    """The share of resamples beyond either end of an interval."""
    from scipy.special import ndtr  # not stats, which takes a second to import

    return float(ndtr(-np.sqrt(rows / (rows - 1)) * t_multiplier(rows)))


def row_products(values: Floats) -> Floats:
    """Each row's half squares: of A less AB_i, of B less AB_i, and of A less B, side by side."""
    first, middle, last = values[:, :1], values[:, 1:-1], values[:, -1:]
    apart = np.concatenate([first - middle, last - middle, first - last], axis=1)
    count = apart.shape[2]
    if count == 1:
        return np.asarray(apart[:, :, 0] ** 2 / 2)
    # The sum over pairs of different replications is the square of the sum less the squares.
    crossed = apart.sum(axis=2) ** 2 - (apart**2).sum(axis=2)
    return np.asarray(crossed / (count * (count - 1)) / 2)


def _shares(means: Floats, size: int) -> tuple[Floats, Floats]:
    """Total and first-order indices, from the means of rows' half squares."""
    whole = np.where(means[:, -1:] > 0, means[:, -1:], np.nan)
    return means[:, :size] / whole, 1 - means[:, size:-1] / whole


def resampled(parts: Floats) -> Floats:
    """Means over rows drawn with replacement, a row a resample; the same seed, the same rows."""
    rows = len(parts)
    generator = np.random.Generator(np.random.PCG64(SEED))
    counts = generator.multinomial(rows, np.full(rows, 1 / rows), size=RESAMPLES)
    return np.asarray(counts @ parts / rows)
