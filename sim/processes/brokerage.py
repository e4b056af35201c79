"""Brokerage: the council's team offers each package down the tiers of its area's model.

A package joins the queue of a limited team, most urgent first. Once handled, it is offered to the
first tier of the phase that holds in its area; each answer takes time; if nobody in a tier takes
it, the next tier is asked. A package that all refuse stands open on the interim care list: the
moment anything changes in its favour, the providers where it changed are asked again at once
(:meth:`Brokerage.offer_again`), the list in its order, each package that fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from math import inf

from simpy import Event

from sim.clock import Rank
from sim.commissioning import (
    Answer,
    answer,
    answers,
    chosen,
    extra_minutes,
    in_turn,
    may_be_asked,
    offer_rules,
)
from sim.draws import GIVING_UP, PATIENCE
from sim.ledger import Cause, Stage
from sim.market.area import Area
from sim.market.branch import Branch
from sim.market.changes import Changed
from sim.market.contract import Contract
from sim.market.market import Market
from sim.market.offer_rule import OfferRule
from sim.market.package import Package, Priority
from sim.processes.care import care
from sim.processes.hand_back import is_barred, seek_another
from sim.randomness import exponential, uniform


@dataclass(frozen=True, slots=True)
class Turn:
    """The order in which a tier's holders are asked about one package, and who has answered."""

    spell: int
    tier: int
    order: tuple[Contract, ...]
    heard: set[Contract] = field(default_factory=set)


class Brokerage:
    """The team, its queue, and the offers under way."""

    def __init__(self, market: Market) -> None:
        rules = market.scenario.brokerage
        self.market = market
        self.clock = market.clock
        self.rules = offer_rules(market.scenario, market.pay)
        codes = [rule.tier.code for rule in self.rules]
        self.phases = [
            [self.rules[codes.index(code)] for code in phase.tiers]
            for phase in market.scenario.commissioning.phases
        ]
        self.limited = rules.brokers > 0
        self.brokers = rules.brokers
        self.busy: list[float] = []
        self.handling_days = rules.handling_days
        self.start_lag_days = rules.start_lag_days
        self.waiting_allowed = rules.waiting_allowed
        self.mean_patience_days = rules.mean_patience_days
        self.to_residential_care = rules.gives_up_to_residential_care
        overload = market.scenario.overload
        self.presses = overload.applies and overload.overtime_share > 0
        self.pressing_after_days = overload.pressing_after_days
        self.queue: list[tuple[Priority, int, Package]] = []
        self.ended: set[int] = set()
        self.turns: dict[int, Turn] = {}

    def asked_in(self, area: Area, rule: OfferRule) -> list[Contract]:
        """The contracts whose holders a tier asks in an area, in its order."""
        asked = area.asked.get(rule.id)
        if asked is None:
            held = () if rule.id in self.ended else area.contracts.get(rule.id, ())
            asked = area.asked[rule.id] = [c for c in held if may_be_asked(rule, c)]
        return asked

    def end_tier(self, tier: int) -> None:
        """From now on a tier is asked no more."""
        self.ended.add(tier)
        for area in self.market.areas:
            area.holders_changed()

    def takes_rounds(self, area: Area) -> bool:
        """Whether any tier that is asked in an area now takes whole rounds."""
        return any(rule.tier.takes_whole_rounds for rule in self.phases[area.phase])

    def accept_in_round(self, package: Package, rule: OfferRule, contract: Contract) -> None:
        """A package is accepted together with the others of its round."""
        self.market.ledger.asked(self.clock.now, package.id, rule.id, 1, 1, 0, 0, 0)
        self._accept(package, rule, contract)

    def seek(self, package: Package) -> None:
        """Begin to look for a provider for a package that has just joined a list."""
        package.offer_open = True
        if self.limited and not self._broker_free():
            heappush(self.queue, (package.list_priority, package.spells, package))
            # Whoever queued before has set the wake-up already.
            if len(self.queue) == 1:
                self._wake_when_free()
        else:
            self._take_up(package, package.spells)

    def _broker_free(self) -> bool:
        """Whether a broker has time now; ``busy`` holds when each of the others will."""
        while self.busy and self.busy[0] <= self.clock.now:
            heappop(self.busy)
        return len(self.busy) < self.brokers

    def _wake_when_free(self) -> None:
        self.clock.call(self.busy[0], Rank.BROKERAGE, 0, self._next_in_queue)

    def _next_in_queue(self, _event: Event) -> None:
        """A broker has time: take up the most urgent who still seek a provider."""
        while self.queue and self._broker_free():
            _, spell, package = heappop(self.queue)
            if package.seeking and package.spells == spell:
                self._take_up(package, spell)
        if self.queue:
            self._wake_when_free()

    def _take_up(self, package: Package, spell: int) -> None:
        # The broker's time ends later, and the first answer follows it: one event for both.
        handled = self.clock.now + self.handling_days
        if self.limited:
            heappush(self.busy, handled)
        self._offer(package, spell, handled)

    def _handled(self, package: Package, spell: int, _: Event) -> None:
        self._offer(package, spell, self.clock.now)

    def _offer(self, package: Package, spell: int, from_day: float) -> None:
        """Ask the next tier that has anybody to ask, or give up for now."""
        tiers = self.phases[package.area.phase]
        while package.seeking and package.spells == spell and package.step < len(tiers):
            rule = tiers[package.step]
            asked = self._now_asked(package, rule) if rule.concerns(package) else ()
            if not asked:
                package.step, package.position = package.step + 1, 0
                self.turns.pop(package.id, None)
                continue
            if rule.tier.answer_days > 0 or from_day > self.clock.now:
                due = from_day + rule.tier.answer_days
                action = partial(self._answered, package, spell, rule)
                self.clock.call(due, Rank.BROKERAGE, package.id, action)
                return
            self._hear(package, rule, asked)
        if package.seeking and package.spells == spell:
            if from_day > self.clock.now:
                action = partial(self._handled, package, spell)
                self.clock.call(from_day, Rank.BROKERAGE, package.id, action)
            else:
                self._all_refused(package)

    def _now_asked(self, package: Package, rule: OfferRule) -> Sequence[Contract]:
        """Whom the tier asks next: all its holders at once, or the one whose turn it is."""
        asked = self.asked_in(package.area, rule)
        if package.barred is not None:
            asked = [one for one in asked if not self._is_barred(package, one)]
        if rule.tier.offer != "sequential":
            return asked
        if rule.order_moves:
            turn = self._turn(package, rule, asked)
            asked = [one for one in turn.order if one in asked and one not in turn.heard]
            return asked[:1]
        return asked[package.position : package.position + 1]

    def _turn(self, package: Package, rule: OfferRule, asked: Sequence[Contract]) -> Turn:
        """In which order a tier's holders are asked about a package, as it came to the tier."""
        turn = self.turns.get(package.id)
        # Who has what already changes from day to day; while one package is offered, the order
        # stays, or some would be asked twice and others never.
        if turn is None or (turn.spell, turn.tier) != (package.spells, rule.id):
            turn = Turn(package.spells, rule.id, tuple(in_turn(rule, asked, package)))
            self.turns[package.id] = turn
        return turn

    def _is_barred(self, package: Package, contract: Contract) -> bool:
        """Whether a provider lately handed this package back."""
        return package.barred is not None and is_barred(
            self.market, package, contract.branch.provider
        )

    def _answered(self, package: Package, spell: int, rule: OfferRule, _: Event) -> None:
        if package.seeking and package.spells == spell:
            tiers = self.phases[package.area.phase]
            # The area may have gone live while the tier was being asked: its answer is heard, and
            # then the new phase's tiers are asked from the first.
            same_phase = package.step < len(tiers) and tiers[package.step] is rule
            self._hear(package, rule, self._now_asked(package, rule))
            if not same_phase:
                package.step = package.position = 0
                self.turns.pop(package.id, None)
            self._offer(package, spell, self.clock.now)

    def _hear(self, package: Package, rule: OfferRule, asked: Sequence[Contract]) -> None:
        """Take a tier's answers: someone accepts, or the next in the order is due."""
        accepting, short, at_limit = answers(rule, asked, package)
        unwilling = len(asked) - len(accepting) - len(short) - at_limit
        self.market.ledger.asked(
            self.clock.now,
            package.id,
            rule.id,
            len(asked),
            len(accepting),
            len(short),
            at_limit,
            unwilling,
        )
        if accepting:
            self._accept(package, rule, chosen(rule, accepting, package))
            return
        self._remember_refusals(package, short)
        package.times_asked += 1
        if rule.tier.offer == "sequential":
            package.position += 1
            if rule.order_moves:
                self.turns[package.id].heard.update(asked)
        else:
            package.step, package.position = package.step + 1, 0

    def _remember_refusals(self, package: Package, short: Sequence[Branch]) -> None:
        """Work refused for want of carers counts towards the posts of those who wanted it."""
        now = self.clock.now
        for branch in short:
            # Each person counts once towards a team's posts, however often it is asked.
            if package.id not in branch.refused:
                branch.refused[package.id] = (now, package)
                package.refused_by.append(branch)

    def _all_refused(self, package: Package) -> None:
        """A last look at every tier, for what changed during the round; then the list."""
        package.offer_open = False
        # Answers take days, and a tier that refused early may have room by now (law 5).
        if self._offer_to_all(package):
            return
        if self.presses and not package.pressing:
            due = max(self.clock.now, package.enters_list_day + self.pressing_after_days)
            action = partial(self._press, package, package.spells)
            self.clock.call(due, Rank.BROKERAGE, package.id, action)
        if not self.waiting_allowed:
            self.market.leave(package, Stage.WITHDRAWN, Cause.NO_WAITING)
        elif self.mean_patience_days > 0 and package.stage is not Stage.IN_SERVICE:
            self._start_patience(package)

    def _press(self, package: Package, spell: int, _: Event) -> None:
        """Somebody has waited so long that providers would work overtime for them."""
        if package.seeking and package.spells == spell and not package.pressing:
            self.market.press(package)

    def offer_again(self, changed: Changed) -> None:
        """Offer standing packages where something changed in their favour.

        Where one team of an area can take more than before it alone is asked; where several can,
        or other things changed, each package goes down the tiers in their order.
        """
        gained: dict[Area, list[Branch]] = {}
        for team in changed.teams:
            if team.told():
                for area in team.areas:
                    if area.list.packages or area.leaving.packages:
                        gained.setdefault(area, []).append(team)
        for area in changed.areas:
            self._offer_all_in(area)
        for area, teams in gained.items():
            if len(teams) > 1:
                self._offer_all_in(area)
            else:
                self._offer_all_to(area, teams[0])
        for package in changed.packages:
            if is_standing(package):
                self._offer_to_all(package)

    def _offer_all_to(self, area: Area, branch: Branch) -> None:
        """Offer a team that can take more than before the standing packages that fit."""
        # Nobody fits a team without room, unless carers who wait to move would come with them.
        if branch.reach <= 0 and not any(team.movers for team in area.branches):
            return
        for waiting in (area.list, area.leaving):
            for package in waiting.packages[:]:
                too_large = package.minutes > branch.room and not package.pressing
                if is_standing(package) and not too_large and package.branch is not branch:
                    self._reoffer(package, branch)

    def _reoffer(self, package: Package, branch: Branch) -> None:
        for rule in self.phases[package.area.phase]:
            contract = branch.contracts.get(rule.id)
            if contract is None or not rule.concerns(package):
                continue
            if contract not in self.asked_in(branch.area, rule):
                continue
            if self._is_barred(package, contract):
                return
            said = answer(rule, contract, package)
            if said is Answer.ACCEPTS:
                self._accept_standing(package, rule, contract)
                return
            # Carers are the team's, whatever the tier: a later one would hear the same.
            if said is Answer.NO_CARERS:
                return

    def _offer_all_in(self, area: Area) -> None:
        """Offer every standing package of an area down the tiers."""
        for waiting in (area.list, area.leaving):
            for package in waiting.packages[:]:
                if is_standing(package):
                    self._offer_to_all(package)

    def _offer_to_all(self, package: Package) -> bool:
        """Look at every tier in its order for somebody who takes a package now."""
        taker = self.would_take(package)
        if taker is None:
            return False
        self._accept_standing(package, self.rules[taker.tier], taker)
        return True

    def would_take(self, package: Package) -> Contract | None:
        """The first in the order of tiers who takes a package now, if anybody does."""
        for rule in self.phases[package.area.phase]:
            if not rule.concerns(package):
                continue
            asked: Sequence[Contract] = self.asked_in(package.area, rule)
            if rule.order_moves:
                asked = in_turn(rule, asked, package)
            for contract in asked:
                if self._is_barred(package, contract):
                    continue
                if answer(rule, contract, package) is Answer.ACCEPTS:
                    return contract
        return None

    def _accept_standing(self, package: Package, rule: OfferRule, contract: Contract) -> None:
        self.market.ledger.asked(self.clock.now, package.id, rule.id, 1, 1, 0, 0, 0)
        self._accept(package, rule, contract)

    def _accept(self, package: Package, rule: OfferRule, contract: Contract) -> None:
        market, branch = self.market, contract.branch
        if rule.order_moves:
            package.area.last_taker[rule.id] = contract
            self.turns.pop(package.id, None)
        # Before the package moves: it is what the team reckoned with when it said yes.
        extra = extra_minutes(package, contract)
        handed_over = package.stage is Stage.IN_SERVICE
        bridged = package.stage is Stage.BRIDGED
        stops = last_day_with(package)
        # The list first: leave_list tells by the stage which list they stand on.
        market.leave_list(package)
        market.release(package)
        market.reserve(package, contract, branch)
        market.workforce.bring_staff(package, branch)
        market.ledger.accepted(
            self.clock.now,
            package.id,
            branch.id,
            rule.id,
            branch.committed,
            branch.capacity,
            extra,
            self.clock.now - package.enters_list_day,
        )
        if handed_over:
            market.record(package, Cause.HANDED_OVER)
            self._await_first_visit(package, stops)
        else:
            self._await_start(package, Cause.ACCEPTED, bridged=bridged)

    def assign(self, package: Package, contract: Contract) -> None:
        """The council gives somebody who has no provider to a team, whether it has room or not."""
        bridged = package.stage is Stage.BRIDGED
        self.market.leave_list(package)
        self.market.reserve(package, contract, contract.branch)
        # Whoever of their carers comes has come with the team.
        package.staff_from, package.staff_carers = None, 0.0
        self._await_start(package, Cause.ASSIGNED, bridged=bridged)

    def _await_start(self, package: Package, cause: Cause, *, bridged: bool) -> None:
        """Accepted: the first visit comes after the start lag, bridged till then or not."""
        package.stage = Stage.RESERVED_BRIDGED if bridged else Stage.RESERVED
        self.market.record(package, cause)
        if self.start_lag_days == 0:
            self._start(package, package.spells)
        else:
            due = self.clock.now + self.start_lag_days
            action = partial(self._start, package, package.spells)
            self.clock.call(due, Rank.CARE, package.id, action)

    def _await_first_visit(self, package: Package, stops: float) -> None:
        """Handed over: the first visit comes after the start lag, as everybody's does.

        Until then the old provider goes on; if it stops before, there is a gap. The work counts as
        the new provider's from the day it said yes.
        """
        due = self.clock.now + self.start_lag_days
        if due > stops:
            action = partial(self._gap_begins, package, package.spells, due)
            self.clock.call(max(self.clock.now, stops), Rank.CARE, package.id, action)

    def _gap_begins(self, package: Package, spell: int, due: float, _: Event) -> None:
        """The old provider has stopped, and the new one is not there yet."""
        # They went to hospital, died, or lost the new provider too.
        if package.spells != spell or package.stage is not Stage.IN_SERVICE:
            return
        package.stage = Stage.RESERVED
        self.market.record(package, Cause.FIRST_VISIT_AWAITED)
        self.clock.call(due, Rank.CARE, package.id, partial(self._start, package, spell))

    def _start(self, package: Package, spell: int, _: Event | None = None) -> None:
        """The first visit by the provider that accepted."""
        # They went to hospital, died, or lost this provider too before its first visit.
        if package.spells != spell or package.branch is None:
            return
        bridged = package.stage is Stage.RESERVED_BRIDGED
        package.stage = Stage.IN_SERVICE
        self.market.record(package, Cause.STARTED)
        if bridged:
            self.market.bridging.freed(package.minutes)
        self._seek_if_told(package, package.branch)
        # One process a life: whoever is placed again goes on in the one they have.
        if not package.had_care:
            package.had_care = True
            self.clock.follow(care(self.market, package))

    def _seek_if_told(self, package: Package, branch: Branch) -> None:
        """Somebody who starts with a provider that is about to stop needs another one."""
        if branch.leaving and not branch.goes_whole:
            self.market.join_leaving(package)
            self.seek(package)
        elif package.leaves_day < inf:
            seek_another(self.market, package)

    def _start_patience(self, package: Package) -> None:
        wait = exponential(package.key, PATIENCE + package.spells) * self.mean_patience_days
        # Patience counts from the day they joined the list; it may be over as the first round ends.
        due = max(self.clock.now, package.enters_list_day + wait)
        action = partial(self._give_up, package, package.spells)
        self.clock.call(due, Rank.PATIENCE, package.id, action)

    def _give_up(self, package: Package, spell: int, _: Event) -> None:
        """Nobody waits for ever: residential care, a direct payment, or family."""
        if package.spells != spell or package.stage not in (Stage.WAITING, Stage.DISPLACED):
            return
        residential = uniform(package.key, GIVING_UP + spell) < self.to_residential_care
        cause = Cause.TO_RESIDENTIAL_CARE if residential else Cause.FOUND_ANOTHER_WAY
        self.market.leave(package, Stage.WITHDRAWN, cause)


def last_day_with(package: Package) -> float:
    """The day on which their provider stops serving somebody; infinite if none is known."""
    branch = package.branch
    return inf if branch is None else min(package.leaves_day, branch.last_day)


def is_standing(package: Package) -> bool:
    """Whether a package has been refused by all and waits for something to change."""
    return package.seeking and not package.offer_open
