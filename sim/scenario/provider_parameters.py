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
        default_source="assumption: nobody enters, so that what others could take on is not "
        "counted on before it is there. On record are net changes of all registered services "
        "(P055: 5 in Norfolk in a year; P090: 11% in England in 2024/25), not how many of them "
        "take the council's work",
    )
    days_between_rounds: float = parameter(
        "time between the rounds in which a purchasing system admits providers; 0 = at any time",
        unit="days",
        low=0,
        high=2000,
        default=0.0,
        default_source="documents 002 and 003: the framework stays open to new providers (SL38, "
        "SR47); about 270 where it is opened now and then (P033: four times from 2019 to 2022)",
    )
    where: Literal["hours", "waiting"] = parameter(
        "how likely an area is to be the one it enters: by the council's hours there, or by the "
        "hours of those who have no provider there on the day",
        unit="rule",
        default="hours",
        default_source="assumption: as work is spread; waiting is the reading that newcomers come "
        "where supply is short",
    )
    posts: int = parameter(
        "posts with which it begins, all of them vacant: it hires from the same people as others",
        unit="posts",
        low=1,
        high=1000,
        default=8,
        default_source="assumption: 5 to 20, a small registered provider",
    )
    build_up_days: float = parameter(
        "how long it keeps those posts whether or not there is work for them, and its owner bears "
        "its losses; then posts follow work and its account is judged as the others' are",
        unit="days",
        low=0,
        high=2000,
        default=365.0,
        default_source="assumption: 182 to 730 days",
    )


class Failure(Frozen):
    """How providers fail of themselves, and what happens to their carers."""

    random: bool = parameter(
        "whether providers also fail by chance, at the hazards below", unit="yes/no"
    )
    small_provider_hours_per_week: float = parameter(
        "a provider that serves less than this is small",
        unit="hours/week",
        low=0,
        high=100000,
    )
    closures_per_year_small: float = parameter(
        "closures of a small provider", unit="per year", low=0, high=2
    )
    closures_per_year_large: float = parameter(
        "closures of any other provider that is no principal", unit="per year", low=0, high=2
    )
    closures_per_year_principal: float = parameter(
        "closures of a provider that is principal somewhere", unit="per year", low=0, high=2
    )
    shortfalls_per_year_principal: float = parameter(
        "times that a principal falls short and goes on trading, per provider, in all its areas",
        unit="per year",
        low=0,
        high=2,
    )
    losses_per_year_principal: float = parameter(
        "times that a principal gives its contracts back and goes on trading, per provider",
        unit="per year",
        low=0,
        high=2,
        default=0.0,
        default_source="not in counties made before losses were apart from shortfalls",
    )
    first_year_share: float = share(
        "of a principal's shortfalls and losses by chance in a contract's first five years, the "
        "share in its first year: 0.2 is the same every year",
        default=0.2,
        default_source="the same every year: that principals fail soon after they begin is told by "
        "cases that were collected because they failed (P304 to P312)",
    )
    owner_takes_all: bool = parameter(
        "whether providers of one owner stand and fall together: they close by chance as one "
        "provider does, and are insolvent when all their money together is gone",
        unit="yes/no",
        default=True,
        default_source="assumption: an owner moves money between its providers and stops with all "
        "of them; no share is published. It moves nothing where providers.csv names no owner",
    )
    sudden_share: float = share("of closures by chance, those without notice")
    usual_notice_days: float = parameter(
        "notice of the other closures by chance", unit="days", low=0, high=365
    )
    shortfall_suspension_share: float = share(
        "of shortfalls by chance, those that are suspensions of new work; the rest are losses of "
        "carers"
    )
    shortfall_days: float = parameter(
        "how long a suspension or a stop of recruiting lasts, where nothing else is said",
        unit="days",
        low=0,
        high=2000,
    )
    staff_loss_share: float = share(
        "carers lost at once in a loss of staff, where nothing else is said"
    )
    private_absorbable_share: float = share(
        "private hours that other teams give up for the council's people when an area loses its "
        "principal"
    )
    staff_move_share: float = share(
        "carers of a failed provider who move with the people they look after (TUPE)"
    )
    staff_wait_days: float = parameter(
        "how long carers who would move wait for their people to be placed",
        unit="days",
        low=0,
        high=365,
    )
    staff_leaving_sector: float = share(
        "of a failed provider's other carers, the share that leaves home care for good"
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
        default_source="P306, P031 to P033: 159 days until a new principal started",
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
        "how much likelier an inspection is at full strain", unit="ratio", low=1, high=20
    )
    monitoring_per_year: float = parameter(
        "visits of the council's own monitoring to a provider it pays",
        unit="per year",
        low=0,
        high=12,
    )
    look_spread: float = parameter(
        "standard deviation between what a visit finds and how a provider really does, in rating "
        "steps",
        unit="rating steps",
        low=0,
        high=2,
    )
    full_strain_missed_share: float = parameter(
        "share of its work missed at which a provider is fully strained",
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
    improves_share: float = share("of inadequate providers, those found better at the next visit")
