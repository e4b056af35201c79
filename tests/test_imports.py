"""What a command loads: help and the version need neither the model nor a picture."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command_line import COMMAND, python

from experiments.commands import VERBS, carrying
from experiments.commands.carrying import loaded_meanwhile
from experiments.run.work import REPLICATIONS

HEAVY = ("numpy", "scipy", "pandas", "pyarrow", "matplotlib", "simpy", "sim.scenario.scenario",
         "sim.simulation", "sim.market", "sim.processes", "sim.outcomes.catalogue",
         "experiments.asking", "experiments.engine.work", "experiments.study", "experiments.run",
         "experiments.results.provenance")  # fmt: skip
"""pydantic is not among them: newer versions of typer load it themselves."""
QUESTIONS = [("--help",), ("--version",), *((verb, "--help") for verb in VERBS)]
IMPORTED = re.compile(r"^import time: +\d+ \| +\d+ \| +(\S+)$", re.MULTILINE)


def loaded(folder: Path, *words: str) -> set[str]:
    """Modules that a fresh process loads to carry a command out."""
    done = python(folder, "-X", "importtime", *COMMAND[1:], *words)
    assert done.code == 0, done.err
    return set(IMPORTED.findall(done.err))


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_help_and_version_load_no_model(tmp_path: Path, words: tuple[str, ...]) -> None:
    found = loaded(tmp_path, *words)
    assert "experiments.commands" in found
    assert sorted(found & set(HEAVY)) == []


def test_what_is_heavy_would_be_seen(tmp_path: Path) -> None:
    """The list above names modules as they are called where they are needed."""
    words = ("run", "small", "--until", "2024-02-28", "--out", "out")
    assert set(HEAVY) - loaded(tmp_path, *words) <= {"sim.simulation", "experiments.study"}


def test_a_scenario_is_loaded_by_asking_for_it(tmp_path: Path) -> None:
    """Faults are told without loading it, and an unknown name is an error as ever."""
    code = """
import sys, sim.scenario
from sim.scenario import Fault, ScenarioError
light = "sim.scenario.scenario" not in sys.modules
from sim.scenario import Scenario, load_scenario
try:
    sim.scenario.nothing
except AttributeError as error:
    print(light, "sim.scenario.scenario" in sys.modules, Scenario.__module__, error)
"""
    done = python(tmp_path, "-c", code)
    assert done.out.startswith("True True sim.scenario.scenario module 'sim.scenario'"), done.err


def test_modules_are_loaded_while_others_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are there at the end, and no thread is left that would forbid this process to fork."""
    monkeypatch.delitem(sys.modules, "json.tool", raising=False)
    before = threading.active_count()
    with loaded_meanwhile("json.tool"):
        pass
    assert "json.tool" in sys.modules
    assert threading.active_count() == before


def test_a_process_that_works_itself_loads_nothing_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On one core the work is this process's, and may fork it."""
    begun: list[tuple[str, ...]] = []

    @contextmanager
    def noted(*modules: str) -> Iterator[None]:
        begun.append(modules)
        yield

    monkeypatch.setattr(carrying, "loaded_meanwhile", noted)
    for jobs in (1, 2):
        way = carrying.WorkOptions(tmp_path / str(jobs), jobs)
        with carrying.carrying(REPLICATIONS, tmp_path / str(jobs), {}, way, "replications"):
            pass
    assert begun == [carrying.TELLING]
