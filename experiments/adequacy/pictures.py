"""The charts of N-1 adequacy, and the words that go with them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from experiments.adequacy.tables import Adequacy, county_adequacy, interval
from experiments.adequacy.work import STAFF_MOVE_SHARES
from experiments.charts.area_months import Scale, area_months, rows_of
from experiments.charts.chart import Chart, Provenance
from experiments.charts.classes import Classes, Form, classes_of
from experiments.charts.erosion import erosion
from experiments.charts.heat_map import form_of
from experiments.results.provenance import Inputs, made_by
from experiments.words.sentences import month_text
from sim.outcomes.adequacy import PRINCIPAL
from sim.outcomes.histories import Floats
from sim.scenario import Scenario

USUAL = 1
USUALLY = f"{STAFF_MOVE_SHARES[USUAL]:.0%}"
IN_BRIEF = "Thin: no principal yet, the largest provider stands for one."
FIGURES = "Figures: means of the year over months with a principal."
SHARES = Form(0, 100.0, "%")
ADEQUACY_SCALE = Scale(Classes((50.0, 70.0, 90.0), 0.0, 100.0, SHARES), falling=True)


def hours_scale(hours: Floats) -> Scale:
    """Classes that part the hours found, in thousands where they are large."""
    form = form_of(hours)
    unit = "thousand hours" if form.factor < 1 else "hours"
    return Scale(classes_of(hours, form), unit)


def drawn(inputs: Inputs, told: Adequacy, table: pd.DataFrame, faded: pd.DataFrame) -> list[Chart]:
    """Adequacy and hours without care by area and month; erosion of the fallback."""
    maker, live = made_by(inputs), first_go_live(inputs.scenario)
    return [
        *adequacy_map(told, table, maker),
        *uncovered_map(told, table, maker),
        erosion(faded, live, maker),
    ]


def first_go_live(scenario: Scenario) -> dict[str, date]:
    """When the first area of each locality goes live."""
    live: dict[str, date] = {}
    for area in scenario.areas:
        if area.go_live:
            live[area.locality] = min(area.go_live, live.get(area.locality, area.go_live))
    return live


def rows(told: Adequacy) -> pd.DataFrame:
    """The areas as rows of a chart."""
    areas = told.scenario.areas
    return rows_of(
        [area.code for area in areas],
        {area.code: area.name for area in areas},
        {area.code: area.go_live for area in areas},
        told.areas,
    )


def if_moves(share: float) -> str:
    """A panel's condition."""
    return "If no carer moves" if share == 0 else f"If {100 * share:.0f}% of carers move"


def adequacy_map(told: Adequacy, table: pd.DataFrame, made_by: Provenance) -> list[Chart]:
    """Chart: adequacy of every area and month, at each share of carers who move."""
    years, county = county_by_year(told)
    captions = {
        share: f"{if_moves(share)}: {over_years(years, county[:, number])}"
        for number, share in enumerate(STAFF_MOVE_SHARES)
    }
    usual = county[:, USUAL]
    if years:
        title = (
            f"Others could take on {usual[0]:.0%} of a principal's hours in {years[0]}, "
            f"{usual[-1]:.0%} in {years[-1]}; within 28 days of a stop, if {USUALLY} of its carers "
            "move"
        )
    else:
        title = "No area has a principal provider yet"
    subtitle = (
        f"N-1 adequacy: share of the hours of an area's principal that other providers could take "
        f"on within 28 days, estimated for the first day of every month. Darker is worse. "
        f"{IN_BRIEF} {FIGURES}"
    )
    return area_months(
        table,
        rows(told),
        "adequacy",
        ADEQUACY_SCALE,
        captions,
        (title, subtitle),
        made_by,
        f"Grid of {len(told.areas)} areas by {len(told.months)} months, three panels. "
        f"{title}. {extremes(told, told.adequacy, '{:.0%}')}",
        name="adequacy",
    )


def uncovered_map(told: Adequacy, table: pd.DataFrame, made_by: Provenance) -> list[Chart]:
    """Chart: hours without care within 91 days of a stop, of every area and month."""
    hours = interval(told.uncovered[1])[0]
    held = np.where(told.usual_role == PRINCIPAL, hours, np.nan)
    captions = {}
    for number, share in enumerate(STAFF_MOVE_SHARES):
        part = held[number]
        most = 0.0 if np.isnan(part).all() else float(np.nanmax(part))
        captions[share] = f"{if_moves(share)}: at most {most:,.0f} hours"
    usual = held[USUAL]
    title = "No area has a principal provider yet"
    if not np.isnan(usual).all():
        years = np.array([month.year for month in told.months])
        known = ~np.isnan(usual).all(axis=1)
        first, last = years[known].min(), years[known].max()
        title = (
            f"A principal that stops leaves {np.nanmean(usual[years == first]):,.0f} hours without "
            f"care in {first}, {np.nanmean(usual[years == last]):,.0f} in {last}; on average, "
            f"if {USUALLY} of its carers move"
        )
    subtitle = (
        "Hours of care that nobody gives within 91 days because the principal of the area stopped, "
        "estimated for a stop on the first day of every month. Darker is worse. "
        f"{IN_BRIEF} {FIGURES}"
    )
    return area_months(
        table,
        rows(told),
        "added_hours_in_area_in_91_days",
        hours_scale(table["added_hours_in_area_in_91_days"].to_numpy(dtype=float)),
        captions,
        (title, subtitle),
        made_by,
        f"Grid of {len(told.areas)} areas by {len(told.months)} months, three panels. "
        f"{title}. {extremes(told, told.uncovered[1], '{:,.0f} hours')}",
        name="uncovered",
    )


def county_by_year(told: Adequacy) -> tuple[list[int], Floats]:
    """Years with principals, and county adequacy in them, by year and share."""
    county = interval(county_adequacy(told))[0]
    years = np.array([month.year for month in told.months])
    known = sorted(set(years[~np.isnan(county).all(axis=0)].tolist()))
    means = [np.nanmean(county[:, years == year], axis=1) for year in known]
    return known, np.array(means).reshape(len(known), len(STAFF_MOVE_SHARES))


def over_years(years: list[int], county: Floats) -> str:
    """A panel's finding."""
    if not years:
        return "no principal"
    if len(years) == 1:
        return f"{county[0]:.0%} of principals' hours in {years[0]}"
    return f"{county[0]:.0%} of principals' hours in {years[0]}, {county[-1]:.0%} in {years[-1]}"


def extremes(told: Adequacy, values: Floats, form: str) -> str:
    """The lowest and the highest area-month of a principal, at the usual share, in words."""
    names = {area.code: area.name for area in told.scenario.areas}
    mean = interval(values)[0][USUAL]
    held = np.where(told.usual_role == PRINCIPAL, mean, np.nan)
    if np.isnan(held).all():
        return ""
    said = []
    for word, find in (("Lowest", np.nanargmin), ("highest", np.nanargmax)):
        month, area = np.unravel_index(int(find(held)), held.shape)
        said.append(
            f"{word} {form.format(held[month, area])} in {names[told.areas[int(area)]]}, "
            f"{month_text(told.months[int(month)])}"
        )
    return f"If {USUALLY} of carers move: {'; '.join(said)}."
