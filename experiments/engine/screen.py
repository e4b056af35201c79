"""Progress on stderr while work is carried out, and what Ctrl-C means meanwhile."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import typer

from experiments.engine.carrying import Engine
from experiments.engine.interrupts import refuse_swallowed
from experiments.engine.parts import note_progress
from experiments.engine.runner import Runner
from sim.scenario.amounts import duration

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

LEAST_PAUSE_SECONDS = 0.5
PLAIN_PAUSE_SECONDS = 60.0


class Screen:
    """Progress: done, failed, time left, and whatever else a question has to say so far.

    On a terminal a line that changes; in a batch job's log a line a minute; in the folder a note.
    """

    def __init__(
        self, items: str, so_far: Callable[[], str] = lambda: "", folder: Path | None = None
    ) -> None:
        """``items``: what is counted, in the plural; ``folder``: where the work is kept."""
        self.items = items
        self.so_far = so_far
        self.folder = folder
        self.least = 0
        self.noted = -inf
        self.began = time.monotonic()
        self.terminal = sys.stderr.isatty()
        self.next = self.began + (0.0 if self.terminal else LEAST_PAUSE_SECONDS)
        self.bars: Bars | None = None
        self.task: TaskID | None = None

    def __enter__(self) -> Screen:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )

        if self.terminal:
            columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            words = TextColumn("{task.description}")
            self.bars = Progress(*columns, words, console=Console(stderr=True), transient=True)
            self.task = self.bars.add_task("Starting", total=None)
            self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bars is not None:
            self.bars.stop()

    def told(self, engine: Engine, total: int) -> None:
        """The work has come so far; shown if the last time is long enough ago."""
        now = time.monotonic()
        self.note(engine, max(total, self.least), now)
        if now < self.next and engine.finished < total:
            return
        text = self.words(engine, total, now)
        if self.bars is not None and self.task is not None:
            self.bars.update(self.task, completed=engine.finished, total=total, description=text)
        elif 0 < engine.finished < total:
            typer.echo(f"{engine.finished:,} of {total:,} {text}", err=True)
        cost = time.monotonic() - now
        pause = LEAST_PAUSE_SECONDS if self.terminal else PLAIN_PAUSE_SECONDS
        self.next = time.monotonic() + max(pause, 100 * cost)

    def note(self, engine: Engine, total: int, now: float) -> None:
        """Leave a note in the folder, not too often; ``least`` of the items are to come anyway."""
        if self.folder is not None and (
            now >= self.noted + LEAST_PAUSE_SECONDS or engine.finished == total
        ):
            note_progress(self.folder, engine.finished, total, self.items)
            self.noted = now

    def say(self, words: str) -> None:
        """What happens besides the work."""
        if self.bars is not None and self.task is not None:
            self.bars.update(self.task, description=words)

    def words(self, engine: Engine, total: int, now: float) -> str:
        """How it stands, in words."""
        told = self.items
        if engine.failed:
            told += f", {engine.failed:,} failed"
        if new := engine.finished - engine.found:
            told += f", {duration((now - self.began) / new * (total - engine.finished))} left"
        return told + self.so_far()


@contextmanager
def stopping(runner: Runner) -> Iterator[None]:
    """The first Ctrl-C lets what is under way finish; the second ends it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread of a program hears signals
        return

    def asked(number: int, frame: FrameType | None) -> None:
        if runner.stopping:
            raise KeyboardInterrupt
        runner.stop()
        typer.echo(
            "\nStopping: what is under way is finished first (Ctrl-C again: at once) …", err=True
        )

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, asked)
    try:
        refuse_swallowed()
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
