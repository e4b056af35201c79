"""Chart: the service level around a failure for several shares of carers who move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.charts.chart import Chart, Provenance
from experiments.charts.key import Entry
from experiments.charts.service_level import (
    LEAST_SHOWN,
    WITH,
    WITHOUT,
    Response,
    Room,
    curves,
    data,
    days_text,
    extremes,
    remark,
    scales,
    shade,
    shades_key,
)
from experiments.charts.sheet import (
    Heading,
    Label,
    Panel,
    Sheet,
    end_labels,
    mark,
)
from experiments.charts.style import INK, TEXT_SIZE, house_style
from experiments.words import sentences as words
from sim.outcomes.resilience import DAYS_AFTER, DAYS_BEFORE, RUNNING_DAYS

HEIGHT = 84.0
BETWEEN = 19.0
FOUR_WEEKS = 28

Arms = dict[float, Response]


def staff_move(
    panels: Mapping[float, Response],
    areas: str,
    failed_provider: str,
    failure_words: str,
    failure_date: date,
    provenance: Provenance,
    *,
    matters: bool = False,
) -> Chart:
    """A panel for each share of carers who move, one below another, with the same axes.

    ``matters``: whether harm differs between the shares by more than chance.
    """
    whole = {share: panels[share].until(DAYS_AFTER) for share in sorted(panels)}
    end = end_shown(whole)
    shown = {share: response.until(end) for share, response in whole.items()}
    bottom, top = limits(shown)
    axis = f" The vertical axes start at {bottom:.0f}%, not 0%." if bottom > 0 else ""
    heading = Heading(
        title(whole, matters),
        f"Share of the hours of home care needed that are covered, {areas}, day by day, when "
        f"{failed_provider} {failure_words} (day 0: {words.day_text(failure_date)}). It is not "
        f"known how many carers would move.{axis}",
        f"{meaning()} {provenance.footer(remark(first_of(whole).table))}",
    )
    with house_style():
        sheet = Sheet(heading, rows(whole, end), right=106, key=key_of(shown))
        room = Room(-DAYS_BEFORE, end + 1, bottom, top, 0, HEIGHT)
        for axes, response in zip(sheet.axes, shown.values(), strict=True):
            draw(axes, response, room)
        for axes in sheet.axes[:-1]:
            axes.set_xticklabels([])
        sheet.axes[-1].set_xlabel("Days from the failure", size=TEXT_SIZE, color=INK, labelpad=3)
    told = alt(whole, areas, failed_provider, failure_words, failure_date, matters)
    return Chart("staff_move", sheet.figure, table_of(shown), told)


def first_of(arms: Arms) -> Response:
    """The response with the fewest carers who move."""
    return next(iter(arms.values()))


def meaning() -> str:
    """What "back" means."""
    return (
        f"Back: cover is at 95% of its level without the failure for {RUNNING_DAYS} days "
        "running (median)."
    )


def end_shown(arms: Arms) -> float:
    """The weeks in which the panels differ most, and the largest gap if that is later."""
    gaps = [day for day in (response.worst[0] for response in arms.values()) if np.isfinite(day)]
    last = max(response.last_day for response in arms.values())
    return float(max(1, min(last, max([LEAST_SHOWN, *(day + DAYS_BEFORE for day in gaps)]))))


def limits(arms: Arms) -> tuple[float, float]:
    """The vertical axis of every panel."""
    found = [extremes(response) for response in arms.values()]
    low, high = min(low for low, _ in found), max(high for _, high in found)
    step = 5.0 if high - low > 5 else 1.0
    bottom = max(0.0, float(np.floor((low - 0.05 * (high - low)) / step) * step))
    return bottom, max(high, bottom + 1) + 0.15 * (high - bottom)


def rows(arms: Arms, end: float) -> list[Panel]:
    """A panel for each share, with its finding above it."""
    last = len(arms) - 1
    return [
        Panel(caption(share, response, end), HEIGHT, 42 if at == last else BETWEEN)
        for at, (share, response) in enumerate(arms.items())
    ]


def who_moves(share: float) -> str:
    """A share of carers who move, in words."""
    return "No carers move" if share == 0 else f"{share:.0%} of carers move"


def caption(share: float, response: Response, end: float) -> str:
    """What stands above a panel."""
    later = (
        ", beyond the days shown" if np.isfinite(response.to_95) and response.to_95 > end else ""
    )
    return f"{who_moves(share)}: {finding(response)}{later}"


def finding(response: Response) -> str:
    """How large the gap is and how soon cover is back, in a few words."""
    day, level, usual = response.worst
    if not np.isfinite(level):
        return "no care is needed"
    return f"{level:.0f}% on day {day:.0f}, {usual:.0f}% without; {back(response)}"


def back(response: Response) -> str:
    """When it is back at 95%, in a few words."""
    if np.isnan(response.to_95):
        return f"it is not known by day {response.last_day} when cover is back"
    if np.isinf(response.to_95):
        return "not back at 95% within a year"
    return f"back at 95% after {days_text(response.to_95)}"


def title(arms: Arms, matters: bool) -> str:
    """Cover of the first four weeks by share, and whether it differs by more than chance."""
    weeks = [first_weeks(response) for response in arms.values()]
    if not np.isfinite(weeks).all():
        return "No care is needed in the areas concerned, whatever share of carers moves"
    if not matters:
        return "Cover if more or fewer carers move with their people"
    shares = ", ".join("none" if share == 0 else f"{share:.0%}" for share in arms)
    covers = ", ".join(f"{cover:.0f}%" for cover in weeks)
    return f"Mean cover of four weeks: {covers} if {shares} of carers move"


def first_weeks(response: Response) -> float:
    """Mean cover of the first four weeks from the failure, in percent."""
    early = response.level[(response.days >= 0) & (response.days < FOUR_WEEKS)]
    known = early[np.isfinite(early)]
    return float(known.mean()) if known.size else np.nan


def draw(axes: Axes, response: Response, room: Room) -> None:
    """One panel: curves, gap, its lowest point and when it is back at 95%."""
    scales(axes, room)
    curves(axes, response)
    shade(axes, response)
    mark(axes, 0.0, 1.0)
    day, level, _ = response.worst
    points = [(day, level)]
    if 0 < response.to_95 <= response.last_day:
        level = float(np.interp(response.to_95, response.days, response.level))
        points.append((response.to_95, level))
    for x, y in points:
        axes.plot([x], [y], marker="o", markersize=5, color=INK, zorder=6)
    label_ends(axes, response)


def key_of(arms: Arms) -> list[Entry]:
    """The two lines, which captions leave no room to name beside the panels, and the shades."""
    lines = [
        Entry("With the failure", line=WITH),
        Entry("Without the failure", line=WITHOUT),
    ]
    return [*lines, *shades_key(list(arms.values()))]


def label_ends(axes: Axes, response: Response) -> None:
    """The last values."""
    labels = []
    for name, values, look in (
        ("Without", response.usual, WITHOUT),
        ("With", response.level, WITH),
    ):
        known = values[np.isfinite(values)]
        if known.size:
            labels.append(Label(f"{name}: {known[-1]:.1f}%", float(known[-1]), look))
    end_labels(axes, labels)


def table_of(arms: Arms) -> pd.DataFrame:
    """The numbers plotted, panel by panel."""
    parts = []
    for share, response in arms.items():
        part = data(response)
        part.insert(0, "carers_who_move_percent", 100 * share)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def alt(
    arms: Arms, areas: str, provider: str, failure_words: str, failed: date, matters: bool
) -> str:
    """Alternative text."""
    told = ". ".join(f"{who_moves(share)}: {finding(response)}" for share, response in arms.items())
    many = words.count(len(arms), "panel")
    return (
        f"Line charts in {many}, one for each share of carers who move, of the share of needed "
        f"care that is covered in {areas}, day by day, with and without the failure: {provider} "
        f"{failure_words} on {words.day_text(failed)}. {told}. {title(arms, matters)}."
    )
