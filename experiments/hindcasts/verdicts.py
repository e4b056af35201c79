"""What may be said of a recorded figure and the band of its replications.

The record allows a range, its tolerance. The central 80% of replications are the band. It holds the
record if the two meet. It tells nothing, whether it holds the record or not, if it is wider than
half of what is possible; and holding it tells nothing if the band of another case, or of the same
market without the case's failures and shocks, is no wider and holds it as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from experiments.hindcasts.case import WIDEST, Figure

TAIL = 0.1
"""The share of replications beyond each end of the band: 80% lie in it."""
LEAST = 20
"""With fewer replications less than two lie beyond each end of the band, and one decides it."""


class Verdict(StrEnum):
    """What is said of one figure."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNINFORMATIVE = "uninformative"
    NONE = "no verdict"


@dataclass(frozen=True, slots=True)
class Band:
    """The central 80% of the replications in which a reading is known; ``count``: how many."""

    low: float
    middle: float
    high: float
    count: int

    @property
    def width(self) -> float:
        """How far apart its ends are."""
        return self.high - self.low

    @property
    def known(self) -> bool:
        """Whether there are enough replications for a verdict."""
        return self.count >= LEAST

    def holds(self, figure: Figure) -> bool:
        """Whether it meets what the record allows."""
        return self.low <= figure.high and figure.low <= self.high


def band_of(values: Sequence[float], figure: Figure) -> Band:
    """The band of a reading, within what is possible; nan where no replication knows it."""
    known = np.asarray(values, dtype=float)
    known = np.clip(known[~np.isnan(known)], *figure.possible)
    if not known.size:
        return Band(np.nan, np.nan, np.nan, 0)
    low, middle, high = (float(end) for end in np.quantile(known, (TAIL, 0.5, 1 - TAIL)))
    return Band(low, middle, high, int(known.size))


def too_wide(band: Band, figure: Figure) -> bool:
    """Whether it leaves more than half of what is possible open."""
    return band.width > WIDEST * figure.range


def verdict_of(figure: Figure, band: Band, others: Sequence[Band] = ()) -> Verdict:
    """The verdict; ``others``: bands of the same reading in other cases, or without the case's."""
    if not band.known:
        return Verdict.NONE
    if too_wide(band, figure):
        return Verdict.UNINFORMATIVE
    if not band.holds(figure):
        return Verdict.OUTSIDE
    as_sharp = (one for one in others if one.known and one.width <= band.width)
    return Verdict.UNINFORMATIVE if any(one.holds(figure) for one in as_sharp) else Verdict.INSIDE
