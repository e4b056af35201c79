"""What do the figures on record leave open? The headlines over plausible sets of parameters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from experiments.bands.work import SET_RUNS, items_of
from experiments.engine.question import Answers, Question
from experiments.results.provenance import Inputs
from sim.scenario import Scenario
from sim.scenario.caseload import depends_on as caseload_of

if TYPE_CHECKING:
    from experiments.results.writing import Output

Values = Mapping[int, Mapping[str, float]]


def question(
    scenario: Scenario,
    seed: int,
    values: Values,
    suffices: float,
    *,
    fitted: bool = True,
    untaught: bool | None = None,
) -> Question:
    """Every set run twice, with the scenario's failure and without.

    ``fitted``: whether the sets were fitted to this reading of the county; ``untaught``: whether
    what no published figure teaches varies too, None if that is not known.
    """
    inputs = Inputs(scenario, seed, len(values), (values,))

    def told(answers: Answers) -> Output | None:
        from experiments.bands.folder import Findings, output_of

        found = tuple(one for one in answers.found if one is not None)
        if not found:
            return None
        failed = tuple(answers.failed)
        findings = Findings(inputs, suffices, found, failed, values, fitted, untaught)
        return output_of(findings, answers)

    return Question(
        SET_RUNS,
        items_of(scenario, seed, values),
        depends_on(scenario, seed, values),
        f"{scenario.code}-bands-{inputs.identity[:8]}",
        "plausible sets",
        seed,
        told,
    )


def depends_on(scenario: Scenario, seed: int, values: Values) -> dict[str, str | int]:
    """What the work depends on, except how many sets: more can be run later."""
    first = json.dumps(sorted(values[min(values)].items())) if values else ""
    return {
        "scenario": scenario.identity,
        **caseload_of(scenario),
        "plausible_sets": hashlib.sha256(first.encode()).hexdigest(),
        "seed": seed,
    }
