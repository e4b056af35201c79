"""What ``caremarket import`` shows of a file: headings and kinds, and no cell of a person."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from command_line import Caremarket, Done

from experiments.imports.files import read_table
from experiments.imports.headings import is_common
from experiments.imports.mapping import FileRules
from experiments.imports.showing import is_personal, is_shown, look_like_headings
from sim.scenario import ScenarioError

EXTRACT = Path(__file__).parents[1] / "experiments/samples/exports/package_extract.csv"
ROWS = list(csv.reader(io.StringIO(EXTRACT.read_bytes().decode("cp1252"))))
HEADING, PEOPLE = ROWS[0], ROWS[1:200]
AT = {role: HEADING.index(name) for role, name in {
    "person": "Person ID", "service": "Service Type", "start": "Planned Start Date",
    "end": "Actual End Date", "hours": "Planned Hours Per Week", "carers": "No. of Carers",
    "source": "Referral Source", "cost": "Cost £/wk"}.items()}  # fmt: skip
NAMES = [f"Mrs {first} {last}" for first in ("Ada", "Bea", "Cyn") for last in ("Smith", "Khan")]


def write(path: Path, rows: list[list[str]], encoding: str = "cp1252") -> None:
    """A CSV of these rows."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)


def with_cell(role: str, text: str, row: int = 4) -> list[list[str]]:
    """The sample with another text in a column of one row."""
    people = [list(one) for one in PEOPLE]
    people[row][AT[role]] = text
    return [HEADING, *people]


def imported(caremarket: Caremarket, folder: Path, old: str = "", new: str = "") -> Done:
    """Import e.csv by the mapping of the sample, in which one text is another."""
    write(folder / "sample.csv", [HEADING, *PEOPLE])
    assert caremarket("import", "sample.csv", "--propose", "mapping.toml").code == 0
    text = (folder / "mapping.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "mapping.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    done = caremarket("import", "e.csv", "--mapping", "mapping.toml", "--to", "county",
                      "--places", EXTRACT.with_name("postcode_areas.csv"))  # fmt: skip
    assert done.code == 2 and "Traceback" not in done.err, done.err
    return done


# Headings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "old", "new"),
    [
        ([HEADING, *PEOPLE], '"cp1252"', '"utf-16"'),
        ([HEADING, *PEOPLE], "heading_row = 1", "heading_row = 2"),
        (PEOPLE, 'separator = ","', 'separator = ";"'),
        (PEOPLE, "heading_row = 1", "heading_row = 1"),
        ([[*HEADING, "x"], *([*one, one[0]] for one in PEOPLE)], "heading_row = 1",
         "heading_row = 2"),
    ],
    ids=["encoding", "heading_row", "separator", "no heading", "equal cells"],
)  # fmt: skip
def test_a_row_that_is_no_heading_is_not_shown(
    caremarket: Caremarket, tmp_path: Path, rows: list[list[str]], old: str, new: str
) -> None:
    write(tmp_path / "e.csv", rows)
    raw = (tmp_path / "e.csv").read_bytes()  # UTF-16 needs an even number of them
    (tmp_path / "e.csv").write_bytes(raw + b" " * (len(raw) % 2))
    done = imported(caremarket, tmp_path, old, new)
    assert "does not look like a heading: look at encoding, separator and heading_row" in done.err
    assert "Known:" not in done.err and not any(ord(mark) > 0x2FF for mark in
                                                done.err.replace("…", ""))  # fmt: skip
    assert not [cell for cell in PEOPLE[0] if len(cell) > 3 and cell in done.err], done.err


@pytest.mark.parametrize("excel", [False, True])
def test_a_proposal_for_a_file_without_heading_holds_nobodys_row(
    caremarket: Caremarket, tmp_path: Path, excel: bool
) -> None:
    name = "e.xlsx" if excel else "e.csv"
    if excel:
        pd.DataFrame(PEOPLE).to_excel(tmp_path / name, header=False, index=False)
    else:
        write(tmp_path / name, PEOPLE)
    done = caremarket("import", name, "--propose", "mapping.toml")
    assert done.code == 0, done.err
    assert "# row 1 does not look like a heading: look at encoding and heading_row" in done.out
    assert not [cell for cell in PEOPLE[0] if len(cell) > 3 and cell in done.out], done.out


def test_headings_are_told_by_their_looks() -> None:
    assert look_like_headings(HEADING) and look_like_headings(["Alpha", "", "Cost\u00a0a week"])
    for cell in ("01/05/2025", "2025-05-01", "1 May 2025", "5.00", "£1,200", "700001", "ZZ1 1AA",
                 "x" * 61, "a\nb", "敐獲湯", "Mrs Smith", "P\0e\0r"):  # fmt: skip
        assert not look_like_headings(["Person ID", cell]), cell


# Cells -----------------------------------------------------------------------------------------

SECRETS = (
    "700011",
    "700011x",
    "943 476 5919",
    "943-476-5919",
    "NR1 3DH",
    "nr13dh",
    "Mrs A1",
    "AB12",
)


@pytest.mark.parametrize("role", ["start", "end", "hours", "carers", "cost", "service"])
@pytest.mark.parametrize("secret", SECRETS)
def test_a_cell_of_a_person_is_not_shown_in_any_column(
    caremarket: Caremarket, tmp_path: Path, role: str, secret: str
) -> None:
    """AB12 is the reference of a person; a service is refused though six people have it."""
    if secret == "700011" and role in ("hours", "carers", "cost"):
        return  # it can be read: a slip of the keyboard that the page on quality counts
    rows = with_cell("person", "AB12", row=9)
    for row in range(4, 16 if role == "service" else 5):
        rows[row + 1][AT[role]] = secret
        rows[row + 1][AT["service"]] = secret if role == "service" else "Homecare"
    write(tmp_path / "e.csv", rows)
    done = imported(caremarket, tmp_path)
    assert f"column {HEADING[AT[role]]}" in done.err and "row" in done.err
    assert secret not in done.err + done.out, done.err


@pytest.mark.parametrize("role", ["start", "end", "hours", "carers", "cost", "service"])
def test_a_cell_over_several_lines_is_an_open_quotation_mark(
    caremarket: Caremarket, tmp_path: Path, role: str
) -> None:
    rows = with_cell(role, "7\r\n7012,Smith")
    rows[5][AT["service"]] = rows[5][AT["service"]] if role == "service" else "Homecare"
    write(tmp_path / "e.csv", rows)
    done = imported(caremarket, tmp_path)
    told = f"e.csv, row 6, column {HEADING[AT[role]]}: the cell covers several lines"
    assert told in done.err and "Close the quotation mark" in done.err
    assert "7012" not in done.err and "Smith" not in done.err


@pytest.mark.parametrize("text", ["31/02/2025", "31-02-2025", "2025-02-31"])
def test_a_slip_in_a_date_is_still_shown(caremarket: Caremarket, tmp_path: Path, text: str) -> None:
    rows = with_cell("start", text)
    rows[5][AT["service"]] = "Homecare"
    write(tmp_path / "e.csv", rows)
    assert f"'{text}' cannot be read" in imported(caremarket, tmp_path).err


@pytest.mark.parametrize("role", ["service", "source", "carers"])
def test_a_proposal_holds_back_what_few_people_have(
    caremarket: Caremarket, tmp_path: Path, role: str
) -> None:
    """Names of people, however many rows each stands in, if they are those of one person."""
    people = [[*one] for one in PEOPLE]
    for at, one in enumerate(people):
        one[AT[role]] = "Rapid response" if at < 30 else "Hospital" if at == 30 else one[AT[role]]
    for at, name in enumerate([*NAMES, "Ada Lovelace"] * 6):
        people[60 + at][AT[role]] = name
        people[60 + at][0] = name[-3:] if name == "Ada Lovelace" else people[60 + at][0]
    write(tmp_path / "e.csv", [HEADING, *people])
    done = caremarket("import", "e.csv", "--propose", "mapping.toml")
    assert done.code == 0, done.err
    assert "Mrs" not in done.out and "Ada" not in done.out, done.out
    assert f"{len(NAMES) + 1} different values are not shown" in done.out, done.out
    assert "Rapid response" in done.out and "Hospital" in done.out


def test_what_is_common_is_shown_and_what_is_rare_is_not() -> None:
    assert is_common("Home-care") and not is_common("") and not is_common("李")
    assert not is_common("Home care for Ada Smith")
    assert is_shown("Rapid response", 5) and not is_shown("Rapid response", 4)
    assert is_personal("P1", {"P1"}) and not is_personal("P2", {"P1"})


# Workbooks -------------------------------------------------------------------------------------

RULES = FileRules(encoding="utf-8", separator=",", heading_row=1, date_order="day_first")


@pytest.mark.parametrize("name", ["e.csv", "e.xlsx"])
def test_a_heading_that_stands_twice_is_refused(tmp_path: Path, name: str) -> None:
    rows = [["Person ID", "Hours", "", "", "Hours"], ["1", "2", "3", "", "5"]]
    if name == "e.csv":
        write(tmp_path / name, rows)
    else:
        pd.DataFrame(rows).to_excel(tmp_path / name, header=False, index=False)
    with pytest.raises(ScenarioError, match=rf"{name}, row 1: 'Hours' is given twice"):
        read_table(tmp_path / name, RULES)


def test_a_sheet_without_the_row_of_the_heading_is_refused(tmp_path: Path) -> None:
    pd.DataFrame([["Person ID", "Hours"]]).to_excel(tmp_path / "e.xlsx", header=False, index=False)
    assert list(read_table(tmp_path / "e.xlsx", RULES)) == ["Person ID", "Hours"]
    with pytest.raises(ScenarioError, match="it has no heading in row 3"):
        read_table(tmp_path / "e.xlsx", RULES.model_copy(update={"heading_row": 3}))


SHEET = "xl/worksheets/sheet1.xml"
Damage = Callable[[str, bytes], bytes | None]
DAMAGES: dict[str, Damage] = {
    "sheet cut off": lambda name, part: part[: len(part) // 2] if name == SHEET else part,
    "no sheet": lambda name, part: None if name == SHEET else part,
    "no workbook": lambda name, part: None if name == "xl/workbook.xml" else part,
    "no types": lambda name, part: None if name == "[Content_Types].xml" else part,
    "styles of nonsense": lambda name, part: b"<a" if name == "xl/styles.xml" else part,
}


@pytest.mark.parametrize("damage", [*DAMAGES, "file cut off", "bytes changed"])
def test_a_damaged_workbook_is_told(caremarket: Caremarket, tmp_path: Path, damage: str) -> None:
    whole, broken = tmp_path / "whole.xlsx", tmp_path / "e.xlsx"
    pd.DataFrame([HEADING, *PEOPLE]).to_excel(whole, header=False, index=False)
    raw = whole.read_bytes()
    if change := DAMAGES.get(damage):
        with zipfile.ZipFile(whole) as old, zipfile.ZipFile(broken, "w") as new:
            for name in old.namelist():
                part = change(name, old.read(name))
                if part is not None:
                    new.writestr(name, part)
    elif damage == "file cut off":
        broken.write_bytes(raw[: len(raw) // 2])
    else:
        with zipfile.ZipFile(whole) as old:
            at = old.getinfo(SHEET).header_offset + 200
        broken.write_bytes(
            raw[:at] + bytes(255 - one for one in raw[at : at + 60]) + raw[at + 60 :]
        )
    done = caremarket("import", "e.xlsx", "--propose", "mapping.toml")
    assert done.code == 2, done.out
    assert "e.xlsx: the workbook is damaged. Open it in Excel and save it again" in done.err


def test_an_extract_given_as_the_directory_shows_no_cell(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    """Its first row may be a person's."""
    text = EXTRACT.read_text(encoding="cp1252")
    (tmp_path / "wrong.csv").write_text(text.split("\n", 1)[1], encoding="utf-8")
    assert caremarket("import", EXTRACT, "--propose", "m.toml").code == 0
    done = caremarket("import", EXTRACT, "--mapping", "m.toml",
                      "--directory", "wrong.csv", "--to", "mine")  # fmt: skip
    assert done.code == 2
    assert "is missing" in done.err
    assert "700001" not in done.err and "Birch" not in done.err
