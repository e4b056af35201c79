"""Words and numbers for titles and alternative text, computed from the data."""

from __future__ import annotations

from dataclasses import dataclass
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
SAME = 0.05
ONE_STORY = "a single simulated run: do not quote as a result"


@dataclass(frozen=True)
class Comparison:
    """Means over the first and the last 52 weeks; of all weeks if there are not twice as many."""

    first: float
    last: float
    first_period: str
    last_period: str
    long: bool

    def sentence(self, subject: str, unit: str, plural: bool = False) -> str:
        """For example: The list falls from 61 people in 2024 to 40 in 2029."""
        unit = f" {unit}" if unit else ""
        s = "" if plural else "s"
        if not np.isfinite(self.first + self.last):
            return f"{subject}: no value in some weeks"
        if not self.long:
            verb = "average" + s
            return f"{subject} {verb} {number(self.first)}{unit} {self.first_period}"
        if same(self.first, self.last):
            return (
                f"{subject} stay{s} near {number(self.first)}{unit} on average "
                f"{self.first_period} and {self.last_period}"
            )
        verb = ("rise" if self.last > self.first else "fall") + s
        return (
            f"{subject} {verb} from {number(self.first)}{unit} on average "
            f"{self.first_period} to {number(self.last)} {self.last_period}"
        )


def compare(weeks: pd.Series, values: pd.Series) -> Comparison:
    """Compare the first year of weeks with the last."""
    if len(weeks) < 2 * WEEKS_A_YEAR:
        mean = float(values.mean())
        return Comparison(mean, mean, f"over {count(len(weeks), 'week')}", "", False)
    first, last = values.iloc[:WEEKS_A_YEAR], values.iloc[-WEEKS_A_YEAR:]
    return Comparison(
        float(first.mean()),
        float(last.mean()),
        period(weeks.iloc[:WEEKS_A_YEAR], "first"),
        period(weeks.iloc[-WEEKS_A_YEAR:], "last"),
        True,
    )


def period(weeks: pd.Series, which: str) -> str:
    """The calendar year if all these weeks start in one."""
    years = sorted({pd.Timestamp(week).year for week in weeks})
    return f"in {years[0]}" if len(years) == 1 else f"in the {which} {len(weeks)} weeks"


def same(first: float, last: float) -> bool:
    """Whether two numbers differ by less than 5 % of the larger, or cannot be compared."""
    if not (np.isfinite(first) and np.isfinite(last)):
        return True
    return abs(last - first) <= SAME * max(abs(first), abs(last))


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


def day_text(day: date | pd.Timestamp) -> str:
    """For example: 1 April 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def month_text(day: date | pd.Timestamp) -> str:
    """For example: April 2026."""
    return f"{MONTHS[day.month - 1]} {day.year}"
