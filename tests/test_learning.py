"""Which row an unknown learns from, on made-up simulators of which the truth is known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

import experiments.calibration.learning as learning
from experiments.calibration.learning import (
    LEAST_SETS,
    Flags,
    Floats,
    Learning,
    Row,
    Trials,
    central,
    learning_of,
    shrinkages,
)

NOTHING = "learns nothing: needs a reading or a stated gap"
SETS = 400
UNKNOWNS = ("a", "b", "c")


@pytest.fixture(autouse=True)
def _fewer_shuffles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "SHUFFLES", 999)
    monkeypatch.setattr(learning, "RESAMPLES", 100)


def spread(sets: int = SETS, seed: int = 1, unknowns: int = len(UNKNOWNS)) -> Floats:
    """Sets spread evenly over the unit cube."""
    return np.random.default_rng(seed).random((sets, unknowns))


def learned(even: Floats, rows: Mapping[Row, Flags], seed: int = 5) -> list[Learning]:
    """What is learned where those that pass are among the evenly spread sets."""
    meets = np.column_stack(list(rows.values()))
    trials = Trials(even[meets.all(axis=1)], even, meets)
    return learning_of(UNKNOWNS[: even.shape[1]], list(rows), trials, seed)


def by_chance(share: float, sets: int = SETS, seed: int = 2) -> Flags:
    """A row that any set meets with the same chance."""
    return np.random.default_rng(seed).random(sets) < share


def test_a_row_that_pins_a_parameter_teaches_it_and_nothing_else() -> None:
    even = spread()
    rows = {Row("PIN", False): even[:, 0] < 0.25, Row("NOISE", False): by_chance(0.7)}
    a, b, c = learned(even, rows)
    assert [one.verdict for one in (a, b, c)] == ["learns from PIN", NOTHING, NOTHING]
    assert a.shrinkage.low < 0.75 < a.shrinkage.high
    assert a.rows[0].widening.value == pytest.approx(3, abs=0.4)
    assert a.rows[0].sets == int(by_chance(0.7).sum())
    assert a.low == pytest.approx(0.0125, abs=0.02) and a.high == pytest.approx(0.2375, abs=0.02)
    for one in (b, c):
        assert one.shrinkage.low < 0.05
        assert all(row.chance > 0.05 for row in one.rows)


def test_a_row_that_is_an_input_pins_only_itself() -> None:
    even = spread()
    rows = {Row("GIVEN", True): even[:, 0] < 0.25, Row("NOISE", False): by_chance(0.7)}
    a = learned(even, rows)[0]
    assert a.verdict == NOTHING and a.teacher is None
    assert a.shrinkage.low > 0.6, "its range is narrower all the same, and that is told"
    assert a.rows[0].row.given and a.rows[0].widening.value > 2
    assert a.rows[0].chance <= 0.05


def test_the_row_that_widens_it_most_comes_first() -> None:
    even = spread()
    rows = {
        Row("LITTLE", False): even[:, 0] > 0.1,
        Row("MUCH", False): even[:, 0] < 0.4,
        Row("OTHER", False): even[:, 1] < 0.5,
    }
    a, b, c = learned(even, rows)
    assert [one.row.code for one in a.rows if one.teaches] == ["MUCH", "LITTLE"]
    assert [one.verdict for one in (a, b, c)] == ["learns from MUCH", "learns from OTHER", NOTHING]


def test_two_rows_that_tell_the_same_teach_only_together() -> None:
    even = spread()
    met = even[:, 0] < 0.25
    apart = {Row("ONE", False): met, Row("TWO", False): met}
    together = {Row("ONE and TWO", False): met}
    assert learned(even, apart)[0].verdict == NOTHING
    assert learned(even, together)[0].verdict == "learns from ONE and TWO"


def test_a_tenth_is_needed_however_sure_it_is() -> None:
    even = spread(6_000, unknowns=1)
    a = learned(even, {Row("PIN", False): even[:, 0] < 0.95})[0]
    assert a.rows[0].chance <= 0.05 and 0 < a.rows[0].widening.value < 0.1
    assert a.verdict == NOTHING


def test_a_tenth_by_chance_is_not_learning() -> None:
    """Of few sets, some unknown's range is often wider by a tenth without some row."""
    wide = false = 0
    for seed in range(25):
        even = spread(600, seed)
        chance = {
            Row(f"NOISE_{n}", False): by_chance(0.35, 600, 100 * seed + n + 1) for n in range(3)
        }
        told = learned(even, chance, seed)
        wide += any(row.widening.value >= 0.1 for one in told for row in one.rows)
        false += any(one.teacher is not None for one in told)
    assert wide >= 5, "the made-up noise is too small to test anything"
    assert false <= 4, "at most 5% of 25; 5 or more have a chance below 1%"


@pytest.mark.parametrize("passing", [0, LEAST_SETS - 1])
def test_too_few_sets_tell_nothing(passing: int) -> None:
    even = spread()
    met = np.arange(SETS) < passing
    a = learned(even, {Row("PIN", False): met})[0]
    assert a.verdict == "inconclusive: too few sets pass"
    assert np.isnan([a.low, a.high, a.shrinkage.value]).all()


def test_the_central_range_of_few_even_sets_is_not_too_narrow() -> None:
    """On average over many samples of 25 it is the range's own: from 0.05 to 0.95."""
    many = np.random.default_rng(3).random((4_000, 25, 1))
    low, high = central(many).mean(axis=1).ravel()
    assert low == pytest.approx(0.05, abs=0.003) and high == pytest.approx(0.95, abs=0.003)


def test_intervals_of_shrinkage_hold_what_they_promise() -> None:
    generator = np.random.default_rng(4)
    held = 0
    for seed in range(100):
        made = 0.5 * spread(80, seed, 2)
        held += sum(one.low <= 0.5 <= one.high for one in shrinkages(made, generator))
    assert 180 <= held <= 200, "95% of 200 are 190"


def test_the_same_seed_tells_the_same() -> None:
    even = spread()
    rows = {Row("PIN", False): even[:, 0] < 0.25, Row("NOISE", False): by_chance(0.7)}
    assert learned(even, rows) == learned(even, rows)
    assert learned(even, rows) != learned(even, rows, seed=6)
