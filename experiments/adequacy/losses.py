"""Hours without care after a stop, from N-1: two constants that the branches measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from experiments.adequacy.stops import HORIZONS
from experiments.adequacy.work import Branched, Examined
from sim.outcomes.histories import Flags, Floats, Ints

LEAST_TO_CALIBRATE = 12


@dataclass(frozen=True, slots=True)
class Calibration:
    """How hours without care follow from N-1, within 28 and 91 days.

    A stop adds ``first_days`` of all hours at stake, and this share ``left_over`` of the hours that
    are still without care four weeks later. ``branches``: how many it was measured on; 0: Norfolk's
    (docs/explanation/adequacy.md) stand in.
    """

    first_days: tuple[float, float]
    left_over: tuple[float, float]
    branches: int = 0


NORFOLK_COMPANIES = Calibration((6.1, 7.6), (0.75, 0.66))
NORFOLK_TEAMS = Calibration((5.7, 7.4), (0.55, 0.46))


@dataclass(frozen=True, slots=True)
class Losses:
    """The constants of companies that close (hours of the county) and of teams (of their area)."""

    companies: Calibration
    teams: Calibration


@dataclass(frozen=True, slots=True)
class BranchSample:
    """Finished branches as columns; ``hours`` without care added, within 28 and 91 days."""

    point: Ints
    at_stake: Floats
    reference: Floats
    estimate: Floats
    hours: tuple[Floats, Floats]


def branches_of(found: Sequence[Examined], *, companies: bool) -> list[tuple[Examined, Branched]]:
    """The finished branches of companies, or of teams, each stop once, with their replications.

    A company that is principal of two areas may have been drawn twice.
    """
    once = {
        (one.replication, branch.aftermath.stop): (one, branch)
        for one in found
        for branch in one.branched
        if (not branch.aftermath.stop.area) == companies
    }
    return list(once.values())


def sampled(branches: Sequence[tuple[Examined, Branched]]) -> BranchSample:
    """Branches as columns; a company's hours are those of the county, a team's of its area."""
    points: dict[tuple[object, ...], int] = {}
    rows = []
    for one, branch in branches:
        stop = branch.aftermath.stop
        key = (one.replication, stop.day, stop.provider, stop.area)
        rows.append(
            (
                points.setdefault(key, len(points)),
                branch.aftermath.taken_on.at_stake,
                branch.aftermath.n_minus_1.share,
                branch.estimate,
                *branch.added_area,
            )
        )
    columns = np.array(rows, dtype=float).reshape(-1, 6).T
    return BranchSample(
        columns[0].astype(np.int64), columns[1], columns[2], columns[3], (columns[4], columns[5])
    )


def losses_of(found: Sequence[Examined]) -> Losses:
    """The constants of this study's branches, or Norfolk's where there are too few."""
    companies, teams = (sampled(branches_of(found, companies=c)) for c in (True, False))
    return Losses(calibrated(companies, NORFOLK_COMPANIES), calibrated(teams, NORFOLK_TEAMS))


def calibrated(
    sample: BranchSample, default: Calibration, keep: Flags | None = None
) -> Calibration:
    """Constants that fit the branches best; with too few of them the default stands."""
    known = np.isfinite(sample.reference)
    kept = known if keep is None else known & keep
    if kept.sum() < LEAST_TO_CALIBRATE:
        return default
    (first, left), (first_long, left_long) = (
        loss_constants(sample, kept, hours, days)
        for hours, days in zip(sample.hours, horizons(), strict=True)
    )
    return Calibration((first, first_long), (left, left_long), int(kept.sum()))


def losses_left_out(sample: BranchSample, default: Calibration) -> Floats:
    """Estimated hours within 91 days of each branch, by constants measured at the other points."""
    found = np.zeros(sample.point.size)
    for point in np.unique(sample.point):
        here = sample.point == point
        others = calibrated(sample, default, ~here)
        found[here] = loss(sample.at_stake[here], sample.estimate[here], others, 1)
    return found


def horizons() -> tuple[float, float]:
    """Days within which hours without care are counted."""
    return HORIZONS.taken_on_days, HORIZONS.uncovered_days


def loss_constants(
    sample: BranchSample, kept: Flags, hours: Floats, days: float
) -> tuple[float, float]:
    """Days of all hours, and share of hours not there, that make the loss; by least squares."""
    weekly = sample.at_stake[kept] / 7
    parts = np.column_stack([weekly, weekly * days * (1 - sample.reference[kept])])
    # Not negative: neither constant can give care back, and few branches could make it seem so.
    (first, left), _ = nnls(parts, np.maximum(0.0, hours[kept]))
    return float(first), float(left)


def loss(at_stake: Floats, n_minus_1: Floats, calibration: Calibration, horizon: int) -> Floats:
    """Hours without care that a stop adds: everybody's first days, then those left over."""
    days = horizons()[horizon]
    first, left = calibration.first_days[horizon], calibration.left_over[horizon]
    hours: Floats = at_stake / 7 * (first + left * days * (1 - n_minus_1))
    return hours
