"""Quality: how well a provider does, how seldom that is seen, and what follows from it.

Work that goes missed wears quality down; without strain it returns to the provider's own level. The
regulator comes seldom, sooner where there is strain; the council's own monitoring comes oftener.
Either sees roughly what there is. A provider found inadequate is suspended: it keeps its people and
is given no new ones. At the next visit most are found better; one that is not gives its contracts
back, and they are procured anew. One that is inadequate as the market starts is suspended from then
on, and visited within the usual time from the first day.
"""

from __future__ import annotations

from math import exp

from scipy.special import ndtri
from simpy.events import ProcessGenerator

from sim.clock import DAYS_PER_YEAR, Rank
from sim.draws import (
    IMPROVES,
    VISIT_HAPPENS,
    VISIT_SEES,
    VISIT_STEP,
    VISIT_WAIT,
    VISITED_AGO,
)
from sim.ledger import Cause
from sim.market.branch import Branch
from sim.market.market import Market
from sim.market.provider import Provider
from sim.processes.absence import principals_rated
from sim.processes.failure import ScriptedFailure, fail_as, usual_notice
from sim.processes.shortfall import end_suspension, note, suspend_now
from sim.randomness import exponential, on_grid, uniform
from sim.scenario.tables import RATINGS

WEAR_DAYS = 28
INADEQUATE = 0
REQUIRES_IMPROVEMENT = 1


def begin(market: Market) -> None:
    """Have every provider's quality change, and be looked at."""
    for provider in market.providers:
        watch(market, provider)


def watch(market: Market, provider: Provider) -> None:
    """Have one provider's quality change, and be looked at, from now on."""
    rules = market.scenario.quality
    market.clock.process(wear(market, provider))
    if provider.rating == RATINGS[INADEQUATE]:
        market.clock.process(begins_inadequate(market, provider))
    fastest = rules.inspections_per_year * rules.inspections_under_strain
    for cause, per_year in (
        (Cause.INSPECTED, fastest),
        (Cause.MONITORED, rules.monitoring_per_year),
    ):
        if per_year > 0:
            market.clock.process(visits(market, provider, cause, per_year))


def wear(market: Market, provider: Provider) -> ProcessGenerator:
    """Every four weeks: strain wears quality down, time heals it."""
    rules = market.scenario.quality
    years = WEAR_DAYS / DAYS_PER_YEAR
    healed = on_grid(1 - exp(-rules.recovery_per_year * years))
    day = max(0.0, market.clock.now)
    while not provider.closed:
        yield market.clock.at(day, Rank.POSTS, provider.id)
        provider.strain = strain_of(market, provider)
        worse = rules.worsening_per_year * provider.strain * years
        better = healed * (provider.own_standard - provider.standard)
        provider.standard = max(0.0, provider.standard + better - worse)
        day += WEAR_DAYS


def strain_of(market: Market, provider: Provider) -> float:
    """How strained a provider is, from 0 to 1, by the share of its work that goes missed now."""
    missed = sum(branch.missed_minutes for branch in provider.branches)
    work = provider.work_minutes
    full = market.scenario.quality.full_strain_missed_share
    return min(1.0, missed / work / full) if work else 0.0


def visits(market: Market, provider: Provider, cause: Cause, per_year: float) -> ProcessGenerator:
    """Visits at the fastest hazard; of the regulator's, only those that strain calls for happen."""
    key = market.draws.key(f"visits {cause.name.lower()}", provider.code)
    number, day = 0, max(0.0, market.clock.now)
    while True:
        day += exponential(key, VISIT_WAIT + VISIT_STEP * number) * DAYS_PER_YEAR / per_year
        yield market.clock.at(day, Rank.FAILURE, provider.id)
        if provider.closed:
            return
        stroke = uniform(key, VISIT_HAPPENS + VISIT_STEP * number) * per_year
        if stroke < hazard(market, provider, cause):
            look(market, provider, cause, uniform(key, VISIT_SEES + VISIT_STEP * number))
        number += 1


def hazard(market: Market, provider: Provider, cause: Cause) -> float:
    """Visits a year of a provider as it is now."""
    rules = market.scenario.quality
    if cause is not Cause.INSPECTED:
        return rules.monitoring_per_year
    return rules.inspections_per_year * (1 + (rules.inspections_under_strain - 1) * provider.strain)


def look(market: Market, provider: Provider, cause: Cause, draw: float) -> None:
    """A visit rates a provider by what it sees. One already found inadequate waits for its own."""
    if provider.rating == RATINGS[INADEQUATE]:
        return
    # Away from 0 and 1, where the inverse is infinite; on the grid, since its last bit differs
    # between machines.
    unit = on_grid(float(ndtri(min(1 - 1e-12, max(1e-12, draw)))))
    error = unit * market.scenario.quality.look_spread
    seen = min(len(RATINGS) - 1, max(0, int(provider.standard + error + 0.5)))
    rate(market, provider, seen, cause)
    if seen == INADEQUATE:
        market.clock.process(found_inadequate(market, provider))


def rate(market: Market, provider: Provider, rating: int, cause: Cause) -> None:
    """A rating is published; who is asked goes by it from now on."""
    provider.rate(RATINGS[rating])
    market.ledger.rated(market.clock.now, provider.id, rating, cause)
    principals_rated(market, provider)


def found_inadequate(market: Market, provider: Provider) -> ProcessGenerator:
    """Suspended until a visit finds it better."""
    teams = [branch for branch in provider.branches if not branch.closed]
    note(market, teams, Cause.FOUND_INADEQUATE)
    suspend_now(market, teams)
    due = market.clock.now + market.scenario.quality.revisit_days
    return until_better(market, provider, teams, due)


def begins_inadequate(market: Market, provider: Provider) -> ProcessGenerator:
    """Suspended from the warm-up on; how long ago it was visited is drawn."""
    suspend_now(market, provider.branches)
    waited = uniform(market.draws.key("begins inadequate", provider.code), VISITED_AGO)
    due = (1 - waited) * market.scenario.quality.revisit_days
    return until_better(market, provider, list(provider.branches), due)


def until_better(
    market: Market, provider: Provider, teams: list[Branch], due: float
) -> ProcessGenerator:
    """Visits until one finds it better; found wanting again, it gives its contracts back."""
    rules = market.scenario.quality
    key = market.draws.key("improvement", provider.code)
    # Contracts are given back once; a provider may be found wanting many times.
    returned = False
    visit = 0
    while True:
        yield market.clock.at(due, Rank.FAILURE, provider.id)
        due += rules.revisit_days
        if provider.closed:
            return
        better = uniform(key, IMPROVES + visit) < rules.improves_share
        visit += 1
        if better:
            # What the visit found is true: else the next one would suspend it again at once.
            provider.standard = max(provider.standard, float(REQUIRES_IMPROVEMENT))
            rate(market, provider, REQUIRES_IMPROVEMENT, Cause.INSPECTED)
            end_suspension(market, teams)
            return
        rate(market, provider, INADEQUATE, Cause.INSPECTED)
        if not returned:
            returned = True
            give_contracts_back(market, provider)


def give_contracts_back(market: Market, provider: Provider) -> None:
    """What a lasting suspension ends in: the principal contracts return, with notice."""
    trading = [team for team in provider.branches if not (team.closed or team.leaving)]
    notice = usual_notice(market, trading, of_principals=True)
    script = ScriptedFailure(provider.code, market.clock.now, notice, kind="contract_returned")
    market.clock.process(fail_as(market, trading, script))
