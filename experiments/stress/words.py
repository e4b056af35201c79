"""The first screen of the stress test: the worst place and time to lose a principal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd

from experiments.results.provenance import Inputs
from experiments.statistics.chosen import chosen_apart
from experiments.statistics.failed import too_many_failed
from experiments.statistics.intervals import t_interval
from experiments.statistics.placebos import beside_placebo
from experiments.stress.apart import odd
from experiments.stress.figures import HARM
from experiments.stress.stages import Stages, stages_in_words
from experiments.stress.tables import Harm, common_dates, losses_of, mean_of_known, ranking
from experiments.stress.work import Manner
from experiments.words import claims
from experiments.words.failed import no_headline
from experiments.words.failures import response_words
from experiments.words.first_screen import IN_BRACKETS, FirstScreen, people, people_in_cell
from experiments.words.lines import wrapped
from experiments.words.placebos import placebo_words
from experiments.words.sentences import count, month_text
from sim import __version__
from sim.outcomes.account import HEADLINE_DAYS
from sim.outcomes.failures import DIRECT, INDIRECT
from sim.outcomes.histories import Flags, Floats
from sim.vocabulary import FAILURE_KINDS

SHOWN = 8
WIDTH = 80
HOURS_LOST = "more hours without care"


@dataclass(frozen=True)
class Findings:
    """All that the stress test tells.

    ``asked``: branches that were to be carried out, those of the placebo too; ``failed``: of them.
    ``harm``: of the replications in which every place was lost; ``stages``: of those after them, if
    the worst place was to be chosen.
    """

    inputs: Inputs
    how: Manner
    harm: Harm
    failed: int
    placebo: Harm | None = None
    asked: int = 0
    stages: Stages | None = None

    @property
    def replications(self) -> int:
        """Replications that were carried out."""
        return int(self.harm.hours.shape[0])

    @property
    def too_many_failed(self) -> bool:
        """Whether so many branches failed that there is no headline."""
        return too_many_failed(self.failed, self.asked)


def screen(told: Findings) -> FirstScreen:
    """The worst place and time; then all places and dates, years, and who took people over."""
    scenario = told.inputs.scenario
    head = [
        f"{scenario.name}: the harm of losing a principal provider, by place and time",
        f"{scenario.commissioning.name}; {_asked(told)}",
    ]
    if not told.harm.known.any():
        nobody = "There was no such provider on any of these dates, so nothing was lost."
        return FirstScreen(head, [nobody], foot=_made_by(told))
    if told.too_many_failed:
        return FirstScreen(head, [no_headline_words(told)], foot=_made_by(told))
    ranked = ranking(told.harm, told.placebo)
    sections = [
        _table(ranked),
        [
            *_lost(ranked, told.harm),
            *_places(told.harm),
            *([] if told.stages is None else _wrapped(stages_in_words(told.stages))),
            *_times(told.harm),
            *_taken(ranked),
            *_money(ranked),
        ],
    ]
    return FirstScreen(head, [*_failed(told), *_worst(ranked, told)], sections, foot=_made_by(told))


def no_headline_words(told: Findings) -> str:
    """Why nothing is named."""
    where = "ranking.csv and contingencies.csv"
    return no_headline(told.failed, told.asked, "branches", where)


def first_look(told: Findings) -> str:
    """What one replication shows, while the others are still to come."""
    if not told.harm.known.any():
        return "A first look at one replication: there was no such provider on any of these dates."
    if told.too_many_failed:
        return "\n".join(wrapped([f"A first look, one replication. {no_headline_words(told)}"]))
    look = f"A first look, one replication. {worst_words(told.harm)}."
    return "\n".join(wrapped([f"{look} The other replications will show how certain this is."]))


def worst_words(harm: Harm, *, short: bool = False) -> str:
    """The worst place and time, and what cannot be distinguished from it."""
    losses = losses_of(harm)
    when = [month_text(harm.dates[day]) for day in losses.dates]
    named = [f"{place} in {month}" for place, month in zip(losses.names(harm), when, strict=True)]
    return claims.extreme(
        "worst loss" if short else "worst place and time", named, losses.hours,
        unit="hours" if short else HOURS_LOST, harm=True, short=short,
    )  # fmt: skip


def _asked(told: Findings) -> str:
    harm, how = told.harm, told.how
    kind = FAILURE_KINDS[how.kind]
    warned = f" with {how.notice_days:.0f} days' notice" if how.notice_days else " without warning"
    notice = warned if "notice_days" in kind.uses else ""
    told_of = response_words(how.response, how.responder)
    answered = f"; the council's response: {told_of}" if how.kind == "closure" else ""
    dates = "one date" if len(harm.dates) == 1 else f"each of {len(harm.dates)} dates"
    many = "1 replication" if told.replications == 1 else f"{told.replications} replications"
    return (
        f"each of {len(harm.places)} providers {kind.does}{notice} on {dates}, {many}, compared "
        f"with the same run without the failure{answered}"
    )


@dataclass(frozen=True)
class Named:
    """The loss that is told of: its place among the losses, where and when it is, and on which
    replications it is told."""

    number: int
    place: int
    date: int
    told_on: Flags

    def values(self, harm: Harm, name: str, place: int | None = None) -> Floats:
        """A figure of the loss (or of another place on its date), on these replications."""
        at = self.place if place is None else place
        found: Floats = harm.figures[name][self.told_on, at, self.date]
        return found


def named_loss(harm: Harm) -> Named:
    """The loss that odd replications choose, told on even ones; of one replication the largest."""
    losses = losses_of(harm)
    count = len(losses.hours)
    chosen = chosen_apart(losses.hours, range(count), highest=True)
    number, told_on = (0, np.full(count, True)) if chosen is None else (chosen.place, ~odd(count))
    return Named(number, losses.places[number][0], int(losses.dates[number]), told_on)


def _worst(ranked: pd.DataFrame, told: Findings) -> list[str]:
    named, row = named_loss(told.harm), records(ranked)
    first = row[named.number]
    direct, indirect = (
        float(mean_of_known(named.values(told.harm, name), 0)) for name in (DIRECT, INDIRECT)
    )
    text = [
        f"{worst_words(told.harm)}, in the county within {HEADLINE_DAYS} days.",
        f"{claims.two_figures(direct)} of these hours are direct (the people who lose their "
        f"provider), {claims.two_figures(indirect)} are indirect (everybody else).",
    ]
    if told.replications < 2:
        text.append("One replication: do not quote as a result.")
    else:
        often = f"{100 * first['worst_share']:.0f}%"
        text.append(f"It comes first in {often} of resampled studies.")
    return [*text, *_placebo(told, named)]


def means_of(harm: Harm, named: Named) -> dict[str, Any]:
    """Every figure of the loss that is told of, its mean over the replications that tell."""
    return {name: float(mean_of_known(named.values(harm, name), 0)) for name in harm.figures}


def _lost(ranked: pd.DataFrame, harm: Harm) -> list[str]:
    """Whom the loss that is told of concerns."""
    named = named_loss(harm)
    means, where = means_of(harm, named), records(ranked)[named.number]["place"]
    return _wrapped(
        f"{'People':19}{where}: {people(means['displaced_people'])} people lose their "
        f"provider{by_payer(means)}; {people(means['displaced_vulnerable'])} of them are "
        f"vulnerable; {share(means, 7)} are served again within 7 days, {share(means, 28)} "
        f"within 28 days; {recovery(means)}"
    )


def _placebo(told: Findings, named: Named) -> list[str]:
    """What others' hours come to on that day where next to nothing happens."""
    if told.placebo is None:
        return []
    values = named.values(told.placebo, INDIRECT, 0)
    finding = beside_placebo(named.values(told.harm, INDIRECT), values)
    told_as = f"{claims.told_range(values)} indirect hours"
    return [placebo_words(told_as, t_interval(values), finding)]


def _wrapped(text: str) -> list[str]:
    return wrap(text, WIDTH, subsequent_indent=" " * 19)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows by name."""
    rows: list[Any] = frame.to_dict("records")
    return rows


def hours(row: dict[str, Any]) -> str:
    """Mean with its interval, two significant figures."""
    mean, low, high = (
        claims.two_figures(row[name]) for name in (HARM, f"{HARM}_low", f"{HARM}_high")
    )
    return f"{mean} ({low} to {high})" if np.isfinite(row[f"{HARM}_low"]) else mean


def by_payer(row: dict[str, Any]) -> str:
    """How many of them the council arranges care for, and how many pay for it themselves."""
    own = row.get("self_funders_displaced_people", np.nan)
    if np.isnan(own):
        return " (no figures for people who pay for their own care: they are not in this account)"
    if own == 0:
        return ""
    council = row["displaced_people"] - own
    return (
        f", {people(council)} whose care the council arranges and {people(own)} who pay for it "
        "themselves"
    )


def share(row: dict[str, Any], days: int) -> str:
    """Of the displaced, those served again in so many days."""
    value = row[f"served_again_in_{days}_days"]
    return f"{100 * value:.0f}%" if np.isfinite(value) else "nobody (nobody was displaced)"


def recovery(row: dict[str, Any]) -> str:
    """When care is back."""
    share = row["back_at_95_in_91_days"]
    return f"cover is back at 95% within 91 days in {100 * share:.0f}% of the futures"


def _table(ranked: pd.DataFrame) -> list[str]:
    width = min(21, max(len(str(name)) for name in ranked["place"][:SHOWN]))
    text = [f"{'Rank':9}{'place':{width}} {'date':14} {'hours added':26}people"]
    for row in records(ranked[:SHOWN]):
        name = str(row["place"])
        name = name if len(name) <= width else f"{name[: width - 1]}…"
        rank = f"{row['rank']} ({row['group']})"
        text.append(
            f"{rank:9}{name:{width}} {month_text(row['date']):14} {hours(row):26}"
            f"{people_in_cell(row['displaced_people']):>6}"
        )
    return [
        *text,
        "In brackets after the rank: places and dates with the same number cannot be "
        "distinguished from the first of them. All ranks: ranking.csv",
    ]


def _places(harm: Harm) -> list[str]:
    """The place that costs most, over the dates that all have: like is compared with like."""
    common = common_dates(harm)
    rows = np.flatnonzero(harm.known.any(axis=1))
    if len(rows) < 2:
        return []
    if not common.any():
        return [
            "Places             cannot be compared: there is no date on which all of them have "
            "a principal provider"
        ]
    hours = harm.hours[:, rows][:, :, common]
    together: dict[bytes, list[int]] = {}
    for column, row in enumerate(rows):
        together.setdefault(np.ascontiguousarray(hours[:, column]).tobytes(), []).append(int(row))
    names = [" + ".join(harm.places[row].name for row in many) for many in together.values()]
    firsts = [int(np.flatnonzero(rows == many[0])[0]) for many in together.values()]
    means = mean_of_known(hours[:, firsts], 2)
    told = claims.extreme("costliest place", names, means, unit=HOURS_LOST, harm=True)
    days = ", ".join(month_text(day) for day, kept in zip(harm.dates, common, strict=True) if kept)
    return _wrapped(
        f"Places             {told}; mean over {days}, when all have a principal provider"
    )


def _times(harm: Harm) -> list[str]:
    """Year by year: hours added for a loss, over the places that can be lost in all the years."""
    masked = np.where(harm.known, harm.hours, np.nan)
    years = np.array([day.year for day in harm.dates])
    shown = [year for year in sorted(set(years.tolist())) if harm.known[:, years == year].any()]
    held = np.stack([harm.known[:, years == year].all(axis=1) for year in shown])
    always = held.all(axis=0)
    parts = []
    for year in shown:
        there = always if always.any() else harm.known[:, years == year].any(axis=1)
        mean = float(mean_of_known(masked[:, there][:, :, years == year], (0, 1, 2)))
        many = "" if always.any() else f" ({count(int(there.sum()), 'place')})"
        parts.append(f"{claims.two_figures(mean)} in {year}{many}")
    which = (
        f"the {count(int(always.sum()), 'place')} with a principal provider on every date"
        if always.any()
        else "the places differ from year to year, so years cannot be compared"
    )
    return _wrapped(f"Times              mean loss in hours: {', '.join(parts)}; {which}")


def _taken(ranked: pd.DataFrame) -> list[str]:
    names = [name for name in ranked if str(name).startswith("picked_up_by_")]
    whole = float(
        ranked[names].to_numpy(dtype=float)[np.isfinite(ranked["displaced_people"])].sum()
    )
    if not whole > 0:
        return []
    parts = ", ".join(
        f"{str(name).removeprefix('picked_up_by_').replace('_', ' ')} "
        f"{100 * float(ranked[name].sum()) / whole:.0f}%"
        for name in names
    )
    return [f"Who took them      of the people taken over: {parts}"]


def _money(ranked: pd.DataFrame) -> list[str]:
    first = ranked.iloc[0]
    mean = float(ranked["added_spend_gbp"].mean())
    return [
        "Cost               the council pays providers "
        f"{money(float(first['added_spend_gbp']))} after the first loss in the table and "
        f"{money(mean)} on average over all losses, because care that is not given is not paid "
        "for"
    ]


def money(value: float) -> str:
    """Pounds more or less."""
    return f"£{claims.two_figures(abs(value))} {'more' if value >= 0 else 'less'}"


def _failed(told: Findings) -> list[str]:
    if not told.failed:
        return []
    return [f"WARNING            {told.failed} branches FAILED: see contingencies.csv"]


def _made_by(told: Findings) -> Sequence[str]:
    inputs, scenario = told.inputs, told.inputs.scenario
    applied = f", with {', '.join(scenario.overrides)}" if scenario.overrides else ""
    share_moves = (
        scenario.failure.staff_move_share
        if told.how.staff_move_share is None
        else told.how.staff_move_share
    )
    return [
        IN_BRACKETS,
        f"The run assumes that {100 * share_moves:.0f}% of carers move with their people. The "
        "real share is not known: try --staff-move 0 and 0.6.",
        f"Made by caremarket {__version__} from scenario {scenario.code} "
        f"({scenario.identity[:8]}){applied}, seed {inputs.seed}, "
        f"{told.replications} {'replication' if told.replications == 1 else 'replications'}.",
    ]
