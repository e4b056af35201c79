"""From replications to means with 95% intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.statistics.intervals import half_widths, t_interval
from sim.outcomes.headline import Result

KEYS = ("week_start", "year", "days", "area", "tier", "role")


def figures(results: Sequence[Result]) -> pd.DataFrame:
    """One row an outcome: mean, ends of the 95% interval, replications that have it."""
    table = pd.DataFrame([result.figures for result in results])
    return pd.DataFrame(
        [(name, *_ends(table[name].to_numpy(dtype=float))) for name in table],
        columns=["outcome", "mean", "low", "high", "replications"],
    )


def _ends(values: np.ndarray) -> tuple[float, float, float, int]:
    found = t_interval(values)
    return found.mean, found.low, found.high, found.count


def weekly(tables: Sequence[dict[str, np.ndarray]]) -> pd.DataFrame:
    """Cell by cell, the mean over replications and, with several, the interval's ends.

    No measure can be negative, so neither is an interval's low end.
    """
    first = tables[0]
    frame = {name: first[name] for name in first if name in KEYS}
    for name in first:
        if name in KEYS:
            continue
        stack = np.stack([table[name] for table in tables]).astype(float)
        frame[name] = stack.mean(axis=0)
        if len(tables) > 1:
            half = half_widths(stack.std(axis=0, ddof=1), len(tables))
            # Hours, people and shares cannot be negative, though a symmetric interval may be.
            frame[f"{name}_low"] = np.maximum(0.0, frame[name] - half)
            frame[f"{name}_high"] = frame[name] + half
    return pd.DataFrame(frame)


def county(tables: Sequence[dict[str, np.ndarray]], by: str | None) -> pd.DataFrame:
    """Sums over areas week by week, replication by replication, then mean and interval."""
    summed = []
    for table in tables:
        # Levels of areas cannot be added up.
        frame = pd.DataFrame(table).drop(columns=["area", "service_level"], errors="ignore")
        keys = ["week_start"] + (["days"] if "days" in frame else []) + ([by] if by else [])
        total = frame.groupby(keys, sort=False, as_index=False).sum(min_count=1)
        summed.append({str(name): total[name].to_numpy() for name in total})
    return weekly(summed)
