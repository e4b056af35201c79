"""Somerset as it is: six guaranteed lots let to three bidders, and an open framework besides.

The design is on record (Somerset executive decision of 8 November 2023); which bidder has which
lot, land, hours by area and rates are invented. What block holders are paid is worked out by hand.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from command_line import Caremarket

from experiments.stress.work import places_of
from sim.ledger import Ledger, Spending
from sim.outcomes.adequacy import companies_of, month_starts
from sim.outcomes.headline import summarise
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario, load_scenario
from sim.scenario.plausibility import warnings
from sim.simulation import Simulation, simulate

SOMERSET = Path(__file__).parent / "data" / "somerset"
PENCE_OF_A_PERIOD = {
    # Hours a week, four weeks, pounds an hour.
    "BIDDER_A:GLASTONBURY_STREET": 150 * 4 * 2700,
    "BIDDER_A:SHEPTON_WELLS": 200 * 4 * 2700,
    "BIDDER_A:FROME": 100 * 4 * 2700,
    "BIDDER_E:YEOVIL": 150 * 4 * 2700,
    "BIDDER_E:BRIDGWATER": 200 * 4 * 2700,
    "BIDDER_G:MINEHEAD": 200 * 4 * 2750,
}
"""What each lot is guaranteed in four weeks of the first year: 27 pounds an hour, one lot 27.50."""
ON = ("--on", "2024-07-01")
WITHOUT_A_LOT = {"TAUNTON", "CHARD_ILMINSTER"}


@pytest.fixture(scope="module")
def somerset() -> Scenario:
    return load_scenario(SOMERSET)


@pytest.fixture(scope="module")
def ledger(somerset: Scenario) -> Ledger:
    return simulate(somerset, seed=1)


def test_the_design_is_the_one_on_record(somerset: Scenario) -> None:
    rows = somerset.commissioning.principal_contracts
    assert sorted(row.hours_per_week or 0 for row in rows) == [100, 150, 150, 200, 200, 200]
    held = [row.provider for row in rows]
    assert sorted(held.count(bidder) for bidder in set(held)) == [1, 2, 3]
    assert len(somerset.areas) == 8
    assert sum(area.hours_per_four_weeks for area in somerset.areas) == 4 * 18_000
    assert len(somerset.branches) == 63
    # 26 million pounds in the first year, at 27 pounds an hour, are some 18,000 hours a week.
    assert pytest.approx(18_000, rel=0.03) == 26e6 / 27 / 52


def test_nothing_is_odd_about_areas_without_a_lot(somerset: Scenario) -> None:
    assert warnings(somerset) == []
    lots = {row.area for row in somerset.commissioning.principal_contracts}
    assert {area.code for area in somerset.areas} - lots == WITHOUT_A_LOT


def test_where_each_area_is_meant_to_have_one_they_are_told(somerset: Scenario) -> None:
    live = {f"areas.{code}.go_live": "2024-04-01" for code in WITHOUT_A_LOT}
    assert warnings(somerset.changed(live)) == []
    meant = {"commissioning.tiers.block.minimum_providers": 1}
    told = " ".join(warnings(somerset.changed({**live, **meant})))
    assert "2 areas go live without a principal provider: Taunton" in told


def test_block_holders_are_paid_the_guarantee_of_their_lots(ledger: Ledger) -> None:
    paid = ledger.columns("paid")
    block = paid["spending"] == Spending.BLOCK
    teams = ledger.labels.branches
    assert {teams[branch] for branch in paid["branch"][block]} == set(PENCE_OF_A_PERIOD)
    first_year = block & (paid["day"] <= 365)
    for code, pence in PENCE_OF_A_PERIOD.items():
        mine = first_year & (paid["branch"] == teams.index(code))
        assert paid["amount"][mine].tolist() == [pence] * 13
        assert (paid["minutes"][mine] > paid["delivered"][mine]).any()
    assert paid["amount"][first_year].sum() == 13 * 10_840_000  # 108,400 pounds in four weeks
    # A year on the framework's rate has risen by 5% to 28.35 pounds, and 27.50 with it to 28.88.
    later = block & (paid["day"] > 365 + 28)
    for code, pence in PENCE_OF_A_PERIOD.items():
        mine = later & (paid["branch"] == teams.index(code))
        usual = code != "BIDDER_G:MINEHEAD"
        expected = pence // 2700 * 2835 if usual else 200 * 4 * 2888
        assert set(paid["amount"][mine].tolist()) == {expected}


def test_nobody_is_given_more_than_a_lot_and_nobody_else_holds_one(ledger: Ledger) -> None:
    accepted = ledger.columns("accepted")
    teams = {ledger.labels.branches[b] for b in accepted["branch"][accepted["tier"] == 0]}
    assert teams == set(PENCE_OF_A_PERIOD)


@pytest.mark.long
def test_areas_without_a_lot_are_not_counted(somerset: Scenario, ledger: Ledger) -> None:
    live = {f"areas.{code}.go_live": "2024-04-01" for code in WITHOUT_A_LOT}
    for scenario in (somerset, somerset.changed(live)):
        figures = summarise(simulate(scenario, seed=1), scenario, 0, None).figures
        assert figures["live_areas"] == 6
        assert figures["live_areas_at_split"] <= 6
        assert figures["live_areas_below_guarantee"] <= 6


def test_adequacy_loses_each_block_holder_and_nobody_else(
    somerset: Scenario, ledger: Ledger
) -> None:
    shares = np.array([0.3])
    found = companies_of(ledger, somerset, month_starts(somerset)[1][1:], shares)
    held = {
        code
        for code, ever in zip(ledger.labels.providers, found.held.any(axis=0), strict=True)
        if ever
    }
    assert held == {"BIDDER_A", "BIDDER_E", "BIDDER_G"}
    estimates = found.n_minus_1(shares)[0]
    assert np.isfinite(estimates[found.held]).all()
    # A holder stops everywhere it works, beyond its lots too.
    provider = ledger.labels.providers.index("BIDDER_E")
    works = {row.area for row in somerset.branches if row.provider == "BIDDER_E"}
    hit = {
        ledger.labels.areas[area]
        for area in np.flatnonzero(found.at_stake[:, provider].max(axis=0) > 0)
    }
    assert hit == works > {"YEOVIL", "BRIDGWATER"}


def test_stress_loses_each_block_holder_by_its_lots(somerset: Scenario) -> None:
    places = places_of(somerset)
    assert [place.name for place in places] == [
        "Glastonbury and Street + Shepton Mallet and Wells + Frome",
        "Yeovil + Bridgwater",
        "Minehead",
    ]
    for place, bidder in zip(places, ("BIDDER_A", "BIDDER_E", "BIDDER_G"), strict=True):
        simulation = Simulation(somerset, seed=1)
        simulation.fail(ScriptedFailure(place.rule, 30.0))
        simulation.run(31.0)
        closed = {p.code for p in simulation.market.providers if p.closed}
        assert closed == {bidder}


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("check", SOMERSET), id="check"),
        pytest.param(("run", SOMERSET, "--until", "2024-06-30"), id="run", marks=pytest.mark.long),
        pytest.param(
            ("run", SOMERSET, "--until", "2024-09-30", "--fail", "principal:YEOVIL", *ON),
            id="run with a failure",
            marks=pytest.mark.long,
        ),
    ],
)
def test_the_command_line_takes_it_as_it_is(
    words: tuple[object, ...], caremarket: Caremarket
) -> None:
    done = caremarket(*words)
    assert done.code == 0, done.err
    assert "Somerset" in done.out


@pytest.mark.long
def test_stress_and_adequacy_name_each_block_holder(caremarket: Caremarket, tmp_path: Path) -> None:
    stress, adequacy = tmp_path / "stress", tmp_path / "adequacy"
    settings = ("--jobs", 1, "-r", 1)
    done = caremarket("stress", SOMERSET, "--every", 12, *settings, "--out", stress)
    assert done.code == 0, done.err
    places = {row["place"] for row in rows_of(stress / "ranking.csv")}
    assert {"Yeovil + Bridgwater", "Minehead"} < places
    done = caremarket("adequacy", SOMERSET, "--sample", 0, *settings, "--out", adequacy)
    assert done.code == 0, done.err
    providers = {row["provider"] for row in rows_of(adequacy / "n_minus_1_by_provider.csv")}
    assert providers == {"BIDDER_A", "BIDDER_E", "BIDDER_G"}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
