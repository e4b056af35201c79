"""What a market that nobody scripts does to its principals: losses, absences, suspensions.

Everything is read off the ledger of a run. A *shortfall* is one provider, at one time, that can no
longer do what it holds as a principal, in however many areas; a *loss* is a shortfall that ends in
a tender for a successor. An *absence* is one area and the time for which no principal there takes
new work. Workers load the model alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import isfinite, nan

import numpy as np

from experiments.engine.work import Work, WorkItem, identity_of, leaving_no_market
from sim.ledger import Cause, Ledger
from sim.outcomes.events import displacements, hand_backs
from sim.scenario import Scenario
from sim.simulation import Simulation
from sim.vocabulary import WHY_IT_STOPS as CAUSES

TRANCHE_DAYS = 28
BEFORE_ITS_FIRST_DAY = "stopped before its first day"
RETURNED = "gave its contract back"
INADEQUATE = 0
OUT_OF_ACTION = {Cause.NOTICE_GIVEN, Cause.CLOSED}


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One provider that falls short as a principal; ``tendered_day`` is nan if it is not lost."""

    provider: str
    day: float
    cause: str
    areas: tuple[str, ...]
    tendered_day: float = nan

    @property
    def lost(self) -> bool:
        """Whether a successor is sought."""
        return isfinite(self.tendered_day)


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which an area has no principal that takes new work; not over if it outlasts a run.

    One that its rating alone bars from new packages counts as there, as it does on record.
    """

    area: str
    first_day: float
    last_day: float
    over: bool
    tendered: bool

    @property
    def days(self) -> float:
        """Its length, so far."""
        return self.last_day - self.first_day


@dataclass(frozen=True, slots=True)
class Suspension:
    """One provider that may take no new work, and what it does then.

    Days are counted from its first day, nan where a thing does not happen. ``told``: people given
    notice while it lasts; ``first_tranche``: of them, in the first four weeks of telling;
    ``gaps_days``: days that each person of those whose notice ran out stayed without a provider
    (nan if to the end).
    """

    provider: str
    principal: bool
    day: float
    lasts_days: float
    over: bool
    found_inadequate: bool
    days_to_notice: float
    told: int
    first_tranche: int
    notices_over: int
    gaps_days: tuple[float, ...]
    days_to_tender: float
    days_to_closure: float


@dataclass(frozen=True, slots=True)
class History:
    """What one replication holds about principals; days count from the scenario's first.

    ``first_days``: when each area was first to have a principal. ``closed``: days on which a
    provider closed everywhere. ``notices``: days of notices that a principal gave to a person.
    ``inadequate``: days on which a visit found a provider inadequate.
    """

    replication: int
    shortfalls: tuple[Shortfall, ...]
    absences: tuple[Absence, ...]
    suspensions: tuple[Suspension, ...]
    first_days: dict[str, float]
    providers: int
    closed: tuple[float, ...]
    notices: tuple[float, ...]
    inadequate: tuple[float, ...]


@dataclass(slots=True)
class Team:
    """Where a team stands as a principal."""

    runs: bool = False
    leaving: bool = False
    suspended: bool = False

    @property
    def works(self) -> bool:
        """Whether it is a principal provider that takes new work."""
        return self.runs and not (self.leaving or self.suspended)


class Principals:
    """The facts about providers and contracts, folded in order of time."""

    def __init__(self, ledger: Ledger, scenario: Scenario) -> None:
        labels = ledger.labels
        model = scenario.commissioning
        self.tiers = model.principal_places
        rows = model.principal_contracts
        self.planned = {(row.provider, row.area) for row in rows if row.ends is not None}
        self.providers = [labels.providers[i] for i in labels.branch_provider]
        self.areas = [labels.areas[i] for i in labels.branch_area]
        self.names = labels.providers
        self.places = labels.areas
        self.teams = [Team() for _ in self.areas]
        self.first_day: dict[str, float] = {}
        self.absent_since: dict[str, float] = {}
        self.tendered: set[str] = set()
        self.open: dict[str, Shortfall] = {}
        self.shortfalls: list[Shortfall] = []
        self.absences: list[Absence] = []
        facts = [(day, 0, who, area, cause) for day, who, area, cause in ledger.rows("traded")]
        for day, branch, tier, _, cause in ledger.rows("contracted"):
            if tier in self.tiers:
                facts.append((day, 1, branch, tier, cause))
        for day, at_once in groupby(sorted(facts, key=lambda row: row[:2]), lambda row: row[0]):
            self._instant(day, list(at_once))
        self._end(ledger.day)

    def _instant(self, day: float, facts: Sequence[tuple[float, ...]]) -> None:
        """All that is recorded of one moment: what providers do, then what contracts do."""
        before = {b for b, team in enumerate(self.teams) if team.works}
        noted: dict[str, set[Cause]] = {}
        tenders = []
        for _, kind, who, area, number in facts:
            cause = Cause(int(number))
            if kind == 0:
                noted.setdefault(self.names[int(who)], set()).add(cause)
                self._traded(self.names[int(who)], int(area), cause)
            elif self._contracted(int(who), cause, day):
                tenders.append(int(who))
        stopped = {b for b in before if not self.teams[b].works}
        for provider in sorted({self.providers[b] for b in stopped}):
            areas = {self.areas[b] for b in stopped if self.providers[b] == provider}
            told = [word for fact, word in CAUSES.items() if fact in noted.get(provider, ())]
            self._falls_short(provider, day, told[0] if told else RETURNED, areas)
        for provider, causes in sorted(noted.items()):
            areas = {self.areas[b] for b in before if self.providers[b] == provider}
            if Cause.STAFF_LOST in causes and areas and provider not in self.open:
                lost = CAUSES[Cause.STAFF_LOST]
                self.shortfalls.append(Shortfall(provider, day, lost, tuple(sorted(areas))))
        for branch in tenders:
            self._tendered(branch, day)
        self._who_is_there(day)

    def _traded(self, provider: str, area: int, cause: Cause) -> None:
        """A provider stops, is suspended or is well again, everywhere (-1) or in one area."""
        for branch, team in enumerate(self.teams):
            here = area == -1 or self.areas[branch] == self.places[area]
            if self.providers[branch] == provider and here:
                if cause in OUT_OF_ACTION:
                    team.leaving = True
                elif cause in (Cause.SUSPENDED, Cause.SUSPENSION_ENDED):
                    team.suspended = cause is Cause.SUSPENDED

    def _contracted(self, branch: int, cause: Cause, day: float) -> bool:
        """A principal's contract starts, ends, or is tendered before its end (True)."""
        team = self.teams[branch]
        if cause is Cause.CONTRACT_STARTED:
            team.runs = True
            self.first_day.setdefault(self.areas[branch], day)
        elif cause in (Cause.CONTRACT_ENDED, Cause.CONTRACT_RETURNED):
            team.runs = False
        planned = (self.providers[branch], self.areas[branch]) in self.planned
        if cause is not Cause.TENDERED or (planned and not team.leaving):
            return False
        team.runs = team.runs and team.leaving
        return True

    def _falls_short(self, provider: str, day: float, cause: str, areas: set[str]) -> None:
        """A new shortfall, or more areas of one that is not over."""
        known = self.open.get(provider) or Shortfall(provider, day, cause, ())
        self.open[provider] = replace(known, areas=tuple(sorted(areas | set(known.areas))))

    def _tendered(self, branch: int, day: float) -> None:
        """A successor is sought, or a holder that stopped before its first day is replaced."""
        provider, area = self.providers[branch], self.areas[branch]
        self.first_day.setdefault(area, day)
        self.tendered.add(area)
        self._falls_short(provider, day, BEFORE_ITS_FIRST_DAY, {area})
        if not self.open[provider].lost:
            self.open[provider] = replace(self.open[provider], tendered_day=day)

    def _who_is_there(self, day: float) -> None:
        """Absences begin and end; a shortfall is over when its provider works again everywhere."""
        working = {(self.providers[b], self.areas[b]) for b, t in enumerate(self.teams) if t.works}
        there = {area for _, area in working}
        for area in self.first_day:
            if area not in there:
                self.absent_since.setdefault(area, day)
            elif area in self.absent_since:
                self._absence(area, day, over=True)
        for provider, known in list(self.open.items()):
            if all((provider, area) in working for area in known.areas):
                self.shortfalls.append(self.open.pop(provider))

    def _absence(self, area: str, day: float, *, over: bool) -> None:
        first = self.absent_since.pop(area)
        self.absences.append(Absence(area, first, day, over, area in self.tendered))
        self.tendered.discard(area)

    def _end(self, day: float) -> None:
        for area in list(self.absent_since):
            self._absence(area, day, over=False)
        self.shortfalls = sorted(
            [*self.shortfalls, *self.open.values()], key=lambda s: (s.day, s.provider)
        )
        self.absences.sort(key=lambda absence: (absence.first_day, absence.area))


def suspensions(ledger: Ledger, scenario: Scenario, principals: Principals) -> list[Suspension]:
    """Every spell for which a provider may take no new work, everywhere or in one area."""
    labels = ledger.labels
    traded = sorted(ledger.rows("traded"), key=lambda row: row[0])
    back, lost = hand_backs(ledger), displacements(ledger)
    found = []
    for place, (day, who, area, number) in enumerate(traded):
        if number != Cause.SUSPENDED:
            continue
        later = [row for row in traded[place + 1 :] if row[1] == who and row[2] in (-1, area)]
        ends = first_of(later, Cause.SUSPENSION_ENDED)
        closes = first_of(later, Cause.CLOSED)
        last = min(day_or(ends, ledger.day), day_or(closes, ledger.day))
        code = labels.providers[int(who)]
        mine = (back["provider"] == code) & (back["day"] >= day) & (back["day"] < last)
        mine &= back["outcome"] != "contract_returned"
        if area >= 0:
            mine &= back["area"] == labels.areas[int(area)]
        noticed = back["day"][mine] - day
        gone = mine & (back["outcome"] == "handed_back")
        without = set(back["package"][gone].tolist())
        away = (lost["from_provider"] == code) & (lost["why"] == "handed_back")
        away &= np.isin(lost["package"], list(without)) & (lost["day"] >= day)
        tender = [
            s.tendered_day
            for s in principals.shortfalls
            if s.provider == code and s.lost and s.day <= day <= s.tendered_day <= last + 1e-9
        ]
        inadequate = any(
            row[0] == day and row[1] == who and row[3] == Cause.FOUND_INADEQUATE for row in traded
        )
        found.append(
            Suspension(
                code,
                any(s.provider == code and s.day == day for s in principals.shortfalls),
                day,
                last - day,
                isfinite(ends) or isfinite(closes),
                inadequate,
                float(noticed.min()) if noticed.size else nan,
                int(noticed.size),
                int((noticed < noticed.min() + TRANCHE_DAYS).sum()) if noticed.size else 0,
                int(gone.sum()),
                tuple(lost["days_to_service"][away].tolist()),
                tender[0] - day if tender else nan,
                closes - day if isfinite(closes) and closes <= last else nan,
            )
        )
    return found


def first_of(facts: Sequence[tuple[float, ...]], cause: Cause) -> float:
    """The day of the first fact of a cause; nan if there is none."""
    return next((row[0] for row in facts if row[3] == cause), nan)


def day_or(day: float, other: float) -> float:
    """A day, or another if it is nan."""
    return day if isfinite(day) else other


def history_of(ledger: Ledger, scenario: Scenario, replication: int) -> History:
    """What a run holds about its principals."""
    principals = Principals(ledger, scenario)
    traded = ledger.columns("traded")
    shut = (traded["cause"] == Cause.CLOSED) & (traded["area"] == -1)
    back = hand_backs(ledger)
    told = np.isin(back["tier"], scenario.commissioning.principal_tiers)
    rated = ledger.columns("rated")
    return History(
        replication,
        tuple(principals.shortfalls),
        tuple(principals.absences),
        tuple(suspensions(ledger, scenario, principals)),
        dict(principals.first_day),
        len(scenario.providers),
        tuple(traded["day"][shut].tolist()),
        tuple(back["day"][told & (back["outcome"] != "contract_returned")].tolist()),
        tuple(rated["day"][rated["rating"] == INADEQUATE].tolist()),
    )


@dataclass(frozen=True, slots=True)
class HistoryTask:
    """One replication of one world to be run."""

    scenario: Scenario
    seed: int
    replication: int


@leaving_no_market
def lived(task: HistoryTask) -> History:
    """Run one replication and keep what it holds about principal providers."""
    simulation = Simulation(task.scenario, seed=task.seed, replication=task.replication)
    return history_of(simulation.run(), task.scenario, task.replication)


HISTORIES = Work("history", lived, History)


def items_of(scenario: Scenario, seed: int, replications: int, world: str = "") -> list[WorkItem]:
    """Every replication of one world as work to be carried out."""
    about = [scenario.identity, seed]
    return [
        WorkItem(
            identity_of(HISTORIES.name, *about, number),
            f"replication {number}{world and f' ({world})'}",
            HistoryTask(scenario, seed, number),
        )
        for number in range(replications)
    ]
