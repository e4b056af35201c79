"""What contingencies cost, as tables: every one of every replication, and the ranking by harm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.statistics.claims import LEVEL, chances, pairs_needed
from experiments.statistics.intervals import t_interval
from experiments.stress.apart import TOLD_APART, told_apart
from experiments.stress.figures import HARM, told_of
from experiments.stress.work import ContingencyResult, Place
from sim.outcomes.declaration import Column, Table
from sim.outcomes.failures import INDIRECT
from sim.outcomes.histories import Flags, Floats
from sim.outcomes.placebo import PLACEBO

RESAMPLES = 4000
SEED = 0
HALF = 0.5
KEYS = (
    Column(
        "place",
        "names of the areas whose principal provider is lost; or an owner and its providers",
        "text",
    ),
    Column("rule", "who fails, as for run --fail", "rule"),
    Column("date", "date on which it fails, or gives notice", "date"),
)


def figure_columns(tiers: Sequence[str]) -> tuple[Column, ...]:
    """A column for every figure of a contingency."""
    return tuple(Column(one.name, one.meaning, one.unit) for one in told_of(tiers))


def contingencies_table(tiers: Sequence[str]) -> Table:
    """The declaration of the table of contingencies."""
    return Table(
        "contingencies",
        "One row for each replication, place and date, compared with the same run without the "
        "failure.",
        (
            Column("replication", "number of the replication", "id"),
            *KEYS,
            Column(
                "provider",
                "code of the provider that fails, or owner:CODE; blank: there is no such "
                "provider on that date",
                "code",
            ),
            Column("status", "finished, nobody (no such provider on that date) or failed", "word"),
            Column("error", "why the branch failed", "text"),
            *figure_columns(tiers),
        ),
    )


def ranking_table(tiers: Sequence[str]) -> Table:
    """The declaration of the ranking."""
    return Table(
        "ranking",
        "One row for each place and date, the most harmful first, by hours without care added "
        "in the county within 91 days; means over replications. Places that one provider holds "
        "on that date are one row.",
        (
            Column("rank", "1 is the most harmful", "rank"),
            Column(
                "group",
                "the same number: cannot be distinguished from the first of the group, run by run, "
                "after allowing for all comparisons (at least 10 replications)",
                "id",
            ),
            *KEYS,
            Column("replications", "replications in which there was a provider to lose", "count"),
            Column(f"{HARM}_low", "low end of the 95% interval of its mean", "hours"),
            Column(f"{HARM}_high", "high end of it", "hours"),
            *TOLD_APART,
            Column(PLACEBO, "hours of everybody else, if the placebo is lost that day", "hours"),
            Column("worst_share", "share of resampled studies in which it is the worst", "share"),
            Column("rank_p05", "rank that 5% of resampled studies are below", "rank"),
            Column("rank_p95", "rank that 5% of resampled studies are above", "rank"),
            *figure_columns(tiers),
        ),
    )


PLACES = Table(
    "places",
    "One row for each place: the mean over the dates on which every place has a principal "
    "provider; if there is no such date, over the place's own dates.",
    (
        *KEYS[:2],
        Column("dates", "number of dates in the mean", "count"),
        Column(HARM, "hours without care that the loss adds in the county within 91 days", "hours"),
        Column(f"{HARM}_low", "low end of the 95% interval of its mean", "hours"),
        Column(f"{HARM}_high", "high end of it", "hours"),
        *TOLD_APART,
        Column("displaced_people", "people whose provider stopped while it served them", "people"),
        Column("share_of_displaced_hours", "hours added for each hour a week displaced", "ratio"),
    ),
)


@dataclass(frozen=True)
class Harm:
    """A figure of every contingency: by replication, place and date; nan where nobody was lost."""

    places: Sequence[Place]
    dates: Sequence[date]
    figures: Mapping[str, Floats]

    @property
    def hours(self) -> Floats:
        """Hours without care added in the county."""
        return self.figures[HARM]

    @property
    def known(self) -> Flags:
        """Places and dates at which somebody was lost in at least half of the replications."""
        known: Flags = np.isfinite(self.hours).mean(axis=0) >= HALF
        return known

    def mean(self, name: str) -> Floats:
        """Mean over replications by place and date."""
        return mean_of_known(self.figures[name], 0)


def mean_of_known(values: Floats, axis: int | tuple[int, ...]) -> Floats:
    """Mean over what is known; nan where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    found: Floats = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return found


def names_of(tiers: Sequence[str]) -> list[str]:
    """Every figure of a contingency."""
    return [column.name for column in figure_columns(tiers)]


def harm_of(
    places: Sequence[Place],
    dates: Sequence[date],
    tiers: Sequence[str],
    found: Mapping[int, Sequence[ContingencyResult]],
) -> Harm:
    """All contingencies as arrays, replications in the order of their numbers.

    Others than ``places``, the placebo, are left out.
    """
    names = names_of(tiers)
    shape = (len(found), len(places), len(dates))
    figures = {name: np.full(shape, np.nan) for name in names}
    for row, number in enumerate(sorted(found)):
        for one in found[number]:
            if one.place >= len(places):
                continue
            for name, value in (one.figures or {}).items():
                figures[name][row, one.place, one.date] = value
    return Harm(places, dates, figures)


def contingencies(
    places: Sequence[Place],
    dates: Sequence[date],
    tiers: Sequence[str],
    found: Mapping[int, Sequence[ContingencyResult]],
) -> pd.DataFrame:
    """The table of contingencies."""
    names = names_of(tiers)
    rows = []
    for number in sorted(found):
        for one in sorted(found[number], key=lambda one: (one.place, one.date)):
            place = places[one.place]
            there = one.figures is not None
            status = "failed" if one.error else "finished" if there else "nobody"
            told = one.figures or {}
            rows.append(
                {
                    "replication": number,
                    "place": place.name,
                    "rule": place.rule,
                    "date": pd.Timestamp(dates[one.date]),
                    "provider": one.provider,
                    "status": status,
                    "error": one.error,
                    **{name: told.get(name, np.nan) for name in names},
                }
            )
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Losses:
    """Losses by falling mean: hours (replications down), places lost together, and dates."""

    hours: Floats
    places: list[list[int]]
    dates: NDArray[np.int64]

    def names(self, harm: Harm) -> list[str]:
        """The places of each loss in words."""
        return [" + ".join(harm.places[int(one)].name for one in many) for many in self.places]


def losses_of(harm: Harm) -> Losses:
    """Every place and date at which somebody is lost; what one provider holds is one loss."""
    places, dates = np.nonzero(harm.known)
    hours = harm.hours[:, places, dates]
    means = mean_of_known(hours, 0)
    order = np.argsort(-means, kind="stable")
    hours, places, dates = hours[:, order], places[order], dates[order]
    same = same_loss(hours, dates)
    kept = [number for number, first in enumerate(same) if first == number]
    shared = [
        [int(place) for place, first in zip(places, same, strict=True) if first == one]
        for one in kept
    ]
    return Losses(hours[:, kept], shared, dates[kept])


def ranking(harm: Harm, placebo: Harm | None = None) -> pd.DataFrame:
    """Places and dates by harm, with the chance of being the worst, and ties grouped.

    ``placebo``: the same of the provider that is lost beside them on each date.
    """
    losses = losses_of(harm)
    hours, shared, dates = losses.hours, losses.places, losses.dates
    names = losses.names(harm)
    worst, low, high = resampled(hours)
    rows = []
    groups, apart = tied(hours), told_apart(hours)
    beside = np.full(len(harm.dates), np.nan)
    if placebo is not None and INDIRECT in placebo.figures:
        beside = placebo.mean(INDIRECT)[0]
    for number in range(hours.shape[1]):
        first = harm.places[int(shared[number][0])]
        at = (slice(None), shared[number][0], dates[number])
        found = t_interval(hours[:, number])
        rows.append(
            {
                "rank": number + 1,
                "group": groups[number],
                "place": names[number],
                "rule": first.rule,
                "date": pd.Timestamp(harm.dates[dates[number]]),
                "replications": found.count,
                f"{HARM}_low": found.low,
                f"{HARM}_high": found.high,
                **apart[number],
                PLACEBO: float(beside[dates[number]]),
                "worst_share": worst[number],
                "rank_p05": low[number],
                "rank_p95": high[number],
                **{name: float(mean_of_known(v[at], 0)) for name, v in harm.figures.items()},
            }
        )
    return pd.DataFrame(rows)


def same_loss(hours: Floats, dates: NDArray[np.int64]) -> list[int]:
    """For each column the first of its date with the very same hours in every replication.

    By then one provider holds both places, so that they are lost together.
    """
    first: dict[tuple[int, bytes], int] = {}
    return [
        first.setdefault((int(day), np.ascontiguousarray(hours[:, number]).tobytes()), number)
        for number, day in enumerate(dates)
    ]


def resampled(hours: Floats) -> tuple[Floats, Floats, Floats]:
    """Manner often each column has the highest mean, and its rank's 5 and 95% ends.

    Replications are drawn anew with replacement; columns by replications keep together, since they
    meet the same people. With one replication nothing can be said: nan.
    """
    count, width = hours.shape
    if count < 2:
        unknown = np.full(width, np.nan)
        return unknown, unknown, unknown
    # The same draws for every column: places of one replication met the same people.
    draws = np.random.default_rng(SEED).integers(0, count, (RESAMPLES, count))
    known = np.isfinite(hours)
    filled = np.where(known, hours, 0.0)
    # Manner often each replication was drawn, so that one product gives all means at once.
    picks = np.zeros((RESAMPLES, count))
    np.add.at(picks, (np.arange(RESAMPLES)[:, None], draws), 1.0)
    weight = picks @ known
    means = np.where(weight > 0, picks @ filled / np.maximum(weight, 1), -np.inf)
    # Sorting twice turns an order into ranks.
    ranks = (-means).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable") + 1
    low, high = np.quantile(ranks, (0.05, 0.95), axis=0)
    return (ranks == 1).mean(axis=0), low, high


def tied(hours: Floats) -> list[int]:
    """Groups of columns, which come by falling mean: a new one where the leader is surely higher.

    Every column is compared with all before it, so the level is shared among all pairs.
    """
    many = hours.shape[1]
    needed, pairs = pairs_needed(many), max(1, many * (many - 1) // 2)
    groups: list[int] = []
    leader = 0
    for number in range(many):
        sure = chances(hours[:, [leader]] - hours[:, [number]], needed)[0] <= LEVEL / pairs
        if number > leader and sure:
            leader = number
            groups.append(groups[-1] + 1)
        else:
            groups.append(groups[-1] if groups else 1)
    return groups


def common_dates(harm: Harm) -> Flags:
    """Dates on which every place that is ever held has a principal: the ones to compare on."""
    ever = harm.known.any(axis=1)
    found: Flags = np.asarray(harm.known[ever].all(axis=0))
    return found


def by_place(harm: Harm) -> pd.DataFrame:
    """Places by the mean over the dates that all have, the most harmful first.

    Where there is no such date, each by its own dates, which compares unlike with unlike.
    """
    common = common_dates(harm)
    known = harm.known & common if common.any() else harm.known
    hours = np.where(known, harm.hours, np.nan)
    there = np.flatnonzero(harm.known.any(axis=1))
    apart = told_apart(np.stack([mean_of_known(hours[:, row], 1) for row in there], axis=1))
    rows = []
    for told, number in zip(apart, there.tolist(), strict=True):
        place = harm.places[number]
        found = t_interval(mean_of_known(hours[:, number], 1))
        people = np.where(known, harm.figures["displaced_people"], np.nan)[:, number]
        weekly = np.where(known, harm.figures["displaced_hours"], np.nan)[:, number]
        displaced = float(mean_of_known(weekly, (0, 1)))
        rows.append(
            {
                "place": place.name,
                "rule": place.rule,
                "dates": int(known[number].sum()),
                HARM: found.mean,
                f"{HARM}_low": found.low,
                f"{HARM}_high": found.high,
                **told,
                "displaced_people": float(mean_of_known(people, (0, 1))),
                "share_of_displaced_hours": found.mean / displaced if displaced > 0 else np.nan,
            }
        )
    return pd.DataFrame(rows).sort_values(HARM, ascending=False, kind="stable", ignore_index=True)
