"""One replication, reduced to what stands beside the published figures. Workers import this."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass

from experiments.run.work import Failed, Run, simulation_of
from sim.outcomes.measures import measured


@dataclass(frozen=True, slots=True)
class Measured:
    """What one replication gives beside each figure, by the figure's code."""

    replication: int
    values: Mapping[str, float]


def measure_run(run: Run) -> Measured | Failed:
    """Run one replication and measure it; an error is a row that says failed."""
    try:
        ledger = simulation_of(run).run()
        return Measured(run.replication, measured(ledger, run.scenario))
    except Exception as error:  # a run that fails must not take the others with it
        return Failed(run.replication, f"{type(error).__name__}: {error}")
    finally:
        gc.collect()  # a market is full of cycles, and collection was off while it ran
