"""One way to write a date, in files and on the command line: YYYY-MM-DD."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from sim.scenario.faults import Fault, Place

ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
OTHER_DATE = re.compile(r"([0-9]{1,2})[./ -]([0-9]{1,2})[./ -]([0-9]{4})")
FIRST_YEAR, LAST_YEAR = 1900, 2999
"""Years outside are slips of the keyboard, and the calendar has no day after 9999."""


def iso_date(text: str) -> date:
    """The date that a text names. Raises ValueError where it is not written as YYYY-MM-DD."""
    if not ISO_DATE.fullmatch(text):
        raise ValueError("not a date of the form YYYY-MM-DD")
    day = date.fromisoformat(text)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"a year before {FIRST_YEAR} or after {LAST_YEAR}")
    return day


def date_in(value: Any) -> date | None:
    """A date, or a text that is one; nothing where it is neither."""
    if type(value) is date:
        return value
    try:
        return iso_date(value) if isinstance(value, str) else None
    except ValueError:
        return None


def date_at(place: Place, text: str) -> tuple[date | None, list[Fault]]:
    """The date of an option, or a fault."""
    try:
        return iso_date(text), []
    except ValueError:
        return None, [Fault(place, "not a date", f"Write it as YYYY-MM-DD{date_hint(text)}")]


def date_hint(text: str) -> str:
    """A date written day first or month first, as it should be written; neither is guessed."""
    if (day := _date_or_none(text)) is not None and ISO_DATE.fullmatch(text):
        return f", with a year from {FIRST_YEAR} to {LAST_YEAR}" if day else ""
    parts = OTHER_DATE.fullmatch(text.strip())
    if parts is None:
        return ""
    first, second, year = parts.groups()
    written = dict.fromkeys(
        text
        for month, day_ in ((second, first), (first, second))
        if _date_or_none(text := f"{year}-{month:0>2}-{day_:0>2}") is not None
    )
    return f", such as {' or '.join(written)}" if written else ""


def _date_or_none(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
