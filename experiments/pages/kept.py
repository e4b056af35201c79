"""What is kept of the commands behind the pages: tables, pictures, alternative texts, versions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import sim
from experiments.bands.asked import AND, AS_IT_IS
from experiments.study.draws import UNTAUGHT, sets_place
from experiments.words.claims import two_figures

COUNTY = Path(sim.__file__).parent / "counties" / "norfolk"
"""Its plausible sets ship with the model."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The folder of documents, in which tables lie in figures/ and pictures in images/."""

    docs: Path

    def place(self, of: str) -> Path:
        """Where the tables of a command are kept."""
        return self.docs / "figures" / of

    @property
    def images(self) -> Path:
        """Where pictures are kept."""
        return self.docs / "images"

    def table(self, of: str, name: str) -> pd.DataFrame:
        """A table that was kept."""
        return pd.read_csv(self.place(of) / f"{name}.csv")

    def text(self, of: str, name: str) -> str:
        """A text that was kept."""
        return (self.place(of) / name).read_text(encoding="utf-8").strip()

    def pictures(self, chart: str) -> list[str]:
        """The names of a chart's pictures."""
        return pictures_in(self.images, chart)

    def alternative(self, picture: str) -> str:
        """The alternative text that a picture's chart was made with, as Markdown may hold it."""
        text = (self.images / f"{picture}.txt").read_text(encoding="utf-8")
        return " ".join(text.split()).replace("[", "(").replace("]", ")")

    def image(self, picture: str) -> str:
        """A picture with its alternative text."""
        return f"![{self.alternative(picture)}](docs/images/{picture}.png)"

    def plausible(self, reading: str) -> pd.DataFrame:
        """The plausible sets of a reading that ship."""
        return pd.read_csv(plausible_place(reading))

    def manifest(self, of: str) -> dict[str, Any]:
        """What made a command's tables."""
        found: dict[str, Any] = json.loads(self.text(of, "manifest.json"))
        return found

    def program(self, of: str) -> str:
        """The version that made a command's tables, for example caremarket 0.6.0."""
        return str(self.manifest(of)["program"])


def plausible_place(reading: str) -> Path:
    """Where the plausible sets of a reading of Norfolk ship."""
    named = () if reading == AS_IT_IS else tuple(reading.split(AND))
    untaught = UNTAUGHT in named
    overrides = [name for name in named if name != UNTAUGHT]
    return COUNTY / sets_place(overrides, untaught=untaught)


def pictures_in(folder: Path, chart: str) -> list[str]:
    """The names of a chart's pictures: chart_1, chart_2 … where it does not fit a page."""
    found = (path.stem for path in folder.glob(f"{chart}*.png"))
    return sorted(name for name in found if re.fullmatch(rf"{chart}(_\d+)?", name))


Form = Callable[[float], str]
Cells = Mapping[str, Any]


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows by name."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def between(row: Cells, form: Form = two_figures) -> str:
    """A mean with its 95% interval."""
    if np.isnan(row["low"]):
        return form(row["mean"])
    mean, low, high = (form(row[end]) for end in ("mean", "low", "high"))
    return mean if low == high else f"{mean} ({low} to {high})"


def percent(share: float) -> str:
    """A share as a whole percentage."""
    return f"{100 * share:.0f}%".replace("-", "−")


def whole(value: float) -> str:
    """A whole number."""
    return f"{value:,.0f}".replace("-", "−")


def millions(value: float) -> str:
    """Pounds in millions."""
    return f"£{value / 1e6:.1f} million"


def pounds(value: float) -> str:
    """Pounds and pence."""
    return f"£{value:.2f}"


def tenths(value: float) -> str:
    """A number to one place."""
    return f"{value:.1f}"


def markdown(head: list[str], lines: list[list[str]]) -> str:
    """A table as Markdown."""
    told = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in told)
