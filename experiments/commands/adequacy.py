"""``caremarket adequacy``: could the rest of the market take on a principal's work?"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.adequacy.work import Examined, Found, Task, study, tasks_of
from experiments.asking.asked import Asked, scenario_asked_for
from experiments.asking.levels import level_faults
from experiments.asking.telling import processes
from experiments.commands.endings import SOME_FAILED
from experiments.commands.options import (
    Commissioning,
    County,
    Jobs,
    Override,
    Referrals,
    Replications,
    Seed,
    Set,
    Until,
)
from experiments.engine.folders import folder_faults
from experiments.run.work import Failed

if TYPE_CHECKING:
    from experiments.results.provenance import Inputs


def adequacy(
    county: County,
    seed: Seed = 1,
    replications: Replications = 5,
    sample: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Area-months at which the team is really stopped, at three shares of carers; "
            "54 unless you say (9 on Windows); 0: none.",
        ),
    ] = None,
    suffices: Annotated[
        float,
        typer.Option(metavar="SHARE", help="Adequacy from which the fallback suffices."),
    ] = 0.9,
    jobs: Jobs = None,
    out: Annotated[
        Path | None, typer.Option(help="New folder for the files; default caremarket-results/…")
    ] = None,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
    referrals: Referrals = None,
) -> None:
    """N-1 adequacy of every area and month, and how the fallback erodes."""
    from experiments.results.provenance import Inputs

    began = time.perf_counter()
    asked = Asked(
        county,
        commissioning=commissioning,
        overrides=override or (),
        assignments=set_ or (),
        until=until,
        referrals=referrals,
    )
    scenario = scenario_asked_for(asked, *level_faults(suffices), *folder_faults(out))
    tasks = tasks_of(scenario, seed, replications, sample)
    results = _with_progress(tasks, processes(jobs))
    _report(Inputs(scenario, seed, replications), results, suffices, out, began)


def _with_progress(tasks: list[Task], jobs: int) -> list[Found]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        total = sum(task.steps for task in tasks)
        bar = progress.add_task("Markets run and teams stopped", total=total)
        return study(tasks, jobs=jobs, done=lambda steps: progress.advance(bar, steps))


def _report(
    inputs: Inputs, results: list[Found], level: float, out: Path | None, began: float
) -> None:
    from experiments.adequacy.folder import findings, write_adequacy
    from experiments.adequacy.words import lines
    from experiments.results.outputs import new_folder

    good = [result for result in results if isinstance(result, Examined)]
    failed = [result for result in results if isinstance(result, Failed)]
    for failure in failed:
        typer.echo(
            f"FAILED: replication {failure.replication}, seed {inputs.seed}: {failure.error}",
            err=True,
        )
    broken = [branch for result in good for branch in result.broken]
    if good:
        folder = new_folder(out, f"{inputs.scenario.code}-adequacy-{inputs.identity[:8]}")
        told = findings(inputs, good, level)
        text = lines(told)
        seconds = time.perf_counter() - began
        write_adequacy(folder, told, good, failed, text, sys.argv[1:], seconds)
        typer.echo("\n".join(text))
        typer.echo(f"Files: {folder} (start with summary.txt and charts/)")
    if failed or broken:
        raise typer.Exit(SOME_FAILED)
