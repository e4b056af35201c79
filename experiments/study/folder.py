"""What a finished study leaves beside its parts: tables, dictionary, manifest, workbook, charts."""

from __future__ import annotations

import platform
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

import sim
from experiments.engine.parts import Parts, keeping_error
from experiments.results.csv_files import write_rows
from experiments.results.outputs import DICTIONARY, ENDS, MEANING, meanings, write_json, write_table
from experiments.results.provenance import DEPENDENCIES, code_version
from experiments.study.begun import STUDY, parts_of
from experiments.study.progress import FailedRun, Progress
from experiments.study.sensitivity import (
    SENSITIVITY,
    can_analyse,
    missing_words,
    sensitivity,
    sensitivity_lines,
)
from experiments.study.study import Study
from experiments.study.tables import WHOLE, Pass, runs_table, written
from experiments.study.words import lines
from sim.outcomes.declaration import Table

WORKING = ".tables"


@dataclass(frozen=True)
class Results:
    """A study's tables and its first screen."""

    study: Study
    replications: int
    tables: dict[str, pd.DataFrame]
    summary: list[str]
    failed: tuple[FailedRun, ...]
    run_seconds: float
    table_seconds: float


def write_results(folder: Path, progress: Progress) -> Results:
    """Make every table and picture of a study in its folder from its parts."""
    return tables_into(folder, progress.study, parts_of(folder), progress)


def tables_into(folder: Path, study: Study, parts: Parts, progress: Progress) -> Results:
    """Make every table and picture in a folder; each file is replaced as a whole.

    Raises KeepingError if they cannot be written; the parts are intact.
    """
    try:
        return _tables_into(folder, study, parts, progress)
    except OSError as error:
        shutil.rmtree(folder / WORKING, ignore_errors=True)
        raise keeping_error(folder, error) from error


def _tables_into(folder: Path, study: Study, parts: Parts, progress: Progress) -> Results:
    began = time.perf_counter()
    replications = progress.replications
    work = folder / WORKING
    if work.exists():
        shutil.rmtree(work)
    work.mkdir(parents=True)
    made = Pass(study, parts, replications, sorted(progress.names), work)
    made.make()
    frames = {table.name: (table, frame) for table, frame in written(work, made)}
    tables = {name: frame for name, (_, frame) in frames.items()}
    hangs = []
    if can_analyse(study.draws):
        tables["sensitivity"] = sensitivity(study, work / "runs.parquet")
        frames["sensitivity"] = SENSITIVITY, tables["sensitivity"]
        write_table(work, SENSITIVITY, tables["sensitivity"])
        hangs = sensitivity_lines(tables["sensitivity"], study.outcomes)
    hangs = [missing_words(study.draws)] if missing_words(study.draws) else hangs
    text = lines(
        study,
        tables["figures"],
        tables.get("differences"),
        replications,
        len(progress.failed),
        hangs=hangs,
    )
    declared = [runs_table(study, made.names), *(table for table, _ in frames.values())]
    declared += [table for table in WHOLE.values() if (work / f"{table.name}.parquet").exists()]
    write_dictionary(work, study, declared)
    write_json(work / "manifest.json", manifest(study, replications, progress.failed))
    (work / "summary.txt").write_text("\n".join(text) + "\n", encoding="utf-8", newline="\n")
    seconds = time.perf_counter() - began
    results = Results(
        study, replications, tables, text, tuple(progress.failed), made.seconds, seconds
    )
    draw(work, results)
    write_json(
        work / "timings.json",
        {"run_seconds": round(made.seconds, 1), "tables_seconds": round(seconds, 2)},
    )
    move(work, folder)
    return results


def draw(work: Path, results: Results) -> None:
    """The workbook, if what makes it is installed, and the charts."""
    from experiments.charts.chart import save
    from experiments.study.pictures import drawn
    from experiments.study.workbook import can_write, write_workbook

    study, replications = results.study, results.replications
    if can_write():
        write_workbook(work, study, results.tables, replications, len(results.failed))
    names = [named.name for named in study.scenarios]
    for chart in drawn(study, results.tables, replications, names):
        save(chart, work / "charts")


def move(work: Path, folder: Path) -> None:
    """Put finished files in their places."""
    for path in sorted(work.rglob("*")):
        if path.is_file():
            place = folder / path.relative_to(work)
            place.parent.mkdir(exist_ok=True)
            path.replace(place)
    shutil.rmtree(work)


def write_dictionary(folder: Path, study: Study, tables: Sequence[Table]) -> None:
    """What every column of every table means, and every outcome."""
    rows: list[Sequence[str]] = [(*MEANING, "better")]
    for table, column, meaning, unit in meanings(tables):
        outcome = study.declared.get(column) if table == "runs" else None
        rows.append((table, column, meaning, unit, "" if outcome is None else outcome.better))
    rows.append(("weekly*, service_level, fates", "*_low, *_high", ENDS, "as the column", ""))
    write_rows(folder / DICTIONARY, rows)


def manifest(study: Study, replications: int, failed: Sequence[FailedRun]) -> dict[str, Any]:
    """What made the tables; no times, so that the same study gives the same bytes."""
    return {
        "what": "output of a model, not an observation or a forecast",
        "program": f"caremarket {sim.__version__}",
        "code_version": code_version(),
        "made_with": study.made_with,
        "study": {"name": study.name, "identity": study.whole_identity, "file": STUDY},
        "county": study.scenarios[0].scenario.code,
        "scenarios": [
            {
                "name": named.name,
                "commissioning_model": named.scenario.commissioning.code,
                "identity": identity,
                "overrides": list(named.scenario.overrides),
                "failures": [row.model_dump(mode="json") for row in named.scenario.failures],
            }
            for named, identity in zip(study.scenarios, study.identities, strict=True)
        ],
        "draws": {
            "method": study.draws.method,
            "number": len(study.draws),
            "uncertainties": [v.path for v in study.draws.varied if v.role == "uncertainty"],
            "levers": [v.path for v in study.draws.varied if v.role == "lever"],
        },
        "seed": study.seed,
        "replications": replications,
        "runs_failed": [
            {"run": study.told(run.cell), "seed": study.seed, "error": run.error} for run in failed
        ],
        "python": platform.python_version(),
        "dependencies": {name: version(name) for name in DEPENDENCIES},
    }
