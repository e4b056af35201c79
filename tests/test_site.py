"""The documentation site: it says everything, builds, is found, and can be read by everybody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import ROOT, Caremarket, python
from pages import QUIET, browser, faults_of_page

from experiments.commands import VERBS
from experiments.commands import docs as verb
from experiments.site.source import KINDS, WRITTEN, made
from sim.outcomes.registry import OUTCOMES
from sim.scenario.reading import COUNTIES
from sim.scenario.tables import ROW_TYPES


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """The pages made from declarations, by name."""
    return dict(made())


def test_every_command_county_outcome_and_table_has_its_place(pages: dict[str, str]) -> None:
    reference = "docs/reference"
    assert {f"{reference}/commands/{verb}.md" for verb in VERBS} < set(pages)
    counties = {path.name for path in COUNTIES.iterdir()} - {WRITTEN}
    assert {f"{reference}/parameters_{county}.md" for county in counties} < set(pages)
    assert (ROOT / reference / "parameters.md").is_file()
    outcomes = pages[f"{reference}/outcomes_all.md"]
    assert [name for name in OUTCOMES if f"| `{name}` |" not in outcomes] == []
    given = pages[f"{reference}/tables_input.md"]
    wanted = [f"| `{key}` |" for row in ROW_TYPES.values() for key in row.model_fields]
    assert [text for text in wanted if text not in given] == []


def test_every_table_that_is_declared_is_on_the_page_of_tables(pages: dict[str, str]) -> None:
    declared = re.compile(r'^\w+(?:: Table)? = Table\(\s*"(\w+)"', re.MULTILINE)
    sources = [
        path for package in ("sim", "experiments") for path in (ROOT / package).rglob("*.py")
    ]
    names = {name for path in sources for name in declared.findall(path.read_text("utf-8"))}
    page = pages["docs/reference/tables_output.md"]
    assert len(names) > 40
    assert [name for name in sorted(names) if f"\n### {name}\n" not in page] == []


def test_options_have_their_defaults_and_examples(pages: dict[str, str]) -> None:
    page = pages["docs/reference/commands/docs.md"]
    assert "| `--page NAME` |" in page and "caremarket docs --no-browser" in page
    run = pages["docs/reference/commands/run.md"]
    assert re.search(r"\| `--seed [A-Z]+` \| .+ \| `1` \|", run)
    assert re.search(r"\| `COUNTY` \| .+ \| required \|", run)


# caremarket docs -------------------------------------------------------------------------------


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of pages, as a wheel installs them."""
    site = tmp_path / "documentation"
    for name in (
        "docs/explanation/run",
        "docs/explanation/report",
        "docs/index",
        "docs/how-to/index",
        "docs/how-to/report",
        "docs/reference/commands/run",
    ):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / f"{name}.html").write_text("<title>page</title>", encoding="utf-8")
    monkeypatch.setattr(verb, "INSTALLED", site)
    return site


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ((), "docs/index"),
        (("--page", "index"), "docs/index"),
        (("--page", "how-to/report.md"), "docs/how-to/report"),
        (("--page", "run"), "docs/explanation/run"),
        (("--page", "commands/run"), "docs/reference/commands/run"),
        (("--page", "docs/how-to/index"), "docs/how-to/index"),
    ],
)
def test_a_page_is_found_by_its_name(
    caremarket: Caremarket, built: Path, words: tuple[str, ...], page: str
) -> None:
    done = caremarket("docs", "--no-browser", *words)
    assert (done.code, done.out.strip()) == (0, str(built / f"{page}.html"))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("reprt", "Did you mean 'report'?"),
        ("report", "Name one: docs/explanation/report, docs/how-to/report"),
    ],
)
def test_a_page_that_is_not_there_is_told_with_how_to_mend_it(
    caremarket: Caremarket, built: Path, name: str, told: str
) -> None:
    done = caremarket("docs", "--page", name, "--no-browser")
    assert done.code == 2 and told in done.err and done.out == ""


def test_the_browser_is_given_the_page(
    caremarket: Caremarket, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(verb.webbrowser, "open", lambda page: not opened.append(page))
    assert caremarket("docs").code == 0
    assert opened == [(built / "docs/index.html").as_uri()]
    monkeypatch.setattr(verb.webbrowser, "open", lambda page: False)
    done = caremarket("docs")
    assert done.code == 1 and "open this file" in done.err


def test_without_sphinx_a_checkout_says_what_to_type_and_where_the_pages_are(
    caremarket: Caremarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verb, "INSTALLED", tmp_path / "none")
    monkeypatch.setattr(verb, "BUILT", tmp_path / "none yet")
    monkeypatch.setattr(verb, "find_spec", lambda name: None)
    done = caremarket("docs")
    assert done.code == 1
    assert 'python -m pip install -c constraints.txt -e ".[docs]"' in done.err
    told = re.search(r"^ +(\S+index\.md)$", done.err, re.MULTILINE)
    assert told and Path(told[1]).is_file()


# The site as it is built -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, built without a warning."""
    pytest.importorskip("sphinx")
    pytest.importorskip("myst_parser")
    pytest.importorskip("pydata_sphinx_theme")
    folder = tmp_path_factory.mktemp("site") / "documentation"
    done = python(folder.parent, "-m", "experiments.site", str(folder), "--strict")
    assert done.code == 0, done.err
    return folder


@pytest.mark.long
def test_every_page_is_built_and_loads_nothing_from_the_network(site: Path) -> None:
    written = [path.relative_to(ROOT).with_suffix(".html")
               for kind in KINDS for path in (ROOT / "docs" / kind).glob("*.md")]  # fmt: skip
    assert [path for path in written if not (site / path).is_file()] == []
    loads = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=\"(?:https?:)?//[^\"]*")
    found = {hit for path in site.rglob("*.html") for hit in loads.findall(path.read_text("utf-8"))}
    assert found == set()
    assert sum(path.stat().st_size for path in site.rglob("*")) < 20_000_000


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("N-1", "docs/explanation/adequacy.html"),
        ("staff_move_share", "docs/reference/parameters.html"),
        ("n_minus_1_by_provider", "docs/reference/tables_output.html"),
    ],
)
def test_the_search_finds_from_a_file(site: Path, words: str, wanted: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=browser(), args=list(QUIET))
        page = opened.new_page()
        page.goto(f"{(site / 'search.html').as_uri()}?q={words}")
        page.wait_for_selector("#search-results .search-summary")
        page.wait_for_function("document.querySelectorAll('#search-results li').length > 0")
        page.wait_for_timeout(2000)
        places = page.eval_on_selector_all("#search-results li a", "all => all.map(a => a.href)")
        opened.close()
    assert any(wanted in place for place in places[:10]), places


SEEN = (
    "docs/index", "docs/how-to/index", "docs/how-to/studies", "docs/explanation/adequacy",
    "docs/reference/parameters_rotherham", "docs/reference/assumptions",
    "docs/reference/commands/run", "docs/reference/tables_output", "docs/reference/python_api",
    "docs/developers/decisions", "notebooks/first_look", "README", "search",
)  # fmt: skip
"""Pages of each kind."""


@pytest.mark.long
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("page", SEEN)
def test_pages_can_be_read_by_everybody(site: Path, page: str, width: int) -> None:
    assert faults_of_page(site / f"{page}.html", width) == []
