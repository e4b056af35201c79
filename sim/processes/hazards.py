"""Failures by chance: closures of providers and shortfalls of principals, at declared hazards.

Each provider and each area has times of its own at which something could happen, drawn at the
fastest hazard; whether it does depends on what the provider is by then (small, large, principal).
So two scenarios with one seed meet the same strokes of fate wherever their providers are alike.
"""

from __future__ import annotations

from simpy.events import ProcessGenerator

from sim.clock import DAYS_PER_YEAR, Rank
from sim.draws import (
    CLOSURE_HAPPENS,
    CLOSURE_STEP,
    CLOSURE_SUDDEN,
    CLOSURE_WAIT,
    SHORTFALL_STEP,
    SHORTFALL_SUSPENDS,
    SHORTFALL_WAIT,
)
from sim.market.area import Area
from sim.market.branch import Branch
from sim.market.market import Market
from sim.market.provider import Provider
from sim.processes.absence import is_principal
from sim.processes.failure import ScriptedFailure, fail_as
from sim.randomness import exponential, uniform
from sim.vocabulary import FailureKind


def closures_by_chance(market: Market, provider: Provider) -> ProcessGenerator:
    """One provider's life: it closes, suddenly or on notice, at the hazard of what it is."""
    rules = market.scenario.failure
    # Times at the fastest hazard, most of which come to nothing: a provider that grows, or becomes
    # principal, then meets the same times as one that does not.
    fastest = max(
        rules.closures_per_year_small,
        rules.closures_per_year_large,
        rules.closures_per_year_principal,
    )
    key = market.draws.key("closure", provider.code)
    number, day = 0, 0.0
    while fastest > 0:
        day += exponential(key, CLOSURE_WAIT + CLOSURE_STEP * number) * DAYS_PER_YEAR / fastest
        yield market.clock.at(day, Rank.FAILURE, provider.id)
        teams = [b for b in provider.branches if not (b.closed or b.leaving)]
        # Closed or closing for another reason: its own times come to nothing.
        if not teams:
            return
        stroke = uniform(key, CLOSURE_HAPPENS + CLOSURE_STEP * number) * fastest
        if stroke < closures_per_year(market, provider):
            sudden = uniform(key, CLOSURE_SUDDEN + CLOSURE_STEP * number) < rules.sudden_share
            notice = 0.0 if sudden else rules.usual_notice_days
            script = ScriptedFailure(provider.code, day, notice)
            yield from fail_as(market, provider, teams, script)
            return
        number += 1


def closures_per_year(market: Market, provider: Provider) -> float:
    """The hazard of a provider as it is now."""
    rules = market.scenario.failure
    if principal_teams(market, provider):
        return rules.closures_per_year_principal
    small = provider.work_minutes < rules.small_provider_hours_per_week * 60
    return rules.closures_per_year_small if small else rules.closures_per_year_large


def principal_teams(market: Market, provider: Provider) -> list[Branch]:
    """The teams with which a provider is principal of an area."""
    return [
        branch
        for branch in provider.branches
        if any(c.running and is_principal(market, c) for c in branch.contracts.values())
    ]


def shortfalls_by_chance(market: Market, area: Area) -> ProcessGenerator:
    """An area's principal falls short now and then, in that area, and goes on trading."""
    rules = market.scenario.failure
    key = market.draws.key("shortfall", area.code)
    number, day = 0, 0.0
    while rules.shortfalls_per_year_principal > 0:
        wait = exponential(key, SHORTFALL_WAIT + SHORTFALL_STEP * number)
        day += wait * DAYS_PER_YEAR / rules.shortfalls_per_year_principal
        yield market.clock.at(day, Rank.FAILURE, area.id)
        kind_drawn = uniform(key, SHORTFALL_SUSPENDS + SHORTFALL_STEP * number)
        suspended = kind_drawn < rules.shortfall_suspension_share
        number += 1
        for branch in area.branches:
            if branch.takes_new_work and branch in principal_teams(market, branch.provider):
                kind: FailureKind = "suspension" if suspended else "staff_loss"
                script = ScriptedFailure(branch.provider.code, day, kind=kind)
                market.clock.process(fail_as(market, branch.provider, [branch], script))
                # One principal an area: the others of its teams are not concerned.
                break
