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
from experiments.statistics.intervals import Moments
from experiments.study.begun import opened, parts_of
from experiments.study.draws import Draws, Varied, drawn
from experiments.study.folder import Results, write_results
from experiments.study.freezing import study_of
from experiments.study.progress import Progress, carried_out
from experiments.study.sensitivity import floor_of, indices, places_of, sensitivity_lines
from experiments.study.tables import pairing
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
    assert all(path in alt for path in VARIED)
    assert "with one replication it is not known what of it is chance" in " ".join(
        " ".join(results.summary).split()
    )


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
    assert table["stands_out"][VARIED[0]] == "yes"
    assert table["index"][VARIED[0]] > 3 * table["floor"][VARIED[0]]
    assert (table["index"][list(VARIED[1:])] < 1.5 * table["floor"][list(VARIED[1:])]).all()
    assert f"hangs on {VARIED[0]}" in " ".join(" ".join(results.summary).split())


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


def test_where_a_run_failed_nothing_is_claimed() -> None:
    varied = tuple(Varied(path, "uncertainty", LOW, HIGH) for path in VARIED)
    draws = drawn("morris", varied, 4, 1)
    values = np.ones((2, len(draws)))
    values[0, 3] = np.nan
    assert {row["stands_out"] for row in indices(draws, values)} == {"not known"}
    frame = pd.DataFrame(indices(draws, values)).assign(
        outcome="x", scenario="one", of="value", parameter=VARIED
    )
    assert sensitivity_lines(frame, ["x"]) == []


def test_the_worth_of_pairing_is_what_correlation_gives() -> None:
    """Two outcomes of equal variance and correlation r: the factor is 1 / (1 - r)."""
    generator = np.random.default_rng(2)
    shared, alone = generator.normal(size=20_000), generator.normal(size=(2, 20_000))
    r = 0.9
    base, own = (np.sqrt(r) * shared + np.sqrt(1 - r) * alone[i] for i in range(2))
    moments = [Moments(1) for _ in range(3)]
    for a, b in zip(base, own, strict=True):
        for one, value in zip(moments, (a, b, b - a), strict=True):
            one.add(np.array([value]))
    assert pairing(*moments)[0] == pytest.approx(1 / (1 - r), rel=0.05)


def test_pairing_says_nothing_where_nothing_differs() -> None:
    moments = [Moments(1) for _ in range(3)]
    for value in (1.0, 2.0):
        for one, number in zip(moments, (value, value, 0.0), strict=True):
            one.add(np.array([number]))
    assert np.isnan(pairing(*moments)[0])
