"""What README says in short: every place at 28 days' notice, and how certain the answer is."""

from __future__ import annotations

import pandas as pd

from experiments.fit.verdicts import tally
from experiments.pages.answers import HARM, cell_of, fixed_set, harm, hundreds
from experiments.pages.evidence import fit_lines
from experiments.pages.kept import Kept, between, markdown, percent, rows, whole
from experiments.words.sentences import day_text
from sim.outcomes.levels import SUFFICES

NOTICE_DAYS = 28
"""The notice at which every place is asked about."""
NOTICE = f"notice_{NOTICE_DAYS}"
"""The command that asks, under the name that its tables are kept by."""
STANDS_OUT = 0.05
"""Chance below which an unknown is said to stand out from the others (a convention)."""


def places(kept: Kept) -> str:
    """What the closure of each principal provider does to people, with notice."""
    told = kept.table(NOTICE, "ranking").sort_values("place")
    lines = [
        [
            row["place"],
            whole(row["displaced_people"]),
            between(
                {"mean": row[HARM], "low": row[f"{HARM}_low"], "high": row[f"{HARM}_high"]},
                hundreds,
            ),
            percent(row["served_again_in_28_days"]),
            percent(row["n_minus_1"]),
        ]
        for row in rows(told)
    ]
    head = [
        "where it is the principal provider",
        "people who lose their provider",
        "hours without care added in Norfolk, to 91 days after its care stops",
        "of these people, served again within 28 days",
        "care that is there four weeks later (N-1)",
    ]
    futures = sorted(set(told["replications"]))
    many = " to ".join(whole(number) for number in (futures[0], futures[-1])[: len(futures)])
    when = day_text(pd.Timestamp(told["date"].iloc[0]))
    return (
        f"{markdown(head, lines)}\n\n*Means of {many} simulated futures; in brackets the 95% "
        f"interval of the mean, of chance alone. Each provider says on {when} that it will close "
        f"{NOTICE_DAYS} days later, in all places named in its row. Hours are counted from that "
        "day to 91 days after its care stops; all else from the day on which it stops. The rows "
        "are in alphabetical order: the futures are not enough to rank them all.*"
    )


def certainty(kept: Kept) -> str:
    """How certain the answers are: the estimate, what it turns on, and how it meets the record."""
    told = fixed_set(kept)
    last = told[told["year"] == (year := told["year"].max())]
    estimate = "; ".join(
        f"{cell_of(row)} if {carers(row['staff_move_share'])} move with their people"
        for row in rows(last.sort_values("staff_move_share"))
    )
    return "\n".join(
        (
            f"1. **Does enough fallback remain by {year}?** If a principal provider closed, the "
            f"share of its care that would be there four weeks later is estimated at {estimate}. "
            f"{percent(SUFFICES)} would count as enough here, which is a choice.",
            f"2. **The assumption that stands out** is how many carers move with their people. "
            f"{what_stands_out(kept)}",
            f"3. **How well it meets the record.** {record_in_short(kept)}",
            "4. **What the brackets hold** is chance alone. How wrong the model itself may be is "
            "not in them.",
        )
    )


def what_stands_out(kept: Kept) -> str:
    """The unknown that the answer turns on, and the harm at the ends of its range."""
    told = rows(kept.table("bands", "flips"))
    first, others = told[0], told[1:]
    if first["parameter"] != "failure.staff_move_share" or first["p_value"] >= STANDS_OUT:
        raise ValueError(
            f"The kept bands name {first['parameter']} (p = {first['p_value']}) as the unknown "
            "that the answer turns on: write the sentence of README again"
        )
    alone = all(row["p_value"] >= STANDS_OUT for row in others)
    hours = " and ".join(
        f"{between(harm(kept, 'total', arm=f'{percent(share)} of carers move'), hundreds)} hours "
        f"if {carers(share)} move"
        for share in (0.0, 0.6)
    )
    return (
        f"Of {len(told)} unknown numbers it is "
        f"{'the only one that stands' if alone else 'the first of those that stand'} out from "
        "chance. In the third of the plausible sets with the smallest share, "
        f"{percent(SUFFICES)} or more of the care is there in {percent(first['low_third'])} of "
        f"{first['low_sets']:.0f} sets; "
        f"in the third with the largest share, in {percent(first['high_third'])} of "
        f"{first['high_sets']:.0f}. The closure above adds {hours}."
    )


def carers(share: float) -> str:
    """How many of its carers, as said: none, or a percentage."""
    return f"{percent(share)} of its carers" if share else "none of its carers"


def record_in_short(kept: Kept) -> str:
    """How many recorded figures lie inside, outside, or cannot say."""
    verdicts = kept.table("hindcasts", "hindcasts")["verdict"]
    outside, inside = (int((verdicts == verdict).sum()) for verdict in ("outside", "inside"))
    own = [line for line in fit_lines(kept, "norfolk") if line.row.use == "independent"]
    return (
        f"Of {len(verdicts)} figures from recorded cases, {inside} lie inside the range that the "
        f"model gives, {outside} lie outside, and {len(verdicts) - inside - outside} cannot say. "
        f"Of {len(own)} published figures of Norfolk that the model was not fitted to, "
        f"{tally(own)}."
    )
