"""A principal fails: one small story, its log as a literal.

Seed 000's example area has 10,000 hours in four weeks, 7,000 with the principal and 1,000 with each
of three framework providers. Here it is as a county of one area, ten people and whole numbers, so
that every step can be followed.
"""

from __future__ import annotations

from datetime import date

from conftest import only

from sim.clock import days_between
from sim.ledger import Cause, Ledger, Stage
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario, load_scenario
from sim.simulation import Simulation, simulate

EXAMPLE_AREA = "NORTH_NORFOLK_2"


def example() -> Scenario:
    """One area of 10,000 hours in four weeks, live from the first day, nothing left to chance
    but who is referred: no turnover, no travel, no hospital, no answer times."""
    still = {
        "overload.applies": False,
        "procurement.bidder_size_share": 0,
        "rollout.moves_existing_work": False,
        "bridging.no_reablement_referral_share": 0,
        "calendar.end": "2024-12-31",
        "calendar.warm_up_weeks": 0,
        f"areas.{EXAMPLE_AREA}.go_live": "2024-01-01",
        f"areas.{EXAMPLE_AREA}.hours_per_four_weeks": 10000,
        "care.hospital_admissions_per_year": 0,
        "care.reviews": False,
        "workforce.turnover_per_year": 0,
        "travel.applies": False,
    }
    return only(load_scenario("norfolk", settings=still), (EXAMPLE_AREA,))


def test_the_contracts_are_those_of_the_example() -> None:
    """7,000 hours in four weeks for the principal, 1,000 for each of three framework providers."""
    area = Simulation(example(), seed=1).market.area(EXAMPLE_AREA)
    hours = [[c.maximum_minutes / 60 * 4 for c in area.contracts[tier]] for tier in (0, 1)]
    assert hours == [[7000.0], [1000.0, 1000.0, 1000.0]]


def test_each_framework_provider_would_have_to_grow_by_a_factor_of_three_and_a_third() -> None:
    area = Simulation(example(), seed=1).market.area(EXAMPLE_AREA)
    principal = area.contracts[0][0].maximum_minutes
    framework = [contract.maximum_minutes for contract in area.contracts[1]]
    growth = (framework[0] + principal / len(framework)) / framework[0]
    assert round(growth, 2) == 3.33


def story_of(ledger: Ledger, package: int) -> list[str]:
    """One person's moves, in words."""
    labels = ledger.labels
    tiers = {-1: "", **{i: f" {tier}" for i, tier in enumerate(labels.tiers)}}
    return [
        f"{row[0]:.2f} {Stage(int(row[2])).name.lower()}{tiers[int(row[4])]} "
        f"({Cause(int(row[6])).name.lower()})"
        for row in ledger.rows("moved")
        if row[1] == package
    ]


def contract_events(ledger: Ledger, since: float) -> list[str]:
    """What happened to the principal's contract, in words."""
    return [
        f"{row[0]:.0f} {ledger.labels.tiers[int(row[2])]} {Cause(int(row[4])).name.lower()}"
        for row in ledger.rows("contracted")
        if row[0] >= since and ledger.labels.tiers[int(row[2])] == "principal"
    ]


def test_a_reprocurement_takes_159_days() -> None:
    """As in North Norfolk 3 and 4: 22 October 2025 to 30 March 2026."""
    assert days_between(date(2025, 10, 22), date(2026, 3, 30)) == 159
    ledger = simulate(
        example(), seed=1, failures=[ScriptedFailure(f"principal:{EXAMPLE_AREA}", 100.0)]
    )
    assert contract_events(ledger, 100.0) == [
        "100 principal contract_ended",
        "100 principal tendered",
        "199 principal awarded",
        "259 principal contract_started",
    ]


def test_one_persons_story_through_the_failure() -> None:
    """Bridged, then served by the principal; without cover for 3.15 days; then the framework."""
    ledger = simulate(
        example(), seed=1, failures=[ScriptedFailure(f"principal:{EXAMPLE_AREA}", 200.0)]
    )
    lost = [int(row[1]) for row in ledger.rows("moved") if row[6] == Cause.PROVIDER_FAILED]
    assert story_of(ledger, lost[0]) == [
        "21.99 waiting (referred)",
        "21.99 bridged (bridged)",
        "22.64 reserved_bridged principal (accepted)",
        "24.64 in_service principal (started)",
        "200.00 displaced (provider_failed)",
        "201.15 reserved pcn_framework (accepted)",
        "203.15 in_service pcn_framework (started)",
        "306.20 ended (died)",
    ]
    assert story_of(ledger, lost[1]) == [
        "45.54 waiting (referred)",
        "45.54 bridged (bridged)",
        "57.50 reserved_bridged principal (accepted)",
        "59.50 in_service principal (started)",
        "200.00 displaced (provider_failed)",
        "202.15 reserved legacy_framework (accepted)",
        "204.15 in_service legacy_framework (started)",
        "310.11 ended (recovered)",
    ]
