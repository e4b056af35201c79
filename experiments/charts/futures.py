"""What a chart's sentences are held against: its measures future by future, not their means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd

from experiments.charts.weeks import totals, whole_weeks
from experiments.statistics.claims import (
    Course,
    Finding,
    Floats,
    course_of,
    judged,
    pairs_needed,
)
from experiments.statistics.intervals import Interval
from experiments.words.claims import Series, over_time, over_time_in_full, periods_of


@dataclass(frozen=True)
class Told:
    """The courses of all measures that a chart's sentences tell: one family of claims."""

    courses: Mapping[str, Course]
    findings: Mapping[str, Finding]
    weeks: Sequence[object]

    def short(self, measure: str, subject: str, unit: str = "", **more: bool) -> str:
        """A title's sentence."""
        return over_time(*self._said(measure, subject, unit, **more))

    def full(self, measure: str, subject: str, unit: str = "", **more: bool) -> str:
        """The sentence of alternative text, with the interval of the change."""
        return over_time_in_full(*self._said(measure, subject, unit, **more))

    def _said(
        self, measure: str, subject: str, unit: str, **more: bool
    ) -> tuple[Series, Course, Finding]:
        course = self.courses[measure]
        series = Series(subject, unit, periods_of(course, self.weeks), **more)
        return series, course, self.findings[measure]


def by_future(
    each: Sequence[pd.DataFrame], measures: Sequence[str], weeks: pd.DatetimeIndex | None = None
) -> dict[str, Floats]:
    """County totals of each measure: replications down, whole weeks across."""
    summed = [totals(whole_weeks(frame, weeks), measures).table for frame in each]
    return {name: np.stack([one[name].to_numpy(dtype=float) for one in summed])
            for name in measures}  # fmt: skip


def told_of(means: pd.DataFrame, each: Mapping[str, Floats], count: int) -> Told:
    """What may be said of the columns of ``means`` but ``week_start``.

    ``each``: the same measures future by future; where it is empty nothing is claimed, and what is
    said was seen in ``count`` futures.
    """
    names = [str(name) for name in means if name != "week_start"]
    alone = {name: means[name].to_numpy(dtype=float)[None, :] for name in names}
    courses = {name: course_of(each.get(name, alone[name])) for name in names}
    weeks = means["week_start"].tolist()
    if each:
        return Told(courses, judged({name: courses[name].change for name in names}), weeks)
    many, unknown = len(names), Interval(nan, nan, nan, count)
    nothing = Finding("not known", unknown, 1.0, many, pairs_needed(many))
    return Told(courses, dict.fromkeys(names, nothing), weeks)
