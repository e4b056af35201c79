"""Does the model meet the published figures? Replications, measured as the record measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.engine.question import Answers, Question
from experiments.fit.work import MEASUREMENTS, items_of, targets_of
from experiments.results.provenance import Inputs
from sim.scenario import Scenario
from sim.scenario.caseload import depends_on as caseload_of

if TYPE_CHECKING:
    from experiments.results.writing import Output


def question(scenario: Scenario, seed: int, replications: int) -> Question:
    """So many replications beside the county's figures."""
    figures = targets_of(scenario)
    inputs = Inputs(scenario, seed, replications, (figures,))

    def told(answers: Answers) -> Output | None:
        from experiments.fit.folder import output_of
        from experiments.fit.verdicts import compared

        good = [one for one in answers.found if one is not None]
        if not good:
            return None
        return output_of(inputs, compared(scenario.targets, good, replications), answers)

    return Question(
        MEASUREMENTS,
        items_of(scenario, seed, replications),
        {
            "scenario": scenario.identity,
            **caseload_of(scenario),
            "published figures": figures,
            "seed": seed,
        },
        f"fit-{scenario.code}-{inputs.identity[:8]}",
        "replications",
        seed,
        told,
    )
