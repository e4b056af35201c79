"""Taking a measurement: some work in a process of its own, with the yardstick before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import fsum
from statistics import median
from time import perf_counter
from typing import Any

from experiments.costs.machine import cpu_seconds, peak_megabytes
from experiments.costs.yardstick import Yardstick, measured
from experiments.engine.executors import Workers
from experiments.engine.own_processes import on_own_processes
from experiments.engine.runner import Runner
from experiments.engine.work import Work, WorkItem, outcomes


@dataclass(frozen=True)
class Piece:
    """What is measured: a part of a question's own work, and what it is called.

    ``counted``: how many of what users count the work is; its items if None.
    """

    code: str
    label: str
    work: Work
    items: Sequence[WorkItem]
    counted: int | None = None

    @property
    def count(self) -> int:
        """Of how many it tells."""
        return len(self.items) if self.counted is None else self.counted


@dataclass(frozen=True)
class Taken:
    """What a piece took: CPU seconds of each item, in order, its children's among them.

    The first item of several carries what they share. ``found``: of the last item. ``megabytes``,
    ``child_megabytes``: peak memory of the process, and of the largest that it forked.
    """

    seconds: Sequence[float]
    wall_seconds: float
    megabytes: float
    child_megabytes: float
    yardsticks: Sequence[Yardstick]
    found: Any = None

    @property
    def whole(self) -> float:
        """CPU seconds of all of it."""
        return fsum(self.seconds)

    @property
    def shared(self) -> float:
        """CPU seconds of what several items share: the first, less what one more costs."""
        return self.whole - self.each * len(self.seconds)

    @property
    def each(self) -> float:
        """CPU seconds of one more item."""
        return float(median(self.seconds[1:] or self.seconds))

    @property
    def yardsticks_long(self) -> float:
        """All of it in yardsticks."""
        return self.whole / self.yardstick_seconds

    @property
    def yardstick_seconds(self) -> float:
        """CPU seconds of the yardstick, about the time of the work."""
        return fsum(one.seconds for one in self.yardsticks) / len(self.yardsticks)


def take(pieces: Sequence[Piece]) -> Iterator[tuple[int, Taken]]:
    """Measure each piece, and tell of it at once, by its place."""
    for place, piece in enumerate(pieces):
        before = measured()
        wall, began, seconds, found = perf_counter(), cpu_seconds(), [], None
        for done in outcomes(piece.work, piece.items):
            if done.failed:
                raise RuntimeError(f"{piece.label}: {done.error}")
            now = cpu_seconds()
            seconds.append(now - began)
            began, found = now, done.found
        seconds[0] += cpu_seconds() - began  # what is looked at once all have ended
        wall = perf_counter() - wall
        yardsticks = (before, measured())
        yield place, Taken(seconds, wall, *peak_megabytes(), yardsticks, found)


TAKING = Work("benchmark", take, Taken, batched=True, forks=True)


def alone() -> Workers:
    """One process for each piece, one after another: it may fork, and its memory is its own."""
    return on_own_processes(1)


def taken(piece: Piece) -> Taken:
    """Measure a piece in a process of its own. Raises RuntimeError if its work fails."""
    item = WorkItem(piece.code, piece.label, piece, batch=piece.code)
    with Runner(alone(), TAKING) as runner:
        (done,) = runner.results([item])
    if done.failed:
        raise RuntimeError(done.error)
    found: Taken = done.found
    return found
