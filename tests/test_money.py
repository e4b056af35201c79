"""Money: guarantees to the penny, accounts that balance, prices that leave operations alone."""

from __future__ import annotations

from functools import cache
from math import inf
from typing import Any

import numpy as np
import pytest

from sim.ledger import FACTS, TO_PROVIDERS, Cause, Ledger, Spending, pay_themselves
from sim.market.accounts import (
    Account,
    Period,
    Profile,
    amount_pence,
    block_minutes,
    hourly_pay_gbp,
    prices_on,
    rate_pence,
)
from sim.outcomes.accounts import settlement_days
from sim.scenario import Scenario, load_scenario
from sim.scenario.tables import Shock
from sim.simulation import ScriptedFailure, Simulation, simulate

HOUR = 60


def test_the_councils_worked_example_to_the_penny() -> None:
    # 10,000 hours in four weeks: 7,000 contracted, 80 % of them guaranteed; at 22.05 an hour.
    guaranteed = round(0.8 * 7000) * HOUR
    rate = rate_pence(24.37, 0.905)
    assert rate == 2205
    for delivered, paid, pence in (
        (4000, 5600, 12_348_000),
        (5600, 5600, 12_348_000),
        (6500, 6500, 14_332_500),
        (7000, 7000, 15_435_000),
        (7200, 7000, 15_435_000),
    ):
        minutes = block_minutes(delivered * HOUR, guaranteed, 7000 * HOUR)
        assert minutes == paid * HOUR
        assert amount_pence(minutes, rate) == pence


def test_amounts_are_rounded_once_and_half_up() -> None:
    assert amount_pence(1, 2205) == 37  # 36.75
    assert amount_pence(2, 1515) == 51  # 50.5
    assert amount_pence(0, 2205) == 0


def test_no_guarantee_pays_what_is_delivered_and_a_full_one_is_constant() -> None:
    most = 420_000
    assert [block_minutes(d, 0, most) for d in (0, 1234, most)] == [0, 1234, most]
    assert {block_minutes(d, most, most) for d in (0, 1234, most)} == {most}
    assert block_minutes(1234, 0, None) == 1234


@pytest.mark.parametrize(
    ("first", "last", "minutes"),
    [
        (0.0, 10.0, 0.0),
        (10.0, 17.0, 0.5 * 700 + 0.5 * 700 * 7 / 2 / 100),
        (0.0, 17.0, 0.5 * 700 + 0.5 * 700 * 7 / 2 / 100),
        (110.0, 124.0, 1400.0),
        (10.0, 110.0, 0.75 * 100 / 7 * 700),
    ],
)
def test_the_ramp_of_a_contract(first: float, last: float, minutes: float) -> None:
    profile = Profile(starts_day=10.0, ramp_start=0.5, ramp_days=100.0, maximum_minutes=700)
    assert profile.minutes(first, last) == pytest.approx(minutes)


def test_a_ramp_of_no_length_and_the_most_that_is_paid() -> None:
    profile = Profile(starts_day=10.0, ramp_start=0.5, ramp_days=0.0, maximum_minutes=700)
    assert profile.minutes(0.0, 17.0) == 700.0
    assert profile.most_minutes(3.0, 17.0) == 700.0
    assert profile.most_minutes(20.0, 27.0) == 700.0


def test_what_an_hour_of_pay_costs_before_and_after_april_2025(until_2025: Scenario) -> None:
    before, after = (prices_on(until_2025, day).pay_gbp_per_hour for day in (400.0, 500.0))
    wage = 11.44 * 1.05
    insured = 1 - 9100 / (wage * 1400)
    by_hand = wage * (1 + 0.138 * insured + 0.06) / 0.88
    assert before == pytest.approx(by_hand)
    # The wage rose by 6.7 %; the rest is the employer rate of 15 % above a threshold of 5,000.
    assert 1.10 < after / before < 1.12
    rows = {row.starts.year: row for row in until_2025.wages}
    assert hourly_pay_gbp(until_2025.money, rows[2025]) / 0.88 == pytest.approx(after)


def test_an_account_by_hand(until_2025: Scenario) -> None:
    money = until_2025.money.model_copy(update={"fixed_overheads_share": 0.5})
    account = Account()
    first = Period(4.0, council_pence=1_000_000, pay_pence=700_000, minutes=30_000)
    account.open(money, first, margin=0.1, reserves_weeks=2.0)
    assert account.cash_pence == 500_000
    assert account.overheads_pence(first, 1.0, 0.0) == 200_000
    account.settle(first, 200_000)
    assert account.cash_pence == 500_000  # what goes beyond the first reserves is taken out
    half = Period(4.0, council_pence=500_000, pay_pence=350_000, minutes=15_000)
    overheads = account.overheads_pence(half, 1.0, 0.0)
    assert overheads == 150_000  # half of them are fixed
    account.settle(half, overheads)
    assert account.cash_pence == 500_000
    empty = Period(4.0)
    for _ in range(12):
        account.settle(empty, account.overheads_pence(empty, 1.0, 0.0))
    assert account.cash_pence == 500_000 - 12 * 100_000
    assert account.yearly_margin == pytest.approx(-1_200_000 / 500_000)


@pytest.fixture(scope="module")
def until_2025() -> Scenario:
    return load_scenario("norfolk", settings={"calendar.end": "2025-12-31"})


@pytest.fixture(scope="module")
def ledger(until_2025: Scenario) -> Ledger:
    return simulate(until_2025, seed=3)


def independent_minutes(ledger: Ledger, first: float, last: float) -> dict[tuple[int, int], float]:
    """Planned minutes in service by contract between two days, package by package, in Python."""
    found: dict[tuple[int, int], float] = {}
    state: dict[int, tuple[float, int, int, int, float]] = {}

    def close(package: int, until: float) -> None:
        since, stage, branch, tier, minutes = state[package]
        days = min(until, last) - max(since, first)
        if stage == 5 and days > 0:
            key = (branch, tier)
            found[key] = found.get(key, 0.0) + minutes * days / 7

    for day, package, stage, branch, tier, minutes, _ in ledger.rows("moved"):
        if int(package) in state:
            close(int(package), day)
        # The council does not pay for those who pay themselves.
        if not pay_themselves(np.array(package)):
            state[int(package)] = (day, int(stage), int(branch), int(tier), minutes)
    for package in state:
        close(package, last)
    return found


def test_delivered_minutes_agree_with_a_count_package_by_package(
    until_2025: Scenario, ledger: Ledger
) -> None:
    paid = ledger.columns("paid")
    strained = ledger.rows("strained")
    for end in (28.0, 56.0, 616.0):
        by_hand = independent_minutes(ledger, end - 28, end)
        here = (paid["day"] == end) & (paid["branch"] >= 0) & (paid["tier"] >= 0)
        booked = {
            (int(b), int(t)): int(d)
            for b, t, d in zip(
                paid["branch"][here], paid["tier"][here], paid["delivered"][here], strict=True
            )
        }
        missed_anywhere = {int(row[1]) for row in strained if row[0] < end and row[3]}
        unstrained = [key for key in by_hand if key[0] not in missed_anywhere]
        assert len(unstrained) > 50
        share = until_2025.care.delivered_share
        for key in unstrained:
            assert booked.get(key, 0) == pytest.approx(by_hand[key] * share, abs=0.51)
        # Visits that go missed are not paid for.
        total = sum(by_hand.values()) * share
        assert 0.97 * total < sum(booked.values()) <= total + len(booked)


def test_payments_are_the_providers_income(until_2025: Scenario, ledger: Ledger) -> None:
    paid, accounts = ledger.columns("paid"), ledger.columns("accounts")
    to_providers = np.isin(paid["spending"], TO_PROVIDERS)
    assert paid["amount"][to_providers].sum() == accounts["council"].sum() > 0
    assert set(paid["spending"].tolist()) >= {
        Spending.BLOCK,
        Spending.SPOT,
        Spending.DIRECT_PAYMENT,
        Spending.BRIDGING,
    }
    yearly = paid["amount"][(paid["day"] <= 364)].sum() / 100
    # ID03: 47.5 million pounds in 2022/23 for 45,000 planned hours at 20.30.
    assert 40e6 < yearly < 56e6


def test_guarantees_pay_for_hours_that_are_not_delivered(ledger: Ledger) -> None:
    paid = ledger.columns("paid")
    block = paid["spending"] == Spending.BLOCK
    assert (paid["minutes"][block] > paid["delivered"][block]).any()
    spot = paid["spending"] == Spending.SPOT
    assert (paid["minutes"][spot] == paid["delivered"][spot]).all()


def facts_but_money(ledger: Ledger) -> dict[str, bytes]:
    return {
        name: ledger.table(name).tobytes() for name in FACTS if name not in ("paid", "accounts")
    }


QUIET: dict[str, Any] = {
    "calendar.end": "2024-12-31",
    "money.least_yearly_margin": -1.0,
    "money.reserves_weeks": 520,
    "money.usual_margin": 0.5,
    "money.margin_spread": 0.0,
    "overload.thin_round_fall": 1.0,
}


@pytest.fixture(scope="module")
def quiet_ledger() -> Ledger:
    return simulate(load_scenario("norfolk", settings=QUIET), seed=1)


@pytest.mark.parametrize(
    "prices",
    [
        {"wages.2024-04-01.framework_rate_gbp_per_hour": 40.0},
        {"commissioning.tiers.principal.guaranteed_share": 0.0},
        pytest.param({"money.mileage_gbp_per_mile": 0.0}, marks=pytest.mark.long),
        pytest.param({"money.applies": False}, marks=pytest.mark.long),
    ],
)
def test_prices_do_not_touch_operations_where_nobody_fails_of_them(
    prices: dict[str, Any], quiet_ledger: Ledger
) -> None:
    other = simulate(load_scenario("norfolk", settings={**QUIET, **prices}), seed=1)
    assert quiet_ledger.count("paid") > 0
    assert facts_but_money(quiet_ledger) == facts_but_money(other)


def test_a_guarantee_of_nothing_pays_what_is_delivered() -> None:
    settings = {**QUIET, "commissioning.tiers.principal.guaranteed_share": 0.0}
    paid = simulate(load_scenario("norfolk", settings=settings), seed=1).columns("paid")
    block = paid["spending"] == Spending.BLOCK
    assert block.any()
    assert (paid["minutes"][block] <= paid["delivered"][block]).all()


def test_a_full_guarantee_is_constant_once_the_ramp_is_over() -> None:
    settings = {
        **QUIET,
        # A principal below its standard would have neighbours help, who are paid by the hour.
        "quality.applies": False,
        "commissioning.tiers.principal.guaranteed_share": 1.0,
        "commissioning.tiers.principal.ramp_days": 0,
        "commissioning.tiers.principal.ramp_start_share": 1.0,
    }
    ledger = simulate(load_scenario("norfolk", settings=settings), seed=1)
    paid = ledger.columns("paid")
    block = (paid["spending"] == Spending.BLOCK) & (paid["day"] > 140)
    held = np.unique(paid["branch"][block])
    assert held.size
    for branch in held:
        assert np.unique(paid["minutes"][block & (paid["branch"] == branch)]).size == 1


def test_a_provider_without_money_stops_with_notice() -> None:
    settings = {"calendar.end": "2024-08-31", "money.usual_margin": -0.2, "money.reserves_weeks": 1}
    scenario = load_scenario("norfolk", settings=settings)
    traded = simulate(scenario, seed=1).rows("traded")
    ruined = {int(p): day for day, p, _, cause in traded if cause == Cause.INSOLVENT}
    closed = {int(p): day for day, p, _, cause in traded if cause == Cause.CLOSED}
    assert len(ruined) > 20
    notice = scenario.money.insolvency_notice_days
    for provider, day in ruined.items():
        assert closed.get(provider, inf) in (day + notice, inf)
        assert day % 28 == 0
    assert sum(provider in closed for provider in ruined) > 20


@pytest.mark.long
def test_a_year_of_losses_ends_in_notice() -> None:
    settings = {
        "calendar.end": "2025-06-30",
        "money.usual_margin": -0.2,
        "money.reserves_weeks": 520,
        "money.margin_spread": 0.0,
    }
    traded = simulate(load_scenario("norfolk", settings=settings), seed=1).rows("traded")
    stopped = [day for day, _, _, cause in traded if cause == Cause.NOT_VIABLE]
    assert stopped
    assert min(stopped) == 13 * 28


@cache
def minutes_paid_for(rule: str) -> int:
    """Guaranteed minutes that a suspended principal provider is paid for under a rule."""
    # A principal that delivers less than its guarantee, or the rule has nothing to act on.
    settings = {
        **QUIET,
        "calendar.end": "2024-09-30",
        "commissioning.tiers.principal.guaranteed_share": 1.0,
        "commissioning.tiers.principal.guarantee_holds": rule,
    }
    suspended = ScriptedFailure("principal:GORLESTON", 150.0, kind="suspension", lasts_days=100.0)
    ledger = simulate(load_scenario("norfolk", settings=settings), seed=4, failures=[suspended])
    paid = ledger.columns("paid")
    block = (paid["spending"] == Spending.BLOCK) & (paid["day"] > 168) & (paid["day"] <= 252)
    gorleston = ledger.labels.areas.index("GORLESTON")
    here = np.array(ledger.labels.branch_area)[paid["branch"]] == gorleston
    return int(paid["minutes"][block & here].sum())


@pytest.mark.parametrize("rule", ["unless_suspended", "less_refused"])
def test_the_condition_of_a_guarantee(rule: str) -> None:
    assert minutes_paid_for(rule) < minutes_paid_for("unconditional")


def test_a_period_in_which_the_council_pays_nobody_breaks_no_law() -> None:
    """Private work goes on while nobody is referred: the accounts have periods without payment."""
    scenario = load_scenario("small", settings={"calendar.warm_up_weeks": 0})
    nobody = Shock.model_validate(
        {"date": "2024-01-01", "ends": "2024-03-01", "kind": "referrals", "size": 0,
         "source": "invented"}
    )  # fmt: skip
    ledger = simulate(scenario.model_copy(update={"shocks": (nobody,)}), seed=1, until=200.0)
    paid, accounts = ledger.columns("paid"), ledger.columns("accounts")
    assert accounts["day"].min() == 28.0 < paid["day"].min()
    assert settlement_days(ledger).tolist() == [28.0 * n for n in range(1, 8)]


@pytest.mark.parametrize("periods", [1, 2, 13])
def test_a_period_that_ends_with_the_run_is_settled(periods: int) -> None:
    """However far the run goes on from there, and in one go or in two."""
    scenario = load_scenario("small", settings={"calendar.warm_up_weeks": 8})
    end = 28.0 * periods
    ledger = simulate(scenario, seed=1, until=end)
    assert settlement_days(ledger).tolist() == [28.0 * n for n in range(1, periods + 1)]
    longer = simulate(scenario, seed=1, until=end + 5)
    for name in ("paid", "accounts"):
        assert ledger.rows(name) == longer.rows(name)
    in_two = Simulation(scenario, seed=1)
    in_two.run(end)
    in_two.run(end + 5)
    assert all(in_two.ledger.rows(name) == longer.rows(name) for name in FACTS)


def test_a_calendar_of_whole_periods_tells_the_money_of_all_of_them() -> None:
    scenario = load_scenario("small", settings={"calendar.end": "2024-02-25"})
    assert scenario.days == 56.0
    assert settlement_days(simulate(scenario, seed=1)).tolist() == [28.0, 56.0]


def test_standby_hours_of_the_in_house_team_are_paid_used_or_not() -> None:
    """None, half and all of the idle hours: the difference is their price, and no more moves."""
    base = {"calendar.end": "2024-06-30", "bridging.hours_per_week": 2000}

    def of(share: float) -> Ledger:
        settings = base | {"money.bridging_idle_paid_share": share}
        return simulate(load_scenario("small", settings=settings), seed=1)

    spent = []
    ledgers = [of(share) for share in (0.0, 0.5, 1.0)]
    for ledger in ledgers:
        paid = ledger.columns("paid")
        spent.append(int(paid["amount"][paid["spending"] == Spending.BRIDGING].sum()))
    price = load_scenario("small").money.bridging_gbp_per_hour
    settlements = np.unique(ledgers[0].columns("paid")["day"]).size
    assert spent[2] == pytest.approx(settlements * 4 * 2000 * price * 100, abs=settlements)
    assert spent[1] == pytest.approx((spent[0] + spent[2]) / 2, abs=settlements)
    assert facts_but_money(ledgers[0]) == facts_but_money(ledgers[2])
