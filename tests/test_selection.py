"""The choice of the highest of several means in stages: right as often as it says."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from experiments.statistics.selection import CORRECT, LEAST_FIRST, Standing, standing_of

Floats = NDArray[np.float64]
CANDIDATES = 6
TRUTHS = 1000
MOST = 3000


def skewed(generator: np.random.Generator, rows: int, deviations: Floats, common: float) -> Floats:
    """Noise with a long right tail and mean 0, by replication and candidate; ``common``: shared."""
    own = generator.gamma(2.0, 1 / np.sqrt(2.0), (rows, deviations.size)) - np.sqrt(2.0)
    shared = generator.gamma(2.0, 1 / np.sqrt(2.0), (rows, 1)) - np.sqrt(2.0)
    found: Floats = deviations * (np.sqrt(common) * shared + np.sqrt(1 - common) * own)
    return found


def chosen_of(values: Floats, first: int) -> Standing:
    """Looked at in steps, as the replications come; of as many as are needed."""
    rows = 32
    while True:
        found = standing_of(values[:rows], first, 1.0)
        if found.settled or rows >= len(values):
            return found
        rows *= 2


@pytest.mark.parametrize("first", [LEAST_FIRST, 10])
def test_the_right_one_is_chosen_as_often_as_is_promised(first: int) -> None:
    """All others lie below it by the zone exactly: no truth is harder at this zone."""
    generator = np.random.default_rng(20260701)
    right = 0
    for _ in range(TRUTHS):
        best = int(generator.integers(CANDIDATES))
        means = np.full(CANDIDATES, -1.0)
        means[best] = 0.0
        deviations = generator.uniform(0.5, 2.0, CANDIDATES)
        values = means + skewed(generator, MOST, deviations, generator.uniform(0.2, 0.8))
        right += chosen_of(values, first).left == (best,)
    assert right / TRUTHS >= CORRECT, right


def test_fewer_runs_are_needed_than_if_all_went_on() -> None:
    generator = np.random.default_rng(3)
    means = np.linspace(0.0, -5.0, CANDIDATES)
    values = means + skewed(generator, MOST, np.full(CANDIDATES, 2.0), 0.5)
    found = standing_of(values, 10, 1.0)
    assert found.settled and found.left == (0,)
    runs = sum(found.out_after.values()) + found.seen
    assert runs < 0.6 * CANDIDATES * found.seen
    assert found.out_after[CANDIDATES - 1] < found.seen


def test_what_comes_later_changes_nothing_of_what_was_decided() -> None:
    generator = np.random.default_rng(4)
    values = -np.arange(4.0) + skewed(generator, 400, np.full(4, 1.5), 0.3)
    whole = standing_of(values, 8, 0.5)
    known = values.copy()
    for one, after in whole.out_after.items():
        known[after:, one] = np.nan
    assert standing_of(known, 8, 0.5) == whole
    for rows in (8, 20, whole.seen - 1):
        part = standing_of(known[:rows], 8, 0.5)
        assert part.seen == rows and set(whole.left) <= set(part.left)


def test_a_replication_that_is_not_known_does_not_count() -> None:
    generator = np.random.default_rng(5)
    values = -np.arange(3.0) + skewed(generator, 60, np.ones(3), 0.3)
    whole = standing_of(values, 8, 0.5)
    holed = np.insert(values, 10, np.full(3, np.nan), axis=0)
    assert standing_of(holed, 8, 0.5) == whole
    first = values.copy()
    first[0, 1] = np.nan
    assert standing_of(first[:8], 8, 0.5).seen == 7


def test_one_candidate_is_chosen_and_too_little_is_refused() -> None:
    alone = np.zeros((6, 1))
    assert standing_of(alone, 5, 1.0).settled
    for first, zone in ((4, 1.0), (5, 0.0), (5, np.nan)):
        with pytest.raises(ValueError, match="cannot be judged"):
            standing_of(np.zeros((6, 2)), first, zone)
    lost = np.full((6, 2), np.nan)
    assert standing_of(lost, 5, 1.0).left == (0, 1)
