"""The runner: the same results on anything, whoever dies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import python

from experiments.engine.runner import (
    LOST,
    Runner,
    Workers,
    WorkersError,
    on_cluster,
    on_cores,
    on_one_core,
)
from experiments.engine.work import Done, Job, carry_out_job, made_with
from experiments.study.draws import Draws, Varied
from experiments.study.study import Named, Replications, Study
from sim.scenario import Scenario, load_scenario

ROOT = Path(__file__).parents[1]
TODAY = {"made_with": made_with()}


@pytest.fixture(scope="module")
def queue() -> Scenario:
    settings = {"calendar.end": "2024-12-31"}
    return load_scenario("theory", overrides=["erlang_c"], settings=settings)


@pytest.fixture(scope="module")
def study(queue: Scenario) -> Study:
    stays = Varied("care.mean_stay_days", "uncertainty", values=(100.0, 200.0))
    draws = Draws("grid", (stays,), ((100.0,), (200.0,)))
    return Study("toy", "", 1, ("list_people_peak",), (Named("q", "", queue),), draws, plan(6))


def plan(number: int) -> Replications:
    return Replications(number)


def jobs_of(study: Study, replications: int) -> list[Job]:
    return [study.job(cell) for cell in study.cells(range(replications))]


def found(runner: Runner, jobs: list[Job]) -> dict[str, Done]:
    return {done.identity: done for done in runner.results(jobs)}


def assert_same(one: dict[str, Done], other: dict[str, Done]) -> None:
    assert one.keys() == other.keys()
    for identity, done in one.items():
        again = other[identity]
        assert done.error == again.error
        assert {k: repr(v) for k, v in done.figures.items()} == {
            k: repr(v) for k, v in again.figures.items()
        }
        for name, table in done.tables.items():
            for column, values in table.items():
                np.testing.assert_array_equal(values, again.tables[name][column])


def numbered(job: Job, figures: dict[str, float] | None = None) -> Done:
    return Done(job.identity, figures or {"number": float(job.identity)}, **TODAY)


def quick(job: Job) -> Done:
    return numbered(job)


def deadly(job: Job) -> Done:
    """Jobs 3 and 7 end their process; all others are slow enough to be under way then."""
    if job.identity in ("3", "7"):
        os._exit(9)
    time.sleep(0.02)
    return numbered(job)


def of_another_version(job: Job) -> Done:
    return Done(job.identity, made_with="another")


def toys(queue: Scenario, number: int) -> list[Job]:
    return [Job(str(place), queue, {}, 1, place) for place in range(number)]


def test_serial_threads_and_processes_agree(study: Study) -> None:
    jobs = jobs_of(study, 3)
    with Runner(on_one_core()) as runner:
        serial = found(runner, jobs)
    assert len(serial) == 6
    assert not any(done.failed for done in serial.values())
    with Runner(on_cores(2)) as runner:
        assert_same(serial, found(runner, jobs[::-1]))
    threads = Workers("threads", lambda: ThreadPoolExecutor(2), 2)
    with Runner(threads) as runner:
        assert_same(serial, found(runner, jobs))


def test_a_process_that_dies_takes_no_other_run_with_it(queue: Scenario) -> None:
    with Runner(on_cores(2), deadly) as runner:
        done = found(runner, toys(queue, 12))
    assert set(done) == {str(place) for place in range(12)}
    lost = {identity for identity, one in done.items() if one.lost}
    assert lost == {"3", "7"}
    assert all(done[identity].error == LOST for identity in lost)
    assert done["8"].figures == {"number": 8.0}


def test_few_jobs_are_under_way_however_many_come(queue: Scenario) -> None:
    given: list[int] = []

    class Counting(ThreadPoolExecutor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            given.append(1)
            return super().submit(fn, *args, **kwargs)

    most = 0
    with Runner(Workers("counting", lambda: Counting(2), 2), quick) as runner:
        for number, _ in enumerate(runner.results(iter(toys(queue, 60))), start=1):
            most = max(most, len(given) - number)
    assert len(given) == 60
    assert most <= 4


def test_stopping_lets_what_is_under_way_finish(queue: Scenario) -> None:
    with Runner(on_one_core(), quick) as runner:
        seen = []
        for done in runner.results(toys(queue, 10)):
            seen.append(done.identity)
            if len(seen) == 4:
                runner.stop()
    assert seen == ["0", "1", "2", "3"]


def test_a_worker_of_another_version_is_refused(queue: Scenario) -> None:
    with Runner(on_one_core(), of_another_version) as runner, pytest.raises(WorkersError) as told:
        found(runner, toys(queue, 2))
    assert "another version" in str(told.value)


def test_an_error_in_a_run_is_a_result_that_says_failed(study: Study) -> None:
    good = study.job(next(study.cells(range(1))))
    bad = replace(good, values={"care.mean_stay_days": -5.0})
    done = carry_out_job(bad)
    assert done.failed and not done.lost
    assert "ValidationError" in done.error
    assert done.figures == {}
    assert not carry_out_job(good).failed


# A real dask scheduler and two worker processes on this machine ------------------------------


def process(*words: str, folder: Path) -> subprocess.Popen[bytes]:
    with (folder / f"{words[0].rsplit('.', 1)[-1]}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
            stdout=log,
            stderr=log,
        )


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a scheduler, and its two workers."""
    pytest.importorskip("distributed")
    told = tmp_path / "scheduler.json"
    scheduler = process(
        *("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"),
        *("--no-dashboard", "--no-show", "--scheduler-file", str(told)),
        folder=tmp_path,
    )
    worker = ("distributed.cli.dask_worker", "--scheduler-file", str(told), "--nthreads", "1")
    workers: list[subprocess.Popen[bytes]] = []
    try:
        deadline = time.monotonic() + 60
        while not told.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        options = ("--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
        workers += [process(*worker, *options, folder=tmp_path) for _ in range(2)]
        address = json.loads(told.read_text(encoding="utf-8"))["address"]
        while time.monotonic() < deadline:
            try:
                there = on_cluster(address)
            except WorkersError:
                time.sleep(0.2)
                continue
            there.close()
            if there.slots == 2:
                break
            time.sleep(0.2)
        yield address, workers
    finally:
        for one in (*workers, scheduler):
            one.kill()
            one.wait()


def test_dask_agrees_with_one_worker_killed(
    study: Study, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = cluster
    jobs = jobs_of(study, 20)
    with Runner(on_one_core()) as runner:
        serial = found(runner, jobs)
    done: dict[str, Done] = {}
    with Runner(on_cluster(address)) as runner:
        for one in runner.results(jobs):
            done[one.identity] = one
            if len(done) == 8:
                workers[0].kill()
    assert workers[0].wait() != 0
    assert_same(serial, done)


IMPORTED = """
import json, sys
import experiments.commands, experiments.engine.work, experiments.engine.runner
print(json.dumps(sorted(sys.modules)))
"""


@pytest.mark.parametrize(
    "module", ["pandas", "matplotlib", "scipy.stats", "pyarrow", "distributed"]
)
def test_a_worker_loads_the_model_alone(module: str) -> None:
    """A spawned process imports the command line again before it begins its work."""
    assert module not in json.loads(python(ROOT, "-c", IMPORTED).out)


def test_no_scheduler_is_told(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(WorkersError, match="no dask scheduler answers"):
        on_cluster("tcp://127.0.0.1:9", patience_seconds=1.0)


def test_anything_with_the_shape_of_an_executor_will_do(study: Study) -> None:
    class Own(Executor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_result(fn(*args, **kwargs))
            return future

    jobs = jobs_of(study, 1)
    with Runner(Workers("own", Own, 3)) as runner:
        assert len(found(runner, jobs)) == 2
