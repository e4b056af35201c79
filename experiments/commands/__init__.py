"""The command line: a file a verb. Heavy imports wait until a verb needs them."""

from __future__ import annotations

import sys

import typer

from experiments.commands import (
    adequacy,
    bands,
    benchmark,
    calibrate,
    check,
    compare,
    compare_models,
    discover,
    extend,
    fit,
    history,
    new,
    parameters,
    run,
    samples,
    stress,
    sweep,
    trace,
)
from experiments.commands.endings import INTERRUPTED
from experiments.commands.verb import Verb
from sim import __version__
from sim.scenario import ScenarioError

BAD_INPUT = 2

app = typer.Typer(
    name="caremarket",
    help="Simulate a council's home-care market and stress-test the failure of its providers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run", cls=Verb)(run.run)
app.command("stress", cls=Verb)(stress.stress)
app.command("adequacy", cls=Verb)(adequacy.adequacy)
app.command("bands", cls=Verb)(bands.bands)
app.command("sweep", cls=Verb)(sweep.sweep)
app.command("compare", cls=Verb)(compare.compare)
app.command("compare-models", cls=Verb)(compare_models.compare_models)
app.command("extend", cls=Verb)(extend.extend)
app.command("discover", cls=Verb)(discover.discover)
app.command("new", cls=Verb)(new.new)
app.command("check", cls=Verb)(check.check)
app.command("fit", cls=Verb)(fit.fit)
app.command("calibrate", cls=Verb)(calibrate.calibrate)
app.command("trace", cls=Verb)(trace.trace)
app.command("history", cls=Verb)(history.history)
app.command("samples", cls=Verb)(samples.samples)
app.command("parameters", cls=Verb)(parameters.parameters)
app.command("benchmark", cls=Verb)(benchmark.benchmark)


@app.callback(invoke_without_command=True)
def top(
    version: bool = typer.Option(False, "--version", help="Show the version and stop."),
) -> None:
    """Simulate a council's home-care market and stress-test the failure of its providers."""
    if version:
        typer.echo(f"caremarket {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; bad input ends with exit code 2, a line a kind of fault."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except ScenarioError as error:
        typer.echo(f"{error.heading}; nothing was run or written:", err=True)
        for line in error.lines:
            typer.echo(f"  {line}", err=True)
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        typer.echo("Interrupted; nothing was written.", err=True)
        sys.exit(INTERRUPTED)
