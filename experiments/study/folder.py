"""What a finished study leaves beside its parts: tables, dictionary, manifest, workbook, charts."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

import sim
from experiments.engine.parts import Parts, keeping_error
from experiments.results.outputs import ENDS, write_json, write_table
from experiments.results.provenance import DEPENDENCIES, code_version
from experiments.results.real_people import COUNTS, RULE
from experiments.results.writing import MANIFEST, write_dictionary, write_screen, written_into
from experiments.statistics.small_counts import NOTE, hiding
from experiments.study.begun import STUDY, parts_of
from experiments.study.hanging import sensitivity_lines
from experiments.study.own_code import Brought
from experiments.study.progress import FailedRun, Progress, noted
from experiments.study.sensitivity import (
    SENSITIVITY,
    can_analyse,
    missing_words,
    sensitivity,
)
from experiments.study.study import Study
from experiments.study.tables import WHOLE, Pass, as_told, runs_as_told, runs_table, written
from experiments.study.words import first_screen
from experiments.words.first_screen import FirstScreen
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

SO_FAR = "so_far"


@dataclass(frozen=True)
class Results:
    """A study's tables and its first screen."""

    study: Study
    replications: int
    tables: dict[str, pd.DataFrame]
    screen: FirstScreen
    failed: tuple[FailedRun, ...]
    run_seconds: float
    table_seconds: float

    @property
    def summary(self) -> list[str]:
        """All that the first screen can tell, a line each."""
        return self.screen.lines(full=True)


def write_results(folder: Path, progress: Progress) -> Results:
    """Make every table and picture of a study in its folder from its parts."""
    return tables_into(folder, progress.study, parts_of(folder), progress)


def so_far_into(folder: Path, study: Study) -> tuple[Results, Path]:
    """Tables of the runs that a study has so far, in ``so_far`` beside its parts, and where.

    Raises ScenarioError if it has none.
    """
    progress = noted(study, parts_of(folder), study.replications.asked_for, so_far=True)
    if progress.finished == len(progress.failed):
        wrong, cure = "no run has finished yet", "Go on with it: caremarket sweep FOLDER"
        raise ScenarioError([Fault(Place(str(folder)), wrong, cure)])
    part = replace(study, so_far=f"{progress.finished:,} of {progress.total:,} runs")
    target = folder / SO_FAR
    return tables_into(target, part, parts_of(folder), progress), target


def tables_into(folder: Path, study: Study, parts: Parts, progress: Progress) -> Results:
    """Make every table and picture in a folder, or none.

    Raises KeepingError if they cannot be written; the parts are intact.
    """
    try:
        with written_into(folder) as work, hiding(study.of_real_people):
            return _made(work, study, parts, progress)
    except OSError as error:
        raise keeping_error(folder, error) from error


def _made(work: Path, study: Study, parts: Parts, progress: Progress) -> Results:
    began = time.perf_counter()
    made = Pass(study, parts, progress, work)
    made.make()
    frames = {table.name: (table, frame) for table, frame in written(work, made)}
    if can_analyse(study.draws):
        frames["sensitivity"] = SENSITIVITY, sensitivity(study, made.runs)
        write_table(work, *frames["sensitivity"])
    screen = _words(study, {name: frame for name, (_, frame) in frames.items()}, progress)
    tables = {name: as_told(*both, made.told) for name, both in frames.items()}
    if study.of_real_people:
        runs_as_told(work, study)
        screen = replace(screen, foot=[*screen.foot, NOTE])
    declared = [runs_table(study, made.names), *(table for table, _ in frames.values())]
    declared += [table for table in WHOLE.values() if (work / f"{table.name}.parquet").exists()]
    better = {("runs", name): outcome.better for name, outcome in study.declared.items()}
    ends = ("weekly*, service_level, fates", "*_low, *_high", ENDS, "as the column")
    write_dictionary(work, declared, [ends], better=better)
    write_screen(work, screen)
    seconds = time.perf_counter() - began
    results = Results(
        study, progress.replications, tables, screen, tuple(progress.failed), made.seconds, seconds
    )
    draw(work, results)
    times = {"run_seconds": round(made.seconds, 1), "tables_seconds": round(seconds, 2)}
    write_json(work / "timings.json", times)
    write_json(work / MANIFEST, manifest(study, progress.replications, progress.failed))
    return results


def _words(study: Study, tables: dict[str, pd.DataFrame], progress: Progress) -> FirstScreen:
    hangs = []
    if "sensitivity" in tables:
        hangs = sensitivity_lines(tables["sensitivity"], study.outcomes, study.draws)
    hangs = [missing_words(study.draws)] if missing_words(study.draws) else hangs
    return first_screen(
        study,
        tables["figures"],
        tables.get("differences"),
        progress.replications,
        len(progress.failed),
        hangs=hangs,
    )


def draw(work: Path, results: Results) -> None:
    """The workbook, if what makes it is installed, and the charts."""
    from experiments.results.pictures import save
    from experiments.study.pictures import drawn
    from experiments.study.workbook import can_write, write_workbook

    study, replications = results.study, results.replications
    known = results.tables["figures"]["mean"].notna().any()
    if can_write() and known:
        write_workbook(work, study, results.tables, replications, len(results.failed))
    names = [named.name for named in study.scenarios]
    for chart in drawn(study, results.tables, replications, names):
        save(chart, work / "charts")


def own_code(brought: Brought) -> dict[str, Any]:
    """What a study's own code is, for whoever wants to know what made the tables."""
    outcomes = [one.name for one in brought.outcomes]
    return {"files": brought.code.hashes, "outcomes": outcomes, "rules": list(brought.rules)}


def manifest(study: Study, replications: int, failed: Sequence[FailedRun]) -> dict[str, Any]:
    """What made the tables; no times, so that the same study gives the same bytes."""
    return {
        "what": "output of a model, not an observation or a forecast",
        "program": f"caremarket {sim.__version__}",
        "code_version": code_version(),
        "made_with": study.made_with,
        "study": {"name": study.name, "identity": study.whole_identity, "file": STUDY},
        **({"so_far": study.so_far} if study.so_far else {}),
        "county": study.scenarios[0].scenario.code,
        **({COUNTS: RULE} if study.of_real_people else {}),
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
        **({} if study.own is None else {"own_code": own_code(study.own)}),
        "draws": {
            "method": study.draws.method,
            "number": len(study.draws),
            "uncertainties": [v.path for v in study.draws.varied if v.role == "uncertainty"],
            "levers": [v.path for v in study.draws.varied if v.role == "lever"],
        },
        "seed": study.seed,
        "replications": replications,
        **({"first_replication": begin} if (begin := study.replications.begin) else {}),
        "runs_failed": [
            {"run": study.told(run.cell), "seed": study.seed, "error": run.error} for run in failed
        ],
        "python": platform.python_version(),
        "dependencies": {name: version(name) for name in DEPENDENCIES},
    }
