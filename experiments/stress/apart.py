"""Who is worst to lose, chosen apart: odd replications choose, even ones tell."""

from __future__ import annotations

import numpy as np

from experiments.statistics.chosen import chosen_apart
from experiments.statistics.intervals import t_interval
from experiments.stress.figures import HARM
from sim.outcomes.declaration import Column
from sim.outcomes.histories import Flags, Floats

TOLD_APART = (
    Column(
        "chosen",
        "yes: this loss was chosen as the most harmful by the mean over odd replications",
        "yes",
    ),
    Column("odd_mean", f"mean {HARM} over the odd replications, which choose", "hours"),
    Column("odd_replications", "number of these replications that have it", "count"),
    Column("even_mean", "the same mean over the even replications, which do not choose", "hours"),
    Column("even_low", "low end of the 95% interval of that mean", "hours"),
    Column("even_high", "high end of it", "hours"),
    Column("even_replications", "number of these replications that have it", "count"),
)
"""What is worst of many was partly so by chance: some replications choose, others tell."""


def odd(count: int) -> Flags:
    """Which of so many replications choose what the others tell of."""
    found: Flags = np.arange(count) % 2 == 1
    return found


def told_apart(hours: Floats) -> list[dict[str, object]]:
    """The columns of TOLD_APART, a row a candidate; ``hours``: replications down."""
    choose = odd(len(hours))
    chosen = chosen_apart(hours, range(len(hours)), highest=True)
    rows: list[dict[str, object]] = []
    for number, column in enumerate(hours.T):
        ours, theirs = t_interval(column[choose]), t_interval(column[~choose])
        rows.append(
            {
                "chosen": "yes" if chosen is not None and chosen.place == number else "",
                "odd_mean": ours.mean,
                "odd_replications": ours.count,
                "even_mean": theirs.mean,
                "even_low": theirs.low,
                "even_high": theirs.high,
                "even_replications": theirs.count,
            }
        )
    return rows
