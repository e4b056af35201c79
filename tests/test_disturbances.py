"""Whatever happens to a verb's work, its answer is the same in the end, and nothing is lost.

Every verb meets every disturbance; the quick tests have one of them a verb, the long ones all.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from clusters import Cluster, cluster_at
from command_line import python, spawned, started
from filelock import FileLock
from verbs import ALL_VERBS, WELL, answer_in, finished_in, place_in, prepare, words_of

INTERRUPTED, STOPPED, REFUSED = 130, 1, 2
PATIENCE_SECONDS = 240.0
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of other systems")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return place_in(tmp_path_factory.mktemp("verbs"))


@pytest.fixture(scope="module")
def undisturbed(place: Path) -> Callable[[str], dict[str, str]]:
    """What a verb leaves if nothing happens, on one process."""

    @cache
    def answer(verb: str) -> dict[str, str]:
        out = f"{verb}-whole"
        prepare(place, verb, out)
        done = spawned(place, *words_of(verb, out, "--jobs", "1"))
        assert done.code in WELL, done.err
        return answer_in(place / out)

    return answer


class Begun:
    """A verb's work that is under way, in a session of its own as a terminal would have it."""

    def __init__(self, place: Path, verb: str, out: str, *more: str) -> None:
        self.folder = place / out
        self.log = (place / f"{out}.log").open("w+", encoding="utf-8")
        self.before = len(finished_in(self.folder))
        self.process = started(
            *words_of(verb, out, *more),
            folder=place,
            stdout=subprocess.DEVNULL,
            stderr=self.log,
            start_new_session=True,
        )

    def until_there_are_parts(self, number: int = 1) -> None:
        """Wait until some of the work is done."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if len(finished_in(self.folder)) - self.before >= number:
                return
            time.sleep(0.02)
        raise AssertionError(f"it ended with {self.process.poll()}: {self.told()}")

    def workers(self) -> list[int]:
        """Processes of its session that carry work out."""
        listed = subprocess.run(
            ["ps", "-ww", "-o", "pid=", "-o", "args=", "-s", str(self.process.pid)],
            capture_output=True, encoding="utf-8", check=False,
        ).stdout  # fmt: skip
        rows = [line.split(None, 1) for line in listed.splitlines()]
        return [int(pid) for pid, words in rows if "spawn_main" in words]

    def first_worker(self) -> int:
        """A process that carries work out, as soon as there is one."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if there := self.workers():
                return there[0]
            time.sleep(0.02)
        raise AssertionError(f"it ended with {self.process.poll()}: {self.told()}")

    def assert_no_worker_is_left(self) -> None:
        """Workers end soon after what began them."""
        deadline = time.monotonic() + 20
        while self.workers() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not self.workers(), "workers outlive what began them"

    def interrupt(self) -> None:
        """Ctrl-C: the whole group of processes hears it."""
        os.killpg(self.process.pid, signal.SIGINT)

    def ended(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Its exit code, as a shell gives it: a Ctrl-C in its last moment may end it by itself."""
        code = self.process.wait(seconds)
        return INTERRUPTED if code == -signal.SIGINT else code

    def told(self) -> str:
        """What it has said on its second channel."""
        self.log.seek(0)
        return self.log.read()


def gone_on_with(place: Path, verb: str, out: str) -> dict[str, str]:
    """What a verb leaves after it has gone on with what was disturbed."""
    done = spawned(place, *words_of(verb, out, "--resume", "--jobs", "2"))
    assert done.code in WELL, done.err
    assert "Traceback" not in done.err
    return answer_in(place / out)


def a_worker_is_killed(place: Path, verb: str, out: str) -> dict[str, str]:
    """The work is finished all the same, without a word."""
    work = Begun(place, verb, out, "--jobs", "2")
    os.kill(work.first_worker(), signal.SIGKILL)
    assert work.ended() in WELL, work.told()
    assert "Traceback" not in work.told()
    return answer_in(place / out)


def it_is_killed(place: Path, verb: str, out: str) -> dict[str, str]:
    """Its workers end soon after it; nothing that was finished is done again."""
    work = Begun(place, verb, out, "--jobs", "2")
    work.until_there_are_parts()
    work.process.kill()
    work.ended()
    work.assert_no_worker_is_left()
    kept = {path: path.stat().st_mtime_ns for path in finished_in(place / out)}
    assert kept
    answer = gone_on_with(place, verb, out)
    assert all(path.stat().st_mtime_ns == when for path, when in kept.items())
    return answer


def it_is_killed_while_workers_begin(place: Path, verb: str, out: str) -> dict[str, str]:
    """Those that have not begun their work end as well."""
    work = Begun(place, verb, out, "--jobs", "2")
    work.first_worker()
    work.process.kill()
    work.ended()
    work.assert_no_worker_is_left()
    return gone_on_with(place, verb, out)


def it_is_interrupted(place: Path, verb: str, out: str) -> dict[str, str]:
    """It says how to go on, in the words that are typed."""
    work = Begun(place, verb, out, "--jobs", "2")
    work.until_there_are_parts()
    work.interrupt()
    assert work.ended() in (INTERRUPTED, *WELL), work.told()
    told = work.told()
    assert "Traceback" not in told and "Stopping: " in told
    if work.process.returncode == INTERRUPTED:
        assert f"kept in {out}. Go on with: caremarket {verb}" in told
    return gone_on_with(place, verb, out)


def it_is_interrupted_twice(place: Path, verb: str, out: str) -> dict[str, str]:
    """It ends at once."""
    work = Begun(place, verb, out, "--jobs", "2")
    work.until_there_are_parts()
    work.interrupt()
    time.sleep(0.3)
    work.interrupt()
    asked = time.monotonic()
    assert work.ended(30) in (INTERRUPTED, *WELL), work.told()
    assert time.monotonic() - asked < 15, "it ends within seconds (here of a busy machine)"
    assert "Traceback" not in work.told()
    return gone_on_with(place, verb, out)


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from experiments.commands import main
sys.argv = ["caremarket", *sys.argv[2:]]
main()
"""


def the_disk_is_full(place: Path, verb: str, out: str) -> dict[str, str]:
    """One sentence; beforehand if nothing can be written at all."""
    words = words_of(verb, out, "--jobs", "1")
    told = python(place, "-c", LIMITED, "1000", *words)
    if verb == "extend":  # its folder is there; what it is to hold is not
        assert told.code == STOPPED and "the disk is full" in told.err, told.err
    else:
        assert told.code == REFUSED and not finished_in(place / out), told.err
        assert "it cannot be written to" in told.err
    assert "Traceback" not in told.err
    resumed = (*words, "--resume")
    told = python(place, "-c", LIMITED, "20000", *resumed)
    assert told.code == STOPPED, told.err
    assert "the disk is full" in told.err and "Traceback" not in told.err
    assert "What had finished is kept. Go on with: caremarket" in told.err
    return gone_on_with(place, verb, out)


def another_is_at_work(place: Path, verb: str, out: str) -> dict[str, str]:
    """A second process in the folder is refused, and nothing is mixed."""
    work = Begun(place, verb, out, "--jobs", "1")
    work.until_there_are_parts()
    os.kill(work.process.pid, signal.SIGSTOP)
    try:
        other = spawned(place, *words_of(verb, out, "--resume", "--jobs", "1"))
    finally:
        os.kill(work.process.pid, signal.SIGCONT)
    assert other.code == REFUSED
    assert "another caremarket is at work in it" in other.err
    assert work.ended() in WELL, work.told()
    with FileLock(place / out / ".lock", timeout=0):
        pass
    return answer_in(place / out)


def a_row_is_damaged(place: Path, verb: str, out: str) -> dict[str, str]:
    """One digit of a finished item is another: it is told of, set aside and done again."""
    done = spawned(place, *words_of(verb, out, "--jobs", "2"))
    assert done.code in WELL, done.err
    part = finished_in(place / out)[-1]
    content = part.read_bytes()
    digit = [m.start() for m in re.finditer(rb"[1-8]", content)][-1]
    part.write_bytes(content[:digit] + b"9" + content[digit + 1 :])
    again = spawned(place, *resumed_words(verb, out, "--jobs", "1"))
    assert again.code in WELL, again.err
    assert "Damaged: " in again.err and "done again" in again.err
    assert list((place / out).rglob("*.damaged"))
    return answer_in(place / out)


def resumed_words(verb: str, out: str, *more: str) -> tuple[str, ...]:
    """The command that goes on with finished work: an extended study is swept again."""
    if verb == "extend":
        return ("sweep", out, *more)
    return words_of(verb, out, "--resume", *more)


OTHER_VERSION = """
import sys
import experiments.engine.work as work
work.code_version = lambda: "another"
from experiments.commands import main
sys.argv = ["caremarket", *sys.argv[1:]]
main()
"""


def the_version_is_another(place: Path, verb: str, out: str) -> dict[str, str]:
    """Results of two versions are never mixed."""
    work = Begun(place, verb, out, "--jobs", "1")
    work.until_there_are_parts()
    work.interrupt()
    work.ended()
    kept = {path: path.read_bytes() for path in finished_in(place / out)}
    words = words_of(verb, out, "--resume", "--jobs", "1")
    refused = python(place, "-c", OTHER_VERSION, *words)
    assert refused.code == REFUSED, refused.err
    assert "version of the model" in refused.err or "another made with" in refused.err
    assert {path: path.read_bytes() for path in finished_in(place / out)} == kept
    return gone_on_with(place, verb, out)


def a_dask_worker_is_killed(place: Path, verb: str, out: str, cluster: Cluster) -> dict[str, str]:
    """The other one finishes its work."""
    work = Begun(place, verb, out, "--cluster", cluster.address)
    work.until_there_are_parts()
    cluster.kill_one()
    assert work.ended() in WELL, work.told()
    assert "Traceback" not in work.told()
    return answer_in(place / out)


DISTURBANCES = (
    a_worker_is_killed,
    it_is_killed,
    it_is_killed_while_workers_begin,
    it_is_interrupted,
    it_is_interrupted_twice,
    the_disk_is_full,
    another_is_at_work,
    a_row_is_damaged,
    the_version_is_another,
)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    pytest.importorskip("distributed")
    with cluster_at(tmp_path) as there:
        yield there


QUICK = ("stress", "fit")
"""Verbs of one kind of work each; the others are disturbed by the long tests."""


def one_each() -> list[Any]:
    """One disturbance a verb, each of them at least once."""
    order = list(range(len(DISTURBANCES)))
    random.Random(2).shuffle(order)
    pairs = [(verb, order[place % len(order)]) for place, verb in enumerate(ALL_VERBS)]
    slow = pytest.mark.long
    return [pytest.param(*pair, marks=[] if pair[0] in QUICK else slow) for pair in pairs]


def assert_the_same(place: Path, verb: str, number: int, whole: dict[str, str]) -> None:
    out = f"{verb}-{number}"
    prepare(place, verb, out)
    answer = DISTURBANCES[number](place, verb, out)
    assert answer == whole
    if verb not in ("sweep", "compare", "extend"):
        told = json.loads((place / out / "work.json").read_text(encoding="utf-8"))
        assert told["question"] == verb


@pytest.mark.parametrize(
    ("verb", "number"),
    one_each(),
    ids=lambda v: v if isinstance(v, str) else DISTURBANCES[v].__name__,
)
def test_a_disturbed_verb_gives_the_same_answer(
    place: Path, undisturbed: Callable[[str], dict[str, str]], verb: str, number: int
) -> None:
    assert_the_same(place, verb, number, undisturbed(verb))


@pytest.mark.long
@pytest.mark.parametrize("disturbance", DISTURBANCES, ids=lambda one: one.__name__)
@pytest.mark.parametrize("verb", ALL_VERBS)
def test_every_verb_survives_everything(
    place: Path,
    undisturbed: Callable[[str], dict[str, str]],
    verb: str,
    disturbance: Callable[..., dict[str, str]],
) -> None:
    number = DISTURBANCES.index(disturbance)
    if (verb, number) in [pair.values for pair in one_each()]:
        pytest.skip("among the quick tests")
    assert_the_same(place, verb, number, undisturbed(verb))


@pytest.mark.long
@pytest.mark.parametrize("verb", ALL_VERBS)
def test_two_dask_workers_of_which_one_is_killed(
    place: Path, undisturbed: Callable[[str], dict[str, str]], verb: str, cluster: Cluster
) -> None:
    out = f"{verb}-dask"
    prepare(place, verb, out)
    assert a_dask_worker_is_killed(place, verb, out, cluster) == undisturbed(verb)


@pytest.mark.parametrize(
    "verb", [pytest.param(verb, marks=pytest.mark.long) for verb in ("stress", "adequacy")]
)
def test_branches_on_dask_workers_with_nannies_of_which_one_is_killed(
    place: Path, undisturbed: Callable[[str], dict[str, str]], tmp_path: Path, verb: str
) -> None:
    """A nanny's worker is daemonic and has threads: it may neither fork nor have children."""
    pytest.importorskip("distributed")
    with cluster_at(tmp_path, nanny=True) as cluster:
        answer = a_dask_worker_is_killed(place, verb, f"{verb}-nanny", cluster)
    assert answer == undisturbed(verb)
