"""A closure in words: who, when, with how much notice, and what the council does."""

from __future__ import annotations

from experiments.words.sentences import day_text
from sim.scenario.tables import FailureRow
from sim.vocabulary import RESPONSES, ResponseKind


def response_words(response: ResponseKind, responder: str | None) -> str:
    """What the council does, and who takes teams over if somebody was named."""
    by = f" ({responder})" if responder else ""
    return f"{RESPONSES[response].words}{by}"


def closure(failure: FailureRow) -> str:
    """A closure that was asked for, as a clause: "largest closes on 1 July 2026"."""
    notice = f" with {failure.notice_days:.0f} days' notice" if failure.notice_days else ""
    told = response_words(failure.response, failure.responder)
    response = "" if failure.response == "split" else f"; the council's response: {told}"
    verb = "announces its closure" if failure.notice_days else "closes"
    return f"{failure.who} {verb} on {day_text(failure.date)}{notice}{response}"
