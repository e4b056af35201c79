"""Which charts a run is given, and the words that go with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from experiments.charts.area_map import area_map
from experiments.charts.carers import carers
from experiments.charts.chart import Chart, Provenance
from experiments.charts.classes import Form
from experiments.charts.fallback import fallback
from experiments.charts.fates import fates
from experiments.charts.hours_by_tier import hours_by_tier
from experiments.charts.service_level import UNKNOWN, Response, service_level
from experiments.charts.shown import Shown
from experiments.charts.staff_move import staff_move
from experiments.charts.waiting_list import waiting_list
from experiments.charts.weeks import weeks_of_seven_days, whole_weeks
from experiments.results.provenance import Inputs
from experiments.run.account import Arms, fates_of
from experiments.run.account_words import claimed, who_in_words
from experiments.run.arms import Way
from experiments.statistics import means as reduction
from experiments.statistics.intervals import t_interval
from experiments.words.sentences import WEEKS_A_YEAR, count, day_text
from sim import __version__
from sim.clock import date_of
from sim.ledger import DIRECT_PAYMENT
from sim.outcomes.account import AS_ASKED, period_of
from sim.outcomes.failures import TOTAL
from sim.outcomes.headline import FailureResult, Result
from sim.vocabulary import FAILURE_KINDS


def drawn(inputs: Inputs, results: Sequence[Result], told: Arms | None) -> list[Chart]:
    """The charts of a run."""
    scenario = inputs.scenario
    made_by = Provenance(
        "caremarket",
        scenario.code,
        scenario.identity[:8],
        inputs.seed,
        len(results),
        __version__,
        inputs.replications,
    )
    weeks = weeks_of_seven_days(pd.DataFrame(results[0].by_area))
    by_tier = reduction.county([result.by_tier for result in results], "tier")
    by_area = reduction.county([result.by_area for result in results], None)
    names = {tier.code: tier.name for tier in scenario.commissioning.tiers}
    names[DIRECT_PAYMENT] = "Direct payments"
    live: dict[str, date] = {}
    for area in scenario.areas:
        if area.go_live:
            live[area.locality] = min(area.go_live, live.get(area.locality, area.go_live))
    each_by_tier = [reduction.county([result.by_tier], "tier") for result in results]
    each = [reduction.county([result.by_area], None) for result in results]
    failures = failures_named(inputs) if told is not None and told.main else {}
    charts = [
        hours_by_tier(by_tier, names, live, made_by, each_by_tier, weeks=weeks, failures=failures),
        waiting_list(by_area, made_by, each, failures=failures),
        carers(by_area, made_by, each, failures=failures),
        missing_map(inputs, results, made_by),
    ]
    if scenario.commissioning.principal_tiers and live:
        by_role = [county_by_role([result]) for result in results]
        mine = county_by_role(results)
        charts.append(fallback(mine, live, made_by, by_role, weeks=weeks, failures=failures))
    if told is not None and told.main and told.days_known > 0:
        charts += failure_charts(inputs, told, replace(made_by, replications=len(told.main)))
    return charts


def failures_named(inputs: Inputs) -> dict[str, date]:
    """What each failure is called where it is marked, and the day on which care stops."""
    names = {area.code: area.name for area in inputs.scenario.areas}
    told: dict[str, date] = {}
    for number, one in enumerate(inputs.failures, 1):
        which = f"Failure {number}" if len(inputs.failures) > 1 else "Failure"
        kind = FAILURE_KINDS[one.kind]
        stops = one.day + (one.notice_days if "notice_days" in kind.uses else 0.0)
        what = f"{which}: {who_in_words(one, names)} {kind.does}"
        told[what] = date_of(inputs.scenario.calendar.start, stops)
    return told


def county_by_role(results: Sequence[Result]) -> pd.DataFrame:
    """Work and carers of the whole county by standing; what is no sum is left out."""
    no_sums = ("travel_minutes_per_visit", "contact_share")
    tables = [
        {name: values for name, values in result.by_role.items() if name not in no_sums}
        for result in results
    ]
    return reduction.county(tables, "role")


def missing_map(inputs: Inputs, results: Sequence[Result], made_by: Provenance) -> Chart:
    """Where care was missing in the last year, in per cent of hours needed."""
    each = [whole_weeks(pd.DataFrame(result.by_area)) for result in results]
    weekly = pd.concat(each)
    last = sorted(weekly["week_start"].unique())[-WEEKS_A_YEAR:]
    shown = Shown(
        map_title(len(last)),
        "uncovered hours as % of hours needed",
        Form(1, suffix="%"),
        in_days(last),
    )
    return area_map(
        pd.DataFrame([area.model_dump() for area in inputs.scenario.areas]),
        missing_share(weekly, last),
        shown,
        made_by,
        name="missing_map",
        outlines=inputs.scenario.outlines,
        each=pd.DataFrame([missing_share(one, last) for one in each]),
    )


def missing_share(weekly: pd.DataFrame, weeks: Sequence[object]) -> pd.Series:
    """Uncovered hours of each area in these weeks, in per cent of the hours needed."""
    part = (
        weekly[weekly["week_start"].isin(weeks)]
        .groupby("area")[["uncovered_hours", "needed_hours"]]
        .mean()
    )
    needed = part["needed_hours"].where(part["needed_hours"] > 0)
    share: pd.Series = 100 * part["uncovered_hours"] / needed
    return share


def map_title(weeks: int) -> str:
    """How many weeks the map tells of."""
    return f"Where care was missing in the last {count(weeks, 'week')}"


def in_days(weeks: Sequence[np.datetime64]) -> str:
    """The weeks that are shown, by their first and last day."""
    if not weeks:
        return ""
    first, last = pd.Timestamp(weeks[0]), pd.Timestamp(weeks[-1]) + pd.Timedelta(days=6)
    return f"{day_text(first)} to {day_text(last)}"


def failure_charts(inputs: Inputs, told: Arms, made_by: Provenance) -> list[Chart]:
    """The failures together: the service level, carers who move, and what becomes of the people."""
    main = list(told.main.values())
    names = {area.code: area.name for area in inputs.scenario.areas}
    places = {one.response.areas for one in main}
    # Who fails, and so where its people live, may be another in another replication.
    areas = (
        in_words([names[code] for code in main[0].response.areas])
        if len(places) == 1
        else "the areas where these people live"
    )
    first = inputs.failures[0]
    who, how = who_in_words(first, names), FAILURE_KINDS[first.kind].does
    if len(inputs.failures) > 1:
        who, how = f"{len(inputs.failures)} failures", "happen"
    _, stops = period_of(inputs.scenario)
    when = date_of(inputs.scenario.calendar.start, stops)
    about = (areas, who, how, when)
    total = told.figures(AS_ASKED, TOTAL)
    hours = t_interval(total[np.isfinite(total)])
    shown = response_of(main)
    charts = [
        service_level(
            shown.table,
            *about,
            shown.to_95,
            shown.to_99,
            # Hours of several failures are counted from the first on: no number of this curve.
            (hours.mean, hours.low, hours.high) if len(inputs.failures) == 1 else UNKNOWN,
            made_by,
            distinguished=claimed(total),
        )
    ]
    panels = {inputs.scenario.failure.staff_move_share: shown} | {
        arm.share or 0.0: response_of(list(told.found[arm.name].values()))
        for arm in told.of(Way.SHARE)
        if told.found[arm.name]
    }
    if len(panels) > 1:
        charts.append(staff_move(panels, *about, made_by, matters=share_matters(told)))
    people = fates_of(main)
    if len(people) and told.figures(AS_ASKED, "displaced_people").any():
        charts.append(fates(people, *about, made_by))
    return charts


def share_matters(told: Arms) -> bool:
    """Whether harm differs between the fewest and the most carers who move by more than chance."""
    arms = sorted(told.of(Way.SHARE), key=lambda arm: arm.share or 0.0)
    few, many = (arms[0].name, arms[-1].name) if len(arms) > 1 else (AS_ASKED, arms[0].name)
    ours, theirs = told.pairs(few, many, TOTAL)
    return claimed(ours - theirs)


def in_words(names: Sequence[str]) -> str:
    """A list as a sentence has it."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def response_of(told: Sequence[FailureResult]) -> Response:
    """Day by day the mean over replications with its interval, and the median days until back."""
    days = told[0].response.days
    table = reduction.weekly(
        [
            {
                "days": days,
                "service_level": one.response.service_level,
                "without_failure": one.response.without_failure,
            }
            for one in told
        ]
    )
    for name in ("service_level_high", "without_failure_high"):
        if name in table:
            table[name] = table[name].clip(upper=1.0)
    back = (
        float(np.median([one.response.days_back(share) for one in told])) for share in (0.95, 0.99)
    )
    return Response(table.rename(columns={"days": "day_from_failure"}), *back)
