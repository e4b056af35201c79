"""Recipes of CONTRIBUTING.md, followed to the letter on a copy of the source.

A recipe's code says where it belongs in its first line: ``# FILE, new`` or ``# FILE, after: LINE``.
"""

from __future__ import annotations

import filecmp
import re
import shutil
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PACKAGES = ("sim", "experiments")
RECIPES = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("\n## Recipes\n")[2]


class Piece(NamedTuple):
    """Code that a recipe puts after a line, which stands once in its file, or into a new file."""

    path: str
    after: str | None
    lines: str


def recipe(name: str) -> str:
    """What stands under a heading of the recipes."""
    found = re.search(rf"^### {re.escape(name)}\n(.*?)(?=^#|\Z)", outside_code(), re.M | re.S)
    assert found, name
    start, end = found.span(1)
    return RECIPES[start:end]


def outside_code() -> str:
    """The recipes, with blanks for code, whose comments look like headings."""
    return re.sub(r"```.*?```", lambda code: re.sub(r"[^\n]", " ", code[0]), RECIPES, flags=re.S)


def pieces(name: str) -> list[Piece]:
    """The code of a recipe, in its order."""
    found = []
    for code in re.findall(r"```(?:python|toml)\n(.*?)```", recipe(name), flags=re.S):
        for part in re.split(r"^(?=# \S+, (?:new$|after: ))", code, flags=re.M):
            if not part.strip():
                continue
            head, _, lines = part.partition("\n")
            where = re.fullmatch(r"# (\S+), (?:new|after: (.*))", head)
            assert where, head
            found.append(Piece(where[1], where[2], lines.rstrip("\n") + "\n"))
    return found


def copied(folder: Path) -> Path:
    """A copy of the packages, to be changed."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            folder / package,
            ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.pyd"),
        )
    return folder


def followed(folder: Path, name: str) -> Path:
    """A copy of the packages in which a recipe has been followed."""
    copied(folder)
    for path, after, lines in pieces(name):
        file = folder / path
        if after is None:
            assert not file.exists(), f"{path} is there already"
            file.write_text(lines, encoding="utf-8")
            continue
        text = file.read_text(encoding="utf-8").splitlines(keepends=True)
        places = [i for i, line in enumerate(text) if line.strip() == after]
        assert len(places) == 1, f"{path}: {after!r} stands there {len(places)} times"
        text.insert(places[0] + 1, lines)
        file.write_text("".join(text), encoding="utf-8")
    return folder


def touched(folder: Path) -> set[str]:
    """The files of a copy that are not as they were."""
    paths = {
        path.relative_to(folder).as_posix()
        for package in PACKAGES
        for path in (folder / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return {
        path
        for path in paths
        if not (ROOT / path).exists() or not filecmp.cmp(ROOT / path, folder / path, shallow=False)
    }
