"""Chart: how many principals fall short where nobody scripts it, and how long areas go without."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from experiments.charts.chart import Chart, Provenance
from experiments.charts.key import Entry
from experiments.charts.sheet import Heading, Panel, Sheet, mark, note, value_axis
from experiments.charts.style import INK, LOOKS, TEXT_SIZE, house_style
from experiments.words import sentences as words
from experiments.words.claims import futures, told_range

MOST_COUNTED = 7
DAYS_A_BAR = 60
MOST_DAYS = 480
HATCHES = ("", "///")
GAP = 0.06


def principals(
    counts: pd.DataFrame,
    absences: pd.DataFrame,
    first: date,
    last: date,
    recorded: tuple[int, int] | None,
    provenance: Provenance,
) -> Chart:
    """Shares of replications by number of shortfalls above; of absences by length below.

    ``counts``: columns world, shortfalls (a row a replication). ``absences``: world, days (a row an
    area without a principal). ``recorded``: shortfalls and days without a principal on record.
    """
    worlds = list(dict.fromkeys(counts["world"]))
    upper = shares_by_count(counts, worlds)
    lower = shares_by_days(absences, worlds)
    heading = Heading(
        title(counts, worlds, recorded),
        "Above: replications by number of principal providers that fall short between "
        f"{words.day_text(first)} and {words.day_text(last)}, without any scripted failure. "
        "Below: times that an area has no principal provider taking new work, by length.",
        provenance.footer(
            "an absence that is not over when the run ends counts with its length so far"
        ),
    )
    with house_style():
        panels = [
            Panel("Replications, %", 120, 46),
            Panel("Times that an area has no principal provider, %", 105, 58),
        ]
        sheet = Sheet(heading, panels, right=20, key=key_of(worlds))
        draw(sheet.axes[0], upper, worlds, "Principal providers that fall short")
        draw(sheet.axes[1], lower, worlds, "Days without a principal provider taking new work")
        if recorded is not None:
            show_record(sheet.axes[0], min(recorded[0], MOST_COUNTED), f"On record: {recorded[0]}")
            at = min(recorded[1], MOST_DAYS) // DAYS_A_BAR
            show_record(sheet.axes[1], at, f"On record: {words.count(recorded[1], 'day')}")
    data = pd.concat([upper.assign(panel="shortfalls"), lower.assign(panel="days without")])
    return Chart("principals", sheet.figure, data, alt(counts, absences, worlds, first, last))


def shares_by_count(counts: pd.DataFrame, worlds: Sequence[str]) -> pd.DataFrame:
    """Per cent of replications with 0, 1, 2, … shortfalls; the last place is that or more."""
    rows = []
    for place in range(MOST_COUNTED + 1):
        label = f"{place}" if place < MOST_COUNTED else f"{place} or more"
        for world in worlds:
            found = counts.loc[counts["world"] == world, "shortfalls"].clip(upper=MOST_COUNTED)
            rows.append((place, label, world, 100 * float((found == place).mean())))
    return pd.DataFrame(rows, columns=["place", "label", "world", "percent"])


def shares_by_days(absences: pd.DataFrame, worlds: Sequence[str]) -> pd.DataFrame:
    """Per cent of absences by length; the last place is that or longer."""
    rows = []
    bars = MOST_DAYS // DAYS_A_BAR
    for place in range(bars + 1):
        low = place * DAYS_A_BAR
        label = f"{low} to\n{low + DAYS_A_BAR - 1}" if place < bars else f"{low} or\nmore"
        for world in worlds:
            days = absences.loc[absences["world"] == world, "days"]
            found = (days // DAYS_A_BAR).clip(upper=bars)
            share = 100 * float((found == place).mean()) if len(days) else np.nan
            rows.append((place, label, world, share))
    return pd.DataFrame(rows, columns=["place", "label", "world", "percent"])


def draw(axes: Axes, table: pd.DataFrame, worlds: Sequence[str], x_title: str) -> None:
    """Bars of the worlds side by side."""
    highest = float(np.nanmax([0.0, *table["percent"].dropna()]))
    value_axis(axes, highest, 30, "%")
    width = (1 - 4 * GAP) / max(1, len(worlds))
    for number, world in enumerate(worlds):
        mine = table[table["world"] == world]
        middle = mine["place"] + (number - (len(worlds) - 1) / 2) * (width + GAP)
        axes.bar(
            middle,
            mine["percent"].fillna(0.0),
            width,
            color=LOOKS[number].colour if number == 0 else "white",
            edgecolor=LOOKS[number].colour,
            hatch=HATCHES[number],
            linewidth=1.0,
            zorder=3,
        )
    places = table.drop_duplicates("place")
    axes.set_xlim(-0.6, float(places["place"].max()) + 0.6)
    # Classes, not a scale: each has its own label under its own bars.
    axes.xaxis.set_major_locator(FixedLocator(places["place"].tolist()))
    axes.set_xticklabels(places["label"].tolist())
    axes.set_xlabel(x_title, size=TEXT_SIZE, color=INK, labelpad=3)


def key_of(worlds: Sequence[str]) -> list[Entry]:
    """What the bars of each world look like."""
    return [
        Entry(
            words.capital(world),
            LOOKS[number].colour if number == 0 else "white",
            LOOKS[number].colour,
            HATCHES[number],
        )
        for number, world in enumerate(worlds)
    ]


def show_record(axes: Axes, x: float, text: str) -> None:
    """A dashed line where the record lies."""
    mark(axes, x, 0.9)
    first, last = axes.get_xlim()
    part = (x - first) / (last - first)
    side = "left" if part < 0.2 else "right" if part > 0.8 else "center"
    note(axes, text, x, axes.get_ylim()[1] * 0.9, 2, side)


def title(counts: pd.DataFrame, worlds: Sequence[str], recorded: tuple[int, int] | None) -> str:
    """For example: Principal providers that fall short: 0.3 (0.1 to 0.5), own exits only."""
    text = (
        "Principal providers that fall short: "
        f"{'; '.join(f'{mean_of(counts, w)}, {w}' for w in worlds)}"
    )
    return text if recorded is None else f"{text}; {recorded[0]} on record"


def mean_of(counts: pd.DataFrame, world: str) -> str:
    """A world's mean number of shortfalls, with its interval."""
    return told_range(counts.loc[counts["world"] == world, "shortfalls"].to_numpy(dtype=float))


def alt(
    counts: pd.DataFrame,
    absences: pd.DataFrame,
    worlds: Sequence[str],
    first: date,
    last: date,
) -> str:
    """Alternative text."""
    told = []
    for world in worlds:
        found = counts.loc[counts["world"] == world, "shortfalls"]
        days = absences.loc[absences["world"] == world, "days"]
        length = f"median {words.number(float(days.median()))} days" if len(days) else "no case"
        told.append(
            f"{world}, {futures(len(found))}: {mean_of(counts, world)} principal providers, "
            f"between {found.min()} and {found.max()}; areas without a principal provider: "
            f"{words.count(len(days), 'case')}, {length}"
        )
    return (
        "Two bar charts; in brackets 95% intervals of means. Above: share of replications by "
        f"number of principal providers that fall short between {words.day_text(first)} and "
        f"{words.day_text(last)}. Below: share of times that an area has no principal provider, "
        f"by length. {'; '.join(told)}."
    )
