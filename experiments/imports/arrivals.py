"""How many people begin care, how that grows and how it swings over the year.

In the model's own form: rate x (1 + growth)^years x (1 + amplitude x cos of the day of the year).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import atan2, hypot, log, pi

import numpy as np
import pandas as pd

from experiments.imports.likelihood import Z95, Estimate, Floats, most_likely

DAYS_PER_YEAR = 365.25
LEAST_DAYS = 28
"""A shorter window says nothing of how many begin (assumption)."""
LEAST_YEARS_GROWTH, LEAST_YEARS_SEASON = 2.0, 2.0
"""With less, growth and season cannot be parted (assumption)."""
GROWTH_PROVEN, SEASON_PROVEN = 3.84, 5.99
"""Chi-square quantiles at 95%, for one number and for two."""
MOST_GROWTH, MOST_AMPLITUDE = 0.5, 0.9


@dataclass(frozen=True)
class Starts:
    """People who begin care: a week, over a window of days; growth and season where proven."""

    number: int
    days: int
    a_week: float
    growth: tuple[float, float, float] | None
    season: tuple[float, float] | None


def starts_of(episodes: pd.DataFrame, extracted_on: date, complete_from: date | None) -> Starts:
    """What the times in care that began since the extract is complete say."""
    first = pd.Timestamp(complete_from or extracted_on)
    whole = (pd.Timestamp(extracted_on) - first).days + 1
    if whole < LEAST_DAYS:  # nobody who left is told of, so that who began is not known
        return Starts(0, 0, 0.0, None, None)
    since = (episodes["start"] - first).dt.days.to_numpy()
    days = since[(since >= 0) & (since < whole)]
    lately = min(whole, 364)
    a_week = 7 * float(np.sum(days >= whole - lately)) / lately
    growth = season = None
    years = whole / DAYS_PER_YEAR
    if years >= min(LEAST_YEARS_GROWTH, LEAST_YEARS_SEASON) and days.size >= 50:
        growth, season = _proven(days, whole, first)
    return Starts(int(days.size), whole, a_week, growth, season)


def _proven(
    days: np.ndarray, whole: int, first: pd.Timestamp
) -> tuple[tuple[float, float, float] | None, tuple[float, float] | None]:
    """Growth with its interval and season, each only where the starts bear it out."""
    counts: Floats = np.bincount(days, minlength=whole).astype(np.float64)
    of_year: Floats = np.arange(
        first.day_of_year - 1, first.day_of_year - 1 + whole, dtype=np.float64
    )
    of_year *= 2 * pi / DAYS_PER_YEAR

    def fitted(*free: bool) -> Estimate:
        return _fit(counts, of_year, np.array(free))

    both = fitted(True, True, True)
    grows = 2 * (both.log_likelihood - fitted(False, True, True).log_likelihood) > GROWTH_PROVEN
    swings = 2 * (both.log_likelihood - fitted(True, False, False).log_likelihood) > SEASON_PROVEN
    if not (grows or swings):
        return None, None
    kept = fitted(grows, swings, swings)
    numbers = list(kept.numbers)
    growth = season = None
    if grows:
        rate, error = numbers.pop(0), kept.error([1.0] + [0.0] * (len(kept.numbers) - 1))
        growth = tuple(
            float(np.clip(np.expm1(rate + shift * error), -MOST_GROWTH, MOST_GROWTH))
            for shift in (0.0, -Z95, Z95)
        )
    if swings:
        size, peak = hypot(*numbers), atan2(numbers[1], numbers[0]) * DAYS_PER_YEAR / (2 * pi)
        season = min(size, MOST_AMPLITUDE), peak % DAYS_PER_YEAR
    return growth, season  # type: ignore[return-value]


def _fit(counts: Floats, of_year: Floats, free: np.ndarray) -> Estimate:
    """Log growth a year and the two halves of the season, those that are free."""
    years = np.arange(counts.size) / DAYS_PER_YEAR

    def loss(told: Floats) -> float:
        numbers = np.zeros(3)
        numbers[free] = told
        swing = 1 + numbers[1] * np.cos(of_year) + numbers[2] * np.sin(of_year)
        if swing.min() <= 0.01:
            return 1e12
        logs = numbers[0] * years + np.log(swing)
        return float(counts.sum() * log(np.exp(logs).sum()) - counts @ logs)

    if not free.any():
        nobody = np.zeros(0)
        return Estimate(nobody, np.zeros((0, 0)), -loss(nobody))
    return most_likely(loss, [0.0] * int(free.sum()))
