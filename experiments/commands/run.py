"""``caremarket run``: simulate a county and show how its market holds."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.asking.asked import Asked, scenario_asked_for
from experiments.asking.scripts import Scripts
from experiments.asking.telling import processes, tell_cost
from experiments.commands.endings import SOME_FAILED
from experiments.commands.options import (
    Commissioning,
    County,
    Fail,
    Failures,
    Jobs,
    Kind,
    Notice,
    On,
    Override,
    Referrals,
    Replications,
    Seed,
    Set,
    Shocks,
    StaffMove,
    Until,
)
from experiments.engine.folders import folder_faults
from experiments.run.staff_moves import arms, failed_in, other_shares, runs_of_arms
from experiments.run.work import (
    Failed,
    Run,
    in_background,
    replicate,
    simulation_of,
    without_failures,
)
from sim.outcomes.headline import Result, summarise
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.amounts import counted
from sim.scenario.amounts import size as in_bytes
from sim.scenario.faults import Place
from sim.scenario.limits import MOST_BYTES
from sim.scenario.size import size_of

if TYPE_CHECKING:
    from experiments.results.provenance import Inputs
    from sim.ledger import Ledger


def run(
    county: County,
    seed: Seed = 1,
    replications: Replications = 1,
    jobs: Jobs = None,
    out: Annotated[
        Path | None, typer.Option(help="New folder for the files; default caremarket-results/…")
    ] = None,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
    fail: Fail = None,
    on: On = None,
    kind: Kind = "closure",
    notice: Notice = 0.0,
    staff_move: StaffMove = None,
    failures: Failures = None,
    referrals: Referrals = None,
    shocks: Shocks = None,
) -> None:
    """Simulate a county from its first day to its last, with a provider failing if asked."""
    from experiments.results.provenance import Inputs

    began = time.perf_counter()
    asked = Asked(
        county,
        commissioning=commissioning,
        overrides=override or (),
        assignments=set_ or (),
        until=until,
        scripts=Scripts(fail or (), on or (), kind, notice, staff_move),
        failures=failures,
        referrals=referrals,
        shocks=shocks,
    )
    scenario = scenario_asked_for(asked, *folder_faults(out))
    processes_used = processes(jobs)
    foresee(scenario, replications, processes_used)
    results, others, ledger = _simulate(scenario, seed, replications, processes_used)
    inputs = Inputs(scenario, seed, replications)
    _report(inputs, results, others, ledger, out, time.perf_counter() - began)


def foresee(scenario: Scenario, replications: int, jobs: int) -> None:
    """Say if it takes long. Raises ScenarioError if the results do not fit into memory."""
    size = size_of(scenario)
    kept = replications * (1 + len(other_shares(scenario)))
    held = size.result_bytes * kept
    if size.bytes + held > MOST_BYTES:
        wrong = f"{kept:,} results would take about {in_bytes(held)} of memory"
        most = int((MOST_BYTES - size.bytes) / held * replications)
        cure = f"At most {most:,}; a study keeps its results on disk (caremarket sweep)"
        raise ScenarioError([Fault(Place(f"--replications {replications}"), wrong, cure)])
    markets = kept * (2 if scenario.failures else 1)
    at_once = min(jobs, kept)
    seconds = size.seconds * markets / at_once
    tell_cost(f"{counted(markets, 'market')} to simulate", seconds, size.bytes * at_once + held)


def _simulate(
    scenario: Scenario,
    seed: int,
    replications: int,
    jobs: int,
) -> tuple[list[Result | Failed], list[Result | Failed], Ledger]:
    """Every replication's result, those of other staff shares, and the ledger of the first."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    runs = [Run(scenario, seed, number) for number in range(replications)]
    others = runs_of_arms(scenario, seed, replications)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        if replications > 1:
            task = progress.add_task("Replications", total=len(runs) + len(others))
            results = replicate([*runs, *others], jobs=jobs, done=lambda: progress.advance(task))
            progress.add_task("Tables of replication 0", total=None)
            ledger = simulation_of(runs[0]).run()
            return results[: len(runs)], results[len(runs) :], ledger
        days = progress.add_task("Days simulated", total=int(scenario.days))
        with in_background(others, jobs) as results_of_others:
            ledger = simulation_of(runs[0]).run(
                progress=lambda part: progress.update(days, completed=int(part * scenario.days))
            )
            if scenario.failures:
                progress.add_task("The same market without the failure", total=None)
            reference = without_failures(runs[0])
            if others:
                progress.add_task("Other shares of carers who move", total=None)
            rest = results_of_others()
    return [summarise(ledger, scenario, 0, reference)], rest, ledger


def _report(
    inputs: Inputs,
    results: list[Result | Failed],
    others: list[Result | Failed],
    ledger: Ledger,
    out: Path | None,
    seconds: float,
) -> None:
    from experiments.results.outputs import new_folder
    from experiments.run.folder import write_run
    from experiments.run.words import lines

    good = [result for result in results if isinstance(result, Result)]
    failed = [result for result in results if isinstance(result, Failed)]
    failed += failed_in(inputs.scenario, others)
    for failure in failed:
        typer.echo(
            f"FAILED: replication {failure.replication}, seed {inputs.seed}: {failure.error}",
            err=True,
        )
    if good:
        folder = new_folder(out, f"{inputs.scenario.code}-{inputs.identity[:8]}")
        from experiments.statistics import means as reduction

        table = reduction.figures(good)
        shares = arms(inputs.scenario, good, others)
        text = lines(inputs, table, good, shares)
        write_run(folder, inputs, table, good, shares, failed, ledger, text, sys.argv[1:], seconds)
        typer.echo("\n".join(text))
        typer.echo(f"Files: {folder} (start with summary.txt and charts/)")
    if failed:
        raise typer.Exit(SOME_FAILED)
