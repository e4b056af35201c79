"""What sweep, extend and compare share: carrying a study out, with progress, and its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from experiments.asking.telling import tell_cost, tell_odd_of
from experiments.commands.carrying import (
    SHOWN_FAILURES,
    WorkOptions,
    ending,
    tell_damaged,
)
from experiments.commands.carrying import workers_for as workers_of
from experiments.commands.endings import SOME_FAILED
from experiments.engine.sending import refuse_to_send
from experiments.study.begun import opened, parts_of
from experiments.study.progress import FailedRun, Progress, carried_out
from experiments.study.shares import Share, carry_out_share
from experiments.study.study import Study
from experiments.study.work import CELLS
from sim.scenario.amounts import counted
from sim.scenario.levers import NOTHING, moves, notes
from sim.scenario.size import Size, size_of

if TYPE_CHECKING:
    from experiments.engine.carrying import Engine
    from experiments.engine.executors import Workers
    from experiments.engine.screen import Screen
    from experiments.study.folder import Results


def workers_for(way: WorkOptions) -> Workers:
    """Where a study's runs are carried out. Raises ScenarioError if that cannot be."""
    return workers_of(way.jobs, way.cluster, CELLS)


@dataclass(frozen=True)
class AtWork:
    """A study that is being carried out in its folder."""

    study: Study
    progress: Progress
    engine: Engine
    screen: Screen

    def refuse_stopped(self, total: int) -> None:
        """Raise StoppedError if the user has asked for it to stop."""
        from experiments.engine.carrying import StoppedError

        if self.engine.stopping:
            raise StoppedError(self.progress.finished, total)


@contextmanager
def carrying_study(
    study: Study, folder: Path, way: WorkOptions, again: list[str], share: Share | None = None
) -> Iterator[AtWork]:
    """A study, or a share of it, at work in its folder; ends the command if it cannot go on.

    ``again`` is the command that goes on with it.
    """
    from experiments.engine.carrying import Engine
    from experiments.engine.runner import Runner
    from experiments.engine.screen import Screen, stopping

    refuse_to_send(way.cluster, [named.scenario for named in study.scenarios])
    workers = workers_for(way)
    for note in notes_of(study):
        typer.echo(f"Note: {note}", err=True)
    tell_odd_of({named.name: named.scenario for named in study.scenarios})
    foresee(study, workers.slots, share)
    again = [*again, "--cluster", way.cluster] if way.cluster else again
    with (
        ending(folder, again, "runs"),
        opened(folder, study, resume=way.goes_on, share=share) as begun,
        Runner(workers, CELLS) as runner,
        stopping(runner),
    ):
        progress = Progress(begun, begun.replications.number)
        with Screen("runs", so_far(progress), folder) as screen:
            engine = Engine(
                parts_of(folder), runner, retry_failed=way.retry_failed, told=screen.told
            )
            try:
                yield AtWork(begun, progress, engine, screen)
            finally:
                tell_damaged(engine.damaged)


def carry_out_study(study: Study, folder: Path, way: WorkOptions, *, again: list[str]) -> Results:
    """Carry a study out and write its tables; ends the command if it cannot go on.

    ``again`` is the command that goes on with it.
    """
    from experiments.study.folder import write_results

    with carrying_study(study, folder, way, again) as at_work:
        carried_out(at_work.study, at_work.engine, at_work.progress)
        at_work.refuse_stopped(at_work.progress.total)
        at_work.screen.say("Tables and charts")
        return write_results(folder, at_work.progress)


def carry_out_part(
    study: Study, folder: Path, way: WorkOptions, share: Share, *, again: list[str]
) -> None:
    """Carry a share of a study out; its tables are made when all are merged."""
    with carrying_study(study, folder, way, again, share) as at_work:
        carry_out_share(at_work.study, share, at_work.engine, at_work.progress)
        runs, failed = share.runs(at_work.study), at_work.progress.failed
        at_work.refuse_stopped(runs)
    tell_failed_runs(study, failed, f"caremarket sweep {folder} --so-far lists them")
    bad = f", {len(failed)} of them FAILED" if failed else ""
    typer.echo(f"Part {share} of {study.name}: {counted(runs, 'run')}{bad}, kept in {folder}.")
    typer.echo("When all parts are there: caremarket merge FOLDER FOLDER … --out WHOLE")
    if failed:
        raise typer.Exit(SOME_FAILED)


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


def foresee(study: Study, slots: int, share: Share | None = None) -> None:
    """Say beforehand if a study, or its share, takes long."""
    replications = study.replications.asked_for
    every = len(study.scenarios) * len(study.draws) * replications
    runs = every if share is None else share.runs(study)
    at_once = max(1, min(slots, runs))
    seconds = seconds_of(study, replications) * runs / every / at_once
    tell_cost(f"{counted(runs, 'run')}", seconds, run_of(study).bytes * at_once)


def tell_failed_runs(study: Study, failed: Sequence[FailedRun], where: str) -> None:
    """Name the runs that failed, the first few of many; ``where``: all of them are told."""
    for run in failed[:SHOWN_FAILURES]:
        told = f"run {study.told(run.cell)}, seed {study.seed}"
        typer.echo(f"FAILED: {told}: {run.error}", err=True)
    if len(failed) > SHOWN_FAILURES:
        typer.echo(f"… and {len(failed) - SHOWN_FAILURES} more: {where}", err=True)


def tell(results: Results, folder: Path, way: WorkOptions) -> None:
    """Print the first screen; exit code 3 if runs failed."""
    tell_failed_runs(results.study, results.failed, "see runs.csv")
    typer.echo("\n".join(results.screen.lines(brief=way.brief, full=way.full)))
    typer.echo(f"Files: {folder} (start with summary.txt and charts/)")
    if results.failed:
        raise typer.Exit(SOME_FAILED)
