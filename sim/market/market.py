"""The market: every noun of one replication, and the steps that keep its books.

Each step changes state and records the fact in one go, so that the ledger and the market cannot
drift apart; :mod:`sim.laws` compares them at the end of every run.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sim.clock import Clock
from sim.ledger import BRIDGING, ON_LIST, Cause, Ledger, Stage
from sim.market.area import Area, InterimCareList
from sim.market.branch import Branch
from sim.market.contract import Contract
from sim.market.package import Package
from sim.market.provider import Provider
from sim.randomness import Draws, unit_tenures
from sim.scenario import Scenario

if TYPE_CHECKING:
    from sim.processes.bridging import Bridging
    from sim.processes.brokerage import Brokerage
    from sim.processes.workforce import Workforce


class Market:
    """The state of one replication; processes change it through these steps alone."""

    brokerage: Brokerage
    bridging: Bridging
    workforce: Workforce

    def __init__(self, scenario: Scenario, clock: Clock, draws: Draws, ledger: Ledger) -> None:
        self.scenario = scenario
        self.clock = clock
        self.draws = draws
        self.ledger = ledger
        self.areas: list[Area] = []
        self.providers: list[Provider] = []
        self.branches: list[Branch] = []
        self.first_come = scenario.brokerage.list_discipline == "first_come"

    def area(self, code: str) -> Area:
        """The area with a code. Raises KeyError if there is none."""
        return {area.code: area for area in self.areas}[code]

    def provider(self, code: str) -> Provider:
        """The provider with a code. Raises KeyError if there is none."""
        return {provider.code: provider for provider in self.providers}[code]

    def open_branch(
        self, provider: Provider, area: Area, *, private_minutes: int = 0, private_homes: int = 0
    ) -> Branch:
        """A provider opens a team in an area; it may serve every tier that is open to all."""
        rules = self.scenario.workforce
        code = f"{provider.code}:{area.code}"
        tenures = self.draws.endless("tenure", code, partial(unit_tenures, rules.tenure_shape))
        branch = Branch(
            len(self.branches),
            provider,
            area,
            area.travel,
            self.draws.key("answer", code),
            tenures,
            private_minutes=private_minutes,
            private_homes=private_homes,
            unlimited=rules.unlimited_capacity,
        )
        self.branches.append(branch)
        provider.branches.append(branch)
        area.branches.append(branch)
        labels = self.ledger.labels
        labels.branches.append(code)
        labels.branch_area.append(area.id)
        labels.branch_provider.append(provider.id)
        return branch

    def give_open_contract(self, branch: Branch, tier: int) -> None:
        """Let a team serve a tier that is open to every team in the area."""
        contract = Contract(
            branch,
            tier,
            maximum_minutes=None,
            starts_day=self.clock.now,
            mobilisation_days=0.0,
            ramp_start=1.0,
            ramp_days=0.0,
            limit_lapses=False,
        )
        contract.running = True
        branch.contracts[tier] = contract
        branch.area.contracts.setdefault(tier, []).append(contract)
        self.brokerage.holders_changed()

    def label(self) -> None:
        """Name the ids of the ledger."""
        labels = self.ledger.labels
        labels.areas.extend(area.code for area in self.areas)
        labels.providers.extend(provider.code for provider in self.providers)
        labels.tiers.extend(tier.code for tier in self.scenario.commissioning.tiers)

    def join_list(self, package: Package, cause: Cause) -> None:
        """Put a person who has no provider on the interim care list."""
        package.stage = Stage.DISPLACED if package.had_care else Stage.WAITING
        self._enter(package, package.area.list)
        self.record(package, cause)
        self.bridging.waits(package)

    def join_leaving(self, package: Package) -> None:
        """Note that a person's provider, which still serves them, is about to stop."""
        self._enter(package, package.area.leaving)

    def _enter(self, package: Package, waiting: InterimCareList) -> None:
        now = self.clock.now
        package.seeking = True
        package.enters_list_day = now
        package.list_priority = (0 if self.first_come else package.urgency, now, package.id)
        package.step = 0
        package.position = 0
        waiting.join(package)

    def leave_list(self, package: Package) -> None:
        """No longer seek a provider for a person; they leave the list they stand on."""
        if package.stage in ON_LIST:
            package.area.list.leave(package)
            self.bridging.no_longer_waits(package)
        else:
            package.area.leaving.leave(package)
        package.seeking = False
        package.offer_open = False
        package.spells += 1
        for branch in package.refused_by:
            branch.refused.pop(package.id, None)
        package.refused_by = []

    def reserve(self, package: Package, contract: Contract, branch: Branch) -> None:
        """Commit a branch to a package at once; care starts later."""
        branch.take(package)
        contract.used_minutes += package.minutes
        package.tier = contract.tier

    def release(self, package: Package) -> Branch | None:
        """Free the branch that a package is committed to, if any, and return it."""
        branch = package.branch
        if branch is None:
            return None
        branch.contracts[package.tier].used_minutes -= package.minutes
        branch.give_up(package)
        package.tier = -1
        return branch

    def leave(self, package: Package, stage: Stage, cause: Cause) -> None:
        """A package leaves the market for good."""
        if package.seeking:
            self.leave_list(package)
        bridged = package.stage in BRIDGING
        branch = self.release(package)
        package.stage = stage
        self.record(package, cause)
        if bridged:
            self.bridging.freed(package.minutes)
        if branch is not None:
            self.brokerage.room_opened(branch)

    def record(self, package: Package, cause: Cause) -> None:
        """Record the stage that a package is in from now on."""
        branch = package.branch
        self.ledger.moved(
            self.clock.now,
            package.id,
            package.stage,
            -1 if branch is None else branch.id,
            package.tier,
            package.minutes,
            cause,
        )
