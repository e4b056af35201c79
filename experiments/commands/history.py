"""``caremarket history``: how often a market loses its principals with no failure scripted."""

from __future__ import annotations

import sys
from datetime import date
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
    Resume,
    RetryFailed,
    Seed,
    Set,
)
from experiments.commands.whole import within
from experiments.engine.limits import MOST_REPLICATIONS
from experiments.engine.work import failed_items
from experiments.history.work import HISTORIES, items_of
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.dates import date_at
from sim.scenario.faults import Place


def history(
    county: County,
    seed: Seed = 1,
    replications: Annotated[
        int,
        typer.Option(
            "--replications",
            "-r",
            callback=within(2, MOST_REPLICATIONS),
            help="Runs with different chance.",
        ),
    ] = 30,
    jobs: Jobs = None,
    out: Out = None,
    resume: Resume = False,
    retry_failed: RetryFailed = False,
    cluster: Cluster = None,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="First day counted; default: first go-live."),
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Last day counted; two years.")
    ] = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
) -> None:
    """Count the principals a market loses of itself and by chance; set beside the record."""
    way = Way(out, jobs, cluster, resume, retry_failed)
    faults = way.faults()
    days = [_date(name, text, faults) for name, text in (("--from", since), ("--to", to))]
    by_chance = ("failure.random",)  # on in the second world
    asked = Asked(county, commissioning, override or (), set_ or (), switched=by_chance)
    scenario = scenario_asked_for(asked, *faults)
    worlds = worlds_of(scenario, days[0], days[1])
    _answer(scenario, worlds, days, (seed, replications), way)


def _date(name: str, text: str | None, faults: list[Fault]) -> date | None:
    """The date of an option, or a fault."""
    if text is None:
        return None
    day, wrong = date_at(Place(f"{name} {text}"), text)
    faults += wrong
    return day


def worlds_of(scenario: Scenario, first: date | None, last: date | None) -> list[Scenario]:
    """The same county twice: without and with hazards by chance; no failure is scripted."""
    from experiments.history.words import followed_until, window_of

    window = window_of(scenario, first, last)
    start, end = scenario.calendar.start, scenario.calendar.end
    if scenario.commissioning.principal_tier is None:
        wrong = f"{scenario.commissioning.code} has no principal_tier"
        cure = "Choose a commissioning model with principal providers"
        raise ScenarioError([Fault(Place("--commissioning"), wrong, cure)])
    if not start <= window.first <= window.last <= end:
        wrong = f"{window.first} to {window.last} is not within the simulated time"
        cure = f"Choose days in order, from {start} to {end}"
        raise ScenarioError([Fault(Place("--from, --to"), wrong, cure)])
    calendar = scenario.calendar.model_copy(update={"end": followed_until(scenario, window)})
    return [
        scenario.model_copy(
            update={
                "calendar": calendar,
                "failures": (),
                "failure": scenario.failure.model_copy(update={"random": by_chance}),
            }
        )
        for by_chance in (False, True)
    ]


def _answer(
    scenario: Scenario,
    scenarios: list[Scenario],
    days: list[date | None],
    how_many: tuple[int, int],
    way: Way,
) -> None:
    """Carry both worlds out; words on the screen, and all of it in a folder."""
    from experiments.history.folder import write_history
    from experiments.history.words import CHANCE, OWN, RECORDS, World, lines, window_of
    from experiments.results.provenance import Inputs

    seed, replications = how_many
    inputs = Inputs(scenarios[1], seed, replications)
    names = (OWN, CHANCE)
    items = [
        item
        for name, world in zip(names, scenarios, strict=True)
        for item in items_of(world, seed, replications, name)
    ]
    folder = way.folder(f"history-{scenario.code}-{inputs.identity[:8]}")
    depends_on = {"worlds": [world.identity for world in scenarios], "seed": seed}
    with carrying(HISTORIES, folder, depends_on, way, "replications") as (engine, screen):
        done = engine.answers(items)
        failed = failed_items(items, done)
        tell_failed(failed, seed)
        halves = done[:replications], done[replications:]
        good = [tuple(one.found for one in half if one.found is not None) for half in halves]
        if not all(good):
            raise typer.Exit(SOME_FAILED)
        window = window_of(scenario, days[0], days[1])
        told = [World(name, half, window) for name, half in zip(names, good, strict=True)]
        screen.say("Tables and chart")
        text = lines(told, RECORDS.get(scenario.code))
        write_history(folder, inputs, told, text, sys.argv[1:], failed)
    end(text, folder, "summary.txt and charts/", failed)
