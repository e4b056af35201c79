"""How Norfolk's providers, teams and contracts were drawn up: run it to write the tables anew.

The public record gives totals, not who serves how much where: 86 providers on the framework
(document 001), 45,000 hours a week, 2,230 people who pay themselves beside 3,345. Sizes are skewed and
most providers serve several neighbouring areas (assumptions). Which contracts hang together follows
the public record: at most two lots a provider in West and North Norfolk, one in South Norfolk, a
framework provider in at most half of a locality's areas and at most two lots, and the framework
places that were reported empty in March 2026. Providers are codes and stand for nobody.

Once contracts are drawn, council hours are moved between teams so that the five largest providers have
40% of them and the ten largest 58%, as the council told in July 2019 (P285, P286); drawn freely they had
26% and 39%. The hours are raked: those of the five, of the next five and of the others are scaled in
turn with those of each area, until all totals agree, so that every area keeps its hours to the tenth, no
team begins or ends, and the ten largest stay the ten largest. Principal providers outside the
largest ten keep their hours. Private hours stay as they were drawn.

    python docs/provenance/norfolk_market.py
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from drawn_market import Floats, draw, read_areas, write_contracts, write_market

PROVIDERS = 86
PRIVATE_PEOPLE = 2230
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
LARGEST_FIVE, LARGEST_TEN = 0.40, 0.58
RAKING_ROUNDS = 2000


def main() -> None:
    areas = read_areas("norfolk")
    places = {
        area["code"]: (*PLACES[area["code"]], float(area["hours_per_four_weeks"]) / 4)
        for area in areas
    }
    drawn = draw(np.random.default_rng(2024), places, PROVIDERS, PRIVATE_PEOPLE, RATINGS)
    codes = list(places)
    rows = contracts(areas, codes, drawn.hours, drawn.names, drawn.ratings)
    write_contracts("norfolk_principal_provider", rows)
    principals = {str(provider) for tier, _, provider, *_ in rows if tier == "principal"}
    kept = [p for p, name in enumerate(drawn.names) if p >= 10 and name in principals]
    source = "assumption: drawn to 70.3% good or outstanding (document 001, 1 March 2023)"
    write_market("norfolk", replace(drawn, hours=concentrated(drawn.hours, kept)), source)


def concentrated(drawn: Floats, kept: list[int]) -> Floats:
    """Hours with the published shares of the five and ten largest, by providers (rows) and areas.

    Providers come by falling size; those ``kept`` stay as they are, and so do the totals of areas.
    """
    before = drawn.round(1)
    left = before.sum(axis=0) - before[kept].sum(axis=0)
    five, ten = LARGEST_FIVE * before.sum(), LARGEST_TEN * before.sum()
    others = [p for p in range(10, len(before)) if p not in kept]
    groups = ((range(5), five), (range(5, 10), ten - five), (others, left.sum() - ten))
    hours = before.copy()
    hours[kept] = 0
    for _ in range(RAKING_ROUNDS):
        for group, total in groups:
            hours[group] *= total / hours[group].sum()
        hours *= left / hours.sum(axis=0)
    hours[kept] = before[kept]
    hours = hours.round(1)
    # What rounding leaves over goes to the area's largest team that was scaled.
    scaled = np.setdiff1d(np.arange(len(hours)), kept)
    for area, total in enumerate(before.sum(axis=0)):
        largest = scaled[int(np.argmax(hours[scaled, area]))]
        hours[largest, area] += total - hours[:, area].sum()
    return hours


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
