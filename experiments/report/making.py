"""A paper is made: its formats, its folder, and each file whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.report.formats import EXTRAS, FORMATS
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

if TYPE_CHECKING:
    from experiments.report.paper import Paper


def make(
    folders: Sequence[Path],
    to: Sequence[str],
    out: Path | None = None,
    title: str = "",
    template: Path | None = None,
) -> Iterator[str]:
    """Make a paper of results; tells each file, what must not be quoted, and where text goes."""
    from experiments.report.author import FILE, sections_of
    from experiments.report.paper import paper_of
    from experiments.report.result import read_results

    formats = formats_in(to)
    results = read_results(list(folders))
    folder = out or folders[0].with_name(f"{folders[0].resolve().name}-report")
    refuse_results(folder, list(folders))
    folder.mkdir(parents=True, exist_ok=True)
    paper = paper_of(results, title, sections_of(folder), datetime.now().astimezone().date())
    for form in formats:
        write(paper, form, folder / f"report.{form}", template)
        yield str(folder / f"report.{form}")
    if paper.watermark:
        yield f"{paper.watermark}."
    yield f"Your own text: {folder / FILE}; then make the paper again."


def formats_in(words: Sequence[str]) -> list[str]:
    """The formats asked for. Raises ScenarioError if one is not known or cannot be made here."""

    place = Place(f"--to {','.join(words)}")
    asked = [word.strip().lower() for word in words if word.strip()]
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
