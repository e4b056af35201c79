"""Outcomes worked by hand on ledgers of a few facts, and sums that must agree."""

from __future__ import annotations

import numpy as np
import pytest

from sim.ledger import Cause, Ledger, Stage
from sim.outcomes import events, weekly
from sim.outcomes.account import Market
from sim.outcomes.headline import declared, summarise
from sim.outcomes.histories import step_averages
from sim.outcomes.placebo import PLACEBOS
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario
from sim.simulation import simulate

EDGES = np.array([0.0, 7.0, 14.0])


def test_step_averages_by_hand() -> None:
    """Level 10 from day 3.5 to day 10.5: half a week in each of two weeks."""
    table = step_averages(
        np.array([3.5, 10.5]), np.array([10.0, -10.0]), np.array([0, 0]), 1, EDGES
    )
    assert table.ravel() == pytest.approx([5.0, 5.0])


def test_what_began_before_the_first_week_counts_from_its_start() -> None:
    table = step_averages(np.array([-20.0, 7.0]), np.array([4.0, -4.0]), np.array([0, 0]), 1, EDGES)
    assert table.ravel() == pytest.approx([4.0, 0.0])


def test_what_is_not_over_at_the_end_is_censored_not_dropped() -> None:
    table = step_averages(np.array([13.0, 14.0]), np.array([7.0, -7.0]), np.array([0, 0]), 1, EDGES)
    assert table.ravel() == pytest.approx([0.0, 1.0])


def two_people() -> Ledger:
    """Ann (600 minutes) and Ben (300) lose their provider on day 100."""
    ledger = Ledger()
    labels = ledger.labels
    labels.areas.append("TOWN")
    labels.tiers.extend(["principal", "legacy_framework"])
    labels.providers.extend(["P1", "P2"])
    labels.branches.extend(["P1:TOWN", "P2:TOWN"])
    labels.branch_area.extend([0, 0])
    labels.branch_provider.extend([0, 1])
    for package, minutes in ((0, 600), (1, 300)):
        ledger.referred(0.0, package, 0, minutes, 1, 0, 0, package, 0)
        ledger.moved(0.0, package, Stage.WAITING, -1, -1, minutes, Cause.REFERRED)
        ledger.moved(0.0, package, Stage.IN_SERVICE, 0, 0, minutes, Cause.STARTED)
    ledger.traded(100.0, 0, -1, Cause.CLOSED)
    for package, minutes in ((0, 600), (1, 300)):
        ledger.moved(100.0, package, Stage.DISPLACED, -1, -1, minutes, Cause.PROVIDER_FAILED)
    ledger.moved(104.0, 0, Stage.RESERVED, 1, 1, 600, Cause.ACCEPTED)
    ledger.moved(107.0, 0, Stage.IN_SERVICE, 1, 1, 600, Cause.STARTED)
    ledger.moved(114.0, 1, Stage.BRIDGED, -1, -1, 300, Cause.BRIDGED)
    ledger.moved(121.0, 1, Stage.WITHDRAWN, -1, -1, 300, Cause.TO_RESIDENTIAL_CARE)
    ledger.day = 200.0
    return ledger


def test_displacements_by_hand() -> None:
    table = events.displacements(two_people())
    assert table["from_provider"].tolist() == ["P1", "P1"]
    assert table["outcome"].tolist() == ["served_again", "to_residential_care"]
    assert table["new_provider"].tolist() == ["P2", ""]
    assert table["new_tier"].tolist() == ["legacy_framework", ""]
    assert table["days_to_service"][0] == 7.0 and np.isnan(table["days_to_service"][1])
    assert table["uncovered_days"].tolist() == [7.0, 14.0]
    assert table["uncovered_hours"].tolist() == pytest.approx([10.0, 10.0])
    assert table["vulnerable"].tolist() == [False, True]


def test_area_sums_tier_sums_and_years_agree(small: Scenario) -> None:
    failure = ScriptedFailure("principal:KINGS_LYNN", 912.0)
    ledger = simulate(small, seed=2, failures=[failure])
    weeks = weekly.weeks_of(ledger, small)
    by_area, by_tier = weekly.by_area(weeks), weekly.by_tier(weeks)
    tiers = by_tier["planned_hours"].reshape(weeks.count, weeks.areas, -1).sum(axis=2)
    assert by_area["planned_hours"].reshape(weeks.count, -1) == pytest.approx(tiers)
    parts = by_area["planned_hours"] + by_area["bridged_hours"] + by_area["uncovered_hours"]
    assert by_area["needed_hours"] == pytest.approx(parts)
    years = weekly.yearly(by_area)
    for column in ("planned_hours", "list_people", "carers"):
        assert (years[column] * years["days"]).sum() == pytest.approx(
            (by_area[column] * by_area["days"]).sum()
        )
    assert years["referrals"].sum() == by_area["referrals"].sum()
    assert by_area["vacancies"] == pytest.approx(by_area["posts"] - by_area["carers"], abs=30)


def test_tier_shares_sum_to_one(small: Scenario) -> None:
    figures = summarise(simulate(small, seed=2), small, 0).figures
    shares = [value for name, value in figures.items() if name.startswith("share_")]
    assert sum(shares) == pytest.approx(1.0)


def test_every_figure_is_declared(small: Scenario) -> None:
    failure = ScriptedFailure("largest", 912.0)
    usual = Market(simulate(small, seed=2))
    figures = summarise(simulate(small, seed=2, failures=[failure]), small, 0, usual).figures
    names = [outcome.name for outcome in declared([t.code for t in small.commissioning.tiers])]
    # The placebo's are those of a market of its own (tests/test_placebos.py).
    assert set(figures) == set(names) - PLACEBOS


def test_columns_are_as_declared(small: Scenario) -> None:
    ledger = simulate(small, seed=2, until=100.0)
    weeks = weekly.weeks_of(ledger, small)
    tables = {
        weekly.BY_AREA: weekly.by_area(weeks),
        weekly.BY_TIER: weekly.by_tier(weeks),
        **dict(zip(events.ALL, events.all_tables(ledger, small).values(), strict=True)),
    }
    for table, columns in tables.items():
        assert list(columns) == [column.name for column in table.columns]
