"""How long an answer will take, before it is asked for.

Three things are multiplied: what a piece of the question cost when it was measured, in yardsticks
(docs/performance.md; a yardstick is an ordinary SimPy model); how large this county is beside the
one that was measured; and how long the yardstick takes on this computer, timed when the app starts.
Where the app has answered questions before, what they really took corrects it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from statistics import median

from experiments.app.jobs import began
from experiments.app.store import Kept
from experiments.costs.yardstick import live
from experiments.engine.limits import all_cores
from sim.scenario import Scenario, load_scenario
from sim.scenario.size import size_of

YARDSTICKS = {"run": 51.0, "stress": 45.0, "adequacy": 85.0, "compare": 29.0}
"""Of one simulated future in Norfolk: with a failure and its arms; with every principal lost on one
day; with few points of adequacy; of a scenario. Measured: docs/performance.md."""
MEASURED = "norfolk"
TO_START_AND_TELL = 20.0
"""Yardsticks to start, and to write tables and charts: measured on the small county (18 CPU seconds
with two futures, of which 4 yardsticks are the futures' own)."""
SHARED = 0.7
"""What a second process adds, of a whole one: 1.4 times with two (docs/performance.md)."""
LATEST = 5
"""So many of the latest answers correct the estimate."""
LEAST_FACTOR, MOST_FACTOR = 0.2, 5.0
"""A correction beyond these comes from a computer that was asleep or busy with something else."""

SAME_BEGINNING_SECONDS = 60.0
"""A question is begun when it is asked; later than this, it was begun again."""


@dataclass
class Pace:
    """How fast this computer is: seconds by the clock that the yardstick takes."""

    _seconds: float | None = None
    _known: threading.Event = field(default_factory=threading.Event)

    def measure(self) -> None:
        """Time the yardstick beside everything else, unless it is known."""
        if self._seconds is None:
            threading.Thread(target=self._measure, daemon=True).start()

    def _measure(self) -> None:
        began = time.perf_counter()
        live()
        self._seconds = time.perf_counter() - began
        self._known.set()

    @property
    def seconds(self) -> float:
        """The seconds; waits until they are known, which is at most moments after the start."""
        if self._seconds is None and not self._known.wait(30):
            return 1.0
        return self._seconds or 1.0


@dataclass(frozen=True)
class Waiting:
    """What is known of this computer: its pace, and how true the latest estimates have been."""

    yardstick_seconds: float
    factor: float
    answers: int

    def uncorrected(self, verb: str, scenario: Scenario, pieces: int) -> float:
        """Seconds for so many pieces of a question: futures, or futures on so many days."""
        share = size_of(scenario).seconds / measured_size()
        work = YARDSTICKS[verb] * share * pieces * self.yardstick_seconds
        at_once = max(1.0, SHARED * min(all_cores(), pieces))
        return TO_START_AND_TELL * self.yardstick_seconds + work / at_once

    def words(self, uncorrected: float) -> str:
        """The wait in words, corrected by what the latest answers took."""
        return in_words(self.factor * uncorrected)


def waiting(pace: Pace, kept: Sequence[Kept]) -> Waiting:
    """What this computer's pace and the latest answers say."""
    found = [ratio for one in kept if (ratio := truth_of(one)) is not None][:LATEST]
    factor = min(MOST_FACTOR, max(LEAST_FACTOR, median(found))) if found else 1.0
    return Waiting(pace.seconds, factor, len(found))


def in_words(seconds: float) -> str:
    """Seconds as a reader plans with them, for example: about 3 minutes."""
    if seconds < 20:
        return "up to half a minute"
    if seconds < 45:
        return "about half a minute"
    for unit, long in (("minute", 60), ("hour", 3600), ("day", 86_400)):
        many = round(seconds / long)
        if many < {"minute": 60, "hour": 48}.get(unit, many + 1):
            return f"about {max(1, many)} {unit}{'' if many <= 1 else 's'}"
    raise AssertionError("a wait has a unit")


def truth_of(kept: Kept) -> float | None:
    """What an answer took, as a multiple of what was expected before any correction.

    None where it was begun again meanwhile: nobody knows then what all of it took.
    """
    if abs(began(kept) - kept.question.when.timestamp()) > SAME_BEGINNING_SECONDS:
        return None
    expected = kept.question.expected_seconds
    try:
        told = json.loads((kept.answer / "timings.json").read_text(encoding="utf-8"))
        return float(told["seconds"]) / expected if expected > 0 else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


@cache
def measured_size() -> float:
    """The size of the county in which the pieces were measured."""
    return size_of(load_scenario(MEASURED)).seconds
