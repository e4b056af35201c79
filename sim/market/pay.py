"""What a contract pays where that is not its tier's rate: a rate of its own, or prices by class.

Pounds in contracts.csv and prices.csv are those of one day; kept as ratios to the framework's rate
of that day, they rise as it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sim.randomness import COIN_SIDES
from sim.scenario import Scenario
from sim.scenario.parameters import Willingness
from sim.scenario.tables import Contract, Tier

SETTLEMENTS = ("urban", "fringe", "rural", "isolated")

PriceOf = dict[tuple[str, str, str | None], float]
"""Prices of an hour to the framework's rate, by tier, provider and class; None: every class."""


@dataclass(frozen=True, slots=True)
class Pay:
    """What an hour is paid under a contract, as ratios to the framework's rate.

    ``fees``: by settlement class. ``wanting``: sides of a coin on which its holder wants a package,
    by class. ``by_class``: whether each class has a price of its own; else the class's fee follows
    from ``rate_ratio``.
    """

    rate_ratio: float
    fees: tuple[float, ...]
    wanting: tuple[int, ...]
    by_class: bool = False


class PayList:
    """What contracts pay: tier by tier, and contract by contract where one differs."""

    def __init__(self, scenario: Scenario) -> None:
        model = scenario.commissioning
        self.willingness = scenario.willingness
        self.tiers = model.tiers
        self.of_tiers = [pay_of(self.willingness, tier, tier.rate_ratio) for tier in model.tiers]
        framework = framework_rate(scenario, scenario.calendar.start) if model.prices else 1.0
        # A row that names its tier goes before one that does not: it comes last.
        rows = sorted(model.prices, key=lambda row: row.tier is not None)
        self.prices: PriceOf = {
            (code, row.provider, row.settlement): row.gbp_per_hour / framework
            for row in rows
            for code in ([row.tier] if row.tier else priced_tiers(model.tiers))
        }

    def of(self, tier: int, provider: str, rate_ratio: float | None) -> Pay | None:
        """What a provider's contract pays; None if that is what its tier pays.

        ``rate_ratio``: the contract's own; None: the tier's.
        """
        # Direct payments come after every tier of the council.
        if tier >= len(self.tiers):
            return None
        rule = self.tiers[tier]
        ratio = rule.rate_ratio if rate_ratio is None else rate_ratio
        everywhere = self.prices.get((rule.code, provider, None))
        asked = [self.prices.get((rule.code, provider, p), everywhere) for p in SETTLEMENTS]
        if asked == [None] * len(asked):
            return None if rate_ratio is None else pay_of(self.willingness, rule, ratio)
        usual = fees_at(self.willingness, ratio)
        fees = tuple(fee if own is None else own for own, fee in zip(asked, usual, strict=True))
        sides = coin_sides(wanting_at(self.willingness, rule.obligation, fees))
        return Pay(ratio, fees, sides, by_class=True)


def priced_tiers(tiers: tuple[Tier, ...]) -> list[str]:
    """The tiers that a row of prices.csv without a tier concerns."""
    return [tier.code for tier in tiers if tier.choose == "price"]


def pay_of(willingness: Willingness, tier: Tier, rate_ratio: float) -> Pay:
    """What a tier pays at a rate, and who wants its work."""
    fees = fees_at(willingness, rate_ratio)
    return Pay(rate_ratio, fees, coin_sides(wanting_at(willingness, tier.obligation, fees)))


def fees_at(willingness: Willingness, rate_ratio: float) -> tuple[float, ...]:
    """Fees by settlement class at a rate."""
    return tuple(getattr(willingness, f"fee_ratio_{place}") * rate_ratio for place in SETTLEMENTS)


def wanting(
    willingness: Willingness, obligation: float, rate_ratio: float = 1.0
) -> tuple[float, ...]:
    """Chance that a provider with room wants a package, by settlement class, at a rate."""
    return wanting_at(willingness, obligation, fees_at(willingness, rate_ratio))


def wanting_at(
    willingness: Willingness, obligation: float, fees: tuple[float, ...]
) -> tuple[float, ...]:
    """Chance that a provider with room wants a package, by settlement class.

    It falls in proportion to how far the home's cost exceeds its fee, and reaches the tier's
    obligation where the excess reaches the tolerance.
    """
    chances = []
    for place, fee in zip(SETTLEMENTS, fees, strict=True):
        cost = getattr(willingness, f"cost_ratio_{place}")
        # A fee above cost does not make a provider want more than its free choice.
        excess = max(0.0, cost / fee - 1.0)
        free_choice = willingness.base_share * max(0.0, 1 - excess / willingness.cost_tolerance)
        chances.append(obligation + (1 - obligation) * free_choice)
    return tuple(chances)


def coin_sides(chances: tuple[float, ...]) -> tuple[int, ...]:
    """Chances as sides of a coin."""
    return tuple(int(chance * COIN_SIDES) for chance in chances)


def framework_rate(scenario: Scenario, day: date) -> float:
    """The framework's rate in pounds an hour on a day: of the latest row of wages.csv by then."""
    row = max((w for w in scenario.wages if w.starts <= day), key=lambda w: w.starts)
    return row.framework_rate_gbp_per_hour


def own_ratio(scenario: Scenario, row: Contract, begins: date) -> float | None:
    """The rate of a row of contracts.csv as a ratio to the framework's; None: the tier's.

    ``begins``: its first day.
    """
    if row.rate_gbp_per_hour is None:
        return row.rate_ratio
    return row.rate_gbp_per_hour / framework_rate(scenario, max(begins, scenario.calendar.start))
