"""A scenario as read from its folder, before it is validated: plain values, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import Any

from pydantic import BaseModel

from sim.scenario.dates import date_in
from sim.scenario.faults import Fault, Place, dotted

Step = str | int
Path_ = tuple[Step, ...]

ROW_KEYS = {
    "areas": ("code",),
    "providers": ("code",),
    "branches": ("provider", "area"),
    "wages": ("starts",),
    "tiers": ("code",),
    "contracts": ("tier", "area", "provider"),
    "prices": ("tier", "provider", "settlement"),
    "targets": ("code",),
}
"""What names a row of a table; failures and referrals are named by their place."""
WITH_BLANKS = ("prices",)
"""Tables of which a blank names a row too: a price of every tier, or of every class."""


@dataclass(frozen=True)
class GivenRow:
    """A row that stands in no file: its cells, the place of each, and those not understood."""

    cells: dict[str, Any]
    places: dict[str, Place]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lines:
    """The rows of a table as its file has them: the number of the line of each."""

    file: str
    numbers: Sequence[int]


@dataclass
class Draft:
    """Plain values under ``values``, faults of reading, and where everything stands.

    ``places`` holds the place of each setting; rows of a file stand under ``lines``, since a place
    for each cell of a long table would take gigabytes.

    ``unread`` holds the parts that could not be read whole: what would follow from the gap is not
    worth a fault of its own.

    ``outlines``: of its areas, for maps (scenario/outlines.py); no value that a path could name.
    """

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[Path_, Place] = field(default_factory=dict)
    lines: dict[Path_, Lines] = field(default_factory=dict)
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    named_overrides: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unread: set[Path_] = field(default_factory=set)
    missing_columns: set[Path_] = field(default_factory=set)
    commissioning_name: str = ""
    own_model: bool = True
    outlines: str = ""

    def place(self, path: Path_) -> Place:
        """The place of a value, or of the nearest thing that holds it."""
        for length in range(len(path), 0, -1):
            head = path[:length]
            if (place := self.places.get(head) or self._row(head)) is not None:
                inside = path[length:]
                if place.column is None and place.file.startswith("--"):  # --set hours_values[2]
                    return Place(dotted(place.file, inside) or place.file)
                return Place(place.file, place.row, dotted(place.column or "", inside))
        file = "model.toml" if path[:1] == ("commissioning",) else "county.toml"
        return Place(file, None, dotted("", path))

    def _row(self, path: Path_) -> Place | None:
        """The place of a row that stands in a file."""
        lines = self.lines.get(path[:-1])
        index = path[-1]
        if lines is None or not isinstance(index, int) or index >= len(lines.numbers):
            return None
        return Place(lines.file, lines.numbers[index])

    def typed(self) -> Iterator[tuple[Path_, Any]]:
        """Every value that was given with a type of its own; a cell of a file is text."""
        yield from self._typed((), self.values)
        for path in self.places:
            if len(path) > 1 and self._row(path[:-1]) is not None:
                yield path, self.value(*path)

    def _typed(self, path: Path_, value: Any) -> Iterator[tuple[Path_, Any]]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from self._typed((*path, key), inner)
        elif isinstance(value, list):
            first = len(self.lines[path].numbers) if path in self.lines else 0
            for index, inner in enumerate(value[first:], first):
                yield from self._typed((*path, index), inner)
        else:
            yield path, value

    def value(self, *path: Step) -> Any:
        """The value at a path; None if there is none."""
        here: Any = self.values
        for step in path:
            if isinstance(here, dict):
                here = here.get(step)
            elif isinstance(here, list) and isinstance(step, int):
                here = here[step]
            else:
                return None
        return here

    def calendar(self) -> tuple[date | None, date | None]:
        """The first and the last day simulated, as far as they can be read."""
        return date_in(self.value("calendar", "start")), date_in(self.value("calendar", "end"))

    def rows(self, *path: str) -> list[dict[str, Any]]:
        """The rows of a table, empty if it is missing or malformed."""
        value: Any = self.values
        for step in path:
            value = value.get(step, []) if isinstance(value, dict) else []
        return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []

    def add_row(self, table: str, row: GivenRow) -> None:
        """One more row of a table."""
        rows = self.values.setdefault(table, [])
        here = (table, len(rows))
        self.places[here] = next(iter(row.places.values()))
        for column, place in row.places.items():
            self.places[(*here, column)] = place
        self.unread |= {(*here, column) for column in row.unread}
        rows.append(row.cells)

    def fault(self, path: Path_, wrong: str, cure: str) -> Fault:
        """A fault at the place of a value."""
        return Fault(self.place(path), wrong, cure)

    def follows_from_a_gap(self, path: Path_) -> bool:
        """Whether a fault at this path only follows from something that could not be read."""
        if any(path[: len(gap)] == gap for gap in self.unread):
            return True
        plain = tuple(step for step in path if isinstance(step, str))
        return plain in self.missing_columns


def plain(value: Any) -> Any:
    """A value as a file would give it: rows as mappings, tuples as lists."""
    if isinstance(value, BaseModel):
        return plain(value.model_dump())
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def number_in(value: Any) -> float | None:
    """A number, or a text that is one; nothing where it is neither, or not finite."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def row_name(parts: Sequence[object]) -> str:
    """The name of a row in a dotted path, from the cells that name it; a blank stays blank."""
    return ":".join("" if part is None else str(part) for part in parts)


def steps_from(target: Any, path: list[Step]) -> dict[str, Step]:
    """What may follow at this point of a dotted path, and the key or index it stands for."""
    if isinstance(target, dict):
        return {str(key): key for key in target}
    if isinstance(target, list) and path:
        keys = ROW_KEYS.get(str(path[-1]), ())
        return {
            row_name([row.get(key) for key in keys]): index
            for index, row in enumerate(target)
            if isinstance(row, dict)
        }
    return {}
