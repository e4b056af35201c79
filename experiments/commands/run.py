"""``caremarket run``: simulate a county and show how its market holds."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands.options import Commissioning, County, Override, Set, read_settings
from experiments.replications import Failed, Run, all_cores, replicate, simulation_of
from experiments.scripts import Scripts, scripted
from sim.outcomes.headline import Result, summarise
from sim.processes.failure import ScriptedFailure
from sim.scenario import Fault, Scenario, ScenarioError, load_scenario
from sim.scenario.faults import Place

if TYPE_CHECKING:
    from experiments.provenance import Inputs
    from sim.ledger import Ledger

SOME_FAILED = 3


def run(
    county: County,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random number.")] = 1,
    replications: Annotated[
        int, typer.Option("--replications", "-r", min=1, help="Runs with different chance.")
    ] = 1,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes; all cores unless you say.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="New folder for the files; default caremarket-results/…")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Last day simulated, YYYY-MM-DD.")
    ] = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
    fail: Annotated[
        list[str] | None,
        typer.Option(help="Who fails: principal:AREA, largest, largest:AREA or a provider's code."),
    ] = None,
    on: Annotated[
        list[str] | None, typer.Option(metavar="DATE", help="When it fails, one for each --fail.")
    ] = None,
    notice: Annotated[
        float, typer.Option(metavar="DAYS", help="Notice it gives; 0 is a sudden closure.")
    ] = 0.0,
    staff_move: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Carers who move with their people; the least known "
            "number of all, so try 0, 0.3 and 0.6.",
        ),
    ] = None,
) -> None:
    """Simulate a county from its first day to its last, with a provider failing if asked."""
    began = time.perf_counter()
    scenario, failures = _asked_for(
        county,
        commissioning,
        override or (),
        set_ or (),
        until,
        Scripts(fail or (), on or (), notice, staff_move),
        out,
    )
    results, ledger = _simulate(scenario, seed, replications, jobs or all_cores(), failures)
    from experiments.provenance import Inputs

    inputs = Inputs(scenario, seed, replications, failures)
    _report(inputs, results, ledger, out, time.perf_counter() - began)


def _asked_for(
    county: str,
    commissioning: str | None,
    overrides: Sequence[str],
    assignments: Sequence[str],
    until: str | None,
    scripts: Scripts,
    out: Path | None,
) -> tuple[Scenario, tuple[ScriptedFailure, ...]]:
    """The scenario and the failures to simulate. Raises ScenarioError with every fault at once."""
    from experiments.outputs import new_folder

    chosen, faults = read_settings(assignments)
    if until is not None:
        try:
            chosen["calendar.end"] = date.fromisoformat(until)
        except ValueError:
            wrong, cure = "not a date", "Write it as YYYY-MM-DD"
            faults.append(Fault(Place(f"--until {until}"), wrong, cure))
    scenario: Scenario | None = None
    failures: list[ScriptedFailure] = []
    try:
        scenario = load_scenario(
            county, overrides=overrides, settings=chosen, commissioning=commissioning
        )
    except ScenarioError as error:
        faults += error.faults
    try:
        failures = scripted(scenario or load_scenario(county), scripts)
    except ScenarioError as error:
        faults += [fault for fault in error.faults if fault not in faults]
    try:
        new_folder(out, "any")
    except ScenarioError as error:
        faults += [fault for fault in error.faults if fault not in faults]
    if faults or scenario is None:
        raise ScenarioError(faults)
    return scenario, tuple(failures)


def _simulate(
    scenario: Scenario,
    seed: int,
    replications: int,
    jobs: int,
    failures: tuple[ScriptedFailure, ...],
) -> tuple[list[Result | Failed], Ledger]:
    """Every replication's result, and the whole ledger of the first for the tables of events."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    first = Run(scenario, seed, 0, failures)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        if replications > 1:
            task = progress.add_task("Replications", total=replications)
            results = replicate(
                scenario,
                seed=seed,
                replications=range(replications),
                jobs=jobs,
                failures=failures,
                done=lambda: progress.advance(task),
            )
            simulation = simulation_of(first)
            progress.add_task("Tables of replication 0", total=None)
            return results, simulation.run()
        task = progress.add_task("Days simulated", total=int(scenario.days))
        simulation = simulation_of(first)
        ledger = simulation.run(
            progress=lambda part: progress.update(task, completed=int(part * scenario.days))
        )
    return [summarise(ledger, scenario, 0)], ledger


def _report(
    inputs: Inputs, results: list[Result | Failed], ledger: Ledger, out: Path | None, seconds: float
) -> None:
    from experiments.outputs import new_folder
    from experiments.run_folder import write_run
    from experiments.summary import lines

    good = [result for result in results if isinstance(result, Result)]
    failed = [result for result in results if isinstance(result, Failed)]
    for failure in failed:
        typer.echo(
            f"FAILED: replication {failure.replication}, seed {inputs.seed}: {failure.error}",
            err=True,
        )
    if good:
        folder = new_folder(out, f"{inputs.scenario.code}-{inputs.identity[:8]}")
        from experiments import reduction

        table = reduction.figures(good)
        text = lines(inputs, table, good)
        write_run(folder, inputs, table, good, failed, ledger, text, sys.argv[1:], seconds)
        typer.echo("\n".join(text))
        typer.echo(f"Files: {folder} (start with summary.txt and charts/)")
    if failed:
        raise typer.Exit(SOME_FAILED)
