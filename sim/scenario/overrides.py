"""Overrides: one value by its dotted path, or a named set of them, on a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.scenario.draft import ROW_KEYS, Draft, GivenRow, Step, plain, steps_from
from sim.scenario.faults import LONGEST_SHOWN, Fault, Place, nearest, shown
from sim.scenario.tables import ROW_TYPES

ADDED = ("failures", "shocks")
"""Tables to which an override may add rows."""
OPTIONAL = ("caseload", "failures", "referrals", "shocks", "targets")
BY_FILE = "Give it with --caseload FILE, or put a caseload.csv into the county's folder"


def apply_named_override(draft: Draft, name: str) -> None:
    """Apply one of the county's named overrides; an unknown one becomes a fault."""
    override = draft.named_overrides.get(name)
    if not isinstance(override, dict) or not does_something(override):
        known = sorted(draft.named_overrides)
        fault = Fault(
            Place(f"--override {name}"), "there is no such override", nearest(name, known)
        )
        draft.faults.append(fault)
        return
    source = {"source": str(override.get("source", "")), "sure": str(override.get("sure", ""))}
    for path, value in changes_of(override).items():
        apply_override(draft, path, value, Place("overrides.toml", None, f"{name}.{path}"), source)
    add_rows(draft, name, override)


def add_rows(draft: Draft, name: str, override: Mapping[str, Any]) -> None:
    """Add the rows of a named override to their tables."""
    for table in ADDED:
        for number, cells in enumerate(added_rows(override, table), start=1):
            head = f"{name}.{table}[{number}]"
            if not isinstance(cells, dict):
                wrong = f"{shown(cells)} is not a row"
                place = Place("overrides.toml", None, head)
                draft.faults.append(Fault(place, wrong, f"Write it under [[{name}.{table}]]"))
                continue
            places = {key: Place("overrides.toml", None, f"{head}.{key}") for key in cells}
            told = dict(cells)
            if "source" in ROW_TYPES[table].model_fields:
                told.setdefault("source", str(override.get("source", "")))
            draft.add_row(
                table, GivenRow(told, places or {"": Place("overrides.toml", None, head)})
            )


def does_something(override: Mapping[str, Any]) -> bool:
    """Whether an override sets a value or adds a row."""
    added = any(added_rows(override, table) for table in ADDED)
    return added or isinstance(override.get("set"), dict)


def added_rows(override: Mapping[str, Any], table: str) -> list[Any]:
    """The rows that an override adds to a table."""
    rows = override.get(table)
    return rows if isinstance(rows, list) else []


def changes_of(override: Mapping[str, Any]) -> dict[str, Any]:
    """The values that an override sets, by path."""
    changes = override.get("set")
    return changes if isinstance(changes, dict) else {}


def check_named_overrides(draft: Draft) -> None:
    """Find paths that name nothing, before anyone needs them."""
    for name, override in draft.named_overrides.items():
        if not isinstance(override, dict) or not does_something(override):
            place = Place("overrides.toml", None, name)
            remedy = f"Give it a table [{name}.set], or rows [[{name}.failures]], [[{name}.shocks]]"
            draft.faults.append(Fault(place, "it sets nothing", remedy))
            continue
        for path in changes_of(override):
            table = path.split(".")[0]
            if table == "commissioning" and not draft.own_model:
                continue
            keys = ROW_KEYS.get(table, ())
            if any(draft.follows_from_a_gap((table, *key)) for key in ((), *((k,) for k in keys))):
                continue
            if keys and not draft.rows(table):
                continue
            find(draft, path, Place("overrides.toml", None, f"{name}.{path}"))


def apply_override(
    draft: Draft, dotted: str, value: Any, place: Place, source: Mapping[str, str]
) -> None:
    """Set one value by its dotted path (``areas.KINGS_LYNN.area_km2``, ``demand.…``)."""
    found = find(draft, dotted, place)
    if found is None:
        return
    target, taken = found
    old = target.get(taken[-1]) if isinstance(target, dict) else target[taken[-1]]
    value = plain(value)
    if taken[0] == "caseload" and value != []:
        wrong = "people in care can be given only by a file"
        draft.faults.append(Fault(place, wrong, f"{BY_FILE}, or set caseload=[] to leave them out"))
        return
    if isinstance(old, (dict, list)) and not isinstance(value, list):
        inner = [str(key) for key in steps_from(old, taken)]
        wrong = f"{dotted!r} is a group of values, not a value"
        draft.faults.append(Fault(place, wrong, f"Name one of: {', '.join(inner[:8])}"))
        return
    target[taken[-1]] = value
    draft.places[tuple(taken)] = place
    draft.lines.pop(tuple(taken), None)  # a whole table in place of the one in the file
    draft.sources[dotted] = dict(source)
    draft.changed.append(dotted)


def optional_keys(target: Any, taken: list[Step]) -> dict[str, Step]:
    """Tables that a county may leave out, and keys of a row that its file may leave out."""
    if not taken:
        return {table: table for table in OPTIONAL}
    if not isinstance(target, dict) or len(taken) < 2 or not isinstance(taken[-1], int):
        return {}
    row_type = ROW_TYPES.get(str(taken[-2]))
    return {key: key for key in row_type.model_fields} if row_type else {}


def find(draft: Draft, dotted: str, place: Place) -> tuple[Any, list[Step]] | None:
    """What holds the value of a dotted path, and the path; a fault if there is none."""
    steps = dotted.split(".")
    target: Any = draft.values
    taken: list[Step] = []
    for depth, step in enumerate(steps):
        known = {**steps_from(target, taken), **optional_keys(target, taken)}
        if step not in known:
            if draft.follows_from_a_gap((*taken, step)):
                return None
            inside = f" in {steps[depth - 1][:LONGEST_SHOWN]}" if depth else ""
            wrong = f"{shown(dotted)}: there is no {shown(step)}{inside}"
            draft.faults.append(Fault(place, wrong, nearest(step, list(known))))
            return None
        taken.append(known[step])
        if depth < len(steps) - 1:
            target = draft.value(*taken)
    return target, taken
