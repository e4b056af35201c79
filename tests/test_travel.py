"""Travel from geography: the round-length formula against real tours, and how minutes scale."""

from __future__ import annotations

from itertools import pairwise, permutations
from math import sqrt

import numpy as np
import pytest

from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.travel import (
    BOUNDARY,
    SHORT_ROUNDS,
    TOUR_CONSTANT,
    TravelTable,
    km_per_visit,
    round_length,
)


def shortest_tour(points: np.ndarray) -> float:
    """The shortest closed tour, by trying every order."""
    distance = np.linalg.norm(points[:, None] - points[None, :], axis=2)
    rest = range(1, len(points))
    return min(
        sum(distance[a, b] for a, b in zip((0, *order), (*order, 0), strict=True))
        for order in permutations(rest)
    )


@pytest.mark.parametrize("visits", sorted(SHORT_ROUNDS))
def test_short_rounds_are_the_mean_of_shortest_tours(visits: int) -> None:
    """20,000 samples: a standard error of about 0.004, so 0.016 is four of them."""
    rng = np.random.default_rng(visits)
    tours = [shortest_tour(rng.random((visits, 2))) for _ in range(20_000 // visits)]
    error = np.std(tours) / sqrt(len(tours))
    assert abs(np.mean(tours) - SHORT_ROUNDS[visits]) < 4 * error


def test_the_boundary_term_brings_a_round_of_seven_near_its_shortest_tour() -> None:
    """Without it the formula is more than a tenth short; with it, within a tenth."""
    rng = np.random.default_rng(7)
    mean = float(np.mean([shortest_tour(rng.random((7, 2))) for _ in range(150)]))
    assert TOUR_CONSTANT * sqrt(7) < 0.9 * mean
    assert abs(TOUR_CONSTANT * sqrt(7) + BOUNDARY - mean) < 0.1 * mean


def test_round_length_grows_without_a_jump() -> None:
    lengths = [round_length(visits, True) for visits in np.arange(2, 12, 0.25)]
    assert all(0 <= b - a < 0.2 for a, b in pairwise(lengths))


def changed(norfolk: Scenario, **travel: float | bool) -> TravelTable:
    area = next(row for row in norfolk.areas if row.code == "KINGS_LYNN")
    rules = norfolk.travel.model_copy(update=travel)
    return TravelTable(rules, norfolk.workforce, area, 300.0, 36.0)


def test_area_times_four_doubles_kilometres(norfolk: Scenario) -> None:
    travel = norfolk.travel.model_copy(update={"boundary_term": False})
    area = next(row for row in norfolk.areas if row.code == "KINGS_LYNN")
    wide = area.model_copy(update={"area_km2": 4 * area.area_km2})
    near, far = (km_per_visit(travel, place, 80, 300) for place in (area, wide))
    assert far == pytest.approx(2 * near)


def test_speed_doubled_halves_minutes(norfolk: Scenario) -> None:
    fast = changed(
        norfolk,
        speed_urban_km_per_hour=2 * norfolk.travel.speed_urban_km_per_hour,
        speed_rural_km_per_hour=2 * norfolk.travel.speed_rural_km_per_hour,
    )
    slow = changed(norfolk)
    assert 2 * fast.travel_minutes_per_visit(60) == pytest.approx(slow.travel_minutes_per_visit(60))


@pytest.mark.parametrize("parts", [2, 4, 8])
def test_splitting_homes_over_the_whole_area_multiplies_travel(
    norfolk: Scenario, parts: int
) -> None:
    """By the square root of the number of providers, without a boundary and without patches."""
    table = changed(norfolk, territoriality=0.0, boundary_term=False)
    whole, part = table.km_per_visit(320), table.km_per_visit(320 // parts)
    assert part / whole == pytest.approx(sqrt(parts), rel=0.01)


def test_providers_that_keep_to_a_patch_avoid_it(norfolk: Scenario) -> None:
    table = changed(norfolk, territoriality=1.0, boundary_term=False)
    assert table.km_per_visit(40) == pytest.approx(table.km_per_visit(160), rel=0.01)


def test_no_travel_leaves_the_whole_week_for_people(norfolk: Scenario) -> None:
    table = changed(norfolk, applies=False)
    week = norfolk.workforce.paid_hours_per_week * 60 * (1 - norfolk.workforce.absence_share)
    assert table.contact_minutes(1) == table.contact_minutes(500) == int(week + 1e-6)


def test_contact_shares_lie_near_the_published_ones(norfolk: Scenario) -> None:
    """0.78 in towns and 0.68 in the country (from memory, to be verified): within 0.1."""
    shares = {}
    for code in ("NORWICH_1", "FENS_AND_BRECKS"):
        area = next(row for row in norfolk.areas if row.code == code)
        table = TravelTable(norfolk.travel, norfolk.workforce, area, 300.0, 36.0)
        shares[code] = table.contact_share(25)
    assert shares["NORWICH_1"] == pytest.approx(0.78, abs=0.1)
    assert shares["FENS_AND_BRECKS"] == pytest.approx(0.68, abs=0.1)
    assert shares["NORWICH_1"] > shares["FENS_AND_BRECKS"]


@pytest.mark.parametrize("visits", [1.0, 1.5, 1.99])
def test_a_round_of_less_than_two_visits_is_refused(visits: float) -> None:
    """It has no way between homes."""
    with pytest.raises(ScenarioError, match="at least 2"):
        load_scenario("small", settings={"travel.visits_per_round": visits})


@pytest.mark.parametrize("boundary", [True, False])
@pytest.mark.parametrize("visits", [2, 2.5, 4.99, 5, 40])
def test_every_length_of_round_that_is_allowed_has_its_way(boundary: bool, visits: float) -> None:
    settings = {"travel.visits_per_round": visits, "travel.boundary_term": boundary}
    scenario = load_scenario("small", settings=settings)
    for homes in (0, 1, 2, 3, 50):
        assert km_per_visit(scenario.travel, scenario.areas[0], homes, 60.0) > 0
