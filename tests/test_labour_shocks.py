"""Shocks to the labour market: who stops coming, who is gone at once, and where."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from conftest import small_county

from sim.ledger import HIRES, Cause, Ledger
from sim.scenario import Scenario
from sim.scenario.tables import Shock
from sim.simulation import Simulation, simulate

DAY = 200.0
SPAN_DAYS = 365.0


@pytest.fixture(scope="module")
def county() -> Scenario:
    return small_county()


def shocked(county: Scenario, kind: str, size: float, **row: str) -> Scenario:
    """The county with one shock on day 200."""
    date = (county.calendar.start + timedelta(days=DAY)).isoformat()
    shock = Shock.model_validate(
        {"date": date, "kind": kind, "size": size, "source": "invented", **row}
    )
    return county.model_copy(update={"shocks": (shock,)})


def hires(ledger: Ledger, area: str, begin: float, end: float) -> int:
    """People hired by an area's teams in a span of days."""
    return sum(
        begin <= day < end
        and cause in HIRES
        and ledger.labels.branches[int(branch)].endswith(f":{area}")
        for day, branch, _, cause in ledger.rows("staffed")
    )


def carers(ledger: Ledger, day: float) -> Counter[str]:
    """Carers of every team just before a day."""
    found: Counter[str] = Counter()
    for when, branch, change, _ in ledger.rows("staffed"):
        if when < day:
            found[ledger.labels.branches[int(branch)]] += int(change)
    return found


def test_without_newcomers_fewer_are_hired_and_nothing_changes_before(county: Scenario) -> None:
    usual = simulate(county, seed=4, until=DAY + SPAN_DAYS)
    none = simulate(shocked(county, "newcomers", 0.0), seed=4, until=DAY + SPAN_DAYS)
    for fact in ("staffed", "moved"):
        before = [row for row in usual.rows(fact) if row[0] < DAY]
        assert before == [row for row in none.rows(fact) if row[0] < DAY]
    for area in ("KINGS_LYNN", "COASTAL"):
        assert hires(none, area, DAY, DAY + SPAN_DAYS) < 0.9 * hires(
            usual, area, DAY, DAY + SPAN_DAYS
        )


def test_a_shock_touches_only_its_areas(county: Scenario) -> None:
    row = {"areas": "COASTAL"}
    simulation = Simulation(shocked(county, "newcomers", 0.5, **row), seed=4)
    simulation.run(DAY + 1)
    ratios = {area.code: area.newcomers_ratios for area in simulation.market.areas}
    assert ratios == {"KINGS_LYNN": [], "COASTAL": [0.5]}


def test_a_shock_is_over_on_its_last_day(county: Scenario) -> None:
    ends = (county.calendar.start + timedelta(days=DAY + 30)).isoformat()
    simulation = Simulation(shocked(county, "newcomers", 0.5, ends=ends), seed=4)
    simulation.run(DAY + 29)
    assert all(area.newcomers_ratios == [0.5] for area in simulation.market.areas)
    simulation.run(DAY + 31)
    assert all(area.newcomers_ratios == [] for area in simulation.market.areas)


def test_shocks_at_the_same_time_multiply(county: Scenario) -> None:
    once = shocked(county, "newcomers", 0.5)
    twice = once.model_copy(
        update={"shocks": (*once.shocks, *shocked(county, "newcomers", 0.6).shocks)}
    )
    together = shocked(county, "newcomers", 0.3)
    until = DAY + SPAN_DAYS
    first, second = (simulate(each, seed=4, until=until) for each in (twice, together))
    assert first.rows("staffed") == second.rows("staffed")


@pytest.mark.parametrize("share", [0.1, 0.35, 1.0])
def test_every_team_loses_its_share_of_carers(county: Scenario, share: float) -> None:
    ledger = simulate(shocked(county, "carers_lost", share), seed=4, until=DAY + 1)
    before = carers(ledger, DAY)
    lost = Counter(
        ledger.labels.branches[int(branch)]
        for day, branch, _, cause in ledger.rows("staffed")
        if day == DAY and cause == Cause.STAFF_LOST
    )
    assert sum(lost.values()) > 10
    for team, number in before.items():
        assert abs(lost[team] - share * number) <= 1


def test_carers_lost_are_missed(county: Scenario) -> None:
    usual = Simulation(county, seed=4)
    after = Simulation(shocked(county, "carers_lost", 0.3), seed=4)
    for simulation in (usual, after):
        simulation.run(DAY + 14)
    people_usual, people_after = (
        sum(len(area.list.packages) + len(area.leaving.packages) for area in each.market.areas)
        for each in (usual, after)
    )
    assert people_after > people_usual


def test_hires_and_people_who_look_add_up_area_by_area(county: Scenario) -> None:
    """Whoever is hired no longer looks: nobody is put back the week after.

    With almost nobody looking, newcomers come in parts of a person: those hired never differ from
    those who came by a whole one, since posts are vacant for all of them.
    """
    scenario = small_county(
        workforce__new_applicants_per_week=0.1,
        workforce__leavers_leaving_sector=1.0,
        workforce__matching_per_week=1.0,
        workforce__applicant_patience_weeks=260.0,
    )
    simulation = Simulation(scenario, seed=2)
    first = {area.code: area.applicants for area in simulation.market.areas}
    ledger = simulation.run(700.0)
    weeks = (700.0 + scenario.calendar.warm_up_weeks * 7) / 7
    for area in simulation.market.areas:
        came = first[area.code] + weeks * area.newcomers_per_week
        hired = sum(
            cause == Cause.HIRED and ledger.labels.branch_area[int(branch)] == area.id
            for _, branch, _, cause in ledger.rows("staffed")
        )
        assert hired > 10
        assert area.vacancies > 10
        assert abs(hired + area.applicants - came) <= 1
