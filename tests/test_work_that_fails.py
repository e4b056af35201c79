"""What fails, stops or is damaged is told, in each place where work is carried out or read."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import COMMAND, Caremarket, environment, python, spawned, started
from test_disturbances import LIMITED
from verbs import CASE, STUDY, VERBS, finished_in, place_in, put_text

from experiments import api
from experiments.adequacy.stops import Broken, Stop
from experiments.adequacy.work import Finding, told_of
from experiments.commands.carrying import quoted
from experiments.engine.branches import go_to, refuse_disturbed
from experiments.engine.carrying import Engine, StoppedError
from experiments.engine.executors import on_one_core
from experiments.engine.own_processes import on_own_processes
from experiments.engine.parts import InMemory, Parts
from experiments.engine.question import Question
from experiments.engine.runner import Runner
from experiments.engine.work import DisturbedError, TaskFailure, Work, WorkItem
from experiments.study.workbook import can_write
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.simulation import Simulation

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of other systems")


def toys(number: int) -> list[WorkItem]:
    return [WorkItem(f"{place:064}", f"toy {place}", place, batch="one") for place in range(number)]


# Batches that share a history -----------------------------------------------------------------


def disturbed(numbers: list[int]) -> Iterator[tuple[int, float]]:
    yield from ((place, float(number)) for place, number in enumerate(numbers))
    raise DisturbedError("the run is not the same")


def half_found(numbers: list[int]) -> Iterator[tuple[int, float | TaskFailure]]:
    for place, number in enumerate(numbers):
        yield place, TaskFailure("one branch failed", found=0.5) if number == 1 else float(number)


DISTURBED = Work("disturbed", disturbed, float, batched=True)
HALF_FOUND = Work("half found", half_found, float, batched=True)


def test_nothing_counts_of_a_batch_that_proves_disturbed_when_it_is_gone_on_with() -> None:
    store = InMemory()
    items = toys(4)
    with Runner(on_one_core(), Work("sound", sound, float, batched=True)) as runner:
        Engine(store, runner).answers(items[:2])  # kept before it was stopped
    with Runner(on_one_core(), DISTURBED) as runner:
        done = Engine(store, runner).answers(items)
    assert all(one.failed and one.found is None and "not the same" in one.error for one in done)
    assert [store.read(item.identity).failed for item in items] == [True] * 4


def sound(numbers: list[int]) -> Iterator[tuple[int, float]]:
    yield from ((place, float(number)) for place, number in enumerate(numbers))


def test_a_run_that_is_branched_off_must_be_the_usual_one_so_far(small: Scenario) -> None:
    usual = Simulation(small, seed=1).run(400.0)
    same, other = Simulation(small, seed=1), Simulation(small, seed=2)
    for day in (30.0, 200.0):
        go_to(same, day)
        refuse_disturbed(same, usual)
    go_to(other, 30.0)
    with pytest.raises(DisturbedError, match="the branch continues a different run"):
        refuse_disturbed(other, usual)


def test_what_was_found_in_part_is_kept_and_tried_again_when_asked(tmp_path: Path) -> None:
    parts = Parts(tmp_path, float)
    with Runner(on_one_core(), HALF_FOUND) as runner:
        done = Engine(parts, runner).answers(toys(3))
    assert [(one.failed, one.found) for one in done] == [(False, 0.0), (True, 0.5), (False, 2.0)]
    for retry, found in ((False, 0.5), (True, 1.0)):
        with Runner(on_one_core(), Work("sound", sound_task, float)) as runner:
            again = Engine(parts, runner, retry_failed=retry).answers(toys(3))
        assert again[1].found == found and again[1].failed is not retry


def sound_task(number: int) -> float:
    return float(number)


@pytest.mark.parametrize("lost", [False, True])
def test_a_point_of_which_a_branch_failed_has_failed(lost: bool) -> None:
    stop = Stop("VALE", "P1", 60.0, 0.3)
    found = Finding(None, (), (Broken(stop, "ValueError: no", lost),))
    told = told_of(found)
    assert told == TaskFailure("30% of carers move: ValueError: no", lost, found)
    assert told_of(Finding()) == Finding()


class Unreadable:
    """What cannot be read where it is sent to."""

    def __reduce__(self) -> tuple[Any, ...]:
        return unreadable, ()


def unreadable() -> None:
    raise MemoryError("no memory for what was sent")


def sends_unreadable(numbers: list[int]) -> Iterator[tuple[int, Any]]:
    yield from ((place, Unreadable()) for place, _ in enumerate(numbers))


def test_a_result_that_cannot_be_read_is_lost_and_ends_nothing_else() -> None:
    work = Work("unreadable", sends_unreadable, object, batched=True)
    with Runner(on_own_processes(1), work) as runner:
        done = list(runner.results(toys(2)))
    assert len(done) == 2 and all(one.lost for one in done)


# Processes that cannot begin ------------------------------------------------------------------


BESIDE_ITS_GUARD = """
from experiments import api
county = api.scenario("small", until="2024-02-29")
{work}
if __name__ == "__main__":
    print("guarded")
"""


@pytest.mark.parametrize("question", ["run(county, replications=3", "adequacy(county, sample=0"])
def test_a_script_that_works_beside_its_guard_is_told_so(tmp_path: Path, question: str) -> None:
    script = tmp_path / "script.py"
    put_text(script, BESIDE_ITS_GUARD.format(work=f"api.{question}, jobs=2)"))
    done = python(tmp_path, str(script))
    assert done.code == 1
    assert done.err.rstrip().splitlines()[-1].endswith("or use one process (jobs=1)")
    assert "WorkersError: other processes end before they begin their work" in done.err


# The Python interface -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["run", "stress", pytest.param("study", marks=pytest.mark.long)])
def test_a_question_that_is_stopped_raises_and_can_be_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    county = api.scenario("small", until="2025-06-30")
    put_text(tmp_path / "study.toml", STUDY.replace('"mine"', '"small"'))

    def asked(out: Path) -> api.Answer:
        if kind == "run":
            return api.run(county, replications=4, jobs=1, out=out)
        if kind == "stress":
            return api.stress(county, on=["2024-11-01"], replications=2, jobs=1, out=out)
        return api.study(tmp_path / "study.toml", jobs=1, out=out)

    def stops(self: object, engine: Engine, total: int) -> None:
        if 0 < engine.finished < total:
            engine.runner.stop()

    with monkeypatch.context() as patch:
        patch.setattr("experiments.engine.screen.Screen.told", stops)
        with pytest.raises(StoppedError):
            asked(tmp_path / "out")
    assert finished_in(tmp_path / "out") and not (tmp_path / "out" / "manifest.json").exists()
    gone_on, whole = asked(tmp_path / "out"), asked(tmp_path / "whole")
    for name, table in whole.tables.items():
        assert gone_on.tables[name].equals(table), name


@pytest.mark.parametrize("number", ["jobs", "replications"])
@pytest.mark.parametrize("kind", ["run", "stress", "adequacy", "compare_models", "history"])
def test_numbers_below_one_are_refused(kind: str, number: str) -> None:
    county = api.scenario("small", until="2025-12-31")
    with pytest.raises(ScenarioError, match=f"{number}=-1: it is not allowed. Give 1 or more"):
        getattr(api, kind)(county, **{number: -1})


# Folders --------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return place_in(tmp_path)


@pytest.mark.parametrize(
    ("verb", "resumed"),
    [
        pytest.param("fit", (), marks=pytest.mark.long),
        pytest.param("fit", ("--resume",), marks=pytest.mark.long),
        pytest.param("sweep", (), marks=pytest.mark.long),
        pytest.param("sweep", ("--resume",), marks=pytest.mark.long),
    ],
)
def test_a_kill_before_its_first_word_stands_leaves_a_folder_that_can_be_used(
    caremarket: Caremarket, place: Path, verb: str, resumed: tuple[str, ...]
) -> None:
    (place / "out").mkdir()
    for left in (".work.json.99.writing", ".study.json.99.writing", ".trial-99"):
        (place / "out" / left).write_bytes(b"{")
    done = caremarket(*VERBS[verb], "--out", "out", "--jobs", "1", *resumed)
    assert done.code in (0, 1), done.err
    put_text(place / "mine.txt", "mine")
    (place / "full").mkdir()
    put_text(place / "full" / "mine.txt", "mine")
    refused = caremarket(*VERBS[verb], "--out", "full", "--jobs", "1", *resumed)
    assert refused.code == 2 and "it already holds something" in refused.err


@posix
@pytest.mark.parametrize("verb", VERBS)
def test_a_folder_whose_name_is_not_text_is_refused(place: Path, verb: str) -> None:
    words = [*COMMAND, *VERBS[verb], "--out"]
    done = subprocess.run(
        [*(os.fsencode(word) for word in words), b"u\xff"],
        cwd=place,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2 and b"Traceback" not in done.stderr, done.stderr
    assert b"its name is not text in UTF-8" in done.stderr


@pytest.mark.long
def test_only_asks_nothing_of_the_folder(caremarket: Caremarket, place: Path) -> None:
    words = (*VERBS["fit"], "--out", "out", "--jobs", "1")
    assert caremarket(*words).code in (0, 1)
    assert caremarket(*words, "--only", "replication 3").code == 0


def questions() -> dict[str, tuple[Question, Question]]:
    """For each question two that differ in what stands beside scenario, seed and replications."""
    from datetime import date

    from experiments.adequacy.question import question as adequacy
    from experiments.bands.question import question as bands
    from experiments.fit.question import question as fit
    from experiments.hindcasts.case import Case
    from experiments.hindcasts.question import question as hindcasts
    from experiments.history.question import question as history
    from experiments.models.question import question as models
    from experiments.run.question import question as run
    from experiments.stress.question import question as stress
    from experiments.stress.work import Manner, Place

    row = {"who": "largest", "date": "2024-09-01"}
    county = api.scenario("small", until="2025-06-30", failures=[row])
    path = "failure.staff_move_share"
    source = county.sources[path]
    narrow = county.model_copy(
        update={"sources": {**county.sources, path: source.model_copy(update={"high": 0.5})}}
    )
    figures = load_scenario("norfolk", settings={"calendar.end": "2024-06-30"})
    one, other = date(2025, 1, 1), date(2025, 2, 1)
    case = Case.model_validate(tomllib.loads(CASE) | {"county": "small"})
    alone = case.figures[0]
    a_day_later = alone.model_copy(update={"of": alone.of.model_copy(update={"days": 8})})
    later = case.model_copy(update={"figures": (a_day_later,)})
    places = [Place("Vale", "principal:VALE")]
    return {
        "run": (run(county, 1, 1), run(narrow, 1, 1)),
        "stress": (
            stress(county, 1, 1, places, [one], Manner()),
            stress(county, 1, 1, places, [one], Manner(notice_days=28.0)),
        ),
        "adequacy": (adequacy(county, 1, 1, 0, 0.9), adequacy(county, 1, 1, 1, 0.9)),
        "bands": (bands(county, 1, {0: {path: 0.1}}, 0.8), bands(county, 1, {0: {path: 0.2}}, 0.8)),
        "fit": (
            fit(figures, 1, 1),
            fit(figures.model_copy(update={"targets": figures.targets[:3]}), 1, 1),
        ),
        "compare-models": (
            models(county, 1, 1, {"own": county}, one),
            models(county, 1, 1, {"own": county}, other),
        ),
        "history": (
            history(county, 1, 1, [county, county], (one, None)),
            history(county, 1, 1, [county, county], (other, None)),
        ),
        "hindcasts": (hindcasts([case], 1, 1), hindcasts([later], 1, 1)),
    }


def test_all_that_moves_an_answer_is_in_its_name() -> None:
    for name, (one, other) in questions().items():
        assert one.folder != other.folder, name
    assert set(questions()) == {
        verb for verb in VERBS if verb not in ("sweep", "compare", "calibrate")
    }


# Studies --------------------------------------------------------------------------------------

FAILING = """
import sys
import experiments.study.work as work
whole, which = work.simulated, sys.argv[1]
def fails(run):
    more = run.scenario.demand.growth_per_year == 0.05
    if which == "every" or more == (which == "second"):
        raise RuntimeError("made to fail")
    return whole(run)
work.simulated = fails
from experiments.commands import main
sys.argv = ["caremarket", *sys.argv[2:]]
main()
"""


@pytest.mark.parametrize("which", ["first", "second", "every"])
def test_a_study_of_which_a_scenario_fails_in_every_run_tells_the_rest(
    place: Path, which: str
) -> None:
    words = ("sweep", "study.toml", "--out", "out", "--jobs", "1")
    done = python(place, "-c", FAILING, which, *words)
    assert done.code == 3 and "Traceback" not in done.err, done.err
    assert done.err.count("FAILED: run ") == 5
    charts = {path.name for path in (place / "out" / "charts").glob("*.png")}
    assert ("weeks_list_people.png" in charts) == (which == "second")
    assert (place / "out" / "manifest.json").exists()
    assert (place / "out" / "study.xlsx").exists() == (which != "every" and can_write())


def test_a_study_of_another_version_is_not_begun_elsewhere(
    caremarket: Caremarket, place: Path
) -> None:
    from test_disturbances import OTHER_VERSION

    words = ("sweep", "study.toml", "--out", "theirs", "--jobs", "1")
    assert python(place, "-c", OTHER_VERSION, *words).code == 0
    done = caremarket("sweep", "theirs", "--out", "ours", "--jobs", "1")
    assert done.code == 2 and "version of the model" in done.err
    assert not finished_in(place / "ours")


@pytest.mark.long
def test_another_number_of_replications_at_most_is_another_study(
    caremarket: Caremarket, place: Path
) -> None:
    plan = 'first = 15\nwithin = 0.01\noutcome = "list_people_peak"\nat_most = 16\n'
    until = STUDY.replace("number = 6\n", plan)
    put_text(place / "six.toml", until)
    put_text(place / "twelve.toml", until.replace("at_most = 16", "at_most = 22"))
    assert caremarket("sweep", "six.toml", "--out", "out", "--jobs", "1").code == 0
    done = caremarket("sweep", "twelve.toml", "--out", "out", "--resume", "--jobs", "1")
    assert done.code == 2 and "another replications" in done.err


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study that has finished."""
    place = place_in(tmp_path_factory.mktemp("finished"))
    assert spawned(place, "sweep", "study.toml", "--out", "out", "--jobs", "1").code == 0
    return place / "out"


@posix
@pytest.mark.parametrize("limit", [20, 200, 3000])
@pytest.mark.parametrize(
    "words",
    [
        ("sweep", "out", "--so-far"),
        ("compare", "as_it_is", "more_people", "--study", "out"),
        ("extend", "out", "-r", "8", "--jobs", "1"),
    ],
    ids=lambda words: words[0],
)
def test_a_full_disk_is_one_sentence_wherever_a_study_is_written(
    finished: Path, tmp_path: Path, words: tuple[str, ...], limit: int
) -> None:
    shutil.copytree(finished, tmp_path / "out")
    done = python(tmp_path, "-c", LIMITED, str(limit), *words)
    assert done.code in (1, 2) and "Traceback" not in done.err, done.err
    assert "the disk is full" in done.err or "it cannot be written" in done.err


def test_a_damaged_part_of_half_a_study_is_one_sentence(
    caremarket: Caremarket, finished: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished, tmp_path / "out")
    part = finished_in(tmp_path / "out")[0]
    part.write_bytes(part.read_bytes()[:-1])
    done = caremarket("sweep", "out", "--so-far")
    assert done.code == 1 and f"Stopped: {part.stem[:8]}.part: its content has changed" in done.err


@pytest.mark.parametrize("verb", [pytest.param("fit", marks=pytest.mark.long), "sweep"])
def test_damage_is_told_also_if_the_work_then_stops(
    caremarket: Caremarket, place: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    words = (*VERBS[verb], "--out", "out", "--jobs", "1")
    assert caremarket(*words).code in (0, 1)
    for part in finished_in(place / "out"):
        part.write_bytes(part.read_bytes()[:-1])

    def stops(self: object, engine: Engine, total: int) -> None:
        if engine.finished:
            engine.runner.stop()

    monkeypatch.setattr("experiments.engine.screen.Screen.told", stops)
    done = caremarket(*words, "--resume")
    assert done.code == 130
    aside = list((place / "out").rglob("*.damaged"))
    assert aside and done.err.count("Damaged: ") == len(aside)


# Calibration ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failing", "code", "told"),
    [
        ("run.replication == 20", 3, "FAILED: set 20, seed 7: RuntimeError: made to fail"),
        ("True", 3, "FAILED: the county as it is could not be simulated (RuntimeError"),
        (
            "run.replication > 8",
            3,
            "FAILED: 3 sets are too few to learn from, because the others failed",
        ),
    ],
)
def test_a_search_says_which_sets_failed(place: Path, failing: str, code: int, told: str) -> None:
    script = f"""
import sys
import experiments.calibration.work as work
whole = work.measure_run
def fails(run):
    if {failing}:
        raise RuntimeError("made to fail")
    return whole(run)
work.measure_run = fails
from experiments.commands import main
sys.argv = ["caremarket", "calibrate", "mine", "--jobs", "1", "--out", "out"]
main()
"""
    done = python(place, "-c", script)
    assert done.code == code and "Traceback" not in done.err, done.err
    assert told in done.err


# The screen -----------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="its shell quotes in another way")
@pytest.mark.parametrize("word", ["plain", "two words", 'a$b"c d', "it's", "`x`", "*"])
def test_the_command_that_goes_on_can_be_copied(word: str) -> None:
    words = ["caremarket", "sweep", word]
    assert shlex.split(quoted(words)) == words


@posix
@pytest.mark.parametrize("pause_seconds", [0.05, 0.2, 0.4, 0.8])
def test_a_ctrl_c_at_any_moment_of_the_start_is_no_traceback(
    place: Path, pause_seconds: float
) -> None:
    process = started(
        *VERBS["fit"], "--out", "out", folder=place, stderr=subprocess.PIPE, start_new_session=True
    )
    time.sleep(pause_seconds)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    # before the interpreter has come to the program it is Python's own to answer, with a traceback
    if b"experiments" in told or b"Traceback" not in told:
        assert process.returncode in (130, -signal.SIGINT), told
        assert b"Traceback" not in told, told


@posix
def test_a_ctrl_c_that_a_destructor_swallows_is_not_forgotten(place: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from experiments.engine import folder, interrupts\n"
        "whole = folder.work_folder\n"
        "class Last:\n"
        "    def __del__(self): os.kill(os.getpid(), signal.SIGINT)\n"
        "def swallowed(*words, **more):\n"
        "    last = Last()\n"
        "    del last\n"
        "    return whole(*words, **more)\n"
        "folder.work_folder = swallowed\n"
        "from experiments.__main__ import main\n"
        f"sys.argv = ['caremarket', *{[*VERBS['fit'], '--out', 'out']!r}]\n"
        "main()\n"
    )
    done = python(place, "-c", script)
    assert "Exception ignored in" in done.err
    assert done.code == 130 and "Interrupted" in done.err, done.err


SLOW_TO_END = """
import os, time
from experiments.engine import parents
parents.PAUSE_SECONDS = 0.02
parents.end_with_parent(os.getppid())

class Slow:
    def __del__(self):
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            pass

keep = Slow()
"""


def test_a_process_that_is_slow_to_end_has_done_its_work(tmp_path: Path) -> None:
    """What looks for its parent must not kill it while its interpreter ends."""
    done = python(tmp_path, "-c", SLOW_TO_END)
    assert done.code == 0, done.err
