"""The recipes of CONTRIBUTING.md hold: each is followed to the letter on a copy of the source."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
from pathlib import Path

import pytest
from command_line import spawned

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
RECIPE_LINES = 10


def recipe(name: str) -> str:
    """The text of a recipe, from its heading to the next."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return re.split(r"^#{2,3} ", text.split(f"\n### {name}\n")[1], flags=re.MULTILINE)[0]


def copy_of_the_source(folder: Path) -> Path:
    """The packages alone: neither tests nor documents."""
    for package in ("sim", "experiments"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    return folder


def put_in(file: Path, change: str) -> None:
    """Put lines that begin with + behind the line before them, which must be there just once."""
    before, *added = change.splitlines()
    assert before.startswith(" ") and all(line.startswith("+") for line in added)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines.count(before[1:]) == 1, f"{file.name} has {before[1:]!r} not once"
    at = lines.index(before[1:]) + 1
    lines[at:at] = [line[1:] for line in added]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def followed(name: str, folder: Path) -> Path:
    """Follow a recipe on a copy of the source: its blocks in their order. The copy."""
    source = copy_of_the_source(folder)
    for kind, content in BLOCK.findall(recipe(name)):
        if kind == "bash":
            run(source, content)
            continue
        head, _, body = content.partition("\n")
        file = source / head.removeprefix("# ")
        if kind == "diff":
            put_in(file, body)
        else:
            old = file.read_text(encoding="utf-8") + "\n\n" if file.exists() else ""
            file.write_text(old + body, encoding="utf-8", newline="\n")
    return source


def run(source: Path, commands: str) -> None:
    """Run a recipe's commands from the copy, with the copy's packages."""
    for line in commands.splitlines():
        program, *words = shlex.split(line)
        assert program == "caremarket"
        done = spawned(source, *words, source=source)
        assert done.code == 0, done.err


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_an_outcome_is_added_by_one_function(tmp_path: Path) -> None:
    made = followed("Add an outcome", tmp_path) / "made"
    figures = {row["outcome"]: row for row in rows(made / "figures.csv")}
    added = figures["list_people_lowest"]
    assert added["unit"] == "people" and added["better"] == "lower"
    assert added["meaning"] == "people on the interim care list, lowest weekly mean"
    assert 0 <= float(added["mean"]) <= float(figures["list_people_peak"]["mean"])
    told = [row for row in rows(made / "data_dictionary.csv") if row["table"] == "figures"]
    assert "list_people_lowest" in {row["column"] for row in told}


def test_a_chart_is_added_by_a_function_and_two_lines(tmp_path: Path) -> None:
    charts = followed("Add a chart", tmp_path) / "made" / "charts"
    for ending in ("png", "svg", "txt"):
        assert (charts / f"vacant_posts.{ending}").stat().st_size > 0
    plotted = rows(charts / "vacant_posts.csv")
    last = float(plotted[-1]["vacancies"])
    assert len(plotted) >= 25
    alt = (charts / "vacant_posts.txt").read_text(encoding="utf-8")
    assert f"{last:.0f} are vacant" in alt


@pytest.mark.parametrize("name", ["Add an outcome", "Add a chart"])
def test_a_recipe_says_in_ten_lines_what_to_do(name: str) -> None:
    """Its code stands apart: that is what is to be copied."""
    prose = BLOCK.sub("", recipe(name)).strip().splitlines()
    assert 3 <= len(prose) <= RECIPE_LINES
