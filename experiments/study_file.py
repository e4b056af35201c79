"""The file of a study as a user writes it: TOML, each key declared once, unknown keys refused."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from experiments.draws import Method
from experiments.runs import Keep
from sim.scenario import Fault
from sim.scenario.declaration import Frozen, IsoDate
from sim.scenario.faults import Place, allowed_range, nearest

SHIPPED = Path(__file__).parent / "studies"
NAME = r"^[A-Za-z0-9][A-Za-z0-9_+-]*$"
Model = TypeVar("Model", bound=BaseModel)


class WantedScenario(Frozen):
    """A named scenario: ordered named overrides of the county, then values, then failures."""

    name: str = Field(pattern=NAME)
    meaning: str = ""
    commissioning: str | None = None
    overrides: tuple[str, ...] = ()
    set: dict[str, Any] = Field(default_factory=dict)
    failures: tuple[dict[str, Any], ...] = ()
    compared: bool = True


class WantedVaried(Frozen):
    """A parameter to vary: between ends (its plausible range if none are given) or over values."""

    path: str = Field(min_length=1)
    low: float | None = None
    high: float | None = None
    log: bool = False
    values: tuple[Any, ...] = ()


class WantedDraws(Frozen):
    """How draws are made; uncertainties and levers are told apart."""

    method: Method = "none"
    number: int | None = Field(default=None, ge=1, le=1_000_000)
    seed: int = Field(default=1, ge=0)
    uncertainties: tuple[WantedVaried, ...] = ()
    levers: tuple[WantedVaried, ...] = ()


class WantedReplications(Frozen):
    """A number; or until the difference of an outcome is known to within so much."""

    number: int | None = Field(default=None, ge=1, le=1_000_000)
    within: float | None = Field(default=None, gt=0)
    outcome: str | None = None
    first: int = Field(default=20, ge=5, le=100_000)
    at_most: int = Field(default=1000, ge=5, le=1_000_000)


class StudyFile(Frozen):
    """The file."""

    name: str = Field(pattern=NAME)
    question: str = ""
    county: str = Field(min_length=1)
    commissioning: str | None = None
    until: IsoDate | None = None
    seed: int = Field(default=1, ge=0)
    overrides: tuple[str, ...] = ()
    set: dict[str, Any] = Field(default_factory=dict)
    outcomes: tuple[str, ...] = Field(min_length=1)
    weekly: Keep = "county"
    intervals: Literal["t", "bootstrap"] = "t"
    replications: WantedReplications = WantedReplications(number=20)
    scenarios: tuple[WantedScenario, ...] = Field(min_length=1)
    draws: WantedDraws = WantedDraws()


def find_file(study: str | Path) -> tuple[Path, list[Fault]]:
    """The file of a study: a path, or the name of one that ships."""
    path = Path(study)
    if path.is_file():
        return path, []
    shipped = SHIPPED / f"{study}.toml"
    if shipped.is_file():
        return shipped, []
    known = sorted(file.stem for file in SHIPPED.glob("*.toml"))
    wrong = "it is a folder, not a file" if path.is_dir() else "there is no such study"
    return path, [Fault(Place(str(study)), wrong, f"{nearest(path.stem, known)} (or give a file)")]


def read_file(path: Path) -> tuple[StudyFile | None, list[Fault]]:
    """The file as it stands, or everything that is wrong with its shape."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        return None, [Fault(Place(path.name), "it is not UTF-8 text", "Save it as UTF-8")]
    except tomllib.TOMLDecodeError as error:
        return None, [Fault(Place(path.name), f"not valid TOML: {error}", "Mend the line")]
    return shaped(StudyFile, told, path.name)


def shaped(
    model: type[Model], told: Mapping[str, Any], file: str
) -> tuple[Model | None, list[Fault]]:
    """What a file tells, in the shape declared for it, or every fault."""
    try:
        return model.model_validate(told), []
    except ValidationError as error:
        schema = model.model_json_schema()
        return None, [_fault_of(schema, dict(detail), file) for detail in error.errors()]


def _fault_of(schema: dict[str, Any], detail: dict[str, Any], file: str) -> Fault:
    path = detail["loc"]
    place = Place(file, None, key_of(path))
    if detail["type"] == "extra_forbidden":
        known = list(_schema_at(schema, path[:-1]).get("properties", {}))
        return Fault(place, f"{path[-1]!r} is not known here", nearest(str(path[-1]), known))
    here = _schema_at(schema, path)
    allowed = allowed_range(here) or str(detail["msg"])
    if here.get("pattern") == NAME:
        allowed = "letters, digits, -, + and _, beginning with a letter or digit"
    if detail["type"] == "missing":
        return Fault(place, f"{path[-1]!r} is missing", f"Give it: {allowed}")
    return Fault(place, f"{detail.get('input')!r} is not allowed", f"Allowed: {allowed}")


def key_of(path: Sequence[Any]) -> str:
    """A key as the file would say it: scenarios[2].name."""
    words = ""
    for step in path:
        words += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if words else str(step)
    return words


def _schema_at(whole: dict[str, Any], path: Sequence[Any]) -> dict[str, Any]:
    here = whole
    for step in path:
        here = _resolved(here, whole)
        if isinstance(step, int):
            here = here.get("items", {})
        else:
            here = here.get("properties", {}).get(step, {})
    return _resolved(here, whole)


def _resolved(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = whole["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    return found


def flat(told: Mapping[str, Any], head: str = "") -> dict[str, Any]:
    """Values by dotted path, whether a file writes "a.b" = 1 in quotes or a.b = 1 without."""
    found: dict[str, Any] = {}
    for key, value in told.items():
        path = f"{head}.{key}" if head else key
        found |= flat(value, path) if isinstance(value, Mapping) else {path: value}
    return found
