"""What ``caremarket history`` leaves on disk: words, tables, a chart and what made them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from experiments.charts.chart import Chart
from experiments.charts.principals import principals
from experiments.engine.work import Failed
from experiments.history.words import RECORDS, TABLES, World, tables
from experiments.results.provenance import Inputs, made_by, manifest
from experiments.results.writing import Output, write_output


def write_history(
    folder: Path,
    inputs: Inputs,
    worlds: Sequence[World],
    text: Sequence[str],
    command: Sequence[str],
    failed: Sequence[Failed],
) -> None:
    """Write everything, or nothing."""
    window = worlds[0].window
    told = {
        **manifest(inputs, command, failed),
        "worlds": [world.name for world in worlds],
        "window": [str(window.first), str(window.last)],
    }
    frames = list(zip(TABLES, tables(worlds, inputs.scenario), strict=True))
    write_output(folder, Output(frames, told, text, [chart(worlds, inputs)], inputs.scenario))


def chart(worlds: Sequence[World], inputs: Inputs) -> Chart:
    """The chart of a history."""
    scenario = inputs.scenario
    counts, _, absences, _ = tables(worlds, scenario)
    record = RECORDS.get(scenario.code)
    window = worlds[0].window
    return principals(
        counts,
        absences,
        window.first,
        window.last,
        None if record is None else (record.shortfalls, record.absence_days),
        made_by(inputs),
    )
