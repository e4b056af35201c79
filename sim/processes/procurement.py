"""Procurement: the council finds a principal, which mobilises, starts and ramps up.

An emergency procurement follows the loss of a principal; a planned one precedes the end of a
contract, and its holder may bid again. Only eligible providers bid: rated well enough, within the
cap on lots, with a workforce in the county. A tender without a taker is repeated. Lengths are
fixed, not drawn: a duration that exists only in the failure arm cannot cancel in a comparison.
"""

from __future__ import annotations

from dataclasses import replace

from simpy.events import ProcessGenerator

from sim.clock import Rank
from sim.ledger import Cause
from sim.market.area import Area
from sim.market.contract import Contract, open_contract
from sim.market.market import Market
from sim.market.provider import Provider
from sim.processes.absence import is_principal, principal_absent, principal_back
from sim.processes.indexation import hours_by_now

# Identities of contracts must not meet: more tiers than any model has, one left over for what comes
# after an area's contracts.
TIERS_PER_AREA = 64


def reprocure(market: Market, lost: Contract, maximum_minutes: int | None) -> ProcessGenerator:
    """Replace a principal whose contract ends before its time.

    A successor that a planned procurement had found already begins as planned.
    """
    rules = market.scenario.procurement
    area, tier = lost.branch.area, lost.tier
    lost_day = starts = market.clock.now
    agreed_minutes = maximum_minutes
    attempt = 0
    note(market, lost, Cause.TENDERED)
    while True:
        starts += emergency_length(market, attempt)
        mobilises = max(market.clock.now, starts - rules.mobilisation_days)
        yield market.clock.at(mobilises, Rank.CONTRACT, contract_id(area, tier))
        maximum_minutes = hours_by_now(market, lost, agreed_minutes, lost_day)
        # A planned procurement may have found one in the meantime.
        successor = successor_of(lost)
        winner = best_bidder(market, lost, maximum_minutes, attempt) if not successor else None
        if winner is not None:
            contract = award(market, lost, maximum_minutes, winner, starts)
            yield market.clock.at(starts, Rank.CONTRACT, contract_id(area, tier))
            if started(market, contract):
                return
        if successor is None:
            note(market, lost, Cause.PROCUREMENT_FAILED)
        else:
            starts = max(starts, successor.starts_day)
        yield market.clock.at(starts, Rank.CONTRACT, contract_id(area, tier))
        if successor_of(lost) is not None:
            return
        attempt += 1


def emergency_length(market: Market, attempt: int) -> float:
    """Time that an emergency procurement takes; to repeat one takes a day at least."""
    days = market.scenario.procurement.emergency_days
    # A length of nought would tender for ever at one instant.
    return days if attempt == 0 else max(1.0, days)


def successor_of(lost: Contract) -> Contract | None:
    """Who holds, or will hold, the same lot of an area, and has not given notice."""
    for contract in lost.branch.area.contracts[lost.tier]:
        if in_hand(contract) and contract.terms.lot_number == lost.terms.lot_number:
            return contract
    return None


def in_hand(contract: Contract) -> bool:
    """Whether a contract has been given to somebody who neither closes nor has returned it."""
    return contract.lot and not (contract.branch.closed or contract.branch.leaving)


def started(market: Market, contract: Contract) -> bool:
    """A winner's first day: one that has closed, or may take no work, does not start."""
    if contract.branch.takes_new_work:
        start_contract(market, contract)
        return True
    contract.fall_through()
    return False


def renew(market: Market, contract: Contract, ends_day: float) -> ProcessGenerator:
    """Tender a principal's contract before its last day; until somebody is found it goes on."""
    rules = market.scenario.procurement
    identity = contract_id(contract.branch.area, contract.tier)
    begins = max(market.clock.now, ends_day - rules.planned_days)
    yield market.clock.at(begins, Rank.CONTRACT, identity)
    attempt = 0
    while in_hand(contract):
        note(market, contract, Cause.TENDERED)
        decides = max(market.clock.now, ends_day - rules.mobilisation_days)
        yield market.clock.at(decides, Rank.CONTRACT, identity)
        if not in_hand(contract):
            return
        winner = best_bidder(market, contract, contract.maximum_minutes, attempt)
        # The holder goes on as it is: no new first day, no ramp.
        if winner is contract.branch.provider:
            note(market, contract, Cause.AWARDED)
            return
        if winner is not None:
            maximum = contract.maximum_minutes
            successor = award(market, contract, maximum, winner, ends_day)
            yield market.clock.at(ends_day, Rank.CONTRACT, identity)
            if successor.branch.takes_new_work:
                succeed(market, contract, successor)
            if started(market, successor):
                return
        note(market, contract, Cause.PROCUREMENT_FAILED)
        # Until somebody is found the old contract goes on.
        ends_day += emergency_length(market, attempt + 1)
        attempt += 1


def succeed(market: Market, old: Contract, new: Contract) -> None:
    """At a planned change the people and the carers of the contract go to the new holder."""
    if not old.running:
        return
    old.end()
    note(market, old, Cause.CONTRACT_ENDED)
    old.drop_hours()
    left, taker = old.branch, new.branch
    people = [package for package in left.packages.values() if package.tier == old.tier]
    share = sum(package.minutes for package in people) / max(1, left.used_minutes)
    moving = market.scenario.rollout.staff_move_share * share * left.productive
    market.workforce.transfer(left, taker, int(moving + 0.5))
    for package in sorted(people, key=lambda package: package.id):
        market.hand_over(package, new, Cause.TRANSFERRED)


def expire(market: Market, contract: Contract, ends_day: float) -> ProcessGenerator:
    """The last day of a contract that nobody tenders anew; what it serves goes on."""
    identity = contract_id(contract.branch.area, contract.tier)
    yield market.clock.at(ends_day, Rank.CONTRACT, identity)
    if in_hand(contract):
        contract.end()
        note(market, contract, Cause.CONTRACT_ENDED)
        contract.drop_hours()


def contract_id(area: Area, tier: int) -> int:
    """What ties between contracts go by: the area, then the order of tiers."""
    return area.id * TIERS_PER_AREA + tier


def note(market: Market, contract: Contract, cause: Cause) -> None:
    """Record a step of a contract's procurement."""
    maximum = -1 if contract.maximum_minutes is None else contract.maximum_minutes
    market.ledger.contracted(market.clock.now, contract.branch.id, contract.tier, maximum, cause)


def best_bidder(
    market: Market, lost: Contract, maximum_minutes: int | None, attempt: int
) -> Provider | None:
    """Of the eligible providers, the one that serves most in the area, then in the county."""
    rules = market.scenario.procurement
    area = lost.branch.area
    # Spread evenly over replications: it exists in the failure arm only, and cannot cancel in a
    # comparison.
    chance = market.draws.stratified("tender", area.code, attempt)
    if chance < rules.failed_share:
        return None
    least = rules.bidder_size_share * (maximum_minutes or 0)

    def serves(provider: Provider) -> tuple[int, int, int]:
        here = sum(b.used_minutes for b in provider.branches if b.area is area)
        return (here, sum(b.used_minutes for b in provider.branches), -provider.id)

    def eligible(provider: Provider) -> bool:
        rule = market.scenario.commissioning.tiers[lost.tier]
        lots = lots_held(provider, lost)
        large = sum(b.used_minutes for b in provider.branches) >= least
        rated = provider.is_rated(rule.minimum_rating)
        # Who has just given the contract back does not get it again.
        gave_it_back = provider is lost.branch.provider and not lost.running
        free = not gave_it_back and not holds_another_lot(provider, lost)
        return provider.may_bid and rated and large and lots < rules.lots_cap and free

    return max(filter(eligible, market.providers), key=serves, default=None)


def holds_another_lot(provider: Provider, besides: Contract) -> bool:
    """Whether a provider holds, or will hold, another lot of the tier in the area."""
    return any(
        in_hand(contract)
        for branch in provider.branches
        if branch.area is besides.branch.area
        for contract in branch.contracts.values()
        if contract.tier == besides.tier and contract is not besides
    )


def lots_held(provider: Provider, besides: Contract) -> int:
    """Other areas in which a provider holds, or will hold, a contract of a tier."""
    return sum(
        1
        for branch in provider.branches
        for contract in branch.contracts.values()
        if contract.lot and contract.tier == besides.tier and contract is not besides
    )


def award(
    market: Market,
    lost: Contract,
    maximum_minutes: int | None,
    winner: Provider,
    starts_day: float,
) -> Contract:
    """Give the winner the lost contract's hours and terms, with the ramp of an emergency award."""
    rules, tier, area = market.scenario.procurement, lost.tier, lost.branch.area
    branch = market.branch_in(winner, area)
    terms = replace(
        lost.terms,
        maximum_minutes=maximum_minutes,
        starts_day=starts_day,
        mobilisation_days=rules.mobilisation_days,
        ramp_start=rules.ramp_start_share,
        ramp_days=rules.ramp_days,
        standard=market.scenario.commissioning.tiers[tier].standard,
    )
    pay = market.pay.of(tier, winner.code, terms.rate_ratio)
    contract = open_contract(branch, tier, terms, limit_lapses=lost.limit_lapses, pay=pay)
    contract.award(terms, pay)
    note(market, contract, Cause.AWARDED)
    return contract


def start_contract(market: Market, contract: Contract) -> None:
    """A contract's first day: it may be given work, and standing packages are offered again."""
    contract.begin()
    note(market, contract, Cause.CONTRACT_STARTED)
    # A principal rated below the standard since the award begins, and is given no work yet.
    if is_principal(market, contract):
        principal_absent(market, contract.branch.area)
    principal_back(market, contract.branch.area)
