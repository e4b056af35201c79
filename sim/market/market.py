"""The market: every noun of one replication, and the steps that keep its books.

Each step changes state and records the fact in one go, so that the ledger and the market cannot
drift apart; :mod:`sim.laws` compares them at the end of every run. What a change means for others
(teams that fall short, people who stand on the list, the in-house team) is told by
:meth:`Market.tell` alone, after each event.
"""

from __future__ import annotations

from functools import partial
from math import inf

from sim.clock import Clock
from sim.draws import WOULD_SERVE
from sim.ledger import BRIDGING, DIRECT_PAYMENT, ON_LIST, Cause, Ledger, Stage
from sim.market.area import Area, InterimCareList
from sim.market.branch import Branch
from sim.market.changes import Changes
from sim.market.contract import Contract, Terms, open_contract
from sim.market.offices import Bridging, Brokerage, Overload, Workforce
from sim.market.package import Package
from sim.market.pay import PayList
from sim.market.provider import Provider
from sim.randomness import Draws, uniform, unit_tenures
from sim.scenario import Scenario


class Market:
    """The state of one replication; processes change it through these steps alone."""

    brokerage: Brokerage
    bridging: Bridging
    overload: Overload
    workforce: Workforce

    def __init__(self, scenario: Scenario, clock: Clock, draws: Draws, ledger: Ledger) -> None:
        self.scenario = scenario
        self.clock = clock
        self.draws = draws
        self.ledger = ledger
        self.changes = Changes()
        clock.after_each(self.changes, self.tell)
        self.areas: list[Area] = []
        self.pay = PayList(scenario)
        self.principal_places = scenario.commissioning.principal_places
        self.providers: list[Provider] = []
        self.branches: list[Branch] = []
        overload = scenario.overload
        self.overtime_share = overload.overtime_share if overload.applies else 0.0
        self.first_come = scenario.brokerage.list_discipline == "first_come"

    def tell(self) -> None:
        """Tell everybody whom the changes of this instant concern, until nothing is left to tell.

        Teams first, in the order of their ids: they may fall short of their work. Then the people
        who stand on the lists are offered again, area by area; then the in-house team looks.
        """
        changes = self.changes
        # Telling changes things too: somebody who is placed takes another team's room.
        while changes.pending:
            changed = changes.take()
            for team in changed.teams:
                self.overload.changed(team)
            self.brokerage.offer_again(changed)
            if changed.bridging:
                self.bridging.look()

    def area(self, code: str) -> Area:
        """The area with a code. Raises KeyError if there is none."""
        return {area.code: area for area in self.areas}[code]

    def provider(self, code: str) -> Provider:
        """The provider with a code. Raises KeyError if there is none."""
        return {provider.code: provider for provider in self.providers}[code]

    def open_provider(self, code: str, rating: str, owner: str | None = None) -> Provider:
        """One more provider, with no team yet."""
        salt = self.draws.key("wanting", code)
        provider = Provider(len(self.providers), code, rating, salt, owner)
        self.providers.append(provider)
        self.ledger.labels.providers.append(code)
        self.ledger.labels.owners.append(provider.owner)
        return provider

    def owned_by(self, owner: str) -> list[Provider]:
        """The providers of an owner, in the order of their ids; none if there is no such owner."""
        return [provider for provider in self.providers if provider.owner == owner]

    def standing_together(self) -> list[list[Provider]]:
        """Who closes by chance and runs out of money together: by itself, or all of one owner."""
        if not self.scenario.failure.owner_takes_all:
            return [[provider] for provider in self.providers]
        owned: dict[str, list[Provider]] = {}
        for provider in self.providers:
            owned.setdefault(provider.owner, []).append(provider)
        return list(owned.values())

    def open_branch(self, provider: Provider, area: Area) -> Branch:
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
            self.changes,
            overtime_share=self.overtime_share,
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

    def branch_in(self, provider: Provider, area: Area) -> Branch:
        """The provider's team in an area, opened if it has none."""
        for branch in provider.branches:
            if branch.area is area:
                return branch
        branch = self.open_branch(provider, area)
        # While the market is being built there are no tiers yet: build_contracts gives every team
        # its own.
        if self.ledger.labels.tiers:
            self.serve_open_tiers(branch)
            self.workforce.begin_reviews(branch)
        return branch

    def serve_open_tiers(self, branch: Branch) -> None:
        """Let a team serve every tier that its provider would serve without a contract."""
        for tier, rule in enumerate(self.scenario.commissioning.tiers):
            if rule.holders == "all_branches" and self.serves(branch.provider, tier):
                self.give_open_contract(branch, tier)

    def serves(self, provider: Provider, tier: int) -> bool:
        """Whether a provider is one of those that would serve a tier without a contract."""
        rule = self.scenario.commissioning.tiers[tier]
        drawn = uniform(self.draws.key("serves", rule.code, provider.code), WOULD_SERVE)
        return drawn < rule.providers_share

    def give_open_contract(self, branch: Branch, tier: int) -> None:
        """Let a team serve a tier that is open to every team in the area."""
        pay = self.pay.of(tier, branch.provider.code, None)
        contract = open_contract(branch, tier, Terms(None, self.clock.now), pay=pay)
        branch.area.hold(contract)
        contract.begin()
        # Where all may serve it there is nothing to tell.
        if self.scenario.commissioning.tiers[tier].providers_share < 1:
            self.ledger.contracted(self.clock.now, branch.id, tier, -1, Cause.OPEN_TIER)

    def label(self) -> None:
        """Name the areas and tiers of the ledger; providers and teams are named as they open."""
        labels = self.ledger.labels
        labels.areas.extend(area.code for area in self.areas)
        labels.tiers.extend(tier.code for tier in self.scenario.commissioning.tiers)
        labels.tiers.append(DIRECT_PAYMENT)

    @property
    def direct_payment(self) -> int:
        """The place of direct payments among the tiers: after every tier that is offered work."""
        return len(self.scenario.commissioning.tiers)

    def join_list(self, package: Package, cause: Cause) -> None:
        """Put a person who has no provider on the interim care list."""
        package.stage = Stage.DISPLACED if package.had_care else Stage.WAITING
        self._enter(package, package.area.list)
        self.record(package, cause)
        self.bridging.waits(package)

    def join_leaving(self, package: Package) -> None:
        """Note that a person's provider, which still serves them, is about to stop."""
        package.pressing = True
        self._enter(package, package.area.leaving)

    def press(self, package: Package) -> None:
        """Someone has waited so long that providers would work overtime for them."""
        package.pressing = True
        self.changes.of_package(package)

    def change_minutes(self, package: Package, branch: Branch, added: int) -> None:
        """Someone needs more (or, negative, fewer) minutes a week; their provider keeps them."""
        branch.add_minutes(package, added)
        branch.contracts[package.tier].use(added)
        self.record(package, Cause.REVIEWED)
        if package.seeking:
            self.changes.of_package(package)

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
        package.pressing = False
        package.offer_open = False
        package.spells += 1
        # What was refused to this person no longer counts towards anybody's posts.
        for branch in package.refused_by:
            branch.refused.pop(package.id, None)
        package.refused_by = []

    def reserve(self, package: Package, contract: Contract, branch: Branch) -> None:
        """Commit a branch to a package at once; care starts later."""
        branch.take(package)
        contract.use(package.minutes)
        package.tier = contract.tier

    def release(self, package: Package) -> Branch | None:
        """Free the branch that a package is committed to, if any, and return it."""
        branch = package.branch
        if branch is None:
            return None
        branch.contracts[package.tier].use(-package.minutes)
        branch.give_up(package)
        package.tier = -1
        package.leaves_day = inf
        return branch

    def change_contract(self, package: Package, contract: Contract, cause: Cause) -> None:
        """Serve a package under another contract of the branch that has it."""
        branch = contract.branch
        branch.contracts[package.tier].use(-package.minutes)
        contract.use(package.minutes)
        package.tier = contract.tier
        self.record(package, cause)

    def to_direct_payment(self, package: Package, branch: Branch) -> None:
        """A person stays with their provider on a direct payment, outside the council's tiers."""
        self.change_contract(package, self.outside_the_tiers(branch), Cause.TO_DIRECT_PAYMENT)

    def outside_the_tiers(self, branch: Branch) -> Contract:
        """Under what a team serves those whose care the council has not placed with it."""
        return open_contract(branch, self.direct_payment, Terms(None, self.clock.now))

    def displace(self, package: Package, cause: Cause) -> bool:
        """A provider stops serving someone. True if they now seek another one."""
        if package.seeking:
            self.leave_list(package)
        bridged = package.stage in BRIDGING
        in_hospital = package.stage is Stage.INTERRUPTED
        self.release(package)
        if bridged:
            self.bridging.freed(package.minutes)
        # They need nobody until they are back; then they are placed anew (care.come_back).
        if in_hospital:
            package.hold_until = inf
            self.record(package, cause)
            return False
        package.spells += 1
        package.pressing = True
        self.join_list(package, cause)
        return True

    def hand_over(self, package: Package, contract: Contract, cause: Cause) -> None:
        """Someone in service, or in hospital with their place kept, gets another provider."""
        left = package.branch
        assert left is not None
        if package.seeking:
            self.leave_list(package)
        self.release(package)
        # The place that was kept for them is kept by the new provider.
        if package.stage is Stage.INTERRUPTED:
            contract.branch.hold(package)
        self.reserve(package, contract, contract.branch)
        self.record(package, cause)

    def assign(self, package: Package, contract: Contract) -> None:
        """The council gives somebody in service to another team, whether it has room or not."""
        self.hand_over(package, contract, Cause.ASSIGNED)

    def set_private_work(self, branch: Branch, minutes: int, homes: int) -> None:
        """Change the work that a team does for people who pay themselves."""
        branch.serve_privately(minutes, homes)
        self.ledger.private(self.clock.now, branch.id, minutes, homes)

    def leave(self, package: Package, stage: Stage, cause: Cause) -> None:
        """A package leaves the market for good."""
        if package.seeking:
            self.leave_list(package)
        bridged = package.stage in BRIDGING
        self.release(package)
        package.stage = stage
        self.record(package, cause)
        if bridged:
            self.bridging.freed(package.minutes)

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
