"""Outcomes of money and providers: what the council spends, who stops and why."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import TO_PROVIDERS, Cause, Ledger, Spending, Stage
from sim.outcomes.accounts import PENCE, PERIODS_PER_YEAR, SPENDING, closed, settlement_days
from sim.outcomes.declaration import About
from sim.outcomes.histories import Ints, spell_averages
from sim.outcomes.registry import outcome
from sim.outcomes.whole_run import WholeRun

Columns = dict[str, NDArray[Any]]
PER_YEAR = "providers/year"
FIRST, LAST = slice(PERIODS_PER_YEAR), slice(-PERIODS_PER_YEAR, None)
"""The thirteen settlements at either end of a run: a year of four-week periods."""
MINUTES_PER_HOUR = 60
WEEKS_SETTLED_PER_YEAR = 4 * PERIODS_PER_YEAR


@outcome("GBP/year", about=About.RUN)
def spend_first_year(run: WholeRun) -> float:
    """What the council spends, first year."""
    return spent(run, FIRST)


@outcome("GBP/year", about=About.RUN)
def spend_last_year(run: WholeRun) -> float:
    """What the council spends, last year."""
    return spent(run, LAST)


def spent(run: WholeRun, part: slice, kind: Spending | None = None) -> float:
    """Pounds a year over some settlements, of one kind if given; NaN where nothing was settled."""
    rows, to_year = settled(run, part)
    if np.isnan(to_year):
        return np.nan
    gbp = rows["amount"] / PENCE * to_year
    return float((gbp if kind is None else gbp[rows["spending"] == kind]).sum())


def settled(run: WholeRun, part: slice) -> tuple[Columns, float]:
    """Payments of some settlements, and what makes their sum a year's; NaN without settlements."""
    paid = run.ledger.columns("paid")
    periods = settlement_days(run.ledger)[part]
    rows = {name: column[np.isin(paid["day"], periods)] for name, column in paid.items()}
    # A short run has fewer than thirteen settlements: they stand for a year all the same.
    return rows, PERIODS_PER_YEAR / periods.size if periods.size else np.nan


for _kind in Spending:
    _named = str(SPENDING[_kind])
    outcome(
        "GBP/year",
        about=About.RUN,
        name=f"spend_{_named}_last_year",
        meaning=f"what the council spends on {_named.replace('_', ' ')}, last year",
    )(partial(spent, part=LAST, kind=_kind))


@outcome("GBP/hour", about=About.RUN, better="lower")
def gbp_per_delivered_hour_first_year(run: WholeRun) -> float:
    """Payments to providers for each hour delivered to the council's people, first year."""
    return price(run, FIRST)


@outcome("GBP/hour", about=About.RUN, better="lower")
def gbp_per_delivered_hour_last_year(run: WholeRun) -> float:
    """Payments to providers for each hour delivered to the council's people, last year."""
    return price(run, LAST)


def price(run: WholeRun, part: slice) -> float:
    """Pounds for an hour delivered; NaN where nothing was settled or delivered."""
    rows, to_year = settled(run, part)
    to_providers = np.isin(rows["spending"], TO_PROVIDERS)
    hours = rows["delivered"][to_providers].sum() / MINUTES_PER_HOUR * to_year
    gbp = rows["amount"] / PENCE * to_year
    return float(gbp[to_providers].sum() / hours) if hours > 0 else np.nan


@outcome("hours/week", about=About.RUN, better="lower")
def paid_not_delivered_hours_last_year(run: WholeRun) -> float:
    """Hours paid for under guarantees but not delivered, last year."""
    rows, to_year = settled(run, LAST)
    idle = np.maximum(0, rows["minutes"] - rows["delivered"])[rows["spending"] == Spending.BLOCK]
    return float(idle.sum()) / MINUTES_PER_HOUR * to_year / WEEKS_SETTLED_PER_YEAR


@outcome(PER_YEAR, about=About.RUN, better="lower")
def insolvencies_per_year(run: WholeRun) -> float:
    """Providers that run out of money."""
    return providers_a_year(run, Cause.INSOLVENT)


@outcome(PER_YEAR, about=About.RUN, better="lower")
def exits_for_losses_per_year(run: WholeRun) -> float:
    """Providers that give notice after a year of losses."""
    return providers_a_year(run, Cause.NOT_VIABLE)


@outcome(PER_YEAR, about=About.RUN, better="lower")
def found_inadequate_per_year(run: WholeRun) -> float:
    """Providers found inadequate."""
    return providers_a_year(run, Cause.FOUND_INADEQUATE)


def providers_a_year(run: WholeRun, cause: Cause) -> float:
    """Different providers that met a cause, a year, from the first day on."""
    traded = run.ledger.columns("traded")
    found = (traded["cause"] == cause) & (traded["day"] >= 0)
    return float(np.unique(traded["provider"][found]).size) / run.years


@outcome("areas", about=About.RUN, better="lower")
def principals_tendered_anew(run: WholeRun) -> float:
    """Areas that seek a new principal provider before the contract's end, whole run."""
    contracted = run.ledger.columns("contracted")
    return float(((contracted["cause"] == Cause.TENDERED) & (contracted["day"] >= 0)).sum())


@outcome(PER_YEAR, about=About.RUN, better="higher")
def entrants_per_year(run: WholeRun) -> float:
    """Providers that enter the market."""
    return providers_a_year(run, Cause.ENTERED)


@outcome("hours/week", about=About.RUN, better="higher")
def entrants_hours_last_year(run: WholeRun) -> float:
    """Planned hours in service with providers that have entered, privately paid hours included,
    last year."""
    newcomers = np.isin(run.ledger.labels.branch_provider, entered(run.ledger))
    spells, edges = run.weeks.spells, run.weeks.edges[[run.last.start, run.last.stop]]
    served = spells.where(spells.in_stage(Stage.IN_SERVICE))
    mine = served.where(newcomers[served.branch])
    nought = np.zeros(mine.package.size, dtype=np.int64)
    return float(spell_averages(mine, mine.minutes / MINUTES_PER_HOUR, nought, 1, edges)[0, 0])


def entered(ledger: Ledger) -> Ints:
    """Providers that have entered during the run."""
    traded = ledger.columns("traded")
    found: Ints = traded["provider"][traded["cause"] == Cause.ENTERED]
    return found


@outcome("providers", about=About.RUN)
def providers_at_start(run: WholeRun) -> float:
    """Providers that trade on the first day."""
    return float(len(run.ledger.labels.providers) - entered(run.ledger).size)


@outcome("providers", about=About.RUN)
def providers_at_end(run: WholeRun) -> float:
    """Providers that trade at the end."""
    return float(len(run.ledger.labels.providers) - closed(run.ledger).size)
