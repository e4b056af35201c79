"""Which charts a run is given, and the words that go with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from experiments.charts.carers import carers
from experiments.charts.chart import Chart, Provenance
from experiments.charts.classes import Form
from experiments.charts.fallback import fallback
from experiments.charts.fates import fates
from experiments.charts.hours_by_tier import hours_by_tier
from experiments.charts.service_level import service_level
from experiments.charts.staff_move import staff_move
from experiments.charts.tile_map import tile_map
from experiments.charts.waiting_list import waiting_list
from experiments.charts.weeks import weeks_of_seven_days, whole_weeks
from experiments.results.provenance import Inputs
from experiments.run.staff_moves import Arm
from experiments.run.words import Figures, who_in_words
from experiments.statistics import means as reduction
from experiments.words.sentences import WEEKS_A_YEAR, count, day_text
from sim import __version__
from sim.clock import date_of
from sim.ledger import DIRECT_PAYMENT
from sim.outcomes.failures import ADDED_HOURS
from sim.outcomes.fates import FATES
from sim.outcomes.headline import Result
from sim.outcomes.resilience import Response, days_to_recover
from sim.vocabulary import FAILURE_KINDS


def drawn(inputs: Inputs, results: Sequence[Result], shares: Sequence[Arm]) -> list[Chart]:
    """The charts of a run."""
    scenario = inputs.scenario
    made_by = Provenance(
        "caremarket",
        scenario.code,
        scenario.identity[:8],
        inputs.seed,
        inputs.replications,
        __version__,
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
    charts = [
        hours_by_tier(by_tier, names, live, made_by, each_by_tier, weeks=weeks),
        waiting_list(by_area, made_by, each),
        carers(by_area, made_by, each),
        list_map(inputs, results, made_by),
    ]
    if scenario.commissioning.principal_tier is not None and live:
        by_role = [county_by_role([result]) for result in results]
        charts.append(fallback(county_by_role(results), live, made_by, by_role, weeks=weeks))
    answered = [result for result in results if result.responses]
    if answered:
        charts += failure_charts(inputs, answered, shares, made_by)
    return charts


def county_by_role(results: Sequence[Result]) -> pd.DataFrame:
    """Work and carers of the whole county by standing; what is no sum is left out."""
    no_sums = ("travel_minutes_per_visit", "contact_share")
    tables = [
        {name: values for name, values in result.by_role.items() if name not in no_sums}
        for result in results
    ]
    return reduction.county(tables, "role")


def list_map(inputs: Inputs, results: Sequence[Result], made_by: Provenance) -> Chart:
    """Where care was missing in the last year, in per cent of hours needed."""
    areas = pd.DataFrame([area.model_dump() for area in inputs.scenario.areas])
    each = [whole_weeks(pd.DataFrame(result.by_area)) for result in results]
    weekly = pd.concat(each)
    last = sorted(weekly["week_start"].unique())[-WEEKS_A_YEAR:]
    return tile_map(
        areas,
        missing_share(weekly, last),
        map_title(len(last)),
        "uncovered hours as % of hours needed",
        Form(1, suffix="%"),
        made_by,
        period=period_of(last),
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


def period_of(weeks: Sequence[np.datetime64]) -> str:
    """The weeks that are shown, by their first and last day."""
    if not weeks:
        return ""
    first, last = pd.Timestamp(weeks[0]), pd.Timestamp(weeks[-1]) + pd.Timedelta(days=6)
    return f"{day_text(first)} to {day_text(last)}"


def failure_charts(
    inputs: Inputs, results: Sequence[Result], shares: Sequence[Arm], made_by: Provenance
) -> list[Chart]:
    """The first failure: the service level, carers who move, and what becomes of the people."""
    responses = [result.responses[0] for result in results]
    first, scenario = responses[0], inputs.scenario
    names = {area.code: area.name for area in scenario.areas}
    areas = in_words([names[code] for code in first.areas])
    who, how = "a principal provider", "falls short or closes"
    if inputs.failures:
        who = who_in_words(inputs.failures[0], names)
        how = FAILURE_KINDS[inputs.failures[0].kind].does
    when = date_of(scenario.calendar.start, first.failure_day)
    frame = response_frame(responses)
    hours = Figures(reduction.figures(results)).rows[ADDED_HOURS]
    told = (areas, who, how, when)
    charts = [service_level(frame, *told, *of_the_curve(frame), hours, made_by)]
    arms = {
        arm.share: response_frame([r.responses[0] for r in arm.results if r.responses])
        for arm in shares
        if any(result.responses for result in arm.results)
    }
    if len(arms) > 1:
        charts.append(staff_move(arms, *told, made_by))
    people = fates_of(results)
    if len(people) and people["without_cover"].iloc[0] + people["bridged"].iloc[0] > 0:
        charts.append(fates(people, *told, made_by))
    return charts


def in_words(names: Sequence[str]) -> str:
    """A list as a sentence has it."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def fates_of(results: Sequence[Result]) -> pd.DataFrame:
    """Where displaced people are, day by day: means over replications."""
    known = [result.fates for result in results if result.fates is not None]
    if not known:
        return pd.DataFrame({column.name: np.array([]) for column in FATES.columns})
    # A run cut short by its end knows fewer days than the others.
    shortest = min(table["day_from_failure"].size for table in known)
    return pd.DataFrame(
        {name: np.mean([table[name][:shortest] for table in known], axis=0) for name in known[0]}
    )


def of_the_curve(frame: pd.DataFrame) -> tuple[float, float, float]:
    """Level before and days to 95 % and 99 % of it, read off the curve that is drawn."""
    days = frame["day_from_failure"].to_numpy(dtype=float)
    level = frame["service_level"].to_numpy(dtype=float)
    before = float(level[days < 0].mean()) if (days < 0).any() else 1.0
    after = days >= 0
    to_95, to_99 = (
        days_to_recover(days[after], level[after], part * before) for part in (0.95, 0.99)
    )
    return before, to_95, to_99


def response_frame(responses: Sequence[Response]) -> pd.DataFrame:
    """Day by day, the mean over replications and its interval."""
    days = responses[0].days
    # A failure by chance falls on other days in other replications: curves of other lengths
    # cannot be averaged, so they are left out of the curve (not out of the figures).
    same = [r for r in responses if r.days.shape == days.shape and np.allclose(r.days, days)]
    table = reduction.weekly(
        [
            {
                "days": days,
                "service_level": r.service_level,
                "without_failure": np.full(days.size, np.nan) if r.usual is None else r.usual.level,
            }
            for r in same
        ]
    )
    for name in ("service_level_high", "without_failure_high"):
        if name in table:
            table[name] = table[name].clip(upper=1.0)
    return table.rename(columns={"days": "day_from_failure"})
