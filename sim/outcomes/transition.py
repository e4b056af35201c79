"""How far the transition has come, why no further, and what is left of the fallback.

A principal's share is *up to* what its contract says: its maximum is a ceiling, and the guaranteed
part of it, which is paid for anyway, a floor. Between the two the contract does what it is for.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from math import fsum

import numpy as np

from sim.ledger import DIRECT_PAYMENT, Cause, Considered, Spending
from sim.outcomes.declaration import About
from sim.outcomes.histories import Flags, Floats
from sim.outcomes.money import LAST, settled
from sim.outcomes.places import live_areas
from sim.outcomes.registry import outcome
from sim.outcomes.roles import BEGINS, ENDS, OTHER, ROLES
from sim.outcomes.whole_run import WholeRun, ratio

NEAR_SPLIT = 0.05
MINUTES_PER_HOUR = 60
REASONS = {
    Considered.MOVED: ("rounds_moved", "rounds moved at roll-out"),
    Considered.TOO_MANY_CANNOT_MOVE: (
        "rounds_stay_people",
        "rounds that stay because too many of their people cannot or will not move",
    ),
    Considered.LIMIT_OF_PROVIDERS_LOSS: (
        "rounds_stay_limit",
        "rounds that stay because their provider has lost as much work as it may",
    ),
    Considered.PROVIDER_WOULD_NOT_SURVIVE: (
        "rounds_stay_viability",
        "rounds that stay because their provider would not survive the loss",
    ),
    Considered.NOBODY_HAS_ROOM: (
        "rounds_put_off",
        "times that a round is postponed because neither the principal provider nor the "
        "framework has room",
    ),
    Considered.SPLIT_REACHED: (
        "rounds_stay_split",
        "rounds that stay because the contracts' split of work is reached",
    ),
}


@outcome("areas", about=About.RUN, name="live_areas")
def live_areas_at_end(run: WholeRun) -> float:
    """Areas live at the end for at least a year; in models with principal providers, those let to
    one."""
    return float(areas_at_split(run)[0])


@outcome("areas", about=About.RUN)
def live_areas_at_split(run: WholeRun) -> float:
    """Live areas whose principal provider serves the most that its contract allows, or up to 5
    points of the area's hours less."""
    return float(areas_at_split(run)[1])


@outcome("areas", about=About.RUN, better="lower")
def live_areas_below_guarantee(run: WholeRun) -> float:
    """Live areas whose principal provider was paid for hours that it did not deliver, over the last
    year."""
    live = live_areas(run.weeks, float(run.weeks.edges[run.last.start]))
    rows, _ = settled(run, LAST)
    block = rows["spending"] == Spending.BLOCK
    place = np.array(run.ledger.labels.branch_area, dtype=np.int64)[rows["branch"][block]]
    idle = np.bincount(place, (rows["minutes"] - rows["delivered"])[block], minlength=live.size)
    return float((live & (idle > 0)).sum())


@outcome("people", about=About.RUN)
def transferred_people(run: WholeRun) -> float:
    """People moved in rounds at roll-out."""
    return float((run.ledger.columns("moved")["cause"] == Cause.TRANSFERRED).sum())


@outcome("carers", about=About.RUN)
def transferred_carers(run: WholeRun) -> float:
    """Carers who moved with the people moved in rounds."""
    return float(run.ledger.columns("round_considered")["carers"].sum())


@outcome("people", about=About.RUN)
def chose_direct_payment(run: WholeRun) -> float:
    """People who stayed on a direct payment."""
    return float((run.ledger.columns("moved")["cause"] == Cause.TO_DIRECT_PAYMENT).sum())


def rounds(run: WholeRun, reason: Considered) -> float:
    """Rounds that moved, or stayed for a reason."""
    return float((run.ledger.columns("round_considered")["outcome"] == reason).sum())


for _reason, (_name, _meaning) in REASONS.items():
    outcome("rounds", about=About.RUN, name=_name, meaning=_meaning)(
        partial(rounds, reason=_reason)
    )


@outcome("hours/week", about=About.RUN)
def direct_payment_hours_last_year(run: WholeRun) -> float:
    """Hours on direct payments, mean of the last 52 weeks."""
    count = run.weeks.count
    tier = run.by_tier["tier"].reshape(count, -1)[0] == DIRECT_PAYMENT
    hours = run.by_tier["planned_hours"].reshape(count, -1)[run.last][:, tier]
    return float(hours.sum(axis=1).mean())


@outcome("hours/week", about=About.RUN)
def private_hours_last_year(run: WholeRun) -> float:
    """Hours of people who pay for their own care, mean of the last 52 weeks."""
    return float(run.weekly_sum("private_hours", run.by_role)[run.last].mean())


# The fallback: teams without a contract of their own -------------------------------------------


def legacy_only(run: WholeRun, part: slice, name: str) -> Floats:
    """A column of the fallback's teams: weeks of a part of the run x areas."""
    table = run.by_role[name].reshape(run.weeks.count, run.weeks.areas, len(ROLES))
    found: Floats = table[part, :, OTHER]
    return found


def fallback_mean(run: WholeRun, end: str, columns: tuple[str, ...]) -> float:
    """Columns of the fallback's teams in the first or last year, mean of the weeks' sums."""
    part = getattr(run, end)
    return fsum(float(legacy_only(run, part, name).sum(axis=1).mean()) for name in columns)


def fallback_travel(run: WholeRun, end: str) -> float:
    """Minutes between two homes of the fallback's teams; NaN where they serve nobody."""
    part = getattr(run, end)
    homes = legacy_only(run, part, "people")
    drive = np.nan_to_num(legacy_only(run, part, "travel_minutes_per_visit"))
    return ratio(float((drive * homes).sum()), float(homes.sum()))


FALLBACK = (
    (
        "hours",
        "hours/week",
        "hours of teams without a contract of their own that the council or a direct payment "
        "pays for",
        partial(fallback_mean, columns=("council_hours", "direct_payment_hours")),
    ),
    (
        "carers",
        "carers",
        "carers of teams without a contract of their own",
        partial(fallback_mean, columns=("carers",)),
    ),
    (
        "teams",
        "teams",
        "number of teams without a contract of their own that serve at least one person",
        partial(fallback_mean, columns=("teams",)),
    ),
    (
        "travel",
        "minutes",
        "driving time between two homes of teams without a contract of their own",
        fallback_travel,
    ),
)
for _name, _unit, _meaning, _of in FALLBACK:
    for _end in ("first", "last"):
        outcome(
            _unit,
            about=About.RUN,
            name=f"legacy_only_{_name}_{_end}_year",
            meaning=f"{_meaning}, mean of the {_end} 52 weeks",
        )(partial(_of, end=_end))


# The split between tiers -----------------------------------------------------------------------


def areas_at_split(run: WholeRun) -> tuple[int, int]:
    """Areas live all through the last year that were let to a principal, and those whose
    principals have about their share; without principals all live areas, and none."""
    weeks, last, model = run.weeks, run.last, run.scenario.commissioning
    live = live_areas(weeks, float(weeks.edges[last.start]))
    tiers = list(model.principal_places)
    if not tiers or not live.any():
        return int(live.sum()), 0
    let = live & ever_let(run)
    hours = run.by_tier["planned_hours"].reshape(weeks.count, weeks.areas, -1)[last].mean(axis=0)
    council = hours[:, : len(model.tiers)].sum(axis=1)
    served = hours[:, tiers].sum(axis=1)
    most = principals_most_hours(run)
    return int(let.sum()), int((let & (served >= most - NEAR_SPLIT * council)).sum())


def ever_let(run: WholeRun) -> Flags:
    """Areas that contracts.csv gives a principal, whether it ever began, or that have had one."""
    labels, model = run.ledger.labels, run.scenario.commissioning
    named = {row.area for row in model.principal_contracts}
    let = np.array([code in named for code in labels.areas])
    for _, branch, held, _, cause in run.ledger.rows("contracted"):
        if held in model.principal_places and cause in BEGINS:
            let[labels.branch_area[int(branch)]] = True
    return let


def principals_most_hours(run: WholeRun) -> Floats:
    """Hours a week that the principals' contracts allow at the end, by area; infinite if no limit.

    An area that has no principal at the end counts with what its last ones were allowed.
    """
    labels, tiers = run.ledger.labels, run.scenario.commissioning.principal_places
    most = np.full(len(labels.areas), np.inf)
    running: dict[int, dict[tuple[float, float], float]] = defaultdict(dict)
    for _, branch, held, maximum, cause in run.ledger.rows("contracted"):
        if held not in tiers:
            continue
        area = labels.branch_area[int(branch)]
        here = running[area]
        if maximum >= 0 and cause in (*BEGINS, Cause.HOURS_INDEXED):
            here[branch, held] = maximum / MINUTES_PER_HOUR
        elif cause in ENDS:
            here.pop((branch, held), None)
        if here:
            most[area] = fsum(here.values())
    return most


@outcome("share", about=About.RUN, name="share_{tier}_last_year")
def tier_share(run: WholeRun, tier: str) -> float:
    """Share of planned hours by tier, last 52 weeks, in areas that are live."""
    labels, part = run.ledger.labels, run.last
    live = live_areas(run.weeks, float(run.weeks.edges[part.start]))
    if not live.any():
        live[:] = True
    shape = (run.weeks.count, run.weeks.areas, len(labels.tiers))
    by = run.by_tier["planned_hours"].reshape(shape)[part][:, live].sum(axis=(0, 1))
    by[labels.tiers.index(DIRECT_PAYMENT)] = 0.0
    return ratio(float(by[labels.tiers.index(tier)]), float(by.sum()))
