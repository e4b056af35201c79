"""What may be claimed: every *higher*, *worst*, *matters* and *flips* is decided here.

A claim compares like with like, replication by replication, and is made only if chance alone would
make any claim among all that is shown together in at most 5% of cases. Who shows several
comparisons passes all of them as one family; Holm's method (1979) then keeps that promise.

Differences between simulated markets are skewed, and Student's t makes too many claims of them.
So two tests must agree: Student's t, and Hall's t corrected for skewness (Hall 1992, J. R. Stat.
Soc. B 54, 221-228). The rest of the distance is bought with a stricter level (``LEVEL``) and with
more pairs for larger families (``pairs_needed``). Both were set by simulation and are tested
(tests/test_claims.py): over exponential, lognormal (sigma 0.5), zero-inflated and heavy-tailed
differences without an effect, 10 to 50 pairs and 1 to 64 independent comparisons, at most 5% of
tables hold a claim. Where single futures are far more extreme (lognormal, sigma 1, skewness 6),
3 to 15% do. The price: an effect that points away from the long tail is found less often.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from math import ceil, log2, nan
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from experiments.statistics.intervals import Interval, t_interval, t_intervals

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]
Key = TypeVar("Key", bound=Hashable)
Verdict = Literal[
    "higher", "lower", "the same", "cannot be distinguished", "too few", "identical", "not known",
    "not beyond the placebo", "few placebos", "no placebo",
]  # fmt: skip
"""The last three: what would be a claim, were it not about others (statistics/placebos.py)."""
FAMILY_ERROR = 0.05
"""Chance of any false claim among all that is shown together."""
LEVEL = 0.02
"""Level of the two tests; what is left to ``FAMILY_ERROR`` is for skewness that they miss."""
LEVEL_OF_INTERVALS = 0.0025
"""Level where only mean and interval are known, so that skewness cannot be seen."""
LEAST_PAIRS = 10
SMALL_FAMILY = 4
"""Comparisons for which ``LEAST_PAIRS`` will do."""
PAIRS_A_DOUBLING = 6
SAME_SHARE = 0.05
"""Margin within which two years are called the same, as a share of the first."""
YEAR_WEEKS = 52


@dataclass(frozen=True, slots=True)
class Paired:
    """Differences pair by pair (nan: no pair). ``margin``: what is too small to count."""

    differences: Floats
    margin: float | None = None

    @property
    def interval(self) -> Interval:
        """Mean difference and its 95% t interval."""
        return t_interval(self.differences)


@dataclass(frozen=True, slots=True)
class Summary:
    """A mean difference of which only the 95% t interval is known; it is judged more strictly."""

    interval: Interval


@dataclass(frozen=True, slots=True)
class Finding:
    """What may be said of one comparison among ``comparisons`` shown together.

    ``chance``: Holm's adjusted p-value; a claim has at most ``LEVEL``. ``needed``: pairs without
    which nothing is claimed in so large a family.
    """

    verdict: Verdict
    interval: Interval
    chance: float
    comparisons: int
    needed: int

    @property
    def claimed(self) -> bool:
        """Whether a difference is claimed."""
        return self.verdict in ("higher", "lower")


def pairs_needed(comparisons: int) -> int:
    """Pairs that a family of so many comparisons needs: 10 for up to four, 6 more a doubling."""
    return LEAST_PAIRS + ceil(PAIRS_A_DOUBLING * max(0.0, log2(max(comparisons, 1) / SMALL_FAMILY)))


def judged(family: Mapping[Key, Paired | Summary]) -> dict[Key, Finding]:
    """A finding for each comparison. ``family``: all that a reader sees together."""
    many = len(family)
    needed = pairs_needed(many)
    raw = np.array([_chance(one, needed) for one in family.values()])
    found = {}
    for (key, one), chance in zip(family.items(), holm(raw).tolist(), strict=True):
        found[key] = Finding(_verdict(one, chance, many), one.interval, chance, many, needed)
    return found


def alone(one: Paired | Summary) -> Finding:
    """The finding of a comparison that is shown by itself."""
    return judged({0: one})[0]


def _chance(one: Paired | Summary, needed: int) -> float:
    if isinstance(one, Paired):
        return float(chances(one.differences[:, None], needed)[0])
    return _chance_of_interval(one.interval, needed)


def _chance_of_interval(known: Interval, needed: int) -> float:
    """Student's p-value, made larger as if skewness were there."""
    from scipy.special import stdtr

    from experiments.statistics.intervals import t_multiplier

    if known.count < needed or not known.half_width > 0:
        return 1.0
    ratio = abs(known.mean) / (known.half_width / t_multiplier(known.count))
    p_value = 2 * float(stdtr(known.count - 1, -ratio))
    return min(1.0, p_value * LEVEL / LEVEL_OF_INTERVALS)


def _verdict(one: Paired | Summary, chance: float, comparisons: int) -> Verdict:
    found = one.interval
    if found.count == 0:
        return "not known"
    if isinstance(one, Paired) and not np.any(np.nan_to_num(one.differences)):
        return "identical"
    if isinstance(one, Summary) and found.mean == 0 and found.low == found.high == 0:
        return "identical"
    needed = pairs_needed(comparisons)
    if found.count < needed:
        return "too few"
    # A sure difference that surely lies within the margin is too small to count: so this is first.
    if isinstance(one, Paired) and one.margin is not None:
        # Two one-sided tests (Schuirmann 1987), each at the family's level (Bonferroni).
        ends = np.stack([one.differences + one.margin, one.margin - one.differences], axis=1)
        outside = np.nanmean(ends, axis=0) > 0
        if outside.all() and (chances(ends, needed) / 2 <= LEVEL / comparisons).all():
            return "the same"
    if chance <= LEVEL:
        return "higher" if found.mean > 0 else "lower"
    return "cannot be distinguished"


def holm(p_values: Floats) -> Floats:
    """Holm's adjusted p-values, along the last axis."""
    order = np.argsort(p_values, axis=-1)
    many = p_values.shape[-1]
    raised = np.take_along_axis(p_values, order, axis=-1) * np.arange(many, 0, -1)
    raised = np.minimum(np.maximum.accumulate(raised, axis=-1), 1.0)
    found = np.empty_like(raised)
    np.put_along_axis(found, order, raised, axis=-1)
    return found


def chances(differences: Floats, needed: int = LEAST_PAIRS) -> Floats:
    """Two-sided p-value of each column's mean against nought; the larger of the two tests'.

    1 where pairs are fewer than ``needed``, where too few differ from the most frequent value, or
    where the tests point different ways. ``differences``: pairs down, comparisons across.
    """
    from scipy.special import stdtr

    known = np.isfinite(differences)
    count = known.sum(axis=0)
    filled = np.where(known, differences, 0.0)
    safe = np.maximum(count, 3)
    mean = filled.sum(axis=0) / safe
    away = np.where(known, differences - mean, 0.0)
    variance = (away**2).sum(axis=0) / (safe - 1)
    usable = (count >= max(needed, 3)) & (variance > 1e-24 * np.maximum(mean**2, 1e-200))
    spread = np.sqrt(np.where(usable, variance, 1.0))
    size = np.where(usable, mean / spread, 0.0)
    skew = safe * (away**3).sum(axis=0) / ((safe - 1) * (safe - 2)) / spread**3
    skew = np.where(usable, skew, 0.0)
    student = np.sqrt(safe) * size
    hall = np.sqrt(safe) * (
        size + skew * size**2 / 3 + skew**2 * size**3 / 27 + skew / (6 * safe)
    )  # fmt: skip
    smaller = np.minimum(np.abs(student), np.abs(hall))
    p_values = 2 * stdtr(safe - 1, -smaller)
    agree = usable & (np.sign(student) == np.sign(hall))
    # A difference that most futures repeat to the digit has hardly been seen to vary.
    varied = count - most_repeated(differences) >= needed // 2
    found: Floats = np.where(agree & varied, np.minimum(p_values, 1.0), 1.0)
    return found


def most_repeated(values: Floats) -> Counts:
    """How often each column's most frequent value occurs."""
    scale = np.nanmax(np.abs(np.where(np.isfinite(values), values, 0.0)), axis=0)
    ordered = np.sort(np.round(values / np.where(scale > 0, scale, 1.0), 9), axis=0)
    best = np.ones(values.shape[1:], dtype=np.int64)
    run = best.copy()
    for row in range(1, len(ordered)):
        run = np.where(ordered[row] == ordered[row - 1], run + 1, 1)
        best = np.maximum(best, run)
    return best


# Over time ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Course:
    """A series year by year, a row a replication: like periods of 52 weeks.

    ``starts``: the week in which each year begins. With fewer than 104 weeks there is one period,
    the whole.
    """

    years: Floats
    starts: tuple[int, ...]

    @property
    def long(self) -> bool:
        """Whether there is a first and a last year to be compared."""
        return bool(self.years.shape[1] > 1)

    @property
    def first(self) -> float:
        """Mean of the first year."""
        return mean_of(self.years[:, 0])

    @property
    def last(self) -> float:
        """Mean of the last year."""
        return mean_of(self.years[:, -1])

    @property
    def change(self) -> Paired:
        """Last year less first, replication by replication; within 5% of the first is the same."""
        margin = SAME_SHARE * abs(self.first)
        return Paired(self.years[:, -1] - self.years[:, 0], margin if margin > 0 else None)

    @property
    def turn(self) -> int | None:
        """The year between whose mean lies furthest beyond both ends, as seen; None if none does.

        Beyond by more than the half-width of its own difference from the nearer end: what is seen,
        not claimed. With one replication: by more than 5%.
        """
        beyond, at = 0.0, None
        for year in range(1, self.years.shape[1] - 1):
            apart = self.years[:, [year]] - self.years[:, [0, -1]]
            mean, low, high = t_intervals(apart)
            room = np.where(np.isfinite(high - low), (high - low) / 2, SAME_SHARE * abs(self.first))
            one_side = np.sign(mean[0]) == np.sign(mean[1])
            outside = bool(one_side and (np.abs(mean) > room).all())
            if outside and float(np.abs(mean).min()) > beyond:
                beyond, at = float(np.abs(mean).min()), year
        return at


def course_of(values: Floats) -> Course:
    """Years of a weekly series. ``values``: replications down, weeks across."""
    weeks = values.shape[1]
    if weeks < 2 * YEAR_WEEKS:
        return Course(_means(values), (0,))
    starts = (*range(0, weeks - 2 * YEAR_WEEKS + 1, YEAR_WEEKS), weeks - YEAR_WEEKS)
    years = [_means(values[:, start : start + YEAR_WEEKS]) for start in starts]
    return Course(np.concatenate(years, axis=1), starts)


def _means(values: Floats) -> Floats:
    found: Floats = values.mean(axis=1, keepdims=True)
    return found


def mean_of(values: Floats) -> float:
    """Mean of what is known; nan if nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else nan


# Worst and best ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Extreme:
    """The candidate with the highest mean, and those that cannot be distinguished from it.

    ``above_nothing``: whether its mean surely exceeds nought. Without enough pairs nothing can be
    distinguished.
    """

    first: int
    ties: tuple[int, ...]
    enough: bool
    above_nothing: bool

    @property
    def sole(self) -> bool:
        """Whether one candidate surely has the highest mean."""
        return self.enough and not self.ties


def highest_of(values: Floats, shown: int = 0) -> Extreme:
    """Multiple comparisons with the best (Hsu 1984, Ann. Statist. 12, 1136-1144).

    Candidates met the same replications, so each is left out only if another surely exceeds it in a
    one-sided paired test, at the level shared among all others (Nelson and Matejcik 1995).
    ``values``: replications down, candidates across; for the lowest pass them negated. ``shown``:
    candidates of all such choices that a reader sees together, if these are not all. Raises
    ValueError if there is no candidate with a value.
    """
    means = np.array([mean_of(column) for column in values.T])
    if not np.isfinite(means).any():
        raise ValueError("no candidate has a value")
    first, many = int(np.nanargmax(means)), values.shape[1]
    family = max(many, shown)
    needed = pairs_needed(family)
    others = [place for place in range(many) if place != first and np.isfinite(means[place])]
    shared = LEVEL / family
    ties = []
    for place in others:
        apart = values - values[:, [place]]
        above = np.array([mean_of(column) for column in apart.T]) > 0
        beaten = above & (chances(apart, needed) / 2 <= shared)
        if not beaten.any():
            ties.append(place)
    ties.sort(key=lambda place: -means[place])
    sure = bool(chances(values[:, [first]], needed)[0] / 2 <= shared and means[first] > 0)
    enough = int(np.isfinite(values[:, first]).sum()) >= needed
    return Extreme(first, tuple(ties), enough, sure)
