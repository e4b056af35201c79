"""A run with its failures and, from the announcement on, the placebo: branches of one history.

The placebo is the arm of that name (:mod:`experiments.run.arms`), lived no further than the
headline's horizon. So it costs what the days from the announcement to there cost, where the system
can double a process; elsewhere the market is lived again up to there.
"""

from __future__ import annotations

from dataclasses import dataclass

from experiments.engine.branches import in_child_if_it_may, refuse_disturbed
from experiments.run.arms import Arm, Way, in_order, scripts_of
from experiments.run.history import History, at_the_announcement, history_of
from experiments.run.work import Run
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
    """The market in which the failures happen, the same without them, and the placebo's figures.

    ``placebo`` is empty where no provider is small enough.
    """

    ledger: Ledger
    without: Market
    placebo: dict[str, float]


def with_placebo(run: Run, until: float | None = None) -> Beside:
    """Live the failures of a run to a day, by default its last, and the placebo beside them.

    Raises BrokenLawError if a law does not hold, DisturbedError if a past that is lived again is
    another.
    """
    history = history_of(run)
    figures = placebo_of(run, history)
    return Beside(with_failures(run, history.simulation).run(until), history.without, figures)


def with_failures(run: Run, simulation: Simulation) -> Simulation:
    """This simulation, in which a run's failures are to happen: none was announced yet."""
    asked = Arm(Way.ASKED, in_order(run.scenario.failures))
    for script in scripts_of(asked, run.scenario, simulation.market):
        simulation.fail(script)
    return simulation


def placebo_of(run: Run, history: History) -> dict[str, float]:
    """The placebo's figures; the simulation goes on as if nothing had been."""
    scenario, without = run.scenario, history.without
    found = in_child_if_it_may(lambda: lived(scenario, history.simulation, without))
    if found is not None:
        return found
    # Where there is no fork, or its child ended without a result, the same from the first day.
    again = at_the_announcement(run)
    refuse_disturbed(again, without.ledger)
    return lived(scenario, again, without)


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
