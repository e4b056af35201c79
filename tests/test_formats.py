"""A county's folder opens in later versions: one of 0.5.0 as `caremarket new` made it there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from command_line import Caremarket

from sim.scenario import ScenarioError, load_scenario
from sim.scenario.formats import FORMAT, MIGRATIONS, brought_up_to_date
from sim.scenario.parameters import SECTIONS
from sim.scenario.reading import COUNTIES
from sim.simulation import simulate

OF_0_5_0 = Path(__file__).parent / "data" / "county_of_0_5_0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(OF_0_5_0, tmp_path / "mine")
    return tmp_path / "mine"


def with_format(folder: Path, number: str) -> Path:
    settings = folder / "county.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f"format = {number}\n{text}", encoding="utf-8", newline="\n")
    return folder


def test_a_folder_of_0_5_0_opens_and_runs_under_each_of_its_overrides(folder: Path) -> None:
    assert "format" not in (folder / "county.toml").read_text(encoding="utf-8")
    plain = load_scenario(folder)
    assert (plain.code, len(plain.areas), len(plain.providers)) == ("made050", 5, 9)
    assert len(simulate(plain, seed=1, until=30.0)) > 1000
    overrides = [line[1:-5] for line in (folder / "overrides.toml").read_text("utf-8").split("\n")
                 if line.endswith(".set]")]  # fmt: skip
    assert overrides
    for name in overrides:
        assert load_scenario(folder, overrides=[name]).identity != plain.identity


def test_a_folder_of_0_5_0_passes_check_without_a_word(
    caremarket: Caremarket,
    folder: Path,
) -> None:
    done = caremarket("check", str(folder))
    assert done.code == 0 and "No faults, 0 warnings." in done.out, done.out + done.err


def test_a_copy_of_it_bears_a_number(caremarket: Caremarket, folder: Path, tmp_path: Path) -> None:
    assert caremarket("new", str(tmp_path / "copy"), "--from", str(folder)).code == 0
    text = (tmp_path / "copy" / "county.toml").read_text(encoding="utf-8")
    assert text.count("\nformat = 1\ncode = ") == 1
    copied, original = load_scenario(tmp_path / "copy"), load_scenario(folder)
    assert all(getattr(copied, name) == getattr(original, name) for name in SECTIONS)


@pytest.mark.parametrize("county", sorted(path.name for path in COUNTIES.iterdir()))
def test_every_county_that_ships_says_its_format(county: str) -> None:
    text = (COUNTIES / county / "county.toml").read_text(encoding="utf-8")
    assert text.count(f"\nformat = {FORMAT}\n") == 1


def test_the_number_changes_nothing(folder: Path) -> None:
    before = load_scenario(folder)
    assert load_scenario(with_format(folder, "1")) == before


def test_a_folder_of_a_newer_format_is_refused_with_one_fault(
    caremarket: Caremarket,
    folder: Path,
    tmp_path: Path,
) -> None:
    """What else a newer folder has is not known here, so nothing else is told of it."""
    (with_format(folder, str(FORMAT + 1)) / "areas.csv").write_text("code,rooms\nA,1\n")
    done = caremarket("run", str(folder), "--out", str(tmp_path / "out"))
    assert done.code == 2 and not (tmp_path / "out").exists()
    told = (
        f"the folder has format {FORMAT + 1}, but this version of caremarket reads formats "
        f"up to {FORMAT}"
    )
    assert f"county.toml, key format: {told}. Use the version that made the folder" in done.err
    assert done.err.count("county.toml") == 1 and "areas.csv" not in done.err


@pytest.mark.parametrize("number", ["0", "-1", "1.0", '"1"', "true", "[1]", "{ value = 1 }"])
def test_a_format_that_is_none_is_refused(folder: Path, number: str) -> None:
    with pytest.raises(
        ScenarioError, match=r"key format: .* is not allowed\. Allowed: 1, or leave"
    ):
        load_scenario(with_format(folder, number))


def test_there_is_a_step_from_each_format_to_the_next() -> None:
    assert sorted(MIGRATIONS) == list(range(1, FORMAT))
    settings: dict[str, Any] = {"format": FORMAT, "code": "x"}
    brought_up_to_date(settings)
    assert settings == {"code": "x"}


@pytest.mark.parametrize("section", SECTIONS)
def test_a_key_with_a_default_says_where_it_comes_from(section: str) -> None:
    for key, field in SECTIONS[section].model_fields.items():
        extra = field.json_schema_extra
        told = isinstance(extra, dict) and bool(extra.get("default_source"))
        assert field.is_required() != told, f"{section}.{key}"


def test_the_older_word_for_a_document_is_still_read() -> None:
    """ "seed" is the random one now; a folder of 0.5.0 says it of source documents."""
    assert 'sure = "seed"' in (OF_0_5_0 / "small_principal_provider" / "model.toml").read_text(
        "utf-8"
    )
    told = {source.sure for source in load_scenario(OF_0_5_0).sources.values()}
    assert "document" in told and "seed" not in told
