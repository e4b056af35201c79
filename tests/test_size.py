"""What a run costs is told beforehand, and what nobody could simulate is refused at once."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from command_line import Caremarket

from experiments.asking.telling import processes, tell_cost
from experiments.commands import run, sweep
from experiments.commands.studying import foresee, seconds_of
from experiments.engine import limits as work
from experiments.engine.limits import all_cores
from experiments.engine.work import outcome
from experiments.study import limits as of_studies
from experiments.study.draws import Method, Varied
from experiments.study.freezing import study_of
from experiments.study.study import Cell
from experiments.study.work import CELLS
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.scenario.expected import (
    carers_of_teams,
    days_of_demand,
    most_referrals_per_day,
    people_in_care,
    referred,
)
from sim.scenario.limits import (
    MOST_BYTES,
    MOST_PEOPLE_PER_AREA,
    MOST_REFERRALS_PER_AREA,
    MOST_REFERRALS_PER_AREA_AND_DAY,
    MOST_SECONDS,
    WHAT,
)
from sim.scenario.size import parts_of, size_of
from sim.simulation import Simulation, simulate

SMALL = ("HARBOUR", "MARKET", "VALE", "HILLS", "MARSH")
PATIENCE_SECONDS = 30.0
"""Of the processor, for a refusal that takes a tenth of one: no machine is so slow."""
MEASURED = {
    # county and settings: entries on the clock, MB beyond the program
    "theory": ({}, 6_221, 7),
    "small": ({}, 13_572, 4),
    "rotherham": ({}, 84_153, 24),
    "leicestershire": ({}, 178_037, 50),
    "staffordshire": ({}, 180_719, 49),
    "norfolk": ({}, 309_336, 89),
    "small: 1 h packages": ({"packages.mean_carer_hours_per_week": 1}, 110_320, 36),
    "small: short stays": ({"care.mean_stay_days": 20}, 110_811, 34),
    "small: daily reviews": ({"care.review_interval_days": 1}, 152_970, 27),
    "small: turnover": ({"workforce.turnover_per_year": 2}, 17_573, 4),
    "small: hospital": ({"care.hospital_admissions_per_year": 8}, 25_865, 7),
    "small: long": ({"calendar.end": date(2049, 12, 31)}, 111_799, 28),
    "rotherham: stays": ({"care.mean_stay_days": 100}, 200_737, 66),
    "norfolk: no reviews": ({"care.reviews": False}, 288_192, 84),
}
"""What runs took with version 0.5.0, seed 1."""
SIX = ("theory", "small", "rotherham", "leicestershire", "staffordshire", "norfolk")


def settings(**values: Any) -> dict[str, Any]:
    return {path.replace("__", "."): value for path, value in values.items()}


# The estimate ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MEASURED)
def test_the_estimate_is_near_what_was_measured(name: str) -> None:
    values, events, megabytes = MEASURED[name]
    size = size_of(load_scenario(name.partition(":")[0], settings=values))
    within = 3.0 if name == "theory" else 1.6  # nobody in theory goes to hospital or is reviewed
    assert events / within < size.events < events * within
    if megabytes > 20:
        assert megabytes / 2 < (size.bytes - 200e6) / 1e6 < megabytes * 2


def test_the_people_of_a_run_are_those_it_refers() -> None:
    for code in ("small", "rotherham"):
        scenario = load_scenario(code)
        ledger = simulate(scenario, seed=1)
        whole = ledger.count("referred")
        expected = sum(referred(scenario).values())
        expected += sum(people_in_care(scenario, area) for area in scenario.areas)
        assert abs(whole - expected) < 5 * expected**0.5


def test_growth_shocks_and_own_referrals_count() -> None:
    plain = load_scenario("small")
    area = plain.areas[0]
    grown = load_scenario("small", settings=settings(demand__growth_per_year=0.5))
    assert days_of_demand(grown, area) > 1.5 * days_of_demand(plain, area)
    shocked = with_shock(plain, 3.0)
    more = days_of_demand(shocked, area) - days_of_demand(plain, area)
    assert more == pytest.approx(2 * 365, rel=0.05)
    assert days_of_demand(shocked, plain.areas[1]) == days_of_demand(plain, plain.areas[1])
    peak = most_referrals_per_day(shocked, area) / most_referrals_per_day(plain, area)
    assert 2.5 < peak < 3.5


def with_shock(scenario: Scenario, size: float) -> Scenario:
    from sim.scenario.tables import Shock

    cells = {"date": "2025-01-01", "ends": "2026-01-01", "kind": "referrals", "size": size}
    shock = Shock.model_validate({**cells, "areas": "HARBOUR", "source": "test"})
    return scenario.model_copy(update={"shocks": (shock,)})


def test_carers_follow_from_hours_or_posts() -> None:
    scenario = load_scenario("small")
    assert sum(carers_of_teams(scenario)) == pytest.approx(187, abs=2)
    posts = tuple(row.model_copy(update={"posts": 7}) for row in scenario.branches)
    assert set(carers_of_teams(scenario.model_copy(update={"branches": posts}))) == {7.0}


def test_every_cost_has_a_name() -> None:
    assert set(parts_of(load_scenario("norfolk"))) <= set(WHAT)


# What nobody could simulate -------------------------------------------------------------------

ABSURD: dict[str, tuple[dict[str, Any], str]] = {
    "reviews every moment": (settings(care__review_interval_days=1e-9), "care.review_interval"),
    "no review ever changes hours": (settings(care__review_change_share=1e-12), "change_share"),
    "stays of an instant": (settings(care__mean_stay_days=1e-9), "care.mean_stay_days"),
    "stays of minutes": (settings(care__mean_stay_days=0.01), "care.mean_stay_days"),
    "tiny packages": (settings(packages__mean_carer_hours_per_week=0.001), "packages.mean_carer"),
    "growth for a century": (
        settings(demand__growth_per_year=0.5, calendar__end=date(2123, 12, 1)),
        "demand.growth_per_year",
    ),
    "carers who never work": (settings(workforce__absence_share=1.0), "workforce.absence_share"),
    "carers of a moment": (settings(workforce__paid_hours_per_week=1e-9), "workforce.paid_hours"),
    "reablement of a moment": (
        settings(bridging__reablement_hours_per_person=1e-9),
        "bridging.reablement_hours",
    ),
    "stages of a moment": (
        settings(rollout__stage_days=1e-9, rollout__loss_cap_period="month"),
        "rollout.stage_days",
    ),
    "revisits of a moment": (
        settings(quality__revisit_days=1e-9, quality__improves_share=0),
        "quality.revisit_days",
    ),
    "packages of a minute in full areas": (
        {
            "packages.mean_carer_hours_per_week": 0.25,
            **{f"areas.{area}.hours_per_four_weeks": 1e6 for area in SMALL},
        },
        "hours_per_four_weeks",
    ),
}


@pytest.mark.parametrize("values, where", ABSURD.values(), ids=ABSURD)
def test_what_nobody_could_simulate_is_refused_before_anything_is_built(
    values: dict[str, Any], where: str
) -> None:
    began = time.process_time()
    with pytest.raises(ScenarioError) as refused:
        load_scenario("small", settings=values)
    assert time.process_time() - began < PATIENCE_SECONDS
    faults = refused.value.faults
    assert len(faults) == 1
    assert where in str(faults[0].place) and str(faults[0].place).startswith("--set")
    # Some are refused by the range of the value itself, the others by what the run would take.
    assert re.search("at (most|least)", faults[0].cure, re.IGNORECASE)


@pytest.mark.parametrize("values, where", ABSURD.values(), ids=ABSURD)
def test_every_verb_refuses_it(
    values: dict[str, Any], where: str, caremarket: Caremarket, tmp_path: Path
) -> None:
    words = [f"--set={path}={value}" for path, value in values.items()]
    for verb in ("check", "run", "adequacy"):
        code, _, told = caremarket(verb, "small", *words)
        assert code == 2 and "nothing was run or written" in told, told
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "values",
    [
        {f"areas.{area}.hours_per_four_weeks": 1e6 for area in SMALL},
        {"branches.ANCHOR:HARBOUR.posts": 100_000},
        {"calendar.end": date(2123, 12, 1)},
    ],
    ids=["a million hours an area", "100,000 posts in a team", "a hundred years"],
)
def test_what_is_long_but_possible_is_told_by_its_time(values: dict[str, Any]) -> None:
    plain, large = size_of(load_scenario("small")), size_of(load_scenario("small", settings=values))
    assert large.seconds > 30 * plain.seconds
    assert large.seconds < MOST_SECONDS and large.bytes < MOST_BYTES


def one_area(per_day: float, days: int, warm_up_weeks: int = 0) -> Scenario:
    """A market of one area with so many referrals a day."""
    plain = load_scenario("theory")
    rate = most_referrals_per_day(plain, plain.areas[0])
    values: dict[str, Any] = {
        "areas.LOT.hours_per_four_weeks": plain.areas[0].hours_per_four_weeks * per_day / rate,
        "calendar.end": date.fromordinal(plain.calendar.start.toordinal() + days - 1),
        "calendar.warm_up_weeks": warm_up_weeks,
        "workforce.unlimited_capacity": True,
    }
    return load_scenario("theory", settings=values)


@pytest.mark.long
def test_what_is_allowed_can_be_told_apart() -> None:
    """The largest area that is not refused has a number for everyone."""
    days = int(MOST_REFERRALS_PER_AREA / MOST_REFERRALS_PER_AREA_AND_DAY)
    per_day = 0.999 * MOST_REFERRALS_PER_AREA / days
    if per_day > MOST_REFERRALS_PER_AREA_AND_DAY:
        per_day = 0.999 * MOST_REFERRALS_PER_AREA_AND_DAY
    scenario = one_area(per_day, days)
    Simulation(scenario, seed=1).clock.run_to(0.01)
    with pytest.raises(ScenarioError, match="At most 490"):
        one_area(1.01 * MOST_REFERRALS_PER_AREA_AND_DAY, 30)
    with pytest.raises(ScenarioError, match=f"{MOST_REFERRALS_PER_AREA:,} in an area"):
        one_area(per_day, int(1.01 * days))
    assert MOST_PEOPLE_PER_AREA + 5 * MOST_PEOPLE_PER_AREA**0.5 < 400_000


# Commands -------------------------------------------------------------------------------------


def test_results_that_do_not_fit_into_memory_are_refused(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def built(*_: Any, **__: Any) -> None:
        raise AssertionError("a list of runs was built")

    monkeypatch.setattr("experiments.run.question.question", built)
    code, _, told = caremarket("run", "small", "-r", "1000000")
    assert code == 2 and "1,000,000 results would take" in told and "caremarket sweep" in told
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "words",
    [
        ["compare", "as_is", "norwich_late"],
        ["stress", "small"],
        ["adequacy", "small"],
        ["history", "small"],
        ["fit", "norfolk"],
        ["compare-models", "small", "--model", "norfolk_countywide_spot"],
        ["extend", "."],
    ],
    ids=lambda words: words[0],
)
def test_other_commands_refuse_so_many_replications(
    words: list[str], caremarket: Caremarket, tmp_path: Path
) -> None:
    code, _, told = caremarket(*words, "-r", "1000000000")
    assert code == 2 and "at most 1,000,000" in told
    assert not list(tmp_path.iterdir())


def test_no_absurd_number_of_processes_is_begun(capsys: pytest.CaptureFixture[str]) -> None:
    most = work.most_processes(all_cores())
    assert processes(1_000_000) == most
    assert f"--jobs 1,000,000: only {most} processes are used" in capsys.readouterr().err
    assert processes(None) == min(all_cores(), most) and processes(1) == 1
    assert not capsys.readouterr().err


def test_windows_waits_for_61_processes_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work.sys, "platform", "win32")
    assert work.most_processes(64) == 61 and work.most_processes(2) == 8


def test_a_run_says_beforehand_that_it_takes_long(capsys: pytest.CaptureFixture[str]) -> None:
    scenario = load_scenario("norfolk")
    run.foresee(scenario, 1, 2)
    assert not capsys.readouterr().err
    run.foresee(scenario, 500, 2)
    told = capsys.readouterr().err
    assert told.startswith("500 markets to simulate: about 16 min and 6 GB of memory (estimate)")
    tell_cost("work", 1.0, 50e9)
    assert "50 GB" in capsys.readouterr().err


# Studies --------------------------------------------------------------------------------------

STUDY = """
name = "large"
county = "small"
until = 2024-02-28
outcomes = ["list_people_peak"]
{more}
[[scenarios]]
name = "as_is"
"""
PATHS = (
    "care.hospital_admissions_per_year",
    "demand.growth_per_year",
    "workforce.turnover_per_year",
    "packages.double_handed_share",
    "packages.vulnerable_share",
)


def varied(**told: Any) -> str:
    """The five parameters, each with what is told of it."""
    lines = "\n".join(f"{key} = {value}" for key, value in told.items())
    return "".join(f'[[draws.uncertainties]]\npath = "{path}"\n{lines}\n' for path in PATHS)


def draws(method: str, number: int | None, **told: Any) -> str:
    """A study's draws."""
    many = "" if number is None else f"number = {number}\n"
    return f'[draws]\nmethod = "{method}"\n{many}{varied(**told)}'


GRID = [round(0.1 + step / 100, 2) for step in range(31)]
TOO_MANY = {
    "a grid": (draws("grid", None, values=GRID), "28,629,151 draws (grid)"),
    "sobol": (draws("sobol", 524_288, low=0.1, high=0.2), "3,670,016 draws (sobol)"),
    "morris": (draws("morris", 200_000, low=0.1, high=0.2), "1,200,000 draws (morris)"),
    "sampling": (draws("latin_hypercube", 10**9, low=0.1, high=0.2), "at most 1,000,000"),
    "replications": ("[replications]\nnumber = 1000000000\n", "at most 1,000,000"),
    "runs": (
        "[replications]\nnumber = 1000\n" + draws("latin_hypercube", 20_000, low=0.1, high=0.2),
        "20,000,000 runs (1 scenarios x 20,000 draws x 1,000 replications)",
    ),
    "a draw": (
        '[draws]\nmethod = "grid"\n[[draws.uncertainties]]\n'
        'path = "care.review_interval_days"\nvalues = [100.0, 1e-12]\n',
        "care.review_interval_days: 1e-12 is not allowed",
    ),
}


def study_file(folder: Path, more: str) -> Path:
    """A study with more in its file; scenarios come first, as TOML wants it."""
    head, _, tail = STUDY.partition("{more}")
    path = folder / "large.toml"
    path.write_text(f"{head}{tail}{more}", encoding="utf-8")
    return path


@pytest.mark.parametrize("more, words", TOO_MANY.values(), ids=TOO_MANY)
def test_too_many_draws_or_runs_are_counted_before_they_are_made(
    more: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(method: Method, varied: Any, number: int, *more: Any) -> Any:
        if of_studies.number_of_draws(method, varied, number) > 20_000:
            raise AssertionError("the draws were made")
        return drawn(method, varied, number, *more)

    from experiments.study import drawing

    drawn = drawing.drawn
    monkeypatch.setattr(drawing, "drawn", made)
    began = time.process_time()
    with pytest.raises(ScenarioError) as refused:
        study_of(study_file(tmp_path, more))
    assert words in str(refused.value)
    assert time.process_time() - began < PATIENCE_SECONDS


def test_so_many_draws_are_made_as_were_counted() -> None:
    pytest.importorskip("SALib")
    from experiments.study.draws import drawn

    ends = tuple(Varied(path, "uncertainty", 0.1, 0.2) for path in PATHS[:3])
    values = tuple(Varied(path, "uncertainty", values=(0.1, 0.2, 0.3)) for path in PATHS[:3])
    methods: dict[Method, tuple[Varied, ...]] = {
        "grid": values,
        "latin_hypercube": ends,
        "sobol": ends,
        "morris": ends,
    }
    for method, these in methods.items():
        assert len(drawn(method, these, 8, 1)) == of_studies.number_of_draws(method, these, 8)


def test_a_dry_run_tells_the_size_of_a_study(tmp_path: Path) -> None:
    more = "[replications]\nnumber = 3\n" + draws("latin_hypercube", 4, low=0.1, high=0.2)
    study = study_of(study_file(tmp_path, more))
    told = "\n".join(sweep.foreseen(study, tmp_path / "out", 1))
    assert "  runs          12\n" in told
    assert "of memory (estimate)" in told and "nothing was run or written but the trial" in told
    assert "12 rows of runs, up to " in told
    done = outcome(CELLS, study.item(Cell(0, 0, 0)))
    assert f"up to {5 * len(study.declared):,} rows of figures" in told
    assert set(done.found.figures) <= set(study.declared)


def test_a_dry_run_of_long_runs_tries_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def tried(*_: Any) -> None:
        raise AssertionError("a run was tried")

    monkeypatch.setattr("experiments.engine.work.outcome", tried)
    study = study_of(study_file(tmp_path, ""))
    large = with_hours(study.scenarios[0].scenario, 1e6)
    named = replace(study.scenarios[0], scenario=large)
    told = "\n".join(sweep.foreseen(replace(study, scenarios=(named,)), tmp_path, 1))
    assert "nothing was run or written.\n" in told
    assert "estimate: too long for a trial" in told


def with_hours(scenario: Scenario, hours: float) -> Scenario:
    """A county with so many hours in every area, and no broker who could be short of time."""
    rows = tuple(row.model_copy(update={"hours_per_four_weeks": hours}) for row in scenario.areas)
    years = scenario.calendar.model_copy(update={"end": date(2043, 12, 31)})
    return scenario.model_copy(update={"areas": rows, "calendar": years})


def test_a_study_says_beforehand_that_it_takes_long(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = study_of(study_file(tmp_path, "[replications]\nnumber = 2\n"))
    foresee(study, 2)
    assert not capsys.readouterr().err
    large = replace(study, replications=replace(study.replications, number=100_000))
    foresee(large, 2)
    assert capsys.readouterr().err.startswith("100,000 runs: about ")
    assert seconds_of(large, 4) == pytest.approx(2 * seconds_of(large, 2))


def test_check_tells_what_a_run_costs(caremarket: Caremarket) -> None:
    told = caremarket("check", "norfolk").out
    assert (
        "a run (estimate): 24,000 referrals, 2,800 carers, 330,000 events; 4 s, 298 MB of memory"
    ) in " ".join(told.split())
