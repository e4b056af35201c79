"""The tables of a study, made from its parts in one pass that keeps no run in memory.

Parts are read in the frozen order, so that the tables are the same bytes whatever the order in
which runs finished, on however many workers, and however often the work was interrupted. Figures
and differences are then made from the table of runs, an outcome at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
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
from experiments.results.real_people import PEOPLE, Tables, few_of, units_by_outcome
from experiments.run.tables import RESPONSE
from experiments.statistics.intervals import Moments
from experiments.statistics.ranges import SHARE, cut_ends, range_of
from experiments.statistics.small_counts import count_in_table
from experiments.study.draws import Draws
from experiments.study.estimates import Estimates, Runs
from experiments.study.progress import Progress
from experiments.study.study import Cell, Study
from experiments.study.work import Columns
from sim.outcomes import roles, weekly
from sim.outcomes.declaration import Column, Table
from sim.outcomes.fates import FATES

BATCH = 200
AT_LEAST_NONE = (0.0, inf)
"""What is counted week by week or day by day cannot be fewer than none."""
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SCENARIO = Column("scenario", "name of the scenario", "word")
BASE = Column("base", "the scenario it is compared with: the study's first", "word")
DRAW = Column("draw", "number of the draw; all = mean over the draws", "id")
RUNS_OR_PAIRS = "runs (of differences: pairs of runs)"
MEANS = (
    Column(
        "mean",
        "mean over draws of each draw's mean over replications; draws with a value in every "
        "scenario (of differences: in both) have equal weight",
        "see unit",
    ),
    Column("low", "low end of the 95% interval of the mean", "see unit"),
    Column("high", "high end of it", "see unit"),
    Column("replications", "replications in which it is known", "count"),
    Column("replications_carried_out", "replications that were carried out", "count"),
    Column("interval", "t, bootstrap, or two_stage (Stein's, where a study ran until)", "word"),
    Column(
        "over",
        "what the interval is over: replications (chance), or draws or rows of draws with people "
        "of their own (chance and what is varied)",
        "word",
    ),
    Column(
        "cut",
        "ends of the interval that were set to the limit of the unit: low, high or both",
        "word",
    ),
    Column(
        "draws_p05",
        "value that the means of 5% of draws are below: effect of unknowns, and of chance "
        "within a draw's own runs",
        "see unit",
    ),
    Column("draws_p95", "value that the means of 5% of draws are above", "see unit"),
    Column("known", f"{RUNS_OR_PAIRS} in the mean", "count"),
    Column("failed", f"{RUNS_OR_PAIRS} that failed", "count"),
    Column("carried_out", f"{RUNS_OR_PAIRS} that were carried out, failed ones too", "count"),
    Column("draws_known", "draws in the mean", "count"),
    Column("draws_carried_out", "draws that were carried out", "count"),
    Column(
        "headline",
        "no: the mean is not known, or more than 5% of its runs failed (of differences: more "
        "than 5% of its pairs have no value), so the rest may not be typical",
        "yes or no",
    ),
    Column(
        "missing_low", "lowest value that the mean could have, given the failed runs", "see unit"
    ),
    Column("missing_high", "highest value that it could have", "see unit"),
    Column(
        "missing_rule",
        "range: all failed runs at one end of the unit's range; draws_left_out: with and "
        "without the draws in which a run failed; extremes_seen: all failed runs at the lowest "
        "or the highest value seen. The last two are not bounds",
        "word",
    ),
)
TOLD = (
    Column("unit", "unit", "word"),
    Column("better", "better direction", "word"),
    Column("meaning", "what it is", "text"),
)
FIGURES = Table(
    "figures",
    "One row for each scenario, draw and outcome.",
    (SCENARIO, DRAW, Column("outcome", "its name", "word"), *MEANS, *TOLD),
)
DIFFERENCES = Table(
    "differences",
    "One row for each scenario, draw and outcome: its difference from the first scenario, run "
    "by run with the same people, carers and shocks.",
    (
        SCENARIO,
        BASE,
        DRAW,
        Column("outcome", "its name", "word"),
        *MEANS,
        Column(
            "pairing_factor",
            "variance of the difference with independent runs / variance with the same people, "
            "carers and shocks: how many times as many replications independent runs would need",
            "ratio",
        ),
        *TOLD,
    ),
)
DRAWS = Table(
    "draws",
    "One row for each draw and varied parameter.",
    (
        Column("draw", "number of the draw", "id"),
        Column("parameter", "dotted path of the parameter", "word"),
        Column(
            "role",
            "uncertainty (nobody knows its value) or lever (somebody could choose its value)",
            "word",
        ),
        Column("value", "its value", "see parameter"),
    ),
)
RUN_KEYS = (
    SCENARIO,
    Column("draw", "number of the draw", "id"),
    Column("replication", "number of the replication", "id"),
    Column("seed", "seed of every random number", "id"),
    Column("people", "runs with the same number meet the same people, carers, shocks", "id"),
    Column("status", "finished, failed, lost (because of the machine), or waiting", "word"),
    Column("error", "why it failed", "text"),
    Column("reproduce", "if it failed: the command that runs it by itself in this folder", "text"),
    Column("run", "the run's identity", "hash"),
)


def runs_table(study: Study, outcomes: Sequence[str]) -> Table:
    """The declaration of the table of runs: its keys, what draws vary, and a column an outcome."""
    told = study.declared
    varied = (
        Column(one.path, f"{one.role} that draws vary: its value in this draw", "see parameter")
        for one in study.draws.varied
    )
    columns = (Column(name, told[name].meaning, told[name].unit) for name in outcomes)
    meaning = "One row for each run, by replication, draw and scenario."
    return Table("runs", meaning, (*RUN_KEYS, *varied, *columns))


def averaged(table: Table, name: str, keys: tuple[str, ...], extra: tuple[Column, ...]) -> Table:
    """A table of one run as the mean over a study's runs: keys first, then what it measures."""
    kept = [column for column in table.columns if column.name in keys]
    rest = [column for column in table.columns if column.name not in (*keys, "area", "replication")]
    return Table(
        name,
        f"{table.meaning} Mean of each scenario, summed over areas, over replications and draws in "
        "which no scenario's run is missing.",
        (*extra, *kept, *rest),
    )


COUNTS = (
    Column("replications", "replications in the mean", "count"),
    Column("runs", "runs in the mean", "count"),
    Column("runs_carried_out", "runs of the scenario that were carried out", "count"),
)
WEEKLY = averaged(weekly.BY_AREA, "weekly", ("week_start",), (SCENARIO, *COUNTS))
WEEKLY_BY_TIER = averaged(
    weekly.BY_TIER, "weekly_by_tier", ("week_start", "tier"), (SCENARIO, *COUNTS)
)
SERVICE_LEVEL = averaged(RESPONSE, "service_level", ("day_from_failure",), (SCENARIO, *COUNTS))
FATES_OF_ALL = averaged(FATES, "fates", ("day_from_failure",), (SCENARIO, *COUNTS))
AVERAGED = {
    "weekly": (WEEKLY, ("week_start", "days")),
    "weekly_by_tier": (WEEKLY_BY_TIER, ("week_start", "tier")),
    "service_level": (SERVICE_LEVEL, ("day_from_failure",)),
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
    """A table's mean over replications, each the mean over draws.

    ``limits``: what each column's unit allows; an interval keeps to it.
    """

    keys: tuple[str, ...]
    limits: Mapping[str, tuple[float, float]]
    head: Columns = field(default_factory=dict)
    moments: dict[str, Moments] = field(default_factory=dict)
    sums: dict[str, Floats] = field(default_factory=dict)
    counts: int = 0
    runs: int = 0

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
        self.runs += 1
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
        """The table with means and, with several replications, the ends of intervals."""
        columns: dict[str, Any] = dict(self.head)
        if not self.moments:
            return pd.DataFrame(columns)
        columns["replications"] = max(moments.count.max() for moments in self.moments.values())
        columns["runs"] = self.runs
        for name, moments in self.moments.items():
            columns[name] = moments.means
            if moments.count.max() > 1:
                half = moments.half_widths
                low, high, _ = cut_ends(
                    moments.means - half, moments.means + half, self.limits[name]
                )
                columns[f"{name}_low"], columns[f"{name}_high"] = low, high
        return pd.DataFrame(columns)


class Pass:
    """One pass over a study's parts."""

    def __init__(self, study: Study, parts: Parts, progress: Progress, folder: Path) -> None:
        self.study = study
        self.parts = parts
        self.replications = progress.replications
        self.folder = folder
        self.names = [name for name in study.declared if name in progress.names]
        self.averaged: dict[tuple[int, str], RunningAverage] = {}
        self.whole = complete_part(progress.had)
        self.told = told_of(study)
        self.seconds = 0.0

    def make(self) -> None:
        """Read every part once; tables of single runs are written on the way."""
        whole = WholeTables(self.folder, self.told)
        runs = RunsWriter(self.folder, self.study, self.names)
        try:
            for place in range(self.replications):
                self._replication(place, runs, whole)
        finally:
            runs.close()
            whole.close()

    def _replication(self, place: int, runs: RunsWriter, whole: WholeTables) -> None:
        for cell in self.study.cells(range(place, place + 1)):
            identity = self.study.identity(cell)
            done = self._read(identity)
            figures = {} if done.found is None else done.found.figures
            row = np.array([figures.get(name, np.nan) for name in self.names], dtype=float)
            self.seconds += done.seconds
            runs.add(cell, identity, done, row)
            self._tables(cell, done, whole)
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
                self._average((cell.scenario, name), cell, table)

    def _average(self, key: tuple[int, str], cell: Cell, table: Columns) -> None:
        """A table that is averaged, of a run that every other scenario has as well."""
        replications, draws = self.whole
        if not (replications[self.study.place(cell)] and draws[cell.draw]):
            return
        if key not in self.averaged:
            declared, keys = AVERAGED[key[1]]
            limits = {column.name: AT_LEAST_NONE for column in declared.columns}
            limits |= {
                column.name: range_of(SHARE) for column in declared.columns if column.unit == SHARE
            }
            self.averaged[key] = RunningAverage(keys, limits)
        self.averaged[key].add(table)

    @property
    def runs(self) -> Runs:
        """The table of runs that was written."""
        return Runs(self.study, self.folder / "runs.parquet", self.replications, self.names)


class RunsWriter:
    """The table of runs, written as the pass goes on."""

    def __init__(self, folder: Path, study: Study, names: Sequence[str]) -> None:
        self.study = study
        self.names = names
        self.rows: list[dict[str, Any]] = []
        words = [column.name for column in RUN_KEYS]
        numbers = {"draw", "replication", "seed", "people"}
        self.varied = values_by_draw(study.draws)
        self.schema = pa.schema(
            [(word, pa.int64() if word in numbers else pa.string()) for word in words]
            + [(path, of_kind(values)) for path, values in self.varied.items()]
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
                "people": study.world(cell),
                "status": done.state,
                "error": done.error or None,
                "reproduce": reproduce(study, cell) if done.failed else None,
                "run": identity,
                **{path: values[cell.draw] for path, values in self.varied.items()},
                **dict(zip(self.names, row.tolist(), strict=True)),
            }
        )
        if len(self.rows) >= BATCH:
            self._write()

    def _write(self) -> None:
        frame = pd.DataFrame(self.rows, columns=self.schema.names)
        table = pa.Table.from_pandas(frame, schema=self.schema, preserve_index=False)
        self.parquet.write_table(table)
        told = frame.assign(
            **{
                path: frame[path].map(as_text)
                for path, values in self.varied.items()
                if isinstance(values[0], bool)
            }
        )
        write_frame(self.csv, told, "%.10g", header=not self.headed)
        self.headed, self.rows = True, []

    def close(self) -> None:
        """Write what is left."""
        if self.rows or not self.headed:
            self._write()
        self.parquet.close()
        self.csv.close()


class WholeTables:
    """Tables of single runs, written as the pass goes on; none unless a study asks for areas."""

    def __init__(self, folder: Path, told: Tables | None) -> None:
        self.folder = folder
        self.told = told
        self.writers: dict[str, pq.ParquetWriter] = {}

    def add(self, name: str, scenario: str, cell: Cell, columns: Columns) -> None:
        """One run's table."""
        head = {"scenario": scenario, "draw": cell.draw, "replication": cell.replication}
        frame = as_told(WHOLE[name], pd.DataFrame({**head, **columns}), self.told)
        table = pa.Table.from_pandas(frame, preserve_index=False)
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


def values_by_draw(draws: Draws) -> dict[str, list[Any]]:
    """What draws vary by path, a value a draw, all of one kind: those of several kinds as text."""
    found = {}
    for place, one in enumerate(draws.varied):
        values = [row[place] for row in draws.rows]
        kinds = {type(value) for value in values}
        if len(kinds) > 1:
            values = (
                [float(v) for v in values] if kinds == {int, float} else list(map(as_text, values))
            )
        found[one.path] = values
    return found


def of_kind(values: Sequence[Any]) -> Any:
    """The type of a column of Parquet with these values."""
    kinds = {bool: pa.bool_(), int: pa.int64(), float: pa.float64()}
    return kinds.get(type(values[0]), pa.string())


def as_text(value: Any) -> str:
    """A value as a study's file writes it: true, not True."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def draws_frame(study: Study) -> pd.DataFrame:
    """The table of draws; a value that is no number turns the column to text."""
    rows = [
        (draw, one.path, one.role, value)
        for draw, values in enumerate(study.draws.rows)
        for one, value in zip(study.draws.varied, values, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=[column.name for column in DRAWS.columns])
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in frame["value"])
    return frame.assign(
        value=frame["value"].astype(float) if numbers else frame["value"].map(as_text)
    )


def complete_part(had: Flags) -> tuple[Flags, Flags]:
    """Replications and draws of which nothing is missing, so that no mean shifts with a gap.

    ``had``: the cells, replications x draws, that every scenario has. Of what is left, the
    replication or the draw that lacks the largest share goes first, until nothing is lacking.
    """
    kept = np.ones(had.shape[0], dtype=bool), np.ones(had.shape[1], dtype=bool)
    while (lacking := ~had & np.outer(*kept)).any():
        shares = [lacking.sum(axis=1 - axis) / kept[1 - axis].sum() for axis in (0, 1)]
        axis = int(shares[1].max() >= shares[0].max())
        kept[axis][int(np.argmax(shares[axis]))] = False
    return kept


def ordered(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of a table in the order of its declaration; empty where nothing is known."""
    return frame.reindex(columns=[column.name for column in table.columns])


def written(folder: Path, made: Pass) -> Iterator[tuple[Table, pd.DataFrame]]:
    """Write every table that is not written yet; what each was."""
    study = made.study
    figures, differences = Estimates(made.runs).frames()
    frames: list[tuple[Table, pd.DataFrame]] = [(FIGURES, ordered(FIGURES, figures))]
    if len(study.scenarios) > 1:
        frames.append((DIFFERENCES, ordered(DIFFERENCES, differences)))
    if study.draws.varied:
        frames.append((DRAWS, draws_frame(study)))
    for name, (table, _) in AVERAGED.items():
        parts = [
            one.frame().assign(
                scenario=study.scenarios[scenario].name,
                runs_carried_out=made.replications * len(study.draws),
            )
            for (scenario, which), one in sorted(made.averaged.items())
            if which == name
        ]
        if parts:
            whole = pd.concat(parts, ignore_index=True)
            whole.insert(0, "scenario", whole.pop("scenario"))
            frames.append((table, whole))
    for table, frame in frames:
        write_table(folder, table, as_told(table, frame, made.told))
        yield table, frame


def told_of(study: Study) -> Tables | None:
    """How tables are told: of a caseload without small counts of people, else as they are."""
    if not study.of_real_people:
        return None
    return Tables(few_of(study.scenarios[0].scenario), units_by_outcome([*study.declared.values()]))


def as_told(table: Table, frame: pd.DataFrame, told: Tables | None) -> pd.DataFrame:
    """A table as it is told."""
    return frame if told is None else told.told(table, frame)


def runs_as_told(folder: Path, study: Study) -> None:
    """Write the table of runs again without small counts of people: all is made of it by now."""
    counts = [name for name, one in study.declared.items() if one.unit == PEOPLE]
    parquet = folder / "runs.parquet"
    frame = pq.read_table(parquet).to_pandas()
    names = [name for name in frame if name in counts]
    frame[names] = frame[names].map(count_in_table)
    frame.to_parquet(parquet, index=False)
    write_frame(folder / "runs.csv", frame, "%.10g")
