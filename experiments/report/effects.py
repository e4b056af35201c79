"""What is known of how far each assumption moves results: measured for a county, or by a result.

``impact.csv`` is docs/impact.csv, one assumption at a time from its low to its high end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.report.blocks import Grid, capital
from experiments.report.result import Result
from experiments.results.csv_files import read_rows
from experiments.words.first_screen import percentage, rounded
from sim.scenario.scenario import declaration_at

FILE = Path(__file__).parent / "impact.csv"
COUNTY, NAME = "norfolk", "Norfolk"
"""For which county it was measured."""
OUTCOMES = {
    "list_people_first_year": "people waiting",
    "direct_hours_in_91_days": "direct harm of a failure",
    "legacy_only_hours_last_year": "hours of the fallback",
    "spend_last_year": "council spend",
}
"""What is measured, and how it is called: before the failure, after it, the fallback, the spend."""
MEASURED_BEFORE = {"displaced_uncovered_hours": "hours missed after a failure"}
"""Outcomes of older measurements that are kept until they are made anew."""
NOISE = "noise"
LARGE = {"spend_last_year": 0.05}
LARGE_ELSE = 0.25
NOISES = 2.0
"""A change counts if it is so many times what changes too small to matter bring about."""
LEAST_TOLD = 0.01
"""A smaller change is not worth a reader's time (assumption)."""
SURE = 0.05
"""The chance of an effect that is none, up to which an unknown of ``bands`` is told."""
MOST = 15


@dataclass(frozen=True)
class Effect:
    """How far an assumption moves results. ``score``: its largest change, a large one being 1."""

    parameter: str
    score: float
    words: str


@cache
def measured_effects() -> dict[str, Effect]:
    """What was measured, by parameter; only what is beyond noise."""
    rows = read_rows(FILE)
    noise = next(row for row in rows if row["parameter"] == NOISE)
    found = (effect_of(row, noise) for row in rows if row["parameter"] != NOISE)
    return {one.parameter: one for one in found if one.score > 0}


def made_by() -> str:
    """With which version of the program it was measured."""
    return next(row["range_from"] for row in read_rows(FILE) if row["parameter"] == NOISE)


def names_of(row: Mapping[str, str]) -> dict[str, str]:
    """The outcomes that a measurement has, and how they are called."""
    names = {**OUTCOMES, **MEASURED_BEFORE}
    return {name: names[name] for name in row if name in names}


def effect_of(row: Mapping[str, str], noise: Mapping[str, str]) -> Effect:
    """One assumption's changes beyond noise, the largest first."""
    changes = {
        name: float(row[name])
        for name in names_of(noise)
        if abs(float(row[name])) >= max(LEAST_TOLD, NOISES * float(noise[name]))
    }
    order = sorted(changes, key=lambda name: -relative(name, changes[name]))
    words = "; ".join(f"{names_of(noise)[name]} {signed(changes[name])}" for name in order)
    score = relative(order[0], changes[order[0]]) if order else 0.0
    return Effect(row["parameter"], score, words)


def relative(name: str, change: float) -> float:
    """A change beside what is a large one of this outcome."""
    return abs(change) / LARGE.get(name, LARGE_ELSE)


def signed(change: float) -> str:
    """A change as a percentage with its sign."""
    return f"+{percentage(change)}" if change > 0 else percentage(change)


def meaning_of(path: str) -> str:
    """What a parameter is, with its path."""
    declared = declaration_at(path.split("."))
    return f"{capital(declared.get('description', path))} ({path})"


def own_grids(result: Result) -> Iterator[Grid]:
    """What moves the outcomes of a result, as the result itself found: a study, plausible sets."""
    if "sensitivity" in result.tables:
        yield from of_study(result, pd.read_csv(result.tables["sensitivity"]))
    if "matters" in result.tables:
        yield from of_sets(result, pd.read_csv(result.tables["matters"]))


MEASURES = {
    "mu_star": "mean change when it goes over its range",
    "total": "share of the variance",
    "rank_correlation": "rank correlation",
}


def of_study(result: Result, table: pd.DataFrame) -> Iterator[Grid]:
    """What stands out of chance in a study, the largest index of each outcome first."""
    kept = table[(table["stands_out"] == "yes") & (table["of"] == "value")]
    kept = kept.assign(size=kept["index"].abs())
    kept = kept.sort_values(["outcome", "size"], ascending=[True, False])
    rows = tuple(
        (meaning_of(row["parameter"]), spoken(row["outcome"]), spoken(row["scenario"]),
         MEASURES.get(row["measure"], row["measure"]), rounded(row["index"]))
        for row in records(kept)
    )  # fmt: skip
    if rows:
        head = ("Assumption", "Outcome", "Scenario", "Measure", "Size")
        caption = f"What moves the outcomes, as measured in {result.name}"
        yield Grid(caption, head, rows).at_most(MOST, "sensitivity.csv of the result folder")


def of_sets(result: Result, table: pd.DataFrame) -> Iterator[Grid]:
    """Unknowns that go with a headline over plausible sets beyond chance."""
    # Sizes first: an empty table would take on the rows of what is assigned to it.
    sized = table.assign(size=table["correlation"].abs())
    kept = sized[sized["p_value"] < SURE].sort_values("size", ascending=False).head(MOST)
    rows = tuple(
        (meaning_of(row["parameter"]), spoken(row["headline"]),
         f"{row['correlation']:+.2f}".replace("-", "−"))
        for row in records(kept)
    )  # fmt: skip
    if rows:
        head = ("Assumption", "Headline", "Rank correlation")
        yield Grid(f"Unknowns that go with a headline in {result.name}", head, rows)


def spoken(name: str) -> str:
    """A column's or an outcome's name as words."""
    return capital(name.replace("_", " "))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows by name."""
    rows: list[Any] = frame.to_dict("records")
    return rows
