"""The figures of a plausible set: headlines, erosion month by month, and hours left over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.ledger import Ledger
from sim.outcomes.account import HEADLINE_DAYS, Market
from sim.outcomes.catalogue import chosen, figures_of
from sim.outcomes.declaration import About, Outcome
from sim.outcomes.failures import INDIRECT, TOTAL, Failures
from sim.outcomes.fallback import IF_SOME_MOVE, FallbackMonths
from sim.outcomes.headline import account_of
from sim.outcomes.placebo import PLACEBO
from sim.scenario import Scenario

LOSS_DAYS = float(HEADLINE_DAYS)
FADING = ("providers", "carers", "slack", "overtime", "hires", "absorbable")
"""Columns of the table erosion."""
ADEQUACY_AT_END = "adequacy_of_principals_last_year"
LOSS = TOTAL
Headline = Outcome
"""A figure that stands in the first screen."""

HEADLINES: tuple[Headline, ...] = tuple(
    chosen(
        (
            "carers_left",
            "room_left",
            "adequacy_of_principals_2026",
            ADEQUACY_AT_END,
            f"adequacy_of_principals_last_year_{IF_SOME_MOVE}",
            LOSS,
        )
    )
)
"""Adequacy is at the set's own share of carers who move unless the name says otherwise."""
BESIDE: tuple[Headline, ...] = tuple(chosen((INDIRECT, PLACEBO)))
"""What of the loss falls on others, and the placebo: bands as well, of which no unknown is told."""
TOLD = (*HEADLINES, *BESIDE)


def found_in(
    scenario: Scenario, without: Market, failed: Ledger, placebo: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, list[float]], dict[str, list[float]]]:
    """Headlines, erosion and hours left over of a run, and of the one in which a provider fails.

    ``without``: the market without the failure; ``placebo``: the figures of the placebo beside it.
    ``left``, the last: by provider and month, the hours a week that would be without care four
    weeks after it closed, (1 - N-1) x hours at stake by the estimate; nan where it holds no
    principal contract. Providers that never hold one are left out.
    """
    ledger = without.ledger
    months = FallbackMonths(ledger, scenario)
    account = account_of(Market(failed), without, scenario)
    views: dict[About, Any] = {About.FALLBACK: months}
    if account is not None:
        views[About.FAILURE] = Failures(account)
    nobody = months.left_over(scenario.failure.staff_move_share).round(1)
    left = {
        provider: nobody[:, place].tolist()
        for place, provider in enumerate(ledger.labels.providers)
        if np.isfinite(nobody[:, place]).any()
    }
    faded = {name: months.fading[name].tolist() for name in FADING}
    found = {one.name: np.nan for one in TOLD} | figures_of(TOLD, views) | known_of(placebo)
    return found, faded, left


def known_of(placebo: Mapping[str, float]) -> dict[str, float]:
    """Of the placebo's figures, those that are told."""
    return {one.name: placebo[one.name] for one in BESIDE if one.name in placebo}
