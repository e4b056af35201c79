"""What is wrong with the figures that a county is held against."""

from __future__ import annotations

from sim.scenario import Fault, ScenarioError
from sim.scenario.reading import read_draft


def target_faults(county: str) -> list[Fault]:
    """What is wrong with the measures that the county's figures name."""
    from experiments.fit.verdicts import measure_faults

    try:
        return measure_faults(read_draft(county))
    except ScenarioError:
        return []
