"""county.toml and model.toml as text, changed line by line so that comments and sources stay."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date

from sim.scenario.formats import UNNUMBERED

Value = bool | int | float | str | date


def written(value: Value | Sequence[Value]) -> str:
    """A value as TOML writes it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Sequence):
        return f"[{', '.join(map(written, value))}]"
    return repr(value)


def with_value(text: str, path: str, value: Value, source: str, sure: str) -> str:
    """The text with another value at ``section.key``. Raises KeyError if it has no such line."""
    section, key = path.split(".")
    told = f"{{ value = {written(value)}, source = {written(source)}, sure = {written(sure)} }}"
    pattern = rf"(^\[{section}\]\n(?:(?!\[).*\n)*?){key} = .*$"
    line = f"{key} = {told}"
    changed, times = re.subn(
        pattern, lambda found: found[1] + line, text, count=1, flags=re.MULTILINE
    )
    if not times:
        raise KeyError(path)
    return changed


def named(text: str, code: str, name: str) -> str:
    """The text with a code and a name of its own, and with the number of its format."""
    for key, told in (("code", code), ("name", name)):
        line = f"{key} = {written(told)}".replace("\\", r"\\")
        text = re.sub(rf"^{key} = .*$", line, text, count=1, flags=re.MULTILINE)
    if not re.search(r"^format\s*=", text, flags=re.MULTILINE):  # a folder made before it had one
        text = re.sub(
            r"^code = ", f"format = {UNNUMBERED}\ncode = ", text, count=1, flags=re.MULTILINE
        )
    return text


def as_of(text: str, parent: str) -> str:
    """The text whose sources say of which county they are, unless they do already."""
    return re.sub(r'(source = ")(?!as |set for)', rf"\1as {parent}: ", text)
