"""How a table and an outcome are declared: the data dictionary is made from these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, meaning and unit."""

    name: str
    meaning: str
    unit: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its file name, what a row is, and its columns."""

    name: str
    meaning: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One figure of a run. ``better``: which direction is better, or neither."""

    name: str
    meaning: str
    unit: str
    better: Literal["higher", "lower", "neither"]
