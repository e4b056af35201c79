"""Draws: what methods make, and a scenario with a draw's values in place of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.study.draws import Varied, drawn, plausible_draws, with_values
from sim.scenario import Scenario, load_scenario

VALUES: dict[str, Any] = {
    "demand.growth_per_year": 0.03,
    "failure.staff_move_share": 0.45,
    "areas.KINGS_LYNN.area_km2": 321.0,
    "branches.P009:KINGS_LYNN.private_people": 3.0,
    "commissioning.tiers.legacy_framework.ends": "2027-04-01",
    "rollout.loss_cap_period": "month",
    "failure.random": True,
}


def varied() -> tuple[Varied, Varied]:
    return (
        Varied("failure.staff_move_share", "uncertainty", 0.0, 0.6),
        Varied("workforce.new_applicants_per_week", "lever", 0.5, 8.0, log=True),
    )


@pytest.mark.parametrize("path", VALUES)
def test_a_draw_gives_what_the_command_line_would(norfolk: Scenario, path: str) -> None:
    settings = {path: VALUES[path]}
    assert (
        with_values(norfolk, settings).identity
        == load_scenario("norfolk", settings=settings).identity
        != norfolk.identity
    )


def test_several_values_at_once_and_the_scenario_stays_as_it_was(norfolk: Scenario) -> None:
    before = norfolk.identity
    assert (
        with_values(norfolk, VALUES).identity == load_scenario("norfolk", settings=VALUES).identity
    )
    assert norfolk.identity == before
    assert with_values(norfolk, {}) == norfolk


@pytest.mark.parametrize(
    ("path", "value"),
    [("failure.staff_move_share", 30.0), ("failure.staff_moves", 0.3), ("areas.X.area_km2", 1.0)],
)
def test_a_value_that_is_not_allowed_is_refused(norfolk: Scenario, path: str, value: float) -> None:
    with pytest.raises(ValueError):
        with_values(norfolk, {path: value})


def test_a_latin_hypercube_meets_every_slice_once() -> None:
    draws = drawn("latin_hypercube", varied(), 10, 7)
    places = np.array(
        [
            [one.place(value) for one, value in zip(draws.varied, row, strict=True)]
            for row in draws.rows
        ]
    )
    assert np.sort((places * 10).astype(int), axis=0).T.tolist() == [list(range(10))] * 2
    assert drawn("latin_hypercube", varied(), 10, 7) == draws
    assert drawn("latin_hypercube", varied(), 10, 8) != draws


def test_a_grid_is_every_combination() -> None:
    values = (Varied("a.b", "lever", values=(1, 2)), Varied("a.c", "uncertainty", values=(5, 6, 7)))
    draws = drawn("grid", values, 1, 1)
    assert len(draws) == 6
    assert draws.values(5) == {"a.b": 2, "a.c": 7}


@pytest.mark.parametrize(("method", "number"), [("sobol", 8 * (2 + 2)), ("morris", 8 * (2 + 1))])
def test_samples_for_sensitivity_are_those_that_salib_can_analyse(method: Any, number: int) -> None:
    pytest.importorskip("SALib")
    draws = drawn(method, varied(), 8, 1)
    assert len(draws) == number
    ends = [(min(column), max(column)) for column in zip(*draws.rows, strict=True)]
    for one, (low, high) in zip(draws.varied, ends, strict=True):
        assert one.low is not None and one.high is not None
        assert one.low <= low < high <= one.high
    assert drawn(method, varied(), 8, 1) == draws


def test_plausible_sets_come_from_the_county(tmp_path: Path) -> None:
    path = tmp_path / "plausible.csv"
    path.write_text(
        "set,failure.staff_move_share,LIST_PEOPLE,implausibility\n3,0.25,61,1.2\n9,0.4,70,2.1\n",
        encoding="utf-8",
    )
    draws, faults = plausible_draws(path, None)
    assert not faults
    assert [draws.values(number) for number in range(len(draws))] == [
        {"failure.staff_move_share": 0.25},
        {"failure.staff_move_share": 0.4},
    ]
    assert len(plausible_draws(path, 1)[0]) == 1
    assert "3 sets are asked for but it has 2" in str(plausible_draws(path, 3)[1][0])
    assert "no plausible sets" in str(plausible_draws(tmp_path / "none.csv", None)[1][0])
