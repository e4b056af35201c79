"""``caremarket history``: how often a market loses its principals with no failure scripted."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.asking.asked import Asked, scenario_asked_for
from experiments.asking.telling import processes
from experiments.commands.endings import SOME_FAILED
from experiments.commands.options import (
    Commissioning,
    County,
    Jobs,
    Override,
    Seed,
    Set,
)
from experiments.commands.whole import within
from experiments.engine.folders import folder_faults
from experiments.engine.limits import MOST_REPLICATIONS
from experiments.run.work import Failed
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.dates import date_at
from sim.scenario.faults import Place

if TYPE_CHECKING:
    from experiments.history.words import World
    from experiments.history.work import History, Told


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
    out: Annotated[
        Path | None, typer.Option(help="New folder for the files; default caremarket-results/…")
    ] = None,
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
    faults = folder_faults(out)
    days = [_date(name, text, faults) for name, text in (("--from", since), ("--to", to))]
    by_chance = ("failure.random",)  # on in the second world
    asked = Asked(county, commissioning, override or (), set_ or (), switched=by_chance)
    scenario = scenario_asked_for(asked, *faults)
    _show(scenario, days[0], days[1], (seed, replications, processes(jobs)), out)


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


def _show(
    scenario: Scenario,
    first: date | None,
    last: date | None,
    how: tuple[int, int, int],
    out: Path | None,
) -> None:
    from experiments.history.words import CHANCE, OWN, World, window_of
    from experiments.history.work import History, Told

    seed, replications, jobs = how
    scenarios = worlds_of(scenario, first, last)
    runs = [Told(world, seed, number) for world in scenarios for number in range(replications)]
    found = _carried_out(runs, jobs)
    failed = [one for one in found if isinstance(one, Failed)]
    for failure in failed:
        typer.echo(f"FAILED: replication {failure.replication}: {failure.error}", err=True)
    good = [
        tuple(one for one in part if isinstance(one, History))
        for part in (found[:replications], found[replications:])
    ]
    window = window_of(scenario, first, last)
    if all(good):
        worlds = [World(OWN, good[0], window), World(CHANCE, good[1], window)]
        _report(worlds, scenarios, seed, replications, failed, out)
    if failed:
        raise typer.Exit(SOME_FAILED)


def _carried_out(runs: list[Told], jobs: int) -> list[History | Failed]:
    """Every run's history, with progress."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from experiments.history.work import histories

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Replications", total=len(runs))
        return histories(runs, jobs=jobs, done=lambda: progress.advance(task))


def _report(
    worlds: list[World],
    scenarios: list[Scenario],
    seed: int,
    replications: int,
    failed: list[Failed],
    out: Path | None,
) -> None:
    """Words on the screen; words, tables, chart and manifest in a folder."""
    from experiments.history.folder import write_history
    from experiments.history.words import RECORDS, lines
    from experiments.results.outputs import new_folder
    from experiments.results.provenance import Inputs

    inputs = Inputs(scenarios[1], seed, replications)
    text = lines(worlds, RECORDS.get(scenarios[0].code))
    folder = new_folder(out, f"history-{scenarios[0].code}-{inputs.identity[:8]}")
    write_history(folder, inputs, worlds, text, sys.argv[1:], failed)
    typer.echo("\n".join(text))
    typer.echo(f"Files: {folder} (start with summary.txt and charts/)")
