"""What ways of commissioning are compared by: chosen from the outcomes there are."""

from __future__ import annotations

from datetime import date

import numpy as np

from experiments.run.placebo import with_placebo
from experiments.run.work import Run
from experiments.stress.work import DAYS
from sim.clock import days_between
from sim.ledger import Ledger
from sim.outcomes.account import Market
from sim.outcomes.adequacy import USUAL_STAFF_MOVE_SHARE
from sim.outcomes.catalogue import chosen, figures_of
from sim.outcomes.declaration import About, Outcome
from sim.outcomes.failures import INDIRECT, TOTAL, Failures
from sim.outcomes.fallback import IF_SOME_MOVE, SHOWN_PERCENT, FallbackMonths
from sim.outcomes.headline import account_of
from sim.outcomes.measures import part_of_run
from sim.outcomes.placebo import PLACEBO
from sim.outcomes.weekly import weeks_of
from sim.scenario import Scenario
from sim.scenario.tables import FailureRow

ADEQUACY = f"adequacy_of_all_areas_last_year_{IF_SOME_MOVE}"
LOSS, PEOPLE = TOTAL, "displaced_people"
OF_THE_LARGEST = (LOSS, INDIRECT, PEOPLE)
"""What follows when the county's largest provider closes."""
BESIDE: tuple[Outcome, ...] = tuple(chosen([PLACEBO]))
"""The placebo of that day: it stands beside the harm to others, and is no comparison."""

COMPARED: tuple[Outcome, ...] = tuple(
    chosen(
        (
            "list_people_last_year",
            "days_to_source_p90",
            "changes_of_provider_per_100_years",
            "spend_last_year",
            "gbp_per_delivered_hour_last_year",
            "travel_minutes_per_contact_hour",
            "concentration",
            "missed_hours_per_year",
            ADEQUACY,
            *OF_THE_LARGEST,
        )
    )
)
IN_CHARTS = {
    "list_people_last_year": "people on the interim care list, last year",
    "days_to_source_p90": "days within which nine out of ten packages are accepted",
    "changes_of_provider_per_100_years": "changes of provider (continuity), whole run",
    "gbp_per_delivered_hour_last_year": "council payments for each hour delivered, last year",
    "travel_minutes_per_contact_hour": "driving and parking for each hour with people, last year",
    "concentration": "concentration of an area's hours (1: one provider has all), last year",
    "missed_hours_per_year": "hours of visits missed for lack of carers",
    ADEQUACY: "N-1: cover left if the principal provider stops, last year",
    INDIRECT: "of these hours, those lost by other providers' people",
    LOSS: "care lost in 91 days if the largest provider closes",
    PEOPLE: "people who lose their provider when the largest closes",
}
"""Shorter words for what a chart's panel has no room to say in full."""
FROM_SUMMARY = (
    "list_people_last_year",
    "days_to_source_p90",
    "changes_of_provider_per_100_years",
    "spend_last_year",
    "gbp_per_delivered_hour_last_year",
    "missed_hours_per_year",
)
LARGEST_CLOSES = (
    f"These outcomes are for a closure of the largest provider after which {SHOWN_PERCENT}% of "
    f"its carers move: {LOSS}, {INDIRECT}, {PEOPLE}."
)


def figures_beside(ledger: Ledger, scenario: Scenario) -> dict[str, float]:
    """Outcomes that a run's own figures do not have: travel, concentration, adequacy."""
    weeks = weeks_of(ledger, scenario)
    # Travel is set beside a published figure, so it has a calendar year; the rest, 52 weeks.
    found: dict[str, float] = {}
    for name, period in (
        ("travel_minutes_per_contact_hour", last_year(scenario)),
        ("concentration", "last_year"),
    ):
        sight = part_of_run(weeks, "county", period)
        known = {} if sight is None else figures_of(chosen([name]), {About.PART: sight})
        found[name] = known.get(name, np.nan)
    return found | figures_of(
        chosen([ADEQUACY]), {About.FALLBACK: FallbackMonths(ledger, scenario)}
    )


def last_year(scenario: Scenario) -> str:
    """The last calendar year that is simulated whole, as a period."""
    end = scenario.calendar.end
    whole = (end.month, end.day) == (12, 31)
    return str(end.year if whole else end.year - 1)


def loss_of_largest(
    scenario: Scenario, seed: int, replication: int, on: date
) -> tuple[Market, dict[str, float]]:
    """The market as it is, and what it costs if its largest provider closes on the day."""
    row = FailureRow(date=on, who="largest", staff_move_share=USUAL_STAFF_MOVE_SHARE)
    failing = scenario.model_copy(update={"failures": (row,)})
    until = float(days_between(scenario.calendar.start, on)) + DAYS
    found = with_placebo(Run(failing, seed, replication), until)
    account = account_of(Market(found.ledger), found.without, failing)
    views = {} if account is None else {About.FAILURE: Failures(account)}
    figures = figures_of(chosen(OF_THE_LARGEST), views) | found.placebo
    told = {name: figures.get(name, np.nan) for name in (*OF_THE_LARGEST, PLACEBO)}
    return found.without, told
