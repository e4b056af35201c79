"""Which rows of an extract are packages of home care, and why every other row is left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from experiments.imports.extract import Extract
from experiments.imports.mapping import Rules

MOST_CARER_HOURS = 200.0
"""The most that a table of referrals or a caseload allows."""
AGAIN = "the same package again"
USED = ""
"""The reason of a row that is used."""
REASONS = (
    "blank row",
    "not a row of this kind",
    "another service",
    "a date or number that cannot be read",
    "no person",
    "no start",
    "starts after the day of the extract",
    "ends before it starts",
    "no hours",
    "hours of 0 or less",
    "impossible hours",
    "direct payment without a provider",
    "no provider",
    AGAIN,
    "no place",
    "a place that is not in the table of places",
)
"""Why a row is left out; of several reasons the first counts."""


@dataclass(frozen=True)
class Packages:
    """Rows of an extract with the reason of each that is left out.

    ``rows`` has those of the extract and: ``reason``, ``area`` (a number, -1 where not known),
    ``open`` (in care on the day of the extract), ``by_death`` (no end is told, but a death: it
    ended then), ``direct``, ``visits`` (planned hours of visits a week) and ``carer_hours``.
    """

    rows: pd.DataFrame
    extracted_on: date

    @property
    def used(self) -> pd.DataFrame:
        """The packages."""
        return self.rows[self.rows["reason"] == USED]

    @property
    def timed(self) -> pd.DataFrame:
        """Packages whose stay is known, even where hours or places are not."""
        kept = (USED, "no hours", "no place", "a place that is not in the table of places")
        return self.rows[self.rows["reason"].isin(kept)]


def packages_of(
    extract: Extract, areas: np.ndarray | None, rules: Rules, extracted_on: date
) -> Packages:
    """The packages of an extract.

    ``areas``: by place of the extract, the number of its area or -1; None where the whole county
    is one area, so that a package needs no place.
    """
    rows = extract.rows.copy()
    today = pd.Timestamp(extracted_on)
    rows["by_death"] = rows["end"].isna() & (rows["died"] <= today)
    rows["end"] = rows["end"].where(~rows["by_death"], rows["died"])
    rows["open"] = rows["end"].isna() | (rows["end"] > today)
    rows["direct"] = rows["kind"] == "direct_payment"
    rows["area"] = 0 if areas is None else np.append(areas, -1)[rows["place"].to_numpy()]
    carers = rows["carers"].fillna(1.0).clip(1.0, 2.0).round()
    rows["visits"] = rows["hours"] if rules.hours_count == "visits" else rows["hours"] / carers
    rows["carer_hours"] = rows["visits"] * carers
    rows["two_carers"] = carers == 2
    rows["reason"] = _reasons(rows, today, rules, placed=areas is not None)
    return Packages(rows, extracted_on)


def _reasons(rows: pd.DataFrame, today: pd.Timestamp, rules: Rules, *, placed: bool) -> np.ndarray:
    """The first reason that holds for each row; "" where none does."""
    hours = rows["hours"]
    no_provider = rows["provider"] < 0
    too_many = (hours > rules.most_hours_per_week) | (rows["carer_hours"] > MOST_CARER_HOURS)
    holds = (
        rows["blank"],
        rows["other"] != "",
        rows["kind"] == "left_out",
        rows["unreadable"] != "",
        rows["person"] < 0,
        rows["start"].isna(),
        rows["start"] > today,
        rows["end"] < rows["start"],
        hours.isna(),
        hours <= 0,
        too_many,
        no_provider & rows["direct"],
        no_provider,
        _again(rows),
        (rows["place"] < 0) & placed,
        (rows["area"] < 0) & placed,
    )
    return np.select([told.to_numpy() for told in holds], REASONS, default=USED)


def _again(rows: pd.DataFrame) -> pd.Series:
    """Whether a row says what another one says of the same person.

    Of rows alike, each reference is a package: a row that has none is one of those that have.
    """
    alike = ["person", "provider", "kind", "start", "end", "hours", "carers", "place"]
    read = (rows["kind"] != "left_out") & (rows["other"] == "") & ~rows["blank"]
    told = rows[read]
    bears = told["package"] >= 0
    elsewhere = bears.groupby([told[name] for name in alike], dropna=False).transform("any")
    again = told.duplicated([*alike, "package"]) | (~bears & elsewhere)
    return again.reindex(rows.index, fill_value=False)
