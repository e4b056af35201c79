"""The fit: what the model gives beside what was published, with a verdict on each figure.

A figure *fails* only where the 99% interval of the model's mean lies wholly outside the figure's
tolerance, and the published figure is more than a memory. It *holds* where the 95% interval lies
wholly within, is known from at least 10 replications, and half of it is at most a quarter of the
tolerance from end to end. Otherwise one *cannot tell*: so a fit never looks better for having been
run less.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, inf, log10, nan
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from experiments.fit.work import Measured
from experiments.statistics.claims import LEAST_PAIRS
from experiments.statistics.failed import too_many_failed
from experiments.statistics.intervals import CONFIDENCE, t_interval
from experiments.words.sentences import capital
from sim.outcomes.catalogue import measured_in_parts
from sim.scenario import Fault
from sim.scenario.draft import Draft
from sim.scenario.faults import nearest
from sim.scenario.tables import TargetRow
from sim.scenario.target_checks import FROM_MEMORY

Verdict = Literal["holds", "cannot tell", "fails", "not simulated"]
VERDICTS: tuple[Verdict, ...] = ("holds", "cannot tell", "fails", "not simulated")
USES = {"input": " (given)", "fitted": " (fitted)", "independent": ""}
SURE = 0.99
"""How sure it has to be that a figure fails."""
NARROW = 0.25
"""Half of an interval, as a share of the tolerance, beyond which one cannot tell."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over replications and the ends of its 95 and 99% intervals (Student's t)."""

    mean: float
    low_95: float
    high_95: float
    low_99: float
    high_99: float
    replications: int
    given: bool = False


@dataclass(frozen=True, slots=True)
class FitLine:
    """A published figure and what the model gives beside it."""

    row: TargetRow
    model: Interval
    verdict: Verdict


def interval_of(values: Sequence[float], *, given: bool = False) -> Interval:
    """The mean of the values that are known and its intervals.

    One value alone has no interval, unless it was ``given`` to the model and has no chance in it.
    """
    known: NDArray[np.float64] = np.array([value for value in values if not np.isnan(value)])
    if known.size == 0:
        return Interval(nan, nan, nan, nan, nan, 0)
    mean = float(known.mean())
    if given:
        return Interval(mean, mean, mean, mean, mean, int(known.size), given=True)
    inner, outer = (t_interval(known, confidence) for confidence in (CONFIDENCE, SURE))
    return Interval(mean, inner.low, inner.high, outer.low, outer.high, int(known.size))


def verdict_on(model: Interval, low: float, high: float, sure: str = "document") -> Verdict:
    """The verdict on a figure with this tolerance; ``sure``: how sure the figure itself is."""
    if model.replications == 0:
        return "not simulated"
    if np.isnan(model.low_95):
        return "cannot tell"
    if model.high_99 < low or model.low_99 > high:
        return "cannot tell" if sure == FROM_MEMORY else "fails"
    # What is given to the model has no chance in it, so one replication tells it.
    known = model.given or model.replications >= LEAST_PAIRS
    narrow = (model.high_95 - model.low_95) / 2 <= NARROW * (high - low)
    within = low <= model.low_95 and model.high_95 <= high
    return "holds" if known and narrow and within else "cannot tell"


def compared(
    rows: Sequence[TargetRow], results: Sequence[Measured], asked: int | None = None
) -> list[FitLine]:
    """Each figure beside the model, in the order of the rows.

    Where too many of the replications ``asked`` for (by default those there are) failed, one cannot
    tell of any figure.
    """
    of = len(results) if asked is None else asked
    few = too_many_failed(of - len(results), of)
    known, found = measured_in_parts(), []
    for row in rows:
        values = [result.values[row.code] for result in results]
        model = interval_of(values, given=known[row.measure].of_scenario)
        verdict = verdict_on(model, row.low, row.high, row.sure)
        unknown = few and verdict != "not simulated"
        found.append(FitLine(row, model, "cannot tell" if unknown else verdict))
    return found


def fails(table: Sequence[FitLine]) -> list[FitLine]:
    """The figures that must hold and do not."""
    return [line for line in table if line.row.role == "must_hold" and line.verdict == "fails"]


def measure_faults(draft: Draft) -> list[Fault]:
    """Rows that name no measure, or a measure of tiers without a tier in their scope."""
    tiers = {str(row.get("code")) for row in draft.rows("commissioning", "tiers")}
    known, faults = measured_in_parts(), []
    for index, row in enumerate(draft.rows("targets")):
        name = row.get("measure")
        if name is None:
            continue
        path = ("targets", index, "measure")
        if name not in known:
            cure = nearest(str(name), list(known))
            faults.append(draft.fault(path, f"there is no measure {name!r}", cure))
        elif known[name].needs_tiers and draft.own_model:
            named = {part.strip() for part in str(row.get("scope")).split(";")}
            if not named & tiers:
                wrong = f"{name} needs a tier, and the scope does not name one"
                cure = f"Name one of: {', '.join(sorted(tiers))}"
                faults.append(draft.fault(("targets", index, "scope"), wrong, cure))
    return faults


# In words ----------------------------------------------------------------------------------------


def headline(table: Sequence[FitLine]) -> list[str]:
    """The answer: the verdict, and how many figures have which."""
    must = [line for line in table if line.row.role == "must_hold"]
    watched = [line for line in table if line.row.role == "watch"]
    failing = [line.row.meaning for line in fails(table)]
    verdict = f"Fails: {'; '.join(failing)}" if failing else unless_failing(must)
    most = max((line.model.replications for line in table), default=0)
    runs = "1 replication" if most == 1 else f"{most} replications"
    return [
        f"{capital(verdict)}.",
        *([f"Of {len(must)} that must hold, {tally(must)}."] if must else []),
        *([f"Of {len(watched)} watched, {tally(watched)}."] if watched else []),
        f"By {runs}.",
    ]


def unless_failing(must: Sequence[FitLine]) -> str:
    """What is known where no figure that must hold is known to fail."""
    held = sum(line.verdict == "holds" for line in must)
    if held == len(must):
        if held <= 1:
            return "the one figure that must hold does" if held else "no figure has to hold"
        return f"all {held} figures that must hold do"
    return f"{len(must) - held} of {len(must)} figures that must hold are inconclusive"


def tally(lines: Sequence[FitLine]) -> str:
    """How many figures have which verdict, in words."""
    counts = Counter(line.verdict for line in lines)
    words = {"holds": "hold", "cannot tell": "are inconclusive", "fails": "fail"}
    words["not simulated"] = "lie outside the run"
    told = [f"{counts[name]} {words[name]}" for name in VERDICTS if counts[name] or name == "holds"]
    return ", ".join(told)


def digits_of(row: TargetRow) -> int:
    """Decimals with which a figure is worth showing, by the width of its tolerance."""
    least = 0 if max(abs(row.low), abs(row.high)) >= 20 else 1
    return min(4, max(least, 1 - floor(log10(row.high - row.low))))


def shown(row: TargetRow, value: float) -> str:
    """A value of a figure."""
    return "-" if np.isnan(value) else f"{value:,.{digits_of(row)}f}"


def published(row: TargetRow) -> str:
    """The published figure, with the digits it has."""
    return f"{row.published:,.6g}"


def tolerance(row: TargetRow) -> str:
    """A tolerance."""
    return f"{shown(row, row.low)} to {shown(row, row.high)}"


def in_words(line: FitLine) -> str:
    """The model's mean with its 95% interval."""
    model = line.model
    mean = shown(line.row, model.mean)
    if np.isnan(model.low_95) or model.low_95 == model.high_95:
        return mean
    low = max(0.0, model.low_95) if line.row.low >= 0 else model.low_95
    return f"{mean} ({shown(line.row, low)} to {shown(line.row, model.high_95)})"


COLUMNS = (16, 11, 21, 28)
HEAD = ("", "published", "tolerance", "model")


def in_columns(cells: Sequence[str]) -> str:
    """One row of numbers on the terminal, beside its verdict."""
    first, *rest = cells
    told = "".join(cell.rjust(width) for cell, width in zip(rest, COLUMNS[1:], strict=True))
    return f"    {first:{COLUMNS[0]}}{told}".rstrip()


def terminal_table(table: Sequence[FitLine]) -> list[list[str]]:
    """The fit table: a figure in a line, and its verdict and numbers in the next."""
    sections = []
    for role, words in (("must_hold", "Must hold"), ("watch", "Watched (may fail)")):
        part = [line for line in table if line.row.role == role]
        if not part:
            continue
        lines = [words + in_columns(HEAD)[len(words) :]]
        for line in part:
            row = line.row
            lines.append(f"  {row.meaning}, {row.unit}{USES[row.use]} [{row.sure}]")
            cells = (line.verdict, published(row), tolerance(row), in_words(line))
            lines.append(in_columns(cells))
        sections.append(lines)
    return sections


def reasons(table: Sequence[FitLine]) -> list[str]:
    """What is said of the figures that do not hold."""
    told = [line for line in table if line.verdict == "fails" and line.row.note]
    if not told:
        return []
    return ["Why they fail", *(f"  {line.row.meaning}: {line.row.note}" for line in told)]


def markdown_table(table: Sequence[FitLine]) -> list[str]:
    """The fit table for a document."""
    lines = [
        "| figure | unit | published | when | tolerance | model, mean (95% interval) | compared "
        "with | role | use | verdict | source |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for line in table:
        row = line.row
        cells = (
            f"{row.meaning} (`{row.code}`)",
            row.unit,
            published(row),
            row.published_when,
            tolerance(row),
            in_words(line),
            f"{row.period.replace('_', ' ')}, {row.scope}",
            row.role.replace("_", " "),
            row.use,
            f"**{line.verdict}**" if line.verdict == "fails" else line.verdict,
            f"{row.source} ({row.sure})",
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    notes = [line.row for line in table if line.row.note]
    return [*lines, "", *(f"- `{row.code}`: {row.note}" for row in notes)]


def beyond(line: FitLine) -> float:
    """How far the mean lies outside the tolerance, in widths of it; 0 within."""
    if np.isnan(line.model.mean):
        return -inf
    low, high = line.row.low, line.row.high
    return max(0.0, low - line.model.mean, line.model.mean - high) / (high - low)
