"""Chart: what the model gives against the tolerance of each published figure, one row a figure."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.charts.chart import Chart, Provenance
from experiments.charts.key import Entry
from experiments.charts.paging import chunks, numbered, part_of, room_left
from experiments.charts.sheet import Heading, Panel, Sheet, height_of
from experiments.charts.style import BLUE, FAINT, INK, PINK, TEXT_SIZE, house_style
from experiments.charts.text import tall, wrap
from experiments.fit.verdicts import FitLine, fails, shown, tally
from experiments.words.sentences import capital

ROW_GAP = 3.0
BEYOND = 0.75
"""How far the chart shows what lies outside a tolerance, in widths of it."""
LEFT, RIGHT = 206.0, 112.0
GROUPS = (("must_hold", "Must hold"), ("watch", "Watched: may fail"))
KEY = [
    Entry("Tolerance of the published figure, drawn equally wide for all", "0.88", INK),
    Entry("Published figure", INK, INK, wide=1.2),
    Entry("Holds: model's mean", BLUE, BLUE, mark="o"),
    Entry("Inconclusive", "white", BLUE, mark="o"),
    Entry("Fails", PINK, PINK, mark="D"),
    Entry("Outside the chart", "white", INK, mark=">"),
    Entry("95% interval of the mean", BLUE, BLUE, high=1.6),
]


def fit_chart(table: Sequence[FitLine], provenance: Provenance) -> list[Chart]:
    """A dot with its interval on each figure's own tolerance, which is drawn equally wide.

    As many pages as the figures need.
    """
    ordered = [(words, line) for role, words in GROUPS for line in table if line.row.role == role]
    heading = Heading(
        title(table),
        "The model's mean against the tolerance of each published figure. Left, in brackets: "
        "how certain the figure is. Right: the model's mean, in bold if it fails.",
        provenance.footer("a figure fails if the 99% interval lies wholly outside the band"),
    )
    charts = []
    with house_style():
        captions = 3 * height_of(Panel("Must hold", 6, 8))
        room = room_left(part_of(heading, 8, 9), [], KEY) - captions
        parts = chunks([row_height(line) for _, line in ordered], room)
        for page, part in enumerate(parts):
            groups = grouped(ordered[part])
            panels = [
                Panel(words, fsum(map(row_height, lines)) + 6, 8) for words, lines in groups.items()
            ]
            above = part_of(heading, page, len(parts))
            sheet = Sheet(above, panels, left=LEFT, right=RIGHT, key=KEY)
            for axes, lines in zip(sheet.axes, groups.values(), strict=True):
                draw(axes, lines)
            lines = [line for _, line in ordered[part]]
            code = numbered("fit", page, len(parts))
            charts.append(Chart(code, sheet.figure, data(lines), alt(lines)))
    return charts


def grouped(ordered: Sequence[tuple[str, FitLine]]) -> dict[str, list[FitLine]]:
    """Figures by their group, in order."""
    found: dict[str, list[FitLine]] = {}
    for words, line in ordered:
        found.setdefault(words, []).append(line)
    return found


def name_lines(line: FitLine) -> list[str]:
    """What stands left of a row."""
    return wrap(f"{capital(line.row.meaning)} ({line.row.sure})", LEFT - 14, TEXT_SIZE)


def amount_lines(line: FitLine) -> list[str]:
    """What stands right of a row."""
    return wrap(amount(line), RIGHT - 10, TEXT_SIZE, "bold")


def row_height(line: FitLine) -> float:
    """The room of a row, in points."""
    return max(tall(name_lines(line), TEXT_SIZE), tall(amount_lines(line), TEXT_SIZE)) + ROW_GAP


def title(table: Sequence[FitLine]) -> str:
    """What the chart finds."""
    must = [line for line in table if line.row.role == "must_hold"]
    watched = [line for line in table if line.row.role == "watch"]
    held = sum(line.verdict == "holds" for line in must)
    unknown = len(must) - held - len(fails(table))
    text = f"Required figures: {held} hold, {len(fails(table))} fail"
    text += f", {unknown} inconclusive" if unknown else ""
    wrong = sum(line.verdict == "fails" for line in watched)
    return f"{text}; watched: {wrong} of {len(watched)} fail" if watched else text


def place(line: FitLine, value: float) -> float:
    """A value on the common scale: 0 and 1 are the ends of the tolerance."""
    return (value - line.row.low) / (line.row.high - line.row.low)


def draw(axes: Axes, lines: Sequence[FitLine]) -> None:
    """One group of figures."""
    edges = np.cumsum([0.0, *(row_height(line) for line in lines)])
    axes.set_xlim(-BEYOND - 0.06, 1 + BEYOND + 0.06)
    axes.set_ylim(edges[-1] + 3, -3)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.axvspan(0, 1, facecolor="0.88", edgecolor=INK, linewidth=0.8, zorder=0)
    for at, line in zip((edges[1:] + edges[:-1]) / 2, lines, strict=True):
        label(axes, float(at), line)
        draw_row(axes, float(at), line)


def label(axes: Axes, at: float, line: FitLine) -> None:
    """What stands left and right of a row."""
    bold = "bold" if line.verdict == "fails" else "normal"
    first, last = axes.get_xlim()
    for lines, x, away, side, weight in (
        (name_lines(line), first, -6, "right", "normal"),
        (amount_lines(line), last, 6, "left", bold),
    ):
        axes.annotate(
            "\n".join(lines),
            (x, at),
            (away, 0),
            textcoords="offset points",
            ha=side,
            va="center",
            size=TEXT_SIZE,
            weight=weight,
            linespacing=1.1,
            annotation_clip=False,
        )


def amount(line: FitLine) -> str:
    """The model's mean with its unit."""
    if np.isnan(line.model.mean):
        return line.verdict
    unit = line.row.unit
    return f"{shown(line.row, line.model.mean)}{'' if unit.startswith('%') else ' '}{unit}"


def draw_row(axes: Axes, at: float, line: FitLine) -> None:
    """Published figure, mean and interval; a triangle where they lie outside the chart."""
    published = place(line, line.row.published)
    axes.plot([published, published], [at - 5, at + 5], color=INK, linewidth=1, zorder=2)
    if np.isnan(line.model.mean):
        return
    x = place(line, line.model.mean)
    colour = PINK if line.verdict == "fails" else BLUE
    face = colour if line.verdict != "cannot tell" else "white"
    if not -BEYOND <= x <= 1 + BEYOND:
        end, marker = (-BEYOND, "<") if x < 0 else (1 + BEYOND, ">")
        axes.plot(
            [end], [at], marker=marker, color=colour, markersize=6, markerfacecolor=face, zorder=4
        )
        return
    if not np.isnan(line.model.low_95):
        ends = [
            float(np.clip(place(line, value), -BEYOND, 1 + BEYOND))
            for value in (line.model.low_95, line.model.high_95)
        ]
        axes.plot(ends, [at, at], color=colour, linewidth=1.6, zorder=3, solid_capstyle="butt")
    marker = "D" if line.verdict == "fails" else "o"
    axes.plot([x], [at], marker=marker, color=colour, markersize=5, markerfacecolor=face, zorder=4)
    axes.plot([-BEYOND, 1 + BEYOND], [at, at], color=FAINT, linewidth=0.3, zorder=1)


def data(table: Sequence[FitLine]) -> pd.DataFrame:
    """The numbers plotted."""
    return pd.DataFrame(
        [
            {
                "code": line.row.code,
                "meaning": line.row.meaning,
                "unit": line.row.unit,
                "sure": line.row.sure,
                "role": line.row.role,
                "published": line.row.published,
                "tolerance_low": line.row.low,
                "tolerance_high": line.row.high,
                "mean": line.model.mean,
                "low_95": line.model.low_95,
                "high_95": line.model.high_95,
                "verdict": line.verdict,
            }
            for line in table
        ]
    )


def alt(table: Sequence[FitLine]) -> str:
    """Alternative text."""
    told = []
    for role, words in GROUPS:
        part = [line for line in table if line.row.role == role]
        wrong = [line.row.meaning for line in part if line.verdict == "fails"]
        if part:
            failing = f" Failing: {'; '.join(wrong)}." if wrong else ""
            told.append(f"{words}: {tally(part)}.{failing}")
    return (
        f"Dot chart of {len(table)} published figures, each with its tolerance as a band and the "
        f"model's mean with its 95% interval. {title(table)}. {' '.join(told)}"
    )
