"""Words that a committee clerk would stumble over, found in what readers are given.

``docs/tables/plain_english.csv`` has them: a pattern, what to write, and a pair of examples.
``python tests/plain_english.py PATH...`` lists what is left in some files or folders.

Why not a tool: Vale reads of Python only comments and docstrings, not the strings that a user
sees, and its package on PyPI fetches a program when first run. Proselint has a fixed list, made for
American prose. Either would need this table as well.
"""

from __future__ import annotations

import ast
import csv
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "tables" / "plain_english.csv"
NOT_PROSE = re.compile(
    r"^(```|~~~).*?^\1|`[^`\n]+`|!\[[^\]]*\]|(?<=\]\()[^)\s]+|<!--.*?-->|https?://\S+|<[^>\n]+>"
    r"|\b[A-Za-z_*]\w*(?:\.(?:\w+|\*(?!\*)))+",
    re.MULTILINE | re.DOTALL,
)
"""Code, addresses, paths of parameters and marks of Markdown: names there are not words. The
alternative texts of pictures are made by code, whose strings are searched."""


@dataclass(frozen=True, slots=True)
class Habit:
    """A way of writing to avoid, and what to write instead."""

    pattern: re.Pattern[str]
    write: str
    wrong: str
    right: str


@dataclass(frozen=True, slots=True)
class Said:
    """Some text and the line at which it begins."""

    line: int
    text: str


@cache
def habits() -> tuple[Habit, ...]:
    """Every row of the table. A blank in a pattern also matches the end of a line."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Habit(
                re.compile(row["pattern"].replace(" ", r"\s+"), re.IGNORECASE),
                row["write"],
                row["wrong"],
                row["right"],
            )
            for row in csv.DictReader(file)
        )


IN_TEMPLATE = re.compile(r"\{[{%#].*?[}%#]\}|<[^>]*>", re.DOTALL)


def prose(text: str) -> str:
    """Markdown without code and addresses; every line keeps its number."""
    return NOT_PROSE.sub(lambda found: "…" + "\n" * found[0].count("\n"), text)


def said_in_markdown(text: str) -> Iterator[Said]:
    yield Said(1, prose(text))


def said_in_notebook(text: str) -> Iterator[Said]:
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] == "markdown":
            yield Said(1, prose("".join(cell["source"])))


def said_in_table(text: str) -> Iterator[Said]:
    """Rows of a CSV file, with its line numbers."""
    yield Said(1, prose(text))


def said_in_code(text: str) -> Iterator[Said]:
    """String literals with at least two words. A string that is a statement by itself is for
    developers, except the docstring of a decorated function (an outcome's meaning)."""
    tree = ast.parse(text)
    passed_over = set(_for_developers(tree))
    for node in ast.walk(tree):
        if id(node) in passed_over:
            continue
        if isinstance(node, ast.JoinedStr):
            passed_over |= {id(part) for part in ast.walk(node)}
            yield from _sentence(node.lineno, _filled(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _sentence(node.lineno, node.value)


def _sentence(line: int, text: str) -> Iterator[Said]:
    if " " in text.strip():
        yield Said(line, prose(text))


def _filled(node: ast.JoinedStr) -> str:
    """An f-string with 0 for every value."""
    return "".join(
        part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "0"
        for part in node.values
    )


def _for_developers(tree: ast.Module) -> Iterator[int]:
    shown = {
        id(node.body[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.decorator_list
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and id(node) not in shown
        ):
            yield id(node.value)


def said_in_template(text: str) -> Iterator[Said]:
    """A page's words, without tags and what is filled in."""
    yield Said(1, IN_TEMPLATE.sub(lambda found: "…" + "\n" * found[0].count("\n"), text))


def said_in_settings(text: str) -> Iterator[Said]:
    """Strings of a TOML file, such as the source of a number."""
    for value in _strings(tomllib.loads(text)):
        yield from _sentence(text.count("\n", 0, max(0, text.find(value))) + 1, value)


def _strings(settings: object) -> Iterator[str]:
    if isinstance(settings, str):
        yield settings
    elif isinstance(settings, (dict, list)):
        for inner in settings.values() if isinstance(settings, dict) else settings:
            yield from _strings(inner)


READERS = {
    ".md": said_in_markdown,
    ".ipynb": said_in_notebook,
    ".csv": said_in_table,
    ".toml": said_in_settings,
    ".html": said_in_template,
    ".py": said_in_code,
}


def faults_in(name: str, text: str, chosen: Sequence[Habit] | None = None) -> list[str]:
    """``file:line: "words": write ...`` for every habit found."""
    return [
        f'{name}:{said.line + said.text.count(chr(10), 0, found.start())}: "'
        f'{" ".join(said.text[max(0, found.start() - 25) : found.end() + 15].split())}": '
        f"instead of '{' '.join(found[0].split())}' write: {habit.write}"
        for said in READERS[Path(name).suffix](text)
        for habit in (habits() if chosen is None else chosen)
        for found in habit.pattern.finditer(said.text)
    ]


def searched() -> list[Path]:
    """Every file whose words a reader meets."""
    return [
        *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
        *(path for path in sorted((ROOT / "docs" / "tables").glob("*.csv")) if path != TABLE),
        *sorted((ROOT / "notebooks").glob("*.ipynb")),
        *(
            path
            for folder in ("sim", "experiments")
            for ending in ("*.py", "*.toml", "*.html")
            for path in sorted((ROOT / folder).rglob(ending))
        ),
    ]


def faults_of(path: Path) -> list[str]:
    return faults_in(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


def main(arguments: Sequence[str]) -> None:
    asked = [(ROOT / argument).resolve() for argument in arguments]
    for path in searched():
        if not asked or any(path.is_relative_to(place) for place in asked):
            for fault in faults_of(path):
                print(fault)


if __name__ == "__main__":
    main(sys.argv[1:])
