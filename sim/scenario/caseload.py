"""What may be told of a caseload: a hash, how many people there are, and their hours.

The rows tell of people who are there. They stay in the user's file and in memory: a scenario that
is written holds only what :func:`told_of` gives, and whoever reads it again reads the user's file
again, which must be as it was.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from sim.scenario.csv_tables import read_table
from sim.scenario.draft import Draft
from sim.scenario.faults import Fault, Place, ScenarioError
from sim.scenario.tables import CaseloadRow

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

ROWS = TypeAdapter(tuple[CaseloadRow, ...])
SHOWN = 8
"""Characters of a hash that a message shows."""


def content_of(row: CaseloadRow) -> str:
    """All that a row says, as text: it orders rows whatever their order in the file."""
    return row.model_dump_json()


def hash_of(rows: Sequence[CaseloadRow]) -> str:
    """A hash of a caseload; the order of its rows does not matter."""
    text = "\n".join(sorted(map(content_of, rows)))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def told_of(scenario: Scenario) -> dict[str, Any] | None:
    """What results tell of a scenario's caseload; nothing if none is given."""
    if not scenario.caseload:
        return None
    return {
        "file": scenario.caseload_file,
        "hash": hash_of(scenario.caseload),
        "people": len(scenario.caseload),
        "hours_per_week": round(fsum(row.hours_per_week for row in scenario.caseload), 2),
    }


def depends_on(scenario: Scenario) -> dict[str, str]:
    """The caseload as what work depends on: nothing where none is given."""
    return {"caseload": hash_of(scenario.caseload)} if scenario.caseload else {}


def people_by_area(scenario: Scenario) -> dict[str, int]:
    """How many people of a caseload live in each area."""
    found = dict.fromkeys((area.code for area in scenario.areas), 0)
    for row in scenario.caseload:
        found[row.area] += 1
    return found


def hours_by_area(scenario: Scenario) -> dict[str, float]:
    """Hours a week of a caseload in each area."""
    found: dict[str, list[float]] = defaultdict(list)
    for row in scenario.caseload:
        found[row.area].append(row.hours_per_week)
    return {area.code: fsum(found[area.code]) for area in scenario.areas}


def read_again(told: Mapping[str, Any]) -> tuple[CaseloadRow, ...]:
    """The rows of a caseload of which a scenario on disk tells no more than the hash.

    Raises ScenarioError if the file is not there, or is not what it was.
    """
    path = Path(str(told["file"]))
    place = Place(path.as_posix())
    again = (
        "A folder of results keeps no rows of a caseload: put the file back as it was, and "
        "give the command in the folder where you first gave it"
    )
    draft = Draft()
    read_table(draft, path, ("caseload",), CaseloadRow, given=True)
    if draft.faults:
        raise ScenarioError([Fault(place, draft.faults[0].wrong, again)])
    try:
        rows = ROWS.validate_python(draft.values["caseload"])
    except ValueError:  # pydantic's, whose text repeats values
        raise ScenarioError([Fault(place, "it has rows that are not allowed", again)]) from None
    if (now := hash_of(rows)) != told["hash"]:
        was = str(told["hash"])[:SHOWN]
        wrong = f"the work was begun with another caseload ({was}, now {now[:SHOWN]})"
        raise ScenarioError([Fault(place, wrong, again)])
    return rows


def without_rows(scenario: Scenario) -> dict[str, Any]:
    """A scenario as plain values, with what may be told of its caseload in the rows' place."""
    values = scenario.model_dump(mode="json")
    told = told_of(scenario)
    return {**values, "caseload": told} if told else values


def with_rows(values: Mapping[str, Any]) -> str:
    """A scenario's values as JSON, its caseload read again from the user's file.

    Raises ScenarioError as :func:`read_again`.
    """
    told = values.get("caseload")
    if not told:
        return json.dumps(values)
    rows = [row.model_dump(mode="json") for row in read_again(told)]
    return json.dumps({**values, "caseload": rows})
