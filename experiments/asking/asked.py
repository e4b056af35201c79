"""What a verb was asked to simulate, as a scenario; every fault of the command at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import typer

from experiments.asking.scripts import Scripts, failure_rows
from experiments.asking.settings import read_settings
from experiments.asking.telling import tell_odd
from sim.scenario import Fault, Scenario, ScenarioError, load_scenario
from sim.scenario.dates import date_at
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
    caseload: Path | None = None
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
        day, wrong_date = date_at(Place(f"--until {asked.until}"), asked.until)
        faults += wrong_date
        if day is not None:
            chosen["calendar.end"] = day
    rows, wrong_rows = failure_rows(asked.scripts)
    faults += wrong_rows
    given = {
        "failures": asked.failures,
        "referrals": asked.referrals,
        "caseload": asked.caseload,
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
        faults += [_as_asked(fault, asked) for fault in error.faults]
    faults += more
    if faults or scenario is None:
        raise ScenarioError(list(dict.fromkeys(faults)))
    if not asked.quietly:
        tell(notes(scenario, switched=asked.switched))
        if not silent:
            tell_odd(scenario)
    return scenario


def tell(said: Sequence[str]) -> None:
    """Say on the screen what levers do not move, before anything runs."""
    for note in said:
        typer.echo(f"Note: {note}", err=True)


def _as_asked(fault: Fault, asked: Asked) -> Fault:
    """A fault of the last day, told of the option that gave it."""
    if asked.until is None or fault.place != Place("--set calendar.end"):
        return fault
    return replace(fault, place=Place(f"--until {asked.until}"))
