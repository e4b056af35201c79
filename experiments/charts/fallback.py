"""Chart: what a council falls back on, the teams without a principal or framework contract."""

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
    in_words,
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
    value_axis,
)
from experiments.charts.style import WIDTH, house_style
from experiments.charts.weeks import (
    BOUNDS,
    bands_in_words,
    day_numbers,
    floats,
    reach,
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
HEIGHT = 145.0
LEFT, RIGHT = 52.0, 112.0
SUBJECT = "teams without a contract of their own"


def fallback(
    frame: pd.DataFrame,
    live: Mapping[str, date],
    provenance: Provenance,
    each: Sequence[pd.DataFrame] = (),
    *,
    weeks: pd.DatetimeIndex | None = None,
    failures: Mapping[str, date] | None = None,
) -> Chart:
    """Hours a week in the upper panel, by who pays; carers in the lower.

    ``each``: the table of every replication, without which nothing is claimed; ``weeks``: those of
    seven days; ``failures``: what happens on the day on which care stops, marked by a line.
    """
    table, note = totals(whole_weeks(frame[frame["role"] == ROLE], weeks), list(NAMES))
    begun = between(live, table["week_start"])
    failed = between(failures or {}, table["week_start"])
    shown = begun | failed
    mine = [one[one["role"] == ROLE] for one in each]
    seen = by_future(mine, list(NAMES), weeks) if mine else {}
    told = (
        told_of(table[["week_start", *NAMES]], seen, provenance.replications)
        if len(table)
        else None
    )
    under = subtitle(table, bool(begun)) + failures_in_brief(failed)
    heading = Heading(title(told), under, provenance.footer(note))
    said = bands_in_words(note, reach(table, list(HOURS)), reach(table, [CARERS]))
    with house_style():
        above = headroom(shown, table["week_start"], WIDTH - LEFT - RIGHT)
        panels = [Panel("Hours of care a week", HEIGHT + above), Panel("Carers employed", 85)]
        key = [band_entry(said)] if note else []
        sheet = Sheet(heading, panels, LEFT, RIGHT, key)
        if len(table):
            draw_hours(sheet.axes[0], table, shown, above)
            draw_carers(sheet.axes[1], table, shown)
        else:
            for axes in sheet.axes:
                date_axis(axes, np.zeros(1))
                value_axis(axes, 0.0)
                axes.set_xticks([])
    renamed = {m + end: name + end for m, name in NAMES.items() for end in ("", *BOUNDS)}
    text = alt(told, begun) + failures_in_words(failed)
    return Chart("fallback", sheet.figure, table.rename(columns=renamed), text)


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
        "Teams that hold neither a principal provider contract nor a framework contract: "
        f"planned hours a week by who pays, and carers, whole county, weekly means{when}. A "
        "team leaves this group when it wins such a contract. Labels: last week."
    )
    return text + (" Vertical lines: new contracts go live in a locality." if live else "")


def draw_hours(axes: Axes, table: pd.DataFrame, live: Mapping[str, date], above: float) -> None:
    """The upper panel: a line for each who pays, with the localities' names ``above``."""
    days = day_numbers(table["week_start"])
    date_axis(axes, days)
    value_axis(axes, reach(table, list(HOURS)).top, 6 + above, whole=True)
    draw_go_live(axes, live)
    labels = []
    for look, (measure, name) in enumerate(HOURS.items()):
        draw_line(axes, days, floats(table[measure]), look)
        draw_band(axes, days, table, measure, look)
        last = float(table[measure].iloc[-1])
        labels.append(Label(f"{name}\n{words.of(last, 'hour')}", last, look))
    end_labels(axes, labels)


def draw_carers(axes: Axes, table: pd.DataFrame, live: Mapping[str, date]) -> None:
    """The lower panel."""
    days = day_numbers(table["week_start"])
    date_axis(axes, days)
    value_axis(axes, reach(table, [CARERS]).top, 8, whole=True)
    mark_all(axes, live)
    draw_line(axes, days, floats(table[CARERS]), 0, alone=True)
    draw_band(axes, days, table, CARERS, 0)
    last = float(table[CARERS].iloc[-1])
    end_labels(axes, [Label(f"Last week:\n{words.of(last, 'carer')}", last, 0)])


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
        "Two line charts of teams that hold neither a principal provider contract nor a "
        f"framework contract, whole county, by week: {'; '.join(said)}."
    )
    return text + in_words(live)
