"""What a run holds about its principals, on two areas."""

from __future__ import annotations

from datetime import date

import pytest
from conftest import SMALL_AREAS, only, small_county

from experiments.history.words import OWN, World, window_of
from experiments.history.work import history_of
from sim.scenario import load_scenario
from sim.scenario.tables import FailureRow
from sim.simulation import simulate


def history_with(kind: str, **more: object):  # type: ignore[no-untyped-def]
    row = FailureRow(date=date(2025, 6, 2), who="principal:COASTAL", kind=kind, **more)  # type: ignore[arg-type]
    scenario = small_county().model_copy(update={"failures": (row,)})
    return scenario, history_of(simulate(scenario, seed=1), scenario, 0)


def test_a_closure_is_one_shortfall_in_both_areas_and_159_days_each() -> None:
    scenario, history = history_with("closure")
    (shortfall,) = history.shortfalls
    assert (shortfall.cause, shortfall.areas, shortfall.lost) == ("closed", SMALL_AREAS, True)
    assert {absence.area for absence in history.absences} == set(SMALL_AREAS)
    for absence in history.absences:
        assert absence.tendered
        if absence.over:
            assert absence.days >= scenario.procurement.emergency_days


def test_a_suspension_is_an_absence_without_a_tender() -> None:
    _, history = history_with("suspension", lasts_days=50.0)
    assert [(s.cause, s.lost) for s in history.shortfalls] == [("suspended", False)]
    assert [a.days for a in history.absences] == pytest.approx([50.0, 50.0])
    assert not any(a.tendered for a in history.absences)
    assert [(s.principal, s.lasts_days) for s in history.suspensions] == [(True, 50.0)]


def test_nothing_scripted_nothing_by_chance_nothing_lost() -> None:
    scenario = small_county()
    history = history_of(simulate(scenario, seed=1), scenario, 0)
    assert history.shortfalls == history.absences == history.suspensions == ()
    world = World(OWN, (history,), window_of(scenario, None, None))
    assert world.counts() == [0]
    assert world.principal_area_years > 0


def test_the_window_is_two_years_from_the_first_go_live() -> None:
    scenario = only(load_scenario("norfolk"), ("GORLESTON",))
    window = window_of(scenario, None, None)
    assert (window.first, window.last) == (date(2024, 4, 1), date(2026, 3, 31))
