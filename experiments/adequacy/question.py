"""Could the rest of the market take on a principal's work? Every area and month, N-1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.adequacy.work import EXAMINATIONS, examined_by, items_of
from experiments.engine.branches import can_fork
from experiments.engine.question import Answers, Question
from experiments.results.provenance import Inputs
from sim.scenario import Scenario
from sim.scenario.caseload import depends_on as caseload_of

if TYPE_CHECKING:
    from experiments.results.writing import Output


def question(
    scenario: Scenario, seed: int, replications: int, sample: int | None, suffices: float
) -> Question:
    """The estimate of every area-month, and so many at which the team is really stopped.

    ``sample`` None: as many as take a few minutes. The fallback suffices from ``suffices`` on.
    """
    inputs = Inputs(scenario, seed, replications, (sample,))

    def told(answers: Answers) -> Output | None:
        from experiments.adequacy.folder import findings, output_of

        good = examined_by(answers.items, answers.done)
        return output_of(findings(inputs, good, suffices), good, answers) if good else None

    return Question(
        EXAMINATIONS,
        items_of(scenario, seed, replications, sample, fork=can_fork()),
        {
            "scenario": scenario.identity,
            **caseload_of(scenario),
            "seed": seed,
            "sample": str(sample),
            "replications": replications,  # the sample is spread over them
        },
        f"{scenario.code}-adequacy-{inputs.identity[:8]}",
        "replications and area-months",
        seed,
        told,
    )
