"""Where work is carried out: this process, processes, one process a batch, or a dask scheduler.

All give the same results, since an item depends on nothing but its task. An executor takes batches
and posts what it hears of them: each item as it ends, and the end of the batch.
"""

from __future__ import annotations

import ast
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, Protocol

from experiments.engine.parents import end_with_parent
from experiments.engine.work import Done, Work, WorkItem, all_outcomes

Batch = tuple[WorkItem, ...]


class WorkersError(RuntimeError):
    """The workers cannot be used any longer; what was finished is kept."""


@dataclass(frozen=True, slots=True)
class ItemEnded:
    """An item of a batch has ended."""

    batch: int
    done: Done


@dataclass(frozen=True, slots=True)
class BatchEnded:
    """A batch has ended.

    ``lost``: its process ended, so that items nobody has told of must be tried again; ``begun``:
    whether any process of the executor ever came as far as its work; ``dropped``: the batch was
    never begun; ``error``: the workers cannot be used.
    """

    batch: int
    lost: bool = False
    begun: bool = True
    dropped: bool = False
    error: str = ""


Post = Callable[[ItemEnded | BatchEnded], object]


class Opened(Protocol):
    """An executor at work; ``breaks``: a worker that dies takes the others' work with it."""

    breaks: bool

    def submit(self, number: int, work: Work, batch: Batch) -> None:
        """Carry a batch out, and post what is heard of it. Raises BrokenExecutor."""

    def stop(self) -> None:
        """Begin nothing more; what is under way may finish."""

    def close(self, *, wait_for_workers: bool) -> None:
        """End the workers; at once unless they are waited for."""


@dataclass(frozen=True)
class Workers:
    """How to open an executor, how many batches it carries out at once, and has at hand."""

    name: str
    open: Callable[[Post], Opened]
    slots: int
    under_way: int
    spawned: bool = False
    close: Callable[[], object] = lambda: None


class Serial(Executor):
    """Carries each call out at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The finished future of a call."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass
class Pool:
    """Anything with the shape of ``concurrent.futures.Executor``; a batch is one call.

    ``breaks``: a worker that dies takes what the others are doing with it.
    """

    executor: Executor
    post: Post
    call: Callable[[Work, Sequence[WorkItem]], list[Done]] = all_outcomes
    breaks: bool = True
    has_begun: Callable[[], bool] = lambda: True
    under_way: dict[int, Future[list[Done]]] = field(default_factory=dict)

    def submit(self, number: int, work: Work, batch: Batch) -> None:
        """Carry a batch out, and post what is heard of it. Raises BrokenExecutor."""
        processes = isinstance(self.executor, ProcessPoolExecutor)
        # Processes that are born while interrupts are held back never hear one.
        with interrupts_held_back() if processes else nullcontext():
            future = self.executor.submit(self.call, work, batch)
        self.under_way[number] = future
        future.add_done_callback(lambda ended: self._ended(number, ended))

    def _ended(self, number: int, future: Future[list[Done]]) -> None:
        self.under_way.pop(number, None)
        if future.cancelled():
            self.post(BatchEnded(number, dropped=True))
            return
        error = future.exception()
        if error is None:
            for done in future.result():
                self.post(ItemEnded(number, done))
        # KilledWorker is dask's word for work whose workers all die
        dead = isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker"
        wrong = "" if dead or error is None else f"{type(error).__name__}: {error}"
        self.post(BatchEnded(number, lost=dead, begun=self.has_begun(), error=wrong))

    def stop(self) -> None:
        """Drop what has not begun."""
        for future in list(self.under_way.values()):
            future.cancel()

    def close(self, *, wait_for_workers: bool) -> None:
        """End the executor; where nobody waits for them, its processes are ended too."""
        if not isinstance(self.executor, ProcessPoolExecutor):
            self.executor.shutdown(wait=wait_for_workers)
            return
        # the library has no way of its own to end processes that are at work
        running = list((getattr(self.executor, "_processes", None) or {}).values())
        self.executor.shutdown(wait=wait_for_workers, cancel_futures=True)
        for process in [] if wait_for_workers else running:
            process.kill()


def on_one_core() -> Workers:
    """This process alone."""
    return Workers("one core", lambda post: Pool(Serial(), post), 1, 1)


def on_executor(name: str, opened: Callable[[], Executor], slots: int) -> Workers:
    """Any executor; each worker has the next batch at hand."""
    return Workers(name, lambda post: Pool(opened(), post), slots, 2 * slots)


def on_cores(jobs: int) -> Workers:
    """So many processes on this machine (one: this process)."""
    if jobs <= 1:
        return on_one_core()

    def opened(post: Post) -> Pool:
        context = multiprocessing.get_context("spawn")
        begun = context.Event()
        told = os.getpid(), begun
        pool = ProcessPoolExecutor(jobs, context, initializer=begin_worker, initargs=told)
        return Pool(pool, post, has_begun=begun.is_set)

    return Workers(f"{jobs} processes", opened, jobs, 2 * jobs, spawned=True)


def on_cluster(address: str, patience_seconds: float = 10.0) -> Workers:
    """The workers of a dask.distributed scheduler. Raises WorkersError if there are none.

    A batch that may fork is given to a fresh process there: dask's own has threads.
    """
    from distributed import Client

    from experiments.engine.fresh_process import where_it_may_fork

    connect: Any = Client  # the library is not typed
    try:
        client = connect(address, timeout=patience_seconds, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise WorkersError(f"no dask scheduler answers at {address} ({error})") from error
    cores = sum(client.ncores().values())
    if not cores:
        client.close()
        raise WorkersError(f"the scheduler at {address} has no workers")

    def opened(post: Post) -> Pool:
        # an item is the same wherever it runs, so that doing it again elsewhere is always right
        executor = client.get_executor(pure=False)
        return Pool(executor, post, where_it_may_fork, breaks=False)

    return Workers(f"{cores} cluster threads", opened, cores, 2 * cores, close=client.close)


def begin_worker(parent: int, begun: Event) -> None:
    """Let the process that began the work alone answer Ctrl-C, and end when it has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent(parent)
    begun.set()


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Hold Ctrl-C back for a moment, for a process born in it would die of it while it starts.

    This process hears it after the moment: were it ignored instead, it would be lost. A process
    that is born meanwhile holds it back for good. On Windows no process hands that down.
    """
    main_thread = threading.current_thread() is threading.main_thread()
    if sys.platform == "win32" or not main_thread:
        yield
        return
    resource_tracker.ensure_running()  # whatever begins it ends the holding back
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def refuse_unimportable(work: Work) -> None:
    """Raise WorkersError if new processes could not find the function, or would begin it all again.

    A new process imports the script that began it, and looks the function up by its module's name.
    """
    function = work.function
    where, name = function.__module__, function.__qualname__
    if where == "__main__" or "<locals>" in name or "<lambda>" in name:
        raise WorkersError(
            f"other processes cannot import the function {name}: put it at the top of a module of "
            "its own, or use one process (--jobs 1, jobs=1)"
        )
    script = getattr(sys.modules["__main__"], "__file__", None)
    if script is not None and is_unguarded(Path(script)):
        raise WorkersError(
            f"{Path(script).name} would be started again by every process: put its code under "
            'if __name__ == "__main__":, or use one process (jobs=1)'
        )


def is_unguarded(script: Path) -> bool:
    """Whether a script does its work wherever it is imported."""
    text = ""
    with suppress(OSError, UnicodeDecodeError):  # a Windows launcher is no text
        text = script.read_text(encoding="utf-8")
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return False
    tests = [ast.dump(one.test) for one in body if isinstance(one, ast.If)]
    return bool(body) and not any("__name__" in test for test in tests)
