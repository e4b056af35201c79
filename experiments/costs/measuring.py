"""Measuring round by round: each round takes every piece once, so that all meet the same hours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from experiments.adequacy.sampling import sample_size
from experiments.asking.asked import scenario_asked_for
from experiments.costs.commands import Typed, typed
from experiments.costs.figures import (
    ONE,
    REPLICATIONS,
    TWO,
    Figure,
    Measured,
    Usual,
    Wait,
    efficiency_of,
    wait_of,
)
from experiments.costs.pieces import FACTORS, PIECES, County, growth, run
from experiments.costs.taking import Piece, Taken, taken
from experiments.engine.branches import can_fork
from experiments.run.arms import NOTHING, arms_of
from experiments.stress.work import Manner, dates_of, places_of

GROWTH, START, PROCESSES = "growth", "start", "processes"
MEASURES = (*PIECES, GROWTH, START, PROCESSES)
"""The names of ``--only``, in the order in which they are taken."""
SLOW = (PROCESSES,)
"""What ``--quick`` leaves out."""
START_COMMANDS = {"help": ("--help",), "small": ("run", "small")}
FAILURE_REPLICATIONS, STRESS_REPLICATIONS, STRESS_MONTHS, BAND_SETS, TRIALS = 20, 5, 6, 24, 100
"""As the verbs have it unless one says; replications of a failure, as the pages have them."""
Tell = Callable[[str], object]


@dataclass
class Progress:
    """Says what is under way, and how much there is."""

    tell: Tell
    of: int
    begun: int = 0

    def next(self, label: str) -> None:
        """Another measurement begins."""
        self.begun += 1
        self.tell(f"{self.begun} of {self.of}: {label}")


@dataclass
class Taking:
    """What has been taken so far."""

    progress: Progress
    pieces: dict[str, list[Taken]] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    commands: dict[str, list[Typed]] = field(default_factory=dict)

    def take(self, piece: Piece) -> None:
        """Measure a piece."""
        self.progress.next(piece.label)
        self.pieces.setdefault(piece.code, []).append(taken(piece))
        self.counted[piece.code] = piece.count

    def type(self, code: str, words: Sequence[str]) -> None:
        """Measure a command."""
        self.progress.next(f"caremarket {' '.join(words)}")
        self.commands.setdefault(code, []).append(typed(words))


def measure(
    county: County, only: Collection[str], rounds: int, *, quick: bool, tell: Tell
) -> Measured:
    """Take all that is asked for. Raises RuntimeError if a piece of work fails."""
    pieces = [piece for name, make in PIECES.items() if name in only for piece in make(county)]
    larger = list(pieces_of_growth(county, quick)) if GROWTH in only else []
    larger += run(county) if PROCESSES in only else ()
    commands = commands_of(county, only)
    many = rounds * (len(pieces) + sum(code in START_COMMANDS for code in commands))
    once = len(larger) + sum(code not in START_COMMANDS for code in commands)
    taking = Taking(Progress(tell, many + once))
    for _ in range(rounds):
        for piece in pieces:
            taking.take(piece)
        for code, words in commands.items():
            if code in START_COMMANDS:
                taking.type(code, words)
    for piece in larger:
        taking.take(piece)
    for code, words in commands.items():
        if code not in START_COMMANDS:
            taking.type(code, words)
    return Measured(taking.pieces, taking.counted, taking.commands)


def pieces_of_growth(county: County, quick: bool) -> Iterator[Piece]:
    """The county side by side with itself; quickly, only twice."""
    return growth(county, FACTORS[:2] if quick else FACTORS)


def commands_of(county: County, only: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The commands that are typed, by code."""
    found: dict[str, tuple[str, ...]] = dict(START_COMMANDS) if START in only else {}
    if PROCESSES in only:
        words = ("run", county.typed, "-r", str(REPLICATIONS), "--jobs")
        found |= {ONE: (*words, "1"), TWO: (*words, "2")}
    return found


def usual_of(county: County) -> list[Usual]:
    """Questions as they are usually asked, of which the wait is told."""
    scenario, how = county.scenario, Manner()
    lost = (len(places_of(scenario)) + 1) * len(dates_of(scenario, STRESS_MONTHS, how))
    arms = len(arms_of(scenario_asked_for(county.failing), NOTHING))
    points = sample_size(None, fork=can_fork())
    few, many = STRESS_REPLICATIONS, FAILURE_REPLICATIONS
    return [
        Usual("failure", f"A failure question with {many} replications", many, many * arms),
        Usual("contingency", f"{lost} contingencies, {few} replications of each", few, few * lost),
        Usual("adequacy", f"Adequacy with {points} points", few, few + points),
        Usual("bands", f"Bands over {BAND_SETS} plausible sets", BAND_SETS, BAND_SETS),
        Usual("calibration", f"{TRIALS} sets of a calibration", TRIALS, TRIALS),
    ]


def waits_of(
    county: County, measured: Measured, figures: Sequence[Figure], cores: int
) -> list[Wait]:
    """The wait for each usual question that was measured, on one process and on two or all cores.

    Start, tables and charts are taken as those of ``run small``, where that was measured.
    """
    small = measured.commands.get("small", ())
    fixed = median([one.cpu_seconds for one in small]) if small else 0.0
    numbers = dict.fromkeys((1, min(2, cores), cores))
    return [
        wait_of(usual, middle(measured.pieces[usual.code]), number, efficiency_of(figures), fixed)
        for usual in usual_of(county)
        if usual.code in measured.pieces
        for number in numbers
    ]


def middle(rounds: Sequence[Taken]) -> Taken:
    """The round that took no more than half of the others."""
    return sorted(rounds, key=lambda one: one.whole)[(len(rounds) - 1) // 2]
