"""Outcomes that a study cannot have, found before anything is run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from experiments.study.draws import with_values
from experiments.study.study import Study
from sim.outcomes.declaration import About, Outcome
from sim.scenario import Fault, Scenario
from sim.scenario.faults import Place

BY_CHANCE = "failure.random"
"""The parameter that lets providers fail by chance."""


def impossible_faults(
    place: Place, outcome: Outcome, scenarios: Collection[Scenario], varied: Mapping[str, Any]
) -> list[Fault]:
    """Why no scenario can have an outcome, if none can.

    ``varied``: by path, the values of what draws vary.
    """
    if outcome.about is not About.FAILURE or any(map(may_fail, variants(scenarios, varied))):
        return []
    wrong = f"{outcome.name!r} is about a failure, and no scenario has one"
    cure = "Give a scenario failures = [...], or leave the outcome out"
    return [Fault(place, wrong, cure)]


def impossible_in(study: Study, outcome: str, place: Place) -> list[Fault]:
    """The same of an outcome of a study that is frozen."""
    varied = {
        one.path: {row[number] for row in study.draws.rows}
        for number, one in enumerate(study.draws.varied)
    }
    scenarios = [named.scenario for named in study.scenarios]
    return impossible_faults(place, study.declared[outcome], scenarios, varied)


def may_fail(scenario: Scenario) -> bool:
    """Whether a provider can fail by script or by chance in a scenario."""
    return bool(scenario.failures) or scenario.failure.random


def variants(scenarios: Collection[Scenario], varied: Mapping[str, Any]) -> Iterator[Scenario]:
    """The scenarios, and each with failures by chance if draws have them."""
    yield from scenarios
    if True in varied.get(BY_CHANCE, ()):
        yield from (with_values(scenario, {BY_CHANCE: True}) for scenario in scenarios)
