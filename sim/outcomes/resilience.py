"""Resilience after a failure: how low, for how long, and how much care is lost.

Service level = covered / needed hours of the areas concerned, day by day; care is covered while it
is in service or bridged and nobody misses the visits. Robustness is its lowest
value; rapidity the days until it is back at 95 % and 99 % of its level before the failure (the mean
of the 28 days before), back meaning that it is there and stays there on average over the next 28
days; loss the area of the resilience triangle (Bruneau et al 2003): covered hours
below that level, added up until it is back at 99 %, in hours of care. All are read over one year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.ledger import COVERED, IDS_PER_AREA, LOSSES, UNCOVERED, Cause, Ledger
from sim.outcomes.histories import Floats, Spells, spell_averages
from sim.outcomes.strain import hours_by_area
from sim.scenario import Scenario
from sim.vocabulary import HARMFUL, SHOCK_KINDS

ENDED = (Cause.CONTRACT_ENDED, Cause.CONTRACT_RETURNED)
DAYS_BEFORE = 28
DAYS_AFTER = 365


@dataclass(frozen=True, slots=True)
class Cover:
    """Covered and needed hours a week, day by day."""

    covered: Floats
    needed: Floats

    @property
    def level(self) -> Floats:
        """Covered / needed hours."""
        return self.covered / np.maximum(self.needed, 1e-9)


@dataclass(frozen=True, slots=True)
class Response:
    """The service level around a failure. ``days`` count from the failure; loss in hours.

    ``usual`` is the cover of the same market without the failure, ``added_hours`` the hours of care
    in these areas that are uncovered or missed within a year because of it; both are known if the
    run without the failure is.
    """

    failure_day: float
    areas: tuple[str, ...]
    days: Floats
    last_day: float
    service_level: Floats
    level_before: float
    robustness: float
    days_to_95: float
    days_to_99: float
    loss_hours: float
    cover: Cover
    usual: Cover | None = None
    added_hours: float = np.nan


def failure_days(ledger: Ledger) -> list[tuple[float, int]]:
    """When which provider closed, gave contracts back or fell short; each event once, in order."""
    told = [
        (day, int(provider))
        for day, provider, _, cause in ledger.rows("traded")
        if cause in HARMFUL
    ]
    owner = ledger.labels.branch_provider
    returned = [
        (day, owner[int(branch)])
        for day, branch, _, _, cause in ledger.rows("contracted")
        if cause == Cause.CONTRACT_RETURNED
    ]
    return sorted(set(told) | set(returned))


def exits_of_themselves(ledger: Ledger, scenario: Scenario) -> set[tuple[float, int]]:
    """When which provider closed or fell short for reasons of its own: accounts, ratings, and
    shocks that befell every team; to be told from what a script or chance said."""
    last_days = {
        Cause.INSOLVENT: scenario.money.insolvency_notice_days,
        Cause.NOT_VIABLE: scenario.failure.usual_notice_days,
        Cause.FOUND_INADEQUATE: 0.0,
    }
    traded = ledger.rows("traded")
    found = {
        (day + last_days[Cause(int(cause))], int(provider))
        for day, provider, _, cause in traded
        if cause in last_days
    }
    found |= {
        (day + scenario.failure.usual_notice_days, int(provider))
        for day, provider, rating, _ in ledger.rows("rated")
        if rating == 0
    }
    shocks = {
        float((shock.date - scenario.calendar.start).days)
        for shock in scenario.shocks
        if SHOCK_KINDS[shock.kind].of_carers
    }
    return found | {(day, int(provider)) for day, provider, _, _ in traded if day in shocks}


def areas_hit(ledger: Ledger, day: float, provider: int, principal_tier: str | None) -> list[int]:
    """The areas to look at: those it was principal of; else where contracts or people lost it."""
    labels = ledger.labels
    owner, place = labels.branch_provider, labels.branch_area
    short = areas_of_shortfall(ledger, day, provider, principal_tier)
    if short:
        return short
    ended = [
        (place[int(branch)], labels.tiers[int(tier)])
        for at, branch, tier, _, cause in ledger.rows("contracted")
        if at == day and cause in ENDED and owner[int(branch)] == provider
    ]
    as_principal = {area for area, tier in ended if tier == principal_tier}
    if as_principal:
        return sorted(as_principal)
    moved = ledger.columns("moved")
    lost = np.isin(moved["cause"], LOSSES) & (moved["day"] == day)
    displaced = set((moved["package"][lost] // IDS_PER_AREA).tolist())
    return sorted({area for area, _ in ended} | displaced)


def areas_of_shortfall(
    ledger: Ledger, day: float, provider: int, principal_tier: str | None
) -> list[int]:
    """Where a provider that falls short is principal, else where it has a team."""
    told = [
        int(area)
        for at, who, area, cause in ledger.rows("traded")
        if at == day and who == provider and cause in HARMFUL and cause != Cause.CLOSED
    ]
    if not told:
        return []
    labels = ledger.labels
    teams = {
        branch: area
        for branch, area in enumerate(labels.branch_area)
        if labels.branch_provider[branch] == provider and (-1 in told or area in told)
    }
    held: set[int] = set()
    for at, branch, tier, _, cause in ledger.rows("contracted"):
        if at <= day and int(branch) in teams and labels.tiers[int(tier)] == principal_tier:
            if cause == Cause.CONTRACT_STARTED:
                held.add(teams[int(branch)])
            elif cause in ENDED:
                held.discard(teams[int(branch)])
    # A provider that is principal nowhere is looked at wherever it has a team.
    return sorted(held or set(teams.values()))


def cover(ledger: Ledger, histories: Spells, areas: Sequence[int], edges: Floats) -> Cover:
    """Covered and needed hours a week in ``areas``, day by day."""
    kept = histories.where(np.isin(histories.area, areas))
    # Missed visits stand among the hours in service, so they are taken off again.
    missed = hours_by_area(ledger, "strained", "missed", edges)[:, list(areas)].sum(axis=1)
    served = _hours(kept.where(kept.in_stage(*COVERED)), edges)
    needed = served + _hours(kept.where(kept.in_stage(*UNCOVERED)), edges)
    return Cover(served - missed, needed)


def compared(after: Response, usual: Cover) -> Response:
    """A response beside the same market without the failure."""
    lengths = np.diff(np.append(after.days, after.last_day))
    # Only the year after the failure is compared; before it both runs are the same.
    year = (after.days >= 0) & (after.days < DAYS_AFTER)
    short = after.cover.needed - after.cover.covered
    added = (short - (usual.needed - usual.covered)) * lengths / 7
    return replace(after, usual=usual, added_hours=float(added[year].sum()))


def cover_without(after: Response, reference: Ledger, histories: Spells) -> Cover:
    """Cover in a response's areas, on its days, in a run without the failure."""
    areas = [reference.labels.areas.index(code) for code in after.areas]
    edges = np.append(after.days, after.last_day) + after.failure_day
    return cover(reference, histories, areas, edges)


def response(ledger: Ledger, histories: Spells, day: float, areas: Sequence[int]) -> Response:
    """The service level of ``areas`` around a failure on ``day``; NaN where not yet recovered."""
    # Four weeks more than the year: whether care stays back on its last day takes them.
    last = min(ledger.day, day + DAYS_AFTER + DAYS_BEFORE)
    first = max(0.0, day - DAYS_BEFORE)
    # The failure itself is an edge: a day that holds both would blur how low it falls.
    edges = np.unique(np.append(np.arange(first, last, 1.0), [day, last]))
    now = cover(ledger, histories, areas, edges)
    level, needed, covered = now.level, now.needed, now.covered
    after = edges[:-1] >= day
    lengths = np.diff(edges)
    known = ~after & (lengths > 0)
    # A failure in the first instant has nothing before it: care is then held to be whole.
    before = float(np.average(level[known], weights=lengths[known])) if known.any() else 1.0
    days_after = edges[:-1][after] - day
    recovered = days_to_recover(days_after, level[after], 0.99 * before)
    shortfall = np.maximum(0.0, before * needed[after] - covered[after])
    # The triangle ends where care is back; what dips later is another story.
    shortfall[days_after >= (DAYS_AFTER if np.isnan(recovered) else recovered)] = 0.0
    return Response(
        failure_day=day,
        areas=tuple(ledger.labels.areas[a] for a in areas),
        days=edges[:-1] - day,
        last_day=float(edges[-1] - day),
        service_level=level,
        level_before=before,
        robustness=float(level[after].min()) if after.any() else np.nan,
        days_to_95=days_to_recover(days_after, level[after], 0.95 * before),
        days_to_99=recovered,
        loss_hours=float((shortfall * lengths[after]).sum() / 7),
        cover=now,
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
    # Near the end fewer than 28 days lie ahead: the mean is over those there are.
    ends = np.minimum(np.arange(level.size) + DAYS_BEFORE, level.size)
    ahead = (sums[ends] - sums[:-1]) / (ends - np.arange(level.size))
    back = np.flatnonzero((ahead >= wanted) & (level >= wanted) & (days <= DAYS_AFTER))
    return float(days[back[0]]) if back.size else np.nan
