"""The worst place to lose, chosen in stages and told on replications that did not choose it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import Caremarket
from conftest import small_county

from experiments.stress.figures import HARM
from experiments.stress.stages import Choosing, Stages, next_items, selection, stages_of
from experiments.stress.tables import harm_of
from experiments.stress.work import ContingencyResult, Manner, Place
from sim.scenario import Scenario

DATES = (date(2025, 3, 1), date(2025, 6, 1))


@pytest.fixture(scope="module")
def county() -> Scenario:
    return small_county(calendar__end="2025-12-31")


PLACES = (Place("A", "largest:A"), Place("B", "largest:B"), Place("C", "largest:C"))
ZONE = Choosing(100.0, 40)


def made_up(number: int, left: Sequence[int], *, hole: bool = False) -> list[ContingencyResult]:
    """A replication in which these places are lost: A adds 500 hours, B 300, C 0, and chance."""
    noise = np.random.default_rng(number).normal(0.0, 60.0, 3)
    hours = np.array([500.0, 300.0, 0.0]) + noise
    return [
        ContingencyResult(place, day, "P1", None if hole and day else {HARM: hours[place]})
        for place in left
        for day in range(len(DATES))
    ]


def stages_after(results: dict[int, list[ContingencyResult]], first: int = 8) -> Stages:
    whole = {number: results[number] for number in range(first)}
    found = stages_of(ZONE, harm_of(PLACES, DATES, [], whole), results)
    assert found is not None
    return found


def gone_on_with(county: Scenario) -> tuple[Stages, dict[int, list[ContingencyResult]]]:
    """From a first stage of eight replications on, as long as more is asked for."""
    results = {number: made_up(number, range(3)) for number in range(8)}
    while True:
        stages = stages_after(results)
        items = next_items(stages, county, 1, Manner(), 8)
        if not items:
            return stages, results
        asked: dict[int, set[int]] = {}
        for item in items:
            asked.setdefault(item.task.replication, set()).add(PLACES.index(item.task.place))
        results |= {number: made_up(number, sorted(left)) for number, left in asked.items()}


def test_the_worst_place_is_chosen_and_told_on_replications_of_its_own(county: Scenario) -> None:
    stages, results = gone_on_with(county)
    assert stages.standing.settled and stages.chosen == 0 and stages.told is not None
    alone = [number for number, found in results.items() if {one.place for one in found} == {0}]
    assert alone == list(range(max(results) - 7, max(results) + 1)) and stages.told.count == 8
    mean = np.mean([made_up(number, [0])[0].figures[HARM] for number in alone])  # type: ignore[index]
    assert stages.told.mean == pytest.approx(mean)
    table = selection(stages).set_index("place")
    assert table.loc["A", "chosen"] == "yes" and np.isnan(table.loc["A", "out_after"])
    assert table.loc["C", "out_after"] <= table.loc["B", "out_after"] <= stages.standing.seen
    assert table.loc["C", "replications"] <= table.loc["A", "replications"]


def test_a_place_that_failed_once_is_not_taken_for_one_that_is_out() -> None:
    results = {number: made_up(number, range(3)) for number in range(8)}
    stages = stages_after(results | {8: [*made_up(8, [0]), *made_up(8, [1], hole=True)]})
    assert stages.told is None and len(stages.values) == 9
    assert stages.standing.seen == 8


def test_places_that_one_provider_holds_are_one_candidate() -> None:
    results = {}
    for number in range(8):
        apart = made_up(number, range(2))
        same = [replace(one, place=2) for one in apart if one.place == 0]
        results[number] = [*apart, *same]
    assert [place.name for place in stages_after(results).places] == ["A", "B"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--choose-within", "0"), "Allowed: hours, more than 0"),
        (("--choose-within", "500", "-r", "4"), "its first stage would have 4 replications"),
        (("--choose-within", "500", "--trial"), "its first stage would have 1 replication"),
        (("--choose-within", "500", "-r", "8", "--at-most", "6"), "already has 8 replications"),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused(
    caremarket: Caremarket, words: tuple[str, ...], told: str
) -> None:
    done = caremarket("stress", "small", *words)
    assert done.code == 2 and told in " ".join(done.err.split()), done.err


@pytest.mark.long
def test_the_command_goes_on_until_the_worst_place_is_known(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    words = ("stress", "small", "--every", "12", "-r", "5", "--choose-within", "50000")
    done = caremarket(*words, "--jobs", "2", "--out", "out", "--full")
    assert done.code == 0, done.err
    assert "In stages" in done.out and "replications of its own" in " ".join(done.out.split())
    table = pd.read_csv(Path("out") / "selection.csv")
    assert (table["chosen"] == "yes").sum() == 1 and table["told_on"].max() == 5
    again = caremarket(*words, "--jobs", "2", "--out", "out", "--resume", "--full")
    assert again.out == done.out
