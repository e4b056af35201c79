"""Which published figure an unknown answers to: how far its range shrinks, and what shrinks it.

Two questions of the sets that were simulated, and no new simulation. How much narrower than the
range it is drawn from is the range of the sets that meet every row (its shrinkage)? And by how much
would that range widen if one row were left out: which sets would then pass as well?

An unknown learns from a row if the row, left out, widens its range by at least a tenth
(``LEAST_WIDENING``) and by more than chance. Chance is judged by shuffling: among the sets that
meet every other row, as many as meet the row too are picked at random. All pairs of an unknown and
a row are one family, in which Holm's method keeps any false claim to 5%. A row that is an input
teaches nothing: the model is given it, so it pins what it was given as.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.statistics.claims import FAMILY_ERROR, holm

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
CENTRAL = (0.05, 0.95)
"""The central range: nine tenths of the sets."""
LEAST_WIDENING = 0.1
"""A row teaches an unknown if its range is wider by this share without the row (a choice)."""
LEAST_SETS = 20
"""Fewer sets have no central range: one in twenty is the first of them."""
SHUFFLES = 9_999
RESAMPLES = 500
CHUNK = 4_000_000
"""Numbers that are shuffled at once."""


@dataclass(frozen=True, slots=True)
class Row:
    """A published fact that sets must meet, in one row or more; ``given``: the model is given it.

    Rows that tell one fact twice, such as the people on a list and their hours, are left out
    together: left out alone, either would seem to teach nothing.
    """

    code: str
    given: bool


@dataclass(frozen=True)
class Trials:
    """Sets that were simulated, at places between 0 and 1 of each unknown's range.

    ``accepted``: those that meet every row, a row a set and a column an unknown. ``even``: sets
    spread evenly over all ranges, and ``meets``: which rows each of them meets. Later waves of a
    search are drawn where every row can hold, so they cannot say what a row rules out.
    ``stand_ins``: the evenly spread sets were not simulated; emulators stand in for the simulator.
    """

    accepted: Floats
    even: Floats
    meets: Flags
    stand_ins: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the ends of its 95% bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An unknown with one row left out.

    ``sets``: evenly spread sets that meet every other row; ``widening``: how much wider the range
    is over them than over those that meet the row too, as a share of the latter; ``chance``: Holm's
    adjusted p-value of so much, over all pairs of an unknown and a row.
    """

    unknown: str
    row: Row
    sets: int
    widening: Estimate
    chance: float

    @property
    def teaches(self) -> bool:
        """Whether the unknown learns from the row."""
        wide = self.widening.value >= LEAST_WIDENING
        return not self.row.given and wide and self.chance <= FAMILY_ERROR


@dataclass(frozen=True, slots=True)
class Learning:
    """What one unknown learns.

    ``low``, ``high``: its central range over the accepted sets, as places in its range (nan if too
    few are accepted). ``rows``: each row left out, the one that widens its range most first; rows
    that teach come before the others. Empty where too few sets that are spread evenly pass.
    """

    unknown: str
    low: float
    high: float
    shrinkage: Estimate
    rows: tuple[LeftOut, ...]
    stand_ins: bool = False

    @property
    def teacher(self) -> LeftOut | None:
        """Of the rows that teach it, the one that widens its range most when it is left out."""
        return next((one for one in self.rows if one.teaches), None)

    @property
    def verdict(self) -> str:
        """What it learns from, or that it learns nothing."""
        if not self.rows:
            return "inconclusive: too few sets pass"
        if self.teacher is None:
            return "learns nothing: needs a reading or a stated gap"
        return f"learns from {self.teacher.row.code}"


def learning_of(
    unknowns: Sequence[str], rows: Sequence[Row], trials: Trials, seed: int
) -> list[Learning]:
    """What every unknown learns, in order. ``seed``: of the shuffles and of the bootstrap."""
    generator = np.random.default_rng(seed)
    pairs = list(left_out(unknowns, rows, trials, generator))
    shrunk = shrinkages(trials.accepted, generator)
    found = []
    for place, unknown in enumerate(unknowns):
        mine = [one for one in pairs if one.unknown == unknown]
        mine.sort(key=lambda one: (not one.teaches, -one.widening.value))
        low, high = central(trials.accepted)[:, place]
        found.append(
            Learning(unknown, float(low), float(high), shrunk[place], tuple(mine), trials.stand_ins)
        )
    return found


def central(places: Floats) -> Floats:
    """Ends of the central range of each unknown: nan of fewer than ``LEAST_SETS``.

    ``places``: sets on the last axis but one, unknowns on the last. The quantiles are those that
    are right on average for sets that are spread evenly (Weibull's), so that few sets do not make a
    range look narrow.
    """
    if places.shape[-2] < LEAST_SETS:
        return np.full((2, *places.shape[:-2], places.shape[-1]), np.nan)
    ends: Floats = np.quantile(places, CENTRAL, axis=-2, method="weibull")
    return ends


def widths(places: Floats) -> Floats:
    """Width of the central range of each unknown, as a share of its range's."""
    low, high = central(places)
    found: Floats = (high - low) / (CENTRAL[1] - CENTRAL[0])
    return found


def shrinkages(accepted: Floats, generator: np.random.Generator) -> list[Estimate]:
    """By which share of its range each unknown's central range is narrower; nan of too few sets."""
    value = 1 - widths(accepted)
    if len(accepted) < LEAST_SETS:
        return [Estimate(np.nan, np.nan, np.nan) for _ in value]
    again = np.array([1 - widths(resampled(accepted, generator)) for _ in range(RESAMPLES)])
    return estimates(value, again)


def resampled(sets: Floats, generator: np.random.Generator) -> Floats:
    """As many sets, drawn with replacement."""
    return sets[generator.integers(len(sets), size=len(sets))]


def estimates(value: Floats, again: Floats) -> list[Estimate]:
    """Values with 95% intervals from their bootstrap, a row a resample."""
    low, high = np.nanquantile(again, (0.025, 0.975), axis=0)
    ends = zip(value.tolist(), low.tolist(), high.tolist(), strict=True)
    return [Estimate(*one) for one in ends]


def left_out(
    unknowns: Sequence[str],
    rows: Sequence[Row],
    trials: Trials,
    generator: np.random.Generator,
) -> Iterator[LeftOut]:
    """Every pair of an unknown and a row that is left out; none where too few sets pass."""
    if trials.meets.all(axis=1).sum() < LEAST_SETS:
        return
    found, raw = [], []
    for place in range(len(rows)):
        others = np.delete(trials.meets, place, axis=1).all(axis=1)
        sets, kept = trials.even[others], trials.meets[others, place]
        found.append((len(sets), widenings(sets, kept, generator)))
        raw.append(chances(sets, kept, generator))
    adjusted = holm(np.array(raw).ravel()).reshape(len(rows), len(unknowns))
    for row, (sets_left, widened), told in zip(rows, found, adjusted, strict=True):
        for unknown, estimate, chance in zip(unknowns, widened, told.tolist(), strict=True):
            yield LeftOut(unknown, row, sets_left, estimate, chance)


def widenings(sets: Floats, kept: Flags, generator: np.random.Generator) -> list[Estimate]:
    """How much wider each range is over the sets than over those that are kept."""
    value = widths(sets) / widths(sets[kept]) - 1
    again = np.full((RESAMPLES, sets.shape[1]), np.nan)
    for number in range(RESAMPLES):
        drawn = generator.integers(len(sets), size=len(sets))
        if kept[drawn].sum() >= LEAST_SETS:
            again[number] = widths(sets[drawn]) / widths(sets[drawn][kept[drawn]]) - 1
    return estimates(value, again)


def chances(sets: Floats, kept: Flags, generator: np.random.Generator) -> Floats:
    """How often as many sets picked at random have as narrow a range, by unknown."""
    many = int(kept.sum())
    if many == len(sets):
        return np.ones(sets.shape[1])
    observed = widths(sets[kept])
    at_once = max(1, CHUNK // (len(sets) * sets.shape[1]))
    narrow = np.zeros(sets.shape[1])
    for start in range(0, SHUFFLES, at_once):
        shuffles = min(at_once, SHUFFLES - start)
        order = generator.random((shuffles, len(sets))).argsort(axis=1)[:, :many]
        narrow += (widths(sets[order]) <= observed).sum(axis=0)
    found: Floats = (narrow + 1) / (SHUFFLES + 1)
    return found
