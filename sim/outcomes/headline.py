"""A run summed up: its figures by name, its weekly tables, and the account of its failures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import DIRECT_PAYMENT, Ledger
from sim.outcomes import weekly
from sim.outcomes.account import (
    AS_ASKED,
    Account,
    Market,
    exit_rows,
    failures_asked_for,
    harm_rows,
    period_of,
)
from sim.outcomes.catalogue import declared, figures_of, of_failures
from sim.outcomes.declaration import About
from sim.outcomes.failures import Failures
from sim.outcomes.fates import fates, fates_by_payer, served_by
from sim.outcomes.measures import RunPart
from sim.outcomes.resilience import Response
from sim.outcomes.whole_run import WholeRun
from sim.scenario import Scenario

__all__ = ["FailureResult", "Result", "account_of", "declared", "reduced", "summarise"]

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class FailureResult:
    """What is kept of the account of a replication's failures, all of them together.

    ``days_known``: how many days after care stops are simulated. ``providers``: who failed. The
    rest as in the tables HARM, PROVIDERS_LOST, FATES, FATES_BY_PAYER and SERVED_BY.
    """

    figures: dict[str, float]
    days_known: float
    providers: tuple[str, ...]
    areas_held: tuple[str, ...]
    response: Response
    harm: Columns
    providers_lost: Columns
    fates: Columns
    fates_by_payer: Columns
    served_by: Columns


@dataclass(frozen=True, slots=True)
class Result:
    """What is kept of one replication: figures, weekly tables, and the account of its failures.

    ``failure``: None if no failure was asked for, or found nobody to befall.
    """

    replication: int
    figures: dict[str, float]
    by_area: Columns
    by_tier: Columns
    by_role: Columns
    failure: FailureResult | None = None


def summarise(
    ledger: Ledger,
    scenario: Scenario,
    replication: int,
    reference: Market | None = None,
    arm: str = AS_ASKED,
) -> Result:
    """Reduce a run to its result; ``reference`` is the same run without the failures."""
    run = WholeRun(weekly.weeks_of(ledger, scenario))
    tiers = [tier for tier in ledger.labels.tiers if tier != DIRECT_PAYMENT]
    account = None if reference is None else account_of(Market(ledger), reference, scenario)
    failure = None if account is None else reduced(account, replication, arm)
    figures = figures_of(declared(tiers), views_of(run))
    figures |= {} if failure is None else failure.figures
    return Result(replication, figures, run.by_area, run.by_tier, run.by_role, failure)


def views_of(run: WholeRun) -> dict[About, Any]:
    """What outcomes of a run are given: the run, and the whole county over it."""
    everywhere = np.ones(run.weeks.areas, dtype=bool)
    county = RunPart(run.weeks, everywhere, (), 0.0, float(run.weeks.edges[-1]))
    return {About.RUN: run, About.PART: county}


def account_of(market: Market, without: Market, scenario: Scenario) -> Account | None:
    """The account of the failures in a market; None if none found anybody to befall."""
    failures = failures_asked_for(market.ledger)
    if not failures:
        return None
    principal = scenario.commissioning.principal_places
    period = period_of(scenario) if scenario.failures else None
    return Account(market.beside(without), without.beside(market), failures, principal, period)


def reduced(account: Account, replication: int, arm: str) -> FailureResult:
    """Reduce an account to what is kept of it; ``arm``: what is compared with the other market."""
    labels = account.market.ledger.labels
    failures = Failures(account)
    tiers = [tier for tier in labels.tiers if tier != DIRECT_PAYMENT]
    teams = [branch for failure in account.failures for branch in failure.branches]
    return FailureResult(
        figures_of(of_failures(tiers), {About.FAILURE: failures}),
        account.days_known,
        tuple(labels.providers[who] for failure in account.failures for who in failure.providers),
        tuple(labels.areas[area] for area in sorted({labels.branch_area[b] for b in teams})),
        failures.after,
        harm_rows(account, replication, arm),
        exit_rows(account, replication, arm),
        fates(account),
        fates_by_payer(account),
        served_by(account),
    )
