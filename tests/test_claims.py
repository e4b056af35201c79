"""No claim beyond the evidence: how often claims are false, how often effects are found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.random import Generator
from scipy import stats

from experiments.statistics.claims import (
    FAMILY_ERROR,
    LEVEL,
    Finding,
    Floats,
    Paired,
    Summary,
    alone,
    chances,
    course_of,
    highest_of,
    holm,
    judged,
    most_repeated,
    pairs_needed,
)
from experiments.statistics.effects import more_often, splits_of, trend_of
from experiments.statistics.intervals import Interval, t_interval

Draw = Callable[[Generator, tuple[int, ...]], Floats]
"""Draws with mean nought."""


def _zeros_but(share: float, draw: Draw) -> Draw:
    return lambda rng, shape: draw(rng, shape) * (rng.random(shape) < share)


SHAPES: dict[str, Draw] = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "lognormal": lambda rng, shape: rng.lognormal(0, 0.5, shape) - np.exp(0.125),
    "exponential": lambda rng, shape: rng.exponential(size=shape) - 1,
    "half zero": lambda rng, shape: rng.exponential(size=shape) * (rng.random(shape) < 0.5) - 0.5,
    "mostly zero": lambda rng, shape: rng.exponential(size=shape) * (rng.random(shape) < 0.2) - 0.2,
    "heavy tails": lambda rng, shape: rng.standard_t(3, shape),
    "two-sided, mostly zero": _zeros_but(0.2, lambda rng, shape: rng.standard_normal(shape)),
    "difference of two skewed": lambda rng, shape: (
        rng.lognormal(0, 1, shape) - rng.lognormal(0, 1, shape)
    ),
}
PAIRS = (10, 20, 30, 50)
FAMILIES = (1, 2, 4, 8, 16, 32, 64)
QUICK = [("exponential", 10, 1), ("lognormal", 10, 4), ("exponential", 16, 8), ("half zero", 10, 2),
         ("mostly zero", 20, 4), ("heavy tails", 30, 16), ("lognormal", 50, 16)]  # fmt: skip
ALL = [(shape, max(pairs, pairs_needed(many)), many)
       for shape in SHAPES for pairs in PAIRS for many in FAMILIES]  # fmt: skip
TABLES = 1000


def sure_of(differences: Floats) -> np.ndarray:
    """Which comparisons are claimed: pairs, tables and comparisons are the axes."""
    pairs, tables, many = differences.shape
    found = chances(differences.reshape(pairs, -1), pairs_needed(many)).reshape(tables, many)
    return np.asarray(holm(found) <= LEVEL)


def false_claims(shape: str, pairs: int, many: int) -> int:
    """Of 1,000 tables without an effect, those with any claim."""
    rng = np.random.default_rng([sorted(SHAPES).index(shape), pairs, many])
    return int(sure_of(SHAPES[shape](rng, (pairs, TABLES, many))).any(axis=1).sum())


MOST = int(stats.binom.isf(0.025, TABLES, FAMILY_ERROR))
"""Tables of 1,000 that a true rate of 5% exceeds in one run of forty: 64."""


@pytest.mark.parametrize(("shape", "pairs", "many"), QUICK)
def test_tables_without_an_effect_seldom_hold_a_claim(shape: str, pairs: int, many: int) -> None:
    assert false_claims(shape, pairs, many) <= MOST


@pytest.mark.long
@pytest.mark.parametrize(("shape", "pairs", "many"), ALL)
def test_no_shape_and_no_size_makes_claims_by_chance(shape: str, pairs: int, many: int) -> None:
    assert false_claims(shape, pairs, many) <= MOST


@pytest.mark.long
@pytest.mark.parametrize("shape", SHAPES)
def test_over_all_sizes_of_a_shape_at_most_one_table_in_twenty_holds_a_claim(shape: str) -> None:
    found = [false_claims(shape, pairs, many) for one, pairs, many in ALL if one == shape]
    assert sum(found) <= FAMILY_ERROR * TABLES * len(found)


def test_over_all_shapes_and_sizes_together_at_most_one_table_in_twenty_holds_a_claim() -> None:
    found = [false_claims(shape, pairs, many) for shape, pairs, many in QUICK]
    assert sum(found) <= FAMILY_ERROR * TABLES * len(QUICK)


def test_students_t_alone_would_make_too_many_claims() -> None:
    """So the test above can fail: with t alone the same tables hold two to five times as many."""
    rng = np.random.default_rng(1)
    for shape, most in (("exponential", 0.08), ("mostly zero", 0.15)):
        drawn = SHAPES[shape](rng, (10, TABLES))
        spread = drawn.std(axis=0, ddof=1)
        with np.errstate(divide="ignore"):
            ratio = np.abs(drawn.mean(axis=0)) / (spread / np.sqrt(10))
        assert (2 * stats.t.sf(ratio, 9) <= 0.05).mean() > most


@pytest.mark.parametrize("many", [1, 4, 16])
@pytest.mark.parametrize("shape", ["normal", "lognormal", "exponential", "heavy tails"])
def test_twice_the_half_width_is_claimed(shape: str, many: int) -> None:
    """Half-width: of the intervals that hold together for the whole family, all columns moved.

    Towards the longer tail; away from it an effect is harder to tell from chance.
    """
    rng = np.random.default_rng(3)
    pairs = pairs_needed(many) if shape != "heavy tails" else max(20, pairs_needed(many))
    drawn = SHAPES[shape](rng, (pairs, TABLES, many))
    half = stats.t.isf(FAMILY_ERROR / many / 2, pairs - 1) * drawn.std() / np.sqrt(pairs)
    assert sure_of(drawn + 2 * half).mean() >= 0.8


def test_claims_point_the_right_way() -> None:
    rng = np.random.default_rng(4)
    drawn = rng.normal(1, 0.5, 20)
    assert alone(Paired(drawn)).verdict == "higher"
    assert alone(Paired(-drawn)).verdict == "lower"
    assert alone(Paired(np.zeros(12))).verdict == "identical"
    assert alone(Paired(np.full(5, np.nan))).verdict == "not known"


def test_fewer_than_ten_pairs_claim_nothing_however_large_the_effect() -> None:
    rng = np.random.default_rng(5)
    drawn = rng.normal(100, 1, 9)
    found = alone(Paired(drawn))
    assert (found.verdict, found.needed) == ("too few", 10)
    assert alone(Paired(np.append(drawn, 100.5))).verdict == "higher"
    gone = np.append(drawn, np.nan)
    assert alone(Paired(gone)).verdict == "too few"


def test_larger_families_need_more_pairs_and_stronger_evidence() -> None:
    assert [pairs_needed(many) for many in (1, 4, 5, 8, 16, 77)] == [10, 10, 12, 16, 22, 36]
    rng = np.random.default_rng(6)
    one = Paired(rng.normal(0.75, 1, 22))
    nothing = {number: Paired(rng.normal(0, 1, 22)) for number in range(15)}
    assert alone(one).verdict == "higher"
    together = judged({"it": one} | {str(key): value for key, value in nothing.items()})
    assert together["it"].verdict == "cannot be distinguished"
    assert together["it"].comparisons == 16
    assert together["it"].chance > alone(one).chance


def test_holms_method_worked_by_hand() -> None:
    adjusted = holm(np.array([0.01, 0.04, 0.03]))
    assert adjusted.tolist() == pytest.approx([0.03, 0.06, 0.06])


def test_chances_are_students_where_there_is_no_skewness_and_never_below() -> None:
    values = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, 8.0, 9.0, 10.0, 11.0, 12.0])
    expected = stats.ttest_1samp(values, 0).pvalue
    assert chances(values[:, None])[0] == pytest.approx(expected)
    rng = np.random.default_rng(7)
    drawn = rng.exponential(size=(12, 300)) - 0.5
    assert (chances(drawn) >= stats.ttest_1samp(drawn, 0).pvalue - 1e-12).all()


def test_the_skewness_correction_is_halls() -> None:
    values = np.array([0.1, 0.2, 0.2, 0.3, 0.5, 0.4, 0.9, 1.4, 2.8, 0.6, -0.4, 0.0])
    size, skew, n = values.mean() / values.std(ddof=1), stats.skew(values, bias=False), 12
    # stats.skew divides by the other spread; Hall's coefficient is its unbiased third moment.
    hall = np.sqrt(n) * (size + skew * size**2 / 3 + skew**2 * size**3 / 27 + skew / (6 * n))
    student = np.sqrt(n) * size
    expected = 2 * stats.t.sf(min(hall, student), n - 1)
    assert chances(values[:, None])[0] == pytest.approx(expected)


def test_what_nearly_all_futures_repeat_is_not_enough() -> None:
    values = np.array([3.0] * 7 + [3.1, 2.9, 3.2])
    assert most_repeated(values[:, None]).tolist() == [7]
    assert alone(Paired(values)).verdict == "cannot be distinguished"


def test_the_same_needs_a_margin_and_two_one_sided_tests() -> None:
    rng = np.random.default_rng(8)
    near = rng.normal(0, 1, 30)
    assert alone(Paired(near)).verdict == "cannot be distinguished"
    assert alone(Paired(near, margin=2.0)).verdict == "the same"
    assert alone(Paired(near + 1)).verdict == "higher"
    assert alone(Paired(near + 1, margin=2.5)).verdict == "the same"
    assert alone(Paired(near, margin=0.3)).verdict == "cannot be distinguished"


def test_the_same_is_seldom_said_of_what_lies_at_the_margin() -> None:
    rng = np.random.default_rng(9)
    said = [alone(Paired(SHAPES["exponential"](rng, (20,)) + 1, margin=1.0)).verdict == "the same"
            for _ in range(TABLES)]  # fmt: skip
    assert sum(said) <= MOST


def test_of_an_interval_alone_more_is_asked() -> None:
    rng = np.random.default_rng(10)
    drawn = rng.normal(0.72, 1, (20, 400))
    whole = [alone(Paired(column)).claimed for column in drawn.T]
    told = [alone(Summary(t_interval(column))).claimed for column in drawn.T]
    assert sum(told) < sum(whole) and not any(t and not w for t, w in zip(told, whole, strict=True))
    assert alone(Summary(Interval(5.0, 4.0, 6.0, 20))).verdict == "higher"
    assert alone(Summary(Interval(5.0, 4.0, 6.0, 3))).verdict == "too few"


def test_intervals_alone_make_few_claims_of_skewed_differences() -> None:
    rng = np.random.default_rng(11)
    drawn = SHAPES["exponential"](rng, (10, TABLES))
    claimed = [alone(Summary(t_interval(column))).claimed for column in drawn.T]
    assert sum(claimed) <= MOST


# The worst of many --------------------------------------------------------------------------------


def test_the_true_worst_is_seldom_left_out() -> None:
    """Shared shocks, skewed places: Hsu's promise is that the worst is among those named."""
    rng = np.random.default_rng(12)
    missed = 0
    for _ in range(300):
        shared = rng.exponential(size=(16, 1))
        means = np.array([3.0, 2.6, 2.6, 2.0, 1.0, 0.0])
        values = means + shared + SHAPES["exponential"](rng, (16, 6))
        found = highest_of(values)
        missed += 0 not in (found.first, *found.ties)
    assert missed <= stats.binom.isf(1e-4, 300, FAMILY_ERROR)


def test_ties_are_named_and_what_is_surely_less_is_not() -> None:
    rng = np.random.default_rng(13)
    values = np.array([10.0, 9.9, 2.0]) + rng.normal(0, 1, (20, 3))
    found = highest_of(values)
    assert {found.first, *found.ties} == {0, 1} and found.enough and found.above_nothing
    assert not found.sole
    assert highest_of(values[:, [0, 2]]).sole
    few = highest_of(values[:9])
    assert not few.enough and len(few.ties) == 2 and not few.above_nothing
    with pytest.raises(ValueError, match="no candidate"):
        highest_of(np.full((3, 2), np.nan))


# Across arms, over time, what flips ---------------------------------------------------------------


@pytest.mark.parametrize("shape", ["normal", "lognormal", "exponential"])
def test_several_choices_told_together_are_one_family(shape: str) -> None:
    """Four choices among four candidates that are all the same: hardly ever is one named."""
    rng, choices, candidates = np.random.default_rng(3), 4, 4
    shown = choices * candidates
    pairs, tables = pairs_needed(shown), 400
    named = sum(
        any(highest_of(SHAPES[shape](rng, (pairs, candidates)), shown).sole for _ in range(choices))
        for _ in range(tables)
    )
    assert named <= FAMILY_ERROR * tables
    # With as many pairs as one choice needs alone, the family is not told of.
    few = SHAPES[shape](rng, (pairs_needed(candidates), candidates)) + np.array([9.0, 0, 0, 0])
    assert highest_of(few).sole and not highest_of(few, shown).enough


def test_an_ordered_effect_matters_only_if_it_is_sure_and_never_turns_back() -> None:
    rng = np.random.default_rng(14)
    shared = rng.normal(0, 5, (12, 1))
    rising = shared + np.array([40.0, 55.0, 89.0]) + rng.normal(0, 3, (12, 3))
    turning = shared + np.array([77.0, 60.0, 89.0]) + rng.normal(0, 3, (12, 3))
    assert trend_of(rising).matters and trend_of(-rising).matters
    turned = trend_of(turning)
    assert not turned.matters and not turned.in_order and turned.finding.claimed
    assert not trend_of(rising[:5]).matters
    assert trend_of(rising[:5]).finding.verdict == "too few"


def test_arms_without_an_effect_seldom_matter() -> None:
    rng = np.random.default_rng(15)
    found = [trend_of(SHAPES["exponential"](rng, (10, 3))).matters for _ in range(400)]
    assert sum(found) <= stats.binom.isf(1e-4, 400, FAMILY_ERROR)


def test_years_are_like_periods_and_never_overlap() -> None:
    course = course_of(np.arange(2 * 170.0).reshape(2, 170))
    assert course.starts == (0, 52, 118)
    assert course.first == pytest.approx(85 + 25.5)
    assert not course_of(np.zeros((2, 103))).long
    assert course_of(np.zeros((2, 104))).starts == (0, 52)


def years(rng: Generator, means: list[float], spread: float = 1.0, futures: int = 12) -> Floats:
    """Weekly series whose years have these means."""
    noise = rng.normal(0, spread, (futures, len(means), 1))
    return np.repeat(np.array(means)[None, :, None] + noise, 52, axis=2).reshape(futures, -1)


def test_a_path_that_does_otherwise_is_seen() -> None:
    rng = np.random.default_rng(16)
    assert course_of(years(rng, [12, 19, 16, 14])).turn == 1
    assert course_of(years(rng, [12, 13, 16, 18])).turn is None
    assert course_of(years(rng, [58, 17, 94])).turn == 1
    assert course_of(years(rng, [12, 12.1, 12], spread=3)).turn is None
    assert course_of(years(rng, [10, 20, 10], futures=1)).turn == 1


def test_an_unknown_flips_only_beyond_what_shuffling_gives() -> None:
    rng = np.random.default_rng(17)
    unknowns = rng.random((60, 32))
    known = unknowns[:, 5] + rng.normal(0, 0.2, 60) > 0.5
    first = splits_of(known, unknowns)[0]
    assert first.unknown == 5 and first.flips and first.high_share > first.low_share
    few = splits_of(known[:12], unknowns[:12])
    assert not any(one.flips for one in few)


def test_of_unknowns_that_change_nothing_hardly_ever_one_flips() -> None:
    rng = np.random.default_rng(18)
    found = sum(splits_of(rng.random(30) < 0.4, rng.random((30, 32)))[0].flips for _ in range(60))
    assert found <= stats.binom.isf(1e-4, 60, FAMILY_ERROR)


def test_a_part_holds_more_only_beyond_chance() -> None:
    assert more_often(18, 20, 30, 100)
    assert not more_often(3, 3, 5, 11)
    assert not more_often(7, 20, 30, 100)
    assert not more_often(0, 0, 30, 100)
    assert more_often(10, 10, 12, 24) and stats.fisher_exact([[10, 0], [2, 12]])[1] < FAMILY_ERROR


def test_findings_say_how_many_were_shown() -> None:
    found = judged({name: Paired(np.arange(12.0)) for name in "ab"})
    assert all(isinstance(one, Finding) and one.comparisons == 2 for one in found.values())
