"""Direct harm by where people live: towns and their fringe, or rural and isolated homes."""

from __future__ import annotations

from functools import partial

import numpy as np

from sim.outcomes.account import HEADLINE_DAYS, hours_without_care
from sim.outcomes.declaration import About
from sim.outcomes.events import SETTLEMENTS
from sim.outcomes.failures import Failures
from sim.outcomes.histories import Ints
from sim.outcomes.registry import outcome

CLASSES = {"urban": ("urban", "fringe"), "rural": ("rural", "isolated")}
"""Classes of homes as they are told of, and the settlements in each."""


def people_in(failures: Failures, homes: str) -> Ints:
    """Packages of the people concerned whose homes are of a class."""
    told = failures.account.market.ledger.columns("referred")
    kinds = np.flatnonzero(np.isin(SETTLEMENTS, CLASSES[homes]))
    theirs = told["package"][np.isin(told["settlement"], kinds)]
    found: Ints = failures.account.people[np.isin(failures.account.people, theirs)]
    return found


def displaced_in(failures: Failures, homes: str) -> float:
    """How many of the people concerned live in homes of a class."""
    return float(people_in(failures, homes).size)


def direct_hours_in(failures: Failures, homes: str) -> float:
    """Hours without care of these people to day 91, less the same people's without the failure."""
    account, people = failures.account, people_in(failures, homes)
    ends = account.stops + HEADLINE_DAYS
    if ends > account.known_to:
        return np.nan
    # The day on which care stops is an edge, as in the account: sums are the same to the digit.
    edges = np.unique([account.announced, account.stops, ends])
    now, usual = (
        hours_without_care(market, people, edges) for market in (account.market, account.without)
    )
    return float((now - usual)[..., 1].sum())


for _homes, _places in CLASSES.items():
    _told = " and ".join(_places)
    outcome(
        "people",
        about=About.FAILURE,
        better="lower",
        name=f"displaced_{_homes}",
        meaning=f"people of the failing providers who live in {_told} homes",
    )(partial(displaced_in, homes=_homes))
    outcome(
        "hours",
        about=About.FAILURE,
        better="lower",
        name=f"direct_hours_{_homes}_in_91_days",
        meaning="hours without care that the failures add for the people of the failing "
        f"providers in {_told} homes, to 91 days after care stops",
    )(partial(direct_hours_in, homes=_homes))
