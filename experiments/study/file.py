"""The file of a study as a user writes it: TOML, each key declared once, unknown keys refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field

from experiments.engine.limits import MOST_REPLICATIONS
from experiments.study.draws import Method, People
from experiments.study.work import Keep
from sim.scenario import Fault
from sim.scenario.declaration import Frozen, IsoDate, SafeName, StudyName
from sim.scenario.faults import Place, dotted, nearest
from sim.scenario.schema import checked, schema_of
from sim.scenario.text_files import LARGEST, is_folder, is_there, read_toml

SHIPPED = Path(__file__).parent.parent / "studies"
Scalar = bool | int | float | date | str
"""A value of a parameter that is varied: a list of them is no value."""
LEAST_FIRST_STAGE = 15
"""Replications of a first stage: from fewer a long tail is not seen, and intervals cover less."""
Model = TypeVar("Model", bound=BaseModel)


class WantedScenario(Frozen):
    """A named scenario: ordered named overrides of the county, then values, then failures."""

    name: StudyName
    meaning: str = ""
    commissioning: SafeName | None = None
    overrides: tuple[str, ...] = ()
    set: dict[str, Any] = Field(default_factory=dict)
    failures: tuple[dict[str, Any], ...] = ()
    compared: bool = True


class WantedVaried(Frozen):
    """A parameter to vary: between ends (its plausible range if none are given) or over values.

    Methods that sample take values too: of what is no number with a decimal point, and of numbers.
    """

    path: str = Field(min_length=1)
    low: float | None = None
    high: float | None = None
    log: bool = False
    values: tuple[Scalar, ...] = ()


class WantedDraws(Frozen):
    """How draws are made; uncertainties and levers are told apart.

    ``people``: the same in every draw, or own ones in each; by default own ones for Sobol' draws.
    ``untaught``: the plausible sets in which what no published figure teaches varies too.
    """

    method: Method = "none"
    people: People | None = None
    number: int | None = Field(default=None, ge=1, le=1_000_000)
    seed: int = Field(default=1, ge=0, le=LARGEST)
    untaught: bool = False
    uncertainties: tuple[WantedVaried, ...] = ()
    levers: tuple[WantedVaried, ...] = ()


class WantedReplications(Frozen):
    """A number; or until the difference of an outcome is known to within so much.

    ``begin``: the number of the first replication, so that another study's are gone on from.
    """

    number: int | None = Field(default=None, ge=1, le=1_000_000)
    within: float | None = Field(default=None, gt=0)
    outcome: str | None = None
    first: int = Field(default=20, ge=LEAST_FIRST_STAGE, le=100_000)
    at_most: int = Field(default=1000, ge=LEAST_FIRST_STAGE, le=1_000_000)
    begin: int = Field(default=0, ge=0, lt=MOST_REPLICATIONS)


class StudyFile(Frozen):
    """The file. ``own_code``: Python files beside it, with outcomes and rules of the user's own."""

    name: StudyName
    question: str = ""
    county: str = Field(min_length=1)
    commissioning: SafeName | None = None
    until: IsoDate | None = None
    seed: int = Field(default=1, ge=0, le=LARGEST)
    overrides: tuple[str, ...] = ()
    set: dict[str, Any] = Field(default_factory=dict)
    outcomes: tuple[str, ...] = Field(min_length=1)
    weekly: Keep = "county"
    intervals: Literal["t", "bootstrap"] = "t"
    placebo: bool = True
    own_code: tuple[str, ...] = ()
    replications: WantedReplications = WantedReplications(number=20)
    scenarios: tuple[WantedScenario, ...] = Field(min_length=1)
    draws: WantedDraws = WantedDraws()


def find_file(study: str | Path) -> tuple[Path, list[Fault]]:
    """The file of a study: a path, or the name of one that ships."""
    path = Path(study)
    if is_there(path) and not is_folder(path):
        return path, []
    shipped = SHIPPED / f"{study}.toml"
    if is_there(shipped):
        return shipped, []
    known = sorted(file.stem for file in SHIPPED.glob("*.toml"))
    wrong = "it is a folder, not a file" if is_there(path) else "there is no such study"
    return path, [Fault(Place(str(study)), wrong, f"{nearest(path.stem, known)} (or give a file)")]


def read_file(path: Path) -> tuple[StudyFile | None, list[Fault]]:
    """The file as it stands, or everything that is wrong with its shape."""
    told, faults = read_toml(path, given=True)
    return shaped(StudyFile, told, path.name) if told is not None else (None, faults)


def shaped(
    model: type[Model], told: Mapping[str, Any], file: str
) -> tuple[Model | None, list[Fault]]:
    """What a file tells, in the shape declared for it, or every fault; nothing is converted."""
    found, wrong = checked(model, told, told.items())
    schema = schema_of(model)
    return found, [
        Fault(Place(file, None, dotted("", path)), *schema.refusal(path, kind, value))
        for path, (kind, value) in wrong.items()
    ]


def flat(told: Mapping[str, Any], head: str = "") -> dict[str, Any]:
    """Values by dotted path, whether a file writes "a.b" = 1 in quotes or a.b = 1 without."""
    found: dict[str, Any] = {}
    for key, value in told.items():
        path = f"{head}.{key}" if head else key
        found |= flat(value, path) if isinstance(value, Mapping) else {path: value}
    return found
