"""Stays in care, where many have not ended and some began before anybody counted.

A stay that has not ended is censored. Who was in care before the extract is complete is seen only
because they had not left: their stay is truncated on the left, and counts given that it was so long
(Klein and Moeschberger, Survival Analysis, 2nd ed., sections 3.4 and 3.5). Where an extract holds
only who is in care on one day, the time since they began has density S(t) / mean in a steady
market (Cox, Renewal Theory, chapter 5), and the law follows from that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import exp, log

import numpy as np
import pandas as pd
from scipy.stats import norm

from experiments.imports.likelihood import Z95, Estimate, Floats, most_likely

LEAST_DAYS = 1.0
"""A stay that ends on the day it begins counts as a day."""
LEAST_ENDED = 20
"""Fewer ended stays say too little of a law with two parameters (assumption)."""
LEAST_LOG_SD = 0.1
"""Stays that seem all alike show an extract that is cut off, not people (assumption)."""
MOST_MEAN_DAYS, MOST_LOG_SD = 4000.0, 2.5
"""What the model's parameters allow."""


@dataclass(frozen=True)
class Times:
    """Stays in days: from which age each was seen, to which, and whether it had ended then."""

    seen_from: Floats
    until: Floats
    ended: np.ndarray

    @property
    def only_open(self) -> bool:
        """Whether nobody is there who has left."""
        return not self.ended.any()


@dataclass(frozen=True)
class Stays:
    """A lognormal law of stays: mean in days with a 95% interval, spread, and the longest seen."""

    mean_days: float
    low_days: float
    high_days: float
    log_sd: float
    ended: int
    open: int
    longest_days: float

    @property
    def extrapolated(self) -> float:
        """The share of the mean that lies beyond the longest stay seen: the law's word alone."""
        return self.days_after(self.longest_days) / self.mean_days

    def still(self, days: float) -> float:
        """The share still in care so many days after the first visit."""
        middle = log(self.mean_days) - self.log_sd**2 / 2
        return float(norm.sf((log(days) - middle) / self.log_sd))

    def days_after(self, days: float) -> float:
        """The part of the mean stay that lies beyond so many days."""
        middle = log(self.mean_days) - self.log_sd**2 / 2
        beyond = norm.sf((log(days) - middle) / self.log_sd - self.log_sd)
        return float(self.mean_days * beyond - days * self.still(days))


def times_of(episodes: pd.DataFrame, extracted_on: date, complete_from: date | None) -> Times:
    """The stays of an extract; those that ended before it is complete are left out."""
    today = pd.Timestamp(extracted_on)
    since = today if complete_from is None else pd.Timestamp(complete_from)
    known = episodes[episodes["open"] | (episodes["end"] >= since)]
    length = (known["end"].fillna(today) - known["start"]).dt.days.to_numpy(dtype=float)
    seen = (since - known["start"]).dt.days.clip(lower=0).to_numpy(dtype=float)
    ended = ~known["open"].to_numpy(dtype=bool)
    until: Floats = np.maximum(length, LEAST_DAYS).astype(np.float64)
    if complete_from is not None:
        seen[seen >= until] = 0.0  # a stay of a day that ends as the extract begins
    return Times(seen, until, ended)


def fitted_stays(times: Times) -> Stays | None:
    """The law of the largest likelihood; None where too few are known or they fit no law."""
    told = times.until.size if times.only_open else int(times.ended.sum())
    if told < LEAST_ENDED:
        return None
    loss = _living if times.only_open else _followed
    start = (log(1.35 * float(np.median(times.until))), 0.0)  # open stays go on
    found = most_likely(lambda numbers: loss(times, numbers), start)
    return _stays(found, times) if exp(found.numbers[1]) >= LEAST_LOG_SD else None


def _followed(times: Times, told: Floats) -> float:
    """Negative log likelihood of stays that were followed, whoever left included."""
    middle, spread = told[0], exp(told[1])
    z = (np.log(times.until) - middle) / spread
    seen = np.where(
        times.ended, norm.logpdf(z) - told[1] - np.log(times.until), norm.logsf(z)
    )  # fmt: skip
    before = times.seen_from[times.seen_from > 0]
    return float(norm.logsf((np.log(before) - middle) / spread).sum() - seen.sum())


def _living(times: Times, told: Floats) -> float:
    """Negative log likelihood of times in care so far, of everybody in care on one day."""
    middle, spread = told[0], exp(told[1])
    z = (np.log(times.until) - middle) / spread
    return float(times.until.size * (middle + spread**2 / 2) - norm.logsf(z).sum())


def _stays(found: Estimate, times: Times) -> Stays:
    middle, spread = float(found.numbers[0]), min(exp(found.numbers[1]), MOST_LOG_SD)
    log_mean = middle + spread**2 / 2
    error = found.error([1.0, spread**2])
    low, mean, high = (
        float(np.clip(exp(min(log_mean + shift * error, 20.0)), 1.0, MOST_MEAN_DAYS))
        for shift in (-Z95, 0.0, Z95)
    )
    ended = int(times.ended.sum())
    longest = float(times.until.max())
    return Stays(mean, low, high, spread, ended, times.until.size - ended, longest)


def still_in_care(times: Times, days: float) -> float:
    """The share still in care after so many days, by Kaplan and Meier, truncation reckoned with."""
    ends, events = np.unique(times.until[times.ended], return_counts=True)
    begun = np.searchsorted(np.sort(times.seen_from), ends)  # who was seen before that day
    gone = np.searchsorted(np.sort(times.until), ends)  # whose time ended before it
    left = 1 - events / (begun - gone)
    return float(np.prod(left[ends <= days]))
