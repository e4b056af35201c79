"""Work items: what a question gives the engine to carry out, and what becomes of each.

An item has an identity, a hash of all that can move its result: kind of work, resolved scenario,
values, seed, replication, the model's source and data, and the versions of what it computes with.
So a result can be looked up, and never stands for another's. It has a label that a person can type
again, and a batch: items of one batch share a history, which is lived once for all of them.
"""

from __future__ import annotations

import errno
import gc
import hashlib
import json
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, wraps
from importlib.metadata import version
from typing import Any, ParamSpec, TypeVar

from experiments.results.provenance import Failed, code_version, questions_version
from sim.build import build

Asked = ParamSpec("Asked")
Found = TypeVar("Found")
FORMAT = 2
"""Raise it when what is kept of an item changes its meaning."""
COMPUTED_WITH = ("simpy", "numpy", "scipy")
LOST = "the process that did this work ended without a result"


class State(StrEnum):
    """Where an item stands; ``lost``: it did not fail by itself, the machine failed it."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One piece of work as it is sent to a worker, with everything it needs."""

    identity: str
    label: str
    task: Any
    batch: str = ""


@dataclass(frozen=True)
class Done:
    """What became of an item: what was found, or why there is nothing, or not all of it.

    ``disturbed``: nothing counts that any item of its batch has found, now or before.
    """

    identity: str
    found: Any = None
    state: State = State.FINISHED
    error: str = ""
    seconds: float = 0.0
    made_with: str = ""
    disturbed: bool = False

    @property
    def failed(self) -> bool:
        """Whether something went wrong, so that nothing was found, or not all of it."""
        return self.state in (State.FAILED, State.LOST)

    @property
    def lost(self) -> bool:
        """Whether it was the machine's fault, so that another try may well succeed."""
        return self.state is State.LOST


@dataclass(frozen=True, slots=True)
class TaskFailure:
    """What a function of a batch tells of a task that went wrong, while the others go on.

    ``found``: what was found all the same, if anything.
    """

    error: str
    lost: bool = False
    found: Any = None


@dataclass(frozen=True, slots=True)
class Work:
    """What workers call: a function of one task, or of all tasks of a batch.

    ``kind``: the type of what it finds, made of dataclasses, mappings, sequences and arrays. A
    ``batched`` function gives the place of each task and what was found, as soon as it is known.
    ``forks``: it cannot do without children, so that each batch has a process of its own.
    """

    name: str
    function: Callable[..., Any]
    kind: Any
    batched: bool = False
    forks: bool = False


class DisturbedError(RuntimeError):
    """A batch whose shared history went wrong: nothing that branched from it counts."""


class ThreadsError(RuntimeError):
    """A process with several threads was to be forked; another try may find it alone."""


@cache
def made_with() -> str:
    """The source and data of the model and the questions and what they compute with: one hash."""
    told = [
        FORMAT,
        code_version(),
        questions_version(),
        build(),
        platform.python_implementation(),
        ".".join(platform.python_version_tuple()[:2]),
        [version(name) for name in COMPUTED_WITH],
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def identity_of(kind: str, *told: Any, version: str | None = None) -> str:
    """An item's identity: a hash of the kind of work, what it is about, and ``made_with``.

    ``version``: of the work that is looked up, if it was made with another.
    """
    text = json.dumps([kind, *told, version or made_with()], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def outcomes(work: Work, items: Sequence[WorkItem]) -> Iterator[Done]:
    """Carry a batch out and tell of each item as it ends; an error is an outcome, never a raise.

    An item may be told of twice: if its batch proves to have been disturbed, it has failed.
    """
    if work.batched:
        yield from _together(work, items)
        return
    for item in items:
        began = time.perf_counter()
        try:
            yield _finished(item, work.function(item.task), began)
        except Exception as error:  # one that fails must not take the others with it
            yield _failed(item, in_words(error), is_the_machines(error), began)


def outcome(work: Work, item: WorkItem) -> Done:
    """What becomes of one item by itself."""
    return list(outcomes(work, [item]))[-1]


def all_outcomes(work: Work, items: Sequence[WorkItem]) -> list[Done]:
    """What becomes of a batch, known only when it is over."""
    return list(outcomes(work, items))


def _together(work: Work, items: Sequence[WorkItem]) -> Iterator[Done]:
    left = set(range(len(items)))
    began = time.perf_counter()
    try:
        for place, found in work.function([item.task for item in items]):
            left.discard(place)
            if isinstance(found, TaskFailure):
                failed = _failed(items[place], found.error, found.lost, began)
                yield replace(failed, found=found.found)
            else:
                yield _finished(items[place], found, began)
            began = time.perf_counter()
    except DisturbedError as error:
        for item in items:
            yield replace(_failed(item, in_words(error), False, began), disturbed=True)
    except Exception as error:
        for place in sorted(left):
            yield _failed(items[place], in_words(error), is_the_machines(error), began)


def leaving_no_market(function: Callable[Asked, Found]) -> Callable[Asked, Found]:
    """A function that simulates, so that no market stays in memory when it is over.

    A market is full of cycles, and collection is off while it runs.
    """

    @wraps(function)
    def called(*args: Asked.args, **words: Asked.kwargs) -> Found:
        try:
            return function(*args, **words)
        finally:
            gc.collect()

    return called


def _finished(item: WorkItem, found: Any, began: float) -> Done:
    seconds = time.perf_counter() - began
    return Done(item.identity, found, seconds=seconds, made_with=made_with())


def _failed(item: WorkItem, error: str, lost: bool, began: float) -> Done:
    state = State.LOST if lost else State.FAILED
    seconds = time.perf_counter() - began
    return Done(item.identity, None, state, error, seconds, made_with())


def lost(item: WorkItem) -> Done:
    """An item whose process ended without a result, alone as well."""
    return Done(item.identity, None, State.LOST, LOST, made_with=made_with())


def in_words(error: BaseException) -> str:
    """An error on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())


SCARCE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOMEM, errno.EMFILE, errno.ENFILE,
          errno.EIO, errno.EAGAIN)  # fmt: skip
"""What a machine runs out of: room on disk, memory, files, processes."""


def is_the_machines(error: BaseException) -> bool:
    """Whether an error says something of the machine and nothing of the item."""
    scarce = isinstance(error, OSError) and error.errno in SCARCE
    return scarce or isinstance(error, MemoryError | ThreadsError)


def failed_items(items: Sequence[WorkItem], done: Sequence[Done]) -> list[Failed]:
    """The items that have no result, as people are told of them."""
    pairs = zip(items, done, strict=True)
    return [Failed(item.label, one.error) for item, one in pairs if one.failed]
