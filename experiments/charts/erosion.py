"""Chart: what is left of the teams without a contract of their own, month by month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.charts.chart import BANDS, Chart, Provenance
from experiments.charts.fallback import SUBJECT, between, single
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
from experiments.charts.weeks import BOUNDS, day_number, day_numbers, floats, has_band
from experiments.words import sentences as words

PROVIDERS, CARERS, ABSORBABLE = "providers", "carers", "absorbable"
PARTS = {"slack": "within normal hours", "overtime": "in overtime", "hires": "recruits in 28 days"}
HEIGHTS = {PROVIDERS: 78, CARERS: 78, ABSORBABLE: 140}
TITLES = {
    PROVIDERS: "Providers with such a team that serves anybody",
    CARERS: "Carers in such teams",
    ABSORBABLE: "Hours a week that such teams could take on, by where they come from",
}


def erosion(
    table: pd.DataFrame,
    live: Mapping[str, date],
    provenance: Provenance,
    bands: str = BANDS,
) -> Chart:
    """Providers, carers and absorbable hours, one below another; ``table``: month by month."""
    frame = table.rename(columns={"month": "week_start"})
    shown = between(live, frame["week_start"])
    note = bands if has_band(frame, CARERS) else single(provenance)
    heading = Heading(title(frame), subtitle(frame, bool(shown)), provenance.footer(note))
    with house_style():
        panels = [Panel(TITLES[name], height) for name, height in HEIGHTS.items()]
        sheet = Sheet(heading, panels, right=122)
        for axes, measure in zip(sheet.axes, (PROVIDERS, CARERS), strict=False):
            draw_one(axes, frame, measure, shown, first=measure == PROVIDERS)
        draw_hours(sheet.axes[2], frame, shown)
    return Chart("erosion", sheet.figure, table.reset_index(drop=True), alt(frame, shown))


def ends(table: pd.DataFrame, measure: str) -> tuple[float, float]:
    """The first and the last value."""
    return float(table[measure].iloc[0]), float(table[measure].iloc[-1])


def title(table: pd.DataFrame) -> str:
    """What is shown, of when."""
    start, end = (words.month_text(table["week_start"].iloc[i]) for i in (0, -1))
    return f"{SUBJECT.capitalize()}, {start} to {end}"


def subtitle(table: pd.DataFrame, live: bool) -> str:
    """Measure, place and time."""
    text = (
        "Teams that hold neither a principal nor a framework contract, whole county, on the first "
        "day of each month. What they could take on lies in small parts in many teams and areas. "
        "A team leaves this group when it wins a contract. Labels: last month; medians of parts "
        "need not add up to that of the whole."
    )
    return text + (" Vertical lines: new contracts go live in a locality." if live else "")


def draw_one(
    axes: Axes, table: pd.DataFrame, measure: str, live: Mapping[str, date], *, first: bool
) -> None:
    """A panel with one line; the first one names the localities that go live."""
    days = day_numbers(table["week_start"])
    date_axis(axes, days)
    rows = label_rows(axes, live) if first else {}
    value_axis(axes, highest(table, [measure]), 8 + ROW * (1 + max(rows.values(), default=-1)))
    if first:
        draw_go_live(axes, live, rows)
    else:
        mark_all(axes, live)
    draw_line(axes, days, floats(table[measure]), 0, alone=True)
    draw_band(axes, days, table, measure, 0)
    last = float(table[measure].iloc[-1])
    end_labels(axes, [Label(f"{words.number(last)} {measure}", last, 0)])


def draw_hours(axes: Axes, table: pd.DataFrame, live: Mapping[str, date]) -> None:
    """The lower panel: the hours by where they come from."""
    days = day_numbers(table["week_start"])
    date_axis(axes, days)
    value_axis(axes, highest(table, list(PARTS)), 8)
    mark_all(axes, live)
    labels = []
    for look, (measure, name) in enumerate(PARTS.items()):
        draw_line(axes, days, floats(table[measure]), look)
        draw_band(axes, days, table, measure, look)
        last = float(table[measure].iloc[-1])
        labels.append(
            Label(f"{name[:1].upper()}{name[1:]}\n{words.number(last)} hours", last, look)
        )
    end_labels(axes, labels)


def mark_all(axes: Axes, live: Mapping[str, date]) -> None:
    """The go-live dates without their names."""
    for day in grouped(live).values():
        mark(axes, day_number(day), 1.0)


def highest(table: pd.DataFrame, measures: list[str]) -> float:
    """The highest value drawn, of lines or bands."""
    shown = [m + BOUNDS[1] if has_band(table, m) else m for m in measures]
    return float(np.nanmax(table[shown].to_numpy(dtype=float)))


def alt(table: pd.DataFrame, live: Mapping[str, date]) -> str:
    """Alternative text."""
    start, end = (words.month_text(table["week_start"].iloc[i]) for i in (0, -1))
    told = []
    for measure, name in (
        (PROVIDERS, "providers"),
        (CARERS, "carers"),
        *((part, f"hours a week {text}") for part, text in PARTS.items()),
    ):
        first, last = ends(table, measure)
        told.append(f"{name} from {words.number(first)} to {words.number(last)}")
    text = (
        f"Three line charts of {SUBJECT}, whole county, from {start} to {end}: {'; '.join(told)}."
    )
    if not live:
        return text
    dates = ", ".join(f"{place} {words.day_text(day)}" for place, day in grouped(live).items())
    return f"{text} Localities go live: {dates}."
