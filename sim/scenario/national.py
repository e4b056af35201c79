"""National figures by year, the same for every county: ``sim/national/wages.csv``.

A county's wages.csv gives what its council pays. A national figure that it leaves blank is filled
in from here, with its source; one that it gives is its own.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from sim.scenario.dates import date_in, iso_date
from sim.scenario.draft import Draft

TABLE = Path(__file__).parent.parent / "national" / "wages.csv"
COLUMNS = (
    "living_wage_gbp_per_hour",
    "employer_insurance_share",
    "insurance_free_gbp_per_year",
)
"""Columns of wages.csv that a county may leave blank, or leave out."""


@dataclass(frozen=True, slots=True)
class NationalWages:
    """What the country's employers must pay from a day on."""

    starts: date
    figures: tuple[str, ...]
    source: str


@cache
def national_wages() -> tuple[NationalWages, ...]:
    """Every row of the national table, in the order of its days; figures in that of COLUMNS."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return tuple(
            NationalWages(
                iso_date(row["starts"]),
                tuple(row[column] for column in COLUMNS),
                row["source"],
            )
            for row in csv.DictReader(lines)
        )


def national_on(day: date) -> NationalWages | None:
    """The national figures that hold on a day; None before the first that is known."""
    begun = [row for row in national_wages() if row.starts <= day]
    return begun[-1] if begun else None


def fill_in_national_wages(draft: Draft) -> None:
    """Give each row of wages.csv the national figures of its first day that it leaves blank."""
    for row in draft.rows("wages"):
        blank = [column for column in COLUMNS if row.get(column) in (None, "")]
        day = date_in(row.get("starts"))
        found = national_on(day) if blank and day is not None else None
        if found is None:
            continue
        figures = dict(zip(COLUMNS, found.figures, strict=True))
        row.update({column: figures[column] for column in blank})
        row["source"] = "; ".join(filter(None, (row.get("source"), f"national: {found.source}")))


def changes_between(first: date, last: date) -> list[date]:
    """Days after the first and up to the last on which the national figures change."""
    return [row.starts for row in national_wages() if first < row.starts <= last]
