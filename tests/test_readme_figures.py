"""The README's numbers, pictures and alternative texts are those of the tables and charts kept."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def maker_of() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_readme", ROOT / "docs" / "make_readme.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKER = maker_of()
NAMES = [name for _, name, _, _ in MAKER.BLOCK.findall(README)]


def test_every_block_stands_once() -> None:
    assert sorted(NAMES) == sorted(MAKER.BLOCKS)


@pytest.mark.parametrize("name", NAMES)
def test_a_block_says_what_the_tables_say(name: str) -> None:
    block = next(text for _, found, text, _ in MAKER.BLOCK.findall(README) if found == name)
    assert block.strip() == MAKER.BLOCKS[name]().strip()


def test_a_number_that_differs_is_found() -> None:
    number = re.search(r"\d", MAKER.BLOCK.findall(README)[0][2])
    assert number is not None
    changed = README.replace(MAKER.BLOCK.findall(README)[0][2], "0")
    assert MAKER.written(changed) == README != changed


def test_every_picture_of_the_page_has_the_words_of_its_chart() -> None:
    shown = re.findall(r"!\[(.*?)\]\(docs/images/(\w+)\.png\)", README)
    assert shown
    for alt, name in shown:
        assert MAKER.image(name) == f"![{alt}](docs/images/{name}.png)"


@pytest.mark.parametrize("name", MAKER.MADE)
def test_what_was_kept_was_made_by_the_command_that_is_named(name: str) -> None:
    made = json.loads((ROOT / "docs" / "figures" / name / "manifest.json").read_text("utf-8"))
    words = MAKER.MADE[name].command.split()
    assert made["command"][: len(words)] == words
    assert made["program"].startswith("caremarket 0.6")
