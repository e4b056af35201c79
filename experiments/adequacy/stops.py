"""A team really stops in one area on a day, and the run goes on from there without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.engine.branches import digest, in_child
from experiments.engine.work import Wrong, in_words, is_the_machines
from sim.ledger import Ledger
from sim.outcomes.stopped import TakenOn, hours_without_care, taken_on
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario
from sim.simulation import Simulation


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
    """A branch that raised an error; ``lost``: it was the machine's fault."""

    stop: Stop
    error: str
    lost: bool = False


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
        return Broken(stop, in_words(error), is_the_machines(error))


def forked(simulation: Simulation, stop: Stop, horizons: Horizons = HORIZONS) -> Aftermath | Broken:
    """A branch in a child process; this simulation, which stands at the stop's day, stays as it is.

    Raises RuntimeError if this process has other threads: a child would inherit their locks.
    """
    found = in_child(lambda: carry_on(simulation, stop, horizons))
    return Broken(stop, found.error, found.lost) if isinstance(found, Wrong) else found
