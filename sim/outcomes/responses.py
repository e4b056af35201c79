"""What the council's response to a closure costs.

Hours of teams that the council runs cost the in-house price in place of the fee that it paid the
provider for an hour before; carers on standby cost a year's pay, used or not. The council's own
staff (procurement, social work) have no price here.
"""

from __future__ import annotations

import numpy as np

from sim.clock import DAYS_PER_WEEK
from sim.ledger import Ledger, Stage
from sim.outcomes.account import HEADLINE_DAYS, MINUTES_PER_HOUR
from sim.outcomes.accounts import PENCE
from sim.outcomes.declaration import About
from sim.outcomes.failures import Failures
from sim.outcomes.histories import Spells, spell_averages
from sim.outcomes.registry import outcome
from sim.outcomes.strain import by_branch


@outcome("GBP", about=About.FAILURE, better="lower")
def response_cost(failures: Failures) -> float:
    """What the council's response costs beyond usual fees, by 91 days after care stops: hours of
    teams that it runs, and a year of carers on standby."""
    account = failures.account
    ends = account.stops + HEADLINE_DAYS
    if ends > account.known_to:
        return np.nan
    ledger, told = account.market.ledger, account.market.histories
    pence = 0.0
    for day, branch, _, _, _, _, _, pence_an_hour, pence_a_year in ledger.rows("responded"):
        pence += pence_a_year
        if pence_an_hour and day < ends:
            team = int(branch)
            extra = pence_an_hour - usual_fee(ledger, team, account.announced)
            pence += extra * hours_delivered(ledger, told, team, day, ends)
    return pence / PENCE


def usual_fee(ledger: Ledger, team: int, before: float) -> float:
    """What the council paid a team for each hour delivered before a day, in pence; NaN if nothing.

    A guarantee that is paid for hours not delivered is part of what an hour cost.
    """
    paid = ledger.columns("paid")
    mine = (paid["branch"] == team) & (paid["day"] < before)
    minutes = float(paid["delivered"][mine].sum())
    if minutes == 0:
        return np.nan
    return float(paid["amount"][mine].sum()) / minutes * MINUTES_PER_HOUR


def hours_delivered(ledger: Ledger, told: Spells, team: int, begins: float, ends: float) -> float:
    """Hours that a team delivers in a period: of whom it serves, less the visits it misses."""
    edges = np.array([begins, ends])
    served = told.where(told.in_stage(Stage.IN_SERVICE) & (told.branch == team))
    group = np.zeros(served.package.size, dtype=np.int64)
    due = spell_averages(served, served.minutes.astype(float), group, 1, edges)[0, 0]
    missed = by_branch(ledger, "strained", "missed", edges)[0, team]
    return float(due - missed) / MINUTES_PER_HOUR * (ends - begins) / DAYS_PER_WEEK
