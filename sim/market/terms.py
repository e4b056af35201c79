"""The terms of a contract as contracts.csv has them; what a row leaves blank is its tier's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import fsum

from sim.clock import days_between
from sim.market.contract import Terms
from sim.market.pay import own_ratio
from sim.scenario import Scenario
from sim.scenario.tables import Area, Contract, Tier

MINUTES_PER_HOUR = 60


def terms_of(scenario: Scenario, row: Contract, tier: Tier, area: Area, begins: date) -> Terms:
    """What is agreed under a row of contracts.csv that begins on a day."""
    beside = [
        other
        for other in scenario.commissioning.contracts
        if (other.tier, other.area) == (row.tier, row.area)
    ]
    contracted = contracted_hours(row, tier, area, beside)
    maximum, contracted_part = most_and_part(contracted, row.maximum_hours_per_week)
    return Terms(
        None if maximum is None else round(maximum * MINUTES_PER_HOUR),
        days_between(scenario.calendar.start, begins),
        tier.mobilisation_days,
        tier.ramp_start_share,
        tier.ramp_days,
        tier.standard,
        contracted_part=contracted_part,
        lot_number=beside.index(row),
        weight=weight(row, contracted),
        guaranteed_share=row.guaranteed_share,
        rate_ratio=own_ratio(scenario, row, begins),
        growth_per_year=row.indexation_share_per_year,
        notice_days=row.notice_days,
    )


def contracted_hours(
    row: Contract, tier: Tier, area: Area, beside: Sequence[Contract]
) -> float | None:
    """Contracted hours a week; None if neither the row nor its tier has any.

    ``beside``: the contracts of the tier in the area, this one among them. Rows without hours or a
    share of their own share equally what the others leave.
    """
    if tier.share_of_area_hours is None:
        return row.hours_per_week
    whole = area.hours_per_four_weeks / 4 * tier.share_of_area_hours
    if (own := own_hours(row, whole)) is not None:
        return own
    taken = [hours for other in beside if (hours := own_hours(other, whole)) is not None]
    return max(0.0, whole - fsum(taken)) / (len(beside) - len(taken))


def own_hours(row: Contract, whole: float) -> float | None:
    """What a row says of its hours; ``whole``: those of its tier in the area."""
    if row.hours_per_week is not None:
        return row.hours_per_week
    return None if row.share is None else whole * row.share


def most_and_part(contracted: float | None, most: float | None) -> tuple[float | None, float]:
    """The most hours a week, and contracted hours as a part of them."""
    if most is None:
        return contracted, 1.0
    # Without contracted hours it may be given so much, and need not be ready for any.
    return most, (contracted or 0.0) / most if most > 0 else 0.0


def weight(row: Contract, contracted: float | None) -> float:
    """What a tier that chooses by share goes by: share, else contracted hours, else all alike."""
    if row.share is not None:
        return row.share
    return 1.0 if contracted is None else contracted
