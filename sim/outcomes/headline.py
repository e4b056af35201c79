"""The figures that sum up a run: each declared once with meaning, unit and better direction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import DIRECT_PAYMENT, Cause, Ledger
from sim.outcomes import events, roles, weekly
from sim.outcomes.accounts import MONEY, money_figures
from sim.outcomes.declaration import Outcome
from sim.outcomes.fates import fates
from sim.outcomes.harm import HARM, harm_figures
from sim.outcomes.histories import Floats, spells
from sim.outcomes.resilience import (
    Response,
    areas_hit,
    compared,
    cover_without,
    exits_of_themselves,
    failure_days,
    response,
)
from sim.outcomes.transition import TRANSITION, live_areas, transition_figures
from sim.scenario import Scenario

Columns = dict[str, NDArray[Any]]
YEAR_WEEKS = 52

OUTCOMES = (
    Outcome(
        "planned_hours_first_year",
        "planned hours in service, mean of the first 52 weeks",
        "hours/week",
        "higher",
    ),
    Outcome(
        "planned_hours_last_year",
        "planned hours in service, mean of the last 52 weeks",
        "hours/week",
        "higher",
    ),
    Outcome(
        "people_in_service_last_year",
        "people in service, mean of the last 52 weeks",
        "people",
        "neither",
    ),
    Outcome(
        "list_people_first_year",
        "people on the interim care list, mean of the first 52 weeks",
        "people",
        "lower",
    ),
    Outcome(
        "list_people_last_year",
        "people on the interim care list, mean of the last 52 weeks",
        "people",
        "lower",
    ),
    Outcome(
        "list_people_peak",
        "people on the interim care list, highest weekly mean",
        "people",
        "lower",
    ),
    Outcome(
        "list_hours_first_year", "their hours, mean of the first 52 weeks", "hours/week", "lower"
    ),
    Outcome(
        "list_hours_last_year", "their hours, mean of the last 52 weeks", "hours/week", "lower"
    ),
    Outcome("days_to_source_median", "days to source a placed package, median", "days", "lower"),
    Outcome(
        "days_to_source_p90", "days to source a placed package, nine in ten within", "days", "lower"
    ),
    Outcome("withdrawn_per_year", "people who stop waiting for a provider", "people/year", "lower"),
    Outcome("carers_last_year", "carers employed, mean of the last 52 weeks", "carers", "neither"),
    Outcome(
        "vacancy_share_first_year", "posts not filled, mean of the first 52 weeks", "share", "lower"
    ),
    Outcome(
        "vacancy_share_last_year", "posts not filled, mean of the last 52 weeks", "share", "lower"
    ),
    Outcome(
        "lowest_pay_bill_last_year",
        "carers' paid hours at the National Living Wage with employer insurance, last 52 weeks: "
        "a floor; thresholds, mileage and overheads are left out",
        "GBP",
        "neither",
    ),
    Outcome(
        "uncovered_hours_total",
        "hours of care neither in service nor bridged, whole run",
        "hours",
        "lower",
    ),
)
SHARE = Outcome(
    "share_{tier}_last_year",
    "share of planned hours by tier, last 52 weeks, areas live",
    "share",
    "neither",
)
FAILURE_OUTCOMES = (
    Outcome(
        "handed_over_people",
        "people handed to a new provider without a gap while theirs worked out its notice",
        "people",
        "higher",
    ),
    Outcome(
        "displaced_people",
        "people whose provider stopped while it served or held them",
        "people",
        "lower",
    ),
    Outcome("displaced_hours", "their hours", "hours/week", "lower"),
    Outcome("displaced_vulnerable", "of them, vulnerable", "people", "lower"),
    Outcome(
        "rehomed_in_7_days",
        "share of displaced people in service with a new provider in 7 days",
        "share",
        "higher",
    ),
    Outcome("rehomed_in_28_days", "the same in 28 days", "share", "higher"),
    Outcome(
        "displaced_uncovered_hours", "hours of care that displaced people missed", "hours", "lower"
    ),
    Outcome(
        "displaced_to_residential_care",
        "displaced people who moved to residential care while they waited",
        "people",
        "lower",
    ),
    Outcome(
        "service_level_before",
        "covered / needed hours in the areas hit, 28 days before",
        "share",
        "higher",
    ),
    Outcome(
        "service_level_lowest",
        "robustness: lowest covered / needed hours in the areas hit",
        "share",
        "higher",
    ),
    Outcome("days_to_95", "days until back at 95 % of the level before", "days", "lower"),
    Outcome("days_to_99", "days until back at 99 % of the level before", "days", "lower"),
    Outcome(
        "loss_hours", "hours of care below the level before, until back at 99 %", "hours", "lower"
    ),
    Outcome(
        "added_uncovered_hours",
        "hours of care uncovered or missed within a year in the areas hit, beyond those of the "
        "same market without the failure",
        "hours",
        "lower",
    ),
)
PICKED_UP = Outcome(
    "picked_up_by_{tier}", "displaced people taken over under the tier", "people", "neither"
)


@dataclass(frozen=True, slots=True)
class Result:
    """What is kept of one replication: figures, weekly tables, and the response to each failure."""

    replication: int
    figures: dict[str, float]
    by_area: Columns
    by_tier: Columns
    by_role: Columns
    responses: tuple[Response, ...]
    fates: Columns | None


def summarise(
    ledger: Ledger, scenario: Scenario, replication: int, reference: Ledger | None = None
) -> Result:
    """Reduce a run to its result; ``reference`` is the same run without the failures."""
    weeks = weekly.weeks_of(ledger, scenario)
    by_area, by_tier, by_role = weekly.by_area(weeks), weekly.by_tier(weeks), roles.by_role(weeks)
    responses = responses_to(weeks, reference)
    first, last = slice(0, YEAR_WEEKS), last_year(weeks)
    figures = {
        **market_figures(ledger, weeks, by_area, by_tier),
        **tier_shares(weeks, by_tier),
        **harm_figures(weeks, by_area),
        **money_figures(weeks),
        **transition_figures(weeks, by_tier, by_role, first, last),
    }
    if responses:
        figures |= failure_figures(ledger, responses[0])
    after = fates(ledger, responses[0].failure_day) if responses else None
    return Result(replication, figures, by_area, by_tier, by_role, responses, after)


def responses_to(weeks: weekly.Weeks, reference: Ledger | None) -> tuple[Response, ...]:
    """The response to each failure that was scripted or came by chance.

    What follows from accounts and ratings is part of the market that they are compared with.
    """
    ledger, scenario = weeks.ledger, weeks.scenario
    tier = scenario.commissioning.principal_tier
    usual = None if reference is None else spells(reference)
    found = []
    of_themselves = exits_of_themselves(ledger, scenario)
    for day, provider in failure_days(ledger):
        if (day, provider) in of_themselves:
            continue
        hit = areas_hit(ledger, day, provider, tier)
        if day < 0 or not hit:
            continue
        after = response(ledger, weeks.spells, day, hit)
        if reference is not None and usual is not None:
            after = compared(after, cover_without(after, reference, usual))
        found.append(after)
    return tuple(found)


def _weekly_sum(table: Mapping[str, NDArray[Any]], column: str, weeks: int) -> Floats:
    sums: Floats = table[column].reshape(weeks, -1).sum(axis=1)
    return sums


def market_figures(
    ledger: Ledger, weeks: weekly.Weeks, by_area: Columns, by_tier: Columns
) -> dict[str, float]:
    """Figures of the whole county."""
    first, last = slice(0, YEAR_WEEKS), last_year(weeks)
    length = np.diff(weeks.edges)

    def mean(column: str, part: slice, table: Columns = by_area) -> float:
        series = _weekly_sum(table, column, weeks.count)
        return float(np.average(series[part], weights=length[part]))

    waited = ledger.columns("accepted")
    waits = waited["waited"][waited["day"] >= 0]
    total_days = float(weeks.edges[-1])
    return {
        "planned_hours_first_year": mean("planned_hours", first),
        "planned_hours_last_year": mean("planned_hours", last),
        "people_in_service_last_year": mean("people", last, by_tier),
        "list_people_first_year": mean("list_people", first),
        "list_people_last_year": mean("list_people", last),
        "list_people_peak": float(_weekly_sum(by_area, "list_people", weeks.count).max()),
        "list_hours_first_year": mean("list_hours", first),
        "list_hours_last_year": mean("list_hours", last),
        "days_to_source_median": float(np.median(waits)) if waits.size else np.nan,
        "days_to_source_p90": float(np.quantile(waits, 0.9)) if waits.size else np.nan,
        "withdrawn_per_year": float(by_area["withdrawn"].sum() / total_days * 365.25),
        "carers_last_year": mean("carers", last),
        "vacancy_share_first_year": _ratio(mean("vacancies", first), mean("posts", first)),
        "vacancy_share_last_year": _ratio(mean("vacancies", last), mean("posts", last)),
        "lowest_pay_bill_last_year": lowest_pay_bill(weeks, by_area, last),
        "uncovered_hours_total": float(
            (_weekly_sum(by_area, "uncovered_hours", weeks.count) * length).sum() / 7
        ),
    }


def lowest_pay_bill(weeks: weekly.Weeks, by_area: Columns, part: slice) -> float:
    """Carers x paid hours x the wage of each week, with employer insurance on top."""
    scenario = weeks.scenario
    carers = _weekly_sum(by_area, "carers", weeks.count)[part]
    weeks_long = np.diff(weeks.edges)[part] / 7
    starts = [(wage.starts - scenario.calendar.start).days for wage in scenario.wages]
    order = np.argsort(starts)
    hourly = np.array(
        [w.living_wage_gbp_per_hour * (1 + w.employer_insurance_share) for w in scenario.wages]
    )[order]
    row = np.searchsorted(np.array(starts)[order], weeks.edges[:-1][part], side="right") - 1
    hours = carers * weeks_long * scenario.workforce.paid_hours_per_week
    return float((hours * hourly[np.maximum(row, 0)]).sum())


def last_year(weeks: weekly.Weeks) -> slice:
    """The last 52 whole weeks."""
    whole = weeks.count - (1 if weeks.edges[-1] - weeks.edges[-2] < 7 and weeks.count > 1 else 0)
    return slice(max(0, whole - YEAR_WEEKS), whole)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else np.nan


def tier_shares(weeks: weekly.Weeks, by_tier: Columns) -> dict[str, float]:
    """Shares of planned hours by tier in the last year, over areas live all through it."""
    labels = weeks.ledger.labels
    part = last_year(weeks)
    from_day = float(weeks.edges[part.start])
    live = live_areas(weeks, from_day)
    if not live.any():
        live[:] = True
    hours = by_tier["planned_hours"].reshape(weeks.count, weeks.areas, len(labels.tiers))
    by = hours[part][:, live].sum(axis=(0, 1))
    by[labels.tiers.index(DIRECT_PAYMENT)] = 0.0
    return {
        SHARE.name.format(tier=tier): _ratio(float(by[i]), float(by.sum()))
        for i, tier in enumerate(labels.tiers)
        if tier != DIRECT_PAYMENT
    }


def failure_figures(ledger: Ledger, after: Response) -> dict[str, float]:
    """Figures of the first failure: the people who lost their provider then, and the response."""
    table = events.displacements(ledger)
    ours = (table["day"] == after.failure_day) & (table["why"] != "handed_back")
    table = {name: column[ours] for name, column in table.items()}
    people = table["day"].size
    days = table["days_to_service"].astype(float)
    taken = {
        PICKED_UP.name.format(tier=tier): float((table["new_tier"] == tier).sum())
        for tier in ledger.labels.tiers
        if tier != DIRECT_PAYMENT
    }
    return {
        "handed_over_people": handed_over(ledger, after),
        "displaced_people": float(people),
        "displaced_hours": float(table["hours"].sum()) if people else 0.0,
        "displaced_vulnerable": float(table["vulnerable"].sum()) if people else 0.0,
        "rehomed_in_7_days": float((days <= 7).mean()) if people else np.nan,
        "rehomed_in_28_days": float((days <= 28).mean()) if people else np.nan,
        "displaced_uncovered_hours": float(table["uncovered_hours"].sum()) if people else 0.0,
        "displaced_to_residential_care": float((table["outcome"] == "to_residential_care").sum()),
        **taken,
        "service_level_before": after.level_before,
        "service_level_lowest": after.robustness,
        "days_to_95": after.days_to_95,
        "days_to_99": after.days_to_99,
        "loss_hours": after.loss_hours,
        "added_uncovered_hours": after.added_hours,
    }


def handed_over(ledger: Ledger, after: Response) -> float:
    """People handed over without a gap while the failing provider worked out its notice."""
    failing = {who for day, who in failure_days(ledger) if day == after.failure_day}
    noticed = [
        day
        for day, provider, _, cause in ledger.rows("traded")
        if cause == Cause.NOTICE_GIVEN and provider in failing and day < after.failure_day
    ]
    noticed += [
        day
        for day, branch, _, _, cause in ledger.rows("contracted")
        if cause == Cause.TENDERED
        and ledger.labels.branch_provider[int(branch)] in failing
        and day < after.failure_day
    ]
    if not noticed:
        return 0.0
    since = max(noticed)
    moved = ledger.columns("moved")
    owner = np.array([*ledger.labels.branch_provider, -1])
    order = np.argsort(moved["package"], kind="stable")
    before = np.append(-1, moved["branch"][order][:-1])
    left = np.empty(before.size, dtype=np.int64)
    left[order] = owner[before]
    over = (moved["cause"] == Cause.HANDED_OVER) & np.isin(left, list(failing))
    during = (moved["day"] >= since) & (moved["day"] <= after.failure_day)
    return float((over & during).sum())


def declared(tiers: list[str]) -> list[Outcome]:
    """Every outcome of a scenario with these tiers."""
    return [
        *OUTCOMES,
        *HARM,
        *MONEY,
        *TRANSITION,
        *(_named(SHARE, tier) for tier in tiers),
        *FAILURE_OUTCOMES,
        *(_named(PICKED_UP, tier) for tier in tiers),
    ]


def _named(outcome: Outcome, tier: str) -> Outcome:
    name = outcome.name.format(tier=tier)
    return Outcome(name, f"{outcome.meaning}: {tier}", outcome.unit, outcome.better)
