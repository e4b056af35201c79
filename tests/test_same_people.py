"""Demand shares its people: scenarios that differ in demand meet the same people, and some more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import astuple
from datetime import date, timedelta
from itertools import combinations
from math import ceil, inf
from typing import Any

import numpy as np
import pytest
from conftest import small_county
from scipy.stats import chi2, poisson

from sim.clock import DAYS_PER_YEAR
from sim.ledger import IDS_PER_AREA, NUMBERS, Ledger, package_id
from sim.processes.arrivals import (
    FIRST_AFTER,
    MOST_STRIPS,
    NUMBERS_PER_STRIP,
    STRIP_PER_DAY,
    highest_rate,
    rate_on,
)
from sim.processes.referrals import Referral, referral_table
from sim.randomness import Draws, Floats
from sim.scenario import Scenario
from sim.scenario.expected import starts_per_day
from sim.scenario.tables import Shock
from sim.simulation import simulate

PLACE = "COASTAL"
SHOCK_WEEKS = (104, 130)
WEEKS = np.array([50, 100, 200, 400])
REPLICATIONS = 150
ERROR_RATE = 0.001
"""Chance that a right model fails one of the statistical tests: of each, not of them all."""


def shocked(scenario: Scenario, size: float, *, areas: str | None = None) -> Scenario:
    """The scenario with so many times the referrals for half a year."""
    begins, ends = (scenario.calendar.start + timedelta(weeks=week) for week in SHOCK_WEEKS)
    shock = Shock.model_validate(
        {"date": begins, "ends": ends, "kind": "referrals", "size": size, "areas": areas}
        | {"source": "invented"}
    )
    return scenario.model_copy(update={"shocks": (*scenario.shocks, shock)})


def with_demand(scenario: Scenario, **changes: float) -> Scenario:
    """The scenario with other parameters of demand."""
    return scenario.model_copy(update={"demand": scenario.demand.model_copy(update=changes)})


def wanted(scenario: Scenario, times: float) -> Scenario:
    """The scenario with so many times the hours in every area, and so many times the referrals."""
    areas = tuple(
        row.model_copy(update={"hours_per_four_weeks": times * row.hours_per_four_weeks})
        for row in scenario.areas
    )
    return scenario.model_copy(update={"areas": areas})


def grown(scenario: Scenario) -> Scenario:
    return with_demand(scenario, growth_per_year=scenario.demand.growth_per_year + 0.05)


def a_tenth_more(scenario: Scenario) -> Scenario:
    return with_demand(scenario, referrals_per_start=scenario.demand.referrals_per_start * 1.1)


def half_as_many_again(scenario: Scenario) -> Scenario:
    return shocked(scenario, 1.5)


ARMS = pytest.mark.parametrize("arm", [grown, a_tenth_more, half_as_many_again])
Arm = Callable[[Scenario], Scenario]


@pytest.fixture(scope="module")
def steady() -> Scenario:
    """Ten years of one area: half a referral a day, stays of 20 weeks, no growth or season."""
    scenario = small_county(
        calendar__end="2033-12-31",
        calendar__warm_up_weeks=0,
        care__mean_stay_days=140,
        care__stay_law="exponential",
        demand__growth_per_year=0,
        demand__season_amplitude=0,
        demand__referrals_per_start=1,
    )
    row = next(row for row in scenario.areas if row.code == PLACE)
    size = 0.5 / starts_per_day(scenario, row) * row.hours_per_four_weeks
    row = row.model_copy(update={"hours_per_four_weeks": size})
    return scenario.model_copy(update={"areas": (row,)})


def table(scenario: Scenario, replication: int = 0) -> list[Referral]:
    """Everyone who is referred in the area."""
    row = next(row for row in scenario.areas if row.code == PLACE)
    return referral_table(scenario, Draws(5, replication), row)


def in_care(people: list[Referral]) -> np.ndarray:
    """People who are in care at each of the weeks, if everybody were served at once."""
    days = np.array([one.day for one in people])
    ends = days + np.array([one.person.stay_days for one in people])
    at = 7 * WEEKS[:, None]
    return np.asarray(((days <= at) & (at < ends)).sum(axis=1))


def expected_in_care(scenario: Scenario) -> Floats:
    """The mean of :func:`in_care`: the rate on each day times the chance to stay so long."""
    row, stay = scenario.areas[0], scenario.care.mean_stay_days
    found = []
    for week in WEEKS.tolist():
        days = np.arange(0, 7 * week, 0.25) + 0.125
        share = np.exp(-(7 * week - days) / stay)
        found.append(0.25 * float((rate_on(scenario, row, days) * share).sum()))
    return np.array(found)


@ARMS
def test_arms_differ_by_the_people_who_are_in_one_of_them(steady: Scenario, arm: Arm) -> None:
    """The difference of people in care is a Poisson number: its variance is its mean.

    Stretching one stream of arrivals gave a variance up to twenty times as large.
    """
    more = arm(steady)
    differences = np.array(
        [in_care(table(more, r)) - in_care(table(steady, r)) for r in range(REPLICATIONS)]
    )
    means = expected_in_care(more) - expected_in_care(steady)
    # Two-sided, for the mean and the variance at each of the weeks.
    tail = ERROR_RATE / 2 / (2 * WEEKS.size)
    for difference, mean in zip(differences.T, means.tolist(), strict=True):
        total = REPLICATIONS * mean
        assert poisson.ppf(tail, total) <= difference.sum() <= poisson.isf(tail, total)
        if mean > 0.5:
            # The sum of squares has mean n and variance n (2 + 1 / mean): a scaled chi square.
            scale = 1 + 1 / (2 * mean)
            squares = ((difference - mean) ** 2).sum() / mean / scale
            freedom = REPLICATIONS / scale
            assert chi2.ppf(tail, freedom) < squares < chi2.isf(tail, freedom)


@ARMS
def test_more_demand_meets_everyone_and_some_more(steady: Scenario, arm: Arm) -> None:
    usual, more = table(steady), table(arm(steady))
    assert set(map(str, usual)) < set(map(str, more))
    assert len({one.number for one in more}) == len({one.name for one in more}) == len(more)


def test_arms_meet_the_same_people_after_a_shock(steady: Scenario) -> None:
    end = 7.0 * SHOCK_WEEKS[1]
    usual, more = table(steady), table(half_as_many_again(steady))
    assert [one for one in usual if one.day >= end] == [one for one in more if one.day >= end]
    assert len(more) > len(usual)


@ARMS
def test_everyone_in_a_run_is_in_the_run_with_more_demand(arm: Arm) -> None:
    """The same on the ledger: the day, the package's number and everything told of it."""
    apart = small_county(bridging__no_reablement_referral_share=0)

    def referred(ledger: Ledger) -> Counter[tuple[float, ...]]:
        return Counter(ledger.rows("referred"))

    usual, more = (referred(simulate(one, seed=2, until=1000.0)) for one in (apart, arm(apart)))
    assert not usual - more
    assert more - usual


def long_county(end: str, weeks: int) -> Scenario:
    return small_county(calendar__end=end, calendar__warm_up_weeks=weeks)


def test_a_longer_warm_up_or_horizon_changes_nobody() -> None:
    usual, longer = table(long_county("2025-06-30", 8)), table(long_county("2031-03-01", 300))
    first, last = -56.0, float(long_county("2025-06-30", 8).days)
    assert [one for one in longer if first <= one.day < last] == usual
    assert min(one.day for one in longer) < -2000 and max(one.day for one in longer) > 2600


def test_an_area_has_the_same_people_whatever_the_others(small: Scenario) -> None:
    alone = small.model_copy(
        update={"areas": tuple(row for row in small.areas if row.code == PLACE)}
    )
    assert table(alone) == table(small)


COUNTS = {
    "season": {"demand__season_amplitude": 0.6, "demand__growth_per_year": 0},
    "growth": {"demand__season_amplitude": 0, "demand__growth_per_year": 0.4},
    "decline": {"demand__season_amplitude": 0.3, "demand__growth_per_year": -0.3},
}


@pytest.mark.parametrize("changed", COUNTS.values(), ids=COUNTS)
def test_arrivals_come_at_the_rate(changed: dict[str, Any]) -> None:
    """Quarter by quarter, warm-up and a double shock of 2 and 1.7 included: a Poisson number."""
    scenario = small_county(calendar__warm_up_weeks=52, **changed)
    scenario = shocked(shocked(scenario, 2.0), 1.7, areas=f"KINGS_LYNN {PLACE}")
    row = next(row for row in scenario.areas if row.code == PLACE)
    edges = np.arange(-364, scenario.days, 91.0)
    replications = 60
    counts = sum(
        np.histogram([one.day for one in table(scenario, r)], edges)[0] for r in range(replications)
    )
    days = np.arange(edges[0], edges[-1], 0.25) + 0.125
    weights = 0.25 * told_rate(scenario, starts_per_day(scenario, row), days)
    means = replications * np.histogram(days, edges, weights=weights)[0]
    statistic = ((counts - means) ** 2 / means).sum()
    assert chi2.ppf(ERROR_RATE / 2, means.size) < statistic < chi2.isf(ERROR_RATE / 2, means.size)
    assert means.min() < means.max() / 2


def told_rate(scenario: Scenario, base: float, days: Floats) -> Floats:
    """The rate by its description, day by day."""
    demand, start = scenario.demand, scenario.calendar.start
    told = []
    for day in days.tolist():
        rate = base * demand.referrals_per_start
        if day >= 0:
            new_year = date(start.year, 1, 1)
            of_year = (start - new_year).days + day
            angle = 2 * np.pi * (of_year - demand.season_peak_day) / DAYS_PER_YEAR
            rate *= (1 + demand.growth_per_year) ** (day / DAYS_PER_YEAR)
            rate *= 1 + demand.season_amplitude * np.cos(angle)
        if SHOCK_WEEKS[0] <= day / 7 < SHOCK_WEEKS[1]:
            rate *= 2.0 * 1.7
        told.append(rate)
    return np.array(told)


def test_strips_reach_above_the_rate_whatever_the_demand(steady: Scenario) -> None:
    large = with_demand(wanted(steady, 9.3), season_amplitude=0.4, growth_per_year=0.1)
    for scenario in (large, with_demand(large, growth_per_year=-0.3), shocked(large, 3.0)):
        days = np.arange(0, scenario.days, 0.5)
        rate = rate_on(scenario, scenario.areas[0], days)
        bound = highest_rate(scenario, scenario.areas[0], 0.0, scenario.days)
        assert rate.max() <= bound < 3 * rate.max()
        strips = {one.number // NUMBERS_PER_STRIP for one in table(scenario)}
        assert max(strips) == ceil(rate.max() / STRIP_PER_DAY) - 1


def test_no_need_refers_nobody_and_too_much_is_refused(steady: Scenario) -> None:
    assert table(wanted(steady, 0.0)) == []
    full = steady.model_copy(
        update={"care": steady.care.model_copy(update={"mean_stay_days": 1.0})}
    )
    with pytest.raises(ValueError, match="COASTAL: more than 500 referrals a day in one area"):
        table(wanted(full, 2.1 * MOST_STRIPS / 140))


def test_nobody_is_somebody_else(steady: Scenario) -> None:
    """Candidates of one strip, of two strips and of two areas have nothing in common."""
    large = table(wanted(steady, 3.0))
    people = Counter(astuple(one.person) for one in large)
    assert max(people.values()) == 1
    heights: dict[int, list[float]] = {}
    for one in large:
        heights.setdefault(one.number // NUMBERS_PER_STRIP, []).append(one.day)
    assert len(heights) == 2
    assert not set(heights[0]) & set(heights[1])


def test_numbers_of_people_do_not_meet() -> None:
    for (_, one), (_, other) in combinations(NUMBERS.items(), 2):
        assert one.stop <= other.start or other.stop <= one.start
    assert all(0 <= kind.start < kind.stop <= IDS_PER_AREA for kind in NUMBERS.values())
    assert len(NUMBERS["referred"]) >= MOST_STRIPS * NUMBERS_PER_STRIP
    # A hundred years after the first day and ten before it: the longest that may be simulated.
    assert NUMBERS_PER_STRIP - FIRST_AFTER > 100 * 366 * STRIP_PER_DAY + 20 * 191
    assert FIRST_AFTER > 520 * 7 * STRIP_PER_DAY + 20 * 61
    for kind, numbers in NUMBERS.items():
        assert package_id(3, kind, 0) // IDS_PER_AREA == 3
        assert package_id(3, kind, len(numbers) - 1) // IDS_PER_AREA == 3
        with pytest.raises(ValueError, match=f"{kind}: .* the most in an area"):
            package_id(3, kind, len(numbers))


def test_numbers_tell_strip_and_side_and_rise_with_time() -> None:
    scenario = wanted(small_county(calendar__warm_up_weeks=52), 4.0)
    latest: dict[int, float] = {}
    for one in table(scenario):
        strip, candidate = divmod(one.number, NUMBERS_PER_STRIP)
        assert one.name == f"{PLACE}/{strip}/{candidate}"
        assert (candidate >= FIRST_AFTER) == (one.day >= 0)
        assert one.day > latest.get(strip, -inf)
        latest[strip] = one.day
