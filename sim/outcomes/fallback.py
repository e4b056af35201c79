"""Outcomes of the fallback: what others could take on, month by month, if a principal closed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.ledger import Ledger
from sim.outcomes.adequacy import (
    USUAL_STAFF_MOVE_SHARE,
    Fallback,
    absorbable,
    companies_of,
    county_adequacy,
    erosion,
    fallback_of,
    month_starts,
    weighted,
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

    def companies(self, share: float) -> tuple[Floats, Floats]:
        """Hours a week that principal providers serve, and N-1 of each, by month and provider.

        Each closes as a company, everywhere it works; ``share`` of its carers move.
        """
        days, shares = month_starts(self.scenario)[1], np.array([share])
        found = companies_of(self.ledger, self.scenario, days, shares)
        stake = np.where(found.held, found.at_stake.sum(axis=2), 0.0)
        return stake, found.n_minus_1(shares)[0]

    def left_over(self, share: float) -> Floats:
        """Hours a week without care if each closed, by month and provider; NaN: no principal."""
        stake, n_minus_1 = self.companies(share)
        return np.where(stake > 0, stake * (1 - n_minus_1), np.nan)

    def principals(self, share: float, year: int) -> float:
        """N-1 of all principal providers, weighted by hours: mean of the months that know it."""
        return self.in_year(weighted(*self.companies(share)), year)

    def adequacy(self, at_stake: Floats, share: float, year: int) -> float:
        """Adequacy over areas, weighted by hours at stake: mean of a year's months that know it."""
        room = absorbable(self.fallback, self.scenario, share)
        return self.in_year(county_adequacy(at_stake, room, share), year)

    def in_year(self, monthly: Floats, year: int) -> float:
        """Mean of the months of a year that have a value."""
        mine = monthly[(self.years == year) & np.isfinite(monthly)]
        return float(mine.mean()) if mine.size else np.nan


@outcome("share", about=About.FALLBACK, better="higher")
def carers_left(months: FallbackMonths) -> float:
    """Carers of teams without a contract of their own, last month as a share of the first."""
    carers = months.fading["carers"]
    return float(carers[-1] / carers[0])


@outcome("share", about=About.FALLBACK, better="higher")
def room_left(months: FallbackMonths) -> float:
    """Hours that such teams could take on within 28 days, last month as a share of the first."""
    room = months.fading["absorbable"]
    return float(room[-1] / max(1.0, room[0]))


@outcome("share", about=About.FALLBACK, better="higher")
def adequacy_of_principals_2026(months: FallbackMonths) -> float:
    """Share of a closed principal provider's care that is available four weeks later (N-1
    adequacy), mean over principal providers weighted by hours, 2026."""
    return months.principals(months.scenario.failure.staff_move_share, 2026)


@outcome("share", about=About.FALLBACK, better="higher")
def adequacy_of_principals_last_year(months: FallbackMonths) -> float:
    """Share of a closed principal provider's care that is available four weeks later (N-1
    adequacy), mean over principal providers weighted by hours, last year."""
    share = months.scenario.failure.staff_move_share
    return months.principals(share, int(months.years[-1]))


@outcome(
    "share",
    about=About.FALLBACK,
    better="higher",
    name=f"adequacy_of_principals_last_year_{IF_SOME_MOVE}",
    meaning="mean N-1 adequacy of principal providers, weighted by hours, last year, if "
    f"{SHOWN_PERCENT}% of carers move",
)
def adequacy_of_principals_at_usual_share(months: FallbackMonths) -> float:
    """Adequacy of principal providers in the last year, whatever share the scenario has."""
    return months.principals(USUAL_STAFF_MOVE_SHARE, int(months.years[-1]))


@outcome(
    "share",
    about=About.FALLBACK,
    better="higher",
    name=f"adequacy_of_all_areas_last_year_{IF_SOME_MOVE}",
    meaning="mean N-1 adequacy of all areas if only the team of one area stops (its principal "
    f"provider's, or the largest), weighted by hours, last year, if {SHOWN_PERCENT}% of "
    "its carers move",
)
def adequacy_of_all_areas(months: FallbackMonths) -> float:
    """Adequacy of every area, so that counties without principal providers can be compared."""
    stake = months.fallback.at_stake
    return months.adequacy(stake, USUAL_STAFF_MOVE_SHARE, int(months.years[-1]))
