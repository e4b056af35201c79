"""The first screen of the stress test: the worst place and time to lose a principal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from experiments.results.provenance import Inputs
from experiments.stress.figures import HARM
from experiments.stress.tables import Harm, by_place, mean_of_known, ranking
from experiments.stress.work import Manner
from experiments.words.sentences import month_text
from sim import __version__
from sim.outcomes.account import HEADLINE_DAYS
from sim.vocabulary import FAILURE_KINDS

SHOWN = 8
TIES_SHOWN = 4


@dataclass(frozen=True)
class Findings:
    """All that the stress test tells."""

    inputs: Inputs
    how: Manner
    harm: Harm
    failed: int

    @property
    def replications(self) -> int:
        """Replications that were carried out."""
        return int(self.harm.hours.shape[0])


def lines(told: Findings) -> list[str]:
    """The summary, a line each."""
    scenario = told.inputs.scenario
    head = [
        f"{scenario.name}: the worst place and time to lose a principal provider",
        f"{scenario.commissioning.name}; {_asked(told)}",
        "",
    ]
    if not told.harm.known.any():
        return [*head, "Nobody was there to be lost at any of these dates.", *_made_by(told)]
    ranked = ranking(told.harm)
    return [
        *head,
        *_worst(ranked, told),
        "",
        *_table(ranked),
        "",
        *_places(told.harm),
        *_times(told.harm),
        *_taken(ranked),
        *_money(ranked),
        "",
        *_made_by(told),
    ]


def first_look(told: Findings) -> str:
    """What one replication shows, while the others are still to come."""
    if not told.harm.known.any():
        return "A first look, one replication: nobody was there to be lost at any of these dates."
    first = records(ranking(told.harm))[0]
    return (
        f"A first look, one replication: worst is {first['place']}, {month_text(first['date'])}, "
        f"{first[HARM]:,.0f} more hours without care. The other replications will show how sure "
        "that is."
    )


def _asked(told: Findings) -> str:
    harm, how = told.harm, told.how
    kind = FAILURE_KINDS[how.kind]
    warned = (
        f" with {how.notice_days:.0f} days of notice" if how.notice_days else " without warning"
    )
    notice = warned if "notice_days" in kind.uses else ""
    many = "1 replication" if told.replications == 1 else f"{told.replications} replications"
    return (
        f"each of {len(harm.places)} {kind.does}{notice} on each of "
        f"{len(harm.dates)} dates, {many}, against the same run without"
    )


def _worst(ranked: pd.DataFrame, told: Findings) -> list[str]:
    rows = records(ranked)
    first = rows[0]
    text = [
        f"Worst              {first['place']}, {month_text(first['date'])}: {hours(first)} more "
        f"hours without care in the county within {HEADLINE_DAYS} days",
        f"                   {first['displaced_people']:,.0f} people lose their provider, "
        f"{first['displaced_vulnerable']:,.0f} of them vulnerable; {share(first, 7)} are served "
        f"again in 7 days, {share(first, 28)} in 28; {recovery(first)}",
    ]
    if told.replications < 2:
        return [*text, "                   One replication is one story: ranks are not sure at all"]
    ties = [row for row in rows[1:] if row["group"] == first["group"]]
    named = ", ".join(f"{row['place']} {month_text(row['date'])}" for row in ties[:TIES_SHOWN])
    more = f" and {len(ties) - TIES_SHOWN} more" if len(ties) > TIES_SHOWN else ""
    how_sure = f"It is the worst in {100 * first['worst_share']:.0f} % of resampled studies"
    told_apart = f"not told apart from {named}{more}" if ties else "told apart from all others"
    return [*text, f"                   {how_sure}; {told_apart}"]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows by name."""
    rows: list[Any] = frame.to_dict("records")
    return rows


def hours(row: dict[str, Any]) -> str:
    """Mean with its interval."""
    low, high = row[f"{HARM}_low"], row[f"{HARM}_high"]
    if not np.isfinite(low):
        return f"{row[HARM]:,.0f}"
    return f"{row[HARM]:,.0f} ({low:,.0f} to {high:,.0f})"


def share(row: dict[str, Any], days: int) -> str:
    """Of the displaced, those served again in so many days."""
    value = row[f"served_again_in_{days}_days"]
    return f"{100 * value:.0f} %" if np.isfinite(value) else "nobody displaced, so nobody"


def recovery(row: dict[str, Any]) -> str:
    """When care is back."""
    share = row["back_at_95_in_91_days"]
    return f"cover is back at 95% within 91 days in {100 * share:.0f}% of the futures"


def _table(ranked: pd.DataFrame) -> list[str]:
    width = min(44, max(len(str(name)) for name in ranked["place"][:SHOWN]))
    text = [
        f"Rank (group)  {'place':{width}}  {'date':14}  hours without care added, 95 % interval"
        "    people  in 28 days"
    ]
    for row in records(ranked[:SHOWN]):
        name = str(row["place"])
        name = name if len(name) <= width else f"{name[: width - 1]}…"
        text.append(
            f"{row['rank']:>4} ({row['group']})      {name:{width}}  "
            f"{month_text(row['date']):14}  {hours(row):42} {row['displaced_people']:6,.0f}  "
            f"{share(row, 28) if np.isfinite(row['served_again_in_28_days']) else '-':>10}"
        )
    return [*text, "The same group: not told apart from its first. All ranks: ranking.csv"]


def _places(harm: Harm) -> list[str]:
    rows = records(by_place(harm))
    worst, least = rows[0], rows[-1]
    if worst is least:
        return []
    return [
        f"Places             over all its dates {worst['place']} costs most, {hours(worst)} hours, "
        f"{least['place']} least, {hours(least)}"
    ]


def _times(harm: Harm) -> list[str]:
    """Year by year: hours added for a loss, over the places that can be lost then."""
    masked = np.where(harm.known, harm.hours, np.nan)
    years = np.array([day.year for day in harm.dates])
    parts = []
    for year in sorted(set(years.tolist())):
        mine = masked[:, :, years == year]
        mean = float(mean_of_known(mine, (0, 1, 2)))
        count = int(np.isfinite(mine).any(axis=(0, 2)).sum())
        if np.isfinite(mean):
            parts.append(f"{mean:,.0f} in {year} ({count} {'place' if count == 1 else 'places'})")
    return [f"Times              mean loss in hours: {', '.join(parts)}"]


def _taken(ranked: pd.DataFrame) -> list[str]:
    names = [name for name in ranked if str(name).startswith("picked_up_by_")]
    whole = float(
        ranked[names].to_numpy(dtype=float)[np.isfinite(ranked["displaced_people"])].sum()
    )
    if not whole > 0:
        return []
    parts = ", ".join(
        f"{str(name).removeprefix('picked_up_by_').replace('_', ' ')} "
        f"{100 * float(ranked[name].sum()) / whole:.0f} %"
        for name in names
    )
    return [f"Who took them      of those taken over: {parts}"]


def _money(ranked: pd.DataFrame) -> list[str]:
    first = ranked.iloc[0]
    mean = float(ranked["added_spend_gbp"].mean())
    return [
        f"Cost               the council pays providers {money(float(first['added_spend_gbp']))} "
        f"in the worst case, {money(mean)} on average: care that is not given is not paid for"
    ]


def money(value: float) -> str:
    """Pounds more or less."""
    return f"£{abs(value):,.0f} {'more' if value >= 0 else 'less'}"


def _made_by(told: Findings) -> Sequence[str]:
    inputs, scenario = told.inputs, told.inputs.scenario
    applied = f", with {', '.join(scenario.overrides)}" if scenario.overrides else ""
    share_moves = (
        scenario.failure.staff_move_share
        if told.how.staff_move_share is None
        else told.how.staff_move_share
    )
    failed = (
        [f"WARNING            {told.failed} branches FAILED: see contingencies.csv"]
        if told.failed
        else []
    )
    return [
        *failed,
        f"{100 * share_moves:.0f} % of the carers are taken to move with their people, which is "
        "not known: try --staff-move 0 and 0.6.",
        "In brackets: 95 % intervals of means, chance alone. This is a model, not a forecast.",
        f"Made by caremarket {__version__} from scenario {scenario.code} "
        f"({scenario.identity[:8]}){applied}, seed {inputs.seed}, "
        f"{told.replications} {'replication' if told.replications == 1 else 'replications'}.",
    ]
