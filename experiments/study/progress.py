"""Carrying a study out: what is there is kept, what is missing is run, each result safe at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from experiments.engine.carrying import Engine
from experiments.engine.parts import Parts
from experiments.engine.work import Done, WorkItem
from experiments.statistics.intervals import (
    FirstStage,
    Interval,
    first_stage,
    replications_needed,
    t_interval,
    two_stage_interval,
)
from experiments.statistics.over_draws import Flags, Floats, units
from experiments.statistics.ranges import kept_to, limits_of
from experiments.study.study import Cell, Study


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run without figures, and why."""

    cell: Cell
    error: str
    lost: bool


@dataclass
class Progress:
    """How far a study is, and what is known so far of the outcome it is about.

    Of every run only this outcome is kept here, so that memory hardly grows with their number.
    """

    study: Study
    replications: int
    finished: int = 0
    failed: list[FailedRun] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    values: dict[tuple[int, int], dict[int, float]] = field(default_factory=dict)
    """By scenario and draw, then by the place of the replication."""
    carried: Counter[int] = field(default_factory=Counter)
    """Runs carried out by scenario."""

    @property
    def outcome(self) -> str:
        """The outcome that is watched: the one a study runs until it is known, else its first."""
        return self.study.replications.outcome or self.study.outcomes[0]

    @property
    def total(self) -> int:
        """Runs wanted."""
        return self.replications * len(self.study.draws) * len(self.study.scenarios)

    def note(self, cell: Cell, done: Done) -> None:
        """One more finished run."""
        self.finished += 1
        self.carried[cell.scenario] += 1
        if done.failed:
            self.failed.append(FailedRun(cell, done.error, done.lost))
            return
        figures = done.found.figures
        self.names.update(figures)
        value = figures.get(self.outcome, np.nan)
        place = self.study.place(cell)
        self.values.setdefault((cell.scenario, cell.draw), {})[place] = value

    @property
    def had(self) -> Flags:
        """Which draws (columns) of which replications every scenario has that ever finished."""
        had = np.zeros((self.replications, len(self.study.draws), len(self.study.scenarios)), bool)
        for (scenario, draw), values in self.values.items():
            had[list(values), draw, scenario] = True
        return np.asarray(had[:, :, had.any(axis=(0, 1))].all(axis=2))

    def known(self, scenario: int) -> tuple[int, int]:
        """In how many runs the outcome, or pairs its difference, is known so far, and of how many.

        A pair counts once its later run has been carried out, failed or not.
        """
        values = self.differences(scenario, self.replications)
        return int(np.isfinite(values).sum()), min(self.carried[0], self.carried[scenario])

    def differences(self, scenario: int, replications: int) -> Floats:
        """The outcome's difference from the first scenario: replications x draws.

        Of the first scenario itself: its own value.
        """
        found = np.full((replications, len(self.study.draws)), np.nan)
        for draw in range(len(self.study.draws)):
            ours = self.values.get((scenario, draw), {})
            theirs = self.values.get((0, draw), {})
            for replication in range(replications):
                value = ours.get(replication, np.nan)
                if scenario:
                    value -= theirs.get(replication, np.nan)
                found[replication, draw] = value
        return found

    def stages(self) -> dict[int, FirstStage]:
        """What the first stage tells of each scenario that is held against the first."""
        first = self.study.replications.number
        compared = range(1, len(self.study.scenarios)) if len(self.study.scenarios) > 1 else [0]
        return {number: first_stage(units(self.differences(number, first))) for number in compared}

    def interval(self, scenario: int) -> Interval:
        """What is known so far of a scenario's difference."""
        draws, plan = self.study.draws, self.study.replications
        groups = None if draws.people == "same" else draws.groups
        values = units(self.differences(scenario, self.replications), groups)
        found = t_interval(values)
        if plan.within is not None and values.size >= plan.number:
            found = two_stage_interval(values, self.stages()[scenario])
        limits = limits_of(self.study.declared[self.outcome], difference=bool(scenario))
        return kept_to(found, limits)[0]


def wanted_replications(study: Study, progress: Progress) -> int:
    """How many replications the first stage shows to be needed, with what was asked for later."""
    plan = study.replications
    needed: float = plan.number
    if plan.within is not None:
        stages = progress.stages().values()
        needed = max([needed, *(replications_needed(stage, plan.within) for stage in stages)])
        needed = min(needed, max(plan.at_most, plan.number))
    return max(int(needed), plan.extended)


def carried_out(study: Study, engine: Engine, progress: Progress) -> None:
    """Carry a study out to its end, or until the engine is stopped; ``progress`` hears of each run.

    Raises KeepingError or WorkersError; what was finished before is kept.
    """
    _carry(study, engine, progress, range(study.replications.number))
    if not engine.stopping:
        more = wanted_replications(study, progress)
        begin, progress.replications = progress.replications, more
        _carry(study, engine, progress, range(begin, more))
    progress.failed.sort(key=lambda run: (run.cell.replication, run.cell.draw, run.cell.scenario))


def noted(study: Study, parts: Parts, replications: int, *, so_far: bool = False) -> Progress:
    """What is known of a study whose runs have finished; ``so_far``: of those that have.

    Raises DamagedError, or FileNotFoundError if a run is missing.
    """
    progress = Progress(study, replications)
    for cell in study.cells(range(replications)):
        identity = study.identity(cell)
        done = parts.look(identity)
        if done is not None:
            progress.note(cell, done)
        elif not so_far:
            raise FileNotFoundError(study.told(cell))
    return progress


def _carry(study: Study, engine: Engine, progress: Progress, replications: range) -> None:
    def heard(item: WorkItem, done: Done) -> None:
        progress.note(study.cell(item.label), done)
        engine.told(engine, progress.total)

    engine.carry_out(study.items(study.cells(replications)), heard)
