"""What a calibration is given: parameters with ranges, figures to meet, and how to search."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from experiments.calibration.work import Base
from experiments.study.file import shaped
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.caseload import depends_on as caseload_of
from sim.scenario.declaration import Frozen, IsoDate
from sim.scenario.draft import Draft
from sim.scenario.faults import Place, nearest
from sim.scenario.overrides import changes_of, find
from sim.scenario.periods import days_of
from sim.scenario.reading import county_folder, read_draft
from sim.scenario.tables import TargetRow
from sim.scenario.text_files import LARGEST, read_toml

FILE = "calibration.toml"
Floats = NDArray[np.float64]


class WantedParameter(Frozen):
    """A parameter to vary, as the file has it."""

    path: str = Field(min_length=1)
    low: float | None = None
    high: float | None = None
    log: bool = False
    why: str = Field(min_length=1)


class UntaughtParameter(WantedParameter):
    """A parameter that no published figure teaches: varied only where that is asked for.

    ``readings``: named overrides that show what it decides; ``gap``: why there is none.
    """

    readings: tuple[str, ...] = ()
    gap: str = ""


class WantedTarget(Frozen):
    """A figure to meet, as the file has it. ``fact``: what it tells, where others tell it too."""

    code: str = Field(min_length=1)
    log: bool = False
    discrepancy: float = Field(default=0.0, ge=0)
    fact: str | None = Field(default=None, min_length=1)


class Search(Frozen):
    """The file."""

    until: IsoDate
    seed: int = Field(ge=0, le=LARGEST)
    wanted_sets: int = Field(ge=1, le=100_000)
    cutoff: float = Field(gt=0, le=10)
    replications: int = Field(ge=1, le=1000)
    base_replications: int = Field(ge=3, le=1000)
    first_wave: int = Field(ge=16, le=65_536)
    later_waves: int = Field(ge=1, le=65_536)
    most_sets: int = Field(ge=16, le=1_000_000)
    targets: tuple[WantedTarget, ...] = Field(min_length=1)
    parameters: tuple[WantedParameter, ...] = Field(min_length=1)
    untaught: tuple[UntaughtParameter, ...] = ()


@dataclass(frozen=True, slots=True)
class Varied:
    """A parameter to vary between two ends, evenly or evenly in its logarithm."""

    path: str
    low: float
    high: float
    log: bool
    own: float
    why: str

    def value(self, place: float) -> float:
        """The value at a place between 0 (low) and 1 (high)."""
        if self.log:
            return float(self.low * (self.high / self.low) ** place)
        return float(self.low + (self.high - self.low) * place)

    def place(self, value: float) -> float:
        """The place of a value."""
        if self.log:
            return log(value / self.low) / log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Met:
    """A published figure to meet. ``discrepancy``: of the model, on the scale it is judged on.

    ``fact``: what it tells, where other figures tell it too.
    """

    row: TargetRow
    log: bool
    discrepancy: float
    fact: str | None = None

    def scaled(self, value: float) -> float:
        """A value on the scale it is judged on; far below where the logarithm does not exist."""
        if not self.log:
            return value
        return log(max(value, 1e-3 * self.row.published))

    def implausibility(self, expected: Floats, variance: Floats | float) -> Floats:
        """How many standard deviations lie between expected (scaled) values and the figure.

        The figure's tolerance counts as three of its own, on either side apart; model discrepancy
        and the variance of the expected value are added.
        """
        centre = self.scaled(self.row.published)
        below = (centre - self.scaled(self.row.low)) / 3
        above = (self.scaled(self.row.high) - centre) / 3
        distance = np.asarray(expected) - centre
        own = np.where(distance > 0, above, below)
        spread = np.sqrt(own**2 + self.discrepancy**2 + variance)
        found: Floats = np.abs(distance) / np.maximum(spread, 1e-12)
        return found


@dataclass(frozen=True)
class Calibration:
    """Everything a search depends on.

    ``fixed``: parameters that an override or a setting has set, so that they are not varied;
    ``watched``: figures that one has made watched only, so that sets need not meet them;
    ``untaught``: whether what no figure teaches varies too.
    """

    base: Base
    scenario: Scenario
    search: Search
    parameters: tuple[Varied, ...]
    targets: tuple[Met, ...]
    fixed: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()
    untaught: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """The parameters' paths."""
        return tuple(parameter.path for parameter in self.parameters)

    @property
    def codes(self) -> tuple[str, ...]:
        """The figures' codes."""
        return tuple(target.row.code for target in self.targets)

    @property
    def identity(self) -> dict[str, str]:
        """What the work depends on, hashed: scenario, and search with its figures.

        How many sets are wanted does not count, so that a search can be gone on with, nor does
        what is not varied.
        """
        rows = [target.row.model_dump(mode="json") for target in self.targets]
        ranges = [[p.path, p.low, p.high, p.log] for p in self.parameters]
        how_far = {"wanted_sets", "most_sets", "untaught"}
        search = self.search.model_dump(mode="json", exclude=how_far)
        for target in search["targets"]:
            del target["fact"]  # it decides what is told of the sets, not which are simulated
        text = json.dumps([search, rows, ranges], sort_keys=True)
        return {
            "scenario": self.scenario.identity,
            **caseload_of(self.scenario),
            "calibration": hashlib.sha256(text.encode()).hexdigest(),
        }

    def values(self, point: Sequence[float]) -> dict[str, float]:
        """The parameters' values at a point of the unit cube."""
        pairs = zip(self.parameters, point, strict=True)
        return {parameter.path: parameter.value(place) for parameter, place in pairs}

    def point(self, values: dict[str, float]) -> list[float]:
        """The point of the unit cube with these values."""
        return [parameter.place(values[parameter.path]) for parameter in self.parameters]


def calibration_of(
    base: Base,
    *more: Fault,
    changed: Mapping[str, int] | None = None,
    untaught: bool = False,
) -> Calibration:
    """A county's calibration. Raises ScenarioError with every fault, ``more`` included.

    ``changed`` are values in place of the file's own: how many sets are wanted, and at most tried.
    ``untaught``: whether parameters that no figure teaches are varied too. What the base's
    overrides and settings set is what a reading is about, and is not varied.
    """
    faults = list(more)
    scenario: Scenario | None = None
    try:
        scenario = base.scenario()
    except ScenarioError as error:
        faults += error.faults
    search, wrong = read_search(base.county)
    faults += wrong
    if search is None or scenario is None:
        raise ScenarioError(unique(faults))
    draft = read_draft(base.county, base.commissioning)
    listed = {"parameters": search.parameters, "untaught": search.untaught}
    faults += _no_readings(search, draft)
    set_already = set_by(base, draft)
    varied = {
        kind: tuple(_varied(kind, wanted, scenario, draft, faults, set_already))
        for kind, wanted in listed.items()
    }
    faults += _listed_twice([one for wanted in listed.values() for one in wanted])
    parameters = varied["parameters"] + (varied["untaught"] if untaught else ())
    asked = (*search.parameters, *(search.untaught if untaught else ()))
    if set_already.issuperset(one.path for one in asked):
        cure = "Leave out an override or --set"
        faults.append(Fault(Place(FILE, None, "parameters"), "these are set already", cure))
    horizon = Base(
        base.county,
        base.overrides,
        {**base.settings, "calendar.end": search.until},
        base.commissioning,
    )
    faults += _ends_not_allowed(horizon, parameters)
    met = tuple(_met(search, scenario, faults))
    targets = tuple(one for one in met if not _only_watched(one, set_already))
    if met and not targets:
        cure = "Leave out an override or --set"
        faults.append(Fault(Place(FILE, None, "targets"), "these are only watched", cure))
    if faults:
        raise ScenarioError(unique(faults))
    search = search.model_copy(update=dict(changed or {}))
    fixed = tuple(one.path for one in asked if one.path in set_already)
    watched = tuple(one.row.code for one in met if one not in targets)
    return Calibration(
        horizon, horizon.scenario(), search, parameters, targets, fixed, watched, untaught
    )


def _only_watched(target: Met, set_already: Collection[str]) -> bool:
    """Whether an override or a setting has a figure watched only: sets need not meet it then."""
    return target.row.role == "watch" and f"targets.{target.row.code}.role" in set_already


def set_by(base: Base, draft: Draft) -> set[str]:
    """The paths that overrides and settings set."""
    named = (draft.named_overrides.get(name, {}) for name in base.overrides)
    return {*base.settings, *(path for override in named for path in changes_of(override))}


def _no_readings(search: Search, draft: Draft) -> Iterator[Fault]:
    """Untaught parameters whose reading is none, or which tell neither a reading nor a gap."""
    for index, wanted in enumerate(search.untaught):
        place = Place(FILE, None, f"untaught[{index + 1}]")
        for name in wanted.readings:
            if name not in draft.named_overrides:
                cure = nearest(name, sorted(draft.named_overrides))
                yield Fault(place, f"there is no override {name!r} in overrides.toml", cure)
        if not wanted.readings and not wanted.gap:
            cure = "Name readings (overrides), or say in gap why there are none"
            yield Fault(place, f"{wanted.path} has neither readings nor a gap", cure)


def _listed_twice(wanted: Sequence[WantedParameter]) -> Iterator[Fault]:
    """Parameters that stand twice."""
    paths = [one.path for one in wanted]
    for path in sorted({path for path in paths if paths.count(path) > 1}):
        yield Fault(Place(FILE, None, path), f"{path!r} is given twice", "Remove one of them")


def calibration_faults(county: str) -> list[Fault]:
    """What is wrong with a county's calibration.toml, if it has one and can be read otherwise."""
    try:
        if not (county_folder(county) / FILE).is_file():
            return []
        Base(county).scenario()
    except ScenarioError:
        return []
    try:
        calibration_of(Base(county))
    except ScenarioError as error:
        return error.faults
    return []


def unique(faults: Sequence[Fault]) -> list[Fault]:
    """Each fault once."""
    return list(dict.fromkeys(faults))


def read_search(county: str) -> tuple[Search | None, list[Fault]]:
    """The file as it stands, or what is wrong with it."""
    try:
        path = county_folder(county) / FILE
    except ScenarioError:
        return None, []
    if not path.is_file():
        cure = f"Put a {FILE} into {path.parent.name}/ (Norfolk's shows how)"
        return None, [Fault(Place(FILE), "the file is missing", cure)]
    told, faults = read_toml(path)
    return shaped(Search, told, FILE) if told is not None else (None, faults)


def _varied(
    kind: str,
    listed: Sequence[WantedParameter],
    scenario: Scenario,
    draft: Draft,
    faults: list[Fault],
    set_already: Collection[str],
) -> Iterator[Varied]:
    """The parameters of one list with their ranges, but for those that are set; faults of each."""
    for index, wanted in enumerate(listed):
        if wanted.path in set_already:
            continue
        head = f"{kind}[{index + 1}]"
        place = Place(FILE, None, f"{head}.path")
        before = len(draft.faults)
        found = find(draft, wanted.path, place)
        if found is None:
            faults += draft.faults[before:]
            continue
        own = value_of(scenario, wanted.path)
        if own is None:
            wrong = f"{wanted.path!r} is not a number with a decimal point"
            faults.append(Fault(place, wrong, "Vary only numbers with a decimal point"))
            continue
        low, high = _range_of(scenario, wanted)
        problem = _range_fault(wanted, low, high, own, Place(FILE, None, head))
        if problem is not None:
            faults.append(problem)
        elif low is not None and high is not None:
            yield Varied(wanted.path, low, high, wanted.log, own, wanted.why)


def _range_of(scenario: Scenario, wanted: WantedParameter) -> tuple[float | None, float | None]:
    """The ends that the file gives, else those of the county's own plausible range."""
    source = scenario.sources.get(wanted.path)
    usual = (None, None) if source is None else (source.low, source.high)
    return (
        usual[0] if wanted.low is None else wanted.low,
        usual[1] if wanted.high is None else wanted.high,
    )


def _range_fault(
    wanted: WantedParameter, low: float | None, high: float | None, own: float, place: Place
) -> Fault | None:
    if low is None or high is None:
        cure = "Give it low and high, here or as its plausible range in county.toml"
        return Fault(place, f"{wanted.path} has no range", cure)
    if low >= high:
        return Fault(place, f"{wanted.path}: {low:g} is not below {high:g}", "Set low below high")
    if wanted.log and low <= 0:
        wrong = f"{wanted.path}: {low:g} has no logarithm"
        return Fault(place, wrong, "Set low above 0, or leave out log")
    if not low <= own <= high:
        wrong = f"{wanted.path}: the county's own value {own:g} lies outside {low:g} to {high:g}"
        return Fault(place, wrong, "Widen the range")
    return None


def value_of(scenario: Scenario, path: str) -> float | None:
    """The value of a section's or a tier's parameter, or of a row's, if it is a float."""
    target: Any = scenario
    steps = path.split(".")
    for step in steps:
        if isinstance(target, tuple):
            keyed = {getattr(row, "code", None): row for row in target}
            target = keyed.get(step)
        else:
            target = getattr(target, step, None)
    return target if isinstance(target, float) else None


def _ends_not_allowed(base: Base, parameters: Sequence[Varied]) -> list[Fault]:
    """Ends of ranges that the scenario refuses."""
    faults = []
    for end in ("low", "high"):
        values = {parameter.path: getattr(parameter, end) for parameter in parameters}
        try:
            base.scenario(values)
        except ScenarioError as error:
            for fault in error.faults:
                path = fault.place.file.removeprefix("--set ")
                known = get_close_matches(path, list(values), n=1, cutoff=0.99)
                if known:
                    place = Place(FILE, None, f"{known[0]}, {end}")
                    faults.append(Fault(place, fault.wrong, fault.cure))
                elif fault.place.file.startswith("--set") or not _told_before(base, fault):
                    faults.append(fault)
    return faults


def _told_before(base: Base, fault: Fault) -> bool:
    """Whether a fault has nothing to do with the values."""
    try:
        base.scenario()
    except ScenarioError as error:
        return fault in error.faults
    return False


def _met(search: Search, scenario: Scenario, faults: list[Fault]) -> Iterator[Met]:
    """The figures to meet; faults of each."""
    known = {row.code: row for row in scenario.targets}
    start: date = scenario.calendar.start
    days = float((search.until - start).days + 1)
    seen: set[str] = set()
    for index, wanted in enumerate(search.targets):
        place = Place(FILE, None, f"targets[{index + 1}].code")
        if wanted.code in seen:
            faults.append(Fault(place, f"{wanted.code!r} is given twice", "Remove one of them"))
            continue
        seen.add(wanted.code)
        row = known.get(wanted.code)
        if row is None:
            cure = nearest(wanted.code, list(known))
            faults.append(Fault(place, f"there is no figure {wanted.code!r} in targets.csv", cure))
        elif days_of(row.period, start, days) is None:
            wrong = f"{wanted.code}: {row.period!r} is not within {start} to {search.until}"
            faults.append(Fault(place, wrong, "Set until later, or leave the figure out"))
        elif wanted.log and row.low <= 0:
            wrong = f"{wanted.code}: its tolerance begins at {row.low:g}, which has no logarithm"
            faults.append(Fault(place, wrong, "Leave out log"))
        else:
            yield Met(row, wanted.log, wanted.discrepancy, wanted.fact)


def worst(targets: Sequence[Met], values: dict[str, float], variance: dict[str, float]) -> float:
    """The largest implausibility of a simulated set, over the figures."""
    return max(
        float(
            target.implausibility(
                np.array(target.scaled(values[target.row.code])), variance[target.row.code]
            )
        )
        for target in targets
    )
