"""N-1 of a provider: how much of the care it gave would be there four weeks after it closed.

    N-1 = 1 - extra hours without care in the county / hours of its people still needed

Both are hours a week, means over the day from 28 to 29 days after care stops. *Extra* are the hours
that nobody gives (no provider and no bridging, or visits missed) in the run with the failure, less
those in the run without it: one past, the same people, the whole county, since others wait longer
for the capacity that the displaced people take. *Still needed* are the hours that the people whom
the provider served, or kept a place for, need at home on that day in the run without the failure:
who has died, moved to a care home or lies in hospital needs none.

The figure is not clipped. It is below 0 if the closure leaves more hours without care elsewhere
than its people need, and above 1 if the county is better off than without the closure: chance, or
a market that took on more than was lost. Whoever shows it says so, and never cuts it off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.ledger import COVERED, UNCOVERED, Ledger
from sim.outcomes.account import held_by
from sim.outcomes.histories import Ints, Spells, spell_averages, spells
from sim.outcomes.payers import and_those_served_privately
from sim.outcomes.resilience import cover

ON_DAY = 28.0
"""Whole days after care stops; the figure is the mean over the day that then begins."""
MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True)
class NMinus1:
    """What a closure leaves, hours a week on day 28; not numbers if either run ends before.

    ``extra_hours``: without care in the county, beyond the run without the failure.
    ``needed_hours``: of the people whom the provider served or kept a place for.
    """

    extra_hours: float
    needed_hours: float

    @property
    def share(self) -> float:
        """1 - extra / needed, not clipped; not a number if none of its people needs care."""
        return 1 - self.extra_hours / self.needed_hours if self.needed_hours > 0 else np.nan


def n_minus_1(
    failed: Ledger,
    usual: Ledger,
    people: Ints,
    stops: float,
    *,
    failed_spells: Spells | None = None,
    usual_spells: Spells | None = None,
) -> NMinus1:
    """N-1 from two ledgers with one past: ``failed`` with the failure, ``usual`` without it.

    ``people``: packages whose care stops on day ``stops`` (:func:`people_when_care_stops`),
    self-funders among them. Spells may be given by whoever has them already: those of ``usual``
    with the self-funders whom only ``failed`` follows.
    """
    if min(failed.day, usual.day) < stops + ON_DAY + 1:
        return NMinus1(np.nan, np.nan)
    with_failure = spells(failed) if failed_spells is None else failed_spells
    without = (
        and_those_served_privately(usual, spells(usual), failed, with_failure)
        if usual_spells is None
        else usual_spells
    )
    extra = hours_without_care_on_day(failed, with_failure, stops) - hours_without_care_on_day(
        usual, without, stops
    )
    return NMinus1(extra, needed_on_day(without, people, stops))


def people_when_care_stops(histories: Spells, teams: Sequence[int], stops: float) -> Ints:
    """The packages that teams serve, or keep a place for, the instant before care stops.

    With notice these are fewer than :func:`sim.outcomes.account.people_at_announcement`.
    """
    found: Ints = np.unique(histories.package[held_by(histories, teams, stops)])
    return found


def teams_of_provider(ledger: Ledger, provider: str, areas: Sequence[str] = ()) -> list[int]:
    """A provider's teams by their place in labels.branches: everywhere, or in some areas.

    Raises ValueError if there is no such provider.
    """
    labels = ledger.labels
    owner = labels.providers.index(provider)
    return [
        team
        for team, (who, area) in enumerate(
            zip(labels.branch_provider, labels.branch_area, strict=True)
        )
        if who == owner and (not areas or labels.areas[area] in areas)
    ]


def hours_without_care_on_day(ledger: Ledger, histories: Spells, stops: float) -> float:
    """Hours a week that nobody gives in the whole county, mean over the day from 28 to 29."""
    begins, ends = _day(stops)
    kept = histories.where((histories.end > begins) & (histories.start < ends))
    areas = range(len(ledger.labels.areas))
    now = cover(ledger, kept, areas, np.array([begins, ends]))
    return float((now.needed - now.covered)[0])


def needed_on_day(histories: Spells, people: Ints, stops: float) -> float:
    """Hours a week of care at home that these people need, mean over the day from 28 to 29."""
    begins, ends = _day(stops)
    at_home = histories.in_stage(*COVERED, *UNCOVERED)
    during = (histories.end > begins) & (histories.start < ends)
    kept = histories.where(at_home & during & np.isin(histories.package, people))
    one = np.zeros(kept.package.size, dtype=np.int64)
    hours = kept.minutes / MINUTES_PER_HOUR
    return float(spell_averages(kept, hours, one, 1, np.array([begins, ends]))[0, 0])


def _day(stops: float) -> tuple[float, float]:
    """When the day begins and ends over which everything is averaged."""
    return stops + ON_DAY, stops + ON_DAY + 1
