"""Replications of one scenario: on one core or all, with the same results in any order.

Workers import the model alone, no pandas or matplotlib. A replication that raises is a row that
says failed, with what it takes to reproduce it; it never stands for another's numbers.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from sim.outcomes.headline import Result, summarise
from sim.scenario import Scenario
from sim.simulation import Simulation


@dataclass(frozen=True, slots=True)
class Run:
    """One replication to be run."""

    scenario: Scenario
    seed: int
    replication: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A replication that raised an error."""

    replication: int
    error: str


def simulation_of(run: Run) -> Simulation:
    """The simulation of a run, not yet started."""
    return Simulation(run.scenario, seed=run.seed, replication=run.replication)


def carry_out(run: Run) -> Result | Failed:
    """Run and reduce one replication."""
    try:
        return summarise(simulation_of(run).run(), run.scenario, run.replication)
    except Exception as error:  # a run that fails must not take the others with it
        return Failed(run.replication, f"{type(error).__name__}: {error}")
    finally:
        gc.collect()  # a market is full of cycles, and collection was off while it ran


def replicate(
    scenario: Scenario,
    *,
    seed: int,
    replications: Sequence[int],
    jobs: int,
    done: Callable[[], object] = lambda: None,
) -> list[Result | Failed]:
    """Run replications, in order of their numbers whatever the order in which they finish."""
    runs = [Run(scenario, seed, number) for number in replications]
    outcomes = dict(_carried_out(runs, min(jobs, len(runs)), done))
    return [outcomes[run.replication] for run in runs]


def _carried_out(
    runs: Sequence[Run], jobs: int, done: Callable[[], object]
) -> Iterator[tuple[int, Result | Failed]]:
    if jobs <= 1:
        for run in runs:
            yield run.replication, carry_out(run)
            done()
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as executor:
        waiting = {executor.submit(carry_out, run): run for run in runs}
        for future in as_completed(waiting):
            yield waiting[future].replication, future.result()
            done()


def all_cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
