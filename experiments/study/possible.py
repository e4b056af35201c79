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
    if outcome.about is About.PLACEBO:
        possible = any(scenario.failures for scenario in scenarios)
    elif outcome.about is About.FAILURE:
        possible = any(map(may_fail, variants(scenarios, varied)))
    else:
        return []
    if possible:
        return []
    wrong = f"{outcome.name!r} is about a failure, and no scenario has one"
    cure = "Give a scenario failures = [...], or leave the outcome out"
    return [Fault(place, wrong, cure)]


def left_out_faults(place: Place, outcome: Outcome, *, placebo: bool) -> list[Fault]:
    """Why a study that leaves out the placebo does not have an outcome of it."""
    if placebo or outcome.about is not About.PLACEBO:
        return []
    wrong = f"{outcome.name!r} is about the placebo, and the study leaves it out"
    return [Fault(place, wrong, "Take placebo = false out, or leave the outcome out")]


def impossible_in(study: Study, outcome: str, place: Place) -> list[Fault]:
    """The same of an outcome of a study that is frozen."""
    varied = {
        one.path: {row[number] for row in study.draws.rows}
        for number, one in enumerate(study.draws.varied)
    }
    scenarios = [named.scenario for named in study.scenarios]
    asked = study.declared[outcome]
    return [
        *impossible_faults(place, asked, scenarios, varied),
        *left_out_faults(place, asked, placebo=study.placebo),
    ]


def may_fail(scenario: Scenario) -> bool:
    """Whether a provider can fail by script or by chance in a scenario."""
    return bool(scenario.failures) or scenario.failure.random


def variants(scenarios: Collection[Scenario], varied: Mapping[str, Any]) -> Iterator[Scenario]:
    """The scenarios, and each with failures by chance if draws have them."""
    yield from scenarios
    if True in varied.get(BY_CHANCE, ()):
        yield from (with_values(scenario, {BY_CHANCE: True}) for scenario in scenarios)
