"""Markdown that pages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; no cell can end early."""
    lines = [list(heading), ["---"] * len(heading), *map(list, rows)]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def plain(text: str) -> str:
    """Text of a declaration as it is, whatever Markdown or HTML it might be taken for.

    What stands in backticks is left alone.
    """
    parts = text.split("`")
    for place in range(0, len(parts), 2):
        for mark in "\\<>*_[]":
            parts[place] = parts[place].replace(mark, f"\\{mark}")
    return "`".join(parts)


def code(text: str) -> str:
    """Something that is typed or read word for word."""
    return f"`{text}`" if text else ""


def contents(entries: Sequence[str], *options: str) -> list[str]:
    """The pages beneath a page, for the site alone: Sphinx's table of contents."""
    return ["", "```{toctree}", *(f":{option}" for option in options), "", *entries, "```", ""]
