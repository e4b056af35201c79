"""Scripted failures: who fails, when and how, as a question or a row of failures.csv asks.

A script is sent to other processes as it is: this file is not compiled, since a compiled one that
is frozen cannot be sent.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.clock import days_between
from sim.scenario import Scenario
from sim.scenario.tables import FailureRow
from sim.vocabulary import FAILURE_KINDS, RESPONSES, FailureKind, ResponseKind


@dataclass(frozen=True, slots=True)
class ScriptedFailure:
    """A failure to be simulated.

    ``who``: ``principal:AREA``, ``largest``, ``largest:AREA``, ``owner:CODE`` or a provider's code.
    ``day``: when it happens (or, with notice, is announced). ``notice_days``: 0 is sudden.
    ``staff_move_share``: carers who move with their people; None takes the scenario's. ``kind`` and
    the rest: see FailureRow.
    """

    who: str
    day: float
    notice_days: float = 0.0
    staff_move_share: float | None = None
    kind: FailureKind = "closure"
    areas: tuple[str, ...] = ()
    share: float | None = None
    lasts_days: float | None = None
    response: ResponseKind = "split"
    responder: str | None = None

    def __post_init__(self) -> None:
        # A script made in Python is not validated as a row of failures.csv is.
        if self.kind not in FAILURE_KINDS:
            raise ValueError(f"{self.kind!r} is not a kind of failure: {', '.join(FAILURE_KINDS)}")
        if self.response not in RESPONSES:
            raise ValueError(f"{self.response!r} is not a response: {', '.join(RESPONSES)}")


def scripted(scenario: Scenario, row: FailureRow) -> ScriptedFailure:
    """A row of the table of failures, in days."""
    return ScriptedFailure(
        row.who,
        days_between(scenario.calendar.start, row.date),
        row.notice_days,
        row.staff_move_share,
        row.kind,
        tuple((row.areas or "").split()),
        row.share,
        row.lasts_days,
        row.response,
        row.responder,
    )
