"""``caremarket fit``: what the model gives beside what was published, with a verdict."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from experiments.commands.carrying import WorkOptions, answer
from experiments.commands.options import (
    Brief,
    Cluster,
    Commissioning,
    County,
    Full,
    Jobs,
    Only,
    Out,
    Override,
    Replications,
    Resume,
    RetryFailed,
    Seed,
    Set,
    Until,
)
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
    only: Only = None,
    cluster: Cluster = None,
    markdown: Annotated[
        bool,
        typer.Option(
            "--markdown", help="The table as Markdown, for docs/explanation/validation.md."
        ),
    ] = False,
    measures: Annotated[
        bool, typer.Option("--measures", help="List what a figure can be compared with, and stop.")
    ] = False,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
    brief: Brief = False,
    full: Full = False,
) -> None:
    """Hold the model against the county's published figures (targets.csv)."""
    from experiments.asking.asked import Asked, scenario_asked_for
    from experiments.fit.folder import MARKDOWN
    from experiments.fit.question import question
    from experiments.fit.targets import target_faults
    from sim.outcomes.catalogue import measured_in_parts

    if measures:
        for known in measured_in_parts().values():
            typer.echo(f"{known.name} ({known.unit}): {known.meaning}")
        return
    began = time.perf_counter()
    asked = Asked(
        county,
        commissioning=commissioning,
        overrides=override or (),
        assignments=set_ or (),
        until=until,
    )
    way = WorkOptions(out, jobs, cluster, resume, retry_failed, only, brief, full)
    scenario = scenario_asked_for(asked, *way.faults(), *target_faults(county))
    if not scenario.targets:
        wrong, cure = "there are no published figures", "Give the county a targets.csv"
        raise ScenarioError([Fault(Place("targets.csv"), wrong, cure)])
    output = answer(
        question(scenario, seed, replications), way, began, shown=MARKDOWN if markdown else ""
    )
    table = output.tables[0][1]
    if ((table["role"] == "must_hold") & (table["verdict"] == "fails")).any():
        raise typer.Exit(DOES_NOT_FIT)
