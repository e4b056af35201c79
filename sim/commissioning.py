"""Offer rules as pure functions: who is asked in a tier, who may take a package, who is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from math import fsum

from sim.draws import FIRST_ANSWER
from sim.market.branch import Branch
from sim.market.contract import Contract
from sim.market.offer_rule import OfferRule
from sim.market.package import Package
from sim.market.pay import SETTLEMENTS as SETTLEMENTS
from sim.market.pay import PayList
from sim.randomness import COIN_FIRST, COIN_MASK, COIN_SECOND, coin, uniform
from sim.scenario import Scenario
from sim.scenario.tables import Contract as Row


class Answer(IntEnum):
    """What a provider answers to an offer."""

    ACCEPTS = 0
    NO_CARERS = 1
    AT_LIMIT = 2
    UNWILLING = 3


def offer_rules(scenario: Scenario, pay: PayList) -> list[OfferRule]:
    """The tiers of a scenario, in the order of their ids."""
    model = scenario.commissioning
    own_rates = {row.tier for row in model.contracts if has_own_rate(row)}
    priced = {tier for tier, _, _ in pay.prices}
    return [
        OfferRule(
            i,
            tier,
            pay.of_tiers[i].wanting,
            tier.asked_when == "pressing",
            round(tier.from_hours_per_week * 60),
            pay.of_tiers[i].fees,
            by_contract=tier.code in own_rates or tier.code in priced,
            order_moves=tier.choose in ("price", "share", "rotation"),
        )
        for i, tier in enumerate(model.tiers)
    ]


def has_own_rate(row: Row) -> bool:
    """Whether a row of contracts.csv has a rate of its own."""
    return row.rate_ratio is not None or row.rate_gbp_per_hour is not None


def may_be_asked(rule: OfferRule, contract: Contract) -> bool:
    """Whether a contract's holder is asked at all: trading, taking work, well enough rated.

    A team below the standard of a contract that it has won is given nothing new in the area, not
    even by another tier.
    """
    branch = contract.branch
    return (
        contract.running
        and branch.takes_new_work
        and (contract.lot or branch.provider.is_rated(rule.tier.minimum_rating))
        and not any(held.below_standard for held in branch.contracts.values())
    )


def answer(rule: OfferRule, contract: Contract, package: Package) -> Answer:
    """Whether a contract's holder takes a package now, or why not.

    Wanting is one latent draw per package and provider: asked again, the answer is the same.
    """
    if not wants(rule, contract, package):
        return Answer.UNWILLING
    return answer_of_the_willing(contract, package)


def answer_of_the_willing(contract: Contract, package: Package) -> Answer:
    """Whether a provider that wants a package has the contract and the carers for it."""
    room, minutes = contract.branch.room, package.minutes
    if contract.maximum_minutes is not None and not contract.has_room(
        minutes, principal_missing=package.area.principal_missing
    ):
        return Answer.AT_LIMIT
    if minutes > room and (
        not package.pressing or minutes - extra_minutes(package, contract) > room
    ):
        return Answer.NO_CARERS
    return Answer.ACCEPTS


def wants(rule: OfferRule, contract: Contract, package: Package) -> bool:
    """Whether a provider wants a package, room or not."""
    pay = contract.pay
    sides = rule.wanting if pay is None else pay.wanting
    return coin(package.key, contract.salt) < sides[package.settlement]


def answers(
    rule: OfferRule, asked: Sequence[Contract], package: Package
) -> tuple[list[Contract], list[Branch], int]:
    """Who accepts, who lacks the carers, and how many are at their limit; the rest do not want it.

    The coin is tossed in place: most of a replication's provider answers end here.
    """
    sides, key = rule.wanting[package.settlement], package.key
    accepting: list[Contract] = []
    short: list[Branch] = []
    at_limit = 0
    # Where all are paid alike, as in most tiers, to ask each for its own pay would cost time.
    by_contract = rule.by_contract
    for contract in asked:
        if by_contract:
            if not wants(rule, contract, package):
                continue
        else:
            value = ((key ^ contract.salt) * COIN_FIRST) & COIN_MASK
            if ((value ^ (value >> 29)) * COIN_SECOND) & COIN_MASK >= sides:
                continue
        said = answer_of_the_willing(contract, package)
        if said is Answer.ACCEPTS:
            accepting.append(contract)
        elif said is Answer.NO_CARERS:
            short.append(contract.branch)
        else:
            at_limit += 1
    return accepting, short, at_limit


def extra_minutes(package: Package, contract: Contract) -> int:
    """For someone who has lost their provider: carers who come with them, and overtime."""
    branch = contract.branch
    if not package.pressing:
        return 0
    failed = package.staff_from
    carers = 0.0 if failed is None else min(package.staff_carers, failed.movers)
    return int(carers * branch.carer_minutes) + branch.stretch


def chosen(rule: OfferRule, accepting: Sequence[Contract], package: Package) -> Contract:
    """Which of those who accept gets the package."""
    if len(accepting) == 1:
        return accepting[0]
    if rule.tier.choose == "first_answer":
        asked = package.times_asked
        return min(
            accepting,
            key=lambda c: (
                uniform(package.key ^ c.branch.salt, FIRST_ANSWER + asked),
                c.branch.code,
            ),
        )
    # Holders stand in the order of rank or quality already.
    return in_turn(rule, accepting, package)[0]


def in_turn(rule: OfferRule, asked: Sequence[Contract], package: Package) -> Sequence[Contract]:
    """Holders in the order in which a tier asks them about a package; equals stay as they stand.

    They stand by rank, then by provider's code (teams of a tier that is open to all: in the order
    in which they were opened, which is that of their codes).
    """
    if not rule.order_moves or len(asked) < 2:
        return asked
    choose = rule.tier.choose
    if choose == "price":
        place = package.settlement
        return sorted(asked, key=lambda held: fee(rule, held, place))
    if choose == "share":
        served = sum(held.used_minutes for held in asked)
        parts = fsum(held.terms.weight for held in asked)
        return sorted(asked, key=lambda held: held.used_minutes - part(held, parts) * served)
    standing = package.area.contracts[rule.id]
    last = package.area.last_taker.get(rule.id)
    after = standing.index(last) + 1 if last in standing else 0
    return sorted(asked, key=lambda held: (standing.index(held) - after) % len(standing))


def fee(rule: OfferRule, contract: Contract, settlement: int) -> float:
    """What an hour in a home of a class costs the council, as a ratio to the framework's rate."""
    return (rule.fees if contract.pay is None else contract.pay.fees)[settlement]


def part(contract: Contract, parts: float) -> float:
    """The part of a tier's work that is a contract's own, of those who are asked."""
    return contract.terms.weight / parts if parts > 0 else 0.0
