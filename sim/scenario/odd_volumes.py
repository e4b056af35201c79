"""What is odd about hours, people, teams and posts: one function a warning.

What is known of England holds for any county; where nothing is published, the range is that of the
four councils that ship, widened, and says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from math import fsum, sqrt
from statistics import median
from typing import TYPE_CHECKING

from sim.scenario.amounts import counted, listed
from sim.scenario.caseload import hours_by_area
from sim.scenario.expected import (
    contact_hours,
    grown,
    people_in_care,
    referrals_per_day,
    work_of_teams,
)

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

AREAS = "Check hours_per_four_weeks in areas.csv"
WEEKS = 4

LEAST_FIT, MOST_FIT = 0.8, 1.25
"""An area's hours to those of its teams, beside the county's (assumption). All that ship agree to a
thousandth."""
LEAST_SCALE, MOST_SCALE = 0.7, 1.4
"""The same of the middle area: a county that is scaled by so little need not change its teams, for
only proportions matter (assumption; Norfolk's override for tender values scales by 0.86)."""
WEEKLY, YEARLY = 1 / WEEKS, 52 / WEEKS
"""What weekly or yearly hours come to, of hours in four weeks."""
SLIP = 0.15
"""How near to such a ratio it is taken for the reason (assumption)."""
LEAST_AREA_HOURS, MOST_AREA_HOURS = 400.0, 25_000.0
"""Hours in four weeks of an area: the 70 areas of the councils that ship have 821 to 16,590;
half and one and a half times that (assumption). Norfolk's council names 6,000 to 14,000."""
LEAST_DENSITY, MOST_DENSITY = 0.5, 1000.0
"""Hours a week on a km2: the same areas have 2.8 to 247; a fifth and four times (assumption)."""
LEAST_PEOPLE_PER_PROVIDER, MOST_PEOPLE_PER_PROVIDER = 12.0, 400.0
"""In England a closure touched 51 people (ADASS Budget Survey 2018: 3,290 people, 65 closures), and
the councils that ship have 36 to 81 a provider; a quarter and eight times of 51 (assumption)."""
PACKAGE_HOURS_2022, PACKAGE_HOURS_2025 = 13.67, 14.38
"""Home care hours a week of a person, England's councils, 2021/22 and 2024/25 (ADASS Spring Survey
2025, as reported by VODG)."""
LEAST_POSTS_FIT, MOST_POSTS_FIT = 0.5, 2.0
"""Hours that a team's posts can give to the hours it serves: beyond this it could serve half of
them, or twice as many (assumption)."""
LEAST_DEMAND_FIT, MOST_DEMAND_FIT = 0.75, 1.33
"""Own referrals to those that keep the county's hours in care (assumption)."""
MOST_APART = 0.1
"""Hours of a caseload to those of its area (assumption: two counts of one week differ by less)."""
SURE_DEVIATIONS = 4
"""So far from the mean that chance is no reason: once in 16,000."""
LONGEST_GAP_DAYS = 31


def hours_of_teams(scenario: Scenario) -> Iterator[str]:
    """Areas whose hours are far from those of their teams."""
    teams: dict[str, float] = defaultdict(float)
    for team in scenario.branches:
        teams[team.area] += WEEKS * team.council_hours_per_week
    held = [area for area in scenario.areas if teams[area.code] > 0]
    fits = {area: area.hours_per_four_weeks / teams[area.code] for area in held}
    scale = median(fits.values()) if fits else 1.0
    usual = scale if LEAST_SCALE <= scale <= MOST_SCALE else 1.0
    odd = {area: fit for area, fit in fits.items() if not LEAST_FIT <= fit / usual <= MOST_FIT}
    if odd:
        shown = [
            f"{area.name} ({area.hours_per_four_weeks:,.0f}, its teams {teams[area.code]:,.0f})"
            for area in odd
        ]
        yield (
            f"{counted(len(odd), 'area has', 'areas have')} hours in four weeks that differ "
            f"from those of its teams: {listed(shown)}.{_slip(list(odd.values()))} {AREAS}, and "
            "council_hours_per_week in branches.csv"
        )


def _slip(fits: list[float]) -> str:
    """What may have been typed in instead of hours in four weeks."""
    for name, slip in (("weekly", WEEKLY), ("yearly", YEARLY), ("yearly", 52.0)):
        if all(abs(fit / slip - 1) <= SLIP for fit in fits):
            return f" They may be {name} hours."
    return ""


def usual_area(scenario: Scenario) -> Iterator[str]:
    """Areas that are far smaller or larger than any known one, in a county of several."""
    odd = [
        f"{area.name} ({area.hours_per_four_weeks:,.0f})"
        for area in scenario.areas
        if not LEAST_AREA_HOURS <= area.hours_per_four_weeks <= MOST_AREA_HOURS
        and area.hours_per_four_weeks > 0
    ]
    if odd and len(scenario.areas) > 1:
        yield (
            f"{counted(len(odd), 'area lies', 'areas lie')} outside the usual "
            f"{LEAST_AREA_HOURS:,.0f} to {MOST_AREA_HOURS:,.0f} care hours in four weeks: "
            f"{listed(odd)}. {AREAS}"
        )


def density(scenario: Scenario) -> Iterator[str]:
    """Areas with far more or fewer hours on a km2 than any known one."""
    per_km2 = {
        area: area.hours_per_four_weeks / WEEKS / area.area_km2
        for area in scenario.areas
        if area.hours_per_four_weeks > 0
    }
    odd = [
        f"{area.name} ({value:,.{0 if value >= 1 else 2}f})"
        for area, value in per_km2.items()
        if not LEAST_DENSITY <= value <= MOST_DENSITY
    ]
    if odd:
        yield (
            f"{counted(len(odd), 'area lies', 'areas lie')} outside the usual {LEAST_DENSITY:g} "
            f"to {MOST_DENSITY:,.0f} care hours a week on a km2: {listed(odd)}. {AREAS} and "
            "area_km2"
        )


def people_per_provider(scenario: Scenario) -> Iterator[str]:
    """Providers that serve far fewer or more people than England's."""
    people = fsum(people_in_care(scenario, area) for area in scenario.areas)
    each = people / len(scenario.providers)
    if not LEAST_PEOPLE_PER_PROVIDER <= each <= MOST_PEOPLE_PER_PROVIDER:
        yield (
            f"a provider serves {each:,.0f} people of the council on average ({people:,.0f} "
            f"people, {len(scenario.providers):,} providers), but a closure in England affects "
            f"51 on average. {AREAS} and providers.csv"
        )


def package_hours(scenario: Scenario) -> Iterator[str]:
    """Packages that are far smaller or larger than England's."""
    hours = scenario.packages.published_hours
    if not PACKAGE_HOURS_2022 / 2 <= hours <= PACKAGE_HOURS_2025 * 2:
        yield (
            f"a package has {hours:,.3g} hours a week, but in England a package had "
            f"{PACKAGE_HOURS_2022} in 2021/22 and {PACKAGE_HOURS_2025} in 2024/25. Check "
            "packages.mean_carer_hours_per_week (or hours_values)"
        )


def posts_of_teams(scenario: Scenario) -> Iterator[str]:
    """Teams whose posts are given and fit their hours badly."""
    if scenario.workforce.unlimited_capacity:
        return
    each = contact_hours(scenario)
    odd = [
        f"{team.provider} in {team.area} ({team.posts:,} posts, {hours:,.0f} hours)"
        for team, hours in zip(scenario.branches, work_of_teams(scenario), strict=True)
        if team.posts is not None
        and hours > 0
        and not LEAST_POSTS_FIT <= team.posts * each / hours <= MOST_POSTS_FIT
    ]
    if odd:
        yield (
            f"{counted(len(odd), 'team has', 'teams have')} posts for less than half or more "
            f"than twice their hours a week, at {each:.0f} hours with people a carer: "
            f"{listed(odd)}. Check posts and hours in branches.csv, and the area's hours"
        )


def gaps_in_own_referrals(scenario: Scenario) -> Iterator[str]:
    """Days and areas without anybody in the user's own referrals."""
    if not scenario.referrals:
        return
    last = max(row.date for row in scenario.referrals)
    if (scenario.calendar.end - last).days > LONGEST_GAP_DAYS:
        yield (
            f"your referrals end on {last}, so nobody is referred after that day until "
            f"{scenario.calendar.end}"
        )
    told = {row.area for row in scenario.referrals}
    silent = [
        area.name
        for area in scenario.areas
        if area.code not in told and area.hours_per_four_weeks > 0
    ]
    if silent:
        yield f"your referrals have nobody in {counted(len(silent), 'area')}: {listed(silent)}"


def demand_of_own_referrals(scenario: Scenario) -> Iterator[str]:
    """Own referrals, in people and in hours, far from what keeps the county's hours in care."""
    if not scenario.referrals:
        return
    days = [row.date for row in scenario.referrals]
    weeks = ((max(days) - min(days)).days + 1) / 7
    usual = wanted_between(scenario, min(days), max(days))
    if usual == 0:
        return
    hours = fsum(row.hours_per_week for row in scenario.referrals)
    expected = usual * scenario.packages.published_hours
    fits = (len(days) / usual, hours / expected)
    spread = SURE_DEVIATIONS / sqrt(usual)
    if not LEAST_DEMAND_FIT - spread <= min(fits) <= max(fits) <= MOST_DEMAND_FIT + spread:
        yield (
            f"your referrals bring {len(days) / weeks:,.1f} people a week with "
            f"{hours / weeks:,.0f} hours, from {min(days)} to {max(days)}, but the county's "
            f"hours in care imply {usual / weeks:,.1f} people with {expected / weeks:,.0f} "
            f"hours. {AREAS}, care.mean_stay_days and your table"
        )


def wanted_between(scenario: Scenario, first: date, last: date) -> float:
    """People whom the county itself would refer from a day to another."""
    begins = max(0.0, float((first - scenario.calendar.start).days))
    ends = float((last - scenario.calendar.start).days + 1)
    part = grown(scenario, ends) - grown(scenario, begins)
    return part * fsum(referrals_per_day(scenario, area) for area in scenario.areas)


def hours_of_caseload(scenario: Scenario) -> Iterator[str]:
    """Areas whose given people have other hours than areas.csv, from which referrals follow."""
    if not scenario.caseload:
        return
    given = hours_by_area(scenario)
    apart = []
    for area in scenario.areas:
        stated = area.hours_per_four_weeks / WEEKS
        if abs(given[area.code] - stated) > MOST_APART * stated:
            apart.append(f"{area.name} ({given[area.code]:,.0f}, stated {stated:,.0f})")
    if apart:
        yield (
            f"the hours a week of your caseload differ by more than {100 * MOST_APART:.0f}% "
            f"from those of areas.csv in {counted(len(apart), 'area')}: {listed(apart)}. "
            "Referrals follow the hours of areas.csv, so care will grow or shrink towards "
            "them. Check both tables"
        )


LOOKS: tuple[Callable[[Scenario], Iterator[str]], ...] = (
    hours_of_teams,
    usual_area,
    density,
    people_per_provider,
    package_hours,
    posts_of_teams,
    gaps_in_own_referrals,
    demand_of_own_referrals,
    hours_of_caseload,
)
