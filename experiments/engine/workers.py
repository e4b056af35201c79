"""Work spread over processes: each piece's outcome is given as soon as it is there.

Workers import what the function needs and no more; they leave Ctrl-C to the process that started
them, so that it can keep what is done and stop.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from typing import TypeVar

Piece = TypeVar("Piece")
Outcome = TypeVar("Outcome")


def carried_out(
    function: Callable[[Piece], Outcome], pieces: Sequence[Piece], jobs: int
) -> Iterator[tuple[int, Outcome]]:
    """Each piece's place and outcome, in the order in which they finish."""
    jobs = min(jobs, len(pieces))
    if jobs <= 1:
        yield from ((place, function(piece)) for place, piece in enumerate(pieces))
        return
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(jobs, mp_context=context, initializer=leave_interrupts)
    try:
        waiting = {executor.submit(function, piece): place for place, piece in enumerate(pieces)}
        yield from _as_finished(waiting, as_completed(waiting))
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _as_finished(
    waiting: dict[Future[Outcome], int], finished: Iterable[Future[Outcome]]
) -> Iterator[tuple[int, Outcome]]:
    for future in finished:
        yield waiting[future], future.result()


def leave_interrupts() -> None:
    """Let the parent alone answer Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
