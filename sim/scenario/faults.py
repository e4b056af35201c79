"""What is wrong with a scenario: each fault on one line, with the place, the value and the cure."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any


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
    """A scenario that cannot be simulated; ``faults`` holds everything that is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


def nearest(name: str, known: list[str]) -> str:
    """A cure that names the nearest known name, or a few of the known ones."""
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
    if schema.get("pattern"):
        kind = "capital letters, digits and underscores, beginning with a letter"
        if "[a-z]" in schema["pattern"]:
            kind = kind.replace("capital", "small")
    head = " ".join(part for part in (kind, " and ".join(words)) if part)
    shown = unit if unit not in ("date", "code", "yes/no") else ""
    return f"{head} ({shown})" if shown and head else head or shown
