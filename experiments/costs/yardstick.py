"""The yardstick: an ordinary SimPy model, so that costs are told as multiples of its time.

Machines differ, and one machine differs from minute to minute: others share its caches. A model
that is written as SimPy's own examples are, and lives in as much memory as a small one does, slows
down with them much as caremarket does. A bare timeout does not: it is mostly its cache misses.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import process_time
from typing import Any

import simpy

TEAMS, CARERS = 40, 18
PEOPLE = 10_000
PEOPLE_PER_DAY = 25.0
VISITS, DAYS_BETWEEN = 4, 7.0
PATIENCE_DAYS = 10.0
Process = Iterator[Any]


@dataclass
class Agency:
    """Teams of carers, whom people wait for, and what was noted of each."""

    environment: simpy.Environment
    chance: random.Random
    teams: list[simpy.Resource]
    waits: list[float] = field(default_factory=list)
    given_up: int = 0
    visits: int = 0

    def coming(self) -> Process:
        """People come one after another, each to a team by chance."""
        for _ in range(PEOPLE):
            yield self.environment.timeout(self.chance.expovariate(PEOPLE_PER_DAY))
            team = self.chance.choice(self.teams)
            self.environment.process(self.person(team))  # type: ignore[arg-type]

    def person(self, team: simpy.Resource) -> Process:
        """Wait for a carer or give up; be visited so often; leave."""
        asked = self.environment.now
        with team.request() as carer:
            patience = self.environment.timeout(self.chance.expovariate(1 / PATIENCE_DAYS))
            yield carer | patience
            if not carer.triggered:
                self.given_up += 1
                return
            self.waits.append(self.environment.now - asked)
            for _ in range(VISITS):
                yield self.environment.timeout(self.chance.expovariate(1 / DAYS_BETWEEN))
                self.visits += 1


def live(seed: int = 1) -> Agency:
    """The model, from its first person to its last."""
    environment = simpy.Environment()
    teams = [simpy.Resource(environment, CARERS) for _ in range(TEAMS)]
    agency = Agency(environment, random.Random(seed), teams)
    environment.process(agency.coming())  # type: ignore[arg-type]
    environment.run()
    return agency


def events_of(agency: Agency) -> int:
    """What happened to somebody: each came, and was visited, or gave up, or left."""
    return PEOPLE + agency.visits + agency.given_up + len(agency.waits) * 2


@dataclass(frozen=True, slots=True)
class Yardstick:
    """CPU seconds that the yardstick took once, and its events."""

    seconds: float
    events: int


def measured() -> Yardstick:
    """Live the yardstick once."""
    began = process_time()
    agency = live()
    return Yardstick(process_time() - began, events_of(agency))
