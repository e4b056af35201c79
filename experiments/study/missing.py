"""What is missing, in words: of how many runs an outcome is known, and what failed runs could mean.

Every line of the first screen that shows an outcome says it, as the table does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from experiments.statistics.failed import MOST_FAILED
from experiments.statistics.ranges import SHARE, range_of
from experiments.study.estimates import DRAWS_LEFT_OUT, EXTREMES, NO, RANGE
from experiments.words.amounts import ALL, amount
from sim.outcomes.declaration import Outcome

RULES = {
    RANGE: "for any values that the failed {runs} could have",
    DRAWS_LEFT_OUT: "with and without the draws in which a {run} failed",
    EXTREMES: "if the failed {runs} had the lowest or the highest value seen",
}
COLUMNS = ("known", "failed", "carried_out", "draws_known", "draws_carried_out", "headline",
           "cut", "missing_low", "missing_high", "missing_rule")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counts:
    """What a row of figures or of differences is made of."""

    known: int
    failed: int
    carried_out: int
    draws_known: int
    draws_carried_out: int
    headline: str
    cut: str
    missing_low: float
    missing_high: float
    missing_rule: str

    @property
    def told(self) -> bool:
        """Whether the outcome has a headline."""
        return self.headline != NO

    @property
    def whole(self) -> bool:
        """Whether every run or pair has a value."""
        return self.known == self.carried_out


def counts_of(frame: pd.DataFrame | None) -> dict[tuple[str, str], Counts]:
    """What the rows over all draws are made of, by scenario and outcome."""
    if frame is None:
        return {}
    kept = frame[frame["draw"].astype(str) == ALL]
    columns: list[list[Any]] = [kept[name].tolist() for name in ("scenario", "outcome", *COLUMNS)]
    return {
        (scenario, outcome): Counts(*values)
        for scenario, outcome, *values in zip(*columns, strict=True)
    }


def known_words(counts: Counts, *, pairs: bool = False) -> str:
    """For example: known in 22 of 40 runs (2 failed); empty if every run has a value."""
    if counts.whole:
        return ""
    noun = "pairs" if pairs else "runs"
    failed = f" ({counts.failed} failed)" if counts.failed else ""
    text = f"known in {counts.known:,} of {counts.carried_out:,} {noun}{failed}"
    if counts.draws_known < counts.draws_carried_out:
        text += f", {counts.draws_known:,} of {counts.draws_carried_out:,} draws"
    return text


def no_headline_words(counts: Counts, *, pairs: bool = False) -> str:
    """Why an outcome has no headline."""
    lacking = counts.carried_out - counts.known if pairs else counts.failed
    what = "pairs of runs lack a value" if pairs else "runs failed"
    return (
        f"no headline: {lacking:,} of {counts.carried_out:,} {what}, more than "
        f"{100 * MOST_FAILED:.0f}%; the rest may not be typical"
    )


def bound_words(counts: Counts, unit: str, *, pairs: bool = False) -> str:
    """How far failed runs could have moved a mean; empty if none failed or it cannot be told."""
    if not counts.missing_rule:
        return ""
    noun = "pair" if pairs else "run"
    why = RULES[counts.missing_rule].format(run=noun, runs=f"{noun}s")
    ends = (counts.missing_low, counts.missing_high)
    low, high = (amount(end, unit, signed=pairs) for end in ends)
    return f"{why}: {low} to {high}"


def cut_words(shown: Iterable[tuple[Outcome, Counts]]) -> str:
    """Why some intervals end at a limit; empty if none does."""
    units = {one.unit for one, counts in shown if counts.cut and counts.told}
    if not units:
        return ""
    parts = ["a share beyond 0 to 100%"] if SHARE in units else []
    parts += ["below 0"] if any(range_of(unit) != range_of(SHARE) for unit in units) else []
    return (
        f"An interval that would reach {' or '.join(parts)} ends at the limit, because no "
        "value can lie beyond it."
    )
