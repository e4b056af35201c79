"""What must be true of a market's books at every moment, whatever fails or strikes.

The laws of :mod:`sim.laws` compare the books with the ledger; these compare them with each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import inf

from sim.commissioning import Answer, answer, may_be_asked
from sim.ledger import BRIDGING, ON_LIST, Cause, Stage
from sim.market.area import Area
from sim.market.branch import Branch
from sim.market.market import Market
from sim.market.package import Package
from sim.processes.absence import has_principal, is_principal
from sim.processes.hand_back import is_barred

SERVED = (Stage.RESERVED, Stage.RESERVED_BRIDGED, Stage.IN_SERVICE, Stage.INTERRUPTED)


def people(market: Market) -> Iterator[Package]:
    """Everyone with a provider or on a list."""
    for branch in market.branches:
        yield from branch.packages.values()
    for area in market.areas:
        yield from area.list.packages


def faults(market: Market) -> list[str]:
    """Everything that is wrong with the market's books now."""
    return [
        *(fault for branch in market.branches for fault in faults_of_team(branch)),
        *(fault for area in market.areas for fault in faults_of_area(market, area)),
        *(fault for area in market.areas for fault in faults_of_list(area)),
        *faults_of_bridging(market),
        *(f"{package} could go to {code}" for package, code in acceptable(market)),
    ]


def faults_of_team(branch: Branch) -> Iterator[str]:
    by_tier: Counter[int] = Counter(dict.fromkeys(branch.contracts, 0))
    for package in branch.packages.values():
        by_tier[package.tier] += package.minutes
        if package.branch is not branch or package.stage not in SERVED:
            yield f"{branch.code}: {package.id} is not its own"
    used = {tier: contract.used_minutes for tier, contract in branch.contracts.items()}
    if used != by_tier or branch.used_minutes != by_tier.total():
        yield f"{branch.code}: contracts {used} but packages {dict(by_tier)}"
    held = sum(p.minutes for p in branch.packages.values() if p.stage is Stage.INTERRUPTED)
    if (branch.homes, branch.held_minutes) != (len(branch.packages), held):
        yield f"{branch.code}: homes or held places"
    if branch.productive != sum(carer.productive for carer in branch.carers):
        yield f"{branch.code}: carers who work alone"
    if branch.closed and (branch.packages or branch.carers or branch.posts):
        yield f"{branch.code}: closed, but has people, carers or posts"
    if branch.closed and branch.private_minutes:
        yield f"{branch.code}: closed, but has private work"
    if branch.closed and any(c.running or c.lot for c in branch.contracts.values()):
        yield f"{branch.code}: closed, but holds a contract"
    yield from faults_of_room(branch)


def faults_of_room(branch: Branch) -> Iterator[str]:
    room, reach, free = branch.room, branch.reach, branch.free
    branch.set_room()
    if not branch.unlimited and (room, reach, free) != (branch.room, branch.reach, branch.free):
        yield f"{branch.code}: room"


def faults_of_area(market: Market, area: Area) -> Iterator[str]:
    began = {
        market.ledger.labels.branch_area[int(branch)]
        for _, branch, tier, _, cause in market.ledger.rows("contracted")
        if tier in market.principal_places and cause == Cause.CONTRACT_STARTED
    }
    if area.principal_missing != (area.id in began and not has_principal(market, area)):
        yield f"{area.code}: principal_missing is {area.principal_missing}"
    held = [contract for of_tier in area.contracts.values() for contract in of_tier]
    if len(held) != len(set(held)):
        yield f"{area.code}: a contract is given twice"
    if not area.principal_missing and any(c.emergency and c.running for c in held):
        yield f"{area.code}: neighbours help, but a principal is there"
    principals = [c for c in held if is_principal(market, c) and c.lot and not c.branch.leaving]
    for lot in {(c.tier, c.terms.lot_number) for c in principals}:
        of_lot = [c for c in principals if (c.tier, c.terms.lot_number) == lot]
        if len(of_lot) > 1 + area.principal_missing + any(not c.running for c in of_lot):
            yield f"{area.code}: principals {[c.branch.code for c in of_lot]}"
    for branch in area.branches:
        for tier, contract in branch.contracts.items():
            if contract.running and contract not in area.contracts[tier]:
                yield f"{branch.code}: runs a contract that nobody asks"
    for rule in market.brokerage.rules:
        if rule.id in market.brokerage.ended:
            continue
        now = market.brokerage.asked_in(area, rule)
        if now != [c for c in area.contracts.get(rule.id, ()) if may_be_asked(rule, c)]:
            yield f"{area.code}: asks yesterday's holders of {rule.tier.code}"


def faults_of_list(area: Area) -> Iterator[str]:
    for package in area.list.packages:
        if not package.seeking or package.branch is not None or package.stage not in ON_LIST:
            yield f"{package.id} should not be on the list"
    for package in area.leaving.packages:
        branch = package.branch
        stops = branch is not None and (branch.leaving or package.leaves_day < inf)
        if not (package.seeking and stops and package.stage is Stage.IN_SERVICE):
            yield f"{package.id} should not be on the list of those about to leave"
    for waiting in (area.list, area.leaving):
        places = [package.list_priority for package in waiting.packages]
        if places != sorted(places):
            yield f"{area.code}: the order of the list"


def faults_of_bridging(market: Market) -> Iterator[str]:
    everybody = list(people(market))
    if len({package.id for package in everybody}) != len(everybody):
        yield "somebody stands in two places"
    bridged = sum(package.minutes for package in everybody if package.stage in BRIDGING)
    if bridged != market.bridging.used_minutes:
        yield f"in-house team: {market.bridging.used_minutes} minutes, people {bridged}"
    on_lists = [package for area in market.areas for package in area.list.packages]
    unbridged = {package.id for package in on_lists if package.stage is not Stage.BRIDGED}
    if unbridged != {package.id for package in market.bridging.unbridged.packages}:
        yield "in-house team: who waits"


def acceptable(market: Market, *, barred_too: bool = False) -> list[tuple[int, str]]:
    """Law 5: standing packages that somebody who is asked would take this very moment.

    ``barred_too``: also those who handed them back lately, for worlds in which nobody does.
    """
    brokerage = market.brokerage
    return [
        (package.id, contract.branch.code)
        for area in market.areas
        for package in (*area.list.packages, *area.leaving.packages)
        if not package.offer_open
        for rule in brokerage.phases[area.phase]
        if rule.concerns(package)
        for contract in brokerage.asked_in(area, rule)
        if contract.branch is not package.branch
        and (barred_too or not is_barred(market, package, contract.branch.provider))
        and answer(rule, contract, package) is Answer.ACCEPTS
    ]
