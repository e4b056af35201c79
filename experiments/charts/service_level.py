"""Chart: the service level around a provider's failure, and the resilience triangle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter
from numpy.typing import NDArray

from experiments.charts import words
from experiments.charts.chart import BANDS, Chart, Provenance
from experiments.charts.sheet import (
    Heading,
    Label,
    Panel,
    Sheet,
    draw_band,
    end_labels,
    figure_of,
    mark,
    size_in_points,
    tall,
    text_width,
)
from experiments.charts.style import INK, LOOKS, TEXT_SIZE, house_style
from experiments.charts.weeks import BOUNDS, floats, has_band
from sim.outcomes.resilience import DAYS_AFTER, DAYS_BEFORE

LEVEL = "service_level"
DAY = "day_from_failure"
BEYOND = 60.0
APART = 5.0
MEANING = (
    f"Back: at this share of the level before the failure, and on average over the next "
    f"{DAYS_BEFORE} days."
)


@dataclass(frozen=True)
class Response:
    """What the chart says of a failure; levels as shares of 1, days NaN where not recovered."""

    table: pd.DataFrame
    before: float
    to_95: float
    to_99: float
    loss_hours: float

    @property
    def days(self) -> NDArray[np.float64]:
        """Days from the failure."""
        return floats(self.table[DAY])

    @property
    def level(self) -> NDArray[np.float64]:
        """The service level on these days, in percent."""
        return 100 * floats(self.table[LEVEL])

    @property
    def lowest(self) -> tuple[float, float]:
        """Day and level (percent) at which the service level is lowest after the failure."""
        after = np.where(self.days >= 0, self.level, np.nan)
        if not np.isfinite(after).any():
            return np.nan, np.nan
        at = int(np.nanargmin(after))
        return float(self.days[at]), float(after[at])

    @property
    def shaded(self) -> NDArray[np.bool_]:
        """Days of the triangle: below the level before, until back at 99 %."""
        end = np.inf if np.isnan(self.to_99) else self.to_99
        below = self.level < 100 * self.before
        inside: NDArray[np.bool_] = (self.days >= 0) & (self.days < end) & below
        return inside

    @property
    def horizon(self) -> int:
        """The last day shown."""
        return int(self.days.max()) if self.days.size else 0


def service_level(
    response_frame: pd.DataFrame,
    areas: str,
    failed_provider: str,
    failure_date: date,
    level_before: float,
    days_to_95: float,
    days_to_99: float,
    loss_hours: float,
    provenance: Provenance,
) -> Chart:
    """Day by day from 28 days before the failure to 60 after it is made good, a year at most."""
    end = min(DAYS_AFTER, days_to_99 + BEYOND) if np.isfinite(days_to_99) else DAYS_AFTER
    shown = response_frame[response_frame[DAY].between(-DAYS_BEFORE, end)].reset_index(drop=True)
    response = Response(shown, level_before, days_to_95, days_to_99, loss_hours)
    bottom, top = limits(response)
    axis = f" The vertical axis starts at {bottom:.0f}%, not at zero." if bottom > 0 else ""
    heading = Heading(
        title(response, failed_provider),
        f"Covered share of needed hours, {areas}, day by day around the failure on "
        f"{words.day_text(failure_date)}.{axis}",
        f"{MEANING} {provenance.footer(BANDS if has_band(shown, LEVEL) else '')}",
    )
    with house_style():
        sheet = Sheet(heading, [Panel("Service level, % of needed hours", 215)], right=82)
        draw(sheet, response, bottom, top)
    return Chart(
        "service_level",
        sheet.figure,
        data(response),
        alt(response, areas, failed_provider, failure_date),
    )


def data(response: Response) -> pd.DataFrame:
    """The numbers plotted."""
    table = pd.DataFrame(
        {
            "days_from_failure": response.days,
            "service_level_percent": response.level,
            "level_before_percent": 100 * response.before,
            "shaded": response.shaded,
        }
    )
    if has_band(response.table, LEVEL):
        for bound in BOUNDS:
            table["service_level_percent" + bound] = 100 * floats(response.table[LEVEL + bound])
    return table


def title(response: Response, provider: str) -> str:
    """How low, and for how long."""
    _, lowest = response.lowest
    if not np.isfinite(lowest):
        return f"After {provider} fails, no care is needed in the areas concerned"
    if response.to_99 == 0:
        return f"After {provider} fails, service does not fall lastingly below 99% of its level"
    if np.isnan(response.to_99):
        return (
            f"After {provider} fails, service falls to {lowest:.1f}% and is not back at "
            f"99% of its former level within {words.count(response.horizon, 'day')}"
        )
    return (
        f"After {provider} fails, service falls to {lowest:.1f}% and is back at "
        f"99% of its former level after {days_text(response.to_99)}"
    )


def days_text(days: float) -> str:
    """A number of days."""
    return words.count(round(days), "day")


def limits(response: Response) -> tuple[float, float]:
    """Lowest and highest value of the axis, with room for notes."""
    columns = [LEVEL + b for b in ("", *BOUNDS) if LEVEL + b in response.table.columns]
    values = 100 * response.table[columns].to_numpy(dtype=float)
    known = values[np.isfinite(values)]
    low = min(float(known.min()) if known.size else 0.0, 100 * response.before)
    high = max(float(known.max()) if known.size else 0.0, 100 * response.before)
    span = max(high - low, 2.0)
    step = 5.0 if span > 5 else 1.0
    bottom = max(0.0, np.floor((low - 0.14 * span) / step) * step)
    return float(bottom), high + 0.22 * span


def draw(sheet: Sheet, response: Response, bottom: float, top: float) -> None:
    """Curve, band, triangle and notes."""
    axes, days, level = sheet.axes[0], response.days, response.level
    before = 100 * response.before
    scales(axes, days, bottom, top)
    look = LOOKS[0]
    axes.step(days, level, where="post", color=look.colour, linestyle=look.line, zorder=4)
    draw_band(axes, days, response.table, LEVEL, 0, scale=100)
    axes.plot(
        axes.get_xlim(),
        [before, before],
        color=LOOKS[3].colour,
        linestyle=LOOKS[3].line,
        linewidth=1.4,
        zorder=3,
    )
    shade(axes, response)
    mark(axes, 0.0, 1.0)
    known = np.flatnonzero(np.isfinite(level))
    labels = [Label(f"Level before\n{before:.1f}%", before, 3)]
    if known.size:
        last = int(known[-1])
        labels.append(Label(f"Day {days[last]:.0f}\n{level[last]:.1f}%", float(level[last]), 0))
    end_labels(axes, labels)
    annotate(axes, response)


def scales(axes: Axes, days: NDArray[np.float64], bottom: float, top: float) -> None:
    """Axes of days and of percent."""
    last = float(days.max()) if days.size else 0.0
    axes.set_xlim(-DAYS_BEFORE, max(last + 1, 1.0))
    axes.set_ylim(bottom, top)
    step = next(s for s in (7, 14, 28, 56, 112) if (last + DAYS_BEFORE) / s <= 9 or s == 112)
    first = -(DAYS_BEFORE // step) * step
    axes.xaxis.set_major_locator(FixedLocator(list(np.arange(first, last + 1, step))))
    axes.set_xlabel("Days from the failure", size=TEXT_SIZE, color=INK, labelpad=3)
    rise = next(r for r in (1, 2, 5, 10, 20) if (top - bottom) / r <= 8)
    ticks = np.arange(np.ceil(bottom / rise) * rise, min(top, 100) + 0.01, rise)
    axes.yaxis.set_major_locator(FixedLocator(list(ticks)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0f}%"))


def shade(axes: Axes, response: Response) -> None:
    """The resilience triangle."""
    if not response.shaded.any():
        return
    lid = np.where(response.shaded, 100 * response.before, response.level)
    axes.fill_between(
        response.days,
        response.level,
        lid,
        step="post",
        facecolor="#DCE6F2",
        edgecolor=LOOKS[0].colour,
        hatch="////",
        linewidth=0,
        zorder=2,
    )
    days = response.days[response.shaded]
    middle = float(days[0] + 0.25 * (days[-1] - days[0]))
    level = np.interp(middle, response.days, response.level)
    before = 100 * response.before
    at_least = "at least " if np.isnan(response.to_99) else ""
    text = f"Shaded: {at_least}{words.number(response.loss_hours)} hours of care lost"
    wide = axes.get_xlim()[1] - axes.get_xlim()[0]
    axes.annotate(
        text,
        (middle, (before + level) / 2),
        (0.02 * wide, 1.0),
        va="top",
        ha="left",
        textcoords=("data", "axes fraction"),
        zorder=6,
        arrowprops={
            "arrowstyle": "-",
            "color": INK,
            "linewidth": 0.8,
            "shrinkA": 1,
            "relpos": (min(0.5, max(0.02, middle / wide)), 0),
        },
    )


def annotate(axes: Axes, response: Response) -> None:
    """Notes below the curve: the lowest level, and when it was back at 95 % and 99 %."""
    ceiling = np.inf
    for share, days in ((99, response.to_99), (95, response.to_95)):
        if np.isfinite(days) and 0 < days <= response.horizon:
            height = float(np.interp(days, response.days, response.level))
            text = f"Back at {share}% of\nlevel before: day {days:.0f}"
            ceiling = place(axes, response, text, days, height, ceiling)
        elif np.isnan(days):
            text = f"Not back at {share}% of\nlevel before by day {response.horizon}"
            ceiling = place(axes, response, text, float(response.horizon), np.nan, ceiling)
    day, lowest = response.lowest
    if np.isfinite(lowest):
        place(axes, response, f"Lowest: {lowest:.1f}%, day {day:.0f}", day, lowest, ceiling)


def place(axes: Axes, response: Response, text: str, x: float, y: float, ceiling: float) -> float:
    """Write a note under the curve, joined to its point; return the next note's ceiling."""
    wide, high = size_in_points(axes)
    (first, last), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    lines = text.split("\n")
    widest = max(text_width(figure_of(axes), line, TEXT_SIZE) for line in lines)
    width = (widest + 8) / wide * (last - first)
    unit = (top - bottom) / high
    fits = x + width <= last
    span = (x, x + width) if fits else (x - width, x)
    under = (response.days >= span[0] - 1) & (response.days <= span[1])
    curve = response.level[under & np.isfinite(response.level)]
    place_at = min(float(curve.min()) - 8 * unit if curve.size else bottom, ceiling)
    place_at = max(place_at, bottom + (tall(lines, TEXT_SIZE) + 1) * unit)
    if np.isfinite(y):
        foot = place_at - tall(lines, TEXT_SIZE) * unit
        axes.plot([x, x], [foot, y], color=INK, linewidth=0.8, zorder=5)
        axes.plot([x], [y], marker="o", markersize=5, color=INK, zorder=6)
    shift = 4 if fits else -4
    axes.annotate(
        text,
        (x, place_at),
        (shift, 0),
        textcoords="offset points",
        va="top",
        ha="left" if fits else "right",
        zorder=5.5,
        linespacing=1.1,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
    )
    return place_at - (tall(lines, TEXT_SIZE) + APART) * unit


def alt(response: Response, areas: str, provider: str, failed: date) -> str:
    """Alternative text."""
    day, lowest = response.lowest
    start = (
        f"Line chart of the daily service level in {areas} around the failure of {provider} "
        f"on {words.day_text(failed)}: {words.percent(response.before)} before"
    )
    if not np.isfinite(lowest):
        return f"{start}, with no value afterwards."
    back = "; ".join(
        back_text(share, days, response.horizon)
        for share, days in ((95, response.to_95), (99, response.to_99))
    )
    at_least = "at least " if np.isnan(response.to_99) else ""
    return (
        f"{start}, {lowest:.1f}% at its lowest on day {day:.0f}; of the level before, {back}. "
        f"The shaded area is {at_least}{words.number(response.loss_hours)} hours of care lost."
    )


def back_text(share: int, days: float, horizon: int) -> str:
    """When the level was back at a share of the level before."""
    if np.isnan(days):
        return f"not back at {share}% within {words.count(horizon, 'day')}"
    if days == 0:
        return f"not lastingly below {share}%"
    return f"back at {share}% after {days_text(days)}"
