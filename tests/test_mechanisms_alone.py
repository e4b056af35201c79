"""Each mechanism by itself: a few teams, a few people, and no neighbour that it does not need.

A carer has ten hours a week, everybody wants every package, and nothing changes by itself, so every
answer can be worked out by hand. Neighbours that are not named are silent and keep what they hear.
"""

from __future__ import annotations

from math import inf

import pytest
from small_market import FIRST, HOUR, OVERFLOW, SmallMarket

from sim.laws import nobody_is_forgotten
from sim.ledger import Cause, Stage
from sim.processes import self_funders
from sim.processes.absence import principal_absent
from sim.processes.care import care
from sim.processes.hand_back import give_notice_of
from sim.processes.quality import INADEQUATE, look
from sim.processes.shortfall import suspend

# Brokerage ------------------------------------------------------------------------------------


def test_brokerage_asks_the_next_tier_where_the_first_is_full() -> None:
    small = SmallMarket("brokerage")
    first = small.team("FIRST", carers=1)
    overflow = small.team("OVERFLOW", carers=1, tier=OVERFLOW)
    one, two, three = small.seeks(), small.seeks(), small.seeks()
    assert (one.branch, two.branch, three.branch) == (first, overflow, None)
    asked = small.market.ledger.columns("asked")
    whom = list(zip(asked["package"], asked["tier"], asked["accepted"], strict=True))
    assert whom == [(1, 0, 1), (2, 0, 0), (2, 1, 1), (3, 0, 0), (3, 1, 0)]
    assert three.seeking and not three.offer_open


def test_somebody_whom_all_refused_is_offered_to_the_team_that_gains_a_carer() -> None:
    small = SmallMarket("brokerage")
    branch = small.team("FIRST", carers=0)
    urgent_last = [small.seeks(), small.seeks(urgent=True)]
    small.run_to(5.0)
    assert [package.branch for package in urgent_last] == [None, None]
    branch.make_productive(1)
    small.run_to(6.0)
    assert [package.branch for package in urgent_last] == [branch, None]  # first come in theory


def test_where_two_teams_gain_in_one_instant_the_first_tier_is_asked_first() -> None:
    small = SmallMarket("brokerage")
    teams = small.team("OVERFLOW", tier=OVERFLOW), small.team("FIRST")
    person = small.seeks()
    for branch in teams:
        branch.make_productive(1)
    small.run_to(1.0)
    assert person.branch is teams[1]


def test_one_broker_takes_up_one_package_after_the_other_the_urgent_first() -> None:
    small = SmallMarket(
        "brokerage",
        brokerage__brokers=1,
        brokerage__handling_days=1.0,
        brokerage__list_discipline="priority",
    )
    small.team("FIRST", carers=3)
    taken_up, plain, urgent = small.seeks(), small.seeks(), small.seeks(urgent=True)
    small.run_to(5.0)
    started = {small.moves(package)[-1]: package for package in (taken_up, plain, urgent)}
    assert started == {
        (1.0, "STARTED"): taken_up,
        (2.0, "STARTED"): urgent,
        (3.0, "STARTED"): plain,
    }


@pytest.mark.parametrize(
    ("room_on_day", "moves"),
    [
        # First visit on day 13, long before the old provider stops: no gap.
        (10.0, [(10.0, "HANDED_OVER")]),
        # Accepted on day 29, first visit on day 32; the old provider stops on day 30.
        (29.0, [(29.0, "HANDED_OVER"), (30.0, "FIRST_VISIT_AWAITED"), (32.0, "STARTED")]),
    ],
)
def test_who_is_handed_over_waits_for_the_first_visit_as_everybody_does(
    room_on_day: float, moves: list[tuple[float, str]]
) -> None:
    small = SmallMarket("brokerage", brokerage__start_lag_days=3.0)
    leaving, taker = small.team("LEAVING", carers=1), small.team("TAKER")
    person = small.served(leaving)
    leaving.give_notice(last_day=30.0)
    small.market.join_leaving(person)
    small.market.brokerage.seek(person)
    small.run_to(room_on_day)
    taker.make_productive(1)
    small.run_to(40.0)
    assert small.moves(person)[1:] == moves
    assert person.branch is taker and person.stage is Stage.IN_SERVICE


def test_a_bar_that_ends_as_the_laws_look_breaks_none() -> None:
    """Somebody handed back may be taken again by the same provider, from the end of the bar on."""
    small = SmallMarket(
        "brokerage", overload__no_reoffer_days=5.0, brokerage__list_discipline="priority"
    )
    branch = small.team("FIRST", carers=1)
    person = small.served(branch)
    give_notice_of(small.market, person, 2.0, Cause.HANDED_BACK)
    small.run_to(7.0)
    assert person.branch is None and person.barred == {branch.provider.id: 7.0}
    nobody_is_forgotten(small.market)
    small.run_to(7.5)
    assert person.branch is branch
    nobody_is_forgotten(small.market)


# Contracts ------------------------------------------------------------------------------------


def test_a_contract_refuses_beyond_its_limit_and_takes_again_what_comes_free() -> None:
    small = SmallMarket("brokerage")
    branch = small.team("FIRST", carers=9, hours=20)
    first, second, third = small.seeks(), small.seeks(), small.seeks()
    assert (first.branch, second.branch, third.branch) == (branch, branch, None)
    assert list(small.market.ledger.columns("asked")["at_limit"]) == [0, 0, 1]
    small.market.to_direct_payment(first, branch)  # it stays with the team, outside the contract
    small.run_to(1.0)
    assert third.branch is branch and len(branch.packages) == 3


def test_who_holds_an_ended_contract_is_asked_no_more_and_keeps_its_people() -> None:
    small = SmallMarket("brokerage")
    ending = small.team("ENDING", carers=5)
    staying = small.team("STAYING", carers=5, tier=OVERFLOW)
    before = small.seeks()
    ending.contracts[FIRST].end()
    after = small.seeks()
    assert (before.branch, after.branch) == (ending, staying)
    assert ending.contracts[FIRST].used_minutes == 10 * HOUR


# Overload and hand-back -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "strain"),
    [
        ((10, 10), (0, 0, 0)),
        ((11, 11), (120, 0, 0)),
        ((12, 12), (200, 40, 0)),
        ((20, 20), (200, 1000, 0)),
        ((8, 32), (200, 1000, 520)),
    ],
    ids=["enough carers", "overtime", "missed", "others missed first", "critical ones at last"],
)
def test_a_team_works_overtime_then_misses_visits_the_critical_last(
    hours: tuple[int, int], strain: tuple[int, int, int]
) -> None:
    """Two carers, a sixth of overtime at most; one of the two people is critical."""
    small = SmallMarket("overload", overload__applies=True, overload__overtime_share=1 / 6)
    branch = small.team("FIRST", carers=2)
    small.served(branch, hours[0])
    small.served(branch, hours[1], urgent=True)
    told = (branch.overtime_minutes, branch.missed_minutes, branch.missed_critical_minutes)
    assert told == strain
    assert branch.short is (strain > (0, 0, 0))


def test_visits_missed_for_weeks_are_handed_back_the_least_economic_first() -> None:
    small = SmallMarket(
        "overload",
        overload__applies=True,
        overload__hand_back_after_days=21,
        overload__hand_back_notice_days=14,
        willingness__cost_ratio_rural=1.5,
    )
    branch = small.team("FIRST", carers=2)
    near, far = small.served(branch), small.served(branch, place="rural")
    small.served(branch)
    small.run_to(21.0)
    assert branch.missed_minutes == 10 * HOUR and far.leaves_day == inf
    small.run_to(21.5)
    assert (far.leaves_day, near.leaves_day) == (35.0, inf)
    assert small.silent["brokerage"].told("seek") == [far]
    assert far.branch is branch
    small.run_to(36.0)
    assert far.branch is None and branch.missed_minutes == 0
    assert small.moves(far)[1:] == [(21.0, "HAND_BACK_NOTICE"), (35.0, "HANDED_BACK")]
    assert small.silent["bridging"].told("waits") == [far]


def test_a_team_that_finds_carers_in_time_hands_nobody_back() -> None:
    small = SmallMarket(
        "overload",
        overload__applies=True,
        overload__hand_back_after_days=21,
    )
    branch = small.team("FIRST", carers=1)
    people = [small.served(branch), small.served(branch)]
    small.run_to(10.0)
    branch.make_productive(1)
    small.run_to(15.0)
    branch.make_productive(-1)  # visits go missed again: three weeks from now on, not from then
    small.run_to(35.9)
    assert all(package.leaves_day == inf for package in people)
    small.run_to(36.1)
    assert sorted(package.leaves_day for package in people) == [36.0 + 28.0, inf]


def test_who_gave_somebody_back_is_not_asked_for_them_until_the_bar_is_over() -> None:
    small = SmallMarket("brokerage", overload__no_reoffer_days=30)
    branch = small.team("FIRST", carers=1)
    person = small.served(branch)
    give_notice_of(small.market, person, 0.0, Cause.HANDED_BACK)
    small.run_to(29.9)
    assert person.branch is None and branch.room == 10 * HOUR
    small.run_to(30.1)
    assert person.branch is branch and small.moves(person)[-1] == (30.0, "STARTED")


# Workforce ------------------------------------------------------------------------------------


def test_posts_are_filled_without_anybody_to_care_for_and_not_beyond() -> None:
    """Recruitment without demand: each vacancy waits four weeks on average, induction two more."""
    small = SmallMarket("workforce", workforce__induction_days=14)
    branch = small.team("FIRST", carers=0)
    branch.posts = 5.0
    small.market.workforce.count_vacancies(branch)
    small.run_to(600.0)
    days = list(small.market.ledger.columns("staffed")["day"])
    assert len(days) == 5 == len(branch.carers) and branch.vacancies == 0
    assert branch.productive == 5 and days == sorted(days) and 0 < days[0] < days[-1] < 200
    heard = {name for process in small.silent.values() for name, _ in process.heard}
    assert heard <= {"changed", "offer_again"}


def test_recruits_work_alone_after_their_induction() -> None:
    small = SmallMarket("workforce", workforce__induction_days=14)
    branch = small.team("FIRST", carers=0)
    branch.posts = 1.0
    small.market.workforce.count_vacancies(branch)
    small.run_to(600.0)
    hired = small.market.ledger.columns("staffed")["day"][0]
    again = SmallMarket("workforce", workforce__induction_days=14)
    other = again.team("FIRST", carers=0)
    other.posts = 1.0
    again.market.workforce.count_vacancies(other)
    again.run_to(hired + 13.9)
    assert (len(other.carers), other.productive) == (1, 0)
    again.run_to(hired + 14.1)
    assert (len(other.carers), other.productive) == (1, 1)


def test_where_nobody_looks_for_care_work_nobody_is_hired() -> None:
    small = SmallMarket("workforce", workforce__applicants_limited=True)
    branch = small.team("FIRST", carers=0)
    branch.posts = 5.0
    small.market.workforce.count_vacancies(branch)
    small.run_to(600.0)
    assert branch.vacancies == 5


def test_a_carer_who_leaves_opens_a_vacancy_and_is_missed() -> None:
    small = SmallMarket("workforce")
    branch = small.team("FIRST", carers=2)
    small.market.workforce.turnover(branch, branch.carers[0], 10.0)
    small.run_to(10.1)
    assert (branch.productive, branch.room, small.area.vacancies) == (1, 10 * HOUR, 1)
    left = small.market.ledger.columns("staffed")
    assert (left["day"][-1], left["change"][-1], left["cause"][-1]) == (10.0, -1, Cause.LEFT)


def test_posts_follow_work_up_to_what_a_team_can_grow_by() -> None:
    """Work for six carers, posts for four: a review adds one, since four per cent is less."""
    small = SmallMarket("workforce", workforce__posts_growth_per_month=0.04)
    branch = small.team("FIRST", carers=4)
    for _ in range(6):
        small.served(branch)
    small.market.workforce.review_posts(branch)
    assert (branch.posts, branch.vacancies) == (5.0, 1)
    branch.contracts[FIRST].maximum_minutes = 90 * HOUR  # a contract obliges at once
    small.market.workforce.review_posts(branch)
    assert (branch.posts, branch.vacancies) == (9.0, 5)


def test_carers_of_a_failed_team_come_whole_with_the_people_they_look_after() -> None:
    small = SmallMarket("workforce")
    failed, taker = small.team("FAILED"), small.team("TAKER", carers=1)
    failed.await_moves(1)
    came = []
    for _ in range(4):
        package = small.person()
        package.staff_from, package.staff_carers = failed, 0.5
        small.market.workforce.bring_staff(package, taker)
        came.append(taker.productive - 1)
    assert came == [0, 1, 1, 1]  # half a carer waits for the other half; one waits in all
    assert failed.movers == 0


# Bridging -------------------------------------------------------------------------------------


def test_the_in_house_team_helps_the_most_urgent_whose_package_fits() -> None:
    small = SmallMarket(
        "bridging", bridging__hours_per_week=15, brokerage__list_discipline="priority"
    )
    first = small.seeks(12)
    plain, urgent, large = (
        small.seeks(10),
        small.seeks(10, urgent=True),
        small.seeks(16, urgent=True),
    )
    assert [p.stage for p in (first, plain, urgent, large)] == [
        Stage.BRIDGED, Stage.WAITING, Stage.WAITING, Stage.WAITING,
    ]  # fmt: skip
    small.market.leave(first, Stage.ENDED, Cause.DIED)
    small.run_to(1.0)
    assert [p.stage for p in (plain, urgent, large)] == [
        Stage.WAITING, Stage.BRIDGED, Stage.WAITING,
    ]  # fmt: skip
    assert small.market.bridging.used_minutes == 10 * HOUR


@pytest.mark.parametrize("preempts", [False, True])
def test_the_in_house_team_leaves_who_can_wait_for_somebody_in_danger_if_it_may(
    preempts: bool,
) -> None:
    small = SmallMarket(
        "bridging",
        bridging__hours_per_week=20,
        bridging__preempts=preempts,
        brokerage__list_discipline="priority",
    )
    early, late = small.seeks(10), small.seeks(10)
    assert (early.stage, late.stage) == (Stage.BRIDGED, Stage.BRIDGED)
    urgent = small.seeks(10, urgent=True)
    # Whoever joined the list last is left; nobody is left for somebody who can wait.
    left = Stage.WAITING if preempts else Stage.BRIDGED
    helped = Stage.BRIDGED if preempts else Stage.WAITING
    assert (early.stage, late.stage, urgent.stage) == (Stage.BRIDGED, left, helped)
    assert small.market.bridging.used_minutes == 20 * HOUR
    small.seeks(10)
    assert (early.stage, urgent.stage) == (Stage.BRIDGED, helped)
    # Nobody is left in vain: thirty hours would not fit even if all who can wait were.
    large = small.seeks(30, urgent=True)
    assert (early.stage, large.stage) == (Stage.BRIDGED, Stage.WAITING)
    names = [cause for _, cause in small.moves(late)]
    assert ("BRIDGING_ENDED" in names) == preempts


@pytest.mark.parametrize("hospital_only", [False, True])
def test_the_in_house_team_may_be_there_for_hospital_discharges_alone(hospital_only: bool) -> None:
    small = SmallMarket(
        "bridging", bridging__hours_per_week=40, bridging__hospital_only=hospital_only
    )
    people = {}
    for name, hospital, had_care in (
        ("discharged", True, False),
        ("from home", False, False),
        ("has lost a provider", True, True),
    ):
        people[name] = person = small.person()
        person.hospital, person.had_care = hospital, had_care
        small.market.join_list(person, Cause.REFERRED)
    helped = {name for name, person in people.items() if person.stage is Stage.BRIDGED}
    assert helped == ({"discharged"} if hospital_only else set(people))
    for person in people.values():
        small.market.leave(person, Stage.ENDED, Cause.DIED)
    assert small.market.bridging.used_minutes == 0 and len(small.area.list) == 0


@pytest.mark.parametrize("most_days", [0.0, 3.0])
def test_the_in_house_team_helps_for_so_many_days_and_then_the_next(most_days: float) -> None:
    """Hours for one: the first waits on without it, and it does not come back to them."""
    small = SmallMarket("bridging", bridging__hours_per_week=10, bridging__most_days=most_days)
    first, second = small.seeks(), small.seeks()
    small.run_to(2.9)
    assert (first.stage, second.stage) == (Stage.BRIDGED, Stage.WAITING)
    small.run_to(5.9)
    after = (Stage.WAITING, Stage.BRIDGED) if most_days else (Stage.BRIDGED, Stage.WAITING)
    assert (first.stage, second.stage) == after
    small.run_to(10.0)
    names = [name for _, name in small.moves(first)]
    assert names.count("BRIDGED") == 1 and ("BRIDGING_ENDED" in names) == (most_days > 0)
    if most_days:
        assert small.moves(second)[-2:] == [(3.0, "BRIDGED"), (6.0, "BRIDGING_ENDED")]
        small.market.displace(first, Cause.PROVIDER_FAILED)
        assert first.stage is Stage.BRIDGED, "another spell on the list is another start"


# Care -----------------------------------------------------------------------------------------


def test_a_stay_ends_on_its_day_and_frees_the_team() -> None:
    small = SmallMarket()
    branch = small.team("FIRST", carers=1)
    person = small.served(branch)
    small.market.clock.follow(care(small.market, person))
    small.run_to(28.0)
    assert person.branch is branch
    small.run_to(28.1)
    assert small.moves(person) == [(0.0, "STARTED"), (28.0, "DIED")]
    assert branch.room == 10 * HOUR and person.stage is Stage.ENDED


def test_a_place_is_kept_for_somebody_in_hospital_for_some_days_only() -> None:
    small = SmallMarket(
        care__hospital_admissions_per_year=10.0, care__mean_hospital_days=200, care__hold_days=5
    )
    branch = small.team("FIRST", carers=1)
    person = small.served(branch)
    person.stay_days = 400.0
    small.market.clock.follow(care(small.market, person))
    went = person.next_hospital_day
    small.run_to(went + 4.9)
    assert (person.stage, person.branch, branch.room) == (Stage.INTERRUPTED, branch, 0)
    small.run_to(went + 5.1)
    assert (person.stage, person.branch, branch.room) == (Stage.INTERRUPTED, None, 10 * HOUR)
    assert small.moves(person)[-2:] == [(went, "TO_HOSPITAL"), (went + 5, "HOLD_OVER")]


# Shortfall, absence, quality, self-funders ----------------------------------------------------


def test_a_suspended_team_keeps_its_people_and_is_asked_again_afterwards() -> None:
    small = SmallMarket("brokerage")
    branch = small.team("FIRST", carers=2)
    kept = small.served(branch)
    small.market.clock.process(suspend(small.market, [branch], 30.0))
    small.run_to(1.0)
    waiting = small.seeks()
    small.run_to(29.9)
    assert (kept.branch, waiting.branch) == (branch, None)
    small.run_to(30.1)
    assert waiting.branch is branch and small.moves(waiting)[-1] == (30.0, "STARTED")


def test_limits_that_lapse_do_so_while_the_area_has_no_principal() -> None:
    small = SmallMarket("brokerage")
    branch = small.team("FIRST", carers=2, hours=10)
    branch.contracts[FIRST].limit_lapses = True
    one, two = small.seeks(), small.seeks()
    assert (one.branch, two.branch) == (branch, None)
    principal_absent(small.market, small.area)
    small.run_to(1.0)
    assert two.branch is branch


def test_a_visit_that_finds_a_provider_inadequate_suspends_it_until_the_next() -> None:
    small = SmallMarket(quality__look_spread=0.0, quality__revisit_days=90)
    branch = small.team("FIRST", carers=2)
    branch.provider.standard = 0.2
    look(small.market, branch.provider, Cause.INSPECTED, 0.5)
    small.run_to(89.9)
    assert branch.provider.rating == "inadequate" and not branch.takes_new_work
    small.run_to(90.1)
    assert branch.provider.rating == "requires_improvement" and branch.takes_new_work
    rated = small.market.ledger.columns("rated")
    assert list(rated["rating"]) == [INADEQUATE, INADEQUATE + 1]


def test_a_team_with_room_takes_private_homes_as_far_as_they_are_wanted() -> None:
    small = SmallMarket(self_funders__applies=True, self_funders__take_up_share=0.5)
    closing, other = small.team("CLOSING", carers=1), small.team("OTHER", carers=4)
    small.market.set_private_work(closing, 10 * HOUR, 2)
    self_funders.begin(small.market)
    self_funders.take_up(small.market, other)
    assert other.private_homes == 0  # nothing is wanted that is not served
    small.market.set_private_work(closing, 0, 0)
    self_funders.take_up(small.market, other)
    assert (other.private_homes, other.private_minutes, other.room) == (2, 10 * HOUR, 30 * HOUR)
