"""Columns of a table as readers want them: GOV.UK dates, thousands, as many digits as needed."""

from __future__ import annotations

import re
from math import isfinite

import pandas as pd

from experiments.words.sentences import capital, day_text

DATE = re.compile(r"\d{4}-\d{2}-\d{2}$")
YEARS = range(1900, 2200)
ENDS = {"low": "low end of the interval", "high": "high end of the interval"}
SHORT = {"gbp": "£", "per week": "a week", "n minus 1": "N-1"}


def heading_of(name: str) -> str:
    """A column's name as a heading."""
    stem, _, end = name.rpartition("_")
    words = f"{stem}, {ENDS[end]}" if stem and end in ENDS else name
    words = words.replace("_", " ")
    for part, instead in SHORT.items():
        words = re.sub(rf"\b{part}\b", instead, words)
    return capital(words)


def cells_of(column: pd.Series) -> list[str]:
    """The cells of a column: all numbers of it with as many decimals as the largest needs."""
    if column.dtype.kind == "b":
        return ["yes" if value else "no" for value in column]
    if column.dtype.kind not in "iuf":
        return ["" if pd.isna(value) else text_of(str(value)) for value in column]
    values = column.astype(float)
    known = [value for value in values if isfinite(value)]
    digits = decimals(known)
    years = bool(known) and digits == 0 and all(value in YEARS for value in known)
    return [number(value, digits, years=years) for value in values]


def text_of(text: str) -> str:
    """A text; a date as GOV.UK writes it."""
    return day_text(pd.Timestamp(text)) if DATE.match(text) else text


def decimals(values: list[float]) -> int:
    """How many decimals a column needs: none if all are whole, else by its largest number."""
    if all(value == round(value) for value in values):
        return 0
    size = max(map(abs, values))
    return 0 if size >= 1000 else 1 if size >= 10 else 2 if size >= 1 else 3


def number(value: float, digits: int, *, years: bool = False) -> str:
    """A number with its thousands; one that rounds to nothing has no sign."""
    if pd.isna(value):
        return ""
    if not isfinite(value):
        return "no limit"
    if years:
        return f"{value:.0f}"
    sign = "−" if round(value, digits) < 0 else ""
    return f"{sign}{abs(value):,.{digits}f}"
