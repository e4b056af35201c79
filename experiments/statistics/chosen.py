"""The lowest or highest of many: chosen on one half of the replications, reported on the other.

What is lowest of many was partly low by chance, and the replications that made it lowest flatter
the finding. So the odd replications choose, and the even ones, which did not, say how low it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.statistics.intervals import Floats, Interval, t_interval


@dataclass(frozen=True, slots=True)
class Chosen:
    """A candidate by its place; how many replications chose it, and its figure on the others."""

    place: int
    chosen_on: int
    reported: Interval


def chosen_apart(
    values: Floats, replications: Sequence[int], *, highest: bool = False
) -> Chosen | None:
    """The candidate whose mean is lowest (or highest) on odd replications, reported on even ones.

    ``values``: by replication and candidate, nan where a candidate is not there; one counts if it
    is there in at least half of the replications of each kind. None if there is no such candidate,
    or not a replication of each kind: one simulated future has no worst of anything.
    """
    odd = np.array(replications) % 2 == 1
    if not odd.any() or odd.all() or values.shape[1] == 0:
        return None
    known = np.isfinite(values)
    often = (known[odd].mean(axis=0) >= 0.5) & (known[~odd].mean(axis=0) >= 0.5)
    if not often.any():
        return None
    there = known[odd]
    mean = np.where(there, values[odd], 0.0).sum(axis=0) / np.maximum(1, there.sum(axis=0))
    wanted = np.where(often, -mean if highest else mean, np.inf)
    place = int(wanted.argmin())
    return Chosen(place, int(there[:, place].sum()), t_interval(values[~odd, place]))
