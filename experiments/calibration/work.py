"""A scenario with a set of parameter values in place of its own; and one set's runs, measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from experiments.engine.work import Work, WorkItem, identity_of
from experiments.fit.work import measure_run
from experiments.run.work import Run
from sim.scenario import Scenario, load_scenario


@dataclass(frozen=True)
class Base:
    """The scenario as it was asked for, so that any process can make it with other values."""

    county: str
    overrides: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    commissioning: str | None = None

    def scenario(self, values: Mapping[str, Any] | None = None) -> Scenario:
        """The scenario with these values last. Raises ScenarioError."""
        return load_scenario(
            self.county,
            overrides=self.overrides,
            settings={**self.settings, **(values or {})},
            commissioning=self.commissioning,
        )


@dataclass(frozen=True)
class Trial:
    """One set of values to be simulated, with these replications, for the figures named."""

    number: int
    scenario: Scenario
    values: Mapping[str, float]
    seed: int
    replications: tuple[int, ...]
    figures: tuple[str, ...]


def try_out(trial: Trial) -> dict[str, float]:
    """Mean of each figure over the trial's replications.

    Raises ScenarioError if the set cannot be made, ValueError if a figure has no value.
    """
    whole = trial.scenario.changed(trial.values)
    wanted = tuple(row for row in whole.targets if row.code in trial.figures)
    scenario = whole.model_copy(update={"targets": wanted})
    found = [
        measure_run(Run(scenario, trial.seed, replication)).values
        for replication in trial.replications
    ]
    means = mean_of(found, trial.figures)
    unknown = [code for code, value in means.items() if not np.isfinite(value)]
    if unknown:
        raise ValueError(f"no value of {', '.join(unknown)}")
    return means


TRIALS = Work("calibrate", try_out, dict[str, float])


def items_of(trials: Sequence[Trial], depends_on: Mapping[str, str]) -> list[WorkItem]:
    """Sets as work to be carried out; ``depends_on``: scenario and search, hashed."""
    return [
        WorkItem(
            identity_of(TRIALS.name, depends_on, trial.values, trial.seed, trial.replications),
            f"set {trial.number}",
            trial,
        )
        for trial in trials
    ]


def mean_of(found: Sequence[Mapping[str, float]], figures: Sequence[str]) -> dict[str, float]:
    """Mean of each figure."""
    return {code: float(np.mean([values[code] for values in found])) for code in figures}
