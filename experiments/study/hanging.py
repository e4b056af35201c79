"""What outcomes hang on, in words: sentences of the table of sensitivity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.statistics.failed import too_many_failed
from experiments.study.draws import Draws
from experiments.study.sensitivity import FEWEST_DRAWS, NO, VALUE, YES
from experiments.words import claims

MOST_TOLD = 3
PARTS = {"total": "rows", "mu_star": "trajectories", "rank_correlation": "draws"}
MEANINGS = {
    "mu_star": "In brackets: how much the outcome moves on average between the ends of the "
    "parameter's range (Morris' mu*).",
    "total": "In brackets: the share of the outcome's variance that would disappear if the "
    "parameter were known (Sobol' total index), with its 95% interval over the rows "
    "of draws.",
    "rank_correlation": "In brackets: rank correlation over the draws, with its 95% interval.",
}
CROSSED = (
    "All rows of these Sobol' draws meet the same people, so the effect of chance on an index is "
    'not known: start again with draws.people = "own" for intervals.'
)


def sensitivity_lines(table: pd.DataFrame, outcomes: Sequence[str], draws: Draws) -> list[str]:
    """For the first screen: what each outcome hangs on, of the last scenario there is."""
    text, told = [], False
    for outcome in outcomes:
        mine = table[table["outcome"] == outcome]
        if mine.empty:
            continue
        last = mine.iloc[-1]
        rows = mine[(mine["scenario"] == last["scenario"]) & (mine["of"] == last["of"])]
        of = "" if last["of"] == VALUE else f" (difference of {last['scenario']})"
        known = rows[np.isfinite(rows["index"])]
        if why := why_nothing(rows, known):
            text.append(f"{outcome}{of}: {why}.")
            continue
        told = True
        text.append(f"{outcome}{of} {hanging(known)}{left_out(rows)}.")
    if told:
        text.append(f"{MEANINGS[str(table['measure'].iloc[0])]} {claims.SAME_DRAWS}")
        text += [CROSSED] if draws.method == "sobol" and draws.people == "same" else []
        text += not_numbers(draws, table)
    return text


def why_nothing(rows: pd.DataFrame, known: pd.DataFrame) -> str:
    """Why nothing is said of what an outcome hangs on; empty if something is."""
    used, of = int(rows["used"].iloc[0]), int(rows["carried_out"].iloc[0])
    measure = str(rows["measure"].iloc[0])
    parts, needed = PARTS[measure], "a value" if measure == "rank_correlation" else "all its values"
    if not used:
        return f"its drivers are not known: none of {of} {parts} has {needed}"
    if measure == "rank_correlation" and used < FEWEST_DRAWS:
        return f"its drivers are not known: only {used} of {of} draws have a value"
    if too_many_failed(of - used, of):
        return (
            f"its drivers are not named: {of - used} of {of} {parts} lack a value, so the rest "
            "may not be typical (sensitivity.csv has the available figures)"
        )
    return "no varied parameter moves it beyond chance" if known.empty else ""


def hanging(known: pd.DataFrame) -> str:
    """What an outcome hangs on, strongest first."""
    order = known["index"].abs().sort_values(ascending=False, kind="stable").index
    told: list[dict[str, Any]] = [dict(known.loc[place]) for place in order]
    sure = [row for row in told if row["stands_out"] == YES]
    if sure:
        names = ", ".join(f"{row['parameter']} ({number(row)})" for row in sure[:MOST_TOLD])
        rest = len(told) - len(sure)
        more = f"; {rest} of {len(told)} cannot be distinguished from chance" if rest else ""
        return f"depends on {names}{more}"
    if told[0]["stands_out"] == NO:
        return "does not depend on any varied parameter beyond chance"
    return (
        f"moves most with {told[0]['parameter']} ({number(told[0])}); it is not known how much of "
        "that is chance"
    )


def left_out(rows: pd.DataFrame) -> str:
    """How many rows, trajectories or draws lack a value, if any do."""
    used, of = int(rows["used"].iloc[0]), int(rows["carried_out"].iloc[0])
    if used == of:
        return ""
    return (
        f"; {of - used} of {of} {PARTS[str(rows['measure'].iloc[0])]} lack a value and are left out"
    )


def not_numbers(draws: Draws, table: pd.DataFrame) -> list[str]:
    """Parameters without an index because they are no numbers."""
    if str(table["measure"].iloc[0]) != "rank_correlation":
        return []
    names = [
        one.path
        for place, one in enumerate(draws.varied)
        if not all(isinstance(row[place], int | float) for row in draws.rows)
    ]
    if not names:
        return []
    return [
        f"No rank correlation (not a number): {', '.join(names)}. Use caremarket discover "
        "for these."
    ]


def number(row: dict[str, Any]) -> str:
    """An index as a reader wants it, with its interval if there is one."""
    ends = row["index_low"], row["index_high"]
    if row["measure"] == "total":
        low, high = (f"{100 * end:.0f}" for end in ends) if np.isfinite(ends).all() else ("", "")
        # A share of variance lies between 0 and 1, though its estimate may not.
        share = min(1.0, max(0.0, row["index"]))
        return f"{100 * share:.0f}%" + (f", {low} to {high}%" if low else "")
    if row["measure"] == "rank_correlation":
        low, high = (f"{end:+.2f}" for end in ends)
        return f"{row['index']:+.2f}, {low} to {high}".replace("-", "−")
    return f"{row['index']:,.3g}"
