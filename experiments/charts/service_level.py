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
from sim.outcomes.resilience import DAYS_AFTER, DAYS_BEFORE, days_to_recover

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
    """Levels day by day as shares of 1; days until back at 95 % and 99 %, NaN where not back."""

    table: pd.DataFrame
    before: float
    to_95: float
    to_99: float

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
    def lowest(self) -> tuple[float, float]:
        """Day and level (percent) at which the service level is lowest after the failure."""
        after = np.where(self.days >= 0, self.level, np.nan)
        if not np.isfinite(after).any():
            return np.nan, np.nan
        at = int(np.nanargmin(after))
        return float(self.days[at]), float(after[at])

    @property
    def shaded(self) -> NDArray[np.bool_]:
        """Days from the failure on which less is covered than without it."""
        less: NDArray[np.bool_] = (self.days >= 0) & (self.level < self.usual)
        return less

    @property
    def last_day(self) -> int:
        """The last day known."""
        return int(self.days.max()) if self.days.size else 0

    @property
    def whole_year(self) -> bool:
        """Whether a year after the failure is known."""
        return self.last_day >= DAYS_AFTER - 1

    @property
    def within(self) -> str:
        """How long after the failure is looked at, in words."""
        if self.whole_year:
            return "within a year"
        return f"within {words.count(self.last_day, 'day')}" if self.last_day else "on that day"

    @property
    def period(self) -> str:
        """The same, saying so if it is the run that ends."""
        return self.within if self.whole_year else f"{self.within}, when the run ends"

    def below_again(self, share: float, days: float) -> bool:
        """Whether the mean over some 28 later days is below a share of the level before."""
        later = self.level[self.days >= days]
        if np.isnan(days) or later.size < DAYS_BEFORE:
            return False
        ahead = np.convolve(later, np.full(DAYS_BEFORE, 1 / DAYS_BEFORE), "valid")
        return bool((ahead < 100 * share * self.before).any())

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
    level_before: float,
    days_to_95: float,
    days_to_99: float,
    added_hours: Hours,
    provenance: Provenance,
) -> Chart:
    """Day by day, from 28 days before the failure until it is made good, a year at most.

    ``added_hours``: hours uncovered or missed within a year because of the failure, and the ends of
    their interval; NaN where not known.
    """
    frame = response_frame if USUAL in response_frame else response_frame.assign(**{USUAL: np.nan})
    whole = Response(frame, level_before, days_to_95, days_to_99).until(DAYS_AFTER)
    shown = whole.until(end_shown(whole))
    with house_style():
        remarks = notes(whole, shown)
        loss = wrapped_loss(loss_text(whole, shown, added_hours))
        room = room_for(shown, remarks, len(loss))
        sheet = Sheet(
            Heading(
                title(whole, failed_provider, failure_words),
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
        told.append(f"{loss_text(whole, shown, added_hours)}.")
    return Chart("service_level", sheet.figure, data(shown), " ".join(told))


def read_off(frame: pd.DataFrame) -> Response:
    """A response with its level before and its days of recovery read off the curve itself."""
    days, level = floats(frame[DAY]), floats(frame[LEVEL])
    known = level[(days < 0) & (days >= -DAYS_BEFORE)]
    before = float(known.mean()) if known.size else 1.0
    after = days >= 0
    to_95, to_99 = (
        days_to_recover(days[after], level[after], share * before) if after.any() else np.nan
        for share in (0.95, 0.99)
    )
    full = frame if USUAL in frame else frame.assign(**{USUAL: np.nan})
    return Response(full, before, to_95, to_99).until(DAYS_AFTER)


def end_shown(whole: Response) -> float:
    """60 days after it is back at 95 %; a year if that is not reached or not kept."""
    if np.isnan(whole.to_95) or whole.below_again(0.95, whole.to_95):
        return DAYS_AFTER
    lowest = whole.lowest[0]
    late = lowest + DAYS_BEFORE if np.isfinite(lowest) else 0.0
    return float(min(DAYS_AFTER, max(LEAST_SHOWN, whole.to_95 + BEYOND, late)))


def data(response: Response, before: bool = True) -> pd.DataFrame:
    """The numbers plotted."""
    table = pd.DataFrame({"days_from_failure": response.days})
    for column, values in ((LEVEL, response.level), (USUAL, response.usual)):
        table[f"{column}_percent"] = values
        if has_band(response.table, column):
            for bound in BOUNDS:
                table[f"{column}_percent{bound}"] = 100 * floats(response.table[column + bound])
    if before:
        table["level_before_percent"] = 100 * response.before
        table["shaded"] = response.shaded
    return table


def title(response: Response, provider: str, failure_words: str) -> str:
    """How low, and how soon back at 95 %."""
    when = f"when {provider} {failure_words}"
    _, lowest = response.lowest
    if not np.isfinite(lowest):
        return f"No care is needed in the areas concerned {when}"
    if response.to_99 == 0 and not response.below_again(0.99, 0):
        return f"Cover does not fall lastingly below 99% of its former level {when}"
    if response.to_95 == 0 and not response.below_again(0.95, 0):
        return f"Cover falls to {lowest:.1f}% {when}; not lastingly below 95% of its former level"
    fall = f"Cover falls from {100 * response.before:.1f}% to {lowest:.1f}%"
    return f"{fall} {when}; it {back_in_words(response, 0.95, response.to_95)}"


def back_in_words(response: Response, share: float, days: float) -> str:
    """When the level was back at a share of its former level."""
    former = f"{share:.0%} of its former level"
    if np.isnan(days):
        return f"is not back at {former} {response.period}"
    again = response.below_again(share, days)
    if days == 0:
        return f"later stays below {former}" if again else f"is not lastingly below {former}"
    return f"is back at {former} after {days_text(days)}{', but falls below again' * again}"


def days_text(days: float) -> str:
    """A number of days."""
    return words.count(round(days), "day")


def subtitle(areas: str, failed: date, bottom: float) -> str:
    """Measure, place and time."""
    axis = f" The vertical axis starts at {bottom:.0f}%, not 0%." if bottom > 0 else ""
    return (
        f"Share of needed hours of home care that somebody covers, {areas}, day by day around the "
        f"failure on {words.day_text(failed)}.{axis}"
    )


def footer(response: Response, provenance: Provenance) -> str:
    """What "back" means, and where the numbers come from."""
    before = words.percent(response.before)
    meaning = (
        f"Level before: {before}, the mean of the {DAYS_BEFORE} days before. Back: at this share "
        f"of it, and on average over the next {DAYS_BEFORE} days."
    )
    return f"{meaning} {provenance.footer(remark(response.table))}"


def remark(table: pd.DataFrame) -> str:
    """What to say of bands, or of there being none."""
    return BANDS if has_band(table, LEVEL) else ""


def loss_text(whole: Response, shown: Response, added: Hours) -> str:
    """How much care the failure costs, with its interval if that is known."""
    mean, low, high = added
    drawn = bool(shown.shaded.any())
    if np.isnan(mean):
        return "Shaded: care that is covered only without the failure" * drawn
    known = bool(np.isfinite(low) and np.isfinite(high))
    interval = f"95% interval {about(low)} to {about(high)}" if known else ""
    if mean <= 0:
        hours = "; ".join(filter(None, (f"{about(mean)} hours", interval)))
        return f"No more care is uncovered or missed {whole.within} than without it ({hours})"
    start = "Shaded: about" if drawn else "About"
    if drawn and whole.last_day > shown.last_day:
        start = f"Shaded: the part to day {shown.last_day} of about"
    chance = ", so it may be chance" if known and low < 0 else ""
    return (
        f"{start} {about(mean)} hours of care uncovered or missed {whole.within} because of the "
        f"failure{f' ({interval}{chance})' if interval else ''}"
    )


def about(hours: float) -> str:
    """Hours with three digits that count."""
    if abs(hours) < 1000:
        return f"{hours:,.0f}".replace("-0", "0").replace("-", "−")
    size = 10 ** (int(np.floor(np.log10(abs(hours)))) - 2)
    return f"{round(hours / size) * size:,.0f}".replace("-", "−")


def notes(whole: Response, shown: Response) -> list[Note]:
    """The lowest level, and when it was back at 95 % and 99 %; from the right to the left."""
    found = []
    end = float(shown.last_day)
    for share, days in ((0.99, whole.to_99), (0.95, whole.to_95)):
        again = ",\nthen below it again" if whole.below_again(share, days) else ""
        if np.isnan(days):
            found.append(Note(f"Not back at {share:.0%} of level\nbefore {whole.period}", end))
        elif days > 0:
            inside = days <= end
            where = again if inside else ",\nnot shown here"
            text = f"Back at {share:.0%} of\nlevel before: day {days:.0f}{where}"
            level = float(np.interp(days, shown.days, shown.level)) if inside else np.nan
            found.append(Note(text, min(days, end), level))
    day, lowest = whole.lowest
    if np.isfinite(lowest):
        found.append(Note(f"Lowest: {lowest:.1f}%, day {day:.0f}", day, lowest))
    return found


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
    day, lowest = response.lowest
    start = (
        f"Line chart of the share of needed care that is covered in {areas}, day by day, with and "
        f"without the failure: {provider} {failure_words} on {words.day_text(failed)}. "
        f"{words.percent(response.before)} on average before"
    )
    if not np.isfinite(lowest):
        return f"{start}, with no value afterwards."
    after = response.usual[(response.days >= 0) & np.isfinite(response.usual)]
    usual = f" Without the failure, {after.mean():.1f}% on average." if after.size else ""
    back = "; it ".join(
        back_in_words(response, share, days)
        for share, days in ((0.95, response.to_95), (0.99, response.to_99))
    )
    return f"{start}, {lowest:.1f}% at its lowest on day {day:.0f}; cover {back}.{usual}"
