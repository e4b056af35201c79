"""The largest likelihood of a few numbers, and how sure they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
STEP = 1e-4
Z95 = 1.959964
"""The normal quantile of a 95% interval."""


@dataclass(frozen=True)
class Estimate:
    """Numbers of the largest likelihood, their covariance, and the log likelihood there."""

    numbers: Floats
    covariance: Floats
    log_likelihood: float

    def error(self, gradient: Sequence[float]) -> float:
        """The standard error of a figure, by the delta method, from its gradient."""
        slope = np.asarray(gradient)
        return float(np.sqrt(max(0.0, slope @ self.covariance @ slope)))


def most_likely(loss: Callable[[Floats], float], start: Sequence[float]) -> Estimate:
    """Where the negative log likelihood is least."""
    found = minimize(loss, np.asarray(start, dtype=float), method="Nelder-Mead",
                     options={"xatol": 1e-6, "fatol": 1e-8, "maxiter": 4000})  # fmt: skip
    numbers = np.asarray(found.x, dtype=float)
    covariance = np.asarray(np.linalg.pinv(curvature(loss, numbers)), dtype=float)
    return Estimate(numbers, covariance, -float(found.fun))


def curvature(loss: Callable[[Floats], float], at: Floats) -> Floats:
    """Second derivatives, by central differences."""
    steps = STEP * np.eye(at.size)
    return np.array(
        [
            [
                (loss(at + a + b) - loss(at + a - b) - loss(at - a + b) + loss(at - a - b))
                / (4 * STEP**2)
                for b in steps
            ]
            for a in steps
        ]
    )
