"""A process for each batch, one thread each, that tells of every item through a pipe.

A process with several threads must not be forked, and a pool's process has some. So each batch gets
a process that was spawned for it alone, which may branch off runs by forking itself.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from experiments.engine.executors import (
    Batch,
    BatchEnded,
    ItemEnded,
    Post,
    Workers,
    interrupts_held_back,
)
from experiments.engine.parents import end_with_parent
from experiments.engine.work import Done, Work, outcomes

BEGUN = "begun"
STOP = "stop"
OVER = "over"


@dataclass
class OwnProcesses:
    """Begins a process for each batch it is given; a thread listens to each."""

    post: Post
    breaks: bool = False
    running: dict[int, tuple[SpawnProcess, Connection]] = field(default_factory=dict)

    def submit(self, number: int, work: Work, batch: Batch) -> None:
        """Carry a batch out in a process of its own, and post each item as it ends."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=live, args=(work, batch, theirs, os.getpid()), daemon=True)
        with one_thread_each(), interrupts_held_back():
            process.start()
        theirs.close()
        self.running[number] = process, ours
        listen = threading.Thread(target=self._listen, args=(number, process, ours), daemon=True)
        listen.start()

    def _listen(self, number: int, process: SpawnProcess, pipe: Connection) -> None:
        told: Done | str = ""
        begun = over = False
        try:
            while not over:
                told = pipe.recv()
                begun, over = True, told == OVER
                if isinstance(told, Done):
                    self.post(ItemEnded(number, told))
        except Exception:
            # Silence for good says that it is gone; what cannot be read is lost like it.
            process.kill()
        finally:
            process.join()
            self.running.pop(number, None)
            self.post(BatchEnded(number, lost=not over, begun=begun))

    def stop(self) -> None:
        """Let each process end after the item that is under way."""
        for _, pipe in list(self.running.values()):
            with suppress(OSError):
                pipe.send(STOP)

    def close(self, *, wait_for_workers: bool) -> None:
        """End every process; at once unless they are waited for."""
        for process, _ in list(self.running.values()):
            if wait_for_workers:
                process.join()
            else:
                process.kill()


def on_own_processes(jobs: int) -> Workers:
    """A process for each batch, so many at a time; each may fork, and tells of its items."""
    return Workers(f"{jobs} processes", OwnProcesses, jobs, jobs, spawned=True)


def live(work: Work, batch: Batch, pipe: Connection, parent: int) -> None:
    """The life of a process: carry the batch out, tell of each item, and end when asked to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent(parent)
    try:
        pipe.send(BEGUN)
        for done in outcomes(work, batch):
            pipe.send(done)
            if pipe.poll():
                break
        pipe.send(OVER)
    except OSError:  # nobody listens any longer
        os._exit(1)
    pipe.close()


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
