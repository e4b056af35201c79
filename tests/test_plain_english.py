"""No page, notebook or sentence of the program has the words of ``plain_english.csv``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from plain_english import ROOT, Habit, faults_in, faults_of, habits, searched

NOT_YET: tuple[str, ...] = (
    "docs/explanation/answers.md",
    "docs/explanation/history.md",
    "docs/explanation/validation.md",
    "docs/figures",
    "docs/reference/glossary.md",
    "docs/reference/stress_des.md",
    "docs/how-to/read-the-charts.md",
    "experiments/counties/copying.py",
    "experiments/counties/settings_text.py",
    "experiments/history/words.py",
    "experiments/imports/base.py",
    "experiments/report/plain.py",
    "sim/counties",
    "sim/scenario/reading.py",
)
"""Files and folders with words that are not yet rewritten, in them or in the code, county files and
kept tables from which they are made. Take one out as soon as it is."""

EXPLAINED = re.compile(r"four weeks (?:after|later)|day 28")


def is_due(path: Path) -> bool:
    return not any(path.is_relative_to(ROOT / place) for place in NOT_YET)


@pytest.mark.parametrize("habit", habits(), ids=lambda habit: habit.wrong)
def test_a_pattern_finds_its_own_example_and_lets_the_better_words_through(habit: Habit) -> None:
    assert habit.pattern.search(habit.wrong)
    assert faults_in("right.md", habit.right) == []


@pytest.mark.parametrize(
    "path", list(filter(is_due, searched())), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_a_clerk_reads_it_once(path: Path) -> None:
    assert faults_of(path) == []


@pytest.mark.parametrize(
    "page",
    [path for path in searched() if path.suffix == ".md" and "figures" not in path.parts],
    ids=lambda path: path.name,
)
def test_a_page_that_names_n_1_says_what_it_is(page: Path) -> None:
    text = " ".join(page.read_text(encoding="utf-8").split())
    assert "N-1" not in text or EXPLAINED.search(text)


@pytest.mark.parametrize("place", NOT_YET)
def test_what_is_rewritten_is_taken_off_the_list(place: str) -> None:
    left = (path for path in searched() if path.is_relative_to(ROOT / place))
    assert any(faults_of(path) for path in left)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("page.md", "All well.\n\nIt cannot be told\napart from it.", 3),
        ("page.md", "```\nlest\n```\nThe rest, lest it fails.", 4),
        ("code.py", 'x = 1\ny = f"{x} % of people"', 2),
        ("code.py", '@outcome\ndef f():\n    """Hours that nobody gets."""', 3),
        ("set.toml", 'a = "one"\nb = "it is dear"', 2),
        ("rows.csv", "code,rule\nR01,a county that ships", 2),
        ("book.ipynb", '{"cells": [{"cell_type": "markdown", "source": ["It is\\n", "dear"]}]}', 2),
    ],
)
def test_the_message_names_file_line_words_and_what_to_write(
    name: str, text: str, line: int
) -> None:
    found = faults_in(name, text)
    assert found
    assert all(fault.startswith(f"{name}:{line}: ") and "write: " in fault for fault in found)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("page.md", "Run `caremarket lest` and read [this](dear.md)."),
        ("code.py", 'cure = "dear"'),
        ("code.py", 'def f():\n    """Nobody gets it."""'),
    ],
)
def test_names_and_notes_for_developers_are_passed_over(name: str, text: str) -> None:
    assert faults_in(name, text) == []
