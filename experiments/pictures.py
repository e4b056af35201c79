"""Which charts a run is given, and the words that go with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from experiments import reduction
from experiments.charts.carers import carers
from experiments.charts.chart import Chart, Provenance, save
from experiments.charts.hours_by_tier import hours_by_tier
from experiments.charts.service_level import service_level
from experiments.charts.tile_map import tile_map
from experiments.charts.waiting_list import waiting_list
from experiments.charts.weeks import weeks_of_seven_days
from experiments.provenance import Inputs
from experiments.staff_moves import Arm
from experiments.summary import who_in_words
from sim import __version__
from sim.clock import date_of
from sim.outcomes.headline import Result
from sim.outcomes.resilience import Response, days_to_recover


def pictures(
    folder: Path,
    inputs: Inputs,
    figures: pd.DataFrame,
    results: Sequence[Result],
    shares: Sequence[Arm] = (),
) -> None:
    """Draw and save every chart of a run."""
    folder.mkdir()
    for chart in drawn(inputs, results):
        save(chart, folder)


def drawn(inputs: Inputs, results: Sequence[Result]) -> list[Chart]:
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
    live: dict[str, date] = {}
    for area in scenario.areas:
        if area.go_live:
            live[area.locality] = min(area.go_live, live.get(area.locality, area.go_live))
    charts = [
        hours_by_tier(by_tier, names, live, made_by, weeks=weeks),
        waiting_list(by_area, made_by),
        carers(by_area, made_by),
        list_map(inputs, results, made_by),
    ]
    answered = [result for result in results if result.responses]
    if answered:
        charts.append(failure_chart(inputs, answered, made_by))
    return charts


def list_map(inputs: Inputs, results: Sequence[Result], made_by: Provenance) -> Chart:
    """Where people waited in the last year, per 1,000 hours needed."""
    areas = pd.DataFrame([area.model_dump() for area in inputs.scenario.areas])
    weekly = pd.concat([pd.DataFrame(result.by_area) for result in results])
    last = sorted(weekly["week_start"].unique())[-52:]
    part = (
        weekly[weekly["week_start"].isin(last)]
        .groupby("area")[["uncovered_hours", "needed_hours"]]
        .mean()
    )
    share = 100 * part["uncovered_hours"] / part["needed_hours"].where(part["needed_hours"] > 0)
    return tile_map(
        areas,
        share,
        "Where care was missing in the last year",
        "uncovered hours as % of hours needed",
        ".1f",
        made_by,
    )


def failure_chart(inputs: Inputs, results: Sequence[Result], made_by: Provenance) -> Chart:
    """The mean service level around the first failure."""
    responses = [result.responses[0] for result in results]
    first = responses[0]
    frame = response_frame(responses)
    scenario = inputs.scenario
    names = {area.code: area.name for area in scenario.areas}
    failure = min(inputs.failures, key=lambda failure: failure.day)
    loss = float(np.mean([response.loss_hours for response in responses]))
    before, to_95, to_99 = of_the_curve(frame)
    return service_level(
        frame,
        ", ".join(names[code] for code in first.areas),
        who_in_words(failure, names),
        date_of(scenario.calendar.start, first.failure_day),
        before,
        to_95,
        to_99,
        loss,
        made_by,
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
    same = [r for r in responses if r.days.shape == days.shape and np.allclose(r.days, days)]
    table = reduction.weekly([{"days": days, "service_level": r.service_level} for r in same])
    if "service_level_high" in table:
        table["service_level_high"] = table["service_level_high"].clip(upper=1.0)
    return table.rename(columns={"days": "day_from_failure"})
