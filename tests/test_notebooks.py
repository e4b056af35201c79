"""Every notebook teaches: it runs as shipped, shows charts, and its exercise can be solved."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from experiments.charts.chart import Chart

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
SOLUTION = re.compile(r"<details><summary>Solution</summary>\n+```python\n(.*?)```", re.DOTALL)
PUBLIC = {"experiments": {"api"}}
"""What a notebook may import of the project."""
OTHERS = {
    "datetime",
    "html",
    "matplotlib",
    "numpy",
    "pandas",
    "pathlib",
    "re",
    "scipy",
    "tempfile",
    "textwrap",
}
NEEDS = {"committee_paper": "docxtpl"}
BY_NAME = {path.stem: path for path in NOTEBOOKS}


def cells_of(name: str, kind: str) -> list[str]:
    """The texts of all cells of a kind."""
    cells = json.loads(BY_NAME[name].read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def carried_out(code: str, names: dict[str, Any]) -> Any:
    """Run code as a notebook does; what its last line gives, if that is an expression."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    return None


@pytest.mark.long
@pytest.mark.parametrize("name", BY_NAME)
def test_a_notebook_runs_and_its_exercise_can_be_solved(name: str) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    names: dict[str, Any] = {}
    shown = [carried_out(code, names) for code in cells_of(name, "code")]
    assert any(isinstance(one, Chart) and quoteattr(one.alt) in one._repr_html_() for one in shown)
    assert shown[-1] == "Not answered yet."
    [solution] = SOLUTION.findall(cells_of(name, "markdown")[-1])
    assert carried_out(solution, names) == "Right."


@pytest.mark.parametrize("name", BY_NAME)
def test_a_notebook_is_shipped_without_outputs(name: str) -> None:
    for cell in json.loads(BY_NAME[name].read_text(encoding="utf-8"))["cells"]:
        assert cell.get("outputs", []) == [] and cell.get("execution_count") is None


@pytest.mark.parametrize("name", BY_NAME)
def test_a_notebook_uses_the_public_interface_alone(name: str) -> None:
    for node in ast.walk(ast.parse("\n".join(cells_of(name, "code")))):
        if isinstance(node, ast.ImportFrom) and node.module in PUBLIC:
            assert {one.name for one in node.names} <= PUBLIC[node.module]
        elif isinstance(node, ast.ImportFrom):
            assert str(node.module).split(".")[0] in OTHERS
        elif isinstance(node, ast.Import):
            assert {one.name.split(".")[0] for one in node.names} <= OTHERS


@pytest.mark.parametrize("name", BY_NAME)
def test_a_notebook_reads_its_result_and_ends_with_an_exercise(name: str) -> None:
    words = cells_of(name, "markdown")
    assert words[0].startswith("# ") and "For " in words[0]
    assert "few" in "".join(words) or "within = " in "".join(cells_of(name, "code"))
    assert [text for text in words[-2:] if "## Exercise" in text]
    assert SOLUTION.search(words[-1])


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS
