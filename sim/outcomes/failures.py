"""Outcomes of a run's first failure: the people who lost their provider then, and the response."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import Cause, Ledger
from sim.outcomes import events
from sim.outcomes.declaration import About
from sim.outcomes.registry import outcome
from sim.outcomes.resilience import Response, failure_days

Columns = dict[str, NDArray[Any]]
ADDED_HOURS = "added_hours_in_areas_hit_in_a_year"


@dataclass(frozen=True)
class FirstFailure:
    """The facts of a run, and the response to its first failure."""

    ledger: Ledger
    after: Response

    @cached_property
    def displaced(self) -> Columns:
        """The people displaced by it. Packages handed back on that day are none of them."""
        table = events.displacements(self.ledger)
        ours = (table["day"] == self.after.failure_day) & (table["why"] != "handed_back")
        return {name: column[ours] for name, column in table.items()}

    @property
    def people(self) -> int:
        """How many they are."""
        return int(self.displaced["day"].size)

    def total(self, column: str) -> float:
        """A column of theirs, added up."""
        return float(self.displaced[column].sum()) if self.people else 0.0

    def served_again(self, days: float) -> float:
        """Share of them in service with a new provider within so many days; NaN of nobody."""
        waited = self.displaced["days_to_service"].astype(float)
        return float((waited <= days).mean()) if self.people else np.nan


@outcome("people", about=About.FAILURE, better="higher")
def handed_over_people(failure: FirstFailure) -> float:
    """People handed to a new provider without a gap while theirs worked out its notice."""
    ledger, after = failure.ledger, failure.after
    failing = {who for day, who in failure_days(ledger) if day == after.failure_day}
    noticed = days_of_notice(ledger, failing, after.failure_day)
    if not noticed:
        return 0.0
    moved = ledger.columns("moved")
    owner = np.array([*ledger.labels.branch_provider, -1])
    order = np.argsort(moved["package"], kind="stable")
    before = np.append(-1, moved["branch"][order][:-1])
    left = np.empty(before.size, dtype=np.int64)
    left[order] = owner[before]
    over = (moved["cause"] == Cause.HANDED_OVER) & np.isin(left, list(failing))
    during = (moved["day"] >= max(noticed)) & (moved["day"] <= after.failure_day)
    return float((over & during).sum())


def days_of_notice(ledger: Ledger, failing: set[int], failure_day: float) -> list[float]:
    """When providers gave notice, or their contracts were tendered, before they failed."""
    given = [
        day
        for day, provider, _, cause in ledger.rows("traded")
        if cause == Cause.NOTICE_GIVEN and provider in failing and day < failure_day
    ]
    tendered = [
        day
        for day, branch, _, _, cause in ledger.rows("contracted")
        if cause == Cause.TENDERED
        and ledger.labels.branch_provider[int(branch)] in failing
        and day < failure_day
    ]
    return given + tendered


@outcome("people", about=About.FAILURE, better="lower")
def displaced_people(failure: FirstFailure) -> float:
    """People whose provider stopped while it served or held them."""
    return float(failure.people)


@outcome("hours/week", about=About.FAILURE, better="lower")
def displaced_hours(failure: FirstFailure) -> float:
    """Hours of the people whose provider stopped."""
    return failure.total("hours")


@outcome("people", about=About.FAILURE, better="lower")
def displaced_vulnerable(failure: FirstFailure) -> float:
    """Vulnerable people whose provider stopped."""
    return failure.total("vulnerable")


@outcome("share", about=About.FAILURE, better="higher")
def served_again_in_7_days(failure: FirstFailure) -> float:
    """Share of displaced people in service with a new provider in 7 days."""
    return failure.served_again(7)


@outcome("share", about=About.FAILURE, better="higher")
def served_again_in_28_days(failure: FirstFailure) -> float:
    """Share of displaced people in service with a new provider in 28 days."""
    return failure.served_again(28)


@outcome("hours", about=About.FAILURE, better="lower")
def displaced_uncovered_hours(failure: FirstFailure) -> float:
    """Hours of care that displaced people missed."""
    return failure.total("uncovered_hours")


@outcome("people", about=About.FAILURE, better="lower")
def displaced_to_residential_care(failure: FirstFailure) -> float:
    """Displaced people who moved to residential care while they waited."""
    return float((failure.displaced["outcome"] == "to_residential_care").sum())


@outcome("share", about=About.FAILURE, better="higher")
def service_level_before(failure: FirstFailure) -> float:
    """Covered / needed hours in the areas hit, 28 days before."""
    return failure.after.level_before


@outcome("share", about=About.FAILURE, better="higher")
def service_level_lowest(failure: FirstFailure) -> float:
    """Robustness: lowest covered / needed hours in the areas hit."""
    return failure.after.robustness


@outcome("days", about=About.FAILURE, better="lower")
def days_to_95(failure: FirstFailure) -> float:
    """Days until back at 95 % of the level before; not known if it is not back by then."""
    return failure.after.days_to_95


@outcome("days", about=About.FAILURE, better="lower")
def days_to_99(failure: FirstFailure) -> float:
    """Days until back at 99 % of the level before; not known if it is not back by then."""
    return failure.after.days_to_99


@outcome("hours", about=About.FAILURE, better="lower")
def loss_hours(failure: FirstFailure) -> float:
    """Hours of care below the level before, until back at 99 %."""
    return failure.after.loss_hours


@outcome(
    "hours",
    about=About.FAILURE,
    better="lower",
    name=ADDED_HOURS,
    meaning="hours of care uncovered or missed within a year in the areas hit, beyond those of "
    "the same market without the failure",
)
def added_hours(failure: FirstFailure) -> float:
    """Hours uncovered or missed because of it, from the day on which the provider stops."""
    return failure.after.added_hours


@outcome("people", about=About.FAILURE, name="picked_up_by_{tier}")
def picked_up(failure: FirstFailure, tier: str) -> float:
    """Displaced people taken over under the tier."""
    return float((failure.displaced["new_tier"] == tier).sum())
