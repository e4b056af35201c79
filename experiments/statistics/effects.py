"""Effects across ordered settings, and unknowns that flip an answer: claims like the others.

The rules and their sources stand in experiments/statistics/claims.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.statistics.claims import FAMILY_ERROR, Finding, Floats, Paired, judged

Flags = NDArray[np.bool_]
LEAST_IN_THIRD = 8
"""Sets in the lowest and in the highest third of an unknown, without which nothing flips."""
LEAST_DRAWS = 20
SHUFFLES = 4999
SEED = 0


# Effects across arms -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trend:
    """Whether an outcome moves with an ordered setting: the finding, first arm to last.

    ``trend_chance``: Page's p-value, both ways. ``in_order``: whether means never turn back.
    """

    finding: Finding
    trend_chance: float
    in_order: bool

    @property
    def matters(self) -> bool:
        """Whether the setting surely moves the outcome, and always one way."""
        return self.finding.claimed and self.in_order and self.trend_chance <= FAMILY_ERROR


def trend_of(arms: Floats, *, shown_with: int = 0) -> Trend:
    """An effect across ordered arms that met the same replications (arms across).

    Page's trend test (1963; scipy.stats.page_trend_test) and the paired difference between the last
    arm and the first must agree. ``shown_with``: other comparisons shown together with it.
    """
    from scipy.stats import page_trend_test

    whole = arms[np.isfinite(arms).all(axis=1)]
    nothing = Paired(np.zeros(0))
    family = {None: Paired(arms[:, -1] - arms[:, 0])} | dict.fromkeys(range(shown_with), nothing)
    finding = judged(family)[None]
    steps = np.diff(whole.mean(axis=0)) if len(whole) else np.zeros(0)
    in_order = bool((steps >= 0).all() or (steps <= 0).all())
    if arms.shape[1] < 3 or len(whole) < 2:
        return Trend(finding, finding.chance, in_order)
    ways = [page_trend_test(data).pvalue for data in (whole, -whole)]
    return Trend(finding, min(1.0, 2 * float(min(ways)) * (shown_with + 1)), in_order)


# Unknowns that flip the answer -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Split:
    """Shares of sets with the answer yes: lowest and highest third of an unknown.

    ``chance``: shuffled answers give any unknown so large a difference in this share of shuffles.
    """

    unknown: int
    low_share: float
    high_share: float
    below: float
    above: float
    low_sets: int
    high_sets: int
    chance: float

    @property
    def flips(self) -> bool:
        """Whether the unknown surely moves the answer."""
        enough = min(self.low_sets, self.high_sets) >= LEAST_IN_THIRD
        return enough and self.chance <= FAMILY_ERROR


def splits_of(answers: Flags, unknowns: Floats) -> list[Split]:
    """Every unknown's split, the largest difference first.

    Answers are shuffled among sets, and of each shuffle the largest difference of all unknowns is
    kept (Westfall and Young 1993), so that having looked at many unknowns is allowed for.
    ``unknowns``: sets down, unknowns across.
    """
    sets, many = unknowns.shape
    if not sets or not many:
        return []
    below, above = np.quantile(unknowns, (1 / 3, 2 / 3), axis=0)
    low, high = (unknowns <= below).astype(float), (unknowns >= above).astype(float)
    generator = np.random.Generator(np.random.PCG64(SEED))
    told = answers.astype(float)
    shuffled = generator.permuted(np.tile(told, (SHUFFLES, 1)), axis=1)
    shares = [(told @ part / part.sum(axis=0), shuffled @ part / part.sum(axis=0))
              for part in (low, high)]  # fmt: skip
    (low_share, low_by_chance), (high_share, high_by_chance) = shares
    size = np.abs(high_share - low_share)
    largest = np.abs(high_by_chance - low_by_chance).max(axis=1)
    # 1e-9: shares are sums in another order, and must not exceed themselves by rounding.
    chance = (1 + (largest[:, None] >= size - 1e-9).sum(axis=0)) / (SHUFFLES + 1)
    splits = [
        Split(
            place, float(low_share[place]), float(high_share[place]), float(below[place]),
            float(above[place]), int(low[:, place].sum()), int(high[:, place].sum()),
            float(chance[place]),
        )
        for place in range(many)
    ]  # fmt: skip
    return sorted(splits, key=lambda one: (-abs(one.high_share - one.low_share), one.unknown))


def more_often(hits: int, of: int, all_hits: int, of_all: int) -> bool:
    """Whether a part holds more hits than chance would put there (Fisher's exact test, one-sided).

    The part must have been chosen without looking at these hits; below 20 in all it is not said.
    """
    from scipy.stats import hypergeom

    if of_all < LEAST_DRAWS or of == 0:
        return False
    return bool(hypergeom.sf(hits - 1, of_all, all_hits, of) <= FAMILY_ERROR)
