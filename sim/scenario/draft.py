"""A scenario as read from its folder, before it is validated: plain values, each with its place."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.scenario.faults import Fault, Place, ScenarioError, nearest

Step = str | int
Path_ = tuple[Step, ...]

COUNTIES = Path(__file__).parent.parent / "counties"
COMMISSIONING_MODELS = Path(__file__).parent.parent / "commissioning_models"
TABLES = {
    "areas": "areas.csv",
    "providers": "providers.csv",
    "branches": "branches.csv",
    "wages": "wages.csv",
}
ROW_KEYS = {
    "areas": ("code",),
    "providers": ("code",),
    "branches": ("provider", "area"),
    "wages": ("starts",),
    "tiers": ("code",),
    "contracts": ("tier", "area", "provider"),
}


@dataclass
class Draft:
    """Plain values under ``values``, the place of each under ``places``, faults of reading."""

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[Path_, Place] = field(default_factory=dict)
    sources: dict[str, dict[str, str]] = field(default_factory=dict)
    named_overrides: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    commissioning_name: str = ""

    def place(self, path: Path_) -> Place:
        """The place of a value, or of the nearest thing that holds it."""
        for length in range(len(path), 0, -1):
            if (place := self.places.get(path[:length])) is not None:
                rest = ".".join(str(step) for step in path[length:])
                column = ".".join(word for word in (place.column, rest) if word)
                return Place(place.file, place.row, column or None)
        return Place("county.toml", None, ".".join(str(step) for step in path))

    def rows(self, *path: str) -> list[dict[str, Any]]:
        """The rows of a table, empty if it is missing or malformed."""
        value: Any = self.values
        for step in path:
            value = value.get(step, []) if isinstance(value, dict) else []
        return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []

    def fault(self, path: Path_, wrong: str, cure: str) -> Fault:
        """A fault at the place of a value."""
        return Fault(self.place(path), wrong, cure)


def county_folder(name: str | Path) -> Path:
    """The folder of a county: a path, or the name of one that ships. Raises ScenarioError."""
    path = Path(name)
    if (path / "county.toml").is_file():
        return path
    if (COUNTIES / str(name) / "county.toml").is_file():
        return COUNTIES / str(name)
    raise ScenarioError([_no_such_county(path)])


def _no_such_county(path: Path) -> Fault:
    shipped = sorted(folder.name for folder in COUNTIES.iterdir() if folder.is_dir())
    wrong = "the folder has no county.toml" if path.is_dir() else "there is no such county"
    return Fault(Place(str(path)), wrong, nearest(path.name, shipped) + " (or give a folder)")


def commissioning_folder(county: Path, name: str) -> Path:
    """Where a county's commissioning model lives: inside its own folder, or among the shipped."""
    own = county / name
    return own if (own / "model.toml").is_file() else COMMISSIONING_MODELS / name


def read_draft(county: str | Path, commissioning: str | None = None) -> Draft:
    """Everything a county's folder and its commissioning model say, unvalidated."""
    folder = county_folder(county)
    draft = Draft()
    _read_settings(draft, folder / "county.toml", ())
    for table, file in TABLES.items():
        _read_table(draft, folder / file, (table,))
    if (folder / "overrides.toml").is_file():
        draft.named_overrides = _read_toml(draft, folder / "overrides.toml")
    name = str(commissioning or draft.values.get("commissioning", ""))
    draft.commissioning_name = name
    model = commissioning_folder(folder, name)
    if not (model / "model.toml").is_file():
        shipped = sorted(path.name for path in COMMISSIONING_MODELS.iterdir() if path.is_dir())
        draft.faults.append(
            draft.fault(
                ("commissioning",), f"no commissioning model {name!r}", nearest(name, shipped)
            )
        )
        draft.values["commissioning"] = {}
        return draft
    draft.values["commissioning"] = {}
    draft.places[("commissioning",)] = Place("model.toml")
    _read_settings(draft, model / "model.toml", ("commissioning",))
    _read_table(draft, model / "contracts.csv", ("commissioning", "contracts"))
    return draft


def _read_text(draft: Draft, path: Path) -> str | None:
    if not path.is_file():
        draft.faults.append(
            Fault(
                Place(path.name),
                "the file is missing",
                f"Put a {path.name} into {path.parent.name}/",
            )
        )
        return None
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        draft.faults.append(
            Fault(
                Place(path.name),
                "the file is not UTF-8 text (a spreadsheet program may have rewritten it)",
                "In the spreadsheet program choose 'Save as', 'CSV UTF-8 (comma delimited)'",
            )
        )
        return None


def _read_toml(draft: Draft, path: Path) -> dict[str, Any]:
    text = _read_text(draft, path)
    try:
        return tomllib.loads(text or "")
    except tomllib.TOMLDecodeError as error:
        cure = 'Mend the line (text stands in "quotes", lists in [brackets], true and false bare)'
        draft.faults.append(Fault(Place(path.name), f"not valid TOML: {error}", cure))
        return {}


def _read_settings(draft: Draft, path: Path, prefix: tuple[str, ...]) -> None:
    """Settings, where a number may stand as {value, source, sure}."""
    target = draft.values
    for step in prefix:
        target = target[step]
    for key, value in _read_toml(draft, path).items():
        here = (*prefix, key)
        draft.places[here] = Place(path.name, None, key)
        target[key] = _unpacked(draft, path.name, here, key, value)


def _unpacked(draft: Draft, file: str, path: Path_, key: str, value: Any) -> Any:
    if isinstance(value, dict):
        if "value" in value:
            draft.places[path] = Place(file, None, key)
            told = {k: v for k, v in value.items() if k != "value"}
            draft.sources[".".join(str(step) for step in path)] = told
            return value["value"]
        return {
            inner: _unpacked(draft, file, (*path, inner), f"{key}.{inner}", item)
            for inner, item in value.items()
        }
    if isinstance(value, list):
        return [
            _unpacked(draft, file, (*path, i), f"{key}[{i + 1}]", item)
            for i, item in enumerate(value)
        ]
    draft.places[path] = Place(file, None, key)
    return value


def _read_table(draft: Draft, path: Path, prefix: tuple[str, ...]) -> None:
    rows: list[dict[str, Any]] = []
    target = draft.values
    for step in prefix[:-1]:
        target = target[step]
    target[prefix[-1]] = rows
    draft.places[prefix] = Place(path.name)
    text = _read_text(draft, path)
    if text is None:
        return
    lines = list(csv.reader(text.splitlines()))
    if not lines:
        draft.faults.append(Fault(Place(path.name), "the file is empty", "Give it a heading row"))
        return
    heading = [name.strip() for name in lines[0]]
    if len(heading) == 1 and ";" in heading[0]:
        cure = "Save it with commas between cells ('CSV UTF-8 (comma delimited)')"
        draft.faults.append(Fault(Place(path.name, 1), "cells are separated by semicolons", cure))
        return
    for doubled in sorted({name for name in heading if heading.count(name) > 1}):
        wrong = f"the column {doubled!r} stands twice"
        draft.faults.append(Fault(Place(path.name, 1), wrong, "Remove one of them"))
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(heading):
            wrong = f"{len(cells)} cells where the heading has {len(heading)}"
            cure = 'A comma inside a cell needs "quotes" around the cell'
            draft.faults.append(Fault(Place(path.name, number), wrong, cure))
            continue
        place: Path_ = (*prefix, len(rows))
        draft.places[place] = Place(path.name, number)
        for name in heading:
            draft.places[(*place, name)] = Place(path.name, number, name)
        rows.append({name: cell.strip() or None for name, cell in zip(heading, cells, strict=True)})


def apply_named_override(draft: Draft, name: str) -> None:
    """Apply one of the county's named overrides; an unknown one becomes a fault."""
    override = draft.named_overrides.get(name)
    if not isinstance(override, dict) or not isinstance(override.get("set"), dict):
        known = sorted(draft.named_overrides)
        fault = Fault(Place(f"--override {name}"), "no such override", nearest(name, known))
        draft.faults.append(fault)
        return
    source = {"source": str(override.get("source", "")), "sure": str(override.get("sure", ""))}
    for path, value in override["set"].items():
        apply_override(draft, path, value, Place("overrides.toml", None, f"{name}.{path}"), source)


def apply_override(
    draft: Draft, dotted: str, value: Any, place: Place, source: Mapping[str, str]
) -> None:
    """Set one value by its dotted path (``areas.KINGS_LYNN.area_km2``, ``demand.…``)."""
    steps = dotted.split(".")
    target: Any = draft.values
    taken: list[Step] = []
    for depth, step in enumerate(steps):
        known = _steps_from(target, taken)
        if step not in known:
            inside = f" in {steps[depth - 1]}" if depth else ""
            wrong = f"{dotted!r}: there is no {step!r}{inside}"
            draft.faults.append(Fault(place, wrong, nearest(step, [str(k) for k in known])))
            return
        taken.append(known[step])
        if depth < len(steps) - 1:
            target = target[known[step]]
    old = target[taken[-1]]
    if isinstance(old, (dict, list)) and not isinstance(value, list):
        inner = [str(key) for key in _steps_from(old, taken)]
        wrong = f"{dotted!r} is a group of values, not a value"
        draft.faults.append(Fault(place, wrong, f"Name one of: {', '.join(inner[:8])}"))
        return
    target[taken[-1]] = value
    draft.places[tuple(taken)] = place
    draft.sources[dotted] = dict(source)


def _steps_from(target: Any, path: Sequence[Step]) -> dict[str, Step]:
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
