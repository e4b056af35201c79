"""Scenario discovery: known boxes are found, chance is not sold as a finding, and the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command_line import Caremarket
from test_studies import TOY

from experiments.commands.discover import outcome_by_draw, too_few_faults
from experiments.study.boxes import boxes_chart
from experiments.study.conditions import box_words, lines
from experiments.study.discovery import Box, Limit, boxes_frame, discovered, points_frame
from experiments.study.draws import Draws, Varied
from sim.scenario import ScenarioError

pytest.importorskip("sklearn")
NAMES = ("overtime", "move", "other")
SAMPLED = """
[draws]
method = "latin_hypercube"
number = 24
[[draws.uncertainties]]
path = "care.mean_stay_days"
low = 60
high = 180
[[draws.levers]]
path = "brokerage.brokers"
values = [40, 50]
"""


@pytest.fixture
def draws() -> Draws:
    rows = np.random.default_rng(1).random((300, 3)).tolist()
    varied = tuple(Varied(name, "uncertainty", 0, 1) for name in NAMES)
    return Draws("latin_hypercube", varied, tuple(tuple(row) for row in rows))


def test_a_known_box_is_found(draws: Draws) -> None:
    """It breaks where overtime is below 0.4 and fewer than half move, and nowhere else."""
    points = np.array(draws.rows)
    values = np.where((points[:, 0] < 0.4) & (points[:, 1] < 0.5), 10.0, 1.0)
    found = discovered(draws, values, Limit("loss", 5.0, above=True), 2)
    assert len(found.boxes) == 1
    box = found.boxes[0]
    assert box.bounds["overtime"] == (-np.inf, pytest.approx(0.4, abs=0.03))
    assert box.bounds["move"] == (-np.inf, pytest.approx(0.5, abs=0.03))
    assert box.density == box.coverage == 1.0
    assert found.held_out_coverage > 0.9 and found.held_out_density > 0.9
    text = " ".join(lines(found, "hours lost", "hours"))
    assert "overtime is at most 0." in text and "WARNING" not in text


def test_chance_is_not_sold_as_a_finding(draws: Draws) -> None:
    values = np.random.default_rng(8).normal(size=300)
    found = discovered(draws, values, Limit("loss", 0.7, above=True), 3)
    text = " ".join(lines(found, "hours lost", "hours"))
    assert "WARNING" in text or "do not rely" in text or not found.boxes


@pytest.mark.parametrize(("value", "count"), [(100.0, 0), (-100.0, 300)])
def test_where_all_or_none_break_there_is_nothing_to_tell(
    draws: Draws, value: float, count: int
) -> None:
    found = discovered(draws, np.arange(300.0) / 10, Limit("loss", value, above=True), 2)
    assert found.boxes == () and found.broken.sum() == count
    assert "choose another limit" in " ".join(lines(found, "hours lost", "hours"))


def test_failed_draws_are_left_out(draws: Draws) -> None:
    points = np.array(draws.rows)
    values = np.where(points[:, 0] > 0.7, 0.0, 1.0)
    values[:50] = np.nan
    found = discovered(draws, values, Limit("cover", 0.5, above=False), 2)
    assert sum(box.draws for box in found.boxes) == int((points[50:, 0] > 0.7).sum())
    assert "of 250 draws break" in " ".join(lines(found, "cover", "share"))


def mixed(column: list[Any]) -> Draws:
    """A number that decides nothing, and a parameter that is none."""
    rows = np.random.default_rng(4).random(len(column)).tolist()
    varied = (Varied("number", "uncertainty", 0, 1), Varied("rule", "lever", values=tuple("abc")))
    return Draws("list", varied, tuple(zip(rows, column, strict=True)))


@pytest.mark.parametrize(
    ("values", "breaking", "words"),
    [
        (("spot", "block", "retainer"), ("spot",), "rule is spot"),
        (("spot", "block", "retainer"), ("spot", "block"), "rule is block or spot"),
        ((True, False), (True,), "rule is yes"),
        ((True, False), (False,), "rule is no"),
    ],
)
def test_what_is_no_number_decides(
    values: tuple[Any, ...], breaking: tuple[Any, ...], words: str
) -> None:
    column = [values[place % len(values)] for place in range(120)]
    outcome = np.array([10.0 if value in breaking else 1.0 for value in column])
    found = discovered(mixed(column), outcome, Limit("loss", 5.0, above=True), 2)
    in_boxes = set().union(*(box.among["rule"] for box in found.boxes))
    assert all(box.density == 1.0 and not box.bounds for box in found.boxes)
    assert sum(box.coverage for box in found.boxes) == pytest.approx(1.0)
    told = {True: "yes", False: "no"}
    assert in_boxes == {told.get(value, value) for value in breaking}
    text = " ".join(lines(found, "hours lost", "hours"))
    assert words in text or len(found.boxes) > 1
    table = boxes_frame(found)
    assert set(table["parameter"]) == {"rule"} and table["low"].isna().all()
    assert set("; ".join(table["values"]).split("; ")) == in_boxes
    chart = boxes_chart(mixed(column), found, "footer")
    assert chart is not None and words.split(" or ")[0].split()[-1] in chart.alt


def test_what_is_left_out_is_told() -> None:
    """Draws without a value, and a parameter of too many values that are no numbers."""
    days = [f"2026-01-{1 + place % 28:02}" for place in range(100)]
    draws = mixed(days)
    values = np.where(np.array(draws.rows)[:, 0].astype(float) > 0.6, 9.0, 1.0)
    values[:4] = np.nan
    found = discovered(draws, values, Limit("loss", 5.0, above=True), 1)
    text = " ".join(lines(found, "hours lost", "hours", 0.04))
    assert "Left out: 4 of 100 draws, which have no value." in text and "WARNING" not in text
    assert "Left out of this analysis: rule (28 values that are not numbers)." in text
    assert points_frame(found)["breaks"].tolist()[:4] == ["not known"] * 4
    text = " ".join(lines(found, "hours lost", "hours", 0.06))
    assert "WARNING: 6% of the runs have no value" in text


def test_values_are_counted_not_draws(tmp_path: Path) -> None:
    runs = {"scenario": ["one"] * 48, "draw": sorted([*range(24)] * 2), "replication": [0, 1] * 24}
    frame = pd.DataFrame({**runs, "x": np.arange(48.0)})
    frame.loc[[0, *range(10, 24)], "x"] = np.nan
    frame.to_parquet(tmp_path / "runs.parquet")
    values, missing = outcome_by_draw(tmp_path, "one", "x")
    assert missing == pytest.approx(15 / 48) and values[0] == 1.0 and np.isnan(values[5:12]).all()
    wrong = too_few_faults(tmp_path, values)
    assert "17 of 24 draws have a value, too few to show conditions" in str(wrong[0])
    assert too_few_faults(tmp_path, np.arange(20.0)) == []
    with pytest.raises(ScenarioError) as refused:
        outcome_by_draw(tmp_path, "one", "y")
    assert "no run of the study has it" in str(refused.value.faults[0])


def test_a_box_in_words_and_in_a_table(draws: Draws) -> None:
    box = Box({"move": (0.1, 0.2), "overtime": (0.3, np.inf)}, 31, 27, 54, np.ones(3, bool))
    assert box_words(box) == (
        "where move is above 0.1 and at most 0.2 and overtime is above 0.3: 87% of draws "
        "break the limit (27 of 31; 50% of all that break)"
    )
    values = np.array(draws.rows)[:, 0]
    table = boxes_frame(discovered(draws, values, Limit("x", 0.75, above=True), 1))
    assert table["parameter"].tolist() == ["overtime"] and table["high"].isna().all()


@pytest.mark.long
def test_the_command_on_a_study(caremarket: Caremarket, tmp_path: Path) -> None:
    head = TOY.split("[[scenarios]]")[0].replace("number = 3", "number = 2")
    levers = SAMPLED.replace("values = [40, 50]", "low = 40\nhigh = 50")
    levers = levers.replace("brokerage.brokers", "brokerage.mean_patience_days")
    text = f'{head}[[scenarios]]\nname = "one"\noverrides = ["erlang_a"]\n{levers}'
    (tmp_path / "toy.toml").write_text(text, encoding="utf-8")
    done = caremarket("sweep", "toy.toml", "--out", "study", "--jobs", "1")
    assert done.code == 0, done.err
    before = (tmp_path / "study" / "runs.csv").read_bytes()
    found = caremarket("discover", "study")
    assert found.code == 0, found.err
    assert "6 of 24 draws break the limit (25%)" in found.out and "1. where " in found.out
    folder = tmp_path / "study" / "discover-one-list_people_peak"
    assert (folder / "charts" / "boxes.png").is_file()
    points = pd.read_csv(folder / "points.csv")
    assert len(points) == 24 and (points["breaks"] == "yes").sum() == 6
    assert (tmp_path / "study" / "runs.csv").read_bytes() == before
    again = caremarket("discover", "study", "--below", "5", "--out", "other")
    assert again.code == 0 and (tmp_path / "other" / "summary.txt").is_file()
    wrong = caremarket(
        "discover", "study", "--outcome", "list_peak", "--above", "1", "--below", "2",
        "--scenario", "two",
    )  # fmt: skip
    assert wrong.code == 2
    assert all(word in wrong.err for word in ("list_peak", "both --above", "--scenario two"))


def test_a_study_without_draws_is_refused(caremarket: Caremarket, tmp_path: Path) -> None:
    (tmp_path / "toy.toml").write_text(TOY, encoding="utf-8")
    done = caremarket("sweep", "toy.toml", "--out", "study", "--jobs", "1")
    assert done.code == 0, done.err
    found = caremarket("discover", "study")
    assert found.code == 2 and "cannot show conditions" in found.err
