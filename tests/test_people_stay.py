"""Nothing that a user's tables tell of single people gets out: not into a file, not on the screen.

Every verb is given a county with a caseload and referrals whose cells are easy to find again. All
that it leaves is opened and searched, the tables inside parts and archives too.
"""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import verbs
from command_line import Caremarket

from experiments import commands
from sim.ledger import IDS_PER_AREA, NUMBERS
from sim.scenario import load_scenario

SAMPLE = Path(__file__).parents[1] / "experiments" / "samples" / "caseload.csv"
PERSON = "ZZPERSON9"
SINCE = "2011-03-17"
HOURS = (61.25, 58.75, 67.25, 71.75)
"""Hours that hardly a package of the model has. A sum may be one of them; whoever tells of people
tells of all four, for they have one provider and one area."""
CASELOAD = [f"NORTH_STAR,HARBOUR,{hours},{SINCE},1" for hours in HOURS]
ALL_OF_THEM = (HOURS, tuple(60 * hours for hours in HOURS))
TEXTS = (PERSON, SINCE)
OF_CASELOAD = NUMBERS["caseload"]
PACKAGE = re.compile(r"(?<![\w.])\d{8,12}(?![\w])")


def caseload() -> str:
    """The sample's people, two of whom are easy to find again."""
    heading, *rows = SAMPLE.read_text(encoding="utf-8").splitlines()
    width = heading.count(",")
    odd = [row + "," * (width - row.count(",")) for row in CASELOAD]
    return "\n".join([heading, *rows, *odd]) + "\n"


def referrals() -> str:
    """Somebody a day for a while."""
    rows = [f"2024-01-{day:02},HARBOUR,13.37,{PERSON}{day}" for day in range(1, 29)]
    return "\n".join(["date,area,hours_per_week,person", *rows]) + "\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder as for every verb, whose county has people of its own."""
    verbs.place_in(tmp_path)
    (tmp_path / "mine" / "caseload.csv").write_text(caseload(), encoding="utf-8")
    (tmp_path / "mine" / "referrals.csv").write_text(referrals(), encoding="utf-8")
    return tmp_path


# The search -----------------------------------------------------------------------------------


def in_text(text: str) -> Iterator[str]:
    """What is told of people in a text."""
    yield from (told for told in TEXTS if told in text)
    for hours in ALL_OF_THEM:
        if all(re.search(rf"(?<![\w.]){hour:g}(\.0)?(?![\w.])", text) for hour in hours):
            yield "hours"
    for number in PACKAGE.findall(text):
        if int(number) % IDS_PER_AREA in OF_CASELOAD:
            yield f"package {number}"


def in_numbers(values: Any) -> Iterator[str]:
    """What is told of people in an array or a column."""
    array = np.asarray(values)
    if array.dtype.kind in "OUS":
        yield from in_text("\n".join(map(str, array.ravel())))
    elif array.dtype.kind in "iuf":
        for hours in ALL_OF_THEM:
            if np.isin(hours, array).all():
                yield "hours"
        finite = array[np.isfinite(array)]
        whole = finite[(finite % 1 == 0) & (finite >= OF_CASELOAD.start)].astype(np.int64)
        for number in whole.tolist():
            if number % IDS_PER_AREA in OF_CASELOAD:
                yield f"package {number}"


def in_archive(content: bytes) -> Iterator[str]:
    """What is told of people in the members of a zip file: a workbook, or arrays."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            member = archive.read(name)
            if name.endswith(".npy"):
                yield from in_numbers(np.load(io.BytesIO(member), allow_pickle=False))
            else:
                yield from in_content(name, member)


def in_content(name: str, content: bytes) -> Iterator[str]:
    """What is told of people in a file of any kind."""
    yield from (told for told in TEXTS if told.encode() in content)
    for hours in ALL_OF_THEM:
        if all(struct.pack("<d", hour) in content for hour in hours):
            yield "hours in bytes"
    if name.endswith(".part"):
        _, head, arrays = content.split(b"\n", 2)
        yield from in_text(head.decode("utf-8"))
        yield from in_numbers(list(numbers_in(json.loads(head))))
        yield from in_archive(arrays) if arrays else ()
    elif name.endswith(".parquet"):
        frame = pd.read_parquet(io.BytesIO(content))
        for column in frame:
            yield from in_numbers(frame[column].dropna().to_numpy())
    elif content[:2] == b"PK":
        yield from in_archive(content)
    elif not name.endswith((".svg", ".png")):  # a line of a chart is made of numbers of all kinds
        yield from in_text(content.decode("utf-8", errors="replace"))


def numbers_in(tree: Any) -> Iterator[float]:
    """The numbers in what was read from JSON."""
    if isinstance(tree, dict):
        yield from (number for one in tree.values() for number in numbers_in(one))
    elif isinstance(tree, list):
        yield from (number for one in tree for number in numbers_in(one))
    elif isinstance(tree, int | float) and not isinstance(tree, bool):
        yield float(tree)


def told_in(folder: Path, given: set[Path]) -> list[str]:
    """What is told of people in all files of a folder but those that were given."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path not in given:
            name = path.relative_to(folder).as_posix()
            found += [f"{name}: {told}" for told in in_content(path.name, path.read_bytes())]
    return sorted(set(found))


def given_in(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


# Every verb -----------------------------------------------------------------------------------

DAY, LATER = "2024-03-01", "2024-05-01"
END = ("--until", "2024-12-31")
FAILING = ("--fail", "NORTH_STAR", "--on", DAY)
STUDY = verbs.STUDY.replace("number = 6", "number = 2").replace("2025-12-31", "2024-12-31")
FEW = ("--out", "out", "--jobs", "1")
VERBS: dict[str, tuple[tuple[str, ...], ...]] = {
    "run": (("run", "mine", *END, *FAILING, *FEW),),
    "run without a failure": (("run", "mine", *END, "-r", "2", *FEW),),
    "stress": (("stress", "mine", *END, "-r", "1", "--on", DAY, "--on", LATER, *FEW),),
    "adequacy": (("adequacy", "mine", *END, "-r", "1", "--sample", "2", *FEW),),
    "bands": (("bands", "mine", *END, "--sets", "8", "--on", LATER, *FEW),),
    "calibrate": (("calibrate", "mine", *FEW),),
    "compare-models": (
        ("compare-models", "mine", *END, "-r", "1", "--model", "rotherham_open_framework", *FEW),
    ),
    "fit": (("fit", "mine", *END, "-r", "2", *FEW),),
    "history": (
        ("history", "mine", "-r", "2", "--from", "2024-08-01", "--to", "2025-06-30", *FEW),
    ),
    "hindcasts": (("history", "--case", "case.toml", "-r", "2", *FEW),),
    "sweep": (("sweep", "study.toml", *FEW),),
    "compare": (("compare", "as_is", "more_newcomers", "--county", "mine", *END, "-r", "2", *FEW),),
    "extend": (("sweep", "study.toml", *FEW), ("extend", "out", "-r", "3", "--jobs", "1")),
    "merge": (
        ("sweep", "study.toml", "--part", "1/2", "--jobs", "1", "--out", "one"),
        ("sweep", "study.toml", "--part", "2/2", "--jobs", "1", "--out", "two"),
        ("merge", "one", "two", "--out", "out"),
    ),
    "report": (
        ("run", "mine", "--until", "2024-06-30", *FEW),
        ("report", "out", "--to", "html,docx,xlsx"),
    ),
    "check": (("check", "mine"),),
    "new": (("new", "another", "--from", "mine"),),
    "trace": (("trace", "mine", "--provider", "NORTH_STAR", "--out", "story.txt"),),
    "stories": (("trace", "mine", "--package", "85000000", "--out", "story.txt"),),
    "only": (("run", "mine", *END, "--only", "replication 0"),),
}
REFUSED = ("trace", "stories")
WRITES_NOTHING = (*REFUSED, "check", "only")
LONG = ("calibrate", "extend", "compare", "adequacy", "bands", "compare-models", "merge", "history")
LEFT_ALONE = {"app", "parameters", "samples", "benchmark", "discover", "docs", "import"}
"""Verbs that read no county of the user's, or only the folder of a study, which is searched, or
that begin those which are searched; what an import leaves is searched by its own tests."""


def test_every_verb_is_searched() -> None:
    searched = {words[0] for lines in VERBS.values() for words in lines}
    assert set(commands.VERBS) - LEFT_ALONE == searched


@pytest.mark.parametrize(
    "verb",
    [pytest.param(verb, marks=pytest.mark.long if verb in LONG else ()) for verb in VERBS],
)
def test_no_verb_tells_of_single_people(place: Path, caremarket: Caremarket, verb: str) -> None:
    if verb == "report":
        pytest.importorskip("docxtpl")
    verbs.put_text(place / "study.toml", STUDY)
    given = given_in(place)
    for words in VERBS[verb]:
        done = caremarket(*words)
        assert done.code == 2 if verb in REFUSED else done.code in verbs.WELL, done.err
        assert not list(in_text(done.out + done.err))
    assert (given_in(place) > given) == (verb not in WRITES_NOTHING)
    assert told_in(place, given) == []


def test_the_search_finds_people_where_they_are_asked_for(
    place: Path, caremarket: Caremarket
) -> None:
    """Else it might find nothing because it cannot."""
    given = given_in(place)
    failing = ("--fail", "NORTH_STAR", "--on", "2024-01-02")
    words = ("run", "mine", "--until", "2024-06-30", *failing, *FEW)
    done = caremarket(*words, "--people")
    assert done.code == 0, done.err
    found = told_in(place, given)
    for name in ("displacements.csv", "displacements.parquet", "referrals.csv", ".part"):
        kinds = {line.rpartition(": ")[2][:7] for line in found if name in line}
        assert {"hours", "package"} <= kinds
    # Even so the references of people are nowhere, nor anything else that rows say.
    assert not [line for line in found if PERSON in line or SINCE in line]
    told = json.loads((place / "out" / "scenario.json").read_text(encoding="utf-8"))["caseload"]
    assert set(told) == {"file", "hash", "people", "hours_per_week"}
    assert told["people"] == caseload().count("\n") - 1
    story = ("trace", "mine", "--until", "2024-06-30", *failing, "--package", "85000000")
    assert caremarket(*story, "--people").code == 0


# Going on with work ---------------------------------------------------------------------------

RESUMED = {
    "run": ("run", "mine", "--until", "2024-03-31", *FEW),
    "run by an option": (
        "run", "small", "--until", "2024-03-31", "--caseload", "mine/caseload.csv", *FEW
    ),
    "sweep": ("sweep", "study.toml", *FEW),
}  # fmt: skip
SHORT_STUDY = STUDY.replace("2024-12-31", "2024-03-31")


@pytest.mark.parametrize("verb", RESUMED)
def test_work_is_gone_on_with_by_the_same_people_alone(
    place: Path, caremarket: Caremarket, verb: str
) -> None:
    verbs.put_text(place / "study.toml", SHORT_STUDY)
    path, words = place / "mine" / "caseload.csv", RESUMED[verb]
    assert caremarket(*words).code == 0
    heading, *rows = caseload().splitlines()
    path.write_text("\n".join([heading, *rows[::-1]]) + "\n", encoding="utf-8")
    assert caremarket(*words, "--resume").code == 0  # the order of rows is nothing
    path.write_text("\n".join([heading, *rows[1:]]) + "\n", encoding="utf-8")
    other = caremarket(*words, "--resume")
    assert other.code == 2
    assert "another caseload" in other.err
    path.unlink()
    missing = caremarket(*words, "--resume")
    assert missing.code == 2
    assert "caseload" in missing.err
    assert not list(in_text(other.err + missing.err))


def test_a_study_is_extended_where_its_caseload_is(place: Path, caremarket: Caremarket) -> None:
    """The folder holds no rows, so the user's own file is read again."""
    verbs.put_text(place / "study.toml", SHORT_STUDY)
    assert caremarket("sweep", "study.toml", *FEW).code == 0
    path = place / "mine" / "caseload.csv"
    path.rename(place / "elsewhere.csv")
    done = caremarket("extend", "out", "-r", "3", "--jobs", "1")
    assert done.code == 2
    assert "mine/caseload.csv: the file is missing. A folder of results keeps no rows" in done.err
    (place / "elsewhere.csv").rename(path)
    assert caremarket("extend", "out", "-r", "3", "--jobs", "1").code == 0


@pytest.mark.parametrize(
    "verb",
    [verb for verb in VERBS if verb not in (*WRITES_NOTHING, "new", "extend", "merge", "report")],
)
def test_rows_do_not_go_to_other_machines(place: Path, caremarket: Caremarket, verb: str) -> None:
    verbs.put_text(place / "study.toml", STUDY)
    given = given_in(place)
    (words,) = VERBS[verb]
    done = caremarket(*words[:-2], "--cluster", "tcp://nowhere:8786")
    assert done.code == 2, done.err
    assert "--cluster tcp://nowhere:8786: a caseload is given" in done.err
    assert given_in(place) == given


def test_stories_of_people_who_are_there_are_told_on_request(
    place: Path, caremarket: Caremarket
) -> None:
    words = ("trace", "mine", "--until", "2024-03-31", "--package", "85000000")
    refused = caremarket(*words)
    assert refused.code == 2
    assert "Add --people" in refused.err
    told = caremarket(*words, "--people")
    assert told.code == 0, told.err
    assert "people in care on the first day are those of the caseload" in " ".join(told.out.split())


# Messages -------------------------------------------------------------------------------------

BROKEN = {
    "a reference is given twice": ("referrals", "date,area,hours_per_week,person\n"
                                 f"2024-01-02,HARBOUR,7,{PERSON}\n2024-01-03,HARBOUR,7,{PERSON}\n"),
    "references without a heading": ("referrals", f"{PERSON},2024-01-02,HARBOUR,7\n"),
    "a title above the heading": ("caseload", f"{PERSON} and others\n\n{caseload()}"),
    "no heading": ("caseload", f"BELL,MARKET,77.77,{PERSON}\n"),
    "a name for a provider": ("caseload", f"provider,area,hours_per_week\n{PERSON},MARKET,77.77\n"),
    "a name for an area": ("caseload", f"provider,area,hours_per_week\nBELL,{PERSON},77.77\n"),
    "hours with a comma": ("caseload", 'provider,area,hours_per_week\nBELL,MARKET,"77,77"\n'),
    "a name for hours": ("caseload", f"provider,area,hours_per_week\nBELL,MARKET,{PERSON}\n"),
    "a date from a spreadsheet": (
        "caseload", "provider,area,hours_per_week,since\nBELL,MARKET,77.77,17/03/2011\n"),
    "a date after the first day": (
        "caseload", "provider,area,hours_per_week,since\nBELL,MARKET,77.77,2031-03-17\n"),
    "a word for yes": (
        "caseload", f"provider,area,hours_per_week,critical\nBELL,MARKET,77.77,{PERSON}\n"),
    "too many cells": ("caseload", f"provider,area,hours_per_week\nBELL,MARKET,77.77,{PERSON}\n"),
    "too few cells": ("caseload", f"provider,area,hours_per_week\n{PERSON},77.77\n"),
    "an open quote": ("caseload", f'provider,area,hours_per_week\nBELL,MARKET,"{PERSON}\n'),
    "semicolons": ("caseload", f"provider;area;hours_per_week\n{PERSON};MARKET;77,77\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_no_message_repeats_what_is_told_of_a_person(
    tmp_path: Path, caremarket: Caremarket, case: str
) -> None:
    table, text = BROKEN[case]
    (tmp_path / f"{table}.csv").write_text(text, encoding="utf-8")
    done = caremarket("check", "small", f"--{table}", f"{table}.csv")
    assert done.code == 2
    assert f"{table}.csv, row" in done.err
    for told in (PERSON, "77.77", "77,77", "2011", "2031-03"):
        assert told not in done.err + done.out


def test_no_text_of_a_scenario_has_the_rows(place: Path) -> None:
    """However it is turned into text: dumped, printed, or told by its changes."""
    scenario = load_scenario(place / "mine")
    rows = [{"date": "2024-01-02", "area": "MARKET", "hours_per_week": 7, "person": PERSON}]
    changed = scenario.changed({"referrals": rows})
    for one in (scenario, changed):
        text = one.model_dump_json() + repr(one) + str(one.model_dump())
        assert not list(in_text(text))
        assert all(row.person is None for row in one.referrals)
    assert changed.overrides == ("referrals=1 row",)
    assert changed.caseload == scenario.caseload
