"""Branches of a run: something happens on a day, and the run goes on from there with it.

A simulation can be neither copied nor pickled (its processes are generators). So a branch is either
a *replay*, the run again from its first day with that event in it, or a *fork*: the operating
system doubles the process itself on the day, the event is scheduled in the child, and the parent
goes on as if nothing had been. Both give the same facts to the last one. A fork is many
times cheaper; Windows has none.

A child never returns: it sends its result through a pipe and ends. What goes wrong in it comes back
as a failed branch.
"""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import signal
import threading
from collections.abc import Callable
from typing import NoReturn, TypeVar

from experiments.engine.parents import end_with_parent
from experiments.engine.work import (
    DisturbedError,
    TaskFailure,
    ThreadsError,
    in_words,
    is_the_machines,
)
from sim.laws import held_to
from sim.ledger import FACTS, Ledger
from sim.simulation import Simulation, without_garbage_collection

Found = TypeVar("Found")


def can_fork() -> bool:
    """Whether this system can double a process."""
    return hasattr(os, "fork")


def can_fork_here() -> bool:
    """Whether this process may be doubled now: another thread's locks would be doubled with it."""
    return can_fork() and threading.active_count() == 1


def digest(ledger: Ledger) -> str:
    """A hash of every fact, in order."""
    whole = hashlib.sha256(repr(ledger.day).encode())
    for name in FACTS:
        whole.update(ledger.table(name).tobytes())
    return whole.hexdigest()


def refuse_disturbed(simulation: Simulation, usual: Ledger) -> None:
    """Raise DisturbedError unless all that has happened here is what happened in the usual run.

    Looked at before each branch, so that whatever is told of it branched off the right run, even if
    the work is stopped before its end. What is the same keeps the laws that the usual run keeps.
    """
    ledger = simulation.ledger
    for name in FACTS:
        here = ledger.table(name)
        if here.tobytes() != usual.table(name)[: len(here)].tobytes():
            raise DisturbedError(f"the branch continues a different run (facts {name} differ)")
    simulation.laws_hold = held_to(ledger, simulation.clock.now)


def go_to(simulation: Simulation, day: float) -> None:
    """Take the unaffected run to a day; its laws are checked when it is over."""
    with without_garbage_collection():
        simulation.clock.run_to(day)
    simulation.ledger.day = day


def in_child(work: Callable[[], Found]) -> Found | TaskFailure:
    """What a function finds in a child of this process, or what went wrong in it.

    Raises ThreadsError if this process has other threads: a child would inherit their locks.
    """
    if threading.active_count() > 1:
        raise ThreadsError("a process with several threads must not be forked")
    reading, writing = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent alone answers Ctrl-C
        end_with_parent(parent)
        _end(work, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        sent = pipe.read()
    _, status = os.waitpid(child, 0)
    try:
        found: Found | TaskFailure = pickle.loads(sent)
    except (EOFError, pickle.UnpicklingError):
        code = os.waitstatus_to_exitcode(status)
        words = f"the branch's process ended without a result (exit code {code})"
        return TaskFailure(words, lost=True)
    return found


def in_child_if_it_may(work: Callable[[], Found]) -> Found | None:
    """What a function finds in a child of this process.

    None where this process cannot be doubled now, or if something went wrong in the child: whoever
    asked finds it without a child, or finds out why not.
    """
    found = in_child(work) if can_fork_here() else None
    return None if isinstance(found, TaskFailure) else found


def lived_on(simulation: Simulation, anew: Callable[[], Simulation]) -> Ledger:
    """The whole run in which nothing more happens, told by a child that goes on from here.

    This simulation stays where it is. Where there is no child, one that is made ``anew`` lives it
    from its first day. Raises BrokenLawError.
    """
    ledger = in_child_if_it_may(simulation.run)
    if ledger is None:
        ledger = anew().run()
        gc.collect()  # a market is full of cycles, and collection was off while it ran
    refuse_disturbed(simulation, ledger)
    return ledger


def _end(work: Callable[[], Found], writing: int) -> NoReturn:
    """The whole life of a child: do the work, send what was found, and end."""
    gc.disable()  # it ends soon, and looking through the parent's market would copy it
    try:
        found: Found | TaskFailure = work()
    except BaseException as error:
        found = TaskFailure(in_words(error), lost=is_the_machines(error))
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(pickle.dumps(found))
    finally:
        # Nothing of the parent's may run here: no exit handlers, no buffers written twice.
        os._exit(0)
