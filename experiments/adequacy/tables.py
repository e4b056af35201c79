"""N-1 in tables: the estimates, their error against the branches, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from experiments.adequacy.columns import COUNTY, EXPECTED, LOWEST, WARNING, YEARS
from experiments.adequacy.decide import decide_by, fall_of, over_12_months
from experiments.adequacy.estimates import COMPANY, KINDS, TEAM, Estimates, Study, fixed_set
from experiments.adequacy.work import STAFF_MOVE_SHARES, Examined
from experiments.statistics.chosen import Chosen, chosen_apart
from experiments.statistics.intervals import t_intervals
from sim.outcomes.adequacy import ROLES
from sim.outcomes.histories import Flags, Floats
from sim.scenario import Scenario

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9)
TAIL = 95.0
LAST_MONTHS = 12
FIXED, ALL = "fixed set", "all"


def interval(values: Floats, least: float = 0.0, most: float = np.inf) -> tuple[Any, Any, Any]:
    """Mean over the first axis and the ends of its 95% interval, gaps left out."""
    mean, low, high = t_intervals(values)
    return mean, np.clip(low, least, most), np.clip(high, least, most)


def banded(name: str, values: Floats, most: float = np.inf) -> dict[str, Any]:
    """A measure's mean and interval as flat columns; no interval if there is one replication."""
    mean, low, high = (part.ravel() for part in interval(values, 0.0, most))
    if values.shape[0] == 1:
        return {name: mean}
    return {name: mean, f"{name}_low": low, f"{name}_high": high}


def stamps(months: Sequence[date]) -> np.ndarray:
    """Dates as tables have them."""
    return np.array(list(months), dtype="datetime64[D]")


def n_minus_1_table(study: Study, kind: str) -> pd.DataFrame:
    """The table BY_PROVIDER, of the months in which it is a principal, or BY_AREA."""
    told = study.of(kind)
    months, codes, shares = len(study.months), len(told.codes), len(STAFF_MOVE_SHARES)
    there = told.held if kind == COMPANY else np.ones(told.held.shape, dtype=bool)
    n_minus_1 = np.where(there[:, None], told.n_minus_1, np.nan)
    stake = np.where(there, told.at_stake, np.nan)
    reached = np.where(np.isnan(n_minus_1), np.nan, n_minus_1 >= study.level)
    roles = np.full((months, codes), 0) if kind == COMPANY else study.usual_role
    hours = np.where(there[:, None], told.hours[1], np.nan)
    added = "total_hours_in_91_days" if kind == COMPANY else "added_hours_in_area_in_91_days"
    columns: dict[str, Any] = {
        "month": np.tile(np.repeat(stamps(study.months), codes), shares),
        kind if kind == COMPANY else "area": np.tile(np.array(told.codes), months * shares),
    }
    if kind == COMPANY:
        columns["areas"] = np.tile(
            [areas_held(study.scenario, code) for code in told.codes], months * shares
        )
    columns |= {
        "role": np.tile(np.array(ROLES)[roles].ravel(), shares),
        "staff_move_share": np.repeat(STAFF_MOVE_SHARES, months * codes),
        **banded("at_stake", np.repeat(stake[:, None], shares, axis=1)),
    }
    if kind == TEAM:
        columns |= banded("absorbable", study.absorbable)
    columns |= {
        **banded("n_minus_1", n_minus_1, 1.0),
        "suffices": interval(reached)[0].ravel(),
        **banded(added, hours),
        "replications": (~np.isnan(n_minus_1)).sum(axis=0).ravel(),
    }
    table = pd.DataFrame(columns)
    return table[table["replications"] > 0].reset_index(drop=True) if kind == COMPANY else table


def areas_held(scenario: Scenario, provider: str) -> str:
    """The areas that a provider's contracts name, as codes; blank if it won one later."""
    rows = scenario.commissioning.principal_contracts
    return " ".join(dict.fromkeys(row.area for row in rows if row.provider == provider))


def kept(study: Study, kind: str) -> list[tuple[str, Flags, int]]:
    """The sets that tables tell: their name, who is in them, and from which month on."""
    told = study.of(kind)
    sets = [(ALL, np.ones(len(told.codes), dtype=bool), 0)]
    fixed = fixed_set(told, study.years)
    return [(FIXED, fixed.keep, fixed.first), *sets] if fixed else sets


def county_table(study: Study) -> pd.DataFrame:
    """The table COUNTY."""
    parts = []
    for kind in KINDS:
        told = study.of(kind)
        for name, keep, first in kept(study, kind):
            county, below = told.county(keep), told.hours_below(study.level, keep)
            held = told.held & keep
            stake = np.where(held, told.at_stake, 0.0).sum(axis=2)
            for number, share in enumerate(STAFF_MOVE_SHARES):
                means = over_12_months(
                    np.where(held.any(axis=2), county[:, number], np.nan)[:, first:]
                )
                parts.append(
                    pd.DataFrame(
                        {
                            "month": stamps(study.months[first:]),
                            "stops": kind,
                            "compared": name,
                            "staff_move_share": share,
                            "principals": held.sum(axis=2).mean(axis=0)[first:],
                            **banded("at_stake", stake[:, first:]),
                            **banded("n_minus_1", county[:, number, first:], 1.0),
                            "n_minus_1_over_12_months": means,
                            **banded("hours_below", below[:, number, first:]),
                            "replications": np.isfinite(county[:, number, first:]).sum(axis=0),
                        }
                    )
                )
    names = [column.name for column in COUNTY.columns]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)
    return table.sort_values(["stops", "compared", "staff_move_share", "month"], kind="stable")


def years_table(study: Study) -> pd.DataFrame:
    """The table YEARS: means of the months of each year, replication by replication."""
    rows = []
    for kind in KINDS:
        told = study.of(kind)
        for name, keep, first in kept(study, kind):
            county, below = told.county(keep), told.hours_below(study.level, keep)
            held = told.held & keep
            stake = np.where(held, told.at_stake, 0.0).sum(axis=2)
            for year in sorted(set(study.years[first:].tolist())):
                here = (study.years == year) & (np.arange(study.years.size) >= first)
                here &= held.any(axis=(0, 2))
                if not here.any():
                    continue
                for number, share in enumerate(STAFF_MOVE_SHARES):
                    n_minus_1 = means(county[:, number, here])
                    rows.append(
                        {
                            "year": year,
                            "stops": kind,
                            "compared": name,
                            "staff_move_share": share,
                            "principals": held[:, here].sum(axis=2).mean(),
                            "months": int(here.sum()),
                            **one("at_stake", stake[:, here].mean(axis=1)),
                            **one("n_minus_1", n_minus_1, 1.0),
                            **one("hours_below", below[:, number, here].mean(axis=1)),
                            "replications": int(np.isfinite(n_minus_1).sum()),
                        }
                    )
    if not rows:
        return pd.DataFrame(columns=[column.name for column in YEARS.columns])
    return pd.DataFrame(rows)


def means(values: Floats) -> Floats:
    """Mean over the last axis of what is known; not a number where nothing is."""
    known = np.isfinite(values)
    many = known.sum(axis=-1)
    total = np.where(known, values, 0.0).sum(axis=-1)
    found: Floats = np.divide(total, many, out=np.full(total.shape, np.nan), where=many > 0)
    return found


def one(name: str, values: Floats, most: float = np.inf) -> dict[str, Any]:
    """A figure of each replication as mean and interval, in one row."""
    return {key: column[0] for key, column in banded(name, values[:, None], most).items()}


def chosen_table(study: Study) -> pd.DataFrame:
    """The table LOWEST."""
    rows = []
    for kind in KINDS:
        told = study.of(kind)
        for number, share in enumerate(STAFF_MOVE_SHARES):
            for figure, found, month in (
                ("n_minus_1", lowest(study, told, number), None),
                ("added_hours_in_91_days", *costliest(study, told, number)),
            ):
                if found is None:
                    continue
                reported = found.reported
                rows.append(
                    (
                        kind,
                        share,
                        figure,
                        told.codes[found.place],
                        None if month is None else study.months[month],
                        found.chosen_on,
                        reported.count,
                        reported.mean,
                        reported.low,
                        reported.high,
                    )
                )
    return pd.DataFrame(rows, columns=[column.name for column in LOWEST.columns]).assign(
        month=lambda table: pd.to_datetime(table["month"])
    )


def lowest(study: Study, told: Estimates, share: int) -> Chosen | None:
    """Whose N-1 over the last twelve months is lowest, chosen apart from its report."""
    values = np.where(told.held, told.n_minus_1[:, share], np.nan)[:, -LAST_MONTHS:]
    return chosen_apart(means(values.swapaxes(1, 2)), study.replications)


def costliest(study: Study, told: Estimates, share: int) -> tuple[Chosen | None, int | None]:
    """Whose stop, in which month, adds most hours without care within 91 days, chosen apart."""
    hours = np.where(told.held, told.hours[1][:, share], np.nan)
    count = len(told.codes)
    found = chosen_apart(hours.reshape(len(hours), -1), study.replications, highest=True)
    if found is None:
        return None, None
    month, place = divmod(found.place, count)
    return Chosen(place, found.chosen_on, found.reported), month


def warning_table(study: Study) -> pd.DataFrame:
    """The table WARNING: companies, in the fixed set and all."""
    planned = study.scenario.procurement.planned_days
    rows = []
    for name, keep, first in kept(study, COMPANY):
        months = study.months[first:]
        county = study.companies.county(keep)[:, :, first:]
        for number, share in enumerate(STAFF_MOVE_SHARES):
            for level in LEVELS:
                fall = fall_of(county[:, number], level)
                rows.append(
                    (
                        name,
                        share,
                        level,
                        fall.months,
                        None if fall.first_below is None else months[fall.first_below],
                        fall.months_below,
                        None if fall.below_from is None else months[fall.below_from],
                        decide_by(fall, months, planned),
                        fall.first_mean,
                        fall.last_mean,
                        fall.replications,
                    )
                )
    return pd.DataFrame(rows, columns=[column.name for column in WARNING.columns])


def expected_table(study: Study) -> pd.DataFrame:
    """The table EXPECTED: a provider counts in the months in which it is a principal."""
    rules = study.scenario.failure
    low, high = range_of(study.scenario, "failure.closures_per_year_principal")
    companies, teams = study.companies, study.teams
    rows = []
    for year in sorted(set(study.years.tolist())):
        here = study.years == year
        held = companies.held[:, here]
        for number, share in enumerate(STAFF_MOVE_SHARES):
            closed = each_month(companies, here, number)
            short = each_month(teams, here, number)
            lost = companies.hours[1][:, number, here][held]
            rows.append(
                (
                    year,
                    share,
                    held.sum(axis=2).mean(),
                    rules.closures_per_year_principal * closed,
                    low * closed,
                    high * closed,
                    rules.shortfalls_per_year_principal * short,
                    rules.losses_per_year_principal * short,
                    lost.mean() if lost.size else np.nan,
                    np.percentile(lost, TAIL) if lost.size else np.nan,
                    len(study.replications),
                )
            )
    return pd.DataFrame(rows, columns=[column.name for column in EXPECTED.columns])


def each_month(told: Estimates, here: Flags, share: int) -> float:
    """Hours that all principals' stops would add, summed over them; mean of months."""
    hours = told.hours[1][:, share, here]
    return float(np.where(told.held[:, here], np.nan_to_num(hours), 0.0).sum(axis=2).mean())


def range_of(scenario: Scenario, path: str) -> tuple[float, float]:
    """The plausible range of a parameter, or its value twice if none is declared."""
    source = scenario.sources.get(path)
    section, _, name = path.partition(".")
    value = float(getattr(getattr(scenario, section), name))
    if source is None or source.low is None or source.high is None:
        return value, value
    return source.low, source.high


def erosion_table(study: Study, found: Sequence[Examined]) -> pd.DataFrame:
    """The table EROSION with intervals over replications."""
    columns: dict[str, Any] = {"month": stamps(study.months)}
    for name in found[0].erosion:
        columns |= banded(name, np.stack([one.erosion[name] for one in found]))
    return pd.DataFrame({**columns, "replications": len(found)})
