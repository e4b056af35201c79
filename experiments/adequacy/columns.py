"""The tables of N-1 and what their columns mean."""

from __future__ import annotations

from sim.outcomes.adequacy import EROSION, ROLES
from sim.outcomes.declaration import Column, Table
from sim.outcomes.weekly import HOURS

SHARE = Column(
    "staff_move_share",
    "share of the stopping provider's carers who move with their people",
    "share",
)
MONTH = Column("month", "first day of the month, on which the provider or team stops", "date")
AREA = Column("area", "code of the area", "code")
PROVIDER = Column("provider", "code of the provider", "code")
ROLE = Column("role", f"role of the provider that would stop: {', '.join(ROLES)}", "word")
STOPS = Column("stops", "provider: the company, everywhere; team: in one area alone", "word")
REPLICATIONS = Column("replications", "number of replications; 1: a single simulated run", "count")
COMPARED = Column(
    "compared",
    "fixed set: those that are there from the first compared month on; all: those that are "
    "there in each month",
    "word",
)
N_MINUS_1 = "n_minus_1"
BY_PROVIDER = Table(
    "n_minus_1_by_provider",
    "Estimated N-1 (cover after the loss of one provider) of every principal provider and "
    "month, if the company closes everywhere; means over replications.",
    (
        MONTH,
        PROVIDER,
        Column("areas", "areas where it holds a principal provider contract at some time", "codes"),
        ROLE,
        SHARE,
        Column(
            "at_stake",
            "hours of care that it gives, paid by the council or by direct payment",
            HOURS,
        ),
        Column(N_MINUS_1, "1 - extra hours without care on day 28 / hours still needed", "share"),
        Column("suffices", "replications in which N-1 reaches the level asked for", "share"),
        Column(
            "total_hours_in_91_days",
            "hours without care that its closure adds within 91 days",
            "hours",
        ),
        REPLICATIONS,
    ),
)
BY_AREA = Table(
    "n_minus_1_by_area",
    "Estimated N-1 of every area and month, if only the team of that area stops and the rest "
    "of the company goes on; means over replications.",
    (
        MONTH,
        AREA,
        ROLE,
        SHARE,
        Column(
            "at_stake",
            "hours of care that the team gives, paid by the council or by direct payment",
            HOURS,
        ),
        Column("absorbable", "hours that the others could take on: A in the formula", HOURS),
        Column(N_MINUS_1, "1 - extra hours without care on day 28 / hours still needed", "share"),
        Column("suffices", "replications in which N-1 reaches the level asked for", "share"),
        Column(
            "added_hours_in_area_in_91_days",
            "hours without care that the stop adds within 91 days",
            "hours",
        ),
        REPLICATIONS,
    ),
)
COUNTY = Table(
    "n_minus_1_of_county",
    "All principal providers together, month by month: N-1 if one of them stopped, weighted by "
    "hours.",
    (
        MONTH,
        STOPS,
        COMPARED,
        SHARE,
        Column("principals", "principal providers, or areas with a principal provider", "count"),
        Column("at_stake", "hours of care that they give", HOURS),
        Column(N_MINUS_1, "mean N-1, weighted by hours at stake", "share"),
        Column("n_minus_1_over_12_months", "mean of this month and the eleven before", "share"),
        Column(
            "hours_below",
            "hours of the providers or areas whose N-1 is below the level asked for",
            HOURS,
        ),
        REPLICATIONS,
    ),
)
YEARS = Table(
    "n_minus_1_by_year",
    "The same by year, as means of months; only years of one fixed set may be compared.",
    (
        Column("year", "calendar year", "year"),
        STOPS,
        COMPARED,
        SHARE,
        Column("principals", "principal providers, or areas with a principal provider", "count"),
        Column("months", "months of the year in the mean", "count"),
        Column("at_stake", "hours of care that they give", HOURS),
        Column(N_MINUS_1, "mean N-1, weighted by hours at stake", "share"),
        Column(
            "hours_below",
            "hours of the providers or areas whose N-1 is below the level asked for",
            HOURS,
        ),
        REPLICATIONS,
    ),
)
LOWEST = Table(
    "chosen_apart",
    "The lowest N-1 of the last 12 months and the highest hours: chosen on odd replications, "
    "measured on even ones; empty with fewer than two replications.",
    (
        STOPS,
        SHARE,
        Column("figure", "n_minus_1 or added_hours_in_91_days", "word"),
        Column("code", "the provider or area that was chosen", "code"),
        Column("month", "the month that was chosen; blank: mean of the last 12 months", "date"),
        Column("chosen_on", "replications used to choose", "count"),
        Column("reported_on", "replications used for the mean", "count"),
        Column("mean", "mean of the figure over the replications not used to choose", "see figure"),
        Column("low", "lower end of the 95% interval of that mean", "see figure"),
        Column("high", "upper end", "see figure"),
    ),
)
SAMPLE = Table(
    "sample",
    "Closures that were fully simulated, of a provider or of one team alone, at every share of "
    "carers who move; one row for each branch.",
    (
        Column("replication", "number of the replication", "id"),
        MONTH,
        STOPS,
        Column("area", "area where the team stopped; blank: everywhere", "code"),
        ROLE,
        Column("provider", "role of the provider that was stopped", "code"),
        SHARE,
        Column("status", "finished or failed", "word"),
        Column("at_stake", "hours of care that it gave", HOURS),
        Column("needed", "hours its people would need at home on day 28 without the stop", HOURS),
        Column("extra", "hours without care in the county on day 28 that the stop adds", HOURS),
        Column("n_minus_1", "1 - extra / needed; may lie below 0 or above 1", "share"),
        Column("estimate", "the same figure as the estimate gives it", "share"),
        Column(
            "not_needed",
            "hours at stake of people who no longer need care or are in hospital on day 28",
            HOURS,
        ),
        Column(
            "taken_on", "hours at stake that another provider has taken over within 28 days", HOURS
        ),
        Column("added_hours_in_area_in_28_days", "hours without care where it stopped", "hours"),
        Column("added_hours_in_area_in_91_days", "the same within 91 days", "hours"),
        Column("total_hours_in_91_days", "the same in the whole county", "hours"),
        Column(
            "added_hours_in_91_days_estimate",
            "the estimate of these hours in the county (provider) or area (team); its "
            "constants are measured without this month and stop",
            "hours",
        ),
        Column("error", "the error in a branch that failed", "text"),
    ),
)
ERRORS = Table(
    "estimator_error",
    "How far the estimates are from the simulated closures, by what stops, role and share of "
    "carers.",
    (
        STOPS,
        Column("role", "role of the provider that stopped, or all", "word"),
        Column("staff_move_share", "share of carers who move; blank: all shares", "share"),
        Column("figure", "n_minus_1 (share) or added_hours_in_91_days (hours)", "word"),
        Column("branches", "number of branches", "count"),
        Column("reference_mean", "mean of the branches", "see figure"),
        Column("bias", "mean of estimate less reference", "see figure"),
        Column("rmse", "root of the mean squared error: the typical error", "see figure"),
        Column("correlation", "correlation between estimate and reference", "-1 to 1"),
    ),
)
EXPECTED = Table(
    "expected_loss",
    "Expected hours without care a year: hazard x loss within 91 days, principal providers only.",
    (
        Column("year", "calendar year", "year"),
        SHARE,
        Column("principals", "principal providers, mean over the year", "providers"),
        Column(
            "closures",
            "hours a year in the county from closures of principal providers",
            "hours/year",
        ),
        Column("closures_at_low_hazard", "at the low end of the hazard", "hours/year"),
        Column("closures_at_high_hazard", "at the high end of the hazard", "hours/year"),
        Column(
            "shortfalls_at_most",
            "hours a year if each shortfall cost as much as a team that stops: an upper bound",
            "hours/year",
        ),
        Column(
            "losses_at_most",
            "hours a year if each contract given back cost as much as a team that stops at once: "
            "an upper bound, since there is notice",
            "hours/year",
        ),
        Column(
            "loss_mean", "hours lost if a principal provider closes, mean over providers", "hours"
        ),
        Column(
            "loss_p95", "hours that one month, provider and replication in twenty exceeds", "hours"
        ),
        REPLICATIONS,
    ),
)
WARNING = Table(
    "early_warning",
    "When N-1 of the county is below a level, and the latest date to decide on replacement "
    "capacity.",
    (
        COMPARED,
        SHARE,
        Column("level", "level of N-1 of all principal providers, weighted by hours", "share"),
        Column("months", "months looked at", "months"),
        Column("first_below", "first month whose mean over replications is below it", "date"),
        Column("months_below", "number of months below it", "months"),
        Column(
            "below_from",
            "first month from which at least six of twelve months are below; blank: none, or one "
            "replication alone",
            "date",
        ),
        Column("decide_by", "that date less the days that a planned procurement takes", "date"),
        Column("first_12_months", "mean of the first twelve months", "share"),
        Column("last_12_months", "mean of the last twelve months", "share"),
        REPLICATIONS,
    ),
)
TABLES = (
    BY_PROVIDER, BY_AREA, COUNTY, YEARS, LOWEST, SAMPLE, ERRORS, EXPECTED, WARNING, EROSION,
)  # fmt: skip
