"""The absence of a principal: it has closed, given its contract back, or is given no new work.

While an area has no principal that takes work, its framework's limits lapse, the principals of
neighbouring areas (the same locality) are asked in its place, and other teams may give up some
private work. All of that ends when a principal is there again.
"""

from __future__ import annotations

from sim.ledger import Cause
from sim.market.area import Area
from sim.market.branch import Branch
from sim.market.contract import Contract, Terms, open_contract
from sim.market.market import Market
from sim.market.provider import Provider


def is_principal(market: Market, contract: Contract) -> bool:
    """Whether a contract is a principal's of its area, and not a neighbour's help."""
    return contract.tier in market.principal_places and not contract.emergency


def principals_of(market: Market, area: Area) -> list[Contract]:
    """The contracts of an area's principals that run now: by tier, then as they stand there."""
    return [
        contract
        for tier in market.principal_places
        for contract in area.contracts.get(tier, ())
        if contract.running and not contract.emergency
    ]


def has_principal(market: Market, area: Area) -> bool:
    """Whether a principal of the area may be given new work now; one of several is enough."""
    return any(
        contract.branch.takes_new_work and not contract.below_standard
        for contract in principals_of(market, area)
    )


def principals_rated(market: Market, provider: Provider) -> None:
    """A rating is published: a principal below its tier's standard is given no new work."""
    for branch in provider.branches:
        if any(c.running and is_principal(market, c) for c in branch.contracts.values()):
            principal_absent(market, branch.area)
            principal_back(market, branch.area)


def principal_absent(market: Market, area: Area) -> None:
    """An area is without a principal from now on."""
    # A principal under notice and then closed, say, is missed once.
    if area.principal_missing or has_principal(market, area):
        return
    area.miss_principal(True)
    give_up_private_work(market, area)
    call_neighbours(market, area)


def principal_back(market: Market, area: Area) -> None:
    """An area has a principal again, if it has; a neighbour that is to be the next one waits."""
    if not area.principal_missing or not has_principal(market, area):
        return
    area.miss_principal(False)
    for contracts in area.contracts.values():
        # A list of its own: who stops helping leaves the one that is gone through.
        for contract in [held for held in contracts if held.emergency]:
            contract.stop_helping()
            market.ledger.contracted(
                market.clock.now, contract.branch.id, contract.tier, -1, Cause.NEIGHBOUR_RELEASED
            )


def call_neighbours(market: Market, area: Area) -> None:
    """Ask the principals of the same locality, with the carers whom they do not need."""
    for tier in market.principal_places:
        if market.scenario.commissioning.tiers[tier].neighbours_help:
            call_neighbours_in(market, area, tier)


def call_neighbours_in(market: Market, area: Area, tier: int) -> None:
    """Ask those who are principals under one tier."""
    lenders = [
        contract.branch
        for other in market.areas
        if other is not area and other.locality == area.locality
        for contract in other.contracts.get(tier, ())
        if contract.running and not contract.emergency and contract.branch.takes_new_work
    ]
    helping: dict[int, Branch] = {}
    for lender in lenders:
        helper = market.branch_in(lender.provider, area)
        if not helper.takes_new_work:
            continue
        held = helper.contracts.get(tier)
        # Who holds, or held, the area's own contract is no neighbour of it.
        if helper.id not in helping and (held is None or held.emergency):
            give_emergency_contract(market, helper, tier)
            helping[helper.id] = helper
        # A provider may be principal of two areas nearby: both lend to its one team here.
        if helper.id in helping and helper is not lender:
            market.workforce.second(lender, helper)


def give_emergency_contract(market: Market, helper: Branch, tier: int) -> None:
    """Let a neighbouring principal serve here until the area has a principal of its own."""
    contract = open_contract(helper, tier, Terms(None, market.clock.now))
    contract.help_out()
    market.ledger.contracted(market.clock.now, helper.id, tier, -1, Cause.NEIGHBOUR_CALLED)


def give_up_private_work(market: Market, area: Area) -> None:
    """Other teams make room for the council's people, if they do."""
    share = market.scenario.failure.private_absorbable_share
    if share == 0:
        return
    for branch in area.branches:
        if branch.takes_new_work and branch.private_minutes:
            minutes = branch.private_minutes - int(share * branch.private_minutes)
            homes = branch.private_homes - int(share * branch.private_homes)
            market.set_private_work(branch, minutes, homes)
