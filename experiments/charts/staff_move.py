"""Chart: the service level around a failure for several shares of carers who move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.charts.chart import Chart, Provenance
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
    read_off,
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
from sim.outcomes.resilience import DAYS_BEFORE

HEIGHT = 84.0
BETWEEN = 19.0
FOUR_WEEKS = 28
FEW_DAYS = 3.0
FEW_POINTS = 1.0

Arms = dict[float, Response]


def staff_move(
    panels: Mapping[float, pd.DataFrame],
    areas: str,
    failed_provider: str,
    failure_words: str,
    failure_date: date,
    provenance: Provenance,
) -> Chart:
    """A panel for each share of carers who move, one below another, with the same axes."""
    whole = {share: read_off(panels[share]) for share in sorted(panels)}
    end = end_shown(whole)
    shown = {share: response.until(end) for share, response in whole.items()}
    bottom, top = limits(shown)
    axis = f" The vertical axes start at {bottom:.0f}%, not 0%." if bottom > 0 else ""
    heading = Heading(
        title(whole),
        f"Share of needed hours of home care that somebody covers, {areas}, day by day, when "
        f"{failed_provider} {failure_words} (day 0: {words.day_text(failure_date)}). How many "
        f"carers move is not known.{axis}",
        f"{meaning()} {provenance.footer(remark(first_of(whole).table))}",
    )
    with house_style():
        sheet = Sheet(heading, rows(whole, end), right=106, key=shades_key(list(shown.values())))
        room = Room(-DAYS_BEFORE, end + 1, bottom, top, 0, HEIGHT)
        for at, (axes, response) in enumerate(zip(sheet.axes, shown.values(), strict=True)):
            draw(axes, response, room, at == 0)
        for axes in sheet.axes[:-1]:
            axes.set_xticklabels([])
        sheet.axes[-1].set_xlabel("Days from the failure", size=TEXT_SIZE, color=INK, labelpad=3)
    told = alt(whole, areas, failed_provider, failure_words, failure_date)
    return Chart("staff_move", sheet.figure, table_of(shown), told)


def first_of(arms: Arms) -> Response:
    """The response with the fewest carers who move."""
    return next(iter(arms.values()))


def meaning() -> str:
    """What "back" means."""
    return (
        f"Back: at 95% of the mean of the {DAYS_BEFORE} days before, and on average over the next "
        f"{DAYS_BEFORE} days."
    )


def end_shown(arms: Arms) -> float:
    """The weeks in which the panels differ most, and the lowest level if that is later."""
    lows = [low for low in (response.lowest[0] for response in arms.values()) if np.isfinite(low)]
    last = max(response.last_day for response in arms.values())
    return float(max(1, min(last, max([LEAST_SHOWN, *(low + DAYS_BEFORE for low in lows)]))))


def limits(arms: Arms) -> tuple[float, float]:
    """The vertical axis of every panel."""
    found = [extremes(response) for response in arms.values()]
    low, high = min(low for low, _ in found), max(high for _, high in found)
    step = 5.0 if high - low > 5 else 1.0
    bottom = max(0.0, float(np.floor((low - 0.05 * (high - low)) / step) * step))
    return bottom, max(high, bottom + 1) + 0.04 * (high - bottom)


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
    later = ", beyond the days shown" if response.to_95 > end else ""
    return f"{who_moves(share)}: {finding(response)}{later}"


def finding(response: Response) -> str:
    """How low and how soon back, in a few words."""
    _, lowest = response.lowest
    if not np.isfinite(lowest):
        return "no care is needed"
    return f"lowest {lowest:.1f}%; {back(response)}"


def back(response: Response) -> str:
    """When it is back at 95 %, in a few words."""
    again = response.below_again(0.95, response.to_95)
    if np.isnan(response.to_95):
        return f"not back at 95% by day {response.last_day}"
    if response.to_95 == 0:
        return "later stays below 95%" if again else "not lastingly below 95%"
    return f"back at 95% on day {response.to_95:.0f}{', then below again' * again}"


def title(arms: Arms) -> str:
    """Whether the share matters: for the cover of the first weeks, or for how long it takes."""
    weeks = [first_weeks(response) for response in arms.values()]
    if not np.isfinite(weeks).all():
        return "Whatever share of carers moves, no care is needed in the areas concerned"
    subject = "How many carers move with their people"
    period = period_of(arms)
    low, high = min(weeks), max(weeks)
    if len(arms) == 1 or high - low > FEW_POINTS:
        first, *others = (f"{cover:.0f}%" for cover in weeks)
        told = [f"{period} {first} of needed care is covered if {moving(0, arms)}"]
        told += [f"{cover} if {moving(at, arms)}" for at, cover in enumerate(others, 1)]
        start = f"{subject} matters; " if others else ""
        text = start + ", ".join(told)
        return text[:1].upper() + text[1:]
    if differ([response.to_95 for response in arms.values()]):
        times = ", ".join(f"{when(r)} if {moving(at, arms)}" for at, r in enumerate(arms.values()))
        return f"{subject} matters for the way back to 95% of the former level; {times}"
    covered = f"{low:.1f}%" if f"{low:.1f}" == f"{high:.1f}" else f"{low:.1f}% to {high:.1f}%"
    return f"{subject} matters little; {covered} of needed care is covered {period} in every case"


def moving(at: int, arms: Arms) -> str:
    """The share of the panel ``at``, in words."""
    share = list(arms)[at]
    who = "none" if share == 0 else f"{share:.0%}"
    return f"{who} move" if share != 1 else "all move"


def first_weeks(response: Response) -> float:
    """Mean cover of the first four weeks from the failure, in percent."""
    early = response.level[(response.days >= 0) & (response.days < FOUR_WEEKS)]
    known = early[np.isfinite(early)]
    return float(known.mean()) if known.size else np.nan


def period_of(arms: Arms) -> str:
    """The period of ``first_weeks``, in words."""
    last = max(response.last_day for response in arms.values())
    if last >= FOUR_WEEKS - 1:
        return "in the first four weeks"
    return f"in the {words.count(last + 1, 'day')} to the end of the run"


def differ(days: list[float]) -> bool:
    """Whether days to recover differ by more than a few, or some are never back."""
    known = [day for day in days if np.isfinite(day)]
    return 0 < len(known) < len(days) or bool(known and max(known) - min(known) > FEW_DAYS)


def when(response: Response) -> str:
    """When it is back at 95 %, as part of the title."""
    return "not in this time" if np.isnan(response.to_95) else days_text(response.to_95)


def draw(axes: Axes, response: Response, room: Room, first: bool) -> None:
    """One panel: curves, gap, its lowest point and when it is back at 95 %."""
    scales(axes, room)
    curves(axes, response)
    shade(axes, response)
    mark(axes, 0.0, 1.0)
    day, lowest = response.lowest
    points = [(day, lowest)]
    if 0 < response.to_95 <= response.last_day:
        level = float(np.interp(response.to_95, response.days, response.level))
        points.append((response.to_95, level))
    for x, y in points:
        axes.plot([x], [y], marker="o", markersize=5, color=INK, zorder=6)
    label_ends(axes, response, first)


def label_ends(axes: Axes, response: Response, first: bool) -> None:
    """The last values; the curves' names too in the first panel."""
    labels = []
    for name, values, look in (
        ("Without the failure", response.usual, WITHOUT),
        ("With the failure", response.level, WITH),
    ):
        known = values[np.isfinite(values)]
        if known.size:
            last = float(known[-1])
            text = f"{name}\n{last:.1f}%" if first else f"{name.split()[0]}: {last:.1f}%"
            labels.append(Label(text, last, look))
    end_labels(axes, labels)


def table_of(arms: Arms) -> pd.DataFrame:
    """The numbers plotted, panel by panel."""
    parts = []
    for share, response in arms.items():
        part = data(response)
        part.insert(0, "carers_who_move_percent", 100 * share)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def alt(arms: Arms, areas: str, provider: str, failure_words: str, failed: date) -> str:
    """Alternative text."""
    told = ". ".join(f"{who_moves(share)}: {finding(response)}" for share, response in arms.items())
    many = words.count(len(arms), "panel")
    return (
        f"Line charts in {many}, one for each share of carers who move, of the share of needed "
        f"care that is covered in {areas}, day by day, with and without the failure: {provider} "
        f"{failure_words} on {words.day_text(failed)}. {told}. {title(arms)}."
    )
