"""Work in processes of their own, one thread each, that tell of it through a pipe.

A process with several threads must not be forked, and a pool's process has some. So each task gets
a process that was spawned for it alone, which may branch off runs by forking itself.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, TypeVar, cast

Task = TypeVar("Task")
Found = TypeVar("Found")
Tell = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Ended:
    """A task that raised an error, or whose process ended without a result."""

    error: str


@dataclass(frozen=True, slots=True)
class _Result:
    value: Any


def in_own_processes(
    function: Callable[[Task, Tell], Found],
    tasks: Sequence[Task],
    *,
    jobs: int,
    heard: Callable[[Task, Any], object],
) -> list[Found | Ended]:
    """Call a function with every task, ``jobs`` at a time; its results in the tasks' order.

    The function gets a second argument: what it is called with is sent at once, and ``heard``.
    """
    context = multiprocessing.get_context("spawn")
    left = list(enumerate(tasks))
    found: dict[int, Found | Ended] = {}
    running: dict[Connection, tuple[SpawnProcess, int]] = {}
    try:
        while left or running:
            while left and len(running) < jobs:
                place, task = left.pop(0)
                reading, writing = context.Pipe(duplex=False)
                worker = context.Process(target=_work, args=(function, task, writing), daemon=True)
                with one_thread_each():
                    worker.start()
                writing.close()
                running[reading] = worker, place
            for ready in wait(list(running)):
                pipe = cast(Connection, ready)
                worker, place = running[pipe]
                told = _next(pipe)
                if not isinstance(told, (_Result, Ended)):
                    heard(tasks[place], told)
                    continue
                found[place] = told.value if isinstance(told, _Result) else told
                del running[pipe]
                pipe.close()
                worker.join()
    finally:
        for worker, _ in running.values():
            worker.terminate()
    return [found[place] for place in range(len(tasks))]


def _work(function: Callable[[Task, Tell], Found], task: Task, pipe: Connection) -> None:
    """The life of a worker: do the task and send what was found, or what went wrong."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        told: _Result | Ended = _Result(function(task, pipe.send))
    except Exception as error:  # a task that fails must not take the others with it
        told = Ended(f"{type(error).__name__}: {error}")
    pipe.send(told)
    pipe.close()


def _next(pipe: Connection) -> Any:
    """A worker's next message; its silence for good is a failure."""
    try:
        return pipe.recv()
    except EOFError:
        return Ended("its process ended without a result")


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Have processes started meanwhile use one thread: numerical libraries start some of their own.

    They read the environment when they are loaded, so it must be set before a worker starts.
    """
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
