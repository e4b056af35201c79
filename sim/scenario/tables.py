"""The tables of a county and of a commissioning model: one row type each."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from sim.scenario.codes import CAPITALS, SMALL_LETTERS
from sim.scenario.declaration import (
    A_NAME,
    COSTS,
    EVIDENCE,
    FEES,
    FRAMEWORK,
    ON_THE_MAP,
    WANTED,
    Frozen,
    IsoDate,
    SafeName,
    Sure,
    days,
    parameter,
    share,
)
from sim.vocabulary import (
    FAILURE_KINDS,
    RESPONSES,
    SHOCK_KINDS,
    WHO_FAILS,
    kinds_that_use,
    one_of,
    told_kinds,
)

# Their codes are the types of two columns here, so whoever reads rows may have them from here.
from sim.vocabulary import FailureKind as FailureKind
from sim.vocabulary import ResponseKind as ResponseKind
from sim.vocabulary import ShockKind as ShockKind

Rating = Literal["outstanding", "good", "requires_improvement", "inadequate", "not_rated"]
RATINGS = ("inadequate", "requires_improvement", "good", "outstanding")
"""Ratings in steps, the worst first."""


def _code(meaning: str, *, private: bool = False) -> str:
    told: dict[str, Any] = {"unit": "code", **({"private": True} if private else {})}
    field: str = Field(description=meaning, pattern=CAPITALS, max_length=40, json_schema_extra=told)
    return field


class Area(Frozen):
    """A place: a PCN area, a zone or a lot."""

    code: str = _code("permanent code; never change it")
    name: str = parameter(
        "name shown in tables and charts", unit="text", min_length=1, moves=A_NAME
    )
    locality: str = parameter("part of the county it belongs to", unit="text", min_length=1)
    go_live: IsoDate | None = parameter("when principal providers start, if ever", unit="date")
    area_km2: float = parameter("size", unit="km2", above=0, high=20000)
    hours_per_four_weeks: float = parameter(
        "council-funded care hours, in the steady market of the first day",
        unit="hours/4 weeks",
        low=0,
        high=1e6,
    )
    urban_share: float = share("homes in towns")
    fringe_share: float = share("homes at the edge of towns")
    rural_share: float = share("homes in the countryside")
    isolated_share: float = share("isolated homes")
    labour_ratio: float | None = parameter(
        "working-age people for each person over 65, relative to the county; only proportions "
        "matter; blank = not given. Used where workforce.newcomers_by is place",
        unit="ratio",
        above=0,
        high=20,
        default=None,
    )
    grid_row: int = parameter(
        "row on the tile map, from the north", unit="tile", low=0, high=40, moves=ON_THE_MAP
    )
    grid_column: int = parameter(
        "column on the tile map, from the west", unit="tile", low=0, high=40, moves=ON_THE_MAP
    )
    source: str = parameter("where the row comes from", unit="text", min_length=1, moves=EVIDENCE)


class Provider(Frozen):
    """An organisation, by code: scenario data hold no real company's name."""

    code: str = _code("permanent code; never change it")
    rating: Rating = parameter("quality rating at the start", unit="rating")
    owner: str | None = Field(
        default=None,
        description="code of the owner that it shares with other providers; blank = it has no "
        "other owner",
        pattern=CAPITALS,
        max_length=40,
        json_schema_extra={"unit": "code"},
    )
    source: str = parameter("where the row comes from", unit="text", min_length=1, moves=EVIDENCE)


class Branch(Frozen):
    """A provider's team in one area as the market starts."""

    provider: str = _code("the provider's code")
    area: str = _code("the area's code")
    council_hours_per_week: float = parameter(
        "council-funded hours of care that it gives as the market starts; only their "
        "proportions within the area matter",
        unit="hours/week",
        low=0,
        high=1e6,
    )
    private_hours_per_week: float = parameter(
        "hours of care that it gives to people who pay for their own care",
        unit="hours/week",
        low=0,
        high=1e6,
    )
    private_people: float = parameter(
        "people who pay for their own care", unit="people", low=0, high=1e5
    )
    posts: int | None = parameter(
        "posts as the market starts; blank = enough for its work", unit="posts", low=0, high=100000
    )


class Contract(Frozen):
    """What a provider holds in an area, tier by tier."""

    tier: str = parameter("the tier's code in the commissioning model", unit="code", min_length=1)
    area: str = _code("the area's code")
    provider: str = _code("the provider's code")
    starts: IsoDate | None = parameter(
        "first day, if it is not the tier's first day in the area", unit="date"
    )
    rank: int = parameter("order in which the tier asks, where it asks by rank", unit="rank", low=1)
    ends: IsoDate | None = parameter(
        "first day on which it no longer runs; a principal provider's contract is tendered "
        "again before that day",
        unit="date",
        default=None,
    )
    hours_per_week: float | None = parameter(
        "contracted hours; blank = by share, or otherwise an equal part of what the tier's "
        "share_of_area_hours leaves",
        unit="hours/week",
        low=0,
        high=1e6,
        default=None,
    )
    share: float | None = parameter(
        "part of the tier's contracted hours in the area, and of its work where the tier chooses "
        "by share; blank = an equal part",
        unit="share",
        low=0,
        high=1,
        default=None,
    )
    maximum_hours_per_week: float | None = parameter(
        "most hours that it may be given and paid for; blank = its contracted hours",
        unit="hours/week",
        low=0,
        high=1e6,
        default=None,
    )
    guaranteed_share: float | None = parameter(
        "contracted hours that are paid for whether delivered or not; blank = the tier's share",
        unit="share",
        low=0,
        high=1,
        moves=FEES,
        default=None,
    )
    rate_ratio: float | None = parameter(
        "hourly rate as a ratio to the framework's; blank = the tier's ratio",
        unit="ratio",
        low=0.1,
        high=5,
        moves=WANTED,
        default=None,
    )
    rate_gbp_per_hour: float | None = parameter(
        "hourly rate on its first day, or on the run's if that is later; from then on it rises as "
        "the framework's rate does; blank = by ratio",
        unit="GBP/hour",
        above=0,
        high=200,
        moves=WANTED,
        default=None,
    )
    indexation_share_per_year: float | None = parameter(
        "by how much its hours grow on every anniversary of the run's first day; blank = as the "
        "tier's hours_follow says",
        unit="share/year",
        low=-0.5,
        high=1,
        default=None,
    )
    notice_days: float | None = parameter(
        "notice that its holder gives before it returns the contract or stops (the longest, where "
        "it has several); blank = failure.usual_notice_days",
        unit="days",
        low=0,
        high=1000,
        moves="returns of contracts at random or after a lasting suspension, and providers "
        "that stop with notice at random or for lack of profit; a row of failures.csv "
        "has its own notice",
        default=None,
    )


Settlement = Literal["urban", "fringe", "rural", "isolated"]


class Price(Frozen):
    """What a provider asks for an hour, as a row of prices.csv beside contracts.csv."""

    tier: str | None = parameter(
        "the tier's code; blank = every tier that chooses by price", unit="code", default=None
    )
    provider: str = _code("the provider's code")
    settlement: Settlement | None = parameter(
        "class of the home; blank = every class without a separate row",
        unit="class",
        default=None,
    )
    gbp_per_hour: float = parameter(
        "price of an hour on the run's first day; from then on it rises as the framework's rate "
        "does",
        unit="GBP/hour",
        above=0,
        high=200,
        moves=WANTED,
    )


WhoKind = Literal["principal", "largest", "owner", "provider"]


def parts_of(who: str) -> tuple[WhoKind, str]:
    """Split a rule of who fails into its kind and the area, owner or provider it names."""
    head, _, code = who.partition(":")
    if head == "principal":
        return "principal", code
    if head == "largest":
        return "largest", code
    if head == "owner":
        return "owner", code
    return "provider", who


class FailureRow(Frozen):
    """A failure that is to happen, as a row of failures.csv."""

    date: IsoDate = parameter("when it happens, or is announced", unit="date")
    who: str = parameter(
        WHO_FAILS,
        unit="rule",
        min_length=1,
    )
    kind: FailureKind = parameter(told_kinds(FAILURE_KINDS), unit="kind", default="closure")
    areas: str | None = parameter(
        "codes of the areas concerned, separated by spaces; blank = all areas where it works",
        unit="codes",
        default=None,
    )
    notice_days: float = parameter(
        "time from the date to the end; 0 is sudden", unit="days", low=0, high=1000, default=0.0
    )
    staff_move_share: float | None = parameter(
        "carers who move with the people they look after; blank = the scenario's",
        unit="share",
        low=0,
        high=1,
        default=None,
    )
    share: float | None = parameter(
        f"carers or recruits lost, in a {one_of(kinds_that_use('share'))}; blank = the scenario's "
        "share of carers, and every recruit",
        unit="share",
        low=0,
        high=1,
        default=None,
    )
    lasts_days: float | None = parameter(
        f"length of a {one_of(kinds_that_use('lasts_days'))}; blank = the scenario's",
        unit="days",
        low=0,
        high=3000,
        default=None,
    )
    response: ResponseKind = parameter(
        f"what the council does when it closes: {told_kinds(RESPONSES)}",
        unit="kind",
        default="split",
    )
    responder: str | None = parameter(
        "code of the provider that takes whole teams; blank = in each area the team with most "
        "room, or in an emergency the largest other provider",
        unit="code",
        default=None,
    )


class ReferralRow(Frozen):
    """A person referred for home care, as a row of referrals.csv. Blanks are drawn."""

    date: IsoDate = parameter("day of the referral", unit="date")
    area: str = _code("the area's code")
    hours_per_week: float = parameter(
        "carer hours a week: planned hours multiplied by carers at a visit",
        unit="hours/week",
        above=0,
        high=200,
    )
    person: str | None = parameter(
        "your reference for the person; no names or numbers that identify anybody",
        unit="text",
        default=None,
        moves="nothing: it is your own reference",
        private=True,
    )
    carers_a_visit: int | None = parameter(
        "carers at a visit; 2 is double-handed", unit="carers", low=1, high=2, default=None
    )
    settlement: Settlement | None = parameter("class of the home", unit="class", default=None)
    hospital: bool | None = parameter(
        "whether the person is referred by hospital discharge", unit="yes/no", default=None
    )
    vulnerable: bool | None = parameter(
        "a change of provider would be harmful", unit="yes/no", default=None
    )
    critical: bool | None = parameter("has critical visits", unit="yes/no", default=None)
    stay_days: float | None = days(
        "time from the first visit to the end of the need", high=15000, default=None
    )


class CaseloadRow(Frozen):
    """A person in care on the first day, as a row of caseload.csv. Blanks are drawn.

    Each row tells of somebody who is there: rows stay in memory, and no message repeats them.
    """

    provider: str = _code("code of the provider that serves the person", private=True)
    area: str = _code("code of the area in which the person lives", private=True)
    hours_per_week: float = parameter(
        "carer hours a week: planned hours multiplied by carers at a visit",
        unit="hours/week",
        above=0,
        high=200,
        private=True,
    )
    since: IsoDate | None = parameter(
        "day of the first visit, the first day of the run at the latest",
        unit="date",
        default=None,
        private=True,
    )
    carers_a_visit: int | None = parameter(
        "carers at a visit; 2 is double-handed",
        unit="carers",
        low=1,
        high=2,
        default=None,
        private=True,
    )
    settlement: Settlement | None = parameter(
        "class of the home", unit="class", default=None, private=True
    )
    hospital: bool | None = parameter(
        "whether the person came by hospital discharge",
        unit="yes/no",
        default=None,
        private=True,
    )
    vulnerable: bool | None = parameter(
        "a change of provider would be harmful", unit="yes/no", default=None, private=True
    )
    critical: bool | None = parameter(
        "has critical visits", unit="yes/no", default=None, private=True
    )
    direct_payment: bool | None = parameter(
        "pays the provider from a direct payment", unit="yes/no", default=None, private=True
    )


class TargetRow(Frozen):
    """A published figure that the model is held against, as a row of targets.csv."""

    code: str = _code("permanent code")
    meaning: str = parameter("what the figure is", unit="text", min_length=1)
    measure: str = parameter(
        "the model's quantity that is compared with it; `caremarket fit COUNTY --measures` "
        "lists them",
        unit="name",
        min_length=1,
    )
    scope: str = parameter(
        "county, or codes of areas or tiers and names of localities, separated by semicolons",
        unit="names",
        min_length=1,
    )
    period: str = parameter(
        "the part of the run compared: first_year, last_year, span, a year, a date, or two "
        "dates separated by a slash",
        unit="period",
        min_length=1,
    )
    published: float = parameter("the published figure", unit="see unit")
    low: float = parameter("low end of the tolerance for the model's figure", unit="see unit")
    high: float = parameter("high end of it", unit="see unit")
    unit: str = parameter("unit of the figure", unit="text", min_length=1)
    published_when: str = parameter("when the figure held", unit="text", min_length=1)
    role: Literal["must_hold", "watch"] = parameter(
        "must_hold: if it fails, the fit fails; watch: compared, but it may fail", unit="role"
    )
    use: Literal["input", "fitted", "independent"] = parameter(
        "input: it is an input of the model; fitted: parameters were set to meet it; "
        "independent: neither",
        unit="use",
    )
    note: str | None = parameter("why it may fail, or how to read it", unit="text", default=None)
    source: str = parameter("where the figure comes from", unit="text", min_length=1)
    sure: Sure = parameter("how certain the figure is", unit="sureness")


class Shock(Frozen):
    """Something that befalls the market, as a row of shocks.csv."""

    date: IsoDate = parameter("first day", unit="date")
    kind: ShockKind = parameter(told_kinds(SHOCK_KINDS), unit="kind")
    size: float = parameter(
        "carers_lost: share of carers; other kinds: ratio to the usual number",
        unit="ratio",
        low=0,
        high=10,
    )
    ends: IsoDate | None = parameter(
        "first day after its end; blank = it does not end", unit="date", default=None
    )
    areas: str | None = parameter(
        "codes of the areas concerned, separated by spaces; blank = all areas",
        unit="codes",
        default=None,
    )
    source: str = parameter("where the row comes from", unit="text", min_length=1, moves=EVIDENCE)


class Wage(Frozen):
    """What carers cost at least, and what the council pays, from a date on."""

    starts: IsoDate = parameter("first day", unit="date")
    living_wage_gbp_per_hour: float = parameter(
        "National Living Wage; blank = the national figure of the day",
        unit="GBP/hour",
        above=0,
        high=100,
        moves=COSTS,
    )
    employer_insurance_share: float = share(
        "employer National Insurance rate; blank = the national figure of the day", moves=COSTS
    )
    insurance_free_gbp_per_year: float = parameter(
        "yearly pay of an employee that is free of employer insurance; blank = the national figure "
        "of the day",
        unit="GBP/year",
        low=0,
        high=1e5,
        moves=COSTS,
    )
    framework_rate_gbp_per_hour: float = parameter(
        "hourly rate of the framework; each tier's rate is a ratio to it",
        unit="GBP/hour",
        above=0,
        high=200,
        moves=FRAMEWORK,
    )
    source: str = parameter("where the row comes from", unit="text", min_length=1, moves=EVIDENCE)


class Tier(Frozen):
    """One step of the order in which a package is offered."""

    code: str = Field(
        description="permanent code",
        pattern=SMALL_LETTERS,
        max_length=40,
        json_schema_extra={"unit": "code"},
    )
    name: str = parameter(
        "name shown in tables and charts", unit="text", min_length=1, moves=A_NAME
    )
    offer: Literal["sequential", "simultaneous"] = parameter(
        "ask one provider after another, or all at once", unit="rule"
    )
    choose: Literal["rank", "quality", "first_answer", "price", "share", "rotation"] = parameter(
        "which provider is asked first, or, if all are asked at once, which of those that "
        "accept is chosen: price: the cheapest; share: the provider furthest below its share "
        "of the tier's work; rotation: the next in turn; equal providers are ordered by rank, "
        "then by code",
        unit="rule",
    )
    answer_days: float = parameter(
        "time the tier takes to answer an offer", unit="days", low=0, high=60
    )
    obligation: float = share("1: must take any package for which it has carers; 0: may choose")
    holders: Literal["contracts", "all_branches"] = parameter(
        "who is asked: providers with a contract, or every provider with a team in the area",
        unit="rule",
    )
    providers_share: float = share(
        "if every provider may serve it, the share of providers that do, drawn at random",
        default=1.0,
    )
    minimum_rating: Literal["outstanding", "good", "requires_improvement", "any"] = parameter(
        "lowest rating with which a provider may be given new work; providers not yet rated "
        "may be given it",
        unit="rating",
    )
    minimum_rating_holds: Literal["always", "at_award"] = parameter(
        "whether that rating is required for every package, or only when a contract is "
        "awarded; a provider found inadequate is suspended in both cases",
        unit="rule",
        default="always",
    )
    share_of_area_hours: float | None = parameter(
        "contracted hours of the whole tier, as a share of the area's hours; blank = no limit",
        unit="share",
        low=0,
        high=1,
        default=None,
    )
    hours_follow: Literal["nothing", "demand"] = parameter(
        "whether contracted hours stay as they are, or grow every year as referrals do",
        unit="rule",
        default="nothing",
    )
    limit_lapses_on_principal_failure: bool = parameter(
        "whether its maximum is lifted while the area has no principal provider", unit="yes/no"
    )
    pay_basis: Literal["block", "spot"] = parameter(
        "block: paid for contracted hours; spot: for hours delivered", unit="rule", moves=FEES
    )
    rate_ratio: float = parameter(
        "hourly rate as a ratio to the framework's", unit="ratio", low=0.1, high=5, moves=WANTED
    )
    guaranteed_share: float = share(
        "contracted hours that are paid for whether delivered or not", moves=FEES
    )
    guarantee_holds: Literal["unconditional", "unless_suspended", "less_refused"] = parameter(
        "whether the guarantee applies always, only while the provider is not suspended, or "
        "less the hours that it refused in the period",
        unit="rule",
        default="unconditional",
        moves=FEES,
    )
    asked_when: Literal["always", "pressing"] = parameter(
        "whether the tier is asked about everybody, or only about people who have waited long "
        "or have lost their provider",
        unit="rule",
        default="always",
    )
    entrants_join: bool = parameter(
        "whether new providers may be given its work without a row in contracts.csv, after its "
        "other holders and without a limit of hours (entry.providers_per_year)",
        unit="yes/no",
        default=False,
    )
    from_hours_per_week: float = parameter(
        "carer hours of the smallest package about which it is asked (mini-tenders for costly "
        "packages)",
        unit="hours/week",
        low=0,
        high=500,
        default=0.0,
    )
    ramp_start_share: float = share(
        "share of its contracted hours for which a holder is ready on its first day"
    )
    ramp_days: float = parameter(
        "time from the first day to full contracted hours", unit="days", low=0, high=3000
    )
    mobilisation_days: float = parameter(
        "how long before its first day a holder begins to recruit", unit="days", low=0, high=1000
    )
    takes_whole_rounds: bool = parameter(
        "whether, after a failure, this tier is offered whole rounds with their carers before "
        "packages one by one",
        unit="yes/no",
        default=False,
    )
    neighbours_help: bool = parameter(
        "whether holders in neighbouring areas are asked while an area has no holder of this tier",
        unit="yes/no",
        default=False,
    )
    ends: IsoDate | None = parameter(
        "first day on which it is no longer asked; blank = it does not end",
        unit="date",
        default=None,
    )
    retainer_starts: IsoDate | None = parameter(
        "first day on which its providers are paid to keep posts for it; blank = never",
        unit="date",
        default=None,
    )
    retained_share: float = parameter(
        "share of its posts at the start of the retainer that a team without another contract "
        "keeps under it",
        unit="share",
        low=0,
        high=1,
        default=0.0,
    )
    minimum_providers: int = parameter(
        "number of providers that should hold it in each area; fewer gives a warning",
        unit="providers",
        low=0,
        high=1000,
        moves="nothing in a run: `check` warns if there are fewer; contracts.csv says who holds it",
    )

    @property
    def standard(self) -> str:
        """The worst rating with which somebody who has won a contract is given new packages."""
        return self.minimum_rating if self.minimum_rating_holds == "always" else "any"


class Phase(Frozen):
    """An order of tiers that holds in an area from a moment on."""

    name: str = parameter("name shown in tables", unit="text", min_length=1, moves=A_NAME)
    starts: Literal["start", "go_live"] | IsoDate = parameter(
        "from the beginning (start), from each area's go-live date (go_live), or from a date",
        unit="rule",
    )
    tiers: tuple[str, ...] = parameter(
        "codes of its tiers, in the order in which they are asked", unit="codes"
    )


ROW_TYPES: dict[str, type[Frozen]] = {
    "areas": Area,
    "providers": Provider,
    "branches": Branch,
    "wages": Wage,
    "tiers": Tier,
    "phases": Phase,
    "contracts": Contract,
    "prices": Price,
    "failures": FailureRow,
    "referrals": ReferralRow,
    "caseload": CaseloadRow,
    "targets": TargetRow,
    "shocks": Shock,
}


class CommissioningModel(Frozen):
    """The council's way of buying: dated phases of tiers, and who holds what."""

    code: SafeName = parameter("permanent code", unit="code")
    name: str = parameter("name shown in tables and charts", unit="text", min_length=1)
    principal_tier: str | tuple[str, ...] | None = parameter(
        "the tier whose holder is the area's principal provider, or a list of tiers; blank = "
        "there is none",
        unit="code",
        default=None,
    )
    tiers: tuple[Tier, ...] = parameter("every tier that a phase names", unit="table")
    phases: tuple[Phase, ...] = parameter("in the order in which they start", unit="table")
    contracts: tuple[Contract, ...] = parameter("which provider holds which contract", unit="table")
    prices: tuple[Price, ...] = parameter(
        "what providers ask for an hour, if it is not the tier's rate",
        unit="table",
        default=(),
    )

    def tier(self, code: str) -> Tier:
        """The tier with that code. Raises KeyError if there is none."""
        for tier in self.tiers:
            if tier.code == code:
                return tier
        raise KeyError(code)

    @property
    def principal_tiers(self) -> tuple[str, ...]:
        """Codes of the tiers whose holders are principal providers, in the order of the tiers."""
        named = as_list(self.principal_tier)
        return tuple(tier.code for tier in self.tiers if tier.code in named)

    @property
    def principal_places(self) -> tuple[int, ...]:
        """The places of those tiers among the tiers."""
        named = self.principal_tiers
        return tuple(place for place, tier in enumerate(self.tiers) if tier.code in named)

    @property
    def principal_contracts(self) -> tuple[Contract, ...]:
        """The principal providers of every area: rows of contracts.csv of those tiers, in order."""
        named = self.principal_tiers
        return tuple(row for row in self.contracts if row.tier in named)

    def principals_of(self, area: str) -> tuple[str, ...]:
        """Codes of the providers that contracts.csv makes principals of an area, each once."""
        rows = (row.provider for row in self.principal_contracts if row.area == area)
        return tuple(dict.fromkeys(rows))


def as_list(named: object) -> tuple[str, ...]:
    """One code, a list of codes or nothing, as a list."""
    if named is None:
        return ()
    return (named,) if isinstance(named, str) else tuple(map(str, named))  # type: ignore[call-overload]
