"""A real dask scheduler and two worker processes on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from experiments.engine.executors import WorkersError, on_cluster

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 60.0


@dataclass
class Cluster:
    """The address of a scheduler, and its two workers."""

    address: str
    workers: list[subprocess.Popen[bytes]]

    def kill_one(self) -> None:
        """Kill the first worker; what it was doing is lost."""
        end(self.workers[0])
        assert self.workers[0].returncode != 0


def process(*words: str, folder: Path) -> subprocess.Popen[bytes]:
    """A process of the cluster that finds this copy of the source and the tests."""
    with (folder / f"{words[0].rsplit('.', 1)[-1]}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def end(one: subprocess.Popen[bytes]) -> None:
    """Kill a process, and what a nanny has begun with it."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(one.pid, signal.SIGKILL)
    one.kill()
    one.wait()


@contextmanager
def cluster_at(folder: Path, *, nanny: bool = False) -> Iterator[Cluster]:
    """A cluster that ends with the block; ``nanny``: each worker is looked after, as is usual."""
    told = folder / "scheduler.json"
    scheduler = process(
        *("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"),
        *("--no-dashboard", "--no-show", "--scheduler-file", str(told)),
        folder=folder,
    )
    worker = ("distributed.cli.dask_worker", "--scheduler-file", str(told), "--nthreads", "1")
    options = ("--nanny" if nanny else "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
    workers: list[subprocess.Popen[bytes]] = []
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not told.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        workers += [process(*worker, *options, folder=folder) for _ in range(2)]
        address = json.loads(told.read_text(encoding="utf-8"))["address"]
        while time.monotonic() < deadline and slots(address) < len(workers):
            time.sleep(0.2)
        yield Cluster(address, workers)
    finally:
        for one in (*workers, scheduler):
            end(one)


def slots(address: str) -> int:
    """The workers that are there."""
    try:
        there = on_cluster(address)
    except WorkersError:
        return 0
    there.close()
    return there.slots
