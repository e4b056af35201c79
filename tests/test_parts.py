"""Parts: whole or not there, and damage is noticed."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from experiments.engine.parts import (
    DamagedError,
    KeepingError,
    Parts,
    as_bytes,
    from_bytes,
    held,
)
from experiments.engine.work import Done
from experiments.study.work import Reduced
from sim.scenario import ScenarioError

ROOT = Path(__file__).parents[1]
ONE, OTHER = "a1" * 32, "b2" * 32


def finished(identity: str = ONE) -> Done:
    weeks = np.array(["2024-01-01", "2024-01-08"], dtype="datetime64[D]")
    table = {"week_start": weeks, "area": np.array(["A", "BB"]), "hours": np.array([0.1, np.nan])}
    figures = {"third": 1 / 3, "unknown": float("nan")}
    return Done(identity, Reduced(figures, {"weekly": table}), seconds=1.5, made_with="x")


def test_a_part_reads_back_exactly() -> None:
    again = from_bytes(as_bytes(finished(), Reduced), Reduced)
    assert again.found.figures["third"] == 1 / 3
    assert np.isnan(again.found.figures["unknown"])
    for name, column in finished().found.tables["weekly"].items():
        assert again.found.tables["weekly"][name].dtype == column.dtype
        np.testing.assert_array_equal(again.found.tables["weekly"][name], column)
    without = from_bytes(as_bytes(finished(), Reduced), Reduced, arrays=False)
    assert all(column.size == 0 for column in without.found.tables["weekly"].values())
    assert without.found.figures["third"] == 1 / 3


def test_damage_anywhere_is_noticed() -> None:
    content = as_bytes(finished(), Reduced)
    for place in range(0, len(content), 7):
        broken = bytearray(content)
        broken[place] ^= 0x10
        with pytest.raises(DamagedError):
            from_bytes(bytes(broken), Reduced)
    for length in range(0, len(content), 50):
        with pytest.raises(DamagedError):
            from_bytes(content[:length], Reduced)


def test_a_part_never_stands_for_another_run(tmp_path: Path) -> None:
    parts = Parts(tmp_path, Reduced)
    parts.keep(finished(ONE))
    parts.path(OTHER).parent.mkdir()
    parts.path(ONE).rename(parts.path(OTHER))
    with pytest.raises(DamagedError, match="another run"):
        parts.read(OTHER)
    assert parts.look(ONE) is None


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = Parts(tmp_path, Reduced)
    parts.keep(finished(ONE))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeepingError, match="the disk is full"):
        parts.keep(finished(OTHER))
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{ONE}.part"]
    assert parts.read(ONE).found.figures["third"] == 1 / 3


def test_what_was_being_written_is_swept_up(tmp_path: Path) -> None:
    parts = Parts(tmp_path, Reduced)
    parts.keep(finished(ONE))
    left = parts.path(ONE).with_name(f".{ONE}.part.77.writing")
    left.write_bytes(b"half")
    parts.sweep_up()
    assert not left.exists()
    assert parts.look(ONE)


HOLDER = """
import sys, time
from pathlib import Path
from experiments.engine.parts import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_process_at_a_time(tmp_path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    try:
        assert other.stdout and other.stdout.readline().strip() == b"held"
        with pytest.raises(ScenarioError) as refused, held(tmp_path):
            pass
        assert f"another caremarket is at work in it (process {other.pid} on " in str(refused.value)
    finally:
        other.kill()
        other.wait()
    with held(tmp_path):  # a lock does not outlive its process, however that ended
        pass
