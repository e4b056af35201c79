"""The one writer of what a question leaves: all of it stands in its place, or none.

Everything is made in a folder beside and moved when it is whole; the manifest comes last, so where
there is a manifest, all that it tells of is there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from experiments.results.csv_files import write_rows
from experiments.results.outputs import (
    DICTIONARY,
    MEANING,
    Row,
    meanings,
    write_json,
    write_scenario,
    write_table,
)
from experiments.words.first_screen import FirstScreen
from sim.outcomes.declaration import Outcome, Table
from sim.scenario import Scenario

if TYPE_CHECKING:
    from experiments.charts.chart import Chart

WORKING = ".tables"
MANIFEST = "manifest.json"
SUMMARY, SCREEN = "summary.txt", "screen.json"
"""The first screen as text, and by its parts."""


@dataclass(frozen=True)
class Output:
    """What a question leaves: tables, manifest, first screen, charts, and the resolved scenario.

    ``meanings``: more rows of the data dictionary; ``outcomes``: those of the table of figures;
    ``texts``: more files of text by their names.
    """

    tables: Sequence[tuple[Table, pd.DataFrame]]
    manifest: Mapping[str, Any]
    screen: FirstScreen
    charts: Sequence[Chart] = ()
    scenario: Scenario | None = None
    meanings: Sequence[Row] = ()
    outcomes: Sequence[Outcome] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    seconds: float | None = None

    def lines(self, *, brief: bool = False, full: bool = False) -> list[str]:
        """The first screen: its answer alone, with its sections, or all of it."""
        return self.screen.lines(brief=brief, full=full)


def write_output(folder: Path, output: Output) -> None:
    """Write everything into a folder, or nothing."""
    from experiments.results.pictures import save

    with written_into(folder) as work:
        for table, frame in output.tables:
            write_table(work, table, frame)
        tables = [table for table, _ in output.tables]
        write_dictionary(work, tables, output.meanings, output.outcomes)
        if output.scenario is not None:
            write_scenario(work, output.scenario)
        for chart in output.charts:
            save(chart, work / "charts")
        for name, text in output.texts.items():
            write_text(work / name, text)
        if output.seconds is not None:
            write_json(work / "timings.json", {"seconds": round(output.seconds, 1)})
        write_screen(work, output.screen)
        write_json(work / MANIFEST, dict(output.manifest))


def write_screen(folder: Path, screen: FirstScreen) -> None:
    """The first screen with all its sections: as text, and by its parts for documents."""
    write_text(folder / SUMMARY, "\n".join(screen.lines(full=True)) + "\n")
    write_json(folder / SCREEN, screen.parts())


@contextmanager
def written_into(folder: Path) -> Iterator[Path]:
    """A folder to write to, whose files are put in their places at the end; none on an error.

    Files of an earlier answer that are not written again go: they belong to no manifest.
    """
    new = not folder.exists()
    work = folder / WORKING
    if work.exists():
        shutil.rmtree(work)
    work.mkdir(parents=True)
    try:
        yield work
        _move(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if new:
            with suppress(OSError):  # it holds something: all is well
                folder.rmdir()


def _move(work: Path, folder: Path) -> None:
    manifest = folder / MANIFEST
    manifest.unlink(missing_ok=True)
    if (folder / "charts").is_dir():
        shutil.rmtree(folder / "charts")
    finished = sorted((path for path in work.rglob("*") if path.is_file()), key=_manifest_last)
    for path in finished:
        flush(path)  # a power cut must not leave a manifest whose tables are empty
        place = folder / path.relative_to(work)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)


def flush(path: Path) -> None:
    """Have a file's content on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _manifest_last(path: Path) -> tuple[bool, Path]:
    return path.name == MANIFEST, path


def write_dictionary(
    folder: Path,
    tables: Sequence[Table],
    more: Sequence[Row] = (),
    outcomes: Sequence[Outcome] = (),
    better: Mapping[tuple[str, str], str] | None = None,
) -> None:
    """What every column of every table means, and every outcome of the table of figures.

    ``better``: the better direction by table and column.
    """
    known = better or {}
    rows: list[Sequence[str]] = [(*MEANING, "better")]
    rows += [(*row, known.get((row[0], row[1]), "")) for row in (*meanings(tables), *more)]
    rows += [("figures", one.name, one.meaning, one.unit, one.better) for one in outcomes]
    write_rows(folder / DICTIONARY, rows)


def write_text(path: Path, text: str) -> None:
    """Text in UTF-8, with the same bytes on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")
