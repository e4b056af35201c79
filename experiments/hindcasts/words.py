"""Recorded cases in words: what is on record, what the model says, and what may be said of both.

Verdicts are never counted: figures of a case hang together, some shaped the model, and a sum of
them would be read as a grade.
"""

from __future__ import annotations

from experiments.hindcasts.case import Case, Figure
from experiments.hindcasts.findings import Findings, Told
from experiments.hindcasts.verdicts import LEAST, Verdict
from experiments.hindcasts.work import WITH
from experiments.statistics.small_counts import nearest, too_small
from experiments.words.amounts import PEOPLE
from experiments.words.failed import no_headline
from experiments.words.first_screen import NO_FORECAST, FirstScreen
from experiments.words.sentences import capital, count, number
from sim import __version__

MEANINGS = {
    Verdict.INSIDE: "the central 80% of replications meet what the record allows",
    Verdict.OUTSIDE: "the central 80% of replications do not meet what the record allows",
    Verdict.UNINFORMATIVE: "they spread over more than half of what is possible, or the "
    "replications of another case, or of the same market without the "
    "failure or shock, spread no wider and meet the record too",
    Verdict.NONE: f"fewer than {LEAST} replications give the figure, or too many failed",
}


def amount(value: float, unit: str) -> str:
    """A value without its unit, a share as a percentage."""
    if value != value:
        return "not known"
    if unit == PEOPLE:
        return too_small(value) or number(nearest(value))
    return f"{100 * value:.0f}%" if unit == "share" else number(value)


def with_ends(middle: float, low: float, high: float, unit: str) -> str:
    """For example: 33% (28% to 38%), 89 (75 to 103) days."""
    told, *ends = (amount(value, unit) for value in (middle, low, high))
    spread = "" if told == ends[0] == ends[1] else f" ({ends[0]} to {ends[1]})"
    return f"{told}{spread}{'' if unit == 'share' or middle != middle else f' {unit}'}"


def on_record(figure: Figure) -> str:
    """The figure on record with what the record allows."""
    return with_ends(figure.observed, figure.low, figure.high, figure.unit)


def in_model(one: Told) -> str:
    """The median of the replications with the central 80%."""
    told = with_ends(one.band.middle, one.band.low, one.band.high, one.figure.unit)
    never = one.figure.unit == "days" and one.band.high >= one.figure.possible[1]
    return f"{told}; {number(one.figure.possible[1])} means not within this time" if never else told


def without(one: Told) -> str:
    """The same without what befalls the case, if anything is known of it."""
    band, unit = one.without, one.figure.unit
    told = with_ends(band.middle, band.low, band.high, unit)
    return f"; without the failure or shock {told}" if band.count else ""


def made_for(figure: Figure) -> str:
    """Whether the model was made with the figure in view."""
    return "in sample" if figure.in_sample else "out of sample"


def heading(case: Case) -> str:
    """A case's place, time and title."""
    return f"{case.place}, {case.when}: {case.title[:1].lower()}{case.title[1:]}"


def first_screen(findings: Findings) -> FirstScreen:
    """The verdicts by what they are; then case by case."""
    cases = findings.cases
    runs = count(findings.asked, "replication")
    title = [f"{count(len(cases), 'recorded case')}, {runs} each"]
    answer = [
        f"{verdict:15}{names_of(findings, verdict)}"
        for verdict in Verdict
        if any(one.verdict is verdict for one in findings.told)
    ]
    meanings = [f"{capital(verdict)}: {meaning}." for verdict, meaning in MEANINGS.items()]
    unknown = [case for case in cases if findings.too_many_failed(case)]
    answer += [f"{capital(case.code)}: {too_few(findings, case)}" for case in unknown]
    return FirstScreen(
        title,
        answer,
        [meanings, *(section(findings, case) for case in cases)],
        [[f"{capital(case.place)}:", *behind(case)] for case in cases],
        [
            f"*: this figure was known when the model was made, and shaped it. {NO_FORECAST}",
            "Figures of the model are medians of replications, with the central 80% in brackets.",
            f"Made by caremarket {__version__}, seed {findings.seed}.",
        ],
    )


def too_few(findings: Findings, case: Case) -> str:
    """That too many replications of a case failed."""
    failed = findings.asked - len(findings.by_arm[case.code, WITH])
    return no_headline(failed, findings.asked, "replications", "hindcast_runs.csv")


def names_of(findings: Findings, verdict: Verdict) -> str:
    """The figures with a verdict, by case; those that shaped the model have a star."""
    told = []
    for case in findings.cases:
        codes = [
            f"{one.figure.code}{'*' if one.figure.in_sample else ''}"
            for one in findings.told
            if one.case is case and one.verdict is verdict
        ]
        told += [f"{case.code} ({', '.join(codes)})"] if codes else []
    return ", ".join(told)


def section(findings: Findings, case: Case) -> list[str]:
    """A case's figures: what is on record, what the model says, the verdict."""
    lines = [f"{heading(case)} ({case.code})"]
    for one in findings.told:
        if one.case is case:
            lines += [
                f"  {capital(one.figure.meaning)}:",
                f"    on record {on_record(one.figure)}; in the model {in_model(one)}"
                f"{without(one)}: {one.verdict}{one.why and f' ({one.why})'}, "
                f"{made_for(one.figure)}",
            ]
    return lines


def behind(case: Case) -> list[str]:
    """What is on record, what shaped the model, what had been seen of it, what is guessed."""
    shaped = [f"  In sample: {one.code} ({one.shaped})." for one in case.figures if one.in_sample]
    seen = [f"  Known beforehand: {case.seen}"] if case.seen else []
    guessed = [f"  Assumed: {line}" for line in case.guessed]
    return [f"  {case.record}", f"  Source: {case.source}.", *shaped, *seen, *guessed]
