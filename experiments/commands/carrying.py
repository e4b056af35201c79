"""What every verb that carries work out shares: where, in which folder, and how it ends."""

from __future__ import annotations

import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from experiments.commands.endings import CANNOT_GO_ON, INTERRUPTED, SOME_FAILED
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place, nearest

if TYPE_CHECKING:
    from experiments.engine.carrying import Engine
    from experiments.engine.executors import Workers
    from experiments.engine.question import Question
    from experiments.engine.screen import Screen
    from experiments.engine.work import Work
    from experiments.results.provenance import Failed
    from experiments.results.writing import Output

SHOWN_FAILURES = 5
TELLING = ("experiments.results.writing", "experiments.results.pictures")
"""What is needed only when all is known: pandas and matplotlib, half a second to import."""
MANY = 40
"""More labels than a reader wants listed."""


@dataclass(frozen=True, slots=True)
class WorkOptions:
    """How work is to be carried out, as the options say."""

    out: Path | None = None
    jobs: int | None = None
    cluster: str | None = None
    resume: bool = False
    retry_failed: bool = False
    only: str | None = None
    brief: bool = False
    full: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether work that was begun is gone on with."""
        return self.resume or self.retry_failed

    def faults(self) -> list[Fault]:
        """What is wrong with the folder that is asked for; nothing where none is written to."""
        from experiments.engine.folder import folder_faults

        if self.only is not None:
            return []
        return folder_faults(self.out, resume=self.goes_on)

    def folder(self, default: str) -> Path:
        """The folder to work in."""
        from experiments.engine.folder import work_folder

        return work_folder(self.out, default, resume=self.goes_on)


def workers_for(jobs: int | None, cluster: str | None, work: Work) -> Workers:
    """Where work is carried out. Raises ScenarioError if that cannot be."""
    from experiments.asking.telling import processes
    from experiments.engine.executors import WorkersError, on_cluster, on_cores
    from experiments.engine.own_processes import on_own_processes

    if cluster is None:
        used = processes(jobs)
        return on_own_processes(used) if work.forks else on_cores(used)
    place = Place(f"--cluster {cluster}")
    if jobs is not None:
        cure = "Leave out --jobs: the cluster has its own workers"
        raise ScenarioError([Fault(place, "--jobs applies only to this machine", cure)])
    try:
        return on_cluster(cluster)
    except ImportError:
        cure = 'Install it: python -m pip install "caremarket[cluster]"'
        raise ScenarioError([Fault(place, "dask.distributed is not installed", cure)]) from None
    except WorkersError as error:
        cure = "Start it: dask scheduler, and dask worker ADDRESS with caremarket installed there"
        raise ScenarioError([Fault(place, str(error), cure)]) from error


def answer(question: Question, way: WorkOptions, began: float, shown: str = "") -> Output:
    """Carry a question's work out, write its output, say what was found, and end the command.

    ``shown``: the file of the output that is printed instead of the first screen.
    """
    from experiments.engine.question import Answers
    from experiments.engine.sending import refuse_to_send

    if way.only is not None:
        carry_out_one(question, way.only)
    refuse_to_send(way.cluster, [item.task for item in question.items])
    folder = way.folder(question.folder)
    items, first = question.items, question.first
    with carrying(question.work, folder, question.depends_on, way, question.counted) as (
        engine,
        screen,
    ):
        screen.least = len(items)
        done = engine.answers(items[:first]) if first else []
        if first:
            typer.echo(question.first_look(Answers(items[:first], done)))
        seconds = time.perf_counter() - began
        answers = replace(
            question.answered(engine.answers, done), command=sys.argv[1:], seconds=seconds
        )
        tell_failed(answers.failed, question.seed)
        screen.say("Tables and charts")
        from experiments.results.writing import write_output

        output = question.output(answers)
        if output is None:
            raise typer.Exit(SOME_FAILED)
        write_output(folder, output)
    text = [output.texts[shown]] if shown else output.lines(brief=way.brief, full=way.full)
    end(text, folder, "summary.txt and charts/", answers.failed, said=not shown)
    return output


@contextmanager
def loaded_meanwhile(*modules: str) -> Iterator[None]:
    """Import modules while other processes are at work; code that needs one sooner waits for it."""
    thread = threading.Thread(target=lambda: [import_module(name) for name in modules])
    thread.start()
    try:
        yield
    finally:
        thread.join()


def carry_out_one(question: Question, label: str) -> NoReturn:
    """One piece of the work in this process: what it finds, or its error in full."""
    import json
    import traceback

    from experiments.engine.packing import packed
    from experiments.engine.work import TaskFailure

    labels = [item.label for item in question.items]
    if label not in labels:
        cure = nearest(label, labels) if len(labels) < MANY else f"As in: {labels[0]}"
        raise ScenarioError(
            [Fault(Place(f"--only {label}"), "there is no such piece of work", cure)]
        )
    item, work = question.items[labels.index(label)], question.work
    typer.echo(f"{item.label}, seed {question.seed}: {item.identity[:8]}")
    try:
        found = work.function(item.task) if not work.batched else _first_of(work, item.task)
    except Exception:
        typer.echo(traceback.format_exc(), err=True)
        found = TaskFailure("the error above")
    if isinstance(found, TaskFailure):
        typer.echo(f"FAILED: {found.error}", err=True)
        raise typer.Exit(SOME_FAILED)
    tree, arrays = packed(found, work.kind)
    typer.echo(json.dumps(tree, indent=1, ensure_ascii=False, default=str))
    typer.echo(f"{len(arrays)} arrays are not shown.", err=True)
    raise typer.Exit


def _first_of(work: Work, task: Any) -> Any:
    return next(iter(work.function([task])))[1]


@contextmanager
def carrying(
    work: Work,
    folder: Path,
    depends_on: Mapping[str, Any],
    way: WorkOptions,
    items: str,
) -> Iterator[tuple[Engine, Screen]]:
    """An engine in a folder that this process holds; ends the command if it cannot go on.

    ``items``: what is counted, in the plural. Tables are written before it ends.
    """
    from experiments.engine.carrying import Engine
    from experiments.engine.folder import at_work
    from experiments.engine.runner import Runner
    from experiments.engine.screen import Screen, stopping

    workers = workers_for(way.jobs, way.cluster, work)
    with (
        ending(folder, again(folder), items),
        at_work(folder, work, depends_on, resume=way.goes_on) as parts,
        Runner(workers, work) as runner,
        stopping(runner),
        Screen(items, folder=folder) as screen,
        loaded_meanwhile(*TELLING) if workers.spawned else nullcontext(),
    ):
        engine = Engine(parts, runner, retry_failed=way.retry_failed, told=screen.told)
        try:
            yield engine, screen
        finally:
            tell_damaged(engine.damaged)


@contextmanager
def ending(folder: Path, go_on: Sequence[str], items: str) -> Iterator[None]:
    """Say how to go on with work that stops, and end the command.

    ``items``: what is counted, in the plural.
    """
    from experiments.engine.carrying import StoppedError
    from experiments.engine.executors import WorkersError
    from experiments.engine.parts import DamagedError, KeepingError, keeping_error

    kept = "All finished work is"
    try:
        yield
        return
    except (KeepingError, WorkersError, DamagedError) as error:
        stopped: Exception = error
    except OSError as error:
        stopped = keeping_error(folder, error)
    except StoppedError as error:
        kept, stopped = f"{error} {items} are", error
    except KeyboardInterrupt as error:
        stopped = StoppedError(0, 0)
        stopped.__cause__ = error
    if not isinstance(stopped, StoppedError):
        told = f"Stopped: {stopped}. All finished work is kept. Go on with: {quoted(go_on)}"
        typer.echo(told, err=True)
        raise typer.Exit(CANNOT_GO_ON) from stopped
    typer.echo(f"Interrupted. {kept} kept in {folder}. Go on with: {quoted(go_on)}", err=True)
    raise typer.Exit(INTERRUPTED)


def again(folder: Path) -> list[str]:
    """The command that was typed, so that it goes on with the folder."""
    words: list[str] = ["caremarket"]
    given = iter(sys.argv[1:])
    for word in given:
        if word == "--out":
            next(given, None)
        elif not word.startswith(("--out=", "--resume")):
            words.append(word)
    return [*words, "--resume", "--out", str(folder)]


def quoted(words: Sequence[str]) -> str:
    """A command line to be copied into a shell of this system."""
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def tell_damaged(damaged: Sequence[str]) -> None:
    """Name the parts that were set aside."""
    for note in damaged:
        typer.echo(f"Damaged: {note}", err=True)


def tell_failed(failed: Sequence[Failed], seed: int) -> None:
    """Name the items that failed, the first few of many."""
    for one in failed[:SHOWN_FAILURES]:
        typer.echo(f"FAILED: {one.label}, seed {seed}: {one.error}", err=True)
    if len(failed) > SHOWN_FAILURES:
        left = len(failed) - SHOWN_FAILURES
        typer.echo(f"FAILED: {left:,} more; manifest.json lists all of them", err=True)


def end(
    text: Sequence[str], folder: Path, start: str, failed: Sequence[Failed], *, said: bool = True
) -> None:
    """Print the first screen and, if it is ``said``, where the files are; exit code 3 on failures.

    What is not said on the screen that others may read from goes to its second channel.
    """
    typer.echo("\n".join(text))
    typer.echo(f"Files: {folder} (start with {start})", err=not said)
    if failed:
        typer.echo(f'See one in full: add --only "{failed[0].label}"', err=True)
        typer.echo(f"Try what failed again: add --retry-failed --out {folder}", err=True)
        raise typer.Exit(SOME_FAILED)
