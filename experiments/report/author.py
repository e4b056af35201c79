"""The author's own words: a Markdown file beside the paper, which no new paper overwrites."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from experiments.report.blocks import Block, Bullets, Grid, Numbered, Paragraph
from experiments.report.paper import Section
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

FILE = "author.md"
FIRST = """\
<!-- Your own text. It goes into the paper after the summary, and a new paper leaves it as it is.
Headings begin with ##, points with -, and an empty line ends a paragraph. Sections without text are
left out. -->

## Purpose of this paper

## Recommendations

## Background

## Options considered

## Financial implications

## Legal implications

## Equality implications

## Risks

## Consultation

## Contact officer and background papers
"""


def sections_of(folder: Path) -> list[Section]:
    """The author's sections; the file is made if there is none yet. Raises ScenarioError."""
    file = folder / FILE
    if not file.exists():
        file.write_text(FIRST, encoding="utf-8", newline="\n")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        cure = "Save it as UTF-8"
        raise ScenarioError([Fault(Place(str(file)), "it is not UTF-8", cure)]) from error
    return list(sections_in(text))


def sections_in(text: str) -> Iterator[Section]:
    """Sections of a Markdown text that have something to say; what it holds of HTML is text."""
    tree = SyntaxTreeNode(
        MarkdownIt("commonmark", {"html": False}).enable("table").parse(without_comments(text))
    )
    heading, parts, number = "From the author", list[Block](), 0
    for node in tree.children:
        if node.type != "heading":
            parts += blocks_of(node)
            continue
        if parts:
            yield Section(f"author-{number}", heading, tuple(parts))
        heading, parts, number = words(node), [], number + 1
    if parts:
        yield Section(f"author-{number}", heading, tuple(parts))


def without_comments(text: str) -> str:
    """The text without what stands between comment marks."""
    return re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)


def blocks_of(node: SyntaxTreeNode) -> list[Block]:
    """A paragraph, a list or a table as the paper's blocks; anything else as its text."""
    if node.type in ("bullet_list", "ordered_list"):
        items = tuple(words(item) for item in node.children)
        return [Bullets(items) if node.type == "bullet_list" else Numbered(items)]
    if node.type == "table":
        head, *rows = [tuple(map(words, row.children)) for row in rows_of(node)]
        return [Grid("From the author", head, tuple(rows))]
    if node.type == "blockquote":
        return [block for child in node.children for block in blocks_of(child)]
    told = node.content if node.type in ("code_block", "fence") else words(node)
    return [Paragraph(told.strip())] if told.strip() else []


def rows_of(table: SyntaxTreeNode) -> Sequence[SyntaxTreeNode]:
    """Rows of a table, the heading first."""
    return [row for part in table.children for row in part.children]


def words(node: SyntaxTreeNode) -> str:
    """The text of a node; a link is followed by its address."""
    if node.type in ("text", "code_inline"):
        return node.content
    if node.type in ("softbreak", "hardbreak"):
        return " "
    inner = "".join(map(words, node.children))
    if node.type == "link":
        return f"{inner} ({node.attrs['href']})"
    if node.type in ("paragraph", "list_item"):
        return inner.strip() + (" " if node.type == "paragraph" else "")
    return inner.strip() if node.type == "heading" else inner
