"""A paper as one HTML file: no script, no address of the web, charts as drawings within it."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import BaseLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from experiments.report.blocks import Bullets, Numbered, Pairs, Paragraph, is_number
from experiments.report.paper import Figure, Paper, Table

TEMPLATES = Path(__file__).parent / "templates"
PROLOGUE = re.compile(r"^.*?(?=<svg )", re.DOTALL)
METADATA = re.compile(r"<metadata>.*?</metadata>\s*", re.DOTALL)
SIZE = re.compile(r'(<svg [^>]*?)width="[0-9.]+pt" height="[0-9.]+pt"')
MOST_ROWS = 60
IN_PRINT, MOST_COLUMNS = 20, 8
"""Rows of a chart's numbers on the page, and in print; columns that a printed page can hold."""
LABELLED_BY = re.compile(r'aria-labelledby="([^"]*)"')
TITLE = re.compile("(<title[^>]*>)(.*?)(</title>)", re.DOTALL)
KINDS = {
    Paragraph: "paragraph",
    Bullets: "bullets",
    Numbered: "numbered",
    Figure: "figure",
    Table: "table",
    Pairs: "pairs",
}


def as_html(paper: Paper, *, opened: bool = False) -> str:
    """The paper as a page; ``opened``: with descriptions and numbers of figures laid open."""
    environment = environment_with(FileSystemLoader(TEMPLATES), opened=opened)
    style = Markup((TEMPLATES / "report.css").read_text(encoding="utf-8"))
    return environment.get_template("report.html").render(
        paper=paper,
        style=style,
    )


def environment_with(loader: BaseLoader, *, opened: bool = False) -> Environment:
    """Templates that may use the parts of a paper: all that the parts ask for is there.

    All text is escaped; a name that is missing is an error.
    """
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["drawing"] = read_out if opened else drawing
    made.filters["is_number"] = is_number
    made.filters["kind"] = lambda part: KINDS[type(part)]
    made.globals.update(
        most_rows=IN_PRINT if opened else MOST_ROWS, most_columns=MOST_COLUMNS, opened=opened
    )
    return made


def drawing(figure: Figure) -> Markup:
    """A chart's drawing for a page that holds several: its names are its own, its width the page's.

    Names that nothing refers to are left out. Matplotlib escapes the texts of a drawing, so that it
    is safe as it stands.
    """
    svg = METADATA.sub("", PROLOGUE.sub("", figure.svg))
    svg = SIZE.sub(r"\1", svg, count=1)
    named = set(re.findall(r'url\(#([^)]*)\)|href="#([^"]*)"', svg))
    used = {name for pair in named for name in pair if name}
    used |= {name for words in LABELLED_BY.findall(svg) for name in words.split()}
    own = f"figure-{figure.number}-"

    def renamed(found: re.Match[str]) -> str:
        return f' id="{own}{found[1]}"' if found[1] in used else ""

    svg = re.sub(r'\sid="([^"]*)"', renamed, svg)
    svg = re.sub(r'(href=")#', rf"\1#{own}", svg).replace("url(#", f"url(#{own}")
    return Markup(LABELLED_BY.sub(lambda found: labelled_by(found[1], own), svg))


def read_out(figure: Figure) -> Markup:
    """The same for print: its title is the alternative text, which is what a PDF's reader reads."""
    told = escape(figure.alt)
    return Markup(TITLE.sub(lambda found: f"{found[1]}{told}{found[3]}", drawing(figure), count=1))


def labelled_by(names: str, own: str) -> str:
    """The names that label a drawing, with what makes them its own."""
    return 'aria-labelledby="{}"'.format(" ".join(own + name for name in names.split()))
