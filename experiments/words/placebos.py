"""The placebo in words: it stands beside every figure about others, and says what it allows."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan

from experiments.statistics.claims import Finding
from experiments.statistics.intervals import Interval
from experiments.statistics.placebos import held_against
from experiments.words.amounts import Row, between
from sim.outcomes.declaration import Outcome
from sim.outcomes.placebo import NEED_A_PLACEBO, PLACEBO_OF

Rows = Mapping[tuple[str, str], Row]
"""Means with their intervals, by scenario and outcome."""

WHAT = "Placebo (a team that serves 1 to 3 people closes instead)"
NONE = "There is no placebo: no team serves three people or fewer that day."
TOO_FAR = "There is no placebo so long after the failure."


def placebo_words(told: str, placebo: Interval, finding: Finding, none: str = NONE) -> str:
    """What the placebo comes to (``told``), and whether an effect on others may be claimed."""
    if placebo.count == 0:
        return f"{none} No effect on others is claimed."
    return f"{WHAT}: {told}.{verdict_words(finding)}"


def needs_placebo(outcome: Outcome) -> bool:
    """Whether an outcome is about others, so that its effect is claimed beyond the placebo only."""
    return outcome.name in NEED_A_PLACEBO


def placebo_row(rows: Rows, scenario: str, outcome: str) -> Row | None:
    """The placebo beside an outcome of a scenario, if there is one."""
    return rows.get((scenario, PLACEBO_OF.get(outcome, "")))


def bound_of(row: Row | None) -> Interval:
    """The bound that a placebo sets; of no replication where there is none."""
    if row is None:
        return Interval(nan, nan, nan, 0)
    return Interval(row.mean, row.low, row.high, row.count)


def held_to_placebos(
    findings: Mapping[tuple[str, str], Finding], rows: Rows
) -> dict[tuple[str, str], Finding]:
    """Findings, those about others beside their placebos; ``rows`` has the placebos as well."""
    return {
        (scenario, outcome): held_against(one, bound_of(placebo_row(rows, scenario, outcome)))
        if outcome in NEED_A_PLACEBO
        else one
        for (scenario, outcome), one in findings.items()
    }


def beside_words(rows: Rows, scenario: str, outcome: Outcome, finding: Finding) -> str:
    """The placebo beside a scenario's outcome, and what it allows to claim."""
    row = placebo_row(rows, scenario, outcome.name)
    told = "" if row is None else between(row, outcome.unit)
    none = NONE if outcome.name in PLACEBO_OF else TOO_FAR
    return placebo_words(told, bound_of(row), finding, none)


def verdict_words(finding: Finding) -> str:
    """Whether an effect on others lies beyond it; nothing where too little is known to say."""
    match finding.verdict:
        case "higher" | "lower":
            return " The harm to others goes beyond it."
        case "not beyond the placebo" | "identical":
            return " This is not beyond the placebo."
        # Too little is sure to claim it, which an interval that lies beyond does not contradict.
        case "cannot be distinguished":
            return " These futures cannot show whether the effect goes beyond the placebo."
        case "few placebos":
            return " Too few futures have a placebo for an effect on others to be claimed."
        case _:
            return ""


def short_verdict(finding: Finding) -> str:
    """The same in as few words as an answer has room for; nothing where it lies beyond."""
    return (
        ""
        if finding.claimed
        else verdict_words(finding).replace("This is not", "Not").replace("the placebo.", "it.")
    )
