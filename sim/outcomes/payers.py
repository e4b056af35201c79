"""Payers: people whose care the council pays for, and self-funders, apart and together.

Self-funders are followed one by one only from the moment their provider gives notice or closes
(:mod:`sim.processes.self_funders`). In a market in which it goes on they are an amount of private
work, served by it: to compare two markets person by person, each is given those whom only the other
one follows, as people who are served.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import IDS_PER_AREA, Ledger, Stage, pay_themselves
from sim.outcomes.histories import Ints, Spells

Columns = dict[str, NDArray[Any]]
NO_TEAM = -1
"""The team of people who are served as an amount of private work: no team counts them."""


def of_the_council(facts: Columns) -> Columns:
    """Those facts about packages that are about people whose care the council pays for."""
    council = ~pay_themselves(facts["package"])
    return {name: column[council] for name, column in facts.items()}


def has_figures(ledger: Ledger) -> bool:
    """Whether anything is known of people who pay for their own care."""
    return ledger.count("private") > 0


def payer_of(packages: Ints) -> NDArray[np.str_]:
    """Who pays, in a word."""
    words: NDArray[np.str_] = np.where(pay_themselves(packages), "self", "council")
    return words


def followed_at(ledger: Ledger, teams: Sequence[int], day: float) -> Ints:
    """Self-funders of some teams who are followed one by one from a day on."""
    told = ledger.columns("self_funded")
    mine: Ints = told["package"][np.isin(told["branch"], teams) & (told["day"] == day)]
    return mine


def and_those_served_privately(
    own: Ledger, histories: Spells, other: Ledger, others: Spells
) -> Spells:
    """A market's histories, and those of self-funders whom only the other market follows.

    They lie in hospital as in the other market, and are served at all other times until their need
    ends, or until they are followed here too.
    """
    told, here = other.columns("self_funded"), own.columns("self_funded")
    if not told["package"].size:
        return histories
    followed = dict(zip(here["package"].tolist(), here["day"].tolist(), strict=True))
    ends = {
        package: min(end, own.day, followed.get(package, np.inf))
        for package, end in zip(told["package"].tolist(), told["ends"].tolist(), strict=True)
    }
    lived = others.where(pay_themselves(others.package))
    final = np.append(lived.package[1:] != lived.package[:-1], True)
    # Whoever left the other market early still needs care in this one.
    until = np.array([ends[package] for package in lived.package.tolist()])
    stop = np.where(final & ~lived.last, until, np.minimum(lived.end, until))
    in_hospital = lived.stage == Stage.INTERRUPTED
    served = Spells(
        package=lived.package,
        area=lived.package // IDS_PER_AREA,
        stage=np.where(in_hospital, Stage.INTERRUPTED, Stage.IN_SERVICE),
        branch=np.full(lived.package.size, NO_TEAM),
        tier=lived.tier,
        minutes=lived.minutes,
        cause=lived.cause,
        start=lived.start,
        end=stop,
        last=np.zeros(lived.package.size, dtype=bool),
    )
    return _together(histories, served.where(stop > lived.start))


def _together(many: Spells, few: Spells) -> Spells:
    """Both by package, then time; of those that begin at one moment, the many's first."""
    first = np.searchsorted(many.package, few.package)
    ends = np.searchsorted(many.package, few.package, side="right")
    # Of most people only one of the two knows anything.
    for place in np.flatnonzero(ends > first):
        mine = many.start[first[place] : ends[place]]
        first[place] += np.searchsorted(mine, few.start[place], side="right")
    names = Spells.__dataclass_fields__
    return Spells(*(np.insert(getattr(many, n), first, getattr(few, n)) for n in names))
