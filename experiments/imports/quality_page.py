"""The page on data quality: the same lines in Markdown and as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, fields
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from experiments.imports.base import put
from experiments.imports.quality import Line
from experiments.results.csv_files import write_rows

PAGE, TABLE = "data_quality.md", "data_quality.csv"


def write_quality(folder: Path, lines: Sequence[Line], title: str, least_shown: int) -> None:
    """Write the page and its table into a folder."""
    heading = [one.name for one in fields(Line)]
    write_rows(folder / TABLE, [heading, *(astuple(line) for line in lines)])
    put(folder / PAGE, markdown(lines, title, least_shown))


def markdown(lines: Sequence[Line], title: str, least_shown: int) -> str:
    """The page."""
    text = [
        f"# Data quality: {title}",
        "",
        f"Counts of people, packages or gaps from 1 to {least_shown - 1} are shown as 'fewer "
        f"than {least_shown}'; if a total would reveal one of them, a larger one is not shown "
        "either. Counts of rows are exact, so that they add up. Providers are named by code: "
        "their names are in the folder private.",
    ]
    for section, inner in groupby(lines, key=attrgetter("section")):
        text += [
            "",
            f"## {section}",
            "",
            "| what | number | unit | note |",
            "| --- | --- | --- | --- |",
        ]
        for line in inner:
            cells = (line.what, line.number, line.unit, line.note)
            text.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(text) + "\n"
