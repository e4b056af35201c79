"""A batch in a fresh process, for workers that must not be forked and may have no children.

What dask calls a nanny's worker has threads and is daemonic: multiprocessing refuses it children.
The process is begun as a command and gets its work through its standard input.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor

from experiments.engine.parents import end_with_parent
from experiments.engine.work import Done, Work, WorkItem, all_outcomes


def where_it_may_fork(work: Work, batch: Sequence[WorkItem]) -> list[Done]:
    """What becomes of a batch: in a fresh process if it must fork, or has a past to share.

    Raises BrokenExecutor if that process ends without a result.
    """
    forks = work.forks or (work.batched and len(batch) > 1)
    return in_fresh_process(work, batch) if forks else all_outcomes(work, batch)


def in_fresh_process(work: Work, batch: Sequence[WorkItem]) -> list[Done]:
    """What becomes of a batch. Raises BrokenExecutor if its process ends without a result."""
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    told = subprocess.run(
        [sys.executable, "-m", __name__, str(os.getpid())],
        input=pickle.dumps((work, tuple(batch))),
        stdout=subprocess.PIPE,
        env={**os.environ, **threads, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
    )
    if told.returncode != 0:
        raise BrokenExecutor(f"a separate process ended with code {told.returncode}")
    found: list[Done] = pickle.loads(told.stdout)
    return found


def main() -> None:
    """Read the work, carry it out, and write what was found."""
    end_with_parent(int(sys.argv[1]))
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    work, batch = pickle.load(sys.stdin.buffer)
    with answers:
        pickle.dump(all_outcomes(work, batch), answers)


if __name__ == "__main__":
    main()
