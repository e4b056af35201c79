"""Packages of one person joined to times in care, and what the joining shows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from experiments.imports.packages import Packages

GAPS_DAYS = (14, 91, 365)
"""Where gaps between two times in care are parted for the page on quality."""


@dataclass(frozen=True)
class Episodes:
    """Times in care, one row each, and how packages were joined to them.

    ``rows``: ``person``, ``start``, ``end`` (none while open), ``open``, ``hospital`` (of the first
    package), ``died`` (date of death, if told). ``joined``: packages that go on after a gap that
    counts as none; ``overlapping``: packages that begin while another of the same person runs;
    ``gaps``: days between one time in care and the next of the same person.
    """

    rows: pd.DataFrame
    joined: int
    overlapping: int
    gaps: np.ndarray

    @property
    def people(self) -> int:
        """How many people there are."""
        return int(self.rows["person"].nunique())

    @property
    def returned(self) -> int:
        """How many people came back after they had left."""
        return int((self.rows["person"].value_counts() > 1).sum())

    def gap_counts(self) -> dict[str, int]:
        """How many gaps are of which length."""
        ends = (0, *GAPS_DAYS, np.inf)
        names = [f"{a + 1:g} to {b:g} days" for a, b in pairwise(ends[:-1])]
        names.append(f"more than {GAPS_DAYS[-1]} days")
        counts = np.histogram(self.gaps, bins=np.array(ends) + 0.5)[0]
        return dict(zip(names, counts.tolist(), strict=True))


def episodes_of(packages: Packages, join_gap_days: int) -> Episodes:
    """Join the packages of each person that overlap, or follow within so many days."""
    far = pd.Timestamp(packages.extracted_on) + pd.Timedelta(days=1)
    rows = packages.timed.sort_values(["person", "start", "row"], ignore_index=True)
    rows["until"] = rows["end"].where(~rows["open"], far)
    latest = rows.groupby("person")["until"].cummax()
    before = latest.groupby(rows["person"]).shift()
    days_apart = (rows["start"] - before).dt.days
    begins = days_apart.isna() | (days_apart > join_gap_days)
    number = begins.cumsum()
    found = rows.groupby(number).agg(
        person=("person", "first"),
        start=("start", "min"),
        end=("until", "max"),
        open=("open", "max"),
        hospital=("hospital", "first"),
        died=("died", "max"),
    )
    found["end"] = found["end"].where(~found["open"])
    return Episodes(
        found.reset_index(drop=True),
        joined=int((~begins & (days_apart > 0)).sum()),
        overlapping=int((days_apart < 0).sum()),
        gaps=days_apart[begins & days_apart.notna()].to_numpy(),
    )
