"""What several tests share: scenarios, and the command line in a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command_line import Caremarket, Done, called

from sim.scenario import Scenario, load_scenario

QUIET = ("quiet_market",)
"""Nothing changes by itself: no accounts, ratings, direct payments or off-framework spot."""
SMALL_AREAS = ("COASTAL", "KINGS_LYNN")
SMALL_SETTINGS = {
    "calendar.end": "2026-12-31",
    "calendar.warm_up_weeks": 8,
    "bridging.hours_per_week": 50,
}


def only(scenario: Scenario, areas: tuple[str, ...]) -> Scenario:
    """A county cut down to a few of its areas, with the teams and contracts there."""
    model = scenario.commissioning
    contracts = tuple(row for row in model.contracts if row.area in areas)
    return scenario.model_copy(
        update={
            "areas": tuple(row for row in scenario.areas if row.code in areas),
            "branches": tuple(row for row in scenario.branches if row.area in areas),
            "commissioning": model.model_copy(update={"contracts": contracts}),
        }
    )


def small_county(**settings: Any) -> Scenario:
    """King's Lynn and Coastal to the end of 2026: a third of a second a run.

    Accounts, ratings and what else changes by itself are off unless switched on. Settings are
    dotted paths with ``__`` for the dot: ``workforce__turnover_per_year=0``.
    """
    changed = {path.replace("__", "."): value for path, value in settings.items()}
    scenario = load_scenario("norfolk", overrides=QUIET, settings={**SMALL_SETTINGS, **changed})
    return only(scenario, SMALL_AREAS)


def with_one_principal(county: Scenario) -> Scenario:
    """The county with one provider as principal of all its areas: the first in its contracts."""
    model = county.commissioning
    first = next(row.provider for row in model.contracts if row.tier == model.principal_tier)
    contracts = tuple(
        row.model_copy(update={"provider": first}) if row.tier == model.principal_tier else row
        for row in model.contracts
    )
    return county.model_copy(
        update={"commissioning": model.model_copy(update={"contracts": contracts})}
    )


@pytest.fixture(scope="session")
def norfolk() -> Scenario:
    return load_scenario("norfolk")


@pytest.fixture(scope="session")
def small() -> Scenario:
    return small_county()


@pytest.fixture
def caremarket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Caremarket:
    """The command line in a folder of its own, called in this process."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Done:
        capsys.readouterr()
        code = called(words)
        told = capsys.readouterr()
        return Done(code, told.out, told.err)

    return run
