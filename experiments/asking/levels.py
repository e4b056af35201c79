"""Levels that a user gives, and what is wrong with them."""

from __future__ import annotations

from sim.scenario import Fault
from sim.scenario.faults import Place


def level_faults(level: float) -> list[Fault]:
    """What is wrong with the level at which a fallback suffices."""
    if 0 < level <= 1:
        return []
    hint = f": did you mean {level / 100:g}?" if 1 < level <= 100 else ""
    wrong = f"{level:g} is not a share above 0"
    return [Fault(Place(f"--suffices {level:g}"), wrong, f"Give above 0 to 1{hint}")]
