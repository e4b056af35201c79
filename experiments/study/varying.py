"""A parameter that a study's file varies: by ends or by values, whatever kind of value it has.

Numbers with a decimal point have ends, or a few values. Whole numbers have ends too, and every
number between them is as likely. Booleans and choices have values. Sampled by values, each is as
likely as any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

from experiments.study.draws import SAMPLED, SAMPLED_BY_VALUES, Method, Role, Varied
from experiments.study.file import WantedVaried
from sim.scenario import Fault, Scenario
from sim.scenario.faults import Place, nearest
from sim.scenario.scenario import declaration_at

Kind = Literal["number", "whole number", "yes or no", "choice"]
IN_WORDS: dict[Kind, str] = {
    "number": "a number",
    "whole number": "a whole number",
    "yes or no": "true or false",
    "choice": "not a number",
}
KINDS: dict[type, Kind] = {bool: "yes or no", int: "whole number", float: "number"}
DECLARED: dict[str, Kind] = {
    "number": "number",
    "integer": "whole number",
    "boolean": "yes or no",
}
BOTH = (False, True)


def varied_of(
    wanted: WantedVaried, role: Role, method: Method, base: Scenario, place: Place
) -> tuple[Varied | None, list[Fault]]:
    """A parameter with its ends or values, or all that is wrong with it."""
    values = tuple(v.isoformat() if isinstance(v, date) else v for v in wanted.values)
    if method not in SAMPLED:
        if not values:
            cure = f"Give it values = [...], as the method {method} needs"
            return None, [Fault(place, f"{wanted.path} has no values", cure)]
        return Varied(wanted.path, role, values=values), []
    kind = kind_of(base, wanted.path)
    if method not in SAMPLED_BY_VALUES:
        if faults := list(_no_numbers(wanted, kind, method, place)):
            return None, faults
    elif values or kind in ("yes or no", "choice"):
        faults = list(_value_faults(wanted, kind, values, place))
        return Varied(wanted.path, role, values=values or BOTH), faults
    low, high = ends_of(wanted, base)
    faults = list(_end_faults(wanted, kind, low, high, place))
    return Varied(wanted.path, role, low, high, wanted.log, whole=kind == "whole number"), faults


def kind_of(scenario: Scenario, path: str) -> Kind:
    """What kind of value a parameter has; of one that is blank, may have."""
    value = value_at(scenario, path)
    if value is not None:
        return KINDS.get(type(value), "choice")
    types = {option.get("type") for option in _options(path)}
    declared = [kind for name, kind in DECLARED.items() if name in types]
    # What is not declared is refused later, when the study tries its values.
    return declared[0] if declared else "choice" if "string" in types else "number"


def choices(path: str) -> list[str]:
    """The values that a parameter may have, where it is one of a few."""
    return [str(one) for option in _options(path) for one in option.get("enum", [])]


def _options(path: str) -> list[dict[str, Any]]:
    declared = declaration_at(path.split("."))
    return [declared, *declared.get("anyOf", [])]


def value_at(scenario: Scenario, path: str) -> Any:
    """A value of a section or of a row with a code; None if there is none."""
    here: Any = scenario
    for step in path.split("."):
        if isinstance(here, tuple):
            here = {getattr(row, "code", None): row for row in here}.get(step)
        else:
            here = getattr(here, step, None)
    return here


def ends_of(wanted: WantedVaried, base: Scenario) -> tuple[float | None, float | None]:
    """The ends that the file gives, else those of the plausible range."""
    source = base.sources.get(wanted.path)
    low = wanted.low if wanted.low is not None or source is None else source.low
    high = wanted.high if wanted.high is not None or source is None else source.high
    return low, high


def _no_numbers(wanted: WantedVaried, kind: Kind, method: str, place: Place) -> Iterator[Fault]:
    """What a method that moves numbers by steps cannot vary."""
    cure = "Take the method latin_hypercube, sobol, grid or list for it"
    if wanted.values:
        yield Fault(
            place,
            f"{wanted.path} has values, but {method} needs low and high",
            f"Give it low and high. {cure}",
        )
    elif kind != "number":
        yield Fault(
            place,
            f"{wanted.path} is {IN_WORDS[kind]}, but {method} needs a number with a decimal point",
            cure,
        )


def _value_faults(
    wanted: WantedVaried, kind: Kind, values: tuple[Any, ...], place: Place
) -> Iterator[Fault]:
    """Why a parameter cannot be sampled by its values."""
    ends = [name for name in ("low", "high") if getattr(wanted, name) is not None]
    ends += ["log"] if wanted.log else []
    if ends:
        wrong = f"{wanted.path} is varied by its values, but also has {' and '.join(ends)}"
        yield Fault(
            place, wrong, f"Leave out {' and '.join(ends)}" + (", or the values" if values else "")
        )
    if not values and kind == "choice":
        allowed = ", ".join(choices(wanted.path))
        cure = "Give it values = [...]" + (f", some of {allowed}" if allowed else "")
        yield Fault(place, f"{wanted.path} is {IN_WORDS[kind]}, but has no values", cure)
    twice = [value for n, value in enumerate(values) if value in values[:n]]
    if twice:
        wrong = f"{twice[0]!r} is given twice among the values of {wanted.path}"
        yield Fault(place, wrong, "Give each value once: all are equally likely")
    elif len(values) == 1:
        yield Fault(
            place, f"{wanted.path} has only one value, so nothing varies", "Give it two or more"
        )


def _end_faults(
    wanted: WantedVaried, kind: Kind, low: float | None, high: float | None, place: Place
) -> Iterator[Fault]:
    """Why a number cannot be sampled between its ends."""
    if low is None or high is None:
        section, _, name = wanted.path.rpartition(".")
        known = declaration_at(section.split(".")).get("properties", {})
        if known and name not in known:
            yield Fault(place, f"there is no {name!r} in {section}", nearest(name, sorted(known)))
            return
        cure = "Give it low and high, here or as its plausible range in county.toml"
        yield Fault(place, f"{wanted.path} has no range", cure)
        return
    if low >= high:
        yield Fault(place, f"{low:g} is not below {high:g}", "Set low below high")
    if kind == "whole number":
        for end in (low, high):
            if not float(end).is_integer():
                wrong = f"{wanted.path} is a whole number, but {end:g} is not"
                yield Fault(place, wrong, "Give whole numbers as low and high")
        if wanted.log:
            wrong = f"{wanted.path} is a whole number, but has log"
            yield Fault(place, wrong, "Leave out log, or give it values = [...]")
    elif wanted.log and low <= 0:
        yield Fault(place, f"{low:g} has no logarithm", "Set low above 0, or leave out log")
