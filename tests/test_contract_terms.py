"""Terms of single contracts, prices and orders of asking: what each moves, by hand-made figures.

The county is the small one, whose Harbour goes live on 1 July 2024 with 900 hours a week: its
principal, North Star, is contracted for 70% of them, 630 hours. No ramp: it begins whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest
from books import acceptable, faults
from small_market import FIRST, SmallMarket

from experiments.stress.work import places_of
from sim.clock import DAYS_PER_YEAR
from sim.commissioning import SETTLEMENTS, in_turn
from sim.laws import BrokenLawError, check
from sim.ledger import FACTS, Cause, Ledger
from sim.market.accounts import Profile, amount_pence, rate_pence
from sim.market.area import Area
from sim.market.branch import Branch
from sim.market.contract import Contract
from sim.market.pay import Pay, PayList
from sim.market.terms import most_and_part, terms_of
from sim.processes.absence import has_principal, principals_of
from sim.processes.failure import ScriptedFailure, usual_notice
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.scenario.faults import grouped
from sim.scenario.levers import moves
from sim.simulation import Simulation, simulate

PRINCIPAL, FRAMEWORK, LEGACY = range(3)
LIVE = 182.0
NORTH_STAR = "commissioning.contracts.principal:HARBOUR:NORTH_STAR"
LANTERN = "commissioning.contracts.principal:MARKET:LANTERN"
QUICK = {
    "calendar.end": "2025-06-30",
    "calendar.warm_up_weeks": 8,
    "quality.applies": False,
    "commissioning.tiers.principal.ramp_start_share": 1.0,
    "commissioning.tiers.principal.ramp_days": 0.0,
}


def with_settings(**settings: Any) -> Scenario:
    """The small county with settings; ``__`` for the dot."""
    told = {path.replace("__", "."): value for path, value in settings.items()}
    return load_scenario("small", settings={**QUICK, **told})


def with_terms(contract: str = NORTH_STAR, **cells: Any) -> Scenario:
    """The small county, one of whose contracts has cells of its own."""
    return load_scenario(
        "small", settings={**QUICK, **{f"{contract}.{key}": value for key, value in cells.items()}}
    )


def built(scenario: Scenario, until: float = 0.0) -> Simulation:
    simulation = Simulation(scenario, seed=1)
    simulation.run(until)
    return simulation


def held(simulation: Simulation, code: str, tier: int = PRINCIPAL) -> Contract:
    return next(b for b in simulation.market.branches if b.code == code).contracts[tier]


def of_contract(ledger: Ledger, code: str, tier: int, *causes: Cause) -> list[tuple[float, int]]:
    """Days and minutes of what happens to one contract."""
    return [
        (day, int(maximum))
        for day, branch, of, maximum, cause in ledger.rows("contracted")
        if (ledger.labels.branches[int(branch)], of) == (code, tier) and cause in causes
    ]


def payments(ledger: Ledger, code: str, tier: int) -> list[dict[str, int]]:
    """What one contract was paid, period by period."""
    paid = ledger.columns("paid")
    branch = ledger.labels.branches.index(code)
    mine = np.flatnonzero((paid["branch"] == branch) & (paid["tier"] == tier))
    return [{name: int(column[row]) for name, column in paid.items()} for row in mine]


def facts(ledger: Ledger, *, money: bool = True) -> dict[str, bytes]:
    left_out = () if money else ("paid", "accounts")
    return {name: ledger.table(name).tobytes() for name in FACTS if name not in left_out}


# Hours, shares and the most --------------------------------------------------------------------

HOURS: dict[str, tuple[dict[str, Any], int, float]] = {
    "as the tier": ({}, 630 * 60, 630 * 60),
    "hours": ({"hours_per_week": 150}, 150 * 60, 150 * 60),
    "share": ({"share": 0.4}, 252 * 60, 252 * 60),
    "a maximum above the tier's hours": ({"maximum_hours_per_week": 900}, 900 * 60, 630 * 60),
    "a maximum above its hours": (
        {"hours_per_week": 150, "maximum_hours_per_week": 200},
        200 * 60,
        150 * 60,
    ),
}
"""What a row says, the most minutes a week, and the contracted ones."""


@pytest.mark.parametrize(("cells", "most", "contracted"), HOURS.values(), ids=HOURS)
def test_hours_of_a_contract_limit_work_and_make_posts(
    cells: dict[str, Any], most: int, contracted: float
) -> None:
    simulation = built(with_terms(**cells), LIVE + 1)
    contract = held(simulation, "NORTH_STAR:HARBOUR")
    assert contract.maximum_minutes == most
    assert contract.contracted_minutes(LIVE) == pytest.approx(contracted)
    assert contract.has_room(most - contract.used_minutes, principal_missing=False)
    assert not contract.has_room(most - contract.used_minutes + 1, principal_missing=False)


def test_a_maximum_alone_asks_for_no_posts_and_guarantees_nothing() -> None:
    assert most_and_part(None, 80.0) == (80.0, 0.0)
    assert most_and_part(None, None) == (None, 1.0)
    assert most_and_part(60.0, 80.0) == (80.0, 0.75)


def test_who_has_no_hours_of_its_own_shares_equally_what_the_others_leave() -> None:
    framework = "commissioning.contracts.pcn_framework:HARBOUR:"
    simulation = built(
        with_settings(
            **{
                f"{framework}ANCHOR.hours_per_week": 170.0,
                f"{framework}BELL.share": 0.1,
            }
        ),
        LIVE + 1,
    )
    # 30% of 900 hours are 270: 170 and 27 are taken, and 73 are left for one.
    assert [
        held(simulation, f"{code}:HARBOUR", FRAMEWORK).maximum_minutes
        for code in ("ANCHOR", "BELL", "CLOVER")
    ] == [170 * 60, 27 * 60, 73 * 60]


def test_a_small_contract_is_given_no_more_than_it_says() -> None:
    ledger = simulate(with_terms(hours_per_week=100), seed=1)
    wide = simulate(with_terms(), seed=1)
    assert (
        most_used(ledger, "NORTH_STAR:HARBOUR") <= 100 * 60 < most_used(wide, "NORTH_STAR:HARBOUR")
    )


def most_used(ledger: Ledger, code: str) -> int:
    """The most minutes a week accepted by a principal at any moment, reviews left out."""
    branch = ledger.labels.branches.index(code)
    where: dict[int, int] = {}
    most = 0
    for _, package, _, team, tier, minutes, cause in ledger.rows("moved"):
        where.pop(int(package), None)
        if (team, tier) == (branch, PRINCIPAL):
            where[int(package)] = int(minutes)
            if cause in (Cause.ACCEPTED, Cause.HANDED_OVER):
                most = max(most, sum(where.values()))
    return most


def test_an_area_goes_to_its_split_by_contracted_hours_not_by_the_maximum() -> None:
    simulation = built(with_terms(hours_per_week=150, maximum_hours_per_week=600), LIVE + 1)
    contract = held(simulation, "NORTH_STAR:HARBOUR")
    contract.used_minutes = 150 * 60
    assert not contract.foresees(15)
    assert contract.has_room(15, principal_missing=False)


# Guarantees ------------------------------------------------------------------------------------

GUARANTEES: dict[str, tuple[dict[str, Any], int, int]] = {
    "as the tier": ({}, round(0.8 * 630 * 4 * 60), 630 * 4 * 60),
    "a share of its own": ({"guaranteed_share": 1.0}, 630 * 4 * 60, 630 * 4 * 60),
    "none": ({"guaranteed_share": 0.0}, 0, 630 * 4 * 60),
    "of its own hours": ({"hours_per_week": 150, "guaranteed_share": 0.9}, 32_400, 36_000),
    "below a maximum": (
        {"hours_per_week": 150, "maximum_hours_per_week": 200, "guaranteed_share": 1.0},
        36_000,
        48_000,
    ),
}
"""What a row says; guaranteed minutes in four weeks, and the most that are paid for."""


@pytest.mark.parametrize(("cells", "floor", "most"), GUARANTEES.values(), ids=GUARANTEES)
def test_a_block_is_paid_by_its_own_guarantee(cells: dict[str, Any], floor: int, most: int) -> None:
    rows = payments(simulate(with_terms(**cells), seed=1), "NORTH_STAR:HARBOUR", PRINCIPAL)
    whole = [row for row in rows if row["day"] >= LIVE + 28]
    assert len(whole) > 10
    for row in whole:
        assert row["minutes"] == min(max(row["delivered"], floor), most)
        assert row["amount"] == amount_pence(row["minutes"], row["rate"])
    assert any(row["minutes"] != row["delivered"] for row in whole) or not floor


def test_a_guarantee_moves_money_and_nobody_as_long_as_nobody_stops() -> None:
    before, after = (
        simulate(with_terms(**cells), seed=1) for cells in ({}, {"guaranteed_share": 0.5})
    )
    assert facts(after, money=False) == facts(before, money=False)
    assert facts(after) != facts(before)


def test_the_profile_of_a_contract_with_a_maximum_above_its_hours() -> None:
    profile = Profile(0.0, 0.5, 70.0, maximum_minutes=800, contracted_part=0.75)
    # Level after 70 days: 600 a week; in the ramp three quarters of that on average.
    assert profile.minutes(70.0, 77.0) == pytest.approx(600.0)
    assert profile.minutes(0.0, 70.0) == pytest.approx(10 * 600 * 0.75)
    assert profile.most_minutes(0.0, 7.0) == 800.0


# Rates and prices ------------------------------------------------------------------------------


def test_a_rate_in_pounds_is_that_of_the_first_day_and_rises_with_the_framework() -> None:
    ledger = simulate(with_terms(rate_gbp_per_hour=21.37), seed=1)
    rates = {row["day"]: row["rate"] for row in payments(ledger, "NORTH_STAR:HARBOUR", PRINCIPAL)}
    before = {rate for day, rate in rates.items() if day < 456}
    after = {rate for day, rate in rates.items() if day > 456 + 28}
    assert before == {2137}
    # The small county pays 24.37 pounds from April 2024 and 25.73 from April 2025.
    assert after == {rate_pence(25.73, 21.37 / 24.37)}


def test_a_ratio_of_its_own_is_paid() -> None:
    ledger = simulate(with_terms(rate_ratio=1.1), seed=1)
    first = payments(ledger, "NORTH_STAR:HARBOUR", PRINCIPAL)[0]
    assert first["rate"] == rate_pence(24.37, 1.1)
    usual = simulate(with_terms(), seed=1)
    assert payments(usual, "NORTH_STAR:HARBOUR", PRINCIPAL)[0]["rate"] == rate_pence(24.37, 0.905)


@pytest.mark.parametrize("cells", [{"rate_ratio": 0.5}, {"rate_gbp_per_hour": 0.5 * 24.37}])
def test_who_is_paid_less_wants_less(cells: dict[str, Any]) -> None:
    contract = "commissioning.contracts.pcn_framework:HARBOUR:ANCHOR"
    simulation = built(with_terms(contract, **cells), LIVE + 1)
    pay = held(simulation, "ANCHOR:HARBOUR", FRAMEWORK).pay
    rule = simulation.market.brokerage.rules[FRAMEWORK]
    assert pay is not None
    assert pay.fees == pytest.approx([0.5] * 4)
    assert all(own < usual for own, usual in zip(pay.wanting, rule.wanting, strict=True))
    assert held(simulation, "BELL:HARBOUR", FRAMEWORK).pay is None


def test_who_is_paid_less_is_given_less() -> None:
    contract = "commissioning.contracts.pcn_framework:HARBOUR:ANCHOR"
    given = [
        accepted_by(simulate(with_terms(contract, rate_ratio=ratio), seed=1), "ANCHOR:HARBOUR")
        for ratio in (1.0, 0.45)
    ]
    assert given[1] < given[0]


def accepted_by(ledger: Ledger, code: str, tier: int = FRAMEWORK) -> int:
    accepted = ledger.columns("accepted")
    branch = ledger.labels.branches.index(code)
    return int(((accepted["branch"] == branch) & (accepted["tier"] == tier)).sum())


PRICED = [
    {"provider": "BELL", "settlement": "urban", "gbp_per_hour": 20.0},
    {"provider": "BELL", "gbp_per_hour": 26.0},
    {"tier": "legacy_framework", "provider": "ANCHOR", "gbp_per_hour": 23.5},
]
BY_PRICE = {"commissioning.tiers.pcn_framework.choose": "price", "commissioning.prices": PRICED}


def test_prices_by_class_and_what_is_left_is_the_tiers_rate() -> None:
    scenario = with_settings(**BY_PRICE)
    pay = PayList(scenario)
    rate = 22.24  # of 1 January 2024, in the small county's wages.csv
    bell = pay.of(FRAMEWORK, "BELL", None)
    assert bell is not None
    assert bell.by_class
    assert bell.fees == pytest.approx([20 / rate, 26 / rate, 26 / rate, 26 / rate])
    # A row without a tier is of tiers that choose by price, one with a tier of that tier alone.
    assert pay.of(LEGACY, "BELL", None) is None
    anchor = pay.of(LEGACY, "ANCHOR", None)
    assert anchor is not None
    assert anchor.fees == pytest.approx([23.5 / rate] * 4)
    assert pay.of(FRAMEWORK, "ANCHOR", None) is None


def test_a_provider_is_paid_its_price_for_each_class_to_the_penny() -> None:
    ledger = simulate(with_settings(**BY_PRICE), seed=1)
    prices = {rate_pence(24.37, gbp / 22.24) for gbp in (20.0, 26.0)}
    rates = {
        row["rate"]
        for area in ("HARBOUR", "MARKET", "VALE")
        for row in payments(ledger, f"BELL:{area}", FRAMEWORK)
        if row["day"] < 456
    }
    assert rates == prices
    for row in payments(ledger, "BELL:HARBOUR", FRAMEWORK):
        assert row["minutes"] == row["delivered"]
        assert row["amount"] == amount_pence(row["minutes"], row["rate"])


@pytest.mark.parametrize(
    ("row", "settlement"), [(":BELL:urban", "urban"), ("legacy_framework:ANCHOR:", None)]
)
def test_a_price_is_set_by_its_path(row: str, settlement: str | None) -> None:
    scenario = with_settings(**BY_PRICE).changed({f"commissioning.prices.{row}.gbp_per_hour": 31.5})
    changed = [price for price in scenario.commissioning.prices if price.gbp_per_hour == 31.5]
    assert [price.settlement for price in changed] == [settlement]


def test_prices_cover_all_that_was_delivered() -> None:
    """What is paid by class adds up to what the same contract delivers without prices."""
    at_the_rate = [{"provider": "BELL", "gbp_per_hour": 22.24}]
    plain, priced = (
        simulate(with_settings(commissioning__tiers__pcn_framework__choose="price", **more), seed=1)
        for more in ({}, {"commissioning__prices": at_the_rate})
    )
    assert facts(priced, money=False) == facts(plain, money=False)
    for area in ("HARBOUR", "MARKET", "VALE"):
        whole, parts = (payments(one, f"BELL:{area}", FRAMEWORK) for one in (plain, priced))
        by_day: dict[int, int] = {}
        for row in parts:
            by_day[row["day"]] = by_day.get(row["day"], 0) + row["delivered"]
        assert {row["day"]: row["delivered"] for row in whole if row["delivered"]} == pytest.approx(
            by_day, abs=4
        )


# Growth, notice, ends --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("follow", "own", "growth"),
    [
        ("nothing", None, None),
        ("nothing", 0.05, 1.05),
        ("nothing", -0.1, 0.9),
        ("demand", None, 1.018),
        ("demand", 0.0, None),
        ("demand", 0.05, 1.05),
    ],
)
def test_hours_grow_every_year_as_the_contract_says(
    follow: str, own: float | None, growth: float | None
) -> None:
    scenario = load_scenario(
        "small",
        settings={
            **QUICK,
            "commissioning.tiers.principal.hours_follow": follow,
            **({} if own is None else {f"{NORTH_STAR}.indexation_share_per_year": own}),
        },
    )
    grown = of_contract(
        simulate(scenario, seed=1), "NORTH_STAR:HARBOUR", PRINCIPAL, Cause.HOURS_INDEXED
    )
    expected = [] if growth is None else [(DAYS_PER_YEAR, round(37800 * growth))]
    assert grown == expected


@pytest.mark.parametrize(("own", "notice"), [(None, 28.0), (90.0, 90.0), (7.0, 7.0)])
def test_a_contract_is_returned_with_its_own_notice(own: float | None, notice: float) -> None:
    settings = {
        "failure__random": True,
        "failure__losses_per_year_principal": 2.0,
        "failure__usual_notice_days": 28.0,
        **{f"failure__closures_per_year_{size}": 0.0 for size in ("small", "large", "principal")},
        "failure__shortfalls_per_year_principal": 0.0,
        **({} if own is None else {f"{NORTH_STAR}.notice_days": own}),
    }
    ledger = simulate(with_settings(**settings), seed=1)
    told = of_contract(ledger, "NORTH_STAR:HARBOUR", PRINCIPAL, Cause.TENDERED)[0][0]
    over = of_contract(ledger, "NORTH_STAR:HARBOUR", PRINCIPAL, Cause.CONTRACT_RETURNED)[0][0]
    assert over - told == pytest.approx(notice)


def test_the_longest_notice_of_a_providers_contracts_holds() -> None:
    simulation = built(with_terms(notice_days=90.0), LIVE + 1)
    market = simulation.market
    teams = market.provider("NORTH_STAR").branches
    assert usual_notice(market, teams) == usual_notice(market, teams, of_principals=True) == 90.0
    assert usual_notice(market, market.provider("LANTERN").branches) == 28.0
    assert usual_notice(market, market.provider("DRIFT").branches, of_principals=True) == 28.0


def test_a_contract_of_the_framework_ends_on_its_day_and_its_people_stay() -> None:
    contract = "commissioning.contracts.pcn_framework:HARBOUR:ANCHOR"
    scenario = with_terms(contract, ends="2024-12-01")
    simulation = built(scenario, 400.0)
    ended = of_contract(simulation.ledger, "ANCHOR:HARBOUR", FRAMEWORK, Cause.CONTRACT_ENDED)
    assert ended == [(335.0, 5400)]
    accepted = simulation.ledger.columns("accepted")
    branch = simulation.ledger.labels.branches.index("ANCHOR:HARBOUR")
    days = accepted["day"][(accepted["branch"] == branch) & (accepted["tier"] == FRAMEWORK)]
    assert days.max() < 335.0
    assert held(simulation, "ANCHOR:HARBOUR", FRAMEWORK).used_minutes > 0
    assert not list(faults(simulation.market))
    # One that is over before the first day never begins.
    never = built(with_terms(contract, starts="2023-01-01", ends="2023-12-01"), 1.0)
    assert (
        FRAMEWORK
        not in next(b for b in never.market.branches if b.code == "ANCHOR:HARBOUR").contracts
    )


# Who is asked first ----------------------------------------------------------------------------


def market_that_chooses(choose: str, offer: str, weights: Mapping[str, float]) -> SmallMarket:
    """Teams with many carers in a tier that chooses so; a contract's share by team."""
    market = SmallMarket(
        "brokerage",
        commissioning__tiers__first__choose=choose,
        commissioning__tiers__first__offer=offer,
    )
    for code, weight in weights.items():
        contract = market.team(code, carers=50).contracts[FIRST]
        contract.terms = replace(contract.terms, weight=weight)
    return market


def taken_in_order(market: SmallMarket, number: int, **more: Any) -> str:
    """Who is given one person of ten hours after another, a letter each."""
    takers = [market.seeks(**more).branch for _ in range(number)]
    return "".join("-" if taker is None else taker.provider.code for taker in takers)


OFFERS = ("sequential", "simultaneous")


@pytest.mark.parametrize("offer", OFFERS)
def test_shares_of_60_and_40_are_kept_person_by_person(offer: str) -> None:
    market = market_that_chooses("share", offer, {"A": 0.6, "B": 0.4})
    # After each: A has 10 of 10, B is 4 short; then 20 of 20 are 10 and 10, A is 2 short; …
    assert taken_in_order(market, 10) == "ABABAABABA"


@pytest.mark.parametrize("offer", OFFERS)
def test_turns_go_round_and_pass_over_who_is_full(offer: str) -> None:
    market = market_that_chooses("rotation", offer, dict.fromkeys("ABC", 1.0))
    assert taken_in_order(market, 5) == "ABCAB"
    second = market.area.branches[1].contracts[FIRST]
    second.maximum_minutes = second.used_minutes
    assert taken_in_order(market, 4) == "CACA"


@pytest.mark.parametrize("offer", OFFERS)
def test_the_cheapest_for_the_home_that_accepts_is_chosen(offer: str) -> None:
    market = market_that_chooses("price", offer, dict.fromkeys("ABC", 1.0))
    everything = tuple([1 << 62] * len(SETTLEMENTS))
    for branch, fees in zip(
        market.area.branches,
        ((1.0, 1.0, 1.2, 1.2), (0.9, 1.0, 1.3, 1.3), (1.1, 1.1, 1.1, 1.1)),
        strict=True,
    ):
        branch.contracts[FIRST].pay = Pay(1.0, fees, everything, by_class=True)
    assert taken_in_order(market, 2, place="urban") == "BB"
    assert taken_in_order(market, 2, place="rural") == "CC"
    assert taken_in_order(market, 1, place="fringe") == "A"  # A and B ask the same: by rank
    cheapest = market.area.branches[1].contracts[FIRST]
    cheapest.maximum_minutes = cheapest.used_minutes
    assert taken_in_order(market, 1, place="urban") == "A"


@pytest.mark.parametrize("offer", OFFERS)
def test_who_waits_is_offered_in_the_same_order(offer: str) -> None:
    """Where two teams gain in one instant, the one whose turn it is takes who stands longest."""
    market = market_that_chooses("share", offer, {"A": 0.2, "B": 0.8})
    for branch in market.area.branches:
        branch.contracts[FIRST].maximum_minutes = 0
    waits = [market.seeks() for _ in range(2)]
    assert [person.branch for person in waits] == [None, None]
    for branch in market.area.branches:
        branch.contracts[FIRST].change_hours(6000)
    market.market.reserve(
        market.person(), market.area.branches[0].contracts[FIRST], market.area.branches[0]
    )
    market.run_to(1.0)
    assert [person.branch.provider.code for person in waits if person.branch] == ["B", "B"]


def test_one_package_asks_each_once_though_the_order_moves_meanwhile() -> None:
    """While one package goes round, another changes who is furthest below its share."""
    market = SmallMarket(
        "brokerage",
        commissioning__tiers__first__choose="share",
        commissioning__tiers__first__offer="sequential",
        commissioning__tiers__first__answer_days=1.0,
    )
    for code in "AB":
        team = market.team(code, carers=50)
        team.contracts[FIRST].maximum_minutes = 300
    large, little = market.seeks(hours=20.0), market.seeks(hours=5.0)
    market.run_to(10.0)
    asked = market.market.ledger.rows("asked")
    heard = [row for row in asked if row[1] == large.id and row[2] == FIRST]
    assert len(heard) == 2
    assert large.branch is None
    assert little.branch is not None


def test_orders_of_today_stand_as_they_stood() -> None:
    market = market_that_chooses("rank", "sequential", dict.fromkeys("ABC", 1.0))
    asked = [team.contracts[FIRST] for team in market.area.branches]
    rule = market.market.brokerage.rules[FIRST]
    assert in_turn(rule, asked, market.person()) is asked


@pytest.mark.parametrize("choose", ["price", "share", "rotation"])
@pytest.mark.parametrize("offer", OFFERS)
def test_a_county_that_chooses_so_breaks_no_law_and_forgets_nobody(choose: str, offer: str) -> None:
    settings = {
        f"commissioning.tiers.pcn_framework.{key}": value
        for key, value in (("choose", choose), ("offer", offer))
    }
    scenario = with_settings(
        **settings, commissioning__prices=PRICED if choose == "price" else PRICED[2:]
    )
    simulation = Simulation(scenario, seed=1)
    simulation.fail(ScriptedFailure("NORTH_STAR", LIVE + 60))
    for day in (100.0, LIVE + 61, LIVE + 130, 500.0):
        simulation.run(day)
        assert not list(faults(simulation.market))
        assert not acceptable(simulation.market)
    assert facts(simulation.run(500.0)) == facts(simulate_to(scenario, 500.0))
    plain = simulate(with_settings(), seed=1)
    assert accepted_by(plain, "ANCHOR:HARBOUR") != accepted_by(simulation.ledger, "ANCHOR:HARBOUR")


def simulate_to(scenario: Scenario, day: float) -> Ledger:
    again = Simulation(scenario, seed=1)
    again.fail(ScriptedFailure("NORTH_STAR", LIVE + 60))
    return again.run(day)


# Several principals ----------------------------------------------------------------------------


def partners(**settings: Any) -> Scenario:
    """Harbour with two partners, 60 to 40, in one tier of principals."""
    scenario = with_settings(
        commissioning__tiers__principal__choose="share", procurement__lots_cap=5, **settings
    )
    model = scenario.commissioning
    rows = [row.model_dump() for row in model.contracts]
    for row in rows:
        if (row["tier"], row["area"]) == ("principal", "HARBOUR"):
            row["share"] = 0.6
    second = {"tier": "principal", "area": "HARBOUR", "provider": "REED", "rank": 2, "share": 0.4}
    return scenario.changed({"commissioning.contracts": [*rows, {**second, "starts": None}]})


def test_two_partners_share_an_areas_hours_and_its_work() -> None:
    simulation = built(partners(), 500.0)
    area = simulation.market.area("HARBOUR")
    both = principals_of(simulation.market, area)
    assert [contract.branch.provider.code for contract in both] == ["NORTH_STAR", "REED"]
    assert [contract.maximum_minutes for contract in both] == [378 * 60, 252 * 60]
    assert [contract.terms.lot_number for contract in both] == [0, 1]
    served = [contract.used_minutes for contract in both]
    assert served[0] / sum(served) == pytest.approx(0.6, abs=0.08)


def test_where_one_partner_stops_its_own_lot_is_tendered_and_the_area_keeps_a_principal() -> None:
    scenario = partners(procurement__emergency_days=60.0, procurement__bidder_size_share=0.0)
    simulation = Simulation(scenario, seed=1)
    simulation.fail(ScriptedFailure("REED", LIVE + 60))
    simulation.run(LIVE + 61)
    market = simulation.market
    area = market.area("HARBOUR")
    assert has_principal(market, area)
    assert not area.principal_missing
    simulation.run(LIVE + 200)
    tendered = of_contract(simulation.ledger, "REED:HARBOUR", PRINCIPAL, Cause.TENDERED)
    assert [day for day, _ in tendered] == [LIVE + 60]
    now = principals_of(market, area)
    assert [contract.terms.lot_number for contract in now] == [0, 1]
    successor = now[1]
    assert successor.branch.provider.code not in ("REED", "NORTH_STAR")
    assert successor.maximum_minutes == 252 * 60
    assert successor.terms.weight == 0.4
    assert not list(faults(market))


def test_stress_loses_each_partner_by_its_code_and_others_by_an_area_of_their_own() -> None:
    scenario = partners()
    rules = {place.name: place.rule for place in places_of(scenario)}
    assert rules["Harbour (NORTH_STAR)"] == "NORTH_STAR"
    assert rules["Marsh + Harbour"] == "principal:MARSH"  # Reed, alone in Marsh
    assert rules["Market Town"] == "principal:MARKET"
    assert len(rules) == len({row.provider for row in scenario.commissioning.principal_contracts})


def test_an_area_with_partners_does_not_name_one_principal() -> None:
    with pytest.raises(ScenarioError, match="HARBOUR has 2 principal providers: NORTH_STAR, REED"):
        partners().changed({"failures": [{"date": "2025-01-01", "who": "principal:HARBOUR"}]})


def both_tiers() -> Scenario:
    return with_settings(
        commissioning__principal_tier=["pcn_framework", "principal"],
        commissioning__tiers__pcn_framework__choose="rotation",
    )


def test_more_than_one_tier_may_count_as_principal() -> None:
    model = both_tiers().commissioning
    assert model.principal_tiers == ("principal", "pcn_framework")
    assert model.principal_places == (PRINCIPAL, FRAMEWORK)
    assert with_settings().commissioning.principal_places == (PRINCIPAL,)
    assert model.principals_of("MARSH") == ("REED", "CLOVER", "DRIFT", "ANCHOR")


def test_a_tier_that_is_no_tier_is_named() -> None:
    with pytest.raises(ScenarioError, match="tier 'prinzipal' is not known"):
        with_settings(commissioning__principal_tier=["principal", "prinzipal"])


def several(tier: str) -> Scenario:
    """Two tiers of principals, one holder each: Harbour's framework is Reed's alone."""
    scenario = with_settings()
    rows = [
        row.model_dump()
        for row in scenario.commissioning.contracts
        if (row.tier, row.area) != ("pcn_framework", "HARBOUR")
    ]
    rows.append({"tier": tier, "area": "HARBOUR", "provider": "REED", "rank": 1, "starts": None})
    tiers = ["principal", "pcn_framework"]
    named = {"commissioning.contracts": rows, "commissioning.principal_tier": tiers}
    rotating = {"commissioning.tiers.pcn_framework.choose": "rotation"}
    return scenario.changed({**named, **rotating})


def test_an_area_lacks_a_principal_when_the_last_of_them_has_gone() -> None:
    simulation = Simulation(several("pcn_framework"), seed=1)
    simulation.fail(ScriptedFailure("NORTH_STAR", LIVE + 50))
    simulation.fail(ScriptedFailure("REED", LIVE + 80))
    area: Area = simulation.market.area("HARBOUR")
    missing = []
    for day in (LIVE + 49, LIVE + 51, LIVE + 81):
        simulation.run(day)
        missing.append(area.principal_missing)
        assert area.principal_missing != has_principal(simulation.market, area)
    assert missing == [False, False, True]
    tendered = [
        of_contract(simulation.ledger, code, tier, Cause.TENDERED)
        for code, tier in (("NORTH_STAR:HARBOUR", PRINCIPAL), ("REED:HARBOUR", FRAMEWORK))
    ]
    assert [len(rows) for rows in tendered] == [1, 1]


# Checks ----------------------------------------------------------------------------------------

BELL = "commissioning.contracts.pcn_framework:HARBOUR:BELL"
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "hours and share": (
        {f"{NORTH_STAR}.hours_per_week": 100.0, f"{NORTH_STAR}.share": 0.5},
        "it has both hours_per_week and share. Give its hours, or its share",
    ),
    "shares above 1": (
        {f"{BELL}.share": 0.7, f"{BELL.replace('BELL', 'ANCHOR')}.share": 0.5},
        "the shares of tier 'pcn_framework' in area 'HARBOUR' add up to 1.2. Make them add up",
    ),
    "shares that leave nothing": (
        {f"{BELL}.share": 0.5, f"{BELL.replace('BELL', 'ANCHOR')}.share": 0.5},
        "leave nothing for 1 more contracts. Give these a share too, or remove them",
    ),
    "some with a share": (
        {f"{BELL}.share": 0.5, "commissioning.tiers.pcn_framework.choose": "share"},
        "has contracts with a share and others without. Give each a share",
    ),
    "two rates": (
        {f"{BELL}.rate_ratio": 1.1, f"{BELL}.rate_gbp_per_hour": 27.0},
        "it has both rate_ratio and rate_gbp_per_hour. Give its rate in pounds, or as a ratio",
    ),
    "maximum below hours": (
        {f"{BELL}.hours_per_week": 90.0, f"{BELL}.maximum_hours_per_week": 80.0},
        "its maximum of 80 hours lies below its 90 contracted hours. Raise the maximum",
    ),
    "a guarantee of a spot tier": (
        {f"{BELL}.guaranteed_share": 0.5},
        "it has no effect: tier 'pcn_framework' pays for hours delivered. Give the tier pay_basis",
    ),
    "a price of a block": (
        {"commissioning.prices": [{"tier": "principal", "provider": "OAK", "gbp_per_hour": 25.0}]},
        "tier principal is paid as a block, at the contract's rate. Give rate_gbp_per_hour",
    ),
    "a price of no tier": (
        {"commissioning.prices": [{"provider": "OAK", "gbp_per_hour": 25.0}]},
        "it does not name a tier, and no tier chooses by price. Name the tier, or give one",
    ),
    "a price twice": (
        {
            "commissioning.tiers.legacy_framework.choose": "price",
            "commissioning.prices": [{"provider": "OAK", "gbp_per_hour": 25.0}] * 2,
        },
        "the price of tier, provider and class every one, OAK, every one is given 2 times",
    ),
    "a price of nobody": (
        {
            "commissioning.tiers.legacy_framework.choose": "price",
            "commissioning.prices": [{"provider": "OAKS", "gbp_per_hour": 25.0}],
        },
        "provider 'OAKS' is not known. Did you mean 'OAK'?",
    ),
    "a negative rate": ({f"{BELL}.rate_gbp_per_hour": -1.0}, "above 0"),
}


@pytest.mark.parametrize(("settings", "told"), REFUSED.values(), ids=REFUSED)
def test_terms_that_do_not_fit_are_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        load_scenario("small", settings={**QUICK, **settings})
    assert any(told in str(fault) for fault in refused.value.faults), str(refused.value)


def test_equal_faults_of_contracts_are_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    copytree(Path(__file__).parent / "data" / "somerset", folder)
    table = folder / "somerset_blocks" / "contracts.csv"
    first, *rest = table.read_text(encoding="utf-8").splitlines()
    lines = [f"{first},share", *(f"{line},0.5" for line in rest)]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    with pytest.raises(ScenarioError) as refused:
        load_scenario(folder)
    both = [line for line in grouped(refused.value.faults) if "both hours_per_week" in line]
    assert len(both) == 1
    assert "6 rows" in both[0]


def test_a_tier_open_to_all_takes_no_terms_of_one_contract() -> None:
    row = {"tier": "legacy_framework", "area": "HARBOUR", "provider": "BELL", "rank": 1}
    rows = [row.model_dump() for row in with_settings().commissioning.contracts]
    with pytest.raises(ScenarioError, match="it has no effect: tier 'legacy_framework' is open"):
        with_settings().changed(
            {"commissioning.contracts": [*rows, {**row, "starts": None, "hours_per_week": 5.0}]}
        )


# Laws ------------------------------------------------------------------------------------------


def test_somebody_accepted_beyond_the_most_is_named() -> None:
    simulation = built(with_terms(), 400.0)
    check(simulation.market)
    contract = held(simulation, "NORTH_STAR:HARBOUR")
    # The ledger now says that the contract began with an hour a week.
    rows = simulation.ledger._columns["contracted"]
    width = 5
    for start in range(0, len(rows), width):
        _, branch, tier, _, cause = rows[start : start + width]
        if (branch, tier, cause) == (contract.branch.id, PRINCIPAL, Cause.CONTRACT_STARTED):
            rows[start + 3] = 60.0
    with pytest.raises(BrokenLawError, match="accepted beyond the most that a contract allows"):
        check(simulation.market)


def test_a_guarantee_beyond_the_contract_is_named() -> None:
    simulation = built(with_terms(guaranteed_share=1.0), 400.0)
    check(simulation.market)
    rows = simulation.ledger._columns["paid"]
    width = 8
    branch = held(simulation, "NORTH_STAR:HARBOUR").branch.id
    for start in range(0, len(rows), width):
        if tuple(rows[start + 1 : start + 3]) == (branch, PRINCIPAL):
            rows[start + 4] = 630 * 60 * 4 + 1.0
    with pytest.raises(BrokenLawError, match="guarantee never pays beyond"):
        check(simulation.market)


# Declared --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("commissioning.contracts.A:B:C.guaranteed_share", "what the council pays"),
        ("commissioning.contracts.A:B:C.rate_ratio", "which packages they want"),
        ("commissioning.contracts.A:B:C.rate_gbp_per_hour", "which packages they want"),
        ("commissioning.contracts.A:B:C.notice_days", "a row of failures.csv has its own"),
        ("commissioning.contracts.A:B:C.hours_per_week", ""),
        ("commissioning.prices.A:B:C.gbp_per_hour", "which packages they want"),
    ],
)
def test_what_a_cell_moves_is_declared(path: str, words: str) -> None:
    assert words in moves(path)
    assert bool(words) == bool(moves(path))


def test_terms_of_a_row_as_they_are_agreed() -> None:
    scenario = with_terms(
        hours_per_week=150,
        maximum_hours_per_week=200,
        guaranteed_share=0.9,
        rate_gbp_per_hour=24.37,
        indexation_share_per_year=0.02,
        notice_days=84,
    )
    model = scenario.commissioning
    row = next(r for r in model.contracts if (r.tier, r.area) == ("principal", "HARBOUR"))
    place = next(area for area in scenario.areas if area.code == "HARBOUR")
    terms = terms_of(scenario, row, model.tier("principal"), place, date(2024, 7, 1))
    assert (terms.maximum_minutes, terms.contracted_part) == (12_000, 0.75)
    assert (terms.guaranteed_share, terms.growth_per_year, terms.notice_days) == (0.9, 0.02, 84)
    assert terms.rate_ratio == pytest.approx(1.0)
    assert (terms.lot_number, terms.weight, terms.starts_day) == (0, 150, LIVE)


def test_a_successor_keeps_the_terms_of_its_lot() -> None:
    """Only the ramp and the time to begin are those of an emergency award."""
    scenario = with_terms(
        guaranteed_share=0.95, hours_per_week=150, maximum_hours_per_week=200, notice_days=60
    )
    simulation = Simulation(
        scenario.changed(
            {"procurement.emergency_days": 60.0, "procurement.bidder_size_share": 0.0}
        ),
        seed=1,
    )
    simulation.fail(ScriptedFailure("NORTH_STAR", LIVE + 60))
    simulation.run(LIVE + 200)
    area = simulation.market.area("HARBOUR")
    (successor,) = principals_of(simulation.market, area)
    winner: Branch = successor.branch
    assert winner.provider.code != "NORTH_STAR"
    assert successor.maximum_minutes == 200 * 60
    assert successor.terms.contracted_part == 0.75
    assert (successor.terms.guaranteed_share, successor.terms.notice_days) == (0.95, 60)
