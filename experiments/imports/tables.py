"""The tables of a county from its packages: areas, providers by code, teams, people in care."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
import pandas as pd

from experiments.imports.episodes import Episodes
from experiments.imports.packages import MOST_CARER_HOURS, Packages

WEEKS = 4


@dataclass(frozen=True)
class Market:
    """Who serves whom on the day of the extract, by number.

    ``people``: a row for each person and team: ``provider``, ``area``, ``direct``, ``carer_hours``,
    ``visits``, ``carers``, ``two_carers``, ``hospital``, ``since`` and ``people`` (how many people
    have that team in all). ``areas``: numbers of the areas that have any care, in their order.
    """

    people: pd.DataFrame
    areas: tuple[int, ...]

    def hours(self, by: str) -> pd.Series:
        """Carer hours a week by provider or by area."""
        return self.people.groupby(by)["carer_hours"].sum()


def market_of(packages: Packages, episodes: Episodes) -> Market:
    """Everybody in care on the day; packages of one person with one team are one."""
    rows = packages.used
    rows = rows[rows["open"]]
    keys = ["person", "provider", "area", "direct"]
    people = rows.groupby(keys, as_index=False).agg(
        carer_hours=("carer_hours", "sum"),
        visits=("visits", "sum"),
        carers=("carers", "max"),
        two_carers=("two_carers", "max"),
        hospital=("hospital", "first"),
    )
    people["carer_hours"] = people["carer_hours"].clip(upper=MOST_CARER_HOURS)
    begun = episodes.rows[episodes.rows["open"]].groupby("person")["start"].max()
    people["since"] = begun.reindex(people["person"]).to_numpy()
    return Market(people, tuple(sorted(people["area"].unique().tolist())))


def provider_codes(market: Market) -> dict[int, str]:
    """A code for each provider that serves anybody, the largest first."""
    hours = market.hours("provider").sort_values(ascending=False, kind="stable")
    width = max(3, len(str(len(hours))))
    return {int(number): f"P{place:0{width}d}" for place, number in enumerate(hours.index, 1)}


def owner_codes(owners: Sequence[str]) -> dict[str, str]:
    """A code for each name of an owner."""
    names = sorted({owner for owner in owners if owner})
    width = max(2, len(str(len(names))))
    return {name: f"OWNER_{place:0{width}d}" for place, name in enumerate(names, 1)}


def area_codes(names: Sequence[str]) -> list[str]:
    """A code for each area, from its name."""
    codes: list[str] = []
    for name in names:
        code = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")[:34] or "AREA"
        code = code if code[0].isalpha() else f"A_{code}"
        again = sum(other == code or other.startswith(f"{code}__") for other in codes)
        codes.append(f"{code}__{again + 1}" if again else code)
    return codes


def areas_table(
    names: Sequence[str],
    codes: Sequence[str],
    hours: Sequence[float],
    land: Sequence[Mapping[str, float]],
    county: str,
    sources: Sequence[str],
) -> pd.DataFrame:
    """areas.csv: hours of the extract, and land as known or estimated."""
    wide = ceil(sqrt(len(names)))
    places = np.arange(len(names))
    return pd.DataFrame(
        {
            "code": codes,
            "name": names,
            "locality": county,
            "go_live": "",
            "area_km2": [told["area_km2"] for told in land],
            "hours_per_four_weeks": [round(WEEKS * each, 2) for each in hours],
            **{
                f"{kind}_share": [told[f"{kind}_share"] for told in land]
                for kind in ("urban", "fringe", "rural", "isolated")
            },
            "grid_row": places // wide,
            "grid_column": places % wide,
            "source": sources,
        }
    )


def branches_table(
    market: Market,
    codes: Mapping[int, str],
    areas: Mapping[int, str],
    private_ratio: float,
    private_hours_each: float,
) -> pd.DataFrame:
    """branches.csv: council hours of the extract; private work estimated, posts left blank."""
    hours = market.people.groupby(["provider", "area"])["carer_hours"].sum().reset_index()
    private = hours["carer_hours"] * private_ratio
    table = pd.DataFrame(
        {
            "provider": hours["provider"].map(codes),
            "area": hours["area"].map(areas),
            "council_hours_per_week": hours["carer_hours"].round(2),
            "private_hours_per_week": private.round(1),
            "private_people": (private / private_hours_each).round(2),
            "posts": "",
        }
    )
    return table.sort_values(["provider", "area"], ignore_index=True)


def caseload_table(
    market: Market, codes: Mapping[int, str], areas: Mapping[int, str]
) -> pd.DataFrame:
    """caseload.csv: a row for each person in care; nothing in it says who they are."""
    people = market.people
    table = pd.DataFrame(
        {
            "provider": people["provider"].map(codes),
            "area": people["area"].map(areas),
            "hours_per_week": people["carer_hours"].round(2),
            "since": people["since"].dt.strftime("%Y-%m-%d"),
            "carers_a_visit": np.where(
                people["carers"].isna(), "", np.where(people["two_carers"], "2", "1")
            ),
            "hospital": people["hospital"].map({1.0: "yes", 0.0: "no"}).fillna(""),
            "direct_payment": np.where(people["direct"], "yes", "no"),
        }
    )
    return table.sort_values(list(table.columns), ignore_index=True)
