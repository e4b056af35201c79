"""One county under every way of commissioning: what each replication gives, measured alike."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from datetime import date

from experiments.models.figures import FROM_SUMMARY, figures_beside, loss_of_largest
from experiments.run.work import Failed
from sim.outcomes.contingencies import HALF_A_YEAR_DAYS
from sim.outcomes.headline import summarise
from sim.scenario import Scenario
from sim.simulation import Simulation

LOOKED_AT_DAYS = HALF_A_YEAR_DAYS


@dataclass(frozen=True, slots=True)
class Under:
    """One replication of the county under one model; ``on``: when its largest provider closes."""

    code: str
    scenario: Scenario
    seed: int
    replication: int
    on: date


def compared_run(task: Under) -> dict[str, float] | Failed:
    """The figures of one replication, or why it failed."""
    try:
        return _compared_run(task)
    except Exception as error:  # one run that fails must not take the others with it
        return Failed(task.replication, f"{type(error).__name__}: {error}")
    finally:
        gc.collect()  # a market is full of cycles, and collection was off while it ran


def _compared_run(task: Under) -> dict[str, float]:
    scenario = task.scenario
    simulation = Simulation(scenario, seed=task.seed, replication=task.replication)
    ledger = simulation.run()
    del simulation
    figures = summarise(ledger, scenario, task.replication).figures
    found: dict[str, float] = {name: figures[name] for name in FROM_SUMMARY}
    found |= figures_beside(ledger, scenario)
    return found | loss_of_largest(scenario, task.seed, task.replication, task.on, ledger)
