"""Chart: draws of a study over two parameters, which of them break, and the boxes found."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from experiments.charts.chart import Chart
from experiments.charts.sheet import Heading, Panel, Sheet
from experiments.charts.style import BLUE, FAINT, INK, TEXT_SIZE, house_style
from experiments.statistics.effects import more_often
from experiments.study.conditions import box_words
from experiments.study.discovery import Discovered, broken_words, numeric
from experiments.study.draws import Draws
from experiments.words import claims
from experiments.words.sentences import spoken

HEIGHT = 230.0
RED = "#801650"


def boxes_chart(draws: Draws, found: Discovered, footer: str) -> Chart | None:
    """Crosses break, rings do not; None where no box was found, or nothing varied is a number.

    The two parameters shown are numbers, first those that bound the densest boxes; other conditions
    of a box stand in its words.
    """
    names, points = numeric(draws)
    if not found.boxes or not names:
        return None
    across, up = axes_of(found, names)
    limit = found.limit
    beyond = "above" if limit.above else "below"
    heading = Heading(
        title(found),
        f"A mark a draw{without_value(found)}. Crosses: {spoken(limit.outcome)} {beyond} "
        f"{limit.value:,.6g}. Rings: it holds. Shaded: the boxes in which it breaks more often "
        "than usual, as far as these two parameters bound them.",
        footer,
    )
    with house_style():
        sheet = Sheet(heading, [Panel(up, HEIGHT, 42)], left=60, right=20)
        axes = sheet.axes[0]
        draw(axes, found, points[:, names.index(across)], points[:, names.index(up)], (across, up))
    data = pd.DataFrame(
        {
            "draw": np.arange(len(points)),
            across: points[:, names.index(across)],
            up: points[:, names.index(up)],
            limit.outcome: found.values,
            "breaks": broken_words(found),
        }
    )
    told = "; ".join(box_words(box) for box in found.boxes)
    known = int(np.isfinite(found.values).sum())
    alt = (
        f"Scatter of {known} draws with a value, of {found.values.size}, over {across} and {up}. "
        f"{heading.title}. Boxes as found, before draws left out were asked: {told}."
    )
    return Chart("boxes", sheet.figure, data, alt)


def without_value(found: Discovered) -> str:
    """How many draws are not shown because they have no value, if any."""
    missing = int((~np.isfinite(found.values)).sum())
    return (
        f" ({missing} of {found.values.size} draws have no value and are not shown)"
        if missing
        else ""
    )


def title(found: Discovered) -> str:
    """Where the limit is broken more often, if draws left out of the boxes say so too."""
    event = f"{spoken(found.limit.outcome)} breaks its limit"
    box = found.boxes[0]
    where = box_words(box).split(":")[0]
    return claims.more_often(event, where, box.breaks, box.draws, sure=confirmed(found))


def confirmed(found: Discovered) -> bool:
    """Whether draws left out break more often in the boxes than chance would have it."""
    broken, known = int(found.broken.sum()), int(np.isfinite(found.values).sum())
    if not found.boxes or not found.held_out_density > 0:
        return False
    hits = round(found.held_out_coverage * broken)
    return more_often(hits, round(hits / found.held_out_density), broken, known)


def axes_of(found: Discovered, names: list[str]) -> tuple[str, str]:
    """The two parameters shown."""
    bounding = [name for box in found.boxes for name in box.bounds]
    chosen = list(dict.fromkeys([*bounding, *names]))
    return chosen[0], chosen[1] if len(chosen) > 1 else chosen[0]


def draw(
    axes: Axes, found: Discovered, x: np.ndarray, y: np.ndarray, names: tuple[str, str]
) -> None:
    """Marks and boxes."""
    ends = []
    for values in (x, y):
        room = 0.04 * (float(np.ptp(values)) or 1.0)
        ends.append((float(values.min()) - room, float(values.max()) + room))
    axes.set_xlim(*ends[0])
    axes.set_ylim(*ends[1])
    for box in found.boxes:
        corners = [
            np.clip(box.bounds.get(name, (-np.inf, np.inf)), *end)
            for name, end in zip(names, ends, strict=True)
        ]
        (left, right), (bottom, top) = corners
        axes.add_patch(
            Rectangle(
                (left, bottom), right - left, top - bottom, facecolor=RED, alpha=0.14,
                edgecolor=RED, linewidth=1.0, zorder=1,
            )
        )  # fmt: skip
    known = np.isfinite(found.values)
    holds, breaks = known & ~found.broken, known & found.broken
    axes.scatter(x[holds], y[holds], s=26, facecolors="none", edgecolors=BLUE, linewidths=1.1)
    axes.scatter(x[breaks], y[breaks], s=30, marker="x", color=INK, linewidths=1.5, zorder=4)
    axes.grid(visible=True, color=FAINT, linewidth=0.3)
    axes.set_xlabel(names[0])
    axes.tick_params(labelsize=TEXT_SIZE)
