"""Failures as a user writes them: ``principal:KINGS_LYNN`` on a date, checked first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import inf

from sim.clock import days_between
from sim.processes.failure import ScriptedFailure, parts_of
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.faults import Place, nearest


@dataclass(frozen=True, slots=True)
class Scripts:
    """Failures as they were asked for: who fails, on which date, and how."""

    who: Sequence[str]
    on: Sequence[str]
    notice_days: float = 0.0
    staff_move_share: float | None = None


def scripted(scenario: Scenario, asked: Scripts) -> list[ScriptedFailure]:
    """The failures that were asked for. Raises ScenarioError with everything wrong with them."""
    faults: list[Fault] = []
    share = asked.staff_move_share
    if len(asked.who) != len(asked.on):
        wrong = f"{len(asked.who)} --fail and {len(asked.on)} --on"
        faults.append(Fault(Place("--fail"), wrong, "Give each --fail its own --on DATE"))
    if not 0 <= asked.notice_days < inf:
        wrong = f"{asked.notice_days:g} is not a number of days"
        faults.append(Fault(Place(f"--notice {asked.notice_days:g}"), wrong, "Give 0 or more"))
    if share is not None and not 0 <= share <= 1:
        hint = f": did you mean {share / 100:g}?" if 1 < share <= 100 else ""
        wrong = f"{share:g} is not a share"
        faults.append(Fault(Place(f"--staff-move {share:g}"), wrong, f"Give 0 to 1{hint}"))
    days = []
    for rule, day in zip(asked.who, asked.on, strict=False):
        faults += _who_faults(scenario, rule)
        days.append(_day_of(scenario, rule, day, faults))
    if faults:
        raise ScenarioError(faults)
    return [
        ScriptedFailure(rule, day, asked.notice_days, share)
        for rule, day in zip(asked.who, days, strict=True)
    ]


def _who_faults(scenario: Scenario, rule: str) -> list[Fault]:
    kind, code = parts_of(rule)
    place = Place(f"--fail {rule}")
    areas = [area.code for area in scenario.areas]
    if kind == "provider":
        providers = [provider.code for provider in scenario.providers]
        if code in providers:
            return []
        cure = "Give a provider's code, principal:AREA, largest or largest:AREA. "
        return [Fault(place, f"no provider {code!r}", cure + nearest(code, providers))]
    if code in areas or (kind == "largest" and not code):
        return []
    return [Fault(place, f"no area {code!r}", nearest(code, areas))]


def _day_of(scenario: Scenario, rule: str, text: str, faults: list[Fault]) -> float:
    place = Place(f"--on {text}")
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is None:
        faults.append(Fault(place, "not a date", "Write it as YYYY-MM-DD"))
        return 0.0
    first, last = scenario.calendar.start, scenario.calendar.end
    if not first <= day <= last:
        faults.append(Fault(place, "outside the run", f"Choose a date from {first} to {last}"))
    kind, code = parts_of(rule)
    live = next((area.go_live for area in scenario.areas if area.code == code), None)
    if (
        kind == "principal"
        and code in {a.code for a in scenario.areas}
        and (not live or day < live)
    ):
        wrong = f"{code} has no principal provider then (it goes live on {live or 'no date'})"
        cure = f"Choose a later date, or --fail largest:{code}"
        faults.append(Fault(place, wrong, cure))
    return days_between(first, day)
