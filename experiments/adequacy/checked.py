"""What the closures that were carried out say of the estimate: every branch, and its error."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from experiments.adequacy.columns import ERRORS, SAMPLE
from experiments.adequacy.estimates import COMPANY, KINDS, TEAM, Study
from experiments.adequacy.losses import branches_of, losses_left_out, sampled
from experiments.adequacy.work import STAFF_MOVE_SHARES, Branched, Examined
from sim.outcomes.adequacy import ROLES


def sample_table(study: Study, found: Sequence[Examined]) -> pd.DataFrame:
    """The table SAMPLE: every branch, failed ones too."""
    rows: list[dict[str, Any]] = []
    for companies in (True, False):
        branches = branches_of(found, companies=companies)
        default = study.losses.companies if companies else study.losses.teams
        guesses = losses_left_out(sampled(branches), default)
        rows += [
            finished_row(study, one, branch, float(guess))
            for (one, branch), guess in zip(branches, guesses, strict=True)
        ]
    for one in found:
        for broken in one.broken:
            stop = broken.stop
            day = study.scenario.calendar.start + timedelta(days=round(stop.day))
            rows.append(
                {
                    "replication": one.replication,
                    "month": day,
                    "stops": TEAM if stop.area else COMPANY,
                    "area": stop.area,
                    "role": "",
                    "provider": stop.provider,
                    "staff_move_share": stop.staff_move_share,
                    "status": "failed",
                    "error": broken.error,
                }
            )
    names = [column.name for column in SAMPLE.columns]
    return pd.DataFrame(rows, columns=names).assign(month=lambda t: pd.to_datetime(t["month"]))


def finished_row(study: Study, one: Examined, branch: Branched, guess: float) -> dict[str, Any]:
    """A branch as a row of SAMPLE; ``guess``: the estimate of the hours it adds."""
    stop, taken = branch.aftermath.stop, branch.aftermath.taken_on
    n_minus_1 = branch.aftermath.n_minus_1
    return {
        "replication": one.replication,
        "month": study.months[branch.month],
        "stops": TEAM if stop.area else COMPANY,
        "area": stop.area,
        "role": ROLES[branch.role],
        "provider": stop.provider,
        "staff_move_share": stop.staff_move_share,
        "status": "finished",
        "at_stake": taken.at_stake,
        "needed": n_minus_1.needed_hours,
        "extra": n_minus_1.extra_hours,
        "n_minus_1": n_minus_1.share,
        "estimate": branch.estimate,
        "not_needed": taken.not_needed,
        "taken_on": taken.taken_on,
        "added_hours_in_area_in_28_days": branch.added_area[0],
        "added_hours_in_area_in_91_days": branch.added_area[1],
        "total_hours_in_91_days": branch.added_county[1],
        "added_hours_in_91_days_estimate": guess,
        "error": "",
    }


HOURS_ADDED = {COMPANY: "total_hours_in_91_days", TEAM: "added_hours_in_area_in_91_days"}


def errors_table(sample: pd.DataFrame) -> pd.DataFrame:
    """The table ERRORS."""
    good = sample[(sample["status"] == "finished") & sample["n_minus_1"].notna()]
    rows = []
    for kind in KINDS:
        figures = {
            "n_minus_1": ("estimate", "n_minus_1"),
            "added_hours_in_91_days": ("added_hours_in_91_days_estimate", HOURS_ADDED[kind]),
        }
        mine = good[good["stops"] == kind]
        for role in ("all", *ROLES):
            ours = mine if role == "all" else mine[mine["role"] == role]
            for share in (*STAFF_MOVE_SHARES, np.nan):
                part = ours if np.isnan(share) else ours[ours["staff_move_share"] == share]
                if part.empty:
                    continue
                for figure, (guess, truth) in figures.items():
                    rows.append(
                        (kind, role, share, figure, len(part), *error_of(part[guess], part[truth]))
                    )
    return pd.DataFrame(rows, columns=[column.name for column in ERRORS.columns])


def error_of(guess: pd.Series, truth: pd.Series) -> tuple[float, float, float, float]:
    """Mean of the truth, bias, root mean squared error and correlation of an estimate."""
    estimate, real = (column.to_numpy(dtype=float) for column in (guess, truth))
    off = estimate - real
    vary = np.unique(estimate).size > 1 and np.unique(real).size > 1
    alike = float(np.corrcoef(estimate, real)[0, 1]) if vary else np.nan
    return float(real.mean()), float(off.mean()), float(np.sqrt((off**2).mean())), alike
