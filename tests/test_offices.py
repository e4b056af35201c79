"""A mechanism alone: a market with one team, and stand-ins for the offices that it asks."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from conftest import small_county

from sim.clock import Clock
from sim.ledger import Cause, Ledger, Stage
from sim.market.branch import Branch
from sim.market.changes import Changed
from sim.market.market import Market
from sim.market.package import Package
from sim.market.provider import Provider
from sim.processes.failure import ScriptedFailure, fail
from sim.processes.hand_back import give_notice_of
from sim.randomness import Draws
from sim.simulation import build_areas


class Told:
    """A stand-in for any office: it notes what it is asked, and does nothing."""

    mean_tenure_days = None

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def __getattr__(self, step: str) -> Any:
        return lambda *values, **named: self.asked.append((step, *values, *named.values()))

    def of(self, step: str) -> list[tuple[Any, ...]]:
        """What came with each asking for one step."""
        return [values for name, *values in self.asked if name == step]


class StandIns:
    def __init__(self) -> None:
        self.brokerage, self.bridging, self.overload, self.workforce = (Told() for _ in range(4))


@pytest.fixture
def offices() -> StandIns:
    return StandIns()


@pytest.fixture
def market(offices: StandIns) -> Market:
    """King's Lynn and Coastal with no process at all."""
    market = Market(small_county(), Clock(0.0), Draws(1, 0), Ledger())
    for name, stand_in in vars(offices).items():
        setattr(market, name, stand_in)
    offices.brokerage.takes_rounds = lambda area: False
    build_areas(market)
    return market


@pytest.fixture
def team(market: Market) -> Branch:
    market.providers.append(Provider(0, "P1", "good", salt=5))
    team = market.open_branch(market.providers[0], market.areas[0])
    market.give_open_contract(team, 2)
    return team


def served(market: Market, team: Branch, number: int = 7) -> Package:
    package = Package(number, number, team.area, 600, 1, 0, hospital=False, vulnerable=False,
                      critical=False, stay_days=900.0, end_cause=Cause.DIED,
                      first_review_days=10.0)  # fmt: skip
    package.stage, package.had_care = Stage.IN_SERVICE, True
    market.reserve(package, team.contracts[2], team)
    market.tell()
    return package


def test_a_notice_asks_brokerage_once_and_the_last_day_asks_bridging(
    market: Market, team: Branch, offices: StandIns
) -> None:
    ann = served(market, team)
    give_notice_of(market, ann, 28.0, Cause.HANDED_BACK)
    assert offices.brokerage.of("seek") == [[ann]]
    assert ann in team.area.leaving.packages and ann.leaves_day == 28.0
    market.clock.run_to(28.0)
    assert not offices.bridging.asked and ann.stage is Stage.IN_SERVICE
    market.clock.run_to(28.1)
    assert ann.stage is Stage.DISPLACED and ann.branch is None and ann.leaves_day == inf
    assert offices.bridging.of("waits") == [[ann]]
    assert offices.brokerage.of("seek") == [[ann], [ann]]


def test_changes_are_told_to_overload_first_and_then_to_brokerage(
    market: Market, team: Branch, offices: StandIns
) -> None:
    served(market, team)
    assert [team] in offices.overload.of("changed")
    (changed,) = offices.brokerage.of("offer_again")[-1]
    assert isinstance(changed, Changed) and changed.teams == [team]


def test_a_closure_lets_the_carers_go_and_leaves_everybody_without_a_provider(
    market: Market, team: Branch, offices: StandIns
) -> None:
    people = [served(market, team, number) for number in (7, 8)]
    market.clock.process(fail(market, ScriptedFailure("P1", 5.0, staff_move_share=0.4)))
    market.clock.run_to(6.0)
    assert team.closed and not team.packages
    assert offices.workforce.of("close") == [[team, 0.4]]
    assert [package.stage for package in people] == [Stage.DISPLACED] * 2
    assert sorted(offices.brokerage.of("seek"), key=lambda told: told[0].id) == [
        [p] for p in people
    ]
