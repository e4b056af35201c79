"""The benchmark: a replication's cost against a bare SimPy timeout, measured in turn.

Machines are noisy, so only ratios within one run mean anything: the two are measured one after the
other, several times, and medians are quoted. A logical event is something that really happens to
a person, a carer or a contract; refused offers and stale wake-ups are not counted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from statistics import median
from time import process_time
from typing import TypeVar

import numpy as np
import simpy

from sim.laws import check
from sim.ledger import HIRES, Cause, Ledger
from sim.outcomes.headline import summarise
from sim.scenario import Scenario, load_scenario
from sim.scenario.declaration import Frozen
from sim.simulation import Simulation, without_garbage_collection

PENDING = 5_000
TIMEOUTS = 100_000
GROWTH_END = "2025-12-31"
Row = TypeVar("Row", bound=Frozen)


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


def bare_timeout_seconds() -> float:
    """CPU seconds of one SimPy timeout with 5,000 pending processes."""
    environment = simpy.Environment()

    delays = np.random.default_rng(1).exponential(size=TIMEOUTS).tolist()
    happened = 0

    def ticking(place: int) -> Iterator[simpy.Event]:
        nonlocal happened
        while True:
            place = (place + 1) % TIMEOUTS
            yield environment.timeout(delays[place])
            happened += 1

    for number in range(PENDING):
        environment.process(ticking(number * 17))  # type: ignore[arg-type]
    environment.run(until=1.0)
    happened = 0
    with without_garbage_collection():
        began = process_time()
        environment.run(until=1.0 + TIMEOUTS / PENDING)
        return (process_time() - began) / happened


def replication_seconds(scenario: Scenario, seed: int) -> tuple[float, float, float, Ledger]:
    """CPU seconds of simulating, of the laws, and of the outcomes; and the ledger."""
    began = process_time()
    simulation = Simulation(scenario, seed=seed)
    with without_garbage_collection():
        simulation.clock.run_to(scenario.days)
    simulation.ledger.day = scenario.days
    simulated = process_time()
    check(simulation.market)
    checked = process_time()
    summarise(simulation.ledger, scenario, 0)
    ended = process_time()
    return simulated - began, checked - simulated, ended - checked, simulation.ledger


def measure(county: str, repeats: int, *, growth: bool) -> Iterator[str]:
    """The benchmark's lines."""
    scenario = load_scenario(county)
    replication_seconds(scenario, 1)
    timeouts, runs, laws, outcomes = [], [], [], []
    for number in range(repeats):
        timeouts.append(bare_timeout_seconds())
        simulated, checked, reduced, ledger = replication_seconds(scenario, number + 1)
        events = sum(logical_events(ledger).values())
        runs.append((simulated / events, simulated, events))
        laws.append(checked / (simulated + checked + reduced))
        outcomes.append(reduced / (simulated + checked + reduced))
    per_event, timeout = median(run[0] for run in runs), median(timeouts)
    ratio = median(run[0] / bare for run, bare in zip(runs, timeouts, strict=True))
    whole = median(run[1] / (TIMEOUTS * bare) for run, bare in zip(runs, timeouts, strict=True))
    yield f"{county}, {repeats} interleaved measurements, medians, CPU time of one core"
    yield f"  one replication                   {median(run[1] for run in runs):8.2f} s"
    yield f"  logical events                    {median(run[2] for run in runs):8,.0f}"
    yield f"  a logical event, with recording   {per_event * 1e6:8.2f} us"
    yield f"  a bare SimPy timeout              {timeout * 1e6:8.2f} us ({PENDING:,} pending)"
    yield f"  ratio                             {ratio:8.2f}   (target: at most 4)"
    yield f"  replication / {TIMEOUTS:,} timeouts    {whole:8.2f}"
    yield f"  laws, share of the whole          {100 * median(laws):8.1f}%"
    yield f"  outcomes, share of the whole      {100 * median(outcomes):8.1f}% (with laws: 15%)"
    yield f"  peak memory of this process       {peak_megabytes():8.0f} MB"
    yield "  logical events by kind:"
    for kind, number in sorted(logical_events(ledger).items(), key=lambda item: -item[1]):
        yield f"    {kind:24} {number:>9,}"
    if growth:
        yield from growth_lines(county)


def growth_lines(county: str) -> Iterator[str]:
    """CPU per logical event of one, two and four such counties under one council (to 2025)."""
    scenario = load_scenario(county, settings={"calendar.end": GROWTH_END})
    yield f"  growth (to {GROWTH_END}):"
    for factor in (1, 2, 4):
        seconds, _, _, ledger = replication_seconds(several(scenario, factor), 1)
        events = sum(logical_events(ledger).values())
        each = 1e6 * seconds / events
        yield f"    {factor} x: {events:,} events, {seconds:6.2f} s, {each:.1f} us each"


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


def peak_megabytes() -> float:
    """Peak resident memory, in MB; not a number where the system does not tell."""
    try:
        import resource
    except ImportError:
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
