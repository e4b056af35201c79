"""Reading: the files of a county and of its commissioning model, into a draft."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from sim.scenario.declaration import Frozen, Sureness
from sim.scenario.draft import Draft, Path_
from sim.scenario.faults import Fault, Place, ScenarioError, nearest
from sim.scenario.tables import (
    Area,
    Branch,
    Contract,
    FailureRow,
    Provider,
    ReferralRow,
    Shock,
    TargetRow,
    Wage,
)

COUNTIES = Path(__file__).parent.parent / "counties"
COMMISSIONING_MODELS = Path(__file__).parent.parent / "commissioning_models"
TABLES: dict[str, type[Frozen]] = {
    "areas": Area,
    "providers": Provider,
    "branches": Branch,
    "wages": Wage,
}
OPTIONAL_TABLES: dict[str, type[Frozen]] = {
    "failures": FailureRow,
    "referrals": ReferralRow,
    "shocks": Shock,
}
TOLD = ("source", "sure")
PLAUSIBLE = ("low", "high")


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
    return own if name and own.is_dir() else COMMISSIONING_MODELS / name


def read_draft(
    county: str | Path,
    commissioning: str | None = None,
    files: Mapping[str, Path] | None = None,
) -> Draft:
    """Everything a county's folder and its commissioning model say, unvalidated.

    ``files`` stand in for the county's own failures.csv and referrals.csv, if it has any.
    """
    folder = county_folder(county)
    draft = Draft()
    if not _read_settings(draft, folder / "county.toml", ()):
        draft.unread.add(())
    for table, row_type in TABLES.items():
        _read_table(draft, folder / f"{table}.csv", (table,), row_type)
    for table, row_type in OPTIONAL_TABLES.items():
        path = (files or {}).get(table, folder / f"{table}.csv")
        if path.is_file() or table in (files or {}):
            _read_table(draft, path, (table,), row_type)
    if (folder / "targets.csv").is_file():
        _read_table(draft, folder / "targets.csv", ("targets",), TargetRow)
    if (folder / "overrides.toml").is_file():
        draft.named_overrides = _read_toml(draft, folder / "overrides.toml") or {}
    name = commissioning or draft.values.get("commissioning")
    draft.own_model = name == draft.values.get("commissioning")
    draft.commissioning_name = name if isinstance(name, str) else ""
    _read_commissioning(draft, folder)
    return draft


def _read_commissioning(draft: Draft, county: Path) -> None:
    name = draft.commissioning_name
    folder = commissioning_folder(county, name)
    draft.values["commissioning"] = {}
    if not name or not folder.is_dir():
        shipped = sorted(path.name for path in COMMISSIONING_MODELS.iterdir() if path.is_dir())
        if () not in draft.unread:
            wrong = f"no commissioning model {name!r}"
            draft.faults.append(draft.fault(("commissioning",), wrong, nearest(name, shipped)))
        draft.unread.add(("commissioning",))
        return
    draft.places[("commissioning",)] = Place("model.toml")
    if not _read_settings(draft, folder / "model.toml", ("commissioning",)):
        draft.unread.add(("commissioning",))
    _read_table(draft, folder / "contracts.csv", ("commissioning", "contracts"), Contract)


def _read_text(draft: Draft, path: Path) -> str | None:
    if not path.is_file():
        cure = f"Put a {path.name} into {path.parent.name}/"
        draft.faults.append(Fault(Place(path.name), "the file is missing", cure))
        return None
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        wrong = "the file is not UTF-8 text (a spreadsheet program may have rewritten it)"
        cure = "In the spreadsheet program choose 'Save as', 'CSV UTF-8 (comma delimited)'"
        draft.faults.append(Fault(Place(path.name), wrong, cure))
        return None


def _read_toml(draft: Draft, path: Path) -> dict[str, Any] | None:
    text = _read_text(draft, path)
    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        cure = 'Mend the line (text stands in "quotes", lists in [brackets], true and false bare)'
        draft.faults.append(Fault(Place(path.name), f"not valid TOML: {error}", cure))
        return None


def _read_settings(draft: Draft, path: Path, prefix: tuple[str, ...]) -> bool:
    """Settings, where a number may stand as {value, source, sure}; False if unreadable."""
    settings = _read_toml(draft, path)
    if settings is None:
        return False
    target = draft.values
    for step in prefix:
        target = target[step]
    for key, value in settings.items():
        here = (*prefix, key)
        if here[0] in {*TABLES, *OPTIONAL_TABLES, "targets"}:
            wrong = f"{key!r} stands in a table of its own"
            cure = f"Write it in {key}.csv"
            draft.faults.append(Fault(Place(path.name, None, key), wrong, cure))
            continue
        draft.places[here] = Place(path.name, None, key)
        target[key] = _unpacked(draft, path.name, here, key, value)
    return True


def _unpacked(draft: Draft, file: str, path: Path_, key: str, value: Any) -> Any:
    if isinstance(value, dict):
        if "value" in value:
            draft.places[path] = Place(file, None, key)
            _keep_source(draft, path, value)
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


def _keep_source(draft: Draft, path: Path_, told: dict[str, Any]) -> None:
    """Where a value comes from and how sure it is: both, and nothing else."""
    allowed = ", ".join(get_args(Sureness))
    faults = [
        draft.fault((*path, key), f"{key!r} is not known here", nearest(key, list(TOLD)))
        for key in told
        if key not in ("value", *TOLD, *PLAUSIBLE)
    ]
    if not str(told.get("source", "")).strip() and not faults:
        faults.append(draft.fault((*path, "source"), "'source' is missing", "Give it: a few words"))
    if told.get("sure") is None and not faults:
        cure = f"Give it: one of {allowed}"
        faults.append(draft.fault((*path, "sure"), "'sure' is missing", cure))
    elif told.get("sure") not in (None, *get_args(Sureness)):
        wrong = f"{told['sure']!r} is not allowed"
        faults.append(draft.fault((*path, "sure"), wrong, f"Allowed: one of {allowed}"))
    faults += _range_faults(draft, path, told)
    draft.faults += faults
    if not faults:
        name = ".".join(str(step) for step in path)
        draft.sources[name] = {key: str(told[key]) for key in TOLD}
        draft.sources[name] |= {key: told[key] for key in PLAUSIBLE if key in told}


def _range_faults(draft: Draft, path: Path_, told: dict[str, Any]) -> list[Fault]:
    """A plausible range is two numbers with the value between them."""
    given = [key for key in PLAUSIBLE if key in told]
    if not given:
        return []
    ends = [told.get("low"), told.get("value"), told.get("high")]
    if any(isinstance(end, bool) or not isinstance(end, (int, float)) for end in ends):
        wrong = "a plausible range needs 'low' and 'high', both numbers"
        return [draft.fault((*path, given[0]), wrong, "Give both, or neither")]
    low, value, high = (float(end) for end in ends if isinstance(end, (int, float)))
    if not low <= value <= high:
        wrong = f"{value:g} lies outside its plausible range {low:g} to {high:g}"
        return [draft.fault(path, wrong, "Mend the value or the range")]
    return []


def _read_table(draft: Draft, path: Path, prefix: tuple[str, ...], row_type: type[Frozen]) -> None:
    """A CSV table. A fault of the whole table is told once, not row by row."""
    rows: list[dict[str, Any]] = []
    target = draft.values
    for step in prefix[:-1]:
        target = target[step]
    target[prefix[-1]] = rows
    draft.places[prefix] = Place(path.name)
    text = _read_text(draft, path)
    lines = (
        []
        if text is None
        else [
            (number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip(" ,\t")
        ]
    )
    if text is not None and not lines:
        draft.faults.append(Fault(Place(path.name), "the file is empty", "Give it a heading row"))
    heading = _heading(draft, path.name, prefix, lines[0], row_type) if lines else None
    if heading is None:
        draft.unread.add(prefix)
        return
    for number, line in lines[1:]:
        cells = _cells(draft, Place(path.name, number), line, len(heading))
        if cells is None:
            if prefix[0] not in OPTIONAL_TABLES:  # nothing else refers to the rows of those
                draft.unread.add(prefix)
            continue
        place: Path_ = (*prefix, len(rows))
        draft.places[place] = Place(path.name, number)
        for name in heading:
            draft.places[(*place, name)] = Place(path.name, number, name)
        rows.append(_row(row_type, heading, cells))


def _row(row_type: type[Frozen], heading: list[str], cells: list[str]) -> dict[str, Any]:
    """The cells of known columns; a blank in a column that may be left out counts as left out."""
    named = {name: cell.strip() or None for name, cell in zip(heading, cells, strict=True)}
    return {
        name: named[name]
        for name, declared in row_type.model_fields.items()
        if name in named and (named[name] is not None or declared.is_required())
    }


def _heading(
    draft: Draft,
    file: str,
    prefix: tuple[str, ...],
    line: tuple[int, str],
    row_type: type[Frozen],
) -> list[str] | None:
    """The names of the columns; None if the table cannot be read by them."""
    place = Place(file, line[0])
    known = list(row_type.model_fields)
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if mark in line[1] and "," not in line[1]:
            cure = "Save it with commas between cells ('CSV UTF-8 (comma delimited)')"
            draft.faults.append(Fault(place, f"cells are separated by {name}", cure))
            return None
    heading = [name.strip() for name in next(csv.reader([line[1]]))]
    doubled = sorted({name for name in heading if heading.count(name) > 1})
    for name in doubled:
        draft.faults.append(Fault(place, f"the column {name!r} stands twice", "Remove one of them"))
    for name in heading:
        if name not in known:
            wrong = f"the column {name!r} is not known"
            draft.faults.append(Fault(place, wrong, nearest(name, known)))
    for name in known:
        if name not in heading and not doubled and row_type.model_fields[name].is_required():
            draft.missing_columns.add((*prefix, name))
            cure = f"Give the table a column {name}"
            draft.faults.append(Fault(place, f"the column {name!r} is missing", cure))
    return None if doubled else heading


def _cells(draft: Draft, place: Place, line: str, width: int) -> list[str] | None:
    """The cells of a row; None, and a fault, where they do not fit the heading."""
    try:
        cells = next(csv.reader([line], strict=True))
    except csv.Error:
        wrong = "a quotation mark is not closed (a cell may not hold a line break)"
        cure = "Close it on its line, or remove it"
        draft.faults.append(Fault(place, wrong, cure))
        return None
    if len(cells) != width:
        wrong = f"{len(cells)} cells where the heading has {width}"
        cure = 'A comma inside a cell needs "quotes" around the cell'
        cure += "; numbers take a point, as in 12.5" if len(cells) > width else ""
        draft.faults.append(Fault(place, wrong, cure))
        return None
    return cells
