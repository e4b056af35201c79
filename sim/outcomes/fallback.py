"""Outcomes of the fallback: what others could take on, month by month, if an area lost its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.ledger import Ledger
from sim.outcomes.adequacy import (
    PRINCIPAL,
    USUAL_STAFF_MOVE_SHARE,
    Fallback,
    absorbable,
    county_adequacy,
    erosion,
    fallback_of,
    month_starts,
)
from sim.outcomes.declaration import About
from sim.outcomes.histories import Floats
from sim.outcomes.registry import outcome
from sim.scenario import Scenario

SHOWN_PERCENT = f"{100 * USUAL_STAFF_MOVE_SHARE:.0f}"
IF_SOME_MOVE = f"if_{SHOWN_PERCENT}_percent_move"


@dataclass(frozen=True)
class FallbackMonths:
    """What others could do at the first moment of every month of a run."""

    ledger: Ledger
    scenario: Scenario

    @cached_property
    def years(self) -> Floats:
        """The year of each month."""
        return np.array([month.year for month in month_starts(self.scenario)[0]])

    @cached_property
    def fading(self) -> dict[str, Floats]:
        """What is left of teams without a contract of their own: the table EROSION."""
        return erosion(self.ledger, self.scenario, month_starts(self.scenario)[1])

    @cached_property
    def fallback(self) -> Fallback:
        """Who would stop in each area, and what the others could do."""
        return fallback_of(self.ledger, self.scenario, month_starts(self.scenario)[1])

    @property
    def held(self) -> Floats:
        """Hours a week that principals serve, by month and area."""
        return np.where(self.fallback.role == PRINCIPAL, self.fallback.at_stake, 0.0)

    def left_over(self, share: float) -> Floats:
        """Of these, what nobody would take on within 28 days; NaN without a principal."""
        held = self.held
        room = absorbable(self.fallback, self.scenario, share) + share * held
        return np.where(held > 0, np.maximum(0.0, held - room), np.nan)

    def adequacy(self, at_stake: Floats, share: float, year: int) -> float:
        """Adequacy over areas, weighted by hours at stake: mean of a year's months that know it."""
        room = absorbable(self.fallback, self.scenario, share)
        monthly = county_adequacy(at_stake, room, share)
        mine = monthly[(self.years == year) & np.isfinite(monthly)]
        return float(mine.mean()) if mine.size else np.nan


@outcome("share", about=About.FALLBACK, better="higher")
def carers_left(months: FallbackMonths) -> float:
    """Carers of teams without a contract, last month to first."""
    carers = months.fading["carers"]
    return float(carers[-1] / carers[0])


@outcome("share", about=About.FALLBACK, better="higher")
def room_left(months: FallbackMonths) -> float:
    """Hours such teams could take on within 28 days, last to first."""
    room = months.fading["absorbable"]
    return float(room[-1] / max(1.0, room[0]))


@outcome("share", about=About.FALLBACK, better="higher")
def adequacy_of_principals_2026(months: FallbackMonths) -> float:
    """Hours of all principals that others would take on, 2026."""
    return months.adequacy(months.held, months.scenario.failure.staff_move_share, 2026)


@outcome("share", about=About.FALLBACK, better="higher")
def adequacy_of_principals_last_year(months: FallbackMonths) -> float:
    """Hours of all principals that others would take on, last year."""
    share = months.scenario.failure.staff_move_share
    return months.adequacy(months.held, share, int(months.years[-1]))


@outcome(
    "share",
    about=About.FALLBACK,
    better="higher",
    name=f"adequacy_of_principals_last_year_{IF_SOME_MOVE}",
    meaning=f"the same, last year, if {SHOWN_PERCENT} % of carers move",
)
def adequacy_of_principals_at_usual_share(months: FallbackMonths) -> float:
    """Adequacy of principals in the last year, whatever share the scenario has."""
    return months.adequacy(months.held, USUAL_STAFF_MOVE_SHARE, int(months.years[-1]))


@outcome(
    "share",
    about=About.FALLBACK,
    better="higher",
    name=f"adequacy_of_all_areas_last_year_{IF_SOME_MOVE}",
    meaning="share of the hours of an area's principal, or largest provider, that others would "
    f"take on within 28 days if {SHOWN_PERCENT} % of its carers moved, last year",
)
def adequacy_of_all_areas(months: FallbackMonths) -> float:
    """Adequacy of every area, so that counties without principals can be held against others."""
    stake = months.fallback.at_stake
    return months.adequacy(stake, USUAL_STAFF_MOVE_SHARE, int(months.years[-1]))
