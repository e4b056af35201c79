"""The first screen: what happened, in words and numbers with units and intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, isnan

import numpy as np
import pandas as pd

from experiments.results.provenance import Inputs
from experiments.run import account_words
from experiments.run.account import Arms
from experiments.statistics.failed import too_many_failed
from experiments.statistics.small_counts import hides
from experiments.words.amounts import PEOPLE
from experiments.words.claims import two_figures
from experiments.words.failed import no_headline
from experiments.words.first_screen import (
    IN_BRACKETS,
    NO_FORECAST,
    FirstScreen,
    interval,
    people,
    percentage,
    rounded,
)
from experiments.words.sentences import day_text
from sim import __version__
from sim.outcomes.catalogue import declared
from sim.outcomes.headline import Result
from sim.scenario import Scenario

ANSWER = 5
"""Lines of a run without failures that answer how the market holds."""
LABEL = 13


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

    def words(self, name: str, form: Callable[[float], str] = rounded, most: float = inf) -> str:
        """An outcome's mean with its interval, if there is one, no further than 0 and ``most``."""
        mean, low, high = self.rows[name]
        if hides() and unit_of(name) == PEOPLE:
            form = people
        if isnan(low):
            return form(mean)
        return interval(mean, max(0.0, low), min(most, high), form)

    def percent(self, name: str) -> str:
        """A share as a percentage."""
        return self.words(name, percentage, most=1.0)


def unit_of(name: str) -> str:
    """The unit of an outcome; blank for those of tiers."""
    return next((one.unit for one in declared([]) if one.name == name), "")


def millions(value: float) -> str:
    """Pounds in millions, as £47.9 million."""
    return "not known" if np.isnan(value) else f"£{value / 1e6:,.1f} million"


def pounds(value: float) -> str:
    """Pounds and pence."""
    return "not known" if np.isnan(value) else f"£{value:,.2f}"


def whole_pounds(value: float) -> str:
    """Pounds to two figures, as £820,000."""
    return f"£{two_figures(value)}" if np.isfinite(value) else "not known"


def labelled(label: str, text: str) -> str:
    """A line with its label."""
    return f"{label:{LABEL}}{text}"


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
    failed = inputs.replications - len(results)
    if told is None and too_many_failed(failed, inputs.replications):
        none = no_headline(failed, inputs.replications, "replications", "figures.csv")
        return FirstScreen(_title(inputs), [none], foot=foot)
    if told is None:
        return FirstScreen(_title(inputs), market[:ANSWER], [market[ANSWER:]], foot=foot)
    answer, sections = account_words.told_of(inputs, told)
    title, more = account_words.title(inputs, told), [_title(inputs), market]
    said = account_words.as_sentences(answer)
    return FirstScreen(title, answer, sections, more, foot, said)


def _title(inputs: Inputs) -> list[str]:
    calendar = inputs.scenario.calendar
    many = "one replication" if inputs.replications == 1 else f"{inputs.replications} replications"
    return [
        f"{inputs.scenario.name}, {day_text(calendar.start)} to {day_text(calendar.end)}: {many}",
        f"{inputs.scenario.commissioning.name}",
    ]


def _market(scenario: Scenario, figures: Figures) -> list[str]:
    live = " in areas live by then" if any(area.go_live for area in scenario.areas) else ""
    tiers = ", ".join(
        f"{tier.name} {percentage(figures.mean(f'share_{tier.code}_last_year'))}"
        for tier in scenario.commissioning.tiers
        if f"share_{tier.code}_last_year" in figures
    )
    return [
        labelled(
            "Care",
            f"{figures.words('planned_hours_last_year')} planned hours a week in the last year",
        ),
        labelled("Waiting", f"{figures.words('list_people_last_year')} people in the last year"),
        labelled(
            "Sourcing",
            f"half of packages within {figures.words('days_to_source_median')} days, nine out "
            f"of ten within {figures.words('days_to_source_p90')}",
        ),
        labelled("Carers", f"{figures.percent('vacancy_share_last_year')} of posts are vacant"),
        labelled(
            "Strain",
            f"{figures.words('missed_hours_per_year')} hours of visits missed a year",
        ),
        labelled(
            "First year",
            f"{figures.words('planned_hours_first_year')} planned hours a week; "
            f"{figures.words('list_people_first_year')} people waiting; "
            f"{figures.percent('vacancy_share_first_year')} of posts are vacant",
        ),
        labelled(
            "Last year",
            f"{figures.words('people_in_service_last_year')} people in service, "
            f"{figures.words('carers_last_year')} carers; "
            f"{figures.words('list_hours_last_year')} hours a week on the interim care list, from "
            f"which {figures.words('withdrawn_per_year')} people a year withdraw",
        ),
        labelled("Providers", f"by planned hours{live}: {tiers}{_ceilings(scenario)}"),
    ]


def _ceilings(scenario: Scenario) -> str:
    meant = [
        percentage(tier.share_of_area_hours)
        for tier in scenario.commissioning.tiers
        if tier.share_of_area_hours is not None
    ]
    return f" (contracts allow up to {' / '.join(meant)})" if meant else ""


def _strain(figures: Figures) -> list[str]:
    return [
        labelled(
            "Hand-backs",
            f"{figures.words('hand_backs_per_year')} packages a year, "
            f"{figures.words('hand_backs_uncovered_per_year')} of them with a gap in care; "
            f"{figures.words('delayed_discharge_days_per_year')} days of delayed discharge a "
            "year",
        )
    ]


def _money(scenario: Scenario, figures: Figures) -> list[str]:
    lines = []
    if scenario.money.applies or scenario.quality.applies:
        lines.append(
            labelled(
                "Exits",
                f"{figures.words('providers_at_start')} providers at the start, "
                f"{figures.words('providers_at_end')} at the end; "
                f"{figures.words('insolvencies_per_year')} a year run out of money, "
                f"{figures.words('exits_for_losses_per_year')} a year leave because of lasting "
                f"losses, {figures.words('found_inadequate_per_year')} a year are rated "
                "inadequate",
            )
        )
    if scenario.entry.providers_per_year > 0:
        lines.append(
            labelled(
                "Entrants",
                f"{figures.words('entrants_per_year')} new providers a year; in the last year "
                f"they deliver {figures.words('entrants_hours_last_year')} hours a week",
            )
        )
    if scenario.money.applies and not np.isnan(figures.mean("spend_last_year")):
        lines.append(
            labelled(
                "Money",
                f"the council spends {figures.words('spend_first_year', millions)} in the first "
                f"year, {figures.words('spend_last_year', millions)} in the last; that is "
                f"{figures.words('gbp_per_delivered_hour_first_year', pounds)} and "
                f"{figures.words('gbp_per_delivered_hour_last_year', pounds)} for each hour "
                "delivered; guarantees pay for "
                f"{figures.words('paid_not_delivered_hours_last_year')} hours a week that are "
                "not delivered",
            )
        )
    if scenario.money.applies and scenario.bridging.hours_per_week > 0:
        lines.append(
            labelled(
                "In-house",
                f"{figures.words('in_house_hours_left_last_year')} of "
                f"{scenario.bridging.hours_per_week:,.0f} hours a week of the in-house team are "
                "free for an emergency in the last year; as standby they cost "
                f"{figures.words('standby_cost_last_year', whole_pounds)}",
            )
        )
    return lines


def _transition(scenario: Scenario, figures: Figures) -> list[str]:
    model = scenario.commissioning
    if not model.principal_tiers or not any(area.go_live for area in scenario.areas):
        return []
    lines = [
        f"{'Transition':{LABEL}}{figures.words('live_areas_at_split')} of "
        f"{figures.words('live_areas')} live areas have a principal provider near its "
        f"contract's ceiling in the last year; in {figures.words('live_areas_below_guarantee')} "
        "the guarantee pays for hours that are not delivered",
        f"{'Fallback':{LABEL}}teams without a contract of their own: "
        f"{figures.words('legacy_only_hours_first_year')} hours a week and "
        f"{figures.words('legacy_only_carers_first_year')} carers in the first year, "
        f"{figures.words('legacy_only_hours_last_year')} and "
        f"{figures.words('legacy_only_carers_last_year')} in the last",
    ]
    if scenario.rollout.moves_existing_work:
        reasons = ", ".join(
            f"{figures.words(name)} {words}"
            for name, words in (
                ("rounds_stay_people", "because too many of their people cannot or will not move"),
                ("rounds_stay_limit", "because the provider has lost as much work as it may"),
                ("rounds_stay_viability", "because the provider would not survive the loss"),
            )
        )
        lines.insert(
            1,
            f"{'Rounds':{LABEL}}{figures.words('rounds_moved')} rounds moved, with "
            f"{figures.words('transferred_people')} people and "
            f"{figures.words('transferred_carers')} carers; rounds that stayed with their "
            f"provider: {reasons}",
        )
    return lines


def _by_chance(inputs: Inputs, figures: Figures) -> list[str]:
    if not inputs.scenario.failure.random:
        return []
    return [
        f"{'By chance':{LABEL}}{figures.words('closures_per_year')} providers close a year; "
        f"principal providers fall short {figures.words('shortfalls_per_year')} times a year",
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
