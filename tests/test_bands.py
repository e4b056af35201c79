"""Headlines over plausible sets: bands by hand, what flips, interruption, and the command."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import Done, spawned

from experiments.bands.folder import compared_years, varied_in_words
from experiments.bands.question import depends_on
from experiments.bands.work import HEADLINES, SetFound, bands_of, flips, matters
from experiments.engine.parts import as_bytes, from_bytes
from experiments.engine.work import Done as Finished
from sim.scenario import load_scenario

SHORT = (
    "--until", "2024-09-30", "--fail", "largest", "--on", "2024-05-01", "--sets", "8",
    "--set", "calendar.warm_up_weeks=8",
)  # fmt: skip
"""Great Yarmouth and Gorleston have principals from April on."""


def found(number: int, value: float) -> SetFound:
    headlines = {one.name: value for one in HEADLINES}
    return SetFound(number, headlines, {"carers": [value, 1 / 3]}, {"P1": [value, 0.1]})


@pytest.fixture
def sets() -> list[SetFound]:
    """Adequacy is high where ``known`` is low; ``noise`` has nothing to do with it."""
    return [found(number, 1.0 if number < 10 else 0.2) for number in range(20)]


VALUES = {n: {"noise": float(n * 7 % 20), "known": float(n)} for n in range(20)}


def test_a_band_holds_nine_tenths_of_the_sets() -> None:
    bands = bands_of([found(number, float(number)) for number in range(101)])
    assert [(b.low, b.median, b.high, b.sets) for b in bands] == [(5.0, 50.0, 95.0, 101)] * 6


def test_sets_without_a_value_are_left_out_and_counted() -> None:
    bands = bands_of([found(0, 1.0), found(1, float("nan")), found(2, 3.0)])
    assert {b.sets for b in bands} == {2} and {b.median for b in bands} == {2.0}


def test_the_unknown_that_decides_comes_first(sets: list[SetFound]) -> None:
    first = flips(sets, VALUES, 0.8)[0]
    assert (first.parameter, first.low_third, first.high_third) == ("known", 1.0, 0.0)
    assert first.p_value < 0.01 and (first.low_sets, first.high_sets) == (7, 7)
    strongest = matters(sets, VALUES)[0]
    assert strongest.parameter == "known" and strongest.correlation < -0.8
    assert strongest.p_value < 0.01


def test_nothing_matters_where_nothing_differs() -> None:
    assert matters([found(number, 1.0) for number in range(20)], VALUES) == []


def test_a_set_comes_back_from_its_part_as_it_was() -> None:
    one = found(3, 0.1 + 0.2)
    done = Finished("a" * 64, one)
    assert from_bytes(as_bytes(done, SetFound), SetFound).found == one


def principals_until(day: str) -> set[str]:
    """Who holds a principal contract of Norfolk by a day."""
    county = load_scenario("norfolk")
    live = {area.code: area.go_live for area in county.areas}
    model = county.commissioning
    return {
        row.provider
        for row in model.contracts
        if row.tier == model.principal_tier and str(live[row.area]) <= day
    }


def bands(folder: Path, *words: str) -> Done:
    return spawned(folder, "bands", "norfolk", *words)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """The folder of a short run, and what it told."""
    place = tmp_path_factory.mktemp("made")
    done = bands(place, *SHORT, "--out", "bands")
    assert done.code == 0, done.err
    return place / "bands", done


@pytest.mark.long
def test_bands_are_told_drawn_and_gone_on_with(made: tuple[Path, Done], tmp_path: Path) -> None:
    done = made[1]
    shutil.copytree(made[0], tmp_path / "bands")
    assert "headlines over 8 plausible sets" in done.out
    assert "flips the answer" in done.out and "a model, not a forecast" in done.out.lower()
    folder = tmp_path / "bands"
    assert (folder / "charts" / "erosion.png").is_file()
    assert (folder / "charts" / "erosion.txt").is_file()
    table = pd.read_csv(folder / "bands.csv")
    assert (table["low"] <= table["median"]).all() and (table["median"] <= table["high"]).all()
    left = pd.read_csv(folder / "left_over.csv")
    holders = left[left["provider"] != "county"]
    assert set(holders["provider"]) == principals_until("2024-09-30")
    county = left[left["provider"] == "county"].set_index("month")["left_hours"]
    most = holders.groupby("month")["left_hours_high"].max()
    assert (county <= most).all() and (county > 0).any()
    beyond = pd.read_csv(folder / "left_over_exceeded.csv")
    assert (beyond["share"].diff().dropna() <= 0).all() and beyond["share"].iloc[-1] == 0
    alt = (folder / "charts" / "left_over.txt").read_text(encoding="utf-8")
    assert all(provider in alt for provider in set(holders["provider"]))
    whole = (folder / "sets.csv").read_bytes()
    assert pd.read_csv(folder / "sets.csv")["number"].tolist() == list(range(8))

    for part in sorted(folder.rglob("*.part"))[:2]:
        part.unlink()
    (folder / "sets.csv").unlink()
    again = bands(tmp_path, *SHORT, "--out", "bands", "--resume")
    assert again.code == 0, again.err
    assert (folder / "sets.csv").read_bytes() == whole

    other = bands(tmp_path, *SHORT, "--seed", "2", "--out", "bands", "--resume")
    assert other.code == 2 and "another seed" in other.err


@pytest.mark.long
def test_each_set_meets_its_failure(made: tuple[Path, Done]) -> None:
    loss = pd.read_csv(made[0] / "sets.csv")["total_hours_in_91_days"]
    assert (loss > 0).sum() >= 6 and np.ptp(loss) > 0


def test_faults_are_told_at_once(tmp_path: Path) -> None:
    done = bands(tmp_path, "--fail", "nobody", "--on", "2024-02-30", "--suffices", "80")
    assert done.code == 2
    assert all(word in done.err for word in ("--fail nobody", "not a date", "0.8"))
    assert not list(tmp_path.iterdir())


def test_years_are_compared_over_the_same_principals() -> None:
    """Two begin in the first year, two in the second, one in the third and ends at once."""
    years = np.repeat([2024, 2025, 2026, 2027], 2)
    hours = np.full((3, 5, 8), np.nan)
    hours[:, :2] = 10.0
    hours[:, 2:4, 2:] = 500.0
    hours[:, 4, 4:6] = 900.0
    compared, same = compared_years(hours, years)
    assert compared == [2025, 2026, 2027]
    assert same.tolist() == [True, True, True, True, False]
    nobody_stays = np.full((3, 2, 8), np.nan)
    nobody_stays[:, 0, :4], nobody_stays[:, 1, 4:6] = 10.0, 20.0
    compared, same = compared_years(nobody_stays, years)
    assert compared == [2026] and same.tolist() == [False, True]


@pytest.mark.parametrize("first", [0, 5])
def test_sets_go_by_any_numbers(first: int) -> None:
    """No number has to be there, not even 0."""
    scenario, values = load_scenario("small"), {first: {"a.b": 1.0}, first + 3: {"a.b": 2.0}}
    reversed_order = dict(reversed(list(values.items())))
    assert depends_on(scenario, 1, values) == depends_on(scenario, 1, reversed_order)
    assert depends_on(scenario, 1, values) == depends_on(scenario, 1, {0: {"a.b": 1.0}})


@pytest.mark.parametrize(
    ("many", "untaught", "told"),
    [
        (
            1,
            False,
            "1 parameter varies from set to set: those that published figures say something about",
        ),
        (2, True, "2 parameters vary from set to set, including those that no published figure"),
    ],
)
def test_what_varies_is_told(many: int, untaught: bool, told: str) -> None:
    (said,) = varied_in_words(many, untaught=untaught)
    assert said.startswith(told)
    assert varied_in_words(many, untaught=None) == []
