"""A verb of the command line that runs nothing where one of its numbers is not allowed."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from experiments.commands.whole import NOTED
from sim.scenario import Fault, ScenarioError


class Verb(TyperCommand):
    """Tells faults of seed, replications and jobs together with those of the scenario."""

    def invoke(self, ctx: Any) -> Any:  # a context of click, or of the copy that typer brings
        """Carry the verb out, unless a fault of a number has been noted."""
        if noted := ctx.meta.get(NOTED):
            refuse(ctx.params, noted)
        return super().invoke(ctx)


def refuse(options: dict[str, Any], noted: list[Fault]) -> None:
    """Raise ScenarioError: with what has been noted, and what is wrong with the scenario."""
    from experiments.commands.asking import Asked, scenario_asked_for
    from experiments.scripts import Scripts

    def several(name: str) -> Any:
        return options.get(name) or ()

    if "county" in options and "set_" in options:
        scripts = Scripts(several("fail"), several("on"))
        files = {name: options.get(name) for name in ("failures", "referrals", "shocks")}
        asked = Asked(
            options["county"],
            options.get("commissioning"),
            several("override"),
            several("set_"),
            options.get("until"),
            scripts if "fail" in options else Scripts(),
            **files,
        )
        scenario_asked_for(asked, *noted)
    raise ScenarioError(noted)
