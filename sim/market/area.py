"""An area: its teams, its contracts, its interim care list and its labour market."""

from __future__ import annotations

from bisect import insort
from math import prod
from typing import TYPE_CHECKING

from sim.travel import TravelTable

if TYPE_CHECKING:
    from sim.market.branch import Branch
    from sim.market.changes import Changes
    from sim.market.contract import Contract
    from sim.market.package import Package


class Area:
    """State of one area.

    ``phase`` is the place of the commissioning phase that now holds; ``last_taker``: the contract
    under which somebody was last placed, by tier.
    """

    __slots__ = (
        "asked",
        "branches",
        "changes",
        "code",
        "contracts",
        "experienced",
        "hire_count",
        "hire_key",
        "hire_rate",
        "hire_since",
        "hire_version",
        "id",
        "last_taker",
        "leaving",
        "list",
        "locality",
        "newcomers_looking",
        "newcomers_per_week",
        "newcomers_ratios",
        "phase",
        "principal_missing",
        "private_home_minutes",
        "private_minutes",
        "private_minutes_served",
        "self_funders",
        "travel",
        "vacancies",
        "waits_to_hire",
    )

    def __init__(
        self,
        identity: int,
        code: str,
        locality: str,
        travel: TravelTable,
        hire_key: int,
        changes: Changes,
    ) -> None:
        self.id = identity
        self.code = code
        self.locality = locality
        self.travel = travel
        self.changes = changes
        self.branches: list[Branch] = []
        self.contracts: dict[int, list[Contract]] = {}
        self.asked: dict[int, list[Contract]] = {}
        self.last_taker: dict[int, Contract] = {}
        self.phase = 0
        self.principal_missing = False
        self.list = InterimCareList()
        self.leaving = InterimCareList()

        self.newcomers_looking = 0.0
        self.experienced = 0.0
        self.newcomers_per_week = 0.0
        self.newcomers_ratios: list[float] = []
        self.private_minutes = 0
        self.private_minutes_served = 0
        self.private_home_minutes = 0
        self.self_funders: list[Package] = []
        self.vacancies = 0
        self.hire_key = hire_key
        self.hire_count = 0
        self.hire_rate = 0.0
        self.hire_since = 0.0
        self.hire_version = 0
        self.waits_to_hire = 0.0

    @property
    def applicants(self) -> float:
        """People who look for care work here: newcomers, and those who know the work."""
        # People come in parts: a newcomer who was hired early is owed, and counts as less than
        # none.
        return max(0.0, self.newcomers_looking + self.experienced)

    def holders_changed(self) -> None:
        """A contract or a provider started or stopped: whom to ask is found out anew.

        At once, for whoever is offered work in this same event; standing packages hear of it after.
        """
        # Whom each tier asks is kept until something changes: most offers find the same holders.
        self.asked.clear()
        self.changes.of_area(self)

    def hold(self, contract: Contract) -> None:
        """One more holder of a tier's contract, asked after those who are there."""
        held = self.contracts.setdefault(contract.tier, [])
        # A neighbour that wins the contract while it helps stands there already.
        if contract not in held:
            held.append(contract)
        self.holders_changed()

    def let_go(self, contract: Contract) -> None:
        """A holder less."""
        self.contracts[contract.tier].remove(contract)
        self.holders_changed()

    def enter_phase(self, phase: int) -> None:
        """From now on the tiers of another commissioning phase are asked."""
        self.phase = phase
        self.holders_changed()

    def miss_principal(self, missing: bool) -> None:
        """While an area is without a principal, limits of its framework may lapse."""
        self.principal_missing = missing
        self.holders_changed()

    @property
    def newcomers(self) -> float:
        """People a week who start to look for care work here, with the shocks in force."""
        return self.newcomers_per_week * prod(self.newcomers_ratios)


class InterimCareList:
    """People of one area for whom a provider is sought, in the order of the discipline.

    ``Area.list`` holds those who have no provider, ``Area.leaving`` those whose provider has given
    notice and still serves them.
    """

    __slots__ = ("packages",)

    def __init__(self) -> None:
        self.packages: list[Package] = []

    def __len__(self) -> int:
        return len(self.packages)

    @property
    def minutes(self) -> int:
        """Carer minutes a week that those on it need."""
        return sum(package.minutes for package in self.packages)

    def join(self, package: Package) -> None:
        """Enter at the place that the package's list priority gives it."""
        insort(self.packages, package, key=_list_priority)

    def leave(self, package: Package) -> None:
        """Leave the list, served or not."""
        self.packages.remove(package)


def _list_priority(package: Package) -> tuple[int, float, int]:
    return package.list_priority
