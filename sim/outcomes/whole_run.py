"""A whole run as outcomes see it: its facts, and the weekly tables, each made once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import DAYS_PER_WEEK, DAYS_PER_YEAR
from sim.ledger import Ledger
from sim.outcomes import roles, weekly
from sim.outcomes.histories import Floats
from sim.outcomes.weekly import Weeks
from sim.scenario import Scenario

Columns = dict[str, NDArray[Any]]
YEAR_WEEKS = 52


@dataclass(frozen=True)
class WholeRun:
    """A run from its first day to its last, and the years at its ends."""

    weeks: Weeks

    @property
    def ledger(self) -> Ledger:
        """The facts."""
        return self.weeks.ledger

    @property
    def scenario(self) -> Scenario:
        """What the run was given."""
        return self.weeks.scenario

    @cached_property
    def by_area(self) -> Columns:
        """The table of weeks and areas."""
        return weekly.by_area(self.weeks)

    @cached_property
    def by_tier(self) -> Columns:
        """The table of weeks, areas and tiers."""
        return weekly.by_tier(self.weeks)

    @cached_property
    def by_role(self) -> Columns:
        """The table of weeks, areas and standings of teams."""
        return roles.by_role(self.weeks)

    @property
    def first(self) -> slice:
        """The first 52 weeks."""
        return slice(0, YEAR_WEEKS)

    @property
    def last(self) -> slice:
        """The last 52 whole weeks."""
        edges, count = self.weeks.edges, self.weeks.count
        # A run seldom ends on a week's edge; a stump of a week would weigh as a whole one.
        short = edges[-1] - edges[-2] < DAYS_PER_WEEK and count > 1
        whole = count - 1 if short else count
        return slice(max(0, whole - YEAR_WEEKS), whole)

    @property
    def years(self) -> float:
        """Length of the run in years."""
        return float(self.weeks.edges[-1]) / DAYS_PER_YEAR

    def weekly_sum(self, column: str, table: Columns | None = None) -> Floats:
        """A column week by week, summed over areas (and tiers)."""
        found = self.by_area if table is None else table
        sums: Floats = found[column].reshape(self.weeks.count, -1).sum(axis=1)
        return sums

    def mean(self, column: str, part: slice, table: Columns | None = None) -> float:
        """Mean of a column over some weeks, summed over areas (and tiers)."""
        series = self.weekly_sum(column, table)
        return float(np.average(series[part], weights=np.diff(self.weeks.edges)[part]))


def ratio(part: float, whole: float) -> float:
    """Part / whole; not a number where there is nothing."""
    return float(part / whole) if whole > 0 else np.nan
