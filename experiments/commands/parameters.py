"""``caremarket parameters``: every parameter with value, unit, range, meaning and source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands.options import Commissioning, County, Override, Set
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place, nearest

if TYPE_CHECKING:
    from experiments.pages.reference import ParameterRow


def parameters(
    county: County,
    section: Annotated[
        str | None, typer.Option(help="Only one section, such as workforce.")
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="As a Markdown reference page.")
    ] = False,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
) -> None:
    """List the parameters of a county; any of them can be changed with --set."""
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

    typer.echo(f"{row.path} = {row.value} {row.unit}".rstrip())
    plausible = f" Plausible: {row.plausible}." if row.plausible else ""
    typer.echo(f"    {row.meaning}{moves_in_words(row)}. Allowed: {row.allowed}.{plausible}")
    typer.echo(f"    {row.sure}: {row.source}")
