"""Which way of commissioning? One county under each, on the same people and carers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from experiments.engine.question import Answers, Question
from experiments.models.work import MODEL_RUNS, items_of
from experiments.results.provenance import Inputs
from sim.scenario import Scenario
from sim.scenario.caseload import depends_on as caseload_of

if TYPE_CHECKING:
    from experiments.results.writing import Output


def question(
    scenario: Scenario, seed: int, replications: int, models: Mapping[str, Scenario], on: date
) -> Question:
    """So many replications under every model; the largest provider closes on a day."""
    inputs = Inputs(scenario, seed, replications, (list(models), on))

    def told(answers: Answers) -> Output | None:
        from experiments.models.folder import Compared, output_of

        figures: dict[str, dict[int, dict[str, float]]] = {code: {} for code in models}
        for item, found in zip(answers.items, answers.found, strict=True):
            if found is not None:
                figures[item.task.code][item.task.replication] = found
        if not any(figures.values()):
            return None
        compared = Compared(inputs, on, models, figures, tuple(answers.failed))
        return output_of(compared, answers)

    return Question(
        MODEL_RUNS,
        items_of(models, seed, replications, on),
        {
            "scenario": scenario.identity,
            **caseload_of(scenario),
            "models": {code: one.identity for code, one in models.items()},
            "seed": seed,
            "largest_closes_on": on.isoformat(),
        },
        f"{scenario.code}-compare-models-{inputs.identity[:8]}",
        "runs of a model",
        seed,
        told,
    )
