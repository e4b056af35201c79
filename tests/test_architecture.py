"""Imports follow the data: the model never knows the experiments, processes never the outcomes."""

from __future__ import annotations

import ast
import itertools
import re
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path

import pytest

from experiments.commands import VERBS, module_of
from experiments.results.provenance import TELLING, TELLING_FILES

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


FLOORS = (
    {"statistics"},
    {"words"},
    {"charts"},
    {"results"},
    {"engine"},
    {"asking"},
    {"run"},
    {"study", "adequacy", "fit", "history"},
    {"stress"},
    {"models", "bands", "calibration"},
    {"counties", "report"},
    {"imports"},
    {"hindcasts"},
    {"costs"},
    {"pages", "app"},
    {"commands"},
    {"site"},
)
"""Rooms of experiments/ from the ground up. A room knows those below it, never one on its floor:
charts know no question, and only verbs know verbs' help."""
RUN_BACK_UP: set[tuple[str, str]] = set()
"""What still runs back up: nothing."""


def rooms_known(path: Path) -> set[str]:
    """Rooms of experiments/ that a file imports when it runs."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("experiments.")}


def floor(room_name: str) -> int:
    """How far above the ground a room of experiments/ lies."""
    return next(height for height, rooms in enumerate(FLOORS) if room_name in rooms)


def arrows() -> set[tuple[str, str]]:
    """Which room of experiments/ knows which other."""
    return {
        (path.relative_to(ROOT).parts[1], known)
        for path in files("experiments")
        if path.parent != ROOT / "experiments"
        for known in rooms_known(path) - {path.relative_to(ROOT).parts[1]}
    }


def test_every_room_of_experiments_lies_on_a_floor() -> None:
    rooms = [name for floor_ in FLOORS for name in sorted(floor_)]
    there = {path.parent.name for path in files("experiments")} - {"experiments"}
    assert sorted(rooms) == sorted(there)


def test_no_arrow_runs_back_up_between_rooms_but_those_that_are_listed() -> None:
    up = {(room_, known) for room_, known in arrows() if floor(known) >= floor(room_)}
    assert up <= RUN_BACK_UP, f"new: {sorted(up - RUN_BACK_UP)}"
    assert up >= RUN_BACK_UP, f"take off the list what is gone: {sorted(RUN_BACK_UP - up)}"


def test_no_work_depends_on_what_its_identity_leaves_out() -> None:
    """What only tells is not in an item's identity: so no work may come to need it."""
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for path in files("experiments")
    }
    waiting = [name for name in modules if name.endswith(".work")]
    identities = "experiments.results.provenance"  # gives them, and moves no result itself
    seen: set[str] = {identities}
    while waiting:
        name = waiting.pop()
        if name in modules and name not in seen:
            seen.add(name)
            waiting += imports(modules[name])
    left_out = {
        name
        for name in seen - {identities}
        if name.split(".")[1] in TELLING or modules[name].name in TELLING_FILES
    }
    assert len(seen) > 15 and not left_out


def test_charts_import_no_question() -> None:
    """A chart is given a tidy table; what a question is, it need not know."""
    questions = {room_ for floor_ in FLOORS[floor("run") :] for room_ in floor_}
    assert not {known for room_, known in arrows() if room_ == "charts"} & questions


def test_no_verb_imports_a_verb() -> None:
    verbs = {module_of(verb) for verb in VERBS}
    for path in files("experiments/commands"):
        known = {name.split(".")[2] for name in imports(path)
                 if name.startswith("experiments.commands.")}  # fmt: skip
        assert not known & (verbs - {path.stem}), path


# Sizes: a ratchet. What is shorter now may be written here; longer it may not become ------------


@dataclass(frozen=True)
class Sizes:
    """Lines of files and of functions' bodies (without docstrings): middle, nineteen in twenty."""

    file_median: int
    file_95: int
    file_longest: int
    body_median: int
    body_95: int
    body_longest: int


LIMITS = {
    # The longest file of sim/ declares the parameters: a response has five of its own. A ledger
    # says how it goes to another process.
    "sim": Sizes(153, 504, 790, 5, 21, 51),
    # A choice in stages and two tables of what is learned are told where the like is told.
    "experiments": Sizes(124, 380, 576, 7, 26, 49),
}


def quantile(numbers: list[int], share: float) -> int:
    """The smallest number that so many are at most."""
    return sorted(numbers)[ceil(share * len(numbers)) - 1]


def bodies(path: Path) -> list[int]:
    """Lines of the body of each function of a file; a comment is a reason, not a line of code."""
    text = path.read_text(encoding="utf-8")
    tree, lines = ast.parse(text), text.splitlines()
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            steps = node.body[1:] if ast.get_docstring(node) is not None else node.body
            body = lines[steps[0].lineno - 1 : node.end_lineno] if steps else []
            found.append(sum(not line.lstrip().startswith("#") for line in body))
    return found


def sizes_of(package: str) -> Sizes:
    of_files = [len(path.read_text(encoding="utf-8").splitlines()) for path in files(package)]
    of_bodies = [lines for path in files(package) for lines in bodies(path)]
    return Sizes(*(quantile(of, share) for of in (of_files, of_bodies) for share in (0.5, 0.95, 1)))


@pytest.mark.parametrize("package", LIMITS)
def test_files_and_functions_do_not_grow(package: str) -> None:
    now, limits = asdict(sizes_of(package)), asdict(LIMITS[package])
    longer = {name: lines for name, lines in now.items() if lines > limits[name]}
    assert not longer, f"longer than the {package} of before: part what has grown, or say why here"


def test_sizes_are_counted_as_the_eye_does(tmp_path: Path) -> None:
    told = 'def one(\n    x: int,\n) -> int:\n    """Say."""\n    y = x\n    return y\n'
    (tmp_path / "file.py").write_text(told, encoding="utf-8")
    assert bodies(tmp_path / "file.py") == [2]
    assert [quantile([3, 1, 2, 4], share) for share in (0.5, 0.95, 1)] == [2, 4, 4]


def test_every_room_is_installed() -> None:
    told = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    rooms = {path.parent.relative_to(ROOT).as_posix().replace("/", ".")
             for package in ("sim", "experiments") for path in files(package)}  # fmt: skip
    assert all(f'"{name}"' in told for name in rooms)


EXTRAS = {
    "docx": "docxtpl", "docxtpl": "docxtpl", "pikepdf": "docxtpl", "sklearn": "sklearn",
    "SALib": "SALib", "distributed": "distributed", "gptables": "gptables",
    "starlette": "starlette", "uvicorn": "uvicorn", "httpx2": "httpx2",
}  # fmt: skip
"""Modules of extras that the README's test command does not install: how a test asks for them."""


@pytest.mark.parametrize("path", sorted((ROOT / "tests").glob("test_*.py")), ids=lambda p: p.stem)
def test_no_test_needs_what_the_readme_does_not_install(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    needed = {name.split(".")[0] for node in ast.walk(ast.parse(text)) for name in named_in(node)}
    asked = re.findall(r'importorskip\("([^"]+)"\)', text)
    assert not {name for name in needed & set(EXTRAS) if EXTRAS[name] not in asked}


def named_in(node: ast.AST) -> list[str]:
    """Modules that a line imports."""
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [name.name for name in node.names] if isinstance(node, ast.Import) else []


# What several tests use stands once -----------------------------------------------------------

TESTS = sorted((ROOT / "tests").glob("test_*.py"))
HELPERS = [ROOT / "tests" / f"{name}.py" for name in ("command_line", "conftest", "books")]


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
    """The command line, the scenarios and the market's books stand once."""
    for helper in HELPERS:
        assert not names(path) & names(helper), helper.name


def names(path: Path) -> set[str]:
    """Functions and classes that a file defines, and names that it gives at its top."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
