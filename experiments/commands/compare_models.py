"""``caremarket compare-models``: one county under every way of commissioning."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from experiments.commands.carrying import WorkOptions, answer
from experiments.commands.options import (
    Brief,
    Cluster,
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
from sim.scenario import ScenarioError

EXAMPLES = {
    "All models in the small county": "caremarket compare-models small",
    "One model beside Norfolk's own, with a closure": (
        "caremarket compare-models norfolk --model rotherham_zoned --on 2026-07-01"
    ),
}


def compare_models(
    county: County,
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A commissioning model to compare. Repeat for more. If left out, all that come "
            "with caremarket.",
        ),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The day the county's largest provider closes."),
    ] = None,
    replications: Replications = 5,
    seed: Seed = 1,
    jobs: Jobs = None,
    out: Out = None,
    resume: Resume = False,
    retry_failed: RetryFailed = False,
    only: Only = None,
    cluster: Cluster = None,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    brief: Brief = False,
    full: Full = False,
) -> None:
    """Compare ways of commissioning on the same people, carers, providers and shocks."""
    from experiments.asking.asked import Asked, scenario_asked_for
    from experiments.models.asked import closing_day, model_faults, models_of, never_live
    from experiments.models.question import question
    from experiments.models.rules import under

    began = time.perf_counter()
    way = WorkOptions(out, jobs, cluster, resume, retry_failed, only, brief, full)
    asked = Asked(county, overrides=override or (), assignments=set_ or (), until=until)
    scenario = scenario_asked_for(asked, *model_faults(model), *way.faults())
    if unchanged := never_live(scenario):
        raise ScenarioError(unchanged)
    day = closing_day(scenario, on)
    scenarios = {code: under(scenario, code) for code in models_of(scenario, model)}
    answer(question(scenario, seed, replications, scenarios, day), way, began)
