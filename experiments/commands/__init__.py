"""The command line: a file a verb. Heavy imports wait until a verb needs them."""

from __future__ import annotations

import sys
from importlib import import_module
from keyword import iskeyword

import typer

from experiments.commands.endings import INTERRUPTED
from experiments.commands.verb import Verbs, verb_with
from sim import __version__
from sim.build import build
from sim.scenario import ScenarioError

NAME = "caremarket"
BAD_INPUT = 2
VERBS = (
    "run",
    "stress",
    "adequacy",
    "bands",
    "sweep",
    "compare",
    "compare-models",
    "extend",
    "merge",
    "discover",
    "report",
    "app",
    "new",
    "import",
    "check",
    "fit",
    "calibrate",
    "trace",
    "history",
    "samples",
    "parameters",
    "benchmark",
    "docs",
)
"""In the order of ``--help``. A verb's function has its name, in the module of its name."""


def module_of(verb: str) -> str:
    """The name of a verb's module and function.

    ``import`` is a word of Python's own, and ``app`` the name of all verbs together, below.
    """
    name = verb.replace("-", "_")
    return f"{name}_" if iskeyword(name) or name == "app" else name


app = typer.Typer(
    name=NAME,
    cls=Verbs,
    help="Simulate a council's home-care market and test what happens when a provider fails.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _add(verb: str) -> None:
    """Import a verb's module, whose heavy imports wait until the verb is called."""
    name = module_of(verb)
    module = import_module(f"experiments.commands.{name}")
    examples = getattr(module, "EXAMPLES", {})
    app.command(verb, cls=verb_with(examples))(getattr(module, name))


for _verb in VERBS:
    _add(_verb)


@app.callback(invoke_without_command=True)
def top(
    version: bool = typer.Option(False, "--version", help="Show the version and stop."),
) -> None:
    """Simulate a council's home-care market and stress-test the failure of its providers."""
    if version:
        typer.echo(f"caremarket {__version__} ({build()})")
        raise typer.Exit


def main() -> None:
    """Run the command line; bad input ends with exit code 2, a line a kind of fault."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app(prog_name=NAME)
    except ScenarioError as error:
        typer.echo(f"{error.heading}; nothing was run or written:", err=True)
        for line in error.lines:
            typer.echo(f"  {line}", err=True)
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        typer.echo("Interrupted; nothing was written.", err=True)
        sys.exit(INTERRUPTED)
