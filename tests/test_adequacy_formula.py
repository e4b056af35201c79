"""N-1 by hand on made-up ledgers; a real closure of a small county; company against team."""

from __future__ import annotations

import math
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from conftest import small_county, with_one_principal

from sim.ledger import Cause, Ledger, Stage
from sim.outcomes.adequacy import PRINCIPAL, fallback_of
from sim.outcomes.histories import spells
from sim.outcomes.n_minus_1 import NMinus1, n_minus_1, people_when_care_stops, teams_of_provider
from sim.outcomes.stopped import taken_on
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario, load_scenario
from sim.simulation import Simulation, simulate

STOPS = 100.0
ANN, BEN, CAT, DAN, EVE = range(5)
HOURS = {ANN: 10, BEN: 20, CAT: 5, DAN: 8, EVE: 40}
"""Ann, Ben, Cat and Dan are with provider P1 in town; Eve waits in the village for anybody."""


def market() -> Ledger:
    """Until the day before: Cat lies in hospital, P1 keeps her place; Dan has not begun yet."""
    ledger = Ledger()
    labels = ledger.labels
    labels.areas.extend(["TOWN", "VILLAGE"])
    labels.tiers.append("principal")
    labels.providers.extend(["P1", "P2"])
    labels.branches.extend(["P1:TOWN", "P2:TOWN", "P1:VILLAGE"])
    labels.branch_area.extend([0, 0, 1])
    labels.branch_provider.extend([0, 1, 0])
    for person, hours in HOURS.items():
        package = person if person != EVE else 100_000_000 + person
        ledger.moved(0.0, package, Stage.WAITING, -1, -1, hours * 60, Cause.REFERRED)
    for person in (ANN, BEN, CAT):
        ledger.moved(1.0, person, Stage.IN_SERVICE, 0, 0, HOURS[person] * 60, Cause.STARTED)
    ledger.moved(90.0, CAT, Stage.INTERRUPTED, 0, 0, HOURS[CAT] * 60, Cause.TO_HOSPITAL)
    ledger.moved(95.0, DAN, Stage.RESERVED, 0, 0, HOURS[DAN] * 60, Cause.ACCEPTED)
    return ledger


def usual() -> Ledger:
    """Nobody stops: Ben dies on day 110, Cat is home at noon of day 128, Eve is served from 120."""
    ledger = market()
    ledger.moved(104.0, DAN, Stage.IN_SERVICE, 0, 0, HOURS[DAN] * 60, Cause.STARTED)
    ledger.moved(110.0, BEN, Stage.ENDED, -1, -1, HOURS[BEN] * 60, Cause.DIED)
    ledger.moved(120.0, 100_000_000 + EVE, Stage.IN_SERVICE, 2, 0, HOURS[EVE] * 60, Cause.STARTED)
    ledger.moved(128.5, CAT, Stage.IN_SERVICE, 0, 0, HOURS[CAT] * 60, Cause.FROM_HOSPITAL)
    ledger.day = 200.0
    return ledger


def failed(*, eve_waits: bool = False, dan_served: bool = False) -> Ledger:
    """P1 closes: Ann is served by P2 from day 107, Dan by nobody, Ben dies, Cat waits once home."""
    ledger = market()
    for person in (ANN, BEN, DAN):
        ledger.moved(
            STOPS, person, Stage.DISPLACED, -1, -1, HOURS[person] * 60, Cause.PROVIDER_FAILED
        )
    ledger.moved(STOPS, CAT, Stage.INTERRUPTED, -1, -1, HOURS[CAT] * 60, Cause.PROVIDER_FAILED)
    ledger.moved(107.0, ANN, Stage.IN_SERVICE, 1, 0, HOURS[ANN] * 60, Cause.STARTED)
    if dan_served:
        ledger.moved(108.0, DAN, Stage.BRIDGED, -1, -1, HOURS[DAN] * 60, Cause.BRIDGED)
    ledger.moved(110.0, BEN, Stage.ENDED, -1, -1, HOURS[BEN] * 60, Cause.DIED)
    if not eve_waits:
        ledger.moved(
            120.0, 100_000_000 + EVE, Stage.IN_SERVICE, 2, 0, HOURS[EVE] * 60, Cause.STARTED
        )
    ledger.moved(128.5, CAT, Stage.DISPLACED, -1, -1, HOURS[CAT] * 60, Cause.FROM_HOSPITAL)
    ledger.day = 200.0
    return ledger


def its_people() -> np.ndarray:
    ledger = usual()
    return people_when_care_stops(spells(ledger), teams_of_provider(ledger, "P1"), STOPS)


def test_its_people_are_those_it_serves_or_keeps_a_place_for() -> None:
    assert its_people().tolist() == [ANN, BEN, CAT, DAN]


def test_a_company_works_everywhere_and_a_team_in_one_area() -> None:
    ledger = usual()
    assert teams_of_provider(ledger, "P1") == [0, 2]
    assert teams_of_provider(ledger, "P1", ["VILLAGE"]) == [2]
    with pytest.raises(ValueError, match="P9"):
        teams_of_provider(ledger, "P9")


def test_n_minus_1_by_hand() -> None:
    """Needed on day 28: Ann 10, Dan 8, Cat 5 for half the day; extra: Dan 8 and Cat's half."""
    found = n_minus_1(failed(), usual(), its_people(), STOPS)
    assert found.needed_hours == pytest.approx(10 + 8 + 2.5)
    assert found.extra_hours == pytest.approx(8 + 2.5)
    assert found.share == pytest.approx(1 - 10.5 / 20.5)


def test_whoever_is_bridged_is_not_without_care() -> None:
    found = n_minus_1(failed(dan_served=True), usual(), its_people(), STOPS)
    assert found.extra_hours == pytest.approx(2.5)


def test_others_who_wait_longer_count_and_nothing_is_clipped() -> None:
    """Eve, whom P1 never served, waits on because the others are full: 40 hours more."""
    found = n_minus_1(failed(eve_waits=True), usual(), its_people(), STOPS)
    assert found.extra_hours == pytest.approx(10.5 + 40)
    assert found.share == pytest.approx(1 - 50.5 / 20.5) and found.share < 0
    better_off = n_minus_1(usual(), failed(eve_waits=True), its_people(), STOPS)
    assert better_off.extra_hours == pytest.approx(-50.5) and better_off.share > 1


def test_visits_missed_are_hours_without_care() -> None:
    strained = failed()
    strained.strained(127.0, 1, 0, 4 * 60, 0)
    assert n_minus_1(strained, usual(), its_people(), STOPS).extra_hours == pytest.approx(14.5)


def test_only_the_day_from_28_to_29_counts() -> None:
    """Ann loses her new provider a day too late, and had none a day too early."""
    late = failed()
    late.moved(129.0, ANN, Stage.DISPLACED, -1, -1, HOURS[ANN] * 60, Cause.PROVIDER_FAILED)
    assert n_minus_1(late, usual(), its_people(), STOPS).extra_hours == pytest.approx(10.5)


def test_a_run_that_ends_before_has_no_figure() -> None:
    short = failed()
    short.day = STOPS + 28.5
    for pair in ((short, usual()), (failed(), short)):
        assert math.isnan(n_minus_1(*pair, its_people(), STOPS).share)
    assert math.isnan(NMinus1(0.0, 0.0).share)


def test_the_same_run_twice_is_one_and_a_provider_with_nobody_has_none() -> None:
    assert n_minus_1(usual(), usual(), its_people(), STOPS).share == 1
    nobody = n_minus_1(usual(), usual(), np.array([], dtype=np.int64), STOPS)
    assert math.isnan(nobody.share) and nobody.needed_hours == 0


def principal_of(county: Scenario, area: str) -> str:
    """The first principal of an area."""
    model = county.commissioning
    return next(
        row.provider
        for row in model.contracts
        if row.area == area and row.tier == model.principal_tier
    )


# A closure that is simulated -----------------------------------------------------------------


def test_more_carers_who_move_leave_fewer_hours_without_care() -> None:
    """All of them, half or none: King's Lynn's principal, one past, three arms."""
    county = small_county(calendar__end="2025-09-30")
    day = 456.0
    without = simulate(county, seed=3, until=day + 29)
    held = principal_of(county, "KINGS_LYNN")
    people = people_when_care_stops(spells(without), teams_of_provider(without, held), day)
    shares = []
    for move in (0.0, 0.5, 1.0):
        simulation = Simulation(county, seed=3)
        simulation.fail(ScriptedFailure(held, day, staff_move_share=move))
        ledger = simulation.run(day + 29)
        found = n_minus_1(ledger, without, people, day)
        assert found.needed_hours > 300
        shares.append(found.share)
    assert all(fewer < more for fewer, more in pairwise(shares))
    assert shares[0] > 0 and shares[-1] > 0.8


# The company against its team alone ------------------------------------------------------------


def stopped(county: Scenario, without: Ledger, day: float, *areas: str) -> tuple[Ledger, NMinus1]:
    """The run in which King's Lynn's principal stops, in these areas or everywhere."""
    provider = principal_of(county, "KINGS_LYNN")
    people = people_when_care_stops(
        spells(without), teams_of_provider(without, provider, areas), day
    )
    simulation = Simulation(county, seed=3)
    simulation.fail(ScriptedFailure(provider, day, staff_move_share=0.3, areas=areas))
    ledger = simulation.run(day + 29)
    return ledger, n_minus_1(ledger, without, people, day)


def test_a_company_closes_everywhere_and_costs_more_than_its_team_alone() -> None:
    """One provider is principal of both areas: stopping one of its teams is the kinder event."""
    county = with_one_principal(small_county(calendar__end="2025-09-30"))
    day = 456.0
    without = simulate(county, seed=3, until=day + 29)
    company_ledger, company = stopped(county, without, day)
    provider = principal_of(county, "KINGS_LYNN")
    teams = [stopped(county, without, day, area)[1] for area in ("KINGS_LYNN", "COASTAL")]
    assert all(team.needed_hours < company.needed_hours for team in teams)
    assert sum(team.needed_hours for team in teams) == pytest.approx(company.needed_hours)
    assert all(team.extra_hours < company.extra_hours for team in teams)
    closed = {
        company_ledger.labels.areas[int(area)] if area >= 0 else "everywhere"
        for at, who, area, cause in company_ledger.rows("traded")
        if at == day
        and cause == Cause.CLOSED
        and company_ledger.labels.providers[int(who)] == provider
    }
    assert closed in ({"everywhere"}, {"KINGS_LYNN", "COASTAL"})


@pytest.mark.long
def test_norfolk_s_company_takes_more_with_it_than_a_team_of_it() -> None:
    """P005 works in Great Yarmouth and in Gorleston: it closes, or one of its teams stops."""
    county = load_scenario("norfolk", settings={"calendar.end": date(2027, 1, 31)})
    day = float((date(2027, 1, 1) - county.calendar.start).days)
    without = simulate(county, seed=1)
    held = fallback_of(without, county, np.array([day]))
    place = without.labels.areas.index("GREAT_YARMOUTH")
    assert held.role[0, place] == PRINCIPAL
    assert without.labels.branches[held.team[0, place]] == "P005:GREAT_YARMOUTH"

    def closes(*areas: str) -> tuple[Ledger, NMinus1]:
        people = people_when_care_stops(
            spells(without), teams_of_provider(without, "P005", areas), day
        )
        simulation = Simulation(county, seed=1)
        simulation.fail(ScriptedFailure("P005", day, staff_move_share=0.3, areas=areas))
        ledger = simulation.run()
        return ledger, n_minus_1(ledger, without, people, day)

    company_ledger, company = closes()
    for area in ("GREAT_YARMOUTH", "GORLESTON"):
        team_ledger, team = closes(area)
        assert 100 < team.needed_hours < company.needed_hours
        assert team.extra_hours < company.extra_hours
        own = teams_of_provider(without, "P005", [area])
        alone, together = (
            taken_on(ledger, own, day, day + 28).share for ledger in (team_ledger, company_ledger)
        )
        assert together <= alone
