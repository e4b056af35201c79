"""Sensitivity: known functions through the sweep, chance told apart from effect, pairing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_studies import TOY

import experiments.study.work
from experiments.engine.carrying import Engine
from experiments.engine.executors import on_one_core
from experiments.engine.runner import Runner
from experiments.run.work import Replication, Run
from experiments.statistics.over_draws import worth_of_pairing
from experiments.statistics.sobol import sobol_indices
from experiments.study.begun import opened, parts_of
from experiments.study.draws import Draws, Method, Varied, drawn
from experiments.study.folder import Results, write_results
from experiments.study.freezing import study_of
from experiments.study.hanging import sensitivity_lines
from experiments.study.pictures import plain_names
from experiments.study.progress import Progress, carried_out
from experiments.study.sensitivity import floor_of, indices, places_of
from experiments.study.work import CELLS
from sim.outcomes.headline import Result
from sim.scenario import Scenario

pytest.importorskip("SALib")
VARIED = ("care.mean_stay_days", "brokerage.mean_patience_days", "care.review_interval_days")
LOW, HIGH = 90.0, 120.0
SAMPLED = """
[draws]
method = "{method}"
number = {number}
[[draws.uncertainties]]
path = "care.mean_stay_days"
low = 90
high = 120
[[draws.uncertainties]]
path = "brokerage.mean_patience_days"
low = 90
high = 120
[[draws.levers]]
path = "care.review_interval_days"
low = 90
high = 120
"""


def angles(scenario: Scenario) -> tuple[float, float, float]:
    """What is varied, as numbers from -pi to pi."""
    values = (
        scenario.care.mean_stay_days,
        scenario.brokerage.mean_patience_days,
        scenario.care.review_interval_days,
    )
    one, two, three = (np.pi * (2 * (v - LOW) / (HIGH - LOW) - 1) for v in values)
    return one, two, three


def ishigami(scenario: Scenario) -> float:
    """Ishigami and Homma (1990), a = 7, b = 0.1."""
    one, two, three = angles(scenario)
    return float(np.sin(one) + 7 * np.sin(two) ** 2 + 0.1 * three**4 * np.sin(one))


def through_the_sweep(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    number: int,
    function: Callable[[Run], float],
    replications: int = 1,
) -> Results:
    """A study in which a known function stands for the market."""

    def known(run: Run) -> Replication:
        figures = {"list_people_peak": function(run)}
        return Replication(Result(run.replication, figures, {}, {}, {}))

    monkeypatch.setattr(experiments.study.work, "simulated", known)
    monkeypatch.setattr(experiments.study.work, "kept", lambda result, keep: {})
    head, rest = TOY.split("[[scenarios]]")[0], '[[scenarios]]\nname = "one"\n'
    head = head.replace("number = 3", f"number = {replications}")
    head = head.replace('"list_people_peak", "planned_hours_last_year"', '"list_people_peak"')
    file = folder / "known.toml"
    text = head + rest + SAMPLED.format(method=method, number=number)
    file.write_text(text, encoding="utf-8")
    study = study_of(file)
    with opened(folder / "out", study, resume=False), Runner(on_one_core(), CELLS) as runner:
        progress = Progress(study, study.replications.number)
        carried_out(study, Engine(parts_of(folder / "out"), runner), progress)
        return write_results(folder / "out", progress)


def test_ishigami_through_the_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First-order 0.314, 0.442, 0; total 0.558, 0.442, 0.244 (Saltelli et al. 2008)."""
    results = through_the_sweep(
        tmp_path, monkeypatch, "sobol", 512, lambda run: ishigami(run.scenario)
    )
    table = results.tables["sensitivity"].set_index("parameter")
    assert table["first"][list(VARIED)].tolist() == pytest.approx([0.314, 0.442, 0.0], abs=0.05)
    assert table["index"][list(VARIED)].tolist() == pytest.approx([0.558, 0.442, 0.244], abs=0.05)
    assert table["role"].tolist() == ["uncertainty", "uncertainty", "lever"]
    assert set(table["stands_out"]) == {"not known"}
    on_disk = pd.read_csv(tmp_path / "out" / "sensitivity.csv")
    assert on_disk["index"].tolist() == pytest.approx(table["index"].tolist(), rel=1e-4)
    alt = (tmp_path / "out" / "charts" / "tornado.txt").read_text(encoding="utf-8")
    names = plain_names(list(VARIED))
    assert all(names[path] in alt for path in VARIED) and len(names) == len(VARIED)
    told = " ".join(" ".join(results.summary).split())
    assert "it is not known how much of that is chance" in told


def test_morris_finds_a_plane_exactly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 3 x + y the effects over the whole ranges are 6 pi, 2 pi and nothing."""
    results = through_the_sweep(
        tmp_path, monkeypatch, "morris", 8, lambda run: 3 * angles(run.scenario)[0]
        + angles(run.scenario)[1],
    )  # fmt: skip
    table = results.tables["sensitivity"].set_index("parameter")
    assert table["index"][list(VARIED)].tolist() == pytest.approx([6 * np.pi, 2 * np.pi, 0])
    assert table["sigma"].to_numpy() == pytest.approx(np.zeros(3), abs=1e-9)


@pytest.mark.parametrize("method", ["morris", "sobol"])
def test_chance_is_told_from_effect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """One parameter moves the outcome by about what chance does; the others do nothing."""

    def noisy(run: Run) -> float:
        place = angles(run.scenario)
        key = [run.replication, *(int(1e6 * (value + 4)) for value in place)]
        chance = np.random.default_rng(key).normal()
        shared = np.random.default_rng(run.replication).normal()
        return float(place[0] + chance + 50 * shared)

    results = through_the_sweep(tmp_path, monkeypatch, method, 32, noisy, replications=6)
    table = results.tables["sensitivity"].set_index("parameter")
    assert table["stands_out"].tolist() == ["yes", "no", "no"]
    if method == "morris":
        assert table["index"][VARIED[0]] > 3 * table["floor"][VARIED[0]]
        assert (table["index"][list(VARIED[1:])] < 1.5 * table["floor"][list(VARIED[1:])]).all()
    else:
        assert table["index_low"][VARIED[0]] > 0.5 and table["index_high"][VARIED[0]] == 1
        assert (table["index_low"][list(VARIED[1:])] == 0).all()
    assert f"depends on {VARIED[0]}" in " ".join(" ".join(results.summary).split())


@pytest.mark.long
def test_nothing_stands_out_where_nothing_matters() -> None:
    """Of 200 worlds of pure chance about one bar in twenty stands out, at most one in ten."""
    varied = tuple(Varied(path, "uncertainty", LOW, HIGH) for path in VARIED)
    draws = drawn("morris", varied, 10, 1)
    generator = np.random.default_rng(5)
    found = sum(
        row["stands_out"] == "yes"
        for _ in range(200)
        for row in indices(draws, generator.normal(size=(5, len(draws))))
    )
    assert 0.02 * 600 < found < 0.1 * 600


def test_correlations_know_how_few_the_draws_are() -> None:
    varied = (Varied("a", "uncertainty", 0, 1), Varied("b", "lever", 0, 1))
    generator = np.random.default_rng(3)
    rows = tuple(tuple(row) for row in generator.random((40, 2)).tolist())
    draws = Draws("latin_hypercube", varied, rows)
    points = places_of(draws)
    values = (points[:, 0] + 0.1 * generator.normal(size=40))[None, :]
    first, second = indices(draws, values)
    assert first["stands_out"] == "yes" and first["index"] > 0.9
    assert second["stands_out"] == "no"
    assert floor_of("latin_hypercube", points, values)[0] == pytest.approx(0.354, abs=0.01)


def told_of(draws: Draws, values: np.ndarray) -> tuple[pd.DataFrame, str]:
    """The table of made-up values of one outcome, replications x draws, and the words."""
    paths = [one.path for one in draws.varied]
    frame = pd.DataFrame(indices(draws, values)).assign(
        outcome="x", scenario="one", of="value", parameter=paths
    )
    return frame, " ".join(sensitivity_lines(frame, ["x"], draws))


@pytest.mark.parametrize(
    ("method", "number", "parts"),
    [("morris", 40, "trajectories"), ("sobol", 64, "rows"), ("latin_hypercube", 64, "draws")],
)
def test_one_missing_value_takes_no_index_away(method: Method, number: int, parts: str) -> None:
    """What lacks a value is left out and counted; above one in twenty nothing is claimed."""
    varied = tuple(Varied(path, "uncertainty", LOW, HIGH) for path in VARIED)
    draws = drawn(method, varied, number, 1, "own" if method == "sobol" else "same")
    points = places_of(draws)
    if method == "latin_hypercube":
        points = (points - LOW) / (HIGH - LOW)
    generator = np.random.default_rng(4)
    values = 2 * points[:, 0] + points[:, 1] + 0.01 * generator.normal(size=(2, len(draws)))
    whole, _ = told_of(draws, values)
    lacking = 2 if method == "latin_hypercube" else 1  # a draw without a value in any replication
    values[:lacking, 3] = np.nan
    frame, told = told_of(draws, values)
    assert frame["index"].to_numpy() == pytest.approx(whole["index"].to_numpy(), abs=0.1)
    assert set(frame["stands_out"]) == {"yes", "no"}
    assert (frame["carried_out"] == number).all() and (frame["used"] == number - 1).all()
    assert f"1 of {number} {parts} lack a value" in told and f"depends on {VARIED[0]}" in told
    values[:, :: len(draws) // 8] = np.nan
    _, told = told_of(draws, values)
    assert "its drivers are not named" in told and "depends on care" not in told
    _, told = told_of(draws, np.full_like(values, np.nan))
    assert f"none of {number} {parts}" in told
    _, told = told_of(draws, np.ones_like(values))
    assert "no varied parameter moves it" in told


def noisy_rows(rows: int, kind: str, seed: int) -> np.ndarray:
    """Two replications of y = 2 x1 + x2 over rows of Sobol' draws; totals 0.80, 0.20, 0.00.

    Chance moves a run as much as everything that is varied: each run by itself, all runs of a row
    alike, or by what x3 is.
    """
    varied = tuple(Varied(path, "uncertainty", 0.0, 1.0) for path in VARIED)
    draws = drawn("sobol", varied, rows, seed, "own")
    points = places_of(draws).reshape(rows, 5, 3)
    generator = np.random.default_rng(seed)
    chance = generator.normal(0, np.sqrt(5 / 12), size=(rows, 1 if kind == "row" else 5, 2))
    if kind == "by x3":
        chance = chance * (np.sqrt(3) * points[:, :, 2:])
    return (2 * points[:, :, 0] + points[:, :, 1])[:, :, None] + chance


TOTALS = np.array([0.8, 0.2, 0.0])
KINDS = ("run", "row", "by x3")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sets", [40, pytest.param(500, marks=pytest.mark.long)])
def test_intervals_of_sobol_indices_cover(kind: str, sets: int) -> None:
    found = [sobol_indices(noisy_rows(128, kind, seed)) for seed in range(1, sets + 1)]
    inside = np.array([(f.total_low <= TOTALS) & (f.total_high >= TOTALS) for f in found if f])
    first = np.array([(f.first_low <= TOTALS) & (f.first_high >= TOTALS) for f in found if f])
    lowest = 0.92 if sets == 500 else 0.85  # two in forty are chance
    assert (inside.mean(axis=0) >= lowest).all(), inside.mean(axis=0)
    assert (first.mean(axis=0) >= lowest).all(), first.mean(axis=0)
    means = np.mean([f.total for f in found if f], axis=0)
    assert means == pytest.approx(TOTALS, abs=0.06)  # squares of runs would give 0.9, 0.6, 0.5
    claimed = np.mean([f.above_chance[2] for f in found if f])
    assert claimed <= (0.05 if sets == 500 else 0.15)


def test_what_chance_adds_counts_as_effect_with_one_replication() -> None:
    """So nothing is claimed; where the runs of a row share their chance it drops out even so."""
    found = {kind: sobol_indices(noisy_rows(256, kind, 2)[:, :, :1]) for kind in ("run", "row")}
    assert found["run"] is not None and found["run"].total[2] > 0.2
    assert found["row"] is not None and found["row"].total == pytest.approx(TOTALS, abs=0.02)
    varied = tuple(Varied(path, "uncertainty", LOW, HIGH) for path in VARIED)
    draws = drawn("sobol", varied, 256, 2, "own")
    values = noisy_rows(256, "run", 2)[:, :, :1].reshape(1, -1)
    frame, told = told_of(draws, values)
    assert set(frame["stands_out"]) == {"not known"} and "how much of that is chance" in told


def test_rows_with_the_same_people_have_no_intervals() -> None:
    varied = tuple(Varied(path, "uncertainty", LOW, HIGH) for path in VARIED)
    draws = drawn("sobol", varied, 64, 1, "same")
    values = noisy_rows(64, "row", 1).reshape(-1, 2).T
    frame, told = told_of(draws, values)
    assert frame["index_low"].isna().all() and set(frame["stands_out"]) == {"not known"}
    assert "All rows of these Sobol' draws meet the same people" in told


def test_the_worth_of_pairing_is_what_correlation_gives() -> None:
    """Two outcomes of equal variance and correlation r: the factor is 1 / (1 - r)."""
    generator = np.random.default_rng(2)
    shared, alone = generator.normal(size=(20_000, 1)), generator.normal(size=(2, 20_000, 1))
    r = 0.9
    base, own = (np.sqrt(r) * shared + np.sqrt(1 - r) * alone[i] for i in range(2))
    assert worth_of_pairing(base, own) == pytest.approx(1 / (1 - r), rel=0.05)
    by_draw = (each.reshape(2, -1) for each in (base, own))
    assert worth_of_pairing(*by_draw, np.arange(10_000)) == pytest.approx(1 / (1 - r), rel=0.05)


def test_pairing_says_nothing_where_nothing_differs() -> None:
    same = np.array([[1.0], [2.0]])
    assert np.isnan(worth_of_pairing(same, same))
    assert np.isnan(worth_of_pairing(same, np.array([[1.5], [np.nan]])))
