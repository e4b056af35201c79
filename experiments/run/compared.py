"""Notices and responses to one closure, compared: what is asked for, and what is found.

All arms are branches of one history, so what differs between them is the notice, the response or
the carers who come. Hours are counted over one window, from the announcement to 91 days after the
end of the longest notice; gaps and recovery from the day on which care stops.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.run.account import Arms
from experiments.run.arms import NOTHING, Arm, Compared, Way
from experiments.run.tables import COMPARED
from experiments.statistics.intervals import t_interval
from sim.outcomes.account import HEADLINE_DAYS
from sim.outcomes.histories import Floats
from sim.vocabulary import RESPONSES, ResponseKind

PARTS = ("direct", "indirect")
"""The parts of a window, in their order."""
BESIDE = (
    "alone_1_day",
    "alone_3_days",
    "alone_7_days",
    "in_danger_alone_3_days",
    "handed_over_late",
    "response_cost",
)
"""Outcomes that stand beside the hours, as means."""


def compared_of(told: Arms) -> Compared:
    """What was compared, from the arms."""
    rows = [arm.failures[0] for arm in told.of(Way.COMPARED)]
    if not rows:
        return NOTHING
    shared = {arm.failures[0].response for arm in told.of(Way.COMPARED) if arm.share is not None}
    plain = {arm.failures[0].notice_days for arm in told.of(Way.COMPARED) if arm.share is None}
    return Compared(tuple(sorted(plain)), tuple(code for code in RESPONSES if code in shared))


def hours(told: Arms, arm: Arm, whose: str = "total") -> Floats:
    """Hours added over the window, replication by replication: direct, indirect or total."""
    found = np.array(list(told.windows.get(arm.name, {}).values())).reshape(-1, 2)
    kept: Floats = found.sum(axis=1) if whose == "total" else found[:, PARTS.index(whose)]
    return kept


def table(told: Arms) -> pd.DataFrame:
    """The table COMPARED."""
    rows = [_row(told, arm) for arm in told.of(Way.COMPARED)]
    return pd.DataFrame(rows, columns=[column.name for column in COMPARED.columns])


def _row(told: Arms, arm: Arm) -> tuple[object, ...]:
    (row,) = arm.failures
    ends: list[float] = []
    for whose in ("direct", "indirect", "total"):
        found = t_interval(hours(told, arm, whose))
        ends += [found.mean, found.low, found.high]
    beside = [_mean(told.figures(arm.name, name)) for name in BESIDE]
    middle = median_days_back(told, arm)
    return (
        arm.name, row.notice_days, row.response, np.nan if arm.share is None else arm.share,
        arm.window_days, *ends, *beside, row.notice_days + middle, len(told.found[arm.name]),
    )  # fmt: skip


def median_days_back(told: Arms, arm: Arm) -> float:
    """Median days after care stops until cover is back at 95%; infinite beyond 91 days."""
    back = [one.response.days_back(0.95, HEADLINE_DAYS) for one in told.found[arm.name].values()]
    return float(np.median(back)) if back else np.nan


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan


def arms_with(told: Arms, responses: Sequence[ResponseKind], *, shared: bool) -> list[Arm]:
    """Compared arms of some responses: at shares of carers, or as the scenario has it."""
    return [
        arm
        for arm in told.of(Way.COMPARED)
        if arm.failures[0].response in responses and (arm.share is not None) == shared
    ]
