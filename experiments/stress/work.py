"""The stress test: principals stop, one at a time, on many dates, each against the run without.

A *blow* is one provider failing on one date. A replication lives the market once as it is; then
once more, and at every date each blow is struck in a branch of its own (experiments/branching), so
that all blows of a replication meet the same people, carers and shocks. What a blow costs is the
branch less the run without it, over the same weeks.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from experiments.engine.branches import digest, go_to, in_child
from experiments.stress.figures import figures_of_loss
from sim.clock import days_between
from sim.market.market import Market
from sim.outcomes.contingencies import HALF_A_YEAR_DAYS, Contingency, Reference
from sim.outcomes.histories import spells
from sim.processes.failure import ScriptedFailure, who_fails
from sim.scenario import Scenario
from sim.scenario.tables import FailureKind
from sim.simulation import Simulation

DAYS = HALF_A_YEAR_DAYS
"""How long after a failure is looked at: half a year, so that late dates can be compared too."""


@dataclass(frozen=True, slots=True)
class Place:
    """Who may be lost: a rule as for ``run --fail``, and the name that is shown."""

    name: str
    rule: str


@dataclass(frozen=True, slots=True)
class How:
    """How a provider fails, and how long what follows is looked at."""

    kind: FailureKind = "closure"
    notice_days: float = 0.0
    staff_move_share: float | None = None
    days: int = DAYS


@dataclass(frozen=True, slots=True)
class Blow:
    """A place and a date, by their numbers."""

    place: int
    date: int


@dataclass(frozen=True, slots=True)
class Task:
    """One replication, and the blows to be struck in it."""

    scenario: Scenario
    seed: int
    replication: int
    places: tuple[Place, ...]
    dates: tuple[date, ...]
    blows: tuple[Blow, ...]
    how: How
    fork: bool

    def day(self, blow: Blow) -> float:
        """The day of a blow."""
        return float(days_between(self.scenario.calendar.start, self.dates[blow.date]))


@dataclass(frozen=True, slots=True)
class Struck:
    """What became of a blow: figures by name; or nobody to lose; or why the branch failed."""

    blow: Blow
    provider: str = ""
    figures: dict[str, float] | None = None
    error: str = ""


def places_of(scenario: Scenario) -> list[Place]:
    """The principals by who holds which areas; without principals the largest of every area."""
    names = {area.code: area.name for area in scenario.areas}
    tier = scenario.commissioning.principal_tier
    held: dict[str, list[str]] = {}
    for row in scenario.commissioning.contracts:
        if row.tier == tier:
            held.setdefault(row.provider, []).append(row.area)
    if not held:
        return [Place(f"{name}: largest", f"largest:{code}") for code, name in names.items()]
    return [
        Place(" + ".join(names[area] for area in areas), f"principal:{areas[0]}")
        for areas in held.values()
    ]


def dates_of(scenario: Scenario, months: int, how: How) -> list[date]:
    """Every so many months from January on, as long as all that follows is still simulated."""
    found = []
    last = scenario.days - how.days - how.notice_days
    year, month = scenario.calendar.start.year, 1
    while (day := days_between(scenario.calendar.start, date(year, month, 1))) <= last:
        if day > 0:
            found.append(date(year, month, 1))
        year, month = year + (month - 1 + months) // 12, (month - 1 + months) % 12 + 1
    return found


def strike(task: Task, tell: Callable[[Struck], object]) -> None:
    """Strike every blow of a replication, telling of each at once.

    Raises RuntimeError if the branches have disturbed the run they branch from.
    """
    simulation = Simulation(task.scenario, seed=task.seed, replication=task.replication)
    usual = simulation.run()
    whole, histories = digest(usual), spells(usual)
    del simulation
    gc.collect()  # a market is full of cycles, and collection was off while it ran
    without = Reference(usual, histories)
    blows = sorted(task.blows, key=lambda blow: (blow.date, blow.place))
    if not task.fork:
        for blow in blows:
            tell(replayed_blow(task, blow, without))
            gc.collect()
        return
    simulation = Simulation(task.scenario, seed=task.seed, replication=task.replication)
    for _, together in groupby(blows, key=lambda blow: blow.date):
        for found in _forked(task, list(together), simulation, without):
            tell(found)
    if digest(simulation.run()) != whole:
        raise RuntimeError("the run is not the same after branching off it")


def _forked(
    task: Task, blows: Sequence[Blow], simulation: Simulation, without: Reference
) -> Iterator[Struck]:
    """Blows of one day, each in a child of this process; a provider with two names only once."""
    go_to(simulation, task.day(blows[0]))
    known: dict[str, dict[str, float] | str] = {}
    for blow in blows:
        provider = provider_of(simulation.market, task.places[blow.place])
        if not provider:
            yield Struck(blow)
            continue
        if provider not in known:
            known[provider] = in_child(_felt(task, blow, provider, simulation, without))
        yield _told(blow, provider, known[provider])


def _felt(
    task: Task, blow: Blow, provider: str, simulation: Simulation, without: Reference
) -> Callable[[], dict[str, float]]:
    return lambda: felt(task, blow, provider, simulation, without)


def replayed_blow(task: Task, blow: Blow, without: Reference) -> Struck:
    """A blow by running everything again from the first day."""
    try:
        simulation = Simulation(task.scenario, seed=task.seed, replication=task.replication)
        go_to(simulation, task.day(blow))
        provider = provider_of(simulation.market, task.places[blow.place])
        if not provider:
            return Struck(blow)
        return _told(blow, provider, felt(task, blow, provider, simulation, without))
    except Exception as error:  # one branch that fails must not take the others with it
        return Struck(blow, error=f"{type(error).__name__}: {error}")


def _told(blow: Blow, provider: str, found: dict[str, float] | str) -> Struck:
    if isinstance(found, str):
        return Struck(blow, provider, error=found)
    return Struck(blow, provider, found)


def provider_of(market: Market, place: Place) -> str:
    """The code of the provider that a place means now; empty if there is none that trades."""
    provider = who_fails(market, place.rule)
    if provider is None or all(branch.closed for branch in provider.branches):
        return ""
    return provider.code


def felt(
    task: Task, blow: Blow, provider: str, simulation: Simulation, without: Reference
) -> dict[str, float]:
    """Let a provider fail in this simulation, and measure what follows against the run without."""
    how, day = task.how, task.day(blow)
    script = ScriptedFailure(
        provider,
        day,
        notice_days=how.notice_days,
        staff_move_share=how.staff_move_share,
        kind=how.kind,
    )
    simulation.fail(script)
    ends = day + how.notice_days + how.days
    return figures_of_loss(
        Contingency(task.scenario, simulation.run(ends), without, provider, day, ends)
    )
