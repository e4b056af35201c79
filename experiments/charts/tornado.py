"""Chart: what an outcome hangs on, a bar a parameter, a panel an outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from experiments.charts.chart import Chart
from experiments.charts.key import Entry
from experiments.charts.paging import numbered, pages, part_of
from experiments.charts.sheet import Heading, Panel, Sheet, size_in_points
from experiments.charts.style import BLUE, FAINT, INK, TEXT_SIZE, house_style
from experiments.charts.text import tall, widest, wrap
from experiments.charts.ticks import number_axis, ticks_with_room
from experiments.words.sentences import capital, count, spoken

MOST_BARS = 12
MOST_PANELS = 4
ROW_GAP = 5.0
NAME_ROOM = 190.0
TICKS_ROW = 26.0
SCALES = {
    "mu_star": "mean absolute effect over its whole range, unit of the outcome",
    "total": "share of the variance that would disappear if it were known",
    "rank_correlation": "rank correlation over the draws",
}
SURE = Entry("Stands out from chance", BLUE, BLUE)
UNSURE = Entry("Cannot be distinguished from chance", "#FFFFFF", BLUE, "////")

Names = Mapping[str, str]

PARTS = {"mu_star": "trajectories", "total": "rows of draws", "rank_correlation": "draws"}


def tornado(
    table: pd.DataFrame,
    outcomes: Sequence[str],
    meanings: Mapping[str, str],
    footer: str,
    *,
    names: Names | None = None,
) -> list[Chart]:
    """``table``: the table of sensitivity; the last scenario's difference, or its value if alone.

    ``names``: what parameters mean, by their paths. No chart if no index is known.
    """
    found = [
        (outcome, rows)
        for outcome in outcomes[:MOST_PANELS]
        if not (rows := shown(table, outcome)).empty
    ]
    if not found:
        return []
    called = names or {}
    measure = str(found[0][1]["measure"].iloc[0])
    key = key_of(found)
    heading = Heading(title(found, meanings, called), f"Bars: {SCALES[measure]}.", footer)
    charts = []
    with house_style():
        panels = [panel(outcome, rows, meanings, called) for outcome, rows in found]
        lines = [line for _, rows in found for path in rows["parameter"]
                 for line in lines_of(str(path), called)]  # fmt: skip
        parts = pages(heading, panels, key)
        for page, part in enumerate(parts):
            above = part_of(heading, page, len(parts))
            left = 18 + widest(lines, TEXT_SIZE)
            sheet = Sheet(above, panels[part], left=left, right=24, key=key)
            for axes, (_, rows) in zip(sheet.axes, found[part], strict=True):
                draw(axes, rows, called)
            data = pd.concat([rows for _, rows in found[part]], ignore_index=True)
            code = numbered("tornado", page, len(parts))
            words = alt(found[part], meanings, called)
            charts.append(Chart(code, sheet.figure, data, words))
    return charts


def name_of(path: str, names: Names) -> str:
    """What a parameter is called: as it is declared, otherwise its path in words."""
    return names.get(path) or capital(spoken(path.rpartition(".")[2]))


def lines_of(path: str, names: Names) -> list[str]:
    """A parameter's name in lines."""
    return wrap(name_of(path, names), NAME_ROOM, TEXT_SIZE)


def heights(rows: pd.DataFrame, names: Names) -> list[float]:
    """The room of each row, in points."""
    return [tall(lines_of(str(path), names), TEXT_SIZE) + ROW_GAP for path in rows["parameter"]]


def panel(outcome: str, rows: pd.DataFrame, meanings: Mapping[str, str], names: Names) -> Panel:
    """The room of a panel, with what it shows above it."""
    return Panel(caption(outcome, rows, meanings), fsum(heights(rows, names)), TICKS_ROW)


def key_of(panels: Sequence[tuple[str, pd.DataFrame]]) -> list[Entry]:
    """What the marks mean that are there."""
    rows = pd.concat([rows for _, rows in panels])
    sure = rows["stands_out"] == "yes"
    found = [SURE] if sure.any() else []
    found += [] if sure.all() else [UNSURE]
    if np.isfinite(rows["floor"]).any():
        found.append(
            Entry("Chance alone goes beyond this once in twenty times", FAINT, FAINT, wide=1.5)
        )
    if np.isfinite(rows["index_low"]).any():
        over = f"95% interval over {PARTS[str(rows['measure'].iloc[0])]}"
        found.append(Entry(over, INK, INK, high=1.0))
    return found


def shown(table: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """The rows of one outcome, the strongest first."""
    mine: pd.DataFrame = table[(table["outcome"] == outcome) & np.isfinite(table["index"])]
    if mine.empty:
        return mine
    last = mine.iloc[-1]
    mine = mine[(mine["scenario"] == last["scenario"]) & (mine["of"] == last["of"])]
    order = mine["index"].abs().sort_values(ascending=False, kind="stable").index
    strongest: pd.DataFrame = mine.loc[order][:MOST_BARS]
    return strongest


def caption(outcome: str, rows: pd.DataFrame, meanings: Mapping[str, str]) -> str:
    """What a panel shows."""
    first = rows.iloc[0]
    which = (
        f"difference of {spoken(str(first['scenario']))}"
        if first["of"] == "difference"
        else spoken(str(first["scenario"]))
    )
    return f"{capital(meanings.get(outcome, spoken(outcome)))} ({which})"


def draw(axes: Axes, rows: pd.DataFrame, names: Names) -> None:
    """Bars from zero, the longest on top."""
    edges = np.cumsum([0.0, *heights(rows, names)])
    middles = (edges[1:] + edges[:-1]) / 2
    for place, row in zip(middles, rows.to_dict("records"), strict=True):
        sure = row["stands_out"] == "yes"
        axes.barh(
            [place],
            [length(row)],
            height=9.0,
            color=BLUE if sure else "#FFFFFF",
            edgecolor=BLUE,
            hatch=None if sure else "////",
            linewidth=0.8,
            zorder=2,
        )
        ends = [row["index_low"], row["index_high"]]
        if np.isfinite(ends).all():
            axes.plot(ends, [place, place], color=INK, linewidth=1.0, zorder=4)
        floor = row["floor"]
        if np.isfinite(floor):
            for side in (-1, 1) if row["measure"] == "rank_correlation" else (1,):
                axes.plot([side * floor] * 2, [place - 6, place + 6], color=FAINT, zorder=3)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_ylim(edges[-1], 0)
    axes.yaxis.set_major_locator(FixedLocator(list(middles)))
    lines = [lines_of(str(path), names) for path in rows["parameter"]]
    axes.set_yticklabels(["\n".join(one) for one in lines], size=TEXT_SIZE)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    wide = size_in_points(axes)[0]
    number_axis(axes.xaxis, ticks_with_room(*axes.get_xlim(), wide))
    axes.tick_params(axis="x", labelsize=TEXT_SIZE)


def length(row: Mapping[Any, Any]) -> float:
    """How long a bar is: a share of variance lies between 0 and 1, though its estimate may not."""
    index = float(row["index"])
    return min(1.0, max(0.0, index)) if row["measure"] == "total" else index


def title(
    panels: Sequence[tuple[str, pd.DataFrame]], meanings: Mapping[str, str], names: Names
) -> str:
    """What the first outcome hangs on."""
    outcome, rows = panels[0]
    sure = [name_of(str(path), names) for path in rows[rows["stands_out"] == "yes"]["parameter"]]
    words = capital(meanings.get(outcome, spoken(outcome)))
    if not sure:
        return f"No varied parameter moves it beyond chance; measure: {words}"
    rest = f", then by: {sure[1]}" if len(sure) > 1 else ""
    return f"Moved most by: {sure[0]}; measure: {words}{rest}"


def alt(
    panels: Sequence[tuple[str, pd.DataFrame]], meanings: Mapping[str, str], names: Names
) -> str:
    """Alternative text: every bar."""
    told = [
        f"{capital(meanings.get(outcome, spoken(outcome)))}: "
        + "; ".join(
            f"{name_of(str(row['parameter']), names)} {length(row):.3g}".replace("-", "−")
            + ("" if row["stands_out"] == "yes" else " (cannot be distinguished from chance)")
            for row in rows.to_dict("records")
        )
        for outcome, rows in panels
    ]
    many = count(len(panels), "panel")
    return f"Bar chart in {many}. {title(panels, meanings, names)}. {'. '.join(told)}."
