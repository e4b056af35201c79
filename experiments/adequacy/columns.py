"""The tables of N-1 adequacy and what their columns mean."""

from __future__ import annotations

from sim.outcomes.adequacy import EROSION, ROLES
from sim.outcomes.declaration import Column, Table
from sim.outcomes.weekly import HOURS

SHARE = Column("staff_move_share", "carers of the stopped team who move with people", "share")
MONTH = Column("month", "first day of the month; the team stops as it begins", "date")
AREA = Column("area", "code of the area", "code")
ROLE = Column("role", f"who would stop: {', '.join(ROLES)}", "word")

ADEQUACY = Table(
    "adequacy",
    "N-1 adequacy of every area and month by the estimate; means over replications.",
    (
        MONTH,
        AREA,
        ROLE,
        SHARE,
        Column("at_stake", "hours that the team serves, council-paid or direct payment", HOURS),
        Column("absorbable", "hours that the others could take on: A of the formula", HOURS),
        Column("adequacy", "share of the hours at stake that others take on in 28 days", "share"),
        Column("suffices", "replications in which adequacy reaches the level asked for", "share"),
        Column(
            "added_hours_in_area_in_28_days",
            "hours without care that the stop adds within 28 days",
            "hours",
        ),
        Column(
            "added_hours_in_area_in_91_days",
            "hours without care that the stop adds within 91 days",
            "hours",
        ),
        Column("replications", "replications in which hours are at stake", "count"),
    ),
)
COUNTY = Table(
    "county",
    "All areas with a principal together, month by month: if one of them stopped.",
    (
        MONTH,
        SHARE,
        Column("principals", "areas that have a principal", "areas"),
        Column("at_stake", "hours that principals serve", HOURS),
        Column("adequacy", "mean over principals, weighted by hours at stake", "share"),
        Column("not_sufficing", "areas whose adequacy is below the level asked for", "areas"),
    ),
)
SAMPLE = Table(
    "sample",
    "Area-months at which the team was really stopped, each at every share of carers who move.",
    (
        Column("replication", "number of the replication", "id"),
        MONTH,
        AREA,
        ROLE,
        Column("provider", "who was stopped", "code"),
        SHARE,
        Column("status", "finished or failed", "word"),
        Column("at_stake", "hours that the team served", HOURS),
        Column("not_needed", "of these, need over or in hospital after 28 days", HOURS),
        Column("taken_on", "of these, served by another provider within 28 days", HOURS),
        Column("reference", "taken on / (at stake - not needed)", "share"),
        Column("absorbable", "hours that the others could take on: A of the formula", HOURS),
        Column("estimate", "adequacy by the formula", "share"),
        Column(
            "added_hours_in_area_in_28_days",
            "hours without care in the area that the stop added",
            "hours",
        ),
        Column("added_hours_in_area_in_91_days", "the same within 91 days", "hours"),
        Column("added_hours_in_county_in_91_days", "the same in the whole county", "hours"),
        Column(
            "added_hours_in_area_in_91_days_estimate",
            "the estimate of that in the area, its constants measured without this area-month",
            "hours",
        ),
        Column("error", "what went wrong in a branch that failed", "text"),
    ),
)
ERRORS = Table(
    "estimator_error",
    "How far the estimates are from the branches, by role and share of carers who move.",
    (
        Column("role", "who stopped, or all", "word"),
        Column("staff_move_share", "carers who move; blank: all", "share"),
        Column("figure", "adequacy (share) or added_hours_in_area_in_91_days (hours)", "word"),
        Column("branches", "how many", "count"),
        Column("reference_mean", "mean of the branches", "see figure"),
        Column("bias", "mean of estimate - reference", "see figure"),
        Column("rmse", "root of the mean squared error", "see figure"),
        Column("correlation", "between estimate and reference", "-1 to 1"),
    ),
)
EXPECTED = Table(
    "expected_loss",
    "Uncovered hours to be expected a year: hazard x loss within 91 days, principals only.",
    (
        Column("year", "calendar year", "year"),
        SHARE,
        Column("principals", "areas with a principal, mean over the year", "areas"),
        Column("closures", "hours a year from closures of principals", "hours/year"),
        Column("closures_at_low_hazard", "at the low end of the hazard", "hours/year"),
        Column("closures_at_high_hazard", "at the high end of the hazard", "hours/year"),
        Column(
            "shortfalls_at_most",
            "hours a year from shortfalls if each cost as much as a closure: an upper bound",
            "hours/year",
        ),
        Column("loss_mean", "hours lost if a principal closes, mean over area-months", "hours"),
        Column("loss_p95", "one area-month and replication in twenty loses more", "hours"),
        Column("loss_worst", "the worst area-month and replication", "hours"),
    ),
)
WARNING = Table(
    "early_warning",
    "When county adequacy falls below a level for good, and when to decide to be in time.",
    (
        SHARE,
        Column("level", "of county adequacy", "share"),
        Column("replications_below", "replications in which it is below at the end", "count"),
        Column("below_from", "first month from which it stays below; median", "date"),
        Column("decide_by", "that date less the days of a planned procurement", "date"),
    ),
)
TABLES = (ADEQUACY, COUNTY, SAMPLE, ERRORS, EXPECTED, WARNING, EROSION)
