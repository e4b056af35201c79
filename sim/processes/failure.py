"""Failure: a provider stops, at once or on notice, in every area it holds.

With notice, its people are looked after until the last day while others are found for them. On
closing, everyone still with it is without cover from that moment; they are offered again, most
urgent first, down the tiers without the principal, while the framework's limits lapse. Some of its
carers move with their people; the others look for work elsewhere or leave the sector.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simpy.events import ProcessGenerator

from sim.clock import Rank
from sim.ledger import BRIDGING, Cause, Stage
from sim.market.branch import Branch
from sim.market.market import Market
from sim.market.package import Package
from sim.market.provider import Provider
from sim.processes.procurement import reprocure


@dataclass(frozen=True, slots=True)
class ScriptedFailure:
    """A failure to be simulated.

    ``who``: ``principal:AREA``, ``largest``, ``largest:AREA`` or a provider's code. ``day``: when
    it closes (or, with notice, gives notice). ``notice_days``: 0 is a sudden closure.
    ``staff_move_share``: carers who move with their people; None takes the scenario's.
    """

    who: str
    day: float
    notice_days: float = 0.0
    staff_move_share: float | None = None


Kind = Literal["principal", "largest", "provider"]


def parts_of(who: str) -> tuple[Kind, str]:
    """Split a rule into its kind and the area or provider it names."""
    head, _, code = who.partition(":")
    if head == "principal":
        return "principal", code
    if head == "largest":
        return "largest", code
    return "provider", who


def fail(market: Market, script: ScriptedFailure) -> ProcessGenerator:
    """Carry out a scripted failure. Nothing happens if nobody answers to the rule by then."""
    yield market.clock.at(script.day, Rank.FAILURE, 0)
    provider = who_fails(market, script.who)
    if provider is None or provider.closed or provider.leaving:
        return
    if script.notice_days > 0:
        give_notice(market, provider)
        yield market.clock.at(market.clock.now + script.notice_days, Rank.FAILURE, provider.id)
    share = script.staff_move_share
    close(market, provider, market.scenario.failure.staff_move_share if share is None else share)
    yield market.clock.at(
        market.clock.now + market.scenario.failure.staff_wait_days, Rank.FAILURE, provider.id
    )
    for branch in provider.branches:
        market.workforce.stop_waiting(branch)


def who_fails(market: Market, who: str) -> Provider | None:
    """The provider that a rule means at this moment."""
    kind, code = parts_of(who)
    if kind == "provider":
        return market.provider(code)
    if kind == "principal":
        for contracts in market.area(code).contracts.values():
            for contract in contracts:
                if contract.running and is_principal(market, contract.tier):
                    return contract.branch.provider
        return None
    served: dict[Provider, int] = {}
    for branch in market.branches:
        if not branch.provider.closed and code in ("", branch.area.code):
            served[branch.provider] = served.get(branch.provider, 0) + branch.used_minutes
    return max(served, key=lambda p: (served[p], -p.id), default=None)


def is_principal(market: Market, tier: int) -> bool:
    """Whether a tier is the one that principal providers hold."""
    model = market.scenario.commissioning
    return model.tiers[tier].code == model.principal_tier


def give_notice(market: Market, provider: Provider) -> None:
    """No new work from now on; a new provider is sought for everyone it serves."""
    provider.leaving = True
    market.brokerage.holders_changed()
    market.ledger.traded(market.clock.now, provider.id, Cause.NOTICE_GIVEN)
    for branch in provider.branches:
        leaving = [p for p in branch.packages.values() if p.stage is Stage.IN_SERVICE]
        open_to_others(market, branch)
        for package in sorted(leaving, key=by_urgency):
            market.join_leaving(package)
        for package in sorted(leaving, key=by_urgency):
            market.brokerage.seek(package)


def open_to_others(market: Market, branch: Branch) -> None:
    """Where a principal stops taking work, framework limits lapse and a successor is sought."""
    for contract in branch.contracts.values():
        if contract.running and is_principal(market, contract.tier):
            branch.area.principal_missing = True
            market.clock.process(reprocure(market, contract))
            market.brokerage.area_changed(branch.area)


def close(market: Market, provider: Provider, staff_move_share: float) -> None:
    """The provider's last moment, in all its areas at once."""
    was_leaving = provider.leaving
    provider.closed = True
    market.brokerage.holders_changed()
    market.ledger.traded(market.clock.now, provider.id, Cause.CLOSED)
    for branch in provider.branches:
        if not was_leaving:
            open_to_others(market, branch)
        for contract in branch.contracts.values():
            if contract.running:
                contract.running = False
                record_contract_end(market, branch, contract.tier)
        per_minute = share_of_staff(market, branch, staff_move_share)
        lose_provider(market, branch, per_minute)


def record_contract_end(market: Market, branch: Branch, tier: int) -> None:
    """Only contracts with a maximum are worth a fact."""
    maximum = branch.contracts[tier].maximum_minutes
    if maximum is not None:
        market.ledger.contracted(market.clock.now, branch.id, tier, maximum, Cause.CONTRACT_ENDED)


def share_of_staff(market: Market, branch: Branch, staff_move_share: float) -> float:
    """Close the branch's books on staff; carers who move with each minute a week of care."""
    minutes = sum(p.minutes for p in branch.packages.values() if p.stage is Stage.IN_SERVICE)
    market.workforce.close(branch, staff_move_share)
    return branch.movers / minutes if minutes else 0.0


def lose_provider(market: Market, branch: Branch, carers_per_minute: float) -> None:
    """Everyone with the branch is without a provider; the most urgent are offered first."""
    seeking: list[Package] = []
    for package in sorted(branch.packages.values(), key=by_urgency):
        if package.seeking:
            market.leave_list(package)
        bridged = package.stage in BRIDGING
        served = package.stage is Stage.IN_SERVICE
        market.release(package)
        if bridged:
            market.bridging.freed(package.minutes)
        if package.stage is Stage.INTERRUPTED:
            package.hold_until = float("inf")
            market.record(package, Cause.PROVIDER_FAILED)
            continue
        if served:
            package.staff_from = branch
            package.staff_carers = carers_per_minute * package.minutes
        else:
            package.spells += 1
        market.join_list(package, Cause.PROVIDER_FAILED)
        seeking.append(package)
    branch.private_minutes = 0
    branch.private_homes = 0
    branch.set_room()
    for package in seeking:
        market.brokerage.seek(package)


def by_urgency(package: Package) -> tuple[int, int]:
    """The order in which people who lose their provider are helped."""
    return (package.urgency, package.id)
