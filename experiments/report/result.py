"""A result folder as a paper needs it: what was asked, what was found, its charts and tables."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.report.blocks import sentences
from experiments.results.csv_files import read_rows
from experiments.results.outputs import DICTIONARY
from experiments.results.pictures import BARE
from experiments.results.real_people import COUNTS
from experiments.results.writing import MANIFEST, SCREEN
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place
from sim.scenario.text_files import is_file, is_folder

SCRIPT = re.compile(r"<script|<foreignObject|<iframe|\son\w+\s*=|javascript:", re.IGNORECASE)
"""What no drawing of ours holds, and no page may run."""
OLDER = "it was made by an older version: make the result again"


@dataclass(frozen=True)
class Picture:
    """A chart of a result, bare of the words around it, with these and with its numbers."""

    name: str
    title: str
    subtitle: str
    footer: str
    alt: str
    svg: str
    png: Path
    data: pd.DataFrame


@dataclass(frozen=True)
class Screen:
    """The first screen of a result by its parts."""

    title: tuple[str, ...]
    answer: tuple[str, ...]
    sections: tuple[tuple[str, ...], ...]
    more: tuple[tuple[str, ...], ...]
    foot: tuple[str, ...]
    said: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """One result folder. ``meanings``: meaning and unit of each column of each table."""

    folder: Path
    screen: Screen
    manifest: dict[str, Any]
    pictures: tuple[Picture, ...]
    tables: dict[str, Path]
    meanings: dict[tuple[str, str], tuple[str, str]]

    @property
    def replications(self) -> int:
        """Simulated futures behind the answer; of ``bands``, sets of parameters.

        Those that failed do not count, nor those in which nobody was there to be lost.
        """
        asked = int(self.manifest.get("replications") or 0)
        failed = {str(one.get("replication", one)) for one in self.failed if isinstance(one, dict)}
        return min(asked - len(failed), int(self.manifest.get("futures_counted", asked)))

    @property
    def failed(self) -> list[Any]:
        """What the manifest says of work that failed."""
        return self.manifest.get("replications_failed") or self.manifest.get("runs_failed") or []

    @property
    def answer(self) -> tuple[str, ...]:
        """What was found, in sentences."""
        return sentences(self.screen.said or self.screen.answer)

    @property
    def name(self) -> str:
        """The heading of its first screen."""
        return " ".join(self.screen.title[0].split())

    @property
    def county(self) -> str:
        """The code of the county that was simulated."""
        scenario = self.manifest.get("scenario", {})
        return str(scenario.get("county", self.manifest.get("county", "")))

    @property
    def identity(self) -> str:
        """What the run is called by; of a study, the version that made it."""
        return str(self.manifest.get("run_identity") or self.manifest.get("made_with", ""))

    @property
    def hides_small_counts(self) -> bool:
        """Whether it is of a caseload, so that small counts of people are not in it."""
        return COUNTS in self.manifest

    @property
    def command(self) -> str:
        """What makes the result again."""
        words = self.manifest.get("command") or []
        return " ".join(["caremarket", *map(str, words)]) if words else ""


def read_results(folders: list[Path]) -> list[Result]:
    """Every result folder. Raises ScenarioError with what is wrong with any of them."""
    faults = [fault for folder in folders if (fault := wrong_with(folder)) is not None]
    if faults:
        raise ScenarioError(faults)
    return [read_result(folder) for folder in folders]


def wrong_with(folder: Path) -> Fault | None:
    """Why a folder holds no finished result."""
    place = Place(str(folder))
    if not is_folder(folder):
        wrong = "it is a file" if is_file(folder) else "there is no such folder"
        return Fault(
            place, wrong, "Name a folder that run, stress, adequacy, bands or a study made"
        )
    if not is_file(folder / MANIFEST):
        return Fault(place, "it holds no finished result", "Finish it first, with --resume")
    if not is_file(folder / SCREEN):
        return Fault(place, f"it has no {SCREEN}", OLDER[0].upper() + OLDER[1:])
    return None


def read_result(folder: Path) -> Result:
    """A result folder that was found sound. Raises ScenarioError if a file of it is damaged."""
    try:
        screen = json.loads((folder / SCREEN).read_text(encoding="utf-8"))
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        told = Screen(
            *(tuple(screen[key]) for key in ("title", "answer")),
            *(tuple(tuple(part) for part in screen[key]) for key in ("sections", "more")),
            *(tuple(screen[key]) for key in ("foot", "said")),
        )
        refuse_small_counts(folder, manifest)
        pictures = tuple(map(read_picture, sorted((folder / "charts").glob("*.csv"))))
        tables = {path.stem: path for path in sorted(folder.glob("*.csv"))}
        tables.pop(Path(DICTIONARY).stem, None)
        return Result(folder, told, manifest, pictures, tables, read_meanings(folder))
    except (OSError, ValueError, KeyError, TypeError) as error:
        cure = "Make the result again, with --resume it takes moments"
        raise ScenarioError(
            [Fault(Place(str(folder)), f"it is damaged ({error})", cure)]
        ) from error


def refuse_small_counts(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Raise ScenarioError if an older version made a result of a caseload: it hid nothing."""
    if manifest.get("caseload", "drawn") != "drawn" and COUNTS not in manifest:
        wrong = f"it tells small counts of the people of a caseload, for {OLDER.split(':')[0]}"
        raise ScenarioError([Fault(Place(str(folder)), wrong, "Make the result again")])


def read_picture(numbers: Path) -> Picture:
    """A chart by the file of its numbers. Raises ValueError if its drawing holds a script."""
    bare = numbers.parent / BARE
    words = (bare / f"{numbers.stem}.txt").read_text(encoding="utf-8").splitlines()
    title, subtitle, footer = (
        ([*words, "", "", ""])[:3] if len(words) != 2 else (words[0], "", words[1])
    )
    return Picture(
        numbers.stem,
        title,
        subtitle,
        footer,
        (numbers.parent / f"{numbers.stem}.txt").read_text(encoding="utf-8").strip(),
        sound((bare / f"{numbers.stem}.svg").read_text(encoding="utf-8")),
        bare / f"{numbers.stem}.png",
        pd.read_csv(numbers),
    )


def sound(svg: str) -> str:
    """A drawing that may stand in a page as it is. Raises ValueError if it holds a script."""
    if SCRIPT.search(svg):
        raise ValueError("a drawing holds a script")
    return svg


def read_meanings(folder: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """Meaning and unit of each column, by table and column."""
    if not is_file(folder / DICTIONARY):
        return {}
    rows = read_rows(folder / DICTIONARY)
    return {(row["table"], row["column"]): (row["meaning"], row["unit"]) for row in rows}
