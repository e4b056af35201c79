"""Norfolk's data against what is published, and everything that a scenario must refuse."""

from __future__ import annotations

import csv
import io
import random
import re
import shutil
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from experiments.pages.reference import parameter_rows
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.scenario.declaration import Sureness
from sim.scenario.national import COLUMNS, national_on
from sim.scenario.parameters import SECTIONS
from sim.scenario.plausibility import warnings
from sim.scenario.reading import COMMISSIONING_MODELS, COUNTIES, county_folder
from sim.scenario.tables import ROW_TYPES, Tier

MODEL = "norfolk_principal_provider"
CONTRACTS = f"{MODEL}/contracts.csv"
TIERS = f"{MODEL}/model.toml"
KINGS_LYNN = "KINGS_LYNN,King's Lynn,West,2025-01-27,230,12500,0.5,0.2,0.25,0.05,0.92,1,0"
GOOD = {"good", "outstanding"}

Edit = Callable[[Path], object]


# Norfolk's data -------------------------------------------------------------------------------


def principals(scenario: Scenario) -> dict[str, str]:
    """Area to the provider that is its principal."""
    return {c.area: c.provider for c in scenario.commissioning.contracts if c.tier == "principal"}


def hours_a_week(scenario: Scenario) -> float:
    """Council-funded hours of the whole county."""
    return sum(area.hours_per_four_weeks for area in scenario.areas) / 4


def test_norfolk_has_the_published_size(norfolk: Scenario) -> None:
    assert len(norfolk.areas) == 18
    assert hours_a_week(norfolk) == pytest.approx(45_000)
    assert len(norfolk.providers) == 86
    assert sum(row.private_people for row in norfolk.branches) == pytest.approx(2_230, abs=1)


def test_every_area_has_the_volume_that_the_council_names(norfolk: Scenario) -> None:
    for area in norfolk.areas:
        assert 6_000 <= area.hours_per_four_weeks <= 14_000, area.code


def test_the_tender_values_give_fewer_hours() -> None:
    tendered = load_scenario("norfolk", overrides=["tender_scaled_hours"])
    assert hours_a_week(tendered) == pytest.approx(38_507.5)


def test_areas_lie_in_localities_and_cover_the_county(norfolk: Scenario) -> None:
    assert Counter(area.locality for area in norfolk.areas) == {
        "East": 2,
        "West": 4,
        "North": 4,
        "South": 4,
        "Norwich": 4,
    }
    assert sum(area.area_km2 for area in norfolk.areas) == pytest.approx(5_371, rel=0.01)


def test_areas_lie_on_tiles_of_their_own(norfolk: Scenario) -> None:
    tiles = {(area.grid_row, area.grid_column) for area in norfolk.areas}
    assert len(tiles) == len(norfolk.areas)


def test_localities_go_live_in_the_council_s_order(norfolk: Scenario) -> None:
    days: dict[str, set[date | None]] = {}
    for area in norfolk.areas:
        days.setdefault(area.locality, set()).add(area.go_live)
    assert days == {
        "East": {date(2024, 4, 1)},
        "West": {date(2025, 1, 27)},
        "North": {date(2025, 3, 1)},
        "South": {date(2026, 4, 1)},
        "Norwich": {date(2027, 7, 1)},
    }


def test_every_area_has_one_principal_and_lots_are_capped(norfolk: Scenario) -> None:
    holders = principals(norfolk)
    assert set(holders) == {area.code for area in norfolk.areas}
    assert max(Counter(holders.values()).values()) <= 2 == norfolk.procurement.lots_cap
    south = [holders[area.code] for area in norfolk.areas if area.locality == "South"]
    assert len(set(south)) == len(south)


def test_the_framework_has_three_providers_an_area(norfolk: Scenario) -> None:
    live = {area.code: area.go_live for area in norfolk.areas}
    holders: dict[str, set[str]] = {code: set() for code in live}
    late: set[str] = set()
    for row in norfolk.commissioning.contracts:
        if row.tier == "pcn_framework":
            holders[row.area].add(row.provider)
            assert row.starts is None or row.starts > (live[row.area] or date.max)
            late |= {row.area} if row.starts else set()
    assert all(len(providers) >= 3 for providers in holders.values())
    assert late == {"KINGS_LYNN", "FENS_AND_BRECKS"}
    assert all(principals(norfolk)[area] not in providers for area, providers in holders.items())


def test_contract_holders_are_rated_good_or_better(norfolk: Scenario) -> None:
    ratings = {provider.code: provider.rating for provider in norfolk.providers}
    assert {ratings[row.provider] for row in norfolk.commissioning.contracts} <= GOOD


def test_seven_in_ten_rated_providers_are_good_or_better(norfolk: Scenario) -> None:
    ratings = Counter(provider.rating for provider in norfolk.providers)
    rated = sum(ratings.values()) - ratings["not_rated"]
    assert (ratings["good"] + ratings["outstanding"]) / rated == pytest.approx(0.703, abs=0.1)


def test_providers_have_codes_and_no_names(norfolk: Scenario) -> None:
    for provider in norfolk.providers:
        assert re.match(r"^P\d{3}$", provider.code)
        assert set(type(provider).model_fields) == {"code", "rating", "owner", "source"}


def test_every_provider_has_a_team_and_every_area_several(norfolk: Scenario) -> None:
    assert {row.provider for row in norfolk.branches} == {row.code for row in norfolk.providers}
    teams = Counter(row.area for row in norfolk.branches)
    assert min(teams[area.code] for area in norfolk.areas) >= 3


def test_every_parameter_of_norfolk_has_a_source(norfolk: Scenario) -> None:
    assert not [line for line in warnings(norfolk) if "has no source" in line]
    for path, told in norfolk.sources.items():
        assert told.source, path
        assert told.sure in get_args(Sureness)


def odd_beside_norfolks_own(scenario: Scenario) -> list[str]:
    """Warnings but those of the two areas that the public record reports short in March 2026."""
    own = "PCN framework': King's Lynn (2), Fens and Brecks (1)."
    odd = warnings(scenario)
    assert sum(own in line for line in odd) == 1
    return [line for line in odd if own not in line]


def test_norfolk_is_odd_only_where_the_record_is(norfolk: Scenario) -> None:
    assert odd_beside_norfolks_own(norfolk) == []


@pytest.mark.parametrize("name", [path.name for path in COUNTIES.iterdir() if path.is_dir()])
def test_every_county_that_ships_loads_under_each_of_its_overrides(name: str) -> None:
    text = (COUNTIES / name / "overrides.toml").read_text(encoding="utf-8")
    base = load_scenario(name)
    for override in tomllib.loads(text):
        changed = load_scenario(name, overrides=[override])
        assert changed.overrides == (override,)
        assert changed.code == base.code


# What is odd but allowed ----------------------------------------------------------------------


def test_a_warning_names_the_area_with_too_few_framework_providers(norfolk: Scenario) -> None:
    rows = tuple(
        row
        for row in norfolk.commissioning.contracts
        if (row.tier, row.area, row.rank) != ("pcn_framework", "COASTAL", 3)
    )
    model = norfolk.commissioning.model_copy(update={"contracts": rows})
    odd = warnings(norfolk.model_copy(update={"commissioning": model}))
    assert len(odd) == 1
    assert odd[0].startswith(
        "3 areas go live with fewer than the 3 providers intended for tier 'PCN framework': "
        "King's Lynn (2), Coastal (2), Fens and Brecks (1)."
    )


def test_a_warning_names_the_area_without_principal(norfolk: Scenario) -> None:
    rows = tuple(
        row
        for row in norfolk.commissioning.contracts
        if (row.tier, row.area) != ("principal", "SNHIP")
    )
    model = norfolk.commissioning.model_copy(update={"contracts": rows})
    odd = warnings(norfolk.model_copy(update={"commissioning": model}))
    told = "1 area goes live without a principal provider: SNHIP (2026-04-01)."
    assert any(line.startswith(told) for line in odd)


def test_warnings_name_unusual_volume_and_too_many_lots() -> None:
    odd = warnings(
        load_scenario(
            "norfolk",
            settings={"areas.GORLESTON.hours_per_four_weeks": 15000, "procurement.lots_cap": 1},
        )
    )
    assert any("Gorleston (15,000, its teams 11,599)" in line for line in odd)
    told = (
        "4 providers hold more principal provider contracts than the cap of 1: P001 (2), P002 (2), "
    )
    assert any(line.startswith(told) for line in odd)


def test_a_bare_value_is_odd_for_want_of_a_source(copy: Path) -> None:
    bare = 'mean_visit_minutes = { value = 36, source = "P067: 30 to 45", sure = "memory" }'
    replaced("county.toml", bare, "mean_visit_minutes = 36")(copy)
    odd = odd_beside_norfolks_own(load_scenario(copy))
    assert len(odd) == 1
    assert odd[0].startswith("packages.mean_visit_minutes has no source")


# Frozen; overrides; identity ------------------------------------------------------------------


def test_a_scenario_is_frozen(norfolk: Scenario) -> None:
    parts: list[tuple[Any, str]] = [
        (norfolk, "name"),
        (norfolk.demand, "growth_per_year"),
        (norfolk.areas[0], "area_km2"),
        (norfolk.commissioning, "contracts"),
        (norfolk.commissioning.tiers[0], "obligation"),
    ]
    for part, name in parts:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(part, name, getattr(part, name))
    for table in (norfolk.areas, norfolk.branches, norfolk.commissioning.contracts):
        assert isinstance(table, tuple)


def test_overrides_apply_in_order_and_leave_the_base_unchanged(norfolk: Scenario) -> None:
    before = norfolk.model_dump_json()
    names = ["staff_do_not_move", "most_staff_move"]
    first = load_scenario("norfolk", overrides=names)
    second = load_scenario("norfolk", overrides=names[::-1])
    assert first.failure.staff_move_share == 0.6
    assert second.failure.staff_move_share == 0.0
    assert first.overrides == tuple(names)
    assert norfolk.model_dump_json() == before == load_scenario("norfolk").model_dump_json()


def test_settings_apply_after_overrides() -> None:
    changed = load_scenario(
        "norfolk", overrides=["most_staff_move"], settings={"failure.staff_move_share": 0.1}
    )
    assert changed.failure.staff_move_share == 0.1
    assert changed.overrides == ("most_staff_move", "failure.staff_move_share=0.1")


def test_an_override_brings_its_own_source() -> None:
    changed = load_scenario("norfolk", overrides=["most_staff_move"])
    told = changed.sources["failure.staff_move_share"]
    assert told.sure == "memory"
    assert told.source.startswith("from memory")


def test_settings_reach_rows_and_tiers() -> None:
    changed = load_scenario(
        "norfolk",
        settings={
            "areas.COASTAL.area_km2": 481,
            "branches.P001:COASTAL.posts": 7,
            "wages.2024-04-01.living_wage_gbp_per_hour": 12,
            "commissioning.tiers.principal.obligation": 0.5,
            "commissioning.contracts.principal:COASTAL:P009.rank": 4,
        },
    )
    assert next(row for row in changed.areas if row.code == "COASTAL").area_km2 == 481
    assert changed.branches[0].posts == 7
    assert changed.wages[1].living_wage_gbp_per_hour == 12
    assert changed.commissioning.tier("principal").obligation == 0.5
    assert [row.rank for row in changed.commissioning.contracts if row.rank == 4] == [4]


def test_identity_is_unaffected_by_sources_and_names_of_overrides(norfolk: Scenario) -> None:
    assert norfolk.model_copy(update={"sources": {}}).identity == norfolk.identity
    assert norfolk.model_copy(update={"overrides": ("x",)}).identity == norfolk.identity
    same = {"failure.staff_move_share": norfolk.failure.staff_move_share}
    assert load_scenario("norfolk", settings=same).identity == norfolk.identity


@pytest.mark.parametrize("table", ["areas", "providers", "wages", "shocks"])
def test_identity_is_unaffected_by_the_sources_of_rows(table: str) -> None:
    scenario = load_scenario("leicestershire", overrides=["demand_shock_2020"])
    rows = tuple(row.model_copy(update={"source": "another"}) for row in getattr(scenario, table))
    assert rows and scenario.model_copy(update={table: rows}).identity == scenario.identity


def test_every_table_with_a_source_is_among_them() -> None:
    told = {name for name, row in ROW_TYPES.items() if "source" in row.model_fields}
    assert told == {"areas", "providers", "wages", "shocks", "targets"}  # targets move nothing


# National figures ------------------------------------------------------------------------------

RATE = "starts,framework_rate_gbp_per_hour,source\n2023-04-01,20,mine\n"


def county_with_wages(folder: Path, text: str) -> Path:
    copy = folder / "mine"
    shutil.copytree(county_folder("small"), copy)
    (copy / "wages.csv").write_text(text, encoding="utf-8", newline="\n")
    return copy


def test_national_figures_are_those_of_the_day_with_their_source(tmp_path: Path) -> None:
    scenario = load_scenario(county_with_wages(tmp_path, RATE + "2025-05-01,21,mine too\n"))
    first, second = scenario.wages
    assert (first.living_wage_gbp_per_hour, first.employer_insurance_share) == (10.42, 0.138)
    assert (second.living_wage_gbp_per_hour, second.insurance_free_gbp_per_year) == (12.21, 5000)
    assert first.source.startswith("mine; national: P212, P216: Homecare Association")
    assert "P214" in second.source


def test_a_county_s_own_national_figures_stay(tmp_path: Path) -> None:
    heading = "starts,living_wage_gbp_per_hour,framework_rate_gbp_per_hour,source\n"
    text = heading + "2023-04-01,11,20,mine\n2024-04-01,,21,mine\n"
    scenario = load_scenario(county_with_wages(tmp_path, text))
    assert [row.living_wage_gbp_per_hour for row in scenario.wages] == [11, 11.44]
    assert [row.employer_insurance_share for row in scenario.wages] == [0.138, 0.138]


def test_a_day_before_the_national_figures_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="'living_wage_gbp_per_hour' is missing"):
        load_scenario(county_with_wages(tmp_path, RATE.replace("2023", "1999")))


def test_check_names_the_days_on_which_national_figures_change(tmp_path: Path) -> None:
    told = warnings(load_scenario(county_with_wages(tmp_path, RATE)))
    named = [line for line in told if "National Living Wage" in line]
    assert len(named) == 1
    assert "2024-04-01, 2025-04-01, 2026-04-01, but wages.csv has no row" in named[0]


@pytest.mark.parametrize("name", sorted(path.name for path in COUNTIES.iterdir()))
def test_a_county_that_ships_has_the_national_figures(name: str) -> None:
    scenario = load_scenario(name)
    for row in scenario.wages if name != "theory" else ():
        national = national_on(row.starts)
        assert national is not None
        assert [getattr(row, column) for column in COLUMNS] == [float(x) for x in national.figures]


def shuffled(scenario: Scenario, table: str) -> Scenario:
    """The same scenario with one table's rows in another order."""
    rows = list(getattr(scenario.commissioning if table == "contracts" else scenario, table))
    random.Random(1).shuffle(rows)
    if table == "contracts":
        model = scenario.commissioning.model_copy(update={table: tuple(rows)})
        return scenario.model_copy(update={"commissioning": model})
    return scenario.model_copy(update={table: tuple(rows)})


ORDERED = "identity sorts areas, providers and branches, not wages and contracts"


@pytest.mark.parametrize(
    "table",
    [
        "areas",
        "providers",
        "branches",
        "wages",
        "contracts",
    ],
)
def test_identity_is_unaffected_by_row_order(norfolk: Scenario, table: str) -> None:
    assert shuffled(norfolk, table).identity == norfolk.identity


def another(value: Any) -> Any:
    """A value unlike this one; a plain copy does not ask whether it is allowed."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 0.001
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, tuple):
        return (*value, 1.0)
    return 1 if value is None else value


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_identity_is_changed_by_every_value(norfolk: Scenario) -> None:
    seen = {norfolk.identity}
    wanted = 1

    def changed(**update: Any) -> None:
        nonlocal wanted
        wanted += 1
        seen.add(BaseModel.model_copy(norfolk, update=update).identity)

    def variants(part: Any) -> Iterator[Any]:
        for key in type(part).model_fields:
            if key != "source":  # evidence moves nothing
                yield BaseModel.model_copy(part, update={key: another(getattr(part, key))})

    for name in ("code", "name"):
        changed(**{name: another(getattr(norfolk, name))})
    for section in SECTIONS:
        for part in variants(getattr(norfolk, section)):
            changed(**{section: part})
    for table in ("areas", "providers", "branches", "wages"):
        rows = getattr(norfolk, table)
        for row in variants(rows[-1]):
            changed(**{table: (*rows[:-1], row)})
        changed(**{table: rows[:-1]})
    model = norfolk.commissioning
    for name in ("code", "name", "principal_tier"):
        altered = BaseModel.model_copy(model, update={name: another(getattr(model, name))})
        changed(commissioning=altered)
    for table in ("tiers", "phases", "contracts"):
        rows = getattr(model, table)
        for row in variants(rows[-1]):
            altered = BaseModel.model_copy(model, update={table: (*rows[:-1], row)})
            changed(commissioning=altered)
    assert len(seen) == wanted


# What is refused ------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of Norfolk with its commissioning model, to be broken."""
    folder = tmp_path / "mine"
    shutil.copytree(COUNTIES / "norfolk", folder)
    shutil.copytree(COMMISSIONING_MODELS / MODEL, folder / MODEL)
    return folder


def replaced(file: str, old: str, new: str) -> Edit:
    """Replace the first occurrence of a text."""

    def edit(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")

    return edit


def rewritten(file: str, change: Callable[[bytes], bytes]) -> Edit:
    """Change a file's bytes."""
    return lambda folder: (folder / file).write_bytes(change((folder / file).read_bytes()))


def without_column(file: str, name: str) -> Edit:
    """Remove a column."""

    def edit(folder: Path) -> None:
        with (folder / file).open(encoding="utf-8", newline="") as read:
            rows = list(csv.reader(read))
        at = rows[0].index(name)
        kept = io.StringIO()
        csv.writer(kept, lineterminator="\n").writerows(r[:at] + r[at + 1 :] for r in rows)
        (folder / file).write_text(kept.getvalue(), encoding="utf-8", newline="\n")

    return edit


def with_column(file: str, name: str, cell: str) -> Edit:
    """Add a column at the end."""

    def change(content: bytes) -> bytes:
        head, *rows = content.decode().splitlines()
        return "\n".join([f"{head},{name}", *(f"{row},{cell}" for row in rows)]).encode()

    return rewritten(file, change)


def appended(file: str, text: str) -> Edit:
    """Add text at the end."""
    return rewritten(file, lambda content: content + text.encode())


WHAT_IF = '\n[gone]\nmeaning = "a test"\n\n[[gone.failures]]\ndate = 2026-01-01\n'
SHOCK = 'kind = "carers_lost"\nsize = 0.1\nareas = "COASTEL"\n'


def refusal(folder: Path, **options: Any) -> list[str]:
    """The faults found, as a user reads them."""
    with pytest.raises(ScenarioError) as caught:
        load_scenario(folder, **options)
    lines = caught.value.lines
    assert str(caught.value) == "\n".join(lines)
    assert all("\n" not in line for line in lines)
    return lines


def open_quote(folder: Path) -> None:
    """Wages in which a quotation mark is opened and never closed."""
    (folder / "wages.csv").write_text(
        "starts,living_wage_gbp_per_hour,employer_insurance_share,source\n"
        '2023-04-01,10.42,0.138,"a\n2024-04-01,11.44,0.138,b\n2025-04-01,12.21,0.15,c\n',
        encoding="utf-8",
        newline="\n",
    )


BROKEN: dict[str, tuple[Edit, str]] = {
    "missing file": (
        lambda folder: (folder / "wages.csv").unlink(),
        "wages.csv: the file is missing. Put a wages.csv into mine/",
    ),
    "missing contracts": (
        lambda folder: (folder / CONTRACTS).unlink(),
        f"contracts.csv: the file is missing. Put a contracts.csv into {MODEL}/",
    ),
    "missing column": (
        without_column("wages.csv", "framework_rate_gbp_per_hour"),
        "wages.csv, row 1: the column 'framework_rate_gbp_per_hour' is missing. Give the table",
    ),
    "extra column": (
        with_column("wages.csv", "sources", "x"),
        "wages.csv, row 1: the column 'sources' is not known. Did you mean 'source'?",
    ),
    "empty file": (
        rewritten("areas.csv", lambda _: b""),
        "areas.csv: the file is empty. Give it a heading row",
    ),
    "heading alone": (
        rewritten("areas.csv", lambda content: content.splitlines()[0] + b"\n"),
        "areas.csv: there is no area. Add at least one row",
    ),
    "word for a number in a table": (
        replaced("areas.csv", "West,2025-01-27,230,", "West,2025-01-27,big,"),
        "areas.csv, row 4, column area_km2: 'big' is not allowed. Allowed: a number above 0 and "
        "at most 20,000 (km2)",
    ),
    "word for a number in settings": (
        replaced("county.toml", "brokers = { value = 8", 'brokers = { value = "eight"'),
        "county.toml, key brokerage.brokers: 'eight' is not allowed. Allowed: a whole number at "
        "least 0 and at most 1,000 (people)",
    ),
    "fraction for a whole number": (
        replaced("county.toml", "brokers = { value = 8", "brokers = { value = 8.5"),
        "county.toml, key brokerage.brokers: 8.5 is not allowed. Allowed: a whole number",
    ),
    "word for yes or no": (
        replaced("county.toml", "reviews = { value = true", 'reviews = { value = "maybe"'),
        "county.toml, key care.reviews: 'maybe' is not allowed. Allowed: true or false",
    ),
    "date rewritten by a spreadsheet": (
        replaced("areas.csv", "2024-04-01", "01/04/2026"),
        "areas.csv, row 2, column go_live: '01/04/2026' is not allowed. Allowed: a date "
        "YYYY-MM-DD or blank (a spreadsheet program may have rewritten it: format the column as "
        "text)",
    ),
    "date that does not exist": (
        replaced("areas.csv", "2024-04-01", "2024-02-30"),
        "areas.csv, row 2, column go_live: '2024-02-30' is not allowed. Allowed: a date",
    ),
    "date in settings": (
        replaced("county.toml", "end = { value = 2029-12-31", 'end = { value = "31/12/2029"'),
        "county.toml, key calendar.end: '31/12/2029' is not allowed. Allowed: a date YYYY-MM-DD",
    ),
    "number with a comma": (
        replaced("areas.csv", ",12500,", ',"45,000",'),
        "areas.csv, row 4, column hours_per_four_weeks: '45,000' is not allowed. Allowed: a "
        "number at least 0 and at most 1,000,000 (hours/4 weeks). Write numbers without commas",
    ),
    "percentage for a share": (
        replaced(
            "county.toml", "delivered_share = { value = 0.9", "delivered_share = { value = 80"
        ),
        "county.toml, key care.delivered_share: 80 is not allowed. Allowed: a number at least 0 "
        "and at most 1 (share). A share, not a percentage: did you mean 0.8?",
    ),
    "percentage for a share in a table": (
        with_column("wages.csv", "employer_insurance_share", "13.8%"),
        "wages.csv, rows 2, 3, 4 and 5, column employer_insurance_share: '13.8%' is not allowed. "
        "Allowed: a number at least 0 and at most 1 (share). A share, not a percentage: did you "
        "mean 0.138?",
    ),
    "percentage for a tier's share": (
        replaced(TIERS, "guaranteed_share = { value = 0.8", "guaranteed_share = { value = 80"),
        "model.toml, key tiers[1].guaranteed_share: 80 is not allowed. Allowed: a number at least "
        "0 and at most 1 (share). A share, not a percentage: did you mean 0.8?",
    ),
    "nan in a table": (
        replaced("areas.csv", "West,2025-01-27,230,", "West,2025-01-27,nan,"),
        "areas.csv, row 4, column area_km2: 'nan' is not allowed. Allowed: a number above 0",
    ),
    "inf in a table": (
        replaced("branches.csv", ",487.0,", ",inf,"),
        "branches.csv, row 2, column council_hours_per_week: 'inf' is not allowed. Allowed: a "
        "number at least 0",
    ),
    "nan in settings": (
        replaced(
            "county.toml", "delivered_share = { value = 0.9", "delivered_share = { value = nan"
        ),
        "county.toml, key care.delivered_share: nan is not allowed. Allowed: a number at least 0",
    ),
    "inf in settings": (
        replaced("county.toml", "mean_stay_days = { value = 378", "mean_stay_days = { value = inf"),
        "county.toml, key care.mean_stay_days: inf is not allowed. Allowed: a number at least 1",
    ),
    "negative": (
        replaced("areas.csv", "West,2025-01-27,230,", "West,2025-01-27,-230,"),
        "areas.csv, row 4, column area_km2: '-230' is not allowed. Allowed: a number above 0",
    ),
    "doubled provider": (
        rewritten("providers.csv", lambda content: content + b"P001,good,x\n"),
        "providers.csv, rows 2 and 88: code 'P001' is given 2 times. Keep one row of 'P001'",
    ),
    "doubled area": (
        replaced("areas.csv", "GORLESTON,Gorleston", "GREAT_YARMOUTH,Gorleston"),
        "areas.csv, rows 2 and 3: code 'GREAT_YARMOUTH' is given 2 times. Keep one row of 'GREAT",
    ),
    "doubled team": (
        rewritten("branches.csv", lambda content: content + b"P001,COASTAL,1,1,1,\n"),
        "branches.csv, rows 2 and 292: provider and area 'P001:COASTAL' is given 2 times. Keep one",
    ),
    "doubled contract": (
        rewritten(CONTRACTS, lambda content: content + b"principal,COASTAL,P009,,2\n"),
        "contracts.csv, rows 5 and 74: tier and area and provider 'principal:COASTAL:P009' is "
        "given 2 times. Keep one row",
    ),
    "unknown area of a team": (
        replaced("branches.csv", "P001,COASTAL", "P001,COASTEL"),
        "branches.csv, row 2, column area: area 'COASTEL' is not known. Did you mean 'COASTAL'?",
    ),
    "area's name for its code": (
        replaced("branches.csv", "P001,COASTAL", "P001,Coastal"),
        "branches.csv, row 2, column area: area 'Coastal' is not known. Did you mean 'COASTAL'?",
    ),
    "unknown provider of a team": (
        replaced("branches.csv", "P001,COASTAL", "P0010,COASTAL"),
        "branches.csv, row 2, column provider: provider 'P0010' is not known. Did you mean 'P0",
    ),
    "unknown area of a contract": (
        replaced(CONTRACTS, "principal,KINGS_LYNN", "principal,KINGSLYNN"),
        "contracts.csv, row 4, column area: area 'KINGSLYNN' is not known. Did you mean "
        "'KINGS_LYNN'?",
    ),
    "unknown tier of a contract": (
        replaced(CONTRACTS, "principal,KINGS_LYNN", "prinzipal,KINGS_LYNN"),
        "contracts.csv, row 4, column tier: tier 'prinzipal' is not known. Did you mean "
        "'principal'?",
    ),
    "mix that does not add up": (
        replaced("areas.csv", "0.5,0.2,0.25,0.05", "0.5,0.2,0.25,0.15"),
        "areas.csv, row 4: urban_share, fringe_share, rural_share, isolated_share add up to 1.1. "
        "Make them add up to 1",
    ),
    "row too long": (
        replaced("areas.csv", KINGS_LYNN, KINGS_LYNN + ",0,0"),
        "areas.csv, row 4: the row has 16 cells but the heading has 14. A comma inside a cell "
        'needs "quotes" around the cell',
    ),
    "row too short": (
        replaced("wages.csv", "2026-04-01,", ""),
        "wages.csv, row 5: the row has 2 cells but the heading has 3",
    ),
    "semicolons": (
        rewritten("branches.csv", lambda content: content.replace(b",", b";")),
        "branches.csv, row 1: cells are separated by semicolons. Save it with commas between "
        "cells ('CSV UTF-8 (comma delimited)')",
    ),
    "Latin-1": (
        rewritten("areas.csv", lambda content: content.replace(b"King's", b"Ch\xe2teau")),
        "areas.csv: the file is not UTF-8 text (a spreadsheet program may have rewritten it). In "
        "the spreadsheet program choose 'Save as', 'CSV UTF-8 (comma delimited)'",
    ),
    "UTF-16": (
        rewritten("areas.csv", lambda content: content.decode().encode("utf-16")),
        "areas.csv: the file is not UTF-8 text (a spreadsheet program may have rewritten it). In "
        "the spreadsheet program choose 'Save as', 'CSV UTF-8 (comma delimited)'",
    ),
    "invalid TOML": (
        replaced("county.toml", "[demand]", "[demand"),
        "county.toml: not valid TOML: Expected ']' at the end of a table declaration (at line ",
    ),
    "invalid TOML of the model": (
        replaced(TIERS, "[[tiers]]", "[[tiers]"),
        "model.toml: not valid TOML: ",
    ),
    "invalid TOML of overrides": (
        replaced("overrides.toml", "[norwich_late]", "[norwich_late"),
        "overrides.toml: not valid TOML: ",
    ),
    "end before start": (
        replaced("county.toml", "end = { value = 2029", "end = { value = 2019"),
        "county.toml, key calendar.end: 2019-12-31 lies before 2024-01-01. Swap them",
    ),
    "unknown tier in a phase": (
        replaced(TIERS, '"pcn_framework", "legacy', '"pcn_framwork", "legacy'),
        "tier 'pcn_framwork' is not known. Did you mean 'pcn_framework'?",
    ),
    "unknown principal tier": (
        replaced(TIERS, 'principal_tier = "principal"', 'principal_tier = "prinzipal"'),
        "model.toml, key principal_tier: tier 'prinzipal' is not known. Did you mean 'principal'?",
    ),
    "no first phase": (
        replaced(TIERS, 'starts = "start"', 'starts = "go_live"'),
        "model.toml, key phases[1].starts: the first phase does not begin at the start. Give it: "
        'starts = "start"',
    ),
    "two principals": (
        rewritten(CONTRACTS, lambda content: content + b"principal,KINGS_LYNN,P001,,2\n"),
        "contracts.csv, row 74: area KINGS_LYNN has two principal providers, P009 and P001. Keep "
        "one; its successor is found by procurement",
    ),
    "doubled heading": (
        replaced("areas.csv", "area_km2", "name"),
        "areas.csv, row 1: the column 'name' is given twice. Remove one of them",
    ),
    "unknown key": (
        replaced("county.toml", "brokers =", "brokrs ="),
        "county.toml, key brokerage.brokrs: 'brokrs' is not known here. Did you mean 'brokers'?",
    ),
    "unknown section": (
        replaced("county.toml", "[brokerage]", "[brokrage]"),
        "county.toml, key brokrage: 'brokrage' is not known here. Did you mean 'brokerage'?",
    ),
    "missing key": (
        replaced("county.toml", "mean_visit_minutes = ", "# "),
        "county.toml, key packages.mean_visit_minutes: 'mean_visit_minutes' is missing. Give it: "
        "a number at least 5 and at most 240 (minutes)",
    ),
    "unknown rating": (
        replaced("providers.csv", "P001,good", "P001,Good"),
        "providers.csv, row 2, column rating: 'Good' is not allowed. Allowed: one of outstanding, "
        "good, requires_improvement, inadequate, not_rated",
    ),
    "unknown commissioning model": (
        replaced("county.toml", f'"{MODEL}"', '"norfolk_principal"'),
        "county.toml, key commissioning: there is no commissioning model 'norfolk_principal'. "
        f"Did you mean '{MODEL}'?",
    ),
    "hours but no team": (
        rewritten(
            "branches.csv",
            lambda content: b"".join(
                line for line in content.splitlines(keepends=True) if b",COASTAL," not in line
            ),
        ),
        "areas.csv, row 5, column hours_per_four_weeks: area 'COASTAL' has care hours but no "
        "team that gives care. Give branches.csv a row for it with council_hours_per_week "
        "above 0",
    ),
    "no wage at the start": (
        replaced("wages.csv", "2023-04-01", "2024-03-01"),
        "wages.csv: no wage is known on 2024-01-01. Add a row that starts on that day or before",
    ),
    "contract's date": (
        replaced(CONTRACTS, "P028,2026-06-01", "P028,1/6/2026"),
        "contracts.csv, row 28, column starts: '1/6/2026' is not allowed. Allowed: a date "
        "YYYY-MM-DD or blank",
    ),
    "rank from nought": (
        replaced(CONTRACTS, "principal,KINGS_LYNN,P009,,1", "principal,KINGS_LYNN,P009,,0"),
        "contracts.csv, row 4, column rank: '0' is not allowed. Allowed: a whole number at least 1",
    ),
    "endings above one": (
        replaced("county.toml", "ends_by_death = { value = 0.25", "ends_by_death = { value = 0.9"),
        "county.toml, key care.ends_by_death: ends_by_death and ends_by_residential_care add up "
        "to more than 1. Lower one of them",
    ),
    "list of hours without hours": (
        replaced(
            "county.toml", 'hours_law = { value = "lognormal"', 'hours_law = { value = "list"'
        ),
        "county.toml, key packages.hours_values: there are 0 hours_values and 0 hours_shares. "
        "Give as many of each",
    ),
    "missing tiers": (
        lambda folder: (folder / TIERS).unlink(),
        f"model.toml: the file is missing. Put a model.toml into {MODEL}/",
    ),
    "quotation mark never closed": (
        open_quote,
        "wages.csv, row 2: a quotation mark is not closed (a cell may not hold a",
    ),
    "date with a time": (
        replaced("county.toml", "{ value = 2024-01-01,", "{ value = 2024-01-01T00:00:00,"),
        "county.toml, key calendar.start: datetime.datetime(2024, 1, 1, 0, 0) is not allowed. "
        "Allowed: a date YYYY-MM-DD",
    ),
    "percentage for a share that may be blank": (
        replaced(TIERS, "hours = { value = 0.7,", "hours = { value = 70,"),
        "model.toml, key tiers[1].share_of_area_hours: 70 is not allowed. Allowed: a number at "
        "least 0 and at most 1 (share) or blank. A share, not a percentage: did you mean 0.7?",
    ),
    "unknown start of a phase": (
        replaced(TIERS, 'starts = "go_live"', 'starts = "golive"'),
        "model.toml, key phases[2].starts: 'golive' is not allowed. Allowed: one of start, "
        "go_live or a date YYYY-MM-DD",
    ),
    "missing section": (
        replaced("county.toml", "[brokerage]", "[brokrage]"),
        "county.toml, key brokerage: 'brokerage' is missing. Give it: a section with brokers, ",
    ),
    "tabs": (
        rewritten("branches.csv", lambda content: content.replace(b",", b"\t")),
        "branches.csv, row 1: cells are separated by tabs. Save it with commas between cells",
    ),
    "misspelt key of a source": (
        replaced("county.toml", 'source = "P067: 30 to 45"', 'sourc = "P067: 30 to 45"'),
        "county.toml, key packages.mean_visit_minutes.sourc: 'sourc' is not known here. "
        "Did you mean 'source'?",
    ),
    "source without its sureness": (
        replaced("county.toml", '"P067: 30 to 45", sure = "memory"', '"P067: 30 to 45"'),
        "county.toml, key packages.mean_visit_minutes.sure: 'sure' is missing. Give it: one of "
        "document, cited, derived, memory, estimate, assumption",
    ),
    "unknown sureness": (
        replaced("county.toml", '45", sure = "memory"', '45", sure = "certain"'),
        "county.toml, key packages.mean_visit_minutes.sure: 'certain' is not allowed. Allowed: one "
        "of document, cited",
    ),
    "true for a number": (
        replaced("county.toml", "brokers = { value = 8", "brokers = { value = true"),
        "county.toml, key brokerage.brokers: True is not allowed. Allowed: a whole number",
    ),
    "number in quotes in settings": (
        replaced("county.toml", "brokers = { value = 8", 'brokers = { value = "8"'),
        "county.toml, key brokerage.brokers: '8' is not allowed. Allowed: a whole number",
    ),
    "unknown area in an override": (
        replaced("overrides.toml", '"areas.COASTAL.hours', '"areas.COASTEL.hours'),
        "overrides.toml, key tender_scaled_hours.areas.COASTEL.hours_per_four_weeks: ",
    ),
    "failure of nobody in an override": (
        appended("overrides.toml", WHAT_IF + 'who = "P999"\n'),
        "overrides.toml, key gone.failures[1].who: there is no provider 'P999'",
    ),
    "failure nowhere in an override": (
        appended("overrides.toml", WHAT_IF + 'who = "P001"\nareas = "COASTEL"\n'),
        "overrides.toml, key gone.failures[1].areas: there is no area 'COASTEL'",
    ),
    "shock nowhere in an override": (
        appended("overrides.toml", WHAT_IF.replace("failures", "shocks") + SHOCK),
        "overrides.toml, key gone.shocks[1].areas: area 'COASTEL' is not known",
    ),
}


@pytest.mark.parametrize(("edit", "told"), BROKEN.values(), ids=BROKEN)
def test_a_broken_county_is_refused_with_place_value_and_cure(
    copy: Path, edit: Edit, told: str
) -> None:
    edit(copy)
    lines = refusal(copy)
    assert any(told in line for line in lines), "\n".join(lines[:20])


HARMLESS: dict[str, Edit] = {
    "nothing": lambda folder: None,
    "byte-order mark": rewritten("areas.csv", lambda content: b"\xef\xbb\xbf" + content),
    "byte-order mark in settings": rewritten("county.toml", lambda c: b"\xef\xbb\xbf" + c),
    "CRLF": rewritten("areas.csv", lambda content: content.replace(b"\n", b"\r\n")),
    "CRLF in settings": rewritten("county.toml", lambda c: c.replace(b"\n", b"\r\n")),
    "blank lines": rewritten("areas.csv", lambda c: c.replace(b"\n", b"\n\n") + b"\r\n\n"),
    "rows of empty cells": rewritten("areas.csv", lambda content: content + b",,,,,,,,,,,,\n"),
    "blanks around cells": rewritten("branches.csv", lambda c: c.replace(b",", b" , ")),
    "no overrides": lambda folder: (folder / "overrides.toml").unlink(),
}


@pytest.mark.parametrize("edit", HARMLESS.values(), ids=HARMLESS)
def test_what_does_no_harm_is_read_as_the_same_scenario(
    copy: Path, norfolk: Scenario, edit: Edit
) -> None:
    edit(copy)
    assert load_scenario(copy).identity == norfolk.identity


def test_several_faults_are_all_listed_at_once(copy: Path) -> None:
    together = (
        "unknown rating",
        "unknown area of a team",
        "mix that does not add up",
        "percentage for a share",
        "percentage for a tier's share",
        "two principals",
        "end before start",
        "no wage at the start",
    )
    for name in together:
        BROKEN[name][0](copy)
    settings = {"demand.growth": 1, "care.mean_hospital_days": -1}
    lines = refusal(copy, overrides=["norwich_lat"], settings=settings)
    for name in together:
        assert any(BROKEN[name][1] in line for line in lines), name
    for told in (
        "--override norwich_lat: there is no such override. Did you mean 'norwich_late'?",
        "--set demand.growth: 'demand.growth': there is no 'growth' in demand. Did you mean "
        "'growth_per_year'?",
        "--set care.mean_hospital_days: -1 is not allowed. Allowed: a number at least 1",
    ):
        assert any(told in line for line in lines), told
    assert len(lines) == len(together) + 3


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("demnd.growth_per_year", 0, "there is no 'demnd'. Did you mean 'demand'?"),
        ("areas.KINGS_LYN.area_km2", 1, "no 'KINGS_LYN' in areas. Did you mean 'KINGS_LYNN'?"),
        ("areas.COASTAL.km2", 1, "there is no 'km2' in COASTAL. Did you mean 'area_km2'?"),
        ("commissioning.tiers.principle.obligation", 1, "Did you mean 'principal'?"),
        ("demand", 3, "'demand' is a group of values, not a value. Name one of: "),
        ("areas.COASTAL", 3, "'areas.COASTAL' is a group of values, not a value. Name one of"),
        ("calendar.end", "31/12/2025", "'31/12/2025' is not allowed. Allowed: a date YYYY-MM-DD"),
        ("workforce.turnover_per_year", 30, "30 is not allowed. Allowed: a number at least 0"),
        ("failure.staff_move_share", 30, "did you mean 0.3?"),
    ],
)
def test_a_bad_setting_is_refused(path: str, value: object, told: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(told)) as caught:
        load_scenario("norfolk", settings={path: value})
    assert str(caught.value).startswith(f"--set {path}: ")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("norfok", "norfok: there is no such county. Did you mean 'norfolk'? (or give a folder)"),
        ("suffolk", "suffolk: there is no such county. Did you mean 'norfolk'?"),
        (
            "xyz",
            "xyz: there is no such county. Known: leicestershire, norfolk, rotherham, small, "
            "staffordshire, theory (or give a folder)",
        ),
    ],
)
def test_an_unknown_county_is_refused(name: str, told: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(told)):
        load_scenario(name)


def test_a_folder_that_is_no_county_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"the folder has no county\.toml"):
        load_scenario(tmp_path)


def test_a_county_without_its_own_model_uses_one_that_ships(copy: Path, norfolk: Scenario) -> None:
    shutil.rmtree(copy / MODEL)
    assert load_scenario(copy).identity == norfolk.identity


def test_every_value_of_a_tier_is_a_parameter() -> None:
    rows = parameter_rows(load_scenario("norfolk"))
    assert len({row.path for row in rows}) == len(rows)
    assert {row.path.rsplit(".", 1)[1] for row in rows if ".tiers." in row.path} == (
        set(Tier.model_fields) - {"code", "name"}
    )


def test_a_blank_line_above_the_heading_does_no_harm(copy: Path, norfolk: Scenario) -> None:
    rewritten("areas.csv", lambda content: b"\n" + content)(copy)
    assert load_scenario(copy).identity == norfolk.identity


def test_many_faults_are_listed_within_two_seconds(copy: Path) -> None:
    rewritten("branches.csv", lambda content: re.sub(rb",\d+\.\d+", b",many", content))(copy)
    began = time.process_time()
    assert len(refusal(copy)) == 3
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "edit",
    [
        lambda folder: (folder / "wages.csv").unlink(),
        lambda folder: (folder / "providers.csv").unlink(),
        BROKEN["empty file"][0],
        BROKEN["semicolons"][0],
        BROKEN["Latin-1"][0],
        BROKEN["invalid TOML"][0],
        BROKEN["invalid TOML of the model"][0],
        BROKEN["unknown commissioning model"][0],
        BROKEN["missing column"][0],
        BROKEN["extra column"][0],
        BROKEN["doubled heading"][0],
        BROKEN["row too long"][0],
        BROKEN["area's name for its code"][0],
    ],
    ids=[
        "missing wages",
        "missing providers",
        "empty file",
        "semicolons",
        "Latin-1",
        "invalid TOML",
        "invalid TOML of the model",
        "unknown commissioning model",
        "missing column",
        "extra column",
        "doubled heading",
        "row too long",
        "area's name for its code",
    ],
)
def test_one_fault_is_told_in_one_line(copy: Path, edit: Edit) -> None:
    edit(copy)
    assert len(refusal(copy)) == 1


# What the engine does not do yet --------------------------------------------------------------


SUBTLE: dict[str, tuple[Edit, str]] = {
    "key of a table among the settings": (
        replaced("county.toml", 'name = "Norfolk"', 'name = "Norfolk"\nareas = 3'),
        "county.toml, key areas: 'areas' is in a separate table. Write it in areas.csv",
    ),
    "word for yes": (
        replaced("county.toml", "reviews = { value = true", 'reviews = { value = "yes"'),
        "county.toml, key care.reviews: 'yes' is not allowed. Allowed: true or false",
    ),
    "true for a number of a tier": (
        replaced(TIERS, "obligation = { value = 1.0", "obligation = { value = true"),
        "model.toml, key tiers[1].obligation: True is not allowed. Allowed: a number",
    ),
    "no code": (
        replaced("county.toml", 'code = "norfolk"', ""),
        "county.toml, key code: 'code' is missing. Give it: letters, digits, _ and -, beginning",
    ),
}


@pytest.mark.parametrize(("edit", "told"), SUBTLE.values(), ids=SUBTLE)
def test_a_subtle_break_is_refused(copy: Path, edit: Edit, told: str) -> None:
    edit(copy)
    assert any(told in line for line in refusal(copy))


@pytest.mark.parametrize(
    "edit",
    [
        BROKEN["heading alone"][0],
        without_column("branches.csv", "provider"),
        without_column("areas.csv", "code"),
    ],
    ids=["heading alone", "column of a table's key", "column of codes"],
)
def test_one_fault_is_not_buried_under_what_follows(copy: Path, edit: Edit) -> None:
    edit(copy)
    assert len(refusal(copy)) == 1


def test_a_line_break_in_a_cell_is_refused(copy: Path) -> None:
    replaced("wages.csv", "P202, P203", "P202,\nP203")(copy)
    assert any("a cell may not hold a line break" in line for line in refusal(copy))
