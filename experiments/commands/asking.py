"""What a verb was asked to simulate, as a scenario; every fault of the command at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import typer

from experiments.commands.options import read_settings
from experiments.commands.telling import tell_odd
from experiments.scripts import Scripts, failure_rows
from sim.scenario import Fault, Scenario, ScenarioError, load_scenario
from sim.scenario.faults import Place
from sim.scenario.levers import notes


@dataclass(frozen=True, slots=True)
class Asked:
    """The options that decide what is simulated."""

    county: str
    commissioning: str | None = None
    overrides: Sequence[str] = ()
    assignments: Sequence[str] = ()
    until: str | None = None
    scripts: Scripts = field(default_factory=Scripts)
    failures: Path | None = None
    referrals: Path | None = None
    shocks: Path | None = None
    switched: Sequence[str] = ()
    """Switches that the verb itself turns on, such as ``failure.random``."""
    quietly: bool = False
    """Whether what levers do not move has been told already."""


def scenario_asked_for(asked: Asked, *more: Fault, silent: bool = False) -> Scenario:
    """The scenario. Raises ScenarioError with every fault, ``more`` included.

    What is odd about it is told on the screen, unless ``silent``.
    """
    chosen, faults = read_settings(asked.assignments)
    if asked.until is not None:
        try:
            chosen["calendar.end"] = date.fromisoformat(asked.until)
        except ValueError:
            wrong, cure = "not a date", "Write it as YYYY-MM-DD"
            faults.append(Fault(Place(f"--until {asked.until}"), wrong, cure))
    rows, wrong_rows = failure_rows(asked.scripts)
    faults += wrong_rows
    given = {
        "failures": asked.failures,
        "referrals": asked.referrals,
        "shocks": asked.shocks,
    }
    scenario: Scenario | None = None
    try:
        scenario = load_scenario(
            asked.county,
            overrides=asked.overrides,
            settings=chosen,
            commissioning=asked.commissioning,
            files={name: path for name, path in given.items() if path is not None},
            failures=rows,
        )
    except ScenarioError as error:
        faults += [fault for fault in error.faults if fault not in faults]
    faults += [fault for fault in more if fault not in faults]
    if faults or scenario is None:
        raise ScenarioError(faults)
    if not asked.quietly:
        tell(notes(scenario, switched=asked.switched))
        if not silent:
            tell_odd(scenario)
    return scenario


def tell(said: Sequence[str]) -> None:
    """Say on the screen what levers do not move, before anything runs."""
    for note in said:
        typer.echo(f"Note: {note}", err=True)
