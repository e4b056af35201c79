"""Text is text in every file that a spreadsheet program opens, and no file is run as a program.

A county whose every name, place, source and note looks like a formula goes through every verb that
writes files; every cell of every CSV file and workbook is looked at.
"""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from command_line import called
from hypothesis import given
from hypothesis import strategies as st
from test_architecture import files
from verbs import CASE

from experiments.charts.chart import Chart
from experiments.results.csv_files import (
    as_it_was,
    line,
    read_rows,
    write_frame,
    write_rows,
    written,
)
from experiments.results.pictures import save
from sim.scenario import load_scenario
from sim.scenario.tables import TargetRow

FORMULAS = ("=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "＝1+1")
SIGN = re.compile(r"[\s\x00-\x1f\u200b\ufeff]*[=+\-@﹢﹣﹦﹫＋－＝＠]")
"""Told anew, so that the product is not held against its own words."""
NUMBER = re.compile(r"-(inf|\d+(\.\d+)?(e[+-]?\d+)?)")


def formula(place: int) -> str:
    return FORMULAS[place % len(FORMULAS)]


# One place writes CSV -------------------------------------------------------------------------


@pytest.mark.parametrize("blanks", ["", " ", "   ", "\t", "\r", "\n", "\r\n", "\u00a0", "\ufeff"])
@pytest.mark.parametrize("sign", [*"=+-@", *"＝＋－＠", *"﹦﹢﹣﹫"])
def test_a_text_that_looks_like_a_formula_gets_an_apostrophe(blanks: str, sign: str) -> None:
    text = f"{blanks}{sign}1"
    assert written(text) == f"'{text}"
    assert as_it_was(written(text)) == text


@pytest.mark.parametrize("text", ["", "King's Lynn", "'quoted'", "1+1", "a=b", "£5", "Ærø", "[=]"])
def test_other_text_stands_as_it_is(text: str) -> None:
    assert written(text) == text


@given(st.text(alphabet="'=+-@＝ \t\ra1", max_size=6))
def test_every_text_comes_back_as_it_was(text: str) -> None:
    assert as_it_was(written(text)) == text
    assert not SIGN.match(written(text))


def test_numbers_stay_numbers_and_times_times(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "number": [-3.5, 2.0],
            "whole": [-3, 2],
            "text": ["-3.5", "two"],
            "kind": pd.Categorical(["=a", "b"]),
            "day": pd.to_datetime(["2024-01-01", "2024-01-02"]),
            "mixed": [-1, None],
            "=heading": [None, "@x"],
        }
    )
    write_frame(tmp_path / "a.csv", frame)
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines() == [
        "number,whole,text,kind,day,mixed,'=heading",
        "-3.5,-3,'-3.5,'=a,2024-01-01,-1,",
        "2,2,two,b,2024-01-02,,'@x",
    ]
    assert frame["text"].tolist() == ["-3.5", "two"], "the table in memory is left alone"
    write_rows(tmp_path / "b.csv", [("a", "b"), (-3.5, "=1\r\n"), (None, "-3.5")])
    assert read_rows(tmp_path / "b.csv") == [{"a": "-3.5", "b": "=1\r\n"}, {"a": "", "b": "-3.5"}]
    assert line([-0.1, "-0.1"]) == "-0.1,'-0.1\n"


def test_a_chart_s_numbers_are_written_in_full(tmp_path: Path) -> None:
    from matplotlib.figure import Figure

    chart = Chart("a", Figure(), pd.DataFrame({"x": [1 / 3], "name": ["=1"]}), "words")
    assert {path.suffix for path in save(chart, tmp_path)} == {".png", ".svg", ".csv", ".txt"}
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "x,name\n0.3333333333333333,'=1\n"


WRITERS = {"to_csv", "to_excel", "to_clipboard", "to_html", "write_csv", "savetxt", "ExcelWriter"}
WRITER_MODULES = {"openpyxl", "xlsxwriter", "gptables"}
OWN_ROOMS = {"csv_files.py": {"to_csv", "csv.writer"}, "workbook.py": {"gptables"}}


def writers_in(tree: ast.AST) -> set[str]:
    """What a module writes tables with, if anything."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found |= {node.attr} & WRITERS
            if ast.unparse(node) in ("csv.writer", "csv.DictWriter"):
                found.add(ast.unparse(node))
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found |= {f"{module}.{a.name}" for a in node.names} & {"csv.writer", "csv.DictWriter"}
            found |= {module.split(".")[0]} & WRITER_MODULES
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names} & WRITER_MODULES
    return found


@pytest.mark.parametrize("path", [*files("sim"), *files("experiments")], ids=lambda path: path.name)
def test_no_other_module_writes_tables_by_itself(path: Path) -> None:
    found = writers_in(ast.parse(path.read_text(encoding="utf-8")))
    assert found == OWN_ROOMS.get(path.name, set()), "use experiments/results/csv_files.py"


# Every file that every verb writes ------------------------------------------------------------


def cells_of(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.reader(file):
            yield from row


def taken_for_a_formula(cell: str) -> bool:
    return bool(SIGN.match(cell)) and not NUMBER.fullmatch(cell)


def formulas_in(folder: Path) -> dict[str, list[str]]:
    """Cells that a spreadsheet program would take for a formula, by file."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*.csv")):
        found[path.relative_to(folder).as_posix()] = [
            cell for cell in cells_of(path) if taken_for_a_formula(cell)
        ]
    for path in sorted(folder.rglob("*.xlsx")):
        found[path.relative_to(folder).as_posix()] = formulas_in_workbook(path)
    return found


def formulas_in_workbook(path: Path) -> list[str]:
    """Cells that are formulas, or links to anywhere but another sheet."""
    openpyxl = pytest.importorskip("openpyxl")
    return [
        f"{sheet.title}!{cell.coordinate}"
        for sheet in openpyxl.load_workbook(path)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f" or (cell.hyperlink and cell.hyperlink.target)
    ]


def marked_in(folder: Path) -> set[str]:
    """Texts of the county that stand in CSV files, with the apostrophe."""
    cells = {cell for path in folder.rglob("*.csv") for cell in cells_of(path)}
    return {text for text in FORMULAS if f"'{text}" in cells}


TARGET = {
    "measure": "people_in_service", "scope": "county", "period": "2024-01-01/2024-01-14",
    "low": 1, "high": 1e6, "published": 900, "use": "fitted", "sure": "document",
}  # fmt: skip
SEARCH = """\
until = 2024-01-14
seed = 7
wanted_sets = 2
cutoff = 3.0
replications = 1
base_replications = 3
first_wave = 16
later_waves = 2
most_sets = 18
[[targets]]
code = "A"
[[parameters]]
path = "workforce.turnover_per_year"
low = 0.1
high = 0.9
why = "=1+1"
[[parameters]]
path = "travel.gap_minutes"
low = 1
high = 9
why = "@SUM(A1)"
"""
STUDY = f"""\
name = "toy"
question = "{FORMULAS[0]}"
county = "mine"
until = 2024-02-11
outcomes = ["list_people_peak", "planned_hours_last_year"]
[replications]
number = 1
[[scenarios]]
name = "one"
meaning = "@SUM(A1)"
overrides = ["-1+1"]
[[scenarios]]
name = "two"
meaning = "=1+1 [click](external:x) $$mean$$"
set = {{ "calendar.warm_up_weeks" = 1 }}
[draws]
method = "latin_hypercube"
number = 20
[[draws.uncertainties]]
path = "care.mean_stay_days"
low = 300
high = 400
"""


def with_formulas(path: Path, columns: tuple[str, ...]) -> None:
    """A table whose texts look like formulas."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for place, row in enumerate(rows):
        row |= {name: formula(place + at) for at, name in enumerate(columns)}
    write_raw(path, rows)


def write_raw(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def named(path: Path, key: str) -> None:
    """Settings whose ``key = "…"`` look like formulas."""
    places = iter(range(100))
    text = re.sub(
        rf'^{key} = ".*"$',
        lambda _: f"{key} = {json.dumps(formula(next(places)), ensure_ascii=False)}",
        path.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    path.write_text(text, encoding="utf-8", newline="\n")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a county full of formulas, and a study of it."""
    folder = tmp_path_factory.mktemp("formulas")
    mine = folder / "mine"
    assert called(("new", str(mine), "--from", "small")) == 0
    with_formulas(mine / "areas.csv", ("name", "locality", "source"))
    with_formulas(mine / "providers.csv", ("source",))
    with_formulas(mine / "wages.csv", ("source",))
    named(mine / "county.toml", "name")
    named(mine / "small_principal_provider" / "model.toml", "name")
    named(mine / "overrides.toml", "meaning")
    named(mine / "overrides.toml", "source")
    with (mine / "overrides.toml").open("a", encoding="utf-8") as file:
        file.write('["-1+1"]\nmeaning = "+1"\nsource = "=1"\nsure = "assumption"\n')
        file.write('["-1+1".set]\n"calendar.warm_up_weeks" = 1\n')
    told = {name: formula(at) for at, name in enumerate(("meaning", "unit", "published_when"))}
    rows = [
        {**dict.fromkeys(TargetRow.model_fields), **TARGET, **told, "code": code, "role": role,
         "note": "@SUM(A1)", "source": "+1"}
        for code, role in (("A", "must_hold"), ("B", "watch"))
    ]  # fmt: skip
    write_raw(mine / "targets.csv", rows)
    (mine / "calibration.toml").write_text(SEARCH, encoding="utf-8", newline="\n")
    sets = [{"set": n, "care.mean_stay_days": 350 + n, "travel.gap_minutes": 4} for n in range(8)]
    write_raw(mine / "plausible.csv", sets)
    (folder / "toy.toml").write_text(STUDY, encoding="utf-8", newline="\n")
    (folder / "case.toml").write_text(CASE, encoding="utf-8", newline="\n")
    for key in ("place", "when", "meaning", "shaped"):
        named(folder / "case.toml", key)
    return folder


SHORT = ("--set", "calendar.warm_up_weeks=1", "--jobs", "1")
SLOW = ("bands", "history", "compare-models")
VERBS = {
    "run": ("run", "mine", "--until", "2024-02-11", "--fail", "largest", "--on", "2024-01-15"),
    "stress": ("stress", "mine", "--until", "2024-11-30", "--trial", "--who",
               "principal:HARBOUR", "--who", "largest:MARKET", "--on", "2024-08-01"),
    "adequacy": ("adequacy", "mine", "--until", "2024-10-31", "-r", "1", "--sample", "1"),
    "bands": ("bands", "mine", "--until", "2024-09-30", "--fail", "largest", "--on",
              "2024-08-01", "--sets", "8"),
    "compare-models": ("compare-models", "mine", "--until", "2025-01-31", "--on", "2024-07-02",
                       "--model", "norfolk_countywide_spot", "-r", "2"),
    "fit": ("fit", "mine", "-r", "2", "--until", "2024-01-31"),
    "history": ("history", "mine", "-r", "2", "--from", "2024-07-01", "--to", "2024-07-31"),
    "hindcasts": ("history", "--case", "case.toml", "-r", "2"),
}  # fmt: skip
BRINGS_ITS_OWN = ("hindcasts",)
"""What takes no value beside its own."""
SILENT = {"bands", "compare-models", "history"}
"""Their tables hold codes and numbers alone, no text of the user's."""


@pytest.mark.parametrize(
    "verb",
    [pytest.param(verb, marks=pytest.mark.long if verb in SLOW else []) for verb in VERBS],
)
def test_no_file_of_a_verb_holds_a_formula(
    verb: str, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    out = tmp_path / "made"
    short = SHORT[2:] if verb in BRINGS_ITS_OWN else SHORT
    assert called((*VERBS[verb], *short, "--out", str(out))) == 0
    found = formulas_in(out)
    assert found and not {name: cells for name, cells in found.items() if cells}
    assert bool(marked_in(out)) == (verb not in SILENT)


@pytest.fixture
def study(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a finished study."""
    monkeypatch.chdir(place)
    assert called(("sweep", "toy.toml", "--jobs", "1", "--out", str(tmp_path / "study"))) == 0
    return tmp_path / "study"


@pytest.mark.long
def test_no_file_of_a_study_holds_a_formula(study: Path) -> None:
    assert called(("extend", str(study), "--replications", "2", "--jobs", "1")) == 0
    assert called(("discover", str(study), "--above", "1")) == 0
    assert called(("compare", "two", "one", "--study", str(study))) == 0
    found = formulas_in(study)
    assert {"runs.csv", "figures.csv", "differences.csv", "study.xlsx"} <= set(found)
    assert any(name.startswith("discover-") for name in found)
    assert not {name: cells for name, cells in found.items() if cells}


@pytest.mark.long
def test_the_workbook_holds_the_words_of_the_study(study: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    sheets = openpyxl.load_workbook(study / "study.xlsx")
    texts = {cell.value for sheet in sheets for row in sheet.iter_rows() for cell in row}
    assert {FORMULAS[0], "@SUM(A1)", "=1+1 [click] (external:x) $ $mean$ $"} <= texts
    assert any(str(text).startswith("-1+1, ") for text in texts), "changes, as they are named"


@pytest.mark.long
def test_no_file_of_a_comparison_holds_a_formula(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    words = ("compare", "as_is", "more_newcomers", "--county", "mine", "--until", "2024-01-31")
    assert called((*words, "-r", "2", "--jobs", "1", "--out", str(tmp_path / "made"))) == 0
    found = formulas_in(tmp_path / "made")
    assert "study.xlsx" in found and not {name: cells for name, cells in found.items() if cells}


@pytest.mark.long
def test_no_file_of_a_calibration_holds_a_formula(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    assert called(("calibrate", "mine", "--jobs", "1", "--out", str(tmp_path / "made"))) == 0
    found = formulas_in(tmp_path / "made")
    assert {"plausible.csv", "learning.csv", "left_out.csv", "sets.csv"} <= set(found)
    assert not {name: cells for name, cells in found.items() if cells}
    assert marked_in(tmp_path / "made") == {"@SUM(A1)"}


def test_samples_hold_no_formula(tmp_path: Path) -> None:
    assert called(("samples", str(tmp_path / "made"))) == 0
    found = formulas_in(tmp_path / "made")
    assert "failures_columns.csv" in found and not any(found.values())


def test_no_file_of_an_import_holds_a_formula(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names of areas, services and providers come from files of others."""
    monkeypatch.chdir(tmp_path)
    names = [formula(place) for place in range(4)]
    head = {"Client ID": 1, "Supplier": "", "Service": "Homecare", "Start date": "13/01/2025",
            "End date": "", "Hours": 7, "Postcode": "AB1"}  # fmt: skip
    write_raw(tmp_path / "e.csv", [{**head, "Client ID": n, "Supplier": name}
                                   for n, name in enumerate(names)])  # fmt: skip
    write_raw(tmp_path / "p.csv", [{"postcode_district": "AB1", "area": "@SUM(A1)"}])
    assert called(("import", "e.csv", "--propose", "m.toml")) == 0
    words = ("import", "e.csv", "--mapping", "m.toml", "--places", "p.csv", "--to", "made")
    assert called(words) == 0
    found = formulas_in(tmp_path / "made")
    assert {"areas.csv", "data_quality.csv", "private/providers.csv"} <= set(found)
    assert not {name: cells for name, cells in found.items() if cells}


def test_a_copy_of_a_county_is_the_user_s_own_file(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``new`` copies tables byte for byte: they are read back as they stand."""
    monkeypatch.chdir(place)
    assert called(("new", str(tmp_path / "again"), "--from", "mine")) == 0
    copied = (tmp_path / "again" / "areas.csv").read_bytes()
    assert copied == (place / "mine" / "areas.csv").read_bytes()
    assert [area.name for area in load_scenario(tmp_path / "again").areas] == list(FORMULAS)


# No file is run as a program ------------------------------------------------------------------

RUNS_CODE = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.execv", "os.spawnv",
    "pickle.load", "pickle.loads", "pickle.Unpickler", "marshal.load", "marshal.loads",
    "shelve.open", "dill.load", "dill.loads", "cloudpickle.load", "cloudpickle.loads",
    "joblib.load", "yaml.load", "yaml.unsafe_load", "pd.read_pickle", "subprocess.getoutput",
}  # fmt: skip
HARMLESS = {
    ("branches.py", "pickle.loads"): "what the process's own forked child sends its pipe",
    ("fresh_process.py", "pickle.loads"): "what a process that this one began answers",
    ("fresh_process.py", "pickle.load"): "what the process that began this one sends its input",
    ("own_code.py", "compile"): "Python that a study brings, run only with --own-code",
}


def runs_code(path: Path) -> set[str]:
    """Calls through which the content of a file could be run as a program."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            words = {w.arg: ast.unparse(w.value) for w in node.keywords if w.arg}
            found |= {ast.unparse(node.func)} & RUNS_CODE
            found |= {"shell"} if words.get("shell", "False") != "False" else set()
            pickled = words.get("allow_pickle", "False") != "False"
            found |= {"allow_pickle"} if pickled else set()
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names & RUNS_CODE
    return found


@pytest.mark.parametrize(
    "path",
    [*files("sim"), *files("experiments"), *files("docs")],
    ids=lambda path: path.name,
)
def test_no_file_reaches_what_runs_code(path: Path) -> None:
    allowed = {call for name, call in HARMLESS if name == path.name}
    assert runs_code(path) == allowed


@pytest.mark.parametrize(
    "code",
    ["eval(x)", "import os\nos.system(x)", "from pickle import loads", "yaml.load(x)",
     "np.load(x, allow_pickle=True)", "subprocess.run(x, shell=True)", "pickle.loads(x)"],
)  # fmt: skip
def test_the_search_finds_what_it_looks_for(code: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(code, encoding="utf-8")
    assert runs_code(tmp_path / "a.py")
