"""``caremarket bands``: the headlines over the county's plausible sets of parameters."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from experiments.asking.asked import Asked, scenario_asked_for
from experiments.asking.levels import level_faults
from experiments.asking.scripts import Scripts
from experiments.bands.work import SET_RUNS, items_of
from experiments.commands.carrying import Way, carrying, end, tell_failed
from experiments.commands.endings import SOME_FAILED
from experiments.commands.options import (
    Cluster,
    Commissioning,
    County,
    Jobs,
    Out,
    Override,
    Resume,
    RetryFailed,
    Seed,
    Set,
    Until,
)
from experiments.engine.work import failed_items
from sim.scenario import Fault, Scenario, ScenarioError

Values = dict[int, Mapping[str, float]]
USUAL_SETS = 24
WHO, ON = "largest", "2026-07-01"


def bands(
    county: County,
    sets: Annotated[
        int, typer.Option(min=8, help="How many plausible sets to run, of the county's.")
    ] = USUAL_SETS,
    fail: Annotated[
        str,
        typer.Option(
            metavar="WHO",
            help="Whose closure is measured, as for run --fail; the largest provider.",
        ),
    ] = WHO,
    on: Annotated[str, typer.Option(metavar="DATE", help="When it closes.")] = ON,
    suffices: Annotated[
        float,
        typer.Option(
            metavar="SHARE", help="Share of all principals' hours from which the fallback suffices."
        ),
    ] = 0.8,
    seed: Seed = 1,
    jobs: Jobs = None,
    out: Out = None,
    resume: Resume = False,
    retry_failed: RetryFailed = False,
    cluster: Cluster = None,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
) -> None:
    """Headlines with the band that the published figures leave, and the unknown that matters."""
    from experiments.bands.folder import Findings, lines, write_bands
    from experiments.results.provenance import Inputs

    asked = Asked(
        county,
        commissioning=commissioning,
        overrides=override or (),
        assignments=set_ or (),
        until=until,
        scripts=Scripts((fail,), (on,)),
    )
    way = Way(out, jobs, cluster, resume, retry_failed)
    values, faults = plausible(county, sets)
    scenario = scenario_asked_for(asked, *faults, *level_faults(suffices), *way.faults())
    inputs = Inputs(scenario, seed, len(values))
    items = items_of(scenario, seed, values)
    folder = way.folder(f"{scenario.code}-bands-{inputs.identity[:8]}")
    depends = depends_on(scenario, seed, values)
    with carrying(SET_RUNS, folder, depends, way, "plausible sets") as (engine, screen):
        done = engine.answers(items)
        failed = failed_items(items, done)
        tell_failed(failed, seed)
        found = tuple(one.found for one in done if one.found is not None)
        if not found:
            raise typer.Exit(SOME_FAILED)
        screen.say("Tables and charts")
        told = Findings(inputs, suffices, found, tuple(failed), values)
        write_bands(folder, told, sys.argv[1:])
    end(lines(told), folder, "summary.txt and charts/", failed)


def plausible(county: str, sets: int) -> tuple[Values, list[Fault]]:
    """The first sets of the county's plausible.csv by their place, and what is wrong with it."""
    from experiments.study.draws import PLAUSIBLE, plausible_draws
    from sim.scenario.reading import county_folder

    try:
        path = county_folder(county) / PLAUSIBLE
    except ScenarioError as error:
        return {}, error.faults
    draws, faults = plausible_draws(path, sets)
    if faults:
        return {}, faults
    return {place: draws.values(place) for place in range(len(draws))}, []


def depends_on(scenario: Scenario, seed: int, values: Values) -> dict[str, str | int]:
    """What the work depends on, except how many sets: more can be run later."""
    first = json.dumps(sorted(values[0].items())) if values else ""
    return {
        "scenario": scenario.identity,
        "plausible_sets": hashlib.sha256(first.encode()).hexdigest(),
        "seed": seed,
    }
