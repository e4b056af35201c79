"""A study's own outcomes and rules: run only where it is said, everywhere alike, and told of."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from clusters import cluster_at
from command_line import Caremarket
from test_kill import tables
from test_studies import csv, write

import experiments.study.folder
from experiments import api
from experiments.study.begun import read_study
from experiments.study.freezing import study_of
from experiments.study.own_code import OwnCode, in_force, loaded
from sim.ledger import Ledger
from sim.outcomes import events
from sim.outcomes.registry import OUTCOMES
from sim.processes.own_rules import IN_FORCE
from sim.scenario import ScenarioError, load_scenario
from sim.simulation import simulate

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
STUDY = """
name = "own"
county = "theory"
until = 2024-02-29
overrides = ["erlang_a"]
own_code = ["mine.py"]
outcomes = ["people_told_of", "list_people_peak"]
[replications]
number = 2
[[scenarios]]
name = "a"
[[scenarios]]
name = "b"
set = { "brokerage.mean_patience_days" = 7.0 }
"""
HEAD = """
from pathlib import Path
from sim.outcomes.declaration import About
from sim.outcomes.registry import outcome
from sim.processes.own_rules import rule
"""
RAN = HEAD + 'Path("it_ran").touch()\n'
PEOPLE = '''
@outcome("people", about=About.RUN, better="lower")
def people_told_of(run):
    """People referred."""
    return run.ledger.count("referred")
'''
RULE = """
@rule
def waiting(market):
    yield market.clock.environment.timeout(10.0)
"""
MINE = RAN + PEOPLE + RULE


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder of its own, where code that runs leaves its mark; without pictures."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(experiments.study.folder, "draw", lambda *_: None)
    loaded.cache_clear()


def put(folder: Path, code: str = MINE, study: str = STUDY) -> None:
    """A study and its own code."""
    write(folder, study, "own.toml")
    write(folder, code, "mine.py")


def example() -> tuple[dict[str, str], list[str]]:
    """The files of the example of docs/how-to/studies.md, word for word, and its command."""
    page = (ROOT / "docs" / "how-to" / "studies.md").read_text(encoding="utf-8")
    part = page.split("\n## Your own outcomes and rules\n")[1].split("\n## ")[0]
    files, command = {}, []
    for kind, content in BLOCK.findall(part):
        if kind == "bash":
            command = content.split()
        else:
            files[content.partition("\n")[0].removeprefix("# ")] = content
    return files, command


def closed_in(ledger: Ledger) -> set[str]:
    """The providers that closed."""
    told = events.failures(ledger)
    return set(told["provider"][told["cause"] == "closed"].tolist())


# The example ------------------------------------------------------------------------------------


def test_the_example_of_the_page_runs_word_for_word(caremarket: Caremarket, tmp_path: Path) -> None:
    files, (program, *words) = example()
    assert program == "caremarket" and set(files) == {"strained.toml", "strained.py"}
    for name, text in files.items():
        write(tmp_path, text, name)
    done = caremarket(*words, "--jobs", "1")
    assert done.code == 0, done.err
    runs = csv(tmp_path / "strained", "runs").set_index(["scenario", "replication"])
    code = OwnCode((("strained.py", files["strained.py"]),))
    plain = load_scenario("small", settings={"calendar.end": "2025-12-31"})
    with in_force(code):
        ledger = simulate(plain, seed=1)
    longest = float(events.placements(ledger)["days_to_source"].max())
    row = runs.loc[("as_it_is", 0)]
    assert row["longest_wait_days"] == pytest.approx(longest)
    without, closed = closed_in(simulate(plain, seed=1)), closed_in(ledger)
    assert row["given_up"] == len(closed) and without < closed  # by the rule, others too
    dictionary = csv(tmp_path / "strained", "data_dictionary").set_index("column")["meaning"]
    assert "longest time that anybody who was placed" in dictionary["longest_wait_days"]


# Run only where it is said ----------------------------------------------------------------------


REFUSED: dict[str, tuple[str, ...]] = {
    "a file": ("sweep", "own.toml"),
    "a file, foreseen": ("sweep", "own.toml", "--dry-run"),
    "one run of a file": ("sweep", "own.toml", "--run", "a/0/0"),
    "a part": ("sweep", "own.toml", "--part", "1/2"),
    "a folder": ("sweep", "begun"),
    "one run of a folder": ("sweep", "begun", "--run", "a/0/0"),
    "a folder, foreseen": ("sweep", "begun", "--dry-run"),
    "more replications": ("extend", "begun", "-r", "3"),
}


def begun(caremarket: Caremarket, folder: Path) -> None:
    """A study that was carried out; nothing of its code is in this process any longer."""
    put(folder)
    done = caremarket("sweep", "own.toml", "--own-code", "--out", "begun", "--jobs", "1")
    assert done.code == 0, done.err
    assert (folder / "it_ran").exists()
    (folder / "it_ran").unlink()
    loaded.cache_clear()


@pytest.mark.parametrize("what", REFUSED)
def test_nothing_is_run_unless_it_is_said(
    caremarket: Caremarket, tmp_path: Path, what: str
) -> None:
    begun(caremarket, tmp_path)
    done = caremarket(*REFUSED[what])
    assert done.code == 2, done.out
    told = "brings Python of its own (mine.py), which can do whatever you can. Read it, and if you"
    assert told in done.err and "add --own-code" in done.err
    assert not (tmp_path / "it_ran").exists()
    for part in list((tmp_path / "begun").rglob("*.part"))[:1]:
        part.unlink()
    if "--part" not in REFUSED[what]:
        said = caremarket(*REFUSED[what], "--own-code")
        assert said.code == 0, said.err
    assert (tmp_path / "it_ran").exists() == ("--part" not in REFUSED[what])


def test_python_asks_too(tmp_path: Path) -> None:
    put(tmp_path)
    with pytest.raises(ScenarioError, match="own_code=True"):
        api.study("own.toml", jobs=1)
    assert not (tmp_path / "it_ran").exists()
    answer = api.study("own.toml", jobs=1, own_code=True)
    assert "people_told_of" in set(answer["figures"]["outcome"])
    assert answer.manifest["own_code"]["rules"] == ["waiting"]


READ_ONLY: dict[str, tuple[str, ...]] = {
    "compare": ("compare", "b", "a", "--study", "begun", "--outcome", "people_told_of"),
    "so far": ("sweep", "begun", "--so-far"),
    "discover": ("discover", "begun", "--outcome", "people_told_of"),
    "merge": ("merge", "part1", "part2", "--out", "whole"),
}


@pytest.mark.parametrize("what", READ_ONLY)
def test_reading_what_was_found_runs_none_of_it(
    caremarket: Caremarket, tmp_path: Path, what: str
) -> None:
    begun(caremarket, tmp_path)
    if what == "merge":
        for number in (1, 2):
            words = ("--part", f"{number}/2", "--own-code", "--out", f"part{number}")
            assert caremarket("sweep", "own.toml", *words, "--jobs", "1").code == 0
        (tmp_path / "it_ran").unlink()
        loaded.cache_clear()
    done = caremarket(*READ_ONLY[what])
    if what == "discover":  # there are no draws: what matters is that the outcome is known
        assert done.code == 2 and "there is no such outcome" not in done.err
    else:
        assert done.code == 0 and "people_told_of: people referred" in done.out, done.err
    assert not (tmp_path / "it_ran").exists()
    if what == "merge":
        assert tables(tmp_path / "whole") == tables(tmp_path / "begun")


# Part of what was run -------------------------------------------------------------------------


def test_another_text_is_another_study(caremarket: Caremarket, tmp_path: Path) -> None:
    begun(caremarket, tmp_path)
    before = tables(tmp_path / "begun")
    identities = csv(tmp_path / "begun", "runs")["run"].tolist()
    resumed = ("sweep", "own.toml", "--own-code", "--out", "begun", "--resume", "--jobs", "1")
    assert caremarket(*resumed).code == 0 and tables(tmp_path / "begun") == before
    write(tmp_path, MINE + "\n# more\n", "mine.py")
    done = caremarket(*resumed)
    assert done.code == 2 and "it was begun with another own code (" in done.err
    study = study_of(tmp_path / "own.toml", own_code=True)
    assert not {study.identity(cell) for cell in study.cells(range(2))} & set(identities)
    write(tmp_path, STUDY.replace('own_code = ["mine.py"]\n', "").replace('"people_told_of", ', ""),
          "own.toml")  # fmt: skip
    done = caremarket(*resumed)
    assert done.code == 2 and ", now none)" in done.err
    assert tables(tmp_path / "begun") == before
    kept = tmp_path / "begun" / "own_code" / "mine.py"
    kept.write_text(MINE + "import os\n", encoding="utf-8")
    done = caremarket("sweep", "begun", "--own-code")
    assert done.code == 2 and "its files were changed after it was begun" in done.err


def test_line_endings_are_no_other_text(tmp_path: Path) -> None:
    found = []
    for ending in ("\n", "\r\n"):
        put(tmp_path)
        (tmp_path / "mine.py").write_bytes(MINE.replace("\n", ending).encode())
        found.append(study_of(tmp_path / "own.toml", own_code=True).whole_identity)
    assert found[0] == found[1]


def test_what_was_run_is_told(caremarket: Caremarket, tmp_path: Path) -> None:
    put(tmp_path)
    done = caremarket("sweep", "own.toml", "--own-code", "--out", "out", "--jobs", "1")
    told = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["own_code"]
    assert set(told["files"]) == {"mine.py"} and len(told["files"]["mine.py"]) == 64
    assert (told["outcomes"], told["rules"]) == (["people_told_of"], ["waiting"])
    words = f"With own code: mine.py ({told['files']['mine.py'][:8]})"
    assert words in " ".join(done.out.split())
    figures = csv(tmp_path / "out", "figures").set_index("outcome")
    assert set(figures.loc["people_told_of", "unit"]) == {"people"}
    study = read_study(tmp_path / "out")
    assert study.declared["people_told_of"].meaning == "people referred"


# Everywhere alike -----------------------------------------------------------------------------


def test_processes_get_it_with_the_run(caremarket: Caremarket, tmp_path: Path) -> None:
    """Their folder has no file of it: the study's text alone is sent."""
    begun(caremarket, tmp_path)
    (tmp_path / "mine.py").unlink()
    for part in (tmp_path / "begun").rglob("*.part"):
        part.unlink()
    before = tables(tmp_path / "begun")
    done = caremarket("sweep", "begun", "--own-code", "--jobs", "2")
    assert done.code == 0, done.err
    assert tables(tmp_path / "begun") == before


@pytest.mark.long
def test_a_cluster_gets_it_with_the_run(caremarket: Caremarket, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    begun(caremarket, tmp_path)
    before = tables(tmp_path / "begun")
    for part in (tmp_path / "begun").rglob("*.part"):
        part.unlink()
    away = tmp_path / "away"
    away.mkdir()
    with cluster_at(away) as cluster:
        done = caremarket("sweep", "begun", "--own-code", "--cluster", cluster.address)
    assert done.code == 0, done.err
    assert tables(tmp_path / "begun") == before


@pytest.mark.parametrize(("name", "taken"), [("sim", True), ("pandas", True), ("json", True),
                                             ("a_name_of_its_own", False)])  # fmt: skip
def test_names_of_installed_modules_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, taken: bool
) -> None:
    """A name that is merely in use is not: somebody may have tried the file in a notebook."""
    monkeypatch.setitem(sys.modules, "a_name_of_its_own", ModuleType("a_name_of_its_own"))
    put(tmp_path, study=STUDY.replace("mine.py", f"{name}.py"))
    (tmp_path / "mine.py").rename(tmp_path / f"{name}.py")
    before = sys.modules.get(name)
    if taken:
        with pytest.raises(ScenarioError, match=f"installed module has the name {name} too"):
            study_of(tmp_path / "own.toml", own_code=True)
    else:
        study = study_of(tmp_path / "own.toml", own_code=True)
        assert study.own is not None and study.own.rules == ("waiting",)
    assert sys.modules.get(name) is before


def test_it_leaves_no_trace_in_the_process(tmp_path: Path) -> None:
    put(tmp_path)
    declared, modules, paths = set(OUTCOMES), set(sys.modules), list(sys.meta_path)
    study_of(tmp_path / "own.toml", own_code=True)
    assert set(OUTCOMES) == declared and sys.meta_path == paths
    assert "mine" not in set(sys.modules) - modules and not IN_FORCE.get()


def test_threads_of_one_worker_do_not_mix_studies() -> None:
    """A cluster's worker may carry out runs of several studies at once."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    from sim.outcomes.catalogue import declared

    both = Barrier(2, timeout=20)

    def names(code: OwnCode | None) -> set[str]:
        with in_force(code):
            both.wait()
            found = {one.name for one in declared([])}
            both.wait()
        return found

    mine = OwnCode((("mine.py", HEAD + PEOPLE),))
    with ThreadPoolExecutor(2) as threads:
        own, plain = threads.map(names, [mine, None])
    assert own - plain == {"people_told_of"} and plain < own


def test_files_import_each_other(caremarket: Caremarket, tmp_path: Path) -> None:
    helper = "def doubled(number):\n    return 2 * number\n"
    code = "from helper import doubled\n" + MINE.replace("run.ledger.count(\"referred\")",
                                                         "doubled(21)")  # fmt: skip
    put(tmp_path, code, STUDY.replace('["mine.py"]', '["mine.py", "helper.py"]'))
    write(tmp_path, helper, "helper.py")
    done = caremarket("sweep", "own.toml", "--own-code", "--out", "out", "--jobs", "1")
    assert done.code == 0, done.err
    assert set(csv(tmp_path / "out", "runs")["people_told_of"]) == {42}


FAILING = """
name = "own"
county = "small"
until = 2024-12-31
own_code = ["mine.py"]
outcomes = ["people_told_of", "indirect_hours_in_91_days"]
[replications]
number = 2
[[scenarios]]
name = "closes"
failures = [{ who = "largest", date = 2024-06-01 }]
"""
OF_FAILURES = (
    HEAD
    + PEOPLE
    + '''
from sim.outcomes.registry import OUTCOMES
from sim.processes.failure import ScriptedFailure, fail


@outcome("people", about=About.FAILURE, better="lower")
def displaced_too(failures):
    """People displaced, counted again."""
    return OUTCOMES["displaced_people"].of(failures)


@outcome("hours/week", about=About.RUN, name="own_hours_{tier}")
def last_hours(run, tier):
    """Planned hours of the last week."""
    return run.by_tier["planned_hours"][run.by_tier["tier"] == tier][-1]


@rule
def closing(market):
    yield market.clock.environment.timeout(90.0 - market.clock.now)
    smallest = min(market.providers, key=lambda one: (one.work_minutes, one.code))
    market.clock.process(fail(market, ScriptedFailure(smallest.code, market.clock.now)))
'''
)


def test_rules_act_in_every_market_that_a_run_lives(caremarket: Caremarket, tmp_path: Path) -> None:
    """In the one without the failures too: so what is told of the failures is theirs alone."""
    found = []
    for out, code in (("with", OF_FAILURES), ("without", OF_FAILURES.replace("@rule\n", ""))):
        put(tmp_path, code, FAILING)
        done = caremarket("sweep", "own.toml", "--own-code", "--out", out, "--jobs", "1")
        assert done.code == 0, done.err
        found.append(csv(tmp_path / out, "runs"))
    runs, plain = found
    assert runs["displaced_too"].tolist() == runs["displaced_people"].tolist()
    assert (runs["displaced_people"] > 0).all()
    told = [name for name in runs if name.startswith("own_hours_")]
    assert len(told) > 1 and (runs[told] >= 0).all(axis=None)
    assert (runs["carers_last_year"] != plain["carers_last_year"]).all()


# What is wrong with it --------------------------------------------------------------------------


def test_an_error_in_a_run_tells_file_and_line(caremarket: Caremarket, tmp_path: Path) -> None:
    wrong = {
        "outcome": HEAD + PEOPLE.replace("return", "nothing = 0\n    return 1 / nothing *"),
        "rule": HEAD + PEOPLE + RULE + "    market.no_such_thing()\n",
        "no number": HEAD + PEOPLE.replace('run.ledger.count("referred")', '"many"'),
    }
    lines = {"outcome": "line 11: ZeroDivisionError: division by zero",
             "rule": "line 15: AttributeError: 'Market' object has no attribute 'no_such_thing'",
             "no number": "line 7: ValueError: could not convert string to float"}  # fmt: skip
    for name, code in wrong.items():
        put(tmp_path, code)
        out = name.replace(" ", "_")
        done = caremarket("sweep", "own.toml", "--own-code", "--out", out, "--jobs", "1")
        assert done.code == 3, done.err
        assert f"FAILED: run a/0/0, seed 1: OwnCodeError: mine.py, {lines[name]}" in done.err
        errors = csv(tmp_path / out, "runs")["error"]
        assert errors.str.startswith(f"OwnCodeError: mine.py, {lines[name]}").all()
        shown = caremarket("sweep", "own.toml", "--own-code", "--run", "a/0/0")
        assert shown.code == 3 and f"OwnCodeError: mine.py, {lines[name]}" in shown.err
        assert name == "no number" or 'File "own_code/mine.py"' in shown.err


@pytest.mark.parametrize(("day", "failures"), [(10, False), (10, True), (300, True)])
def test_laws_are_checked_of_runs_with_own_rules(
    caremarket: Caremarket, tmp_path: Path, day: int, failures: bool
) -> None:
    """Before and after the announcement from which the failures and the placebo branch off."""
    code = f"""
@rule
def lying(market):
    yield market.clock.environment.timeout({day}.0 - market.clock.now)
    market.ledger.traded(market.clock.now, 0, -1, 0)  # a cause that it cannot have
"""
    put(tmp_path, HEAD + PEOPLE + code, FAILING if failures else STUDY)
    done = caremarket("sweep", "own.toml", "--own-code", "--out", "out", "--jobs", "1")
    assert done.code == 3, done.err
    errors = csv(tmp_path / "out", "runs")["error"]
    assert errors.str.contains("BrokenLawError").all(), done.err
    assert errors.str.contains("causes of traded are known").all(), done.err


BAD: dict[str, tuple[str, str]] = {
    "syntax": (MINE + "def x(:\n", "mine.py, line 16: invalid syntax. Correct it, or leave the "
                                   "file"),
    "module": (MINE + "import no_such_module\n",
               "mine.py, line 16: ModuleNotFoundError: No module named 'no_such_module'"),
    "raises": (MINE + "1 / 0\n", "mine.py, line 16: ZeroDivisionError: division by zero"),
    "ends": (MINE + "raise SystemExit(3)\n", "mine.py, line 16: SystemExit: 3"),
    "no meaning": (MINE.replace('    """People referred."""\n', ""),
                   "mine.py, line 8: ValueError: the outcome 'people_told_of' needs a docstring"),
    "of the model's name": (MINE + PEOPLE.replace("people_told_of", "list_people_peak"),
                            "ValueError: the outcome 'list_people_peak' is declared twice"),
    "twice": (MINE + PEOPLE, "ValueError: the outcome 'people_told_of' is declared twice"),
    "about something else": (MINE.replace("About.RUN", "About.FALLBACK"),
                             "people_told_of is about what others could take on"),
    "never waits": (MINE.replace("yield market.clock.environment.timeout(10.0)", "market.tell()"),
                    "mine.py, line 13: the rule waiting has no yield, so it never waits"),
    "a column that is there": (MINE.replace("people_told_of", "seed"),
                               "own.toml, key own_code: the tables have a column 'seed' already"),
    "a name for no column": (MINE.replace("def people", "def People"),
                             "'People_told_of' is not a valid name for an outcome. Use a to z"),
    "a name with a gap": (
        MINE.replace("lower\")", "lower\", name=\"people_{where}\")"),
        "'people_{where}' is not a valid name for an outcome. Use a to z, 0 to 9 and _, and "
        "{tier}"),
    "a tier's column": (
        MINE + 'outcome("x", about=About.RUN, name="list_people_{tier}_peak", meaning="x")(max)\n'
        + 'outcome("x", about=About.RUN, name="draw", meaning="x")(max)\n',
        "the tables have a column 'draw' already"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_code_that_cannot_be_is_refused(caremarket: Caremarket, tmp_path: Path, what: str) -> None:
    code, told = BAD[what]
    put(tmp_path, code.replace('Path("it_ran").touch()', ""))
    done = caremarket("sweep", "own.toml", "--own-code")
    assert done.code == 2, done.out
    assert told in done.err, done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.py", "own.toml"]


def test_everything_wrong_is_told_at_once(caremarket: Caremarket, tmp_path: Path) -> None:
    """And none of it is run, though it was said that it may be."""
    study = STUDY.replace(
        '["mine.py"]', '["mine.py", "../other.py", "json.py", "gone.py", "mine.py"]'
    ).replace("= 7.0", "= -7.0")
    put(tmp_path, "import helper\n" + MINE, study)
    for name in ("helper.py", "json.py"):
        write(tmp_path, "x = 1\n", name)
    done = caremarket("sweep", "own.toml", "--own-code")
    assert done.code == 2
    for told in (
        "own.toml, key own_code[2]: '../other.py' is not a valid name. Give the name of a file",
        "own.toml, key own_code[3]: an installed module has the name json too",
        "own.toml, key own_code[4]: gone.py: the file is missing",
        "own.toml, key own_code[5]: 'mine.py' is given twice",
        "mine.py, line 1: it imports helper, which is in the study's folder but not listed. List "
        'it too: own_code = ["helper.py", "mine.py"]',
        "own.toml, key scenarios[2].set.brokerage.mean_patience_days: -7.0 is not allowed",
    ):
        assert told in done.err, done.err
    assert not (tmp_path / "it_ran").exists()


def test_an_outcome_that_nobody_declares_is_refused(caremarket: Caremarket, tmp_path: Path) -> None:
    put(tmp_path, study=STUDY.replace('"people_told_of"', '"people_told_off"'))
    done = caremarket("sweep", "own.toml", "--own-code")
    assert done.code == 2
    assert "no outcome 'people_told_off'. Did you mean 'people_told_of'?" in done.err


def test_an_outcome_of_failures_needs_one(caremarket: Caremarket, tmp_path: Path) -> None:
    put(tmp_path, MINE.replace("About.RUN", "About.FAILURE"))
    done = caremarket("sweep", "own.toml", "--own-code")
    assert done.code == 2
    assert "'people_told_of' is about a failure, and no scenario has one" in done.err


@pytest.mark.parametrize("told", [["../x.py"], ["/etc/passwd"], [3]])
def test_a_folder_cannot_name_files_elsewhere(
    caremarket: Caremarket, tmp_path: Path, told: list[Any]
) -> None:
    begun(caremarket, tmp_path)
    path = tmp_path / "begun" / "study.json"
    study = json.loads(path.read_text(encoding="utf-8"))
    study["own_code"]["files"] = told
    path.write_text(json.dumps(study), encoding="utf-8")
    done = caremarket("sweep", "begun", "--own-code")
    assert done.code == 2 and "the study cannot be read" in done.err
    assert not (tmp_path / "it_ran").exists()


def test_weeks_and_runs_have_them(caremarket: Caremarket, tmp_path: Path) -> None:
    put(tmp_path)
    assert caremarket("sweep", "own.toml", "--own-code", "--out", "out", "--jobs", "1").code == 0
    runs = pd.read_parquet(tmp_path / "out" / "runs.parquet")
    assert (runs["people_told_of"] > 0).all()
    differences = csv(tmp_path / "out", "differences").query("outcome == 'people_told_of'")
    assert differences["known"].tolist() == [2]
