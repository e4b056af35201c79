"""Chart: what is left of the teams without a contract of their own, month by month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.charts.chart import BANDS, Chart, Provenance
from experiments.charts.fallback import SUBJECT
from experiments.charts.go_live import between, draw_go_live, headroom, in_words, mark_all
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
from experiments.charts.weeks import bands_in_words, day_numbers, floats, has_band, reach
from experiments.words import sentences as words
from experiments.words.claims import two_figures

PROVIDERS, CARERS, ABSORBABLE = "providers", "carers", "absorbable"
PARTS = {"slack": "within normal hours", "overtime": "in overtime", "hires": "recruits in 28 days"}
HEIGHTS = {PROVIDERS: 60, CARERS: 66, ABSORBABLE: 118}
LEFT, RIGHT = 52.0, 122.0
TITLES = {
    PROVIDERS: "Providers with such a team that serves at least one person",
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
    note = bands if has_band(frame, CARERS) else ""
    heading = Heading(title(frame), subtitle(frame, bool(shown)), provenance.footer(note))
    reaches = [reach(frame, names) for names in ([PROVIDERS], [CARERS], list(PARTS))]
    with house_style():
        above = headroom(shown, frame["week_start"], WIDTH - LEFT - RIGHT)
        heights = {**HEIGHTS, PROVIDERS: HEIGHTS[PROVIDERS] + above}
        panels = [Panel(TITLES[name], height) for name, height in heights.items()]
        key = [band_entry(bands_in_words(note, *reaches))] if note else []
        sheet = Sheet(heading, panels, LEFT, RIGHT, key)
        draw_one(sheet.axes[0], frame, PROVIDERS, above)
        draw_go_live(sheet.axes[0], shown)
        draw_one(sheet.axes[1], frame, CARERS)
        mark_all(sheet.axes[1], shown)
        draw_hours(sheet.axes[2], frame, shown)
    return Chart("erosion", sheet.figure, table.reset_index(drop=True), alt(frame, shown))


def ends(table: pd.DataFrame, measure: str) -> tuple[float, float]:
    """The first and the last value."""
    return float(table[measure].iloc[0]), float(table[measure].iloc[-1])


def title(table: pd.DataFrame) -> str:
    """What such teams could take on in the first month and the last, as seen."""
    first, last = (two_figures(value) for value in ends(table, ABSORBABLE))
    start, end = (words.month_text(table["week_start"].iloc[i]) for i in (0, -1))
    return f"Room in the fallback: {first} hours a week in {start}, {last} in {end}"


def subtitle(table: pd.DataFrame, live: bool) -> str:
    """Measure, place and time."""
    text = (
        "Teams that hold neither a principal provider contract nor a framework contract, whole "
        "county, on the first day of each month. Their spare hours are in small parts, spread "
        "over many teams and areas. A team leaves this group when it wins a contract. Labels: "
        "last month."
    )
    if not adds_up(table):
        text += (
            " Each line is a separate median, so the parts do not add up to the median of the "
            "whole."
        )
    return text + (" Vertical lines: new contracts go live in a locality." if live else "")


def adds_up(table: pd.DataFrame) -> bool:
    """Whether the parts make up the whole: means do, medians need not."""
    parts = table[list(PARTS)].to_numpy(dtype=float).sum(axis=1)
    return bool(np.allclose(parts, floats(table[ABSORBABLE]), rtol=1e-6, atol=0.5, equal_nan=True))


def draw_one(axes: Axes, table: pd.DataFrame, measure: str, above: float = 0.0) -> None:
    """A panel with one line, with room ``above`` it."""
    days = day_numbers(table["week_start"])
    date_axis(axes, days)
    value_axis(axes, reach(table, [measure]).top, 8 + above, whole=True)
    draw_line(axes, days, floats(table[measure]), 0, alone=True)
    draw_band(axes, days, table, measure, 0)
    last = float(table[measure].iloc[-1])
    end_labels(axes, [Label(words.of(last, measure.removesuffix("s")), last, 0)])


def draw_hours(axes: Axes, table: pd.DataFrame, live: Mapping[str, date]) -> None:
    """The lower panel: the hours by where they come from."""
    days = day_numbers(table["week_start"])
    date_axis(axes, days)
    value_axis(axes, reach(table, list(PARTS)).top, 8, whole=True)
    mark_all(axes, live)
    labels = []
    for look, (measure, name) in enumerate(PARTS.items()):
        draw_line(axes, days, floats(table[measure]), look)
        draw_band(axes, days, table, measure, look)
        last = float(table[measure].iloc[-1])
        labels.append(Label(f"{name[:1].upper()}{name[1:]}\n{words.of(last, 'hour')}", last, look))
    end_labels(axes, labels)


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
        told.append(f"{name} {two_figures(first)} and {two_figures(last)}")
    text = (
        f"Three line charts of {SUBJECT}, whole county, values in {start} and in {end}: "
        f"{'; '.join(told)}. {title(table)}. Medians of parts do not add up to the median of the "
        "whole; the two months are not tested against each other."
    )
    return text + in_words(live)
