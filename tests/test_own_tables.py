"""A user's own referrals and failures: the samples that ship, and what is made of every row."""

from __future__ import annotations

import csv
import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from math import sqrt
from pathlib import Path
from random import Random
from typing import Any

import pytest
from command_line import Caremarket
from conftest import SMALL_AREAS, only

from experiments.asking.asked import Asked, scenario_asked_for
from experiments.asking.scripts import Scripts
from experiments.commands import samples
from sim.ledger import FACTS, Cause, Ledger, Stage
from sim.processes.referrals import SETTLEMENTS, own_referrals
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.scenario.draft import GivenRow
from sim.scenario.faults import Place
from sim.scenario.reading import OPTIONAL_TABLES
from sim.scenario.schema import PRIVATE
from sim.scenario.tables import CaseloadRow, ReferralRow
from sim.simulation import Simulation, simulate
from sim.vocabulary import FAILURE_KINDS

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "experiments" / "samples"
REFERRALS, FAILURES = SAMPLES / "referrals.csv", SAMPLES / "failures.csv"
PAGE = ROOT / "docs" / "how-to" / "own-tables.md"
START = date(2024, 1, 1)
SHORT = {"calendar.end": "2024-05-31", "calendar.warm_up_weeks": 4}
NO_EXTRA_PEOPLE = {"bridging.no_reablement_referral_share": 0.0}

Row = dict[str, Any]


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """A CSV table with every column that a row names."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def two_areas(path: Path, table: str = "referrals", **settings: Any) -> Scenario:
    """King's Lynn and Coastal for five months, with a table of one's own."""
    changed = {name.replace("__", "."): value for name, value in settings.items()}
    whole = load_scenario("norfolk", files={table: path}, settings={**SHORT, **changed})
    return only(whole, SMALL_AREAS)


def told_of(ledger: Ledger) -> list[tuple[float, ...]]:
    """Referrals from the table, without the number of the package."""
    others = (Cause.REABLEMENT_NOT_DONE, Cause.SELF_FUNDED)
    cause = {row[1] for row in ledger.rows("moved") if row[6] in others}
    return [
        (row[0], *row[2:]) for row in ledger.rows("referred") if row[0] >= 0 and row[1] not in cause
    ]


def before(ledger: Ledger, day: float) -> dict[str, list[tuple[float, ...]]]:
    """Every fact up to a day."""
    return {name: [row for row in ledger.rows(name) if row[0] < day] for name in FACTS}


def invented() -> list[Row]:
    """Rows in two areas with blanks, some of them of one area, one day and the same hours."""
    random = Random(5)
    return [
        {
            "person": f"S{place:03}",
            "date": (START + timedelta(days=random.randrange(0, 140, 5))).isoformat(),
            "area": random.choice(SMALL_AREAS),
            "hours_per_week": random.choice((7, 10.5, 21)),
            "carers_a_visit": random.choice(("", 1, 2)),
            "hospital": random.choice(("", "yes", "no")),
            "stay_days": random.choice(("", "", 40)),
        }
        for place in range(70)
    ]


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scenario, Ledger]:
    """A run on invented rows."""
    scenario = two_areas(write(tmp_path_factory.mktemp("usual") / "mine.csv", invented()))
    return scenario, simulate(scenario, seed=1)


# The samples ----------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["referrals", "caseload"])
def test_the_script_gives_the_sample(table: str) -> None:
    path = ROOT / "docs" / "provenance" / f"sample_{table}.py"
    found = importlib.util.spec_from_file_location(f"sample_{table}", path)
    assert found
    assert found.loader
    script = importlib.util.module_from_spec(found)
    found.loader.exec_module(script)
    with (SAMPLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        heading, *rows = csv.reader(file)
    assert heading == list(script.COLUMNS)
    assert rows == script.sample()


def test_the_sample_of_referrals_is_as_varied_as_a_real_one() -> None:
    rows = load_scenario("norfolk", files={"referrals": REFERRALS}).referrals
    assert 150 <= len(rows) <= 300
    assert {row.area for row in rows} == {area.code for area in load_scenario("norfolk").areas}
    assert min(row.date for row in rows) < date(2024, 1, 15)
    assert date(2024, 6, 15) < max(row.date for row in rows) <= date(2024, 6, 30)
    for name, declared in ReferralRow.model_fields.items():
        values = {getattr(row, name) for row in rows}
        # Once rows that stand twice have been told, nobody needs the references of people.
        assert values == {None} if name == "person" else len(values) > 1
        if name != "person" and not declared.is_required():
            assert None in values


def test_the_samples_name_nobody() -> None:
    with REFERRALS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert re.fullmatch(r"S\d{3}", row["person"])
    assert "person" not in CaseloadRow.model_fields


def test_the_sample_of_failures_has_one_of_every_kind() -> None:
    rows = load_scenario("norfolk", files={"failures": FAILURES}).failures
    assert {row.kind for row in rows} == set(FAILURE_KINDS)
    assert {row.who.partition(":")[0] for row in rows} >= {"largest", "principal", "P014"}
    assert any(row.who == "largest:KINGS_LYNN" for row in rows)
    for name in ("areas", "staff_move_share", "share", "lasts_days", "notice_days"):
        assert any(getattr(row, name) for row in rows)


def test_the_samples_pass_check(caremarket: Caremarket, tmp_path: Path) -> None:
    done = caremarket("check", "norfolk", "--referrals", REFERRALS, "--failures", FAILURES)
    assert done.code == 0, done.err
    assert "240 referrals of your own stand in for generated ones" in done.out
    for row in load_scenario("norfolk", files={"failures": FAILURES}).failures:
        assert f"failure: {row.kind} of {row.who} on {row.date}" in done.out
    assert list(tmp_path.iterdir()) == []


def test_the_sample_of_referrals_runs(caremarket: Caremarket, tmp_path: Path) -> None:
    shorter = ("--until", "2024-06-30", "--set", "calendar.warm_up_weeks=4")
    alone = ("--set", "bridging.no_reablement_referral_share=0")
    words = ("run", "norfolk", "--referrals", REFERRALS, *shorter, *alone, "--out", "out")
    done = caremarket(*words)
    assert done.code == 0, done.err
    with (tmp_path / "out" / "weekly_by_area.csv").open(encoding="utf-8", newline="") as file:
        assert sum(float(row["referrals"]) for row in csv.DictReader(file)) == 240


def test_every_failure_of_the_sample_happens_when_and_where_it_says() -> None:
    settings = {**SHORT, "calendar.end": "2027-03-31"}
    scenario = load_scenario("norfolk", files={"failures": FAILURES}, settings=settings)
    ledger = simulate(scenario, seed=1)
    areas = {**dict(enumerate(ledger.labels.areas)), -1: "all"}
    where: dict[tuple[str, Cause], set[str]] = {}
    for day, _, area, cause in ledger.rows("traded"):
        happened = f"{START + timedelta(days=int(day))}", Cause(int(cause))
        where.setdefault(happened, set()).add(areas[int(area)])
    expected = {
        ("2024-05-13", Cause.CLOSED): {"KINGS_LYNN"},
        ("2025-02-03", Cause.NOTICE_GIVEN): {"all"},
        ("2025-03-31", Cause.CLOSED): {"all"},
        ("2026-05-04", Cause.SUSPENDED): {"all"},
        ("2026-08-02", Cause.SUSPENSION_ENDED): {"all"},
        ("2026-11-02", Cause.STAFF_LOST): {"all"},
        ("2027-03-01", Cause.RECRUITMENT_STOPPED): {"COASTAL", "KINGS_LYNN"},
    }
    assert {happened: where.get(happened) for happened in expected} == expected
    returned = [row[0] for row in ledger.rows("contracted") if row[4] == Cause.CONTRACT_RETURNED]
    assert returned == [(date(2025, 9, 1) - START).days + 84]


def test_every_sample_is_in_the_wheel_and_has_a_purpose() -> None:
    shipped = {path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*.csv")}
    assert set(samples.PURPOSES) == shipped
    with (ROOT / "pyproject.toml").open("rb") as file:
        declared = tomllib.load(file)["tool"]["setuptools"]["package-data"]["experiments"]
    packed = {path for pattern in declared for path in (ROOT / "experiments").glob(pattern)}
    assert {SAMPLES / name for name in shipped} <= packed


# Broken samples -------------------------------------------------------------------------------

REWRITTEN = "Allowed: a date YYYY-MM-DD (a spreadsheet program may have rewritten it"
HOURS = "Allowed: a number above 0 and at most 200 (hours/week)"
SHARE = "Allowed: a number at least 0 and at most 1 (share) or blank"
COMMAS = "Save it with commas between cells ('CSV UTF-8 (comma delimited)')"
ENCODING = ": the file is not UTF-8 text (a spreadsheet program may have rewritten it). In the "
INSIDE = "is outside the run. Choose a date from 2024-01-01 to 2029-12-31"
QUOTES = 'A comma inside a cell needs "quotes" around the cell'
BROKEN: dict[str, list[str]] = {
    "referrals_dates_rewritten": [
        f", rows 3, 4 and 5, column date: for instance, '01/04/2024' is not allowed. {REWRITTEN}",
    ],
    "referrals_semicolons": [f", row 1: cells are separated by semicolons. {COMMAS}"],
    "referrals_not_utf8": [ENCODING],
    "referrals_decimal_comma": [
        f", row 2, column hours_per_week: '10,5' is not allowed. {HOURS}",
        f", row 3: 7 cells where the heading has 6. {QUOTES}; numbers take a point, as in 12.5",
    ],
    "referrals_unknown_area": [
        ", rows 2 and 3, column area: for instance, area 'KINGS_LYN' is not known. Did you mean "
        "'KINGS_LYNN'?",
        ", row 4, column area: area 'coastal' is not known. Did you mean 'COASTAL'?",
        ", row 5, column area: 'area' is missing. Give it: capital letters",
    ],
    "referrals_hours": [
        f", rows 2, 3 and 5, column hours_per_week: for instance, '0' is not allowed. {HOURS}",
        ", row 4, column hours_per_week: 'hours_per_week' is missing. Give it: a number above 0",
    ],
    "referrals_doubled_person": [
        ", rows 2 and 4, column person: the reference of row 2 stands 2 times. Keep one row",
    ],
    "referrals_missing_column": [
        ", row 1: the column 'hours_per_week' is missing. Give the table a column hours_per_week",
    ],
    "referrals_misspelt_column": [
        ", row 1: the column 'carer_a_visit' is not known. Did you mean 'carers_a_visit'?",
        ", row 1: the column 'hours_a_week' is not known. Did you mean 'hours_per_week'?",
        ", row 1: the column 'hours_per_week' is missing. Give the table a column hours_per_week",
    ],
    "referrals_too_many_cells": [
        f", row 3: 7 cells where the heading has 6. {QUOTES}",
        f", row 4: 4 cells where the heading has 6. {QUOTES}",
    ],
    "referrals_outside_the_run": [
        f", rows 2 and 4, column date: for instance, 2023-12-29 {INSIDE}",
    ],
    "referrals_several_faults": [
        ", row 2, column area: area 'KINGS_LYN' is not known. Did you mean 'KINGS_LYNN'?",
        f", row 2, column date: '01/04/2024' is not allowed. {REWRITTEN}",
        f", row 2, column hours_per_week: '0' is not allowed. {HOURS}",
        ", row 3, column carers_a_visit: '3' is not allowed. Allowed: a whole number at least 1",
        ", row 3, column hospital: 'perhaps' is not allowed. Allowed: ",
        ", row 3, column settlement: 'town' is not allowed. Allowed: one of urban, fringe",
        ", row 3, column stay_days: '-7' is not allowed. Allowed: a number at least 1",
        ", rows 3, 4 and 6, column person: the reference of row 3 stands 3 times",
        f", row 5: 9 cells where the heading has 8. {QUOTES}",
        f", row 6, column date: 2030-01-01 {INSIDE}",
    ],
    "failures_dates_rewritten": [
        f", rows 2 and 4, column date: for instance, '01/04/2026' is not allowed. {REWRITTEN}",
    ],
    "failures_semicolons": [f", row 1: cells are separated by semicolons. {COMMAS}"],
    "failures_not_utf8": [ENCODING],
    "failures_decimal_comma": [
        f", row 2, column staff_move_share: '0,3' is not allowed. {SHARE}",
        f", row 3: 9 cells where the heading has 8. {QUOTES}; numbers take a point, as in 12.5",
    ],
    "failures_percent": [
        f", rows 2 and 3, column staff_move_share: for instance, '30' is not allowed. {SHARE}. A "
        "share, not a percentage: did you mean 0.3?",
        f", row 4, column share: '25' is not allowed. {SHARE}. A share, not a percentage: did you "
        "mean 0.25?",
    ],
    "failures_unknown_names": [
        ", row 2, column who: no provider 'P999'. Give a provider's code, principal:AREA",
        ", row 3, column who: no area 'KINGS_LYN'. Did you mean 'KINGS_LYNN'?",
        ", row 4, column kind: 'bankruptcy' is not allowed. Allowed: one of closure, contract_",
        ", row 5, column areas: no area 'NORWICH1'. Did you mean 'NORWICH_1'?",
    ],
    "failures_before_go_live": [
        ", row 2, column date: KINGS_LYNN has no principal provider on 2025-01-26 (it goes live on "
        "2025-01-27). Choose a later date, or largest:KINGS_LYNN",
    ],
    "failures_outside_the_run": [
        f", rows 2 and 3, column date: for instance, 2023-04-01 {INSIDE}",
    ],
    "failures_missing_column": [
        ", row 1: the column 'who' is missing. Give the table a column who"
    ],
    "failures_misspelt_column": [
        ", row 1: the column 'notice' is not known. Did you mean 'notice_days'?"
    ],
    "shocks_several_faults": [
        ", row 2, column ends: it ends on 2025-07-01, before it has begun. Give a day after 2025",
        ", row 3, column areas: area 'KINGS_LYN' is not known. Did you mean 'KINGS_LYNN'?",
        ", rows 3 and 5, column size: for instance, 10 is more than all carers. Write a share of "
        "carers, 0 to 1",
        ", row 4, column date: '22/07/2025' is not allowed. Allowed: a date YYYY-MM-DD",
        ", row 4, column kind: 'newcommers' is not allowed. Allowed: one of newcomers, carers_lost",
        ", row 4, column size: '-1' is not allowed. Allowed: a number at least 0 and at most 10",
    ],
    "caseload_several_faults": [
        ", row 2, column provider: no provider has this code. Give the code of a provider",
        ", row 3, column area: no area has this code. Known: HARBOUR, HILLS, MARKET, MARSH",
        ", row 4, column provider: the provider has no team in the area. Give branches.csv a row",
        f", row 5, column hours_per_week: {PRIVATE} is not allowed. {HOURS}",
        f", row 6, column carers_a_visit: {PRIVATE} is not allowed. Allowed: a whole number",
        f", row 6, column since: {PRIVATE} is not allowed. Allowed: a date YYYY-MM-DD",
        ", row 7, column since: it is after the first day of the run (2024-01-01). Leave out who",
        f", row 8: 6 cells where the heading has 5. {QUOTES}; numbers take a point, as in 12.5",
    ],
    "failures_too_many_cells": [
        f", row 2: 9 cells where the heading has 8. {QUOTES}",
        ", row 3, column notice_days: '-1' is not allowed. Allowed: a number at least 0",
    ],
}


def assert_told(err: str, expected: Iterable[str]) -> None:
    """Exactly these kinds of faults, each on a line of its own, in any order."""
    head, *told = err.splitlines()
    wanted = list(expected)
    number = rf"({len(wanted)} faults?|[0-9,]+ faults of {len(wanted)} kinds?)"
    assert re.match(rf"{number}; nothing was run or written:", head), err
    assert len(told) == len(wanted), err
    for text in wanted:
        matching = [line for line in told if line.startswith(f"  {text}")]
        assert len(matching) == 1, f"{text!r} in\n{err}"


def test_every_broken_sample_is_tried() -> None:
    assert {path.stem for path in (SAMPLES / "broken").iterdir()} == set(BROKEN)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_table_is_refused_with_every_fault(
    caremarket: Caremarket, tmp_path: Path, name: str
) -> None:
    option = f"--{name.partition('_')[0]}"
    county = "small" if option == "--caseload" else "norfolk"
    done = caremarket("run", county, option, SAMPLES / "broken" / f"{name}.csv")
    assert done.code == 2
    assert done.out == ""
    assert_told(done.err, [f"{name}.csv{text}" for text in BROKEN[name]])
    assert list(tmp_path.iterdir()) == []


def test_faults_of_both_tables_and_of_other_options_are_told_at_once(
    caremarket: Caremarket,
) -> None:
    names = ("referrals_hours", "failures_percent")
    words = [
        word
        for name in names
        for word in (f"--{name.partition('_')[0]}", SAMPLES / "broken" / f"{name}.csv")
    ]
    done = caremarket("check", "norfolk", *words, "--set", "demand.growth=1")
    assert done.code == 2
    told = [f"{name}.csv{text}" for name in names for text in BROKEN[name]]
    assert_told(done.err, [*told, "--set demand.growth: "])


@pytest.mark.parametrize("option", ["--referrals", "--failures", "--shocks"])
def test_a_missing_file_is_told(caremarket: Caremarket, option: str) -> None:
    done = caremarket("check", "norfolk", option, "mine.csv")
    assert done.code == 2
    assert_told(done.err, ["mine.csv: the file is missing. "])


def test_a_broken_table_in_the_county_s_folder_is_refused_too(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    assert caremarket("new", "mine").code == 0
    broken = (SAMPLES / "broken" / "referrals_hours.csv").read_bytes()
    (tmp_path / "mine" / "referrals.csv").write_bytes(broken)
    done = caremarket("check", "mine")
    assert done.code == 2
    assert_told(done.err, [f"referrals.csv{text}" for text in BROKEN["referrals_hours"]])
    beside = caremarket("check", "mine", "--referrals", REFERRALS)
    assert beside.code == 0, beside.err


@pytest.mark.parametrize(
    ("option", "heading"),
    [("referrals", "date,area,hours_per_week"), ("caseload", "provider,area,hours_per_week")],
)
def test_a_table_of_people_without_people_is_told(
    caremarket: Caremarket, tmp_path: Path, option: str, heading: str
) -> None:
    """Else a broken export would pass for a good run with people who are drawn."""
    (tmp_path / "mine.csv").write_text(f"{heading}\n", encoding="utf-8")
    done = caremarket("check", "small", f"--{option}", "mine.csv")
    assert done.code == 2
    assert_told(done.err, ["mine.csv: it has no rows. Give it a row for each person"])


@pytest.mark.parametrize("name", list(ReferralRow.model_fields))
def test_only_the_columns_declared_as_required_must_be_there(tmp_path: Path, name: str) -> None:
    row: Row = {"person": "S1", "date": "2024-02-01", "area": "COASTAL", "hours_per_week": 7}
    row |= {"carers_a_visit": 1, "settlement": "urban", "hospital": "no", "vulnerable": "no"}
    row |= {"critical": "yes", "stay_days": 80}
    del row[name]
    path = write(tmp_path / "mine.csv", [row])
    required = {column.column: column.required for column in samples.columns_of("referrals")}
    if required[name] == "yes":
        with pytest.raises(ScenarioError, match=f"the column '{name}' is missing"):
            load_scenario("norfolk", files={"referrals": path})
    else:
        assert (
            getattr(load_scenario("norfolk", files={"referrals": path}).referrals[0], name) is None
        )


# The verb -------------------------------------------------------------------------------------


def test_samples_writes_a_folder_and_says_what_to_type_next(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    done = caremarket("samples", "my samples")
    assert done.code == 0, done.err
    made = tmp_path / "my samples"
    assert [path.name for path in tmp_path.iterdir()] == [made.name]
    written = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    generated = {f"{table}_columns.csv" for table in OPTIONAL_TABLES}
    assert written == set(samples.PURPOSES) | generated
    for name in samples.PURPOSES:
        assert (made / name).read_bytes() == (SAMPLES / name).read_bytes()
    for name in written:
        assert re.search(rf"^  {re.escape(name)} +\w", done.out, flags=re.MULTILINE)
    typed = [shlex.split(line) for line in re.findall(r"^  caremarket (.+)$", done.out, re.M)]
    assert [words[0] for words in typed] == ["check", "run", "run", "run", "run", "check"]
    assert caremarket(*typed[0]).code == 0
    assert caremarket(*typed[5]).code == 2
    for words in typed[1:5]:
        asked = dict(zip(words[2::2], words[3::2], strict=True))
        files = {name: Path(asked[f"--{name}"]) for name in OPTIONAL_TABLES if f"--{name}" in asked}
        end = {"calendar.end": asked["--until"]} if "--until" in asked else {}
        assert load_scenario(words[1], files=files, settings=end)


@pytest.mark.parametrize("taken", ["folder", "file"])
def test_samples_overwrites_nothing(caremarket: Caremarket, tmp_path: Path, taken: str) -> None:
    path = tmp_path / "taken"
    path.mkdir() if taken == "folder" else path.write_text("mine", encoding="utf-8")
    done = caremarket("samples", "taken")
    assert done.code == 2
    assert_told(done.err, ["taken: it exists already. Name a folder that does not exist yet"])
    assert not path.is_dir() or not list(path.iterdir())
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_samples_refuses_a_folder_inside_a_file(caremarket: Caremarket, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    done = caremarket("samples", "file/inner")
    assert done.code == 2
    assert_told(done.err, [f"{Path('file/inner')}: file is a file. Name a folder"])


def test_samples_are_written_whole_or_not_at_all(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError("the disc is full")

    monkeypatch.setattr(samples, "write_columns", fails)
    with pytest.raises(OSError, match="the disc is full"):
        caremarket("samples", "mine")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("table", OPTIONAL_TABLES)
def test_a_table_s_columns_are_those_declared(tmp_path: Path, table: str) -> None:
    samples.write_columns(tmp_path / "columns.csv", table)
    with (tmp_path / "columns.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["column"]: row for row in csv.DictReader(file)}
    fields = OPTIONAL_TABLES[table].model_fields
    assert list(rows) == list(fields)
    for name, declared in fields.items():
        assert rows[name]["meaning"] == declared.description
        assert (rows[name]["required"] == "yes") == declared.is_required()
        assert all(rows[name].values())


# The page -------------------------------------------------------------------------------------


def test_the_page_has_the_tables_of_the_declarations() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for table in OPTIONAL_TABLES:
        section = page.split(f"\n## {table}.csv\n")[1].split("\n## ")[0]
        assert samples.as_markdown(table) in section


def test_the_page_says_what_each_blank_is_drawn_from() -> None:
    page = PAGE.read_text(encoding="utf-8")
    told = re.findall(r"^\| (\w+) \| .*\|$", page.split("| drawn from |")[1].split("\n\n")[0], re.M)
    optional = {name for name, f in ReferralRow.model_fields.items() if not f.is_required()}
    assert set(told) == optional
    norfolk = load_scenario("norfolk")
    for section, key in re.findall(r"`(demand|packages)\.(\w+)`", page):
        assert hasattr(getattr(norfolk, section), key)


def test_the_page_shows_messages_as_they_are() -> None:
    shown = re.findall(r"```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    lines = shown.splitlines()
    assert len(lines) >= 20
    for line in lines:
        name = re.split("[,:]", line)[0]
        table = name.partition("_")[0]
        with pytest.raises(ScenarioError) as told:
            load_scenario("norfolk", files={table: SAMPLES / "broken" / name})
        assert line in told.value.lines


# What is made of a row ------------------------------------------------------------------------


def test_given_values_are_respected(tmp_path: Path) -> None:
    given = [
        ("2024-01-01", "COASTAL", 10.5, 1, "urban", "yes", "no", "TRUE"),
        ("2024-02-29", "COASTAL", 7.1, 1, "isolated", "no", "yes", "0"),
        ("2024-03-01", "COASTAL", 7.1, 2, "rural", "true", "FALSE", "1"),
        ("2024-04-01", "KINGS_LYNN", 0.01, 1, "fringe", "Yes", "No", "no"),
        ("2024-05-30", "KINGS_LYNN", 0.01, 2, "urban", "no", "no", "no"),
        ("2024-05-31", "KINGS_LYNN", 200, 2, "urban", "no", "no", "no"),
    ]
    minutes = [630, 420, 420, 15, 30, 12000]
    names = list(ReferralRow.model_fields)
    columns = [name for name in names if name not in ("person", "stay_days")]
    rows = [dict(zip(columns, row, strict=True)) for row in given]
    scenario = two_areas(write(tmp_path / "mine.csv", rows), **NO_EXTRA_PEOPLE)
    ledger = simulate(scenario, seed=3)
    found = [(int(row[0]), *row[1:]) for row in told_of(ledger)]
    truth = {"yes": 1, "true": 1, "1": 1, "no": 0, "false": 0, "0": 0}
    assert found == [
        (
            (date.fromisoformat(row[0]) - START).days,
            ledger.labels.areas.index(row[1]),
            planned,
            row[3],
            SETTLEMENTS.index(row[4]),
            *(truth[cell.lower()] for cell in row[5:]),
        )
        for row, planned in zip(given, minutes, strict=True)
    ]


def test_a_given_stay_is_the_time_from_first_visit_to_end(tmp_path: Path) -> None:
    rows = [
        {"date": f"2024-01-{day:02}", "area": "COASTAL", "hours_per_week": 5, "stay_days": 20.5}
        for day in range(1, 32)
    ]
    settings = {"care__hospital_admissions_per_year": 0, **NO_EXTRA_PEOPLE}
    ledger = simulate(two_areas(write(tmp_path / "mine.csv", rows), **settings), seed=1)
    own = {row[1] for row in ledger.rows("referred") if row[0] >= 0}
    moved = [row for row in ledger.rows("moved") if row[1] in own]
    first = {row[1]: row[0] for row in reversed(moved) if row[2] == Stage.IN_SERVICE}
    ended = {row[1]: row[0] for row in moved if row[2] == Stage.ENDED}
    served = set(first) & set(ended)
    assert len(served) > 20
    for package in served:
        assert ended[package] - first[package] == pytest.approx(20.5)


def test_blanks_are_drawn_from_the_scenario(tmp_path: Path) -> None:
    number = 900
    rows = [
        {"date": (START + timedelta(days=place % 150)).isoformat(), "area": "COASTAL"}
        | {"hours_per_week": 1, "hospital": "no"}
        for place in range(number)
    ]
    scenario = two_areas(write(tmp_path / "mine.csv", rows))
    market = Simulation(scenario, seed=1).market
    area = next(row for row in scenario.areas if row.code == "COASTAL")
    drawn = [person for _, _, person in own_referrals(market, area)]
    for found, share in (
        (sum(person.carers == 2 for person in drawn), scenario.packages.double_handed_share),
        (sum(person.vulnerable for person in drawn), scenario.packages.vulnerable_share),
        (sum(person.critical for person in drawn), scenario.packages.critical_share),
        (sum(person.settlement == 0 for person in drawn), area.urban_share),
        (sum(person.settlement == 3 for person in drawn), area.isolated_share),
    ):
        assert abs(found - share * number) < 5 * sqrt(number * share * (1 - share))
    assert not any(person.hospital for person in drawn)
    moments = [day % 1 for day, _, _ in own_referrals(market, area)]
    assert abs(sum(moments) / number - 0.5) < 5 * sqrt(1 / 12 / number)
    assert len({person.stay_days for person in drawn}) == number


def test_people_before_the_first_day_are_as_without_the_table(
    usual: tuple[Scenario, Ledger],
) -> None:
    scenario, ledger = usual
    generated = simulate(scenario.model_copy(update={"referrals": ()}), seed=1)
    mine, usually = before(ledger, 0.0), before(generated, 0.0)
    assert len(mine["referred"]) > 50
    assert mine == usually
    assert len(told_of(ledger)) == len(scenario.referrals) != len(told_of(generated))


def test_growth_and_season_do_not_act_on_the_table(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.csv", invented())
    settings = {"demand__growth_per_year": 0.2, "demand__season_amplitude": 0.5}
    grown = simulate(two_areas(path, **settings), seed=1)
    assert told_of(grown) == told_of(simulate(two_areas(path), seed=1))


# Who stays who they are -----------------------------------------------------------------------


def test_the_order_of_rows_moves_nothing(tmp_path: Path, usual: tuple[Scenario, Ledger]) -> None:
    scenario, ledger = usual
    rows = invented()
    Random(1).shuffle(rows)
    shuffled = two_areas(write(tmp_path / "mine.csv", rows))
    assert shuffled.referrals != scenario.referrals
    assert shuffled.identity == scenario.identity
    assert before(simulate(shuffled, seed=1), 1e9) == before(ledger, 1e9)


def test_references_move_nothing(tmp_path: Path, usual: tuple[Scenario, Ledger]) -> None:
    _, ledger = usual
    renamed = [{**row, "person": f"T{999 - place}"} for place, row in enumerate(invented())]
    named = simulate(two_areas(write(tmp_path / "named.csv", renamed)), seed=1)
    assert before(named, 1e9) == before(ledger, 1e9)
    without = [{**row, "person": ""} for row in invented()]
    blank = simulate(two_areas(write(tmp_path / "blank.csv", without)), seed=1)
    assert before(blank, 1e9) == before(ledger, 1e9)


def test_a_row_added_for_a_later_day_leaves_earlier_days_as_they_were(
    tmp_path: Path, usual: tuple[Scenario, Ledger]
) -> None:
    _, ledger = usual
    added: Row = {"date": "2024-03-15", "area": "KINGS_LYNN", "hours_per_week": 21}
    more = simulate(two_areas(write(tmp_path / "mine.csv", [added, *invented()])), seed=1)
    day = (date(2024, 3, 15) - START).days
    assert before(more, day) == before(ledger, day)
    assert before(more, 1e9) != before(ledger, 1e9)


def test_a_row_added_on_any_day_leaves_people_of_other_days_who_they_were(
    tmp_path: Path, usual: tuple[Scenario, Ledger]
) -> None:
    _, ledger = usual
    rows, area = invented(), "KINGS_LYNN"
    taken = {row["date"] for row in rows if row["area"] == area}
    free = next(day for n in range(99) if (day := f"{START + timedelta(days=n)}") not in taken)
    added: Row = {"date": free, "area": area, "hours_per_week": 21}
    more = told_of(simulate(two_areas(write(tmp_path / "mine.csv", [added, *rows])), seed=1))
    here = (date.fromisoformat(free) - START).days, ledger.labels.areas.index(area)
    assert [row for row in more if (int(row[0]), row[1]) != here] == told_of(ledger)
    assert len(more) == len(rows) + 1
    assert more[-1][0] > here[0] + 30


def test_people_of_one_day_who_are_alike_are_people_of_their_own(tmp_path: Path) -> None:
    alike: Row = {"date": "2024-03-15", "area": "COASTAL", "hours_per_week": 21}
    scenario = two_areas(write(tmp_path / "mine.csv", [alike] * 3))
    market = Simulation(scenario, seed=1).market
    area = next(row for row in scenario.areas if row.code == "COASTAL")
    assert len({(day, person.stay_days) for day, _, person in own_referrals(market, area)}) == 3


def test_replications_draw_blanks_anew(usual: tuple[Scenario, Ledger]) -> None:
    scenario, ledger = usual
    other = simulate(scenario, seed=1, replication=1)
    assert len(told_of(other)) == len(told_of(ledger))
    assert told_of(other) != told_of(ledger)


# Failures of one's own ------------------------------------------------------------------------

ON = {"who": "largest:KINGS_LYNN", "date": "2024-03-01"}
AS_OPTIONS: dict[str, tuple[list[Row], Scripts]] = {
    "sudden": ([ON], Scripts(["largest:KINGS_LYNN"], ["2024-03-01"])),
    "notice and staff": (
        [{**ON, "kind": "closure", "notice_days": 28, "staff_move_share": 0.6}],
        Scripts(["largest:KINGS_LYNN"], ["2024-03-01"], "closure", 28.0, 0.6),
    ),
    "two suspensions": (
        [
            {"who": "P009", "date": "2024-02-01", "kind": "suspension"},
            {**ON, "kind": "suspension", "lasts_days": ""},
        ],
        Scripts(["largest:KINGS_LYNN", "P009"], ["2024-03-01", "2024-02-01"], "suspension"),
    ),
}


@pytest.mark.parametrize(("rows", "scripts"), AS_OPTIONS.values(), ids=AS_OPTIONS)
def test_a_table_of_failures_is_the_same_as_the_options(
    tmp_path: Path, rows: list[Row], scripts: Scripts
) -> None:
    path = write(tmp_path / "mine.csv", rows)
    short = ("calendar.end=2024-05-31", "calendar.warm_up_weeks=4")
    by_table = scenario_asked_for(Asked("norfolk", assignments=short, failures=path))
    by_option = scenario_asked_for(Asked("norfolk", assignments=short, scripts=scripts))
    assert by_table.identity == by_option.identity
    one, other, none = (
        simulate(only(scenario, SMALL_AREAS), seed=1)
        for scenario in (by_table, by_option, by_table.model_copy(update={"failures": ()}))
    )
    assert before(one, 1e9) == before(other, 1e9)
    assert before(one, 1e9) != before(none, 1e9)


def test_blank_cells_of_a_failure_stand_for_its_usual_values(tmp_path: Path) -> None:
    blank = {**ON, "kind": "", "notice_days": "", "areas": "", "share": "", "lasts_days": ""}
    row = load_scenario("norfolk", files={"failures": write(tmp_path / "f.csv", [blank])})
    left_out = load_scenario("norfolk", files={"failures": write(tmp_path / "g.csv", [ON])})
    assert row.failures == left_out.failures
    assert (row.failures[0].kind, row.failures[0].notice_days) == ("closure", 0.0)


def test_the_order_of_failures_moves_no_identity(tmp_path: Path) -> None:
    rows = [ON, {"who": "P009", "date": "2024-02-01", "kind": "suspension"}]
    one = load_scenario("norfolk", files={"failures": write(tmp_path / "f.csv", rows)})
    other = load_scenario("norfolk", files={"failures": write(tmp_path / "g.csv", rows[::-1])})
    assert one.failures == other.failures[::-1]
    assert one.identity == other.identity


def test_failures_of_table_and_options_add_up(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.csv", [ON])
    scripts = Scripts(["P009"], ["2024-02-01"], "suspension")
    both = scenario_asked_for(Asked("norfolk", failures=path, scripts=scripts))
    assert [(row.who, row.kind) for row in both.failures] == [
        ("largest:KINGS_LYNN", "closure"),
        ("P009", "suspension"),
    ]


def test_a_given_row_has_its_place_told() -> None:
    places = {"who": Place("--fail P999"), "date": Place("--on 2023-01-01")}
    row = GivenRow({"who": "P999", "date": "2023-01-01"}, places)
    with pytest.raises(ScenarioError) as told:
        load_scenario("norfolk", failures=[row])
    assert sorted(str(fault).partition(". ")[0] for fault in told.value.faults) == [
        "--fail P999: no provider 'P999'",
        "--on 2023-01-01: outside the run",
    ]
