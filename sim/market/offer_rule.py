"""An offer rule: a tier of the commissioning model, made ready for quick answers."""

from __future__ import annotations

from dataclasses import dataclass

from sim.market.package import Package
from sim.scenario.tables import Tier


@dataclass(frozen=True, slots=True)
class OfferRule:
    """A tier and who wants its work, by settlement class, as sides of a coin.

    ``fees``: what it pays, to the framework's rate, by settlement class. ``by_contract``: whether
    some contracts pay otherwise. ``order_moves``: whether who is asked first goes by the package,
    or by who has what already.
    """

    id: int
    tier: Tier
    wanting: tuple[int, ...]
    pressing_only: bool
    from_minutes: int
    fees: tuple[float, ...] = ()
    by_contract: bool = False
    order_moves: bool = False

    def concerns(self, package: Package) -> bool:
        """Whether the tier is asked about a package at all."""
        asked = package.pressing or not self.pressing_only
        return asked and package.minutes >= self.from_minutes
