"""Tutorials are followed word for word: what they quote is what their commands say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from experiments.commands import app
from experiments.pages.followed import STEP, changed, commands, entries, followed, words_of

ROOT = Path(__file__).parents[1]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCREEN = "First  a\n       b\n  Under  c\nSecond d\n\nTable of\nrows\n  1\n\nLast"
MADE = re.compile(r"`((?:closure|notice|notices|unknowns|my-county|council-paper)[\w-]*/[\w./-]+)`")
"""Files and folders that a tutorial tells its reader to look at."""


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


COMMANDS = [(page.stem, words) for page in TUTORIALS for words in commands(text_of(page))]


def test_each_of_the_three_users_has_a_tutorial() -> None:
    assert [page.stem for page in TUTORIALS] == ["policy-analyst", "report-author", "researcher"]


@pytest.mark.parametrize(
    ("page", "words"), COMMANDS, ids=[f"{page}-{words[0]}" for page, words in COMMANDS]
)
def test_a_command_of_a_tutorial_is_one_that_the_program_knows(page: str, words: list[str]) -> None:
    verb, *rest = words
    group = typer.main.get_command(app)
    known = group.commands[verb].make_context(verb, rest)  # type: ignore[attr-defined]
    assert known.params, page


def test_a_command_that_the_program_does_not_know_would_be_found() -> None:
    group = typer.main.get_command(app)
    with pytest.raises(Exception, match="--untill"):
        group.commands["run"].make_context("run", ["small", "--untill", "2025-01-01"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_quotes_what_its_commands_say(page: Path) -> None:
    """Each quotation is filled, and in a block of its own kind."""
    said = [step for step in STEP.finditer(text_of(page)) if step["mark"] == "said"]
    assert said and all(step["kind"] == "text" and step["body"].strip() for step in said)


@pytest.mark.long
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_holds_word_for_word(page: Path, tmp_path: Path) -> None:
    pytest.importorskip("docxtpl")
    text = text_of(page)
    assert followed(text, tmp_path) == text, "python docs/make_pages.py tutorials"
    missing = [name for name in MADE.findall(text) if not (tmp_path / name).exists()]
    assert not missing
    if page.stem == "report-author":
        paper = (tmp_path / "closure-report" / "report.html").read_text(encoding="utf-8")
        assert "agree that officers test the plan" in paper
        assert "Legal implications" not in paper


def test_the_first_hour_installs_as_the_readme_does() -> None:
    text = text_of(ROOT / "docs" / "tutorials" / "policy-analyst.md")
    for part in ("python3.11 -m venv .venv", "py -3.11 -m venv .venv", "-c constraints.txt"):
        assert part in text and part in README


def test_entries_are_found_with_what_stands_below_them() -> None:
    assert entries(SCREEN, ["First"]) == "First  a\n       b\n  Under  c"
    assert entries(SCREEN, ["Under", "Second"]) == "  Under  c\nSecond d"
    assert entries(SCREEN, ["Table of ..."]) == "Table of\nrows\n  1"
    with pytest.raises(ValueError, match="no line begins with 'Third'"):
        entries(SCREEN, ["Third"])


def test_a_change_is_made_where_it_is_meant() -> None:
    assert changed("a\nb\nc\n", " a\n-b\n+d\n+e\n") == "a\nd\ne\nc\n"
    with pytest.raises(ValueError, match="0 places"):
        changed("a\n", "-b\n+c\n")
    with pytest.raises(ValueError, match="2 places"):
        changed("b\nb\n", "-b\n+c\n")


def test_what_is_quoted_is_made_anew_and_a_command_that_fails_is_told(tmp_path: Path) -> None:
    page = "```bash\ncaremarket --version\n```\n\n<!-- said -->\n```text\nold\n```\n"
    made = followed(page, tmp_path)
    assert "old" not in made and "caremarket 0." in made
    refused = "<!-- fails -->\n```bash\ncaremarket check nowhere\n```\n"
    assert followed(refused, tmp_path) == refused
    with pytest.raises(RuntimeError, match="ended with 2"):
        followed(refused.replace("<!-- fails -->\n", ""), tmp_path)
    with pytest.raises(ValueError, match="caremarket alone"):
        words_of("rm -r closure")


def test_files_and_python_of_a_page_are_those_it_shows(tmp_path: Path) -> None:
    page = (
        "<!-- file: a.txt -->\n```text\none\n```\n\n<!-- change: a.txt -->\n```diff\n-one\n+two\n"
        "```\n\n```python\nname = 'a.txt'\nprint(open(name).read())\n```\n\n<!-- said -->\n"
        "```text\n```\n\n```python\nprint(name)\n```\n\n<!-- said -->\n```text\n```\n"
    )
    made = followed(page, tmp_path)
    assert "```text\ntwo\n```" in made and "```text\na.txt\n```" in made
