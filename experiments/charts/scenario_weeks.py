"""Chart: small multiples of a weekly measure, a panel a scenario, each beside the first one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.charts.chart import Chart
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
from experiments.charts.style import house_style
from experiments.charts.weeks import day_numbers, floats
from experiments.words import sentences as words
from experiments.words.claims import two_figures

MOST_PANELS = 6
HEIGHT = 78.0
BETWEEN = 16.0
BASE, OTHER = 3, 0
WEEKS_SHOWN = 52
MOST_LETTERS = 18


def scenario_weeks(
    frame: pd.DataFrame, measure: str, meaning: str, scenarios: Sequence[str], footer: str
) -> Chart:
    """``frame`` is the study's weekly table; ``measure`` one of its columns."""
    base, *others = scenarios
    shown = others[:MOST_PANELS] or [base]
    few = len(others) - len(shown)
    left_out = f" {few} more scenarios stand in the table." if few > 0 else ""
    beside = f", beside {words.spoken(base)}" if others else ""
    heading = Heading(
        title(meaning, base, others),
        f"{meaning[:1].upper()}{meaning[1:]}, week by week: mean over replications{beside}. "
        f"Shaded: 95% interval of the mean.{left_out}",
        footer,
    )
    last = len(shown) - 1
    panels = [
        Panel(words.spoken(name), HEIGHT, *([] if place == last else [BETWEEN]))
        for place, name in enumerate(shown)
    ]
    highest = float(np.nanmax(floats(frame[high_of(frame, measure)])))
    with house_style():
        sheet = Sheet(heading, panels, right=112)
        for axes, name in zip(sheet.axes, shown, strict=True):
            labels = []
            for which, look in ((base, BASE), (name, OTHER)) if others else ((base, OTHER),):
                table = frame[frame["scenario"] == which]
                days = day_numbers(table["week_start"])
                draw_band(axes, days, table, measure, look)
                draw_line(axes, days, floats(table[measure]), look)
                labels.append(Label(short(which), end_of(table, measure), look))
            date_axis(axes, days)
            value_axis(axes, highest)
            end_labels(axes, labels)
        for axes in sheet.axes[:-1]:
            axes.set_xticklabels([])
    kept = frame[frame["scenario"].isin([base, *shown])]
    columns = [name for name in kept if str(name).startswith(measure)]
    data = kept[["scenario", "week_start", *columns]]
    told = alt(frame, measure, meaning, base, shown)
    return Chart(f"weeks_{measure}", sheet.figure, data, told)


def short(name: str) -> str:
    """A scenario's name beside its line; a long one stands above the panel."""
    said = words.spoken(name)
    return said if len(said) <= MOST_LETTERS else "This scenario"


def high_of(frame: pd.DataFrame, measure: str) -> str:
    """The column that reaches highest."""
    return f"{measure}_high" if f"{measure}_high" in frame else measure


def end_of(table: pd.DataFrame, measure: str) -> float:
    """The last value that is drawn."""
    return float(floats(table[measure])[-1])


def last_year(frame: pd.DataFrame, measure: str, scenario: str) -> float:
    """Mean of the last weeks."""
    return float(np.nanmean(floats(frame[frame["scenario"] == scenario][measure])[-WEEKS_SHOWN:]))


def title(meaning: str, base: str, others: Sequence[str]) -> str:
    """What is shown. Means alone say nothing of differences, so none is told here."""
    beside = f", each scenario beside {words.spoken(base)}" if others else ""
    return f"{meaning[:1].upper()}{meaning[1:]}{beside}"


def alt(frame: pd.DataFrame, measure: str, meaning: str, base: str, shown: Sequence[str]) -> str:
    """Alternative text: the last year's mean of each scenario, as seen."""
    many = words.count(len(shown), "panel")
    names = list(dict.fromkeys([base, *shown]))
    told = ", ".join(
        f"{two_figures(last_year(frame, measure, n))} in {words.spoken(n)}" for n in names
    )
    weeks = words.count(min(WEEKS_SHOWN, frame["week_start"].nunique()), "week")
    return (
        f"Line charts in {many}, one for each scenario, of {meaning} week by week, beside "
        f"{words.spoken(base)}. Means of the last {weeks}: {told}. These means are no comparison: "
        "the chart of differences says which scenarios can be distinguished."
    )
