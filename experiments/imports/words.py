"""What an import says on the screen: what was read, found, assumed, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

from experiments.imports.folder import PRIVATE
from experiments.imports.importing import Imported
from experiments.imports.packages import AGAIN, USED
from experiments.imports.quality import Known, seen_before
from experiments.imports.quality_page import PAGE
from experiments.imports.values import MOST_EXTRAPOLATED
from experiments.statistics.small_counts import count_shown
from sim.scenario.amounts import counted

WIDTH = 100
MISSING_SHARE = 0.05
"""Of people in care, the share missing from which it is told (assumption)."""
AGAIN_SHARE = 0.1
"""Of packages, the share left out as said before from which it is told (assumption)."""
APART = 1.25
"""A mean stay by volumes so far from the fitted one is told (assumption)."""


def told(folder: Path, found: Imported) -> list[str]:
    """The screen."""
    parts = [*_read(folder, found), *_fitted(found), *_assumed(found), *_doubts(found)]
    lines = [
        line
        for part in parts
        for line in wrap(part, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    ]
    return [*lines, *_next(folder)]


def _read(folder: Path, found: Imported) -> Iterator[str]:
    known = found.known
    reasons = known.packages.rows["reason"].value_counts()
    left_out = "; ".join(
        f"{reason} {count_shown(int(number), known.least_rows)}"
        for reason, number in reasons.items()
        if reason != USED
    )
    used = int(reasons.get(USED, 0))
    out = count_shown(known.extract.read - used, known.least_rows)
    yield f"Made {folder}: {found.origin}."
    told = count_shown(used, known.least_rows)
    yield f"{told} rows are used and {out} are left out: {left_out or 'none'}."
    people = known.market.people
    who = f"{len(people):,} people with {people['carer_hours'].sum():,.0f} carer hours a week"
    if known.few_in_care:
        who = f"fewer than {known.least_shown} people"
    yield (
        f"In care on the day: {who}, in {counted(len(known.market.areas), 'area', 'areas')}, from "
        f"{counted(len(known.codes), 'provider', 'providers')}."
    )


def _fitted(found: Imported) -> Iterator[str]:
    told = [
        f"{one.path} {one.value:g}" if isinstance(one.value, float) else f"{one.path} {one.value}"
        for one in found.known.values
    ]
    yield f"From the files: {'; '.join(told)}."


def _assumed(found: Imported) -> Iterator[str]:
    told = [f"{one.what} ({one.taken})" for one in found.known.estimates]
    yield f"Not in the files, so assumed: {'; '.join(told)}."


def _doubts_of_stays(known: Known) -> Iterator[str]:
    stays = known.stays
    if stays is None:
        yield (
            "Please check: there are too few stays, or they fit no distribution, so their "
            "length is assumed to be Norfolk's."
        )
    elif not 1 / APART <= known.stay_by_volumes / stays.mean_days <= APART and known.starts.number:
        yield (
            f"Please check: the fitted mean stay is {stays.mean_days:,.0f} days "
            f"({stays.low_days:,.0f} to {stays.high_days:,.0f}), but people in care divided by "
            f"those who begin gives {known.stay_by_volumes:,.0f} days. Try --override "
            "stays_by_volumes too."
        )
    if stays is not None and stays.extrapolated > MOST_EXTRAPOLATED:
        yield (
            f"Please check: {100 * stays.extrapolated:.0f}% of the fitted mean stay lies beyond "
            f"the {stays.longest_days:,.0f} days of the longest one seen."
        )


def _doubts(found: Imported) -> Iterator[str]:
    known = found.known
    yield from _doubts_of_stays(known)
    if known.missing > MISSING_SHARE * len(known.market.people):
        yield (
            "Please check: nobody in the extract was in care before the day from which it is "
            f"complete. About {known.missing:,.0f} people who came earlier may be missing, with "
            "their hours."
        )
    left_out = int((known.packages.rows["reason"] == AGAIN).sum())
    if left_out > AGAIN_SHARE * (left_out + len(known.packages.used)):
        yield (
            f"Please check: {count_shown(left_out, known.least_rows)} rows are left out, "
            "because they repeat another row about the same person. If they are separate "
            "visits or packages, give columns.package in the mapping: rows with different "
            "references all count."
        )
    if again := int(seen_before(known.packages.used["package"]).sum()):
        yield (
            f"Please check: {counted(again, 'row has', 'rows have')} the reference of an "
            "earlier package, and all of them are counted. If they are later versions of it, "
            "give only the latest."
        )
    if known.has_directory:
        unknown = [
            c for number, c in known.codes.items() if not known.providers["known"].iloc[number]
        ]
        if unknown:
            yield (
                "Please check: these providers are not in the directory, so they have no "
                f"rating: {', '.join(unknown)}."
            )


def _next(folder: Path) -> list[str]:
    shown = f'"{folder}"' if " " in str(folder) else str(folder)
    return [
        f"Every row is accounted for in {folder / PAGE}.",
        f"Names of providers are only in {folder / PRIVATE}.",
        "Next:",
        f"  caremarket check {shown}",
        f"  caremarket run {shown} --fail largest --on DATE",
    ]
