"""Numbers, pictures and alternative texts of every page are those of the tables and charts kept."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from experiments.pages import evidence, impact
from experiments.pages.blocks import (
    BLOCK,
    BLOCKS,
    MADE_BY,
    block,
    made_by,
    names_on,
    pages_with_blocks,
    rows_behind,
    seen_from,
    written,
)
from experiments.pages.kept import Kept
from experiments.words.claims import verdict
from sim import __version__

ROOT = Path(__file__).parents[1]
KEPT = Kept(ROOT / "docs")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WITH_BLOCKS = pages_with_blocks(ROOT)
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
VERSION = re.compile(r"(?:caremarket|version) v?\d+(?:\.\d+)+|\b\d+\.\d+\.\d+\b")


def maker_of() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_figures", ROOT / "docs" / "make_figures.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclasses look for it
    spec.loader.exec_module(module)
    return module


MAKER = maker_of()


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


STANDING = [(page, name) for page in WITH_BLOCKS for name in names_on(text_of(page))]


def test_every_block_stands_on_a_page_and_says_what_it_is_made_of() -> None:
    assert {name for _, name in STANDING} == {*BLOCKS, MADE_BY}
    assert {row for one in BLOCKS.values() for row in one.rows} == set(MAKER.MADE)


@pytest.mark.parametrize(("page", "name"), STANDING, ids=[f"{p.stem}-{n}" for p, n in STANDING])
def test_a_block_says_what_the_tables_say(page: Path, name: str) -> None:
    text = text_of(page)
    told = next(found[3] for found in BLOCK.finditer(text) if found[2] == name)
    made = seen_from(block(name, text, KEPT), page.parent.relative_to(ROOT))
    assert told.strip() == made.strip()


@pytest.mark.parametrize("page", WITH_BLOCKS, ids=lambda page: page.stem)
def test_a_number_that_differs_is_found(page: Path) -> None:
    whole = text_of(page)
    changed = BLOCK.sub(lambda found: found[1] + re.sub(r"\d", "0", found[3]) + found[4], whole)
    assert changed != whole == written(changed, KEPT, page.parent.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_picture_is_there_and_has_the_words_of_its_chart(page: Path) -> None:
    for alternative, place in PICTURE.findall(text_of(page)):
        picture = (page.parent / place).resolve()
        assert picture.is_file(), place
        assert picture.parent == KEPT.images
        assert alternative == KEPT.alternative(picture.stem), place


def test_every_picture_that_is_kept_is_a_chart_s_that_a_command_makes() -> None:
    made = {name for one in MAKER.MADE.values() for chart in one.charts
            for name in KEPT.pictures(chart)}  # fmt: skip
    assert {path.stem for path in KEPT.images.iterdir()} == made


@pytest.mark.parametrize("name", MAKER.MADE)
def test_what_was_kept_was_made_by_the_command_that_is_named(name: str) -> None:
    made, place = MAKER.MADE[name], KEPT.place(name)
    assert all(KEPT.pictures(chart) for chart in made.charts)
    assert {path.name for path in place.iterdir()} == {
        *(Path(file).name for file in made.files),
        "manifest.json",
    }
    words, told = made.command.split(), KEPT.manifest(name)
    if words[0] == "sweep":
        assert told["study"]["name"] == words[1]
    else:
        assert told["command"][: len(words)] == words


@pytest.mark.parametrize("page", WITH_BLOCKS, ids=lambda page: page.stem)
def test_a_page_says_which_version_made_its_figures_and_names_no_other(page: Path) -> None:
    text = text_of(page)
    [told] = [found[3] for found in BLOCK.finditer(text) if found[2] == MADE_BY]
    for row in rows_behind(text):
        program = KEPT.program(row)
        older = program != f"caremarket {__version__}"
        assert f"{program}{', an older version' if older else ''} (" in told
        assert row in told
    assert not VERSION.findall(BLOCK.sub("", text))


def test_figures_of_an_older_version_are_told_as_such(tmp_path: Path) -> None:
    place = tmp_path / "figures" / "history"
    shutil.copytree(KEPT.place("history"), place)
    manifest = json.loads((place / "manifest.json").read_text("utf-8"))
    (place / "manifest.json").write_text(json.dumps(manifest | {"program": "caremarket 0.1.0"}))
    told = made_by("<!-- made: history -->\n<!-- end -->", Kept(tmp_path))
    assert "caremarket 0.1.0, an older version (history)" in told


def test_the_register_says_which_version_measured_its_impacts() -> None:
    measured = impact.read(KEPT.docs / "tables" / "impact.csv")[0]
    assert measured["parameter"] == impact.NOISE
    told = " ".join(text_of(KEPT.docs / "reference" / "assumptions.md").split())
    assert measured["range_from"] in told
    assert all(words in told for words in impact.measured(measured).values())


def compared(difference: float, replications: int) -> dict[tuple[str, str], dict[str, object]]:
    """Two models that differ by so much in every figure, with an interval of one each way."""
    own, other = "norfolk_principal_provider", "norfolk_countywide_spot"
    ends = {"difference_low": difference - 1, "difference_high": difference + 1}
    row = {"difference": difference, **ends, "replications": replications, "better": "lower"}
    return {(own, name): row | {"difference": np.nan} for name in evidence.COMPARED} | {
        (other, name): row for name in evidence.COMPARED
    }


@pytest.mark.parametrize(("difference", "word"), [(-9.0, "better"), (9.0, "worse")])
def test_ways_of_commissioning_differ_only_where_enough_futures_say_so(
    difference: float, word: str
) -> None:
    assert f"countywide spot {word}." in evidence.claimed(compared(difference, 60))
    for found in (compared(difference, 10), compared(0.1, 60)):
        told = evidence.claimed(found)
        assert word not in told and "None is claimed here" in told


def test_the_safer_way_is_a_claim_as_well() -> None:
    finding = evidence.findings_of(compared(-9.0, 60))["norfolk_countywide_spot", evidence.LOSS]
    assert verdict(finding, "lower") == "better"


def test_pictures_that_are_made_no_more_are_not_kept(tmp_path: Path) -> None:
    out, kept = tmp_path / "out", Kept(tmp_path / "docs")
    (out / "charts").mkdir(parents=True)
    made = MAKER.MADE["history"]
    for file in (*made.files, "manifest.json"):
        (out / file).write_text(file)
    for folder, names in ((out / "charts", ["principals"]),
                          (kept.images, ["principals_1", "principals_2", "fates"])):  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / f"{name}.png").write_bytes(b"")
            (folder / f"{name}.txt").write_text(name)
    MAKER.keep("history", out, kept)
    assert kept.pictures("principals") == ["principals"]
    assert kept.pictures("fates") == ["fates"]
    assert kept.text("history", "absences.csv") == "absences.csv"


def test_a_command_that_fails_stops_no_other_and_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    carried_out = []

    def make(name: str, jobs: int) -> None:
        carried_out.append((name, jobs))
        if name == "run":
            raise OSError("disk full")

    monkeypatch.setattr(MAKER, "make", make)
    monkeypatch.setattr(MAKER, "write_pages", lambda: None)
    assert MAKER.main(["--only", "run", "bands", "--jobs", "2"]) == 1
    assert carried_out == [("run", 2), ("bands", 2)]
    told = capsys.readouterr()
    assert "1 of 2: run" in told.out and "disk full" in told.err
    assert "left as they were: run" in told.err


def test_everything_is_made_but_what_ships_with_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(MAKER, "done", lambda number, names, jobs: asked.append(names[number - 1]))
    monkeypatch.setattr(MAKER, "write_pages", lambda: None)
    MAKER.main([])
    searches = {name for name, made in MAKER.MADE.items() if made.command.startswith("calibrate")}
    assert {*MAKER.BY_NAME_ALONE} == {*searches, "benchmark"}, "hours, or a quiet machine"
    assert {*asked} == {*MAKER.MADE, MAKER.IMPACT} - {*MAKER.BY_NAME_ALONE}
