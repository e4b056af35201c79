"""Outcomes about a part of the county in a period: what a published figure is held against.

Each is a function of what a run shows there and then (:class:`RunPart`). One more is one more
function here, and a row in targets.csv that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import DAYS_PER_WEEK, DAYS_PER_YEAR
from sim.ledger import (
    COVERED,
    DIRECT_PAYMENT,
    HIRES,
    IDS_PER_AREA,
    ON_LIST,
    TO_PROVIDERS,
    UNCOVERED,
    Cause,
    Ledger,
    Stage,
)
from sim.outcomes.accounts import PENCE, PERIODS_PER_YEAR
from sim.outcomes.declaration import About
from sim.outcomes.gaps import late_hand_backs
from sim.outcomes.histories import Flags, Floats, Spells, spell_averages
from sim.outcomes.payers import of_the_council
from sim.outcomes.places import live_areas
from sim.outcomes.registry import OUTCOMES, outcome
from sim.outcomes.roles import travel_of
from sim.outcomes.strain import by_branch
from sim.outcomes.weekly import Weeks, delayed, private_homes, private_minutes, staff, weeks_of
from sim.outcomes.whole_run import ratio
from sim.scenario import Scenario
from sim.scenario.periods import days_of
from sim.scenario.tables import RATINGS, TargetRow
from sim.scenario.target_checks import parts_of_scope

GOOD = ("good", "outstanding")
WEEKS_PER_YEAR = 4 * PERIODS_PER_YEAR
MILLION = 1e6
CHANGE_DAYS = 28.0


@dataclass(frozen=True)
class RunPart:
    """A part of a county in a period of a run. ``tiers`` are those that the scope names."""

    weeks: Weeks
    areas: Flags
    tiers: tuple[str, ...]
    first: float
    last: float

    @property
    def ledger(self) -> Ledger:
        """The facts."""
        return self.weeks.ledger

    @property
    def scenario(self) -> Scenario:
        """What the run was given."""
        return self.weeks.scenario

    @property
    def edges(self) -> Floats:
        """The period's two ends, in days."""
        return np.array([self.first, self.last])

    @property
    def length_weeks(self) -> float:
        """Length of the period in weeks."""
        return (self.last - self.first) / DAYS_PER_WEEK

    @property
    def length_years(self) -> float:
        """Length of the period in years."""
        return (self.last - self.first) / DAYS_PER_YEAR

    @cached_property
    def here(self) -> Spells:
        """The spells in the areas looked at."""
        spells = self.weeks.spells
        return spells.where(self.areas[spells.area])

    @cached_property
    def teams(self) -> Flags:
        """The teams in the areas looked at."""
        return self.areas[np.array(self.ledger.labels.branch_area, dtype=np.int64)]

    def people(self, *stages: Stage) -> float:
        """How many people are in these stages, on average."""
        kept = self.here.where(self.here.in_stage(*stages))
        return float(self.mean(kept, np.ones(kept.package.size)).sum())

    def hours(self, *stages: Stage) -> float:
        """Their hours a week, on average."""
        return float(self.hours_by_area(*stages).sum())

    def hours_by_area(self, *stages: Stage) -> Floats:
        """Their hours a week, area by area."""
        kept = self.here.where(self.here.in_stage(*stages))
        return self.mean(kept, kept.minutes / 60)

    def mean(self, kept: Spells, weights: Floats) -> Floats:
        """Mean of a weight summed over the spells that are there, area by area."""
        found: Floats = spell_averages(kept, weights, kept.area, self.areas.size, self.edges)[0]
        return found

    def within(self, days: Floats) -> Flags:
        """Which days lie in the period."""
        inside: Flags = (days >= self.first) & (days < self.last)
        return inside

    def moves(self, *causes: Cause) -> float:
        """How many moves with one of these causes happen."""
        moved = of_the_council(self.ledger.columns("moved"))
        here = self.areas[moved["package"] // IDS_PER_AREA]
        return float((self.within(moved["day"]) & here & np.isin(moved["cause"], causes)).sum())

    def staffed(self, *causes: Cause) -> float:
        """How many carers join or leave for one of these causes."""
        told = self.ledger.columns("staffed")
        keep = self.within(told["day"]) & self.teams[told["branch"]]
        keep &= np.isin(told["cause"], causes)
        return float(np.abs(told["change"][keep]).sum())

    @cached_property
    def settled(self) -> tuple[dict[str, NDArray[Any]], int]:
        """Payments settled for the four-week periods that end within the period, and how many."""
        paid = self.ledger.columns("paid")
        # A settlement falls on the morning after its four weeks, a period's last edge included.
        inside = (paid["day"] > self.first) & (paid["day"] <= self.last)
        periods = int(np.unique(paid["day"][inside]).size)
        here = self.teams[paid["branch"]] & (paid["branch"] >= 0)
        if self.areas.all():
            here |= paid["branch"] < 0
        return {name: column[inside & here] for name, column in paid.items()}, periods

    @cached_property
    def staff(self) -> tuple[float, float, float]:
        """Carers, posts and vacancies, on average."""
        tables = staff(replace(self.weeks, edges=self.edges))
        carers, posts, vacancies = (float(table[0][self.areas].sum()) for table in tables)
        return carers, posts, vacancies

    def team_level(self, fact: str, field: str) -> float:
        """Mean level of a team's fact (as strained.missed), summed over teams."""
        return float(by_branch(self.ledger, fact, field, self.edges)[0][self.teams].sum())

    @cached_property
    def on_the_road(self) -> tuple[float, float]:
        """Driving minutes per visit and share of working time with people, means over homes."""
        served = self.weeks.spells.where(self.weeks.spells.in_stage(Stage.IN_SERVICE))
        count = self.teams.size
        one = np.ones(served.package.size)
        homes = spell_averages(served, one, served.branch, count, self.edges)
        homes = homes + private_homes(self.weeks, self.edges)
        minutes, contact = travel_of(self.ledger, self.scenario, homes)
        weights = homes[0] * self.teams
        return ratio(minutes[0] @ weights, weights.sum()), ratio(
            contact[0] @ weights, weights.sum()
        )


measure = partial(outcome, about=About.PART)
"""Declare a function of a sight as an outcome about a part of the county in a period."""


def measured(
    ledger: Ledger, scenario: Scenario, rows: Sequence[TargetRow] | None = None
) -> dict[str, float]:
    """What a run gives beside each figure, by the row's code (the scenario's rows, unless given).

    Not a number where the period lies outside the run or the scope names what is not there.
    """
    weeks = weeks_of(ledger, scenario)
    sights: dict[tuple[str, str], RunPart | None] = {}
    found = {}
    for row in scenario.targets if rows is None else rows:
        key = (row.scope, row.period)
        if key not in sights:
            sights[key] = part_of_run(weeks, *key)
        found[row.code] = value_of(row, sights[key])
    return found


def value_of(row: TargetRow, sight: RunPart | None) -> float:
    """What a run gives beside one figure. Raises KeyError for an outcome that does not exist."""
    asked = OUTCOMES[row.measure]
    if sight is None or (asked.needs_tiers and not sight.tiers):
        return np.nan
    return float(asked.of(sight))


def part_of_run(weeks: Weeks, scope: str, period: str) -> RunPart | None:
    """The part of a run that a scope and a period name; None if it is not there."""
    days = days_of(period, weeks.scenario.calendar.start, weeks.ledger.day)
    rows = sorted(weeks.scenario.areas, key=lambda row: row.code)
    tiers = [tier.code for tier in weeks.scenario.commissioning.tiers]
    places = {row.code for row in rows} | {row.locality for row in rows}
    names = parts_of_scope(scope)
    if days is None or any(name not in places and name not in tiers for name in names):
        return None
    wanted = [name for name in names if name in places]
    here = [not wanted or row.code in wanted or row.locality in wanted for row in rows]
    return RunPart(weeks, np.array(here), tuple(n for n in names if n in tiers), *days)


# Care ------------------------------------------------------------------------------------------


@measure("hours/week", better="higher")
def planned_hours(sight: RunPart) -> float:
    """Planned hours in service a week."""
    return sight.hours(Stage.IN_SERVICE)


@measure("people")
def people_in_service(sight: RunPart) -> float:
    """People in service."""
    return sight.people(Stage.IN_SERVICE)


@measure("hours/week")
def hours_per_person(sight: RunPart) -> float:
    """Planned hours a week of a person in service."""
    return ratio(planned_hours(sight), people_in_service(sight))


@measure("people")
def people_served(sight: RunPart) -> float:
    """Different people served at some time in the period."""
    spells = sight.here
    served = spells.in_stage(Stage.IN_SERVICE)
    during = served & (spells.start < sight.last) & (spells.end > sight.first)
    return float(np.unique(spells.package[during]).size)


@measure("hours/4 weeks")
def hours_per_area(sight: RunPart) -> float:
    """Planned hours in service in four weeks, mean of the areas."""
    return 4 * planned_hours(sight) / float(sight.areas.sum())


@measure("hours/4 weeks")
def hours_of_smallest_area(sight: RunPart) -> float:
    """Planned hours in service in four weeks, area with the fewest."""
    return 4 * float(sight.hours_by_area(Stage.IN_SERVICE)[sight.areas].min())


@measure("hours/4 weeks")
def hours_of_largest_area(sight: RunPart) -> float:
    """Planned hours in service in four weeks, area with the most."""
    return 4 * float(sight.hours_by_area(Stage.IN_SERVICE)[sight.areas].max())


@measure("people/week")
def starts_per_week(sight: RunPart) -> float:
    """People whose care begins, a week."""
    spells = sight.here.where(sight.here.in_stage(Stage.IN_SERVICE))
    first = np.append(True, spells.package[1:] != spells.package[:-1])[: spells.package.size]
    return float(sight.within(spells.start[first]).sum()) / sight.length_weeks


def change(sight: RunPart, of: Callable[[RunPart], float]) -> float:
    """A measure in the period's last four weeks to that in its first four; at least eight long."""
    if sight.last - sight.first < 2 * CHANGE_DAYS:
        return np.nan
    before = of(replace(sight, last=sight.first + CHANGE_DAYS))
    after = of(replace(sight, first=sight.last - CHANGE_DAYS))
    return ratio(after, before)


@measure("ratio")
def change_of_people(sight: RunPart) -> float:
    """People in service in the period's last four weeks, divided by those in its first four."""
    return change(sight, people_in_service)


@measure("ratio")
def change_of_hours(sight: RunPart) -> float:
    """Planned hours in service in the last four weeks, divided by those in the first four."""
    return change(sight, planned_hours)


@measure("ratio")
def change_of_hours_per_person(sight: RunPart) -> float:
    """Planned hours of a person in service in the period's last four weeks, divided by those in its
    first four."""
    return change(sight, hours_per_person)


@measure("ratio")
def change_of_starts(sight: RunPart) -> float:
    """People whose care begins in the last four weeks, divided by those in the first four."""
    return change(sight, starts_per_week)


@measure("share", better="higher")
def delivered_share(sight: RunPart) -> float:
    """Share of planned hours that are delivered, after missed visits are taken off."""
    planned = planned_hours(sight)
    missed = sight.team_level("strained", "missed") / 60
    return ratio(planned * sight.scenario.care.delivered_share - missed, planned)


@measure("share", better="lower")
def undelivered_share(sight: RunPart) -> float:
    """Share of the hours needed by people at home that nobody provides: there is no provider and no
    bridging, or visits are missed."""
    missing = sight.hours(*UNCOVERED)
    missed = sight.team_level("strained", "missed") / 60
    return ratio(missing + missed, sight.hours(*COVERED) + missing)


@measure("per year")
def deaths_per_person_year(sight: RunPart) -> float:
    """Deaths a year for each person in service."""
    return ratio(sight.moves(Cause.DIED) / sight.length_years, people_in_service(sight))


@measure("share")
def hospital_route_share(sight: RunPart) -> float:
    """Referrals that come by hospital discharge."""
    return _share_of_referrals(sight, "hospital", 1)


@measure("share")
def double_handed_share(sight: RunPart) -> float:
    """Referrals that need two carers a visit."""
    return _share_of_referrals(sight, "carers", 2)


def _share_of_referrals(sight: RunPart, field: str, value: int) -> float:
    referred = of_the_council(sight.ledger.columns("referred"))
    kept = sight.within(referred["day"]) & sight.areas[referred["area"]]
    return ratio(float((kept & (referred[field] == value)).sum()), float(kept.sum()))


# The interim care list ---------------------------------------------------------------------------


@measure("people", better="lower")
def list_people(sight: RunPart) -> float:
    """People on the interim care list."""
    return sight.people(*ON_LIST)


@measure("hours/week", better="lower")
def list_hours(sight: RunPart) -> float:
    """Hours a week of the people on the interim care list."""
    return sight.hours(*ON_LIST)


@measure("hours/week")
def list_hours_per_person(sight: RunPart) -> float:
    """Hours a week of a person on the interim care list."""
    return ratio(list_hours(sight), list_people(sight))


@measure("share", better="lower")
def share_of_list_hours(sight: RunPart) -> float:
    """Share of the county's hours on the interim care list that are in these areas."""
    whole = replace(sight, areas=np.ones_like(sight.areas))
    return ratio(list_hours(sight), list_hours(whole))


@measure("days/year", better="lower")
def delayed_days_per_year(sight: RunPart) -> float:
    """Days a year that people stay in hospital only because there is no care for them at home."""
    spells = sight.weeks.spells
    kept = spells.where(delayed(sight.weeks) & sight.areas[spells.area])
    people = sight.mean(kept, np.ones(kept.package.size)).sum()
    return float(people) * DAYS_PER_YEAR


@measure("days", better="lower")
def days_to_source_median(sight: RunPart) -> float:
    """Days from joining the list to acceptance, median of the packages accepted."""
    waits = _waits(sight)
    return float(np.median(waits)) if waits.size else np.nan


@measure("days", better="lower")
def days_to_source_p90(sight: RunPart) -> float:
    """Days from joining the list to acceptance within which nine of ten packages are accepted."""
    waits = _waits(sight)
    return float(np.quantile(waits, 0.9)) if waits.size else np.nan


def _waits(sight: RunPart) -> Floats:
    accepted = of_the_council(sight.ledger.columns("accepted"))
    kept = sight.within(accepted["day"]) & sight.areas[accepted["package"] // IDS_PER_AREA]
    waits: Floats = accepted["waited"][kept]
    return waits


@measure("days", better="lower")
def days_on_list_per_start(sight: RunPart) -> float:
    """People on the list divided by the people whose care begins each day: mean wait by Little's
    law."""
    return ratio(list_people(sight) * DAYS_PER_WEEK, starts_per_week(sight))


# Carers ------------------------------------------------------------------------------------------


@measure("share", better="lower")
def vacancy_share(sight: RunPart) -> float:
    """Posts that are not filled."""
    _, posts, vacancies = sight.staff
    return ratio(vacancies, posts)


@measure("hours/week")
def contact_hours_per_carer(sight: RunPart) -> float:
    """Hours a week a carer is with people, council and private; missed visits left out."""
    private = float(private_minutes(sight.weeks, sight.edges)[0][sight.teams].sum())
    minutes = private - sight.team_level("strained", "missed")
    return ratio(planned_hours(sight) + minutes / 60, sight.staff[0])


@measure("per year", better="lower")
def turnover_per_year(sight: RunPart) -> float:
    """Carers who leave in a year, for each carer employed."""
    return ratio(sight.staffed(Cause.LEFT) / sight.length_years, sight.staff[0])


@measure("weeks", better="lower")
def weeks_to_fill_a_post(sight: RunPart) -> float:
    """Vacancies divided by hires a week: how long a post stays vacant, on average."""
    return ratio(sight.staff[2] * sight.length_weeks, sight.staffed(*HIRES))


@measure("share")
def recruits_from_the_sector(sight: RunPart) -> float:
    """Share of hired carers who worked in home care before."""
    return ratio(sight.staffed(Cause.HIRED_EXPERIENCED), sight.staffed(*HIRES))


@measure("share", better="higher")
def contact_share(sight: RunPart) -> float:
    """Share of working time spent with people, mean over homes."""
    return sight.on_the_road[1]


@measure("minutes/hour", better="lower")
def travel_minutes_per_contact_hour(sight: RunPart) -> float:
    """Minutes of driving, parking and entering for each hour with people, mean over homes."""
    minutes = sight.on_the_road[0] + sight.scenario.travel.parking_minutes
    return minutes * 60 / sight.scenario.packages.mean_visit_minutes


# Providers ---------------------------------------------------------------------------------------


@measure("share", needs_tiers=True)
def share_of_hours(sight: RunPart) -> float:
    """Council-paid hours under these tiers, in areas that are live when the period begins."""
    codes = sight.ledger.labels.tiers
    live = replace(sight, areas=sight.areas & live_areas(sight.weeks, sight.first))
    served = live.here.where(live.here.in_stage(Stage.IN_SERVICE))
    hours = spell_averages(served, served.minutes / 60, served.tier, len(codes), sight.edges)[0]
    hours[codes.index(DIRECT_PAYMENT)] = 0.0
    return ratio(sum(hours[codes.index(tier)] for tier in sight.tiers), hours.sum())


@measure("providers")
def providers_serving(sight: RunPart) -> float:
    """Providers that serve somebody at some time in the period."""
    spells = sight.here
    during = spells.in_stage(Stage.IN_SERVICE) & (spells.start < sight.last)
    teams = spells.branch[during & (spells.end > sight.first)]
    return float(np.unique(np.array(sight.ledger.labels.branch_provider)[teams]).size)


@measure("per year", better="lower")
def closures_per_provider_year(sight: RunPart) -> float:
    """Share of the providers in the tables that close in a year."""
    traded = sight.ledger.columns("traded")
    closed = sight.within(traded["day"]) & (traded["cause"] == Cause.CLOSED)
    providers = np.unique(traded["provider"][closed]).size
    return providers / len(sight.scenario.providers) / sight.length_years


@measure("share")
def share_of_five_largest(sight: RunPart) -> float:
    """Share of planned hours in service with the five largest providers."""
    return share_of_largest(sight, 5)


@measure("share")
def share_of_ten_largest(sight: RunPart) -> float:
    """Share of planned hours in service with the ten largest providers."""
    return share_of_largest(sight, 10)


def share_of_largest(sight: RunPart, number: int) -> float:
    """Hours of so many providers with most of them in the areas and the period, of all."""
    labels, hours = sight.ledger.labels, hours_of_teams(sight)
    by_provider = np.bincount(np.array(labels.branch_provider), hours)
    return ratio(float(np.sort(by_provider)[-number:].sum()), float(by_provider.sum()))


def hours_of_teams(sight: RunPart) -> Floats:
    """Planned hours in service a week, team by team."""
    served = sight.here.where(sight.here.in_stage(Stage.IN_SERVICE) & (sight.here.branch >= 0))
    teams = len(sight.ledger.labels.branches)
    found: Floats = spell_averages(served, served.minutes / 60, served.branch, teams, sight.edges)[
        0
    ]
    return found


@measure("index")
def concentration(sight: RunPart) -> float:
    """Concentration of an area's hours among its providers (Herfindahl index; 1: one provider has
    all), mean over areas by their hours."""
    labels, by_team = sight.ledger.labels, hours_of_teams(sight)
    places, owners = np.array(labels.branch_area), np.array(labels.branch_provider)
    whole, weighted = 0.0, 0.0
    for area in np.flatnonzero(sight.areas):
        # By provider, not team: two teams of one provider in an area close together.
        by_provider = np.bincount(owners[places == area], by_team[places == area])
        total = float(by_provider.sum())
        if total > 0:
            whole += total
            weighted += total * float(((by_provider / total) ** 2).sum())
    return weighted / whole if whole else np.nan


@measure("share", better="lower")
def hand_backs_with_a_gap(sight: RunPart) -> float:
    """Packages handed back for which there is no care when the notice ends: no other provider has
    been found, or its first visit is still to come."""
    days, packages = late_hand_backs(sight.ledger)
    late = sight.within(days) & sight.areas[packages // IDS_PER_AREA]
    gaps = sight.moves(Cause.HANDED_BACK) + float(late.sum())
    return ratio(gaps, sight.moves(Cause.HAND_BACK_NOTICE))


@measure("share", better="higher")
def good_or_outstanding_at_end(sight: RunPart) -> float:
    """Share of rated providers that are rated good or outstanding at the end of the period."""
    ledger = sight.ledger
    latest: list[str] = [
        row.rating for row in sorted(sight.scenario.providers, key=lambda row: row.code)
    ]
    # Whoever has entered is not rated yet.
    latest += ["not_rated"] * (len(ledger.labels.providers) - len(latest))
    for day, provider, rating, _ in ledger.rows("rated"):
        if day < sight.last:
            latest[int(provider)] = RATINGS[int(rating)]
    traded = ledger.columns("traded")
    gone = (traded["cause"] == Cause.CLOSED) & (traded["area"] == -1) & (traded["day"] < sight.last)
    left = set(range(len(latest))) - set(traded["provider"][gone].tolist())
    rated = [latest[provider] for provider in left if latest[provider] != "not_rated"]
    return ratio(sum(rating in GOOD for rating in rated), len(rated))


# Money -------------------------------------------------------------------------------------------


@measure("GBP m/year")
def council_spend(sight: RunPart) -> float:
    """What the council spends in a year; spending that belongs to no area counts only for the
    county."""
    rows, periods = sight.settled
    return ratio(float(rows["amount"].sum()) / PENCE / MILLION * PERIODS_PER_YEAR, periods)


@measure("GBP/hour")
def spend_per_planned_hour(sight: RunPart) -> float:
    """What the council spends for each planned hour in service."""
    return ratio(council_spend(sight) * MILLION, planned_hours(sight) * WEEKS_PER_YEAR)


@measure("GBP/hour", better="lower")
def payment_per_delivered_hour(sight: RunPart) -> float:
    """Payments to providers for each hour delivered to the council's people."""
    rows, _ = sight.settled
    paid = np.isin(rows["spending"], TO_PROVIDERS)
    return ratio(rows["amount"][paid].sum() / PENCE, rows["delivered"][paid].sum() / 60)


# What the model is given -------------------------------------------------------------------------


@measure("ratio", of_scenario=True, needs_tiers=True)
def rate_ratio(sight: RunPart) -> float:
    """Hourly rate of a tier divided by the framework's."""
    return sight.scenario.commissioning.tier(sight.tiers[0]).rate_ratio


@measure("hours/4 weeks", of_scenario=True, needs_tiers=True)
def guaranteed_hours(sight: RunPart) -> float:
    """Hours paid whether delivered or not, in an area of 10,000 hours in four weeks."""
    tier = sight.scenario.commissioning.tier(sight.tiers[0])
    return 10_000 * (tier.share_of_area_hours or 0.0) * tier.guaranteed_share


@measure("share", better="lower", of_scenario=True)
def leavers_who_leave_the_sector(sight: RunPart) -> float:
    """Leavers who leave home care for good."""
    return sight.scenario.workforce.leavers_leaving_sector


@measure("hours/week", of_scenario=True)
def paid_hours(sight: RunPart) -> float:
    """Paid hours a week of a carer."""
    return sight.scenario.workforce.paid_hours_per_week


@measure("share", better="higher", of_scenario=True)
def good_or_outstanding(sight: RunPart) -> float:
    """Share of all providers that are rated good or outstanding at the start."""
    ratings = [row.rating for row in sight.scenario.providers]
    return ratio(sum(rating in GOOD for rating in ratings), len(ratings))


@measure("people", of_scenario=True)
def private_people(sight: RunPart) -> float:
    """People who pay for their own care."""
    return fsum(row.private_people for row in sight.scenario.branches)
