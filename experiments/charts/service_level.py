"""Chart: the service level around a failure, beside the same market without the failure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from experiments.charts.chart import BANDS, Chart, Provenance
from experiments.charts.key import Entry, band_entry
from experiments.charts.sheet import (
    Heading,
    Label,
    Panel,
    Sheet,
    draw_band,
    end_labels,
    mark,
    size_in_points,
)
from experiments.charts.style import INK, LOOKS, TEXT_SIZE, WIDTH, house_style
from experiments.charts.text import tall, widest, wrap
from experiments.charts.ticks import number_axis
from experiments.charts.weeks import BOUNDS, floats, has_band
from experiments.words import sentences as words
from sim.outcomes.resilience import DAYS_AFTER, DAYS_BEFORE, RUNNING_DAYS

LEVEL, USUAL, DAY = "service_level", "without_failure", "day_from_failure"
WITH, WITHOUT = 0, 3
LEAST_SHOWN = 91.0
BEYOND = 60.0
APART = 5.0
HEIGHT = 225.0
LEFT, RIGHT = 52.0, 106.0
UNKNOWN = (np.nan, np.nan, np.nan)

Days = NDArray[np.float64]
Hours = tuple[float, float, float]


@dataclass(frozen=True)
class Response:
    """Levels day by day as shares of 1, and days until cover is back at 95% and 99%.

    Medians over replications, as the screen tells them: infinite where not back within a year, NaN
    where the run ends before that is known.
    """

    table: pd.DataFrame
    to_95: float = np.nan
    to_99: float = np.nan

    @property
    def days(self) -> Days:
        """Days from the failure."""
        return floats(self.table[DAY])

    @property
    def level(self) -> Days:
        """The service level on these days, in percent."""
        return 100 * floats(self.table[LEVEL])

    @property
    def usual(self) -> Days:
        """The same without the failure."""
        return 100 * floats(self.table[USUAL])

    @property
    def worst(self) -> tuple[float, float, float]:
        """Day of the largest gap to the market without the failure, and both levels in percent."""
        gaps = np.where(
            (self.days >= 0) & (self.days < LEAST_SHOWN), self.usual - self.level, np.nan
        )
        if not np.isfinite(gaps).any():
            return np.nan, np.nan, np.nan
        at = int(np.nanargmax(gaps))
        return float(self.days[at]), float(self.level[at]), float(self.usual[at])

    @property
    def shaded(self) -> NDArray[np.bool_]:
        """Days from the failure on which less is covered than without it."""
        less: NDArray[np.bool_] = (self.days >= 0) & (self.level < self.usual)
        return less

    @property
    def last_day(self) -> int:
        """The last day known."""
        return int(self.days.max()) if self.days.size else 0

    def until(self, end: float) -> Response:
        """The part from 28 days before the failure to day ``end`` of it."""
        table = self.table[self.table[DAY].between(-DAYS_BEFORE, end)]
        return replace(self, table=table.reset_index(drop=True))


class Note(NamedTuple):
    """A note, the day it is about, and the level of the point it is joined to, if there is one."""

    text: str
    day: float
    level: float = np.nan


class Placement(NamedTuple):
    """Where a note is written: day, upper and lower edge in percent, and its side of the day."""

    note: Note
    upper: float
    lower: float
    right: bool


class Room(NamedTuple):
    """A panel: first and last day, lowest and highest percent, width and height in points."""

    first: float
    last: float
    bottom: float
    top: float
    wide: float
    high: float


def service_level(
    response_frame: pd.DataFrame,
    areas: str,
    failed_provider: str,
    failure_words: str,
    failure_date: date,
    days_to_95: float,
    days_to_99: float,
    added_hours: Hours,
    provenance: Provenance,
    *,
    distinguished: bool = False,
) -> Chart:
    """Day by day, from 28 days before care stops until it is made good, a year at most.

    ``added_hours``: hours without care in the county within 91 days because of the failure, and the
    ends of their interval; NaN where not known. ``distinguished``: whether they are more than
    chance.
    """
    whole = Response(response_frame, days_to_95, days_to_99).until(DAYS_AFTER)
    shown = whole.until(end_shown(whole))
    with house_style():
        remarks = notes(whole, shown)
        loss = wrapped_loss(loss_text(whole, added_hours, distinguished))
        room = room_for(shown, remarks, len(loss))
        sheet = Sheet(
            Heading(
                title(whole, failed_provider, failure_words, distinguished),
                subtitle(areas, failure_date, room.bottom),
                footer(whole, provenance),
            ),
            [Panel("Care covered, % of needed hours", HEIGHT, 42)],
            left=LEFT,
            right=RIGHT,
            key=shades_key([shown]),
        )
        draw(sheet.axes[0], shown, room, remarks, loss)
    told = [alt(whole, areas, failed_provider, failure_words, failure_date)]
    if loss:
        told.append(f"{loss_text(whole, added_hours, distinguished)}.")
    return Chart("service_level", sheet.figure, data(shown), " ".join(told))


def end_shown(whole: Response) -> float:
    """60 days after it is back at 95%; a year if that is not reached."""
    if not np.isfinite(whole.to_95):
        return DAYS_AFTER
    worst = whole.worst[0]
    late = worst + DAYS_BEFORE if np.isfinite(worst) else 0.0
    return float(min(DAYS_AFTER, max(LEAST_SHOWN, whole.to_95 + BEYOND, late)))


def data(response: Response) -> pd.DataFrame:
    """The numbers plotted."""
    table = pd.DataFrame({"days_from_failure": response.days})
    for column, values in ((LEVEL, response.level), (USUAL, response.usual)):
        table[f"{column}_percent"] = values
        if has_band(response.table, column):
            for bound in BOUNDS:
                table[f"{column}_percent{bound}"] = 100 * floats(response.table[column + bound])
    table["shaded"] = response.shaded
    return table


def title(response: Response, provider: str, failure_words: str, distinguished: bool) -> str:
    """How large the gap to the market without the failure is, if it is more than chance."""
    event = f"{provider} {failure_words}"
    event = event[:1].upper() + event[1:]
    day, level, usual = response.worst
    if not np.isfinite(level):
        return f"{event}: no care is needed in the areas concerned"
    if not distinguished:
        return f"{event}: cover with and without the failure"
    return f"{event}: cover {level:.0f}% on day {day:.0f}, {usual:.0f}% without"


def days_text(days: float) -> str:
    """A number of days."""
    return words.count(round(days), "day")


def subtitle(areas: str, failed: date, bottom: float) -> str:
    """Measure, place and time."""
    axis = f" The vertical axis starts at {bottom:.0f}%, not 0%." if bottom > 0 else ""
    return (
        f"Share of the hours of home care needed that are covered, {areas}, day by day around "
        f"the failure on {words.day_text(failed)}.{axis}"
    )


def footer(response: Response, provenance: Provenance) -> str:
    """What "back" means, and where the numbers come from."""
    meaning = (
        f"Back: cover is at this share of its level without the failure for {RUNNING_DAYS} days "
        "running (median)."
    )
    return f"{meaning} {provenance.footer(remark(response.table))}"


def remark(table: pd.DataFrame) -> str:
    """What to say of bands, or of there being none."""
    return BANDS if has_band(table, LEVEL) else ""


def loss_text(whole: Response, added: Hours, distinguished: bool) -> str:
    """How much care the failure costs in the county, with its interval if that is known."""
    mean, low, high = added
    shaded = "Shaded: care that is covered only without the failure" * bool(whole.shaded.any())
    if np.isnan(mean):
        return shaded
    known = bool(np.isfinite(low) and np.isfinite(high))
    fewer = mean < 0 and about(mean) != "0"
    ends = (-high, -low) if fewer else (low, high)
    interval = f" (95% interval {about(ends[0])} to {about(ends[1])})" if known else ""
    more = f"{about(abs(mean))} {'fewer' if fewer else 'more'} hours"
    hours = f"{more} without care in the county within 91 days{interval}"
    chance = "" if distinguished else ", which cannot be distinguished from chance"
    return f"{shaded}. {hours}{chance}" if shaded else f"{hours}{chance}"


def about(hours: float) -> str:
    """Hours with three digits that count."""
    if abs(hours) < 1000:
        return f"{hours:,.0f}".replace("-0", "0").replace("-", "−")
    size = 10 ** (int(np.floor(np.log10(abs(hours)))) - 2)
    return f"{round(hours / size) * size:,.0f}".replace("-", "−")


def notes(whole: Response, shown: Response) -> list[Note]:
    """The largest gap, and when cover was back at 95% and 99%; from the right to the left."""
    found = []
    end = float(shown.last_day)
    for share, days in ((0.99, whole.to_99), (0.95, whole.to_95)):
        if np.isinf(days):
            found.append(Note(f"Not back at {share:.0%}\nwithin a year", end))
        elif days > 0:
            inside = days <= end
            where = "" if inside else ",\nnot shown here"
            text = f"Back at {share:.0%}:\nday {days:.0f}{where}"
            level = float(np.interp(days, shown.days, shown.level)) if inside else np.nan
            found.append(Note(text, min(days, end), level))
    day, level, usual = whole.worst
    if np.isfinite(level):
        text = f"Largest gap: day {day:.0f},\n{level:.1f}% against {usual:.1f}%"
        found.append(Note(text, day, level))
    return sorted(found, key=lambda note: -note.day)


def wrapped_loss(text: str) -> list[str]:
    """The note on care lost, in lines as wide as the panel."""
    return wrap(text, WIDTH - LEFT - RIGHT, TEXT_SIZE)


def room_for(shown: Response, remarks: Sequence[Note], lines_above: int) -> Room:
    """An axis that starts as high as its notes allow, with room for lines of text above."""
    low, high = extremes(shown)
    step = 5.0 if high - low > 5 else 1.0
    span = max(high - low, 2.0)
    bottom = max(0.0, float(np.floor((low - 0.08 * span) / step) * step))
    above = lines_above * TEXT_SIZE * 1.25 + 14
    first, last = -float(DAYS_BEFORE), max(float(shown.last_day) + 1, 1.0)
    # The axis is let down step by step until the notes fit; at 0 they are drawn where they can be.
    for start in [*np.arange(bottom, 0, -step), 0.0]:
        top = start + (max(high, start + 1) - start) * HEIGHT / (HEIGHT - above)
        room = Room(first, last, float(start), float(top), WIDTH - LEFT - RIGHT, HEIGHT)
        if fit(room, placed(shown, remarks, room)):
            break
    return room


def extremes(response: Response) -> tuple[float, float]:
    """Lowest and highest percentage of curves and bands."""
    columns = [name + end for name in (LEVEL, USUAL) for end in ("", *BOUNDS)]
    kept = [column for column in columns if column in response.table.columns]
    values = 100 * response.table[kept].to_numpy(dtype=float)
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if known.size else (0.0, 100.0)


def placed(shown: Response, remarks: Sequence[Note], room: Room) -> list[Placement]:
    """Each note under the curve, and each under the note to its right."""
    found: list[Placement] = []
    unit = (room.top - room.bottom) / room.high
    ceiling = np.inf
    for note in remarks:
        lines = note.text.split("\n")
        width = (widest(lines, TEXT_SIZE) + 8) / room.wide * (room.last - room.first)
        right = note.day + width <= room.last
        start = note.day if right else note.day - width
        upper = min(floor_of(shown, start - 1, start + width, room) - 8 * unit, ceiling)
        lower = upper - tall(lines, TEXT_SIZE) * unit
        found.append(Placement(note, upper, lower, right))
        ceiling = lower - APART * unit
    return found


def floor_of(shown: Response, first: float, last: float, room: Room) -> float:
    """The lowest point of the curve and its band on some days."""
    lowest = 100 * floats(shown.table[LEVEL + "_low"]) if has_band(shown.table, LEVEL) else None
    # fmin: where the band has no value the curve alone decides.
    values = shown.level if lowest is None else np.fmin(lowest, shown.level)
    part = values[(shown.days >= first) & (shown.days <= last) & np.isfinite(values)]
    return float(part.min()) if part.size else room.top


def fit(room: Room, found: Sequence[Placement]) -> bool:
    """Whether all notes lie above the axis."""
    return all(one.lower >= room.bottom for one in found)


def lifted(room: Room, found: Sequence[Placement]) -> list[Placement]:
    """Notes as they are, or one above another from the axis up if they do not fit below."""
    if fit(room, found):
        return list(found)
    unit = (room.top - room.bottom) / room.high
    lower = room.bottom + 6 * unit
    moved = []
    # From the last on: that one stands lowest, and the notes to its right above it.
    for one in reversed(found):
        upper = lower + (one.upper - one.lower)
        moved.append(Placement(one.note, upper, lower, one.right))
        lower = upper + APART * unit
    return moved


def draw(
    axes: Axes, shown: Response, room: Room, remarks: Sequence[Note], loss: Sequence[str]
) -> None:
    """Curves, bands, the gap between them and notes."""
    scales(axes, room)
    axes.set_xlabel("Days from the failure", size=TEXT_SIZE, color=INK, labelpad=3)
    curves(axes, shown)
    shade(axes, shown)
    mark(axes, 0.0, 1 - (tall(loss, TEXT_SIZE) + 2) / HEIGHT)
    label_ends(axes, shown)
    point_out(axes, shown, loss)
    for one in lifted(room, placed(shown, remarks, room)):
        write(axes, one)


def scales(axes: Axes, room: Room) -> None:
    """Axes of days and of percent."""
    axes.set_xlim(room.first, room.last)
    axes.set_ylim(room.bottom, room.top)
    wide = room.last - room.first
    step = next(s for s in (7, 14, 28, 56, 112) if wide / s <= 9 or s == 112)
    first = -(DAYS_BEFORE // step) * step
    number_axis(axes.xaxis, [float(day) for day in np.arange(first, room.last + 0.01, step)])
    high = room.top - room.bottom
    most = 8 * room.high / HEIGHT + 1
    rise = next(r for r in (1, 2, 5, 10, 20, 25, 50) if high / r <= most or r == 50)
    ticks = np.arange(np.ceil(room.bottom / rise) * rise, min(room.top, 100) + 0.01, rise)
    number_axis(axes.yaxis, [float(tick) for tick in ticks], "%")


def curves(axes: Axes, shown: Response) -> None:
    """The level with the failure and, dotted, without it; each with its band."""
    for values, column, look in ((shown.usual, USUAL, WITHOUT), (shown.level, LEVEL, WITH)):
        style = LOOKS[look]
        axes.step(
            shown.days,
            values,
            where="post",
            color=style.colour,
            linestyle=style.line,
            linewidth=1.3 if look == WITHOUT else 1.8,
            zorder=3 if look == WITHOUT else 4,
        )
        draw_band(axes, shown.days, shown.table, column, look, scale=100)


def shade(axes: Axes, shown: Response) -> None:
    """The gap between the two curves where less is covered with the failure, beneath the bands."""
    if shown.shaded.any():
        axes.fill_between(
            shown.days,
            shown.level,
            np.where(shown.shaded, shown.usual, shown.level),
            step="post",
            facecolor="none",
            edgecolor=LOOKS[WITH].colour,
            hatch="////",
            linewidth=0,
            zorder=1.5,
        )


def shades_key(panels: Sequence[Response]) -> list[Entry]:
    """What each shade means, of those that are drawn."""
    loss = Entry("Covered only without the failure", "none", LOOKS[WITH].colour, "////")
    found = [loss] if any(shown.shaded.any() for shown in panels) else []
    for column, look, which in ((LEVEL, WITH, "with"), (USUAL, WITHOUT, "without")):
        if any(has_band(shown.table, column) for shown in panels):
            found.append(band_entry(f"95% interval of the mean {which} the failure", look))
    return found


def label_ends(axes: Axes, shown: Response) -> None:
    """The two curves' names and last values, right of the panel."""
    labels = []
    for name, values, look in (
        ("Without the failure", shown.usual, WITHOUT),
        ("With the failure", shown.level, WITH),
    ):
        known = values[np.isfinite(values)]
        if known.size:
            last = float(known[-1])
            labels.append(Label(f"{name}\n{last:.1f}%", last, look))
    end_labels(axes, labels)


def point_out(axes: Axes, shown: Response, loss: Sequence[str]) -> None:
    """Say above the curves what the shaded gap is, joined to it."""
    if not loss:
        return
    high = size_in_points(axes)[1]
    first = axes.get_xlim()[0]
    bottom, top = axes.get_ylim()
    foot = top - (tall(loss, TEXT_SIZE) + 1) / high * (top - bottom)
    if shown.shaded.any():
        days = shown.days[shown.shaded]
        x = float(days[np.searchsorted(days, days[0] + 0.2 * (days[-1] - days[0]))])
        at = int(np.searchsorted(shown.days, x))
        middle = float(shown.level[at] + shown.usual[at]) / 2
        axes.plot([x, x], [middle, foot], color=INK, linewidth=0.8, zorder=5)
    axes.annotate(
        "\n".join(loss),
        (first, 1.0),
        xycoords=("data", "axes fraction"),
        va="top",
        ha="left",
        linespacing=1.2,
        zorder=6,
    )


def write(axes: Axes, one: Placement) -> None:
    """Write a note, joined to its point if it has one."""
    note = one.note
    if np.isfinite(note.level):
        away = one.lower if one.upper <= note.level else one.upper
        axes.plot([note.day, note.day], [away, note.level], color=INK, linewidth=0.8, zorder=5)
        axes.plot([note.day], [note.level], marker="o", markersize=5, color=INK, zorder=6)
    axes.annotate(
        note.text,
        (note.day, one.upper),
        (4 if one.right else -4, 0),
        textcoords="offset points",
        va="top",
        ha="left" if one.right else "right",
        zorder=5.5,
        linespacing=1.1,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
    )


def alt(response: Response, areas: str, provider: str, failure_words: str, failed: date) -> str:
    """Alternative text, without the care lost."""
    day, level, usual = response.worst
    start = (
        f"Line chart of the share of needed care that is covered in {areas}, day by day, with and "
        f"without the failure: {provider} {failure_words} on {words.day_text(failed)}"
    )
    if not np.isfinite(level):
        return f"{start}. No value is known after the failure."
    back = " ".join(
        back_in_words(share, days)
        for share, days in ((0.95, response.to_95), (0.99, response.to_99))
        if not np.isnan(days)
    )
    return (
        f"{start}. The largest gap is on day {day:.0f}: {level:.1f}% is covered, {usual:.1f}% "
        f"without the failure. {back}".rstrip()
    )


def back_in_words(share: float, days: float) -> str:
    """When cover is back at a share of the market without the failure."""
    if np.isinf(days):
        return f"Cover is not back at {share:.0%} of its level without the failure within a year."
    return f"Cover is back at {share:.0%} of its level without the failure after {days_text(days)}."
