"""The tables of a study, made from its parts in one pass that keeps no run in memory.

Parts are read in the frozen order, so that the tables are the same bytes whatever the order in
which runs finished, on however many workers, and however often the work was interrupted. A mean is
over replications, each the mean over draws; its interval is about chance. What is not known shows
in how far draws lie apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from numpy.typing import NDArray

from experiments.engine.parts import Parts
from experiments.engine.work import Done, State
from experiments.results.csv_files import write_frame
from experiments.results.outputs import write_table
from experiments.run.tables import RESPONSE
from experiments.statistics.intervals import (
    FirstStage,
    Interval,
    Moments,
    bootstrap_interval,
    two_stage,
)
from experiments.study.study import Cell, Study
from experiments.study.work import Columns
from experiments.words.amounts import ALL
from sim.outcomes import roles, weekly
from sim.outcomes.declaration import Column, Table
from sim.outcomes.fates import FATES

BATCH = 200
SPREAD = (0.05, 0.95)
Floats = NDArray[np.float64]

SCENARIO = Column("scenario", "name of the scenario", "word")
BASE = Column("base", "the scenario it is held against: the study's first", "word")
DRAW = Column("draw", "number of the draw; all = mean over the draws", "id")
MEANS = (
    Column("mean", "mean over replications", "see unit"),
    Column("low", "low end of the 95 % interval of the mean: chance", "see unit"),
    Column("high", "high end of it", "see unit"),
    Column("replications", "replications in which it is known", "count"),
    Column("interval", "t, bootstrap, or two_stage (Stein's, where a study ran until)", "word"),
    Column("draws_p05", "5 % of draws have a mean below: what is not known", "see unit"),
    Column("draws_p95", "5 % of draws have a mean above", "see unit"),
)
TOLD = (
    Column("unit", "unit", "word"),
    Column("better", "better direction", "word"),
    Column("meaning", "what it is", "text"),
)
FIGURES = Table(
    "figures",
    "One row a scenario, draw and outcome.",
    (SCENARIO, DRAW, Column("outcome", "its name", "word"), *MEANS, *TOLD),
)
DIFFERENCES = Table(
    "differences",
    "One row a scenario, draw and outcome: its difference from the first scenario, run by run with "
    "the same people, carers and shocks.",
    (
        SCENARIO,
        BASE,
        DRAW,
        Column("outcome", "its name", "word"),
        *MEANS,
        Column(
            "pairing_factor",
            "variance of the difference with independent runs / with the same people, carers and "
            "shocks: so many times the replications are saved",
            "ratio",
        ),
        *TOLD,
    ),
)
DRAWS = Table(
    "draws",
    "One row a draw and varied parameter.",
    (
        Column("draw", "number of the draw", "id"),
        Column("parameter", "dotted path of the parameter", "word"),
        Column("role", "uncertainty (nobody knows it) or lever (somebody could choose it)", "word"),
        Column("value", "its value", "see parameter"),
    ),
)
RUN_KEYS = (
    SCENARIO,
    Column("draw", "number of the draw", "id"),
    Column("replication", "number of the replication", "id"),
    Column("seed", "seed of every random number", "id"),
    Column("status", "finished, failed, lost (the machine failed it), or waiting", "word"),
    Column("error", "why it failed", "text"),
    Column("reproduce", "if it failed: in this folder it carries the run out alone", "text"),
    Column("run", "the run's identity", "hash"),
)


def runs_table(study: Study, outcomes: Sequence[str]) -> Table:
    """The declaration of the table of runs: its keys and a column an outcome."""
    told = study.declared
    columns = (Column(name, told[name].meaning, told[name].unit) for name in outcomes)
    meaning = "One row a run, by replication, draw and scenario."
    return Table("runs", meaning, (*RUN_KEYS, *columns))


def averaged(table: Table, name: str, keys: tuple[str, ...], extra: tuple[Column, ...]) -> Table:
    """A table of one run as the mean over a study's runs: keys first, then what it measures."""
    kept = [column for column in table.columns if column.name in keys]
    rest = [column for column in table.columns if column.name not in (*keys, "area", "replication")]
    return Table(
        name,
        f"{table.meaning} Mean over draws and replications of each scenario, summed over areas.",
        (*extra, *kept, *rest),
    )


COUNT = Column("replications", "replications that it is the mean of", "count")
WEEKLY = averaged(weekly.BY_AREA, "weekly", ("week_start",), (SCENARIO, COUNT))
WEEKLY_BY_TIER = averaged(
    weekly.BY_TIER, "weekly_by_tier", ("week_start", "tier"), (SCENARIO, COUNT)
)
SERVICE_LEVEL = averaged(
    RESPONSE, "service_level", ("failure", "day_from_failure"), (SCENARIO, COUNT)
)
FATES_OF_ALL = averaged(FATES, "fates", ("day_from_failure",), (SCENARIO, COUNT))
AVERAGED = {
    "weekly": (WEEKLY, ("week_start", "days")),
    "weekly_by_tier": (WEEKLY_BY_TIER, ("week_start", "tier")),
    "service_level": (SERVICE_LEVEL, ("failure", "day_from_failure")),
    "fates": (FATES_OF_ALL, ("day_from_failure",)),
}
"""Tables that are averaged over runs, and the columns by which their rows are known."""
WHOLE = {
    name: Table(name, f"{table.meaning} Run by run.", (*RUN_KEYS[:3], *table.columns))
    for name, table in {
        "weekly_by_area": weekly.BY_AREA,
        "weekly_by_area_and_tier": weekly.BY_TIER,
        "weekly_by_role": roles.BY_ROLE,
    }.items()
}
"""Tables that are kept run by run when a study asks for areas (Parquet only)."""


@dataclass
class RunningAverage:
    """A table's mean over replications, each the mean over draws."""

    keys: tuple[str, ...]
    head: Columns = field(default_factory=dict)
    moments: dict[str, Moments] = field(default_factory=dict)
    sums: dict[str, Floats] = field(default_factory=dict)
    counts: int = 0

    def add(self, table: Columns) -> None:
        """One run's table; one of another shape than the first is left out."""
        if not self.head:
            self.head = {name: table[name] for name in self.keys if name in table}
            measures = [name for name in table if name not in self.keys]
            self.moments = {name: Moments(table[name].size) for name in measures}
        size = next(iter(self.head.values())).size
        if next(iter(table.values())).size != size:
            return
        self.counts += 1
        for name in self.moments:
            value = table[name].astype(float)
            self.sums[name] = self.sums[name] + value if name in self.sums else value

    def end_replication(self) -> None:
        """Close a replication: the mean of what its draws gave."""
        if self.counts:
            for name, total in self.sums.items():
                self.moments[name].add(total / self.counts)
        self.sums, self.counts = {}, 0

    def frame(self) -> pd.DataFrame:
        """The table with means and, with several replications, the ends of intervals.

        Nothing measured here can be negative, so neither is an interval's low end.
        """
        columns: dict[str, Any] = dict(self.head)
        if not self.moments:
            return pd.DataFrame(columns)
        columns["replications"] = max(moments.count.max() for moments in self.moments.values())
        for name, moments in self.moments.items():
            columns[name] = moments.means
            if moments.count.max() > 1:
                columns[f"{name}_low"] = np.maximum(0.0, moments.means - moments.half_widths)
                columns[f"{name}_high"] = moments.means + moments.half_widths
        return pd.DataFrame(columns)


@dataclass
class Tallies:
    """Figures of one scenario (or its differences): per draw, and over all draws."""

    size: int
    draws: int
    per_draw: list[Moments] = field(default_factory=list)
    all_draws: Moments = field(init=False)
    first: Moments | None = None
    watched: dict[int, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.all_draws = Moments(self.size)
        self.per_draw = [Moments(self.size) for _ in range(self.draws)]

    def add(self, rows: Sequence[Floats]) -> None:
        """One replication: a row of figures for each draw."""
        stack = np.stack(rows)
        for moments, row in zip(self.per_draw, rows, strict=True):
            moments.add(row)
        known = np.isfinite(stack)
        many = known.sum(axis=0)
        total = np.where(known, stack, 0.0).sum(axis=0)
        means = np.where(many > 0, total / np.maximum(many, 1), np.nan)
        self.all_draws.add(means)
        for place, values in self.watched.items():
            values.append(float(means[place]))


class Pass:
    """One pass over a study's parts."""

    def __init__(
        self, study: Study, parts: Parts, replications: int, names: Sequence[str], folder: Path
    ) -> None:
        self.study = study
        self.parts = parts
        self.replications = replications
        self.folder = folder
        self.names = [name for name in study.declared if name in names]
        self.averaged: dict[tuple[int, str], RunningAverage] = {}
        self.figures = [self._tallies() for _ in study.scenarios]
        self.differences = [self._tallies() for _ in study.scenarios]
        self.seconds = 0.0
        self.failed = 0

    def _tallies(self) -> Tallies:
        tallies = Tallies(len(self.names), len(self.study.draws))
        if self.study.intervals == "bootstrap":
            wanted = [name for name in self.study.outcomes if name in self.names]
            tallies.watched = {self.names.index(name): [] for name in wanted}
        return tallies

    def make(self) -> None:
        """Read every part once; tables of single runs are written on the way."""
        whole = WholeTables(self.folder)
        runs = RunsWriter(self.folder, self.study, self.names)
        plan = self.study.replications
        try:
            for replication in range(self.replications):
                self._replication(replication, runs, whole)
                if plan.within is not None and replication == plan.number - 1:
                    self._end_first_stage()
        finally:
            runs.close()
            whole.close()

    def _replication(self, replication: int, runs: RunsWriter, whole: WholeTables) -> None:
        rows: list[list[Floats]] = [[] for _ in self.study.scenarios]
        for cell in self.study.cells(range(replication, replication + 1)):
            identity = self.study.identity(cell)
            done = self._read(identity)
            figures = {} if done.found is None else done.found.figures
            row = np.array([figures.get(name, np.nan) for name in self.names], dtype=float)
            self.seconds += done.seconds
            self.failed += done.failed
            runs.add(cell, identity, done, row)
            rows[cell.scenario].append(row)
            self._tables(cell, done, whole)
        for scenario, mine in enumerate(rows):
            self.figures[scenario].add(mine)
            if scenario:
                base = rows[0]
                self.differences[scenario].add([a - b for a, b in zip(mine, base, strict=True)])
        for averaged_table in self.averaged.values():
            averaged_table.end_replication()

    def _read(self, identity: str) -> Done:
        """A run; of a study that has not finished, perhaps one that is still to come."""
        try:
            return self.parts.read(identity)
        except FileNotFoundError:
            if not self.study.so_far:
                raise
            return Done(identity, state=State.WAITING)

    def _tables(self, cell: Cell, done: Done, whole: WholeTables) -> None:
        named = self.study.scenarios[cell.scenario]
        for name, table in ({} if done.found is None else done.found.tables).items():
            if name in WHOLE:
                whole.add(name, named.name, cell, table)
            elif name in ("weekly", "weekly_by_tier") or (
                named.scenario.failures and not named.scenario.failure.random
            ):
                key = (cell.scenario, name)
                if key not in self.averaged:
                    self.averaged[key] = RunningAverage(AVERAGED[name][1])
                self.averaged[key].add(table)

    def _end_first_stage(self) -> None:
        for tallies in (*self.figures, *self.differences):
            tallies.first = copied(tallies.all_draws)

    def frame(self, *, differences: bool) -> pd.DataFrame:
        """The table of figures, or of differences."""
        frames = []
        told = self.study.declared
        first = self.study.scenarios[0].name
        every = self.differences if differences else self.figures
        for number, tallies in enumerate(every):
            if differences and number == 0:
                continue
            head = {"scenario": self.study.scenarios[number].name}
            head |= {"base": first} if differences else {}
            base, own = self.figures[0], self.figures[number]
            frames.append(self._overall(head, tallies))
            if differences:
                factor = pairing(base.all_draws, own.all_draws, tallies.all_draws)
                frames[-1]["pairing_factor"] = factor
            if len(self.study.draws) > 1:
                for draw, moments in enumerate(tallies.per_draw):
                    frames.append(self._rows({**head, "draw": str(draw)}, moments))
                    if differences:
                        alone = base.per_draw[draw], own.per_draw[draw]
                        frames[-1]["pairing_factor"] = pairing(*alone, moments)
        if not frames:
            columns = (DIFFERENCES if differences else FIGURES).columns
            return pd.DataFrame(columns=[column.name for column in columns])
        table = pd.concat(frames, ignore_index=True)
        outcomes = [told[name] for name in table["outcome"]]
        return table.assign(
            unit=[one.unit for one in outcomes],
            better=[one.better for one in outcomes],
            meaning=[one.meaning for one in outcomes],
        )

    def _rows(self, head: dict[str, str], moments: Moments) -> pd.DataFrame:
        mean, half = moments.means, moments.half_widths
        return pd.DataFrame(
            {
                **head,
                "outcome": self.names,
                "mean": mean,
                "low": mean - half,
                "high": mean + half,
                "replications": moments.count,
                "interval": "t",
                "draws_p05": np.nan,
                "draws_p95": np.nan,
            }
        )

    def _overall(self, head: dict[str, str], tallies: Tallies) -> pd.DataFrame:
        """Rows over all draws, with how far the draws lie apart."""
        frame = self._rows({**head, "draw": ALL}, tallies.all_draws)
        if tallies.draws > 1:
            means = np.stack([moments.means for moments in tallies.per_draw])
            low, high = spread_over_draws(means)
            frame["draws_p05"], frame["draws_p95"] = low, high
        for place, values in tallies.watched.items():
            found = bootstrap_interval(np.array(values))
            set_ends(frame, place, found, "bootstrap")
        self._two_stage(frame, tallies)
        return frame

    def _two_stage(self, frame: pd.DataFrame, tallies: Tallies) -> None:
        """The interval of the outcome that the study ran until, with the coverage it promised."""
        outcome = self.study.replications.outcome
        if tallies.first is None or outcome not in self.names:
            return
        at = self.names.index(outcome)
        stage = FirstStage(int(tallies.first.count[at]), float(tallies.first.spreads[at]))
        whole = tallies.all_draws
        found = two_stage(float(whole.means[at]), int(whole.count[at]), stage)
        set_ends(frame, at, found, "two_stage")


def pairing(base: Moments, own: Moments, difference: Moments) -> Floats:
    """How many times larger the variance of a difference would be with independent runs.

    nan where the difference never varies, or where a value is not known in every replication.
    """
    apart = base.spreads**2 + own.spreads**2
    together = difference.spreads**2
    known = (base.count == own.count) & (own.count == difference.count) & (together > 0)
    factor: Floats = np.where(known, apart / np.where(known, together, 1.0), np.nan)
    return factor


def set_ends(frame: pd.DataFrame, place: int, found: Interval, kind: str) -> None:
    """Another interval for one row."""
    frame.loc[place, "low"] = found.low
    frame.loc[place, "high"] = found.high
    frame.loc[place, "interval"] = kind


def spread_over_draws(means: Floats) -> tuple[Floats, Floats]:
    """5 % and 95 % points of each column, over the draws that have it."""
    ends = np.full((2, means.shape[1]), np.nan)
    for column in range(means.shape[1]):
        known = means[:, column][np.isfinite(means[:, column])]
        if known.size:
            ends[:, column] = np.quantile(known, SPREAD)
    return ends[0], ends[1]


def copied(moments: Moments) -> Moments:
    """Moments as they are now."""
    again = Moments(moments.count.shape)
    again.count, again.mean = moments.count.copy(), moments.mean.copy()
    again.squares = moments.squares.copy()
    return again


class RunsWriter:
    """The table of runs, written as the pass goes on."""

    def __init__(self, folder: Path, study: Study, names: Sequence[str]) -> None:
        self.study = study
        self.names = names
        self.rows: list[dict[str, Any]] = []
        words = [column.name for column in RUN_KEYS]
        numbers = {"draw", "replication", "seed"}
        self.schema = pa.schema(
            [(word, pa.int64() if word in numbers else pa.string()) for word in words]
            + [(name, pa.float64()) for name in names]
        )
        self.parquet = pq.ParquetWriter(folder / "runs.parquet", self.schema)
        self.csv = (folder / "runs.csv").open("w", encoding="utf-8", newline="")
        self.headed = False

    def add(self, cell: Cell, identity: str, done: Done, row: Floats) -> None:
        """One run."""
        study = self.study
        self.rows.append(
            {
                "scenario": study.scenarios[cell.scenario].name,
                "draw": cell.draw,
                "replication": cell.replication,
                "seed": study.seed,
                "status": done.state,
                "error": done.error or None,
                "reproduce": reproduce(study, cell) if done.failed else None,
                "run": identity,
                **dict(zip(self.names, row.tolist(), strict=True)),
            }
        )
        if len(self.rows) >= BATCH:
            self._write()

    def _write(self) -> None:
        frame = pd.DataFrame(self.rows, columns=self.schema.names)
        table = pa.Table.from_pandas(frame, schema=self.schema, preserve_index=False)
        self.parquet.write_table(table)
        write_frame(self.csv, frame, "%.10g", header=not self.headed)
        self.headed, self.rows = True, []

    def close(self) -> None:
        """Write what is left."""
        if self.rows or not self.headed:
            self._write()
        self.parquet.close()
        self.csv.close()


class WholeTables:
    """Tables of single runs, written as the pass goes on; none unless a study asks for areas."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writers: dict[str, pq.ParquetWriter] = {}

    def add(self, name: str, scenario: str, cell: Cell, columns: Columns) -> None:
        """One run's table."""
        head = {"scenario": scenario, "draw": cell.draw, "replication": cell.replication}
        table = pa.Table.from_pandas(pd.DataFrame({**head, **columns}), preserve_index=False)
        table = table.replace_schema_metadata(None)
        if name not in self.writers:
            self.writers[name] = pq.ParquetWriter(self.folder / f"{name}.parquet", table.schema)
        self.writers[name].write_table(table.cast(self.writers[name].schema))

    def close(self) -> None:
        """Close every file."""
        for writer in self.writers.values():
            writer.close()


def reproduce(study: Study, cell: Cell) -> str:
    """The command, given in the study's folder, that carries a run out alone."""
    return f"caremarket sweep . --run {study.told(cell)}"


def draws_frame(study: Study) -> pd.DataFrame:
    """The table of draws; a value that is no number turns the column to text."""
    rows = [
        (draw, one.path, one.role, value)
        for draw, values in enumerate(study.draws.rows)
        for one, value in zip(study.draws.varied, values, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=[column.name for column in DRAWS.columns])
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in frame["value"])
    return frame.assign(value=frame["value"].astype(float if numbers else str))


def written(folder: Path, made: Pass) -> Iterator[tuple[Table, pd.DataFrame]]:
    """Write every table that is not written yet; what each was."""
    study = made.study
    frames: list[tuple[Table, pd.DataFrame]] = [(FIGURES, made.frame(differences=False))]
    if len(study.scenarios) > 1:
        frames.append((DIFFERENCES, made.frame(differences=True)))
    if study.draws.varied:
        frames.append((DRAWS, draws_frame(study)))
    for name, (table, _) in AVERAGED.items():
        parts = [
            one.frame().assign(scenario=study.scenarios[scenario].name)
            for (scenario, which), one in sorted(made.averaged.items())
            if which == name
        ]
        if parts:
            whole = pd.concat(parts, ignore_index=True)
            whole.insert(0, "scenario", whole.pop("scenario"))
            frames.append((table, whole))
    for table, frame in frames:
        write_table(folder, table, frame)
        yield table, frame
