"""The app's folder: counties of one's own, and a folder for every question that was asked.

counties/NAME/            a county of one's own
results/NAME/asked.json   the question in words, when it was asked, and its command
results/NAME/answer/      the folder of the command: its work, then its results
results/NAME/log.txt      what the command said; begun.json: when it began last; ended.json: its
                          exit code, if the app heard it
results/NAME/report/      the report in every format that was asked for
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.results.writing import MANIFEST
from sim.scenario.codes import is_safe

ASKED, BEGUN, ENDED, LOG = "asked.json", "begun.json", "ended.json", "log.txt"
ANSWER, REPORT = "answer", "report"
COUNTIES, RESULTS = "counties", "results"
LONGEST_NAME = 50
MOST_OF_A_NAME = 1000
"""Questions of one day about one county by one name; nobody asks so many."""


@dataclass(frozen=True)
class Question:
    """A question as it was asked. ``command``: the words after ``caremarket``, without ``--out``.

    ``expected_seconds``: the wait that was foreseen.
    """

    title: str
    county: str
    command: tuple[str, ...]
    asked: str
    expected_seconds: float = 0.0

    @property
    def when(self) -> datetime:
        """The moment at which it was asked."""
        return pd.Timestamp(self.asked).to_pydatetime()


@dataclass(frozen=True)
class Kept:
    """A question's folder."""

    folder: Path
    question: Question

    @property
    def name(self) -> str:
        """The name of its folder, by which its pages are called."""
        return self.folder.name

    @property
    def answer(self) -> Path:
        """Where its command works, and what it leaves."""
        return self.folder / ANSWER

    @property
    def report(self) -> Path:
        """Where its reports are."""
        return self.folder / REPORT

    @property
    def finished(self) -> bool:
        """Whether the whole answer is there; the manifest is written last."""
        return (self.answer / MANIFEST).is_file()

    @property
    def manifest(self) -> dict[str, Any]:
        """What made the answer; nothing as long as it is not there."""
        try:
            told = json.loads((self.answer / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    @property
    def version(self) -> str:
        """The version that answered it; blank as long as it is not answered."""
        return str(self.manifest.get("program", "")).removeprefix("caremarket ")

    @property
    def words(self) -> list[str]:
        """The words after ``caremarket``, from the app's folder; the same begin and go on."""
        out = f"{RESULTS}/{self.name}/{ANSWER}"
        return [*self.question.command, "--resume", "--out", out]


@dataclass(frozen=True)
class Store:
    """The app's folder."""

    root: Path

    @property
    def counties(self) -> Path:
        """Where counties of one's own are."""
        return self.root / COUNTIES

    @property
    def results(self) -> Path:
        """Where questions are."""
        return self.root / RESULTS

    def make(self) -> None:
        """Make its folders. Raises OSError."""
        for folder in (self.counties, self.results):
            folder.mkdir(parents=True, exist_ok=True)

    def all(self) -> list[Kept]:
        """Every question, the latest first."""
        found = [kept for path in self.results.iterdir() if (kept := read(path)) is not None]
        return sorted(found, key=lambda kept: (kept.question.when, kept.name), reverse=True)

    def named(self, name: str) -> Kept | None:
        """The question of that name. No name leads out of the folder."""
        return read(self.results / name) if is_name(name) else None

    def begin(self, question: Question) -> Kept:
        """A folder for a question. Raises OSError."""
        head = f"{question.when.date()}-{slug(question.county)}-{question.command[0]}"
        for number in range(1, MOST_OF_A_NAME):
            folder = self.results / (head if number == 1 else f"{head}-{number}")
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            write_json(folder / ASKED, asdict(question))
            return Kept(folder, question)
        raise FileExistsError(head)

    def own_counties(self) -> list[str]:
        """Counties of one's own, by the names of their folders."""
        found = [path.name for path in self.counties.iterdir() if (path / "county.toml").is_file()]
        return sorted(name for name in found if is_safe(name))

    def county(self, name: str) -> str | None:
        """A county of one's own as a command names it from the app's folder."""
        return f"{COUNTIES}/{name}" if name in self.own_counties() else None


def read(folder: Path) -> Kept | None:
    """A question's folder; none where it holds no question, or is a link to somewhere else."""
    try:
        if folder.is_symlink():
            return None
        told = json.loads((folder / ASKED).read_text(encoding="utf-8"))
        told["command"] = words_of(told["command"])
        question = Question(**told)
        question.when.utcoffset()
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return Kept(folder, question)


def words_of(told: Any) -> tuple[str, ...]:
    """The words of a command. Raises ValueError if they are none that the app would have asked."""
    if not isinstance(told, Sequence) or not all(isinstance(word, str) for word in told):
        raise ValueError("a command is a list of words")
    if not told or told[0] not in ASKING or any(word.startswith(REFUSED) for word in told):
        raise ValueError("this command is not asked here")
    return tuple(told)


ASKING = ("run", "stress", "adequacy", "compare")
"""The verbs that the app asks."""
REFUSED = ("--own-code", "--people", "--cluster", "--out", "--study")
"""What it never asks: a user's code, single people, other machines, other folders."""


def is_name(name: str) -> bool:
    """Whether a question's folder may have this name."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,119}", name) is not None


def slug(text: str) -> str:
    """A text as a part of a folder's name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LONGEST_NAME] or "county"


def write_json(path: Path, content: Any) -> None:
    """A file that is there whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    part.replace(path)
