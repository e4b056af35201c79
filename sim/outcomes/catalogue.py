"""Every outcome there is, wherever it is declared: questions choose from here by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any

from sim.outcomes import (
    by_home,
    contingencies,
    county,
    discharges,
    failures,
    fallback,
    harm,
    measures,
    money,
    placebo,
    responses,
    transition,
)
from sim.outcomes.declaration import About, Outcome
from sim.outcomes.registry import OUTCOMES, OWN

DECLARING: tuple[ModuleType, ...] = (
    county,
    harm,
    money,
    transition,
    failures,
    by_home,
    discharges,
    responses,
    placebo,
    contingencies,
    fallback,
    measures,
)
"""The modules that declare outcomes, in the order in which outcomes are told."""
TOLD_OF_A_RUN = (About.RUN, About.FAILURE, About.PLACEBO)
"""What the outcomes of a run are about."""
OF_THE_WHOLE_COUNTY = (
    "days_to_source_median",
    "days_to_source_p90",
    "recruits_from_the_sector",
    "good_or_outstanding_at_end",
)
"""Outcomes about a part of the county in a period that a run shows of all of it, first day to last.
"""
RENAMED = {
    "rehomed_in_7_days": "served_again_in_7_days",
    "rehomed_in_28_days": "served_again_in_28_days",
    "recruits_from_sector_share": "recruits_from_the_sector",
    "good_or_outstanding_share_at_end": "good_or_outstanding_at_end",
}
"""Names that a study's file of 0.5.0 may still use, and what they are called since."""
_ACCOUNT = "Take total_hours_in_91_days or another outcome of the account; its formula is different"
REPLACED = {
    "added_uncovered_hours": _ACCOUNT,
    "added_hours_in_areas_hit_in_a_year": _ACCOUNT,
    "loss_hours": _ACCOUNT,
    "displaced_uncovered_hours": "Take direct_hours_in_91_days; its formula is different",
    "service_level_before": "Take largest_gap_in_cover; its formula is different",
}
"""Names of outcomes that are gone, and what to take instead: never read as another outcome."""


def declared(tiers: Sequence[str]) -> list[Outcome]:
    """Every outcome of a run of a scenario with these tiers, in the order in which they are told.

    What is about a failure or a placebo is known where there is one.
    """
    told = [one for one in _in_order() if one.about in TOLD_OF_A_RUN]
    of_the_whole = [OUTCOMES[name] for name in OF_THE_WHOLE_COUNTY]
    at = next(place for place, one in enumerate(told) if one.about is About.FAILURE)
    return list(_each_tier([*told[:at], *of_the_whole, *told[at:]], tiers))


def chosen(names: Iterable[str], tiers: Sequence[str] = ()) -> list[Outcome]:
    """Outcomes by name, in the order given; a name with ``{tier}`` gives one a tier.

    Raises KeyError, with the name, for one that nobody declared.
    """
    return list(_each_tier([OUTCOMES[name] for name in names], tiers))


def of_failures(tiers: Sequence[str]) -> list[Outcome]:
    """Every outcome of the failures that a run is asked about."""
    return list(_each_tier([one for one in _in_order() if one.about is About.FAILURE], tiers))


def of_placebos() -> list[Outcome]:
    """Every outcome of the placebo beside the failures."""
    return [one for one in _in_order() if one.about is About.PLACEBO]


def figures_of(outcomes: Iterable[Outcome], views: Mapping[About, Any]) -> dict[str, float]:
    """The figures of outcomes by name, of those for which there is what they are about."""
    return {one.name: float(one.of(views[one.about])) for one in outcomes if one.about in views}


def measured_in_parts() -> dict[str, Outcome]:
    """What a published figure can be held against: outcomes about a part of the county."""
    return {one.name: one for one in _in_order() if one.about is About.PART}


def _in_order() -> list[Outcome]:
    """Every outcome, module by module, a user's own last: the order of imports must not show."""
    order = {module.__name__: place for place, module in enumerate(DECLARING)}
    told = sorted(OUTCOMES.values(), key=lambda one: order.get(_module(one), len(order)))
    return [*told, *OWN.get().values()]


def _module(one: Outcome) -> str:
    return str(getattr(one.of, "func", one.of).__module__)


def _each_tier(outcomes: Iterable[Outcome], tiers: Sequence[str]) -> Iterable[Outcome]:
    for one in outcomes:
        if "{tier}" not in one.name:
            yield one
            continue
        for tier in tiers:
            name, meaning = one.name.format(tier=tier), f"{one.meaning}: {tier}"
            yield replace(one, name=name, meaning=meaning, of=partial(one.of, tier=tier))
