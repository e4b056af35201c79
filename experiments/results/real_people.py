"""What results of a caseload leave out: small counts of real people, and what would tell them.

The rule is in ``statistics.small_counts``. Here it meets tables: counts of people are rounded or
blank; hours and money are blank in a row that stands for so few people, and for an area or a
provider that has so few of the caseload.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from experiments.results.writing import Output
from experiments.statistics.small_counts import BASE, LEAST, NOTE, count_in_table, hidden
from sim.outcomes.declaration import Outcome, Table
from sim.scenario import Scenario

PEOPLE, SHARE = "people", "share"
BASES = ("people", "displaced_people")
"""Columns that say for how many people a row stands."""
AMOUNTS = ("hours", "GBP", SHARE)
"""How the units of what these people have begin, and of what is a part of it."""
OF_FEW = {"displaced_hours": "displaced_people"}
"""Outcomes that would tell what few people have, and the count of these people."""
COUNTS = "counts_of_people"
"""The manifest's word on what was done with them."""
RULE = f"of a caseload: rounded to the nearest {BASE}; blank: fewer than {LEAST}"


@dataclass(frozen=True)
class Few:
    """Areas and providers that have so few people of a caseload that nothing they have is told."""

    areas: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()

    def concerns(self, frame: pd.DataFrame) -> np.ndarray:
        """Which rows of a table are about one of them."""
        found = np.zeros(len(frame), dtype=bool)
        for column, codes in (("area", self.areas), ("provider", self.providers)):
            if column in frame and codes:
                found |= frame[column].isin(codes).to_numpy()
        return found


NONE = Few()


def few_of(scenario: Scenario | None) -> Few:
    """Who has few people of a caseload, and whom a subtraction would need to tell that."""
    if scenario is None:
        return NONE
    return Few(
        few_among(row.area for row in scenario.caseload),
        few_among(row.provider for row in scenario.caseload),
    )


def few_among(codes: Iterable[str]) -> frozenset[str]:
    """Codes that stand in few rows; where one does alone, the one with the next fewest too."""
    counts = Counter(codes)
    names = sorted(counts)
    return frozenset(names[place] for place in hidden([counts[name] for name in names], LEAST))


@dataclass(frozen=True)
class Tables:
    """Tables as they may be told. ``units``: of outcomes by name."""

    few: Few = NONE
    units: Mapping[str, str] = field(default_factory=dict)

    def told(self, table: Table, frame: pd.DataFrame) -> pd.DataFrame:
        """One table without small counts, nor what would tell them."""
        units = units_of(table, frame)
        counts = [name for name, unit in units.items() if unit == PEOPLE]
        amounts = [name for name, unit in units.items() if unit.startswith(AMOUNTS)]
        found = frame.copy()
        unseen = self.few.concerns(frame) | small_rows(frame, units)
        for name in amounts:
            if unseen.any():
                found[name] = frame[name].astype(float).mask(unseen)
        for name in counts:
            found[name] = frame[name].astype(float).map(count_in_table)
        return self._outcomes(frame, found)

    def _outcomes(self, frame: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
        """Rows of outcomes that are counts of people."""
        if "unit" in frame:
            counts = (frame["unit"] == PEOPLE).to_numpy()
        elif "outcome" in frame:
            counts = frame["outcome"].map(self.units).eq(PEOPLE).to_numpy()
        else:
            return found
        unseen = of_few(frame)
        for name in VALUES:
            if name in frame and counts.any():
                values = frame[name].astype(float)
                found[name] = values.where(~counts, values.map(count_in_table)).mask(unseen)
        return found


def of_few(frame: pd.DataFrame) -> np.ndarray:
    """Rows of outcomes that would tell what few people have."""
    found = np.zeros(len(frame), dtype=bool)
    value = next((name for name in ("value", "mean") if name in frame), "")
    if "outcome" not in frame or not value:
        return found
    keys = [name for name in KEYS_OF_OUTCOMES if name in frame]
    for outcome, count in OF_FEW.items():
        counted = frame[frame["outcome"] == count]
        few = counted[counted[value].between(0, LEAST, inclusive="neither")]
        same = pd.MultiIndex.from_frame(few[keys]) if keys else None
        mine = frame["outcome"] == outcome
        if same is None:
            found |= mine.to_numpy() & bool(len(few))
        else:
            found |= mine.to_numpy() & pd.MultiIndex.from_frame(frame[keys]).isin(same)
    return found


KEYS_OF_OUTCOMES = ("scenario", "draw", "arm", "replication")
VALUES = ("value", "mean", "low", "middle", "high", "without_low", "without_middle",
          "without_high", "p10", "p90", "median", "draws_p05", "draws_p95",
          "standard_error", "difference")  # fmt: skip
"""Columns of tables of outcomes whose unit is the outcome's."""


def units_of(table: Table, frame: pd.DataFrame) -> dict[str, str]:
    """The unit of each column; ends of an interval have that of their mean."""
    declared = {column.name: column.unit for column in table.columns}
    return {
        name: declared.get(name) or declared.get(name.rsplit("_", 1)[0], "")
        for name in map(str, frame.columns)
    }


def small_rows(frame: pd.DataFrame, units: Mapping[str, str]) -> np.ndarray:
    """Rows that stand for few people, and those that a subtraction from a total would need.

    A total may be made of rows that differ in their last key: a tier, a standing, a provider.
    """
    found = np.zeros(len(frame), dtype=bool)
    base = next((name for name in BASES if name in frame), "")
    if not base or units.get(base) != PEOPLE or frame.empty:
        return found
    keys = [name for name, unit in units.items() if unit in KEYS][:-1]
    counts = frame[base].astype(float).fillna(0.0).to_numpy()
    together = frame.groupby(keys, sort=False).indices if keys else {(): np.arange(len(frame))}
    for rows in together.values():
        if ((counts[rows] > 0) & (counts[rows] < LEAST)).any():
            places = sorted(hidden(counts[rows].tolist(), LEAST))
            found[np.asarray(rows)[places]] = True
    return found


KEYS = ("date", "code", "word", "name", "id", "year")


def units_by_outcome(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """The unit of every outcome."""
    return {one.name: one.unit for one in outcomes}


def protected(output: Output) -> Output:
    """An output of a caseload without small counts; its words and charts were made without them."""
    tables = Tables(few_of(output.scenario), units_by_outcome(output.outcomes))
    return replace(
        output,
        tables=[(table, tables.told(table, frame)) for table, frame in output.tables],
        manifest={**output.manifest, COUNTS: RULE},
        screen=replace(output.screen, foot=[*output.screen.foot, NOTE]),
        meanings=[*output.meanings, ("all tables", "counts of people", RULE, PEOPLE)],
    )
