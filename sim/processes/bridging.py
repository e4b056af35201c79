"""Bridging: an in-house team, the provider of last resort, covers some of those who wait.

What it bridges it does not re-able: some of the people whose reablement is not done need home care
later who would not have. Its hours are few. Whenever some come free, or somebody no longer waits
before others, it looks at the twenty most urgent people who wait in the county, takes those whose
package fits, and keeps them until their provider starts, they go to hospital, or they leave. Where
it pre-empts, it leaves people who can wait for somebody in danger. It may help for so many days at
most, and only people who leave hospital.
"""

from __future__ import annotations

from functools import partial
from math import prod
from zlib import crc32

from simpy import Event
from simpy.events import ProcessGenerator

from sim.clock import DAYS_PER_WEEK, Rank, days_between
from sim.draws import REABLEMENT_STEP, REFERRED, WHERE_REFERRED
from sim.ledger import Cause, Stage
from sim.market.area import InterimCareList
from sim.market.market import Market
from sim.market.package import Package
from sim.processes.referrals import WithoutReablement
from sim.randomness import uniform
from sim.scenario.tables import Shock

# To look at everybody would cost the square of the list.
LOOK_AHEAD = 20
IN_DANGER = 0
"""The urgency of whoever is vulnerable or has critical visits."""


def rotas(market: Market, shock: Shock) -> ProcessGenerator:
    """Hours bought in advance, or lost, from a day until another."""
    start = market.scenario.calendar.start
    identity = crc32(repr(shock).encode())
    yield market.clock.at(max(0.0, days_between(start, shock.date)), Rank.FAILURE, identity)
    market.bridging.begin_ratio(shock.size)
    if shock.ends is not None:
        yield market.clock.at(max(0.0, days_between(start, shock.ends)), Rank.FAILURE, identity)
        market.bridging.end_ratio(shock.size)


class Bridging:
    """The team's hours and the people it could still help."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.ratios: list[float] = []
        self.capacity_minutes = round(market.scenario.bridging.hours_per_week * 60)
        self.used_minutes = 0
        self.unbridged = InterimCareList()
        self.rules = market.scenario.bridging
        self.draws = market.draws.key("no reablement", "county")
        self.people_not_re_abled = 0
        self.without_reablement = WithoutReablement(market)
        self.since = market.clock.now
        self.bridged_minutes = 0.0
        # Only those who may be left again are kept in mind, and only where that is allowed.
        self.helped: list[Package] = []
        # Spells on the list in which the team has helped for as long as it may.
        self.over: set[tuple[int, int]] = set()

    def waits(self, package: Package) -> None:
        """Someone has joined the interim care list."""
        if not self._may_help(package):
            return
        self.unbridged.join(package)
        if self._fits(package) or self._makes_room(package):
            self._bridge(package)

    def no_longer_waits(self, package: Package) -> None:
        """Someone leaves the interim care list: whoever waits next may come within sight."""
        # Whoever is bridged already left this list as the help began.
        if package.stage is not Stage.BRIDGED and self._may_help(package):
            self.unbridged.leave(package)
            self.market.changes.of_bridging()

    def freed(self, minutes: int) -> None:
        """Hours have come free."""
        self._count()
        self.used_minutes -= minutes
        self.market.changes.of_bridging()

    def look(self) -> None:
        """Help the most urgent of those in sight whose package fits, then look again."""
        if self.used_minutes >= self.capacity_minutes:
            return
        # Sight moves on with each who is taken, so it is looked at anew.
        while (package := next(filter(self._fits, self._in_sight()), None)) is not None:
            self._bridge(package)

    def begin_ratio(self, ratio: float) -> None:
        """From now on there are so many times the hours; nobody who is bridged is dropped."""
        self.ratios.append(ratio)
        self._set_hours()

    def end_ratio(self, ratio: float) -> None:
        """A ratio that has begun holds no more; the others still do."""
        self.ratios.remove(ratio)
        self._set_hours()

    def _set_hours(self) -> None:
        self.capacity_minutes = round(self.rules.hours_per_week * 60 * prod(self.ratios))
        self.market.changes.of_bridging()

    def _may_help(self, package: Package) -> bool:
        """Whether the team is there for somebody, in this spell on the list."""
        leaves_hospital = package.hospital and not package.had_care
        if self.rules.hospital_only and not leaves_hospital:
            return False
        return (package.id, package.spells) not in self.over

    def _in_sight(self) -> list[Package]:
        return self.unbridged.packages[:LOOK_AHEAD]

    def _fits(self, package: Package) -> bool:
        return self.used_minutes + package.minutes <= self.capacity_minutes

    def _makes_room(self, package: Package) -> bool:
        """Leave people who can wait for somebody in danger; False if that would not be enough."""
        if not self.rules.preempts or package.urgency > IN_DANGER:
            return False
        self.helped = [one for one in self.helped if one.stage is Stage.BRIDGED]
        can_wait = [one for one in self.helped if one.urgency > IN_DANGER]
        short = self.used_minutes + package.minutes - self.capacity_minutes
        if sum(one.minutes for one in can_wait) < short:
            return False
        # The least urgent first; between equals whoever joined the list last.
        for one in sorted(can_wait, key=lambda one: one.list_priority, reverse=True):
            if short <= 0:
                break
            short -= one.minutes
            self._leave(one)
        return True

    def _leave(self, package: Package) -> None:
        """Somebody who was bridged waits again without anybody."""
        self._count()
        self.used_minutes -= package.minutes
        package.stage = Stage.DISPLACED if package.had_care else Stage.WAITING
        self.market.record(package, Cause.BRIDGING_ENDED)
        if self._may_help(package):
            self.unbridged.join(package)

    def _bridge(self, package: Package) -> None:
        self._count()
        if self.rules.preempts:
            self.helped.append(package)
        self.unbridged.leave(package)
        self.used_minutes += package.minutes
        package.stage = Stage.BRIDGED
        self.market.record(package, Cause.BRIDGED)
        if self.rules.most_days > 0:
            due = self.market.clock.now + self.rules.most_days
            action = partial(self._time_is_over, package, package.spells)
            self.market.clock.call(due, Rank.PATIENCE, package.id, action)

    def _time_is_over(self, package: Package, spell: int, _: Event) -> None:
        """Somebody whom no provider has accepted meanwhile waits without the team from now on."""
        if package.stage is Stage.BRIDGED and package.spells == spell:
            self.over.add((package.id, spell))
            self._leave(package)
            self.market.changes.of_bridging()

    def _count(self) -> None:
        """Bridged hours add up to people who are not re-abled."""
        now = self.market.clock.now
        # Nobody would ever come of it.
        if self.rules.no_reablement_referral_share == 0:
            return
        a_day = self.used_minutes / DAYS_PER_WEEK
        self.bridged_minutes += a_day * (now - self.since)
        self.since = now
        person_minutes = self.rules.reablement_hours_per_person * 60
        # A long stretch may add up to several people, each on a day of their own.
        while self.bridged_minutes >= person_minutes:
            self.bridged_minutes -= person_minutes
            self._not_re_abled(now - self.bridged_minutes / a_day)

    def _not_re_abled(self, day: float) -> None:
        """One person more, whose reablement would have been done by a day; some are referred."""
        number = self.people_not_re_abled
        self.people_not_re_abled += 1
        chance = uniform(self.draws, REFERRED + REABLEMENT_STEP * number)
        if chance < self.rules.no_reablement_referral_share:
            # The day lies in the past where hours were counted late, and the delay may be nought.
            due = max(self.market.clock.now, day + self.rules.no_reablement_delay_days)
            self.market.clock.call(due, Rank.REFERRAL, number, partial(self._refer, number))

    def _refer(self, number: int, _: Event) -> None:
        place = uniform(self.draws, WHERE_REFERRED + REABLEMENT_STEP * number)
        self.without_reablement.refer(place)
