"""What a user is told before the work begins: what is odd, how long it takes, how large it is.

All of it goes to the screen's second channel (stderr): results stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping

import typer

from experiments.engine.limits import all_cores, most_processes
from sim.scenario import Scenario
from sim.scenario.amounts import duration, rough, size
from sim.scenario.plausibility import warnings
from sim.scenario.size import Size

LONG_SECONDS = 180.0
"""A few minutes: shorter work needs no word beforehand."""
LARGE_BYTES = 3e9
"""A few gigabytes: any computer has them."""


def tell_odd(scenario: Scenario) -> None:
    """Name what is odd about a scenario, a line a kind."""
    for warning in warnings(scenario):
        typer.echo(f"Warning: {warning}", err=True)


def tell_odd_of(scenarios: Mapping[str, Scenario]) -> None:
    """Name what is odd about scenarios by their names, what all share once."""
    odd = {name: warnings(scenario) for name, scenario in scenarios.items()}
    for warning in dict.fromkeys(line for lines in odd.values() for line in lines):
        where = [name for name, lines in odd.items() if warning in lines]
        shown = "" if len(where) == len(odd) else f" ({', '.join(where)})"
        typer.echo(f"Warning: {warning}{shown}", err=True)


def sizes(run: Size) -> str:
    """A run in figures: whom it has, what happens and what it takes."""
    return (
        f"{rough(run.referrals)} referrals, {rough(run.carers)} carers, {rough(run.events)} "
        f"events; {duration(run.seconds)}, {size(run.bytes)} of memory"
    )


def tell_cost(work: str, seconds: float, bytes_: float) -> None:
    """Say beforehand that work takes long or much memory, if it does."""
    if seconds > LONG_SECONDS or bytes_ > LARGE_BYTES:
        words = f"{work}: about {duration(seconds)} and {size(bytes_)} of memory (estimate)"
        typer.echo(words, err=True)


def processes(jobs: int | None) -> int:
    """The processes that share the work: all cores unless the user says, and no absurd number."""
    cores = all_cores()
    wanted, most = jobs or cores, most_processes(cores)
    if jobs is not None and jobs > most:
        words = (
            f"--jobs {jobs:,}: only {most} processes are used, because more would only take memory"
        )
        typer.echo(words, err=True)
    return min(wanted, most)
