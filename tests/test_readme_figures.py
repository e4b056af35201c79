"""Numbers, pictures and alternative texts of the pages are those of the tables and charts kept."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


def maker_of() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_readme", ROOT / "docs" / "make_readme.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclasses look for it
    spec.loader.exec_module(module)
    return module


MAKER = maker_of()
STANDING = [
    (page, name, text)
    for page in MAKER.PAGES
    for _, name, text, _ in MAKER.BLOCK.findall(page.read_text(encoding="utf-8"))
]


def test_every_block_stands_on_a_page() -> None:
    assert {name for _, name, _ in STANDING} == set(MAKER.BLOCKS)


@pytest.mark.parametrize(
    ("page", "name", "text"), STANDING, ids=[f"{page.stem}-{name}" for page, name, _ in STANDING]
)
def test_a_block_says_what_the_tables_say(page: Path, name: str, text: str) -> None:
    assert text.strip() == MAKER.block(name, page).strip()


def test_a_number_that_differs_is_found() -> None:
    page, _, text = STANDING[0]
    whole = page.read_text(encoding="utf-8")
    changed = whole.replace(text, re.sub(r"\d", "0", text))
    assert changed != whole == MAKER.written(page, changed)


@pytest.mark.parametrize("name", MAKER.MADE)
def test_what_was_kept_was_made_by_the_command_that_is_named(name: str) -> None:
    made = json.loads((ROOT / "docs" / "figures" / name / "manifest.json").read_text("utf-8"))
    words = MAKER.MADE[name].command.split()
    assert made["command"][: len(words)] == words
    assert made["program"].startswith("caremarket 0.6")


@pytest.mark.parametrize("name", MAKER.MADE)
def test_every_table_and_chart_that_is_named_was_kept(name: str) -> None:
    made = MAKER.MADE[name]
    kept = {path.stem for path in (ROOT / "docs" / "figures" / name).glob("*.csv")}
    assert kept == set(made.tables)
    for chart in made.charts:
        pictures = list(MAKER.IMAGES.glob(f"{chart}*.png"))
        assert pictures and all(path.with_suffix(".txt").is_file() for path in pictures)
