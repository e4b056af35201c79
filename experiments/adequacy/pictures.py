"""The charts of N-1, and the words that go with them: what is shown, and nothing claimed of it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from experiments.adequacy.estimates import COMPANY, MOST, TEAM, Study
from experiments.adequacy.tables import FIXED, LAST_MONTHS, areas_held, means, years_table
from experiments.adequacy.words import SINGLE, over_years, rows_of
from experiments.adequacy.work import STAFF_MOVE_SHARES
from experiments.charts.area_map import area_map
from experiments.charts.area_months import Scale, area_months
from experiments.charts.area_months import rows_of as rows_in_order
from experiments.charts.chart import Chart, Provenance
from experiments.charts.classes import Classes, Form, classes_of
from experiments.charts.erosion import erosion
from experiments.charts.heat_map import form_of
from experiments.charts.shown import Shown
from experiments.results.provenance import Inputs, made_by
from experiments.words.sentences import capital, count, month_text
from sim.outcomes.histories import Floats
from sim.outcomes.levels import SUFFICES
from sim.scenario import Scenario

USUAL = 1
USUALLY = f"{STAFF_MOVE_SHARES[USUAL]:.0%}"
UNUSUAL = {
    COMPANY: "No value: there is a principal provider in fewer than half of the replications. ",
    TEAM: "Thin: there is no principal provider yet, so the largest provider is shown. ",
}
FIGURES = "Figures: means of the year over months with a principal provider."
NAME = {COMPANY: "adequacy", TEAM: "adequacy_by_area"}
SUBJECT = {COMPANY: "N-1 by principal provider", TEAM: "N-1 if one area's team stops"}
MEANING = {
    COMPANY: "The company closes, everywhere it works. ",
    TEAM: "Only the team of one area stops; the company goes on elsewhere. ",
}
SHARES = Form(0, 100.0, "%")
N_MINUS_1_SCALE = Scale(Classes((40.0, 60.0, 100 * SUFFICES), 0.0, 100.0, SHARES), falling=True)


def hours_scale(hours: Floats) -> Scale:
    """Classes that part the hours found, in thousands where they are large."""
    form = form_of(hours)
    unit = "thousand hours" if form.factor < 1 else "hours"
    return Scale(classes_of(hours, form), unit)


def drawn(
    inputs: Inputs,
    study: Study,
    companies: pd.DataFrame,
    teams: pd.DataFrame,
    faded: pd.DataFrame,
) -> list[Chart]:
    """N-1 by provider and by area, hours without care by provider, erosion of the fallback."""
    maker, live = made_by(inputs), first_go_live(inputs.scenario)
    told = [*n_minus_1_map(study, TEAM, teams, maker), *area_maps(study, maker)]
    told += [erosion(faded, live, maker)]
    seen = often(study, companies)
    if seen.empty:
        return told
    by_company = n_minus_1_map(study, COMPANY, seen, maker)
    return [*by_company, *uncovered_map(study, seen, maker), *told]


def first_go_live(scenario: Scenario) -> dict[str, date]:
    """When the first area of each locality goes live."""
    live: dict[str, date] = {}
    for area in scenario.areas:
        if area.go_live:
            live[area.locality] = min(area.go_live, live.get(area.locality, area.go_live))
    return live


def rows(study: Study, kind: str) -> pd.DataFrame:
    """The providers or areas as rows of a chart, in the order in which they begin."""
    areas = {area.code: area for area in study.scenario.areas}
    if kind == TEAM:
        names = {code: area.name for code, area in areas.items()}
        live = {code: area.go_live for code, area in areas.items()}
        return rows_in_order(list(areas), names, live, study.areas)
    begun = {
        code: study.months[month]
        for code, month in zip(study.companies.codes, study.companies.begun, strict=True)
        if month >= 0
    }
    names = {code: provider_name(study.scenario, code) for code in begun}
    return rows_in_order(list(begun), names, begun, list(begun))


def often(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """The months of a table in which at least half of the replications have a principal."""
    return table[table["replications"] >= MOST * len(study.replications)]


def provider_name(scenario: Scenario, code: str) -> str:
    """A provider's code with the first area of its contracts, and how many more there are."""
    names = {area.code: area.name for area in scenario.areas}
    held = areas_held(scenario, code).split()
    if not held:
        return code
    more = f" + {len(held) - 1}" if len(held) > 1 else ""
    return f"{code}{more} {names[held[0]]}"


def column(kind: str) -> str:
    """The column of a table that holds the codes of its rows."""
    return COMPANY if kind == COMPANY else "area"


def if_moves(share: float) -> str:
    """A panel's condition."""
    return "If no carer moves" if share == 0 else f"If {100 * share:.0f}% of carers move"


def span(study: Study) -> str:
    """The years shown, and of how many simulated futures: the end of a title."""
    first, last = int(study.years[0]), int(study.years[-1])
    years = str(first) if first == last else f"{first} to {last}"
    return f"{years}, n = {len(study.replications)}"


def captions(study: Study, kind: str) -> dict[float, str]:
    """Each panel's condition, with the first and last year of the fixed set."""
    years = years_table(study)
    if rows_of(years, kind, FIXED, STAFF_MOVE_SHARES[USUAL]).empty:
        return {share: f"{if_moves(share)}: no principal provider" for share in STAFF_MOVE_SHARES}
    return {
        share: f"{if_moves(share)}: fixed set {over_years(years, kind, FIXED, share, ends=False)}"
        for share in STAFF_MOVE_SHARES
    }


def n_minus_1_map(study: Study, kind: str, table: pd.DataFrame, made_by: Provenance) -> list[Chart]:
    """Chart: N-1 of every provider or area and month, at each share of carers who move."""
    shown = rows(study, kind)
    subtitle = (
        f"{MEANING[kind]}N-1: share of the care it gave that would be available four weeks "
        "later, estimated for the first day of every month; the summary gives the typical "
        f"error. Darker: nearer 0%. {UNUSUAL[kind]}{FIGURES}"
    )
    title = f"{SUBJECT[kind]}, {span(study)}"
    told = captions(study, kind)
    return area_months(
        table,
        shown,
        "n_minus_1",
        N_MINUS_1_SCALE,
        told,
        (title, subtitle),
        made_by,
        alt(study, kind, table, "n_minus_1", "{:.0%}", title, list(told.values())),
        name=NAME[kind],
        by=column(kind),
    )


def area_maps(study: Study, made_by: Provenance) -> list[Chart]:
    """Chart: N-1 of every area on a map, mean of the last months with a principal, if any."""
    teams = study.teams
    held = np.where(teams.held, teams.n_minus_1[:, USUAL], np.nan)[:, -LAST_MONTHS:]
    values = means(held.swapaxes(1, 2))
    values[:, np.isfinite(values).mean(axis=0) < MOST] = np.nan
    if not np.isfinite(values).any():
        return []
    each = pd.DataFrame(values, columns=list(teams.codes))
    last = study.months[-LAST_MONTHS:]
    shown = Shown(
        f"N-1 by area in the last {count(len(last), 'month')}, if {USUALLY} of carers move",
        "N-1 if the team of an area stops",
        SHARES,
        f"mean of {month_text(last[0])} to {month_text(last[-1])}",
        note=(
            "N-1: share of the care it gave that would be available four weeks later. "
            f"{MEANING[TEAM]}".rstrip()
        ),
        falling=True,
    )
    areas = pd.DataFrame([area.model_dump() for area in study.scenario.areas])
    outlines = study.scenario.outlines
    return [
        area_map(
            areas, each.mean(), shown, made_by, name="adequacy_map", outlines=outlines, each=each
        )
    ]


def uncovered_map(study: Study, table: pd.DataFrame, made_by: Provenance) -> list[Chart]:
    """Chart: hours without care within 91 days of a closure, of every provider and month."""
    measure = "total_hours_in_91_days"
    told = {share: if_moves(share) for share in STAFF_MOVE_SHARES}
    title = f"Hours without care within 91 days of a closure, {span(study)}"
    subtitle = (
        f"{MEANING[COMPANY]}Hours without care in the county because of the closure, estimated "
        f"for the first day of every month. Darker: more hours. {UNUSUAL[COMPANY]}{FIGURES}"
    )
    return area_months(
        table,
        rows(study, COMPANY),
        measure,
        hours_scale(table[measure].to_numpy(dtype=float)),
        told,
        (title, subtitle),
        made_by,
        alt(study, COMPANY, table, measure, "{:,.0f} hours", title, []),
        name="uncovered",
        by=COMPANY,
    )


def alt(
    study: Study,
    kind: str,
    table: pd.DataFrame,
    measure: str,
    form: str,
    title: str,
    told: list[str],
) -> str:
    """Alternative text: what is shown, the captions, and between what values principals lie."""
    noun = "provider" if kind == COMPANY else "area"
    usual = table[
        (table["staff_move_share"] == STAFF_MOVE_SHARES[USUAL]) & (table["role"] == "principal")
    ]
    values = usual[measure].to_numpy(dtype=float)
    values = values[np.isfinite(values)]
    between = (
        f" If {USUALLY} of carers move, monthly values of principal providers lie between "
        f"{form.format(values.min())} and {form.format(values.max())}."
        if values.size
        else ""
    )
    codes, months = table[column(kind)].nunique(), table["month"].nunique()
    shown = f"{count(codes, noun)} by {count(months, 'month')}"
    panels = f" {'. '.join(told)}." if told else ""
    run = f" {capital(SINGLE)}." if study.single else ""
    return f"Grid of {shown}, three panels. {title}.{panels}{between}{run}"
