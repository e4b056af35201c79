"""N-1 of a county: every provider, area and month estimated, a sample by really closing providers.

A worker process looks after one replication: it runs the market, estimates N-1 everywhere, and at
each area-month of the sample branches off runs in which the area's principal
closes as a company, and runs in which its team there alone stops. What it finds does not depend on
how many workers there are.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from experiments.adequacy.sampling import Point, sample_of, sample_size
from experiments.adequacy.stops import (
    Aftermath,
    Broken,
    Stop,
    Usual,
    forked,
    replayed,
    usual_of,
    without_care,
)
from experiments.engine.branches import go_to, lived_on, refuse_disturbed
from experiments.engine.work import Done, TaskFailure, Work, WorkItem, identity_of
from sim.ledger import Ledger
from sim.outcomes.adequacy import (
    PRINCIPAL,
    USUAL_STAFF_MOVE_SHARE,
    Companies,
    Fallback,
    absorbable,
    adequacy,
    companies_of,
    erosion,
    fallback_of,
    month_starts,
)
from sim.outcomes.histories import Flags, Floats, Ints
from sim.scenario import Scenario
from sim.simulation import Simulation

STAFF_MOVE_SHARES = (0.0, USUAL_STAFF_MOVE_SHARE, 0.6)
"""Low, usual and high: the least known number of the model is never shown as one value."""

FIRST: Point = (-1, "")


@dataclass(frozen=True, slots=True)
class Task:
    """In one replication: the estimate of every area-month, or the stops at one ``point``."""

    scenario: Scenario
    seed: int
    replication: int
    point: Point | None
    fork: bool


@dataclass(frozen=True, slots=True)
class Branched:
    """A stop that was carried out: what the branch found against the same run without the stop.

    ``estimate``: N-1 by the estimate. ``added_area``, ``added_county``: hours without care that the
    stop adds, at both horizons.
    """

    month: int
    role: int
    estimate: float
    aftermath: Aftermath
    added_area: tuple[float, float]
    added_county: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Examined:
    """What one replication found; ``absorbable`` and ``estimate`` by share first.

    By month and area: ``role``, ``at_stake``, ``absorbable``. By month and provider: ``held`` (who
    holds a principal contract), ``company_at_stake``, and ``estimate`` of N-1 if it closes.
    """

    replication: int
    areas: tuple[str, ...]
    providers: tuple[str, ...]
    role: Ints
    at_stake: Floats
    absorbable: Floats
    held: Flags
    company_at_stake: Floats
    estimate: Floats
    erosion: dict[str, Floats]
    branched: tuple[Branched, ...]
    broken: tuple[Broken, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one task found: the estimate (with no branches), or the branches of a point."""

    estimate: Examined | None = None
    branched: tuple[Branched, ...] = ()
    broken: tuple[Broken, ...] = ()


@dataclass(frozen=True)
class Base:
    """The run in which nobody stops, and what is known of it."""

    usual: Usual
    days: Floats
    fallback: Fallback
    hours: Floats
    companies: Companies
    estimate: Floats

    @property
    def ledger(self) -> Ledger:
        """Its facts."""
        return self.usual.ledger

    @property
    def areas(self) -> tuple[str, ...]:
        """Codes of the areas."""
        return tuple(self.ledger.labels.areas)

    def place(self, point: Point) -> tuple[int, int]:
        """A point by the numbers of its month and area."""
        return point[0], self.areas.index(point[1])


def base_of(task: Task, ledger: Ledger) -> Base:
    """The run in which nobody stops, from its facts."""
    _, days = month_starts(task.scenario)
    fallback = fallback_of(ledger, task.scenario, days)
    hours = np.stack([absorbable(fallback, task.scenario, s) for s in STAFF_MOVE_SHARES])
    shares = np.array(STAFF_MOVE_SHARES)
    companies = companies_of(ledger, task.scenario, days, shares)
    estimate = companies.n_minus_1(shares)
    return Base(usual_of(ledger), days, fallback, hours, companies, estimate)


def simulation_of(task: Task) -> Simulation:
    """The run of a replication, not yet started."""
    return Simulation(task.scenario, seed=task.seed, replication=task.replication)


def examine(tasks: Sequence[Task]) -> Iterator[tuple[int, Finding | TaskFailure]]:
    """One replication: the estimate everywhere, the branches of each point of its sample.

    Raises DisturbedError if the branches have disturbed the run they branch from.
    """
    order = sorted(range(len(tasks)), key=lambda place: tasks[place].point or FIRST)
    ledger, simulation = lived(tasks[0], [task.point for task in tasks if task.point])
    base = base_of(tasks[0], ledger)
    for place in order:
        task = tasks[place]
        if task.point is None:
            yield place, Finding(estimated(task, base))
            continue
        yield place, told_of(stopped_at(task, base, simulation))
        gc.collect()


def lived(task: Task, points: Sequence[Point]) -> tuple[Ledger, Simulation | None]:
    """The run in which nobody stops, and the same as it stands at the first of these points.

    No simulation where none is branched off.
    """
    if not (task.fork and points):
        ledger = simulation_of(task).run()
        gc.collect()  # a market is full of cycles, and collection was off while it ran
        return ledger, None
    _, days = month_starts(task.scenario)
    simulation = simulation_of(task)
    go_to(simulation, float(days[min(month for month, _ in points)]))
    return lived_on(simulation, lambda: simulation_of(task)), simulation


def told_of(found: Finding) -> Finding | TaskFailure:
    """What a point found; a failure that holds it, if a branch of it failed."""
    if not found.broken:
        return found
    lost = any(one.lost for one in found.broken)
    first = found.broken[0]
    error = f"{100 * first.stop.staff_move_share:.0f}% of carers move: {first.error}"
    return TaskFailure(error, lost, found)


def estimated(task: Task, base: Base) -> Examined:
    """What others could take on from every provider and area, and how the fallback fades."""
    faded = erosion(base.ledger, task.scenario, base.days)
    held = base.companies.held
    return Examined(
        task.replication,
        base.areas,
        tuple(base.ledger.labels.providers),
        base.fallback.role,
        base.fallback.at_stake,
        base.hours,
        held,
        np.where(held, base.companies.at_stake.sum(axis=2), 0.0),
        base.estimate,
        faded,
        (),
        (),
    )


def stopped_at(task: Task, base: Base, simulation: Simulation | None) -> Finding:
    """The branches of a point: the company closes, its team alone stops, at each share."""
    assert task.point is not None
    place = base.place(task.point)
    stops = stops_at(base, place)
    if simulation is not None and stops:
        go_to(simulation, stops[0].day)
        refuse_disturbed(simulation, base.ledger)
    usual = {
        area: without_care(base.ledger, base.usual.histories, stop)
        for area, stop in {stop.area: stop for stop in stops}.items()
    }
    spared: list[Branched] = []
    broken: list[Broken] = []
    for stop in stops:
        found = (
            replayed(task.scenario, task.seed, task.replication, stop, base.usual)
            if simulation is None
            else forked(simulation, stop, base.usual)
        )
        if isinstance(found, Broken):
            broken.append(found)
            continue
        spared.append(compared(found, usual[stop.area], base, place))
    return Finding(None, tuple(spared), tuple(broken))


EXAMINATIONS = Work("adequacy", examine, Finding, batched=True, forks=True)


def items_of(
    scenario: Scenario, seed: int, replications: int, size: int | None, *, fork: bool
) -> list[WorkItem]:
    """The work of a study: each replication's estimate, and the points of its sample."""
    points = sample_of(scenario, seed, replications, sample_size(size, fork=fork))
    about = [scenario.identity, seed]
    months, _ = month_starts(scenario)
    items = []
    for number in range(replications):
        for point in (None, *points[number]):
            what = "" if point is None else f", {point[1]} in {months[point[0]]:%B %Y}"
            items.append(
                WorkItem(
                    identity_of(EXAMINATIONS.name, *about, number, point),
                    f"replication {number}{what}",
                    Task(scenario, seed, number, point, fork),
                    batch=f"replication {number}",
                )
            )
    return items


def examined_by(items: Sequence[WorkItem], done: Sequence[Done]) -> list[Examined]:
    """What each replication found, its branches with its estimate; none without an estimate."""
    estimates: dict[int, Examined] = {}
    branches: dict[int, list[Finding]] = {}
    for item, one in zip(items, done, strict=True):
        finding: Finding | None = one.found
        if finding is None:
            continue
        if finding.estimate is not None:
            estimates[item.task.replication] = finding.estimate
        else:
            branches.setdefault(item.task.replication, []).append(finding)
    return [
        replace(
            estimate,
            branched=tuple(one for found in branches.get(number, ()) for one in found.branched),
            broken=tuple(one for found in branches.get(number, ()) for one in found.broken),
        )
        for number, estimate in sorted(estimates.items())
    ]


def stops_at(base: Base, place: tuple[int, int]) -> list[Stop]:
    """The stops to be branched at a point, at each share of carers; none if nobody serves there.

    Where the area has a principal, it closes as a company, and again as the team of the area alone.
    """
    month, area = place
    team = int(base.fallback.team[place])
    if team < 0 or base.fallback.at_stake[place] <= 0:
        return []
    labels = base.ledger.labels
    provider = labels.providers[labels.branch_provider[team]]
    day = float(base.days[month])
    where = [labels.areas[area]]
    if base.fallback.role[place] == PRINCIPAL:
        where.insert(0, "")
    return [Stop(code, provider, day, share) for code in where for share in STAFF_MOVE_SHARES]


def compared(
    found: Aftermath,
    usual: tuple[tuple[float, float], tuple[float, float]],
    base: Base,
    place: tuple[int, int],
) -> Branched:
    """A branch against the run without the stop, and against the estimate."""
    (here, here_long), (whole, whole_long) = usual
    return Branched(
        place[0],
        int(base.fallback.role[place]),
        estimate_of(base, place, found.stop),
        found,
        (found.area_hours[0] - here, found.area_hours[1] - here_long),
        (found.county_hours[0] - whole, found.county_hours[1] - whole_long),
    )


def estimate_of(base: Base, place: tuple[int, int], stop: Stop) -> float:
    """N-1 of a stop by the estimate."""
    number = STAFF_MOVE_SHARES.index(stop.staff_move_share)
    if not stop.area:
        provider = base.ledger.labels.providers.index(stop.provider)
        return float(base.estimate[number, place[0], provider])
    stake, room = base.fallback.at_stake[place], base.hours[number][place]
    return float(adequacy(np.array(stake), np.array(room), stop.staff_move_share))
