"""The stress test: principals stop, one at a time, on many dates, each against the run without.

A *contingency* is one provider failing on one date. A replication lives the market once as it is,
and at every date each contingency is a branch of its own (engine/branches), so that all of a
replication meet the same people, carers and shocks. What one costs is the branch less the
run without it, over the same weeks.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from itertools import groupby

from experiments.engine.branches import go_to, in_child, lived_on, refuse_disturbed
from experiments.engine.work import (
    Done,
    TaskFailure,
    Work,
    WorkItem,
    identity_of,
    in_words,
    is_the_machines,
)
from experiments.stress.figures import figures_of_loss
from sim.clock import days_between
from sim.market.market import Market
from sim.outcomes.account import HEADLINE_DAYS
from sim.outcomes.account import Market as Lived
from sim.outcomes.headline import account_of
from sim.outcomes.resilience import RUNNING_DAYS
from sim.processes.failure import ScriptedFailure, placebo, provider_and_areas, who_fails
from sim.scenario import Scenario
from sim.scenario.tables import CommissioningModel, FailureKind, ResponseKind
from sim.simulation import Simulation

DAYS = HEADLINE_DAYS + RUNNING_DAYS
"""How long a branch goes on after care stops: until it is known what is back within 91 days."""
PLACEBO = "placebo"
"""The rule of the place that is lost beside the others: a team of one to three people."""


@dataclass(frozen=True, slots=True)
class Place:
    """Who may be lost: a rule as for ``run --fail``, and the name that is shown."""

    name: str
    rule: str


SMALL_ONE = Place("placebo: a team of 1 to 3 people", PLACEBO)
"""Who is lost on each date beside the places that are asked for."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a provider fails, and what the council does then."""

    kind: FailureKind = "closure"
    notice_days: float = 0.0
    staff_move_share: float | None = None
    response: ResponseKind = "split"
    responder: str | None = None


@dataclass(frozen=True, slots=True)
class ContingencyTask:
    """One contingency in one replication."""

    scenario: Scenario
    seed: int
    replication: int
    place: Place
    date: date
    how: Manner
    fork: bool

    @property
    def day(self) -> float:
        """Its day."""
        return float(days_between(self.scenario.calendar.start, self.date))


@dataclass(frozen=True, slots=True)
class Loss:
    """What became of a contingency: figures by name; none if there was nobody to lose."""

    provider: str = ""
    figures: dict[str, float] | None = None


@dataclass(frozen=True, slots=True)
class ContingencyResult:
    """What became of a contingency: figures by name; or nobody to lose; or why it failed.

    ``place``, ``date``: their numbers.
    """

    place: int
    date: int
    provider: str = ""
    figures: dict[str, float] | None = None
    error: str = ""


def places_of(scenario: Scenario) -> list[Place]:
    """The principals by who holds which areas; without principals the largest of every area.

    After them the owners that have several providers.
    """
    names = {area.code: area.name for area in scenario.areas}
    model = scenario.commissioning
    held: dict[str, list[str]] = {}
    for row in model.principal_contracts:
        areas = held.setdefault(row.provider, [])
        if row.area not in areas:
            areas.append(row.area)
    places = [place_of(model, provider, areas, names) for provider, areas in held.items()]
    if not places:
        places = [Place(f"{name}: largest", f"largest:{code}") for code, name in names.items()]
    return [*places, *owners_of_several(scenario)]


def owners_of_several(scenario: Scenario) -> list[Place]:
    """Owners with several providers that have a team, all of which fail together."""
    working = {row.provider for row in scenario.branches}
    owned: dict[str, list[str]] = {}
    for row in sorted(scenario.providers, key=lambda row: row.code):
        if row.code in working:
            owned.setdefault(row.owner or row.code, []).append(row.code)
    return [
        Place(f"owner {owner}: {' + '.join(codes)}", f"owner:{owner}")
        for owner, codes in sorted(owned.items())
        if len(codes) > 1
    ]


def place_of(
    model: CommissioningModel, provider: str, areas: Sequence[str], names: Mapping[str, str]
) -> Place:
    """Whoever is principal where a provider is; where it has partners everywhere, itself."""
    told = " + ".join(names[area] for area in areas)
    alone = [area for area in areas if len(model.principals_of(area)) == 1]
    if alone:
        return Place(told, f"principal:{alone[0]}")
    return Place(f"{told} ({provider})", provider)


def dates_of(scenario: Scenario, months: int, how: Manner) -> list[date]:
    """Every so many months from January on, as long as all that follows is still simulated."""
    found = []
    last = scenario.days - DAYS - how.notice_days
    year, month = scenario.calendar.start.year, 1
    while (day := days_between(scenario.calendar.start, date(year, month, 1))) <= last:
        if day > 0:
            found.append(date(year, month, 1))
        year, month = year + (month - 1 + months) // 12, (month - 1 + months) % 12 + 1
    return found


def lose(tasks: Sequence[ContingencyTask]) -> Iterator[tuple[int, Loss | TaskFailure]]:
    """Let each contingency of a replication happen, telling of each at once, by its place.

    Raises DisturbedError if the branches have disturbed the run they branch from.
    """
    order = sorted(range(len(tasks)), key=lambda place: tasks[place].date)
    first = tasks[order[0]]
    if not first.fork:
        without = Lived(simulation_of(first).run())
        gc.collect()  # a market is full of cycles, and collection was off while it ran
        for place in order:
            yield place, _replayed(tasks[place], without)
            gc.collect()
        return
    simulation = simulation_of(first)
    go_to(simulation, first.day)
    without = Lived(lived_on(simulation, lambda: simulation_of(first)))
    assert without.histories is not None  # made once here, not again in every branch
    for _, together in groupby(order, key=lambda place: tasks[place].date):
        places = list(together)
        found = _forked([tasks[place] for place in places], simulation, without)
        yield from zip(places, found, strict=True)


def simulation_of(task: ContingencyTask) -> Simulation:
    """The run that a contingency branches off, not yet started."""
    return Simulation(task.scenario, seed=task.seed, replication=task.replication)


def _forked(
    tasks: Sequence[ContingencyTask], simulation: Simulation, without: Lived
) -> Iterator[Loss | TaskFailure]:
    """Contingencies of one day, each in a child of this process; no provider twice."""
    go_to(simulation, tasks[0].day)
    refuse_disturbed(simulation, without.ledger)
    known: dict[str, dict[str, float] | TaskFailure] = {}
    for task in tasks:
        provider = provider_of(simulation.market, task.place)
        if provider and provider not in known:
            known[provider] = in_child(_in_branch(task, provider, simulation, without))
        found = known.get(provider)
        yield found if isinstance(found, TaskFailure) else Loss(provider, found)


def _in_branch(
    task: ContingencyTask, provider: str, simulation: Simulation, without: Lived
) -> Callable[[], dict[str, float]]:
    return lambda: figures_after(task, provider, simulation, without)


def _replayed(task: ContingencyTask, without: Lived) -> Loss | TaskFailure:
    try:
        return replayed(task, without)
    except Exception as error:  # one branch that fails must not take the others with it
        return TaskFailure(in_words(error), is_the_machines(error))


def replayed(task: ContingencyTask, without: Lived) -> Loss:
    """A contingency by running everything again from the first day."""
    simulation = simulation_of(task)
    go_to(simulation, task.day)
    provider = provider_of(simulation.market, task.place)
    if not provider:
        return Loss()
    return Loss(provider, figures_after(task, provider, simulation, without))


CONTINGENCIES = Work("stress", lose, Loss, batched=True, forks=True)


def items_of(
    scenario: Scenario,
    seed: int,
    replications: Sequence[int],
    places: Sequence[Place],
    dates: Sequence[date],
    how: Manner,
    *,
    fork: bool,
) -> list[WorkItem]:
    """Every contingency of every replication as work to be carried out."""
    about = scenario.identity, seed
    return [
        WorkItem(
            identity_of(
                CONTINGENCIES.name, *about, replication, place.rule, day.isoformat(), astuple(how)
            ),
            f"replication {replication}, {place.name}, {day}",
            ContingencyTask(scenario, seed, replication, place, day, how, fork),
            batch=f"replication {replication}",
        )
        for replication in replications
        for day in dates
        for place in places
    ]


def results_of(
    items: Sequence[WorkItem],
    done: Sequence[Done],
    places: Sequence[Place],
    dates: Sequence[date],
) -> dict[int, list[ContingencyResult]]:
    """What became of each contingency, replication by replication."""
    results: dict[int, list[ContingencyResult]] = {}
    for item, one in zip(items, done, strict=True):
        task: ContingencyTask = item.task
        where = places.index(task.place), dates.index(task.date)
        found = Loss() if one.found is None else one.found
        told = ContingencyResult(*where, found.provider, found.figures, one.error)
        results.setdefault(task.replication, []).append(told)
    return results


def provider_of(market: Market, place: Place) -> str:
    """Whom a place means now: a provider's code, one team's, or several providers' owner.

    Empty if none of them trades.
    """
    if place.rule == PLACEBO:
        return placebo(market)
    trading = [one for one in who_fails(market, place.rule) if not one.closed]
    if len(trading) > 1:
        return place.rule
    return trading[0].code if trading else ""


def figures_after(
    task: ContingencyTask, provider: str, simulation: Simulation, without: Lived
) -> dict[str, float]:
    """Let a provider fail in this simulation, and measure what follows against the run without."""
    how, day = task.how, task.day
    who, areas = provider_and_areas(provider)
    script = ScriptedFailure(
        who,
        day,
        areas=areas,
        notice_days=how.notice_days,
        staff_move_share=how.staff_move_share,
        kind=how.kind,
        response=how.response,
        responder=how.responder,
    )
    simulation.fail(script)
    lived = Lived(simulation.run(day + how.notice_days + DAYS))
    account = account_of(lived, without, task.scenario)
    # A provider that trades has a team, so its failure befalls somebody.
    assert account is not None, provider
    return figures_of_loss(account)
