"""The tables that a run leaves, beside those of sim.outcomes."""

from __future__ import annotations

from sim.outcomes import accounts, events, roles, weekly
from sim.outcomes.declaration import Column, Table
from sim.outcomes.fates import FATES

YEARLY = Table(
    "yearly_by_area",
    "The weekly table by calendar year: means over the year, sums of referrals and withdrawals.",
    (
        Column("year", "calendar year in which the week starts", "year"),
        Column(
            "days",
            "days of the weeks that start in the year: 364 or 371, fewer where the run ends",
            "days",
        ),
        *weekly.BY_AREA.columns[2:],
    ),
)
FIGURES = Table(
    "figures",
    "One row an outcome of the whole run.",
    (
        Column("outcome", "its name", "word"),
        Column("mean", "mean over replications", "see unit"),
        Column("low", "low end of the 95 % interval of the mean", "see unit"),
        Column("high", "high end of it", "see unit"),
        Column("replications", "replications in which it is known", "count"),
        Column("unit", "unit", "word"),
        Column("better", "better direction", "word"),
        Column("meaning", "what it is", "text"),
    ),
)
BY_REPLICATION = Table(
    "figures_by_replication",
    "One row an outcome and a replication: what pairs of scenarios are compared by.",
    (
        Column("replication", "number of the replication", "id"),
        Column("outcome", "its name", "word"),
        Column("value", "its value; blank if it is not known", "see unit of the outcome"),
    ),
)
BY_STAFF_MOVE = Table(
    "by_staff_move",
    "One row an outcome and a share of carers who move with their people after a failure.",
    (
        Column("staff_move_share", "carers of a failed provider who move", "share"),
        *FIGURES.columns[:5],
    ),
)
RESPONSE = Table(
    "service_level",
    "Day by day around each failure, in the areas hit.",
    (
        Column("replication", "number of the replication", "id"),
        Column("failure", "number of the failure in the run", "id"),
        Column("day_from_failure", "days since the failure", "days"),
        Column("service_level", "(in service + bridged - missed) / needed hours", "share"),
        Column("without_failure", "the same, in the same market without the failure", "share"),
    ),
)
TABLES = (
    FIGURES,
    BY_REPLICATION,
    weekly.BY_TIER,
    weekly.BY_AREA,
    roles.BY_ROLE,
    YEARLY,
    RESPONSE,
    BY_STAFF_MOVE,
    FATES,
    *events.ALL,
    accounts.PAYMENTS,
    accounts.ACCOUNTS,
    accounts.VISITS,
)
