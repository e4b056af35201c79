"""Lending: carers of a provider's team help out in its other areas, for a time.

What a countywide framework is for: a provider with room in one place and too few carers in another
moves people, not packages. Once a week each provider makes its rota. Carers on loan go home where
their own team falls short, or where nobody needs them any more. Then a team that falls short, or
has refused somebody who still waits, borrows from the provider's other teams the carers whom those
do not need, from the team with most room first. Reach is the locality or the whole county.

A carer on loan is the same person, with the same last day, and the post goes with them. They make
longer trips: from one place to another of the locality, or of the county, at random, so many times
a week. That takes working time, which is paid and serves nobody, and mileage.

It is not a shared round: within a week nobody serves two areas, and one carer at least is lent.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, fsum

from simpy.events import ProcessGenerator

from sim.clock import DAYS_PER_WEEK, Rank
from sim.market.branch import Branch, Carer, Loan
from sim.market.market import Market
from sim.travel import km_across


def carers_lent(market: Market) -> ProcessGenerator:
    """Every week, each provider with several teams makes its rota."""
    while True:
        yield market.clock.at(market.clock.now + DAYS_PER_WEEK, Rank.POSTS, 0)
        for provider in market.providers:
            teams = [team for team in provider.branches if not (team.closed or team.leaving)]
            if len(teams) > 1:
                make_rota(market, teams)


def make_rota(market: Market, teams: Sequence[Branch]) -> None:
    """Who is on loan and not needed goes home; then teams that fall short borrow."""
    for team in teams:
        for carer in [carer for carer in team.carers if carer.loan is not None]:
            if dispensable(team) > 0 or falls_short(home_of(carer)):
                market.workforce.send_home(team, [carer])
    for helper in sorted(teams, key=lambda team: (-lacking_minutes(team), team.id)):
        borrow(market, helper, [team for team in teams if team is not helper])


def borrow(market: Market, helper: Branch, others: Sequence[Branch]) -> None:
    """A team that falls short gets whole carers from the others, as far as they have any."""
    for lender in sorted(others, key=lambda team: (-team.room, team.id)):
        if not falls_short(helper) or not in_reach(market, lender, helper):
            continue
        loan = loan_to(market, lender, helper)
        gained = helper.carer_minutes * (1 - loan.away)
        # Where the way takes all of a carer's time nobody is lent.
        if gained < 1:
            continue
        number = min(ceil(lacking_minutes(helper) / gained), dispensable(lender))
        own = [carer for carer in lender.carers if carer.productive and carer.loan is None]
        if number > 0 and own:
            market.workforce.lend(own[:number], lender, helper, loan)


def lacking_minutes(team: Branch) -> float:
    """Carer minutes a week by which a team falls short of its work and of whom it has refused.

    Somebody whom several teams have refused counts in part with each, as for their posts, but a
    team that is to help at all needs room for one person.
    """
    short = float(-team.free)
    refused = [package for _, package in team.refused.values()]
    if refused and team.takes_new_work:
        parts = fsum(package.minutes / len(package.refused_by) for package in refused)
        short = max(short, max(parts, min(package.minutes for package in refused)) - team.room)
    return max(0.0, short)


def falls_short(team: Branch) -> bool:
    """Whether a team has too few carers."""
    return lacking_minutes(team) > 0


def dispensable(team: Branch) -> int:
    """Whole carers whom a team does not need."""
    return 0 if falls_short(team) else max(0, team.room // max(1, team.carer_minutes))


def home_of(carer: Carer) -> Branch:
    """The team that a carer on loan belongs to."""
    assert carer.loan is not None
    return carer.loan.home


def in_reach(market: Market, lender: Branch, helper: Branch) -> bool:
    """Whether a team lends to another."""
    return market.scenario.workforce.carers_lent == "county" or neighbours(lender, helper)


def neighbours(one: Branch, other: Branch) -> bool:
    """Whether two teams work in one locality."""
    return one.area.locality == other.area.locality


def loan_to(market: Market, lender: Branch, helper: Branch) -> Loan:
    """What it takes to work in another area: trips across the locality, or across the county."""
    scenario = market.scenario
    near = neighbours(lender, helper)
    region_km2 = fsum(
        row.area_km2 for row in scenario.areas if not near or row.locality == helper.area.locality
    )
    km = 0.0
    if scenario.travel.applies:
        km = scenario.workforce.lent_trips_per_week * km_across(scenario.travel, region_km2)
    return Loan(lender, helper.travel.share_on_the_way(km), km)
