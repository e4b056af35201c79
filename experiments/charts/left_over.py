"""Charts of hours without care if a principal closed: fans month by month, exceedance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from experiments.charts.chart import Chart, Provenance
from experiments.charts.sheet import (
    MARGIN,
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
from experiments.charts.style import INK, LOOKS, WIDTH, house_style
from experiments.charts.weeks import day_numbers, floats
from experiments.words import sentences as words
from sim.outcomes.histories import Floats

MEASURE = "left_hours"
COUNTY = "county"
ACROSS = 3
CELL, GAP = 62.0, 24.0
LEFT, RIGHT = 36.0, 8.0
COUNTY_HEIGHT = 110.0
SMALL = 9.0


def left_over(
    table: pd.DataFrame, providers: Mapping[str, str], provenance: Provenance, bands: str
) -> Chart:
    """A fan for the county, and one for every principal provider.

    ``table``: provider (``county``: mean over the principals there are), month, left_hours with low
    and high; ``providers``: names by code, in the order shown.
    """
    rows = -(-len(providers) // ACROSS)
    highest = float(np.nanmax(table[f"{MEASURE}_high"].to_numpy(dtype=float)))
    heading = Heading(
        title(table),
        "Hours a week without care four weeks after a principal provider closed, everywhere it "
        "works, on the first of the month, by the estimate. Lines: medians over plausible sets of "
        "parameters. Shaded: nine tenths of the sets. A line begins when it has a contract.",
        provenance.footer(bands),
    )
    panels = [
        Panel("Mean over all principals", COUNTY_HEIGHT),
        Panel("By provider, all to the same scale", rows * (CELL + GAP), 10),
    ]
    with house_style():
        sheet = Sheet(heading, panels, left=LEFT + MARGIN, right=RIGHT + 70)
        county = table[table["provider"] == COUNTY]
        days = day_numbers(table["month"].drop_duplicates().sort_values())
        fan(sheet.axes[0], county, days, label=True)
        grid = sheet.axes[1]
        box = grid.get_position()
        wide = 1 - (MARGIN + RIGHT) / WIDTH
        grid.set_position((MARGIN / WIDTH, box.y0, wide - MARGIN / WIDTH, box.height))
        grid.axis("off")
        for place, (code, name) in enumerate(providers.items()):
            axes = cell(grid, place, rows)
            one = table[table["provider"] == code]
            small(axes, one, days, name, highest, last_row=place >= len(providers) - ACROSS)
    data = table.reset_index(drop=True)
    return Chart("left_over", sheet.figure, data, alt(table, providers))


def cell(grid: Axes, place: int, rows: int) -> Axes:
    """The small panel at a place of the grid."""
    row, column = divmod(place, ACROSS)
    width, height = 1 / ACROSS, 1 / rows
    inner = LEFT / (WIDTH / ACROSS)
    return grid.inset_axes(
        (
            (column + inner) * width,
            1 - (row + 1) * height + height * 0.18,
            width * (1 - inner - 0.02),
            height * CELL / (CELL + GAP),
        )
    )


def fan(axes: Axes, table: pd.DataFrame, days: Floats, *, label: bool = False) -> None:
    """A median with its band."""
    date_axis(axes, days)
    value_axis(axes, float(np.nanmax(table[f"{MEASURE}_high"].to_numpy(dtype=float))), 8)
    mine = day_numbers(table["month"])
    draw_band(axes, mine, table, MEASURE, 0)
    draw_line(axes, mine, floats(table[MEASURE]), 0, alone=True)
    if label:
        last = float(table[MEASURE].iloc[-1])
        end_labels(axes, [Label(f"{words.number(last)}\nhours", last, 0)])


def small(
    axes: Axes, table: pd.DataFrame, days: Floats, name: str, highest: float, *, last_row: bool
) -> None:
    """A provider's fan, with its name above it."""
    mine = day_numbers(table["month"])
    draw_band(axes, mine, table, MEASURE, 0)
    draw_line(axes, mine, floats(table[MEASURE]), 0, alone=True)
    axes.set_xlim(float(days.min()), float(days.max()))
    axes.set_ylim(0, highest)
    years = pd.to_datetime(days, unit="D")
    starts = [
        (float(day), when.year) for day, when in zip(days, years, strict=True) if when.month == 1
    ]
    axes.xaxis.set_major_locator(FixedLocator([day for day, _ in starts]))
    axes.set_xticklabels([str(year) if last_row else "" for _, year in starts], size=SMALL)
    step = words_step(highest)
    axes.yaxis.set_major_locator(FixedLocator([0.0, step, 2 * step]))
    axes.set_yticklabels([f"{value:,.0f}" for value in (0.0, step, 2 * step)], size=SMALL)
    axes.grid(visible=True, axis="y")
    short = name if len(name) <= 24 else f"{name[:23]}…"
    axes.set_title(short, loc="left", size=SMALL, color=INK, pad=2)


def words_step(highest: float) -> float:
    """A round step of which two fit below the highest value."""
    power = 10.0 ** np.floor(np.log10(max(highest, 1.0) / 2))
    return float(max(nice * power for nice in (1, 2, 2.5, 5) if nice * power <= highest / 2))


def title(table: pd.DataFrame) -> str:
    """What is shown, of when."""
    return f"Hours without care four weeks after a principal closed, {years_of(table['month'])}"


def years_of(months: pd.Series) -> str:
    """The first and the last year shown."""
    first, last = (pd.Timestamp(month).year for month in (months.min(), months.max()))
    return str(first) if first == last else f"{first} to {last}"


def bounds() -> tuple[str, str, str]:
    """The columns of a fan, from below."""
    return f"{MEASURE}_low", MEASURE, f"{MEASURE}_high"


def alt(table: pd.DataFrame, providers: Mapping[str, str]) -> str:
    """Alternative text."""
    last = table[table["month"] == table["month"].max()].set_index("provider")
    parts = [
        f"{name} {words.number(float(last.loc[code, MEASURE]))} "
        f"({words.number(float(last.loc[code, bounds()[0]]))} to "
        f"{words.number(float(last.loc[code, bounds()[2]]))})"
        for code, name in providers.items()
        if code in last.index
    ]
    return (
        f"{title(table)}. A line with a band for the county and for each of "
        f"{len(providers)} providers. In the last month, hours a week: {'; '.join(parts)}."
    )


def exceeded(
    table: pd.DataFrame, years: Sequence[int], provenance: Provenance, bands: str
) -> Chart:
    """How often more than so many hours a week would be left over, a line a year.

    ``table``: year, left_hours, share of closures (sets, principals and months alike) beyond it.
    """
    with house_style():
        sheet = Sheet(
            Heading(
                exceeded_title(years),
                "Share of closures (any principal, any month of the year, any plausible set) after "
                "which more than so many hours a week would be without care four weeks later.",
                provenance.footer(bands),
            ),
            [Panel("Share of closures", 150)],
            right=60,
        )
        axes = sheet.axes[0]
        axes.set_xlim(0, float(table[MEASURE].max()))
        value_axis(axes, 100.0, 4, "%")
        for look, year in enumerate(years):
            mine = table[table["year"] == year]
            x, y = floats(mine[MEASURE]), 100 * floats(mine["share"])
            style = LOOKS[look]
            axes.plot(
                x, y, color=style.colour, linestyle=style.line, linewidth=2.0, label=str(year)
            )
        # Curves that fall leave the upper right free; labels on the lines would hide others.
        axes.legend(loc="upper right", frameon=False, handlelength=3)
        axes.set_xlabel("Hours a week without care four weeks later")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    return Chart("left_over_exceeded", sheet.figure, table, exceeded_alt(table, years))


def beyond(table: pd.DataFrame, year: int, hours: float) -> float:
    """The share of a year's closures that leave more than so many hours."""
    mine = table[table["year"] == year]
    return float(np.interp(hours, floats(mine[MEASURE]), floats(mine["share"])))


MUCH = 500.0


def exceeded_title(years: Sequence[int]) -> str:
    """What is shown, of when."""
    return f"How many hours a principal's closure would leave without care, {spoken(years)}"


def spoken(years: Sequence[int]) -> str:
    """Years in words: 2024, 2027 and 2029."""
    *first, last = (str(year) for year in years)
    return f"{', '.join(first)} and {last}" if first else last


def exceeded_alt(table: pd.DataFrame, years: Sequence[int]) -> str:
    """Alternative text."""
    sizes = (100.0, MUCH, 1000.0)
    parts = [
        f"{year}: "
        + ", ".join(f"{100 * beyond(table, year, s):.0f}% more than {s:,.0f} hours" for s in sizes)
        for year in years
    ]
    return f"Falling curves, one a year. {'; '.join(parts)}. {exceeded_title(years)}."
