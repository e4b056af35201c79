"""The scenario: everything a run is given, frozen and typed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import Field

from sim.scenario import checks, limits
from sim.scenario.amounts import counted
from sim.scenario.caseload import hash_of
from sim.scenario.declaration import Frozen, SafeName, Source, parameter
from sim.scenario.draft import ROW_KEYS, Draft, GivenRow, plain
from sim.scenario.faults import Fault, Place, ScenarioError
from sim.scenario.override_checks import check_added_rows
from sim.scenario.overrides import (
    apply_named_override,
    apply_override,
    check_named_overrides,
)
from sim.scenario.parameters import (
    Bridging,
    Brokerage,
    Calendar,
    Care,
    Demand,
    Money,
    Overload,
    Packages,
    Procurement,
    Rollout,
    SelfFunders,
    Travel,
    Willingness,
    Workforce,
)
from sim.scenario.provider_parameters import Entry, Failure, Quality
from sim.scenario.reading import OF_PEOPLE, read_draft
from sim.scenario.schema import checked, schema_of
from sim.scenario.tables import (
    Area,
    Branch,
    CaseloadRow,
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

    code: SafeName = parameter("the county's permanent code", unit="code")
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
    entry: Entry
    areas: tuple[Area, ...]
    providers: tuple[Provider, ...]
    branches: tuple[Branch, ...]
    wages: tuple[Wage, ...]
    commissioning: CommissioningModel
    failures: tuple[FailureRow, ...] = parameter(
        "failures that will happen", unit="table", default=()
    )
    referrals: tuple[ReferralRow, ...] = parameter(
        "people who are referred, instead of generated ones; none = generated",
        unit="table",
        default=(),
    )
    caseload: tuple[CaseloadRow, ...] = parameter(
        "people in care on the first day, instead of drawn ones; none = drawn",
        unit="table",
        default=(),
        private=True,
        # No dump, no text of a scenario and no file of results ever holds the rows.
        exclude=True,
        repr=False,
    )
    caseload_file: str = Field(default="", description="the file that the caseload was read from")
    targets: tuple[TargetRow, ...] = parameter(
        "published figures with which the model is compared", unit="table", default=()
    )
    shocks: tuple[Shock, ...] = parameter(
        "named shocks to labour and demand", unit="table", default=()
    )
    outlines: str = Field(
        default="",
        description="outlines of the areas as GeoJSON, only for maps; blank = tiles",
        # They move no result and have a file of their own: no dump of a scenario holds them.
        exclude=True,
        repr=False,
    )
    sources: dict[str, Source] = Field(default_factory=dict, description="source of each value")
    overrides: tuple[str, ...] = Field(default=(), description="overrides applied, in order")
    changed_values: tuple[str, ...] = Field(
        default=(), description="paths of values that they changed"
    )

    @property
    def identity(self) -> str:
        """A hash of every value that can move a result (sources, targets, maps, names cannot)."""
        left_out: Any = {
            "sources": True,
            "overrides": True,
            "changed_values": True,
            "targets": True,
            "caseload_file": True,
        }
        left_out["referrals"] = {"__all__": {"person"}}
        values = self.model_dump(mode="json", exclude=left_out)
        tables = {name: values[name] for name in ("areas", "providers", "branches", "wages")}
        tables["contracts"] = values["commissioning"]["contracts"]
        for row in (*chain.from_iterable(tables.values()), *values["shocks"]):
            row.pop("source", None)
        for name, rows in tables.items():
            rows.sort(key=lambda row, name=name: [row[key] for key in ROW_KEYS[name]])
        for rows in (values[name] for name in ("failures", "referrals", "shocks")):
            rows.sort(key=lambda row: json.dumps(row, sort_keys=True))
        prices = values["commissioning"]["prices"]
        prices.sort(key=lambda row: json.dumps(row, sort_keys=True))
        if self.caseload:
            values["caseload"] = hash_of(self.caseload)
        text = json.dumps(values, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def changed(self, values: Mapping[str, Any]) -> Scenario:
        """A copy with other values by dotted path, as ``--set`` gives them.

        A whole table may be given too, as rows or mappings: ``{"failures": [...]}``. Raises
        ScenarioError with every fault found.
        """
        draft = draft_of(self)
        for path, value in values.items():
            set_value(draft, path, value)
        return scenario_of(draft, (*self.overrides, *_applied(values)))

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
    applied last; ``files`` stand in for the county's failures.csv, referrals.csv, shocks.csv and
    caseload.csv; ``failures`` are rows added to its failures. Raises ScenarioError with every
    fault found.
    """
    draft = read_draft(county, commissioning, files)
    for row in failures:
        draft.add_row("failures", row)
    check_named_overrides(draft)
    check_added_rows(draft, overrides)
    for name in overrides:
        apply_named_override(draft, name)
    for path, value in (settings or {}).items():
        set_value(draft, path, value)
    return scenario_of(draft, (*overrides, *_applied(settings or {})))


def _applied(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Changes in words; of people, how many there are and nothing more."""

    def told(path: str, value: Any) -> str:
        rows = path in OF_PEOPLE and isinstance(value, list | tuple)
        return f"{path}={counted(len(value), 'row') if rows else value}"

    return tuple(told(path, value) for path, value in values.items())


def set_value(draft: Draft, path: str, value: Any) -> None:
    """Set one value by its dotted path, with a source that says so."""
    source = {"source": f"set for this run: {path}", "sure": "assumption"}
    apply_override(draft, path, value, Place(f"--set {path}"), source)


def draft_of(scenario: Scenario) -> Draft:
    """A scenario as it was before it was validated."""
    values = plain(scenario.model_dump(exclude={"sources", "overrides", "changed_values"}))
    values["caseload"] = plain(scenario.caseload)
    sources = {path: told.model_dump() for path, told in scenario.sources.items()}
    changed = list(scenario.changed_values)
    return Draft(values=values, sources=sources, changed=changed, outlines=scenario.outlines)


def scenario_of(draft: Draft, applied: tuple[str, ...]) -> Scenario:
    """The scenario, or every fault. Where two are of one value, the one that knows more is told."""
    values = {**draft.values, "sources": draft.sources, "overrides": applied}
    values["outlines"] = draft.outlines
    values["changed_values"] = tuple(dict.fromkeys(draft.changed))
    faults = [*draft.faults, *checks.faults(draft)]
    # The user's own references have told which rows stand twice, and are not needed again.
    values |= _without_references(draft.value("referrals"))
    scenario, wrong = checked(Scenario, values, draft.typed())
    told = {fault.place for fault in faults}
    for path, (kind, value) in wrong.items():
        place = draft.place(path)
        if not draft.follows_from_a_gap(path) and place not in told:
            in_table = place.row is not None
            refusal = schema_of(Scenario).refusal(path, kind, value, in_table=in_table)
            faults.append(Fault(place, *refusal))
    if scenario is None or faults:
        raise ScenarioError(in_order(faults))
    if too_large := limits.hopeless(draft, scenario):
        raise ScenarioError(in_order(too_large))
    return scenario


def _without_references(rows: Any) -> dict[str, Any]:
    """The user's own referrals without the references of people, if there are any."""
    if not isinstance(rows, list):
        return {}
    known = [{**row, "person": None} if isinstance(row, dict) else row for row in rows]
    return {"referrals": known}


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Each fault once, by file and row."""
    return sorted(
        dict.fromkeys(faults),
        key=lambda fault: (fault.place.file, fault.place.row or 0, str(fault)),
    )


def declaration_at(path: Sequence[Any]) -> dict[str, Any]:
    """The JSON schema of a value by its path: meaning, unit and range as declared."""
    return schema_of(Scenario).at(path)
