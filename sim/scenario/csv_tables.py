"""Reading a CSV table into a draft. A fault of the whole table is told once, not row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from sim.scenario.declaration import Frozen
from sim.scenario.draft import Draft, Lines, Path_
from sim.scenario.faults import Fault, Place, nearest, shown
from sim.scenario.text_files import read_text

MOST_ROWS = 200_000
"""Assumption: some sixty years of the referrals of a county such as Norfolk."""
HEADING_WITHIN = 20
"""Lines among which the heading is looked for, where it is not the first."""
SEPARATED_BY = "sep="
"""A first line of spreadsheet programs, which tells nothing of anybody."""
SEPARATORS = {";": "semicolons", "\t": "tabs"}
SAVE_AS = "Save it with commas between cells ('CSV UTF-8 (comma delimited)')"
QUOTES = 'A comma inside a cell needs "quotes" around the cell'
OPEN_QUOTE = "a quotation mark is not closed (a cell may not hold a line break)"


def read_table(
    draft: Draft,
    path: Path,
    prefix: tuple[str, ...],
    row_type: type[Frozen],
    *,
    given: bool = False,
    others_refer: bool = True,
    filled_in: Collection[str] = (),
) -> None:
    """Read a table's rows into the draft.

    ``given``: the user named the file. ``filled_in``: columns that may be left blank or left out,
    for something else fills them in. ``others_refer``: other tables refer to its rows, so that
    what follows from a row that cannot be read is left out.
    """
    rows: list[dict[str, Any]] = []
    target = draft.values
    for step in prefix[:-1]:
        target = target[step]
    target[prefix[-1]] = rows
    draft.places[prefix] = Place(path.name)
    text, faults = read_text(path, given=given)
    draft.faults += faults
    if text is not None and (too_long := _too_long(path.name, text)):
        draft.faults.append(too_long)
        text = None
    fields = row_type.model_fields
    required = [name for name in fields if fields[name].is_required() and name not in filled_in]
    private = any(is_private(row_type, name) for name in fields)
    heading = None
    if text is not None:
        heading = _heading(draft, path.name, prefix, text, fields, required, private=private)
    if text is None or heading is None:
        draft.unread.add(prefix)
        return
    numbers: list[int] = []
    draft.lines[prefix] = Lines(path.name, numbers)
    row_of = _Rows(fields, required, heading[1])
    for number, line in _lines(text, heading[0]):
        cells, wrong = _cells(line, len(heading[1]))
        if wrong is not None:
            draft.faults.append(Fault(Place(path.name, number), *wrong))
            if others_refer:
                draft.unread.add(prefix)
            continue
        numbers.append(number)
        rows.append(row_of(cells))


def _lines(text: str, after: int = 0) -> Iterator[tuple[int, str]]:
    """Lines that hold something, numbered as in the file, after a line."""
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if number > after and line.strip(" ,;\t\n"):
            yield number, line.rstrip("\n")


def _too_long(file: str, text: str) -> Fault | None:
    if text.count("\n") <= MOST_ROWS:  # the usual case, looked at without reading the lines
        return None
    many = sum(1 for _ in _lines(text)) - 1
    most = f"At most {MOST_ROWS:,} are read: leave out rows that the run does not reach"
    return Fault(Place(file), f"it has {many:,} rows", most) if many > MOST_ROWS else None


class _Rows:
    """Makes rows of cells; a blank in a column that may be left out counts as left out."""

    def __init__(
        self, fields: Iterable[str], required: Collection[str], heading: Sequence[str]
    ) -> None:
        self.columns = [
            (name, place, name in required)
            for name in fields
            for place in (heading.index(name) if name in heading else None,)
            if place is not None
        ]
        self.kept: dict[str, str] = {}

    def __call__(self, cells: Sequence[str]) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for name, place, required in self.columns:
            if cell := cells[place].strip():
                row[name] = self.kept.setdefault(cell, cell)  # areas and dates recur in every row
            elif required:
                row[name] = None
        return row


def _cells(line: str, width: int | None) -> tuple[list[str], tuple[str, str] | None]:
    """The cells of a line, and what is wrong where they cannot be told or do not fit."""
    if '"' not in line:
        cells = line.split(",")
    else:
        try:
            cells = next(csv.reader([line], strict=True))
        except csv.Error as error:
            wrong = "a cell is too long" if "limit" in str(error) else OPEN_QUOTE
            return [], (wrong, "Close it on its line, or remove it")
    if width is None or len(cells) == width:
        return cells, None
    point = "; numbers have a decimal point, as in 12.5" if len(cells) > width else ""
    return cells, (f"the row has {len(cells)} cells but the heading has {width}", QUOTES + point)


def _heading(
    draft: Draft,
    file: str,
    prefix: Path_,
    text: str,
    fields: Iterable[str],
    required: Collection[str],
    *,
    private: bool = False,
) -> tuple[int, list[str]] | None:
    """The line of the heading and its names; None if the table cannot be read by them.

    ``private``: it tells of single people, so that no message repeats a line of it.
    """
    first = list(islice(_lines(text), HEADING_WITHIN))
    if not first:
        draft.faults.append(Fault(Place(file), "the file is empty", "Give it a heading row"))
        return None
    known = list(fields)
    number, line = max(first, key=lambda told: (_names(told[1], known), -told[0]))
    if above := [told for told, _ in first if told < number]:
        shows = not private or first[0][1].startswith(SEPARATED_BY)
        draft.faults.append(_not_the_first(file, above, number, first[0][1] if shows else ""))
        return None
    if not _names(line, known):
        begins = "" if private else f": it begins with {shown(line)}"
        wrong = f"no column of the table is named{begins}"
        remedy = f"Give it a heading row with {','.join(required)}"
        draft.faults.append(Fault(Place(file, number), wrong, remedy))
        return None
    for mark, name in SEPARATORS.items():
        if mark in line and "," not in line:
            wrong = f"cells are separated by {name}"
            draft.faults.append(Fault(Place(file, number), wrong, SAVE_AS))
            return None
    names, unreadable = _cells(line, None)
    if unreadable is not None:
        draft.faults.append(Fault(Place(file, number), *unreadable))
        return None
    heading = [name.strip() for name in names]
    sound = _columns(draft, Place(file, number), prefix, heading, known, required)
    return (number, heading) if sound else None


def is_private(row_type: type[Frozen], column: str) -> bool:
    """Whether a column tells of single people, so that no message repeats what stands in it."""
    told = row_type.model_fields[column].json_schema_extra
    return isinstance(told, dict) and bool(told.get("private", False))


def _names(line: str, known: Sequence[str]) -> int:
    """How many columns of the table a line names, whatever stands between its cells."""
    for mark in SEPARATORS:
        line = line.replace(mark, ",")
    return len({cell.strip(' "') for cell in line.split(",")} & set(known))


def _not_the_first(file: str, above: Sequence[int], number: int, first: str) -> Fault:
    rows = f"row {above[0]}" if len(above) == 1 else f"rows {above[0]} to {above[-1]}"
    below = f", below {shown(first.strip())}" if first else ""
    wrong = f"the heading is in row {number}{below}"
    return Fault(Place(file, above[0]), wrong, f"Remove everything above the heading: {rows}")


def _columns(
    draft: Draft,
    place: Place,
    prefix: Path_,
    heading: Sequence[str],
    known: list[str],
    required: Collection[str],
) -> bool:
    """Tell columns that are doubled, unknown or missing; whether rows can be read by them."""
    doubled = sorted({name for name in heading if name in known and heading.count(name) > 1})
    for name in doubled:
        draft.faults.append(
            Fault(place, f"the column {name!r} is given twice", "Remove one of them")
        )
    for name in dict.fromkeys(heading):
        if name not in known:
            alike = name and len(heading) < 10 * len(known)  # else it is another table altogether
            remedy = nearest(name, known) if alike else "Remove it, or give it a known name"
            draft.faults.append(Fault(place, f"the column {shown(name)} is not known", remedy))
    for name in known:
        if name not in heading and not doubled and name in required:
            draft.missing_columns.add((*map(str, prefix), name))
            remedy = f"Give the table a column {name}"
            draft.faults.append(Fault(place, f"the column {name!r} is missing", remedy))
    return not doubled
