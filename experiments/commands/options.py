"""Options that several verbs share, and how their text becomes values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from experiments.commands.whole import within
from experiments.limits import MOST_REPLICATIONS
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place
from sim.scenario.text_files import LARGEST, NO_TOML, parsed_toml

County = Annotated[
    str, typer.Argument(help="A county that ships (norfolk, theory) or a folder of your own.")
]
MOST_JOBS = 1024
Seed = Annotated[
    int, typer.Option(callback=within(0, LARGEST), help="Seed of every random number.")
]
Jobs = Annotated[
    int | None,
    typer.Option(callback=within(1, MOST_JOBS), help="Processes; all cores unless you say."),
]
Replications = Annotated[
    int,
    typer.Option(
        "--replications",
        "-r",
        callback=within(1, MOST_REPLICATIONS),
        help="Runs with different chance.",
    ),
]
Override = Annotated[
    list[str] | None,
    typer.Option("--override", help="A named override of the county; repeat for more, in order."),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change any parameter, e.g. demand.growth_per_year=0.03; repeat for more.",
    ),
]
Until = Annotated[str | None, typer.Option(metavar="DATE", help="Last day simulated, YYYY-MM-DD.")]
Fail = Annotated[
    list[str] | None,
    typer.Option(help="Who fails: principal:AREA, largest, largest:AREA or a provider's code."),
]
On = Annotated[
    list[str] | None, typer.Option(metavar="DATE", help="When it fails, one for each --fail.")
]
Kind = Annotated[
    str,
    typer.Option(
        metavar="KIND",
        help="How it fails: closure, contract_returned, suspension, staff_loss or "
        "recruitment_stop.",
    ),
]
Notice = Annotated[
    float, typer.Option(metavar="DAYS", help="Notice it gives; 0 is a sudden closure.")
]
StaffMove = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        help="Carers who move with their people; the least known "
        "number of all, so try 0, 0.3 and 0.6.",
    ),
]
Failures = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="A table of failures (CSV); `caremarket samples` makes an example."
    ),
]
Referrals = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Your own referrals (CSV) instead of generated ones."),
]
Shocks = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A table of shocks to the labour market (CSV)."),
]
Commissioning = Annotated[
    str | None, typer.Option("--commissioning", help="Another commissioning model.")
]


def settings(assignments: Sequence[str] | None) -> dict[str, Any]:
    """``PATH=VALUE`` texts as a mapping; values are read as TOML, else as text.

    Raises ScenarioError for every text that is no assignment.
    """
    found, faults = read_settings(assignments)
    if faults:
        raise ScenarioError(faults)
    return found


def read_settings(assignments: Sequence[str] | None) -> tuple[dict[str, Any], list[Fault]]:
    """The assignments that can be read, and a fault for each that cannot."""
    found: dict[str, Any] = {}
    faults = []
    for text in assignments or ():
        path, equals, value = text.partition("=")
        if not equals or not path.strip():
            remedy = "Write it as PATH=VALUE, for instance demand.growth_per_year=0.03"
            faults.append(Fault(Place(f"--set {text}"), "there is no '='", remedy))
            continue
        given, wrong = _value(Place(f"--set {path.strip()}"), value.strip())
        faults += wrong
        if not wrong:
            found[path.strip()] = given
    return found, faults


def _value(place: Place, text: str) -> tuple[Any, list[Fault]]:
    """A value as TOML would write it, else as text; a fault where it is more than one value."""
    values, faults = parsed_toml(f"value = {text}", place.file)
    if values is None:
        is_text = any(fault.wrong.startswith(NO_TOML) for fault in faults)
        return text, [] if is_text else [replace(fault, place=place) for fault in faults]
    if set(values) != {"value"}:
        wrong = "it is more than one value"
        return text, [Fault(place, wrong, "Give each value a --set of its own")]
    return values["value"], []
