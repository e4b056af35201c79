"""Chart: carers and posts, and the vacancy rate."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.charts.chart import Chart, Provenance
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
from experiments.charts.style import house_style
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
from experiments.words import sentences as words

RATE = "vacancy_rate_percent"
NAMES = {"posts": "Posts", "carers": "Carers"}


def carers(weekly_by_area: pd.DataFrame, provenance: Provenance) -> Chart:
    """Carers and posts in the upper panel, vacancies per 100 posts in the lower."""
    summed, remark = totals(whole_weeks(weekly_by_area), [*NAMES, "vacancies"])
    posts = summed["posts"].where(summed["posts"] > 0)
    table = summed.assign(**{RATE: 100 * summed["vacancies"] / posts})
    weeks = table["week_start"]
    heading = Heading(
        title(table),
        "Carers employed and posts (filled or not), and vacant posts as a share of posts, "
        "whole county, weekly means, "
        f"{words.month_text(weeks.min())} to {words.month_text(weeks.max())}.",
        provenance.footer(remark and f"{remark} (not for the rate)"),
    )
    with house_style():
        panels = [Panel("Carers and posts", 130), Panel("Vacancy rate, % of posts", 80)]
        said = bands_in_words(remark, reach(table, list(NAMES)))
        key = [band_entry(said)] if remark else []
        sheet = Sheet(heading, panels, right=82, key=key)
        draw_staff(sheet.axes[0], table)
        draw_rate(sheet.axes[1], table)
    bounds = [m + b for m in NAMES for b in BOUNDS if has_band(table, m)]
    return Chart("carers", sheet.figure, table[["week_start", *NAMES, *bounds, RATE]], alt(table))


def title(table: pd.DataFrame) -> str:
    """How carers and the vacancy rate change from the first year to the last."""
    staff = words.compare(table["week_start"], table["carers"]).sentence("Carers", "", True)
    rate = words.compare(table["week_start"], table[RATE])
    if not np.isfinite(rate.first) or not np.isfinite(rate.last):
        return staff
    if not rate.long:
        return f"{staff}, with a vacancy rate of {rate.first:.1f}%"
    if words.same(rate.first, rate.last):
        return f"{staff}; the vacancy rate stays near {rate.last:.1f}%"
    verb = "rises" if rate.last > rate.first else "falls"
    return f"{staff}; the vacancy rate {verb} from {rate.first:.1f}% to {rate.last:.1f}%"


def draw_staff(axes: Axes, table: pd.DataFrame) -> None:
    """The upper panel."""
    days = day_numbers(table["week_start"])
    date_axis(axes, days)
    value_axis(axes, reach(table, list(NAMES)).top, 8, whole=True)
    labels = []
    for look, (measure, name) in enumerate(NAMES.items()):
        draw_line(axes, days, floats(table[measure]), look)
        draw_band(axes, days, table, measure, look)
        last = float(table[measure].iloc[-1])
        labels.append(Label(f"{name}\n{words.number(last)}", last, look))
    end_labels(axes, labels)


def draw_rate(axes: Axes, table: pd.DataFrame) -> None:
    """The lower panel."""
    days = day_numbers(table["week_start"])
    date_axis(axes, days)
    value_axis(axes, float(table[RATE].max()), 8, "%")
    draw_line(axes, days, floats(table[RATE]), 2, alone=True)
    last = float(table[RATE].iloc[-1])
    end_labels(axes, [Label(f"Vacant\n{last:.1f}%", last, 2)])


def alt(table: pd.DataFrame) -> str:
    """Alternative text."""
    weeks = table["week_start"]
    sentences = [words.compare(weeks, table[m]).sentence(m, "", True) for m in NAMES]
    rate = words.compare(weeks, table[RATE])
    text = f"Two line charts, whole county, by week: {'; '.join(sentences)}"
    if not np.isfinite(rate.first + rate.last):
        return f"{text}; there is no vacancy rate."
    if not rate.long:
        return f"{text}; the vacancy rate averages {rate.first:.1f}%."
    return (
        f"{text}; the vacancy rate averages {rate.first:.1f}% {rate.first_period} "
        f"and {rate.last:.1f}% {rate.last_period}."
    )
