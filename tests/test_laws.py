"""The laws notice tampering, and hold when replayed from the ledger alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from math import fsum, inf

import numpy as np
import pytest
from books import acceptable
from conftest import small_county
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.commissioning import Answer, answer
from sim.laws import (
    NOTHING_HELD,
    BrokenLawError,
    check,
    never_below_zero,
    nothing_after_closing,
)
from sim.ledger import (
    IDS_PER_AREA,
    ON_LIST,
    Cause,
    Ledger,
    Spending,
    Stage,
    moves_of_each,
    pay_themselves,
)
from sim.market.market import Market
from sim.market.package import Package
from sim.outcomes import weekly
from sim.outcomes.histories import spells
from sim.processes.failure import ScriptedFailure
from sim.processes.rollout import phase_starts
from sim.scenario import Scenario
from sim.simulation import Simulation, simulate

JULY_2026 = 912.0
LISTED = tuple(int(stage) for stage in ON_LIST)


def run(**changed: object) -> Simulation:
    simulation = Simulation(small_county(**changed), seed=1)
    simulation.fail(ScriptedFailure("principal:KINGS_LYNN", JULY_2026))
    simulation.run()
    return simulation


def hours_in_use(market: Market) -> None:
    market.branches[0].used_minutes += 15


def someone_lost_from_the_list(market: Market) -> None:
    area = next(area for area in market.areas if len(area.list))
    area.list.packages.pop()


def a_carer_from_nowhere(market: Market) -> None:
    next(b for b in market.branches if b.carers).carers.pop()


def a_vacancy_from_nowhere(market: Market) -> None:
    market.areas[0].vacancies += 1


def time_runs_back(market: Market) -> None:
    market.ledger.sought_work(0.0, 0, 1.0)


def not_a_number(market: Market) -> None:
    market.ledger.sought_work(market.ledger.day, 0, float("nan"))


def care_after_the_end(market: Market) -> None:
    gone = next(row for row in market.ledger.rows("moved") if row[2] == Stage.ENDED)
    day, minutes = market.ledger.day, int(gone[5])
    market.ledger.moved(day, int(gone[1]), Stage.WAITING, -1, -1, minutes, Cause.REVIEWED)


def a_provider_for_someone_who_waits(market: Market) -> None:
    day = market.ledger.day
    market.ledger.moved(day, 999_999, Stage.WAITING, 0, 0, 60, Cause.REFERRED)


def more_accepted_than_fits(market: Market) -> None:
    market.ledger.accepted(market.ledger.day, 1, 0, 2, 1000, 999, 0, 0.0)


def work_at_a_closed_provider(market: Market) -> None:
    closed = next(p for p in market.providers if p.closed)
    branch = next(b for b in market.branches if b.provider is closed)
    market.ledger.established(market.ledger.day, branch.id, 0, Cause.POSTS_REVIEWED)


def serving(market: Market) -> Package:
    """A person in care with a provider."""
    packages = (p for branch in market.branches for p in branch.packages.values())
    return next(p for p in packages if p.stage is Stage.IN_SERVICE)


def a_second_beginning(market: Market) -> None:
    market.record(serving(market), Cause.REFERRED)


def no_beginning(market: Market) -> None:
    day = market.ledger.day
    market.ledger.moved(day, 499_999, Stage.WAITING, -1, -1, 600, Cause.FROM_HOSPITAL)


def in_service_with_nobody(market: Market) -> None:
    package = next(p for area in market.areas for p in area.list.packages)
    package.stage = Stage.IN_SERVICE
    market.record(package, Cause.STARTED)


def a_carer_told_of_but_not_there(market: Market) -> None:
    branch = next(b for b in market.branches if not b.provider.closed)
    market.ledger.staffed(market.ledger.day, branch.id, 1, Cause.HIRED)


def a_post_that_nobody_set(market: Market) -> None:
    market.branches[5].posts += 1


def a_principal_before_go_live(market: Market) -> None:
    table = market.ledger.columns("accepted")
    first = int(np.argmax(table["tier"] == 0))
    width = 8
    market.ledger._columns["accepted"][first * width] = 1.0
    rows = sorted(market.ledger.rows("accepted"))
    market.ledger._columns["accepted"][:] = type(market.ledger._columns["accepted"])(
        "d", [value for row in rows for value in row]
    )


def a_payment_that_nobody_booked(market: Market) -> None:
    day, branch = market.ledger.rows("paid")[-1][:2]
    market.ledger.paid(day, int(branch), 2, 60, 60, 2000, 2000, Spending.SPOT)


def a_penny_too_much(market: Market) -> None:
    day, branch = market.ledger.rows("paid")[-1][:2]
    market.ledger.paid(day, int(branch), 2, 60, 60, 2000, 2001, Spending.SPOT)


def paid_for_more_than_was_done(market: Market) -> None:
    day, branch = market.ledger.rows("paid")[-1][:2]
    market.ledger.paid(day, int(branch), 2, 60, 120, 2000, 4000, Spending.SPOT)


def income_from_nobody(market: Market) -> None:
    day, provider = market.ledger.rows("accounts")[-1][:2]
    market.ledger.accounts(day, int(provider), 100, 0, 0, 0, 0, 0, 0)


TAMPERING: dict[Callable[[Market], None], str] = {
    hours_in_use: "sum of a branch's packages",
    someone_lost_from_the_list: "on the list",
    a_carer_from_nowhere: "carers are those who joined",
    a_vacancy_from_nowhere: "vacancies = posts - carers",
    time_runs_back: "never decrease",
    not_a_number: "finite",
    care_after_the_end: "nothing follows a package's end",
    a_provider_for_someone_who_waits: "none while it waits",
    more_accepted_than_fits: "fits the branch's capacity",
    work_at_a_closed_provider: "after it has closed",
    a_second_beginning: "enters once",
    no_beginning: "enters once",
    in_service_with_nobody: "with at most one provider",
    a_carer_told_of_but_not_there: "carers are those who joined",
    a_post_that_nobody_set: "posts are those last set",
    a_principal_before_go_live: "before its area is live",
}
OF_MONEY: dict[Callable[[Market], None], str] = {
    a_payment_that_nobody_booked: "are the providers' income from it",
    a_penny_too_much: "minutes at its rate, to the penny",
    paid_for_more_than_was_done: "only a block contract pays for other hours",
    income_from_nobody: "are the providers' income from it",
}


@pytest.mark.parametrize("tamper", TAMPERING, ids=lambda tamper: tamper.__name__)
def test_a_broken_law_is_named(tamper: Callable[[Market], None]) -> None:
    """Also where it is only looked at what is new since the laws held."""
    simulation = run()
    check(simulation.market)
    tamper(simulation.market)
    with pytest.raises(BrokenLawError, match=TAMPERING[tamper]):
        check(simulation.market, simulation.laws_hold)
    with pytest.raises(BrokenLawError, match=TAMPERING[tamper]) as caught:
        check(simulation.market)
    assert caught.value.law and caught.value.thing
    assert 0.0 <= caught.value.day <= simulation.ledger.day


@pytest.mark.parametrize("tamper", OF_MONEY, ids=lambda tamper: tamper.__name__)
def test_money_from_nowhere_is_named(tamper: Callable[[Market], None]) -> None:
    simulation = run(money__applies=True)
    check(simulation.market)
    tamper(simulation.market)
    for held in (NOTHING_HELD, simulation.laws_hold):
        with pytest.raises(BrokenLawError, match=OF_MONEY[tamper]):
            check(simulation.market, held)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    turnover=st.sampled_from([0.0, 0.3, 1.2]),
    bridging=st.sampled_from([0, 100, 3000]),
    discipline=st.sampled_from(["priority", "first_come"]),
    patience=st.sampled_from([0, 10, 90]),
    who=st.sampled_from(["largest", "principal:COASTAL", "largest:KINGS_LYNN"]),
    notice=st.sampled_from([0.0, 42.0]),
    staff=st.sampled_from([0.0, 0.5, 1.0]),
    choose=st.sampled_from(["first_answer", "price", "share", "rotation"]),
    offer=st.sampled_from(["sequential", "simultaneous"]),
)
def test_the_laws_hold_in_small_random_worlds(
    seed: int,
    turnover: float,
    bridging: int,
    discipline: str,
    patience: int,
    who: str,
    notice: float,
    staff: float,
    choose: str,
    offer: str,
) -> None:
    """Every run checks its laws; two failures shake each world."""
    scenario = small_county(
        commissioning__tiers__pcn_framework__choose=choose,
        commissioning__tiers__pcn_framework__offer=offer,
        workforce__turnover_per_year=turnover,
        bridging__hours_per_week=bridging,
        brokerage__list_discipline=discipline,
        brokerage__mean_patience_days=patience,
    )
    failures = [
        ScriptedFailure(who, 700.0, notice, staff),
        ScriptedFailure("largest", 800.0, 0.0, staff),
    ]
    ledger = simulate(scenario, seed=seed, failures=failures)
    assert ledger.count("moved") > 1000


def test_hours_in_use_at_acceptance_are_the_fold_of_the_ledger() -> None:
    """Law 3 by replay: council work from the moves, private work from the tables."""
    simulation = run()
    market, ledger = simulation.market, simulation.ledger
    scenario = simulation.scenario
    private = {
        f"{row.provider}:{row.area}": round(row.private_hours_per_week * 60)
        for row in scenario.branches
    }
    held: dict[int, tuple[int, int]] = {}
    used = dict.fromkeys(range(len(market.branches)), 0)
    after: dict[tuple[float, int], int] = {}
    for day, package, _, branch, _, minutes, _ in ledger.rows("moved"):
        if int(package) in held:
            old, old_minutes = held.pop(int(package))
            used[old] -= old_minutes
        if branch >= 0:
            held[int(package)] = (int(branch), int(minutes))
            used[int(branch)] += int(minutes)
            after[(day, int(package))] = used[int(branch)]
    wrong = [
        row
        for row in ledger.rows("accepted")
        if row[4]
        != after[(row[0], int(row[1]))] + private.get(ledger.labels.branches[int(row[2])], 0)
    ]
    assert not wrong


def times_with_a_principal(ledger: Ledger) -> dict[int, list[list[float]]]:
    """When each area had a principal, as [from, to) intervals."""
    place = ledger.labels.branch_area
    times: dict[int, list[list[float]]] = {}
    for day, branch, tier, _, cause in ledger.rows("contracted"):
        if tier == 0 and cause == Cause.CONTRACT_STARTED:
            times.setdefault(place[int(branch)], []).append([day, np.inf])
        elif tier == 0 and cause == Cause.CONTRACT_ENDED:
            times[place[int(branch)]][-1][1] = day
    return times


def handed_back(ledger: Ledger) -> set[int]:
    """Packages of which a provider once gave notice: it is not asked for them for a while."""
    moved = ledger.columns("moved")
    return set(moved["package"][moved["cause"] == Cause.HAND_BACK_NOTICE].tolist())


def test_a_later_tier_accepts_only_after_the_earlier_were_asked() -> None:
    """Law 4 by replay: within a search, or as a standing offer that something reopened."""
    ledger = run().ledger
    asked: dict[int, list[tuple[float, int, int]]] = {}
    for day, package, tier, number, *_ in ledger.rows("asked"):
        asked.setdefault(int(package), []).append((day, int(tier), int(number)))
    times = times_with_a_principal(ledger)
    checked = 0
    given_back = handed_back(ledger)
    for day, package, branch, tier, *_, waited in ledger.rows("accepted"):
        area = ledger.labels.branch_area[int(branch)]
        began = day - waited - 1e-9
        search = [entry for entry in asked[int(package)] if began <= entry[0] <= day]
        standing = search[-1][1:] == (tier, 1)
        had_one = any(start <= began and day < end for start, end in times[area])
        if tier > 0 and had_one and not standing and int(package) not in given_back:
            tiers_asked = [entry[1] for entry in search]
            assert tiers_asked == sorted(tiers_asked)
            assert set(range(int(tier))) <= set(tiers_asked)
            checked += 1
    assert checked > 50


@pytest.mark.parametrize("day", [40.0, 500.0, 930.0, 1000.0])
def test_capacity_is_never_forgotten(day: float, small: Scenario) -> None:
    """Law 5: at no moment could a standing package be taken by anyone who may be asked."""
    simulation = Simulation(small, seed=2)
    simulation.fail(ScriptedFailure("principal:KINGS_LYNN", JULY_2026))
    simulation.run(day)
    market = simulation.market
    standing = 0
    for area in market.areas:
        for package in (*area.list.packages, *area.leaving.packages):
            if package.offer_open:
                continue
            standing += 1
            for rule in market.brokerage.phases[area.phase]:
                for contract in market.brokerage.asked_in(area, rule):
                    assert answer(rule, contract, package) is not Answer.ACCEPTS
    assert standing > 0


def test_littles_law() -> None:
    """Law 7: the integral of the list is the sum of waits, censored at the end."""
    ledger = run(calendar__warm_up_weeks=0).ledger
    on_list = {Stage.WAITING, Stage.DISPLACED, Stage.BRIDGED}
    joined: dict[int, float] = {}
    waits = 0.0
    level, integral, last = 0, 0.0, 0.0
    for day, package, stage, *_ in ledger.rows("moved"):
        integral += level * (day - last)
        last = day
        if stage in on_list and package not in joined:
            joined[int(package)] = day
            level += 1
        elif stage not in on_list and package in joined:
            waits += day - joined.pop(int(package))
            level -= 1
    integral += level * (ledger.day - last)
    waits += sum(ledger.day - day for day in joined.values())
    assert integral == pytest.approx(waits, rel=1e-9)


FAILS = 430.0
STOPS = 470.0


def market_with_a_failure(small: Scenario) -> Market:
    """A small market whose principal has closed a few weeks before the run stops."""
    simulation = Simulation(small, seed=2)
    simulation.fail(ScriptedFailure("principal:KINGS_LYNN", FAILS, staff_move_share=0.5))
    simulation.run(STOPS)
    return simulation.market


@pytest.fixture(scope="module")
def whole(small: Scenario) -> Simulation:
    """A whole run with a failure whose carers move; only to be read."""
    simulation = Simulation(small, seed=3)
    simulation.fail(ScriptedFailure("principal:KINGS_LYNN", JULY_2026, staff_move_share=0.5))
    simulation.run()
    return simulation


def rows(ledger: Ledger, name: str) -> Iterator[dict[str, float]]:
    """The facts of a kind, one by one."""
    columns = ledger.columns(name)
    for values in zip(*(column.tolist() for column in columns.values()), strict=True):
        yield dict(zip(columns, values, strict=True))


def test_the_error_names_law_time_and_thing(small: Scenario) -> None:
    market = market_with_a_failure(small)
    check(market)
    branch = market.branches[3]
    branch.used_minutes += 15
    with pytest.raises(BrokenLawError, match="sum of a branch's packages") as error:
        check(market)
    assert (error.value.day, error.value.thing) == (STOPS, branch.code)
    assert "470.000" in str(error.value) and branch.code in str(error.value)


@pytest.mark.parametrize("since", [-np.inf, STOPS - 200.0, STOPS])
def test_hours_in_use_below_zero_are_found(small: Scenario, since: float) -> None:
    market = market_with_a_failure(small)
    package = serving(market)
    assert package.branch is not None
    team = package.branch.id
    market.ledger.moved(STOPS, package.id, Stage.IN_SERVICE, team, 2, -(10**6), Cause.REVIEWED)
    never_below_zero(moves_of_each(market.ledger), len(market.branches), STOPS + 1.0)
    with pytest.raises(BrokenLawError, match="never below zero") as error:
        never_below_zero(moves_of_each(market.ledger), len(market.branches), since)
    assert (error.value.day, error.value.thing) == (STOPS, str(team))


@pytest.mark.parametrize("name", ["moved", "accepted", "staffed", "established"])
def test_nothing_may_happen_at_a_closed_provider(name: str, small: Scenario) -> None:
    market = market_with_a_failure(small)
    team = next(b for b in market.branches if b.provider.closed).id
    facts: dict[str, tuple[float, ...]] = {
        "moved": (STOPS, serving(market).id, Stage.IN_SERVICE, team, 2, 600, Cause.STARTED),
        "accepted": (STOPS, serving(market).id, team, 2, 600, 600, 0, 1.0),
        "staffed": (STOPS, team, 0, Cause.HIRED),
        "established": (STOPS, team, 0, Cause.POSTS_REVIEWED),
    }
    getattr(market.ledger, name)(*facts[name])
    with pytest.raises(BrokenLawError, match=f"after it has closed \\({name}\\)") as error:
        nothing_after_closing(market)
    assert (error.value.day, error.value.thing) == (STOPS, str(team))


def test_everyone_referred_is_in_one_stage_at_every_instant(whole: Simulation) -> None:
    """Law 1: those referred and those with a history are the same people from the same moment."""
    ledger = whole.ledger
    referred = [(row["day"], row["package"]) for row in rows(ledger, "referred")]
    first: dict[float, float] = {}
    for row in rows(ledger, "moved"):
        first.setdefault(row["package"], row["day"])
    assert {package: day for day, package in referred} == first
    assert len(referred) == len(first)


def test_carers_and_vacancies_are_the_fold_of_those_who_came_and_went(
    whole: Simulation,
) -> None:
    """Law 6, with transfers: those who move in are not more than those who moved out."""
    ledger, market = whole.ledger, whole.market
    carers: dict[float, float] = defaultdict(float)
    by_cause: dict[float, float] = defaultdict(float)
    for row in rows(ledger, "staffed"):
        carers[row["branch"]] += row["change"]
        by_cause[row["cause"]] += row["change"]
        assert carers[row["branch"]] >= 0
    posts = {row["branch"]: row["posts"] for row in rows(ledger, "established")}
    for branch in market.branches:
        assert carers[branch.id] == len(branch.carers)
        assert branch.vacancies == max(0, posts.get(branch.id, 0) - carers[branch.id])
    assert 0 < by_cause[Cause.MOVED_IN] <= -by_cause[Cause.MOVED_OUT]


class Asked:
    """Who could be asked in each tier, area by area, as the ledger and the tables tell it."""

    def __init__(self, scenario: Scenario, ledger: Ledger) -> None:
        self.scenario, self.ledger = scenario, ledger
        labels = ledger.labels
        self.stops: dict[int, float] = {}
        for row in rows(ledger, "traded"):
            self.stops.setdefault(int(row["provider"]), row["day"])
        self.contracts: dict[tuple[int, int], list[tuple[float, int]]] = defaultdict(list)
        for row in rows(ledger, "contracted"):
            if row["cause"] == Cause.CONTRACT_STARTED:
                team = int(row["branch"])
                area = labels.branch_area[team]
                self.contracts[area, int(row["tier"])].append((row["day"], team))

    def tiers(self, area: int, day: float) -> list[int]:
        """The tiers of the phase that holds, in their order."""
        model = self.scenario.commissioning
        place = next(r for r in self.scenario.areas if r.code == self.ledger.labels.areas[area])
        begun = [
            number
            for starts, number in phase_starts(self.scenario, place)
            if (starts - self.scenario.calendar.start).days <= max(0.0, day)
        ]
        return [self.ledger.labels.tiers.index(code) for code in model.phases[begun[-1]].tiers]

    def somebody(self, area: int, tier: int, day: float) -> bool:
        """Whether the tier had a holder all day who took new work."""
        labels = self.ledger.labels
        if self.scenario.commissioning.tiers[tier].holders == "all_branches":
            return True
        return any(
            begins < day < self.stops.get(labels.branch_provider[team], inf)
            for begins, team in self.contracts[area, tier]
        )


def test_later_tiers_get_only_what_earlier_ones_did_not_take(whole: Simulation) -> None:
    """Law 4: in the same search every earlier tier was asked first, or had nobody to ask.

    Searches under way as the area goes live are left out: two orders of tiers hold in them.
    """
    ledger = whole.ledger
    asked = Asked(whole.scenario, ledger)
    given_back = handed_back(ledger)
    heard: dict[float, list[tuple[float, int, bool]]] = defaultdict(list)
    for row in rows(ledger, "asked"):
        standing = row["asked"] == row["accepted"] == 1
        heard[row["package"]].append((row["day"], int(row["tier"]), standing))
    checked = 0
    for row in rows(ledger, "accepted"):
        day, area = row["day"], ledger.labels.branch_area[int(row["branch"])]
        joined = day - row["waited"] - 1e-9
        search = [said for said in heard[row["package"]] if joined <= said[0] <= day]
        assert search, "an acceptance has been asked for"
        tiers, taker = asked.tiers(area, day), int(row["tier"])
        assert taker in tiers
        if asked.tiers(area, joined) != tiers:
            continue
        before = {tier for _, tier, _ in search}
        standing = (day, taker, True) in search
        for tier in tiers[: tiers.index(taker)]:
            empty = not all(
                asked.somebody(area, tier, t) for t in (joined, (joined + day) / 2, day)
            )
            barred = int(row["package"]) in given_back
            assert tier in before or empty or standing or barred, (row, search)
            checked += 1
    assert checked > 200


@pytest.mark.parametrize("seed", [4, 8])
def test_a_search_under_way_at_go_live_does_not_pass_the_principal_by(seed: int) -> None:
    """Law 4 across phases: the framework is not asked before a principal who could be."""
    scenario = small_county(
        commissioning__tiers__legacy_framework__answer_days=6.0, willingness__base_share=0.3
    )
    ledger = simulate(scenario, seed=seed, until=400.0)
    principal, framework, _ = range(3)
    live = 392.0
    asked = ledger.rows("asked")
    for day, package, _, tier, *_, waited in ledger.rows("accepted"):
        began = day - waited - 1e-9
        if tier == framework and began < live <= day:
            search = [row for row in asked if row[1] == package and began <= row[0] <= day]
            standing = search[-1][3:5] == (1, 1)
            assert standing or principal in [row[2] for row in search]


@pytest.mark.parametrize(
    ("notice", "move"),
    [(0.0, 0.0), (0.0, 0.8), (60.0, 0.0), (60.0, 0.8)],
)
def test_nobody_waits_for_capacity_around_a_failure(
    notice: float, move: float, small: Scenario
) -> None:
    """Law 5, day after day: nobody stands on a list while someone who is asked would take them."""
    simulation = Simulation(small, seed=5)
    simulation.fail(ScriptedFailure("principal:KINGS_LYNN", 600.5, notice, staff_move_share=move))
    waited = 0
    for day in [391.9, 392.1, 393.0, *(599.0 + 2 * n for n in range(80)), 1000.0]:
        simulation.run(day)
        waited += sum(len(area.list) + len(area.leaving) for area in simulation.market.areas)
        assert not acceptable(simulation.market, barred_too=True), f"on day {day}"
    assert waited > 200


def test_littles_law_area_by_area(whole: Simulation) -> None:
    """Law 7: the list's integral is the sum of waits, area by area, three ways."""
    ledger = whole.ledger
    waits: dict[int, list[float]] = defaultdict(list)
    since: dict[float, float] = {}
    steps: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for row in rows(ledger, "moved"):
        package, day, listed = row["package"], row["day"], row["stage"] in LISTED
        area = int(package // IDS_PER_AREA)
        if listed and package not in since:
            since[package] = day
            steps[area].append((day, 1))
        elif not listed and package in since:
            waits[area].append(day - since.pop(package))
            steps[area].append((day, -1))
    for package, day in since.items():
        waits[int(package // IDS_PER_AREA)].append(ledger.day - day)
    histories_ = spells(ledger)
    listed_spells = histories_.where(histories_.in_stage(*ON_LIST))
    for area, changes in steps.items():
        people, last, pieces = 0, changes[0][0], []
        for day, change in changes:
            pieces.append(people * (day - last))
            people, last = people + change, day
        pieces.append(people * (ledger.day - last))
        assert fsum(pieces) == pytest.approx(fsum(waits[area]), rel=1e-12)
        here = listed_spells.where(listed_spells.area == area)
        assert fsum(here.end - here.start) == pytest.approx(fsum(waits[area]), rel=1e-12)
        assert len(changes) > 100


def test_the_weekly_list_adds_up_to_the_waits_since_the_first_day(whole: Simulation) -> None:
    """Laws 7 and 10: people on the list by week, times days, are the days waited."""
    ledger = whole.ledger
    table = weekly.by_area(weekly.weeks_of(ledger, whole.scenario))
    kept = spells(ledger)
    own = pay_themselves(kept.package)
    for column, whose in (("list_people", ~own), ("self_funders_listed", own)):
        days = fsum(table[column] * table["days"])
        listed = kept.where(kept.in_stage(*ON_LIST) & whose)
        waited = fsum(
            max(0.0, end - max(0.0, start))
            for start, end in zip(listed.start, listed.end, strict=True)
        )
        assert waited > 0 and days == pytest.approx(waited, rel=1e-10)


def test_waits_told_at_acceptance_are_those_of_the_moves(whole: Simulation) -> None:
    """Law 2: an accepted person's wait is the time since they joined the list."""
    ledger = whole.ledger
    joined: dict[float, float] = {}
    told: set[float] = set()
    waits: list[float] = []
    for row in rows(ledger, "moved"):
        package = row["package"]
        if row["cause"] in (Cause.ACCEPTED, Cause.HANDED_OVER):
            waits.append(row["day"] - joined.pop(package))
            told.discard(package)
        elif row["cause"] == Cause.HAND_BACK_NOTICE:
            told.add(package)
            joined[package] = row["day"]
        elif row["cause"] == Cause.HANDED_BACK:
            told.discard(package)
            joined[package] = row["day"]
        elif row["cause"] == Cause.REVIEWED:
            continue
        elif row["stage"] == Stage.IN_SERVICE and package in told:
            joined[package] = row["day"]
        elif row["stage"] in LISTED:
            joined.setdefault(package, row["day"])
        else:
            joined.pop(package, None)
    assert waits == pytest.approx(ledger.columns("accepted")["waited"].tolist(), abs=1e-9)
