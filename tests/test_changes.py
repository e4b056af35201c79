"""The one door for changes: nobody is forgotten, from the first day of the warm-up on."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import small_county

from sim.laws import BrokenLawError, nobody_is_forgotten
from sim.ledger import Cause, Ledger
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario, load_scenario
from sim.simulation import Simulation

MARKET = Path(__file__).parents[1] / "sim"
TOLD_OF = {
    "emergency", "closed", "leaving", "lot", "maximum_minutes", "minutes", "movers", "phase",
    "pressing", "principal_missing", "private_homes", "private_minutes", "productive", "rating",
    "running", "suspended", "used_minutes",
}  # fmt: skip
"""What decides whether somebody is offered work, or takes it."""
OF_OTHER_THINGS = {
    "bridging.py": {"used_minutes"},  # the in-house team's own book
    "money.py": {"minutes"},  # what a period's account counts
    "self_funders.py": {"private_minutes"},  # what an area's people wanted as the market started
    "workforce.py": {"productive"},  # whether a single carer works alone; teams count them
}


def watched(scenario: Scenario, *failures: ScriptedFailure, seed: int = 1) -> Simulation:
    """A simulation that looks after every instant whether somebody is forgotten."""
    simulation = Simulation(scenario, seed=seed)
    market = simulation.market

    def tell_and_look() -> None:
        market.tell()
        if market.clock.environment.peek() > market.clock.now:
            nobody_is_forgotten(market)

    market.clock.after_each(market.changes, tell_and_look)
    for failure in failures:
        simulation.fail(failure)
    return simulation


@dataclass(frozen=True)
class Kind:
    """A kind of change, a world in which it happens, and how the ledger tells that it did."""

    settings: dict[str, Any]
    happened: Callable[[Ledger], bool]
    failures: tuple[ScriptedFailure, ...] = ()
    until: float = 400.0


def moved(cause: Cause) -> Callable[[Ledger], bool]:
    return lambda ledger: bool((ledger.columns("moved")["cause"] == cause).any())


def traded(cause: Cause) -> Callable[[Ledger], bool]:
    return lambda ledger: bool((ledger.columns("traded")["cause"] == cause).any())


def a_rating_rose(ledger: Ledger) -> bool:
    rated = ledger.columns("rated")
    latest: dict[int, int] = {}
    for provider, rating in zip(rated["provider"], rated["rating"], strict=True):
        if rating > latest.get(int(provider), rating):
            return True
        latest[int(provider)] = int(rating)
    return False


TIERS = "commissioning.tiers"
SCARCE = {"workforce.new_applicants_per_week": 0.5, "calendar.warm_up_weeks": 26}
WATCHED_RATINGS = {
    "quality.applies": True,
    "quality.monitoring_per_year": 6,
    "quality.look_spread": 1.5,
    "workforce.unlimited_capacity": True,
    f"{TIERS}.legacy_framework.minimum_rating": "good",
    f"{TIERS}.legacy_framework.minimum_rating_holds": "always",
    f"{TIERS}.off_framework.from_hours_per_week": 60,
}
DAY = 150.0
KINDS: dict[str, Kind] = {
    "a package once handed back, in the warm-up": Kind(
        {"calendar.warm_up_weeks": 52}, moved(Cause.HANDED_BACK), until=28.0
    ),
    "a direct payment frees a contract's maximum": Kind(
        {
            "care.direct_payments_per_year": 1.0,
            f"{TIERS}.principal.share_of_area_hours": 0.1,
            "workforce.unlimited_capacity": True,
            f"{TIERS}.legacy_framework.from_hours_per_week": 60,
            f"{TIERS}.off_framework.from_hours_per_week": 60,
            f"{TIERS}.pcn_framework.share_of_area_hours": 0.1,
        },
        moved(Cause.TO_DIRECT_PAYMENT),
        until=700.0,
    ),
    "a rating rises": Kind(WATCHED_RATINGS, a_rating_rose),
    "a package grows past a tier's limit": Kind(
        {
            f"{TIERS}.legacy_framework.from_hours_per_week": 10,
            f"{TIERS}.off_framework.from_hours_per_week": 10,
            "workforce.unlimited_capacity": True,
            "care.review_interval_days": 30,
            "care.review_change": 0.3,
        },
        moved(Cause.REVIEWED),
        tuple(ScriptedFailure("largest", DAY + day, 84.0) for day in range(3)),
    ),
    "a package shrinks": Kind(
        {"care.review_interval_days": 30},
        moved(Cause.REVIEWED),
        (ScriptedFailure("largest", DAY, 84.0),),
    ),
    "a suspension ends": Kind(
        {}, traded(Cause.SUSPENSION_ENDED), (ScriptedFailure("largest", DAY, kind="suspension",
                                                             lasts_days=60.0),)
    ),
    "a closure with carers who move": Kind(
        {}, traded(Cause.CLOSED), (ScriptedFailure("largest", DAY, staff_move_share=0.6),)
    ),
    "a closure of many with private work to give up": Kind(
        {"failure.private_absorbable_share": 0.5},
        traded(Cause.CLOSED),
        (ScriptedFailure("largest", DAY), ScriptedFailure("largest", DAY + 20.0)),
    ),
    "carers gone at once, and hand-backs": Kind(
        {"overload.no_reoffer_days": 28},
        moved(Cause.HANDED_BACK),
        (ScriptedFailure("largest", DAY, kind="staff_loss", share=0.6),),
    ),
    "a round taken whole by a team with little room": Kind(
        {"failure.staff_move_share": 0.9, "brokerage.handling_days": 0},
        traded(Cause.CLOSED),
        (ScriptedFailure("largest", 520.0),),
        until=600.0,
    ),
    "roll-out, with contracts that begin": Kind(
        {}, lambda ledger: ledger.count("round_considered") > 0, until=600.0
    ),
    "nobody waits for a broker": Kind(
        {"brokerage.brokers": 0, "brokerage.handling_days": 0},
        moved(Cause.ACCEPTED),
        (ScriptedFailure("largest", DAY),),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_nobody_is_forgotten_at_any_instant(name: str) -> None:
    kind = KINDS[name]
    scenario = load_scenario("small", settings={**SCARCE, **kind.settings})
    ledger = watched(scenario, *kind.failures).run(kind.until)
    assert kind.happened(ledger)
    assert ledger.count("moved") > 500


def test_a_contract_returned_and_taken_up_by_another() -> None:
    scenario = small_county(workforce__new_applicants_per_week=0.5)
    live = float((date(2025, 1, 13) - scenario.calendar.start).days)
    script = ScriptedFailure("principal:KINGS_LYNN", live + 200, 28.0, kind="contract_returned")
    ledger = watched(scenario, script).run(live + 460)
    causes = set(ledger.columns("contracted")["cause"].tolist())
    assert {Cause.CONTRACT_RETURNED, Cause.AWARDED, Cause.CONTRACT_STARTED} <= causes


def test_the_law_notices_who_is_forgotten() -> None:
    """Carers who come without anybody being told."""
    simulation = Simulation(load_scenario("small", settings=SCARCE), seed=1)
    simulation.run(DAY)
    market = simulation.market
    assert any(not package.offer_open for area in market.areas for package in area.list.packages)
    for branch in market.branches:
        branch.make_productive(50)
    with pytest.raises(BrokenLawError, match="is on the list"):
        nobody_is_forgotten(market)
    market.tell()
    nobody_is_forgotten(market)


@pytest.mark.parametrize(
    "path", sorted((MARKET / "processes").glob("*.py")), ids=lambda path: path.name
)
def test_processes_change_nouns_through_their_own_steps(path: Path) -> None:
    """What others must hear of is assigned by the nouns alone, which note their change."""
    own = OF_OTHER_THINGS.get(path.name, set())
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, (ast.AugAssign, ast.AnnAssign)) else targets
        for target in [part for whole in targets for part in ast.walk(whole)]:
            if isinstance(target, ast.Attribute) and isinstance(target.ctx, ast.Store):
                assert target.attr not in TOLD_OF - own, f"line {target.lineno}: {target.attr}"


def acceptances_by_day(ledger: Ledger) -> dict[int, int]:
    found: dict[int, int] = {}
    for day in ledger.columns("accepted")["day"]:
        found[int(day // 1)] = found.get(int(day // 1), 0) + 1
    return found


@pytest.mark.parametrize("county", ["norfolk", "leicestershire", "rotherham", "staffordshire"])
def test_a_frozen_warm_up_does_not_jump_on_the_first_day(county: str) -> None:
    """The day on which the scenario begins sees no more acceptances than the days before it.

    A Poisson count exceeds its mean by more than five standard deviations once in a million.
    """
    scenario = load_scenario(county, settings={"calendar.end": "2024-03-31"} if county ==
                             "norfolk" else {})  # fmt: skip
    by_day = acceptances_by_day(Simulation(scenario, seed=1).run(1.0))
    usual = sum(by_day.get(day, 0) for day in range(-28, 0)) / 28
    assert by_day.get(0, 0) <= usual + 5 * max(1.0, usual) ** 0.5


@pytest.mark.long
def test_norfolks_first_morning_has_some_fifty_people_on_its_list() -> None:
    """Mean of eight replications: 82 where nobody takes a person who was once handed back."""
    scenario = load_scenario("norfolk")
    listed = []
    for replication in range(8):
        simulation = Simulation(scenario, seed=1, replication=replication)
        simulation.run(0.0)
        nobody_is_forgotten(simulation.market)
        listed.append(sum(len(area.list) for area in simulation.market.areas))
    assert 35 <= sum(listed) / len(listed) <= 65


@pytest.mark.parametrize("seed", range(6))
def test_nobody_else_is_let_in_while_a_round_is_taken(seed: int) -> None:
    """Small homes shorten the way between homes: the room that gives is the round's first."""
    settings = {
        "failure.staff_move_share": 0.9,
        "overload.pressing_after_days": 1,
        "packages.hours_log_sd": 1.5,
        "workforce.new_applicants_per_week": 0.5,
    }
    failures = [ScriptedFailure("largest", 500.0 + 5 * n, staff_move_share=0.9) for n in range(3)]
    simulation = Simulation(load_scenario("small", settings=settings), seed=seed)
    for failure in failures:
        simulation.fail(failure)
    ledger = simulation.run(560.0)
    taken = [row for row in ledger.rows("round_offered") if row[6] >= 0]
    assert taken
    accepted = ledger.rows("accepted")
    upto: dict[float, int] = {}
    for day, people, taker in [(row[0], int(row[3]), row[6]) for row in taken]:
        at_once = [row for row in accepted if row[0] == day]
        # Behind the rounds that were taken before: a team may take several at one moment.
        later = range(upto.get(day, 0), len(at_once))
        first = next(i for i in later if at_once[i][2] == taker)
        upto[day] = first + people
        assert all(row[2] == taker for row in at_once[first : first + people])
