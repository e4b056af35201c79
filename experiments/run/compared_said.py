"""Compared notices and responses as sentences: a difference is told only if pairs bear it out.

All differences are pairs of branches of one history, and all that are told are one family.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum

import numpy as np

from experiments.results.provenance import Inputs
from experiments.run import compared
from experiments.run.account import Arms
from experiments.run.arms import SHARES, Arm, Way
from experiments.run.compared_words import window_in_words
from experiments.statistics.claims import Finding, Paired, judged
from experiments.words.first_screen import interval, percentage
from experiments.words.sentences import count
from sim.outcomes.histories import Floats
from sim.vocabulary import RESPONSES

FILE = "notice_and_response.txt"
"""The sentences, a line each, for documents."""
Pair = tuple[Arm, Arm]


def sentences(inputs: Inputs, told: Arms) -> list[str]:
    """What is compared, over which time, and every difference; nothing if nothing was compared."""
    if not told.of(Way.COMPARED) or told.too_many_failed:
        return []
    futures = count(len(told.main), "simulated future")
    lines = [
        f"Hours without care are counted in the whole county {window_in_words(inputs, told)}, "
        f"beyond those without the failure, in {futures}."
    ]
    family = {pair: Paired(differences(told, pair)) for pair in pairs(told)}
    findings = judged(family)
    needed = max((one.needed for one in findings.values()), default=0)
    if all(one.verdict == "too few" for one in findings.values()):
        what = "which notice or response leaves fewest hours without care"
        return [*lines, f"That is too few to say {what}: {needed} are needed.", *judgements(told)]
    if all(one.verdict == "not known" for one in findings.values()):
        ends = "The run ends before that: hours are not known. Give a later --until."
        return [*lines, ends, *judgements(told)]
    return [*lines, *(sentence(*one) for one in findings.items()), *judgements(told)]


def pairs(told: Arms) -> Iterator[Pair]:
    """Each notice beside the shortest, and each response beside the first, all else the same."""
    asked, arms = compared.compared_of(told), told.of(Way.COMPARED)
    by = {(arm.failures[0].notice_days, arm.failures[0].response, arm.share): arm for arm in arms}
    for (notice, response, share), arm in by.items():
        if share is None and asked.notices and notice != asked.notices[0]:
            yield arm, by[asked.notices[0], response, None]
    for (notice, response, share), arm in by.items():
        first = asked.responses[0] if asked.responses else response
        if response != first and (share is None or share in SHARES):
            yield arm, by[notice, first, share]


def differences(told: Arms, pair: Pair) -> Floats:
    """Hours added by the first arm less those by the second, in the futures that both have."""
    ours, theirs = (told.windows.get(arm.name, {}) for arm in pair)
    both = sorted(set(ours) & set(theirs))
    return np.array([fsum(ours[number]) - fsum(theirs[number]) for number in both])


def sentence(pair: Pair, finding: Finding) -> str:
    """One difference, with its interval; which way it goes only where that is borne out."""
    what, found = what_differs(pair), finding.interval
    sign = -1.0 if finding.verdict == "lower" else 1.0
    low, high = sorted((sign * found.low, sign * found.high))
    size = interval(sign * found.mean, low, high)
    match finding.verdict:
        case "higher":
            return f"{what}: {size} more hours without care."
        case "lower":
            return f"{what}: {size} fewer hours without care."
        case "identical":
            return f"{what}: the hours without care are equal in every future."
        case "too few":
            seen = f"seen in {count(found.count, 'future')}; {finding.needed} are needed"
            return f"{what}: a difference of {size} hours, {seen}."
        case "not known":
            return f"{what}: the difference is not known."
        case _:
            return f"{what}: the difference of {size} hours cannot be distinguished from none."


def what_differs(pair: Pair) -> str:
    """What the first arm has that the second has not."""
    arm, other = pair
    (row,), (beside,) = arm.failures, other.failures
    carers = "" if arm.share is None else f" if {percentage(arm.share)} of carers come"
    if row.notice_days != beside.notice_days:
        words = RESPONSES[row.response].words
        notices = f"{row.notice_days:g} days' notice instead of {beside.notice_days:g}"
        return f"With {notices}, response “{words}”"
    ours, theirs = (RESPONSES[one.response].words for one in (row, beside))
    return f"“{ours}” instead of “{theirs}”, {row.notice_days:g} days' notice{carers}"


def judgements(told: Arms) -> list[str]:
    """That nobody knows how many carers come."""
    if not compared.compared_of(told).responses:
        return []
    return [
        "How many carers come with their people is not known: compare responses at each share "
        "of carers, and not at one."
    ]
