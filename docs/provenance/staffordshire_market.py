"""How Staffordshire's zones, blocks, providers and contracts were drawn up: run it to write them anew.

Twelve zones and the zones in which each of nine holders has a capacity block follow document 004; hours,
people over 65 and square kilometres are estimates. A block is an area of its own, small and dense
(a tenth of its zone's land and hours, assumed); the rest of the zone is another. Fifty-nine
providers have contracts (SS12); of those registered besides, fifteen serve a little. One holder is the council's
own company. Providers are codes and stand for nobody.

    python docs/provenance/staffordshire_market.py
"""

from __future__ import annotations

import numpy as np
from drawn_market import BRANCHES, PRIVATE_HOURS_EACH, ROOT, draw, write, write_contracts

COUNTY = "staffordshire"
BLOCK_HOURS_SHARE, BLOCK_LAND_SHARE = 0.1, 0.02
CONTRACTED = 59
SMALL_OUTSIDE = 15
PRIVATE_PEOPLE = 1500
SOURCE = "assumption: drawn near England's share of good or outstanding"
RATINGS = {
    "outstanding": 0.04,
    "good": 0.77,
    "requires_improvement": 0.13,
    "inadequate": 0.01,
    "not_rated": 0.05,
}
COMPANY = "COUNCIL_COMPANY"
BLOCK_HOLDERS = {
    "BLOCK_1": (1, 5),
    "BLOCK_2": (1, 4, 5, 11, 12),
    "BLOCK_3": (1, 6),
    "BLOCK_4": (4,),
    "BLOCK_5": (4, 5),
    "BLOCK_6": (6,),
    "BLOCK_7": (7, 8, 11),
    COMPANY: (8, 11),
    "BLOCK_9": (12,),
}
"""Zones of each holder's blocks (SS22, SS23, SS24); one is the council's company (SS18)."""
ZONES = (
    # number, code, name, half, km2, hours in four weeks, urban, fringe, rural, isolated, lat, lon, tile
    (1, "EAST_STAFFORDSHIRE", "East Staffordshire", "North", 250, 14640, 0.5, 0.2, 0.25, 0.05, 52.81, -1.65, 2, 4),
    (2, "TAMWORTH", "Tamworth", "South", 31, 11860, 0.9, 0.1, 0.0, 0.0, 52.63, -1.69, 5, 4),
    (3, "LICHFIELD", "Lichfield", "South", 290, 15170, 0.3, 0.3, 0.35, 0.05, 52.69, -1.80, 4, 4),
    (4, "MOORLANDS_NORTH", "Moorlands north", "North", 380, 10860, 0.1, 0.2, 0.5, 0.2, 53.10, -2.02, 0, 3),
    (5, "MOORLANDS_SOUTH", "Moorlands south", "North", 480, 15170, 0.2, 0.2, 0.45, 0.15, 52.95, -1.98, 1, 3),
    (6, "NEWCASTLE", "Newcastle", "North", 130, 15010, 0.75, 0.2, 0.05, 0.0, 53.01, -2.24, 1, 0),
    (7, "NEWCASTLE_NORTH", "Newcastle north", "North", 110, 8340, 0.5, 0.25, 0.2, 0.05, 53.09, -2.22, 0, 0),
    (8, "STAFFORD", "Stafford", "North", 422, 17720, 0.4, 0.2, 0.3, 0.1, 52.81, -2.14, 2, 2),
    (9, "SOUTH_STAFFORDSHIRE_NORTH", "South Staffordshire north", "South", 210, 8530, 0.1, 0.3, 0.5, 0.1, 52.72, -2.10, 3, 0),
    (10, "SOUTH_STAFFORDSHIRE", "South Staffordshire", "South", 197, 12240, 0.2, 0.4, 0.35, 0.05, 52.55, -2.21, 5, 0),
    (11, "CANNOCK_SOUTH", "Cannock south", "South", 60, 11850, 0.8, 0.2, 0.0, 0.0, 52.68, -1.98, 4, 2),
    (12, "CANNOCK_NORTH", "Cannock north", "South", 60, 8210, 0.6, 0.3, 0.1, 0.0, 52.73, -1.96, 3, 2),
)  # fmt: skip


def main() -> None:
    folder = ROOT / "counties" / COUNTY
    blocks = {
        f"{code}_{holder.removeprefix('COUNCIL_')}": (holder, zone)
        for zone in ZONES
        for number, code in [zone[:2]]
        for holder, zones in BLOCK_HOLDERS.items()
        if number in zones
    }
    per_zone = {zone[0]: sum(z[0] == zone[0] for _, z in blocks.values()) for zone in ZONES}
    write(
        folder / "areas.csv",
        (
            "code", "name", "locality", "go_live", "area_km2", "hours_per_four_weeks",
            "urban_share", "fringe_share", "rural_share", "isolated_share", "grid_row",
            "grid_column", "source",
        ),
        [*rests(per_zone), *block_areas(blocks)],
    )  # fmt: skip
    places = {
        zone[1]: (zone[10], zone[11], zone[5] / 4 * (1 - BLOCK_HOURS_SHARE * per_zone[zone[0]]))
        for zone in ZONES
    }
    count = CONTRACTED - len(BLOCK_HOLDERS) + SMALL_OUTSIDE
    drawn = draw(np.random.default_rng(2018), places, count, PRIVATE_PEOPLE, RATINGS)
    rated = [
        (name, rating, SOURCE) for name, rating in zip(drawn.names, drawn.ratings, strict=True)
    ]
    rated += [
        (holder, "good", "assumption: block holders are rated good") for holder in BLOCK_HOLDERS
    ]
    write(folder / "providers.csv", ("code", "rating", "source"), sorted(rated))
    teams: list[tuple[object, ...]] = [
        (
            drawn.names[p], area, round(float(drawn.hours[p, a]), 1),
            round(float(drawn.private_people[p, a]) * PRIVATE_HOURS_EACH, 1),
            round(float(drawn.private_people[p, a]), 2), "",
        )
        for p in range(count)
        for a, area in enumerate(drawn.areas)
        if drawn.hours[p, a] > 0
    ]  # fmt: skip
    for code, (holder, zone) in blocks.items():
        teams.append((holder, code, round(zone[5] / 4 * BLOCK_HOURS_SHARE, 1), 0.0, 0.0, ""))
    write(
        folder / "branches.csv", BRANCHES, sorted(teams, key=lambda row: (str(row[0]), str(row[1])))
    )
    held: list[tuple[object, ...]] = [
        ("capacity_block", code, holder, "", 1) for code, (holder, _) in blocks.items()
    ]
    contracted = set(drawn.names[: CONTRACTED - len(BLOCK_HOLDERS)])
    ranks: dict[object, int] = {}
    for name, area, *_ in teams:
        if name in contracted:
            ranks[area] = ranks.get(area, 0) + 1
            held.append(("framework", area, name, "", ranks[area]))
    for code, (_, zone) in blocks.items():
        beside = [name for name, area, *_ in teams if area == zone[1] and name in contracted][:4]
        held += [("framework", code, name, "", rank) for rank, name in enumerate(beside, start=1)]
    write_contracts("staffordshire_capacity_blocks", held)


def rests(per_zone: dict[int, int]) -> list[tuple[object, ...]]:
    """What no block covers, zone by zone."""
    rows: list[tuple[object, ...]] = []
    for number, code, name, half, km2, hours, *mix, _, _, row, column in ZONES:
        count = per_zone[number]
        shown = f"{name} (rest)" if count else name
        land = km2 * (1 - BLOCK_LAND_SHARE * count)
        rows.append(
            (
                code, shown, half, "", round(land, 1),
                round(hours * (1 - BLOCK_HOURS_SHARE * count)), *mix, row, column,
                "zone from document 004; km2 and hours are estimates, less what its blocks hold",
            )
        )  # fmt: skip
    return rows


def block_areas(blocks: dict[str, tuple[str, tuple]]) -> list[tuple[object, ...]]:  # type: ignore[type-arg]
    """The blocks: in the densest part of their zones."""
    rows: list[tuple[object, ...]] = []
    seen: dict[int, int] = {}
    for code, (_, zone) in blocks.items():
        number, _, name, half, km2, hours, *_, row, column = zone
        seen[number] = seen.get(number, 0) + 1
        rows.append(
            (
                code, f"{name}, block {seen[number]}", half, "", round(km2 * BLOCK_LAND_SHARE, 2),
                round(hours * BLOCK_HOURS_SHARE), 0.8, 0.2, 0.0, 0.0, row, column + 6 + seen[number],
                "capacity block from document 004; its size is an assumption: a tenth of the zone's "
                "hours on a fiftieth of its land",
            )
        )  # fmt: skip
    return rows


if __name__ == "__main__":
    main()
