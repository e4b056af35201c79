"""Referrals: people who need home care arrive in each area as a Poisson stream.

The rate that keeps the area's published hours in care on the first day, times growth, times
season, times the shocks in force (:mod:`sim.processes.arrivals`). Everything a person brings with
them (hours, home, route, stay) is drawn for the person from a table made before the clock starts,
one row each, whatever happens around them. A table of the user's own referrals can stand in for
the stream from the first day on; what it leaves blank is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaincinv, log_ndtr, logit, ndtri, ndtri_exp
from simpy.events import ProcessGenerator

from sim.clock import DAYS_PER_WEEK, Rank
from sim.draws import OWN_REFERRAL
from sim.ledger import Cause, Payer, Stage, package_id
from sim.market.area import Area
from sim.market.contract import Contract
from sim.market.market import Market
from sim.market.package import Package
from sim.processes.arrivals import COLUMNS, NUMBERS_PER_STRIP, arrivals, ratio_on
from sim.processes.care import QUARTER_HOUR, care
from sim.randomness import Draws, Floats, on_grid, uniform
from sim.scenario import Scenario
from sim.scenario.tables import Area as AreaRow
from sim.scenario.tables import CaseloadRow, ReferralRow

HALF_A_QUARTER_HOUR = QUARTER_HOUR / 60 / 2
SETTLEMENTS = ("urban", "fringe", "rural", "isolated")


def referrals(market: Market, area: Area, row: AreaRow) -> ProcessGenerator:
    """Refer one person after another to brokerage."""
    table = referral_table(market.scenario, market.draws, row)
    for place, (day, name, person) in enumerate(own_referrals(market, row)):
        table.append(Referral(day, "own referrals", place, name, person))
    for one in table:
        identity = package_id(area.id, one.kind, one.number)
        yield market.clock.at(one.day, Rank.REFERRAL, identity)
        package = package_of(market, area, identity, one.name, one.person)
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
        # A place a rounding error above the last sum still lies in the last area.
        at = min(at, len(self.rows) - 1)
        row, number = self.rows[at], self.referred[at]
        if number == len(self.people[at]):
            uniforms = self.streams[at].random((self.BLOCK, COLUMNS))
            self.people[at] += people(self.market.scenario, row, uniforms)
        self.referred[at] += 1
        area = self.market.areas[at]
        identity = package_id(area.id, "no reablement", number)
        name = f"{row.code}/no reablement/{number}"
        package = package_of(self.market, area, identity, name, self.people[at][number])
        seek_care(self.market, package, Cause.REABLEMENT_NOT_DONE)


def begin_in_care(
    market: Market, package: Package, contract: Contract, remaining_days: float, cause: Cause
) -> None:
    """Follow a person who is in care already, under a contract of the team that serves them."""
    put_in_care(market, package, contract, market.clock.now + remaining_days, cause)
    market.clock.follow(care(market, package))


def put_in_care(
    market: Market, package: Package, contract: Contract, need_ends_day: float, cause: Cause
) -> None:
    """Have a team serve a person from now on; what befalls them is followed elsewhere."""
    refer(market, package)
    package.had_care = True
    package.need_ends_day = need_ends_day
    package.stage = Stage.IN_SERVICE
    market.reserve(package, contract, contract.branch)
    market.record(package, cause)


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


def referral_table(scenario: Scenario, draws: Draws, row: AreaRow) -> list[Referral]:
    """Everyone who is referred in an area, in order, but for the people of the user's own table."""
    first = -float(scenario.calendar.warm_up_weeks * DAYS_PER_WEEK)
    found = arrivals(scenario, draws, row, first, 0.0 if scenario.referrals else scenario.days)
    hours = ratio_on(scenario, row, "hours", found.days)
    persons = people(scenario, row, found.uniforms, hours)
    rows = zip(found.days.tolist(), found.numbers.tolist(), persons, strict=True)
    return [
        Referral(day, "referred", number, permanent_name(row.code, number), person)
        for day, number, person in rows
    ]


def permanent_name(area: str, number: int) -> str:
    """What a person is called in every scenario: area, strip and candidate."""
    return f"{area}/{number // NUMBERS_PER_STRIP}/{number % NUMBERS_PER_STRIP}"


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
    uniforms = np.array(
        [[uniform(key, OWN_REFERRAL + k) for k in range(COLUMNS + 1)] for key in keys]
    )
    # An area without rows of its own would have no columns either.
    uniforms = uniforms.reshape(-1, COLUMNS + 1)
    drawn = people(scenario, row, uniforms[:, 1:])
    start = scenario.calendar.start
    days = [
        (told.date - start).days + float(moment)
        for told, moment in zip(mine, uniforms[:, 0], strict=True)
    ]
    persons = [
        as_told(person, told, told.carers_a_visit or person.carers, told.stay_days)
        for person, told in zip(drawn, mine, strict=True)
    ]
    return sorted(zip(days, names, persons, strict=True), key=itemgetter(0))


def by_content(told: ReferralRow) -> tuple[date, float, str]:
    """An order of rows that knows nothing of references or of the order of the table."""
    return (told.date, told.hours_per_week, told.model_dump_json(exclude={"person"}))


def as_told(
    person: Person, told: ReferralRow | CaseloadRow, carers: int, stay_days: float | None = None
) -> Person:
    """A drawn person with everything that the table says of them."""
    return Person(
        minutes=whole_minutes(told.hours_per_week, carers),
        carers=carers,
        settlement=person.settlement
        if told.settlement is None
        else SETTLEMENTS.index(told.settlement),
        hospital=person.hospital if told.hospital is None else told.hospital,
        vulnerable=person.vulnerable if told.vulnerable is None else told.vulnerable,
        critical=person.critical if told.critical is None else told.critical,
        stay_days=person.stay_days if stay_days is None else stay_days,
        end_cause=person.end_cause,
        first_review_days=person.first_review_days,
    )


def whole_minutes(hours: float, carers: int) -> int:
    """Hours a week in carer minutes: whole quarter hours of each carer, at least one."""
    step = QUARTER_HOUR * carers
    return max(step, round(hours * 60 / step) * step)


def mean_planned_hours(scenario: Scenario) -> float:
    """Mean planned (visit) hours a week of a package."""
    packages = scenario.packages
    mean = packages.published_hours
    if packages.hours_basis == "carer_hours":
        return mean / (1 + packages.double_handed_share)
    return mean


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


class Referral(NamedTuple):
    """A person who is referred: the day, the kind and place of their number, their name."""

    day: float
    kind: str
    number: int
    name: str
    person: Person


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
        return on_grid(-np.log1p(-uniforms)) * care.mean_stay_days
    return lognormal(uniforms, care.stay_log_sd) * care.mean_stay_days


def size_biased_stays(scenario: Scenario, uniforms: Floats) -> Floats:
    """Stays of people found in care, by the scenario's law."""
    care_rules = scenario.care
    if care_rules.stay_law == "fixed":
        return np.full(uniforms.size, care_rules.mean_stay_days)
    if care_rules.stay_law == "exponential":
        unit: Floats = np.asarray(gammaincinv(2.0, uniforms), dtype=float)
        return on_grid(unit) * care_rules.mean_stay_days
    spread = care_rules.stay_log_sd
    return lognormal(uniforms, spread, size_biased=True) * care_rules.mean_stay_days


def remaining_stays(scenario: Scenario, so_far: Floats, uniforms: Floats) -> Floats:
    """What remains of stays in days, of people who have been in care for so long.

    The law of stays given that it is longer: the inverse of its survival beyond ``so_far``. A
    stay of fixed length that should be over ends at once.
    """
    rules = scenario.care
    mean, spread = rules.mean_stay_days, rules.stay_log_sd
    if rules.stay_law == "exponential":
        return on_grid(-np.log1p(-uniforms)) * mean
    if rules.stay_law == "fixed" or spread == 0:
        return np.maximum(mean - so_far, 0.0)
    with np.errstate(divide="ignore"):
        reached = (np.log(so_far / mean) + spread**2 / 2) / spread
    # In logarithms, for of very long stays the survival itself is no longer a number.
    survival = np.log1p(-np.clip(uniforms, 0.0, 1 - 1e-12)) + log_ndtr(-reached)
    whole = mean * np.exp(-spread * ndtri_exp(survival) - spread**2 / 2)
    return on_grid(np.maximum(whole - so_far, 0.0) / mean) * mean


def double_handed_chance(scenario: Scenario, hours: Floats) -> Floats:
    """That somebody with so many carer hours a week is visited by two carers at a time.

    Two carers have half the planned hours: either law of hours is weighed by its share of people.
    """
    packages = scenario.packages
    share = packages.double_handed_share
    if packages.hours_law == "lognormal" and packages.hours_log_sd > 0:
        spread = packages.hours_log_sd
        single = np.log(hours / mean_planned_hours(scenario)) + spread**2 / 2
        double = single - np.log(2)
        weight = (single**2 - double**2) / (2 * spread**2)
        chance: Floats = expit(logit(share) + weight)
        return chance
    listed = packages.hours_law == "list"
    values = packages.hours_values if listed else (mean_planned_hours(scenario),)
    shares = packages.hours_shares if listed else (1.0,)
    alike = HALF_A_QUARTER_HOUR + 1e-9

    def likely(planned: Floats) -> Floats:
        near = np.abs(planned[:, None] - np.asarray(values)) <= alike
        found: Floats = near @ np.asarray(shares, dtype=float)
        return found

    one, two = (1 - share) * likely(hours), share * likely(hours / 2)
    known = one + two > 0
    # Hours that the law does not have say nothing of carers.
    return np.where(known, two / np.where(known, one + two, 1.0), share)


def lognormal(uniforms: Floats, log_sd: float, *, size_biased: bool = False) -> Floats:
    """Lognormal draws with mean 1 (or their size-biased law, which is lognormal too)."""
    # The inverse is infinite at 0 and 1, and a uniform may be 0.
    safe = np.clip(uniforms, 1e-12, 1 - 1e-12)
    shift = 0.5 if size_biased else -0.5
    return on_grid(np.exp(log_sd * ndtri(safe) + shift * log_sd**2))


def package_of(
    market: Market,
    area: Area,
    identity: int,
    name: str,
    person: Person,
    payer: Payer = Payer.COUNCIL,
) -> Package:
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
        payer=payer,
    )
