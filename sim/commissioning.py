"""Offer rules as pure functions: who is asked in a tier, who may take a package, who is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from sim.market.area import Area
from sim.market.contract import Contract
from sim.market.package import Package
from sim.randomness import uniform
from sim.scenario import Scenario
from sim.scenario.parameters import Willingness
from sim.scenario.tables import Tier

SETTLEMENTS = ("urban", "fringe", "rural", "isolated")


class Answer(IntEnum):
    """What a provider answers to an offer."""

    ACCEPTS = 0
    NO_CARERS = 1
    AT_LIMIT = 2
    UNWILLING = 3
    NOT_ASKED = 4


@dataclass(frozen=True, slots=True)
class OfferRule:
    """A tier, made ready for quick answers: the chance of wanting work by settlement class."""

    id: int
    tier: Tier
    wanting: tuple[float, ...]


def offer_rules(scenario: Scenario) -> list[OfferRule]:
    """The tiers of a scenario, in the order of their ids."""
    return [
        OfferRule(i, tier, wanting(scenario.willingness, tier.obligation))
        for i, tier in enumerate(scenario.commissioning.tiers)
    ]


def wanting(willingness: Willingness, obligation: float) -> tuple[float, ...]:
    """Chance that a provider with room wants a package, by settlement class.

    It falls in proportion to how far the home's cost exceeds its fee, and reaches the tier's
    obligation where the excess reaches the tolerance.
    """
    chances = []
    for place in SETTLEMENTS:
        cost = getattr(willingness, f"cost_ratio_{place}")
        fee = getattr(willingness, f"fee_ratio_{place}")
        excess = max(0.0, cost / fee - 1.0)
        free_choice = willingness.base_share * max(0.0, 1 - excess / willingness.cost_tolerance)
        chances.append(obligation + (1 - obligation) * free_choice)
    return tuple(chances)


def holders(area: Area, rule: OfferRule) -> Sequence[Contract]:
    """The contracts whose holders a tier asks."""
    return area.contracts.get(rule.id, ())


def wants(rule: OfferRule, contract: Contract, package: Package) -> bool:
    """One latent draw per package and provider: asked again, the answer is the same."""
    chance = rule.wanting[package.settlement]
    if chance >= 1.0:
        return True
    return uniform(package.key ^ contract.branch.provider.salt, 0) < chance


def answer(rule: OfferRule, contract: Contract, package: Package) -> Answer:
    """Whether a contract's holder takes a package now, or why not."""
    branch = contract.branch
    provider = branch.provider
    if not contract.running or not provider.takes_new_work:
        return Answer.NOT_ASKED
    if not provider.is_rated(rule.tier.minimum_rating):
        return Answer.NOT_ASKED
    if not wants(rule, contract, package):
        return Answer.UNWILLING
    if not contract.has_room(
        package.minutes, principal_missing=package.area.principal_missing
    ):
        return Answer.AT_LIMIT
    if package.minutes - arriving_minutes(package, contract) > branch.room:
        return Answer.NO_CARERS
    return Answer.ACCEPTS


def arriving_minutes(package: Package, contract: Contract) -> int:
    """Minutes a week of the carers who would come with the person from a failed provider."""
    if package.staff_carers == 0.0:
        return 0
    return int(package.staff_carers * contract.branch.carer_minutes)


def chosen(rule: OfferRule, accepting: Sequence[Contract], package: Package) -> Contract:
    """Which of those who accept gets the package."""
    if len(accepting) == 1:
        return accepting[0]
    if rule.tier.choose == "first_answer":
        counter = package.times_asked + 1
        return min(
            accepting,
            key=lambda c: (uniform(package.key ^ c.branch.salt, counter), c.branch.code),
        )
    # Holders stand in the order of rank or quality already.
    return accepting[0]
