"""Package histories: the ledger's moves as spells, each with a beginning, an end and a stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import GONE, IDS_PER_AREA, Ledger, moves_of_each

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Spells:
    """Spells in one stage, at one branch, with the same hours; ordered by package, then time.

    ``end`` is the ledger's day for spells that were not over by then: they are censored, not
    dropped. ``last`` marks the latest spell of each package.
    """

    package: Ints
    area: Ints
    stage: Ints
    branch: Ints
    tier: Ints
    minutes: Ints
    cause: Ints
    start: Floats
    end: Floats
    last: Flags

    def where(self, keep: Flags) -> Spells:
        """The spells that a condition keeps."""
        kept = np.flatnonzero(keep)
        return Spells(*(getattr(self, name).take(kept) for name in Spells.__dataclass_fields__))

    def in_stage(self, *stages: int) -> Flags:
        """Which spells are in one of these stages."""
        return np.isin(self.stage, stages)


def spells(ledger: Ledger, moves: Mapping[str, NDArray[Any]] | None = None) -> Spells:
    """Every package's history, without the empty spell after it is gone.

    ``moves``: those of each package, if they are known already.
    """
    moved = moves_of_each(ledger) if moves is None else moves
    package, start = moved["package"], moved["day"]
    last = np.ones(package.size, dtype=bool)
    last[:-1] = package[1:] != package[:-1]
    # A package that is not over by then is censored: its last spell ends with the run.
    end = np.full(package.size, ledger.day)
    end[:-1] = np.where(last[:-1], ledger.day, start[1:])
    histories = Spells(
        package,
        package // IDS_PER_AREA,
        moved["stage"],
        moved["branch"],
        moved["tier"],
        moved["minutes"],
        moved["cause"],
        start,
        end,
        last,
    )
    # Nobody is anywhere once gone, but the move there ended the spell before, so it was needed.
    return histories.where(~histories.in_stage(*GONE))


def step_averages(
    times: Floats, changes: Floats, groups: Ints, group_count: int, edges: Floats
) -> Floats:
    """Time averages, period by period, of step functions given by their changes.

    Returns an array of shape (periods, groups). Changes before the first edge count as the level
    from which the first period starts; changes after the last edge do not count.
    """
    periods = edges.size - 1
    # A change before the first edge counts from that edge on: it is the level to begin with.
    within = np.clip(times, edges[0], edges[-1])
    period = np.clip(np.searchsorted(edges, within, side="right") - 1, 0, periods - 1)
    cell = period * group_count + groups
    size = periods * group_count
    # Within its own period a change counts for the part that is left, afterwards for the whole.
    partial = np.bincount(cell, changes * (edges[period + 1] - within), size)
    kept = np.where(times < edges[-1], changes, 0.0)
    steps = np.bincount(cell, kept, size).reshape(periods, group_count)
    before = np.cumsum(steps, axis=0) - steps
    lengths = np.diff(edges)[:, None]
    averages: Floats = partial.reshape(periods, group_count) / lengths + before
    return averages


def spell_averages(
    kept: Spells, weights: Floats, groups: Ints, group_count: int, edges: Floats
) -> Floats:
    """Time averages of a weight summed over the spells under way, by group; see step_averages."""
    return step_averages(
        np.concatenate([kept.start, kept.end]),
        np.concatenate([weights, -weights]),
        np.concatenate([groups, groups]),
        group_count,
        edges,
    )


def week_edges(ledger: Ledger) -> Floats:
    """Days on which the weeks of a run begin, and the end of the last; the last may be short."""
    whole = np.arange(0.0, ledger.day, 7.0)
    return np.append(whole, ledger.day)
