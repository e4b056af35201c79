"""One replication, reduced to what stands beside the published figures. Workers import this."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from experiments.engine.work import Work, WorkItem, identity_of, leaving_no_market
from experiments.run.work import Run, simulation_of
from sim.outcomes.measures import measured
from sim.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Measured:
    """What one replication gives beside each figure, by the figure's code."""

    replication: int
    values: Mapping[str, float]


@leaving_no_market
def measure_run(run: Run) -> Measured:
    """Run one replication and measure it."""
    ledger = simulation_of(run).run()
    return Measured(run.replication, measured(ledger, run.scenario))


MEASUREMENTS = Work("fit", measure_run, Measured)


def items_of(scenario: Scenario, seed: int, replications: int) -> list[WorkItem]:
    """Every replication as work to be carried out."""
    about = [scenario.identity, targets_of(scenario), seed]
    return [
        WorkItem(
            identity_of(MEASUREMENTS.name, *about, number),
            f"replication {number}",
            Run(scenario, seed, number),
        )
        for number in range(replications)
    ]


def targets_of(scenario: Scenario) -> str:
    """A hash of the published figures: they decide what is measured, not what happens."""
    text = json.dumps([row.model_dump(mode="json") for row in scenario.targets], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
