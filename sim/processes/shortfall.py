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


def suspend(market: Market, teams: Sequence[Branch], days: float) -> ProcessGenerator:
    """No new packages for some time."""
    suspend_now(market, teams)
    yield market.clock.at(market.clock.now + days, Rank.FAILURE, first_of(teams))
    end_suspension(market, teams)


def suspend_now(market: Market, teams: Sequence[Branch]) -> None:
    """No new packages from now on."""
    for branch in teams:
        branch.suspend()
    note(market, teams, Cause.SUSPENDED)
    for branch in teams:
        if any(c.running and is_principal(market, c) for c in branch.contracts.values()):
            principal_absent(market, branch.area)


def end_suspension(market: Market, teams: Sequence[Branch]) -> None:
    """New packages again, unless another suspension still holds."""
    for branch in teams:
        branch.end_suspension()
    trading = [branch for branch in teams if branch.takes_new_work]
    if trading:
        note(market, trading, Cause.SUSPENSION_ENDED)
    for branch in trading:
        principal_back(market, branch.area)


def lose_staff(market: Market, teams: Sequence[Branch], share: float) -> None:
    """A share of the carers is gone at once."""
    note(market, teams, Cause.STAFF_LOST)
    for branch in teams:
        market.workforce.lose_at_once(branch, share)


def stop_recruiting(
    market: Market, teams: Sequence[Branch], share: float, days: float
) -> ProcessGenerator:
    """Too few recruits: so many of those whom it would have hired do not come, for some time."""
    for branch in teams:
        # A list: stops overlap, and the largest in force counts (Branch.recruits_lost).
        branch.recruiting_stops.append(share)
    note(market, teams, Cause.RECRUITMENT_STOPPED)
    yield market.clock.at(market.clock.now + days, Rank.FAILURE, first_of(teams))
    for branch in teams:
        branch.recruiting_stops.remove(share)
    # Another stop may still hold, and a closed team recruits nobody.
    trading = [b for b in teams if not (b.closed or b.recruiting_stops)]
    if trading:
        note(market, trading, Cause.RECRUITMENT_RESUMED)


def note(market: Market, teams: Sequence[Branch], cause: Cause) -> None:
    """Record what happens to each of some teams' providers, everywhere or area by area."""
    for provider in providers_of(teams):
        # One fact for all of it, where it is all that the provider still has.
        everywhere = all(branch in teams or branch.closed for branch in provider.branches)
        mine = [branch.area.id for branch in teams if branch.provider is provider]
        for area in [-1] if everywhere else mine:
            market.ledger.traded(market.clock.now, provider.id, area, cause)


def providers_of(teams: Sequence[Branch]) -> list[Provider]:
    """Whose teams these are, each provider once."""
    return list(dict.fromkeys(branch.provider for branch in teams))


def first_of(teams: Sequence[Branch]) -> int:
    """The id of the first of their providers: it orders what happens at one instant."""
    return teams[0].provider.id if teams else 0
