"""A replication taken apart: simulating, laws, outcomes; and counties that are two, four as large.

A logical event is something that really happens to a person, a carer or a contract; refused offers
and stale wake-ups are not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import process_time
from typing import TypeVar

from experiments.engine.work import Work
from sim.laws import check
from sim.ledger import HIRES, Cause, Ledger
from sim.outcomes.headline import summarise
from sim.scenario import Scenario
from sim.scenario.declaration import Frozen
from sim.simulation import Simulation, without_garbage_collection

SEED = 1
Row = TypeVar("Row", bound=Frozen)


@dataclass(frozen=True, slots=True)
class Lived:
    """CPU seconds of the parts of a replication, and its logical events by kind."""

    simulating: float
    laws: float
    outcomes: float
    events: Mapping[str, int]

    @property
    def seconds(self) -> float:
        """All of it."""
        return self.simulating + self.laws + self.outcomes

    @property
    def checking_share(self) -> float:
        """The share of laws and outcomes."""
        return (self.laws + self.outcomes) / self.seconds

    @property
    def event_seconds(self) -> float:
        """Simulating one logical event, recorded."""
        return self.simulating / sum(self.events.values())


def live(scenario: Scenario) -> Lived:
    """One replication, by its parts."""
    began = process_time()
    simulation = Simulation(scenario, seed=SEED)
    with without_garbage_collection():
        simulation.clock.run_to(scenario.days)
    simulation.ledger.day = scenario.days
    simulated = process_time()
    check(simulation.market)
    checked = process_time()
    summarise(simulation.ledger, scenario, 0)
    parts = simulated - began, checked - simulated, process_time() - checked
    return Lived(*parts, logical_events(simulation.ledger))


LIVES = Work("a replication", live, Lived)


def logical_events(ledger: Ledger) -> dict[str, int]:
    """How often each kind of logical event happened."""
    moved = ledger.columns("moved")["cause"]
    staffed = ledger.columns("staffed")
    counted = {cause.name.lower(): int((moved == cause).sum()) for cause in Cause}
    counted |= {
        f"carer_{cause.name.lower()}": int((staffed["cause"] == cause).sum())
        for cause in (*HIRES, Cause.LEFT, Cause.SHED, Cause.MOVED_IN)
    }
    counted["carer_inducted"] = sum(counted[f"carer_{hire.name.lower()}"] for hire in HIRES)
    counted["posts_changed"] = ledger.count("established")
    counted["labour_market_counted"] = ledger.count("sought_work")
    counted["payments_and_visits"] = ledger.count("paid") + ledger.count("rated")
    counted["contracts_and_closures"] = ledger.count("contracted") + ledger.count("traded")
    counted.pop("warm_start", None)
    return {name: number for name, number in counted.items() if number}


def several(scenario: Scenario, times: int) -> Scenario:
    """So many copies of a county side by side, with as many brokers and bridging hours."""

    def copied(rows: Sequence[Row], *codes: str) -> tuple[Row, ...]:
        return tuple(
            row.model_copy(update={code: f"{getattr(row, code)}_{n}" for code in codes})
            for n in range(times)
            for row in rows
        )

    model, brokerage, bridging = scenario.commissioning, scenario.brokerage, scenario.bridging
    contracts = copied(model.contracts, "area", "provider")
    return scenario.model_copy(
        update={
            "areas": copied(scenario.areas, "code"),
            "providers": copied(scenario.providers, "code"),
            "branches": copied(scenario.branches, "area", "provider"),
            "commissioning": model.model_copy(update={"contracts": contracts}),
            "brokerage": brokerage.model_copy(update={"brokers": brokerage.brokers * times}),
            "bridging": bridging.model_copy(
                update={"hours_per_week": bridging.hours_per_week * times}
            ),
        }
    )
