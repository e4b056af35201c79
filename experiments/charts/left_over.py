"""Charts of hours without care if a principal closed: fans month by month, exceedance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from experiments.charts.chart import Chart, Provenance
from experiments.charts.key import Entry, band_entry
from experiments.charts.paging import numbered, pages, part_of
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
    figure_of,
    size_in_points,
    value_axis,
)
from experiments.charts.style import INK, TEXT_SIZE, WIDTH, house_style
from experiments.charts.text import tall, text_width, wrap
from experiments.charts.ticks import number_axis, ticks_with_room
from experiments.charts.weeks import day_numbers, floats
from experiments.words import sentences as words
from sim.outcomes.histories import Floats

MEASURE = "left_hours"
COUNTY = "county"
ACROSS = 3
CELL = 58.0
NAME_GAP = 4.0
LEFT, BETWEEN_CELLS = 44.0, 10.0
COUNTY_HEIGHT = 110.0
WIDE = (WIDTH - 2 * MARGIN) / ACROSS
MOST_YEARS = 4
BAND_WORDS = "band: nine out of ten plausible sets of parameters; line: their median"

OF_COUNTY = "Mean over the principal providers of each month; more join over the years"


def left_over(
    table: pd.DataFrame, providers: Mapping[str, str], provenance: Provenance, bands: str
) -> list[Chart]:
    """A fan for the county, and one for every principal provider, on as many pages as they need.

    ``table``: provider (``county``: mean over the principals there are), month, left_hours with low
    and high; ``providers``: names by code, in the order shown.
    """
    heading = Heading(
        title(table),
        "Estimated hours a week without care four weeks after a principal provider closes "
        "everywhere on the first of the month. A line begins when the provider has a contract. "
        "All panels have one scale.",
        provenance.footer(bands),
    )
    key = [band_entry(BAND_WORDS)]
    days = day_numbers(table["month"].drop_duplicates().sort_values())
    highest = upper_end(table[table["provider"] != COUNTY])
    told = alt(table, providers)
    charts = []
    with house_style():
        rows = rows_of(providers)
        panels = [Panel(OF_COUNTY, COUNTY_HEIGHT), *(row_panel(r) for r in rows)]
        parts = pages(heading, panels, key)
        for page, part in enumerate(parts):
            above = part_of(heading, page, len(parts))
            sheet = Sheet(above, panels[part], left=LEFT + MARGIN, right=MARGIN + 70, key=key)
            shown = [None, *rows][part]
            for axes, row in zip(sheet.axes, shown, strict=True):
                if row is None:
                    fan(axes, table[table["provider"] == COUNTY], days)
                else:
                    draw_row(axes, row, table, days, highest)
            codes = [code for row in shown for code in (row or {COUNTY: ""})]
            data = table[table["provider"].isin(codes)].reset_index(drop=True)
            charts.append(Chart(numbered("left_over", page, len(parts)), sheet.figure, data, told))
    return charts


def rows_of(providers: Mapping[str, str]) -> list[dict[str, str]]:
    """Providers three by three."""
    codes = list(providers)
    return [
        {code: providers[code] for code in codes[start : start + ACROSS]}
        for start in range(0, len(codes), ACROSS)
    ]


def name_lines(name: str) -> list[str]:
    """A provider's name in lines as wide as its panel."""
    return wrap(name, WIDE - LEFT, TEXT_SIZE)


def row_panel(row: Mapping[str, str]) -> Panel:
    """A row of providers: their names above their panels, the years below."""
    above = max(tall(name_lines(name), TEXT_SIZE) for name in row.values())
    return Panel("", above + NAME_GAP + CELL, 22)


def draw_row(
    axes: Axes, row: Mapping[str, str], table: pd.DataFrame, days: Floats, highest: float
) -> None:
    """The fans of a row of providers."""
    axes.axis("off")
    box, figure = axes.get_position(), figure_of(axes)
    high = row_panel(row).height
    for column, (code, name) in enumerate(row.items()):
        left = MARGIN + column * WIDE + LEFT
        place = (
            left / WIDTH,
            box.y0,
            (WIDE - LEFT - BETWEEN_CELLS) / WIDTH,
            box.height * CELL / high,
        )
        small(figure.add_axes(place), table[table["provider"] == code], days, name, highest)


def upper_end(table: pd.DataFrame) -> float:
    """The upper end of all bands; 0 if there is none."""
    ends = table[f"{MEASURE}_high"].to_numpy(dtype=float)
    return float(ends[np.isfinite(ends)].max(initial=0.0))


def fan(axes: Axes, table: pd.DataFrame, days: Floats) -> None:
    """The county's median with its band."""
    date_axis(axes, days)
    value_axis(axes, upper_end(table), 8)
    mine = day_numbers(table["month"])
    draw_band(axes, mine, table, MEASURE, 0)
    draw_line(axes, mine, floats(table[MEASURE]), 0, alone=True)
    last = float(table[MEASURE].iloc[-1])
    end_labels(axes, [Label(f"{words.number(last)}\nhours", last, 0)])


def small(axes: Axes, table: pd.DataFrame, days: Floats, name: str, highest: float) -> None:
    """A provider's fan, with its name above it."""
    mine = day_numbers(table["month"])
    draw_band(axes, mine, table, MEASURE, 0)
    draw_line(axes, mine, floats(table[MEASURE]), 0, alone=True)
    last = float(days.max())
    axes.set_xlim(float(days.min()), last if last > days.min() else last + 30)
    axes.set_ylim(0, highest if highest > 0 else 1.0)
    ticks, labels = few_years(axes, days)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.set_xticklabels(labels, size=TEXT_SIZE)
    step = words_step(highest)
    number_axis(axes.yaxis, [0.0, step, 2 * step])
    axes.grid(visible=True, axis="y")
    lines = "\n".join(name_lines(name))
    axes.annotate(
        lines, (0, 1), (0, NAME_GAP - 1), xycoords="axes fraction", textcoords="offset points",
        ha="left", va="bottom", size=TEXT_SIZE, linespacing=1.1, color=INK,
    )  # fmt: skip


def few_years(axes: Axes, days: Floats) -> tuple[list[float], list[str]]:
    """Ticks at Januaries whose years do not touch; the first month if there is none."""
    when = pd.to_datetime(days, unit="D")
    starts = [(float(day), one.year) for day, one in zip(days, when, strict=True) if one.month == 1]
    if not starts:
        return [float(days[0])], [f"{words.MONTHS[when[0].month - 1][:3]} {when[0].year}"]
    first, last = axes.get_xlim()
    apart = (text_width("2026", TEXT_SIZE) + 5) / (WIDE - LEFT - BETWEEN_CELLS) * (last - first)
    step = next(n for n in range(1, 1000) if n * 365 >= apart)
    kept = [(day, year) for at, (day, year) in enumerate(starts) if at % step == 0]
    return [day for day, _ in kept], [str(year) for _, year in kept]


def words_step(highest: float) -> float:
    """A round step of which two fit below the highest value."""
    power = 10.0 ** np.floor(np.log10(max(highest, 1.0) / 2))
    return float(max(nice * power for nice in (1, 2, 2.5, 5) if nice * power <= highest / 2))


def title(table: pd.DataFrame) -> str:
    """What is shown, of when."""
    return (
        "Hours without care four weeks after a principal provider closed, "
        f"{years_of(table['month'])}"
    )


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
        f"{words.count(len(providers), 'provider')}. In the last month, hours a week: "
        f"{'; '.join(parts)}."
    )


def exceeded(
    table: pd.DataFrame, years: Sequence[int], provenance: Provenance, bands: str
) -> Chart:
    """How often more than so many hours a week would be left over, a line a year.

    ``table``: year, left_hours, share of closures (sets, principals and months alike) beyond it.
    """
    key = [Entry(str(year), line=look) for look, year in enumerate(years[:MOST_YEARS])]
    with house_style():
        sheet = Sheet(
            Heading(
                exceeded_title(years),
                "Share of closures (in any month and any plausible set) whose hours a week "
                f"without care four weeks later are beyond each value. {of_the_same(table)} One "
                "line for each of some years.",
                provenance.footer(bands),
            ),
            [Panel("Share of closures", 150, 44)],
            right=30,
            key=key,
        )
        axes = sheet.axes[0]
        end = float(table[MEASURE].max())
        axes.set_xlim(0, end if end > 0 else 1.0)
        value_axis(axes, 100.0, 4, "%")
        number_axis(axes.xaxis, ticks_with_room(*axes.get_xlim(), size_in_points(axes)[0]))
        for look, year in enumerate(years[:MOST_YEARS]):
            mine = table[table["year"] == year]
            draw_line(axes, floats(mine[MEASURE]), 100 * floats(mine["share"]), look)
        axes.set_xlabel("Hours a week without care four weeks later", size=TEXT_SIZE, color=INK)
    return Chart("left_over_exceeded", sheet.figure, table, exceeded_alt(table, years))


def of_the_same(table: pd.DataFrame) -> str:
    """Over which principals years are compared."""
    many = words.count(int(table["providers"].iloc[0]), "principal provider")
    return f"The same {many} in every year, so that years can be compared."


def beyond(table: pd.DataFrame, year: int, hours: float) -> float:
    """The share of a year's closures that leave more than so many hours."""
    mine = table[table["year"] == year]
    return float(np.interp(hours, floats(mine[MEASURE]), floats(mine["share"])))


MUCH = 500.0


def exceeded_title(years: Sequence[int]) -> str:
    """What is shown, of when."""
    return f"Hours that a principal provider's closure would leave without care, {spoken(years)}"


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
    said = f"{'; '.join(parts)}. {of_the_same(table)} {exceeded_title(years)}."
    return f"Falling curves, one for each year. {said}"
