"""Money and providers: what the council spends, who stops and why, how good those are who go on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import DAYS_PER_YEAR
from sim.ledger import HIRES, TO_PROVIDERS, Cause, Ledger, Spending
from sim.outcomes.declaration import Column, Outcome, Table
from sim.outcomes.events import CAUSES
from sim.outcomes.weekly import Weeks
from sim.scenario.tables import RATINGS

Columns = dict[str, NDArray[Any]]
PERIODS_PER_YEAR = 13
SPENDING = np.array([kind.name.lower() for kind in Spending])
PENCE = 100

PAYMENTS = Table(
    "payments",
    "One row a four-week period, area, tier and kind of spending.",
    (
        Column("day", "day of the settlement, the period's end", "days"),
        Column("area", "code of the area; blank = the county", "code"),
        Column("tier", "code of the tier; blank = none", "code"),
        Column("spending", "what it is for", "word"),
        Column("delivered_hours", "carer hours delivered", "hours"),
        Column("paid_hours", "carer hours paid for: guaranteed, or weighted by fee", "hours"),
        Column("gbp", "amount", "GBP"),
    ),
)
ACCOUNTS = Table(
    "accounts",
    "One row a provider and four-week period. Accounts are relative to each other, not real ones.",
    (
        Column("day", "day of the settlement, the period's end", "days"),
        Column("provider", "code of the provider", "code"),
        Column("council_gbp", "income from the council", "GBP"),
        Column("direct_payment_gbp", "income from people on direct payments, top-ups too", "GBP"),
        Column("private_gbp", "income from people who pay themselves", "GBP"),
        Column("pay_gbp", "carers' pay with absence and on-costs", "GBP"),
        Column("mileage_gbp", "mileage paid to carers", "GBP"),
        Column("overheads_gbp", "what is left between these and the margin it began with", "GBP"),
        Column("reserves_gbp", "reserves after the period", "GBP"),
    ),
)
VISITS = Table(
    "ratings",
    "One row a visit that rated a provider.",
    (
        Column("day", "days since the first morning", "days"),
        Column("provider", "code of the provider", "code"),
        Column("rating", "what was found", "word"),
        Column("cause", "inspected by the regulator, or monitored by the council", "word"),
    ),
)

PER_YEAR = "providers/year"
MONEY = (
    Outcome("spend_first_year", "what the council spends, first year", "GBP/year", "neither"),
    Outcome("spend_last_year", "what the council spends, last year", "GBP/year", "neither"),
    *(
        Outcome(
            f"spend_{kind}_last_year",
            f"of it, {kind.replace('_', ' ')}",
            "GBP/year",
            "neither",
        )
        for kind in SPENDING.tolist()
    ),
    Outcome(
        "gbp_per_delivered_hour_first_year",
        "payments to providers for each hour delivered to the council's people, first year",
        "GBP/hour",
        "lower",
    ),
    Outcome("gbp_per_delivered_hour_last_year", "the same, last year", "GBP/hour", "lower"),
    Outcome(
        "paid_not_delivered_hours_last_year",
        "hours paid for under guarantees and not delivered, last year",
        "hours/week",
        "lower",
    ),
    Outcome(
        "recruits_from_sector_share",
        "carers hired who worked in home care before, of all hired",
        "share",
        "neither",
    ),
    Outcome("insolvencies_per_year", "providers that run out of money", PER_YEAR, "lower"),
    Outcome(
        "exits_for_losses_per_year",
        "providers that give notice after a year of losses",
        PER_YEAR,
        "lower",
    ),
    Outcome("found_inadequate_per_year", "providers found inadequate", PER_YEAR, "lower"),
    Outcome(
        "principals_tendered_anew",
        "areas that seek a new principal before its contract's end, whole run",
        "areas",
        "lower",
    ),
    Outcome("providers_at_start", "providers that trade on the first day", "providers", "neither"),
    Outcome("providers_at_end", "providers that trade at the end", "providers", "neither"),
    Outcome(
        "good_or_outstanding_share_at_end",
        "of the providers that trade at the end and are rated, good or outstanding",
        "share",
        "higher",
    ),
)


def money_figures(weeks: Weeks) -> dict[str, float]:
    """Figures of MONEY; NaN where nothing was settled."""
    ledger = weeks.ledger
    paid = ledger.columns("paid")
    days = settlement_days(ledger)
    ends = {"first": days[:PERIODS_PER_YEAR], "last": days[-PERIODS_PER_YEAR:]}
    figures: dict[str, float] = {}
    for when, periods in ends.items():
        rows = {name: column[np.isin(paid["day"], periods)] for name, column in paid.items()}
        # A run shorter than a year is told at the pace of a year.
        to_year = PERIODS_PER_YEAR / periods.size if periods.size else np.nan
        gbp = rows["amount"] / PENCE * to_year
        figures[f"spend_{when}_year"] = float(gbp.sum()) if periods.size else np.nan
        to_providers = np.isin(rows["spending"], TO_PROVIDERS)
        hours = rows["delivered"][to_providers].sum() / 60 * to_year
        price = float(gbp[to_providers].sum() / hours) if periods.size and hours else np.nan
        figures[f"gbp_per_delivered_hour_{when}_year"] = price
        if when == "last":
            for kind in Spending:
                spent = float(gbp[rows["spending"] == kind].sum()) if periods.size else np.nan
                figures[f"spend_{kind.name.lower()}_last_year"] = spent
            idle = np.maximum(0, rows["minutes"] - rows["delivered"])[
                rows["spending"] == Spending.BLOCK
            ]
            figures["paid_not_delivered_hours_last_year"] = (
                float(idle.sum()) / 60 * to_year / 52 if periods.size else np.nan
            )
    return figures | exits(weeks)


def settlement_days(ledger: Ledger) -> NDArray[Any]:
    """When accounts were settled: also where the council had nobody to pay."""
    told = [ledger.columns(name)["day"] for name in ("paid", "accounts")]
    return np.unique(np.concatenate(told))


def exits(weeks: Weeks) -> dict[str, float]:
    """Who stops and why, and how good those are who go on."""
    ledger = weeks.ledger
    years = float(weeks.edges[-1]) / DAYS_PER_YEAR
    traded = ledger.columns("traded")

    def a_year(cause: Cause) -> float:
        found = (traded["cause"] == cause) & (traded["day"] >= 0)
        # Each provider once: it may be found inadequate again and again.
        return float(np.unique(traded["provider"][found]).size) / years

    contracted = ledger.columns("contracted")
    anew = (contracted["cause"] == Cause.TENDERED) & (contracted["day"] >= 0)
    rated = [rating for rating in ratings_at_end(weeks) if rating is not None]
    good = [rating for rating in rated if RATINGS.index(rating) >= RATINGS.index("good")]
    return {
        "recruits_from_sector_share": recruits_from_sector(ledger),
        "insolvencies_per_year": a_year(Cause.INSOLVENT),
        "exits_for_losses_per_year": a_year(Cause.NOT_VIABLE),
        "found_inadequate_per_year": a_year(Cause.FOUND_INADEQUATE),
        "principals_tendered_anew": float(anew.sum()),
        "providers_at_start": float(len(ledger.labels.providers)),
        "providers_at_end": float(len(ledger.labels.providers) - closed(ledger).size),
        "good_or_outstanding_share_at_end": len(good) / len(rated) if rated else np.nan,
    }


def recruits_from_sector(ledger: Ledger) -> float:
    """Of the carers hired from the first day on, those who worked in home care before."""
    staffed = ledger.columns("staffed")
    hired = np.isin(staffed["cause"], HIRES) & (staffed["day"] >= 0)
    within = staffed["cause"][hired] == Cause.HIRED_EXPERIENCED
    return float(within.mean()) if within.size else np.nan


def closed(ledger: Ledger) -> NDArray[Any]:
    """Providers that have closed everywhere."""
    traded = ledger.columns("traded")
    found = (traded["cause"] == Cause.CLOSED) & (traded["area"] == -1)
    return np.unique(traded["provider"][found])


def ratings_at_end(weeks: Weeks) -> list[str | None]:
    """The latest rating of every provider that still trades; None if it has none."""
    gone = set(closed(weeks.ledger).tolist())
    rows = sorted(weeks.scenario.providers, key=lambda row: row.code)
    latest: list[str | None] = [None if row.rating == "not_rated" else row.rating for row in rows]
    for _, provider, rating, _ in weeks.ledger.rows("rated"):
        latest[int(provider)] = RATINGS[int(rating)]
    return [rating for provider, rating in enumerate(latest) if provider not in gone]


def payments(ledger: Ledger) -> Columns:
    """The table PAYMENTS."""
    paid = ledger.columns("paid")
    labels = ledger.labels
    # Index -1, for payments to no team, finds the last place: no area.
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
