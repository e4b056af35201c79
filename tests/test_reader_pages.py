"""Pages for readers name what is there: links, charts, words, evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.adequacy.pictures import NAME
from experiments.commands import VERBS
from experiments.pages import glossary
from experiments.report.standing import GLOSSARY
from experiments.study.pictures import WEEKLY
from sim.scenario import load_scenario
from sim.vocabulary import FAILURE_KINDS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [
    *sorted((DOCS / "tutorials").glob("*.md")),
    *(DOCS / "how-to" / f"{name}.md" for name in ("read-the-charts", "cite", "add-an-outcome")),
    DOCS / "explanation" / "limitations.md",
    *(DOCS / "reference" / f"{name}.md" for name in ("faq", "glossary")),
    *(DOCS / "developers" / f"{name}.md" for name in ("rap", "aqua")),
]
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)")
FILE = re.compile(
    r"`((?:docs|sim|experiments|tests|\.ci|\.github)/[\w./-]*|[\w-]+\.(?:toml|txt|cff))`"
)
OF_A_RESULT = {"log.txt", "county.toml", "notice.toml"}
DRAWN = re.compile(r"""(?:Chart\(\s*|numbered\(|name=)"([a-z_]+)\"""")
"""How the code gives a chart its name."""


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", text_of(page), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What a link can lead to on a page, as code hosts name headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_one_title_and_its_links_lead_somewhere(page: Path) -> None:
    assert len(re.findall(r"^# ", prose(page), re.MULTILINE)) == 1
    for file, anchor in LINK.findall(text_of(page)):
        target = (page.parent / file).resolve() if file else page
        assert target.is_file(), file
        assert not anchor or anchor in anchors(target), f"{file}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_verbs_and_files_that_are_there(page: Path) -> None:
    verbs = set(re.findall(r"`caremarket ([a-z-]+)", text_of(page)))
    assert verbs - {"--version"} <= set(VERBS)
    named = set(FILE.findall(prose(page))) - OF_A_RESULT
    assert not {name for name in named if not (ROOT / name).exists()}


def charts_drawn() -> Iterator[str]:
    """The name of every chart that the code draws."""
    yield from (*NAME.values(), *(f"weeks_{measure}" for measure in WEEKLY))
    folders = ("charts", "run", "stress", "adequacy", "bands", "models", "fit", "history", "study")
    for folder in folders:
        for file in (ROOT / "experiments" / folder).glob("*.py"):
            if "Chart" in text_of(file):
                yield from DRAWN.findall(text_of(file))
    for file in (ROOT / "experiments" / "charts").glob("*.py"):  # a name that is usual
        yield from re.findall(r'name: str = "([a-z_]+)"', text_of(file))


def test_every_chart_has_a_section_and_every_section_a_chart() -> None:
    text = text_of(DOCS / "how-to" / "read-the-charts.md")
    told = re.findall(r"^### (\w+)$", text, re.MULTILINE)
    drawn = set(charts_drawn())
    assert len(told) == len(set(told))
    assert drawn <= set(told), f"without a section: {sorted(drawn - set(told))}"
    assert set(told) <= drawn, f"drawn no more: {sorted(set(told) - drawn)}"


def test_the_charts_of_the_pages_are_among_those_told() -> None:
    told = text_of(DOCS / "how-to" / "read-the-charts.md")
    kept = {re.sub(r"_\d+$", "", path.stem) for path in (DOCS / "images").glob("*.png")}
    assert kept and all(f"### {name}\n" in told for name in kept)


def test_the_page_of_words_is_what_the_declarations_say() -> None:
    page = text_of(DOCS / "reference" / "glossary.md")
    assert page == glossary.page(), "python docs/make_pages.py glossary"
    assert all(f"| {word} | {meaning} |" in page for word, meaning in GLOSSARY.items())


def test_the_words_of_the_model_have_an_entry() -> None:
    explained = " ".join(glossary.meanings()).lower()
    kinds = [kind.replace("_", " ") for kind in FAILURE_KINDS]
    tiers = [tier.name.lower() for tier in load_scenario("norfolk").commissioning.tiers]
    responses = ["split", "whole team", "step in", "emergency"]
    screen = ["cover", "n-1", "direct harm", "indirect harm", "placebo", "fallback"]
    missing = [word for word in (*kinds, *tiers, *responses, *screen) if word not in explained]
    assert not missing


def test_no_word_is_explained_twice() -> None:
    assert not {word.lower() for word in glossary.WORDS} & {word.lower() for word in GLOSSARY}


def test_quality_assurance_is_left_to_people() -> None:
    """No sentence says of the program or of a paper that it is assured."""
    text = " ".join(prose(DOCS / "developers" / "aqua.md").split())
    assert "never says that it, or any paper, is assured" in text
    claims = re.findall(r"\b(?:is|are|was|were|been) (?:quality )?assured\b", text)
    assert len(claims) == 1
    for role in ("Commissioner", "Analyst", "Analytical assurer", "Approver"):
        assert f"| {role} (name) | | | |" in text


def test_the_self_assessment_adds_up() -> None:
    text = text_of(DOCS / "developers" / "rap.md")
    levels = dict(re.findall(r"^## (\w+): .*?\n(.*?)(?=^## )", text, re.DOTALL | re.MULTILINE))
    missed = {name: part.count("**not met**") for name, part in levels.items()}
    assert missed == {"Baseline": 2, "Silver": 0, "Gold": 1}
    assert "two items of Baseline and one of Gold are not met" in text
    assert {name: part.count("\n| ") - 2 for name, part in levels.items()} == {
        "Baseline": 5,
        "Silver": 9,
        "Gold": 4,
    }


def test_what_the_page_on_citing_reads_from_a_manifest_is_in_one() -> None:
    from experiments.pages.kept import Kept

    manifest = Kept(DOCS).manifest("run")
    keys = re.findall(r"\| [\w ]+ \| (.*) \|", text_of(DOCS / "how-to" / "cite.md"))
    named = {key for cell in keys for key in re.findall(r"`(\w+)`", cell)} - {"identity", "study"}
    assert {"program", "run_identity", "seed", "replications", "scenario"} <= named
    assert named - {"overrides"} <= set(manifest)
    assert {"identity", "overrides"} <= set(manifest["scenario"])
