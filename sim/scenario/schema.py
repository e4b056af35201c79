"""The declarations of a model by path, and what they say of a value that they do not allow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sim.scenario.dates import date_hint
from sim.scenario.faults import allowed_range, nearest, shown

TYPES: dict[str, tuple[type, ...]] = {
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "string": (str, date),
    "null": (type(None),),
}
PLAIN = (bool, int, float, str, date)
PRIVATE = "the value (not shown, because it is about a person)"
LEAST_PERCENTAGE = 2
"""A bare number below is rather a slip than a percentage."""
CONTINENTAL = re.compile(r"[0-9]{1,3}(\.[0-9]{3})*,[0-9]{1,2}")
THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")

Steps = tuple[Any, ...]
Model = TypeVar("Model", bound=BaseModel)


class Schema:
    """Meaning, unit and range of everything that a model declares, looked up by path."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.whole: dict[str, Any] = model.model_json_schema()

    def at(self, path: Sequence[Any]) -> dict[str, Any]:
        """The JSON schema of a value by its path; empty if nothing is declared there."""
        here = self.whole
        for step in path:
            here = self._resolved(here)
            here = here.get("items", {}) if isinstance(step, int) else _property(here, step)
        return self._resolved(here)

    def known_keys(self, path: Sequence[Any]) -> list[str]:
        """The keys declared at a path."""
        return sorted(self.at(path).get("properties", {}))

    def declared_path(self, path: Sequence[Any]) -> Steps:
        """A path of the validator without the names of the alternatives it tried."""
        kept: list[Any] = []
        for step in path:
            if isinstance(step, str) and kept and "properties" not in self.at(kept):
                break
            kept.append(step)
        return tuple(kept)

    def mistyped(self, path: Steps, value: Any) -> Iterator[tuple[Steps, Any]]:
        """Plain values of another type than declared, some of which validation would convert."""
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from self.mistyped((*path, key), inner)
        elif isinstance(value, (list, tuple)):
            for index, inner in enumerate(value):
                yield from self.mistyped((*path, index), inner)
        elif type(value) in PLAIN and not fits(self.at(path), value):
            yield path, value

    def refusal(
        self, path: Steps, kind: str, value: Any, *, in_table: bool = False
    ) -> tuple[str, str]:
        """What is wrong with a value, and how to mend it; ``kind`` as the validator names it."""
        if kind == "extra_forbidden":
            known = self.known_keys(path[:-1])
            return f"{shown(path[-1])} is not known here", nearest(str(path[-1]), known)
        schema = self.at(path)
        allowed = allowed_range(schema)
        private = schema.get("private", False)
        if kind == "missing" or value is None:
            if "properties" in schema:
                allowed = f"a section with {', '.join(list(schema['properties'])[:4])}, …"
            return f"{shown(path[-1])} is missing", f"Give it: {allowed or 'a table'}"
        hint = "" if private else _hint(value, schema, in_table=in_table)
        given = PRIVATE if private else shown(value)
        return f"{given} is not allowed", f"Allowed: {allowed or _kind(schema)}{hint}"

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in schema:
            return schema
        target: dict[str, Any] = self.whole["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
        return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}


@cache
def schema_of(model: type[BaseModel]) -> Schema:
    """A model's schema, made once."""
    return Schema(model)


def checked(
    model: type[Model], values: Mapping[str, Any], given: Iterable[tuple[Any, Any]]
) -> tuple[Model | None, dict[Steps, tuple[str, Any]]]:
    """A model from its values, or all that is wrong: what the validator names it, and the value.

    ``given`` holds, by path or key, the values that were given with a type of their own: those are
    refused where validation would convert them, as true to 1.
    """
    schema = schema_of(model)
    wrong = {
        path: ("", value)
        for head, outer in given
        for path, value in schema.mistyped(head if isinstance(head, tuple) else (head,), outer)
    }
    found: Model | None = None
    try:
        found = model.model_validate(values)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False):
            path = schema.declared_path(detail["loc"])
            wrong.setdefault(path, (detail["type"], detail.get("input")))
    return (None, wrong) if wrong else (found, {})


def _property(schema: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = schema.get("properties", {}).get(name, {})
    return found


def fits(schema: dict[str, Any], value: Any) -> bool:
    """Whether a plain value has a declared type as it stands: no text or true for a number."""
    wanted = [option["type"] for option in _options(schema) if "type" in option]
    types = [type_ for name in wanted for type_ in TYPES.get(name, ())]
    if not types or not all(name in TYPES for name in wanted):
        return True
    return type(value) in types


def _options(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [schema, *schema.get("anyOf", [])]


def _kind(schema: dict[str, Any]) -> str:
    return {"string": "text", "array": "a list", "object": "a section"}.get(
        schema.get("type", ""), "another kind of value"
    )


def _hint(value: Any, schema: dict[str, Any], *, in_table: bool) -> str:
    """What is likely to have been meant."""
    text = str(value) if isinstance(value, PLAIN) and fits_on_a_line(value) else ""
    if any(option.get("format") == "date" for option in _options(schema)):
        if in_table:
            return " (a spreadsheet program may have rewritten it: format the column as text)"
        return date_hint(text)
    if isinstance(value, bool) or not any(
        option.get("type") in ("number", "integer") for option in _options(schema)
    ):
        return ""
    share = any(option.get("maximum") == 1 for option in _options(schema))
    return number_hint(text, share=share)


def fits_on_a_line(value: Any) -> bool:
    """Whether a value is short enough to be looked at as text."""
    return not isinstance(value, int) or abs(value) < 10**40


def number_hint(text: str, *, share: bool = False) -> str:
    """How to write the number that a text seems to mean."""
    text = text.strip()
    if CONTINENTAL.fullmatch(text):
        plain = text.replace(".", "").replace(",", ".")
        return f". Write the decimal comma as a point: {plain}"
    if THOUSANDS.fullmatch(text):
        return f". Write numbers without commas: {text.replace(',', '')}"
    if share and (meant := share_meant(text)) is not None:
        return f". A share, not a percentage: did you mean {meant:g}?"
    if re.fullmatch(r"[+-]?0[0-9]+", text):
        return f". Write it without the leading zero: {int(text)}"
    if re.fullmatch(r"£? ?[0-9][0-9,. ]*(£|p|h|hours|days|weeks|km|%)?", text):
        bare = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text)
        return "" if bare else ". Write only the number, with a point before decimals"
    return ""


def share_meant(text: str) -> float | None:
    """The share that a percentage means; nothing where a number is hardly a percentage."""
    sign = text.endswith("%")
    try:
        number = float(text.rstrip("% "))
    except ValueError:
        return None
    return number / 100 if (0 if sign else LEAST_PERCENTAGE) <= number <= 100 else None
