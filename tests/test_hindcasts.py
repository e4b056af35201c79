"""Recorded cases: their declarations, readings of a run made by hand, verdicts, words."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import Caremarket
from conftest import SMALL_AREAS, small_county
from pydantic import ValidationError
from verbs import CASE

from experiments.hindcasts.asked import case_faults, cases_asked_for
from experiments.hindcasts.case import Case, Figure, Of, scenario_of, shipped_cases
from experiments.hindcasts.findings import Findings, tables
from experiments.hindcasts.readings import read
from experiments.hindcasts.verdicts import LEAST, Band, Verdict, band_of, verdict_of
from experiments.hindcasts.words import first_screen, with_ends
from experiments.hindcasts.work import WITH, WITHOUT, items_of, lived
from experiments.results.provenance import Failed
from sim.scenario.reading import COUNTIES
from sim.simulation import simulate

SHIPPED = {case.code: case for case in shipped_cases()}
ENOUGH = LEAST
CLOSING = {"on": "2024-08-05", "days": 90, "provider": "ANCHOR"}


def figure(**more: Any) -> Figure:
    """A figure on record: 10 of 0 to 100, where 8 to 12 is allowed."""
    told: dict[str, Any] = {
        "code": "days", "meaning": "days until then", "reading": "days_to_stop",
        "of": {"on": date(2025, 6, 2), "days": 100}, "observed": 10, "low": 8, "high": 12,
        "unit": "days", "possible": (0, 100),
    }  # fmt: skip
    return Figure.model_validate(told | more)


# What ships -------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", SHIPPED)
def test_a_shipped_case_is_a_scenario_and_all_it_names_is_there(code: str) -> None:
    case = SHIPPED[code]
    scenario = scenario_of(case)
    assert len(scenario.failures) == len(case.failures)
    assert case_faults(case, scenario) == []
    assert len({one.code for one in case.figures}) == len(case.figures)
    assert all(one.unit != "share" or one.possible == (0, 1) for one in case.figures)
    assert not scenario_of(case, without=True).failures
    assert not scenario_of(case, without=True).shocks


def test_there_are_six_cases_at_least_and_lots_that_did_not_fail() -> None:
    assert {"broadland", "mulbarton", "leicestershire", "rotherham", "north_norfolk",
            "winter_2021", "lots_that_stood"} <= set(SHIPPED)  # fmt: skip


def test_figures_that_shaped_a_rule_are_in_sample() -> None:
    shaped = {(case, one.code) for case in SHIPPED for one in SHIPPED[case].figures if one.shaped}
    assert ("north_norfolk", "days_to_successor") in shaped
    assert {case for case, _ in shaped} >= {"mulbarton", "lots_by_chance"}
    assert not {case for case, _ in shaped} & {"broadland", "leicestershire", "rotherham"}
    assert all(one.in_sample for one in SHIPPED["mulbarton"].figures)


def test_no_case_is_a_target_of_calibration() -> None:
    files = [*COUNTIES.glob("*/targets.csv"), *COUNTIES.glob("*/calibration.toml")]
    assert len(files) > 3
    for path in files:
        words = set(re.findall(r"\w+", path.read_text(encoding="utf-8").lower()))
        assert "hindcast" not in words and "hindcasts" not in words
        # A county has the name of a case: as a name of itself that is no target.
        codes = {code for code in SHIPPED if not (COUNTIES / code).is_dir()}
        assert not words & codes


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"low": 11}, "not in order"),
        ({"high": 101}, "not in order"),
        ({"possible": (0, 0), "observed": 0, "low": 0, "high": 0}, "not in order"),
        ({"low": 0, "high": 51}, "more than half of what is possible"),
        ({"mean": 3}, "mean"),
    ],
)
def test_a_record_that_could_not_be_missed_is_refused(more: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ValidationError, match=wrong):
        figure(**more)


# Verdicts ---------------------------------------------------------------------------------------


def band(low: float, high: float, count: int = ENOUGH) -> Band:
    return Band(low, (low + high) / 2, high, count)


@pytest.mark.parametrize(
    ("mine", "others", "verdict"),
    [
        (band(5, 9), [], Verdict.INSIDE),
        (band(12, 30), [], Verdict.INSIDE),
        (band(12.1, 30), [], Verdict.OUTSIDE),
        (band(0, 7.9), [], Verdict.OUTSIDE),
        (band(0, 51), [], Verdict.UNINFORMATIVE),
        (band(40, 95), [], Verdict.UNINFORMATIVE),
        (band(5, 15), [band(9, 11)], Verdict.UNINFORMATIVE),
        (band(5, 15), [band(0, 11)], Verdict.INSIDE),
        (band(5, 15), [band(13, 15)], Verdict.INSIDE),
        (band(20, 30), [band(9, 11)], Verdict.OUTSIDE),
        (band(5, 15), [band(9, 11, ENOUGH - 1)], Verdict.INSIDE),
        (band(9, 11, ENOUGH - 1), [], Verdict.NONE),
        (band(nan, nan, 0), [], Verdict.NONE),
    ],
)
def test_verdicts_by_hand(mine: Band, others: list[Band], verdict: Verdict) -> None:
    assert verdict_of(figure(), mine, others) is verdict


def test_the_band_is_the_central_80_per_cent_within_what_is_possible() -> None:
    found = band_of([*range(11)], figure())
    assert (found.low, found.middle, found.high, found.count) == (1, 5, 9, 11)
    never = band_of([inf, inf, nan, 4.0], figure())
    assert (never.middle, never.high, never.count) == (100, 100, 3)
    assert band_of([nan], figure()).count == 0


# Readings ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def principal() -> str:
    rows = small_county().commissioning.contracts
    return next(row.provider for row in rows if (row.tier, row.area) == ("principal", "COASTAL"))


def readings(
    row: dict[str, Any] | None, of: Of, *names: str, seed: int = 1, **settings: Any
) -> list[float]:
    changed = {"failures": () if row is None else (row,), "targets": ()}
    scenario = small_county(**settings).changed(changed)
    ledger = simulate(scenario, seed=seed)
    return [read(ledger, scenario, name, of) for name in names]


def test_of_a_sudden_closure(principal: str) -> None:
    row = {"date": "2025-06-02", "who": principal}
    of = Of(on=date(2025, 6, 2), days=28, provider=principal)
    names = ("share_without_anybody", "share_with_another", "days_to_stop", "share_still_served")
    alone, another, stops, served = readings(row, of, *names)
    assert (stops, served) == (0, 0)
    # Who is accepted and not yet visited is with another, and without anybody.
    assert 0 < alone < 0.5 < another < 1
    (early,) = readings(row, of.model_copy(update={"days": 1}), "share_without_anybody")
    assert early > alone
    (days,) = readings(row, of.model_copy(update={"days": 91}), "days_to_cover")
    assert 0 < days < 91


def test_of_a_market_that_nothing_befalls(principal: str) -> None:
    of = Of(on=date(2025, 6, 2), days=28, provider=principal, areas=SMALL_AREAS)
    names = ("days_to_cover", "days_to_stop", "days_to_hand_back", "people_handed_back_first",
             "days_to_successor", "lots_without_loss", "share_worse_off")  # fmt: skip
    # Somebody must have come in the week before, or there is nobody who could be worse off.
    found = readings(None, of, *names, seed=2)
    assert found[:4] == [0, inf, inf, 0] and np.isnan(found[4]) and found[5:] == [2, 0]
    long = of.model_copy(update={"days": 560})
    (share_late,) = readings(None, long, "share_late")
    assert np.isnan(share_late)


def test_of_contracts_returned_and_of_one_lost_before_its_first_day(principal: str) -> None:
    row = {"date": "2025-06-02", "who": principal, "kind": "contract_returned", "notice_days": 70}
    of = Of(on=date(2025, 6, 2), days=400, provider=principal, areas=SMALL_AREAS)
    days, lots = readings(row, of, "days_to_successor", "lots_without_loss")
    assert days >= small_county().procurement.emergency_days and lots == 0
    lost = {"date": "2025-01-26", "who": principal}
    early = Of(on=date(2025, 1, 26), days=100, provider=principal)
    assert readings(lost, early, "share_not_let_again") == [1]
    late = early.model_copy(update={"days": 600})
    assert readings(lost, late, "share_not_let_again") == [0]


def test_of_people_handed_back_and_of_the_list(principal: str) -> None:
    row = {"date": "2025-06-02", "who": principal, "kind": "suspension", "lasts_days": 365}
    of = Of(on=date(2025, 6, 2), days=365, provider=principal)
    names = ("days_to_stop", "days_to_hand_back", "people_handed_back_first", "longest_gap_days")
    # The largest teams' rounds do not thin out as far in a year as Norfolk's rule asks.
    world: dict[str, Any] = {"seed": 3, "overload__thin_round_fall": 0.02}
    stops, first, people, gap = readings(row, of, *names, **world)
    assert (stops, 0 < first < 365, people > 1, 0 < gap <= 91) == (0, True, True, True)
    assert readings(None, of, "days_to_hand_back", **world) == [inf]
    (waiting,) = readings(row, of, "people_waiting", **world)
    (usual,) = readings(None, of, "people_waiting", **world)
    assert waiting > usual > 0


# All that is told -------------------------------------------------------------------------------


def made_up(**more: Any) -> Case:
    """A case on the smallest county: its largest provider closes."""
    told = tomllib.loads(CASE) | {"county": "small", "figures": [figure(of=CLOSING)]}
    return Case.model_validate(told | more)


def findings_of(values: list[float | None], case: Case | None = None) -> Findings:
    """The findings of a case whose replications give these values, None for one that failed."""
    told = case or made_up()
    items = [item for item in items_of([told], 1, len(values)) if item.task.arm == WITH]
    found = tuple(None if value is None else {"days": value} for value in values)
    failed = tuple(Failed("it", "error") for one in found if one is None)
    return Findings((told,), 1, len(values), tuple(item.task for item in items), found, failed)


def test_every_case_that_something_befalls_is_run_without_it_as_well() -> None:
    arms = {(item.task.case, item.task.arm) for item in items_of([made_up()], 1, 2)}
    assert arms == {("made_up", WITH), ("made_up", WITHOUT)}
    calm = made_up(failures=())
    assert {item.task.arm for item in items_of([calm], 1, 2)} == {WITH}


def test_too_many_failed_is_no_verdict() -> None:
    good = findings_of([10.0] * 40)
    assert [one.verdict for one in good.told] == [Verdict.INSIDE]
    bad = findings_of([10.0] * 37 + [None] * 3)
    assert [one.verdict for one in bad.told] == [Verdict.NONE]
    assert "No headline" in " ".join(" ".join(first_screen(bad).lines()).split())


def test_the_same_reading_of_another_case_makes_a_band_that_says_nothing() -> None:
    one = findings_of([10.0] * 20)
    two = findings_of([10.0] * 20, made_up(code="another"))
    both = Findings(
        (*one.cases, *two.cases), 1, 20, one.tasks + two.tasks, one.found + two.found, ()
    )
    assert [told.verdict for told in both.told] == [Verdict.UNINFORMATIVE] * 2


def test_the_market_without_the_failure_makes_a_band_that_says_nothing() -> None:
    items = items_of([made_up()], 1, 20)
    for alone, verdict in ((10.0, Verdict.UNINFORMATIVE), (40.0, Verdict.INSIDE)):
        found = tuple({"days": 10.0 if item.task.arm == WITH else alone} for item in items)
        tasks = tuple(item.task for item in items)
        findings = Findings((made_up(),), 1, 20, tasks, found, ())
        assert [told.verdict for told in findings.told] == [verdict]


def test_no_line_totals_verdicts() -> None:
    """Verdicts are told one by one: their number is no grade."""
    shipped = tuple(SHIPPED.values())
    tasks = tuple(item.task for item in items_of(shipped, 1, 1))
    found = tuple({one.code: one.observed for one in task.figures} for task in tasks)
    findings = Findings(shipped, 1, 1, tasks, found, ())
    text = " ".join(" ".join(first_screen(findings).lines(full=True)).split())
    verdicts = "|".join([*Verdict, "verdicts", "figures", "passed?", "held?"])
    assert not re.search(rf"\b\d+ (of \d+ )?({verdicts})\b", text)
    told, runs = (frame for _, frame in tables(findings))
    assert len(told) == sum(len(case.figures) for case in shipped)
    assert {*told["case"]} == set(SHIPPED) and not {"total", "all"} & {*told["case"]}
    assert (told["verdict"] == Verdict.NONE).all() and len(runs) > len(told)


def test_a_value_with_its_ends() -> None:
    assert with_ends(0.333, 0.28, 0.38, "share") == "33% (28% to 38%)"
    assert with_ends(89, 75, 103, "days") == "89 (75 to 103) days"
    assert with_ends(8, 8, 8, "lots") == "8 lots"
    assert with_ends(nan, nan, nan, "days") == "not known"


# The command line -------------------------------------------------------------------------------


def test_what_has_no_place_beside_a_case_is_refused(caremarket: Caremarket) -> None:
    words = ("history", "small", "--case", "rotheram", "--set", "a=1", "--from", "2024-01-01")
    done = caremarket(*words)
    assert done.code == 2
    assert "--case rotheram: there is no such recorded case. Did you mean 'rotherham'?" in done.err
    for told in ("COUNTY: ", "--set: ", "--from: "):
        assert f"{told}a recorded case brings its own county, dates and values" in done.err
    assert "COUNTY: no county is named" in caremarket("history").err
    numbers = caremarket("history", "--cases", "--seed", "-1", "-r", "1")
    assert numbers.code == 2 and "Traceback" not in numbers.err
    assert "--seed -1: " in numbers.err and "--replications 1: " in numbers.err


def put(path: Path, case: Case, **more: Any) -> None:
    """A case's file, in JSON's part of TOML."""
    told = case.model_dump(mode="json", by_alias=True, exclude_none=True) | more
    lines = [f"{json.dumps(key)} = {inline(value)}" for key, value in told.items()]
    path.write_text("\n".join(lines), encoding="utf-8")


def inline(value: Any) -> str:
    """A value as TOML writes it on one line."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {inline(inner)}" for key, inner in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    return json.dumps(value)


def test_a_case_of_your_own_from_the_command_line(caremarket: Caremarket, tmp_path: Path) -> None:
    put(tmp_path / "mine.toml", made_up(set={"calendar.end": "2024-11-30"}))
    words = ("history", "--case", "mine.toml", "-r", "2", "--jobs", "1", "--out", "out")
    done = caremarket(*words)
    assert done.code == 0, done.err
    assert "no verdict     made_up (days)" in done.out
    told = "on record 10 (8 to 12) days; in the model 0 days; "
    assert told in " ".join(done.out.split())
    assert "days: no verdict, out of sample" in " ".join(done.out.split())
    again = caremarket(*words, "--resume", "--full")
    assert again.code == 0 and "Assumed: All." in again.out


def test_a_case_of_your_own_stands_beside_those_that_ship(tmp_path: Path) -> None:
    put(tmp_path / "mine.toml", made_up())
    mine = str(tmp_path / "mine.toml")
    for names, shipped, found in (
        ((), False, [*SHIPPED]),
        ((mine,), False, ["made_up"]),
        ((mine, "rotherham"), True, [*SHIPPED, "made_up"]),
        (("rotherham", mine), False, ["rotherham", "made_up"]),
    ):
        cases, faults = cases_asked_for(names, shipped=shipped)
        assert [case.code for case in cases] == found and not faults
    put(tmp_path / "again.toml", made_up())
    _, faults = cases_asked_for((mine, str(tmp_path / "again.toml")))
    assert "'made_up' is given twice" in str(faults[0])


def test_what_is_wrong_with_a_case_of_your_own(caremarket: Caremarket, tmp_path: Path) -> None:
    of = {"on": "2029-07-01", "days": 90, "provider": "ANKOR", "areas": ["VAIL"]}
    wrong = figure(of=of, reading="days_to_stopp").model_dump(mode="json")
    put(tmp_path / "bad.toml", made_up(), figures=[wrong])
    put(tmp_path / "odd.toml", made_up(), figures=[wrong | {"low": 20}], whatever=3)
    names = ("bad.toml", "odd.toml", "none.toml")
    done = caremarket("history", *(word for name in names for word in ("--case", name)))
    assert done.code == 2 and "Traceback" not in done.err
    for told in ("no reading 'days_to_stopp'", "no provider 'ANKOR'", "no area 'VAIL'",
                 "the run does not hold 90 days from 2029-07-01 on", "are not in order",
                 "odd.toml, key whatever", "none.toml: the file is missing"):  # fmt: skip
        assert told in done.err, told
    assert not (tmp_path / "caremarket-results").exists()


@pytest.mark.long
@pytest.mark.parametrize("code", SHIPPED)
def test_every_shipped_case_can_be_read(code: str) -> None:
    case = SHIPPED[code]
    for item in items_of([case], 1, 1):
        found = lived(item.task)
        assert set(found) == {one.code for one in case.figures}
        for one in case.figures:
            assert not found[one.code] < one.possible[0]
