"""``caremarket report``: papers that everybody can read, from results as they are."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from command_line import Caremarket, called
from pages import faults_of_page

pytest.importorskip("docxtpl")  # the extra report; in the project's own environment it is there

from experiments.charts.titles import MOST_WORDS
from experiments.report import notices
from experiments.report.author import FILE, FIRST, sections_in
from experiments.report.blocks import Bullets, Grid, Numbered, Pairs, Paragraph, blocks, sentences
from experiments.report.cells import cells_of, heading_of
from experiments.report.html import as_html
from experiments.report.paper import Paper, paper_of
from experiments.report.plain import in_plain_words
from experiments.report.result import read_results
from experiments.report.standing import DO_NOT_QUOTE
from experiments.run.account_words import LABEL, SENTENCES, as_sentences
from sim.scenario import ScenarioError

SHORT = ("--until", "2025-03-31", "--set", "calendar.warm_up_weeks=4", "--jobs", "1")
ASKED = {
    "run": ("run", "small", *SHORT, "-r", "2", "--fail", "largest", "--on", "2024-11-01"),
    "stress": ("stress", "small", *SHORT, "-r", "2", "--on", "2024-11-01",
               "--who", "principal:VALE", "--who", "principal:HARBOUR"),
}  # fmt: skip
TODAY = date(2026, 11, 27)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a result of each question."""
    folder = tmp_path_factory.mktemp("results")
    for name, words in ASKED.items():
        assert called((*words, "--out", folder / name)) == 0
    return folder


@pytest.fixture(scope="module")
def made(results: Path) -> Path:
    """A paper of them in every format that needs no library of the system."""
    folders = [results / name for name in ASKED]
    assert called(("report", *folders, "--to", "html,docx,xlsx", "--out", results / "paper")) == 0
    return results / "paper"


@pytest.fixture(scope="module")
def paper(results: Path) -> Paper:
    return paper_of(read_results([results / name for name in ASKED]), "", [], TODAY)


# Contents ---------------------------------------------------------------------------------------


def test_a_paper_has_every_part(paper: Paper) -> None:
    keys = [section.key for section in paper.sections]
    assert keys == [
        "what-this-is", "summary", "result-1", "result-2", "robust", "unknown", "limitations",
        "methods", "quality", "glossary", "citation", "accessibility",
    ]  # fmt: skip
    assert paper.watermark == DO_NOT_QUOTE
    assert [one.number for one in paper.figures] == list(range(1, len(paper.figures) + 1))
    assert [one.number for one in paper.tables] == list(range(1, len(paper.tables) + 1))
    assert all(len(one.caption.split()) <= MOST_WORDS for one in paper.figures)
    assert all(one.alt and one.numbers.rows for one in paper.figures)


def test_the_summary_is_the_answer_of_each_result(paper: Paper, results: Path) -> None:
    summary = next(section for section in paper.sections if section.key == "summary")
    for section, name in zip(summary.sections, ASKED, strict=True):
        (numbered,) = section.parts
        assert isinstance(numbered, Numbered)
        screen = json.loads((results / name / "screen.json").read_text(encoding="utf-8"))
        told = " ".join(screen["said"] or screen["answer"])
        assert re.sub(r"\s+", " ", told).startswith(numbered.items[0])


def test_every_label_of_an_answer_is_a_sentence_of_the_paper(results: Path) -> None:
    """Words that change with a label must be there to change, or a sentence is half a line."""
    screen = json.loads((results / "run" / "screen.json").read_text(encoding="utf-8"))
    labels = [line[:LABEL].strip() for line in screen["answer"]]
    assert {"People", "Harm", "Direct", "Indirect", "At home", "Carers"} <= set(labels)
    for line, said in zip(screen["answer"], as_sentences(screen["answer"]), strict=True):
        before, parts = SENTENCES.get(line[:LABEL].strip(), ("", ()))
        assert said.startswith(before) and said != line[LABEL:].strip()
        if parts:
            assert any(new in said for _, new in parts), said


def test_it_says_how_to_make_it_again(paper: Paper) -> None:
    text = as_html(paper)
    for words in ASKED.values():
        assert " ".join(("caremarket", *words)) in text
    assert "Seed" in text and "Model output." in text


def test_many_futures_bear_no_watermark(results: Path) -> None:
    (run,) = read_results([results / "run"])
    many = replace(run, manifest={**run.manifest, "replications": 10, "futures_counted": 10})
    assert paper_of([many], "", [], TODAY).watermark == ""
    assert DO_NOT_QUOTE not in as_html(paper_of([many], "", [], TODAY))


def test_only_futures_behind_the_answer_count(results: Path) -> None:
    (run,) = read_results([results / "run"])
    told = {**run.manifest, "replications": 12, "futures_counted": 9}
    assert paper_of([replace(run, manifest=told)], "", [], TODAY).watermark == DO_NOT_QUOTE
    lost = [{"replication": 1}, {"replication": 2}, {"replication": 3}]
    told = {**told, "futures_counted": 12, "replications_failed": lost}
    assert paper_of([replace(run, manifest=told)], "", [], TODAY).watermark == DO_NOT_QUOTE


def test_whose_providers_they_are_is_said(results: Path) -> None:
    (run,) = read_results([results / "run"])
    assert "The providers in this paper are invented: small." in as_html(
        paper_of([run], "", [], TODAY)
    )
    told = {**run.manifest, "scenario": {**run.manifest["scenario"], "county": "my-county"}}
    page = as_html(paper_of([replace(run, manifest=told)], "", [], TODAY))
    assert "may stand for real providers" in page and "are invented: " not in page


def test_two_results_of_one_kind_and_an_author_s_table_make_one_paper(results: Path) -> None:
    import openpyxl

    again = results / "elsewhere" / "run"
    shutil.copytree(results / "run", again)
    out = results / "paper-of-two"
    out.mkdir()
    table = "## Options\n\n| a | b |\n|---|---|\n| x | 2 |\n"
    (out / FILE).write_text(table, encoding="utf-8")
    words = ("report", results / "run", again, "--to", "html,docx,xlsx", "--out", out)
    assert called(words) == 0
    page = (out / "report.html").read_text(encoding="utf-8")
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert "Table 1: From the author" in page
    sheets = openpyxl.load_workbook(out / "report.xlsx").sheetnames
    assert len(sheets) == len(set(sheets)) > 20


# Screens ----------------------------------------------------------------------------------------


def test_a_table_of_a_screen_keeps_its_columns() -> None:
    lines = [
        "Rank     place       date           hours added               people",
        "1 (1)    Vale        April 2025     3,800 (290 to 7,300)          54",
        "2 (1)    Market Town November 2024  2,900 (−9,000 to 15,000)      57",
        "In brackets after the rank: places that cannot be distinguished.",
    ]
    table, after = blocks(lines)
    assert isinstance(table, Grid) and isinstance(after, Paragraph)
    assert table.head == ("Rank", "Place", "Date", "Hours added", "People")
    assert table.rows[1] == (
        "2 (1)",
        "Market Town",
        "November 2024",
        "2,900 (−9,000 to 15,000)",
        "57",
    )


def test_labels_of_a_screen_keep_what_is_said_of_each() -> None:
    lines = [
        "Cover        Down to 67% of needed hours.",
        "             It is back after 107 days.",
        "Recovery     not within a year",
    ]
    (pairs,) = blocks(lines)
    assert isinstance(pairs, Pairs)
    assert pairs.rows[0] == ("Cover", "Down to 67% of needed hours. It is back after 107 days.")
    long = [
        "Median of the sets (5% to 95% of them)",
        "  carers of teams without a contract, last month",
        "    to first                                     20% (19% to 24%)",
    ]
    (named,) = blocks(long)
    assert isinstance(named, Pairs) and named.caption == long[0]
    label = "carers of teams without a contract, last month to first"
    assert named.rows == ((label, "20% (19% to 24%)"),)


def test_answers_become_sentences() -> None:
    told = [
        "It fails. 3 people wait.",
        "Without      anybody: 4 on day 7",
        "             and 2 on day 28.",
    ]
    assert sentences(told) == (
        "It fails.", "3 people wait.", "Without: anybody: 4 on day 7 and 2 on day 28.",
    )  # fmt: skip


def test_a_screen_s_lines_become_plain_sentences() -> None:
    lines = [
        "Cover        Down to 67% of needed hours",
        "Waiting      8 people in the last year",
        "uncovered_hours_total: hours of care, -3 to n_minus_1_by_area.csv",
    ]
    pairs, line = in_plain_words(blocks(lines))
    assert isinstance(pairs, Pairs) and isinstance(line, Paragraph)
    assert dict(pairs.rows) == {
        "Cover": "Cover comes down to 67% of needed hours.",
        "Waiting": "8 people wait in the last year.",
    }
    assert line.text == "Hours of care, −3 to n_minus_1_by_area.csv."


def test_numbers_are_told_as_readers_write_them() -> None:
    assert cells_of(pd.Series(["2026-07-01", None])) == ["1 July 2026", ""]
    assert cells_of(pd.Series([12345.678, -2.0, float("nan")])) == ["12,346", "−2", ""]
    assert cells_of(pd.Series([0.123456, 0.5])) == ["0.123", "0.500"]
    assert cells_of(pd.Series([2024, 2025])) == ["2024", "2025"]
    assert heading_of("waiting_people_low") == "Waiting people, low end of the interval"


def test_one_notice_and_response_are_told_with_the_command_for_others(results: Path) -> None:
    (run,) = read_results([results / "run"])
    (told,) = notices.parts_of(run)
    assert isinstance(told, Paragraph)
    assert "no notice, and split among many" in told.text
    assert "--notices 0,28,91 --responses" in told.text and "--out" not in told.text
    (stress,) = read_results([results / "stress"])
    assert notices.parts_of(stress) == []


@pytest.mark.long
def test_compared_notices_and_responses_are_a_section(tmp_path: Path) -> None:
    out = tmp_path / "compared"
    words = ("--notices", "0,28", "--responses", "split,whole_team", "--out", out)
    assert called((*ASKED["run"], *words)) == 0
    first, said, *grids = notices.parts_of(*read_results([out]))
    assert isinstance(first, Paragraph) and isinstance(said, Bullets)
    by_notice, by_share = (one for one in grids if isinstance(one, Grid))
    assert [row[0] for row in by_notice.rows] == ["0 days", "0 days", "28 days", "28 days"]
    assert len(by_share.rows) == 8
    assert "too few" in said.items[0]  # two futures bear no comparison


# The author's words -----------------------------------------------------------------------------


def test_the_author_s_words_survive_a_new_paper(results: Path, made: Path) -> None:
    assert (made / FILE).read_text(encoding="utf-8") == FIRST
    told = "## Recommendations\n\nWe ask for *two* things:\n\n- money & time\n- <b>care</b>\n"
    (made / FILE).write_text(told, encoding="utf-8")
    folders = [results / name for name in ASKED]
    assert called(("report", *folders, "--to", "html", "--out", made)) == 0
    assert (made / FILE).read_text(encoding="utf-8") == told
    page = (made / "report.html").read_text(encoding="utf-8")
    assert "<li>money &amp; time</li>" in page
    assert "<b>care" not in page and "&lt;b&gt;care" in page
    (made / FILE).write_text(FIRST, encoding="utf-8")


def test_markdown_becomes_sections() -> None:
    text = (
        "Before.\n\n## One\n\n1. a\n2. b\n\n## Empty\n\n## Two\n\n| x | y |\n|---|---|\n| 1 | 2 |\n"
    )
    first, one, two = sections_in(text)
    assert first.heading == "From the author" and first.parts == (Paragraph("Before."),)
    assert one.heading == "One" and one.parts == (Numbered(("a", "b")),)
    (table,) = two.parts
    assert isinstance(table, Grid) and (table.head, table.rows) == (("x", "y"), (("1", "2"),))
    assert list(sections_in(FIRST)) == []
    (linked,) = sections_in("- see [the plan](https://example.org)\n")
    assert linked.parts == (Bullets(("see the plan (https://example.org)",)),)


# Web page ---------------------------------------------------------------------------------------


def test_the_page_needs_nothing_from_elsewhere(made: Path) -> None:
    page = (made / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!#)[^"]*"', page)
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'href="#([^"]*)"', page) + re.findall(r"url\(#([^)]*)\)", page):
        assert target in ids


def test_a_browser_finds_nothing_that_shuts_people_out(results: Path) -> None:
    out = results / "one-page"
    assert called(("report", results / "stress", "--to", "html", "--out", out)) == 0
    assert faults_of_page(out / "report.html", 320) == []


@pytest.mark.long
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("name", ASKED)
def test_a_browser_finds_nothing_on_any_page(results: Path, name: str, width: int) -> None:
    out = results / f"paper-{name}"
    assert called(("report", results / name, "--to", "html", "--out", out)) == 0
    assert faults_of_page(out / "report.html", width) == []


# Word -------------------------------------------------------------------------------------------


def test_the_word_document_can_be_read_aloud(made: Path, paper: Paper) -> None:
    import docx

    document: Any = docx.Document(str(made / "report.docx"))
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headings == [section.heading for _, section in paper.walk()]
    levels = [int(p.style.name[-1]) for p in document.paragraphs if p.style.name[:4] == "Head"]
    assert levels[0] == 1 and all(b - a <= 1 for a, b in pairwise(levels))
    pictures = re.findall(r'<wp:docPr [^>]*descr="([^"]+)"', document.element.xml)
    assert len(pictures) == len(paper.figures)
    marked = document.element.xml.count("<w:tblHeader")
    assert marked == len(document.tables) >= len(paper.tables)
    assert document.core_properties.title == paper.title
    assert document.core_properties.language == "en-GB"
    assert 'w:lang w:val="en-GB"' in document.styles["Normal"].element.xml
    assert DO_NOT_QUOTE in document.sections[0].header.paragraphs[0].text


def template(folder: Path, *paragraphs: str) -> Path:
    """A council's template with these paragraphs."""
    import docx

    document: Any = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    document.save(str(folder / "council.docx"))
    return folder / "council.docx"


def test_a_council_s_template_is_filled_in(
    caremarket: Caremarket, results: Path, tmp_path: Path
) -> None:
    import docx

    asked = template(tmp_path, "Smith & Sons council", "{{ title }}", "[[paper]]", "The last page")
    done = caremarket("report", results / "run", "--to", "docx", "--template", asked, "--title",
                      "Care & carers <now>", "--out", "paper")  # fmt: skip
    assert done.code == 0, done.err
    texts = [p.text for p in docx.Document(str(tmp_path / "paper" / "report.docx")).paragraphs]
    assert texts[:2] == ["Smith & Sons council", "Care & carers <now>"]
    assert texts[-1] == "The last page"
    assert "Summary" in texts and not any("[[" in text for text in texts)


HOSTILE = {
    "reaches for classes": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "reaches for globals": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "reads a file": "{% include '/etc/passwd' %}",
    "imports": "{% import 'os' as os %}",
    "does not end": "{% for x in range(10) %}",
    "runs for ever": "{% for a in range(999999999) %}{% endfor %}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_template_is_refused(
    caremarket: Caremarket, results: Path, tmp_path: Path, text: str
) -> None:
    asked = template(tmp_path, text)
    done = caremarket("report", results / "run", "--to", "docx", "--template", asked,
                      "--out", "paper")  # fmt: skip
    assert done.code == 2
    assert "it asks for what it may not have" in done.err
    assert [path.name for path in (tmp_path / "paper").iterdir()] == [FILE]


def test_a_template_that_is_none_is_refused(
    caremarket: Caremarket, results: Path, tmp_path: Path
) -> None:
    (tmp_path / "text.docx").write_text("no document", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "large.docx", "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("word/document.xml", bytes(60_000_000))
    told = {
        "text.docx": "it is no Word document",
        "large.docx": "it has 60 MB unpacked",
        "none.docx": "there is no such file",
    }
    for name, wrong in told.items():
        done = caremarket("report", results / "run", "--to", "docx", "--template", name)
        assert done.code == 2
        assert f"--template {name}: {wrong}" in done.err


# Workbook and PDF -------------------------------------------------------------------------------


def test_the_workbook_has_one_table_a_sheet(made: Path, paper: Paper) -> None:
    import openpyxl

    book = openpyxl.load_workbook(made / "report.xlsx")
    named = [f"Table {one.number}" for one in paper.tables]
    named += [f"Figure {one.number}" for one in paper.figures]
    assert book.sheetnames[:3] == ["Cover", "Contents", "Notes"]
    assert set(book.sheetnames[3:]) <= set(named)
    for sheet in book.worksheets[3:]:
        assert len(sheet.tables) == 1
    first = paper.figures[0]
    sheet = book[f"Figure {first.number}"]
    (table,) = sheet.tables.values()
    cells = sheet[table.ref]
    assert len(cells) == 1 + len(first.numbers.rows)
    assert {type(cell.value) for row in cells[1:] for cell in row} <= {float, int, str, type(None)}
    assert any(isinstance(cell.value, int | float) for cell in cells[1])


@pytest.mark.long
def test_the_pdf_can_be_read_aloud(results: Path, tmp_path: Path) -> None:
    import pikepdf

    assert called(("report", results / "stress", "--to", "pdf", "--out", tmp_path / "paper")) == 0
    paper = paper_of(read_results([results / "stress"]), "", [], TODAY)
    with pikepdf.open(tmp_path / "paper" / "report.pdf") as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en-GB"
        assert str(pdf.docinfo.Title) == paper.title
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        tags = list(tags_of(pdf.Root.StructTreeRoot.K))
    kinds = [kind for kind, _ in tags]
    assert {"/H1", "/H2", "/H3", "/Table", "/TH", "/TD", "/Caption", "/L", "/P"} <= set(kinds)
    assert [alt for kind, alt in tags if kind == "/Figure"] == [one.alt for one in paper.figures]


def tags_of(node: Any) -> Iterator[tuple[str, str]]:
    """Kind and alternative text of every tag, in order."""
    import pikepdf

    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from tags_of(one)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield str(node["/S"]), str(node.get("/Alt", ""))
        if "/K" in node:
            yield from tags_of(node["/K"])


# What is refused --------------------------------------------------------------------------------


def test_folders_that_are_no_results_are_told_together(
    caremarket: Caremarket, results: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    old = tmp_path / "old"
    shutil.copytree(results / "run", old)
    (old / "screen.json").unlink()
    done = caremarket("report", "empty", "file", "none", old)
    assert done.code == 2
    assert "empty: it holds no finished result" in done.err
    assert "file: it is a file" in done.err
    assert "none: there is no such folder" in done.err
    assert "it has no screen.json. It was made by an older version" in done.err
    assert not (tmp_path / "empty-report").exists()


def test_a_damaged_result_is_told(results: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(results / "run", broken)
    (broken / "screen.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ScenarioError, match="it is damaged"):
        read_results([broken])


@pytest.mark.parametrize(
    "hostile",
    ["<script>x</script>", '<g onload = "x"/>', '<a xlink:href="javascript:x"/>', "<IFRAME/>"],
)
def test_a_drawing_that_runs_something_is_refused(
    results: Path, tmp_path: Path, hostile: str
) -> None:
    given = tmp_path / "given"
    shutil.copytree(results / "stress", given)
    drawing = given / "charts" / "bare" / "stress.svg"
    text = drawing.read_text(encoding="utf-8").replace("</svg>", f"{hostile}</svg>")
    drawing.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match="a drawing holds a script"):
        read_results([given])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--to", "odt,html"), "odt is not a format. Known: html, docx, pdf, xlsx"),
        (("--to", ","), "nothing is not a format"),
        (("--out", "{run}"), "it holds a result. Name another folder for the paper"),
    ],
)
def test_what_cannot_be_made_is_told(
    caremarket: Caremarket, results: Path, words: tuple[str, ...], told: str
) -> None:
    plain = [word.replace("{run}", str(results / "run")) for word in words]
    done = caremarket("report", results / "run", *plain)
    assert done.code == 2
    assert told in done.err
