"""A run with its failures and, from the announcement on, the placebo: branches of one history.

The placebo is the arm of that name (:mod:`experiments.run.arms`), lived no further than the
headline's horizon. So it costs what the days from the announcement to there cost, where the system
can double a process; elsewhere the market is lived again up to there.
"""

from __future__ import annotations

from dataclasses import dataclass

from experiments.engine.branches import can_fork_here, go_to, in_child, refuse_disturbed
from experiments.engine.work import TaskFailure
from experiments.run.arms import Arm, Way, announced, in_order, scripts_of
from experiments.run.work import Run, simulation_of
from sim.ledger import Ledger
from sim.outcomes.account import HEADLINE_DAYS, Market, period_of
from sim.outcomes.catalogue import figures_of, of_placebos
from sim.outcomes.declaration import About
from sim.outcomes.failures import Failures
from sim.outcomes.headline import account_of
from sim.scenario import Scenario
from sim.simulation import Simulation


@dataclass(frozen=True, slots=True)
class Beside:
    """The market in which the failures happen, and the placebo's figures by name.

    ``placebo`` is empty where no provider is small enough.
    """

    ledger: Ledger
    placebo: dict[str, float]


def with_placebo(run: Run, without: Market, until: float | None = None) -> Beside:
    """Live the failures of a run to a day, by default its last, and the placebo beside them.

    ``without``: the same market without the failures. Raises DisturbedError if this history is
    another until the announcement, BrokenLawError if a law does not hold.
    """
    assert without.histories is not None  # made once here, not again in the placebo's child
    simulation = at_the_announcement(run, without)
    figures = _placebo_of(run, simulation, without)
    rows = in_order(run.scenario.failures)
    for script in scripts_of(Arm(Way.ASKED, rows), run.scenario, simulation.market):
        simulation.fail(script)
    return Beside(simulation.run(until), figures)


def at_the_announcement(run: Run, without: Market) -> Simulation:
    """The market without the failures on the day of the first announcement."""
    spared = run.scenario.model_copy(update={"failures": ()})
    simulation = simulation_of(Run(spared, run.seed, run.replication))
    go_to(simulation, announced(run.scenario))
    refuse_disturbed(simulation, without.ledger)
    return simulation


def _placebo_of(run: Run, simulation: Simulation, without: Market) -> dict[str, float]:
    """The placebo's figures; the simulation goes on as if nothing had been."""
    if can_fork_here():
        found = in_child(lambda: lived(run.scenario, simulation, without))
        if not isinstance(found, TaskFailure):
            return found
    # Where there is no fork, or its child ended without a result, the same from the first day.
    return lived(run.scenario, at_the_announcement(run, without), without)


def lived(scenario: Scenario, simulation: Simulation, without: Market) -> dict[str, float]:
    """Let the placebo happen in this simulation; its figures, none if nobody is so small."""
    placebo = Arm(Way.PLACEBO, in_order(scenario.failures))
    scripts = scripts_of(placebo, scenario, simulation.market)
    if not scripts:
        return {}
    for script in scripts:
        simulation.fail(script)
    _, stops = period_of(scenario)
    market = Market(simulation.run(min(float(scenario.days), stops + HEADLINE_DAYS)))
    account = account_of(market, without, scenario)
    if account is None:
        return {}
    return figures_of(of_placebos(), {About.PLACEBO: Failures(account)})
