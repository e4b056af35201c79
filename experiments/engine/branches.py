"""Branches of a run: a team really stops on a day, and the run goes on from there without it.

A simulation can be neither copied nor pickled (its processes are generators). So a branch is either
a *replay*, the run again from its first day with the stop in it, or a *fork*: the process itself is
doubled by the operating system at the day of the stop, the stop is scheduled in the child, and the
parent goes on as if nothing had been. Both give the same facts to the last one. A fork is many
times cheaper; Windows has none.

A child never returns: it sends its result through a pipe and ends. What goes wrong in it comes back
as a failed branch.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import numpy as np

from sim.ledger import FACTS, Ledger
from sim.outcomes.stopped import TakenOn, hours_without_care, taken_on
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario
from sim.simulation import Simulation, without_garbage_collection

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Stop:
    """A provider stops at once in one area, on a day; a share of its carers move."""

    area: str
    provider: str
    day: float
    staff_move_share: float

    @property
    def failure(self) -> ScriptedFailure:
        """The closure that is simulated: sudden, in this area alone."""
        return ScriptedFailure(
            self.provider,
            self.day,
            staff_move_share=self.staff_move_share,
            areas=(self.area,),
        )


@dataclass(frozen=True, slots=True)
class Horizons:
    """How far a branch is looked at: days for what is taken on, and for hours without care."""

    taken_on_days: float = 28.0
    uncovered_days: float = 91.0


HORIZONS = Horizons()


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What a branch found: hours without care in the area and in the county, at both horizons.

    ``digest`` is the hash of every fact of the branch: a fork can be compared with a replay.
    """

    stop: Stop
    taken_on: TakenOn
    area_hours: tuple[float, float]
    county_hours: tuple[float, float]
    digest: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A branch that raised an error or whose process ended early."""

    stop: Stop
    error: str


def can_fork() -> bool:
    """Whether this system can double a process."""
    return hasattr(os, "fork")


def digest(ledger: Ledger) -> str:
    """A hash of every fact, in order."""
    whole = hashlib.sha256(repr(ledger.day).encode())
    for name in FACTS:
        whole.update(ledger.table(name).tobytes())
    return whole.hexdigest()


def without_care(
    ledger: Ledger, area: str, day: float, horizons: Horizons = HORIZONS
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Hours without care from a day on, in an area and in the county, up to both horizons."""
    place = ledger.labels.areas.index(area)
    edges = np.array([day, day + horizons.taken_on_days, day + horizons.uncovered_days])
    here = np.cumsum(hours_without_care(ledger, [place], edges))
    whole = np.cumsum(hours_without_care(ledger, list(range(len(ledger.labels.areas))), edges))
    return (float(here[0]), float(here[1])), (float(whole[0]), float(whole[1]))


def carry_on(simulation: Simulation, stop: Stop, horizons: Horizons = HORIZONS) -> Aftermath:
    """Let the team stop in this simulation, and see what becomes of its people."""
    simulation.fail(stop.failure)
    ledger = simulation.run(stop.day + horizons.uncovered_days)
    team = ledger.labels.branches.index(f"{stop.provider}:{stop.area}")
    area_hours, county_hours = without_care(ledger, stop.area, stop.day, horizons)
    return Aftermath(
        stop,
        taken_on(ledger, team, stop.day, stop.day + horizons.taken_on_days),
        area_hours,
        county_hours,
        digest(ledger),
    )


def replayed(
    scenario: Scenario, seed: int, replication: int, stop: Stop, horizons: Horizons = HORIZONS
) -> Aftermath | Broken:
    """A branch by running everything again from the first day."""
    try:
        simulation = Simulation(scenario, seed=seed, replication=replication)
        return carry_on(simulation, stop, horizons)
    except Exception as error:  # one branch that fails must not take the others with it
        return Broken(stop, f"{type(error).__name__}: {error}")


def go_to(simulation: Simulation, day: float) -> None:
    """Take the unaffected run to a day; its laws are checked when it is over."""
    with without_garbage_collection():
        simulation.clock.run_to(day)
    simulation.ledger.day = day


def forked(simulation: Simulation, stop: Stop, horizons: Horizons = HORIZONS) -> Aftermath | Broken:
    """A branch in a child process; this simulation, which stands at the stop's day, stays as it is.

    Raises RuntimeError if this process has other threads: a child would inherit their locks.
    """
    found = in_child(lambda: carry_on(simulation, stop, horizons))
    return Broken(stop, found) if isinstance(found, str) else found


def in_child(work: Callable[[], Found]) -> Found | str:
    """What a function finds in a child of this process, or what went wrong in it, in words.

    Raises RuntimeError if this process has other threads: a child would inherit their locks.
    """
    if threading.active_count() > 1:
        raise RuntimeError("a process with several threads must not be forked")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _end(work, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        sent = pipe.read()
    _, status = os.waitpid(child, 0)
    try:
        found: Found | str = pickle.loads(sent)
    except (EOFError, pickle.UnpicklingError):
        code = os.waitstatus_to_exitcode(status)
        return f"the branch's process ended without a result (exit code {code})"
    return found


def _end(work: Callable[[], Found], writing: int) -> NoReturn:
    """The whole life of a child: do the work, send what was found, and end."""
    try:
        found: Found | str = work()
    except BaseException as error:
        found = f"{type(error).__name__}: {error}"
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(pickle.dumps(found))
    finally:
        # Nothing of the parent's may run here: no exit handlers, no buffers written twice.
        os._exit(0)
