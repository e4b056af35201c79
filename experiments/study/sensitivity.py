"""Which of what was varied moves an outcome: Morris, Sobol' and rank correlations, and chance.

Indices are of a draw's mean over replications. Chance moves that mean too, and would give every
parameter some index. How much, replications tell: what is left of each run after its draw's mean
and its replication's mean are taken off (all draws of a replication meet the same people, so what
they share moves no index) is shuffled, averaged again, and put through the same analysis, over and
over. An index stands out if it exceeds nineteen in twenty of those. So chance is taken to be as
large for every draw.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.study.draws import MORRIS_LEVELS, Draws, salib_problem
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
            "mu_star: mean absolute effect of moving the parameter over its whole range (Morris); "
            "total: share of the variance that would go if it were known (Sobol'); "
            "rank_correlation",
            "word",
        ),
        Column("index", "the measure; 0: no effect", "see measure"),
        Column("index_low", "low end of its 95 % interval over resampled draws", "see measure"),
        Column("index_high", "high end of it", "see measure"),
        Column("effect", "mean effect with its sign (Morris: mu); Sobol': none", "see outcome"),
        Column("sigma", "spread of effects: interactions and bends (Morris)", "see outcome"),
        Column("first", "share of the variance that it explains alone (Sobol')", "share"),
        Column("floor", "what chance alone would exceed once in twenty", "see measure"),
        Column("stands_out", "yes, no, or not known (one replication)", "word"),
    ),
)


@dataclass(frozen=True, slots=True)
class Index:
    """A parameter's measure, with what goes with it; nan where a method has none."""

    index: float
    low: float
    high: float
    effect: float = np.nan
    sigma: float = np.nan
    first: float = np.nan


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


def sensitivity(study: Study, runs: Path) -> pd.DataFrame:
    """The table SENSITIVITY from a study's runs.parquet."""
    rows = []
    columns = ["scenario", "draw", "replication", *study.outcomes]
    frame = pd.read_parquet(runs, columns=list(dict.fromkeys(columns)))
    for scenario, of, outcome, values in measured(study, frame):
        for parameter, row in zip(study.draws.varied, indices(study.draws, values), strict=True):
            rows.append(
                {
                    "scenario": scenario,
                    "of": of,
                    "outcome": outcome,
                    "parameter": parameter.path,
                    "role": parameter.role,
                    **row,
                }
            )
    return pd.DataFrame(rows, columns=[column.name for column in SENSITIVITY.columns])


def measured(study: Study, frame: pd.DataFrame) -> Iterator[tuple[str, str, str, Floats]]:
    """Each scenario's outcomes, and their differences from the first: replications x draws."""
    names = [named.name for named in study.scenarios]
    for outcome in study.outcomes:
        every = {}
        for name in names:
            mine = frame[frame["scenario"] == name]
            table = mine.pivot(index="replication", columns="draw", values=outcome)
            every[name] = table.reindex(columns=range(len(study.draws))).to_numpy(dtype=float)
        for name in names:
            yield name, VALUE, outcome, every[name]
            if name != names[0]:
                yield name, DIFFERENCE, outcome, every[name] - every[names[0]]


def indices(draws: Draws, values: Floats) -> list[dict[str, Any]]:
    """A row a varied parameter; empty indices where a value is missing or nothing moves."""
    method = measure_of(draws)
    means = values.mean(axis=0)
    unknown = Index(np.nan, np.nan, np.nan)
    if not np.isfinite(means).all() or np.ptp(means) == 0:
        found, floors = [unknown] * len(draws.varied), np.full(len(draws.varied), np.nan)
    else:
        points = places_of(draws)
        found = analysed(draws.method, points, means)
        floors = floor_of(draws.method, points, values)
    return [
        {
            "measure": method,
            "index": one.index,
            "index_low": one.low,
            "index_high": one.high,
            "effect": one.effect,
            "sigma": one.sigma,
            "first": one.first,
            "floor": float(floor),
            "stands_out": stands_out(one.index, float(floor)),
        }
        for one, floor in zip(found, floors, strict=True)
    ]


def stands_out(index: float, floor: float) -> str:
    """Whether an index is more than chance gives."""
    if not np.isfinite(index) or not np.isfinite(floor):
        return "not known"
    return "yes" if abs(index) > floor else "no"


def measure_of(draws: Draws) -> str:
    """The name of the measure that a method gives."""
    return {"morris": "mu_star", "sobol": "total"}.get(draws.method, "rank_correlation")


def places_of(draws: Draws) -> Floats:
    """Draws as points of the unit cube where they were sampled in it, else as they are."""
    columns = []
    for place, one in enumerate(draws.varied):
        column = [row[place] for row in draws.rows]
        if draws.method in ANALYSED:
            columns.append([one.place(float(value)) for value in column])
        else:
            columns.append([float(v) if isinstance(v, int | float) else np.nan for v in column])
    return np.array(columns, dtype=float).T


def analysed(method: str, points: Floats, means: Floats) -> list[Index]:
    """The indices of one set of outputs."""
    if method == "morris":
        return _morris(points, means)
    if method == "sobol":
        return _sobol(points.shape[1], means)
    return [_correlated(points[:, place], means) for place in range(points.shape[1])]


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


def _sobol(size: int, means: Floats, resamples: int = 500) -> list[Index]:
    from SALib.analyze import sobol

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = sobol.analyze(
            salib_problem(size), means, calc_second_order=False, num_resamples=resamples, seed=SEED
        )
    return [
        Index(float(total), float(total - half), float(total + half), first=float(first))
        for total, half, first in zip(told["ST"], told["ST_conf"], told["S1"], strict=True)
    ]


def _correlated(column: Floats, means: Floats) -> Index:
    from scipy.stats import spearmanr

    if not np.isfinite(column).all() or np.ptp(column) == 0:
        return Index(np.nan, np.nan, np.nan)
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
        nulls.append(_sizes(method, points, noise, values.mean(axis=0)))
    floors: Floats = np.quantile(np.array(nulls), LEVEL, axis=0)
    return floors


def _sizes(method: str, points: Floats, noise: Floats, means: Floats) -> Floats:
    """The indices that noise alone gives, on the scale of the outcome's own."""
    if method == "morris":
        return np.array([one.index for one in _morris(points, noise, resamples=2)])
    shares = np.array([one.index for one in _sobol(points.shape[1], noise, resamples=2)])
    return shares * float(noise.var() / means.var())


def sensitivity_lines(table: pd.DataFrame, outcomes: Sequence[str]) -> list[str]:
    """For the first screen: what each outcome hangs on, of the last scenario there is."""
    text = []
    for outcome in outcomes:
        mine = table[table["outcome"] == outcome]
        if mine.empty:
            continue
        last = mine.iloc[-1]
        rows = mine[(mine["scenario"] == last["scenario"]) & (mine["of"] == last["of"])]
        known = rows[np.isfinite(rows["index"])]
        order = known["index"].abs().sort_values(ascending=False, kind="stable").index
        told: list[dict[str, Any]] = [dict(known.loc[place]) for place in order]
        sure = [row for row in told if row["stands_out"] == "yes"][:3]
        what = "" if last["of"] == VALUE else f" (difference of {last['scenario']})"
        if sure:
            names = ", ".join(f"{row['parameter']} ({number(row)})" for row in sure)
            rest = len(told) - sum(row["stands_out"] == "yes" for row in told)
            more = f"; {rest} of {len(told)} are not told from chance" if rest else ""
            text.append(f"{outcome}{what} hangs on {names}{more}.")
        elif told and told[0]["stands_out"] == "no":
            text.append(f"{outcome}{what}: nothing that was varied is told from chance.")
        elif told:
            text.append(
                f"{outcome}{what} moves most with {told[0]['parameter']} ({number(told[0])}); with "
                "one replication it is not known what of it is chance."
            )
    if text:
        text.append(MEANINGS[str(table["measure"].iloc[0])])
    return text


MEANINGS = {
    "mu_star": "In brackets: how much the outcome moves on average from one end of its range to "
    "the other (Morris' mu*).",
    "total": "In brackets: the share of the outcome's variance that would go if it were known "
    "(Sobol' total index).",
    "rank_correlation": "In brackets: rank correlation over the draws.",
}


def number(row: dict[str, Any]) -> str:
    """An index as a reader wants it."""
    if row["measure"] == "total":
        return f"{100 * row['index']:.0f} %"
    if row["measure"] == "rank_correlation":
        return f"{row['index']:+.2f}"
    return f"{row['index']:,.3g}"
