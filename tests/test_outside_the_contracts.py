"""What goes on beside the contracts: private work, direct payments, off-framework spot."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from conftest import small_county
from scipy.stats import binomtest

from sim.clock import DAYS_PER_YEAR
from sim.ledger import Cause, Ledger, Spending, Stage
from sim.outcomes import weekly
from sim.outcomes.histories import Floats
from sim.processes import care
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario
from sim.simulation import Simulation, simulate


def private_hours(scenario: Scenario, ledger: Ledger) -> Floats:
    """Private hours a week of the county, week by week."""
    weeks = weekly.weeks_of(ledger, scenario)
    hours: Floats = weekly.by_area(weeks)["private_hours"].reshape(weeks.count, -1).sum(axis=1)
    return hours


def test_private_work_stays_as_it_is_where_it_does_not_apply() -> None:
    scenario = small_county()
    hours = private_hours(scenario, simulate(scenario, seed=1))
    assert hours[0] > 1000
    assert hours == pytest.approx(hours[0])


def test_private_work_follows_what_is_wanted_and_never_exceeds_it() -> None:
    scenario = small_county(
        self_funders__applies=True,
        self_funders__growth_per_year=0.05,
        self_funders__take_up_share=0.3,
    )
    hours = private_hours(scenario, simulate(scenario, seed=1))
    wanted = hours[0] * 1.05 ** (np.arange(1, hours.size + 1) * 7 / DAYS_PER_YEAR)
    assert (hours <= wanted + 1e-6).all()
    assert (np.diff(hours) >= 0).all()
    assert hours[-1] > 1.08 * hours[0]


def test_a_team_without_room_takes_no_private_work() -> None:
    scenario = small_county(
        self_funders__applies=True,
        self_funders__growth_per_year=0.5,
        self_funders__take_up_share=1.0,
        calendar__end="2024-12-31",
    )
    simulation = Simulation(scenario, seed=1)
    simulation.run(0.0)
    before = {branch.code: branch.private_minutes for branch in simulation.market.branches}
    for branch in simulation.market.branches:
        branch.posts = 0.0
        while branch.carers:
            simulation.market.workforce.lose_at_once(branch, 1.0)
    simulation.run(40.0)
    after = {branch.code: branch.private_minutes for branch in simulation.market.branches}
    assert after == before


@pytest.mark.parametrize("call_on_council", ["none", "all"])
def test_what_a_closing_provider_served_privately_is_taken_up_by_others(
    call_on_council: str,
) -> None:
    """Whoever buys it: new buyers, or the same people, for whom the council looks."""
    scenario = small_county(
        self_funders__applies=True,
        self_funders__growth_per_year=0.0,
        self_funders__take_up_share=0.3,
        self_funders__call_on_council=call_on_council,
    )
    closure = ScriptedFailure("largest:KINGS_LYNN", 300.0)
    week = int(300.0 // 7) + 1  # the first whole one: who calls on the council soon has somebody
    usual = private_hours(scenario, simulate(scenario, seed=1))
    after = private_hours(scenario, simulate(scenario, seed=1, failures=[closure]))
    lost = usual[week] - after[week]
    assert lost > 50
    assert usual[-1] - after[-1] < 0.3 * lost


def reviews_of_others(ledger: Ledger) -> int:
    """Reviews that changed the hours of people who have no direct payment yet."""
    chose: set[float] = set()
    reviews = 0
    for day, package, *_, cause in ledger.rows("moved"):
        reviews += cause == Cause.REVIEWED and day >= 0 and package not in chose
        if cause == Cause.TO_DIRECT_PAYMENT:
            chose.add(package)
    return reviews


def test_people_choose_direct_payments_at_the_declared_rate() -> None:
    """0.3 a person and year in service; rejected below p = 0.001."""
    never = {f"areas__{area}__go_live": None for area in ("KINGS_LYNN", "COASTAL")}
    scenario = small_county(care__direct_payments_per_year=0.3, **never)
    care = scenario.care
    chance = 0.3 * care.review_interval_days / DAYS_PER_YEAR / care.review_change_share
    chose = reviews = 0
    for seed in (1, 2, 3):
        ledger = simulate(scenario, seed=seed)
        moved = ledger.columns("moved")
        reviews += reviews_of_others(ledger)
        chosen = (moved["cause"] == Cause.TO_DIRECT_PAYMENT) & (moved["day"] >= 0)
        chose += int(chosen.sum())
    assert chose > 50
    assert binomtest(chose, reviews, chance).pvalue > 0.001


def test_a_direct_payment_changes_who_pays_and_not_who_comes() -> None:
    scenario = small_county(care__direct_payments_per_year=0.3)
    ledger = simulate(scenario, seed=1)
    latest: dict[float, float] = {}
    changed = 0
    for _, package, _, branch, _, _, cause in ledger.rows("moved"):
        if cause == Cause.TO_DIRECT_PAYMENT:
            changed += 1
            assert branch == latest[package] >= 0
        latest[package] = branch
    assert changed > 20


def paid(ledger: Ledger, kind: Spending) -> dict[str, Floats]:
    columns = ledger.columns("paid")
    return {name: values[columns["spending"] == kind] for name, values in columns.items()}


def test_off_framework_work_is_dear_and_asked_for_only_when_it_presses() -> None:
    scenario = small_county(
        money__applies=True,
        commissioning__tiers__off_framework__ends=None,
        commissioning__tiers__off_framework__providers_share=1.0,
        bridging__hours_per_week=0,
        overload__thin_round_fall=1.0,
    )
    closure = ScriptedFailure("largest:KINGS_LYNN", 8.0, staff_move_share=0.0)
    ledger = simulate(scenario, seed=1, failures=[closure])
    tier = ledger.labels.tiers.index("off_framework")
    joined: dict[float, float] = {}
    lost: dict[float, float] = {}
    for day, package, stage, *_ in ledger.rows("moved"):
        joined.setdefault(package, day)
        if stage == Stage.DISPLACED:
            lost.setdefault(package, day)
    asked = ledger.columns("asked")
    later = (asked["tier"] == tier) & (asked["day"] >= 0)
    assert later.sum() > 20
    for day, package in zip(asked["day"][later], asked["package"][later], strict=True):
        without_care = lost.get(package, inf) <= day
        # Fourteen days after a moment may miss the sum by a rounding error.
        waited = day - joined[package] + 1e-9
        assert without_care or waited >= scenario.overload.pressing_after_days
    spot = paid(ledger, Spending.SPOT)
    rate = {
        int(number): float(spot["rate"][(spot["tier"] == number) & (spot["day"] == 28)].max())
        for number in np.unique(spot["tier"][spot["day"] == 28])
    }
    legacy = ledger.labels.tiers.index("legacy_framework")
    ratio = scenario.commissioning.tiers[tier].rate_ratio
    assert rate[tier] == pytest.approx(rate[legacy] * ratio, abs=1)


def test_whoever_changes_provider_at_a_review_pays_the_new_one_directly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A review can free room that lets somebody move at once; the choice comes after it."""
    scenario = small_county(
        care__direct_payments_per_year=1.0,
        care__review_change_share=0.1,
        calendar__end="2024-12-31",
    )
    simulation = Simulation(scenario, seed=1)
    simulation.run(0.0)
    market = simulation.market
    package = next(
        p for branch in market.branches for p in branch.packages.values()
        if p.stage is Stage.IN_SERVICE
    )  # fmt: skip
    left = package.branch
    other = next(
        branch for branch in package.area.branches
        if branch is not left and branch.contracts and branch.takes_new_work
    )  # fmt: skip
    tier, contract = next(iter(other.contracts.items()))

    def moved(*_: object) -> None:
        market.hand_over(package, contract, Cause.HANDED_OVER)

    monkeypatch.setattr(care, "change_hours", moved)
    own = other.contracts.get(market.direct_payment)
    used, used_directly = contract.used_minutes, own.used_minutes if own else 0
    care.review(market, package)
    assert package.branch is other and package.tier == market.direct_payment != tier
    assert contract.used_minutes == used
    directly = other.contracts[market.direct_payment].used_minutes
    assert directly - used_directly == package.minutes
