"""A mean over draws, though some runs have no value: every draw that has one weighs the same.

Values come as replications x draws. A mean over whichever draws a replication happens to have would
shift with them; so each draw's own mean is taken first. What one replication, or one group of draws
with people of their own, adds to that mean is its *unit*: units have the mean over draws for their
mean, and are as good as independent, so any interval of a mean can be made of them. Where nothing
is missing a replication's unit is its mean over draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]
SPREAD = (0.05, 0.95)


def mean_along(values: Floats, axis: int) -> Floats:
    """Means of what is known; nan where nothing is."""
    known = np.isfinite(values)
    many = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    means: Floats = np.where(many > 0, total / np.maximum(many, 1), np.nan)
    return means


def known_draws(values: Floats) -> Flags:
    """Which draws have a value in some replication."""
    return np.asarray(np.isfinite(values).any(axis=0))


def shared_draws(values: Floats) -> Flags:
    """Draws known in every arm (third axis) that is known in any draw at all."""
    known = np.asarray(np.isfinite(values).any(axis=0))
    arms = np.asarray(known.any(axis=0))
    return np.asarray(known[:, arms].all(axis=1) & arms.any())


def units(values: Floats, groups: Places | None = None) -> Floats:
    """What each replication adds to the mean over draws; with ``groups``, what each group does.

    ``groups``: the group of each draw, where draws of one group share people that no other meets.
    Units of replications or groups without a value are left out.
    """
    known = np.isfinite(values)
    has = known.any(axis=0)
    if not has.any():
        return np.empty(0)
    values, known = values[:, has], known[:, has]
    draw_means = mean_along(values, 0)
    if groups is not None:
        return _of_groups(draw_means, groups[has])
    apart = np.where(known, values - draw_means, 0.0) / known.sum(axis=0)
    moved = apart.sum(axis=1)[known.any(axis=1)] / draw_means.size
    found: Floats = draw_means.mean() + moved.size * moved
    return found


def _of_groups(draw_means: Floats, groups: Places) -> Floats:
    _, place = np.unique(groups, return_inverse=True)
    whole = draw_means.mean()
    moved = np.bincount(place, weights=draw_means - whole) / draw_means.size
    found: Floats = whole + moved.size * moved
    return found


def spread_over_draws(draw_means: Floats) -> tuple[float, float]:
    """5% and 95% points of the draws' means that are known."""
    known = draw_means[np.isfinite(draw_means)]
    if not known.size:
        return np.nan, np.nan
    low, high = np.quantile(known, SPREAD)
    return float(low), float(high)


def worth_of_pairing(base: Floats, own: Floats, groups: Places | None = None) -> float:
    """How many times the replications independent runs would need for the same surety.

    The variance of the difference with independent runs / with the same people, over replications;
    nan where the difference never varies, or where a value is not known in both.
    """
    if groups is None:
        variances = [_variance(units(each)) for each in (base, own, own - base)]
    else:  # of draws with their own people: between the replications of each
        variances = [_pooled(each) for each in (base, own, own - base)]
    alike = np.array_equal(np.isfinite(base), np.isfinite(own))
    return float(_worth(*(np.array(each) for each in variances))) if alike else np.nan


def worth_by_draw(base: Floats, own: Floats) -> Floats:
    """The same of each draw by itself."""
    alike = (np.isfinite(base) == np.isfinite(own)).all(axis=0)
    worth = _worth(*(_variances(each) for each in (base, own, own - base)))
    return np.asarray(np.where(alike, worth, np.nan))


def _worth(base: Floats, own: Floats, apart: Floats) -> Floats:
    return np.asarray(np.where(apart > 0, (base + own) / np.where(apart > 0, apart, 1.0), np.nan))


def _variance(values: Floats) -> float:
    return float(values.var(ddof=1)) if values.size > 1 else np.nan


def _variances(values: Floats) -> Floats:
    """Of each draw over its replications; nan below two."""
    freedom = np.isfinite(values).sum(axis=0) - 1
    return np.asarray(np.where(freedom > 0, _squares(values) / np.maximum(freedom, 1), np.nan))


def _pooled(values: Floats) -> float:
    """Of replications of one draw, all draws together."""
    freedom = int(np.maximum(np.isfinite(values).sum(axis=0) - 1, 0).sum())
    return float(_squares(values).sum() / freedom) if freedom else np.nan


def _squares(values: Floats) -> Floats:
    """Of each draw, about its mean."""
    apart = np.where(np.isfinite(values), values - mean_along(values, 0), 0.0)
    return np.asarray((apart**2).sum(axis=0))
