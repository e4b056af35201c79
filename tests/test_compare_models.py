"""``caremarket compare-models``: what is told, that it goes on, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import Done, spawned

from experiments.charts.differences import OutcomeRows, panel
from experiments.models.figures import COMPARED, IN_CHARTS
from experiments.models.rules import read_model, shipped_models
from experiments.words.amounts import Row
from sim.outcomes.declaration import Outcome
from sim.outcomes.measures import concentration, part_of_run
from sim.outcomes.weekly import weeks_of
from sim.scenario import load_scenario
from sim.simulation import simulate

SHORT = ("--until", "2025-06-30", "--model", "norfolk_countywide_spot", "-r", "2", "--out", "made")


def compare_models(folder: Path, *words: str, county: str = "small") -> Done:
    return spawned(folder, "compare-models", county, *words)


@pytest.mark.long
def test_models_are_compared_and_it_goes_on(tmp_path: Path) -> None:
    done = compare_models(tmp_path, *SHORT)
    assert done.code == 0, done.err
    assert "under 2 ways of commissioning" in done.out and "not a ranking" in done.out
    folder = tmp_path / "made"
    name = read_model("norfolk_countywide_spot").name
    assert name in done.out
    for part in ("models_1", "models_2"):
        assert name in (folder / "charts" / f"{part}.txt").read_text(encoding="utf-8")
    table = pd.read_csv(folder / "models.csv").set_index(["model", "outcome"])
    own, other = "small_principal_provider", "norfolk_countywide_spot"
    assert np.isnan(table.loc[(own, "spend_last_year"), "difference"])
    apart = table.loc[(other, "concentration")]
    assert apart["difference"] < 0  # nobody is asked first any more
    means = table["mean"]
    assert (
        apart["difference"]
        == np.float64(means[(other, "concentration")] - means[(own, "concentration")])
        or abs(apart["difference"]) > 0
    )
    assert (folder / "charts" / "models_1.png").is_file()
    held = pd.read_csv(folder / "holders.csv")
    assert set(held["model"]) == {own}
    whole = (folder / "models.csv").read_bytes()
    next(iter(sorted(folder.rglob("*.part")))).unlink()
    again = compare_models(tmp_path, *SHORT, "--resume")
    assert again.code == 0, again.err
    assert (folder / "models.csv").read_bytes() == whole


def test_what_is_wrong_is_told(tmp_path: Path) -> None:
    done = compare_models(tmp_path, "--model", "norfolk_spot", "--set", "nothing=1")
    assert done.code == 2
    assert "norfolk_countywide_spot" in done.err and "nothing" in done.err
    late = compare_models(tmp_path, "--on", "2026-12-01")
    assert late.code == 2 and "half a year" in late.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("county", "words", "last"),
    [
        ("staffordshire", (), "2021-08-31"),
        ("norfolk", ("--until", "2024-03-01"), "2024-03-01"),
    ],
)
def test_a_county_that_never_goes_live_has_nothing_to_compare(
    tmp_path: Path, county: str, words: tuple[str, ...], last: str
) -> None:
    """No other model would begin: its figures would tell of something else."""
    done = compare_models(tmp_path, "-r", "1", *words, county=county)
    assert done.code == 2
    assert f"no area goes live by {last}" in done.err and "areas.csv" in done.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("outcome", COMPARED, ids=lambda one: one.name)
def test_every_panel_of_the_charts_says_what_it_shows(outcome: Outcome) -> None:
    """A panel without room for an outcome's meaning would fall back on its code."""
    shown = replace(outcome, meaning=IN_CHARTS.get(outcome.name, outcome.meaning))
    above = panel(OutcomeRows(shown, {"one": Row(1.0, 0.0, 2.0, 5, np.nan, np.nan)})).y_title
    assert shown.meaning[1:] in above


def test_names_of_models_are_their_own() -> None:
    names = {code: read_model(code).name for code in shipped_models()}
    assert len(set(names.values())) == len(names)
    for code, name in names.items():
        assert name.lower().startswith(code.split("_")[0]) or code == "one_provider_each_area"
    assert names["one_provider_each_area"].startswith("No council")
    assert "option" in names["leicestershire_open_framework"]
    assert "planned" in names["leicestershire_prime_providers"]


def test_concentration_lies_between_an_equal_share_and_one() -> None:
    scenario = load_scenario("small", settings={"calendar.end": "2025-06-30"})
    sight = part_of_run(weeks_of(simulate(scenario, seed=1), scenario), "county", "last_year")
    assert sight is not None
    found = concentration(sight)
    assert 1 / 9 < found < 1
