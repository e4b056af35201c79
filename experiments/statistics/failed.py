"""When so many runs failed that there is no headline: one rule, of every question.

A run that fails may fail because of what it would have shown. One in twenty moves a mean little;
with more, those that are left may tell of another population. Tables keep what there is.
"""

from __future__ import annotations

from typing import overload

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
MOST_FAILED = 0.05
"""The share of runs, or of pairs of runs, that may be missing before there is no headline."""


@overload
def too_many_failed(failed: int, of: int) -> bool: ...


@overload
def too_many_failed(failed: Counts, of: Counts) -> NDArray[np.bool_]: ...


def too_many_failed(failed: int | Counts, of: int | Counts) -> bool | NDArray[np.bool_]:
    """Whether so many of those that were carried out failed that there is no headline."""
    return failed > MOST_FAILED * of
