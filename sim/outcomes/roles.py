"""Who stands for what in an area: the principal, the framework's holders, and everyone else.

The third group is what a council falls back on: the teams that live on the legacy framework, direct
payments and private work. Its hours, people, carers and density by week are the erosion of the
fallback.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import DIRECT_PAYMENT, Cause, Ledger, Stage
from sim.outcomes.declaration import Column, Table
from sim.outcomes.histories import Floats, Ints, spell_averages, step_averages
from sim.outcomes.weekly import HOURS, Weeks, private_homes, private_minutes, week_starts
from sim.scenario import Scenario
from sim.travel import travel_tables

PRINCIPAL, FRAMEWORK, OTHER = 0, 1, 2
ROLES = ("principal", "framework", "legacy_only")
BEGINS = (Cause.CONTRACT_STARTED,)
ENDS = (Cause.CONTRACT_ENDED, Cause.CONTRACT_RETURNED)

BY_ROLE = Table(
    "weekly_by_role",
    "Work, carers and density by week, area and role of the team; means over the week.",
    (
        Column("week_start", "first day of the week", "date"),
        Column("area", "code of the area", "code"),
        Column(
            "role",
            "role of the team; framework: it has another contract of its own; legacy_only: it "
            "has no contract of its own; any other value: it is a principal provider's team",
            "word",
        ),
        Column("teams", "teams that serve at least one person", "teams"),
        Column("people", "people whose care the council or a direct payment pays for", "people"),
        Column("council_hours", "planned hours the council pays for", HOURS),
        Column("direct_payment_hours", "planned hours on direct payments", HOURS),
        Column("private_hours", "hours of people who pay for their own care", HOURS),
        Column("carers", "carers employed", "carers"),
        Column(
            "travel_minutes_per_visit",
            "driving time between two homes, mean over homes; it grows as homes become fewer",
            "minutes",
        ),
        Column("contact_share", "share of working time spent with people", "share"),
    ),
)


def by_role(weeks: Weeks) -> dict[str, NDArray[Any]]:
    """The table BY_ROLE, as one array per column."""
    ledger, edges = weeks.ledger, weeks.edges
    labels, count = ledger.labels, len(ledger.labels.branches)
    served = weeks.spells.where(weeks.spells.in_stage(Stage.IN_SERVICE))
    paid = served.tier == labels.tiers.index(DIRECT_PAYMENT)
    hours = served.minutes / 60
    staffed = ledger.columns("staffed")
    homes = private_homes(weeks, edges)
    people = spell_averages(served, np.ones(hours.size), served.branch, count, edges)
    council = served.where(~paid)
    direct = served.where(paid)
    minutes, contact = travel_of(ledger, weeks.scenario, people + homes)
    weight = people + homes
    columns = {
        # Sums of changes leave crumbs of rounding where nobody is left.
        "teams": (people > 1e-9).astype(float),
        "people": people,
        "council_hours": spell_averages(council, hours[~paid], council.branch, count, edges),
        "direct_payment_hours": spell_averages(direct, hours[paid], direct.branch, count, edges),
        "private_hours": private_minutes(weeks, edges) / 60,
        "carers": step_averages(
            staffed["day"], staffed["change"].astype(float), staffed["branch"], count, edges
        ),
        # Weighted by homes here and divided by them below: the mean is over homes, not teams.
        "travel_minutes_per_visit": minutes * weight,
        "contact_share": contact * weight,
    }
    cell = cells(weeks, roles(ledger, weeks.scenario, edges))
    size = weeks.count * weeks.areas * len(ROLES)
    summed = {name: np.bincount(cell, values.ravel(), size) for name, values in columns.items()}
    visited = np.bincount(cell, weight.ravel(), size)
    for name in ("travel_minutes_per_visit", "contact_share"):
        blank = np.full(size, np.nan)
        summed[name] = np.divide(summed[name], visited, out=blank, where=visited > 1e-9)
    return {
        "week_start": np.repeat(week_starts(weeks), weeks.areas * len(ROLES)),
        "area": np.tile(np.repeat(np.array(labels.areas), len(ROLES)), weeks.count),
        "role": np.tile(np.array(ROLES), weeks.count * weeks.areas),
        **summed,
    }


def cells(weeks: Weeks, role: Ints) -> Ints:
    """Where each week and team belongs among weeks x areas x roles."""
    area = np.array(weeks.ledger.labels.branch_area, dtype=np.int64)
    week = np.arange(weeks.count)[:, None] * weeks.areas
    found: Ints = ((week + area) * len(ROLES) + role).ravel()
    return found


def roles(ledger: Ledger, scenario: Scenario, edges: Floats) -> Ints:
    """Each team's standing in each week, by the contracts it holds when the week begins."""
    principal = scenario.commissioning.principal_places
    table = np.full((edges.size - 1, len(ledger.labels.branches)), OTHER, dtype=np.int64)
    begins = {}
    for day, branch, tier, _, cause in ledger.rows("contracted"):
        key = (int(branch), int(tier))
        if cause in BEGINS:
            begins[key] = day
        elif cause in ENDS and key in begins:
            _mark(table, edges, key, begins.pop(key), day, principal)
    for key, day in begins.items():
        _mark(table, edges, key, day, np.inf, principal)
    return table


def _mark(
    table: Ints,
    edges: Floats,
    key: tuple[int, int],
    first: float,
    last: float,
    principal: Sequence[int],
) -> None:
    branch, tier = key
    during = (edges[1:] > first) & (edges[:-1] < last)
    role = PRINCIPAL if tier in principal else FRAMEWORK
    # A team with two contracts stands where the stronger puts it: a principal is the lowest number.
    table[during, branch] = np.minimum(table[during, branch], role)


def travel_of(ledger: Ledger, scenario: Scenario, homes: Floats) -> tuple[Floats, Floats]:
    """Minutes per visit and contact share of each team in each week, by its homes."""
    tables = travel_tables(scenario)
    codes = [ledger.labels.areas[area] for area in ledger.labels.branch_area]
    whole = np.rint(homes).astype(int)
    most = int(whole.max()) + 1 if whole.size else 1
    minutes, contact = np.zeros(homes.shape), np.zeros(homes.shape)
    for code in set(codes):
        here = [i for i, other in enumerate(codes) if other == code]
        table = tables[code]
        drive = np.array([table.travel_minutes_per_visit(n) for n in range(most)])
        share = np.array([table.contact_share(n) for n in range(most)])
        minutes[:, here], contact[:, here] = drive[whole[:, here]], share[whole[:, here]]
    return minutes, contact
