"""Providers that enter: when, where, with what, and that nothing else is drawn anew."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from command_line import Caremarket
from small_market import OVERFLOW, SmallMarket
from test_levers import facts

from sim.ledger import FACTS, HIRES, Cause, Ledger
from sim.outcomes.headline import summarise
from sim.processes.entry import admitted, enter, where
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.simulation import Simulation, simulate

SHORT: dict[str, Any] = {"calendar.end": "2024-12-31", "calendar.warm_up_weeks": 4}
FRAMEWORK = "commissioning__tiers__pcn_framework__entrants_join"


def county(**settings: Any) -> Scenario:
    changed = {path.replace("__", "."): value for path, value in settings.items()}
    return load_scenario("small", settings={**SHORT, **changed})


def entries(ledger: Ledger) -> list[tuple[float, str]]:
    """When each provider entered, and in which area."""
    labels = ledger.labels
    return [
        (day, labels.areas[int(area)])
        for day, _, area, cause in ledger.rows("traded")
        if cause == Cause.ENTERED
    ]


@pytest.fixture(scope="module")
def often() -> Ledger:
    return simulate(county(entry__providers_per_year=12.0), seed=1)


# When and where -------------------------------------------------------------------------------


def test_twice_as_many_are_the_same_ones_sooner(often: Ledger) -> None:
    twice = entries(simulate(county(entry__providers_per_year=24.0), seed=1))
    once = entries(often)
    assert 6 <= len(once) <= 20 and len(twice) > len(once)
    assert [(pytest.approx(day / 2), area) for day, area in once] == twice[: len(once)]


def test_until_the_first_enters_nothing_is_other_than_without(often: Ledger) -> None:
    without = simulate(county(), seed=1)
    first, _ = entries(often)[0]
    assert 0 < first < 120
    for name in FACTS:
        before = [row for row in often.rows(name) if row[0] < first]
        assert before == [row for row in without.rows(name) if row[0] < first], name


def test_where_nobody_enters_it_does_not_matter_how_they_would() -> None:
    usual = county()
    other = county(
        entry__posts=20, entry__where="waiting", entry__build_up_days=10.0, **{FRAMEWORK: True}
    )
    ledgers = [facts(simulate(one, seed=1, until=90.0), money=True) for one in (usual, other)]
    assert ledgers[0] == ledgers[1]


@pytest.mark.parametrize(
    ("ready", "days", "joins"),
    [(12.5, 0.0, 12.5), (12.5, 91.0, 91.0), (91.0, 91.0, 91.0), (91.5, 91.0, 182.0)],
)
def test_who_is_ready_waits_for_the_next_round(ready: float, days: float, joins: float) -> None:
    assert admitted(ready, days) == joins


def test_a_purchasing_system_admits_in_rounds() -> None:
    scenario = county(entry__providers_per_year=12.0, entry__days_between_rounds=91.0)
    days = {day for day, _ in entries(simulate(scenario, seed=1))}
    assert days <= {91.0, 182.0, 273.0, 364.0} and len(days) >= 3


@pytest.mark.parametrize("rule", ["hours", "waiting"])
@pytest.mark.parametrize("day", [0.0, 60.0])
def test_they_enter_where_the_work_is_or_where_people_wait(rule: str, day: float) -> None:
    scenario = county(entry__where=rule, calendar__warm_up_weeks=0)
    simulation = Simulation(scenario, seed=1)
    simulation.run(day)
    market = simulation.market
    hours = {row.code: row.hours_per_four_weeks for row in scenario.areas}
    weights = {area.code: float(area.list.minutes) for area in market.areas}
    # On the first day nobody waits: then it is the work that counts.
    assert any(weights.values()) == (day > 0)
    if rule == "hours" or day == 0:
        weights = hours
    chosen = Counter(where(market, (place + 0.5) / 1000).code for place in range(1000))
    for code, weight in weights.items():
        assert chosen[code] / 1000 == pytest.approx(weight / sum(weights.values()), abs=0.002)


# What an entrant is ---------------------------------------------------------------------------


def test_it_begins_with_posts_and_hires_from_the_people_who_look_for_work(often: Ledger) -> None:
    labels = often.labels
    mine = {
        branch
        for branch, provider in enumerate(labels.branch_provider)
        if labels.providers[provider].startswith("entrant_")
    }
    came = {Cause(int(cause)) for _, who, _, cause in often.rows("staffed") if who in mine}
    assert came & set(HIRES) and not came - {*HIRES, Cause.LEFT, Cause.SHED}
    none_look = county(
        entry__providers_per_year=12.0,
        workforce__new_applicants_per_week=0.0,
        workforce__leavers_leaving_sector=1.0,
    )
    assert entries(simulate(none_look, seed=1))


def test_where_nobody_looks_for_care_work_it_serves_nobody() -> None:
    small = SmallMarket("brokerage", "workforce", workforce__applicants_limited=True)
    branch = enter(small.market, "entrant_1", small.area)
    person = small.seeks()
    small.run_to(600.0)
    assert (branch.whole_posts, len(branch.carers), person.branch) == (8, 0, None)
    assert small.area.vacancies == 8


def test_it_serves_who_waits_once_its_first_carer_works_alone() -> None:
    small = SmallMarket("brokerage", "workforce", workforce__induction_days=14)
    person = small.seeks()
    branch = enter(small.market, "entrant_1", small.area)
    market = small.market
    assert branch.provider.rating == "not_rated" and market.branches == [branch]
    # A tier for every team of the area is its own from the first day.
    market.give_open_contract(branch, OVERFLOW)
    small.run_to(600.0)
    hired = market.ledger.columns("staffed")["day"][0]
    assert (hired + 14, "STARTED") in small.moves(person)


@pytest.mark.parametrize("build_up", [0.0, 365.0])
def test_it_keeps_its_first_posts_for_a_time_and_then_posts_follow_work(build_up: float) -> None:
    """Nobody needs its four carers: who leaves after that time is not replaced."""
    small = SmallMarket(
        "workforce",
        workforce__posts_follow_work=True,
        workforce__turnover_per_year=0.5,
        entry__posts=4,
        entry__build_up_days=build_up,
    )
    branch = enter(small.market, "entrant_1", small.area)
    small.run_to(180.0)
    assert (branch.whole_posts == 4) == (build_up > 0)
    small.run_to(3000.0)
    assert branch.whole_posts < 4


@pytest.mark.parametrize("joins", [True, False])
def test_a_framework_that_lets_entrants_join_asks_them(joins: bool) -> None:
    scenario = county(entry__providers_per_year=12.0, **{FRAMEWORK: joins})
    ledger = simulate(scenario, seed=1)
    tier = ledger.labels.tiers.index("pcn_framework")
    newcomers = [code for code in ledger.labels.branches if code.startswith("entrant_")]
    held = {
        ledger.labels.branches[int(branch)]
        for _, branch, under, _, cause in ledger.rows("contracted")
        if under == tier and cause == Cause.CONTRACT_STARTED
    }
    accepted = ledger.columns("accepted")
    mine = [ledger.labels.branches[branch] in newcomers for branch in accepted["branch"]]
    under = set(accepted["tier"][mine].tolist())
    assert held.issuperset(newcomers) == joins
    assert (tier in under) == joins


def test_its_account_is_judged_once_it_is_established() -> None:
    scenario = county(entry__providers_per_year=12.0, entry__build_up_days=120.0)
    ledger = simulate(scenario, seed=1)
    accounts = ledger.columns("accounts")
    (first, _), number = entries(ledger)[0], ledger.labels.providers.index("entrant_1")
    mine = accounts["provider"] == number
    young = mine & (accounts["day"] < first + 120)
    assert young.any() and not accounts["overheads"][young].any()
    assert accounts["overheads"][mine & (accounts["day"] >= first + 120)].any()


def test_chance_money_and_ratings_befall_entrants_too_and_the_laws_hold() -> None:
    often = {f"failure__closures_per_year_{size}": 1.5 for size in ("small", "large")}
    scenario = county(
        entry__providers_per_year=30.0,
        failure__random=True,
        quality__inspections_per_year=3.0,
        **often,
    )
    ledger = simulate(scenario, seed=2)
    codes = ledger.labels.providers
    closed = {codes[int(p)] for _, p, _, c in ledger.rows("traded") if c == Cause.CLOSED}
    rated = {codes[int(p)] for _, p, _, _ in ledger.rows("rated")}
    assert any(code.startswith("entrant_") for code in closed)
    assert any(code.startswith("entrant_") for code in rated)


# Told -----------------------------------------------------------------------------------------


def test_what_is_told_of_them(often: Ledger) -> None:
    scenario = county(entry__providers_per_year=12.0)
    figures = summarise(often, scenario, 0).figures
    assert figures["entrants_per_year"] == pytest.approx(len(entries(often)) / (366 / 365.25), 0.01)
    assert figures["providers_at_start"] == len(scenario.providers)
    assert 0 < figures["entrants_hours_last_year"] < 1000
    usual = summarise(simulate(county(), seed=1), county(), 0).figures
    assert (usual["entrants_per_year"], usual["entrants_hours_last_year"]) == (0.0, 0.0)


def test_a_run_tells_of_entrants_beside_exits(caremarket: Caremarket) -> None:
    done = caremarket(
        "run", "small", "--until", "2024-06-30", "--set", "entry.providers_per_year=12", "--full"
    )
    assert done.code == 0, done.err
    assert "new providers a year" in done.out
    done = caremarket("check", "small", "--set", "entry.posts=9")
    assert (
        "it has an effect only if entry.providers_per_year is above 0; here it is 0.0" in done.err
    )


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"entry.providers_per_year": -1}, "entry.providers_per_year"),
        ({"entry.where": "anywhere"}, "hours, waiting"),
        ({"entry.posts": 0}, "at least 1"),
        (
            {"commissioning.tiers.principal.entrants_join": True},
            "new providers cannot join it. Set it for a tier of the framework",
        ),
    ],
)
def test_what_is_wrong_with_entry_is_told(setting: dict[str, Any], told: str) -> None:
    with pytest.raises(ScenarioError) as wrong:
        load_scenario("small", settings=setting)
    assert told in str(wrong.value)
