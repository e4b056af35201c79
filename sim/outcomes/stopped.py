"""What becomes of people when those who served them stop: who takes them on, who goes without.

Read from the ledger of a run in which a provider really closes, or a team of it alone stops. Beside
it stands the reference for N-1, :mod:`sim.outcomes.n_minus_1`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.ledger import IDS_PER_AREA, Cause, Ledger, Stage
from sim.outcomes.histories import Flags, Floats, Spells, spells
from sim.outcomes.resilience import cover

MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True)
class TakenOn:
    """Hours a week of the people whom some teams served when they stopped.

    ``at_stake``: all of them. ``taken_on``: of those whom another provider has served since, at
    any moment up to the day asked for. ``not_needed``: of those nobody has served since whose need
    had ended by then, or who were in hospital on that day: they count neither as taken on nor as
    left over.
    """

    at_stake: float
    taken_on: float
    not_needed: float

    @property
    def share(self) -> float:
        """Taken on, of the hours still needed; not a number if none were."""
        needed = self.at_stake - self.not_needed
        return self.taken_on / needed if needed > 0 else np.nan


def taken_on(ledger: Ledger, teams: Sequence[int], stops: float, by_day: float) -> TakenOn:
    """What other providers have taken on by a day of what some teams served when they stopped."""
    moved = ledger.table("moved")
    areas = sorted({ledger.labels.branch_area[team] for team in teams})
    here = moved[np.isin(moved[:, 1] // IDS_PER_AREA, areas) & (moved[:, 0] <= by_day)]
    del moved  # a copy of the largest table: it need not wait for the end of this function
    day, package, stage, branch, minutes = (here[:, i] for i in (0, 1, 2, 3, 5))
    mine = np.isin(branch, teams)
    # Self-funders are known one by one from the stop on, and were there before it.
    before = (day < stops) | ((day == stops) & (here[:, 6] == Cause.SELF_FUNDED))
    last_before = _last_of_each(package[before])
    # Whoever was served by them at the last move before the stop was at stake.
    served = (stage[before] == Stage.IN_SERVICE) & mine[before] & last_before
    people, weights = package[before][served], minutes[before][served] / MINUTES_PER_HOUR
    after = ~before
    again = after & (stage == Stage.IN_SERVICE) & ~mine
    # Once is enough: somebody taken on who leaves again has been taken on.
    taken = np.isin(people, package[again])
    latest = _last_of_each(package)
    gone = latest & np.isin(stage, (Stage.ENDED, Stage.INTERRUPTED))
    not_needed = ~taken & np.isin(people, package[gone])
    return TakenOn(
        float(weights.sum()), float(weights[taken].sum()), float(weights[not_needed].sum())
    )


def _last_of_each(package: Floats) -> Flags:
    """Marks the last row of each package; rows are in order of time."""
    order = np.argsort(package, kind="stable")
    last = np.ones(package.size, dtype=bool)
    ordered = package[order]
    last[order[:-1]] = ordered[1:] != ordered[:-1]
    return last


def hours_without_care_in_areas(
    ledger: Ledger, areas: list[int], edges: Floats, histories: Spells | None = None
) -> Floats:
    """Hours of care that nobody gives in ``areas``, period by period: uncovered, or visits missed.

    Displaced people are among the uncovered. Returns hours, one value a period, of everybody; whose
    hours they are is told by :func:`sim.outcomes.account.hours_without_care`.
    """
    told = spells(ledger) if histories is None else histories
    kept = told.where(np.isin(told.area, areas) & (told.end > edges[0]) & (told.start < edges[-1]))
    lengths = np.diff(edges) / 7
    now = cover(ledger, kept, areas, edges)
    return (now.needed - now.covered) * lengths
