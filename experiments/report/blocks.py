"""What a paper is made of, and how the sections of a first screen become it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

LABELLED = re.compile(r"(?P<label>\S(?:.{0,160}?\S)?)\s{2,}(?P<text>\S.*)$")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9£+−])")
GAP = re.compile(r"\s{2,}")
LEAST_CELLS = 3
"""A line with so many cells is of a table; with two it is a label and its text."""
WIDTH = 80
"""How wide a screen is: what was wrapped is no wider."""
DEEP = 4
"""A line with more blanks before it stands under the text of the one before."""


@dataclass(frozen=True)
class Paragraph:
    """Sentences."""

    text: str


@dataclass(frozen=True)
class Numbered:
    """Sentences with numbers by which a reader may name them."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Bullets:
    """Points in no order."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table: heading cells and rows of as many; ``note`` says what was left out, if anything."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def at_most(self, number: int, where: str) -> Grid:
        """The table with so many rows: every second, third … one, and a note that says so."""
        step = max(1, -(-len(self.rows) // number))
        if step == 1:
            return self
        note = f"One row in {step} of {len(self.rows):,}; all of them: {where}."
        return replace(self, rows=self.rows[::step], note=note)


@dataclass(frozen=True)
class Pairs:
    """Labels, each with what is said of it."""

    caption: str
    rows: tuple[tuple[str, str], ...]


Block = Paragraph | Numbered | Bullets | Grid | Pairs


def sentences(lines: Iterable[str]) -> tuple[str, ...]:
    """Lines of an answer as sentences; a labelled line is a sentence that its label begins."""
    found: list[str] = []
    for line in going_on(lines):
        label = LABELLED.match(line.strip())
        text = f"{label['label']}: {label['text']}" if label else line.strip()
        found += [part for part in SENTENCE_END.split(text) if part]
    return tuple(found)


def going_on(lines: Iterable[str]) -> list[str]:
    """Lines, of which those that stand under the text of the one before are joined to it."""
    found: list[str] = []
    before = ""
    for line in lines:
        if found and indent(line) > DEEP:
            found[-1] = joined(found[-1], line, before)
        else:
            found.append(line)
        before = line
    return found


def joined(text: str, line: str, before: str) -> str:
    """A text and the line that stands under its last, ``before``: the rest of it, or one more item.

    A line that was wrapped is as full as it could be.
    """
    wrapped = len(before) <= WIDTH < len(before) + 1 + len(line.split()[0])
    goes_on = wrapped or text[-1:] in ".:;" or line.lstrip().startswith("and ")
    mark = "" if goes_on else ";"
    return f"{text}{mark} {line.strip()}"


def blocks(lines: Sequence[str]) -> list[Block]:
    """A section of a first screen as tables, pairs and paragraphs.

    A paragraph above a table or pairs is its caption.
    """
    found: list[Block] = []
    waiting = whole_labels([line for line in lines if line.strip()])
    while waiting:
        kind = kind_of(waiting[0], waiting[1:2])
        together = 1
        while together < len(waiting) and belongs(kind, waiting[together]):
            together += 1
        taken, waiting = waiting[:together], waiting[together:]
        if kind == "text":
            found += [Paragraph(line.strip()) for line in taken]
            continue
        above = found.pop() if found and isinstance(found[-1], Paragraph) else None
        caption = above.text if isinstance(above, Paragraph) else ""
        found.append(as_table(taken, caption) if kind == "table" else as_pairs(taken, caption))
    return found


def whole_labels(lines: Sequence[str]) -> list[str]:
    """Lines in which a label that went over several lines stands on one, with its text."""
    found: list[str] = []
    for line in lines:
        before = found[-1] if found else ""
        further_in = 0 < indent(before) < indent(line)
        if further_in and not LABELLED.match(before.strip()) and len(cells(line)) <= 2:
            found[-1] = f"{before} {line.strip()}"
        else:
            found.append(line)
    return found


def indent(line: str) -> int:
    """Blanks before a line."""
    return len(line) - len(line.lstrip())


def kind_of(line: str, after: Sequence[str]) -> str:
    """Whether a table, pairs or sentences begin with a line."""
    if len(cells(line)) >= LEAST_CELLS and after and len(cells(after[0])) >= LEAST_CELLS - 1:
        return "table"
    return "pairs" if LABELLED.match(line.strip()) else "text"


def belongs(kind: str, line: str) -> bool:
    """Whether a line goes on with what has begun."""
    if kind == "table":
        return len(cells(line)) >= LEAST_CELLS - 1
    if kind == "pairs":
        return bool(LABELLED.match(line.strip())) or line.startswith(" ")
    return not LABELLED.match(line.strip()) and len(cells(line)) < LEAST_CELLS


def cells(line: str) -> list[str]:
    """Texts with two blanks or more between them."""
    return GAP.split(line.strip())


def as_pairs(lines: Sequence[str], caption: str) -> Pairs:
    """Labels and what is said of each; a line that is further in goes on with the one before."""
    rows: list[tuple[str, str]] = []
    for before, line in zip(["", *lines], lines, strict=False):
        label = LABELLED.match(line.strip())
        if label and not (rows and indent(line) > DEEP):
            rows.append((label["label"], label["text"]))
        elif rows:
            rows[-1] = (rows[-1][0], joined(rows[-1][1], line, before))
    return Pairs(caption, tuple(rows))


def as_table(lines: Sequence[str], caption: str) -> Grid:
    """A table whose columns are parted in the gaps of its heading, where every line has a blank."""
    wide = max(map(len, lines))
    padded = [line.ljust(wide) for line in lines]
    blank = [all(line[place] == " " for line in padded) for place in range(wide)]
    first = indent(lines[0])
    gaps = [found.span() for found in GAP.finditer(lines[0], first)]
    ends = [last_blank(blank, range(*gap)) for gap in gaps]
    starts = [0, *(end[0] + 1 for end in ends if end)]
    parts = list(zip(starts, [*starts[1:], wide], strict=True))
    head, *rows = [tuple(line[a:b].strip() for a, b in parts) for line in padded]
    return Grid(caption or ", ".join(filter(None, head)), tuple(map(capital, head)), tuple(rows))


NUMBER = re.compile(r"[+−-]?£?[\d,]+(?:\.\d+)?%?$")


def is_number(text: str) -> bool:
    """Whether a cell holds one number alone, which stands to the right of its column."""
    return bool(NUMBER.match(text))


def last_blank(blank: Sequence[bool], gap: range) -> list[int]:
    """Where a column ends: the last two blanks of a gap, else the last one; nothing without any.

    A single blank may stand between two words of a cell in every line.
    """
    found = [place for place in gap if blank[place]]
    twice = [place for place in found if place - 1 in gap and blank[place - 1]]
    return (twice or found)[-1:]


def capital(text: str) -> str:
    """The same with a capital letter."""
    return f"{text[:1].upper()}{text[1:]}"
