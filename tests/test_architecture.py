"""Imports follow the data: the model never knows the experiments, processes never the outcomes."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

GROUND_UP = (
    {"sim.vocabulary", "sim.draws"},
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


ABOVE_THE_MARKET = ("sim.commissioning", "sim.processes", "sim.warm_start", "sim.laws",
                    "sim.simulation", "sim.outcomes")  # fmt: skip


@pytest.mark.parametrize("path", files("sim/market"), ids=lambda path: path.name)
def test_the_market_knows_nobody_above_it_not_even_by_type(path: Path) -> None:
    """It asks its offices by the protocols of offices.py."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        named += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if named == ["sim"]:
            named = [f"sim.{alias.name}" for alias in node.names]
        assert not [name for name in named if name.startswith(ABOVE_THE_MARKET)], node.lineno


def test_every_office_is_one_that_processes_hold() -> None:
    """Each protocol is met by the class of its name: mypy sees it where simulation fills it in."""
    from sim.market import offices
    from sim.processes import bridging, brokerage, overload, workforce

    held = (brokerage.Brokerage, bridging.Bridging, overload.Overload, workforce.Workforce)
    for office in held:
        asked = getattr(offices, office.__name__)
        told = {name for name in vars(asked) if not name.startswith("_")}
        assert told and told <= set(vars(office)), office


@pytest.mark.parametrize("path", files("sim/outcomes"), ids=lambda path: path.name)
def test_outcomes_read_scenario_and_ledger_only(path: Path) -> None:
    allowed = ("sim.scenario", "sim.ledger", "sim.outcomes", "sim.travel", "sim.clock",
               "sim.vocabulary")  # fmt: skip
    assert all(name.startswith(allowed) for name in imports(path) if name != "sim")


def test_no_file_is_an_empty_room() -> None:
    for path in [*files("sim"), *files("experiments")]:
        assert path.read_text(encoding="utf-8").strip(), f"{path.name} is empty"


QUESTIONS = ("adequacy", "bands", "calibration", "fit", "history", "models", "pages", "run",
             "stress", "study")  # fmt: skip
NEVER_IMPORTS = {
    "charts": {*QUESTIONS, "commands", "engine", "asking"},
    "words": {*QUESTIONS, "commands", "engine", "charts", "results", "asking"},
    "statistics": {*QUESTIONS, "commands", "engine", "charts", "results", "asking", "words"},
    "results": {*QUESTIONS, "commands"},
    "asking": {"commands", *QUESTIONS} - {"run"},
    **{question: {"commands"} for question in QUESTIONS},
}
"""Which rooms of experiments/ a room may not know. What still runs back up, and waits for one
engine under every question, is named here: asking and engine know how a run is carried out."""
KNOWN_UP = {"engine": {"run", "study"}, "results": {"engine"}}


def rooms_known(path: Path) -> set[str]:
    """Rooms of experiments/ that a file imports when it runs."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("experiments.")}


@pytest.mark.parametrize("room_name", NEVER_IMPORTS)
def test_rooms_of_experiments_know_only_what_lies_below(room_name: str) -> None:
    for path in files(f"experiments/{room_name}"):
        assert not rooms_known(path) & NEVER_IMPORTS[room_name], path


@pytest.mark.parametrize("path", files("experiments/engine"), ids=lambda path: path.name)
def test_what_still_runs_back_up_does_not_grow(path: Path) -> None:
    above = {*QUESTIONS, "commands", "charts", "asking"}
    assert rooms_known(path) & above <= KNOWN_UP["engine"]


def test_no_verb_imports_a_verb() -> None:
    shared = {"endings", "options", "whole", "verb", "studying"}
    verbs = {path.stem for path in files("experiments/commands")} - shared - {"__init__"}
    for path in files("experiments/commands"):
        if path.name == "__init__.py":
            continue  # it names them all
        known = {name.split(".")[2] for name in imports(path)
                 if name.startswith("experiments.commands.")}  # fmt: skip
        assert not known & (verbs - {path.stem}), path


def test_every_room_is_installed() -> None:
    told = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    rooms = {path.parent.relative_to(ROOT).as_posix().replace("/", ".")
             for package in ("sim", "experiments") for path in files(package)}  # fmt: skip
    assert all(f'"{name}"' in told for name in rooms)


# What several tests use stands once -----------------------------------------------------------

TESTS = sorted((ROOT / "tests").glob("test_*.py"))
HELPERS = sorted(set((ROOT / "tests").glob("*.py")) - set(TESTS))


def own_ways_to_the_command_line(source: str) -> list[str]:
    """What calls the command line in a file without tests/command_line.py."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.List | ast.Tuple):
            words = [part.value for part in node.elts if isinstance(part, ast.Constant)]
            if ("-m", "experiments") in itertools.pairwise(words):
                found.append(ast.unparse(node))
        if isinstance(node, ast.Attribute) and ast.unparse(node).endswith("commands.main"):
            found.append(ast.unparse(node))
        if isinstance(node, ast.Assign) and "sys.argv" in map(ast.unparse, node.targets):
            found.append(ast.unparse(node))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("experiments"):
            found += [ast.unparse(node) for name in node.names if name.name == "main"]
        if isinstance(node, ast.Call) and '"argv"' in ast.unparse(node).replace("'", '"'):
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_no_test_calls_the_command_line_in_a_way_of_its_own(path: Path) -> None:
    if path != Path(__file__):
        assert own_ways_to_the_command_line(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "way",
    [
        'subprocess.run([sys.executable, "-m", "experiments", "run"])',
        'words = ("-m", "experiments", *more)',
        "experiments.commands.main()",
        "from experiments import commands\ncommands.main()",
        "from experiments.commands import main",
        'monkeypatch.setattr(sys, "argv", ["caremarket"])',
        'sys.argv = ["caremarket"]',
    ],
)
def test_a_way_of_its_own_would_be_found(way: str) -> None:
    assert own_ways_to_the_command_line(way)


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_no_test_defines_what_a_helper_defines(path: Path) -> None:
    """A helper is a function, class or fixture of conftest.py, command_line.py and their like."""
    for helper in HELPERS:
        assert not names(path) & names(helper), helper.name


def names(path: Path) -> set[str]:
    """Functions and classes that a file defines, and names that it gives at its top."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
