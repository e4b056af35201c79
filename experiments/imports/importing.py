"""One import: every file read, packages joined, and a county's parameters fitted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

import pandas as pd

from experiments.imports import values
from experiments.imports.arrivals import starts_of
from experiments.imports.base import land_of, settings, unknown
from experiments.imports.directory import Directory, read_directory, registered
from experiments.imports.episodes import episodes_of
from experiments.imports.extract import Extract, read_extract
from experiments.imports.lookups import (
    OF_LAND,
    Places,
    WorkforceFigure,
    read_hours,
    read_places,
    read_workforce,
)
from experiments.imports.mapping import Mapping as MappingFile
from experiments.imports.packages import Packages, packages_of
from experiments.imports.quality import Known
from experiments.imports.stays import fitted_stays, times_of
from experiments.imports.tables import market_of, provider_codes
from experiments.imports.values import Origin, Value
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

WHOLE = "Whole county"
"""The one area of a county whose extract tells no places."""
LEAST_COSTS = 10
"""Fewer costs say too little of what the council pays (assumption)."""
Table = TypeVar("Table")


@dataclass(frozen=True)
class Asked:
    """The files of an import, and what was asked of it."""

    extract: Path
    directory: Path | None = None
    places: Path | None = None
    hours_known: Path | None = None
    workforce: Path | None = None
    extracted_on: date | None = None
    complete_from: date | None = None
    first_day: date | None = None


@dataclass(frozen=True)
class Read:
    """The tables of an import."""

    extract: Extract
    directory: Directory | None
    places: Places | None
    hours_known: Mapping[str, float]
    workforce: Sequence[WorkforceFigure]
    extracted_on: date
    complete_from: date | None


@dataclass(frozen=True)
class Imported:
    """All that an import has found, before anything is written.

    ``land``: by area's name; ``rate``: what a carer hour costs the council, if costs are told.
    """

    known: Known
    origin: Origin
    settings: Mapping[str, Value]
    land: Mapping[str, Mapping[str, float]]
    rate: float | None

    @property
    def first_day(self) -> date:
        """The first day simulated."""
        day = self.settings["calendar.start"].value
        assert isinstance(day, date)
        return day


def read_all(asked: Asked, mapping: MappingFile) -> Read:
    """Read every file. Raises ScenarioError with the faults of all of them."""
    faults = list(_disagreements(asked, mapping))
    tables = mapping.tables

    def read(reader: Callable[[Path], Table], path: Path | None) -> Table | None:
        try:
            return None if path is None else reader(path)
        except ScenarioError as error:
            faults.extend(error.faults)
            return None

    extract = read(lambda path: read_extract(path, mapping), asked.extract)
    directory = read(lambda path: read_directory(path, tables), asked.directory)
    places = read(lambda path: read_places(path, tables), asked.places)
    hours = read(lambda path: read_hours(path, tables), asked.hours_known)
    workforce = read(lambda path: read_workforce(path, tables), asked.workforce)
    extracted_on = asked.extracted_on or mapping.file.extracted_on
    if faults or extract is None or extracted_on is None:
        raise ScenarioError(faults)
    since = asked.complete_from or mapping.file.complete_from
    return Read(extract, directory, places, hours or {}, workforce or [], extracted_on, since)


def _disagreements(asked: Asked, mapping: MappingFile) -> Iterator[Fault]:
    """What is missing of the files and the mapping together."""
    day = asked.extracted_on or mapping.file.extracted_on
    if day is None:
        cure = "Give it in the mapping under [file], or as --extracted-on YYYY-MM-DD"
        yield Fault(Place(asked.extract.name), "the day it was made is not given", cure)
    if mapping.columns.place and asked.places is None:
        cure = "Give --places FILE, or take columns.place out of the mapping for one area in all"
        yield Fault(Place("--places"), "the mapping names a column of places", cure)
    if asked.places is not None and not mapping.columns.place:
        cure = "Put the column under [columns] as place, or leave --places out"
        yield Fault(Place("--places"), "the mapping names no column of places", cure)
    since = asked.complete_from or mapping.file.complete_from
    if since is not None and day is not None and since > day:
        cure = "Correct complete_from in the mapping, or the day of the extract"
        yield Fault(Place(asked.extract.name), f"it is complete from {since}, after {day}", cure)
    if asked.first_day is not None and day is not None and asked.first_day < day:
        cure = f"Begin on {day} or later, or use an earlier extract"
        yield Fault(Place("--on"), f"{asked.first_day} lies before the day of the extract", cure)


def imported(asked: Asked, mapping: MappingFile) -> Imported:
    """Read everything and find out what it says. Raises ScenarioError with every fault."""
    read = read_all(asked, mapping)
    least = mapping.rules.smallest_count_shown
    origin = Origin(read.extract.file, read.extracted_on, read.extract.read, least)
    land = read.places.land if read.places else {WHOLE: {}}
    packages = _packages(read, mapping)
    rate = _rate(packages.used, read.extracted_on)
    land_told = all(set(OF_LAND) <= set(told) for told in land.values())
    known = replace(
        known_of(read, mapping, packages, origin),
        estimates=list(unknown(land_told, rate is not None, bool(read.workforce))),
    )
    by_area = known.market.hours("area")
    full_land = {
        name: land_of(land.get(name, {}), float(by_area.get(number, 0.0)))
        for number, name in enumerate(known.area_names)
    }
    first = asked.first_day or read.extracted_on
    told = settings(known.values, first, float(by_area.sum()), origin)
    return Imported(known, origin, told, full_land, rate)


def _packages(read: Read, mapping: MappingFile) -> Packages:
    """The packages of an extract. Raises ScenarioError if nobody is in care on its day."""
    areas = None
    if read.places is not None:
        postcodes = mapping.rules.place_is == "postcode"
        areas = read.places.numbers(read.extract.places, postcodes=postcodes)
    packages = packages_of(read.extract, areas, mapping.rules, read.extracted_on)
    if not packages.used["open"].any():
        wrong = f"nobody is in care on {read.extracted_on}: no package is open on that day"
        cure = "Look at extracted_on, date_order and [services] in the mapping"
        raise ScenarioError([Fault(Place(read.extract.file), wrong, cure)])
    ended = packages.timed.loc[~packages.timed["open"], "end"]
    if read.complete_from is None and len(ended):
        wrong = (
            "it holds packages that have ended, but nothing says from which day on it is complete"
        )
        cure = (
            f"Give complete_from in the mapping, or --complete-from: the first end in it is on "
            f"{ended.min().date()}"
        )
        raise ScenarioError([Fault(Place(read.extract.file), wrong, cure)])
    return packages


def known_of(read: Read, mapping: MappingFile, packages: Packages, origin: Origin) -> Known:
    """People, teams and fitted values of an extract; nothing yet of what is assumed."""
    complete_from, within = read.complete_from, mapping.rules.died_within_days
    episodes = episodes_of(packages, mapping.rules.join_gap_days)
    market = market_of(packages, episodes)
    times = times_of(episodes.rows, read.extracted_on, complete_from)
    stays = fitted_stays(times)
    starts = starts_of(episodes.rows, read.extracted_on, complete_from)
    return Known(
        extract=read.extract,
        packages=packages,
        episodes=episodes,
        market=market,
        providers=registered(read.extract.providers, read.directory),
        codes=provider_codes(market),
        area_names=read.places.areas if read.places else (WHOLE,),
        least_shown=mapping.rules.smallest_count_shown,
        join_gap_days=mapping.rules.join_gap_days,
        times=times,
        stays=stays,
        starts=starts,
        values=[
            *values.of_packages(market.people, origin),
            *values.of_route(episodes.rows, origin),
            *values.of_stays(stays, origin),
            *values.of_starts(starts, origin),
            *values.of_endings(episodes.rows, within, origin, told=bool(mapping.columns.died)),
            *values.of_direct_payments(market.people, origin),
            *values.of_workforce(read.workforce),
        ],
        has_directory=read.directory is not None,
        hours_known=read.hours_known,
    )


def _rate(packages: pd.DataFrame, extracted_on: date) -> float | None:
    """The median cost of a carer hour that the council buys; None if few are told.

    Of packages begun in the last year; a direct payment has a rate of its own, and is no price
    that a provider is paid.
    """
    year = pd.Timestamp(extracted_on) - pd.Timedelta(days=365)
    lately = packages[(packages["start"] >= year) & ~packages["direct"]]
    each = lately["rate"].where(~lately["two_carers"])  # an hour of two may cost twice as much
    each = each.fillna(lately["cost"] / lately["carer_hours"])
    each = each[each > 0]
    return None if len(each) < LEAST_COSTS else float(each.median())
