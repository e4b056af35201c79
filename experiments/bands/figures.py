"""The figures of a plausible set: headlines, erosion month by month, and hours left over."""

from __future__ import annotations

from sim.ledger import Ledger
from sim.outcomes.catalogue import chosen, figures_of
from sim.outcomes.contingencies import A_YEAR_DAYS, Contingency, Without
from sim.outcomes.declaration import About, Outcome
from sim.outcomes.fallback import IF_SOME_MOVE, FallbackMonths
from sim.outcomes.histories import spells
from sim.scenario import Scenario

LOSS_DAYS = float(A_YEAR_DAYS)
FADING = ("providers", "carers", "slack", "overtime", "hires", "absorbable")
"""Columns of the table erosion."""
ADEQUACY_AT_END = "adequacy_of_principals_last_year"
LOSS = "added_hours_in_county_in_a_year"
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


def found_in(
    scenario: Scenario, ledger: Ledger, failed: Ledger, period: tuple[float, float]
) -> tuple[dict[str, float], dict[str, list[float]], dict[str, list[float]]]:
    """Headlines, erosion and hours left over of a run, and of the one in which a provider fails.

    ``left``, the last: by area and month, the hours a week that nobody would take on within 28
    days if the area's principal stopped; nan where there is none.
    """
    months = FallbackMonths(ledger, scenario)
    # Who fails does not matter here: what is added is counted in the whole county.
    failure = Contingency(scenario, failed, Without(ledger, spells(ledger)), "", *period)
    views = {About.FALLBACK: months, About.CONTINGENCY: failure}
    nobody = months.left_over(scenario.failure.staff_move_share).round(1)
    left = {area: nobody[:, place].tolist() for place, area in enumerate(ledger.labels.areas)}
    faded = {name: months.fading[name].tolist() for name in FADING}
    return figures_of(HEADLINES, views), faded, left
