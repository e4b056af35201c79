"""What sweep, extend and compare share: carrying a study out, with progress, and its end."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import fsum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.asking.telling import processes, tell_cost, tell_odd_of
from experiments.commands.endings import INTERRUPTED, SOME_FAILED
from experiments.engine.parts import DamagedError, KeepingError
from experiments.engine.runner import Runner, Workers, WorkersError, on_cluster, on_cores
from experiments.study.begun import opened, parts_of
from experiments.study.progress import Progress, carried_out
from experiments.study.study import Study
from sim.scenario import Fault, ScenarioError
from sim.scenario.amounts import counted, duration
from sim.scenario.faults import Place
from sim.scenario.levers import NOTHING, moves, notes
from sim.scenario.size import Size, size_of

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from experiments.study.folder import Results

CANNOT_GO_ON = 1
LEAST_PAUSE_SECONDS = 0.5
PLAIN_PAUSE_SECONDS = 60.0
SHOWN_FAILURES = 5

Cluster = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="A dask.distributed scheduler, e.g. tcp://host:8786."),
]


def workers_for(jobs: int | None, cluster: str | None) -> Workers:
    """Where runs are carried out. Raises ScenarioError if that cannot be."""
    if cluster is None:
        return on_cores(processes(jobs))
    place = Place(f"--cluster {cluster}")
    if jobs is not None:
        cure = "Leave out --jobs: the cluster has its own workers"
        raise ScenarioError([Fault(place, "--jobs is for this machine", cure)])
    try:
        return on_cluster(cluster)
    except ImportError:
        cure = 'Install it: python -m pip install "caremarket[cluster]"'
        raise ScenarioError([Fault(place, "dask.distributed is not installed", cure)]) from None
    except WorkersError as error:
        cure = "Start it: dask scheduler, and dask worker ADDRESS with caremarket installed there"
        raise ScenarioError([Fault(place, str(error), cure)]) from error


def carry_out_study(
    study: Study, folder: Path, workers: Workers, *, resume: bool, go_on: str
) -> Results:
    """Carry a study out and write its tables; ends the command if it cannot go on.

    ``go_on`` is the command that goes on with it.
    """
    from experiments.study.folder import write_results

    for note in notes_of(study):
        typer.echo(f"Note: {note}", err=True)
    tell_odd_of({named.name: named.scenario for named in study.scenarios})
    foresee(study, workers.slots)
    kept = "All that had finished is"
    try:
        with (
            opened(folder, study, resume=resume) as begun,
            Runner(workers) as runner,
            stopping(runner),
            Screen(begun) as screen,
        ):
            progress = carried_out(begun, parts_of(folder), runner, screen.told)
            for note in progress.damaged:
                typer.echo(f"Damaged: {note}", err=True)
            if not runner.stopping:
                screen.say("Tables and charts")
                return write_results(folder, progress)
            kept = f"{progress.finished:,} of {progress.total:,} runs are"
    except (KeepingError, WorkersError, DamagedError) as error:
        typer.echo(f"Stopped: {error}. What had finished is kept. Go on with: {go_on}", err=True)
        raise typer.Exit(CANNOT_GO_ON) from error
    except KeyboardInterrupt:
        pass
    typer.echo(f"Interrupted. {kept} kept in {folder}. Go on with: {go_on}", err=True)
    raise typer.Exit(INTERRUPTED)


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


def tell(results: Results, folder: Path, progress_file: str = "summary.txt and charts/") -> None:
    """Print the first screen; exit code 3 if runs failed."""
    for run in results.failed[:SHOWN_FAILURES]:
        again = f"{results.study.told(run.cell)}"
        typer.echo(f"FAILED: run {again}, seed {results.study.seed}: {run.error}", err=True)
    if len(results.failed) > SHOWN_FAILURES:
        typer.echo(f"… and {len(results.failed) - SHOWN_FAILURES} more: see runs.csv", err=True)
    typer.echo("\n".join(results.summary))
    typer.echo(f"Files: {folder} (start with {progress_file})")
    if results.failed:
        raise typer.Exit(SOME_FAILED)


@contextmanager
def stopping(runner: Runner) -> Iterator[None]:
    """The first Ctrl-C lets the runs under way finish; the second ends them."""

    def asked(number: int, frame: FrameType | None) -> None:
        if runner.stopping:
            raise KeyboardInterrupt
        runner.stop()
        typer.echo(
            "\nStopping: runs under way are finished first (Ctrl-C again: at once) …", err=True
        )

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, asked)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Screen:
    """Progress on stderr: done, failed, time left, and the interval of the first outcome.

    On a terminal a line that changes; in a batch job's log a line a minute.
    """

    def __init__(self, study: Study) -> None:
        self.study = study
        self.began = time.monotonic()
        self.next = self.began + LEAST_PAUSE_SECONDS
        self.terminal = sys.stderr.isatty()
        self.bars: Bars | None = None
        self.task: TaskID | None = None

    def __enter__(self) -> Screen:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        if self.terminal:
            columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
            self.bars = Progress(*columns, console=Console(stderr=True), transient=True)
            self.task = self.bars.add_task("Starting", total=None)
            self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bars is not None:
            self.bars.stop()

    def told(self, progress: Progress) -> None:
        """One more run is finished; shown if the last time is long enough ago."""
        now = time.monotonic()
        if now < self.next and progress.finished < progress.total:
            return
        text = self.words(progress, now)
        if self.bars is not None and self.task is not None:
            self.bars.update(
                self.task, completed=progress.finished, total=progress.total, description=text
            )
        elif progress.finished < progress.total:
            typer.echo(f"{progress.finished:,} of {progress.total:,} runs{text}", err=True)
        cost = time.monotonic() - now
        pause = LEAST_PAUSE_SECONDS if self.terminal else PLAIN_PAUSE_SECONDS
        self.next = time.monotonic() + max(pause, 100 * cost)

    def say(self, words: str) -> None:
        """What happens after the runs."""
        if self.bars is not None and self.task is not None:
            self.bars.update(self.task, description=words)

    def words(self, progress: Progress, now: float) -> str:
        """How it stands, in words."""
        from experiments.words.amounts import Row, between, unit_of

        told = [f", {len(progress.failed)} failed"] if progress.failed else [""]
        new = progress.finished - progress.found
        if new:
            left = (now - self.began) / new * (progress.total - progress.finished)
            told.append(f", {duration(left)} left")
        scenario = min(1, len(self.study.scenarios) - 1)
        found = progress.interval(scenario)
        outcome = self.study.declared[progress.outcome]
        row = Row(found.mean, found.low, found.high, found.count, 0.0, 0.0)
        which = f"{self.study.scenarios[scenario].name}: " if scenario else ""
        value = between(row, outcome.unit, signed=bool(scenario))
        unit = unit_of(outcome, difference=bool(scenario))
        told.append(f"; {which}{outcome.name} {value} {unit}")
        return "".join(told)


def quoted(words: Sequence[str]) -> str:
    """A command line to be copied; words with spaces in quotes."""
    return " ".join(f'"{word}"' if " " in word else word for word in words)
