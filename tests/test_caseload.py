"""The opening caseload: who is in care on the first day, and what becomes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import Caremarket
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import ks_2samp, ttest_1samp
from test_warm_up import frozen

from sim.caseload import hospital_chance, in_hospital_so_far, names_of, stays
from sim.ledger import FACTS, IDS_PER_AREA, LOSSES, NUMBERS, Cause, Ledger, Stage
from sim.outcomes import weekly
from sim.processes.referrals import (
    SETTLEMENTS,
    double_handed_chance,
    mean_planned_hours,
    people,
    remaining_stays,
    size_biased_stays,
)
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.scenario.caseload import hash_of, hours_by_area
from sim.scenario.plausibility import warnings
from sim.scenario.tables import CaseloadRow
from sim.simulation import Simulation, simulate

SAMPLE = Path(__file__).parents[1] / "experiments" / "samples" / "caseload.csv"
HALF_A_YEAR = {"calendar.end": "2024-06-30", "calendar.warm_up_weeks": 8}
STAYS = ("exponential", "lognormal", "fixed")
SPAN = 26


@cache
def peopled(**changed: Any) -> Scenario:
    """The small county with the sample of people in care, for half a year."""
    settings = {**HALF_A_YEAR, **{key.replace("__", "."): v for key, v in changed.items()}}
    return load_scenario("small", settings=settings, files={"caseload": SAMPLE})


def with_people(scenario: Scenario, rows: Sequence[CaseloadRow]) -> Scenario:
    return scenario.model_copy(update={"caseload": tuple(rows)})


def given(package: NDArray[Any]) -> NDArray[np.bool_]:
    """Which packages are those of people of a caseload."""
    number = package % IDS_PER_AREA
    numbers = NUMBERS["caseload"]
    return np.asarray((number >= numbers.start) & (number < numbers.stop))


def on_the_books(simulation: Simulation) -> Counter[tuple[str, str, int]]:
    """Provider, area and minutes a week of everybody whom a team serves, or keeps a place for."""
    return Counter(
        (branch.provider.code, branch.area.code, package.minutes)
        for branch in simulation.market.branches
        for package in branch.packages.values()
        if package.stage in (Stage.IN_SERVICE, Stage.INTERRUPTED)
    )


def facts(ledger: Ledger) -> dict[str, list[tuple[float, ...]]]:
    return {name: list(ledger.rows(name)) for name in FACTS}


# On the first day -----------------------------------------------------------------------------


def test_those_in_care_on_the_first_day_are_those_given() -> None:
    scenario = peopled()
    simulation = Simulation(scenario, seed=3)
    simulation.run(0.0)
    told = Counter((row.provider, row.area) for row in scenario.caseload)
    found = on_the_books(simulation)
    assert Counter(dict.fromkeys(told, 0)) | told == _by_team(found)
    hours = sum(key[2] * number for key, number in found.items()) / 60
    rounding = 0.25 * len(scenario.caseload)  # whole quarter hours of each of two carers
    assert abs(hours - sum(row.hours_per_week for row in scenario.caseload)) <= rounding


def _by_team(found: Counter[tuple[str, str, int]]) -> Counter[tuple[str, str]]:
    teams: Counter[tuple[str, str]] = Counter()
    for (provider, area, _), number in found.items():
        teams[provider, area] += number
    return teams


def test_nothing_befalls_them_before_the_first_day() -> None:
    """Not even where teams fall so short at once that they hand packages back without delay."""
    short = {"overload__hand_back_after_days": 1, "workforce__turnover_per_year": 0.9}
    simulation = Simulation(peopled(**short), seed=3)
    ledger = simulation.run(0.0)
    moved = ledger.columns("moved")
    mine = given(moved["package"])
    assert set(moved["day"][mine]) == {-56.0}
    assert set(moved["cause"][mine]) == {Cause.WARM_START, Cause.TO_HOSPITAL}
    later = simulation.run(120.0).columns("moved")
    assert (later["cause"][given(later["package"])] == Cause.HAND_BACK_NOTICE).any()


def test_some_are_in_hospital_with_their_place_kept() -> None:
    """As many as the two turns of a life in care make it: at home, and away with a place."""
    scenario = peopled()
    chance = hospital_chance(scenario)
    care = scenario.care
    kept = care.mean_hospital_days * (1 - np.exp(-care.hold_days / care.mean_hospital_days))
    away = care.hospital_admissions_per_year / 365.25 * kept
    assert chance == pytest.approx(away / (1 + away))
    many = with_people(scenario, [*scenario.caseload] * 8)
    ledger = Simulation(many, seed=3).run(-40.0)
    moved = ledger.columns("moved")
    found = int((moved["cause"][given(moved["package"])] == Cause.TO_HOSPITAL).sum())
    expected = chance * len(many.caseload)
    assert abs(found - expected) < 4 * expected**0.5
    days = [in_hospital_so_far(scenario, float(u)) for u in np.linspace(0, 1 - 1e-9, 50)]
    assert days == sorted(days)
    assert 0 == days[0] < days[-1] <= care.hold_days + 1e-5


def test_a_failure_on_the_first_day_displaces_exactly_that_provider_s_people() -> None:
    scenario = peopled()
    first = scenario.calendar.start.isoformat()
    for provider in ("ANCHOR", "REED"):
        failing = scenario.changed({"failures": [{"date": first, "who": provider}]})
        moved = Simulation(failing, seed=3).run(7.0).columns("moved")
        lost = np.isin(moved["cause"], LOSSES) & (moved["day"] == 0)
        displaced = moved["package"][lost & given(moved["package"])]
        rows = [row for row in scenario.caseload if row.provider == provider]
        assert displaced.size == len(set(displaced)) == len(rows) > 10
        hours = moved["minutes"][lost & given(moved["package"])] / 60
        told = [row.hours_per_week for row in rows if row.carers_a_visit is not None]
        assert not Counter(told) - Counter(hours.tolist())
        # Of everybody else it had accepted some, who had no visit yet.
        for package in moved["package"][lost & ~given(moved["package"])]:
            stages = moved["stage"][(moved["package"] == package) & (moved["day"] < 0)]
            assert Stage.IN_SERVICE not in stages


def test_where_the_file_says_nothing_nobody_is_in_care() -> None:
    """A caseload is the whole caseload, and areas are not filled up with drawn people."""
    scenario = peopled()
    only = with_people(scenario, [row for row in scenario.caseload if row.area == "MARSH"])
    simulation = Simulation(only, seed=3)
    simulation.run(0.0)
    assert {area for _, area, _ in on_the_books(simulation)} == {"MARSH"}


def test_those_who_begin_care_before_the_first_day_are_among_those_given() -> None:
    ledger = Simulation(peopled(), seed=3).run(0.0)
    moved = ledger.columns("moved")
    others = ~given(moved["package"])
    started = others & (moved["cause"] == Cause.STARTED)
    ended = others & (moved["stage"] == Stage.ENDED)
    assert started.sum() > 10
    assert sorted(moved["package"][started]) == sorted(moved["package"][ended])
    assert np.array_equal(np.sort(moved["day"][started]), np.sort(moved["day"][ended]))


def test_some_wait_on_the_first_day() -> None:
    """The list comes to rest around those in care: it does not begin empty."""
    simulation = Simulation(peopled(calendar__warm_up_weeks=26), seed=3)
    simulation.run(0.0)
    assert sum(len(area.list) for area in simulation.market.areas) > 0


@pytest.mark.parametrize("weeks", [0, 3])
def test_any_length_of_warm_up_will_do(weeks: int) -> None:
    simulation = Simulation(peopled(calendar__warm_up_weeks=weeks), seed=3)
    posts = sum(branch.posts for branch in simulation.market.branches)
    carers = sum(len(branch.carers) for branch in simulation.market.branches)
    assert carers < posts  # vacancies at rest: with people in care no market begins empty
    simulation.run(0.0)
    assert on_the_books(simulation).total() == len(peopled().caseload)


def test_what_is_given_is_respected() -> None:
    scenario = peopled()
    common = {"provider": "BELL", "area": "MARKET", "hours_per_week": 20.0}
    rows = [
        CaseloadRow(**common, direct_payment=True, carers_a_visit=2, settlement="rural"),
        CaseloadRow(**common, direct_payment=False, carers_a_visit=1, vulnerable=True),
        CaseloadRow(**common, direct_payment=False, hospital=True, critical=True),
    ]
    simulation = Simulation(with_people(scenario, rows), seed=3)
    market = simulation.market
    found = [p for branch in market.branches for p in branch.packages.values()]
    assert len(found) == 3
    assert {p.tier == market.direct_payment for p in found} == {True, False}
    (directly,) = [p for p in found if p.tier == market.direct_payment]
    assert (directly.carers, SETTLEMENTS[directly.settlement]) == (2, "rural")
    assert any(p.carers == 1 and p.vulnerable for p in found)
    assert any(p.hospital and p.critical for p in found)
    assert [p.minutes for p in found] == [1200] * 3


def test_the_principal_s_people_are_under_its_contract_where_the_area_is_live() -> None:
    live = {f"areas__{code}__go_live": "2023-01-01" for code in ("HARBOUR", "MARKET")}
    simulation = Simulation(peopled(**live), seed=3)
    principal = [tier.code for tier in simulation.scenario.commissioning.tiers].index("principal")
    for branch in simulation.market.branches:
        if branch.code in ("NORTH_STAR:HARBOUR", "LANTERN:MARKET"):
            tiers = {p.tier for p in branch.packages.values()} - {simulation.market.direct_payment}
            assert tiers == {principal}


# Relations ------------------------------------------------------------------------------------


def test_two_copies_of_everybody_need_twice_the_hours() -> None:
    scenario = peopled()
    rows = [row.model_copy(update={"carers_a_visit": 1}) for row in scenario.caseload]
    once, twice = (Simulation(with_people(scenario, rows * n), seed=3) for n in (1, 2))
    one, two = (
        {branch.code: branch.used_minutes for branch in simulation.market.branches}
        for simulation in (once, twice)
    )
    assert two == {code: 2 * minutes for code, minutes in one.items()}
    posts = [sum(b.posts for b in simulation.market.branches) for simulation in (once, twice)]
    assert posts[1] > 1.5 * posts[0]
    assert hours_by_area(twice.scenario) == {
        code: pytest.approx(2 * hours) for code, hours in hours_by_area(once.scenario).items()
    }


def test_the_order_of_rows_moves_nothing() -> None:
    scenario = peopled()
    other = with_people(scenario, scenario.caseload[::-1])
    assert scenario.identity == other.identity
    assert facts(simulate(scenario, seed=3, until=60.0)) == facts(
        simulate(other, seed=3, until=60.0)
    )


def test_a_person_stays_the_same_whoever_stands_beside_them() -> None:
    scenario = peopled()
    half = with_people(scenario, scenario.caseload[::2])

    def known(simulation: Simulation) -> Counter[tuple[Any, ...]]:
        return Counter(
            (b.code, p.key, p.minutes, p.settlement, p.vulnerable, p.need_ends_day, p.tier, p.stage)
            for b in simulation.market.branches
            for p in b.packages.values()
        )

    all_of_them, some = known(Simulation(scenario, seed=3)), known(Simulation(half, seed=3))
    assert some.total() == len(half.caseload)
    # Equal rows are numbered, so those that are left may bear the number of another.
    equal = len(scenario.caseload) - len(set(scenario.caseload))
    assert (some - all_of_them).total() <= equal


def test_equal_rows_are_different_people() -> None:
    row = CaseloadRow(provider="BELL", area="MARKET", hours_per_week=20.0)
    assert len(set(names_of([row, row, row]))) == 3
    simulation = Simulation(with_people(peopled(), [row] * 40), seed=3)
    packages = [p for b in simulation.market.branches for p in b.packages.values()]
    assert len({p.key for p in packages}) == len({p.need_ends_day for p in packages}) == 40


@pytest.mark.parametrize("chance", [False, True])
def test_the_laws_hold(chance: bool) -> None:
    """``simulate`` raises BrokenLawError where one does not."""
    risky = {"failure__random": True, "failure__closures_per_year_small": 1.0} if chance else {}
    scenario = peopled(**risky)
    rows = [{"date": "2024-02-01", "who": "largest:MARKET", "notice_days": 28}]
    ledger = simulate(scenario.changed({"failures": rows}), seed=3)
    assert ledger.count("moved") > len(scenario.caseload)


# What is left blank ---------------------------------------------------------------------------


@pytest.mark.parametrize("law", STAYS)
def test_what_remains_of_a_stay_has_the_law_of_stays_beyond_the_time_in_care(law: str) -> None:
    scenario = peopled(care__stay_law=law)
    mean, spread = scenario.care.mean_stay_days, scenario.care.stay_log_sd

    def survival(days: NDArray[Any]) -> NDArray[Any]:
        if law == "fixed":
            return (days < mean).astype(float)
        if law == "exponential":
            return np.asarray(np.exp(-days / mean))
        with np.errstate(divide="ignore"):
            return np.asarray(ndtr(-(np.log(days / mean) + spread**2 / 2) / spread))

    uniforms = np.linspace(0.01, 0.99, 60)
    for age in (0.0, 1.0, 30.0, 378.0, 2000.0, 9000.0):
        so_far = np.full(uniforms.size, age)
        left = remaining_stays(scenario, so_far, uniforms)
        assert (left >= 0).all()
        if law == "fixed":
            assert np.array_equal(left, np.full(uniforms.size, max(0.0, mean - age)))
            continue
        assert survival(so_far + left) / survival(so_far) == pytest.approx(1 - uniforms, rel=1e-3)


def test_stays_of_any_length_end_some_day() -> None:
    """Where survival is too small to be a number, too."""
    scenario = peopled(care__stay_log_sd=0.05)
    left = remaining_stays(scenario, np.full(5, 15_000.0), np.array([0.0, 0.1, 0.5, 0.9, 1.0]))
    assert np.isfinite(left).all()
    assert (np.diff(left) >= 0).all()
    assert 0 < left[-1] < 15_000


@pytest.mark.parametrize("law", ["exponential", "lognormal"])
def test_the_time_in_care_may_be_known_or_not(law: str) -> None:
    """Told since when, people of a steady market stay as long as those of whom it is not told."""
    scenario = peopled(care__stay_law=law)
    random = np.random.default_rng(5)
    whole = size_biased_stays(scenario, random.random(20_000))
    left = random.random(20_000) * whole
    known = remaining_stays(scenario, whole - left, random.random(20_000))
    assert ks_2samp(known, left).pvalue > 0.001


def test_a_blank_date_is_drawn_as_in_the_warm_start() -> None:
    scenario = peopled()
    start = scenario.calendar.start
    common = {"provider": "BELL", "area": "MARKET", "hours_per_week": 20.0}
    rows = [CaseloadRow(**common), CaseloadRow(**common, since=start - timedelta(days=500))]
    drawn = np.random.default_rng(5).random((2, 14))
    remaining, so_far = stays(scenario, rows, drawn)
    whole = size_biased_stays(scenario, drawn[:, 9])
    assert remaining[0] + so_far[0] == pytest.approx(whole[0])
    assert so_far[1] == 500
    alone = remaining_stays(scenario, np.array([500.0]), drawn[1:, 9])
    assert remaining[1] == alone[0]


LAWS: tuple[dict[str, Any], ...] = (
    {"packages__hours_law": "lognormal"},
    {"packages__hours_law": "fixed"},
    {
        "packages__hours_law": "list",
        "packages__hours_values": (7.0, 14.0, 28.0),
        "packages__hours_shares": (0.5, 0.3, 0.2),
    },
)


@pytest.mark.parametrize("law", range(len(LAWS)))
def test_carers_are_drawn_by_the_hours_given(law: int) -> None:
    """Among drawn people, as many have two carers as their hours alone would make one think."""
    changed = {k.replace("__", "."): v for k, v in LAWS[law].items()}
    scenario = load_scenario("small", settings={**HALF_A_YEAR, **changed})
    uniforms = np.random.default_rng(5).random((20_000, 9))
    found = people(scenario, scenario.areas[0], uniforms)
    hours = np.array([person.minutes / 60 for person in found])
    double = np.array([person.carers == 2 for person in found])
    chance = double_handed_chance(scenario, hours)
    for low, high in ((0.0, 0.3), (0.3, 0.6), (0.6, 0.9), (0.9, 1.0)):
        band = (hours >= np.quantile(hours, low)) & (hours <= np.quantile(hours, high))
        error = 4 * (0.25 / band.sum()) ** 0.5
        assert double[band].mean() == pytest.approx(chance[band].mean(), abs=error)
    assert chance.mean() == pytest.approx(scenario.packages.double_handed_share, abs=0.02)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_all_have_one_or_two_carers_hours_say_nothing(share: float) -> None:
    scenario = peopled(packages__double_handed_share=share)
    hours = np.array([0.5, mean_planned_hours(scenario), 80.0])
    assert double_handed_chance(scenario, hours).tolist() == [share] * 3


# The table ------------------------------------------------------------------------------------


def test_a_county_s_own_caseload_is_read_without_being_asked_for(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    assert caremarket("new", "mine", "--from", "small").code == 0
    (tmp_path / "mine" / "caseload.csv").write_bytes(SAMPLE.read_bytes())
    done = caremarket("check", "mine")
    assert done.code == 0, done.err
    people, total = len(peopled().caseload), sum(row.hours_per_week for row in peopled().caseload)
    assert f"{people} people of your caseload are in care on the first day" in done.out
    assert f"with {total:,.0f} hours a week" in " ".join(done.out.split())
    harbour = hours_by_area(peopled())["HARBOUR"]
    assert f"{harbour:,.0f} hours a week (areas.csv: 900)" in done.out
    assert "apart" not in done.out
    without = caremarket("check", "mine", "--set", "caseload=[]")
    assert "your caseload" not in without.out


def test_hours_far_from_the_areas_are_told() -> None:
    scenario = peopled()
    assert not [line for line in warnings(scenario) if "caseload" in line]
    fewer = [row for row in scenario.caseload if row.area != "MARSH"]
    (told,) = [line for line in warnings(with_people(scenario, fewer)) if "caseload" in line]
    assert "1 area: Marsh (0, stated 400)" in told


def test_the_identity_knows_the_people_and_not_their_order() -> None:
    scenario = peopled()
    rows = scenario.caseload
    assert hash_of(rows) == hash_of(rows[::-1]) != hash_of(rows[1:])
    assert with_people(scenario, rows[1:]).identity != scenario.identity
    assert (
        with_people(scenario, ()).identity == load_scenario("small", settings=HALF_A_YEAR).identity
    )


def test_a_changed_scenario_keeps_its_people() -> None:
    scenario = peopled()
    changed = scenario.changed({"demand.growth_per_year": 0.05})
    assert changed.caseload == scenario.caseload
    assert scenario.changed({"caseload": []}).caseload == ()


@pytest.mark.parametrize("path", ["caseload", "caseload.0"])
def test_people_are_given_by_a_file_alone(path: str) -> None:
    """A setting stands in results; rows must not."""
    row = {"provider": "BELL", "area": "MARKET", "hours_per_week": 77.25}
    with pytest.raises(ScenarioError) as told:
        peopled().changed({path: [row]})
    assert "77.25" not in str(told.value)


# Its slope ------------------------------------------------------------------------------------


def written(simulation: Simulation, day: date) -> list[CaseloadRow]:
    """The people in care of a market as rows; since when, where the market has seen it."""
    market, began = simulation.market, {}
    moved = market.ledger.columns("moved")
    first_visit = (moved["stage"] == Stage.IN_SERVICE) & (moved["cause"] == Cause.STARTED)
    for when, package in zip(moved["day"][first_visit], moved["package"][first_visit], strict=True):
        began.setdefault(package, when)
    today = market.clock.now
    return [
        CaseloadRow(
            provider=branch.provider.code,
            area=branch.area.code,
            hours_per_week=package.minutes / 60,
            carers_a_visit=package.carers,
            vulnerable=package.vulnerable,
            critical=package.critical,
            direct_payment=package.tier == market.direct_payment,
            since=day - timedelta(days=int(today - began[package.id]))
            if package.id in began
            else None,
        )
        for branch in market.branches
        for package in branch.packages.values()
        if package.stage in (Stage.IN_SERVICE, Stage.INTERRUPTED)
    ]


def hours_of_its_own_stock(weeks: int, replication: int) -> NDArray[np.float64]:
    """Hours in service week by week, of a market that begins with the people of another one."""
    whole = Simulation(frozen("small", weeks=weeks), seed=3, replication=replication)
    whole.run(0.0)
    scenario = frozen("small")
    begun = with_people(scenario, written(whole, scenario.calendar.start))
    ledger = Simulation(begun, seed=1000 + replication).run(SPAN * 7.0)
    table = weekly.by_area(weekly.weeks_of(ledger, begun))
    hours: NDArray[np.float64] = table["planned_hours"].reshape(-1, len(begun.areas)).sum(axis=1)
    return hours[:SPAN]


def slopes(rows: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """By what part of the mean hours rise over the span, run by run."""
    hours = np.array(rows)
    weeks = np.arange(SPAN) - (SPAN - 1) / 2
    rises: NDArray[np.float64] = hours @ weeks / (weeks @ weeks) * SPAN / hours.mean()
    return rises


def test_a_frozen_market_given_its_own_stock_has_hardly_a_slope() -> None:
    """So few runs see a warm-up that is missing, or stays begun anew: a tenth and more."""
    rises = slopes([hours_of_its_own_stock(52, number) for number in range(8)])
    assert abs(rises.mean()) < 0.02 + 2 * rises.std(ddof=1) / len(rises) ** 0.5


@pytest.mark.long
def test_a_frozen_market_given_its_own_stock_has_no_slope() -> None:
    """Ten years old, so that it has seen nearly everybody come.

    Over 26 weeks hours are not rejected to have no slope (p = 0.001), below 1% but for two
    standard errors; and the last weeks have the hours of the first, to 2% but for as much.
    """
    rows = [hours_of_its_own_stock(520, number) for number in range(80)]
    rises = slopes(rows)
    assert ttest_1samp(rises, 0.0).pvalue > 0.001
    assert abs(rises.mean()) < 0.01 + 2 * rises.std(ddof=1) / len(rows) ** 0.5
    hours = np.array(rows)
    apart = (hours[:, -4:].mean(axis=1) - hours[:, :4].mean(axis=1)) / hours.mean()
    assert abs(apart.mean()) < 0.02 + 2 * apart.std(ddof=1) / len(rows) ** 0.5
