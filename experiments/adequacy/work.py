"""N-1 adequacy of a county: every area and month estimated, a sample by really stopping teams.

A worker process looks after one replication: it runs the market, estimates every area-month, runs
it once more, and at each area-month of the sample branches off a run in which that team stops. What
it finds does not depend on how many workers there are.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast
from zlib import crc32

import numpy as np

from experiments.engine.branches import (
    HORIZONS,
    Aftermath,
    Broken,
    Stop,
    can_fork,
    digest,
    forked,
    go_to,
    replayed,
    without_care,
)
from experiments.engine.own_processes import Ended, in_own_processes
from experiments.run.work import Failed
from sim.ledger import Ledger
from sim.outcomes.adequacy import (
    USUAL_STAFF_MOVE_SHARE,
    Fallback,
    absorbable,
    erosion,
    fallback_of,
    month_starts,
)
from sim.outcomes.histories import Floats, Ints
from sim.scenario import Scenario
from sim.simulation import Simulation

STAFF_MOVE_SHARES = (0.0, USUAL_STAFF_MOVE_SHARE, 0.6)
"""Low, usual and high: the least known number of the model is never shown as one value."""

SAMPLE_FORKED = 54
SAMPLE_REPLAYED = 9
"""Area-months that are branched unless the user says: each at three shares, some minutes in all."""

BASE_RUN_STEPS = 8
"""What the two unaffected runs count for in the progress, in branches."""

Point = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Task:
    """One replication, and the points (month, area) at which teams really stop in it."""

    scenario: Scenario
    seed: int
    replication: int
    points: tuple[Point, ...]
    fork: bool

    @property
    def steps(self) -> int:
        """How much work it is, in branches."""
        return BASE_RUN_STEPS + len(self.points) * len(STAFF_MOVE_SHARES)


@dataclass(frozen=True, slots=True)
class Branched:
    """A sampled area-month: what the branch found against the same run without the stop.

    ``added_area``, ``added_county``: hours without care that the stop adds, at both horizons.
    """

    month: int
    role: int
    absorbable: float
    aftermath: Aftermath
    added_area: tuple[float, float]
    added_county: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Examined:
    """What one replication found; arrays by month and area, ``absorbable`` by share first."""

    replication: int
    areas: tuple[str, ...]
    role: Ints
    at_stake: Floats
    absorbable: Floats
    erosion: dict[str, Floats]
    branched: tuple[Branched, ...]
    broken: tuple[Broken, ...]


Found = Examined | Failed


def sample_of(scenario: Scenario, seed: int, replications: int, size: int) -> list[list[Point]]:
    """Points to branch at, replication by replication: spread over areas, years and replications.

    The first points take every area once, the next every area in another year, and so on.
    """
    months, days = month_starts(scenario)
    ends = days + HORIZONS.uncovered_days
    draws = np.random.default_rng([seed, crc32(b"adequacy sample")])
    ordered: list[tuple[int, int, float, int, Point]] = []
    years = sorted({month.year for month in months})
    for area in sorted(row.code for row in scenario.areas):
        turns = dict(zip(years, draws.permutation(len(years)).tolist(), strict=True))
        for year in years:
            cells = [
                (replication, number)
                for replication in range(replications)
                for number, month in enumerate(months)
                if month.year == year and ends[number] <= scenario.days
            ]
            order = draws.permutation(len(cells)).tolist()
            luck = draws.random(len(cells)).tolist()
            for turn, place in enumerate(order):
                replication, number = cells[place]
                key = (turn, turns[year], luck[turn])
                ordered.append((*key, replication, (number, area)))
    chosen: list[list[Point]] = [[] for _ in range(replications)]
    for *_, replication, point in sorted(ordered)[:size]:
        chosen[replication].append(point)
    return [sorted(points) for points in chosen]


def tasks_of(
    scenario: Scenario, seed: int, replications: int, size: int | None, *, fork: bool | None = None
) -> list[Task]:
    """The work of a study; ``size`` None: as many points as take a few minutes here."""
    forks = can_fork() if fork is None else fork
    wanted = (SAMPLE_FORKED if forks else SAMPLE_REPLAYED) if size is None else size
    points = sample_of(scenario, seed, replications, wanted)
    return [
        Task(scenario, seed, number, tuple(points[number]), forks) for number in range(replications)
    ]


def examine(task: Task, done: Callable[[int], object] = lambda steps: None) -> Examined:
    """One replication: the estimate everywhere, the branches of its sample.

    Raises RuntimeError if the branches have disturbed the run they branch from.
    """
    simulation = Simulation(task.scenario, seed=task.seed, replication=task.replication)
    ledger = simulation.run()
    whole = digest(ledger)
    _, days = month_starts(task.scenario)
    fallback = fallback_of(ledger, task.scenario, days)
    hours = np.stack([absorbable(fallback, task.scenario, s) for s in STAFF_MOVE_SHARES])
    faded = erosion(ledger, task.scenario, days)
    places = [(month, ledger.labels.areas.index(area)) for month, area in task.points]
    usual = {place: usual_hours(ledger, place, days) for place in places}
    stops = [stop for place in places for stop in stops_at(ledger, fallback, place)]
    areas = tuple(ledger.labels.areas)
    del simulation, ledger
    gc.collect()  # a market is full of cycles, and collection was off while it ran
    done(BASE_RUN_STEPS)
    aftermaths = branches(task, stops, whole, done)
    spared = []
    for found in aftermaths:
        if isinstance(found, Aftermath):
            place = (int(np.argmax(days == found.stop.day)), areas.index(found.stop.area))
            share = STAFF_MOVE_SHARES.index(found.stop.staff_move_share)
            role, room = int(fallback.role[place]), float(hours[share][place])
            spared.append(compared(found, usual[place], place[0], role, room))
    broken = tuple(found for found in aftermaths if isinstance(found, Broken))
    return Examined(
        task.replication,
        areas,
        fallback.role,
        fallback.at_stake,
        hours,
        faded,
        tuple(spared),
        broken,
    )


def usual_hours(
    ledger: Ledger, place: tuple[int, int], days: Floats
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Hours without care after a point in the run in which nobody stops."""
    month, area = place
    return without_care(ledger, ledger.labels.areas[area], float(days[month]))


def stops_at(ledger: Ledger, fallback: Fallback, place: tuple[int, int]) -> list[Stop]:
    """The stops to be branched at a point: one for each share of carers; none if nobody serves."""
    month, area = place
    team = int(fallback.team[place])
    if team < 0 or fallback.at_stake[place] <= 0:
        return []
    labels = ledger.labels
    provider = labels.providers[labels.branch_provider[team]]
    day = float(fallback.days[month])
    return [Stop(labels.areas[area], provider, day, share) for share in STAFF_MOVE_SHARES]


def compared(
    found: Aftermath,
    usual: tuple[tuple[float, float], tuple[float, float]],
    month: int,
    role: int,
    room: float,
) -> Branched:
    """A branch against the run without the stop."""
    (here, here_long), (whole, whole_long) = usual
    return Branched(
        month,
        role,
        room,
        found,
        (found.area_hours[0] - here, found.area_hours[1] - here_long),
        (found.county_hours[0] - whole, found.county_hours[1] - whole_long),
    )


def branches(
    task: Task, stops: Sequence[Stop], whole: str, done: Callable[[int], object]
) -> list[Aftermath | Broken]:
    """Every branch of a replication, in order of time; ``whole``: digest of the run without."""
    if not task.fork:
        results = []
        for stop in stops:
            results.append(replayed(task.scenario, task.seed, task.replication, stop))
            gc.collect()
            done(1)
        return results
    if not stops:
        return []
    simulation = Simulation(task.scenario, seed=task.seed, replication=task.replication)
    results = []
    for stop in sorted(stops, key=lambda stop: stop.day):
        go_to(simulation, stop.day)
        results.append(forked(simulation, stop))
        done(1)
    if digest(simulation.run()) != whole:
        raise RuntimeError("the run is not the same after branching off it")
    return results


def study(
    tasks: Sequence[Task], *, jobs: int, done: Callable[[int], object] = lambda steps: None
) -> list[Found]:
    """Carry out every task, each in a process of its own, ``jobs`` at a time; in their order."""

    def heard(_: Task, steps: object) -> None:
        done(cast(int, steps))

    found: list[Found] = []
    for task, told in zip(
        tasks, in_own_processes(examine, tasks, jobs=jobs, heard=heard), strict=True
    ):
        found.append(Failed(task.replication, told.error) if isinstance(told, Ended) else told)
    return found
