"""What is odd about a market as a whole: labour, demand, brokerage, waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from sim.scenario.expected import (
    DAYS_PER_WEEK,
    DAYS_PER_YEAR,
    back_from_hospital_per_day,
    growth,
    handled_per_day,
)

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

WEEKS_PER_YEAR = DAYS_PER_YEAR / DAYS_PER_WEEK
LEAST_FILLED_SHARE = 0.5
"""Posts that can be kept filled, below which a market is said to run out of carers (assumption:
England's vacancies in home care were 9 to 14% in every year since 2018/19)."""
MOST_GROWTH = 2.0
"""Demand at the end to that at the start: twice as much, or half, is no trend but another market
(assumption: Rotherham's stated growth, the strongest that ships, comes to 1.3)."""
BUSY_SHARE = 0.9
"""Of brokers' time, the part beyond which chance alone makes a long queue (assumption)."""


def carers_run_out(scenario: Scenario) -> Iterator[str]:
    """Carers leave faster than applicants or appointments can replace them."""
    rules = scenario.workforce
    if rules.turnover_per_year == 0 or rules.unlimited_capacity:
        return
    leave = 100 * rules.turnover_per_year / WEEKS_PER_YEAR
    lost = leave * rules.leavers_leaving_sector
    slowest = 1 / (1 + rules.turnover_per_year * rules.fastest_hire_weeks / WEEKS_PER_YEAR)
    if rules.applicants_limited and rules.matching_per_week == 0:
        yield (
            f"nobody is ever hired (workforce.matching_per_week is 0), but {leave:.1f} of 100 "
            "carers leave each week. Check workforce.matching_per_week and applicants_limited"
        )
    elif rules.applicants_limited and rules.new_applicants_per_week < LEAST_FILLED_SHARE * lost:
        yield (
            f"carers run out: {lost:.1f} of 100 in post leave home care for good each week, but "
            f"{rules.new_applicants_per_week:.1f} people start to look for such work. Check "
            "workforce.turnover_per_year, leavers_leaving_sector and new_applicants_per_week"
        )
    elif slowest < LEAST_FILLED_SHARE:
        yield (
            f"no more than {100 * slowest:.0f}% of posts can be filled: {leave:.1f} of 100 "
            f"carers leave each week, and it takes {rules.fastest_hire_weeks:g} weeks to "
            "appoint one. Check workforce.turnover_per_year and fastest_hire_weeks"
        )


def demand_explodes(scenario: Scenario) -> Iterator[str]:
    """Demand that doubles, or halves, by the last day."""
    times = growth(scenario, scenario.days)
    if scenario.referrals or 1 / MOST_GROWTH <= times <= MOST_GROWTH:
        return
    yield (
        f"referrals grow to {times:,.3g} times their number by {scenario.calendar.end}, at "
        f"{100 * scenario.demand.growth_per_year:g}% a year. Check demand.growth_per_year and "
        "the end of the run"
    )


def endless_patience(scenario: Scenario) -> Iterator[str]:
    """Nobody ever stops waiting, in a market whose carers come and go."""
    rules, workforce = scenario.brokerage, scenario.workforce
    limited = workforce.turnover_per_year > 0 and not workforce.unlimited_capacity
    if rules.waiting_allowed and rules.mean_patience_days == 0 and limited:
        yield (
            "nobody who waits ever finds another way (brokerage.mean_patience_days is 0), so "
            "the list grows without end if carers are short. Councils' lists do not. Check "
            "brokerage.mean_patience_days"
        )


def busy_brokers(scenario: Scenario) -> Iterator[str]:
    """Brokers who cannot handle what is referred."""
    rules = scenario.brokerage
    if rules.brokers == 0:
        return
    back = back_from_hospital_per_day(scenario)
    referred = handled_per_day(scenario) - back
    needed = (referred + back) * rules.handling_days
    if needed > BUSY_SHARE * rules.brokers:
        yield (
            f"there are {rules.brokers:,} brokers, but {needed:,.1f} are needed: "
            f"{referred:,.1f} people are referred a day and {back:,.1f} come back from hospital "
            f"without a provider, at {rules.handling_days:g} days each. The others wait for a "
            "broker. Check brokerage.brokers and handling_days"
        )


LOOKS: tuple[Callable[[Scenario], Iterator[str]], ...] = (
    carers_run_out,
    demand_explodes,
    endless_patience,
    busy_brokers,
)
