"""The table of mechanisms: each that is in has a key that exists, and a test that shows it.

Each that is not in says why: behind its state, or in the table of what the vocabulary lacks.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from sim.scenario.parameters import SECTIONS
from sim.scenario.tables import ROW_TYPES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "explanation" / "mechanisms.md").read_text(encoding="utf-8")
KEY = re.compile(r"`([a-z_]+\.[a-z_0-9]+)[^`]*`")
TABLES = {**SECTIONS, **ROW_TYPES}
SCHEMA = {f"{name}.{key}" for name, row in TABLES.items() for key in row.model_fields}
STATES = ("now", "not in", "out of scope")
LACKED = "| proposed key | meaning | why it is not there |"
with (ROOT / "docs" / "tables" / "shown_by.csv").open(encoding="utf-8", newline="") as file:
    SHOWN_BY = list(csv.DictReader(file))


def cells(lines: Iterable[str]) -> Iterator[list[str]]:
    """The cells of each row of the page's tables."""
    for line in lines:
        if line.startswith("| ") and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip().strip("|").split(" | ")]


BEFORE, _, AFTER = PAGE.partition(LACKED)
MECHANISMS = [row for row in cells(BEFORE.splitlines()) if len(row) == 4 and row[3] != "state"]
LACKING = {row[0].strip("`"): row[1:] for row in cells(AFTER.splitlines())}
NOT_IN = [row for row in MECHANISMS if row[3].startswith("not in")]


def keys_in() -> list[str]:
    """The keys of every mechanism that the engine has now."""
    found = []
    for row in MECHANISMS:
        if row[3].startswith("now"):
            found += KEY.findall(row[2].partition("proposed")[0])
    return sorted(set(found) - {"failures.csv", "wages.csv"})


def proposed() -> set[str]:
    """Every key that a mechanism would need and that does not exist."""
    named = (key for row in MECHANISMS for cell in row[2:] for key in _proposed_in(cell))
    return set(named)


def _proposed_in(cell: str) -> list[str]:
    return KEY.findall(cell.partition("proposed")[2])


@pytest.mark.parametrize("key", keys_in())
def test_a_mechanism_that_is_in_is_shown_by_a_test(key: str) -> None:
    assert any(fnmatch(key, row["key"]) for row in SHOWN_BY)


@pytest.mark.parametrize("key", keys_in())
def test_a_mechanism_that_is_in_has_a_key_that_exists(key: str) -> None:
    assert key in SCHEMA


@pytest.mark.parametrize("row", SHOWN_BY, ids=lambda row: row["key"])
def test_the_test_that_shows_it_exists(row: dict[str, str]) -> None:
    file, _, name = row["test"].partition("::")
    assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8")


def test_every_mechanism_has_one_of_three_states() -> None:
    assert len(MECHANISMS) > 200 and NOT_IN
    assert [row for row in MECHANISMS if not row[3].startswith(STATES)] == []


@pytest.mark.parametrize("row", NOT_IN, ids=lambda row: row[0][:50])
def test_a_mechanism_that_is_not_in_says_why(row: list[str]) -> None:
    needed = _proposed_in(row[2])
    assert row[3].startswith("not in (") or needed
    assert set(needed) <= set(LACKING)


@pytest.mark.parametrize("key", sorted(proposed() | set(LACKING)))
def test_a_key_that_is_proposed_has_a_reason_and_is_needed(key: str) -> None:
    meaning, reason = LACKING[key]
    assert key in proposed() and key not in SCHEMA
    assert meaning and len(reason.split()) >= 4 and reason.endswith(".")
