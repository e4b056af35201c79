"""Who is worst to lose, and when? Every contingency, branched off one history a replication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import date
from typing import TYPE_CHECKING

from experiments.engine.branches import can_fork
from experiments.engine.question import Answers, Question
from experiments.results.provenance import Inputs
from experiments.stress.work import (
    CONTINGENCIES,
    SMALL_ONE,
    Manner,
    Place,
    items_of,
    results_of,
)
from sim.scenario import Scenario

if TYPE_CHECKING:
    from experiments.results.writing import Output


def question(
    scenario: Scenario,
    seed: int,
    replications: int,
    places: Sequence[Place],
    dates: Sequence[date],
    how: Manner,
) -> Question:
    """Each place lost on each date, in every replication."""
    lost = [*places, SMALL_ONE]
    asked = {
        "places": [place.rule for place in places],
        "dates": [day.isoformat() for day in dates],
        "failure": astuple(how),
    }
    inputs = Inputs(scenario, seed, replications, (asked,))

    def told(answers: Answers) -> Output:
        from experiments.stress.folder import findings, output_of

        results = results_of(answers.items, answers.done, lost, dates)
        return output_of(findings(inputs, how, places, dates, results), lost, results, answers)

    def look(answers: Answers) -> str:
        from experiments.stress.folder import findings
        from experiments.stress.words import first_look

        results = results_of(answers.items, answers.done, lost, dates)
        return first_look(findings(inputs, how, places, dates, results))

    return Question(
        CONTINGENCIES,
        items_of(scenario, seed, range(replications), lost, dates, how, fork=can_fork()),
        {
            "scenario": scenario.identity,
            "seed": seed,
            **asked,
        },
        f"{scenario.code}-stress-{inputs.identity[:8]}",
        "contingencies",
        seed,
        told,
        first=len(lost) * len(dates) if replications > 1 else 0,
        look=look,
    )
