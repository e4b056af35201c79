"""Imports follow the data: the model never knows the experiments, processes never the outcomes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

GROUND_UP = (
    {"sim.clock", "sim.randomness", "sim.scenario", "sim.ledger"},
    {"sim.travel"},
    {"sim.market"},
    {"sim.commissioning"},
    {"sim.processes"},
    {"sim.warm_start", "sim.laws"},
    {"sim.simulation"},
)


def imports(path: Path) -> set[str]:
    """Modules of this project that a file imports when it runs (not for types alone)."""
    found: set[str] = set()
    for node in running(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return {name for name in found if name.split(".")[0] in ("sim", "experiments")}


def running(tree: ast.AST) -> list[ast.AST]:
    """Every node except those under ``if TYPE_CHECKING``."""
    nodes = [tree]
    for child in ast.iter_child_nodes(tree):
        types_only = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        nodes += [] if types_only else running(child)
    return nodes


def room(module: str) -> int:
    """How far above the ground a module of the model lives."""
    for height, rooms in enumerate(GROUND_UP):
        if any(module == name or module.startswith(name + ".") for name in rooms):
            return height
    return -1


def files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("path", files("sim"), ids=lambda path: path.name)
def test_the_model_never_imports_the_experiments(path: Path) -> None:
    assert not {name for name in imports(path) if name.startswith("experiments")}


@pytest.mark.parametrize("path", files("sim"), ids=lambda path: path.name)
def test_imports_go_down_to_the_ground(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    mine = room(module)
    if mine < 0:
        return
    above = {name for name in imports(path) if room(name) > mine}
    assert not above, f"{module} imports {above}, which live above it"


@pytest.mark.parametrize("path", files("sim/outcomes"), ids=lambda path: path.name)
def test_outcomes_read_scenario_and_ledger_only(path: Path) -> None:
    allowed = ("sim.scenario", "sim.ledger", "sim.outcomes", "sim.travel", "sim.clock")
    assert all(name.startswith(allowed) for name in imports(path) if name != "sim")


def test_no_file_is_an_empty_room() -> None:
    for path in [*files("sim"), *files("experiments")]:
        assert path.read_text(encoding="utf-8").strip(), f"{path.name} is empty"
