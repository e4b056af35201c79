"""Designs of studies: offsets, whole numbers and choices, more draws, parts and their merging."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command_line import Caremarket
from test_kill import tables
from test_studies import TOY, csv, write

import experiments.engine.work
import experiments.study.folder
import experiments.study.work
from experiments.engine.work import made_with
from experiments.run.work import Replication, Run
from experiments.study.begun import parts_of, read_study
from experiments.study.discovery import Limit, discovered
from experiments.study.draws import EXTENDED, OWN_PEOPLE, SAMPLED_BY_VALUES, Draws, Varied, drawn
from experiments.study.freezing import study_of
from experiments.study.hanging import sensitivity_lines
from experiments.study.sensitivity import indices
from experiments.study.shares import Share
from sim.outcomes.headline import Result
from sim.randomness import GOLDEN_STEP
from sim.scenario import ScenarioError
from sim.scenario.reading import COUNTIES

BASE = TOY.split("[[scenarios]]")[0]
TWO = """
[[scenarios]]
name = "endless"
overrides = ["erlang_c"]
[[scenarios]]
name = "impatient"
overrides = ["erlang_a"]
"""
STEPS = """
[draws]
method = "{method}"
number = {number}
{more}
[[draws.uncertainties]]
path = "care.mean_stay_days"
low = 90
high = 120
[[draws.levers]]
path = "brokerage.brokers"
low = 40
high = 42
[[draws.levers]]
path = "rollout.loss_cap_period"
values = ["once", "month"]
[[draws.levers]]
path = "failure.random"
"""
NUMBERS = {"latin_hypercube": 12, "sobol": 2}


def study_text(
    method: str = "", number: int = 0, replications: str = "number = 2", more: str = ""
) -> str:
    """A study of two scenarios, with draws if a method is named."""
    told = BASE.replace("number = 3", replications) + TWO
    return told + (STEPS.format(method=method, number=number, more=more) if method else "")


HYPERCUBE = study_text("latin_hypercube", 12)


def quick(run: Run) -> Replication:
    """What stands for the market: a number that hangs on all that a run is given."""
    scenario = run.scenario
    chance = np.random.default_rng([run.seed, run.replication]).normal()
    value = (
        scenario.care.mean_stay_days
        + scenario.brokerage.brokers
        + 100 * (scenario.rollout.loss_cap_period == "month")
        + 10 * scenario.failure.random
        + scenario.brokerage.mean_patience_days % 7
        + chance
    )
    return Replication(Result(run.replication, {"list_people_peak": value}, {}, {}, {}))


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A study takes a moment: neither market nor pictures."""
    monkeypatch.setattr(experiments.study.work, "simulated", quick)
    monkeypatch.setattr(experiments.study.work, "kept", lambda result, keep: {})
    monkeypatch.setattr(experiments.study.folder, "draw", lambda *_: None)
    monkeypatch.setattr(os, "fsync", lambda handle: None)


# Draws with their own people ------------------------------------------------------------------


def sample(method: Any, number: int, people: Any = "own") -> Draws:
    """Draws of a method; of plausible sets, made up."""
    varied = tuple(Varied(path, "uncertainty", 0.0, 1.0) for path in ("a", "b", "c"))
    if method == "plausible":
        rows = np.random.default_rng(1).random((number, 3)).tolist()
        return Draws(method, varied, tuple(map(tuple, rows)), people)
    return drawn(method, varied, number, 1, people)


@pytest.mark.parametrize("method", OWN_PEOPLE)
def test_each_group_of_draws_meets_people_of_its_own(method: str) -> None:
    """However many draws there are: so draws can be added, and so can replications."""
    draws, more = sample(method, 8), sample(method, 32)
    worlds = np.array([[draws.world(d, r) for r in range(5)] for d in range(len(draws))])
    assert np.unique(worlds).size == 8 * 5
    for group in range(8):
        assert np.unique(worlds[draws.groups == group]).size == 5
    assert worlds.tolist() == [[more.world(d, r) for r in range(5)] for d in range(len(draws))]
    shared = replace(draws, people="same")
    assert [shared.world(d, 3) for d in range(len(draws))] == [3] * len(draws)
    last = replace(draws, people="own").world(len(draws) - 1, 999_999)
    assert last < more.world(draws.group_size * 8, 0) + 1_000_000 and last not in worlds


def test_what_is_spread_over_replications_is_spread_over_draws() -> None:
    """One run of each of 100 draws fills each tenth of what a tender steps through."""
    draws = sample("latin_hypercube", 100)
    steps = np.array([[draws.world(d, r) * GOLDEN_STEP % 1 for r in range(3)] for d in range(100)])
    for place in (steps[:, 0], steps[:, 2], steps.ravel()):
        counts = np.histogram(place, bins=10, range=(0, 1))[0]
        assert abs(counts - place.size / 10).max() <= 3


@pytest.mark.parametrize("method", OWN_PEOPLE)
def test_indices_and_boxes_take_each_draw_by_itself(method: str) -> None:
    """With people of their own, chance lies between draws: what decides is found all the same."""
    draws = sample(method, 64)
    points = np.array(draws.rows)
    chance = np.array([np.random.default_rng(world).normal() for world in draws.groups])
    values = (4 * points[:, 0] + 0.3 * chance)[None, :]
    first, *others = (row["index"] for row in indices(draws, np.vstack([values, values])))
    assert first > 0.8 and max(map(abs, others)) < 0.4
    pytest.importorskip("sklearn")
    limit = Limit("x", float(np.quantile(values, 0.75)), above=True)
    box = discovered(draws, values[0], limit, 1).boxes[0]
    assert set(box.bounds) == {"a"} and box.density > 0.7


# Offsets ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["", *SAMPLED_BY_VALUES])
def test_a_study_that_begins_later_is_the_later_part_of_a_longer_one(
    caremarket: Caremarket, tmp_path: Path, made_up: None, method: str
) -> None:
    if method == "sobol":
        pytest.importorskip("SALib")
    number = NUMBERS.get(method, 0)
    for name, plan in (("long", "number = 5"), ("late", "begin = 3\nnumber = 2")):
        file = write(tmp_path, study_text(method, number, plan), f"{name}.toml")
        done = caremarket("sweep", file, "--out", name, "--jobs", "1")
        assert done.code == 0, done.err
    later, whole = (
        (tmp_path / name / "runs.csv").read_text(encoding="utf-8").splitlines()
        for name in ("late", "long")
    )
    assert later[0] == whole[0] and later[1:] == whole[-len(later[1:]) :]
    assert set(csv(tmp_path / "late", "runs")["replication"]) == {3, 4}
    assert "2 replications (numbers 3 to 4)" in " ".join(done.out.split())
    manifest = json.loads((tmp_path / "late" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["first_replication"], manifest["replications"]) == (3, 2)
    figures = csv(tmp_path / "late", "figures").query("draw in ['all', '0']")
    assert set(figures["replications"]) == {2}
    more = caremarket("extend", "late", "-r", "3", "--jobs", "1")
    assert more.code == 0 and set(csv(tmp_path / "late", "runs")["replication"]) == {3, 4, 5}


def test_a_later_study_of_the_real_market_gives_the_same_runs(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiments.study.folder, "draw", lambda *_: None)
    found = []
    for name, plan in (("long", "number = 3"), ("late", "begin = 2\nnumber = 1")):
        write(tmp_path, study_text(replications=plan), f"{name}.toml")
        assert caremarket("sweep", f"{name}.toml", "--out", name, "--jobs", "1").code == 0
        found.append(pd.read_parquet(tmp_path / name / "runs.parquet"))
    pd.testing.assert_frame_equal(
        found[0].query("replication == 2").reset_index(drop=True), found[1]
    )


def test_a_study_that_runs_until_it_knows_may_begin_later(
    caremarket: Caremarket, tmp_path: Path, made_up: None
) -> None:
    """What it looks at are its own replications, not the first there are."""
    plan = 'begin = 100\nfirst = 15\nwithin = 0.001\noutcome = "list_people_peak"\nat_most = 19'
    write(tmp_path, study_text(replications=plan))
    done = caremarket("sweep", "toy.toml", "--out", "out", "--jobs", "1")
    assert done.code == 0, done.err
    runs = csv(tmp_path / "out", "runs")
    assert runs["replication"].min() == 100 and runs["replication"].nunique() >= 5
    figures = csv(tmp_path / "out", "differences").query("outcome == 'list_people_peak'")
    assert figures["known"].tolist() == [runs["replication"].nunique()]


# Whole numbers, Booleans and choices in sampled designs ---------------------------------------


STEPPED = (
    Varied("number", "uncertainty", 0.0, 1.0),
    Varied("whole", "lever", 2, 4, whole=True),
    Varied("choice", "lever", values=("split", "whole_team", "step_in", "emergency")),
    Varied("yes", "lever", values=(False, True)),
)


@pytest.mark.parametrize("method", SAMPLED_BY_VALUES)
@pytest.mark.parametrize("number", [8, 32])
def test_every_value_stands_as_often_as_any_other(method: Any, number: int) -> None:
    draws = drawn(method, STEPPED, number, 5)
    for place, one in enumerate(STEPPED[1:], start=1):
        column = [row[place] for row in draws.rows]
        counts = Counter(column)
        values = one.values or (2, 3, 4)
        assert set(counts) == set(values) and {type(v) for v in column} == {type(values[0])}
        apart = max(counts.values()) - min(counts.values())
        # A row of Sobol' draws has k + 2 runs, of which each has one of two points' values.
        assert apart <= (1 if method == "latin_hypercube" else 2 * len(STEPPED) + 2), counts
        if len(column) % len(values) == 0 and method == "latin_hypercube":
            assert apart == 0
    assert drawn(method, STEPPED, number, 5) == draws


@pytest.mark.parametrize("number", [7, 10, 11, 25, 100])
def test_of_a_latin_hypercube_values_differ_by_one_at_most(number: int) -> None:
    values = tuple("abcdef")
    for seed in range(20):
        draws = drawn("latin_hypercube", (Varied("x", "lever", values=values),), number, seed)
        counts = Counter(dict.fromkeys(values, 0))
        counts.update(row[0] for row in draws.rows)
        assert max(counts.values()) - min(counts.values()) <= 1


def truth(draws: Draws) -> np.ndarray:
    """An outcome that the choice decides, and the whole number moves a little."""
    by_choice = {"split": 0.0, "whole_team": 3.0, "step_in": 0.0, "emergency": 3.0}
    return np.array([by_choice[row[2]] + 0.5 * row[1] for row in draws.rows], dtype=float)


def test_sobol_indices_know_choices() -> None:
    """Of variance 9/4 + 1/6 the choice gives 93.1%, the whole number 6.9%, the others nothing."""
    pytest.importorskip("SALib")
    draws = drawn("sobol", STEPPED, 512, 3, "own")
    generator = np.random.default_rng(2)
    values = truth(draws) + generator.normal(size=(2, len(draws)))
    found = indices(draws, values)
    assert [row["index"] for row in found] == pytest.approx([0, 0.069, 0.931, 0], abs=0.07)
    assert [row["stands_out"] for row in found][2] == "yes"


def test_correlations_leave_out_choices_and_say_so() -> None:
    draws = drawn("latin_hypercube", STEPPED, 64, 3)
    frame = pd.DataFrame(indices(draws, truth(draws)[None, :])).assign(
        outcome="x", scenario="one", of="value", parameter=[one.path for one in STEPPED]
    )
    known = dict(zip(frame["parameter"], np.isfinite(frame["index"]), strict=True))
    assert known == {"number": True, "whole": True, "choice": False, "yes": True}
    told = " ".join(sensitivity_lines(frame, ["x"], draws))
    assert "No rank correlation (not a number): choice. caremarket discover can." in told


@pytest.mark.parametrize("method", SAMPLED_BY_VALUES)
def test_boxes_know_choices(method: Any) -> None:
    pytest.importorskip("sklearn")
    draws = drawn(method, STEPPED, 64, 3)
    found = discovered(draws, truth(draws), Limit("x", 2.9, above=True), 2)
    inside = {value for box in found.boxes for value in box.among.get("choice", ())}
    assert inside == {"whole_team", "emergency"} and found.density == found.coverage == 1
    assert not found.left_out


@pytest.mark.parametrize("method", SAMPLED_BY_VALUES)
def test_values_of_draws_are_columns_of_runs_and_keep_their_kind(
    caremarket: Caremarket, tmp_path: Path, made_up: None, method: str
) -> None:
    if method == "sobol":
        pytest.importorskip("SALib")
    number = 8 if method == "sobol" else 12
    write(tmp_path, study_text(method, number, "number = 1"))
    done = caremarket("sweep", "toy.toml", "--out", "out", "--jobs", "1")
    assert done.code == 0, done.err
    runs = pd.read_parquet(tmp_path / "out" / "runs.parquet")
    study = read_study(tmp_path / "out")
    for place, one in enumerate(study.draws.varied):
        told = [study.draws.rows[draw][place] for draw in runs["draw"]]
        assert runs[one.path].tolist() == told
    kinds = {path: runs[path].dtype.kind for path in ("care.mean_stay_days", "brokerage.brokers",
                                                      "failure.random")}  # fmt: skip
    assert list(kinds.values()) == ["f", "i", "b"]
    text = pd.read_csv(tmp_path / "out" / "runs.csv", dtype=str)
    assert set(text["failure.random"]) == {"true", "false"}
    assert set(text["rollout.loss_cap_period"]) == {"once", "month"}
    assert set(text["brokerage.brokers"]) == {"40", "41", "42"}
    draws = csv(tmp_path / "out", "draws")
    assert {"true", "false", "once"} < set(draws["value"])
    dictionary = csv(tmp_path / "out", "data_dictionary").query("table == 'runs'")
    assert {one.path for one in study.draws.varied} <= set(dictionary["column"])


@pytest.mark.parametrize("method", SAMPLED_BY_VALUES)
def test_a_draw_s_run_is_the_scenario_with_its_values(tmp_path: Path, method: str) -> None:
    if method == "sobol":
        pytest.importorskip("SALib")
    write(tmp_path, study_text(method, NUMBERS[method]))
    study = study_of(tmp_path / "toy.toml")
    cell = next(c for c in study.cells(range(1)) if study.draws.values(c.draw)["failure.random"])
    values = study.item(cell).task.values
    assert values["failure.random"] is True and isinstance(values["brokerage.brokers"], int)
    assert values["rollout.loss_cap_period"] in ("once", "month")


def test_the_levers_of_the_page_can_be_sampled(tmp_path: Path) -> None:
    page = (Path(__file__).parents[1] / "docs" / "how-to" / "studies.md").read_text(
        encoding="utf-8"
    )
    block = next(
        part for part in page.split("```toml\n")[1:] if part.startswith("[[draws.levers]]")
    ).split("```")[0]
    head = HYPERCUBE.split("[[draws.levers]]")[0]
    write(tmp_path, head + block)
    draws = study_of(tmp_path / "toy.toml").draws
    assert [one.path for one in draws.varied[1:]] == [
        "brokerage.brokers", "rollout.loss_cap_period", "failure.random"
    ]  # fmt: skip
    assert {row[1] for row in draws.rows} == set(range(6, 13))


LEVER = '[[draws.levers]]\npath = "brokerage.brokers"\nlow = 40\nhigh = 42\n'
RANDOM = '[[draws.levers]]\npath = "failure.random"\n'
PERIOD = 'values = ["once", "month"]\n'
BAD: dict[str, tuple[str, tuple[str, ...]]] = {
    "everything at once": (
        HYPERCUBE.replace("high = 42", "high = 41.5")
        .replace(PERIOD, "")
        .replace(RANDOM, RANDOM + "low = 0\n")
        .replace("number = 2", "number = 2\nbegin = -1"),
        ("key replications.begin: -1 is not allowed. Allowed: a whole number at least 0",),
    ),
    "all faults of what is varied": (
        HYPERCUBE.replace("high = 42", "high = 41.5")
        .replace(PERIOD, "")
        .replace(RANDOM, RANDOM + "low = 0\n"),
        (
            "key draws.levers[1]: brokerage.brokers is a whole number, and 41.5 is none. Give "
            "whole numbers as low and high",
            "key draws.levers[2]: rollout.loss_cap_period is no number and has no values. Give it "
            "values = [...], some of once, month",
            "key draws.levers[3]: failure.random is varied by its values, and has low. Leave out "
            "low",
        ),
    ),
    "no such parameter": (
        HYPERCUBE.replace('"failure.random"', '"failure.rando"'),
        ("key draws.levers[3]: there is no 'rando' in failure. Did you mean 'random'?",),
    ),
    "a logarithm of whole numbers": (
        HYPERCUBE.replace(LEVER, LEVER + "log = true\n"),
        ("key draws.levers[1]: brokerage.brokers is a whole number, and has log. Leave out log",),
    ),
    "values and ends": (
        HYPERCUBE.replace(PERIOD, PERIOD + "low = 1\nhigh = 2\n"),
        ("is varied by its values, and has low and high. Leave out low and high, or the values",),
    ),
    "a value twice": (
        HYPERCUBE.replace(PERIOD, 'values = ["once", "month", "once"]\n'),
        ("'once' stands twice among the values of rollout.loss_cap_period. Give each once",),
    ),
    "one value": (
        HYPERCUBE.replace(PERIOD, 'values = ["once"]\n'),
        ("rollout.loss_cap_period has one value, so nothing varies. Give it two or more",),
    ),
    "a value that is not allowed": (
        HYPERCUBE.replace(PERIOD, 'values = ["once", "yearly"]\n'),
        ("key draws, rollout.loss_cap_period: 'yearly' is not allowed. Allowed: one of once",),
    ),
    "a whole number out of range": (
        HYPERCUBE.replace("low = 40\n", "low = -3\n"),
        ("key draws, brokerage.brokers: -2 is not allowed",),
    ),
    "Morris' steps": (
        study_text("morris", 8),
        (
            "key draws.levers[1]: brokerage.brokers is a whole number, and morris needs one with a "
            "decimal point. Take the method latin_hypercube, sobol, grid or list for it",
            "key draws.levers[2]: rollout.loss_cap_period has values, and morris needs ends",
            "key draws.levers[3]: failure.random is true or false, and morris needs one",
        ),
    ),
    "replications beyond their numbers": (
        study_text(replications="number = 2\nbegin = 999999"),
        ("key replications.begin: replications up to number 1,000,000. Their numbers end at",),
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_design_that_cannot_be_is_refused(
    caremarket: Caremarket, tmp_path: Path, what: str
) -> None:
    text, told = BAD[what]
    done = caremarket("sweep", write(tmp_path, text))
    assert done.code == 2, done.out
    for words in told:
        assert f"toy.toml, {words}" in done.err or words in done.err, done.err
    assert [path.name for path in tmp_path.iterdir()] == ["toy.toml"]


# More draws ------------------------------------------------------------------------------------


@pytest.mark.parametrize("people", ["own", "same"])
def test_a_larger_sobol_design_keeps_the_runs_of_the_smaller(
    caremarket: Caremarket, tmp_path: Path, made_up: None, people: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    pytest.importorskip("SALib")
    more = f'people = "{people}"'
    write(tmp_path, study_text("sobol", 4, more=more), "few.toml")
    write(tmp_path, study_text("sobol", 8, more=more), "many.toml")
    assert caremarket("sweep", "few.toml", "--out", "grown", "--jobs", "1").code == 0
    kept = len(list((tmp_path / "grown").rglob("*.part")))
    asked: list[Run] = []
    monkeypatch.setattr(
        experiments.study.work, "simulated", lambda run: (asked.append(run), quick(run))[1]
    )
    text = (tmp_path / "many.toml").read_text(encoding="utf-8").replace("many", "toy")
    write(tmp_path, text, "many.toml")
    done = caremarket("sweep", "many.toml", "--out", "grown", "--resume", "--jobs", "1")
    assert done.code == 0, done.err
    whole = len(list((tmp_path / "grown").rglob("*.part")))
    assert 0 < len(asked) == whole - kept
    assert caremarket("sweep", "many.toml", "--out", "one_go", "--jobs", "1").code == 0
    assert tables(tmp_path / "grown") == tables(tmp_path / "one_go")
    less = caremarket("sweep", "few.toml", "--out", "grown", "--resume", "--jobs", "1")
    assert less.code == 2
    assert "draws already, and 24 are asked for. Ask for as many or more" in less.err


def test_a_longer_list_keeps_the_runs_of_the_shorter(
    caremarket: Caremarket, tmp_path: Path, made_up: None
) -> None:
    listed = """
[draws]
method = "list"
[[draws.levers]]
path = "brokerage.brokers"
values = [{brokers}]
[[draws.uncertainties]]
path = "failure.random"
values = [{random}]
"""
    few, many = (
        study_text() + listed.format(brokers=brokers, random=random)
        for brokers, random in (("40, 41", "false, true"), ("40, 41, 9", "false, true, true"))
    )
    write(tmp_path, few)
    assert caremarket("sweep", "toy.toml", "--out", "grown", "--jobs", "1").code == 0
    kept = csv(tmp_path / "grown", "runs")["run"].tolist()
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "grown").rglob("*.part")}
    write(tmp_path, many)
    words = ("sweep", "toy.toml", "--jobs", "1", "--out")
    assert caremarket(*words, "grown", "--resume").code == 0
    assert all(path.stat().st_mtime_ns == time for path, time in times.items())
    assert set(kept) < set(csv(tmp_path / "grown", "runs")["run"])
    assert caremarket(*words, "one_go").code == 0
    assert tables(tmp_path / "grown") == tables(tmp_path / "one_go")


@pytest.mark.parametrize("people", ["own", "same"])
def test_more_plausible_sets_keep_the_runs_of_the_fewer(
    caremarket: Caremarket, tmp_path: Path, made_up: None, people: str
) -> None:
    shutil.copytree(COUNTIES / "theory", tmp_path / "mine")
    sets = "".join(f"{place},{80 + place}.5\n" for place in range(9))
    write(tmp_path / "mine", f"set,care.mean_stay_days\n{sets}", "plausible.csv")
    told = study_text().replace('"theory"', '"mine"')
    told += '\n[draws]\nmethod = "plausible"\nnumber = {number}\npeople = "{people}"\n'
    words = ("sweep", "toy.toml", "--jobs", "1", "--out")
    write(tmp_path, told.format(number=4, people=people))
    assert caremarket(*words, "grown").code == 0
    kept = csv(tmp_path / "grown", "runs")["run"].tolist()
    write(tmp_path, told.format(number=9, people=people))
    assert caremarket(*words, "grown", "--resume").code == 0
    assert caremarket(*words, "one_go").code == 0
    assert set(kept) < set(csv(tmp_path / "grown", "runs")["run"])
    assert tables(tmp_path / "grown") == tables(tmp_path / "one_go")
    over = csv(tmp_path / "grown", "figures").query("draw == 'all'")["over"]
    assert set(over) == {"draws" if people == "own" else "replications"}


@pytest.mark.parametrize("method", ["latin_hypercube", "morris", "sobol", "list", "plausible"])
def test_which_draws_can_be_added_to(method: Any) -> None:
    """A list and plausible sets too; a Latin hypercube and Morris' paths begin anew."""
    if method in ("sobol", "morris"):
        pytest.importorskip("SALib")
    if method == "list":
        rows = tuple((value / 40,) * 3 for value in range(32))
        few, many = (
            Draws("list", tuple(Varied(path, "lever", values=rows[:n]) for path in "abc"), rows[:n])
            for n in (8, 32)
        )
    else:
        few, many = sample(method, 8, "same"), sample(method, 32, "same")
    assert many.adds_to(few) == (method in EXTENDED)
    assert not few.adds_to(many) and not few.adds_to(few)
    assert not many.adds_to(replace(few, people="own" if few.people == "same" else "same"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("number = 12", "number = 24"),
            "24 draws of latin hypercube do not begin with the 12 it was begun with. Begin anew in "
            "another folder (leave out --out): draws can be added to sobol, list and plausible "
            "alone",
        ),
        (("high = 120", "high = 130"), "it was begun with another set of draws. Put it back"),
    ],
)
def test_draws_that_cannot_be_added_are_refused(
    caremarket: Caremarket, tmp_path: Path, made_up: None, change: tuple[str, str], told: str
) -> None:
    write(tmp_path, HYPERCUBE)
    assert caremarket("sweep", "toy.toml", "--out", "out", "--jobs", "1").code == 0
    before = tables(tmp_path / "out")
    write(tmp_path, HYPERCUBE.replace(*change))
    done = caremarket("sweep", "toy.toml", "--out", "out", "--resume", "--jobs", "1")
    assert done.code == 2 and told in done.err
    assert tables(tmp_path / "out") == before


def test_tables_of_fewer_draws_are_not_those_of_the_study(
    caremarket: Caremarket, tmp_path: Path, made_up: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the draws added and the tables made, nothing tells of the study."""
    pytest.importorskip("SALib")
    write(tmp_path, study_text("sobol", 8))
    assert caremarket("sweep", "toy.toml", "--out", "out", "--jobs", "1").code == 0
    write(tmp_path, study_text("sobol", 16))

    def stops(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(experiments.study.folder, "tables_into", stops)
    assert caremarket("sweep", "toy.toml", "--out", "out", "--resume", "--jobs", "1").code == 1
    done = caremarket("discover", "out")
    assert done.code == 2 and "the study has not finished" in done.err


# Parts and their merging ------------------------------------------------------------------------


@pytest.mark.parametrize(("draws", "replications", "of"), [(1, 7, 3), (5, 3, 4), (6, 1, 6)])
def test_parts_hold_every_run_once_and_are_as_large(
    tmp_path: Path, draws: int, replications: int, of: int
) -> None:
    write(tmp_path, study_text("latin_hypercube", draws, f"number = {replications}"))
    study = study_of(tmp_path / "toy.toml")
    shares = [Share(number, of) for number in range(1, of + 1)]
    held = [list(share.cells(study)) for share in shares]
    every = [cell for cells in held for cell in cells]
    assert len(every) == len(set(every)) and set(every) == set(study.cells(range(replications)))
    assert [len(cells) for cells in held] == [share.runs(study) for share in shares]
    sizes = [len(cells) // 2 for cells in held]
    assert max(sizes) - min(sizes) <= 1
    for cells in held:  # the scenarios of a draw and replication stay together
        pairs = Counter((cell.draw, cell.replication) for cell in cells)
        assert set(pairs.values()) == {2}


@pytest.fixture
def parts(caremarket: Caremarket, tmp_path: Path, made_up: None) -> Callable[..., list[str]]:
    """Carry every part of a study out, each in its folder."""

    def carried(text: str = HYPERCUBE, of: int = 3) -> list[str]:
        write(tmp_path, text)
        names = [f"part{number}" for number in range(1, of + 1)]
        for number, name in enumerate(names, start=1):
            words = ("sweep", "toy.toml", "--part", f"{number}/{of}", "--out", name)
            done = caremarket(*words, "--jobs", "1")
            assert done.code == 0, done.err
            assert f"Part {number}/{of} of toy" in done.out
        return names

    return carried


@pytest.mark.parametrize("method", ["", *SAMPLED_BY_VALUES])
def test_parts_give_the_tables_of_one_go(
    caremarket: Caremarket, tmp_path: Path, parts: Callable[..., list[str]], method: str
) -> None:
    if method == "sobol":
        pytest.importorskip("SALib")
    text = study_text(method, NUMBERS.get(method, 0), "number = 4\nbegin = 2")
    names = parts(text)
    done = caremarket("merge", *reversed(names), "--out", "whole")
    assert done.code == 0, done.err
    one = caremarket("sweep", "toy.toml", "--out", "one_go", "--jobs", "1")
    assert tables(tmp_path / "whole") == tables(tmp_path / "one_go")
    assert done.out.replace("whole", "one_go") == one.out
    assert not (tmp_path / "whole" / "part.json").exists()
    more = caremarket("extend", "whole", "-r", "5", "--jobs", "1")
    assert more.code == 0, more.err


def test_a_part_of_the_real_market_is_carried_out_by_processes(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiments.study.folder, "draw", lambda *_: None)
    write(tmp_path, study_text())
    for number in (1, 2):
        done = caremarket("sweep", "toy.toml", "--part", f"{number}/2", "--jobs", str(number))
        assert done.code == 0, done.err
    made = sorted((tmp_path / "caremarket-results").iterdir())
    assert [path.name[-12:] for path in made] == ["-part-1-of-2", "-part-2-of-2"]
    assert caremarket("merge", *made, "--out", "whole").code == 0
    assert caremarket("sweep", "toy.toml", "--out", "one_go", "--jobs", "1").code == 0
    assert tables(tmp_path / "whole") == tables(tmp_path / "one_go")


def test_a_part_is_gone_on_with_and_is_not_another(
    caremarket: Caremarket, tmp_path: Path, parts: Callable[..., list[str]]
) -> None:
    names = parts()
    folder = tmp_path / names[0]
    before = len(list(folder.rglob("*.part")))
    next(folder.rglob("*.part")).unlink()
    assert caremarket("sweep", names[0], "--jobs", "1").code == 0
    assert len(list(folder.rglob("*.part"))) == before
    for part, told in (("2/3", "part 1/3 was begun there, not part 2/3"),):
        words = ("sweep", "toy.toml", "--part", part, "--out", names[0], "--resume")
        done = caremarket(*words)
        assert done.code == 2 and told in done.err
    assert caremarket("sweep", names[0], "--out", "again", "--jobs", "1").code == 0
    assert len(list((tmp_path / "again").rglob("*.part"))) == before  # the same part, elsewhere
    so_far = caremarket("sweep", names[0], "--so-far")
    assert so_far.code == 0 and f"SO FAR {before} of 48 runs" in so_far.out
    refused = caremarket("extend", names[0], "-r", "9")
    assert refused.code == 2 and "it is part 1/3 of a study. Merge the parts first" in refused.err
    dry = caremarket("sweep", names[0], "--dry-run")
    assert dry.code == 0 and f"runs          {before} (part 1/3)" in dry.out


PARTED = {
    "3": "--part 3: it is no part of so many. Write it as 3/20: the third of 20",
    "a/b": "--part a/b: it is no part of so many",
    "0/4": "--part 0/4: there is no part 0 of 4. Give 1/4 to 4/4",
    "5/4": "--part 5/4: there is no part 5 of 4",
    "1/25": "--part 1/25: the study cannot be parted into 25. Give 1 to 24 parts",
}


@pytest.mark.parametrize("part", PARTED)
def test_a_part_that_cannot_be_is_refused(
    caremarket: Caremarket, tmp_path: Path, part: str
) -> None:
    write(tmp_path, HYPERCUBE)
    done = caremarket("sweep", "toy.toml", "--part", part)
    assert done.code == 2 and PARTED[part] in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["toy.toml"]


def test_faults_of_the_part_and_of_the_file_are_told_together(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    write(tmp_path, HYPERCUBE.replace("high = 42", "high = 39"))
    done = caremarket("sweep", "toy.toml", "--part", "9/3", "--run", "endless/0/0")
    assert done.code == 2
    for told in ("there is no part 9 of 3", "neither --run nor --so-far", "40 is not below 39"):
        assert told in done.err
    until = study_text(replications='within = 3\noutcome = "list_people_peak"')
    done = caremarket("sweep", write(tmp_path, until), "--part", "1/2")
    assert done.code == 2 and "is not known before it has run. Give replications.number" in done.err


def test_everything_wrong_with_parts_is_told_at_once(
    caremarket: Caremarket, tmp_path: Path, parts: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    names = parts(of=6)
    write(tmp_path, HYPERCUBE.replace("question", "seed = 2\nquestion"))
    words = ("--out", "other", "--jobs", "1")
    assert caremarket("sweep", "toy.toml", "--part", "2/4", *words).code == 0
    shutil.copytree(tmp_path / names[0], tmp_path / "twice")
    damaged = next((tmp_path / names[1]).rglob("*.part"))
    damaged.write_bytes(damaged.read_bytes()[:-3])
    next((tmp_path / names[2]).rglob("*.part")).unlink()
    monkeypatch.setattr(experiments.study.work, "simulated", lambda run: 1 / 0)
    for part in list((tmp_path / names[3]).rglob("*.part"))[:2]:
        part.unlink()
    assert caremarket("sweep", names[3], "--jobs", "1").code == 3
    (tmp_path / "empty").mkdir()
    done = caremarket("merge", *names[:4], "twice", "other", "--out", "whole")
    assert done.code == 2
    for told in (
        "twice: it is part 1/6, as is part1. Name one of them",
        "part2: of its 8 runs, 1 damaged. Go on with it: caremarket sweep part2",
        "part3: of its 8 runs, 1 missing. Go on with it: caremarket sweep part3",
        "part4: of its 8 runs, 2 failed. Try them again: caremarket sweep part4 --retry-failed; or "
        "take them as they are: --with-failed",
        "other: it has another seed than part1 (2, there 1). Merge parts of one study alone",
        "other: it is part 2/4, and others are parts of 6: their runs overlap",
        "merge: 2 parts of 6 missing (5/6, 6/6). Name their folders too",
    ):
        assert told in done.err, done.err
    assert not (tmp_path / "whole").exists()
    whole = caremarket("merge", "empty", "--out", "part1")
    assert whole.code == 2
    assert "no study was begun in it" in whole.err and "--out part1: a study was begun" in whole.err


def test_failed_runs_are_merged_if_asked(
    caremarket: Caremarket, tmp_path: Path, parts: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    names = parts()
    monkeypatch.setattr(experiments.study.work, "simulated", lambda run: 1 / 0)
    next((tmp_path / names[2]).rglob("*.part")).unlink()
    assert caremarket("sweep", names[2], "--jobs", "1").code == 3
    done = caremarket("merge", *names, "--out", "whole", "--with-failed")
    assert done.code == 3
    assert csv(tmp_path / "whole", "runs")["status"].tolist().count("failed") == 1


def test_parts_of_another_version_are_not_merged(
    caremarket: Caremarket, tmp_path: Path, parts: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    names = parts()
    monkeypatch.setattr(experiments.engine.work, "code_version", lambda: "another")
    made_with.cache_clear()
    try:
        words = ("sweep", "toy.toml", "--part", "3/3", "--out", "new", "--jobs", "1")
        assert caremarket(*words).code == 0
        done = caremarket("merge", *names[:2], "new", "--out", "whole")
    finally:
        monkeypatch.undo()
        made_with.cache_clear()
    assert done.code == 2
    for told in ("part1: the study was made with another version", "new: it has another version"):
        assert told in done.err
    assert not (tmp_path / "whole").exists()


def test_parts_are_refused_where_draws_are_added(
    caremarket: Caremarket, tmp_path: Path, parts: Callable[..., list[str]]
) -> None:
    pytest.importorskip("SALib")
    names = parts(study_text("sobol", 4))
    write(tmp_path, study_text("sobol", 8))
    words = ("--part", "1/3", "--out", names[0], "--resume", "--jobs", "1")
    done = caremarket("sweep", "toy.toml", *words)
    assert done.code == 2 and "a part has other runs once draws are added" in done.err
    with pytest.raises(ScenarioError):
        study_of(tmp_path / "none.toml")
    assert len(read_study(tmp_path / names[0]).draws) == 24
    assert parts_of(tmp_path / names[0]).folder.is_dir()
