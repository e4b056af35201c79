"""The sections of a county's parameters about providers: how they enter, fail and are rated."""

from __future__ import annotations

from typing import Literal

from sim.scenario.declaration import Frozen, days, parameter, share


class Entry(Frozen):
    """Providers that enter the market during the run, and of which nobody knows beforehand."""

    providers_per_year: float = parameter(
        "providers that enter, in the whole county; each begins with one team in one area",
        unit="per year",
        low=0,
        high=50,
        default=0.0,
        default_source="assumption: nobody enters, so that no capacity is counted before it "
        "exists. On record are net changes of all registered services (P055: 5 "
        "in Norfolk in a year; P090: 11% in England in 2024/25), not how many "
        "of them take the council's work",
    )
    days_between_rounds: float = parameter(
        "time between the rounds in which a purchasing system admits providers; 0 = at any time",
        unit="days",
        low=0,
        high=2000,
        default=0.0,
        default_source="documents 002 and 003: the framework stays open to new providers "
        "(SL38, SR47); about 270 if it is opened at intervals (P033: four times "
        "from 2019 to 2022)",
    )
    where: Literal["hours", "waiting"] = parameter(
        "how likely it is to enter each area: in proportion to the council's hours there, or "
        "to the hours of people who have no provider there on that day",
        unit="rule",
        default="hours",
        default_source="assumption: as work is spread; waiting is the reading that newcomers come "
        "where supply is short",
    )
    posts: int = parameter(
        "posts with which it begins, all of them vacant; it hires from the same people as "
        "other providers",
        unit="posts",
        low=1,
        high=1000,
        default=8,
        default_source="assumption: 5 to 20, a small registered provider",
    )
    build_up_days: float = parameter(
        "how long it keeps these posts whether or not there is work for them, while its owner "
        "bears its losses; after that posts follow work and its account is treated like those "
        "of other providers",
        unit="days",
        low=0,
        high=2000,
        default=365.0,
        default_source="assumption: 182 to 730 days",
    )


class Failure(Frozen):
    """How providers fail of themselves, and what happens to their carers."""

    random: bool = parameter(
        "whether providers also fail at random, at the rates below", unit="yes/no"
    )
    small_provider_hours_per_week: float = parameter(
        "a provider that gives fewer hours than this is small",
        unit="hours/week",
        low=0,
        high=100000,
    )
    closures_per_year_small: float = parameter(
        "closures of a small provider", unit="per year", low=0, high=2
    )
    closures_per_year_large: float = parameter(
        "closures of any other provider that is not a principal provider",
        unit="per year",
        low=0,
        high=2,
    )
    closures_per_year_principal: float = parameter(
        "closures of a provider that is the principal provider of an area",
        unit="per year",
        low=0,
        high=2,
    )
    shortfalls_per_year_principal: float = parameter(
        "times that a principal provider falls short and goes on trading, per provider, in all "
        "its areas",
        unit="per year",
        low=0,
        high=2,
    )
    losses_per_year_principal: float = parameter(
        "times that a principal provider gives its contracts back and goes on trading, per "
        "provider",
        unit="per year",
        low=0,
        high=2,
        default=0.0,
        default_source="not in counties made before losses were separate from shortfalls",
    )
    first_year_share: float = share(
        "share of a principal provider's random shortfalls and losses in a contract's first "
        "five years that comes in its first year; with 0.2 all years are equal",
        default=0.2,
        default_source="equal in all years: the cases in which principal providers fail soon "
        "after they begin were collected because they failed (P304 to P312)",
    )
    owner_takes_all: bool = parameter(
        "whether providers of one owner fail together: they close at random as one provider "
        "does, and are insolvent when all their money together is gone",
        unit="yes/no",
        default=True,
        default_source="assumption: an owner moves money between its providers and stops with "
        "all of them; no share is published. It has no effect if providers.csv "
        "names no owner",
    )
    sudden_share: float = share("share of random closures without notice")
    usual_notice_days: float = parameter(
        "notice of the other random closures", unit="days", low=0, high=365
    )
    shortfall_suspension_share: float = share(
        "share of random shortfalls that are suspensions of new work; the rest are losses of carers"
    )
    shortfall_days: float = parameter(
        "how long a suspension or a stop of recruiting lasts, unless stated otherwise",
        unit="days",
        low=0,
        high=2000,
    )
    staff_loss_share: float = share(
        "carers lost at once in a loss of staff, unless stated otherwise"
    )
    private_absorbable_share: float = share(
        "private hours that other teams give up for the council's people when an area loses "
        "its principal provider"
    )
    staff_move_share: float = share(
        "carers of a failed provider who move with the people they look after (TUPE)"
    )
    staff_wait_days: float = parameter(
        "how long carers who would move wait until their people have a new provider",
        unit="days",
        low=0,
        high=365,
    )
    staff_leaving_sector: float = share(
        "share of a failed provider's other carers who leave home care for good"
    )
    whole_team_days: float = parameter(
        "response whole_team: time from the announcement until a taker is found",
        unit="days",
        low=0,
        high=365,
        default=7.0,
        default_source="P307: other agencies took over within about a week (Leicestershire 2016)",
    )
    step_in_days: float = parameter(
        "response step_in: how long the council runs a team, until another takes it over",
        unit="days",
        low=1,
        high=2000,
        default=159.0,
        default_source="P306, P031 to P033: 159 days until a new principal provider started",
    )
    emergency_days: float = parameter(
        "response emergency: time from the announcement until the emergency provider takes over",
        unit="days",
        low=0,
        high=365,
        default=1.0,
        default_source="assumption: 0 to 3 days",
    )
    emergency_posts: float = parameter(
        "response emergency: carers on standby who join the emergency provider",
        unit="carers",
        low=0,
        high=1000,
        default=10.0,
        default_source="assumption: 0 to 30; a lever",
    )
    standby_gbp_per_post_week: float = parameter(
        "response emergency: price of a carer on standby, paid whether used or not",
        unit="GBP/week",
        low=0,
        high=5000,
        default=495.0,
        default_source="P322: 34 hours at 14 to 15 GBP an hour with on-costs",
    )


class Quality(Frozen):
    """Ratings: how well providers do, how that is seen, and what follows."""

    applies: bool = parameter("whether ratings change, and have consequences", unit="yes/no")
    inspections_per_year: float = parameter(
        "inspections of a provider by the regulator", unit="per year", low=0, high=5
    )
    inspections_under_strain: float = parameter(
        "how many times as likely an inspection is at full strain", unit="ratio", low=1, high=20
    )
    monitoring_per_year: float = parameter(
        "visits of the council's own monitoring to a provider it pays",
        unit="per year",
        low=0,
        high=12,
    )
    look_spread: float = parameter(
        "standard deviation of the difference between a visit's finding and a provider's true "
        "quality, in rating steps",
        unit="rating steps",
        low=0,
        high=2,
    )
    full_strain_missed_share: float = parameter(
        "share of missed work at which a provider is fully strained",
        unit="share",
        above=0,
        high=1,
    )
    worsening_per_year: float = parameter(
        "fall of quality at full strain", unit="rating steps/year", low=0, high=10
    )
    recovery_per_year: float = parameter(
        "rate at which quality returns to the provider's own level", unit="per year", low=0, high=20
    )
    revisit_days: float = days("time from a rating of inadequate to the next visit", high=1000)
    improves_share: float = share("share of inadequate providers found better at the next visit")
