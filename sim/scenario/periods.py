"""Periods of a run as a table names them: a year, a date, two dates, or a part of the run."""

from __future__ import annotations

from datetime import date, timedelta

from sim.scenario.dates import FIRST_YEAR, LAST_YEAR, iso_date

YEAR_DAYS = 364.0
"""A year of 52 weeks, as in the headline figures."""
NAMED = ("first_year", "last_year", "span")


def dates_of(period: str) -> tuple[date, date] | None:
    """The first and the last date that a period names; None if it names none.

    Raises ValueError if it is neither a part of the run, nor a year, a date or two dates.
    """
    if period in NAMED:
        return None
    if len(period) == 4 and period.isdecimal():
        if not FIRST_YEAR <= int(period) <= LAST_YEAR:
            raise ValueError(f"a year before {FIRST_YEAR} or after {LAST_YEAR}")
        return date(int(period), 1, 1), date(int(period), 12, 31)
    first, _, last = period.partition("/")
    dates = iso_date(first), iso_date(last or first)
    if dates[1] < dates[0]:
        raise ValueError(f"{last} lies before {first}")
    return dates


def days_of(period: str, start: date, run_days: float) -> tuple[float, float] | None:
    """When a period begins and ends, in days of the run; None if it lies not wholly within it."""
    named = {
        "first_year": (0.0, YEAR_DAYS),
        "last_year": (run_days - YEAR_DAYS, run_days),
        "span": (0.0, run_days),
    }
    told = dates_of(period)
    if told is None:
        first, last = named[period]
    else:
        first = float((told[0] - start).days)
        last = float((told[1] + timedelta(days=1) - start).days)
    return (first, last) if 0 <= first < last <= run_days else None
