"""Responses: what the council does for the people of a provider that closes.

Split among many is what brokerage does by itself (:mod:`sim.processes.failure`). Whole teams go to
one taker, found after the announcement or named in advance; it gets everybody, whether it has room
or not, and the carers who come. Where the council steps in, the team keeps its people and the
carers who stay, takes no new work, and goes over whole to the area's new principal, or to the team
with most room, on its last day. What follows where carers are too few (overtime, missed visits,
hand-backs) follows from the rules for everyone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sim.ledger import Stage
from sim.market.accounts import PENCE, in_house_pence
from sim.market.branch import Branch
from sim.market.contract import Contract
from sim.market.market import Market
from sim.market.package import Package
from sim.market.provider import Provider
from sim.processes.absence import is_principal
from sim.processes.scripted import ScriptedFailure
from sim.vocabulary import RESPONSES, ResponseKind

WEEKS_PER_YEAR = 52


def agreed_day(market: Market, response: ResponseKind, announced: float) -> float:
    """The day from which whole teams can be taken over."""
    days: float = getattr(market.scenario.failure, RESPONSES[response].days)
    return announced + days


def taker_of(
    market: Market, team: Branch, script: ScriptedFailure, failing: Collection[Provider]
) -> Contract | None:
    """Who takes a team over, and under which contract; None if nobody is there to take it."""
    if script.response == "emergency" or script.responder:
        provider = named(market, failing, script.responder)
        branch = None if provider is None else market.branch_in(provider, team.area)
    else:
        successor = principal_of(market, team) if script.response == "step_in" else None
        branch = successor or roomiest(team, failing)
    if branch is None or not branch.takes_new_work:
        return None
    return contract_in(market, branch)


def named(market: Market, failing: Collection[Provider], code: str | None) -> Provider | None:
    """The provider that was named, or the largest other one in the county; None if it is gone."""
    asked = [market.provider(code)] if code else market.providers
    served = {
        provider: sum(b.used_minutes for b in provider.branches if b.takes_new_work)
        for provider in asked
        # A provider that has closed, gives notice or is suspended opens no team anywhere.
        if provider not in failing and any(b.takes_new_work for b in provider.branches)
    }
    # Between equals the lowest id, which is the first code.
    return max(served, key=lambda p: (served[p], -p.id), default=None)


def principal_of(market: Market, team: Branch) -> Branch | None:
    """The team that has become the area's principal meanwhile, if one has."""
    for contracts in team.area.contracts.values():
        for contract in contracts:
            # The team's own contract runs on until it closes.
            if contract.running and is_principal(market, contract) and contract.branch is not team:
                return contract.branch
    return None


def roomiest(team: Branch, failing: Collection[Provider]) -> Branch | None:
    """The team of the area with most carer time left, of those that do not fail as well."""
    others = [b for b in team.area.branches if b.provider not in failing]
    trading = [branch for branch in others if branch.takes_new_work]
    return max(trading, key=lambda branch: (branch.free, -branch.id), default=None)


def contract_in(market: Market, branch: Branch) -> Contract:
    """The first contract, in the order of tiers, under which a team may be given work."""
    tiers = market.brokerage.phases[branch.area.phase]
    for rule in tiers:
        held = branch.contracts.get(rule.id)
        if held is not None and held in market.brokerage.asked_in(branch.area, rule):
            return held
    last = tiers[-1].id
    if last not in branch.contracts:
        market.give_open_contract(branch, last)
    return branch.contracts[last]


def standby_of(market: Market, response: ResponseKind, teams: Sequence[Branch]) -> dict[int, int]:
    """Whole carers on standby by team, shared by the work of each."""
    whole = sum(branch.used_minutes for branch in teams)
    if response != "emergency" or not whole:
        return {}
    posts, upto, given = market.scenario.failure.emergency_posts, 0, 0
    shared = {}
    for branch in teams:
        # Rounding the sums so far, not the parts: together they are all that there are.
        upto += branch.used_minutes
        due = int(posts * upto / whole + 0.5)
        shared[branch.id], given = due - given, due
    return shared


def take_over(
    market: Market,
    response: ResponseKind,
    team: Branch,
    taker: Contract,
    people: Sequence[Package],
    standby: int,
) -> None:
    """A trading team's people go to another team, after the carers who come with them."""
    carers = market.workforce.transfer(team, taker.branch, team.movers)
    market.workforce.bring_in(taker.branch, standby)
    for package in people:
        market.assign(package, taker)
    note_taking(market, response, team, taker, len(people), carers, standby)


def take_on(
    market: Market,
    response: ResponseKind,
    team: Branch,
    taker: Contract,
    people: Sequence[Package],
    standby: int,
) -> None:
    """The people of a team that has closed go to another, after the carers who waited for that."""
    carers = market.workforce.move_round(team, taker.branch, team.movers)
    market.workforce.bring_in(taker.branch, standby)
    for package in people:
        market.brokerage.assign(package, taker)
    note_taking(market, response, team, taker, len(people), carers, standby)


def note_taking(
    market: Market,
    response: ResponseKind,
    team: Branch,
    taker: Contract,
    people: int,
    carers: int,
    standby: int,
) -> None:
    """Record who took a team over."""
    rules = market.scenario.failure
    a_year = round(standby * rules.standby_gbp_per_post_week * WEEKS_PER_YEAR * PENCE)
    market.ledger.responded(
        market.clock.now, team.id, number_of(response), taker.branch.id, people, carers, standby, 0,
        a_year,
    )  # fmt: skip


def note_stepping_in(market: Market, team: Branch) -> None:
    """Record that the council runs a team from now on."""
    people = sum(p.stage is Stage.IN_SERVICE for p in team.packages.values())
    price = in_house_pence(market.scenario.money)
    market.ledger.responded(
        market.clock.now, team.id, number_of("step_in"), team.id, people, len(team.carers), 0,
        price, 0,
    )  # fmt: skip


def number_of(response: ResponseKind) -> int:
    """The place of a response among all."""
    return list(RESPONSES).index(response)
