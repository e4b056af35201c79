"""Re-procurement: the council finds a new principal, which mobilises, starts and ramps up.

Its length is fixed, not drawn: a duration that exists only in the failure arm cannot cancel in a
comparison.
"""

from __future__ import annotations

from simpy.events import ProcessGenerator

from sim.clock import Rank
from sim.ledger import Cause
from sim.market.area import Area
from sim.market.branch import Branch
from sim.market.contract import Contract
from sim.market.market import Market
from sim.market.provider import Provider

TIERS_PER_AREA = 64


def reprocure(market: Market, lost: Contract) -> ProcessGenerator:
    """Replace a principal whose contract ends; a procurement without bidders is repeated."""
    rules = market.scenario.procurement
    area = lost.branch.area
    starts = market.clock.now
    while True:
        starts += rules.emergency_days
        mobilises = max(market.clock.now, starts - rules.mobilisation_days)
        yield market.clock.at(mobilises, Rank.CONTRACT, contract_id(area, lost.tier))
        winner = best_bidder(market, area, lost.tier)
        if winner is not None:
            contract = award(market, area, lost, winner, starts)
            yield market.clock.at(starts, Rank.CONTRACT, contract_id(area, lost.tier))
            if not contract.branch.provider.closed:
                start_contract(market, contract)
                area.principal_missing = False
                return
        market.ledger.contracted(
            market.clock.now, lost.branch.id, lost.tier, -1, Cause.PROCUREMENT_FAILED
        )
        yield market.clock.at(starts, Rank.CONTRACT, contract_id(area, lost.tier))


def contract_id(area: Area, tier: int) -> int:
    """What ties between contracts go by: the area, then the order of tiers."""
    return area.id * TIERS_PER_AREA + tier


def best_bidder(market: Market, area: Area, tier: int) -> Provider | None:
    """Of the eligible providers, the one that serves most in the area, then in the county."""
    rule = market.scenario.commissioning.tiers[tier]
    cap = market.scenario.procurement.lots_cap

    def serves(provider: Provider) -> tuple[int, int, int]:
        here = sum(b.used_minutes for b in provider.branches if b.area is area)
        return (here, sum(b.used_minutes for b in provider.branches), -provider.id)

    eligible = [
        provider
        for provider in market.providers
        if provider.takes_new_work
        and provider.branches
        and provider.is_rated(rule.minimum_rating)
        and lots_held(provider, tier) < cap
    ]
    return max(eligible, key=serves, default=None)


def lots_held(provider: Provider, tier: int) -> int:
    """Areas in which a provider holds, or will hold, a contract of a tier."""
    return sum(1 for branch in provider.branches if tier in branch.contracts)


def award(
    market: Market, area: Area, lost: Contract, winner: Provider, starts_day: float
) -> Contract:
    """Give the winner the lost contract's hours, with the ramp of an emergency award."""
    rules = market.scenario.procurement
    branch = branch_in(market, winner, area)
    contract = Contract(
        branch,
        lost.tier,
        maximum_minutes=lost.maximum_minutes,
        starts_day=starts_day,
        mobilisation_days=rules.mobilisation_days,
        ramp_start=rules.ramp_start_share,
        ramp_days=rules.ramp_days,
        limit_lapses=lost.limit_lapses,
    )
    branch.contracts[lost.tier] = contract
    others = [held for held in area.contracts[lost.tier] if held is not lost]
    area.contracts[lost.tier] = [*others, contract]
    market.brokerage.holders_changed()
    return contract


def branch_in(market: Market, provider: Provider, area: Area) -> Branch:
    """The provider's team in an area, opened if it has none."""
    for branch in provider.branches:
        if branch.area is area:
            return branch
    branch = market.open_branch(provider, area)
    for tier, rule in enumerate(market.scenario.commissioning.tiers):
        if rule.holders == "all_branches" and market.ledger.labels.tiers:
            market.give_open_contract(branch, tier)
    return branch


def start_contract(market: Market, contract: Contract) -> None:
    """A contract's first day: it may be given work, and standing packages are offered again."""
    contract.running = True
    market.brokerage.holders_changed()
    branch = contract.branch
    maximum = -1 if contract.maximum_minutes is None else contract.maximum_minutes
    market.ledger.contracted(
        market.clock.now, branch.id, contract.tier, maximum, Cause.CONTRACT_STARTED
    )
    market.brokerage.area_changed(branch.area)
