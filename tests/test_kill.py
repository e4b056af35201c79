"""A study that is killed again and again, at any moment, gives the same bytes in the end."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import started

ROOT = Path(__file__).parents[1]
QUICK = """
name = "quick"
county = "theory"
until = 2027-12-31
outcomes = ["list_people_peak", "planned_hours_last_year"]
[replications]
number = {replications}
[[scenarios]]
name = "erlang_c"
overrides = ["erlang_c"]
[[scenarios]]
name = "erlang_a"
overrides = ["erlang_a"]
"""
NORFOLK = """
name = "norfolk"
county = "norfolk"
until = 2024-03-31
outcomes = ["list_people_peak"]
[set]
"calendar.warm_up_weeks" = 4
[replications]
number = {replications}
[[scenarios]]
name = "as_planned"
[[scenarios]]
name = "more_demand"
set = {{ "demand.growth_per_year" = 0.05 }}
"""
TABLES = ("runs", "figures", "differences", "weekly", "weekly_by_tier")


def sweep(study: Path, folder: Path, jobs: int = 2) -> subprocess.Popen[bytes]:
    """Begin a study, or go on with it, in a process of its own."""
    words = ("sweep", str(study), "--resume", "--out", str(folder), "--jobs", str(jobs))
    return started(*words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def tables(folder: Path) -> dict[str, str]:
    """A hash of each table."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.suffix in (".csv", ".parquet") or path.name in ("summary.txt", "manifest.json")
    }


def parts(folder: Path) -> int:
    """Runs that have finished."""
    return sum(1 for _ in folder.rglob("*.part"))


def killed_often(text: str, folder: Path, kills: int, seed: int) -> list[int]:
    """Carry a study out in one go, and once more with kills; the runs kept at each kill."""
    chance = random.Random(seed)
    study = folder / "study.toml"
    study.write_text(text, encoding="utf-8")
    began = time.monotonic()
    whole = sweep(study, folder / "whole")
    assert whole.wait() == 0, whole.stderr and whole.stderr.read()
    seconds = time.monotonic() - began
    kept = []
    while len(kept) < kills:
        process = sweep(study, folder / "killed")
        time.sleep(1.5 + chance.random() * 1.5 * seconds / kills)
        if process.poll() is None:
            process.kill()
            process.wait()
            kept.append(parts(folder / "killed"))
        else:  # it was quicker than the kill: take the tables away and begin the last part again
            assert process.returncode == 0
            for path in list((folder / "killed" / "parts").rglob("*.part"))[:20]:
                path.unlink()
    last = sweep(study, folder / "killed")
    assert last.wait() == 0, last.stderr and last.stderr.read()
    assert set(TABLES) <= {name.partition(".")[0] for name in tables(folder / "whole")}
    assert tables(folder / "killed") == tables(folder / "whole")
    assert not list((folder / "killed").rglob("*.writing"))
    return kept


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a word of other systems")
@pytest.mark.long
def test_two_kills(tmp_path: Path) -> None:
    kept = killed_often(QUICK.format(replications=20), tmp_path, 2, 1)
    assert kept[-1] > 0


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a word of other systems")
def test_ten_kills_of_two_hundred_runs(tmp_path: Path) -> None:
    kept = killed_often(QUICK.format(replications=100), tmp_path, 10, 2)
    assert len(set(kept)) > 3


if __name__ == "__main__":  # the same on Norfolk: python tests/test_kill.py FOLDER
    target = Path(sys.argv[1])
    target.mkdir(parents=True)
    print("kept at each kill:", killed_often(NORFOLK.format(replications=100), target, 10, 3))
    print("the same bytes:", *tables(target / "whole"))
