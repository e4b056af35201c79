"""How often does a market lose its principals with no failure scripted?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from experiments.engine.question import Answers, Question
from experiments.history.work import HISTORIES, items_of
from experiments.results.provenance import Inputs
from sim.scenario import Scenario
from sim.scenario.caseload import depends_on as caseload_of

if TYPE_CHECKING:
    from experiments.results.writing import Output


def question(
    scenario: Scenario,
    seed: int,
    replications: int,
    worlds: Sequence[Scenario],
    days: tuple[date | None, date | None],
) -> Question:
    """So many replications of two worlds: without and with hazards by chance."""
    from experiments.history.words import CHANCE, OWN

    inputs, names = Inputs(worlds[1], seed, replications, days), (OWN, CHANCE)

    def told(answers: Answers) -> Output | None:
        from experiments.history.folder import output_of
        from experiments.history.words import World, window_of

        window, found = window_of(scenario, *days), answers.found
        halves = found[:replications], found[replications:]
        good = [tuple(one for one in half if one is not None) for half in halves]
        lived = [World(name, half, window) for name, half in zip(names, good, strict=True)]
        return output_of(inputs, lived, answers) if all(good) else None

    return Question(
        HISTORIES,
        [
            item
            for name, world in zip(names, worlds, strict=True)
            for item in items_of(world, seed, replications, name)
        ],
        {
            "worlds": [world.identity for world in worlds],
            **caseload_of(scenario),
            "seed": seed,
        },
        f"history-{scenario.code}-{inputs.identity[:8]}",
        "replications",
        seed,
        told,
    )
