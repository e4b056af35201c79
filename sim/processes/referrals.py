"""Referrals: people who need home care arrive in each area as a Poisson stream.

The rate that keeps the area's published hours in care on the first day, times growth, times
season, times the shocks in force. Everything a person brings with them (hours, home, route, stay)
is drawn for the person from a table made before the clock starts, one row each, whatever happens
around them. A table of the user's own referrals can stand in for the stream from the first day on;
what it leaves blank is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import inf, pi
from operator import attrgetter, itemgetter

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from simpy.events import ProcessGenerator

from sim.clock import DAYS_PER_WEEK, DAYS_PER_YEAR, Rank, days_between
from sim.ledger import Cause
from sim.market.area import Area
from sim.market.market import Market
from sim.market.package import Package
from sim.processes.care import QUARTER_HOUR
from sim.randomness import Floats, uniform
from sim.scenario import Scenario
from sim.scenario.tables import Area as AreaRow
from sim.scenario.tables import ReferralRow

IDS_PER_AREA = 1_000_000
WARM_START_IDS = 500_000
NO_REABLEMENT_IDS = 900_000
COLUMNS = 9
SETTLEMENTS = ("urban", "fringe", "rural", "isolated")


def referrals(market: Market, area: Area, row: AreaRow) -> ProcessGenerator:
    """Refer one person after another to brokerage."""
    for number, (day, name, person) in enumerate(referral_table(market, row)):
        identity = area.id * IDS_PER_AREA + number
        yield market.clock.at(day, Rank.REFERRAL, identity)
        package = package_of(market, area, identity, name, person)
        seek_care(market, package, Cause.REFERRED)


def seek_care(market: Market, package: Package, cause: Cause) -> None:
    """Someone is referred and joins the interim care list until a provider is found."""
    refer(market, package)
    market.join_list(package, cause)
    market.brokerage.seek(package)


class WithoutReablement:
    """People who are referred because they missed reablement: drawn area by area, in blocks."""

    BLOCK = 64

    def __init__(self, market: Market) -> None:
        self.market = market
        self.rows = sorted(market.scenario.areas, key=attrgetter("code"))
        self.hours = np.cumsum([row.hours_per_four_weeks for row in self.rows])
        self.streams = [market.draws.stream("no reablement", row.code) for row in self.rows]
        self.people: list[list[Person]] = [[] for _ in self.rows]
        self.referred = [0 for _ in self.rows]

    def refer(self, place: float) -> None:
        """One more person; ``place`` (0 to 1) picks the area, by its hours."""
        at = int(np.searchsorted(self.hours, place * self.hours[-1], side="right"))
        at = min(at, len(self.rows) - 1)
        row, number = self.rows[at], self.referred[at]
        if number == len(self.people[at]):
            uniforms = self.streams[at].random((self.BLOCK, COLUMNS))
            self.people[at] += people(self.market.scenario, row, uniforms)
        self.referred[at] += 1
        area = self.market.areas[at]
        identity = area.id * IDS_PER_AREA + NO_REABLEMENT_IDS + number
        name = f"{row.code}/no reablement/{number}"
        package = package_of(self.market, area, identity, name, self.people[at][number])
        seek_care(self.market, package, Cause.REABLEMENT_NOT_DONE)


def refer(market: Market, package: Package) -> None:
    """Record who is referred."""
    market.ledger.referred(
        market.clock.now,
        package.id,
        package.area.id,
        package.minutes,
        package.carers,
        package.settlement,
        package.hospital,
        package.vulnerable,
        package.critical,
    )


def referral_table(market: Market, row: AreaRow) -> list[tuple[float, str, Person]]:
    """The days on which people of an area are referred, their permanent names, and who they are."""
    scenario = market.scenario
    first = -float(scenario.calendar.warm_up_weeks * DAYS_PER_WEEK)
    days = arrival_days(market, row, first, scenario.days)
    if scenario.referrals:
        days = days[days < 0]
    if days.size > WARM_START_IDS:
        raise ValueError(f"{row.code}: more than {WARM_START_IDS:,} referrals in one area")
    uniforms = market.draws.stream("people", row.code).random((days.size, COLUMNS))
    generated = people(scenario, row, uniforms, ratio_on(scenario, row, "hours", days))
    names = [f"{row.code}/{number}" for number in range(days.size)]
    return [*zip(days.tolist(), names, generated, strict=True), *own_referrals(market, row)]


def own_referrals(market: Market, row: AreaRow) -> list[tuple[float, str, Person]]:
    """An area's people from the user's table, each at a drawn moment of the day, in that order.

    Blanks are drawn for the area, the date and the place among that day's rows: rows of other
    days, the order of the table and the references of people move nothing.
    """
    scenario = market.scenario
    mine = sorted((told for told in scenario.referrals if told.area == row.code), key=by_content)
    names = [
        f"{row.code}/own/{day}/{place}"
        for day, rows in groupby(mine, key=attrgetter("date"))
        for place, _ in enumerate(rows)
    ]
    keys = [market.draws.key("own referrals", name) for name in names]
    uniforms = np.array([[uniform(key, k) for k in range(COLUMNS + 1)] for key in keys])
    uniforms = uniforms.reshape(-1, COLUMNS + 1)
    drawn = people(scenario, row, uniforms[:, 1:])
    start = scenario.calendar.start
    days = [
        (told.date - start).days + float(moment)
        for told, moment in zip(mine, uniforms[:, 0], strict=True)
    ]
    persons = [as_told(person, told) for person, told in zip(drawn, mine, strict=True)]
    return sorted(zip(days, names, persons, strict=True), key=itemgetter(0))


def by_content(told: ReferralRow) -> tuple[date, float, str]:
    """An order of rows that knows nothing of references or of the order of the table."""
    return (told.date, told.hours_per_week, told.model_dump_json(exclude={"person"}))


def as_told(person: Person, told: ReferralRow) -> Person:
    """A drawn person with everything that the table says of them."""
    carers = told.carers_a_visit or person.carers
    step = QUARTER_HOUR * carers
    return Person(
        minutes=max(step, round(told.hours_per_week * 60 / step) * step),
        carers=carers,
        settlement=person.settlement
        if told.settlement is None
        else SETTLEMENTS.index(told.settlement),
        hospital=person.hospital if told.hospital is None else told.hospital,
        vulnerable=person.vulnerable if told.vulnerable is None else told.vulnerable,
        critical=person.critical if told.critical is None else told.critical,
        stay_days=person.stay_days if told.stay_days is None else told.stay_days,
        end_cause=person.end_cause,
        first_review_days=person.first_review_days,
    )


def mean_planned_hours(scenario: Scenario) -> float:
    """Mean planned (visit) hours a week of a package."""
    packages = scenario.packages
    mean = packages.published_hours
    if packages.hours_basis == "carer_hours":
        return mean / (1 + packages.double_handed_share)
    return mean


def referrals_per_day(scenario: Scenario, row: AreaRow) -> float:
    """The steady rate that keeps the area's hours in care: stock = rate x mean stay."""
    people = row.hours_per_four_weeks / 4 / scenario.packages.published_hours
    return people / scenario.care.mean_stay_days


def arrival_days(market: Market, row: AreaRow, first: float, last: float) -> Floats:
    """Arrival times by inverting the cumulative rate; growth and season act from day 0 on."""
    scenario, demand = market.scenario, market.scenario.demand
    base = referrals_per_day(scenario, row) * demand.referrals_per_start
    grid = np.arange(first, np.ceil(last) + 1.0)
    since = np.maximum(grid, 0.0)
    start = scenario.calendar.start.timetuple().tm_yday - 1
    season = np.cos(2 * pi * (since + start - demand.season_peak_day) / DAYS_PER_YEAR)
    rate = base * (1 + demand.growth_per_year) ** (since / DAYS_PER_YEAR)
    rate = rate * np.where(grid < 0, 1.0, 1 + demand.season_amplitude * season)
    rate = rate * ratio_on(scenario, row, "referrals", grid)
    cumulative = np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) / 2)])
    generator = market.draws.stream("referrals", row.code)
    count = int(cumulative[-1] + 10 * cumulative[-1] ** 0.5 + 10)
    arrivals = np.cumsum(generator.standard_exponential(count))
    arrivals = arrivals[arrivals < cumulative[-1]]
    days: Floats = np.interp(arrivals, cumulative, grid)
    return days[days < last]


def ratio_on(scenario: Scenario, row: AreaRow, kind: str, days: Floats) -> Floats:
    """The product of an area's shocks of a kind that are in force on each day; 1 without any."""
    ratio = np.ones(days.size)
    for shock in scenario.shocks:
        if shock.kind != kind or (shock.areas and row.code not in shock.areas.split()):
            continue
        begins = max(0.0, days_between(scenario.calendar.start, shock.date))
        ends = inf if shock.ends is None else days_between(scenario.calendar.start, shock.ends)
        ratio[(days >= begins) & (days < ends)] *= shock.size
    return ratio


@dataclass(frozen=True, slots=True)
class Person:
    """What one person brings with them."""

    minutes: int
    carers: int
    settlement: int
    hospital: bool
    vulnerable: bool
    critical: bool
    stay_days: float
    end_cause: int
    first_review_days: float


def people(
    scenario: Scenario, row: AreaRow, uniforms: Floats, hours_ratio: Floats | float = 1.0
) -> list[Person]:
    """Turn rows of uniforms into people; ``hours_ratio``: to the usual planned hours."""
    packages, care = scenario.packages, scenario.care
    route, hours, handed, place, frail, vital, stay, review, end = uniforms.T
    carers = np.where(handed < packages.double_handed_share, 2, 1)
    minutes = planned_minutes(scenario, hours, hours_ratio) * carers
    mix = np.cumsum([row.urban_share, row.fringe_share, row.rural_share])
    settlement = np.searchsorted(mix, place, side="right")
    causes = np.array([Cause.DIED, Cause.TO_RESIDENTIAL_CARE, Cause.RECOVERED])
    ends = causes[
        np.searchsorted(
            np.cumsum([care.ends_by_death, care.ends_by_residential_care]), end, side="right"
        )
    ]
    columns = (
        minutes,
        carers,
        settlement,
        route < scenario.demand.hospital_route_share,
        frail < packages.vulnerable_share,
        vital < packages.critical_share,
        stays(scenario, stay),
        ends,
        review * care.review_interval_days,
    )
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [Person(*values) for values in rows]


def planned_minutes(
    scenario: Scenario, uniforms: Floats, ratio: Floats | float = 1.0
) -> NDArray[np.int64]:
    """Planned minutes a week, times a ratio, in whole quarter hours, at least one."""
    packages = scenario.packages
    if packages.hours_law == "list":
        places = np.searchsorted(np.cumsum(packages.hours_shares)[:-1], uniforms, side="right")
        hours = np.asarray(packages.hours_values)[places]
    else:
        spread = packages.hours_log_sd if packages.hours_law == "lognormal" else 0.0
        hours = mean_planned_hours(scenario) * lognormal(uniforms, spread)
    quarters = np.maximum(1, np.rint(hours * ratio * 60 / QUARTER_HOUR)).astype(np.int64)
    return quarters * QUARTER_HOUR


def stays(scenario: Scenario, uniforms: Floats) -> Floats:
    """Lengths of stay in days, by the scenario's law."""
    care = scenario.care
    if care.stay_law == "fixed":
        return np.full(uniforms.size, care.mean_stay_days)
    if care.stay_law == "exponential":
        return -np.log1p(-uniforms) * care.mean_stay_days
    return lognormal(uniforms, care.stay_log_sd) * care.mean_stay_days


def lognormal(uniforms: Floats, log_sd: float, *, size_biased: bool = False) -> Floats:
    """Lognormal draws with mean 1 (or their size-biased law, which is lognormal too)."""
    safe = np.clip(uniforms, 1e-12, 1 - 1e-12)
    shift = 0.5 if size_biased else -0.5
    draws: Floats = np.exp(log_sd * ndtri(safe) + shift * log_sd**2)
    return draws


def package_of(market: Market, area: Area, identity: int, name: str, person: Person) -> Package:
    """The package of a person; ``name`` is the key of all draws of unknown number."""
    return Package(
        identity,
        market.draws.key("package", name),
        area,
        person.minutes,
        person.carers,
        person.settlement,
        hospital=person.hospital,
        vulnerable=person.vulnerable,
        critical=person.critical,
        stay_days=person.stay_days,
        end_cause=person.end_cause,
        first_review_days=person.first_review_days,
    )
