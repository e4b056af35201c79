"""What no extract says: stated estimates, taken from a county that ships.

The county is Norfolk, whose every number stands with its source; what grows with a county is scaled
by its hours of care. All of it is marked as an assumption and named on the screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from math import ceil, fsum
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.counties.settings_text import as_of, written
from experiments.counties.sketch import MODELS, named_model, of_any_county
from experiments.imports.values import Origin, Value
from sim.scenario import Scenario, load_scenario
from sim.scenario.parameters import SECTIONS
from sim.scenario.reading import read_draft
from sim.scenario.shipped import COMMISSIONING_MODELS, COUNTIES

LIKE = "norfolk"
YEARS = 3
"""How long the run of a new county is (assumption)."""
RATE = "framework_rate_gbp_per_hour"
SCALED = ("brokerage.brokers", "bridging.hours_per_week")
KINDS = ("urban", "fringe", "rural", "isolated")


@dataclass(frozen=True)
class Estimate:
    """Something that no file says, and what is taken in its place."""

    what: str
    taken: str
    file: str


@cache
def like() -> Scenario:
    """The county from which estimates are taken."""
    return load_scenario(LIKE)


@cache
def usual_values() -> dict[str, Value]:
    """Every parameter of that county, as an assumption for another."""
    draft = read_draft(LIKE)
    found = {}
    for section, model in SECTIONS.items():
        for key in model.model_fields:
            path = f"{section}.{key}"
            told: Mapping[str, Any] = draft.sources.get(path, {})
            source = f"not in the files; as Norfolk: {told.get('source', 'chosen there')}"
            value = draft.values[section][key]
            ends = told.get("low"), told.get("high")
            found[path] = Value(path, value, source, "assumption", *ends)
    return found


def like_hours() -> float:
    """Council hours a week of that county."""
    return fsum(area.hours_per_four_weeks for area in like().areas) / 4


def private_ratio() -> float:
    """Private hours for each council hour there."""
    teams = like().branches
    private = fsum(team.private_hours_per_week for team in teams)
    return private / fsum(team.council_hours_per_week for team in teams)


def private_hours_each() -> float:
    """Private hours a week of a person who pays there."""
    teams = like().branches
    private = fsum(team.private_hours_per_week for team in teams)
    return private / fsum(team.private_people for team in teams)


def land_of(told: Mapping[str, float], hours: float) -> dict[str, float]:
    """An area's land: as told, else the usual density and the usual mix of homes."""
    areas = like().areas
    whole = fsum(area.hours_per_four_weeks for area in areas)
    density = like_hours() / fsum(area.area_km2 for area in areas)
    mix = {
        f"{kind}_share": fsum(
            getattr(area, f"{kind}_share") * area.hours_per_four_weeks for area in areas
        )
        / whole
        for kind in KINDS
    }
    mix = {name: round(share, 2) for name, share in mix.items()}
    mix["urban_share"] = round(1 - fsum(mix[f"{kind}_share"] for kind in KINDS[1:]), 2)
    if any(name in told for name in mix):
        mix = {name: told.get(name, 0.0) for name in mix}
    return {"area_km2": told.get("area_km2", max(1.0, round(hours / density))), **mix}


def settings(
    known: Sequence[Value], first_day: date, hours: float, origin: Origin
) -> dict[str, Value]:
    """Every parameter of a new county: those that are known, and the usual ones."""
    values = dict(usual_values())
    leap = (first_day.month, first_day.day) == (2, 29)
    last = first_day.replace(year=first_day.year + YEARS, day=28 if leap else first_day.day)
    for key, day, why in (
        ("start", first_day, "the day of the extract, or the one asked for"),
        ("end", last - timedelta(days=1), f"{YEARS} years"),
    ):
        values[f"calendar.{key}"] = Value(f"calendar.{key}", day, origin.says(why), "assumption")
    ratio = hours / like_hours()
    for path in SCALED:
        usual = values[path]
        value = usual.value * ratio
        scaled = max(1, ceil(value)) if isinstance(usual.value, int) else round(value, 1)
        source = f"not in the files; Norfolk's {usual.value:g}, scaled by hours of care"
        values[path] = Value(path, scaled, source, "assumption")
    source = "hours of the extract are carer hours, once a visit by two carers is counted twice"
    values["packages.hours_basis"] = Value(
        "packages.hours_basis", "carer_hours", origin.says(source), "derived"
    )
    return values | {value.path: value for value in known}


def wages_table(rate: float | None, first_day: date, origin: Origin) -> pd.DataFrame:
    """wages.csv: the council's rate by year, from the extract's costs if it has any.

    National wages are blank: the model fills in those of the day.
    """
    table = pd.read_csv(COUNTIES / LIKE / "wages.csv")[["starts", RATE, "source"]]
    if rate is None:
        table["source"] = "as Norfolk: " + table["source"]
        return table
    holds = table[table["starts"] <= first_day.isoformat()]
    usual = float((holds if len(holds) else table).iloc[-1][RATE])
    table[RATE] = (table[RATE] * rate / usual).round(2)
    words = f"median cost of a carer hour {rate:.2f}; in other years it changes as Norfolk's does"
    table["source"] = origin.says(words)
    return table


def overrides_text(by_volumes: float, fitted: float, origin: Origin) -> str:
    """overrides.toml: the other reading of how long people stay."""
    why = "people in care divided by those who begin a week, assuming a steady market"
    return (
        "# Named overrides: apply one with  caremarket run COUNTY --override NAME\n\n"
        "[stays_by_volumes]\n"
        f'meaning = "a mean stay of {by_volumes:,.0f} days, as starts and people in care imply, '
        f'not {fitted:,.0f}"\n'
        f"source = {written(origin.says(why))}\n"
        'sure = "estimate"\n\n'
        "[stays_by_volumes.set]\n"
        f'"care.mean_stay_days" = {by_volumes:.1f}\n'
    )


def copy_model(folder: Path, name: str | None) -> str:
    """Put a commissioning model into a county's folder, but for its contracts; its name there."""
    if name is None:
        taken, mine, called, whose = MODELS["framework"]
        text = (COMMISSIONING_MODELS / taken / "model.toml").read_text(encoding="utf-8")
        text = as_of(of_any_county(named_model(text, mine, called)), whose)
    else:
        mine, text = name, (COMMISSIONING_MODELS / name / "model.toml").read_text(encoding="utf-8")
    (folder / mine).mkdir()
    put(folder / mine / "model.toml", text)
    return mine


def put(path: Path, text: str) -> None:
    """Text in UTF-8, with the same bytes on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")


def unknown(land_told: bool, rate_told: bool, workforce_told: bool) -> Iterator[Estimate]:
    """What the files do not say, and what is taken in its place."""
    yield Estimate(
        "private work of each team",
        f"{private_ratio():.2f} private hours for each council hour, as Norfolk",
        "branches.csv",
    )
    yield Estimate("posts of each team", "enough for the team's work", "branches.csv")
    if not land_told:
        yield Estimate(
            "size and settlement mix of each area",
            "hours of care on a km2 and mix of homes as in Norfolk as a whole",
            "areas.csv",
        )
    if not rate_told:
        yield Estimate("what the council pays an hour", "as Norfolk", "wages.csv")
    yield Estimate("wages", "national figures, by year", "wages.csv")
    if not workforce_told:
        yield Estimate("turnover and vacancies of carers", "as Norfolk", "county.toml")
    yield Estimate("the in-house team and brokers", "Norfolk's, by hours of care", "county.toml")
    yield Estimate(
        "the council's way of buying",
        "an open framework, or the model that was named; contracts by size of team",
        "county.toml",
    )
