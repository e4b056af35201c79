"""One county under every way of commissioning: what each replication gives, measured alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from experiments.engine.work import Work, WorkItem, identity_of
from experiments.stress.work import How, Place, Task, Without, replayed_blow
from sim.ledger import Ledger, Stage
from sim.outcomes.adequacy import absorbable, fallback_of, month_starts
from sim.outcomes.declaration import Outcome
from sim.outcomes.headline import summarise
from sim.outcomes.histories import Floats, spell_averages, spells
from sim.outcomes.measures import sight_of, travel_minutes_per_contact_hour
from sim.outcomes.weekly import weeks_of
from sim.scenario import Scenario
from sim.simulation import Simulation

SHARE_THAT_MOVES = 0.3
LOOKED_AT_DAYS = 182
LAST_YEAR_WEEKS = 52

COMPARED = (
    Outcome("list_people_last_year", "people who wait, last year", "people", "lower"),
    Outcome("days_to_source_p90", "nine in ten are placed within", "days", "lower"),
    Outcome(
        "changes_of_provider_per_100_years",
        "changes of provider (continuity), whole run",
        "changes/100 person-years",
        "lower",
    ),
    Outcome("spend_last_year", "what the council spends, last year", "GBP", "lower"),
    Outcome(
        "gbp_per_delivered_hour_last_year", "cost of an hour delivered, last year", "GBP", "lower"
    ),
    Outcome(
        "travel_minutes_per_contact_hour",
        "driving and parking for an hour with people, last year",
        "minutes/hour",
        "lower",
    ),
    Outcome(
        "concentration",
        "concentration of an area's hours among providers (Herfindahl; 1: one has all), last year",
        "index",
        "neither",
    ),
    Outcome("missed_hours_per_year", "visits that nobody makes", "hours/year", "lower"),
    Outcome(
        "adequacy_last_year",
        "share of the hours of an area's principal, or largest provider, that others would take "
        "on within 28 days if 30 % of its carers moved, last year",
        "share",
        "higher",
    ),
    Outcome(
        "loss_of_largest",
        "hours without care added in the county within half a year if its largest provider closes",
        "hours",
        "lower",
    ),
    Outcome("largest_people", "people who lose their provider when it closes", "people", "neither"),
)
IN_CHARTS = {
    "concentration": "concentration of an area's hours (1: one provider has all), last year",
    "adequacy_last_year": "hours others could take on (N-1), last year",
    "loss_of_largest": "care lost in half a year if the largest provider closes",
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


@dataclass(frozen=True, slots=True)
class Under:
    """One replication of the county under one model; ``on``: when its largest provider closes."""

    code: str
    scenario: Scenario
    seed: int
    replication: int
    on: date


def compared_run(task: Under) -> dict[str, float]:
    """The figures of one replication."""
    scenario = task.scenario
    simulation = Simulation(scenario, seed=task.seed, replication=task.replication)
    ledger = simulation.run()
    del simulation
    figures = summarise(ledger, scenario, task.replication).figures
    found: dict[str, float] = {name: figures[name] for name in FROM_SUMMARY}
    last = last_year(scenario)
    sight = sight_of(weeks_of(ledger, scenario), "county", last)
    found["travel_minutes_per_contact_hour"] = (
        np.nan if sight is None else travel_minutes_per_contact_hour(sight)
    )
    found["concentration"] = concentration(ledger, scenario)
    found["adequacy_last_year"] = adequacy_last_year(ledger, scenario)
    return found | loss_of_largest(task, ledger)


MODEL_RUNS = Work("compare-models", compared_run, dict[str, float])


def items_of(
    scenarios: Mapping[str, Scenario], seed: int, replications: int, on: date
) -> list[WorkItem]:
    """Every replication under every model, replication by replication, as work to be done."""
    identities = {code: one.identity for code, one in scenarios.items()}
    return [
        WorkItem(
            identity_of(MODEL_RUNS.name, identities[code], seed, number, on.isoformat()),
            f"{code}, replication {number}",
            Under(code, one, seed, number, on),
        )
        for number in range(replications)
        for code, one in scenarios.items()
    ]


def last_year(scenario: Scenario) -> str:
    """The last calendar year that is simulated whole, as a period."""
    end = scenario.calendar.end
    whole = (end.month, end.day) == (12, 31)
    return str(end.year if whole else end.year - 1)


def concentration(ledger: Ledger, scenario: Scenario) -> float:
    """Herfindahl index of council hours among providers, mean over areas by their hours."""
    histories = spells(ledger)
    served = histories.where(histories.in_stage(Stage.IN_SERVICE) & (histories.branch >= 0))
    edges = np.array([scenario.days - 7.0 * LAST_YEAR_WEEKS, scenario.days])
    teams = len(ledger.labels.branches)
    hours: Floats = spell_averages(served, served.minutes / 60, served.branch, teams, edges)[0]
    places = np.array(ledger.labels.branch_area)
    owners = np.array(ledger.labels.branch_provider)
    whole, weighted = 0.0, 0.0
    for area in range(len(ledger.labels.areas)):
        by_provider = np.bincount(owners[places == area], hours[places == area])
        total = float(by_provider.sum())
        if total > 0:
            whole += total
            weighted += total * float(((by_provider / total) ** 2).sum())
    return weighted / whole if whole else np.nan


def adequacy_last_year(ledger: Ledger, scenario: Scenario) -> float:
    """N-1 adequacy of all areas, by hours at stake, mean over the months of the last year."""
    months, days = month_starts(scenario)
    last = np.array([month.year == months[-1].year for month in months])
    fallback = fallback_of(ledger, scenario, days)
    stake = fallback.at_stake
    room = absorbable(fallback, scenario, SHARE_THAT_MOVES) + SHARE_THAT_MOVES * stake
    taken = np.minimum(stake, room).sum(axis=1)
    return float((taken[last] / stake.sum(axis=1)[last]).mean())


def loss_of_largest(task: Under, ledger: Ledger) -> dict[str, float]:
    """What it costs if the county's largest provider closes on the day."""
    how = How(staff_move_share=SHARE_THAT_MOVES, days=LOOKED_AT_DAYS)
    largest = Place("largest", "largest")
    blow = Task(task.scenario, task.seed, task.replication, largest, task.on, how, fork=False)
    loss = replayed_blow(blow, Without(ledger, spells(ledger)))
    figures: Mapping[str, float] = loss.figures or {}
    return {
        "loss_of_largest": figures.get("added_hours_county", np.nan),
        "largest_people": figures.get("displaced_people", np.nan),
    }
