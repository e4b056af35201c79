"""The one door for changes: what has changed at this instant, and whom it concerns.

Teams, contracts, areas and packages note their own changes here as they happen. After each event
the clock has everybody told whom they concern (:meth:`sim.market.market.Market.tell`), until
nothing is left to tell: teams learn how far their carers fall short, standing packages are offered
again, the in-house team looks whom it can help. So no process has to remember whom a change
concerns, and nobody is told in the middle of a change.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.market.area import Area
    from sim.market.branch import Branch
    from sim.market.package import Package


class Changed:
    """What has changed since everybody was last told, each thing once, in the order of its id.

    ``bridging``: whether the in-house team has reason to look.
    """

    # No dataclass: compiled, its constructor stays a Python function, called 80,000 times a run.
    __slots__ = ("areas", "bridging", "packages", "teams")

    def __init__(
        self,
        teams: Sequence[Branch],
        areas: Sequence[Area],
        packages: Sequence[Package],
        bridging: bool,
    ) -> None:
        self.teams, self.areas, self.packages = teams, areas, packages
        self.bridging = bridging


_BY_ID = attrgetter("id")


class Changes:
    """What waits to be told. ``pending``: whether anything does."""

    __slots__ = ("_areas", "_bridging", "_packages", "_teams", "pending")

    def __init__(self) -> None:
        self.pending = False
        self._teams: list[Branch] = []
        self._areas: dict[int, Area] = {}
        self._packages: dict[int, Package] = {}
        self._bridging = False

    def of_team(self, team: Branch) -> None:
        """A team's work, carers or limits changed. Each team notes itself once."""
        self._teams.append(team)
        self.pending = True

    def of_area(self, area: Area) -> None:
        """Who is asked in an area, or within which limits, has changed."""
        self._areas[area.id] = area
        self.pending = True

    def of_package(self, package: Package) -> None:
        """What a person needs, or whom they may be offered to, has changed."""
        self._packages[package.id] = package
        self.pending = True

    def of_bridging(self) -> None:
        """The in-house team has hours to spare, or somebody no longer waits before others."""
        self._bridging = self.pending = True

    def take(self) -> Changed:
        """All that waits to be told; from now on nothing does."""
        # Mostly one team and nothing else has changed: eighty thousand times a replication.
        teams, self._teams = self._teams, []
        areas: Sequence[Area] = ()
        packages: Sequence[Package] = ()
        if len(teams) > 1:
            teams.sort(key=_BY_ID)
        for team in teams:
            team.noted = False
        if self._areas:
            areas = sorted(self._areas.values(), key=_BY_ID)
            self._areas = {}
        if self._packages:
            packages = sorted(self._packages.values(), key=_BY_ID)
            self._packages = {}
        bridging, self._bridging, self.pending = self._bridging, False, False
        return Changed(teams, areas, packages, bridging)
