"""Amounts in words: GOV.UK style, and numbers of one sentence that can be compared."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest

from experiments.words.amounts import Row, amount, between, unit_of, with_unit
from experiments.words.sentences import number, of
from sim.outcomes.declaration import About, Outcome


def outcome(unit: str) -> Outcome:
    return Outcome("one", "what it is", unit, "lower", About.RUN, lambda _: 0.0)


def row(mean: float, low: float = nan, high: float = nan, count: int = 10) -> Row:
    return Row(mean, low, high, count, nan, nan)


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (47_938_201.0, "GBP", "£47.9 million"),
        (1_190_000.0, "GBP", "£1.19 million"),
        (-697_234.0, "GBP", "−£697,234"),
        (21.5, "GBP", "£21.50"),
        (0.54, "share", "54.0"),
        (-61.0, "hours", "−61.0"),
        (-0.001, "hours", "0.00"),
        (1234.4, "people", "1,234"),
        (nan, "people", "not known"),
    ],
)
def test_an_amount_is_written_as_gov_uk_has_it(value: float, unit: str, said: str) -> None:
    assert amount(value, unit) == said


@pytest.mark.parametrize(
    ("text", "unit", "difference", "said"),
    [
        ("54.0", "share", False, "54.0%"),
        ("+3.0", "share", True, "+3.0 percentage points"),
        ("£47.9 million", "GBP", False, "£47.9 million"),
        ("£21.50", "GBP/hour", False, "£21.50 an hour"),
        ("£900", "GBP/week", False, "£900 a week"),
        ("12.0", "people", False, "12.0 people"),
    ],
)
def test_a_unit_stands_where_it_belongs(text: str, unit: str, difference: bool, said: str) -> None:
    assert with_unit(text, outcome(unit), difference=difference) == said


def test_a_heading_names_the_unit() -> None:
    assert unit_of(outcome("GBP")) == "pounds"
    assert unit_of(outcome("GBP/hour")) == "pounds an hour"
    assert unit_of(outcome("share")) == "%"
    assert unit_of(outcome("share"), difference=True) == "percentage points"


@pytest.mark.parametrize(
    ("mean", "low", "high", "unit", "said"),
    [
        (-697_234.0, -1_190_000.0, -206_387.0, "GBP",
         "−£0.70 million (−£1.19 million to −£0.21 million)"),
        (9.5, 2.25, 114.0, "hours", "+10 (+2 to +114)"),
        (0.03, -1.144, 1.082, "share", "+3.0 (−100.0 to +100.0)"),
        (14.0, 14.0, 14.0, "days", "+14.0 each time"),
        (14.0, nan, nan, "days", "+14.0"),
    ],
)  # fmt: skip
def test_numbers_beside_one_another_are_written_alike(
    mean: float, low: float, high: float, unit: str, said: str
) -> None:
    assert between(row(mean, low, high), unit, signed=True) == said


def test_rows_beside_one_another_are_written_alike() -> None:
    rows = [row(37_438.0, -30_538.0, 105_414.0), row(340_000.0, -840_000.0, 1_520_000.0)]
    assert [between(one, "GBP", signed=True, like=rows) for one in rows] == [
        "+£37,438 (−£30,538 to +£105,414)",
        "+£340,000 (−£840,000 to +£1,520,000)",
    ]
    assert between(row(0.4), "days", like=[row(250.0)]) == "0"


def test_a_share_stays_below_all() -> None:
    assert between(row(0.88, 0.718, 1.041), "share") == "88.0 (71.8 to 100.0)"
    assert between(row(0.02, -0.03, 0.07), "share") == "2.0 (0.0 to 7.0)"


def test_a_sign_is_a_minus_and_nothing_has_none() -> None:
    rng = np.random.default_rng(3)
    for value in rng.normal(0, 10.0 ** rng.integers(-4, 9, 200)):
        for unit in ("hours", "share", "GBP"):
            said = amount(float(value), unit, signed=True)
            assert "-" not in said
            digits = [letter for letter in said if letter in "123456789"]
            assert bool(digits) == said.startswith(("+", "−"))


@pytest.mark.parametrize(
    ("value", "said"), [(1.0, "1 carer"), (1.04, "1.0 carers"), (0.0, "0 carers"),
                        (2.4, "2.4 carers"), (1200.0, "1,200 carers")]
)  # fmt: skip
def test_one_is_singular(value: float, said: str) -> None:
    assert of(value, "carer") == said
    assert of(1.0, "person", "people") == "1 person"


def test_numbers_in_sentences_have_a_real_minus() -> None:
    assert number(-61.0) == "−61"
    assert number(-0.04) == "0.0"
