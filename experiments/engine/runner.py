"""Carrying runs out on anything with the shape of ``concurrent.futures.Executor``.

One core, all cores, or a dask.distributed scheduler: the same results, since a run depends on
nothing but its job. Only a few jobs are under way at a time, however many there are to come. A
worker that dies takes no other run with it: what was under way is tried again, one by one if need
be, until it is known whose fault it was.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

from experiments.engine.work import Done, Job, carry_out_job, made_with

Work = Callable[[Job], Done]
LOST = "the process that carried it out ended without a result"


class WorkersError(RuntimeError):
    """The workers cannot be used any longer; what was finished is kept."""


class Serial(Executor):
    """Carries each job out at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The finished future of a call."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass(frozen=True)
class Workers:
    """How to get an executor, and how many jobs to give it at a time."""

    name: str
    open: Callable[[], Executor]
    slots: int
    close: Callable[[], object] = lambda: None

    @property
    def under_way(self) -> int:
        """Jobs given out at a time: each worker has the next one at hand."""
        return 1 if self.slots == 1 and self.open is Serial else 2 * self.slots


def on_one_core() -> Workers:
    """This process alone."""
    return Workers("one core", Serial, 1)


def on_cores(jobs: int) -> Workers:
    """So many processes on this machine (one: this process)."""
    if jobs <= 1:
        return on_one_core()

    def opened() -> Executor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(jobs, mp_context=context, initializer=begin_worker)

    return Workers(f"{jobs} processes", opened, jobs)


def begin_worker() -> None:
    """Let the process that began the study alone answer Ctrl-C, and end when it has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


@contextmanager
def interrupts_left_out() -> Iterator[None]:
    """Ignore Ctrl-C for a moment, for a process born in it would die of it while it starts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end_with_parent() -> None:
    """A pool's processes would wait for ever for the next job of a parent that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def on_cluster(address: str, patience_seconds: float = 10.0) -> Workers:
    """The workers of a dask.distributed scheduler. Raises WorkersError if there are none."""
    from distributed import Client

    connect: Any = Client  # the library is not typed
    try:
        client = connect(address, timeout=patience_seconds, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise WorkersError(f"no dask scheduler answers at {address} ({error})") from error
    cores = sum(client.ncores().values())
    if not cores:
        client.close()
        raise WorkersError(f"the scheduler at {address} has no workers")
    # A job is the same wherever it runs, so that doing it again elsewhere is always right.
    return Workers(
        f"{cores} cluster threads", lambda: client.get_executor(pure=False), cores, client.close
    )


class Runner:
    """Carries jobs out one set after another; ``stop`` lets what is under way finish first."""

    def __init__(self, workers: Workers, work: Work = carry_out_job) -> None:
        self.workers = workers
        self.work = work
        self.stopping = False
        self._executor: Executor | None = None
        self._under_way: dict[Future[Done], Job] = {}

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._close(wait_for_workers=kind is None)
        self.workers.close()

    def _close(self, *, wait_for_workers: bool) -> None:
        executor, self._executor = self._executor, None
        if executor is not None:
            with suppress(Exception):
                _shut(executor, wait_for_workers)

    def _submit(self, job: Job) -> None:
        if self._executor is None:
            self._executor = self.workers.open()
        try:
            processes = isinstance(self._executor, ProcessPoolExecutor)
            # Processes that are born while interrupts are left out leave them out for good.
            with interrupts_left_out() if processes else nullcontext():
                future = self._executor.submit(self.work, job)
        except BrokenExecutor as error:  # it broke since the last result
            future = Future()
            future.set_exception(error)
        self._under_way[future] = job

    def results(self, jobs: Iterable[Job]) -> Iterator[Done]:
        """Each job's result, in the order in which they finish.

        Raises WorkersError if the workers are of another version or cannot be reached any longer.
        """
        coming = iter(jobs)
        suspects: deque[Job] = deque()
        more = True
        while True:
            alone = bool(suspects)
            room = (1 if alone else self.workers.under_way) - len(self._under_way)
            while room > 0 and not self.stopping and (suspects or (more and not alone)):
                job = suspects.popleft() if suspects else next(coming, None)
                if job is None:
                    more = False
                    break
                self._submit(job)
                room -= 1
            if not self._under_way:
                if self.stopping or not (more or suspects):
                    return
                continue
            finished, _ = wait(self._under_way, return_when=FIRST_COMPLETED)
            broken = []
            tried_alone = alone and len(self._under_way) == 1
            for future in finished:
                job = self._under_way.pop(future)
                if self.stopping and future.cancelled():
                    continue
                done = _outcome(future, job)
                if done is not None:
                    yield done
                else:
                    broken.append(job)
            if self.stopping:
                self._drop_waiting()
            if broken:
                broken += list(self._under_way.values())
                self._under_way.clear()
                self._close(wait_for_workers=False)
                if tried_alone:
                    yield Done(broken[0].identity, error=LOST, lost=True, made_with=made_with())
                else:
                    suspects.extend(broken)

    def stop(self) -> None:
        """Give out no more jobs; ``results`` then ends with those under way.

        May be called from a signal's handler.
        """
        self.stopping = True

    def _drop_waiting(self) -> None:
        for future in list(self._under_way):
            if future.cancel():
                del self._under_way[future]


def _outcome(future: Future[Done], job: Job) -> Done | None:
    """A finished job's result; None if the pool broke under it."""
    try:
        done = future.result()
    except BrokenExecutor:
        return None
    except CancelledError as error:
        raise WorkersError("the workers dropped what they were given") from error
    except Exception as error:
        if type(error).__name__ == "KilledWorker":  # dask's word for a job whose workers all die
            return Done(job.identity, error=LOST, lost=True, made_with=made_with())
        raise WorkersError(
            f"the workers cannot be used: {type(error).__name__}: {error}"
        ) from error
    if done.made_with != made_with():
        raise WorkersError("a worker has another version of the model, of Python or of a library")
    return done


def _shut(executor: Executor, wait_for_workers: bool) -> None:
    """End an executor; where nobody waits for them, its processes are ended too."""
    if isinstance(executor, ProcessPoolExecutor) and not wait_for_workers:
        processes = list((getattr(executor, "_processes", None) or {}).values())
        executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        return
    if isinstance(executor, ProcessPoolExecutor):
        executor.shutdown(wait=True, cancel_futures=True)
        return
    executor.shutdown(wait=wait_for_workers)
