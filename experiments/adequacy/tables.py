"""N-1 adequacy in tables: the estimates, their error against the branches, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from experiments.adequacy.columns import ERRORS, EXPECTED, SAMPLE, WARNING
from experiments.adequacy.stops import HORIZONS
from experiments.adequacy.work import STAFF_MOVE_SHARES, Branched, Examined
from experiments.statistics.intervals import t_intervals
from sim.outcomes.adequacy import (
    PRINCIPAL,
    ROLES,
    adequacy,
    month_starts,
)
from sim.outcomes.adequacy import (
    county_adequacy as all_areas,
)
from sim.outcomes.histories import Flags, Floats, Ints
from sim.scenario import Scenario

FIRST_DAYS = (5.4, 8.5)
LEFT_OVER = (0.63, 0.47)
"""Loss within 28 and 91 days on Norfolk: so many days of all hours at stake, and this share of
those that nobody has taken on in four weeks. Measured by branches, see docs/adequacy.md."""

LEAST_TO_CALIBRATE = 12
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9)
TAIL = 95.0
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Calibration:
    """How hours without care follow from adequacy, at both horizons.

    ``branches``: how many it was measured on; 0: the defaults.
    """

    first_days: tuple[float, float] = FIRST_DAYS
    left_over: tuple[float, float] = LEFT_OVER
    branches: int = 0


@dataclass(frozen=True)
class Adequacy:
    """A study's estimates: arrays by replication, (share,) month and area."""

    scenario: Scenario
    months: list[date]
    areas: tuple[str, ...]
    level: float
    calibration: Calibration
    role: Ints
    at_stake: Floats
    absorbable: Floats
    adequacy: Floats
    uncovered: tuple[Floats, Floats]

    @property
    def has_principal(self) -> Flags:
        """Where a principal is there with hours at stake, by replication, month and area."""
        found: Flags = (self.role == PRINCIPAL) & (self.at_stake > 0)
        return found

    @property
    def usual_role(self) -> Ints:
        """The role of most replications, by month and area."""
        counts = np.stack([(self.role == role).sum(axis=0) for role in range(len(ROLES))])
        found: Ints = counts.argmax(axis=0)
        return found


@dataclass(frozen=True, slots=True)
class BranchSample:
    """The finished branches as columns."""

    point: Ints
    share: Floats
    at_stake: Floats
    absorbable: Floats
    reference: Floats
    uncovered: tuple[Floats, Floats]
    role: Ints


def sampled(found: Sequence[Examined]) -> BranchSample:
    """Every branch that finished and has a reference, one after another."""
    points: dict[tuple[int, int, str], int] = {}
    rows = []
    for one in found:
        for branch in one.branched:
            stop, taken = branch.aftermath.stop, branch.aftermath.taken_on
            key = (one.replication, branch.month, stop.area)
            point = points.setdefault(key, len(points))
            if not np.isnan(taken.share):
                rows.append(
                    (
                        point,
                        stop.staff_move_share,
                        taken.at_stake,
                        branch.absorbable,
                        taken.share,
                        *branch.added_area,
                        branch.role,
                    )
                )
    columns = np.array(rows, dtype=float).reshape(-1, 8).T
    return BranchSample(
        columns[0].astype(np.int64),
        columns[1],
        columns[2],
        columns[3],
        columns[4],
        (columns[5], columns[6]),
        columns[7].astype(np.int64),
    )


def estimates(sample: BranchSample) -> Floats:
    """The estimate of every branch, each at its own share."""
    found = np.zeros(sample.share.size)
    for share in np.unique(sample.share):
        here = sample.share == share
        found[here] = adequacy(sample.at_stake[here], sample.absorbable[here], float(share))
    return found


def calibrated(sample: BranchSample, keep: Flags | None = None) -> Calibration:
    """Constants that fit the branches best; with too few of them the defaults stand."""
    kept = np.ones(sample.share.size, dtype=bool) if keep is None else keep
    if kept.sum() < LEAST_TO_CALIBRATE:
        return Calibration()
    (first, left), (first_long, left_long) = (
        loss_constants(sample, kept, hours, days)
        for hours, days in zip(sample.uncovered, horizons(), strict=True)
    )
    return Calibration((first, first_long), (left, left_long), int(kept.sum()))


def losses_left_out(sample: BranchSample) -> Floats:
    """Estimated hours without care of each branch, by constants measured at the other points."""
    shares, found = estimates(sample), np.zeros(sample.share.size)
    for point in np.unique(sample.point):
        here = sample.point == point
        others = calibrated(sample, ~here)
        found[here] = loss(sample.at_stake[here], shares[here], others, 1)
    return found


def horizons() -> tuple[float, float]:
    """Days within which hours without care are counted."""
    return HORIZONS.taken_on_days, HORIZONS.uncovered_days


def loss_constants(
    sample: BranchSample, kept: Flags, hours: Floats, days: float
) -> tuple[float, float]:
    """Days of all hours, and share of hours not taken on, that make the loss; by least squares."""
    weekly = sample.at_stake[kept] / 7
    parts = np.column_stack([weekly, weekly * days * (1 - sample.reference[kept])])
    # Not negative: neither constant can give care back, and few branches could make it seem so.
    (first, left), _ = nnls(parts, np.maximum(0.0, hours[kept]))
    return float(first), float(left)


def loss(at_stake: Floats, taken_on: Floats, calibration: Calibration, horizon: int) -> Floats:
    """Hours without care that a stop adds: everybody's first days, then those left over."""
    days = horizons()[horizon]
    first, left = calibration.first_days[horizon], calibration.left_over[horizon]
    hours: Floats = at_stake / 7 * (first + left * days * (1 - taken_on))
    return hours


def adequacy_of(
    scenario: Scenario, found: Sequence[Examined], level: float, calibration: Calibration
) -> Adequacy:
    """The estimates of all replications, by the constants given."""
    months, _ = month_starts(scenario)
    at_stake = np.stack([one.at_stake for one in found])
    room = np.stack([one.absorbable for one in found])

    shares = np.stack(
        [adequacy(at_stake, room[:, i], share) for i, share in enumerate(STAFF_MOVE_SHARES)], axis=1
    )
    lost = (loss(at_stake[:, None], shares, calibration, horizon) for horizon in (0, 1))
    short, long = lost
    return Adequacy(
        scenario,
        months,
        found[0].areas,
        level,
        calibration,
        np.stack([one.role for one in found]),
        at_stake,
        room,
        shares,
        (short, long),
    )


def interval(values: Floats, least: float = 0.0, most: float = np.inf) -> tuple[Any, Any, Any]:
    """Mean over the first axis and the ends of its 95 % interval, gaps left out."""
    mean, low, high = t_intervals(values)
    return mean, np.clip(low, least, most), np.clip(high, least, most)


def banded(name: str, values: Floats, most: float = np.inf) -> dict[str, Any]:
    """A measure's mean and interval as flat columns; no interval if there is one replication."""
    mean, low, high = (part.ravel() for part in interval(values, 0.0, most))
    if values.shape[0] == 1:
        return {name: mean}
    return {name: mean, f"{name}_low": low, f"{name}_high": high}


def adequacy_table(told: Adequacy) -> pd.DataFrame:
    """The table ADEQUACY."""
    months, areas, shares = len(told.months), len(told.areas), len(STAFF_MOVE_SHARES)
    stake = np.repeat(told.at_stake[:, None], shares, axis=1)
    reached = np.where(np.isnan(told.adequacy), np.nan, told.adequacy >= told.level)
    roles = np.array(ROLES)[told.usual_role].ravel()
    short, long = told.uncovered
    return pd.DataFrame(
        {
            "month": np.tile(np.repeat(stamps(told.months), areas), shares),
            "area": np.tile(np.array(told.areas), months * shares),
            "role": np.tile(roles, shares),
            "staff_move_share": np.repeat(STAFF_MOVE_SHARES, months * areas),
            **banded("at_stake", stake),
            **banded("absorbable", told.absorbable),
            **banded("adequacy", told.adequacy, 1.0),
            "suffices": interval(reached)[0].ravel(),
            **banded("added_hours_in_area_in_28_days", short),
            **banded("added_hours_in_area_in_91_days", long),
            "replications": (~np.isnan(told.adequacy)).sum(axis=0).ravel(),
        }
    )


def stamps(months: Sequence[date]) -> np.ndarray:
    """Dates as tables have them."""
    return np.array(list(months), dtype="datetime64[D]")


def county_adequacy(told: Adequacy) -> Floats:
    """Adequacy over all principals, weighted by hours: by replication, share and month."""
    held = np.where(told.has_principal, told.at_stake, 0.0)[:, None]
    shares = np.array(STAFF_MOVE_SHARES)[:, None, None]
    return all_areas(held, told.absorbable, shares)


def county_table(told: Adequacy) -> pd.DataFrame:
    """The table COUNTY."""
    shares, months = len(STAFF_MOVE_SHARES), len(told.months)
    principals = told.has_principal.sum(axis=2).astype(float)
    stake = np.where(told.has_principal, told.at_stake, 0.0).sum(axis=2)
    short = (told.has_principal[:, None] & (told.adequacy < told.level)).sum(axis=3)

    def each(values: Floats) -> Floats:
        return np.repeat(values[:, None], shares, axis=1)

    return pd.DataFrame(
        {
            "month": np.tile(stamps(told.months), shares),
            "staff_move_share": np.repeat(STAFF_MOVE_SHARES, months),
            "principals": interval(each(principals))[0].ravel(),
            **banded("at_stake", each(stake)),
            **banded("adequacy", county_adequacy(told), 1.0),
            **banded("not_sufficing", short.astype(float)),
        }
    )


def fails_from(told: Adequacy, share: int, area: int) -> int | None:
    """The first month from which on the fallback does not suffice for the principal of an area.

    Not: adequacy below the level in more than half of the replications. None if it suffices in the
    last month, or if there is no principal then.
    """
    held = told.has_principal[:, :, area]
    known = held.sum(axis=0)
    short = (held & (told.adequacy[:, share, :, area] < told.level)).sum(axis=0)
    fails = (known > 0) & (short > HALF * known)
    if not fails[-1]:
        return None
    since = np.flatnonzero(~fails)
    return int(since[-1]) + 1 if since.size else 0


def early_warning(told: Adequacy) -> pd.DataFrame:
    """The table WARNING."""
    county = county_adequacy(told)
    ahead = timedelta(days=round(told.scenario.procurement.planned_days))
    rows = []
    for number, share in enumerate(STAFF_MOVE_SHARES):
        for level in LEVELS:
            begins = [below_from(one[number], level) for one in county]
            known = sorted(begin for begin in begins if begin is not None)
            when = None
            if len(known) > HALF * len(begins):
                # The lower middle: too early a warning costs less than one too late.
                when = told.months[known[(len(known) - 1) // 2]]
            decide = None if when is None else when - ahead
            rows.append((share, level, len(known), when, decide))
    return pd.DataFrame(rows, columns=[column.name for column in WARNING.columns])


def below_from(county: Floats, level: float) -> int | None:
    """The first month from which a county's adequacy stays below a level; None if it does not."""
    # Written so that a month without a value counts as fine: nan is not below anything.
    fine = np.flatnonzero(~(county < level))
    if county.size == 0 or not county[-1] < level:
        return None
    return int(fine[-1]) + 1 if fine.size else 0


def expected_table(told: Adequacy) -> pd.DataFrame:
    """The table EXPECTED: an area counts in the months in which it has a principal."""
    rules = told.scenario.failure
    low, high = range_of(told.scenario, "failure.closures_per_year_principal")
    years = np.array([month.year for month in told.months])
    rows = []
    for year in sorted(set(years.tolist())):
        here = years == year
        held = told.has_principal[:, here]
        for number, share in enumerate(STAFF_MOVE_SHARES):
            hours = told.uncovered[1][:, number, here]
            lost = hours[held]
            each_month = np.where(held, np.nan_to_num(hours), 0.0).sum(axis=2).mean()
            known = lost.size > 0
            rows.append(
                (
                    year,
                    share,
                    held.sum(axis=2).mean(),
                    rules.closures_per_year_principal * each_month,
                    low * each_month,
                    high * each_month,
                    rules.shortfalls_per_year_principal * each_month,
                    lost.mean() if known else np.nan,
                    np.percentile(lost, TAIL) if known else np.nan,
                    lost.max() if known else np.nan,
                )
            )
    return pd.DataFrame(rows, columns=[column.name for column in EXPECTED.columns])


def range_of(scenario: Scenario, path: str) -> tuple[float, float]:
    """The plausible range of a parameter, or its value twice if none is declared."""
    source = scenario.sources.get(path)
    section, _, name = path.partition(".")
    value = float(getattr(getattr(scenario, section), name))
    if source is None or source.low is None or source.high is None:
        return value, value
    return source.low, source.high


def sample_table(told: Adequacy, found: Sequence[Examined], sample: BranchSample) -> pd.DataFrame:
    """The table SAMPLE: every branch, failed ones too."""
    guesses = iter(zip(estimates(sample), losses_left_out(sample), strict=True))
    rows: list[dict[str, Any]] = []
    for one in found:
        for branch in one.branched:
            known = not np.isnan(branch.aftermath.taken_on.share)
            guess = next(guesses) if known else (np.nan, np.nan)
            rows.append(finished_row(told, one, branch, guess))
        for broken in one.broken:
            stop = broken.stop
            day = told.scenario.calendar.start + timedelta(days=round(stop.day))
            rows.append(
                {
                    "replication": one.replication,
                    "month": day,
                    "area": stop.area,
                    "role": "",
                    "provider": stop.provider,
                    "staff_move_share": stop.staff_move_share,
                    "status": "failed",
                    "error": broken.error,
                }
            )
    names = [column.name for column in SAMPLE.columns]
    return pd.DataFrame(rows, columns=names).assign(month=lambda t: pd.to_datetime(t["month"]))


def finished_row(
    told: Adequacy, one: Examined, branch: Branched, guess: tuple[float, float]
) -> dict[str, Any]:
    """A branch as a row of SAMPLE; ``guess``: the estimates of adequacy and of the loss."""
    stop, taken = branch.aftermath.stop, branch.aftermath.taken_on
    return {
        "replication": one.replication,
        "month": told.months[branch.month],
        "area": stop.area,
        "role": ROLES[branch.role],
        "provider": stop.provider,
        "staff_move_share": stop.staff_move_share,
        "status": "finished",
        "at_stake": taken.at_stake,
        "not_needed": taken.not_needed,
        "taken_on": taken.taken_on,
        "reference": taken.share,
        "absorbable": branch.absorbable,
        "estimate": guess[0],
        "added_hours_in_area_in_28_days": branch.added_area[0],
        "added_hours_in_area_in_91_days": branch.added_area[1],
        "added_hours_in_county_in_91_days": branch.added_county[1],
        "added_hours_in_area_in_91_days_estimate": guess[1],
        "error": "",
    }


FIGURES = {
    "adequacy": ("estimate", "reference"),
    "added_hours_in_area_in_91_days": (
        "added_hours_in_area_in_91_days_estimate",
        "added_hours_in_area_in_91_days",
    ),
}


def errors_table(sample: pd.DataFrame) -> pd.DataFrame:
    """The table ERRORS."""
    good = sample[(sample["status"] == "finished") & sample["reference"].notna()]
    rows = []
    for role in ("all", *ROLES):
        ours = good if role == "all" else good[good["role"] == role]
        for share in (*STAFF_MOVE_SHARES, np.nan):
            part = ours if np.isnan(share) else ours[ours["staff_move_share"] == share]
            if part.empty:
                continue
            for figure, (guess, truth) in FIGURES.items():
                off = part[guess].astype(float) - part[truth].astype(float)
                alike = part[guess].nunique() > 1 and part[truth].nunique() > 1
                rows.append(
                    (
                        role,
                        share,
                        figure,
                        len(part),
                        part[truth].mean(),
                        off.mean(),
                        float(np.sqrt((off**2).mean())),
                        part[guess].astype(float).corr(part[truth].astype(float))
                        if alike
                        else np.nan,
                    )
                )
    return pd.DataFrame(rows, columns=[column.name for column in ERRORS.columns])


def erosion_table(told: Adequacy, found: Sequence[Examined]) -> pd.DataFrame:
    """The table EROSION with intervals over replications."""
    names = list(found[0].erosion)
    columns: dict[str, Any] = {"month": stamps(told.months)}
    for name in names:
        columns |= banded(name, np.stack([one.erosion[name] for one in found]))
    return pd.DataFrame(columns)
