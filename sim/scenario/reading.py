"""Reading: the files of a county and of its commissioning model, into a draft."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from sim.scenario.codes import is_safe
from sim.scenario.csv_tables import read_table
from sim.scenario.declaration import Frozen, Sureness, todays_word
from sim.scenario.draft import Draft, Path_
from sim.scenario.faults import Fault, Place, ScenarioError, nearest, shown
from sim.scenario.formats import brought_up_to_date, fill_in_defaults
from sim.scenario.national import COLUMNS, fill_in_national_wages
from sim.scenario.outlines import FILE as OUTLINES
from sim.scenario.outlines import read_outlines
from sim.scenario.shipped import COMMISSIONING_MODELS, COUNTIES, shipped
from sim.scenario.tables import (
    Area,
    Branch,
    CaseloadRow,
    Contract,
    FailureRow,
    Price,
    Provider,
    ReferralRow,
    Shock,
    TargetRow,
    Wage,
)
from sim.scenario.text_files import is_file, is_folder, is_there, read_toml

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
    "caseload": CaseloadRow,
}
OF_PEOPLE = ("caseload", "referrals")
"""Tables that stand in for people who are drawn otherwise: without rows they say nothing."""
TOLD = ("source", "sure")
PLAUSIBLE = ("low", "high")


def county_folder(name: str | Path) -> Path:
    """The folder of a county: a path, or the name of one that ships. Raises ScenarioError."""
    for path in (Path(name), COUNTIES / str(name)):
        if is_file(path / "county.toml"):
            return path
    raise ScenarioError([_no_such_county(Path(name))])


def _no_such_county(path: Path) -> Fault:
    wrong = "the folder has no county.toml" if is_folder(path) else "there is no such county"
    if is_there(path) and not is_folder(path):
        wrong = "it is a file, not a folder"
    return Fault(
        Place(str(path)), wrong, nearest(path.name, shipped(COUNTIES)) + " (or give a folder)"
    )


def commissioning_folder(county: Path, name: str) -> Path:
    """Where a county's commissioning model lives: inside its own folder, or among the shipped.

    The name must be a safe one (``codes.is_safe``), or it could lead anywhere.
    """
    own = county / name
    return own if own.is_dir() else COMMISSIONING_MODELS / name


def read_draft(
    county: str | Path,
    commissioning: str | None = None,
    files: Mapping[str, Path] | None = None,
) -> Draft:
    """Everything a county's folder and its commissioning model say, unvalidated.

    ``files`` stand in for the county's own failures.csv, referrals.csv and so on, if it has any.
    Raises ScenarioError if there is no such county, or its format is not known.
    """
    folder = county_folder(county)
    draft = Draft()
    if not _read_settings(draft, folder / "county.toml", ()):
        draft.unread.add(())
    fill_in_defaults(draft)
    for table, row_type in TABLES.items():
        filled_in = COLUMNS if table == "wages" else ()
        read_table(draft, folder / f"{table}.csv", (table,), row_type, filled_in=filled_in)
    fill_in_national_wages(draft)
    _read_outlines(draft, folder / OUTLINES)
    for table, row_type in OPTIONAL_TABLES.items():
        given = (files or {}).get(table)
        path = given or folder / f"{table}.csv"
        if given or is_there(path):
            read_table(draft, path, (table,), row_type, given=given is not None, others_refer=False)
            sound = not any(fault.place.file == path.name for fault in draft.faults)
            if table in OF_PEOPLE and sound and not draft.rows(table):
                cure = (
                    "Give it a row for each person, or leave the file out, and people will "
                    "be drawn at random"
                )
                draft.faults.append(Fault(Place(path.name), "it has no rows", cure))
            if table == "caseload":
                draft.values["caseload_file"] = path.as_posix()
    if is_there(folder / "targets.csv"):
        read_table(draft, folder / "targets.csv", ("targets",), TargetRow)
    if is_there(folder / "overrides.toml"):
        overrides, faults = read_toml(folder / "overrides.toml")
        draft.named_overrides = overrides or {}
        draft.faults += faults
    _read_commissioning(draft, folder, commissioning)
    return draft


def _read_outlines(draft: Draft, path: Path) -> None:
    """The areas' outlines, if the county has any: held against the areas that its file has."""
    if is_there(path):
        whole = not any(gap[:1] == ("areas",) for gap in (*draft.unread, *draft.missing_columns))
        codes = [str(row.get("code")) for row in draft.rows("areas")] if whole else []
        draft.outlines, faults = read_outlines(path, codes)
        draft.faults += faults


def _read_commissioning(draft: Draft, county: Path, asked: str | None) -> None:
    """The county's own commissioning model, or the one that was asked for."""
    own = draft.values.get("commissioning")
    name = asked or own
    draft.own_model = name == own
    draft.commissioning_name = name if isinstance(name, str) else ""
    draft.values["commissioning"] = {}
    place = Place(f"--commissioning {asked}") if asked else draft.place(("commissioning",))
    folder = _safe_folder(county, name)
    if folder is None:
        if asked or () not in draft.unread:
            draft.faults.append(_no_such_model(place, name))
        draft.unread.add(("commissioning",))
        return
    draft.places[("commissioning",)] = Place("model.toml")
    if not _read_settings(draft, folder / "model.toml", ("commissioning",)):
        draft.unread.add(("commissioning",))
    read_table(draft, folder / "contracts.csv", ("commissioning", "contracts"), Contract)
    if is_there(folder / "prices.csv"):
        read_table(draft, folder / "prices.csv", ("commissioning", "prices"), Price)
    else:
        draft.values["commissioning"]["prices"] = []


def _safe_folder(county: Path, name: Any) -> Path | None:
    """The folder of a commissioning model; None if there is none that may be read."""
    if not isinstance(name, str) or not is_safe(name):
        return None
    folder = commissioning_folder(county, name)
    return folder if folder.is_dir() else None


def _no_such_model(place: Place, name: Any) -> Fault:
    known = shipped(COMMISSIONING_MODELS)
    if name is None:
        return Fault(place, "'commissioning' is missing", f"Give it: {' or '.join(known)}")
    wrong = f"there is no commissioning model {shown(name)}"
    where = "a folder inside the county's own folder, or a supplied model"
    if isinstance(name, str) and not is_safe(name):
        return Fault(place, f"{wrong} can be read", f"Name {where}: {', '.join(known)}")
    return Fault(place, wrong, nearest(str(name), known))


def _read_settings(draft: Draft, path: Path, prefix: tuple[str, ...]) -> bool:
    """Settings, where a number may stand as {value, source, sure}; False if unreadable."""
    settings, faults = read_toml(path)
    draft.faults += faults
    if settings is None:
        return False
    if not prefix:
        brought_up_to_date(settings)
    target = draft.values
    for step in prefix:
        target = target[step]
    for key, value in settings.items():
        here = (*prefix, key)
        if here[0] in {*TABLES, *OPTIONAL_TABLES, "targets", "outlines"}:
            wrong = f"{key!r} is in a separate table"
            remedy = f"Write it in {OUTLINES if key == 'outlines' else f'{key}.csv'}"
            draft.faults.append(Fault(Place(path.name, None, key), wrong, remedy))
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
    told = {key: todays_word(item) if key == "sure" else item for key, item in told.items()}
    allowed = ", ".join(get_args(Sureness))
    faults = [
        draft.fault((*path, key), f"{key!r} is not known here", nearest(key, list(TOLD)))
        for key in told
        if key not in ("value", *TOLD, *PLAUSIBLE)
    ]
    source = told.get("source", "")
    if not (isinstance(source, str) and source.strip()) and not faults:
        wrong = f"{shown(source)} is not allowed" if source else "'source' is missing"
        faults.append(draft.fault((*path, "source"), wrong, "Give it: a few words"))
    if told.get("sure") is None and not faults:
        remedy = f"Give it: one of {allowed}"
        faults.append(draft.fault((*path, "sure"), "'sure' is missing", remedy))
    elif told.get("sure") not in (None, *get_args(Sureness)):
        wrong = f"{shown(told['sure'])} is not allowed"
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
        return [draft.fault(path, wrong, "Correct the value or the range")]
    return []
