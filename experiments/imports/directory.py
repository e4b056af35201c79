"""The regulator's care directory: ratings and owners of the providers of an extract.

Its columns are those of the Care Quality Commission's list of active locations with filters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.imports.cells import plain, plain_all
from experiments.imports.files import find_heading, hint, numbered, read_table
from experiments.imports.mapping import FileRules, Tables
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place, shown
from sim.scenario.tables import RATINGS

LOCATION_ID, LOCATION, RATING = "Location ID", "Location Name", "Location Latest Overall Rating"
PROVIDER_ID, PROVIDER = "Provider ID", "Provider Name"
HOME_CARE = "Service type - Domiciliary care service"
GROUPS = ("Provider Group", "Brand Name")
NEEDED = (LOCATION_ID, LOCATION, RATING, PROVIDER_ID, PROVIDER)
NOT_RATED = "not_rated"
WORDS = {
    "outstanding": "outstanding",
    "good": "good",
    "requires improvement": "requires_improvement",
    "inadequate": "inadequate",
    "": NOT_RATED,
    "not rated": NOT_RATED,
    "not applicable": NOT_RATED,
    "no published rating": NOT_RATED,
    "not yet inspected": NOT_RATED,
    "insufficient evidence to rate": NOT_RATED,
    "inspected but not rated": NOT_RATED,
}
"""A rating of the regulator as the model has it."""
LEGAL_FORMS = re.compile(r" (ltd|limited|plc|llp|cic|uk)\b")


@dataclass(frozen=True)
class Directory:
    """The locations of a directory: ``id``, ``rating``, ``company`` (provider ID), ``group``,
    ``home_care``, and ``name`` and ``company_name`` as they are compared."""

    file: str
    rows: pd.DataFrame


def read_directory(path: Path, tables: Tables) -> Directory:
    """Read a care directory. Raises ScenarioError with every fault."""
    heading = find_heading(path, tables.encoding, tables.separator, LOCATION_ID)
    rules = rules_of(tables, heading)
    frame = read_table(path, rules)
    if missing := [name for name in NEEDED if name not in frame]:
        raise ScenarioError(
            [
                Fault(Place(path.name, heading), f"the column {shown(name)} is missing", remedy)
                for name in missing
                for remedy in (hint(name, frame, rules),)
            ]
        )
    rated = plain_all(frame[RATING]).map(WORDS)
    if rated.isna().any():
        allowed = "Allowed: Outstanding, Good, Requires improvement, Inadequate, or a blank"
        raise ScenarioError(
            [
                Fault(Place(path.name, row, RATING), f"{shown(text)} is not a rating", allowed)
                for row, text in numbered(frame[RATING][rated.isna()], heading)
            ]
        )
    group = next((frame[name] for name in GROUPS if name in frame), pd.Series("", frame.index))
    rows = pd.DataFrame(
        {
            "id": frame[LOCATION_ID].str.strip(),
            "name": frame[LOCATION].map(company),
            "company_name": frame[PROVIDER].map(company),
            "company": frame[PROVIDER_ID].str.strip(),
            "group": group.str.strip().replace("-", ""),
            "rating": rated,
            "home_care": frame[HOME_CARE].str.strip() == "Y" if HOME_CARE in frame else True,
        }
    )
    return Directory(path.name, rows[rows["id"] != ""])


def rules_of(tables: Tables, heading: int = 1) -> FileRules:
    """The rules of a table that is no extract."""
    return FileRules(
        encoding=tables.encoding,
        separator=tables.separator,
        heading_row=heading,
        date_order="year_first",
    )


def company(name: str) -> str:
    """A company's name as it is compared: without its legal form."""
    return LEGAL_FORMS.sub("", plain(name)).strip()


def registered(providers: pd.DataFrame, directory: Directory | None) -> pd.DataFrame:
    """Providers with ``known``, ``rating``, ``location_id`` and ``owner`` (a name or "").

    A provider is found by its location ID, else by the name of a location, else by that of a
    company; of several locations those of home care come first, then the worst rating. Those who
    share a company or a group have an owner in common.
    """
    found = providers.assign(known=False, rating=NOT_RATED, location_id="", company="", owner="")
    if directory is None:
        return found
    rows = directory.rows.assign(steps=directory.rows["rating"].map(_step))
    worst = rows.sort_values(["home_care", "steps"], ascending=[False, True], kind="stable")
    keys = {"id": providers["provider_id"], "name": providers["provider"].map(company)}
    keys["company_name"] = keys["name"]
    for by, key in keys.items():
        first = worst[worst[by] != ""].drop_duplicates(by).set_index(by)
        told = first.reindex(key)
        new = told["rating"].notna().to_numpy() & ~found["known"].to_numpy()
        identity = told.index if by == "id" else told["id"]
        for column, values in (
            ("rating", told["rating"]),
            ("location_id", identity),
            ("company", told["company"]),
            ("owner", told["group"]),
        ):
            found.loc[new, column] = np.asarray(values)[new]
        found.loc[new, "known"] = True
    several = found["company"].map(found["company"].value_counts()) > 1
    alone = (found["owner"] == "") & several & (found["company"] != "")
    found.loc[alone, "owner"] = found.loc[alone, "company"]
    return found


def _step(rating: str) -> int:
    """Ratings in steps, the worst first; who is not rated comes last."""
    return RATINGS.index(rating) if rating in RATINGS else len(RATINGS)
