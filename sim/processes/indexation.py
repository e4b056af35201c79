"""Contracted hours that follow demand, where the commissioning model says so.

On every anniversary of the first day the maximum of such a contract grows, or shrinks, as referrals
are declared to (``demand.growth_per_year``). It goes by the declared growth, not by what is counted
in the area: then a failure changes no contract, and two futures of one county stay comparable.
"""

from __future__ import annotations

from math import ceil

from simpy.events import ProcessGenerator

from sim.clock import DAYS_PER_YEAR, Rank
from sim.ledger import Cause
from sim.market.market import Market

# After every contract of the day: one that begins or is awarded on an anniversary grows with it.
AFTER_ALL_CONTRACTS = 1 << 40


def index_hours(market: Market) -> ProcessGenerator:
    """Once a year: every contract whose hours follow demand is set anew."""
    year = 1
    while True:
        yield market.clock.at(year * DAYS_PER_YEAR, Rank.CONTRACT, AFTER_ALL_CONTRACTS)
        for branch in market.branches:
            for contract in branch.contracts.values():
                if contract.maximum_minutes is not None and follows_demand(market, contract.tier):
                    contract.change_hours(round(contract.maximum_minutes * growth(market)))
                    # One that is won, and not begun, is told of on its first day.
                    if contract.running:
                        market.ledger.contracted(
                            market.clock.now,
                            branch.id,
                            contract.tier,
                            contract.maximum_minutes,
                            Cause.HOURS_INDEXED,
                        )
        year += 1


def follows_demand(market: Market, tier: int) -> bool:
    """Whether the contracted hours of a tier grow as referrals do."""
    tiers = market.scenario.commissioning.tiers
    return tier < len(tiers) and tiers[tier].hours_follow == "demand"


def growth(market: Market) -> float:
    """By how much contracts grow on an anniversary."""
    return 1 + market.scenario.demand.growth_per_year


def hours_by_now(market: Market, tier: int, minutes: int | None, day: float) -> int | None:
    """Contracted minutes a week agreed on a day, with the anniversaries that have passed since."""
    if minutes is None or not follows_demand(market, tier):
        return minutes
    passed = anniversaries(market.clock.now) - anniversaries(day)
    return round(minutes * growth(market) ** passed)


def anniversaries(day: float) -> int:
    """How many anniversaries of the first day lie before a day; on one, contracts grow last."""
    return max(0, ceil(day / DAYS_PER_YEAR) - 1)
