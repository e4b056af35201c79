"""The runner: the same results on anything, whoever dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clusters import Cluster, cluster_at
from command_line import python

from experiments.engine.executors import (
    Workers,
    WorkersError,
    is_unguarded,
    on_cluster,
    on_cores,
    on_executor,
    on_one_core,
)
from experiments.engine.own_processes import on_own_processes
from experiments.engine.runner import Runner
from experiments.engine.work import LOST, DisturbedError, Done, TaskFailure, Work, WorkItem, outcome
from experiments.study.draws import Draws, Varied
from experiments.study.study import Named, Replications, Study
from experiments.study.work import CELLS
from sim.scenario import Scenario, load_scenario

ROOT = Path(__file__).parents[1]


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


def items_of(study: Study, replications: int) -> list[WorkItem]:
    return [study.item(cell) for cell in study.cells(range(replications))]


def found(runner: Runner, items: list[WorkItem]) -> dict[str, Done]:
    return {done.identity: done for done in runner.results(items)}


def assert_same(one: dict[str, Done], other: dict[str, Done]) -> None:
    assert one.keys() == other.keys()
    for identity, done in one.items():
        again = other[identity]
        assert done.error == again.error
        assert {k: repr(v) for k, v in done.found.figures.items()} == {
            k: repr(v) for k, v in again.found.figures.items()
        }
        for name, table in done.found.tables.items():
            for column, values in table.items():
                np.testing.assert_array_equal(values, again.found.tables[name][column])


def toys(number: int, batches: int = 1) -> list[WorkItem]:
    """Items whose task is their number, in so many batches."""
    return [
        WorkItem(str(place), f"toy {place}", place, batch=str(place * batches // number))
        for place in range(number)
    ]


def quick(number: int) -> float:
    return float(number)


def deadly(number: int) -> float:
    """Tasks 3 and 7 end their process; all others are slow enough to be under way then."""
    if number in (3, 7):
        os._exit(9)
    time.sleep(0.02)
    return float(number)


def together(numbers: list[int]) -> Iterator[tuple[int, float | TaskFailure]]:
    """A batch: task 3 ends the process, task 4 goes wrong by itself, task 5 is unlucky."""
    for place, number in enumerate(numbers):
        if number == 3:
            os._exit(9)
        time.sleep(0.02)
        wrong = {4: TaskFailure("made to fail"), 5: TaskFailure("no memory", lost=True)}
        yield place, wrong.get(number, float(number))


def disturbed(numbers: list[int]) -> Iterator[tuple[int, float]]:
    yield from ((place, float(number)) for place, number in enumerate(numbers))
    raise DisturbedError("the run is not the same")


QUICK, DEADLY = Work("quick", quick, float), Work("deadly", deadly, float)
TOGETHER = Work("together", together, float, batched=True)
DISTURBED = Work("disturbed", disturbed, float, batched=True)


@pytest.mark.long
def test_serial_threads_and_processes_agree(study: Study) -> None:
    items = items_of(study, 3)
    with Runner(on_one_core(), CELLS) as runner:
        serial = found(runner, items)
    assert len(serial) == 6
    assert not any(done.failed for done in serial.values())
    threads = on_executor("threads", lambda: ThreadPoolExecutor(2), 2)
    for workers in (on_cores(2), on_own_processes(2), threads):
        with Runner(workers, CELLS) as runner:
            assert_same(serial, found(runner, items[::-1]))


@pytest.mark.parametrize("workers", [on_cores, on_own_processes])
def test_a_process_that_dies_takes_no_other_run_with_it(workers: Any) -> None:
    with Runner(workers(2), DEADLY) as runner:
        done = found(runner, toys(12))
    assert set(done) == {str(place) for place in range(12)}
    lost = {identity for identity, one in done.items() if one.lost}
    assert lost == {"3", "7"}
    assert all(done[identity].error == LOST for identity in lost)
    assert done["8"].found == 8.0


@pytest.mark.parametrize("batches", [1, 3])
def test_a_batch_tells_of_each_item_and_what_it_loses_is_tried_alone(batches: int) -> None:
    with Runner(on_own_processes(2), TOGETHER) as runner:
        done = found(runner, toys(9, batches))
    assert {one.found for one in done.values() if not one.failed} == {0, 1, 2, 6, 7, 8}
    assert done["3"].lost and done["3"].error == LOST
    assert done["4"].failed and not done["4"].lost and done["4"].error == "made to fail"
    assert done["5"].lost and done["5"].error == "no memory"


def test_nothing_of_a_disturbed_batch_counts() -> None:
    with Runner(on_own_processes(1), DISTURBED) as runner:
        done = found(runner, toys(3))
    assert len(done) == 3 and all(one.failed and not one.lost for one in done.values())


def test_few_items_are_under_way_however_many_come() -> None:
    given: list[int] = []

    class Counting(ThreadPoolExecutor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            given.append(1)
            return super().submit(fn, *args, **kwargs)

    most = 0
    with Runner(on_executor("counting", lambda: Counting(2), 2), QUICK) as runner:
        for number, _ in enumerate(runner.results(iter(toys(60))), start=1):
            most = max(most, len(given) - number)
    assert len(given) == 60
    assert most <= 4


def test_stopping_lets_what_is_under_way_finish() -> None:
    with Runner(on_one_core(), QUICK) as runner:
        seen = []
        for done in runner.results(toys(10)):
            seen.append(done.identity)
            if len(seen) == 4:
                runner.stop()
    assert seen == ["0", "1", "2", "3"]


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent there")
@pytest.mark.parametrize("workers", [on_cores(2), on_own_processes(2)], ids=lambda w: w.name)
def test_ctrl_c_while_a_process_is_begun_is_heard(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []
    begin = SpawnProcess.start

    def start(self: SpawnProcess) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        begin(self)
        assert self.pid is not None
        os.kill(self.pid, signal.SIGINT)  # which does not die of it while it is loading

    monkeypatch.setattr(SpawnProcess, "start", start)
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        with Runner(workers, QUICK) as runner:
            done = list(runner.results(toys(1)))
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard
    assert [one.error for one in done] == [""]


def test_a_batch_that_is_stopped_ends_after_the_item_under_way() -> None:
    """It is asked to stop in the pause that each task takes: a few items later it ends."""
    with Runner(on_own_processes(1), Work("slow", slow, float, batched=True)) as runner:
        seen = []
        for done in runner.results(toys(200)):
            seen.append(done.identity)
            runner.stop()
    assert 1 <= len(seen) < 50


def slow(numbers: list[int]) -> Iterator[tuple[int, float]]:
    for place, number in enumerate(numbers):
        time.sleep(0.1)
        yield place, float(number)


def test_a_worker_of_another_version_is_refused() -> None:
    class Older(Executor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_result([replace(one, made_with="another") for one in fn(*args, **kwargs)])
            return future

    with (
        Runner(on_executor("older", Older, 1), QUICK) as runner,
        pytest.raises(WorkersError) as told,
    ):
        found(runner, toys(2))
    assert "another version" in str(told.value)


def test_an_error_in_a_run_is_a_result_that_says_failed(study: Study) -> None:
    good = study.item(next(study.cells(range(1))))
    bad = replace(good, task=replace(good.task, values={"care.mean_stay_days": -5.0}))
    done = outcome(CELLS, bad)
    assert done.failed and not done.lost
    assert "ValidationError" in done.error
    assert done.found is None
    assert not outcome(CELLS, good).failed


@pytest.mark.parametrize(
    ("error", "lost"),
    [(MemoryError(), True), (OSError(28, "full"), True), (ValueError("no"), False)],
)
def test_what_the_machine_does_is_told_apart_from_what_a_run_does(
    error: Exception, lost: bool
) -> None:
    def fails(_: int) -> float:
        raise error

    done = outcome(Work("fails", fails, float), toys(1)[0])
    assert done.failed and done.lost is lost


def test_a_function_that_a_worker_cannot_import_is_refused_at_once() -> None:
    with pytest.raises(WorkersError, match="put it at the top of a module of its own"):
        Runner(on_cores(2), Work("local", lambda task: task, int))


UNGUARDED = """
from conftest import small_county
from experiments.engine.executors import on_cores
from experiments.engine.runner import Runner
from test_runner import QUICK, toys
with Runner(on_cores(2), QUICK) as runner:
    print(sum(done.found for done in runner.results(toys(4))))
"""


def test_a_script_without_a_main_guard_is_refused_at_once(tmp_path: Path) -> None:
    plain, guarded = tmp_path / "plain.py", tmp_path / "guarded.py"
    plain.write_text(UNGUARDED, encoding="utf-8")
    head, body = UNGUARDED.split("with ")
    rest = "".join(f"    {line}\n" for line in f"with {body}".splitlines())
    guarded.write_text(f'{head}if __name__ == "__main__":\n{rest}', encoding="utf-8")
    assert is_unguarded(plain) and not is_unguarded(guarded)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    refused, done = (
        subprocess.run([sys.executable, str(path)], capture_output=True, text=True,
                       env=environment, check=False)
        for path in (plain, guarded)
    )  # fmt: skip
    assert refused.stderr.count("plain.py would be started again by every process") == 1
    assert refused.returncode == 1 and done.stdout == "6.0\n", done.stderr


# A real dask scheduler and two worker processes on this machine ------------------------------


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    pytest.importorskip("distributed")
    with cluster_at(tmp_path) as there:
        yield there


@pytest.mark.long
def test_dask_agrees_with_one_worker_killed(study: Study, cluster: Cluster) -> None:
    items = items_of(study, 20)
    with Runner(on_one_core(), CELLS) as runner:
        serial = found(runner, items)
    done: dict[str, Done] = {}
    with Runner(on_cluster(cluster.address), CELLS) as runner:
        for one in runner.results(items):
            done[one.identity] = one
            if len(done) == 8:
                cluster.kill_one()
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

    with Runner(on_executor("own", Own, 3), CELLS) as runner:
        assert len(found(runner, items_of(study, 1))) == 2
