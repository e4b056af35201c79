"""Whom a market has and wants on average, from the scenario alone: people, referrals, carers.

All follow from the steady state that the published hours stand for: stock = rate x stay.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from math import exp, fsum, inf, log1p
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario
    from sim.scenario.tables import Area

DAYS_PER_WEEK = 7
DAYS_PER_YEAR = 365.25
WEEKS_PER_YEAR = DAYS_PER_YEAR / DAYS_PER_WEEK
CONTACT_SHARE = 0.75
"""Of carers' working time, the part spent with people, where they travel (targets of Norfolk: 0.68
in the country to 0.78 in towns)."""


def ratio(number: float, to: float) -> float:
    """A ratio that is endless, not an error, where it is to nothing."""
    return number / to if to > 0 else inf if number > 0 else 0.0


def weeks(scenario: Scenario) -> float:
    """Weeks simulated, the warm-up included."""
    return scenario.calendar.warm_up_weeks + scenario.days / DAYS_PER_WEEK


def years(scenario: Scenario) -> float:
    """Years simulated, the warm-up included."""
    return weeks(scenario) * DAYS_PER_WEEK / DAYS_PER_YEAR


def people_in_care(scenario: Scenario, area: Area) -> float:
    """People whom an area's published hours stand for."""
    return ratio(area.hours_per_four_weeks / 4, scenario.packages.published_hours)


def starts_per_day(scenario: Scenario, area: Area) -> float:
    """People a day who must begin care to keep the published hours in care: stock = rate x stay."""
    return ratio(people_in_care(scenario, area), scenario.care.mean_stay_days)


def referrals_per_day(scenario: Scenario, area: Area) -> float:
    """People referred a day on the first day, those who never start included."""
    return starts_per_day(scenario, area) * scenario.demand.referrals_per_start


def starts_at_rest_per_day(scenario: Scenario, area: Area) -> float:
    """People a day who begin care in the frozen market: those who miss reablement come on top.

    Of everybody else as many never start as ``referrals_per_start`` says.
    """
    hours = fsum(each.hours_per_four_weeks for each in scenario.areas)
    more = missing_reablement_per_day(scenario) * ratio(area.hours_per_four_weeks, hours)
    return starts_per_day(scenario, area) + more


def missing_reablement_per_day(scenario: Scenario) -> float:
    """People a day who are referred in the frozen market for want of reablement.

    The team helps everybody it can from the day they join the list to their first visit: so many
    wait at least as a broker, one answer and the start lag keep waiting.
    """
    rules, brokerage = scenario.bridging, scenario.brokerage
    if rules.no_reablement_referral_share == 0:
        return 0.0
    asked = {tier for phase in scenario.commissioning.phases[:1] for tier in phase.tiers}
    answers = (t.answer_days for t in scenario.commissioning.tiers if t.code in asked)
    days = brokerage.handling_days + min(answers, default=0.0) + brokerage.start_lag_days
    waiting_hours = handled_per_day(scenario) * days * carer_hours(scenario)
    bridged = min(rules.hours_per_week, waiting_hours)
    missing = bridged / DAYS_PER_WEEK / rules.reablement_hours_per_person
    return missing * rules.no_reablement_referral_share


def carer_hours(scenario: Scenario) -> float:
    """Mean carer hours a week of a package, on whichever basis hours are published."""
    packages = scenario.packages
    each = 1.0 if packages.hours_basis == "carer_hours" else 1 + packages.double_handed_share
    return packages.published_hours * each


def vacancies_at_rest(scenario: Scenario, posts: float) -> float:
    """Posts of an area that stand vacant where carers who leave and carers hired balance.

    Without a limit on applicants v = tF / (1 + tF): turnover t, time to fill F.
    """
    rules = scenario.workforce

    def net_hires(vacancies: float) -> float:
        leavers = (posts - vacancies) * rules.turnover_per_year / WEEKS_PER_YEAR
        hires = vacancies / rules.fastest_hire_weeks
        if rules.applicants_limited:
            looking = applicants_at_rest(scenario, posts, vacancies)
            weight = rules.matching_exponent
            matched = rules.matching_per_week * vacancies**weight * looking ** (1 - weight)
            hires = min(hires, matched)
        return hires - leavers

    from scipy.optimize import brentq  # a tenth of a second to import, for the few who need it

    # More vacancies mean more hires and fewer leavers: there is one balance, or none below all.
    if posts == 0 or net_hires(0.0) >= 0:
        return 0.0
    if net_hires(posts) <= 0:
        return posts
    return float(brentq(net_hires, 0.0, posts))


def applicants_at_rest(scenario: Scenario, posts: float, vacancies: float) -> float:
    """People who look for care work in an area where as many come as are hired or give up.

    Those who left a team and stay in the sector are hired before newcomers, so only these wait.
    """
    rules = scenario.workforce
    leavers = (posts - vacancies) * rules.turnover_per_year / WEEKS_PER_YEAR
    newcomers = posts / 100 * rules.new_applicants_per_week
    return max(0.0, newcomers - rules.leavers_leaving_sector * leavers) * (
        rules.applicant_patience_weeks
    )


def referred(scenario: Scenario) -> dict[str, float]:
    """People referred in each area, from the warm-up to the end."""
    own = Counter(row.area for row in scenario.referrals)
    warm_up = scenario.calendar.warm_up_weeks * DAYS_PER_WEEK
    return {
        area.code: own[area.code] + warm_up * referrals_per_day(scenario, area)
        if own
        else (warm_up + days_of_demand(scenario, area)) * referrals_per_day(scenario, area)
        for area in scenario.areas
    }


def days_of_demand(scenario: Scenario, area: Area) -> float:
    """The demand of all days, as days of the first one's: growth and shocks are in it."""
    return fsum(
        size * (grown(scenario, ends) - grown(scenario, begins))
        for begins, ends, size in spans(scenario, area)
    )


def grown(scenario: Scenario, day: float) -> float:
    """Days of the first day's demand that the demand until ``day`` comes to, by growth alone."""
    rate = log1p(scenario.demand.growth_per_year) / DAYS_PER_YEAR
    return day if abs(rate) < 1e-12 else (growth(scenario, day) - 1) / rate


def growth(scenario: Scenario, day: float) -> float:
    """Demand on a day to that of the first day."""
    return float((1 + scenario.demand.growth_per_year) ** (day / DAYS_PER_YEAR))


def spans(scenario: Scenario, area: Area) -> Iterator[tuple[float, float, float]]:
    """The run cut where shocks to an area's referrals begin and end, and their size in between."""

    def day_of(day: date | None) -> float:
        days = scenario.days if day is None else float((day - scenario.calendar.start).days)
        return min(scenario.days, max(0.0, days))

    shocks = [
        (day_of(shock.date), day_of(shock.ends), shock.size)
        for shock in scenario.shocks
        if shock.kind == "referrals" and (not shock.areas or area.code in shock.areas.split())
    ]
    cuts = sorted({0.0, scenario.days, *(day for shock in shocks for day in shock[:2])})
    for begins, ends in pairwise(cuts):
        size = 1.0
        for first, last, times in shocks:
            size *= times if first <= begins < last else 1.0
        yield begins, ends, size


def most_referrals_per_day(scenario: Scenario, area: Area) -> float:
    """People referred on the day on which most are, as growth, season and shocks have it."""
    if scenario.referrals:
        return referrals_per_day(scenario, area)
    peak = max(
        size * max(growth(scenario, begins), growth(scenario, ends))
        for begins, ends, size in spans(scenario, area)
    )
    return referrals_per_day(scenario, area) * peak * (1 + scenario.demand.season_amplitude)


def work_of_teams(scenario: Scenario) -> Sequence[float]:
    """Hours a week of each team: its part of the area's, and its private ones."""
    served: dict[str, float] = defaultdict(float)
    for team in scenario.branches:
        served[team.area] += team.council_hours_per_week
    hours = {area.code: area.hours_per_four_weeks / 4 for area in scenario.areas}
    return [
        ratio(team.council_hours_per_week, served[team.area]) * hours.get(team.area, 0.0)
        + team.private_hours_per_week
        for team in scenario.branches
    ]


def carers_of_teams(scenario: Scenario) -> Sequence[float]:
    """Carers of each team: its posts, or those that its work needs."""
    each = contact_hours(scenario)
    return [
        ratio(work, each) if team.posts is None else float(team.posts)
        for team, work in zip(scenario.branches, work_of_teams(scenario), strict=True)
    ]


def contact_hours(scenario: Scenario) -> float:
    """Hours a week that a carer spends with people."""
    rules = scenario.workforce
    contact = CONTACT_SHARE if scenario.travel.applies else 1.0
    return rules.paid_hours_per_week * (1 - rules.absence_share) * contact


def back_from_hospital_per_day(scenario: Scenario) -> float:
    """People a day who were in hospital for longer than their place was kept."""
    people = fsum(people_in_care(scenario, area) for area in scenario.areas)
    return people * places_lost_per_year(scenario) / DAYS_PER_YEAR


def places_lost_per_year(scenario: Scenario) -> float:
    """How often a year somebody in care is in hospital for longer than their place is kept."""
    care = scenario.care
    return care.hospital_admissions_per_year * exp(-care.hold_days / care.mean_hospital_days)


def handled_per_day(scenario: Scenario) -> float:
    """People whom brokers have to find a provider for, a day."""
    referred_a_day = fsum(referrals_per_day(scenario, area) for area in scenario.areas)
    return referred_a_day + back_from_hospital_per_day(scenario)
