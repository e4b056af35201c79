"""Hospital beds: days that people could have left hospital and had nobody to go home to."""

from __future__ import annotations

import numpy as np

from sim.outcomes.account import HEADLINE_DAYS, Market
from sim.outcomes.declaration import About
from sim.outcomes.failures import Failures
from sim.outcomes.registry import outcome
from sim.outcomes.weekly import delays_of


@outcome("days", about=About.FAILURE, better="lower", difference=True)
def delayed_days_in_91_days(failures: Failures) -> float:
    """Days of delayed discharge in the county that the failures add, to 91 days after care stops;
    divided by the length of the period in days they are hospital beds."""
    account = failures.account
    ends = account.stops + HEADLINE_DAYS
    if ends > account.known_to:
        return np.nan
    now, usual = (
        delayed_days(market, account.announced, ends)
        for market in (account.market, account.without)
    )
    return now - usual


def delayed_days(market: Market, begins: float, ends: float) -> float:
    """Days of delayed discharge in a period: of people referred by a hospital, or coming back."""
    told = market.histories
    referred = market.ledger.columns("referred")
    by_hospital = referred["package"][referred["hospital"] == 1]
    waits = told.where(delays_of(told, np.isin(told.package, by_hospital)))
    lengths = np.clip(waits.end, begins, ends) - np.clip(waits.start, begins, ends)
    return float(lengths.sum())
