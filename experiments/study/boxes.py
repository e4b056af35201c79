"""Chart: draws of a study over two parameters, which of them break, and the boxes found."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from experiments.charts.chart import Chart
from experiments.charts.key import Entry
from experiments.charts.sheet import Heading, Panel, Sheet
from experiments.charts.style import BLUE, INK, TEXT_SIZE, WIDTH, house_style
from experiments.charts.text import tall, wrap
from experiments.charts.ticks import number_axis, round_ticks
from experiments.statistics.effects import more_often
from experiments.study.discovery import Box, Discovered, broken_words, numeric
from experiments.study.draws import Draws
from experiments.words import claims
from experiments.words.sentences import capital, spoken
from sim.scenario.scenario import declaration_at

HEIGHT = 230.0
LEFT, RIGHT = 52.0, 20.0
RED = "#801650"
PALE_BOX = 0.14
KEY = [
    Entry("Breaks the limit", mark="x"),
    Entry("Holds", edge=BLUE, mark="o"),
    Entry("A box of conditions", RED, RED, alpha=PALE_BOX),
]


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
    heading = Heading(title(found), subtitle(found), footer)
    labels = [axis_title(path) for path in (across, up)]
    with house_style():
        sheet = Sheet(heading, [Panel(labels[1], HEIGHT, below(labels[0]))], right=20, key=KEY)
        axes = sheet.axes[0]
        draw(axes, found, points[:, names.index(across)], points[:, names.index(up)], (across, up))
        lines = wrap(labels[0], WIDTH - LEFT - RIGHT, TEXT_SIZE)
        axes.set_xlabel("\n".join(lines), size=TEXT_SIZE, color=INK)
    data = pd.DataFrame(
        {
            "draw": np.arange(len(points)),
            across: points[:, names.index(across)],
            up: points[:, names.index(up)],
            limit.outcome: found.values,
            "breaks": broken_words(found),
        }
    )
    told = "; ".join(in_words(box) for box in found.boxes)
    known = int(np.isfinite(found.values).sum())
    alt = (
        f"Scatter of {known} draws with a value, of {found.values.size}, over {labels[0]} and "
        f"{labels[1]}. {heading.title}. Boxes as found, before they were checked on draws left "
        f"out: {told}."
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
    where = f"where {in_words(box).split('; there ')[0]}"
    return claims.more_often(event, where, box.breaks, box.draws, sure=confirmed(found))


def confirmed(found: Discovered) -> bool:
    """Whether draws left out break more often in the boxes than chance would have it."""
    broken, known = int(found.broken.sum()), int(np.isfinite(found.values).sum())
    if not found.boxes or not found.held_out_density > 0:
        return False
    hits = round(found.held_out_coverage * broken)
    return more_often(hits, round(hits / found.held_out_density), broken, known)


def in_words(box: Box) -> str:
    """The conditions of a box as they are declared, and how many of its draws break."""
    parts = []
    for path, (low, high) in box.bounds.items():
        above = f"above {low:,.3g}" if np.isfinite(low) else ""
        most = f"at most {high:,.3g}" if np.isfinite(high) else ""
        parts.append(f"{axis_title(path)}: {' and '.join(filter(None, (above, most)))}")
    parts += [f"{axis_title(path)}: {' or '.join(values)}" for path, values in box.among.items()]
    breaks = f"{100 * box.density:.0f}% of draws break the limit ({box.breaks:,} of {box.draws:,})"
    return f"{'; '.join(parts)}; there {breaks}, {100 * box.coverage:.0f}% of all that break"


def subtitle(found: Discovered) -> str:
    """What a mark and a box are."""
    return (
        f"One mark for each draw{without_value(found)}. Boxes show the conditions that were "
        "found, as far as these two parameters limit them; the title says whether draws left "
        "out confirm them."
    )


def axis_title(path: str) -> str:
    """A parameter as it is declared, with its unit; its path in words where it is not."""
    declared = declaration_at(path.split("."))
    meaning = declared.get("description") or spoken(path.rpartition(".")[2])
    unit = declared.get("unit", "")
    return capital(f"{meaning} ({unit})" if unit else meaning)


def below(label: str) -> float:
    """The room for the ticks and the title of the horizontal axis, in points."""
    return 32 + tall(wrap(label, WIDTH - LEFT - RIGHT, TEXT_SIZE), TEXT_SIZE)


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
                (left, bottom), right - left, top - bottom, facecolor=to_rgba(RED, PALE_BOX),
                edgecolor=RED, linewidth=1.0, zorder=1,
            )
        )  # fmt: skip
    known = np.isfinite(found.values)
    holds, breaks = known & ~found.broken, known & found.broken
    axes.scatter(x[holds], y[holds], s=26, facecolors="none", edgecolors=BLUE, linewidths=1.1)
    axes.scatter(x[breaks], y[breaks], s=30, marker="x", color=INK, linewidths=1.5, zorder=4)
    axes.grid(visible=True)
    for axis, (low, high) in zip((axes.xaxis, axes.yaxis), ends, strict=True):
        number_axis(axis, round_ticks(low, high))
    axes.tick_params(labelsize=TEXT_SIZE)
