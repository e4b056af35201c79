"""When N-1 falls below a level, and by when to decide: told so that one month decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from experiments.words.sentences import count, day_text, month_text
from sim.outcomes.histories import Floats

WINDOW_MONTHS = 12
LASTING_MONTHS = 6
"""Below in so many of twelve months, from a month that is below itself, is more than a dip."""


@dataclass(frozen=True, slots=True)
class Fall:
    """How a monthly series stands to a level; months by their place, None: there is none.

    A month is below if its mean over replications is. ``first_below``: the first that is.
    ``below_from``: the first from which at least six of twelve months are. ``first_mean``,
    ``last_mean``: over the first and the last twelve months; not numbers if there are fewer.
    """

    level: float
    months: int
    first_below: int | None
    months_below: int
    below_from: int | None
    first_mean: float
    last_mean: float
    replications: int


def fall_of(county: Floats, level: float) -> Fall:
    """How N-1 of a county stands to a level; ``county``: by replication and month, nan: nobody."""
    mean = over_replications(county)
    # A month without a value is not below anything.
    below = mean < level
    places = np.flatnonzero(below)
    lasting = [place for place in places if below[place:][:WINDOW_MONTHS].sum() >= LASTING_MONTHS]
    means = over_12_months(county)
    means = means[np.isfinite(means)]
    replications = int(np.isfinite(county).any(axis=1).sum())
    return Fall(
        level,
        int(np.isfinite(mean).sum()),
        int(places[0]) if places.size else None,
        int(places.size),
        # One simulated future tells its own dips and rises, and gives no date to decide by.
        int(lasting[0]) if lasting and replications > 1 else None,
        float(means[0]) if means.size else np.nan,
        float(means[-1]) if means.size else np.nan,
        replications,
    )


def over_replications(county: Floats) -> Floats:
    """Mean of each month over the replications that have a value; nan where none has."""
    known = np.isfinite(county)
    many = known.sum(axis=0)
    total = np.where(known, county, 0.0).sum(axis=0)
    found: Floats = np.divide(total, many, out=np.full(total.shape, np.nan), where=many > 0)
    return found


def over_12_months(county: Floats) -> Floats:
    """Mean of each month and the eleven before, over replications; nan where one has no value."""
    mean = over_replications(county)
    found = np.full(mean.shape, np.nan)
    for month in range(WINDOW_MONTHS - 1, mean.size):
        found[month] = mean[month - WINDOW_MONTHS + 1 : month + 1].mean()
    return found


def decide_by(fall: Fall, months: Sequence[date], planned_days: float) -> date | None:
    """The last day on which a planned procurement is in time; None without a lasting fall."""
    if fall.below_from is None:
        return None
    return months[fall.below_from] - timedelta(days=round(planned_days))


def sentence(fall: Fall, months: Sequence[date], planned_days: float) -> str:
    """The first month below the level, how many are, and what follows for the decision."""
    level = f"{100 * fall.level:.0f}%"
    if fall.months == 0:
        return f"{level}: no month has a value"
    if fall.first_below is None:
        return f"{level}: not below it in any of {count(fall.months, 'month')}"
    first = month_text(months[fall.first_below])
    said = (
        f"{level}: first below it in {first}, below in {fall.months_below} of {fall.months} months"
    )
    return f"{said}; {verdict(fall, months, planned_days)}"


def verdict(fall: Fall, months: Sequence[date], planned_days: float) -> str:
    """What follows from the months below a level."""
    if fall.replications < 2:
        return "a single simulated run gives no date"
    by = decide_by(fall, months, planned_days)
    if by is None or fall.below_from is None:
        return "too few of these months together to give a date"
    begun = " (before the first month looked at)" if by < months[0] else ""
    since = month_text(months[fall.below_from])
    return f"mostly below from {since} on, so decide by {day_text(by)}{begun}"


def trend(fall: Fall) -> str:
    """The mean of the first twelve months and of the last, side by side."""
    if not np.isfinite(fall.first_mean) or fall.months <= WINDOW_MONTHS:
        return f"{count(fall.months, 'month')} of values are too few to show a trend"
    first, last = (f"{100 * mean:.0f}%" for mean in (fall.first_mean, fall.last_mean))
    return f"12-month mean: {first} at the start, {last} at the end"
