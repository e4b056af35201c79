"""Failure: a provider stops, at once or on notice, everywhere or in some areas.

Several providers of one owner may stop together: then none of them takes the people of another.

With notice, its people are looked after until the last day while others are found for them. On
closing, everyone still with it is without cover from that moment. Whole rounds are offered first
where a tier takes them, then packages one by one, most urgent first, down the tiers without the
principal, while the framework's limits lapse and neighbouring principals help. Some of its carers
move with their people; the others look for work elsewhere or leave the sector. People who pay for
their own care call on the council as the others do, if the scenario has it so (self_funders). A
provider that returns its principal contract does the same for the people under that contract alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import assert_never
from zlib import crc32

from simpy.events import ProcessGenerator

from sim.clock import Rank
from sim.draws import PLACEBO_PROVIDER
from sim.ledger import Cause, Stage
from sim.market.branch import Branch
from sim.market.contract import Contract
from sim.market.market import Market
from sim.market.package import Package
from sim.market.provider import Provider
from sim.market.rounds import rounds
from sim.processes.absence import is_principal, principal_absent, principals_of
from sim.processes.hand_back import bar, give_notice_of
from sim.processes.procurement import reprocure
from sim.processes.responses import (
    agreed_day,
    note_stepping_in,
    standby_of,
    take_on,
    take_over,
    taker_of,
)
from sim.processes.round_offers import by_urgency, hold_back, offer_round
from sim.processes.scripted import ScriptedFailure as ScriptedFailure
from sim.processes.scripted import scripted as scripted
from sim.processes.self_funders import call_on_council, number_who_call
from sim.processes.shortfall import (
    first_of,
    lose_staff,
    note,
    providers_of,
    stop_recruiting,
    suspend,
)
from sim.randomness import uniform
from sim.scenario import Scenario
from sim.scenario.tables import parts_of
from sim.vocabulary import FAILURE_KINDS, RESPONSES

PLACEBO_PEOPLE = 3
"""The most people of a team whose closure serves as a placebo."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a failure goes, with the scenario's value where the script leaves one open."""

    staff_move_share: float
    share: float
    lasts_days: float


def extent_of(scenario: Scenario, script: ScriptedFailure) -> Extent:
    """The extent of a failure: of carers who move, of those lost, of its length."""
    rules = scenario.failure
    usual_share = FAILURE_KINDS[script.kind].usual_share
    usual: float = getattr(rules, usual_share) if usual_share else 1.0
    move = script.staff_move_share
    return Extent(
        staff_move_share=rules.staff_move_share if move is None else move,
        share=usual if script.share is None else script.share,
        lasts_days=rules.shortfall_days if script.lasts_days is None else script.lasts_days,
    )


def fail(market: Market, script: ScriptedFailure) -> ProcessGenerator:
    """Carry out a scripted failure. Nothing happens if nobody answers to the rule by then."""
    # Several failures on one day happen in an order that hangs on what they are, not on the order
    # of the table's rows.
    identity = crc32(repr(script).encode())
    yield market.clock.at(script.day, Rank.FAILURE, identity)
    teams = [
        branch
        for provider in who_fails(market, script.who)
        for branch in provider.branches
        if not branch.closed and (not script.areas or branch.area.code in script.areas)
    ]
    if teams:
        tell_of(market, teams, script)
        yield from fail_as(market, teams, script)


def tell_of(market: Market, teams: Sequence[Branch], script: ScriptedFailure) -> None:
    """Record the failure of each team that it changes something for."""
    kind = list(FAILURE_KINDS).index(script.kind)
    notice = script.notice_days if "notice_days" in FAILURE_KINDS[script.kind].uses else 0.0
    for branch in teams:
        if concerned(market, branch, script):
            market.ledger.failed(market.clock.now, branch.id, kind, market.clock.now + notice)


def concerned(market: Market, branch: Branch, script: ScriptedFailure) -> bool:
    """Whether a failure changes anything for a team that still trades."""
    if script.kind == "closure":
        # Under notice already, a team keeps its own last day unless it closes at once.
        return script.notice_days == 0 or not branch.leaving
    if script.kind == "contract_returned":
        held = branch.contracts.values()
        return not branch.leaving and any(c.running and is_principal(market, c) for c in held)
    return True


def fail_as(market: Market, teams: Sequence[Branch], script: ScriptedFailure) -> ProcessGenerator:
    """Teams fail together, in the way that the script says: a provider's, or a common owner's.

    Teams under notice take no new work anyway: all that can still happen to them is that they
    lose carers, or close before their time.
    """
    trading = [branch for branch in teams if not branch.leaving]
    extent = extent_of(market.scenario, script)
    notice, moving = script.notice_days, extent.staff_move_share
    match script.kind:
        case "closure":
            yield from close_down(market, teams, script, moving)
        case "contract_returned":
            yield from return_contracts(market, trading, notice, moving)
        case "suspension":
            yield from suspend(market, trading, extent.lasts_days)
        case "staff_loss":
            lose_staff(market, teams, extent.share)
        case "recruitment_stop":
            yield from stop_recruiting(market, teams, extent.share, extent.lasts_days)
        case _:
            assert_never(script.kind)


def who_fails(market: Market, who: str) -> list[Provider]:
    """The providers that a rule means at this moment: one, several of one owner, or none.

    An area with several principals is named by them, not by its code: ``checks`` says so.
    """
    kind, code = parts_of(who)
    if kind == "provider":
        return [market.provider(code)]
    if kind == "owner":
        return market.owned_by(code)
    if kind == "principal":
        held = principals_of(market, market.area(code))
        return [held[0].branch.provider] if held else []
    served: dict[Provider, int] = {}
    for branch in market.branches:
        if not branch.closed and code in ("", branch.area.code):
            served[branch.provider] = served.get(branch.provider, 0) + branch.used_minutes
    # Between equals the lowest id, which is the first code.
    return sorted(served, key=lambda p: (-served[p], p.id))[:1]


def usual_notice(market: Market, teams: Sequence[Branch], *, of_principals: bool = False) -> float:
    """The notice that a provider gives before it stops or, ``of_principals``, returns contracts.

    The longest that the contracts of these teams ask for; one that says nothing asks for what is
    usual.
    """
    usual = market.scenario.failure.usual_notice_days
    asked = [
        usual if contract.terms.notice_days is None else contract.terms.notice_days
        for branch in teams
        for contract in branch.contracts.values()
        if contract.lot
        and contract.running
        and (not of_principals or is_principal(market, contract))
    ]
    return max(asked, default=usual)


def placebo(market: Market, barred: Sequence[str] = ()) -> str:
    """The code of a team of one to three people, chosen by chance; empty if there is none.

    It is let close where an effect of another failure is looked for: what the county's difference
    comes to when next to nothing happens. People are all whom it serves, whoever pays; a team with
    a contract of its own is no small matter. ``barred``: codes of providers that fail anyway.
    """
    few = [
        branch.code
        for branch in market.branches
        if branch.provider.code not in barred
        and not branch.closed
        and not any(contract.lot for contract in branch.contracts.values())
        and 1 <= len(branch.packages) + number_who_call(market, branch) <= PLACEBO_PEOPLE
    ]
    if not few:
        return ""
    return few[int(uniform(market.draws.key("placebo", ""), PLACEBO_PROVIDER) * len(few))]


def provider_and_areas(code: str) -> tuple[str, tuple[str, ...]]:
    """Whom a code means and, if it is a team's, the area: as a script has them."""
    if parts_of(code)[0] == "owner":
        return code, ()
    provider, _, area = code.partition(":")
    return provider, (area,) if area else ()


def close_down(
    market: Market,
    teams: Sequence[Branch],
    script: ScriptedFailure,
    staff_move_share: float,
) -> ProcessGenerator:
    """Notice, if any; the last day; what the council does; and the end of the carers' wait."""
    announced, response = market.clock.now, script.response
    whole = RESPONSES[response].takes_whole_teams
    if script.notice_days > 0:
        # A team that is about to close already keeps its own last day, unless this one is sooner.
        untold = [branch for branch in teams if not branch.leaving]
        if untold:
            give_notice(market, untold, announced + script.notice_days, seek=not whole)
        yield market.clock.at(announced + script.notice_days, Rank.FAILURE, first_of(teams))
    # Some may have closed on another notice, or at once, while this one ran.
    closing = [branch for branch in teams if not branch.closed]
    if not closing:
        return
    if response == "step_in":
        last_day = market.clock.now + market.scenario.failure.step_in_days
        step_in(market, closing, staff_move_share, last_day)
        yield market.clock.at(last_day, Rank.FAILURE, first_of(teams))
        # In the council's hands too, a team may have closed meanwhile.
        closing = [branch for branch in closing if not branch.closed]
        if closing:
            # Whoever has stayed until now goes on with the team.
            yield from hand_over_teams(market, closing, script, 1.0, last_day)
        return
    if whole:
        agreed = agreed_day(market, response, announced)
        yield from hand_over_teams(market, closing, script, staff_move_share, agreed)
        return
    people = close(market, closing, staff_move_share)
    yield from carers_wait(market, closing, people)


def step_in(
    market: Market,
    teams: Sequence[Branch],
    staff_move_share: float,
    last_day: float,
) -> None:
    """The council runs the teams, with the carers who stay, until a last day."""
    untold = [branch for branch in teams if not branch.leaving]
    note(market, teams, Cause.STEPPED_IN)
    for branch in teams:
        branch.last_day = last_day
        market.workforce.go_on_with(branch, staff_move_share)
        note_stepping_in(market, branch)
    if untold:
        give_notice(market, untold, last_day, seek=False)


def hand_over_teams(
    market: Market,
    teams: Sequence[Branch],
    script: ScriptedFailure,
    staff_move_share: float,
    agreed: float,
) -> ProcessGenerator:
    """Whole teams go to their takers: on the last day if that is agreed by then, else later."""
    for branch in teams:
        call_on_council(market, branch)
    standby, failing = standby_of(market, script.response, teams), providers_of(teams)
    left: list[Package] = []
    if market.clock.now >= agreed:
        for branch in teams:
            taker = taker_of(market, branch, script, failing)
            if taker is not None:
                branch.await_moves(int(staff_move_share * branch.productive + 0.5))
                people = sorted(branch.packages.values(), key=by_urgency)
                more = standby.get(branch.id, 0)
                take_over(market, script.response, branch, taker, people, more)
                branch.await_moves(0)
        left = close(market, teams, staff_move_share)
    else:
        # Who is accepted and not yet visited is the team's too, though no carer comes with them.
        team_of = {person: branch for branch in teams for person in branch.packages}
        people = close(market, teams, staff_move_share, offer=False)
        spells = {package.id: package.spells for package in people}
        yield market.clock.at(agreed, Rank.FAILURE, first_of(teams))
        for branch in teams:
            # Some have gone to hospital or left meanwhile.
            mine = [p for p in people if team_of[p.id] is branch]
            seeking = [p for p in mine if p.seeking and p.spells == spells[p.id]]
            taker = taker_of(market, branch, script, failing)
            if taker is not None:
                more = standby.get(branch.id, 0)
                take_on(market, script.response, branch, taker, seeking, more)
                continue
            left += seeking
            for package in seeking:
                market.brokerage.seek(package)
    yield from carers_wait(market, teams, left)


def give_notice(
    market: Market,
    teams: Sequence[Branch],
    last_day: float,
    *,
    seek: bool = True,
) -> None:
    """No new work from now on; a new provider is sought for everyone it serves.

    ``seek``: False where whole teams will be taken over, so that nobody is offered alone.
    """
    for branch in teams:
        branch.give_notice(last_day, whole=not seek)
    note(market, teams, Cause.NOTICE_GIVEN)
    for branch in teams:
        call_on_council(market, branch)
        if not seek:
            principal_gone(market, branch)
            continue
        leaving = [
            p for p in branch.packages.values() if p.stage is Stage.IN_SERVICE and not p.seeking
        ]
        principal_gone(market, branch)
        for package in sorted(leaving, key=by_urgency):
            market.join_leaving(package)
        for package in sorted(leaving, key=by_urgency):
            market.brokerage.seek(package)


def close(
    market: Market,
    teams: Sequence[Branch],
    staff_move_share: float,
    *,
    offer: bool = True,
) -> list[Package]:
    """The provider's last moment, in all these areas at once; whom it leaves without cover.

    ``offer``: False where a taker of whole teams is still to be found.
    """
    # Where notice was given, the area has lacked a principal, and sought one, since then.
    was_leaving = [branch.leaving for branch in teams]
    for branch in teams:
        branch.close()
    note(market, teams, Cause.CLOSED)
    left: list[Package] = []
    for branch, knew in zip(teams, was_leaving, strict=True):
        if not knew:
            principal_gone(market, branch)
        for contract in list(branch.contracts.values()):
            end_contract(market, contract)
        call_on_council(market, branch)
        people = list(branch.packages.values())
        market.workforce.stop_waiting(branch)
        market.workforce.close(branch, staff_move_share)
        left += lose_provider(market, branch, people, Cause.PROVIDER_FAILED, offer=offer)
    return left


def return_contracts(
    market: Market,
    teams: Sequence[Branch],
    notice_days: float,
    staff_move_share: float,
) -> ProcessGenerator:
    """A provider gives up its principal contracts and goes on with its other work."""
    returned = [
        contract
        for branch in teams
        for contract in branch.contracts.values()
        if contract.running and is_principal(market, contract)
    ]
    if not returned:
        return
    for contract in returned:
        reprocure_soon(market, contract, contract.maximum_minutes)
        contract.end()
        contract.drop_hours()
    for contract in returned:
        principal_absent(market, contract.branch.area)
        for package in sorted(held_under(contract), key=by_urgency):
            # Who was told before of a hand-back leaves on that day, whichever contract ends.
            if notice_days > 0 and package.leaves_day == inf:
                tell(market, package, notice_days)
    yield market.clock.at(market.clock.now + notice_days, Rank.FAILURE, first_of(teams))
    ending = [contract for contract in returned if not contract.branch.closed]
    left: list[Package] = []
    for contract in ending:
        left += end_returned(market, contract, staff_move_share)
    yield from carers_wait(market, [contract.branch for contract in ending], left)


def tell(market: Market, package: Package, notice_days: float) -> None:
    """Someone's contract will end: another provider is sought now, or once they are back home."""
    if package.stage is Stage.IN_SERVICE:
        give_notice_of(market, package, notice_days, Cause.CONTRACT_RETURNED)
        return
    package.leaves_day = market.clock.now + notice_days
    package.leaving_cause = Cause.CONTRACT_RETURNED
    bar(market, package, package.leaves_day + market.scenario.overload.no_reoffer_days)
    market.record(package, Cause.HAND_BACK_NOTICE)


def end_returned(market: Market, contract: Contract, staff_move_share: float) -> list[Package]:
    """The last moment of a contract that was returned; whom it leaves without cover."""
    branch, people = contract.branch, held_under(contract)
    # A team may hold a contract and serve nobody.
    work = sum(package.minutes for package in people) / max(1, branch.used_minutes)
    market.ledger.contracted(
        market.clock.now, branch.id, contract.tier, -1, Cause.CONTRACT_RETURNED
    )
    market.workforce.let_go_with_work(branch, work, staff_move_share)
    until = market.clock.now + market.scenario.overload.no_reoffer_days
    for package in people:
        bar(market, package, until)
    return lose_provider(market, branch, people, Cause.CONTRACT_RETURNED)


def held_under(contract: Contract) -> list[Package]:
    """People with a branch under one of its contracts."""
    return [p for p in contract.branch.packages.values() if p.tier == contract.tier]


def principal_gone(market: Market, branch: Branch) -> None:
    """Where a principal stops for good, its area is without one and a successor is sought."""
    for contract in list(branch.contracts.values()):
        if contract.running and is_principal(market, contract):
            reprocure_soon(market, contract, contract.maximum_minutes)
            principal_absent(market, branch.area)


def reprocure_soon(market: Market, contract: Contract, maximum_minutes: int | None) -> None:
    """Begin an emergency procurement of a contract's hours."""
    market.clock.process(reprocure(market, contract, maximum_minutes))


def end_contract(market: Market, contract: Contract) -> None:
    """A contract runs no more, or never will; those that ran with a maximum are worth a fact."""
    # Asked before it ends: a contract that never began leaves no fact of an end.
    ran = contract.running
    contract.end()
    maximum = contract.maximum_minutes
    if ran and maximum is not None:
        market.ledger.contracted(
            market.clock.now, contract.branch.id, contract.tier, maximum, Cause.CONTRACT_ENDED
        )


def lose_provider(
    market: Market, branch: Branch, people: Sequence[Package], cause: Cause, *, offer: bool = True
) -> list[Package]:
    """These people are without a provider: whole rounds are offered first, then one by one.

    Returned are those who seek another now; the others are in hospital. ``offer``: False where they
    are held back for a taker of whole teams.
    """
    served = [package for package in people if package.stage is Stage.IN_SERVICE]
    minutes = sum(package.minutes for package in served)
    carers_per_minute = branch.movers / minutes if minutes else 0.0
    cut = rounds(served, market.scenario.travel.visits_per_round) if served else []
    seeking = []
    for package in sorted(people, key=by_urgency):
        was_served = package.stage is Stage.IN_SERVICE
        # In hospital: they seek another provider once they are back.
        if not market.displace(package, cause):
            continue
        if was_served:
            package.staff_from = branch
            package.staff_carers = carers_per_minute * package.minutes
        seeking.append(package)
    if not offer:
        hold_back(seeking)
        return seeking
    in_rounds = set()
    if market.brokerage.takes_rounds(branch.area):
        for number, homes in enumerate(sorted(cut, key=most_urgent_first)):
            in_rounds |= {package.id for package in homes}
            hold_back(homes)
            market.clock.process(offer_round(market, branch, homes, number))
    for package in seeking:
        if package.id not in in_rounds:
            market.brokerage.seek(package)
    return seeking


def carers_wait(
    market: Market, teams: Sequence[Branch], people: Sequence[Package]
) -> ProcessGenerator:
    """Carers who would move wait for their people to be placed, and then look elsewhere.

    From then on nobody comes with those people. A team that has closed meanwhile began a wait of
    its own.
    """
    were_closed = [branch.closed for branch in teams]
    ends = market.clock.now + market.scenario.failure.staff_wait_days
    yield market.clock.at(ends, Rank.FAILURE, first_of(teams))
    for branch, was_closed in zip(teams, were_closed, strict=True):
        if branch.closed == was_closed:
            market.workforce.stop_waiting(branch)
    for package in people:
        if package.staff_from in teams:
            package.staff_from, package.staff_carers = None, 0.0


def most_urgent_first(homes: Sequence[Package]) -> tuple[float, int]:
    """The order in which rounds are offered."""
    return (sum(package.urgency for package in homes) / len(homes), homes[0].id)
