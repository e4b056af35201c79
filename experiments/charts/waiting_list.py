"""Chart: people on the interim care list, and the hours they wait for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.charts.chart import Chart, Provenance
from experiments.charts.futures import Told, by_future, told_of
from experiments.charts.go_live import (
    between,
    draw_go_live,
    failures_in_brief,
    failures_in_words,
    headroom,
    mark_all,
)
from experiments.charts.key import band_entry
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
from experiments.charts.style import WIDTH, house_style
from experiments.charts.weeks import (
    BOUNDS,
    bands_in_words,
    day_numbers,
    floats,
    has_band,
    reach,
    totals,
    whole_weeks,
)
from experiments.statistics.small_counts import drawn, too_small
from experiments.words import sentences as words

PEOPLE, HOURS = "list_people", "list_hours"
LEFT, RIGHT = 52.0, 82.0
NAMES = {PEOPLE: "waiting_people", HOURS: "waiting_hours_per_week"}


def waiting_list(
    weekly_by_area: pd.DataFrame,
    provenance: Provenance,
    each: Sequence[pd.DataFrame] = (),
    *,
    failures: Mapping[str, date] | None = None,
) -> Chart:
    """People in the upper panel, hours in the lower; the highest week of people is named.

    ``each``: the table of every replication, without which nothing is claimed; ``failures``: what
    happens on the day on which care stops, marked by a line.
    """
    table, remark = totals(whole_weeks(weekly_by_area), list(NAMES))
    people = [name for name in map(str, table.columns) if name.startswith(PEOPLE)]
    table = table.assign(**{name: table[name].map(drawn) for name in people})
    weeks = table["week_start"]
    failed = between(failures or {}, weeks)
    seen = by_future(each, list(NAMES)) if each else {}
    told = told_of(table[["week_start", *NAMES]], seen, provenance.replications)
    heading = Heading(
        told.short(PEOPLE, "The interim care list", "people"),
        f"People waiting for a home-care provider and the hours they need, whole county, weekly "
        f"means, {words.month_text(weeks.min())} to {words.month_text(weeks.max())}."
        f"{failures_in_brief(failed)}",
        provenance.footer(remark),
    )
    with house_style():
        above = headroom(failed, weeks, WIDTH - LEFT - RIGHT)
        panels = [Panel("People", 130 + above), Panel("Hours a week", 95)]
        said = bands_in_words(remark, *(reach(table, [name]) for name in NAMES))
        key = [band_entry(said)] if remark else []
        sheet = Sheet(heading, panels, LEFT, RIGHT, key)
        draw(sheet.axes[0], table, PEOPLE, ("person", "people"), 22 + above)
        draw_go_live(sheet.axes[0], failed)
        name_peak(sheet.axes[0], table)
        draw(sheet.axes[1], table, HOURS, ("hour", "hours"), 8)
        mark_all(sheet.axes[1], failed)
    renamed = {m + end: name + end for m, name in NAMES.items() for end in ("", *BOUNDS)}
    text = alt(table, told) + failures_in_words(failed)
    return Chart("waiting_list", sheet.figure, table.rename(columns=renamed), text)


def draw(
    axes: Axes, table: pd.DataFrame, measure: str, unit: tuple[str, str], headroom: float
) -> None:
    """One panel: line, band and the value of the last week."""
    days = day_numbers(table["week_start"])
    values = floats(table[measure])
    date_axis(axes, days)
    value_axis(axes, reach(table, [measure]).top, headroom, whole=True)
    draw_line(axes, days, values, 0, alone=True)
    draw_band(axes, days, table, measure, 0)
    last = float(values[-1])
    said = of_people(last) if measure == PEOPLE else words.of(last, *unit)
    end_labels(axes, [Label(f"Last week:\n{said}", last, 0)])


def of_people(number: float) -> str:
    """So many people; of real people few are not told."""
    few = too_small(number)
    return f"{few} people" if few else words.of(number, "person", "people")


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
    top = min(top, reach(table, [PEOPLE]).top)
    week = words.day_text(table["week_start"].iloc[at])
    text = f"Peak of the line: {of_people(peak)}, week of {week}"
    note(axes, text, float(days[at]), top, 4, ha)


def alt(table: pd.DataFrame, told: Told) -> str:
    """Alternative text."""
    people = told.full(PEOPLE, "people waiting", plural=True)
    hours = told.full(HOURS, "their hours a week", plural=True)
    text = f"Two line charts of the interim care list, whole county, by week: {people}; {hours}."
    if not table[PEOPLE].max() > 0:
        return text
    row = table.iloc[int(np.nanargmax(floats(table[PEOPLE])))]
    return (
        f"{text} The line peaks in the week of {words.day_text(row['week_start'])} "
        f"with {of_people(float(row[PEOPLE]))}."
    )
