"""The folder of a run: written beside its name first and renamed when whole, never half there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.engine.folders import unusable
from experiments.results.csv_files import write_frame, write_rows
from sim.outcomes import accounts, events, roles, weekly
from sim.outcomes.declaration import Column, Outcome, Table
from sim.outcomes.fates import FATES
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.faults import Place
from sim.scenario.text_files import is_file, is_folder

Row = tuple[str, str, str, str]
DICTIONARY = "data_dictionary.csv"
MEANING: Row = ("table", "column", "meaning", "unit")
ENDS = "with several replications: ends of the 95 % interval of the mean"

YEARLY = Table(
    "yearly_by_area",
    "The weekly table by calendar year: means over the year, sums of referrals and withdrawals.",
    (Column("year", "calendar year in which the week starts", "year"), *weekly.BY_AREA.columns[1:]),
)
FIGURES = Table(
    "figures",
    "One row an outcome of the whole run.",
    (
        Column("outcome", "its name", "word"),
        Column("mean", "mean over replications", "see unit"),
        Column("low", "low end of the 95 % interval of the mean", "see unit"),
        Column("high", "high end of it", "see unit"),
        Column("replications", "replications in which it is known", "count"),
        Column("unit", "unit", "word"),
        Column("better", "better direction", "word"),
        Column("meaning", "what it is", "text"),
    ),
)
BY_STAFF_MOVE = Table(
    "by_staff_move",
    "One row an outcome and a share of carers who move with their people after a failure.",
    (
        Column("staff_move_share", "carers of a failed provider who move", "share"),
        *FIGURES.columns[:5],
    ),
)
RESPONSE = Table(
    "service_level",
    "Day by day around each failure, in the areas hit.",
    (
        Column("replication", "number of the replication", "id"),
        Column("failure", "number of the failure in the run", "id"),
        Column("day_from_failure", "days since the failure", "days"),
        Column("service_level", "(in service + bridged - missed) / needed hours", "share"),
        Column("without_failure", "the same, in the same market without the failure", "share"),
    ),
)
TABLES = (
    FIGURES,
    weekly.BY_TIER,
    weekly.BY_AREA,
    roles.BY_ROLE,
    YEARLY,
    RESPONSE,
    BY_STAFF_MOVE,
    FATES,
    *events.ALL,
    accounts.PAYMENTS,
    accounts.ACCOUNTS,
    accounts.VISITS,
)


def new_folder(out: Path | None, default: str) -> Path:
    """The folder to write: ``out``, which must be new or empty, or one of the default name."""
    if out is not None:
        if is_file(out) or (is_folder(out) and any(out.iterdir())):
            cure = "Name a new folder, so that nothing is overwritten"
            raise ScenarioError([Fault(Place(f"--out {out}"), "it already holds something", cure)])
        if wrong := unusable(out):
            raise ScenarioError(wrong)
        return out
    base = Path("caremarket-results")
    names = (default if n == 1 else f"{default}-{n}" for n in range(1, 10000))
    return next(base / name for name in names if not (base / name).exists())


@contextmanager
def written_whole(folder: Path) -> Iterator[Path]:
    """Write to a neighbour and rename it at the end; on an error it is removed."""
    part = folder.with_name(f".{folder.name}.part")
    if part.exists():
        shutil.rmtree(part)
    part.mkdir(parents=True)
    try:
        yield part
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    finally:
        if part.exists():
            shutil.rmtree(part, ignore_errors=True)


def write_table(folder: Path, table: Table, frame: pd.DataFrame) -> None:
    """One table as Parquet and CSV. Raises KeyError if a column has not been declared."""
    declared = {column.name for column in table.columns}
    for name in frame.columns:
        if name not in declared and name.rsplit("_", 1)[0] not in declared:
            raise KeyError(f"column {name!r} of {table.name} is not in the data dictionary")
    frame = frame.replace({"": None})
    frame.to_parquet(folder / f"{table.name}.parquet", index=False)
    write_frame(folder / f"{table.name}.csv", frame)


def write_dictionary(folder: Path, outcomes: Iterable[Outcome]) -> None:
    """What every column of every table means, and every outcome."""
    rows: list[Sequence[str]] = [(*MEANING, "better")]
    rows += [(*row, "") for row in meanings(TABLES)]
    rows.append(("weekly_*, yearly_*", "*_low, *_high", ENDS, "as the column", ""))
    rows += [("figures", one.name, one.meaning, one.unit, one.better) for one in outcomes]
    write_rows(folder / DICTIONARY, rows)


def write_meanings(folder: Path, tables: Iterable[Table], *more: Row) -> None:
    """What every column of the tables means; ``more`` rows come last."""
    write_rows(folder / DICTIONARY, [MEANING, *meanings(tables), *more])


def meanings(tables: Iterable[Table]) -> Iterator[Row]:
    """The rows of a data dictionary."""
    for table in tables:
        yield table.name, "", table.meaning, ""
        for column in table.columns:
            yield table.name, column.name, column.meaning, column.unit


def write_json(path: Path, content: Any) -> None:
    """Readable JSON in UTF-8."""
    path.write_text(as_text(content), encoding="utf-8", newline="\n")


def as_text(content: Any) -> str:
    """Readable JSON."""
    return json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n"


def scenario_text(scenario: Scenario) -> str:
    """The resolved scenario as JSON, every value with its source; no references to people."""
    return as_text(scenario.model_dump(mode="json", exclude={"referrals": {"__all__": {"person"}}}))


def write_scenario(folder: Path, scenario: Scenario) -> None:
    """The resolved scenario, every value with its source."""
    path = folder / "scenario.json"
    path.write_text(scenario_text(scenario), encoding="utf-8", newline="\n")
