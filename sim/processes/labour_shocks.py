"""Labour shocks: more or fewer newcomers for a time, or carers gone everywhere at once."""

from __future__ import annotations

from zlib import crc32

from simpy.events import ProcessGenerator

from sim.clock import Rank, days_between
from sim.ledger import Cause
from sim.market.area import Area
from sim.market.market import Market
from sim.scenario.tables import Shock


def areas_of(market: Market, shock: Shock) -> list[Area]:
    """The areas that a shock concerns."""
    codes = (shock.areas or "").split()
    return [area for area in market.areas if not codes or area.code in codes]


def carers_go(market: Market, shock: Shock) -> ProcessGenerator:
    """On its day a share of every team's carers is gone."""
    begins = max(0.0, days_between(market.scenario.calendar.start, shock.date))
    yield market.clock.at(begins, Rank.FAILURE, crc32(repr(shock).encode()))
    lose_carers(market, areas_of(market, shock), shock.size)


def newcomers_change(market: Market, shock: Shock) -> ProcessGenerator:
    """From its day until its end other numbers of people begin to look for care work."""
    start = market.scenario.calendar.start
    areas = areas_of(market, shock)
    identity = crc32(repr(shock).encode())
    yield market.clock.at(max(0.0, days_between(start, shock.date)), Rank.FAILURE, identity)
    for area in areas:
        # A list, not a product: shocks overlap, and one of nought could not be divided out again.
        area.newcomers_ratios.append(shock.size)
    if shock.ends is None:
        return
    yield market.clock.at(max(0.0, days_between(start, shock.ends)), Rank.FAILURE, identity)
    for area in areas:
        area.newcomers_ratios.remove(shock.size)


def lose_carers(market: Market, areas: list[Area], share: float) -> None:
    """A share of every team's carers is gone at once, the latest to join."""
    for area in areas:
        for branch in area.branches:
            if not branch.closed:
                market.ledger.traded(
                    market.clock.now, branch.provider.id, area.id, Cause.STAFF_LOST
                )
                market.workforce.lose_at_once(branch, share)
