"""Arms of a failure: what one history may go on to, from the announcement on.

Beside the failures as they are asked for there are the ends of the plausible range of the least
known number, the share of carers who move with their people, where the user leaves it open; each of
several failures alone, and all but that one; and the placebo, a team of one to three people
that closes on the same day. All are compared with the market without the failures, over one period.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sim.clock import days_between
from sim.market.market import Market
from sim.outcomes.account import HEADLINE_DAYS
from sim.outcomes.adequacy import USUAL_STAFF_MOVE_SHARE
from sim.processes.failure import ScriptedFailure, placebo, provider_and_areas, scripted, who_fails
from sim.scenario import Scenario
from sim.scenario.tables import FailureRow
from sim.vocabulary import FAILURE_KINDS, ResponseKind, kinds_that_use

SHARE = "failure.staff_move_share"
MOVING = kinds_that_use("staff_move_share")


class Way(StrEnum):
    """What makes an arm another than the failures as they are asked for."""

    ASKED = "as asked"
    SHARE = "share of carers who move"
    ALONE = "one failure alone"
    BUT_ONE = "all failures but one"
    PLACEBO = "placebo"
    COMPARED = "another notice or response"


SHARES = (0.0, USUAL_STAFF_MOVE_SHARE, 0.6, 0.9)
"""Shares of carers who come, at each of which a response is shown: the record gives none."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What is compared for one closure: notices in days, and responses."""

    notices: tuple[float, ...] = ()
    responses: tuple[ResponseKind, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.notices or self.responses)


NOTHING = Compared()


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm: the failures that happen in it.

    ``share``: of carers who move, if that is what it is about; ``number``: of the failure that is
    alone or left out, from 1 on. ``window_days``: from the announcement, how long the hours of
    arms with several notices are counted; 0 where that is not asked.
    """

    way: Way
    failures: tuple[FailureRow, ...]
    share: float | None = None
    number: int = 0
    window_days: float = 0.0

    @property
    def name(self) -> str:
        """Its name in tables and labels."""
        match self.way:
            case Way.SHARE:
                return f"{100 * (self.share or 0.0):.0f}% of carers move"
            case Way.ALONE:
                return f"failure {self.number} alone"
            case Way.BUT_ONE:
                return f"all but failure {self.number}"
            case Way.COMPARED:
                (row,) = self.failures
                share = "" if self.share is None else f", {100 * self.share:.0f}% of carers come"
                return f"{row.notice_days:g} days' notice, {row.response}{share}"
            case _:
                return self.way.value


def arms_of(scenario: Scenario, compared: Compared = NOTHING) -> list[Arm]:
    """The arms of a scenario's failures, as they are asked for first; none without failures."""
    rows = in_order(scenario.failures)
    if not rows:
        return []
    found = [Arm(Way.ASKED, rows)]
    found += [Arm(Way.SHARE, with_share(rows, share), share) for share in other_shares(scenario)]
    if len(rows) > 1:
        found += [Arm(Way.ALONE, (row,), number=n) for n, row in enumerate(rows, start=1)]
    # Of two failures, all but one is the other alone.
    if len(rows) > 2:
        found += [
            Arm(Way.BUT_ONE, (*rows[: n - 1], *rows[n:]), number=n) for n in range(1, len(rows) + 1)
        ]
    return [*found, Arm(Way.PLACEBO, rows), *compared_arms(rows, compared)]


def compared_arms(rows: Sequence[FailureRow], compared: Compared) -> list[Arm]:
    """Each notice with each response, and each response at each share of carers who come.

    All hours are counted over one window, to 91 days after the end of the longest notice.
    """
    if not compared:
        return []
    (row,) = rows
    longest = max((row.notice_days, *compared.notices))
    window = longest + HEADLINE_DAYS
    found = []
    for notice in compared.notices:
        for response in compared.responses or (row.response,):
            told = row.model_copy(update={"notice_days": notice, "response": response})
            found.append(Arm(Way.COMPARED, (told,), window_days=window))
    for response in compared.responses:
        for share in SHARES:
            told = row.model_copy(update={"response": response, "staff_move_share": share})
            found.append(Arm(Way.COMPARED, (told,), share, window_days=window))
    return found


def in_order(rows: Sequence[FailureRow]) -> tuple[FailureRow, ...]:
    """Failures in order of time; the order of a table's rows decides nothing."""
    return tuple(sorted(rows, key=lambda row: (row.date, row.who, repr(row))))


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


def with_share(rows: Sequence[FailureRow], share: float) -> tuple[FailureRow, ...]:
    """These failures with another share, where they leave it open: no other failure is touched."""
    return tuple(
        row.model_copy(update={"staff_move_share": share})
        if row.kind in MOVING and row.staff_move_share is None
        else row
        for row in rows
    )


def scripts_of(arm: Arm, scenario: Scenario, market: Market) -> list[ScriptedFailure]:
    """What is to happen in an arm. The market stands at the first announcement.

    The placebo closes then, with the notice of the first failure; nothing happens if no team is
    that small.
    """
    scripts = [scripted(scenario, row) for row in arm.failures]
    if arm.way is not Way.PLACEBO:
        return scripts
    failing = [provider for script in scripts for provider in who_fails(market, script.who)]
    small = placebo(market, [provider.code for provider in failing])
    first = scripts[0]
    notice = first.notice_days if "notice_days" in FAILURE_KINDS[first.kind].uses else 0.0
    who, areas = provider_and_areas(small)
    return [ScriptedFailure(who, first.day, notice, areas=areas)] if small else []


def announced(scenario: Scenario) -> float:
    """The day of the first announcement."""
    return min(float(days_between(scenario.calendar.start, row.date)) for row in scenario.failures)
