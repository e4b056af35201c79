"""The front door, and the only place that wires things together.

>>> from sim.scenario import load_scenario
>>> from sim.simulation import simulate
>>> ledger = simulate(load_scenario("theory"), seed=1)
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import assert_never

import numpy as np

from sim import caseload, warm_start
from sim.clock import DAYS_PER_WEEK, Clock, days_between
from sim.draws import FIRST_WAIT_TO_HIRE
from sim.laws import NOTHING_HELD, check, held_to, nobody_is_forgotten
from sim.ledger import Cause, Ledger
from sim.market.area import Area
from sim.market.contract import Contract, open_contract
from sim.market.market import Market
from sim.market.terms import terms_of
from sim.processes import own_rules, quality, self_funders
from sim.processes.bridging import Bridging, rotas
from sim.processes.brokerage import Brokerage
from sim.processes.entry import providers_enter
from sim.processes.failure import ScriptedFailure, fail, scripted
from sim.processes.hazards import befall, befall_together
from sim.processes.indexation import index_hours
from sim.processes.labour_shocks import carers_go, newcomers_change
from sim.processes.lending import carers_lent
from sim.processes.money import Money
from sim.processes.overload import Overload
from sim.processes.procurement import expire, renew
from sim.processes.referrals import referrals
from sim.processes.rollout import (
    begin_contract,
    end_tier,
    roll_out,
    start_retainer,
    tier_starts,
)
from sim.processes.workforce import Workforce
from sim.randomness import Draws, exponential
from sim.scenario import Scenario
from sim.scenario.tables import Contract as ContractRow
from sim.scenario.tables import Shock, Tier
from sim.travel import travel_tables


def simulate(
    scenario: Scenario,
    *,
    seed: int,
    replication: int = 0,
    until: float | None = None,
    failures: Sequence[ScriptedFailure] = (),
) -> Ledger:
    """One replication, from the first day to the last (or to day ``until``), as its ledger.

    Raises BrokenLawError if a law does not hold.
    """
    simulation = Simulation(scenario, seed=seed, replication=replication)
    for failure in failures:
        simulation.fail(failure)
    simulation.run(until)
    return simulation.ledger


LOOKED_AT_EVERY_DAYS = 60
"""How often a run is looked at on its way: for its progress, and for people who are forgotten."""


class Simulation:
    """A replication that can be continued: ``run(until=day)``, and again; fail between calls."""

    def __init__(self, scenario: Scenario, *, seed: int, replication: int = 0) -> None:
        first = -float(scenario.calendar.warm_up_weeks * DAYS_PER_WEEK)
        self.scenario = scenario
        self.ledger = Ledger()
        self.laws_hold = NOTHING_HELD
        """Up to where the laws are known to hold: what is slow is not checked again."""
        self.clock = Clock(first)
        self.market = Market(scenario, self.clock, Draws(seed, replication), self.ledger)
        build(self.market)
        self.ledger.day = first

    def run(
        self, until: float | None = None, *, progress: Callable[[float], object] | None = None
    ) -> Ledger:
        """Go on to day ``until`` (by default the end) and check the laws up to there.

        ``progress`` is called now and then with the share done. Raises BrokenLawError.
        """
        day = self.scenario.days if until is None else until
        first = self.clock.now
        self.market.tell()
        with without_garbage_collection():
            stops = max(1, round((day - first) / LOOKED_AT_EVERY_DAYS))
            for stop in np.linspace(first, day, stops + 1)[1:]:
                self.clock.run_to(float(stop))
                nobody_is_forgotten(self.market)
                if progress is not None:
                    progress((self.clock.now - first) / (day - first))
        self.ledger.day = day
        check(self.market, self.laws_hold)
        self.laws_hold = held_to(self.ledger, day)
        return self.ledger

    def fail(self, failure: ScriptedFailure) -> None:
        """Schedule a failure. Raises ValueError if its day has passed."""
        if failure.day < self.clock.now:
            raise ValueError(f"day {failure.day} is before now ({self.clock.now})")
        self.clock.process(fail(self.market, failure))


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """A pass over a live market costs a quarter of a run's time and frees nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def build(market: Market) -> None:
    """Set up places, providers, contracts, people and carers, and start every process."""
    scenario = market.scenario
    market.brokerage = Brokerage(market)
    market.bridging = Bridging(market)
    market.overload = Overload(market)
    market.workforce = Workforce(market)
    build_areas(market)
    build_providers(market)
    build_contracts(market)
    market.label()
    rows = {row.code: row for row in scenario.areas}
    posts = {f"{row.provider}:{row.area}": row.posts for row in scenario.branches}
    for area in market.areas:
        if scenario.caseload:
            caseload.people_given(market, area, rows[area.code])
        elif scenario.calendar.warm_up_weeks:
            warm_start.people_in_care(market, area, rows[area.code])
        warm_start.carers(market, area, posts)
    warm_start.applicants(market)
    for area in market.areas:
        for branch in area.branches:
            market.workforce.count_vacancies(branch)
        market.clock.process(referrals(market, area, rows[area.code]))
        market.clock.process(roll_out(market, area, rows[area.code]))
        if scenario.workforce.applicants_limited:
            market.clock.process(market.workforce.labour_market(area))
    self_funders.begin(market)
    for branch in market.branches:
        market.workforce.begin_reviews(branch)
    if scenario.workforce.carers_lent != "nowhere":
        market.clock.process(carers_lent(market))
    build_policies(market)
    build_failures(market)
    if scenario.entry.providers_per_year > 0:
        market.clock.process(providers_enter(market))
    own_rules.begin(market)
    market.tell()


def build_policies(market: Market) -> None:
    """The end of tiers, the beginning of retainers, and contracts that follow demand."""
    start = market.scenario.calendar.start
    for index, tier in enumerate(market.scenario.commissioning.tiers):
        if tier.ends is not None:
            market.clock.process(end_tier(market, index, days_between(start, tier.ends)))
        if tier.retainer_starts is not None:
            day = days_between(start, tier.retainer_starts)
            market.clock.process(start_retainer(market, day, tier.retained_share))
    model = market.scenario.commissioning
    by_tier = any(tier.hours_follow == "demand" for tier in model.tiers)
    if by_tier or any(row.indexation_share_per_year for row in model.contracts):
        market.clock.process(index_hours(market))


def build_failures(market: Market) -> None:
    """Accounts, ratings and shocks; failures that the scenario tells of, and those by chance."""
    if market.scenario.money.applies:
        market.clock.process(Money(market).settlements())
    if market.scenario.quality.applies:
        quality.begin(market)
    for shock in market.scenario.shocks:
        shock_befalls(market, shock)
    for row in market.scenario.failures:
        market.clock.process(fail(market, scripted(market.scenario, row)))
    if market.scenario.failure.random:
        for together in market.standing_together():
            befall_together(market, together)
        for provider in market.providers:
            befall(market, provider)


def shock_befalls(market: Market, shock: Shock) -> None:
    """Have a row of shocks.csv do what its kind does, on its day."""
    match shock.kind:
        case "referrals" | "hours":
            pass  # arrivals read them as they draw who is referred, before the clock starts
        case "bridging":
            market.clock.process(rotas(market, shock))
        case "carers_lost":
            market.clock.process(carers_go(market, shock))
        case "newcomers":
            market.clock.process(newcomers_change(market, shock))
        case _:
            assert_never(shock.kind)


def build_areas(market: Market) -> None:
    """Areas in the order of their codes, whatever the order of the table."""
    scenario = market.scenario
    travel = travel_tables(scenario)
    for row in sorted(scenario.areas, key=lambda row: row.code):
        key = market.draws.key("hires", row.code)
        area = Area(
            len(market.areas), row.code, row.locality, travel[row.code], key, market.changes
        )
        area.waits_to_hire = exponential(key, FIRST_WAIT_TO_HIRE)
        area.hire_since = market.clock.now
        market.areas.append(area)


def build_providers(market: Market) -> None:
    """Providers and their teams, in the order of their codes."""
    scenario = market.scenario
    for row in sorted(scenario.providers, key=lambda row: row.code):
        market.open_provider(row.code, row.rating, row.owner)
    providers = {provider.code: provider for provider in market.providers}
    areas = {area.code: area for area in market.areas}
    for team in sorted(scenario.branches, key=lambda team: (team.provider, team.area)):
        branch = market.open_branch(providers[team.provider], areas[team.area])
        minutes = round(team.private_hours_per_week * 60)
        if minutes:
            market.set_private_work(branch, minutes, round(team.private_people))


def build_contracts(market: Market) -> None:
    """Who holds what: named contracts, then tiers that every team in the area may serve."""
    model = market.scenario.commissioning
    tiers = {tier.code: (i, tier) for i, tier in enumerate(model.tiers)}
    held = sorted(model.contracts, key=lambda row: (row.tier, row.area, row.rank, row.provider))
    for row in held:
        index, tier = tiers[row.tier]
        if tier.holders == "contracts":
            hold(market, row, index, tier)
    for index, tier in enumerate(model.tiers):
        if tier.holders == "all_branches":
            for branch in market.branches:
                if market.serves(branch.provider, index):
                    market.give_open_contract(branch, index)
    for index, tier in enumerate(model.tiers):
        if tier.choose == "quality":
            for area in market.areas:
                area.contracts.get(index, []).sort(key=by_quality)


def by_quality(contract: Contract) -> tuple[int, str]:
    """Best rating first."""
    order = ("outstanding", "good", "not_rated", "requires_improvement", "inadequate")
    return (order.index(contract.branch.provider.rating), contract.branch.provider.code)


def hold(market: Market, row: ContractRow, index: int, tier: Tier) -> None:
    """One provider's contract in one area, from its first day on."""
    scenario = market.scenario
    area, provider = market.area(row.area), market.provider(row.provider)
    place = next(place for place in scenario.areas if place.code == row.area)
    begins = row.starts or tier_starts(scenario, row.tier, place)
    if begins is None:
        return
    principal = index in market.principal_places
    over = row.ends is not None and row.ends <= max(begins, scenario.calendar.start)
    if over and not principal:
        return
    day = days_between(scenario.calendar.start, begins)
    terms = terms_of(scenario, row, tier, place, begins)
    lapses = tier.limit_lapses_on_principal_failure
    branch = market.branch_in(provider, area)
    pay = market.pay.of(index, provider.code, terms.rate_ratio)
    contract = open_contract(branch, index, terms, limit_lapses=lapses, pay=pay)
    contract.award(terms, pay)
    if day <= 0:
        contract.begin()
        market.ledger.contracted(
            market.clock.now,
            contract.branch.id,
            index,
            -1 if terms.maximum_minutes is None else terms.maximum_minutes,
            Cause.CONTRACT_STARTED,
        )
    else:
        market.clock.process(begin_contract(market, contract))
    if row.ends is None:
        return
    ends = days_between(scenario.calendar.start, row.ends)
    if principal:
        market.clock.process(renew(market, contract, ends))
    else:
        market.clock.process(expire(market, contract, ends))
