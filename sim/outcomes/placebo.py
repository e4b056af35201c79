"""Outcomes of the placebo: what others' hours come to where next to nothing happens.

Beside the failures that are asked for, a run lives on from the same announcement with another
event: a team of one to three people closes. What then differs for everybody else is mostly
other chance, so an effect on others is claimed only beyond it. Each is the outcome of the same name
without ``placebo_``, read off the placebo's own account.
"""

from __future__ import annotations

from sim.outcomes.account import HEADLINE_DAYS
from sim.outcomes.declaration import About
from sim.outcomes.failures import INDIRECT, Failures
from sim.outcomes.registry import outcome

INDIRECT_FIRST_DAYS = "indirect_hours_in_28_days"
INDIRECT_YEAR = "indirect_hours_in_365_days"
PLACEBO = f"placebo_{INDIRECT}"
"""The placebo's bound of the headline's indirect harm."""
PLACEBO_OF = {INDIRECT_FIRST_DAYS: f"placebo_{INDIRECT_FIRST_DAYS}", INDIRECT: PLACEBO}
"""By outcome, the placebo that stands beside it."""
PLACEBOS = frozenset(PLACEBO_OF.values())
NEED_A_PLACEBO = (*PLACEBO_OF, INDIRECT_YEAR)
"""Outcomes about others: an effect is claimed only beyond the placebo. A year has none outside
``run``: elsewhere the placebo is lived to the headline's horizon."""


def _placebo_outcome(name: str, days: int) -> None:
    def of(placebo: Failures) -> float:
        return float(placebo.account.harm(days).indirect.sum())

    meaning = (
        f"placebo: hours without care for everybody else, to {days} days after care stops, if a "
        "team that serves one to three people closes on that day instead"
    )
    outcome("hours", about=About.PLACEBO, name=name, meaning=meaning)(of)


for _name, _days in zip(PLACEBO_OF.values(), (28, HEADLINE_DAYS), strict=True):
    _placebo_outcome(_name, _days)
