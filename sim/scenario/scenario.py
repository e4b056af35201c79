"""The scenario: everything a run is given, frozen and typed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from sim.scenario import checks, limits
from sim.scenario.declaration import Frozen, Source, parameter
from sim.scenario.draft import ROW_KEYS, Draft, GivenRow
from sim.scenario.faults import Fault, Place, ScenarioError, allowed_range, nearest
from sim.scenario.overrides import (
    apply_named_override,
    apply_override,
    check_named_overrides,
)
from sim.scenario.parameters import (
    SECTIONS,
    Bridging,
    Brokerage,
    Calendar,
    Care,
    Demand,
    Failure,
    Money,
    Overload,
    Packages,
    Procurement,
    Quality,
    Rollout,
    SelfFunders,
    Travel,
    Willingness,
    Workforce,
)
from sim.scenario.reading import read_draft
from sim.scenario.tables import (
    Area,
    Branch,
    CommissioningModel,
    FailureRow,
    Provider,
    ReferralRow,
    Shock,
    TargetRow,
    Wage,
)


class Scenario(Frozen):
    """A county under a commissioning model, with every override applied."""

    code: str = parameter("the county's permanent code", unit="text", min_length=1)
    name: str = parameter("the county's name, shown in tables", unit="text", min_length=1)
    calendar: Calendar
    demand: Demand
    packages: Packages
    care: Care
    brokerage: Brokerage
    willingness: Willingness
    workforce: Workforce
    travel: Travel
    overload: Overload
    bridging: Bridging
    failure: Failure
    procurement: Procurement
    rollout: Rollout
    self_funders: SelfFunders
    money: Money
    quality: Quality
    areas: tuple[Area, ...]
    providers: tuple[Provider, ...]
    branches: tuple[Branch, ...]
    wages: tuple[Wage, ...]
    commissioning: CommissioningModel
    failures: tuple[FailureRow, ...] = parameter(
        "failures that are to happen", unit="table", default=()
    )
    referrals: tuple[ReferralRow, ...] = parameter(
        "people who are referred, instead of generated ones; none = generated",
        unit="table",
        default=(),
    )
    targets: tuple[TargetRow, ...] = parameter(
        "published figures that the model is held against", unit="table", default=()
    )
    shocks: tuple[Shock, ...] = parameter(
        "named shocks to labour and demand", unit="table", default=()
    )
    sources: dict[str, Source] = Field(default_factory=dict, description="source of each value")
    overrides: tuple[str, ...] = Field(default=(), description="overrides applied, in order")
    changed: tuple[str, ...] = Field(default=(), description="paths of values that they changed")

    @property
    def identity(self) -> str:
        """A hash of every value that can move a result (sources, targets, names cannot)."""
        left_out: Any = {"sources": True, "overrides": True, "changed": True, "targets": True}
        left_out["referrals"] = {"__all__": {"person"}}
        values = self.model_dump(mode="json", exclude=left_out)
        tables = {name: values[name] for name in ("areas", "providers", "branches", "wages")}
        tables["contracts"] = values["commissioning"]["contracts"]
        for name, rows in tables.items():
            rows.sort(key=lambda row, name=name: [row[key] for key in ROW_KEYS[name]])
        for name in ("failures", "referrals", "shocks"):
            values[name].sort(key=lambda row: json.dumps(row, sort_keys=True))
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
    files: Mapping[str, Path] | None = None,
    failures: Sequence[GivenRow] = (),
) -> Scenario:
    """Read, override and validate a scenario.

    ``county`` is the name of a county that ships or a folder; ``overrides`` are names from the
    county's ``overrides.toml``, applied in order; ``settings`` are dotted paths and values,
    applied last; ``files`` stand in for the county's failures.csv and referrals.csv; ``failures``
    are rows added to its failures. Raises ScenarioError with every fault found.
    """
    draft = read_draft(county, commissioning, files)
    for row in failures:
        draft.add_row("failures", row)
    check_named_overrides(draft)
    for name in overrides:
        apply_named_override(draft, name)
    for path, value in (settings or {}).items():
        source = {"source": f"set for this run: {path}", "sure": "assumption"}
        apply_override(draft, path, value, Place(f"--set {path}"), source)
    applied = (*overrides, *(f"{path}={value}" for path, value in (settings or {}).items()))
    return _validated(draft, applied)


def _validated(draft: Draft, applied: tuple[str, ...]) -> Scenario:
    """The scenario, or every fault. Where two are of one value, the one that knows more is told."""
    faults = [
        *draft.faults,
        *checks.faults(draft),
        *(_fault_at(draft, path, value) for path, value in _repaired_in_silence(draft)),
    ]
    told = {fault.place for fault in faults}
    values = {**draft.values, "sources": draft.sources, "overrides": applied}
    values["changed"] = tuple(dict.fromkeys(draft.changed))
    scenario = None
    try:
        scenario = Scenario.model_validate(values)
    except ValidationError as error:
        for detail in error.errors():
            path = declared_path(detail["loc"])
            if not draft.follows_from_a_gap(path) and draft.place(path) not in told:
                faults.append(_fault_of(draft, path, detail))
    if scenario is None or faults:
        raise ScenarioError(in_order(faults))
    if too_large := limits.hopeless(draft, scenario):
        raise ScenarioError(in_order(too_large))
    return scenario


def in_order(faults: list[Fault]) -> list[Fault]:
    """Each fault once, by file and row."""
    return sorted(
        set(faults), key=lambda fault: (fault.place.file, fault.place.row or 0, str(fault))
    )


def _repaired_in_silence(draft: Draft) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Settings that validation would repair: true for 1, "yes" for true, a number in quotes."""
    groups: list[tuple[tuple[Any, ...], Any]] = [
        ((section,), draft.values.get(section)) for section in SECTIONS
    ]
    for number, tier in enumerate(draft.rows("commissioning", "tiers")):
        groups.append((("commissioning", "tiers", number), tier))
    for head, values in groups:
        for key, value in values.items() if isinstance(values, dict) else ():
            schema = declaration_at((*head, key))
            kinds = {option.get("type") for option in (schema, *schema.get("anyOf", []))}
            number_wanted = kinds & {"number", "integer"} and isinstance(value, (bool, str))
            if number_wanted or ("boolean" in kinds and not isinstance(value, bool)):
                yield (*head, key), value


def declared_path(path: tuple[Any, ...]) -> tuple[Any, ...]:
    """A path of the validator without the names of the alternatives it tried."""
    kept: list[Any] = []
    for step in path:
        if isinstance(step, str) and kept and step not in _known_keys(tuple(kept)):
            schema = _schema_at(tuple(kept))
            if "properties" not in schema:
                break
        kept.append(step)
    return tuple(kept)


def _fault_of(draft: Draft, path: tuple[Any, ...], detail: Any) -> Fault:
    kind, value = detail["type"], detail.get("input")
    if kind == "extra_forbidden":
        known = _known_keys(path[:-1])
        return draft.fault(path, f"{path[-1]!r} is not known here", nearest(str(path[-1]), known))
    if kind == "missing" or value is None:
        schema = declaration_at(path)
        wanted = allowed_range(schema)
        if "properties" in schema:
            wanted = f"a section with {', '.join(list(schema['properties'])[:4])}, …"
        return draft.fault(path, f"{path[-1]!r} is missing", f"Give it: {wanted or 'a table'}")
    return _fault_at(draft, path, value)


def _fault_at(draft: Draft, path: tuple[Any, ...], value: Any) -> Fault:
    """A value outside what its declaration allows."""
    schema = declaration_at(path)
    cure = f"Allowed: {allowed_range(schema) or 'another kind of value'}{_hint(value, schema)}"
    return draft.fault(path, f"{value!r} is not allowed", cure)


def _hint(value: Any, schema: dict[str, Any]) -> str:
    options = [schema, *schema.get("anyOf", [])]
    if any(option.get("format") == "date" for option in options):
        return " (a spreadsheet program may have rewritten it: format the column as text)"
    text = str(value)
    if re.fullmatch(r"\d+,\d{1,2}", text):
        return f". Write the decimal comma as a point: {text.replace(',', '.')}"
    try:
        number = float(text.replace(",", "").rstrip("%"))
    except ValueError:
        return ""
    if any(option.get("maximum") == 1 for option in options) and 1 < number <= 100:
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


@cache
def _whole_schema() -> dict[str, Any]:
    return Scenario.model_json_schema()


def _schema_at(path: tuple[Any, ...]) -> dict[str, Any]:
    whole = _whole_schema()
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
