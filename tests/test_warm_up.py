"""A frozen market is at rest: from its first day on nothing in it has a slope.

The warm start reckons by arithmetic with the flows of people and carers. The quick tests hold that
arithmetic, and the market's own flows, to each other; the long ones hold the slope itself.
"""

from __future__ import annotations

from functools import cache
from math import exp
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import ttest_1samp

from sim.clock import DAYS_PER_WEEK, DAYS_PER_YEAR
from sim.ledger import Cause, Ledger, Stage
from sim.outcomes import weekly
from sim.scenario import Scenario, load_scenario
from sim.scenario.expected import (
    applicants_at_rest,
    missing_reablement_per_day,
    places_lost_per_year,
    starts_at_rest_per_day,
    starts_per_day,
    vacancies_at_rest,
)
from sim.simulation import Simulation, simulate
from sim.warm_start import direct_payment_chance

COUNTIES = ("norfolk", "leicestershire", "rotherham", "staffordshire", "small")
every_county = pytest.mark.parametrize("county", COUNTIES)


def frozen(county: str, *, weeks: int = 26, years: int = 0, **changed: Any) -> Scenario:
    """A county without growth, season, roll-out, accounts and ratings; ``years`` after day 0."""
    base = load_scenario(county)
    start = base.calendar.start
    settings = {
        "calendar.warm_up_weeks": weeks,
        "calendar.end": start.replace(year=start.year + max(1, years)).isoformat(),
        "demand.growth_per_year": 0,
        "demand.season_amplitude": 0,
        "self_funders.growth_per_year": 0,
        "money.applies": False,
        "quality.applies": False,
        **{f"areas.{area.code}.go_live": None for area in base.areas},
        **{path.replace("__", "."): value for path, value in changed.items()},
    }
    model = "norfolk_countywide_spot" if county == "norfolk" else None
    return load_scenario(county, settings=settings, commissioning=model)


def starts_per_week(scenario: Scenario) -> float:
    """People a week who keep the published hours in care."""
    return DAYS_PER_WEEK * sum(starts_per_day(scenario, area) for area in scenario.areas)


# Arithmetic ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("posts", [3.0, 40.0, 700.0])
@every_county
def test_as_many_carers_are_hired_as_leave(county: str, posts: float) -> None:
    scenario = frozen(county)
    rules = scenario.workforce
    vacancies = vacancies_at_rest(scenario, posts)
    looking = applicants_at_rest(scenario, posts, vacancies)
    leavers = (posts - vacancies) * rules.turnover_per_year * DAYS_PER_WEEK / DAYS_PER_YEAR
    weight = rules.matching_exponent
    matched = rules.matching_per_week * vacancies**weight * looking ** (1 - weight)
    assert min(vacancies / rules.fastest_hire_weeks, matched) == pytest.approx(leavers)
    # Newcomers who come are hired, beside those who know the work, or give up.
    hired = leavers * (1 - rules.leavers_leaving_sector)
    newcomers = posts / 100 * rules.new_applicants_per_week
    assert looking / rules.applicant_patience_weeks == pytest.approx(newcomers - leavers + hired)


def test_without_a_limit_on_applicants_vacancies_are_the_renewal_theorys() -> None:
    scenario = frozen("small", workforce__applicants_limited=False)
    rules = scenario.workforce
    vacant = rules.turnover_per_year * rules.fastest_hire_weeks * DAYS_PER_WEEK / DAYS_PER_YEAR
    assert vacancies_at_rest(scenario, 100.0) == pytest.approx(100 * vacant / (1 + vacant))


def test_nobody_leaves_and_nobody_comes() -> None:
    assert vacancies_at_rest(frozen("small", workforce__turnover_per_year=0), 50.0) == 0
    nobody = {"workforce__new_applicants_per_week": 0, "workforce__leavers_leaving_sector": 1}
    assert vacancies_at_rest(frozen("small", **nobody), 50.0) == 50.0


def test_a_full_team_costs_reablement_by_its_hours_and_no_team_none() -> None:
    full = frozen("small", bridging__hours_per_week=1)
    rules = full.bridging
    missing = 1 / DAYS_PER_WEEK / rules.reablement_hours_per_person
    expected = missing * rules.no_reablement_referral_share
    assert missing_reablement_per_day(full) == pytest.approx(expected)
    assert missing_reablement_per_day(frozen("small", bridging__hours_per_week=0)) == 0
    none = frozen("small", bridging__no_reablement_referral_share=0)
    assert missing_reablement_per_day(none) == 0


def test_more_hours_than_are_waited_for_cost_no_more_reablement() -> None:
    many, more = (frozen("small", bridging__hours_per_week=hours) for hours in (900, 1800))
    assert missing_reablement_per_day(many) == missing_reablement_per_day(more) > 0


def test_direct_payments_are_chosen_with_time_and_lost_in_hospital() -> None:
    scenario = frozen("norfolk")
    care = scenario.care
    lost = places_lost_per_year(scenario)
    assert lost == care.hospital_admissions_per_year * exp(
        -care.hold_days / care.mean_hospital_days
    )
    days = np.array([0.0, 30.0, 400.0, 1e6])
    chance = direct_payment_chance(scenario, days)
    assert chance[0] == 0
    assert np.all(np.diff(chance) > 0)
    assert chance[1] == pytest.approx(care.direct_payments_per_year * 30 / DAYS_PER_YEAR, rel=0.02)
    at_rest = care.direct_payments_per_year / (care.direct_payments_per_year + lost)
    assert chance[-1] == pytest.approx(at_rest)


# The market's own flows ---------------------------------------------------------------------------


@every_county
def test_a_market_starts_with_the_people_and_carers_of_its_flows(county: str) -> None:
    """A Poisson number, and vacancies to a carer a team."""
    scenario = frozen(county)
    market = Simulation(scenario, seed=5).market
    expected = scenario.care.mean_stay_days * sum(
        starts_at_rest_per_day(scenario, area) for area in scenario.areas
    )
    found = market.ledger.count("referred")
    assert abs(found - expected) < 4 * expected**0.5
    for area in market.areas:
        posts = sum(branch.posts for branch in area.branches)
        vacant = posts - sum(len(branch.carers) for branch in area.branches)
        assert abs(vacant - vacancies_at_rest(scenario, posts)) <= len(area.branches) / 2
        assert area.applicants == pytest.approx(
            applicants_at_rest(scenario, posts, vacancies_at_rest(scenario, posts)), abs=1e-5
        )


@cache
def first_year(county: str) -> Ledger:
    """The first year of a frozen market, as its warm-up."""
    return Simulation(frozen(county, weeks=52), seed=5).run(0.0)


@every_county
def test_as_many_miss_reablement_as_the_warm_start_reckons_with(county: str) -> None:
    """From the tenth week on, when the first have been referred: a Poisson number, and 1% of
    those who start for hours that do not fill a whole package."""
    scenario = frozen(county, weeks=52)
    moved = first_year(county).columns("moved")
    weeks = 42
    came = (moved["day"] >= -weeks * DAYS_PER_WEEK) & (moved["cause"] == Cause.REABLEMENT_NOT_DONE)
    expected = missing_reablement_per_day(scenario) * weeks * DAYS_PER_WEEK
    allowed = 4 * expected**0.5 + 0.01 * starts_per_week(scenario) * weeks
    assert abs(came.sum() - expected) < allowed
    assert (came.sum() > 0) == (scenario.bridging.no_reablement_referral_share > 0)


@every_county
def test_people_found_in_care_are_with_a_tier_that_is_asked_for_them(county: str) -> None:
    """Not, say, with a tender for costly packages alone."""
    market = Simulation(frozen(county), seed=5).market
    for branch in market.branches:
        for package in branch.packages.values():
            if package.tier != market.direct_payment:
                rule = market.brokerage.rules[package.tier]
                held = [one for one in market.brokerage.phases[0] if one.id in branch.contracts]
                assert rule.concerns(package) or not any(one.concerns(package) for one in held)


# Its slope ----------------------------------------------------------------------------------------


@pytest.mark.long
@every_county
def test_as_many_never_start_as_are_referred_beyond_those_who_do(county: str) -> None:
    """What ``referrals_per_start`` means: within 0.75% of those who start, about 0.3% in hours,
    but for two standard errors."""
    scenario = frozen(county, years=3)
    replications = 30 if county == "small" else 8
    never = [
        never_started(simulate(scenario, seed=5, replication=number))
        for number in range(replications)
    ]
    shares = np.array(never) / (starts_per_week(scenario) * scenario.days / DAYS_PER_WEEK)
    error = shares.std(ddof=1) / replications**0.5
    apart = abs(scenario.demand.referrals_per_start - 1 - shares.mean())
    assert apart < 0.0075 + 2 * error


def never_started(ledger: Ledger) -> int:
    """People who stop waiting from day 0 on."""
    moved = ledger.columns("moved")
    return int(((moved["day"] >= 0) & (moved["stage"] == Stage.WITHDRAWN)).sum())


@pytest.mark.long
@every_county
def test_hours_and_carers_have_no_slope_from_26_to_156_weeks(county: str) -> None:
    """The first year after 26 weeks of warm-up beside the first year after 156: the difference is
    not rejected to be nought (p = 0.001), and below 0.5% but for two standard errors."""
    scenario = frozen(county, years=4)
    rows = [rise(scenario, number) for number in range(24)]
    for column in np.array(rows).T:
        error = column.std(ddof=1) / len(rows) ** 0.5
        assert ttest_1samp(column, 0.0).pvalue > 0.001
        assert abs(column.mean()) < 0.005 + 2 * error


def rise(scenario: Scenario, replication: int) -> NDArray[np.float64]:
    """By how much hours and carers of the 131st to 182nd week pass those of the first 52, to 1."""
    ledger = simulate(scenario, seed=5, replication=replication)
    table = weekly.by_area(weekly.weeks_of(ledger, scenario))
    series = np.array([table["planned_hours"], table["carers"]])
    by_week = series.reshape(2, -1, len(scenario.areas)).sum(axis=2)
    later: NDArray[np.float64] = by_week[:, 130:182].mean(axis=1) / by_week[:, :52].mean(axis=1)
    return later - 1
