"""Headlines over the county's plausible sets: what the figures on record leave open.

Each set is run twice, with people and shocks of its own: with the scenario's failure, and without.
A band holds nine tenths of the sets, so both what is not known and chance are in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.engine.work import Work, WorkItem, identity_of
from experiments.study.draws import with_values
from sim.clock import days_between
from sim.outcomes.adequacy import PRINCIPAL, absorbable, erosion, fallback_of, month_starts
from sim.outcomes.histories import Floats
from sim.outcomes.stopped import hours_without_care
from sim.scenario import Scenario
from sim.simulation import simulate

FIXED_SHARE = 0.3
LOSS_DAYS = 365.0
FADING = ("providers", "carers", "slack", "overtime", "hires", "absorbable")
"""Columns of the table erosion."""


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure that stands in the first screen: its name, what it is, and its unit."""

    name: str
    meaning: str
    unit: str


HEADLINES = (
    Headline("carers_left", "carers of teams without a contract, last month to first", "share"),
    Headline("room_left", "hours such teams could take on within 28 days, last to first", "share"),
    Headline("adequacy_2026", "hours of all principals that others would take on, 2026", "share"),
    Headline("adequacy_last", "hours of all principals that others would take on, last", "share"),
    Headline("adequacy_last_30", "the same in the last year, if 30 % of carers move", "share"),
    Headline("loss_after_failure", "hours without care within a year of the failure", "hours"),
)
"""Adequacy is at the set's own share of carers who move unless the name says otherwise."""


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

    ``left``: by area and month, the hours a week that nobody would take on within 28 days if the
    area's principal stopped; nan where there is none.
    """

    number: int
    headlines: dict[str, float]
    fading: dict[str, list[float]]
    left: dict[str, list[float]]


def run_set(task: SetRun) -> SetFound:
    """Both runs of a set."""
    scripted = with_values(task.scenario, task.values)
    scenario = scripted.model_copy(update={"failures": ()})
    began = float(days_between(scenario.calendar.start, scripted.failures[0].date))
    until = min(scenario.days, began + LOSS_DAYS)
    ledger = simulate(scenario, seed=task.seed, replication=task.number)
    failed = simulate(scripted, seed=task.seed, replication=task.number, until=until)
    edges = np.array([began, until])
    places = list(range(len(ledger.labels.areas)))
    lost = [float(hours_without_care(told, places, edges)[0]) for told in (failed, ledger)]
    months, days = month_starts(scenario)
    fading = erosion(ledger, scenario, days)
    own = scenario.failure.staff_move_share
    fallback = fallback_of(ledger, scenario, days)
    held = np.where(fallback.role == PRINCIPAL, fallback.at_stake, 0.0)

    def county(share: float, year: int) -> float:
        """Share of all principals' hours that others would take on, mean of a year's months."""
        room = absorbable(fallback, scenario, share) + share * held
        taken = np.minimum(held, room).sum(axis=1)
        mine = np.array([month.year == year for month in months]) & (held.sum(axis=1) > 0)
        return float((taken[mine] / held[mine].sum(axis=1)).mean()) if mine.any() else np.nan

    last = months[-1].year
    headlines = {
        "carers_left": float(fading["carers"][-1] / fading["carers"][0]),
        "room_left": float(fading["absorbable"][-1] / max(1.0, fading["absorbable"][0])),
        "adequacy_2026": county(own, 2026),
        "adequacy_last": county(own, last),
        "adequacy_last_30": county(FIXED_SHARE, last),
        "loss_after_failure": lost[0] - lost[1],
    }
    room = absorbable(fallback, scenario, own) + own * held
    nobody = np.where(held > 0, np.maximum(0.0, held - room), np.nan).round(1)
    left = {area: nobody[:, place].tolist() for place, area in enumerate(ledger.labels.areas)}
    faded = {name: fading[name].tolist() for name in FADING}
    return SetFound(task.number, headlines, faded, left)


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
    """The band of every headline."""
    bands = []
    for headline in HEADLINES:
        values = np.array([one.headlines[headline.name] for one in found])
        values = values[np.isfinite(values)]
        if values.size:
            low, median, high = (float(q) for q in np.quantile(values, (0.05, 0.5, 0.95)))
            bands.append(Band(headline, low, median, high, values.size))
    return bands


@dataclass(frozen=True, slots=True)
class Matter:
    """How much an unknown matters to a headline: rank correlation over the sets, and chance.

    ``p_value``: of so strong a correlation without any effect, over all unknowns of the headline
    (Bonferroni).
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
            told.append(
                Matter(path, headline.name, float(rank), min(1.0, float(chance) * len(paths)))
            )
    return sorted(told, key=lambda one: -abs(one.correlation))


@dataclass(frozen=True, slots=True)
class Flip:
    """Shares of the sets in which the fallback suffices: lowest and highest third of an unknown."""

    parameter: str
    low_third: float
    high_third: float
    below: float
    above: float


def flips(
    found: Sequence[SetFound], values: Mapping[int, Mapping[str, float]], level: float
) -> list[Flip]:
    """For each unknown: in how many sets others would take on ``level`` of the hours at the end.

    The largest difference between the lowest and the highest third of its values comes first: that
    unknown, known better, would most change the answer.
    """
    answer: Floats = np.array([one.headlines["adequacy_last"] >= level for one in found], float)
    told = []
    paths = list(next(iter(values.values()))) if values else []
    for path in paths:
        mine = np.array([values[one.number][path] for one in found])
        below, above = (float(q) for q in np.quantile(mine, (1 / 3, 2 / 3)))
        low, high = answer[mine <= below], answer[mine >= above]
        told.append(Flip(path, float(low.mean()), float(high.mean()), below, above))
    return sorted(told, key=lambda flip: -abs(flip.high_third - flip.low_third))
