"""What a table of published figures must satisfy: one function per fault."""

from __future__ import annotations

from collections.abc import Iterator

from sim.scenario.draft import Draft, number_in
from sim.scenario.faults import Fault, nearest, shown
from sim.scenario.periods import NAMED, dates_of

COUNTY = "county"
FROM_MEMORY = "memory"


def parts_of_scope(scope: str) -> list[str]:
    """The names that a scope lists, the whole county as none."""
    names = [name.strip() for name in scope.split(";")]
    return [] if names == [COUNTY] else names


def target_ranges(draft: Draft) -> Iterator[Fault]:
    """A tolerance holds the figure it belongs to."""
    for index, row in enumerate(draft.rows("targets")):
        low, published, high = (number_in(row.get(key)) for key in ("low", "published", "high"))
        if low is None or published is None or high is None:
            continue
        if not low <= published <= high:
            wrong = f"{published:g} lies outside its tolerance {low:g} to {high:g}"
            yield draft.fault(("targets", index), wrong, "Correct the figure or the tolerance")
        elif low == high:
            wrong = f"a tolerance from {low:g} to {high:g} has no width"
            yield draft.fault(("targets", index), wrong, "Set low below high")


def target_notes(draft: Draft) -> Iterator[Fault]:
    """Who only watches a figure says why."""
    for index, row in enumerate(draft.rows("targets")):
        if row.get("role") == "watch" and not row.get("note"):
            remedy = "Say why it may fail, or make it must_hold"
            yield draft.fault(("targets", index, "note"), "a watched figure has no note", remedy)


def target_memories(draft: Draft) -> Iterator[Fault]:
    """Nobody has to hold a figure that somebody only remembers."""
    for index, row in enumerate(draft.rows("targets")):
        if row.get("sure") == FROM_MEMORY and row.get("role") == "must_hold":
            wrong = "a figure from memory may not be must_hold"
            remedy = 'Watch it (role "watch", with a note), or find its source'
            yield draft.fault(("targets", index, "role"), wrong, remedy)


def target_periods(draft: Draft) -> Iterator[Fault]:
    """A period can be read."""
    for index, row in enumerate(draft.rows("targets")):
        period = row.get("period")
        if period is None:
            continue
        try:
            dates_of(str(period))
        except ValueError:
            remedy = f"Allowed: {', '.join(NAMED)}, YYYY, YYYY-MM-DD or YYYY-MM-DD/YYYY-MM-DD"
            wrong = f"{shown(period)} is not a period"
            yield draft.fault(("targets", index, "period"), wrong, remedy)


def target_scopes(draft: Draft) -> Iterator[Fault]:
    """A scope names areas, localities and tiers that exist (another model's tiers may not)."""
    areas, tiers = draft.rows("areas"), draft.rows("commissioning", "tiers")
    if not (draft.own_model and areas and tiers):
        return
    known = [str(row.get("code")) for row in areas]
    known += sorted({str(row.get("locality")) for row in areas})
    known += [str(row.get("code")) for row in tiers]
    for index, row in enumerate(draft.rows("targets")):
        for name in parts_of_scope(str(row.get("scope") or COUNTY)):
            if name not in known:
                wrong = f"there is no area, locality or tier {shown(name)}"
                yield draft.fault(("targets", index, "scope"), wrong, nearest(name, known))
