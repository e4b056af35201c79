"""Cells of text as days and numbers, by the rules of the mapping and by no guess."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from sim.scenario.dates import FIRST_YEAR

FAR_OFF = date(2199, 12, 31)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
PARTS = re.compile(r"([0-9]{1,4})[/.\- ]([0-9]{1,2})[/.\- ]([0-9]{1,4})")
NAMED = re.compile(r"([0-9]{1,2})[/.\- ]([A-Za-z]{3,9})[/.\- ]([0-9]{4})")
MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?$")
POINT = re.compile(r"-?£? ?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]+)?")
COMMA = re.compile(r"-?£? ?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]+)?")
PLACES = {"day_first": (2, 1, 0), "month_first": (2, 0, 1), "year_first": (0, 1, 2)}
"""By order: where year, month and day stand."""


def days(cells: pd.Series, order: str) -> tuple[pd.Series, pd.Series]:
    """The day of each cell (none where it is blank), and whether a cell cannot be read."""
    stripped = cells.str.strip()
    told = {text: day_in(text, order) for text in stripped.unique()}
    found = pd.to_datetime(stripped.map(told), errors="coerce")
    return found, found.isna() & (stripped != "")


def day_in(text: str, order: str) -> date | None:
    """The day that a text names in that order; ISO dates and named months are always read."""
    text = MIDNIGHT.sub("", text)
    if parts := ISO.fullmatch(text):
        return _day(*map(int, parts.groups()))
    if parts := NAMED.fullmatch(text):
        month = parts[2][:3].lower()
        return _day(int(parts[3]), MONTHS.index(month) + 1, int(parts[1])) if (
            month in MONTHS
        ) else None  # fmt: skip
    if parts := PARTS.fullmatch(text):
        numbers = [int(part) for part in parts.groups()]
        return _day(*(numbers[place] for place in PLACES[order]))
    return None


def _day(year: int, month: int, day: int) -> date | None:
    """A day; one that stands for no end at all, such as 31/12/9999, is the last there can be."""
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return min(found, FAR_OFF) if year >= FIRST_YEAR else None


def numbers(cells: pd.Series, decimal: str) -> tuple[pd.Series, pd.Series]:
    """The number of each cell (none where it is blank), and whether a cell cannot be read."""
    stripped = cells.str.strip()
    told = {text: number_in(text, decimal) for text in stripped.unique()}
    found = stripped.map(told).astype(float)
    return found, found.isna() & (stripped != "")


def number_in(text: str, decimal: str) -> float:
    """The number that a text writes, with a pound sign and separated thousands or without."""
    shape, thousands = (COMMA, ".") if decimal == "comma" else (POINT, ",")
    if not shape.fullmatch(text):
        return np.nan
    plain = text.replace("£", "").replace(" ", "").replace(thousands, "")
    return float(plain.replace(",", "."))


def two_or_one(cells: pd.Series, two: Sequence[str]) -> pd.Series:
    """2 where a cell is one of those that mean two carers, 1 where it is another, else nothing."""
    told = plain_all(cells)
    return told.isin([plain(text) for text in two]).map({True: 2.0, False: 1.0}).where(told != "")


def plain(text: str) -> str:
    """A name as it is compared: small letters and digits, single blanks, no punctuation."""
    return " ".join(re.sub(r"[^0-9a-z]+", " ", text.casefold().replace("&", " and ")).split())


def plain_all(cells: pd.Series) -> pd.Series:
    """``plain`` of every cell."""
    return cells.map({text: plain(text) for text in cells.unique()})
