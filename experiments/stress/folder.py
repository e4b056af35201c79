"""What ``caremarket stress`` leaves on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from experiments.charts.chart import Chart
from experiments.charts.heat_map import heat_map
from experiments.engine.question import Answers
from experiments.results.provenance import Inputs, made_by, manifest
from experiments.results.writing import Output
from experiments.stress.figures import HARM
from experiments.stress.pictures import stress_map
from experiments.stress.stages import SELECTION, selection
from experiments.stress.tables import (
    PLACES,
    Harm,
    by_place,
    common_dates,
    contingencies,
    contingencies_table,
    harm_of,
    ranking,
    ranking_table,
)
from experiments.stress.words import Findings, hours, records, screen, worst_words
from experiments.stress.work import SMALL_ONE, ContingencyResult, Manner, Place
from sim.ledger import DIRECT_PAYMENT
from sim.outcomes.account import HEADLINE_DAYS
from sim.outcomes.declaration import Table
from sim.scenario import Scenario


def tiers_of(scenario: Scenario) -> list[str]:
    """Codes of the tiers under which displaced people can be taken over."""
    codes = [tier.code for tier in scenario.commissioning.tiers]
    return [code for code in codes if code != DIRECT_PAYMENT]


def output_of(
    told: Findings,
    places: Sequence[Place],
    results: Mapping[int, Sequence[ContingencyResult]],
    answers: Answers,
) -> Output:
    """Tables, the heat map and words."""
    scenario = told.inputs.scenario
    tiers = tiers_of(scenario)
    tables: list[tuple[Table, pd.DataFrame]] = (
        [] if told.stages is None else [(SELECTION, selection(told.stages))]
    )
    tables += [(contingencies_table(tiers), contingencies(places, told.harm.dates, tiers, results))]
    if told.harm.known.any():
        tables.append((ranking_table(tiers), ranking(told.harm, told.placebo)))
        tables.append((PLACES, by_place(told.harm)))
    shown = told.harm.known.any() and not told.too_many_failed
    charts = pictures(told) if shown else []
    made = described(told, places, answers)
    return Output(tables, made, screen(told), charts, scenario, seconds=answers.seconds)


def harm_of_first(
    inputs: Inputs,
    places: Sequence[Place],
    dates: Sequence[date],
    results: Mapping[int, Sequence[ContingencyResult]],
) -> Harm:
    """What is known from the replications in which every place was lost."""
    first = {number: results[number] for number in sorted(results)[: inputs.replications]}
    return harm_of(places, dates, tiers_of(inputs.scenario), first)


def findings(
    inputs: Inputs,
    how: Manner,
    places: Sequence[Place],
    dates: Sequence[date],
    results: Mapping[int, Sequence[ContingencyResult]],
) -> Findings:
    """What is known from these contingencies."""
    harm = harm_of_first(inputs, places, dates, results)
    failed = sum(bool(one.error) for many in results.values() for one in many)
    # The placebo comes after the places: the same arrays, of that one alone.
    small = {
        number: [replace(one, place=0) for one in many if one.place == len(places)]
        for number, many in results.items()
        if number < inputs.replications
    }
    placebo = harm_of([SMALL_ONE], dates, tiers_of(inputs.scenario), small)
    asked = sum(len(many) for many in results.values())
    return Findings(inputs, how, harm, failed, placebo, asked)


def described(told: Findings, places: Sequence[Place], answers: Answers) -> dict[str, object]:
    """The manifest, with who was lost, when and how."""
    how: Manner = told.how
    return {
        **manifest(told.inputs, answers.command, answers.failed),
        "places": {place.name: place.rule for place in places},
        "dates": [day.isoformat() for day in told.harm.dates],
        "kind": how.kind,
        "notice_days": how.notice_days,
        "staff_move_share": how.staff_move_share,
        "response": how.response,
        "responder": how.responder,
        "looked_at_days": HEADLINE_DAYS,
        "branches_failed": told.failed,
    }


def pictures(told: Findings) -> list[Chart]:
    """The heat map of hours without care added, places in order of harm, and a map of the areas."""
    harm, inputs = told.harm, told.inputs
    values = np.where(harm.known, harm.mean(HARM), np.nan)
    order = by_place(harm)["place"].tolist()
    names = [place.name for place in harm.places]
    rows = [names.index(name) for name in order]
    title, named = worst_words(harm, short=True), worst_words(harm)
    over = (
        "one replication"
        if told.replications == 1
        else f"means of {told.replications} replications"
    )
    subtitle = (
        f"Hours without care that a loss adds in the county within {HEADLINE_DAYS} days, "
        f"compared with the same market without the loss; {over}. Places are sorted by mean, "
        "largest first. Darker: more hours."
    )
    dates = (
        "dates on which every place has a principal provider"
        if common_dates(harm).any()
        else "dates of each place"
    )
    listed = "; ".join(f"{row['place']} {hours(row)}" for row in records(by_place(harm)))
    alt = (
        f"Heat map of {len(rows)} places and {len(harm.dates)} dates. {named}. "
        f"Mean hours added by place over the {dates}: {listed}."
    )
    maker = made_by(replace(inputs, replications=told.replications))
    charts = heat_map(
        values[rows],
        order,
        harm.dates,
        (title, subtitle),
        maker,
        alt,
        name="stress",
        measure=HARM,
        unit="hours",
    )
    return [*charts, *stress_map(inputs.scenario, harm, maker)]
