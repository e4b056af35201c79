"""Words and numbers for titles and alternative text, computed from the data."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
ONE_STORY = "one replication is one story, with its chance"


def number(value: float) -> str:
    """A number with the digits a reader needs."""
    if not np.isfinite(value):
        return "no value"
    return f"{value:,.0f}" if abs(value) >= 10 or value == round(value) else f"{value:,.1f}"


def percent(share: float) -> str:
    """A share of 1 as a percentage, with one decimal."""
    return f"{100 * share:.1f}%" if np.isfinite(share) else "no value"


def spoken(name: str) -> str:
    """A scenario's or an outcome's name as a reader would say it."""
    return name.replace("_", " ").replace("+", " + ")


def count(how_many: int, noun: str) -> str:
    """For example: 1 week, 2 weeks."""
    return f"{how_many:,} {noun}{'' if how_many == 1 else 's'}"


def day_text(day: date | pd.Timestamp) -> str:
    """For example: 1 April 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def month_text(day: date | pd.Timestamp) -> str:
    """For example: April 2026."""
    return f"{MONTHS[day.month - 1]} {day.year}"
