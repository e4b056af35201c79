"""Providers and teams of a county, drawn where the public record gives totals only.

Sizes are skewed, most providers serve several neighbouring areas, every area's teams add up to its
hours (assumptions). Providers are codes and stand for nobody.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2] / "sim"
KM_PER_DEGREE = np.array([111.0, 67.5])
SIZE_LOG_SD = 1.0
LEAST_PROVIDERS = 4
PRIVATE_HOURS_EACH = 8.0
BRANCHES = (
    "provider",
    "area",
    "council_hours_per_week",
    "private_hours_per_week",
    "private_people",
    "posts",
)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """Providers by falling size, and the hours a week of each (rows) in each area (columns)."""

    names: list[str]
    ratings: list[str]
    areas: list[str]
    hours: Floats
    private_people: Floats

    def largest(self, area: str, ratings: Sequence[str] = ("good", "outstanding")) -> list[str]:
        """Providers in an area rated so, the largest first."""
        column = self.hours[:, self.areas.index(area)]
        order = np.argsort(-column, kind="stable")
        return [self.names[p] for p in order if column[p] > 0 and self.ratings[p] in ratings]

    def rating(self, name: str) -> str:
        """The rating of a provider."""
        return self.ratings[self.names.index(name)]


def draw(
    rng: np.random.Generator,
    areas: Mapping[str, tuple[float, float, float]],
    providers: int,
    private_people: float,
    ratings: Mapping[str, float],
) -> Drawn:
    """``areas``: latitude, longitude and council hours a week by code."""
    codes = list(areas)
    weekly = np.array([areas[code][2] for code in codes])
    points = np.array([areas[code][:2] for code in codes]) * KM_PER_DEGREE
    distance = np.linalg.norm(points[:, None] - points[None, :], axis=2)
    size = np.sort(rng.lognormal(0.0, SIZE_LOG_SD, providers))[::-1]
    weight = np.zeros((providers, len(codes)))
    for provider in range(providers):
        home = rng.choice(len(codes), p=weekly / weekly.sum())
        several = 1 + rng.poisson(1.2 + min(2.5, size[provider]))
        near = np.argsort(distance[home])[: min(several, 7)]
        weight[provider, near] = rng.dirichlet(np.full(near.size, 1.5)) * size[provider]
        weight[provider, home] += 0.4 * size[provider]
    for area in range(len(codes)):  # a small area may be nobody's home
        while (weight[:, area] > 0).sum() < LEAST_PROVIDERS:
            beside = next(a for a in np.argsort(distance[area])[1:] if (weight[:, a] > 0).any())
            free = np.where(weight[:, area] > 0, -1.0, weight[:, beside])
            weight[int(np.argmax(free)), area] = max(float(free.max()), 0.1)
    hours = weight / weight.sum(axis=0) * weekly
    hours[hours < 4] = 0
    hours = hours / hours.sum(axis=0) * weekly
    private = hours * rng.lognormal(0.0, 0.5, hours.shape)
    private *= private_people / private.sum()
    order = np.argsort(-hours.sum(axis=1))
    hours, private = hours[order], private[order]
    names = [f"P{number:03d}" for number in range(1, providers + 1)]
    rated = rng.choice(list(ratings), providers, p=np.array(list(ratings.values())))
    return Drawn(names, [str(one) for one in rated], codes, hours, private)


def write(path: Path, heading: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table, with the same line ends everywhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(rows)


def write_market(county: str, drawn: Drawn, source: str) -> None:
    """providers.csv and branches.csv of a county."""
    folder = ROOT / "counties" / county
    rated = zip(drawn.names, drawn.ratings, strict=True)
    write(
        folder / "providers.csv",
        ("code", "rating", "source"),
        [(name, rating, source) for name, rating in rated],
    )
    rows = [
        (
            drawn.names[p],
            drawn.areas[a],
            round(float(drawn.hours[p, a]), 1),
            round(float(drawn.private_people[p, a]) * PRIVATE_HOURS_EACH, 1),
            round(float(drawn.private_people[p, a]), 2),
            "",
        )
        for p in range(len(drawn.names))
        for a in range(len(drawn.areas))
        if drawn.hours[p, a] > 0
    ]
    write(folder / "branches.csv", BRANCHES, rows)


def write_contracts(model: str, rows: Sequence[Sequence[object]]) -> None:
    """contracts.csv of a commissioning model."""
    heading = ("tier", "area", "provider", "starts", "rank")
    write(ROOT / "commissioning_models" / model / "contracts.csv", heading, rows)


def read_areas(county: str) -> list[dict[str, str]]:
    """The rows of a county's areas.csv."""
    path = ROOT / "counties" / county / "areas.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
