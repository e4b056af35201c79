"""Names that stand twice, or that nothing bears: a fault for each row, with the nearest name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sim.scenario.draft import Draft, Path_
from sim.scenario.faults import Fault, nearest, shown

MOST_NAMES = 50
"""So many unknown names are compared with the known ones; thousands would take too long."""


def doubled_names(
    draft: Draft, prefix: Path_, codes: Sequence[str | None], noun: str, remedy: str, *column: str
) -> Iterator[Fault]:
    """A fault for each row that bears a name of another row."""
    times = Counter(code for code in codes if code is not None)
    for index, code in enumerate(codes):
        if code is not None and times[code] > 1:
            wrong = f"{noun} {shown(code)} is given {times[code]} times"
            yield draft.fault((*prefix, index, *column), wrong, remedy.format(shown(code)))


def unknown_names(draft: Draft, prefix: Path_, key: str, codes: Sequence[str]) -> Iterator[Fault]:
    """Rows of a table that name an area, provider or tier which there is not."""
    known = set(codes)
    remedies: dict[str, str] = {}
    for index, row in enumerate(draft.rows(*map(str, prefix))):
        if (value := row.get(key)) is not None and str(value) not in known:
            name = str(value)
            if name not in remedies:  # comparing names takes long: not for thousands of them
                remedies[name] = nearest(name if len(remedies) < MOST_NAMES else "", list(codes))
            wrong = f"{key} {shown(value)} is not known"
            yield draft.fault((*prefix, index, key), wrong, remedies[name])


def unknown_areas(
    draft: Draft, path: Path_, row: dict[str, Any], known: list[str], words: str
) -> Iterator[Fault]:
    """Codes of a list of areas that no area bears."""
    for code in str(row.get("areas") or "").split():
        if known and code not in known:
            wrong = words.format(shown(code))
            yield draft.fault((*path, "areas"), wrong, nearest(code, known))
