"""One county under every way of commissioning: what each replication gives, measured alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from experiments.engine.work import Work, WorkItem, identity_of, leaving_no_market
from experiments.models.figures import FROM_SUMMARY, figures_beside, loss_of_largest
from sim.outcomes.headline import summarise
from sim.scenario import Scenario


@dataclass(frozen=True, slots=True)
class ModelTask:
    """One replication of the county under one model; ``on``: when its largest provider closes."""

    code: str
    scenario: Scenario
    seed: int
    replication: int
    on: date


@leaving_no_market
def compared_run(task: ModelTask) -> dict[str, float]:
    """The figures of one replication."""
    scenario = task.scenario
    without, lost = loss_of_largest(scenario, task.seed, task.replication, task.on)
    figures = summarise(without.ledger, scenario, task.replication).figures
    found: dict[str, float] = {name: figures[name] for name in FROM_SUMMARY}
    return found | figures_beside(without.ledger, scenario) | lost


MODEL_RUNS = Work("compare-models", compared_run, dict[str, float])


def items_of(
    scenarios: Mapping[str, Scenario], seed: int, replications: int, on: date
) -> list[WorkItem]:
    """Every replication under every model, replication by replication, as work to be done."""
    identities = {code: one.identity for code, one in scenarios.items()}
    return [
        WorkItem(
            identity_of(MODEL_RUNS.name, identities[code], seed, number, on.isoformat()),
            f"{code}, replication {number}",
            ModelTask(code, one, seed, number, on),
        )
        for number in range(replications)
        for code, one in scenarios.items()
    ]
