"""Strain: overtime and missed visits of teams, as step functions by area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import Ledger, order_of
from sim.outcomes.histories import Floats, Ints, step_averages


@dataclass(frozen=True, slots=True)
class Steps:
    """Changes of a level: when, of which team, by how much."""

    days: Floats
    branch: Ints
    change: Floats


def steps(facts: dict[str, NDArray[Any]], name: str) -> Steps:
    """A level that facts tell anew for a team each time, as changes."""
    order = order_of(facts["branch"])
    branch, level = facts["branch"][order], facts[name][order].astype(float)
    before = np.append(0.0, level[:-1]) if level.size else level
    # The first level of a team is a rise from nothing, not from the team before it in the table.
    before[np.append(True, branch[1:] != branch[:-1])[: branch.size]] = 0.0
    return Steps(facts["day"][order], branch, level - before)


def hours_by_area(ledger: Ledger, fact: str, name: str, edges: Floats) -> Floats:
    """Mean hours a week of a team's level, period by period, summed by area."""
    told = steps(ledger.columns(fact), name)
    areas = np.array(ledger.labels.branch_area, dtype=np.int64)
    count = len(ledger.labels.areas)
    return step_averages(told.days, told.change / 60, areas[told.branch], count, edges)


def by_branch(ledger: Ledger, fact: str, name: str, edges: Floats) -> Floats:
    """Mean level of each team, period by period."""
    told = steps(ledger.columns(fact), name)
    return step_averages(told.days, told.change, told.branch, len(ledger.labels.branches), edges)
