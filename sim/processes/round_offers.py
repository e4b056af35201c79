"""Offering a whole round: after a failure, to tiers that take rounds, before packages one by one.

The provider that takes a round gets everyone in it who still seeks one, and the carers who move
with it; it must have room for all of them. If nobody takes the round it is broken up, and each
person is offered alone. All of that is the brokers' work of a day or two.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from simpy.events import ProcessGenerator

from sim.clock import Rank
from sim.commissioning import in_turn, wants
from sim.market.branch import Branch
from sim.market.contract import Contract
from sim.market.market import Market
from sim.market.offer_rule import OfferRule
from sim.market.package import Package
from sim.market.rounds import minutes_of
from sim.processes.hand_back import is_barred

# Identities of two teams' rounds must not meet; no team has a thousand rounds.
ROUNDS_PER_BRANCH = 1000


def offer_round(
    market: Market, failed: Branch, homes: Sequence[Package], number: int
) -> ProcessGenerator:
    """Offer a round down the tiers that take rounds; break it up if nobody does."""
    spells = {package.id: package.spells for package in homes}
    identity = failed.id * ROUNDS_PER_BRANCH + number
    yield market.clock.at(
        market.clock.now + market.scenario.brokerage.handling_days, Rank.BROKERAGE, identity
    )
    for rule in market.brokerage.phases[failed.area.phase]:
        asked = market.brokerage.asked_in(failed.area, rule)
        if not rule.tier.takes_whole_rounds or not asked:
            continue
        yield market.clock.at(market.clock.now + rule.tier.answer_days, Rank.BROKERAGE, identity)
        # Some have gone to hospital, left, or been placed while the tier thought it over.
        seeking = [p for p in homes if p.seeking and p.spells == spells[p.id]]
        if not seeking:
            return
        taker = who_takes(market, failed, rule, seeking)
        market.ledger.round_offered(
            market.clock.now,
            failed.id,
            rule.id,
            len(seeking),
            minutes_of(seeking),
            len(market.brokerage.asked_in(failed.area, rule)),
            -1 if taker is None else taker.branch.id,
        )
        if taker is not None:
            hand_over(market, failed, rule, taker, seeking)
            return
    for package in sorted(homes, key=by_urgency):
        if package.seeking and package.spells == spells[package.id]:
            market.brokerage.seek(package)


def hold_back(homes: Sequence[Package]) -> None:
    """Nobody in a round is offered alone until the round is taken or broken up."""
    for package in homes:
        package.offer_open = True


def by_urgency(package: Package) -> tuple[int, int]:
    """The order in which people who lose their provider are helped."""
    return (package.urgency, package.id)


def who_takes(
    market: Market, failed: Branch, rule: OfferRule, homes: Sequence[Package]
) -> Contract | None:
    """The first holder, in the tier's order, with the wish, the contract and the carers."""
    minutes = minutes_of(homes)
    for contract in in_turn(rule, market.brokerage.asked_in(failed.area, rule), homes[0]):
        # One wish for a round as a whole: its homes are neighbours, so one stands for all.
        willing = wants(rule, contract, homes[0])
        limit = contract.has_room(minutes, principal_missing=failed.area.principal_missing)
        asked = not any(is_barred(market, home, contract.branch.provider) for home in homes)
        carers = carers_of(failed, homes)
        if willing and limit and asked and fits(contract.branch, homes, carers):
            return contract
    return None


def carers_of(failed: Branch, homes: Sequence[Package]) -> int:
    """Whole carers who would come with a round."""
    return min(failed.movers, int(fsum(package.staff_carers for package in homes) + 0.5))


def fits(branch: Branch, homes: Sequence[Package], carers: int) -> bool:
    """Whether a team, with so many carers more and overtime, has room for home after home."""
    if branch.unlimited:
        return True
    people = (branch.productive + carers - branch.away) * (1 + branch.overtime_share)
    used = branch.committed
    visited = branch.homes + branch.private_homes
    for number, package in enumerate(homes, start=1):
        used += package.minutes
        if people * branch.travel.contact_minutes(visited + number) < used:
            return False
    return True


def hand_over(
    market: Market,
    failed: Branch,
    rule: OfferRule,
    taker: Contract,
    homes: Sequence[Package],
) -> None:
    """The carers first, then everyone in the round."""
    market.workforce.move_round(failed, taker.branch, carers_of(failed, homes))
    for package in homes:
        # Their carers have come with the round; none comes again with the single person.
        package.staff_from, package.staff_carers = None, 0.0
        market.brokerage.accept_in_round(package, rule, taker)
