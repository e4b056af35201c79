"""The same source, compiled: it is asked for, says so, refuses other source, gives the same ledger.

The long tests build it as docs/how-to/speed.md says. They need a C compiler, and fail without one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from command_line import Done, python, spawned
from scratch import copied

from experiments.engine import work
from experiments.engine.folder import WORK, belongs
from experiments.results.provenance import how_made, versions
from sim import build

ROOT = Path(__file__).parents[1]
SWITCH = "CAREMARKET_COMPILE"


def well(done: Done) -> str:
    """What a command said that went well."""
    assert done.code == 0, done.err[-2000:]
    return done.out


# The switch

LOOK = """
import json, runpy, setuptools, sys
told = {}
setuptools.setup = lambda cmdclass, **words: told.update(words)
held = runpy.run_path("setup.py")
told["modules"] = [path.relative_to("sim").as_posix() for path in held["modules"]()]
print(json.dumps(told))
"""
"""What setup.py asks of setuptools, which are not called; what follows is its command."""


def planned(command: str, switch: str) -> dict[str, list[str]]:
    """What the installation would ask for and compile."""
    pytest.importorskip("setuptools")
    told: dict[str, list[str]] = json.loads(
        well(python(ROOT, "-c", LOOK, command, **{SWITCH: switch}))
    )
    return told


@pytest.mark.parametrize("switch", ["", "0"])
@pytest.mark.parametrize("command", ["egg_info", "bdist_wheel", "editable_wheel"])
def test_pure_python_is_the_default_and_needs_nothing_more(command: str, switch: str) -> None:
    told = planned(command, switch)
    assert told["setup_requires"] == told["ext_modules"] == []


def test_what_compiling_needs_is_asked_for_before_anything_is_compiled() -> None:
    told = planned("egg_info", "1")
    assert told["ext_modules"] == []
    needed = [line.split(">")[0] for line in told["setup_requires"]]
    assert sorted(needed) == ["mypy", "numpy", "pydantic", "scipy", "scipy-stubs", "simpy"]


def test_hot_modules_are_compiled_and_what_mypyc_cannot_is_not() -> None:
    compiled = set(planned("egg_info", "0")["modules"])
    hot = {"clock.py", "randomness.py", "commissioning.py", "market/branch.py"}
    assert hot | {"processes/brokerage.py", "processes/care.py"} <= compiled
    pure = {"__init__.py", "ledger.py", "market/contract_stage.py", "processes/scripted.py"}
    assert not pure & compiled
    assert all((ROOT / "sim" / path).is_file() for path in compiled)


# Other source


def compiled_from(
    monkeypatch: pytest.MonkeyPatch, hashes: dict[str, str], compiled: tuple[str, ...] = ()
) -> None:
    """Have the model find what a compiled one carries."""
    made = SimpleNamespace(HASHES=hashes, COMPILED=compiled)
    monkeypatch.setitem(sys.modules, build.MADE_FROM, made)  # type: ignore[arg-type]


def test_compiled_modules_start_beside_the_source_they_were_made_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled_from(monkeypatch, build.hashes())
    build.refuse_other_source()
    assert build.build() == "compiled"


SOURCE = build.hashes()
CLOCK = "clock.py"
OTHER_SOURCE = {
    "changed": {**SOURCE, CLOCK: "0" * 64},
    "gone": {**SOURCE, "gone.py": "0" * 64},
    "new": {path: told for path, told in SOURCE.items() if path != CLOCK},
}


@pytest.mark.parametrize("how", OTHER_SOURCE)
def test_compiled_modules_refuse_other_source(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    compiled_from(monkeypatch, OTHER_SOURCE[how])
    with pytest.raises(build.OtherSourceError, match="not what it was compiled from") as refused:
        build.refuse_other_source()
    path = "gone.py" if how == "gone" else CLOCK
    assert str(refused.value).startswith(path) and "Install caremarket again" in str(refused.value)


def test_a_compiled_file_that_is_missing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled_from(monkeypatch, SOURCE, ("vocabulary_of_nobody.py",))
    with pytest.raises(build.OtherSourceError, match=r"file of vocabulary_of_nobody.py is missing"):
        build.refuse_other_source()


def test_ends_of_lines_make_no_other_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "ROOM", tmp_path)
    (tmp_path / "clock.py").write_bytes(b"one\ntwo\n")
    unix = build.hashes()
    (tmp_path / "clock.py").write_bytes(b"one\r\ntwo\r\n")
    assert build.hashes() == unix
    (tmp_path / "clock.py").write_bytes(b"one\ntwo \n")
    assert build.hashes() != unix


def test_the_command_line_refuses_in_words(tmp_path: Path) -> None:
    source = copied(tmp_path)
    (source / "sim" / "made_from.py").write_text("HASHES, COMPILED = {'clock.py': '0'}, ()\n")
    done = spawned(tmp_path, "--version", source=source)
    assert done.code == 1 and "not what it was compiled from" in done.err
    assert "docs/how-to/speed.md" in done.err and "Traceback" not in done.err


# What is told and remembered


def test_a_manifest_and_a_question_say_how_the_model_was_installed() -> None:
    assert how_made([], [])["build"] == versions()["build"] == build.build()


def test_work_of_one_build_has_another_identity_in_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = set()
    for name in ("pure Python", "compiled"):
        monkeypatch.setattr(work, "build", lambda name=name: name)
        found.add(work.made_with.__wrapped__())
    assert len(found) == 2


def test_work_of_one_build_is_not_gone_on_with_by_the_other(tmp_path: Path) -> None:
    was = {**versions(), "build": "pure Python"}
    (tmp_path / WORK).write_text(json.dumps(was), encoding="utf-8")
    assert not belongs(tmp_path, was)
    (wrong,) = belongs(tmp_path, {**was, "build": "compiled"})
    assert "begun with another build (pure Python, now compiled)" in str(wrong)


# The same ledger

TOLD = """
import hashlib, json
from sim.build import build
from sim.ledger import FACTS
from sim.outcomes.headline import summarise
from sim.processes.failure import ScriptedFailure
from sim.scenario import load_scenario
from sim.simulation import simulate

everything = {"failure.random": True, "money.applies": True, "quality.applies": True}
small = load_scenario("small", settings={**everything, "calendar.end": "2026-06-30"})
norfolk = load_scenario("norfolk", settings={**everything, "calendar.end": "2024-12-31"})
moves = dict(notice_days=0.0, staff_move_share=0.3)
runs = {
    "small": (small, [ScriptedFailure("largest:" + small.areas[0].code, 400.0, **moves)]),
    "theory": (load_scenario("theory", settings={"calendar.end": "2030-12-31"}), []),
    "norfolk": (norfolk, [ScriptedFailure("largest", 150.0, **moves)]),
}
told = {"build": build()}
for name, (scenario, failures) in runs.items():
    ledger = simulate(scenario, seed=3, failures=failures)
    for fact in FACTS:
        facts = hashlib.sha256(ledger.table(fact).tobytes()).hexdigest()
        told[f"{name}: {fact}"] = [ledger.count(fact), facts]
    for outcome, figure in summarise(ledger, scenario, 0).figures.items():
        told[f"{name}, outcome: {outcome}"] = repr(figure)
print(json.dumps(told))
"""
RECORDED = ("failed", "traded", "accounts", "paid", "rated", "moved", "staffed", "strained")
"""Facts that Norfolk's run must have, if it is to show anything."""
QUESTIONS = {
    "run": ("run", "small", "--replications", "3", "--fail", "largest:MARKET", "--on", "2024-09-02",
            "--until", "2025-06-30"),
    "stress": ("stress", "small", "--who", "principal:MARKET", "--on", "2024-09-02",
               "--replications", "2", "--until", "2025-06-30"),
    "adequacy": ("adequacy", "small", "--replications", "2", "--sample", "2", "--until",
                 "2025-06-30"),
}  # fmt: skip


class Both(NamedTuple):
    """Folders with the same source: pure, and as the wheel holds it, compiled."""

    pure: Path
    compiled: Path


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """The source as it is, and a wheel made from it as docs/how-to/speed.md says, unpacked."""
    folder = tmp_path_factory.mktemp("compiled")
    pure, compiled = copied(folder / "pure"), folder / "compiled"
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, pure)
    (pure / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "backend.py", pure / "docs")
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", str(folder), str(pure)]
    told = {**os.environ, SWITCH: "1"}
    done = subprocess.run(pip, env=told, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        said = (done.stdout + done.stderr)[-3000:]
        pytest.fail(f"It could not be compiled. Is there pip, and a C compiler?\n{said}")
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(compiled)
    yield Both(pure, compiled)
    shutil.rmtree(folder)


@pytest.mark.long
def test_each_says_which_it_is(both: Both) -> None:
    said = [well(spawned(source, "--version", source=source)).strip() for source in both]
    assert said[0].endswith("(pure Python)") and said[1].endswith("(compiled)")


@pytest.mark.long
def test_ledgers_and_outcomes_are_the_same_byte_for_byte(both: Both) -> None:
    pure, compiled = (
        json.loads(well(python(source, "-c", TOLD, source=source))) for source in both
    )
    assert (pure.pop("build"), compiled.pop("build")) == ("pure Python", "compiled")
    assert pure.keys() == compiled.keys() and len(pure) > 150
    assert all(pure[f"norfolk: {fact}"][0] for fact in RECORDED)
    assert {told for told in pure if pure[told] != compiled[told]} == set()


@pytest.mark.long
@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_have_the_same_tables(both: Both, tmp_path: Path, question: str) -> None:
    """In two processes: what is sent to them is compiled, too."""
    answers = []
    for name, source in both._asdict().items():
        words = (*QUESTIONS[question], "--jobs", "2", "--out", name)
        well(spawned(tmp_path, *words, source=source))
        tables = sorted((tmp_path / name).rglob("*.csv"))
        answers.append({table.relative_to(tmp_path / name): table.read_bytes() for table in tables})
    assert answers[0] and answers[0] == answers[1]


@pytest.mark.long
def test_a_compiled_model_refuses_a_changed_module(both: Both, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(both.compiled, changed)
    with (changed / "sim" / "clock.py").open("a", encoding="utf-8") as clock:
        clock.write("# another line\n")
    done = spawned(changed, "--version", source=changed)
    assert done.code == 1 and done.err.startswith("clock.py is not what it was compiled from")
