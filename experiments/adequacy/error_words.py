"""How far the estimate is off, in words, and the shares that such sentences name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

WARN_BIAS = 0.05
FEW = 10


def percent(share: float) -> str:
    """A share as a percentage of whole points."""
    return f"{100 * share:.0f}%" if np.isfinite(share) else "no value"


def moves(share: float) -> str:
    """How many carers move, in words."""
    return "none of its carers move" if share == 0 else f"{100 * share:.0f}% of its carers move"


def typical_words(error: Mapping[str, float]) -> str:
    """How far the estimate typically is off, over how many closures."""
    return (
        f"typical error of {100 * error['rmse']:.0f} percentage points over "
        f"{error['branches']:.0f} closures"
    )


def error_words(noun: str, share: float, error: Mapping[str, float]) -> str:
    """The error of the estimate; nothing of bias or correlation from a few closures."""
    many = error["branches"]
    typical = f"typical error of {100 * error['rmse']:.0f} points (n = {many:.0f}"
    head = f"{noun}, {moves(share)}: N-1 {percent(error['reference_mean'])}; estimate"
    if many < FEW:
        return f"{head}: {typical}, too few to say more)"
    alike = error["correlation"]
    r = "" if np.isnan(alike) else f", correlation {alike:.2f}"
    return f"{head} {bias_words(error['bias'])}, {typical}{r})"


def one_error(errors: pd.DataFrame, kind: str, role: str, share: float) -> dict[str, float] | None:
    """The error of estimated N-1, for what stops, a role and a share."""
    here = errors[
        (errors["stops"] == kind)
        & (errors["role"] == role)
        & (errors["staff_move_share"] == share)
        & (errors["figure"] == "n_minus_1")
    ]
    if here.empty:
        return None
    row = here.iloc[0]
    names = ("branches", "reference_mean", "bias", "rmse", "correlation")
    return {name: float(row[name]) for name in names}


def bias_words(bias: float) -> str:
    """A bias as a reader would say it."""
    points = f"{abs(100 * bias):.0f} points"
    if abs(bias) < 0.005:
        return "correct on average"
    side = "too high" if bias > 0 else "too low"
    return f"{points} {side}{' (WARNING: biased)' if abs(bias) > WARN_BIAS else ''}"
