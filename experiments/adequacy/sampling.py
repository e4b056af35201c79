"""Which months of which areas are branched: spread over areas, years and replications."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from experiments.adequacy.stops import HORIZONS
from sim.outcomes.adequacy import month_starts
from sim.scenario import Scenario

SAMPLE_FORKED = 54
SAMPLE_REPLAYED = 6
"""Area-months that are branched unless the user says: each at three shares, the company and the
team, some minutes in all."""

Point = tuple[int, str]
"""Number of a month, code of an area."""


def sample_of(scenario: Scenario, seed: int, replications: int, size: int) -> list[list[Point]]:
    """Points to branch at, replication by replication: spread over areas, years and replications.

    The first points take every area once, the next every area in another year, and so on.
    """
    months, days = month_starts(scenario)
    ends = days + HORIZONS.uncovered_days
    draws = np.random.default_rng([seed, crc32(b"adequacy sample")])
    ordered: list[tuple[int, int, float, int, Point]] = []
    years = sorted({month.year for month in months})
    for area in sorted(row.code for row in scenario.areas):
        turns = dict(zip(years, draws.permutation(len(years)).tolist(), strict=True))
        for year in years:
            cells = [
                (replication, number)
                for replication in range(replications)
                for number, month in enumerate(months)
                if month.year == year and ends[number] <= scenario.days
            ]
            order = draws.permutation(len(cells)).tolist()
            luck = draws.random(len(cells)).tolist()
            for turn, place in enumerate(order):
                replication, number = cells[place]
                key = (turn, turns[year], luck[turn])
                ordered.append((*key, replication, (number, area)))
    chosen: list[list[Point]] = [[] for _ in range(replications)]
    for *_, replication, point in sorted(ordered)[:size]:
        chosen[replication].append(point)
    return [sorted(points) for points in chosen]


def sample_size(size: int | None, *, fork: bool) -> int:
    """The points to branch at; None: as many as take a few minutes here."""
    return (SAMPLE_FORKED if fork else SAMPLE_REPLAYED) if size is None else size
