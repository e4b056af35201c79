"""Every verb that carries work out, as a command on a county of five areas, a second each."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from command_line import spawned

from sim.scenario.reading import COUNTIES

END = ("--until", "2025-12-31")
STUDY = """
name = "study"
county = "mine"
until = 2025-12-31
outcomes = ["list_people_peak"]
[replications]
number = 6
[[scenarios]]
name = "as_it_is"
[[scenarios]]
name = "more_people"
set = { "demand.growth_per_year" = 0.05 }
"""
CASE = """
code = "made_up"
title = "Nobody's case"
place = "Nowhere"
when = "August 2024"
source = "invented"
record = "The largest provider closed."
county = "mine"
guessed = ["All."]
[set]
"calendar.end" = "2025-06-30"
[[failures]]
date = 2024-08-05
who = "ANCHOR"
[[figures]]
code = "alone"
meaning = "of its people, those without anybody after a week"
reading = "share_without_anybody"
of = { on = 2024-08-05, days = 7, provider = "ANCHOR" }
observed = 0.2
low = 0.1
high = 0.3
unit = "share"
possible = [0, 1]
[[figures]]
code = "waiting"
meaning = "people on the list"
reading = "people_waiting"
of = { on = 2024-08-05, days = 28 }
observed = 20
low = 10
high = 30
unit = "people"
possible = [0, 300]
shaped = "an invented rule"
"""
TARGETS = """\
code,meaning,measure,scope,period,published,low,high,unit,published_when,role,use,note,source,sure
PEOPLE,people in service,people_in_service,county,2024-01-01/2024-03-31,250,1,5000,people,2023,\
must_hold,fitted,,invented,document
"""
SEARCH = """\
until = 2024-12-31
seed = 7
wanted_sets = 20
cutoff = 3.0
replications = 1
base_replications = 6
first_wave = 16
later_waves = 8
most_sets = 32
[[targets]]
code = "PEOPLE"
[[parameters]]
path = "workforce.turnover_per_year"
low = 0.2
high = 0.5
why = "to have something to vary"
"""
VERBS: dict[str, tuple[str, ...]] = {
    "run": ("run", "mine", *END, "-r", "6", "--fail", "largest", "--on", "2025-01-15"),
    "stress": ("stress", "mine", *END, "-r", "2",
               "--on", "2024-11-01", "--on", "2025-02-01", "--on", "2025-04-01"),
    "adequacy": ("adequacy", "mine", *END, "-r", "2", "--sample", "8"),
    "bands": ("bands", "mine", *END, "--sets", "8", "--on", "2024-11-01"),
    "calibrate": ("calibrate", "mine"),
    "compare-models": ("compare-models", "mine", *END, "-r", "3", "--on", "2024-11-01",
                       "--model", "rotherham_open_framework"),
    "fit": ("fit", "mine", *END, "-r", "12"),
    "history": ("history", "mine", "-r", "6", "--from", "2024-08-01", "--to", "2025-06-30"),
    "hindcasts": ("history", "--case", "case.toml", "-r", "4"),
    "sweep": ("sweep", "study.toml"),
    "compare": ("compare", "as_is", "more_newcomers", "--county", "mine", *END, "-r", "5"),
}  # fmt: skip
"""``extend`` needs a study that is there: see ``begun``. Recorded cases are of the verb history."""
ALL_VERBS = (*VERBS, "extend")
WELL = (0, 1)
"""``fit`` ends with 1 where a figure is not met: the work was carried out all the same."""


def place_in(folder: Path) -> Path:
    """A folder with a county, a study, plausible sets and a search."""
    county = folder / "mine"
    shutil.copytree(COUNTIES / "small", county)
    put_text(folder / "study.toml", STUDY)
    put_text(folder / "case.toml", CASE)
    put_text(county / "targets.csv", TARGETS)
    put_text(county / "calibration.toml", SEARCH)
    rows = [f"{n},{0.2 + 0.02 * n:.2f},{0.05 * n:.2f}" for n in range(10)]
    head = "set,workforce.turnover_per_year,failure.staff_move_share"
    put_text(county / "plausible.csv", "\n".join([head, *rows]) + "\n")
    return folder


def put_text(path: Path, text: str) -> None:
    """Text in UTF-8."""
    path.write_text(text, encoding="utf-8", newline="\n")


def prepare(folder: Path, verb: str, out: str) -> None:
    """What a verb needs to be there: to be extended, a study of fewer replications."""
    if verb == "extend":
        few = STUDY.replace("number = 6", "number = 2")
        put_text(folder / "few.toml", few)
        done = spawned(folder, "sweep", "few.toml", "--out", out, "--jobs", "1")
        assert done.code == 0, done.err


def words_of(verb: str, out: str, *more: str) -> tuple[str, ...]:
    """The words of a verb that leaves its results in a folder."""
    if verb == "extend":
        return ("extend", out, "-r", "6", *more)
    return (*VERBS[verb], "--out", out, *more)


def answer_in(folder: Path) -> dict[str, str]:
    """A hash of each file that says what was found, not how."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".csv", ".parquet", ".svg") or path.name == "summary.txt"
    }


def finished_in(folder: Path) -> list[Path]:
    """The finished items."""
    return sorted(folder.rglob("*.part"))
