"""Gaps: how long the people whom a failure concerns are at home without anybody.

A gap is an unbroken time in which nobody looks after somebody at home: no provider, no in-house
team, and not in hospital. What counts is the longest of each person from the announcement to 91
days after care stops. Somebody who would have had as long a gap without the failure is left out.
In danger are those who are vulnerable or have critical visits. Visits that a team misses are no gap
here: they are in the hours without care.
"""

from __future__ import annotations

import numpy as np

from sim.ledger import UNCOVERED, Cause, Ledger
from sim.outcomes.account import HEADLINE_DAYS, Account, Market, within
from sim.outcomes.histories import Flags, Floats, Ints

TOLD_DAYS = (1, 3, 7)
"""How long a gap is told of: 24 hours, 72 hours, a week."""


def gaps_with_and_without(account: Account) -> tuple[Floats, Floats]:
    """Days of the longest gap of each person concerned, with and without the failure.

    In the order of ``account.people``. NaN where 91 days after care stops are not simulated.
    """
    ends = account.stops + HEADLINE_DAYS
    if ends > account.known_to:
        unknown = np.full(account.people.size, np.nan)
        return unknown, unknown
    found, usual = (
        longest(market, account.people, account.announced, ends)
        for market in (account.market, account.without)
    )
    return found, usual


def gaps_of(found: Floats, usual: Floats, days: float) -> Flags:
    """Who has a gap of so many days or more that they would not have had without the failure."""
    has: Flags = (found >= days) & (usual < days)
    return has


def longest(market: Market, people: Ints, begins: float, ends: float) -> Floats:
    """The longest unbroken time without anybody in a period, for each of some people, in days."""
    told = within(market.histories, begins, ends)
    alone = told.where(told.in_stage(*UNCOVERED) & np.isin(told.package, people))
    found = np.zeros(people.size)
    if not alone.package.size:
        return found
    start, end = np.clip(alone.start, begins, ends), np.clip(alone.end, begins, ends)
    # Spells of one person that follow each other (accepted, and not yet visited) are one gap.
    fresh = np.ones(start.size, dtype=bool)
    fresh[1:] = (alone.package[1:] != alone.package[:-1]) | (start[1:] > end[:-1])
    number = np.cumsum(fresh) - 1
    lengths = np.bincount(number, end - start)
    whose = np.searchsorted(people, alone.package[fresh])
    np.maximum.at(found, whose, lengths)
    return found


def late_hand_backs(ledger: Ledger) -> tuple[Floats, Ints]:
    """People handed back whose next provider is not there in time: when the gap begins, and who."""
    moved = ledger.columns("moved")
    late = np.unique(moved["package"][moved["cause"] == Cause.FIRST_VISIT_AWAITED])
    found = []
    for package in late:
        mine = moved["package"] == package
        handed_back = False
        for day, cause in zip(moved["day"][mine], moved["cause"][mine], strict=True):
            if cause == Cause.HAND_BACK_NOTICE:
                handed_back = True
            elif cause == Cause.FIRST_VISIT_AWAITED and handed_back:
                found.append((float(day), int(package)))
            if cause in (Cause.FIRST_VISIT_AWAITED, Cause.STARTED):
                handed_back = False
    days, packages = np.array([day for day, _ in found]), [package for _, package in found]
    return days, np.array(packages, dtype=np.int64)
