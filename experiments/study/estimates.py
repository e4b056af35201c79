"""From runs to figures and differences: means over draws with intervals, and what is missing.

An outcome may be unknown in a run because the run failed, or because it has none there (days until
something that never came). Its mean is then over the runs that have it, every draw weighing the
same, and tables say of how many. A pair of runs without one of its values is left out of the
difference. What failed runs could have changed is told beside; above one pair in twenty missing, an
outcome has no headline.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from experiments.engine.work import State
from experiments.statistics.failed import too_many_failed
from experiments.statistics.intervals import (
    Interval,
    bootstrap_interval,
    first_stage,
    t_interval,
    t_intervals,
    two_stage_interval,
)
from experiments.statistics.over_draws import (
    Flags,
    Floats,
    known_draws,
    mean_along,
    shared_draws,
    spread_over_draws,
    units,
    worth_by_draw,
    worth_of_pairing,
)
from experiments.statistics.ranges import cut_ends, kept_to, limits_of
from experiments.study.study import Study
from experiments.words.amounts import ALL
from sim.outcomes.declaration import Outcome

RANGE, DRAWS_LEFT_OUT, EXTREMES = "range", "draws_left_out", "extremes_seen"
YES, NO = "yes", "no"


@dataclass(frozen=True)
class Sample:
    """An outcome of one scenario, or its differences: replications x draws, nan where not known.

    ``carried``: runs, or pairs, that were carried out; ``failed``: those of them that failed.
    ``lowest``, ``highest``: the values, with the limits of the unit in place of those that failed.
    """

    values: Floats
    carried: Flags
    failed: Flags
    lowest: Floats
    highest: Floats

    @property
    def known(self) -> Flags:
        """Runs or pairs that have a value."""
        found: Flags = np.isfinite(self.values)
        return found

    def of_draws(self, draws: Flags) -> Sample:
        """What some draws have."""
        return Sample(
            self.values[:, draws],
            self.carried[:, draws],
            self.failed[:, draws],
            self.lowest[:, draws],
            self.highest[:, draws],
        )


def of_runs(values: Floats, carried: Flags, failed: Flags, outcome: Outcome) -> Sample:
    """The values of one scenario's runs."""
    least, most = limits_of(outcome)
    return Sample(
        values, carried, failed, np.where(failed, least, values), np.where(failed, most, values)
    )


def of_pairs(own: Sample, base: Sample) -> Sample:
    """The differences of runs that met the same people under the same draw."""
    with np.errstate(invalid="ignore"):  # no limit less no limit
        lowest, highest = own.lowest - base.highest, own.highest - base.lowest
    carried = own.carried & base.carried
    failed = carried & (own.failed | base.failed)
    return Sample(own.values - base.values, carried, failed, lowest, highest)


@dataclass(frozen=True)
class Runs:
    """The table of runs of a study, read an outcome at a time: replications, draws, scenarios."""

    study: Study
    path: Path
    replications: int
    names: Sequence[str]

    def column(self, name: str) -> Any:
        """A column as an array."""
        with pq.ParquetFile(self.path, metadata=self._metadata) as file:
            found = file.read(columns=[name]).column(name).to_numpy()
        return found.reshape(self.replications, len(self.study.draws), len(self.study.scenarios))

    @cached_property
    def _metadata(self) -> Any:
        """Read once: of many runs it is long."""
        return pq.read_metadata(self.path)

    def values(self, outcome: str) -> Floats:
        """An outcome of every run; nan where it is not known."""
        if outcome in self.names:
            return np.asarray(self.column(outcome), dtype=float)
        return np.full(self.column("draw").shape, np.nan)


class Estimates:
    """The tables of figures and of differences."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.study = runs.study
        state = runs.column("status")
        self.carried = state != State.WAITING
        self.failed = (state == State.FAILED) | (state == State.LOST)

    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Figures, and differences from the first scenario."""
        figures: list[list[dict[str, Any]]] = [[] for _ in self.study.scenarios]
        apart: list[list[dict[str, Any]]] = [[] for _ in self.study.scenarios]
        for outcome in self.runs.names:
            samples = list(self._samples(outcome))
            kept = shared_draws(np.stack([one.values for one in samples], axis=2))
            for scenario, sample in enumerate(samples):
                figures[scenario].append(self.of_values(outcome, sample, kept))
                if scenario:
                    found = self.of_differences(outcome, sample, samples[0])
                    apart[scenario].append(found)
        return self._framed(figures), self._framed(apart, base=self.study.scenarios[0].name)

    def _samples(self, outcome: str) -> Iterator[Sample]:
        values, declared = self.runs.values(outcome), self.study.declared[outcome]
        for place in range(values.shape[2]):
            carried, failed = self.carried[:, :, place], self.failed[:, :, place]
            yield of_runs(values[:, :, place], carried, failed, declared)

    def of_values(self, outcome: str, sample: Sample, kept: Flags) -> dict[str, Any]:
        """The rows of an outcome's values: all draws that every scenario knows, then each draw."""
        limits = limits_of(self.study.declared[outcome])
        rows = self._rows(outcome, sample, kept, limits)
        rows["headline"] = headlines(sample.failed, sample, len(rows["mean"]))
        return rows

    def of_differences(self, outcome: str, own: Sample, base: Sample) -> dict[str, Any]:
        """The rows of an outcome's differences from the first scenario."""
        pairs = of_pairs(own, base)
        limits = limits_of(self.study.declared[outcome], difference=True)
        rows = self._rows(outcome, pairs, known_draws(pairs.values), limits)
        rows["headline"] = headlines(pairs.carried & ~pairs.known, pairs, len(rows["mean"]))
        worth = [worth_of_pairing(base.values, own.values, self.groups)]
        if len(rows["mean"]) > 1:
            worth += worth_by_draw(base.values, own.values).tolist()
        rows["pairing_factor"] = np.array(worth)
        return rows

    @property
    def groups(self) -> Any:
        """The draws that share people, if not all do."""
        return None if self.study.draws.people == "same" else self.study.draws.groups

    def _rows(
        self, outcome: str, sample: Sample, kept: Flags, limits: tuple[float, float]
    ) -> dict[str, Any]:
        """Columns: first the row over all draws; with several draws, one more for each."""
        head = self._overall(outcome, sample, kept, limits)
        if kept.size == 1:
            return {name: np.array([value]) for name, value in head.items()}
        draws = by_draw(sample, limits)
        blank = {"draws_p05": np.nan, "draws_p95": np.nan} | dict(NO_BOUNDS)
        for name in head.keys() - draws.keys():
            draws[name] = np.full(kept.size, blank.get(name, ""), dtype=type(blank.get(name, "")))
        return {name: np.concatenate([[value], draws[name]]) for name, value in head.items()}

    def _overall(
        self, outcome: str, sample: Sample, kept: Flags, limits: tuple[float, float]
    ) -> dict[str, Any]:
        used = sample.of_draws(kept)
        found, kind = self._interval(outcome, used.values, kept)
        found, cut = kept_to(found, limits)
        low, high = np.nan, np.nan
        if kept.size > 1:
            low, high = spread_over_draws(mean_along(used.values, 0))
        return {
            "mean": found.mean,
            "low": found.low,
            "high": found.high,
            "replications": int(used.known.any(axis=1).sum()),
            "replications_carried_out": int(sample.carried.any(axis=1).sum()),
            "interval": kind,
            "over": self.over,
            "cut": cut,
            "draws_p05": low,
            "draws_p95": high,
            "known": int(used.known.sum()),
            "failed": int(sample.failed.sum()),
            "carried_out": int(sample.carried.sum()),
            "draws_known": int(kept.sum()),
            "draws_carried_out": int(sample.carried.any(axis=0).sum()),
            **bounds(sample, limits),
        }

    @property
    def over(self) -> str:
        """What intervals over all draws are over."""
        if self.groups is None:
            return "replications"
        return "rows" if self.study.draws.method == "sobol" else "draws"

    def _interval(self, outcome: str, values: Floats, kept: Flags) -> tuple[Interval, str]:
        plan, groups = self.study.replications, self.groups
        apart = units(values, None if groups is None else groups[kept])
        if plan.within is not None and outcome == plan.outcome:
            stage = first_stage(units(values[: plan.number]))
            return two_stage_interval(apart, stage), "two_stage"
        if self.study.intervals == "bootstrap" and outcome in self.study.outcomes:
            return bootstrap_interval(apart), "bootstrap"
        return t_interval(apart), "t"

    def _framed(self, scenarios: list[list[dict[str, Any]]], base: str = "") -> pd.DataFrame:
        """Scenario by scenario, all draws and then each of them, outcome by outcome."""
        frames = []
        for named, told in zip(self.study.scenarios, scenarios, strict=True):
            if not told:
                continue
            columns = {name: np.stack([one[name] for one in told], axis=1) for name in told[0]}
            rows, outcomes = columns["mean"].shape
            head: dict[str, Any] = {"scenario": named.name} | ({"base": base} if base else {})
            head["draw"] = np.repeat([ALL, *map(str, range(rows - 1))], outcomes)
            head["outcome"] = np.tile(np.array(self.runs.names, dtype=object), rows)
            flat = {name: column.ravel() for name, column in columns.items()}
            frames.append(pd.DataFrame({**head, **flat}))
        if not frames:
            return pd.DataFrame()
        table = pd.concat(frames, ignore_index=True)
        about = [self.study.declared[name] for name in table["outcome"]]
        return table.assign(
            unit=[one.unit for one in about],
            better=[one.better for one in about],
            meaning=[one.meaning for one in about],
        )


def by_draw(sample: Sample, limits: tuple[float, float]) -> dict[str, Any]:
    """Each draw by itself: its mean over replications, and what it has."""
    mean, low, high = t_intervals(sample.values)
    low, high, cut = cut_ends(low, high, limits)
    known, carried = sample.known.sum(axis=0), sample.carried.sum(axis=0)
    return {
        "mean": mean,
        "low": low,
        "high": high,
        "replications": known,
        "replications_carried_out": carried,
        "interval": np.full(mean.size, "t"),
        "over": np.full(mean.size, "replications"),
        "cut": cut,
        "known": known,
        "failed": sample.failed.sum(axis=0),
        "carried_out": carried,
        "draws_known": (known > 0).astype(int),
        "draws_carried_out": (carried > 0).astype(int),
    }


def headlines(missing: Flags, sample: Sample, rows: int) -> Any:
    """Whether an outcome has a headline, over all draws and in each: at most one in twenty miss."""
    lacking = np.append(missing.sum(), missing.sum(axis=0))
    carried = np.append(sample.carried.sum(), sample.carried.sum(axis=0))
    known = np.append(sample.known.sum(), sample.known.sum(axis=0))
    told = (known > 0) & ~too_many_failed(lacking, carried)
    return np.where(told, YES, NO)[:rows]


NO_BOUNDS = {"missing_low": np.nan, "missing_high": np.nan, "missing_rule": ""}


def bounds(sample: Sample, limits: tuple[float, float]) -> dict[str, Any]:
    """How far failed runs could have moved the mean over draws.

    Where the unit has a range, as if they had all been at one end of it; else without the draws of
    which a run failed; with one draw, as if they had all been at the lowest or highest value seen.
    """
    if not sample.failed.any():
        return dict(NO_BOUNDS)
    if np.isfinite(limits).all():
        ends, rule = [sample.lowest, sample.highest], RANGE
    elif sample.values.shape[1] > 1:
        whole = np.where(sample.failed.any(axis=0), np.nan, sample.values)
        ends, rule = [sample.values, whole], DRAWS_LEFT_OUT
    elif sample.known.any():
        seen = np.nanmin(sample.values), np.nanmax(sample.values)
        ends, rule = [np.where(sample.failed, end, sample.values) for end in seen], EXTREMES
    else:
        return dict(NO_BOUNDS)
    means = [float(mean_along(mean_along(end, 0), 0)) for end in ends]
    if not np.isfinite(means).all():  # no draw is whole
        return dict(NO_BOUNDS)
    return {"missing_low": min(means), "missing_high": max(means), "missing_rule": rule}
