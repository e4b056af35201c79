"""What of a file may be shown: no cell that may be somebody's name, number or address.

A mapping may name a wrong column, row or encoding, and stray quotation marks may shift the cells of
a row: then names and numbers of people stand where a date or a type of service should.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Final

import pandas as pd

from experiments.imports.cells import PLACES, day_in, number_in
from experiments.imports.headings import is_common

LEAST_PEOPLE_SHOWN = 5
"""A text that stands beside fewer people may be the name of one of them."""
LONGEST_HEADING = 60
MANY_DIGITS = re.compile(r"[0-9](?:[ \-]*[0-9]){5}")
POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9][0-9A-Z]? *[0-9][A-Z]{2}\b", re.IGNORECASE)
TITLE = re.compile(r"\b(?:mr|mrs|ms|miss|mx|dr)\b", re.IGNORECASE)
DATE = re.compile(r"(?:19|20)[0-9]{2}[/.\-][0-3]?[0-9][/.\-][0-3]?[0-9]"
                  r"|[0-3]?[0-9][/.\-][0-3]?[0-9][/.\-](?:19|20)?[0-9]{2}")  # fmt: skip
LAST_LATIN: Final = "\u024f"
"""Letters beyond it in a heading come of a wrong encoding."""


def holds_line_break(text: str) -> bool:
    """Whether a cell goes over several lines."""
    return len(text.strip().splitlines()) > 1


def is_personal(text: str, references: Set[str] = frozenset()) -> bool:
    """Whether a cell may be somebody's: a known reference, a long number, postcode or name."""
    told = text.strip()
    if told in references or holds_line_break(told):
        return True
    long_number = MANY_DIGITS.search(told) and not DATE.fullmatch(told)
    return bool(long_number or POSTCODE.search(told) or TITLE.search(told))


def is_shown(text: str, people: int, references: Set[str] = frozenset()) -> bool:
    """Whether a text that stands beside so many people may be shown."""
    if is_common(text):
        return True
    return people >= LEAST_PEOPLE_SHOWN and not is_personal(text, references)


def people_beside(texts: pd.Series, people: pd.Series) -> dict[str, int]:
    """How many different people each text of a column stands beside."""
    return {str(text): int(number) for text, number in people.groupby(texts).nunique().items()}


def look_like_headings(names: list[str]) -> bool:
    """Whether a row is a heading by its looks: short words, no dates, numbers or postcodes."""
    told = [name.replace("\u00a0", " ").strip() for name in names]
    told = [name for name in told if name]
    return len(told) > 1 and all(map(_looks_like_heading, told))


def _looks_like_heading(name: str) -> bool:
    if len(name) > LONGEST_HEADING or not name.isprintable() or is_personal(name):
        return False
    if DATE.search(name) or any(day_in(name, order) for order in PLACES):
        return False
    if any(number_in(name, decimal) == number_in(name, decimal) for decimal in ("point", "comma")):
        return False
    return not any(mark.isalpha() and mark > LAST_LATIN for mark in name)
