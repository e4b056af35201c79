"""Which plausible sets a question over them was asked for."""

from __future__ import annotations

from collections.abc import Mapping

from experiments.study.draws import PLAUSIBLE, plausible_draws
from sim.scenario import Fault, ScenarioError
from sim.scenario.reading import county_folder


def plausible(county: str, sets: int) -> tuple[dict[int, Mapping[str, float]], list[Fault]]:
    """The first sets of the county's plausible.csv by their place, and what is wrong with it."""
    try:
        path = county_folder(county) / PLAUSIBLE
    except ScenarioError as error:
        return {}, error.faults
    draws, faults = plausible_draws(path, sets)
    if faults:
        return {}, faults
    return {place: draws.values(place) for place in range(len(draws))}, []
