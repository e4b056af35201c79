"""Bridging: an in-house team, the provider of last resort, covers some of those who wait.

Its hours are few. Whenever some come free it looks at the twenty most urgent people who wait in the
county, takes those whose package fits, and keeps them until their provider starts, they go to
hospital, or they leave.
"""

from __future__ import annotations

from sim.ledger import Cause, Stage
from sim.market.area import InterimCareList
from sim.market.market import Market
from sim.market.package import Package

LOOK_AHEAD = 20


class Bridging:
    """The team's hours and the people it could still help."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.capacity_minutes = round(market.scenario.bridging.hours_per_week * 60)
        self.used_minutes = 0
        self.unbridged = InterimCareList()

    def waits(self, package: Package) -> None:
        """Someone has joined the interim care list."""
        if self.capacity_minutes == 0:
            return
        self.unbridged.join(package)
        if self.used_minutes + package.minutes <= self.capacity_minutes:
            self._bridge(package)

    def no_longer_waits(self, package: Package) -> None:
        """Someone leaves the interim care list."""
        if self.capacity_minutes and package.stage is not Stage.BRIDGED:
            self.unbridged.leave(package)

    def freed(self, minutes: int) -> None:
        """Hours have come free: help the next people whose package fits."""
        self.used_minutes -= minutes
        for package in self.unbridged.packages[:LOOK_AHEAD]:
            if self.used_minutes + package.minutes <= self.capacity_minutes:
                self._bridge(package)

    def _bridge(self, package: Package) -> None:
        self.unbridged.leave(package)
        self.used_minutes += package.minutes
        package.stage = Stage.BRIDGED
        self.market.record(package, Cause.BRIDGED)
