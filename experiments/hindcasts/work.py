"""One replication of a recorded case, or of the market without what befalls it: its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.engine.work import Work, WorkItem, identity_of, leaving_no_market
from experiments.hindcasts.case import Case, Figure, scenario_of
from experiments.hindcasts.readings import read
from sim.scenario import Scenario
from sim.simulation import Simulation

WITH, WITHOUT = "as on record", "without it"
"""The arms of a case: with its failures and shocks, and without."""


@dataclass(frozen=True, slots=True)
class HindcastTask:
    """One replication of one arm of a case."""

    case: str
    arm: str
    scenario: Scenario
    figures: tuple[Figure, ...]
    seed: int
    replication: int


@leaving_no_market
def lived(task: HindcastTask) -> dict[str, float]:
    """Run one replication and read the case's figures off it."""
    simulation = Simulation(task.scenario, seed=task.seed, replication=task.replication)
    ledger = simulation.run()
    return {one.code: read(ledger, task.scenario, one.reading, one.of) for one in task.figures}


HINDCASTS = Work("hindcasts", lived, dict[str, float])


def arms_of(case: Case) -> dict[str, Scenario]:
    """The scenarios of a case by arm; without it only where something befalls the market."""
    arms = {WITH: scenario_of(case)}
    return arms | {WITHOUT: scenario_of(case, without=True)} if case.befalls else arms


def items_of(cases: Sequence[Case], seed: int, replications: int) -> list[WorkItem]:
    """Every replication of every arm of every case, as work to be carried out."""
    found = []
    for case in cases:
        told = [[one.code, one.reading, one.of.model_dump(mode="json")] for one in case.figures]
        for arm, scenario in arms_of(case).items():
            about = [scenario.identity, told, seed]
            found += [
                WorkItem(
                    identity_of(HINDCASTS.name, *about, number),
                    f"{case.code}, replication {number} ({arm})",
                    HindcastTask(case.code, arm, scenario, case.figures, seed, number),
                )
                for number in range(replications)
            ]
    return found
