"""county.toml, as text: each value with its source, how sure it is, and its plausible range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.counties.settings_text import written
from experiments.imports.values import Value
from sim.scenario.formats import FORMAT
from sim.scenario.parameters import SECTIONS


def settings_text(
    code: str, name: str, model: str, values: Mapping[str, Value], comment: str
) -> str:
    """The text of county.toml."""
    lines = [f"# {comment}", "", f"format = {FORMAT}"]
    told = {"code": code, "name": name, "commissioning": model}
    lines += [f"{key} = {written(value)}" for key, value in told.items()]
    for section, declared in SECTIONS.items():
        lines += ["", f"[{section}]"]
        lines += [_line(key, values[f"{section}.{key}"]) for key in declared.model_fields]
    return "\n".join(lines) + "\n"


def _line(key: str, value: Value) -> str:
    told: dict[str, Any] = {"value": value.value}
    if value.low is not None and value.high is not None:
        told |= {"low": value.low, "high": value.high}
    told |= {"source": value.source, "sure": value.sure}
    return f"{key} = {{ {', '.join(f'{name} = {written(item)}' for name, item in told.items())} }}"
