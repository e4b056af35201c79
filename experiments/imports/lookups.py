"""Small tables beside an extract: places, known hours, and figures of the workforce."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.imports.cells import number_in, plain
from experiments.imports.directory import rules_of
from experiments.imports.files import headings, numbered, read_table
from experiments.imports.mapping import Tables
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place, nearest, shown

OF_PLACE = ("postcode_district", "postcode", "district", "lsoa", "lsoa_code", "place")
OF_LAND = ("area_km2", "urban_share", "fringe_share", "rural_share", "isolated_share")
"""Columns of the table of places that may say more of an area, the same in each of its rows."""
FIGURES = {
    "turnover rate": ("workforce.turnover_per_year", "cited"),
    "vacancy rate": ("workforce.usual_vacancy_share", "estimate"),
}
"""Figures of Skills for Care's local summaries, and what they are in the model: what providers
reckon with is taken to be the vacancies that there are."""
OUTWARD = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?[0-9][A-Z]{2}")
PERCENT = re.compile(r"([0-9.]+) ?%")


@dataclass(frozen=True)
class Places:
    """Areas by name in the order of the table, the area of each place, and what is known of land.

    ``land``: by area's name, its columns of ``OF_LAND`` that are told.
    """

    file: str
    areas: tuple[str, ...]
    of_place: dict[str, int]
    land: dict[str, dict[str, float]]

    def numbers(self, places: Sequence[str], *, postcodes: bool) -> np.ndarray:
        """The number of each place's area; -1 for those that the table does not know."""
        return np.array([self._number(place, postcodes=postcodes) for place in places], dtype=int)

    def _number(self, place: str, *, postcodes: bool) -> int:
        place = place.replace(" ", "")
        found = self.of_place.get(place)
        if found is None and postcodes and (whole := OUTWARD.fullmatch(place)):
            found = self.of_place.get(whole[1])
        return -1 if found is None else found


@dataclass(frozen=True)
class WorkforceFigure:
    """A figure of the local workforce, with where it comes from."""

    path: str
    value: float
    source: str
    sure: str


def read_places(path: Path, tables: Tables) -> Places:
    """The area of each postcode district, postcode or LSOA. Raises ScenarioError."""
    frame = read_table(path, rules_of(tables))
    by = next((name for name in headings(frame) if name.lower() in OF_PLACE), None)
    if by is None or "area" not in frame:
        wrong = f"it has no column {'area' if by else ' or '.join(OF_PLACE[:4])}"
        cure = "Give it a row for each place: postcode_district,area"
        raise ScenarioError([Fault(Place(path.name, 1), wrong, cure)])
    keys, names = frame[by].str.replace(" ", "").str.upper(), frame["area"].str.strip()
    faults = [
        Fault(Place(path.name, row, "area"), f"{shown(key)} has no area", "Give it an area")
        for row, key in numbered(keys[(keys != "") & (names == "")])
    ]
    twice = pd.DataFrame({"key": keys, "name": names}).drop_duplicates()
    twice = twice[twice["key"].duplicated() & (twice["key"] != "")]
    faults += [
        Fault(Place(path.name, row, by), f"{shown(key)} is in two areas", "Keep one")
        for row, key in numbered(twice["key"])
    ]
    land, wrong_land = _land(path.name, frame, names)
    if faults + wrong_land:
        raise ScenarioError(faults + wrong_land)
    areas = tuple(dict.fromkeys(names[names != ""]))
    numbers = {name: number for number, name in enumerate(areas)}
    of_place = {key: numbers[name] for key, name in zip(keys, names, strict=True) if key}
    return Places(path.name, areas, of_place, land)


def _land(
    file: str, frame: pd.DataFrame, names: pd.Series
) -> tuple[dict[str, dict[str, float]], list[Fault]]:
    """What the table says of each area's land, from the first row that says it."""
    land: dict[str, dict[str, float]] = {name: {} for name in names if name}
    faults = []
    for column in OF_LAND:
        for row, text in numbered(frame[column]) if column in frame else ():
            if not text.strip():
                continue
            number = number_in(text.strip(), "point")
            if np.isnan(number):
                place = Place(file, row, column)
                faults.append(Fault(place, f"{shown(text)} is not a number", "Give it a number"))
            elif name := names.iloc[row - 2]:  # a place without an area is a fault of its own
                land[name].setdefault(column, number)
    for name, told in land.items():
        mix = [told.get(column, 0.0) for column in OF_LAND[1:]]
        if any(mix) and abs(fsum(mix) - 1) > 1e-6:
            wrong = f"the shares of homes of {shown(name)} add up to {fsum(mix):g}"
            faults.append(Fault(Place(file), wrong, "Let them add up to 1"))
    return land, faults


def read_hours(path: Path, tables: Tables) -> dict[str, float]:
    """Known hours a week by area's name. Raises ScenarioError with every fault."""
    frame = read_table(path, rules_of(tables))
    if not {"area", "hours_per_week"} <= set(frame):
        wrong, cure = "it has no columns area and hours_per_week", "Give it: area,hours_per_week"
        raise ScenarioError([Fault(Place(path.name, 1), wrong, cure)])
    numbers = {text: number_in(text.strip(), "point") for text in frame["hours_per_week"].unique()}
    faults = [
        Fault(
            Place(path.name, row, "hours_per_week"), f"{shown(text)} is not a number", "Correct it"
        )
        for row, text in numbered(frame["hours_per_week"])
        if np.isnan(numbers[text])
    ]
    faults += [
        Fault(Place(path.name, row, "hours_per_week"), f"{shown(text)} is below 0", "Correct it")
        for row, text in numbered(frame["hours_per_week"])
        if numbers[text] < 0
    ]
    if faults:
        raise ScenarioError(faults)
    told = zip(frame["area"].str.strip(), frame["hours_per_week"], strict=True)
    return {area: numbers[text] for area, text in told}


def read_workforce(path: Path, tables: Tables) -> list[WorkforceFigure]:
    """Skills for Care's figures: figure, value, source. Raises ScenarioError with every fault."""
    frame = read_table(path, rules_of(tables))
    if not {"figure", "value", "source"} <= set(frame):
        wrong, cure = "it has no columns figure, value and source", "Give it: figure,value,source"
        raise ScenarioError([Fault(Place(path.name, 1), wrong, cure)])
    found, faults = [], []
    for at, row in enumerate(frame.itertuples(), start=2):
        figure, text = str(row.figure), str(row.value).strip()
        name = plain(figure)
        if name not in FIGURES:
            cure = nearest(name, list(FIGURES))
            faults.append(
                Fault(Place(path.name, at, "figure"), f"{shown(figure)} is not known", cure)
            )
        elif (share := _share(text)) is None:
            wrong = f"{shown(text)} is not a share"
            faults.append(Fault(Place(path.name, at, "value"), wrong, "Write 24.6% or 0.246"))
        else:
            source = str(row.source).strip() or path.name
            found.append(WorkforceFigure(FIGURES[name][0], share, source, FIGURES[name][1]))
    if faults:
        raise ScenarioError(faults)
    return found


def _share(text: str) -> float | None:
    """A share from a percentage with its sign, or from a number up to 2."""
    if percent := PERCENT.fullmatch(text):
        number = number_in(percent[1], "point") / 100
    else:
        number = number_in(text, "point")
    return number if number <= 2 else None
