"""How the small teaching county was invented: run it to write its tables anew.

python docs/provenance/small_market.py
"""

from __future__ import annotations

from drawn_market import BRANCHES, ROOT, write, write_contracts

AREAS = (
    # code, name, go-live, km2, hours in four weeks, urban, fringe, rural, isolated, tile
    ("HARBOUR", "Harbour", "2024-07-01", 40, 3600, 0.8, 0.2, 0.0, 0.0, 1, 2),
    ("MARKET", "Market Town", "2024-07-01", 60, 3000, 0.7, 0.2, 0.1, 0.0, 1, 1),
    ("VALE", "Vale", "2024-10-01", 150, 2200, 0.3, 0.3, 0.4, 0.0, 2, 1),
    ("HILLS", "Hills", "2025-01-01", 260, 1600, 0.1, 0.2, 0.5, 0.2, 0, 1),
    ("MARSH", "Marsh", "2025-01-01", 210, 1600, 0.2, 0.2, 0.4, 0.2, 1, 0),
)
SHARES = {
    # provider: share of the hours of each area, in their order
    "NORTH_STAR": (0.35, 0.05, 0.0, 0.2, 0.0),
    "LANTERN": (0.15, 0.35, 0.1, 0.0, 0.0),
    "OAK": (0.0, 0.1, 0.4, 0.1, 0.1),
    "HEATHER": (0.0, 0.0, 0.1, 0.4, 0.0),
    "REED": (0.0, 0.0, 0.0, 0.0, 0.45),
    "ANCHOR": (0.25, 0.1, 0.0, 0.0, 0.1),
    "BELL": (0.1, 0.2, 0.2, 0.0, 0.0),
    "CLOVER": (0.05, 0.1, 0.1, 0.2, 0.2),
    "DRIFT": (0.1, 0.1, 0.1, 0.1, 0.15),
}
PRINCIPALS = ("NORTH_STAR", "LANTERN", "OAK", "HEATHER", "REED")
FRAMEWORK = (
    ("ANCHOR", "BELL", "CLOVER"),
    ("BELL", "ANCHOR", "CLOVER"),
    ("BELL", "CLOVER", "DRIFT"),
    ("CLOVER", "OAK", "DRIFT"),
    ("CLOVER", "DRIFT", "ANCHOR"),
)


def main() -> None:
    folder = ROOT / "counties" / "small"
    write(
        folder / "areas.csv",
        (
            "code", "name", "locality", "go_live", "area_km2", "hours_per_four_weeks",
            "urban_share", "fringe_share", "rural_share", "isolated_share", "grid_row",
            "grid_column", "source",
        ),
        [
            (code, name, "Small county", live, km2, hours, *mix, row, column, "invented")
            for code, name, live, km2, hours, *mix, row, column in AREAS
        ],
    )  # fmt: skip
    rated = {"DRIFT": "requires_improvement", "CLOVER": "outstanding"}
    write(
        folder / "providers.csv",
        ("code", "rating", "source"),
        [(name, rated.get(name, "good"), "invented") for name in sorted(SHARES)],
    )
    teams = [
        (name, area[0], round(area[4] / 4 * share, 1), round(area[4] / 10 * share, 1),
         round(area[4] / 80 * share, 2), "")
        for name, shares in sorted(SHARES.items())
        for area, share in zip(AREAS, shares, strict=True)
        if share
    ]  # fmt: skip
    write(folder / "branches.csv", BRANCHES, teams)
    rows: list[tuple[object, ...]] = []
    for area, principal, framework in zip(AREAS, PRINCIPALS, FRAMEWORK, strict=True):
        rows.append(("principal", area[0], principal, "", 1))
        rows += [
            ("pcn_framework", area[0], name, "", rank)
            for rank, name in enumerate(framework, start=1)
        ]
    write_contracts("small_principal_provider", rows)


if __name__ == "__main__":
    main()
