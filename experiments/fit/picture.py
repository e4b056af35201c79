"""Chart: what the model gives against the tolerance of each published figure, one row a figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.charts.chart import Chart, Provenance
from experiments.charts.sheet import Heading, Panel, Sheet, text_width, wrap
from experiments.charts.style import BLUE, FAINT, INK, PINK, TEXT_SIZE, house_style
from experiments.fit.verdicts import FitLine, fails, shown, tally

ROW = 13.0
BEYOND = 0.75
"""How far the chart shows what lies outside a tolerance, in widths of it."""
LEFT, RIGHT = 206.0, 98.0
GROUPS = (("must_hold", "Must hold"), ("watch", "Watched: may fail"))


def fit_chart(table: Sequence[FitLine], provenance: Provenance) -> Chart:
    """A dot with its interval on each figure's own tolerance, which is drawn equally wide."""
    groups = [(words, [line for line in table if line.row.role == role]) for role, words in GROUPS]
    groups = [(words, lines) for words, lines in groups if lines]
    heading = Heading(
        title(table),
        "Dot: mean of the model, with its 95% interval. Grey band: the tolerance of each published "
        "figure, drawn equally wide for all; upright line: the figure itself. Filled dot: holds; "
        "open dot: cannot tell; diamond: fails. A triangle, open or filled alike, lies further out "
        "than the chart shows. Left, in brackets: how sure the published figure is. Right: the "
        "model's mean, bold where it fails.",
        provenance.footer("a figure fails where the 99% interval lies wholly outside the band"),
    )
    with house_style():
        panels = [Panel(words, ROW * len(lines) + 6, 8) for words, lines in groups]
        sheet = Sheet(heading, panels, left=LEFT, right=RIGHT)
        for axes, (_, lines) in zip(sheet.axes, groups, strict=True):
            draw(axes, lines)
    ordered = [line for _, lines in groups for line in lines]
    return Chart("fit", sheet.figure, data(ordered), alt(ordered))


def title(table: Sequence[FitLine]) -> str:
    """What the chart finds."""
    must = [line for line in table if line.row.role == "must_hold"]
    watched = [line for line in table if line.row.role == "watch"]
    held = sum(line.verdict == "holds" for line in must)
    unknown = len(must) - held - len(fails(table))
    text = f"Required figures: {held} hold, {len(fails(table))} fail"
    text += f", {unknown} cannot be told" if unknown else ""
    wrong = sum(line.verdict == "fails" for line in watched)
    return f"{text}; watched: {wrong} of {len(watched)} fail" if watched else text


def place(line: FitLine, value: float) -> float:
    """A value on the common scale: 0 and 1 are the ends of the tolerance."""
    return (value - line.row.low) / (line.row.high - line.row.low)


def draw(axes: Axes, lines: Sequence[FitLine]) -> None:
    """One group of figures."""
    axes.set_xlim(-BEYOND - 0.06, 1 + BEYOND + 0.06)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.axvspan(0, 1, color="0.88", linewidth=0, zorder=0)
    for at, line in enumerate(lines):
        label(axes, at, line)
        draw_row(axes, at, line)


def label(axes: Axes, at: int, line: FitLine) -> None:
    """What stands left and right of a row."""
    text = line.row.meaning[:1].upper() + line.row.meaning[1:]
    sure = f" ({line.row.sure})"
    axes.annotate(
        fitting(text, LEFT - 14 - text_width(sure, TEXT_SIZE - 1)) + sure,
        (axes.get_xlim()[0], at),
        (-6, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        size=TEXT_SIZE - 1,
        annotation_clip=False,
    )
    axes.annotate(
        amount(line),
        (axes.get_xlim()[1], at),
        (6, 0),
        textcoords="offset points",
        ha="left",
        va="center",
        size=TEXT_SIZE - 1,
        weight="bold" if line.verdict == "fails" else "normal",
        annotation_clip=False,
    )


def amount(line: FitLine) -> str:
    """The model's mean with its unit."""
    if np.isnan(line.model.mean):
        return line.verdict
    return f"{shown(line.row, line.model.mean)} {line.row.unit}"


def fitting(text: str, room: float) -> str:
    """A label cut to the room it has."""
    lines = wrap(text, room, TEXT_SIZE - 1)
    if len(lines) == 1:
        return text
    kept = lines[0]
    while text_width(kept + "…", TEXT_SIZE - 1) > room:
        kept = kept[:-1]
    return kept.rstrip(", ") + "…"


def draw_row(axes: Axes, at: int, line: FitLine) -> None:
    """Published figure, mean and interval; a triangle where they lie outside the chart."""
    published = place(line, line.row.published)
    axes.plot([published, published], [at - 0.34, at + 0.34], color=INK, linewidth=1, zorder=2)
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
