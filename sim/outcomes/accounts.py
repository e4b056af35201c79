"""Money and providers in tables: payments, accounts, ratings; and who has closed by the end."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import Cause, Ledger, Spending
from sim.outcomes.declaration import Column, Table
from sim.outcomes.events import CAUSES
from sim.scenario.tables import RATINGS

Columns = dict[str, NDArray[Any]]
PERIODS_PER_YEAR = 13
SPENDING = np.array([kind.name.lower() for kind in Spending])
PENCE = 100

PAYMENTS = Table(
    "payments",
    "One row for each four-week period, area, tier and kind of spending.",
    (
        Column("day", "day of the settlement, the period's end", "days"),
        Column("area", "code of the area; blank = the county", "code"),
        Column("tier", "code of the tier; blank = none", "code"),
        Column("spending", "purpose of the spending", "word"),
        Column("delivered_hours", "carer hours delivered", "hours"),
        Column("paid_hours", "carer hours paid for: guaranteed, or weighted by fee", "hours"),
        Column("gbp", "amount", "GBP"),
    ),
)
ACCOUNTS = Table(
    "accounts",
    "One row for each provider and four-week period. Accounts are relative to each other, not "
    "real accounts.",
    (
        Column("day", "day of the settlement, the period's end", "days"),
        Column("provider", "code of the provider", "code"),
        Column("council_gbp", "income from the council", "GBP"),
        Column("direct_payment_gbp", "income from people on direct payments, top-ups too", "GBP"),
        Column("private_gbp", "income from people who pay for their own care", "GBP"),
        Column("pay_gbp", "carers' pay with absence and on-costs", "GBP"),
        Column("mileage_gbp", "mileage paid to carers", "GBP"),
        Column("overheads_gbp", "other costs, given the margin with which it began", "GBP"),
        Column("reserves_gbp", "reserves after the period", "GBP"),
    ),
)
VISITS = Table(
    "ratings",
    "One row for each visit that rated a provider.",
    (
        Column("day", "days since the first morning", "days"),
        Column("provider", "code of the provider", "code"),
        Column("rating", "rating that was found", "word"),
        Column("cause", "inspected by the regulator, or monitored by the council", "word"),
    ),
)


def settlement_days(ledger: Ledger) -> NDArray[Any]:
    """When accounts were settled: also where the council had nobody to pay."""
    told = [ledger.columns(name)["day"] for name in ("paid", "accounts")]
    return np.unique(np.concatenate(told))


def closed(ledger: Ledger) -> NDArray[Any]:
    """Providers that have closed everywhere."""
    traded = ledger.columns("traded")
    found = (traded["cause"] == Cause.CLOSED) & (traded["area"] == -1)
    return np.unique(traded["provider"][found])


def payments(ledger: Ledger) -> Columns:
    """The table PAYMENTS."""
    paid = ledger.columns("paid")
    labels = ledger.labels
    area = np.array([*labels.branch_area, -1])[paid["branch"]]
    keys = np.stack([area, paid["tier"], paid["spending"]])
    order = np.lexsort((*keys[::-1], paid["day"]))
    sorted_keys = np.vstack([paid["day"][order], keys[:, order]])
    new = np.ones(order.size, dtype=bool)
    new[1:] = (sorted_keys[:, 1:] != sorted_keys[:, :-1]).any(axis=0)
    starts = np.flatnonzero(new)

    def summed(name: str) -> NDArray[Any]:
        return np.add.reduceat(paid[name][order], starts) if starts.size else np.empty(0)

    first = order[starts]
    return {
        "day": paid["day"][first],
        "area": np.array([*labels.areas, ""])[area[first]],
        "tier": np.array([*labels.tiers, ""])[paid["tier"][first]],
        "spending": SPENDING[paid["spending"][first]],
        "delivered_hours": summed("delivered") / 60,
        "paid_hours": summed("minutes") / 60,
        "gbp": summed("amount") / PENCE,
    }


def accounts(ledger: Ledger) -> Columns:
    """The table ACCOUNTS."""
    facts = ledger.columns("accounts")
    names = ("council", "direct", "private", "pay", "mileage", "overheads", "cash")
    columns = [column.name for column in ACCOUNTS.columns[2:]]
    return {
        "day": facts["day"],
        "provider": np.array(ledger.labels.providers)[facts["provider"]],
        **{column: facts[name] / PENCE for column, name in zip(columns, names, strict=True)},
    }


def visits(ledger: Ledger) -> Columns:
    """The table VISITS."""
    facts = ledger.columns("rated")
    return {
        "day": facts["day"],
        "provider": np.array(ledger.labels.providers)[facts["provider"]],
        "rating": np.array(RATINGS)[facts["rating"]],
        "cause": CAUSES[facts["cause"]],
    }
