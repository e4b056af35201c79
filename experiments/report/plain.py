"""Lines of a screen as plain sentences: what a label means is said, and no name of a column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from experiments.report.blocks import Block, Grid, Pairs, Paragraph, capital

NAME = re.compile(r"(?<![\w.=/\\-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?!\.[a-z]|[\w=/\\(])")
"""A name with underscores that is neither a file, a path, an option nor a dotted parameter."""
HEADING = re.compile(r"^[a-z0-9]+(?:_[a-z0-9]+)+: ")
"""An outcome's name before what it is."""
LONE_MINUS = re.compile(r"(?<=[\s(])-(?=\d)")

SENTENCES: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "Their care": ("These people have ", ((" hours a week.", " hours of care a week."),)),
    "Futures": ("There are ", ()),
    "Placebo": ("", (("none; no team", "There is no placebo: no team"),)),
    "Cover": ("", (("Down to ", "Cover comes down to "),)),
    "Recovery": (
        "Cover is back at ",
        ((" of that market's cover for", " of cover without the failure for"), (": ", ", ")),
    ),
    "Served by": ("People served ", ()),
    "Care": ("There are ", ()),
    "Waiting": ("", ((" people in the last year", " people wait in the last year"),)),
    "Sourcing": ("Of those referred, ", ((" within", " have a provider within"),)),
    "Strain": ("", ((" hours of visits missed a year", " hours of visits are missed a year"),)),
    "First year": ("There are ", ()),
    "Last year": ("There are ", ()),
    "Providers": ("Shares of care ", ()),
    "Hand-backs": ("Providers hand back ", ()),
    "Exits": ("There are ", (("; a year 0 run", "; 0 a year run"), ("; a year ", "; each year "))),
    "Rounds": ("", (("; rounds that stayed:", "; the rounds that stayed are"),)),
    "Fallback": ("", (("contract of their own: ", "contract of their own have "),)),
    "Who took them": ("", (("of those taken over: ", "Of those taken over, by whom: "),)),
    "Times": ("", (("mean loss in hours: ", "The mean loss in hours is "),)),
    "N-1": ("", (("1 - extra", "N-1 is 1 − extra"),)),
}
"""What begins the sentence of a label, and words of it that change."""


def in_plain_words(blocks: Iterable[Block]) -> list[Block]:
    """Blocks of a screen, their lines as sentences."""
    return [plain(block) for block in blocks]


def plain(block: Block) -> Block:
    """One block."""
    if isinstance(block, Paragraph):
        return Paragraph(sentence(block.text))
    if isinstance(block, Pairs):
        rows = ((spoken(label), sentence(told(label, text))) for label, text in block.rows)
        return Pairs(heading(block.caption), tuple(rows))
    if isinstance(block, Grid):
        cells = (tuple(map(spoken, row)) for row in block.rows)
        return replace(block, caption=heading(block.caption), rows=tuple(cells))
    return block


def told(label: str, text: str) -> str:
    """The text of a label as its sentence."""
    before, parts = SENTENCES.get(label, ("", ()))
    for part, instead in parts:
        text = text.replace(part, instead, 1)
    return f"{before}{text}"


def sentence(text: str) -> str:
    """A text with a capital at its beginning and a full stop at its end."""
    text = capital(spoken(HEADING.sub("", text)))
    return text if text[-1:] in ".:?!" else f"{text}."


def heading(text: str) -> str:
    """A caption: without an outcome's name, a colon or a full stop at its end."""
    return capital(spoken(HEADING.sub("", text))).rstrip(".: ")


def spoken(text: str) -> str:
    """A text without names of columns and hyphens for minus signs."""
    words = NAME.sub(lambda found: found[0].replace("_", " "), text)
    return LONE_MINUS.sub("−", words)
