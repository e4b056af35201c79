"""The tables that a run leaves, beside those of sim.outcomes."""

from __future__ import annotations

from sim.outcomes import accounts, events, roles, weekly
from sim.outcomes.account import HARM, PROVIDERS_LOST
from sim.outcomes.declaration import Column, Table
from sim.outcomes.fates import FATES, FATES_BY_PAYER, SERVED_BY

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
    "One row for each outcome of the whole run.",
    (
        Column("outcome", "its name", "word"),
        Column("mean", "mean over replications", "see unit"),
        Column("low", "low end of the 95% interval of the mean", "see unit"),
        Column("high", "high end of it", "see unit"),
        Column("replications", "replications in which it is known", "count"),
        Column("unit", "unit", "word"),
        Column("better", "better direction", "word"),
        Column("meaning", "what it is", "text"),
    ),
)
BY_REPLICATION = Table(
    "figures_by_replication",
    "One row for each outcome and replication: pairs of scenarios are compared with these values.",
    (
        Column("replication", "number of the replication", "id"),
        Column("outcome", "its name", "word"),
        Column("value", "its value; blank if it is not known", "see unit of the outcome"),
    ),
)
BY_ARM = Table(
    "figures_by_arm",
    "One row for each arm and outcome of the failures: as they are asked for, with other "
    "shares of carers who move, one failure alone, other notices and responses, and the "
    "placebo (a team that serves one to three people closes that day).",
    (
        Column("arm", "what was compared with the market without the failures", "text"),
        *FIGURES.columns[:4],
        Column("p10", "in one replication out of ten it is lower", "see unit"),
        Column("p90", "in one out of ten it is higher", "see unit"),
        Column("replications", "replications in which it is known", "count"),
    ),
)
ACCOUNT = Table(
    "account",
    "The account of the failures: hours without care in the county beyond those of the same "
    "market without them. One row for each arm, group of people and length of time.",
    (
        Column("arm", "what was compared with the market without the failures", "text"),
        Column(
            "days",
            "hours are counted from the announcement to this many days after care stops",
            "days",
        ),
        Column(
            "whose",
            "direct (the people of the failing provider), self_funders (those of them who pay "
            "for their own care), indirect (everybody else) or total",
            "word",
        ),
        Column("mean", "mean over replications", "hours"),
        Column("low", "low end of the 95% interval of the mean", "hours"),
        Column("high", "high end of it", "hours"),
        Column("p10", "in one replication out of ten it is lower", "hours"),
        Column("p90", "in one out of ten it is higher", "hours"),
        Column("replications", "replications in which there was a provider to lose", "count"),
        Column("placebo_mean", "mean of the placebo", "hours"),
        Column("placebo_low", "low end of its 95% interval", "hours"),
        Column("placebo_high", "high end of it", "hours"),
    ),
)
ACCOUNT_BY_AREA = Table(
    "account_by_area",
    "The same by area, for the failures as they are asked for: means over replications.",
    (
        Column(
            "days",
            "hours are counted from the announcement to this many days after care stops",
            "days",
        ),
        Column("area", "code of the area in which the people live", "code"),
        Column("held", "whether the providers that fail have a team there", "yes/no"),
        Column("direct_hours", "hours of the people of the failing provider", "hours"),
        Column(
            "self_funders_hours",
            "the part of the direct hours that is for people who pay for their own care",
            "hours",
        ),
        Column("indirect_hours", "hours of everybody else", "hours"),
        Column("total_hours", "direct + indirect", "hours"),
        Column("total_low", "low end of the 95% interval of the total's mean", "hours"),
        Column("total_high", "high end of it", "hours"),
    ),
)
EACH_FAILURE = Table(
    "each_failure",
    "Several failures: each alone, each on top of the others, and their effect on one another "
    "(all together less the sum of each alone). Hours without care in the county, from the "
    "first announcement to 91 days after the last day on which care stops.",
    (
        Column("failure", "number in order of time; together; beyond_the_sum", "word"),
        Column("what", "who fails, how and when", "text"),
        Column("alone_mean", "hours that it adds alone", "hours"),
        Column("alone_low", "low end of the 95% interval of the mean", "hours"),
        Column("alone_high", "high end of it", "hours"),
        Column("on_top_mean", "hours that it adds where the others happen as well", "hours"),
        Column("on_top_low", "low end of the 95% interval of the mean", "hours"),
        Column("on_top_high", "high end of it", "hours"),
        Column("replications", "replications in which both are known", "count"),
    ),
)
COMPARED = Table(
    "notice_and_response",
    "Notices and responses to one closure, compared: one row for each arm. All arms are "
    "branches of one history. Hours without care in the county beyond those without the "
    "failure, over one window.",
    (
        Column("arm", "notice, response and share of carers who move", "text"),
        Column("notice_days", "notice", "days"),
        Column("response", "what the council does", "code"),
        Column(
            "carers_share", "share of carers who move; blank: the scenario's own share", "share"
        ),
        Column(
            "window_days", "number of days from the announcement in which hours are counted", "days"
        ),
        *(
            Column(f"{whose}_{end}", f"{meaning} hours: {words}", "hours")
            for whose, meaning in (
                ("direct", "hours of the people of the failing provider,"),
                ("indirect", "hours of everybody else,"),
                ("total", "of everybody,"),
            )
            for end, words in (
                ("mean", "mean over replications"),
                ("low", "low end of the 95% interval of the mean"),
                ("high", "high end of it"),
            )
        ),
        Column(
            "alone_1_day", "people at home without care for 24 hours or longer on end", "people"
        ),
        Column("alone_3_days", "the same for 72 hours", "people"),
        Column("alone_7_days", "the same for 7 days", "people"),
        Column(
            "in_danger_alone_3_days",
            "vulnerable people and those with critical visits, for 72 hours",
            "people",
        ),
        Column(
            "handed_over_late",
            "people taken over in the notice period and visited too late",
            "people",
        ),
        Column("response_cost", "what the response costs beyond usual fees", "GBP"),
        Column(
            "days_to_95_from_announcement",
            "median number of days from the announcement, notice included, until cover is back "
            "at 95% of the market without the failure for 28 days running; infinite if that "
            "takes more than 91 days after care stops",
            "days",
        ),
        Column("replications", "replications in which there was such a provider to lose", "count"),
    ),
)
RESPONSE = Table(
    "service_level",
    "Service level day by day around the failures, in the areas where the provider's people live.",
    (
        Column("replication", "number of the replication", "id"),
        Column("day_from_failure", "days since care stopped", "days"),
        Column("service_level", "(in service + bridged - missed) / needed hours", "share"),
        Column("without_failure", "the same, in the same market without the failures", "share"),
    ),
)
TABLES = (
    FIGURES,
    BY_REPLICATION,
    weekly.BY_TIER,
    weekly.BY_AREA,
    roles.BY_ROLE,
    YEARLY,
    ACCOUNT,
    ACCOUNT_BY_AREA,
    EACH_FAILURE,
    COMPARED,
    BY_ARM,
    HARM,
    PROVIDERS_LOST,
    RESPONSE,
    FATES,
    FATES_BY_PAYER,
    SERVED_BY,
    *events.ALL,
    accounts.PAYMENTS,
    accounts.ACCOUNTS,
    accounts.VISITS,
)
