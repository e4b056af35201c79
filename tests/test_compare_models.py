"""``caremarket compare-models``: what is told, that it goes on, and what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.model_comparison import concentration
from sim.scenario import load_scenario
from sim.simulation import simulate

SHORT = ("--until", "2025-06-30", "--model", "norfolk_countywide_spot", "-r", "2", "--out", "made")


def caremarket(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "experiments", "compare-models", "small", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_models_are_compared_and_it_goes_on(tmp_path: Path) -> None:
    done = caremarket(tmp_path, *SHORT)
    assert done.returncode == 0, done.stderr
    assert "under 2 ways of commissioning" in done.stdout and "not ranked" in done.stdout
    folder = tmp_path / "made"
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
    journal = folder / "journal.csv"
    kept = journal.read_text(encoding="utf-8").splitlines(keepends=True)
    journal.write_text("".join(kept[:-1]), encoding="utf-8", newline="\n")
    again = caremarket(tmp_path, *SHORT, "--resume")
    assert again.returncode == 0, again.stderr
    assert (folder / "models.csv").read_bytes() == whole


def test_what_is_wrong_is_told(tmp_path: Path) -> None:
    done = caremarket(tmp_path, "--model", "norfolk_spot", "--set", "nothing=1")
    assert done.returncode == 2
    assert "norfolk_countywide_spot" in done.stderr and "nothing" in done.stderr
    late = caremarket(tmp_path, "--on", "2026-12-01")
    assert late.returncode == 2 and "half a year" in late.stderr
    assert not list(tmp_path.iterdir())


def test_concentration_lies_between_an_equal_share_and_one() -> None:
    scenario = load_scenario("small", settings={"calendar.end": "2025-06-30"})
    found = concentration(simulate(scenario, seed=1), scenario)
    assert 1 / 9 < found < 1
