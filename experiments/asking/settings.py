"""Settings of the command line: PATH=VALUE texts, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place
from sim.scenario.text_files import NO_TOML, parsed_toml


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
            remedy = "Write it as PATH=VALUE, such as demand.growth_per_year=0.03"
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
        return text, [Fault(place, wrong, "Give each value with its own --set")]
    return values["value"], []
