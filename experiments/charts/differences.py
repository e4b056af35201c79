"""Chart: how scenarios differ from the first one, a panel an outcome, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from experiments.charts.chart import Chart
from experiments.charts.sheet import Heading, Panel, Sheet, text_width, wrap
from experiments.charts.style import BLUE, FAINT, INK, TEXT_SIZE, house_style
from experiments.statistics.claims import Finding
from experiments.words import claims
from experiments.words.amounts import Row, amount, between, rows_of, unit_of
from experiments.words.sentences import spoken
from sim.outcomes.declaration import Outcome

MOST_PANELS = 6
ROW = 19.0
ROOM = 8.0
BELOW = 30.0
MOST_LETTERS = 88
MOST_NAME = 112.0
MOST_WORDS = 15
"""Words of a title."""
Findings = Mapping[tuple[str, str], Finding]
"""What may be claimed, by scenario and outcome."""


@dataclass(frozen=True)
class OutcomeRows:
    """One panel: an outcome, and the difference of each scenario that has it."""

    outcome: Outcome
    rows: dict[str, Row]


def differences(
    frame: pd.DataFrame,
    outcomes: Sequence[Outcome],
    scenarios: Sequence[str],
    footer: str,
    findings: Findings | None = None,
) -> Chart:
    """Dots and bars of every scenario's difference from the first of ``scenarios``.

    ``frame`` is the table of differences; at most six outcomes are shown. ``findings``: what may be
    claimed of them, by scenario and outcome; without it, what their intervals allow.
    """
    base, *others = scenarios
    told = rows_of(frame)
    panels = [
        OutcomeRows(one, rows)
        for one in outcomes[:MOST_PANELS]
        if (rows := {name: told[name, one.name] for name in others if (name, one.name) in told})
    ]
    shown = {(name, one.outcome.name): row for one in panels for name, row in one.rows.items()}
    known = claims.of_rows(shown) if findings is None else findings
    sure = {key: known[key] for key in shown}
    few = len(outcomes) - min(len(outcomes), MOST_PANELS)
    left_out = f" {few} more outcomes stand in the table." if few else ""
    heading = Heading(
        title(panels, base, sure),
        f"Difference from {spoken(base)}, run by run with the same people, carers and shocks. "
        f"Bars: 95% intervals of the mean. Line at 0: no difference.{left_out}",
        footer,
    )
    with house_style():
        left, right = margins(panels)
        sheet = Sheet(heading, [panel(one) for one in panels], left=left, right=right)
        for axes, one in zip(sheet.axes, panels, strict=True):
            draw(axes, one)
    return Chart("differences", sheet.figure, table_of(panels, base), alt(panels, base, sure))


def panel(shown: OutcomeRows) -> Panel:
    """The room of a panel, with what it shows above it."""
    one = shown.outcome
    better = "" if one.better == "neither" else f"; {one.better} is better"
    tail = f" ({unit_of(one, difference=True)}{better})"
    short = spoken(one.name)
    words = one.meaning if len(one.meaning + tail) <= MOST_LETTERS else short
    return Panel(words[:1].upper() + words[1:] + tail, height(shown), BELOW)


def margins(panels: Sequence[OutcomeRows]) -> tuple[float, float]:
    """Room for the longest name and the longest numbers, in points."""
    names = [line for one in panels for name in one.rows for line in lines_of(name)]
    numbers = [text_of(row, one.outcome) for one in panels for row in one.rows.values()]

    def longest(texts: Sequence[str]) -> float:
        return max((text_width(text, TEXT_SIZE) for text in texts), default=60.0)

    return longest(names) + 20, longest(numbers) + 18


def lines_of(name: str) -> list[str]:
    """A scenario's name in short lines."""
    return wrap(spoken(name), MOST_NAME, TEXT_SIZE)


def height(shown: OutcomeRows) -> float:
    """A row a scenario, high enough for its name."""
    return row_height(shown) * len(shown.rows) + ROOM


def row_height(shown: OutcomeRows) -> float:
    """The room of one row, in points."""
    most = max(len(lines_of(name)) for name in shown.rows)
    return max(ROW, 1.25 * TEXT_SIZE * most + 3)


def draw(axes: Axes, shown: OutcomeRows) -> None:
    """Dots and bars, the first scenario on top, with the numbers beside them."""
    scale = 100.0 if shown.outcome.unit == "share" else 1.0
    names = list(shown.rows)
    places = np.arange(len(names))[::-1]
    # Zero is always on the axis: "no difference" is what every row is read against.
    ends = [0.0]
    for place, name in zip(places, names, strict=True):
        row = shown.rows[name]
        mean, low, high = (scale * value for value in (row.mean, row.low, row.high))
        ends += [value for value in (mean, low, high) if np.isfinite(value)]
        if np.isfinite(low):
            axes.plot([low, high], [place, place], color=BLUE, linewidth=2.2, zorder=3)
        axes.plot([mean], [place], marker="o", markersize=6, color=BLUE, zorder=4)
        axes.annotate(
            text_of(row, shown.outcome),
            (1, place),
            (8, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            color=INK,
            annotation_clip=False,
        )
    room = 0.06 * (max(ends) - min(ends) or 1.0)
    axes.set_xlim(min(ends) - room, max(ends) + room)
    edge = 0.5 + ROOM / row_height(shown) / 2
    axes.set_ylim(-edge, len(names) - 1 + edge)
    axes.axvline(0, color=FAINT, linewidth=1.0, zorder=2)
    axes.yaxis.set_major_locator(FixedLocator([float(place) for place in places]))
    axes.set_yticklabels(["\n".join(lines_of(name)) for name in names])
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=3, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(tick))
    axes.tick_params(axis="x", labelsize=TEXT_SIZE)


def tick(value: float, _: object) -> str:
    """A tick's label, with its sign."""
    text = f"{value:+,.10g}".replace("-", "−")
    return "0" if value == 0 else text


def text_of(row: Row, outcome: Outcome) -> str:
    """The numbers beside a row."""
    return between(row, outcome.unit, signed=True)


def title(panels: Sequence[OutcomeRows], base: str, findings: Findings) -> str:
    """What may be claimed of all that is shown: one difference by name, several by their number."""
    if not findings:
        return f"Nothing is known that differs from {spoken(base)}"
    sure = [key for key, finding in findings.items() if finding.claimed]
    if not sure:
        most = max(finding.interval.count for finding in findings.values())
        few = all(one.verdict in ("too few", "not known", "identical") for one in findings.values())
        if few and any(one.verdict == "too few" for one in findings.values()):
            return (
                f"Differences from {spoken(base)} {claims.futures(most)}: too few for a comparison"
            )
        return f"No difference from {spoken(base)} can be distinguished from chance"
    if len(sure) == 1:
        told = one_difference(panels, *sure[0], base, findings)
        if len(told.split()) <= MOST_WORDS:
            return told
    return f"{len(sure)} of {len(findings)} differences from {spoken(base)} are more than chance"


def one_difference(
    panels: Sequence[OutcomeRows], name: str, outcome: str, base: str, findings: Findings
) -> str:
    """For example: More newcomers: list people 22 people lower than as is."""
    shown = next(one for one in panels if one.outcome.name == outcome)
    size = amount(abs(shown.rows[name].mean), shown.outcome.unit)
    unit = unit_of(shown.outcome, difference=True)
    judged = claims.verdict(findings[name, outcome], "neither")
    return (
        f"{spoken(name).capitalize()}: {spoken(outcome)} {size} {unit} {judged} than {spoken(base)}"
    )


def table_of(panels: Sequence[OutcomeRows], base: str) -> pd.DataFrame:
    """The numbers plotted."""
    rows = [
        (one.outcome.name, one.outcome.unit, name, base, row.mean, row.low, row.high, row.count)
        for one in panels
        for name, row in one.rows.items()
    ]
    names = ["outcome", "unit", "scenario", "base", "mean", "low", "high", "replications"]
    return pd.DataFrame(rows, columns=names)


def alt(panels: Sequence[OutcomeRows], base: str, findings: Findings) -> str:
    """Alternative text: every number shown, and what may be said of it."""
    parts = [
        f"{spoken(one.outcome.name)} in {unit_of(one.outcome, difference=True)}: "
        + "; ".join(
            f"{spoken(name)} {text_of(row, one.outcome)}, "
            f"{claims.verdict(findings[name, one.outcome.name], one.outcome.better)}"
            for name, row in one.rows.items()
        )
        for one in panels
    ]
    first = next(iter(findings.values()), None)
    how = "" if first is None else f" {claims.family_words(first.comparisons, first.needed)}"
    return (
        f"Dots with bars in {len(panels)} panels: differences from {spoken(base)} with 95% "
        f"intervals of the mean. {'. '.join(parts)}. {title(panels, base, findings)}.{how}"
    )
