"""Studies from the command line: what they promise, on a county that takes a moment."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command_line import Caremarket, spawned, started
from test_commands import hashes
from test_kill import tables

import experiments.engine.work
import experiments.run.work
import experiments.study.folder
import experiments.study.work
from experiments.engine.carrying import Engine
from experiments.engine.executors import on_one_core
from experiments.engine.runner import Runner
from experiments.engine.work import Work, made_with
from experiments.run.work import Run, simulated
from experiments.study.begun import opened, parts_of, read_study
from experiments.study.file import SHIPPED
from experiments.study.folder import write_results
from experiments.study.freezing import study_of
from experiments.study.pictures import footer
from experiments.study.progress import Progress, carried_out
from experiments.study.work import CELLS, CellTask, Reduced
from experiments.study.workbook import source
from sim.scenario import ScenarioError, load_scenario

ROOT = Path(__file__).parents[1]
TOY = """
name = "toy"
question = "Does patience shorten the list?"
county = "theory"
until = 2024-12-31
outcomes = ["list_people_peak", "planned_hours_last_year"]

[replications]
number = 3

[[scenarios]]
name = "endless"
overrides = ["erlang_c"]

[[scenarios]]
name = "impatient"
overrides = ["erlang_a"]
set = { "brokerage.mean_patience_days" = 7.0 }

[[scenarios]]
name = "endless_again"
overrides = ["erlang_c"]
"""
DRAWS = """
[draws]
method = "grid"
[[draws.uncertainties]]
path = "care.mean_stay_days"
values = [90.0, 120.0]
[[draws.levers]]
path = "brokerage.brokers"
values = [40, 50]
"""


@pytest.fixture(autouse=True)
def no_pictures(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts and workbook take longer than everything else here."""
    if "pictures" not in request.node.name:
        monkeypatch.setattr(experiments.study.folder, "draw", lambda *_: None)


def write(folder: Path, text: str, name: str = "toy.toml") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return name


def csv(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv")


# What comes of it -----------------------------------------------------------------------------


def test_a_study_from_file_to_tables(caremarket: Caremarket, tmp_path: Path) -> None:
    done = caremarket("sweep", write(tmp_path, TOY), "--out", "out", "--jobs", "1")
    assert done.code == 0, done.err
    assert "toy: 3 scenarios x 3 replications = 9 runs." in done.out
    assert "Question: Does patience shorten the list?" in done.out
    assert "endless_again  " in done.out and "exactly the same" in done.out
    out = tmp_path / "out"
    runs = csv(out, "runs")
    assert len(runs) == 9
    assert set(runs["status"]) == {"finished"}
    kept = pd.read_parquet(out / "runs.parquet")
    pd.testing.assert_frame_equal(runs, kept, rtol=1e-9, check_dtype=False)
    differences = csv(out, "differences")
    again = differences[differences["scenario"] == "endless_again"]
    known = again[again["replications"] > 0]
    assert (known[["mean", "low", "high"]] == 0).all(axis=None)
    by_hand = runs.pivot(index="replication", columns="scenario", values="list_people_peak")
    paired = by_hand["impatient"] - by_hand["endless"]
    row = differences[
        (differences["scenario"] == "impatient") & (differences["outcome"] == "list_people_peak")
    ].iloc[0]
    assert row["mean"] == pytest.approx(paired.mean(), rel=1e-5)
    half = 4.302653 * paired.std() / np.sqrt(3)
    assert row["high"] - row["mean"] == pytest.approx(half, rel=1e-4)


def test_a_run_is_what_caremarket_run_gives(caremarket: Caremarket, tmp_path: Path) -> None:
    caremarket("sweep", write(tmp_path, TOY), "--out", "out", "--jobs", "1")
    settings = {"calendar.end": "2024-12-31"}
    scenario = load_scenario("theory", overrides=["erlang_c"], settings=settings)
    result = simulated(Run(scenario, 1, 2)).result
    runs = pd.read_parquet(tmp_path / "out" / "runs.parquet")
    mine = runs[(runs["scenario"] == "endless") & (runs["replication"] == 2)].iloc[0]
    for name, value in result.figures.items():
        assert repr(float(mine[name])) == repr(float(value)), name


def test_weekly_tables_are_means_over_runs(caremarket: Caremarket, tmp_path: Path) -> None:
    caremarket("sweep", write(tmp_path, TOY), "--out", "out", "--jobs", "1")
    weekly = csv(tmp_path / "out", "weekly")
    settings = {"calendar.end": "2024-12-31"}
    scenario = load_scenario("theory", overrides=["erlang_c"], settings=settings)
    results = [simulated(Run(scenario, 1, number)).result for number in range(3)]
    tables_of = [one.by_area for one in results]
    mean = np.mean([table["list_people"] for table in tables_of], axis=0)
    mine = weekly[weekly["scenario"] == "endless"]["list_people"]
    np.testing.assert_allclose(mine, mean, rtol=1e-5)
    assert set(weekly["replications"]) == {3}


@pytest.mark.long
def test_every_column_is_in_the_dictionary(caremarket: Caremarket, tmp_path: Path) -> None:
    text = TOY.replace("outcomes =", 'weekly = "areas"\noutcomes =')
    caremarket("sweep", write(tmp_path, text + DRAWS), "--out", "out", "--jobs", "1")
    out = tmp_path / "out"
    whole = pd.read_parquet(out / "weekly_by_area.parquet")
    assert len(whole.groupby(["scenario", "draw", "replication"])) == 3 * 4 * 3
    dictionary = csv(out, "data_dictionary")
    told = set(zip(dictionary["table"], dictionary["column"], strict=True))
    for path in out.glob("*.parquet"):
        for column in pd.read_parquet(path).columns:
            plain = column.rsplit("_", 1)[0] if column.endswith(("_low", "_high")) else column
            assert (path.stem, column) in told or (path.stem, plain) in told, (path.stem, column)


@pytest.mark.long
def test_draws_tell_uncertainties_and_levers_apart(caremarket: Caremarket, tmp_path: Path) -> None:
    done = caremarket("sweep", write(tmp_path, TOY + DRAWS), "--out", "out", "--jobs", "1")
    assert done.code == 0, done.err
    assert "3 scenarios x 4 draws (grid over 1 uncertainty and 1 lever) x 3" in done.out
    assert "over the draws: difference" in done.out
    draws = csv(tmp_path / "out", "draws")
    assert dict(zip(draws["parameter"], draws["role"], strict=True)) == {
        "care.mean_stay_days": "uncertainty",
        "brokerage.brokers": "lever",
    }
    runs = csv(tmp_path / "out", "runs")
    figures = csv(tmp_path / "out", "figures")
    ours = runs[runs["scenario"] == "endless"]
    means = ours.groupby("draw")["list_people_peak"].mean()
    shown = figures[(figures["scenario"] == "endless") & (figures["outcome"] == "list_people_peak")]
    by_draw = shown[shown["draw"] != "all"].set_index(
        shown["draw"][shown["draw"] != "all"].astype(int)
    )
    np.testing.assert_allclose(by_draw["mean"].sort_index(), means, rtol=1e-5)
    whole = shown[shown["draw"] == "all"].iloc[0]
    assert whole["mean"] == pytest.approx(means.mean(), rel=1e-5)
    assert whole["draws_p95"] == pytest.approx(np.quantile(means, 0.95), rel=1e-5)


@pytest.mark.long
def test_a_study_that_runs_until_it_knows(caremarket: Caremarket, tmp_path: Path) -> None:
    text = TOY.replace(
        "number = 3", 'first = 15\nwithin = 4\noutcome = "list_people_peak"\nat_most = 60'
    )
    done = caremarket("sweep", write(tmp_path, text), "--out", "out", "--jobs", "1")
    assert done.code == 0, done.err
    rows = csv(tmp_path / "out", "differences")
    mine = rows[(rows["outcome"] == "list_people_peak") & (rows["scenario"] == "impatient")].iloc[0]
    assert 15 <= mine["replications"] < 60
    assert mine["interval"] == "two_stage"
    assert (mine["high"] - mine["low"]) / 2 <= 4
    assert "is known to within 4.00 people, as asked" in " ".join(done.out.split())
    capped = text.replace("at_most = 60", "at_most = 16").replace("within = 4", "within = 0.1")
    few = caremarket("sweep", write(tmp_path, capped), "--out", "few", "--jobs", "1")
    assert few.code == 0
    assert "NOT AS SURE AS ASKED" in few.out


# What is never lost, and never mixed -----------------------------------------------------------


def test_resume_runs_nothing_twice(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = write(tmp_path, TOY)
    assert caremarket("sweep", study, "--out", "new", "--resume", "--jobs", "1").code == 0
    before = tables(tmp_path / "new")

    def never(_: Run) -> None:
        raise AssertionError("it was run again")

    monkeypatch.setattr(experiments.study.work, "simulated", never)
    done = caremarket("sweep", study, "--out", "new", "--resume", "--jobs", "1")
    assert done.code == 0
    assert tables(tmp_path / "new") == before


@pytest.mark.long
def test_extending_gives_what_one_go_would(caremarket: Caremarket, tmp_path: Path) -> None:
    caremarket("sweep", write(tmp_path, TOY), "--out", "grown", "--jobs", "1")
    assert caremarket("extend", "grown", "--replications", "5", "--jobs", "1").code == 0
    more = TOY.replace("number = 3", "number = 5")
    caremarket("sweep", write(tmp_path, more), "--out", "whole", "--jobs", "1")
    grown, whole = tables(tmp_path / "grown"), tables(tmp_path / "whole")
    for told in (grown, whole):  # how many were asked for at first is part of a study's identity
        for name in ("manifest.json", "summary.txt"):
            del told[name]
    assert grown == whole
    refused = caremarket("extend", "grown", "--replications", "5")
    assert refused.code == 2
    assert "it has 5 already. Give more" in refused.err


@pytest.mark.long
def test_order_of_runs_does_not_matter(tmp_path: Path) -> None:
    write(tmp_path, TOY)
    study = study_of(tmp_path / "toy.toml")
    seen = []
    for name, step in (("forward", 1), ("backward", -1)):

        class Shuffled(Runner):
            def results(self, jobs: Any) -> Any:
                return super().results(list(jobs)[::step])  # noqa: B023

        folder = tmp_path / name
        with opened(folder, study, resume=False) as begun, Shuffled(on_one_core(), CELLS) as runner:
            progress = Progress(begun, begun.replications.number)
            carried_out(begun, Engine(parts_of(folder), runner), progress)
            write_results(folder, progress)
        seen.append(tables(folder))
    assert seen[0] == seen[1]


def test_a_damaged_part_is_told_of_and_computed_again(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    study = write(tmp_path, TOY)
    caremarket("sweep", study, "--out", "out", "--jobs", "1")
    before = tables(tmp_path / "out")
    part = sorted((tmp_path / "out").rglob("*.part"))[0]
    content = bytearray(part.read_bytes())
    content[-9] ^= 1
    part.write_bytes(bytes(content))
    done = caremarket("sweep", study, "--out", "out", "--resume", "--jobs", "1")
    assert done.code == 0
    told = (
        f"{part.stem[:8]}.part: its content has changed since it was written; the file is renamed"
    )
    assert f"Damaged: {told} {part.stem}.damaged and the work is done again" in done.err
    assert tables(tmp_path / "out") == before
    assert part.with_suffix(".damaged").read_bytes() == bytes(content)


CHANGES: dict[str, tuple[str, str, str]] = {
    "seed": ("question", "seed = 2\nquestion", "another seed (1, now 2)"),
    "scenario": ('days" = 7.0', 'days" = 9.0', "another scenario impatient"),
    "draws": (
        '\n[[scenarios]]\nname = "endless"',
        DRAWS + '\n[[scenarios]]\nname = "endless"',
        "draws",
    ),
    "weekly": ("question", 'weekly = "none"\nquestion', "another kept (county, now none)"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_changed_inputs_are_never_mixed_in(
    caremarket: Caremarket, tmp_path: Path, what: str
) -> None:
    caremarket("sweep", write(tmp_path, TOY), "--out", "out", "--jobs", "1")
    before = hashes(tmp_path / "out")
    old, new, told = CHANGES[what]
    assert old in TOY
    study = write(tmp_path, TOY.replace(old, new, 1))
    done = caremarket("sweep", study, "--out", "out", "--resume", "--jobs", "1")
    assert done.code == 2
    assert "it was begun with another" in done.err
    assert told in done.err
    assert hashes(tmp_path / "out") == before


def test_another_version_of_the_model_is_never_mixed_in(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = write(tmp_path, TOY)
    caremarket("sweep", study, "--out", "out", "--jobs", "1")
    monkeypatch.setattr(experiments.engine.work, "code_version", lambda: "another")
    made_with.cache_clear()
    try:
        for words in (("sweep", study, "--out", "out", "--resume"), ("extend", "out", "-r", "9")):
            done = caremarket(*words)
            assert done.code == 2
            assert "version of the model" in done.err
    finally:
        monkeypatch.undo()
        made_with.cache_clear()


def test_files_of_a_study_that_were_changed_are_refused(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    caremarket("sweep", write(tmp_path, TOY), "--out", "out", "--jobs", "1")
    path = tmp_path / "out" / "scenarios" / "endless.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["brokerage"]["brokers"] = 3
    path.write_text(json.dumps(told), encoding="utf-8")
    done = caremarket("extend", "out", "-r", "9")
    assert done.code == 2
    assert "its files were changed after it was begun" in done.err


def test_a_run_that_raises_is_a_row_that_says_failed(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = experiments.run.work.summarise

    def fails_once(ledger: Any, scenario: Any, replication: int, reference: Any) -> Any:
        if replication == 1 and scenario.brokerage.mean_patience_days == 7:
            raise RuntimeError("made to fail")
        return whole(ledger, scenario, replication, reference)

    monkeypatch.setattr(experiments.run.work, "summarise", fails_once)
    study = write(tmp_path, TOY)
    done = caremarket("sweep", study, "--out", "out", "--jobs", "1")
    assert done.code == 3
    assert "FAILED: run impatient/0/1, seed 1: RuntimeError: made to fail" in done.err
    assert "9 runs, 1 of them FAILED" in done.out
    row = csv(tmp_path / "out", "runs").query("status == 'failed'").iloc[0]
    assert (row["scenario"], row["replication"], row["seed"]) == ("impatient", 1, 1)
    assert row["reproduce"] == "caremarket sweep . --run impatient/0/1"
    assert np.isnan(row["list_people_peak"])
    differences = csv(tmp_path / "out", "differences").query("outcome == 'list_people_peak'")
    assert dict(zip(differences["scenario"], differences["replications"], strict=True)) == {
        "impatient": 2,
        "endless_again": 3,
    }
    os.chdir(tmp_path / "out")
    again = caremarket(*row["reproduce"].split()[1:])
    assert again.code == 3
    assert "made to fail" in again.err
    assert "Traceback" in again.err


@pytest.mark.skipif(sys.platform == "win32", reason="folders are protected otherwise there")
def test_a_folder_that_cannot_be_written_to_is_refused(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    study = write(tmp_path, TOY)
    monkeypatch.setattr(Path, "write_bytes", refused)
    done = caremarket("sweep", study, "--out", "out")
    assert done.code == 2
    assert "out: it cannot be written to (Permission denied). Name another folder" in done.err


def test_comparing_tells_of_damage(caremarket: Caremarket, tmp_path: Path) -> None:
    caremarket("sweep", write(tmp_path, TOY), "--out", "out", "--jobs", "1")
    study = read_study(tmp_path / "out")
    part = parts_of(tmp_path / "out").path(study.identity(next(study.cells(range(1)))))
    for content in (part.read_bytes()[:-1], None):
        part.unlink()
        if content is not None:
            part.write_bytes(content)
        done = caremarket("compare", "impatient", "endless", "--study", "out")
        assert done.code == 2
        assert "To repair it: caremarket sweep out" in done.err


def test_a_study_of_which_every_run_fails(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Any:
        raise RuntimeError("made to fail")

    monkeypatch.setattr(experiments.run.work, "summarise", fails)
    done = caremarket("sweep", write(tmp_path, TOY), "--out", "out", "--jobs", "1")
    assert done.code == 3
    assert "… and 4 more: see runs.csv" in done.err
    assert "not known" in done.out
    assert set(csv(tmp_path / "out", "runs")["status"]) == {"failed"}


def test_one_scenario_alone(caremarket: Caremarket, tmp_path: Path) -> None:
    first = TOY[: TOY.index('[[scenarios]]\nname = "impatient"')]
    for name, plan, told in (
        ("number", "number = 3", "is known to within"),
        (
            "within",
            "first = 15\nwithin = 0.01\nat_most = 15",
            "NOT AS PRECISE AS ASKED FOR: the mean of",
        ),
    ):
        study = write(tmp_path, first.replace("number = 3", plan))
        done = caremarket("sweep", study, "--out", name, "--jobs", "1")
        assert done.code == 0, done.err
        assert told in " ".join(done.out.split())
        assert not (tmp_path / name / "differences.csv").exists()


def test_half_a_study_is_tabulated_and_every_page_says_so(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    study = write(tmp_path, TOY)
    caremarket("sweep", study, "--out", "out", "--jobs", "1")
    whole = tables(tmp_path / "out")
    for part in sorted((tmp_path / "out").rglob("*.part"))[:2]:
        part.unlink()
    done = caremarket("sweep", "out", "--so-far")
    assert done.code == 0, done.err
    so_far = tmp_path / "out" / "so_far"
    runs = csv(so_far, "runs")
    waiting = runs["status"] == "waiting"
    assert waiting.any() and set(runs["status"]) == {"waiting", "finished"}
    assert runs["list_people_peak"].isna().equals(waiting)
    known = f"SO FAR {9 - waiting.sum()} of 9 runs"
    assert known in done.out and "Do not quote" in " ".join(done.out.split())
    assert known in " ".join((so_far / "summary.txt").read_text(encoding="utf-8").split())
    half = replace(read_study(tmp_path / "out"), so_far=known.removeprefix("SO FAR "))
    assert known in footer(half, 3) and known in source(half)
    manifest = json.loads((so_far / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["so_far"] == known.removeprefix("SO FAR ")
    told = csv(so_far, "figures").query("outcome == 'list_people_peak'")
    assert told["replications"].sum() == 9 - waiting.sum()
    assert tables(tmp_path / "out") == whole  # the answer of before is as it was
    begun = caremarket("sweep", study, "--out", "none", "--so-far")
    assert begun.code == 2 and "it does not hold a study" in begun.err


def test_one_run_of_another_version_s_study_is_refused(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caremarket("sweep", write(tmp_path, TOY), "--out", "out", "--jobs", "1")
    assert caremarket("sweep", "out", "--run", "endless/0/1").code == 0
    monkeypatch.setattr(experiments.engine.work, "code_version", lambda: "another")
    made_with.cache_clear()
    try:
        done = caremarket("sweep", "out", "--run", "endless/0/1")
        assert done.code == 2 and "version of the model" in done.err
    finally:
        monkeypatch.undo()
        made_with.cache_clear()


def test_a_folder_is_enough_to_go_on(caremarket: Caremarket, tmp_path: Path) -> None:
    study = write(tmp_path, TOY)
    caremarket("sweep", study, "--out", "out", "--jobs", "1")
    before = tables(tmp_path / "out")
    (tmp_path / study).unlink()
    for part in list((tmp_path / "out").rglob("*.part"))[:3]:
        part.unlink()
    done = caremarket("sweep", "out", "--jobs", "1")
    assert done.code == 0, done.err
    assert tables(tmp_path / "out") == before


def test_a_full_disk_is_told_and_what_had_finished_is_kept(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = write(tmp_path, TOY)
    whole, calls = os.fsync, []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) > 16:
            raise OSError(28, "No space left on device")
        whole(handle)

    monkeypatch.setattr(os, "fsync", full)
    done = caremarket("sweep", study, "--out", "out", "--jobs", "1")
    assert done.code == 1
    assert "the disk is full. All finished work is kept. Go on with: caremarket sweep" in done.err
    kept = len(list((tmp_path / "out").rglob("*.part")))
    assert 0 < kept < 9
    monkeypatch.undo()
    os.chdir(tmp_path)
    assert caremarket("sweep", study, "--out", "out", "--resume", "--jobs", "1").code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent there")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_leaves_a_study_that_can_be_gone_on_with(tmp_path: Path, jobs: str) -> None:
    study = write(tmp_path, TOY.replace("number = 3", "number = 150"))
    words = ("sweep", study, "--out", "out", "--jobs", jobs)
    process = started(
        *words, folder=tmp_path, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.rglob("*.part")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert f"Go on with: caremarket sweep {study} --resume --out out" in told
    kept = len(list(tmp_path.rglob("*.part")))
    assert 0 < kept < 450
    counted = re.search(r"Interrupted. (\d+) of 450 runs are kept in out", told)
    assert counted and kept <= int(counted[1]) <= 1.5 * kept + 1  # one scenario stands there twice
    assert "Traceback" not in told


def test_a_second_process_is_refused(caremarket: Caremarket, tmp_path: Path) -> None:
    from filelock import FileLock

    study = write(tmp_path, TOY)
    caremarket("sweep", study, "--out", "out", "--jobs", "1")
    with FileLock(tmp_path / "out" / ".lock"):
        done = spawned(tmp_path, "sweep", study, "--out", "out", "--resume")
    assert done.code == 2
    assert "another caremarket is at work in it" in done.err


@pytest.mark.long
def test_memory_does_not_grow_with_the_number_of_runs(tmp_path: Path) -> None:
    write(tmp_path, TOY)
    study = study_of(tmp_path / "toy.toml")
    weeks = {"week_start": np.arange(2000.0), "list_people": np.arange(2000.0)}

    def made_up(task: CellTask) -> Reduced:
        figures = {name: float(task.replication) for name in study.declared}
        return Reduced(figures, {"weekly": weeks})

    work = Work("made up", made_up, Reduced)

    def peak(number: int) -> int:
        from dataclasses import replace

        many = replace(study, replications=replace(study.replications, number=number))
        folder = tmp_path / str(number)
        with opened(folder, many, resume=False) as begun, Runner(on_one_core(), work) as runner:
            tracemalloc.start()
            progress = Progress(begun, begun.replications.number)
            carried_out(begun, Engine(parts_of(folder), runner), progress)
            write_results(folder, progress)
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return most

    peak(5)
    few, many = peak(40), peak(400)
    runs = 3 * (400 - 40)
    assert (many - few) / runs < 1000, "bytes a run; its tables alone have 32,000"


# What is refused -------------------------------------------------------------------------------


BAD: dict[str, tuple[Callable[[str], str], tuple[str, ...]]] = {
    "many faults at once": (
        lambda text: (
            text.replace('"erlang_c"', '"erlang_d"', 1)
            .replace('"list_people_peak"', '"list_peple_peak"')
            .replace('"brokerage.mean_patience_days" = 7.0', '"brokerage.patience" = 7.0')
        ),
        (
            "toy.toml, key scenarios[1].overrides, erlang_d: there is no such override. Did "
            "you mean",
            "toy.toml, key scenarios[2].set.brokerage.patience: ",
        ),
    ),
    "outcome": (
        lambda text: text.replace('"list_people_peak"', '"list_peple_peak"'),
        ("toy.toml, key outcomes[1]: there is no outcome 'list_peple_peak'. Did you mean",),
    ),
    "unknown key": (
        lambda text: text.replace("question", "qestion"),
        ("toy.toml, key qestion: 'qestion' is not known here. Did you mean 'question'?",),
    ),
    "doubled name": (
        lambda text: text.replace('"endless_again"', '"ENDLESS"'),
        ("toy.toml, key scenarios[3].name: 'ENDLESS' is given twice",),
    ),
    "no scenario": (
        lambda text: text[: text.index("[[scenarios]]")],
        ("toy.toml, key scenarios: 'scenarios' is missing",),
    ),
    "until before the first day": (
        lambda text: text.replace("2024-12-31", "2023-12-31"),
        ("toy.toml, key until: 2023-12-31 lies before 2024-01-01",),
    ),
    "county": (
        lambda text: text.replace('"theory"', '"theorie"'),
        ("toy.toml, key county: there is no such county. Did you mean 'theory'?",),
    ),
    "both number and within": (
        lambda text: text.replace("number = 3", "number = 3\nwithin = 2"),
        ("toy.toml, key replications: the number of replications is not clear",),
    ),
    "draw out of range": (
        lambda text: text + DRAWS.replace("90.0", "-90.0"),
        ("toy.toml, key draws, care.mean_stay_days: -90.0 is not allowed. Allowed:",),
    ),
    "draw of nothing": (
        lambda text: text + DRAWS.replace("care.mean_stay_days", "care.mean_stay"),
        ("toy.toml, key draws, care.mean_stay: 'care.mean_stay': there is no 'mean_stay' in care",),
    ),
    "values for a sample": (
        lambda text: text + DRAWS.replace('"grid"', '"latin_hypercube"'),
        ("key draws.number: 'number' is missing",),
    ),
    "no plausible sets": (
        lambda text: text + '\n[draws]\nmethod = "plausible"\n',
        ("plausible.csv: the county has no plausible sets. Make it with caremarket calibrate",),
    ),
    "not TOML": (lambda text: text + "\n= 3", ("toy.toml: not valid TOML: ",)),
    "failure outside the run": (
        lambda text: text.replace(
            'name = "impatient"',
            'name = "impatient"\nfailures = [{ who = "largest", date = 2031-01-01 }]',
        ),
        ("toy.toml, key scenarios[2].failures[1].date: 2031-01-01 is outside the run",),
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_studies_are_refused_at_once_and_nothing_is_written(
    caremarket: Caremarket, tmp_path: Path, what: str
) -> None:
    change, told = BAD[what]
    study = write(tmp_path, change(TOY))
    began = time.process_time()
    done = caremarket("sweep", study)
    assert time.process_time() - began < 2
    assert done.code == 2, done.out
    for text in told:
        assert text in done.err
    assert [path.name for path in tmp_path.iterdir()] == [study]


def test_a_folder_of_something_else_is_refused(caremarket: Caremarket, tmp_path: Path) -> None:
    study = write(tmp_path, TOY)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", encoding="utf-8")
    for words in ((), ("--resume",)):
        done = caremarket("sweep", study, "--out", "mine", *words)
        assert done.code == 2
        assert "--out mine: it already holds something. Name a new folder" in done.err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
    assert caremarket("sweep", study, "--out", study).code == 2
    assert caremarket("extend", "mine", "-r", "3").code == 2
    assert "it does not hold a study" in caremarket("extend", "mine", "-r", "3").err


def test_a_dry_run_writes_nothing(caremarket: Caremarket, tmp_path: Path) -> None:
    done = caremarket("sweep", write(tmp_path, TOY + DRAWS), "--dry-run")
    assert done.code == 0
    assert "runs          36" in done.out
    assert "lever       brokerage.brokers" in done.out
    assert "time " in done.out and "disk " in done.out
    assert [path.name for path in tmp_path.iterdir()] == ["toy.toml"]


# Comparing -------------------------------------------------------------------------------------


def test_scenarios_of_a_finished_study_are_compared(caremarket: Caremarket, tmp_path: Path) -> None:
    caremarket("sweep", write(tmp_path, TOY), "--out", "out", "--jobs", "1")
    words = ("compare", "impatient", "endless", "--study", "out", "--outcome", "list_people_peak")
    done = caremarket(*words)
    assert done.code == 0, done.err
    mine = csv(tmp_path / "out" / "compare-impatient-endless", "differences")
    before = csv(tmp_path / "out", "differences").query("scenario == 'impatient'")
    ours = mine.set_index("outcome")["mean"].dropna()
    theirs = before.set_index("outcome")["mean"].dropna()
    np.testing.assert_allclose(ours, -theirs[ours.index], rtol=1e-5)
    wrong = caremarket("compare", "impatiend", "endless", "--study", "out")
    assert wrong.code == 2
    assert "the study toy has no such scenario. Did you mean 'impatient'?" in wrong.err


def test_named_overrides_are_compared_without_a_file(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    options = ("--county", "theory", "--until", "2024-12-31", "-r", "2", "--jobs", "1")
    words = ("compare", "as_is", "erlang_c", "erlang_c+erlang_a", *options)
    done = caremarket(*words, "--outcome", "list_people_peak", "--out", "out")
    assert done.code == 0, done.err
    assert {named.name for named in read_study(tmp_path / "out").scenarios} == set(words[1:4])
    refused = caremarket("compare", "as_is", *options)
    assert refused.code == 2
    assert "one scenario cannot be compared with itself" in refused.err
    unknown = caremarket("compare", "as_is", "erlang_e", *options)
    assert unknown.code == 2
    assert "erlang_e: there is no such override" in unknown.err


def test_the_page_names_options_that_exist(caremarket: Caremarket) -> None:
    page = (ROOT / "docs" / "how-to" / "studies.md").read_text(encoding="utf-8")
    commands = [
        line.split("#")[0].split() for line in page.splitlines() if line[:11] == "caremarket "
    ]
    assert len(commands) >= 8
    for _, verb, *words in commands:
        told = caremarket(verb, "--help")
        assert told.code == 0, verb
        for option in (word for word in words if word.startswith("-")):
            assert option in told.out, (verb, option)


@pytest.mark.parametrize("method", ["sobol", "morris", "latin_hypercube"])
@pytest.mark.long
def test_sampled_draws(caremarket: Caremarket, tmp_path: Path, method: str) -> None:
    if method != "latin_hypercube":
        pytest.importorskip("SALib")
    ends = DRAWS.replace('"grid"', f'"{method}"\nnumber = 2')
    ends = ends.replace("values = [90.0, 120.0]", "low = 90\nhigh = 120")
    ends = ends.replace("brokerage.brokers", "brokerage.mean_patience_days")
    ends = ends.replace("values = [40, 50]", "low = 5\nhigh = 50\nlog = true")
    study = write(tmp_path, TOY.replace("number = 3", "number = 1") + ends)
    done = caremarket("sweep", study, "--out", "out", "--jobs", "1")
    assert done.code == 0, done.err
    draws = csv(tmp_path / "out", "draws").pivot(index="draw", columns="parameter", values="value")
    assert len(draws) == {"sobol": 8, "morris": 6, "latin_hypercube": 2}[method]
    assert draws["care.mean_stay_days"].between(90, 120).all()
    assert draws["brokerage.mean_patience_days"].between(5, 50).all()
    runs = csv(tmp_path / "out", "runs")
    assert (runs["status"] == "finished").all()
    assert runs.groupby("scenario")["list_people_peak"].nunique().min() > 1


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_studies_are_sound(path: Path) -> None:
    if path.stem in ("screening", "shares_of_variance"):
        pytest.importorskip("SALib")
    try:
        study = study_of(path.stem)
    except ScenarioError as error:
        plausible = [fault for fault in error.faults if fault.place.file == "plausible.csv"]
        assert error.faults == plausible
        return
    assert study.name == path.stem
    assert len(study.scenarios) > 0


def test_pictures_and_workbook(caremarket: Caremarket, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("gptables") and pytest.importorskip("openpyxl")
    caremarket("sweep", write(tmp_path, TOY), "--out", "out", "--jobs", "1")
    charts = tmp_path / "out" / "charts"
    kinds = {path.suffix for path in charts.glob("differences.*")}
    assert kinds == {".png", ".svg", ".csv", ".txt"}
    shown = pd.read_csv(charts / "differences.csv")
    assert set(shown["scenario"]) == {"impatient", "endless_again"}
    book = openpyxl.load_workbook(tmp_path / "out" / "study.xlsx")
    assert book.sheetnames == ["Cover", "Contents", "Notes", "Differences", "Figures", "Scenarios"]
    first = (tmp_path / "out" / "study.xlsx").read_bytes()
    caremarket("sweep", "toy.toml", "--out", "out", "--resume", "--jobs", "1")
    assert (tmp_path / "out" / "study.xlsx").read_bytes() == first


def test_the_study_of_readings_says_what_ships() -> None:
    """Its first scenario names figures of Norfolk: those that the county has."""
    scenario = load_scenario("norfolk")
    fit = pd.read_csv(ROOT / "docs" / "figures" / "fit_norfolk" / "fit.csv").set_index("code")
    told = study_of("readings").scenarios[0].meaning
    assert f"{100 * fit.loc['VACANCIES', 'mean']:.0f}% of posts vacant" in told
    assert f"{100 * scenario.overload.overtime_share:.0f}% overtime" in told
    assert f"{100 * scenario.failure.staff_move_share:.0f}% of carers" in told
