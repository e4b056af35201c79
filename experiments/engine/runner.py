"""Carrying work out on any executor, batch after batch.

Only a few batches are under way at a time, however many there are to come. A worker that dies takes
no other item with it: what was under way is tried again, one by one, until it is known whose fault
it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, groupby
from queue import Empty, SimpleQueue

from experiments.engine.executors import (
    Batch,
    BatchEnded,
    ItemEnded,
    Opened,
    Workers,
    WorkersError,
    refuse_unimportable,
)
from experiments.engine.work import Done, Work, WorkItem, lost, made_with

CANNOT_BEGIN = (
    "other processes end before they begin their work: if your own script started this, put all "
    'its code under if __name__ == "__main__":, or use one process (jobs=1)'
)
PATIENCE_SECONDS = 0.2
"""So often the main thread wakes: on Windows it hears Ctrl-C only then."""


@dataclass
class GivenBatch:
    """A batch that was given out; ``alone``: with nothing beside it, so that its fault is its own.

    ``left``: the items that nobody has told of yet.
    """

    left: dict[str, WorkItem]
    alone: bool
    seen: set[str] = field(default_factory=set)


class Runner:
    """Carries work out; ``stop`` lets what is under way finish first."""

    def __init__(self, workers: Workers, work: Work) -> None:
        """Raises WorkersError if other processes could not carry this work out."""
        if workers.spawned:
            refuse_unimportable(work)
        self.workers = workers
        self.work = work
        self.stopping = False
        self._post: SimpleQueue[ItemEnded | BatchEnded] = SimpleQueue()
        self._opened: Opened | None = None
        self._under_way: dict[int, GivenBatch] = {}
        self._suspects: deque[WorkItem] = deque()
        self._numbers = count()

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._close(wait_for_workers=kind is None)
        self.workers.close()

    def stop(self) -> None:
        """Give out no more; ``results`` then ends with what is under way.

        May be called from a signal's handler.
        """
        self.stopping = True

    def results(self, items: Iterable[WorkItem]) -> Iterator[Done]:
        """What becomes of each item, in the order in which they end.

        Raises WorkersError if the workers are of another version or cannot be reached any longer.
        """
        coming = iter(batches(items, batched=self.work.batched))
        told_to_stop = False
        while True:
            if self.stopping and not told_to_stop and self._opened is not None:
                self._opened.stop()
                told_to_stop = True
            more = self._give_out(coming)
            if not self._under_way:
                if self.stopping or not more:
                    return
                continue
            try:
                message = self._post.get(timeout=PATIENCE_SECONDS)
            except Empty:
                continue
            if message.batch in self._under_way:  # none of an executor that was closed
                yield from self._heard(message)

    def _give_out(self, coming: Iterator[Batch]) -> bool:
        """Fill the executor's slots; False once nothing is left to be given out.

        While an item is suspected of having ended its process, it is alone.
        """
        while not self.stopping:
            alone = bool(self._suspects)
            if len(self._under_way) >= (1 if alone else self.workers.under_way):
                return True
            if any(batch.alone for batch in self._under_way.values()):
                return True
            batch = (self._suspects.popleft(),) if alone else next(coming, None)
            if batch is None:
                return False
            self._submit(batch, alone=alone)
        return False

    def _submit(self, batch: Batch, *, alone: bool) -> None:
        number = next(self._numbers)
        self._under_way[number] = GivenBatch({item.identity: item for item in batch}, alone)
        try:
            if self._opened is None:
                self._opened = self.workers.open(self._post.put)
            self._opened.submit(number, self.work, batch)
        except BrokenExecutor:  # it broke since the last result
            self._post.put(BatchEnded(number, lost=True))
        except OSError as error:  # no more processes, or none of their pipes
            raise WorkersError(f"no process can be started ({error.strerror or error})") from error

    def _heard(self, message: ItemEnded | BatchEnded) -> Iterator[Done]:
        batch = self._under_way[message.batch]
        if isinstance(message, ItemEnded):
            refuse_other_version(message.done)
            batch.left.pop(message.done.identity, None)
            yield message.done
            return
        del self._under_way[message.batch]
        if message.error:
            raise WorkersError(f"the workers cannot be used: {message.error}")
        if message.dropped and not self.stopping:
            raise WorkersError("the workers lost their work")
        if not message.lost:
            return
        if batch.alone and not message.begun:
            raise WorkersError(CANNOT_BEGIN)
        if batch.alone:
            yield from (lost(item) for item in batch.left.values())
        else:
            self._suspects.extend(batch.left.values())
        self._reopen()

    def _reopen(self) -> None:
        """Close an executor that broke; what else was under way in a pool was lost with it."""
        if self._opened is None or not self._opened.breaks:
            return
        self._close(wait_for_workers=False)
        for batch in self._under_way.values():
            self._suspects.extend(batch.left.values())
        self._under_way.clear()

    def _close(self, *, wait_for_workers: bool) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            with suppress(Exception):
                opened.close(wait_for_workers=wait_for_workers)


def batches(items: Iterable[WorkItem], *, batched: bool) -> Iterator[Batch]:
    """Items that follow each other in one batch together; each alone unless the work is batched."""
    if not batched:
        yield from ((item,) for item in items)
        return
    for _, together in groupby(items, key=lambda item: item.batch):
        yield tuple(together)


def refuse_other_version(done: Done) -> None:
    """Raise WorkersError if a result was made with another version than this."""
    if done.made_with != made_with():
        raise WorkersError("a worker has another version of the model, of Python or of a library")
