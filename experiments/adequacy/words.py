"""The first screen of N-1: how far others could take on a principal provider's work, and when not.

Only what was counted is told: no cause, and nothing of one simulated run but what happened in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

import numpy as np
import pandas as pd

from experiments.adequacy.decide import fall_of, sentence, trend
from experiments.adequacy.error_words import error_words, moves, one_error, percent
from experiments.adequacy.estimates import COMPANY, TEAM, FixedSet, Study, fixed_set
from experiments.adequacy.tables import ALL, FIXED, LEVELS
from experiments.adequacy.work import STAFF_MOVE_SHARES
from experiments.results.provenance import Inputs
from experiments.statistics.failed import too_many_failed
from experiments.words.failed import no_headline
from experiments.words.sentences import ONE_STORY, count, day_text, month_text
from sim import __version__
from sim.outcomes.histories import Flags

USUAL = 1
USUALLY = f"{100 * STAFF_MOVE_SHARES[USUAL]:.0f}%"
INDENT = " " * 19
SCREEN = 80
MONTHS_A_YEAR = 12
SINGLE = "a single simulated run"
OUTSIDE = (
    "N-1 itself may be below 0 (more is lost than was given) or above 1 (chance); it is not clipped"
)


@dataclass(frozen=True)
class Findings:
    """All that the first screen is told from."""

    inputs: Inputs
    study: Study
    years: pd.DataFrame
    chosen: pd.DataFrame
    sample: pd.DataFrame
    errors: pd.DataFrame
    expected: pd.DataFrame

    @property
    def missing(self) -> tuple[int, int, str]:
        """Of replications, or of branches, what failed, of how many, and what they are.

        The kind of which the larger share failed.
        """
        asked, branches = self.inputs.replications, len(self.sample)
        broken = int((self.sample["status"] == "failed").sum()) if branches else 0
        kinds = [(asked - len(self.study.replications), asked, "replications")]
        kinds += [(broken, branches, "branches")] if branches else []
        return max(kinds, key=lambda kind: kind[0] / kind[1])

    @property
    def too_many_failed(self) -> bool:
        """Whether so many failed that there is no headline."""
        failed, of, _ = self.missing
        return too_many_failed(failed, of)


def lines(found: Findings) -> list[str]:
    """The summary, a line each; an empty line parts the paragraphs."""
    if found.too_many_failed:
        failed, of, what = found.missing
        where = "n_minus_1_by_provider.csv and sample.csv"
        none = wrap(no_headline(failed, of, what, where), SCREEN)
        head = _title(found)
        names = head.index("")
        return [*head[:names], "", *none, *head[names:], "", *_reading(found)]
    return [
        *_title(found),
        "",
        *_companies(found),
        *_lowest(found),
        *_teams(found),
        "",
        *_decide(found.study),
        *_expected(found.expected),
        "",
        *_trust(found),
        *_reading(found),
    ]


def paragraph(head: str, *texts: str) -> list[str]:
    """Texts behind a head, each from a line of its own, none wider than a screen."""
    said: list[str] = []
    for text in texts:
        first = f"{head:{len(INDENT)}}" if not said else INDENT
        said += wrap(text, SCREEN, initial_indent=first, subsequent_indent=INDENT)
    return said


def _title(found: Findings) -> list[str]:
    scenario, study = found.inputs.scenario, found.study
    calendar = scenario.calendar
    return [
        f"{scenario.name}, {day_text(calendar.start)} to {day_text(calendar.end)}: "
        f"N-1 of principal providers, {replications(study)}",
        f"{scenario.commissioning.name}",
        "",
        *paragraph(
            "The question",
            "if a principal provider closed tonight, everywhere it works, how much of the care it "
            "gave would be there four weeks later?",
            "N-1 = 1 - extra hours without care in the county on day 28 / hours its people still "
            f"need. The fallback suffices at {percent(study.level)}",
        ),
    ]


def replications(study: Study) -> str:
    """How many simulated futures stand behind the figures."""
    many = len(study.replications)
    return SINGLE if many == 1 else f"{many} replications"


def one_of(row: pd.Series, name: str, form: str = "{:.0%}") -> str:
    """A mean with its interval, if there are several replications."""
    told = form.format(row[name])
    low, high = row.get(f"{name}_low", np.nan), row.get(f"{name}_high", np.nan)
    if not np.isfinite(low + high):
        return told
    return f"{told} ({form.format(low)} to {form.format(high)})"


def of_set(fixed: FixedSet, study: Study, noun: str) -> str:
    """Who is compared over the years, in words."""
    return (
        f"{int(fixed.keep.sum())} of {count(fixed.whole, noun)}: those that are principals from "
        f"{month_text(study.months[fixed.first])} on"
    )


def _companies(found: Findings) -> list[str]:
    """The county over the years: one fixed set, and whoever is there in the last year."""
    study = found.study
    fixed = fixed_set(study.companies, study.years)
    if fixed is None:
        nobody = "no provider is an area's principal in the time looked at"
        return paragraph("No principals", nobody)
    row = rows_of(found.years, COMPANY, ALL, STAFF_MOVE_SHARES[USUAL]).iloc[-1]
    return paragraph(
        "By provider",
        f"{of_set(fixed, study, 'provider')}; means weighted by hours, "
        "by the estimate (see How sure):",
        *(
            f"if {moves(share)}: {over_years(found.years, COMPANY, FIXED, share)}"
            for share in STAFF_MOVE_SHARES
        ),
        f"all {row['principals']:.0f} principals in {row['year']:.0f}, if {USUALLY} move: "
        f"{one_of(row, 'n_minus_1')}; {one_of(row, 'hours_below', '{:,.0f}')} of "
        f"{row['at_stake']:,.0f} hours a week are with providers below {percent(study.level)}",
    )


def rows_of(years: pd.DataFrame, kind: str, compared: str, share: float) -> pd.DataFrame:
    """The years of one set, at one share."""
    return years[
        (years["stops"] == kind)
        & (years["compared"] == compared)
        & (years["staff_move_share"] == share)
    ]


def over_years(
    years: pd.DataFrame, kind: str, compared: str, share: float, *, ends: bool = True
) -> str:
    """The first and the last year of a set; ``ends``: with intervals."""
    rows = rows_of(years, kind, compared, share)
    shown = [rows.iloc[0], rows.iloc[-1]] if len(rows) > 1 else [rows.iloc[0]]
    told = (one_of(row, "n_minus_1") if ends else percent(row["n_minus_1"]) for row in shown)
    return ", ".join(f"{text} {in_year(row)}" for text, row in zip(told, shown, strict=True))


def in_year(row: pd.Series) -> str:
    """The year of a mean, and how many of its months are in it if not all."""
    part = "" if row["months"] == MONTHS_A_YEAR else f" ({count(int(row['months']), 'month')})"
    return f"in {row['year']:.0f}{part}"


def _lowest(found: Findings) -> list[str]:
    """The lowest provider and the costliest month, never chosen and reported on one set of runs."""
    study = found.study
    if found.chosen.empty:
        return _lowest_here(study) if study.single else []
    rows = found.chosen[
        (found.chosen["stops"] == COMPANY)
        & (found.chosen["staff_move_share"] == STAFF_MOVE_SHARES[USUAL])
    ]
    if rows.empty:
        return []
    told = (chosen_words(row) for _, row in rows.iterrows())
    head = f"if {USUALLY} move, on replications that did not choose:"
    return paragraph("Chosen apart", head, *told)


def chosen_words(row: pd.Series) -> str:
    """Who was chosen on some replications, and its figure on the others."""
    share = row["figure"] == "n_minus_1"
    form = "{:.0%}" if share else "{:,.0f} hours"
    what = (
        "lowest N-1 of the last 12 months"
        if share
        else f"most hours without care within 91 days, {month_of(row['month'])}"
    )
    ends = ""
    if np.isfinite(row["low"] + row["high"]):
        ends = f" ({form.format(row['low'])} to {form.format(row['high'])})"
    return (
        f"{what}: {row['code']}, {form.format(row['mean'])}{ends}; "
        f"chosen on {row['chosen_on']:.0f}, reported on {row['reported_on']:.0f} other replications"
    )


def month_of(value: object) -> str:
    """A table's month in words."""
    return month_text(pd.Timestamp(str(value)))


def _lowest_here(study: Study) -> list[str]:
    """What was lowest in a single run: a fact of that run, of nothing else."""
    told = study.companies
    values = np.where(told.held, told.n_minus_1[:, USUAL], np.nan)[0, -12:]
    if not np.isfinite(values).any():
        return []
    month, place = np.unravel_index(int(np.nanargmin(values)), values.shape)
    when = study.months[len(study.months) - len(values) + int(month)]
    return paragraph(
        "In this run",
        f"lowest in the last 12 months if {USUALLY} move: {told.codes[int(place)]}, "
        f"{percent(float(values[month, place]))} in {month_text(when)}, in this simulated future "
        "only",
    )


def _teams(found: Findings) -> list[str]:
    """The kinder half of the question, beside it."""
    study = found.study
    fixed = fixed_set(study.teams, study.years)
    if fixed is None:
        return []
    share = STAFF_MOVE_SHARES[USUAL]
    return paragraph(
        "By area",
        "the kinder half of the question: the team of one area stops, the company goes on;",
        f"{of_set(fixed, study, 'area')};",
        f"if {moves(share)}: {over_years(found.years, TEAM, FIXED, share)}",
    )


def _decide(study: Study) -> list[str]:
    """Level by level: the first month below, how many are, and by when to decide."""
    fixed = fixed_set(study.companies, study.years)
    if fixed is None:
        return []
    planned = study.scenario.procurement.planned_days
    keep: Flags = fixed.keep
    county = study.companies.county(keep)[:, USUAL, fixed.first :]
    months = study.months[fixed.first :]
    falls = [fall_of(county, level) for level in reversed(LEVELS)]
    said = [sentence(fall, months, planned) for fall in falls]
    return paragraph(
        "Decide by",
        f"capacity tendered {planned:.0f} days ahead; N-1 of that fixed set of providers, if "
        f"{USUALLY} move; {trend(falls[0])}:",
        *said,
    )


def _expected(table: pd.DataFrame) -> list[str]:
    last = table[table["year"] == table["year"].max()]
    usual = last[last["staff_move_share"] == STAFF_MOVE_SHARES[USUAL]]
    if usual.empty or not usual["principals"].iloc[0] > 0:
        return []
    row = usual.iloc[0]
    ends = [
        last[last["staff_move_share"] == share].iloc[0]
        for share in (STAFF_MOVE_SHARES[0], STAFF_MOVE_SHARES[-1])
    ]
    return paragraph(
        "To be expected",
        f"{row['closures']:,.0f} hours without care a year in {row['year']:.0f} from closures of "
        f"principals ({row['closures_at_low_hazard']:,.0f} to "
        f"{row['closures_at_high_hazard']:,.0f} over the range of the hazard; "
        f"{ends[0]['closures']:,.0f} if none move, "
        f"{ends[1]['closures']:,.0f} if {100 * STAFF_MOVE_SHARES[-1]:.0f}%);",
        f"shortfalls add at most {row['shortfalls_at_most']:,.0f}. One closure in twenty would "
        f"cost more than {row['loss_p95']:,.0f} hours",
    )


def _trust(found: Findings) -> list[str]:
    """How far the estimate is off, and what it is not."""
    errors = found.errors
    failed = int((found.sample["status"] == "failed").sum()) if len(found.sample) else 0
    warned = [f"{failed} of the closures FAILED: see sample.csv"] if failed else []
    if errors.empty:
        return paragraph(
            "How sure",
            "WARNING: all of this is estimated, and nothing was compared with it: no provider was "
            "really closed in this run",
            *warned,
        )
    told = [
        error_words(noun, share, error)
        for kind, noun in ((COMPANY, "company closes"), (TEAM, "team alone stops"))
        for share in STAFF_MOVE_SHARES
        if (error := one_error(errors, kind, "principal", share)) is not None
    ]
    return paragraph(
        "How sure",
        "all of this is estimated; the estimate was held against real closures:",
        *told,
        *warned,
    )


def _reading(found: Findings) -> Sequence[str]:
    scenario, inputs = found.inputs.scenario, found.inputs
    applied = f", with {', '.join(scenario.overrides)}" if scenario.overrides else ""
    told = (
        f"This is {SINGLE}: {ONE_STORY}. Add --replications 10 for intervals."
        if found.study.single
        else "In brackets: 95% interval of the mean over replications."
    )
    return [
        *paragraph(
            "Before go-live",
            "an area has no principal; its largest provider stands for one in "
            "n_minus_1_by_area.csv and is hatched in the charts",
        ),
        *wrap(
            f"{told} {OUTSIDE}. This is a model, not a forecast: many of its parameters are "
            f"assumptions (caremarket parameters {scenario.code}).",
            SCREEN,
        ),
        f"Made by caremarket {__version__} from scenario {scenario.code} "
        f"({scenario.identity[:8]}){applied}, seed {inputs.seed}, run {inputs.identity[:8]}.",
    ]
