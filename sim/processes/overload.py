"""Overload: when a team's carers fall short of its work.

First there is overtime, up to a limit; beyond it visits are short or missed, critical ones last.
Council and private work are missed in proportion. If visits go missed for weeks, the provider hands
packages back on notice, the least economic first. A team whose rounds have thinned out, so that its
carers drive more than the work bears, hands them back round by round; where accounts are kept, once
it loses money.
"""

from __future__ import annotations

from functools import partial
from math import fsum, inf

from simpy import Event

from sim.clock import Rank
from sim.commissioning import SETTLEMENTS
from sim.ledger import Cause, Stage
from sim.market.branch import Branch
from sim.market.market import Market
from sim.market.package import Package
from sim.market.rounds import minutes_of, rounds
from sim.processes.care import FIRST_DAY
from sim.processes.hand_back import give_notice_of


class Overload:
    """What every team's shortage is, and what follows from it."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.rules = market.scenario.overload
        # Nobody who was given as in care on the first day is handed back before it.
        self.from_day = FIRST_DAY if market.scenario.caseload else -inf
        self.homes_per_round = market.scenario.travel.visits_per_round
        willingness = market.scenario.willingness
        self.cost_to_fee = [
            getattr(willingness, f"cost_ratio_{place}") / getattr(willingness, f"fee_ratio_{place}")
            for place in SETTLEMENTS
        ]

    def changed(self, branch: Branch) -> None:
        """A team's work or carers changed: note how far its carers fall short, if they do."""
        free = branch.free
        # Mostly there are carers enough, now as before: nothing to note.
        if (free >= 0 and not branch.short) or not self.rules.applies:
            return
        overtime, missed, critical = self.strain(branch, -(free + branch.held_minutes))
        if (overtime, missed, critical) == (
            branch.overtime_minutes,
            branch.missed_minutes,
            branch.missed_critical_minutes,
        ):
            return
        branch.overtime_minutes = overtime
        branch.short = overtime > 0 or missed > 0
        branch.missed_critical_minutes = critical
        self._note_missed(branch, missed)
        self.market.ledger.strained(self.market.clock.now, branch.id, overtime, missed, critical)

    def strain(self, branch: Branch, short: int) -> tuple[int, int, int]:
        """Overtime, council visits missed and critical ones among them, in minutes a week."""
        due = branch.committed - branch.held_minutes
        overtime = max(0, min(short, int((due - short) * self.rules.overtime_share)))
        if short <= overtime:
            return overtime, 0, 0
        council = branch.used_minutes - branch.held_minutes
        # The rest of what is short is missed by people who pay themselves: outside the model.
        missed = (short - overtime) * council // due
        # Critical visits go missed only after all others have.
        return overtime, missed, max(0, missed - (council - critical_due(branch)))

    def _note_missed(self, branch: Branch, missed: int) -> None:
        """Visits that begin to go missed start the clock of hand-back; none missed stops it."""
        before, branch.missed_minutes = branch.missed_minutes, missed
        if missed == 0:
            branch.hand_back_due = inf
        elif before == 0:
            self._wait_before_handing_back(branch, self.rules.hand_back_after_days)

    def _wait_before_handing_back(self, branch: Branch, days: float) -> None:
        due = max(self.market.clock.now, self.from_day) + days
        branch.hand_back_due = due
        action = partial(self._hand_back_missed, branch, due)
        self.market.clock.call(due, Rank.POSTS, branch.id, action)

    def _hand_back_missed(self, branch: Branch, due: float, _: Event) -> None:
        """Visits have gone missed all the time: hand back as much work as is missed.

        People who have been told already will take some of it with them.
        """
        # Another day, or none: for a while nothing went missed, and the wait began anew.
        if branch.hand_back_due != due or branch.closed or branch.leaving:
            return
        left = branch.missed_minutes - minutes_of(told(branch))
        for package in sorted(served(branch), key=self.least_economic_first):
            if left <= 0:
                break
            left -= package.minutes
            give_notice_of(
                self.market, package, self.rules.hand_back_notice_days, Cause.HANDED_BACK
            )
        again = self.rules.hand_back_notice_days + self.rules.hand_back_after_days
        # Nought for both would hand back again at this same instant, for ever.
        self._wait_before_handing_back(branch, max(1.0, again))

    def least_economic_first(self, package: Package) -> tuple[float, int, int]:
        """The worse its cost is covered by its fee, and the shorter, the sooner it goes."""
        return (-self.cost_to_fee[package.settlement], package.minutes, package.id)

    def review_density(self, branch: Branch) -> None:
        """At the review of posts: do the team's rounds still pay?"""
        now = branch.carer_minutes
        # A team that only begins has no best yet: a few homes far apart tell nothing.
        if branch.homes + branch.private_homes >= self.homes_per_round:
            branch.best_carer_minutes = max(branch.best_carer_minutes, now)
        thin = now < (1 - self.rules.thin_round_fall) * branch.best_carer_minutes
        # Without accounts the thin round itself is the sign that it does not pay.
        pays = self.market.scenario.money.applies and not branch.loses_money
        if not (self.rules.applies and thin) or pays:
            branch.thin_since = inf
            return
        branch.thin_since = min(branch.thin_since, max(self.market.clock.now, self.from_day))
        if self.market.clock.now - branch.thin_since >= self.rules.hand_back_after_days:
            self._hand_back_a_round(branch)

    def _hand_back_a_round(self, branch: Branch) -> None:
        """Hand back the round whose homes cost most against their fee."""
        cut = rounds(served(branch), self.homes_per_round)
        if not cut or branch.leaving:
            return

        def excess(homes: tuple[Package, ...]) -> tuple[float, int]:
            costs = fsum(self.cost_to_fee[home.settlement] * home.minutes for home in homes)
            return (-costs / max(1, minutes_of(homes)), homes[0].id)

        for package in min(cut, key=excess):
            give_notice_of(
                self.market, package, self.rules.hand_back_notice_days, Cause.HANDED_BACK
            )


def served(branch: Branch) -> list[Package]:
    """People whom a team serves now and has not told that it will stop."""
    return [package for package in visited(branch) if package.leaves_day == inf]


def told(branch: Branch) -> list[Package]:
    """People whom a team still serves and has told that it will stop."""
    return [package for package in visited(branch) if package.leaves_day < inf]


def visited(branch: Branch) -> list[Package]:
    """People whom a team serves now."""
    return [p for p in branch.packages.values() if p.stage is Stage.IN_SERVICE]


def critical_due(branch: Branch) -> int:
    """Minutes a week of the critical packages of a team, without those held for hospital."""
    if branch.held_minutes == 0:
        return branch.critical_minutes
    held = (p for p in branch.packages.values() if p.stage is Stage.INTERRUPTED)
    return branch.critical_minutes - sum(p.minutes for p in held if p.critical)
