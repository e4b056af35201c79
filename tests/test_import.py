"""From a council's own exports to a county: what is read, counted, fitted, written and kept."""

from __future__ import annotations

import csv
import re
import shutil
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import Caremarket, Done

from experiments.imports import files
from experiments.imports import folder as folders
from experiments.imports.folder import KNOWS_OWNERS
from experiments.imports.mapping import SHIPPED, Columns, FileRules, Rules, Tables, read_mapping
from experiments.imports.packages import REASONS
from experiments.results.csv_files import read_rows
from sim.scenario import ScenarioError, load_scenario
from sim.scenario.parameters import SECTIONS

EXPORTS = Path(__file__).parents[1] / "experiments" / "samples" / "exports"
PACKAGES, NATIONAL = EXPORTS / "package_extract.csv", EXPORTS / "client_level_data.csv"
DIRECTORY, PLACES = EXPORTS / "cqc_directory.csv", EXPORTS / "postcode_areas.csv"
BESIDE = ("--directory", DIRECTORY, "--places", PLACES)
EXTRACTED = date(2026, 3, 30)
"""The last start of the samples, which a proposal takes for the day they were made."""

# Their own reading of the samples: plain loops, none of the product's functions ----------------


def raw(path: Path, encoding: str) -> list[dict[str, str]]:
    """The rows of a sample."""
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def uk(text: str) -> date | None:
    """A date of the package extract."""
    return datetime.strptime(text, "%d/%m/%Y").date() if text else None


def packages_by_hand() -> list[dict[str, str]]:
    """Rows of the package extract that are home care with hours."""
    return [
        row
        for row in raw(PACKAGES, "cp1252")
        if row["Service Type"] == "Homecare" and row["Planned Hours Per Week"].strip()
    ]


def open_by_hand() -> list[dict[str, str]]:
    """Those that are in care on the day of the extract."""
    ends = [(row, uk(row["Actual End Date"])) for row in packages_by_hand()]
    return [row for row, end in ends if end is None or end > EXTRACTED]


def hours_by_hand(row: Mapping[str, str]) -> float:
    """Carer hours a week: hours of the sample count visits, as its costs show."""
    return float(row["Planned Hours Per Week"]) * int(row["No. of Carers"])


AREA = {row["postcode_district"]: row["area"] for row in raw(PLACES, "utf-8-sig")}

# What is made once -----------------------------------------------------------------------------


def made(caremarket: Caremarket, extract: Path, *words: object) -> Done:
    """A county ``county`` from an extract, by the mapping that is proposed for it."""
    proposed = caremarket("import", extract, "--propose", "mapping.toml")
    assert proposed.code == 0, proposed.err
    done = caremarket("import", extract, "--mapping", "mapping.toml", "--to", "county", *words)
    assert done.code == 0, done.err
    return done


def show_all(mapping: Path) -> None:
    """Let a mapping show every count, as where a handful of rows is looked over."""
    text = mapping.read_text(encoding="utf-8")
    told = "smallest_count_shown = 5"
    assert told in text
    mapping.write_text(text.replace(told, "smallest_count_shown = 1"), encoding="utf-8")


def page(county: Path) -> dict[tuple[str, str], dict[str, str]]:
    """The lines of the page on quality, by section and what they are."""
    return {(row["section"], row["what"]): row for row in read_rows(county / "data_quality.csv")}


def counts(county: Path) -> dict[str, int]:
    """Counts of rows by what became of them."""
    return {
        what: int(row["number"].replace(",", ""))
        for (section, what), row in page(county).items()
        if section == "Rows"
    }


def written(county: Path) -> dict[str, str]:
    """The text of every file but those that stay private."""
    return {
        path.relative_to(county).as_posix(): path.read_text(encoding="utf-8")
        for path in county.rglob("*")
        if path.is_file() and "private" not in path.relative_to(county).parts
    }


# Proposals -------------------------------------------------------------------------------------


def test_a_mapping_is_proposed_from_the_headings(caremarket: Caremarket, tmp_path: Path) -> None:
    done = caremarket("import", PACKAGES, "--propose", "mapping.toml")
    assert done.code == 0, done.err
    text = (tmp_path / "mapping.toml").read_text(encoding="utf-8")
    assert text in done.out
    mapping = read_mapping(str(tmp_path / "mapping.toml"))
    assert (mapping.file.encoding, mapping.file.separator) == ("cp1252", ",")
    assert (mapping.file.date_order, mapping.file.extracted_on) == ("day_first", EXTRACTED)
    assert mapping.columns.given() == {
        "person": "Person ID",
        "package": "Package Ref",
        "provider": "Provider Name",
        "service": "Service Type",
        "start": "Planned Start Date",
        "end": "Actual End Date",
        "hours": "Planned Hours Per Week",
        "carers": "No. of Carers",
        "place": "Postcode District",
        "referral_source": "Referral Source",
        "cost": "Cost £/wk",
    }
    assert mapping.services == {
        "Homecare": "home_care",
        "Homecare - Night Sit": "left_out",
        "Day Care": "left_out",
        "Supported Living": "left_out",
    }
    assert mapping.hospital == ("Hospital Discharge",)
    assert mapping.rules.hours_count == "visits"
    told = [uk(row[name]) for row in raw(PACKAGES, "cp1252")
            for name in ("Planned Start Date", "Actual End Date") if row[name]]  # fmt: skip
    days = {day for day in told if day is not None and day.day > 12}
    assert f"{len(days)} different dates have a first number above 12, 0 a second" in text
    assert "byte 0xa3 in line 1 is £ in it" in text


def test_the_national_return_is_recognised_by_its_headings(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    assert caremarket("import", NATIONAL, "--propose", "mapping.toml").code == 0
    found, shipped = (read_mapping(name) for name in (str(tmp_path / "mapping.toml"),
                                                      "client_level_data"))  # fmt: skip
    assert found.columns == shipped.columns
    assert (found.only, found.direct_payments) == (shipped.only, shipped.direct_payments)
    assert found.services == shipped.services
    assert found.rules == shipped.rules


def test_the_mapping_that_ships_reads_headings_in_any_spelling(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    """A release writes 'Planned units per week' and 'Cost Frequency (Unit Type)'."""
    text = NATIONAL.read_text(encoding="utf-8-sig")
    head, _, rest = text.partition("\n")
    spelt = head.replace("Cost_Frequency_Unit_Type", "Cost Frequency (Unit Type)")
    spelt = spelt.replace("_", " ").replace("Planned Units Per Week", "Planned units per week")
    (tmp_path / "spelt.csv").write_text(f"{spelt}\n{rest}", encoding="utf-8", newline="")
    for name, extract in (("a", NATIONAL), ("b", tmp_path / "spelt.csv")):
        done = caremarket("import", extract, "--mapping", "client_level_data", "--to", name,
                          "--extracted-on", EXTRACTED, "--complete-from", "2024-02-10")  # fmt: skip
        assert done.code == 0, done.err
    assert (tmp_path / "a" / "caseload.csv").read_bytes() == (
        tmp_path / "b" / "caseload.csv"
    ).read_bytes()


HEAD = "Client ID,Supplier,Service,Start date,End date,Weekly hours,Carers"


def small_file(path: Path, *rows: str, head: str = HEAD) -> Path:
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8", newline="")
    return path


def test_what_cannot_be_seen_is_asked_and_never_guessed(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    """Every date could be either way round, and nothing says whether hours count carers."""
    extract = small_file(tmp_path / "e.csv", "1,A,Homecare,01/05/2025,,7,2",
                         "2,A,Homecare,03/04/2025,05/06/2025,7,1")  # fmt: skip
    done = caremarket("import", extract, "--propose", "mapping.toml")
    assert done.code == 0, done.err
    told = re.search(r"Answer what could not be seen: (.*)\.$", done.out, re.M)
    assert told is not None
    asked = ["date_order", "extracted_on", "complete_from", "hours_count"]
    assert told[1].split(", ") == asked
    refused = caremarket("import", extract, "--mapping", "mapping.toml", "--to", "county")
    assert refused.code == 2
    keys = ("file.date_order", "file.extracted_on", "file.complete_from", "rules.hours_count")
    for key in keys:
        assert f"mapping.toml, key {key}: it is still to be answered" in refused.err
    assert "4 faults" in refused.err
    assert not (tmp_path / "county").exists()


@pytest.mark.parametrize(
    ("dates", "order"),
    [(("31/01/2025", "01/02/2025"), "day_first"), (("01/31/2025", "02/01/2025"), "month_first"),
     (("2025-01-31", "2025-02-01"), "year_first"), (("13/01/2025", "01/13/2025"), "?"),
     (("01/02/2025", "03/04/2025"), "?")],
)  # fmt: skip
def test_the_order_of_dates_is_what_they_bear_out(
    caremarket: Caremarket, tmp_path: Path, dates: tuple[str, str], order: str
) -> None:
    small_file(tmp_path / "e.csv", *(f"{n},A,Homecare,{day},,7,1" for n, day in enumerate(dates)))
    assert caremarket("import", "e.csv", "--propose", "mapping.toml").code == 0
    found = tomllib.loads((tmp_path / "mapping.toml").read_text(encoding="utf-8"))
    assert found["file"]["date_order"] == order


def test_words_may_stand_for_two_carers_and_a_far_day_for_no_end(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    text = "\n".join([f"{HEAD},Weekly cost", *(
        f"{n},A,Homecare,{day}/01/2025,31/12/9999,5,{handed},{cost}"
        for n, (day, handed, cost) in enumerate(
            [(13, "Single", 100), (14, "Double", 200), (15, "", 100), (16, "Double", 200)])
    )])  # fmt: skip
    (tmp_path / "e.csv").write_bytes(text.encode("utf-16"))
    assert caremarket("import", "e.csv", "--propose", "mapping.toml").code == 0
    mapping = read_mapping(str(tmp_path / "mapping.toml"))
    assert (mapping.file.encoding, mapping.two_carers) == ("utf-16", ("Double",))
    assert mapping.rules.hours_count == "visits"  # an hour with two costs twice as much
    show_all(tmp_path / "mapping.toml")
    done = caremarket("import", "e.csv", "--mapping", "mapping.toml", "--to", "county")
    assert done.code == 0, done.err
    rows = read_rows(tmp_path / "county" / "caseload.csv")
    found = Counter((row["carers_a_visit"], float(row["hours_per_week"])) for row in rows)
    assert found == {("1", 5.0): 1, ("2", 10.0): 2, ("", 5.0): 1}
    told = counts(tmp_path / "county")
    assert told["used, but carers a visit are blank: taken for one"] == 1


def test_the_other_reading_of_stays_is_an_override(caremarket: Caremarket, tmp_path: Path) -> None:
    made(caremarket, PACKAGES, *BESIDE)
    fitted, other = (load_scenario(tmp_path / "county", overrides=names).care.mean_stay_days
                     for names in ((), ("stays_by_volumes",)))  # fmt: skip
    assert other < 0.8 * fitted
    line = page(tmp_path / "county")["Volumes that should agree", "mean stay by volumes"]
    assert line["number"] == f"{other:,.0f}"


def test_a_file_of_which_nothing_is_recognised_is_all_questions(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    small_file(tmp_path / "e.csv", "1;2", head="Alpha;Beta")
    done = caremarket("import", "e.csv", "--propose", "mapping.toml")
    assert done.code == 0, done.err
    for role in ("person", "start", "end", "hours", "service", "date_order"):
        assert f'{role} = "?"' in done.out
    assert "# which of them?" in done.out


# The samples -----------------------------------------------------------------------------------


def told_in(text: str, hidden: Iterable[str]) -> set[str]:
    """What is hidden and stands in a text: a reference as a word of its own, a name anywhere."""
    words = set(re.findall(r"[\w.-]+", text))
    return {one for one in hidden if one in words or (" " in one and one in text)}


def nobody_in(folder: Path, but: str = "nothing") -> bool:
    """Whether no file of a folder holds a reference or a name of the package extract."""
    hidden = secrets(raw(PACKAGES, "cp1252"), ("Person ID", "Package Ref", "Provider Name"))
    found = [path for path in folder.rglob("*") if path.is_file() and but not in path.parts]
    texts = [path.read_bytes().decode("utf-8", "replace") for path in found]
    assert texts and told_in("x 700001, y", hidden) == {"700001"}
    return not set().union(*(told_in(text, hidden) for text in texts))


def test_the_samples_become_a_county_that_passes_check_and_runs(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    done = made(caremarket, PACKAGES, *BESIDE)
    for told in ("Used are 395 rows", "Not in the files, so assumed: private work", "posts",
                 "settlement mix", "wages"):  # fmt: skip
        assert told in " ".join(done.out.split())
    checked = caremarket("check", "county")
    assert checked.code == 0, checked.err
    assert "No faults, 0 warnings" in checked.out
    ran = caremarket("run", "county", "--until", "2026-04-19", "--out", "out",
                     "--set", "calendar.warm_up_weeks=4")  # fmt: skip
    assert ran.code == 0, ran.err
    assert nobody_in(tmp_path / "out") and nobody_in(tmp_path / "county", but="private")


@pytest.mark.long
def test_the_samples_are_stressed(caremarket: Caremarket, tmp_path: Path) -> None:
    made(caremarket, PACKAGES, *BESIDE)
    done = caremarket("stress", "county", "--trial", "--until", "2026-12-31", "--jobs", "2",
                      "--out", "out")  # fmt: skip
    assert done.code == 0, done.err
    assert nobody_in(tmp_path / "out")


def test_every_row_of_the_samples_is_accounted_for(caremarket: Caremarket, tmp_path: Path) -> None:
    made(caremarket, PACKAGES, *BESIDE)
    rows, told = raw(PACKAGES, "cp1252"), counts(tmp_path / "county")
    home = [row for row in rows if row["Service Type"] == "Homecare"]
    assert told["rows read"] == len(rows) == 420
    assert told["left out: another service"] == len(rows) - len(home) == 22
    blank = [row for row in home if not row["Planned Hours Per Week"].strip()]
    assert told["left out: no hours"] == len(blank) == 3
    assert told["used"] == len(packages_by_hand())
    out = {what: n for what, n in told.items() if what.startswith("left out: ")}
    assert sum(out.values()) + told["used"] == told["rows read"]
    assert set(out) <= {f"left out: {reason}" for reason in REASONS}
    plans = [row for row in packages_by_hand() if row in open_by_hand() and row["Actual End Date"]]
    assert told[
        "used, but the end lies after the day of the extract: a plan, still in care"
    ] == len(plans)


def test_hours_teams_and_people_are_those_of_an_independent_count(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    made(caremarket, PACKAGES, *BESIDE)
    county = load_scenario(tmp_path / "county")
    hours: dict[str, float] = defaultdict(float)
    teams: dict[tuple[str, str], float] = defaultdict(float)
    for row in open_by_hand():
        area = AREA[row["Postcode District"]]
        hours[area] += hours_by_hand(row)
        teams[row["Provider Name"].strip(), area] += hours_by_hand(row)
    assert {area.name: area.hours_per_four_weeks for area in county.areas} == pytest.approx(
        {name: 4 * each for name, each in hours.items()}
    )
    key = {row["code"]: row["name"] for row in read_rows(tmp_path / "county/private/providers.csv")}
    names = {area.code: area.name for area in county.areas}
    found = {(key[team.provider], names[team.area]): team.council_hours_per_week
             for team in county.branches}  # fmt: skip
    assert found == pytest.approx(teams)
    lines = page(tmp_path / "county")
    assert lines["Hours by area", "Southdown"]["number"] == f"{hours['Southdown']:,.1f}"
    open_people = {row["Person ID"] for row in open_by_hand()}
    day = "In care on 30 March 2026"
    assert lines[day, "people"]["number"] == str(len(open_people))
    assert lines[day, "packages"]["number"] == str(len(open_by_hand()))


def test_the_caseload_is_who_is_in_care(caremarket: Caremarket, tmp_path: Path) -> None:
    made(caremarket, PACKAGES, *BESIDE)
    rows = read_rows(tmp_path / "county" / "caseload.csv")
    by_team: dict[tuple[str, str, str], float] = defaultdict(float)
    for row in open_by_hand():
        team = row["Person ID"], row["Provider Name"].strip(), AREA[row["Postcode District"]]
        by_team[team] += hours_by_hand(row)
    assert sorted(float(row["hours_per_week"]) for row in rows) == sorted(by_team.values())
    assert set(rows[0]) == {"provider", "area", "hours_per_week", "since", "carers_a_visit",
                            "hospital", "direct_payment"}  # fmt: skip
    assert all(date.fromisoformat(row["since"]) <= EXTRACTED for row in rows)
    assert {row["hospital"] for row in rows} == {"yes", "no"}
    ignored = (tmp_path / "county" / ".gitignore").read_text(encoding="utf-8").split()
    assert ignored == ["caseload.csv", "private/"]


def test_ratings_and_owners_come_from_the_directory(caremarket: Caremarket, tmp_path: Path) -> None:
    made(caremarket, PACKAGES, *BESIDE)
    key = {row["name"]: row for row in read_rows(tmp_path / "county/private/providers.csv")}
    county = load_scenario(tmp_path / "county")
    rating = {provider.code: provider.rating for provider in county.providers}
    assert {name: rating[row["code"]] for name, row in key.items()} == {
        "Alder Home Support Ltd": "good",
        "Birch Care (West) Ltd": "good",
        "Cedar at Home": "requires_improvement",
        "Dogwood Homecare Ltd": "good",
        "Elm Community Care CIC": "outstanding",
        "Fir Live Well Ltd": "not_rated",
        "Gorse Care": "good",
        "Hazel and Daughters": "inadequate",
    }
    owners = {name: row["owner"] for name, row in key.items() if row["owner"]}
    assert owners == {"Alder Home Support Ltd": "OWNER_01", "Birch Care (West) Ltd": "OWNER_01"}
    told = read_rows(tmp_path / "county" / "providers.csv")
    assert ("owner" in told[0]) == KNOWS_OWNERS
    if KNOWS_OWNERS:
        assert Counter(row["owner"] for row in told) == {"OWNER_01": 2, "": 6}


def test_the_national_return_keeps_direct_payments_apart(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    made(caremarket, NATIONAL, "--directory", DIRECTORY)
    rows = raw(NATIONAL, "utf-8-sig")
    services = [row for row in rows if row["Event_Type"] == "Service"]
    wanted = [row for row in services
              if row["Service_Component"] in ("Home Support", "Direct Payment")]  # fmt: skip
    hours = [row for row in wanted if row["Planned_Units_Per_Week"].strip()]
    told = counts(tmp_path / "county")
    assert told["rows read"] == len(rows) == 450
    assert told["left out: not a row of this kind"] == 30
    assert told["left out: another service"] == len(services) - len(wanted)
    assert told["used"] == len(hours)
    ends = [(row, row["Event_End_Date"]) for row in hours]
    still = [row for row, end in ends if not end or end > EXTRACTED.isoformat()]
    direct = {row["LA_Person_Unique_Identifier"] for row in still
              if row["Service_Component"] == "Direct Payment"}  # fmt: skip
    people = read_rows(tmp_path / "county" / "caseload.csv")
    assert sum(row["direct_payment"] == "yes" for row in people) == len(direct) > 0
    county = load_scenario(tmp_path / "county")
    assert [area.name for area in county.areas] == ["Whole county"]
    ended = county.sources["care.ends_by_death"]
    assert ended.source.startswith("import, client_level_data.csv, 30 March 2026, 450 rows: of ")
    assert 0 < county.care.ends_by_death < 1
    assert county.care.direct_payments_per_year > 0
    assert county.wages[-2].framework_rate_gbp_per_hour == 24.5  # the unit cost of an hour


def test_every_value_says_whether_it_is_known_or_assumed(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    made(caremarket, PACKAGES, *BESIDE)
    county = load_scenario(tmp_path / "county")
    origin = "import, package_extract.csv, 30 March 2026, 420 rows"
    fitted = {"packages.mean_carer_hours_per_week", "packages.hours_log_sd",
              "packages.double_handed_share", "care.mean_stay_days", "care.stay_log_sd",
              "demand.hospital_route_share", "packages.hours_basis"}  # fmt: skip
    for section, model in SECTIONS.items():
        for key in model.model_fields:
            told = county.sources[f"{section}.{key}"]
            if f"{section}.{key}" in fitted:
                assert told.source.startswith(origin), key
                # Much of the samples' mean stay lies beyond their 27 months.
                assert told.sure == ("estimate" if "stay" in key else "derived"), key
            else:
                assert told.sure == "assumption", key
    hospital = [row["Referral Source"] for row in packages_by_hand()]
    share = hospital.count("Hospital Discharge") / len(hospital)
    assert county.demand.hospital_route_share == pytest.approx(share, abs=0.03)
    in_care = [hours_by_hand(row) for row in open_by_hand()]
    assert county.packages.mean_carer_hours_per_week == pytest.approx(
        sum(in_care) / len({(row["Person ID"], row["Provider Name"].strip(),
                             AREA[row["Postcode District"]]) for row in open_by_hand()}),
        abs=1e-4)  # fmt: skip
    assert county.wages[-2].framework_rate_gbp_per_hour == 24.5  # 49.00 for two carers
    unknown = [what for section, what in page(tmp_path / "county")
               if section == "What the files do not say"]  # fmt: skip
    assert {"private work of each team", "posts of each team",
            "size and settlement mix of each area"} <= set(unknown)  # fmt: skip


def test_a_provider_is_the_same_by_its_id_or_by_its_name_in_any_spelling(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    rows = ["Lark Care Ltd,L1", "LARK CARE LIMITED,", "Lark Care,L1", "Wren,L2", "Wren,L3", "Owl,"]
    small_file(tmp_path / "e.csv", *(f"{n},{name},Homecare,28/02/2025,,7,1"
                                     for n, name in enumerate(rows)),
               head=HEAD.replace("Supplier", "Supplier,CQC ID"))  # fmt: skip
    text = mapping_of_small(tmp_path).read_text(encoding="utf-8")
    more = text.replace("[services]", 'provider_id = "CQC ID"\n[services]')
    (tmp_path / "mapping.toml").write_text(more, encoding="utf-8")
    done = caremarket("import", "e.csv", "--mapping", "mapping.toml", "--to", "county")
    assert done.code == 0, done.err
    people = Counter(row["provider"] for row in read_rows(tmp_path / "county" / "caseload.csv"))
    assert sorted(people.values()) == [1, 1, 1, 3]


def test_postcodes_are_found_with_blanks_or_without(caremarket: Caremarket, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(
        "postcode,area,area_km2,urban_share,rural_share\nAB12CD,Old Town,30,0.9,0.1\n"
        "CD3,Fells,200,,\n", encoding="utf-8")  # fmt: skip
    places = ["ab1 2cd", "AB12CD", "CD3 4EF", "CD34EF", "cd3"]
    small_file(tmp_path / "e.csv", *(f"{n},A,Homecare,28/02/2025,,7,1,{place}"
                                     for n, place in enumerate(places)),
               head=f"{HEAD},Postcode")  # fmt: skip
    text = mapping_of_small(tmp_path).read_text(encoding="utf-8")
    more = text.replace("[services]", 'place = "Postcode"\n[services]')
    (tmp_path / "mapping.toml").write_text(more, encoding="utf-8")
    words = ("import", "e.csv", "--mapping", "mapping.toml", "--places", "p.csv", "--to")
    done = caremarket(*words, "my county")
    assert done.code == 0, done.err
    county = load_scenario(tmp_path / "my county")
    assert (county.code, county.name) == ("my-county", "my county")
    town, fells = county.areas
    assert (town.hours_per_four_weeks, fells.hours_per_four_weeks) == (56, 84)
    assert (town.area_km2, town.urban_share, town.fringe_share) == (30, 0.9, 0)
    assert fells.area_km2 == 200 and fells.fringe_share > 0
    as_given = more.replace('place_is = "postcode"', 'place_is = "as_given"')
    (tmp_path / "mapping.toml").write_text(as_given, encoding="utf-8")
    assert caremarket(*words, "as given").code == 0
    reason = "left out: a place that is not in the table of places"
    assert counts(tmp_path / "as given")[reason] == 2
    (tmp_path / "p.csv").write_text("postcode,area,urban_share\nCD3,Fells,0.9\n", "utf-8")
    done = caremarket(*words, "other")
    assert "p.csv: the shares of homes of 'Fells' add up to 0.9. Let them add up to 1" in done.err


# A second council: other headings, Excel or semicolons, people who came back, faults ------------

OTHER_HEAD = ("SU ID", "Agency", "Care type", "Commencement date", "Date closed", "Hrs per week",
              "Handed", "Postcode", "Route")  # fmt: skip
DISTRICT = {"AB1": "Old Town", "AB2": "Old Town", "CD3": "Fells"}


def stay(
    person: str,
    start: str,
    end: str,
    agency: str = "Lark Care",
    *,
    hours: str = "10",
    handed: str = "1",
    place: str = "AB1 2CD",
    kind: str = "Dom care",
) -> tuple[str, ...]:
    """A row of the second council."""
    return (person, agency, kind, start, end, hours, handed, place, "Ward 7")


SECOND = [
    stay("SU-90001", "03/01/2024", "20/06/2024"),
    stay("SU-90001", "25/06/2024", ""),  # back after five days: has not left
    stay("SU-90002", "15/01/2024", "14/03/2024", "Wren Homecare"),
    stay("SU-90002", "01/09/2024", "", "Wren Homecare"),  # back after 171 days
    stay("SU-90003", "20/02/2024", "", hours="7,5", handed="2"),
    stay("SU-90003", "20/02/2024", "", hours="7,5", handed="2"),  # the same again
    stay("SU-90004", "13/03/2024", ""),
    stay("SU-90004", "30/04/2024", "", "Wren Homecare"),  # overlaps
    stay("SU-90005", "14/05/2024", "13/05/2024"),  # impossible
    stay("SU-90006", "15/05/2024", "", hours="0"),
    stay("SU-90007", "15/05/2024", "", hours="900"),
    stay("SU-90008", "15/05/2024", "", hours=""),
    stay("SU-90009", "16/05/2024", "", place="ZZ9 9ZZ"),  # a place nobody knows
    stay("SU-90010", "17/05/2024", "", place=""),
    stay("", "17/05/2024", ""),
    stay("SU-90011", "", ""),
    stay("SU-90012", "18/05/2024", "", agency=""),
    stay("SU-90013", "19/05/2024", "", kind="Meals"),
    stay("SU-90014", "01/06/2025", ""),  # after the extract
    ("",) * len(OTHER_HEAD),
    *(stay(f"SU-91{n:03d}", "20/05/2024", "", "Lark Care" if n % 2 else "Wren Homecare",
           place="CD3 4EF") for n in range(12)),
]  # fmt: skip
SECOND_COUNTS = {
    "rows read": 32,
    "used": 19,
    "left out: blank row": 1,
    "left out: another service": 1,
    "left out: no person": 1,
    "left out: no start": 1,
    "left out: starts after the day of the extract": 1,
    "left out: ends before it starts": 1,
    "left out: no hours": 1,
    "left out: hours of nought or less": 1,
    "left out: impossible hours": 1,
    "left out: no provider": 1,
    "left out: the same package again": 1,
    "left out: no place": 1,
    "left out: a place that is not in the table of places": 1,
}


def second_extract(path: Path, *, excel: bool) -> Path:
    """The second council's extract, as a workbook or with semicolons in Windows' encoding."""
    if not excel:
        text = "\n".join(";".join(row) for row in [OTHER_HEAD, *SECOND]) + "\n"
        path.write_bytes(text.replace("Wren Homecare", "Wren Homecare\xa0").encode("cp1252"))
        return path
    frame = pd.DataFrame(SECOND, columns=list(OTHER_HEAD)).astype(object)
    for name in ("Commencement date", "Date closed"):
        frame[name] = [uk(text) for text in frame[name]]
    frame["Hrs per week"] = [float(text.replace(",", ".")) if text else None
                             for text in frame["Hrs per week"]]  # fmt: skip
    frame.replace("", None).to_excel(path, index=False)
    return path


def second_made(caremarket: Caremarket, tmp_path: Path, *, excel: bool, to: str) -> Done:
    """Import the second council, its mapping corrected as its reader would."""
    extract = second_extract(tmp_path / ("e.xlsx" if excel else "e.csv"), excel=excel)
    (tmp_path / "places.csv").write_text(
        "postcode_district,area\n" + "".join(f"{d},{a}\n" for d, a in DISTRICT.items()),
        encoding="utf-8",
    )
    assert caremarket("import", extract, "--propose", f"{to}.toml").code == 0
    text = (tmp_path / f"{to}.toml").read_text(encoding="utf-8")
    assert 'hours_count = "?"' in text  # no costs say it
    text = text.replace('hours_count = "?"', 'hours_count = "visits"')
    text = re.sub("extracted_on = .*", "extracted_on = 2024-12-31", text)
    text = re.sub("complete_from = .*", "complete_from = 2024-01-01", text)
    if not excel:
        text = text.replace("[columns]", 'decimal = "comma"\n\n[columns]')
    (tmp_path / f"{to}.toml").write_text(text, encoding="utf-8")
    done = caremarket("import", extract, "--mapping", f"{to}.toml", "--to", to,
                      "--places", "places.csv", "--directory", DIRECTORY)  # fmt: skip
    assert done.code == 0, done.err
    return done


@pytest.mark.parametrize("excel", [True, False], ids=["excel", "semicolons"])
def test_a_second_councils_extract_has_its_quality_page_right(
    caremarket: Caremarket, tmp_path: Path, excel: bool
) -> None:
    second_made(caremarket, tmp_path, excel=excel, to="county")
    told = counts(tmp_path / "county")
    assert {name: told.get(name, 0) for name in SECOND_COUNTS} == SECOND_COUNTS
    assert {name for name in told if name.startswith("left out")} == {
        name for name in SECOND_COUNTS if name.startswith("left out")
    }
    lines = page(tmp_path / "county")
    people = {what: row["number"] for (section, what), row in lines.items() if section == "People"}
    # Stays of those without hours or a place are known: 90008, 90009 and 90010 count here.
    assert people["people"] == str(4 + 3 + 12)
    assert people["times in care"] == str(5 + 3 + 12)
    assert people["packages joined over a gap"] == "fewer than 5"  # one
    assert people["gaps of 92 to 365 days"] == "fewer than 5"  # one
    assert people["gaps of more than 365 days"] == "0"
    assert lines["Providers", "not in the directory"]["number"] == "2"
    assert lines["Places that are not in the table of places", "ZZ9"]["number"] == "fewer than 5"
    county = load_scenario(tmp_path / "county")
    hours = {area.name: area.hours_per_four_weeks / 4 for area in county.areas}
    assert hours == {"Old Town": 10 + 10 + 15 + 10 + 10, "Fells": 120}


def test_a_workbook_and_semicolons_give_the_same_county(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    for excel, to in ((True, "a"), (False, "b")):
        second_made(caremarket, tmp_path, excel=excel, to=to)
    for name in ("branches.csv", "caseload.csv", "private/providers.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_known_hours_stand_beside_those_of_the_extract(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    (tmp_path / "known.csv").write_text(
        'area,hours_per_week\nNorthmarsh,"1,890.4"\nElsewhere,12\n', encoding="utf-8"
    )
    made(caremarket, PACKAGES, *BESIDE, "--hours-known", "known.csv")
    lines = page(tmp_path / "county")
    note = lines["Hours by area", "Northmarsh"]["note"]
    hours = sum(hours_by_hand(row) for row in open_by_hand()
                if AREA[row["Postcode District"]] == "Northmarsh")  # fmt: skip
    assert f"known 1,890.4: the extract has {100 * hours / 1890.4:.0f}% of it" in note
    assert lines["Hours by area", "Elsewhere"]["note"] == "in the table of known hours only"


def test_local_figures_of_the_workforce_are_taken(caremarket: Caremarket, tmp_path: Path) -> None:
    (tmp_path / "workforce.csv").write_text(
        "figure,value,source\nTurnover rate,24.6%,Skills for Care 2025\n"
        "Vacancy rate,0.081,Skills for Care 2025\n", encoding="utf-8")  # fmt: skip
    made(caremarket, PACKAGES, *BESIDE, "--workforce", "workforce.csv")
    county = load_scenario(tmp_path / "county")
    assert county.workforce.turnover_per_year == pytest.approx(0.246)
    assert county.workforce.usual_vacancy_share == pytest.approx(0.081)
    told = county.sources["workforce.turnover_per_year"]
    assert (told.source, told.sure) == ("Skills for Care 2025", "cited")
    assert county.sources["workforce.usual_vacancy_share"].sure == "estimate"


@pytest.mark.long
def test_a_hundred_thousand_rows_are_read_and_accounted_for(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    """It measures that they can be: how long it takes hangs on the machine."""
    number = 100_000
    generator = np.random.default_rng(5)
    today = pd.Timestamp(EXTRACTED)
    start = today - pd.to_timedelta(generator.integers(0, 3650, number), "D")
    length = np.ceil(np.exp(generator.normal(np.log(378) - 0.5, 1, number)))
    end = start + pd.to_timedelta(length, "D")
    district = generator.choice(["ZZ1", "ZZ3", "ZZ5", "QQ1"], number)
    frame = pd.DataFrame(
        {
            "Person ID": np.arange(number) + 5_000_000,
            "Provider": np.char.add("Team ", generator.integers(1, 80, number).astype(str)),
            "Service": "Homecare",
            "Start date": start.strftime("%d/%m/%Y"),
            "End date": np.where(end > today, "", end.strftime("%d/%m/%Y")),
            "Hours": np.round(np.exp(generator.normal(2.3, 0.6, number)) * 4) / 4 + 0.25,
            "Postcode": district,
        }
    )
    frame.to_csv(tmp_path / "large.csv", index=False)
    made(caremarket, tmp_path / "large.csv", "--places", PLACES)
    told = counts(tmp_path / "county")
    placed = (district != "QQ1") & (frame["Hours"] <= 168)
    assert told["rows read"] == number
    assert told["used"] == int(placed.sum())
    assert sum(n for what, n in told.items() if what.startswith("left out")) == int((~placed).sum())
    in_care = frame[placed & (end > today)]
    hours = load_scenario(tmp_path / "county").areas
    assert sum(area.hours_per_four_weeks for area in hours) / 4 == pytest.approx(
        in_care["Hours"].sum()
    )


# Nothing personal ------------------------------------------------------------------------------


def secrets(rows: Iterable[Mapping[str, str]], roles: Sequence[str]) -> set[str]:
    """What must not be found: references of people and packages, and names of providers."""
    return {row[role].strip() for row in rows for role in roles if row[role].strip()}


OF_SAMPLES = {
    "packages": (PACKAGES, "cp1252", ("Person ID", "Package Ref", "Provider Name"), BESIDE),
    "national": (
        NATIONAL,
        "utf-8-sig",
        ("LA_Person_Unique_Identifier", "Event_Reference", "Provider_CQC_Location_ID",
         "Provider_CQC_Location_Name"),
        ("--directory", DIRECTORY),
    ),
}  # fmt: skip


@pytest.mark.parametrize("sample", OF_SAMPLES)
def test_nothing_personal_is_written_or_told(
    caremarket: Caremarket, tmp_path: Path, sample: str
) -> None:
    extract, encoding, roles, words = OF_SAMPLES[sample]
    done = made(caremarket, extract, *words)
    hidden = secrets(raw(extract, encoding), roles) | {"Tree Group"}
    assert len(hidden) > 700
    texts = {"screen": done.out + done.err, **written(tmp_path / "county")}
    assert {"caseload.csv", "county.toml", "data_quality.md", "providers.csv"} <= set(texts)
    for name, text in texts.items():
        assert not told_in(text, hidden), name
    private = tmp_path / "county" / "private"
    assert sorted(path.name for path in private.iterdir()) == [".gitignore", "providers.csv"]
    assert (private / ".gitignore").read_text(encoding="utf-8") == "*\n"
    people = secrets(raw(extract, encoding), roles[:2])
    keys = (private / "providers.csv").read_text(encoding="utf-8")
    assert not told_in(keys, people)


def test_small_counts_of_people_are_not_shown(caremarket: Caremarket, tmp_path: Path) -> None:
    second_made(caremarket, tmp_path, excel=False, to="county")
    lines = read_rows(tmp_path / "county" / "data_quality.csv")
    people = [row for row in lines if row["unit"] in ("people", "gaps", "packages")]
    small = [row for row in people if row["number"] in ("1", "2", "3", "4")]
    assert people and not small
    text = (tmp_path / "county.toml").read_text(encoding="utf-8")
    more = text.replace("smallest_count_shown = 5", "smallest_count_shown = 10")
    (tmp_path / "county.toml").write_text(more, encoding="utf-8")
    done = caremarket("import", "e.csv", "--mapping", "county.toml", "--to", "other",
                      "--places", "places.csv")  # fmt: skip
    assert done.code == 0, done.err
    for area in ("Old Town", "Fells"):  # one alone would come back by subtraction
        hours = page(tmp_path / "other")["Hours by area", area]
        assert (hours["number"], hours["note"]) == ("not shown", "people not shown")


def test_faults_name_rows_and_columns_and_nobody(caremarket: Caremarket, tmp_path: Path) -> None:
    rows = [
        "SECRET1,A,Homecare,31/02/2025,,7,1",
        "SECRET2,A,Homecare,28/02/2025,soon,7,1",
        "SECRET3,A,Homecare,28/02/2025,,7 hours,1",
        "SECRET4,A,Homecare,28/02/2025,,7,1",
        "SECRET5,A,Day care,28/02/2025,,7,1",
        "SECRET6,A,Day care,28/02/2025,,7,1",
    ]
    small_file(tmp_path / "e.csv", *rows)
    shutil.copy(mapping_of_small(tmp_path), tmp_path / "mapping.toml")
    done = caremarket("import", "e.csv", "--mapping", "mapping.toml", "--to", "county")
    assert done.code == 2 and not (tmp_path / "county").exists()
    assert "5 faults" in done.err
    for told in ("e.csv, row 2, column Start date: '31/02/2025' cannot be read. Give it a date "
                 "such as 31/12/2025",
                 "e.csv, row 3, column End date: what stands there cannot be read",
                 "e.csv, row 4, column Weekly hours: '7 hours' cannot be read. Give it a number",
                 "e.csv, rows 6 and 7, column Service: the type of service 'Day care' is not in "
                 "the mapping. Put it under [services]"):  # fmt: skip
        assert told in done.err, done.err
    assert "SECRET" not in done.err + done.out
    text = (tmp_path / "mapping.toml").read_text(encoding="utf-8")
    lenient = text.replace('"refuse"', '"leave_out"').replace(
        "[services]", '[services]\n"Day care" = "left_out"'
    )
    (tmp_path / "mapping.toml").write_text(lenient, encoding="utf-8")
    show_all(tmp_path / "mapping.toml")
    done = caremarket("import", "e.csv", "--mapping", "mapping.toml", "--to", "county")
    assert done.code == 0, done.err
    line = page(tmp_path / "county")["Rows", "left out: a date or number that cannot be read"]
    assert (line["number"], line["note"]) == ("3", "start: 1; end: 1; hours: 1")


def mapping_of_small(tmp_path: Path) -> Path:
    """A mapping for files with the heading HEAD."""
    text = SHIPPED["client_level_data"].read_text(encoding="utf-8")
    rules = text[text.index("[rules]") :].replace('"carers"', '"visits"', 1)
    path = tmp_path / "small_mapping.toml"
    path.write_text(
        '[file]\nencoding = "utf-8"\nseparator = ","\nheading_row = 1\ndate_order = "day_first"\n'
        "extracted_on = 2025-03-31\n[columns]\n"
        'person = "Client ID"\nprovider = "Supplier"\nservice = "Service"\nstart = "Start date"\n'
        'end = "End date"\nhours = "Weekly hours"\ncarers = "Carers"\n'
        f'[services]\n"Homecare" = "home_care"\n{rules}', encoding="utf-8")  # fmt: skip
    return path


def test_a_date_of_death_is_never_told(caremarket: Caremarket, tmp_path: Path) -> None:
    small_file(tmp_path / "e.csv", "1,A,Homecare,28/02/2025,,7,1,some day in May",
               head=f"{HEAD},Deceased date")  # fmt: skip
    text = mapping_of_small(tmp_path).read_text(encoding="utf-8")
    more = text.replace("[services]", 'died = "Deceased date"\n[services]')
    (tmp_path / "mapping.toml").write_text(more, encoding="utf-8")
    done = caremarket("import", "e.csv", "--mapping", "mapping.toml", "--to", "county")
    assert done.code == 2
    assert "e.csv, row 2, column Deceased date: what stands there cannot be read" in done.err
    assert "May" not in done.err


@pytest.mark.parametrize("role", ["start", "end", "hours", "carers", "service", "referral_source"])
def test_a_column_taken_for_another_tells_no_names(
    caremarket: Caremarket, tmp_path: Path, role: str
) -> None:
    """Neither names nor numbers of people stand in a message or a proposal."""
    letters = "ABCDEFGHIJ"
    names = [f"Jane {first}{second}" for first in letters for second in letters]
    numbers = [f"943 476 {n:04d}" for n in range(100)]
    for at, secret in enumerate((names, numbers)):
        heading = {"start": "Start date", "end": "End date", "hours": "Weekly hours",
                   "carers": "Carers", "service": "Service"}.get(role, "Source")  # fmt: skip
        cells = {"Client ID": "1", "Supplier": "A", "Service": "Homecare",
                 "Start date": "28/02/2025", "End date": "", "Weekly hours": "7", "Carers": "1",
                 "Source": "GP"}  # fmt: skip
        rows = [",".join({**cells, heading: one}.values()) for one in secret]
        small_file(tmp_path / "e.csv", *rows, head=",".join(cells))
        proposed = caremarket("import", "e.csv", "--propose", f"m{at}.toml")
        text = mapping_of_small(tmp_path).read_text(encoding="utf-8")
        more = text.replace("[services]", 'referral_source = "Source"\n[services]')
        (tmp_path / "m.toml").write_text(more, encoding="utf-8")
        done = caremarket("import", "e.csv", "--mapping", "m.toml", "--to", f"county{at}")
        told = "".join((*proposed[1:], *done[1:]))
        assert proposed.code == 0 and done.code == (0 if role == "referral_source" else 2), told
        assert not {one for one in secret if one in told}


def test_headings_and_services_may_hold_line_breaks(caremarket: Caremarket, tmp_path: Path) -> None:
    """As headings of workbooks often do."""
    head = ["Client ID", "Supplier", "Service", "Start\ndate", "End\ndate", "Weekly\nhours", "A\nb"]
    frame = pd.DataFrame([["1", "A", "Home\ncare", date(2025, 2, 13), None, 7, "x"]], columns=head)
    frame.to_excel(tmp_path / "e.xlsx", index=False)
    assert caremarket("import", "e.xlsx", "--propose", "mapping.toml").code == 0
    done = caremarket("import", "e.xlsx", "--mapping", "mapping.toml", "--to", "county")
    assert done.code == 0, done.err


def test_an_extract_with_ends_must_say_from_when_on_it_is_complete(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    """Else its ended stays would be left out, and the others taken for all there are."""
    words = ("import", NATIONAL, "--mapping", "client_level_data", "--extracted-on", EXTRACTED)
    done = caremarket(*words, "--to", "county")
    assert done.code == 2
    assert "nothing says from when on it is complete. Give complete_from" in done.err
    assert "the first end in it is on 2024-02-10" in done.err
    assert caremarket(*words, "--complete-from", "2024-02-10", "--to", "county").code == 0


def test_versions_of_one_package_are_told(caremarket: Caremarket, tmp_path: Path) -> None:
    """As where two submissions of the national return stand in one file."""
    rows = NATIONAL.read_text(encoding="utf-8-sig").splitlines()
    later = [row.replace(",2026-04-12,", ",2026-05-01,") for row in rows[1:] if "2026-04-12" in row]
    assert later
    small_file(tmp_path / "e.csv", *rows[1:], *later, head=rows[0])
    done = made(caremarket, tmp_path / "e.csv")
    told = re.search(r"(\w+) rows? bears? the reference of an earlier package", done.out)
    assert told is not None and told[1] in (str(len(later)), "one")
    assert "the reference of" not in " ".join(caremarket(
        "import", NATIONAL, "--mapping", "mapping.toml", "--to", "once").out.split())  # fmt: skip


def test_an_extract_of_those_in_care_alone_needs_no_such_day(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    generator = np.random.default_rng(3)
    days = np.exp(generator.normal(5.5, 0.9, 400)).astype(int)
    begun = [(date(2025, 3, 31) - timedelta(days=int(n))).strftime("%d/%m/%Y") for n in days]
    small_file(tmp_path / "e.csv", *(f"{n},A,Homecare,{day},,7,1" for n, day in enumerate(begun)))
    mapping = mapping_of_small(tmp_path)
    done = caremarket("import", "e.csv", "--mapping", mapping, "--to", "county")
    assert done.code == 0, done.err
    county = load_scenario(tmp_path / "county")
    told = county.sources["care.mean_stay_days"]
    assert "nobody who left is in the extract; a steady market is assumed" in told.source
    assert (told.sure, told.low is not None) == ("estimate", True)
    assert not {key for key in page(tmp_path / "county") if key[0] == "Volumes that should agree"}
    assert not (tmp_path / "county" / "overrides.toml").exists()


def test_a_reporting_period_of_the_national_return_is_seen(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    rows = NATIONAL.read_text(encoding="utf-8-sig").splitlines()
    head = f"{rows[0]},Reporting_Period_Start_Date,Reporting_Period_End_Date"
    small_file(tmp_path / "e.csv", *(f"{row},2025-04-01,2026-03-31" for row in rows[1:]), head=head)
    assert caremarket("import", "e.csv", "--propose", "mapping.toml").code == 0
    found = read_mapping(str(tmp_path / "mapping.toml")).file
    assert (found.complete_from, found.extracted_on) == (date(2025, 4, 1), date(2026, 3, 31))


# What is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"utf-8"', '"utf-99"', "no encoding 'utf-99'. Usual: utf-8 or cp1252"),
        ('separator = ","', 'separator = ";"', "there is no column 'Client ID'"),
        ('"Weekly hours"', '"Weekly hrs"', "no column 'Weekly hrs', which the mapping names "
         "(columns.hours). Did you mean 'Weekly hours'?"),
        ('"day_first"', '"dd/mm/yyyy"', "key file.date_order: 'dd/mm/yyyy' is not allowed"),
        ("join_gap_days = 14", "join_gap_days = -1", "key rules.join_gap_days: -1 is not allowed"),
        ("[services]", "[service]", "'service' is not known here. Did you mean 'services'?"),
        ('"home_care"', '"homecare"', "'homecare' is not allowed"),
        ("extracted_on = 2025-03-31\n", "", "the day it was made is not told"),
        ('carers = "Carers"', 'place = "Carers"', "the mapping names a column of places. Give "),
        ("[columns]", "complete_from = 2026-01-01\n[columns]",
         "it is complete from 2026-01-01, after 2025-03-31"),
        ('separator = ","', 'separator = ",,"', "key file.separator: ',,' is not allowed"),
        ("2025-03-31", "2020-03-31", "nobody is in care on 2020-03-31"),
    ],
)  # fmt: skip
def test_a_mapping_that_does_not_fit_is_refused(
    caremarket: Caremarket, tmp_path: Path, old: str, new: str, told: str
) -> None:
    small_file(tmp_path / "e.csv", "1,A,Homecare,28/02/2025,,7,1")
    text = mapping_of_small(tmp_path).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "mapping.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    done = caremarket("import", "e.csv", "--mapping", "mapping.toml", "--to", "county")
    assert done.code == 2
    assert told in done.err, done.err
    assert not (tmp_path / "county").exists()


def test_rows_of_another_width_are_told_all_at_once(caremarket: Caremarket, tmp_path: Path) -> None:
    small_file(tmp_path / "e.csv", "1,A,Homecare,28/02/2025,,7,1", "2,A, Ltd,Homecare,,,7,1,x",
               "", "3,A,Homecare", "4,A,Homecare,28/02/2025,,7,1")  # fmt: skip
    mapping_of_small(tmp_path)
    done = caremarket("import", "e.csv", "--mapping", "small_mapping.toml", "--to", "county")
    assert done.code == 2
    assert "e.csv, rows 3 and 5: for instance, 9 cells where the heading has 7" in done.err


def test_a_quotation_mark_that_is_never_closed_is_told(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    """Everything after it is one cell, longer than a cell may be."""
    rows = [f"{n},A,Homecare,28/02/2025,,7,1" for n in range(9000)]
    small_file(tmp_path / "e.csv", '1,"A,Homecare,28/02/2025,,7,1', *rows)
    mapping_of_small(tmp_path)
    done = caremarket("import", "e.csv", "--mapping", "small_mapping.toml", "--to", "county")
    assert done.code == 2
    assert "e.csv: a quotation mark is opened and never closed" in done.err
    (tmp_path / "e.xls").write_bytes(b"x")
    done = caremarket("import", "e.xls", "--propose", "mapping.toml")
    assert "e.xls: it is of an older Excel format. Save it as .xlsx, or as CSV" in done.err


@pytest.mark.parametrize("text", ["", "\n\n", "only one line"])
def test_what_is_no_workbook_is_refused(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    (tmp_path / "e.xlsx").write_text(text, encoding="utf-8")
    done = caremarket("import", "e.xlsx", "--propose", "mapping.toml")
    assert done.code == 2 and "e.xlsx: it is not an Excel workbook" in done.err
    monkeypatch.setattr(files, "find_spec", lambda _: None)
    done = caremarket("import", "e.xlsx", "--propose", "mapping.toml")
    assert "to read Excel needs openpyxl. Install caremarket[excel], or save" in done.err


def test_a_title_above_the_heading_and_another_sheet_are_no_hindrance(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    cells = [["Weekly list", *[None] * 6], HEAD.split(","),
             ["1", "A", "Homecare", date(2025, 2, 13), None, 7, 1]]  # fmt: skip
    with pd.ExcelWriter(tmp_path / "e.xlsx") as book:
        pd.DataFrame(cells).to_excel(book, sheet_name="List", header=False, index=False)
    assert caremarket("import", "e.xlsx", "--propose", "mapping.toml").code == 0
    text = (tmp_path / "mapping.toml").read_text(encoding="utf-8")
    assert "heading_row = 2" in text and 'date_order = "year_first"' in text
    text = text.replace('hours_count = "?"', 'hours_count = "visits"')
    (tmp_path / "mapping.toml").write_text(
        text.replace("[file]", '[file]\nsheet = "Lists"'), encoding="utf-8"
    )
    done = caremarket("import", "e.xlsx", "--mapping", "mapping.toml", "--to", "county")
    assert "e.xlsx: no sheet 'Lists'. Did you mean 'List'?" in done.err
    (tmp_path / "mapping.toml").write_text(text, encoding="utf-8")
    done = caremarket("import", "e.xlsx", "--mapping", "mapping.toml", "--to", "county")
    assert done.code == 0, done.err


@pytest.mark.parametrize("text", ["", "\n\n", "only one line"])
def test_an_empty_file_is_refused(caremarket: Caremarket, tmp_path: Path, text: str) -> None:
    (tmp_path / "e.csv").write_text(text, encoding="utf-8")
    mapping_of_small(tmp_path)
    done = caremarket("import", "e.csv", "--mapping", "small_mapping.toml", "--to", "county")
    assert done.code == 2 and "e.csv" in done.err and "Traceback" not in done.err


def test_faults_of_all_files_are_told_together(caremarket: Caremarket, tmp_path: Path) -> None:
    small_file(tmp_path / "e.csv", "1,A,Homecare,31/02/2025,,7,1")
    text = DIRECTORY.read_text(encoding="utf-8-sig")
    (tmp_path / "d.csv").write_text(text.replace(",Good,", ",Quite good,", 1), encoding="utf-8")
    (tmp_path / "p.csv").write_text("postcode_district,area\nZZ1,A\nZZ1,B\n", encoding="utf-8")
    (tmp_path / "h.csv").write_text("area,hours_per_week\nA,many\n", encoding="utf-8")
    (tmp_path / "w.csv").write_text("figure,value,source\nPay,9,x\nTurnover rate,24,x\n", "utf-8")
    mapping = mapping_of_small(tmp_path)
    done = caremarket("import", "e.csv", "--mapping", mapping, "--to", "county", "--directory",
                      "d.csv", "--places", "p.csv", "--hours-known", "h.csv", "--workforce",
                      "w.csv", "--on", "2020-01-01")  # fmt: skip
    assert done.code == 2
    for told in ("e.csv, row 2, column Start date", "d.csv, row 2, column Location Latest Overall "
                 "Rating: 'Quite good' is no rating", "p.csv, row 3, column postcode_district: "
                 "'ZZ1' lies in two areas",
                 "h.csv, row 2, column hours_per_week: 'many' is no number",
                 "w.csv, row 2, column figure: 'Pay' is not known", "w.csv, row 3, column value: "
                 "'24' is no share. Write 24.6% or 0.246", "--places: the mapping names no column",
                 "--on: 2020-01-01 lies before the day of the extract"):  # fmt: skip
        assert told in done.err, done.err
    assert not (tmp_path / "county").exists()


def test_what_is_missing_or_taken_is_told_at_once(caremarket: Caremarket, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    done = caremarket("import", PACKAGES, "--to", "taken", "--model", "norfolk_principal")
    assert done.code == 2
    assert "--mapping: no mapping is given. Propose one" in done.err
    assert "taken: it exists already" in done.err
    assert "Did you mean 'norfolk_principal_provider'?" in done.err
    assert list((tmp_path / "taken").iterdir()) == []
    done = caremarket("import", "nowhere.csv", "--propose", "mapping.toml")
    assert done.code == 2 and "nowhere.csv: the file is missing" in done.err
    assert not (tmp_path / "mapping.toml").exists()


def test_nothing_half_written_is_left(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(folders, "write_quality", fails)
    assert caremarket("import", PACKAGES, "--propose", "mapping.toml").code == 0
    done = caremarket("import", PACKAGES, "--mapping", "mapping.toml", "--to", "county", *BESIDE)
    assert done.code != 0
    assert [path.name for path in tmp_path.iterdir()] == ["mapping.toml"]


def test_a_model_that_ships_may_be_chosen(caremarket: Caremarket, tmp_path: Path) -> None:
    made(caremarket, PACKAGES, *BESIDE, "--model", "leicestershire_open_framework",
         "--on", "2026-04-06")  # fmt: skip
    county = load_scenario(tmp_path / "county")
    assert county.commissioning.code == "leicestershire_open_framework"
    assert {row.tier for row in county.commissioning.contracts} == {"lead"}
    assert {row.area for row in county.commissioning.contracts} == {a.code for a in county.areas}
    assert county.calendar.start == date(2026, 4, 6)
    assert county.calendar.end - county.calendar.start > timedelta(days=3 * 365 - 1)


def test_a_mapping_that_names_no_columns_is_one_fault(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text("[file]\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as told:
        read_mapping(str(tmp_path / "m.toml"))
    assert any("'columns' is missing" in line for line in told.value.lines)


# The page that explains it ---------------------------------------------------------------------

EXPLAINED = Path(__file__).parents[1] / "docs" / "how-to" / "import.md"


def commands_of(page_: Path) -> list[list[str]]:
    """Every command of a page's blocks, in their order, as words."""
    blocks = re.findall(r"```bash\n(.*?)```", page_.read_text(encoding="utf-8"), flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line.removeprefix("caremarket ").split() for line in lines]


def test_the_commands_of_the_page_are_carried_out_as_they_stand(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    words = commands_of(EXPLAINED)
    assert [one[0] for one in words] == ["samples", "import", "import", "check", "run", "import"]
    for one in words:
        done = caremarket(*one) if one[0] != "run" else caremarket("check", one[1])
        assert done.code == 0, done.err
    assert (tmp_path / "my-county").is_dir() and (tmp_path / "my-return").is_dir()


def test_the_page_names_every_key_of_a_mapping_and_every_file() -> None:
    text = EXPLAINED.read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_.…]+)`", text))
    for part, model in (("file", FileRules), ("rules", Rules), ("tables", Tables)):
        assert {f"{part}.{key}" for key in model.model_fields} <= named
    assert {*Columns.model_fields, "hospital", "two_carers", "services", "only",
            "direct_payments"} <= named  # fmt: skip
