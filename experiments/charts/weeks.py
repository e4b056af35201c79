"""Weekly tables made ready to plot: whole weeks only, areas summed to the county."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.charts.chart import BANDS, WIDE_BANDS
from experiments.words.sentences import number

BOUNDS = ("_low", "_high")


MOST_BAND = 2.5
"""A band may be this many times as high as the highest line before the axis stops following it."""


class Reach(NamedTuple):
    """How high an axis must go, and how high bands go beyond it; NaN if they do not."""

    top: float
    beyond: float


class Totals(NamedTuple):
    """County totals week by week, and what to say of the bands drawn from them."""

    table: pd.DataFrame
    note: str


def whole_weeks(weekly: pd.DataFrame, weeks: pd.DatetimeIndex | None = None) -> pd.DataFrame:
    """Drop weeks shorter than seven days: by ``days``, or to the ``weeks`` given."""
    if weeks is not None:
        return weekly[weekly["week_start"].isin(weeks)]
    if "days" in weekly.columns:
        return weekly[weekly["days"] >= 7 - 1e-9]
    return weekly


def weeks_of_seven_days(weekly_by_area: pd.DataFrame) -> pd.DatetimeIndex:
    """The starts of the weeks that have seven days, to pass on to tables without ``days``."""
    return pd.DatetimeIndex(whole_weeks(weekly_by_area)["week_start"].unique())


def totals(
    weekly: pd.DataFrame, measures: Sequence[str], keys: Sequence[str] = ("week_start",)
) -> Totals:
    """Sums over areas. Bounds are summed too, which is never too narrow."""
    bounds = [m + b for m in measures for b in BOUNDS if has_band(weekly, m)]
    columns = [*measures, *bounds]
    table = weekly.groupby(list(keys), sort=True, observed=True)[columns]
    summed = table.sum(min_count=1).reset_index()
    several = bool((weekly.groupby(list(keys), observed=True).size() > 1).any())
    if not bounds:
        return Totals(summed, "")
    return Totals(summed, WIDE_BANDS if several else BANDS)


def has_band(table: pd.DataFrame, measure: str) -> bool:
    """Whether a measure comes with the bounds of an interval."""
    return all(measure + bound in table.columns for bound in BOUNDS)


def reach(table: pd.DataFrame, measures: Sequence[str]) -> Reach:
    """The highest value of lines and bands; a band far above every line does not rule the axis."""
    lines = highest(table, measures)
    bands = highest(table, [m + BOUNDS[1] for m in measures if has_band(table, m)])
    if not bands > lines:
        return Reach(lines, np.nan)
    if lines > 0 and bands > MOST_BAND * lines:
        return Reach(MOST_BAND * lines, bands)
    return Reach(bands, np.nan)


def highest(table: pd.DataFrame, columns: Sequence[str]) -> float:
    """The highest value known of some columns; 0 if none is."""
    values = table[list(columns)].to_numpy(dtype=float)
    known = values[np.isfinite(values)]
    return float(known.max()) if known.size else 0.0


def bands_in_words(note: str, *reaches: Reach) -> str:
    """What the key says of bands, and of those that the axis cuts off."""
    ends = [number(one.beyond) for one in reaches if np.isfinite(one.beyond)]
    return f"{note}; the axis cuts them off (they reach {', '.join(ends)})" if ends else note


def day_number(day: date) -> float:
    """A date as matplotlib counts it: days since the start of 1970."""
    return float((pd.Timestamp(day) - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(days=1))


def day_numbers(weeks: pd.Series) -> NDArray[np.float64]:
    """Dates as ``day_number`` counts them."""
    return np.asarray([day_number(day) for day in weeks], dtype=np.float64)


def floats(column: pd.Series) -> NDArray[np.float64]:
    """A column as floating-point numbers."""
    return column.to_numpy(dtype=float)
