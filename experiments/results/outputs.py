"""Names of folders for results, and how a table, a text and a scenario are written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.results.csv_files import write_frame
from experiments.results.folders import RESULTS, unusable
from experiments.results.provenance import few_hidden
from sim.outcomes.declaration import Table
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.caseload import without_rows
from sim.scenario.faults import Place
from sim.scenario.outlines import FILE as OUTLINES
from sim.scenario.text_files import is_file, is_folder

Row = tuple[str, str, str, str]
DICTIONARY = "data_dictionary.csv"
MEANING: Row = ("table", "column", "meaning", "unit")
ENDS = "with several replications: ends of the 95% interval of the mean"


def new_folder(out: Path | None, default: str) -> Path:
    """The folder to write: ``out``, which must be new or empty, or one of the default name."""
    if out is not None:
        if is_file(out) or (is_folder(out) and any(out.iterdir())):
            cure = "Name a new folder, so that nothing is overwritten"
            raise ScenarioError([Fault(Place(f"--out {out}"), "it already holds something", cure)])
        if wrong := unusable(out):
            raise ScenarioError(wrong)
        return out
    base = RESULTS
    names = (default if n == 1 else f"{default}-{n}" for n in range(1, 10000))
    return next(base / name for name in names if not (base / name).exists())


def write_table(folder: Path, table: Table, frame: pd.DataFrame) -> None:
    """One table as Parquet and CSV. Raises KeyError if a column has not been declared."""
    declared = {column.name for column in table.columns}
    for name in frame.columns:
        if name not in declared and name.rsplit("_", 1)[0] not in declared:
            raise KeyError(f"column {name!r} of {table.name} is not in the data dictionary")
    frame = frame.replace({"": None})
    frame.to_parquet(folder / f"{table.name}.parquet", index=False)
    write_frame(folder / f"{table.name}.csv", frame)


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
    """The resolved scenario as JSON, every value with its source; no rows of a caseload."""
    values = without_rows(scenario)
    given = few_hidden(values.get("caseload") or None)
    return as_text({**values, "caseload": given} if given else values)


def write_scenario(folder: Path, scenario: Scenario) -> None:
    """The resolved scenario, every value with its source, and the outlines of its areas."""
    for name, text in (("scenario.json", scenario_text(scenario)), (OUTLINES, scenario.outlines)):
        if text:
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
