"""The first screen of a study: the answer in words and numbers, with units and intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isfinite, isnan

import pandas as pd

from experiments.engine.folder import short
from experiments.statistics.claims import Finding
from experiments.statistics.failed import too_many_failed
from experiments.study.estimates import NO
from experiments.study.missing import (
    Counts,
    bound_words,
    counts_of,
    cut_words,
    known_words,
    no_headline_words,
)
from experiments.study.own_code import Brought
from experiments.study.study import Study
from experiments.words import claims
from experiments.words.amounts import ALL, Row, amount, between, rows_of, unit_of, with_unit
from experiments.words.first_screen import NO_FORECAST, FirstScreen
from experiments.words.lines import WIDTH, wrapped
from experiments.words.placebos import Rows, beside_words, held_to_placebos, needs_placebo
from sim import __version__
from sim.outcomes.declaration import Outcome
from sim.outcomes.placebo import PLACEBOS

SHORT = 6
"""Lines that an answer may have."""
UNFINISHED = (
    "Not finished: means are of the runs finished so far. If a scenario or a draw still lacks "
    "runs, the comparison is not fair. Do not quote."
)


def first_screen(
    study: Study,
    figures: pd.DataFrame,
    differences: pd.DataFrame | None,
    replications: int,
    failed: int,
    scenarios: Sequence[str] | None = None,
    hangs: Sequence[str] = (),
) -> FirstScreen:
    """What is told: how the scenarios differ, then every outcome wanted, scenario by scenario.

    ``hangs``: what the outcomes hang on, if what was varied could be analysed.
    """
    names = list(scenarios or [named.name for named in study.scenarios])
    told = study.declared
    own = told_rows(figures)
    apart = {} if differences is None else told_rows(differences)
    title = [headline(study, replications, failed, len(names))]
    title += [UNFINISHED] if study.so_far else []
    title += [f"Question: {study.question}"] if study.question else []
    headlines = rows_with_headline(apart)
    findings = findings_of(headlines, study.outcomes)
    beside = beside_of(rows_with_headline(own), [told[outcome] for outcome in study.outcomes])
    wide = max(len(name) for name in names)
    blocks = [
        outcome_lines(told[outcome], names, own, apart, wide, findings, beside)
        for outcome in study.outcomes
    ]
    # The first outcome is what the study asks about: it is the answer, if it is short.
    short = len(wrapped(blocks[0])) <= SHORT
    summed = how_different(study, findings)
    # Of one difference alone, its own line has said it.
    answer = blocks[0] if short and (len(findings) < 2 or not summed) else summed
    short = answer is blocks[0]
    answer = answer or [f"{len(names)} scenarios" if len(names) > 1 else "One scenario"]
    chosen = (told[outcome] for outcome in study.outcomes)
    sure = how_sure(study, apart or own, replications)
    if findings:
        one = next(iter(findings.values()))
        sure.append(claims.family_words(one.comparisons, one.needed))
    sections = [
        *(blocks[1:] if short else blocks),
        limits_words(list(chosen), own, apart),
        hangs,
        [*sure, *pairing_words(study, differences)],
    ]
    return FirstScreen(title, answer, sections, foot=reading(study, replications))


def how_different(study: Study, findings: Mapping[tuple[str, str], Finding]) -> list[str]:
    """How many of all differences from the first scenario are more than chance, and which."""
    if len(study.scenarios) < 2:
        return []
    said = claims.how_many_differ(findings, study.scenarios[0].name)
    which = claims.which_differ(findings, {one.name: one.better for one in study.declared.values()})
    return [f"{said}{f': {which}' if which else ''}."]


def findings_of(rows: Rows, outcomes: Sequence[str]) -> dict[tuple[str, str], Finding]:
    """What may be claimed of these outcomes; an effect on others beyond its placebo only."""
    shown = {key: row for key, row in rows.items() if key[1] in outcomes}
    return held_to_placebos(claims.of_rows(shown), rows)


def beside_of(rows: Rows, outcomes: Sequence[Outcome]) -> dict[tuple[str, str], str]:
    """The placebo in words, by scenario and outcome, wherever an outcome is about others."""
    about = {one.name: one for one in outcomes if needs_placebo(one)}
    findings = findings_of(rows, list(about))
    return {
        (name, outcome): beside_words(rows, name, about[outcome], finding)
        for (name, outcome), finding in findings.items()
    }


def pairing_words(study: Study, differences: pd.DataFrame | None) -> list[str]:
    """How many replications common random numbers saved for the first outcome."""
    if differences is None or differences.empty:
        return []
    mine = differences[
        (differences["draw"].astype(str) == ALL) & (differences["outcome"] == study.outcomes[0])
    ]
    told = [
        f"{row['scenario']} {row['pairing_factor']:.3g}"
        for row in mine.to_dict("records")
        if isfinite(row["pairing_factor"]) and row["headline"] != NO
    ]
    if not told:
        return []
    return [
        "Common random numbers: all scenarios have the same people, carers and shocks. The "
        f"difference in {study.outcomes[0]} is therefore as precise as with this many times as "
        f"many independent replications: {', '.join(told)}."
    ]


def headline(study: Study, replications: int, failed: int, scenarios: int) -> str:
    """How much was run."""
    draws = len(study.draws)
    parts = [f"{scenarios} {'scenario' if scenarios == 1 else 'scenarios'}"]
    if study.draws.varied:
        parts.append(f"{draws} {'draw' if draws == 1 else 'draws'} ({how_drawn(study)})")
    begin = study.replications.begin
    numbers = f" (numbers {begin} to {begin + replications - 1})" if begin else ""
    parts.append(
        f"{replications} {'replication' if replications == 1 else 'replications'}{numbers}"
    )
    runs = scenarios * draws * replications
    bad = f", {failed} of them FAILED (runs.csv says why)" if failed else ""
    return f"{study.title}: {' x '.join(parts)} = {runs:,} runs{bad}."


def how_drawn(study: Study) -> str:
    """What the draws vary, in words."""
    roles = [one.role for one in study.draws.varied]
    counted = [
        (roles.count("uncertainty"), "uncertainty", "uncertainties"),
        (roles.count("lever"), "lever", "levers"),
    ]
    told = [f"{number} {one if number == 1 else many}" for number, one, many in counted if number]
    whose = {1: ", each with its own people", len(study.draws): ""}
    people = whose.get(study.draws.group_size, ", each row with its own people")
    return f"{study.draws.method.replace('_', ' ')} over {' and '.join(told)}{people}"


@dataclass(frozen=True, slots=True)
class Told:
    """A row of figures or of differences, and what it is made of."""

    row: Row
    counts: Counts


def told_rows(frame: pd.DataFrame) -> dict[tuple[str, str], Told]:
    """Rows over all draws by scenario and outcome."""
    counts = counts_of(frame)
    return {key: Told(row, counts[key]) for key, row in rows_of(frame).items()}


def rows_with_headline(told: Mapping[tuple[str, str], Told]) -> dict[tuple[str, str], Row]:
    """The rows of which enough is known to say something of them.

    A placebo is a bound wherever there is one: it is not there in futures without so small a
    provider.
    """
    return {
        key: one.row
        for key, one in told.items()
        if one.counts.told or (key[1] in PLACEBOS and is_bound(one.counts))
    }


def is_bound(counts: Counts) -> bool:
    """Whether a placebo that is not there everywhere is a bound all the same."""
    return counts.known > 0 and not too_many_failed(counts.failed, counts.carried_out)


def outcome_lines(
    outcome: Outcome,
    names: Sequence[str],
    own: Mapping[tuple[str, str], Told],
    apart: Mapping[tuple[str, str], Told],
    wide: int,
    findings: Mapping[tuple[str, str], Finding],
    beside: Mapping[tuple[str, str], str],
) -> list[str]:
    """One outcome: each scenario's mean, the placebo beside it, and its difference."""
    better = "" if outcome.better == "neither" else f"; {outcome.better} is better"
    text = [f"{outcome.name}: {outcome.meaning} ({unit_of(outcome)}{better})"]
    for name in names:
        value, difference = own.get((name, outcome.name)), apart.get((name, outcome.name))
        if difference is not None and not difference.counts.known and not difference.counts.failed:
            difference = None  # one of the two never has it
        finding = findings.get((name, outcome.name))
        text += scenario_lines(outcome, f"{name:{wide}}", value, difference, finding)
        placebo = beside.get((name, outcome.name), "")
        text += [f"  {'':{wide}}    {placebo}"] if placebo else []
    return text


def scenario_lines(
    outcome: Outcome,
    name: str,
    value: Told | None,
    difference: Told | None,
    finding: Finding | None,
) -> list[str]:
    """A scenario's mean, its difference, of how many runs each is, and how far draws lie apart."""
    if value is None or not (value.counts.known or value.counts.failed):
        return [f"  {name}  not known"]
    below = f"  {'':{len(name)}}    "
    unit = outcome.unit
    parts = value_words(value, unit)
    if difference is not None:
        parts += pair_words(difference, outcome, finding)
    text = [f"  {name}  {parts[0]}"]
    for part in parts[1:]:
        if len(text[-1]) + len(part) + 3 <= WIDTH:
            text[-1] += f";  {part}"
        else:
            text += wrapped([f"{below}{part}"])
    spread = difference or value
    if spread.counts.told and not isnan(spread.row.draws_low):
        low, high = (
            amount(end, unit, signed=difference is not None)
            for end in (spread.row.draws_low, spread.row.draws_high)
        )
        what = "difference" if difference is not None else "mean"
        text.append(f"{below[:-2]}over the draws: {what} {low} to {high} (5% to 95% of them)")
    return text


def value_words(value: Told, unit: str) -> list[str]:
    """A mean and what it is made of, or why there is none to tell."""
    if not value.counts.told:
        return [no_headline_words(value.counts)]
    parts = [between(value.row, unit), known_words(value.counts), bound_words(value.counts, unit)]
    return [part for part in parts if part]


def pair_words(difference: Told, outcome: Outcome, finding: Finding | None) -> list[str]:
    """A difference and what it is made of, or why there is none to tell."""
    counts = difference.counts
    if not counts.told or finding is None:
        return [f"difference: {no_headline_words(counts, pairs=True)}"]
    known, bounds = (
        known_words(counts, pairs=True),
        bound_words(counts, outcome.unit, pairs=True),
    )
    parts = [difference_words(difference.row, outcome, finding)]
    parts += [f"difference {words}" for words in (known,) if words]
    parts += [f"difference {words}" for words in (bounds,) if words]
    return parts


def limits_words(
    outcomes: Sequence[Outcome],
    own: Mapping[tuple[str, str], Told],
    apart: Mapping[tuple[str, str], Told],
) -> list[str]:
    """Why intervals end where no value can lie beyond, if some do."""
    by_name = {one.name: one for one in outcomes}
    shown = [
        (by_name[outcome], one.counts)
        for rows in (own, apart)
        for (_, outcome), one in rows.items()
        if outcome in by_name
    ]
    words = cut_words(shown)
    return [words] if words else []


def difference_words(row: Row, outcome: Outcome, finding: Finding) -> str:
    """A difference and what it means."""
    judged = claims.verdict(finding, outcome.better)
    if judged == claims.SAME:
        return judged
    told = with_unit(between(row, outcome.unit, signed=True), outcome, difference=True)
    return f"{told}: {judged}"


def how_sure(study: Study, told: Mapping[tuple[str, str], Told], replications: int) -> list[str]:
    """Whether the replications were enough, and how many would be.

    ``told``: the differences, or with one scenario alone its own figures.
    """
    apart = rows_with_headline(told)
    plan = study.replications
    if plan.within is not None:
        return [until_words(study, apart, replications)]
    widest = [
        (row, name)
        for (name, outcome), row in apart.items()
        if outcome == study.outcomes[0] and not isnan(row.low) and row.high > row.low
    ]
    if not widest:
        return []
    row, name = max(widest, key=lambda pair: pair[0].high - pair[0].low)
    # An end that was set to a limit is nearer than it was; the other one tells the width.
    half, unit = max(row.high - row.mean, row.mean - row.low), study.declared[study.outcomes[0]]
    where = "" if told[name, unit.name].counts.whole else " where it is known"
    more = f"{4 * replications:,} replications would be needed (caremarket extend)"
    if study.draws.people == "own":
        more = "four times as many draws would be needed (draws.number)"
    return [
        f"Precision: {unit.name} of {name} is known to within "
        f"{with_unit(amount(half, unit.unit), unit, difference=True)}{where}; to halve that, "
        f"about {more}."
    ]


def until_words(study: Study, apart: dict[tuple[str, str], Row], replications: int) -> str:
    """Whether a study that ran until something was known got there."""
    plan = study.replications
    assert plan.within is not None
    outcome = study.declared[plan.outcome]
    halves = {
        name: (row.high - row.low) / 2
        for (name, which), row in apart.items()
        if which == plan.outcome
    }
    wanted = with_unit(amount(plan.within, outcome.unit), outcome, difference=True)
    subject = "the difference in" if len(study.scenarios) > 1 else "the mean of"
    late = {name: half for name, half in halves.items() if not half <= plan.within}
    if not late:
        return (
            f"Precision: {subject} {outcome.name} is known to within {wanted}, as asked for, "
            f"after {replications} replications (two-stage intervals, which keep their "
            "coverage)."
        )
    told = ", ".join(
        f"{name} to within {amount(half, outcome.unit)}" for name, half in late.items()
    )
    more = [
        ceil(replications * (half / plan.within) ** 2) for half in late.values() if isfinite(half)
    ]
    cure = f"; about {max(more):,} replications would be enough" if more else ""
    return (
        f"NOT AS PRECISE AS ASKED FOR: {subject} {outcome.name} should be known to within "
        f"{wanted}; after {replications} replications it is known for {told}{cure}."
    )


def own_words(brought: Brought) -> str:
    """That what was run is more than the model, and what more."""
    files = ", ".join(f"{name} ({short(told)})" for name, told in brought.code.hashes.items())
    rules = f"; rules {', '.join(brought.rules)}" if brought.rules else ""
    outcomes = ", ".join(one.name for one in brought.outcomes)
    return f"With own code: {files}{f'; outcomes {outcomes}' if outcomes else ''}{rules}."


def reading(study: Study, replications: int) -> list[str]:
    """How to read it, and what made it."""
    base = study.scenarios[0]
    text = []
    if study.draws.people == "own":
        text.append(
            "In brackets: 95% interval of the mean over draws, each with its own people (the "
            f"effect of unknowns and of chance). {NO_FORECAST}"
        )
    elif replications > 1:
        text.append(
            f"In brackets: 95% interval of the mean over replications (chance). {NO_FORECAST}"
        )
    else:
        text.append(NO_FORECAST)
    if len(study.scenarios) > 1:
        text.append(
            f"Differences are from {base.name}, run by run with the same people, carers and shocks."
        )
    if study.own is not None:
        text.append(own_words(study.own))
    text.append(
        "Many of the model's parameters are assumptions. "
        f"Made by caremarket {__version__} from county {base.scenario.code}, study {study.title} "
        f"({study.whole_identity[:8]}), seed {study.seed}, version {study.made_with[:8]}."
    )
    return text
