"""A run of a study as a worker carries it out: scenario x draw x replication, and what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from experiments.engine.work import Work, leaving_no_market
from experiments.run.placebo import with_placebo
from experiments.run.work import Run, simulated
from experiments.study.draws import with_values
from experiments.study.own_code import OwnCode, in_force
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
    scenario = with_values(task.scenario, task.values)
    run = Run(scenario, task.seed, task.replication, task.compared)
    if task.placebo and task.compared and scenario.failures:
        return beside_the_placebo(run, task.keep)
    result = simulated(run).result
    return Reduced(result.figures, kept(result, task.keep))


@leaving_no_market
def beside_the_placebo(run: Run, keep: Keep) -> Reduced:
    """The same of a run with failures, and the placebo's figures after its own."""
    found = with_placebo(run)
    result = summarise(found.ledger, run.scenario, run.replication, found.without)
    return Reduced({**result.figures, **found.placebo}, kept(result, keep))


CELLS = Work("study", reduced, Reduced)


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
