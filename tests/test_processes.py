"""Every process switched off and on in a small county: its effect and its sign."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from conftest import small_county
from scipy.stats import linregress, ttest_1samp

from sim.clock import days_between
from sim.ledger import FACTS, Cause, Ledger, Stage
from sim.outcomes import events, weekly
from sim.outcomes.account import Market
from sim.outcomes.headline import account_of
from sim.outcomes.histories import Floats
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario
from sim.simulation import Simulation, simulate

JULY_2026 = days_between(date(2024, 1, 1), date(2026, 7, 1))


def caused(ledger: Ledger, *causes: Cause) -> int:
    """How many moves have one of these causes."""
    return int(np.isin(ledger.columns("moved")["cause"], causes).sum())


def staff_changes(ledger: Ledger, cause: Cause) -> int:
    staffed = ledger.columns("staffed")
    return int(np.abs(staffed["change"][staffed["cause"] == cause]).sum())


def mean(scenario: Scenario, column: str, ledger: Ledger) -> float:
    """A weekly column summed over areas, mean over the run."""
    weeks = weekly.weeks_of(ledger, scenario)
    return float(weekly.by_area(weeks)[column].reshape(weeks.count, -1).sum(axis=1).mean())


def test_every_process_leaves_facts_in_norfolks_ledger(norfolk: Scenario) -> None:
    short = norfolk.model_copy(
        update={"calendar": norfolk.calendar.model_copy(update={"warm_up_weeks": 2})}
    )
    simulation = Simulation(short, seed=1)
    simulation.fail(ScriptedFailure("principal:GORLESTON", 100.0, staff_move_share=0.6))
    simulation.fail(ScriptedFailure("largest", 100.0, response="whole_team"))
    ledger = simulation.run(140.0)
    assert all(ledger.count(name) for name in FACTS)
    usual = (
        Cause.REFERRED,
        Cause.ACCEPTED,
        Cause.STARTED,
        Cause.REVIEWED,
        Cause.TO_HOSPITAL,
        Cause.HOLD_OVER,
        Cause.FROM_HOSPITAL,
        Cause.DIED,
        Cause.RECOVERED,
        Cause.TO_RESIDENTIAL_CARE,
        Cause.BRIDGED,
        Cause.PROVIDER_FAILED,
    )
    assert all(caused(ledger, cause) for cause in usual)
    assert staff_changes(ledger, Cause.HIRED) and staff_changes(ledger, Cause.LEFT)
    assert staff_changes(ledger, Cause.MOVED_IN) and staff_changes(ledger, Cause.MOVED_OUT)


def test_referrals_grow_with_growth_and_peak_in_season() -> None:
    flat = simulate(small_county(demand__season_amplitude=0, demand__growth_per_year=0), seed=1)
    grown = simulate(small_county(demand__season_amplitude=0, demand__growth_per_year=0.2), seed=1)
    assert grown.count("referred") > 1.1 * flat.count("referred")
    seasonal = simulate(small_county(demand__season_amplitude=0.8), seed=1)
    days = seasonal.columns("referred")["day"]
    of_year = days[days >= 0] % 365.25
    winter = ((of_year < 65) | (of_year > 340)).sum()
    summer = ((of_year > 157) & (of_year < 248)).sum()
    assert winter > 2 * summer


def test_brokers_limit_how_fast_packages_are_sourced() -> None:
    slow = small_county(brokerage__brokers=1, brokerage__handling_days=0.65)
    fast = small_county(brokerage__brokers=0, brokerage__handling_days=0.65)
    waits = [
        float(np.median(simulate(s, seed=1).columns("accepted")["waited"])) for s in (slow, fast)
    ]
    assert waits[0] > 1.2 * waits[1] > 0


def test_answers_take_the_tiers_time() -> None:
    path = "commissioning.tiers.legacy_framework.answer_days".replace(".", "__")
    slow = simulate(small_county(**{path: 6.0}), seed=1)
    quick = simulate(small_county(), seed=1)
    assert (
        slow.columns("accepted")["waited"].mean() > quick.columns("accepted")["waited"].mean() + 2
    )


def test_where_waiting_is_not_allowed_nobody_is_on_the_list() -> None:
    scenario = small_county(
        brokerage__waiting_allowed=False, brokerage__brokers=0, brokerage__handling_days=0
    )
    ledger = simulate(scenario, seed=1)
    assert caused(ledger, Cause.NO_WAITING) > 0
    assert caused(ledger, Cause.FOUND_ANOTHER_WAY) == 0


def test_impatience_shortens_the_list_and_loses_people() -> None:
    patient, hasty = (
        small_county(brokerage__mean_patience_days=0),
        small_county(brokerage__mean_patience_days=5),
    )
    ledgers = [simulate(scenario, seed=1) for scenario in (patient, hasty)]
    assert (
        caused(ledgers[0], Cause.FOUND_ANOTHER_WAY)
        == 0
        < caused(ledgers[1], Cause.FOUND_ANOTHER_WAY)
    )
    assert mean(hasty, "list_people", ledgers[1]) < mean(patient, "list_people", ledgers[0])


def test_unwilling_providers_lengthen_the_list() -> None:
    picky = small_county(willingness__base_share=0.15, willingness__cost_tolerance=0.3)
    willing = small_county(willingness__base_share=1.0, willingness__cost_tolerance=10)
    lists = [mean(s, "list_people", simulate(s, seed=1)) for s in (picky, willing)]
    assert lists[0] > 1.5 * lists[1]


def test_reviews_change_hours_only_when_on() -> None:
    assert caused(simulate(small_county(care__reviews=False), seed=1), Cause.REVIEWED) == 0
    assert caused(simulate(small_county(), seed=1), Cause.REVIEWED) > 100


def test_hospital_interrupts_care_and_a_short_hold_loses_the_provider() -> None:
    never = simulate(small_county(care__hospital_admissions_per_year=0), seed=1)
    assert caused(never, Cause.TO_HOSPITAL) == 0
    short = simulate(small_county(care__hold_days=1), seed=1)
    long = simulate(small_county(care__hold_days=60), seed=1)
    assert caused(short, Cause.HOLD_OVER) > 5 * caused(long, Cause.HOLD_OVER) > 0


def test_longer_stays_keep_the_stock_by_fewer_referrals() -> None:
    """The referral rate is set by the published hours, so stays change the flow, not the stock."""
    long, short = (simulate(small_county(care__mean_stay_days=days), seed=1) for days in (600, 300))
    assert short.count("referred") > 1.5 * long.count("referred")


def test_turnover_moves_vacancies_and_capacity() -> None:
    steady = small_county(workforce__turnover_per_year=0)
    leaky = small_county(workforce__turnover_per_year=0.6)
    ledgers = [simulate(scenario, seed=1) for scenario in (steady, leaky)]
    assert staff_changes(ledgers[0], Cause.LEFT) == 0 < staff_changes(ledgers[1], Cause.LEFT)
    assert mean(leaky, "carers", ledgers[1]) < mean(steady, "carers", ledgers[0])
    assert mean(leaky, "uncovered_hours", ledgers[1]) > mean(steady, "uncovered_hours", ledgers[0])


def test_more_applicants_fill_more_posts() -> None:
    scarce = small_county(workforce__new_applicants_per_week=0.4)
    plenty = small_county(workforce__applicants_limited=False)
    vacant = [mean(s, "vacancies", simulate(s, seed=1)) for s in (scarce, plenty)]
    assert vacant[0] > 1.5 * vacant[1]


def test_posts_follow_work_only_when_on() -> None:
    still = {"workforce__posts_follow_work": False, "rollout__moves_existing_work": False}
    fixed = simulate(small_county(**still), seed=1)
    posts = fixed.columns("established")
    assert set(posts["cause"].tolist()) == {Cause.WARM_START}
    moving = simulate(small_county(), seed=1)
    assert Cause.POSTS_REVIEWED in moving.columns("established")["cause"]


def steady_posts(seed: int, *failures: ScriptedFailure) -> Floats:
    """Mean posts of each of six years in a market in which nothing changes."""
    scenario = small_county(
        calendar__end="2029-12-31",
        demand__growth_per_year=0,
        demand__season_amplitude=0,
        **{f"areas__{area}__go_live": None for area in ("KINGS_LYNN", "COASTAL")},
    )
    ledger = simulate(scenario, seed=seed, failures=failures)
    weeks = weekly.weeks_of(ledger, scenario)
    posts = weekly.by_area(weeks)["posts"].reshape(weeks.count, -1).sum(axis=1)
    return np.array([year.mean() for year in np.array_split(posts, 6)])


def test_posts_neither_ratchet_down_nor_explode_in_a_steady_market() -> None:
    """Six years of a frozen market: no year lies far from the first, and there is no slope."""
    posts = np.array([steady_posts(seed) for seed in range(1, 13)])
    assert (abs(posts / posts[:, :1] - 1) < 0.2).all()
    slopes = [linregress(range(6), own / own[0]).slope for own in posts]
    interval = ttest_1samp(slopes, 0.0).confidence_interval(0.99)
    assert interval.low < 0.0 < interval.high
    assert -0.02 < interval.low < interval.high < 0.02


def test_posts_come_back_after_carers_are_lost_at_once() -> None:
    """A fifth of the largest team's carers are gone on a day: two years later posts are as many."""
    lost = ScriptedFailure("largest:KINGS_LYNN", 300.0, kind="staff_loss", share=0.2)
    usual, after = steady_posts(3), steady_posts(3, lost)
    assert abs(after[-1] / usual[-1] - 1) < 0.05


def test_travel_takes_carers_time_from_people() -> None:
    near = small_county(travel__applies=False)
    far = small_county(areas__COASTAL__area_km2=1500, areas__KINGS_LYNN__area_km2=1500)
    carers = [mean(s, "carers", simulate(s, seed=1)) for s in (near, far)]
    assert carers[1] > 1.2 * carers[0]


def test_bridging_covers_some_who_wait() -> None:
    without = small_county(bridging__hours_per_week=0)
    helped = small_county(bridging__hours_per_week=2000, bridging__no_reablement_referral_share=0)
    ledgers = [simulate(scenario, seed=1) for scenario in (without, helped)]
    assert caused(ledgers[0], Cause.BRIDGED) == 0 < caused(ledgers[1], Cause.BRIDGED)
    assert mean(helped, "uncovered_hours", ledgers[1]) < 0.5 * mean(
        without, "uncovered_hours", ledgers[0]
    )


def test_bridging_never_gives_more_hours_than_it_has() -> None:
    scenario = small_county(bridging__hours_per_week=60)
    simulation = Simulation(scenario, seed=1)
    simulation.fail(ScriptedFailure("principal:KINGS_LYNN", JULY_2026))
    for day in np.arange(0.0, scenario.days, 60.0)[1:]:
        simulation.run(float(day))
        assert 0 <= simulation.market.bridging.used_minutes <= 3600


def test_after_go_live_new_work_goes_to_the_principal_first(small: Scenario) -> None:
    ledger = simulate(small, seed=1)
    asked = ledger.columns("asked")
    live = days_between(small.calendar.start, date(2025, 1, 27))
    principal = ledger.labels.tiers.index("principal")
    assert (asked["tier"][asked["day"] < live] != principal).all()
    later = asked["day"] > live + 30
    first = {}
    for package, tier in zip(asked["package"][later], asked["tier"][later], strict=True):
        first.setdefault(int(package), int(tier))
    share = np.mean([tier == principal for tier in first.values()])
    assert share > 0.9


def test_a_county_that_never_goes_live_never_asks_a_principal() -> None:
    scenario = small_county(
        **{f"areas__{area}__go_live": None for area in ("KINGS_LYNN", "COASTAL")}
    )
    ledger = simulate(scenario, seed=1)
    assert set(ledger.columns("asked")["tier"].tolist()) == {
        ledger.labels.tiers.index("legacy_framework")
    }


@pytest.fixture(scope="module")
def failed(small: Scenario) -> Ledger:
    failure = ScriptedFailure("principal:KINGS_LYNN", JULY_2026, staff_move_share=0.5)
    return simulate(small, seed=1, failures=[failure])


def test_a_sudden_failure_displaces_everyone_at_once(failed: Ledger) -> None:
    moved = failed.columns("moved")
    lost = moved["cause"] == Cause.PROVIDER_FAILED
    assert lost.sum() > 20
    assert set(moved["day"][lost].tolist()) == {JULY_2026}
    assert not np.isin(moved["stage"][lost], [Stage.IN_SERVICE, Stage.RESERVED]).any()


def test_the_framework_then_the_legacy_framework_pick_people_up(failed: Ledger) -> None:
    table = events.displacements(failed)
    taken = {tier: int((table["new_tier"] == tier).sum()) for tier in failed.labels.tiers}
    assert taken["pcn_framework"] > 0 and taken["legacy_framework"] > 0


def test_framework_limits_lapse_without_a_principal(small: Scenario) -> None:
    simulation = Simulation(small, seed=1)
    simulation.fail(ScriptedFailure("principal:KINGS_LYNN", JULY_2026))
    simulation.run(JULY_2026 + 100)
    area = simulation.market.area("KINGS_LYNN")
    assert area.principal_missing
    contract = area.contracts[1][0]
    assert contract.has_room(10**9, principal_missing=True)
    assert not contract.has_room(10**9, principal_missing=False)


def test_a_new_principal_starts_after_the_observed_time(failed: Ledger) -> None:
    principal = failed.labels.tiers.index("principal")
    started = [
        row
        for row in failed.rows("contracted")
        if row[0] > JULY_2026 and row[2] == principal and row[4] == Cause.CONTRACT_STARTED
    ]
    assert {row[0] - JULY_2026 for row in started} == {159.0}


def test_carers_who_move_are_whole_and_no_more_than_left(failed: Ledger) -> None:
    assert 0 < staff_changes(failed, Cause.MOVED_IN) <= staff_changes(failed, Cause.MOVED_OUT)


def test_more_staff_moving_means_less_care_missed(small: Scenario) -> None:
    """Over three replications, all staff moving against none."""
    until = JULY_2026 + 91
    missed = [0.0, 0.0]
    for r in range(3):
        usual = Market(simulate(small, seed=1, replication=r, until=until))
        for place, share in enumerate((0.0, 1.0)):
            script = ScriptedFailure("principal:KINGS_LYNN", JULY_2026, staff_move_share=share)
            ledger = simulate(small, seed=1, replication=r, failures=[script], until=until)
            account = account_of(Market(ledger), usual, small)
            assert account is not None
            missed[place] += float(account.harm(91).direct.sum())
    assert missed[1] < missed[0]


def test_notice_gives_time_to_hand_over() -> None:
    small = small_county(overload__applies=False)
    sudden = simulate(small, seed=1, failures=[ScriptedFailure("principal:KINGS_LYNN", JULY_2026)])
    told = simulate(
        small, seed=1, failures=[ScriptedFailure("principal:KINGS_LYNN", JULY_2026, 84.0)]
    )
    assert caused(told, Cause.HANDED_OVER) > 10
    assert caused(told, Cause.PROVIDER_FAILED) < 0.7 * caused(sudden, Cause.PROVIDER_FAILED)
    assert caused(sudden, Cause.HANDED_OVER) == 0


def test_a_provider_fails_in_every_area_it_holds(failed: Ledger) -> None:
    closed = {int(row[1]) for row in failed.rows("traded")}
    owner = np.array(failed.labels.branch_provider)
    held = {failed.labels.branch_area[i] for i, p in enumerate(owner) if int(p) in closed}
    ended = {
        failed.labels.branch_area[int(row[1])]
        for row in failed.rows("contracted")
        if row[4] == Cause.CONTRACT_ENDED
    }
    assert len(ended) == 2
    assert ended <= held
