"""A verb of the command line: its help with examples, and no run where a number is not allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from experiments.commands.options import CHANGED, FAILURE, SHOWN, WORK
from experiments.commands.whole import NOTED
from sim.scenario import Fault, ScenarioError

if TYPE_CHECKING:
    from experiments.asking.scripts import Scripts

GROUPS = (None, FAILURE, CHANGED, SHOWN, WORK)
"""The order in which a help text has the groups of options."""


class Verbs(TyperGroup):
    """All verbs; no type beside options that are only switched on."""

    def get_params(self, ctx: Any) -> Any:
        """The options as the help text lists them."""
        return as_shown(super().get_params(ctx))


class Verb(TyperCommand):
    """Tells faults of seed, replications and jobs together with those of the scenario."""

    examples: ClassVar[Mapping[str, str]] = {}

    def get_params(self, ctx: Any) -> Any:
        """The arguments and options as the help text lists them."""
        return as_shown(super().get_params(ctx))

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What the usage line names, without the braces of newer versions of typer."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help text, and last, where the reader's prompt is, the examples."""
        super().format_help(ctx, formatter)
        if self.examples:
            lines = [f"  {told}:\n    {command}" for told, command in self.examples.items()]
            typer.echo("\n".join([" Examples", *lines]))

    def invoke(self, ctx: Any) -> Any:  # a context of click, or of the copy that typer brings
        """Carry the verb out, unless a fault of a number has been noted."""
        if noted := ctx.meta.get(NOTED):
            refuse(ctx.params, noted)
        return super().invoke(ctx)


def verb_with(given: Mapping[str, str]) -> type[Verb]:
    """A verb whose help ends with examples: the command by what it does."""

    class WithExamples(Verb):
        examples = given

    return WithExamples


def as_shown(params: list[Any]) -> list[Any]:
    """Arguments and options in the order of their groups, without words for programmers.

    Options that are only switched on have no type, and what an argument is, its name says.
    """
    for param in params:
        if isinstance(param, TyperArgument):
            param.display_type_rich = lambda ctx: ""  # type: ignore[method-assign]
        elif param.is_flag and param.metavar is None:
            param.metavar = ""
    return sorted(params, key=lambda param: GROUPS.index(getattr(param, "rich_help_panel", None)))


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
            scripts_in(options),
            failures=options.get("failures"),
            referrals=options.get("referrals"),
            caseload=options.get("caseload"),
            shocks=options.get("shocks"),
            quietly=True,
        )
        scenario_asked_for(asked, *noted)
    raise ScenarioError(noted)


def scripts_in(options: dict[str, Any]) -> Scripts:
    """The failures asked for, by the verbs that take any number of them."""
    from experiments.asking.scripts import Scripts

    who, on = options.get("fail"), options.get("on")
    if not isinstance(who, list | tuple) or not isinstance(on, list | tuple):
        return Scripts()
    kind, notice = options.get("kind", "closure"), options.get("notice", 0.0)
    response, responder = options.get("response", "split"), options.get("responder")
    return Scripts(who, on, kind, notice, options.get("staff_move"), response, responder)
