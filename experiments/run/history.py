"""The history of a market without its failures, lived once: what may happen branches off it.

Up to the first announcement it is the past of every branch; from there on a child of this process
lives it to its end, and this process stays where it is (:mod:`experiments.engine.branches`).
Where no process can be doubled, it is lived again up to there.
"""

from __future__ import annotations

from dataclasses import dataclass

from experiments.engine.branches import go_to, lived_on
from experiments.run.arms import announced
from experiments.run.work import Run, without_failures
from sim.outcomes.account import Market
from sim.simulation import Simulation


@dataclass(frozen=True, slots=True)
class History:
    """A market without its failures: all of it, and as it stands at the first announcement."""

    without: Market
    simulation: Simulation


def history_of(run: Run) -> History:
    """Live a market without the failures of a run.

    Raises BrokenLawError; DisturbedError if its past proves to be another.
    """
    simulation = at_the_announcement(run)
    without = Market(lived_on(simulation, lambda: without_failures(run)))
    assert without.histories is not None  # made once here, not again in every branch
    return History(without, simulation)


def at_the_announcement(run: Run) -> Simulation:
    """The market without the failures on the day of the first announcement."""
    simulation = without_failures(run)
    go_to(simulation, announced(run.scenario))
    return simulation
