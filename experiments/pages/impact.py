"""How far each uncertain parameter moves the answers: one at a time, low and high.

The same people, carers and chances are met in every run, so a difference is the parameter's and not
luck's, up to the noise of a market that has gone another way; that noise is measured with changes
too small to matter. One row a parameter, written as it is found, so that a stopped measurement goes
on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import numpy as np

from experiments.report.effects import LARGE, LARGE_ELSE, NOISE, NOISES, OUTCOMES, names_of
from experiments.results.csv_files import line, read_rows
from experiments.results.provenance import code_version
from experiments.run.work import Run, simulated
from sim import __version__
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.scenario.draft import GivenRow
from sim.scenario.faults import Place
from sim.scenario.scenario import declaration_at

QUARTER = 0.25
UNSURE = ("assumption", "memory", "estimate")
NOT_A_DIAL = ("calendar.",)
WHO, WHEN, END = "principal:GREAT_YARMOUTH", date(2025, 4, 1), date(2025, 7, 2)
"""The run ends as soon as 91 days have gone since the closure."""
REPLICATIONS = 2
SEED = 1
NUDGES = {
    "brokerage.handling_days": 1.001,
    "care.mean_hospital_days": 1.001,
    "workforce.induction_days": 1.001,
}
"""Changes too small to matter: what they move is noise."""
HEAD = ("parameter", "low", "high", "range_from", *OUTCOMES)
MEDIUM_OF_LARGE = 0.4


@dataclass(frozen=True, slots=True)
class Dial:
    """A parameter with two other values."""

    path: str
    low: float
    high: float
    range_from: str


def dials(scenario: Scenario) -> list[Dial]:
    """Every number with a declared range, and every unsure number without one, a quarter off."""
    found = []
    for origin, source in scenario.sources.items():
        path = permanent(scenario, origin)
        value = value_at(scenario, path)
        if path.startswith(NOT_A_DIAL) or isinstance(value, bool) or value is None:
            continue
        if not isinstance(value, (int, float)):
            continue
        if source.low is not None and source.high is not None:
            found.append(Dial(path, source.low, source.high, "declared"))
        elif source.sure in UNSURE and value:
            low, high = (within(origin, value * (1 + sign * QUARTER)) for sign in (-1, 1))
            if isinstance(value, int):
                low, high = float(round(low)), float(round(high))
            found.append(Dial(path, low, high, "a quarter"))
    return found


def permanent(scenario: Scenario, origin: str) -> str:
    """A source's path with the tier's code instead of its place."""
    parts = origin.split(".")
    if parts[:2] == ["commissioning", "tiers"] and parts[2].isdigit():
        parts[2] = scenario.commissioning.tiers[int(parts[2])].code
    return ".".join(parts)


def value_at(scenario: Scenario, path: str) -> object:
    """The value of a parameter, or of a tier's field; None where the path names something else."""
    parts = path.split(".")
    if parts[:2] == ["commissioning", "tiers"]:
        tiers = {tier.code: tier for tier in scenario.commissioning.tiers}
        return getattr(tiers.get(parts[2]), parts[3], None)
    section = getattr(scenario, parts[0], None)
    return getattr(section, parts[1], None) if len(parts) == 2 else None


def within(origin: str, value: float) -> float:
    """A value brought inside what is allowed."""
    parts = [int(part) if part.isdigit() else part for part in origin.split(".")]
    schema = declaration_at(tuple(parts))
    least = schema.get("minimum", schema.get("exclusiveMinimum", -np.inf))
    return float(min(max(value, least), schema.get("maximum", np.inf)))


def scenario_with(settings: dict[str, object]) -> Scenario:
    """Norfolk to July 2025, whose first principal closes in April 2025."""
    cells = {"who": WHO, "kind": "closure", "date": WHEN}
    row = GivenRow(cells, {name: Place("impact") for name in cells}, ())
    fixed = {"calendar.end": END, **settings}
    return load_scenario("norfolk", settings=fixed, failures=[row])


def figures(settings: dict[str, object]) -> np.ndarray | None:
    """The outcomes, a row a replication; None where the setting is refused."""
    try:
        scenario = scenario_with(settings)
    except ScenarioError:
        return None
    try:
        found = [
            simulated(Run(scenario, SEED, number)).result.figures for number in range(REPLICATIONS)
        ]
    except Exception:  # a value at which the market cannot be simulated is one refused
        return None
    return np.array([[figures[name] for name in OUTCOMES] for figures in found])


def measure(path: Path, jobs: int = 1, tell: Callable[[str], object] = print) -> None:
    """Measure what the file does not hold yet, row after row, in so many processes.

    Raises ValueError if the file holds other outcomes, or rows that another version measured: they
    would be mixed.
    """
    made = f"caremarket {__version__}, code {code_version()[:8]}, seed {SEED}"
    rows = read(path) if path.exists() else []
    if rows and (tuple(rows[0]) != HEAD or rows[0]["range_from"] != made):
        raise ValueError(
            f"{path} was measured differently: move it to another folder to begin again"
        )
    base = figures({})
    assert base is not None
    scenario = scenario_with({})
    if not rows:
        spread = noise_beside(base, scenario)
        write(path, HEAD, mode="w")
        write(path, (NOISE, "", "", made, *(f"{change:.4f}" for change in spread)))
    known = {row["parameter"] for row in rows}
    todo = sorted(
        (dial for dial in dials(scenario) if dial.path not in known),
        key=lambda dial: dial.range_from != "declared",
    )
    with ProcessPoolExecutor(jobs) as pool:
        found = pool.map(partial(row_of, scenario=scenario, base=base), todo)
        for number, row in enumerate(found, start=1):
            write(path, row)
            tell(f"{number} of {len(todo)}: {row[0]}")


def noise_beside(base: np.ndarray, scenario: Scenario) -> np.ndarray:
    """How far each outcome moves, as a share, under changes too small to matter."""
    moved = [figures({path: value_of(scenario, path) * by}) for path, by in NUDGES.items()]
    changes = np.concatenate([np.abs(found - base) for found in moved if found is not None])
    return np.asarray(np.sqrt((changes**2).mean(axis=0) / REPLICATIONS) / base.mean(axis=0))


def value_of(scenario: Scenario, path: str) -> float:
    """A number of the scenario."""
    value = value_at(scenario, path)
    assert isinstance(value, (int, float))
    return float(value)


def row_of(dial: Dial, scenario: Scenario, base: np.ndarray) -> tuple[object, ...]:
    """The largest change of each outcome, as a share of the base, with its sign at high."""
    whole = isinstance(value_at(scenario, dial.path), int)
    largest = np.zeros(len(OUTCOMES))
    for value in (dial.low, dial.high):
        found = figures({dial.path: int(value) if whole else value})
        if found is None:
            continue
        change = (found.mean(axis=0) - base.mean(axis=0)) / base.mean(axis=0)
        largest = np.where(np.abs(change) > np.abs(largest), change, largest)
    shares = (Decimal(f"{change:.4f}") for change in largest)
    low, high = (Decimal(f"{value:g}") for value in (dial.low, dial.high))
    return dial.path, low, high, dial.range_from, *shares


def write(path: Path, row: Sequence[object], mode: str = "a") -> None:
    """One more row."""
    with path.open(mode, encoding="utf-8", newline="") as file:
        file.write(line(row))


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a measurement."""
    return read_rows(path)


def impact_of(row: dict[str, str], noise: dict[str, str]) -> str:
    """High, medium or low, by the largest change beyond noise."""
    grades = [
        grade(abs(float(row[name])), float(noise[name]), LARGE.get(name, LARGE_ELSE))
        for name in names_of(noise)
    ]
    return ("low", "medium", "high")[max(grades)]


def grade(change: float, noise: float, large: float) -> int:
    """2 for a large change, 1 for a medium one, 0 for a small one or one lost in noise."""
    if change < NOISES * noise:
        return 0
    return 2 if change >= large else int(change >= MEDIUM_OF_LARGE * large)
