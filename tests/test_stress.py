"""The stress test: contingencies in branches, ranking with ties, words and the command."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import Done, spawned
from conftest import small_county

from experiments.engine.branches import can_fork
from experiments.engine.carrying import Engine
from experiments.engine.own_processes import on_own_processes
from experiments.engine.parts import InMemory, as_bytes, from_bytes
from experiments.engine.runner import Runner
from experiments.engine.work import Done as Finished
from experiments.stress.figures import HARM
from experiments.stress.tables import harm_of, ranking, resampled, tied
from experiments.stress.work import (
    CONTINGENCIES,
    ContingencyResult,
    Loss,
    Manner,
    Place,
    dates_of,
    items_of,
    places_of,
    results_of,
)
from sim.outcomes.failures import DIRECT
from sim.scenario import Scenario, load_scenario

SHORT = {"calendar__end": "2025-12-31"}
DATES = (date(2025, 3, 1), date(2025, 6, 1))
TIERS = ["principal"]


@pytest.fixture(scope="module")
def county() -> Scenario:
    return small_county(**SHORT)


def lost(
    scenario: Scenario, *, fork: bool, how: Manner | None = None, replication: int = 0
) -> list[ContingencyResult]:
    places = (Place("King's Lynn", "principal:KINGS_LYNN"), Place("one", "largest:KINGS_LYNN"))
    how = how or Manner(staff_move_share=0.0)
    return results_for(scenario, replication, places, DATES, how, fork=fork)


def results_for(
    scenario: Scenario,
    replication: int,
    places: Sequence[Place],
    dates: Sequence[date],
    how: Manner,
    *,
    fork: bool,
) -> list[ContingencyResult]:
    """What is told of contingencies, in a process that may fork: this one may have threads."""
    items = items_of(scenario, 1, [replication], places, dates, how, fork=fork)
    with Runner(on_own_processes(1), CONTINGENCIES) as runner:
        done = Engine(InMemory(), runner).answers(items)
    assert not any(one.failed for one in done), done
    return results_of(items, done, places, dates)[replication]


@pytest.mark.skipif(not can_fork(), reason="this system has no fork")
def test_branches_by_fork_and_by_replay_are_the_same(county: Scenario) -> None:
    by_fork, by_replay = lost(county, fork=True), lost(county, fork=False)
    assert by_fork == by_replay
    first = by_fork[0].figures
    assert first is not None and first["displaced_people"] > 10
    assert first[HARM] > 0 and first["served_again_in_7_days"] <= first["served_again_in_28_days"]


def test_more_carers_who_move_and_notice_cost_less(county: Scenario) -> None:
    def cost(how: Manner, whose: str) -> float:
        found = lost(county, fork=can_fork(), how=how, replication=1)
        return sum(one.figures[whose] for one in found if one.figures)

    sudden = Manner(staff_move_share=0.0)
    assert cost(Manner(staff_move_share=0.6), HARM) < cost(sudden, HARM)
    # Hours of others count from the announcement on: with notice, over a longer time.
    told = Manner(staff_move_share=0.0, notice_days=56)
    assert cost(told, DIRECT) < cost(sudden, DIRECT)


def test_before_go_live_there_is_nobody_to_be_lost(county: Scenario) -> None:
    places = (Place("King's Lynn", "principal:KINGS_LYNN"),)
    found = results_for(county, 0, places, [date(2024, 6, 1)], Manner(), fork=can_fork())
    assert found == [ContingencyResult(0, 0)]


def test_places_are_principals_with_all_they_hold() -> None:
    places = places_of(load_scenario("norfolk"))
    assert len(places) == 14
    assert Place("King's Lynn + Coastal", "principal:KINGS_LYNN") in places
    theory = load_scenario("theory")
    assert [place.rule for place in places_of(theory)] == [
        f"largest:{area.code}" for area in theory.areas
    ]


def test_dates_leave_room_for_what_follows(county: Scenario) -> None:
    dates = dates_of(county, 6, Manner())
    assert dates == [date(2024, 7, 1), date(2025, 1, 1), date(2025, 7, 1)]
    assert dates_of(county, 6, Manner(notice_days=90))[-1] == date(2025, 1, 1)


def made_up(hours: list[list[float]]) -> pd.DataFrame:
    """A ranking of places (columns) with these hours, a row a replication, on one date."""
    places = [Place(f"P{number}", f"principal:P{number}") for number in range(len(hours[0]))]
    told = {
        row: [
            ContingencyResult(place, 0, "X", {HARM: value})
            for place, value in enumerate(values)
            if np.isfinite(value)
        ]
        for row, values in enumerate(hours)
    }
    return ranking(harm_of(places, [date(2026, 1, 1)], TIERS, told))


def test_the_ranking_groups_what_cannot_be_distinguished() -> None:
    rng = np.random.default_rng(1)
    shared = rng.normal(0, 10, (12, 1))
    hours = np.array([105.0, 104.7, 51.0, 1.8]) + shared + rng.normal(0, 1, (12, 4))
    few = made_up(hours[:4].tolist())
    assert few["group"].tolist() == [1, 1, 1, 1]
    table = made_up(hours.tolist())
    assert table["place"].tolist() == ["P0", "P1", "P2", "P3"]
    assert table["group"].tolist() == [1, 1, 2, 3]
    assert table["worst_share"][:2].sum() == pytest.approx(1.0)
    assert table["rank_p05"][2] == table["rank_p95"][2] == 3


def test_places_of_one_provider_are_one_row() -> None:
    table = made_up([[5.0, 7.0, 5.0], [6.0, 9.0, 6.0]])
    assert table["place"].tolist() == ["P1", "P0 + P2"]


def test_where_hardly_ever_anybody_is_lost_nothing_is_ranked() -> None:
    nan = float("nan")
    table = made_up([[5.0, nan], [6.0, nan], [6.0, 3.0]])
    assert table["place"].tolist() == ["P0"]


def test_one_replication_ranks_without_claiming_chances() -> None:
    table = made_up([[5.0, 7.0]])
    assert table["place"].tolist() == ["P1", "P0"] and table["worst_share"].isna().all()
    assert tied(np.array([[7.0, 5.0]])) == [1, 1]


def test_the_chance_of_being_worst_is_what_resampling_gives() -> None:
    """Two replications, each of which alone would name another: resampled means by hand."""
    hours = np.array([[10.0, 0.0], [0.0, 8.0]])
    worst, _, _ = resampled(hours)
    # Both from the first (a quarter) or one of each (a half) name the first column.
    assert worst[0] == pytest.approx(0.75, abs=0.03)


def test_a_loss_comes_back_from_its_part_as_it_was() -> None:
    for loss in (Loss("P001", {HARM: 0.1 + 0.2, "lowest": float("nan")}), Loss()):
        back = from_bytes(as_bytes(Finished("a" * 64, loss), Loss), Loss)
        assert repr(back.found) == repr(loss)


def stress(folder: Path, *words: str) -> Done:
    return spawned(folder, "stress", "norfolk", *words)


@pytest.mark.long
def test_the_command_answers_and_goes_on(tmp_path: Path) -> None:
    words = (
        "--until", "2025-08-31", "--who", "principal:GORLESTON",
        "--who", "principal:GREAT_YARMOUTH", "--on", "2025-03-01", "--on", "2025-05-01",
        "--set", "calendar.warm_up_weeks=8", "--out", "made",
    )  # fmt: skip
    done = stress(tmp_path, *words, "--trial")
    assert done.code == 0, done.err
    told = " ".join(done.out.split())
    assert "Largest value seen in this simulated future" in told and "not a forecast" in told
    folder = tmp_path / "made"
    ranked = pd.read_csv(folder / "ranking.csv")
    assert ranked["rank"].tolist() == [1, 2, 3, 4] and (ranked["displaced_people"] > 20).all()
    assert (folder / "charts" / "stress.png").is_file()
    alt = (folder / "charts" / "stress.txt").read_text(encoding="utf-8")
    assert "Gorleston" in alt and "Heat map of 2 places and 2 dates" in alt

    for part in sorted(folder.rglob("*.part"))[:2]:
        part.unlink()
    whole = (folder / "contingencies.csv").read_bytes()
    again = stress(tmp_path, *words, "--trial", "--resume")
    assert again.code == 0, again.err
    assert (folder / "contingencies.csv").read_bytes() == whole

    more = stress(tmp_path, *words, "--replications", "2", "--resume", "--jobs", "2")
    assert more.code == 0, more.err
    assert " ".join(more.out.split()).startswith(
        "A first look, one replication. Largest value seen in this simulated future: "
    )
    both = pd.read_csv(folder / "contingencies.csv")
    assert both["replication"].tolist() == [0] * 6 + [1] * 6
    first = pd.read_csv(folder / "contingencies.csv").iloc[:6]
    before = pd.read_csv(BytesIO(whole))
    pd.testing.assert_frame_equal(first, before)

    other = stress(tmp_path, *words, "--seed", "2", "--resume")
    assert other.code == 2 and "another seed" in other.err


def test_faults_are_told_at_once(tmp_path: Path) -> None:
    done = stress(tmp_path, "--on", "2025-02-30", "--notice", "-3", "--set", "nothing=1")
    assert done.code == 2
    assert all(word in done.err for word in ("2025-02-30", "--notice -3", "nothing"))
    late = stress(tmp_path, "--on", "2029-12-01", "--who", "nobody")
    assert late.code == 2 and "nobody" in late.err
    late = stress(tmp_path, "--on", "2029-12-01")
    assert late.code == 2 and "days after this date" in late.err
    assert not list(tmp_path.iterdir())
