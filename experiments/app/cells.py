"""Faults of a county beside the cells they stand in, as a spreadsheet names them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.app.places import capital
from experiments.counties.copying import OF_PEOPLE
from sim.scenario import Fault
from sim.scenario.faults import printable

MOST_SHOWN = 200
LONGEST_CELL = 60
LETTERS = 26
HIDDEN = "not shown: it is about a person"


@dataclass(frozen=True)
class Line:
    """A fault: the cell's name, its column and what stands there, what is wrong, how to mend it."""

    cell: str
    where: str
    value: str
    wrong: str
    cure: str


@dataclass(frozen=True)
class FileFaults:
    """The faults of a file. ``more``: how many are not shown."""

    file: str
    lines: tuple[Line, ...]
    more: int = 0


def by_file(folder: Path, faults: Sequence[Fault]) -> list[FileFaults]:
    """Faults in the order of their files, rows and columns."""
    names = list(dict.fromkeys(fault.place.file for fault in faults))
    found = []
    for name in names:
        mine = list(dict.fromkeys(fault for fault in faults if fault.place.file == name))
        table = table_of(folder, name)
        lines = tuple(line(fault, table) for fault in mine[:MOST_SHOWN])
        found.append(FileFaults(name, lines, max(0, len(mine) - MOST_SHOWN)))
    return found


def table_of(folder: Path, name: str) -> list[str]:
    """The lines of a county's table by its file's name; none where it is no table."""
    if not name.endswith(".csv"):
        return []
    for path in sorted(folder.rglob(name)):
        if path.is_file() and not path.is_symlink():
            try:
                return path.read_text(encoding="utf-8-sig").splitlines()
            except (OSError, ValueError):
                return []
    return []


def line(fault: Fault, table: Sequence[str]) -> Line:
    """A fault with its cell."""
    place = fault.place
    wrong, cure = printable(capital(fault.wrong)), printable(fault.cure)
    if place.row is None:
        return Line("", place.column or "the whole file", "", wrong, cure)
    head = cells(table[0]) if table else []
    column = (place.column or "").strip()
    number = head.index(column) if column in head else None
    name = f"{letters(number)}{place.row}" if number is not None else f"row {place.row}"
    where = f"{place.column}, row {place.row}" if place.column else f"the whole row {place.row}"
    return Line(name, where, value_at(place.file, place.row, number, table), wrong, cure)


def value_at(file: str, row: int, number: int | None, table: Sequence[str]) -> str:
    """What stands in a cell, unless its table is about single people."""
    if file in OF_PEOPLE:
        return HIDDEN
    if number is None or not 0 < row <= len(table):
        return ""
    found = cells(table[row - 1])
    text = printable(found[number]) if number < len(found) else ""
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"


def cells(text: str) -> list[str]:
    """The cells of a line."""
    try:
        return [cell.strip() for cell in next(csv.reader([text]), [])]
    except csv.Error:
        return []


def letters(number: int) -> str:
    """The name of a column in a spreadsheet: A, B, … Z, AA."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, LETTERS)
        name = chr(ord("A") + rest) + name
    return name
