"""A run summed up: its figures by name, its weekly tables, and the response to each failure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import DIRECT_PAYMENT, Ledger
from sim.outcomes import weekly
from sim.outcomes.catalogue import declared, figures_of
from sim.outcomes.declaration import About
from sim.outcomes.failures import FirstFailure
from sim.outcomes.fates import fates
from sim.outcomes.histories import spells
from sim.outcomes.measures import Sight
from sim.outcomes.resilience import (
    Response,
    areas_hit,
    compared,
    cover_without,
    exits_of_themselves,
    failure_days,
    response,
)
from sim.outcomes.whole_run import WholeRun
from sim.scenario import Scenario

__all__ = ["Result", "declared", "summarise"]

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Result:
    """What is kept of one replication: figures, weekly tables, and the response to each failure."""

    replication: int
    figures: dict[str, float]
    by_area: Columns
    by_tier: Columns
    by_role: Columns
    responses: tuple[Response, ...]
    fates: Columns | None


def summarise(
    ledger: Ledger, scenario: Scenario, replication: int, reference: Ledger | None = None
) -> Result:
    """Reduce a run to its result; ``reference`` is the same run without the failures."""
    run = WholeRun(weekly.weeks_of(ledger, scenario))
    responses = responses_to(run.weeks, reference)
    tiers = [tier for tier in ledger.labels.tiers if tier != DIRECT_PAYMENT]
    figures = figures_of(declared(tiers), views_of(run, responses))
    after = fates(ledger, responses[0].failure_day) if responses else None
    return Result(replication, figures, run.by_area, run.by_tier, run.by_role, responses, after)


def views_of(run: WholeRun, responses: tuple[Response, ...]) -> dict[About, Any]:
    """What outcomes of a run are given: the run, the whole county over it, its first failure."""
    everywhere = np.ones(run.weeks.areas, dtype=bool)
    county = Sight(run.weeks, everywhere, (), 0.0, float(run.weeks.edges[-1]))
    views: dict[About, Any] = {About.RUN: run, About.PART: county}
    if responses:
        views[About.FAILURE] = FirstFailure(run.ledger, responses[0])
    return views


def responses_to(weeks: weekly.Weeks, reference: Ledger | None) -> tuple[Response, ...]:
    """The response to each failure that was scripted or came by chance.

    What follows from accounts and ratings is part of the market that they are compared with.
    """
    ledger, scenario = weeks.ledger, weeks.scenario
    tier = scenario.commissioning.principal_tier
    usual = None if reference is None else spells(reference)
    found = []
    of_themselves = exits_of_themselves(ledger, scenario)
    for day, provider in failure_days(ledger):
        if (day, provider) in of_themselves:
            continue
        hit = areas_hit(ledger, day, provider, tier)
        if day < 0 or not hit:
            continue
        after = response(ledger, weeks.spells, day, hit)
        if reference is not None and usual is not None:
            after = compared(after, cover_without(after, reference, usual))
        found.append(after)
    return tuple(found)
