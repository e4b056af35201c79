"""What a contingency is told by: chosen from the outcomes there are."""

from __future__ import annotations

from collections.abc import Sequence

from sim.ledger import DIRECT_PAYMENT
from sim.outcomes.catalogue import chosen, figures_of
from sim.outcomes.contingencies import Contingency
from sim.outcomes.declaration import About, Outcome

HARM = "added_hours_in_areas_hit"
"""What contingencies are ranked by."""
TOLD = (
    HARM,
    "added_hours_in_county",
    "added_spend_gbp",
    "displaced_people",
    "displaced_hours",
    "displaced_vulnerable",
    "handed_over_people",
    "served_again_in_7_days",
    "served_again_in_28_days",
    "displaced_to_residential_care",
    "service_level_lowest",
    "days_to_95",
    "picked_up_by_{tier}",
)


def told_of(tiers: Sequence[str]) -> list[Outcome]:
    """The outcomes of a contingency in a county with these tiers."""
    return chosen(TOLD, tiers)


def figures_of_loss(contingency: Contingency) -> dict[str, float]:
    """The figures of a contingency; where nobody is hit, only those of the whole county."""
    tiers = [tier for tier in contingency.ledger.labels.tiers if tier != DIRECT_PAYMENT]
    failure = contingency.failure
    if failure is None:
        county = ("added_hours_in_county", "added_spend_gbp")
        return figures_of(chosen(county), {About.CONTINGENCY: contingency})
    return figures_of(told_of(tiers), {About.CONTINGENCY: contingency, About.FAILURE: failure})
