"""The story of one provider, read off the ledger: contracts, troubles, and a line for each year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import DAYS_PER_WEEK, date_of, days_between
from sim.ledger import LOSSES, Cause, Considered, Ledger, Stage
from sim.outcomes.histories import step_averages
from sim.outcomes.stories import Line, Names
from sim.outcomes.strain import steps
from sim.scenario import Scenario
from sim.vocabulary import CONTRACT_NEWS, PROVIDER_NEWS

Columns = dict[str, NDArray[Any]]
REASONS = {
    Considered.MOVED: "moved away",
    Considered.TOO_MANY_CANNOT_MOVE: (
        "stayed because too many of their people cannot or will not move"
    ),
    Considered.LIMIT_OF_PROVIDERS_LOSS: "stayed because it has lost as much work as it may",
    Considered.PROVIDER_WOULD_NOT_SURVIVE: "stayed because it would not survive the loss",
    Considered.NOBODY_HAS_ROOM: "were postponed because nobody had room",
    Considered.SPLIT_REACHED: "stayed because the split was reached",
}


def provider_story(ledger: Ledger, scenario: Scenario, code: str) -> list[Line]:
    """What happens to one provider, in order. Raises ValueError if there is none of that code."""
    labels = ledger.labels
    provider = labels.providers.index(code)
    teams = [i for i, owner in enumerate(labels.branch_provider) if owner == provider]
    told = Teller(ledger, scenario, code, provider, teams)
    sentences = [*told.year_ends(), *told.trades(), *told.contracts()]
    sentences += [*told.hand_backs(), *told.rounds(), *told.losses()]
    sentences.sort(key=lambda sentence: sentence[0])
    start = scenario.calendar.start
    return [Line(day, date_of(start, day), text) for day, text in sentences]


def count_of_rounds(number: int) -> str:
    """So many rounds, or looks at a round."""
    return "1 round" if number == 1 else f"{number} rounds"


class Teller:
    """One provider's facts, and the sentences they make."""

    def __init__(
        self, ledger: Ledger, scenario: Scenario, code: str, provider: int, teams: list[int]
    ) -> None:
        self.ledger, self.scenario, self.code = ledger, scenario, code
        self.provider, self.teams = provider, teams
        self.names = Names(ledger, scenario)
        self.moved = ledger.columns("moved")

    def area(self, branch: int) -> str:
        """The name of a team's area."""
        return self.names.areas[self.ledger.labels.branch_area[branch]]

    def trades(self) -> Iterator[tuple[float, str]]:
        """Notice, closure, suspension, losses of carers."""
        for day, provider, area, cause in self.ledger.rows("traded"):
            if provider == self.provider:
                place = f" in {self.names.areas[int(area)]}" if area >= 0 else ""
                yield day, f"{self.code} {PROVIDER_NEWS[Cause(int(cause))]}{place}."

    def contracts(self) -> Iterator[tuple[float, str]]:
        """Contracts that begin, end, or are tendered."""
        for day, branch, tier, maximum, cause in self.ledger.rows("contracted"):
            if int(branch) in self.teams:
                size = f" (up to {maximum / 60:,.0f} hours a week)" if maximum >= 0 else ""
                told = CONTRACT_NEWS[Cause(int(cause))]
                yield day, f"{self.names.tier(tier)}, {self.area(int(branch))}{size}: {told}."

    def year_ends(self) -> Iterator[tuple[float, str]]:
        """What it is on the first day, at the end of each year, and when the run ends."""
        start = self.scenario.calendar.start
        last = date_of(start, self.ledger.day)
        new_years = [date(year, 1, 1) for year in range(start.year + 1, last.year + 1)]
        ends = sorted({days_between(start, day) for day in new_years} | {self.ledger.day})
        yield 0.0, self.state(0.0)
        for before, day in pairwise([0.0, *ends]):
            yield max(0.0, day - 1e-6), self.state(day) + self.strain(before, day)

    def state(self, day: float) -> str:
        """People, hours and carers by area on a day."""
        parts = []
        served = self.served(day)
        for team in self.teams:
            people, hours = served.get(team, (0, 0.0))
            carers = self.carers(team, day)
            if people or carers:
                parts.append(
                    f"{self.area(team)} {people} people, {hours:,.0f} hours a week, {carers} carers"
                )
        return f"Serves {'; '.join(parts)}." if parts else "Serves nobody."

    def served(self, day: float) -> dict[int, tuple[int, float]]:
        """People and hours a week in service by team, paid by the council or direct payments."""
        until = self.moved["day"] < day
        _, order = np.unique(self.moved["package"][until][::-1], return_index=True)
        latest = np.flatnonzero(until)[::-1][order]
        found: dict[int, tuple[int, float]] = {}
        for row in latest[self.moved["stage"][latest] == Stage.IN_SERVICE]:
            team = int(self.moved["branch"][row])
            if team in self.teams:
                people, hours = found.get(team, (0, 0.0))
                found[team] = (people + 1, hours + self.moved["minutes"][row] / 60)
        return found

    def carers(self, team: int, day: float) -> int:
        """Carers of a team on a day."""
        staffed = self.ledger.columns("staffed")
        mine = (staffed["branch"] == team) & (staffed["day"] < day)
        return int(staffed["change"][mine].sum())

    def strain(self, first: float, day: float) -> str:
        """Overtime and missed visits between two days."""
        edges = np.array([first, day])
        weeks = (edges[1] - edges[0]) / DAYS_PER_WEEK
        totals = []
        for name in ("overtime", "missed"):
            told = steps(self.ledger.columns("strained"), name)
            mine = np.isin(told.branch, self.teams)
            nobody = np.zeros(int(mine.sum()), dtype=np.int64)
            level = step_averages(told.days[mine], told.change[mine] / 60, nobody, 1, edges)
            totals.append(float(level[0, 0]) * weeks)
        if max(totals) < 1:
            return ""
        overtime, missed = (f"{hours:,.0f}" for hours in totals)
        return f" Since the last entry, {overtime} hours of overtime and {missed} hours missed."

    def by_month(self, keep: NDArray[np.bool_]) -> Iterator[tuple[float, int, float]]:
        """Moves of a kind by calendar month: the last of their days, people and hours a week."""
        months: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
        for row in np.flatnonzero(keep):
            day = float(self.moved["day"][row])
            when = date_of(self.scenario.calendar.start, day)
            months[when.year, when.month].append((day, self.moved["minutes"][row] / 60))
        for events in months.values():
            yield events[-1][0], len(events), fsum(hours for _, hours in events)

    def hand_backs(self) -> Iterator[tuple[float, str]]:
        """Packages of which it gives notice, month by month."""
        mine = np.isin(self.moved["branch"], self.teams)
        told = mine & (self.moved["cause"] == Cause.HAND_BACK_NOTICE)
        for day, people, hours in self.by_month(told):
            noun = "package" if people == 1 else "packages"
            yield day, f"Gives notice of {people} {noun} this month ({hours:,.0f} hours a week)."

    def losses(self) -> Iterator[tuple[float, str]]:
        """People who are without a provider because it stops."""
        order = np.argsort(self.moved["package"], kind="stable")
        before = np.full(order.size, -1, dtype=np.int64)
        before[order[1:]] = self.moved["branch"][order[:-1]]
        lost = np.isin(self.moved["cause"], LOSSES) & np.isin(before, self.teams)
        for day, people, hours in self.by_month(lost):
            noun = "person is" if people == 1 else "people are"
            yield (
                day,
                (
                    f"{people} {noun} without a provider because it stops this month "
                    f"({hours:,.0f} hours a week)."
                ),
            )

    def rounds(self) -> Iterator[tuple[float, str]]:
        """Rounds that were to move at roll-out, area by area, and why they did or did not."""
        found: dict[tuple[int, int], list[tuple[float, ...]]] = defaultdict(list)
        came: dict[int, list[tuple[float, ...]]] = defaultdict(list)
        for row in self.ledger.rows("round_considered"):
            if int(row[1]) in self.teams:
                found[int(row[1]), int(row[8])].append(row)
            if int(row[2]) in self.teams:
                came[int(row[2])].append(row)
        for (team, outcome), rows in found.items():
            left_out = 1 if outcome == Considered.MOVED else 0
            people = fsum(row[3] - left_out * (row[5] + row[6]) for row in rows)
            carers = fsum(row[7] for row in rows)
            moved = f", {carers:.0f} carers with them" if outcome == Considered.MOVED else ""
            yield (
                rows[-1][0],
                (
                    f"Roll-out in {self.area(team)}: {count_of_rounds(len(rows))} "
                    f"({people:.0f} people{moved}) {REASONS[Considered(outcome)]}."
                ),
            )
        for team, rows in came.items():
            people = fsum(row[3] - row[5] - row[6] for row in rows)
            yield (
                rows[-1][0],
                (
                    f"Roll-out in {self.area(team)}: {count_of_rounds(len(rows))} moved to it "
                    f"({people:.0f} people, {fsum(row[7] for row in rows):.0f} carers with "
                    "them)."
                ),
            )
