"""Self-funders of a provider that closes: people, counted apart and together."""

from __future__ import annotations

from functools import cache
from math import fsum
from typing import Any

import numpy as np
import pytest
from conftest import small_county

from sim.ledger import FACTS, IDS_PER_AREA, NUMBERS, Cause, Ledger, Payer, Stage, pay_themselves
from sim.market.accounts import prices_on, rate_pence
from sim.outcomes import weekly
from sim.outcomes.account import Account, Market
from sim.outcomes.failures import TOLD_OF_SELF_FUNDERS, Failures
from sim.outcomes.fates import FATES, STATES, fates, fates_by_payer, served_by
from sim.outcomes.headline import account_of, summarise
from sim.outcomes.histories import spells
from sim.outcomes.n_minus_1 import n_minus_1
from sim.outcomes.payers import payer_of
from sim.outcomes.registry import OUTCOMES
from sim.outcomes.strain import by_branch
from sim.processes.failure import ScriptedFailure
from sim.processes.self_funders import NUMBERS_PER_PROVIDER, followed_minutes, split, wanted_minutes
from sim.scenario import Scenario, load_scenario
from sim.simulation import Simulation, simulate
from sim.vocabulary import FAILURE_KINDS, RESPONSES, FailureKind, ResponseKind

DAY = 100.0
WHO = "P018"
"""A provider with two teams, many self-funders, and people whom the others can take on."""
STOPS = {0.0: DAY, 28.0: DAY + 28.0}
EVE, FAY, GUS = (NUMBERS["self-funders"].start + place for place in range(3))
CLOSURE = list(FAILURE_KINDS).index("closure")


# Worked by hand ---------------------------------------------------------------------------------


def town(*, fails: bool) -> Ledger:
    """P1 closes on day 100. The council pays for Ann (600 minutes a week), whom P2 serves from day
    107 on. Eve (420), Fay (210) and Gus (60) pay themselves: 690 minutes of private work.

    Eve is served by P2 from day 110 on, Fay stops waiting on day 114 and goes into a care home; she
    would have died on day 121. Gus is in hospital from day 103 to day 105, is served by P2 from day
    106 on, and recovers on day 140.
    """
    ledger = Ledger()
    labels = ledger.labels
    labels.areas.append("TOWN")
    labels.tiers.extend(["principal", "direct_payment"])
    labels.providers.extend(["P1", "P2"])
    labels.owners.extend(["P1", "P2"])
    labels.branches.extend(["P1:TOWN", "P2:TOWN"])
    labels.branch_area.extend([0, 0])
    labels.branch_provider.extend([0, 1])
    ledger.private(0.0, 0, 690, 3)
    ledger.referred(0.0, 0, 0, 600, 1, 0, 0, 0, 0)
    ledger.moved(0.0, 0, Stage.IN_SERVICE, 0, 0, 600, Cause.WARM_START)
    ledger.day = 400.0
    if not fails:
        return ledger
    ledger.private(100.0, 0, 0, 0)
    ledger.failed(100.0, 0, CLOSURE, 100.0)
    for package, minutes, ends, cause in (
        (EVE, 420, 900.0, Cause.DIED),
        (FAY, 210, 121.0, Cause.DIED),
        (GUS, 60, 140.0, Cause.RECOVERED),
    ):
        ledger.referred(100.0, package, 0, minutes, 1, 0, 0, package == FAY, 0)
        ledger.moved(100.0, package, Stage.IN_SERVICE, 0, 1, minutes, Cause.SELF_FUNDED)
        ledger.self_funded(100.0, package, 0, minutes, ends, cause)
    for package, minutes in ((0, 600), (EVE, 420), (FAY, 210), (GUS, 60)):
        ledger.moved(100.0, package, Stage.DISPLACED, -1, -1, minutes, Cause.PROVIDER_FAILED)
    ledger.moved(103.0, GUS, Stage.INTERRUPTED, -1, -1, 60, Cause.TO_HOSPITAL)
    ledger.moved(105.0, GUS, Stage.WAITING, -1, -1, 60, Cause.FROM_HOSPITAL)
    ledger.moved(106.0, GUS, Stage.IN_SERVICE, 1, 0, 60, Cause.STARTED)
    ledger.moved(107.0, 0, Stage.IN_SERVICE, 1, 0, 600, Cause.STARTED)
    ledger.moved(110.0, EVE, Stage.IN_SERVICE, 1, 0, 420, Cause.STARTED)
    ledger.moved(114.0, FAY, Stage.WITHDRAWN, -1, -1, 210, Cause.TO_RESIDENTIAL_CARE)
    ledger.moved(140.0, GUS, Stage.ENDED, -1, -1, 60, Cause.RECOVERED)
    return ledger


@pytest.fixture(scope="module")
def by_hand() -> Account:
    found = account_of(Market(town(fails=True)), Market(town(fails=False)), load_scenario("theory"))
    assert found is not None
    return found


def test_the_people_concerned_are_all_whom_it_serves_whoever_pays(by_hand: Account) -> None:
    assert by_hand.people.tolist() == [0, EVE, FAY, GUS]
    assert by_hand.of(Payer.COUNCIL).people.tolist() == [0]
    assert by_hand.of(Payer.SELF).people.tolist() == [EVE, FAY, GUS]


def test_harm_by_payer_by_hand(by_hand: Account) -> None:
    """Ann: 10 hours a week for 7 days. Eve 7 for 10 days, Fay 3.5 for 14, Gus 1 for 4: less nought,
    since their provider would have served them."""
    harm = by_hand.harm(28)
    ann, eve, fay, gus = 10.0, 7 * 10 / 7, 3.5 * 14 / 7, 1 * 4 / 7
    assert harm.direct.tolist() == pytest.approx([ann + eve + fay + gus])
    assert harm.indirect.tolist() == pytest.approx([0.0])
    assert by_hand.of(Payer.SELF).harm(28).direct.tolist() == pytest.approx([eve + fay + gus])
    assert by_hand.of(Payer.COUNCIL).harm(28).direct.tolist() == pytest.approx([ann])


def test_fates_by_payer_by_hand(by_hand: Account) -> None:
    """Fay would have died on day 121 of what she has, whoever looked after her."""
    told = fates_by_payer(by_hand)
    own = {name: column[told["payer"] == "self"] for name, column in told.items()}
    assert [own["served_again"][day] for day in (0, 6, 10, 40)] == [0, 1, 2, 1]
    assert [own["in_hospital"][day] for day in (2, 3, 5)] == [0, 1, 0]
    assert [own["without_anybody"][day] for day in (0, 13, 14)] == [3, 1, 0]
    assert own["to_residential_care"][14] == 1 and own["recovered"][40] == 1
    assert own["died"].sum() == 0
    assert [own["died_without_failure"][day] for day in (20, 21)] == [0, 1]
    served = served_by(by_hand)
    day_28 = served["day_from_failure"] == 28
    assert (served["people"][day_28].sum(), served["self_funders"][day_28].sum()) == (3, 2)


def test_outcomes_by_payer_by_hand(by_hand: Account) -> None:
    failures = Failures(by_hand)
    told = {name: OUTCOMES[name].of(failures) for name in OUTCOMES if name in TOLD_BY_HAND}
    assert told == pytest.approx(TOLD_BY_HAND)


TOLD_BY_HAND = {
    "displaced_people": 4,
    "self_funders_displaced_people": 3,
    "displaced_hours": 21.5,
    "self_funders_displaced_hours": 11.5,
    "displaced_vulnerable": 1,
    "self_funders_displaced_vulnerable": 1,
    "left_without_provider": 4,
    "self_funders_left_without_provider": 3,
    "served_again_in_7_days": 0.5,
    "self_funders_served_again_in_7_days": 1 / 3,
    "displaced_to_residential_care": 1,
    "self_funders_displaced_to_residential_care": 1,
    "displaced_died": 0,
    "self_funders_displaced_died": 0,
    "self_funders_alone_1_day": 3,
    "self_funders_alone_7_days": 2,
    # On day 28 Fay, who would be dead by then, needs nothing, and all the others are served.
    "n_minus_1": 1.0,
}


def test_a_county_without_figures_says_that_it_has_none() -> None:
    """Not nought: nobody knows how many there are."""
    scenario = small_county()
    rows = [
        row.model_copy(update={"private_hours_per_week": 0, "private_people": 0})
        for row in scenario.branches
    ]
    none = scenario.model_copy(update={"branches": tuple(rows)})
    closure = ScriptedFailure(WHO, DAY)
    failed = simulate(none, seed=1, until=250.0, failures=[closure])
    found = account_of(Market(failed), Market(simulate(none, seed=1, until=250.0)), none)
    assert found is not None
    failures = Failures(found)
    for name in TOLD_OF_SELF_FUNDERS:
        assert np.isnan(OUTCOMES[f"self_funders_{name}"].of(failures)), name
    assert OUTCOMES["displaced_people"].of(failures) > 0


# Who they are -----------------------------------------------------------------------------------


def county(reading: str = "all", **changed: Any) -> Scenario:
    return small_county(self_funders__call_on_council=reading, **changed)


@cache
def closed(
    notice: float = 0.0, reading: str = "all", kind: FailureKind = "closure", who: str = WHO
) -> Ledger:
    script = ScriptedFailure(who, DAY, notice, kind=kind)
    return simulate(county(reading), seed=2, failures=[script])


@cache
def usual(reading: str = "all") -> Ledger:
    return simulate(county(reading), seed=2)


@pytest.mark.parametrize("notice", STOPS)
def test_they_are_what_their_teams_served_to_the_minute(notice: float) -> None:
    ledger = closed(notice)
    told, private = ledger.columns("self_funded"), ledger.columns("private")
    assert (told["day"] == DAY).all()  # with notice, from the day on which they are told
    for team in set(told["branch"].tolist()):
        mine = private["branch"] == team
        assert private["minutes"][mine].tolist()[-1] == private["homes"][mine].tolist()[-1] == 0
        before = (int(private["minutes"][mine][-2]), int(private["homes"][mine][-2]))
        people = told["branch"] == team
        assert (told["minutes"][people].sum(), people.sum()) == before
    assert len(told["day"]) > 10 and told["minutes"].min() > 0


@pytest.mark.parametrize("notice", STOPS)
def test_they_are_told_brokered_and_served_as_the_councils_people_are(notice: float) -> None:
    # Of its people some find nobody within four weeks of notice; of those of WHO all do.
    ledger = closed(notice, who="P002")
    moved, told = ledger.columns("moved"), ledger.columns("self_funded")
    own = np.isin(moved["package"], told["package"])
    assert (own == pay_themselves(moved["package"])).all()
    causes = {Cause(int(cause)) for cause in moved["cause"][own]}
    assert {Cause.SELF_FUNDED, Cause.ACCEPTED, Cause.STARTED} <= causes
    lost = own & (moved["cause"] == Cause.PROVIDER_FAILED)
    assert (moved["day"][lost] == STOPS[notice]).all() and lost.any()
    handed_over = own & (moved["cause"] == Cause.HANDED_OVER) & (moved["day"] <= STOPS[notice])
    assert bool(handed_over.any()) == (notice > 0)
    # They are asked for down the same tiers, and none takes a direct payment: it is their money.
    asked = ledger.columns("asked")
    theirs = pay_themselves(asked["package"])
    tiers = set(asked["tier"][theirs].tolist())
    assert tiers and tiers <= set(asked["tier"][~theirs & (asked["day"] >= DAY)].tolist())
    assert Cause.TO_DIRECT_PAYMENT not in causes


@pytest.mark.parametrize("notice", [0.0, 28.0])
@pytest.mark.parametrize("response", RESPONSES)
def test_they_are_concerned_whatever_the_council_does(
    response: ResponseKind, notice: float
) -> None:
    """Split, taken over in whole teams, stepped in for: all go with the team that they are with."""
    script = ScriptedFailure(WHO, DAY, notice, response=response)
    ledger = simulate(county(), seed=1, until=250.0, failures=[script])
    without = simulate(county(), seed=1, until=250.0)
    account = account_of(Market(ledger), Market(without), county())
    assert account is not None
    own = account.of(Payer.SELF).people
    assert own.tolist() == sorted(ledger.columns("self_funded")["package"].tolist())
    assert own.size == closed().count("self_funded")
    told = fates(account.of(Payer.SELF))
    # Where the council steps in, their team goes on with those for whom nobody is found yet.
    assert (told["served_again"] + told["with_the_provider"])[60] > 0.5 * own.size


@pytest.mark.parametrize("kind", [kind for kind in FAILURE_KINDS if kind != "closure"])
def test_the_duty_is_about_providers_that_close(kind: FailureKind) -> None:
    scenario = county(areas__KINGS_LYNN__go_live="2024-03-01")
    script = ScriptedFailure("principal:KINGS_LYNN", 200.0, 0.0, kind=kind, share=0.5)
    ledger = simulate(scenario, seed=1, until=300.0, failures=[script])
    assert ledger.count("failed") and not ledger.count("self_funded")


def test_none_of_them_calls_on_the_council_if_that_is_how_it_is_read() -> None:
    """What they bought is wanted from the others once the team has closed, as it was before."""
    for notice, stops in STOPS.items():
        ledger = closed(notice, "none")
        assert not ledger.count("self_funded")
        private = ledger.columns("private")
        ended = private["day"][(private["minutes"] == 0)]
        assert set(ended.tolist()) == {stops}


def test_a_run_in_which_nobody_closes_is_the_same_under_every_reading() -> None:
    one, other = usual("all"), usual("none")
    assert not (one.columns("traded")["cause"] == Cause.CLOSED).any()
    for name in FACTS:
        assert one.table(name).tobytes() == other.table(name).tobytes(), name
    figures = [repr(summarise(each, county(), 0).figures) for each in (one, other)]
    assert figures[0] == figures[1]


def test_nobody_else_is_drawn_anew_for_them() -> None:
    """Who comes to care, and with what, is the same whether self-funders call or not."""
    told = [closed(0.0, reading).table("referred") for reading in ("all", "none")]
    council = [table[~pay_themselves(table[:, 1])] for table in told]
    both = set(map(tuple, council[0].tolist())) & set(map(tuple, council[1].tolist()))
    late = NUMBERS["no reablement"].start  # bridging more people leaves more without reablement
    for table in council:
        early = {tuple(row) for row in table.tolist() if row[1] % IDS_PER_AREA < late}
        assert early <= both and len(early) > 100


def test_the_same_people_call_whatever_else_happens() -> None:
    """Sudden, on notice, or after another failure: by team and number they are who they are."""
    other = ScriptedFailure("P009" if "P009" in codes() else codes()[0], DAY - 50)
    ledgers = [closed(0.0), closed(28.0)]
    told = [ledger.columns("self_funded") for ledger in ledgers]
    assert told[0]["package"].tolist() == told[1]["package"].tolist()
    assert told[0]["ends"].tolist() == told[1]["ends"].tolist()
    ledger = simulate(county(), seed=1, failures=[other, ScriptedFailure(WHO, DAY)])
    assert np.unique(ledger.columns("self_funded")["package"]).size == ledger.count("self_funded")


def codes() -> list[str]:
    return sorted(row.code for row in county().providers)


def test_private_work_is_conserved() -> None:
    """What is wanted is what it was: those who are followed are no work that others look for, and
    once their need ends the others may have it."""
    simulation = Simulation(county(self_funders__growth_per_year=0.0), seed=1)
    simulation.fail(ScriptedFailure(WHO, DAY))
    followed = []
    for day in (DAY - 1, DAY + 1, DAY + 200, DAY + 400):
        simulation.run(day)
        market = simulation.market
        for area in market.areas:
            found = area.private_minutes_served + followed_minutes(area)
            assert wanted_minutes(market, area) == area.private_minutes - found >= 0
        followed.append(sum(followed_minutes(area) for area in market.areas))
    assert followed[0] == 0 < followed[3] < followed[2] < followed[1]


@pytest.mark.parametrize("minutes", [7, 600, 601, 44_003])
def test_parts_add_up_and_nobody_has_none(minutes: int) -> None:
    parts = split(minutes, np.array([600.0, 15.0, 1200.0, 15.0, 330.0, 45.0, 900.0]))
    assert sum(parts) == minutes and min(parts) >= 1
    if minutes > 40_000:
        assert parts == sorted(parts, key=lambda part: parts.index(part))
        assert parts[2] == pytest.approx(minutes * 1200 / 3105, rel=0.01)


def test_numbers_of_two_providers_never_meet() -> None:
    most = len(NUMBERS["self-funders"]) // NUMBERS_PER_PROVIDER
    assert most >= 3_000
    assert payer_of(np.array([0, EVE, IDS_PER_AREA - 1, IDS_PER_AREA])).tolist() == [
        "council", "self", "self", "council",
    ]  # fmt: skip


# Counted apart and together ---------------------------------------------------------------------


@pytest.mark.parametrize("notice", STOPS)
def test_the_parts_of_the_account_add_up(notice: float) -> None:
    failed, without = Market(closed(notice)), Market(usual())
    account = account_of(failed, without, county())
    assert account is not None
    parts = [account.of(payer) for payer in Payer]
    assert np.union1d(*(part.people for part in parts)).tolist() == account.people.tolist()
    whole = account.harm(91)
    direct = fsum(float(part.harm(91).direct.sum()) for part in parts)
    assert direct == pytest.approx(float(whole.direct.sum()))
    table, by_payer = fates(account), fates_by_payer(account)
    for column in FATES.columns[1:]:
        both = by_payer[column.name].reshape(2, -1).sum(axis=0)
        assert both.tolist() == table[column.name].tolist(), column.name
    together = np.sum([table[state] for state in STATES], axis=0)
    assert set(together.tolist()) == {account.people.size}
    assert (table["died"] <= table["died_without_failure"]).all()


def test_weekly_tables_stay_the_councils_and_private_hours_go_on() -> None:
    """Before and after the closure, what self-funders buy is private work, followed or not."""
    weeks = weekly.weeks_of(closed(), county())
    assert not pay_themselves(weeks.spells.package).any()
    assert pay_themselves(weeks.self_funders.package).all()
    table = weekly.by_area(weeks)
    private = table["private_hours"].reshape(weeks.count, -1).sum(axis=1)
    alone = table["self_funders_uncovered_hours"].reshape(weeks.count, -1).sum(axis=1)
    before, week = int(DAY // 7) - 1, int(DAY // 7) + 1
    assert alone[before] == 0 < alone[week]
    assert private[week] < private[before]
    back = private[week + 12] / private[before]
    assert 0.9 < back < 1.1


def test_the_council_does_not_pay_for_them_and_their_provider_is_paid() -> None:
    """In the four weeks before and after the closure, minute by minute."""
    scenario = county(money__applies=True)
    script = ScriptedFailure(WHO, DAY)
    ledger = simulate(scenario, seed=1, until=168.0, failures=[script])
    paid, settled = ledger.columns("paid"), ledger.columns("accounts")
    last = 140.0, 168.0
    care = (paid["day"] == last[1]) & np.isin(paid["spending"], (0, 1, 2))
    spells_ = spells(ledger)
    served = spells_.where(spells_.in_stage(Stage.IN_SERVICE))
    days = np.minimum(served.end, last[1]) - np.maximum(served.start, last[0])
    minutes = np.clip(days, 0, None) * served.minutes / 7 * scenario.care.delivered_share
    own = pay_themselves(served.package)
    missed = by_branch(ledger, "strained", "missed", np.array(last)).sum() * 4
    assert minutes[own].sum() > 1000
    assert paid["delivered"][care].sum() <= minutes[~own].sum() + care.sum()
    assert paid["delivered"][care].sum() >= minutes[~own].sum() - missed - care.sum()
    bought = by_branch(ledger, "private", "minutes", np.array(last)).sum() * 4
    income = settled["private"][settled["day"] == last[1]].sum()
    price = prices_on(scenario, last[0]).rate_gbp_per_hour
    rate = rate_pence(price, scenario.money.private_rate_ratio) / 60
    assert income == pytest.approx((bought + minutes[own].sum()) * rate, rel=0.01)
    assert income > 1.05 * bought * rate


def test_n_minus_1_counts_what_they_still_need() -> None:
    """Without their own need in the divisor a closure would seem worse than it is."""
    failed, without = closed(), usual()
    account = account_of(Market(failed), Market(without), county())
    assert account is not None
    told = n_minus_1(failed, without, account.people, account.stops)
    council = n_minus_1(failed, without, account.of(Payer.COUNCIL).people, account.stops)
    assert told.needed_hours > council.needed_hours > 0
    assert told.extra_hours == council.extra_hours
    assert OUTCOMES["n_minus_1"].of(Failures(account)) == pytest.approx(told.share)
