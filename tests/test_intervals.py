"""Intervals cover as often as they promise, after stopping too: tests by simulation."""

from __future__ import annotations

from math import inf, isnan, sqrt

import numpy as np
import pytest
from scipy import stats

from experiments.statistics.intervals import (
    Moments,
    bootstrap_interval,
    first_stage,
    replications_needed,
    t_interval,
    two_stage_interval,
)
from experiments.study.file import LEAST_FIRST_STAGE

CHANCE = 3.5
"""Standard errors that a share may lie off: one false alarm in two thousand."""


def misses(share: float, trials: int, wanted: float = 0.95) -> bool:
    """Whether a share of trials is too far from what is wanted to be chance."""
    return abs(share - wanted) > CHANCE * sqrt(wanted * (1 - wanted) / trials)


def test_a_t_interval_covers() -> None:
    generator = np.random.default_rng(1)
    trials = 4000
    found = [t_interval(generator.normal(3, 2, size=6)) for _ in range(trials)]
    assert not misses(np.mean([one.low <= 3 <= one.high for one in found]), trials)
    sample = generator.normal(size=9)
    ends = stats.t.interval(0.95, 8, loc=sample.mean(), scale=stats.sem(sample))
    assert (t_interval(sample).low, t_interval(sample).high) == pytest.approx(ends)


def test_a_bootstrap_interval_covers_skewed_values_where_t_does_not() -> None:
    generator = np.random.default_rng(2)
    trials, mean = 1500, 1.0
    samples = generator.exponential(size=(trials, 20))
    plain = [t_interval(sample) for sample in samples]
    resampled = [bootstrap_interval(sample) for sample in samples]
    covered = [np.mean([o.low <= mean <= o.high for o in found]) for found in (plain, resampled)]
    assert misses(covered[0], trials)
    assert not misses(covered[1], trials)
    assert bootstrap_interval(samples[0]) == bootstrap_interval(samples[0])


def until(generator: np.random.Generator, spread: float, within: float) -> np.ndarray:
    """A study's values that was stopped after two stages."""
    first = generator.normal(0, spread, size=10)
    needed = int(replications_needed(first_stage(first), within))
    return np.concatenate([first, generator.normal(0, spread, size=needed - 10)])


@pytest.mark.parametrize("spread", [1.0, 3.0])
def test_a_study_that_runs_until_keeps_its_coverage(spread: float) -> None:
    generator = np.random.default_rng(3)
    trials, covered = 3000, 0
    for _ in range(trials):
        values = until(generator, spread, 0.8)
        found = two_stage_interval(values, first_stage(values[:10]))
        assert found.half_width <= 0.8 + 1e-12
        covered += found.low <= 0 <= found.high
    assert not misses(covered / trials, trials)


def test_values_with_a_long_tail_are_covered_from_the_least_first_stage_on() -> None:
    generator = np.random.default_rng(6)
    trials, covered = 4000, 0
    for _ in range(trials):
        first = generator.gamma(2.0, size=LEAST_FIRST_STAGE)
        needed = int(replications_needed(first_stage(first), 0.5))
        rest = generator.gamma(2.0, size=max(0, needed - first.size))
        found = two_stage_interval(np.concatenate([first, rest]), first_stage(first))
        covered += found.low <= 2.0 <= found.high
    assert covered / trials >= 0.93


def test_looking_again_and_again_would_not() -> None:
    """Why studies take two stages: stop as soon as the t interval is short, and it covers less."""
    generator = np.random.default_rng(4)
    trials, covered = 2000, 0
    for _ in range(trials):
        values = generator.normal(0, 1, size=200)
        count = 3
        while t_interval(values[:count]).half_width > 0.8:
            count += 1
        found = t_interval(values[:count])
        covered += found.low <= 0 <= found.high
    assert covered / trials < 0.92


def test_replications_needed() -> None:
    values = np.random.default_rng(5).normal(0, 2, size=20)
    stage = first_stage(values)
    assert replications_needed(stage, 1e9) == 20
    needed = replications_needed(stage, 0.5)
    assert needed == np.ceil((stats.t.ppf(0.975, 19) * values.std(ddof=1) / 0.5) ** 2)
    assert replications_needed(first_stage(values[:1]), 0.5) == inf


def test_values_that_are_not_known_do_not_count() -> None:
    values = np.array([1.0, np.nan, 3.0])
    assert t_interval(values).count == 2
    assert t_interval(values).mean == 2
    assert isnan(t_interval(np.array([5.0])).low)
    assert isnan(t_interval(np.array([np.nan])).mean)


def test_moments_are_means_and_spreads_without_the_rows() -> None:
    generator = np.random.default_rng(6)
    rows = generator.normal(1e6, 1, size=(50, 4))
    rows[generator.random(rows.shape) < 0.3] = np.nan
    rows[:, 3] = np.nan
    moments = Moments(4)
    for row in rows:
        moments.add(row)
    assert moments.count.tolist() == np.isfinite(rows).sum(axis=0).tolist()
    assert moments.means[:3] == pytest.approx(np.nanmean(rows[:, :3], axis=0), rel=1e-14)
    assert moments.spreads[:3] == pytest.approx(np.nanstd(rows[:, :3], axis=0, ddof=1), rel=1e-9)
    assert np.isnan(moments.means[3])
    found = [t_interval(column) for column in rows.T[:3]]
    assert moments.half_widths[:3] == pytest.approx([one.half_width for one in found], rel=1e-9)
