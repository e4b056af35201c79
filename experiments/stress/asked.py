"""What a stress test was asked: who may be lost, on which dates; what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from datetime import date
from math import inf

from experiments.asking.asked import Asked, scenario_asked_for
from experiments.asking.scripts import Scripts, failure_rows
from experiments.statistics.selection import LEAST_FIRST
from experiments.stress.work import DAYS, Manner, Place, dates_of, places_of
from experiments.words.sentences import count
from sim.clock import days_between
from sim.scenario import Fault, Scenario
from sim.scenario.faults import Place as FaultPlace


def places_asked_for(
    asked: Asked, who: Sequence[str] | None, on: Sequence[str] | None, how: Manner
) -> tuple[Scenario, list[Place]]:
    """The scenario, and who is to be lost in it. Raises ScenarioError.

    Failures are read as ``run --fail`` would read them, and left out of the scenario again.
    """
    rules = list(dict.fromkeys(who or ()))

    def scripts(days: Sequence[str]) -> Scripts:
        pairs = [(rule, day) for rule in rules or ["largest"] for day in days]
        whose, when = zip(*pairs, strict=True)
        return Scripts(whose, when, *astuple(how))

    _, faults = failure_rows(scripts(on or ["2024-01-01"]))
    plain = scenario_asked_for(asked, *faults)
    latest = [day.isoformat() for day in dates_of(plain, 1, how)[-1:]]  # all are live by then
    if on or latest:
        scenario_asked_for(replace(asked, scripts=scripts(on or latest), quietly=True))
    return plain, places_named(plain, rules)


def places_named(scenario: Scenario, rules: Sequence[str]) -> list[Place]:
    """Who is to be lost, by rules as for ``run --fail``; all principals if there are none."""
    names = {area.code: area.name for area in scenario.areas}
    return [Place(shown(rule, names), rule) for rule in rules] or places_of(scenario)


def shown(rule: str, names: dict[str, str]) -> str:
    """A rule as a reader would say it."""
    head, _, code = rule.partition(":")
    if head == "principal":
        return names.get(code, code)
    if head == "owner":
        return f"owner {code}"
    return f"{names.get(code, code)}: largest" if head == "largest" and code else rule


def choosing_faults(within_hours: float | None, at_most: int, replications: int) -> Iterator[Fault]:
    """Why the worst place cannot be chosen in stages after so many replications of all."""
    if within_hours is None:
        return
    place = FaultPlace(f"--choose-within {within_hours:g}")
    if not 0 < within_hours < inf:
        yield Fault(place, "it is not allowed", "Allowed: hours, more than 0")
    if replications < LEAST_FIRST:
        wrong = f"its first stage would have {count(replications, 'replication')}"
        yield Fault(place, wrong, f"Give --replications {LEAST_FIRST} or more, and not --trial")
    if at_most < replications:
        wrong = f"the first stage already has {replications} replications"
        yield Fault(FaultPlace(f"--at-most {at_most}"), wrong, f"Give {replications} or more")


def date_faults(scenario: Scenario, dates: Sequence[date], how: Manner) -> list[Fault]:
    """Dates after which less than what is looked at is simulated."""
    start = scenario.calendar.start
    needed = DAYS + how.notice_days
    if not dates:
        wrong = f"no date leaves {needed:.0f} days before the run ends"
        return [Fault(FaultPlace("--until"), wrong, "Give a later one")]
    return [
        Fault(
            FaultPlace(f"--on {day}"),
            f"the run ends less than {needed:.0f} days after this date",
            f"Give a date from {start} to {needed:.0f} days before {scenario.calendar.end}",
        )
        for day in dates
        if not 0 <= days_between(start, day) <= scenario.days - needed
    ]
