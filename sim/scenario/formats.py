"""The format of a county's folder: what an older one lacks, and why a newer one is refused.

``format`` in county.toml says by which version's rules the folder was written. A key that is added
later has a default, and a folder that does not give it is given that. Only what no default can mend
(a key renamed, split or gone) makes a new format, with one function that lifts the settings of the
one before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sim.scenario.draft import Draft, plain
from sim.scenario.faults import Fault, Place, ScenarioError, shown
from sim.scenario.parameters import SECTIONS

UNNUMBERED = 1
"""The format of folders made before version 0.6.0, which bear no number."""
FORMAT = 1
"""The format of this version."""
Settings = dict[str, Any]
MIGRATIONS: Mapping[int, Callable[[Settings], None]] = {}
"""By format: what changes the settings of a county.toml of that format into those of the next."""


def brought_up_to_date(settings: Settings) -> None:
    """Bring the settings of county.toml to this version's format; their number is taken out.

    Raises ScenarioError if the format is none, or newer than this version.
    """
    number = settings.pop("format", UNNUMBERED)
    place = Place("county.toml", None, "format")
    if type(number) is not int or number < 1:
        allowed = "1" if FORMAT == 1 else f"a whole number from 1 to {FORMAT}"
        wrong = f"{shown(number)} is not allowed"
        raise ScenarioError([Fault(place, wrong, f"Allowed: {allowed}, or leave the line out")])
    if number > FORMAT:
        wrong = (
            f"the folder has format {number}, but this version of caremarket reads formats "
            f"up to {FORMAT}"
        )
        cure = "Use the version that made the folder, or a later one"
        raise ScenarioError([Fault(place, wrong, cure)])
    for older in range(number, FORMAT):
        MIGRATIONS[older](settings)


def fill_in_defaults(draft: Draft) -> None:
    """Give a county every value that it does not tell and that has a default, with its source."""
    for section, model in SECTIONS.items():
        defaults = {
            key: field for key, field in model.model_fields.items() if not field.is_required()
        }
        if section not in draft.values and len(defaults) == len(model.model_fields):
            draft.values[section] = {}
        given = draft.values.get(section)
        if not isinstance(given, dict):
            continue
        for key, field in defaults.items():
            if key not in given:
                extra = field.json_schema_extra
                told = extra.get("default_source") if isinstance(extra, dict) else None
                given[key] = plain(field.get_default(call_default_factory=True))
                source = f"not given by the county, so the usual value is taken: {told}"
                draft.sources[f"{section}.{key}"] = {"source": source, "sure": "assumption"}
