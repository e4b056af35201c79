"""The one registry of outcomes: a function is declared as an outcome by a decorator.

``@outcome("hours/week", about=About.RUN, better="higher")`` above a function makes it an outcome:
the function's name is the outcome's, its docstring the meaning. Who shows outcomes chooses them by
name from :mod:`sim.outcomes.catalogue`, which knows every module that declares some.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sim.outcomes.declaration import About, Better, Outcome

OUTCOMES: dict[str, Outcome] = {}
"""Every outcome declared so far, by name."""

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
        if called in OUTCOMES:
            raise ValueError(f"the outcome {called!r} is declared twice")
        if not means:
            raise ValueError(f"the outcome {called!r} needs a docstring that says what it means")
        # Meanings stand in tables and behind colons, so they begin small; names keep their case.
        small = means[:1].lower() + means[1:] if means[1:2].islower() else means
        OUTCOMES[called] = Outcome(
            called, small, unit, better, about, of, of_scenario, needs_tiers, difference
        )
        return of

    return declare
