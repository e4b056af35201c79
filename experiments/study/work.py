"""Runs of a study as a worker carries them out: scenario x draw x replication, and what is kept.

Scenarios that differ in their failures alone are one market up to the first announcement. A worker
lives it once for all of a draw and replication, and lets each branch off it on its own day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from experiments.engine.branches import (
    can_fork_here,
    go_to,
    in_child_if_it_may,
    lived_on,
    refuse_disturbed,
)
from experiments.engine.work import (
    TaskFailure,
    Work,
    in_words,
    is_the_machines,
    leaving_no_market,
)
from experiments.run.arms import announced
from experiments.run.history import History
from experiments.run.placebo import placebo_of, with_failures, with_placebo
from experiments.run.work import Run, simulated, unfailing, without_failures
from experiments.study.draws import with_values
from experiments.study.own_code import OwnCode, in_force
from sim.ledger import Ledger
from sim.outcomes.account import Market
from sim.outcomes.headline import FailureResult, Result, summarise
from sim.scenario import Scenario

Keep = Literal["none", "county", "areas"]
Columns = dict[str, NDArray[Any]]
NOT_SUMMED = ("service_level", "area")


@dataclass(frozen=True, slots=True)
class CellTask:
    """One run of a study.

    ``compared``: the run is also simulated without its failures, if it has any; ``placebo``: and
    from the announcement on with the placebo instead. ``own``: the user's own outcomes and rules.
    """

    scenario: Scenario
    values: Mapping[str, Any]
    seed: int
    replication: int
    compared: bool = True
    keep: Keep = "county"
    placebo: bool = True
    own: OwnCode | None = None


@dataclass(frozen=True, slots=True)
class Reduced:
    """What is kept of a run: figures by name and tables of columns."""

    figures: Mapping[str, float]
    tables: Mapping[str, Mapping[str, NDArray[Any]]] = field(default_factory=dict)


def reduced(task: CellTask) -> Reduced:
    """Run and reduce. Raises ScenarioError if the draw cannot be made, OwnCodeError."""
    with in_force(task.own):
        return _reduced(task)


def _reduced(task: CellTask) -> Reduced:
    run = run_of(task)
    if task.placebo and task.compared and run.scenario.failures:
        return beside_the_placebo(run, task.keep)
    result = simulated(run).result
    return Reduced(result.figures, kept(result, task.keep))


def run_of(task: CellTask) -> Run:
    """The run that a task is of. Raises ScenarioError if the draw cannot be made."""
    scenario = with_values(task.scenario, task.values)
    return Run(scenario, task.seed, task.replication, task.compared)


@leaving_no_market
def beside_the_placebo(run: Run, keep: Keep) -> Reduced:
    """The same of a run with failures, and the placebo's figures after its own."""
    found = with_placebo(run)
    return lived(found.ledger, run, keep, found.without, found.placebo)


def lived(
    ledger: Ledger, run: Run, keep: Keep, without: Market | None, placebo: Mapping[str, float]
) -> Reduced:
    """What is kept of a run that was lived, beside the same market ``without`` its failures."""
    result = summarise(ledger, run.scenario, run.replication, without)
    return Reduced({**result.figures, **placebo}, kept(result, keep))


def reduced_together(
    tasks: Sequence[CellTask],
) -> Iterator[tuple[int, Reduced | TaskFailure]]:
    """What is kept of runs of one draw and replication, by their places.

    What they have in common is lived once, where the system can double a process.
    """
    found: list[Reduced | None] = [None] * len(tasks)
    if len(tasks) > 1 and can_fork_here():
        # Whatever goes wrong with what they share, each finds out by itself whether it fails.
        with suppress(Exception), in_force(tasks[0].own):
            found = sharing_the_past(tasks)
    for place, task in enumerate(tasks):
        yield place, found[place] or _alone(task)


def _alone(task: CellTask) -> Reduced | TaskFailure:
    try:
        return reduced(task)
    except Exception as error:  # one that fails must not take the others with it
        return TaskFailure(in_words(error), is_the_machines(error))


@leaving_no_market
def sharing_the_past(tasks: Sequence[CellTask]) -> list[Reduced | None]:
    """What is kept of runs that differ in failures alone; None of one that has to live alone.

    Raises BrokenLawError; DisturbedError if their past proves to be another.
    """
    runs = [run_of(task) for task in tasks]
    days = {
        place: announced(run.scenario) for place, run in enumerate(runs) if run.scenario.failures
    }
    found: list[Reduced | None] = [None] * len(tasks)
    if not days or len({unfailing(run.scenario).identity for run in runs}) > 1:
        return found
    simulation = without_failures(runs[0])
    go_to(simulation, min(days.values()))
    without = Market(lived_on(simulation, lambda: without_failures(runs[0])))
    assert without.histories is not None  # made once here, not again in every branch
    for place, run in enumerate(runs):
        if place not in days:
            found[place] = lived(without.ledger, run, tasks[place].keep, None, {})
    for place in sorted(days, key=lambda place: days[place]):
        go_to(simulation, days[place])
        refuse_disturbed(simulation, without.ledger)
        branch = partial(branched, tasks[place], runs[place], History(without, simulation))
        found[place] = in_child_if_it_may(branch)
    return found


def branched(task: CellTask, run: Run, history: History) -> Reduced:
    """What is kept of a run with failures, from their announcement on, where its history stands."""
    placebo = placebo_of(run, history) if task.compared and task.placebo else {}
    without = history.without if task.compared else None
    return lived(with_failures(run, history.simulation).run(), run, task.keep, without, placebo)


CELLS = Work("study", reduced_together, Reduced, batched=True)


def kept(result: Result, keep: Keep) -> dict[str, Columns]:
    """The tables that leave a worker: the county's weeks, or every area's too; none if not wanted.

    Around failures the service level and the fates are kept in any case.
    """
    tables: dict[str, Columns] = {}
    if keep != "none":
        tables["weekly"] = county_weeks(result.by_area)
        tables["weekly_by_tier"] = county_weeks(result.by_tier, "tier")
    if keep == "areas":
        tables |= {
            "weekly_by_area": result.by_area,
            "weekly_by_area_and_tier": result.by_tier,
            "weekly_by_role": result.by_role,
        }
    if result.failure is not None:
        tables["service_level"] = around_failures(result.failure)
        tables["fates"] = result.failure.fates
    return tables


def county_weeks(table: Columns, by: str | None = None) -> Columns:
    """Sums over areas, week by week (and tier by tier); rows come by week, area, tier."""
    weeks = np.unique(table["week_start"])
    groups = 1 if by is None else np.unique(table[by]).size
    found: Columns = {"week_start": np.repeat(weeks, groups)}
    if by is not None:
        found[by] = np.tile(table[by][:groups], weeks.size)
    for name, column in table.items():
        if name == "days":
            found[name] = column.reshape(weeks.size, -1, groups)[:, 0].ravel()
        elif name not in (*NOT_SUMMED, "week_start", by):
            found[name] = column.reshape(weeks.size, -1, groups).sum(axis=1).ravel()
    return found


def around_failures(failure: FailureResult) -> Columns:
    """The service level day by day around the failures, with and without them."""
    return {
        "day_from_failure": failure.response.days,
        "service_level": failure.response.service_level,
        "without_failure": failure.response.without_failure,
    }
