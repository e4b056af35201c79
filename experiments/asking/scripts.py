"""Failures as a user asks for them on the command line, as rows of the table of failures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from sim.scenario import Fault
from sim.scenario.dates import date_at
from sim.scenario.draft import GivenRow
from sim.scenario.faults import Place
from sim.scenario.schema import share_meant


@dataclass(frozen=True, slots=True)
class Scripts:
    """Failures as they were asked for: who fails, on which date, and how."""

    who: Sequence[str] = ()
    on: Sequence[str] = ()
    kind: str = "closure"
    notice_days: float = 0.0
    staff_move_share: float | None = None
    response: str = "split"
    responder: str | None = None


def failure_rows(asked: Scripts) -> tuple[list[GivenRow], list[Fault]]:
    """A row for each failure that was asked for, and what is wrong with the options."""
    faults = list(_option_faults(asked))
    rows = []
    for rule, text in zip(asked.who, asked.on, strict=False):
        place = Place(f"--on {text}")
        day, wrong = date_at(place, text)
        faults += wrong
        cells: dict[str, Any] = {"who": rule, "kind": asked.kind, "date": day}
        places = {"who": Place(f"--fail {rule}"), "date": place, "kind": Place("--kind")}
        unread = ("date",) if day is None else ()
        cells["response"], places["response"] = asked.response, Place("--response")
        if asked.responder is not None:
            cells["responder"], places["responder"] = asked.responder, Place("--responder")
        if 0 <= asked.notice_days < inf:
            cells["notice_days"] = asked.notice_days
            places["notice_days"] = Place(f"--notice {asked.notice_days:g}")
        if asked.staff_move_share is not None and 0 <= asked.staff_move_share <= 1:
            cells["staff_move_share"] = asked.staff_move_share
            places["staff_move_share"] = Place(f"--staff-move {asked.staff_move_share:g}")
        rows.append(GivenRow(cells, places, unread))
    return rows, faults


def _option_faults(asked: Scripts) -> list[Fault]:
    faults = []
    share = asked.staff_move_share
    if len(asked.who) != len(asked.on):
        wrong = f"there are {len(asked.who)} --fail and {len(asked.on)} --on"
        faults.append(Fault(Place("--fail"), wrong, "Give each --fail its own --on DATE"))
    if not 0 <= asked.notice_days < inf:
        wrong = f"{asked.notice_days:g} is not a number of days"
        faults.append(Fault(Place(f"--notice {asked.notice_days:g}"), wrong, "Give 0 or more"))
    if share is not None and not 0 <= share <= 1:
        meant = share_meant(f"{share:g}")
        hint = "" if meant is None else f": did you mean {meant:g}?"
        wrong = f"{share:g} is not a share"
        faults.append(Fault(Place(f"--staff-move {share:g}"), wrong, f"Give 0 to 1{hint}"))
    return faults
