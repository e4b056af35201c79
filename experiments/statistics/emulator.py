"""A cheap stand-in for the simulator: a quadratic in the parameters, its terms chosen one by one.

Terms are taken in the order in which they explain most of what is left (orthogonal matching
pursuit) for as long as the Bayesian information criterion falls. The error is the leave-one-out
error, which least squares gives in closed form: residual / (1 - leverage).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Term = tuple[int, ...]
"""A term's parameters: () constant, (i,) linear, (i, i) square, (i, j) product."""
LEAST = 8
"""Fewer sets than this tell nothing (assumption)."""
MOST_TERMS_SHARE = 0.25


@dataclass(frozen=True)
class Emulator:
    """A fitted quadratic. ``error``: root mean square leave-one-out error, on the value's scale."""

    terms: tuple[Term, ...]
    weights: Floats
    inverse: Floats
    error: float
    explained: float

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Expected values and variances at points of the unit cube, shape (points, parameters)."""
        design = columns(points, self.terms)
        leverage = np.einsum("ij,jk,ik->i", design, self.inverse, design)
        variance: Floats = self.error**2 * (1 + leverage)
        mean: Floats = design @ self.weights
        return mean, variance


def columns(points: Floats, terms: tuple[Term, ...]) -> Floats:
    """The terms' values at points: Legendre polynomials on the cube from -1 to 1."""
    linear = 2 * points - 1
    square = (3 * linear**2 - 1) / 2
    made = []
    for term in terms:
        if not term:
            made.append(np.ones(len(points)))
        elif len(term) == 1:
            made.append(linear[:, term[0]])
        elif term[0] == term[1]:
            made.append(square[:, term[0]])
        else:
            made.append(linear[:, term[0]] * linear[:, term[1]])
    return np.stack(made, axis=1)


def candidates(parameters: int) -> tuple[Term, ...]:
    """Every term of a quadratic but the constant."""
    singles = [(i,) for i in range(parameters)]
    pairs = [(i, j) for i in range(parameters) for j in range(i, parameters)]
    return (*singles, *pairs)


def fitted(points: Floats, values: Floats) -> Emulator:
    """The quadratic that fits values at points of the unit cube. Raises ValueError if too few."""
    count = len(values)
    if count < LEAST:
        raise ValueError(f"{count} sets are too few to learn from")
    offered = candidates(points.shape[1])
    chosen: list[Term] = [()]
    design = columns(points, tuple(chosen))
    pool = columns(points, offered)
    best = criterion(design, values)
    # Four sets a term at least, or the fit would follow chance.
    while len(chosen) < max(2, int(MOST_TERMS_SHARE * count)):
        place = most_telling(design, pool, values)
        tried = np.column_stack([design, pool[:, place]])
        found = criterion(tried, values)
        # The criterion rises: what the next term explains is not worth a term.
        if found >= best:
            break
        best, design = found, tried
        chosen.append(offered[place])
    return least_squares(design, values, tuple(chosen))


def most_telling(design: Floats, pool: Floats, values: Floats) -> int:
    """The term that explains most of what the design leaves unexplained."""
    basis, _ = np.linalg.qr(design)
    rest = values - basis @ (basis.T @ values)
    free = pool - basis @ (basis.T @ pool)
    size = np.sqrt((free**2).sum(axis=0))
    # A term that the others nearly make up would be divided by rounding errors alone.
    usable = size > 1e-6 * np.sqrt(len(values))
    return int(np.argmax(np.where(usable, np.abs(rest @ free) / np.maximum(size, 1e-12), -1.0)))


def criterion(design: Floats, values: Floats) -> float:
    """The Bayesian information criterion of a least-squares fit."""
    basis, _ = np.linalg.qr(design)
    rest = values - basis @ (basis.T @ values)
    count, terms = design.shape
    return float(count * np.log(max(float(rest @ rest) / count, 1e-300)) + terms * np.log(count))


def least_squares(design: Floats, values: Floats, terms: tuple[Term, ...]) -> Emulator:
    """Weights, leave-one-out error and the share of variance it explains of values left out."""
    # The pseudo-inverse: sets that happen to repeat a column must not stop the fit.
    inverse: Floats = np.asarray(np.linalg.pinv(design.T @ design), dtype=np.float64)
    weights: Floats = inverse @ (design.T @ values)
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    # A set that fixes a weight alone has leverage 1; it must not make the error endless.
    left_out = (values - design @ weights) / np.maximum(1 - leverage, 1e-6)
    error = float(np.sqrt(np.mean(left_out**2)))
    spread = float(np.var(values))
    explained = 1 - error**2 / spread if spread > 0 else 1.0
    return Emulator(terms, weights, inverse, error, explained)
