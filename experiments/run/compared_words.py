"""Notices and responses compared, in words: tables, what is sure, and what is judgement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import fsum

import numpy as np

from experiments.results.provenance import Inputs
from experiments.run import compared
from experiments.run.account import Arms
from experiments.run.arms import SHARES, Arm, Way
from experiments.statistics.claims import pairs_needed
from experiments.statistics.failed import too_many_failed
from experiments.words.claims import extreme
from experiments.words.first_screen import people, percentage, rounded
from experiments.words.sentences import day_text
from sim.outcomes.adequacy import USUAL_STAFF_MOVE_SHARE
from sim.outcomes.histories import Floats
from sim.vocabulary import RESPONSES, ResponseKind

FIRST, CELL = 28, 12
SHOWN_SHARE = USUAL_STAFF_MOVE_SHARE
"""The share of carers at which gaps, recovery and cost are told: the others stand in the table."""
Columns = Mapping[str, Arm]


def sections(inputs: Inputs, told: Arms) -> list[list[str]]:
    """Tables of what was compared; nothing if nothing was."""
    if not told.of(Way.COMPARED) or told.too_many_failed:
        return []
    asked = compared.compared_of(told)
    found = []
    if asked.notices:
        found.append(_by_notice(inputs, told, asked.notices, asked.responses))
    if asked.responses:
        found.append(_by_share(inputs, told, asked.responses))
        found.append(_beside(told, asked.responses))
        found.append(_judgement(asked.responses))
    return found


def window_in_words(inputs: Inputs, told: Arms) -> str:
    """The window over which hours are counted."""
    arm = told.of(Way.COMPARED)[0]
    first = arm.failures[0].date
    return f"from {day_text(first)} to {day_text(first + timedelta(days=arm.window_days))}"


def _by_notice(
    inputs: Inputs, told: Arms, notices: Sequence[float], responses: Sequence[ResponseKind]
) -> list[str]:
    """Hours added by notice (down) and response (across)."""
    kinds = responses or (told.of(Way.COMPARED)[0].failures[0].response,)
    arms = {
        (arm.failures[0].notice_days, arm.failures[0].response): arm
        for arm in told.of(Way.COMPARED)
        if arm.share is None
    }
    lines = [
        f"Hours without care added in the county {window_in_words(inputs, told)}, by notice and "
        f"response (means of {_futures(told)}):",
        _row("Notice", [SHORT[kind] for kind in kinds]),
    ]
    for notice in notices:
        cells = [_hours(told, arms[notice, kind]) for kind in kinds]
        lines.append(_row(f"  {notice:g} days", cells))
    return lines


def _by_share(inputs: Inputs, told: Arms, responses: Sequence[ResponseKind]) -> list[str]:
    """Hours added by response (down) and share of carers who come (across)."""
    arms = _shared(told)
    notice = next(iter(arms.values())).failures[0].notice_days
    lines = [
        f"Hours without care added in the county {window_in_words(inputs, told)}, with "
        f"{notice:g} days' notice, by response and share of carers who move:",
        _row("Response", [percentage(share) for share in SHARES]),
    ]
    for kind in responses:
        cells = [_hours(told, arms[kind, share]) for share in SHARES]
        lines.append(_row(f"  {RESPONSES[kind].words}", cells))
    return [*lines, *_fewest(told, arms, responses)]


def _fewest(
    told: Arms, arms: Mapping[tuple[ResponseKind, float], Arm], responses: Sequence[ResponseKind]
) -> list[str]:
    """Which response adds fewest hours, at each share of carers: one family of comparisons."""
    shown = len(responses) * len(SHARES)
    if len(responses) < 2:
        return []
    by_share = {
        share: _side_by_side(told, [arms[kind, share] for kind in responses]) for share in SHARES
    }
    fewest, needed = min(map(len, by_share.values())), pairs_needed(shown)
    if fewest < needed:
        seen = f"{_futures(told)} cannot show".capitalize()
        return [f"{seen} which response adds the fewest hours: at least {needed} are needed."]
    names = [RESPONSES[kind].words for kind in responses]
    kind = "response with the fewest hours added"
    return [
        f"  If {percentage(share)} move: "
        + extreme(kind, names, values, unit="hours", lowest=True, shown=shown)
        for share, values in by_share.items()
    ]


def _beside(told: Arms, responses: Sequence[ResponseKind]) -> list[str]:
    """People without anybody, recovery and cost of each response."""
    arms = _shared(told)
    rows = {row["arm"]: row for row in compared.table(told).to_dict("records")}
    lines = [
        f"If {percentage(SHOWN_SHARE)} of carers move: people at home without care for 24 hours "
        "and for 7 days on end; the day on which cover is back at 95% of the market without "
        "the failure (median, counted from the announcement); and the cost:",
        _row("Response", ["24 hours", "7 days", "back", "cost"]),
    ]
    for kind in responses:
        row = rows[arms[kind, SHOWN_SHARE].name]
        back, cost = float(row["days_to_95_from_announcement"]), float(row["response_cost"])
        cells = [
            people(float(row["alone_1_day"])),
            people(float(row["alone_7_days"])),
            _back(back, told.of(Way.COMPARED)[0]),
            f"£{rounded(cost)}" if np.isfinite(cost) else "not known",
        ]
        lines.append(_row(f"  {RESPONSES[kind].words}", cells))
    return [
        *lines,
        "Cost is what is paid beyond usual fees up to 91 days after care stops; "
        "standby is for a year.",
    ]


def _back(days: float, arm: Arm) -> str:
    """When cover is back, counted from the announcement."""
    if np.isnan(days):
        return "not known"
    return f"day {days:.0f}" if np.isfinite(days) else f"> day {arm.window_days:.0f}"


def _judgement(responses: Sequence[ResponseKind]) -> list[str]:
    """How likely carers are to come: a judgement, with the cases on record."""
    return [
        "It is not known how many carers would move. A judgement from the cases on record:",
        *(f"  {RESPONSES[kind].words}: {RESPONSES[kind].judgement}." for kind in responses),
    ]


SHORT: Mapping[ResponseKind, str] = {
    "split": "split",
    "whole_team": "whole team",
    "step_in": "step in",
    "emergency": "emergency",
}
"""Responses in as few words as the head of a column has room for."""


def _shared(told: Arms) -> dict[tuple[ResponseKind, float], Arm]:
    return {
        (arm.failures[0].response, arm.share): arm
        for arm in told.of(Way.COMPARED)
        if arm.share is not None
    }


def _row(label: str, cells: Sequence[str]) -> str:
    # A space before each: "fewer than 1" is as wide as a column.
    return f"{label:{FIRST}}" + "".join(f" {cell:>{CELL - 1}}" for cell in cells)


def _hours(told: Arms, arm: Arm) -> str:
    values = compared.hours(told, arm)
    known = values[np.isfinite(values)]
    # A mean of what is left where arms failed would stand beside means of all futures.
    if not known.size or too_many_failed(len(told.main) - known.size, len(told.main)):
        return "not known"
    return rounded(float(known.mean()))


def _futures(told: Arms) -> str:
    count = len(told.main)
    return f"{count} futures" if count > 1 else "one future"


def _side_by_side(told: Arms, arms: Sequence[Arm]) -> Floats:
    """Hours added, replications down, arms across; only replications that all have."""
    windows = [told.windows[arm.name] for arm in arms]
    everywhere = sorted(set.intersection(*(set(one) for one in windows)))
    return np.array([[fsum(one[number]) for one in windows] for number in everywhere])
