"""The map of a stress test: what the loss of each area's provider costs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.adequacy.tables import areas_held
from experiments.charts.area_map import area_map
from experiments.charts.chart import Chart, Provenance
from experiments.charts.classes import Form
from experiments.charts.heat_map import THOUSAND, form_of
from experiments.charts.shown import Shown
from experiments.stress.tables import Harm, common_dates, mean_of_known
from experiments.words import claims
from experiments.words.sentences import count
from sim.outcomes.account import HEADLINE_DAYS
from sim.outcomes.histories import Floats
from sim.scenario import Scenario


def stress_map(scenario: Scenario, harm: Harm, made_by: Provenance) -> list[Chart]:
    """Chart: hours without care by the area whose provider is lost; none if no place is an area."""
    common = common_dates(harm)
    known = harm.known & common if common.any() else harm.known
    hours = mean_of_known(np.where(known, harm.hours, np.nan), 2)
    there = [number for number in range(len(harm.places)) if known[number].any()]
    places = {number: areas_of(scenario, harm.places[number].rule) for number in there}
    found = [area for areas in places.values() for area in areas]
    if not all(places.values()) or len(set(found)) < len(found):
        return []
    each = pd.DataFrame(
        {area: hours[:, number] for number, areas in places.items() for area in areas}
    )
    names = [harm.places[number].name for number in there]
    table = pd.DataFrame([area.model_dump() for area in scenario.areas])
    large = form_of(each.mean().to_numpy(dtype=float)).factor < 1
    return [
        area_map(
            table,
            each.mean() / (THOUSAND if large else 1),
            words(harm, names, hours[:, there], large=large),
            made_by,
            name="stress_map",
            outlines=scenario.outlines,
            each=each / (THOUSAND if large else 1),
        )
    ]


def words(harm: Harm, names: list[str], hours: Floats, *, large: bool) -> Shown:
    """What the map says of itself; ``hours``: replications down, places across."""
    who = (
        "principal" if all(one.rule.startswith("principal") for one in harm.places) else "provider"
    )
    common = int(common_dates(harm).sum())
    dates = f"mean of {count(common, 'date')}" if common else "mean of each area's own dates"
    unit = "thousand hours" if large else "hours"
    return Shown(
        f"Hours without care if the {who} of an area is lost",
        f"{unit} without care added within {HEADLINE_DAYS} days in the county",
        Form(1 if large else 0),
        "on one date" if common == 1 else dates,
        "Areas of one provider share a value.",
        short=unit,
        claim=claims.extreme("worst place", names, hours, unit="hours", harm=True),
    )


def areas_of(scenario: Scenario, rule: str) -> list[str]:
    """The areas whose provider a rule names, as ``run --fail`` has it; none if it names no area."""
    head, _, area = rule.partition(":")
    if head == "largest":
        return [area] if area else []
    held = {one.code: areas_held(scenario, one.code).split() for one in scenario.providers}
    if head == "principal":
        return next((areas for areas in held.values() if area in areas), [])
    return held.get(rule, [])
