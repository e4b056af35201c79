"""The first screen: the answer first, sections after it, no line wider than a terminal of 80."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest
from command_line import Caremarket
from told_numbers import wrong_numbers
from verbs import ALL_VERBS, STUDY, WELL, place_in, put_text

from experiments import commands
from experiments.words.first_screen import (
    FirstScreen,
    interval,
    people,
    rounded,
    signed,
)
from experiments.words.lines import WIDTH, wrapped

ROOT = Path(__file__).parents[1]
END = ("--until", "2024-12-31")
WARM = ("--set", "calendar.warm_up_weeks=4")
TOLD: dict[str, tuple[str, ...]] = {
    "run": ("run", "mine", *END, *WARM, "--fail", "largest", "--on", "2024-08-05"),
    "stress": ("stress", "mine", *WARM, "--until", "2025-02-28", "--trial", "--on", "2024-10-01"),
    "adequacy": ("adequacy", "mine", *WARM, "--until", "2024-10-31", "-r", "1", "--sample", "1"),
    "bands": ("bands", "mine", *END, *WARM, "--fail", "largest", "--on", "2024-08-01",
              "--sets", "8"),
    "compare-models": ("compare-models", "mine", "--until", "2025-01-31", "--on", "2024-07-02",
                       "--model", "norfolk_countywide_spot", "-r", "2"),
    "fit": ("fit", "mine", *END, *WARM, "-r", "2"),
    "history": ("history", "mine", *WARM, "-r", "2", "--from", "2024-08-01", "--to", "2024-10-30"),
    "hindcasts": ("history", "--case", "case.toml", "-r", "2"),
    "calibrate": ("calibrate", "mine", *WARM),
    "sweep": ("sweep", "study.toml"),
    "compare": ("compare", "as_is", "more_newcomers", "--county", "mine", *END, "-r", "2"),
    "extend": ("extend", "out", "-r", "3"),
}  # fmt: skip
"""Every verb that prints an answer, as quickly as may be."""
HEAVY = ("run", "stress", "adequacy", "bands", "compare-models", "compare", "sweep", "extend")
MOST_IN_BRIEF = 10
"""Lines of an answer with its heading and how to read it, without those that are empty."""


def test_the_parts_of_a_screen() -> None:
    screen = FirstScreen(["title"], ["answer"], [["section"]], [["more"]], ["foot"])
    assert screen.lines() == ["title", "", "answer", "", "section", "", "foot"]
    assert screen.lines(brief=True) == ["title", "", "answer", "", "foot"]
    assert "more" in screen.lines(full=True) and "more" not in screen.lines()


def test_a_long_line_goes_on_beside_its_label() -> None:
    found = wrapped([f"Label        {'word ' * 30}", "short", f"    {'word ' * 30}"])
    assert all(len(line) <= 80 for line in found)
    assert found[1].startswith(" " * 13 + "word") and found[-1].startswith("    word")


@pytest.mark.parametrize(
    ("value", "told"),
    [(8248.0, "8,200"), (0.0, "0"), (99.6, "100"), (7.25, "7.2"), (0.634, "0.63"), (-61.2, "−61"),
     (float("nan"), "not known"), (float("inf"), "no limit"), (1_234_567.0, "1,200,000")],
)  # fmt: skip
def test_uncertain_numbers_have_two_significant_figures(value: float, told: str) -> None:
    assert rounded(value) == told
    if value > 0 and told not in ("not known", "no limit"):
        assert signed(value) == f"+{told}"


def test_an_interval_of_people_ends_at_nobody() -> None:
    assert interval(30.0, -27.0, 88.0, people) == "30 (0 to 88)"
    assert people(0.2) == "fewer than 1" and people(float("nan")) == "not known"


def test_every_verb_with_an_answer_has_the_same_two_options() -> None:
    asked = {}
    for verb in commands.VERBS:
        name = commands.module_of(verb)
        function = getattr(import_module(f"experiments.commands.{name}"), name)
        given = signature(function).parameters
        asked[verb] = {one: given[one].annotation for one in ("brief", "full") if one in given}
    both = {"brief": "Brief", "full": "Full"}
    # merge tells the screen of the study that it puts together; neither has work to go on with.
    told = {"merge", "benchmark", *(words[0] for words in TOLD.values())}
    assert {verb for verb, options in asked.items() if options} == told
    assert all(asked[verb] == both for verb in told)
    assert set(ALL_VERBS) <= set(TOLD)


def prepared(verb: str, caremarket: Caremarket, folder: Path) -> None:
    """What a verb needs to be there."""
    place_in(folder)
    put_text(folder / "study.toml", STUDY.replace("number = 6", "number = 2").replace(
        "until = 2025-12-31", "until = 2024-12-31"))  # fmt: skip
    if verb == "extend":
        assert caremarket("sweep", "study.toml", "--out", "out", "--jobs", "1").code == 0


@pytest.mark.parametrize(
    "verb",
    [pytest.param(verb, marks=pytest.mark.long if verb in HEAVY else []) for verb in TOLD],
)
def test_a_screen_answers_first_in_few_lines_and_is_narrow(
    verb: str, caremarket: Caremarket, tmp_path: Path
) -> None:
    prepared(verb, caremarket, tmp_path)
    words = (*TOLD[verb], "--jobs", "1", *(() if verb == "extend" else ("--out", "out")))
    found = []
    for more in ((), ("--resume", "--brief"), ("--resume", "--full")):
        done = caremarket(*words, *more)
        assert done.code in WELL, done.err
        found.append([line for line in done.out.splitlines() if not line.startswith("Files: ")])
    usual, brief, full = found
    assert max(len(line) for line in [*usual, *full]) <= WIDTH
    # A first look is told while the work is under way, so not when it is done.
    usual = usual[usual.index(brief[0]) :]
    told = [line for line in brief if line]
    assert 3 <= len(told) <= MOST_IN_BRIEF, "\n".join(told)
    assert [line for line in usual if line in told][: len(told)] == told
    assert set(usual) <= set(full) and len(usual) <= len(full)
    for screen in (brief, usual, full):
        assert wrong_numbers(" ".join(" ".join(screen).split())) == []
    for screen in (usual, full):
        assert re.search(r"(model, not a(n observation|\s?forecast))", " ".join(screen).lower())


@pytest.mark.parametrize(
    "text", ["54 %", "5 (1 to 2 (n))", "(1-2)", "3 million pounds", "changed by -3", "01 May"]
)
def test_a_number_written_otherwise_is_found(text: str) -> None:
    assert wrong_numbers(text)
    assert not wrong_numbers("54%, 4,100 (1,000 to 10,000) hours; N-1 on 1 July 2026, −3, £47.9m")


SAID = [*sorted((ROOT / "experiments").rglob("*.py")), *sorted((ROOT / "sim").rglob("*.py"))]


@pytest.mark.parametrize("path", SAID, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_text_of_the_product_has_a_space_before_a_per_cent_sign(path: Path) -> None:
    texts = [node.value for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
             if isinstance(node, ast.Constant) and isinstance(node.value, str)]  # fmt: skip
    assert [text for text in texts if re.search(r"\d %|^ %(?:$|[ ,.;)])", text)] == []
