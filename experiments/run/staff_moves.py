"""The least known number of the model, how many carers move with their people, as several arms.

It is never shown as one value: where the user does not fix it, a failure is simulated at both ends
of its plausible range as well, with the same people, carers and shocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.engine.work import WorkItem
from experiments.run.work import Run, items_of
from sim.outcomes.failures import ADDED_HOURS
from sim.outcomes.headline import Result
from sim.outcomes.resilience import Response, compared
from sim.scenario import Scenario
from sim.vocabulary import kinds_that_use

SHARE = "failure.staff_move_share"
MOVING = kinds_that_use("staff_move_share")


@dataclass(frozen=True, slots=True)
class Arm:
    """The results of one share of carers who move."""

    share: float
    results: tuple[Result, ...]


def other_shares(scenario: Scenario) -> list[float]:
    """The ends of the plausible range, if a failure leaves the share to the scenario."""
    left_open = any(
        row.kind in MOVING and row.staff_move_share is None for row in scenario.failures
    )
    source = scenario.sources.get(SHARE)
    if not left_open or source is None or source.low is None or source.high is None:
        return []
    usual = scenario.failure.staff_move_share
    return [share for share in (source.low, source.high) if share != usual]


def with_share(scenario: Scenario, share: float) -> Scenario:
    """The scenario with another share of carers who move."""
    failure = scenario.failure.model_copy(update={"staff_move_share": share})
    return scenario.model_copy(update={"failure": failure})


def items_of_arms(scenario: Scenario, seed: int, replications: int) -> list[WorkItem]:
    """The runs of the other arms, arm by arm."""
    items = []
    for share in other_shares(scenario):
        other = with_share(scenario, share)
        runs = [Run(other, seed, number, compared=False) for number in range(replications)]
        items += items_of(runs, f", {100 * share:.0f} % of carers move")
    return items


def arms(scenario: Scenario, main: Sequence[Result], others: Sequence[Result | None]) -> list[Arm]:
    """All arms in order of the share; empty if there is only one. None: a run that failed."""
    shares = other_shares(scenario)
    if not shares:
        return []
    size = len(others) // len(shares)
    found = [Arm(scenario.failure.staff_move_share, tuple(main))]
    for place, share in enumerate(shares):
        part = others[place * size : (place + 1) * size]
        found.append(Arm(share, tuple(_beside(r, main) for r in part if r is not None)))
    return sorted(found, key=lambda arm: arm.share)


def _beside(result: Result, main: Sequence[Result]) -> Result:
    """A result with what its replication would be without the failure, known from the main arm."""
    twin = next((other for other in main if other.replication == result.replication), None)
    if twin is None or not twin.responses or not result.responses:
        return result
    ours, theirs = result.responses[0], twin.responses[0]
    if theirs.usual is None or ours.areas != theirs.areas or ours.days.size != theirs.days.size:
        return result
    first: Response = compared(ours, theirs.usual)
    figures = {**result.figures, ADDED_HOURS: first.added_hours}
    return Result(
        result.replication,
        figures,
        result.by_area,
        result.by_tier,
        result.by_role,
        (first, *result.responses[1:]),
        result.fates,
    )
