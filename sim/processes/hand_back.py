"""Handing a package back: a provider gives notice of one person's care.

It serves them until the notice is over while another provider is sought; somebody who has found
none by then is without cover. For some weeks it is not asked for the same package again.
"""

from __future__ import annotations

from functools import partial
from math import inf

from simpy import Event

from sim.clock import Rank
from sim.ledger import Cause, Stage
from sim.market.market import Market
from sim.market.package import Package


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
    if until_day > market.clock.now:
        action = partial(market.brokerage.bar_over, package, branch)
        market.clock.call(until_day, Rank.BROKERAGE, package.id, action)


def seek_another(market: Market, package: Package) -> None:
    """Look for another provider while theirs works out its notice."""
    if package.leaves_day <= market.clock.now:
        lose(market, package)
        return
    market.join_leaving(package)
    action = partial(_notice_over, market, package, package.spells, package.leaves_day)
    market.clock.call(package.leaves_day, Rank.CARE, package.id, action)
    market.brokerage.seek(package)


def _notice_over(market: Market, package: Package, spell: int, day: float, _: Event) -> None:
    still_there = package.stage is Stage.IN_SERVICE and package.spells == spell
    if still_there and package.leaves_day == day and package.branch is not None:
        lose(market, package)


def lose(market: Market, package: Package) -> None:
    """The notice is over and nobody has taken over: without cover from now on."""
    branch = package.branch
    cause = Cause(package.leaving_cause)
    package.leaves_day = inf
    if market.displace(package, cause):
        market.brokerage.seek(package)
    if branch is not None:
        market.brokerage.room_opened(branch)
