"""A market as small as a mechanism needs: a few teams, a few people, and only the neighbours named.

The county is theory's, in which everything is switched off: one area, everybody wants every
package, a carer has ten hours a week and no travel. A process that is not named is silent: it does
nothing, and keeps what it was told.
"""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import Any

from sim.clock import Clock
from sim.commissioning import SETTLEMENTS
from sim.ledger import Cause, Ledger, Stage
from sim.market.area import Area
from sim.market.branch import Branch
from sim.market.market import Market
from sim.market.package import Package
from sim.processes.bridging import Bridging
from sim.processes.brokerage import Brokerage
from sim.processes.overload import Overload
from sim.processes.workforce import Workforce
from sim.randomness import Draws
from sim.scenario import Scenario, load_scenario
from sim.simulation import build_areas

PROCESSES = {
    "brokerage": Brokerage,
    "bridging": Bridging,
    "overload": Overload,
    "workforce": Workforce,
}
FIRST, OVERFLOW = range(2)
HOUR = 60


class Silent:
    """Stands in for a process: it does nothing, and keeps what it was told by its method's name."""

    def __init__(self, process: type) -> None:
        self.process = process
        self.heard: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        if not callable(getattr(self.process, name)):  # AttributeError: no such method any more
            raise AttributeError(name)
        return lambda *words: self.heard.append((name, words))

    def told(self, name: str) -> list[Any]:
        """What it was told by a method: the first word of each call."""
        return [words[0] for heard, words in self.heard if heard == name]


class SmallMarket:
    """A market of theory's one area and two tiers, empty as it begins on day 0."""

    def __init__(self, *processes: str, areas: int = 1, **settings: Any) -> None:
        self.market = Market(scenario(**settings), Clock(), Draws(1, 0), Ledger())
        self.silent: dict[str, Silent] = {}
        for name, process in PROCESSES.items():
            if name not in processes:
                self.silent[name] = Silent(process)
            setattr(self.market, name, self.silent.get(name) or process(self.market))
        build_areas(self.market)
        self.area: Area = self.market.areas[0]
        self.numbers = count(1)

    def team(
        self,
        code: str,
        *,
        carers: int = 0,
        tier: int = FIRST,
        hours: float | None = None,
        owner: str | None = None,
    ) -> Branch:
        """A team of a provider of its own, with carers who work alone and a contract.

        ``hours`` a week is the most that its contract lets it serve.
        """
        market = self.market
        provider = market.open_provider(code, "good", owner)
        branch = market.open_branch(provider, self.area)
        market.give_open_contract(branch, tier)
        if hours is not None:
            branch.contracts[tier].maximum_minutes = round(hours * HOUR)
        for _ in range(carers):
            Workforce.join(Workforce(market), branch, Cause.WARM_START, productive=True)
        branch.posts = float(carers)
        market.tell()
        return branch

    def person(self, hours: float = 10.0, *, urgent: bool = False, place: str = "urban") -> Package:
        """Somebody who needs so many hours a week, and stands nowhere yet."""
        number = next(self.numbers)
        return Package(
            number,
            self.market.draws.key("person", str(number)),
            self.area,
            round(hours * HOUR),
            1,
            SETTLEMENTS.index(place),
            hospital=False,
            vulnerable=False,
            critical=urgent,
            stay_days=28.0,
            end_cause=Cause.DIED,
            first_review_days=1.0,
        )

    def served(self, branch: Branch, hours: float = 10.0, **more: Any) -> Package:
        """Somebody whom a team serves under the first of its contracts."""
        package = self.person(hours, **more)
        self.market.reserve(package, next(iter(branch.contracts.values())), branch)
        package.stage, package.had_care = Stage.IN_SERVICE, True
        self.market.record(package, Cause.STARTED)
        self.market.tell()
        return package

    def seeks(self, hours: float = 10.0, **more: Any) -> Package:
        """Somebody who is referred now, and for whom brokerage looks at once."""
        package = self.person(hours, **more)
        self.market.join_list(package, Cause.REFERRED)
        self.market.brokerage.seek(package)
        self.market.tell()
        return package

    def run_to(self, day: float) -> None:
        """Everything that is due before a day."""
        self.market.tell()
        self.market.clock.run_to(day)

    def moves(self, package: Package) -> list[tuple[float, str]]:
        """What became of somebody: days and causes."""
        rows = self.market.ledger.rows("moved")
        return [(day, Cause(int(cause)).name) for day, who, *_, cause in rows if who == package.id]


@cache
def scenario(**settings: Any) -> Scenario:
    """Theory's county with two tiers; ``overload__applies=True`` for overload.applies."""
    told = {path.replace("__", "."): value for path, value in settings.items()}
    return load_scenario("theory", commissioning="theory_two_tiers", settings=told)
