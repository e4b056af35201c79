"""``caremarket benchmark``: what a replication costs, as ratios within one run."""

from __future__ import annotations

from typing import Annotated

import typer

from experiments.commands.options import County


def benchmark(
    county: County = "norfolk",
    repeats: Annotated[int, typer.Option(min=1, help="Interleaved measurements.")] = 5,
    growth: Annotated[bool, typer.Option(help="Also measure growth at 1, 2 and 4 times.")] = True,
) -> None:
    """Measure microseconds per logical event, and their ratio to a bare SimPy timeout."""
    from experiments.pages.benchmark import measure

    for line in measure(county, repeats, growth=growth):
        typer.echo(line)
