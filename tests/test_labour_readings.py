"""Readings of the labour market: where newcomers come, how many posts are vacant, overtime."""

from __future__ import annotations

from math import fsum
from statistics import fmean

import pytest
from conftest import small_county

from sim.ledger import FACTS, HIRES, Ledger
from sim.outcomes.headline import summarise
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.simulation import Simulation, simulate
from sim.warm_start import spread_by_place

RATIOS = {"KINGS_LYNN": 0.5, "COASTAL": 2.0}
"""Labour ratios of the two areas of the small county."""


def by_place(**changed: object) -> Scenario:
    """The small county with four times as many people of working age on the coast."""
    ratios = {f"areas__{area}__labour_ratio": ratio for area, ratio in RATIOS.items()}
    return small_county(**ratios, workforce__newcomers_by="place", **changed)


def bytes_of(ledger: Ledger) -> dict[str, bytes]:
    """Every fact of a run."""
    return {name: ledger.table(name).tobytes() for name in FACTS}


# Newcomers by place ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("posts", "ratios", "spread"),
    [
        ([100.0, 100.0], [1.0, 1.0], [100.0, 100.0]),
        ([100.0, 100.0], [3.0, 1.0], [150.0, 50.0]),
        ([100.0, 300.0], [3.0, 1.0], [200.0, 200.0]),
        ([100.0, 300.0], [0.3, 0.1], [200.0, 200.0]),  # only proportions matter
        ([0.0, 40.0], [2.0, 0.5], [0.0, 40.0]),
        ([0.0, 0.0], [2.0, 0.5], [0.0, 0.0]),
    ],
)
def test_the_spread_over_places_worked_by_hand(
    posts: list[float], ratios: list[float], spread: list[float]
) -> None:
    assert spread_by_place(posts, ratios) == pytest.approx(spread)


def test_as_many_newcomers_as_before_come_elsewhere() -> None:
    usual, placed = (Simulation(county, seed=1).market for county in (small_county(), by_place()))
    for name in ("newcomers_per_week", "newcomers_looking"):
        before, after = ([getattr(area, name) for area in m.areas] for m in (usual, placed))
        assert fsum(after) == pytest.approx(fsum(before), rel=1e-12)
        shares = {
            area.code: now / then
            for area, now, then in zip(usual.areas, after, before, strict=True)
        }
        assert shares["COASTAL"] == pytest.approx(4 * shares["KINGS_LYNN"])


def test_by_posts_a_labour_ratio_moves_nothing() -> None:
    given = small_county(**{f"areas__{area}__labour_ratio": 2.0 for area in ("COASTAL",)})
    plain = small_county()
    assert given.areas != plain.areas
    once, again = (simulate(county, seed=2, until=200.0) for county in (plain, given))
    assert bytes_of(once) == bytes_of(again)


def test_where_few_newcomers_live_fewer_are_hired() -> None:
    def hired(county: Scenario, area: str) -> int:
        ledger = simulate(county, seed=3, until=365.0)
        return sum(
            cause in HIRES and ledger.labels.branches[int(branch)].endswith(f":{area}")
            for _, branch, _, cause in ledger.rows("staffed")
        )

    assert hired(by_place(), "KINGS_LYNN") < 0.95 * hired(small_county(), "KINGS_LYNN")
    assert hired(by_place(), "COASTAL") > hired(small_county(), "COASTAL")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "areas.csv: no area has a labour_ratio"),
        ({"areas.MARKET.labour_ratio": 1.0}, "areas.csv, rows 2, 4, 5 and 6, column labour_ratio"),
        ({"areas.MARKET.labour_ratio": 0.0}, "areas.MARKET.labour_ratio"),
    ],
)
def test_by_place_without_ratios_is_a_fault_that_says_how_to_mend_it(
    given: dict[str, float], told: str
) -> None:
    with pytest.raises(ScenarioError) as raised:
        load_scenario("small", settings={"workforce.newcomers_by": "place", **given})
    assert told in str(raised.value)
    if not given:
        for words in ("column labour_ratio", "workforce.newcomers_by", 'newcomers_by = "posts"'):
            assert words in str(raised.value)


def test_norfolk_s_newcomers_by_place(norfolk: Scenario) -> None:
    placed = load_scenario("norfolk", overrides=["newcomers_by_place"])
    usual, other = (Simulation(county, seed=1).market for county in (norfolk, placed))
    newcomers = [
        {area.code: area.newcomers_per_week for area in market.areas} for market in (usual, other)
    ]
    assert fsum(newcomers[1].values()) == pytest.approx(fsum(newcomers[0].values()))
    localities = {area.code: area.locality for area in norfolk.areas}
    ratio = {localities[code]: newcomers[1][code] / newcomers[0][code] for code in newcomers[0]}
    assert min(ratio, key=ratio.__getitem__) == "North"
    assert max(ratio, key=ratio.__getitem__) == "Norwich"


# Vacancies and overtime --------------------------------------------------------------------------

VACANCIES = {"vacancies_12": 0.12, "vacancies_10": 0.10, "vacancies_8": 0.08, "vacancies_5": 0.05}
OVERTIME = {"overtime_0": 0.0, "overtime_20": 0.2}


@pytest.mark.parametrize("name", OVERTIME)
def test_readings_of_overtime(name: str, norfolk: Scenario) -> None:
    assert load_scenario("norfolk", overrides=[name]).overload.overtime_share == OVERTIME[name]
    assert OVERTIME["overtime_0"] < norfolk.overload.overtime_share < OVERTIME["overtime_20"]


@pytest.mark.parametrize("name", VACANCIES)
def test_a_reading_of_vacancies_moves_what_fills_posts_and_no_figure_must_hold_against_it(
    name: str, norfolk: Scenario
) -> None:
    county = load_scenario("norfolk", overrides=[name])
    moved = {
        field
        for field in type(norfolk.workforce).model_fields
        if getattr(county.workforce, field) != getattr(norfolk.workforce, field)
    }
    assert moved == {"matching_per_week", "usual_vacancy_share"}
    row = next(row for row in county.targets if row.code == "VACANCIES")
    assert row.role == "watch" or row.low <= VACANCIES[name] <= row.high


@pytest.mark.long
@pytest.mark.parametrize("name", VACANCIES)
def test_a_reading_of_vacancies_has_the_vacancies_of_its_name(name: str) -> None:
    """Within half a point, in the first year, by eight replications."""
    county = load_scenario("norfolk", overrides=[name], settings={"calendar.end": "2024-12-31"})
    found = [
        summarise(simulate(county, seed=1, replication=one), county, one).figures[
            "vacancy_share_first_year"
        ]
        for one in range(8)
    ]
    assert fmean(found) == pytest.approx(VACANCIES[name], abs=0.005)
