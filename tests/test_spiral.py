"""The suspension spiral: no rule names it; suspended rounds thin out, lose money, and end."""

from __future__ import annotations

from typing import Any

import pytest
from test_overload import SUSPENDED, compact_county, notices, people_served

from sim.ledger import Cause, Ledger
from sim.scenario import Scenario
from sim.simulation import simulate

PROVIDER = "P012"
SUSPENSION_DAY = 100
PERIODS_PER_QUARTER = 3


def county(**changed: Any) -> Scenario:
    """Four teams of one area that live on what they are paid, all with the same margin."""
    return compact_county(
        money__applies=True,
        money__usual_margin=0.1,
        money__margin_spread=0.0,
        calendar__end="2026-12-31",
        **changed,
    )


def told(ledger: Ledger) -> list[tuple[int, str]]:
    """What befell the provider, and when."""
    number = ledger.labels.providers.index(PROVIDER)
    return [
        (round(day), Cause(int(cause)).name)
        for day, provider, _, cause in ledger.rows("traded")
        if provider == number
    ]


def margins(ledger: Ledger) -> list[tuple[int, float]]:
    """Margin of each period, with the day on which it ended."""
    accounts = ledger.columns("accounts")
    mine = accounts["provider"] == ledger.labels.providers.index(PROVIDER)
    income = accounts["council"] + accounts["direct"] + accounts["private"]
    costs = accounts["pay"] + accounts["mileage"] + accounts["overheads"]
    return [
        (round(day), (earned - spent) / earned)
        for day, earned, spent in zip(accounts["day"][mine], income[mine], costs[mine], strict=True)
        if earned
    ]


def story(ledger: Ledger) -> list[str]:
    """Quarter by quarter until it closes."""
    lines = [
        f"{day}: {people_served(ledger, PROVIDER, day)} people, margin {margin:+.0%}"
        for day, margin in margins(ledger)[::PERIODS_PER_QUARTER]
    ]
    handed = [
        notice
        for notice in notices(ledger)
        if ledger.labels.branches[notice.branch].startswith(PROVIDER)
    ]
    first = min((notice.day for notice in handed), default=None)
    if first is not None:
        lines.append(
            f"{first:.0f}: notice to {sum(n.day == first for n in handed)} people, rounds too thin"
        )
    lines += [f"{day}: {name.lower().replace('_', ' ')}" for day, name in told(ledger)]
    return sorted(lines, key=lambda line: int(line.partition(":")[0]))


STORY = [
    "28: 32 people, margin +10%",
    "100: suspended",
    "112: 25 people, margin +14%",
    "196: 18 people, margin +0%",
    "280: 13 people, margin -11%",
    "280: notice to 13 people, rounds too thin",
    "420: not viable",
    "420: notice given",
    "448: closed",
]


def test_the_story_of_a_suspended_provider_that_lives_on_what_it_is_paid() -> None:
    assert story(simulate(county(), seed=6, failures=[SUSPENDED])) == STORY


@pytest.mark.parametrize("seed", range(1, 7))
def test_suspended_it_ends_and_otherwise_it_goes_on(seed: int) -> None:
    """Nothing but the suspension differs; the end comes months later, of money."""
    suspended = told(simulate(county(), seed=seed, failures=[SUSPENDED]))
    ends = [day for day, name in suspended if name in ("INSOLVENT", "NOT_VIABLE")]
    assert len(ends) == 1
    assert 60 <= ends[0] - SUSPENSION_DAY <= 730
    assert told(simulate(county(), seed=seed)) == []


def test_where_rounds_cost_the_same_however_thin_the_end_comes_later() -> None:
    """Carers who need not travel lose less when their rounds thin out."""

    def ending(**changed: Any) -> float:
        days = []
        for seed in range(1, 7):
            events = told(simulate(county(**changed), seed=seed, failures=[SUSPENDED]))
            days.append(
                min((d for d, n in events if n in ("INSOLVENT", "NOT_VIABLE")), default=1100)
            )
        return sum(days) / len(days)

    assert ending(travel__applies=False) > ending()
