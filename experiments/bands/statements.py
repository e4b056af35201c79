"""In which readings a statement holds: readings stand side by side and are never pooled.

A statement about a level holds in a reading if nine tenths of its plausible sets, as its band has
them, lie on one side of the level. A statement about an effect holds if it may be claimed
(:mod:`experiments.statistics.claims`). Whatever else is the case, one cannot tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from experiments.statistics.claims import Finding
from experiments.words.sentences import spoken_number

Floats = NDArray[np.float64]
Holds = Literal["holds", "does not hold", "cannot tell"]
BAND = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, and whether it holds in each reading."""

    words: str
    verdicts: Mapping[str, Holds]

    @property
    def where(self) -> str:
        """In which readings it holds: "in all four", "in two_a and two_b only; not in one"."""
        named: dict[Holds, list[str]] = {"holds": [], "does not hold": [], "cannot tell": []}
        for name, verdict in self.verdicts.items():
            named[verdict].append(name)
        many = len(self.verdicts)
        if len(named["holds"]) == many:
            return f"in {all_of(many)}"
        if len(named["does not hold"]) == many:
            return "in neither" if many == 2 else f"in none of the {spoken_number(many)}"
        if len(named["cannot tell"]) == many:
            which = "either" if many == 2 else f"any of the {spoken_number(many)}"
            return f"not clear in {which}"
        parts = [f"in {listed(named['holds'])} only"] if named["holds"] else []
        parts += [f"not in {listed(named['does not hold'])}"] if named["does not hold"] else []
        parts += [f"not clear in {listed(named['cannot tell'])}"] if named["cannot tell"] else []
        return "; ".join(parts)


def reaches(values: Floats, level: float, needed: int) -> Holds:
    """Whether values reach a level, by the band over the sets; ``needed``: sets for a claim."""
    known = values[np.isfinite(values)]
    if known.size < max(needed, 1):
        return "cannot tell"
    low, high = np.quantile(known, BAND)
    if low >= level:
        return "holds"
    return "does not hold" if high < level else "cannot tell"


def claimed(finding: Finding) -> Holds:
    """Whether an effect above nought may be claimed; that it is below denies it."""
    if not finding.claimed:
        return "cannot tell"
    return "holds" if finding.verdict == "higher" else "does not hold"


def denied(verdict: Holds) -> Holds:
    """Whether the contrary holds."""
    contrary: dict[Holds, Holds] = {"holds": "does not hold", "does not hold": "holds"}
    return contrary.get(verdict, verdict)


def all_of(many: int) -> str:
    """All of so many readings."""
    return {1: "the one", 2: "both"}.get(many, f"all {spoken_number(many)}")


def listed(names: Sequence[str]) -> str:
    """Names with commas, the last with "and"."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
