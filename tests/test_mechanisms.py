"""The table of mechanisms: each that is in has a key that exists, and a test that shows it."""

from __future__ import annotations

import csv
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "mechanisms.md").read_text(encoding="utf-8")
with (ROOT / "docs" / "shown_by.csv").open(encoding="utf-8", newline="") as file:
    SHOWN_BY = list(csv.DictReader(file))


def keys_in() -> list[str]:
    """The keys of every mechanism that the engine has now."""
    found = []
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if len(cells) >= 4 and cells[3].startswith("now"):
            found += re.findall(r"`([a-z_]+\.[a-z_]+)[^`]*`", cells[2])
    return sorted(set(found))


@pytest.mark.parametrize("key", keys_in())
def test_a_mechanism_that_is_in_is_shown_by_a_test(key: str) -> None:
    assert any(fnmatch(key, row["key"]) for row in SHOWN_BY)


@pytest.mark.parametrize("row", SHOWN_BY, ids=lambda row: row["key"])
def test_the_test_that_shows_it_exists(row: dict[str, str]) -> None:
    file, _, name = row["test"].partition("::")
    assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8")
