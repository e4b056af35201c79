"""N-1: the estimate by hand, companies and teams that are stopped by fork and replay, faults."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import Caremarket
from conftest import small_county

from experiments.adequacy.sampling import sample_of
from experiments.adequacy.stops import (
    Aftermath,
    Broken,
    Stop,
    forked,
    replayed,
    teams_in_both,
    usual_of,
)
from experiments.adequacy.work import (
    EXAMINATIONS,
    Examined,
    Task,
    examined_by,
    items_of,
)
from experiments.engine.branches import can_fork, go_to
from experiments.engine.carrying import Engine
from experiments.engine.own_processes import on_own_processes
from experiments.engine.parts import InMemory
from experiments.engine.runner import Runner
from experiments.engine.work import WorkItem
from sim.ledger import Ledger
from sim.outcomes.adequacy import (
    ROLES,
    adequacy,
    erosion,
    fallback_of,
    filled_share,
    levels,
    month_starts,
)
from sim.outcomes.adequacy import absorbable as absorbable_hours
from sim.scenario import Scenario
from sim.simulation import Simulation, simulate

SHORT = {"calendar__end": "2025-09-30"}
DAY = 456.0  # 1 April 2025: King's Lynn has had its principal since January
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture(scope="module")
def county() -> Scenario:
    return small_county(**SHORT)


def stop_of(scenario: Scenario, share: float) -> Stop:
    """King's Lynn's principal stops on the day."""
    held = next(
        row
        for row in scenario.commissioning.contracts
        if row.area == "KINGS_LYNN" and row.tier == scenario.commissioning.principal_tier
    )
    return Stop("KINGS_LYNN", held.provider, DAY, share)


def test_adequacy_by_hand() -> None:
    stake, room = np.array([1000.0, 1000.0, 0.0, 100.0]), np.array([400.0, 900.0, 50.0, 0.0])
    assert adequacy(stake, room, 0.3) == pytest.approx([0.7, 1.0, np.nan, 0.3], nan_ok=True)
    assert adequacy(stake, room, 0.0) == pytest.approx([0.4, 0.9, np.nan, 0.0], nan_ok=True)
    assert adequacy(stake, np.full(4, np.inf), 0.0)[:2] == pytest.approx([1.0, 1.0])


def test_levels_are_what_was_before_anything_happened_that_day() -> None:
    found = levels(
        np.array([-3.0, 1.0, 1.0, 5.0]), np.array([2.0, 3.0, 1.0, -2.0]), np.array([0, 0, 1, 0]), 2,
        np.array([0.0, 1.0, 2.0, 6.0]),
    )  # fmt: skip
    assert found.tolist() == [[2, 0], [2, 0], [5, 1], [3, 1]]


def test_the_state_of_the_market_is_read_as_the_market_has_it(county: Scenario) -> None:
    """Hours at stake, carers and room of the estimate, against the objects of the simulation."""
    simulation = Simulation(county, seed=2)
    ledger = simulation.run(DAY)
    days = np.array([DAY])
    told = fallback_of(ledger, county, days)
    for number, area in enumerate(simulation.market.areas):
        team = simulation.market.branches[int(told.team[0, number])]
        served = sum(p.minutes for p in team.packages.values() if p.stage.name == "IN_SERVICE")
        # Those who pay for their own care would call on the council too.
        assert told.at_stake[0, number] == pytest.approx((served + team.private_minutes) / 60)
        assert told.carers[0, number] == len(team.carers)
        assert team.area is area
        lasting = [b for b in area.branches if b is not team]
        for other in lasting:
            place = ledger.labels.branches.index(other.code)
            assert told.others[0, place] == (other.takes_new_work and not other.closed)
            room = told.slack[0, place] * 60
            assert room == pytest.approx(max(0, other.room), rel=0.05, abs=60)
    assert ROLES[told.role[0, ledger.labels.areas.index("KINGS_LYNN")]] == "principal"
    assert told.at_stake.sum() > 500


def test_more_carers_who_move_leave_fewer_to_be_hired(county: Scenario) -> None:
    ledger = simulate(county, seed=2, until=DAY)
    told = fallback_of(ledger, county, np.array([DAY - 1]))
    shares = [filled_share(told, county, share) for share in (0.0, 0.3, 0.6)]
    assert (shares[0] >= shares[1]).all() and (shares[1] >= shares[2]).all()
    assert (shares[0] > shares[2]).any()
    rooms = [absorbable_hours(told, county, share) for share in (0.0, 0.6)]
    assert (rooms[0] >= rooms[1]).all()


def test_before_go_live_the_largest_provider_stands_in_and_is_marked(county: Scenario) -> None:
    ledger = simulate(county, seed=2)
    months, days = month_starts(county)
    told = fallback_of(ledger, county, days)
    area = ledger.labels.areas.index("KINGS_LYNN")
    live = next(row for row in county.areas if row.code == "KINGS_LYNN").go_live
    assert live is not None
    for month, role in zip(months, told.role[:, area], strict=True):
        assert ROLES[role] == ("principal" if month > live else "largest")


def test_without_room_or_people_erosion_is_nothing() -> None:
    scenario = small_county(
        calendar__end="2024-06-30", demand__growth_per_year=0, workforce__turnover_per_year=0
    )
    ledger = simulate(scenario, seed=1)
    _, days = month_starts(scenario)
    told = erosion(ledger, scenario, days)
    assert set(told) == {"providers", "carers", "slack", "overtime", "hires", "absorbable"}
    parts = told["slack"] + told["overtime"] + told["hires"]
    assert told["absorbable"] == pytest.approx(parts)
    assert (told["carers"] > 100).all()


@needs_fork
@pytest.mark.parametrize("area", ["", "KINGS_LYNN"])
@pytest.mark.parametrize("money", [False, True])
def test_a_fork_and_a_replay_are_the_same_to_the_last_fact(money: bool, area: str) -> None:
    scenario = small_county(**SHORT, money__applies=money, quality__applies=money)
    simulation = Simulation(scenario, seed=3)
    usual = usual_of(simulate(scenario, seed=3))
    go_to(simulation, DAY)
    for share in (0.0, 0.6):
        stop = replace(stop_of(scenario, share), area=area)
        branch, again = forked(simulation, stop, usual), replayed(scenario, 3, 0, stop, usual)
        assert isinstance(branch, Aftermath) and isinstance(again, Aftermath)
        assert branch == again
        assert branch.taken_on.at_stake > 300
        assert 0 < branch.taken_on.share <= 1
        assert branch.n_minus_1.needed_hours > 300
    whole = simulation.run()
    assert whole.table("moved").tobytes() == simulate(scenario, seed=3).table("moved").tobytes()


@needs_fork
def test_a_branch_that_fails_says_so(county: Scenario) -> None:
    simulation = Simulation(county, seed=3)
    go_to(simulation, DAY)
    nobody = Stop("KINGS_LYNN", "P999", DAY, 0.3)
    usual = usual_of(simulate(county, seed=3))
    for found in (forked(simulation, nobody, usual), replayed(county, 3, 0, nobody, usual)):
        assert isinstance(found, Broken)
        assert "P999" in found.error


def test_a_sample_takes_every_area_before_any_twice(county: Scenario) -> None:
    points = sample_of(county, 1, 3, 4)
    taken = [area for each in points for _, area in each]
    assert sorted(taken) == ["COASTAL", "COASTAL", "KINGS_LYNN", "KINGS_LYNN"]
    assert sample_of(county, 1, 3, 4) == points
    assert sum(map(len, sample_of(county, 1, 3, 0))) == 0


def examined(items: list[WorkItem], jobs: int) -> list[Examined]:
    """What is found of each replication, on so many processes."""
    with Runner(on_own_processes(jobs), EXAMINATIONS) as runner:
        done = Engine(InMemory(), runner).answers(items)
    assert not any(one.failed for one in done), done
    return examined_by(items, done)


def test_the_work_is_the_same_on_one_worker_and_on_two(county: Scenario) -> None:
    items = items_of(county, 1, 2, 2, fork=can_fork())
    one, two = (examined(items, jobs) for jobs in (1, 2))
    assert len(one) == len(two) == 2
    for first, second in zip(one, two, strict=True):
        assert not first.broken
        assert first.branched == second.branched
        assert np.array_equal(first.absorbable, second.absorbable)
        assert np.array_equal(first.at_stake, second.at_stake)
    stops = [branch.aftermath.stop for each in one for branch in each.branched]
    companies = [stop for stop in stops if not stop.area]
    assert len(stops) == 6 + len(companies)
    assert all(
        np.array_equal(a.estimate, b.estimate, equal_nan=True)
        for a, b in zip(one, two, strict=True)
    )


def test_branches_of_a_replication_are_compared_with_the_run_without(county: Scenario) -> None:
    tasks = [Task(county, 1, 0, point, can_fork()) for point in (None, (15, "KINGS_LYNN"))]
    items = [WorkItem(str(number), "", task, "one") for number, task in enumerate(tasks)]
    (found,) = examined(items, 1)
    told = [
        (one.aftermath.stop.area, one.aftermath.stop.staff_move_share) for one in found.branched
    ]
    assert told == [(area, share) for area in ("", "KINGS_LYNN") for share in (0, 0.3, 0.6)]
    team = [one for one in found.branched if one.aftermath.stop.area]
    lost = [branched.added_area[0] for branched in team]
    assert lost[0] >= lost[2] and lost[0] > 0
    for branched in team:
        assert branched.aftermath.taken_on.at_stake == pytest.approx(
            found.at_stake[15, found.areas.index("KINGS_LYNN")]
        )
    for branched in found.branched[:3]:
        provider = found.providers.index(branched.aftermath.stop.provider)
        at_stake = found.company_at_stake[15, provider]
        assert found.held[15, provider]
        assert branched.aftermath.taken_on.at_stake == pytest.approx(at_stake)
        number = [0, 0.3, 0.6].index(branched.aftermath.stop.staff_move_share)
        assert branched.estimate == found.estimate[number, 15, provider]


def test_faults_are_told_at_once_and_nothing_is_written(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    words = ("--suffices", "90", "--set", "demand.growth=1")
    code, out, err = caremarket("adequacy", "norfolk", *words)
    assert code == 2 and out == ""
    assert "did you mean 0.9?" in err and "demand.growth" in err
    assert list(tmp_path.iterdir()) == []


def test_the_command_answers_in_words_and_leaves_tables_and_charts(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    short = ("--until", "2024-12-31", "--set", "calendar.warm_up_weeks=8")
    code, out, err = caremarket(
        "adequacy", "small", *short, "-r", 1, "--sample", 1, "--jobs", 1, "--out", "made"
    )
    assert code == 0, err
    assert "A model, not a forecast" in " ".join(out.split())
    made = tmp_path / "made"
    names = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    assert {"summary.txt", "manifest.json"} <= names
    tables = (
        "n_minus_1_by_provider",
        "n_minus_1_by_area",
        "n_minus_1_by_year",
        "sample",
        "erosion",
    )
    for table in tables:
        assert any(name.endswith(f"{table}.csv") for name in names), names
    pictures = [name for name in names if name.endswith(".png") and "bare" not in name]
    assert len(pictures) == 5
    texts = [path.read_text(encoding="utf-8") for path in (made / "charts").glob("*.svg")]
    assert all("a single simulated run" in text or "one replication is" in text for text in texts)
    for path in made.glob("*.csv"):
        table = pd.read_csv(path)
        if path.stem not in ("data_dictionary", "sample", "estimator_error", "chosen_apart"):
            assert set(table["replications"]) <= {0, 1}, path.name
    assert "a single simulated run" in out and "in this simulated future" in out
    assert pd.read_csv(made / "chosen_apart.csv").empty
    assert pd.read_csv(made / "early_warning.csv")["decide_by"].isna().all()


def with_teams(*codes: str) -> Ledger:
    """A ledger that knows of teams of provider A, and of others, in one area."""
    ledger = Ledger()
    labels = ledger.labels
    labels.areas.append("X")
    labels.providers.extend(["A", "B"])
    for code in codes:
        labels.branches.append(code)
        labels.branch_area.append(0)
        labels.branch_provider.append("AB".index(code[0]))
    return ledger


def test_a_team_that_begins_later_in_one_run_alone_is_no_team_of_the_other() -> None:
    """It raised an IndexError, or, worse, stood for another provider's team."""
    usual = with_teams("A:1", "B:1", "A:later", "B:later", "A:last")
    failed = with_teams("A:1", "B:1", "B:other", "B:later")
    assert teams_in_both(usual, failed, Stop("", "A", DAY, 0.0)) == [0]
