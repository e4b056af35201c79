"""The highest of several means, chosen in stages: the procedure KN of Kim and Nelson (2001).

All candidates are seen in a first stage, which gives the variance of the difference of each pair.
Then replications come one by one, each of the candidates that are left, on the same chance. A
candidate is out as soon as another leads it by more than what chance can still take back. If the
highest mean lies above all others by the indifference zone or more, it is chosen with at least the
probability asked for (differences normal, as they are nearly if the first stage is not too small;
pairs may hang together and have variances of their own). Means that are closer count as equal.

S.-H. Kim and B. L. Nelson (2001): A fully sequential procedure for indifference-zone selection in
simulation. ACM Transactions on Modeling and Computer Simulation 11, 251 to 273.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.statistics.intervals import Floats

CORRECT = 0.95
"""The probability of a correct selection (a choice, as in the field)."""
LEAST_FIRST = 5
"""Replications of a first stage at least: from fewer no variance is known well enough."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Which candidates are left, by their places; after how many replications each other was out.

    ``seen``: replications that count so far.
    """

    left: tuple[int, ...]
    out_after: dict[int, int]
    seen: int

    @property
    def settled(self) -> bool:
        """Whether one is left."""
        return len(self.left) == 1


def standing_of(values: Floats, first: int, indifference: float) -> Standing:
    """Who is left of the candidates for the highest mean.

    ``values``: replications down, candidates across; nan once a candidate is out. A replication in
    which one of those left is not known does not count. ``first``: replications of the first stage;
    ``indifference``: a difference that does not matter, in the unit of the values.
    Raises ValueError if the first stage is too small or the zone is not above 0.
    """
    if first < LEAST_FIRST or not indifference > 0:
        raise ValueError(f"a first stage of {first} or a zone of {indifference} cannot be judged")
    whole = values[:first][np.isfinite(values[:first]).all(axis=1)]
    left = tuple(range(values.shape[1]))
    if len(left) == 1 or len(whole) < LEAST_FIRST:
        return Standing(left, {}, len(whole))
    total, seen = whole.sum(axis=0), len(whole)
    reach = reaches(whole, indifference)
    out_after: dict[int, int] = {}
    rows = iter(values[first:])
    while True:
        left = still_left(left, total / seen, reach, seen, indifference)
        gone = set(range(values.shape[1])) - set(left) - set(out_after)
        out_after |= dict.fromkeys(sorted(gone), seen)
        row = next((one for one in rows if np.isfinite(one[list(left)]).all()), None)
        if len(left) == 1 or row is None:
            return Standing(left, out_after, seen)
        total, seen = total + np.nan_to_num(row), seen + 1


def reaches(first: Floats, indifference: float) -> Floats:
    """How many replications chance can matter for, by pair: KN's h² S² / δ².

    ``first``: the first stage, replications down.
    """
    many, width = first.shape
    chance = 2 * (1 - CORRECT) / (width - 1)
    squared = (chance ** (-2 / (many - 1)) - 1) * (many - 1)
    differences = first[:, :, None] - first[:, None, :]
    found: Floats = squared * differences.var(axis=0, ddof=1) / indifference**2
    return found


def still_left(
    left: tuple[int, ...], means: Floats, reach: Floats, seen: int, indifference: float
) -> tuple[int, ...]:
    """Of those left, the ones that no other leads by more than chance can take back."""
    slack = np.maximum(0.0, indifference / (2 * seen) * (reach - seen))
    return tuple(
        one for one in left if all(means[one] >= means[other] - slack[one, other] for other in left)
    )
