"""One registry of outcomes: every question chooses from it, and every formula stands once."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import small_county

from experiments.bands.figures import HEADLINES
from experiments.models.figures import COMPARED
from experiments.stress.figures import told_of
from experiments.study.freezing import study_of
from sim.outcomes.account import Market
from sim.outcomes.adequacy import county_adequacy
from sim.outcomes.catalogue import (
    DECLARING,
    RENAMED,
    REPLACED,
    chosen,
    declared,
    figures_of,
    measured_in_parts,
)
from sim.outcomes.declaration import About, Outcome
from sim.outcomes.failures import WHOSE, Failures
from sim.outcomes.headline import account_of
from sim.outcomes.registry import OUTCOMES, outcome
from sim.scenario import ScenarioError
from sim.scenario.tables import FailureRow
from sim.simulation import simulate

ROOT = Path(__file__).parents[1]
TIERS = ["principal", "legacy_framework"]
CHOICES: dict[str, list[Outcome]] = {
    "run, study": declared(TIERS),
    "bands": list(HEADLINES),
    "compare-models": list(COMPARED),
    "stress": told_of(TIERS),
    "fit": list(measured_in_parts().values()),
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Every file of the two packages, by its path, as a tree."""
    for package in ("sim", "experiments"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


# The registry ------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", CHOICES)
def test_every_question_chooses_from_the_one_registry(question: str) -> None:
    for one in CHOICES[question]:
        name = re.sub("|".join(TIERS), "{tier}", one.name) if one.name not in OUTCOMES else one.name
        known = OUTCOMES[name]
        assert (one.unit, one.better, one.about) == (known.unit, known.better, known.about)
        assert one.meaning == known.meaning or one.meaning.startswith(f"{known.meaning}: ")


def test_nobody_else_makes_an_outcome() -> None:
    makers = {
        path
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Outcome"
    }
    assert makers == {"sim/outcomes/registry.py"}


def test_what_is_declared_says_what_it_is() -> None:
    for one in OUTCOMES.values():
        assert one.unit and one.meaning and not one.meaning.endswith(".")
        assert re.fullmatch(r"[a-z][a-z0-9_{}]*", one.name)
        assert one.meaning.startswith("N-1") or not one.meaning[:2].istitle(), (
            f"{one.name} begins with a capital"
        )
        assert one.better in ("higher", "lower", "neither")
        # Chosen by name, an outcome stands alone: it cannot lean on the one before it.
        assert not re.match(r"(of (it|them|these)|their) ", one.meaning), one.name
    assert {one.about for one in OUTCOMES.values()} == set(About)


def test_a_name_is_declared_once_and_with_a_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.outcomes.registry.OUTCOMES", dict(OUTCOMES))
    with pytest.raises(ValueError, match="'list_people_peak' is declared twice"):
        outcome("people", about=About.RUN, name="list_people_peak", meaning="again")(abs)
    with pytest.raises(ValueError, match="'mute' needs a docstring"):
        outcome("people", about=About.RUN, name="mute")(lambda run: 0.0)


@pytest.mark.parametrize("first", [module.__name__ for module in DECLARING])
def test_the_order_of_imports_does_not_show(first: str) -> None:
    said = "import {}; from sim.outcomes.catalogue import declared, measured_in_parts as parts\n"
    said += "print([one.name for one in declared(['a'])], list(parts()))"
    told = [
        subprocess.run(
            [sys.executable, "-c", said.format(module)],
            cwd=ROOT,
            capture_output=True,
            encoding="utf-8",
            check=True,
        ).stdout
        for module in ("sim.outcomes.catalogue", first)
    ]
    assert told[0] == told[1]


# Old names ---------------------------------------------------------------------------------------

STUDY = """
name = "old"
county = "small"
until = 2024-03-31
outcomes = ["{name}"]
replications = {{ within = 0.5, outcome = "{name}" }}
[[scenarios]]
name = "as_is"
failures = [{{ who = "largest", date = 2024-02-01 }}]
[[scenarios]]
name = "again"
failures = [{{ who = "largest", date = 2024-02-01 }}]
"""


@pytest.mark.parametrize("old", RENAMED)
def test_a_study_of_before_is_read_by_its_old_names(old: str, tmp_path: Path) -> None:
    assert old not in OUTCOMES
    file = tmp_path / "old.toml"
    file.write_text(STUDY.format(name=old), encoding="utf-8")
    study = study_of(file)
    assert study.outcomes == (RENAMED[old],)
    assert study.replications.outcome == RENAMED[old]
    assert set(study.outcomes) <= set(study.declared)


@pytest.mark.parametrize("old", REPLACED)
def test_an_outcome_that_is_gone_is_refused_with_what_stands_in_its_place(
    old: str, tmp_path: Path
) -> None:
    assert old not in OUTCOMES and old not in RENAMED
    file = tmp_path / "old.toml"
    file.write_text(STUDY.format(name=old), encoding="utf-8")
    with pytest.raises(ScenarioError) as refused:
        study_of(file)
    assert f"no outcome '{old}'" in str(refused.value) and "its formula is different" in str(
        refused.value
    )


def test_a_name_nobody_knows_is_still_refused(tmp_path: Path) -> None:
    file = tmp_path / "old.toml"
    file.write_text(STUDY.format(name="served_again_in_8_days"), encoding="utf-8")
    with pytest.raises(ScenarioError) as refused:
        study_of(file)
    assert "Did you mean 'served_again_in_28_days'" in str(refused.value)


def test_every_name_that_changed_stands_in_the_docs() -> None:
    page = (ROOT / "docs" / "reference" / "outcomes.md").read_text(encoding="utf-8")
    for old, new in RENAMED.items():
        assert f"| `{old}` | `{new}` |" in page
    table = page.split("| before | now |")[1].split("\n\n")[0]
    new_names = re.findall(r"` \| `([a-z0-9_]+)` \|", table)
    held = {one.name for many in CHOICES.values() for one in many}
    columns = (ROOT / "experiments" / "adequacy" / "columns.py").read_text(encoding="utf-8")
    files = {"contingencies", "finished", "served_again"}
    for name in new_names:
        assert name in held | files or f'"{name}"' in columns, name


# Formulas that stand once ------------------------------------------------------------------------


STUDENT = re.compile(r"\bstdtrit\b|import t\b|stats\.t\b|student")


def test_the_interval_of_a_mean_stands_once() -> None:
    """Student's quantile is what such an interval needs: one module asks for it."""
    asking = {path for path, tree in sources() if STUDENT.search(ast.unparse(tree))}
    # The module of claims asks for Student's probability of a value, no interval.
    assert asking - {"experiments/statistics/claims.py"} == {"experiments/statistics/intervals.py"}
    tree = dict(sources())["experiments/statistics/intervals.py"]
    inside = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and "stdtrit" in ast.unparse(node)
    ]
    assert inside == ["t_multipliers"]


def test_the_adequacy_of_a_county_stands_once() -> None:
    """Whoever knows what can be taken on leaves capping it by what is at stake to one function."""
    capping = {
        f"{path}:{node.name}"
        for path, tree in sources()
        if "absorbable" in ast.unparse(tree)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and re.search(r"np\.minimum\((at_stake|stake|held|1\.0)", ast.unparse(node))
    }
    assert capping == {
        "sim/outcomes/adequacy.py:adequacy",
        "sim/outcomes/adequacy.py:county_adequacy",
    }


def test_a_surplus_in_one_area_helps_no_other() -> None:
    at_stake, room = np.array([[100.0, 50.0]]), np.array([[500.0, 0.0]])
    assert county_adequacy(at_stake, room, 0.0) == pytest.approx([100 / 150])
    assert county_adequacy(at_stake, room, 0.3) == pytest.approx([115 / 150])
    assert np.isnan(county_adequacy(0 * at_stake, room, 0.3)).all()


OTHER_NUMBERS = {("experiments/calibration/folder.py", "TIED = 0.3")}
"""A correlation, not a share of carers."""


def test_the_usual_share_of_carers_who_move_stands_once() -> None:
    found = set()
    for path, tree in sources():
        if not path.startswith(("sim/outcomes", "experiments")):
            continue
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.Constant) and child.value == 0.3:
                    if isinstance(node, ast.keyword) and node.arg == "linewidth":
                        continue
                    found.add((path, ast.unparse(node)))
                if isinstance(child, ast.Constant) and isinstance(child.value, str):
                    assert not re.search(r"\b30 ?%", child.value), f"{path}: {child.value}"
    once = ("sim/outcomes/adequacy.py", "USUAL_STAFF_MOVE_SHARE = 0.3")
    assert found - OTHER_NUMBERS == {once}


# Near-twins --------------------------------------------------------------------------------------


def test_names_that_say_how_long_are_the_same_figure_over_so_long() -> None:
    county = small_county(calendar__end="2025-12-31")
    failure = FailureRow(who="largest", date="2025-03-01", staff_move_share=0.0)
    fails = county.model_copy(update={"failures": (failure,)})
    account = account_of(Market(simulate(fails, seed=1)), Market(simulate(county, seed=1)), fails)
    assert account is not None
    names = [f"{part}_hours_in_{days}_days" for part in WHOSE for days in (28, 91, 365)]
    figures = figures_of(chosen(names), {About.FAILURE: Failures(account)})
    for days in (28, 91):
        harm = account.harm(days)
        for part in WHOSE:
            assert figures[f"{part}_hours_in_{days}_days"] == getattr(harm, part).sum()
    assert figures["total_hours_in_91_days"] > figures["total_hours_in_28_days"] > 0
    assert np.isnan(figures["total_hours_in_365_days"])  # the run ends before
