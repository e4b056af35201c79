"""A provider really closes on a day, or its team in one area, and the run goes on without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.engine.branches import digest, in_child
from experiments.engine.work import TaskFailure, in_words, is_the_machines
from sim.ledger import Ledger
from sim.outcomes.histories import Spells, spells
from sim.outcomes.n_minus_1 import NMinus1, n_minus_1, people_when_care_stops, teams_of_provider
from sim.outcomes.payers import and_those_served_privately, followed_at
from sim.outcomes.stopped import TakenOn, hours_without_care_in_areas, taken_on
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario
from sim.simulation import Simulation


@dataclass(frozen=True, slots=True)
class Stop:
    """A provider stops at once, on a day; a share of its carers move.

    ``area``: where; blank: the company closes, everywhere it works and for everybody it serves.
    """

    area: str
    provider: str
    day: float
    staff_move_share: float

    @property
    def failure(self) -> ScriptedFailure:
        """The closure that is simulated: sudden."""
        return ScriptedFailure(
            self.provider, self.day, staff_move_share=self.staff_move_share, areas=self.areas
        )

    @property
    def areas(self) -> tuple[str, ...]:
        """The area alone, or none: everywhere."""
        return (self.area,) if self.area else ()


@dataclass(frozen=True, slots=True)
class Horizons:
    """How far a branch is looked at: days for what is taken on, and for hours without care."""

    taken_on_days: float = 28.0
    uncovered_days: float = 91.0


HORIZONS = Horizons()


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What a branch found: N-1, and hours without care where it stopped and in the county.

    Hours are at both horizons. ``digest`` is the hash of every fact of the branch: a fork can be
    compared with a replay.
    """

    stop: Stop
    n_minus_1: NMinus1
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


@dataclass(frozen=True, slots=True)
class Usual:
    """The run in which nobody stops, to be held against its branches: one past, the same people."""

    ledger: Ledger
    histories: Spells


def usual_of(ledger: Ledger) -> Usual:
    """A finished run as its branches are held against it."""
    return Usual(ledger, spells(ledger))


def without_care(
    ledger: Ledger, histories: Spells, stop: Stop, horizons: Horizons = HORIZONS
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Hours without care from a stop on, where it is and in the county, up to both horizons."""
    day, areas = stop.day, ledger.labels.areas
    edges = np.array([day, day + horizons.taken_on_days, day + horizons.uncovered_days])
    everywhere = list(range(len(areas)))
    place = [areas.index(code) for code in stop.areas] or everywhere
    here = np.cumsum(hours_without_care_in_areas(ledger, place, edges, histories))
    whole = np.cumsum(hours_without_care_in_areas(ledger, everywhere, edges, histories))
    return (float(here[0]), float(here[1])), (float(whole[0]), float(whole[1]))


def teams_in_both(usual: Ledger, ledger: Ledger, stop: Stop) -> list[int]:
    """The stopped provider's teams, by number, that are one team in both runs.

    A team that begins after the stop, to help next door say, has nobody on the day; its number may
    be another team's in the other run, or nobody's.
    """
    mine, other = usual.labels.branches, ledger.labels.branches
    return [
        team
        for team in teams_of_provider(usual, stop.provider, stop.areas)
        if team < len(other) and mine[team] == other[team]
    ]


def carry_on(
    simulation: Simulation, stop: Stop, usual: Usual, horizons: Horizons = HORIZONS
) -> Aftermath:
    """Let it stop in this simulation, and see what becomes of its people."""
    simulation.fail(stop.failure)
    ledger = simulation.run(stop.day + horizons.uncovered_days)
    histories = spells(ledger)
    teams = teams_in_both(usual.ledger, ledger, stop)
    people = np.union1d(
        people_when_care_stops(usual.histories, teams, stop.day),
        followed_at(ledger, teams, stop.day),
    )
    return Aftermath(
        stop,
        n_minus_1(
            ledger,
            usual.ledger,
            people,
            stop.day,
            failed_spells=histories,
            usual_spells=and_those_served_privately(
                usual.ledger, usual.histories, ledger, histories
            ),
        ),
        taken_on(ledger, teams, stop.day, stop.day + horizons.taken_on_days),
        *without_care(ledger, histories, stop, horizons),
        digest(ledger),
    )


def replayed(
    scenario: Scenario,
    seed: int,
    replication: int,
    stop: Stop,
    usual: Usual,
    horizons: Horizons = HORIZONS,
) -> Aftermath | Broken:
    """A branch by running everything again from the first day."""
    try:
        simulation = Simulation(scenario, seed=seed, replication=replication)
        return carry_on(simulation, stop, usual, horizons)
    except Exception as error:  # one branch that fails must not take the others with it
        return Broken(stop, in_words(error), is_the_machines(error))


def forked(
    simulation: Simulation, stop: Stop, usual: Usual, horizons: Horizons = HORIZONS
) -> Aftermath | Broken:
    """A branch in a child process; this simulation, which stands at the stop's day, stays as it is.

    Raises RuntimeError if this process has other threads: a child would inherit their locks.
    """
    found = in_child(lambda: carry_on(simulation, stop, usual, horizons))
    return Broken(stop, found.error, found.lost) if isinstance(found, TaskFailure) else found
