"""Headlines over the county's plausible sets: what the figures on record leave open.

Each set has people and shocks of its own, and one past: from the announcement on it is lived with
the scenario's failure, without it, and with the placebo.
A band holds nine tenths of the sets, so both what is not known and chance are in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.bands.figures import (
    ADEQUACY_AT_END,
    HEADLINES,
    LOSS_DAYS,
    TOLD,
    Headline,
    found_in,
)
from experiments.engine.work import Work, WorkItem, identity_of, leaving_no_market
from experiments.run.placebo import with_placebo
from experiments.run.work import Run
from experiments.statistics.effects import Split, splits_of
from experiments.study.draws import with_values
from sim.outcomes.account import period_of
from sim.scenario import Scenario


@dataclass(frozen=True, slots=True)
class SetRun:
    """One set to be run: its values over the scenario, which has a failure, and its seed."""

    number: int
    scenario: Scenario
    values: Mapping[str, float]
    seed: int


@dataclass(frozen=True, slots=True)
class SetFound:
    """What a set gives: every headline, erosion month by month, and hours left over.

    ``left``: by principal provider and month, the hours a week that would be without care four
    weeks after it closed; nan where it holds no principal contract.
    """

    number: int
    headlines: dict[str, float]
    fading: dict[str, list[float]]
    left: dict[str, list[float]]


@leaving_no_market
def run_set(task: SetRun) -> SetFound:
    """Both runs of a set, and the placebo beside its failure."""
    scripted = with_values(task.scenario, task.values)
    scenario = scripted.model_copy(update={"failures": ()})
    _, stops = period_of(scripted)
    until = min(float(scenario.days), stops + LOSS_DAYS)
    found = with_placebo(Run(scripted, task.seed, task.number), until)
    told = found_in(scenario, found.without, found.ledger, found.placebo)
    return SetFound(task.number, *told)


SET_RUNS = Work("bands", run_set, SetFound)


def items_of(
    scenario: Scenario, seed: int, values: Mapping[int, Mapping[str, float]]
) -> list[WorkItem]:
    """Every set as work to be carried out."""
    about = [scenario.identity, seed]
    return [
        WorkItem(
            identity_of(SET_RUNS.name, *about, number, values[number]),
            f"set {number}",
            SetRun(number, scenario, values[number], seed),
        )
        for number in values
    ]


@dataclass(frozen=True, slots=True)
class Band:
    """A headline over the sets: median, and the ends between which nine tenths of them lie."""

    headline: Headline
    low: float
    median: float
    high: float
    sets: int


def bands_of(found: Sequence[SetFound]) -> list[Band]:
    """The band of every headline, of the harm to others and of the placebo."""
    bands = []
    for headline in TOLD:
        values = np.array([one.headlines.get(headline.name, np.nan) for one in found])
        values = values[np.isfinite(values)]
        if values.size:
            low, median, high = (float(q) for q in np.quantile(values, (0.05, 0.5, 0.95)))
            bands.append(Band(headline, low, median, high, values.size))
    return bands


@dataclass(frozen=True, slots=True)
class Matter:
    """How much an unknown matters to a headline: rank correlation over the sets, and chance.

    ``p_value``: of so strong a correlation without any effect, over all unknowns and headlines
    that are shown (Bonferroni).
    """

    parameter: str
    headline: str
    correlation: float
    p_value: float


def matters(found: Sequence[SetFound], values: Mapping[int, Mapping[str, float]]) -> list[Matter]:
    """Every unknown and headline, the strongest first."""
    from scipy.stats import spearmanr

    told = []
    paths = list(next(iter(values.values()))) if values else []
    many = len(paths) * len(HEADLINES)
    for headline in HEADLINES:
        column = np.array([one.headlines[headline.name] for one in found])
        keep = np.isfinite(column)
        if keep.sum() < 8 or np.ptp(column[keep]) == 0:
            continue
        for path in paths:
            mine = np.array([values[one.number][path] for one in found])
            if np.ptp(mine[keep]) == 0:
                continue
            rank, chance = spearmanr(mine[keep], column[keep])
            told.append(Matter(path, headline.name, float(rank), min(1.0, float(chance) * many)))
    return sorted(told, key=lambda one: -abs(one.correlation))


@dataclass(frozen=True, slots=True)
class Flip:
    """Shares of the sets in which the fallback suffices: lowest and highest third of an unknown.

    ``p_value``: share of shuffles in which any unknown parts the sets as much by chance.
    """

    parameter: str
    low_third: float
    high_third: float
    below: float
    above: float
    low_sets: int
    high_sets: int
    p_value: float


def splits(
    found: Sequence[SetFound], values: Mapping[int, Mapping[str, float]], level: float
) -> tuple[list[str], list[Split]]:
    """The unknowns, and how each parts the sets by whether others would take on ``level``.

    The largest difference between the lowest and the highest third of its values comes first. Sets
    without a value are left out.
    """
    kept = [one for one in found if np.isfinite(one.headlines[ADEQUACY_AT_END])]
    paths = list(next(iter(values.values()))) if values else []
    answers = np.array([one.headlines[ADEQUACY_AT_END] >= level for one in kept], dtype=bool)
    unknowns = np.array([[values[one.number][path] for path in paths] for one in kept], dtype=float)
    return paths, splits_of(answers, unknowns.reshape(len(kept), len(paths)))


def flips(
    found: Sequence[SetFound], values: Mapping[int, Mapping[str, float]], level: float
) -> list[Flip]:
    """The same as rows of a table."""
    paths, parted = splits(found, values, level)
    return [
        Flip(
            paths[one.unknown], one.low_share, one.high_share, one.below, one.above, one.low_sets,
            one.high_sets, one.chance,
        )
        for one in parted
    ]  # fmt: skip
