"""A county's folder from an import: written beside, looked over, and moved when it is whole."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pandas as pd

from experiments.counties.copying import made_whole
from experiments.counties.sketch import CONTRACT_COLUMNS, contract_rows
from experiments.imports.base import (
    copy_model,
    overrides_text,
    private_hours_each,
    private_ratio,
    put,
    wages_table,
)
from experiments.imports.importing import Imported
from experiments.imports.quality import Line, lines_of
from experiments.imports.quality_page import PAGE, write_quality
from experiments.imports.settings_file import settings_text
from experiments.imports.stays import MOST_MEAN_DAYS
from experiments.imports.tables import (
    area_codes,
    areas_table,
    branches_table,
    caseload_table,
    owner_codes,
)
from experiments.results.csv_files import write_frame, write_rows
from sim.scenario import load_scenario
from sim.scenario.codes import LONGEST_CODE, is_safe
from sim.scenario.scenario import Scenario
from sim.scenario.tables import Provider

PRIVATE, CASELOAD = "private", "caseload.csv"
KNOWS_CASELOAD = "caseload" in Scenario.model_fields
"""Whether this version begins with the people of a caseload."""
KNOWS_OWNERS = "owner" in Provider.model_fields
"""Whether this version knows a common owner of providers."""


def write_county(
    folder: Path, found: Imported, model: str | None, wages: Path | None
) -> tuple[Scenario, list[Line]]:
    """Write the county and read it again; the scenario and the lines of its page on quality.

    Raises ScenarioError, and leaves nothing, where what was written is no sound county.
    """
    lines = lines_of(found.known)
    with made_whole(folder) as part:
        _write_tables(part, found)
        if wages is None:
            write_frame(part / "wages.csv", wages_table(found.rate, found.first_day, found.origin))
        else:
            shutil.copyfile(wages, part / "wages.csv")
        named = copy_model(part, model)
        comment = f"Made by caremarket import from {found.origin}."
        code = safe_code(folder.name)
        text = settings_text(code, folder.name, named, found.settings, comment)
        put(part / "county.toml", text)
        _write_other_reading(part, found)
        write_quality(part, lines, str(found.origin), found.known.least_shown)
        contracts = part / named / "contracts.csv"
        write_rows(contracts, [CONTRACT_COLUMNS])
        write_rows(contracts, contract_rows(load_scenario(part)))
        scenario = load_scenario(part)
    return scenario, lines


def safe_code(name: str) -> str:
    """A code for a county from its folder's name."""
    code = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-_")[:LONGEST_CODE]
    return code if is_safe(code) else f"county-{code}"[:LONGEST_CODE].rstrip("-")


def _write_other_reading(part: Path, found: Imported) -> None:
    """The mean stay by volumes as an override, where it is another one."""
    stays, by_volumes = found.known.stays, found.known.stay_by_volumes
    if stays is None or not 1 <= by_volumes <= MOST_MEAN_DAYS:
        return
    text = overrides_text(by_volumes, stays.mean_days, found.origin)
    put(part / "overrides.toml", text)


def _write_tables(part: Path, found: Imported) -> None:
    known = found.known
    names = [known.area_names[number] for number in known.market.areas]
    codes = dict(zip(known.market.areas, area_codes(names), strict=True))
    hours = known.market.hours("area")
    land = [found.land[name] for name in names]
    sources = [f"{found.origin}; see {PAGE} for km2 and homes" for _ in names]
    by_area = [float(hours[number]) for number in known.market.areas]
    county = part.name.removeprefix(".").removesuffix(".part")
    tables = {
        "areas": areas_table(names, list(codes.values()), by_area, land, county, sources),
        "providers": _providers(found),
        "branches": branches_table(
            known.market, known.codes, codes, private_ratio(), private_hours_each()
        ),
        "caseload": caseload_table(known.market, known.codes, codes),
    }
    for name, table in tables.items():
        write_frame(part / f"{name}.csv", table, None)
    put(part / ".gitignore", f"{CASELOAD}\n{PRIVATE}/\n")
    _write_keys(part / PRIVATE, found)


def _owners_of(found: Imported) -> list[str]:
    """The code of the owner of each provider that serves anybody; "" where it has none."""
    names = found.known.providers["owner"].iloc[list(found.known.codes)].tolist()
    codes = owner_codes(names)
    return [codes.get(name, "") for name in names]


def _providers(found: Imported) -> pd.DataFrame:
    """providers.csv: codes and ratings; owners where this version knows them."""
    known = found.known
    told = known.providers.iloc[list(known.codes)]
    source = f"{found.origin}; rating: " + ("care directory" if known.has_directory else "none")
    table = pd.DataFrame(
        {"code": list(known.codes.values()), "rating": told["rating"].tolist(), "source": source}
    )
    if KNOWS_OWNERS:
        table.insert(2, "owner", _owners_of(found))
    return table


def _write_keys(folder: Path, found: Imported) -> None:
    """Who is behind each code: for the council alone, and never put under version control."""
    folder.mkdir()
    put(folder / ".gitignore", "*\n")
    told = found.known.providers.iloc[list(found.known.codes)]
    keys = pd.DataFrame(
        {
            "code": list(found.known.codes.values()),
            "name": told["provider"].tolist(),
            "location_id": told["location_id"].tolist(),
            "in_directory": told["known"].map({True: "yes", False: "no"}).tolist(),
            "owner": _owners_of(found),
            "owner_name": told["owner"].tolist(),
        }
    )
    write_frame(folder / "providers.csv", keys)
