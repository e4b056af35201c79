"""How Norfolk's providers, teams and contracts were drawn up: run it to write the tables anew.

The public record gives totals, not who serves how much where: 86 providers on the framework
(seed 001), 45,000 hours a week, 2,230 people who pay themselves beside 3,345. Sizes are skewed and
most providers serve several neighbouring areas (assumptions). Which contracts hang together follows
the public record: at most two lots a provider in West and North Norfolk, one in South Norfolk, a
framework provider in at most half of a locality's areas and at most two lots, and the framework
places that were reported empty in March 2026. Providers are codes and stand for nobody.

    python docs/provenance/norfolk_market.py
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2] / "sim"
COUNTY = ROOT / "counties" / "norfolk"
MODEL = ROOT / "commissioning_models" / "norfolk_principal_provider"
PROVIDERS = 86
PRIVATE_PEOPLE = 2230
PRIVATE_HOURS_EACH = 8.0
SIZE_LOG_SD = 1.0
RATINGS = {
    "outstanding": 0.05,
    "good": 0.653,
    "requires_improvement": 0.20,
    "inadequate": 0.01,
    "not_rated": 0.087,
}
LOTS_TOGETHER = [
    ("GREAT_YARMOUTH",),
    ("GORLESTON",),
    ("KINGS_LYNN", "COASTAL"),
    ("FENS_AND_BRECKS", "SWAFFHAM_AND_DOWNHAM"),
    ("NORTH_NORFOLK_1", "NORTH_NORFOLK_2"),
    ("NORTH_NORFOLK_3", "NORTH_NORFOLK_4"),
    ("BRECKLAND",),
    ("MID_NORFOLK",),
    ("KETTS_OAK",),
    ("SNHIP",),
    ("NORWICH_1",),
    ("NORWICH_2",),
    ("NORWICH_3",),
    ("NORWICH_4",),
]
PLACES = {  # rough centre of each area (latitude, longitude), for neighbourhood only
    "GREAT_YARMOUTH": (52.65, 1.70),
    "GORLESTON": (52.57, 1.71),
    "KINGS_LYNN": (52.75, 0.40),
    "COASTAL": (52.90, 0.55),
    "FENS_AND_BRECKS": (52.56, 0.36),
    "SWAFFHAM_AND_DOWNHAM": (52.64, 0.58),
    "NORTH_NORFOLK_1": (52.87, 0.97),
    "NORTH_NORFOLK_2": (52.79, 1.20),
    "NORTH_NORFOLK_3": (52.87, 1.40),
    "NORTH_NORFOLK_4": (52.69, 1.46),
    "BRECKLAND": (52.45, 0.83),
    "MID_NORFOLK": (52.69, 0.95),
    "KETTS_OAK": (52.57, 1.12),
    "SNHIP": (52.44, 1.30),
    "NORWICH_1": (52.66, 1.29),
    "NORWICH_2": (52.63, 1.34),
    "NORWICH_3": (52.61, 1.28),
    "NORWICH_4": (52.64, 1.24),
}
EMPTY_FRAMEWORK_PLACES = {"KINGS_LYNN": 1, "FENS_AND_BRECKS": 2}
REFILL_DATE = "2026-06-01"
FRAMEWORK_PLACES = 3
FRAMEWORK_LOTS = 2


def read_areas() -> list[dict[str, str]]:
    with (COUNTY / "areas.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, heading: list[str], rows: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(rows)


def main() -> None:
    rng = np.random.default_rng(2024)
    areas = read_areas()
    codes = [area["code"] for area in areas]
    weekly = np.array([float(area["hours_per_four_weeks"]) / 4 for area in areas])
    points = np.array([PLACES[code] for code in codes]) * np.array([111.0, 67.5])
    distance = np.linalg.norm(points[:, None] - points[None, :], axis=2)

    size = np.sort(rng.lognormal(0.0, SIZE_LOG_SD, PROVIDERS))[::-1]
    weight = np.zeros((PROVIDERS, len(codes)))
    for provider in range(PROVIDERS):
        home = rng.choice(len(codes), p=weekly / weekly.sum())
        several = 1 + rng.poisson(1.2 + min(2.5, size[provider]))
        near = np.argsort(distance[home])[: min(several, 7)]
        weight[provider, near] = rng.dirichlet(np.full(near.size, 1.5)) * size[provider]
        weight[provider, home] += 0.4 * size[provider]
    hours = weight / weight.sum(axis=0) * weekly
    hours[hours < 4] = 0
    hours = hours / hours.sum(axis=0) * weekly
    private = hours * rng.lognormal(0.0, 0.5, hours.shape)
    private *= PRIVATE_PEOPLE / private.sum()

    order = np.argsort(-hours.sum(axis=1))
    hours, private = hours[order], private[order]
    names = [f"P{number:03d}" for number in range(1, PROVIDERS + 1)]
    rating = rng.choice(list(RATINGS), PROVIDERS, p=np.array(list(RATINGS.values())))

    write(
        COUNTY / "providers.csv",
        ["code", "rating", "source"],
        [
            [name, rated, "assumption: drawn to 70.3% good or outstanding (seed 001, 1 March 2023)"]
            for name, rated in zip(names, rating, strict=True)
        ],
    )
    write(
        COUNTY / "branches.csv",
        [
            "provider",
            "area",
            "council_hours_per_week",
            "private_hours_per_week",
            "private_people",
            "posts",
        ],
        [
            [
                names[p],
                codes[a],
                round(float(hours[p, a]), 1),
                round(float(private[p, a]) * PRIVATE_HOURS_EACH, 1),
                round(float(private[p, a]), 2),
                "",
            ]
            for p in range(PROVIDERS)
            for a in range(len(codes))
            if hours[p, a] > 0
        ],
    )
    write(
        MODEL / "contracts.csv",
        ["tier", "area", "provider", "starts", "rank"],
        contracts(areas, codes, hours, names, list(rating)),
    )


def contracts(
    areas: list[dict[str, str]],
    codes: list[str],
    hours: np.ndarray,
    names: list[str],
    rating: list[str],
) -> list[list[object]]:
    fit = [rated in ("good", "outstanding") for rated in rating]
    locality = {area["code"]: area["locality"] for area in areas}
    rows: list[list[object]] = []
    principal: dict[str, int] = {}
    for lots in LOTS_TOGETHER:
        columns = [codes.index(lot) for lot in lots]
        there = hours[:, columns].sum(axis=1)
        best = max(
            (p for p in range(len(names)) if fit[p] and p not in principal.values()),
            key=lambda p: float(there[p]),
        )
        principal.update(dict.fromkeys(lots, best))
    rows += [["principal", code, names[principal[code]], "", 1] for code in codes]
    lots_held: dict[int, list[str]] = {}
    for code in codes:
        column = codes.index(code)
        wholes = sum(1 for other in codes if locality[other] == locality[code])
        chosen: list[int] = []
        beside = [i for i, other in enumerate(codes) if locality[other] == locality[code]]
        nearby = hours[:, beside].sum(axis=1) > 0
        for p in sorted(range(len(names)), key=lambda p: -float(hours[p, column])):
            held = lots_held.setdefault(p, [])
            inside = sum(1 for other in held if locality[other] == locality[code])
            if (
                fit[p]
                and p != principal[code]
                and nearby[p]
                and len(held) < FRAMEWORK_LOTS
                and inside + 1 <= max(1, wholes / 2)
            ):
                chosen.append(p)
                held.append(code)
            if len(chosen) == FRAMEWORK_PLACES:
                break
        empty = EMPTY_FRAMEWORK_PLACES.get(code, 0)
        for rank, p in enumerate(chosen, start=1):
            late = rank > FRAMEWORK_PLACES - empty
            rows.append(["pcn_framework", code, names[p], REFILL_DATE if late else "", rank])
    return rows


if __name__ == "__main__":
    main()
