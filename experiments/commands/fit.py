"""``caremarket fit``: what the model gives beside what was published, with a verdict."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from experiments.asking.asked import Asked, scenario_asked_for
from experiments.commands.carrying import Way, carrying, end, tell_failed
from experiments.commands.endings import SOME_FAILED
from experiments.commands.options import (
    Cluster,
    Commissioning,
    County,
    Jobs,
    Out,
    Override,
    Replications,
    Resume,
    RetryFailed,
    Seed,
    Set,
    Until,
)
from experiments.engine.work import failed_items
from experiments.fit.targets import target_faults
from experiments.fit.work import MEASUREMENTS, items_of, targets_of
from sim.outcomes.catalogue import measured_in_parts
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

DOES_NOT_FIT = 1


def fit(
    county: County,
    replications: Replications = 10,
    seed: Seed = 1,
    jobs: Jobs = None,
    out: Out = None,
    resume: Resume = False,
    retry_failed: RetryFailed = False,
    cluster: Cluster = None,
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
    way = Way(out, jobs, cluster, resume, retry_failed)
    scenario = scenario_asked_for(asked, *way.faults(), *target_faults(county))
    if not scenario.targets:
        wrong, cure = "there are no published figures", "Give the county a targets.csv"
        raise ScenarioError([Fault(Place("targets.csv"), wrong, cure)])
    from experiments.fit.folder import lines, provenance_line, write_fit
    from experiments.fit.verdicts import compared, fails, markdown_table
    from experiments.results.provenance import Inputs

    inputs = Inputs(scenario, seed, replications)
    items = items_of(scenario, seed, replications)
    folder = way.folder(f"fit-{scenario.code}-{inputs.identity[:8]}")
    figures = targets_of(scenario)
    depends_on = {"scenario": scenario.identity, "published figures": figures, "seed": seed}
    with carrying(MEASUREMENTS, folder, depends_on, way, "replications") as (engine, screen):
        done = engine.answers(items)
        failed = failed_items(items, done)
        tell_failed(failed, seed)
        if len(failed) == len(items):
            raise typer.Exit(SOME_FAILED)
        table = compared(scenario.targets, [one.found for one in done if one.found is not None])
        screen.say("Table and chart")
        write_fit(folder, inputs, table, failed, sys.argv[1:])
    text = lines(inputs, table)
    if markdown:
        text = [*markdown_table(table), "", provenance_line(inputs)]
    end(text, folder, "fit.csv, charts/fit.png, summary.txt", failed, said=not markdown)
    if fails(table):
        raise typer.Exit(DOES_NOT_FIT)
