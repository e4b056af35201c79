"""How Rotherham's zones, providers and contracts were drawn up: run it to write the tables anew.

Document 003 names no zones: the seven former area assemblies stand in (assumption), with the borough's
16,196 hours shared by estimates. Seven providers have a zone each, five pick up what they cannot;
the twelve serve nearly all. Some small ones stand by outside the contracts (assumption), from
which spot purchases are made. Providers are codes and stand for nobody.

    python docs/provenance/rotherham_market.py
"""

from __future__ import annotations

import numpy as np
from drawn_market import BRANCHES, PRIVATE_HOURS_EACH, ROOT, write, write_contracts

COUNTY = "rotherham"
ZONE_SHARE, ELSEWHERE_SHARE, BACK_UP_SHARE = 0.62, 0.03, 0.2
PRIVATE_PEOPLE = 400
OPEN_FRAMEWORK = "2019-11-01"
ZONES = (
    # code, name, km2, hours a week, urban, fringe, rural, isolated, tile
    ("WENTWORTH_NORTH", "Wentworth North", 45, 2294, 0.5, 0.2, 0.25, 0.05, 0, 1),
    ("WENTWORTH_SOUTH", "Wentworth South", 30, 2174, 0.8, 0.2, 0.0, 0.0, 1, 1),
    ("WENTWORTH_VALLEY", "Wentworth Valley", 55, 2336, 0.4, 0.3, 0.25, 0.05, 1, 2),
    ("ROTHERHAM_NORTH", "Rotherham North", 35, 2231, 0.8, 0.2, 0.0, 0.0, 1, 0),
    ("ROTHERHAM_SOUTH", "Rotherham South", 15, 2237, 0.9, 0.1, 0.0, 0.0, 2, 0),
    ("ROTHER_VALLEY_WEST", "Rother Valley West", 45, 2469, 0.4, 0.3, 0.25, 0.05, 2, 1),
    ("ROTHER_VALLEY_SOUTH", "Rother Valley South", 61.5, 2456, 0.3, 0.3, 0.35, 0.05, 2, 2),
)  # fmt: skip
ZONED = [f"P{number:03d}" for number in range(1, 8)]
BACK_UP = [f"P{number:03d}" for number in range(8, 13)]
OUTSIDE = [f"P{number:03d}" for number in range(13, 17)]
RATINGS = {"P004": "requires_improvement", "P010": "requires_improvement", "P016": "not_rated"}


def main() -> None:
    folder = ROOT / "counties" / COUNTY
    write(
        folder / "areas.csv",
        (
            "code", "name", "locality", "go_live", "area_km2", "hours_per_four_weeks",
            "urban_share", "fringe_share", "rural_share", "isolated_share", "grid_row",
            "grid_column", "source",
        ),
        [
            (
                code, name, "Rotherham", OPEN_FRAMEWORK, km2, 4 * hours, *mix, row, column,
                "estimate: former area assemblies stand in for the zones; hours share 16,196 "
                "(SR25); start of the new contract planned for November 2019 (SR49)",
            )
            for code, name, km2, hours, *mix, row, column in ZONES
        ],
    )  # fmt: skip
    write(
        folder / "providers.csv",
        ("code", "rating", "source"),
        [
            (name, RATINGS.get(name, "good"), "assumption: ratings are not told in document 003")
            for name in (*ZONED, *BACK_UP, *OUTSIDE)
        ],
    )
    write(folder / "branches.csv", BRANCHES, teams())
    zones = [zone[0] for zone in ZONES]
    held = [("zoned", zone, name, "", 1) for zone, name in zip(zones, ZONED, strict=True)]
    picks_up = [
        ("back_up", zone, name, "", rank)
        for zone in zones
        for rank, name in enumerate(BACK_UP, start=1)
    ]
    bid = [
        ("mini_tender", zone, name, "", rank)
        for zone in zones
        for rank, name in enumerate((*ZONED, *BACK_UP), start=1)
    ]
    write_contracts("rotherham_zoned", [*held, *picks_up, *bid])
    write_contracts("rotherham_open_framework", [*held, *picks_up, *bid])


def teams() -> list[tuple[object, ...]]:
    """Each zone's provider has most of it, the back-up providers the rest; a little is outside."""
    rng = np.random.default_rng(2018)
    rows: list[tuple[object, ...]] = []
    for place, (code, _, _, hours, *_) in enumerate(ZONES):
        shares = {ZONED[place]: ZONE_SHARE, ZONED[(place + 1) % 7]: ELSEWHERE_SHARE}
        back_up = rng.dirichlet(np.full(len(BACK_UP), 3.0)) * (1 - sum(shares.values()) - 0.05)
        shares |= dict(zip(BACK_UP, back_up.tolist(), strict=True))
        shares |= {OUTSIDE[place % 4]: 0.03, OUTSIDE[(place + 1) % 4]: 0.02}
        for name, share in sorted(shares.items()):
            people = PRIVATE_PEOPLE * share / len(ZONES)
            private = round(people * PRIVATE_HOURS_EACH, 1)
            rows.append((name, code, round(hours * share, 1), private, round(people, 2), ""))
    return sorted(rows, key=lambda row: (str(row[0]), str(row[1])))


if __name__ == "__main__":
    main()
