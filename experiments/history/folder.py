"""What ``caremarket history`` leaves on disk: words, tables, a chart and what made them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from experiments.charts.chart import Chart, Provenance, save
from experiments.charts.principals import principals
from experiments.history.words import RECORDS, TABLES, World, tables
from experiments.results.outputs import (
    write_json,
    write_meanings,
    write_scenario,
    write_table,
    written_whole,
)
from experiments.results.provenance import Inputs, manifest
from experiments.run.work import Failed
from sim import __version__


def write_history(
    folder: Path,
    inputs: Inputs,
    worlds: Sequence[World],
    text: Sequence[str],
    command: Sequence[str],
    failed: Sequence[Failed],
) -> None:
    """Write everything, or nothing."""
    with written_whole(folder) as part:
        for table, frame in zip(TABLES, tables(worlds, inputs.scenario), strict=True):
            write_table(part, table, frame)
        write_meanings(part, TABLES)
        write_scenario(part, inputs.scenario)
        told = manifest(inputs, command, failed)
        told["worlds"] = [world.name for world in worlds]
        window = worlds[0].window
        told["window"] = [str(window.first), str(window.last)]
        write_json(part / "manifest.json", told)
        (part / "summary.txt").write_text("\n".join(text) + "\n", encoding="utf-8", newline="\n")
        save(chart(worlds, inputs), part / "charts")


def chart(worlds: Sequence[World], inputs: Inputs) -> Chart:
    """The chart of a history."""
    scenario = inputs.scenario
    counts, _, absences, _ = tables(worlds, scenario)
    record = RECORDS.get(scenario.code)
    window = worlds[0].window
    made_by = Provenance(
        "caremarket",
        scenario.code,
        scenario.identity[:8],
        inputs.seed,
        inputs.replications,
        __version__,
    )
    return principals(
        counts,
        absences,
        window.first,
        window.last,
        None if record is None else (record.shortfalls, record.absence_days),
        made_by,
    )
