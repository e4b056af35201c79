"""What is wrong with a scenario: each kind of fault on one line, with place, value and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from sim.scenario.codes import PATTERNS

LONGEST_SHOWN = 60
MOST_ALIKE = 3
"""Faults that differ only in the names they tell stand on lines of their own up to this number."""
VALUES = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[0-9][0-9.,:-]*")
INDEX = re.compile(r"\[[0-9]+\]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: a file, and a row and column or a key in it."""

    file: str
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        words = [self.file]
        if self.row is not None:
            words.append(f"row {self.row}")
        if self.column:
            words.append(f"{'key' if self.row is None else 'column'} {self.column}")
        return ", ".join(words)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong, and how to mend it."""

    place: Place
    wrong: str
    cure: str

    def __str__(self) -> str:
        return f"{self.place}: {self.wrong}. {self.cure}"


class ScenarioError(ValueError):
    """A scenario that cannot be simulated.

    ``faults`` holds everything that is wrong with it; ``lines`` the same for a reader, with equal
    faults on one line.
    """

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        self.lines = grouped(faults)
        super().__init__("\n".join(self.lines))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[list[Fault]]]:
        return ScenarioError, (self.faults,)

    @property
    def heading(self) -> str:
        """How many faults there are, of how many kinds."""
        number, kinds = len(self.faults), len(self.lines)
        words = f"{number:,} fault{'' if number == 1 else 's'}"
        return words if kinds == number else f"{words} of {kinds:,} kind{'' if kinds == 1 else 's'}"


def grouped(faults: Iterable[Fault]) -> list[str]:
    """A line a kind of fault: a single one whole, equal ones with their count and some rows."""
    families: dict[tuple[str, ...], dict[str, list[Fault]]] = {}
    for fault in dict.fromkeys(faults):
        column = INDEX.sub("[]", fault.place.column or "")
        kind = (fault.place.file, column, VALUES.sub("…", fault.wrong))
        family = families.setdefault((*kind, VALUES.sub("…", fault.cure)), {})
        family.setdefault(fault.cure, []).append(fault)
    lines = []
    for family in families.values():
        groups = list(family.values())
        if len(groups) > MOST_ALIKE:
            groups = [[fault for group in groups for fault in group]]
        lines += [printable(_line(group)) for group in groups]
    return lines


def printable(text: str) -> str:
    """A text on one line of a terminal, whatever a file had in it."""
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else repr(mark)[1:-1] for mark in text)


def _line(group: Sequence[Fault]) -> str:
    first = group[0]
    if len(group) == 1:
        return str(first)
    alike = all(fault.wrong == first.wrong for fault in group)
    wrong = first.wrong if alike else f"for instance, {first.wrong}"
    return f"{_places([fault.place for fault in group])}: {wrong}. {first.cure}"


def _places(places: Sequence[Place]) -> str:
    """Where equal faults stand: how many rows or keys, the first three and the last."""
    first = places[0]
    rows = sorted({place.row for place in places if place.row is not None})
    if len(rows) > 1:
        column = f", column {first.column}" if first.column else ""
        return f"{first.file}, {_several([str(row) for row in rows], 'rows')}{column}"
    keys = list(dict.fromkeys(place.column for place in places if place.column))
    if len(keys) > 1:
        return f"{first.file}, {_several(keys, 'keys')}"
    return f"{first} ({len(places):,} times)"


def _several(names: Sequence[str], noun: str) -> str:
    if len(names) <= 4:
        return f"{noun} {', '.join(names[:-1])} and {names[-1]}"
    return f"{len(names):,} {noun} ({', '.join(names[:3])} … {names[-1]})"


def dotted(head: str, path: Sequence[Any]) -> str | None:
    """A key as its file would say it: phases[2].tiers."""
    words = head
    for step in path:
        words += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if words else step
    return words or None


def shown(value: Any) -> str:
    """A value as a message tells it: in quotes if it is text, cut if it is long."""
    if isinstance(value, str) and len(value) > LONGEST_SHOWN:
        return f"{value[:LONGEST_SHOWN] + '…'!r} ({len(value):,} characters)"
    try:
        text = repr(value)
    except ValueError:  # Python writes no whole number of more than some 4,300 digits
        return "a number of thousands of digits"
    return text if len(text) <= 2 * LONGEST_SHOWN else f"{text[: 2 * LONGEST_SHOWN]}…"


def nearest(name: str, known: list[str]) -> str:
    """How to mend it: the nearest known name, or a few of the known ones."""
    name = name[:LONGEST_SHOWN]  # comparing long texts takes long
    close = get_close_matches(name, known, n=1, cutoff=0.5) or get_close_matches(
        name.upper(), known, n=1, cutoff=0.5
    )
    if close:
        return f"Did you mean {close[0]!r}?"
    shown = ", ".join(sorted(set(known))[:12]) + (" …" if len(known) > 12 else "")
    return f"Known: {shown}" if known else "Remove it"


def allowed_range(schema: dict[str, Any]) -> str:
    """The allowed values of a declared parameter, in words, from its JSON schema."""
    if "anyOf" in schema:
        common = {key: value for key, value in schema.items() if key != "anyOf"}
        words = [
            "blank" if option.get("type") == "null" else allowed_range({**common, **option})
            for option in schema["anyOf"]
        ]
        return " or ".join(words)
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    if "items" in schema:
        return f"a list, each item {allowed_range(schema['items'])}"
    unit = schema.get("unit", "")
    words = []
    if "exclusiveMinimum" in schema:
        words.append(f"above {schema['exclusiveMinimum']:,.10g}")
    if "minimum" in schema:
        words.append(f"at least {schema['minimum']:,.10g}")
    if "maximum" in schema:
        words.append(f"at most {schema['maximum']:,.10g}")
    kind = {"number": "a number", "integer": "a whole number", "boolean": "true or false"}.get(
        schema.get("type", ""), "a date YYYY-MM-DD" if schema.get("format") == "date" else ""
    )
    kind = PATTERNS.get(schema.get("pattern", ""), kind)
    if "pattern" in schema and schema.get("maxLength"):
        kind += f", at most {schema['maxLength']} characters"
    head = " ".join(part for part in (kind, " and ".join(words)) if part)
    shown = unit if unit not in ("date", "code", "yes/no") else ""
    text = "text" if schema.get("type") == "string" else ""
    return f"{head} ({shown})" if shown and head else head or shown or text
