"""Draws: sets of parameter values, and a scenario with a draw's values in place of its own.

Uncertainties are numbers that nobody knows; levers are numbers that somebody could choose. Both
are varied alike and told apart in every table.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import log
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.scenario import Fault, Scenario
from sim.scenario.declaration import Frozen
from sim.scenario.draft import ROW_KEYS, number_in, row_name
from sim.scenario.faults import Place
from sim.scenario.text_files import read_text, read_toml

Method = Literal["none", "grid", "list", "latin_hypercube", "sobol", "morris", "plausible"]
Role = Literal["uncertainty", "lever"]
People = Literal["same", "own"]
"""Whether every draw meets the same people, carers and shocks, or each its own (of Sobol' draws:
each row of the base sample)."""
OWN_PEOPLE = ("latin_hypercube", "sobol", "plausible")
"""Methods whose draws are a sample, so that each may have people of its own."""
SAMPLED = ("latin_hypercube", "sobol", "morris")
SAMPLED_BY_VALUES = ("latin_hypercube", "sobol")
"""Methods that sample whole numbers, Booleans and choices too: every value is as likely."""
EXTENDED = ("sobol", "list", "plausible")
"""Methods of which more draws begin with the draws that there are."""
PLAUSIBLE = "plausible.csv"
READINGS = "plausible"
"""Folder of a county with the plausible sets of readings: of overrides that sets were fitted to."""
UNTAUGHT = "untaught"
"""The part of a reading's name that says: what no published figure teaches varies too."""
MORRIS_LEVELS = 4
PEOPLE_APART = 1_737_287
"""So far apart are the numbers of the people of two groups of draws: beyond every replication, and
the same however many draws there are, so that draws may be added. Of such numbers it is the one
whose steps around the golden circle (``Draws.stratified`` of the model) are nearest to those of the
square root of 2: what is spread evenly over replications is spread evenly over draws too."""


@dataclass(frozen=True, slots=True)
class Varied:
    """A parameter that differs between draws: by its ends, or by the values it takes.

    ``whole``: between its ends lie whole numbers alone.
    """

    path: str
    role: Role
    low: float | None = None
    high: float | None = None
    log: bool = False
    values: tuple[Any, ...] = ()
    whole: bool = False

    @property
    def in_steps(self) -> bool:
        """Whether it has a few values, each as likely, rather than all between two ends."""
        return self.whole or bool(self.values)

    def value(self, place: float) -> Any:
        """The value at a place between 0 (low, or the first) and 1 (high, or the last)."""
        if self.values:
            return self.values[_step(place, len(self.values))]
        assert self.low is not None and self.high is not None
        if self.whole:
            return int(self.low) + _step(place, int(self.high) - int(self.low) + 1)
        if self.log:
            return float(self.low * (self.high / self.low) ** place)
        return float(self.low + (self.high - self.low) * place)

    def place(self, value: float) -> float:
        """The place of a value between low and high."""
        assert self.low is not None and self.high is not None
        if self.log:
            return log(value / self.low) / log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def _step(place: float, steps: int) -> int:
    """The step of so many equal ones that a place between 0 and 1 lies on."""
    return min(int(place * steps), steps - 1)


@dataclass(frozen=True)
class Draws:
    """Every draw of a study: a row of values each, in the order of the varied parameters."""

    method: Method = "none"
    varied: tuple[Varied, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ((),)
    people: People = "same"

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def group_size(self) -> int:
        """Draws that share a set of people: all, one, or a row of Saltelli's scheme."""
        if self.people == "same":
            return len(self.rows)
        return len(self.varied) + 2 if self.method == "sobol" else 1

    @property
    def groups(self) -> NDArray[np.int64]:
        """The group of each draw: draws of one group meet the same people."""
        found: NDArray[np.int64] = np.arange(len(self.rows), dtype=np.int64) // self.group_size
        return found

    def world(self, draw: int, replication: int) -> int:
        """Which people, carers and shocks a run meets: the number that the simulation is given.

        Where every draw meets the same people it is the number of the replication.
        """
        return draw // self.group_size * PEOPLE_APART + replication

    def adds_to(self, begun: Draws) -> bool:
        """Whether these are the draws that were begun, in their order, and more."""
        fewer = len(begun)
        alike = self.method in EXTENDED and self.design == begun.design
        return alike and self.rows[:fewer] == begun.rows and len(self) > fewer

    @property
    def design(self) -> tuple[Any, ...]:
        """What draws that are added do not change; the values of a list are its rows."""
        listed = self.method == "list"
        varied = (replace(one, values=()) if listed else one for one in self.varied)
        return self.method, self.people, *varied

    def values(self, draw: int) -> dict[str, Any]:
        """The values of a draw by their paths."""
        names = (one.path for one in self.varied)
        return dict(zip(names, self.rows[draw], strict=True))


def drawn(
    method: Method, varied: Sequence[Varied], number: int, seed: int, people: People = "same"
) -> Draws:
    """The draws of a method: all combinations of a grid, or sampled between ends.

    ``number``: of draws (latin_hypercube), of base samples (sobol: Saltelli's scheme makes
    number x (parameters + 2) draws of them), or of trajectories (morris: number x (parameters + 1)
    draws). Sobol' and Morris need SALib, which can analyse what comes of them.
    """
    varied = tuple(varied)
    if method == "grid":
        return Draws(method, varied, tuple(product(*(one.values for one in varied))))
    points = _points(method, len(varied), number, seed)
    if method == "latin_hypercube":
        points = _in_the_middle(points, [one.in_steps for one in varied])
    rows = tuple(
        tuple(one.value(float(place)) for one, place in zip(varied, point, strict=True))
        for point in points
    )
    return Draws(method, varied, rows, people)


def _points(method: Method, size: int, number: int, seed: int) -> NDArray[np.float64]:
    """Points of the unit cube, a row each."""
    if method == "latin_hypercube":
        from scipy.stats.qmc import LatinHypercube

        cube: NDArray[np.float64] = LatinHypercube(size, rng=np.random.default_rng(seed)).random(
            number
        )
        return cube
    problem = salib_problem(size)
    if method == "sobol":
        from SALib.sample import sobol  # type: ignore[import-untyped]

        return np.asarray(sobol.sample(problem, number, calc_second_order=False, seed=seed))
    from SALib.sample import morris

    return np.asarray(morris.sample(problem, number, num_levels=MORRIS_LEVELS, seed=seed))


def _in_the_middle(points: NDArray[np.float64], which: Sequence[bool]) -> NDArray[np.float64]:
    """Points of a Latin hypercube, in some columns moved to the middle of their slices.

    So each of a few values stands as often as any other, or once more.
    """
    middles: NDArray[np.float64] = (np.floor(points * len(points)) + 0.5) / len(points)
    return np.where(np.array(which), middles, points)


def salib_problem(size: int) -> dict[str, Any]:
    """The unit cube as SALib wants it told."""
    names = [f"x{place}" for place in range(size)]
    return {"num_vars": size, "names": names, "bounds": [[0.0, 1.0]] * size}


def sets_place(overrides: Sequence[str], *, untaught: bool = False) -> Path:
    """Where in a county's folder the plausible sets of a reading stand; of none, the county's."""
    parts = (*overrides, UNTAUGHT) if untaught else tuple(overrides)
    return Path(READINGS) / f"{'+'.join(parts)}.csv" if parts else Path(PLAUSIBLE)


def plausible_sets(
    county: str,
    folder: Path,
    overrides: Sequence[str],
    number: int | None,
    *,
    untaught: bool = False,
) -> tuple[Draws, list[Fault]]:
    """The plausible sets that were fitted to a reading of a county, and no others.

    ``county``: as it was asked for; ``overrides``: those of the reading, in order, none for the
    county as it is; ``untaught``: those in which what no published figure teaches varies too.
    """
    where = sets_place(overrides, untaught=untaught)
    path = folder / where
    if (overrides or untaught) and not path.is_file():
        options = [f"--override {name}" for name in overrides] + ["--untaught"] * untaught
        make = f"caremarket calibrate {county} {' '.join(options)} --to {folder}"
        cure = f"Make them: {make}; or take the county's own: caremarket bands --unfitted"
        place = Place(where.as_posix())
        return Draws(), [Fault(place, "the reading has no plausible sets of its own", cure)]
    draws, faults = plausible_draws(path, number)
    return draws, [*faults, *_of_another_reading(path, overrides, untaught=untaught)]


def _of_another_reading(path: Path, overrides: Sequence[str], *, untaught: bool) -> list[Fault]:
    """That sets were fitted to another reading, as the file beside them says."""
    beside = path.with_suffix(".toml")
    if not beside.is_file():
        if not (overrides or untaught) or not path.is_file():
            return []
        cure = f"Put the {beside.name} that caremarket calibrate made with it in this folder"
        return [Fault(Place(path.name), "nothing says which reading its sets were fitted to", cure)]
    told, faults = read_toml(beside)
    if told is None:
        return faults
    fitted = told.get("overrides", [])
    if fitted == list(overrides) and told.get(UNTAUGHT, False) == untaught:
        return []
    asked = _named(overrides, untaught=untaught)
    made = _named(fitted, untaught=told.get(UNTAUGHT, False))
    wrong = f"its sets were fitted to {made}, not to {asked}"
    cure = "Ask for that reading, or calibrate this one"
    return [Fault(Place(beside.name, None, "overrides"), wrong, cure)]


def _named(overrides: Any, *, untaught: Any) -> str:
    """A reading in words."""
    if not isinstance(overrides, Sequence) or isinstance(overrides, str):
        return repr(overrides)
    name = " with ".join(map(str, overrides)) or "the county as it is"
    return f"{name} with parameters that no figure says anything about" if untaught else name


def held_already(draws: Draws, scenario: Scenario, place: Place) -> list[Fault]:
    """Values that an override or a setting sets and that every set would put its own in place of.

    Such a reading would say nothing.
    """
    both = [one.path for one in draws.varied if one.path in scenario.changed_values]
    if not both:
        return []
    wrong = f"the plausible sets also set {', '.join(both)}, and their values would be used"
    cure = "Use sets that were fitted to it (caremarket calibrate with the same), or leave it out"
    return [Fault(place, wrong, cure)]


def plausible_draws(path: Path, number: int | None) -> tuple[Draws, list[Fault]]:
    """A county's plausible sets: the columns of plausible.csv that are paths of parameters."""
    if not path.is_file():
        cure = "Make it with caremarket calibrate and put it into the county's folder"
        return Draws(), [Fault(Place(path.name), "the county has no plausible sets", cure)]
    text, unreadable = read_text(path)
    if text is None:
        return Draws(), unreadable
    table = list(csv.DictReader(text.splitlines()))
    paths = [name for name in table[0] if "." in name] if table else []
    faults, rows = [], []
    for line, row in enumerate(table, start=2):
        numbers = [told for name in paths if (told := number_in(row[name])) is not None]
        rows.append(tuple(numbers))
        if len(numbers) < len(paths):
            place = Place(path.name, line)
            faults.append(Fault(place, "a cell is not a number", "Correct it or remove the row"))
    if not paths or not rows:
        cure = "It needs a column for each parameter, headed by its path, and a row for each set"
        faults.append(Fault(Place(path.name), "it holds no sets", cure))
    if number is not None and number > len(rows) and not faults:
        wrong = f"{number} sets are asked for but it has {len(rows)}"
        faults.append(Fault(Place(path.name), wrong, "Ask for fewer"))
    varied = tuple(Varied(name, "uncertainty") for name in paths)
    return Draws("plausible", varied, tuple(rows[:number])), faults


def with_values(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """The scenario with values at dotted paths. Raises ValueError where one is not allowed."""
    for path, value in values.items():
        scenario = _changed(scenario, path.split("."), value)
    return scenario


def _changed(part: Any, steps: Sequence[str], value: Any, table: str = "") -> Any:
    """A copy of a part of a scenario with one value in it changed; each part is validated anew."""
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(part, tuple):
        keys = ROW_KEYS[table]
        codes = [row_name([getattr(row, key) for key in keys]) for row in part]
        place = codes.index(step)
        return (*part[:place], _changed(part[place], rest, value), *part[place + 1 :])
    if not isinstance(part, Frozen) or step not in type(part).model_fields:
        raise ValueError(f"there is no {step!r} here")
    kept = {name: getattr(part, name) for name in type(part).model_fields}
    kept[step] = _changed(getattr(part, step), rest, value, step)
    return type(part).model_validate(kept)
