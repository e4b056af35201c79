"""The first screen: what happened, in words and numbers with units and intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.results.provenance import Inputs
from experiments.run import account_words
from experiments.run.account import Arms
from experiments.words.first_screen import IN_BRACKETS, NO_FORECAST, FirstScreen
from sim import __version__
from sim.outcomes.headline import Result
from sim.scenario import Scenario

ANSWER = 5
"""Lines of a run without failures that answer how the market holds."""


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

    def words(
        self,
        name: str,
        form: str = "{:,.0f}",
        scale: float = 1.0,
        unit: str = "",
        most: float = float("inf"),
    ) -> str:
        """An outcome's mean with its interval, if there is one, no further than 0 and ``most``."""
        mean, low, high = self.rows[name]
        if np.isnan(mean):
            return "not known"
        words = form.format(mean * scale) + unit
        if np.isnan(low):
            return words
        ends = (form.format(min(most, max(0.0, end)) * scale) for end in (low, high))
        return f"{words} ({' to '.join(ends)})"

    def signed(self, name: str) -> str:
        """An outcome that may be negative, with its interval, if there is one."""
        mean, low, high = self.rows[name]
        words = f"{mean:+,.0f}"
        return words if np.isnan(low) else f"{words} ({low:+,.0f} to {high:+,.0f})"

    def percent(self, name: str) -> str:
        """A share as a percentage."""
        return self.words(name, "{:.0f}", 100.0, "%", most=1.0)


def first_screen(
    inputs: Inputs, table: pd.DataFrame, results: Sequence[Result], told: Arms | None = None
) -> FirstScreen:
    """What is told of a run: of its failures if there are any, and of the market."""
    figures = Figures(table)
    scenario = inputs.scenario
    market = [
        *_market(scenario, figures),
        *_strain(figures),
        *_money(scenario, figures),
        *_transition(scenario, figures),
        *_by_chance(inputs, figures),
    ]
    foot = _reading(inputs)
    if told is None:
        return FirstScreen(_title(inputs), market[:ANSWER], [market[ANSWER:]], foot=foot)
    answer, sections = account_words.told_of(inputs, told)
    return FirstScreen(
        account_words.title(inputs, told), answer, sections, [_title(inputs), market], foot
    )


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
        f"{tier.share_of_area_hours:.0%}"
        for tier in model.tiers
        if tier.share_of_area_hours is not None
    ]
    return f" (target: {' / '.join(meant)})" if meant else ""


def _strain(figures: Figures) -> list[str]:
    return [
        f"Strain             {figures.words('missed_hours_per_year')} hours of visits missed a "
        f"year for want of carers; {figures.words('hand_backs_per_year')} packages handed back, "
        f"{figures.words('hand_backs_uncovered_per_year')} of them with a gap; "
        f"{figures.words('delayed_discharge_days_per_year')} days of delayed discharge a year",
    ]


def _money(scenario: Scenario, figures: Figures) -> list[str]:
    lines = []
    if scenario.money.applies or scenario.quality.applies:
        lines.append(
            f"Providers          {figures.words('providers_at_start')} trade at the start, "
            f"{figures.words('providers_at_end')} at the end; a year "
            f"{figures.words('insolvencies_per_year', '{:.1f}')} run out of money, "
            f"{figures.words('exits_for_losses_per_year', '{:.1f}')} stop for lasting losses, "
            f"{figures.words('found_inadequate_per_year', '{:.1f}')} are found inadequate"
        )
    if scenario.money.applies and not np.isnan(figures.mean("spend_last_year")):
        lines.append(
            f"Money              the council spends "
            f"{figures.words('spend_first_year', '{:.1f}', 1e-6)} million pounds in the first "
            f"year, {figures.words('spend_last_year', '{:.1f}', 1e-6)} in the last "
            f"({figures.words('gbp_per_delivered_hour_first_year', '{:.2f}')} and "
            f"{figures.words('gbp_per_delivered_hour_last_year', '{:.2f}')} pounds an hour "
            f"delivered); guarantees pay for "
            f"{figures.words('paid_not_delivered_hours_last_year')} hours a week not delivered"
        )
    return lines


def _transition(scenario: Scenario, figures: Figures) -> list[str]:
    model = scenario.commissioning
    if model.principal_tier is None or not any(area.go_live for area in scenario.areas):
        return []
    lines = [
        f"Transition         {figures.words('live_areas_at_split')} of "
        f"{figures.words('live_areas')} live areas have the split that is meant, in the last year",
        f"Fallback           teams without a contract of their own: "
        f"{figures.words('legacy_only_hours_first_year')} hours a week and "
        f"{figures.words('legacy_only_carers_first_year')} carers in the first year, "
        f"{figures.words('legacy_only_hours_last_year')} and "
        f"{figures.words('legacy_only_carers_last_year')} in the last",
    ]
    if scenario.rollout.moves_existing_work:
        reasons = ", ".join(
            f"{figures.words(name)} {words}"
            for name, words in (
                ("rounds_stay_people", "for their people's sake"),
                ("rounds_stay_limit", "at the limit of what a provider may lose"),
                ("rounds_stay_viability", "lest a provider fails"),
            )
        )
        lines.insert(
            1,
            f"Rounds moved       {figures.words('rounds_moved')} rounds with "
            f"{figures.words('transferred_people')} people and "
            f"{figures.words('transferred_carers')} carers; rounds that stayed: {reasons}",
        )
    return lines


def _by_chance(inputs: Inputs, figures: Figures) -> list[str]:
    if not inputs.scenario.failure.random:
        return []
    return [
        f"Failures by chance {figures.words('closures_per_year', '{:.1f}')} providers close a "
        f"year, {figures.words('shortfalls_per_year', '{:.1f}')} shortfalls of principals",
    ]


def _reading(inputs: Inputs) -> list[str]:
    scenario = inputs.scenario
    applied = f", with {', '.join(scenario.overrides)}" if scenario.overrides else ""
    how = (
        f"One replication: add --replications 20 for intervals. {NO_FORECAST}"
        if inputs.replications == 1
        else IN_BRACKETS
    )
    return [
        how,
        f"Many of the model's parameters are assumptions (caremarket parameters {scenario.code}).",
        f"Made by caremarket {__version__} from scenario {scenario.code} "
        f"({scenario.identity[:8]}){applied}, seed {inputs.seed}, run {inputs.identity[:8]}.",
    ]
