"""The relations that hold whatever the parameters, on small worlds."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import python
from conftest import QUIET, SMALL_AREAS, only, small_county
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.clock import Clock, Rank
from sim.ledger import FACTS, IDS_PER_AREA, NUMBERS, Cause, Ledger
from sim.market.branch import Branch
from sim.outcomes.account import Market
from sim.outcomes.headline import summarise
from sim.processes.failure import ScriptedFailure
from sim.processes.self_funders import NUMBERS_PER_PROVIDER
from sim.scenario import Scenario, load_scenario
from sim.scenario.tables import Provider
from sim.simulation import Simulation, simulate

ROOT = Path(__file__).parents[1]
JULY_2026 = 912.0
PRINCIPAL = "principal:KINGS_LYNN"
few = settings(max_examples=6, deadline=None, derandomize=True)


def digest(ledger: Ledger) -> str:
    """A hash of every fact, in order."""
    whole = hashlib.sha256()
    for name in FACTS:
        whole.update(ledger.table(name).tobytes())
    return whole.hexdigest()


def whose(ledger: Ledger, package: int) -> tuple[str, str, int]:
    """A person's area and number; a self-funder's is by the place of their provider."""
    labels = ledger.labels
    area, number = divmod(package, IDS_PER_AREA)
    own = number - NUMBERS["self-funders"].start
    if own < 0:
        return labels.areas[area], "", number
    provider, home = divmod(own, NUMBERS_PER_PROVIDER)
    return labels.areas[area], labels.providers[provider], home


def labelled(ledger: Ledger, before: float = np.inf) -> dict[str, list[tuple[Any, ...]]]:
    """Facts before a day, with codes in the place of numbers that depend on the tables' length."""
    codes = {
        "branch": [*ledger.labels.branches, ""],
        "area": ledger.labels.areas,
        "provider": ledger.labels.providers,
        "tier": [*ledger.labels.tiers, ""],
    }
    told = {}
    for name, fact in FACTS.items():
        fields = [field.name for field in fact.fields]
        rows = [row for row in ledger.rows(name) if row[0] < before]
        told[name] = [
            tuple(
                codes[field][int(value)]
                if field in codes
                else whose(ledger, int(value))
                if field == "package"
                else value
                for field, value in zip(fields, row, strict=True)
            )
            for row in rows
        ]
    return told


def fresh_digest(tmp_path: Path, **environment: str) -> str:
    """The same run in another process, folder and environment."""
    code = (
        "from conftest import small_county; from test_relations import digest;"
        "from sim.simulation import simulate; print(digest(simulate(small_county(), seed=3)))"
    )
    done = python(tmp_path, "-c", code, **environment)
    assert done.code == 0, done.err
    return done.out.strip()


def test_same_inputs_same_bytes_in_any_process(small: Scenario, tmp_path: Path) -> None:
    here = digest(simulate(small, seed=3))
    assert here == digest(simulate(small, seed=3))
    assert here == fresh_digest(tmp_path, PYTHONHASHSEED="1", TZ="Asia/Tokyo", LC_ALL="C")
    assert here == fresh_digest(tmp_path, PYTHONHASHSEED="2", TZ="America/Lima")


def test_another_seed_or_replication_is_another_world(small: Scenario) -> None:
    digests = {digest(simulate(small, seed=s, replication=r)) for s in (1, 2) for r in (0, 1)}
    assert len(digests) == 4


@few
@given(day=st.floats(800, 1000), notice=st.sampled_from([0.0, 30.0]), seed=st.integers(0, 99))
def test_a_failure_changes_nothing_before_its_day(day: float, notice: float, seed: int) -> None:
    small = small_county()
    with_it = simulate(small, seed=seed, failures=[ScriptedFailure(PRINCIPAL, day, notice)])
    without = simulate(small, seed=seed)
    assert labelled(with_it, day) == labelled(without, day)
    assert arriving(with_it) == arriving(without)


def arriving(ledger: Ledger) -> bytes:
    """Everyone who is referred, but for those whom bridging left without reablement."""
    everyone = ledger.table("referred")
    number = everyone[:, 1] % IDS_PER_AREA
    return everyone[number < NUMBERS["no reablement"].start].tobytes()


@few
@given(day=st.floats(0.5, 1090), seed=st.integers(0, 99))
def test_two_halves_are_the_whole(day: float, seed: int) -> None:
    small = small_county()
    simulation = Simulation(small, seed=seed)
    simulation.run(day)
    assert digest(simulation.run()) == digest(simulate(small, seed=seed))


def test_a_failure_scheduled_between_calls_is_the_one_scheduled_before(small: Scenario) -> None:
    script = ScriptedFailure(PRINCIPAL, JULY_2026)
    simulation = Simulation(small, seed=4)
    simulation.run(900.0)
    simulation.fail(script)
    assert digest(simulation.run()) == digest(simulate(small, seed=4, failures=[script]))
    with pytest.raises(ValueError, match="before now"):
        simulation.fail(script)


def test_progress_changes_nothing(small: Scenario) -> None:
    parts: list[float] = []
    watched = Simulation(small, seed=5).run(progress=parts.append)
    assert digest(watched) == digest(simulate(small, seed=5))
    assert parts == sorted(parts) and parts[-1] == 1.0


def test_an_unused_provider_changes_nothing_else(small: Scenario) -> None:
    idle = Provider(code="A000", rating="good", source="nobody")
    wider = small.model_copy(update={"providers": (idle, *small.providers)})
    script = [ScriptedFailure(PRINCIPAL, JULY_2026)]
    with_it, without = (simulate(s, seed=6, failures=script) for s in (wider, small))
    assert labelled(with_it) == labelled(without)


def test_failing_a_provider_that_holds_nothing_changes_nothing(small: Scenario) -> None:
    idle = Provider(code="A000", rating="good", source="nobody")
    wider = small.model_copy(update={"providers": (idle, *small.providers)})
    failed = labelled(simulate(wider, seed=6, failures=[ScriptedFailure("A000", 500.0)]))
    assert failed == labelled(simulate(wider, seed=6))


def test_areas_without_anything_in_common_do_not_touch_each_other() -> None:
    """Brokers, bridging and limits on a provider's loss off: Coastal alone is as beside another."""
    apart = {
        "brokerage.brokers": 0,
        "bridging.hours_per_week": 0,
        "rollout.moves_existing_work": False,
    }
    settings_ = {"calendar.end": "2026-12-31", "calendar.warm_up_weeks": 8, **apart}
    county = load_scenario("norfolk", overrides=QUIET, settings=settings_)
    alone = labelled(simulate(only(county, ("COASTAL",)), seed=8))
    both = labelled(simulate(only(county, ("COASTAL", "KINGS_LYNN")), seed=8))
    mine = [row for row in both["moved"] if row[1][0] == "COASTAL"]
    assert mine == alone["moved"]
    staffed = [row for row in both["staffed"] if row[1].endswith(":COASTAL")]
    assert staffed == alone["staffed"]


def test_every_fact_of_an_area_is_the_same_beside_another() -> None:
    """Every kind of fact of each of the two areas."""
    apart = small_county(
        brokerage__brokers=0, bridging__hours_per_week=0, rollout__moves_existing_work=False
    )
    both = labelled(simulate(apart, seed=18))
    for code in SMALL_AREAS:
        alone = labelled(simulate(only(apart, (code,)), seed=18))
        for name, fact in FACTS.items():
            fields = [field.name for field in fact.fields]
            ours = both[name]
            if "area" in fields:
                ours = [row for row in ours if row[fields.index("area")] == code]
            elif "package" in fields:
                ours = [row for row in ours if row[fields.index("package")][0] == code]
            elif "branch" in fields:
                place = fields.index("branch")
                ours = [row for row in ours if row[place].endswith(f":{code}")]
            assert ours == alone[name], (code, name)


def test_order_of_rows_and_names_change_nothing(small: Scenario) -> None:
    model = small.commissioning
    areas = tuple(
        area.model_copy(update={"name": f"Renamed {number}", "locality": "Elsewhere"})
        for number, area in enumerate(reversed(small.areas))
    )
    turned = small.model_copy(
        update={
            "areas": areas,
            "providers": tuple(reversed(small.providers)),
            "branches": tuple(reversed(small.branches)),
            "commissioning": model.model_copy(
                update={"contracts": tuple(reversed(model.contracts))}
            ),
        }
    )
    assert digest(simulate(turned, seed=9)) == digest(simulate(small, seed=9))


def twice_as_large(factor: int) -> Scenario:
    """Equal packages of 10 x factor hours, carers, private work and totals to match."""
    scenario = small_county(
        packages__hours_law="fixed",
        packages__double_handed_share=0,
        packages__mean_carer_hours_per_week=10 * factor,
        care__reviews=False,
        travel__applies=False,
        workforce__paid_hours_per_week=25 * factor,
        workforce__absence_share=0,
        bridging__hours_per_week=100 * factor,
        bridging__no_reablement_referral_share=0,
        overload__applies=False,
        rollout__moves_existing_work=False,
    )
    areas = tuple(
        row.model_copy(update={"hours_per_four_weeks": row.hours_per_four_weeks * factor})
        for row in scenario.areas
    )
    branches = tuple(
        row.model_copy(
            update={
                "council_hours_per_week": row.council_hours_per_week * factor,
                "private_hours_per_week": round(row.private_hours_per_week) * factor,
            }
        )
        for row in scenario.branches
    )
    return scenario.model_copy(update={"areas": areas, "branches": branches})


def test_sizes_and_capacities_times_two_leave_counts_as_they_are() -> None:
    one, two = (simulate(twice_as_large(factor), seed=10) for factor in (1, 2))
    for name in ("asked", "staffed", "established"):
        assert one.table(name).tobytes() == two.table(name).tobytes()
    assert one.columns("moved")["day"].tolist() == two.columns("moved")["day"].tolist()
    assert (2 * one.columns("moved")["minutes"]).tolist() == two.columns("moved")[
        "minutes"
    ].tolist()


def test_without_turnover_nobody_leaves() -> None:
    ledger = simulate(small_county(workforce__turnover_per_year=0), seed=17)
    assert Cause.LEFT not in ledger.columns("staffed")["cause"].tolist()


def test_without_turnover_and_reviews_of_posts_capacity_is_constant() -> None:
    simulation = Simulation(
        small_county(
            workforce__turnover_per_year=0,
            workforce__posts_follow_work=False,
            workforce__usual_vacancy_share=0,
            rollout__moves_existing_work=False,
        ),
        seed=17,
    )
    ledger = simulation.run()
    for name in ("staffed", "established"):
        assert set(ledger.columns(name)["cause"].tolist()) == {Cause.WARM_START}
    assert not any(area.vacancies for area in simulation.market.areas)


def test_unlimited_capacity_gives_the_principal_everything() -> None:
    scenario = small_county(
        workforce__unlimited_capacity=True,
        commissioning__tiers__principal__share_of_area_hours=1.0,
        demand__growth_per_year=-0.2,
        care__reviews=False,
    )
    ledger = simulate(scenario, seed=11)
    accepted = ledger.columns("accepted")
    live = accepted["day"] > 392 + 7
    assert set(accepted["tier"][live].tolist()) == {ledger.labels.tiers.index("principal")}
    assert accepted["waited"][live].max() < 3


def test_no_referrals_gives_zeros_and_no_crash() -> None:
    scenario = small_county(
        areas__COASTAL__hours_per_four_weeks=0,
        areas__KINGS_LYNN__hours_per_four_weeks=0,
        self_funders__call_on_council="none",
    )
    ledger = simulate(scenario, seed=12, failures=[ScriptedFailure(PRINCIPAL, JULY_2026)])
    usual = Market(simulate(scenario, seed=12))
    assert ledger.count("referred") == ledger.count("moved") == 0
    figures = summarise(ledger, scenario, 0, usual).figures
    assert figures["planned_hours_last_year"] == 0.0
    assert figures["displaced_people"] == figures["total_hours_in_91_days"] == 0.0


def test_no_capacity_leaves_everyone_waiting() -> None:
    """Nobody wants anything and bridging is off: nothing is ever placed."""
    scenario = small_county(
        willingness__base_share=0.0,
        bridging__hours_per_week=0,
        brokerage__mean_patience_days=0,
        commissioning__tiers__principal__obligation=0.0,
        commissioning__tiers__pcn_framework__obligation=0.0,
    )
    ledger = simulate(scenario, seed=13)
    assert ledger.count("accepted") == 0


def test_a_failure_on_the_last_day_is_no_failure_before_it(small: Scenario) -> None:
    last = small.days - 1
    failed = simulate(small, seed=14, failures=[ScriptedFailure(PRINCIPAL, last)])
    assert labelled(failed, last) == labelled(simulate(small, seed=14), last)


def test_twice_is_once(small: Scenario) -> None:
    once = [ScriptedFailure("P009", JULY_2026)]
    twice = [*once, ScriptedFailure("P009", JULY_2026 + 20)]
    assert digest(simulate(small, seed=15, failures=once)) == digest(
        simulate(small, seed=15, failures=twice)
    )


def test_a_scenario_compared_with_itself_differs_by_exactly_zero(small: Scenario) -> None:
    script = [ScriptedFailure(PRINCIPAL, JULY_2026)]
    figures = [
        summarise(simulate(small, seed=16, failures=script), small, 0).figures for _ in range(2)
    ]
    assert repr(figures[0]) == repr(figures[1])


@given(st.permutations([(rank, identity) for rank in (1, 3, 7) for identity in (0, 5, 9)]))
@settings(deadline=None, derandomize=True)
def test_ties_follow_rank_and_id_not_insertion(order: list[tuple[int, int]]) -> None:
    clock = Clock()
    happened: list[tuple[int, int]] = []
    for rank, identity in order:
        clock.call(
            1.5, Rank(rank), identity, lambda _, what=(rank, identity): happened.append(what)
        )
    clock.run_to(2.0)
    assert happened == sorted(order)


def test_the_clock_refuses_the_past() -> None:
    clock = Clock(10.0)
    with pytest.raises(ValueError, match="before now"):
        clock.call(9.0, Rank.CARE, 0, print)


class Parcel:
    """Just enough of a package."""

    def __init__(self, identity: int) -> None:
        self.id, self.minutes, self.branch = identity, 0, None
        self.critical, self.stage = False, None


def test_a_million_placements_leave_nothing_behind(small: Scenario) -> None:
    branch: Branch = Simulation(small, seed=1).market.branches[0]
    before = (branch.used_minutes, branch.homes, branch.room)
    parcels: list[Any] = [Parcel(-number) for number in range(1, 101)]
    rng = np.random.default_rng(1)
    for sizes in rng.integers(1, 3000, (10_000, 100)).tolist():
        for parcel, minutes in zip(parcels, sizes, strict=True):
            parcel.minutes = minutes
            branch.take(parcel)
        for parcel in parcels:
            branch.give_up(parcel)
    assert (branch.used_minutes, branch.homes, branch.room) == before


def slope_p_value(replications: int, **settings_: Any) -> tuple[float, float]:
    """Two-sided p-values for the slope of packages in care and of carers in a frozen market."""
    from scipy.stats import ttest_1samp

    from sim.outcomes import weekly

    scenario = small_county(
        demand__growth_per_year=0,
        demand__season_amplitude=0,
        calendar__warm_up_weeks=52,
        areas__COASTAL__go_live=None,
        areas__KINGS_LYNN__go_live=None,
        **settings_,
    )
    slopes = []
    for number in range(replications):
        ledger = simulate(scenario, seed=99, replication=number)
        table = weekly.by_area(weekly.weeks_of(ledger, scenario))
        needed = (table["needed_hours"] + table["hospital_hours"]).reshape(-1, 2).sum(axis=1)
        carers = table["carers"].reshape(-1, 2).sum(axis=1)
        time = np.arange(needed.size)
        slopes.append([np.polyfit(time, series, 1)[0] for series in (needed, carers)])
    hours, staff = ttest_1samp(np.array(slopes), 0.0).pvalue
    return float(hours), float(staff)


@cache
def slopes_of(stay_law: str) -> tuple[float, float]:
    """P-values of both slopes over forty replications of three years after a year of warm-up."""
    return slope_p_value(40, care__stay_law=stay_law)


@pytest.mark.long
@pytest.mark.parametrize("stay_law", ["fixed", "lognormal"])
def test_a_frozen_market_has_no_slope(stay_law: str) -> None:
    """In hours needed: rejected below p = 0.001."""
    assert slopes_of(stay_law)[0] > 0.001


@pytest.mark.long
@pytest.mark.parametrize("stay_law", ["fixed", "lognormal"])
def test_a_frozen_market_has_no_slope_in_carers(stay_law: str) -> None:
    """Rejected below p = 0.001: the warm start finds the balance of carers who come and go."""
    assert slopes_of(stay_law)[1] > 0.001
