"""The sentences of claims: what is sure, what was only seen, and what cannot be distinguished.

Whether a claim may be made is decided by experiments/statistics/claims.py; the words for it stand
here. No other title or sentence says higher, rises, worst, matters or flips.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import Literal

import numpy as np

from experiments.statistics.chosen import Chosen, chosen_apart
from experiments.statistics.claims import (
    YEAR_WEEKS,
    Course,
    Extreme,
    Finding,
    Floats,
    Key,
    Summary,
    highest_of,
    judged,
)
from experiments.statistics.effects import LEAST_IN_THIRD, Split, Trend
from experiments.statistics.intervals import Interval, t_interval
from experiments.statistics.selection import CORRECT
from experiments.statistics.small_counts import nearest, too_small
from experiments.words.amounts import Row

Better = Literal["higher", "lower", "neither"]
MOST_TIES = 4
MOST_OF_A_YEAR = 46
"""Weeks of 52 that start in a calendar year, so that they are called by it."""
SAME = "exactly the same"
NOT_DISTINGUISHED = "cannot be distinguished from no difference"
NO_VALUE = "no value"
SAME_SETS = (
    "The same sets both rank and measure them, so the first looks larger than in other sets."
)
SAME_DRAWS = (
    "The same draws both rank and measure them, so the first looks larger than in other draws."
)


def two_figures(value: float) -> str:
    """An uncertain number with two significant figures: 7,197 is 7,200 and 0.63 is 0.63."""
    if not isfinite(value):
        return NO_VALUE
    if value == 0:
        return "0"
    digits = 1 - floor(log10(abs(value)))
    rounded = round(value, digits)
    if rounded == round(rounded):
        return f"{rounded:,.0f}".replace("-", "−")
    # 9.97 to two figures is 10, with a figure less behind the point.
    digits = 1 - floor(log10(abs(rounded)))
    return f"{rounded:,.{digits}f}".replace("-", "−")


def futures(count: int) -> str:
    """Where something was seen: in so many simulated futures."""
    return "in this simulated future" if count == 1 else f"in {count} simulated futures"


def the_others(count: int) -> str:
    """Those that did not choose, on which it is told."""
    return "the other one" if count == 1 else f"the {count} others"


def told_range(values: Floats) -> str:
    """A mean with its 95% interval in brackets, two significant figures; one value alone."""
    found = t_interval(np.asarray(values, dtype=float))
    if found.count < 2:
        return two_figures(found.mean)
    ends = f"{two_figures(found.low)} to {two_figures(found.high)}"
    return f"{two_figures(found.mean)} ({ends})"


def verdict(finding: Finding, better: Better) -> str:
    """What a difference means: better or worse where one is better, else higher or lower."""
    count = finding.interval.count
    match finding.verdict:
        case "identical":
            return SAME if count > 1 else f"{SAME} {futures(1)}"
        case "higher" | "lower":
            if better == "neither":
                return finding.verdict
            return "better" if finding.verdict == better else "worse"
        case "the same":
            return "the same within the stated margin"
        case "too few":
            return few(finding)
        case "not known" | "not beyond the placebo":
            return finding.verdict
        case "no placebo" | "few placebos":
            return f"not claimed: {finding.verdict.replace('few', 'too few')} to compare it with"
        case _:
            if finding.interval.half_width == 0:
                return f"equal {futures(count)}"
            return NOT_DISTINGUISHED


def of_rows(rows: Mapping[Key, Row]) -> dict[Key, Finding]:
    """Findings on differences that are shown together, of which only intervals are known."""
    return judged(
        {
            key: Summary(Interval(row.mean, row.low, row.high, row.count))
            for key, row in rows.items()
        }
    )


def few(finding: Finding) -> str:
    """Why so few pairs allow no claim, and how many would."""
    if finding.interval.count == 1:
        return "seen in one simulated future, so the part of chance is not known"
    return (
        f"seen {futures(finding.interval.count)}; too few for a comparison "
        f"({finding.needed} are needed)"
    )


def how_many_differ(findings: Mapping[Key, Finding], against: str) -> str:
    """What may be claimed of all differences that are shown together, by their number."""
    if not findings:
        return f"No known outcome differs from {against}"
    sure = sum(finding.claimed for finding in findings.values())
    if sure == 1 == len(findings):
        return f"The difference from {against} is more than chance"
    if sure:
        verb = "is" if sure == 1 else "are"
        return f"{sure} of {len(findings)} differences from {against} {verb} more than chance"
    most = max(finding.interval.count for finding in findings.values())
    few = all(one.verdict in ("too few", "not known", "identical") for one in findings.values())
    if few and any(one.verdict == "too few" for one in findings.values()):
        return f"Differences from {against} {futures(most)}: too few for a comparison"
    return f"No difference from {against} can be distinguished from chance"


def which_differ(findings: Mapping[tuple[str, str], Finding], better: Mapping[str, Better]) -> str:
    """The differences that are claimed, by outcome and scenario, the surest first."""
    sure = sorted((one.chance, key) for key, one in findings.items() if one.claimed)
    named = [f"{outcome} under {scenario} ({verdict(findings[scenario, outcome], better[outcome])})"
             for _, (scenario, outcome) in sure[:MOST_TIES]]  # fmt: skip
    rest = len(sure) - len(named)
    return f"{', '.join(named)}{f' and {rest} more' if rest else ''}"


def family_words(comparisons: int, needed: int) -> str:
    """How claims were made among so many comparisons."""
    if comparisons == 1:
        return f"A difference is claimed only if at least {needed} simulated futures support it."
    return (
        f"{comparisons:,} comparisons are shown together: a difference is claimed only if at least "
        f"{needed} simulated futures support it after allowing for all of them."
    )


# Over time ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Series:
    """What a series is, in words: "The interim care list", "people"; its years' names in order."""

    subject: str
    unit: str
    periods: Sequence[str]
    plural: bool = False
    per_cent: bool = False

    def value(self, value: float) -> str:
        """A value with two significant figures; shares in whole per cent."""
        if not isfinite(value):
            return NO_VALUE
        if self.of_people:
            return too_small(value) or two_figures(nearest(value))
        return f"{value:.0f}%" if self.per_cent else two_figures(value)

    @property
    def of_people(self) -> bool:
        """Whether people are counted."""
        return not self.per_cent and "people" in f"{self.subject} {self.unit}".lower()

    def with_unit(self, value: float) -> str:
        """A value with its unit."""
        return f"{self.value(value)} {self.unit}".rstrip() if self.unit else self.value(value)


def over_time(series: Series, course: Course, finding: Finding) -> str:
    """How a series moves from its first year to its last, and through which year between."""
    verb = "" if series.plural else "s"
    first, last = series.with_unit(course.first), series.value(course.last)
    start, end = series.periods[0], series.periods[-1]
    if not isfinite(course.first + course.last):
        return f"{series.subject}: {NO_VALUE} in some weeks"
    if not course.long:
        return f"{series.subject} average{verb} {first} {start}"
    turn = course.turn
    if turn is not None:
        between = f"{series.value(float(np.nanmean(course.years[:, turn])))} {series.periods[turn]}"
        return f"{series.subject}: {first} {start}, {between}, {last} {end}"
    match finding.verdict:
        case "higher":
            return f"{series.subject} rise{verb} from {first} {start} to {last} {end}"
        case "lower":
            return f"{series.subject} fall{verb} from {first} {start} to {last} {end}"
        case "the same":
            return f"{series.subject} stay{verb} within 5%: {first} {start}, {last} {end}"
        case "cannot be distinguished":
            return f"{series.subject}: {first} {start} and {last} {end} cannot be distinguished"
        case _:
            where = futures(max(1, finding.interval.count))
            return f"{series.subject}: {first} {start}, {last} {end} {where}"


def over_time_in_full(series: Series, course: Course, finding: Finding) -> str:
    """The same with the change's interval, for alternative text."""
    text = over_time(series, course, finding)
    change = finding.interval
    if not course.long or change.count < 2 or not isfinite(change.mean):
        return text
    ends = " to ".join(signed(end, series) for end in (change.low, change.high))
    more = f"change between these years {signed(change.mean, series)}, 95% interval {ends}"
    seen = {
        "too few": f"{change.count} simulated futures are too few for a comparison",
        "cannot be distinguished": "cannot be distinguished from no change",
    }.get(finding.verdict)
    return f"{text} ({more}{f'; {seen}' if seen else ''})"


def signed(value: float, series: Series) -> str:
    """A change with its sign; of percentages in percentage points."""
    text = two_figures(value)
    return f"+{text}" if value > 0 else text


def periods_of(course: Course, weeks: Sequence[object]) -> list[str]:
    """What each year of a course is called: the calendar year if nearly all its weeks start in one.

    A year has 52 weeks, counted from the first week shown; the last year is the last 52.
    """
    import pandas as pd

    days = [pd.Timestamp(str(week)) for week in weeks]
    if not course.long:
        many = f"{len(days):,} week{'' if len(days) == 1 else 's'}"
        return [f"over {many}"]
    names = []
    for place, start in enumerate(course.starts):
        years = [day.year for day in days[start : start + YEAR_WEEKS]]
        most = max(set(years), key=years.count)
        which = "first" if place == 0 else "last" if place == len(course.starts) - 1 else ""
        if years.count(most) >= MOST_OF_A_YEAR:
            names.append(f"in {most}")
        elif which:
            names.append(f"({which} year)")
        else:
            names.append(f"(year {place + 1})")
    return names


# Worst and best ----------------------------------------------------------------------------------


def extreme(
    kind: str,
    names: Sequence[str],
    values: Floats,
    *,
    unit: str = "",
    lowest: bool = False,
    harm: bool = False,
    short: bool = False,
    shown: int = 0,
) -> str:
    """Which candidate is the ``kind`` ("worst place"), and which cannot be distinguished from it.

    It is chosen on odd replications, and its size is told on even ones; whether it may be named is
    judged over all. ``values``: replications down, candidates across. ``harm``: values are
    differences from a market without the event, so that the worst must also exceed nought.
    ``short``: for a title, others are counted, not named. ``shown``: candidates of all such choices
    that are told together.
    """
    signed_values = -values if lowest else values
    found = highest_of(signed_values, shown)
    chosen = chosen_apart(values, range(len(values)), highest=not lowest)
    place = found.first if chosen is None else chosen.place
    reported = t_interval(values[:, place]) if chosen is None else chosen.reported
    size = f"{two_figures(reported.mean)} {unit}".rstrip()
    how = "" if chosen is None or short else f" ({apart_words(chosen)})"
    told = f"{names[place]}, {size}{how}"
    which = "Smallest" if lowest else "Largest"
    seen = int(np.isfinite(values[:, place]).sum())
    if len(names) == 1:
        alone = f"{names[0]}, {two_figures(float(np.nanmean(values)))} {unit}".rstrip()
        return f"{alone} {futures(seen)}; there is nothing to compare it with"
    if not found.enough:
        if chosen is None:
            text = f"{which} {'value' if seen == 1 else 'mean'} seen {futures(seen)}: {told}"
        else:
            on_others = f"{size} in {the_others(chosen.reported.count)}"
            choosing = f"{chosen.chosen_on} of {futures(len(values)).removeprefix('in ')}"
            text = f"{which} mean of {choosing}: {names[place]}, {on_others}"
        return text if short or seen == 1 else f"{text}; too few for a comparison"
    if harm and not exceeds_nothing(signed_values, place, found):
        return f"No {kind} can be named: even {told} cannot be distinguished from no effect"
    rivals = [one for one in (found.first, *found.ties) if one != place]
    if not rivals:
        return f"{kind.capitalize()}: {told}"
    if place not in (found.first, *found.ties):
        return (
            f"No {kind} can be named: the replications that choose and those that measure disagree"
        )
    others = [names[one] for one in rivals[:MOST_TIES]]
    rest = len(rivals) - len(others)
    many = f"{len(rivals)} other{'' if len(rivals) == 1 else 's'}"
    listed = many if short else f"{', '.join(others)}{f' and {rest} more' if rest else ''}"
    if short:
        return f"{told}: cannot be distinguished from {listed} as {kind}"
    return f"{kind.capitalize()}: {told}, which cannot be distinguished from {listed}"


def exceeds_nothing(values: Floats, place: int, found: Extreme) -> bool:
    """Whether the candidate that was chosen surely has a mean above nought."""
    if place == found.first:
        return found.above_nothing
    return highest_of(values[:, [place]]).above_nothing


def apart_words(chosen: Chosen) -> str:
    """On which replications a candidate was chosen, and on which its figure is told."""
    runs = "replication" if chosen.chosen_on == 1 else "replications"
    return f"chosen on {chosen.chosen_on} {runs}, measured on {the_others(chosen.reported.count)}"


def chosen_in_stages(
    kind: str, left: Sequence[str], name: str, told: Interval | None, seen: int, zone: str
) -> str:
    """Which candidate is the ``kind``, as a selection in stages says (statistics/selection.py).

    ``left``: who is left; ``name``: of them, the one that is ``told`` of on other replications;
    ``zone``: a difference that does not matter, with its unit.
    """
    if told is None:
        return f"no {kind} was chosen: nothing is known {futures(seen)}"
    size = f"{two_figures(told.mean)} hours ({two_figures(told.low)} to {two_figures(told.high)})"
    on_others = f"{name}, {size} measured on {told.count} separate replications"
    if len(left) > 1:
        return (
            f"no {kind} can be named after {seen} replications: {', '.join(left)} are left. "
            f"Largest mean seen: {on_others}"
        )
    return (
        f"{kind}: {on_others}; chosen after {seen} replications. The probability that this "
        f"choice is right is at least {100 * CORRECT:.0f}% if all others are at least {zone} "
        "below it"
    )


# What matters, what flips -------------------------------------------------------------------------


def matters(subject: str, trend: Trend, arms: Sequence[str], means: Sequence[str]) -> str:
    """Whether an ordered setting moves an outcome: "How many carers move" matters, 40% if none …"""
    listed = ", ".join(f"{mean} {arm}" for mean, arm in zip(means, arms, strict=True))
    count = trend.finding.interval.count
    if trend.matters:
        return f"{subject} matters: {listed}"
    if trend.finding.verdict in ("too few", "not known"):
        return f"{subject}: {listed}, {futures(count)}"
    return f"{subject}: {listed}; these cannot be distinguished"


FEWEST_FOR_PERCENTAGES = 20
"""Sets below which a share of them is told as a number (assumption)."""


def of_sets(share: float, many: int) -> str:
    """In how many sets: of few, their number, since a percentage would promise more."""
    if many < FEWEST_FOR_PERCENTAGES:
        return f"{round(share * many)} of {many} sets"
    return f"{100 * share:.0f}% of {many} sets"


def flips(splits: Sequence[Split], names: Sequence[str], answer: str) -> str:
    """The unknown that flips the answer, or that none does. ``answer``: "the fallback suffices"."""
    sure = [one for one in splits if one.flips]
    if sure:
        first = sure[0]
        return (
            f"The unknown that flips the answer is {names[first.unknown]}. In its lowest third "
            f"(up to {first.below:.3g}) {answer} in {of_sets(first.low_share, first.low_sets)}; in "
            f"its highest third (from {first.above:.3g}) in "
            f"{of_sets(first.high_share, first.high_sets)}. Shuffled sets rarely differ "
            f"as much (p = {first.chance:.2g}, over all {len(splits)} unknowns)"
        )
    if splits and min(splits[0].low_sets, splits[0].high_sets) < LEAST_IN_THIRD:
        return (
            "It is not known which unknown flips the answer: each third holds "
            f"{splits[0].low_sets} sets, too few for a comparison"
        )
    return (
        "No unknown clearly flips the answer: the thirds of some unknown differ as much when "
        "sets are shuffled"
    )


def more_often(event: str, where: str, hits: int, of: int, *, sure: bool) -> str:
    """Whether something happens more often under a condition; ``sure``: data left out agree."""
    if not sure:
        return f"No condition in which {event} can be distinguished from chance"
    return f"{event[:1].upper()}{event[1:]} more often {where}: {hits} of {of} draws"
