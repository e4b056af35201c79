"""The estimates of a study as arrays: of companies that close, and of teams that stop alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.adequacy.losses import Calibration, Losses, loss
from experiments.adequacy.work import STAFF_MOVE_SHARES, Examined
from sim.outcomes.adequacy import PRINCIPAL, ROLES, adequacy, month_starts, weighted
from sim.outcomes.histories import Flags, Floats, Ints
from sim.scenario import Scenario

COMPANY, TEAM = "provider", "team"
KINDS = (COMPANY, TEAM)
MOST = 0.5
"""Of the replications: who is there in so many of them is there."""


@dataclass(frozen=True)
class Estimates:
    """N-1 of everyone who could stop: arrays by replication, (share,) month and code.

    ``held``: where it is a principal with hours at stake. ``hours``: without care that a stop adds,
    within 28 and 91 days.
    """

    codes: tuple[str, ...]
    held: Flags
    at_stake: Floats
    n_minus_1: Floats
    hours: tuple[Floats, Floats]

    def county(self, keep: Flags) -> Floats:
        """Mean over those kept, weighted by hours: by replication, share and month."""
        stake = np.where(self.held & keep, self.at_stake, 0.0)[:, None]
        return weighted(stake, self.n_minus_1)

    def hours_below(self, level: float, keep: Flags) -> Floats:
        """Hours at stake of those kept whose N-1 is below a level: by replication, share, month."""
        below = self.held[:, None] & keep & (self.n_minus_1 < level)
        found: Floats = np.where(below, self.at_stake[:, None], 0.0).sum(axis=-1)
        return found

    @property
    def begun(self) -> Ints:
        """The month from which each is a principal provider in most replications; -1: never."""
        there = self.held.mean(axis=0) >= MOST
        return np.where(there.any(axis=0), there.argmax(axis=0), -1)


@dataclass(frozen=True)
class FixedSet:
    """Those that are compared over the years: like with like, from a month on.

    ``keep``: which codes; ``first``: the month in which the last of them had begun; ``whole``: how
    many are ever a principal.
    """

    keep: Flags
    first: int
    whole: int


@dataclass(frozen=True)
class Study:
    """All estimates, and what they are of."""

    scenario: Scenario
    months: list[date]
    areas: tuple[str, ...]
    replications: tuple[int, ...]
    level: float
    losses: Losses
    role: Ints
    absorbable: Floats
    companies: Estimates
    teams: Estimates

    def of(self, kind: str) -> Estimates:
        """The estimates of companies, or of teams."""
        return self.companies if kind == COMPANY else self.teams

    @property
    def years(self) -> Ints:
        """The year of each month."""
        return np.array([month.year for month in self.months], dtype=np.int64)

    @property
    def usual_role(self) -> Ints:
        """The role of most replications, by month and area."""
        counts = np.stack([(self.role == role).sum(axis=0) for role in range(len(ROLES))])
        found: Ints = counts.argmax(axis=0)
        return found

    @property
    def single(self) -> bool:
        """Whether it is a single simulated run."""
        return len(self.replications) == 1


def fixed_set(estimates: Estimates, years: Ints) -> FixedSet | None:
    """Who had begun by the end of the first year by which at least half of all had; None: nobody.

    Two areas in one year against eighteen in another are no trend: those that begin later are left
    out of every year alike.
    """
    begun = estimates.begun
    ever = begun >= 0
    if not ever.any():
        return None
    began = np.where(ever, years[np.maximum(0, begun)], np.iinfo(np.int64).max)
    first_year = next(
        year
        for year in sorted(set(began[ever].tolist()))
        if 2 * (began <= year).sum() >= ever.sum()
    )
    keep = began <= first_year
    return FixedSet(keep, int(begun[keep].max()), int(ever.sum()))


def study_of(scenario: Scenario, found: Sequence[Examined], level: float, losses: Losses) -> Study:
    """The estimates of all replications."""
    months, _ = month_starts(scenario)
    room = np.stack([one.absorbable for one in found])
    role = np.stack([one.role for one in found])
    return Study(
        scenario,
        months,
        found[0].areas,
        tuple(one.replication for one in found),
        level,
        losses,
        role,
        room,
        companies_of_all(found, losses.companies),
        teams_of_all(found, role, room, losses.teams),
    )


def companies_of_all(found: Sequence[Examined], calibration: Calibration) -> Estimates:
    """Every provider that is ever a principal."""
    held = by_provider([one.held & (one.company_at_stake > 0) for one in found])
    ever = np.flatnonzero(held.any(axis=(0, 1)))
    stake = by_provider([one.company_at_stake for one in found])[..., ever]
    shares = by_provider([one.estimate for one in found])[..., ever]
    everybody = max((one.providers for one in found), key=len)
    codes = tuple(everybody[place] for place in ever)
    return Estimates(codes, held[..., ever], stake, shares, hours_of(stake, shares, calibration))


def by_provider(found: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Replications together, each with a last axis of providers: some more enter in one of them."""
    most = max(one.shape[-1] for one in found)
    return np.stack(
        [np.pad(one, [(0, 0)] * (one.ndim - 1) + [(0, most - one.shape[-1])]) for one in found]
    )


def teams_of_all(
    found: Sequence[Examined], role: Ints, room: Floats, calibration: Calibration
) -> Estimates:
    """The principal, or largest, team of every area."""
    stake = np.stack([one.at_stake for one in found])
    shares = np.stack(
        [adequacy(stake, room[:, i], share) for i, share in enumerate(STAFF_MOVE_SHARES)], axis=1
    )
    held = (role == PRINCIPAL) & (stake > 0)
    return Estimates(found[0].areas, held, stake, shares, hours_of(stake, shares, calibration))


def hours_of(stake: Floats, shares: Floats, calibration: Calibration) -> tuple[Floats, Floats]:
    """Hours without care that each stop adds, within 28 and 91 days."""
    short, long = (loss(stake[:, None], shares, calibration, horizon) for horizon in (0, 1))
    return short, long
