"""Chart: what a council falls back on, the teams without a principal or framework contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.charts.chart import Chart, Provenance
from experiments.charts.futures import Told, by_future, told_of
from experiments.charts.hours_by_tier import ROW, draw_go_live, grouped, label_rows
from experiments.charts.sheet import (
    Heading,
    Label,
    Panel,
    Sheet,
    date_axis,
    draw_band,
    draw_line,
    end_labels,
    mark,
    value_axis,
)
from experiments.charts.style import house_style
from experiments.charts.weeks import (
    BOUNDS,
    day_number,
    day_numbers,
    floats,
    has_band,
    totals,
    whole_weeks,
)
from experiments.words import sentences as words

ROLE = "legacy_only"
COUNCIL, DIRECT, PRIVATE, CARERS = (
    "council_hours",
    "direct_payment_hours",
    "private_hours",
    "carers",
)
HOURS = {
    COUNCIL: "Paid by the council",
    DIRECT: "Direct payments",
    PRIVATE: "Paid privately",
}
NAMES = {
    COUNCIL: "council_hours_per_week",
    DIRECT: "direct_payment_hours_per_week",
    PRIVATE: "private_hours_per_week",
    CARERS: "carers",
}
SUBJECT = "teams without a contract of their own"


def fallback(
    frame: pd.DataFrame,
    live: Mapping[str, date],
    provenance: Provenance,
    each: Sequence[pd.DataFrame] = (),
    *,
    weeks: pd.DatetimeIndex | None = None,
) -> Chart:
    """Hours a week in the upper panel, by who pays; carers in the lower.

    ``each``: the table of every replication, without which nothing is claimed; ``weeks``: those of
    seven days.
    """
    table, note = totals(whole_weeks(frame[frame["role"] == ROLE], weeks), list(NAMES))
    shown = between(live, table["week_start"])
    mine = [one[one["role"] == ROLE] for one in each]
    seen = by_future(mine, list(NAMES), weeks) if mine else {}
    told = (
        told_of(table[["week_start", *NAMES]], seen, provenance.replications)
        if len(table)
        else None
    )
    heading = Heading(
        title(told), subtitle(table, bool(shown)), provenance.footer(note or single(provenance))
    )
    with house_style():
        panels = [Panel("Hours of care a week", 165), Panel("Carers employed", 85)]
        sheet = Sheet(heading, panels, right=112)
        if len(table):
            draw_hours(sheet.axes[0], table, shown)
            draw_carers(sheet.axes[1], table, shown)
        else:
            for axes in sheet.axes:
                date_axis(axes, np.zeros(1))
                value_axis(axes, 0.0)
                axes.set_xticks([])
    renamed = {m + end: name + end for m, name in NAMES.items() for end in ("", *BOUNDS)}
    return Chart("fallback", sheet.figure, table.rename(columns=renamed), alt(told, shown))


def single(provenance: Provenance) -> str:
    """What is said of one replication."""
    return words.ONE_STORY if provenance.replications == 1 else ""


def between(live: Mapping[str, date], weeks: pd.Series) -> dict[str, date]:
    """The localities that go live in the weeks shown."""
    if not len(weeks):
        return {}
    first, last = weeks.min(), weeks.max()
    return {
        place: day
        for place, day in live.items()
        if pd.notna(day) and first <= pd.Timestamp(day) <= last
    }


def title(told: Told | None) -> str:
    """How the hours that the council pays for move from the first year to the last."""
    if told is None:
        return "No team is without a contract of its own"
    return told.short(COUNCIL, "The fallback's council-paid hours", plural=True)


def subtitle(table: pd.DataFrame, live: bool) -> str:
    """Measure, place and time."""
    weeks = table["week_start"]
    when = ""
    if len(weeks):
        when = f", {words.month_text(weeks.min())} to {words.month_text(weeks.max())}"
    text = (
        f"Teams that hold neither a principal nor a framework contract: planned hours a week by "
        f"who pays, and carers, whole county, weekly means{when}. A team leaves this group when it "
        f"wins such a contract. Labels: last week."
    )
    return text + (" Vertical lines: new contracts go live in a locality." if live else "")


def draw_hours(axes: Axes, table: pd.DataFrame, live: Mapping[str, date]) -> None:
    """The upper panel: a line for each who pays, with the localities' names."""
    days = day_numbers(table["week_start"])
    date_axis(axes, days)
    rows = label_rows(axes, live)
    value_axis(axes, highest(table, list(HOURS)), 6 + ROW * (1 + max(rows.values(), default=-1)))
    draw_go_live(axes, live, rows)
    labels = []
    for look, (measure, name) in enumerate(HOURS.items()):
        draw_line(axes, days, floats(table[measure]), look)
        draw_band(axes, days, table, measure, look)
        last = float(table[measure].iloc[-1])
        labels.append(Label(f"{name}\n{words.number(last)} hours", last, look))
    end_labels(axes, labels)


def draw_carers(axes: Axes, table: pd.DataFrame, live: Mapping[str, date]) -> None:
    """The lower panel."""
    days = day_numbers(table["week_start"])
    date_axis(axes, days)
    value_axis(axes, highest(table, [CARERS]), 8)
    for day in grouped(live).values():
        mark(axes, day_number(day), 1.0)
    draw_line(axes, days, floats(table[CARERS]), 0, alone=True)
    draw_band(axes, days, table, CARERS, 0)
    last = float(table[CARERS].iloc[-1])
    end_labels(axes, [Label(f"Last week:\n{words.number(last)} carers", last, 0)])


def highest(table: pd.DataFrame, measures: list[str]) -> float:
    """The highest value drawn, of lines or bands."""
    shown = [m + "_high" if has_band(table, m) else m for m in measures]
    return float(table[shown].max().max())


def alt(told: Told | None, live: Mapping[str, date]) -> str:
    """Alternative text."""
    if told is None:
        return "Two empty line charts: no team is without a contract of its own."
    said = [
        told.full(measure, subject, plural=True)
        for measure, subject in (
            (COUNCIL, "hours a week paid by the council"),
            (DIRECT, "hours a week on direct payments"),
            (PRIVATE, "hours a week paid privately"),
            (CARERS, "carers"),
        )
    ]
    text = (
        f"Two line charts of teams that hold neither a principal nor a framework contract, whole "
        f"county, by week: {'; '.join(said)}."
    )
    if not live:
        return text
    dates = ", ".join(f"{place} {words.day_text(day)}" for place, day in grouped(live).items())
    return f"{text} Localities go live: {dates}."
