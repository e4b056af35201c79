"""Resilience after a failure: how low cover falls, and when it is back.

Service level = covered / needed hours, day by day, of the areas in which the people concerned live;
care is covered while it is in service or bridged and nobody misses the visits. It is always read
beside the same market without the failure. Robustness is the lowest level, and the largest gap to
the market without it; care is back at 95% (99%) on the first of 28 days running on which the
level is at least 95% (99%) of that market's (rapidity; Bruneau et al 2003). The area of the
resilience triangle is the harm of :mod:`sim.outcomes.account`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.ledger import COVERED, UNCOVERED, Ledger
from sim.outcomes.account import HEADLINE_DAYS, Account
from sim.outcomes.histories import Flags, Floats, Spells, spell_averages
from sim.outcomes.strain import hours_by_area

DAYS_BEFORE = 28
DAYS_AFTER = 365
RUNNING_DAYS = 28
"""How long cover must hold without a break to be back."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Covered and needed hours a week, day by day."""

    covered: Floats
    needed: Floats

    @property
    def level(self) -> Floats:
        """Covered / needed hours."""
        # Where nothing is needed nothing is covered: 0 there, not a division by nothing.
        return self.covered / np.maximum(self.needed, 1e-9)


@dataclass(frozen=True, slots=True)
class Response:
    """The service level around a failure, and without it. ``days`` count from when care stops.

    ``last_day``: where the last day ends.
    """

    areas: tuple[str, ...]
    days: Floats
    last_day: float
    service_level: Floats
    without_failure: Floats

    @property
    def _looked_at(self) -> Flags:
        """The days on which the lowest level and the largest gap are looked for."""
        days: Flags = (self.days >= 0) & (self.days < HEADLINE_DAYS)
        return days

    @property
    def lowest(self) -> float:
        """The lowest level within 91 days, or as many as are known; NaN if none is."""
        levels = self.service_level[self._looked_at]
        return float(levels.min()) if levels.size else np.nan

    @property
    def largest_gap(self) -> float:
        """By how much cover is lower than without the failure, on the worst of these days."""
        gaps = (self.without_failure - self.service_level)[self._looked_at]
        return float(gaps.max()) if gaps.size else np.nan

    def days_back(self, share: float, within: float = DAYS_AFTER) -> float:
        """Days until cover is back at a share of the market without the failure.

        Infinite if it is not back within so many days, NaN if the run ends before that is known.
        """
        later = self.days >= 0
        found = days_until_back(
            self.days[later], self.service_level[later], share * self.without_failure[later]
        )
        if found <= within:
            return found
        return np.inf if self.knows(within) else np.nan

    def knows(self, within: float) -> bool:
        """Whether the run goes on long enough to know what is back within so many days."""
        return self.last_day >= within + RUNNING_DAYS


def response(account: Account) -> Response:
    """The service level in the areas of the people concerned, with the failures and without."""
    stops, last = account.stops, min(account.known_to, account.stops + DAYS_AFTER + RUNNING_DAYS)
    first = max(0.0, account.announced - DAYS_BEFORE)
    # Care may stop between two mornings: its moment must be an edge, or days would mix.
    edges = np.unique(np.append(np.arange(first, last, 1.0), [stops, last]))
    with_it, without = (
        cover(one.ledger, one.histories, account.areas, edges).level
        for one in (account.market, account.without)
    )
    codes = account.market.ledger.labels.areas
    return Response(
        tuple(codes[area] for area in account.areas),
        edges[:-1] - stops,
        float(last - stops),
        with_it,
        without,
    )


def cover(ledger: Ledger, histories: Spells, areas: Sequence[int], edges: Floats) -> Cover:
    """Covered and needed hours a week in ``areas``, day by day."""
    kept = histories.where(np.isin(histories.area, areas))
    missed = hours_by_area(ledger, "strained", "missed", edges)[:, list(areas)].sum(axis=1)
    served = _hours(kept.where(kept.in_stage(*COVERED)), edges)
    needed = served + _hours(kept.where(kept.in_stage(*UNCOVERED)), edges)
    return Cover(served - missed, needed)


def _hours(kept: Spells, edges: Floats) -> Floats:
    group = np.zeros(kept.package.size, dtype=np.int64)
    column: Floats = spell_averages(kept, kept.minutes / 60, group, 1, edges)[:, 0]
    return column


def days_until_back(days: Floats, level: Floats, wanted: Floats) -> float:
    """The first day of 28 running with a level of at least the one wanted; NaN if there is none.

    ``days``: on which each level begins; a day's level holds until the next one.
    """
    run_begins = np.nan
    for day, reached in zip(days.tolist(), (level >= wanted).tolist(), strict=True):
        if not reached:
            run_begins = np.nan
        elif np.isnan(run_begins):
            run_begins = day
        if day - run_begins >= RUNNING_DAYS - 1:
            return float(run_begins)
    return float("nan")
