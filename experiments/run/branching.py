"""One replication of a market with failures: its history without them, and every arm of it.

A worker lives the market once without the failures, and lets each arm branch off it on the day of
the first announcement (engine/branches).
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from experiments.engine.branches import in_child, refuse_disturbed
from experiments.engine.work import (
    DisturbedError,
    TaskFailure,
    Work,
    WorkItem,
    identity_of,
    in_words,
    is_the_machines,
)
from experiments.run.arms import Arm, Way, scripts_of
from experiments.run.history import History, at_the_announcement, history_of
from experiments.run.work import WITHOUT_PEOPLE, Replication, Run, kept_of, without_failures
from sim.outcomes.account import HEADLINE_DAYS, Account, Market, period_of
from sim.outcomes.headline import FailureResult, account_of, reduced
from sim.outcomes.resilience import DAYS_AFTER, RUNNING_DAYS
from sim.scenario import Scenario
from sim.simulation import Simulation


@dataclass(frozen=True, slots=True)
class ArmTask:
    """One arm of one replication; ``told``: with its events as tables.

    ``people``: with those that tell of single people, too.
    """

    scenario: Scenario
    seed: int
    replication: int
    arm: Arm
    told: bool
    fork: bool
    people: bool = True


@dataclass(frozen=True, slots=True)
class ArmFound:
    """What is kept of an arm: its account, and of the failures as asked for the whole run.

    ``failure``: None if nobody was there to be lost. ``window``: hours added in the county over the
    window of the arm, of the people concerned and of everybody else; None if it has none.
    """

    failure: FailureResult | None
    whole: Replication | None = None
    window: tuple[float, float] | None = None


def run_of(task: ArmTask) -> Run:
    """The run that an arm is of."""
    return Run(task.scenario, task.seed, task.replication)


def last_looked_at(scenario: Scenario) -> float:
    """The last day that an account looks at: a year after care stops, or the end of the run."""
    _, stops = period_of(scenario)
    return min(float(scenario.days), stops + DAYS_AFTER + RUNNING_DAYS)


def last_day_of(arm: Arm, scenario: Scenario) -> float:
    """The last day that an arm needs: many are compared, so each goes on to their headline only."""
    if arm.way is not Way.COMPARED:
        return last_looked_at(scenario)
    begins, stops = period_of(scenario)
    needed = max(begins + arm.window_days, stops + HEADLINE_DAYS + RUNNING_DAYS)
    return min(float(scenario.days), needed)


def branch(tasks: Sequence[ArmTask]) -> Iterator[tuple[int, ArmFound | TaskFailure]]:
    """Let each arm of a replication happen, telling of each at once, by its place."""
    first = tasks[0]
    if first.fork:
        # Between branches nothing happens here, and a child cannot reach it.
        history = history_of(run_of(first))
        for place, task in enumerate(tasks):
            yield place, in_child(_in_branch(task, history))
        return
    without = Market(without_failures(run_of(first)).run())
    assert without.histories is not None  # made once here, not again for every arm
    gc.collect()  # a market is full of cycles, and collection was off while it ran
    for place, task in enumerate(tasks):
        yield place, _replayed(task, without)
        gc.collect()


def _in_branch(task: ArmTask, history: History) -> Callable[[], ArmFound]:
    return lambda: after(task, history.simulation, history.without)


def _replayed(task: ArmTask, without: Market) -> ArmFound | TaskFailure:
    try:
        return replayed(task, without)
    except DisturbedError:
        raise
    except Exception as error:  # one arm that fails must not take the others with it
        return TaskFailure(in_words(error), is_the_machines(error))


def replayed(task: ArmTask, without: Market) -> ArmFound:
    """An arm by running everything again from the first day."""
    simulation = at_the_announcement(run_of(task))
    refuse_disturbed(simulation, without.ledger)
    return after(task, simulation, without)


def after(task: ArmTask, simulation: Simulation, without: Market) -> ArmFound:
    """Let the arm's failures happen in this simulation, and account for them."""
    for script in scripts_of(task.arm, task.scenario, simulation.market):
        simulation.fail(script)
    if task.arm.way is Way.ASKED:
        ledger = simulation.run()
        whole = kept_of(
            ledger, task.scenario, task.replication, without, task.told, people=task.people
        )
        return ArmFound(whole.result.failure, whole)
    # An arm with another notice has a period of its own.
    scenario = task.scenario
    if task.arm.way is Way.COMPARED:
        scenario = scenario.model_copy(update={"failures": task.arm.failures})
    market = Market(simulation.run(last_day_of(task.arm, scenario)))
    account = account_of(market, without, scenario)
    if account is None:
        return ArmFound(None)
    failure = reduced(account, task.replication, task.arm.name)
    return ArmFound(failure, window=window_of(account, task.arm.window_days))


def window_of(account: Account, days: float) -> tuple[float, float] | None:
    """Hours added in the county from the announcement on, in so many days."""
    if not days:
        return None
    harm = account.harm_to(account.announced + days)
    return float(harm.direct.sum()), float(harm.indirect.sum())


ARMS = Work("run", branch, ArmFound, batched=True, forks=True)


def items_of(
    scenario: Scenario,
    seed: int,
    replications: int,
    arms: Sequence[Arm],
    *,
    fork: bool,
    people: bool = True,
) -> list[WorkItem]:
    """Every arm of every replication as work to be carried out, replication by replication."""
    also = [] if people else [WITHOUT_PEOPLE]

    def about(arm: Arm) -> list[object]:
        return [arm.name, arm.window_days] if arm.window_days else [arm.name]

    return [
        WorkItem(
            identity_of(
                ARMS.name, scenario.identity, seed, number, *about(arm), number == 0, *also
            ),
            f"replication {number}" + (f", {arm.name}" if arm.way is not Way.ASKED else ""),
            ArmTask(scenario, seed, number, arm, number == 0, fork, people),
            batch=f"replication {number}",
        )
        for number in range(replications)
        for arm in arms
    ]
