"""The account of a failure: worked by hand, rebuilt from tables, and the same wherever it is told.

What is promised of one county and one kind of failure is asked of them all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from conftest import small_county

from experiments.bands.work import SetRun, run_set
from experiments.engine import branches
from experiments.engine.branches import can_fork
from experiments.engine.carrying import Engine
from experiments.engine.own_processes import on_own_processes
from experiments.engine.parts import InMemory
from experiments.engine.runner import Runner
from experiments.engine.work import DisturbedError
from experiments.models.figures import loss_of_largest
from experiments.results.provenance import Inputs
from experiments.run import account as accounts
from experiments.run import account_words, branching, compared, history
from experiments.run.arms import NOTHING, Compared, Way, arms_of
from experiments.run.branching import ARMS, ArmFound, ArmTask, items_of
from experiments.run.pictures import drawn
from experiments.run.tables import COMPARED as COMPARED_TABLE
from experiments.run.work import Run, simulated
from experiments.stress.work import ContingencyTask, Manner, Place, replayed
from sim.ledger import Cause, Ledger, Stage, pay_themselves
from sim.outcomes import weekly
from sim.outcomes.account import Account, Market, exits, failures_asked_for
from sim.outcomes.discharges import delayed_days
from sim.outcomes.failures import DIRECT, INDIRECT, TOTAL, Failures
from sim.outcomes.fates import STATES, fates
from sim.outcomes.gaps import gaps_of, gaps_with_and_without
from sim.outcomes.headline import FailureResult, account_of, summarise
from sim.outcomes.registry import OUTCOMES
from sim.outcomes.resilience import days_until_back
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario, load_scenario
from sim.scenario.tables import FailureRow
from sim.simulation import Simulation, simulate
from sim.vocabulary import FAILURE_KINDS, RESPONSES, ResponseKind

CLOSURE = list(FAILURE_KINDS).index("closure")


# Worked by hand ---------------------------------------------------------------------------------


def town(*, fails: bool) -> Ledger:
    """Ann (600 minutes a week) and Ben (300) have P1, which closes on day 100; Cid (60) waits.

    Ann is placed after a week, falls to nobody on day 120 and is placed again on day 124; Ben is
    bridged after two weeks and goes into residential care on day 121; he would have died on day
    127. P2, which takes Ann on, misses 30 minutes a week of its 660 from day 107 to day 114; Cid
    gets P2 on day 102 without the failure and on day 116 with it.
    """
    ledger = Ledger()
    labels = ledger.labels
    labels.areas.append("TOWN")
    labels.tiers.extend(["principal", "legacy_framework"])
    labels.providers.extend(["P1", "P2"])
    labels.owners.extend(["P1", "P2"])
    labels.branches.extend(["P1:TOWN", "P2:TOWN"])
    labels.branch_area.extend([0, 0])
    labels.branch_provider.extend([0, 1])
    for package, minutes in ((0, 600), (1, 300), (2, 60), (3, 60)):
        ledger.referred(0.0, package, 0, minutes, 1, 0, 0, package == 1, 0)
        ledger.moved(0.0, package, Stage.WAITING, -1, -1, minutes, Cause.REFERRED)
    for package, branch, minutes in ((0, 0, 600), (1, 0, 300), (3, 1, 60)):
        ledger.moved(0.0, package, Stage.IN_SERVICE, branch, branch, minutes, Cause.STARTED)
    if not fails:
        ledger.moved(102.0, 2, Stage.IN_SERVICE, 1, 1, 60, Cause.STARTED)
        ledger.moved(127.0, 1, Stage.ENDED, -1, -1, 300, Cause.DIED)
        ledger.day = 200.0
        return ledger
    ledger.failed(100.0, 0, CLOSURE, 100.0)
    ledger.traded(100.0, 0, -1, Cause.CLOSED)
    for package, minutes in ((0, 600), (1, 300)):
        ledger.moved(100.0, package, Stage.DISPLACED, -1, -1, minutes, Cause.PROVIDER_FAILED)
    ledger.moved(107.0, 0, Stage.IN_SERVICE, 1, 1, 600, Cause.STARTED)
    ledger.strained(107.0, 1, 0, 30, 0)
    ledger.strained(114.0, 1, 0, 0, 0)
    ledger.moved(114.0, 1, Stage.BRIDGED, -1, -1, 300, Cause.BRIDGED)
    ledger.moved(116.0, 2, Stage.IN_SERVICE, 1, 1, 60, Cause.STARTED)
    ledger.moved(120.0, 0, Stage.DISPLACED, -1, -1, 600, Cause.HANDED_BACK)
    ledger.moved(121.0, 1, Stage.WITHDRAWN, -1, -1, 300, Cause.TO_RESIDENTIAL_CARE)
    ledger.moved(124.0, 0, Stage.IN_SERVICE, 1, 1, 600, Cause.STARTED)
    ledger.day = 200.0
    return ledger


@pytest.fixture
def by_hand() -> Account:
    return Account(
        Market(town(fails=True)), Market(town(fails=False)), failures_asked_for(town(fails=True))
    )


def test_harm_by_hand(by_hand: Account) -> None:
    """Ann: 10 hours a week for one week and 4 days, and 10 of 11 parts of the half hour missed.

    Ben: 5 hours a week for two weeks. Cid: 1 hour a week for 14 days more, and the other
    eleventh of the half hour is missed of the neighbour's visits.
    """
    harm = by_hand.harm(28)
    ann, ben = 10 * (7 + 4) / 7 + 0.5 * 600 / 660, 5 * 2
    assert harm.direct.tolist() == pytest.approx([ann + ben])
    assert harm.indirect.tolist() == pytest.approx([1 * 14 / 7 + 0.5 * 60 / 660])
    assert (harm.direct + harm.indirect).tolist() == harm.total.tolist()
    first_week = by_hand.harm(7)
    assert first_week.direct.tolist() == pytest.approx([15.0])
    assert first_week.indirect.tolist() == pytest.approx([5 / 7])


def test_gaps_by_hand(by_hand: Account) -> None:
    """Ann is alone for 7 days and later for 4; Ben, who is vulnerable, for 14, then bridged."""
    figures = {
        name: one.of(Failures(by_hand))
        for name, one in OUTCOMES.items()
        if name.startswith(("alone_", "in_danger_alone_")) or name == "longest_gap_mean"
    }
    assert figures == {
        "longest_gap_mean": pytest.approx(10.5),
        "alone_1_day": 2,
        "alone_3_days": 2,
        "alone_7_days": 2,
        "in_danger_alone_1_day": 1,
        "in_danger_alone_3_days": 1,
        "in_danger_alone_7_days": 1,
    }
    found, usual = gaps_with_and_without(by_hand)
    assert gaps_of(found, usual, 8).sum() == 1
    # Who would have been alone as long without the failure is not counted.
    assert gaps_of(found, found, 1).sum() == 0


def test_harm_of_days_that_are_not_simulated_is_not_known(by_hand: Account) -> None:
    assert np.isfinite(by_hand.harm(100).total).all()
    assert np.isnan(by_hand.harm(101).total).all()


def test_fates_by_hand(by_hand: Account) -> None:
    table = fates(by_hand)
    told = {day: {s for s in STATES if table[s][day]} for day in (0, 7, 14, 20, 21, 24, 27, 91)}
    assert told == {
        0: {"without_anybody"},
        7: {"served_again", "without_anybody"},
        14: {"served_again", "bridged"},
        20: {"served_then_lost", "bridged"},
        21: {"served_then_lost", "to_residential_care"},
        24: {"served_again", "to_residential_care"},
        27: {"served_again", "to_residential_care"},
        91: {"served_again", "to_residential_care"},
    }
    assert table["died_without_failure"][26:28].tolist() == [0, 1]


def test_figures_by_hand(by_hand: Account) -> None:
    failures = Failures(by_hand)
    assert by_hand.people.tolist() == [0, 1]
    assert failures.hours.sum() == 15.0 and failures.vulnerable.tolist() == [False, True]
    assert failures.served_again(6) == 0.0 and failures.served_again(7) == 0.5
    # On day 102 Cid is served too without the failure: 17 of 17 hours, against 1 of 17.
    assert failures.after.largest_gap == pytest.approx(1 - 1 / 17)
    assert failures.after.lowest == pytest.approx(1 / 17)
    assert exits(by_hand) == {}


def test_cover_is_back_when_it_holds_for_28_days_running() -> None:
    """A level that touches the mark and falls again is not back; a dip of a day begins anew."""
    days, level, usual = np.arange(200.0), np.full(200, 0.8), np.full(200, 1.0)
    level[10] = 1.0
    level[60:] = 0.96
    level[70] = 0.9
    assert days_until_back(days, level, 0.95 * usual) == 71.0
    assert np.isnan(days_until_back(days, level, 0.99 * usual))
    assert days_until_back(days, usual, 0.95 * usual) == 0.0
    # Where the market without the failure is low as well, so is the mark.
    assert days_until_back(days, np.full(200, 0.8), 0.95 * np.full(200, 0.82)) == 0.0
    # 27 days are not enough.
    assert np.isnan(days_until_back(days[:87], level[:87], 0.95 * usual[:87]))


# Rebuilt from tables, in every county and kind ---------------------------------------------------

WEEKS = 30 + 4 + 13 + 1
KINDS: dict[str, dict[str, Any]] = {
    "closure": {},
    "closure on notice": {"notice_days": 28.0},
    "closure and whole team": {"response": "whole_team"},
    "closure and step in": {"response": "step_in", "notice_days": 14.0},
    "closure and emergency": {"response": "emergency"},
    "contract_returned": {},
    "suspension": {"lasts_days": 60.0},
    "staff_loss": {"share": 0.4},
    "recruitment_stop": {"share": 1.0, "lasts_days": 80.0},
}
QUICK = {("norfolk", "closure"), ("rotherham", "staff_loss")}
CASES = [
    pytest.param(
        county, kind, marks=[] if county == "small" or (county, kind) in QUICK else pytest.mark.long
    )
    for county in ("small", "norfolk", "rotherham")
    for kind in KINDS
    if (county, kind) != ("rotherham", "contract_returned")  # it has no principal contracts
]


@cache
def county_of(name: str) -> Scenario:
    loaded = load_scenario(name)
    start = loaded.calendar.start
    return loaded.changed({"calendar.end": (start + timedelta(days=7 * WEEKS)).isoformat()})


@cache
def without(name: str) -> Ledger:
    return simulate(county_of(name), seed=3)


def failing(name: str, kind: str) -> Scenario:
    county = county_of(name)
    announced = county.calendar.start + timedelta(days=7 * 30)
    live = [area.code for area in county.areas if area.go_live and area.go_live < announced]
    who = f"principal:{live[0]}" if live else "largest"
    row = FailureRow(date=announced, who=who, kind=kind.split()[0], **KINDS[kind])
    return county.model_copy(update={"failures": (row,)})


@cache
def account_for(name: str, kind: str) -> Account:
    scenario = failing(name, kind)
    found = account_of(Market(simulate(scenario, seed=3)), Market(without(name)), scenario)
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_totals_rebuilt_from_the_weekly_tables_are_the_accounts(name: str, kind: str) -> None:
    """The announcement and every horizon lie on the edge of a week, so weeks can be added up."""
    told = account_for(name, kind)
    scenario = county_of(name)
    for days in (28, 91):
        harm = told.harm(days)
        first, last = int(told.announced // 7), int((told.stops + days) // 7)
        sums = []
        for market in (told.market, told.without):
            table = weekly.by_area(weekly.weeks_of(market.ledger, scenario))
            hours = (
                table["uncovered_hours"]
                + table["self_funders_uncovered_hours"]
                + table["missed_hours"]
            )
            hours = hours * table["days"] / 7
            sums.append(hours.reshape(-1, len(scenario.areas))[first:last].sum(axis=0))
        assert (sums[0] - sums[1]) == pytest.approx(harm.total, abs=1e-6)
        assert (harm.direct + harm.indirect).tolist() == harm.total.tolist()
    assert told.people.size > 3


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_people_and_their_harm_add_up_over_kinds_of_homes(name: str, kind: str) -> None:
    told = Failures(account_for(name, kind))

    def together(outcome: str) -> float:
        return sum(OUTCOMES[outcome.format(home)].of(told) for home in ("urban", "rural"))

    assert together("displaced_{}") == told.account.people.size
    direct = float(told.account.harm(91).direct.sum())
    assert together("direct_hours_{}_in_91_days") == pytest.approx(direct, abs=1e-6)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_delayed_days_are_those_of_the_weekly_tables(name: str, kind: str) -> None:
    """In both markets, person by person; people who pay for their own care come on top."""
    told = account_for(name, kind)
    begins, ends = told.announced, told.stops + 91
    for market in (told.market, told.without):
        weeks = weekly.weeks_of(market.ledger, county_of(name))
        waits = weeks.spells.where(weekly.delayed(weeks))
        by_hand = sum(
            max(0.0, min(end, ends) - max(start, begins))
            for start, end in zip(waits.start, waits.end, strict=True)
        )
        found = delayed_days(market, begins, ends)
        assert found >= by_hand - 1e-6 > 0
        if not pay_themselves(market.histories.package).any():
            assert found == pytest.approx(by_hand)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_fates_add_up_on_every_day(name: str, kind: str) -> None:
    told = account_for(name, kind)
    table = fates(told)
    together = np.sum([table[state] for state in STATES], axis=0)
    assert together.tolist() == [told.people.size] * table["day_from_failure"].size
    # Death and recovery are the person's own: no market moves them, only whether we still look.
    assert (table["died"] <= table["died_without_failure"]).all()


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_nothing_differs_before_the_announcement(name: str, kind: str) -> None:
    told = account_for(name, kind)
    for fact in ("moved", "staffed", "strained", "accepted"):
        ours, theirs = told.market.ledger.table(fact), told.without.ledger.table(fact)
        before = [table[table[:, 0] < told.announced] for table in (ours, theirs)]
        assert before[0].tobytes() == before[1].tobytes()


# The same wherever it is told ------------------------------------------------------------------


def two_failures(*, share: float | None = None) -> Scenario:
    """The largest provider of a small county closes; two weeks later the next."""
    first, second = date(2025, 6, 2), date(2025, 6, 16)
    rows = (
        FailureRow(date=first, who="largest", staff_move_share=share),
        FailureRow(date=second, who="largest", notice_days=28.0, staff_move_share=share),
    )
    county = load_scenario("small").changed({"calendar.end": "2025-12-31"})
    return county.model_copy(update={"failures": rows})


def carried_out(
    scenario: Scenario, replications: int = 1, *, fork: bool, compared: Compared = NOTHING
) -> list[ArmFound]:
    items = items_of(scenario, 5, replications, arms_of(scenario, compared), fork=fork)
    with Runner(on_own_processes(1), ARMS) as runner:
        done = Engine(InMemory(), runner).answers(items)
    assert not any(one.failed for one in done), done
    return [one.found for one in done]


@cache
def arms_told() -> accounts.Arms:
    scenario = two_failures()
    found = carried_out(scenario, fork=can_fork())
    return accounts.arms_of_replications(arms_of(scenario), found, 1)


def same(one: FailureResult, other: FailureResult) -> None:
    assert one.figures.keys() == other.figures.keys()
    ours, theirs = (np.array(list(each.figures.values())) for each in (one, other))
    assert ours.tobytes() == theirs.tobytes()
    for table in ("harm", "fates", "served_by"):
        for name, column in getattr(one, table).items():
            if name != "arm":
                assert column.tolist() == getattr(other, table)[name].tolist(), (table, name)


def test_an_arm_is_the_option_that_names_its_share() -> None:
    """To the last digit: only the failures asked about are touched, and from one past."""
    arms = arms_told()
    for arm in arms.of(Way.SHARE):
        scenario = two_failures(share=arm.share)
        named = carried_out(scenario, fork=can_fork())[0].failure
        assert named is not None
        same(arms.found[arm.name][0], named)
    assert len(arms.of(Way.SHARE)) == 2


@pytest.mark.long
@pytest.mark.parametrize("name", ["norfolk", "rotherham"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("closure")])
def test_an_arm_is_the_option_in_every_county(name: str, kind: str) -> None:
    scenario = failing(name, kind)
    arms = arms_of(scenario)
    found = carried_out(scenario, fork=can_fork())
    shares = [(arm, one) for arm, one in zip(arms, found, strict=True) if arm.way is Way.SHARE]
    assert len(shares) == 2
    for arm, one in shares:
        row = scenario.failures[0].model_copy(update={"staff_move_share": arm.share})
        named = carried_out(scenario.model_copy(update={"failures": (row,)}), fork=can_fork())[0]
        assert one.failure is not None and named.failure is not None
        same(one.failure, named.failure)


COMPARED = Compared((0.0, 28.0), ("split", "step_in"))


@cache
def compared_arms_told() -> tuple[Scenario, accounts.Arms]:
    """One closure of the small county, with the least that can be compared in both directions."""
    scenario = two_failures()
    scenario = scenario.model_copy(update={"failures": scenario.failures[:1]})
    arms = arms_of(scenario, COMPARED)
    found = carried_out(scenario, fork=can_fork(), compared=COMPARED)
    return scenario, accounts.arms_of_replications(arms, found, 1)


def test_a_compared_arm_is_the_option_that_names_its_notice_and_response() -> None:
    """To the last digit, and its window is the account to that day."""
    scenario, arms = compared_arms_told()
    usual = Market(simulate(scenario.model_copy(update={"failures": ()}), seed=5))
    assert len(arms.of(Way.COMPARED)) == 2 * 2 + 2 * 4
    # One of each notice, response and share; each takes two runs of its own.
    for arm in arms.of(Way.COMPARED)[1::3]:
        named = scenario.model_copy(update={"failures": arm.failures})
        option = carried_out(named, fork=can_fork())[0].failure
        assert option is not None
        ours = arms.found[arm.name][0].figures
        known = [name for name, value in ours.items() if np.isfinite(value)]
        # It ends with its window, so that what needs a year is not known.
        assert {TOTAL, "alone_3_days", "back_at_95_in_91_days"} <= set(known)
        assert [ours[name] for name in known] == [option.figures[name] for name in known]
        told = account_of(Market(simulate(named, seed=5)), usual, named)
        assert told is not None
        harm = told.harm_to(told.announced + 28 + 91)
        window = arms.windows[arm.name][0]
        assert window == pytest.approx((harm.direct.sum(), harm.indirect.sum()), rel=1e-12)


def test_the_table_of_notices_and_responses_adds_up() -> None:
    _, arms = compared_arms_told()
    table = compared.table(arms)
    assert list(table.columns) == [column.name for column in COMPARED_TABLE.columns]
    assert (table["direct_mean"] + table["indirect_mean"]).tolist() == pytest.approx(
        table["total_mean"].tolist()
    )
    assert set(table["window_days"]) == {28 + 91} and len(table) == 12
    steps = table[table["response"] == "step_in"]
    assert (steps["response_cost"] > 0).any()
    assert (table[table["response"] == "split"]["response_cost"] == 0).all()


needs_fork = pytest.mark.skipif(not can_fork(), reason="this system has no fork")


@needs_fork
def test_arms_by_fork_and_by_replay_are_the_same() -> None:
    replays = carried_out(two_failures(), fork=False)
    for name, found in arms_told().found.items():
        place = [arm.name for arm in arms_of(two_failures())].index(name)
        other = replays[place].failure
        if other is None:
            assert not found and name == Way.PLACEBO  # nobody is that small here
        else:
            same(found[0], other)


@pytest.mark.parametrize("fork", [pytest.param(True, marks=needs_fork), False])
def test_arms_of_another_past_are_refused(fork: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def other_past(simulation: Simulation, day: float) -> None:
        simulation.ledger.sought_work(0.0, 0, 1.0)

    def of_another(work: Callable[[], Ledger]) -> Ledger:
        return Ledger()

    monkeypatch.setattr(history, "go_to", other_past)
    monkeypatch.setattr(branches, "in_child_if_it_may", of_another)
    scenario = two_failures()
    tasks = [ArmTask(scenario, 5, 0, arm, False, fork) for arm in arms_of(scenario)[:1]]
    with pytest.raises(DisturbedError):
        list(branching.branch(tasks))


@pytest.mark.parametrize("response", RESPONSES)
def test_a_run_a_stress_test_and_a_study_tell_one_number(response: ResponseKind) -> None:
    scenario = two_failures()
    first = scenario.failures[0].model_copy(update={"response": response})
    scenario = scenario.model_copy(update={"failures": (first,)})
    in_run = carried_out(scenario, fork=can_fork())[0]
    in_study = simulated(Run(scenario, 5, 0)).result
    plain = scenario.model_copy(update={"failures": ()})
    how = Manner(response=response)
    task = ContingencyTask(
        plain, 5, 0, Place("largest", "largest"), scenario.failures[0].date, how, fork=False
    )
    in_stress = replayed(task, Market(simulate(plain, seed=5))).figures
    assert in_run.failure is not None and in_study.failure is not None and in_stress is not None
    same(in_run.failure, in_study.failure)
    for name, value in in_stress.items():
        assert in_run.failure.figures[name] == pytest.approx(value, rel=1e-12, nan_ok=True), name
    assert in_run.whole is not None
    assert in_run.whole.result.figures[TOTAL] == in_study.figures[TOTAL] > 0


def test_bands_and_ways_of_commissioning_tell_the_same_number() -> None:
    county = load_scenario("small").changed({"calendar.end": "2025-12-31"})
    on = date(2025, 6, 2)
    share = county.failure.staff_move_share
    row = FailureRow(date=on, who="largest", staff_move_share=share)
    scenario = county.model_copy(update={"failures": (row,)})
    account = account_of(
        Market(simulate(scenario, seed=5)), Market(simulate(county, seed=5)), scenario
    )
    assert account is not None
    total = float(account.harm(91).total.sum())
    _, in_models = loss_of_largest(county, 5, 0, on)
    assert in_models[TOTAL] == pytest.approx(total, rel=1e-12)
    in_bands = run_set(SetRun(0, scenario, {}, 5)).headlines
    assert in_bands[TOTAL] == pytest.approx(total, rel=1e-12)


def test_several_failures_are_told_together_and_each() -> None:
    """Two providers fail: everybody counts, and alone and on top of the other add up."""
    arms = arms_told()
    both = arms.main[0]
    alone = [arms.found[arm.name][0] for arm in arms.of(Way.ALONE)]
    assert len(set(both.providers)) == 2 and len(alone) == 2
    assert both.figures["displaced_people"] > max(a.figures["displaced_people"] for a in alone)
    table = accounts.each_failure(arms, ["first", "second"]).set_index("failure")
    beyond = both.figures[TOTAL] - sum(a.figures[TOTAL] for a in alone)
    assert table.loc["beyond_the_sum", "alone_mean"] == pytest.approx(beyond)
    assert table.loc["1", "on_top_mean"] == pytest.approx(
        both.figures[TOTAL] - alone[1].figures[TOTAL]
    )
    assert table.loc["together", "alone_mean"] == pytest.approx(both.figures[TOTAL])


def test_futures_that_fail_leave_their_pairs_out_and_take_the_headline_with_them() -> None:
    """One of twenty may fail; with two there is no headline."""
    scenario = two_failures()
    arms = arms_of(scenario)
    one = carried_out(scenario, fork=can_fork())
    inputs = Inputs(scenario, 5, 20)
    for failing_runs, headline in ((1, True), (2, False)):
        found: list[ArmFound | None] = [*one] * (20 - failing_runs)
        found += [None] * (len(arms) * failing_runs)
        told = accounts.arms_of_replications(arms, found, 20)
        assert told.failed == failing_runs and len(told.main) == 20 - failing_runs
        screen = "\n".join(account_words.told_of(inputs, told)[0])
        assert ("No headline" not in screen) is headline
        assert f"{failing_runs} FAILED" in account_words.title(inputs, told)[1]


@pytest.mark.parametrize("notice", [0.0, 28.0, 60.0])
@pytest.mark.parametrize("days", [1, 7, 45])
def test_a_run_that_ends_soon_tells_nothing_that_it_does_not_know(notice: float, days: int) -> None:
    county = load_scenario("small").changed({"calendar.end": "2025-06-15"})
    on = county.calendar.end - timedelta(days=days)
    row = FailureRow(date=on, who="largest", notice_days=notice)
    scenario = county.model_copy(update={"failures": (row,)})
    arms = arms_of(scenario)
    told = accounts.arms_of_replications(arms, carried_out(scenario, fork=can_fork()), 1)
    answer, sections = account_words.told_of(Inputs(scenario, 5, 1), told)
    text = "\n".join([*answer, *(line for section in sections for line in section)])
    assert not re.search(r"\bnan\b|not known hours|within -|-\d+ day", text), text
    assert ("ends before care stops" in text) is (notice >= days)


def test_charts_say_in_how_many_replications_somebody_was_there_to_be_lost() -> None:
    """Two of three replications have the failure: its charts are of two, the others of three."""
    scenario = two_failures()
    arms = arms_of(scenario)
    one = carried_out(scenario, fork=can_fork())
    nobody = [replace(found, failure=None) for found in one]
    told = accounts.arms_of_replications(arms, [*one, *one, *nobody], 3)
    assert one[0].whole is not None
    results = [one[0].whole.result] * 3
    footers = {chart.name: chart.footer for chart in drawn(Inputs(scenario, 5, 3), results, told)}
    of_failure = {"service_level", "staff_move", "fates"}
    assert of_failure < set(footers)
    for name, footer in footers.items():
        assert ("2 of 3 replications" if name in of_failure else " 3 replications") in footer, name
    spared = accounts.arms_of_replications(arms, nobody, 1)
    charts = drawn(Inputs(scenario, 5, 1), results[:1], spared)
    assert not of_failure & {chart.name for chart in charts}
    assert not any("Failure" in chart.alt for chart in charts)


def test_several_failures_are_told_over_the_period_that_they_have() -> None:
    """Never "within 91 days" of what began before: from the first to after the last."""
    scenario = two_failures()
    told = arms_told()
    answer = " ".join(account_words.told_of(Inputs(scenario, 5, 1), told)[0])
    assert "from 2 June 2025 to 13 October 2025" in answer and "within 91" not in answer
    assert "Ask about each by itself" not in answer
    rows = scenario.failures
    apart = rows[1].model_copy(update={"date": date(2025, 9, 1)})
    far = scenario.model_copy(update={"failures": (rows[0], apart)})
    assert "are 119 days" in " ".join(account_words.told_of(Inputs(far, 5, 1), told)[0])


def test_the_placebo_is_a_provider_of_one_to_three_people() -> None:
    county = load_scenario("norfolk").changed({"calendar.end": "2024-08-10"})
    row = FailureRow(date=date(2024, 5, 6), who="largest")
    scenario = county.model_copy(update={"failures": (row,)})
    arms = [arm for arm in arms_of(scenario) if arm.way in (Way.ASKED, Way.PLACEBO)]
    items = items_of(scenario, 1, 1, arms, fork=can_fork())
    with Runner(on_own_processes(1), ARMS) as runner:
        done = [one.found for one in Engine(InMemory(), runner).answers(items)]
    asked, placebo = (one.failure for one in done)
    assert asked is not None and placebo is not None
    assert 1 <= placebo.figures["displaced_people"] <= 3
    assert set(placebo.providers).isdisjoint(asked.providers)
    assert placebo.figures[TOTAL] == pytest.approx(
        placebo.figures[DIRECT] + placebo.figures[INDIRECT]
    )


def test_a_failure_by_chance_is_not_what_was_asked_about() -> None:
    """Chance takes a provider long before the one that is asked about: only that one is told of."""
    county = small_county(calendar__end="2026-12-31", failure__random=True)
    row = FailureRow(date=date(2026, 1, 15), who="principal:KINGS_LYNN")
    scenario = county.model_copy(update={"failures": (row,)})
    for number in range(3):
        found = simulated(Run(scenario, 1, number)).result.failure
        if found is None:
            continue
        assert found.figures["displaced_people"] > 10
        assert found.areas_held and len(found.providers) == 1
        return
    pytest.fail("nobody was there to be lost in three futures")


def test_a_run_that_ends_before_the_headline_says_how_far_it_goes() -> None:
    scenario = two_failures()
    short = scenario.model_copy(update={"failures": scenario.failures[:1]})
    short = short.changed({"calendar.end": "2025-07-15"})
    found = simulated(Run(short, 5, 0)).result.failure
    assert found is not None
    assert np.isnan(found.figures[TOTAL]) and np.isnan(found.figures["days_to_95"])
    assert sorted(set(found.harm["days"].tolist())) == [28.0, found.days_known]
    assert found.days_known == 44.0


def test_without_a_market_to_compare_with_there_is_no_account(small: Scenario) -> None:
    ledger = simulate(small, seed=1, failures=[ScriptedFailure("largest", 400.0)])
    assert summarise(ledger, small, 0).failure is None


def test_who_is_not_there_is_not_lost() -> None:
    county = load_scenario("small").changed({"calendar.end": "2024-03-31"})
    area = next(area.code for area in county.areas if area.go_live)
    row = FailureRow(date=county.calendar.start + timedelta(days=14), who=f"principal:{area}")
    scenario = county.model_copy(update={"failures": (row,)})
    assert simulated(Run(scenario, 1, 0)).result.failure is None
