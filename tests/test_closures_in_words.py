"""A closure is told with its notice and the council's response, by every verb that has one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from command_line import Caremarket

from experiments.words.failures import closure
from sim.scenario.tables import FailureRow
from sim.vocabulary import RESPONSES, ResponseKind


@pytest.mark.parametrize("response", RESPONSES)
@pytest.mark.parametrize("notice", [0.0, 28.0])
def test_a_closure_is_told_whole(response: ResponseKind, notice: float) -> None:
    row = FailureRow(date=date(2026, 7, 1), who="P009", notice_days=notice, response=response)
    told = closure(row)
    assert told.startswith("P009") and "1 July 2026" in told
    assert ("28 days' notice" in told) == bool(notice)
    assert (RESPONSES[response].words in told) == (response != "split")


VERBS = {
    "run": ("--fail", "largest", "--on", "2024-06-01", "-r", "1"),
    "bands": ("--fail", "largest", "--on", "2024-06-01"),
    "stress": ("--on", "2024-06-01", "-r", "1"),
    "trace": ("--provider", "OAK", "--fail", "largest", "--on", "2024-06-01"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_with_a_closure_knows_responses(
    caremarket: Caremarket, tmp_path: Path, verb: str
) -> None:
    """A response that there is not is refused by its option, before anything is run."""
    done = caremarket(verb, "small", *VERBS[verb], "--response", "prayer", "--notice", "14")
    assert done.code == 2
    assert "--response" in done.err and "whole_team" in done.err
