"""``caremarket benchmark``: what users wait for, as multiples of a yardstick and in minutes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands.options import Brief, County, Full, Out
from experiments.commands.whole import within
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place, nearest
from sim.scenario.text_files import LARGEST

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDS, ROUNDS_QUICKLY = 2, 1

EXAMPLES = {
    "In a minute or two": "caremarket benchmark small --quick",
}


def benchmark(
    county: County = "norfolk",
    repeats: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            callback=within(1, LARGEST),
            help="Rounds of measurements. If left out, 2 (1 with --quick).",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Measure this alone. Repeat for more: replication, failure, contingency, "
            "adequacy, calibration, bands, growth, start, processes.",
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="One round, without the measures that take longest.")
    ] = False,
    out: Out = None,
    brief: Brief = False,
    full: Full = False,
) -> None:
    """Measure how long caremarket takes on this computer, and how much memory."""
    from experiments.costs.figures import figures_of
    from experiments.costs.folder import output_of
    from experiments.costs.machine import described
    from experiments.costs.measuring import MEASURES, SLOW, measure, waits_of
    from experiments.costs.pieces import county_of
    from experiments.results.outputs import new_folder
    from experiments.results.writing import write_output

    refuse_unknown(only or (), MEASURES)
    asked = county_of(county)
    folder = new_folder(out, f"benchmark-{asked.scenario.code}")
    machine = described()
    rounds = repeats or (ROUNDS_QUICKLY if quick else ROUNDS)
    chosen = only or [name for name in MEASURES if not (quick and name in SLOW)]
    try:
        measured = measure(asked, chosen, rounds, quick=quick, tell=say)
    except RuntimeError as error:
        typer.echo(f"FAILED: {error}", err=True)
        raise typer.Exit(1) from error
    figures = figures_of(measured)
    waits = waits_of(asked, measured, figures, machine["cores"])
    output = output_of(asked, measured, figures, waits, machine, sys.argv[1:])
    write_output(folder, output)
    typer.echo("\n".join(output.lines(brief=brief, full=full)))
    typer.echo(f"Files: {folder} (start with summary.txt and costs.csv)")


def refuse_unknown(only: Sequence[str], known: Sequence[str]) -> None:
    """Raise ScenarioError where a measure has no such name."""
    unknown = [name for name in only if name not in known]
    if unknown:
        told = [(Place(f"--only {name}"), nearest(name, list(known))) for name in unknown]
        raise ScenarioError(
            [Fault(place, "there is no such measure", cure) for place, cure in told]
        )


def say(text: str) -> None:
    """Progress."""
    typer.echo(text, err=True)
