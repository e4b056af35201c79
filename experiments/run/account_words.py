"""The account of failures in words: whom they harm, by how much, and what that hangs on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.results.provenance import Inputs
from experiments.results.real_people import few_of
from experiments.run import account, compared_words
from experiments.run.account import Arms, spread
from experiments.run.arms import Way
from experiments.statistics.claims import Paired, alone
from experiments.statistics.intervals import t_interval
from experiments.statistics.placebos import beside_placebo
from experiments.statistics.small_counts import NOT_SHOWN, hides, too_small
from experiments.words import claims
from experiments.words.failed import no_headline
from experiments.words.failures import response_words
from experiments.words.first_screen import (
    interval,
    people,
    people_in_cell,
    percentage,
    rounded,
    signed,
)
from experiments.words.lines import wrapped
from experiments.words.placebos import short_verdict
from experiments.words.sentences import count, day_text
from sim.clock import date_of
from sim.outcomes.account import AS_ASKED, HEADLINE_DAYS, period_of
from sim.outcomes.failures import N_MINUS_1
from sim.outcomes.fates import FATE_COLUMNS, TOLD_ON_DAYS
from sim.outcomes.headline import FailureResult
from sim.outcomes.histories import Floats
from sim.processes.failure import ScriptedFailure, extent_of
from sim.scenario import Scenario
from sim.scenario.tables import parts_of
from sim.vocabulary import FAILURE_KINDS

LABEL = 13


def title(inputs: Inputs, told: Arms) -> list[str]:
    """What fails, and in how many simulated futures somebody is there to be lost."""
    there = len(told.main)
    futures = count(told.asked, "simulated future")
    failed = f" {told.failed} FAILED." if told.failed else ""
    known = (
        f"{futures}; the provider trades that day in {there} of them.{failed}"
        if told.asked > 1
        else "One simulated future: not a result to quote. Add --replications 20."
    )
    return [
        f"{inputs.scenario.name}: {'; '.join(told_failures(inputs))}",
        f"{inputs.scenario.commissioning.name}. {known}",
    ]


def first_look(inputs: Inputs, told: Arms) -> str:
    """What one simulated future shows, while the others are still to come."""
    if not told.main:
        return "A first look at one simulated future: there was no such provider on that day."
    if told.days_known <= 0:
        return ""
    said = [line[LABEL:].strip() for line in (*_people(inputs, told), *_harm(inputs, told))]
    lines = wrapped([f"A first look. {' '.join(said)}"])
    return "\n".join([*lines, "The other simulated futures will show how certain this is.", ""])


def told_of(inputs: Inputs, told: Arms) -> tuple[list[str], list[list[str]]]:
    """The answer, and the sections after it."""
    if not told.main:
        return ["No provider fits the rule on that day, so nothing fails."], []
    if told.days_known <= 0:
        ends = (
            "The run ends before care stops, so the consequences are not known. Give a "
            "later --until."
        )
        return [*_people(inputs, told)[:1], labelled("Harm", ends)], []
    by_area = account.account_by_area(account.harm(told), told.areas_held)
    answer = [
        *_people(inputs, told),
        *_harm(inputs, told),
        *_apart(inputs),
        *_soon(told),
        *_shares(inputs, told),
    ]
    sections = [
        *compared_words.sections(inputs, told),
        _more(told),
        _fates(told),
        [*_recovery(told), *_takers(inputs, told)],
        _areas(inputs, told, by_area),
        _each(inputs, told),
        _lost(told),
    ]
    return answer, [section for section in sections if section]


def as_sentences(answer: Sequence[str]) -> list[str]:
    """The lines of an answer as whole sentences, for documents."""
    found = []
    for line in answer:
        label, text = line[:LABEL].strip(), line[LABEL:].strip()
        before, parts = SENTENCES.get(label, ("", ()))
        for part, instead in parts:
            text = text.replace(part, instead, 1)
        before = "There are " if label == "Harm" and not text[:1].isalpha() else before
        found.append(f"{before}{text}")
    return found


SENTENCES: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "People": (
        "",
        (
            (" lose their provider", " people lose their provider"),
            (" have this provider", " people have this provider"),
        ),
    ),
    "Direct": ("Direct harm is ", ((": these people", " hours for these people"),)),
    "Indirect": (
        "Indirect harm is ",
        (
            (": everybody else.", " hours for everybody else."),
            ("Placebo ", "The placebo is "),
        ),
    ),
    "At home": ("People at home ", ()),
    "Carers": ("Hours without care by the share of carers who move: ", ()),
}
"""What a label becomes at the beginning of a sentence, and words that change with it."""


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows by name."""
    rows: list[Any] = frame.to_dict("records")
    return rows


def labelled(label: str, text: str) -> str:
    """A line with its label."""
    return f"{label:{LABEL}}{text}"


def mean_words(values: Floats) -> str:
    """A mean with its interval."""
    found = t_interval(values[np.isfinite(values)])
    return interval(found.mean, found.low, found.high)


def _people(inputs: Inputs, told: Arms) -> list[str]:
    mean = t_interval(told.figures(AS_ASKED, "displaced_people"))
    frail = people(float(told.figures(AS_ASKED, "displaced_vulnerable").mean()))
    lose = "lose their provider" if _loses(inputs) else "have this provider"
    text = f"{interval(mean.mean, mean.low, mean.high, people)} {lose}{_by_payer(told)}"
    lines = [labelled("People", f"{text}; {frail} are vulnerable.")]
    if np.isnan(told.figures(AS_ASKED, "self_funders_displaced_people")).any():
        lines.append(labelled("", NO_FIGURES))
    if any(failure.notice_days for failure in inputs.failures) and _loses(inputs):
        over = people(float(told.figures(AS_ASKED, "handed_over_people").mean()))
        left = people(float(told.figures(AS_ASKED, "left_without_provider").mean()))
        lines.append(
            labelled(
                "",
                f"{over} move to another provider during the notice period; {left} "
                "have no provider",
            )
            + " on its last day."
        )
    return lines


NO_FIGURES = (
    "There are no figures for people who pay for their own care: they are not in this account."
)


def _by_payer(told: Arms) -> str:
    """How many of them the council arranges care for, and how many pay for it themselves."""
    own = float(told.figures(AS_ASKED, "self_funders_displaced_people").mean())
    everybody = float(told.figures(AS_ASKED, "displaced_people").mean())
    if not own > 0:
        return ""
    council = people(everybody - own)
    return (
        f", {council} whose care the council arranges and {people(own)} who pay for it themselves"
    )


def _loses(inputs: Inputs) -> bool:
    """Whether the failures take the provider away."""
    return all("notice_days" in FAILURE_KINDS[one.kind].uses for one in inputs.failures)


def looked_at(told: Arms) -> float:
    """How long after care stops harm is told of: 91 days, or as many as there are."""
    return min(HEADLINE_DAYS, told.days_known)


def period_in_words(inputs: Inputs, told: Arms) -> str:
    """The same in words. Several failures have one period: from the first to after the last."""
    days = looked_at(told)
    ends = "" if days == HEADLINE_DAYS else ", when the run ends"
    if len(inputs.failures) > 1:
        announced, stops = period_of(inputs.scenario)
        start = inputs.scenario.calendar.start
        first, last = (day_text(date_of(start, day)) for day in (announced, stops + days))
        return f"from {first} to {last}{ends}"
    return f"within {count(round(days), 'day')}{ends}"


def _apart(inputs: Inputs) -> list[str]:
    """That failures which lie far apart are better asked about one by one."""
    announced, stops = period_of(inputs.scenario)
    if len(inputs.failures) < 2 or stops - announced <= HEADLINE_DAYS:
        return []
    apart = count(round(stops - announced), "day")
    said = f"The first and the last failure are {apart} apart. Ask about each failure separately."
    return [labelled("Note", said)]


def hours_of(told: Arms, arm: str, whose: str) -> Floats:
    """Hours added by an arm, replication by replication, to the day that is told of."""
    days = looked_at(told)
    found = []
    for one in told.found.get(arm, {}).values():
        here = one.harm["days"] == days
        found.append(float(one.harm[f"{whose}_hours"][here].sum()) if here.any() else np.nan)
    return np.array(found)


def _harm(inputs: Inputs, told: Arms) -> list[str]:
    if told.too_many_failed:
        return [
            labelled(
                "Harm",
                no_headline(told.failed, told.asked, "futures", "account.csv"),
            )
        ]
    direct = hours_of(told, AS_ASKED, "direct")
    period = period_in_words(inputs, told)
    if direct.size == 1:
        return [
            labelled(
                "Harm",
                f"In this simulated future these people lose {rounded(float(direct[0]))} hours "
                f"of care {period}. Several simulated futures are needed to show the harm to "
                "others.",
            )
        ]
    total, indirect = (hours_of(told, AS_ASKED, whose) for whose in ("total", "indirect"))
    return [
        labelled("Harm", _total(total, period)),
        labelled("  Direct", f"{mean_words(direct)}: these people{_of_self_funders(told)}."),
        labelled(
            "  Indirect", f"{mean_words(indirect)}: everybody else. {_placebo(told, indirect)}"
        ),
    ]  # fmt: skip


def _of_self_funders(told: Arms) -> str:
    """How much of the direct harm is of people who pay for their own care."""
    if not (told.figures(AS_ASKED, "self_funders_displaced_people") > 0).any():
        return ""
    hours = hours_of(told, AS_ASKED, "self_funders")
    mean = rounded(float(np.nanmean(hours)))
    return f"; {mean} of these hours are for people who pay for their own care"


def _total(total: Floats, period: str) -> str:
    """The headline, as far as the futures support it."""
    finding = alone(Paired(total))
    if finding.claimed:
        more = "more" if finding.interval.mean > 0 else "fewer"
        return (
            f"{mean_words(total if more == 'more' else -total)} {more} hours without care in the "
            f"county {period}."
        )
    if finding.verdict == "too few":
        return (
            f"{mean_words(total)} more hours without care in the county {period}, seen in "
            f"{finding.interval.count} futures; a comparison needs {finding.needed}."
        )
    return (
        f"The county's hours without care {period} cannot be distinguished from those without the "
        f"failure: {mean_words(total)} more."
    )


def _more(told: Arms) -> list[str]:
    """The hours that are at stake, how far futures lie apart, and what a placebo is."""
    hours = float(told.figures(AS_ASKED, "displaced_hours").mean())
    few = too_small(float(told.figures(AS_ASKED, "displaced_people").mean()))
    planned = f"{hours:,.0f} hours of care a week are planned for these people."
    lines = [labelled("Their care", f"not shown: {few} people" if few else planned)]
    total = hours_of(told, AS_ASKED, "total")
    if total.size > 1 and not told.too_many_failed:
        _, _, _, p10, p90, _ = spread(total)
        ends = (
            f"{rounded(p10)} to {rounded(p90)} more hours without care in eight out of ten futures."
        )
        placebo = hours_of(told, Way.PLACEBO.value, "indirect")
        what = (
            "a team that serves 1 to 3 people closes instead; an effect on others is claimed "
            "only if it goes beyond the placebo."
            if placebo.size > 1
            else "none; no team serves three people or fewer that day."
        )
        lines += [labelled("Futures", ends), labelled("Placebo", what)]
    return lines


def claimed(values: Floats) -> bool:
    """Whether a difference, shown by itself, may be claimed."""
    return alone(Paired(values)).claimed


def _placebo(told: Arms, indirect: Floats) -> str:
    placebo = hours_of(told, Way.PLACEBO.value, "indirect")
    finding = beside_placebo(indirect, placebo)
    if not np.isfinite(placebo).any():
        return "There is no placebo, so no effect on others is claimed."
    return f"Placebo {mean_words(placebo)}.{short_verdict(finding)}"


def _soon(told: Arms) -> list[str]:
    table = account.fates_of(list(told.main.values()))
    days = [day for day in TOLD_ON_DAYS if day < len(table)]
    if not days:
        return []
    nobody = table["without_anybody"] + table["served_then_lost"]
    parts = ", ".join(f"{people(float(nobody.iloc[day]))} on day {day}" for day in days)
    return [labelled("At home", f"without care: {parts}.")]


def _shares(inputs: Inputs, told: Arms) -> list[str]:
    arms = told.of(Way.SHARE)
    if not arms or told.too_many_failed:
        return []
    whose = "total" if len(told.main) > 1 else "direct"
    usual = inputs.scenario.failure.staff_move_share
    rows = sorted(
        [(usual, AS_ASKED), *((arm.share or 0.0, arm.name) for arm in arms)], key=lambda row: row[0]
    )
    hours = {share: hours_of(told, name, whose) for share, name in rows}
    known = {share: float(np.nanmean(found)) for share, found in hours.items() if found.size}
    first, *others = [f"{signed(mean)} if {percentage(share)}" for share, mean in known.items()]
    of_whom = "" if whose == "total" else " for these people"
    parts = ", ".join([f"{first.replace(' if', ' hours if')} move with their people", *others])
    return [labelled("Carers", f"{parts}{of_whom}.")]


def _fates(told: Arms) -> list[str]:
    table = account.fates_of(list(told.main.values()))
    days = [day for day in TOLD_ON_DAYS if day < len(table)]
    if not days:
        return []
    head = f"{'Where these people are':46}" + "".join(f"{f'day {day}':>10}" for day in days)
    rows = [head]
    for column in FATE_COLUMNS:
        values = [float(table[column.name].iloc[day]) for day in days]
        if any(values):
            cells = "".join(f"{people_in_cell(value, 1):>10}" for value in values)
            rows.append(f"  {SHORT[column.name]:44}{cells}")
    usual = (float(table["died_without_failure"].iloc[day]) for day in days)
    died = "".join(f"{people_in_cell(value, 1):>10}" for value in usual)
    return [*rows, f"  {'died in the market without the failure':44}{died}"]


SHORT = {
    "served_again": "served by another provider",
    "with_the_provider": "served by this provider",
    "served_then_lost": "served again, then without care",
    "bridged": "looked after by the in-house team",
    "in_hospital": "in hospital",
    "without_anybody": "at home without care",
    "to_residential_care": "in residential care",
    "found_another_way": "found another way",
    "died": "died",
    "recovered": "recovered",
}
"""Fates in as few words as a table has room for."""


def _recovery(told: Arms) -> list[str]:
    main = list(told.main.values())
    lowest = np.array([one.response.lowest for one in main])
    gap = np.array([one.response.largest_gap for one in main])
    days = count(round(looked_at(told)), "day")
    lines = [
        labelled(
            "Cover",
            f"Down to {percentage(float(np.nanmean(lowest)))} of the hours needed where these "
            "people live; the gap to the market without the failure is "
            f"{100 * float(np.nanmean(gap)):.0f} percentage points at its widest, within {days} "
            "of the day on which care stops.",
        )
    ]
    there = told.figures(AS_ASKED, N_MINUS_1)
    if np.isfinite(there).any():
        mean = t_interval(there[np.isfinite(there)])
        words = interval(mean.mean, mean.low, mean.high, percentage)
        lines.append(
            labelled(
                "N-1",
                f"{words} of the care that these people still need is available four weeks "
                "after care stops, counting everybody in the county. N-1 adequacy is cover "
                "after the loss of one provider.",
            )
        )
    return [*lines, *(_back(main, share) for share in (0.95, 0.99))]


def _back(main: Sequence[FailureResult], share: float) -> str:
    days = np.array([one.response.days_back(share) for one in main])
    level = f"cover at {percentage(share)} of the level without the failure for 28 days running"
    if np.isnan(days).any():
        back, known = int(np.isfinite(days).sum()), len(days)
        return labelled("Recovery", f"{level}: in {back} of {known} futures before the run ends.")
    never = int(np.isinf(days).sum())
    middle = float(np.median(days))
    when = f"after {middle:.0f} days (median)" if np.isfinite(middle) else ""
    late = f"not within a year in {never} of {len(days)} futures" if never else ""
    when = "; ".join(filter(None, (when, late)))
    return labelled("Recovery", f"{level}: {when}.")


def _takers(inputs: Inputs, told: Arms) -> list[str]:
    table = account.served_by_of(list(told.main.values()))
    if table.empty:
        return []
    last = int(table["day_from_failure"].max())
    tiers = table[table["day_from_failure"] == last].groupby("tier")["people"].sum()
    names = {tier.code: tier.name for tier in inputs.scenario.commissioning.tiers}
    parts = ", ".join(
        f"{names.get(str(code), 'direct payment')} {people(float(number))}"
        for code, number in tiers.sort_values(ascending=False).items()
    )
    return [labelled("Served by", f"people on day {last}: {parts}.")]


def _areas(inputs: Inputs, told: Arms, by_area: pd.DataFrame) -> list[str]:
    if len(told.main) < 2 or by_area.empty:
        return []
    days = looked_at(told)
    period = "" if len(inputs.failures) > 1 else f" {period_in_words(inputs, told)}"
    names = {area.code: area.name for area in inputs.scenario.areas}
    mine = by_area[by_area["days"] == days]
    head = f"{f'Hours added{period}'[:40]:40}{'direct':>10}{'indirect':>10}{'total':>10}"
    hours = ("direct_hours", "indirect_hours", "total_hours")
    few = few_of(inputs.scenario).areas if hides() else ()
    rows = [
        f"  {names[row['area']][:38]:38}"
        + "".join(f"{NOT_SHOWN if row['area'] in few else rounded(row[one]):>10}" for one in hours)
        for row in records(mine[mine["held"].astype(bool)])
    ]
    others = mine[~mine["held"].astype(bool)]
    if len(others):
        sums = others[list(hours)].sum()
        rows.append(
            f"  {count(len(others), 'other area'):38}" + "".join(f"{rounded(v):>10}" for v in sums)
        )
        found = account.most_elsewhere(account.harm(told), told.areas_held, days)
        if found is not None:
            hours_there, how = found.chosen.reported, claims.apart_words(found.chosen)
            ends = interval(hours_there.mean, hours_there.low, hours_there.high)
            rows.append(f"  of which most in {names[found.area]}: {ends} ({how})")
    return [head, *rows]


def _each(inputs: Inputs, told: Arms) -> list[str]:
    table = account.each_failure(told, told_failures(inputs))
    if table.empty or len(told.main) < 2:
        return []
    lines = ["Several failures: hours added in the county in this period"]
    for row in records(table):
        alone = interval(row["alone_mean"], row["alone_low"], row["alone_high"])
        if row["failure"] in ("together", "beyond_the_sum"):
            label = "Together" if row["failure"] == "together" else "Interaction"
            lines.append(labelled(label, f"{alone} ({row['what']})"))
        else:
            on_top = interval(row["on_top_mean"], row["on_top_low"], row["on_top_high"])
            text = f"alone {alone}; on top of the other failures {on_top}: {row['what']}"
            lines.append(labelled(f"Failure {row['failure']}", text))
    return lines


def _lost(told: Arms) -> list[str]:
    within = told.figures(AS_ASKED, "more_providers_lost_in_91_days")
    differ = sum(bool(one.providers_lost["provider"].size) for one in told.main.values())
    if not differ:
        return []
    known = np.isfinite(within).any()
    more = f"; the failure adds {mean_words(within)} closures within 91 days" if known else ""
    return [
        labelled(
            "Consequences",
            f" In {differ} of {len(told.main)} futures some other providers close only with the "
            f"failure or only without it{more} (providers_lost.csv).",
        )
    ]


def told_failures(inputs: Inputs) -> list[str]:
    """Each failure in words, in order of time."""
    scenario = inputs.scenario
    names = {area.code: area.name for area in scenario.areas}
    found = []
    for failure in inputs.failures:
        day = date_of(scenario.calendar.start, failure.day)
        who = who_in_words(failure, names)
        found.append(f"{who} {how_in_words(scenario, failure)} on {day_text(day)}".strip())
    return found


def who_in_words(failure: ScriptedFailure, names: dict[str, str]) -> str:
    """The failing provider as a reader would name it."""
    kind, code = parts_of(failure.who)
    if kind == "principal":
        who = f"the principal provider of {names[code]}"
    elif kind == "largest":
        who = f"the largest provider{' in ' + names[code] if code else ' of the county'}"
    elif kind == "owner":
        who = f"every provider of the owner {code}, all at once,"
    else:
        who = f"provider {code}"
    if failure.areas:
        who += f" (in {', '.join(names[area] for area in failure.areas)} only)"
    return who


def response_in_words(failure: ScriptedFailure) -> str:
    """What the council does, after the failure; nothing where work is simply offered to others."""
    if failure.response == "split":
        return ""
    return f"; the council's response: {response_words(failure.response, failure.responder)}"


def how_in_words(scenario: Scenario, failure: ScriptedFailure) -> str:
    """What happens to it."""
    kind, extent = FAILURE_KINDS[failure.kind], extent_of(scenario, failure)
    given = f"after {failure.notice_days:.0f} days' notice given"
    moving = 100 * extent.staff_move_share
    return kind.sentence.format(
        notice=given if failure.notice_days else kind.sudden,
        moving=f"({moving:.0f}% of its carers move with their people, if whole carers can)",
        response=response_in_words(failure),
        share=f"{100 * extent.share:.0f}",
        lasts=f"{extent.lasts_days:.0f}",
    )
