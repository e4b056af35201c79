"""Fates: where the people are, day by day, whom a failure concerns. None is a remainder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import BRIDGING, UNCOVERED, Cause, Payer, Stage, pay_themselves
from sim.outcomes.account import HEADLINE_DAYS, Account, Market
from sim.outcomes.declaration import Column, Table
from sim.outcomes.histories import Ints
from sim.vocabulary import FAILURE_KINDS

Columns = dict[str, NDArray[Any]]
TOLD_ON_DAYS = (7, 28, 91)
"""The days on which the screen tells where people are."""

FATE_COLUMNS = (
    Column("served_again", "served by another provider", "people"),
    Column(
        "with_the_provider",
        "served by the provider that fails, which may keep the place during a hospital stay",
        "people",
    ),
    Column(
        "served_then_lost",
        "served by another provider after the failure, and now without care again",
        "people",
    ),
    Column("bridged", "looked after by the in-house team", "people"),
    Column("in_hospital", "in hospital", "people"),
    Column("without_anybody", "at home without care", "people"),
    Column("to_residential_care", "in residential care", "people"),
    Column("found_another_way", "helped by family or other means, or not waiting", "people"),
    Column("died", "died", "people"),
    Column("recovered", "recovered, and in no need of care", "people"),
)
STATES = tuple(column.name for column in FATE_COLUMNS)

FATES = Table(
    "fates",
    "Where the people of the failing providers are, day by day after care stops. Means over "
    "replications; the fates of a day add up to all of these people.",
    (
        Column("day_from_failure", "whole days since the care of each person stopped", "days"),
        *FATE_COLUMNS,
        Column(
            "died_without_failure",
            "how many of the same people have died by that day in the market without the failures",
            "people",
        ),
    ),
)
FATES_BY_PAYER = Table(
    "fates_by_payer",
    "The same table for people whose care the council pays for, and for people who pay for "
    "their own care.",
    (
        Column("payer", "who pays: council or self", "word"),
        *FATES.columns,
    ),
)
SERVED_BY = Table(
    "served_by",
    "Which providers serve the people of the failing providers, on each day after care stops; "
    "means over replications.",
    (
        Column("day_from_failure", "days since care stopped", "days"),
        Column("tier", "code of the tier under which they are served", "code"),
        Column("provider", "code of the provider", "code"),
        Column("people", "people", "people"),
        Column("self_funders", "those of them who pay for their own care", "people"),
    ),
)


@dataclass(frozen=True, slots=True)
class Story:
    """One person's moves from the announcement on, the last one before it first."""

    package: int
    announced: float
    stops: float
    failing: frozenset[int]
    days: NDArray[np.float64]
    stages: Ints
    branches: Ints
    tiers: Ints
    causes: Ints

    def at(self, day: float) -> int:
        """The place of the move that holds on a day."""
        return int(np.searchsorted(self.days, day, side="right")) - 1

    def first_served_by_another(self) -> float:
        """When another provider first serves them, from the announcement on; NaN if never."""
        served = (self.days >= self.announced) & (self.stages == Stage.IN_SERVICE)
        for place in np.flatnonzero(served).tolist():
            if self.branches[place] not in self.failing:
                return float(self.days[place])
        return np.nan

    def state(self, day: float) -> str:
        """The fate on a day."""
        return STATES[int(self.states(np.array([day]))[0])]

    def states(self, days: NDArray[Any]) -> Ints:
        """The fate on each of these days, by its place in STATES."""
        places = np.searchsorted(self.days, days, side="right") - 1
        found = BY_STAGE[self.stages[places]]
        # Most are in few states, and each of these steps costs more than asking whether it is due.
        if (gone := found == GONE).any():
            found[gone] = BY_CAUSE[self.causes[places[gone]]]
            assert (found >= 0).all(), "a cause for which nobody is gone"
        if (served := found == SERVED_AGAIN).any():
            served[served] = np.isin(self.branches[places[served]], list(self.failing))
            found[served] = WITH_THE_PROVIDER
        if (nobody := found == WITHOUT_ANYBODY).any():
            found[nobody & (days >= self.first_served_by_another())] = SERVED_THEN_LOST
        return found


SERVED_AGAIN, WITH_THE_PROVIDER, SERVED_THEN_LOST, WITHOUT_ANYBODY = map(
    STATES.index, ("served_again", "with_the_provider", "served_then_lost", "without_anybody")
)
GONE = -1
"""The fate of who is gone depends on the cause."""
GONE_TO = {
    Cause.DIED: "died",
    Cause.RECOVERED: "recovered",
    Cause.TO_RESIDENTIAL_CARE: "to_residential_care",
    Cause.FOUND_ANOTHER_WAY: "found_another_way",
    Cause.NO_WAITING: "found_another_way",
}
BY_STAGE: Ints = np.full(max(Stage) + 1, GONE)
BY_STAGE[[*UNCOVERED]] = WITHOUT_ANYBODY
BY_STAGE[[*BRIDGING]] = STATES.index("bridged")
BY_STAGE[Stage.IN_SERVICE] = SERVED_AGAIN
BY_STAGE[Stage.INTERRUPTED] = STATES.index("in_hospital")
BY_CAUSE: Ints = np.full(max(Cause) + 1, GONE)
BY_CAUSE[[*GONE_TO]] = [STATES.index(state) for state in GONE_TO.values()]


def stories(account: Account, market: Market) -> Iterator[Story]:
    """The story of every person concerned in one of the two markets."""
    moved = market.moves
    seen: set[int] = set()
    # Somebody whom two failures concern, one after the other, is told of from the first on.
    for failure in sorted(account.failures, key=lambda one: (one.announced, one.stops)):
        failing = frozenset(failure.branches)
        for package in account.people_of(failure).tolist():
            if package in seen:
                continue
            seen.add(package)
            first, last = np.searchsorted(moved["package"], [package, package + 1])
            # Served as private work in this market, nothing is told of them one by one.
            if first == last:
                continue
            yield Story(
                package,
                failure.announced,
                failure.stops,
                failing,
                *(moved[name][first:last] for name in ("day", "stage", "branch", "tier", "cause")),
            )


def fates(account: Account) -> Columns:
    """The table FATES of one replication; a run that ends sooner knows fewer days."""
    horizon = min(HEADLINE_DAYS, int(account.days_known)) + 1
    days = np.arange(max(horizon, 0))
    counts = np.zeros((len(STATES), days.size))
    for story in stories(account, account.market):
        counts[story.states(story.stops + days), days] += 1
    died = np.zeros(days.size)
    for story in stories(account, account.without):
        died += story.states(story.stops + days) == STATES.index("died")
    return {
        "day_from_failure": days,
        **dict(zip(STATES, counts, strict=True)),
        "died_without_failure": died + self_funders_died(account, days),
    }


def self_funders_died(account: Account, days: Ints) -> NDArray[np.float64]:
    """Self-funders who die where nothing fails: need ends there as it was drawn, served or not.

    Those whom both markets follow one by one are left out: their stories tell it.
    """
    told = account.market.ledger.columns("self_funded")
    both = account.without.ledger.columns("self_funded")["package"]
    died = np.zeros(days.size)
    stops = {story.package: story.stops for story in stories(account, account.market)}
    for package, ends, cause in zip(told["package"], told["ends"], told["cause"], strict=True):
        if package in stops and package not in both and cause == Cause.DIED:
            died += ends <= stops[package] + days
    return died


def fates_by_payer(account: Account) -> Columns:
    """The table FATES_BY_PAYER of one replication."""
    parts = {payer: fates(account.of(payer)) for payer in Payer}
    rows = parts[Payer.COUNCIL]["day_from_failure"].size
    return {
        "payer": np.repeat([payer.name.lower() for payer in Payer], rows),
        **{
            column.name: np.concatenate([parts[payer][column.name] for payer in Payer])
            for column in FATES.columns
        },
    }


def served_by(account: Account) -> Columns:
    """The table SERVED_BY of one replication."""
    labels = account.market.ledger.labels
    found: dict[tuple[int, str, str], list[int]] = {}
    for story in stories(account, account.market):
        for day in TOLD_ON_DAYS:
            if story.stops + day > account.known_to:
                continue
            place = story.at(story.stops + day)
            if story.stages[place] != Stage.IN_SERVICE:
                continue
            team = int(story.branches[place])
            tier = labels.tiers[int(story.tiers[place])]
            key = (day, tier, labels.providers[labels.branch_provider[team]])
            found.setdefault(key, []).append(story.package)
    keys = sorted(found)
    return {
        "day_from_failure": np.array([day for day, _, _ in keys], dtype=np.int64),
        "tier": np.array([tier for _, tier, _ in keys], dtype=str),
        "provider": np.array([provider for _, _, provider in keys], dtype=str),
        "people": np.array([len(found[key]) for key in keys], dtype=float),
        "self_funders": np.array(
            [pay_themselves(np.array(found[key])).sum() for key in keys], dtype=float
        ),
    }


def loses_the_provider(account: Account) -> bool:
    """Whether every failure takes the provider away from its people."""
    return all("notice_days" in FAILURE_KINDS[one.kind].uses for one in account.failures)
