"""How does a market hold, with or without failures? Replications of one scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.engine.branches import can_fork
from experiments.engine.question import Answers, Question
from experiments.results.provenance import Inputs
from experiments.run.arms import NOTHING, Compared, arms_of
from experiments.run.branching import ARMS
from experiments.run.branching import items_of as items_of_arms
from experiments.run.work import REPLICATIONS, Replication, Run, items_of
from sim.scenario import Scenario
from sim.scenario.caseload import depends_on as caseload_of

if TYPE_CHECKING:
    from experiments.results.writing import Output


def question(
    scenario: Scenario,
    seed: int,
    replications: int,
    compared: Compared = NOTHING,
    *,
    people: bool = False,
) -> Question:
    """So many replications; if somebody fails, every arm of it in each.

    ``people``: whether events of single people are kept, too, where they may be people who are
    there because a caseload is given.
    """
    arms = arms_of(scenario, compared)
    people = people or not scenario.caseload
    inputs = Inputs(scenario, seed, replications, ([arm.name for arm in arms],))
    runs = [
        Run(scenario, seed, number, told=number == 0, people=people)
        for number in range(replications)
    ]

    def told(answers: Answers) -> Output | None:
        from experiments.run.account import arms_of_replications
        from experiments.run.folder import output_of

        found = answers.found
        if not arms:
            return output_of(inputs, found, None, answers)
        whole: list[Replication | None] = [
            None if one is None else one.whole for one in found[:: len(arms)]
        ]
        return output_of(inputs, whole, arms_of_replications(arms, found, replications), answers)

    def look(answers: Answers) -> str:
        from experiments.run.account import arms_of_replications
        from experiments.run.account_words import first_look

        return first_look(inputs, arms_of_replications(arms, answers.found, 1))

    return Question(
        ARMS if arms else REPLICATIONS,
        items_of_arms(scenario, seed, replications, arms, fork=can_fork(), people=people)
        if arms
        else items_of(runs),
        {"scenario": scenario.identity, **caseload_of(scenario), "seed": seed},
        f"{scenario.code}-{inputs.identity[:8]}",
        "arms" if arms else "replications",
        seed,
        told,
        first=len(arms) if replications > 1 else 0,
        look=look,
    )
