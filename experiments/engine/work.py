"""Runs of a study: scenario x draw x replication, each with an identity that never changes.

An identity is a hash of all that can move the run's result: the resolved scenario, the draw's
values, seed, replication, the model's source and data, the versions of what it computes with, and
what is kept. So a run's result can be looked up, and never stand for another's.
"""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from experiments.results.provenance import code_version
from experiments.run.work import Failed, carry_out
from experiments.run.work import Run as Replication
from experiments.study.draws import with_values
from sim.outcomes.headline import Result
from sim.scenario import Scenario

FORMAT = 1
"""Raise it when what is kept of a run changes its meaning."""
COMPUTED_WITH = ("simpy", "numpy", "scipy")
Keep = Literal["none", "county", "areas"]
Columns = dict[str, NDArray[Any]]
NOT_SUMMED = ("service_level", "area")


@cache
def made_with() -> str:
    """The model's source and data and the versions it computes with, as one hash."""
    told = [
        FORMAT,
        code_version(),
        ".".join(platform.python_version_tuple()[:2]),
        [version(name) for name in COMPUTED_WITH],
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Job:
    """One run as it is sent to a worker, with everything it needs.

    ``compared``: the run is also simulated without its failures, if it has any.
    """

    identity: str
    scenario: Scenario
    values: Mapping[str, Any]
    seed: int
    replication: int
    compared: bool = True
    keep: Keep = "county"


@dataclass(frozen=True)
class Done:
    """What is kept of a run: figures by name and tables of columns; or why it failed.

    ``lost``: it did not fail by itself, the process that carried it out ended.
    """

    identity: str
    figures: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[str, Columns] = field(default_factory=dict)
    error: str = ""
    lost: bool = False
    seconds: float = 0.0
    made_with: str = ""

    @property
    def failed(self) -> bool:
        """Whether there are no figures because something went wrong."""
        return bool(self.error)


def identity_of(
    scenario: str,
    values: Mapping[str, Any],
    seed: int,
    replication: int,
    compared: bool,
    keep: Keep,
    made_with: str,
) -> str:
    """A run's identity; ``scenario`` is the identity of the resolved scenario before the draw."""
    told = [scenario, values, seed, replication, compared, keep, made_with]
    text = json.dumps(told, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def carry_out_job(job: Job) -> Done:
    """Run and reduce; any error is a result that says failed. Workers call this."""
    began = time.perf_counter()
    try:
        scenario = with_values(job.scenario, job.values)
        result = carry_out(Replication(scenario, job.seed, job.replication, job.compared))
        if isinstance(result, Failed):
            return _failed(job, result.error, began)
        tables = kept(result, job.keep)
    except Exception as error:  # a draw that cannot be made is a row that says so
        return _failed(job, f"{type(error).__name__}: {error}", began)
    seconds = time.perf_counter() - began
    return Done(job.identity, result.figures, tables, seconds=seconds, made_with=made_with())


def _failed(job: Job, error: str, began: float) -> Done:
    text = " ".join(error.split())
    return Done(
        job.identity, error=text, seconds=time.perf_counter() - began, made_with=made_with()
    )


def kept(result: Result, keep: Keep) -> dict[str, Columns]:
    """The tables that leave a worker: the county's weeks, or every area's too; none if not wanted.

    Around a failure the service level is kept day by day in any case.
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
    if result.responses:
        tables["service_level"] = around_failures(result)
    if result.fates is not None:
        tables["fates"] = result.fates
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


def around_failures(result: Result) -> Columns:
    """The service level day by day around each failure, with and without it."""
    parts = [
        (
            np.full(response.days.size, number),
            response.days,
            response.service_level,
            response.service_level * np.nan if response.usual is None else response.usual.level,
        )
        for number, response in enumerate(result.responses, start=1)
    ]
    names = ("failure", "day_from_failure", "service_level", "without_failure")
    columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    return dict(zip(names, columns, strict=True))
