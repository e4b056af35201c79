"""The worst place to lose, chosen in stages, and told on replications that did not choose it.

After a first stage in which every place is lost, replications come a few at a time, of the places
that are left (:mod:`experiments.statistics.selection`). A place's figure is the mean over the dates
that all places have. When one place is left it is lost once more in replications of its own: those
that made it the worst would flatter the finding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from experiments.engine.branches import can_fork
from experiments.engine.work import WorkItem
from experiments.statistics.intervals import Interval, t_interval
from experiments.statistics.selection import Standing, standing_of
from experiments.stress.figures import HARM
from experiments.stress.tables import Harm, common_dates, mean_of_known
from experiments.stress.work import ContingencyResult, Manner, Place, items_of
from experiments.words import claims
from sim.outcomes.declaration import Column, Table
from sim.outcomes.histories import Floats
from sim.scenario import Scenario

STEP = 4
"""Replications that are carried out before it is looked at again."""

SELECTION = Table(
    "selection",
    "One row for each place: how the worst place was chosen in stages, by the mean over the "
    "dates that all places share.",
    (
        Column("place", "names of the areas whose principal provider is lost", "text"),
        Column("rule", "who fails, as for run --fail", "rule"),
        Column(
            "out_after",
            "replications after which the place was dropped; blank: it was not dropped",
            "count",
        ),
        Column("replications", "replications with this loss in the stages that choose", "count"),
        Column(HARM, "mean over these of the hours without care that the loss adds", "hours"),
        Column("chosen", "yes: this is the place that the screen names", "yes"),
        Column("told_on", "separate replications on which it is measured", "count"),
        Column("told_mean", "the same mean over these", "hours"),
        Column("told_low", "low end of its 95% interval", "hours"),
        Column("told_high", "high end of it", "hours"),
    ),
)


@dataclass(frozen=True, slots=True)
class Choosing:
    """How the worst is chosen: a difference that does not matter, and replications at most."""

    within_hours: float
    at_most: int


@dataclass(frozen=True)
class Stages:
    """How far the choice has come.

    ``values``: mean hours by replication and place, nan where it was not lost. ``told``: of the
    chosen place, on replications of its own; None until they are there.
    """

    asked: Choosing
    places: tuple[Place, ...]
    dates: tuple[date, ...]
    values: Floats
    standing: Standing
    told: Interval | None

    @property
    def over(self) -> bool:
        """Whether no more replications are to be looked at."""
        return self.standing.settled or len(self.values) >= self.asked.at_most

    @property
    def chosen(self) -> int:
        """The place to name: of those left, the one with the highest mean."""
        means = mean_of_known(self.values, 0)
        return max(self.standing.left, key=lambda place: means[place])


Results = Mapping[int, Sequence[ContingencyResult]]


def stages_of(asked: Choosing, harm: Harm, results: Results) -> Stages | None:
    """How far the choice has come; None where the places have no date in common, or nobody.

    ``harm``: of the first stage; ``results``: of all replications.
    """
    first, common = len(harm.hours), np.flatnonzero(common_dates(harm)).tolist()
    there = distinct(harm.hours[:, :, common])
    if not common or not there:
        return None
    numbers = {number: {one.place for one in results[number]} for number in sorted(results)}
    # Once one place is left, it is lost alone: on these replications it is told of.
    tell = [number for number, many in numbers.items() if number >= first and len(many) == 1]
    choose = [number for number in numbers if number not in tell]
    when = set(common)
    rows = np.array([row_of(results[number], there, when) for number in choose])
    found = Stages(
        asked,
        tuple(harm.places[one] for one in there),
        tuple(harm.dates[one] for one in common),
        rows,
        standing_of(rows, first, asked.within_hours),
        None,
    )
    if not tell:
        return found
    alone = [row_of(results[number], there, when)[found.chosen] for number in tell]
    return replace(found, told=t_interval(np.array(alone)))


def distinct(hours: Floats) -> list[int]:
    """Places that are lost, each once: what one provider holds on all dates is one loss.

    ``hours``: by replication, place and date.
    """
    first: dict[bytes, int] = {}
    for place in range(hours.shape[1]):
        if np.isfinite(hours[:, place]).any():
            first.setdefault(np.ascontiguousarray(hours[:, place]).tobytes(), place)
    return list(first.values())


def row_of(found: Sequence[ContingencyResult], places: Sequence[int], dates: set[int]) -> Floats:
    """The mean over dates of each place in one replication; nan where a date is not known."""
    hours: dict[int, list[float]] = {place: [] for place in places}
    for one in found:
        if one.place in hours and one.date in dates and one.figures is not None:
            hours[one.place].append(one.figures[HARM])
    return np.array(
        [np.mean(known) if len(known) == len(dates) else np.nan for known in hours.values()]
    )


def next_items(
    stages: Stages, scenario: Scenario, seed: int, how: Manner, first: int
) -> list[WorkItem]:
    """What is to be carried out next; nothing when the chosen place has been told of."""
    seen = len(stages.values)
    if not stages.over:
        left = [stages.places[place] for place in stages.standing.left]
        numbers = range(seen, min(seen + STEP, stages.asked.at_most))
    elif stages.told is None:
        left, numbers = [stages.places[stages.chosen]], range(seen, seen + first)
    else:
        return []
    return items_of(scenario, seed, numbers, left, stages.dates, how, fork=can_fork())


def selection(stages: Stages) -> pd.DataFrame:
    """The table SELECTION."""
    means, rows = mean_of_known(stages.values, 0), []
    for place, one in enumerate(stages.places):
        told = stages.told if place == stages.chosen else None
        rows.append(
            {
                "place": one.name,
                "rule": one.rule,
                "out_after": stages.standing.out_after.get(place, np.nan),
                "replications": int(np.isfinite(stages.values[:, place]).sum()),
                HARM: means[place],
                "chosen": "yes" if place == stages.chosen else "",
                "told_on": told.count if told else 0,
                "told_mean": told.mean if told else np.nan,
                "told_low": told.low if told else np.nan,
                "told_high": told.high if told else np.nan,
            }
        )
    return pd.DataFrame(rows)


def stages_in_words(stages: Stages) -> str:
    """Which place is the worst, as it was chosen in stages."""
    said = claims.chosen_in_stages(
        "costliest place",
        [stages.places[place].name for place in stages.standing.left],
        stages.places[stages.chosen].name,
        stages.told,
        stages.standing.seen,
        f"{stages.asked.within_hours:,.0f} hours",
    )
    return f"In stages          {said}"
