"""Files that cannot be read, each told in one fault, and long tables, told in a line a kind."""

from __future__ import annotations

import csv
import io
import os
import shutil
import time
import tracemalloc
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from sim.scenario import ScenarioError, load_scenario
from sim.scenario.reading import COMMISSIONING_MODELS, COUNTIES, read_draft
from sim.scenario.tables import ROW_TYPES

MODEL = "norfolk_principal_provider"
OWN = ("failures", "referrals", "shocks", "caseload")
TABLES = ("areas", "providers", "branches", "wages", "contracts", "targets", *OWN)
ROWS = {
    "failures": "date,who,kind,areas\n2025-06-01,largest,closure,COASTAL\n",
    "shocks": "date,kind,size,source\n2025-06-01,newcomers,0.5,invented\n",
    "referrals": "date,area,hours_per_week,person\n2025-06-01,COASTAL,7,R1\n",
    "caseload": "provider,area,hours_per_week\nP001,COASTAL,7\n",
}
HEADING = "date,area,hours_per_week"
ROW = "2024-06-01,COASTAL,7"

Damage = Callable[[bytes], bytes]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Norfolk with its model, and with failures, referrals and shocks of its own."""
    folder = tmp_path / "mine"
    shutil.copytree(COUNTIES / "norfolk", folder)
    shutil.copytree(COMMISSIONING_MODELS / MODEL, folder / MODEL)
    for table, text in ROWS.items():
        (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    return folder


def path_of(folder: Path, table: str) -> Path:
    return folder / (MODEL if table == "contracts" else "") / f"{table}.csv"


def told(folder: Path, **options: Path) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(folder, files=options)
    return caught.value


def with_rows(content: bytes, number: int) -> tuple[list[str], list[list[str]]]:
    """A heading, and its first row so many times."""
    heading, first, *_ = csv.reader(io.StringIO(content.decode("utf-8")))
    return heading, [list(first) for _ in range(number)]


def written(path: Path, heading: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([heading, *rows])


# One fault for one cause ----------------------------------------------------------------------

DAMAGED: dict[str, tuple[Damage, str]] = {
    "sep": (lambda c: b"sep=,\n" + c, "row 1: the heading is in row 2, below 'sep=,'"),
    "sep with CRLF": (lambda c: b"sep=;\r\n" + c, "the heading is in row 2, below 'sep=;'"),
    "title": (lambda c: b"Norfolk, as of May\n\n" + c, "the heading is in row 3"),
    "remark": (lambda c: b"# mine\n# yours\n" + c, "above the heading: rows 1 to 2"),
    "no heading": (lambda c: c.split(b"\n", 1)[1] * 3, "no column of the table is named"),
    "nothing": (lambda c: b"", "the file is empty. Give it a heading row"),
    "blank lines": (lambda c: b"\n,,,\n \n", "the file is empty. Give it a heading row"),
    "UTF-16 with a mark": (lambda c: c.decode().encode("utf-16"), "it is UTF-16"),
    "UTF-16 without": (lambda c: c.decode().encode("utf-16-le"), "it seems to be UTF-16"),
    "UTF-16, big end first": (lambda c: c.decode().encode("utf-16-be"), "it seems to be UTF-16"),
    "UTF-32": (lambda c: c.decode().encode("utf-32"), "it is UTF-32"),
    "NUL": (lambda c: c.replace(b"\n", b"\nx\0", 1), "a NUL character in line 2 (byte "),
    "cp1252": (lambda c: c.replace(b"\n", b"\n\x92", 1), "what cannot be read begins in line 2 ("),
    "semicolons": (lambda c: c.replace(b",", b";"), "row 1: cells are separated by semicolons"),
    "tabs": (lambda c: c.replace(b",", b"\t"), "row 1: cells are separated by tabs"),
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(("damage", "said"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_table_is_one_fault(mine: Path, table: str, damage: Damage, said: str) -> None:
    path = path_of(mine, table)
    path.write_bytes(damage(path.read_bytes()))
    error = told(mine)
    assert len(error.faults) == 1, str(error)
    assert str(error).startswith(f"{table}.csv")
    assert said in str(error)


@pytest.mark.parametrize("table", OWN)
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("folder", "it is a folder, not a file. Name a CSV file"),
        ("missing", "the file is missing. Name a CSV file"),
        ("pipe", "it is a pipe or a device, not a file. Name a CSV file"),
        ("loop", "it is a link that leads back to itself. Name a CSV file"),
        ("dangling", "it is a link that leads nowhere. Name a CSV file"),
        ("long", "long.csv: the file "),
    ],
)
def test_what_is_no_file_is_one_fault(tmp_path: Path, table: str, kind: str, said: str) -> None:
    path = tmp_path / "given.csv"
    if kind == "folder":
        path.mkdir()
    elif kind == "long":
        path = tmp_path / ("x" * 300 + "long.csv")
    elif kind != "missing":
        if not hasattr(os, "mkfifo"):
            pytest.skip("pipes and links are made here as on Linux and macOS")
        os.mkfifo(path) if kind == "pipe" else path.symlink_to(
            path if kind == "loop" else tmp_path / "nothing"
        )
    error = told(COUNTIES / "norfolk", **{table: path})
    assert len(error.faults) == 1
    assert said in str(error)
    assert "into" not in str(error)


@pytest.mark.parametrize("name", ["county.toml", f"{MODEL}/model.toml", "overrides.toml"])
@pytest.mark.parametrize("kind", ["cp1252", "UTF-16", "NUL", "folder"])
def test_settings_that_cannot_be_read_are_one_fault(mine: Path, name: str, kind: str) -> None:
    path = mine / name
    content = path.read_bytes()
    if kind == "folder":
        path.unlink()
        path.mkdir()
        if name == "county.toml":
            with pytest.raises(ScenarioError, match=r"the folder has no county\.toml"):
                load_scenario(mine)
            return
    damaged = {
        "cp1252": b"# the county\x92s\n" + content,
        "UTF-16": content.decode().encode("utf-16-le"),
        "NUL": b"# \0\n" + content,
    }
    if kind != "folder":
        path.write_bytes(damaged[kind])
    with pytest.raises(ScenarioError) as caught:
        load_scenario(mine, settings={"calendar.end": "2025-12-31", "care.mean_stay_days": 300})
    assert len(caught.value.faults) == 1, str(caught.value)
    assert "spreadsheet" not in str(caught.value)
    if kind == "cp1252":
        where = "what cannot be read begins in line 1 (byte 13 of the file, 0x92)"
        assert f"In the text editor choose 'Save as' with the encoding UTF-8; {where}" in str(
            caught.value
        )


@pytest.mark.parametrize("name", ["x" * 300, "nothing", "a\0b"])
def test_a_county_of_an_impossible_name_is_one_fault(name: str) -> None:
    with pytest.raises(ScenarioError, match="there is no such county"):
        load_scenario(name)


# Equal faults on one line ---------------------------------------------------------------------

FREE = (
    "name",
    "locality",
    "source",
    "meaning",
    "unit",
    "published_when",
    "note",
    "person",
    "measure",
)
"""Columns of text, where nothing that fits on a line is wrong."""
COLUMNS = [
    (table, column)
    for table in TABLES
    for column in ROW_TYPES[table].model_fields
    if column not in FREE
]


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_one_column_wrong_in_every_row_is_one_line(mine: Path, table: str, column: str) -> None:
    path = path_of(mine, table)
    heading, rows = with_rows(path.read_bytes(), 400)
    if column not in heading:
        heading.append(column)
        rows = [[*row, ""] for row in rows]
    for number, row in enumerate(rows):
        row[heading.index(column)] = f"31/12/{number}"
    written(path, heading, rows)
    error = told(mine)
    mine_alone = [line for line in error.lines if line.startswith(f"{table}.csv")]
    here = [line for line in mine_alone if f"column {column}:" in line]
    assert len(mine_alone) <= 6, str(error)
    assert len(error.lines) <= 40  # what follows from codes that are gone
    assert all(len(line) < 900 for line in error.lines)
    whole = [line for line in here if "400 rows (2, 3, 4 … 401)" in line]
    # What stands in a row of a caseload tells of a person: no message repeats it.
    assert [line for line in whole if ("31/12/0" in line) == (table != "caseload")]
    assert table != "caseload" or "31/12" not in str(error)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("damage", ["too long", "too short", "open quote"])
def test_rows_that_do_not_fit_are_one_line(mine: Path, table: str, damage: str) -> None:
    path = path_of(mine, table)
    heading, rows = with_rows(path.read_bytes(), 300)
    lines = [",".join(["x"] * len(row)) for row in rows]
    changed = {"too long": "{},x", "too short": "x", "open quote": '"{}'}[damage]
    text = "\n".join([",".join(heading), *(changed.format(line) for line in lines)])
    path.write_text(text, encoding="utf-8")
    error = told(mine)
    assert len(error.lines) == 1, str(error)
    assert f"{table}.csv, 300 rows (2, 3, 4 … 301): " in str(error)


@pytest.mark.parametrize("table", TABLES)
def test_ten_thousand_rows_of_one_name_are_one_line(mine: Path, table: str) -> None:
    path = path_of(mine, table)
    written(path, *with_rows(path.read_bytes(), 10_000))
    named = ROW_TYPES[table].model_fields.keys() & {"code", "starts", "provider", "person"}
    if not named or table == "caseload":  # equal rows are people alike
        assert load_scenario(mine)
        return
    error = told(mine)
    assert any("10,000 rows (2, 3, 4 … 10001)" in line for line in error.lines)
    assert any("is given 10000 times. Keep one row of" in line for line in error.lines)
    assert len(error.lines) <= 40


def test_all_rows_of_a_doubled_name_are_told(mine: Path) -> None:
    path = mine / "referrals.csv"
    path.write_text(f"{HEADING},person\n" + f"{ROW},A\n{ROW},B\n" * 3, encoding="utf-8")
    assert told(mine).lines == [
        f"referrals.csv, rows {rows}, column person: the reference of row {first} is given 3 "
        f"times. Keep one row of the person of row {first}, or leave the reference blank"
        for rows, first in (("2, 4 and 6", 2), ("3, 5 and 7", 3))
    ]


def test_ten_thousand_other_names_are_one_line_within_two_seconds(mine: Path) -> None:
    rows = "".join(f"2024-06-01,PLACE_{number},7\n" for number in range(10_000))
    (mine / "referrals.csv").write_text(f"{HEADING}\n{rows}", encoding="utf-8")
    began = time.process_time()
    error = told(mine)
    assert time.process_time() - began < 2
    assert len(error.faults) == 10_000
    assert len(error.lines) == 1 or "Did you mean" in error.lines[0]
    assert len(error.lines) <= 2
    assert "area 'PLACE_0' is not known" in error.lines[0]


def test_ten_thousand_unknown_columns_are_one_line(mine: Path) -> None:
    more = ",".join(f"c{number}" for number in range(10_000))
    row = f"{ROW}{',' * 10_000}"
    (mine / "referrals.csv").write_text(f"{HEADING},{more}\n{row}\n", encoding="utf-8")
    error = told(mine)
    assert len(error.lines) == 1
    assert "row 1 (10,000 times): for instance, the column 'c0' is not known" in error.lines[0]


def test_a_long_cell_is_cut(mine: Path) -> None:
    (mine / "referrals.csv").write_text(f"{HEADING}\n{'x' * 100_000},COASTAL,7\n", "utf-8")
    assert "(100,000 characters)" in str(told(mine))
    assert len(str(told(mine))) < 400


# Long tables ----------------------------------------------------------------------------------


def referrals(path: Path, number: int) -> Path:
    """A table of so many people with everything that a row may tell."""
    first = date(2024, 1, 1)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"{HEADING},person,carers_a_visit,hospital,vulnerable,stay_days\n")
        for n in range(number):
            file.write(f"{first + timedelta(days=n % 2000)},COASTAL,10.5,R{n:06},1,no,yes,40\n")
    return path


def test_a_row_of_a_long_table_takes_little_memory(tmp_path: Path) -> None:
    few, many = (referrals(tmp_path / f"{n}.csv", n) for n in (1_000, 11_000))
    peaks = []
    for path in (few, many):
        tracemalloc.start()
        read_draft("norfolk", None, {"referrals": path})
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (peaks[1] - peaks[0]) / 10_000 < 1_000  # bytes; a place for each cell took 2,500


def test_a_hundred_thousand_referrals_are_read_in_seconds(tmp_path: Path) -> None:
    path = referrals(tmp_path / "many.csv", 100_000)
    began = time.process_time()
    scenario = load_scenario("norfolk", files={"referrals": path})
    assert time.process_time() - began < 5
    assert len(scenario.referrals) == 100_000


def test_a_table_of_too_many_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text(f"{HEADING}\n" + f"{ROW}\n" * 200_003, encoding="utf-8")
    began = time.process_time()
    error = told(COUNTIES / "norfolk", referrals=path)
    assert time.process_time() - began < 2
    assert str(error).startswith("many.csv: it has 200,003 rows. At most 200,000 are read")
    assert len(error.faults) == 1


def test_a_file_of_too_many_bytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    with path.open("wb") as file:
        file.truncate(3_000_000_000)  # no disk is used, and it would not fit into memory
    error = told(COUNTIES / "norfolk", referrals=path)
    assert str(error).startswith("many.csv: it has 3,000 MB. At most 50 MB are read")
