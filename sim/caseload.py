"""The opening caseload: people in care on the first day, as the user's own table has them.

They take the place of the drawn people of the warm start, all of them: where the table has nobody,
nobody is in care. A warm-up would replace them by others, so nothing befalls them before the first
day: they are with their teams from the beginning of the run on, and the warm-up brings lists, posts
and hires to rest around them. Others are referred meanwhile; who of them has a first visit before
the first day is among those who were given already, and leaves as somebody else would have.

What a row leaves blank is drawn given what it says: carers by hours, what remains of a stay by the
time in care, a direct payment by it too. Draws hang on what a row says, not on its place: the
order of rows moves nothing, and with other rows beside it a person stays the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import exp, log1p

import numpy as np
from simpy.events import ProcessGenerator

from sim.clock import DAYS_PER_YEAR, Rank, days_between
from sim.draws import CASELOAD
from sim.ledger import Cause, package_id
from sim.market.area import Area
from sim.market.market import Market
from sim.market.package import Package
from sim.processes import referrals
from sim.processes.arrivals import COLUMNS
from sim.processes.care import FIRST_DAY, care, in_hospital_at_first
from sim.processes.referrals import Person
from sim.processes.rollout import phase_starts
from sim.randomness import Floats, on_grid, uniform
from sim.scenario import Scenario
from sim.scenario.caseload import content_of
from sim.scenario.tables import Area as AreaRow
from sim.scenario.tables import CaseloadRow
from sim.warm_start import direct_payment_chance, placed_under

HANDED = 2
"""The uniform of a person that decides how many carers visit them (``referrals.people``)."""
REMAINING, SO_FAR, PAYMENT, HOSPITAL, HOSPITAL_SO_FAR = range(COLUMNS, COLUMNS + 5)
ALL_COLUMNS = COLUMNS + 5


def people_given(market: Market, area: Area, row: AreaRow) -> None:
    """Put the people of an area's caseload into the care of their teams."""
    scenario = market.scenario
    told = sorted((one for one in scenario.caseload if one.area == row.code), key=content_of)
    if not told:
        return
    names = names_of(told)
    keys = [market.draws.key("caseload", row.code, name) for name in names]
    drawn = np.array([[uniform(key, CASELOAD + k) for k in range(ALL_COLUMNS)] for key in keys])
    remaining, so_far = stays(scenario, told, drawn)
    payment = drawn[:, PAYMENT] < direct_payment_chance(scenario, so_far)
    away = drawn[:, HOSPITAL] < hospital_chance(scenario)
    teams = {team.provider.code: team for team in area.branches}
    phase = phase_on_first_day(scenario, row)
    persons = people_told(scenario, row, told, drawn)
    for place, (one, person) in enumerate(zip(told, persons, strict=True)):
        identity = package_id(area.id, "caseload", place)
        name = f"{row.code}/caseload/{names[place]}"
        package = referrals.package_of(market, area, identity, name, person)
        team = teams[one.provider]
        contract = placed_under(market, package, team, phase)
        if payment[place] if one.direct_payment is None else one.direct_payment:
            contract = market.outside_the_tiers(team)
        ends_day = FIRST_DAY + float(remaining[place])
        referrals.put_in_care(market, package, contract, ends_day, Cause.WARM_START)
        if away[place]:
            days = in_hospital_so_far(scenario, float(drawn[place, HOSPITAL_SO_FAR]))
            in_hospital_at_first(market, package, FIRST_DAY, days)
        market.clock.follow(from_the_first_day(market, package))


def from_the_first_day(market: Market, package: Package) -> ProcessGenerator:
    """What befalls a person who was given: nothing before the first day."""
    yield market.clock.at(FIRST_DAY, Rank.CARE, package.id)
    yield from care(market, package)


def names_of(told: Sequence[CaseloadRow]) -> list[str]:
    """A name for each row, by all that it says; equal rows are numbered."""
    times: Counter[str] = Counter()
    names = []
    for one in told:
        content = content_of(one)
        names.append(f"{content}/{times[content]}")
        times[content] += 1
    return names


def people_told(
    scenario: Scenario, row: AreaRow, told: Sequence[CaseloadRow], drawn: Floats
) -> list[Person]:
    """People as the table has them, with what it leaves blank."""
    hours = np.array([one.hours_per_week for one in told])
    double = drawn[:, HANDED] < referrals.double_handed_chance(scenario, hours)
    persons = referrals.people(scenario, row, drawn[:, :COLUMNS])
    return [
        referrals.as_told(person, one, one.carers_a_visit or (2 if by_two else 1))
        for one, person, by_two in zip(told, persons, double.tolist(), strict=True)
    ]


def stays(scenario: Scenario, told: Sequence[CaseloadRow], drawn: Floats) -> tuple[Floats, Floats]:
    """Days that people will yet be in care, and days that they have been.

    Of whom it is not said since when, both are drawn as in the warm start: the stay of somebody
    found in care is size-biased, its age uniform within it.
    """
    whole = referrals.size_biased_stays(scenario, drawn[:, REMAINING])
    left = drawn[:, SO_FAR] * whole
    start = scenario.calendar.start
    known = np.array([one.since is not None for one in told])
    age = np.array([0.0 if one.since is None else days_between(one.since, start) for one in told])
    given = referrals.remaining_stays(scenario, age, drawn[:, REMAINING])
    return np.where(known, given, left), np.where(known, age, whole - left)


def hospital_chance(scenario: Scenario) -> float:
    """That somebody on a provider's books is in hospital, with their place kept.

    Time at home and kept time in hospital take turns.
    """
    rules = scenario.care
    if rules.hold_days == 0:
        return 0.0
    kept = rules.mean_hospital_days * (1 - exp(-rules.hold_days / rules.mean_hospital_days))
    away = rules.hospital_admissions_per_year / DAYS_PER_YEAR * kept
    return away / (1 + away)


def in_hospital_so_far(scenario: Scenario, drawn: float) -> float:
    """Days in hospital of somebody whose place is still kept: exponential, below the hold."""
    rules = scenario.care
    kept = 1 - exp(-rules.hold_days / rules.mean_hospital_days)
    return on_grid(-log1p(-drawn * kept)) * rules.mean_hospital_days


def phase_on_first_day(scenario: Scenario, row: AreaRow) -> int:
    """The phase of the commissioning model that an area is in as the run begins."""
    started = [
        number for day, number in phase_starts(scenario, row) if day <= scenario.calendar.start
    ]
    return started[-1] if started else 0
