"""Weekly and yearly tables: time averages of step functions, area by area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import (
    BRIDGING,
    COVERED,
    IDS_PER_AREA,
    LOSSES,
    ON_LIST,
    UNCOVERED,
    Cause,
    Ledger,
    Stage,
    pay_themselves,
)
from sim.outcomes.declaration import Column, Table
from sim.outcomes.histories import (
    Flags,
    Floats,
    Ints,
    Spells,
    spell_averages,
    spells,
    step_averages,
    week_edges,
)
from sim.outcomes.payers import of_the_council
from sim.outcomes.strain import by_branch, hours_by_area
from sim.scenario import Scenario

HOURS = "hours/week"

BY_TIER = Table(
    "weekly_by_tier",
    "Care in service by week, area and tier; means over the week.",
    (
        Column("week_start", "first day of the week", "date"),
        Column("area", "code of the area", "code"),
        Column("tier", "code of the tier under which the package was placed", "code"),
        Column("planned_hours", "planned carer hours in service", HOURS),
        Column("delivered_hours", "planned hours that are delivered", HOURS),
        Column("people", "people in service", "people"),
    ),
)

BY_AREA = Table(
    "weekly_by_area",
    "Need, cover, list and carers by week and area; means over the week.",
    (
        Column("week_start", "first day of the week", "date"),
        Column("days", "length of the week; the last may be short", "days"),
        Column("area", "code of the area", "code"),
        Column("needed_hours", "hours of everyone at home with an assessed need", HOURS),
        Column("planned_hours", "needed hours in service with a provider", HOURS),
        Column("bridged_hours", "needed hours bridged by the in-house team", HOURS),
        Column("uncovered_hours", "needed hours neither in service nor bridged", HOURS),
        Column(
            "uncovered_critical_hours", "uncovered hours of packages with critical visits", HOURS
        ),
        Column("missed_hours", "hours in service that are missed because carers are short", HOURS),
        Column("missed_critical_hours", "missed hours of critical visits", HOURS),
        Column("overtime_hours", "hours worked in overtime", HOURS),
        Column(
            "private_hours",
            "hours in service of people who pay for their own care; not among the hours needed",
            HOURS,
        ),
        Column(
            "self_funders_uncovered_hours",
            "hours without care of people who pay for their own care and lost their provider; "
            "not among the hours needed",
            HOURS,
        ),
        Column("self_funders_listed", "people among them for whom a provider is sought", "people"),
        Column("displaced_hours", "uncovered hours of people who lost their provider", HOURS),
        Column("hospital_hours", "hours of people in hospital (not needed at home)", HOURS),
        Column("service_level", "(in service + bridged - missed) / needed hours", "share"),
        Column("list_people", "people on the interim care list", "people"),
        Column("list_hours", "hours of the people on the interim care list", HOURS),
        Column("carers", "carers employed", "carers"),
        Column("posts", "posts, filled or not", "posts"),
        Column("vacancies", "posts not filled", "posts"),
        Column("applicants", "people looking for care work, as last counted", "people"),
        Column("referrals", "people referred in the week", "people"),
        Column("withdrawn", "people who stopped waiting in the week", "people"),
    ),
)


@dataclass(frozen=True, slots=True)
class Weeks:
    """The run's histories and weeks, computed once and shared by the tables.

    ``spells`` are of people whose care the council pays for, and so are the marks that follow;
    ``self_funders`` are of people who pay for their own care, from the loss of their provider on.
    """

    ledger: Ledger
    scenario: Scenario
    spells: Spells
    self_funders: Spells
    edges: Floats
    critical: Flags
    vulnerable: Flags
    hospital: Flags

    @property
    def count(self) -> int:
        """Number of weeks."""
        return self.edges.size - 1

    @property
    def areas(self) -> int:
        """Number of areas."""
        return len(self.ledger.labels.areas)


def weeks_of(ledger: Ledger, scenario: Scenario) -> Weeks:
    """Prepare a run's weeks. The run must have come past day 0."""
    everybody = spells(ledger)
    own = pay_themselves(everybody.package)
    histories = everybody.where(~own) if own.any() else everybody
    referred = ledger.columns("referred")
    order = np.argsort(referred["package"])
    at = np.searchsorted(referred["package"][order], histories.package)
    told = (referred[name][order][at] == 1 for name in ("critical", "vulnerable", "hospital"))
    return Weeks(ledger, scenario, histories, everybody.where(own), week_edges(ledger), *told)


def averages(weeks: Weeks, keep: Flags, weights: Floats | Ints) -> Floats:
    """Weekly means of a weight over the spells kept, by area: shape (weeks, areas)."""
    kept = weeks.spells.where(keep)
    return spell_averages(kept, weights[keep].astype(float), kept.area, weeks.areas, weeks.edges)


def private_homes(weeks: Weeks, edges: Floats) -> Floats:
    """Homes that each team visits of people who pay themselves, period by period."""
    return by_branch(weeks.ledger, "private", "homes", edges) + _served_by_team(weeks, edges, None)


def private_minutes(weeks: Weeks, edges: Floats) -> Floats:
    """Minutes a week of each team's work for people who pay themselves, period by period."""
    followed = _served_by_team(weeks, edges, "minutes")
    return by_branch(weeks.ledger, "private", "minutes", edges) + followed


def _served_by_team(weeks: Weeks, edges: Floats, of: str | None) -> Floats:
    """Self-funders who are followed and in service by team, or a field of theirs added up."""
    served = weeks.self_funders.where(weeks.self_funders.in_stage(Stage.IN_SERVICE))
    weights = np.ones(served.package.size) if of is None else getattr(served, of).astype(float)
    return spell_averages(served, weights, served.branch, len(weeks.ledger.labels.branches), edges)


def by_tier(weeks: Weeks) -> dict[str, NDArray[Any]]:
    """The table BY_TIER, as one array per column."""
    labels = weeks.ledger.labels
    tiers = len(labels.tiers)
    kept = weeks.spells.where(weeks.spells.in_stage(Stage.IN_SERVICE))
    cells = kept.area * tiers + kept.tier
    size = weeks.areas * tiers
    hours = spell_averages(kept, kept.minutes / 60, cells, size, weeks.edges)
    people = spell_averages(kept, np.ones(cells.size), cells, size, weeks.edges)
    return {
        "week_start": np.repeat(week_starts(weeks), size),
        "area": np.tile(np.repeat(np.array(labels.areas), tiers), weeks.count),
        "tier": np.tile(np.array(labels.tiers), weeks.count * weeks.areas),
        "planned_hours": hours.ravel(),
        "delivered_hours": hours.ravel() * weeks.scenario.care.delivered_share,
        "people": people.ravel(),
    }


def by_area(weeks: Weeks) -> dict[str, NDArray[Any]]:
    """The table BY_AREA, as one array per column."""
    s, labels = weeks.spells, weeks.ledger.labels
    hours = s.minutes / 60
    one = np.ones(hours.size)
    uncovered = s.in_stage(*UNCOVERED)
    listed = s.in_stage(*ON_LIST)
    planned = averages(weeks, s.in_stage(Stage.IN_SERVICE), hours)
    bridged = averages(weeks, s.in_stage(*BRIDGING), hours)
    missing = averages(weeks, uncovered, hours)
    missed = hours_by_area(weeks.ledger, "strained", "missed", weeks.edges)
    needed = planned + bridged + missing
    carers, posts, vacancies = staff(weeks)
    columns = {
        "needed_hours": needed,
        "planned_hours": planned,
        "bridged_hours": bridged,
        "uncovered_hours": missing,
        "uncovered_critical_hours": averages(weeks, uncovered & weeks.critical, hours),
        "missed_hours": missed,
        "missed_critical_hours": hours_by_area(
            weeks.ledger, "strained", "missed_critical", weeks.edges
        ),
        "overtime_hours": hours_by_area(weeks.ledger, "strained", "overtime", weeks.edges),
        **self_funders_by_area(weeks),
        "displaced_hours": averages(weeks, uncovered & displaced(s), hours),
        "hospital_hours": averages(weeks, s.in_stage(Stage.INTERRUPTED), hours),
        "service_level": service_level(planned + bridged - missed, needed),
        "list_people": averages(weeks, listed, one),
        "list_hours": averages(weeks, listed, hours),
        "carers": carers,
        "posts": posts,
        "vacancies": vacancies,
        "applicants": applicants(weeks),
        "referrals": counts(weeks, *moves(weeks, Cause.REFERRED)),
        "withdrawn": counts(
            weeks,
            *moves(
                weeks,
                Cause.TO_RESIDENTIAL_CARE,
                Cause.FOUND_ANOTHER_WAY,
                Cause.NO_WAITING,
                stage=Stage.WITHDRAWN,
            ),
        ),
    }
    return {
        "week_start": np.repeat(week_starts(weeks), weeks.areas),
        "days": np.repeat(np.diff(weeks.edges), weeks.areas),
        "area": np.tile(np.array(labels.areas), weeks.count),
        **{name: column.ravel() for name, column in columns.items()},
    }


def self_funders_by_area(weeks: Weeks) -> dict[str, Floats]:
    """The columns of BY_AREA about people who pay for their own care."""

    def of(stages: Sequence[Stage], *, hours: bool = True) -> Floats:
        kept = weeks.self_funders.where(weeks.self_funders.in_stage(*stages))
        weights = kept.minutes / 60 if hours else np.ones(kept.package.size)
        return spell_averages(kept, weights, kept.area, weeks.areas, weeks.edges)

    bought = hours_by_area(weeks.ledger, "private", "minutes", weeks.edges)
    return {
        "private_hours": bought + of((Stage.IN_SERVICE,)),
        "self_funders_uncovered_hours": of(UNCOVERED),
        "self_funders_listed": of(ON_LIST, hours=False),
    }


def service_level(covered: Floats, needed: Floats) -> Floats:
    """Covered / needed hours; not a number where nothing is needed."""
    blank = np.full_like(needed, np.nan)
    level: Floats = np.divide(covered, needed, out=blank, where=needed > 1e-9)
    return level


def displaced(s: Spells) -> Flags:
    """Spells of people who have lost their provider and not yet been in service again."""
    return since(s, np.isin(s.cause, LOSSES), s.stage == Stage.IN_SERVICE)


def delayed(weeks: Weeks) -> Flags:
    """Spells without cover of people who could leave hospital: referred there, or coming back."""
    return delays_of(weeks.spells, weeks.hospital)


def delays_of(s: Spells, hospital: Flags) -> Flags:
    """The same of any spells; ``hospital``: which are of people referred by a hospital."""
    by_hospital = (s.cause == Cause.REFERRED) & hospital
    starts = by_hospital | ((s.cause == Cause.FROM_HOSPITAL) & s.in_stage(*ON_LIST))
    ends = s.in_stage(*COVERED) | np.isin(s.cause, LOSSES)
    return since(s, starts, ends) & s.in_stage(*UNCOVERED)


def since(s: Spells, starts: Flags, ends: Flags) -> Flags:
    """Spells from one that starts something on, before one that ends it, package by package."""
    new = np.append(True, s.package[1:] != s.package[:-1]) if s.package.size else starts
    # The latest mark decides; a new package ends what went on in the one before it.
    mark = np.where(starts, 1, np.where(ends | new, -1, 0))
    latest = np.maximum.accumulate(np.where(mark != 0, np.arange(mark.size), 0))
    after: Flags = mark[latest] == 1
    return after


def staff(weeks: Weeks) -> tuple[Floats, Floats, Floats]:
    """Carers, posts and vacancies by week and area."""
    labels = weeks.ledger.labels
    branch_area = np.array(labels.branch_area)
    staffed = weeks.ledger.columns("staffed")
    posts = weeks.ledger.columns("established")
    order = np.argsort(posts["branch"], kind="stable")
    branch, level, days = posts["branch"][order], posts["posts"][order], posts["day"][order]
    before = np.append(0, level[:-1])
    # The first number of posts is a rise from none, not from another team's.
    before[np.append(True, branch[1:] != branch[:-1])] = 0
    changes = (level - before).astype(float)
    carers = step_averages(
        staffed["day"],
        staffed["change"].astype(float),
        branch_area[staffed["branch"]],
        weeks.areas,
        weeks.edges,
    )
    posted = step_averages(days, changes, branch_area[branch], weeks.areas, weeks.edges)
    times = np.concatenate([days, staffed["day"]])
    teams = np.concatenate([branch, staffed["branch"]])
    deltas = np.concatenate([changes, -staffed["change"].astype(float)])
    # Team by team: one with more carers than posts fills no vacancy of another.
    open_posts = only_positive(times, teams, deltas)
    vacant = step_averages(
        open_posts[0], open_posts[1], branch_area[open_posts[2]], weeks.areas, weeks.edges
    )
    return carers, posted, vacant


def only_positive(times: Floats, teams: Ints, deltas: Floats) -> tuple[Floats, Floats, Ints]:
    """Changes of max(0, level), where each team's level is the sum of its changes so far."""
    order = np.lexsort((times, teams))
    times, teams, deltas = times[order], teams[order], deltas[order]
    totals = np.cumsum(deltas)
    first = np.append(True, teams[1:] != teams[:-1])
    offset = np.maximum.accumulate(np.where(first, np.arange(teams.size), 0))
    level = np.maximum(0.0, totals - np.append(0.0, totals)[offset])
    before = np.append(0.0, level[:-1])
    before[first] = 0.0
    return times, level - before, teams


def applicants(weeks: Weeks) -> Floats:
    """People looking for care work in each area, as last counted in the week."""
    sought = weeks.ledger.columns("sought_work")
    table = np.full((weeks.count, weeks.areas), np.nan)
    week = np.searchsorted(weeks.edges, sought["day"], side="right") - 1
    inside = (sought["day"] >= 0) & (week < weeks.count)
    table[week[inside], sought["area"][inside]] = sought["applicants"][inside]
    return table


def moves(weeks: Weeks, *causes: Cause, stage: Stage | None = None) -> tuple[Floats, Ints]:
    """Days and areas of moves with one of these causes (and into a stage)."""
    moved = of_the_council(weeks.ledger.columns("moved"))
    keep = np.isin(moved["cause"], causes)
    if stage is not None:
        keep &= moved["stage"] == stage
    return moved["day"][keep], moved["package"][keep] // IDS_PER_AREA


def counts(weeks: Weeks, days: Floats, areas: Ints) -> Floats:
    """How many events fall in each week and area."""
    inside = (days >= 0) & (days < weeks.edges[-1])
    week = np.searchsorted(weeks.edges, days[inside], side="right") - 1
    table = np.zeros((weeks.count, weeks.areas))
    np.add.at(table, (week, areas[inside]), 1.0)
    return table


def week_starts(weeks: Weeks) -> NDArray[Any]:
    """The date on which each week starts."""
    start: date = weeks.scenario.calendar.start
    return np.array(
        [start + timedelta(days=int(day)) for day in weeks.edges[:-1]], dtype="datetime64[D]"
    )


def yearly(table: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The table BY_AREA by calendar year of the week's start: means by days, sums of counts."""
    years = table["week_start"].astype("datetime64[Y]").astype(int) + 1970
    names, area = np.unique(table["area"], return_inverse=True)
    values, year = np.unique(years, return_inverse=True)
    cell = year * names.size + area
    size = values.size * names.size
    days = np.bincount(cell, table["days"], size)
    result: dict[str, NDArray[Any]] = {
        "year": np.repeat(values, names.size),
        "days": days,
        "area": np.tile(names, values.size),
    }
    for column in table:
        if column in ("week_start", "days", "area", "service_level"):
            continue
        # Referrals and withdrawals are counted, the rest is a level: sums here, means there.
        if column in ("referrals", "withdrawn"):
            result[column] = np.bincount(cell, table[column], size)
        else:
            known = np.nan_to_num(table[column])
            result[column] = np.bincount(cell, known * table["days"], size) / days
    # A mean of ratios is not the ratio of means: the year's level comes from the year's hours.
    covered = result["planned_hours"] + result["bridged_hours"] - result["missed_hours"]
    result["service_level"] = service_level(covered, result["needed_hours"])
    return result
