"""How a table and an outcome are declared: the data dictionary is made from these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, meaning and unit."""

    name: str
    meaning: str
    unit: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its file name, what a row is, and its columns.

    ``of_people``: it tells of single people, or of so few as may be a single one. Where a caseload
    is given they may be people who are there, so nothing of it is kept unless the user asks.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    of_people: bool = False


class About(StrEnum):
    """What an outcome is about, and so what its function is given."""

    PART = "a part of the county in a period"
    """:class:`sim.outcomes.measures.RunPart`"""
    RUN = "a whole run"
    """:class:`sim.outcomes.whole_run.WholeRun`"""
    FAILURE = "the failures of a run, compared with the same market without them"
    """:class:`sim.outcomes.failures.Failures`"""
    PLACEBO = "a team that serves one to three people and closes instead of the failing providers"
    """:class:`sim.outcomes.failures.Failures` of the placebo's own account"""
    FALLBACK = "what others could take on if an area lost its provider, month by month"
    """:class:`sim.outcomes.fallback.FallbackMonths`"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome: a figure with its name, meaning and unit, and the function that gives it.

    ``better``: which direction is better, or neither. ``about``: what ``of`` is given. A name with
    ``{tier}`` in it stands for one outcome a tier, and ``of`` is given the tier's code as well.
    ``of_scenario``: the model is given it, it is not simulated. ``needs_tiers``: a published
    figure held against it names tiers in its scope. ``difference``: it holds a run against another,
    so that it may lie beyond what its unit allows a value.
    """

    name: str
    meaning: str
    unit: str
    better: Better
    about: About
    of: Callable[..., Any]
    of_scenario: bool = False
    needs_tiers: bool = False
    difference: bool = False
