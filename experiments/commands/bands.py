"""``caremarket bands``: the headlines over the county's plausible sets of parameters."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from experiments.asking.asked import Asked, scenario_asked_for
from experiments.asking.levels import level_faults
from experiments.asking.scripts import Scripts
from experiments.asking.telling import processes
from experiments.bands.work import COLUMNS, SetFound, SetRun, as_row, from_row, run_set
from experiments.commands.endings import INTERRUPTED, SOME_FAILED
from experiments.commands.options import (
    Commissioning,
    County,
    Jobs,
    Override,
    Resume,
    Seed,
    Set,
    Until,
)
from experiments.engine.workers import carried_out
from experiments.run.work import Failed
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
    out: Annotated[
        Path | None, typer.Option(help="New folder for the files; default caremarket-results/…")
    ] = None,
    resume: Resume = False,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
) -> None:
    """Headlines with the band that the published figures leave, and the unknown that matters."""
    from experiments.bands.folder import Findings, lines, write_bands
    from experiments.engine.journal import begin_or_go_on, work_folder
    from experiments.results.provenance import Inputs

    asked = Asked(
        county,
        commissioning=commissioning,
        overrides=override or (),
        assignments=set_ or (),
        until=until,
        scripts=Scripts((fail,), (on,)),
    )
    values, faults = plausible(county, sets)
    scenario = scenario_asked_for(asked, *faults, *level_faults(suffices))
    inputs = Inputs(scenario, seed, len(values))
    name = f"{scenario.code}-bands-{inputs.identity[:8]}"
    folder, wrong = work_folder(out, name, resume=resume)
    if wrong:
        raise ScenarioError(wrong)
    begin_or_go_on(folder, depends_on(scenario, seed, values), resume=resume)
    tasks = [SetRun(number, scenario, values[number], seed) for number in values]
    found, failed = carried_on(folder, tasks, processes(jobs))
    for one in failed:
        typer.echo(f"FAILED: set {one.replication}, seed {seed}: {one.error}", err=True)
    if not found:
        raise typer.Exit(SOME_FAILED)
    told = Findings(inputs, suffices, tuple(found), tuple(failed), values)
    write_bands(folder, told, sys.argv[1:])
    typer.echo("\n".join(lines(told)))
    typer.echo(f"Files: {folder} (start with summary.txt and charts/)")
    if failed:
        raise typer.Exit(SOME_FAILED)


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
    from experiments.results.provenance import engine_version

    first = json.dumps(sorted(values[0].items())) if values else ""
    return {
        "scenario": scenario.identity,
        "plausible_sets": hashlib.sha256(first.encode()).hexdigest(),
        "seed": seed,
        "source_code": engine_version(),
    }


def carried_on(folder: Path, tasks: list[SetRun], jobs: int) -> tuple[list[SetFound], list[Failed]]:
    """Every set's findings: those of the journal, and the rest run with progress."""
    from experiments.engine.journal import Journal
    from experiments.engine.screen import counted

    journal = Journal(folder / "journal.csv", COLUMNS)
    kept = [from_row(row) for row in journal.rows()]
    found: dict[int, SetFound | Failed] = {one.number: one for one in kept if one}
    left = [task for task in tasks if task.number not in found]
    try:
        with counted("Plausible sets", len(tasks), len(tasks) - len(left)) as advance:
            for place, outcome in carried_out(run_set, left, jobs):
                found[left[place].number] = outcome
                journal.append(as_row(outcome))
                advance()
    except KeyboardInterrupt:
        typer.echo(
            f"Interrupted; the sets that were run are kept. Go on with the same command and "
            f"--resume --out {folder}",
            err=True,
        )
        raise typer.Exit(INTERRUPTED) from None
    ordered = [found[task.number] for task in tasks]
    good = [one for one in ordered if not isinstance(one, Failed)]
    return good, [one for one in ordered if isinstance(one, Failed)]
