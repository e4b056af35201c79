"""Notices and responses to one closure: what is asked for, and what cannot be compared."""

from __future__ import annotations

from math import isfinite

from experiments.run.arms import Compared
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.faults import Place
from sim.scenario.tables import FailureRow
from sim.vocabulary import RESPONSES, ResponseKind, one_of

ALL = "all"


def compared_in(notices: str | None, responses: str | None) -> tuple[Compared, list[Fault]]:
    """What two options ask to compare, and what is wrong with them."""
    days, wrong = _days(notices)
    kinds, bad = _kinds(responses)
    return Compared(days, kinds), [*wrong, *bad]


def _days(text: str | None) -> tuple[tuple[float, ...], list[Fault]]:
    if text is None:
        return (), []
    found, faults = [], []
    row = FailureRow.model_fields["notice_days"]
    most = next(one.le for one in row.metadata if hasattr(one, "le"))
    for part in text.split(","):
        try:
            days = float(part)
        except ValueError:
            days = float("nan")
        if not (isfinite(days) and 0 <= days <= most):
            cure = f"Give numbers from 0 to {most:g} separated by commas, such as 0,14,28,56,84"
            faults.append(
                Fault(Place(f"--notices {text}"), f"{part!r} is not a number of days", cure)
            )
        else:
            found.append(days)
    return tuple(sorted(set(found))), faults


def _kinds(text: str | None) -> tuple[tuple[ResponseKind, ...], list[Fault]]:
    if text is None:
        return (), []
    if text == ALL:
        return tuple(RESPONSES), []
    asked = [part.strip() for part in text.split(",")]
    cure = f"Give {ALL}, or {one_of(tuple(RESPONSES))} separated by commas"
    faults = [
        Fault(Place(f"--responses {text}"), f"{part!r} is not a response", cure)
        for part in asked
        if part not in RESPONSES
    ]
    return tuple(code for code in RESPONSES if code in asked), faults


def refuse_comparison(scenario: Scenario, compared: Compared) -> None:
    """Refuse what cannot be compared. Raises ScenarioError unless exactly one provider closes."""
    rows = scenario.failures
    if not compared or (len(rows) == 1 and rows[0].kind == "closure"):
        return
    place = Place("--notices" if compared.notices else "--responses")
    wrong = f"{len(rows)} failures are asked for" if len(rows) != 1 else f"it is a {rows[0].kind}"
    cure = "Notices and responses are compared for one closure: give one --fail and --on"
    raise ScenarioError([Fault(place, wrong, cure)])
