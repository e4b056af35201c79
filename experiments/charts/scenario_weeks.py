"""Chart: small multiples of a weekly measure, a panel a scenario, each beside the first one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.charts.chart import Chart
from experiments.charts.key import Entry, band_entry
from experiments.charts.paging import numbered, pages, part_of
from experiments.charts.sheet import (
    X_LABEL_ROW,
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
from experiments.charts.weeks import (
    BOUNDS,
    Reach,
    bands_in_words,
    day_numbers,
    floats,
    has_band,
    reach,
)
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
) -> list[Chart]:
    """``frame`` is the study's weekly table; ``measure`` one of its columns.

    As many pages as the panels need.
    """
    base, *others = scenarios
    shown = others[:MOST_PANELS] or [base]
    few = len(others) - len(shown)
    left_out = f" {words.count(few, 'more scenario')} in the table." if few > 0 else ""
    beside = f", beside {plain(base)}" if others else ""
    heading = Heading(
        title(meaning, base, others),
        f"{words.capital(meaning)}, week by week: mean over replications{beside}.{left_out}",
        footer,
    )
    drawn = [base, *shown] if others else [base]
    table = frame[frame["scenario"].isin(drawn)]
    limit = reach(table, [measure])
    key = key_of(table, measure, limit, bool(others))
    told = alt(frame, measure, meaning, base, shown)
    panels = [
        Panel(f"{words.capital(meaning)}: {plain(name)}{beside}", HEIGHT, BETWEEN) for name in shown
    ]
    charts = []
    with house_style():
        parts = pages(heading, panels, key)
        for page, part in enumerate(parts):
            names = shown[part]
            pair = [*panels[part][:-1], replace(panels[part][-1], below=X_LABEL_ROW)]
            sheet = Sheet(part_of(heading, page, len(parts)), pair, right=112, key=key)
            for axes, name in zip(sheet.axes, names, strict=True):
                draw(axes, frame, measure, [base, name] if others else [base], limit.top)
            for axes in sheet.axes[:-1]:
                axes.set_xticklabels([])
            data = data_of(frame, measure, [base, *names])
            code = numbered(f"weeks_{measure}", page, len(parts))
            charts.append(Chart(code, sheet.figure, data, told))
    return charts


def key_of(table: pd.DataFrame, measure: str, limit: Reach, beside: bool) -> list[Entry]:
    """What the bands mean, if there are any; ``beside``: there are two in a panel."""
    if not has_band(table, measure):
        return []
    base = words.spoken(str(table["scenario"].iloc[0]))
    said = bands_in_words("95% interval of the mean", limit)
    if not beside:
        return [band_entry(said, OTHER)]
    return [
        band_entry(f"{said}, of the scenario named above the panel", OTHER),
        band_entry(f"{said}, of {words.capital(base)}", BASE),
    ]


def draw(
    axes: Axes, frame: pd.DataFrame, measure: str, names: Sequence[str], highest: float
) -> None:
    """One panel: the first scenario's line and band, and that of another."""
    labels = []
    looks = (OTHER,) if len(names) == 1 else (BASE, OTHER)
    for which, look in zip(names, looks, strict=True):
        table = frame[frame["scenario"] == which]
        days = day_numbers(table["week_start"])
        draw_band(axes, days, table, measure, look)
        draw_line(axes, days, floats(table[measure]), look)
        labels.append(Label(short(which), end_of(table, measure), look))
    date_axis(axes, days)
    value_axis(axes, highest, whole=True)
    end_labels(axes, labels)


def data_of(frame: pd.DataFrame, measure: str, names: Sequence[str]) -> pd.DataFrame:
    """The numbers plotted."""
    columns = [name for name in (measure, *(measure + end for end in BOUNDS)) if name in frame]
    return frame[frame["scenario"].isin(names)][["scenario", "week_start", *columns]]


def plain(name: str) -> str:
    """A scenario as it is named in a sentence: a name of its own, so with a capital letter."""
    return words.capital(words.spoken(name))


def short(name: str) -> str:
    """A scenario's name beside its line; a long one stands above the panel."""
    said = plain(name)
    return said if len(said) <= MOST_LETTERS else "This scenario"


def end_of(table: pd.DataFrame, measure: str) -> float:
    """The last value that is drawn."""
    return float(floats(table[measure])[-1])


def last_year(frame: pd.DataFrame, measure: str, scenario: str) -> float:
    """Mean of the last weeks."""
    return float(np.nanmean(floats(frame[frame["scenario"] == scenario][measure])[-WEEKS_SHOWN:]))


def title(meaning: str, base: str, others: Sequence[str]) -> str:
    """What is shown. Means alone say nothing of differences, so none is told here."""
    beside = f", each scenario beside {plain(base)}" if others else ""
    return f"{words.capital(meaning)}{beside}"


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
        f"{plain(base)}. Means of the last {weeks}: {told}. These means make no comparison: the "
        "chart of differences says which scenarios can be distinguished."
    )
