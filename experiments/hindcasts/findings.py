"""What all replications of the cases say: bands, verdicts, and the tables that keep them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from experiments.hindcasts.case import Case, Figure
from experiments.hindcasts.verdicts import Band, Verdict, band_of, too_wide, verdict_of
from experiments.hindcasts.work import WITH, WITHOUT, HindcastTask
from experiments.results.provenance import Failed
from experiments.statistics.failed import too_many_failed
from experiments.statistics.small_counts import count_in_table
from sim.outcomes.declaration import Column, Table

Found = Mapping[tuple[str, str], Sequence[Mapping[str, float]]]
"""What was found of the figures of a case, replication by replication, by case and arm."""

TOO_WIDE = "the range is wider than half of what is possible"
AS_SHARP = "the range without the failure, or of another case, is no wider and as near the record"
HINDCASTS = Table(
    "hindcasts",
    "One row for each figure on record: the range that the record allows, the central 80% of "
    "replications, and the verdict.",
    (
        Column("case", "code of the case", "word"),
        Column("place", "where it happened", "text"),
        Column("when", "when it happened", "text"),
        Column("figure", "code of the figure", "word"),
        Column("meaning", "what it is", "text"),
        Column("observed", "the figure on record", "see unit"),
        Column("record_low", "the least that the record allows", "see unit"),
        Column("record_high", "the most that the record allows", "see unit"),
        Column("possible_low", "the least that is possible", "see unit"),
        Column(
            "possible_high", "the most that is possible, or the end of the time studied", "see unit"
        ),
        Column("low", "low end of the central 80% of replications", "see unit"),
        Column("middle", "median of replications", "see unit"),
        Column("high", "high end of the central 80%", "see unit"),
        Column("replications", "replications in which it is known", "count"),
        Column("without_low", "low end without the failures and shocks; blank: none", "see unit"),
        Column("without_middle", "median without them", "see unit"),
        Column("without_high", "high end without them", "see unit"),
        Column("verdict", "inside, outside, uninformative or no verdict", "word"),
        Column("why", "why the verdict is uninformative; otherwise blank", "text"),
        Column("in_sample", "whether the model was made with the figure in view", "yes/no"),
        Column("shaped", "the rule or value that came from it; blank if none did", "text"),
        Column("unit", "unit", "word"),
    ),
)
RUNS = Table(
    "hindcast_runs",
    "One row for each replication and figure, of a case or of the same market without its "
    "failures and shocks.",
    (
        Column("case", "code of the case", "word"),
        Column("arm", "as on record, or without it", "word"),
        Column("replication", "number of the replication", "id"),
        Column("figure", "code of the figure", "word"),
        Column(
            "value",
            "its value; inf: not within the time studied; blank: there is nobody to measure",
            "see unit",
        ),
    ),
)


@dataclass(frozen=True)
class Told:
    """One figure of a case, its band and its verdict."""

    case: Case
    figure: Figure
    band: Band
    without: Band
    verdict: Verdict

    @property
    def why(self) -> str:
        """Why it says nothing; empty if it says something, or if too few replications do."""
        if self.verdict is not Verdict.UNINFORMATIVE:
            return ""
        return TOO_WIDE if too_wide(self.band, self.figure) else AS_SHARP


@dataclass(frozen=True)
class Findings:
    """Everything that was found; ``asked``: replications asked for, of each arm of each case."""

    cases: tuple[Case, ...]
    seed: int
    asked: int
    tasks: tuple[HindcastTask, ...]
    found: tuple[Mapping[str, float] | None, ...]
    failed: tuple[Failed, ...]

    @cached_property
    def by_arm(self) -> dict[tuple[str, str], list[Mapping[str, float]]]:
        """What was found, by case and arm."""
        values: dict[tuple[str, str], list[Mapping[str, float]]] = {}
        for task, one in zip(self.tasks, self.found, strict=True):
            kept = values.setdefault((task.case, task.arm), [])
            if one is not None:
                kept.append(one)
        return values

    def too_many_failed(self, case: Case) -> bool:
        """Whether so many replications of a case failed that nothing is said of it."""
        return too_many_failed(self.asked - len(self.by_arm[case.code, WITH]), self.asked)

    def band(self, case: str, arm: str, figure: Figure) -> Band:
        """The band of a figure in an arm of a case."""
        return band_of([one[figure.code] for one in self.by_arm.get((case, arm), [])], figure)

    def others(self, case: Case, figure: Figure) -> list[Band]:
        """Bands of the same reading without what befalls the case, and in other cases."""
        without = [self.band(case.code, WITHOUT, figure)] if case.befalls else []
        alike = [
            self.band(other.code, WITH, one)
            for other in self.cases
            for one in other.figures
            if other is not case and (one.reading, one.unit) == (figure.reading, figure.unit)
        ]
        return without + alike

    @cached_property
    def told(self) -> tuple[Told, ...]:
        """Every figure with its verdict, case by case."""
        return tuple(self.told_of(case, one) for case in self.cases for one in case.figures)

    def told_of(self, case: Case, figure: Figure) -> Told:
        """One figure with its verdict."""
        band, without = (self.band(case.code, arm, figure) for arm in (WITH, WITHOUT))
        verdict = verdict_of(figure, band, self.others(case, figure))
        verdict = Verdict.NONE if self.too_many_failed(case) else verdict
        return Told(case, figure, band, without, verdict)


def tables(findings: Findings) -> list[tuple[Table, pd.DataFrame]]:
    """HINDCASTS and RUNS."""
    rows = [
        (one.case.code, one.case.place, one.case.when, *of_figure(one)) for one in findings.told
    ]
    runs = [
        (task.case, task.arm, task.replication, figure, told(task, figure, value))
        for task, found in zip(findings.tasks, findings.found, strict=True)
        for figure, value in (found or {}).items()
    ]
    return [
        (table, pd.DataFrame(lines, columns=[column.name for column in table.columns]))
        for table, lines in ((HINDCASTS, rows), (RUNS, runs))
    ]


def told(task: HindcastTask, code: str, value: float) -> float:
    """A replication's figure as a table tells it: of real people few are blank."""
    counts = any(one.code == code and one.unit == "people" for one in task.figures)
    return count_in_table(value) if counts else value


def of_figure(one: Told) -> tuple[object, ...]:
    """A figure's cells, as HINDCASTS has them."""
    figure, band, without = one.figure, one.band, one.without
    return (
        figure.code,
        figure.meaning,
        figure.observed,
        figure.low,
        figure.high,
        *figure.possible,
        *(round(end, 4) for end in (band.low, band.middle, band.high)),
        band.count,
        *(round(end, 4) for end in (without.low, without.middle, without.high)),
        str(one.verdict),
        one.why,
        figure.in_sample,
        figure.shaped,
        figure.unit,
    )
