"""The clock: 1.0 is one day, day 0.0 is the scenario's first morning.

Ties in time follow a stated rule. Whatever is due at the same instant happens in the order of
:class:`Rank`, then of the identity of the thing concerned, never in the order in which it
happened to be scheduled.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from enum import IntEnum
from heapq import heappop, heappush
from itertools import count
from typing import Any, ClassVar, Final, Protocol, cast

from simpy import Environment, Event, Process
from simpy.events import ProcessGenerator

DAYS_PER_WEEK = 7
DAYS_PER_YEAR = 365.25
WEEKS_PER_YEAR = DAYS_PER_YEAR / DAYS_PER_WEEK


class Rank(IntEnum):
    """The order of things that are due at the same instant."""

    SETTLEMENT = 0
    FAILURE = 1
    CONTRACT = 2
    CARE = 3
    WORKFORCE = 4
    POSTS = 5
    PATIENCE = 6
    BROKERAGE = 7
    REFERRAL = 8


# Rank and identity share one whole number: a tie then costs one comparison. 48 bits hold the
# largest identity, a package's, for more than two million areas.
_RANK_BITS: Final = 48
_AFTER_SETTLEMENTS = (Rank.SETTLEMENT + 1) << _RANK_BITS


class Due:
    """An event that is certain to happen: what SimPy needs of one, and nothing more."""

    __slots__ = ("callbacks",)

    # SimPy's processes look at these two; what is certain to happen cannot have failed.
    _ok: ClassVar[bool] = True
    _value: ClassVar[None] = None

    def __init__(self, callbacks: list[Callable[[Event], object]]) -> None:
        self.callbacks: list[Callable[[Event], object]] | None = callbacks


_Entry = tuple[float, int, int, Event]
"""When, with which rank and identity, in which order two equal ones were scheduled, and what."""


class Pending(Protocol):
    """What may have to be told after an event."""

    pending: bool


class Nothing:
    """A clock on its own has nobody to tell."""

    __slots__ = ()

    pending = False


class Clock:
    """Absolute times and ranked ties on the queue of a SimPy environment.

    What follows from an event at once is told right after it, before the next one that is due at
    the same instant (:meth:`after_each`). ``now``: the day; ``environment``: SimPy's, whose
    processes, timeouts and events run on the same queue.
    """

    # It holds an environment and is none: ``now`` is read a million times a replication, and a
    # class that inherits from one cannot be compiled.
    __slots__ = ("_changes", "_queue", "_tell", "_tie", "environment", "now")

    def __init__(self, start_day: float = 0.0) -> None:
        self.now = start_day
        self.environment = Environment(start_day)
        self._queue = cast(list[_Entry], self.environment._queue)
        self._tie = count()
        self._changes: Pending = Nothing()
        self._tell: Callable[[], None] = _tell_nobody

    def after_each(self, changes: Pending, tell: Callable[[], None]) -> None:
        """Have ``tell`` called after every event that leaves something pending."""
        self._changes, self._tell = changes, tell

    def process(self, steps: ProcessGenerator) -> Process:
        """Have SimPy run a process from now on."""
        return Process(self.environment, steps)

    def at(self, day: float, rank: Rank, identity: int) -> Event:
        """The event that happens on ``day``; yield it from a process.

        Raises ValueError if ``day`` lies in the past.
        """
        if day < self.now:
            raise ValueError(f"day {day} is before now ({self.now})")
        event = cast(Event, Due([]))
        heappush(self._queue, (day, rank << _RANK_BITS | identity, next(self._tie), event))
        return event

    def call(
        self, day: float, rank: Rank, identity: int, action: Callable[[Event], object]
    ) -> None:
        """Have ``action`` called on ``day``: lighter than a process for something that is short.

        Raises ValueError if ``day`` lies in the past.
        """
        if day < self.now:
            raise ValueError(f"day {day} is before now ({self.now})")
        # A number that counts up keeps two equal entries of the queue from being compared as
        # events.
        event = cast(Event, Due([action]))
        heappush(self._queue, (day, rank << _RANK_BITS | identity, next(self._tie), event))

    def follow(self, steps: ProcessGenerator) -> None:
        """Run a short process from wait to wait.

        SimPy marks the beginning and the end of a process by an event each; of the many lives of
        packages nobody asks for either, and they cost a sixth of a run.
        """

        def go_on(_: Event) -> None:
            event = next(steps, None)
            if event is not None:
                event.callbacks.append(go_on)

        # The first step is taken at once, as the caller's event is still under way.
        go_on(cast(Event, None))

    def run_to(self, day: float) -> None:
        """Everything that is due before ``day``: SimPy's ``run(until=day)`` without its checks.

        A settlement that is due on ``day`` closes the time before it, so it belongs to that time.
        SimPy's own loop spends a third of a market's time on cases that cannot occur here (stop
        events, defused failures). A process that raises still ends the run.
        """
        queue, changes, tell = self._queue, self._changes, self._tell
        environment: Any = self.environment
        # Settlements have the lowest rank: whatever is due on ``day`` and sorts before this is one.
        last = (day, _AFTER_SETTLEMENTS)
        while queue and (queue[0][0] < day or queue[0][:2] < last):
            self.now, _, _, event = heappop(queue)
            environment._now = self.now
            # None tells a process that would wait for this event that it is over (SimPy's
            # convention).
            callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
            for callback in callbacks:
                callback(event)
            # A process that raised is an event that failed: nobody else would hear of it.
            if not event._ok:
                raise cast(Exception, event._value)
            # After each event, not at the end of the instant: the next one due must find standing
            # packages already offered what this one freed.
            if changes.pending:
                tell()
        self.now = environment._now = day


def _tell_nobody() -> None:
    """What a clock without a market does."""


def days_between(start: date, end: date) -> float:
    """The day number of ``end`` when ``start`` is day 0."""
    return float((end - start).days)


def date_of(start: date, day: float) -> date:
    """The calendar date on which day number ``day`` falls."""
    return start + timedelta(days=int(day // 1))
