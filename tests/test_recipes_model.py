"""The recipes of CONTRIBUTING.md for the model hold: each is followed on a copy of the source."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from command_line import Done, python

ROOT = Path(__file__).parents[1]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the program to work on."""
    for package in ("sim", "experiments"):
        left_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=left_out)
    return tmp_path


def put(path: Path, *changes: tuple[str, str]) -> None:
    """Write a change into a file where the recipe says."""
    text = path.read_text(encoding="utf-8")
    for before, after in changes:
        assert text.count(before) == 1, f"{path.name} no longer has one {before!r}"
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8", newline="\n")


def on_copy(copy: Path, *words: str) -> Done:
    """Run Python on the copy."""
    return python(copy, *words, source=copy, COLUMNS="200")


def changed_code(copy: Path) -> set[str]:
    """The files of code that differ from the original."""
    return {
        path.relative_to(copy).as_posix()
        for package in ("sim", "experiments")
        for path in (copy / package).rglob("*.py")
        if path.read_bytes() != (ROOT / path.relative_to(copy)).read_bytes()
    }


def recipe(heading: str) -> str:
    """The text of a recipe."""
    whole = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.search(rf"^### {heading}\n(.*?)(?=^##|\Z)", whole, re.MULTILINE | re.DOTALL)
    assert found is not None, f"CONTRIBUTING.md has no recipe {heading!r}"
    return found[1]


@pytest.mark.parametrize("heading", ["Add a failure kind", "Add a county key"])
def test_a_recipe_is_short_and_names_files_that_are_there(heading: str) -> None:
    text = recipe(heading)
    assert len(text.strip().splitlines()) <= 12
    for name in re.findall(r"`((?:sim|experiments|tests|docs)/[\w./-]+\.\w+)`", text):
        assert (ROOT / name).exists(), name


# Add a failure kind ---------------------------------------------------------------------------

ROW = """    "licence_revoked": KindOfFailure(
        meaning="it loses carers and may take no new work",
        uses=("share", "lasts_days"),
        begins=Cause.STAFF_LOST,
        ends=Cause.SUSPENSION_ENDED,
        does="loses its licence",
        sentence="loses {share}% of its carers and may take no new work for {lasts} days",
        usual_share="staff_loss_share",
    ),
    "recruitment_stop": KindOfFailure("""
CASE = """        case "licence_revoked":
            lose_staff(market, teams, extent.share)
            yield from suspend(market, trading, extent.lasts_days)
        case _:
            assert_never(script.kind)"""
RUN = """
from sim.scenario import load_scenario
from sim.simulation import simulate
from sim.processes.failure import ScriptedFailure
from sim.ledger import Cause
county = load_scenario("small")
script = ScriptedFailure("largest", 50.0, kind="licence_revoked", lasts_days=20.0)
ledger = simulate(county, seed=1, until=100.0, failures=[script])
print(sorted((day, Cause(int(cause)).name) for day, _, _, cause in ledger.rows("traded")
             if day in (50.0, 70.0)))
from experiments.run.account_words import how_in_words
print(how_in_words(county, script))
"""


def declare_a_kind(copy: Path) -> None:
    """Steps 1 and 2."""
    put(
        copy / "sim" / "vocabulary.py",
        (
            '"staff_loss", "recruitment_stop"\n',
            '"staff_loss", "recruitment_stop", "licence_revoked"\n',
        ),
        ('    "recruitment_stop": KindOfFailure(', ROW),
    )


def test_add_a_failure_kind(copy: Path) -> None:
    """Declared alone it is refused as it is carried out; with its case it is simulated and told."""
    declare_a_kind(copy)
    refused = on_copy(copy, "-c", RUN)
    assert refused.code != 0 and "licence_revoked" in refused.err
    failure = copy / "sim" / "processes" / "failure.py"
    put(failure, ("        case _:\n            assert_never(script.kind)", CASE))
    done = on_copy(copy, "-c", RUN)
    assert done.code == 0, done.err
    facts, words = done.out.strip().splitlines()
    assert facts == "[(50.0, 'STAFF_LOST'), (50.0, 'SUSPENDED'), (70.0, 'SUSPENSION_ENDED')]"
    assert words == "loses 30% of its carers and may take no new work for 20 days"
    assert changed_code(copy) == {"sim/vocabulary.py", "sim/processes/failure.py"}


def test_a_new_failure_kind_is_known_to_the_command_line_and_its_tables(copy: Path) -> None:
    declare_a_kind(copy)
    told = on_copy(copy, "-m", "experiments", "run", "--help")
    assert "licence_revoked" in told.out, told.err
    made = on_copy(copy, "-m", "experiments", "samples", "mine")
    assert made.code == 0, made.err
    columns = (copy / "mine" / "failures_columns.csv").read_text(encoding="utf-8")
    assert "licence_revoked (it loses carers and may take no new work)" in columns


def test_mypy_names_the_match_that_lacks_a_kind(copy: Path) -> None:
    pytest.importorskip("mypy")
    declare_a_kind(copy)
    words = ("-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), "-p", "sim.processes")
    told = on_copy(copy, *words, "--cache-dir", str(copy / "cache"))
    assert re.search(r"failure\.py.*assert_never.*licence_revoked", told.out), told.out


# Add a county key -----------------------------------------------------------------------------

KEY = """
    post_days: float = parameter(
        "days that letters take", unit="days", low=0, high=30, default=0.0,
        default_source="no letters were sent before",
    )
    list_discipline:"""
OPENED = """
import sys
from experiments.engine.branches import digest
from sim.scenario import load_scenario
from sim.scenario.plausibility import warnings
from sim.simulation import simulate
for settings in ({}, {"brokerage.post_days": 3.0}):
    county = load_scenario(sys.argv[1], settings=settings)
    told = county.sources["brokerage.post_days"].source
    ledger = simulate(county, seed=1, until=20.0)
    print(county.brokerage.post_days, len(warnings(county)), digest(ledger), told, sep="|")
"""
OLD = ROOT / "tests" / "data" / "county_of_0_5_0"


def test_add_a_county_key(copy: Path) -> None:
    """A folder of 0.5.0 is given its default and runs as before; a value of its own moves it."""
    put(copy / "sim" / "scenario" / "parameters.py", ("\n    list_discipline:", KEY))
    put(
        copy / "sim" / "processes" / "brokerage.py",
        (
            "self.handling_days = rules.handling_days\n",
            "self.handling_days = rules.handling_days + rules.post_days\n",
        ),
    )
    for settings in (copy / "sim" / "counties").glob("*/county.toml"):
        told = 'post_days = { value = 0.1, source = "asked", sure = "estimate" }'
        put(settings, ("\n[brokerage]\n", f"\n[brokerage]\n{told}\n"))
    opened = on_copy(copy, "-c", OPENED, str(OLD))
    assert opened.code == 0, opened.err
    usual, changed = (line.split("|") for line in opened.out.strip().splitlines())
    told = "not given by the county, so the usual value is taken: no letters were sent before"
    assert usual[:2] == ["0.0", "0"] and usual[3] == told
    before = python(ROOT, "-c", BEFORE, str(OLD))
    assert usual[2] == before.out.strip() != changed[2]
    assert changed[0] == "3.0" and "set for this run" in changed[3]
    page = on_copy(copy, "-m", "experiments", "parameters", "small", "--section", "brokerage")
    assert "post_days" in page.out and page.code == 0, page.err


BEFORE = """
import sys
from experiments.engine.branches import digest
from sim.scenario import load_scenario
from sim.simulation import simulate
print(digest(simulate(load_scenario(sys.argv[1]), seed=1, until=20.0)))
"""


def rename_a_key(copy: Path) -> None:
    put(copy / "sim" / "scenario" / "parameters.py", ("    handling_days:", "    broker_days:"))
    for settings in (copy / "sim" / "counties").glob("*/county.toml"):
        put(settings, ("handling_days =", "broker_days ="), ("format = 1", "format = 2"))
    for path in (copy / "sim").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        new = text.replace("rules.handling_days", "rules.broker_days")
        new = new.replace("brokerage.handling_days", "brokerage.broker_days")
        path.write_text(new, encoding="utf-8", newline="\n")


MIGRATION = """
def _from_1(settings: Settings) -> None:
    brokerage = settings.get("brokerage")
    if isinstance(brokerage, dict) and "handling_days" in brokerage:
        brokerage["broker_days"] = brokerage.pop("handling_days")


MIGRATIONS: Mapping[int, Callable[[Settings], None]] = {1: _from_1}
"""


def test_a_renamed_county_key_makes_a_new_format_that_opens_the_old_one(copy: Path) -> None:
    rename_a_key(copy)
    formats = copy / "sim" / "scenario" / "formats.py"
    put(
        formats,
        ("FORMAT = 1\n", "FORMAT = 2\n"),
        ("\nMIGRATIONS: Mapping[int, Callable[[Settings], None]] = {}\n", MIGRATION),
    )
    opened = on_copy(copy, "-c", BEFORE, str(OLD))
    assert opened.code == 0, opened.err
    assert on_copy(copy, "-m", "experiments", "check", "small").code == 0
    newer = python(ROOT, "-m", "experiments", "check", str(copy / "sim" / "counties" / "small"))
    assert newer.code == 2 and "the folder has format 2" in newer.err
