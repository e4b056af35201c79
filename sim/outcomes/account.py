"""The account of a failure: whom it harms, by how many hours of care, for how long.

It is of the failures that a script asks for, all of them together, beside the same market without
them. The people concerned are those whom the providers serve, or keep a place for, at the moment
when a failure is announced (under the contracts that are returned, if only those are). Hours
without care are those of people at home whom nobody looks after, and visits that nobody makes; a
team's missed visits are shared among its people by their hours. Everything is counted from the
first announcement to so many days after the last day on which care stops:

    direct   = hours without care of the people concerned, less the same people's without it
    indirect = hours without care of everybody else in the county, less those without it
    total    = direct + indirect

Self-funders of a provider that closes are among the people concerned, if they call on the council.
Without the failure their provider serves them, so all their hours without care are harm: their part
of the direct hours is told apart (``Account.of``).

Failures by chance and exits of other providers are part of both markets: where they differ, the
failure has led to them (:func:`exits`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import DAYS_PER_WEEK, days_between
from sim.ledger import (
    IDS_PER_AREA,
    UNCOVERED,
    Cause,
    Ledger,
    Payer,
    Stage,
    moves_of_each,
    pay_themselves,
)
from sim.outcomes.declaration import Column, Table
from sim.outcomes.histories import Flags, Floats, Ints, Spells, spell_averages, spells
from sim.outcomes.payers import NO_TEAM, and_those_served_privately
from sim.outcomes.strain import by_branch
from sim.scenario import Scenario
from sim.vocabulary import FAILURE_KINDS, FailureKind

Columns = dict[str, NDArray[Any]]
HORIZONS_DAYS = (28, 91, 365)
"""How long after care stops harm is counted: the first days, the headline, the table's year."""
HEADLINE_DAYS = 91
MINUTES_PER_HOUR = 60
AS_ASKED = "as asked"
"""The arm in which the failures happen as they are asked for."""
EXITS = (Cause.CLOSED,)

HARM = Table(
    "harm",
    "Hours without care that the failures add, by area: one row for each replication, arm, "
    "area and length of time. Direct and indirect hours add up to the total.",
    (
        Column("replication", "number of the replication", "id"),
        Column("arm", "what was compared with the market without the failures", "text"),
        Column(
            "days",
            "hours are counted from the announcement to this many days after care stops",
            "days",
        ),
        Column("area", "code of the area in which the people live", "code"),
        Column(
            "direct_hours",
            "hours of the people of the failing providers, less the same "
            "people's hours in the market without the failures",
            "hours",
        ),
        Column(
            "self_funders_hours",
            "the part of the direct hours that is for people who pay for their own care",
            "hours",
        ),
        Column(
            "indirect_hours",
            "hours of everybody else, less those in the market without the failures",
            "hours",
        ),
        Column("total_hours", "direct + indirect", "hours"),
    ),
)
PROVIDERS_LOST = Table(
    "providers_lost",
    "Other providers that close in only one of the two markets within a year of the failure: "
    "consequences of the failure, in either direction.",
    (
        Column("replication", "number of the replication", "id"),
        Column("arm", "what was compared with the market without the failures", "text"),
        Column("provider", "code of the provider", "code"),
        Column(
            "with_failure", "days from the failure to its closure; blank: it does not close", "days"
        ),
        Column("without_failure", "the same in the market without the failures", "days"),
    ),
)


@dataclass(frozen=True)
class Market:
    """A market as it was lived: its facts, and its people's histories made once."""

    ledger: Ledger

    @cached_property
    def moves(self) -> Columns:
        """Each person's moves, person by person."""
        return moves_of_each(self.ledger)

    @cached_property
    def histories(self) -> Spells:
        """What became of people."""
        return spells(self.ledger, self.moves)

    def beside(self, other: Market) -> Market:
        """This market with the self-funders whom only the other one follows, as people served."""
        return Beside(self.ledger, self, other) if other.ledger.count("self_funded") else self


@dataclass(frozen=True)
class Beside(Market):
    """A market to be compared with another, person by person."""

    own: Market
    other: Market

    @cached_property
    def moves(self) -> Columns:
        """Each person's moves here: of self-funders of the other market there are none."""
        return self.own.moves

    @cached_property
    def histories(self) -> Spells:
        """What became of people, self-funders of the other market among them."""
        return and_those_served_privately(
            self.ledger, self.own.histories, self.other.ledger, self.other.histories
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure as it came: who, which teams, how, when it was announced and when care stops.

    ``providers``: one, or those of one owner that fail together.
    """

    providers: tuple[int, ...]
    branches: tuple[int, ...]
    kind: FailureKind
    announced: float
    stops: float


def failures_asked_for(ledger: Ledger) -> tuple[Failure, ...]:
    """The failures that scripts asked for and that found somebody to befall, in order of time.

    Providers of one owner that fail together are one failure.
    """
    kinds: list[FailureKind] = list(FAILURE_KINDS)
    teams: dict[tuple[float, str, int, float], list[int]] = {}
    provider, owners = ledger.labels.branch_provider, ledger.labels.owners
    for day, branch, kind, stops in ledger.rows("failed"):
        key = (day, owners[provider[int(branch)]], int(kind), stops)
        teams.setdefault(key, []).append(int(branch))
    return tuple(
        Failure(
            tuple(dict.fromkeys(provider[branch] for branch in branches)),
            tuple(branches),
            kinds[kind],
            day,
            stops,
        )
        for (day, _, kind, stops), branches in teams.items()
    )


def period_of(scenario: Scenario) -> tuple[float, float]:
    """The day of the first announcement of a scenario's failures, and the last on which care stops.

    Raises ValueError if it has none.
    """
    start = scenario.calendar.start
    days = [
        (
            float(days_between(start, row.date)),
            row.notice_days if "notice_days" in FAILURE_KINDS[row.kind].uses else 0.0,
        )
        for row in scenario.failures
    ]
    return min(day for day, _ in days), max(day + notice for day, notice in days)


@dataclass(frozen=True, slots=True)
class Harm:
    """Hours without care that the failures add, by area."""

    direct: Floats
    indirect: Floats

    @property
    def total(self) -> Floats:
        """Of everybody, by area."""
        total: Floats = self.direct + self.indirect
        return total


@dataclass(frozen=True)
class Account:
    """The account of the failures of one run, beside the same market without them.

    ``principal_tiers``: the places of principals' tiers among the tiers. ``period``: the
    day of the first announcement and the last on which care stops, where arms are compared in which
    not every failure happens; else they are those of ``failures``. ``payer``: whose people are
    concerned; None: everybody whom the providers serve.
    """

    market: Market
    without: Market
    failures: tuple[Failure, ...]
    principal_tiers: tuple[int, ...] = ()
    period: tuple[float, float] | None = None
    payer: Payer | None = None

    def of(self, payer: Payer) -> Account:
        """The same account of those people only who pay in this way: all others are the others."""
        return replace(self, payer=payer)

    @property
    def announced(self) -> float:
        """The day of the first announcement."""
        return self.period[0] if self.period else min(one.announced for one in self.failures)

    @property
    def stops(self) -> float:
        """The last day on which care stops."""
        return self.period[1] if self.period else max(one.stops for one in self.failures)

    @property
    def known_to(self) -> float:
        """The last day that both markets know."""
        return min(self.market.ledger.day, self.without.ledger.day)

    @property
    def days_known(self) -> float:
        """How many days after care stops are known."""
        return self.known_to - self.stops

    @cached_property
    def people(self) -> Ints:
        """Packages of the people concerned."""
        found = [self.people_of(failure) for failure in self.failures]
        return np.unique(np.concatenate(found))

    def people_of(self, failure: Failure) -> Ints:
        """Packages of the people whom one failure concerns."""
        found = people_at_announcement(self.market.histories, failure, self.principal_tiers)
        if self.payer is None:
            return found
        mine: Ints = found[pay_themselves(found) == (self.payer is Payer.SELF)]
        return mine

    @cached_property
    def areas(self) -> list[int]:
        """Where the people concerned live."""
        return sorted(set((self.people // IDS_PER_AREA).tolist()))

    def harm(self, days: float) -> Harm:
        """Hours without care added to ``days`` after care stops; NaN if that is not simulated."""
        return self.harm_to(self.stops + days)

    def harm_to(self, ends: float) -> Harm:
        """Hours without care added to a day, after care stops; NaN if that is not simulated."""
        if ends not in self._harms:
            self._harms[ends] = self._harm_to(ends)
        return self._harms[ends]

    @cached_property
    def _harms(self) -> dict[float, Harm]:
        return {}  # each is told of direct, of indirect and of all hours

    def _harm_to(self, ends: float) -> Harm:
        count = len(self.market.ledger.labels.areas)
        if ends > self.known_to:
            return Harm(np.full(count, np.nan), np.full(count, np.nan))
        edges = np.unique([self.announced, self.stops, ends])
        now, usual = (
            hours_without_care(one, self.people, edges) for one in (self.market, self.without)
        )
        added = (now - usual).sum(axis=0)
        return Harm(added[:, 1], added[:, 0])


def people_at_announcement(
    histories: Spells, failure: Failure, principal_tiers: Sequence[int]
) -> Ints:
    """Packages that these teams serve or keep a place for just before the announcement.

    Self-funders among them are known one by one from that moment on.
    """
    there = held_by(histories, failure.branches, failure.announced)
    if failure.kind == "contract_returned":
        there &= np.isin(histories.tier, principal_tiers)
    return np.unique(histories.package[there])


def held_by(histories: Spells, teams: Sequence[int], day: float) -> Flags:
    """Spells of people whom teams serve, or keep a place for, the instant before a day.

    A place is kept for who lies in hospital, and for who has been accepted but not begun.
    """
    there = np.isin(histories.branch, teams)
    before = (histories.start < day) & (histories.end >= day)
    # Self-funders are known one by one from this very moment on, and were there before it.
    known_now = (histories.start == day) & (histories.cause == Cause.SELF_FUNDED)
    held: Flags = there & (before | known_now)
    return held


def hours_without_care(market: Market, people: Ints, edges: Floats) -> Floats:
    """Hours without care by period, area, and whose: shape (periods, areas, 2).

    The last axis: of everybody else, of ``people``. A team's missed visits are shared among its
    people by their hours, day by day.
    """
    ledger, lengths = market.ledger, np.diff(edges)
    areas = len(ledger.labels.areas)
    told = within(market.histories, edges[0], edges[-1])
    nobody = told.where(told.in_stage(*UNCOVERED))
    group = 2 * nobody.area + np.isin(nobody.package, people)
    hours = spell_averages(nobody, nobody.minutes / MINUTES_PER_HOUR, group, 2 * areas, edges)
    found = hours.reshape(-1, areas, 2) * lengths[:, None, None] / DAYS_PER_WEEK
    return found + missed_hours(ledger, told, people, edges)


def missed_hours(ledger: Ledger, told: Spells, people: Ints, edges: Floats) -> Floats:
    """Hours of visits that nobody makes, in the shape of :func:`hours_without_care`."""
    labels = ledger.labels
    teams, areas = len(labels.branches), len(labels.areas)
    # Shares change from day to day: periods are cut into days, and added up again at the end.
    days = np.unique(np.concatenate([np.arange(edges[0], edges[-1], 1.0), edges]))
    lengths = np.diff(days)[:, None] / DAYS_PER_WEEK
    missed = by_branch(ledger, "strained", "missed", days) / MINUTES_PER_HOUR * lengths
    served = told.where(told.in_stage(Stage.IN_SERVICE) & (told.branch != NO_TEAM))
    theirs = served.where(np.isin(served.package, people))
    whole, part = (
        spell_averages(one, one.minutes.astype(float), one.branch, teams, days)
        for one in (served, theirs)
    )
    share = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    split = np.stack([missed * (1 - share), missed * share], axis=-1)
    by_area = np.zeros((days.size - 1, areas, 2))
    for team, area in enumerate(labels.branch_area):
        by_area[:, area] += split[:, team]
    first = np.searchsorted(days, edges[:-1])
    return np.add.reduceat(by_area, first, axis=0)


def within(histories: Spells, begins: float, ends: float) -> Spells:
    """The spells that are under way at some time of a period."""
    return histories.where((histories.end > begins) & (histories.start < ends))


def harm_rows(account: Account, replication: int, arm: str) -> Columns:
    """Rows of the table HARM: at every horizon that is simulated, or as far as it goes."""
    reached: list[float] = [days for days in HORIZONS_DAYS if days <= account.days_known]
    # A run that ends before the headline's day is told as far as it goes, under that many days.
    if account.days_known not in reached and 0 < account.days_known < HEADLINE_DAYS:
        reached.append(account.days_known)
    codes = np.array(account.market.ledger.labels.areas)
    found = [(days, account.harm(days)) for days in reached]
    self_funders = account.of(Payer.SELF)
    count = len(found) * codes.size
    return {
        "replication": np.full(count, replication),
        "arm": np.full(count, arm),
        "days": np.repeat(np.array([days for days, _ in found], dtype=float), codes.size),
        "area": np.tile(codes, len(found)),
        "direct_hours": _joined([harm.direct for _, harm in found]),
        "self_funders_hours": _joined([self_funders.harm(days).direct for days in reached]),
        "indirect_hours": _joined([harm.indirect for _, harm in found]),
        "total_hours": _joined([harm.total for _, harm in found]),
    }


def _joined(parts: Sequence[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.array([])


def exits(account: Account, within: float = HORIZONS_DAYS[-1]) -> dict[int, tuple[float, float]]:
    """Providers that close in one market only: days with, and without, the failure.

    ``within``: so many days after care stops, a year unless said, or as far as both markets go.

    Days count from the day on which care stops; NaN: it goes on. Those that the failures concern
    are left out.
    """
    concerned = {provider for failure in account.failures for provider in failure.providers}
    ends = min(account.known_to, account.stops + within)
    now, usual = (
        _closures(one.ledger, account.announced, ends) for one in (account.market, account.without)
    )
    return {
        provider: (now.get(provider, np.nan) - account.stops,
                   usual.get(provider, np.nan) - account.stops)
        for provider in sorted(set(now) ^ set(usual))
        if provider not in concerned
    }  # fmt: skip


def _closures(ledger: Ledger, begins: float, ends: float) -> dict[int, float]:
    """When providers close altogether in a period."""
    return {
        int(provider): day
        for day, provider, area, cause in ledger.rows("traded")
        if cause in EXITS and area == -1 and begins <= day <= ends
    }


def exit_rows(account: Account, replication: int, arm: str) -> Columns:
    """Rows of the table PROVIDERS_LOST."""
    found = exits(account)
    codes = account.market.ledger.labels.providers
    return {
        "replication": np.full(len(found), replication),
        "arm": np.full(len(found), arm),
        "provider": np.array([codes[provider] for provider in found], dtype=str),
        "with_failure": np.array([days for days, _ in found.values()], dtype=float),
        "without_failure": np.array([days for _, days in found.values()], dtype=float),
    }
