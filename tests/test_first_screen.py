"""The first screen: the answer first, sections after it, no line wider than a terminal of 80."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Caremarket
from verbs import VERBS, place_in

from experiments.words.first_screen import (
    FirstScreen,
    interval,
    people,
    rounded,
    signed,
    wrapped,
)

SHORT = ("--set", "calendar.warm_up_weeks=4", "--jobs", "1", "--out", "out")
TOLD_IN_PARTS = {
    "run": ("run", "mine", "--until", "2024-12-31", "--fail", "largest", "--on", "2024-08-05"),
    "stress": ("stress", "mine", "--until", "2025-02-28", "--trial", "--on", "2024-10-01"),
    "adequacy": ("adequacy", "mine", "--until", "2024-10-31", "-r", "1", "--sample", "1"),
    "bands": ("bands", "mine", "--until", "2024-12-31", "--fail", "largest", "--on", "2024-08-01",
              "--sets", "8"),
    "compare-models": ("compare-models", "mine", "--until", "2025-01-31", "--on", "2024-07-02",
                       "--model", "norfolk_countywide_spot", "-r", "2"),
}  # fmt: skip


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


@pytest.mark.parametrize(
    "verb",
    [
        pytest.param(verb, marks=pytest.mark.long if verb in ("bands", "compare-models") else [])
        for verb in TOLD_IN_PARTS
    ],
)
def test_a_screen_is_narrow_and_its_answer_can_be_had_alone(
    verb: str, caremarket: Caremarket, tmp_path: Path
) -> None:
    assert verb in VERBS
    place_in(tmp_path)
    whole = caremarket(*TOLD_IN_PARTS[verb], *SHORT)
    assert whole.code == 0, whole.err
    brief = caremarket(*TOLD_IN_PARTS[verb], *SHORT, "--resume", "--brief")
    assert brief.code == 0, brief.err
    told = [line for line in whole.out.splitlines() if not line.startswith("Files: ")]
    assert max(len(line) for line in told) <= 80
    assert 0 < len(brief.out.splitlines()) < len(told)
    answer = brief.out.split("\nFiles: ")[0].splitlines()
    assert set(answer) <= set(told)
