"""Failures by chance, at hazards a year: closures, and shortfalls and losses of principals.

Each provider has times of its own at which something could happen, drawn at the fastest hazard;
whether it does depends on what the provider is by then (small, large, principal, and for how long).
So two scenarios with one seed meet the same strokes of fate wherever their providers are alike.

A *shortfall* is a principal that goes on trading and cannot do all that it holds; a *loss* is one
that gives its contracts back. Either befalls a provider, and so every area that it is principal of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simpy.events import ProcessGenerator

from sim.clock import DAYS_PER_YEAR, Rank
from sim.draws import (
    CLOSURE_HAPPENS,
    CLOSURE_STEP,
    CLOSURE_SUDDEN,
    CLOSURE_WAIT,
    PRINCIPAL_HAPPENS,
    PRINCIPAL_STEP,
    PRINCIPAL_SUSPENDS,
    PRINCIPAL_WAIT,
)
from sim.market.branch import Branch
from sim.market.market import Market
from sim.market.provider import Provider
from sim.processes.absence import is_principal
from sim.processes.failure import ScriptedFailure, fail_as, usual_notice
from sim.randomness import exponential, uniform
from sim.vocabulary import FailureKind

YEARS_OF_SAME_TOTAL = 5
"""Over these years of a contract a front-loaded hazard does as much as a constant one."""


def befall(market: Market, provider: Provider) -> None:
    """Have all that comes by chance to a provider by itself come to it from now on."""
    market.clock.process(shortfalls_by_chance(market, provider))
    market.clock.process(losses_by_chance(market, provider))


def befall_together(market: Market, providers: Sequence[Provider]) -> None:
    """Have closures by chance come to a provider, or to all of one owner, from now on."""
    code = providers[0].owner if len(providers) > 1 else providers[0].code
    market.clock.process(closures_by_chance(market, code, providers))


def closures_by_chance(
    market: Market, code: str, providers: Sequence[Provider]
) -> ProcessGenerator:
    """One provider's life, or one owner's: it closes, suddenly or on notice, at the hazard of what
    it is.

    ``code``: the provider's or the owner's. A common owner meets as many strokes as one provider:
    its fellows close with it, not more often.
    """
    rules = market.scenario.failure
    # Times at the fastest hazard, most of which come to nothing: a provider that grows, or becomes
    # principal, then meets the same times as one that does not.
    fastest = max(
        rules.closures_per_year_small,
        rules.closures_per_year_large,
        rules.closures_per_year_principal,
    )
    key = market.draws.key("closure", code)
    number, day = 0, max(0.0, market.clock.now)
    while fastest > 0:
        day += exponential(key, CLOSURE_WAIT + CLOSURE_STEP * number) * DAYS_PER_YEAR / fastest
        yield market.clock.at(day, Rank.FAILURE, providers[0].id)
        teams = [b for p in providers for b in p.branches if not (b.closed or b.leaving)]
        # Closed or closing for another reason: its own times come to nothing.
        if not teams:
            return
        stroke = uniform(key, CLOSURE_HAPPENS + CLOSURE_STEP * number) * fastest
        if stroke < closures_per_year(market, providers):
            sudden = uniform(key, CLOSURE_SUDDEN + CLOSURE_STEP * number) < rules.sudden_share
            notice = 0.0 if sudden else usual_notice(market, teams)
            script = ScriptedFailure(code, day, notice)
            yield from fail_as(market, teams, script)
            return
        number += 1


def closures_per_year(market: Market, providers: Sequence[Provider]) -> float:
    """The hazard of a provider, or of all that one owner has, as it is now."""
    rules = market.scenario.failure
    if any(principal_teams(market, provider) for provider in providers):
        return rules.closures_per_year_principal
    work = sum(provider.work_minutes for provider in providers)
    small = work < rules.small_provider_hours_per_week * 60
    return rules.closures_per_year_small if small else rules.closures_per_year_large


def principal_teams(market: Market, provider: Provider) -> list[Branch]:
    """The teams with which a provider is principal of an area."""
    return [
        branch
        for branch in provider.branches
        if any(c.running and is_principal(market, c) for c in branch.contracts.values())
    ]


def shortfalls_by_chance(market: Market, provider: Provider) -> ProcessGenerator:
    """A principal falls short now and then, wherever it is one, and goes on trading."""
    rules = market.scenario.failure
    suspensions = rules.shortfall_suspension_share

    def strike(teams: list[Branch], day: float, drawn: float) -> None:
        suspended = drawn < suspensions
        kind: FailureKind = "suspension" if suspended else "staff_loss"
        fall(market, teams, ScriptedFailure(provider.code, day, kind=kind))

    key = market.draws.key("shortfall", provider.code)
    return strokes(market, provider, key, rules.shortfalls_per_year_principal, strike)


def losses_by_chance(market: Market, provider: Provider) -> ProcessGenerator:
    """A principal gives its contracts back, all of them, with notice, and goes on trading."""
    rules = market.scenario.failure

    def strike(teams: list[Branch], day: float, _: float) -> None:
        notice = usual_notice(market, teams, of_principals=True)
        script = ScriptedFailure(provider.code, day, notice, kind="contract_returned")
        fall(market, teams, script)

    key = market.draws.key("loss", provider.code)
    return strokes(market, provider, key, rules.losses_per_year_principal, strike)


def strokes(
    market: Market,
    provider: Provider,
    key: int,
    per_year: float,
    strike: Callable[[list[Branch], float, float], None],
) -> ProcessGenerator:
    """What befalls a provider for as long as it is a principal, at a hazard by contract's age."""
    share = market.scenario.failure.first_year_share
    fastest = per_year * max(weight_of_age(share, 0.0), weight_of_age(share, DAYS_PER_YEAR))
    number, day = 0, max(0.0, market.clock.now)
    while fastest > 0:
        wait = exponential(key, PRINCIPAL_WAIT + PRINCIPAL_STEP * number)
        day += wait * DAYS_PER_YEAR / fastest
        yield market.clock.at(day, Rank.FAILURE, provider.id)
        teams = [b for b in principal_teams(market, provider) if b.takes_new_work]
        happens = uniform(key, PRINCIPAL_HAPPENS + PRINCIPAL_STEP * number) * fastest
        if teams and happens < per_year * weight_of_age(share, age_days(market, teams)):
            strike(teams, day, uniform(key, PRINCIPAL_SUSPENDS + PRINCIPAL_STEP * number))
        number += 1


def fall(market: Market, teams: list[Branch], script: ScriptedFailure) -> None:
    """One provider fails beside whatever else befalls it."""
    market.clock.process(fail_as(market, teams, script))


def age_days(market: Market, teams: list[Branch]) -> float:
    """Days since the youngest of a provider's principal contracts began."""
    begun = max(
        contract.starts_day
        for team in teams
        for contract in team.contracts.values()
        if contract.running and is_principal(market, contract)
    )
    return market.clock.now - begun


def weight_of_age(first_year_share: float, age: float) -> float:
    """How a hazard changes with a contract's age in days; its mean over the first years is 1."""
    if age < DAYS_PER_YEAR:
        return first_year_share * YEARS_OF_SAME_TOTAL
    return (1 - first_year_share) * YEARS_OF_SAME_TOTAL / (YEARS_OF_SAME_TOTAL - 1)
