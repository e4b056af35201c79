"""Chart: where the people are, day by day, who lost their provider in a failure."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from experiments.charts.chart import Chart, Provenance
from experiments.charts.sheet import (
    Heading,
    Panel,
    Sheet,
    side_labels,
    size_in_points,
    tall,
    value_axis,
    wrap,
)
from experiments.charts.style import INK, LOOKS, TEXT_SIZE, WIDTH, house_style
from experiments.charts.ticks import number_axis
from experiments.charts.weeks import floats
from experiments.words import sentences as words

DAY = "day_from_failure"
NOBODY, BRIDGED, SERVED, GONE = (
    "nobody_comes_people",
    "in_house_team_people",
    "new_provider_people",
    "no_longer_waiting_people",
)
MERGED = {
    NOBODY: ("without_anybody", "served_then_lost"),
    BRIDGED: ("bridged",),
    SERVED: ("served_again", "with_the_provider"),
    GONE: (
        "in_hospital",
        "to_residential_care",
        "found_another_way",
        "died",
        "recovered",
    ),
}
LOST = "lost_provider_people"
LAST_DAY = 90
WEEK, FOUR_WEEKS = 7, 28
HEIGHT = 205.0
LEFT, RIGHT = 46.0, 112.0


class Area(NamedTuple):
    """How one group of people is drawn: name, colour and hatching."""

    name: str
    colour: str
    hatch: str


AREAS = {
    NOBODY: Area("No care", LOOKS[2].colour, ""),
    BRIDGED: Area("Covered by\nin-house team", "#F4C6A0", "...."),
    SERVED: Area("Served by a\nnew provider", "#B9D5EA", "////"),
    GONE: Area("No longer\nwaiting", "#E6E6E6", "\\\\\\\\"),
}


def fates(
    frame: pd.DataFrame,
    areas: str,
    failed_provider: str,
    failure_words: str,
    failure_date: date,
    provenance: Provenance,
) -> Chart:
    """Stacked areas of people who lost their provider, from the failure to 90 days after it."""
    table = merged(frame)
    note = "" if provenance.replications == 1 else "means over replications"
    heading = Heading(
        title(table, failed_provider, failure_words),
        f"People in {areas} who lose their provider because {failed_provider} {failure_words} "
        f"on {words.day_text(failure_date)}, by who looks after them, day by day. No longer "
        "waiting: in hospital, in a care home, found another way, died or recovered, as some "
        "would have been without the failure.",
        provenance.footer(note),
    )
    with house_style():
        sheet = Sheet(heading, [Panel("People", HEIGHT, 42)], left=LEFT, right=RIGHT)
        draw(sheet.axes[0], table)
    return Chart(
        "fates",
        sheet.figure,
        table,
        alt(table, areas, failed_provider, failure_words, failure_date),
    )


def merged(frame: pd.DataFrame) -> pd.DataFrame:
    """The four groups drawn, and all together, day by day."""
    kept = frame[frame[DAY].between(0, LAST_DAY)].sort_values(DAY).reset_index(drop=True)
    groups = {name: kept[list(states)].sum(axis=1) for name, states in MERGED.items()}
    table = pd.DataFrame({"days_from_failure": kept[DAY].astype(float), **groups})
    return table.assign(**{LOST: table[list(MERGED)].sum(axis=1)})


def last_day(table: pd.DataFrame) -> int:
    """The last day known."""
    return int(table["days_from_failure"].max()) if len(table) else 0


def people_on(table: pd.DataFrame, day: int, group: str) -> str:
    """How many people a group has on a day, in whole people."""
    at = int(np.searchsorted(floats(table["days_from_failure"]), day, side="right")) - 1
    return whole(float(table[group].iloc[at]))


def whole(people: float) -> str:
    """People in words: a mean above zero that rounds to zero is under one."""
    return "under 1" if 0 < people < 0.5 else f"{people:,.0f}"


def title(table: pd.DataFrame, provider: str, failure_words: str) -> str:
    """How many still have nobody after a week and after four."""
    if not len(table) or not float(table[LOST].iloc[0]) > 0:
        return f"Nobody loses their provider on the day {provider} {failure_words}"
    last = last_day(table)
    day = min(WEEK, last)
    period = "A week" if day == WEEK else words.count(day, "day")
    lost, nobody = people_on(table, 0, LOST), people_on(table, day, NOBODY)
    one = "person" if lost == "1" else "people"
    if day == 0:
        return f"{nobody} of {lost} {one} have no care on the day of the failure"
    lack = "lacks" if nobody in ("1", whole(0.1)) else "lack"
    start = (
        f"{nobody} of {lost} {one} {lack} care {period[:1].lower()}{period[1:]} after the failure"
    )
    if last < FOUR_WEEKS:
        return start
    return f"{start}, {people_on(table, FOUR_WEEKS, NOBODY)} after four weeks"


def draw(axes: Axes, table: pd.DataFrame) -> None:
    """Areas, their names and the two days that are told in words."""
    days = floats(table["days_from_failure"]) if len(table) else np.zeros(1)
    end = float(max(days.max(), 1.0))
    axes.set_xlim(0, end)
    told = sentences(table, end)
    lines = sum(len(rows) for _, rows in told)
    highest = float(table[LOST].max()) if len(table) else 0.0
    value_axis(axes, highest, 20 + lines * TEXT_SIZE * 1.25 + 3 * len(told), whole=True)
    step = next(s for s in (1, 2, 7, 14) if end / s <= 14 or s == 14)
    number_axis(axes.xaxis, [float(day) for day in np.arange(0, end + 0.01, step)])
    axes.set_xlabel("Days from the failure", size=TEXT_SIZE, color=INK, labelpad=3)
    if highest > 0:
        names(axes, stack(axes, days, table))
        say(axes, told)


def stack(
    axes: Axes, days: NDArray[np.float64], table: pd.DataFrame
) -> dict[str, tuple[float, float]]:
    """Draw the areas; return the middle of each and its people on the last day."""
    if days.size == 1:  # one day known: it is drawn a day wide
        days, table = np.array([0.0, 1.0]), pd.concat([table, table])
    base = np.zeros(days.size)
    middles = {}
    for group, area in AREAS.items():
        people = floats(table[group])
        axes.fill_between(
            days,
            base,
            base + people,
            facecolor=area.colour,
            edgecolor=INK,
            hatch=area.hatch,
            linewidth=0.6,
            zorder=2,
        )
        middles[group] = (float(base[-1] + people[-1] / 2), float(people[-1]))
        base = base + people
    return middles


def names(axes: Axes, middles: dict[str, tuple[float, float]]) -> None:
    """The areas' names and people on the last day, right of the panel."""
    labels = [
        (f"{AREAS[group].name}\n{whole(people)}", middle)
        for group, (middle, people) in middles.items()
    ]
    side_labels(axes, labels)


def sentences(table: pd.DataFrame, end: float) -> list[tuple[int, list[str]]]:
    """What is said of days 7 and 28, in lines that fit beside their marks."""
    told = []
    for day in (WEEK, FOUR_WEEKS):
        if not len(table) or day >= end:
            continue
        nobody, bridged, served, gone = (people_on(table, day, group) for group in MERGED)
        text = (
            f"Day {day}: {nobody} have no care, {bridged} are covered by the in-house team, "
            f"{served} are served by a new provider, {gone} no longer wait"
        )
        wide = (WIDTH - LEFT - RIGHT) * max(day / end, 1 - day / end)
        told.append((day, wrap(text, wide - 4, TEXT_SIZE)))
    return told


def say(axes: Axes, told: list[tuple[int, list[str]]]) -> None:
    """Sentences one below another, each at the top of a thin line on its day."""
    high = size_in_points(axes)[1]
    above = 0.0
    for day, lines in told:
        right = day <= axes.get_xlim()[1] / 2
        place = 1 - above / high
        axes.axvline(day, 0, place, color=INK, linewidth=0.9, linestyle=(0, (2, 2)), zorder=4)
        axes.annotate(
            "\n".join(lines),
            (day, place),
            (3 if right else -3, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            va="top",
            ha="left" if right else "right",
            linespacing=1.2,
            zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
        above += tall(lines, TEXT_SIZE) + 3


def alt(table: pd.DataFrame, areas: str, provider: str, failure_words: str, failed: date) -> str:
    """Alternative text."""
    start = (
        f"Stacked areas of the people in {areas} whose provider fails on "
        f"{words.day_text(failed)}, when {provider} {failure_words}"
    )
    if not len(table) or not float(table[LOST].iloc[0]) > 0:
        return f"{start}: nobody loses their provider."
    told = []
    for day in sorted({0, WEEK, FOUR_WEEKS, last_day(table)}):
        if day <= last_day(table):
            nobody, bridged, served, gone = (people_on(table, day, group) for group in MERGED)
            told.append(
                f"on day {day}, {nobody} have no care, {bridged} are covered by the in-house "
                f"team, {served} are served by a new provider and {gone} no longer wait"
            )
    return f"{start}, {people_on(table, 0, LOST)} in all: {'; '.join(told)}."
