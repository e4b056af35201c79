"""A recorded case as data: what is on record, the inputs that stand for it, and its figures.

A case is a TOML file of ``experiments/hindcasts/cases``; docs/explanation/history.md says what
each key means.
Inputs and tolerances are fixed before a case is first run, and no case is a target of calibration.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from experiments.models.rules import under
from sim.scenario import Fault, Scenario, ScenarioError, load_scenario
from sim.scenario.declaration import IsoDate
from sim.scenario.faults import Place
from sim.scenario.tables import FailureRow, Shock
from sim.scenario.text_files import read_toml

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

CASES = Path(__file__).parent / "cases"
WIDEST = 0.5
"""A band, or a tolerance, wider than this share of what is possible says nothing."""


class Declared(BaseModel):
    """A table of a case's file: frozen, and without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Of(Declared):
    """What a reading is of: a provider, areas (none = all), a day, and days from then on."""

    on: IsoDate
    days: int = Field(gt=0)
    provider: str = ""
    areas: tuple[str, ...] = ()


class Figure(Declared):
    """A figure on record: the reading that stands for it, what the record allows, what can be.

    ``low`` to ``high``: what the record leaves open. ``possible``: the ends of what a reading can
    be. ``shaped``: the rule or value of the model that came from it; blank if none did.
    """

    code: str
    meaning: str
    reading: str
    of: Of
    observed: float
    low: float
    high: float
    unit: str
    possible: tuple[float, float]
    shaped: str = ""

    @property
    def in_sample(self) -> bool:
        """Whether the model was made with this figure in view."""
        return bool(self.shaped)

    @property
    def range(self) -> float:
        """How far apart the possible values lie."""
        return self.possible[1] - self.possible[0]

    @model_validator(mode="after")
    def _in_order(self) -> Figure:
        least, most = self.possible
        if not least <= self.low <= self.observed <= self.high <= most or least == most:
            raise ValueError(f"{self.code}: possible, low, observed and high are not in order")
        if self.high - self.low > WIDEST * self.range:
            raise ValueError(f"{self.code}: the record allows more than half of what is possible")
        return self


class Case(Declared):
    """A recorded case; ``seen``: what of the model's answer was known before its first run."""

    code: str
    title: str
    place: str
    when: str
    source: str
    record: str
    county: str
    commissioning: str = ""
    seen: str = ""
    guessed: tuple[str, ...] = Field(min_length=1)
    settings: dict[str, Any] = Field(default_factory=dict, alias="set")
    failures: tuple[FailureRow, ...] = ()
    shocks: tuple[Shock, ...] = ()
    figures: tuple[Figure, ...] = Field(min_length=1)

    @property
    def befalls(self) -> bool:
        """Whether anything is scripted, so that the same market without it says something."""
        return bool(self.failures or self.shocks)


def scenario_of(case: Case, *, without: bool = False) -> Scenario:
    """The scenario of a case, or the same without its failures and shocks.

    Raises ScenarioError with every fault of its inputs.
    """
    scenario = load_scenario(case.county, settings=case.settings)
    if case.commissioning:
        scenario = under(scenario, case.commissioning)
    failures, shocks = ((), ()) if without else (case.failures, case.shocks)
    return scenario.changed({"failures": failures, "shocks": shocks, "targets": ()})


@cache
def shipped_cases() -> tuple[Case, ...]:
    """Every case that ships, by its file's name."""
    return tuple(map(read_case, sorted(CASES.glob("*.toml"))))


def read_case(path: Path) -> Case:
    """A case from its file. Raises ScenarioError with all that is not as declared."""
    values, faults = read_toml(path, given=True)
    if values is None:
        raise ScenarioError(faults)
    try:
        return Case.model_validate(values)
    except ValidationError as error:
        raise ScenarioError([_fault(path, told) for told in error.errors()]) from None


def _fault(path: Path, told: ErrorDetails) -> Fault:
    """What the validator says of one value."""
    key = ".".join(str(step) for step in told["loc"])
    wrong = told["msg"].removeprefix("Value error, ").rstrip(".")
    return Fault(
        Place(path.name, None, key), wrong, "docs/explanation/history.md says what a case holds"
    )
