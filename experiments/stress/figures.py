"""What a contingency is told by: chosen from the outcomes there are."""

from __future__ import annotations

from collections.abc import Sequence

from sim.ledger import DIRECT_PAYMENT
from sim.outcomes.account import Account
from sim.outcomes.catalogue import chosen, figures_of
from sim.outcomes.declaration import About, Outcome
from sim.outcomes.failures import DIRECT, INDIRECT, N_MINUS_1, TOTAL, Failures

HARM = TOTAL
"""What contingencies are ranked by."""
TOLD = (
    HARM,
    DIRECT,
    INDIRECT,
    N_MINUS_1,
    "added_spend_gbp",
    "displaced_people",
    "displaced_hours",
    "displaced_vulnerable",
    "self_funders_displaced_people",
    "self_funders_direct_hours_in_91_days",
    "left_without_provider",
    "handed_over_people",
    "served_again_in_7_days",
    "served_again_in_28_days",
    "displaced_to_residential_care",
    "displaced_another_way",
    "displaced_died",
    "displaced_without_anybody",
    "service_level_lowest",
    "largest_gap_in_cover",
    "back_at_95_in_91_days",
    "more_providers_lost_in_91_days",
    "picked_up_by_{tier}",
)


def told_of(tiers: Sequence[str]) -> list[Outcome]:
    """The outcomes of a contingency in a county with these tiers."""
    return chosen(TOLD, tiers)


def figures_of_loss(account: Account) -> dict[str, float]:
    """The figures of a contingency."""
    tiers = [tier for tier in account.market.ledger.labels.tiers if tier != DIRECT_PAYMENT]
    return figures_of(told_of(tiers), {About.FAILURE: Failures(account)})
