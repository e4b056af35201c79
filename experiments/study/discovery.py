"""Scenario discovery: in which conditions does the market break?

A shallow decision tree (Breiman et al. 1984; scikit-learn's) parts the draws of a study into boxes
of what was varied. Boxes in which an outcome breaks its limit more often than usual are told in
words, with *coverage*, the share of all breaking draws that lies in them, and *density*, the share
of their draws that breaks (Bryant and Lempert 2010). A tree always finds something; so it is also
fitted to nine tenths of the draws at a time and asked about the rest, and what that gives is told
beside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.study.draws import Draws
from sim.outcomes.declaration import Column, Table

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
FEWEST_DRAWS = 20
FOLDS = 10
LEAST_SHARE = 0.05
SEED = 0

BOXES = Table(
    "boxes",
    "One row a box and parameter that bounds it.",
    (
        Column("box", "number of the box, the densest first", "id"),
        Column("parameter", "dotted path of the parameter", "word"),
        Column("low", "the box begins above; blank: no end", "as the parameter"),
        Column("high", "the box ends here; blank: no end", "as the parameter"),
        Column("draws", "draws in the box", "count"),
        Column("breaks", "of them, those that break", "count"),
        Column("density", "share of the box's draws that break", "share"),
        Column("coverage", "share of all breaking draws that lie in the box", "share"),
    ),
)
POINTS = Table(
    "points",
    "One row a draw.",
    (
        Column("draw", "number of the draw", "id"),
        Column("outcome", "mean over replications", "see outcome"),
        Column("breaks", "whether it breaks the limit", "yes or no"),
        Column("box", "number of its box; 0: in none that breaks more often than usual", "id"),
    ),
)


@dataclass(frozen=True, slots=True)
class Limit:
    """What breaking means: an outcome beyond a value."""

    outcome: str
    value: float
    above: bool

    def broken(self, values: Floats) -> Flags:
        """Which of the values break it."""
        found: Flags = values > self.value if self.above else values < self.value
        return found


@dataclass(frozen=True, slots=True)
class Box:
    """Bounds by parameter (above low, up to high), and what lies between them."""

    bounds: dict[str, tuple[float, float]]
    draws: int
    breaks: int
    of_all: int
    inside: Flags = field(repr=False, compare=False)

    @property
    def density(self) -> float:
        """Share of its draws that break."""
        return self.breaks / self.draws

    @property
    def coverage(self) -> float:
        """Share of all breaking draws that it holds."""
        return self.breaks / self.of_all


@dataclass(frozen=True)
class Discovered:
    """The boxes of a study and how well they hold on draws that they were not made from."""

    limit: Limit
    boxes: tuple[Box, ...]
    values: Floats
    broken: Flags
    coverage: float
    density: float
    held_out_coverage: float
    held_out_density: float


def discovered(draws: Draws, values: Floats, limit: Limit, depth: int) -> Discovered:
    """Boxes in which the limit is broken more often than in all draws. Raises ImportError.

    ``values``: the outcome by draw, nan where a run failed; those draws are left out.
    """
    names, points = numeric(draws)
    known = np.isfinite(values)
    broken = limit.broken(np.where(known, values, -inf if limit.above else inf))
    boxes: list[Box] = []
    held = np.zeros(values.size, dtype=bool)
    if 0 < broken[known].sum() < known.sum():
        boxes = boxes_of(names, points, broken, known, depth)
        held[known] = held_out(points[known], broken[known], depth)
    inside = union(boxes, values.size)
    return Discovered(
        limit,
        tuple(boxes),
        values,
        broken,
        share(broken & inside, broken),
        share(broken & inside, inside),
        share(broken & held, broken),
        share(broken & held, held),
    )


def share(part: Flags, whole: Flags) -> float:
    """How much of the whole the part is; nan if there is no whole."""
    return float(part.sum() / whole.sum()) if whole.any() else np.nan


def union(boxes: Sequence[Box], size: int) -> Flags:
    """Draws in any of the boxes."""
    inside = np.zeros(size, dtype=bool)
    for box in boxes:
        inside |= box.inside
    return inside


def numeric(draws: Draws) -> tuple[list[str], Floats]:
    """What was varied and is a number, and its values by draw."""
    kept = [
        place
        for place in range(len(draws.varied))
        if all(isinstance(row[place], int | float) for row in draws.rows)
    ]
    points = np.array([[float(row[place]) for place in kept] for row in draws.rows])
    return [draws.varied[place].path for place in kept], points.reshape(len(draws), len(kept))


def fitted_tree(points: Floats, broken: Flags, depth: int) -> object:
    """A tree whose leaves hold at least a twentieth of the draws."""
    from sklearn.tree import DecisionTreeClassifier  # type: ignore[import-untyped]

    least = max(3, int(LEAST_SHARE * len(points)))
    tree = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=least, random_state=SEED)
    return tree.fit(points, broken)


def boxes_of(
    names: Sequence[str], points: Floats, broken: Flags, known: Flags, depth: int
) -> list[Box]:
    """Leaves in which more break than in all draws, the densest first."""
    from sklearn.tree import DecisionTreeClassifier

    tree = fitted_tree(points[known], broken[known], depth)
    assert isinstance(tree, DecisionTreeClassifier)
    usual = float(broken[known].mean())
    found = []
    for bounds in leaves(tree.tree_, names):
        inside = known & within(points, names, bounds)
        if inside.any() and broken[inside].mean() > usual:
            count, breaks = int(inside.sum()), int(broken[inside].sum())
            found.append(Box(bounds, count, breaks, int(broken[known].sum()), inside))
    return sorted(found, key=lambda box: (-box.density, -box.coverage))


def leaves(
    tree: object,
    names: Sequence[str],
    node: int = 0,
    bounds: dict[str, tuple[float, float]] | None = None,
) -> Iterator[dict[str, tuple[float, float]]]:
    """The bounds of every leaf."""
    bounds = bounds or {}
    left, right = int(tree.children_left[node]), int(tree.children_right[node])  # type: ignore[attr-defined]
    if left < 0:
        yield bounds
        return
    name = names[int(tree.feature[node])]  # type: ignore[attr-defined]
    cut = float(tree.threshold[node])  # type: ignore[attr-defined]
    low, high = bounds.get(name, (-inf, inf))
    yield from leaves(tree, names, left, {**bounds, name: (low, min(high, cut))})
    yield from leaves(tree, names, right, {**bounds, name: (max(low, cut), high)})


def within(points: Floats, names: Sequence[str], bounds: dict[str, tuple[float, float]]) -> Flags:
    """Which points lie in a box."""
    inside = np.ones(len(points), dtype=bool)
    for name, (low, high) in bounds.items():
        column = points[:, names.index(name)].astype(np.float32)  # as the tree compares them
        inside &= (column > np.float64(low)) & (column <= np.float64(high))
    return inside


def held_out(points: Floats, broken: Flags, depth: int) -> Flags:
    """Draws that a tree of the others would put into a box."""
    order = np.random.default_rng(SEED).permutation(len(points))
    told = np.zeros(len(points), dtype=bool)
    for fold in range(FOLDS):
        out = order[fold::FOLDS]
        rest = np.setdiff1d(order, out)
        if not out.size or not 0 < broken[rest].sum() < rest.size:
            continue
        names = [str(number) for number in range(points.shape[1])]
        known = np.ones(rest.size, dtype=bool)
        for box in boxes_of(names, points[rest], broken[rest], known, depth):
            told[out] |= within(points[out], names, box.bounds)
    return told


def boxes_frame(found: Discovered) -> pd.DataFrame:
    """The table BOXES."""
    rows = [
        {
            "box": number,
            "parameter": name,
            "low": low if np.isfinite(low) else np.nan,
            "high": high if np.isfinite(high) else np.nan,
            "draws": box.draws,
            "breaks": box.breaks,
            "density": box.density,
            "coverage": box.coverage,
        }
        for number, box in enumerate(found.boxes, start=1)
        for name, (low, high) in box.bounds.items()
    ]
    return pd.DataFrame(rows, columns=[column.name for column in BOXES.columns])


def points_frame(found: Discovered) -> pd.DataFrame:
    """The table POINTS."""
    box = np.zeros(found.values.size, dtype=int)
    for number, one in enumerate(found.boxes, start=1):
        box[one.inside] = number
    return pd.DataFrame(
        {
            "draw": np.arange(found.values.size),
            "outcome": found.values,
            "breaks": np.where(found.broken, "yes", "no"),
            "box": box,
        }
    )


def box_words(box: Box) -> str:
    """A box in plain words."""
    parts = []
    for name, (low, high) in box.bounds.items():
        if low == -inf:
            parts.append(f"{name} is at most {high:.3g}")
        elif high == inf:
            parts.append(f"{name} is above {low:.3g}")
        else:
            parts.append(f"{name} is above {low:.3g} and at most {high:.3g}")
    return (
        f"where {' and '.join(parts)}: {100 * box.density:.0f} % of draws break ({box.breaks} of "
        f"{box.draws}; {100 * box.coverage:.0f} % of all that break)"
    )


def lines(found: Discovered, meaning: str, unit: str) -> list[str]:
    """The answer in words."""
    limit, known = found.limit, np.isfinite(found.values)
    beyond = "above" if limit.above else "below"
    count, broken = int(known.sum()), int(found.broken[known].sum())
    text = [
        f"In which conditions does it break? {limit.outcome} ({meaning}) {beyond} "
        f"{limit.value:,.6g} {unit}:",
        f"{broken} of {count} draws break ({100 * broken / count:.0f} %)",
        "",
    ]
    if not broken or broken == count:
        return [*text, "So there is nothing to tell apart: choose another limit."]
    if not found.boxes:
        return [*text, "No condition was found in which it breaks more often than usual."]
    text += [f"{number}. {box_words(box)}" for number, box in enumerate(found.boxes, start=1)]
    told = f"{100 * found.coverage:.0f} % of all that break, density {100 * found.density:.0f} %"
    text += ["", f"All these together: {told}."]
    text.append(held_out_words(found, broken / count))
    return text


def held_out_words(found: Discovered, usual: float) -> str:
    """How well such boxes hold on draws that they were not made from."""
    if not np.isfinite(found.held_out_density):
        return "Of draws left out none would be put into such boxes: do not rely on them."
    weak = found.held_out_density < usual + (found.density - usual) / 2
    warn = " WARNING: much of it is chance; more draws are needed." if weak else ""
    return (
        f"Of draws left out while they were found, such boxes hold "
        f"{100 * found.held_out_coverage:.0f} % of those that break, at a density of "
        f"{100 * found.held_out_density:.0f} %.{warn}"
    )
