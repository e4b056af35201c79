"""Providers of one owner fail together: at one moment, as one event, and none helps another."""

from __future__ import annotations

from typing import Any

import pytest
from command_line import Caremarket
from small_market import SmallMarket

from experiments.asking.scripts import Scripts, failure_rows
from experiments.stress.asked import places_named
from experiments.stress.work import Place, places_of, provider_of
from sim.ledger import Cause, Ledger, Stage
from sim.outcomes.account import Market as Lived
from sim.outcomes.account import failures_asked_for
from sim.outcomes.headline import account_of
from sim.processes.failure import ScriptedFailure, fail, fail_as
from sim.processes.hazards import befall_together
from sim.processes.money import Money
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.simulation import Simulation, simulate
from sim.vocabulary import FAILURE_KINDS, FailureKind

SHORT: dict[str, Any] = {"calendar.end": "2024-12-31", "calendar.warm_up_weeks": 2}
GROUP = {"providers.BELL.owner": "GROUP", "providers.CLOVER.owner": "GROUP"}
DAY = 200.0


def county(**settings: Any) -> Scenario:
    changed = {path.replace("__", "."): value for path, value in settings.items()}
    return load_scenario("small", settings={**SHORT, **GROUP, **changed})


def closed(ledger: Ledger) -> dict[str, float]:
    """When each provider closed altogether."""
    return {
        ledger.labels.providers[int(who)]: day
        for day, who, area, cause in ledger.rows("traded")
        if cause == Cause.CLOSED and area == -1
    }


# One event ------------------------------------------------------------------------------------


def test_all_that_an_owner_has_closes_at_one_moment_and_is_told_as_one_failure() -> None:
    scenario = county()
    together, without = Simulation(scenario, seed=1), Simulation(scenario, seed=1)
    together.fail(ScriptedFailure("owner:GROUP", DAY))
    ledger = together.run(DAY + 60)
    assert closed(ledger) == {"BELL": DAY, "CLOVER": DAY}
    (failure,) = failures_asked_for(ledger)
    codes = [ledger.labels.providers[who] for who in failure.providers]
    assert codes == ["BELL", "CLOVER"] and len(failure.branches) == 8
    account = account_of(Lived(ledger), Lived(without.run(DAY + 60)), scenario)
    assert account is not None
    alone = {who: people_displaced(scenario, who) for who in codes}
    assert set(account.people.tolist()) == alone["BELL"] | alone["CLOVER"]
    assert not alone["BELL"] & alone["CLOVER"]


def people_displaced(scenario: Scenario, who: str) -> set[int]:
    ledger = simulate(scenario, seed=1, until=DAY + 1, failures=[ScriptedFailure(who, DAY)])
    account = account_of(Lived(ledger), Lived(ledger), scenario)
    assert account is not None
    return set(account.people.tolist())


def test_two_providers_that_are_named_one_by_one_and_have_no_owner_are_two_failures() -> None:
    scenario = load_scenario("small", settings=SHORT)
    rows = [ScriptedFailure("BELL", DAY), ScriptedFailure("CLOVER", DAY)]
    ledger = simulate(scenario, seed=1, until=DAY + 1, failures=rows)
    assert [len(one.providers) for one in failures_asked_for(ledger)] == [1, 1]


@pytest.mark.parametrize("kind", FAILURE_KINDS)
@pytest.mark.parametrize("notice", [0.0, 28.0])
def test_every_kind_befalls_all_of_them_and_the_laws_hold(kind: FailureKind, notice: float) -> None:
    owned = {"providers__OAK__owner": "GROUP", "providers__LANTERN__owner": "GROUP"}
    scenario = county(**owned, failure__shortfall_days=30.0)
    script = ScriptedFailure("owner:GROUP", DAY + 130, notice, kind=kind)
    ledger = simulate(scenario, seed=2, until=DAY + 160, failures=[script])
    (failure,) = failures_asked_for(ledger)
    struck = {ledger.labels.providers[who] for who in failure.providers}
    principals = {"LANTERN", "OAK"}
    everyone = principals | {"BELL", "CLOVER"}
    assert struck == (principals if kind == "contract_returned" else everyone)


@pytest.mark.parametrize("response", ["split", "whole_team"])
def test_no_fellow_takes_the_people_of_another(response: Any) -> None:
    small = SmallMarket("brokerage", "workforce", failure__whole_team_days=0.0)
    one = small.team("ONE", carers=1, owner="GROUP")
    small.team("TWO", carers=9, owner="GROUP")
    other = small.team("OTHER", carers=1)
    person = small.served(one)
    script = ScriptedFailure("owner:GROUP", 1.0, response=response)
    small.market.clock.process(fail(small.market, script))
    small.run_to(2.0)
    assert person.branch is other
    assert [branch.closed for branch in small.market.branches] == [True, True, False]


def test_a_fellow_takes_them_where_only_one_provider_closes() -> None:
    small = SmallMarket("brokerage", "workforce")
    one = small.team("ONE", carers=1, owner="GROUP")
    two = small.team("TWO", carers=9, owner="GROUP")
    person = small.served(one)
    small.market.clock.process(fail_as(small.market, [one], ScriptedFailure("ONE", 0.0)))
    small.run_to(1.0)
    assert person.branch is two and person.stage is not Stage.DISPLACED


def test_who_has_no_owner_belongs_to_itself() -> None:
    small = SmallMarket("brokerage")
    parent, child = small.team("PARENT"), small.team("CHILD", owner="PARENT")
    other = small.team("OTHER")
    assert small.market.owned_by("PARENT") == [parent.provider, child.provider]
    assert small.market.owned_by("OTHER") == [other.provider]
    assert small.market.owned_by("NOBODY") == []


# By chance and by money -----------------------------------------------------------------------


@pytest.mark.parametrize("takes_all", [True, False])
def test_one_owners_providers_are_insolvent_together_or_each_alone(takes_all: bool) -> None:
    """One has lost more than the other has: together they have nothing left."""
    small = SmallMarket(failure__owner_takes_all=takes_all)
    poor, rich = small.team("POOR", owner="GROUP"), small.team("RICH", owner="GROUP")
    poor.provider.account.cash_pence, rich.provider.account.cash_pence = -100, 50
    money = Money(small.market)
    for together in small.market.standing_together():
        money.see_whether_they_go_on(together)
    told = [(int(who), Cause(int(cause)).name) for _, who, _, cause in ledger_rows(small)]
    both = [(0, "INSOLVENT"), (1, "INSOLVENT")]
    assert told == (both if takes_all else both[:1])


@pytest.mark.parametrize("takes_all", [True, False])
def test_what_one_of_them_lacks_another_may_have(takes_all: bool) -> None:
    small = SmallMarket(failure__owner_takes_all=takes_all)
    poor, rich = small.team("POOR", owner="GROUP"), small.team("RICH", owner="GROUP")
    poor.provider.account.cash_pence, rich.provider.account.cash_pence = -100, 150
    money = Money(small.market)
    for together in small.market.standing_together():
        money.see_whether_they_go_on(together)
    assert len(ledger_rows(small)) == (0 if takes_all else 1)


def ledger_rows(small: SmallMarket) -> list[Any]:
    return list(small.market.ledger.rows("traded"))


@pytest.mark.parametrize("takes_all", [True, False])
def test_by_chance_they_close_as_often_as_one_provider_and_all_at_once(takes_all: bool) -> None:
    small = SmallMarket(
        failure__owner_takes_all=takes_all,
        failure__closures_per_year_small=1.0,
        failure__closures_per_year_large=1.0,
        failure__sudden_share=1.0,
    )
    for code in ("ONE", "TWO", "THREE"):
        small.team(code, owner="GROUP")
    market = small.market
    for together in market.standing_together():
        befall_together(market, together)
    small.run_to(4000.0)
    days = closed(market.ledger)
    assert len(days) == 3 and len(set(days.values())) == (1 if takes_all else 3)


def test_without_owners_it_does_not_matter_how_owners_stand() -> None:
    often = {f"failure.closures_per_year_{size}": 1.0 for size in ("small", "large")}
    settings = {**SHORT, "failure.random": True, **often}
    plain, apart = (
        simulate(load_scenario("small", settings={**settings, **more}), seed=1)
        for more in ({}, {"failure.owner_takes_all": False})
    )
    assert closed(plain)
    assert plain.table("moved").tobytes() == apart.table("moved").tobytes()
    assert plain.table("traded").tobytes() == apart.table("traded").tobytes()


# Asked for ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "rule", "told"),
    [
        ({}, "owner:NOBODY", "no provider has the owner 'NOBODY'. Give an owner from"),
        ({}, "owner:GRUOP", "Did you mean 'GROUP'?"),
        ({}, "owner:", "no provider has the owner ''"),
        ({}, "owners:GROUP", "largest:AREA or owner:CODE"),
        ({"providers.OAK.owner": "group"}, "OAK", "'group' is not allowed"),
        ({"providers.OAK.owner": "BELL"}, "OAK", "Give GROUP here too"),
    ],
)
def test_what_is_wrong_with_an_owner_is_told_with_how_to_mend_it(
    settings: dict[str, Any], rule: str, told: str
) -> None:
    rows, _ = failure_rows(Scripts([rule], ["2024-07-01"]))
    with pytest.raises(ScenarioError) as wrong:
        load_scenario("small", settings={**SHORT, **GROUP, **settings}, failures=rows)
    assert told in str(wrong.value)


def test_a_stress_test_loses_every_owner_of_several_providers_after_the_principals() -> None:
    scenario = county(providers__DRIFT__owner="ALONE")
    assert places_of(scenario)[-1] == Place("owner GROUP: BELL + CLOVER", "owner:GROUP")
    rules = [place.rule for place in places_of(load_scenario("small"))]
    assert [place.rule for place in places_of(scenario)] == [*rules, "owner:GROUP"]
    assert places_named(scenario, ["owner:GROUP"]) == [Place("owner GROUP", "owner:GROUP")]


@pytest.mark.parametrize(("closes", "who"), [((), "owner:GROUP"), (("BELL",), "CLOVER")])
def test_where_one_is_left_of_an_owner_that_one_is_lost(closes: Any, who: str) -> None:
    simulation = Simulation(county(), seed=1)
    for code in closes:
        simulation.fail(ScriptedFailure(code, 10.0))
    simulation.run(20.0)
    assert provider_of(simulation.market, Place("", "owner:GROUP")) == who


def test_a_run_tells_of_all_of_them_as_one(caremarket: Caremarket) -> None:
    owner = [text for path, code in GROUP.items() for text in ("--set", f"{path}={code}")]
    done = caremarket(
        "run", "small", *owner, "--set", "calendar.warm_up_weeks=1", "--fail", "owner:GROUP",
        "--on", "2024-03-01", "--until", "2024-06-30",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "every provider of the owner GROUP, all at once, closes suddenly" in done.out
    assert "Failure 2" not in done.out
