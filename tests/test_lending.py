"""Carers on loan among a provider's teams: who goes, when they come home, and the longer way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_market import HOUR, SmallMarket

from sim.ledger import Cause, Ledger
from sim.market.accounts import MILES_PER_KM, Period, prices_on
from sim.market.branch import Branch, Loan
from sim.outcomes.headline import summarise
from sim.processes.failure import ScriptedFailure
from sim.processes.lending import dispensable, lacking_minutes, loan_to, make_rota
from sim.processes.money import Money, Work
from sim.processes.workforce import Workforce
from sim.scenario import Scenario, load_scenario
from sim.simulation import Simulation, simulate
from sim.travel import TWO_POINTS, km_across

SHORT: dict[str, Any] = {"calendar.end": "2024-12-31", "calendar.warm_up_weeks": 4}
WEEK = 10 * HOUR
"""What a carer of the small market can do."""


def county(**settings: Any) -> Scenario:
    changed = {path.replace("__", "."): value for path, value in settings.items()}
    return load_scenario("small", settings={**SHORT, **changed})


def lent(ledger: Ledger) -> int:
    return sum(
        cause == Cause.SECONDED and change > 0 for _, _, change, cause in ledger.rows("staffed")
    )


def two_teams(
    here: int, there: int, people: int, **settings: Any
) -> tuple[SmallMarket, Branch, Branch]:
    """Two teams of one provider with so many carers; people are with the first, a carer each."""
    settings["workforce__carers_lent"] = "locality"
    small = SmallMarket("brokerage", "overload", "workforce", **settings)
    first = small.team("FIRST", carers=here)
    second = small.market.open_branch(first.provider, small.area)
    for _ in range(there):
        Workforce.join(Workforce(small.market), second, Cause.WARM_START, productive=True)
    second.posts = float(there)
    for _ in range(people):
        small.served(first)
    small.market.tell()
    return small, first, second


# Who is lent ----------------------------------------------------------------------------------


def test_a_team_that_falls_short_borrows_whom_the_other_does_not_need() -> None:
    small, short, other = two_teams(here=1, there=5, people=3)
    before = list(other.carers)
    make_rota(small.market, [short, other])
    assert (short.productive, other.productive) == (3, 3)
    assert (short.whole_posts, other.whole_posts) == (3, 3)
    assert short.carers[1:] == before[:2], "the same people, not new ones"
    assert [carer.loan.home for carer in short.carers if carer.loan] == [other, other]
    make_rota(small.market, [short, other])
    assert (short.productive, other.productive) == (3, 3), "nobody goes who is still needed"


def test_who_is_no_longer_needed_goes_home_with_the_post() -> None:
    small, short, other = two_teams(here=1, there=5, people=3)
    make_rota(small.market, [short, other])
    for package in list(short.packages.values())[:2]:
        small.market.release(package)
    make_rota(small.market, [short, other])
    assert (short.productive, other.productive) == (1, 5)
    assert (short.whole_posts, other.whole_posts) == (1, 5)
    assert short.away == 0 and not any(carer.loan for carer in other.carers)


def test_who_is_missed_at_home_goes_home_first() -> None:
    small, short, other = two_teams(here=1, there=3, people=3)
    make_rota(small.market, [short, other])
    assert (short.productive, other.productive) == (3, 1)
    taken = small.market.outside_the_tiers(other)
    for _ in range(2):
        person = small.person()
        small.market.reserve(person, taken, other)
    make_rota(small.market, [short, other])
    assert (short.productive, other.productive) == (2, 2)


def test_a_team_never_lends_whom_it_needs_itself() -> None:
    small, short, other = two_teams(here=1, there=2, people=3)
    person = small.person(15.0)
    small.market.reserve(person, small.market.outside_the_tiers(other), other)
    make_rota(small.market, [short, other])
    assert (short.productive, other.productive) == (1, 2)
    assert dispensable(other) == 0 and lacking_minutes(short) == 2 * WEEK


def test_somebody_refused_for_want_of_carers_is_served_once_one_is_lent() -> None:
    small, first, other = two_teams(here=1, there=2, people=1)
    person = small.seeks()
    assert person.branch is None and lacking_minutes(first) == WEEK
    make_rota(small.market, [first, other])
    small.run_to(1.0)
    assert person.branch is first and lacking_minutes(first) == 0


def test_a_carer_on_loan_leaves_on_the_day_that_was_drawn_before() -> None:
    small, short, other = two_teams(here=1, there=2, people=2)
    workforce = small.market.workforce
    for carer in other.carers:
        workforce.turnover(other, carer, 30.0)
    make_rota(small.market, [short, other])
    small.run_to(30.5)
    assert (short.productive, other.productive) == (1, 0)


@pytest.mark.parametrize("whole", [True, False])
def test_where_a_team_closes_those_on_loan_go_home_if_there_is_one(whole: bool) -> None:
    small, short, other = two_teams(here=1, there=3, people=3)
    make_rota(small.market, [short, other])
    for team in (short, other) if whole else (short,):
        team.close()
    small.market.workforce.close(short, 0.0)
    assert (len(short.carers), len(other.carers)) == (0, 1 if whole else 3)
    assert other.whole_posts == (1 if whole else 3)


# The way --------------------------------------------------------------------------------------


def test_the_mean_distance_of_two_random_points() -> None:
    rng = np.random.default_rng(3)
    one, other = rng.random((200_000, 2)), rng.random((200_000, 2))
    distance = np.linalg.norm(one - other, axis=1)
    assert abs(distance.mean() - TWO_POINTS) < 4 * distance.std() / 200_000**0.5


@pytest.mark.parametrize("near", [True, False], ids=["locality", "county"])
def test_the_way_is_that_across_the_locality_or_the_county(near: bool) -> None:
    """Two localities; the loan is within the second, or from one to the other."""
    scenario = county()
    localities = {"HARBOUR": "first", "MARKET": "first"}
    places = tuple(
        row.model_copy(update={"locality": localities.get(row.code, "second")})
        for row in scenario.areas
    )
    simulation = Simulation(scenario.model_copy(update={"areas": places}), seed=1)
    teams = {team.area.code: team for team in simulation.market.provider("CLOVER").branches}
    loan = loan_to(simulation.market, teams["HILLS"], teams["VALE" if near else "HARBOUR"])
    crossed = [row.area_km2 for row in places if not near or row.locality == "second"]
    assert len(crossed) == (3 if near else 5)
    trips = scenario.workforce.lent_trips_per_week
    assert loan.km == pytest.approx(trips * km_across(scenario.travel, sum(crossed)))
    assert 0 < loan.away < 1 and loan.home is teams["HILLS"]


def test_the_way_takes_working_time_of_those_on_loan_alone() -> None:
    small, short, other = two_teams(here=2, there=2, people=2)
    workforce = small.market.workforce
    workforce.lend(other.carers[:1], other, short, Loan(other, 0.25, 80.0))
    assert (short.away, short.away_km) == (0.25, 80.0)
    assert short.capacity == 3 * WEEK - WEEK // 4 and other.capacity == WEEK
    assert short.room == WEEK - WEEK // 4 and short.free == short.room
    workforce.send_home(short, short.carers[-1:])
    assert (short.away, short.away_km, short.capacity) == (0.0, 0.0, 2 * WEEK)


def test_where_the_way_takes_all_their_time_nobody_is_lent() -> None:
    far = county(workforce__carers_lent="county", workforce__lent_trips_per_week=40.0)
    far = far.model_copy(
        update={"areas": tuple(row.model_copy(update={"area_km2": 20_000.0}) for row in far.areas)}
    )
    assert lent(simulate(far, seed=1, until=120.0)) == 0


def test_a_longer_way_costs_mileage() -> None:
    """Nobody drives between homes in the small market: all its mileage is that of the loan."""
    small, short, other = two_teams(2, 2, 2, money__mileage_gbp_per_mile=0.45)
    money, prices = Money(small.market), prices_on(small.market.scenario, 0.0)
    small.market.workforce.lend(other.carers[:1], other, short, Loan(other, 0.25, 80.0))
    period = Period(4.0)
    money._pay_team(period, short, Work(4.0 * 2 * WEEK, 0, 0), prices)
    assert period.mileage_pence == round(4 * 80.0 * MILES_PER_KM * 45)


# In a county ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nowhere() -> Ledger:
    return simulate(county(), seed=1)


def test_nobody_is_lent_unless_it_is_asked_for(nowhere: Ledger) -> None:
    settings = county(workforce__lent_trips_per_week=1.0)
    again = simulate(settings, seed=1)
    assert lent(nowhere) == lent(again) == 0
    assert nowhere.table("moved").tobytes() == again.table("moved").tobytes()


@pytest.mark.long
def test_with_it_fewer_people_wait_and_a_longer_way_takes_that_back() -> None:
    """Six stories each: one alone is mostly chance."""
    without = people_waiting(workforce__carers_lent="nowhere")
    near, far = (
        people_waiting(workforce__carers_lent="locality", workforce__lent_trips_per_week=trips)
        for trips in (0.0, 40.0)
    )
    assert near < 0.85 * without and near < 0.85 * far


def people_waiting(**settings: Any) -> float:
    """People on the list, summed over areas, weeks and six stories."""
    scenario = county(**settings, calendar__end="2025-12-31")
    return sum(
        float(summarise(simulate(scenario, seed=seed), scenario, 0).by_area["list_people"].sum())
        for seed in range(1, 7)
    )


def test_the_way_is_paid_for() -> None:
    small, short, other = two_teams(here=2, there=2, people=2)
    money = Money(small.market)
    before = money.paid_minutes(short, 4 * 2 * WEEK)
    small.market.workforce.lend(other.carers[:1], other, short, Loan(other, 0.25, 80.0))
    idle = small.market.scenario.money.idle_time_paid_share
    whole = 4 * money.carer_minutes
    gained = money.paid_minutes(short, 4 * 2 * WEEK) - before
    assert gained == pytest.approx(0.25 * whole + idle * 0.75 * whole)


@pytest.mark.parametrize("areas", [(), ("HARBOUR",)])
@pytest.mark.parametrize("notice", [0.0, 28.0])
def test_the_laws_hold_as_a_provider_that_lends_closes(
    areas: tuple[str, ...], notice: float
) -> None:
    scenario = county(workforce__carers_lent="locality")
    script = ScriptedFailure("ANCHOR", 150.0, notice, areas=areas)
    ledger = simulate(scenario, seed=1, until=240.0, failures=[script])
    assert lent(ledger) > 10
    figures = summarise(ledger, scenario, 0).figures
    assert figures["carers_lent_per_year"] > 10


def test_a_team_without_limits_borrows_from_nobody() -> None:
    scenario = county(workforce__carers_lent="locality", workforce__unlimited_capacity=True)
    assert lent(simulate(scenario, seed=1, until=60.0)) == 0
