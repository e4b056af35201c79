"""How large a run is and what it costs, reckoned from the scenario alone, before anything is built.

People, referrals and carers follow from the market's steady state; events, time and memory from a
rule of thumb that was fitted to measured runs of the counties that ship (tests/test_size.py holds
them). All of it is an estimate: what a run costs hangs on how its market fares.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import fsum, inf, isfinite
from typing import TYPE_CHECKING

from sim.scenario.expected import (
    DAYS_PER_WEEK,
    DAYS_PER_YEAR,
    carers_of_teams,
    handled_per_day,
    people_in_care,
    referrals_per_day,
    referred,
    weeks,
    years,
)

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

REVIEW_DAYS = 28
"""How often teams review their posts."""

EVENTS_PER_PERSON = 4.1
EVENTS_PER_ADMISSION = 3.5
EVENTS_PER_CHANGE_OF_HOURS = 1.1
EVENTS_PER_LEAVER = 6.5
EVENTS_PER_AREA_WEEK = 1.0
EVENTS_PER_TEAM_REVIEW = 2.5
"""These six: entries on the clock, fitted; a person's are those of a life without the others."""
TURNS_PER_PAIR_OF_CARERS = 0.007
"""To find somebody who leaves, a team's list is searched: in turns of a loop, by the time taken."""
SECONDS_PER_EVENT = 12e-6
SECONDS_PER_TURN = 0.4e-6
BYTES_PER_EVENT = 300
BYTES_OF_PROGRAM = 200e6
BYTES_PER_AREA_WEEK_AND_TIER = 430
"""The weekly tables of one result."""
TURNS_PER_EVENT_AND_PERSON_WAITING = 0.05
"""When a carer has time, the area's list is gone through: as above."""
INADEQUATE_SHARE = 0.02
"""Of visits to providers, those that find one inadequate (England: 1% of services are)."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one kind of thing costs: events on the clock, and turns of loops that leave no trace."""

    events: float = 0.0
    turns: float = 0.0

    @property
    def seconds(self) -> float:
        """Processor time."""
        return self.events * SECONDS_PER_EVENT + self.turns * SECONDS_PER_TURN

    @property
    def bytes(self) -> float:
        """Memory."""
        return self.events * BYTES_PER_EVENT


@dataclass(frozen=True, slots=True)
class Size:
    """One replication of a scenario: who is in it and what it costs, all estimated.

    ``seconds`` are processor time; ``bytes`` the memory of the process that simulates it;
    ``result_bytes`` the memory of its result, where that is kept.
    """

    people: float
    referrals_per_week: float
    referrals: float
    carers: float
    events: float
    seconds: float
    bytes: float
    result_bytes: float


def size_of(scenario: Scenario) -> Size:
    """The size of one replication."""
    parts = parts_of(scenario).values()
    daily = fsum(referrals_per_day(scenario, area) for area in scenario.areas)
    rows = weeks(scenario) * len(scenario.areas) * len(scenario.commissioning.tiers)
    return Size(
        people=fsum(people_in_care(scenario, area) for area in scenario.areas),
        referrals_per_week=DAYS_PER_WEEK * daily,
        referrals=fsum(referred(scenario).values()),
        carers=fsum(carers_of_teams(scenario)),
        events=fsum(part.events for part in parts),
        seconds=fsum(part.seconds for part in parts),
        bytes=BYTES_OF_PROGRAM + fsum(part.bytes for part in parts),
        result_bytes=rows * BYTES_PER_AREA_WEEK_AND_TIER,
    )


def parts_of(scenario: Scenario) -> dict[str, Part]:
    """What a run costs, by the parameter that would have to change."""
    people, days = lives(scenario)
    care = scenario.care
    admissions = days / DAYS_PER_YEAR * care.hospital_admissions_per_year
    return {
        "areas.hours_per_four_weeks": Part(EVENTS_PER_PERSON * people),
        "care.hospital_admissions_per_year": Part(EVENTS_PER_ADMISSION * admissions),
        **reviews(scenario, people, days),
        "branches.posts": carers(scenario),
        "brokerage.brokers": Part(turns=looks_at_lists(scenario, people)),
        "calendar.end": weekly_work(scenario),
        "bridging.reablement_hours_per_person": missed_reablement(scenario),
        "rollout.stage_days": Part(turns=stages(scenario)),
        "quality.revisit_days": Part(revisits(scenario)),
    }


def lives(scenario: Scenario) -> tuple[float, float]:
    """People who are ever in the run, and the days that they are in care."""
    warm = scenario.calendar.warm_up_weeks > 0
    drawn = fsum(people_in_care(scenario, area) for area in scenario.areas) if warm else 0.0
    at_first = len(scenario.caseload) or drawn
    coming = fsum(referred(scenario).values())
    days = coming / scenario.demand.referrals_per_start * scenario.care.mean_stay_days
    return at_first + coming, days if isfinite(days) else inf


def reviews(scenario: Scenario, people: float, days: float) -> dict[str, Part]:
    """Reviews that change hours are events; the others are turns of a loop, until one does."""
    care = scenario.care
    if not care.reviews or care.review_change_share == 0:
        return {}
    held = days / care.review_interval_days
    changes = EVENTS_PER_CHANGE_OF_HOURS * held * care.review_change_share
    return {
        "care.review_interval_days": Part(changes, held),
        "care.review_change_share": Part(turns=people / care.review_change_share),
    }


def carers(scenario: Scenario) -> Part:
    """Carers come and go."""
    gone = scenario.workforce.turnover_per_year * years(scenario)
    teams = carers_of_teams(scenario)
    pairs = fsum(carers**2 for carers in teams) * (1 + gone)
    return Part(fsum(teams) * (1 + EVENTS_PER_LEAVER * gone), pairs * TURNS_PER_PAIR_OF_CARERS)


def looks_at_lists(scenario: Scenario, people: float) -> float:
    """Turns through lists that grow day by day because brokers cannot handle what is referred."""
    rules = scenario.brokerage
    if rules.brokers == 0 or rules.handling_days == 0:
        return 0.0
    left_over = max(0.0, handled_per_day(scenario) - rules.brokers / rules.handling_days)
    waiting_in_an_area = left_over * scenario.days / 2 / len(scenario.areas)
    looks = EVENTS_PER_PERSON * people * TURNS_PER_EVENT_AND_PERSON_WAITING
    return looks * waiting_in_an_area if waiting_in_an_area else 0.0


def weekly_work(scenario: Scenario) -> Part:
    """What areas and teams do week by week, whoever is in care."""
    reviews_of_teams = len(scenario.branches) * weeks(scenario) * DAYS_PER_WEEK / REVIEW_DAYS
    areas = EVENTS_PER_AREA_WEEK * len(scenario.areas) * weeks(scenario)
    return Part(areas + EVENTS_PER_TEAM_REVIEW * reviews_of_teams)


def missed_reablement(scenario: Scenario) -> Part:
    """People who miss reablement if bridging is busy all the time, and those referred for it."""
    bridging = scenario.bridging
    share = bridging.no_reablement_referral_share
    if share == 0:
        return Part()
    missed = bridging.hours_per_week * weeks(scenario) / bridging.reablement_hours_per_person
    return Part(EVENTS_PER_PERSON * missed * share, missed)


def stages(scenario: Scenario) -> float:
    """Looks at a team while existing work moves: with a monthly limit, again at every stage."""
    rules, tiers = scenario.rollout, scenario.commissioning.principal_tiers
    if not tiers or not rules.moves_existing_work or rules.loss_cap_period == "once":
        return 0.0
    teams = Counter(team.area for team in scenario.branches)
    looks = 0.0
    for area in scenario.areas:
        if area.go_live is not None:
            left = (scenario.calendar.end - max(area.go_live, scenario.calendar.start)).days
            looks += max(0, left) * teams[area.code] / rules.stage_days
    return looks


def revisits(scenario: Scenario) -> float:
    """Visits to providers, and to those found inadequate until they are found better."""
    rules = scenario.quality
    if not rules.applies:
        return 0.0
    fastest = rules.inspections_per_year * rules.inspections_under_strain
    visits = len(scenario.providers) * (fastest + rules.monitoring_per_year) * years(scenario)
    longest = scenario.days / rules.revisit_days
    each = longest if rules.improves_share == 0 else min(longest, 1 / rules.improves_share)
    return visits * (1 + INADEQUATE_SHARE * each)
