"""The command line: what it refuses, what it writes, and that it writes the same twice."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from command_line import Caremarket, called, python, spawned
from pandas.testing import assert_frame_equal

import experiments.run.work
from experiments.asking.scripts import Scripts, failure_rows
from experiments.pages.reference import parameter_rows
from experiments.results.provenance import code_version
from experiments.run.tables import TABLES
from sim import __version__
from sim.build import build
from sim.scenario import Scenario, load_scenario

ROOT = Path(__file__).parents[1]
SHORT = ("--until", "2024-02-25", "--set", "calendar.warm_up_weeks=4")
FAILURE = ("--fail", "largest:KINGS_LYNN", "--on", "2024-02-01")


def hashes(folder: Path) -> dict[str, str]:
    """A hash of every file of a folder, by its name."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# What is refused ------------------------------------------------------------------------------


REFUSED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "unknown county": (
        ("run", "norfok"),
        ("norfok: there is no such county. Did you mean 'norfolk'?",),
    ),
    "unknown county to check": (
        ("check", "norfok"),
        ("norfok: there is no such county. Did you mean 'norfolk'?",),
    ),
    "unknown county to copy": (
        ("new", "mine", "--from", "norfok"),
        ("norfok: there is no such county. Did you mean 'norfolk'?",),
    ),
    "bad settings": (
        (
            *("run", "norfolk", "--set", "demand.growth_per_yr=0.01"),
            *("--set", "areas.KINGS_LYN.area_km2=3", "--set", "demand=3"),
            *("--set", "workforce.turnover_per_year=30", "--set", "failure.staff_move_share=30"),
        ),
        (
            "--set demand.growth_per_yr: ",
            "Did you mean 'growth_per_year'?",
            "--set areas.KINGS_LYN.area_km2: ",
            "Did you mean 'KINGS_LYNN'?",
            "'demand' is a group of values, not a value",
            "--set workforce.turnover_per_year: 30 is not allowed. Allowed: a number at least 0 "
            "and at most 2",
            "did you mean 0.3?",
        ),
    ),
    "setting without a value": (
        ("check", "norfolk", "--set", "demand.growth_per_year"),
        ("--set demand.growth_per_year: there is no '='. Write it as PATH=VALUE",),
    ),
    "unknown override": (
        ("run", "norfolk", "--override", "norwich_lat"),
        ("--override norwich_lat: there is no such override. Did you mean 'norwich_late'?",),
    ),
    "unknown commissioning model": (
        ("run", "norfolk", "--commissioning", "norfolk_principal"),
        (
            "there is no commissioning model 'norfolk_principal'. Did you mean "
            "'norfolk_principal_provider'?",
        ),
    ),
    "bad last day": (
        ("run", "norfolk", "--until", "31/03/2024"),
        ("--until 31/03/2024: not a date. Write it as YYYY-MM-DD",),
    ),
    "last day before the first": (
        ("run", "norfolk", "--until", "2023-03-31"),
        ("2023-03-31 lies before 2024-01-01",),
    ),
    "bad date of a failure": (
        ("run", "norfolk", "--fail", "largest", "--on", "01/04/2026"),
        ("--on 01/04/2026: not a date. Write it as YYYY-MM-DD",),
    ),
    "date that does not exist": (
        ("run", "norfolk", "--fail", "largest", "--on", "2026-02-30"),
        ("--on 2026-02-30: not a date. Write it as YYYY-MM-DD",),
    ),
    "failure outside the run": (
        ("run", "norfolk", "--fail", "largest", "--on", "2031-01-01"),
        ("--on 2031-01-01: outside the run. Choose a date from 2024-01-01 to 2029-12-31",),
    ),
    "failure after an early end": (
        ("run", "norfolk", "--until", "2024-06-30", "--fail", "largest", "--on", "2025-01-01"),
        ("--on 2025-01-01: outside the run. Choose a date from 2024-01-01 to 2024-06-30",),
    ),
    "principal before go-live": (
        ("run", "norfolk", "--fail", "principal:KINGS_LYNN", "--on", "2025-01-26"),
        (
            "--on 2025-01-26: KINGS_LYNN has no principal provider then (it goes live on "
            "2025-01-27). Choose a later date, or --fail largest:KINGS_LYNN",
        ),
    ),
    "unknown area of a failure": (
        ("run", "norfolk", "--fail", "principal:KINGS_LYN", "--on", "2026-04-01"),
        ("--fail principal:KINGS_LYN: there is no area 'KINGS_LYN'. Did you mean 'KINGS_LYNN'?",),
    ),
    "unknown provider": (
        ("run", "norfolk", "--fail", "P999", "--on", "2026-04-01"),
        (
            "--fail P999: there is no provider 'P999'. Give a provider's code, principal:AREA, "
            "largest, largest:AREA or owner:CODE",
        ),
    ),
    "unknown owner": (
        ("run", "norfolk", "--fail", "owner:GROUP", "--on", "2026-04-01"),
        ("--fail owner:GROUP: no provider has the owner 'GROUP'. Give an owner from",),
    ),
    "fewer dates than failures": (
        ("run", "norfolk", "--fail", "largest", "--fail", "P001", "--on", "2026-04-01"),
        ("--fail: there are 2 --fail and 1 --on. Give each --fail its own --on DATE",),
    ),
    "date without a failure": (
        ("run", "norfolk", "--on", "2026-04-01"),
        ("--fail: there are 0 --fail and 1 --on. Give each --fail its own --on DATE",),
    ),
    "percentage of carers": (
        ("run", "norfolk", *FAILURE, "--staff-move", "30"),
        ("--staff-move 30: 30 is not a share. Give 0 to 1: did you mean 0.3?",),
    ),
    "negative notice": (
        ("run", "norfolk", *FAILURE, "--notice", "-7"),
        ("--notice -7: -7 is not a number of days. Give 0 or more",),
    ),
    "several faults of a failure": (
        (
            *("run", "norfolk", "--fail", "principal:GORLESTN", "--on", "2023-01-01"),
            *("--fail", "P0001", "--on", "1/4/26", "--staff-move", "30", "--notice", "-1"),
        ),
        (
            "6 faults; nothing was run or written:",
            "--staff-move 30: 30 is not a share",
            "--notice -1: -1 is not a number of days",
            "--fail principal:GORLESTN: there is no area 'GORLESTN'. Did you mean 'GORLESTON'?",
            "--on 2023-01-01: outside the run",
            "--fail P0001: there is no provider 'P0001'",
            "--on 1/4/26: not a date",
        ),
    ),
}


@pytest.mark.parametrize(("words", "told"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused_at_once_and_nothing_is_written(
    caremarket: Caremarket, tmp_path: Path, words: tuple[str, ...], told: tuple[str, ...]
) -> None:
    began = time.process_time()
    done = caremarket(*words)
    assert time.process_time() - began < 2
    assert done.code == 2
    assert done.out == ""
    for text in told:
        assert text in done.err
    head, *faults = done.err.splitlines()
    assert re.fullmatch(r"\d+ faults?; nothing was run or written:", head)
    assert int(head.split()[0]) == len(faults)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("--seed", "-1"), "--seed"),
        (("--replications", "0"), "--replications"),
        (("--jobs", "0"), "--jobs"),
        (("--notice", "soon"), "--notice"),
        (("--sed", "1"), "--sed"),
    ],
)
def test_bad_options_are_refused_by_name(
    caremarket: Caremarket, tmp_path: Path, words: tuple[str, ...], option: str
) -> None:
    done = caremarket("run", "norfolk", *words)
    assert done.code == 2
    assert option in done.err
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_has_no_traceback(tmp_path: Path) -> None:
    done = spawned(tmp_path, "run", "norfok")
    assert done.code == 2
    assert done.err.startswith("1 fault; nothing was run or written:\n  norfok: ")
    assert "Traceback" not in done.out + done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["full folder", "file"])
def test_nothing_is_overwritten(caremarket: Caremarket, tmp_path: Path, kind: str) -> None:
    if kind == "full folder":
        (tmp_path / "taken").mkdir()
        (tmp_path / "taken" / "mine.txt").write_text("mine", encoding="utf-8")
    else:
        (tmp_path / "taken").write_text("mine", encoding="utf-8")
    before = hashes(tmp_path)
    began = time.process_time()
    done = caremarket("run", "norfolk", "--out", "taken")
    assert time.process_time() - began < 2
    assert done.code == 2
    told = {"file": "taken is a file. Name a folder"}
    usual = "it already holds something. Name a new folder"
    assert f"--out taken: {told.get(kind, usual)}" in done.err
    made = caremarket("new", "taken")
    assert made.code == 2
    assert "taken: it exists already. Name a folder that does not exist yet" in made.err
    assert hashes(tmp_path) == before


AT_ONCE = {
    "faults of settings hide one another": (
        ("--set", "demand.growth", "--set", "demand.growth_per_yr=1"),
        ("demand.growth_per_yr", "there is no '='"),
    ),
    "faults of settings hide those of failures": (
        ("--set", "demand.growth_per_yr=1", "--fail", "P999", "--on", "2026-04-01"),
        ("demand.growth_per_yr", "P999"),
    ),
    "faults of failures hide that of --out": (
        ("--fail", "P999", "--on", "2026-04-01", "--out", "taken"),
        ("P999", "--out taken"),
    ),
    "a bad --until is told as --set": (("--until", "31/03/2024"), ("--until",)),
    "notice that is not a number": ((*FAILURE, "--notice", "nan"), ("--notice nan",)),
    "a file where a folder must be": (("--out", "taken/inner"), ("--out taken",)),
}


@pytest.mark.parametrize(("words", "told"), AT_ONCE.values(), ids=AT_ONCE)
def test_every_fault_of_a_command_is_told_at_once(
    caremarket: Caremarket, tmp_path: Path, words: tuple[str, ...], told: tuple[str, ...]
) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    done = caremarket("run", "norfolk", *SHORT, *words)
    assert done.code == 2
    assert all(text in done.err for text in told)


def test_an_unknown_section_is_refused(caremarket: Caremarket) -> None:
    done = caremarket("parameters", "norfolk", "--section", "wrkforce")
    assert done.code == 2
    assert "workforce" in done.err


def test_a_run_of_a_few_days_is_run_or_refused(caremarket: Caremarket) -> None:
    done = caremarket("run", "norfolk", "--until", "2024-01-03", "--out", "days")
    assert done.code in (0, 2)


# What a run writes ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a short run in which a provider fails."""
    base = tmp_path_factory.mktemp("commands")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(base)
        assert called(("run", "norfolk", *SHORT, *FAILURE, "--out", "first")) == 0
    assert [path.name for path in base.iterdir()] == ["first"]
    return base / "first"


def manifest_of(folder: Path) -> dict[str, Any]:
    """What made the files."""
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return manifest


WORK = {".lock", "work.json", "parts"}
"""What a run can be gone on with."""


def test_a_run_writes_every_file(folder: Path) -> None:
    tables = {f"{table.name}.{kind}" for table in TABLES for kind in ("csv", "parquet")}
    others = {"data_dictionary.csv", "log.txt", "manifest.json", "scenario.json", "summary.txt"}
    others |= {"screen.json"}
    assert {path.name for path in folder.iterdir()} == (
        tables | others | {"timings.json", "charts", "areas.geojson"} | WORK
    )


@pytest.mark.parametrize("name", [table.name for table in TABLES])
def test_parquet_and_csv_hold_the_same(folder: Path, name: str) -> None:
    parquet = pd.read_parquet(folder / f"{name}.parquet")
    text = (folder / f"{name}.csv").read_bytes()
    assert b"\r" not in text
    read = pd.read_csv(folder / f"{name}.csv")
    assert list(read.columns) == list(parquet.columns)
    assert len(read) == len(parquet)
    seldom = ("failures", "hand_backs", "rounds_offered", "rounds_considered")
    if name not in (*seldom, "each_failure", "notice_and_response", "providers_lost"):
        assert len(read) > 0
    for column in parquet.columns:
        left, right = parquet[column], read[column]
        if pd.api.types.is_numeric_dtype(right) and not pd.api.types.is_bool_dtype(right):
            right, left = right.astype(float), pd.to_numeric(left).astype(float)
        else:
            left, right = (side.fillna("").astype(str) for side in (left, right))
        assert_frame_equal(
            left.to_frame(), right.to_frame(), rtol=1e-5, check_dtype=False, check_column_type=False
        )


def dictionary(folder: Path) -> set[tuple[str, str]]:
    """Table and column of every entry of the data dictionary."""
    with (folder / "data_dictionary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["meaning"] for row in rows)
    assert all(row["unit"] for row in rows if row["column"])
    return {(row["table"], row["column"]) for row in rows}


def test_the_data_dictionary_tells_of_every_column(folder: Path) -> None:
    told = dictionary(folder)
    for table in TABLES:
        assert (table.name, "") in told
        for column in pd.read_csv(folder / f"{table.name}.csv", nrows=0).columns:
            assert (table.name, column) in told, f"{table.name}.{column}"
    for outcome in pd.read_csv(folder / "figures.csv")["outcome"]:
        assert ("figures", outcome) in told


def test_the_manifest_tells_what_made_the_files_and_no_time(folder: Path) -> None:
    manifest = manifest_of(folder)
    settings = {"calendar.warm_up_weeks": 4, "calendar.end": "2024-02-25"}
    rows, _ = failure_rows(Scripts([FAILURE[1]], [FAILURE[3]]))
    assert manifest["scenario"] == {
        "county": "norfolk",
        "commissioning_model": "norfolk_principal_provider",
        "identity": load_scenario("norfolk", settings=settings, failures=rows).identity,
        "overrides": ["calendar.warm_up_weeks=4", "calendar.end=2024-02-25"],
    }
    assert manifest["seed"] == 1
    assert manifest["replications"] == 1
    assert manifest["replications_failed"] == []
    assert manifest["program"] == f"caremarket {__version__}"
    assert manifest["code_version"] == code_version()
    assert manifest["command"] == ["run", "norfolk", *SHORT, *FAILURE, "--out", "first"]
    assert [failure["who"] for failure in manifest["failures"]] == ["largest:KINGS_LYNN"]
    assert re.fullmatch(r"[0-9a-f]{64}", manifest["run_identity"])
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    assert not re.search(r"\d\d:\d\d", text)
    days = set(re.findall(r"\d{4}-\d\d-\d\d", text))
    assert days == {"2024-02-25", "2024-02-01"}


def test_the_scenario_is_kept_with_its_sources(folder: Path) -> None:
    kept = json.loads((folder / "scenario.json").read_text(encoding="utf-8"))
    identity = manifest_of(folder)["scenario"]["identity"]
    assert Scenario.model_validate(kept).identity == identity
    told = kept["sources"]["calendar.warm_up_weeks"]
    assert told["source"] == "set for this run: calendar.warm_up_weeks"


def test_summary_and_log_name_the_run(folder: Path) -> None:
    identity = manifest_of(folder)["run_identity"]
    assert identity[:8] in (folder / "summary.txt").read_text(encoding="utf-8")
    assert identity in (folder / "log.txt").read_text(encoding="utf-8")


def test_every_chart_has_picture_drawing_data_and_words(folder: Path) -> None:
    charts = sorted(path for path in (folder / "charts").iterdir() if path.is_file())
    bare = sorted((folder / "charts" / "bare").iterdir())
    assert [path.name for path in bare] == [p.name for p in charts if p.suffix != ".csv"]
    kinds: dict[str, set[str]] = {}
    for path in charts:
        kinds.setdefault(path.stem, set()).add(path.suffix)
        assert path.stat().st_size > 0
    assert {"hours_by_tier", "waiting_list", "carers", "missing_map", "service_level"} <= set(kinds)
    assert all(found == {".png", ".svg", ".csv", ".txt"} for found in kinds.values())
    for path in charts:
        if path.suffix == ".png":
            assert path.read_bytes().startswith(b"\x89PNG")
        else:
            path.read_text(encoding="utf-8")


def test_a_second_run_gives_the_same_bytes(folder: Path) -> None:
    words = ("run", "norfolk", *SHORT, *FAILURE, "--out", "second")
    done = spawned(folder.parent, *words)
    assert done.code == 0, done.err
    assert "Files: second" in done.out
    second = folder.parent / "second"
    mine, other = hashes(folder), hashes(second)
    assert set(mine) == set(other)
    differing = {name for name in mine if mine[name] != other[name] and "parts" not in name}
    assert differing <= {"timings.json", "manifest.json"}
    manifests = [manifest_of(folder), manifest_of(second)]
    for manifest in manifests:
        del manifest["command"]
    assert manifests[0] == manifests[1]


@pytest.mark.long
def test_jobs_do_not_move_results(caremarket: Caremarket, tmp_path: Path) -> None:
    for jobs in ("1", "2"):
        words = ("run", "norfolk", *SHORT, *FAILURE, "--replications", "3", "--jobs", jobs)
        done = caremarket(*words, "--out", jobs)
        assert done.code == 0, done.err
    one, two = hashes(tmp_path / "1"), hashes(tmp_path / "2")
    assert set(one) == set(two)
    differing = {name for name in one if one[name] != two[name] and "parts" not in name}
    assert differing <= {"timings.json", "manifest.json"}
    weekly = pd.read_csv(tmp_path / "1" / "weekly_by_area.csv", nrows=0).columns
    told = {column for _, column in dictionary(tmp_path / "1")}
    assert [name for name in weekly if name.endswith("_low")]
    for name in weekly:
        assert name in told or re.sub("_(low|high)$", "", name) in told
    assert set(pd.read_csv(tmp_path / "1" / "service_level.csv")["replication"]) == {0, 1, 2}


def test_a_replication_that_fails_is_told_and_the_others_are_kept(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = experiments.run.work.summarise

    def fails_once(ledger: Any, scenario: Any, replication: int, reference: Any) -> Any:
        if replication == 1:
            raise RuntimeError("made to fail")
        return whole(ledger, scenario, replication, reference)

    monkeypatch.setattr(experiments.run.work, "summarise", fails_once)
    words = ("run", "norfolk", *SHORT, "--replications", "3", "--jobs", "1")
    done = caremarket(*words, "--seed", "7", "--out", "out")
    assert done.code == 3
    assert "FAILED: replication 1, seed 7: RuntimeError: made to fail" in done.err
    manifest = manifest_of(tmp_path / "out")
    assert manifest["replications_failed"] == [
        {"label": "replication 1", "error": "RuntimeError: made to fail"}
    ]
    log = (tmp_path / "out" / "log.txt").read_text(encoding="utf-8")
    assert "FAILED replication 1: RuntimeError: made to fail" in log
    by_replication = pd.read_csv(tmp_path / "out" / "figures_by_replication.csv")
    assert set(by_replication["replication"]) == {0, 2}
    assert pd.read_csv(tmp_path / "out" / "figures.csv")["replications"].max() == 2


def test_if_every_replication_fails_nothing_is_written(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Any:
        raise RuntimeError("made to fail")

    monkeypatch.setattr(experiments.run.work, "summarise", fails)
    words = ("run", "norfolk", *SHORT, "--replications", "2", "--jobs", "1", "--out", "out")
    done = caremarket(*words)
    assert done.code == 3
    assert done.err.count("FAILED: replication") == 2
    assert not list(tmp_path.rglob("*.csv")) and not list(tmp_path.rglob("manifest.json"))


def test_an_error_while_writing_leaves_nothing_behind(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import experiments.results.writing

    def fails(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(experiments.results.writing, "write_scenario", fails)
    done = caremarket("run", "norfolk", *SHORT, "--out", "out")
    assert done.code == 1
    assert "Stopped: out: the disk is full. All finished work is kept. Go on with: " in done.err
    assert not list(tmp_path.rglob("*.csv")) and not list(tmp_path.rglob("manifest.json"))


# The other verbs ------------------------------------------------------------------------------


def test_a_county_of_one_s_own(caremarket: Caremarket, tmp_path: Path) -> None:
    made = caremarket("new", "mine")
    assert made.code == 0
    assert "caremarket check mine" in made.out
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    areas = tmp_path / "mine" / "areas.csv"
    text = areas.read_text(encoding="utf-8")
    areas.write_text(text.replace("SNHIP,SNHIP", "SNHIP,Waveney"), encoding="utf-8", newline="\n")
    checked = caremarket("check", "mine")
    assert checked.code == 0
    assert "18 areas, 45,000 hours a week" in checked.out
    assert "No faults" in checked.out
    done = caremarket("run", "mine", *SHORT, "--out", "out")
    assert done.code == 0, done.err
    kept = json.loads((tmp_path / "out" / "scenario.json").read_text(encoding="utf-8"))
    assert "Waveney" in {area["name"] for area in kept["areas"]}
    areas.write_text(text.replace(",12500,", ",lots,"), encoding="utf-8", newline="\n")
    broken = caremarket("check", "mine")
    assert broken.code == 2
    assert "areas.csv, row 4, column hours_per_four_weeks: 'lots' is not allowed" in broken.err


def test_check_says_what_would_be_simulated(caremarket: Caremarket, tmp_path: Path) -> None:
    done = caremarket("check", "norfolk", "--override", "most_staff_move")
    assert done.code == 0
    for told in (
        "Norfolk: 2024-01-01 to 2029-12-31, after 52 weeks of warm-up",
        "18 areas, 45,000 hours a week for about 3,346 people",
        "86 providers with 290 teams",
        "areas go live from 2024-04-01 to 2027-07-01",
        "tier Principal provider: 18 contracts held by 14 providers",
        "tier PCN framework: 54 contracts held by 35 providers",
        "tier Legacy framework: every team in the area",
        load_scenario("norfolk", overrides=["most_staff_move"]).identity[:8],
        "with most_staff_move",
    ):
        assert told in done.out
    warned = re.search(r"No faults, (\d+) warnings?\.", done.out)
    assert warned
    assert int(warned[1]) == done.out.count("Warning: ")
    assert list(tmp_path.iterdir()) == []


def test_check_tells_what_is_odd(caremarket: Caremarket) -> None:
    done = caremarket("check", "norfolk", "--set", "procurement.lots_cap=1")
    assert done.code == 0
    told = "Warning: 4 providers hold more principal provider contracts than the cap of 1: "
    said = " ".join(done.out.split())
    assert told in said and "P009 (2)" in said


def test_parameters_lists_every_parameter(caremarket: Caremarket, norfolk: Scenario) -> None:
    done = caremarket("parameters", "norfolk")
    assert done.code == 0
    blocks = re.split(r"\n(?=\S)", done.out.strip())
    rows = parameter_rows(norfolk)
    assert len(blocks) == len(rows)
    for block, row in zip(blocks, rows, strict=True):
        assert all(len(line) <= 80 for line in block.splitlines())
        told = " ".join(block.split())
        assert row.unit and told.startswith(f"{row.path} = {row.value} {row.unit}"[:60].rstrip())
        assert re.fullmatch(
            r".+\. Allowed: .+\. (document|cited|derived|memory|estimate|assumption|rule): .+", told
        )


def test_parameters_of_one_section_and_with_a_change(caremarket: Caremarket) -> None:
    words = ("--section", "failure", "--set", "failure.staff_move_share=0.25")
    done = caremarket("parameters", "norfolk", *words)
    assert done.code == 0
    assert "failure.staff_move_share = 0.25 share" in done.out
    assert "set for this run: failure.staff_move_share" in done.out
    assert "workforce." not in done.out


def test_the_reference_page_is_up_to_date(caremarket: Caremarket) -> None:
    page = ROOT / "docs" / "reference" / "parameters.md"
    if not page.exists():
        pytest.skip("no reference page")
    done = caremarket("parameters", "norfolk", "--markdown")
    assert done.code == 0
    assert done.out.rstrip() == page.read_text(encoding="utf-8").rstrip()


def test_version(caremarket: Caremarket) -> None:
    done = caremarket("--version")
    assert (done.code, done.out.strip()) == (0, f"caremarket {__version__} ({build()})")


# Workers --------------------------------------------------------------------------------------

WORKER = """
import json, sys
from sim.scenario import load_scenario
from experiments.run.work import Run, simulated
settings = {"calendar.end": "2024-01-31", "calendar.warm_up_weeks": 4}
result = simulated(Run(load_scenario("norfolk", settings=settings), 1, 0)).result
peak = None
if sys.platform == "linux":  # what getrusage gives would include the process that began this one
    status = open("/proc/self/status", encoding="utf-8").read()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
elif sys.platform != "win32":
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print(json.dumps({"kind": type(result).__name__, "peak": peak, "modules": sorted(sys.modules)}))
"""


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process that carries out one replication has loaded and used."""
    done = python(tmp_path_factory.mktemp("worker"), "-c", WORKER)
    assert done.code == 0, done.err
    told: dict[str, Any] = json.loads(done.out)
    assert told["kind"] == "Result"
    return told


@pytest.mark.parametrize("module", ["pandas", "matplotlib", "scipy.stats", "typer", "rich"])
def test_a_worker_loads_the_model_alone(worker: dict[str, Any], module: str) -> None:
    assert module not in worker["modules"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such measure on Windows")
def test_a_worker_needs_little_memory(worker: dict[str, Any]) -> None:
    assert worker["peak"] <= 250
