"""What a comparison of models was asked: which, and when the largest provider closes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from experiments.models.rules import shipped_models
from experiments.stress.work import DAYS as LOOKED_AT_DAYS
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.dates import date_at
from sim.scenario.faults import Place, nearest

USUAL_LEAD_DAYS = 548
"""The largest provider closes a year and a half before the end, unless another day is given."""


def model_faults(models: Sequence[str] | None) -> list[Fault]:
    """Models that do not ship."""
    known = shipped_models()
    return [
        Fault(
            Place(f"--model {code}"), "there is no such commissioning model", nearest(code, known)
        )
        for code in models or ()
        if code not in known
    ]


def never_live(scenario: Scenario) -> list[Fault]:
    """A county in which no other model would ever begin: nothing would be compared."""
    end = scenario.calendar.end
    if any(area.go_live is not None and area.go_live <= end for area in scenario.areas):
        return []
    wrong = f"no area goes live by {end}, so no other commissioning model would ever begin"
    mend = "Give at least one area a go_live date within the run, or set a later --until"
    return [Fault(Place("areas.csv", column="go_live"), wrong, mend)]


def models_of(scenario: Scenario, models: Sequence[str] | None) -> list[str]:
    """The county's own model first, then those asked for, or all."""
    own = scenario.commissioning.code
    return list(dict.fromkeys([own, *(models or shipped_models())]))


def closing_day(scenario: Scenario, on: str | None) -> date:
    """When the largest provider closes. Raises ScenarioError."""
    calendar = scenario.calendar
    latest = calendar.end - timedelta(days=LOOKED_AT_DAYS)
    if on is None:
        return max(calendar.start, min(latest, calendar.end - timedelta(days=USUAL_LEAD_DAYS)))
    place = Place(f"--on {on}")
    day, wrong_date = date_at(place, on)
    if day is None:
        raise ScenarioError(wrong_date)
    if not calendar.start <= day <= latest:
        wrong = (
            f"the run ({calendar.start} to {calendar.end}) does not hold half a year from this date"
        )
        raise ScenarioError([Fault(place, wrong, f"Give a date up to {latest}")])
    return day
