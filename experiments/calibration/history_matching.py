"""History matching: rule out, wave by wave, what cannot meet the published figures.

Wave 0 simulates the county's own values several times: how much chance alone moves a figure. Wave 1
spreads sets over the whole space of parameters (a Sobol' sequence). From each wave on, a cheap
emulator of every figure tells where sets cannot meet it; the next wave is spread over what is left.
A set passes when it has really been simulated and its implausibility is within the cut-off for
every figure, counting tolerance, model discrepancy and chance. (Craig, Goldstein, Seheult & Smith
1997; Vernon, Goldstein & Bower 2010.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.calibration.search import Calibration, worst
from experiments.calibration.work import Trial
from experiments.results.provenance import Failed
from experiments.statistics.emulator import LEAST, Emulator, fitted

Floats = NDArray[np.float64]
Simulate = Callable[[Sequence[Trial], str], Sequence[dict[str, float] | Failed]]
CHUNK = 2**14
MOST_CHUNKS = 64
MOST_WAVES = 20
HEAD = ("set", "wave", "status", "error")


class NotSimulatedError(ValueError):
    """Not even the county as it is can be simulated, so nothing can be searched from it."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """A set that was simulated: where it lies in the unit cube and what it gives, or why not."""

    number: int
    wave: int
    point: tuple[float, ...]
    values: dict[str, float] | None
    error: str = ""


@dataclass(frozen=True)
class Wave:
    """A wave: sets simulated, failed, passed; then the share of the space that is left."""

    number: int
    sets: int
    failed: int
    passed: int
    left: float
    errors: dict[str, float]
    explained: dict[str, float]


@dataclass(frozen=True)
class History:
    """All sets, those that pass with their implausibility, the waves, and why it ended."""

    sets: tuple[Simulated, ...]
    passing: tuple[tuple[Simulated, float], ...]
    variance: dict[str, float]
    waves: tuple[Wave, ...]
    ended: str


def columns_of(calibration: Calibration) -> tuple[str, ...]:
    """The columns of the table of sets."""
    return (*HEAD, *calibration.paths, *calibration.codes)


def explore(calibration: Calibration, simulate: Simulate) -> History:
    """Search until enough sets pass.

    ``simulate`` is called with the sets of each wave and its name; the waves are the same however
    they are carried out, and whatever was interrupted.
    """
    search = calibration.search
    sets: list[Simulated] = []
    waves: list[Wave] = []
    emulators: list[dict[str, Emulator]] = []

    def carry_out(wave: int, points: Floats, words: str) -> None:
        trials = [
            trial_of(calibration, len(sets) + place, tuple(point.tolist()), wave)
            for place, point in enumerate(points)
        ]
        sets.extend(
            simulated(trial, wave, tuple(point.tolist()), outcome)
            for trial, point, outcome in zip(trials, points, simulate(trials, words), strict=True)
        )

    own = np.array(calibration.point({p.path: p.own for p in calibration.parameters}))
    carry_out(0, np.tile(own, (search.base_replications, 1)), "Wave 0: the county as it is")
    variance = chance(calibration, sets)
    ended = f"{search.wanted_sets} sets pass"
    left = 1.0
    for number in range(1, MOST_WAVES + 1):
        size = search.first_wave if number == 1 else search.later_waves
        size = min(size, search.most_sets - (len(sets) - search.base_replications))
        points, left = next_points(calibration, emulators, number, size)
        if not len(points):
            ended = "according to the emulators, no set within the ranges can meet the figures"
            break
        carry_out(number, points, f"Wave {number}")
        passing = those_that_pass(calibration, sets, variance)
        mine = [found for found in sets if found.wave == number]
        emulators.append(learned(calibration, sets, emulators))
        waves.append(wave_of(number, mine, passing, left, emulators[-1]))
        if len(passing) >= search.wanted_sets:
            break
        if len(sets) - search.base_replications >= search.most_sets:
            ended = f"{search.most_sets} sets were simulated"
            break
    else:
        ended = f"{MOST_WAVES} waves were simulated"
    passing = those_that_pass(calibration, sets, variance)
    return History(tuple(sets), tuple(passing), variance, tuple(waves), ended)


def trial_of(calibration: Calibration, number: int, point: Sequence[float], wave: int) -> Trial:
    """What to simulate for a set: replications of its own, so that chance averages out."""
    search = calibration.search
    each = 1 if wave == 0 else search.replications
    first = number if wave == 0 else number * search.replications
    return Trial(
        number,
        calibration.scenario,
        calibration.values(point),
        search.seed,
        tuple(range(first, first + each)),
        calibration.codes,
    )


def simulated(
    trial: Trial, wave: int, point: tuple[float, ...], outcome: dict[str, float] | Failed
) -> Simulated:
    """What became of a trial."""
    if isinstance(outcome, Failed):
        return Simulated(trial.number, wave, point, None, outcome.error)
    return Simulated(trial.number, wave, point, outcome)


def as_row(calibration: Calibration, found: Simulated) -> dict[str, Any]:
    """A set as a row of the table of sets."""
    return {
        "set": found.number,
        "wave": found.wave,
        "status": "failed" if found.values is None else "finished",
        "error": found.error,
        **calibration.values(found.point),
        **(found.values or {}),
    }


def chance(calibration: Calibration, sets: Sequence[Simulated]) -> dict[str, float]:
    """Variance of each figure (scaled) by chance, of a set's mean: from wave 0."""
    first = [found.values for found in sets if found.wave == 0 and found.values is not None]
    if len(first) < 2:
        why = next((found.error for found in sets if found.error), "it has no value for a figure")
        raise NotSimulatedError(f"the county as it is could not be simulated ({why})")
    return {
        target.row.code: float(
            np.var([target.scaled(values[target.row.code]) for values in first], ddof=1)
        )
        / calibration.search.replications
        for target in calibration.targets
    }


def those_that_pass(
    calibration: Calibration, sets: Sequence[Simulated], variance: dict[str, float]
) -> list[tuple[Simulated, float]]:
    """Sets within the cut-off for every figure, with their largest implausibility."""
    judged = [
        (found, worst(calibration.targets, found.values, variance))
        for found in sets
        if found.wave > 0 and found.values is not None
    ]
    return [(found, size) for found, size in judged if size <= calibration.search.cutoff]


def learned(
    calibration: Calibration, sets: Sequence[Simulated], before: Sequence[dict[str, Emulator]]
) -> dict[str, Emulator]:
    """An emulator of each figure, from the sets that earlier waves do not rule out."""
    usable = [found for found in sets if found.wave > 0 and found.values is not None]
    points = np.array([found.point for found in usable])
    if before and len(usable):
        inside = implausibility(calibration, before, points) <= calibration.search.cutoff
        if inside.sum() >= 4 * len(calibration.parameters):
            usable = [found for found, keep in zip(usable, inside, strict=True) if keep]
            points = points[inside]
    emulators = {}
    if len(usable) < LEAST:
        raise NotSimulatedError(
            f"{len(usable)} sets are too few to learn from, because the others failed"
        )
    for target in calibration.targets:
        code = target.row.code
        values = np.array([target.scaled(found.values[code]) for found in usable if found.values])
        emulators[code] = fitted(points, values)
    return emulators


def implausibility(
    calibration: Calibration, emulators: Sequence[dict[str, Emulator]], points: Floats
) -> Floats:
    """The largest implausibility at points, over figures and waves, as the emulators tell."""
    largest = np.zeros(len(points))
    for wave in emulators:
        for target in calibration.targets:
            mean, variance = wave[target.row.code].predict(points)
            largest = np.maximum(largest, target.implausibility(mean, variance))
    return largest


def next_points(
    calibration: Calibration, emulators: Sequence[dict[str, Emulator]], wave: int, size: int
) -> tuple[Floats, float]:
    """Points for a wave, spread over what is left of the space, and how large that is."""
    from scipy.stats import qmc

    seed = [calibration.search.seed, wave]
    sequence = qmc.Sobol(len(calibration.parameters), rng=np.random.default_rng(seed))
    if not emulators:
        whole: Floats = sequence.random_base2(int(np.ceil(np.log2(max(size, 1)))))
        return whole[:size], 1.0
    kept: list[Floats] = []
    inside = tried = 0
    for _ in range(MOST_CHUNKS):
        points = sequence.random(CHUNK)
        keep = implausibility(calibration, emulators, points) <= calibration.search.cutoff
        kept.append(points[keep])
        inside, tried = inside + int(keep.sum()), tried + CHUNK
        if inside >= size:
            break
    found: Floats = np.concatenate(kept)[:size]
    return found, inside / tried


def wave_of(
    number: int,
    mine: Sequence[Simulated],
    passing: Sequence[tuple[Simulated, float]],
    left: float,
    emulators: dict[str, Emulator],
) -> Wave:
    """What a wave did."""
    return Wave(
        number,
        len(mine),
        sum(found.values is None for found in mine),
        sum(found.wave == number for found, _ in passing),
        left,
        {code: emulator.error for code, emulator in emulators.items()},
        {code: emulator.explained for code, emulator in emulators.items()},
    )
