"""Work that survives an interruption: a table that only grows, and whose it is.

Each finished row is on disk at once. A line that was cut off in the middle is dropped when the
journal is opened again. What the rows depend on stands beside them; a journal of other inputs is
refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.results.csv_files import line, read_rows
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

IDENTITY = "study.json"


class Journal:
    """The rows of a CSV file that only grows; numbers read back exactly as they were."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.columns = tuple(columns)
        if not path.exists():
            path.write_text(self._line(self.columns), encoding="utf-8", newline="\n")
        text = path.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            path.write_text(whole, encoding="utf-8", newline="\n")

    def rows(self) -> list[dict[str, str]]:
        """Every row so far."""
        return read_rows(self.path)

    def append(self, row: Mapping[str, Any]) -> None:
        """Add a row; it is on disk when this returns."""
        text = self._line([row.get(name, "") for name in self.columns])
        with self.path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    def _line(self, cells: Sequence[Any]) -> str:
        return line(" ".join(cell.split()) if isinstance(cell, str) else cell for cell in cells)


def begin(folder: Path, identity: Mapping[str, Any]) -> None:
    """Say what the work in a folder depends on. The folder must be there."""
    text = json.dumps(identity, indent=2, ensure_ascii=False) + "\n"
    (folder / IDENTITY).write_text(text, encoding="utf-8", newline="\n")


def belongs(folder: Path, identity: Mapping[str, Any]) -> list[Fault]:
    """Why the work in a folder cannot be gone on with under this identity, if it cannot."""
    path = folder / IDENTITY
    if not path.is_file():
        cure = "Leave out --resume to begin, or name the folder with --out"
        return [Fault(Place(str(folder)), "there is nothing to go on with", cure)]
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return [Fault(Place(str(path)), "it cannot be read", "Begin anew in another folder")]
    return [
        Fault(
            Place(str(path), None, key),
            f"it was begun with another {key.replace('_', ' ')} ({short(told.get(key))}, now "
            f"{short(value)})",
            "Put it back as it was, or begin anew in another folder",
        )
        for key, value in identity.items()
        if told.get(key) != value
    ]


def short(value: Any) -> str:
    """A hash or a value as a reader wants it."""
    text = str(value)
    return text[:8] if len(text) == 64 else text


def work_folder(out: Path | None, default: str, *, resume: bool) -> tuple[Path, list[Fault]]:
    """The folder to work in, and what is wrong with it; it is made only by ``begin_or_go_on``."""
    from experiments.results.outputs import new_folder

    if resume:
        return (out or Path("caremarket-results") / default), []
    try:
        return new_folder(out, default), []
    except ScenarioError as error:
        told = [
            Fault(fault.place, fault.wrong, f"{fault.cure}, or add --resume to go on with it")
            if "holds something" in fault.wrong
            else fault
            for fault in error.faults
        ]
        return Path(str(out)), told


def begin_or_go_on(folder: Path, identity: Mapping[str, Any], *, resume: bool) -> None:
    """Make the folder, or make sure that its work is this. Raises ScenarioError."""
    if resume:
        faults = belongs(folder, identity)
        if faults:
            raise ScenarioError(faults)
        return
    folder.mkdir(parents=True, exist_ok=True)
    begin(folder, identity)
