"""Values that no scenario may have, wherever given: numbers, times, lists, codes, dates."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest

from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.scenario.parameters import SECTIONS
from sim.scenario.reading import COMMISSIONING_MODELS, COUNTIES
from sim.scenario.tables import ROW_TYPES

ROOT = Path(__file__).parents[1]
MODEL = "small_principal_provider"
HUGE = 10**400
LISTED = {
    "packages.hours_law": "list",
    "packages.hours_values": [5, 10],
    "packages.hours_shares": [0.5, 0.5],
}


def refused(**options: Any) -> list[str]:
    """What is told of the small county under these options."""
    with pytest.raises(ScenarioError) as caught:
        load_scenario("small", **options)
    return str(caught.value).splitlines()


def declared() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every parameter and column by name, with its JSON schema."""
    types = {**SECTIONS, **ROW_TYPES}
    for name, model in types.items():
        for key, schema in model.model_json_schema()["properties"].items():
            yield f"{name}.{key}", schema


def options_of(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema and its alternatives, without those that only say that it may be blank."""
    found = [{**schema, **option} for option in schema.get("anyOf", [{}])]
    return [option for option in found if option.get("type") != "null"]


DECLARED = dict(declared())
SETTINGS = [path for path in DECLARED if path.split(".")[0] in SECTIONS]
NUMBERS = [path for path in SETTINGS if DECLARED[path].get("type") in ("number", "integer")]
TIMES = [path for path in DECLARED if DECLARED[path].get("unit") in ("days", "weeks", "hours")]
LISTS = [path for path in SETTINGS if DECLARED[path].get("type") == "array"]


# Numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [nan, inf, -inf, True, "1", HUGE, -HUGE, [1], {"a": 1}, None])
def test_no_parameter_takes_what_is_no_finite_number(value: Any) -> None:
    told = refused(settings=dict.fromkeys(NUMBERS, value))
    assert len(NUMBERS) > 100
    for path in NUMBERS:
        assert sum(line.startswith(f"--set {path}: ") for line in told) == 1, path


@pytest.mark.parametrize("path", LISTS)
def test_every_item_of_a_list_of_numbers_has_a_range(path: str) -> None:
    for options in options_of(DECLARED[path]["items"]):
        if options.get("type") in ("number", "integer"):
            assert "maximum" in options
            assert {"minimum", "exclusiveMinimum"} & set(options)


def test_lists_are_among_the_parameters() -> None:
    assert {"packages.hours_values", "packages.hours_shares"} <= set(LISTS)


@pytest.mark.parametrize("value", [-5, 0, 1e9, nan, inf, True, "7", HUGE, [7], None])
def test_an_item_of_a_list_is_checked_as_a_number_is(value: Any) -> None:
    told = refused(settings={**LISTED, "packages.hours_values": [5, value]})
    assert [line for line in told if "packages.hours_values[2]" in line]
    assert all("2 hours_values" not in line for line in told)


def test_shares_of_a_list_lie_between_nought_and_one() -> None:
    told = refused(settings={**LISTED, "packages.hours_shares": [1.2, -0.2]})
    assert "packages.hours_shares[1]" in told[0]
    assert "at least 0 and at most 1" in told[0]
    assert load_scenario("small", settings=LISTED).packages.hours_values == (5, 10)


# Times ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TIMES)
def test_a_time_is_nought_or_long_enough_to_step_by(path: str) -> None:
    for schema in options_of(DECLARED[path]):
        assert "exclusiveMinimum" not in schema
        assert schema["minimum"] == 0 or schema["minimum"] >= 1 / 7


@pytest.mark.parametrize("path", [path for path in SETTINGS if path in TIMES])
def test_a_time_of_almost_nothing_is_refused_unless_nought_is_allowed(path: str) -> None:
    if DECLARED[path]["minimum"] > 0:
        assert refused(settings={path: 1e-9})[0].startswith(f"--set {path}: 1e-09 is not allowed")


def test_more_people_than_the_model_can_number_are_a_fault() -> None:
    told = refused(settings={"areas.HARBOUR.hours_per_four_weeks": 1e6, "care.mean_stay_days": 1})
    assert "people referred. At most" in told[0]


# Codes ----------------------------------------------------------------------------------------

BAD_CODES = ("../../escaped", "/tmp/escaped", "a/b", "a\\b", ".", "..", "a.b", "-r", "ü", "a b")
RESERVED = ("CON", "nul", "Com1")
UNSAFE = (*BAD_CODES, *RESERVED, "x" * 61, "", "x\n")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A copy of the small county, with its commissioning model inside."""
    folder = tmp_path / "mine"
    shutil.copytree(COUNTIES / "small", folder)
    shutil.copytree(COMMISSIONING_MODELS / MODEL, folder / MODEL)
    return folder


def replace(path: Path, pattern: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    changed, times = re.subn(pattern, lambda _: new, text, count=1, flags=re.M)
    assert times == 1
    path.write_text(changed, encoding="utf-8", newline="\n")


@pytest.mark.parametrize("code", UNSAFE)
@pytest.mark.parametrize("file", ["county.toml", f"{MODEL}/model.toml"])
def test_a_code_is_a_safe_name_of_a_folder(mine: Path, file: str, code: str) -> None:
    escaped = code.replace("\\", "\\\\").replace("\n", "\\n")
    replace(mine / file, r'^code = ".*"', f'code = "{escaped}"')
    with pytest.raises(ScenarioError) as caught:
        load_scenario(mine)
    assert len(caught.value.faults) == 1
    assert re.search(r"key code: .* is not allowed. Allowed: letters, digits", str(caught.value))


@pytest.mark.parametrize("by", ["county.toml", "option"])
@pytest.mark.parametrize("name", ["../outside", "absolute", "CON", ".", ""])
def test_a_commissioning_model_comes_from_the_county_or_the_shipped(
    mine: Path, name: str, by: str
) -> None:
    outside = mine.parent / "outside"
    shutil.copytree(mine / MODEL, outside)
    wanted = outside.as_posix() if name == "absolute" else name
    options = {}
    if by == "option":
        options["commissioning"] = wanted
    else:
        replace(mine / "county.toml", r'^commissioning = ".*"', f'commissioning = "{wanted}"')
    if by == "option" and not wanted:
        assert load_scenario(mine, commissioning="").commissioning.code == MODEL
        return
    with pytest.raises(ScenarioError) as caught:
        load_scenario(mine, **options)
    place = f"--commissioning {wanted}" if by == "option" else "county.toml, key commissioning"
    assert str(caught.value).startswith(f"{place}: there is no commissioning model ")
    assert MODEL in str(caught.value)
    assert len(caught.value.faults) == 1


# What messages say ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("care.delivered_share", 80, "did you mean 0.8?"),
        ("care.delivered_share", "85%", "did you mean 0.85?"),
        ("care.delivered_share", "7.000,00", "Write the decimal comma as a point: 7000.00"),
        ("care.delivered_share", "0,5", "Write the decimal comma as a point: 0.5"),
        ("bridging.hours_per_week", "1,234.5", "Write numbers without commas: 1234.5"),
        ("brokerage.brokers", "012", "Write it without the leading zero: 12"),
        ("money.procurement_gbp", "£500", "Write only the number"),
        ("calendar.end", "31/12/2025", "YYYY-MM-DD, such as 2025-12-31"),
        ("calendar.end", "01/04/2025", "such as 2025-04-01 or 2025-01-04"),
        ("calendar.end", "0025-12-31", "with a year from 1900 to 2999"),
    ],
)
def test_a_message_says_what_was_meant(path: str, value: Any, said: str) -> None:
    assert said in refused(settings={path: value})[0]


@pytest.mark.parametrize("value", [1.2, 1.5, "1.9", 101, -3])
def test_what_is_hardly_a_percentage_gets_no_share_for_it(value: Any) -> None:
    told = refused(settings={"care.delivered_share": value})[0]
    assert "did you mean" not in told
    assert "at least 0 and at most 1 (share)" in told


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("brokers = 012", "Write numbers without a leading zero: 12"),
        ("brokers = { value = 012, x = 1 }", "Write numbers without a leading zero: 12"),
        ("end = 31/12/2025", "Write dates as YYYY-MM-DD, such as 2025-12-31"),
        ("share = 0,5", "Numbers have a decimal point: 0.5"),
        ("deep = " + "[" * 3000 + "]" * 3000, "Nest at most"),
        ("a" + ".a" * 3000 + " = 1", "Nest at most"),
        ("many = " + "9" * 400, "Give a whole number from"),
        ("many = " + "9" * 6000, "Give a whole number from"),
        ("many = 0x" + "f" * 6000, "Give a whole number from"),
    ],
    ids=lambda text: text[:24],
)
@pytest.mark.parametrize("file", ["county.toml", "overrides.toml", f"{MODEL}/model.toml"])
def test_toml_that_cannot_be_read_is_one_fault(mine: Path, file: str, line: str, said: str) -> None:
    path = mine / file
    path.write_text(f"{line}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(mine, settings={"calendar.end": "2025-06-30"})
    assert len(caught.value.faults) == 1, str(caught.value)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 400


def test_long_values_are_cut_in_messages() -> None:
    told = refused(settings={"care.reviews": "x" * 100_000, "y" * 100_000: 1})
    assert len(told) == 2
    assert "(100,000 characters)" in told[0] + told[1]
    assert "x" * 70 not in told[0] + told[1]


# Dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["sim", "experiments", "docs"])
def test_one_function_reads_dates(part: str) -> None:
    """Nothing else in the code parses a date from text."""
    readers = {"fromisoformat", "strptime"}
    for path in sorted((ROOT / part).rglob("*.py")):
        names = {
            node.attr
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute)
        }
        assert path.name == "dates.py" or not names & readers, path


@pytest.mark.parametrize("text", ["20240601", "2024-6-1", "2024-W10-1", "٢٠٢٤-٠١-٠١", "01/06/2024"])
def test_only_one_way_of_writing_a_date_is_read(text: str) -> None:
    assert (
        "is not allowed. Allowed: a date YYYY-MM-DD" in refused(settings={"calendar.end": text})[0]
    )
    row = refused(settings={"failures": [{"date": text, "who": "largest"}]})
    assert "is not allowed. Allowed: a date YYYY-MM-DD" in row[0]


# Copies ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def county() -> Scenario:
    return load_scenario("small")


@pytest.mark.parametrize("value", [60, -0.1, nan, True, "0.6", HUGE])
def test_a_copy_with_a_value_out_of_range_is_refused(county: Scenario, value: Any) -> None:
    allowed = "Allowed: a number at least 0 and at most 1 (share)"
    with pytest.raises(ScenarioError, match="staff_move_share") as caught:
        county.rollout.model_copy(update={"staff_move_share": value})
    assert allowed in str(caught.value)
    rollout = {**county.rollout.model_dump(), "staff_move_share": value}
    with pytest.raises(ScenarioError, match=re.escape("rollout.staff_move_share")) as caught:
        county.model_copy(update={"rollout": rollout})
    assert allowed in str(caught.value)
    with pytest.raises(ScenarioError, match=re.escape("rollout.staff_move_share")) as caught:
        county.changed({"rollout.staff_move_share": value})
    assert allowed in str(caught.value)


def test_a_copy_knows_its_keys(county: Scenario) -> None:
    with pytest.raises(ScenarioError, match="Did you mean 'staff_move_share'"):
        county.rollout.model_copy(update={"staff_moves_share": 0.5})


def test_a_copy_keeps_what_is_not_changed(county: Scenario) -> None:
    other = county.rollout.model_copy(update={"staff_move_share": 0.5})
    assert other.staff_move_share == 0.5
    assert other == county.model_copy(update={"rollout": other}).rollout
    assert county.model_copy().identity == county.identity
    assert county.model_copy(update={}).identity == county.identity
    assert county.rollout.staff_move_share != 0.5


CHANGES: dict[str, dict[str, Any]] = {
    "a value": {"rollout.staff_move_share": 0.5},
    "a date": {"calendar.end": "2025-06-30"},
    "a cell": {"areas.HARBOUR.area_km2": 41},
    "a tier": {"commissioning.tiers.principal.obligation": 0.5},
    "several": {"care.mean_stay_days": 300, "brokerage.brokers": 3},
    "a table": {"failures": [{"date": "2024-09-02", "who": "largest"}]},
}


@pytest.mark.parametrize("values", CHANGES.values(), ids=CHANGES)
def test_a_changed_scenario_is_what_its_settings_give(
    county: Scenario, values: dict[str, Any]
) -> None:
    changed, loaded = county.changed(values), load_scenario("small", settings=values)
    assert changed == loaded
    assert changed.identity == loaded.identity != county.identity


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"calendar.end": "2020-01-01"}, "lies before"),
        ({"care.ends_by_death": 0.99, "care.ends_by_residential_care": 0.5}, "more than 1"),
        ({"rollout.staff_moves": 1}, "there is no 'staff_moves' in rollout"),
        ({"failures": [{"date": "2024-09-02", "who": "P999"}]}, "no provider 'P999'"),
        ({"failures": [{"date": "2024-09-02", "who": "largest", "share": True}]}, "True is not"),
        ({"areas": [1, 2]}, "is not allowed"),
        ({"failures.date": 1}, "there is no 'date' in failures"),
        ({"branches.ANCHOR:HARBOUR.posts.x": 1}, "there is no 'x' in posts"),
    ],
)
def test_a_changed_scenario_is_checked_whole(
    county: Scenario, values: dict[str, Any], said: str
) -> None:
    with pytest.raises(ScenarioError) as changed:
        county.changed(values)
    assert said in str(changed.value)
    assert str(changed.value).splitlines() == refused(settings=values)


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_notebooks_teach_the_copy_that_is_checked_whole(path: Path) -> None:
    assert "model_copy" not in path.read_text(encoding="utf-8")
