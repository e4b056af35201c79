"""What a strained market does to people: care missed, moves, delays, care homes."""

from __future__ import annotations

from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import DAYS_PER_YEAR
from sim.ledger import Cause, Stage
from sim.outcomes.declaration import Outcome
from sim.outcomes.histories import Flags
from sim.outcomes.weekly import Weeks, delayed
from sim.vocabulary import HARMFUL

Columns = dict[str, NDArray[Any]]
PER_YEAR = "hours/year"

HARM = (
    Outcome(
        "missed_hours_per_year",
        "visits of packages in service that nobody makes, because carers fall short",
        PER_YEAR,
        "lower",
    ),
    Outcome("overtime_hours_per_year", "worked in overtime", PER_YEAR, "lower"),
    Outcome(
        "uncovered_critical_hours_per_year",
        "care with critical visits that nobody gives: no provider, no bridging, or visits missed",
        PER_YEAR,
        "lower",
    ),
    Outcome(
        "delayed_discharge_days_per_year",
        "days in which people who could leave hospital have nobody to look after them at home",
        "days/year",
        "lower",
    ),
    Outcome(
        "to_residential_care_per_year",
        "people who move to residential care because they wait too long",
        "people/year",
        "lower",
    ),
    Outcome(
        "hand_backs_per_year",
        "packages of which a provider gives notice",
        "packages/year",
        "lower",
    ),
    Outcome(
        "hand_backs_uncovered_per_year",
        "of these, without another provider when the notice is over",
        "packages/year",
        "lower",
    ),
    Outcome(
        "changes_of_provider_per_100_years",
        "changes of provider, per 100 years of people in service",
        "changes/100 person-years",
        "lower",
    ),
    Outcome(
        "vulnerable_moved_per_year",
        "changes of provider of people whom a change harms",
        "changes/year",
        "lower",
    ),
    Outcome(
        "no_reablement_referrals_per_year",
        "people referred who would have managed with the reablement that bridging displaced",
        "people/year",
        "lower",
    ),
    Outcome("closures_per_year", "providers that close", "providers/year", "lower"),
    Outcome(
        "shortfalls_per_year",
        "suspensions, losses of carers and stops of recruiting",
        "events/year",
        "lower",
    ),
)


def harm_figures(weeks: Weeks, by_area: Columns) -> dict[str, float]:
    """Figures of HARM, per year of the run."""
    ledger = weeks.ledger
    years = float(weeks.edges[-1]) / DAYS_PER_YEAR
    moved, traded = ledger.columns("moved"), ledger.columns("traded")
    cause, running = moved["cause"], moved["day"] >= 0

    def hours(*columns: str) -> float:
        return fsum(float((by_area[name] * by_area["days"]).sum()) / 7 for name in columns) / years

    def count(*wanted: Cause, stage: Stage | None = None) -> float:
        keep = running & np.isin(cause, wanted)
        if stage is not None:
            keep &= moved["stage"] == stage
        return float(keep.sum()) / years

    changes = changes_of_provider(weeks)
    person_years = days_of(weeks, weeks.spells.in_stage(Stage.IN_SERVICE)) / DAYS_PER_YEAR
    harmful = traded["day"] >= 0
    closed = traded["cause"] == Cause.CLOSED
    short = np.isin(traded["cause"], [c for c in HARMFUL if c is not Cause.CLOSED])
    return {
        "missed_hours_per_year": hours("missed_hours"),
        "overtime_hours_per_year": hours("overtime_hours"),
        "uncovered_critical_hours_per_year": hours(
            "uncovered_critical_hours", "missed_critical_hours"
        ),
        "delayed_discharge_days_per_year": days_of(weeks, delayed(weeks)) / years,
        "to_residential_care_per_year": count(Cause.TO_RESIDENTIAL_CARE, stage=Stage.WITHDRAWN),
        "hand_backs_per_year": count(Cause.HAND_BACK_NOTICE),
        "hand_backs_uncovered_per_year": count(Cause.HANDED_BACK),
        "changes_of_provider_per_100_years": 100 * float(changes.sum()) / max(person_years, 1e-9),
        "vulnerable_moved_per_year": float((changes & weeks.vulnerable).sum()) / years,
        "no_reablement_referrals_per_year": count(Cause.REABLEMENT_NOT_DONE),
        "closures_per_year": float((harmful & closed).sum()) / years,
        "shortfalls_per_year": float((harmful & short).sum()) / years,
    }


def days_of(weeks: Weeks, keep: Flags) -> float:
    """Days of the spells that a condition keeps, from the first day on."""
    s = weeks.spells
    return float((s.end[keep] - np.maximum(s.start[keep], 0.0)).clip(min=0.0).sum())


def changes_of_provider(weeks: Weeks) -> Flags:
    """Spells in which a person begins to be served by another provider than the last one."""
    s = weeks.spells
    owner = np.array([*weeks.ledger.labels.branch_provider, -1])
    served = np.flatnonzero(s.in_stage(Stage.IN_SERVICE))
    package, provider = s.package[served], owner[s.branch[served]]
    changed = np.zeros(s.package.size, dtype=bool)
    if served.size:
        again = np.append(False, package[1:] == package[:-1])
        other = np.append(False, provider[1:] != provider[:-1])
        changed[served[again & other]] = True
    return changed & (s.start >= 0)
