"""Outcomes of a contingency: failures beside the same market without them, in money."""

from __future__ import annotations

from sim.ledger import Ledger
from sim.outcomes.account import HEADLINE_DAYS
from sim.outcomes.accounts import PENCE
from sim.outcomes.declaration import About
from sim.outcomes.failures import Failures
from sim.outcomes.registry import outcome


@outcome("GBP", about=About.FAILURE)
def added_spend_gbp(failures: Failures) -> float:
    """What the council spends in addition, to 91 days after care stops, compared with the market
    without the failure."""
    account = failures.account
    if account.days_known < HEADLINE_DAYS:
        return float("nan")
    begins, ends = account.announced, account.stops + HEADLINE_DAYS
    with_it, without = (
        spent(one.ledger, begins, ends) for one in (account.market, account.without)
    )
    return with_it - without


def spent(ledger: Ledger, begins: float, ends: float) -> float:
    """What the council pays for home care in a period, settlements that fall in it."""
    paid = ledger.columns("paid")
    # A settlement falls on the morning after its four weeks, a period's last edge included.
    mine = (paid["day"] > begins) & (paid["day"] <= ends)
    return float(paid["amount"][mine].sum()) / PENCE
