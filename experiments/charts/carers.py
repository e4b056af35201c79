"""Chart: carers and posts, and the vacancy rate."""

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
from experiments.statistics.claims import Floats
from experiments.words import sentences as words

RATE = "vacancy_rate_percent"
LEFT, RIGHT = 52.0, 82.0
NAMES = {"posts": "Posts", "carers": "Carers"}


def carers(
    weekly_by_area: pd.DataFrame,
    provenance: Provenance,
    each: Sequence[pd.DataFrame] = (),
    *,
    failures: Mapping[str, date] | None = None,
) -> Chart:
    """Carers and posts in the upper panel, vacancies per 100 posts in the lower.

    ``each``: the table of every replication, without which nothing is claimed; ``failures``: what
    happens on the day on which care stops, marked by a line.
    """
    summed, remark = totals(whole_weeks(weekly_by_area), [*NAMES, "vacancies"])
    posts = summed["posts"].where(summed["posts"] > 0)
    table = summed.assign(**{RATE: 100 * summed["vacancies"] / posts})
    weeks = table["week_start"]
    failed = between(failures or {}, weeks)
    told = told_of(table[["week_start", *NAMES, RATE]], seen_of(each), provenance.replications)
    heading = Heading(
        title(told),
        "Carers employed and posts (filled or not), and vacant posts as a share of posts, "
        "whole county, weekly means, "
        f"{words.month_text(weeks.min())} to {words.month_text(weeks.max())}."
        f"{failures_in_brief(failed)}",
        provenance.footer(remark and f"{remark} (not for the rate)"),
    )
    with house_style():
        above = headroom(failed, weeks, WIDTH - LEFT - RIGHT)
        panels = [Panel("Carers and posts", 130 + above), Panel("Vacancy rate, % of posts", 80)]
        said = bands_in_words(remark, reach(table, list(NAMES)))
        key = [band_entry(said)] if remark else []
        sheet = Sheet(heading, panels, LEFT, RIGHT, key)
        draw_staff(sheet.axes[0], table, above)
        draw_go_live(sheet.axes[0], failed)
        draw_rate(sheet.axes[1], table)
        mark_all(sheet.axes[1], failed)
    bounds = [m + b for m in NAMES for b in BOUNDS if has_band(table, m)]
    text = alt(told) + failures_in_words(failed)
    return Chart("carers", sheet.figure, table[["week_start", *NAMES, *bounds, RATE]], text)


def seen_of(each: Sequence[pd.DataFrame]) -> dict[str, Floats]:
    """Posts, carers and the vacancy rate of every replication."""
    if not each:
        return {}
    seen = by_future(each, [*NAMES, "vacancies"])
    posts, vacant = seen["posts"], seen.pop("vacancies")
    rate = np.divide(100 * vacant, posts, out=np.full(posts.shape, np.nan), where=posts > 0)
    return seen | {RATE: rate}


def title(told: Told) -> str:
    """How the vacancy rate moves from the first year to the last; carers, where there is none."""
    if not np.isfinite(told.courses[RATE].first + told.courses[RATE].last):
        return told.short("carers", "Carers", plural=True)
    return told.short(RATE, "The vacancy rate", per_cent=True)


def draw_staff(axes: Axes, table: pd.DataFrame, above: float) -> None:
    """The upper panel, with room ``above`` its lines."""
    days = day_numbers(table["week_start"])
    date_axis(axes, days)
    value_axis(axes, reach(table, list(NAMES)).top, 8 + above, whole=True)
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


def alt(told: Told) -> str:
    """Alternative text."""
    sentences = [told.full(measure, measure, plural=True) for measure in NAMES]
    text = f"Two line charts, whole county, by week: {'; '.join(sentences)}"
    rate = told.courses[RATE]
    if not np.isfinite(rate.first + rate.last):
        return f"{text}; there is no vacancy rate."
    return f"{text}; {told.full(RATE, 'the vacancy rate', per_cent=True)}."
