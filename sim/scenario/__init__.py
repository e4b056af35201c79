"""What a run is given: frozen, typed, with the source of every number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.faults import Fault, ScenarioError

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario, load_scenario

__all__ = ["Fault", "Scenario", "ScenarioError", "load_scenario"]


def __getattr__(name: str) -> object:
    """A scenario, once somebody asks for one: who only tells what is wrong loads none."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sim.scenario import scenario

    return getattr(scenario, name)
