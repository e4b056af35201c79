"""The tables of N-1 and what their columns mean."""

from __future__ import annotations

from sim.outcomes.adequacy import EROSION, ROLES
from sim.outcomes.declaration import Column, Table
from sim.outcomes.weekly import HOURS

SHARE = Column("staff_move_share", "carers of who stops who move with their people", "share")
MONTH = Column("month", "first day of the month; who stops does so as it begins", "date")
AREA = Column("area", "code of the area", "code")
PROVIDER = Column("provider", "code of the provider", "code")
ROLE = Column("role", f"who would stop: {', '.join(ROLES)}", "word")
STOPS = Column("stops", "provider: the company, everywhere; team: in one area alone", "word")
REPLICATIONS = Column("replications", "of how many; 1: a single simulated run", "count")
COMPARED = Column(
    "compared",
    "fixed set: those that are there from the first compared month on; all: whoever is there",
    "word",
)
N_MINUS_1 = "n_minus_1"
BY_PROVIDER = Table(
    "n_minus_1_by_provider",
    "N-1 of every principal provider and month by the estimate, if the company closes everywhere; "
    "means over replications.",
    (
        MONTH,
        PROVIDER,
        Column("areas", "areas where it holds a principal contract at some time", "codes"),
        ROLE,
        SHARE,
        Column("at_stake", "hours that it serves, council-paid or direct payment", HOURS),
        Column(N_MINUS_1, "1 - extra hours without care on day 28 / hours still needed", "share"),
        Column("suffices", "replications in which it reaches the level asked for", "share"),
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
    "The kinder half of the question: N-1 of every area and month by the estimate, if the team of "
    "that area alone stops and the rest of the company goes on; means over replications.",
    (
        MONTH,
        AREA,
        ROLE,
        SHARE,
        Column("at_stake", "hours that the team serves, council-paid or direct payment", HOURS),
        Column("absorbable", "hours that the others could take on: A of the formula", HOURS),
        Column(N_MINUS_1, "1 - extra hours without care on day 28 / hours still needed", "share"),
        Column("suffices", "replications in which it reaches the level asked for", "share"),
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
    "All principals together, month by month: what if one of them stopped, weighted by hours.",
    (
        MONTH,
        STOPS,
        COMPARED,
        SHARE,
        Column("principals", "principal providers, or areas with a principal", "count"),
        Column("at_stake", "hours that they serve", HOURS),
        Column(N_MINUS_1, "mean over them, weighted by hours at stake", "share"),
        Column("n_minus_1_over_12_months", "mean of this month and the eleven before", "share"),
        Column("hours_below", "hours of those whose N-1 is below the level asked for", HOURS),
        REPLICATIONS,
    ),
)
YEARS = Table(
    "n_minus_1_by_year",
    "The same by year, means of its months; only years of one fixed set may be compared.",
    (
        Column("year", "calendar year", "year"),
        STOPS,
        COMPARED,
        SHARE,
        Column("principals", "principal providers, or areas with a principal", "count"),
        Column("months", "months of the year that count", "count"),
        Column("at_stake", "hours that they serve", HOURS),
        Column(N_MINUS_1, "mean over them, weighted by hours at stake", "share"),
        Column("hours_below", "hours of those whose N-1 is below the level asked for", HOURS),
        REPLICATIONS,
    ),
)
LOWEST = Table(
    "chosen_apart",
    "Chosen as lowest (N-1, last 12 months) or highest (hours) on odd replications, reported on "
    "even ones; nothing with fewer than two replications.",
    (
        STOPS,
        SHARE,
        Column("figure", "n_minus_1 or added_hours_in_91_days", "word"),
        Column("code", "the provider or area that was chosen", "code"),
        Column("month", "and the month; blank: mean of the last 12 months", "date"),
        Column("chosen_on", "replications that chose", "count"),
        Column("reported_on", "replications of which the mean is", "count"),
        Column("mean", "of the figure, on replications that did not choose", "see figure"),
        Column("low", "lower end of the 95% interval of that mean", "see figure"),
        Column("high", "upper end", "see figure"),
    ),
)
SAMPLE = Table(
    "sample",
    "Months at which a provider was really closed, or its team alone stopped, each at every share "
    "of carers who move; a row a branch.",
    (
        Column("replication", "number of the replication", "id"),
        MONTH,
        STOPS,
        Column("area", "where the team stopped; blank: everywhere", "code"),
        ROLE,
        Column("provider", "who was stopped", "code"),
        SHARE,
        Column("status", "finished or failed", "word"),
        Column("at_stake", "hours that it served", HOURS),
        Column("needed", "hours its people would need at home on day 28 without the stop", HOURS),
        Column("extra", "hours without care in the county on day 28 that the stop adds", HOURS),
        Column("n_minus_1", "1 - extra / needed; not clipped", "share"),
        Column("estimate", "the same by the estimate", "share"),
        Column("not_needed", "hours at stake whose need is over, or in hospital, by day 28", HOURS),
        Column("taken_on", "hours at stake served by another provider within 28 days", HOURS),
        Column("added_hours_in_area_in_28_days", "hours without care where it stopped", "hours"),
        Column("added_hours_in_area_in_91_days", "the same within 91 days", "hours"),
        Column("total_hours_in_91_days", "the same in the whole county", "hours"),
        Column(
            "added_hours_in_91_days_estimate",
            "the estimate of those in the county (provider) or area (team), its constants measured "
            "without this month and stop",
            "hours",
        ),
        Column("error", "what went wrong in a branch that failed", "text"),
    ),
)
ERRORS = Table(
    "estimator_error",
    "How far the estimates are from the branches, by what stops, role and share of carers.",
    (
        STOPS,
        Column("role", "who stopped, or all", "word"),
        Column("staff_move_share", "carers who move; blank: all", "share"),
        Column("figure", "n_minus_1 (share) or added_hours_in_91_days (hours)", "word"),
        Column("branches", "how many", "count"),
        Column("reference_mean", "mean of the branches", "see figure"),
        Column("bias", "mean of estimate - reference", "see figure"),
        Column("rmse", "root of the mean squared error: the typical error", "see figure"),
        Column("correlation", "between estimate and reference", "-1 to 1"),
    ),
)
EXPECTED = Table(
    "expected_loss",
    "Hours without care to be expected a year: hazard x loss within 91 days, principals only.",
    (
        Column("year", "calendar year", "year"),
        SHARE,
        Column("principals", "principal providers, mean over the year", "providers"),
        Column("closures", "hours a year in the county from closures of principals", "hours/year"),
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
        Column("loss_mean", "hours lost if a principal closes, mean over providers", "hours"),
        Column("loss_p95", "one month, provider and replication in twenty loses more", "hours"),
        REPLICATIONS,
    ),
)
WARNING = Table(
    "early_warning",
    "When N-1 of the county is below a level, and when to decide to be in time.",
    (
        COMPARED,
        SHARE,
        Column("level", "of N-1 of all principal providers, weighted by hours", "share"),
        Column("months", "months looked at", "months"),
        Column("first_below", "first month whose mean over replications is below it", "date"),
        Column("months_below", "how many months are", "months"),
        Column(
            "below_from",
            "first month from which at least six of twelve months are below; blank: none, or one "
            "replication alone",
            "date",
        ),
        Column("decide_by", "that date less the days of a planned procurement", "date"),
        Column("first_12_months", "mean of the first twelve months", "share"),
        Column("last_12_months", "mean of the last twelve months", "share"),
        REPLICATIONS,
    ),
)
TABLES = (
    BY_PROVIDER, BY_AREA, COUNTY, YEARS, LOWEST, SAMPLE, ERRORS, EXPECTED, WARNING, EROSION,
)  # fmt: skip
