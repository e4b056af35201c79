"""Resilience after a failure: how low, for how long, and how much care is lost.

Service level = covered / needed hours of the areas concerned, day by day. Robustness is its lowest
value; rapidity the days until it is back at 95 % and 99 % of its level before the failure (the mean
of the 28 days before), back meaning that it is there and stays there on average over the next 28
days; loss the area of the resilience triangle (Bruneau et al 2003): covered hours
below that level, added up until it is back at 99 %, in hours of care. All are read over one year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.ledger import COVERED, UNCOVERED, Cause, Ledger
from sim.outcomes.histories import Floats, Spells, spell_averages

DAYS_BEFORE = 28
DAYS_AFTER = 365


@dataclass(frozen=True, slots=True)
class Response:
    """The service level around a failure. ``days`` count from the failure; loss in hours."""

    failure_day: float
    areas: tuple[str, ...]
    days: Floats
    service_level: Floats
    level_before: float
    robustness: float
    days_to_95: float
    days_to_99: float
    loss_hours: float


def failure_days(ledger: Ledger) -> list[tuple[float, int]]:
    """When which provider closed."""
    return [
        (day, int(provider))
        for day, provider, _, cause in ledger.rows("traded")
        if cause == Cause.CLOSED
    ]


def areas_hit(ledger: Ledger, day: float, provider: int, principal_tier: str | None) -> list[int]:
    """The areas to look at: those it was principal of; else where contracts or people lost it."""
    labels = ledger.labels
    owner, place = labels.branch_provider, labels.branch_area
    ended = [
        (place[int(branch)], labels.tiers[int(tier)])
        for at, branch, tier, _, cause in ledger.rows("contracted")
        if at == day and cause == Cause.CONTRACT_ENDED and owner[int(branch)] == provider
    ]
    as_principal = {area for area, tier in ended if tier == principal_tier}
    if as_principal:
        return sorted(as_principal)
    moved = ledger.columns("moved")
    lost = (moved["cause"] == Cause.PROVIDER_FAILED) & (moved["day"] == day)
    displaced = set((moved["package"][lost] // 1_000_000).tolist())
    return sorted({area for area, _ in ended} | displaced)


def response(ledger: Ledger, histories: Spells, day: float, areas: Sequence[int]) -> Response:
    """The service level of ``areas`` around a failure on ``day``; NaN where not yet recovered."""
    last = min(ledger.day, day + DAYS_AFTER + DAYS_BEFORE)
    first = max(0.0, day - DAYS_BEFORE)
    edges = np.unique(np.append(np.arange(first, last, 1.0), [day, last]))
    kept = histories.where(np.isin(histories.area, areas))
    covered = _hours(kept.where(kept.in_stage(*COVERED)), edges)
    needed = covered + _hours(kept.where(kept.in_stage(*UNCOVERED)), edges)
    level = covered / np.maximum(needed, 1e-9)
    after = edges[:-1] >= day
    lengths = np.diff(edges)
    known = ~after & (lengths > 0)
    before = float(np.average(level[known], weights=lengths[known])) if known.any() else 1.0
    days_after = edges[:-1][after] - day
    recovered = days_to_recover(days_after, level[after], 0.99 * before)
    shortfall = np.maximum(0.0, before * needed[after] - covered[after])
    shortfall[days_after >= (DAYS_AFTER if np.isnan(recovered) else recovered)] = 0.0
    return Response(
        failure_day=day,
        areas=tuple(ledger.labels.areas[a] for a in areas),
        days=edges[:-1] - day,
        service_level=level,
        level_before=before,
        robustness=float(level[after].min()) if after.any() else np.nan,
        days_to_95=days_to_recover(days_after, level[after], 0.95 * before),
        days_to_99=recovered,
        loss_hours=float((shortfall * lengths[after]).sum() / 7),
    )


def _hours(kept: Spells, edges: Floats) -> Floats:
    group = np.zeros(kept.package.size, dtype=np.int64)
    column: Floats = spell_averages(kept, kept.minutes / 60, group, 1, edges)[:, 0]
    return column


def days_to_recover(days: Floats, level: Floats, wanted: float) -> float:
    """Days until the level is back at ``wanted`` and holds it over the next 28 days on average.

    0 if it never fell below; not a number if it is not back within the year.
    """
    below = np.flatnonzero(level < wanted)
    if below.size == 0 or (level[0] >= wanted and level[:DAYS_BEFORE].mean() >= wanted):
        return 0.0
    sums = np.append(0.0, np.cumsum(level))
    ends = np.minimum(np.arange(level.size) + DAYS_BEFORE, level.size)
    ahead = (sums[ends] - sums[:-1]) / (ends - np.arange(level.size))
    back = np.flatnonzero((ahead >= wanted) & (level >= wanted) & (days <= DAYS_AFTER))
    return float(days[back[0]]) if back.size else np.nan
