"""What ``caremarket history`` leaves on disk: words, tables, a chart and what made them."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.charts.chart import Chart
from experiments.charts.principals import principals
from experiments.engine.question import Answers
from experiments.history.words import RECORDS, SAID, TABLES, World, first_screen, tables
from experiments.results.provenance import Inputs, made_by, manifest
from experiments.results.writing import Output


def output_of(inputs: Inputs, worlds: Sequence[World], answers: Answers) -> Output:
    """Tables, the chart and words."""
    window = worlds[0].window
    told = {
        **manifest(inputs, answers.command, answers.failed),
        "worlds": [world.name for world in worlds],
        "window": [str(window.first), str(window.last)],
    }
    scenario = inputs.scenario
    frames = list(zip(TABLES, tables(worlds, scenario), strict=True))
    told_first = first_screen(worlds, RECORDS.get(scenario.code), inputs)
    unsure = any(world.too_many_failed(inputs.replications) for world in worlds)
    charts = [] if unsure else [chart(worlds, inputs)]
    return Output(frames, told, told_first, charts, scenario, seconds=answers.seconds)


def chart(worlds: Sequence[World], inputs: Inputs) -> Chart:
    """The chart of a history."""
    scenario = inputs.scenario
    counts, _, absences, _ = (
        frame.assign(world=[SAID[name] for name in frame["world"]])
        for frame in tables(worlds, scenario)
    )
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
