"""Document 000's example area loses its principal: the log as a literal, and one person's story.

10,000 hours of care in four weeks: 7,000 with the principal provider and 1,000 with each of three
framework providers, who have no more carers than their work needs.
"""

from __future__ import annotations

from datetime import date

import pytest
from conftest import QUIET

from sim.clock import days_between
from sim.ledger import Cause, Considered, Ledger, Stage
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario, load_scenario
from sim.scenario.tables import Branch, Contract, Provider
from sim.simulation import Simulation, simulate

AREA = "NORTH_NORFOLK_2"
HOURS_A_WEEK = {"PRINCIPAL": 1750.0, "FIRST": 250.0, "SECOND": 250.0, "THIRD": 250.0}
FAILURE_DAY = 182.0


def example() -> Scenario:
    """The example area as a county of its own, live from the first day; no carer comes or goes."""
    settings = {
        "calendar.end": "2024-12-31",
        "calendar.warm_up_weeks": 8,
        "demand.growth_per_year": 0,
        "demand.season_amplitude": 0,
        f"areas.{AREA}.go_live": "2024-01-01",
        f"areas.{AREA}.hours_per_four_weeks": 10000,
        "workforce.turnover_per_year": 0,
        "workforce.posts_follow_work": False,
        "bridging.hours_per_week": 40,
    }
    county = load_scenario("norfolk", overrides=QUIET, settings=settings)
    told = "document 000, worked example"
    contracts = [
        Contract(
            tier="principal" if code == "PRINCIPAL" else "pcn_framework",
            area=AREA,
            provider=code,
            starts=None,
            rank=1,
        )
        for code in HOURS_A_WEEK
    ]
    model = county.commissioning.model_copy(update={"contracts": tuple(contracts)})
    return county.model_copy(
        update={
            "areas": tuple(row for row in county.areas if row.code == AREA),
            "providers": tuple(
                Provider(code=code, rating="good", source=told) for code in HOURS_A_WEEK
            ),
            "branches": tuple(
                Branch(
                    provider=code,
                    area=AREA,
                    council_hours_per_week=hours,
                    private_hours_per_week=0,
                    private_people=0,
                    posts=None,
                )
                for code, hours in HOURS_A_WEEK.items()
            ),
            "commissioning": model,
        }
    )


@pytest.fixture(scope="module")
def failed() -> Ledger:
    script = ScriptedFailure(f"principal:{AREA}", FAILURE_DAY, staff_move_share=0.3)
    return simulate(example(), seed=1, failures=[script])


def test_the_contracts_are_those_of_the_example() -> None:
    """7,000 hours in four weeks for the principal, 1,000 for each of three framework providers."""
    area = Simulation(example(), seed=1).market.area(AREA)
    hours = [[c.maximum_minutes / 60 * 4 for c in area.contracts[tier]] for tier in (0, 1)]
    assert hours == [[7000.0], [1000.0, 1000.0, 1000.0]]


def test_each_framework_provider_would_have_to_grow_by_a_factor_of_three_and_a_third() -> None:
    area = Simulation(example(), seed=1).market.area(AREA)
    principal = area.contracts[0][0].maximum_minutes
    framework = [contract.maximum_minutes for contract in area.contracts[1]]
    growth = (framework[0] + principal / len(framework)) / framework[0]
    assert round(growth, 2) == 3.33


def hours_with(ledger: Ledger, day: float) -> dict[str, int]:
    """Hours a week in service by provider on a day, and the hours that nobody covers."""
    latest: dict[float, tuple[float, ...]] = {}
    for row in ledger.rows("moved"):
        if row[0] <= day:
            latest[row[1]] = row
    found = dict.fromkeys((*HOURS_A_WEEK, "nobody"), 0.0)
    for _, _, stage, branch, _, minutes, _ in latest.values():
        if stage == Stage.IN_SERVICE:
            owner = ledger.labels.branch_provider[int(branch)]
            found[ledger.labels.providers[owner]] += minutes / 60
        elif stage in (Stage.WAITING, Stage.DISPLACED, Stage.RESERVED):
            found["nobody"] += minutes / 60
    return {code: round(hours) for code, hours in found.items()}


def log_of(ledger: Ledger, since: float) -> list[str]:
    """What happened to providers, contracts and whole rounds from a day on, in words."""
    labels = ledger.labels
    events = [
        (row[0], f"{labels.providers[int(row[1])]} {Cause(int(row[3])).name.lower()}")
        for row in ledger.rows("traded")
    ]
    for day, branch, tier, _, cause in ledger.rows("contracted"):
        team = labels.branches[int(branch)].partition(":")[0]
        told = f"{team} {labels.tiers[int(tier)]} {Cause(int(cause)).name.lower()}"
        events.append((day, told))
    for day, _, tier, people, _, _, taker in ledger.rows("round_offered"):
        who = labels.branches[int(taker)].partition(":")[0] if taker >= 0 else "nobody"
        events.append((day, f"a round of {people:.0f} offered to {labels.tiers[int(tier)]}: {who}"))
    return [f"{day:.2f} {told}" for day, told in sorted(events) if day >= since]


def test_what_happens_when_the_principal_stops(failed: Ledger) -> None:
    assert log_of(failed, FAILURE_DAY) == [
        "182.00 PRINCIPAL closed",
        "182.00 PRINCIPAL principal contract_ended",
        "182.00 PRINCIPAL principal tendered",
        "183.15 a round of 10 offered to pcn_framework: SECOND",
        "183.15 a round of 10 offered to pcn_framework: THIRD",
        "183.15 a round of 10 offered to pcn_framework: nobody",
        "183.15 a round of 10 offered to pcn_framework: nobody",
        "183.15 a round of 10 offered to pcn_framework: nobody",
        "183.15 a round of 10 offered to pcn_framework: nobody",
        "183.15 a round of 10 offered to pcn_framework: nobody",
        "183.15 a round of 10 offered to pcn_framework: nobody",
        "183.15 a round of 10 offered to pcn_framework: nobody",
        "183.15 a round of 10 offered to pcn_framework: nobody",
        "183.15 a round of 11 offered to pcn_framework: nobody",
        "183.15 a round of 11 offered to pcn_framework: nobody",
        "183.15 a round of 11 offered to pcn_framework: nobody",
        "183.15 a round of 9 offered to pcn_framework: FIRST",
        "281.00 SECOND principal awarded",
        "341.00 SECOND principal contract_started",
    ]


def test_who_serves_how_much_before_and_after(failed: Ledger) -> None:
    days = (FAILURE_DAY - 1, FAILURE_DAY, FAILURE_DAY + 7, FAILURE_DAY + 28, FAILURE_DAY + 91)
    assert {int(day - FAILURE_DAY): hours_with(failed, day) for day in days} == {
        -1: {"PRINCIPAL": 1856, "FIRST": 174, "SECOND": 250, "THIRD": 197, "nobody": 0},
        0: {"PRINCIPAL": 0, "FIRST": 174, "SECOND": 250, "THIRD": 197, "nobody": 1849},
        7: {"PRINCIPAL": 0, "FIRST": 248, "SECOND": 378, "THIRD": 326, "nobody": 1379},
        28: {"PRINCIPAL": 0, "FIRST": 249, "SECOND": 376, "THIRD": 349, "nobody": 1260},
        91: {"PRINCIPAL": 0, "FIRST": 245, "SECOND": 366, "THIRD": 350, "nobody": 764},
    }


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


def test_one_persons_story_through_the_failure(failed: Ledger) -> None:
    lost = [int(row[1]) for row in failed.rows("moved") if row[6] == Cause.PROVIDER_FAILED]
    assert story_of(failed, lost[0]) == [
        "-47.99 waiting (referred)",
        "-47.99 bridged (bridged)",
        "-46.84 reserved_bridged legacy_framework (accepted)",
        "-44.84 in_service legacy_framework (started)",
        "0.00 in_service principal (contract_started)",
        "182.00 displaced (provider_failed)",
        "182.00 bridged (bridged)",
        "183.15 reserved_bridged pcn_framework (accepted)",
        "185.15 in_service pcn_framework (started)",
        "276.48 ended (died)",
    ]


def test_a_reprocurement_takes_159_days(failed: Ledger) -> None:
    """As in North Norfolk 3 and 4: 22 October 2025 to 30 March 2026."""
    assert days_between(date(2025, 10, 22), date(2026, 3, 30)) == 159
    told = {
        Cause(int(row[4])): row[0]
        for row in failed.rows("contracted")
        if row[0] >= FAILURE_DAY and failed.labels.tiers[int(row[2])] == "principal"
    }
    assert told[Cause.CONTRACT_STARTED] - told[Cause.CONTRACT_ENDED] == 159.0


def test_own_work_comes_under_the_contracts_at_go_live() -> None:
    """On the first day each holder's existing work is the contract's; nothing has to move."""
    simulation = Simulation(example(), seed=1)
    simulation.run(1.0)
    area = simulation.market.area(AREA)
    for contract in (*area.contracts[0], *area.contracts[1]):
        assert contract.used_minutes > 0.8 * contract.branch.used_minutes
    considered = simulation.ledger.columns("round_considered")["outcome"]
    assert Considered.MOVED not in considered.tolist()
