"""Rounds: the homes of one team that lie next to each other, visited by the same carers."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from sim.market.package import Package

Round = tuple[Package, ...]


def rounds(packages: Iterable[Package], homes_per_round: float) -> list[Round]:
    """Part homes into rounds of about equal size, neighbours together."""
    # The walk passes neighbours one after the other, so a run of it is a round; ids settle equal
    # places.
    homes = sorted(packages, key=lambda package: (package.place, package.id))
    number = max(1, round(len(homes) / homes_per_round))
    cuts = [len(homes) * i // number for i in range(number + 1)]
    # Without homes there is no round, rather than one of nobody.
    return [tuple(homes[a:b]) for a, b in pairwise(cuts) if a < b]


def minutes_of(homes: Iterable[Package]) -> int:
    """Carer minutes a week of a round."""
    return sum(package.minutes for package in homes)
