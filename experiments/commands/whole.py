"""Whole numbers of the command line, whose faults are told together with those of a scenario."""

from __future__ import annotations

from collections.abc import Callable

import typer

from sim.scenario import Fault
from sim.scenario.faults import Place, shown

NOTED = "caremarket.faults"
"""Where the context of a command keeps the faults of its numbers."""


def within(
    low: int, high: int
) -> Callable[[typer.Context, typer.CallbackParam, int | None], int | None]:
    """A check of an option: a fault is noted, for ``verb.Verb`` to tell it with all others."""

    def check(ctx: typer.Context, param: typer.CallbackParam, value: int | None) -> int | None:
        if value is not None and not low <= value <= high:
            allowed = f"Allowed: a whole number at least {low} and at most {high:,}"
            fault = Fault(Place(f"{param.opts[0]} {shown(value)}"), "it is not allowed", allowed)
            ctx.meta.setdefault(NOTED, []).append(fault)
        return value

    return check
