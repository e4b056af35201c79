"""Recipes of CONTRIBUTING.md do what they say: each is followed on a copy of the source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import scratch
from command_line import python, spawned

ROOT = Path(__file__).parents[1]
RULE, COMMAND = "Add a rule of commissioning", "Add a command"
ABOUT_DOUBLE_HANDED = """
import sys
from sim.scenario import load_scenario
from sim.simulation import Simulation
key = "commissioning.tiers.legacy_framework.double_handed_only"
scenario = load_scenario("small", settings={"calendar.warm_up_weeks": 4} | eval(sys.argv[1]))
simulation = Simulation(scenario, seed=1)
tier = [tier.code for tier in scenario.commissioning.tiers].index("legacy_framework")
carers = {}
market = simulation.market
join = market.join_list
def joins(package, cause):
    carers[package.id] = package.carers
    join(package, cause)
market.join_list = joins
simulation.run(90.0)
asked = [int(row[1]) for row in market.ledger.rows("asked") if row[2] == tier]
print(sorted({carers[package] for package in asked if package in carers}))
"""
"""Prints by how many carers at once the people are visited about whom the legacy tier is asked."""
DIGEST = """
from experiments.engine.branches import digest
from sim.scenario import load_scenario
from sim.simulation import simulate
print(digest(simulate(load_scenario("small"), seed=1, until=200.0)))
"""


@pytest.fixture(scope="module")
def with_rule(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scratch.followed(tmp_path_factory.mktemp("rule"), RULE)


@pytest.fixture(scope="module")
def with_command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scratch.followed(tmp_path_factory.mktemp("command"), COMMAND)


@pytest.mark.parametrize("name", ["with_rule", "with_command"])
def test_it_is_the_copy_that_is_tried(name: str, request: pytest.FixtureRequest) -> None:
    copy = request.getfixturevalue(name)
    where = python(
        copy, "-c", "import sim, experiments as e; print(sim.__file__, e.__file__)", source=copy
    )
    assert where.out.count(str(copy)) == 2, where


def test_a_rule_of_commissioning_touches_its_declaration_and_the_offer_rules(
    with_rule: Path,
) -> None:
    where = {"sim/scenario/tables.py", "sim/market/offer_rule.py", "sim/commissioning.py"}
    assert scratch.touched(with_rule) == where


@pytest.mark.parametrize(("told", "carers"), [("{}", "[1, 2]"), ("{key: True}", "[2]")])
def test_the_rule_holds_where_it_is_switched_on(with_rule: Path, told: str, carers: str) -> None:
    key = "commissioning.tiers.legacy_framework.double_handed_only"
    done = python(
        with_rule, "-c", ABOUT_DOUBLE_HANDED, told.replace("key", repr(key)), source=with_rule
    )
    assert done.out.strip() == carers, done.err


def test_with_its_default_the_rule_changes_no_result(with_rule: Path) -> None:
    before = python(ROOT, "-c", DIGEST)
    after = python(with_rule, "-c", DIGEST, source=with_rule)
    assert before.out and before.out == after.out, after.err


def test_the_rule_is_told_with_its_unit_and_a_wrong_value_is_refused(with_rule: Path) -> None:
    told = spawned(with_rule, "parameters", "small", "--section", "commissioning", source=with_rule)
    assert "double_handed_only" in told.out and "yes/no" in told.out, told.err
    key = "commissioning.tiers.principal.double_handed_only"
    wrong = spawned(with_rule, "check", "small", "--set", f"{key}=2", source=with_rule)
    assert wrong.code == 2 and key in wrong.err and "Traceback" not in wrong.err


def test_a_command_touches_its_file_and_one_line(with_command: Path) -> None:
    listed = "experiments/commands/__init__.py"
    assert scratch.touched(with_command) == {listed, "experiments/commands/teams.py"}
    before = (ROOT / listed).read_text(encoding="utf-8").splitlines()
    after = (with_command / listed).read_text(encoding="utf-8").splitlines()
    assert len(after) == len(before) + 1


def test_the_command_answers_and_has_help_and_refuses_what_is_wrong(with_command: Path) -> None:
    done = spawned(with_command, "teams", "theory", source=with_command)
    assert (done.code, done.out) == (0, "The lot: 2\n"), done.err
    top = spawned(with_command, "--help", source=with_command)
    assert "Tell how many teams serve each area." in top.out
    wrong = spawned(with_command, "teams", "theorie", "--set", "nothing=1", source=with_command)
    assert wrong.code == 2 and "Did you mean 'theory'?" in wrong.err
    assert "Traceback" not in wrong.err


@pytest.mark.parametrize("name", [RULE, COMMAND])
def test_a_recipe_is_about_ten_lines(name: str) -> None:
    words = re.sub(r"```.*?```", "", scratch.recipe(name), flags=re.S).strip()
    assert 5 <= len(words.splitlines()) <= 12


@pytest.mark.parametrize("name", [RULE, COMMAND])
def test_what_a_recipe_names_exists(name: str) -> None:
    """Files, and functions where the recipe says which file they stand in."""
    words = re.sub(r"```.*?```", "", scratch.recipe(name), flags=re.S)
    for path in re.findall(r"`([a-z_]+/[\w./]+)`", words):
        assert (ROOT / path).exists(), path
    code = "".join(
        path.read_text(encoding="utf-8")
        for path in [*(ROOT / "sim").rglob("*.py"), *(ROOT / "experiments").rglob("*.py")]
    )
    for function in re.findall(r"`([a-z]+_[a-z_]+)`", words):
        assert f"def {function}(" in code, function


def test_a_recipe_out_of_date_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = scratch.RECIPES.replace("after: from_minutes: int", "after: from_hours: int")
    monkeypatch.setattr(scratch, "RECIPES", old)
    with pytest.raises(AssertionError, match="stands there 0 times"):
        scratch.followed(tmp_path, RULE)
