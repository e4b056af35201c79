"""The arithmetic of costs: medians with their spread, what is aimed at, and how long one waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, isnan
from statistics import median

from experiments.costs.commands import Typed
from experiments.costs.replication import Lived
from experiments.costs.taking import Taken

MOST_CHECKING = 0.15
"""Laws and outcomes together, as a share of a replication."""
MOST_HELP_SECONDS = 0.34
"""A third of a second."""
LEAST_SPEED_UP = 1.7
UNDISTURBED = 0.9
"""CPU time of one process over its wait: less, and other programs were in its way."""
ONE, TWO = "one_process", "two_processes"
REPLICATIONS = 4
"""Of the command that one process and two carry out."""
MOST_GROWTH = 1.3
"""An event in a county four times as large: the queue's n log n alone would give 1.15."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure is to be: at most, or at least, a limit."""

    limit: float
    at_most: bool = True

    def met(self, value: float) -> bool:
        """Whether a value meets it; one that is not known does not."""
        return value <= self.limit if self.at_most else value >= self.limit

    @property
    def words(self) -> str:
        """As a sentence has it."""
        return f"at {'most' if self.at_most else 'least'} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a measure: the median of its rounds, the lowest and the highest of them."""

    measure: str
    name: str
    value: float
    low: float
    high: float
    unit: str
    rounds: int
    target: Target | None = None

    @property
    def missed(self) -> bool:
        """Whether it has a target and does not meet it."""
        return self.target is not None and not self.target.met(self.value)


def figure(
    measure: str, name: str, values: Sequence[float], unit: str, target: Target | None = None
) -> Figure:
    """The figure of several rounds."""
    ends = (float(median(values)), min(values), max(values))
    return Figure(measure, name, *ends, unit, len(values), target)


@dataclass(frozen=True)
class Measured:
    """All that was taken: pieces by code, round by round; commands by code."""

    pieces: Mapping[str, Sequence[Taken]] = field(default_factory=dict)
    counted: Mapping[str, int] = field(default_factory=dict)
    commands: Mapping[str, Sequence[Typed]] = field(default_factory=dict)


def figures_of(measured: Measured) -> list[Figure]:
    """Every figure, in the order in which it was taken."""
    found = list(yardstick_figures(measured))
    for code, rounds in measured.pieces.items():
        if not code.startswith("growth"):
            found += piece_figures(code, rounds, measured.counted[code])
    found += replication_figures(measured.pieces.get("replication", ()))
    found += growth_figures(measured)
    return [*found, *command_figures(measured.commands), *speed_up_figures(measured)]


def yardstick_figures(measured: Measured) -> Iterator[Figure]:
    """What the yardstick itself took, over all that was measured with it."""
    seconds = [
        one.seconds
        for rounds in measured.pieces.values()
        for taken in rounds
        for one in taken.yardsticks
    ]
    if seconds:
        yield figure("yardstick", "seconds", seconds, "CPU s")


def piece_figures(code: str, rounds: Sequence[Taken], counted: int) -> Iterator[Figure]:
    """A piece in yardsticks, in seconds, a unit of it, and the memory it takes."""
    yield figure(code, "yardsticks", [one.yardsticks_long for one in rounds], "yardsticks")
    yield figure(code, "seconds", [one.whole for one in rounds], "CPU s")
    if counted > 1:
        each = [one.yardsticks_long / counted for one in rounds]
        yield figure(code, "yardsticks_a_unit", each, "yardsticks")
    yield figure(code, "memory", [one.megabytes for one in rounds], "MB")
    if any(one.child_megabytes > 0 for one in rounds):
        yield figure(code, "memory_of_a_branch", [one.child_megabytes for one in rounds], "MB")


def replication_figures(rounds: Sequence[Taken]) -> Iterator[Figure]:
    """Of a replication: its logical events, one of them, and the share of laws and outcomes."""
    if not rounds:
        return
    lived: list[Lived] = [one.found for one in rounds]
    code = "replication"
    yield figure(code, "events", [float(sum(one.events.values())) for one in lived], "events")
    yield figure(code, "event", [1e6 * one.event_seconds for one in lived], "CPU µs")
    ratios = [
        one.found.event_seconds * yard.events / one.yardstick_seconds
        for one in rounds
        for yard in one.yardsticks[:1]
    ]
    yield figure(code, "event_in_events_of_the_yardstick", ratios, "times")
    shares = [one.checking_share for one in lived]
    yield figure(code, "laws_and_outcomes", shares, "share", Target(MOST_CHECKING))


def growth_figures(measured: Measured) -> Iterator[Figure]:
    """A logical event in a county so many times as large, as a multiple of one in the county."""
    per_event = {
        int(code.removeprefix("growth_")): [
            one.found.event_seconds / one.yardstick_seconds for one in rounds
        ]
        for code, rounds in measured.pieces.items()
        if code.startswith("growth_")
    }
    for factor, costs in per_event.items():
        if factor > 1:
            times = [cost / one for cost, one in zip(costs, per_event[1], strict=True)]
            target = Target(MOST_GROWTH) if factor == max(per_event) else None
            yield figure("growth", f"event_at_{factor}_times", times, "times", target)


def command_figures(commands: Mapping[str, Sequence[Typed]]) -> Iterator[Figure]:
    """What whole commands take, and how much faster two processes are than one."""
    for code, rounds in commands.items():
        target = Target(MOST_HELP_SECONDS) if code == "help" else None
        yield figure(code, "seconds", [one.cpu_seconds for one in rounds], "CPU s", target)
        yield figure(code, "wait", [one.wall_seconds for one in rounds], "s")


def speed_up_figures(measured: Measured) -> Iterator[Figure]:
    """How much faster two processes are than one: by the wait, and as CPU time says it would be.

    The wait says nothing where other programs are at work. Without them it would be the CPU time
    that one process takes alone (start, tables, charts), and half of the rest.
    """
    if not {ONE, TWO} <= set(measured.commands):
        return
    pairs = list(zip(measured.commands[ONE], measured.commands[TWO], strict=True))
    waited = [one.wall_seconds / two.wall_seconds for one, two in pairs]
    target = Target(LEAST_SPEED_UP, at_most=False)
    disturbed = any(one.cpu_seconds < UNDISTURBED * one.wall_seconds for one, _ in pairs)
    rounds = measured.pieces.get("run", ())
    yield figure("processes", "speed_up", waited, "times", None if disturbed and rounds else target)
    yield figure(
        "processes",
        "efficiency",
        [one.cpu_seconds / two.cpu_seconds for one, two in pairs],
        "share",
    )
    if rounds:
        work = REPLICATIONS * median([one.whole for one in rounds])
        alone = [max(0.0, one.cpu_seconds - work) for one, _ in pairs]
        reckoned = [
            one.cpu_seconds / (fixed + (two.cpu_seconds - fixed) / 2)
            for fixed, (one, two) in zip(alone, pairs, strict=True)
        ]
        yield figure("processes", "one_process_alone", alone, "CPU s")
        told = target if disturbed else None
        yield figure("processes", "speed_up_without_other_programs", reckoned, "times", told)


# Waits -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Usual:
    """A question as it is usually asked: so many batches of work, which share nothing.

    ``batches`` each live what is shared once; ``items``: in all of them.
    """

    code: str
    words: str
    batches: int
    items: int


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a question takes on a machine that does nothing else."""

    words: str
    processes: int
    seconds: float


def wait_of(
    usual: Usual, taken: Taken, processes: int, efficiency: float, fixed_seconds: float
) -> Wait:
    """The wait for a question on so many processes.

    ``efficiency``: what each of several processes does of what it would do alone;
    ``fixed_seconds``: start, tables and charts.
    """
    each = taken.shared + taken.each * usual.items / usual.batches
    turns = ceil(usual.batches / processes)  # the last turn may leave processes idle
    slower = 1.0 if processes == 1 else efficiency
    return Wait(usual.words, processes, fixed_seconds + turns * each / slower)


def efficiency_of(figures: Sequence[Figure]) -> float:
    """What each of two processes does of what it would do alone; 1 where that is not measured."""
    for one in figures:
        if (one.measure, one.name) == ("processes", "efficiency") and not isnan(one.value):
            return min(1.0, one.value)
    return 1.0
