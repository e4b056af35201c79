"""Chart: what an outcome hangs on, a bar a parameter, a panel an outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator

from experiments.charts.chart import Chart
from experiments.charts.sheet import Heading, Panel, Sheet, text_width
from experiments.charts.style import BLUE, FAINT, INK, TEXT_SIZE, house_style
from experiments.words.sentences import spoken

MOST_BARS = 12
MOST_PANELS = 4
ROW = 17.0
NAME_SIZE = 8.5
SCALES = {
    "mu_star": "mean absolute effect over its whole range, unit of the outcome",
    "total": "share of the variance that would go if it were known",
    "rank_correlation": "rank correlation over the draws",
}

PARTS = {"mu_star": "trajectories", "total": "rows of draws", "rank_correlation": "draws"}


def tornado(
    table: pd.DataFrame, outcomes: Sequence[str], meanings: Mapping[str, str], footer: str
) -> Chart | None:
    """``table``: the table of sensitivity; the last scenario's difference, or its value if alone.

    None if no index is known.
    """
    panels = [
        (outcome, rows)
        for outcome in outcomes[:MOST_PANELS]
        if not (rows := shown(table, outcome)).empty
    ]
    if not panels:
        return None
    measure = str(panels[0][1]["measure"].iloc[0])
    heading = Heading(title(panels), f"Bars: {SCALES[measure]}. {marks(panels)}", footer)
    with house_style():
        names = [name for _, rows in panels for name in rows["parameter"]]
        left = 18 + max(text_width(str(name), NAME_SIZE) for name in names)
        sheet = Sheet(
            heading,
            [Panel(caption(o, rows, meanings), ROW * len(rows) + 6) for o, rows in panels],
            left=min(left, 260),
            right=24,
        )
        for axes, (_, rows) in zip(sheet.axes, panels, strict=True):
            draw(axes, rows)
    data = pd.concat([rows for _, rows in panels], ignore_index=True)
    return Chart("tornado", sheet.figure, data, alt(panels))


def marks(panels: Sequence[tuple[str, pd.DataFrame]]) -> str:
    """What the marks mean that are there."""
    rows = pd.concat([rows for _, rows in panels])
    parts = ["Pale and hatched: cannot be distinguished from chance."]
    if np.isfinite(rows["floor"]).any():
        parts.append("Line: what chance alone would exceed once in twenty.")
    if np.isfinite(rows["index_low"]).any():
        parts.append(f"Whiskers: 95% intervals over {PARTS[str(rows['measure'].iloc[0])]}.")
    return " ".join(parts)


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
    words = meanings.get(outcome, outcome)
    words = words if len(words) <= 64 else spoken(outcome)
    return f"{words[:1].upper()}{words[1:]} ({which})"


def draw(axes: Axes, rows: pd.DataFrame) -> None:
    """Bars from zero, the longest on top."""
    places = np.arange(len(rows))[::-1]
    for place, row in zip(places, rows.to_dict("records"), strict=True):
        sure = row["stands_out"] == "yes"
        axes.barh(
            [place],
            [length(row)],
            height=0.62,
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
                axes.plot([side * floor] * 2, [place - 0.45, place + 0.45], color=FAINT, zorder=3)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.yaxis.set_major_locator(FixedLocator([float(place) for place in places]))
    axes.set_yticklabels(list(rows["parameter"]), size=NAME_SIZE)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.tick_params(axis="x", labelsize=TEXT_SIZE)


def length(row: Mapping[Any, Any]) -> float:
    """How long a bar is: a share of variance lies between 0 and 1, though its estimate may not."""
    index = float(row["index"])
    return min(1.0, max(0.0, index)) if row["measure"] == "total" else index


def title(panels: Sequence[tuple[str, pd.DataFrame]]) -> str:
    """What the first outcome hangs on."""
    outcome, rows = panels[0]
    sure = rows[rows["stands_out"] == "yes"]["parameter"].tolist()
    words = spoken(outcome).capitalize()
    if not sure:
        return f"{words}: nothing that was varied moves it beyond chance"
    rest = f", then on {sure[1]}" if len(sure) > 1 else ""
    return f"{words} hangs most on {sure[0]}{rest}"


def alt(panels: Sequence[tuple[str, pd.DataFrame]]) -> str:
    """Alternative text: every bar."""
    told = [
        f"{spoken(outcome)}: "
        + "; ".join(
            f"{row['parameter']} {length(row):.3g}"
            + ("" if row["stands_out"] == "yes" else " (cannot be distinguished from chance)")
            for row in rows.to_dict("records")
        )
        for outcome, rows in panels
    ]
    return f"Bar chart in {len(panels)} panels. {title(panels)}. {'. '.join(told)}."
