"""The one registry of outcomes: a function is declared as an outcome by a decorator.

``@outcome("hours/week", about=About.RUN, better="higher")`` above a function makes it an outcome:
the function's name is the outcome's, its docstring the meaning. Who shows outcomes chooses them by
name from :mod:`sim.outcomes.catalogue`, which knows every module that declares some.

Outcomes that a user's own code declares by the same decorator are kept apart from the model's, and
told beside them only where they are asked for (``with_own_outcomes``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, TypeVar

from sim.outcomes.declaration import About, Better, Outcome

OUTCOMES: dict[str, Outcome] = {}
"""Every outcome of the model declared so far, by name."""
NONE: Mapping[str, Outcome] = MappingProxyType({})
INTO: ContextVar[dict[str, Outcome]] = ContextVar("INTO", default=OUTCOMES)
OWN: ContextVar[Mapping[str, Outcome]] = ContextVar("OWN", default=NONE)

Of = TypeVar("Of", bound=Callable[..., Any])


def outcome(
    unit: str,
    *,
    about: About,
    better: Better = "neither",
    name: str = "",
    meaning: str = "",
    of_scenario: bool = False,
    needs_tiers: bool = False,
    difference: bool = False,
) -> Callable[[Of], Of]:
    """Declare a function as an outcome; ``name`` and ``meaning`` stand in for its own.

    Raises ValueError if the name is taken or nothing says what the outcome means.
    """

    def declare(of: Of) -> Of:
        called = name or of.__name__
        means = meaning or " ".join((of.__doc__ or "").split()).rstrip(".")
        into = INTO.get()
        if called in OUTCOMES or called in into:
            raise ValueError(f"the outcome {called!r} is declared twice")
        if not means:
            raise ValueError(f"the outcome {called!r} needs a docstring that says what it means")
        # Meanings stand in tables and behind colons, so they begin small; names keep their case.
        small = means[:1].lower() + means[1:] if means[1:2].islower() else means
        into[called] = Outcome(
            called, small, unit, better, about, of, of_scenario, needs_tiers, difference
        )
        return of

    return declare


@contextmanager
def outcomes_apart() -> Iterator[dict[str, Outcome]]:
    """The outcomes that are declared meanwhile, kept apart from the model's."""
    apart: dict[str, Outcome] = {}
    token = INTO.set(apart)
    try:
        yield apart
    finally:
        INTO.reset(token)


@contextmanager
def with_own_outcomes(outcomes: Mapping[str, Outcome]) -> Iterator[None]:
    """Have these outcomes told after the model's meanwhile."""
    token = OWN.set(outcomes)
    try:
        yield
    finally:
        OWN.reset(token)


def told_of(one: Outcome) -> dict[str, Any]:
    """An outcome as a file may keep it: all but its function."""
    return {
        "name": one.name,
        "meaning": one.meaning,
        "unit": one.unit,
        "better": one.better,
        "about": one.about.name,
        "difference": one.difference,
    }


def outcome_told(told: Mapping[str, Any]) -> Outcome:
    """An outcome as a file keeps it, whose function is elsewhere. Raises KeyError."""
    name, meaning, unit, better = (told[key] for key in ("name", "meaning", "unit", "better"))
    about = About[told["about"]]
    return Outcome(name, meaning, unit, better, about, _elsewhere, difference=told["difference"])


def _elsewhere(*_: Any) -> float:
    raise NotImplementedError("the function of this outcome is not here")
