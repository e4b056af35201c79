"""The two worlds of a history, and what is wrong with the days that were asked for."""

from __future__ import annotations

from datetime import date

from experiments.history.words import followed_until, window_of
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.faults import Place


def worlds_of(scenario: Scenario, first: date | None, last: date | None) -> list[Scenario]:
    """The same county twice: without and with hazards by chance; no failure is scripted."""
    window = window_of(scenario, first, last)
    start, end = scenario.calendar.start, scenario.calendar.end
    if not scenario.commissioning.principal_tiers:
        wrong = f"{scenario.commissioning.code} has no principal_tier"
        cure = "Choose a commissioning model with principal providers"
        raise ScenarioError([Fault(Place("--commissioning"), wrong, cure)])
    if not start <= window.first <= window.last <= end:
        wrong = f"{window.first} to {window.last} is not within the run"
        cure = f"Choose days in order, from {start} to {end}"
        raise ScenarioError([Fault(Place("--from, --to"), wrong, cure)])
    calendar = scenario.calendar.model_copy(update={"end": followed_until(scenario, window)})
    return [
        scenario.model_copy(
            update={
                "calendar": calendar,
                "failures": (),
                "failure": scenario.failure.model_copy(update={"random": by_chance}),
            }
        )
        for by_chance in (False, True)
    ]
