"""The laws notice tampering, and hold when replayed from the ledger alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from conftest import small_county
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.commissioning import Answer, answer
from sim.laws import BrokenLawError, check
from sim.ledger import Cause, Ledger, Stage
from sim.market.market import Market
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario
from sim.simulation import Simulation, simulate

JULY_2026 = 912.0


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


def a_principal_before_go_live(market: Market) -> None:
    table = market.ledger.columns("accepted")
    first = int(np.argmax(table["tier"] == 0))
    width = 8
    market.ledger._columns["accepted"][first * width] = 1.0
    rows = sorted(market.ledger.rows("accepted"))
    market.ledger._columns["accepted"][:] = type(market.ledger._columns["accepted"])(
        "d", [value for row in rows for value in row]
    )


TAMPERING: dict[Callable[[Market], None], str] = {
    hours_in_use: "sum of a branch's packages",
    someone_lost_from_the_list: "on the list",
    a_carer_from_nowhere: "carers are those who came",
    a_vacancy_from_nowhere: "vacancies = posts - carers",
    time_runs_back: "never decrease",
    not_a_number: "finite",
    care_after_the_end: "nothing follows a package's end",
    a_provider_for_someone_who_waits: "none while it waits",
    more_accepted_than_fits: "fits the branch's capacity",
    work_at_a_closed_provider: "after it has closed",
    a_principal_before_go_live: "before its area is live",
}


@pytest.mark.parametrize("tamper", TAMPERING, ids=lambda tamper: tamper.__name__)
def test_a_broken_law_is_named(tamper: Callable[[Market], None]) -> None:
    simulation = run()
    check(simulation.market)
    tamper(simulation.market)
    with pytest.raises(BrokenLawError, match=TAMPERING[tamper]) as caught:
        check(simulation.market)
    assert caught.value.law and caught.value.thing
    assert 0.0 <= caught.value.day <= simulation.ledger.day


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
) -> None:
    """Every run checks its laws; two failures shake each world."""
    scenario = small_county(
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


def test_a_later_tier_accepts_only_after_the_earlier_were_asked() -> None:
    """Law 4 by replay: within a search, or as a standing offer that something reopened."""
    ledger = run().ledger
    asked: dict[int, list[tuple[float, int, int]]] = {}
    for day, package, tier, number, *_ in ledger.rows("asked"):
        asked.setdefault(int(package), []).append((day, int(tier), int(number)))
    times = times_with_a_principal(ledger)
    checked = 0
    for day, package, branch, tier, *_, waited in ledger.rows("accepted"):
        area = ledger.labels.branch_area[int(branch)]
        began = day - waited - 1e-9
        search = [entry for entry in asked[int(package)] if began <= entry[0] <= day]
        standing = search[-1][1:] == (tier, 1)
        had_one = any(start <= began and day < end for start, end in times[area])
        if tier > 0 and had_one and not standing:
            tiers_asked = [entry[1] for entry in search]
            assert tiers_asked == sorted(tiers_asked)
            assert set(range(int(tier))) <= set(tiers_asked)
            checked += 1
    assert checked > 50


@pytest.mark.parametrize("day", [100.0, 600.0, 930.0, 1080.0])
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


def test_an_empty_ledger_breaks_no_law() -> None:
    assert len(Ledger()) == 0
