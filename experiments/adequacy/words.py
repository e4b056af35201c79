"""The first screen of N-1: how far others could take on a principal provider's work, and when not.

Only what was counted is told: no cause, and nothing of one simulated run but what happened in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap

import numpy as np
import pandas as pd

from experiments.adequacy.decide import fall_of, sentence, trend
from experiments.adequacy.error_words import error_words, moves, one_error, percent, typical_words
from experiments.adequacy.estimates import COMPANY, TEAM, FixedSet, Study, fixed_set
from experiments.adequacy.tables import ALL, FIXED, LEVELS
from experiments.adequacy.work import STAFF_MOVE_SHARES
from experiments.results.provenance import Inputs
from experiments.statistics.failed import too_many_failed
from experiments.words.failed import no_headline
from experiments.words.first_screen import IN_BRACKETS, NO_FORECAST, FirstScreen, interval, rounded
from experiments.words.sentences import ONE_STORY, count, day_text, month_text
from sim import __version__
from sim.outcomes.histories import Flags

USUAL = 1
USUALLY = f"{100 * STAFF_MOVE_SHARES[USUAL]:.0f}%"
INDENT = " " * 19
SCREEN = 80
MONTHS_A_YEAR = 12
SINGLE = "a single simulated run"
OUTSIDE = "It may lie below 0% (more care is lost than the provider gave) or above 100% (by chance)"


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


def screen(found: Findings) -> FirstScreen:
    """The answer for all principals; then over the years, by area, when to decide, how sure."""
    if found.too_many_failed:
        none = no_headline(*found.missing, "n_minus_1_by_provider.csv and sample.csv")
        return FirstScreen(_title(found), [none], [_question(found.study)], foot=_reading(found))
    sections = [
        _question(found.study),
        [*_companies(found), *_lowest(found), *_teams(found)],
        [*_decide(found.study), *_expected(found.expected)],
        [*_trust(found), *_before_go_live()],
    ]
    return FirstScreen(_title(found), _answer(found), sections, foot=_reading(found))


def _answer(found: Findings) -> list[str]:
    """N-1 of all principals in the last year, and how many of their hours are below the level."""
    study = found.study
    if fixed_set(study.companies, study.years) is None:
        return ["No provider is the principal provider of an area during the run."]
    share = STAFF_MOVE_SHARES[USUAL]
    row = rows_of(found.years, COMPANY, ALL, share).iloc[-1]
    error = one_error(found.errors, COMPANY, "principal", share)
    off = (
        "This estimate was not checked: no closure was simulated in full."
        if error is None
        else f"Compared with fully simulated closures, the estimate has a {typical_words(error)}."
    )
    return [
        "If a principal provider closed tonight, everywhere it works, how much of the care it "
        "gave would be available four weeks later?",
        f"N-1 {in_year(row)}: {one_of(row, 'n_minus_1')}, mean of "
        f"{count(int(row['principals']), 'principal provider')} weighted by hours, if "
        f"{moves(share)}.",
        f"Providers with N-1 below {percent(study.level)} give {told_hours(row, 'hours_below')} "
        f"of {rounded(row['at_stake'])} hours a week.",
        off,
    ]


def told_hours(row: pd.Series, name: str) -> str:
    """Hours with their interval, if there are several replications; two significant figures."""
    low, high = row.get(f"{name}_low", np.nan), row.get(f"{name}_high", np.nan)
    return interval(row[name], low, high)


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
    ]


def _question(study: Study) -> list[str]:
    """What is counted, as a formula."""
    return paragraph(
        "N-1",
        "cover after the loss of one provider: 1 - extra hours without care in the county on "
        "day 28 / hours that the provider's people still need. The fallback is enough at "
        f"{percent(study.level)} or more. {OUTSIDE}",
    )


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
        f"{int(fixed.keep.sum())} of {count(fixed.whole, noun)}: those that are principal "
        f"providers from {month_text(study.months[fixed.first])} on"
    )


def _companies(found: Findings) -> list[str]:
    """The county over the years: one fixed set, and whoever is there in the last year."""
    study = found.study
    fixed = fixed_set(study.companies, study.years)
    if fixed is None:
        nobody = "no provider is the principal provider of an area during the run"
        return paragraph("No provider", nobody)
    return paragraph(
        "By provider",
        f"{of_set(fixed, study, 'provider')}; estimated means weighted by hours (see Accuracy):",
        *(
            f"if {moves(share)}: {over_years(found.years, COMPANY, FIXED, share)}"
            for share in STAFF_MOVE_SHARES
        ),
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
    head = f"if {USUALLY} move; some replications choose and the others measure:"
    return paragraph("Extremes", head, *told)


def chosen_words(row: pd.Series) -> str:
    """Who was chosen on some replications, and its figure on the others."""
    share = row["figure"] == "n_minus_1"
    form = "{:.0%}" if share else "{:,.0f} hours"
    what = (
        "smallest N-1 seen in the last 12 months"
        if share
        else f"most hours without care within 91 days, {month_of(row['month'])}"
    )
    ends = ""
    if np.isfinite(row["low"] + row["high"]):
        ends = f" ({form.format(row['low'])} to {form.format(row['high'])})"
    return (
        f"{what}: {row['code']}, {form.format(row['mean'])}{ends}; chosen on "
        f"{count(int(row['chosen_on']), 'replication')}, measured on {row['reported_on']:.0f} "
        f"other{'' if row['reported_on'] == 1 else 's'}"
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
        f"smallest value in the last 12 months if {USUALLY} move: {told.codes[int(place)]}, "
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
        "only the team of one area stops, and the company goes on elsewhere;",
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
        f"if capacity is tendered {planned:.0f} days ahead; N-1 of that fixed set of providers, "
        f"if {USUALLY} move; {trend(falls[0])}:",
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
        "Expected loss",
        f"{rounded(row['closures'])} hours without care a year in {row['year']:.0f} from "
        f"closures of principal providers ({rounded(row['closures_at_low_hazard'])} to "
        f"{rounded(row['closures_at_high_hazard'])} over the range of the failure rate; "
        f"{rounded(ends[0]['closures'])} if no carers move and {rounded(ends[1]['closures'])} "
        f"if {100 * STAFF_MOVE_SHARES[-1]:.0f}% move);",
        f"shortfalls add at most {rounded(row['shortfalls_at_most'])} and contracts handed back "
        f"at most {rounded(row['losses_at_most'])}. One closure in twenty would cost more than "
        f"{rounded(row['loss_p95'])} hours",
    )


def _trust(found: Findings) -> list[str]:
    """How far the estimate is off, and what it is not."""
    errors = found.errors
    failed = int((found.sample["status"] == "failed").sum()) if len(found.sample) else 0
    warned = [f"{failed} of the simulated closures FAILED: see sample.csv"] if failed else []
    if errors.empty:
        return paragraph(
            "Accuracy",
            "WARNING: all these figures are estimates, and they were not checked: this run "
            "simulated no closure in full",
            *warned,
        )
    told = [
        error_words(noun, share, error)
        for kind, noun in ((COMPANY, "company closes"), (TEAM, "one team stops"))
        for share in STAFF_MOVE_SHARES
        if (error := one_error(errors, kind, "principal", share)) is not None
    ]
    if not told:
        return paragraph(
            "Accuracy",
            "the sample holds no fully simulated closure of a principal provider",
            *warned,
        )
    return paragraph(
        "Accuracy",
        "all these figures are estimates; the estimates were compared with fully simulated "
        "closures:",
        *told,
        *warned,
    )


def _before_go_live() -> list[str]:
    return paragraph(
        "Before go-live",
        "an area has no principal provider; n_minus_1_by_area.csv gives the figures of the "
        "provider with most hours there, and the charts show them hatched",
    )


def _reading(found: Findings) -> list[str]:
    scenario, inputs = found.inputs.scenario, found.inputs
    applied = f", with {', '.join(scenario.overrides)}" if scenario.overrides else ""
    told = (
        f"This is {SINGLE}: {ONE_STORY}. Add --replications 10 for intervals. {NO_FORECAST}"
        if found.study.single
        else IN_BRACKETS
    )
    return [
        told,
        f"Many of the model's parameters are assumptions (caremarket parameters {scenario.code}).",
        f"Made by caremarket {__version__} from scenario {scenario.code} "
        f"({scenario.identity[:8]}){applied}, seed {inputs.seed}, run {inputs.identity[:8]}.",
    ]
