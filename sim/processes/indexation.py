"""Contracted hours that follow demand, where the commissioning model says so, or grow by a share.

On every anniversary of the first day the maximum of such a contract grows, or shrinks, as referrals
are declared to (``demand.growth_per_year``), or as the contract itself says. It goes by the
declared growth, not by what is counted in the area: then a failure changes no contract, and two
futures of one county stay comparable.
"""

from __future__ import annotations

from math import ceil

from simpy.events import ProcessGenerator

from sim.clock import DAYS_PER_YEAR, Rank
from sim.ledger import Cause
from sim.market.contract import Contract
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
                growth = growth_of(market, contract)
                if contract.maximum_minutes is not None and growth is not None:
                    contract.change_hours(round(contract.maximum_minutes * growth))
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


def growth_of(market: Market, contract: Contract) -> float | None:
    """By how much a contract's hours grow on an anniversary; None: they stay as they are."""
    own = contract.terms.growth_per_year
    if own is not None:
        return 1 + own if own else None
    follows = follows_demand(market, contract.tier)
    return 1 + market.scenario.demand.growth_per_year if follows else None


def hours_by_now(market: Market, lost: Contract, minutes: int | None, day: float) -> int | None:
    """Minutes a week of a contract as agreed on a day, with the anniversaries passed since."""
    growth = growth_of(market, lost)
    if minutes is None or growth is None:
        return minutes
    passed = anniversaries(market.clock.now) - anniversaries(day)
    return round(minutes * growth**passed)


def anniversaries(day: float) -> int:
    """How many anniversaries of the first day lie before a day; on one, contracts grow last."""
    return max(0, ceil(day / DAYS_PER_YEAR) - 1)
