"""One piece of the work alone: named as it is named when it fails, and shown in full."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from command_line import Caremarket
from verbs import VERBS, place_in, words_of

LABELS = {
    "run": "replication 0",
    "stress": "replication 0, Market Town, 2024-11-01",
    "adequacy": "replication 0",
    "bands": "set 3",
    "compare-models": "small_principal_provider, replication 0",
    "fit": "replication 4",
    "history": "replication 1 (own exits only)",
    "hindcasts": "made_up, replication 1 (as on record)",
}


@pytest.mark.parametrize("verb", LABELS)
def test_a_piece_is_carried_out_alone(caremarket: Caremarket, tmp_path: Path, verb: str) -> None:
    place_in(tmp_path)
    done = caremarket(*VERBS[verb], "--only", LABELS[verb])
    assert done.code == 0, done.err
    assert done.out.startswith(f"{LABELS[verb]}, seed 1: ")
    assert json.loads(done.out.partition("\n")[2])
    wrong = caremarket(*VERBS[verb], "--only", "nothing")
    assert wrong.code == 2 and "--only nothing: there is no such piece of work" in wrong.err
    assert not (tmp_path / "caremarket-results").exists()


def test_it_is_the_piece_that_the_whole_work_has(caremarket: Caremarket, tmp_path: Path) -> None:
    place_in(tmp_path)
    words = words_of("fit", "out", "--jobs", "1", "-r", "2")
    assert caremarket(*words).code in (0, 1)
    told = caremarket(*VERBS["fit"], "--only", "replication 1").out.partition("\n")[2]
    alone = json.loads(told)["values"]["PEOPLE"]
    zero = json.loads(caremarket(*VERBS["fit"], "--only", "replication 0").out.partition("\n")[2])[
        "values"
    ]["PEOPLE"]
    mean = pd.read_csv(tmp_path / "out" / "fit.csv")["mean"][0]
    assert mean == pytest.approx((alone + zero) / 2, rel=1e-4)


def test_an_error_is_shown_in_full(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("made to fail")

    place_in(tmp_path)
    monkeypatch.setattr("experiments.run.work.summarise", fails)
    done = caremarket("run", "small", "--until", "2024-01-31", "--only", "replication 0")
    assert done.code == 3 and "Traceback" in done.err and "made to fail" in done.err
