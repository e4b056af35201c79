"""An extract read by its mapping: one row a row of the file, with numbers for identifiers.

References of people and packages become numbers as soon as the file is read; nothing that is
computed, written or told from here on holds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.imports.cells import days, numbers, plain, plain_all, two_or_one
from experiments.imports.directory import company
from experiments.imports.files import EXCEL, hint, read_table
from experiments.imports.files import headings as headings_of
from experiments.imports.mapping import Mapping as MappingFile
from experiments.imports.showing import holds_line_break, is_personal, is_shown, people_beside
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place, shown
from sim.scenario.schema import number_hint

PERSONAL = ("person", "package", "died")
"""Roles whose cells no message shows."""
LONGEST_SHOWN = 10
"""A cell that cannot be read is shown up to this length and with a digit in it: a longer one, or a
text, may be somebody's number or name, if the mapping names a wrong column."""
MOST_SERVICES = 60
"""With more different types of service that are not known, the column is another one."""
DAYS = ("start", "end", "died")
NUMBERS = ("hours", "carers", "cost", "rate")
ORDERS = {
    "day_first": "a date such as 31/12/2025",
    "month_first": "a date such as 12/31/2025",
    "year_first": "a date such as 2025-12-31",
}


@dataclass(frozen=True)
class Extract:
    """What an extract holds, row by row.

    ``rows``: ``row`` (its number in the file), ``person`` and ``package`` (numbers, -1 where
    blank), ``provider`` and ``place`` (numbers into the two lists, -1 where blank), ``kind``
    (of service), ``start``, ``end``, ``died``, ``hours``, ``carers``, ``cost``, ``rate``,
    ``hospital`` (1, 0 or not known), ``blank``, ``other`` (the heading by which a row is not read
    at all), and
    ``unreadable`` (the role of a cell that cannot be read).
    """

    file: str
    rows: pd.DataFrame
    providers: pd.DataFrame
    places: tuple[str, ...]

    @property
    def read(self) -> int:
        """Rows of the file below the heading."""
        return len(self.rows)


def read_extract(path: Path, mapping: MappingFile) -> Extract:
    """Read an extract. Raises ScenarioError with everything that is wrong with it."""
    frame = read_table(path, mapping.file)
    headings, faults = _headings(path.name, frame, mapping)
    if faults:
        raise ScenarioError(faults)
    cells = pd.DataFrame(
        {role: frame[heading].astype(str) for role, heading in headings.items()}, index=frame.index
    )
    rows = pd.DataFrame({"row": np.arange(len(frame)) + mapping.file.heading_row + 1})
    rows["blank"] = (frame.map(str.strip) == "").all(axis=1).to_numpy()
    rows["other"] = _other(frame, mapping)
    rows["person"], rows["package"] = (_numbered(cells, role) for role in ("person", "package"))
    providers, rows["provider"] = _providers(cells)
    places, rows["place"] = _listed(_column(cells, "place").str.strip().str.upper())
    rows["kind"], faults = _kinds(path.name, cells, rows, frame, mapping)
    faults += _values(path.name, cells, rows, headings, mapping)
    rows["hospital"] = _hospital(cells, mapping)
    if faults:
        raise ScenarioError(faults)
    return Extract(path.name, rows, providers, places)


def _headings(
    file: str, frame: pd.DataFrame, mapping: MappingFile
) -> tuple[dict[str, str], list[Fault]]:
    """The heading of each role as the file writes it, and those that are not there."""
    known = {plain(name): name for name in headings_of(frame)}
    found, faults = {}, []
    for role, heading in mapping.columns.given().items():
        if plain(heading) in known:
            found[role] = known[plain(heading)]
        else:
            faults.append(_no_heading(file, mapping, heading, f"columns.{role}", frame))
    for part in ("only", "direct_payments"):
        for heading in getattr(mapping, part):
            if plain(heading) not in known:
                faults.append(_no_heading(file, mapping, heading, part, frame))
    return found, faults


def _no_heading(
    file: str, mapping: MappingFile, heading: str, key: str, frame: pd.DataFrame
) -> Fault:
    wrong = f"there is no column {shown(heading)}, which the mapping names ({key})"
    cure = hint(heading, frame, mapping.file)
    return Fault(Place(file, mapping.file.heading_row), wrong, cure)


def _column(cells: pd.DataFrame, role: str) -> pd.Series:
    """The cells of a role; blanks where the extract has no such column."""
    return cells[role] if role in cells else pd.Series("", index=cells.index)


def _references(cells: pd.DataFrame) -> Set[str]:
    """References of people and packages, which no message shows wherever they stand."""
    told = (_column(cells, role).str.strip().unique() for role in ("person", "package"))
    return {str(text) for texts in told for text in texts} - {""}


def _numbered(cells: pd.DataFrame, role: str) -> np.ndarray:
    """A number for each reference, in the order in which they come; -1 where it is blank."""
    told = _column(cells, role).str.strip()
    return np.asarray(pd.factorize(told.where(told != ""))[0])


def _listed(told: pd.Series) -> tuple[tuple[str, ...], np.ndarray]:
    """Different texts of a column, and the place of each row's among them."""
    codes, different = pd.factorize(told.where(told != ""), sort=True)
    return tuple(map(str, different)), np.asarray(codes)


def _providers(cells: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Each provider's name and ID: it is the same by its ID, else by its name in any spelling.

    Where a row has no ID, it is the one that another row has beside the same name.
    """
    told = pd.DataFrame(
        {role: _column(cells, role).str.strip() for role in ("provider", "provider_id")}
    )
    names = told["provider"].map({name: company(name) for name in told["provider"].unique()})
    both = (told["provider_id"] != "") & (names != "")
    first = ~names[both].duplicated()
    known = dict(zip(names[both][first], told["provider_id"][both][first], strict=True))
    by_name = names.map({name: known.get(name, name) for name in names.unique()})
    keys = told["provider_id"].where(told["provider_id"] != "", by_name)
    different, codes = _listed(keys)
    new = ~keys.duplicated()
    listed = told.loc[new].set_index(keys[new])
    return listed.reindex(list(different)).reset_index(drop=True), codes


def _matches(
    frame: pd.DataFrame, named: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, np.ndarray]]:
    """By heading of the mapping, the rows whose value is one of those it names."""
    known = {plain(name): name for name in headings_of(frame)}
    for heading, values in named.items():
        wanted = {plain(value) for value in values}
        yield heading, plain_all(frame[known[plain(heading)]].astype(str)).isin(wanted).to_numpy()


def _other(frame: pd.DataFrame, mapping: MappingFile) -> np.ndarray:
    """The first heading by which a row is none that is read; "" for those that are."""
    found = np.full(len(frame), "", dtype=object)
    for heading, fits in _matches(frame, mapping.only):
        found[(found == "") & ~fits] = heading
    return found


def _kinds(
    file: str, cells: pd.DataFrame, rows: pd.DataFrame, frame: pd.DataFrame, mapping: MappingFile
) -> tuple[np.ndarray, list[Fault]]:
    """What each row's service is, and types that the mapping does not know."""
    known = {plain(service): kind for service, kind in mapping.services.items()}
    told = plain_all(cells["service"])
    kinds = told.map({"": "left_out", **known})
    for _, fits in _matches(frame, mapping.direct_payments):
        kinds[fits & (kinds == "home_care").to_numpy()] = "direct_payment"
    looked_at = ~rows["blank"].to_numpy() & (rows["other"] == "").to_numpy()
    new = kinds.isna().to_numpy() & looked_at
    faults = _new_services(file, mapping.columns.service, cells[new], rows["row"][new], cells)
    return kinds.fillna("left_out").to_numpy(), faults


def _new_services(
    file: str, heading: str, new: pd.DataFrame, rows: pd.Series, cells: pd.DataFrame
) -> list[Fault]:
    """Types of service that the mapping does not know."""
    names = new["service"]
    if names.nunique() > MOST_SERVICES:
        wrong = f"{names.nunique():,} different values are not in the mapping"
        cure = (
            "Check whether this is the column of types of service: columns.service in the mapping"
        )
        return [Fault(Place(file, None, heading), wrong, cure)]
    references, people = _references(cells), people_beside(names, new["person"])
    faults = []
    for name, row in zip(names, rows, strict=True):
        place = Place(file, int(row), heading)
        if broken := _open_quote(place, name):
            faults.append(broken)
            continue
        told = f" {shown(name)}" if is_shown(name, people[name], references) else " in that cell"
        wrong = f"the type of service{told} is not in the mapping"
        cure = "Put it under [services]: home_care, direct_payment or left_out"
        faults.append(Fault(place, wrong, cure))
    return faults


def _open_quote(place: Place, text: str) -> Fault | None:
    """The fault of a cell of a CSV that holds several lines; workbooks may wrap their cells."""
    if not holds_line_break(text) or place.file.lower().endswith(EXCEL):
        return None
    wrong = "the cell covers several lines, as when a quotation mark is not closed"
    return Fault(place, wrong, "Close the quotation mark, or remove it")


def _values(
    file: str,
    cells: pd.DataFrame,
    rows: pd.DataFrame,
    headings: Mapping[str, str],
    mapping: MappingFile,
) -> list[Fault]:
    """Put days and numbers into the rows; a fault for each that cannot be read, if so ruled."""
    faults: list[Fault] = []
    rows["unreadable"] = ""
    references = _references(cells)
    looked_at = (rows["other"] == "") & (rows["kind"] != "left_out") & ~rows["blank"]
    for role in (*DAYS, *NUMBERS):
        column = _column(cells, role)
        if role in DAYS:
            rows[role], bad = days(column, mapping.file.date_order)
        elif role == "carers" and mapping.two_carers:
            rows[role], bad = two_or_one(column, mapping.two_carers), looked_at & False
        else:
            rows[role], bad = numbers(column, mapping.file.decimal)
        bad &= looked_at
        rows.loc[bad & (rows["unreadable"] == ""), "unreadable"] = role
        if mapping.rules.unreadable == "refuse":
            faults += [
                _unreadable(Place(file, int(row), headings[role]), role, text, mapping, references)
                for row, text in zip(rows["row"][bad], column[bad], strict=True)
            ]
    return faults


def _unreadable(
    place: Place, role: str, text: str, mapping: MappingFile, references: Set[str]
) -> Fault:
    if broken := _open_quote(place, text):
        return broken
    allowed = ORDERS[mapping.file.date_order] if role in DAYS else "a number"
    short = len(text) <= LONGEST_SHOWN and bool(re.search("[0-9]", text))
    safe = short and role not in PERSONAL and not is_personal(text, references)
    value = shown(text) if safe else "the cell's content"
    more = number_hint(text) if safe and role not in DAYS else ""
    cure = f'Give it {allowed} or a blank{more}; or say unreadable = "leave_out" in the mapping'
    return Fault(place, f"{value} cannot be read", cure)


def _hospital(cells: pd.DataFrame, mapping: MappingFile) -> pd.Series:
    """1 where somebody was referred by a hospital, 0 by others, nothing where it is not told."""
    told = plain_all(_column(cells, "referral_source"))
    hospitals = {plain(name) for name in mapping.hospital}
    return told.isin(hospitals).astype(float).where(told != "")
