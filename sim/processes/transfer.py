"""Transfer: when an area goes live, existing work moves over in whole rounds.

What the principal and the framework's providers serve already comes under their contracts at once.
The other teams lose one round a stage at most, until the split that the contracts foresee is
reached. A round stays where it is if too many of its people are vulnerable or choose to stay on a
direct payment, if its provider has lost as much as the council lets it lose, or would not survive
the loss, or if nobody has room. Carers of a round may move with it. Each round's outcome is
recorded, so that the tables say why the split was reached or not.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from simpy.events import ProcessGenerator

from sim.clock import DAYS_PER_YEAR, Rank
from sim.commissioning import in_turn
from sim.draws import ROLL_OUT_CHOICE
from sim.ledger import Cause, Considered, Payer, Stage
from sim.market.area import Area
from sim.market.branch import Branch
from sim.market.contract import Contract
from sim.market.market import Market
from sim.market.offer_rule import OfferRule
from sim.market.package import Package
from sim.market.provider import Provider
from sim.market.rounds import Round, minutes_of, rounds
from sim.processes.care import QUARTER_HOUR
from sim.processes.hand_back import is_barred
from sim.processes.round_offers import fits
from sim.randomness import uniform

MONTH_DAYS = DAYS_PER_YEAR / 12
# Assumption: room may come up as holders recruit, but a team is not looked at for ever.
TRIES_WITHOUT_ROOM = 12


@dataclass(slots=True)
class Transition:
    """The move of one area's work: what each provider had and lost, and which teams are done."""

    area: Area
    volume: dict[Provider, int]
    lost: dict[Provider, int] = field(default_factory=dict)
    month: int = 0
    stays: set[int] = field(default_factory=set)
    done: set[int] = field(default_factory=set)
    no_room: dict[int, int] = field(default_factory=dict)


def move_existing_work(market: Market, area: Area) -> ProcessGenerator:
    """Stage by stage, until the split is reached or no round is left that may move."""
    rules = market.scenario.rollout
    for contract in takers(market, area):
        bring_own_work(market, contract)
    began = market.clock.now
    volume = {p: council_minutes(market, p) for p in market.providers}
    transition = Transition(area, volume)
    day = began + rules.decision_days
    while True:
        yield market.clock.at(day, Rank.CONTRACT, area.id)
        month = int((market.clock.now - began) / MONTH_DAYS)
        if rules.loss_cap_period == "month" and month > transition.month:
            transition.month = month
            transition.lost.clear()
        teams = [b for b in area.branches if may_lose_work(b) and b.id not in transition.done]
        if not teams:
            return
        if split_reached(market, area):
            for branch in teams:
                all_stay(market, transition, branch)
            return
        for branch in teams:
            one_round(market, transition, branch)
        day += rules.stage_days


def takers(market: Market, area: Area) -> list[Contract]:
    """The contracts with a maximum: the principal's, then the framework's, by rank within each."""
    return [
        contract
        for rule in market.brokerage.phases[area.phase]
        for contract in takers_under(market, area, rule)
    ]


def takers_under(market: Market, area: Area, rule: OfferRule) -> list[Contract]:
    """Those of one tier."""
    return [
        contract
        for contract in market.brokerage.asked_in(area, rule)
        if contract.lot and contract.maximum_minutes is not None
    ]


def council_minutes(market: Market, provider: Provider) -> int:
    """What a provider serves under the council's tiers, in every area."""
    return sum(
        contract.used_minutes
        for branch in provider.branches
        for contract in branch.contracts.values()
        if contract.tier != market.direct_payment
    )


def split_reached(market: Market, area: Area) -> bool:
    """Whether no contract has room for another quarter hour; never while a principal is missing."""
    held = [] if area.principal_missing else takers(market, area)
    full = (not contract.foresees(QUARTER_HOUR) for contract in held)
    return bool(held) and all(full)


def may_lose_work(branch: Branch) -> bool:
    """Teams that hold no contract of their own in the area, and trade."""
    holds = any(contract.lot for contract in branch.contracts.values())
    return not (branch.closed or branch.leaving or holds)


def served_by(market: Market, branch: Branch) -> list[Package]:
    """People whom a team serves under the council's tiers and goes on serving."""
    return [
        package
        for package in branch.packages.values()
        if package.stage is Stage.IN_SERVICE
        and package.tier != market.direct_payment
        and package.payer is Payer.COUNCIL
        and not package.seeking
    ]


def bring_own_work(market: Market, contract: Contract) -> None:
    """A holder's existing work comes under its new contract, as far as the contract goes."""
    branch = contract.branch
    for package in sorted(branch.packages.values(), key=lambda package: package.id):
        outside = package.tier != market.direct_payment and not branch.contracts[package.tier].lot
        if outside and contract.has_room(package.minutes, principal_missing=False):
            market.change_contract(package, contract, Cause.CONTRACT_STARTED)


def one_round(market: Market, transition: Transition, branch: Branch) -> None:
    """Move one round of a team, or find out why none may move."""
    for homes_of_round in rounds_left(market, transition, branch):
        outcome = try_to_move(market, transition, branch, homes_of_round)
        # These people stay for good, so the team's next round is looked at at once.
        if outcome is Considered.TOO_MANY_CANNOT_MOVE:
            transition.stays |= {package.id for package in homes_of_round}
            continue
        if outcome is not Considered.MOVED:
            wait_or_stop(market, transition, branch, outcome)
        return
    transition.done.add(branch.id)


def rounds_left(market: Market, transition: Transition, branch: Branch) -> list[Round]:
    """A team's homes in rounds, without the rounds that stay for good."""
    homes = [p for p in served_by(market, branch) if p.id not in transition.stays]
    return rounds(homes, market.scenario.travel.visits_per_round)


def all_stay(market: Market, transition: Transition, branch: Branch) -> None:
    """Nobody needs to move any more: every round of a team stays."""
    for homes in rounds_left(market, transition, branch):
        consider(market, branch, homes, None, Considered.SPLIT_REACHED)


def wait_or_stop(
    market: Market, transition: Transition, branch: Branch, outcome: Considered
) -> None:
    """Without room, or with a monthly limit, a team is looked at again; else it is done."""
    monthly = market.scenario.rollout.loss_cap_period == "month"
    if outcome is Considered.NOBODY_HAS_ROOM:
        tries = transition.no_room.get(branch.id, 0) + 1
        transition.no_room[branch.id] = tries
        if tries < TRIES_WITHOUT_ROOM:
            return
    elif outcome is Considered.LIMIT_OF_PROVIDERS_LOSS and monthly:
        return
    transition.done.add(branch.id)


def try_to_move(market: Market, transition: Transition, branch: Branch, homes: Round) -> Considered:
    """Decide on one round, and carry the decision out."""
    rules, provider = market.scenario.rollout, branch.provider
    vulnerable = [package for package in homes if package.vulnerable]
    by_choice = [package for package in homes if not package.vulnerable and stays(market, package)]
    moving = [p for p in homes if p not in vulnerable and p not in by_choice]
    minutes = minutes_of(moving)
    lost = transition.lost.get(provider, 0)
    limit = rules.provider_loss_cap * transition.volume.get(provider, 0)
    taker = None
    if not moving or len(homes) - len(moving) > rules.round_unmovable_share * len(homes):
        outcome = Considered.TOO_MANY_CANNOT_MOVE
    elif lost + minutes > limit:
        outcome = Considered.LIMIT_OF_PROVIDERS_LOSS
    elif provider.work_minutes - minutes < rules.viable_hours_per_week * 60:
        outcome = Considered.PROVIDER_WOULD_NOT_SURVIVE
    else:
        carers = carers_who_move(market, branch, moving)
        taker = taker_of(market, transition.area, moving, carers)
        outcome = Considered.NOBODY_HAS_ROOM if taker is None else Considered.MOVED
    if taker is None:
        consider(market, branch, homes, None, outcome)
        return outcome
    transition.lost[provider] = lost + minutes
    # Carers first, so that the people find room.
    came = market.workforce.transfer(branch, taker.branch, carers)
    consider(market, branch, homes, taker.branch, outcome, came)
    for package in moving:
        market.hand_over(package, taker, Cause.TRANSFERRED)
    for package in by_choice:
        market.to_direct_payment(package, branch)
    return outcome


def stays(market: Market, package: Package) -> bool:
    """Whether a person would rather stay with their provider, on a direct payment."""
    return uniform(package.key, ROLL_OUT_CHOICE) < market.scenario.rollout.direct_payment_share


def carers_who_move(market: Market, branch: Branch, homes: list[Package]) -> int:
    """Whole carers who go with a round."""
    share = market.scenario.rollout.staff_move_share
    return min(branch.productive, int(share * minutes_of(homes) / branch.carer_minutes + 0.5))


def taker_of(market: Market, area: Area, homes: list[Package], carers: int) -> Contract | None:
    """The first holder whose contract and team have room for all, and that has no bar on any."""
    minutes = minutes_of(homes)
    held = [
        contract
        for rule in market.brokerage.phases[area.phase]
        for contract in in_turn(rule, takers_under(market, area, rule), homes[0])
    ]
    for contract in held:
        provider = contract.branch.provider
        room = contract.foresees(minutes)
        barred = any(is_barred(market, package, provider) for package in homes)
        if room and not barred and fits(contract.branch, homes, carers):
            return contract
    return None


def consider(
    market: Market,
    branch: Branch,
    homes: Round,
    taker: Branch | None,
    outcome: Considered,
    carers: int = 0,
) -> None:
    """Record what became of a round."""
    vulnerable = sum(package.vulnerable for package in homes)
    by_choice = sum(not p.vulnerable and stays(market, p) for p in homes)
    market.ledger.round_considered(
        market.clock.now,
        branch.id,
        -1 if taker is None else taker.id,
        len(homes),
        minutes_of(homes),
        vulnerable,
        by_choice,
        carers,
        outcome,
    )
