"""What a council does when a provider closes: each response by hand, and what it costs."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from small_market import HOUR, SmallMarket

from experiments.run.asked import compared_in, refuse_comparison
from sim.ledger import Cause, Stage
from sim.market.branch import Branch
from sim.market.package import Package
from sim.processes.failure import ScriptedFailure, fail_as
from sim.processes.responses import named as provider_named
from sim.processes.responses import standby_of
from sim.scenario import ScenarioError, load_scenario
from sim.scenario.tables import FailureRow
from sim.vocabulary import RESPONSES, ResponseKind

CLOSES = 20.0
LAG = 2.0
AGREED = 7.0


def closes(
    response: ResponseKind,
    *,
    notice: float = 0.0,
    share: float = 1.0,
    responder: str | None = None,
    carers: int = 4,
    people: int = 4,
    **settings: float,
) -> tuple[SmallMarket, Branch, Branch, list[Package]]:
    """A team with as many carers as people closes on day 20; another has one carer and no people.

    A carer serves one person (10 hours a week).
    """
    small = SmallMarket(
        "brokerage",
        "bridging",
        "overload",
        "workforce",
        brokerage__start_lag_days=LAG,
        failure__whole_team_days=AGREED,
        failure__step_in_days=60.0,
        failure__emergency_days=1.0,
        failure__staff_wait_days=28.0,
        **{"failure__emergency_posts": 3.0, **settings},
    )
    failing, other = small.team("FAILING", carers=carers), small.team("OTHER", carers=1)
    served = [small.served(failing) for _ in range(people)]
    small.run_to(CLOSES)
    script = ScriptedFailure(
        "FAILING", CLOSES, notice, share, response=response, responder=responder
    )
    process = fail_as(small.market, [failing], script)
    small.market.clock.process(process)
    return small, failing, other, served


def first_visit(small: SmallMarket, package: Package) -> list[tuple[float, str]]:
    """What became of somebody from the failure on."""
    return [move for move in small.moves(package) if move[0] >= CLOSES]


@pytest.mark.parametrize(
    ("response", "days"), [("whole_team", AGREED), ("emergency", 1.0)], ids=["whole", "emergency"]
)
def test_a_taker_gets_the_whole_team_once_that_is_agreed(
    response: ResponseKind, days: float
) -> None:
    small, failing, other, served = closes(response)
    small.run_to(CLOSES + 40)
    for package in served:
        assert first_visit(small, package) == [
            (CLOSES, "PROVIDER_FAILED"),
            (CLOSES + days, "ASSIGNED"),
            (CLOSES + days + LAG, "STARTED"),
        ]
        assert package.branch is other
    standby = 3 if response == "emergency" else 0
    assert failing.closed and len(other.carers) == 1 + 4 + standby
    (fact,) = small.market.ledger.rows("responded")
    assert fact[1:7] == (failing.id, list(RESPONSES).index(response), other.id, 4, 4, standby)


@pytest.mark.parametrize("response", [code for code in RESPONSES if code != "split"])
@pytest.mark.parametrize("notice", [0.0, 28.0])
def test_who_is_accepted_and_not_yet_visited_goes_with_the_team(
    response: ResponseKind, notice: float
) -> None:
    small, failing, other, served = closes(response, notice=notice)
    late = small.person()
    late.stay_days = 1000.0
    small.market.join_list(late, Cause.REFERRED)
    small.market.brokerage.assign(late, next(iter(failing.contracts.values())))
    assert late.stage is Stage.RESERVED and late.branch is failing
    small.run_to(CLOSES + 120)
    assert [package.branch for package in (*served, late)] == [other] * 5
    assert late.stage is Stage.IN_SERVICE


@pytest.mark.parametrize(
    ("notice", "gap"), [(28.0, False), (AGREED, False), (3.0, True)], ids=["long", "just", "short"]
)
def test_with_notice_enough_a_whole_team_moves_on_the_last_day_without_a_gap(
    notice: float, gap: bool
) -> None:
    small, _, other, served = closes("whole_team", notice=notice)
    small.run_to(CLOSES + 60)
    last = CLOSES + notice
    expected = (
        [(last, "PROVIDER_FAILED"), (CLOSES + AGREED, "ASSIGNED"),
         (CLOSES + AGREED + LAG, "STARTED")]
        if gap
        else [(last, "ASSIGNED")]
    )  # fmt: skip
    for package in served:
        assert first_visit(small, package) == expected
        assert package.branch is other and package.stage is Stage.IN_SERVICE


def test_a_taker_gets_everybody_whether_it_has_room_or_not_and_misses_visits() -> None:
    small, _, other, served = closes(
        "whole_team", notice=28.0, share=0.0, overload__applies=True, overload__overtime_share=0.0
    )
    small.run_to(CLOSES + 28.5)
    assert all(package.branch is other for package in served)
    # Forty hours are due and its one carer has ten.
    assert other.missed_minutes == 30 * HOUR


def test_where_nobody_can_take_a_team_its_people_are_offered_one_by_one() -> None:
    small, _, other, served = closes("whole_team")
    other.suspend()
    small.run_to(CLOSES + AGREED + 1)
    assert [package.stage for package in served] == [Stage.DISPLACED] * 4
    other.end_suspension()
    other.make_productive(3)
    small.run_to(CLOSES + AGREED + 10)
    assert [package.branch for package in served] == [other] * 4
    assert not small.market.ledger.rows("responded")


@pytest.mark.parametrize("response", ["whole_team", "emergency", "step_in"])
@pytest.mark.parametrize("gone", ["closed", "leaving", "suspended"])
def test_a_named_provider_that_does_not_trade_takes_nobody(
    response: ResponseKind, gone: str
) -> None:
    """It opens no team for them either; they are offered one by one to whoever trades."""
    small, failing, other, served = closes(response, responder="NAMED")
    named = small.team("NAMED", carers=9)
    {
        "closed": named.close,
        "leaving": lambda: named.give_notice(last_day=400.0),
        "suspended": named.suspend,
    }[gone]()
    # Asked where it has no team as well: nobody opens one for it.
    assert provider_named(small.market, [failing.provider], "NAMED") is None
    other.make_productive(3)
    small.run_to(CLOSES + 120)
    assert len(named.provider.branches) == 1 and not named.packages
    assert [package.branch for package in served] == [other] * 4


@pytest.mark.parametrize("response", RESPONSES)
@pytest.mark.parametrize("notice", [0.0, 28.0])
def test_a_team_that_closes_before_its_day_closes_once(
    response: ResponseKind, notice: float
) -> None:
    """The same provider fails again, suddenly, while the response to the first is under way."""
    small, failing, _, _ = closes(response, notice=notice)
    small.run_to(CLOSES + 3)
    if not failing.closed:
        again = ScriptedFailure("FAILING", CLOSES + 3, 0.0, 0.5)
        small.market.clock.process(fail_as(small.market, [failing], again))
    small.run_to(CLOSES + 300)
    closed = [row for row in small.market.ledger.rows("traded") if row[3] == Cause.CLOSED]
    assert len(closed) == 1 and failing.closed


@pytest.mark.parametrize("posts", [0.0, 1.0, 3.0, 10.0])
def test_all_carers_on_standby_come_and_no_more(posts: float) -> None:
    small, failing, _, _ = closes("emergency", people=3, failure__emergency_posts=posts)
    others = [small.team(f"TEAM{n}", carers=2) for n in range(2)]
    for branch in others:
        small.served(branch, 7.0)
    shared = standby_of(small.market, "emergency", [failing, *others])
    assert sum(shared.values()) == posts and min(shared.values()) >= 0


def test_where_the_council_steps_in_the_team_goes_on_with_the_carers_who_stay() -> None:
    small, failing, other, served = closes("step_in", share=0.5)
    small.run_to(CLOSES + 5)
    # Nobody is offered to others, though the other team has room for one.
    assert [package.branch for package in served] == [failing] * 4 and not failing.closed
    assert len(failing.carers) == 2 and failing.leaving
    assert failing.last_day == CLOSES + 60
    (fact,) = small.market.ledger.rows("responded")
    assert fact[2:6] == (list(RESPONSES).index("step_in"), failing.id, 4, 2)
    small.run_to(CLOSES + 61)
    # On the last day the team goes over whole, with its carers.
    assert failing.closed and [package.branch for package in served] == [other] * 4
    assert first_visit(small, served[0]) == [(CLOSES + 60, "ASSIGNED")]


@pytest.mark.parametrize(("response", "share"), list(product(RESPONSES, (0.0, 0.5, 1.0))), ids=str)
def test_carers_come_as_the_share_says_and_none_is_lost_in_the_books(
    response: ResponseKind, share: float
) -> None:
    small, failing, other, _ = closes(response, share=share)
    small.run_to(CLOSES + AGREED + 1)
    staffed = small.market.ledger.rows("staffed")
    assert sum(int(change) for _, _, change, *_ in staffed) == sum(
        len(branch.carers) for branch in small.market.branches
    )
    came = len(other.carers) + len(failing.carers) - 1
    standby = 3 if response == "emergency" else 0
    # Split among many, carers come with those who are placed: at most the share.
    most = round(4 * share) + standby
    assert came <= most if response == "split" else came == most


def test_every_response_has_its_words_and_its_days() -> None:
    rules = load_scenario("norfolk").failure
    for code, kind in RESPONSES.items():
        assert kind.meaning and kind.words and kind.judgement
        assert (kind.days == "") == (code == "split")
        assert not kind.days or getattr(rules, kind.days) > 0


@pytest.mark.parametrize(
    ("notices", "responses", "wrong"),
    [
        ("0,week", None, ["'week' is not a number of days"]),
        ("-1,2000", None, ["'-1' is not a number of days", "'2000' is not a number of days"]),
        (None, "split,prayer", ["'prayer' is not a response"]),
        ("nan", "all,split", ["'nan' is not a number of days", "'all' is not a response"]),
    ],
)
def test_what_cannot_be_compared_is_told_all_at_once(
    notices: str | None, responses: str | None, wrong: list[str]
) -> None:
    _, faults = compared_in(notices, responses)
    assert [fault.wrong for fault in faults] == wrong


def test_notices_and_responses_are_sorted_and_each_is_there_once() -> None:
    found, faults = compared_in("28,0,28.0", "step_in,split")
    assert (found.notices, found.responses, faults) == ((0.0, 28.0), ("split", "step_in"), [])
    assert compared_in("0", "all")[0].responses == tuple(RESPONSES)


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (["closure", "closure"], "2 failures are asked for"),
        (["suspension"], "it is a suspension"),
        ([], "0 failures are asked for"),
    ],
)
def test_only_one_closure_can_be_compared(kinds: list[str], said: str) -> None:
    rows = tuple(
        FailureRow(date=date(2025, 6, 2), who="largest", kind=kind)  # type: ignore[arg-type]
        for kind in kinds
    )
    county = load_scenario("small").model_copy(update={"failures": rows})
    with pytest.raises(ScenarioError, match=said):
        refuse_comparison(county, compared_in("0,28", None)[0])
