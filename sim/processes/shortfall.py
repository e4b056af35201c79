"""Shortfall: a provider goes on trading but takes no new work, or has too few carers.

Suspended, it may be given no new packages; those it has stay with it. It may lose a share of its
carers at once, as when a sponsor's licence is revoked, or find nobody to recruit. What follows
(overtime, missed visits, hand-backs, thin rounds) follows from the rules for everyone.
"""

from __future__ import annotations

from collections.abc import Sequence

from simpy.events import ProcessGenerator

from sim.clock import Rank
from sim.ledger import Cause
from sim.market.branch import Branch
from sim.market.market import Market
from sim.market.provider import Provider
from sim.processes.absence import is_principal, principal_absent, principal_back


def suspend(
    market: Market, provider: Provider, teams: Sequence[Branch], days: float
) -> ProcessGenerator:
    """No new packages for some time."""
    suspend_now(market, provider, teams)
    yield market.clock.at(market.clock.now + days, Rank.FAILURE, provider.id)
    end_suspension(market, provider, teams)


def suspend_now(market: Market, provider: Provider, teams: Sequence[Branch]) -> None:
    """No new packages from now on."""
    for branch in teams:
        branch.suspend()
    note(market, provider, teams, Cause.SUSPENDED)
    for branch in teams:
        if any(c.running and is_principal(market, c) for c in branch.contracts.values()):
            principal_absent(market, branch.area)


def end_suspension(market: Market, provider: Provider, teams: Sequence[Branch]) -> None:
    """New packages again, unless another suspension still holds."""
    for branch in teams:
        branch.end_suspension()
    trading = [branch for branch in teams if branch.takes_new_work]
    if trading:
        note(market, provider, trading, Cause.SUSPENSION_ENDED)
    for branch in trading:
        principal_back(market, branch.area)


def lose_staff(market: Market, provider: Provider, teams: Sequence[Branch], share: float) -> None:
    """A share of the carers is gone at once."""
    note(market, provider, teams, Cause.STAFF_LOST)
    for branch in teams:
        market.workforce.lose_at_once(branch, share)


def stop_recruiting(
    market: Market, provider: Provider, teams: Sequence[Branch], share: float, days: float
) -> ProcessGenerator:
    """Too few recruits: so many of those whom it would have hired do not come, for some time."""
    for branch in teams:
        # A list: stops overlap, and the largest in force counts (Branch.recruits_lost).
        branch.recruiting_stops.append(share)
    note(market, provider, teams, Cause.RECRUITMENT_STOPPED)
    yield market.clock.at(market.clock.now + days, Rank.FAILURE, provider.id)
    for branch in teams:
        branch.recruiting_stops.remove(share)
    # Another stop may still hold, and a closed team recruits nobody.
    trading = [b for b in teams if not (b.closed or b.recruiting_stops)]
    if trading:
        note(market, provider, trading, Cause.RECRUITMENT_RESUMED)


def note(market: Market, provider: Provider, teams: Sequence[Branch], cause: Cause) -> None:
    """Record what happens to a provider, everywhere or area by area."""
    # One fact for all of it, where it is all that the provider still has.
    everywhere = all(branch in teams or branch.closed for branch in provider.branches)
    areas = [-1] if everywhere else [branch.area.id for branch in teams]
    for area in areas:
        market.ledger.traded(market.clock.now, provider.id, area, cause)
