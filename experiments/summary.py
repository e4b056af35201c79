"""The first screen: what happened, in words and numbers with units and intervals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pandas as pd

from experiments.provenance import Inputs
from sim import __version__
from sim.clock import date_of
from sim.outcomes.headline import Result
from sim.scenario import Scenario


class Figures:
    """Figures by name, as words."""

    def __init__(self, table: pd.DataFrame) -> None:
        columns = [table[name].tolist() for name in ("outcome", "mean", "low", "high")]
        self.rows: dict[str, tuple[float, float, float]] = {
            name: (mean, low, high) for name, mean, low, high in zip(*columns, strict=True)
        }

    def __contains__(self, name: str) -> bool:
        return name in self.rows

    def mean(self, name: str) -> float:
        """The mean of an outcome."""
        return self.rows[name][0]

    def words(self, name: str, form: str = "{:,.0f}", scale: float = 1.0, unit: str = "") -> str:
        """An outcome's mean with its interval, if there is one."""
        mean, low, high = self.rows[name]
        if np.isnan(mean):
            return "not known"
        words = form.format(mean * scale) + unit
        if np.isnan(low):
            return words
        ends = (form.format(max(0.0, end) * scale) for end in (low, high))
        return f"{words} ({' to '.join(ends)})"

    def percent(self, name: str) -> str:
        """A share as a percentage."""
        return self.words(name, "{:.0f}", 100.0, " %")


def lines(inputs: Inputs, table: pd.DataFrame, results: Sequence[Result]) -> list[str]:
    """The summary, a line each; an empty line parts the paragraphs."""
    figures = Figures(table)
    scenario = inputs.scenario
    return [
        *_title(inputs),
        "",
        *_market(scenario, figures),
        *_failure(inputs, figures, results),
        "",
        *_reading(inputs),
    ]


def _title(inputs: Inputs) -> list[str]:
    calendar = inputs.scenario.calendar
    many = "one replication" if inputs.replications == 1 else f"{inputs.replications} replications"
    return [
        f"{inputs.scenario.name}, {calendar.start:%d %B %Y} to {calendar.end:%d %B %Y}: {many}",
        f"{inputs.scenario.commissioning.name}",
    ]


def _market(scenario: Scenario, figures: Figures) -> list[str]:
    live = "in areas live by then" if any(area.go_live for area in scenario.areas) else ""
    tiers = ", ".join(
        f"{tier.name} {figures.percent(f'share_{tier.code}_last_year')}"
        for tier in scenario.commissioning.tiers
        if f"share_{tier.code}_last_year" in figures
    )
    return [
        f"Care in service    {figures.words('planned_hours_last_year')} planned hours a week "
        f"in the last year, for {figures.words('people_in_service_last_year')} people; "
        f"{figures.words('planned_hours_first_year')} hours in the first year",
        f"Who provides it    {tiers} of planned hours in the last year {live}".rstrip()
        + _target(scenario),
        f"Waiting            {figures.words('list_people_first_year')} people on the interim care "
        f"list in the first year, {figures.words('list_people_last_year')} in the last "
        f"({figures.words('list_hours_last_year')} hours a week); "
        f"{figures.words('withdrawn_per_year')} a year stop waiting",
        f"Days to source     half within {figures.words('days_to_source_median', '{:.1f}')} days, "
        f"nine in ten within {figures.words('days_to_source_p90', '{:.1f}')}",
        f"Carers             {figures.words('carers_last_year')} in the last year; "
        f"{figures.percent('vacancy_share_last_year')} of posts vacant, "
        f"{figures.percent('vacancy_share_first_year')} in the first",
    ]


def _target(scenario: Scenario) -> str:
    model = scenario.commissioning
    meant = [
        f"{tier.share_of_area_hours:.0%}".replace("%", " %")
        for tier in model.tiers
        if tier.share_of_area_hours is not None
    ]
    return f" (meant: {' / '.join(meant)})" if meant else ""


def _failure(inputs: Inputs, figures: Figures, results: Sequence[Result]) -> list[str]:
    if not inputs.failures:
        return []
    if "displaced_people" not in figures:
        return ["", "Failure            nobody answered to the rule on that day; nothing failed"]
    tiers = ", ".join(
        f"{figures.words(f'picked_up_by_{tier.code}')} by {tier.name}"
        for tier in inputs.scenario.commissioning.tiers
    )
    response = next(result.responses[0] for result in results if result.responses)
    back = {
        n: int(np.isnan([r.figures[f"days_to_{n}"] for r in results if r.responses]).sum())
        for n in (95, 99)
    }
    return [
        "",
        f"What failed        {'; '.join(_told(inputs))}",
        f"People             {figures.words('displaced_people')} lost their provider "
        f"({figures.words('displaced_hours')} hours a week), "
        f"{figures.words('displaced_vulnerable')} of them vulnerable"
        + _handed_over(inputs, figures),
        f"Picked up          {tiers}",
        f"How soon           {figures.percent('rehomed_in_7_days')} served again within 7 days, "
        f"{figures.percent('rehomed_in_28_days')} within 28; "
        f"{figures.words('displaced_uncovered_hours')} hours of their care were missed",
        f"Service level      {figures.percent('service_level_before')} before, "
        f"{figures.percent('service_level_lowest')} at the lowest, in {', '.join(response.areas)}",
        f"Recovery           back at 95 % of the level before after "
        f"{_days(figures, 95, back[95])}, at 99 % after {_days(figures, 99, back[99])}; "
        f"{figures.words('loss_hours')} hours of care lost till then",
    ]


def _handed_over(inputs: Inputs, figures: Figures) -> str:
    if not any(failure.notice_days for failure in inputs.failures):
        return ""
    return f"; {figures.words('handed_over_people')} more were handed over without a gap before"


def _told(inputs: Inputs) -> list[str]:
    told = []
    for failure in inputs.failures:
        day = date_of(inputs.scenario.calendar.start, failure.day)
        share = failure.staff_move_share
        share = inputs.scenario.failure.staff_move_share if share is None else share
        notice = (
            f"with {failure.notice_days:.0f} days' notice" if failure.notice_days else "suddenly"
        )
        closing = day + timedelta(days=failure.notice_days)
        told.append(
            f"{failure.who} on {day:%d %B %Y} {notice}"
            + (f" (closed {closing:%d %B %Y})" if failure.notice_days else "")
            + f"; {share:.0%} of its carers move with their people, if whole carers can".replace(
                "%", " %"
            )
        )
    return told


def _days(figures: Figures, level: int, never: int) -> str:
    words = figures.words(f"days_to_{level}")
    if words == "not known":
        return "more than a year, or not before the end of the run"
    noun = "replication" if never == 1 else "replications"
    late = f" (in {never} {noun} not within a year, left out here)" if never else ""
    return f"{words} days{late}"


def _reading(inputs: Inputs) -> list[str]:
    scenario = inputs.scenario
    bands = "" if inputs.replications == 1 else "In brackets: 95 % interval of the mean. "
    applied = f", with {', '.join(scenario.overrides)}" if scenario.overrides else ""
    chance = (
        "One replication is one story: add --replications 20 for means with intervals. "
        if inputs.replications == 1
        else ""
    )
    return [
        f"{bands}{chance}This is a model, not a forecast: many of its parameters are assumptions "
        f"(caremarket parameters {scenario.code}).",
        f"Made by caremarket {__version__} from scenario {scenario.code} "
        f"({scenario.identity[:8]}){applied}, seed {inputs.seed}, run {inputs.identity[:8]}.",
    ]
