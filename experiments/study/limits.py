"""How much of a study is refused before any of it is built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.scenario import Fault
from sim.scenario.amounts import count
from sim.scenario.faults import Place

if TYPE_CHECKING:
    from experiments.study.draws import Method, Varied

MOST_DRAWS = 1_000_000
"""Sets of values that are held in memory, a third of a gigabyte of them; as draws.number."""
MOST_RUNS = 10_000_000
"""A study keeps a file for every run: beyond this disks run out of names (assumption)."""


def number_of_draws(method: Method, varied: Sequence[Varied], number: int) -> int:
    """How many draws a method would make, without making them."""
    if method == "grid":
        draws = 1
        for one in varied:
            draws *= len(one.values)
        return draws
    if method == "list":
        return max((len(one.values) for one in varied), default=1)
    return number * {"sobol": len(varied) + 2, "morris": len(varied) + 1}.get(method, 1)


def draw_faults(method: Method, varied: Sequence[Varied], number: int, place: Place) -> list[Fault]:
    """Why so many draws cannot be made, if they cannot."""
    draws = number_of_draws(method, varied, number)
    if draws <= MOST_DRAWS:
        return []
    cure = f"At most {MOST_DRAWS:,}. Give fewer values or parameters, or sample (latin_hypercube)"
    if method != "grid":
        cure = f"At most {MOST_DRAWS:,}. Give a smaller number or fewer parameters"
    return [Fault(place, f"{count(draws)} draws ({method.replace('_', ' ')})", cure)]


def run_faults(scenarios: int, draws: int, replications: int, place: Place) -> list[Fault]:
    """Why a study cannot have so many runs, if it cannot."""
    runs = scenarios * draws * replications
    if runs <= MOST_RUNS:
        return []
    wrong = (
        f"{count(runs)} runs ({scenarios:,} scenarios x {draws:,} draws x "
        f"{replications:,} replications)"
    )
    return [Fault(place, wrong, f"At most {MOST_RUNS:,}. Give fewer of one of them")]
