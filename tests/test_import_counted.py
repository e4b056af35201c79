"""What an import counts: no small cell comes back by subtraction, and no package is lost."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from command_line import Caremarket, Done

from experiments.imports.values import Origin, of_direct_payments, share_of
from experiments.results.csv_files import read_rows
from experiments.statistics.small_counts import counts_shown, hidden
from sim.scenario import load_scenario

EXPORTS = Path(__file__).parents[1] / "experiments" / "samples" / "exports"
PACKAGES, PLACES = EXPORTS / "package_extract.csv", EXPORTS / "postcode_areas.csv"
EXTRACTED = date(2026, 3, 30)
LEAST = 5
DAYS = ("--extracted-on", EXTRACTED, "--complete-from", "2024-02-10")

Row = dict[str, str]


def raw(path: Path, encoding: str) -> list[Row]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


AREA = {row["postcode_district"]: row["area"] for row in raw(PLACES, "utf-8-sig")}


def uk(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()


def in_care(row: Row) -> bool:
    """Whether a row of the sample is home care on the day of the extract."""
    ended = row["Actual End Date"]
    hours = row["Planned Hours Per Week"].strip()
    wanted = row["Service Type"] == "Homecare" and bool(hours)
    return wanted and (not ended or uk(ended) > EXTRACTED)


def hours_of(row: Row) -> float:
    return float(row["Planned Hours Per Week"]) * int(row["No. of Carers"])


def made(caremarket: Caremarket, rows: Sequence[Row], to: str = "county", *words: object) -> Done:
    """A county from rows of the sample's kind."""
    with Path("e.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    Path("mapping.toml").unlink(missing_ok=True)
    done = caremarket("import", "e.csv", "--propose", "mapping.toml")
    assert done.code == 0, done.err
    text = Path("mapping.toml").read_text(encoding="utf-8")
    for key, value in (
        ("extracted_on", EXTRACTED.isoformat()),
        ("complete_from", "2024-02-10"),
        ("hours_count", '"visits"'),
        ("date_order", '"day_first"'),
    ):
        text = re.sub(f"(?m)^{key} = .*$", f"{key} = {value}", text)
    Path("mapping.toml").write_text(text, encoding="utf-8")
    done = caremarket("import", "e.csv", "--mapping", "mapping.toml", "--to", to,
                      "--places", PLACES, *DAYS, *words)  # fmt: skip
    assert done.code == 0, done.err
    return done


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def section(name: str, county: str = "county") -> dict[str, Row]:
    """The lines of a section of the page on quality."""
    rows = read_rows(Path(county) / "data_quality.csv")
    return {row["what"]: row for row in rows if row["section"] == name}


def with_few(
    rows: Sequence[Row], column: str, name: str, of: Mapping[str, str] | None
) -> list[Row]:
    """The rows, but of one area or provider only the first two people in care and their rows."""

    def whose(row: Row) -> str:
        return row[column] if of is None else of.get(row[column], "")

    people = list(dict.fromkeys(r["Person ID"] for r in rows if whose(r) == name and in_care(r)))
    return [row for row in rows if whose(row) != name or row["Person ID"] in people[:2]]


# Small cells -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "wanted"),
    [
        ((2, 65, 76), {0, 1}),  # one alone: the smallest other one too
        ((65, 76, 0), set()),
        ((2, 3, 76), {0, 1}),  # two, who together are as many as may be shown
        ((1, 1, 76), {0, 1, 2}),  # two who are two in all: each is one
        ((2, 0, 76), {0, 2}),
        ((3,), {0}),
        ((4, 5, 5), {0, 1}),
    ],
)
def test_a_hidden_count_is_never_alone(counts: tuple[int, ...], wanted: set[int]) -> None:
    assert hidden(counts, LEAST) == wanted
    told = counts_shown(counts, LEAST)
    for place, number in enumerate(counts):
        assert (told[place] == f"{number:,}") == (place not in wanted)
    assert len({told[place] for place in wanted}) <= 1  # nothing says which is the small one


def test_a_small_area_does_not_come_back_by_subtraction(caremarket: Caremarket) -> None:
    """Of hours and of people alike: the total less what is shown is nobody's."""
    rows = with_few(raw(PACKAGES, "cp1252"), "Postcode District", "Northmarsh", AREA)
    made(caremarket, rows)
    hours: dict[str, float] = defaultdict(float)
    people: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in filter(in_care, rows):
        hours[AREA[row["Postcode District"]]] += hours_of(row)
        people[AREA[row["Postcode District"]]].add((row["Person ID"], row["Provider Name"]))
    assert len(people["Northmarsh"]) < LEAST
    lines = section("Hours by area")
    unseen = {name for name, line in lines.items() if line["number"] == "not shown"}
    second = min(set(hours) - {"Northmarsh"}, key=lambda name: len(people[name]))
    assert unseen == {"Northmarsh", second}
    assert {lines[name]["note"] for name in unseen} == {"people not shown"}
    (shown,) = set(hours) - unseen
    assert lines[shown]["number"] == f"{hours[shown]:,.1f}"
    assert lines[shown]["note"] == f"{len(people[shown]):,} people"


def test_a_small_provider_does_not_come_back_by_subtraction(caremarket: Caremarket) -> None:
    rows = raw(PACKAGES, "cp1252")
    for row in rows:
        row["Provider Name"] = row["Provider Name"].strip()
    name = Counter(row["Provider Name"] for row in rows if in_care(row)).most_common()[-1][0]
    made(caremarket, with_few(rows, "Provider Name", name, None))
    told = [row["number"] for code, row in section("Providers").items() if re.match("P0", code)]
    assert len(told) > 2 and told.count("not shown") == 2
    assert not [number for number in told if number.startswith("fewer")]


def test_an_extract_of_a_few_people_tells_neither_counts_nor_hours(caremarket: Caremarket) -> None:
    row = next(row for row in raw(PACKAGES, "cp1252") if in_care(row))
    few = [
        row | {"Person ID": f"90{n}", "Package Ref": f"R{n}", "Planned Hours Per Week": hours,
               "No. of Carers": "1", "Planned Start Date": "03/02/2026", "Actual End Date": ""}
        for n, hours in enumerate(("11.75", "13.25", "8.5"))
    ]  # fmt: skip
    Path("known.csv").write_text("area,hours_per_week\nMidvale,67\n", encoding="utf-8")
    done = made(caremarket, few, "county", "--hours-known", "known.csv")
    assert "In care on the day: fewer than 5 people, in " in done.out
    sources = {value.source for value in load_scenario(Path("county").resolve()).sources.values()}
    page = "\n".join(
        " ".join(row.values()) for row in read_rows(Path("county") / "data_quality.csv")
        if row["section"] not in ("What the files do not say",)
    )  # fmt: skip
    for name, text in {"screen": done.out, "page": page, "sources": "\n".join(sources)}.items():
        ours = [line for line in text.splitlines() if "orfolk" not in line]
        for told in (r"33\.5", r"\b34\b", r"\b3 (rows|people|packages|times)", r"11\.17", "1.5"):
            assert not re.search(told, "\n".join(ours)), (name, told)
    assert any("fewer than 5 rows" in source for source in sources)
    on_the_day = section("In care on 30 March 2026")
    assert on_the_day["carer hours"]["number"] == "not shown"


@pytest.mark.parametrize(("number", "shown"), [(4, False), (5, True)])
def test_a_source_tells_no_share_of_a_few_direct_payments(number: int, shown: bool) -> None:
    """The share of a hundred packages would say how many they are."""
    since = pd.Timestamp(EXTRACTED) - pd.Timedelta(days=400)
    direct = [True] * number + [False] * (100 - number)
    in_care = pd.DataFrame({"direct": direct, "since": since})
    (value,) = of_direct_payments(in_care, Origin("e.csv", EXTRACTED, 100, LEAST))
    assert (f"0.0{number}0" in value.source) == ("years" in value.source) == shown


@pytest.mark.parametrize("number", [1, 2, 3, 4, 96, 97, 99])
def test_a_share_of_known_packages_tells_no_small_count(number: int) -> None:
    """The share times the number it is of is the same, whichever small count it was."""
    told = pd.Series([True] * number + [False] * (100 - number))
    value = share_of("a.share", told, "of 100 packages", LEAST)
    assert round(value.value * 100) == (2 if number < 50 else 98)
    assert value.low <= value.value <= value.high


@pytest.mark.parametrize("number", [0, 5, 50, 95, 100])
def test_a_share_of_many_is_as_it_is(number: int) -> None:
    told = pd.Series([True] * number + [False] * (100 - number))
    assert share_of("a.share", told, "of 100 packages", LEAST).value == number / 100


# Packages --------------------------------------------------------------------------------------


def twice(reference: str) -> list[Row]:
    """The sample, each package of home care a second time by another reference."""
    rows = raw(PACKAGES, "cp1252")
    return [
        one for row in rows
        for one in (row, row | {"Package Ref": reference.format(row["Package Ref"])})
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reference", "times"),
    [("{}B", 2), ("{}", 1), ("", 1)],
    ids=["of its own", "the same", "none"],
)
def test_a_package_with_a_reference_of_its_own_is_another_one(
    caremarket: Caremarket, reference: str, times: int
) -> None:
    """Morning and evening of equal hours are two lines with two references."""
    done = made(caremarket, twice(reference))
    hours = sum(hours_of(row) for row in raw(PACKAGES, "cp1252") if in_care(row))
    areas = load_scenario(Path("county").resolve()).areas
    assert sum(area.hours_per_four_weeks for area in areas) / 4 == pytest.approx(times * hours)
    warned = "rows are left out, because they repeat another row about the" in " ".join(
        done.out.split()
    )
    assert warned == (times == 1)


# Rates -----------------------------------------------------------------------------------------


def test_direct_payments_make_no_rate(caremarket: Caremarket) -> None:
    """Six of ten people have a direct payment at £14 an hour; the council's care costs £24."""
    rows = [row for row in raw(PACKAGES, "cp1252") if in_care(row)][:60]
    cost = next(name for name in rows[0] if name.startswith("Cost"))
    for number, row in enumerate(rows):
        direct = number % 10 < 6
        row["Service Type"] = "Direct Payment" if direct else "Homecare"
        begun = EXTRACTED - timedelta(days=20 + number)
        row["Planned Start Date"] = begun.strftime("%d/%m/%Y")
        row[cost] = f"{hours_of(row) * (14 if direct else 24):.2f}"
    made(caremarket, rows)
    told = {row["source"] for row in read_rows(Path("county") / "wages.csv")}
    assert len(told) == 1 and "median cost of a carer hour 24.00;" in told.pop()


# Faults ----------------------------------------------------------------------------------------


def test_a_place_without_an_area_is_a_fault_whatever_land_it_has(caremarket: Caremarket) -> None:
    rows = raw(PACKAGES, "cp1252")
    made(caremarket, rows)
    Path("places.csv").write_text(
        "postcode_district,area,area_km2\nZZ1,Northmarsh,9\nZZ9,,12\n,,7\n", encoding="utf-8"
    )
    done = caremarket("import", "e.csv", "--mapping", "mapping.toml", "--to", "other",
                      "--places", "places.csv", *DAYS)  # fmt: skip
    assert done.code != 0 and "'ZZ9' has no area" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(("text", "wrong"), [("-5", "'-5' is below 0"), ("0", ""), ("7", "")])
def test_known_hours_are_not_negative(caremarket: Caremarket, text: str, wrong: str) -> None:
    made(caremarket, raw(PACKAGES, "cp1252"))
    Path("known.csv").write_text(f"area,hours_per_week\nMidvale,{text}\n", encoding="utf-8")
    done = caremarket("import", "e.csv", "--mapping", "mapping.toml", "--to", "other",
                      "--places", PLACES, "--hours-known", "known.csv", *DAYS)  # fmt: skip
    assert (done.code != 0) == bool(wrong) and wrong in done.err
