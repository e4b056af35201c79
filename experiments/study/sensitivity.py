"""Which of what was varied moves an outcome: Morris, Sobol' and rank correlations, and chance.

Chance moves an outcome too, and would give every parameter some index. Sobol' indices leave it
out: rows of draws have people of their own, and differences in one replication are multiplied by
those in another (statistics/sobol.py); an index stands out if its interval over rows lies above 0.
Morris' indices are of a draw's mean over replications. How much chance moves that, replications
tell: what is left of each run after its draw's mean and its replication's mean are taken off (all
draws of a replication meet the same people, so what they share moves no index) is shuffled,
averaged again, and put through the same analysis, over and over. An index stands out if it exceeds
nineteen in twenty of those. So there chance is taken to be as large for every draw.

A row, a trajectory or a draw that lacks a value is left out and counted; it takes no index away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.statistics.over_draws import mean_along
from experiments.statistics.ranges import SHARE, cut_ends, range_of
from experiments.statistics.sobol import sobol_indices
from experiments.study.draws import MORRIS_LEVELS, Draws, salib_problem
from experiments.study.estimates import Runs
from experiments.study.study import Study
from sim.outcomes.declaration import Column, Table

Floats = NDArray[np.float64]
ANALYSED = ("morris", "sobol")
CORRELATED = ("latin_hypercube", "plausible", "list", "grid")
NULLS = 200
LEVEL = 0.95
SEED = 1
"""Not 0, which SALib takes for none."""
FEWEST_DRAWS = 8
VALUE, DIFFERENCE = "value", "difference"
YES, NO, UNKNOWN = "yes", "no", "not known"

SENSITIVITY = Table(
    "sensitivity",
    "One row a scenario, outcome and varied parameter: how much the outcome hangs on it.",
    (
        Column("scenario", "name of the scenario", "word"),
        Column("of", "value, or difference from the first scenario", "word"),
        Column("outcome", "name of the outcome", "word"),
        Column("parameter", "dotted path of the parameter", "word"),
        Column("role", "uncertainty or lever", "word"),
        Column(
            "measure",
            "mu_star: mean absolute effect of moving the parameter over its whole range "
            "(Morris); total: share of the variance that would disappear if the parameter were "
            "known (Sobol'); rank_correlation",
            "word",
        ),
        Column(
            "index",
            "the measure; 0: no effect. By chance a total may come out below 0",
            "see measure",
        ),
        Column(
            "index_low",
            "low end of its 95% interval over resampled rows, trajectories or draws; blank where "
            "all rows meet the same people (Sobol')",
            "see measure",
        ),
        Column("index_high", "high end of it", "see measure"),
        Column("effect", "mean effect with its sign (Morris: mu); Sobol': none", "see outcome"),
        Column("sigma", "spread of effects: interactions and curvature (Morris)", "see outcome"),
        Column(
            "first", "share of the variance that the parameter explains alone (Sobol')", "share"
        ),
        Column("first_low", "low end of its 95% interval over resampled rows", "share"),
        Column("first_high", "high end of it", "share"),
        Column(
            "floor",
            "value that chance alone would exceed once in twenty times (Morris, rank correlations)",
            "see measure",
        ),
        Column("stands_out", "yes, no, or not known (the effect of chance is not known)", "word"),
        Column("used", "number of rows (Sobol'), trajectories (Morris) or draws used", "count"),
        Column(
            "carried_out",
            "number of rows, trajectories or draws in all; the others lack a value",
            "count",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Index:
    """A parameter's measure, with what goes with it; nan where a method has none."""

    index: float = np.nan
    low: float = np.nan
    high: float = np.nan
    effect: float = np.nan
    sigma: float = np.nan
    first: float = np.nan
    first_low: float = np.nan
    first_high: float = np.nan
    floor: float = np.nan
    stands_out: str = UNKNOWN


def can_analyse(draws: Draws) -> bool:
    """Whether a study's draws can be analysed with what is installed."""
    if draws.method in ANALYSED:
        return find_spec("SALib") is not None
    return draws.method in CORRELATED and len(draws) >= FEWEST_DRAWS


def missing_words(draws: Draws) -> str:
    """What to install, if something is missing."""
    if draws.method in ANALYSED and find_spec("SALib") is None:
        return (
            f"Indices of {draws.method.capitalize()} draws need SALib: "
            'python -m pip install "caremarket[sensitivity]", then the same sweep with --resume.'
        )
    return ""


def sensitivity(study: Study, runs: Runs) -> pd.DataFrame:
    """The table SENSITIVITY from a study's runs."""
    rows = [
        {
            "scenario": scenario,
            "of": of,
            "outcome": outcome,
            "parameter": parameter.path,
            "role": parameter.role,
            **row,
        }
        for scenario, of, outcome, values in measured(study, runs)
        for parameter, row in zip(study.draws.varied, indices(study.draws, values), strict=True)
    ]
    return pd.DataFrame(rows, columns=[column.name for column in SENSITIVITY.columns])


def measured(study: Study, runs: Runs) -> Iterator[tuple[str, str, str, Floats]]:
    """Each scenario's outcomes, and their differences from the first: replications x draws."""
    for outcome in study.outcomes:
        values = runs.values(outcome)
        for place, named in enumerate(study.scenarios):
            yield named.name, VALUE, outcome, values[:, :, place]
            if place:
                yield named.name, DIFFERENCE, outcome, values[:, :, place] - values[:, :, 0]


def indices(draws: Draws, values: Floats) -> list[dict[str, Any]]:
    """A row a varied parameter; indices are empty where nothing moves or too little is known."""
    whole = np.repeat(whole_parts(draws, values), part_size(draws))
    used, points = values[:, whole], places_of(draws)[whole]
    means = mean_along(used, 0)
    found = [Index() for _ in draws.varied]
    if means.size and np.ptp(means) > 0:
        found = analysed(draws, points, used)
    parts = len(draws) // part_size(draws), int(whole.sum()) // part_size(draws)
    return [
        {
            "measure": measure_of(draws),
            "index": one.index,
            "index_low": one.low,
            "index_high": one.high,
            "effect": one.effect,
            "sigma": one.sigma,
            "first": one.first,
            "first_low": one.first_low,
            "first_high": one.first_high,
            "floor": one.floor,
            "stands_out": one.stands_out,
            "used": parts[1],
            "carried_out": parts[0],
        }
        for one in found
    ]


def part_size(draws: Draws) -> int:
    """Draws that are analysed together: a row of Saltelli's scheme, a trajectory, or one draw."""
    return len(draws.varied) + {"sobol": 2, "morris": 1}.get(draws.method, 1 - len(draws.varied))


def whole_parts(draws: Draws, values: Floats) -> NDArray[np.bool_]:
    """Which rows or trajectories lack no value; which draws have one at all."""
    known = np.isfinite(values)
    if draws.method not in ANALYSED:
        return np.asarray(known.any(axis=0))
    every = known.all(axis=0).reshape(-1, part_size(draws))
    return np.asarray(every.all(axis=1))


def stands_out(index: float, floor: float) -> str:
    """Whether an index is more than chance gives."""
    if not np.isfinite(index) or not np.isfinite(floor):
        return UNKNOWN
    return YES if abs(index) > floor else NO


def measure_of(draws: Draws) -> str:
    """The name of the measure that a method gives."""
    return {"morris": "mu_star", "sobol": "total"}.get(draws.method, "rank_correlation")


def places_of(draws: Draws) -> Floats:
    """Draws as points of the unit cube where they were sampled in it, else as they are."""
    columns = []
    for place, one in enumerate(draws.varied):
        column = [row[place] for row in draws.rows]
        if draws.method in ANALYSED and not one.in_steps:
            columns.append([one.place(float(value)) for value in column])
        else:
            columns.append([float(v) if isinstance(v, int | float) else np.nan for v in column])
    return np.array(columns, dtype=float).T


def analysed(draws: Draws, points: Floats, values: Floats) -> list[Index]:
    """The indices of one set of outputs, replications x draws."""
    if draws.method == "sobol":
        return _sobol(values, part_size(draws), own_people=draws.people == "own")
    means = mean_along(values, 0)
    floors = floor_of(draws.method, points, values)
    if draws.method == "morris":
        found = _morris(points, means)
    else:
        found = [_correlated(points[:, place], means) for place in range(points.shape[1])]
    return [
        replace(one, floor=float(floor), stands_out=stands_out(one.index, float(floor)))
        for one, floor in zip(found, floors, strict=True)
    ]


def _morris(points: Floats, means: Floats, resamples: int = 500) -> list[Index]:
    from SALib.analyze import morris  # type: ignore[import-untyped]

    told = morris.analyze(
        salib_problem(points.shape[1]),
        points,
        means,
        num_resamples=resamples,
        num_levels=MORRIS_LEVELS,
        seed=SEED,
    )
    columns = (told["mu_star"], told["mu_star_conf"], told["mu"], told["sigma"])
    return [
        Index(float(star), float(star - half), float(star + half), float(mu), float(sigma))
        for star, half, mu, sigma in zip(*columns, strict=True)
    ]


def _sobol(values: Floats, size: int, *, own_people: bool) -> list[Index]:
    """Indices of rows of so many runs; no interval where all rows meet the same people."""
    by_row = values.T.reshape(-1, size, values.shape[0])
    found = sobol_indices(by_row, intervals=own_people)
    if found is None:
        return [Index() for _ in range(size - 2)]
    limits = range_of(SHARE)
    low, high, _ = cut_ends(found.total_low, found.total_high, limits)
    first_ends = cut_ends(found.first_low, found.first_high, limits)[:2]
    claimed = own_people and len(values) > 1 and np.isfinite(low).all()
    words = np.where(found.above_chance, YES, NO) if claimed else [UNKNOWN] * (size - 2)
    columns = (found.total, low, high, found.first, *first_ends, words)
    return [
        Index(
            float(total), float(low), float(high), first=float(first), first_low=float(first_low),
            first_high=float(first_high), stands_out=str(word),
        )
        for total, low, high, first, first_low, first_high, word in zip(*columns, strict=True)
    ]  # fmt: skip


def _correlated(column: Floats, means: Floats) -> Index:
    from scipy.stats import spearmanr

    if not np.isfinite(column).all() or np.ptp(column) == 0 or column.size < FEWEST_DRAWS:
        return Index()
    rank = float(spearmanr(column, means).statistic)
    half = 1.96 / np.sqrt(column.size - 3)
    ends = np.tanh(np.arctanh(np.clip(rank, -0.999999, 0.999999)) + np.array([-half, half]))
    return Index(rank, float(ends[0]), float(ends[1]), effect=rank)


def floor_of(method: str, points: Floats, values: Floats) -> Floats:
    """What chance alone would exceed once in twenty; nan with one replication.

    A rank correlation's chance lies in the few draws, whatever the replications; it is told of all
    parameters at once (Bonferroni).
    """
    size = points.shape[1]
    if len(points) <= 3 and method not in ANALYSED:
        return np.full(size, np.nan)
    if method not in ANALYSED:
        from scipy.stats import norm

        quantile = norm.ppf(1 - (1 - LEVEL) / 2 / size)
        return np.full(size, float(np.tanh(quantile / np.sqrt(len(points) - 3))))
    count = values.shape[0]
    if count < 2:
        return np.full(size, np.nan)
    left = values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()
    if np.ptp(left) == 0:
        return np.zeros(size)
    many = left.shape[1]
    left *= np.sqrt(count / (count - 1) * many / (many - 1))
    generator = np.random.default_rng(SEED)
    nulls = []
    for _ in range(NULLS):
        noise = generator.permutation(left.ravel()).reshape(left.shape).mean(axis=0)
        nulls.append([one.index for one in _morris(points, noise, resamples=2)])
    floors: Floats = np.quantile(np.array(nulls), LEVEL, axis=0)
    return floors
