"""``caremarket fit``: what the model gives beside what was published, with a verdict."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from experiments.asking.asked import Asked, scenario_asked_for
from experiments.asking.telling import processes
from experiments.commands.endings import SOME_FAILED
from experiments.commands.options import (
    Commissioning,
    County,
    Jobs,
    Override,
    Replications,
    Seed,
    Set,
    Until,
)
from experiments.engine.folders import folder_faults
from experiments.engine.workers import carried_out
from experiments.fit.targets import target_faults
from experiments.fit.work import Measured, measure_run
from experiments.run.work import Failed, Run
from sim.outcomes.catalogue import measured_in_parts
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.faults import Place

DOES_NOT_FIT = 1


def fit(
    county: County,
    replications: Replications = 10,
    seed: Seed = 1,
    jobs: Jobs = None,
    out: Annotated[
        Path | None, typer.Option(help="New folder for the files; default caremarket-results/…")
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="The table as Markdown, for docs/validation.md.")
    ] = False,
    measures: Annotated[
        bool, typer.Option("--measures", help="List what a figure can be compared with, and stop.")
    ] = False,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
) -> None:
    """Hold the model against the county's published figures (targets.csv)."""
    if measures:
        for known in measured_in_parts().values():
            typer.echo(f"{known.name} ({known.unit}): {known.meaning}")
        return
    asked = Asked(
        county,
        commissioning=commissioning,
        overrides=override or (),
        assignments=set_ or (),
        until=until,
    )
    scenario = scenario_asked_for(asked, *folder_faults(out), *target_faults(county))
    if not scenario.targets:
        wrong, cure = "there are no published figures", "Give the county a targets.csv"
        raise ScenarioError([Fault(Place("targets.csv"), wrong, cure)])
    results = _measured(scenario, seed, replications, processes(jobs))
    _report(scenario, seed, replications, results, out, markdown=markdown)


def _measured(
    scenario: Scenario, seed: int, replications: int, jobs: int
) -> list[Measured | Failed]:
    """Every replication, in order."""
    from experiments.engine.screen import counted

    runs = [Run(scenario, seed, number) for number in range(replications)]
    found: dict[int, Measured | Failed] = {}
    with counted("Replications", len(runs)) as advance:
        for place, outcome in carried_out(measure_run, runs, jobs):
            found[place] = outcome
            advance()
    return [found[place] for place in range(len(runs))]


def _report(
    scenario: Scenario,
    seed: int,
    replications: int,
    results: list[Measured | Failed],
    out: Path | None,
    *,
    markdown: bool,
) -> None:
    from experiments.fit.folder import lines, provenance_line, write_fit
    from experiments.fit.verdicts import compared, fails, markdown_table
    from experiments.results.outputs import new_folder
    from experiments.results.provenance import Inputs

    good = [result for result in results if isinstance(result, Measured)]
    failed = [result for result in results if isinstance(result, Failed)]
    for failure in failed:
        typer.echo(
            f"FAILED: replication {failure.replication}, seed {seed}: {failure.error}", err=True
        )
    if not good:
        raise typer.Exit(SOME_FAILED)
    inputs = Inputs(scenario, seed, replications)
    table = compared(scenario.targets, good)
    if markdown:
        typer.echo("\n".join([*markdown_table(table), "", provenance_line(inputs)]))
    else:
        folder = new_folder(out, f"fit-{scenario.code}-{inputs.identity[:8]}")
        write_fit(folder, inputs, table, failed, sys.argv[1:])
        typer.echo("\n".join(lines(inputs, table)))
        typer.echo(f"Files: {folder} (fit.csv, charts/fit.png, summary.txt)")
    if failed:
        raise typer.Exit(SOME_FAILED)
    if fails(table):
        raise typer.Exit(DOES_NOT_FIT)
