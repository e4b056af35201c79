"""A mapping proposed from a file: what was seen in it, said beside every line, for correction."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.counties.settings_text import written
from experiments.imports.cells import PARTS, days, numbers, plain, two_or_one
from experiments.imports.files import EXCEL, content, headings, read_table
from experiments.imports.headings import NEEDED, TWO_CARERS, WORDS, is_hospital, kind_of, roles_of
from experiments.imports.mapping import SHIPPED, TO_BE_SAID, FileRules
from experiments.imports.showing import (
    LEAST_PEOPLE_SHOWN,
    is_shown,
    look_like_headings,
    people_beside,
)
from experiments.imports.values import gov_date
from sim.scenario.faults import printable
from sim.scenario.text_files import read_toml

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
MOST_ROWS_ABOVE = 20
MOST_VALUES = 60
"""More different values are hardly types of service, or sources of referrals."""
NATIONAL = "client_level_data"
PERIOD_BEGINS, PERIOD_ENDS = "reporting period start date", "reporting period end date"
LEAST_NATIONAL = 6
"""Columns of the national return by which an extract is taken for one."""


@dataclass(frozen=True)
class Seen:
    """What is seen in a file: how it is written, its cells, and the columns recognised."""

    file: str
    rules: dict[str, Any]
    remarks: dict[str, str]
    frame: pd.DataFrame
    roles: dict[str, str]
    national: Mapping[str, Any]


def proposed(path: Path) -> tuple[str, list[str]]:
    """The text of a mapping, and what of it is left for the reader to answer.

    Raises ScenarioError where the file cannot be read at all.
    """
    seen = look_at(path)
    lines = [
        f"# How {seen.file} is read. Proposed from the file: check every line and correct it "
        "where necessary.",
        f'# What the file does not show is "{TO_BE_SAID}": put the true value in its place.',
        "",
        *_hospital_lines(seen),
        *_carer_lines(seen),
        "",
        *_file_lines(seen),
        "",
        *_column_lines(seen),
        *_national_lines(seen),
        "",
        *_service_lines(seen),
        "",
        *_rule_lines(seen),
    ]
    asked = [line.partition(" =")[0].strip('"') for line in lines if f'"{TO_BE_SAID}"' in line[1:]]
    lines = [printable(line) if line.startswith("#") else line for line in lines]
    return "\n".join(lines) + "\n", [name for name in asked if not name.startswith("#")]


def look_at(path: Path) -> Seen:
    """Look at a file. Raises ScenarioError where it cannot be read."""
    rules, remarks = _how_written(path)
    given = {**rules, "date_order": "day_first"}
    frame = read_table(path, FileRules.model_validate(given))
    frame = frame.astype(str)
    roles = roles_of(list(frame.columns))
    values, _ = read_toml(SHIPPED[NATIONAL])
    national = values or {}
    known = {plain(name): name for name in frame.columns}
    theirs = {role: known.get(plain(name)) for role, name in national["columns"].items()}
    if sum(name is not None for name in theirs.values()) < LEAST_NATIONAL:
        national = {}
    else:
        place = {"place": roles["place"]} if "place" in roles else {}
        roles = {role: name for role, name in theirs.items() if name is not None} | place
    seen = Seen(path.name, rules, remarks, frame, roles, national)
    rules["date_order"], remarks["date_order"] = _date_order(seen)
    return seen


def _how_written(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Encoding, separator and row of the heading, and why each is thought so."""
    raw = content(path)
    if path.suffix.lower() in EXCEL:
        rules = {"encoding": "utf-8", "separator": ",", "heading_row": 1}
        frame = read_table(path, FileRules.model_validate({**rules, "date_order": "day_first"}))
        first = [headings(frame), *frame.head(MOST_ROWS_ABOVE).astype(str).to_numpy().tolist()]
        number = max(range(len(first)), key=lambda row: (len(roles_of(first[row])), -row))
        rules["heading_row"] = number + 1
        remarks = {
            "encoding": "an Excel workbook: its first sheet, unless sheet is given",
            "heading_row": f"{len(roles_of(first[number]))} of its headings are recognised",
        }
        return rules, remarks
    text, encoding, why = _decoded(raw)
    lines = text.splitlines()[:MOST_ROWS_ABOVE] or [""]
    found = {
        (len(roles_of([cell.strip(' "') for cell in line.split(mark)])), -number, mark)
        for number, line in enumerate(lines, 1)
        for mark in SEPARATORS
    }
    known, number, mark = max(
        found, key=lambda one: (one[0], one[1], -list(SEPARATORS).index(one[2]))
    )
    rules = {"encoding": encoding, "separator": mark, "heading_row": -number if known else 1}
    remarks = {
        "encoding": why,
        "separator": f"{SEPARATORS[mark]} separate the headings",
        "heading_row": f"{known} of its headings are recognised",
    }
    return rules, remarks


def _decoded(raw: bytes) -> tuple[str, str, str]:
    """The text of a file, its likely encoding, and why that is thought so."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="replace"), "utf-16", "it begins with the mark of UTF-16"
    try:
        return raw.decode("utf-8-sig"), "utf-8", "every byte is UTF-8"
    except UnicodeDecodeError as error:
        mark = raw[error.start : error.start + 1].decode("cp1252", errors="replace")
        line = raw.count(10, 0, error.start) + 1
        why = f"not UTF-8: byte 0x{raw[error.start]:02x} in line {line} is {mark} in it"
        return raw.decode("cp1252", errors="replace"), "cp1252", why


def _date_order(seen: Seen) -> tuple[str, str]:
    """The order of day and month that the dates bear out, or a question."""
    there = [seen.frame[seen.roles[role]] for role in ("start", "end") if role in seen.roles]
    if not there:
        return TO_BE_SAID, "day_first, month_first or year_first? No dates are recognised"
    cells = pd.concat(there)
    parts = cells.str.strip().drop_duplicates().str.extract(PARTS.pattern).dropna()
    if parts.empty:
        return "year_first", "no date has its parts in another order"
    if (parts[0].str.len() == 4).all():
        return "year_first", "every year comes first"
    first, second = (int((pd.to_numeric(parts[at]) > 12).sum()) for at in (0, 1))
    told = f"{first:,} different dates have a first number above 12, {second:,} a second"
    if first and not second:
        return "day_first", told
    if second and not first:
        return "month_first", told
    return TO_BE_SAID, f"day_first or month_first? {told}"


def _file_lines(seen: Seen) -> Iterator[str]:
    yield "[file]"
    for key, value in seen.rules.items():
        if key in seen.remarks:
            yield f"# {seen.remarks[key]}"
        yield f"{key} = {written(value)}"
    order = seen.rules["date_order"]
    if order == TO_BE_SAID or not {"start", "end"} <= set(seen.roles):
        yield (
            "# the day the extract was made, and the day from which it holds everybody, also "
            "those who left"
        )
        yield from (f'{key} = "{TO_BE_SAID}"' for key in ("extracted_on", "complete_from"))
        return
    starts, ends = (days(seen.frame[seen.roles[role]], order)[0] for role in ("start", "end"))
    period = next((name for name in headings(seen.frame) if plain(name) == PERIOD_ENDS), None)
    last = (starts if period is None else days(seen.frame[period], order)[0]).max()
    if pd.isna(last):
        yield f'extracted_on = "{TO_BE_SAID}"'
        return
    later = int((ends > last).sum())
    what = "the last package starts" if period is None else "the reporting period ends"
    yield f"# the day the extract was made: give the true one. Seen: {what} on"
    yield f"# {gov_date(last.date())}; {later:,} ends lie after it, and count as plans"
    yield f"extracted_on = {last.date().isoformat()}"
    past = ends[ends <= last]
    if begins := _period(seen, PERIOD_BEGINS, order):
        yield f"# day from which it holds everybody. Seen: the reporting period begins on {begins}"
        yield f"complete_from = {begins}"
        return
    if past.empty:
        yield "# nobody in it has left, so there is no day from which it is complete"
        return
    first_end, first_start = (gov_date(told.min().date()) for told in (past, starts))
    yield "# day from which it holds everybody in care, also those who have left. Seen: the first"
    yield f"# end is on {first_end}, the first start on {first_start}"
    yield f"complete_from = {past.min().date().isoformat()}"


def _period(seen: Seen, heading: str, order: str) -> str:
    """The first day in a column of the national return's reporting period; "" without one."""
    name = next((name for name in headings(seen.frame) if plain(name) == heading), None)
    found = None if name is None else days(seen.frame[name], order)[0].min()
    return "" if found is None or pd.isna(found) else str(found.date())


def _column_lines(seen: Seen) -> Iterator[str]:
    yield "[columns]"
    row = seen.rules["heading_row"]
    shown = look_like_headings(headings(seen.frame))
    if not shown:
        yield f"# row {row} does not look like a heading: look at encoding and heading_row"
    for role in WORDS:
        if role in seen.roles:
            yield f"{role} = {written(seen.roles[role])}"
        elif role in NEEDED:
            names = "; ".join(seen.frame.columns) if shown else f"Look at row {row} of the file"
            yield f"# which of them? {names}"
            yield f'{role} = "{TO_BE_SAID}"'
    unread = [name for name in seen.frame.columns if name not in seen.roles.values()]
    if unread and shown:
        yield f"# not read: {'; '.join(unread)}"


def _national_lines(seen: Seen) -> Iterator[str]:
    """What the mapping of the national return says of rows, where the file has the headings."""
    known = {plain(name) for name in seen.frame.columns}
    for part in ("only", "direct_payments"):
        told = {
            name: values for name, values in seen.national.get(part, {}).items()
            if plain(name) in known
        }  # fmt: skip
        if told:
            yield from (
                "",
                "# as the national return's transformation scripts have it",
                f"[{part}]",
            )
            yield from (f"{written(name)} = {written(values)}" for name, values in told.items())


def _service_lines(seen: Seen) -> Iterator[str]:
    yield "# home_care, direct_payment or left_out"
    yield "[services]"
    if "service" not in seen.roles:
        return
    counts = _values(seen, "service")
    if not counts.shown or counts.held_back:
        yield f"# {_told(counts)}" if not counts.shown else f"# {_held_back(counts)}"
    national = seen.national.get("services", {})
    for service, number in counts.shown.items():
        kind = national.get(service, kind_of(service))
        yield f"{written(service)} = {written(kind)}  # {number:,} rows"
    for service, kind in national.items():
        if service not in counts.shown:
            yield f"{written(service)} = {written(kind)}"


def _hospital_lines(seen: Seen) -> Iterator[str]:
    if "referral_source" not in seen.roles:
        yield "# no column of referral sources is recognised"
        yield "hospital = []"
        return
    counts = _values(seen, "referral_source")
    yield f"# referral sources that are hospitals. Seen: {_told(counts)}"
    yield f"hospital = {written([name for name in counts.shown if is_hospital(name)])}"


@dataclass(frozen=True)
class Counts:
    """How often values of a column stand there, and how many values are held back."""

    shown: Mapping[str, int]
    held_back: int = 0


def _values(seen: Seen, role: str) -> Counts:
    """How often each value of a column stands there; nothing if they are too many to be kinds.

    A column that was taken for another one may hold names of people: what may be one is held back.
    """
    cells = seen.frame[seen.roles[role]].str.strip()
    cells = cells[cells != ""]
    counts = cells.value_counts()
    if len(counts) > MOST_VALUES:
        return Counts({})
    people, references = _people(seen), _references(seen)
    beside = people_beside(cells, people[cells.index])
    shown = {
        str(name): int(number)
        for name, number in counts.items()
        if is_shown(str(name), beside[str(name)], references)
    }
    return Counts(shown, len(counts) - len(shown))


def _people(seen: Seen) -> pd.Series:
    """Whose each row is; without a column of people, each row is another's."""
    if "person" in seen.roles:
        return seen.frame[seen.roles["person"]]
    return seen.frame.index.to_series()


def _references(seen: Seen) -> set[str]:
    """References of people and packages."""
    named = [seen.roles[role] for role in ("person", "package") if role in seen.roles]
    return {str(text).strip() for name in named for text in seen.frame[name].unique()} - {""}


def _held_back(counts: Counts) -> str:
    """How many values are not shown, and why."""
    return (
        f"{counts.held_back:,} different values are not shown: they belong to fewer than "
        f"{LEAST_PEOPLE_SHOWN} people, or may be a person's name or number"
    )


def _told(counts: Counts) -> str:
    told = [f"{name} ({number:,} rows)" for name, number in counts.shown.items()]
    if counts.held_back:
        told.append(_held_back(counts))
    none = (
        f"nothing, or more than {MOST_VALUES} different values: check that this is the right column"
    )
    return "; ".join(told) or none


def _carers(seen: Seen) -> pd.Series:
    """Carers a visit as numbers, or by the words that mean two."""
    cells = seen.frame[seen.roles["carers"]]
    found, bad = numbers(cells, "point")
    return two_or_one(cells, TWO_CARERS) if bad.any() else found


def _carer_lines(seen: Seen) -> Iterator[str]:
    """Which cells mean two carers, where the column holds words."""
    if "carers" not in seen.roles:
        return
    cells = seen.frame[seen.roles["carers"]].str.strip()
    if numbers(cells, "point")[1].any():
        counts = _values(seen, "carers")
        two = [name for name in counts.shown if plain(name) in TWO_CARERS]
        yield f"# cells of the column of carers that mean two of them. Seen: {_told(counts)}"
        yield f"two_carers = {written(two)}"


def _rule_lines(seen: Seen) -> Iterator[str]:
    yield "[rules]"
    count, why = _hours_count(seen)
    yield f"# {why}"
    yield f"hours_count = {written(count)}"
    yield "# a person who comes back within this number of days has not left"
    yield "join_gap_days = 14"
    yield "# more planned hours a week than this are taken for a typing error"
    yield "most_hours_per_week = 168"
    yield "# a row with a date or number that cannot be read: refuse the file, or leave_out the row"
    yield 'unreadable = "refuse"'
    yield "# postcode: the first half of a postcode is looked up where the whole is not known"
    yield 'place_is = "postcode"'
    yield "# counts of people below this are not shown"
    yield "smallest_count_shown = 5"
    yield "# a death within this number of days after the end is the reason why care ended"
    yield "died_within_days = 7"


def _hours_count(seen: Seen) -> tuple[str, str]:
    """Whether hours count visits or each carer, by what two carers cost; else a question."""
    if "carers" not in seen.roles:
        return "carers", "no column of carers: planned hours are taken for carer hours"
    wanted = ("hours", "carers", "cost")
    if not set(wanted) <= set(seen.roles):
        return TO_BE_SAID, "visits: hours count once where two carers come; carers: twice"
    hours, cost = (numbers(seen.frame[seen.roles[role]], "point")[0] for role in wanted[::2])
    carers = _carers(seen)
    each = (cost / hours)[(hours > 0) & (cost > 0)]
    one, two = each[carers == 1].median(), each[carers == 2].median()
    if pd.isna(one) or pd.isna(two):
        return TO_BE_SAID, "visits: hours count once where two carers come; carers: twice"
    told = f"an hour costs {one:.2f} with one carer and {two:.2f} with two"
    ratio = two / one
    if 1.6 < ratio < 2.4:
        return "visits", f"{told}, so hours count once where two carers come"
    if 0.8 < ratio < 1.25:
        return "carers", f"{told}, so each carer's hours count"
    return TO_BE_SAID, f"{told}: visits (hours count once), or carers (each carer's)?"
