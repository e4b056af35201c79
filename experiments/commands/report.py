"""``caremarket report``: results as a paper for the committee."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

if TYPE_CHECKING:
    from experiments.report.paper import Paper

FORMATS = ("html", "docx", "pdf", "xlsx")
EXTRAS = {"html": "jinja2", "docx": "docxtpl", "pdf": "weasyprint", "xlsx": "gptables"}
"""The library that each format needs; all are in the extra ``report``."""


def report(
    folders: Annotated[
        list[Path],
        typer.Argument(
            help="Result folders: of run, stress, adequacy, bands, comparisons, studies."
        ),
    ],
    to: Annotated[
        str, typer.Option(metavar="FORMATS", help=f"Of {', '.join(FORMATS)}, with commas between.")
    ] = "html,docx,xlsx",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the paper. Usual: the first result's name with -report."),
    ] = None,
    title: Annotated[str, typer.Option(help="Title. Usual: that of the first result.")] = "",
    template: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Your Word template (.docx), for docx."),
    ] = None,
) -> None:
    """Make a paper of results: web page, Word document, PDF, accessible workbook.

    Your own text goes into author.md of the paper's folder; a new paper leaves it as it is.
    """
    from datetime import datetime

    from experiments.report.author import FILE, sections_of
    from experiments.report.paper import paper_of
    from experiments.report.result import read_results

    formats = formats_in(to)
    results = read_results(folders)
    folder = out or folders[0].with_name(f"{folders[0].resolve().name}-report")
    refuse_results(folder, folders)
    folder.mkdir(parents=True, exist_ok=True)
    paper = paper_of(results, title, sections_of(folder), datetime.now().astimezone().date())
    for form in formats:
        write(paper, form, folder / f"report.{form}", template)
        typer.echo(f"{folder / f'report.{form}'}")
    if paper.watermark:
        typer.echo(f"{paper.watermark}.")
    typer.echo(f"Your own text: {folder / FILE}; then make the paper again.")


def formats_in(text: str) -> list[str]:
    """The formats asked for. Raises ScenarioError if one is not known or cannot be made here."""
    from importlib.util import find_spec

    place = Place(f"--to {text}")
    asked = [word.strip().lower() for word in text.split(",") if word.strip()]
    unknown = [word for word in asked if word not in FORMATS]
    if unknown or not asked:
        wrong = f"{', '.join(unknown) or 'nothing'} is not a format"
        raise ScenarioError([Fault(place, wrong, f"Known: {', '.join(FORMATS)}")])
    missing = [word for word in asked if find_spec(EXTRAS[word]) is None]
    if missing:
        wrong = f"{', '.join(EXTRAS[word] for word in missing)} is not installed"
        cure = 'Install it: python -m pip install "caremarket[report]"'
        raise ScenarioError([Fault(place, wrong, cure)])
    return list(dict.fromkeys(asked))


def refuse_results(folder: Path, results: list[Path]) -> None:
    """Raise ScenarioError if a paper would be written among a result's own files."""
    from experiments.results.folders import unusable
    from experiments.results.writing import MANIFEST

    if (folder / MANIFEST).exists() or folder in results:
        wrong, cure = "it holds a result", "Name another folder for the paper"
        raise ScenarioError([Fault(Place(f"--out {folder}"), wrong, cure)])
    if wrong_place := unusable(folder):
        raise ScenarioError(wrong_place)


def write(paper: Paper, form: str, file: Path, template: Path | None) -> None:
    """One format of the paper, whole or not at all."""
    from experiments.report.html import as_html
    from experiments.report.pdf import write_pdf
    from experiments.report.word import write_word
    from experiments.report.workbook import write_workbook

    part = file.with_name(f".part.{form}")
    try:
        if form == "html":
            part.write_text(as_html(paper), encoding="utf-8", newline="\n")
        elif form == "docx":
            write_word(paper, part, template)
        elif form == "pdf":
            write_pdf(paper, part)
        else:
            write_workbook(paper, part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
