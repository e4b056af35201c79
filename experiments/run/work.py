"""Replications of scenarios: on one core or all, with the same results in any order.

Workers import the model alone, no pandas or matplotlib. A replication that raises is a row that
says failed, with what it takes to reproduce it; it never stands for another's numbers. A run in
which a provider fails is compared with the same run without the failure.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass

from sim.ledger import Ledger
from sim.outcomes.headline import Result, summarise
from sim.scenario import Scenario
from sim.simulation import Simulation


@dataclass(frozen=True, slots=True)
class Run:
    """One replication to be run; ``compared``: with the same market without its failures."""

    scenario: Scenario
    seed: int
    replication: int
    compared: bool = True


@dataclass(frozen=True, slots=True)
class Failed:
    """A replication that raised an error."""

    replication: int
    error: str


def simulation_of(run: Run) -> Simulation:
    """The simulation of a run, not yet started."""
    return Simulation(run.scenario, seed=run.seed, replication=run.replication)


def without_failures(run: Run) -> Ledger | None:
    """The same market and the same people without the failures, if that is asked for."""
    if not (run.compared and run.scenario.failures):
        return None
    spared = run.scenario.model_copy(update={"failures": ()})
    return simulation_of(Run(spared, run.seed, run.replication)).run()


def carry_out(run: Run) -> Result | Failed:
    """Run and reduce one replication."""
    try:
        ledger = simulation_of(run).run()
        return summarise(ledger, run.scenario, run.replication, without_failures(run))
    except Exception as error:  # a run that fails must not take the others with it
        return Failed(run.replication, f"{type(error).__name__}: {error}")
    finally:
        gc.collect()  # a market is full of cycles, and collection was off while it ran


def replicate(
    runs: Sequence[Run], *, jobs: int, done: Callable[[], object] = lambda: None
) -> list[Result | Failed]:
    """Carry runs out, in their order whatever the order in which they finish."""
    outcomes = dict(_carried_out(runs, min(jobs, len(runs)), done))
    return [outcomes[place] for place in range(len(runs))]


def _carried_out(
    runs: Sequence[Run], jobs: int, done: Callable[[], object]
) -> Iterator[tuple[int, Result | Failed]]:
    if jobs <= 1:
        for place, run in enumerate(runs):
            yield place, carry_out(run)
            done()
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as executor:
        waiting = {executor.submit(carry_out, run): place for place, run in enumerate(runs)}
        for future in as_completed(waiting):
            yield waiting[future], future.result()
            done()


@contextmanager
def in_background(runs: Sequence[Run], jobs: int) -> Iterator[Callable[[], list[Result | Failed]]]:
    """Carry runs out on other cores meanwhile, if there are any; call what it gives for them."""
    if jobs <= 1 or not runs:
        yield lambda: [carry_out(run) for run in runs]
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs - 1, len(runs)), mp_context=context) as executor:
        futures = [executor.submit(carry_out, run) for run in runs]
        yield lambda: [future.result() for future in futures]


def all_cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
