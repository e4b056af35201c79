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
WEEKS_A_YEAR = 52
ONE_STORY = "a single simulated run: do not quote as a result"


def number(value: float) -> str:
    """A number with the digits a reader needs."""
    if not np.isfinite(value):
        return "no value"
    text = f"{value:,.0f}" if abs(value) >= 10 or value == round(value) else f"{value:,.1f}"
    # A number that rounds to nothing has no sign.
    return text.replace("-", "−") if float(text.replace(",", "")) else text.removeprefix("-")


def of(value: float, noun: str, plural: str = "") -> str:
    """For example: 1 carer, 2.4 carers, 1 person, 12 people."""
    text = number(value)
    return f"{text} {noun if text == '1' else plural or f'{noun}s'}"


def percent(share: float) -> str:
    """A share of 1 as a percentage, with one decimal."""
    return f"{100 * share:.1f}%" if np.isfinite(share) else "no value"


def capital(text: str) -> str:
    """The same with a capital letter."""
    return f"{text[:1].upper()}{text[1:]}"


def spoken(name: str) -> str:
    """A scenario's or an outcome's name as a reader would say it."""
    return name.replace("_", " ").replace("+", " + ")


def count(how_many: int, noun: str) -> str:
    """For example: 1 week, 2 weeks."""
    return f"{how_many:,} {noun}{'' if how_many == 1 else 's'}"


NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def spoken_number(many: int) -> str:
    """A number to ten as a word, a larger one in figures."""
    return NUMBERS[many] if 0 <= many < len(NUMBERS) else f"{many:,}"


def day_text(day: date | pd.Timestamp) -> str:
    """For example: 1 April 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def month_text(day: date | pd.Timestamp) -> str:
    """For example: April 2026."""
    return f"{MONTHS[day.month - 1]} {day.year}"
