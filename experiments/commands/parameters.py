"""``caremarket parameters``: every parameter with value, unit, range, meaning and source."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands.options import Commissioning, County, Override, Set
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place, nearest

if TYPE_CHECKING:
    from experiments.pages.reference import ParameterRow

EXAMPLES = {
    "All about carers": "caremarket parameters norfolk --section workforce",
}


def parameters(
    county: County,
    section: Annotated[
        str | None, typer.Option(metavar="NAME", help="One section alone, for example workforce.")
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print a reference page in Markdown.")
    ] = False,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
) -> None:
    """List every parameter of a county: value, unit, allowed range, meaning and source."""
    from experiments.asking.settings import settings
    from experiments.pages.reference import as_markdown, parameter_rows
    from sim.scenario import load_scenario
    from sim.scenario.parameters import SECTIONS

    scenario = load_scenario(
        county, overrides=override or (), settings=settings(set_), commissioning=commissioning
    )
    sections = [*SECTIONS, "commissioning"]
    if section is not None and section not in sections:
        cure = nearest(section, sections)
        raise ScenarioError(
            [Fault(Place(f"--section {section}"), "there is no such section", cure)]
        )
    rows = [row for row in parameter_rows(scenario) if section in (None, row.path.split(".")[0])]
    if markdown:
        typer.echo(as_markdown(scenario, rows))
        return
    for row in rows:
        _show(row)


def _show(row: ParameterRow) -> None:
    from experiments.pages.reference import moves_in_words
    from experiments.words.lines import WIDTH, wrapped

    plausible = f" Plausible: {row.plausible}." if row.plausible else ""
    lines = [
        f"    {row.meaning}{moves_in_words(row)}. Allowed: {row.allowed}.{plausible}",
        f"    {row.sure}: {row.source}",
    ]
    first = f"{row.path} = {row.value} {row.unit}".rstrip()
    typer.echo(fill(first, WIDTH, subsequent_indent="    ", break_on_hyphens=False))
    typer.echo("\n".join(wrapped(lines)))
