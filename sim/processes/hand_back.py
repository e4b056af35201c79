"""Handing a package back: a provider gives notice of one person's care.

It serves them until the notice is over while another provider is sought; somebody who has found
none by then is without cover. In hospital they lose the place that it kept for them. For some weeks
it is not asked for the same package again.
"""

from __future__ import annotations

from functools import partial
from math import inf

from simpy import Event

from sim.clock import Rank
from sim.ledger import Cause
from sim.market.market import Market
from sim.market.package import Package
from sim.market.provider import Provider


def give_notice_of(market: Market, package: Package, notice_days: float, cause: Cause) -> None:
    """Tell someone that their provider will stop after ``notice_days``."""
    branch = package.branch
    assert branch is not None
    package.leaves_day = market.clock.now + notice_days
    package.leaving_cause = cause
    bar(market, package, package.leaves_day + market.scenario.overload.no_reoffer_days)
    market.record(package, Cause.HAND_BACK_NOTICE)
    seek_another(market, package)


def bar(market: Market, package: Package, until_day: float) -> None:
    """Their provider is not asked for them again before a day; on that day it is."""
    branch = package.branch
    assert branch is not None
    package.bar(branch.provider.id, until_day)
    # A bar of no days is over as it begins.
    if until_day > market.clock.now:
        action = partial(_bar_over, market, package)
        market.clock.call(until_day, Rank.BROKERAGE, package.id, action)


def _bar_over(market: Market, package: Package, _: Event) -> None:
    """A provider may be asked again for a package it once handed back."""
    if package.seeking:
        market.changes.of_package(package)


def is_barred(market: Market, package: Package, provider: Provider) -> bool:
    """Whether a provider lately handed this package back and is not asked for it now."""
    return market.clock.now < (package.barred or {}).get(provider.id, -inf)


def seek_another(market: Market, package: Package) -> None:
    """Look for another provider while theirs works out its notice."""
    # Back from hospital after the notice ran out, or a notice of no days.
    if package.leaves_day <= market.clock.now:
        lose(market, package)
        return
    market.join_leaving(package)
    action = partial(_notice_over, market, package, package.leaves_day)
    market.clock.call(package.leaves_day, Rank.CARE, package.id, action)
    market.brokerage.seek(package)


def _notice_over(market: Market, package: Package, day: float, _: Event) -> None:
    # Another day, or none, means that somebody took over, or gave notice anew.
    if package.leaves_day == day:
        lose(market, package)


def lose(market: Market, package: Package) -> None:
    """The notice is over and nobody has taken over: without cover from now on."""
    cause = Cause(package.leaving_cause)
    package.leaves_day = inf
    if market.displace(package, cause):
        market.brokerage.seek(package)
