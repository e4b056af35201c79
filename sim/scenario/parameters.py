"""Every parameter of a county, declared once. Values and sources stand in ``county.toml``."""

from __future__ import annotations

from math import fsum
from typing import Annotated, Literal

from sim.scenario.declaration import (
    ACCOUNTS,
    COSTS,
    DELIVERED,
    FEES,
    LONGEST_LIST,
    SPENDING,
    WANTED,
    Frozen,
    IsoDate,
    days,
    parameter,
    share,
    weeks,
)
from sim.scenario.provider_parameters import Entry, Failure, Quality

PlannedHours = Annotated[
    float, parameter("hours of one kind", unit="hours/week", low=0.25, high=200)
]
Share = Annotated[float, share("share of one kind")]
Law = Literal["lognormal", "exponential", "fixed"]


class Calendar(Frozen):
    """What is simulated, from when to when."""

    start: IsoDate = parameter("first day simulated; day 0", unit="date")
    end: IsoDate = parameter("last day simulated", unit="date")
    warm_up_weeks: int = parameter(
        "weeks the frozen market runs before the first day; 0 starts from an empty market",
        unit="weeks",
        low=0,
        high=520,
    )


class Demand(Frozen):
    """How many people are referred for home care."""

    referrals_per_start: float = parameter(
        "people referred for each package in the published hours: some of them never start",
        unit="ratio",
        low=1,
        high=2,
    )
    growth_per_year: float = parameter(
        "growth of the referral rate, compounded smoothly", unit="per year", low=-0.3, high=0.5
    )
    season_amplitude: float = parameter(
        "how far the winter peak of referrals lies above the year's mean",
        unit="share",
        low=0,
        high=0.9,
    )
    season_peak_day: float = parameter(
        "day of the year on which referrals peak", unit="day of year", low=0, high=366
    )
    hospital_route_share: float = share("referrals that come by hospital discharge")


class Packages(Frozen):
    """What a package of care looks like. Carer hours = planned hours x carers a visit."""

    hours_law: Literal["lognormal", "fixed", "list"] = parameter(
        "how planned hours a week vary between people", unit="law"
    )
    mean_carer_hours_per_week: float = parameter(
        "mean carer hours of a package", unit="hours/week", low=0.25, high=200
    )
    hours_log_sd: float = parameter(
        "spread of planned hours (standard deviation of their logarithm)",
        unit="log sd",
        low=0,
        high=2,
    )
    hours_values: tuple[PlannedHours, ...] = parameter(
        "planned hours of each kind of package, where the law is 'list'",
        unit="hours/week",
        max_length=LONGEST_LIST,
    )
    hours_shares: tuple[Share, ...] = parameter(
        "share of referrals of each kind, where the law is 'list'",
        unit="share",
        max_length=LONGEST_LIST,
    )
    double_handed_share: float = share("packages that need two carers a visit")
    hours_basis: Literal["carer_hours", "visit_hours"] = parameter(
        "what published hours count: each carer's hours, or visit hours however many carers attend",
        unit="basis",
    )
    mean_visit_minutes: float = parameter("mean length of a visit", unit="minutes", low=5, high=240)
    vulnerable_share: float = share("people for whom a change of provider would be harmful")
    critical_share: float = share("packages with critical visits (for medication, for instance)")

    @property
    def published_hours(self) -> float:
        """Mean hours a week of a package, on the basis of the published totals."""
        if self.hours_law != "list":
            return self.mean_carer_hours_per_week
        pairs = zip(self.hours_values, self.hours_shares, strict=True)
        mean = fsum(hours * share for hours, share in pairs)
        return mean * (1 + self.double_handed_share) if self.hours_basis == "carer_hours" else mean


class Care(Frozen):
    """What happens to a package over time."""

    stay_law: Law = parameter("how lengths of stay vary between people", unit="law")
    mean_stay_days: float = days("mean time from the first visit to the end of the need", high=4000)
    stay_log_sd: float = parameter(
        "spread of stays (standard deviation of their logarithm), where lognormal",
        unit="log sd",
        low=0,
        high=2.5,
    )
    reviews: bool = parameter("whether planned hours change at reviews", unit="yes/no")
    review_interval_days: float = days("time between reviews", high=2000)
    review_change: float = parameter(
        "planned hours go up or down by this share at a review, equally often (else no change)",
        unit="share",
        low=0,
        high=0.5,
    )
    review_change_share: float = share("reviews that change planned hours")
    hospital_admissions_per_year: float = parameter(
        "hospital admissions of a person with home care", unit="per year", low=0, high=10
    )
    mean_hospital_days: float = days("mean hospital stay (exponential)", high=200)
    hold_days: float = parameter(
        "how long a provider keeps a package open while the person is in hospital",
        unit="days",
        low=0,
        high=200,
    )
    delivered_share: float = share(
        "hours delivered of hours planned, for care in service", moves=DELIVERED
    )
    direct_payments_per_year: float = parameter(
        "people in care who choose a direct payment and stay with their provider, at a review",
        unit="per year",
        low=0,
        high=1,
    )
    ends_by_death: float = share("ended packages that end by death")
    ends_by_residential_care: float = share(
        "ended packages that end by a move to residential care; the rest end by recovery"
    )


class Brokerage(Frozen):
    """The council's team that offers packages to providers."""

    brokers: int = parameter(
        "people who offer packages; 0 means that brokerage never limits",
        unit="people",
        low=0,
        high=1000,
    )
    handling_days: float = parameter(
        "a broker's time on one package before it is offered", unit="days", low=0, high=30
    )
    waiting_allowed: bool = parameter(
        "whether a package that all refuse waits on the interim care list", unit="yes/no"
    )
    list_discipline: Literal["priority", "first_come"] = parameter(
        "who on the list is served first: by priority (vulnerable or critical, then hospital, "
        "then time waited), or by time waited alone",
        unit="rule",
    )
    start_lag_days: float = parameter(
        "time from acceptance to the first visit", unit="days", low=0, high=60
    )
    mean_patience_days: float = parameter(
        "mean time after which a person without care finds another way (exponential); 0 means "
        "that people wait for ever",
        unit="days",
        low=0,
        high=5000,
    )
    gives_up_to_residential_care: float = share(
        "share of those who stop waiting that moves to residential care"
    )


class Willingness(Frozen):
    """Whether a provider that could take a package wants it (cherry-picking)."""

    base_share: float = share(
        "chance that a provider with room wants a package whose cost its fee covers"
    )
    cost_tolerance: float = parameter(
        "excess of cost over fee at which no provider without an obligation wants the package",
        unit="share",
        above=0,
        high=10,
    )
    cost_ratio_urban: float = parameter(
        "cost of an hour in an urban home", unit="ratio", low=0.5, high=3
    )
    cost_ratio_fringe: float = parameter(
        "cost of an hour in a fringe home, as a ratio to an urban home",
        unit="ratio",
        low=0.5,
        high=3,
    )
    cost_ratio_rural: float = parameter(
        "cost of an hour in a rural home, as a ratio to an urban home",
        unit="ratio",
        low=0.5,
        high=3,
    )
    cost_ratio_isolated: float = parameter(
        "cost of an hour in an isolated home, as a ratio to an urban home",
        unit="ratio",
        low=0.5,
        high=3,
    )
    fee_ratio_urban: float = parameter(
        "fee for an hour in an urban home", unit="ratio", low=0.5, high=3, moves=WANTED
    )
    fee_ratio_fringe: float = parameter(
        "fee for an hour in a fringe home, as a ratio to an urban home",
        unit="ratio",
        low=0.5,
        high=3,
        moves=WANTED,
    )
    fee_ratio_rural: float = parameter(
        "fee for an hour in a rural home, as a ratio to an urban home",
        unit="ratio",
        low=0.5,
        high=3,
        moves=WANTED,
    )
    fee_ratio_isolated: float = parameter(
        "fee for an hour in an isolated home, as a ratio to an urban home",
        unit="ratio",
        low=0.5,
        high=3,
        moves=WANTED,
    )


class Workforce(Frozen):
    """Carers: how they come, go and work."""

    unlimited_capacity: bool = parameter(
        "every provider always has room (for tests against theory)", unit="yes/no"
    )
    turnover_per_year: float = parameter(
        "carers who leave in a year, per filled post; 0 means nobody leaves",
        unit="per year",
        low=0,
        high=2,
    )
    tenure_shape: float = parameter(
        "Weibull shape of tenure: below 1, newer carers leave more readily; 1 is exponential",
        unit="shape",
        low=0.3,
        high=3,
    )
    paid_hours_per_week: float = parameter(
        "paid hours of a carer", unit="hours/week", low=1, high=60
    )
    absence_share: float = share("paid hours lost to leave and sickness")
    induction_days: float = parameter(
        "time from a recruit's first day to working alone", unit="days", low=0, high=180
    )
    fastest_hire_weeks: float = weeks(
        "shortest mean time to check and appoint somebody for a vacancy", high=52
    )
    applicants_limited: bool = parameter(
        "whether hiring is limited by applicants; if not, by fastest_hire_weeks alone",
        unit="yes/no",
    )
    matching_per_week: float = parameter(
        "hires a week = matching x vacancies^exponent x applicants^(1 - exponent)",
        unit="per week",
        low=0,
        high=5,
    )
    matching_exponent: float = share("weight of vacancies in matching")
    new_applicants_per_week: float = parameter(
        "people from outside home care who start to look for such work, per 100 posts at the start",
        unit="per week per 100 posts",
        low=0,
        high=20,
    )
    newcomers_by: Literal["posts", "place"] = parameter(
        "where the county's newcomers look for work: in proportion to the posts of each area "
        "at the start, or to these posts multiplied by its labour_ratio (areas.csv)",
        unit="reading",
        default="posts",
        default_source="an even county: where carers live is seldom published by area",
    )
    applicant_patience_weeks: float = weeks("mean time an applicant goes on looking", high=260)
    leavers_leaving_sector: float = share("leavers who leave home care for good")
    posts_follow_work: bool = parameter(
        "whether providers review their posts every four weeks", unit="yes/no"
    )
    posts_growth_per_month: float = parameter(
        "most by which a provider raises its posts in a month (or one post, if more), beyond what "
        "a contract obliges it to",
        unit="share",
        low=0,
        high=1,
    )
    posts_cut_per_month: float = parameter(
        "most by which a provider cuts its posts in a month", unit="share", low=0, high=1
    )
    refused_work_weight: float = parameter(
        "share of the work recently refused for lack of carers that counts towards posts",
        unit="share",
        low=0,
        high=2,
    )
    carers_lent: Literal["nowhere", "locality", "county"] = parameter(
        "to which other teams of the same provider a team lends carers whom it does not need: "
        "none, those of its locality, or all in the county",
        unit="rule",
        default="nowhere",
        default_source="assumption: each team works in its own area; locality is how a countywide "
        "framework means to be used",
    )
    lent_trips_per_week: float = parameter(
        "trips between the two areas that a carer on loan makes in a week, in working time",
        unit="trips/week",
        low=0,
        high=40,
        default=10.0,
        default_source="assumption: there and back on five days",
    )
    usual_vacancy_share: float = parameter(
        "share of unfilled posts that providers expect when they set their posts",
        unit="share",
        low=0,
        high=0.5,
    )


class Travel(Frozen):
    """Travel per visit comes from geography."""

    applies: bool = parameter("whether carers travel between visits at all", unit="yes/no")
    boundary_term: bool = parameter(
        "whether the round-length formula counts the boundary of the patch", unit="yes/no"
    )
    visits_per_round: float = parameter(
        "visits a carer makes on one round; a round of one visit has no travel between homes",
        unit="visits",
        low=2,
        high=40,
    )
    share_visited_together: float = parameter(
        "homes that are visited in the same part of the day", unit="share", low=0.05, high=1
    )
    territoriality: float = share(
        "0: each provider's homes are spread over the whole area; 1: each provider keeps to "
        "its own patch"
    )
    road_factor: float = parameter(
        "road distance to straight-line distance", unit="ratio", low=1, high=2
    )
    speed_urban_km_per_hour: float = parameter("speed in towns", unit="km/h", low=5, high=100)
    speed_rural_km_per_hour: float = parameter("speed outside towns", unit="km/h", low=5, high=120)
    parking_minutes: float = parameter(
        "minutes to park and enter, per visit", unit="minutes", low=0, high=30
    )
    gap_minutes: float = parameter(
        "minutes of waiting and supervision, per visit", unit="minutes", low=0, high=60
    )


class Overload(Frozen):
    """What a provider does when its carers fall short of the work it holds."""

    applies: bool = parameter(
        "whether a shortage of carers leads to overtime, missed visits and packages handed back",
        unit="yes/no",
    )
    overtime_share: float = share("overtime that carers can work, as a share of their hours")
    pressing_after_days: float = parameter(
        "how long a person waits before providers work overtime for them, as they do for "
        "people who have lost their provider",
        unit="days",
        low=0,
        high=5000,
    )
    hand_back_after_days: float = parameter(
        "how long visits are missed, or rounds stay thin, before a provider hands packages back",
        unit="days",
        low=0,
        high=1000,
    )
    hand_back_notice_days: float = parameter(
        "notice with which a provider hands a package back", unit="days", low=0, high=365
    )
    no_reoffer_days: float = parameter(
        "how long a provider is not asked for a package it has handed back",
        unit="days",
        low=0,
        high=1000,
    )
    thin_round_fall: float = parameter(
        "fall of a team's contact time per carer below its best value at which its rounds no "
        "longer pay and it hands them back one by one; 1 means never",
        unit="share",
        low=0,
        high=1,
    )


class Bridging(Frozen):
    """The provider of last resort: an in-house team with few hours."""

    hours_per_week: float = parameter(
        "hours the team can give to people who wait for a provider",
        unit="hours/week",
        low=0,
        high=100000,
    )
    reablement_hours_per_person: float = parameter(
        "hours of reablement that one person takes; bridging uses the same carers",
        unit="hours",
        low=1,
        high=1000,
    )
    no_reablement_referral_share: float = share(
        "share of the people left without reablement because of bridging who are later "
        "referred for home care and would not have been otherwise"
    )
    no_reablement_delay_days: float = parameter(
        "time from the missing reablement to that referral", unit="days", low=0, high=1000
    )
    preempts: bool = parameter(
        "whether the team leaves people who can wait in order to help a person in danger "
        "(vulnerable or with critical visits)",
        unit="yes/no",
        default=False,
        default_source="assumption: nobody who is looked after is left; a switch",
    )
    hospital_only: bool = parameter(
        "whether the team helps only people who wait to leave hospital for their first care",
        unit="yes/no",
        default=False,
        default_source="document 001: anybody who waits (SM28); document 003's fast response "
        "is for discharges (SR31)",
    )
    most_days: float = parameter(
        "longest time for which the team helps a person whom no provider has accepted yet; "
        "after that the person waits without help; 0 = no limit",
        unit="days",
        low=0,
        high=1000,
        default=0.0,
        default_source="document 001 names no limit; 3 is document 003's fast response of 72 hours "
        "(SR31)",
    )


class Procurement(Frozen):
    """Finding a new principal."""

    emergency_days: float = parameter(
        "time from a principal provider's failure to the start of its successor",
        unit="days",
        low=0,
        high=2000,
    )
    mobilisation_days: float = parameter(
        "how long before its start a new principal provider begins to recruit",
        unit="days",
        low=0,
        high=1000,
    )
    ramp_days: float = parameter(
        "time that a new principal provider takes from its start to its full contracted hours",
        unit="days",
        low=0,
        high=2000,
    )
    ramp_start_share: float = share(
        "share of its contracted hours for which it is ready at its start"
    )
    lots_cap: int = parameter(
        "most areas for which one provider may be the principal provider",
        unit="areas",
        low=1,
        high=100,
    )
    planned_days: float = parameter(
        "time from the tender to the start of a planned contract", unit="days", low=0, high=2000
    )
    bidder_size_share: float = share(
        "hours that a bidder must already give in the county, as a share of the contract's hours"
    )
    failed_share: float = share("tenders that find no provider even though some could bid")


class Rollout(Frozen):
    """How existing work moves to the principal when an area goes live."""

    moves_existing_work: bool = parameter(
        "whether existing packages are moved at all, in whole rounds", unit="yes/no"
    )
    decision_days: float = parameter(
        "time from go-live to the first move: social work decisions, consultation of staff",
        unit="days",
        low=0,
        high=1000,
    )
    stage_days: float = days(
        "time between stages; in each a provider loses at most one round", high=1000
    )
    provider_loss_cap: float = share(
        "largest share of a provider's council work that may be moved away"
    )
    loss_cap_period: Literal["once", "month"] = parameter(
        "whether this limit applies to the whole transition of an area, or to each month of it",
        unit="rule",
    )
    round_unmovable_share: float = share(
        "share of the people in a round who cannot be moved, or stay by choice, above which "
        "the round stays"
    )
    direct_payment_share: float = share(
        "people who would choose to stay with their provider on a direct payment rather than "
        "be moved"
    )
    staff_move_share: float = share("carers of a moved round who move with it (TUPE)")
    viable_hours_per_week: float = parameter(
        "work of a provider, council and private, below which nothing more is moved away from it",
        unit="hours/week",
        low=0,
        high=100000,
    )


class SelfFunders(Frozen):
    """People who buy their own care: the private work of teams that also serve the council."""

    applies: bool = parameter("whether private work changes over time", unit="yes/no")
    growth_per_year: float = parameter(
        "growth of the private hours wanted in an area, compounded smoothly",
        unit="per year",
        low=-0.3,
        high=0.5,
    )
    take_up_share: float = share(
        "share of a team's spare room at its four-weekly review that it fills with private "
        "work, as long as more private work is wanted in its area than is served"
    )
    call_on_council: Literal["all", "none"] = parameter(
        "whether the council finds care for the self-funders of a provider that closes, as for "
        "its own people: all of them, or none; with none, their care is wanted from the other "
        "teams",
        unit="reading",
        default="all",
        default_source="P302: Care Act 2014, section 48(2) and (3)",
    )


class Money(Frozen):
    """Accounts of providers, settled every four weeks, and what the council pays."""

    applies: bool = parameter(
        "whether providers' accounts are settled, and providers fail because of them", unit="yes/no"
    )
    pay_over_living_wage_share: float = parameter(
        "carers' hourly pay above the National Living Wage",
        unit="share",
        low=0,
        high=1,
        moves=COSTS,
    )
    yearly_pay_hours: float = parameter(
        "paid hours a year of a carer, for the part of pay free of employer insurance",
        unit="hours/year",
        above=0,
        high=3000,
        moves=COSTS,
    )
    other_on_costs_share: float = parameter(
        "cost of pension, training and recruitment, as a share of pay",
        unit="share",
        low=0,
        high=1,
        moves=COSTS,
    )
    idle_time_paid_share: float = share(
        "share of carers' working time without visits that is paid", moves=COSTS
    )
    mileage_gbp_per_mile: float = parameter(
        "paid to carers for each mile between homes", unit="GBP/mile", low=0, high=2, moves=COSTS
    )
    private_rate_ratio: float = parameter(
        "hourly rate of private work and of direct payments, as a ratio to the framework's",
        unit="ratio",
        low=0.5,
        high=3,
        moves=FEES,
    )
    usual_margin: float = parameter(
        "mean of the margins with which providers begin, as a share of income",
        unit="share",
        low=-0.2,
        high=0.5,
        moves=ACCOUNTS,
    )
    margin_spread: float = parameter(
        "standard deviation of those margins between providers",
        unit="share",
        low=0,
        high=0.5,
        moves=ACCOUNTS,
    )
    fixed_overheads_share: float = share(
        "share of a provider's initial overheads that does not change with its hours",
        moves=ACCOUNTS,
    )
    common_squeeze_felt_share: float = share(
        "share of a change of wages relative to rates, common to all providers, that reaches "
        "margins; the rest is offset by overheads",
        moves=ACCOUNTS,
    )
    reserves_weeks: float = parameter(
        "mean of the reserves with which providers begin (exponential), in weeks of their income",
        unit="weeks",
        low=0,
        high=520,
        moves=ACCOUNTS,
    )
    insolvency_notice_days: float = parameter(
        "notice that a provider without money can give", unit="days", low=0, high=365
    )
    least_yearly_margin: float = parameter(
        "margin over a year below which a provider that still has money gives notice",
        unit="share",
        low=-1,
        high=0.5,
    )
    bridging_idle_paid_share: float = share(
        "share of the bridging team's unused hours that the council pays for as standby",
        default=0.0,
        default_source="document 001: the in-house team gives reablement when it bridges "
        "nobody; 1 is a rota that is bought only for bridging",
    )
    bridging_gbp_per_hour: float = parameter(
        "what an hour of the bridging team costs the council",
        unit="GBP/hour",
        low=0,
        high=200,
        moves=SPENDING,
    )
    procurement_gbp: float = parameter(
        "what a tender costs the council", unit="GBP", low=0, high=1e7, moves=SPENDING
    )
    residential_gbp_per_week: float = parameter(
        "what the council pays for a place in residential care",
        unit="GBP/week",
        low=0,
        high=5000,
        moves="nothing: spending in this model does not include residential care",
    )
    retainer_gbp_per_post_week: float = parameter(
        "what the council pays for a post kept under a retainer",
        unit="GBP/week",
        low=0,
        high=2000,
        moves=FEES,
    )


SECTIONS: dict[str, type[Frozen]] = {
    "calendar": Calendar,
    "demand": Demand,
    "packages": Packages,
    "care": Care,
    "brokerage": Brokerage,
    "willingness": Willingness,
    "workforce": Workforce,
    "travel": Travel,
    "overload": Overload,
    "bridging": Bridging,
    "failure": Failure,
    "procurement": Procurement,
    "rollout": Rollout,
    "self_funders": SelfFunders,
    "money": Money,
    "quality": Quality,
    "entry": Entry,
}
