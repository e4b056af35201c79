"""Small counts of real people: what results, screens, charts and papers of a caseload hide.

A provider serves three people of a caseload, who live alone in their area, and closes on the second
day. Nothing that is left says three, or what their care comes to.
"""

from __future__ import annotations

import re
import zipfile
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
import verbs
from command_line import Caremarket

from experiments.report.result import refuse_small_counts
from experiments.results.csv_files import read_rows
from experiments.results.real_people import COUNTS, RULE, few_among
from experiments.statistics.small_counts import BASE, NOTE, count_in_table, hiding
from experiments.words.amounts import amount
from experiments.words.first_screen import people, people_in_cell
from sim.scenario import ScenarioError

SAMPLE = Path(__file__).parents[1] / "experiments" / "samples" / "caseload.csv"
HOURS = (61.25, 58.75, 67.25)
THREE = [f"OAK,HILLS,{hours},2020-01-06,1" for hours in HOURS]
DAY = "2024-01-02"
FEW = ("--jobs", "1", "--out", "out")
MADE = {
    "market": ("run", "mine", "--until", "2024-02-15"),
    "run": ("run", "mine", "--until", "2024-05-31", "-r", "2", "--fail", "OAK", "--on", DAY),
    "stress": ("stress", "mine", "--until", "2024-12-31", "-r", "1", "--on", "2024-08-01"),
    "bands": ("bands", "mine", "--until", "2025-01-31", "--sets", "8", "--on", "2024-11-01"),
    "study": ("sweep", "study.toml"),
    "history": ("history", "mine", "-r", "2", "--from", "2024-08-01", "--to", "2025-01-31"),
    "hindcasts": ("history", "--case", "case.toml", "-r", "2"),
}  # fmt: skip
LONG = ("run", "stress", "bands", "study", "history", "hindcasts")
SAID = re.compile(
    r"(?<![\d.,−-])(?<!to )[1-4](?:\.\d+)? (?:people|person|lose|have nobody|whose care)\b"
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder as for every verb, whose county has people of its own."""
    verbs.place_in(tmp_path)
    head, *rows = SAMPLE.read_text(encoding="utf-8").splitlines()
    rows = [row for row in rows if not row.startswith("OAK,") and ",HILLS," not in row]
    width = head.count(",")
    told = [head, *rows, *(row + "," * (width - row.count(",")) for row in THREE)]
    (tmp_path / "mine" / "caseload.csv").write_text("\n".join(told) + "\n", encoding="utf-8")
    verbs.put_text(tmp_path / "study.toml", verbs.STUDY.replace("number = 6", "number = 2"))
    return tmp_path


# The rule ---------------------------------------------------------------------------------------


def test_no_subtraction_brings_a_small_count_back() -> None:
    """Whatever is told of a breakdown and its total, several small counts would tell the same."""
    told: dict[tuple[str, ...], set[tuple[int, ...]]] = {}
    with hiding(True):
        for counts in product(range(25), repeat=3):
            cells = tuple(str(count_in_table(float(count))) for count in counts)
            together = str(count_in_table(float(sum(counts))))
            told.setdefault((*cells, together), set()).add(counts)
    for (*cells, _), counts in told.items():
        for place, cell in enumerate(cells):
            if cell == "nan":
                assert len({one[place] for one in counts}) > 1, (cells, counts)


def test_words_of_people_are_one_rule() -> None:
    usual = {3.0: "3", 0.0: "0", 57.4: "57"}
    assert {value: people(value) for value in usual} == usual
    with hiding(True):
        few = dict.fromkeys((0.2, 3.0, 4.99), "fewer than 5")
        wanted = {**few, 0.0: "0", 57.4: "60"}
        assert {value: people(value) for value in wanted} == wanted
        assert (amount(3.0, "people"), amount(157.4, "people")) == ("fewer than 5", "160")
        assert amount(3.0, "hours") == "3.00"
        assert (people_in_cell(3.0), people_in_cell(58.0)) == ("under 5", "60")
    assert people(3.0) == "3"


def test_an_area_with_few_is_not_hidden_alone() -> None:
    rows = ["A"] * 3 + ["B"] * 9 + ["C"] * 50
    assert few_among(rows) == {"A", "B"}
    assert few_among(["B"] * 9 + ["C"] * 50) == frozenset()


# Everything that is left --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "verb", [pytest.param(verb, marks=pytest.mark.long if verb in LONG else ()) for verb in MADE]
)
def test_nothing_that_is_left_tells_a_small_count(
    place: Path, caremarket: Caremarket, verb: str
) -> None:
    done = caremarket(*MADE[verb], *FEW)
    assert done.code in verbs.WELL, done.err
    out = place / "out"
    screens = [done.out, (out / "summary.txt").read_text(encoding="utf-8")]
    screens += [path.read_text(encoding="utf-8") for path in out.glob("charts/**/*.txt")]
    screens += [(out / "screen.json").read_text(encoding="utf-8")]
    for text in screens:
        assert not SAID.findall(re.sub(r"\s+", " ", text))
    assert " ".join(NOTE.split()) in " ".join(screens[1].split())
    tables = {path.name: pd.read_csv(path) for path in sorted(out.glob("*.csv"))}
    dictionary = read_rows(out / "data_dictionary.csv")
    units = {(row["table"], row["column"]): row["unit"] for row in dictionary}
    seen = 0
    for name, frame in tables.items():
        for column in frame:
            unit = units.get((name.removesuffix(".csv"), column), "")
            values = frame[column]
            if unit == "people" and values.dtype.kind in "if":
                seen += 1
                assert told_well(values), (name, column)
        if "unit" in frame:
            ends = [end for end in ("mean", "middle", "median", "low", "high") if end in frame]
            counts = frame.loc[frame["unit"] == "people", ends]
            assert all(told_well(counts[end]) for end in ends), name
            seen += len(counts)
    assert seen
    assert COUNTS in (out / "manifest.json").read_text(encoding="utf-8")


def told_well(values: pd.Series) -> bool:
    """Whether every count is blank or rounded."""
    known = values.dropna().to_numpy(dtype=float)
    return bool((known % BASE == 0).all())


@pytest.mark.long
def test_neither_screen_nor_table_nor_paper_says_three(place: Path, caremarket: Caremarket) -> None:
    pytest.importorskip("docxtpl")
    done = caremarket(*MADE["run"], *FEW)
    assert done.code == 0, done.err
    out = place / "out"
    assert "fewer than 5 whose care the council arranges" in " ".join(done.out.split())
    weekly = pd.read_csv(out / "weekly_by_area.csv")
    hidden = set(weekly.loc[weekly["planned_hours"].isna(), "area"])
    assert "HILLS" in hidden and len(hidden) == 2
    by_tier = pd.read_csv(out / "weekly_by_tier.csv")
    assert by_tier.loc[by_tier["area"].isin(hidden), "planned_hours"].isna().all()
    assert caremarket("report", "out", "--to", "html,docx,xlsx").code == 0
    for form in ("html", "docx", "xlsx"):
        text = text_of(place / "out-report" / f"report.{form}")
        assert NOTE in text, form
        assert "ewer than 5 whose care the council arranges" in text or form == "xlsx"
        assert not SAID.findall(text), form
        assert not [hours for hours in ("187.25", "187 hours") if hours in text]


def text_of(file: Path) -> str:
    """The words of a paper."""
    if file.suffix == ".html":
        found = file.read_text(encoding="utf-8")
    else:
        with zipfile.ZipFile(file) as parts:
            names = ("word/document.xml", "xl/sharedStrings.xml")
            found = "".join(parts.read(n).decode() for n in names if n in parts.namelist())
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", found))


def test_a_check_tells_no_small_area(place: Path, caremarket: Caremarket) -> None:
    done = caremarket("check", "mine")
    assert done.code == 0, done.err
    told = [line for line in done.out.splitlines() if "(areas.csv" in line]
    unseen = [line for line in told if line.count("not shown") == 2]
    assert len(told) == 5 and len(unseen) == 2 and any("Hills" in line for line in unseen)


def test_a_paper_refuses_a_caseload_s_older_result(tmp_path: Path) -> None:
    told = {"file": "caseload.csv", "people": 90}
    for manifest in ({"caseload": "drawn"}, {"caseload": told, COUNTS: RULE}, {}):
        refuse_small_counts(tmp_path, manifest)
    with pytest.raises(ScenarioError, match="it tells small counts of the people of a caseload"):
        refuse_small_counts(tmp_path, {"caseload": told})
