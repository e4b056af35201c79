"""Shocks of demand and of last-resort hours, and overrides that add rows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from conftest import small_county
from scipy.stats import binomtest

from sim.ledger import IDS_PER_AREA, NUMBERS, Ledger
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.scenario.tables import Shock
from sim.simulation import simulate

DAY, SPAN = 200, 200


@pytest.fixture(scope="module")
def county() -> Scenario:
    return small_county(calendar__end="2025-06-30")


def shocked(county: Scenario, kind: str, size: float, areas: str | None = None) -> Scenario:
    """The county with one shock from day 200 to day 400."""
    begins = county.calendar.start + timedelta(days=DAY)
    shock = Shock.model_validate(
        {
            "date": begins,
            "ends": begins + timedelta(days=SPAN),
            "kind": kind,
            "size": size,
            "areas": areas,
            "source": "invented",
        }
    )
    return county.model_copy(update={"shocks": (shock,)})


def referred(ledger: Ledger, begins: float, ends: float, area: str | None = None) -> np.ndarray:
    """Minutes of the people referred in a span, those for want of reablement left out."""
    told = ledger.columns("referred")
    kept = (told["day"] >= begins) & (told["day"] < ends)
    kept &= told["package"] % IDS_PER_AREA < NUMBERS["no reablement"].start
    if area is not None:
        kept &= told["package"] // IDS_PER_AREA == ledger.labels.areas.index(area)
    return np.asarray(told["minutes"][kept])


def test_twice_the_referrals_while_it_lasts_and_nothing_else(county: Scenario) -> None:
    usual, double = simulate(county, seed=2), simulate(shocked(county, "referrals", 2.0), seed=2)
    assert referred(double, 0, DAY).tolist() == referred(usual, 0, DAY).tolist()
    before, after = referred(usual, DAY, DAY + SPAN).size, referred(double, DAY, DAY + SPAN).size
    assert binomtest(after, before + after, 2 / 3).pvalue > 0.001
    later = (DAY + SPAN, DAY + SPAN + 150)
    assert referred(double, *later).tolist() == referred(usual, *later).tolist()


def test_a_shock_touches_only_its_areas(county: Scenario) -> None:
    usual = simulate(county, seed=2)
    here = simulate(shocked(county, "referrals", 3.0, "COASTAL"), seed=2)
    span = (DAY, DAY + SPAN, "KINGS_LYNN")
    assert referred(here, *span).tolist() == referred(usual, *span).tolist()
    assert referred(here, DAY, DAY + SPAN, "COASTAL").size > 2 * (
        referred(usual, DAY, DAY + SPAN, "COASTAL").size
    )


def test_more_hours_for_the_same_people(county: Scenario) -> None:
    usual, more = simulate(county, seed=2), simulate(shocked(county, "hours", 1.5), seed=2)
    before, after = (referred(one, DAY, DAY + SPAN) for one in (usual, more))
    assert before.size == after.size
    assert after.sum() / before.sum() == pytest.approx(1.5, rel=0.02)
    later = (DAY + SPAN, DAY + SPAN + 100)
    assert referred(usual, *later).tolist() == referred(more, *later).tolist()


def test_without_shocks_a_size_of_one_changes_nothing(county: Scenario) -> None:
    usual = simulate(county, seed=2)
    for kind in ("referrals", "hours"):
        same = simulate(shocked(county, kind, 1.0), seed=2)
        assert same.rows("moved") == usual.rows("moved")


def folder_with(tmp_path: Path, text: str) -> Path:
    """The small county with overrides of its own."""
    import shutil

    from sim.scenario.reading import COUNTIES

    shutil.copytree(COUNTIES / "small", tmp_path / "mine")
    (tmp_path / "mine" / "overrides.toml").write_text(text, encoding="utf-8")
    return tmp_path / "mine"


def test_an_override_adds_failures_and_shocks(tmp_path: Path) -> None:
    text = """[storm]
meaning = "m"
source = "s"
sure = "assumption"
[[storm.failures]]
date = 2025-03-01
who = "REED"
[[storm.shocks]]
date = 2025-03-01
kind = "carers_lost"
size = 0.1
[storm.set]
"failure.staff_move_share" = 0.0
"""
    folder = folder_with(tmp_path, text)
    plain, storm = load_scenario(folder), load_scenario(folder, overrides=["storm"])
    assert plain.failures == plain.shocks == ()
    assert storm.failures[0].who == "REED" and storm.shocks[0].source == "s"
    assert storm.failure.staff_move_share == 0.0


def test_faults_in_added_rows_are_told_where_they_stand(tmp_path: Path) -> None:
    text = """[storm]
meaning = "m"
source = "s"
sure = "assumption"
[[storm.failures]]
date = 2025-03-01
who = "NOBODY"
kind = "sleep"
[[storm.shocks]]
date = 2025-03-01
kind = "carers_lost"
size = 3
[calm]
meaning = "sets nothing"
"""
    folder = folder_with(tmp_path, text)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(folder, overrides=["storm"])
    told = "\n".join(str(fault) for fault in caught.value.faults)
    assert "storm.failures[1].who" in told and "NOBODY" in told
    assert "storm.failures[1].kind" in told and "storm.shocks[1].size" in told
    assert "calm" in told and "it sets nothing" in told
