"""A study lives what its scenarios have in common once: its answer is the same to the byte."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from command_line import Caremarket, spawned, started
from test_kill import tables

import experiments.study.folder
import experiments.study.work
from experiments.engine.branches import can_fork
from experiments.engine.executors import on_cores
from experiments.engine.runner import batches
from experiments.engine.work import Work, outcomes
from experiments.study import work
from experiments.study.freezing import study_of
from experiments.study.study import Study
from experiments.study.work import CELLS, CellTask, Reduced
from sim.simulation import Simulation

TOY = """
name = "toy"
question = "Which closure is worse?"
county = "small"
until = 2025-03-31
outcomes = ["total_hours_in_28_days", "list_people_peak"]

[replications]
number = 2

[[scenarios]]
name = "base"
set = { "calendar.warm_up_weeks" = 8 }

[[scenarios]]
name = "in_january"
set = { "calendar.warm_up_weeks" = 8 }
failures = [{ who = "largest", date = 2025-01-13 }]

[[scenarios]]
name = "few_brokers"
set = { "calendar.warm_up_weeks" = 8, "brokerage.brokers" = 1 }

[[scenarios]]
name = "notice"
set = { "calendar.warm_up_weeks" = 8 }
failures = [{ who = "largest", date = 2025-01-06, notice_days = 28 }]

[[scenarios]]
name = "not_compared"
compared = false
set = { "calendar.warm_up_weeks" = 8 }
failures = [{ who = "largest", date = 2025-01-13 }]

[draws]
method = "grid"
[[draws.levers]]
path = "care.mean_stay_days"
values = [200.0, 260.0]
"""
SHARING = ["base", "in_january", "notice", "not_compared"]
"""The scenarios that are one market but for their failures."""

forks = pytest.mark.skipif(not can_fork(), reason="no process can be doubled")


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts and workbook take longer than everything else here."""
    monkeypatch.setattr(experiments.study.folder, "draw", lambda *_: None)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    (tmp_path / "toy.toml").write_text(TOY, encoding="utf-8")
    return study_of(tmp_path / "toy.toml")


def pair(study: Study) -> list[CellTask]:
    """The runs of the first draw and replication that share a past."""
    cells = study.cells(range(1))
    items = [study.item(cell) for cell in cells if cell.draw == 0]
    return [item.task for item in items if item.label.split("/")[0] in SHARING]


def figures_of(found: Iterator[tuple[int, Any]]) -> list[bytes]:
    """What is kept of each run, to the last bit."""
    told = []
    for _, one in sorted(found, key=lambda pair: pair[0]):
        assert isinstance(one, Reduced), one
        columns = [column for table in one.tables.values() for column in table.values()]
        told.append(repr(one.figures).encode() + b"".join(c.tobytes() for c in columns))
    return told


def test_what_shares_a_past_is_one_batch(study: Study) -> None:
    given = [list(batch) for batch in batches(study.items(study.cells(range(2))), batched=True)]
    names = [[item.label for item in batch] for batch in given]
    assert names[:4] == [
        [f"{name}/0/0" for name in SHARING],
        ["few_brokers/0/0"],
        [f"{name}/1/0" for name in SHARING],
        ["few_brokers/1/0"],
    ]
    assert len(names) == 8
    identities = {study.identity(cell) for cell in study.cells(range(2))}
    assert {item.identity for batch in given for item in batch} == identities


@forks
def test_each_is_what_it_is_alone_and_their_past_is_lived_once(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = pair(study)
    alone = figures_of((place, work.reduced(task)) for place, task in enumerate(tasks))
    begun: list[int] = []
    build = Simulation.__init__

    def counted(self: Simulation, *about: Any, **more: Any) -> None:
        begun.append(os.getpid())
        build(self, *about, **more)

    monkeypatch.setattr(Simulation, "__init__", counted)
    assert figures_of(work.reduced_together(tasks)) == alone
    assert begun == [os.getpid()]  # children would not show here what they begin


@forks
def test_a_part_of_them_and_no_placebo(study: Study) -> None:
    """What is gone on with may lack any of them."""
    tasks = [replace(task, placebo=False, keep="areas") for task in pair(study)[1:3]]
    alone = figures_of((place, work.reduced(task)) for place, task in enumerate(tasks))
    assert figures_of(work.reduced_together(tasks)) == alone


@forks
@pytest.mark.parametrize("whose", ["branched", "lived_on", "refuse_disturbed"])
def test_whatever_goes_wrong_with_what_is_shared_each_lives_alone(
    study: Study, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("made to fail")

    tasks = pair(study)[:2]
    alone = figures_of((place, work.reduced(task)) for place, task in enumerate(tasks))
    monkeypatch.setattr(experiments.study.work, whose, broken)
    assert figures_of(work.reduced_together(tasks)) == alone


def test_one_that_fails_takes_no_other_with_it(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Reduced({"list_people_peak": 1.0})

    def some(task: CellTask) -> Reduced:
        if task.scenario.failures:
            raise RuntimeError("made to fail")
        return known

    monkeypatch.setattr(work, "reduced", some)
    monkeypatch.setattr(work, "sharing_the_past", lambda tasks: [None] * len(tasks))
    items = [item for item in study.items(study.cells(range(1))) if item.label[-3:] == "0/0"]
    done = {item.label: one for item, one in zip(items, outcomes(CELLS, items), strict=True)}
    failed = [label for label, one in done.items() if one.failed]
    assert failed == ["in_january/0/0", "notice/0/0", "not_compared/0/0"]
    assert done[failed[0]].error == "RuntimeError: made to fail"
    assert done["base/0/0"].found == done["few_brokers/0/0"].found == known


def threads_in(tasks: list[int]) -> Iterator[tuple[int, float]]:
    yield from ((place, float(threading.active_count())) for place in range(len(tasks)))


@pytest.mark.long
@forks
def test_a_process_of_a_pool_can_be_doubled(study: Study) -> None:
    """Its one thread carries the work out, so that what is shared is lived once there too."""
    from experiments.engine.runner import Runner

    counting = Work("threads", threads_in, float, batched=True)
    items = [replace(item, task=0) for item in study.items(study.cells(range(1)))]
    with Runner(on_cores(2), counting) as runner:
        assert {done.found for done in runner.results(items)} == {1.0}


# From the command line ------------------------------------------------------------------------


@pytest.mark.long
def test_the_answer_is_the_same_however_it_was_come_by(
    caremarket: Caremarket, tmp_path: Path, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swept(name: str, *words: str) -> dict[str, bytes]:
        done = caremarket("sweep", "toy.toml", "--out", name, *words)
        assert done.code == 0, done.err
        return tables(tmp_path / name)

    together = swept("together", "--jobs", "1")
    assert swept("two", "--jobs", "2") == together
    for number in (1, 2):
        swept(f"part{number}", "--jobs", str(number), "--part", f"{number}/2")
    assert caremarket("merge", "part1", "part2", "--out", "merged").code == 0
    merged = tables(tmp_path / "merged")
    assert merged["runs.csv"] == together["runs.csv"]
    assert merged["differences.csv"] == together["differences.csv"]
    monkeypatch.setattr(work, "can_fork_here", lambda: False)
    assert swept("alone", "--jobs", "1") == together


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="signals of other systems")
def test_it_is_gone_on_with_after_a_kill(tmp_path: Path, study: Study) -> None:
    def finished() -> list[Path]:
        return sorted((tmp_path / "killed").rglob("*.part"))

    words = ("sweep", "toy.toml", "--jobs", "2", "--out")
    assert spawned(tmp_path, *words, "whole").code == 0
    begun = started(*words, "killed", folder=tmp_path)
    while not finished() and begun.poll() is None:
        time.sleep(0.05)
    begun.send_signal(signal.SIGKILL)
    begun.wait()
    kept = {path: path.stat().st_mtime_ns for path in finished()}
    assert 0 < len(kept) < 20
    assert spawned(tmp_path, *words, "killed", "--resume").code == 0
    assert all(path.stat().st_mtime_ns == when for path, when in kept.items())
    assert len(finished()) == 20
    assert tables(tmp_path / "killed") == tables(tmp_path / "whole")
