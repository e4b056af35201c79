"""Headlines under each reading of what is not known, and by how the legacy framework may end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments.pages.answers import cell_of
from experiments.pages.kept import Form, Kept, between, markdown, percent, rows
from experiments.statistics.intervals import t_interval
from experiments.words.claims import two_figures
from sim.outcomes.levels import SUFFICES
from sim.scenario import load_scenario

ENDS_WITH = {
    "never": (),
    "legacy": ("--override legacy_ends_2027",),
    "both": ("--override legacy_and_spot_end_2027",),
    "all_spot": ("--override legacy_ends_2027", "--override every_team_sells_spot"),
}
"""Ways in which the legacy framework may end on 1 April 2027, and the options that say so."""
ENDS = {
    "never": "it continues",
    "legacy": "it ends; a share of providers sells off the framework",
    "both": "it ends, and no provider sells off the framework",
    "all_spot": "it ends, and every team sells off the framework",
}


def framework_ends(kept: Kept) -> str:
    """N-1 in the last year by what becomes of the legacy framework: the estimate."""
    lines, shares, told = [], [], pd.DataFrame()
    for name, words in ENDS.items():
        told = kept.table(f"ends_{name}", "n_minus_1_by_year")
        told = told[(told["stops"] == "provider") & (told["compared"] == "all")]
        told = told[told["year"] == told["year"].max()].sort_values("staff_move_share")
        shares = [percent(share) for share in told["staff_move_share"]]
        lines.append([words, *(cell_of(row) for row in rows(told))])
    return (
        markdown(["the legacy framework on 1 April 2027", *(f"{s} move" for s in shares)], lines)
        + f"\n\nN-1 of all principal providers in {told['year'].iloc[0]}, weighted by hours, in "
        f"{told['replications'].iloc[0]:.0f} simulated futures each; in brackets 95% intervals "
        f"for chance only. All are the estimate, with its error above. {spot_sellers()}"
    )


def spot_sellers() -> str:
    """How many providers of Norfolk sell off the framework, and how well that is known."""
    scenario = load_scenario("norfolk")
    tiers = scenario.commissioning.tiers
    place = [tier.code for tier in tiers].index("off_framework")
    source = scenario.sources[f"commissioning.tiers.{place}.providers_share"]
    assert source.low is not None and source.high is not None
    return (
        "The share of providers that sells off the framework is "
        f"{percent(tiers[place].providers_share)}, plausibly {percent(source.low)} to "
        f"{percent(source.high)}: no document gives it."
    )


READ = {
    "carers left in the fallback": ("legacy_only_carers_last_year", two_figures),
    "principal providers' share": ("share_principal_last_year", percent),
    "posts vacant, first year": ("vacancy_share_first_year", percent),
    "posts vacant, last year": ("vacancy_share_last_year", percent),
    "people who wait": ("list_people_last_year", two_figures),
    "hours added by the closure": ("total_hours_in_91_days", two_figures),
    "N-1 of the closure": ("n_minus_1", percent),
}
"""Headlines that are shown in every reading: what they are called, and how they are written."""


def readings(kept: Kept) -> str:
    """Headlines by reading of what is not known, never pooled, and what was seen in all."""
    study = json.loads(kept.text("readings", "study.json"))
    runs = kept.table("readings", "runs")
    lines = []
    for one in study["scenarios"]:
        mine = runs[runs["scenario"] == one["name"]]
        cells = [seen(mine[outcome], form) for outcome, form in READ.values()]
        known = mine["n_minus_1"].dropna()
        lines.append([one["meaning"], *cells, f"{(known >= SUFFICES).sum()} of {len(known)}"])
    left = runs["legacy_only_carers_last_year"] / runs["legacy_only_carers_first_year"]
    left = left.dropna()
    fewer = int((left < 1).sum())
    futures = runs["replication"].nunique()
    among = "all" if fewer == len(left) else f"{fewer} of {len(left)}"
    return (
        markdown(["reading", *READ, f"futures with N-1 of {percent(SUFFICES)} or more"], lines)
        + f"\n\nCarers, share and people are of the last year; the closure is that of King's "
        f"Lynn's principal provider on 1 July 2026, hours within 91 days in the county. Seed "
        f"{study['seed']}; in brackets 95% intervals of the mean, for chance only. Readings are "
        "not averaged: it is not known how likely each is. The first row is the closure at the "
        "top of "
        "this page, in fewer futures. The published vacancy rate of England fell after 2023/24; in "
        "the model more posts are vacant in the last year, since new principal providers raise "
        "their posts."
        f"\n\n{paired_words(runs, study)} {of_so_few(futures)}\n\n"
        f"**Seen in every reading:** {futures} futures, which all readings share, were simulated "
        f"under each of {len(study['scenarios'])} readings. In {among} of these runs teams without "
        "a contract of their own have fewer carers in the last year than in the first; "
        f"{percent(left.min())} to {percent(left.max())} are left. Most of this is the plan "
        "itself, which no reading changes: a team that wins a contract leaves the group."
    )


def paired_words(runs: pd.DataFrame, study: Mapping[str, Any]) -> str:
    """In which readings N-1 differs from the first row's, future by future."""
    known = runs.pivot_table(index="replication", columns="scenario", values="n_minus_1")
    first, *others = study["scenarios"]
    clear = []
    for one in others:
        found = t_interval((known[one["name"]] - known[first["name"]]).to_numpy())
        if found.low > 0 or found.high < 0:
            ends = f"{found.low * 100:+.0f} to {found.high * 100:+.0f} points"
            clear.append(f"{one['meaning']} ({ends})".replace("-", "−"))
    return (
        "*Row against row:* future by future, the 95% interval of the difference in N-1 from the "
        f"first row excludes zero in {len(clear)} of {len(others)} readings: "
        f"{'; '.join(clear)}. It does not allow for {len(others)} comparisons, and nothing is "
        "claimed about the order of the other rows."
    )


def of_so_few(futures: int) -> str:
    """What none of so few futures can tell (exact interval of a share)."""
    from scipy.stats import binomtest

    found = binomtest(0, futures).proportion_ci(method="exact")
    return (
        f"That N-1 reached {percent(SUFFICES)} in 0 of {futures} futures is seen where up to "
        f"{percent(found.high)} of futures reach it (exact 95% interval)."
    )


def seen(values: pd.Series[float], form: Form) -> str:
    """The mean of what was seen with its 95% interval."""
    found = t_interval(np.asarray(values, dtype=np.float64))
    return between({"mean": found.mean, "low": found.low, "high": found.high}, form)
