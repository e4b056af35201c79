"""A paper as a Word document, in the council's own template if it has one.

The template is a stranger's file: what it asks for is filled in by a sandbox that reaches nothing
but the words given, and no file is read besides it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from experiments.report.blocks import Bullets, Numbered, Pairs, Paragraph, is_number
from experiments.report.paper import Figure, Paper, Part, Table
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

MOST_ROWS = 20
"""Rows of a chart's numbers in the document; the workbook has all."""
MOST_COLUMNS = 8
"""Columns of such a table that a page can hold."""
WIDE_CM = 16.0
CELL_POINTS, TEXT_POINTS = 9, 11
MARK = "[[paper]]"
"""Where the paper goes in a template; at its end if the template has no such paragraph."""
MOST_BYTES = 50_000_000
"""Of a template, unpacked (assumption): council templates have far less."""
BULLET, NUMBER, CAPTION, GRID = "List Bullet", "List Number", "Caption", "Table Grid"


def write_word(paper: Paper, file: Path, template: Path | None) -> None:
    """Write the document. Raises ScenarioError if the template cannot be used."""
    from docx import Document

    document: Any = filled_in(paper, template) if template else plain_document(Document(), paper)
    Writer(document, place_in(document)).write(paper)
    describe(document, paper)
    document.save(str(file))


def plain_document(document: Any, paper: Paper) -> Any:
    """A document without a template: Arial, as gov.uk asks for, and the title."""
    from docx.shared import Pt

    usual = document.styles["Normal"].font
    usual.name, usual.size = "Arial", Pt(TEXT_POINTS)
    document.add_heading(paper.title, 0)
    for line in (paper.subtitle, paper.made, "A model, not a forecast."):
        if line:
            document.add_paragraph(line)
    return document


def filled_in(paper: Paper, template: Path) -> Any:
    """The template with the words that it asks for: title, subtitle, made, watermark."""
    from docxtpl import DocxTemplate
    from jinja2 import TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    refuse_unsafe(template)
    words = {
        "title": paper.title,
        "subtitle": paper.subtitle,
        "made": paper.made,
        "watermark": paper.watermark,
        "paper": MARK,
    }
    try:
        document: Any = DocxTemplate(str(template))
        document.render(words, SandboxedEnvironment(autoescape=True), autoescape=True)
    except (
        TemplateError,
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        cure = (
            f"It may ask for {', '.join('{{ ' + word + ' }}' for word in words)} and nothing else"
        )
        raise refused(template, f"it asks for what it may not have ({error})", cure) from error
    return document.docx


def refuse_unsafe(template: Path) -> None:
    """Raise ScenarioError unless the file is a Word document of a usual size."""
    cure = "Give a Word document (.docx)"
    if not template.is_file():
        raise refused(template, "there is no such file", cure)
    try:
        with zipfile.ZipFile(template) as parts:
            size = sum(part.file_size for part in parts.infolist())
            if "word/document.xml" not in parts.namelist():
                raise refused(template, "it is no Word document", cure)
    except (zipfile.BadZipFile, OSError) as error:
        raise refused(template, "it is no Word document", cure) from error
    if size > MOST_BYTES:
        most = f"At most {MOST_BYTES // 1_000_000} MB unpacked"
        raise refused(template, f"it has {size // 1_000_000:,} MB unpacked", most)


def refused(template: Path, wrong: str, cure: str) -> ScenarioError:
    """A template that cannot be used."""
    return ScenarioError([Fault(Place(f"--template {template}"), wrong, cure)])


def place_in(document: Any) -> Any | None:
    """The paragraph of a template in whose place the paper goes."""
    return next((one for one in document.paragraphs if MARK in one.text), None)


class Writer:
    """Puts a paper into a document, before a paragraph or at its end."""

    def __init__(self, document: Any, before: Any | None) -> None:
        self.document = document
        self.before = before
        self.styles = {style.name for style in document.styles}

    def write(self, paper: Paper) -> None:
        """Every section in order; the paragraph that marked the place goes."""
        if paper.watermark:
            self.warn(paper.watermark)
        for level, section in paper.walk():
            self.put(self.document.add_heading(section.heading, level - 1))
            for part in section.parts:
                self.part(part)
        if self.before is not None:
            self.before._p.getparent().remove(self.before._p)

    def warn(self, words: str) -> None:
        """A warning at the head of every page, and once in the text."""
        from docx.shared import RGBColor

        header = self.document.sections[0].header
        for paragraph in (header.paragraphs[0], self.paragraph("")):
            run = paragraph.add_run(words)
            run.bold = True
            run.font.color.rgb = RGBColor(0xB1, 0x0E, 0x1E)

    def part(self, part: Part) -> None:
        """A paragraph, a list, a table or a figure."""
        writers: dict[type, Callable[[Any], None]] = {
            Paragraph: lambda one: self.paragraph(one.text),
            Bullets: lambda one: self.items(one.items, BULLET),
            Numbered: lambda one: self.numbers(one.items),
            Pairs: self.pairs,
            Table: lambda one: self.table(f"Table {one.number}: {one.grid.caption}", one.grid),
            Figure: self.figure,
        }
        writers[type(part)](part)

    def put(self, block: Any) -> Any:
        """Move what was added at the end to its place."""
        if self.before is not None:
            self.before._p.addprevious(block._element)
        return block

    def paragraph(self, text: str, style: str = "") -> Any:
        """A paragraph, in a style if the document has it."""
        known = style if style in self.styles else None
        return self.put(self.document.add_paragraph(text, style=known))

    def caption(self, text: str) -> None:
        """A caption, on the same page as what it belongs to."""
        self.paragraph(text, CAPTION).paragraph_format.keep_with_next = True

    def items(self, items: tuple[str, ...], style: str) -> None:
        """A list."""
        for item in items:
            self.paragraph(item, style)

    def numbers(self, items: tuple[str, ...]) -> None:
        """A list with numbers that begin at 1, whatever list was before."""
        for number, item in enumerate(items, start=1):
            self.paragraph(f"{number}. {item}")

    def pairs(self, pairs: Pairs) -> None:
        """Labels in bold, each before what is said of it."""
        if pairs.caption:
            self.caption(pairs.caption)
        for label, text in pairs.rows:
            paragraph = self.paragraph("")
            paragraph.add_run(f"{label}: ").bold = True
            paragraph.add_run(text)

    def table(self, caption: str, grid: Any) -> None:
        """A table whose first row is marked as its heading."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        self.caption(caption)
        table = self.document.add_table(rows=1 + len(grid.rows), cols=len(grid.head))
        if GRID in self.styles:
            table.style = GRID
        for row, cells in zip(table.rows, (grid.head, *grid.rows), strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
                layout = cell.paragraphs[0].paragraph_format
                layout.space_after = layout.space_before = Pt(1)
                layout.alignment = WD_ALIGN_PARAGRAPH.RIGHT if is_number(text) else None
                for run in cell.paragraphs[0].runs:
                    run.font.size = Pt(CELL_POINTS)
        mark_heading(table, caption)
        self.put(table)
        self.paragraph(grid.note).paragraph_format.space_before = Pt(4)

    def figure(self, figure: Figure) -> None:
        """A picture with its caption, its alternative text, its description and its numbers."""
        from docx.shared import Cm

        self.caption(f"Figure {figure.number}: {figure.caption}")
        if figure.description:
            self.paragraph(figure.description)
        paragraph = self.paragraph("")
        picture = paragraph.add_run().add_picture(str(figure.png), width=Cm(WIDE_CM))
        told = picture._inline.docPr
        told.set("descr", figure.alt)
        told.set("title", figure.caption)
        self.paragraph(figure.note)
        if len(figure.numbers.head) > MOST_COLUMNS:
            sheet = f"The numbers of figure {figure.number} are in {figure.name}.csv of the folder"
            self.paragraph(f"{sheet} charts, and in the workbook.")
            return
        numbers = figure.numbers.at_most(MOST_ROWS, f"{figure.name}.csv of the folder charts")
        self.table(f"Numbers of figure {figure.number}", numbers)


def mark_heading(table: Any, caption: str) -> None:
    """Say that the first row is repeated as a heading, and what the table is."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    properties = table.rows[0]._tr.get_or_add_trPr()
    heading = OxmlElement("w:tblHeader")
    heading.set(qn("w:val"), "true")
    properties.append(heading)
    for cell in table.rows[0].cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    told = OxmlElement("w:tblCaption")
    told.set(qn("w:val"), caption)
    table._tbl.tblPr.append(told)


def describe(document: Any, paper: Paper) -> None:
    """Title and language of the document, for whoever reads it aloud."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    document.core_properties.title = paper.title
    document.core_properties.language = paper.language
    document.core_properties.subject = "Output of a model, not an observation or a forecast"
    run = document.styles["Normal"].element.get_or_add_rPr()
    language = run.find(qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        run.append(language)
    language.set(qn("w:val"), paper.language)
