"""What a run is given: frozen, typed, with the source of every number."""

from sim.scenario.faults import Fault, ScenarioError
from sim.scenario.scenario import Scenario, load_scenario

__all__ = ["Fault", "Scenario", "ScenarioError", "load_scenario"]
