"""Readings of a run that stand for figures on record.

Days count from the morning of ``on``; ``inf``: not in the time that is looked at; ``nan``: there is
nobody of whom it could be said. People are those whose care the council pays for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import inf, nan

import numpy as np

from experiments.hindcasts.case import Of
from experiments.history.work import TRANCHE_DAYS, Principals
from sim.clock import days_between
from sim.ledger import COVERED, ON_LIST, UNCOVERED, Cause, Ledger, Stage, pay_themselves
from sim.outcomes.events import hand_backs
from sim.outcomes.histories import Flags, Floats, Ints, Spells, spells
from sim.scenario import Scenario

NINE_IN_TEN = 0.9
GAP_DAYS = 91
"""How long after the notice a gap is looked for."""
BEFORE_DAYS = 7
"""Who was with a provider a week before was not taken over."""
WITH_SOMEBODY = (Stage.IN_SERVICE, Stage.RESERVED, Stage.RESERVED_BRIDGED)
STOPS = (Cause.NOTICE_GIVEN, Cause.CLOSED, Cause.SUSPENDED)


@dataclass(frozen=True)
class Seen:
    """A run as one figure sees it."""

    ledger: Ledger
    scenario: Scenario
    of: Of

    @cached_property
    def on(self) -> float:
        """The first day looked at."""
        return days_between(self.scenario.calendar.start, self.of.on)

    @property
    def end(self) -> float:
        """The end of the time looked at."""
        return self.on + self.of.days

    @cached_property
    def spells(self) -> Spells:
        """What happens to the council's people."""
        told = spells(self.ledger)
        return told.where(~pay_themselves(told.package))

    @cached_property
    def teams(self) -> Ints:
        """The provider's teams in the areas."""
        labels = self.ledger.labels
        return np.array(
            [
                team
                for team, (provider, area) in enumerate(
                    zip(labels.branch_provider, labels.branch_area, strict=True)
                )
                if labels.providers[provider] == self.of.provider
                and (not self.of.areas or labels.areas[area] in self.of.areas)
            ],
            dtype=np.int64,
        )

    def served(self, day: float) -> Ints:
        """Whom these teams serve as a day begins, before anything happens on it."""
        told = self.spells
        mine = told.in_stage(Stage.IN_SERVICE) & np.isin(told.branch, self.teams)
        found: Ints = told.package[mine & (told.start < day) & (day <= told.end)]
        return found

    def at_home(self, people: Ints, day: float) -> Spells:
        """Where those of some people are who need care at home, once a day's morning is over."""
        told = self.spells
        there = (told.start <= day) & (day < told.end) & ~told.in_stage(Stage.INTERRUPTED)
        return told.where(there & np.isin(told.package, people))

    def without(self, people: Ints, begins: Floats | float, ends: Floats | float) -> Floats:
        """Days that each of some people is without anybody, from a day of theirs to another."""
        told = self.spells.where(self.spells.in_stage(*UNCOVERED))
        mine = told.where(np.isin(told.package, people))
        order = np.argsort(people)
        place = order[np.searchsorted(people, mine.package, sorter=order)]
        first, last = (np.broadcast_to(edge, people.shape)[place] for edge in (begins, ends))
        days = np.clip(np.minimum(mine.end, last) - np.maximum(mine.start, first), 0.0, None)
        found = np.zeros(people.size)
        np.add.at(found, place, days)
        return found


def share(hits: Flags) -> float:
    """The share of some people; nan of nobody."""
    return float(hits.mean()) if hits.size else nan


# People of a provider that closes, or that takes others over ------------------------------------


def share_without_anybody(seen: Seen) -> float:
    """Of the provider's people who still need care, those without anybody at the end."""
    return share(seen.at_home(seen.served(seen.on), seen.end).in_stage(*UNCOVERED))


def share_with_another(seen: Seen) -> float:
    """Of the provider's people who still need care, those whom another one has at the end."""
    told = seen.at_home(seen.served(seen.on), seen.end)
    return share(told.in_stage(*WITH_SOMEBODY) & ~np.isin(told.branch, seen.teams))


def days_to_cover(seen: Seen) -> float:
    """Days until nine in ten of the provider's people who need care are looked after."""
    people = seen.served(seen.on)
    for days in range(seen.of.days + 1):
        if share(seen.at_home(people, seen.on + days).in_stage(*COVERED)) >= NINE_IN_TEN:
            return float(days)
    return inf if people.size else nan


def share_worse_off(seen: Seen) -> float:
    """Of the people taken over: without anybody for a time, handed back, or with another."""
    people = np.setdiff1d(seen.served(seen.on), seen.served(seen.on - BEFORE_DAYS))
    told = seen.spells
    during = (seen.on <= told.start) & (told.start < seen.end)
    handed_back = told.package[during & (told.cause == Cause.HAND_BACK_NOTICE)]
    last = seen.at_home(people, seen.end)
    elsewhere = last.package[last.in_stage(Stage.IN_SERVICE) & ~np.isin(last.branch, seen.teams)]
    alone = seen.without(people, seen.on, seen.end) > 0
    return share(alone | np.isin(people, handed_back) | np.isin(people, elsewhere))


def share_still_served(seen: Seen) -> float:
    """People whom the provider serves at the end, of so many at the start."""
    first = seen.served(seen.on).size
    return seen.served(seen.end).size / first if first else nan


def days_to_stop(seen: Seen) -> float:
    """Days until the provider gives notice, closes or takes no new work in the areas."""
    labels = seen.ledger.labels
    days = [
        day
        for day, who, area, cause in seen.ledger.rows("traded")
        if labels.providers[int(who)] == seen.of.provider
        and (area < 0 or not seen.of.areas or labels.areas[int(area)] in seen.of.areas)
        and cause in STOPS
        and seen.on <= day < seen.end
    ]
    return min(days) - seen.on if days else inf


# People handed back -----------------------------------------------------------------------------


def first_tranche(seen: Seen) -> tuple[Floats, Ints]:
    """The first four weeks of the provider's notices to people: when each was told, and who."""
    told = hand_backs(seen.ledger)
    mine = (told["provider"] == seen.of.provider) & (told["outcome"] != "contract_returned")
    mine &= (told["day"] >= seen.on) & (told["day"] < seen.end)
    days, people = told["day"][mine], told["package"][mine].astype(np.int64)
    first = days < days.min(initial=inf) + TRANCHE_DAYS
    people, place = np.unique(people[first], return_index=True)
    return days[first][place], people


def days_to_hand_back(seen: Seen) -> float:
    """Days until the provider first tells somebody that it will hand them back."""
    return float(first_tranche(seen)[0].min(initial=inf)) - seen.on


def people_handed_back_first(seen: Seen) -> float:
    """How many people it tells within four weeks of the first."""
    return float(first_tranche(seen)[1].size)


def share_late(seen: Seen) -> float:
    """Of these, those who are without anybody for a time within 91 days of being told."""
    return share(tranche_without(seen) > 0)


def longest_gap_days(seen: Seen) -> float:
    """The longest time that one of these is without anybody within 91 days of being told."""
    days = tranche_without(seen)
    return float(days.max()) if days.size else nan


def tranche_without(seen: Seen) -> Floats:
    """Days that each of the first tranche is without anybody."""
    told, people = first_tranche(seen)
    return seen.without(people, told, told + GAP_DAYS)


# Lots and the list ------------------------------------------------------------------------------


def contract_days(seen: Seen, cause: Cause, *, of_others: bool) -> dict[str, float]:
    """When a cause first befalls a principal's contract in each area, from the day on."""
    labels, model = seen.ledger.labels, seen.scenario.commissioning
    found: dict[str, float] = {}
    for day, team, tier, _, why in seen.ledger.rows("contracted"):
        if int(tier) not in model.principal_places or why != cause or day < seen.on:
            continue
        if not (of_others and int(team) in seen.teams):
            area = labels.areas[labels.branch_area[int(team)]]
            found[area] = min(day, found.get(area, inf))
    return found


def share_not_let_again(seen: Seen) -> float:
    """Of the lots that the provider was to hold, those that nobody has begun by the end."""
    model = seen.scenario.commissioning
    lots = [row.area for row in model.principal_contracts if row.provider == seen.of.provider]
    begun = contract_days(seen, Cause.CONTRACT_STARTED, of_others=False)
    return share(np.array([begun.get(area, inf) > seen.end for area in lots]))


def days_to_successor(seen: Seen) -> float:
    """Days from the tender to the last area's new principal; nan if none is tendered."""
    tendered = contract_days(seen, Cause.TENDERED, of_others=False)
    begun = contract_days(seen, Cause.CONTRACT_STARTED, of_others=True)
    days = [begun.get(area, inf) - tendered.get(area, nan) for area in seen.of.areas]
    return max(days, default=nan) if not np.isnan(days).any() else nan


def people_waiting(seen: Seen) -> float:
    """People on the list, a mean over the days."""
    waiting = seen.spells.where(seen.spells.in_stage(*ON_LIST))
    days = np.minimum(waiting.end, seen.end) - np.maximum(waiting.start, seen.on)
    return float(np.clip(days, 0, None).sum() / seen.of.days)


def lots_without_loss(seen: Seen) -> float:
    """Areas with a principal by the end in which none fell short from the day on."""
    told = Principals(seen.ledger, seen.scenario)
    live = {area for area, day in told.first_day.items() if day < seen.end}
    short = (one.areas for one in told.shortfalls if seen.on <= one.day < seen.end)
    return float(len(live.difference(*short)))


READINGS: dict[str, Callable[[Seen], float]] = {
    reading.__name__: reading
    for reading in (
        share_without_anybody,
        share_with_another,
        days_to_cover,
        share_worse_off,
        share_still_served,
        days_to_stop,
        days_to_hand_back,
        people_handed_back_first,
        share_late,
        longest_gap_days,
        share_not_let_again,
        days_to_successor,
        people_waiting,
        lots_without_loss,
    )
}
"""What a figure's ``reading`` may name."""


def read(ledger: Ledger, scenario: Scenario, reading: str, of: Of) -> float:
    """What a run says of one figure."""
    return READINGS[reading](Seen(ledger, scenario, of))
