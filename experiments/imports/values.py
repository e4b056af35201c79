"""What an extract says of a county's parameters, each value with its source and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from experiments.imports.arrivals import Starts
from experiments.imports.likelihood import Z95
from experiments.imports.lookups import WorkforceFigure
from experiments.imports.stays import Stays
from experiments.statistics.small_counts import count_shown, counts_shown

MOST_EXTRAPOLATED = 0.25
"""Of a mean stay, the share beyond the longest one seen up to which it is derived (assumption)."""
LEAST_PEOPLE = 30
"""Fewer say too little of a share or a spread (assumption)."""


@dataclass(frozen=True)
class Value:
    """A value of a parameter, where it comes from, and how sure it is."""

    path: str
    value: Any
    source: str
    sure: str
    low: float | None = None
    high: float | None = None


def gov_date(day: date) -> str:
    """A day as a reader writes it: 1 July 2026."""
    return f"{day.day} {day:%B %Y}"


@dataclass(frozen=True)
class Origin:
    """Where everything comes from: the file, the day it was made, and its rows.

    ``least_shown``: the smallest count of people that a source tells.
    """

    file: str
    extracted_on: date
    rows: int
    least_shown: int = 0

    def __str__(self) -> str:
        rows = count_shown(self.rows, self.least_shown)
        return f"import, {self.file}, {gov_date(self.extracted_on)}, {rows} rows"

    def says(self, words: str) -> str:
        """The source of a value, with what it is made of."""
        return f"{self}: {words}"


def of_packages(in_care: pd.DataFrame, origin: Origin) -> Iterator[Value]:
    """Size, spread and double-handed share of the packages in care on the day.

    Nothing of so few people that their number is not shown: it would be what single ones have.
    """
    number = len(in_care)
    if number == 0 or in_care["person"].nunique() < origin.least_shown:
        return
    what = f"{number:,} packages in care on the day"
    mean = float(in_care["carer_hours"].mean())
    error = float(in_care["carer_hours"].std(ddof=1) / number**0.5) if number > 1 else 0.0
    yield _value("packages.mean_carer_hours_per_week", mean, error, origin.says(what), low=0.25)
    if number < LEAST_PEOPLE:
        return
    spread = float(np.log(in_care["visits"]).std(ddof=1))
    error = spread / (2 * (number - 1)) ** 0.5
    words = origin.says(f"standard deviation of the logarithm of planned hours of {what}")
    yield _value("packages.hours_log_sd", spread, error, words, most=2.0)
    if in_care["carers"].notna().any():
        known = in_care[in_care["carers"].notna()]["two_carers"]
        yield share_of(
            "packages.double_handed_share", known, origin.says(f"of {what}"), origin.least_shown
        )


def of_route(episodes: pd.DataFrame, origin: Origin) -> Iterator[Value]:
    """The share that came by hospital discharge, of those whose referral source is told."""
    told = episodes["hospital"].dropna()
    if len(told) >= LEAST_PEOPLE:
        number = count_shown(len(told), origin.least_shown)
        words = origin.says(f"of {number} times in care with a referral source")
        yield share_of("demand.hospital_route_share", told.astype(bool), words, origin.least_shown)


def of_stays(stays: Stays | None, origin: Origin) -> Iterator[Value]:
    """Mean and spread of stays."""
    if stays is None:
        return
    ended, open_ = counts_shown((stays.ended, stays.open), origin.least_shown)
    words = (
        f"lognormal distribution of largest likelihood over {ended} times in care that have "
        f"ended and {open_} that go on (censored); those begun before the extract is complete "
        "count from that day"
    )
    if stays.ended == 0:
        words = (
            f"lognormal distribution of largest likelihood from the time that {open_} people "
            "have been in care so far, because nobody who left is in the extract; a steady "
            "market is assumed"
        )
    sure = "derived" if stays.ended and stays.extrapolated < MOST_EXTRAPOLATED else "estimate"
    yield Value(
        "care.mean_stay_days",
        round(stays.mean_days, 1),
        origin.says(words),
        sure,
        round(stays.low_days, 1),
        round(stays.high_days, 1),
    )
    yield Value("care.stay_log_sd", round(stays.log_sd, 3), origin.says(words), sure)
    yield Value(
        "care.stay_law", "lognormal", origin.says("the distribution that was fitted"), "assumption"
    )


def of_starts(starts: Starts, origin: Origin) -> Iterator[Value]:
    """Growth and season of the people who begin care, where they are borne out."""
    number = count_shown(starts.number, origin.least_shown)
    words = origin.says(f"{number} times in care begun in {starts.days:,} days")
    if starts.growth is not None:
        growth, low, high = (round(number, 4) for number in starts.growth)
        yield Value("demand.growth_per_year", growth, words, "derived", low, high)
    if starts.season is not None:
        amplitude, peak = starts.season
        yield Value("demand.season_amplitude", round(amplitude, 3), words, "derived")
        yield Value("demand.season_peak_day", round(peak), words, "derived")


def of_endings(
    episodes: pd.DataFrame, died_within_days: float, origin: Origin, *, told: bool
) -> Iterator[Value]:
    """The share of ended care that ends by death, where dates of death are told."""
    ended = episodes[~episodes["open"]]
    if not told or len(ended) < LEAST_PEOPLE:
        return
    died = (ended["died"] - ended["end"]).dt.days <= died_within_days
    number = count_shown(len(ended), origin.least_shown)
    words = origin.says(
        f"of {number} ended times in care, a death at most {died_within_days:g} days after"
    )
    yield share_of("care.ends_by_death", died, words, origin.least_shown)


def of_direct_payments(in_care: pd.DataFrame, origin: Origin) -> Iterator[Value]:
    """How often people choose a direct payment, from how many have one and how long all are there.

    In care for a short time only few have chosen one yet: share = rate x mean time in care so far.
    """
    direct = int(in_care["direct"].sum())
    if direct == 0 or len(in_care) < LEAST_PEOPLE:
        return
    share = few_as_one(direct, origin.least_shown) / len(in_care)
    so_far = (pd.Timestamp(origin.extracted_on) - in_care["since"]).dt.days
    years = max(1.0, float(so_far.mean())) / 365.25
    words = "share of packages in care on the day that are direct payments"
    if direct >= origin.least_shown:  # else share x packages says how many
        words += f", {share:.3f}, over the mean time in care so far, {years:.2f} years"
    else:
        words += ", over the mean time in care so far"
    rate = round(min(1.0, share / years), 3)
    yield Value("care.direct_payments_per_year", rate, origin.says(words), "estimate")


def of_workforce(figures: Sequence[WorkforceFigure]) -> Iterator[Value]:
    """Figures of Skills for Care that were given."""
    for figure in figures:
        yield Value(figure.path, figure.value, figure.source, figure.sure)


def share_of(path: str, told: pd.Series, source: str, least: int) -> Value:
    """A share with its 95% interval (Agresti and Coull).

    A share and the number it is of would tell a count. So where fewer than ``least`` have what is
    asked, or have it not, they are taken to be half as many as are not told.
    """
    many, have = len(told), int(told.sum())
    if least:
        have = few_as_one(have, least)
        have = many - few_as_one(many - have, least)
    number = many + Z95**2
    middle = (have + Z95**2 / 2) / number
    half = Z95 * (middle * (1 - middle) / number) ** 0.5
    value = have / many
    low, high = min(value, max(0.0, middle - half)), max(value, min(1.0, middle + half))
    return Value(path, round(value, 4), source, "derived", round(low, 4), round(high, 4))


def few_as_one(count: int, least: int) -> int:
    """A count; one from 1 to below the least is the middle of these, whichever it is."""
    return least // 2 if 0 < count < least else count


def _value(
    path: str, value: float, error: float, source: str, low: float = 0.0, most: float = 200.0
) -> Value:
    ends = max(low, value - Z95 * error), min(most, value + Z95 * error)
    kept = min(most, max(low, value))
    return Value(path, round(kept, 4), source, "derived", round(ends[0], 4), round(ends[1], 4))
