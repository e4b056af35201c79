"""Scenario discovery: in which conditions does the market break?

A shallow decision tree (Breiman et al. 1984; scikit-learn's) parts the draws of a study into boxes
of what was varied. Boxes in which an outcome breaks its limit more often than usual are told in
words, with *coverage*, the share of all breaking draws that lies in them, and *density*, the share
of their draws that breaks (Bryant and Lempert 2010). A tree always finds something; so it is also
fitted to nine tenths of the draws at a time and asked about the rest, and what that gives is told
beside. Draws without a value are left out, and counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.study.draws import Draws
from sim.outcomes.declaration import Column, Table

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
FEWEST_VALUES = 20
MOST_CATEGORIES = 10
"""A parameter with more values that are no numbers would be parted by chance (assumption)."""
FOLDS = 10
LEAST_SHARE = 0.05
SEED = 0

BOXES = Table(
    "boxes",
    "One row for each box and each parameter that bounds it.",
    (
        Column("box", "number of the box, the densest first", "id"),
        Column("parameter", "dotted path of the parameter", "word"),
        Column("low", "the box begins above this value; blank: no lower end", "as the parameter"),
        Column("high", "the box ends at this value; blank: no upper end", "as the parameter"),
        Column("values", "values in the box, if the parameter is not a number", "text"),
        Column("draws", "draws in the box", "count"),
        Column("breaks", "those of them that break the limit", "count"),
        Column("density", "share of the box's draws that break the limit", "share"),
        Column("coverage", "share of all breaking draws that lie in the box", "share"),
    ),
)
POINTS = Table(
    "points",
    "One row for each draw.",
    (
        Column("draw", "number of the draw", "id"),
        Column("outcome", "mean over replications", "see outcome"),
        Column("breaks", "whether it breaks the limit; not known: it has no value", "word"),
        Column("box", "number of its box; 0: the draw is in no box", "id"),
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
    """Bounds by parameter (above low, up to high), and what lies between them.

    ``among``: the values in the box of a parameter that is no number.
    """

    bounds: dict[str, tuple[float, float]]
    draws: int
    breaks: int
    of_all: int
    inside: Flags = field(repr=False, compare=False)
    among: dict[str, tuple[str, ...]] = field(default_factory=dict)

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
    left_out: tuple[str, ...] = ()
    """Parameters that cannot bound a box, and why."""


def discovered(draws: Draws, values: Floats, limit: Limit, depth: int) -> Discovered:
    """Boxes in which the limit is broken more often than in all draws. Raises ImportError.

    ``values``: the outcome by draw, nan where no run has one; those draws are left out.
    """
    features, left_out = features_of(draws)
    points = points_of(draws, features)
    known = np.isfinite(values)
    broken = limit.broken(np.where(known, values, -inf if limit.above else inf))
    boxes: list[Box] = []
    held = np.zeros(values.size, dtype=bool)
    if 0 < broken[known].sum() < known.sum():
        boxes = boxes_of(features, points, broken, known, depth)
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
        left_out,
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


@dataclass(frozen=True, slots=True)
class Feature:
    """What a tree can part draws by: a number, or whether a parameter has one of its values.

    ``values``: of a parameter that is no number, all that it takes.
    """

    path: str
    value: str = ""
    values: tuple[str, ...] = ()


def features_of(draws: Draws) -> tuple[list[Feature], tuple[str, ...]]:
    """What draws can be parted by, and the parameters that are left out, with the reason."""
    found, left_out = [], []
    for place, one in enumerate(draws.varied):
        column = [row[place] for row in draws.rows]
        if is_numeric(column):
            found.append(Feature(one.path))
            continue
        values = tuple(sorted({told(value) for value in column}))
        if len(values) > MOST_CATEGORIES:
            left_out.append(f"{one.path} ({len(values)} values that are not numbers)")
        elif values != ("no", "yes"):
            found += [Feature(one.path, value, values) for value in values]
        else:
            found.append(Feature(one.path, "yes", values))
    return found, tuple(left_out)


def is_numeric(column: Sequence[Any]) -> bool:
    """Whether all values are numbers; true and false are none."""
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in column)


def told(value: Any) -> str:
    """A value that is no number, as a reader wants it."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def points_of(draws: Draws, features: Sequence[Feature]) -> Floats:
    """The features' values by draw: a number, or 1 for the value and 0 for any other."""
    place = {one.path: number for number, one in enumerate(draws.varied)}
    columns = [
        [
            float(told(row[place[one.path]]) == one.value) if one.values else row[place[one.path]]
            for row in draws.rows
        ]
        for one in features
    ]
    return np.array(columns, dtype=float).reshape(len(features), len(draws)).T


def numeric(draws: Draws) -> tuple[list[str], Floats]:
    """What was varied and is a number, and its values by draw."""
    features = [one for one in features_of(draws)[0] if not one.values]
    return [one.path for one in features], points_of(draws, features)


def fitted_tree(points: Floats, broken: Flags, depth: int) -> object:
    """A tree whose leaves hold at least a twentieth of the draws."""
    from sklearn.tree import DecisionTreeClassifier  # type: ignore[import-untyped]

    least = max(3, int(LEAST_SHARE * len(points)))
    tree = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=least, random_state=SEED)
    return tree.fit(points, broken)


def boxes_of(
    features: Sequence[Feature], points: Floats, broken: Flags, known: Flags, depth: int
) -> list[Box]:
    """Leaves in which more break than in all draws, the densest first."""
    from sklearn.tree import DecisionTreeClassifier

    tree = fitted_tree(points[known], broken[known], depth)
    assert isinstance(tree, DecisionTreeClassifier)
    usual = float(broken[known].mean())
    found = []
    for limits in leaves(tree.tree_):
        inside = known & within(points, limits)
        if inside.any() and broken[inside].mean() > usual:
            count, breaks = int(inside.sum()), int(broken[inside].sum())
            bounds, among = conditions(features, limits)
            found.append(Box(bounds, count, breaks, int(broken[known].sum()), inside, among))
    return sorted(found, key=lambda box: (-box.density, -box.coverage))


Limits = dict[int, tuple[float, float]]


def leaves(tree: object, node: int = 0, limits: Limits | None = None) -> Iterator[Limits]:
    """The limits of every leaf, by the column of the feature."""
    limits = limits or {}
    left, right = int(tree.children_left[node]), int(tree.children_right[node])  # type: ignore[attr-defined]
    if left < 0:
        yield limits
        return
    column = int(tree.feature[node])  # type: ignore[attr-defined]
    cut = float(tree.threshold[node])  # type: ignore[attr-defined]
    low, high = limits.get(column, (-inf, inf))
    yield from leaves(tree, left, {**limits, column: (low, min(high, cut))})
    yield from leaves(tree, right, {**limits, column: (max(low, cut), high)})


def conditions(
    features: Sequence[Feature], limits: Limits
) -> tuple[dict[str, tuple[float, float]], dict[str, tuple[str, ...]]]:
    """A leaf's limits as bounds of numbers, and as the values in it of what is no number."""
    bounds: dict[str, tuple[float, float]] = {}
    among: dict[str, tuple[str, ...]] = {}
    for column, (low, high) in limits.items():
        one = features[column]
        if not one.values:
            bounds[one.path] = low, high
            continue
        left = among.get(one.path, one.values)
        has = low >= 0  # above a cut between 0 and 1: it has the value
        among[one.path] = tuple(value for value in left if (value == one.value) == has)
    return bounds, among


def within(points: Floats, limits: Limits) -> Flags:
    """Which points lie within a leaf's limits."""
    inside = np.ones(len(points), dtype=bool)
    for place, (low, high) in limits.items():
        column = points[:, place].astype(np.float32)  # as the tree compares them
        inside &= (column > np.float64(low)) & (column <= np.float64(high))
    return inside


def held_out(points: Floats, broken: Flags, depth: int) -> Flags:
    """Draws that a tree of the others would put into a box."""
    order = np.random.default_rng(SEED).permutation(len(points))
    put = np.zeros(len(points), dtype=bool)
    for fold in range(FOLDS):
        out = order[fold::FOLDS]
        rest = np.setdiff1d(order, out)
        if not out.size or not 0 < broken[rest].sum() < rest.size:
            continue
        usual = broken[rest].mean()
        tree = fitted_tree(points[rest], broken[rest], depth)
        for limits in leaves(tree.tree_):  # type: ignore[attr-defined]
            inside = within(points[rest], limits)
            if inside.any() and broken[rest][inside].mean() > usual:
                put[out] |= within(points[out], limits)
    return put


def boxes_frame(found: Discovered) -> pd.DataFrame:
    """The table BOXES."""
    rows = []
    for number, box in enumerate(found.boxes, start=1):
        bounds = [(name, low, high, "") for name, (low, high) in box.bounds.items()]
        bounds += [(name, -inf, inf, "; ".join(values)) for name, values in box.among.items()]
        rows += [
            {
                "box": number,
                "parameter": name,
                "low": low if np.isfinite(low) else np.nan,
                "high": high if np.isfinite(high) else np.nan,
                "values": values,
                "draws": box.draws,
                "breaks": box.breaks,
                "density": box.density,
                "coverage": box.coverage,
            }
            for name, low, high, values in bounds
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
            "breaks": broken_words(found),
            "box": box,
        }
    )


def broken_words(found: Discovered) -> Any:
    """Whether each draw breaks the limit; a draw without a value does neither."""
    known = np.isfinite(found.values)
    return np.select([~known, found.broken], ["not known", "yes"], "no")
