"""A verb of the command line that runs nothing where one of its numbers is not allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand

from experiments.commands.whole import NOTED
from sim.scenario import Fault, ScenarioError

if TYPE_CHECKING:
    from experiments.asking.scripts import Scripts


class Verb(TyperCommand):
    """Tells faults of seed, replications and jobs together with those of the scenario."""

    def invoke(self, ctx: Any) -> Any:  # a context of click, or of the copy that typer brings
        """Carry the verb out, unless a fault of a number has been noted."""
        if noted := ctx.meta.get(NOTED):
            refuse(ctx.params, noted)
        return super().invoke(ctx)


def refuse(options: dict[str, Any], noted: list[Fault]) -> None:
    """Raise ScenarioError: with what has been noted, and what is wrong with the scenario."""
    from experiments.asking.asked import Asked, scenario_asked_for

    if options.get("county") and "set_" in options:
        asked = Asked(
            options["county"],
            options.get("commissioning"),
            options.get("override") or (),
            options["set_"] or (),
            options.get("until"),
            _scripts(options),
            failures=options.get("failures"),
            referrals=options.get("referrals"),
            caseload=options.get("caseload"),
            shocks=options.get("shocks"),
            quietly=True,
        )
        scenario_asked_for(asked, *noted)
    raise ScenarioError(noted)


def _scripts(options: dict[str, Any]) -> Scripts:
    """The failures asked for, by the verbs that take any number of them."""
    from experiments.asking.scripts import Scripts

    who, on = options.get("fail"), options.get("on")
    if not isinstance(who, list | tuple) or not isinstance(on, list | tuple):
        return Scripts()
    kind, notice = options.get("kind", "closure"), options.get("notice", 0.0)
    response, responder = options.get("response", "split"), options.get("responder")
    return Scripts(who, on, kind, notice, options.get("staff_move"), response, responder)
