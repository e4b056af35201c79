"""Fates: where the people are, day by day, who lost their provider in a failure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import BRIDGING, GONE, LOSSES, UNCOVERED, Ledger, Stage
from sim.outcomes.declaration import Column, Table

Columns = dict[str, NDArray[Any]]
DAYS = 91
STATES = ("without_cover", "bridged", "in_hospital", "served_again", "stopped_waiting", "ended")

FATES = Table(
    "fates",
    "Day by day after the first failure: where the people are who lost their provider then.",
    (
        Column("day_from_failure", "whole days since the failure", "days"),
        Column("without_cover", "at home without anybody to look after them", "people"),
        Column("bridged", "looked after by the in-house team", "people"),
        Column("in_hospital", "in hospital", "people"),
        Column("served_again", "served by a new provider", "people"),
        Column("stopped_waiting", "gone to residential care or another way", "people"),
        Column("ended", "no longer in need: died or recovered, or moved to a care home", "people"),
    ),
)


def fates(ledger: Ledger, failure_day: float) -> Columns:
    """The table FATES."""
    moved = ledger.columns("moved")
    lost = np.isin(moved["cause"], LOSSES) & (moved["day"] == failure_day)
    people = np.unique(moved["package"][lost])
    # A run that ends sooner shows fewer days, not days on which nothing is known.
    horizon = min(DAYS, int(ledger.day - failure_day) + 1)
    counts = np.zeros((horizon, len(STATES)))
    mine = np.isin(moved["package"], people) & (moved["day"] >= failure_day)
    for package in people:
        story = mine & (moved["package"] == package)
        days, stages = moved["day"][story] - failure_day, moved["stage"][story]
        # The latest move up to that moment: at the failure itself it may be a new provider's
        # already.
        at = np.searchsorted(days, np.arange(horizon), side="right") - 1
        states = [state_of(int(stages[i])) for i in at]
        counts[np.arange(horizon), states] += 1
    return {
        "day_from_failure": np.arange(horizon),
        **{state: counts[:, i] for i, state in enumerate(STATES)},
    }


def state_of(stage: int) -> int:
    """The place among STATES of somebody in a stage."""
    if stage in UNCOVERED:
        return STATES.index("without_cover")
    if stage in BRIDGING:
        return STATES.index("bridged")
    if stage == Stage.INTERRUPTED:
        return STATES.index("in_hospital")
    if stage in GONE:
        return STATES.index("stopped_waiting" if stage == Stage.WITHDRAWN else "ended")
    return STATES.index("served_again")
