"""Does the model say of a recorded case what is on record? So many replications of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from experiments.engine.question import Answers, Question
from experiments.engine.work import identity_of
from experiments.hindcasts.case import Case
from experiments.hindcasts.work import HINDCASTS, items_of
from sim.scenario.caseload import depends_on as caseload_of

if TYPE_CHECKING:
    from experiments.results.writing import Output


def question(cases: Sequence[Case], seed: int, replications: int) -> Question:
    """Every case as on record and, where something befalls it, without that."""
    told_of = {case.code: case.model_dump(mode="json") for case in cases}
    identity = identity_of(HINDCASTS.name, told_of, seed, replications)

    items = items_of(cases, seed, replications)
    caseloads = {
        key: told for item in items for key, told in caseload_of(item.task.scenario).items()
    }

    def told(answers: Answers) -> Output | None:
        from experiments.hindcasts.findings import Findings
        from experiments.hindcasts.folder import output_of

        if all(one is None for one in answers.found):
            return None
        tasks = tuple(item.task for item in answers.items)
        found, failed = tuple(answers.found), tuple(answers.failed)
        findings = Findings(tuple(cases), seed, replications, tasks, found, failed)
        return output_of(findings, identity, answers)

    return Question(
        HINDCASTS,
        items,
        {"cases": told_of, **caseloads, "seed": seed},
        f"hindcasts-{identity[:8]}",
        "replications",
        seed,
        told,
    )
