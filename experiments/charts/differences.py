"""Chart: how scenarios differ from the first one, a panel an outcome, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from experiments.charts.chart import Chart
from experiments.charts.key import Entry
from experiments.charts.paging import numbered, pages, part_of
from experiments.charts.sheet import Heading, Panel, Sheet, size_in_points
from experiments.charts.style import BLUE, FAINT, INK, TEXT_SIZE, house_style
from experiments.charts.text import widest, wrap
from experiments.charts.ticks import number_axis, ticks_with_room
from experiments.statistics.claims import Finding
from experiments.words import claims
from experiments.words.amounts import Row, amount, between, rows_of, unit_of, with_unit
from experiments.words.placebos import Rows, held_to_placebos, placebo_row
from experiments.words.sentences import capital, spoken
from experiments.words.sentences import count as counted
from sim.outcomes.declaration import Outcome
from sim.outcomes.histories import Floats
from sim.outcomes.placebo import PLACEBO_OF

MOST_PANELS = 6
ROW = 16.0
BELOW = 26.0
BELOW_A_ROW = 5.0
"""How far below a scenario's bar its placebo's is drawn, in points."""
MOST_NAME = 150.0
Findings = Mapping[tuple[str, str], Finding]
"""What may be claimed, by scenario and outcome."""
MOST_NUMBERS = 150.0
KEY = [Entry("95% interval of the mean, with the mean", BLUE, BLUE, high=2.2)]

PLACEBO = Entry(
    "95% interval of the placebo: no effect is claimed within it", FAINT, FAINT, high=1.2
)
Names = Mapping[str, str]


@dataclass(frozen=True)
class OutcomeRows:
    """One panel: an outcome, and the difference of each scenario that has it.

    ``placebos``: of an outcome about others, the differences of the placebos.
    """

    outcome: Outcome
    rows: dict[str, Row]
    placebos: dict[str, Row] = field(default_factory=dict)


def differences(
    frame: pd.DataFrame,
    outcomes: Sequence[Outcome],
    scenarios: Sequence[str],
    footer: str,
    findings: Findings | None = None,
    *,
    names: Names | None = None,
    name: str = "differences",
    most: int = MOST_PANELS,
) -> list[Chart]:
    """Dots and bars of every scenario's difference from the first of ``scenarios``.

    ``frame`` is the table of differences; at most ``most`` outcomes are shown, on as many
    pages as they need. ``findings``: what may be claimed of them, by scenario and outcome; without
    it, what their intervals allow. ``names``: scenarios as a reader knows them, otherwise their
    codes in words.
    """
    base, *others = scenarios
    plain = {code: (names or {}).get(code, capital(spoken(code))) for code in scenarios}
    told = rows_of(frame)
    found = [
        OutcomeRows(one, rows, placebos_of(one, rows, told))
        for one in outcomes[:most]
        if (rows := {code: told[code, one.name] for code in others if (code, one.name) in told})
    ]
    shown = {(code, one.outcome.name): row for one in found for code, row in one.rows.items()}
    known = held_to_placebos(claims.of_rows(shown), told) if findings is None else findings
    sure = {key: known[key] for key in shown}
    few = len(outcomes) - min(len(outcomes), most)
    left_out = f" {counted(few, 'more outcome')} in the table." if few else ""
    heading = Heading(
        title(found, base, plain, sure),
        f"Difference from {plain[base]}, run by run with the same people, carers and shocks. "
        f"The line at 0: both are equal.{left_out}",
        footer,
    )
    charts = []
    with house_style():
        left, right = margins(found, plain)
        panels = [panel(one, plain) for one in found]
        key = [*KEY, PLACEBO] if any(one.placebos for one in found) else KEY
        parts = pages(heading, panels, key)
        for page, part in enumerate(parts):
            above = part_of(heading, page, len(parts))
            # A key names what is on its page.
            here = key if any(one.placebos for one in found[part]) else KEY
            sheet = Sheet(above, panels[part], left=left, right=right, key=here)
            for axes, one in zip(sheet.axes, found[part], strict=True):
                draw(axes, one, plain)
            code = numbered(name, page, len(parts))
            data, words = (
                table_of(found[part], base),
                alt(found[part], base, plain, sure, heading.title),
            )
            charts.append(Chart(code, sheet.figure, data, words))
    return charts


def placebos_of(outcome: Outcome, rows: Mapping[str, Row], told: Rows) -> dict[str, Row]:
    """The placebos beside an outcome's differences; none where they are not known."""
    found = {code: placebo_row(told, code, outcome.name) for code in rows}
    return {code: row for code, row in found.items() if row is not None and np.isfinite(row.mean)}


def panel(shown: OutcomeRows, names: Names | None = None) -> Panel:
    """The room of a panel, with what it shows above it."""
    one = shown.outcome
    better = "" if one.better == "neither" else f"; {one.better} is better"
    tail = f" ({unit_of(one, difference=True)}{better})"
    return Panel(capital(one.meaning) + tail, height(shown, names or {}), BELOW)


def margins(panels: Sequence[OutcomeRows], names: Names) -> tuple[float, float]:
    """Room for the longest name and the longest numbers, in points."""
    codes = {code for one in panels for code in one.rows}
    called = [line for code in codes for line in lines_of(names.get(code, code))]
    numbers = [
        line for one in panels for row in one.rows.values() for line in number_lines(row, one)
    ]
    return (
        (widest(called, TEXT_SIZE) or 60.0) + 20,
        (widest(numbers, TEXT_SIZE) or 60.0) + 18,
    )


def lines_of(name: str) -> list[str]:
    """A scenario's name in short lines."""
    return wrap(name, MOST_NAME, TEXT_SIZE)


def number_lines(row: Row, shown: OutcomeRows) -> list[str]:
    """The numbers beside a row, in lines."""
    return wrap(text_of(row, shown), MOST_NUMBERS, TEXT_SIZE)


def height(shown: OutcomeRows, names: Names) -> float:
    """A row a scenario, each high enough for its name and its numbers."""
    return float(edges(shown, names)[-1])


def edges(shown: OutcomeRows, names: Names) -> Floats:
    """Upper edges of the rows and the lower edge of the last, in points."""
    most = [
        max(len(lines_of(names.get(code, code))), len(number_lines(row, shown)))
        for code, row in shown.rows.items()
    ]
    found: Floats = np.cumsum([0.0, *(max(ROW, 1.25 * TEXT_SIZE * n + 3) for n in most)])
    return found


def draw(axes: Axes, shown: OutcomeRows, called: Names) -> None:
    """Dots and bars, the first scenario on top, with the numbers beside them."""
    scale = 100.0 if shown.outcome.unit == "share" else 1.0
    names = list(shown.rows)
    lines = edges(shown, called)
    places = (lines[1:] + lines[:-1]) / 2
    # Zero is always on the axis: "no difference" is what every row is read against.
    ends = [0.0]
    for place, name in zip(places, names, strict=True):
        row = shown.rows[name]
        mean, low, high = (scale * value for value in (row.mean, row.low, row.high))
        ends += [value for value in (mean, low, high) if np.isfinite(value)]
        if np.isfinite(low):
            axes.plot([low, high], [place, place], color=BLUE, linewidth=2.2, zorder=3)
        axes.plot([mean], [place], marker="o", markersize=6, color=BLUE, zorder=4)
        if name in shown.placebos:
            ends += draw_placebo(axes, shown.placebos[name], place + BELOW_A_ROW)
        axes.annotate(
            "\n".join(number_lines(row, shown)),
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
    axes.set_ylim(lines[-1], 0)
    axes.axvline(0, color=FAINT, linewidth=1.0, zorder=2)
    axes.yaxis.set_major_locator(FixedLocator([float(place) for place in places]))
    axes.set_yticklabels(["\n".join(lines_of(called.get(name, name))) for name in names])
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    wide = size_in_points(axes)[0]
    ticks = ticks_with_room(*axes.get_xlim(), wide, signed=True)
    number_axis(axes.xaxis, ticks, signed=True)
    axes.tick_params(axis="x", labelsize=TEXT_SIZE)


def draw_placebo(axes: Axes, row: Row, place: float) -> list[float]:
    """The placebo's mean and interval just below a row; how far they reach."""
    axes.plot([row.low, row.high], [place, place], color=FAINT, linewidth=1.2, zorder=3)
    axes.plot([row.mean], [place], marker="o", markersize=3, color=FAINT, zorder=4)
    return [value for value in (row.mean, row.low, row.high) if np.isfinite(value)]


def text_of(row: Row, shown: OutcomeRows) -> str:
    """The numbers beside a row, written as those of the others in its panel."""
    return between(row, shown.outcome.unit, signed=True, like=list(shown.rows.values()))


def title(panels: Sequence[OutcomeRows], base: str, names: Names, findings: Findings) -> str:
    """What may be claimed of all that is shown: one difference by name, several by their number."""
    against = names.get(base, base)
    sure = [key for key, finding in findings.items() if finding.claimed]
    if len(sure) == 1:
        return one_difference(panels, *sure[0], against, names, findings)
    return claims.how_many_differ(findings, against)


def one_difference(
    panels: Sequence[OutcomeRows],
    name: str,
    outcome: str,
    against: str,
    names: Names,
    findings: Findings,
) -> str:
    """For example: More newcomers: 22 people lower than As is; measure: people on the list."""
    shown = next(one for one in panels if one.outcome.name == outcome)
    size = amount(abs(shown.rows[name].mean), shown.outcome.unit)
    told = with_unit(size, shown.outcome, difference=True)
    judged = claims.verdict(findings[name, outcome], "neither")
    called = names.get(name, name)
    return f"{called}: {told} {judged} than {against}; measure: {shown.outcome.meaning}"


def table_of(panels: Sequence[OutcomeRows], base: str) -> pd.DataFrame:
    """The numbers plotted."""
    rows = [
        (outcome, one.outcome.unit, name, base, row.mean, row.low, row.high, row.count)
        for one in panels
        for outcome, rows in (
            (one.outcome.name, one.rows),
            (PLACEBO_OF.get(one.outcome.name, ""), one.placebos),
        )
        for name, row in rows.items()
    ]
    names = ["outcome", "unit", "scenario", "base", "mean", "low", "high", "replications"]
    return pd.DataFrame(rows, columns=names)


def alt(
    panels: Sequence[OutcomeRows], base: str, names: Names, findings: Findings, told: str
) -> str:
    """Alternative text: every number shown, and what may be said of it."""
    parts = [
        f"{capital(one.outcome.meaning)} in {unit_of(one.outcome, difference=True)}: "
        + "; ".join(
            f"{names.get(name, name)} {text_of(row, one)}, "
            f"{claims.verdict(findings[name, one.outcome.name], one.outcome.better)}"
            f"{beside(name, one)}"
            for name, row in one.rows.items()
        )
        for one in panels
    ]
    first = next(iter(findings.values()), None)
    how = "" if first is None else f" {claims.family_words(first.comparisons, first.needed)}"
    return (
        f"Dots with bars in {counted(len(panels), 'panel')}: differences from "
        f"{names.get(base, base)} with 95% intervals of the mean. {'. '.join(parts)}. "
        f"{told}.{how}"
    )


def beside(name: str, shown: OutcomeRows) -> str:
    """The placebo beside a scenario's difference, for alternative text."""
    row = shown.placebos.get(name)
    return "" if row is None else f" (placebo {text_of(row, shown)})"
