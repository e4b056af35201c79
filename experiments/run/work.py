"""One replication as a worker carries it out: simulated, and reduced to what is kept of it.

A run in which a provider fails is compared with the same run without the failure. Workers import
the model alone, no pandas or matplotlib.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from experiments.engine.work import Work, WorkItem, identity_of, leaving_no_market
from sim.ledger import FACTS, Ledger
from sim.outcomes import accounts, events
from sim.outcomes.account import Market
from sim.outcomes.headline import Result, summarise
from sim.scenario import Scenario
from sim.simulation import Simulation

Columns = Mapping[str, NDArray[Any]]
OF_PEOPLE = frozenset(table.name for table in events.ALL if table.of_people)
"""Tables that tell of single people."""


@dataclass(frozen=True, slots=True)
class Run:
    """One replication to be run.

    ``compared``: with the same market without its failures; ``told``: with its events as tables;
    ``people``: with those that tell of single people, too.
    """

    scenario: Scenario
    seed: int
    replication: int
    compared: bool = True
    told: bool = False
    people: bool = True


@dataclass(frozen=True, slots=True)
class Replication:
    """What is kept of one replication: its result, and if wanted its events and counts of facts."""

    result: Result
    events: Mapping[str, Columns] = field(default_factory=dict)
    facts: Mapping[str, int] = field(default_factory=dict)


def simulation_of(run: Run) -> Simulation:
    """The simulation of a run, not yet started."""
    return Simulation(run.scenario, seed=run.seed, replication=run.replication)


def without_failures(run: Run) -> Simulation:
    """The same market and the same people without the failures, not yet started."""
    return simulation_of(Run(unfailing(run.scenario), run.seed, run.replication))


def unfailing(scenario: Scenario) -> Scenario:
    """The same market without its failures."""
    return scenario.model_copy(update={"failures": ()}) if scenario.failures else scenario


@leaving_no_market
def simulated(run: Run) -> Replication:
    """Run and reduce one replication; both markets of a comparison from their first day."""
    ledger = simulation_of(run).run()
    compared = run.compared and run.scenario.failures
    without = Market(without_failures(run).run()) if compared else None
    return kept_of(ledger, run.scenario, run.replication, without, run.told, people=run.people)


def kept_of(
    ledger: Ledger,
    scenario: Scenario,
    replication: int,
    without: Market | None,
    told: bool,
    *,
    people: bool = True,
) -> Replication:
    """What is kept of a run, beside the same market ``without`` its failures."""
    result = summarise(ledger, scenario, replication, without)
    if not told:
        return Replication(result)
    facts = {name: ledger.count(name) for name in FACTS}
    return Replication(result, tables_of(ledger, scenario, people=people), facts)


def tables_of(ledger: Ledger, scenario: Scenario, *, people: bool = True) -> dict[str, Columns]:
    """What happened in a run, as tables by name; without ``people``, none of single people."""
    tables: dict[str, Columns] = {
        **events.all_tables(ledger, scenario),
        accounts.PAYMENTS.name: accounts.payments(ledger),
        accounts.ACCOUNTS.name: accounts.accounts(ledger),
        accounts.VISITS.name: accounts.visits(ledger),
    }
    return tables if people else {k: v for k, v in tables.items() if k not in OF_PEOPLE}


WITHOUT_PEOPLE = "without people"
REPLICATIONS = Work("run", simulated, Replication)


def items_of(runs: Sequence[Run]) -> list[WorkItem]:
    """Replications of one scenario as work to be carried out."""
    scenario = runs[0].scenario.identity if runs else ""
    return [
        WorkItem(
            identity_of(
                REPLICATIONS.name,
                scenario,
                run.seed,
                run.replication,
                run.compared,
                run.told,
                *([] if run.people else [WITHOUT_PEOPLE]),
            ),
            f"replication {run.replication}",
            run,
        )
        for run in runs
    ]


def results_of(replications: Sequence[Replication | None]) -> list[Result | None]:
    """Their results; None where one failed."""
    return [None if one is None else one.result for one in replications]
