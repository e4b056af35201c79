"""A Sphinx extension: tables that can be read on a narrow screen.

A table of words in many columns becomes a list, an entry a row: its first cell, and the others by
the heading of their column. Any other table of three columns or more stands in a region that
scrolls by itself, also by keyboard.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import inf
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

MANY_LETTERS = {4: 130, 5: 90, 6: 70}
"""By the number of columns: letters of a row, on average, from which a table is rather read than
compared. Figures are compared, however long their intervals."""
REGION = '<div class="wide-table" role="region" tabindex="0" aria-label="{label}">'


class WideTables(SphinxPostTransform):
    """Turns tables into lists, or puts them into regions that scroll."""

    default_priority = 200
    formats = ("html",)

    def run(self, **_: Any) -> None:
        """Look at every table of a page."""
        for number, table in enumerate([*self.document.findall(nodes.table)], start=1):
            heading, rows = cells(table)
            if len(heading) < 3:
                continue
            letters = sum(one.isalpha() for row in rows for cell in row for one in cell.astext())
            many = MANY_LETTERS.get(min(len(heading), max(MANY_LETTERS)), inf)
            if letters > many * len(rows):
                table.replace_self(as_list(heading, rows))
            else:
                around = REGION.format(label=escape(f"Table {number}: {title(table)}"))
                start = nodes.raw("", around, format="html")
                table.replace_self(
                    [start, table.deepcopy(), nodes.raw("", "</div>", format="html")]
                )


def cells(table: nodes.table) -> tuple[list[nodes.entry], list[list[nodes.entry]]]:
    """The cells of the heading, and those of each row."""
    head = [*table.findall(nodes.thead)]
    heading = [*head[0].findall(nodes.entry)] if head else []
    body = next(table.findall(nodes.tbody))
    return heading, [[*row.findall(nodes.entry)] for row in body.findall(nodes.row)]


def as_list(heading: list[nodes.entry], rows: list[list[nodes.entry]]) -> nodes.definition_list:
    """A list, an entry a row; what is blank is left out."""
    found = nodes.definition_list(classes=["rows"])
    for first, *rest in rows:
        term = nodes.term("", "", *inline(first))
        facts = nodes.field_list()
        for named, cell in zip(heading[1:], rest, strict=True):
            if cell.astext().strip():
                name = nodes.field_name("", "", *inline(named))
                body = nodes.field_body("", nodes.paragraph("", "", *inline(cell)))
                facts += nodes.field("", name, body)
        found += nodes.definition_list_item("", term, nodes.definition("", facts))
    return found


def inline(cell: nodes.entry) -> Iterator[nodes.Node]:
    """What a cell says, without its paragraph."""
    for block in cell.children:
        yield from (part.deepcopy() for part in block.children)


def title(table: nodes.table) -> str:
    """The heading of the section that a table stands in."""
    parent = table.parent
    while parent is not None and not isinstance(parent, nodes.section):
        parent = parent.parent
    return parent.next_node(nodes.title).astext() if parent is not None else ""


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_post_transform(WideTables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
