"""How Leicestershire's zones, providers and contracts were drawn up: run it to write the tables anew.

Zones, their sizes and price levels follow document 002; people over 65, square kilometres and hours are
estimates (a council of Norfolk's use of home care per person over 65 was assumed). Who serves how
much where is drawn. The two largest good providers of a zone are its primes, three of the rural
free zone's serve it without one. Providers are codes and stand for nobody.

    python docs/provenance/leicestershire_market.py
"""

from __future__ import annotations

import numpy as np
from drawn_market import ROOT, Drawn, draw, write, write_contracts, write_market

COUNTY = "leicestershire"
PRIMES_A_ZONE = 2
PROVIDERS = 60
PRIVATE_PEOPLE = 1460
RATINGS = {
    "outstanding": 0.04,
    "good": 0.77,
    "requires_improvement": 0.13,
    "inadequate": 0.01,
    "not_rated": 0.05,
}
FREE = "HARBOROUGH_RURAL"
MIX = {
    "urban": (0.8, 0.2, 0.0, 0.0),
    "fringe": (0.3, 0.5, 0.2, 0.0),
    "rural": (0.1, 0.2, 0.6, 0.1),
    "isolated": (0.0, 0.1, 0.4, 0.5),
}
ZONES = (
    # code, name, size, go-live, km2, hours in four weeks, price level, latitude, longitude, tile
    ("COALVILLE", "Coalville and Ashby", "large", "2021-08-03", 250, 14690, "fringe", 52.73, -1.42, 1, 0),
    ("CHARNWOOD_NORTH", "Charnwood North", "large", "2021-08-03", 110, 11410, "urban", 52.78, -1.22, 1, 2),
    ("CHARNWOOD_SOUTH", "Charnwood South", "large", "2021-08-17", 170, 14220, "fringe", 52.72, -1.11, 2, 2),
    ("WEST_LEICESTER", "West Leicester", "large", "2021-08-17", 70, 9480, "urban", 52.65, -1.23, 3, 1),
    ("OADBY_WIGSTON", "Oadby and Wigston", "large", "2021-09-07", 90, 13260, "urban", 52.58, -1.07, 3, 2),
    ("HINCKLEY", "Hinckley", "large", "2021-09-07", 150, 16590, "urban", 52.54, -1.35, 3, 0),
    ("MELTON", "Melton", "medium", "2021-09-21", 330, 7960, "rural", 52.77, -0.88, 1, 3),
    ("SOUTH_LEICESTERSHIRE", "South Leicestershire", "medium", "2021-09-21", 75, 9620, "fringe", 52.56, -1.19, 4, 1),
    ("MARKET_HARBOROUGH", "Market Harborough", "medium", "2021-10-05", 30, 4480, "fringe", 52.48, -0.92, 4, 3),
    ("CASTLE_DONINGTON", "Castle Donington", "small town", "2021-10-05", 30, 1630, "fringe", 52.84, -1.34, 0, 1),
    ("LUTTERWORTH", "Lutterworth", "small town", "2021-10-19", 40, 2950, "fringe", 52.46, -1.20, 5, 1),
    ("BOTTESFORD", "Bottesford", "small town", "2021-10-19", 70, 1180, "rural", 52.94, -0.80, 0, 3),
    ("WEST_RURAL", "West Leicestershire rural", "small rural", "2021-11-06", 160, 3630, "rural", 52.63, -1.38, 2, 0),
    (FREE, "Harborough (rural free zone)", "rural free", "2021-11-06", 508, 5690, "isolated", 52.56, -0.90, 4, 2),
)  # fmt: skip


def main() -> None:
    write(
        ROOT / "counties" / COUNTY / "areas.csv",
        (
            "code", "name", "locality", "go_live", "area_km2", "hours_per_four_weeks",
            "urban_share", "fringe_share", "rural_share", "isolated_share", "grid_row",
            "grid_column", "source",
        ),
        [
            (
                code, name, size, live, km2, hours, *MIX[level], row, column,
                f"zone, size and price level '{level}' from document 002 (level of a zone assumed); "
                "km2 and hours are estimates; go-live spread over the transition (SL34, SL35)",
            )
            for code, name, size, live, km2, hours, level, _, _, row, column in ZONES
        ],
    )  # fmt: skip
    places = {zone[0]: (zone[7], zone[8], zone[5] / 4) for zone in ZONES}
    drawn = draw(np.random.default_rng(2020), places, PROVIDERS, PRIVATE_PEOPLE, RATINGS)
    write_market(COUNTY, drawn, "assumption: drawn near England's share of good or outstanding")
    write_contracts("leicestershire_prime_providers", primes(drawn))
    write_contracts("leicestershire_open_framework", leads(drawn))


def leads(drawn: Drawn) -> list[tuple[object, ...]]:
    """Until each zone goes live, one lead provider a zone: the largest."""
    return [("lead", zone, drawn.largest(zone)[0], "", 1) for zone in drawn.areas]


def primes(drawn: Drawn) -> list[tuple[object, ...]]:
    """Leads until go-live; then primes, none in the free zone."""
    rows = leads(drawn)
    for zone in drawn.areas:
        if zone != FREE:
            chosen = drawn.largest(zone)[:PRIMES_A_ZONE]
            rows += [("prime", zone, name, "", rank) for rank, name in enumerate(chosen, start=1)]
    return rows


if __name__ == "__main__":
    main()
