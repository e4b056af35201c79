"""How far the transition has come, why no further, and what is left of the fallback."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import DIRECT_PAYMENT, Cause, Considered
from sim.outcomes.declaration import Outcome
from sim.outcomes.histories import Flags
from sim.outcomes.roles import OTHER, ROLES
from sim.outcomes.weekly import Weeks

Columns = dict[str, NDArray[Any]]
NEAR_SPLIT = 0.05
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
        "times that a round is put off because neither principal nor framework has room",
    ),
    Considered.SPLIT_REACHED: (
        "rounds_stay_split",
        "rounds that stay because the split is reached",
    ),
}

TRANSITION = (
    Outcome(
        "live_areas", "areas live at the end with a whole year behind them", "areas", "neither"
    ),
    Outcome(
        "live_areas_at_split",
        "of these, areas whose principal has its share of hours, or up to 5 points less",
        "areas",
        "neither",
    ),
    Outcome("transferred_people", "people moved in rounds at roll-out", "people", "neither"),
    Outcome("transferred_carers", "carers who moved with them", "carers", "neither"),
    Outcome("chose_direct_payment", "people who stayed on a direct payment", "people", "neither"),
    *(Outcome(name, meaning, "rounds", "neither") for name, meaning in REASONS.values()),
    Outcome(
        "direct_payment_hours_last_year",
        "hours on direct payments, mean of the last 52 weeks",
        "hours/week",
        "neither",
    ),
    Outcome(
        "private_hours_last_year",
        "hours of people who pay themselves, mean of the last 52 weeks",
        "hours/week",
        "neither",
    ),
    *(
        Outcome(
            f"legacy_only_{name}_{when}_year",
            f"{meaning} of teams without a contract of their own, mean of the {when} 52 weeks",
            unit,
            "neither",
        )
        for name, meaning, unit in (
            ("hours", "hours that the council or a direct payment pays for,", "hours/week"),
            ("carers", "carers", "carers"),
            ("teams", "number, if they serve anybody,", "teams"),
            ("travel", "driving between two homes", "minutes"),
        )
        for when in ("first", "last")
    ),
)


def transition_figures(
    weeks: Weeks, by_tier: Columns, by_role: Columns, first: slice, last: slice
) -> dict[str, float]:
    """Figures of TRANSITION."""
    ledger = weeks.ledger
    considered = ledger.columns("round_considered")
    moved = ledger.columns("moved")
    rounds = np.bincount(considered["outcome"], minlength=len(Considered))
    live, at_split = areas_at_split(weeks, by_tier, last)
    tier = by_tier["tier"].reshape(weeks.count, -1)[0] == DIRECT_PAYMENT
    direct = by_tier["planned_hours"].reshape(weeks.count, -1)[last][:, tier].sum(axis=1)
    private = by_role["private_hours"].reshape(weeks.count, -1)[last].sum(axis=1)
    return {
        "live_areas": float(live),
        "live_areas_at_split": float(at_split),
        "transferred_people": float((moved["cause"] == Cause.TRANSFERRED).sum()),
        "transferred_carers": float(considered["carers"].sum()),
        "chose_direct_payment": float((moved["cause"] == Cause.TO_DIRECT_PAYMENT).sum()),
        **{name: float(rounds[reason]) for reason, (name, _) in REASONS.items()},
        "direct_payment_hours_last_year": float(direct.mean()),
        "private_hours_last_year": float(private.mean()),
        **fallback(weeks, by_role, "first", first),
        **fallback(weeks, by_role, "last", last),
    }


def fallback(weeks: Weeks, by_role: Columns, when: str, part: slice) -> dict[str, float]:
    """What the teams without a contract of their own are, in one year."""

    def mean(name: str) -> float:
        table = by_role[name].reshape(weeks.count, weeks.areas, len(ROLES))
        return float(table[part, :, OTHER].sum(axis=1).mean())

    homes = by_role["people"].reshape(weeks.count, weeks.areas, len(ROLES))[part, :, OTHER]
    drive = by_role["travel_minutes_per_visit"].reshape(weeks.count, weeks.areas, len(ROLES))
    drive = np.nan_to_num(drive[part, :, OTHER])
    travel = float((drive * homes).sum() / homes.sum()) if homes.sum() > 0 else np.nan
    return {
        f"legacy_only_hours_{when}_year": mean("council_hours") + mean("direct_payment_hours"),
        f"legacy_only_carers_{when}_year": mean("carers"),
        f"legacy_only_teams_{when}_year": mean("teams"),
        f"legacy_only_travel_{when}_year": travel,
    }


def areas_at_split(weeks: Weeks, by_tier: Columns, last: slice) -> tuple[int, int]:
    """Areas live all through the last year, and those whose principal has about its share."""
    scenario = weeks.scenario
    model = scenario.commissioning
    codes = [tier.code for tier in model.tiers]
    live = live_areas(weeks, float(weeks.edges[last.start]))
    if model.principal_tier is None or not live.any():
        return int(live.sum()), 0
    meant = model.tier(model.principal_tier).share_of_area_hours or 1.0
    hours = by_tier["planned_hours"].reshape(weeks.count, weeks.areas, -1)[last].sum(axis=0)
    council = hours[:, : len(codes)].sum(axis=1)
    share = hours[:, codes.index(model.principal_tier)] / np.maximum(council, 1e-9)
    return int(live.sum()), int((live & (share >= meant - NEAR_SPLIT)).sum())


def live_areas(weeks: Weeks, day: float) -> Flags:
    """Which areas are live by a day."""
    start = weeks.scenario.calendar.start
    rows = sorted(weeks.scenario.areas, key=lambda row: row.code)
    return np.array([r.go_live is not None and (r.go_live - start).days <= day for r in rows])
