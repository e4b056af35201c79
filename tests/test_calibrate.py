"""History matching: what passes, that it goes on where it stopped, and that faults are told."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import Caremarket

from experiments.calibration.history_matching import History, Simulate, as_row, explore
from experiments.calibration.search import Calibration, calibration_of
from experiments.calibration.taught import (
    facts_of,
    learning_table,
    left_out_table,
    taught_by,
    warnings_of,
)
from experiments.calibration.work import Base, Trial
from experiments.results.provenance import Failed
from experiments.statistics.emulator import fitted
from sim.scenario.reading import COUNTIES

DOCS = Path(__file__).parents[1] / "docs"
Found = list[dict[str, float] | Failed]
TARGETS = """\
code,meaning,measure,scope,period,published,low,high,unit,published_when,role,use,note,source,sure
PEOPLE,people in service,people_in_service,county,2024-01-01/2024-01-28,3345,3010,3680,people,2023,\
must_hold,fitted,,SM05,document
TURNOVER,carers who leave,turnover_per_year,county,2024-01-01/2024-01-28,0.3,0.2,0.4,per year,2023,\
must_hold,input,,P156,estimate
"""
SEARCH = """\
until = 2024-01-28
seed = 7
wanted_sets = 4
cutoff = 3.0
replications = 1
base_replications = 3
first_wave = 16
later_waves = 8
most_sets = 32

[[targets]]
code = "PEOPLE"

[[targets]]
code = "TURNOVER"

[[parameters]]
path = "workforce.turnover_per_year"
low = 0.1
high = 0.9
why = "a wide range, so that much of it is ruled out"

[[parameters]]
path = "travel.gap_minutes"
low = 1
high = 9
why = "neither figure tells anything about it"
"""


@pytest.fixture
def county(tmp_path: Path) -> Path:
    """Norfolk with two figures of its first four weeks and two parameters to vary."""
    folder = tmp_path / "mine"
    shutil.copytree(COUNTIES / "norfolk", folder)
    (folder / "plausible.csv").unlink(missing_ok=True)
    (folder / "targets.csv").write_text(TARGETS, encoding="utf-8", newline="\n")
    (folder / "calibration.toml").write_text(SEARCH, encoding="utf-8", newline="\n")
    county = (folder / "county.toml").read_text(encoding="utf-8")
    county = county.replace("warm_up_weeks = { value = 52", "warm_up_weeks = { value = 8")
    (folder / "county.toml").write_text(county, encoding="utf-8", newline="\n")
    text = (folder / "overrides.toml").read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not line.startswith('"targets.')]
    (folder / "overrides.toml").write_text("\n".join(kept), encoding="utf-8", newline="\n")
    return folder


def known_answer(trial: Trial) -> dict[str, float]:
    """Turnover comes out as it goes in, with a little chance; people are always as published."""
    chance = np.random.default_rng([trial.seed, *trial.replications]).normal(0, 0.005)
    turnover = trial.values["workforce.turnover_per_year"]
    return {"PEOPLE": 3345.0 + 100 * chance, "TURNOVER": turnover + chance}


def known_answers(trials: Sequence[Trial], _: str) -> Found:
    """What every set gives, in order."""
    return [known_answer(trial) for trial in trials]


def searched(calibration: Calibration, simulate: Simulate = known_answers) -> History:
    """A whole search."""
    return explore(calibration, simulate)


@pytest.fixture
def calibration(county: Path) -> Calibration:
    """The small search with more sets wanted than one wave gives."""
    return calibration_of(Base(str(county)), changed={"wanted_sets": 60, "most_sets": 400})


def test_what_passes_lies_within_the_tolerance(calibration: Calibration) -> None:
    history = searched(calibration)
    assert len(history.passing) >= 60
    passing = [(found.values or {})["TURNOVER"] for found, _ in history.passing]
    # Three of a third of the tolerance, with chance of 0.005: hardly beyond 0.2 to 0.4.
    assert 0.19 < min(passing) < 0.23
    assert 0.37 < max(passing) < 0.41
    ruled_out = {found.number for found in history.sets} - {
        one.number for one, _ in history.passing
    }
    outside = [found for found in history.sets if found.number in ruled_out and found.wave > 0]
    assert outside
    values = [found.values["TURNOVER"] for found in outside if found.values is not None]
    assert all(value < 0.21 or value > 0.39 for value in values)


def test_later_waves_search_where_something_is_left(calibration: Calibration) -> None:
    history = searched(calibration)
    first, *later = history.waves
    assert first.left == 1.0
    assert all(wave.left < 0.5 for wave in later)
    assert sum(w.passed for w in later) / sum(w.sets for w in later) > first.passed / first.sets


FITTED = TARGETS.replace("must_hold,input", "must_hold,fitted")
GIVEN = TARGETS.replace("must_hold,fitted", "must_hold,input")


def spread(county: Path, targets: str) -> Calibration:
    """The small search with a first wave that is large enough to tell what a row teaches."""
    (county / "targets.csv").write_text(targets, encoding="utf-8", newline="\n")
    wanted = {"wanted_sets": 60, "most_sets": 400, "first_wave": 128}
    return calibration_of(Base(str(county)), changed=wanted)


@pytest.mark.parametrize(
    ("targets", "verdict", "warned"),
    [
        (FITTED, "learns from TURNOVER", False),
        (TARGETS, "learns nothing: needs a reading or a stated gap", False),
        (GIVEN, "learns nothing: needs a reading or a stated gap", True),
    ],
    ids=["fitted", "an input", "inputs alone"],
)
def test_an_unknown_learns_from_a_figure_that_is_no_input(
    county: Path, targets: str, verdict: str, warned: bool
) -> None:
    calibration = spread(county, targets)
    told = taught_by(calibration, searched(calibration))
    turnover, gap = told
    assert (turnover.verdict, gap.verdict) == (
        verdict,
        "learns nothing: needs a reading or a stated gap",
    )
    # 0.2 to 0.4, the tolerance, of 0.1 to 0.9.
    assert turnover.shrinkage.value == pytest.approx(0.75, abs=0.04)
    assert gap.shrinkage.low < 0.1
    assert bool(warnings_of(calibration)) is warned
    table = learning_table(calibration, told).set_index("unknown")
    assert table.loc["workforce.turnover_per_year", "row"] == "TURNOVER"
    assert 0.2 <= table.loc["workforce.turnover_per_year", "accepted_low"] <= 0.22
    rows = left_out_table(told)
    given = {code for code in ("PEOPLE", "TURNOVER") if f"{code},input" in uses(targets)}
    assert set(rows.loc[rows["use"] == "input", "row"]) == given


@pytest.mark.parametrize(
    ("first_wave", "judged_by"),
    [(16, "sets of the first wave"), (64, "stand-ins"), (1024, "sets of the first wave")],
    ids=["too few for emulators", "too few pass", "enough pass"],
)
def test_emulators_stand_in_where_too_few_sets_pass(
    county: Path, first_wave: int, judged_by: str
) -> None:
    (county / "targets.csv").write_text(FITTED, encoding="utf-8", newline="\n")
    wanted = {"wanted_sets": 4, "most_sets": 1024, "first_wave": first_wave}
    calibration = calibration_of(Base(str(county)), changed=wanted)
    told = taught_by(calibration, searched(calibration))
    assert set(learning_table(calibration, told)["judged_by"]) == {judged_by}
    turnover, gap = told
    if first_wave == 16:
        assert turnover.verdict == "inconclusive: too few sets pass"
        return
    # By either way the range is as wide as the tolerance, and four times as wide without it.
    assert turnover.verdict == "learns from TURNOVER"
    assert turnover.rows[0].widening.value == pytest.approx(3, abs=0.4)
    assert gap.teacher is None


def uses(targets: str) -> str:
    """Codes with the use of each row."""
    lines = [line.split(",") for line in targets.splitlines()]
    return " ".join(f"{line[0]},{line[-4]}" for line in lines)


def test_rows_that_tell_one_fact_are_left_out_together(county: Path) -> None:
    text = SEARCH.replace('code = "PEOPLE"', 'code = "PEOPLE"\nfact = "one"')
    text = text.replace('code = "TURNOVER"', 'code = "TURNOVER"\nfact = "one"')
    apart = calibration_of(Base(str(county)))
    (county / "calibration.toml").write_text(text, encoding="utf-8", newline="\n")
    together = calibration_of(Base(str(county)))
    assert [row.code for row in facts_of(apart)] == ["PEOPLE", "TURNOVER"]
    assert [(row.code, row.given) for row in facts_of(together)] == [("PEOPLE and TURNOVER", False)]
    assert apart.identity == together.identity, "what is simulated is the same"


def test_a_set_that_fails_is_a_row_that_says_so(calibration: Calibration) -> None:
    wide = calibration_of(calibration.base, changed={"wanted_sets": 1000, "most_sets": 120})
    history = searched(wide, _failing_often)
    failed = [found for found in history.sets if found.values is None]
    assert failed
    assert sum(wave.failed for wave in history.waves) == len(failed)
    rows = [as_row(wide, found) for found in history.sets]
    told = [row["error"] for row in rows if row["status"] == "failed"]
    assert told == ["ValueError: no luck"] * len(failed)


def _failing_often(trials: Sequence[Trial], _: str) -> Found:
    return [
        Failed(f"set {trial.number}", "ValueError: no luck")
        if trial.number > 10 and trial.number % 7 == 0
        else known_answer(trial)
        for trial in trials
    ]


def test_the_search_depends_on_its_figures_not_on_how_many_sets(calibration: Calibration) -> None:
    more = calibration_of(calibration.base, changed={"wanted_sets": 90})
    assert more.identity == calibration.identity
    assert set(calibration.identity) == {"scenario", "calibration"}


def test_the_emulator_finds_a_quadratic_again() -> None:
    points = np.random.default_rng(1).random((60, 3))
    linear = 2 * points - 1
    values = 4 + 2 * linear[:, 0] - 3 * linear[:, 0] * linear[:, 1]
    emulator = fitted(points, values)
    mean, variance = emulator.predict(np.array([[0.75, 0.25, 0.5]]))
    assert mean[0] == pytest.approx(4 + 1 + 0.75)
    assert variance[0] == pytest.approx(0, abs=1e-12)
    assert emulator.explained == pytest.approx(1)


def test_every_fault_of_the_file_is_told_at_once(caremarket: Caremarket, county: Path) -> None:
    text = SEARCH.replace('code = "PEOPLE"', 'code = "PEPLE"')
    text = text.replace("low = 0.1\n", "low = 0.95\n").replace("gap_minutes", "gap_minute")
    (county / "calibration.toml").write_text(text, encoding="utf-8", newline="\n")
    code, _, err = caremarket("calibrate", "mine", "--out", "work")
    assert code == 2
    assert err.startswith("3 faults; nothing was run or written")
    assert "no figure 'PEPLE' in targets.csv" in err
    assert "0.95 is not below 0.9" in err
    assert "gap_minutes" in err
    assert not Path("work").exists()


def test_a_county_without_the_file_says_how(caremarket: Caremarket, county: Path) -> None:
    (county / "calibration.toml").unlink()
    code, _, err = caremarket("calibrate", "mine", "--out", "work")
    assert code == 2
    assert "calibration.toml: the file is missing" in err


@pytest.mark.long
def test_the_command_goes_on_where_it_stopped(caremarket: Caremarket, county: Path) -> None:
    code, out, err = caremarket("calibrate", "mine", "--out", "work", "--jobs", "1")
    assert code == 0, err
    assert out.startswith("Norfolk: 4 of 4 wanted sets of 2 parameters meet 2 published figures")
    work = Path("work")
    whole = (work / "plausible.csv").read_bytes()
    with (work / "plausible.csv").open(encoding="utf-8") as file:
        sets = list(csv.DictReader(file))
    assert len(sets) == 4
    assert all(0 <= float(row["implausibility"]) <= 3 for row in sets)
    for part in sorted(work.rglob("*.part"))[:5]:
        part.unlink()
    (work / "plausible.csv").unlink()
    again, _, err = caremarket("calibrate", "mine", "--out", "work", "--jobs", "2")
    assert again == 2
    assert "--resume" in err
    code, _, err = caremarket("calibrate", "mine", "--out", "work", "--jobs", "2", "--resume")
    assert code == 0, err
    assert (work / "plausible.csv").read_bytes() == whole


def test_norfolk_s_search_is_sound() -> None:
    calibration = calibration_of(Base("norfolk"))
    assert calibration.search.wanted_sets >= 200
    left = [
        row
        for row in calibration.scenario.targets
        if row.role == "must_hold" and row.code not in calibration.codes
    ]
    # Providers are given: no parameter that is varied moves them. A memory is only watched.
    assert all(row.use == "input" or row.sure == "memory" for row in left), left
    assert all(target.row.sure != "memory" for target in calibration.targets)


def test_norfolk_varies_what_a_figure_teaches_and_tells_of_the_rest() -> None:
    """As the table of what was learned says, which is kept with the documents."""
    learned = pd.read_csv(DOCS / "figures" / "calibrate" / "learning.csv")
    taught = learned[learned["verdict"].str.startswith("learns from")]["unknown"]
    assert set(calibration_of(Base("norfolk")).paths) == set(taught)
    everything = calibration_of(Base("norfolk"), untaught=True)
    learned = pd.read_csv(DOCS / "figures" / "untaught" / "learning.csv")
    assert set(everything.paths) == set(learned["unknown"])
