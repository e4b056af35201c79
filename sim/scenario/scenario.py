"""The scenario: everything a run is given, frozen and typed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from sim.scenario import checks
from sim.scenario.declaration import Frozen, Source
from sim.scenario.draft import Draft, apply_named_override, apply_override, read_draft
from sim.scenario.faults import Fault, Place, ScenarioError, allowed_range, nearest
from sim.scenario.parameters import (
    Bridging,
    Brokerage,
    Calendar,
    Care,
    Demand,
    Failure,
    Packages,
    Procurement,
    Travel,
    Willingness,
    Workforce,
)
from sim.scenario.tables import Area, Branch, CommissioningModel, Provider, Wage


class Scenario(Frozen):
    """A county under a commissioning model, with every override applied."""

    code: str = Field(min_length=1, description="the county's permanent code")
    name: str = Field(min_length=1, description="the county's name, shown in tables and charts")
    calendar: Calendar
    demand: Demand
    packages: Packages
    care: Care
    brokerage: Brokerage
    willingness: Willingness
    workforce: Workforce
    travel: Travel
    bridging: Bridging
    failure: Failure
    procurement: Procurement
    areas: tuple[Area, ...]
    providers: tuple[Provider, ...]
    branches: tuple[Branch, ...]
    wages: tuple[Wage, ...]
    commissioning: CommissioningModel
    sources: dict[str, Source] = Field(default_factory=dict, description="source of each value")
    overrides: tuple[str, ...] = Field(default=(), description="overrides applied, in order")

    @property
    def identity(self) -> str:
        """A hash of every value that can move a result (sources and override names cannot)."""
        values = self.model_dump(mode="json", exclude={"sources", "overrides"})
        for table, key in (("areas", "code"), ("providers", "code")):
            values[table].sort(key=lambda row, key=key: row[key])
        values["branches"].sort(key=lambda row: (row["provider"], row["area"]))
        text = json.dumps(values, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    @property
    def days(self) -> float:
        """Length of the simulated period: the last day is simulated to its end."""
        return float((self.calendar.end - self.calendar.start).days + 1)


def load_scenario(
    county: str | Path,
    *,
    overrides: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    commissioning: str | None = None,
) -> Scenario:
    """Read, override and validate a scenario.

    ``county`` is the name of a county that ships or a folder; ``overrides`` are names from the
    county's ``overrides.toml``, applied in order; ``settings`` are dotted paths and values,
    applied last. Raises ScenarioError with every fault found.
    """
    draft = read_draft(county, commissioning)
    for name in overrides:
        apply_named_override(draft, name)
    for path, value in (settings or {}).items():
        source = {"source": f"set for this run: {path}", "sure": "assumption"}
        apply_override(draft, path, value, Place(f"--set {path}"), source)
    applied = (*overrides, *(f"{path}={value}" for path, value in (settings or {}).items()))
    return _validated(draft, applied)


def _validated(draft: Draft, applied: tuple[str, ...]) -> Scenario:
    faults = list(draft.faults)
    sources = {path: told for path, told in draft.sources.items() if told.get("source")}
    values = {**draft.values, "sources": sources, "overrides": applied}
    scenario = None
    try:
        scenario = Scenario.model_validate(values)
    except ValidationError as error:
        faults += [_fault_of(draft, detail) for detail in error.errors()]
    faults += checks.faults(draft)
    if scenario is None or faults:
        raise ScenarioError(
            sorted(set(faults), key=lambda f: (f.place.file, f.place.row or 0, str(f)))
        )
    return scenario


def _fault_of(draft: Draft, detail: Any) -> Fault:
    path = tuple(step for step in detail["loc"] if step not in ("function-wrap",))
    kind, value = detail["type"], detail.get("input")
    if kind == "extra_forbidden":
        known = _known_keys(path[:-1])
        return draft.fault(path, f"{path[-1]!r} is not known here", nearest(str(path[-1]), known))
    schema = declaration_at(path)
    wanted = allowed_range(schema) if schema else detail["msg"]
    if kind == "missing" or value is None:
        return draft.fault(path, f"{path[-1]!r} is missing", f"Give it: {wanted}")
    return draft.fault(
        path, f"{value!r} is not allowed", f"Allowed: {wanted}{_hint(value, schema)}"
    )


def _hint(value: Any, schema: dict[str, Any]) -> str:
    text = str(value)
    if schema.get("format") == "date" or any(
        option.get("format") == "date" for option in schema.get("anyOf", [])
    ):
        return " (a spreadsheet program may have rewritten it: format the column as text)"
    try:
        number = float(text.replace(",", "").rstrip("%"))
    except ValueError:
        return ""
    if schema.get("maximum") == 1 and 1 < number <= 100:
        return f". A share, not a percentage: did you mean {number / 100:g}?"
    if "," in text:
        return ". Write numbers without commas"
    return ""


def _known_keys(path: tuple[Any, ...]) -> list[str]:
    schema = _schema_at(path)
    return sorted(schema.get("properties", {}))


def declaration_at(path: tuple[Any, ...]) -> dict[str, Any]:
    """The JSON schema of a value by its path: meaning, unit and range as declared."""
    return _schema_at(path)


def _schema_at(path: tuple[Any, ...]) -> dict[str, Any]:
    whole = Scenario.model_json_schema()
    here: dict[str, Any] = whole
    for step in path:
        here = _resolved(here, whole)
        if isinstance(step, int):
            here = here.get("items", {})
        else:
            here = here.get("properties", {}).get(step, {})
    return _resolved(here, whole)


def _resolved(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        target: dict[str, Any] = whole["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
        return {**target, **{k: v for k, v in schema.items() if k != "$ref"}}
    return schema
