"""How good the data are: every row accounted for, and what looks wrong, without small cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np
import pandas as pd

from experiments.imports.arrivals import Starts
from experiments.imports.base import Estimate
from experiments.imports.episodes import Episodes
from experiments.imports.extract import Extract
from experiments.imports.lookups import OUTWARD
from experiments.imports.packages import REASONS, USED, Packages
from experiments.imports.stays import Stays, Times, still_in_care
from experiments.imports.tables import Market
from experiments.imports.values import Value, gov_date
from experiments.statistics.small_counts import NOT_SHOWN, count_shown, counts_shown, hidden

SHOWN_PLACES = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?|[EWSN][0-9]{8}")
"""A postcode district, or a code of the statistics office."""
NEARLY_DAYS = 60
"""Packages that begin so shortly before the first one ends are no sign of earlier ones."""
CHECKED_DAYS = (42, 182, 365)
"""After how many days the fitted law of stays is held against what was observed."""


@dataclass(frozen=True)
class Line:
    """A figure of the page: its section, what it is, how many, and a note."""

    section: str
    what: str
    number: str
    unit: str
    note: str = ""


@dataclass(frozen=True)
class Known:
    """All that the page tells of."""

    extract: Extract
    packages: Packages
    episodes: Episodes
    market: Market
    providers: pd.DataFrame
    codes: Mapping[int, str]
    area_names: Sequence[str]
    least_shown: int
    join_gap_days: int
    times: Times
    stays: Stays | None
    starts: Starts
    values: Sequence[Value]
    has_directory: bool
    hours_known: Mapping[str, float]
    estimates: Sequence[Estimate] = ()

    @property
    def least_rows(self) -> int:
        """The smallest count of rows that is shown: any, unless all rows are of a few people."""
        return self.least_shown if self.episodes.people < self.least_shown else 0

    @property
    def few_in_care(self) -> bool:
        """Whether so few are in care on the day that neither their number nor hours are shown."""
        return self.market.people["person"].nunique() < self.least_shown

    @property
    def stay_by_volumes(self) -> float:
        """The mean stay that the people in care and those who start come to, in days."""
        return 7 * float(self.episodes.rows["open"].sum()) / max(self.starts.a_week, 1e-9)

    @property
    def missing(self) -> float:
        """People who, by starts and stays, have been in care since before the first start told.

        Nought where somebody from before is in the extract, or the law of stays is not known.
        """
        seen = self.times.seen_from
        if self.stays is None or self.times.only_open or bool((seen > NEARLY_DAYS).any()):
            return 0.0
        return self.starts.a_week / 7 * self.stays.days_after(self.starts.days)


def lines_of(known: Known) -> list[Line]:
    """Every figure of the page, in its order."""
    parts = (
        rows_read,
        people,
        on_the_day,
        by_area,
        by_provider,
        unknown_places,
        volume,
        stays_held,
    )
    found = [line for part in parts for line in part(known)]
    found += [
        Line("Fitted values", one.path, _shown(one.value), one.sure, _interval(one) + one.source)
        for one in known.values
    ]
    found += [
        Line("What the files do not say", one.what, "assumed", one.file, one.taken)
        for one in known.estimates
    ]
    return found


def rows_read(known: Known) -> Iterator[Line]:
    """Rows read, used and left out: the reasons add up to the rows read."""
    section = "Rows"
    reasons = known.packages.rows["reason"].value_counts()
    least = known.least_rows
    read, used = known.extract.read, int(reasons.get(USED, 0))
    yield Line(section, "rows read", count_shown(read, least), "rows", "below the heading")
    yield Line(section, "used", count_shown(used, least), "rows", "packages of home care")
    for reason in REASONS:
        if number := int(reasons.get(reason, 0)):
            told = count_shown(number, least)
            yield Line(section, f"left out: {reason}", told, "rows", _why(known, reason))
    rows = known.packages.used
    odd = {
        "carers a visit are blank: taken for one": rows["carers"].isna(),
        "carers a visit are neither 1 nor 2: the nearer of the two is taken": ~rows["carers"].isin(
            [1, 2]
        )
        & rows["carers"].notna(),
        "the end lies after the day of the extract: it is a plan, and the person is still in "
        "care": rows["open"] & rows["end"].notna(),
        "ends on the day it starts": rows["end"] == rows["start"],
        "without an end, of a person who died: the package ends on that day": rows["by_death"],
        "the reference of the package is in an earlier row too": seen_before(rows["package"]),
    }
    for what, holds in odd.items():
        if what.startswith("carers a visit are blank") and holds.all():
            continue  # the extract has no such column
        yield Line(section, f"used, but {what}", count_shown(int(holds.sum()), least), "rows")


def seen_before(numbers: pd.Series) -> pd.Series:
    """Whether a reference has come before; blanks have not."""
    return numbers.duplicated() & (numbers >= 0)


def _why(known: Known, reason: str) -> str:
    """More of a reason: which headings, or which kinds of cells."""
    rows = known.packages.rows
    rows = rows[rows["reason"] == reason]
    column = {
        "not a row of this kind": "other",
        "a date or number that cannot be read": "unreadable",
    }
    if reason not in column:
        return ""
    counts = rows[column[reason]].value_counts()
    return "; ".join(
        f"{name}: {count_shown(int(number), known.least_rows)}" for name, number in counts.items()
    )


def people(known: Known) -> Iterator[Line]:
    """People, their times in care, and what came of joining."""
    section, episodes = "People", known.episodes
    packages = known.packages.timed["person"].value_counts()
    rule = f"within {known.join_gap_days} days, as the mapping says"
    for what, number, unit, note in (
        ("people", episodes.people, "people", ""),
        ("times in care", len(episodes.rows), "times", "packages that overlap or follow are one"),
        ("people with several packages", int((packages > 1).sum()), "people", ""),
        ("packages that overlap an earlier one", episodes.overlapping, "packages", ""),
        ("packages joined over a gap", episodes.joined, "packages", rule),
        ("people who came back after a longer gap", episodes.returned, "people", ""),
    ):
        yield Line(section, what, count_shown(number, known.least_shown), unit, note)
    gaps = episodes.gap_counts()
    for length, told in zip(gaps, counts_shown([*gaps.values()], known.least_shown), strict=True):
        yield Line(section, f"gaps of {length}", told, "gaps")


def on_the_day(known: Known) -> Iterator[Line]:
    """Who is in care on the day of the extract."""
    section = f"In care on {gov_date(known.packages.extracted_on)}"
    rows = known.packages.used
    rows = rows[rows["open"]]
    several = int((known.market.people["person"].value_counts() > 1).sum())
    least = known.least_shown
    yield Line(section, "packages", count_shown(len(rows), least), "packages")
    yield Line(section, "people", count_shown(rows["person"].nunique(), least), "people")
    note = "each of their teams counts as a person in the model"
    yield Line(section, "people with several teams", count_shown(several, least), "people", note)
    direct = int(known.market.people["direct"].sum())
    yield Line(section, "direct payments", count_shown(direct, least), "packages")
    hours = float(known.market.people["carer_hours"].sum())
    total = NOT_SHOWN if known.few_in_care else f"{hours:,.1f}"
    yield Line(section, "carer hours", total, "hours/week")


def by_area(known: Known) -> Iterator[Line]:
    """Hours of each area, beside those that are known."""
    section = "Hours by area"
    hours, people = known.market.hours("area"), known.market.people["area"].value_counts()
    everyone = [int(people.get(number, 0)) for number in range(len(known.area_names))]
    unseen, least = hidden(everyone, known.least_shown), known.least_shown
    counts = counts_shown(everyone, least)
    for number, name in enumerate(known.area_names):
        if number not in hours.index:
            yield Line(section, name, "0", "hours/week", "nobody in care: left out of the county")
            continue
        shown = number not in unseen
        told = f"{hours[number]:,.1f}" if shown else NOT_SHOWN
        note = _beside(float(hours[number]), known.hours_known.get(name)) if shown else ""
        count = f"people {NOT_SHOWN}" if counts[number] == NOT_SHOWN else f"{counts[number]} people"
        yield Line(section, name, told, "hours/week", "; ".join(filter(None, [count, note])))
    if known.hours_known and not known.few_in_care:
        note = _beside(float(hours.sum()), fsum(known.hours_known.values()))
        yield Line(section, "all areas", f"{hours.sum():,.1f}", "hours/week", note)
    for name in known.hours_known.keys() - set(known.area_names):
        yield Line(section, name, "not known", "hours/week", "in the table of known hours only")


def _beside(hours: float, known: float | None) -> str:
    if not known:
        return ""
    return f"known {known:,.1f}: the extract has {100 * hours / known:.0f}% of it"


def by_provider(known: Known) -> Iterator[Line]:
    """Providers by code: people in care, rating, and whether the directory knows them."""
    section = "Providers"
    people = known.market.people["provider"].value_counts()
    past = set(known.packages.timed["provider"]) - set(known.codes) - {-1}
    yield Line(section, "providers with care on the day", f"{len(known.codes):,}", "providers")
    note = "left out of the county"
    if past:
        yield Line(section, "only providers of the past", f"{len(past):,}", "providers", note)
    unknown = [number for number in known.codes if not known.providers["known"].iloc[number]]
    if known.has_directory:
        codes = ", ".join(known.codes[number] for number in unknown)
        note = f"not rated in the county: {codes}" if unknown else ""
        yield Line(section, "not in the directory", f"{len(unknown):,}", "providers", note)
    else:
        yield Line(section, "no directory was given", f"{len(unknown):,}", "providers", "not rated")
    counts = counts_shown([int(people[number]) for number in known.codes], known.least_shown)
    for (number, code), count in zip(known.codes.items(), counts, strict=True):
        rating = known.providers["rating"].iloc[number].replace("_", " ")
        yield Line(section, code, count, "people", rating)


def unknown_places(known: Known) -> Iterator[Line]:
    """Places that the table of places does not know, by the first half of a postcode."""
    rows = known.packages.rows
    rows = rows[rows["reason"] == "a place that is not in the table of places"]
    places = pd.Series(known.extract.places, dtype=object)[rows["place"]].map(_outward)
    numbers = places.value_counts()
    counts = counts_shown([int(number) for number in numbers], known.least_shown)
    for place, count in zip(numbers.index, counts, strict=True):
        yield Line("Places that are not in the table of places", str(place), count, "rows")


def _outward(place: str) -> str:
    """The first half of a postcode, or an LSOA; another text may be an address and is not shown."""
    whole = OUTWARD.fullmatch(place)
    if whole:
        return whole[1]
    return place if SHOWN_PLACES.fullmatch(place) else "a text that is not a postcode district"


def volume(known: Known) -> Iterator[Line]:
    """Whether those who start and how long they stay come to those who are in care."""
    section, starts, stays = "Volumes that should agree", known.starts, known.stays
    if not starts.number:
        return
    there = int(known.episodes.rows["open"].sum())
    least = known.least_shown
    few = round(starts.a_week * min(starts.days, 364) / 7) < least
    note = f"{count_shown(starts.number, least)} in {starts.days:,} days"
    a_week = NOT_SHOWN if few else f"{starts.a_week:.2f}"
    yield Line(section, "times in care begun, last year", a_week, "a week", note)
    yield Line(section, "people in care on the day", count_shown(there, least), "people")
    if stays is None or few or there < least:  # what follows would say how many
        return
    implied = starts.a_week / 7 * stays.mean_days
    note = f"{starts.a_week:.2f} a week, for {stays.mean_days:,.0f} days"
    yield Line(section, "people in care by starts and stays", f"{implied:,.0f}", "people", note)
    if known.missing >= 1:
        note = (
            "no package began before the day from which the extract is complete: people who "
            "came earlier are missing"
        )
        yield Line(
            section, "of these, in care since before", f"{known.missing:,.0f}", "people", note
        )
    per_person = f"{known.stay_by_volumes:,.0f}"
    yield Line(
        section, "mean stay by volumes", per_person, "days", "people in care divided by starts"
    )


def stays_held(known: Known) -> Iterator[Line]:
    """The fitted law of stays beside what was observed."""
    if known.stays is None or known.times.only_open:
        return
    longest = float(np.max(known.times.until))
    for days in CHECKED_DAYS:
        if days <= longest:
            observed = still_in_care(known.times, days)
            yield Line(
                "Stays",
                f"still in care after {days} days, by the fitted law",
                f"{100 * known.stays.still(days):.0f}%",
                "of people",
                f"observed (Kaplan and Meier): {100 * observed:.0f}%",
            )
    share, seen = 100 * known.stays.extrapolated, known.stays.longest_days
    what, note = (
        "part of the mean stay that is extrapolated",
        f"beyond {seen:,.0f} days, the longest seen",
    )
    yield Line("Stays", what, f"{share:.0f}%", "of the mean", note)


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _interval(value: Value) -> str:
    if value.low is None or value.high is None:
        return ""
    return f"{value.low:g} to {value.high:g}; "
