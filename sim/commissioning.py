"""Offer rules as pure functions: who is asked in a tier, who may take a package, who is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from sim.draws import FIRST_ANSWER
from sim.market.branch import Branch
from sim.market.contract import Contract
from sim.market.offer_rule import OfferRule
from sim.market.package import Package
from sim.randomness import COIN_FIRST, COIN_MASK, COIN_SECOND, COIN_SIDES, coin, uniform
from sim.scenario import Scenario
from sim.scenario.parameters import Willingness

SETTLEMENTS = ("urban", "fringe", "rural", "isolated")


class Answer(IntEnum):
    """What a provider answers to an offer."""

    ACCEPTS = 0
    NO_CARERS = 1
    AT_LIMIT = 2
    UNWILLING = 3


def offer_rules(scenario: Scenario) -> list[OfferRule]:
    """The tiers of a scenario, in the order of their ids."""
    return [
        OfferRule(
            i,
            tier,
            tuple(
                int(chance * COIN_SIDES)
                for chance in wanting(scenario.willingness, tier.obligation, tier.rate_ratio)
            ),
            tier.asked_when == "pressing",
            round(tier.from_hours_per_week * 60),
        )
        for i, tier in enumerate(scenario.commissioning.tiers)
    ]


def wanting(
    willingness: Willingness, obligation: float, rate_ratio: float = 1.0
) -> tuple[float, ...]:
    """Chance that a provider with room wants a package, by settlement class.

    It falls in proportion to how far the home's cost exceeds its fee, and reaches the tier's
    obligation where the excess reaches the tolerance.
    """
    chances = []
    for place in SETTLEMENTS:
        cost = getattr(willingness, f"cost_ratio_{place}")
        fee = getattr(willingness, f"fee_ratio_{place}") * rate_ratio
        # A fee above cost does not make a provider want more than its free choice.
        excess = max(0.0, cost / fee - 1.0)
        free_choice = willingness.base_share * max(0.0, 1 - excess / willingness.cost_tolerance)
        chances.append(obligation + (1 - obligation) * free_choice)
    return tuple(chances)


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
    if coin(package.key, contract.salt) >= rule.wanting[package.settlement]:
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
    return coin(package.key, contract.salt) < rule.wanting[package.settlement]


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
    for contract in asked:
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
    return accepting[0]
