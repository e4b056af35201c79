"""Runs without a value: means that do not shift, counts that are told, bounds, and refusals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command_line import Caremarket
from test_studies import write

import experiments.study.folder
import experiments.study.work
from experiments.commands.studying import so_far
from experiments.engine.carrying import Engine
from experiments.engine.executors import on_one_core
from experiments.engine.runner import Runner
from experiments.run.work import Replication, Run
from experiments.statistics.intervals import Interval, t_interval
from experiments.statistics.over_draws import mean_along, shared_draws, units
from experiments.statistics.ranges import kept_to, limits_of, range_of
from experiments.study.begun import opened, parts_of
from experiments.study.draws import PEOPLE_APART, Draws, Varied, drawn
from experiments.study.estimates import Estimates, Runs
from experiments.study.folder import Results, write_results
from experiments.study.freezing import study_of
from experiments.study.pictures import drawn as drawn_charts
from experiments.study.progress import Progress, carried_out
from experiments.study.study import Cell, Study
from experiments.study.tables import complete_part
from experiments.study.words import first_screen
from experiments.study.work import CELLS
from experiments.study.workbook import write_workbook
from sim.outcomes.headline import Result
from sim.outcomes.registry import OUTCOMES
from sim.scenario import ScenarioError

COVERED = "vacancy_share_last_year"
"""A share."""
DAYS = "days_to_source_median"
DRAW_MEANS = np.array([0.36, 0.52, 0.54])
STAYS = (90.0, 105.0, 120.0)
TWO = """
name = "two"
county = "theory"
until = 2024-12-31
outcomes = ["vacancy_share_last_year", "list_people_peak"]
[replications]
number = {replications}
[[scenarios]]
name = "a"
[[scenarios]]
name = "b"
set = {{ "brokerage.brokers" = 41 }}
[draws]
method = "list"
[[draws.uncertainties]]
path = "care.mean_stay_days"
values = {stays}
"""


def two(folder: Path, replications: int = 2, stays: tuple[float, ...] = STAYS) -> Study:
    """Two scenarios under some draws."""
    text = TWO.format(replications=replications, stays=list(stays))
    (folder / "two.toml").write_text(text, encoding="utf-8")
    return study_of(folder / "two.toml")


# A mean over draws never shifts ----------------------------------------------------------------


@pytest.fixture
def failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Results, Progress]:
    """Draws at 0.36, 0.52, 0.54; b has 0.1 more, and its draws 1 and 2 fail in replication 0."""

    def known(run: Run) -> Replication:
        draw = STAYS.index(run.scenario.care.mean_stay_days)
        second = run.scenario.brokerage.brokers == 41
        if second and run.replication == 0 and draw > 0:
            raise RuntimeError("made to fail")
        value = float(DRAW_MEANS[draw] + 0.1 * second)
        figures = {COVERED: value, "list_people_peak": value}
        return Replication(Result(run.replication, figures, {}, {}, {}))

    def weeks(result: Result, _: str) -> dict[str, Any]:
        value = np.full(3, result.figures[COVERED])
        return {"weekly": {"week_start": np.arange(3.0), "list_people": value}}

    monkeypatch.setattr(experiments.study.work, "simulated", known)
    monkeypatch.setattr(experiments.study.work, "kept", weeks)
    monkeypatch.setattr(experiments.study.folder, "draw", lambda *_: None)
    study = two(tmp_path)
    with opened(tmp_path / "out", study, resume=False), Runner(on_one_core(), CELLS) as runner:
        progress = Progress(study, study.replications.number)
        carried_out(study, Engine(parts_of(tmp_path / "out"), runner), progress)
        return write_results(tmp_path / "out", progress), progress


@pytest.mark.parametrize("place", ["figures", "differences", "weekly", "live"])
def test_a_mean_over_draws_never_shifts_because_a_draw_failed(
    failing: tuple[Results, Progress], place: str
) -> None:
    """Replication 0 has but the lowest draw: the mean of its values alone would be 0.295."""
    results, progress = failing
    whole = DRAW_MEANS.mean()
    if place == "live":
        assert progress.interval(0).mean == pytest.approx(whole)
        assert progress.interval(1).mean == pytest.approx(0.1)
        return
    table = results.tables[place]
    if place == "weekly":
        means = table.groupby("scenario")["list_people"].unique()
        assert means["a"] == pytest.approx([whole]) and means["b"] == pytest.approx([whole + 0.1])
        assert table["runs"].unique().tolist() == [3]
        assert table["runs_carried_out"].unique().tolist() == [6]
        return
    rows = table[(table["draw"] == "all") & (table["outcome"] == COVERED)].set_index("scenario")
    wanted = {"a": whole, "b": whole + 0.1} if place == "figures" else {"b": 0.1}
    assert rows["mean"].to_dict() == pytest.approx(wanted)
    row = rows.loc["b"]
    assert (row["known"], row["failed"], row["carried_out"]) == (4, 2, 6)
    assert (row["draws_known"], row["draws_carried_out"], row["headline"]) == (3, 3, "no")
    draw = table[(table["draw"] == "1") & (table["outcome"] == COVERED)].set_index("scenario")
    assert (draw.loc["b", "known"], draw.loc["b", "failed"]) == (1, 1)


def test_above_one_in_twenty_missing_there_is_no_headline(
    failing: tuple[Results, Progress],
) -> None:
    text = " ".join(" ".join(failing[0].summary).split())
    assert "b no headline: 2 of 6 runs failed, more than 5%" in text
    assert "difference: no headline: 2 of 6 pairs of runs lack a value" in text
    assert "How sure" not in text and "better" not in text.split("higher")[0].split("is better")[-1]


def test_the_workbook_and_the_charts_keep_to_it(
    failing: tuple[Results, Progress], tmp_path: Path
) -> None:
    """Columns of counts and bounds are there; what has no headline is in no chart."""
    openpyxl = pytest.importorskip("gptables") and pytest.importorskip("openpyxl")
    results, progress = failing
    write_workbook(tmp_path, results.study, results.tables, 2, len(progress.failed))
    sheet = openpyxl.load_workbook(tmp_path / "study.xlsx")["Figures"]
    cells = [str(cell.value) for row in sheet.iter_rows() for cell in row]
    assert any(cell.startswith("Runs or pairs with a value") for cell in cells)
    assert any(cell.startswith("Least the mean could be") for cell in cells)
    assert "no" in cells and "range" in cells
    charts = drawn_charts(results.study, results.tables, 2, ["a", "b"])
    assert "differences" not in {chart.name for chart in charts}


def test_the_line_while_it_runs_tells_of_how_many(failing: tuple[Results, Progress]) -> None:
    _, progress = failing
    assert progress.known(0) == (6, 6) and progress.known(1) == (4, 6)
    assert so_far(progress)().endswith("(known in 4 of 6 pairs)")


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_missing_every_draw_weighs_the_same(seed: int) -> None:
    generator = np.random.default_rng(seed)
    values = np.tile(DRAW_MEANS, (4, 1))
    values[generator.random(values.shape) < 0.4] = np.nan
    has = np.isfinite(values).any(axis=0)
    assert units(values).mean() == pytest.approx(DRAW_MEANS[has].mean())
    assert units(values).std() == pytest.approx(0, abs=1e-12)


def test_where_nothing_is_missing_a_unit_is_a_replication_s_mean() -> None:
    values = np.random.default_rng(1).normal(size=(5, 7))
    assert units(values) == pytest.approx(values.mean(axis=1))


def test_intervals_cover_though_runs_are_missing() -> None:
    """Draws of a replication share its people; one run in five is missing, mostly of one draw."""
    generator = np.random.default_rng(2)
    trials, inside = 2000, 0
    means = np.array([0.0, 10.0, 30.0])
    for _ in range(trials):
        values = means + generator.normal(size=(12, 1)) + generator.normal(size=(12, 3))
        values[generator.random(values.shape) < [0.05, 0.1, 0.45]] = np.nan
        found = t_interval(units(values))
        inside += found.low <= means.mean() <= found.high
    assert abs(inside / trials - 0.95) < 0.02


def test_draws_are_those_known_in_every_scenario_that_has_the_outcome() -> None:
    values = np.ones((2, 3, 3))
    values[:, 1, 0] = np.nan
    values[0, 2, 1] = np.nan
    values[:, :, 2] = np.nan  # never has it
    assert shared_draws(values).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("missing", "replications", "draws"),
    [
        ([(0, 1), (0, 2)], [False, True], [True, True, True]),
        ([(0, 2), (1, 2)], [True, True], [True, True, False]),
        ([], [True, True], [True, True, True]),
    ],
)
def test_tables_that_are_averaged_take_replications_and_draws_without_a_gap(
    missing: list[tuple[int, int]], replications: list[bool], draws: list[bool]
) -> None:
    had = np.ones((2, 3), dtype=bool)
    for place in missing:
        had[place] = False
    found = complete_part(had)
    assert (found[0].tolist(), found[1].tolist()) == (replications, draws)
    assert not np.outer(*complete_part(np.zeros((2, 3), dtype=bool))).any()


# What a row is made of --------------------------------------------------------------------------


@dataclass(frozen=True)
class MadeUp(Runs):
    """A table of runs that need not be carried out: scenario b beside a."""

    told: Any = None
    states: Any = None

    def column(self, name: str) -> Any:
        return self.states

    def values(self, outcome: str) -> Any:
        return self.told


def made_up(
    study: Study, values: np.ndarray, outcome: str, failed: np.ndarray | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Figures, differences and the words of values[replication, draw, scenario]."""
    states = np.full(values.shape, "finished", dtype=object)
    if failed is not None:
        states[failed] = "failed"
        values = np.where(failed, np.nan, values)
    only = replace(study, outcomes=(outcome,))
    runs = MadeUp(only, Path(), len(values), [outcome], values, states)
    figures, differences = Estimates(runs).frames()
    failures = int((states == "failed").sum())
    screen = first_screen(only, figures, differences, len(values), failures)
    text = screen.lines(full=True)
    return figures, differences, " ".join(" ".join(text).split())


def row_of(frame: pd.DataFrame, scenario: str = "b") -> pd.Series[Any]:
    """The row over all draws."""
    return frame[(frame["scenario"] == scenario) & (frame["draw"] == "all")].iloc[0]


def test_an_outcome_that_some_runs_do_not_have_tells_of_how_many_it_is(tmp_path: Path) -> None:
    """Two pairs in forty-two may be missing; three are more than one in twenty."""
    study = two(tmp_path)
    values = np.random.default_rng(3).uniform(10, 20, size=(14, 3, 2))
    values[:2, 0, 1] = np.nan
    figures, differences, text = made_up(study, values, DAYS)
    assert (row_of(figures)["known"], row_of(figures)["carried_out"]) == (40, 42)
    assert row_of(figures)["mean"] == pytest.approx(mean_along(mean_along(values[:, :, 1], 0), 0))
    assert row_of(differences)["headline"] == "yes"
    assert "known in 40 of 42 runs" in text and "difference known in 40 of 42 pairs" in text
    values[2, 0, 1] = np.nan
    figures, differences, text = made_up(study, values, DAYS)
    assert row_of(figures)["headline"] == "yes"  # its mean is over the runs that have it
    assert row_of(differences)["headline"] == "no"
    assert "known in 39 of 42 runs" in text
    assert "difference: no headline: 3 of 42 pairs of runs lack a value" in text


def test_an_outcome_that_one_scenario_never_has_has_no_difference(tmp_path: Path) -> None:
    values = np.full((4, 3, 2), 5.0)
    values[:, :, 0] = np.nan
    _, differences, text = made_up(two(tmp_path), values, DAYS)
    assert row_of(differences)["known"] == 0
    assert "a not known" in text and "no headline" not in text and "5.00 each time" in text


FAILED = np.zeros((30, 3, 2), dtype=bool)
FAILED[4, 2, 1] = True


def test_bounds_of_a_share_are_the_worst_and_the_best_that_failed_runs_could_show(
    tmp_path: Path,
) -> None:
    values = np.random.default_rng(5).uniform(0.3, 0.6, size=FAILED.shape)
    figures, differences, text = made_up(two(tmp_path), values, COVERED, FAILED)
    for end, column in ((0.0, "missing_low"), (1.0, "missing_high")):
        whole = np.where(FAILED, end, values)
        assert row_of(figures)[column] == pytest.approx(whole[:, :, 1].mean())
        apart = (whole[:, :, 1] - whole[:, :, 0]).mean()
        assert row_of(differences)[column] == pytest.approx(apart)
    assert row_of(differences)["missing_rule"] == "range"
    assert "known in 89 of 90 runs (1 failed)" in text
    assert "for any values that the failed runs could have: 4" in text


def test_without_a_range_the_draw_that_failed_is_left_out_to_see_what_it_does(
    tmp_path: Path,
) -> None:
    values = np.random.default_rng(6).uniform(100, 200, size=FAILED.shape)
    figures, _, text = made_up(two(tmp_path), values, "planned_hours_last_year", FAILED)
    row, rest = row_of(figures), values[:, :2, 1].mean()
    assert row["missing_rule"] == "draws_left_out"
    assert sorted([row["mean"], rest]) == pytest.approx([row["missing_low"], row["missing_high"]])
    assert "with and without the draws in which a run failed" in text


def test_with_one_draw_failed_runs_are_set_to_the_extremes_seen(tmp_path: Path) -> None:
    study = two(tmp_path, 30, (100.0,))
    values = np.random.default_rng(7).uniform(100, 200, size=(30, 1, 2))
    failed = FAILED[:, 2:]
    figures, _, text = made_up(study, values, "planned_hours_last_year", failed)
    mine, row = values[~failed[:, 0, 1], 0, 1], row_of(figures)
    assert row["missing_low"] == pytest.approx((mine.sum() + mine.min()) / 30)
    assert row["missing_high"] == pytest.approx((mine.sum() + mine.max()) / 30)
    assert "if the failed runs had the lowest or the highest value seen" in text


# Intervals keep to what a unit allows -----------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "difference", "low", "high", "cut"),
    [
        ("share", False, 0.0, 1.0, "both"),
        ("share", True, -1.0, 1.0, "both"),
        ("days", False, 0.0, 9.0, "low"),
        ("people/year", False, 0.0, 9.0, "low"),
        ("days", True, -9.0, 9.0, ""),
        ("hours", False, -9.0, 9.0, ""),
        ("GBP/year", False, -9.0, 9.0, ""),
    ],
)
def test_an_interval_ends_where_no_value_can_lie(
    unit: str, difference: bool, low: float, high: float, cut: str
) -> None:
    found, which = kept_to(Interval(0.5, -9.0, 9.0, 3), range_of(unit, difference=difference))
    assert (found.low, found.high, which) == (low, high, cut)
    assert kept_to(Interval(0.5, 0.4, 0.6, 3), range_of(unit))[1] == ""


@pytest.mark.parametrize(
    ("outcome", "values", "words"),
    [
        (DAYS, (1.0, 200.0), "An interval that would reach below 0 ends at the limit"),
        (COVERED, (0.05, 0.99), "An interval that would reach a share beyond 0 to 100% ends"),
    ],
)
def test_an_end_at_a_limit_is_told_of(
    tmp_path: Path, outcome: str, values: tuple[float, float], words: str
) -> None:
    table = np.tile(np.array(values)[:, None, None], (1, 3, 2))
    figures, _, text = made_up(two(tmp_path), table, outcome)
    assert row_of(figures)["low"] == 0 and row_of(figures)["cut"] in ("low", "both")
    assert figures["low"].min() == 0 and (figures["high"].max() <= 1 or outcome == DAYS)
    assert words in text


# Draws with people of their own -----------------------------------------------------------------


def own(method: Any, number: int) -> Draws:
    varied = tuple(Varied(path, "uncertainty", 0.0, 1.0) for path in ("a", "b", "c"))
    return drawn(method, varied, number, 1, "own")


def test_runs_of_a_row_share_people_that_no_other_row_meets() -> None:
    draws = own("sobol", 4)
    worlds = np.array([[draws.world(d, r) for d in range(len(draws))] for r in range(3)])
    rows = worlds.reshape(3, 4, 5)
    assert (rows == rows[:, :, :1]).all()
    assert np.unique(rows[:, :, 0]).size == 12
    assert draws.groups.tolist() == np.repeat(range(4), 5).tolist()
    same = replace(draws, people="same")
    assert {same.world(d, 2) for d in range(20)} == {2} and set(same.groups.tolist()) == {0}


@pytest.mark.parametrize("method", ["latin_hypercube", "sobol"])
def test_intervals_are_over_draws_with_their_own_people(tmp_path: Path, method: str) -> None:
    """Over draws, or over rows of them: one run of each is enough."""
    study = replace(two(tmp_path), draws=own(method, 16))
    size = len(study.draws)
    values = np.random.default_rng(8).normal(50, 9, size=(1, size, 2))
    figures, _, text = made_up(study, values, "planned_hours_last_year")
    parts = values[0, :, 1].reshape(16, -1).mean(axis=1)
    row, found = row_of(figures), t_interval(parts)
    assert (row["low"], row["high"]) == pytest.approx((found.low, found.high))
    assert row["over"] == ("draws" if method == "latin_hypercube" else "rows")
    assert "each with its own people" in text and "four times as many draws" in text


def test_intervals_over_draws_cover() -> None:
    """What is varied and chance together, one run a draw."""
    generator = np.random.default_rng(9)
    groups, trials = np.arange(40), 1000
    inside = 0
    for _ in range(trials):
        values = generator.uniform(0, 1, size=40) + generator.normal(size=(1, 40))
        found = t_interval(units(values, groups))
        inside += found.low <= 0.5 <= found.high
    assert abs(inside / trials - 0.95) < 0.025


@pytest.mark.long
def test_a_study_with_own_people_from_file_to_table(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiments.study.folder, "draw", lambda *_: None)
    text = NO_FAILURE.replace(', "displaced_people"', "")
    text = text.replace("number = 10", 'number = 4\npeople = "own"')
    done = caremarket("sweep", write(tmp_path, text), "--out", "out", "--jobs", "1")
    assert done.code == 0, done.err
    runs = pd.read_csv(tmp_path / "out" / "runs.csv")
    assert runs["people"].tolist() == [draw * PEOPLE_APART for draw in runs["draw"]]
    study = study_of(tmp_path / "toy.toml")
    crossed = replace(study, draws=replace(study.draws, people="same"))
    elsewhere = Cell(0, 3, 3 * PEOPLE_APART)
    assert study.identity(Cell(0, 3, 0)) == crossed.identity(elsewhere)
    assert study.depends_on["draws"] != crossed.depends_on["draws"]
    more = caremarket("extend", "out", "-r", "2", "--jobs", "1")
    assert more.code == 0, more.err
    again = pd.read_csv(tmp_path / "out" / "runs.csv")
    assert again["run"].tolist()[:4] == runs["run"].tolist()
    assert again["people"].nunique() == 8 and again.groupby("people")["draw"].nunique().max() == 1


# What is refused before anything runs -----------------------------------------------------------


NO_FAILURE = """
name = "no_failure"
county = "theory"
until = 2024-02-29
overrides = ["erlang_a"]
outcomes = ["list_people_peak", "displaced_people"]
[replications]
number = 1
[[scenarios]]
name = "a"
[draws]
method = "latin_hypercube"
number = 10
[[draws.uncertainties]]
path = "care.mean_stay_days"
low = 80.0
high = 120.0
"""
GRID = """
[draws]
method = "grid"
[[draws.uncertainties]]
path = "failure.random"
values = [{values}]
"""
WITHIN = 'number = 1\n[[scenarios]]\nname = "a"'
REFUSED = {
    "a failure outcome without a failure": (
        NO_FAILURE,
        "key outcomes[2]: 'displaced_people' is about a failure, and no scenario has one. Give a "
        "scenario failures",
    ),
    "the one it runs until": (
        NO_FAILURE.replace(', "displaced_people"', "").replace(
            "number = 1\n", 'within = 2\noutcome = "displaced_people"\n', 1
        ),
        "key replications.outcome: 'displaced_people' is about a failure",
    ),
    "failures by chance that no draw has": (
        NO_FAILURE.split("[draws]")[0] + GRID.format(values="false"),
        "key outcomes[2]: 'displaced_people' is about a failure",
    ),
    "own people of a grid": (
        NO_FAILURE.split("[draws]")[0].replace(', "displaced_people"', "")
        + GRID.format(values="false, true").replace('"grid"', '"grid"\npeople = "own"'),
        "key draws.people: draws of the method grid meet the same people",
    ),
    "own people until it is known": (
        NO_FAILURE.replace(', "displaced_people"', "")
        .replace("number = 1\n", "within = 2\n", 1)
        .replace("number = 10", 'number = 10\npeople = "own"'),
        "key replications.within: it counts replications with the same people",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_a_study_cannot_have_is_refused(tmp_path: Path, what: str) -> None:
    text, told = REFUSED[what]
    write(tmp_path, text)
    with pytest.raises(ScenarioError) as refused:
        study_of(tmp_path / "toy.toml")
    assert any(told in str(fault) for fault in refused.value.faults), refused.value.faults


@pytest.mark.parametrize("verb", ["compare", "discover"])
def test_a_finished_study_is_not_asked_for_what_it_cannot_have(
    caremarket: Caremarket, tmp_path: Path, verb: str
) -> None:
    study = two(tmp_path, 1)
    with opened(tmp_path / "out", study, resume=False):
        pass
    scenarios = ("a", "b", "--study") if verb == "compare" else ()
    done = caremarket(verb, *scenarios, "out", "--outcome", "displaced_people")
    assert done.code == 2
    assert "--outcome displaced_people: 'displaced_people' is about a failure" in done.err


def test_failures_by_chance_that_a_draw_has_are_failures(tmp_path: Path) -> None:
    write(tmp_path, NO_FAILURE.split("[draws]")[0] + GRID.format(values="false, true"))
    assert "displaced_people" in study_of(tmp_path / "toy.toml").outcomes


@pytest.mark.parametrize(
    "name", ["n_minus_1", "more_providers_lost", "more_providers_lost_in_91_days",
             "delayed_days_in_91_days", "total_hours_in_91_days"]
)  # fmt: skip
def test_what_holds_a_run_against_another_may_lie_beyond_its_unit(name: str) -> None:
    """N-1 below 0 and fewer closures with a failure than without it are seen: no end is cut."""
    limits = limits_of(OUTCOMES[name])
    assert kept_to(Interval(0.1, -3.0, 3.2, 5), limits)[0] == Interval(0.1, -3.0, 3.2, 5)


def test_other_outcomes_keep_to_their_unit() -> None:
    assert limits_of(OUTCOMES["served_again_in_7_days"]) == (0.0, 1.0)
    assert limits_of(OUTCOMES["displaced_people"]) == (0.0, float("inf"))
