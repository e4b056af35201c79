"""What a strained market does to people: care missed, moves, delays, care homes."""

from __future__ import annotations

from math import fsum

import numpy as np

from sim.clock import DAYS_PER_WEEK, DAYS_PER_YEAR
from sim.ledger import Cause, Stage
from sim.outcomes.declaration import About
from sim.outcomes.histories import Flags
from sim.outcomes.payers import has_figures, of_the_council
from sim.outcomes.registry import outcome
from sim.outcomes.weekly import Weeks, delayed
from sim.outcomes.whole_run import WholeRun
from sim.vocabulary import HARMFUL

PER_YEAR = "hours/year"


@outcome(PER_YEAR, about=About.RUN, better="lower")
def missed_hours_per_year(run: WholeRun) -> float:
    """Hours of visits in service that are missed because carers are short."""
    return hours_a_year(run, "missed_hours")


@outcome(PER_YEAR, about=About.RUN, better="lower")
def overtime_hours_per_year(run: WholeRun) -> float:
    """Hours worked in overtime."""
    return hours_a_year(run, "overtime_hours")


@outcome(PER_YEAR, about=About.RUN, better="lower")
def uncovered_critical_hours_per_year(run: WholeRun) -> float:
    """Hours of care with critical visits that nobody provides: there is no provider and no
    bridging, or visits are missed."""
    return hours_a_year(run, "uncovered_critical_hours", "missed_critical_hours")


@outcome(PER_YEAR, about=About.RUN, better="lower")
def self_funders_uncovered_hours_per_year(run: WholeRun) -> float:
    """Hours of care that people who pay for their own care miss after their provider has closed."""
    if not has_figures(run.ledger):
        return np.nan
    return hours_a_year(run, "self_funders_uncovered_hours")


@outcome("days/year", about=About.RUN, better="lower")
def delayed_discharge_days_per_year(run: WholeRun) -> float:
    """Days that people stay in hospital only because there is no care for them at home."""
    return days_of(run.weeks, delayed(run.weeks)) / run.years


@outcome("people/year", about=About.RUN, better="lower")
def to_residential_care_per_year(run: WholeRun) -> float:
    """People who move to residential care because they wait too long."""
    return moves_a_year(run, Cause.TO_RESIDENTIAL_CARE, Stage.WITHDRAWN)


@outcome("packages/year", about=About.RUN, better="lower")
def hand_backs_per_year(run: WholeRun) -> float:
    """Packages of which a provider gives notice."""
    return moves_a_year(run, Cause.HAND_BACK_NOTICE)


@outcome("packages/year", about=About.RUN, better="lower")
def hand_backs_uncovered_per_year(run: WholeRun) -> float:
    """Packages handed back that have no other provider when the notice ends."""
    return moves_a_year(run, Cause.HANDED_BACK)


@outcome("changes/100 person-years", about=About.RUN, better="lower")
def changes_of_provider_per_100_years(run: WholeRun) -> float:
    """Changes of provider, per 100 years of people in service."""
    weeks = run.weeks
    served = days_of(weeks, weeks.spells.in_stage(Stage.IN_SERVICE)) / DAYS_PER_YEAR
    return 100 * float(changes_of_provider(weeks).sum()) / max(served, 1e-9)


@outcome("changes/year", about=About.RUN, better="lower")
def vulnerable_moved_per_year(run: WholeRun) -> float:
    """Changes of provider of vulnerable people, whom a change harms."""
    return float((changes_of_provider(run.weeks) & run.weeks.vulnerable).sum()) / run.years


@outcome("people/year", about=About.RUN, better="lower")
def no_reablement_referrals_per_year(run: WholeRun) -> float:
    """People referred who would have managed without care after the reablement that bridging
    displaced."""
    return moves_a_year(run, Cause.REABLEMENT_NOT_DONE)


@outcome("carers/year", about=About.RUN)
def carers_lent_per_year(run: WholeRun) -> float:
    """Moves of carers between teams of one provider: lent, returned, or lent to an area that has
    lost its principal provider."""
    staffed = run.ledger.columns("staffed")
    came = (staffed["cause"] == Cause.SECONDED) & (staffed["change"] > 0) & (staffed["day"] >= 0)
    return float(came.sum()) / run.years


@outcome("providers/year", about=About.RUN, better="lower")
def closures_per_year(run: WholeRun) -> float:
    """Providers that close."""
    return events_a_year(run, Cause.CLOSED)


@outcome("events/year", about=About.RUN, better="lower")
def shortfalls_per_year(run: WholeRun) -> float:
    """Suspensions, losses of carers and stops of recruiting."""
    return events_a_year(run, *(cause for cause in HARMFUL if cause is not Cause.CLOSED))


def hours_a_year(run: WholeRun, *columns: str) -> float:
    """Hours a year of columns of the weekly table, added up."""
    table = run.by_area
    told = (float((table[name] * table["days"]).sum()) / DAYS_PER_WEEK for name in columns)
    return fsum(told) / run.years


def moves_a_year(run: WholeRun, cause: Cause, stage: Stage | None = None) -> float:
    """Moves a year for a cause (and into a stage), from the first day on."""
    moved = of_the_council(run.ledger.columns("moved"))
    keep = (moved["day"] >= 0) & np.isin(moved["cause"], (cause,))
    if stage is not None:
        keep &= moved["stage"] == stage
    return float(keep.sum()) / run.years


def events_a_year(run: WholeRun, *causes: Cause) -> float:
    """What befell providers for these causes, a year, from the first day on."""
    traded = run.ledger.columns("traded")
    return float(((traded["day"] >= 0) & np.isin(traded["cause"], causes)).sum()) / run.years


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
