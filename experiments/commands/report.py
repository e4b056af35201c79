"""``caremarket report``: results as a paper for the committee."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.report.formats import FORMATS

EXAMPLES = {
    "A web page, a Word document and a workbook from one result": "caremarket report my-run",
    "A Word document alone, from two results": (
        "caremarket report my-run my-stress --to docx --title 'Provider failure'"
    ),
}


def report(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER...",
            help="Result folders, for example of `caremarket run` and `caremarket stress`.",
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            metavar="FORMATS", help=f"What to make, with commas between: {', '.join(FORMATS)}."
        ),
    ] = "html,docx,xlsx",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder for the paper. If left out, the first result's name with -report.",
        ),
    ] = None,
    title: Annotated[
        str,
        typer.Option(
            metavar="TEXT", help="Title of the paper. If left out, that of the first result."
        ),
    ] = "",
    template: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Your council's Word template (.docx), for docx."),
    ] = None,
) -> None:
    """Make a committee paper from results: web page, Word document, PDF or accessible workbook.

    Write your own text in author.md in the paper's folder; making the paper again keeps it.
    """
    from experiments.report.making import make

    for made in make(folders, to.split(","), out, title, template):
        typer.echo(made)
