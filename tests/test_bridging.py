"""The in-house team: hours that are lost or bought for a time, and who is helped with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from sim.ledger import BRIDGING, Cause, Ledger
from sim.scenario import Scenario, load_scenario
from sim.scenario.tables import Shock
from sim.simulation import Simulation

Spell = tuple[float, float | None, float]
"""First day, day on which it ends, hours as a ratio."""


def with_shocks(spells: Sequence[Spell], hours: float = 40.0) -> Scenario:
    """The small county with shocks to its in-house team."""
    scenario = load_scenario("small", settings={"bridging.hours_per_week": hours})
    start = scenario.calendar.start

    def date_of(day: float | None) -> str | None:
        return None if day is None else (start + timedelta(days=day)).isoformat()

    rows = tuple(
        Shock.model_validate(
            {"date": date_of(first), "ends": date_of(ends), "kind": "bridging", "size": ratio,
             "source": "invented"}
        )
        for first, ends, ratio in spells
    )  # fmt: skip
    return scenario.model_copy(update={"shocks": rows})


def bridged_minutes(ledger: Ledger, day: float) -> int:
    """Minutes a week that the team works on a day, by the ledger."""
    latest: dict[float, tuple[float, ...]] = {}
    for row in ledger.rows("moved"):
        if row[0] < day:
            latest[row[1]] = row
    return int(sum(row[5] for row in latest.values() if row[2] in BRIDGING))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("hours", [40.0, 200.0])
def test_hours_of_nought_for_a_time_break_no_law(seed: int, hours: float) -> None:
    """People join and leave the list while there are no hours, and some are helped after."""
    simulation = Simulation(with_shocks([(425.0, 517.0, 0.0)], hours), seed=seed)
    simulation.run(516.0)
    assert simulation.market.bridging.capacity_minutes == 0
    ledger = simulation.run(730.0)
    began = [row[0] for row in ledger.rows("moved") if row[6] == Cause.BRIDGED]
    assert any(day >= 517.0 for day in began)
    # Nobody begins without hours.
    assert not any(425.0 <= day < 517.0 for day in began)
    assert bridged_minutes(ledger, 730.0) == simulation.market.bridging.used_minutes


def test_a_team_that_never_had_hours_helps_nobody() -> None:
    ledger = Simulation(with_shocks([], hours=0.0), seed=1).run(200.0)
    assert not (ledger.columns("moved")["cause"] == Cause.BRIDGED).any()


OVERLAPS: tuple[tuple[str, list[Spell], list[tuple[float, float]]], ...] = (
    ("one within another", [(100, 300, 0.5), (150, 200, 0.5)], [(160, 0.25), (250, 0.5)]),
    ("one after another", [(100, 200, 0.5), (200, 300, 2.0)], [(150, 0.5), (250, 2.0)]),
    ("half over", [(100, 250, 0.5), (200, 300, 3.0)], [(225, 1.5), (275, 3.0)]),
    ("the same twice", [(100, 200, 0.5), (100, 300, 0.5)], [(150, 0.25), (250, 0.5)]),
    ("nought within a half", [(100, 300, 0.5), (150, 200, 0.0)], [(175, 0.0), (250, 0.5)]),
    ("without an end", [(100, None, 0.5), (150, 200, 2.0)], [(175, 1.0), (310, 0.5)]),
)


@pytest.mark.parametrize(
    ("name", "spells", "expected"), OVERLAPS, ids=lambda value: str(value)[:20]
)
def test_shocks_that_overlap_multiply(
    name: str, spells: list[Spell], expected: list[tuple[float, float]]
) -> None:
    simulation = Simulation(with_shocks(spells), seed=1)
    for day, ratio in expected:
        simulation.run(float(day))
        assert simulation.market.bridging.capacity_minutes == round(40 * 60 * ratio), name


def test_no_hours_stand_idle_while_somebody_in_sight_fits() -> None:
    """At every instant, in a county with a long list and little bridging."""
    scenario = load_scenario(
        "small",
        settings={
            "workforce.new_applicants_per_week": 0.3,
            "bridging.hours_per_week": 60,
            "demand.referrals_per_start": 1.4,
        },
    )
    simulation = Simulation(scenario, seed=3)
    market = simulation.market
    longest = 0

    def tell_and_look() -> None:
        nonlocal longest
        market.tell()
        waiting = market.bridging.unbridged.packages
        longest = max(longest, len(waiting))
        free = market.bridging.capacity_minutes - market.bridging.used_minutes
        assert not any(package.minutes <= free for package in waiting[:20])

    market.clock.after_each(market.changes, tell_and_look)
    simulation.run(500.0)
    assert longest > 20  # there are people out of sight, who may come within it
