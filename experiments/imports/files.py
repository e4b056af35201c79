"""Files as councils have them, into tables of text: CSV in any stated encoding, and Excel."""

from __future__ import annotations

import csv
import io
import zlib
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import pandas as pd

from experiments.imports.showing import look_like_headings
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place, nearest, shown
from sim.scenario.text_files import is_file, is_folder

if TYPE_CHECKING:
    from experiments.imports.mapping import FileRules

EXCEL, OLD_EXCEL = (".xlsx", ".xlsm"), (".xls", ".xlsb")
DAMAGES = (
    OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, RuntimeError,
    SyntaxError, BadZipFile, zlib.error,
)  # fmt: skip
"""What openpyxl raises where a part of a workbook is missing or damaged; its XML parsers raise
kinds of SyntaxError."""
MOST_HEADINGS_AHEAD = 20
"""Rows among which the heading of a published table is looked for by its columns' names."""


def read_table(path: Path, rules: FileRules) -> pd.DataFrame:
    """Every row of a table as text, blanks as "", under headings without blanks around.

    Raises ScenarioError where the file cannot be read as the rules say.
    """
    if path.suffix.lower() in OLD_EXCEL:
        cure = "Save it as .xlsx, or as CSV"
        raise ScenarioError([Fault(Place(path.name), "it has an older Excel format", cure)])
    if path.suffix.lower() in EXCEL:
        frame = _workbook(path, rules)
    else:
        frame = _csv(path, decoded(path, rules.encoding), rules)
    frame.columns = pd.Index([str(name).strip() for name in frame.columns])
    if doubled := sorted(set(frame.columns[frame.columns.duplicated()]) - {""}):
        place = Place(path.name, rules.heading_row)
        if not look_like_headings(headings(frame)):
            raise ScenarioError(
                [Fault(place, "two cells of the heading are equal", no_heading(rules))]
            )
        cure = "Rename one of them"
        raise ScenarioError(
            [Fault(place, f"{shown(name)} is given twice", cure) for name in doubled]
        )  # fmt: skip
    return frame


def content(path: Path) -> bytes:
    """The bytes of a file. Raises ScenarioError if there is none that can be read."""
    if not is_file(path):
        wrong = "it is a folder, not a file" if is_folder(path) else "the file is missing"
        raise ScenarioError([Fault(Place(path.name), wrong, f"Name a file; you gave {path}")])
    try:
        return path.read_bytes()
    except OSError as error:
        wrong = f"the file cannot be read ({error.strerror})"
        raise ScenarioError([Fault(Place(path.name), wrong, "Change its permissions")]) from None


def decoded(path: Path, encoding: str) -> str:
    """The text of a file. Raises ScenarioError where it is not of that encoding."""
    raw = content(path)
    try:
        return raw.decode("utf-8-sig" if is_utf8(encoding) else encoding)
    except LookupError:
        wrong = f"there is no encoding {shown(encoding)}"
        raise ScenarioError([Fault(Place(path.name), wrong, "Usual: utf-8 or cp1252")]) from None
    except UnicodeDecodeError as error:
        at = error.start
        wrong = f"it is not {encoding} (byte 0x{raw[at]:02x} in line {raw.count(10, 0, at) + 1})"
        cure = "Put its encoding into the mapping: for an older Windows program, cp1252"
        raise ScenarioError([Fault(Place(path.name), wrong, cure)]) from None


def is_utf8(encoding: str) -> bool:
    """Whether a name of an encoding is one of UTF-8."""
    return encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig")


def _csv(path: Path, text: str, rules: FileRules) -> pd.DataFrame:
    try:
        cells = pd.read_csv(
            io.StringIO(text),
            sep=rules.separator,
            header=None,
            skiprows=rules.heading_row - 1,
            dtype=str,
            keep_default_na=False,
            skip_blank_lines=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError):
        raise ScenarioError(_misshapen(path, text, rules)) from None
    missing = cells.isna()
    short = missing.any(axis=1) & ~missing.all(axis=1)
    if short.any():
        raise ScenarioError(_misshapen(path, text, rules))
    frame = cells.iloc[1:].fillna("").reset_index(drop=True)
    frame.columns = pd.Index(cells.iloc[0].fillna(""))
    return frame


def _misshapen(path: Path, text: str, rules: FileRules) -> list[Fault]:
    """A fault for each row that has another number of cells than the heading."""
    if not text.strip():
        return [Fault(Place(path.name), "the file is empty", "Name another")]
    try:
        records = list(csv.reader(io.StringIO(text), delimiter=rules.separator))
    except csv.Error:
        wrong = "a quotation mark is opened and never closed"
        return [Fault(Place(path.name), wrong, "Close it, or remove it")]
    heading = records[rules.heading_row - 1] if len(records) >= rules.heading_row else []
    cure = "Put a cell that holds a separator in quotes, or correct separator and heading_row"
    wrong = f"cells but the heading has {len(heading)}"
    return [
        Fault(Place(path.name, number), f"the row has {len(record)} {wrong}", cure)
        for number, record in enumerate(records[rules.heading_row :], rules.heading_row + 1)
        if record and len(record) != len(heading)
    ] or [Fault(Place(path.name), f"it has no heading in row {rules.heading_row}", cure)]


def no_heading(rules: FileRules) -> str:
    """What to look at where the row of the heading holds something else."""
    return (
        f"Row {rules.heading_row} does not look like a heading: look at encoding, separator and "
        "heading_row in the mapping"
    )


def hint(heading: str, frame: pd.DataFrame, rules: FileRules) -> str:
    """The headings that are there, nearest first, unless they may be the cells of a person."""
    there = headings(frame)
    return nearest(heading, there) if look_like_headings(there) else no_heading(rules)


def _workbook(path: Path, rules: FileRules) -> pd.DataFrame:
    raw = content(path)
    place = Place(path.name)
    if find_spec("openpyxl") is None:
        cure = "Install caremarket[excel], or save the sheet as CSV"
        raise ScenarioError([Fault(place, "openpyxl is needed to read Excel files", cure)])
    try:
        with pd.ExcelFile(path, engine="openpyxl") as book:
            if rules.sheet is not None and rules.sheet not in book.sheet_names:
                cure = nearest(rules.sheet, [str(name) for name in book.sheet_names])
                raise ScenarioError([Fault(place, f"there is no sheet {shown(rules.sheet)}", cure)])
            cells = pd.read_excel(
                book,
                sheet_name=rules.sheet or 0,
                header=None,  # with one, pandas gives the second of two equal headings a new name
                dtype=object,
                keep_default_na=False,
            )
    except ScenarioError:
        raise
    except DAMAGES:
        if raw.startswith(b"PK"):
            wrong, cure = "the workbook is damaged", "Open it in Excel and save it again, or as CSV"
        else:
            wrong, cure = "it is not an Excel workbook", "Save it again as .xlsx, or as CSV"
        raise ScenarioError([Fault(place, wrong, cure)]) from None
    cells = cells.iloc[rules.heading_row - 1 :].map(as_text)
    if cells.empty:
        wrong, cure = (
            f"it has no heading in row {rules.heading_row}",
            "Correct sheet and heading_row",
        )
        raise ScenarioError([Fault(place, wrong, cure)])
    frame = cells.iloc[1:].reset_index(drop=True)
    frame.columns = pd.Index(cells.iloc[0])
    return frame


def as_text(cell: Any) -> str:
    """A cell of a workbook as text: dates in ISO, whole numbers without a point."""
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and cell != cell):
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def headings(frame: pd.DataFrame) -> list[str]:
    """The headings of a table."""
    return [str(name) for name in frame.columns]


def numbered(cells: pd.Series, heading: int = 1) -> list[tuple[int, str]]:
    """Cells with the number of their row in the file."""
    return list(zip((cells.index.to_numpy() + heading + 1).tolist(), cells.tolist(), strict=True))


def find_heading(path: Path, encoding: str, separator: str, wanted: str) -> int:
    """The row of the heading that names a wanted column; 1 where none of the first ones does."""
    lines = decoded(path, encoding).splitlines()[:MOST_HEADINGS_AHEAD]
    for number, line in enumerate(lines, start=1):
        if wanted.casefold() in {cell.strip(' "').casefold() for cell in line.split(separator)}:
            return number
    return 1
