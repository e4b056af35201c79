"""A scenario as read from its folder, before it is validated: plain values, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sim.scenario.faults import Fault, Place

Step = str | int
Path_ = tuple[Step, ...]

ROW_KEYS = {
    "areas": ("code",),
    "providers": ("code",),
    "branches": ("provider", "area"),
    "wages": ("starts",),
    "tiers": ("code",),
    "contracts": ("tier", "area", "provider"),
    "targets": ("code",),
}
"""What names a row of a table; failures and referrals are named by their place."""


@dataclass(frozen=True)
class GivenRow:
    """A row that stands in no file: its cells, the place of each, and those not understood."""

    cells: dict[str, Any]
    places: dict[str, Place]
    unread: tuple[str, ...] = ()


@dataclass
class Draft:
    """Plain values under ``values``, the place of each under ``places``, faults of reading.

    ``unread`` holds the parts that could not be read whole: what would follow from the gap is not
    worth a fault of its own.
    """

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[Path_, Place] = field(default_factory=dict)
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    named_overrides: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unread: set[Path_] = field(default_factory=set)
    missing_columns: set[Path_] = field(default_factory=set)
    commissioning_name: str = ""
    own_model: bool = True

    def place(self, path: Path_) -> Place:
        """The place of a value, or of the nearest thing that holds it."""
        for length in range(len(path), 0, -1):
            if (place := self.places.get(path[:length])) is not None:
                return Place(place.file, place.row, dotted(place.column or "", path[length:]))
        file = "model.toml" if path[:1] == ("commissioning",) else "county.toml"
        return Place(file, None, dotted("", path))

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


def dotted(head: str, path: Path_) -> str | None:
    """A key as its file would say it: phases[2].tiers."""
    words = head
    for step in path:
        words += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if words else step
    return words or None


def steps_from(target: Any, path: list[Step]) -> dict[str, Step]:
    """What may follow at this point of a dotted path, and the key or index it stands for."""
    if isinstance(target, dict):
        return {str(key): key for key in target}
    if isinstance(target, list) and path:
        keys = ROW_KEYS.get(str(path[-1]), ())
        return {
            ":".join(str(row.get(key)) for key in keys): index
            for index, row in enumerate(target)
            if isinstance(row, dict)
        }
    return {}
