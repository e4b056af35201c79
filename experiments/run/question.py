"""How does a market hold, with or without failures? Replications of one scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.engine.question import Answers, Question
from experiments.results.provenance import Inputs
from experiments.run.staff_moves import items_of_arms, other_shares
from experiments.run.work import REPLICATIONS, Run, items_of
from sim.scenario import Scenario

if TYPE_CHECKING:
    from experiments.results.writing import Output


def question(scenario: Scenario, seed: int, replications: int) -> Question:
    """So many replications, and as many of every other share of carers who move."""
    inputs = Inputs(scenario, seed, replications, (other_shares(scenario),))
    runs = [Run(scenario, seed, number, told=number == 0) for number in range(replications)]

    def told(answers: Answers) -> Output | None:
        from experiments.run.folder import output_of

        found = answers.found
        return output_of(inputs, found[:replications], found[replications:], answers)

    return Question(
        REPLICATIONS,
        [*items_of(runs), *items_of_arms(scenario, seed, replications)],
        {"scenario": scenario.identity, "seed": seed},
        f"{scenario.code}-{inputs.identity[:8]}",
        "replications",
        seed,
        told,
    )
