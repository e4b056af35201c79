"""Chart: areas or providers down, months across, a panel for each share of carers who move.

Four shades from light to dark that stay apart in greyscale, and the mean of each year printed in
figures, so that nothing hangs on colour. Months in which an area has no principal are hatched;
months without a value are left blank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from experiments.charts.chart import Chart, Provenance
from experiments.charts.sheet import MARGIN, Heading, Panel, Sheet, text_width
from experiments.charts.style import (
    FAINT,
    INK,
    SEQUENTIAL,
    TEXT_SIZE,
    WIDTH,
    house_style,
    text_on,
)

ROW = 10.5
NAME_ROOM = 112.0
BETWEEN = 12.0
KEY_HEIGHT = 13.0
EMPTY = "#FFFFFF"
SHADES = SEQUENTIAL[:4]


@dataclass(frozen=True)
class Scale:
    """How values are shaded: three cuts part four shades, each with its words in the key.

    ``darker_is``: what a dark cell means. ``form`` prints a year's mean.
    """

    cuts: tuple[float, float, float]
    key: tuple[str, str, str, str]
    form: str
    factor: float = 1.0
    falling: bool = False

    def shade(self, value: float) -> str:
        """The colour of a value."""
        place = int(np.searchsorted(self.cuts, value, side="right"))
        return SHADES[len(SHADES) - 1 - place if self.falling else place]

    def figure(self, value: float) -> str:
        """A mean as it is printed."""
        return self.form.format(value * self.factor)


def area_months(
    table: pd.DataFrame,
    areas: pd.DataFrame,
    measure: str,
    scale: Scale,
    captions: Mapping[float, str],
    heading: tuple[str, str],
    provenance: Provenance,
    alt: str,
    *,
    name: str,
    by: str = "area",
    note: str = "",
) -> Chart:
    """One panel for each share in ``captions``, one below another.

    ``table`` holds month, codes in the column ``by``, role, staff_move_share and the measure;
    ``areas`` codes and names, in the order of the rows. ``note`` ends the footer.
    """
    title, subtitle = heading
    height = ROW * len(areas)
    panels = [Panel(text, height, BETWEEN) for text in captions.values()]
    panels[-1] = Panel(list(captions.values())[-1], height, 16)
    with house_style():
        sheet = Sheet(
            Heading(title, subtitle, provenance.footer(note)),
            [*panels, Panel("", KEY_HEIGHT, 6)],
            left=MARGIN + NAME_ROOM,
            right=MARGIN,
        )
        for axes, share in zip(sheet.axes, captions, strict=False):
            here = table[table["staff_move_share"] == share].rename(columns={by: "row"})
            draw(axes, sheet, here, areas, measure, scale)
        label_years(sheet.axes[len(captions) - 1], months_of(table))
        hatched = bool((table["role"] != "principal").any())
        draw_key(sheet.axes[-1], scale, hatched=hatched)
    columns = ["month", by, "role", "staff_move_share", measure]
    bands = [f"{measure}{end}" for end in ("_low", "_high") if f"{measure}{end}" in table]
    return Chart(name, sheet.figure, table[[*columns, *bands]].reset_index(drop=True), alt)


def months_of(table: pd.DataFrame) -> list[pd.Timestamp]:
    """The months shown."""
    return sorted(pd.Timestamp(month) for month in table["month"].unique())


def draw(
    axes: Axes,
    sheet: Sheet,
    table: pd.DataFrame,
    areas: pd.DataFrame,
    measure: str,
    scale: Scale,
) -> None:
    """Every cell of a panel, the go-live dates and the means of the years."""
    months = months_of(table)
    values = table.pivot(index="row", columns="month", values=measure)
    roles = table.pivot(index="row", columns="month", values="role")
    axes.set_xlim(0, len(months))
    axes.set_ylim(len(areas), 0)
    axes.axis("off")
    for row, area in enumerate(areas.itertuples()):
        line = values.loc[str(area.code)].to_numpy(dtype=float)
        held = roles.loc[str(area.code)].to_numpy() == "principal"
        for column, value in enumerate(line):
            draw_cell(axes, row, column, value, bool(held[column]), scale)
        label_row(axes, sheet, row, str(area.name_shown))
        draw_go_live(axes, row, held)
        draw_means(axes, row, months, line, held, scale)
    for number, month in enumerate(months):
        if month.month == 1 and number:
            axes.axvline(number, color=INK, linewidth=0.5, zorder=4)
    axes.add_patch(
        Rectangle((0, 0), len(months), len(areas), fill=False, edgecolor=INK, linewidth=0.8)
    )


def draw_cell(axes: Axes, row: int, column: int, value: float, held: bool, scale: Scale) -> None:
    """One area in one month."""
    if np.isnan(value):
        return
    axes.add_patch(
        Rectangle(
            (column, row + 0.04),
            1,
            0.92,
            facecolor=scale.shade(value),
            edgecolor=FAINT if not held else scale.shade(value),
            hatch=None if held else "//////",
            linewidth=0.0,
            zorder=2,
        )
    )


def draw_go_live(axes: Axes, row: int, held: np.ndarray) -> None:
    """A heavy line where an area gets its first principal."""
    first = int(np.argmax(held))
    if held.any() and first:
        axes.plot([first, first], [row, row + 1], color=INK, linewidth=2.2, zorder=5)


def draw_means(
    axes: Axes,
    row: int,
    months: Sequence[pd.Timestamp],
    line: np.ndarray,
    held: np.ndarray,
    scale: Scale,
) -> None:
    """The mean of each year over the months with a principal, in figures."""
    years = np.array([month.year for month in months])
    for year in sorted(set(years.tolist())):
        here = (years == year) & held & ~np.isnan(line)
        if here.sum() < 2:
            continue
        mean = float(line[here].mean())
        shade = scale.shade(mean)
        axes.text(
            float(np.flatnonzero(here).mean()) + 0.5,
            row + 0.54,
            scale.figure(mean),
            ha="center",
            va="center",
            size=TEXT_SIZE,
            color=text_on(shade),
            zorder=6,
            bbox={"facecolor": shade, "edgecolor": "none", "boxstyle": "square,pad=0.12"},
        )


def label_row(axes: Axes, sheet: Sheet, row: int, name: str) -> None:
    """The area's name left of its row, shortened if it must be."""
    room = NAME_ROOM - 8
    if text_width(name, TEXT_SIZE) > room:
        name = name.split(" and ")[0]
    while len(name) > 1 and text_width(name, TEXT_SIZE) > room:
        name = name.removesuffix("…")[:-1] + "…"
    axes.annotate(
        name,
        (0, row + 0.54),
        (-5, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        size=TEXT_SIZE,
        annotation_clip=False,
    )


def label_years(axes: Axes, months: Sequence[pd.Timestamp]) -> None:
    """The years under the last panel."""
    years = np.array([month.year for month in months])
    for year in sorted(set(years.tolist())):
        axes.annotate(
            str(year),
            (float(np.flatnonzero(years == year).mean()) + 0.5, axes.get_ylim()[0]),
            (0, -3),
            textcoords="offset points",
            ha="center",
            va="top",
            size=TEXT_SIZE,
            annotation_clip=False,
        )


def draw_key(axes: Axes, scale: Scale, *, hatched: bool) -> None:
    """What the shades, the hatching and the line mean."""
    axes.axis("off")
    width = WIDTH - 2 * MARGIN - NAME_ROOM
    axes.set_xlim(0, width)
    axes.set_ylim(KEY_HEIGHT, 0)
    shades = list(reversed(SHADES)) if scale.falling else SHADES
    entries = list(zip(scale.key, shades, strict=True))
    entries += [("no principal yet", EMPTY)] if hatched else []
    at = -NAME_ROOM
    for text, shade in entries:
        hatch = "//////" if shade == EMPTY else None
        axes.add_patch(
            Rectangle(
                (at, 1),
                14,
                KEY_HEIGHT - 3,
                facecolor=shade,
                edgecolor=FAINT,
                hatch=hatch,
                linewidth=0.6,
                clip_on=False,
            )
        )
        axes.text(at + 18, KEY_HEIGHT / 2, text, va="center", size=TEXT_SIZE)
        at += 18 + text_width(text, TEXT_SIZE) + 8
    axes.plot([at + 3, at + 3], [0, KEY_HEIGHT - 1], color=INK, linewidth=2.2, clip_on=False)
    axes.text(at + 9, KEY_HEIGHT / 2, "begins", va="center", size=TEXT_SIZE)


def rows_of(
    codes: Sequence[str],
    names: Mapping[str, str],
    live: Mapping[str, date | None],
    present: Sequence[str],
) -> pd.DataFrame:
    """Codes in the order in which they begin, then in their own."""
    order = [code for code in codes if code in present]
    order.sort(key=lambda code: (live[code] is None, live[code] or date.max))
    shown = [names[code] for code in order]
    return pd.DataFrame({"code": order, "name_shown": shown})
