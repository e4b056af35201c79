"""The laws that every run obeys, checked on its ledger and against the market's own books."""

from __future__ import annotations

from sim.market.market import Market


def check(market: Market) -> None:
    pass
