"""Outcomes of a contingency: one provider fails on one date, beside the same run without it.

All are read over the days that are looked at, from the day of the failure or of its notice on. A
name without days is read over as many as the question looks at (``stress --days``); the manifest
says how many.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.ledger import Ledger
from sim.outcomes.accounts import PENCE
from sim.outcomes.declaration import About
from sim.outcomes.failures import FirstFailure
from sim.outcomes.histories import Spells, spells
from sim.outcomes.registry import outcome
from sim.outcomes.resilience import areas_hit, compared, cover_without, failure_days, response
from sim.outcomes.stopped import hours_without_care
from sim.scenario import Scenario

HALF_A_YEAR_DAYS, A_YEAR_DAYS = 182, 365


@dataclass(frozen=True)
class Without:
    """The run in which nobody fails."""

    ledger: Ledger
    histories: Spells


@dataclass(frozen=True)
class Contingency:
    """A run in which a provider fails, the run without it, and the period that is looked at."""

    scenario: Scenario
    ledger: Ledger
    without: Without
    provider: str
    begins: float
    ends: float

    @cached_property
    def histories(self) -> Spells:
        """What becomes of people in the run with the failure."""
        return spells(self.ledger)

    @cached_property
    def areas(self) -> list[int]:
        """The areas hit; none if the provider has nobody and no contract there."""
        tier = self.scenario.commissioning.principal_tier
        return areas_hit(self.ledger, self.failure_day, self._number, tier)

    @property
    def _number(self) -> int:
        return self.ledger.labels.providers.index(self.provider)

    @property
    def failure_day(self) -> float:
        """When it really stops: after its notice."""
        found = failure_days(self.ledger)
        days = [d for d, who in found if who == self._number and self.begins <= d < self.ends]
        return days[0] if days else self.begins

    @cached_property
    def failure(self) -> FirstFailure | None:
        """Its people and the response in the areas hit; None if there are none."""
        if not self.areas:
            return None
        after = response(self.ledger, self.histories, self.failure_day, self.areas)
        usual = cover_without(after, self.without.ledger, self.without.histories)
        return FirstFailure(self.ledger, compared(after, usual))

    def added_hours(self, areas: list[int]) -> float:
        """Hours uncovered or missed in these areas, beyond those of the run without it."""
        edges = np.array([self.begins, self.ends])
        now = hours_without_care(self.ledger, areas, edges, self.histories)
        usual = hours_without_care(self.without.ledger, areas, edges, self.without.histories)
        return float((now - usual)[0])


@outcome(
    "hours",
    about=About.CONTINGENCY,
    better="lower",
    meaning="hours of care uncovered or missed in the areas hit in the days looked at, beyond "
    "those of the same market without the failure",
)
def added_hours_in_areas_hit(contingency: Contingency) -> float:
    """Hours added where it was principal, or where its people lived; NaN if nobody was."""
    return contingency.added_hours(contingency.areas) if contingency.areas else np.nan


@outcome("hours", about=About.CONTINGENCY, better="lower")
def added_hours_in_county(contingency: Contingency) -> float:
    """The same hours in the whole county in the days looked at."""
    return contingency.added_hours(list(range(len(contingency.ledger.labels.areas))))


def _added_hours_within(days: int, called: str, words: str) -> None:
    """The same again under a name that says how long, for questions that look so long."""

    def added(contingency: Contingency) -> float:
        length = contingency.ends - contingency.begins
        if length > days:
            raise ValueError(f"{called} of {length:g} days: it is declared for {days} at most")
        return added_hours_in_county(contingency)

    outcome(
        "hours",
        about=About.CONTINGENCY,
        better="lower",
        name=called,
        meaning=f"hours of care uncovered or missed in the county within {words} of a failure, "
        "beyond those of the same market without it",
    )(added)


_added_hours_within(HALF_A_YEAR_DAYS, "added_hours_in_county_in_182_days", "half a year")
_added_hours_within(A_YEAR_DAYS, "added_hours_in_county_in_a_year", "a year")


@outcome("GBP", about=About.CONTINGENCY)
def added_spend_gbp(contingency: Contingency) -> float:
    """What the council pays more in the days looked at than without the failure."""
    one = contingency
    return spent(one.ledger, one.begins, one.ends) - spent(one.without.ledger, one.begins, one.ends)


def spent(ledger: Ledger, begins: float, ends: float) -> float:
    """What the council pays for home care in a period, settlements that fall in it."""
    paid = ledger.columns("paid")
    # A settlement falls on the morning after its four weeks, a period's last edge included.
    mine = (paid["day"] > begins) & (paid["day"] <= ends)
    return float(paid["amount"][mine].sum()) / PENCE
