"""Chart: people on the interim care list, and the hours they wait for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.charts.chart import Chart, Provenance
from experiments.charts.futures import Told, by_future, told_of
from experiments.charts.sheet import (
    Heading,
    Label,
    Panel,
    Sheet,
    date_axis,
    draw_band,
    draw_line,
    end_labels,
    note,
    value_axis,
)
from experiments.charts.style import house_style
from experiments.charts.weeks import BOUNDS, day_numbers, floats, has_band, totals, whole_weeks
from experiments.words import sentences as words

PEOPLE, HOURS = "list_people", "list_hours"
NAMES = {PEOPLE: "waiting_people", HOURS: "waiting_hours_per_week"}


def waiting_list(
    weekly_by_area: pd.DataFrame, provenance: Provenance, each: Sequence[pd.DataFrame] = ()
) -> Chart:
    """People in the upper panel, hours in the lower; the highest week of people is named.

    ``each``: the table of every replication, without which nothing is claimed.
    """
    table, remark = totals(whole_weeks(weekly_by_area), list(NAMES))
    weeks = table["week_start"]
    seen = by_future(each, list(NAMES)) if each else {}
    told = told_of(table[["week_start", *NAMES]], seen, provenance.replications)
    heading = Heading(
        told.short(PEOPLE, "The interim care list", "people"),
        f"People waiting for a home-care provider and the hours they need, whole county, weekly "
        f"means, {words.month_text(weeks.min())} to {words.month_text(weeks.max())}.",
        provenance.footer(remark),
    )
    with house_style():
        sheet = Sheet(heading, [Panel("People", 130), Panel("Hours a week", 95)], right=82)
        draw(sheet.axes[0], table, PEOPLE, "people", 22)
        name_peak(sheet.axes[0], table)
        draw(sheet.axes[1], table, HOURS, "hours", 8)
    renamed = {m + end: name + end for m, name in NAMES.items() for end in ("", *BOUNDS)}
    return Chart("waiting_list", sheet.figure, table.rename(columns=renamed), alt(table, told))


def draw(axes: Axes, table: pd.DataFrame, measure: str, unit: str, headroom: float) -> None:
    """One panel: line, band and the value of the last week."""
    days = day_numbers(table["week_start"])
    values = floats(table[measure])
    highest = floats(table[measure + "_high"]) if has_band(table, measure) else values
    top = float(np.nanmax(highest)) if np.isfinite(highest).any() else 0.0
    date_axis(axes, days)
    value_axis(axes, top, headroom)
    draw_line(axes, days, values, 0, alone=True)
    draw_band(axes, days, table, measure, 0)
    last = float(values[-1])
    end_labels(axes, [Label(f"Last week:\n{words.number(last)} {unit}", last, 0)])


def name_peak(axes: Axes, table: pd.DataFrame) -> None:
    """Name the highest week, above it."""
    if not table[PEOPLE].max() > 0:
        return
    at = int(np.nanargmax(floats(table[PEOPLE])))
    days = day_numbers(table["week_start"])
    part = (days[at] - days[0]) / max(days[-1] - days[0], 1)
    ha = "left" if part < 0.35 else "right" if part > 0.65 else "center"
    peak = float(table[PEOPLE].iloc[at])
    top = float(table[PEOPLE + "_high"].iloc[at]) if has_band(table, PEOPLE) else peak
    week = words.day_text(table["week_start"].iloc[at])
    note(axes, f"Highest: {words.number(peak)} people, week of {week}", float(days[at]), top, 4, ha)


def alt(table: pd.DataFrame, told: Told) -> str:
    """Alternative text."""
    people = told.full(PEOPLE, "people waiting", plural=True)
    hours = told.full(HOURS, "their hours a week", plural=True)
    text = f"Two line charts of the interim care list, whole county, by week: {people}; {hours}."
    if not table[PEOPLE].max() > 0:
        return text
    row = table.iloc[int(np.nanargmax(floats(table[PEOPLE])))]
    return (
        f"{text} The highest week of the line is that of {words.day_text(row['week_start'])} "
        f"with {words.number(float(row[PEOPLE]))} people."
    )
