"""Arrivals: who is referred in an area, and when, so that scenarios share their people.

Candidates come in strips: each strip is one referral a day high, whatever the scenario, and the
area's rate on a day reaches into so many strips. Within its strip a candidate has a height, drawn
evenly, and is referred if the rate on their day lies above them. A scenario with more demand so
meets everyone whom another one meets, and some more besides; two that agree again after a shock
meet the same people again.

A strip is read from day 0 on and, for the warm-up, from day 0 back, from streams of its own: a
later end or a longer warm-up adds people and changes nobody. A candidate's number is permanent too;
within a strip, numbers rise with time.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, pi

import numpy as np
from numpy.typing import NDArray

from sim.clock import DAYS_PER_WEEK, DAYS_PER_YEAR, days_between
from sim.ledger import NUMBERS
from sim.randomness import Draws, Floats
from sim.scenario import Scenario
from sim.scenario.expected import referrals_per_day
from sim.scenario.tables import Area as AreaRow

STRIP_PER_DAY = 1.0
"""Height of a strip, in referrals a day; with another one every run meets other people."""
NUMBERS_PER_STRIP = 100_000
FIRST_AFTER = 40_000
"""Candidates from day 0 on are numbered from here up, the others down: 100 years need 36,525."""
MOST_STRIPS = len(NUMBERS["referred"]) // NUMBERS_PER_STRIP
COLUMNS = 9
"""Uniforms that a person is made of."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """People referred in an area, in order: day, permanent number and uniforms of each."""

    days: Floats
    numbers: NDArray[np.int64]
    uniforms: Floats


def arrivals(scenario: Scenario, draws: Draws, row: AreaRow, first: float, last: float) -> Arrivals:
    """Everyone who is referred in an area from the first day to the last.

    Raises ValueError if an area has more referrals a day than there are numbers for.
    """
    strips = ceil(highest_rate(scenario, row, first, last) / STRIP_PER_DAY)
    if strips > MOST_STRIPS:
        most = MOST_STRIPS * STRIP_PER_DAY
        raise ValueError(f"{row.code}: more than {most:,.0f} referrals a day in one area")
    found = [_of_strip(scenario, draws, row, strip, (first, last)) for strip in range(strips)]
    if not found:
        return Arrivals(np.empty(0), np.empty(0, dtype=np.int64), np.empty((0, COLUMNS)))
    days = np.concatenate([one.days for one in found])
    numbers = np.concatenate([one.numbers for one in found])
    order = np.lexsort((numbers, days))
    uniforms = np.concatenate([one.uniforms for one in found])
    return Arrivals(days[order], numbers[order], uniforms[order])


def _of_strip(
    scenario: Scenario, draws: Draws, row: AreaRow, strip: int, span: tuple[float, float]
) -> Arrivals:
    """Those candidates of a strip who are referred."""
    first, last = span
    after, rows_after = _candidates(draws, f"{row.code}/{strip}", last)
    before, rows_before = _candidates(draws, f"{row.code}/{strip}/before", -first)
    days, rows = np.concatenate([after, -before]), np.concatenate([rows_after, rows_before])
    places = FIRST_AFTER + np.concatenate([np.arange(after.size), -1 - np.arange(before.size)])
    floor = strip * STRIP_PER_DAY
    # Growth and season may differ in the last bit between processors: it decides only for
    # somebody within 1e-15 of the rate, once in some ten million runs.
    referred = floor + STRIP_PER_DAY * rows[:, 1] < rate_on(scenario, row, days)
    referred &= (days >= first) & (days < last)
    return Arrivals(
        days[referred], strip * NUMBERS_PER_STRIP + places[referred], rows[referred, 2:]
    )


def _candidates(draws: Draws, strip: str, days: float) -> tuple[Floats, Floats]:
    """Candidates of so many days from day 0, the nearest first: how far off, and a row of uniforms.

    Week by week a Poisson number of them, each at an even moment of it: that takes no logarithm,
    whose last bit depends on the processor.
    """
    weeks = max(0, ceil(days / DAYS_PER_WEEK))
    counts = draws.stream("candidates", strip).poisson(STRIP_PER_DAY * DAYS_PER_WEEK, weeks)
    rows = draws.stream("people", strip).random((int(counts.sum()), 2 + COLUMNS))
    off = DAYS_PER_WEEK * (np.repeat(np.arange(weeks), counts) + rows[:, 0])
    order = np.argsort(off, kind="stable")
    return off[order], rows[order]


def rate_on(scenario: Scenario, row: AreaRow, days: Floats) -> Floats:
    """Referrals a day of an area on each day; growth, season and shocks act from day 0 on."""
    demand = scenario.demand
    since = np.maximum(days, 0.0)
    start = scenario.calendar.start.timetuple().tm_yday - 1
    season = np.cos(2 * pi * (since + start - demand.season_peak_day) / DAYS_PER_YEAR)
    rate = referrals_per_day(scenario, row)
    grown = rate * (1 + demand.growth_per_year) ** (since / DAYS_PER_YEAR)
    grown *= np.where(days < 0, 1.0, 1 + demand.season_amplitude * season)
    return grown * ratio_on(scenario, row, "referrals", days)


def highest_rate(scenario: Scenario, row: AreaRow, first: float, last: float) -> float:
    """A rate that an area does not pass between two days: as many strips are looked at."""
    demand = scenario.demand
    whole_days = np.arange(np.floor(first), last)
    shocks = ratio_on(scenario, row, "referrals", whole_days).max(initial=1.0)
    growth = max(1.0, (1 + demand.growth_per_year) ** (max(last, 0.0) / DAYS_PER_YEAR))
    season = 1 + abs(demand.season_amplitude)
    rate = referrals_per_day(scenario, row)
    return float(rate * growth * season * shocks)


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
