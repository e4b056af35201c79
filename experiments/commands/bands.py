"""``caremarket bands``: the headlines over the county's plausible sets of parameters."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands.adequacy import level_faults
from experiments.commands.asking import Asked, scenario_asked_for
from experiments.commands.options import Commissioning, County, Override, Set, Until
from experiments.commands.run import folder_faults
from experiments.replications import Failed, all_cores
from experiments.workers import carried_out
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.faults import Place

if TYPE_CHECKING:
    from experiments.bands import SetFound

SOME_FAILED = 3
USUAL_SETS = 24
WHO, ON = "largest", "2026-07-01"


def bands(
    county: County,
    sets: Annotated[
        int, typer.Option(min=8, help="How many plausible sets to run, of the county's.")
    ] = USUAL_SETS,
    fail: Annotated[
        str | None,
        typer.Option(
            metavar="WHO", help="Whose closure is measured; the first area's principal by then."
        ),
    ] = None,
    on: Annotated[str, typer.Option(metavar="DATE", help="When it closes.")] = ON,
    suffices: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of hours from which fallback suffices.")
    ] = 0.8,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random number.")] = 1,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes; all cores unless you say.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="New folder for the files; default caremarket-results/…")
    ] = None,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
) -> None:
    """Headlines with the band that the published figures leave, and the unknown that matters."""
    from experiments.bands_folder import Findings, lines, write_bands
    from experiments.outputs import new_folder
    from experiments.provenance import Inputs

    who = fail or WHO
    asked = Asked(
        county,
        commissioning=commissioning,
        overrides=override or (),
        assignments=set_ or (),
        until=until,
    )
    values, faults = plausible(county, sets)
    day, wrong = day_of(on)
    scenario = scenario_asked_for(
        asked, *faults, *wrong, *level_faults(suffices), *folder_faults(out)
    )
    found, failed = _carried_out(scenario, values, seed, who, day, jobs or all_cores())
    for one in failed:
        typer.echo(f"FAILED: set {one.replication}, seed {seed}: {one.error}", err=True)
    if not found:
        raise typer.Exit(SOME_FAILED)
    inputs = Inputs(scenario, seed, len(found))
    folder = new_folder(out, f"{scenario.code}-bands-{inputs.identity[:8]}")
    told = Findings(inputs, suffices, f"{who} closes on {on}", tuple(found), tuple(failed), values)
    write_bands(folder, told, sys.argv[1:])
    typer.echo("\n".join(lines(told)))
    typer.echo(f"Files: {folder} (start with summary.txt and charts/)")
    if failed:
        raise typer.Exit(SOME_FAILED)


def plausible(county: str, sets: int) -> tuple[dict[int, Mapping[str, float]], list[Fault]]:
    """The first sets of the county's plausible.csv by their place, and what is wrong with it."""
    from experiments.draws import PLAUSIBLE, plausible_draws
    from sim.scenario.reading import county_folder

    try:
        path = county_folder(county) / PLAUSIBLE
    except ScenarioError as error:
        return {}, error.faults
    draws, faults = plausible_draws(path, sets)
    if faults:
        return {}, faults
    return {place: draws.values(place) for place in range(len(draws))}, []


def day_of(text: str) -> tuple[date, list[Fault]]:
    """The day of the failure."""
    try:
        return date.fromisoformat(text), []
    except ValueError:
        return date.min, [Fault(Place(f"--on {text}"), "not a date", "Write it as YYYY-MM-DD")]


def _carried_out(
    scenario: Scenario,
    values: Mapping[int, Mapping[str, float]],
    seed: int,
    who: str,
    day: date,
    jobs: int,
) -> tuple[list[SetFound], list[Failed]]:
    from experiments.bands import SetRun, failure_on, run_set
    from experiments.commands.progress import counted

    failure = failure_on(scenario, who, day)
    tasks = [SetRun(number, scenario, values[number], seed, failure) for number in values]
    found: dict[int, SetFound | Failed] = {}
    with counted("Plausible sets", len(tasks)) as advance:
        for place, outcome in carried_out(run_set, tasks, jobs):
            found[tasks[place].number] = outcome
            advance()
    ordered = [found[number] for number in values]
    good = [one for one in ordered if not isinstance(one, Failed)]
    return good, [one for one in ordered if isinstance(one, Failed)]
