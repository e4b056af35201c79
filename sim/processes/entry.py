"""Entry: providers that join the market during a run.

They come one after another at a yearly rate; where a purchasing system admits providers in rounds,
each waits for the next one. An entrant begins with one team in one area, with posts and nobody in
them: it hires among the same people who look for care work there as the others do. From its first
day it may be offered work by every tier that is open to all, and by those that let entrants join;
it is not rated yet. For a time it keeps its first posts and its owner bears its losses. Then posts
follow work, and its account is judged as every other.

Ratings and chance befall it from its first day on. Each entrant has draws of its own, by its
number: where more of them come, the same ones come sooner, and all else is drawn as before. Known
entrants need none of this: they are rows of contracts.csv with a first day.
"""

from __future__ import annotations

from math import ceil, fsum

from simpy.events import ProcessGenerator

from sim.clock import DAYS_PER_YEAR, Rank
from sim.draws import ENTRY_WAIT, ENTRY_WHERE
from sim.ledger import Cause
from sim.market.area import Area
from sim.market.branch import Branch
from sim.market.contract import Terms, open_contract
from sim.market.market import Market
from sim.processes import hazards, quality
from sim.randomness import exponential, uniform


def providers_enter(market: Market) -> ProcessGenerator:
    """One provider after the other enters, from the first day to the last."""
    rules = market.scenario.entry
    ready, number = 0.0, 0
    while True:
        number += 1
        key = market.draws.key("entry", number)
        ready += exponential(key, ENTRY_WAIT) * DAYS_PER_YEAR / rules.providers_per_year
        yield market.clock.at(admitted(ready, rules.days_between_rounds), Rank.CONTRACT, number)
        # No code of a table is in small letters, so nobody else bears this one.
        enter(market, f"entrant_{number}", where(market, uniform(key, ENTRY_WHERE)))


def admitted(ready: float, days_between_rounds: float) -> float:
    """The day of the first round from a day on; that day itself where anybody may join any time."""
    if days_between_rounds == 0:
        return ready
    return ceil(ready / days_between_rounds) * days_between_rounds


def where(market: Market, drawn: float) -> Area:
    """The area that an entrant chooses: each as likely as its share of the work, or of the wait."""
    weights = [float(area.list.minutes) for area in market.areas]
    if market.scenario.entry.where == "hours" or not any(weights):
        hours = {row.code: row.hours_per_four_weeks for row in market.scenario.areas}
        weights = [hours[area.code] for area in market.areas]
    left = drawn * fsum(weights)
    for area, weight in zip(market.areas, weights, strict=True):
        left -= weight
        if left < 0:
            return area
    return market.areas[-1]


def enter(market: Market, code: str, area: Area) -> Branch:
    """A provider opens its first team, and everything that befalls a provider may befall it."""
    rules, now = market.scenario.entry, market.clock.now
    provider = market.open_provider(code, "not_rated")
    provider.established_day = now + rules.build_up_days
    market.ledger.traded(now, provider.id, area.id, Cause.ENTERED)
    branch = market.open_branch(provider, area)
    market.serve_open_tiers(branch)
    join_tiers(market, branch)
    branch.posts = float(rules.posts)
    market.ledger.established(now, branch.id, branch.whole_posts, Cause.ENTERED)
    market.workforce.count_vacancies(branch)
    market.workforce.begin_reviews(branch, rules.build_up_days)
    if market.scenario.quality.applies:
        quality.watch(market, provider)
    if market.scenario.failure.random:
        hazards.befall(market, provider)
        hazards.befall_together(market, [provider])
    return branch


def join_tiers(market: Market, branch: Branch) -> None:
    """It joins the frameworks that are open to entrants: no hours of its own, and no limit."""
    now = market.clock.now
    for tier, rule in enumerate(market.scenario.commissioning.tiers):
        if rule.entrants_join and rule.holders == "contracts":
            terms = Terms(None, now, standard=rule.standard)
            contract = open_contract(branch, tier, terms)
            contract.award(terms)
            contract.begin()
            market.ledger.contracted(now, branch.id, tier, -1, Cause.CONTRACT_STARTED)
