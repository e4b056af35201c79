"""The order of moves: by package, those of one as they happened, however it is come by."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.ledger import IDS_PER_AREA, Cause, Ledger, Stage, moves_of_each, order_of
from sim.outcomes.histories import Spells
from sim.outcomes.payers import _together

ids = st.integers(-1, 5) | st.integers(0, 2_000 * IDS_PER_AREA)


@given(st.lists(ids, max_size=40))
def test_equal_numbers_stay_in_the_order_in_which_they_stand(numbers: list[int]) -> None:
    told = np.array(numbers, dtype=np.int64)
    assert order_of(told).tolist() == np.argsort(told, kind="stable").tolist()


def test_moves_are_those_of_one_package_after_the_other() -> None:
    ledger = Ledger()
    for day, package in ((1.0, 7), (1.0, 3), (2.0, 7), (2.0, 3), (2.0, 7)):
        ledger.moved(day, package, Stage.WAITING, -1, -1, int(day), Cause.REFERRED)
    found = moves_of_each(ledger)
    assert found["package"].tolist() == [3, 3, 7, 7, 7]
    assert found["day"].tolist() == [1.0, 2.0, 1.0, 2.0, 2.0]


def spells_at(starts: list[tuple[int, float]], branch: int) -> Spells:
    """Spells by package and start; all else tells only whose they are."""
    package, start = (np.array(column) for column in zip(*starts, strict=True))
    whose = np.full(package.size, branch)
    return Spells(
        package.astype(np.int64), whose, whose, whose, whose, whose, whose,
        start.astype(float), start + 1.0, whose > 0,
    )  # fmt: skip


@pytest.mark.parametrize(
    "few",
    [
        [(2, 0.0), (9, 5.0)],  # people of whom the many know nothing
        [(3, 0.5), (3, 1.0), (3, 4.0), (5, 0.0), (5, 9.0)],  # people of whom they know
        [(1, 1.0), (4, 2.0), (4, 2.0), (7, 3.0)],
    ],
)
def test_two_sets_of_spells_together_are_in_order(few: list[tuple[int, float]]) -> None:
    many = [(3, 0.0), (3, 1.0), (3, 2.0), (5, 1.0), (7, 0.0), (7, 3.0)]
    one, other = spells_at(many, 0), spells_at(few, 1)
    found = _together(one, other)
    names = [field.name for field in fields(Spells)]
    both = {name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in names}
    order = np.lexsort((both["start"], both["package"]))
    for name in names:
        assert getattr(found, name).tolist() == both[name][order].tolist(), name
