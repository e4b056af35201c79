"""Labour shocks: fewer newcomers for a time, or carers gone everywhere at once."""

from __future__ import annotations

from zlib import crc32

from simpy.events import ProcessGenerator

from sim.clock import Rank, days_between
from sim.ledger import Cause
from sim.market.area import Area
from sim.market.market import Market
from sim.scenario.tables import Shock


def befall(market: Market, shock: Shock) -> ProcessGenerator:
    """One row of shocks.csv, on its day."""
    start = market.scenario.calendar.start
    codes = (shock.areas or "").split()
    areas = [area for area in market.areas if not codes or area.code in codes]
    identity = crc32(repr(shock).encode())
    yield market.clock.at(max(0.0, days_between(start, shock.date)), Rank.FAILURE, identity)
    if shock.kind == "carers_lost":
        lose_carers(market, areas, shock.size)
        return
    for area in areas:
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
