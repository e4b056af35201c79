"""What sweep, extend and compare share: carrying a study out, with progress, and its end."""

from __future__ import annotations

from collections.abc import Callable
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from experiments.asking.telling import tell_cost, tell_odd_of
from experiments.commands.carrying import SHOWN_FAILURES, WorkOptions, ending, tell_damaged
from experiments.commands.carrying import workers_for as workers_of
from experiments.commands.endings import SOME_FAILED
from experiments.study.begun import opened, parts_of
from experiments.study.progress import Progress, carried_out
from experiments.study.study import Study
from experiments.study.work import CELLS
from sim.scenario.amounts import counted
from sim.scenario.levers import NOTHING, moves, notes
from sim.scenario.size import Size, size_of

if TYPE_CHECKING:
    from experiments.engine.executors import Workers
    from experiments.study.folder import Results


def workers_for(way: WorkOptions) -> Workers:
    """Where a study's runs are carried out. Raises ScenarioError if that cannot be."""
    return workers_of(way.jobs, way.cluster, CELLS)


def carry_out_study(study: Study, folder: Path, way: WorkOptions, *, again: list[str]) -> Results:
    """Carry a study out and write its tables; ends the command if it cannot go on.

    ``again`` is the command that goes on with it.
    """
    from experiments.engine.carrying import Engine, StoppedError
    from experiments.engine.runner import Runner
    from experiments.engine.screen import Screen, stopping
    from experiments.study.folder import write_results

    workers = workers_for(way)
    for note in notes_of(study):
        typer.echo(f"Note: {note}", err=True)
    tell_odd_of({named.name: named.scenario for named in study.scenarios})
    foresee(study, workers.slots)
    again = [*again, "--cluster", way.cluster] if way.cluster else again
    with (
        ending(folder, again, "runs"),
        opened(folder, study, resume=way.goes_on) as begun,
        Runner(workers, CELLS) as runner,
        stopping(runner),
    ):
        progress = Progress(begun, begun.replications.number)
        with Screen("runs", so_far(progress)) as screen:
            engine = Engine(
                parts_of(folder), runner, retry_failed=way.retry_failed, told=screen.told
            )
            try:
                carried_out(begun, engine, progress)
            finally:
                tell_damaged(engine.damaged)
            if runner.stopping:
                raise StoppedError(progress.finished, progress.total)
            screen.say("Tables and charts")
            return write_results(folder, progress)


def so_far(progress: Progress) -> Callable[[], str]:
    """What is known so far of the outcome that a study watches, in words."""
    from experiments.words.amounts import Row, between, with_unit

    study = progress.study
    scenario = min(1, len(study.scenarios) - 1)

    def told() -> str:
        found = progress.interval(scenario)
        outcome = study.declared[progress.outcome]
        row = Row(found.mean, found.low, found.high, found.count, 0.0, 0.0)
        known, of = progress.known(scenario)
        counted = f" (known in {known} of {of} {'pairs' if scenario else 'runs'})"
        counted = counted if known < of else ""
        which = f"{study.scenarios[scenario].name}: " if scenario else ""
        value = between(row, outcome.unit, signed=bool(scenario))
        told = with_unit(value, outcome, difference=bool(scenario))
        return f"; {which}{outcome.name} {told}{counted}"

    return told


def notes_of(study: Study) -> list[str]:
    """What a study's changes and levers do not move, and uncertainties that move nothing."""
    varied = study.draws.varied
    also = [v.path for v in varied if v.role == "lever" or moves(v.path).startswith(NOTHING)]
    switched = [v.path for v in varied]
    said = [notes(named.scenario, also, switched) for named in study.scenarios]
    return list(dict.fromkeys(note for each in said for note in each))


def run_of(study: Study) -> Size:
    """A run of a study: of its largest scenario; a draw may change it."""
    return max((size_of(named.scenario) for named in study.scenarios), key=lambda size: size.events)


def seconds_of(study: Study, replications: int) -> float:
    """Processor time of a study's runs, those without the failures included: an estimate."""
    each = (
        size_of(named.scenario).seconds * (2 if named.compared and named.scenario.failures else 1)
        for named in study.scenarios
    )
    return fsum(each) * len(study.draws) * replications


def foresee(study: Study, slots: int) -> None:
    """Say beforehand if a study takes long."""
    replications = max(study.replications.number, study.replications.extended)
    runs = len(study.scenarios) * len(study.draws) * replications
    at_once = max(1, min(slots, runs))
    seconds = seconds_of(study, replications) / at_once
    tell_cost(f"{counted(runs, 'run')}", seconds, run_of(study).bytes * at_once)


def tell(results: Results, folder: Path, way: WorkOptions) -> None:
    """Print the first screen; exit code 3 if runs failed."""
    for run in results.failed[:SHOWN_FAILURES]:
        again = f"{results.study.told(run.cell)}"
        typer.echo(f"FAILED: run {again}, seed {results.study.seed}: {run.error}", err=True)
    if len(results.failed) > SHOWN_FAILURES:
        typer.echo(f"… and {len(results.failed) - SHOWN_FAILURES} more: see runs.csv", err=True)
    typer.echo("\n".join(results.screen.lines(brief=way.brief, full=way.full)))
    typer.echo(f"Files: {folder} (start with summary.txt and charts/)")
    if results.failed:
        raise typer.Exit(SOME_FAILED)
